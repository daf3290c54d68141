/*
 * learn_encoding.c
 *		The aggregate ntk_encoding: how the columns of its rows become numbers.
 *
 * A column's values are reduced to moments (of a number, a boolean, the parts of a time, the
 * elements of an array) or to counts of levels. Moments are updated and merged as in Chan,
 * Golub and LeVeque, Algorithms for computing the sample variance (1983). encoding.h says
 * what the result looks like.
 *
 * Rows may have a target, one number or more: then every level of a category keeps its means, which
 * write_encoding.c turns into inputs.
 *
 * A row of weight 2 counts as two rows, one of weight 0 not at all. Quantiles are those of a sample
 * of the rows (number_sample.h).
 *
 * Memory is bounded: when a category has too many levels, the rarer half of them is
 * forgotten. Only then can the result depend on the order of the rows and the plan, and
 * only by levels about as rare as the forgotten ones.
 */
#include "pg/rows/learn_encoding.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/rows/encoding.h"
#include "pg/rows/row_input.h"

#include "core/maps/map.h"

#define DEFAULT_MAX_LEVELS 1000
#define MOST_LEVELS 20000		/* to count: twice as many as may be kept, if that is more */
#define MOST_LEVEL_BYTES ((Size) 16 * 1024 * 1024)

/* what the transition function keeps between rows */
typedef struct LearnSource
{
	int			attribute;		/* from 0 */
	const char *name;
	Oid			declared;
	NtkColumnType type;
} LearnSource;

typedef struct LearnMemory
{
	NtkRow		row;
	LearnSource *sources;		/* in row.context; NULL: not made */
	int			n;
	double	   *work;			/* [work_room]: the numbers of a value */
	int			work_room;
	double		target[NTK_MOST_LEVEL_TARGETS];
	int			targets;		/* of this row; 0: it has none */
	Jsonb	   *given;			/* the options as they were given; NULL: none so far */
	NtkEncodingOptions options;
} LearnMemory;

/* Row types */

static void
learn_refuse_type(const char *name, Oid declared)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s cannot be a feature", name,
					format_type_be(declared)),
			 errhint("Leave it out, or cast it to a type of numbers, text or times.")));
}

/* a NULL without a type is a NULL */
static void
learn_check_source(const LearnSource *sources, int n, const LearnSource *source)
{
	if (source->type.kind == NTK_KIND_NONE && source->declared != UNKNOWNOID)
		learn_refuse_type(source->name, source->declared);
	for (int i = 0; i < n; i++)
		if (strcmp(sources[i].name, source->name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the row has two columns \"%s\"", source->name)));
}

static void
learn_take_type(LearnMemory *memory)
{
	TupleDesc	type = memory->row.type;
	LearnSource *sources = MemoryContextAlloc(memory->row.context,
											  sizeof(LearnSource) * Max(type->natts, 1));

	memory->n = 0;
	for (int i = 0; i < type->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(type, i);
		LearnSource	source = {
			.attribute = i,.name = NameStr(attribute->attname),.declared = attribute->atttypid
		};

		if (attribute->attisdropped)
			continue;
		source.type = ntk_column_type(source.declared);
		learn_check_source(sources, memory->n, &source);
		sources[memory->n++] = source;
	}
	memory->sources = sources;
}

static LearnMemory *
learn_remember(FunctionCallInfo fcinfo)
{
	LearnMemory *memory = fcinfo->flinfo->fn_extra;

	if (!memory)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		memory = palloc0(sizeof(LearnMemory));
		memory->work_room = NTK_TIME_PARTS;
		memory->work = palloc(sizeof(double) * memory->work_room);
		ntk_row_begin(&memory->row);
		fcinfo->flinfo->fn_extra = memory;
		MemoryContextSwitchTo(old);
	}
	return memory;
}

static void
learn_read_row(LearnMemory *memory, Datum row)
{
	if (ntk_row_read(&memory->row, row))
		memory->sources = NULL;
	if (!memory->sources)
		learn_take_type(memory);
}

