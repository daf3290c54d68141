-- the exact convolutional kernel

CREATE FUNCTION cntk_kernel(x real[], y real[], shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(real[], real[], integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two pictures of shape {height,width,channels}, '
	'stored row by row, the channels of a pixel next to each other';

CREATE FUNCTION cntk_kernel(x double precision[], y double precision[], shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(double precision[], double precision[], integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two pictures of shape {height,width,channels}, '
	'stored row by row, the channels of a pixel next to each other';

CREATE FUNCTION cntk_kernel(x integer[], y integer[], shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(integer[], integer[], integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two pictures of shape {height,width,channels}, '
	'stored row by row, the channels of a pixel next to each other';

CREATE FUNCTION cntk_kernel(x smallint[], y smallint[], shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(smallint[], smallint[], integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two pictures of shape {height,width,channels}, '
	'stored row by row, the channels of a pixel next to each other';

CREATE FUNCTION cntk_kernel(x numeric[], y numeric[], shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(numeric[], numeric[], integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two pictures of shape {height,width,channels}, '
	'stored row by row, the channels of a pixel next to each other';

CREATE FUNCTION cntk_kernel(x bytea, y bytea, shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel_bytes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(bytea, bytea, integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two pictures '
	'of shape {height,width,channels}, one byte per number, 0 to 255';

