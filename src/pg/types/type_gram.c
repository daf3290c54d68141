/*
 * type_gram.c
 *		The SQL type ntk_gram: the expanded object and its stored form.
 */
#include "pg/types/type_gram.h"

#include <math.h>

#include "common/int.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/base/module.h"

#define GRAM_MAGIC 0x6e746b67
#define TYPE_NAME "ntk_gram"
#define HEADER offsetof(NtkGramValue, data)
#define MIN_BLOCK 64			/* rows */
#define MAX_BLOCK 256
#define BLOCK_BYTES ((Size) 32 * 1024 * 1024)	/* of waiting inputs */

static Size gram_flat_size(ExpandedObjectHeader *object);
static void gram_flatten(ExpandedObjectHeader *object, void *result, Size size);

static const ExpandedObjectMethods gram_methods = {gram_flat_size, gram_flatten};

static uint64 gram_last_stamp = 0;

NtkGram *
ntk_gram_create(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "ntk_gram",
												  ALLOCSET_START_SMALL_SIZES);
	NtkGram    *gram = MemoryContextAllocZero(context, sizeof(NtkGram));

	EOH_init_header(&gram->object, &gram_methods, context);
	gram->magic = GRAM_MAGIC;
	gram->stamp = ++gram_last_stamp;
	gram->lambda = NAN;
	return gram;
}

static Size
gram_value_size(int width, int targets, Size map_bytes)
{
	Size		bytes = HEADER + map_bytes;

	if (width > 0)
		bytes += sizeof(double) * ntk_gram_doubles(width, targets);
	return bytes;
}

/* Refuses statistics of different maps; NULL: of features. */
static void
gram_check_same_map(const NtkMapValue *a, const NtkMapValue *b)
{
	if (ntk_map_same(a, b))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("statistics of different feature maps cannot be combined"),
			 errdetail("Their fingerprints are %s and %s.", ntk_map_fingerprint(a),
					   ntk_map_fingerprint(b))));
}

static void
gram_check_limits(int width, int targets)
{
	ntk_check_range("the number of features", width, 1, NTK_MAX_WIDTH);
	ntk_check_range("the number of targets", targets, 1, NTK_MAX_TARGETS);
}

/*
 * A width and a number of targets are within the limits, and the statistic fits a value
 * and the memory allowed.
 */
static void
gram_check_shape(int width, int targets, Size map_bytes, Size block_bytes)
{
	char		what[64];

	gram_check_limits(width, targets);
	snprintf(what, sizeof(what), "ntk_gram of %d features and %d %s", width, targets,
			 targets == 1 ? "target" : "targets");
	ntk_check_memory(gram_value_size(width, targets, map_bytes) + block_bytes, what);
	if (!AllocSizeIsValid(gram_value_size(width, targets, map_bytes)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s exceeds the maximum size of a value", what),
				 errhint("Use fewer features or fewer targets.")));
}

static int
gram_block_rows(int width, int row_length)
{
	Size		rows = Min(Max(width / 4, MIN_BLOCK), MAX_BLOCK);

	return Max(Min(rows, BLOCK_BYTES / (sizeof(double) * row_length)), 1);
}

static void
gram_check_same_shape(int width, int targets, int other_width, int other_targets)
{
	if (width != other_width)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("statistics of %d and of %d features cannot be combined", width,
						other_width)));
	if (targets != other_targets)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("statistics of %d and of %d targets cannot be combined", targets,
						other_targets)));
}

void
ntk_gram_check_match(const NtkGramView *a, const NtkGramView *b)
{
	if (a->width == 0 || b->width == 0)
		return;
	gram_check_same_shape(a->width, a->targets, b->width, b->targets);
	gram_check_same_map(a->map, b->map);
}

