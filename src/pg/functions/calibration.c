/*
 * calibration.c
 *		ntk_softmax, ntk_calibrate, and the aggregate ntk_calibration, which finds a calibration.
 *
 * Of each class a bounded sample of the distinct rows is kept, so that a rare class keeps all
 * of its rows, and the weight of all its rows: neither the order of the rows nor the plan
 * changes the result.
 */
#include "pg/base/compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/base/row_sample.h"

#include "core/regression/calibrate.h"
#include "core/regression/gram.h"

#define SAMPLE_ROWS 100000		/* of all classes */
#define SAMPLE_BYTES ((Size) 64 * 1024 * 1024)	/* a pass over them takes a fifth of a second */
#define LEAST_ROWS 16			/* of a class */
#define SAMPLE_SEED 0

/* ntk_softmax(scores, temperature) */
NTK_FUNCTION(ntk_sql_softmax);
Datum
ntk_sql_softmax(PG_FUNCTION_ARGS)
{
	ArrayType  *scores = PG_GETARG_ARRAYTYPE_P(0);
	double		temperature = PG_GETARG_FLOAT8(1);
	int			n = ntk_array_length(scores, "scores");
	double	   *numbers;
	ArrayType  *result;

	ntk_check_finite(temperature, "temperature");
	if (temperature <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("temperature must be positive, not %g", temperature)));
	numbers = palloc(sizeof(double) * n);
	ntk_array_read(scores, "scores", 1.0, numbers);
	ntk_softmax(numbers, n, temperature, numbers);
	result = ntk_array_make(numbers, n, 0);
	pfree(numbers);
	PG_FREE_IF_COPY(scores, 0);
	PG_RETURN_ARRAYTYPE_P(result);
}

/* the numbers of a calibration of that many classes */
static double *
calibration_read(ArrayType *array, int classes)
{
	double	   *numbers;
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) != 2 || ARR_DIMS(array)[0] != NTK_CALIBRATION_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("a calibration must have %d rows of one number per class",
						NTK_CALIBRATION_ROWS),
				 errhint("The aggregate ntk_calibration makes them.")));
	ntk_array_check_length("scores", classes, "calibration", ARR_DIMS(array)[1]);
	ntk_array_refuse_nulls(array, "calibration");
	numbers = palloc(sizeof(double) * n);
	ntk_array_read(array, "calibration", 1.0, numbers);
	for (int i = 2 * classes; i < n; i++)
		if (numbers[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a knee of a calibration must not be negative, not %g",
							numbers[i]),
					 errhint("The aggregate ntk_calibration makes calibrations.")));
	return numbers;
}

/* ntk_calibrate(scores, calibration) */
NTK_FUNCTION(ntk_sql_calibrate);
Datum
ntk_sql_calibrate(PG_FUNCTION_ARGS)
{
	ArrayType  *scores = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *calibration = PG_GETARG_ARRAYTYPE_P(1);
	int			n = ntk_array_length(scores, "scores");
	double	   *numbers = palloc(sizeof(double) * n);
	double	   *factors = calibration_read(calibration, n);
	ArrayType  *result;

	ntk_array_read(scores, "scores", 1.0, numbers);
	ntk_calibrate(numbers, n, factors, numbers);
	result = ntk_array_make(numbers, n, 0);
	pfree(numbers);
	pfree(factors);
	PG_FREE_IF_COPY(scores, 0);
	PG_FREE_IF_COPY(calibration, 1);
	PG_RETURN_ARRAYTYPE_P(result);
}

/* the state of ntk_calibration */
typedef struct Calibration
{
	MemoryContext context;
	int			classes;
	double		largest;		/* weight of a row */
	double		squares;		/* of the weights of all rows by that, their sum */
	double	   *weight;			/* [classes]: of all rows, their sum */
	NtkRowSample **sample;		/* [classes]; NULL: no rows */
	double	   *scores;			/* [classes]: of the row at hand */
} Calibration;

static Calibration *
calibration_create_state(MemoryContext context, int classes)
{
	Calibration *state = MemoryContextAllocZero(context, sizeof(Calibration));

	state->context = context;
	state->classes = classes;
	state->weight = MemoryContextAllocZero(context, sizeof(double) * classes);
	state->sample = MemoryContextAllocZero(context, sizeof(NtkRowSample *) * classes);
	state->scores = MemoryContextAlloc(context, sizeof(double) * classes);
	return state;
}

