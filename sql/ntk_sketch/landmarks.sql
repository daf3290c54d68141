-- Nystrom feature maps: landmarks and the map of them

CREATE FUNCTION ntk_landmarks_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION ntk_landmarks_combine(internal, internal) IS
	'combine function of the aggregate ntk_landmarks';

CREATE FUNCTION ntk_landmarks_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_landmarks_serialize(internal) IS
	'serialization function of the aggregate ntk_landmarks';

CREATE FUNCTION ntk_landmarks_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_landmarks_deserialize(bytea, internal) IS
	'deserialization function of the aggregate ntk_landmarks';

CREATE FUNCTION ntk_landmarks_final(internal) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION ntk_landmarks_final(internal) IS 'final function of the aggregate ntk_landmarks';

CREATE FUNCTION ntk_landmarks_accumulate(internal, real[], integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_landmarks_accumulate(internal, real[], integer) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x real[], k integer) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(real[], integer) IS
	'k landmarks for ntk_nystrom, a row each: k-means centres of a sample of the distinct rows; '
	'the same for every order of the rows and every plan';

CREATE FUNCTION ntk_landmarks_accumulate(internal, real[], integer, bigint) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_landmarks_accumulate(internal, real[], integer, bigint) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x real[], k integer, seed bigint) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(real[], integer, bigint) IS
	'k landmarks for ntk_nystrom, a row each: k-means centres of a sample of the distinct rows, drawn by the seed; '
	'the same for every order of the rows and every plan';

CREATE FUNCTION ntk_landmarks_accumulate(internal, double precision[], integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_landmarks_accumulate(internal, double precision[], integer) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x double precision[], k integer) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(double precision[], integer) IS
	'k landmarks for ntk_nystrom, a row each: k-means centres of a sample of the distinct rows; '
	'the same for every order of the rows and every plan';

CREATE FUNCTION ntk_landmarks_accumulate(internal, double precision[], integer, bigint) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_landmarks_accumulate(internal, double precision[], integer, bigint) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x double precision[], k integer, seed bigint) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(double precision[], integer, bigint) IS
	'k landmarks for ntk_nystrom, a row each: k-means centres of a sample of the distinct rows, drawn by the seed; '
	'the same for every order of the rows and every plan';

CREATE FUNCTION ntk_landmarks_accumulate(internal, real[], integer, bigint, double precision[]) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_landmarks_accumulate(internal, real[], integer, bigint, double precision[]) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x real[], k integer, seed bigint, metric double precision[]) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(real[], integer, bigint, double precision[]) IS
	'k landmarks for ntk_nystrom with the same metric, '
	'in whose space they are chosen and lie; metric as in ntk_with_metric';

CREATE FUNCTION ntk_landmarks_accumulate(internal, double precision[], integer, bigint, double precision[])
	RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_landmarks_accumulate(internal, double precision[], integer, bigint, double precision[]) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x double precision[], k integer, seed bigint, metric double precision[]) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(double precision[], integer, bigint, double precision[]) IS
	'k landmarks for ntk_nystrom with the same metric, '
	'in whose space they are chosen and lie; metric as in ntk_with_metric';

-- for ntk_train: of fewer distinct rows than k, all of them
CREATE FUNCTION _ntk_landmarks_final(internal) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_final_of_few' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_landmarks_final(internal) IS 'final function of the aggregate _ntk_landmarks';
CREATE AGGREGATE _ntk_landmarks(x double precision[], k integer, seed bigint) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ntk_landmarks(double precision[], integer, bigint) IS
	'k landmarks, or as many as there are distinct rows';
CREATE AGGREGATE _ntk_landmarks(x double precision[], k integer, seed bigint, metric double precision[]) (
	SFUNC = ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_final, COMBINEFUNC = ntk_landmarks_combine,
	SERIALFUNC = ntk_landmarks_serialize, DESERIALFUNC = ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ntk_landmarks(double precision[], integer, bigint, double precision[]) IS
	'k landmarks in the space of a metric, or as many as there are distinct rows';

CREATE FUNCTION ntk_nystrom(landmarks real[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(real[], integer, double precision, text) IS
	'the feature map of the kernel against landmarks, a row of the two-dimensional array each, '
	'as the aggregate ntk_landmarks chooses them';

CREATE FUNCTION ntk_nystrom(landmarks double precision[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(double precision[], integer, double precision, text) IS
	'the feature map of the kernel against landmarks, a row of the two-dimensional array each, '
	'as the aggregate ntk_landmarks chooses them';

CREATE FUNCTION ntk_nystrom(landmarks integer[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(integer[], integer, double precision, text) IS
	'the feature map of the kernel against landmarks, a row of the two-dimensional array each, '
	'as the aggregate ntk_landmarks chooses them';

CREATE FUNCTION ntk_nystrom(landmarks numeric[], depth integer DEFAULT 1,
							bias double precision DEFAULT 0, kernel text DEFAULT 'ntk')
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(numeric[], integer, double precision, text) IS
	'the feature map of the kernel against landmarks, a row of the two-dimensional array each, '
	'as the aggregate ntk_landmarks chooses them';

CREATE FUNCTION ntk_nystrom(landmarks real[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(real[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks that lie in the space of a metric, '
	'as the aggregate ntk_landmarks chooses them with the same metric';

CREATE FUNCTION ntk_nystrom(landmarks double precision[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(double precision[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks that lie in the space of a metric, '
	'as the aggregate ntk_landmarks chooses them with the same metric';

CREATE FUNCTION ntk_nystrom(landmarks integer[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(integer[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks that lie in the space of a metric, '
	'as the aggregate ntk_landmarks chooses them with the same metric';

CREATE FUNCTION ntk_nystrom(landmarks numeric[], depth integer, bias double precision, kernel text,
							metric double precision[])
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(numeric[], integer, double precision, text, double precision[]) IS
	'the feature map of landmarks that lie in the space of a metric, '
	'as the aggregate ntk_landmarks chooses them with the same metric';

CREATE FUNCTION ntk_nystrom(landmarks real[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(real[], text, double precision, double precision, double precision[]) IS
	'the feature map of the kernel exp(-(|x - y| / bandwidth)^exponent) against landmarks: ''gaussian'' (exponent 2), '
	'''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); with a metric, landmarks lie in its space';

CREATE FUNCTION ntk_nystrom(landmarks double precision[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(double precision[], text, double precision, double precision, double precision[]) IS
	'the feature map of the kernel exp(-(|x - y| / bandwidth)^exponent) against landmarks: ''gaussian'' (exponent 2), '
	'''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); with a metric, landmarks lie in its space';

CREATE FUNCTION ntk_nystrom(landmarks integer[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(integer[], text, double precision, double precision, double precision[]) IS
	'the feature map of the kernel exp(-(|x - y| / bandwidth)^exponent) against landmarks: ''gaussian'' (exponent 2), '
	'''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); with a metric, landmarks lie in its space';

CREATE FUNCTION ntk_nystrom(landmarks numeric[], kernel text, bandwidth double precision,
							exponent double precision DEFAULT NULL, metric double precision[] DEFAULT NULL)
	RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_nystrom_of_distance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_nystrom(numeric[], text, double precision, double precision, double precision[]) IS
	'the feature map of the kernel exp(-(|x - y| / bandwidth)^exponent) against landmarks: ''gaussian'' (exponent 2), '
	'''laplace'' (1) or ''gamma_exponential'' (0 to 2, by default 1.5); with a metric, landmarks lie in its space';
