-- gradients of models, and what becomes of them: the metric of a feature map

CREATE FUNCTION ntk_gradient(model ntk_model, x real[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, real[]) IS
	'the gradient of the prediction by the inputs at a row; of several targets, a row of the result each';

CREATE FUNCTION ntk_gradient(model ntk_model, x double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, double precision[]) IS
	'the gradient of the prediction by the inputs at a row; of several targets, a row of the result each';

CREATE FUNCTION ntk_gradient(model ntk_model, x integer[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, integer[]) IS
	'the gradient of the prediction by the inputs at a row; of several targets, a row of the result each';

CREATE FUNCTION ntk_gradient(model ntk_model, x numeric[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, numeric[]) IS
	'the gradient of the prediction by the inputs at a row; of several targets, a row of the result each';

CREATE FUNCTION ntk_gradient(model ntk_model, x smallint[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, smallint[]) IS
	'the gradient of the prediction by the inputs at a row; of several targets, a row of the result each';

CREATE FUNCTION ntk_gradient(model ntk_model, x bytea) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gradient(ntk_model, bytea) IS
	'the gradient of the prediction by the inputs at a row; of several targets, a row of the result each';

CREATE FUNCTION ntk_with_metric(map ntk_map, metric double precision[]) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_with_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_with_metric(ntk_map, double precision[]) IS
	'the map that sees inputs x as T x, where T''T is proportional to the metric: a symmetric positive semidefinite matrix, as ntk_agop returns it, or its diagonal; T is scaled so that the trace of T''T is the number of inputs (arXiv 2212.13881); landmarks are brought along';

CREATE FUNCTION ntk_metric(map ntk_map) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_metric(ntk_map) IS
	'the metric of a map: a matrix, or its diagonal; NULL if it has none';
