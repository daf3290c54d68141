/*
 * learn_state.c
 *		States of the aggregate ntk_encoding: making them, and whether rows and other states fit.
 */
#include "pg/rows/learn_encoding.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

void
ntk_learn_make_moments(const NtkLearned *state, NtkLearnedColumn *column, int n)
{
	Size		bytes = sizeof(NtkMoments) * (Size) n;

	ntk_check_memory(bytes, "an array column of ntk_encoding");
	column->n = n;
	column->moments = MemoryContextAllocHuge(state->context, bytes);
	memset(column->moments, 0, bytes);
}

void
ntk_learn_begin_column(NtkLearned *state, NtkLearnedColumn *column, const char *name,
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
			ntk_learn_make_moments(state, column, 1);
			break;
		case NTK_KIND_TIME:
			ntk_learn_make_moments(state, column, NTK_TIME_PARTS);
			break;
		case NTK_KIND_CATEGORY:
			column->levels = ntk_learn_create_levels(state->context, 4);
			break;
		default:				/* the first array says how long they are */
			break;
	}
}

NtkLearned *
ntk_learn_create_state(MemoryContext parent, int n, int max_levels,
					   const NtkEncodingOptions *options)
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

void
ntk_learn_begin_sample(NtkLearned *state)
{
	if (state->numbers > 0 && ntk_encoding_options_sample(&state->options))
		state->sample = ntk_number_sample_create(state->context, state->numbers);
}

/* Checks */

void
ntk_learn_check_same(const NtkLearned *state, int max_levels, const NtkEncodingOptions *options)
{
	if (max_levels != state->max_levels)
		ntk_refuse_change("max_levels");
	if (options->scaling != state->options.scaling || options->bins != state->options.bins ||
		options->nan_is_missing != state->options.nan_is_missing ||
		options->clips != state->options.clips)
		ntk_refuse_change("options");
}

void
ntk_learn_check_column(const NtkLearnedColumn *column, const char *name, Oid declared)
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

void
ntk_learn_check_column_count(const NtkLearned *state, int n)
{
	if (n != state->n)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("rows of different types: with %d columns and with %d", state->n, n)));
}

void
ntk_learn_check_length(const NtkLearnedColumn *column, int length)
{
	if (length != column->length)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("column \"%s\" holds arrays of different lengths: %d and %d",
						column->name, column->length, length)));
}

void
ntk_learn_check_targets(NtkLearned *state, int targets)
{
	if (targets == 0)
		return;
	if (state->targets == 0)
		state->targets = targets;
	ntk_array_check_length("target", targets, "row before", state->targets);
}
