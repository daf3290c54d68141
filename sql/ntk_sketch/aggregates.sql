-- Aggregates. A transition takes a few microseconds to tens of them, so that plans go
-- parallel early; the state is at least the triangle of the Gram matrix, 4 MB at 1024
-- features, so that a hash of many groups is no plan to prefer.

CREATE FUNCTION ntk_gram_final(ntk_gram) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_gram_final(ntk_gram) IS 'final function of the aggregate ntk_gram';

CREATE FUNCTION ntk_ridge_final(ntk_gram) RETURNS ntk_model
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION ntk_ridge_final(ntk_gram) IS 'final function of the aggregate ntk_ridge';

CREATE FUNCTION ntk_gram_combine(ntk_gram, ntk_gram) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_gram_combine(ntk_gram, ntk_gram) IS
	'combine function of the aggregates over rows, transition function of sum(ntk_gram)';

CREATE AGGREGATE sum(ntk_gram) (
	SFUNC = ntk_gram_combine, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(ntk_gram) IS 'the statistic of the rows of all';

-- ntk_gram(phi, y)

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi real[], y double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision) IS
	'the Gram statistic of features phi and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[]) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[]) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi real[], y double precision[]) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision[]) IS
	'the Gram statistic of features phi and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision) IS
	'the Gram statistic of features phi and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[]) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[]) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision[]) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[]) IS
	'the Gram statistic of features phi and targets y';

-- ntk_gram(phi, y, weight)

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi real[], y double precision, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision, double precision) IS
	'the Gram statistic of features phi and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[], double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[], double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi real[], y double precision[], weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision[], double precision) IS
	'the Gram statistic of features phi and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision, double precision) IS
	'the Gram statistic of features phi and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[], double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[], double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision[], weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[], double precision) IS
	'the Gram statistic of features phi and targets y with a weight a row';

-- ntk_gram(x, y, map)

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x real[], y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x real[], y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x integer[], y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x integer[], y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x smallint[], y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(smallint[], double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x smallint[], y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(smallint[], double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision, ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision[], ntk_map) IS
	'the Gram statistic of the features of rows x and targets y';

-- ntk_gram(x, y, map, weight)

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision, ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x real[], y double precision, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[], ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, real[], double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x real[], y double precision[], map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(real[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, double precision[], double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x double precision[], y double precision[], map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision, ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x integer[], y double precision, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x integer[], y double precision[], map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision, ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x smallint[], y double precision, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(smallint[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision[], ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, smallint[], double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x smallint[], y double precision[], map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(smallint[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, bytea, double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(x bytea, y double precision[], map ntk_map, weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(bytea, double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and targets y with a weight a row';

-- ntk_gram(indices, values, y, map): sparse rows

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" real[], y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], real[], double precision, ntk_map) IS
	'the Gram statistic of the features of sparse rows and targets y: values at indices, which count from 1';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision[], ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" real[], y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], real[], double precision[], ntk_map) IS
	'the Gram statistic of the features of sparse rows and targets y: values at indices, which count from 1';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision, map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision, ntk_map) IS
	'the Gram statistic of the features of sparse rows and targets y: values at indices, which count from 1';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision[], map ntk_map) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision[], ntk_map) IS
	'the Gram statistic of the features of sparse rows and targets y: values at indices, which count from 1';

-- ntk_gram(indices, values, y, map, weight): sparse rows

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" real[], y double precision, map ntk_map,
						  weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], real[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of sparse rows and targets y, weighted: values at indices, which count from 1';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision[], ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], real[], double precision[], ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" real[], y double precision[], map ntk_map,
						  weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], real[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of sparse rows and targets y, weighted: values at indices, which count from 1';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map,
									double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map,
										double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision, map ntk_map,
						  weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of sparse rows and targets y, weighted: values at indices, which count from 1';

CREATE FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map,
									double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map,
										double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision[], map ntk_map,
						  weight double precision) (
	SFUNC = ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_gram_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of sparse rows and targets y, weighted: values at indices, which count from 1';

-- ntk_gram_class(phi, class, n_classes), with a map, with a weight

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(phi real[], class integer, n_classes integer) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(real[], integer, integer) IS
	'the Gram statistic of features phi and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(phi double precision[], class integer, n_classes integer) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer) IS
	'the Gram statistic of features phi and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(phi real[], class integer, n_classes integer, weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(real[], integer, integer, double precision) IS
	'the Gram statistic of features phi and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(phi double precision[], class integer, n_classes integer, weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer, double precision) IS
	'the Gram statistic of features phi and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x real[], class integer, n_classes integer, map ntk_map) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(real[], integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x double precision[], class integer, n_classes integer, map ntk_map) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, real[], integer, integer, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x real[], class integer, n_classes integer, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(real[], integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map,
											  double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x double precision[], class integer, n_classes integer, map ntk_map,
								weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, integer[], integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, integer[], integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x integer[], class integer, n_classes integer, map ntk_map) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(integer[], integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, integer[], integer, integer, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, integer[], integer, integer, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x integer[], class integer, n_classes integer, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(integer[], integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, smallint[], integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, smallint[], integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x smallint[], class integer, n_classes integer, map ntk_map) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(smallint[], integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, smallint[], integer, integer, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, smallint[], integer, integer, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x smallint[], class integer, n_classes integer, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(smallint[], integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x bytea, class integer, n_classes integer, map ntk_map) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(bytea, integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, '
	'0 to n_classes - 1, and 0 for the others';

CREATE FUNCTION ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x bytea, class integer, n_classes integer, map ntk_map, weight double precision) (
	SFUNC = ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = ntk_gram_final, COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(bytea, integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of a row, 0 to n_classes - 1, '
	'and 0 for the others; with a weight a row';

-- ntk_ridge(phi, y, lambda)

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision, double precision) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(phi real[], y double precision, lambda double precision) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(real[], double precision, double precision) IS
	'the ridge model of features phi and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision[], double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision[], double precision) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(phi real[], y double precision[], lambda double precision) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(real[], double precision[], double precision) IS
	'the ridge model of features phi and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(phi double precision[], y double precision, lambda double precision) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision, double precision) IS
	'the ridge model of features phi and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(phi double precision[], y double precision[], lambda double precision) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision[], double precision) IS
	'the ridge model of features phi and targets y';

-- ntk_ridge(x, y, lambda, map)

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x real[], y double precision, lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(real[], double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, real[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x real[], y double precision[], lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(real[], double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x double precision[], y double precision, lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, double precision[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x double precision[], y double precision[], lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(double precision[], double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';



CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, integer[], double precision, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, integer[], double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x integer[], y double precision, lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(integer[], double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x integer[], y double precision[], lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(integer[], double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, smallint[], double precision, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, smallint[], double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x smallint[], y double precision, lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(smallint[], double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, smallint[], double precision[], double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, smallint[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x smallint[], y double precision[], lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(smallint[], double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, bytea, double precision, double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, bytea, double precision, double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x bytea, y double precision, lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(bytea, double precision, double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';

CREATE FUNCTION ntk_ridge_accumulate(ntk_gram, bytea, double precision[], double precision, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_ridge_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION ntk_ridge_accumulate(ntk_gram, bytea, double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_ridge';
CREATE AGGREGATE ntk_ridge(x bytea, y double precision[], lambda double precision, map ntk_map) (
	SFUNC = ntk_ridge_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = ntk_ridge_final,
	COMBINEFUNC = ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ridge(bytea, double precision[], double precision, ntk_map) IS
	'the ridge model of the features of rows x and targets y';