/* States */

static NtkLevelCounts *
learn_create_levels(MemoryContext parent, int n)
{
	MemoryContext context = AllocSetContextCreate(parent, "ntk_encoding levels",
												  ALLOCSET_SMALL_SIZES);
	NtkLevelCounts *levels = MemoryContextAllocZero(context, sizeof(NtkLevelCounts));

	levels->context = context;
	levels->table = ntk_levels_create(context, n, NULL);
	levels->all_numbers = true;
	return levels;
}

static void
learn_make_moments(const NtkLearned *state, NtkLearnedColumn *column, int n)
{
	Size		bytes = sizeof(NtkMoments) * (Size) n;

	ntk_check_memory(bytes, "an array column of ntk_encoding");
	column->n = n;
	column->moments = MemoryContextAllocHuge(state->context, bytes);
	memset(column->moments, 0, bytes);
}

static void
learn_begin_column(NtkLearned *state, NtkLearnedColumn *column, const char *name,
				   Oid declared, NtkColumnType type)
{
	column->name = MemoryContextStrdup(state->context, name);
	column->declared = declared;
	column->type = type;
	column->length = -1;
	column->sampled = type.kind == NTK_KIND_NUMBER ? state->numbers++ : -1;
	switch (type.kind)
	{
		case NTK_KIND_NUMBER:
		case NTK_KIND_BOOLEAN:
			learn_make_moments(state, column, 1);
			break;
		case NTK_KIND_TIME:
			learn_make_moments(state, column, NTK_TIME_PARTS);
			break;
		case NTK_KIND_CATEGORY:
			column->levels = learn_create_levels(state->context, 4);
			break;
		default:				/* the first array says how long they are */
			break;
	}
}

static NtkLearned *
learn_create_state(MemoryContext parent, int n, int max_levels, const NtkEncodingOptions *options)
{
	MemoryContext context = AllocSetContextCreate(parent, "ntk_encoding",
												  ALLOCSET_SMALL_SIZES);
	NtkLearned *state = MemoryContextAllocZero(context, sizeof(NtkLearned));

	state->context = context;
	state->max_levels = max_levels;
	state->options = *options;
	state->n = n;
	state->columns = MemoryContextAllocZero(context, sizeof(NtkLearnedColumn) * Max(n, 1));
	return state;
}

/* once all columns are known */
static void
learn_begin_sample(NtkLearned *state)
{
	if (state->numbers > 0 && ntk_encoding_options_sample(&state->options))
		state->sample = ntk_number_sample_create(state->context, state->numbers);
}

static NtkLearned *
learn_create_state_of(MemoryContext parent, const LearnMemory *memory, int max_levels)
{
	NtkLearned *state = learn_create_state(parent, memory->n, max_levels, &memory->options);

	for (int i = 0; i < memory->n; i++)
		learn_begin_column(state, &state->columns[i], memory->sources[i].name,
						   memory->sources[i].declared, memory->sources[i].type);
	state->row_type = memory->row.id;
	learn_begin_sample(state);
	return state;
}

static void
learn_check_same(const NtkLearned *state, int max_levels, const NtkEncodingOptions *options)
{
	if (max_levels != state->max_levels)
		ntk_refuse_change("max_levels");
	if (options->scaling != state->options.scaling || options->bins != state->options.bins ||
		options->nan_is_missing != state->options.nan_is_missing ||
		options->clips != state->options.clips)
		ntk_refuse_change("options");
}

static void
learn_check_column(const NtkLearnedColumn *column, const char *name, Oid declared)
{
	if (strcmp(column->name, name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("rows of different types: one has a column \"%s\", another \"%s\"",
						column->name, name)));
	if (column->declared != declared)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("rows of different types: column \"%s\" is of type %s and of type %s",
						name, format_type_be(column->declared), format_type_be(declared))));
}

