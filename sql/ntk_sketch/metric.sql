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
	'the map that sees inputs x as T x, where T''T is proportional to the metric: a symmetric positive semidefinite '
	'matrix, as ntk_agop returns it, or its diagonal; T is scaled so that the trace of T''T is the effective number '
	'of inputs, (tr M)^2 / tr M^2 (arXiv 2212.13881, but for that); landmarks are brought along';

CREATE FUNCTION ntk_metric(map ntk_map) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_metric(ntk_map) IS
	'the metric of a map: a matrix, or its diagonal; NULL if it has none';

CREATE FUNCTION ntk_metric_root(map ntk_map) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_metric_root' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_metric_root(ntk_map) IS
	'T of the metric T''T of a map: its rows are the directions that matter, eigenvectors of the metric times the roots '
	'of their eigenvalues, largest first; of a diagonal metric the factors of the inputs; NULL if it has none';

CREATE FUNCTION ntk_has_gradient(map ntk_map) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_has_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION ntk_has_gradient(ntk_map) IS
	'whether models of this map have gradients: of the methods zonal and nystrom, '
	'where rows are not reduced to a base_dim';

-- Aggregates. Partial states hold d x d sums, of which a triangle travels.

CREATE FUNCTION ntk_agop_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_agop_combine(internal, internal) IS
	'combine function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION ntk_agop_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_agop_serialize(internal) IS
	'serialization function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION ntk_agop_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_agop_deserialize(bytea, internal) IS
	'deserialization function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION ntk_agop_final(internal) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_agop_final(internal) IS
	'final function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, real[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, real[]) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x real[]) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, real[]) IS
	'the average gradient outer product: the mean over rows x, summed over targets, of the products of the gradient '
	'of the prediction with itself; a symmetric matrix whose large directions are those along which the model varies, '
	'the metric for ntk_with_metric (arXiv 2212.13881)';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, double precision[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, double precision[]) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x double precision[]) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, double precision[]) IS
	'the average gradient outer product: the mean over rows x, summed over targets, of the products of the gradient '
	'of the prediction with itself; a symmetric matrix whose large directions are those along which the model varies, '
	'the metric for ntk_with_metric (arXiv 2212.13881)';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, integer[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, integer[]) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x integer[]) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, integer[]) IS
	'the average gradient outer product: the mean over rows x, summed over targets, of the products of the gradient '
	'of the prediction with itself; a symmetric matrix whose large directions are those along which the model varies, '
	'the metric for ntk_with_metric (arXiv 2212.13881)';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, smallint[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, smallint[]) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x smallint[]) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, smallint[]) IS
	'the average gradient outer product: the mean over rows x, summed over targets, of the products of the gradient '
	'of the prediction with itself; a symmetric matrix whose large directions are those along which the model varies, '
	'the metric for ntk_with_metric (arXiv 2212.13881)';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, real[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, real[], double precision) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x real[], weight double precision) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, real[], double precision) IS
	'the average gradient outer product, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, double precision[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, double precision[], double precision) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x double precision[], weight double precision) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, double precision[], double precision) IS
	'the average gradient outer product, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, integer[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, integer[], double precision) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x integer[], weight double precision) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, integer[], double precision) IS
	'the average gradient outer product, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_accumulate(internal, ntk_model, smallint[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_accumulate(internal, ntk_model, smallint[], double precision) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x smallint[], weight double precision) (
	SFUNC = ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, smallint[], double precision) IS
	'the average gradient outer product, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, real[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, real[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x real[]) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, real[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x double precision[]) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, double precision[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, integer[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, integer[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x integer[]) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, integer[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x smallint[]) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, smallint[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, real[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, real[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x real[], weight double precision) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, real[], double precision) IS
	'the diagonal of ntk_agop, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x double precision[], weight double precision) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, double precision[], double precision) IS
	'the diagonal of ntk_agop, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, integer[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, integer[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x integer[], weight double precision) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, integer[], double precision) IS
	'the diagonal of ntk_agop, as a mean of rows with weights';

CREATE FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x smallint[], weight double precision) (
	SFUNC = ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = ntk_agop_final, COMBINEFUNC = ntk_agop_combine,
	SERIALFUNC = ntk_agop_serialize, DESERIALFUNC = ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, smallint[], double precision) IS
	'the diagonal of ntk_agop, as a mean of rows with weights';
