-- Gram statistics

CREATE TYPE ntk_gram;

CREATE FUNCTION _ntk_gram_in(cstring) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_gram_in(cstring) IS 'I/O';

CREATE FUNCTION _ntk_gram_out(ntk_gram) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_gram_out(ntk_gram) IS 'I/O';

CREATE FUNCTION _ntk_gram_recv(internal) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_gram_recv(internal) IS 'I/O';

CREATE FUNCTION _ntk_gram_send(ntk_gram) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_gram_send(ntk_gram) IS 'I/O';

CREATE TYPE ntk_gram (
	INPUT = _ntk_gram_in,
	OUTPUT = _ntk_gram_out,
	RECEIVE = _ntk_gram_recv,
	SEND = _ntk_gram_send,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE ntk_gram IS
	'the sums over rows that ridge regression needs, which can be added, subtracted and solved; text form is base64';

CREATE FUNCTION _ntk_gram_add(ntk_gram, ntk_gram) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION _ntk_gram_add(ntk_gram, ntk_gram) IS 'implementation of + operator';

CREATE FUNCTION _ntk_gram_subtract(ntk_gram, ntk_gram) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_subtract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION _ntk_gram_subtract(ntk_gram, ntk_gram) IS 'implementation of - operator';

CREATE OPERATOR + (
	LEFTARG = ntk_gram, RIGHTARG = ntk_gram, FUNCTION = _ntk_gram_add, COMMUTATOR = +
);
COMMENT ON OPERATOR + (ntk_gram, ntk_gram) IS 'the statistic of the rows of both';

CREATE OPERATOR - (
	LEFTARG = ntk_gram, RIGHTARG = ntk_gram, FUNCTION = _ntk_gram_subtract
);
COMMENT ON OPERATOR - (ntk_gram, ntk_gram) IS 'the statistic without the rows of the second';

CREATE FUNCTION ntk_scale(gram ntk_gram, factor double precision) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_scale' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_scale(ntk_gram, double precision) IS
	'the statistic with every weight multiplied by a factor, for example to forget gradually; '
	'the number of rows stays the same';

CREATE FUNCTION ntk_with_targets(gram ntk_gram, targets integer[]) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_with_targets' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_with_targets(ntk_gram, integer[]) IS
	'the statistic with some of its targets, by their positions, from 1';

CREATE FUNCTION ntk_rows(ntk_gram) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_rows(ntk_gram) IS 'number of rows summed';

CREATE FUNCTION ntk_skipped(ntk_gram) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_skipped' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_skipped(ntk_gram) IS 'number of rows left out because an argument was NULL';

CREATE FUNCTION ntk_width(ntk_gram) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_width' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_width(ntk_gram) IS 'number of features';

CREATE FUNCTION ntk_targets(ntk_gram) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_targets' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_targets(ntk_gram) IS 'number of targets';

CREATE FUNCTION ntk_weight(ntk_gram) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_weight' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_weight(ntk_gram) IS 'sum of the weights of the rows';

CREATE FUNCTION ntk_feature_map(ntk_gram) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_feature_map(ntk_gram) IS
	'the feature map with which the statistic was made; NULL if it was made from features';

CREATE FUNCTION ntk_moments(statistic ntk_gram, OUT feature_sum double precision[],
							OUT gram double precision[], OUT target_sum double precision[],
							OUT feature_target double precision[],
							OUT target double precision[])
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_moments' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_moments(ntk_gram) IS
	'the weighted sums over rows of features z, of z z'', of targets Y, of z Y'' and of Y Y''';