/* the sample of a class, which is made if there is none */
static NtkRowSample *
calibration_sample(Calibration *state, int class)
{
	Size		fitting = SAMPLE_BYTES / (sizeof(float) * state->classes);
	int			limit = Min(SAMPLE_ROWS, fitting) / state->classes;

	if (!state->sample[class])
		state->sample[class] = ntk_row_sample_create(state->context,
													 "the sample of ntk_calibration",
													 state->classes, Max(limit, LEAST_ROWS));
	return state->sample[class];
}

/* adds squares of weights, which are by the largest of them: their unit may be any */
static void
calibration_add_squares(Calibration *state, double largest, double squares)
{
	double		ratio = largest / state->largest;

	if (largest > state->largest)
	{
		ratio = state->largest / largest;
		state->squares = squares + state->squares * ratio * ratio;
		state->largest = largest;
	}
	else if (largest > 0)
		state->squares += squares * ratio * ratio;
}

static void
calibration_add_row(Calibration *state, ArrayType *scores, int class, double weight)
{
	NtkRowSample *sample = calibration_sample(state, class);
	int			wrong;

	ntk_array_read(scores, "scores", 1.0, state->scores);
	wrong = ntk_row_sample_round(sample, state->scores);
	if (wrong >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("element %d of scores exceeds the range of type real: %g", wrong + 1,
						state->scores[wrong]),
				 errhint("Rescale the scores.")));
	state->weight[class] += weight;
	calibration_add_squares(state, weight, 1);
	ntk_row_sample_add(sample, weight, SAMPLE_SEED);
}

/* the number of classes of a row of scores, which is that of the state if there is one */
static int
calibration_check_scores(const Calibration *state, ArrayType *scores)
{
	int			classes = ntk_array_length(scores, "scores");

	if (classes < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("scores must have at least two elements, not %d", classes)));
	if (state)
		ntk_array_check_length("scores", classes, "group", state->classes);
	else if (classes > NTK_MAX_TARGETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("scores must have at most %d elements, not %d", NTK_MAX_TARGETS,
						classes)));
	return classes;
}

/* ntk_calibration(scores, class, weight): a row */
NTK_FUNCTION(ntk_sql_calibration_accumulate);
Datum
ntk_sql_calibration_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	bool		has_weight = PG_NARGS() > 3;
	ArrayType  *scores;
	double		weight;
	int			classes;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (has_weight && PG_ARGISNULL(3)))
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	scores = PG_GETARG_ARRAYTYPE_P(1);
	classes = calibration_check_scores(state, scores);
	ntk_check_range("class", PG_GETARG_INT32(2), 0, classes - 1);
	weight = ntk_weight_argument(fcinfo, has_weight ? 3 : 0, NULL);
	if (!state)
		state = calibration_create_state(context, classes);
	if (weight > 0)
		calibration_add_row(state, scores, PG_GETARG_INT32(2), weight);
	PG_FREE_IF_COPY(scores, 1);
	PG_RETURN_POINTER(state);
}

/* the samples of both */
NTK_FUNCTION(ntk_sql_calibration_combine);
Datum
ntk_sql_calibration_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	Calibration *other = ntk_aggregate_state(fcinfo, 1);

	if (other)
	{
		if (state)
			ntk_array_check_length("scores", other->classes, "group", state->classes);
		else
			state = calibration_create_state(context, other->classes);
		calibration_add_squares(state, other->largest, other->squares);
		for (int k = 0; k < state->classes; k++)
		{
			state->weight[k] += other->weight[k];
			if (other->sample[k])
				ntk_row_sample_merge(calibration_sample(state, k), other->sample[k]);
		}
	}
	if (!state)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* Before the samples travel the numbers that the state has; before a sample its size and class. */
