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
 */
#include "pg/rows/learn_encoding.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/rows/encoding.h"
#include "pg/rows/row_input.h"

#include "core/maps/map.h"

#define DEFAULT_MAX_LEVELS 1000

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

static NtkLearned *
learn_create_state_of(MemoryContext parent, const LearnMemory *memory, int max_levels)
{
	NtkLearned *state = ntk_learn_create_state(parent, memory->n, max_levels, &memory->options);

	for (int i = 0; i < memory->n; i++)
		ntk_learn_begin_column(state, &state->columns[i], memory->sources[i].name,
							   memory->sources[i].declared, memory->sources[i].type);
	state->row_type = memory->row.id;
	ntk_learn_begin_sample(state);
	return state;
}

static void
learn_check_row_type(NtkLearned *state, const LearnMemory *memory)
{
	if (state->row_type == memory->row.id)
		return;
	ntk_learn_check_column_count(state, memory->n);
	for (int i = 0; i < state->n; i++)
		ntk_learn_check_column(&state->columns[i], memory->sources[i].name,
							   memory->sources[i].declared);
	state->row_type = memory->row.id;
}

/* Values */

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
learn_read_array(const NtkLearned *state, NtkLearnedColumn *column, Datum value,
				 LearnMemory *memory)
{
	char	   *what = psprintf("column \"%s\"", column->name);
	ArrayType  *array = ntk_column_array(column->type.type, value);
	int			length = ntk_array_length(array, what);

	if (column->length < 0)
	{
		ntk_check_range(psprintf("the length of %s", what), length, 1, NTK_MAX_INPUT_DIM);
		ntk_learn_make_moments(state, column, length);
		column->length = length;
	}
	ntk_learn_check_length(column, length);
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
	ntk_learn_add_level(state, column, (NtkLevelKey) {label.text, label.length}, 1, weight, target,
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

/* Arguments */

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
	ntk_learn_check_same(state, max_levels, &memory->options);
	learn_check_row_type(state, memory);
	ntk_learn_check_targets(state, memory->targets);
	learn_add_row(state, memory, weight);
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
