-- exact kernels

CREATE FUNCTION ntk_kernel(x real[], y real[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(real[], real[], integer, text) IS
	'the exact kernel of two rows: ''ntk'' (arXiv 1806.07572) or ''nngp'', for depth hidden layers';

CREATE FUNCTION ntk_kernel(x double precision[], y double precision[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(double precision[], double precision[], integer, text) IS
	'the exact kernel of two rows: ''ntk'' (arXiv 1806.07572) or ''nngp'', for depth hidden layers';

CREATE FUNCTION ntk_kernel(x integer[], y integer[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(integer[], integer[], integer, text) IS
	'the exact kernel of two rows: ''ntk'' (arXiv 1806.07572) or ''nngp'', for depth hidden layers';

CREATE FUNCTION ntk_kernel(x numeric[], y numeric[], depth integer DEFAULT 1,
						   kernel text DEFAULT 'ntk') RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_kernel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_kernel(numeric[], numeric[], integer, text) IS
	'the exact kernel of two rows: ''ntk'' (arXiv 1806.07572) or ''nngp'', for depth hidden layers';