static void
learn_check_column_count(const NtkLearned *state, int n)
{
	if (n != state->n)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("rows of different types: with %d columns and with %d", state->n, n)));
}

static void
learn_check_row_type(NtkLearned *state, const LearnMemory *memory)
{
	if (state->row_type == memory->row.id)
		return;
	learn_check_column_count(state, memory->n);
	for (int i = 0; i < state->n; i++)
		learn_check_column(&state->columns[i], memory->sources[i].name,
						   memory->sources[i].declared);
	state->row_type = memory->row.id;
}

/* Moments */

/* total is the weight of all numbers so far, this one included */
static void
learn_add_number(NtkMoments *moments, double number, double weight, double total, bool is_first)
{
	double		deviation = number - moments->mean;

	if (is_first)
	{
		*moments = (NtkMoments) {.mean = number,.min = number,.max = number};
		return;
	}
	moments->mean += deviation * (weight / total);
	moments->m2 += weight * deviation * (number - moments->mean);
	moments->min = Min(moments->min, number);
	moments->max = Max(moments->max, number);
}

/* neither is empty */
static void
learn_merge_moments(NtkMoments *into, double weight, const NtkMoments *from, double from_weight)
{
	double		deviation = from->mean - into->mean;
	double		share = from_weight / (weight + from_weight);

	into->mean += deviation * share;
	into->m2 += from->m2 + deviation * deviation * share * weight;
	into->min = Min(into->min, from->min);
	into->max = Max(into->max, from->max);
}

/* Levels */

/* the text of a number: blanks, sign, digits with at most one point, exponent, blanks */
static bool
learn_looks_like_number(const char *text, int length)
{
	const char *at = text;
	const char *end = text + length;
	int			digits = 0;

	while (at < end && *at == ' ')
		at++;
	if (at < end && (*at == '+' || *at == '-'))
		at++;
	for (bool point = false; at < end; at++)
	{
		if (*at >= '0' && *at <= '9')
			digits++;
		else if (*at == '.' && !point)
			point = true;
		else
			break;
	}
	if (digits > 0 && at < end && (*at == 'e' || *at == 'E'))
	{
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		for (digits = 0; at < end && *at >= '0' && *at <= '9'; at++)
			digits++;
	}
	while (at < end && *at == ' ')
		at++;
	return digits > 0 && at == end;
}

/* the more frequent first; the order of texts is that of bytes, the same everywhere */
static int
learn_compare_levels(const void *a, const void *b)
{
	const NtkLevel *x = *(NtkLevel *const *) a;
	const NtkLevel *y = *(NtkLevel *const *) b;
	int			order = memcmp(x->key.text, y->key.text, Min(x->key.length, y->key.length));

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return order != 0 ? order : x->key.length - y->key.length;
}

NtkLevel **
ntk_sort_levels(const NtkLevelCounts *levels)
{
	NtkLevel  **sorted = palloc(sizeof(NtkLevel *) * Max(levels->table->members, 1));
	ntk_levels_iterator iterator;
	NtkLevel   *level;
	int			n = 0;

	ntk_levels_start_iterate(levels->table, &iterator);
	while ((level = ntk_levels_iterate(levels->table, &iterator)) != NULL)
		sorted[n++] = level;
	qsort(sorted, n, sizeof(NtkLevel *), learn_compare_levels);
	return sorted;
}

static NtkLevel *
learn_insert_level(NtkLevelCounts *levels, NtkLevelKey key, int64 count, double weight)
{
	bool		found;
	NtkLevel   *level = ntk_levels_insert(levels->table, key, &found);
	char	   *copy;

	if (found)
	{
		level->number += count;
		level->weight += weight;
		return level;
	}
	level->number = count;
	level->weight = weight;
	level->target_weight = 0;
	level->target_means = NULL;
	copy = MemoryContextAlloc(levels->context, Max(key.length, 1));
	memcpy(copy, key.text, key.length);
	level->key.text = copy;
	levels->bytes += key.length;
	if (levels->all_numbers && !learn_looks_like_number(key.text, key.length))
		levels->all_numbers = false;
	return level;
}

