-- Gram statistics of features: the aggregate ntk_gram(phi, y), and what all aggregates of Gram statistics share.
--
-- A transition takes a few microseconds to tens of them, so that plans go parallel early; the state is at
-- least the triangle of the Gram matrix, 4 MB at 1024 features, so that a hash of many groups is no plan
-- to prefer.

CREATE FUNCTION _ntk_gram_final(ntk_gram) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_gram_final(ntk_gram) IS 'final function of the aggregate ntk_gram';

CREATE FUNCTION _ntk_gram_combine(ntk_gram, ntk_gram) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION _ntk_gram_combine(ntk_gram, ntk_gram) IS
	'combine function of the aggregates over rows, transition function of sum(ntk_gram)';

CREATE AGGREGATE sum(ntk_gram) (
	SFUNC = _ntk_gram_combine, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(ntk_gram) IS 'the statistic of all rows of the given statistics';

-- ntk_gram(phi, y)

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision) IS
	'the Gram statistic of features phi and targets y';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[]) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[]) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision[]) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[]) IS
	'the Gram statistic of features phi and targets y';

-- ntk_gram(phi, y, weight)

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision, double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision, weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision, double precision) IS
	'the Gram statistic of features phi and targets y, with a weight per row';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[], double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, double precision[], double precision[], double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(phi double precision[], y double precision[], weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(double precision[], double precision[], double precision) IS
	'the Gram statistic of features phi and targets y, with a weight per row';
