-- models

CREATE TYPE ntk_model;

CREATE FUNCTION _ntk_model_in(cstring) RETURNS ntk_model
	AS 'MODULE_PATHNAME', 'ntk_sql_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_model_in(cstring) IS 'I/O';

CREATE FUNCTION _ntk_model_out(ntk_model) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ntk_sql_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_model_out(ntk_model) IS 'I/O';

CREATE FUNCTION _ntk_model_recv(internal) RETURNS ntk_model
	AS 'MODULE_PATHNAME', 'ntk_sql_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_model_recv(internal) IS 'I/O';

CREATE FUNCTION _ntk_model_send(ntk_model) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_model_send(ntk_model) IS 'I/O';

CREATE TYPE ntk_model (
	INPUT = _ntk_model_in,
	OUTPUT = _ntk_model_out,
	RECEIVE = _ntk_model_recv,
	SEND = _ntk_model_send,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE ntk_model IS
	'a fitted ridge model, with its feature map if it was fitted with one; text form is base64';

CREATE FUNCTION ntk_solve(gram ntk_gram, lambda double precision DEFAULT NULL,
						  uncertainty boolean DEFAULT false) RETURNS ntk_model
	AS 'MODULE_PATHNAME', 'ntk_sql_solve' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION ntk_solve(ntk_gram, double precision, boolean) IS
	'the ridge model of a statistic; lambda is relative to the mean of the diagonal of the centred Gram matrix, '
	'and chosen by generalized cross-validation if it is NULL; the intercept is not penalised; '
	'with uncertainty the model includes the factor that ntk_predict_std needs, 4 width^2 bytes';

CREATE FUNCTION _ntk_solve_from(gram ntk_gram, lambda double precision, uncertainty boolean) RETURNS ntk_model
	AS 'MODULE_PATHNAME', 'ntk_sql_solve_from' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_solve_from(ntk_gram, double precision, boolean) IS
	'ntk_solve with this lambda or, if the Gram matrix is not positive definite and no rows were subtracted from it, '
	'the next larger one by factors of 10';

CREATE FUNCTION ntk_path(gram ntk_gram, lambdas double precision[] DEFAULT NULL,
						 holdout ntk_gram DEFAULT NULL)
	RETURNS TABLE (lambda double precision, train_mse double precision,
				   holdout_mse double precision, gcv double precision, df double precision)
	AS 'MODULE_PATHNAME', 'ntk_sql_path' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000 ROWS 15;
COMMENT ON FUNCTION ntk_path(ntk_gram, double precision[], ntk_gram) IS
	'the mean squared errors on the rows of a statistic and of a hold-out, as means over targets, '
	'the criterion of generalized cross-validation (NULL where less than a tenth of the rows is left by the degrees of '
	'freedom) and the effective degrees of freedom; one row per lambda; '
	'if lambdas is NULL, one per decade and more around the best; NULLs if the Gram matrix is not positive definite';

CREATE FUNCTION ntk_cv(grams ntk_gram[], lambdas double precision[] DEFAULT NULL)
	RETURNS TABLE (lambda double precision, cv_mse double precision, cv_se double precision)
	AS 'MODULE_PATHNAME', 'ntk_sql_cv' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000000 ROWS 7;
COMMENT ON FUNCTION ntk_cv(ntk_gram[], double precision[]) IS
	'the mean squared error of cross-validation, '
	'as a mean over targets, and its standard error over folds, each given by its statistic; one row per lambda; '
	'if lambdas is NULL, every second decade as long as the error falls, and the decades next to the best';

CREATE FUNCTION ntk_rows(ntk_model) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ntk_sql_model_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_rows(ntk_model) IS 'number of rows on which the model was fitted';

CREATE FUNCTION ntk_width(ntk_model) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_model_width' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_width(ntk_model) IS 'number of features';

CREATE FUNCTION ntk_targets(ntk_model) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_model_targets' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_targets(ntk_model) IS 'number of targets';

CREATE FUNCTION ntk_lambda(ntk_model) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_model_lambda' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_lambda(ntk_model) IS 'the relative penalty with which the model was fitted';

CREATE FUNCTION ntk_train_mse(ntk_model) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_model_train_mse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_train_mse(ntk_model) IS
	'weighted mean squared error on the rows on which the model was fitted, one number per target';

CREATE FUNCTION ntk_feature_map(ntk_model) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_model_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_feature_map(ntk_model) IS
	'the feature map that the model applies to rows; NULL if it takes features';

CREATE FUNCTION ntk_coefficients(model ntk_model, OUT intercept double precision[],
								 OUT weights double precision[])
	AS 'MODULE_PATHNAME', 'ntk_sql_model_coefficients' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_coefficients(ntk_model) IS
	'the intercepts, one number per target, and the weights of the features, one row of the array per target';

CREATE FUNCTION ntk_mse(model ntk_model, gram ntk_gram) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_model_mse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION ntk_mse(ntk_model, ntk_gram) IS
	'weighted mean squared error of a model on the rows of a statistic of the same feature map, '
	'one number per target; no row is read again';
