-- Features of a row.
--
-- Functions of a row take an array of numbers of any type, and text. PostgreSQL takes a literal without a
-- type for text where that is among the forms, and cannot choose among arrays, or between arrays and bytea.

CREATE FUNCTION ntk_sketch(x anyarray, map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(anyarray, ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(x bytea, map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(bytea, ntk_map) IS 'the features of a row of bytes';

CREATE FUNCTION ntk_sketch(x text, map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(text, ntk_map) IS 'the features of a row written as text';

CREATE FUNCTION ntk_sketch(indices integer[], "values" double precision[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_sparse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], double precision[], ntk_map) IS
	'the features of a sparse row: values at indices, which count from 1 and may be in any order; '
	'values at the same index are added';

CREATE FUNCTION ntk_sketch(x anyarray, n_components integer, depth integer DEFAULT 1, seed bigint DEFAULT 0)
	RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_numbers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(anyarray, integer, integer, bigint) IS
	'the features of a row under ntk_map(length of x, n_components, depth, seed => seed)';

CREATE FUNCTION ntk_sketch(x text, n_components integer, depth integer DEFAULT 1, seed bigint DEFAULT 0)
	RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_numbers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(text, integer, integer, bigint) IS
	'the features of a row written as text, under ntk_map(length of x, n_components, depth, seed => seed)';