/* the mean target of rows with this weight */
static void
learn_add_level_target(NtkLevelCounts *levels, NtkLevel *level, const double *target, int targets,
					   double weight)
{
	if (!target || weight == 0)
		return;
	if (!level->target_means)
		level->target_means = MemoryContextAllocZero(levels->context, sizeof(double) * targets);
	level->target_weight += weight;
	for (int i = 0; i < targets; i++)
		level->target_means[i] +=
			(target[i] - level->target_means[i]) * (weight / level->target_weight);
}

/* without the rarer half of the levels */
static NtkLevelCounts *
learn_prune(NtkLevelCounts *levels, int targets)
{
	int			kept = levels->table->members / 2;
	NtkLevelCounts *result = learn_create_levels(MemoryContextGetParent(levels->context), kept);
	NtkLevel  **sorted = ntk_sort_levels(levels);

	result->all_numbers = levels->all_numbers;
	for (int i = 0; i < kept; i++)
	{
		NtkLevel   *level = learn_insert_level(result, sorted[i]->key, sorted[i]->number,
											   sorted[i]->weight);

		learn_add_level_target(result, level, sorted[i]->target_means, targets,
							   sorted[i]->target_weight);
	}
	pfree(sorted);
	MemoryContextDelete(levels->context);
	return result;
}

/* target: the means of rows with weight target_weight, or NULL */
static void
learn_add_level(const NtkLearned *state, NtkLearnedColumn *column, NtkLevelKey key, int64 count,
				double weight, const double *target, double target_weight)
{
	NtkLevelCounts *levels = column->levels;
	NtkLevel   *level = learn_insert_level(levels, key, count, weight);

	learn_add_level_target(levels, level, target, state->targets, target_weight);
	if (levels->table->members > (uint32) Max(MOST_LEVELS, 2 * state->max_levels) ||
		levels->bytes > MOST_LEVEL_BYTES)
		column->levels = learn_prune(levels, state->targets);
}

/* Rows */

static void
learn_add_numbers(NtkLearnedColumn *column, const double *numbers, double weight)
{
	for (int i = 0; i < column->n; i++)
	{
		if (!isfinite(numbers[i]))
			ntk_column_refuse(column->name, numbers[i]);
		learn_add_number(&column->moments[i], numbers[i], weight, column->weight,
						 column->present == 1);
	}
}

static void
learn_check_length(const NtkLearnedColumn *column, int length)
{
	if (length != column->length)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("column \"%s\" holds arrays of different lengths: %d and %d",
						column->name, column->length, length)));
}

static void
learn_read_array(const NtkLearned *state, NtkLearnedColumn *column, Datum value,
				 LearnMemory *memory)
{
	char	   *what = psprintf("column \"%s\"", column->name);
	ArrayType  *array = ntk_column_array(column->type.type, value);
	int			length = ntk_array_length(array, what);

	if (column->length < 0)
	{
		ntk_check_range(psprintf("the length of %s", what), length, 1, NTK_MAX_INPUT_DIM);
		learn_make_moments(state, column, length);
		column->length = length;
	}
	learn_check_length(column, length);
	if (length > memory->work_room)
	{
		memory->work = repalloc_huge(memory->work, sizeof(double) * length);
		memory->work_room = length;
	}
	ntk_array_read(array, what, 1, memory->work);
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
	pfree(what);
}

/* the targets of all rows of a category */
static void
learn_add_target(const NtkLearned *state, NtkLearnedColumn *column, const double *target,
				 double weight)
{
	bool		is_first = column->target_weight == 0;

	if (!column->targets)
		column->targets = MemoryContextAllocZero(state->context,
												 sizeof(NtkMoments) * state->targets);
	column->target_weight += weight;
	for (int i = 0; i < state->targets; i++)
		learn_add_number(&column->targets[i], target[i], weight, column->target_weight, is_first);
}