/* what the first row says for all, or is checked against it */
static void
gram_fix_shape(NtkGram *gram, const NtkGramRow *row)
{
	int			block = gram_block_rows(row->width, row->row_length);

	if (gram->width == 0)
	{
		Size		block_bytes = sizeof(double) * block *
			((Size) row->row_length + row->targets + 2);

		if (row->map)
			block_bytes += (sizeof(double) * block + sizeof(float) * NTK_MAX_BLOCK) *
				row->width;
		gram_check_shape(row->width, row->targets, ntk_map_bytes(row->map), block_bytes);
		gram->width = row->width;
		gram->targets = row->targets;
	}
	else
	{
		gram_check_same_shape(gram->width, gram->targets, row->width, row->targets);
		gram_check_same_map(gram->map, row->map);
	}
	if (gram->row_length == 0)
	{
		gram->row_length = row->row_length;
		gram->block = block;
		gram->by_class = row->by_class;
		gram->output_length = row->by_class ? 2 : row->targets + 1;
	}
	Assert(gram->row_length == row->row_length && gram->by_class == row->by_class);
}

/* a group of a few rows needs little room */
static void
gram_make_room(NtkGram *gram)
{
	MemoryContext context = gram->object.eoh_context;
	Size		row = sizeof(double) * gram->row_length;
	Size		output = sizeof(double) * gram->output_length;

	if (gram->capacity == 0)
	{
		gram->capacity = Min(4, gram->block);
		gram->inputs = MemoryContextAlloc(context, row * gram->capacity);
		gram->outputs = MemoryContextAlloc(context, output * gram->capacity);
		gram->weights = MemoryContextAlloc(context, sizeof(double) * gram->capacity);
	}
	else if (gram->pending == gram->capacity)
	{
		gram->capacity = Min(2 * gram->capacity, gram->block);
		gram->inputs = repalloc(gram->inputs, row * gram->capacity);
		gram->outputs = repalloc(gram->outputs, output * gram->capacity);
		gram->weights = repalloc(gram->weights, sizeof(double) * gram->capacity);
	}
}

void
ntk_gram_begin_row(NtkGram *gram, NtkGramRow *row)
{
	gram_fix_shape(gram, row);
	if (row->map && !gram->pin)
	{
		NtkPreparedMap *prepared;

		gram->pin = ntk_pin_create(gram->object.eoh_context);
		prepared = ntk_pin_datum(gram->pin, PointerGetDatum(row->map), &ntk_map_kind,
								 ntk_map_prepare);
		gram->map = prepared->value;
	}
	gram_make_room(gram);
	row->input = gram->inputs + (Size) gram->pending * gram->row_length;
	row->output = gram->outputs + (Size) gram->pending * gram->output_length;
}

static void
gram_refuse_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a sum of the statistic exceeds the range of type double precision"),
			 errhint("Rescale the features, the targets or the weights.")));
}

/* the columns of the waiting rows, each times its sqrt(weight) */
static double *
gram_featurize(const NtkGram *gram)
{
	const NtkPreparedMap *prepared = ntk_pin_object(gram->pin);
	int			width = gram->width;
	double	   *block = palloc(sizeof(double) * gram->pending * width);
	int			step = prepared->map.block;
	float	   *z = palloc(sizeof(float) * step * width);

	for (int first = 0; first < gram->pending; first += step)
	{
		int			rows = Min(step, gram->pending - first);

		ntk_map_columns(prepared, gram->inputs + (Size) first * gram->row_length, rows, z);
		for (int i = 0; i < rows; i++)
		{
			double		root = gram->outputs[(Size) (first + i) * gram->output_length];
			double	   *to = block + (Size) (first + i) * width;
			const float *from = z + (Size) i * width;

			for (int j = 0; j < width; j++)
				to[j] = root * from[j];
		}
		CHECK_FOR_INTERRUPTS();
	}
	pfree(z);
	return block;
}

/* adds the waiting rows, which have classes, to these sums */
static ntk_status
gram_add_classes(const NtkGram *gram, const double *features, ntk_gram *to)
{
	int			class[MAX_BLOCK];
	double		roots[MAX_BLOCK];

	for (int i = 0; i < gram->pending; i++)
	{
		roots[i] = gram->outputs[2 * i];
		class[i] = (int) gram->outputs[2 * i + 1];
	}
	return ntk_gram_update_class(to, gram->pending, features, class, roots, gram->weights,
								 ntk_check_interrupts);
}

