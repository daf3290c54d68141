-- Nystrom feature maps of landmarks

CREATE FUNCTION ntk_nystrom(landmarks anyarray, depth integer DEFAULT 1, bias double precision DEFAULT 0,
							kernel text DEFAULT 'ntk', metric double precision[] DEFAULT NULL) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(anyarray, integer, double precision, text, double precision[]) IS
	'the feature map made of the kernel with each landmark; landmarks are the rows of a two-dimensional array, '
	'as the aggregate ntk_landmarks returns them, for the same metric if there is one';

CREATE FUNCTION ntk_nystrom(landmarks text, depth integer DEFAULT 1, bias double precision DEFAULT 0,
							kernel text DEFAULT 'ntk', metric double precision[] DEFAULT NULL) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(text, integer, double precision, text, double precision[]) IS
	'the feature map made of the kernel with each landmark; landmarks are the rows of an array written as text, '
	'as the aggregate ntk_landmarks returns them, for the same metric if there is one';

CREATE FUNCTION ntk_nystrom(landmarks anyarray, kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(anyarray, text, double precision, double precision, double precision[]) IS
	'the feature map made of the kernel exp(-(|x - y| / bandwidth)^exponent) with each landmark: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); '
	'with a metric, the landmarks are in its space';

CREATE FUNCTION ntk_nystrom(landmarks text, kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(text, text, double precision, double precision, double precision[]) IS
	'the feature map made of the kernel exp(-(|x - y| / bandwidth)^exponent) with each landmark: '
	'''gaussian'' (exponent 2), ''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); '
	'with a metric, the landmarks are in its space; they are an array written as text';
