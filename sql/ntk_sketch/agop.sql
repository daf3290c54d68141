-- Average gradient outer products. Partial states hold d x d sums, of which a triangle travels.

CREATE FUNCTION _ntk_agop_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_agop_combine(internal, internal) IS
	'combine function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION _ntk_agop_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_agop_serialize(internal) IS
	'serialization function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION _ntk_agop_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_agop_deserialize(bytea, internal) IS
	'deserialization function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION _ntk_agop_final(internal) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_agop_final(internal) IS
	'final function of the aggregates ntk_agop and ntk_agop_diagonal';

CREATE FUNCTION _ntk_agop_accumulate(internal, ntk_model, double precision[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_accumulate(internal, ntk_model, double precision[]) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x double precision[]) (
	SFUNC = _ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, double precision[]) IS
	'the average gradient outer product (arXiv 2212.13881): '
	'the mean over rows x, summed over targets, of the outer product of the gradient of the prediction with itself; '
	'a symmetric matrix, large in the directions along which the model varies; a metric for ntk_with_metric';

CREATE FUNCTION _ntk_agop_accumulate(internal, ntk_model, double precision[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_accumulate(internal, ntk_model, double precision[], double precision) IS
	'transition function of the aggregate ntk_agop';
CREATE AGGREGATE ntk_agop(model ntk_model, x double precision[], weight double precision) (
	SFUNC = _ntk_agop_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop(ntk_model, double precision[], double precision) IS
	'the average gradient outer product, with a weight per row';

-- Diagonals of average gradient outer products, see agop.sql.

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x double precision[]) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, double precision[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[], double precision)
	RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, double precision[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x double precision[], weight double precision) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, double precision[], double precision) IS
	'the diagonal of ntk_agop, with a weight per row';
