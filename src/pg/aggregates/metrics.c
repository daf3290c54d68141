/*
 * metrics.c
 *		Aggregates that compare predictions with what was observed.
 *
 * They have a float8[] as state, which plans add up in parallel: {rows, sum} of a mean, and
 * {rows, sum of squared errors, mean of y, sum of squared deviations from it} of ntk_r2.
 */
#include "pg/base/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "pg/base/array_input.h"
#include "pg/base/json_input.h"
#include "pg/base/module.h"

#define MEAN_STATE 2
#define R2_STATE 4
#define LEAST_PROBABILITY 1e-15 /* its logarithm is the largest loss of a row */

static void
metrics_check_overflow(double value)
{
	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("errors or targets exceed the range of type double precision")));
}

/* the numbers of a state */
static double *
metrics_numbers_of(ArrayType *state, int n)
{
	if (ARR_NDIM(state) != 1 || ARR_DIMS(state)[0] != n || ARR_HASNULL(state) ||
		ARR_ELEMTYPE(state) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the state of this aggregate is an array of %d numbers", n)));
	return (double *) ARR_DATA_PTR(state);
}

/* the state that a step of an aggregate may change: outside of one, a copy */
static ArrayType *
metrics_writable_state(FunctionCallInfo fcinfo)
{
	return AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(0)
											 : PG_GETARG_ARRAYTYPE_P_COPY(0);
}

/*
 * Rows, mean and squared deviations of two sets together (Chan, Golub, LeVeque 1979). Equal
 * means stay as they are to the bit: a target that does not vary has deviation 0.
 */
static void
metrics_merge_deviations(double n, double mean, double square, double *to_n, double *to_mean,
						 double *to_square)
{
	double		total = *to_n + n;
	double		difference = mean - *to_mean;

	*to_square += square + difference * (*to_n / total) * n * difference;
	*to_mean += difference * (n / total);
	*to_n = total;
}

/* means of the losses of rows */

static Datum
metrics_add_loss(FunctionCallInfo fcinfo, double loss)
{
	ArrayType  *state = metrics_writable_state(fcinfo);
	double	   *sums = metrics_numbers_of(state, MEAN_STATE);

	sums[0]++;
	sums[1] += loss;
	metrics_check_overflow(sums[1]);
	PG_RETURN_ARRAYTYPE_P(state);
}

NTK_FUNCTION(ntk_sql_mean_combine);
Datum
ntk_sql_mean_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = metrics_writable_state(fcinfo);
	double	   *sums = metrics_numbers_of(state, MEAN_STATE);
	double	   *other = metrics_numbers_of(PG_GETARG_ARRAYTYPE_P(1), MEAN_STATE);

	sums[0] += other[0];
	sums[1] += other[1];
	metrics_check_overflow(sums[1]);
	PG_RETURN_ARRAYTYPE_P(state);
}

NTK_FUNCTION(ntk_sql_mean_final);
Datum
ntk_sql_mean_final(PG_FUNCTION_ARGS)
{
	double	   *sums = metrics_numbers_of(PG_GETARG_ARRAYTYPE_P(0), MEAN_STATE);

	if (sums[0] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sums[1] / sums[0]);
}

/* the end of ntk_rmse */
NTK_FUNCTION(ntk_sql_root_mean_final);
Datum
ntk_sql_root_mean_final(PG_FUNCTION_ARGS)
{
	double	   *sums = metrics_numbers_of(PG_GETARG_ARRAYTYPE_P(0), MEAN_STATE);

	if (sums[0] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sqrt(sums[1] / sums[0]));
}

/* of the arguments (state, y, yhat) */
static double
metrics_error_of(FunctionCallInfo fcinfo)
{
	double		y = PG_GETARG_FLOAT8(1);
	double		yhat = PG_GETARG_FLOAT8(2);

	ntk_check_finite(y, "y");
	ntk_check_finite(yhat, "yhat");
	return y - yhat;
}

NTK_FUNCTION(ntk_sql_rmse_accumulate);
Datum
ntk_sql_rmse_accumulate(PG_FUNCTION_ARGS)
{
	double		error = metrics_error_of(fcinfo);

	return metrics_add_loss(fcinfo, error * error);
}

NTK_FUNCTION(ntk_sql_mae_accumulate);
Datum
ntk_sql_mae_accumulate(PG_FUNCTION_ARGS)
{
	return metrics_add_loss(fcinfo, fabs(metrics_error_of(fcinfo)));
}