static void
learn_add_label(const NtkLearned *state, NtkLearnedColumn *column, Datum value, double weight,
				const LearnMemory *memory)
{
	const double *target = memory->targets > 0 ? memory->target : NULL;
	NtkLabel	label;

	ntk_column_label(column->type.type, value, &label);
	ntk_label_shorten(&label);
	learn_add_level(state, column, (NtkLevelKey) {label.text, label.length}, 1, weight, target,
					weight);
	ntk_label_free(&label);
	if (target)
		learn_add_target(state, column, target, weight);
}

/* into work, if the kind of the column is read as numbers; false: it counts as a NULL */
static bool
learn_read_numbers(const NtkLearned *state, NtkLearnedColumn *column, Datum value,
				   LearnMemory *memory)
{
	Oid			type = column->type.type;

	switch (column->type.kind)
	{
		case NTK_KIND_NUMBER:
		case NTK_KIND_BOOLEAN:
			memory->work[0] = ntk_column_number(type, value);
			return !(state->options.nan_is_missing && isnan(memory->work[0]));
		case NTK_KIND_TIME:
			ntk_column_time(type, value, memory->work);
			return true;
		case NTK_KIND_ARRAY:
			learn_read_array(state, column, value, memory);
			return true;
		default:
			return true;
	}
}

static void
learn_add_value(const NtkLearned *state, NtkLearnedColumn *column, Datum value, double weight,
				LearnMemory *memory)
{
	if (column->type.kind == NTK_KIND_NONE)
		learn_refuse_type(column->name, column->declared);
	if (!learn_read_numbers(state, column, value, memory))
		return;
	column->present++;
	column->weight += weight;
	if (column->levels)
	{
		learn_add_label(state, column, value, weight, memory);
		return;
	}
	learn_add_numbers(column, memory->work, weight);
	if (state->sample && column->sampled >= 0)
	{
		ntk_number_sample_set(state->sample, column->sampled, memory->work[0]);
		ntk_number_ties_add(&column->ties, memory->work[0], weight, column->present == 1);
	}
}

static void
learn_add_row(NtkLearned *state, LearnMemory *memory, double weight)
{
	state->rows++;
	state->weight += weight;
	if (state->sample)
		ntk_number_sample_clear(state->sample);
	for (int i = 0; i < state->n; i++)
	{
		int			attribute = memory->sources[i].attribute;

		if (!memory->row.nulls[attribute])
			learn_add_value(state, &state->columns[i], memory->row.values[attribute], weight,
							memory);
	}
	if (state->sample)
		ntk_number_sample_add(state->sample, weight);
}

static int
learn_max_levels_of(FunctionCallInfo fcinfo)
{
	int			max_levels;

	if (PG_NARGS() < 3)
		return DEFAULT_MAX_LEVELS;
	ntk_check_not_null(fcinfo, 2, "max_levels");
	max_levels = PG_GETARG_INT32(2);
	ntk_check_range("max_levels", max_levels, 1, NTK_MAX_LEVELS);
	return max_levels;
}

/* parses them where they differ from those of the row before */
static void
learn_take_options(FunctionCallInfo fcinfo, LearnMemory *memory)
{
	Jsonb	   *options;

	if (PG_NARGS() < 4)
		return;
	ntk_check_not_null(fcinfo, 3, "options");
	options = PG_GETARG_JSONB_P(3);
	if (memory->given && VARSIZE(options) == VARSIZE(memory->given) &&
		memcmp(options, memory->given, VARSIZE(options)) == 0)
		return;
	memory->options = ntk_encoding_options(options);
	if (memory->given)
		pfree(memory->given);
	memory->given = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, VARSIZE(options));
	memcpy(memory->given, options, VARSIZE(options));
}

static double
learn_weight_of(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() < 5)
		return 1;
	ntk_check_not_null(fcinfo, 4, "weight");
	return ntk_weight_argument(fcinfo, 4, NULL);
}

