-- exact kernels

CREATE FUNCTION ntk_kernel(x anycompatiblearray, y anycompatiblearray, depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(anycompatiblearray, anycompatiblearray, integer, text) IS
	'the exact kernel of two rows for a network with depth hidden layers: '
	'''ntk'' (arXiv 1806.07572) or ''nngp''';

CREATE FUNCTION ntk_kernel(x text, y text, depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(text, text, integer, text) IS
	'the exact kernel of two rows written as text, for a network with depth hidden layers: '
	'''ntk'' (arXiv 1806.07572) or ''nngp''';

CREATE FUNCTION ntk_kernel(x anycompatiblearray, y anycompatiblearray, kernel text, bandwidth double precision,
						   exponent double precision DEFAULT NULL) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(anycompatiblearray, anycompatiblearray, text, double precision, double precision) IS
	'the exact kernel exp(-(|x - y| / bandwidth)^exponent) of two rows: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5)';

CREATE FUNCTION ntk_kernel(x text, y text, kernel text, bandwidth double precision,
						   exponent double precision DEFAULT NULL) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(text, text, text, double precision, double precision) IS
	'the exact kernel exp(-(|x - y| / bandwidth)^exponent) of two rows written as text: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5)';
