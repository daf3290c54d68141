-- Probabilities from class scores

CREATE FUNCTION _ntk_calibration_accumulate(internal, double precision[], integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_calibration_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_calibration_accumulate(internal, double precision[], integer) IS
	'transition function of the aggregate ntk_calibration';

CREATE FUNCTION _ntk_calibration_accumulate(internal, double precision[], integer, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_calibration_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_calibration_accumulate(internal, double precision[], integer, double precision) IS
	'transition function of the aggregate ntk_calibration';

CREATE FUNCTION _ntk_calibration_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_calibration_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION _ntk_calibration_combine(internal, internal) IS
	'combine function of the aggregate ntk_calibration';

CREATE FUNCTION _ntk_calibration_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_calibration_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_calibration_serialize(internal) IS
	'serialization function of the aggregate ntk_calibration';

CREATE FUNCTION _ntk_calibration_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_calibration_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_calibration_deserialize(bytea, internal) IS
	'deserialization function of the aggregate ntk_calibration';

CREATE FUNCTION _ntk_calibration_final(internal) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_calibration_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION _ntk_calibration_final(internal) IS
	'final function of the aggregate ntk_calibration';

CREATE AGGREGATE ntk_calibration(scores double precision[], class integer) (
	SFUNC = _ntk_calibration_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_calibration_final, COMBINEFUNC = _ntk_calibration_combine,
	SERIALFUNC = _ntk_calibration_serialize, DESERIALFUNC = _ntk_calibration_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_calibration(double precision[], integer) IS
	'the calibration for which ntk_calibrate(scores, calibration) has the least log loss, with a penalty that '
	'keeps few rows from certainty; rows a, b and c, one number per class; class is the place of the observed class '
	'in scores, from 0; about 100,000 distinct rows are used, as many of each class, '
	'a sample that does not depend on the order of the rows or on the plan';

CREATE AGGREGATE ntk_calibration(scores double precision[], class integer, weight double precision) (
	SFUNC = _ntk_calibration_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_calibration_final, COMBINEFUNC = _ntk_calibration_combine,
	SERIALFUNC = _ntk_calibration_serialize, DESERIALFUNC = _ntk_calibration_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_calibration(double precision[], integer, double precision) IS
	'the same of rows that have weights, whose unit does not matter';

CREATE FUNCTION ntk_calibrate(scores double precision[], calibration double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_calibrate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION ntk_calibrate(double precision[], double precision[]) IS
	'probabilities of classes from their scores s by a calibration with the rows a, b and c: '
	'the softmax of a + b g(s), where g(s) is s if c is 0, else asinh(s / (2 c))';

CREATE FUNCTION ntk_softmax(scores double precision[], temperature double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_softmax' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION ntk_softmax(double precision[], double precision) IS
	'probabilities of classes from their scores: exp(score / temperature), divided by the sum over the classes';

CREATE FUNCTION _ntk_read_calibration(exported jsonb, classes integer) RETURNS double precision[] LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	calibration float8[];
BEGIN
	IF jsonb_typeof(exported) IS DISTINCT FROM 'array' THEN
		RETURN NULL;
	END IF;
	BEGIN
		calibration := translate(exported::text, '[]', '{}')::float8[];
	EXCEPTION WHEN data_exception THEN
		PERFORM @extschema@._ntk_refuse_import('A calibration of it is no array of numbers.');
	END;
	IF array_dims(calibration) IS DISTINCT FROM format('[1:3][1:%s]', classes)
		OR (SELECT bool_or(n IS NULL OR abs(n) > 1e300) FROM unnest(calibration) AS n)
		OR (SELECT min(n) < 0 FROM unnest(calibration[3:3]) AS n) THEN
		PERFORM @extschema@._ntk_refuse_import(
			format('A calibration of it has not 3 rows of %s numbers, the last not negative.', classes));
	END IF;
	RETURN calibration;
END $$;
COMMENT ON FUNCTION _ntk_read_calibration(jsonb, integer) IS
	'the calibration of a part of an exported model; NULL if it has none';