NTK_FUNCTION(ntk_sql_calibration_serialize);
Datum
ntk_sql_calibration_serialize(PG_FUNCTION_ARGS)
{
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	StringInfoData out;
	int64		classes = state->classes;

	ntk_aggregate_context(fcinfo);
	initStringInfo(&out);
	appendStringInfoSpaces(&out, VARHDRSZ);
	appendBinaryStringInfo(&out, (char *) &classes, sizeof(classes));
	appendBinaryStringInfo(&out, (char *) &state->largest, sizeof(double));
	appendBinaryStringInfo(&out, (char *) &state->squares, sizeof(double));
	appendBinaryStringInfo(&out, (char *) state->weight, sizeof(double) * classes);
	for (int64 k = 0; k < classes; k++)
		if (state->sample[k])
		{
			bytea	   *packed = ntk_row_sample_pack(state->sample[k], &k, sizeof(k));
			int64		bytes = VARSIZE(packed) - VARHDRSZ;

			appendBinaryStringInfo(&out, (char *) &bytes, sizeof(bytes));
			appendBinaryStringInfo(&out, VARDATA(packed), bytes);
			pfree(packed);
		}
	SET_VARSIZE(out.data, out.len);
	PG_RETURN_BYTEA_P((bytea *) out.data);
}

NTK_FUNCTION(ntk_sql_calibration_deserialize);
Datum
ntk_sql_calibration_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	const char *end = from + VARSIZE_ANY_EXHDR(bytes);
	int64		classes;
	Calibration *state;

	ntk_aggregate_context(fcinfo);
	memcpy(&classes, from, sizeof(classes));
	from += sizeof(classes);
	state = calibration_create_state(CurrentMemoryContext, (int) classes);
	memcpy(&state->largest, from, sizeof(double));
	from += sizeof(double);
	memcpy(&state->squares, from, sizeof(double));
	from += sizeof(double);
	memcpy(state->weight, from, sizeof(double) * classes);
	from += sizeof(double) * classes;
	while (from < end)
	{
		int64		length,
					k;

		memcpy(&length, from, sizeof(length));
		from += sizeof(length);
		memcpy(&k, from, sizeof(k));
		ntk_row_sample_unpack(calibration_sample(state, (int) k), from + sizeof(k));
		from += length;
	}
	PG_RETURN_POINTER(state);
}

/*
 * The rows of the samples, each for as many rows as the sums of weights say: together the square
 * of the sum of the weights by the sum of their squares, so that their unit does not matter.
 */
static ntk_class_rows *
calibration_rows(Calibration *state, Size *count)
{
	ntk_class_rows *rows = palloc0(sizeof(ntk_class_rows) * state->classes);
	double		total = 0;

	*count = 0;
	for (int k = 0; k < state->classes; k++)
		total += state->weight[k] / state->largest;
	for (int k = 0; k < state->classes; k++)
	{
		NtkRowSample *sample = state->sample[k];
		double		kept = 0;
		double	   *weights;

		if (!sample)
			continue;
		ntk_row_sample_compact(sample);
		weights = ntk_row_sample_arrange(sample);
		for (int i = 0; i < sample->count; i++)
			kept += weights[i];
		for (int i = 0; i < sample->count; i++)
			weights[i] = weights[i] / state->largest * (state->weight[k] / kept) *
				(total / state->squares);
		rows[k] = (ntk_class_rows) {sample->count, sample->rows, weights};
		*count += sample->count;
	}
	return rows;
}

/* the calibration */
NTK_FUNCTION(ntk_sql_calibration_final);
Datum
ntk_sql_calibration_final(PG_FUNCTION_ARGS)
{
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	ntk_class_rows *rows;
	Size		count;
	Size		transformed;
	double	   *work;
	double	   *calibration;

	ntk_aggregate_context(fcinfo);
	if (!state || !(state->squares > 0))
		PG_RETURN_NULL();
	rows = calibration_rows(state, &count);
	transformed = sizeof(float) * count * state->classes;
	ntk_check_memory(2 * transformed, "ntk_calibration");
	work = palloc(sizeof(double) * ntk_calibrate_doubles(state->classes));
	calibration = palloc(sizeof(double) * NTK_CALIBRATION_ROWS * state->classes);
	ntk_calibrate_fit(rows, state->classes,
					  MemoryContextAllocHuge(CurrentMemoryContext, transformed), work, calibration,
					  ntk_check_interrupts);
	for (int i = 0; i < NTK_CALIBRATION_ROWS * state->classes; i++)
		ntk_finite_result(calibration[i], "the calibration");
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(calibration, NTK_CALIBRATION_ROWS, state->classes));
}
