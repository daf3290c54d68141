-- Gram statistics of sparse rows under a feature map, see gram.sql.

-- ntk_gram(indices, values, y, map): sparse rows

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision, map ntk_map) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision, ntk_map) IS
	'the Gram statistic of the features of sparse rows and targets y; '
	'a sparse row has values at indices, which count from 1';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision[], map ntk_map) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision[], ntk_map) IS
	'the Gram statistic of the features of sparse rows and targets y; '
	'a sparse row has values at indices, which count from 1';

-- ntk_gram(indices, values, y, map, weight): sparse rows

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map,
									double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision, ntk_map,
										double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision, map ntk_map,
						  weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision, ntk_map, double precision) IS
	'the Gram statistic of the features of sparse rows and targets y, with a weight per row; '
	'a sparse row has values at indices, which count from 1';

CREATE FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map,
									double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_sparse' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_accumulate(ntk_gram, integer[], double precision[], double precision[], ntk_map,
										double precision) IS
	'transition function of the aggregate ntk_gram';
CREATE AGGREGATE ntk_gram(indices integer[], "values" double precision[], y double precision[], map ntk_map,
						  weight double precision) (
	SFUNC = _ntk_gram_accumulate, STYPE = ntk_gram, SSPACE = 4194304, FINALFUNC = _ntk_gram_final,
	COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram(integer[], double precision[], double precision[], ntk_map, double precision) IS
	'the Gram statistic of the features of sparse rows and targets y, with a weight per row; '
	'a sparse row has values at indices, which count from 1';
