/*
 * landmarks.c
 *		The aggregate ntk_landmarks, and ntk_nystrom, which makes a map of its result.
 *
 * A row belongs to the sample if its hash is among the smallest of all distinct rows, so
 * the sample does not depend on the order of the rows or on how a plan divides them, and
 * samples merge. How often each of its rows occurred is known exactly: a row that is
 * in the sample at the end has been in it since it first came. k-means then runs on
 * the sample in the order of hashes.
 */
#include "pg/type_map.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/array_input.h"
#include "pg/module.h"

#include "core/kmeans.h"

#define SAMPLE_PER_LANDMARK 16
#define MIN_SAMPLE 16384
#define SAMPLE_BYTES ((Size) 256 * 1024 * 1024)	/* unless the landmarks alone are more */

typedef struct Entry
{
	uint64		hash;
	double		weight;			/* how often the row occurred */
	int			place;			/* of its numbers, in rows */
} Entry;

/* the state of ntk_landmarks */
typedef struct Sample
{
	MemoryContext context;
	int			k;
	uint64		seed;
	int			dim;
	int			limit;			/* distinct rows to keep */
	int			room;			/* rows that have memory: at most limit and a quarter */
	int			count;			/* entries: until they are compacted, perhaps of equal rows */
	uint64		bound;			/* rows with larger hashes are not in the sample */
	Entry	   *entries;		/* [room] */
	int		   *unused;			/* [room - count] places */
	float	   *rows;			/* [room][dim] */
	float	   *row;			/* [dim]: the row at hand */
	double	   *input;			/* [dim]: the same as it was read */
} Sample;

static float *
row_at(const Sample *sample, int place)
{
	return sample->rows + (Size) place * sample->dim;
}

static int
most_rows(const Sample *sample)
{
	return sample->limit + sample->limit / 4 + 1;
}

static Sample *
create_sample(MemoryContext parent, int64 k, uint64 seed, int dim)
{
	MemoryContext context;
	Sample	   *sample;
	Size		wanted;
	Size		fitting = SAMPLE_BYTES / (sizeof(float) * dim);

	ntk_check_range("k", k, 1, NTK_MAX_COMPONENTS);
	context = AllocSetContextCreate(parent, "ntk_landmarks", ALLOCSET_DEFAULT_SIZES);
	sample = MemoryContextAllocZero(context, sizeof(Sample));
	sample->context = context;
	sample->k = k;
	sample->seed = seed;
	sample->dim = dim;
	wanted = Max(SAMPLE_PER_LANDMARK * k, MIN_SAMPLE);
	sample->limit = Max(Min(wanted, fitting), k);
	sample->bound = PG_UINT64_MAX;
	sample->row = MemoryContextAlloc(context, sizeof(float) * dim);
	sample->input = MemoryContextAlloc(context, sizeof(double) * dim);
	return sample;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		x = ((const Entry *) a)->hash;
	uint64		y = ((const Entry *) b)->hash;

	return x < y ? -1 : x > y;
}

/* one entry a distinct row, in the order of hashes, no more than the limit */
static void
compact(Sample *sample)
{
	int			kept = 0;
	int			unused = sample->room - sample->count;

	if (sample->count == 0)
		return;
	qsort(sample->entries, sample->count, sizeof(Entry), compare_hashes);
	for (int i = 1; i < sample->count; i++)
	{
		Entry	   *entry = &sample->entries[i];

		if (entry->hash == sample->entries[kept].hash)
			sample->entries[kept].weight += entry->weight;
		else if (kept + 1 < sample->limit)
		{
			sample->entries[++kept] = *entry;
			continue;
		}
		sample->unused[unused++] = entry->place;
	}
	sample->count = kept + 1;
	if (sample->count == sample->limit)
		sample->bound = sample->entries[kept].hash;
}

static void
make_room(Sample *sample)
{
	int			room;

	if (sample->count < sample->room)
		return;
	if (sample->room == most_rows(sample))
	{
		compact(sample);
		return;
	}
	room = Max(Min(2 * sample->room, most_rows(sample)), Min(64, most_rows(sample)));
	ntk_check_memory((sizeof(float) * sample->dim + sizeof(Entry) + sizeof(int)) * room,
					 "the sample of ntk_landmarks");
	if (sample->room == 0)
	{
		sample->entries = MemoryContextAllocHuge(sample->context, sizeof(Entry) * room);
		sample->unused = MemoryContextAllocHuge(sample->context, sizeof(int) * room);
		sample->rows = MemoryContextAllocHuge(sample->context,
											  sizeof(float) * room * (Size) sample->dim);
	}
	else
	{
		sample->entries = repalloc_huge(sample->entries, sizeof(Entry) * room);
		sample->unused = repalloc_huge(sample->unused, sizeof(int) * room);
		sample->rows = repalloc_huge(sample->rows, sizeof(float) * room * (Size) sample->dim);
	}
	for (int place = sample->room; place < room; place++)
		sample->unused[place - sample->room] = place;
	sample->room = room;
}

