/*
 * landmarks.c
 *		The aggregate ntk_landmarks, and ntk_nystrom, which makes a map of its result.
 *
 * k-means runs on a sample of the distinct rows, in the order of their hashes, so the
 * landmarks depend neither on the order of the rows nor on the plan. In the space of a metric
 * the sample is of the rows as a map with that metric works on them.
 */
#include "pg/types/metric_input.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/base/row_sample.h"
#include "pg/types/memo.h"

#include "core/linalg/kmeans.h"
#include "core/maps/metric.h"

#define SAMPLE_PER_LANDMARK 16
#define MIN_SAMPLE 16384
#define ROUGH_PASSES 5			/* of k-means, for maps that only serve to learn a metric */
#define SAMPLE_BYTES ((Size) 256 * 1024 * 1024)	/* unless the landmarks alone are more */

/* the state of ntk_landmarks */
typedef struct Landmarks
{
	int			k;
	uint64		seed;
	ntk_map_spec space;			/* its inputs and the rows of its metric count, no more */
	double	   *metric;			/* [ntk_map_metric(&space)] */
	Datum		given;			/* the argument that was; lost in travel */
	NtkRowSample *sample;
	double	   *input;			/* [space.input_dim]: the row at hand as it was read ... */
	double	   *row;			/* [sample->dim]: ... and in the metric */
} Landmarks;

static Size
landmarks_metric_bytes(const ntk_map_spec *space)
{
	return sizeof(double) * ntk_map_metric(space);
}

static Landmarks *
landmarks_create_state(MemoryContext context, int64 k, uint64 seed, const ntk_map_spec *space,
					   const void *metric)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	int			dim = ntk_map_row_length(space);
	Landmarks  *state;
	Size		wanted;
	Size		fitting = SAMPLE_BYTES / (sizeof(float) * dim);

	ntk_check_range("k", k, 1, NTK_MAX_COMPONENTS);
	wanted = Max(SAMPLE_PER_LANDMARK * k, MIN_SAMPLE);
	state = palloc0(sizeof(Landmarks));
	state->k = k;
	state->seed = seed;
	state->space = *space;
	state->space.metric = NULL;
	state->metric = palloc(landmarks_metric_bytes(space));
	memcpy(state->metric, metric, landmarks_metric_bytes(space));
	state->sample = ntk_row_sample_create(context, "the sample of ntk_landmarks", dim,
										  Max(Min(wanted, fitting), k));
	state->input = palloc(sizeof(double) * space->input_dim);
	state->row = palloc(sizeof(double) * dim);
	MemoryContextSwitchTo(old);
	return state;
}

static void
landmarks_check_same(const Landmarks *state, int k, uint64 seed, int inputs)
{
	if (k != state->k)
		ntk_refuse_change("k");
	if (seed != state->seed)
		ntk_refuse_change("seed");
	if (inputs != state->space.input_dim)
		ntk_array_check_length("x", inputs, "sample", state->space.input_dim);
}

/* values of the same bytes are the same; reading them costs most if they are out of line */
static void
landmarks_check_same_metric(const Landmarks *state, Datum given)
{
	ArrayType  *a,
			   *b;
	bool		same;

	if (datumIsEqual(given, state->given, false, -1))
		return;
	a = DatumGetArrayTypeP(given);
	b = DatumGetArrayTypeP(state->given);
	same = VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
	if (PointerGetDatum(a) != given)
		pfree(a);
	if (PointerGetDatum(b) != state->given)
		pfree(b);
	if (!same)
		ntk_refuse_change("metric");
}

/* a state for rows of this many inputs, which in the space of a metric come with it */
static Landmarks *
landmarks_begin(FunctionCallInfo fcinfo, MemoryContext context, int k, uint64 seed, int inputs)
{
	ntk_map_spec space = {.input_dim = inputs};
	bool		has_metric = PG_NARGS() > 4;
	Landmarks  *state;
	MemoryContext old;

	if (has_metric)
		ntk_metric_read(PG_GETARG_ARRAYTYPE_P(4), &space);
	state = landmarks_create_state(context, k, seed, &space, ntk_metric_numbers(&space));
	old = MemoryContextSwitchTo(context);
	if (has_metric)
		state->given = datumCopy(PG_GETARG_DATUM(4), false, -1);
	MemoryContextSwitchTo(old);
	return state;
}

static void
landmarks_add_row(Landmarks *state, ArrayType *x)
{
	int			bad;

	ntk_array_read(x, "x", 1.0, state->input);
	ntk_metric_apply(state->metric, state->space.metric_rows, state->space.input_dim,
					 state->input, state->row);
	bad = ntk_row_sample_round(state->sample, state->row);
	if (bad >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("element %d of x exceeds the range of type real", bad + 1)));
	ntk_row_sample_add(state->sample, 1, state->seed);
}

