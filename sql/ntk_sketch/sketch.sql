-- features of a row

CREATE FUNCTION ntk_sketch(x real[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(real[], ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(x double precision[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(double precision[], ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(x integer[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(x numeric[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(numeric[], ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(x smallint[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(smallint[], ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(x bytea, map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(bytea, ntk_map) IS 'the features of a row';

CREATE FUNCTION ntk_sketch(indices integer[], "values" real[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_sparse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], real[], ntk_map) IS
	'the features of a sparse row: values at indices, which count from 1 and may be in any order; '
	'values at the same index are added';

CREATE FUNCTION ntk_sketch(indices integer[], "values" double precision[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_sparse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], double precision[], ntk_map) IS
	'the features of a sparse row: values at indices, which count from 1 and may be in any order; '
	'values at the same index are added';

CREATE FUNCTION ntk_sketch(indices integer[], "values" integer[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_sparse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], integer[], ntk_map) IS
	'the features of a sparse row: values at indices, which count from 1 and may be in any order; '
	'values at the same index are added';

CREATE FUNCTION ntk_sketch(indices integer[], "values" numeric[], map ntk_map) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_sparse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], numeric[], ntk_map) IS
	'the features of a sparse row: values at indices, which count from 1 and may be in any order; '
	'values at the same index are added';

CREATE FUNCTION ntk_sketch(x real[], n_components integer, depth integer DEFAULT 1,
						   seed bigint DEFAULT 0) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_numbers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(real[], integer, integer, bigint) IS
	'the features of a row under ntk_map(length of x, n_components, depth, seed => seed)';

CREATE FUNCTION ntk_sketch(x double precision[], n_components integer, depth integer DEFAULT 1,
						   seed bigint DEFAULT 0) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_numbers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(double precision[], integer, integer, bigint) IS
	'the features of a row under ntk_map(length of x, n_components, depth, seed => seed)';

CREATE FUNCTION ntk_sketch(x integer[], n_components integer, depth integer DEFAULT 1,
						   seed bigint DEFAULT 0) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_numbers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(integer[], integer, integer, bigint) IS
	'the features of a row under ntk_map(length of x, n_components, depth, seed => seed)';

CREATE FUNCTION ntk_sketch(x numeric[], n_components integer, depth integer DEFAULT 1,
						   seed bigint DEFAULT 0) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_sketch_numbers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_sketch(numeric[], integer, integer, bigint) IS
	'the features of a row under ntk_map(length of x, n_components, depth, seed => seed)';