/* of the row at hand */
static void
learn_take_target(FunctionCallInfo fcinfo, LearnMemory *memory)
{
	ArrayType  *array;

	memory->targets = 0;
	if (PG_NARGS() < 6 || PG_ARGISNULL(5))
		return;
	array = PG_GETARG_ARRAYTYPE_P(5);
	memory->targets = ntk_array_length(array, "target");
	ntk_check_range("the length of target", memory->targets, 1, NTK_MOST_LEVEL_TARGETS);
	ntk_array_read(array, "target", 1, memory->target);
}

static void
learn_check_targets(NtkLearned *state, int targets)
{
	if (targets == 0)
		return;
	if (state->targets == 0)
		state->targets = targets;
	ntk_array_check_length("target", targets, "row before", state->targets);
}

/* ntk_encoding(row [, max_levels [, options [, weight [, target]]]]): a row */
NTK_FUNCTION(ntk_sql_encoding_accumulate);
Datum
ntk_sql_encoding_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	NtkLearned *state = ntk_aggregate_state(fcinfo, 0);
	int			max_levels = learn_max_levels_of(fcinfo);
	LearnMemory *memory = learn_remember(fcinfo);
	double		weight = learn_weight_of(fcinfo);

	learn_take_options(fcinfo, memory);
	learn_take_target(fcinfo, memory);
	if (PG_ARGISNULL(1) || weight == 0)
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	learn_read_row(memory, PG_GETARG_DATUM(1));
	if (!state)
		state = learn_create_state_of(context, memory, max_levels);
	learn_check_same(state, max_levels, &memory->options);
	learn_check_row_type(state, memory);
	learn_check_targets(state, memory->targets);
	learn_add_row(state, memory, weight);
	PG_RETURN_POINTER(state);
}

/* Partial states */

static void
learn_merge_levels(const NtkLearned *state, NtkLearnedColumn *into, const NtkLevelCounts *from)
{
	ntk_levels_iterator iterator;
	NtkLevel   *level;

	into->levels->all_numbers &= from->all_numbers;
	ntk_levels_start_iterate(from->table, &iterator);
	while ((level = ntk_levels_iterate(from->table, &iterator)) != NULL)
		learn_add_level(state, into, level->key, level->number, level->weight, level->target_means,
						level->target_weight);
}

static void
learn_merge_targets(const NtkLearned *state, NtkLearnedColumn *into, const NtkLearnedColumn *from)
{
	Size		bytes = sizeof(NtkMoments) * state->targets;

	if (!from->targets)
		return;
	if (!into->targets)
	{
		into->targets = MemoryContextAlloc(state->context, bytes);
		memcpy(into->targets, from->targets, bytes);
	}
	else
		for (int i = 0; i < state->targets; i++)
			learn_merge_moments(&into->targets[i], into->target_weight, &from->targets[i],
								from->target_weight);
	into->target_weight += from->target_weight;
}

static void
learn_merge_column(const NtkLearned *state, NtkLearnedColumn *into, const NtkLearnedColumn *from)
{
	learn_check_column(into, from->name, from->declared);
	if (from->present == 0)
		return;
	if (into->length < 0 && from->length >= 0)
	{
		learn_make_moments(state, into, from->length);
		into->length = from->length;
	}
	learn_check_length(into, from->length);
	for (int i = 0; i < into->n; i++)
		if (into->present == 0)
			into->moments[i] = from->moments[i];
		else
			learn_merge_moments(&into->moments[i], into->weight, &from->moments[i], from->weight);
	if (into->present == 0)
		into->ties = from->ties;
	else
		ntk_number_ties_merge(&into->ties, &from->ties);
	if (into->levels)
		learn_merge_levels(state, into, from->levels);
	learn_merge_targets(state, into, from);
	into->present += from->present;
	into->weight += from->weight;
}