/* ntk_landmarks(x, k [, seed [, metric]]): a row */
NTK_FUNCTION(ntk_sql_landmarks_accumulate);
Datum
ntk_sql_landmarks_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Landmarks  *state = ntk_aggregate_state(fcinfo, 0);
	ArrayType  *x;
	int			k,
				inputs;
	uint64		seed;

	ntk_check_not_null(fcinfo, 2, "k");
	ntk_check_not_null(fcinfo, 3, "seed");
	ntk_check_not_null(fcinfo, 4, "metric");
	if (PG_ARGISNULL(1))
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	x = PG_GETARG_ARRAYTYPE_P(1);
	k = PG_GETARG_INT32(2);
	seed = PG_NARGS() > 3 ? (uint64) PG_GETARG_INT64(3) : 0;
	inputs = ntk_array_length(x, "x");
	if (!state)
		state = landmarks_begin(fcinfo, context, k, seed, inputs);
	else
	{
		landmarks_check_same(state, k, seed, inputs);
		if (PG_NARGS() > 4)
			landmarks_check_same_metric(state, PG_GETARG_DATUM(4));
	}
	landmarks_add_row(state, x);
	PG_FREE_IF_COPY(x, 1);
	PG_RETURN_POINTER(state);
}

/* equal arrays make equal metrics */
static void
landmarks_check_same_space(const Landmarks *state, const Landmarks *other)
{
	if (state->space.metric_rows != other->space.metric_rows ||
		memcmp(state->metric, other->metric, landmarks_metric_bytes(&state->space)) != 0)
		ntk_refuse_change("metric");
}

/* the sample of both */
NTK_FUNCTION(ntk_sql_landmarks_combine);
Datum
ntk_sql_landmarks_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Landmarks  *state = ntk_aggregate_state(fcinfo, 0);
	Landmarks  *other = ntk_aggregate_state(fcinfo, 1);

	if (!other)
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (!state)
		state = landmarks_create_state(context, other->k, other->seed, &other->space,
									   other->metric);
	else
	{
		landmarks_check_same(state, other->k, other->seed, other->space.input_dim);
		landmarks_check_same_space(state, other);
	}
	ntk_row_sample_merge(state->sample, other->sample);
	PG_RETURN_POINTER(state);
}

/* what travels between processes, before the metric and the sample */
typedef struct LandmarksHead
{
	int64		k;
	uint64		seed;
	int64		inputs;
	int64		metric_rows;
} LandmarksHead;

NTK_FUNCTION(ntk_sql_landmarks_serialize);
Datum
ntk_sql_landmarks_serialize(PG_FUNCTION_ARGS)
{
	Landmarks  *state = ntk_aggregate_state(fcinfo, 0);
	LandmarksHead head = {
		.k = state->k,
		.seed = state->seed,
		.inputs = state->space.input_dim,
		.metric_rows = state->space.metric_rows
	};
	Size		bytes = landmarks_metric_bytes(&state->space);
	char	   *front = palloc(sizeof(head) + bytes);

	ntk_aggregate_context(fcinfo);
	memcpy(front, &head, sizeof(head));
	memcpy(front + sizeof(head), state->metric, bytes);
	PG_RETURN_BYTEA_P(ntk_row_sample_pack(state->sample, front, sizeof(head) + bytes));
}

NTK_FUNCTION(ntk_sql_landmarks_deserialize);
Datum
ntk_sql_landmarks_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	LandmarksHead head;
	ntk_map_spec space = {0};
	Landmarks  *state;

	ntk_aggregate_context(fcinfo);
	memcpy(&head, from, sizeof(head));
	from += sizeof(head);
	space.input_dim = head.inputs;
	space.metric_rows = head.metric_rows;
	state = landmarks_create_state(CurrentMemoryContext, head.k, head.seed, &space, from);
	ntk_row_sample_unpack(state->sample, from + landmarks_metric_bytes(&space));
	PG_RETURN_POINTER(state);
}

/*
 * The landmarks: centres of a k-means clustering of the sample. With fewer distinct rows than
 * landmarks these are an error, or the landmarks.
 */
static Datum
landmarks_choose(FunctionCallInfo fcinfo, bool may_be_fewer, int most_passes)
{
	Landmarks  *state = ntk_aggregate_state(fcinfo, 0);
	int			k;
	NtkRowSample *sample;
	ArrayType  *landmarks;
	double	   *weights;
	float	   *work;
	Size		bytes;

	ntk_aggregate_context(fcinfo);
	if (!state)
		PG_RETURN_NULL();
	sample = state->sample;
	ntk_row_sample_compact(sample);
	k = Min(state->k, sample->count);
	if (k < state->k && !may_be_fewer)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%d landmarks need as many distinct rows, but there are only %d",
						state->k, sample->count),
				 errhint("Ask for fewer landmarks.")));
	bytes = sizeof(float) * ntk_kmeans_work_floats(sample->count, sample->dim, k);
	ntk_check_memory(bytes + sizeof(float) * sample->room * (Size) sample->dim,
					 "choosing landmarks");
	weights = ntk_row_sample_arrange(sample);
	landmarks = ntk_array_zeros(FLOAT4OID, k, sample->dim, "an array of landmarks",
								"Ask for fewer landmarks.");
	work = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	ntk_kmeans(sample->rows, weights, sample->count, sample->dim, k, state->seed, 0,
			   most_passes, (float *) ARR_DATA_PTR(landmarks), work, ntk_check_interrupts);
	pfree(work);
	pfree(weights);
	PG_RETURN_ARRAYTYPE_P(landmarks);
}

