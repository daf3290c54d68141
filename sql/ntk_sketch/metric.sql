-- gradients of models, and what becomes of them: the metric of a feature map

CREATE FUNCTION ntk_gradient(model ntk_model, x anyarray) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, anyarray) IS
	'the gradient of the prediction with respect to the inputs, at a row; '
	'with several targets, one row of the array per target';

CREATE FUNCTION ntk_gradient(model ntk_model, x bytea) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, bytea) IS
	'the gradient of the prediction with respect to the inputs, at a row of bytes; '
	'with several targets, one row of the array per target';

CREATE FUNCTION ntk_gradient(model ntk_model, x text) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, text) IS
	'the gradient of the prediction with respect to the inputs, at a row written as text; '
	'with several targets, one row of the array per target';

CREATE FUNCTION ntk_with_metric(map ntk_map, metric double precision[]) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_with_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_with_metric(ntk_map, double precision[]) IS
	'the map with this metric M: it takes T x in place of inputs x, where T''T is proportional to M (arXiv 2212.13881); '
	'M is a symmetric positive semidefinite matrix, as ntk_agop returns it, or its diagonal; '
	'unlike in the paper T is scaled so that the trace of T''T is the effective number of inputs, '
	'(tr M)^2 / tr M^2; landmarks are transformed too';

CREATE FUNCTION ntk_metric(map ntk_map) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_metric(ntk_map) IS
	'the metric of a map: a matrix, or its diagonal; NULL if the map has no metric';

CREATE FUNCTION ntk_metric_root(map ntk_map) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_metric_root' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_metric_root(ntk_map) IS
	'the root T of the metric T''T of a map: its rows are the eigenvectors of the metric times the square roots '
	'of their eigenvalues, largest first; for a diagonal metric the factors of the inputs; NULL if the map has no metric';

CREATE FUNCTION ntk_has_gradient(map ntk_map) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_has_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION ntk_has_gradient(ntk_map) IS
	'whether models of this map have gradients; those of the methods zonal and nystrom have, '
	'unless rows are reduced to a base_dim';
