-- complain if the script is run by psql rather than by CREATE EXTENSION
\echo Use "CREATE EXTENSION ntk_sketch" to load this file. \quit

CREATE FUNCTION ntk_sketch_version(OUT extension text, OUT openblas text, OUT core text, OUT simd text)
	AS 'MODULE_PATHNAME', 'ntk_sql_version' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_sketch_version() IS
	'version of the extension, build of OpenBLAS, processor kernels that OpenBLAS uses, '
	'vector instructions that the extension uses';

