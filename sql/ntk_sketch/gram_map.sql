-- Gram statistics of rows under a feature map, see gram.sql.

-- ntk_gram(x, y, map)

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision, map ntk_map) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision[], map ntk_map) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision, map ntk_map) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision[], map ntk_map) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

-- ntk_gram(x, y, map, weight)

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision, map ntk_map, weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y, with a weight per row';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision[], map ntk_map, weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y, with a weight per row';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision, map ntk_map, weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y, with a weight per row';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision[], map ntk_map, weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y, with a weight per row';