static void
add_row(Sample *sample, uint64 hash, double weight, const float *row)
{
	int			place;

	if (hash > sample->bound)
		return;
	make_room(sample);
	if (hash > sample->bound)	/* it may have come down */
		return;
	place = sample->unused[sample->room - sample->count - 1];
	sample->entries[sample->count++] = (Entry) {hash, weight, place};
	memcpy(row_at(sample, place), row, sizeof(float) * sample->dim);
}

static void
refuse_change(const char *parameter)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", parameter)));
}

static void
check_same(const Sample *sample, int k, uint64 seed, int dim)
{
	if (k != sample->k)
		refuse_change("k");
	if (seed != sample->seed)
		refuse_change("seed");
	if (dim != sample->dim)
		ntk_array_check_length("x", dim, "sample", sample->dim);
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

static Sample *
state_of(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : (Sample *) PG_GETARG_POINTER(argument);
}

/* x in single precision; -0 is the same as 0 */
static void
read_row(Sample *sample, ArrayType *x)
{
	ntk_array_read(x, "x", 1.0, sample->input);
	for (int i = 0; i < sample->dim; i++)
	{
		sample->row[i] = (float) sample->input[i] + 0.0f;
		if (!isfinite(sample->row[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("element %d of x exceeds the range of type real", i + 1)));
	}
}

/* ntk_landmarks(x, k [, seed]): a row */
NTK_FUNCTION(ntk_sql_landmarks_accumulate);
Datum
ntk_sql_landmarks_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Sample	   *sample = state_of(fcinfo, 0);
	ArrayType  *x;
	int			k,
				dim;
	uint64		seed;

	if (PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", PG_ARGISNULL(2) ? "k" : "seed")));
	if (PG_ARGISNULL(1))
	{
		if (!sample)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(sample);
	}
	x = PG_GETARG_ARRAYTYPE_P(1);
	k = PG_GETARG_INT32(2);
	seed = PG_NARGS() > 3 ? (uint64) PG_GETARG_INT64(3) : 0;
	dim = ntk_array_length(x, "x");
	if (!sample)
		sample = create_sample(context, k, seed, dim);
	else
		check_same(sample, k, seed, dim);
	read_row(sample, x);
	add_row(sample,
			hash_bytes_extended((unsigned char *) sample->row, (int) sizeof(float) * dim, seed),
			1, sample->row);
	PG_FREE_IF_COPY(x, 1);
	PG_RETURN_POINTER(sample);
}

/* the sample of both */
NTK_FUNCTION(ntk_sql_landmarks_combine);
Datum
ntk_sql_landmarks_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Sample	   *sample = state_of(fcinfo, 0);
	Sample	   *other = state_of(fcinfo, 1);

	if (!other)
	{
		if (!sample)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(sample);
	}
	if (!sample)
		sample = create_sample(context, other->k, other->seed, other->dim);
	else
		check_same(sample, other->k, other->seed, other->dim);
	for (int i = 0; i < other->count; i++)
		add_row(sample, other->entries[i].hash, other->entries[i].weight,
				row_at(other, other->entries[i].place));
	PG_RETURN_POINTER(sample);
}

/* what travels between processes: this, then per row its hash, weight and numbers */
typedef struct Packed
{
	int64		k;
	uint64		seed;
	int32		dim;
	int32		count;
} Packed;

NTK_FUNCTION(ntk_sql_landmarks_serialize);
Datum
ntk_sql_landmarks_serialize(PG_FUNCTION_ARGS)
{
	Sample	   *sample = state_of(fcinfo, 0);
	Packed		packed = {.k = sample->k,.seed = sample->seed,.dim = sample->dim};
	Size		row = sizeof(uint64) + sizeof(double) + sizeof(float) * sample->dim;
	Size		bytes;
	bytea	   *result;
	char	   *to;

	aggregate_context(fcinfo);
	compact(sample);
	packed.count = sample->count;
	bytes = VARHDRSZ + sizeof(packed) + row * sample->count;
	ntk_check_memory(bytes, "the sample of ntk_landmarks");
	result = palloc(bytes);
	SET_VARSIZE(result, bytes);
	to = VARDATA(result);
	memcpy(to, &packed, sizeof(packed));
	to += sizeof(packed);
	for (int i = 0; i < sample->count; i++, to += row)
	{
		const Entry *entry = &sample->entries[i];

		memcpy(to, &entry->hash, sizeof(uint64));
		memcpy(to + sizeof(uint64), &entry->weight, sizeof(double));
		memcpy(to + sizeof(uint64) + sizeof(double), row_at(sample, entry->place),
			   sizeof(float) * sample->dim);
	}
	PG_RETURN_BYTEA_P(result);
}

NTK_FUNCTION(ntk_sql_landmarks_deserialize);
Datum
ntk_sql_landmarks_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	Packed		packed;
	Sample	   *sample;

	aggregate_context(fcinfo);
	memcpy(&packed, from, sizeof(packed));
	from += sizeof(packed);
	sample = create_sample(CurrentMemoryContext, packed.k, packed.seed, packed.dim);
	for (int i = 0; i < packed.count; i++)
	{
		uint64		hash;
		double		weight;

		memcpy(&hash, from, sizeof(uint64));
		memcpy(&weight, from + sizeof(uint64), sizeof(double));
		from += sizeof(uint64) + sizeof(double);
		memcpy(sample->row, from, sizeof(float) * packed.dim);
		from += sizeof(float) * packed.dim;
		add_row(sample, hash, weight, sample->row);
	}
	PG_RETURN_POINTER(sample);
}