/* adds the waiting rows to these sums */
static void
gram_add_pending(const NtkGram *gram, ntk_gram *to)
{
	double	   *features = gram->map ? gram_featurize(gram) : gram->inputs;

	ntk_status	status;

	if (gram->by_class)
		status = gram_add_classes(gram, features, to);
	else
		status = ntk_gram_update(to, gram->pending, features, gram->outputs, gram->weights,
								 ntk_check_interrupts);
	if (status != NTK_OK)
		gram_refuse_overflow();
	if (gram->map)
		pfree(features);
}

/*
 * Sums to which an addition was interrupted are garbage. Who catches the error, as
 * PL/pgSQL can, may still hold them.
 */
static void
gram_check_whole(const NtkGram *gram)
{
	if (gram->busy)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this ntk_gram was interrupted while it was changed")));
}

static void
gram_make_sums(NtkGram *gram)
{
	if (gram->sums)
		return;
	gram->sums = MemoryContextAllocZero(
		gram->object.eoh_context, sizeof(double) * ntk_gram_doubles(gram->width, gram->targets));
	gram->gram = ntk_gram_view(gram->sums, gram->width, gram->targets);
}

/* adds the waiting rows to the statistic's own sums */
static void
gram_flush(NtkGram *gram)
{
	gram_check_whole(gram);
	if (gram->pending == 0)
		return;
	gram_make_sums(gram);
	gram->busy = true;
	gram_add_pending(gram, &gram->gram);
	gram->busy = false;
	gram->pending = 0;
}

/* counts of rows, which arithmetic can make of any size */
static int64
gram_add_counts(int64 a, int64 b)
{
	int64		sum;

	if (pg_add_s64_overflow(a, b, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the number of rows of the statistic exceeds the range of type bigint"),
				 errdetail("It would be the sum of %lld and %lld.", (long long) a,
						   (long long) b)));
	return sum;
}

void
ntk_gram_end_row(NtkGram *gram, double weight)
{
	gram->weights[gram->pending] = weight;
	gram->rows = gram_add_counts(gram->rows, 1);
	gram->pending++;
	if (gram->pending == gram->block)
		gram_flush(gram);
}

/*
 * Until a block was full the waiting rows are all there is. They then become
 * sums where the result is wanted, and the statistic itself stays small.
 */
static bool
gram_is_small(const NtkGram *gram)
{
	return gram->sums == NULL;
}

static Size
gram_flat_size(ExpandedObjectHeader *object)
{
	NtkGram    *gram = (NtkGram *) object;

	Assert(gram->magic == GRAM_MAGIC);
	if (!gram_is_small(gram))
		gram_flush(gram);
	return gram_value_size(gram->width, gram->targets, ntk_map_bytes(gram->map));
}

static void
gram_flatten(ExpandedObjectHeader *object, void *result, Size size)
{
	NtkGram    *gram = (NtkGram *) object;
	NtkGramValue *value = result;
	double	   *sums;

	memset(value, 0, HEADER);
	SET_VARSIZE(value, size);
	value->head.type = NTK_VALUE_GRAM;
	value->head.version = NTK_VALUE_VERSION;
	value->width = gram->width;
	value->targets = gram->targets;
	value->rows = gram->rows;
	value->skipped = gram->skipped;
	value->lambda = gram->lambda;
	if (gram->map)
	{
		value->map_bytes = ntk_map_bytes(gram->map);
		memcpy(value->data, gram->map, value->map_bytes);
	}
	if (gram->width == 0)
		return;

	sums = (double *) (value->data + value->map_bytes);
	if (gram_is_small(gram))
	{
		ntk_gram	view = ntk_gram_view(sums, gram->width, gram->targets);

		memset(sums, 0, sizeof(double) * ntk_gram_doubles(gram->width, gram->targets));
		if (gram->pending > 0)
			gram_add_pending(gram, &view);
	}
	else
		memcpy(sums, gram->sums, sizeof(double) * ntk_gram_doubles(gram->width, gram->targets));
}

Datum
ntk_gram_result(NtkGram *gram)
{
	if (gram_is_small(gram))
	{
		Size		size = gram_flat_size(&gram->object);
		void	   *value = palloc(size);

		gram_flatten(&gram->object, value, size);
		return PointerGetDatum(value);
	}
	gram_flush(gram);
	/* a pointer made here and now: PostgreSQL 15 copies a whole result made elsewhere */
	return PointerGetDatum(memcpy(palloc(EXPANDED_POINTER_SIZE), gram->object.eoh_ro_ptr,
								  EXPANDED_POINTER_SIZE));
}