NTK_FUNCTION(ntk_sql_encoding_combine);
Datum
ntk_sql_encoding_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	NtkLearned *state = ntk_aggregate_state(fcinfo, 0);
	NtkLearned *other = ntk_aggregate_state(fcinfo, 1);

	if (!other)
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (!state)
	{
		state = learn_create_state(context, other->n, other->max_levels, &other->options);
		for (int i = 0; i < other->n; i++)
			learn_begin_column(state, &state->columns[i], other->columns[i].name,
							   other->columns[i].declared, other->columns[i].type);
		learn_begin_sample(state);
	}
	learn_check_same(state, other->max_levels, &other->options);
	learn_check_column_count(state, other->n);
	learn_check_targets(state, other->targets);
	for (int i = 0; i < state->n; i++)
		learn_merge_column(state, &state->columns[i], &other->columns[i]);
	state->rows += other->rows;
	state->weight += other->weight;
	if (state->sample)
		ntk_row_sample_merge(state->sample, other->sample);
	PG_RETURN_POINTER(state);
}

static void
learn_send_levels(StringInfo to, const NtkLevelCounts *levels, int targets)
{
	ntk_levels_iterator iterator;
	NtkLevel   *level;

	pq_sendbyte(to, levels->all_numbers);
	pq_sendint32(to, levels->table->members);
	ntk_levels_start_iterate(levels->table, &iterator);
	while ((level = ntk_levels_iterate(levels->table, &iterator)) != NULL)
	{
		pq_sendint64(to, level->number);
		pq_sendfloat8(to, level->weight);
		pq_sendfloat8(to, level->target_weight);
		if (level->target_means)
			pq_sendbytes(to, (const char *) level->target_means, sizeof(double) * targets);
		pq_sendint32(to, level->key.length);
		pq_sendbytes(to, level->key.text, level->key.length);
	}
}

static void
learn_send_column(StringInfo to, const NtkLearnedColumn *column, int targets)
{
	pq_sendint32(to, strlen(column->name));
	pq_sendbytes(to, column->name, strlen(column->name));
	pq_sendint32(to, column->declared);
	pq_sendint32(to, column->type.kind);
	pq_sendint32(to, column->type.type);
	pq_sendint64(to, column->present);
	pq_sendfloat8(to, column->weight);
	pq_sendbytes(to, (const char *) &column->ties, sizeof(NtkNumberTies));
	pq_sendint32(to, column->length);
	pq_sendint32(to, column->n);
	pq_sendbytes(to, (const char *) column->moments, sizeof(NtkMoments) * column->n);
	if (!column->levels)
		return;
	learn_send_levels(to, column->levels, targets);
	pq_sendfloat8(to, column->target_weight);
	if (column->targets)
		pq_sendbytes(to, (const char *) column->targets, sizeof(NtkMoments) * targets);
}