NTK_FUNCTION(ntk_sql_landmarks_final);
Datum
ntk_sql_landmarks_final(PG_FUNCTION_ARGS)
{
	return landmarks_choose(fcinfo, false, NTK_KMEANS_PASSES);
}

NTK_FUNCTION(ntk_sql_landmarks_final_of_few);
Datum
ntk_sql_landmarks_final_of_few(PG_FUNCTION_ARGS)
{
	return landmarks_choose(fcinfo, true, NTK_KMEANS_PASSES);
}

NTK_FUNCTION(ntk_sql_rough_landmarks_final);
Datum
ntk_sql_rough_landmarks_final(PG_FUNCTION_ARGS)
{
	return landmarks_choose(fcinfo, true, ROUGH_PASSES);
}

/* the numbers of a matrix in single precision */
static float *
landmarks_read_matrix(ArrayType *matrix)
{
	Size		n = ArrayGetNItems(ARR_NDIM(matrix), ARR_DIMS(matrix));
	double	   *numbers = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * n);
	float	   *rounded = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(float) * n);

	ntk_array_read(matrix, "landmarks", 1.0, numbers);
	for (Size i = 0; i < n; i++)
	{
		rounded[i] = (float) numbers[i];
		if (!isfinite(rounded[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("element %zu of landmarks exceeds the range of type real", i + 1)));
	}
	pfree(numbers);
	return rounded;
}

/* the metric in whose space the landmarks lie */
static void
landmarks_take_metric(ntk_map_spec *spec, ArrayType *metric)
{
	int			length = spec->input_dim;

	spec->input_dim = 0;
	ntk_metric_read(metric, spec);
	if (length != ntk_map_row_length(spec))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("landmarks have length %d, the space of the metric has %d dimensions",
						length, ntk_map_row_length(spec)),
				 errhint("Use landmarks from ntk_landmarks(x, k, seed, metric) with the same "
						 "metric.")));
}

/* the map of these landmarks, which are not read yet */
static ntk_map_spec
landmarks_begin_map(ArrayType *landmarks)
{
	ntk_map_spec spec = ntk_map_defaults();

	if (ARR_NDIM(landmarks) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("landmarks must be a two-dimensional array, one row per landmark"),
				 errdetail("It has %d dimensions.", ARR_NDIM(landmarks))));
	ntk_array_refuse_nulls(landmarks, "landmarks");
	ntk_check_range("the number of landmarks", ARR_DIMS(landmarks)[0], 1, NTK_MAX_COMPONENTS);
	ntk_check_range("the length of a landmark", ARR_DIMS(landmarks)[1], 1, NTK_MAX_INPUT_DIM);
	spec.method = ntk_method_by_name("nystrom", false);
	spec.n_components = ARR_DIMS(landmarks)[0];
	spec.input_dim = ARR_DIMS(landmarks)[1];
	return spec;
}

static ArrayType *
nystrom_landmarks(FunctionCallInfo fcinfo)
{
	return ntk_row_array(PG_GETARG_DATUM(0), ntk_row_form(fcinfo, 0), "landmarks");
}

/* ntk_nystrom(landmarks, depth, bias, kernel, metric) */
static Datum
landmarks_nystrom_compute(PG_FUNCTION_ARGS)
{
	ArrayType  *landmarks;
	ntk_map_spec spec;

	for (int i = 0; i < 4; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	landmarks = nystrom_landmarks(fcinfo);
	spec = landmarks_begin_map(landmarks);
	spec.depth = PG_GETARG_INT32(1);
	spec.bias = PG_GETARG_FLOAT8(2);
	spec.kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	if (!PG_ARGISNULL(4))
		landmarks_take_metric(&spec, PG_GETARG_ARRAYTYPE_P(4));
	spec.landmarks = landmarks_read_matrix(landmarks);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_nystrom);
Datum
ntk_sql_nystrom(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, landmarks_nystrom_compute);
}

/* ntk_nystrom(landmarks, kernel, bandwidth, exponent, metric) */
static Datum
landmarks_nystrom_of_distance_compute(PG_FUNCTION_ARGS)
{
	ArrayType  *landmarks;
	ntk_map_spec spec;

	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	landmarks = nystrom_landmarks(fcinfo);
	spec = landmarks_begin_map(landmarks);
	spec.kernel = ntk_distance_arguments(fcinfo, 1, &spec.distance);
	if (!PG_ARGISNULL(4))
		landmarks_take_metric(&spec, PG_GETARG_ARRAYTYPE_P(4));
	spec.landmarks = landmarks_read_matrix(landmarks);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_nystrom_of_distance);
Datum
ntk_sql_nystrom_of_distance(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, landmarks_nystrom_of_distance_compute);
}
