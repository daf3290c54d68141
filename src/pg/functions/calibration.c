/*
 * calibration.c
 *		ntk_softmax, and the aggregate ntk_temperature, which finds the temperature for it.
 *
 * The loss of a row depends on its margins alone, the scores of the other classes less that
 * of the observed one. So they are what is kept, of a bounded sample of the distinct
 * rows: neither the order of the rows nor the plan changes the result.
 */
#include "pg/base/compat.h"

#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/base/row_sample.h"

#include "core/regression/calibrate.h"

#define SAMPLE_ROWS 100000
#define SAMPLE_BYTES ((Size) 64 * 1024 * 1024)	/* a pass over them takes a fifth of a second */
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

/* the state of ntk_temperature */
typedef struct Calibration
{
	int			classes;
	NtkRowSample *sample;		/* of margins, classes - 1 a row */
	double	   *scores;			/* [classes]: of the row at hand; then its margins */
} Calibration;

static Calibration *
calibration_create_state(MemoryContext context, int classes)
{
	Calibration *state = MemoryContextAlloc(context, sizeof(Calibration));
	int			width = classes - 1;
	Size		fitting = SAMPLE_BYTES / (sizeof(float) * width);

	state->classes = classes;
	state->sample = ntk_row_sample_create(context, "the sample of ntk_temperature", width,
										  Max(Min(SAMPLE_ROWS, fitting), 1));
	state->scores = MemoryContextAlloc(context, sizeof(double) * classes);
	return state;
}

static void
calibration_add_row(Calibration *state, ArrayType *scores, int class)
{
	double	   *margins = state->scores;
	double		own;

	ntk_array_read(scores, "scores", 1.0, state->scores);
	own = state->scores[class];
	for (int i = 0; i < state->classes; i++)
		if (i != class)
			*margins++ = state->scores[i] - own;
	if (ntk_row_sample_round(state->sample, state->scores) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("scores differ by more than the range of type real")));
	ntk_row_sample_add(state->sample, SAMPLE_SEED);
}

/* ntk_temperature(scores, class): a row */
NTK_FUNCTION(ntk_sql_temperature_accumulate);
Datum
ntk_sql_temperature_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	ArrayType  *scores;
	int			classes;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	scores = PG_GETARG_ARRAYTYPE_P(1);
	classes = ntk_array_length(scores, "scores");
	if (classes < 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("scores must have at least two elements, not %d", classes)));
	if (state)
		ntk_array_check_length("scores", classes, "group", state->classes);
	ntk_check_range("class", PG_GETARG_INT32(2), 0, classes - 1);
	if (!state)
		state = calibration_create_state(context, classes);
	calibration_add_row(state, scores, PG_GETARG_INT32(2));
	PG_FREE_IF_COPY(scores, 1);
	PG_RETURN_POINTER(state);
}

/* the sample of both */
NTK_FUNCTION(ntk_sql_temperature_combine);
Datum
ntk_sql_temperature_combine(PG_FUNCTION_ARGS)
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
		ntk_row_sample_merge(state->sample, other->sample);
	}
	if (!state)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* before the sample, the number of classes travels */
NTK_FUNCTION(ntk_sql_temperature_serialize);
Datum
ntk_sql_temperature_serialize(PG_FUNCTION_ARGS)
{
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	int64		classes = state->classes;

	ntk_aggregate_context(fcinfo);
	PG_RETURN_BYTEA_P(ntk_row_sample_pack(state->sample, &classes, sizeof(classes)));
}

NTK_FUNCTION(ntk_sql_temperature_deserialize);
Datum
ntk_sql_temperature_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	int64		classes;
	Calibration *state;

	ntk_aggregate_context(fcinfo);
	memcpy(&classes, from, sizeof(classes));
	state = calibration_create_state(CurrentMemoryContext, (int) classes);
	ntk_row_sample_unpack(state->sample, from + sizeof(classes));
	PG_RETURN_POINTER(state);
}

/* the temperature */
NTK_FUNCTION(ntk_sql_temperature_final);
Datum
ntk_sql_temperature_final(PG_FUNCTION_ARGS)
{
	Calibration *state = ntk_aggregate_state(fcinfo, 0);
	double	   *weights;
	double		temperature;

	ntk_aggregate_context(fcinfo);
	if (!state)
		PG_RETURN_NULL();
	ntk_row_sample_compact(state->sample);
	weights = ntk_row_sample_arrange(state->sample);
	temperature = ntk_temperature(state->sample->rows, weights, state->sample->count,
								  state->sample->dim, ntk_check_interrupts);
	pfree(weights);
	PG_RETURN_FLOAT8(temperature);
}
