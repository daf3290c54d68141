/*
 * metrics.c
 *		Aggregates that compare predictions with what was observed.
 *
 * All but ntk_auc have a float8[] as state, which plans add up in parallel: {rows, sum} of a
 * mean, and {rows, sum of squared errors, mean of y, sum of squared deviations from it} of
 * ntk_r2. ntk_auc is about the order of the scores and keeps them all.
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

/* ntk_auc */

typedef struct RankingScores
{
	Size		count;
	Size		room;
	double	   *values;			/* [room] */
} RankingScores;

/* the state: in any order, so that whoever needs them in order may sort them */
typedef struct Ranking
{
	MemoryContext context;
	RankingScores of[2];		/* false, true */
} Ranking;

static Ranking *
ranking_create(MemoryContext context)
{
	Ranking    *ranking = MemoryContextAllocZero(context, sizeof(Ranking));

	ranking->context = context;
	return ranking;
}

static void
ranking_reserve(Ranking *ranking, int label, Size more)
{
	RankingScores *scores = &ranking->of[label];
	Size		room = scores->count + more;

	if (room <= scores->room)
		return;
	room = Max(room, scores->room + scores->room / 2 + 16);
	ntk_check_memory(sizeof(double) * (room + ranking->of[!label].room), "ntk_auc");
	if (scores->room == 0)
		scores->values = MemoryContextAllocHuge(ranking->context, sizeof(double) * room);
	else
		scores->values = repalloc_huge(scores->values, sizeof(double) * room);
	scores->room = room;
}

static void
ranking_append(Ranking *ranking, int label, const void *values, Size count)
{
	RankingScores *scores = &ranking->of[label];

	if (count == 0)
		return;
	ranking_reserve(ranking, label, count);
	memcpy(scores->values + scores->count, values, sizeof(double) * count);
	scores->count += count;
}

/* ntk_auc(label, score): a row */
NTK_FUNCTION(ntk_sql_auc_accumulate);
Datum
ntk_sql_auc_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		double		score = PG_GETARG_FLOAT8(2);

		ntk_check_finite(score, "score");
		if (!ranking)
			ranking = ranking_create(context);
		ranking_append(ranking, PG_GETARG_BOOL(1), &score, 1);
	}
	if (!ranking)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ranking);
}

/* the scores of both */
NTK_FUNCTION(ntk_sql_auc_combine);
Datum
ntk_sql_auc_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);
	Ranking    *other = ntk_aggregate_state(fcinfo, 1);

	if (other)
	{
		if (!ranking)
			ranking = ranking_create(context);
		for (int label = 0; label < 2; label++)
			ranking_append(ranking, label, other->of[label].values, other->of[label].count);
	}
	if (!ranking)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ranking);
}

/* what travels between processes: the two counts, then the scores of false and of true */
NTK_FUNCTION(ntk_sql_auc_serialize);
Datum
ntk_sql_auc_serialize(PG_FUNCTION_ARGS)
{
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);
	uint64		counts[2] = {ranking->of[0].count, ranking->of[1].count};
	Size		bytes = VARHDRSZ + sizeof(counts) + sizeof(double) * (counts[0] + counts[1]);
	bytea	   *result;
	char	   *to;

	ntk_aggregate_context(fcinfo);
	if (!AllocSizeIsValid(bytes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%zu scores of ntk_auc exceed what a parallel worker can send",
						(Size) (counts[0] + counts[1])),
				 errhint("Set max_parallel_workers_per_gather to 0.")));
	result = palloc(bytes);
	SET_VARSIZE(result, bytes);
	to = VARDATA(result);
	memcpy(to, counts, sizeof(counts));
	to += sizeof(counts);
	for (int label = 0; label < 2; label++)
	{
		Size		length = sizeof(double) * counts[label];

		if (length > 0)
			memcpy(to, ranking->of[label].values, length);
		to += length;
	}
	PG_RETURN_BYTEA_P(result);
}

NTK_FUNCTION(ntk_sql_auc_deserialize);
Datum
ntk_sql_auc_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	Ranking    *ranking = ranking_create(CurrentMemoryContext);
	uint64		counts[2];

	ntk_aggregate_context(fcinfo);
	memcpy(counts, from, sizeof(counts));
	from += sizeof(counts);
	for (int label = 0; label < 2; label++)
	{
		ranking_append(ranking, label, from, counts[label]);
		from += sizeof(double) * counts[label];
	}
	PG_RETURN_POINTER(ranking);
}

#define ST_SORT sort_scores
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

/* pairs of a lower and a higher score that are in the order of their labels; ties count half */
static double
ranking_ordered_pairs(const RankingScores *lower, const RankingScores *higher)
{
	Size		below = 0;		/* lower ones that are less than the higher one at hand */
	Size		upto = 0;		/* that are not more */
	double		pairs = 0;

	for (Size i = 0; i < higher->count; i++)
	{
		double		score = higher->values[i];

		while (below < lower->count && lower->values[below] < score)
			below++;
		while (upto < lower->count && lower->values[upto] <= score)
			upto++;
		pairs += below + 0.5 * (upto - below);
	}
	return pairs;
}

/* the share of the pairs of a row of each class in which true has the higher score */
NTK_FUNCTION(ntk_sql_auc_final);
Datum
ntk_sql_auc_final(PG_FUNCTION_ARGS)
{
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);

	ntk_aggregate_context(fcinfo);
	if (!ranking || ranking->of[0].count == 0 || ranking->of[1].count == 0)
		PG_RETURN_NULL();
	for (int label = 0; label < 2; label++)
		sort_scores(ranking->of[label].values, ranking->of[label].count);
	PG_RETURN_FLOAT8(ranking_ordered_pairs(&ranking->of[0], &ranking->of[1]) /
					 ((double) ranking->of[0].count * ranking->of[1].count));
}
