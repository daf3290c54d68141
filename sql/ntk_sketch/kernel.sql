-- exact kernels

CREATE FUNCTION ntk_kernel(x real[], y real[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(real[], real[], integer, text) IS
	'the exact kernel of two rows for a network with depth hidden layers: ''ntk'' (arXiv 1806.07572) or ''nngp''';

CREATE FUNCTION ntk_kernel(x double precision[], y double precision[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(double precision[], double precision[], integer, text) IS
	'the exact kernel of two rows for a network with depth hidden layers: ''ntk'' (arXiv 1806.07572) or ''nngp''';

CREATE FUNCTION ntk_kernel(x integer[], y integer[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(integer[], integer[], integer, text) IS
	'the exact kernel of two rows for a network with depth hidden layers: ''ntk'' (arXiv 1806.07572) or ''nngp''';

CREATE FUNCTION ntk_kernel(x numeric[], y numeric[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(numeric[], numeric[], integer, text) IS
	'the exact kernel of two rows for a network with depth hidden layers: ''ntk'' (arXiv 1806.07572) or ''nngp''';

CREATE FUNCTION ntk_kernel(x real[], y real[], kernel text, bandwidth double precision,
						   exponent double precision DEFAULT NULL) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(real[], real[], text, double precision, double precision) IS
	'the exact kernel exp(-(|x - y| / bandwidth)^exponent) of two rows: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5)';

CREATE FUNCTION ntk_kernel(x double precision[], y double precision[], kernel text, bandwidth double precision,
						   exponent double precision DEFAULT NULL) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(double precision[], double precision[], text, double precision, double precision) IS
	'the exact kernel exp(-(|x - y| / bandwidth)^exponent) of two rows: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5)';

CREATE FUNCTION ntk_kernel(x integer[], y integer[], kernel text, bandwidth double precision,
						   exponent double precision DEFAULT NULL) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(integer[], integer[], text, double precision, double precision) IS
	'the exact kernel exp(-(|x - y| / bandwidth)^exponent) of two rows: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5)';

CREATE FUNCTION ntk_kernel(x numeric[], y numeric[], kernel text, bandwidth double precision,
						   exponent double precision DEFAULT NULL) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(numeric[], numeric[], text, double precision, double precision) IS
	'the exact kernel exp(-(|x - y| / bandwidth)^exponent) of two rows: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5)';