/* what the fields say */
static NtkGramView
gram_view_of_head(const NtkGramValue *value)
{
	NtkGramView view = {
		.width = value->width,
		.targets = value->targets,
		.rows = value->rows,
		.skipped = value->skipped,
		.lambda = value->lambda,
	};

	return view;
}

static NtkGramView
gram_view_of_value(NtkGramValue *value)
{
	NtkGramView view = gram_view_of_head(value);

	if (value->map_bytes)
		view.map = (NtkMapValue *) value->data;
	if (value->width > 0)
		view.gram = ntk_gram_view((double *) (value->data + value->map_bytes), value->width,
								  value->targets);
	return view;
}

/* the expanded object that datum is; a cast can make others than ours come here */
static NtkGram *
gram_expanded(Datum datum)
{
	ExpandedObjectHeader *object = DatumGetEOHP(datum);

	if (object->eoh_methods != &gram_methods)
		ntk_value_refuse(TYPE_NAME, "It is a value of another type.");
	return (NtkGram *) object;
}

NtkGramView
ntk_gram_read(Datum datum)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		NtkGram    *gram = gram_expanded(datum);
		NtkGramView view;

		if (gram_is_small(gram))
			return gram_view_of_value((NtkGramValue *) DatumGetPointer(ntk_gram_result(gram)));
		gram_flush(gram);
		view.width = gram->width;
		view.targets = gram->targets;
		view.rows = gram->rows;
		view.skipped = gram->skipped;
		view.lambda = gram->lambda;
		view.map = gram->map;
		view.gram = gram->gram;
		return view;
	}
	return gram_view_of_value((NtkGramValue *) ntk_value_get(datum, &ntk_gram_kind));
}

NtkGramView
ntk_gram_head(Datum datum)
{
	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return ntk_gram_read(datum);
	return gram_view_of_head((NtkGramValue *) ntk_value_head(datum, &ntk_gram_kind));
}

bool
ntk_gram_stamp(Datum datum, uint64 *stamp)
{
	NtkGram    *gram;

	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
		return false;
	gram = (NtkGram *) DatumGetEOHP(datum);
	if (gram->object.eoh_methods != &gram_methods)
		return false;
	*stamp = gram->stamp;
	return true;
}

NtkGram *
ntk_gram_writable(Datum datum, MemoryContext parent)
{
	NtkGram    *gram;
	NtkGramView from;

	if (VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(datum)))
	{
		gram = gram_expanded(datum);
		gram->stamp = ++gram_last_stamp;
		return gram;
	}

	from = ntk_gram_read(datum);
	gram = ntk_gram_create(parent);
	gram->lambda = from.lambda;
	ntk_gram_merge(gram, 1, &from);
	return gram;
}

/* width, targets and map of a statistic that had none, and zero sums */
static void
gram_take_shape(NtkGram *gram, int width, int targets, const NtkMapValue *map)
{
	gram_check_shape(width, targets, ntk_map_bytes(map), 0);
	if (map)
		gram->map = memcpy(MemoryContextAlloc(gram->object.eoh_context, ntk_map_bytes(map)), map,
						   ntk_map_bytes(map));
	gram->width = width;
	gram->targets = targets;
	gram_make_sums(gram);
}

void
ntk_gram_merge(NtkGram *gram, int sign, const NtkGramView *other)
{
	if (sign < 0 && other->rows > gram->rows)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("cannot subtract a statistic of %lld rows from one of %lld",
						(long long) other->rows, (long long) gram->rows)));
	if (other->width > 0)
	{
		if (gram->width == 0)
			gram_take_shape(gram, other->width, other->targets, other->map);
		else
		{
			gram_check_same_shape(gram->width, gram->targets, other->width, other->targets);
			gram_check_same_map(gram->map, other->map);
		}
		gram_check_whole(gram);
		gram_make_sums(gram);
		gram->busy = true;
		if (ntk_gram_add(&gram->gram, sign, &other->gram) != NTK_OK)
			gram_refuse_overflow();
		gram->busy = false;
	}
	if (isnan(gram->lambda))
		gram->lambda = other->lambda;
	else if (!isnan(other->lambda) && gram->lambda != other->lambda)
		ntk_refuse_change("lambda");
	gram->rows = gram_add_counts(gram->rows, sign * other->rows);
	gram->skipped = Max(gram_add_counts(gram->skipped, sign * other->skipped), 0);

	/* nothing is left: rounding errors are not data */
	if (gram->rows == 0 && gram->sums)
		memset(gram->sums, 0, sizeof(double) * ntk_gram_doubles(gram->width, gram->targets));
}

