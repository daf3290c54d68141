-- Landmarks of Nystrom feature maps

CREATE FUNCTION _ntk_landmarks_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION _ntk_landmarks_combine(internal, internal) IS
	'combine function of the aggregate ntk_landmarks';

CREATE FUNCTION _ntk_landmarks_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_landmarks_serialize(internal) IS
	'serialization function of the aggregate ntk_landmarks';

CREATE FUNCTION _ntk_landmarks_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_landmarks_deserialize(bytea, internal) IS
	'deserialization function of the aggregate ntk_landmarks';

CREATE FUNCTION _ntk_landmarks_rows_final(internal) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION _ntk_landmarks_rows_final(internal) IS 'final function of the aggregate ntk_landmarks';

CREATE FUNCTION _ntk_landmarks_accumulate(internal, double precision[], integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_landmarks_accumulate(internal, double precision[], integer) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x double precision[], k integer) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_rows_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(double precision[], integer) IS
	'k landmarks for ntk_nystrom, one row of the array per landmark: k-means centres of a sample of the distinct rows; '
	'the result does not depend on the order of the rows or on the plan';

CREATE FUNCTION _ntk_landmarks_accumulate(internal, double precision[], integer, bigint) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_landmarks_accumulate(internal, double precision[], integer, bigint) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x double precision[], k integer, seed bigint) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_rows_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(double precision[], integer, bigint) IS
	'k landmarks for ntk_nystrom, one row of the array per landmark: k-means centres of a sample of the distinct rows, '
	'drawn by the seed; the result does not depend on the order of the rows or on the plan';

CREATE FUNCTION _ntk_landmarks_accumulate(internal, double precision[], integer, bigint, double precision[])
	RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_landmarks_accumulate(internal, double precision[], integer, bigint, double precision[]) IS
	'transition function of the aggregate ntk_landmarks';
CREATE AGGREGATE ntk_landmarks(x double precision[], k integer, seed bigint, metric double precision[]) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_rows_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_landmarks(double precision[], integer, bigint, double precision[]) IS
	'k landmarks for ntk_nystrom with the same metric, '
	'chosen and returned in the space of the metric; metric as in ntk_with_metric';

-- for ntk_train: of fewer distinct rows than k, all of them
CREATE FUNCTION _ntk_landmarks_final(internal) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_landmarks_final_of_few' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_landmarks_final(internal) IS 'final function of the aggregate _ntk_landmarks';
CREATE AGGREGATE _ntk_landmarks(x double precision[], k integer, seed bigint) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ntk_landmarks(double precision[], integer, bigint) IS
	'k landmarks, or all distinct rows if these are fewer';
CREATE AGGREGATE _ntk_landmarks(x double precision[], k integer, seed bigint, metric double precision[]) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_landmarks_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ntk_landmarks(double precision[], integer, bigint, double precision[]) IS
	'k landmarks in the space of a metric, or all distinct rows if these are fewer';

-- for rounds of the metric: with fewer passes
CREATE FUNCTION _ntk_rough_landmarks_final(internal) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_rough_landmarks_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_rough_landmarks_final(internal) IS 'final function of the aggregate _ntk_rough_landmarks';
CREATE AGGREGATE _ntk_rough_landmarks(x double precision[], k integer, seed bigint) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_rough_landmarks_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ntk_rough_landmarks(double precision[], integer, bigint) IS
	'k landmarks that are less spread, or all distinct rows if these are fewer';
CREATE AGGREGATE _ntk_rough_landmarks(x double precision[], k integer, seed bigint, metric double precision[]) (
	SFUNC = _ntk_landmarks_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_rough_landmarks_final, COMBINEFUNC = _ntk_landmarks_combine,
	SERIALFUNC = _ntk_landmarks_serialize, DESERIALFUNC = _ntk_landmarks_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ntk_rough_landmarks(double precision[], integer, bigint, double precision[]) IS
	'k landmarks that are less spread in the space of a metric, or all distinct rows if these are fewer';