static void
learn_send_sample(StringInfo to, NtkRowSample *sample)
{
	bytea	   *packed = ntk_row_sample_pack(sample, "", 0);

	pq_sendint32(to, VARSIZE_ANY_EXHDR(packed));
	pq_sendbytes(to, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	pfree(packed);
}

NTK_FUNCTION(ntk_sql_encoding_serialize);
Datum
ntk_sql_encoding_serialize(PG_FUNCTION_ARGS)
{
	NtkLearned *state = ntk_aggregate_state(fcinfo, 0);
	StringInfoData bytes;

	ntk_aggregate_context(fcinfo);
	pq_begintypsend(&bytes);
	pq_sendint64(&bytes, state->rows);
	pq_sendfloat8(&bytes, state->weight);
	pq_sendint32(&bytes, state->max_levels);
	pq_sendbytes(&bytes, (const char *) &state->options, sizeof(NtkEncodingOptions));
	pq_sendint32(&bytes, state->targets);
	pq_sendint32(&bytes, state->n);
	for (int i = 0; i < state->n; i++)
		learn_send_column(&bytes, &state->columns[i], state->targets);
	if (state->sample)
		learn_send_sample(&bytes, state->sample);
	PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

static void
learn_receive_levels(StringInfo from, const NtkLearned *state, NtkLearnedColumn *column)
{
	bool		all_numbers = pq_getmsgbyte(from);
	int			n = pq_getmsgint(from, 4);

	for (int i = 0; i < n; i++)
	{
		int64		count = pq_getmsgint64(from);
		double		weight = pq_getmsgfloat8(from);
		double		target_weight = pq_getmsgfloat8(from);
		double		means[NTK_MOST_LEVEL_TARGETS];
		NtkLevelKey key;

		if (target_weight > 0)
			pq_copymsgbytes(from, (char *) means, sizeof(double) * state->targets);
		key.length = pq_getmsgint(from, 4);
		key.text = pq_getmsgbytes(from, key.length);
		learn_add_level(state, column, key, count, weight, means, target_weight);
	}
	column->levels->all_numbers = all_numbers;
	column->target_weight = pq_getmsgfloat8(from);
	if (column->target_weight > 0)
	{
		column->targets = MemoryContextAlloc(state->context, sizeof(NtkMoments) * state->targets);
		pq_copymsgbytes(from, (char *) column->targets, sizeof(NtkMoments) * state->targets);
	}
}

static void
learn_receive_column(StringInfo from, NtkLearned *state, NtkLearnedColumn *column)
{
	int			length = pq_getmsgint(from, 4);
	char	   *name = pnstrdup(pq_getmsgbytes(from, length), length);
	Oid			declared = pq_getmsgint(from, 4);
	NtkColumnType type;
	int			n;

	type.kind = pq_getmsgint(from, 4);
	type.type = pq_getmsgint(from, 4);
	learn_begin_column(state, column, name, declared, type);
	column->present = pq_getmsgint64(from);
	column->weight = pq_getmsgfloat8(from);
	pq_copymsgbytes(from, (char *) &column->ties, sizeof(NtkNumberTies));
	column->length = pq_getmsgint(from, 4);
	n = pq_getmsgint(from, 4);
	if (n > column->n)
		learn_make_moments(state, column, n);
	pq_copymsgbytes(from, (char *) column->moments, sizeof(NtkMoments) * n);
	if (column->levels)
		learn_receive_levels(from, state, column);
}

NTK_FUNCTION(ntk_sql_encoding_deserialize);
Datum
ntk_sql_encoding_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *packed = PG_GETARG_BYTEA_PP(0);
	StringInfoData bytes;
	NtkEncodingOptions options;
	NtkLearned *state;
	int64		rows;
	double		weight;
	int			max_levels,
				targets;

	ntk_aggregate_context(fcinfo);
	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	rows = pq_getmsgint64(&bytes);
	weight = pq_getmsgfloat8(&bytes);
	max_levels = pq_getmsgint(&bytes, 4);
	pq_copymsgbytes(&bytes, (char *) &options, sizeof(options));
	targets = pq_getmsgint(&bytes, 4);
	state = learn_create_state(CurrentMemoryContext, pq_getmsgint(&bytes, 4), max_levels, &options);
	state->targets = targets;
	state->rows = rows;
	state->weight = weight;
	for (int i = 0; i < state->n; i++)
		learn_receive_column(&bytes, state, &state->columns[i]);
	learn_begin_sample(state);
	if (state->sample)
	{
		int			length = pq_getmsgint(&bytes, 4);

		ntk_row_sample_unpack(state->sample, pq_getmsgbytes(&bytes, length));
	}
	pq_getmsgend(&bytes);
	pfree(bytes.data);
	PG_RETURN_POINTER(state);
}

/* the encoding */
NTK_FUNCTION(ntk_sql_encoding_final);
Datum
ntk_sql_encoding_final(PG_FUNCTION_ARGS)
{
	NtkLearned *state = ntk_aggregate_state(fcinfo, 0);

	ntk_aggregate_context(fcinfo);
	if (!state)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(ntk_write_encoding(state));
}
