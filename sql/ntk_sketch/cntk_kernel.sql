-- the exact convolutional kernel

CREATE FUNCTION cntk_kernel(x anycompatiblearray, y anycompatiblearray, shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(anycompatiblearray, anycompatiblearray, integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two images '
	'of shape {height,width,channels}, stored row by row, the channels of a pixel next to each other';

CREATE FUNCTION cntk_kernel(x bytea, y bytea, shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(bytea, bytea, integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two images '
	'of shape {height,width,channels}, one byte per number, 0 to 255';

CREATE FUNCTION cntk_kernel(x text, y text, shape integer[], depth integer DEFAULT 2,
							filter integer DEFAULT 3, padding text DEFAULT 'same',
							pooling integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION cntk_kernel(text, text, integer[], integer, integer, text, integer) IS
	'the exact convolutional tangent kernel (arXiv 1904.11955) of two images written as text, '
	'of shape {height,width,channels}, stored row by row, the channels of a pixel next to each other';
