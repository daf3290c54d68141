-- Ridge models in one call: the state is a Gram statistic, see gram.sql.

CREATE FUNCTION _ntk_ridge_final(ntk_gram) RETURNS ntk_model
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_ridge_final(ntk_gram) IS 'final function of the aggregate ntk_ridge';

-- ntk_ridge(phi, y, lambda)

CREATE FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(phi double precision[], y double precision, lambda double precision) (
	SFUNC = _ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_ridge_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision, double precision) IS
	'the ridge model of features phi and targets y';

CREATE FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(phi double precision[], y double precision[], lambda double precision) (
	SFUNC = _ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_ridge_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision[], double precision) IS
	'the ridge model of features phi and targets y';

-- ntk_ridge(x, y, lambda, map)

CREATE FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x double precision[], y double precision, lambda double precision, map ntk_map) (
	SFUNC = _ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_ridge_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION _ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_ridge_accumulate(
	ntk_gram, double precision[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x double precision[], y double precision[], lambda double precision, map ntk_map) (
	SFUNC = _ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_ridge_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION _ntk_ridge_accumulate(ntk_gram, bytea, double precision, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_ridge_accumulate(ntk_gram, bytea, double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x bytea, y double precision, lambda double precision, map ntk_map) (
	SFUNC = _ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_ridge_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(bytea, double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION _ntk_ridge_accumulate(ntk_gram, bytea, double precision[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_ridge_accumulate(ntk_gram, bytea, double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x bytea, y double precision[], lambda double precision, map ntk_map) (
	SFUNC = _ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_ridge_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(bytea, double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';
