/*
 * write_encoding.c
 *		The encoding that follows from what was learned of columns.
 *
 * It is written as JSON text, which keeps all digits of a number.
 */
#include "pg/rows/learn_encoding.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "pg/base/module.h"

#include "core/maps/map.h"

#define SMALL_TABLE 200			/* rows */
#define LEAST_COUNT 5			/* of a level that is kept ... */
#define LEAST_COUNT_SMALL 2		/* ... of a small table */

/* with all digits that the number has, whatever the setting extra_float_digits */
static void
put_number(StringInfo json, double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(number, digits);
	appendStringInfoString(json, digits);
}

static void
put_text(StringInfo json, const char *text, int length)
{
	char	   *terminated = pnstrdup(text, length);

	escape_json(json, terminated);
	pfree(terminated);
}

/* where sums of squares over- or underflow, the middle of the range stands for the mean ... */
static double
write_mean_of(const NtkMoments *moments)
{
	return isfinite(moments->mean) ? moments->mean : moments->min / 2 + moments->max / 2;
}

/* ... and half of it for the standard deviation, which is positive */
static double
write_scale_of(const NtkMoments *moments, int64 count)
{
	double		deviation = sqrt(moments->m2 / count);

	if (isfinite(moments->mean) && isfinite(deviation) && deviation > 0)
		return deviation;
	return Max(moments->max / 2 - moments->min / 2, DBL_MIN);
}

static bool
write_varies(const NtkMoments *moments)
{
	return moments->min < moments->max;
}

static void
put_standard(StringInfo json, const NtkLearnedColumn *column)
{
	appendStringInfoString(json, ", \"mean\": ");
	put_number(json, write_mean_of(column->moments));
	appendStringInfoString(json, ", \"scale\": ");
	put_number(json, write_scale_of(column->moments, column->present));
}

/* the functions below write the part of a column's object that its kind has, and return how
 * many inputs that makes; 0: the column does not vary, and nothing was written */

static int
put_number_column(StringInfo json, const NtkLearnedColumn *column)
{
	if (!write_varies(column->moments))
		return 0;
	put_standard(json, column);
	return 1;
}

static int
put_boolean_column(StringInfo json, const NtkLearnedColumn *column)
{
	if (!write_varies(column->moments))
		return 0;
	appendStringInfoString(json, ", \"mean\": ");
	put_number(json, write_mean_of(column->moments));
	return 1;
}

static int
put_time_column(StringInfo json, const NtkLearnedColumn *column)
{
	NtkTimeScale scale = ntk_time_scale(column->type.type);
	int			inputs = 0;

	if (!write_varies(&column->moments[NTK_PART_EPOCH]))
		return 0;
	if (scale != NTK_SCALE_DATE)
		appendStringInfo(json, ", \"of\": \"%s\"", scale == NTK_SCALE_TIME ? "time" : "interval");
	appendStringInfoString(json, ", \"parts\": [{\"part\": \"epoch\"");
	put_standard(json, column);
	appendStringInfoChar(json, '}');
	for (int part = NTK_PART_HOUR; part < NTK_TIME_PARTS; part++)
		if (write_varies(&column->moments[part]))
		{
			appendStringInfo(json, ", {\"part\": \"%s\"}", ntk_part_names[part]);
			inputs += 2;
		}
	appendStringInfoChar(json, ']');
	return inputs + 1;
}

static int
put_array_column(StringInfo json, const NtkLearnedColumn *column)
{
	bool		any = false;

	for (int i = 0; i < column->n; i++)
		any |= write_varies(&column->moments[i]);
	if (!any)
		return 0;
	appendStringInfo(json, ", \"length\": %d, \"mean\": [", column->n);
	for (int i = 0; i < column->n; i++)
	{
		appendStringInfoString(json, i > 0 ? ", " : "");
		put_number(json, write_mean_of(&column->moments[i]));
	}
	appendStringInfoString(json, "], \"scale\": [");
	for (int i = 0; i < column->n; i++)
	{
		const NtkMoments *moments = &column->moments[i];

		appendStringInfoString(json, i > 0 ? ", " : "");
		put_number(json, write_varies(moments) ? write_scale_of(moments, column->present) : 0);
	}
	appendStringInfoChar(json, ']');
	return column->n;
}

/* names and codes are not told from numbers but by what they look like */
static void
write_refuse_numbers(const NtkLearnedColumn *column)
{
	const char *name = quote_identifier(column->name);

	switch (column->type.type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
			break;
		default:
			return;
	}
	if (column->levels->all_numbers && column->levels->table->members > 2)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" holds numbers as text", column->name),
				 errhint("Cast it, for example %s::double precision, or leave it out.", name)));
}

static int
put_category_column(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	NtkLevel  **sorted;
	int64		least = state->rows < SMALL_TABLE ? LEAST_COUNT_SMALL : LEAST_COUNT;
	int64		rest = column->present;
	int			most = Min(column->levels->table->members, (uint32) state->max_levels);
	int			n = 0;

	write_refuse_numbers(column);
	sorted = ntk_sort_levels(column->levels);
	while (n < most && sorted[n]->number >= least)
		rest -= sorted[n++]->number;
	/* a single level, or none and nothing but others */
	if (n == 0 || (n == 1 && rest == 0))
	{
		pfree(sorted);
		return 0;
	}
	appendStringInfoString(json, ", \"levels\": [");
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(json, i > 0 ? ", " : "");
		put_text(json, sorted[i]->key.text, sorted[i]->key.length);
	}
	appendStringInfoString(json, rest > 0 ? "], \"other\": true" : "]");
	pfree(sorted);
	return n + (rest > 0);
}

static int
put_kind(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	switch (column->type.kind)
	{
		case NTK_KIND_NUMBER:
			return put_number_column(json, column);
		case NTK_KIND_BOOLEAN:
			return put_boolean_column(json, column);
		case NTK_KIND_CATEGORY:
			return put_category_column(json, column, state);
		case NTK_KIND_TIME:
			return put_time_column(json, column);
		case NTK_KIND_ARRAY:
			return put_array_column(json, column);
		default:
			elog(ERROR, "column of kind %d", column->type.kind);
	}
}

/* a column's object after ", ", if it varies; returns its number of inputs */
static int
put_column(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	bool		missing = column->present < state->rows;
	StringInfoData own;
	int			inputs = 0;

	if (column->present == 0)
		return 0;
	initStringInfo(&own);
	inputs = put_kind(&own, column, state);
	if (inputs > 0 || missing)
	{
		appendStringInfoString(json, ", {\"name\": ");
		escape_json(json, column->name);
		appendStringInfo(json, ", \"kind\": \"%s\"",
						 ntk_kind_names[inputs > 0 ? column->type.kind : NTK_KIND_CONSTANT]);
		appendBinaryStringInfo(json, own.data, own.len);
		appendStringInfoString(json, missing ? ", \"missing\": true}" : "}");
		inputs += missing;
	}
	pfree(own.data);
	return inputs;
}

Datum
ntk_write_encoding(const NtkLearned *state)
{
	StringInfoData columns;
	char	   *json;
	int64		inputs = 0;

	initStringInfo(&columns);
	for (int i = 0; i < state->n; i++)
		inputs += put_column(&columns, &state->columns[i], state);
	if (inputs == 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("no column varies")));
	ntk_check_range("the number of inputs of an encoding", inputs, 1, NTK_MAX_INPUT_DIM);
	json = psprintf("{\"inputs\": %d, \"missing\": \"impute\", \"columns\": [%s]}", (int) inputs,
					columns.data + 2);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}
