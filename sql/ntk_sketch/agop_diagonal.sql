-- Diagonals of average gradient outer products, see agop.sql.

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, real[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, real[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x real[]) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, real[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

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

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, integer[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, integer[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x integer[]) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, integer[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[]) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x smallint[]) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, smallint[]) IS
	'the diagonal of ntk_agop: the mean square of each partial derivative';

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, real[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, real[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x real[], weight double precision) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, real[], double precision) IS
	'the diagonal of ntk_agop, with a weight per row';

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

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, integer[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, integer[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x integer[], weight double precision) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, integer[], double precision) IS
	'the diagonal of ntk_agop, with a weight per row';

CREATE FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[], double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_agop_diagonal_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_agop_diagonal_accumulate(internal, ntk_model, smallint[], double precision) IS
	'transition function of the aggregate ntk_agop_diagonal';
CREATE AGGREGATE ntk_agop_diagonal(model ntk_model, x smallint[], weight double precision) (
	SFUNC = _ntk_agop_diagonal_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_agop_final, COMBINEFUNC = _ntk_agop_combine,
	SERIALFUNC = _ntk_agop_serialize, DESERIALFUNC = _ntk_agop_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_agop_diagonal(ntk_model, smallint[], double precision) IS
	'the diagonal of ntk_agop, with a weight per row';