/* ntk_accuracy of text, as the operator = compares it */
NTK_FUNCTION(ntk_sql_accuracy_accumulate_text);
Datum
ntk_sql_accuracy_accumulate_text(PG_FUNCTION_ARGS)
{
	return metrics_add_loss(
		fcinfo, DatumGetBool(DirectFunctionCall2Coll(texteq, PG_GET_COLLATION(),
													 PG_GETARG_DATUM(1), PG_GETARG_DATUM(2))));
}

NTK_FUNCTION(ntk_sql_accuracy_accumulate_boolean);
Datum
ntk_sql_accuracy_accumulate_boolean(PG_FUNCTION_ARGS)
{
	return metrics_add_loss(fcinfo, PG_GETARG_BOOL(1) == PG_GETARG_BOOL(2));
}

NTK_FUNCTION(ntk_sql_accuracy_accumulate_integer);
Datum
ntk_sql_accuracy_accumulate_integer(PG_FUNCTION_ARGS)
{
	return metrics_add_loss(fcinfo, PG_GETARG_INT32(1) == PG_GETARG_INT32(2));
}

static double
metrics_log_loss(double probability)
{
	return -log(Max(probability, LEAST_PROBABILITY));
}

/* a label, and the probability that an object gives it */
typedef struct MetricsLookup
{
	const char *label;
	double		probability;
} MetricsLookup;

/* each probability is checked, not that of the label alone */
static void
metrics_take_probability(const char *key, const JsonbValue *value, void *argument)
{
	MetricsLookup *lookup = argument;
	double		probability;

	if (value->type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the probability of \"%s\" must be a number", key)));
	/* one too small for a double is 0 here, not an error */
	probability = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
													 NumericGetDatum(value->val.numeric)));
	if (probability < 0 || probability > 1)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the probability of \"%s\" must be between 0 and 1, not %g", key,
						probability)));
	if (strcmp(key, lookup->label) == 0)
		lookup->probability = probability;
}

/* ntk_log_loss(label, probabilities) */
NTK_FUNCTION(ntk_sql_log_loss_accumulate_text);
Datum
ntk_sql_log_loss_accumulate_text(PG_FUNCTION_ARGS)
{
	MetricsLookup lookup = {.label = text_to_cstring(PG_GETARG_TEXT_PP(1))};
	Jsonb	   *probabilities = PG_GETARG_JSONB_P(2);

	ntk_json_each(&probabilities->root, "probabilities", metrics_take_probability, &lookup);
	return metrics_add_loss(fcinfo, metrics_log_loss(lookup.probability));
}

/* ntk_log_loss(label, probability), the probability of true */
NTK_FUNCTION(ntk_sql_log_loss_accumulate_boolean);
Datum
ntk_sql_log_loss_accumulate_boolean(PG_FUNCTION_ARGS)
{
	double		probability = PG_GETARG_FLOAT8(2);

	ntk_check_finite(probability, "probability");
	if (probability < 0 || probability > 1)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("probability must be between 0 and 1, not %g", probability)));
	return metrics_add_loss(fcinfo,
							metrics_log_loss(PG_GETARG_BOOL(1) ? probability : 1 - probability));
}

/* ntk_r2 */

NTK_FUNCTION(ntk_sql_r2_accumulate);
Datum
ntk_sql_r2_accumulate(PG_FUNCTION_ARGS)
{
	double		error = metrics_error_of(fcinfo);
	ArrayType  *state = metrics_writable_state(fcinfo);
	double	   *sums = metrics_numbers_of(state, R2_STATE);

	sums[1] += error * error;
	metrics_merge_deviations(1, PG_GETARG_FLOAT8(1), 0, &sums[0], &sums[2], &sums[3]);
	metrics_check_overflow(sums[1]);
	metrics_check_overflow(sums[3]);
	PG_RETURN_ARRAYTYPE_P(state);
}

NTK_FUNCTION(ntk_sql_r2_combine);
Datum
ntk_sql_r2_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = metrics_writable_state(fcinfo);
	double	   *sums = metrics_numbers_of(state, R2_STATE);
	double	   *other = metrics_numbers_of(PG_GETARG_ARRAYTYPE_P(1), R2_STATE);

	if (other[0] == 0)
		PG_RETURN_ARRAYTYPE_P(state);
	sums[1] += other[1];
	metrics_merge_deviations(other[0], other[2], other[3], &sums[0], &sums[2], &sums[3]);
	metrics_check_overflow(sums[1]);
	metrics_check_overflow(sums[3]);
	PG_RETURN_ARRAYTYPE_P(state);
}

NTK_FUNCTION(ntk_sql_r2_final);
Datum
ntk_sql_r2_final(PG_FUNCTION_ARGS)
{
	double	   *sums = metrics_numbers_of(PG_GETARG_ARRAYTYPE_P(0), R2_STATE);

	if (sums[3] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(1 - sums[1] / sums[3]);
}
