-- Metrics: predictions against what was observed

CREATE FUNCTION _ntk_mean_combine(double precision[], double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_mean_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_mean_combine(double precision[], double precision[]) IS
	'combine function of the aggregates ntk_rmse, ntk_mae, ntk_accuracy and ntk_log_loss';

CREATE FUNCTION _ntk_mean_final(double precision[]) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_mean_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_mean_final(double precision[]) IS
	'final function of the aggregates ntk_mae, ntk_accuracy and ntk_log_loss';

CREATE FUNCTION _ntk_root_mean_final(double precision[]) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_root_mean_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_root_mean_final(double precision[]) IS
	'final function of the aggregate ntk_rmse';

CREATE FUNCTION _ntk_rmse_accumulate(double precision[], double precision, double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_rmse_accumulate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_rmse_accumulate(double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_rmse';
CREATE AGGREGATE ntk_rmse(y double precision, yhat double precision) (
	SFUNC = _ntk_rmse_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_root_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_rmse(double precision, double precision) IS
	'the root of the mean squared error of predictions yhat of y';

CREATE FUNCTION _ntk_mae_accumulate(double precision[], double precision, double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_mae_accumulate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_mae_accumulate(double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_mae';
CREATE AGGREGATE ntk_mae(y double precision, yhat double precision) (
	SFUNC = _ntk_mae_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_mae(double precision, double precision) IS
	'the mean absolute error of predictions yhat of y';

CREATE FUNCTION _ntk_accuracy_accumulate(double precision[], text, text) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_accuracy_accumulate_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_accuracy_accumulate(double precision[], text, text) IS
	'transition function of the aggregate ntk_accuracy';
CREATE AGGREGATE ntk_accuracy(label text, predicted text) (
	SFUNC = _ntk_accuracy_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_accuracy(text, text) IS 'the share of rows whose predicted label is correct';

CREATE FUNCTION _ntk_accuracy_accumulate(double precision[], boolean, boolean) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_accuracy_accumulate_boolean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_accuracy_accumulate(double precision[], boolean, boolean) IS
	'transition function of the aggregate ntk_accuracy';
CREATE AGGREGATE ntk_accuracy(label boolean, predicted boolean) (
	SFUNC = _ntk_accuracy_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_accuracy(boolean, boolean) IS 'the share of rows whose predicted label is correct';

CREATE FUNCTION _ntk_accuracy_accumulate(double precision[], integer, integer) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_accuracy_accumulate_integer' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_accuracy_accumulate(double precision[], integer, integer) IS
	'transition function of the aggregate ntk_accuracy';
CREATE AGGREGATE ntk_accuracy(label integer, predicted integer) (
	SFUNC = _ntk_accuracy_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_accuracy(integer, integer) IS 'the share of rows whose predicted label is correct';

CREATE FUNCTION _ntk_log_loss_accumulate(double precision[], text, jsonb) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_log_loss_accumulate_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_log_loss_accumulate(double precision[], text, jsonb) IS
	'transition function of the aggregate ntk_log_loss';
CREATE AGGREGATE ntk_log_loss(label text, probabilities jsonb) (
	SFUNC = _ntk_log_loss_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_log_loss(text, jsonb) IS
	'the mean of -ln(probability of the label), from an object {label: probability}; '
	'a probability that is missing or below 1e-15 counts as 1e-15';

CREATE FUNCTION _ntk_log_loss_accumulate(double precision[], boolean, double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_log_loss_accumulate_boolean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_log_loss_accumulate(double precision[], boolean, double precision) IS
	'transition function of the aggregate ntk_log_loss';
CREATE AGGREGATE ntk_log_loss(label boolean, probability double precision) (
	SFUNC = _ntk_log_loss_accumulate, STYPE = double precision[], INITCOND = '{0,0}',
	FINALFUNC = _ntk_mean_final, COMBINEFUNC = _ntk_mean_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_log_loss(boolean, double precision) IS
	'the mean of -ln(probability of the label), from the probability of true; a probability below 1e-15 counts as 1e-15';

CREATE FUNCTION _ntk_r2_accumulate(double precision[], double precision, double precision) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_r2_accumulate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_r2_accumulate(double precision[], double precision, double precision) IS
	'transition function of the aggregate ntk_r2';

CREATE FUNCTION _ntk_r2_combine(double precision[], double precision[]) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_r2_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_r2_combine(double precision[], double precision[]) IS
	'combine function of the aggregate ntk_r2';

CREATE FUNCTION _ntk_r2_final(double precision[]) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_r2_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_r2_final(double precision[]) IS
	'final function of the aggregate ntk_r2';

CREATE AGGREGATE ntk_r2(y double precision, yhat double precision) (
	SFUNC = _ntk_r2_accumulate, STYPE = double precision[], INITCOND = '{0,0,0,0}',
	FINALFUNC = _ntk_r2_final, COMBINEFUNC = _ntk_r2_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_r2(double precision, double precision) IS
	'the share of the variance of y that predictions yhat explain: '
	'1 - (sum of squared errors) / (sum of squared deviations from the mean); NULL if y does not vary';

CREATE FUNCTION _ntk_auc_accumulate(internal, boolean, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_auc_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_auc_accumulate(internal, boolean, double precision) IS
	'transition function of the aggregate ntk_auc';

CREATE FUNCTION _ntk_auc_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_auc_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_auc_combine(internal, internal) IS
	'combine function of the aggregate ntk_auc';

CREATE FUNCTION _ntk_auc_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_auc_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_auc_serialize(internal) IS
	'serialization function of the aggregate ntk_auc';

CREATE FUNCTION _ntk_auc_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_auc_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_auc_deserialize(bytea, internal) IS
	'deserialization function of the aggregate ntk_auc';

CREATE FUNCTION _ntk_auc_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_auc_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_auc_final(internal) IS
	'final function of the aggregate ntk_auc';

CREATE AGGREGATE ntk_auc(label boolean, score double precision) (
	SFUNC = _ntk_auc_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_auc_final, COMBINEFUNC = _ntk_auc_combine,
	SERIALFUNC = _ntk_auc_serialize, DESERIALFUNC = _ntk_auc_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_auc(boolean, double precision) IS
	'the area under the ROC curve: the share of the pairs of a true and a false row '
	'in which the true row has the higher score, ties counted half; NULL if there is only one class';

CREATE FUNCTION _ntk_reliability_accumulate(internal, boolean, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_reliability_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_reliability_accumulate(internal, boolean, double precision) IS
	'transition function of the aggregates ntk_ece and ntk_reliability';

CREATE FUNCTION _ntk_ece_final(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_ece_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_ece_final(internal) IS 'final function of the aggregate ntk_ece';

CREATE AGGREGATE ntk_ece(label boolean, probability double precision) (
	SFUNC = _ntk_reliability_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_ece_final, COMBINEFUNC = _ntk_auc_combine,
	SERIALFUNC = _ntk_auc_serialize, DESERIALFUNC = _ntk_auc_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_ece(boolean, double precision) IS
	'the expected calibration error: the mean distance between the probability of true and the share of true rows, '
	'over ten bins of equally many rows in the order of the probability; equal probabilities are in one bin';

CREATE FUNCTION _ntk_reliability_final(internal) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_reliability_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_reliability_final(internal) IS 'final function of the aggregate ntk_reliability';

CREATE AGGREGATE ntk_reliability(label boolean, probability double precision) (
	SFUNC = _ntk_reliability_accumulate, STYPE = internal, SSPACE = 65536,
	FINALFUNC = _ntk_reliability_final, COMBINEFUNC = _ntk_auc_combine,
	SERIALFUNC = _ntk_auc_serialize, DESERIALFUNC = _ntk_auc_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_reliability(boolean, double precision) IS
	'a table of calibration: rows of the mean probability of true, the share of true rows and the number of rows, '
	'one row per bin of ntk_ece';