NtkGram *
ntk_gram_select(const NtkGramView *from, int n, const int *places)
{
	NtkGram    *gram = ntk_gram_create(CurrentMemoryContext);

	gram_take_shape(gram, from->width, n, from->map);
	gram->rows = from->rows;
	gram->skipped = from->skipped;
	gram->lambda = from->lambda;
	ntk_gram_copy_targets(&from->gram, n, places, &gram->gram);
	return gram;
}

void
ntk_gram_rescale(NtkGram *gram, double factor)
{
	if (gram->width == 0)
		return;
	gram_make_sums(gram);
	gram_flush(gram);
	gram->busy = true;
	if (ntk_gram_scale(&gram->gram, factor) != NTK_OK)
		gram_refuse_overflow();
	gram->busy = false;
}

static void
gram_check_fields(const NtkValue *read, Size bytes)
{
	const NtkGramValue *value = (const NtkGramValue *) read;

	if (value->reserved != 0 || value->head.id != 0 || value->rows < 0 || value->skipped < 0 ||
		value->map_bytes > bytes || value->lambda < 0)
		ntk_value_refuse(TYPE_NAME, "A field of its header is out of range.");
	if (value->width == 0)
	{
		if (value->rows != 0 || value->targets != 0 || value->map_bytes != 0)
			ntk_value_refuse(TYPE_NAME, "A field of its header is out of range.");
	}
	else
		gram_check_limits(value->width, value->targets);
	if (bytes != gram_value_size(value->width, value->targets, value->map_bytes))
		ntk_value_refuse(TYPE_NAME, "Its size does not fit its width and targets.");
}

static void
gram_check_map(const NtkValue *read)
{
	const NtkGramValue *value = (const NtkGramValue *) read;

	if (value->map_bytes)
		ntk_map_check_part((const NtkMapValue *) value->data, value->map_bytes, value->width,
						   TYPE_NAME);
}

static void
gram_check_contents(const NtkValue *read)
{
	NtkGramView view = gram_view_of_value((NtkGramValue *) read);

	if (view.map)
		ntk_map_check_numbers(view.map, TYPE_NAME);
	if (view.width == 0)
		return;
	gram_check_shape(view.width, view.targets, ntk_map_bytes(view.map), 0);
	if (ntk_gram_check(&view.gram) != NTK_OK)
		ntk_value_refuse(TYPE_NAME, "It contains an infinity or a NaN.");
	if (*view.gram.cancelled < 0)
		ntk_value_refuse(TYPE_NAME, "What was subtracted from it is negative.");
}

const NtkValueKind ntk_gram_kind = {
	.type = NTK_VALUE_GRAM,
	.name = TYPE_NAME,
	.minimum = HEADER,
	.check_fields = gram_check_fields,
	.check_parts = gram_check_map,
	.check = gram_check_contents,
};

NTK_FUNCTION(ntk_sql_gram_in);
Datum
ntk_sql_gram_in(PG_FUNCTION_ARGS)
{
	return ntk_value_in(fcinfo, &ntk_gram_kind);
}

NTK_FUNCTION(ntk_sql_gram_out);
Datum
ntk_sql_gram_out(PG_FUNCTION_ARGS)
{
	return ntk_value_out(fcinfo, &ntk_gram_kind);
}

NTK_FUNCTION(ntk_sql_gram_recv);
Datum
ntk_sql_gram_recv(PG_FUNCTION_ARGS)
{
	return ntk_value_recv(fcinfo, &ntk_gram_kind);
}

NTK_FUNCTION(ntk_sql_gram_send);
Datum
ntk_sql_gram_send(PG_FUNCTION_ARGS)
{
	return ntk_value_send(fcinfo, &ntk_gram_kind);
}