/* the numbers of a compact sample into the order of its entries, in place */
static void
arrange(Sample *sample)
{
	int		   *holder = palloc_extended(sizeof(int) * sample->room, MCXT_ALLOC_HUGE);
	Size		bytes = sizeof(float) * sample->dim;

	/* the entry at a place, or -1 */
	for (int place = 0; place < sample->room; place++)
		holder[place] = -1;
	for (int i = 0; i < sample->count; i++)
		holder[sample->entries[i].place] = i;
	for (int i = 0; i < sample->count; i++)
	{
		int			place = sample->entries[i].place;

		if (place == i)
			continue;
		memcpy(sample->row, row_at(sample, place), bytes);
		memcpy(row_at(sample, place), row_at(sample, i), bytes);
		memcpy(row_at(sample, i), sample->row, bytes);
		holder[place] = holder[i];
		if (holder[place] >= 0)
			sample->entries[holder[place]].place = place;
		holder[i] = i;
		sample->entries[i].place = i;
	}
	for (int place = sample->count; place < sample->room; place++)
		sample->unused[place - sample->count] = place;
	pfree(holder);
}

/* an empty real[][] of this size */
static ArrayType *
make_matrix(int rows, int columns)
{
	Size		bytes = ARR_OVERHEAD_NONULLS(2) + sizeof(float4) * rows * columns;
	ArrayType  *array;

	if (!AllocSizeIsValid(bytes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d landmarks of length %d exceed the maximum size of a value", rows,
						columns)));
	array = palloc0(bytes);
	SET_VARSIZE(array, bytes);
	array->ndim = 2;
	array->elemtype = FLOAT4OID;
	ARR_DIMS(array)[0] = rows;
	ARR_DIMS(array)[1] = columns;
	ARR_LBOUND(array)[0] = ARR_LBOUND(array)[1] = 1;
	return array;
}

/* the landmarks: centres of a k-means clustering of the sample */
NTK_FUNCTION(ntk_sql_landmarks_final);
Datum
ntk_sql_landmarks_final(PG_FUNCTION_ARGS)
{
	Sample	   *sample = state_of(fcinfo, 0);
	ArrayType  *landmarks;
	double	   *weights;
	float	   *work;
	Size		bytes;

	aggregate_context(fcinfo);
	if (!sample)
		PG_RETURN_NULL();
	compact(sample);
	if (sample->count < sample->k)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%d landmarks need as many distinct rows, but there are only %d",
						sample->k, sample->count),
				 errhint("Ask for fewer landmarks.")));
	bytes = sizeof(float) * ntk_kmeans_work_floats(sample->count, sample->dim, sample->k);
	ntk_check_memory(bytes + sizeof(float) * sample->room * (Size) sample->dim,
					 "choosing landmarks");
	arrange(sample);
	landmarks = make_matrix(sample->k, sample->dim);
	weights = palloc(sizeof(double) * sample->count);
	for (int i = 0; i < sample->count; i++)
		weights[i] = sample->entries[i].weight;
	work = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	ntk_kmeans(sample->rows, weights, sample->count, sample->dim, sample->k, sample->seed,
			   (float *) ARR_DATA_PTR(landmarks), work, ntk_check_interrupts);
	pfree(work);
	pfree(weights);
	PG_RETURN_ARRAYTYPE_P(landmarks);
}

/* the numbers of a matrix in single precision */
static float *
read_matrix(ArrayType *matrix)
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

/* ntk_nystrom(landmarks, depth, bias, kernel) */
NTK_FUNCTION(ntk_sql_nystrom);
Datum
ntk_sql_nystrom(PG_FUNCTION_ARGS)
{
	ArrayType  *landmarks = PG_GETARG_ARRAYTYPE_P(0);
	ntk_map_spec spec = ntk_map_defaults();

	if (ARR_NDIM(landmarks) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("landmarks must be a two-dimensional array, a row a landmark"),
				 errdetail("It has %d dimensions.", ARR_NDIM(landmarks))));
	ntk_array_refuse_nulls(landmarks, "landmarks");
	ntk_check_range("the number of landmarks", ARR_DIMS(landmarks)[0], 1, NTK_MAX_COMPONENTS);
	ntk_check_range("the length of a landmark", ARR_DIMS(landmarks)[1], 1, NTK_MAX_INPUT_DIM);
	spec.method = ntk_method_by_name("nystrom");
	spec.n_components = ARR_DIMS(landmarks)[0];
	spec.input_dim = ARR_DIMS(landmarks)[1];
	spec.depth = PG_GETARG_INT32(1);
	spec.bias = PG_GETARG_FLOAT8(2);
	spec.kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	spec.landmarks = read_matrix(landmarks);
	PG_RETURN_POINTER(ntk_map_make(spec));
}
