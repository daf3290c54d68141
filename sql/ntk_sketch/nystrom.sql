-- Nystrom feature maps of landmarks

CREATE FUNCTION ntk_nystrom(landmarks real[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(real[], integer, double precision, text) IS
	'the feature map made of the kernel with each landmark; landmarks are the rows of a two-dimensional array, '
	'as the aggregate ntk_landmarks returns them';

CREATE FUNCTION ntk_nystrom(landmarks double precision[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(double precision[], integer, double precision, text) IS
	'the feature map made of the kernel with each landmark; landmarks are the rows of a two-dimensional array, '
	'as the aggregate ntk_landmarks returns them';

CREATE FUNCTION ntk_nystrom(landmarks integer[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(integer[], integer, double precision, text) IS
	'the feature map made of the kernel with each landmark; landmarks are the rows of a two-dimensional array, '
	'as the aggregate ntk_landmarks returns them';

CREATE FUNCTION ntk_nystrom(landmarks numeric[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(numeric[], integer, double precision, text) IS
	'the feature map made of the kernel with each landmark; landmarks are the rows of a two-dimensional array, '
	'as the aggregate ntk_landmarks returns them';

CREATE FUNCTION ntk_nystrom(landmarks real[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(real[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks in the space of a metric, '
	'as the aggregate ntk_landmarks returns them for the same metric';

CREATE FUNCTION ntk_nystrom(landmarks double precision[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(double precision[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks in the space of a metric, '
	'as the aggregate ntk_landmarks returns them for the same metric';

CREATE FUNCTION ntk_nystrom(landmarks integer[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(integer[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks in the space of a metric, '
	'as the aggregate ntk_landmarks returns them for the same metric';

CREATE FUNCTION ntk_nystrom(landmarks numeric[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(numeric[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks in the space of a metric, '
	'as the aggregate ntk_landmarks returns them for the same metric';

CREATE FUNCTION ntk_nystrom(landmarks real[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(real[], text, double precision, double precision, double precision[]) IS
	'the feature map made of the kernel exp(-(|x - y| / bandwidth)^exponent) with each landmark: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); '
	'with a metric, the landmarks are in its space';

CREATE FUNCTION ntk_nystrom(landmarks double precision[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(double precision[], text, double precision, double precision, double precision[]) IS
	'the feature map made of the kernel exp(-(|x - y| / bandwidth)^exponent) with each landmark: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); '
	'with a metric, the landmarks are in its space';

CREATE FUNCTION ntk_nystrom(landmarks integer[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(integer[], text, double precision, double precision, double precision[]) IS
	'the feature map made of the kernel exp(-(|x - y| / bandwidth)^exponent) with each landmark: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); '
	'with a metric, the landmarks are in its space';

CREATE FUNCTION ntk_nystrom(landmarks numeric[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(numeric[], text, double precision, double precision, double precision[]) IS
	'the feature map made of the kernel exp(-(|x - y| / bandwidth)^exponent) with each landmark: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); '
	'with a metric, the landmarks are in its space';
