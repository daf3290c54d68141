-- scoring a row

CREATE FUNCTION ntk_predict(model ntk_model, x anyarray) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(ntk_model, anyarray) IS
	'the prediction of a model with one target for a row (or for features, if the model has no feature map)';

CREATE FUNCTION ntk_predict(model ntk_model, x bytea) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(ntk_model, bytea) IS
	'the prediction of a model with one target for a row of bytes (or for features, if the model has no feature map)';

CREATE FUNCTION ntk_predict(model ntk_model, x text) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(ntk_model, text) IS
	'the prediction of a model with one target for a row written as text '
	'(or for features, if the model has no feature map)';

CREATE FUNCTION ntk_predict(model ntk_model, indices integer[], "values" double precision[]) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(ntk_model, integer[], double precision[]) IS
	'the prediction of a model with one target for a sparse row (values at indices, which count from 1)';

CREATE FUNCTION ntk_predict_all(model ntk_model, x anyarray) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_all' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict_all(ntk_model, anyarray) IS
	'the predictions of all targets for a row (or for features, if the model has no feature map)';

CREATE FUNCTION ntk_predict_all(model ntk_model, x bytea) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_all' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict_all(ntk_model, bytea) IS
	'the predictions of all targets for a row of bytes (or for features, if the model has no feature map)';

CREATE FUNCTION ntk_predict_all(model ntk_model, x text) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_all' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict_all(ntk_model, text) IS
	'the predictions of all targets for a row written as text (or for features, if the model has no feature map)';

CREATE FUNCTION ntk_predict_all(model ntk_model, indices integer[], "values" double precision[])
	RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_all' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict_all(ntk_model, integer[], double precision[]) IS
	'the predictions of all targets for a sparse row (values at indices, which count from 1)';

CREATE FUNCTION ntk_predict_std(model ntk_model, x anyarray) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_std' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION ntk_predict_std(ntk_model, anyarray) IS
	'the standard deviation of a new target around the prediction for a row, '
	'by a model with one target that was fitted with uncertainty';

CREATE FUNCTION ntk_predict_std(model ntk_model, x bytea) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_std' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION ntk_predict_std(ntk_model, bytea) IS
	'the standard deviation of a new target around the prediction for a row of bytes, '
	'by a model with one target that was fitted with uncertainty';

CREATE FUNCTION ntk_predict_std(model ntk_model, x text) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_std' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION ntk_predict_std(ntk_model, text) IS
	'the standard deviation of a new target around the prediction for a row written as text, '
	'by a model with one target that was fitted with uncertainty';

CREATE FUNCTION ntk_predict_std(model ntk_model, indices integer[], "values" double precision[])
	RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_std' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION ntk_predict_std(ntk_model, integer[], double precision[]) IS
	'the standard deviation of a new target around the prediction for a sparse row, '
	'by a model with one target that was fitted with uncertainty';

CREATE FUNCTION ntk_argmax(scores double precision[]) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_argmax' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_argmax(double precision[]) IS 'the position of the largest number, from 1';
