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
#include "utils/memutils.h"

#include "pg/base/module.h"

#include "core/maps/map.h"

#define SMALL_TABLE 200			/* rows */
#define LEAST_COUNT 5			/* of a level that is kept ... */
#define LEAST_COUNT_SMALL 2		/* ... of a small table */
#define FEW_LEVELS 64			/* so many need no means of a target */
#define LEAST_RELIABILITY 0.8	/* of means: of their variance, the share that levels explain */
#define DEFAULT_BINS 8			/* of a column with a heavy tail ... */
#define ROWS_FOR_BINS 2000		/* ... in a table of at least so many rows */
#define LEAST_ROWS_OF_BIN 50
#define HEAVY_TAIL 0.2			/* of the variance: the share of the farthest 1 % of the values */

/* with all digits that the number has, whatever the setting extra_float_digits */
static void
put_number(StringInfo json, double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(number, digits);
	appendStringInfoString(json, digits);
}

static void
put_array(StringInfo json, const double *numbers, int n)
{
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(json, i > 0 ? ", " : "[");
		put_number(json, numbers[i]);
	}
	appendStringInfoChar(json, ']');
}

static void
put_numbers(StringInfo json, const char *key, const double *numbers, int n)
{
	appendStringInfo(json, ", \"%s\": ", key);
	put_array(json, numbers, n);
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
write_scale_of(const NtkMoments *moments, double weight)
{
	double		deviation = sqrt(moments->m2 / weight);

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
	put_number(json, write_scale_of(column->moments, column->weight));
}

/* the functions below write the part of a column's object that its kind has, and return how
 * many inputs that makes; 0: the column does not vary, and nothing was written */

/* Two values have no tail: every transform of them is the same but for the scale. */
static bool
write_has_heavy_tail(const ntk_column_sample *sample)
{
	return sample->n > 2 && ntk_sample_tail_share(sample) > HEAVY_TAIL;
}

/* mean and standard deviation serve a column that has no heavy tail */
static ntk_scaling
write_choose_scaling(const ntk_column_sample *sample, int scaling)
{
	if (sample->n <= 2)
		return NTK_SCALING_STANDARD;
	if (scaling != NTK_SCALING_AUTO)
		return scaling;
	return write_has_heavy_tail(sample) ? NTK_SCALING_QUANTILE : NTK_SCALING_STANDARD;
}

/*
 * With few rows, so many inputs more lose more than they gain; so does a bin that few rows reach. Those
 * that have the most frequent value fill no bin.
 */
static int
write_choose_bins(const ntk_column_sample *sample, const NtkLearnedColumn *column,
				  const NtkLearned *state)
{
	double		most = 0;

	if (state->options.bins != NTK_BINS_AUTO)
		return state->options.bins;
	if (state->rows < ROWS_FOR_BINS || !write_has_heavy_tail(sample))
		return 0;
	for (int i = 0; i < sample->n; i++)
		most = Max(most, sample->weights[i]);
	return (int) Min(DEFAULT_BINS, rint(column->present * (1 - most / sample->total)) /
					 LEAST_ROWS_OF_BIN);
}

static void
put_transform(StringInfo json, const NtkLearnedColumn *column, const ntk_column_sample *sample,
			  ntk_scaling way)
{
	int			knots = Min(sample->n, NTK_MOST_KNOTS);
	double	   *work = palloc(sizeof(double) * sample->n);
	ntk_column_scale scale = {
		.values = palloc(sizeof(double) * knots),.normals = palloc(sizeof(double) * knots)
	};

	if (way == NTK_SCALING_STANDARD)
	{
		put_standard(json, column);
		return;
	}
	ntk_column_scale_fit(sample, way, work, &scale);
	appendStringInfo(json, ", \"transform\": \"%s\"", ntk_scaling_names[way]);
	if (way == NTK_SCALING_QUANTILE)
	{
		put_numbers(json, "knots", scale.values, scale.knots);
		put_numbers(json, "normals", scale.normals, scale.knots);
		return;
	}
	appendStringInfoString(json, ", \"median\": ");
	put_number(json, scale.centre);
	appendStringInfoString(json, ", \"scale\": ");
	put_number(json, scale.scale);
}

/* returns how many */
static int
put_bins(StringInfo json, const ntk_column_sample *sample, int bins)
{
	double	   *edges = palloc(sizeof(double) * (bins + 1));
	int			n = ntk_column_bins_fit(sample, bins, edges);

	if (n > 0)
		put_numbers(json, "bins", edges, n + 1);
	return n;
}

/* what needs the sample, in a memory context of its own; returns the number of bins */
static int
put_sampled(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "ntk_encoding column",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(own);
	ntk_column_sample sample = ntk_number_sample_column(state->sample, column->sampled,
														&column->ties, column->weight);
	int			most_bins = write_choose_bins(&sample, column, state);
	int			bins = 0;

	put_transform(json, column, &sample, write_choose_scaling(&sample, state->options.scaling));
	if (most_bins > 1)
		bins = put_bins(json, &sample, most_bins);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(own);
	return bins;
}

static int
put_number_column(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	double		range[2] = {column->moments->min, column->moments->max};
	int			bins = 0;

	if (!write_varies(column->moments))
		return 0;
	if (state->sample)
		bins = put_sampled(json, column, state);
	else
		put_standard(json, column);
	if (state->options.clips)
		put_numbers(json, "range", range, 2);
	return 1 + bins;
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
		put_number(json, write_varies(moments) ? write_scale_of(moments, column->weight) : 0);
	}
	appendStringInfoChar(json, ']');
	return column->n;
}

/* names and codes are not told from numbers but by what they look like */
static bool
write_holds_numbers(const NtkLearnedColumn *column)
{
	switch (column->type.type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
			return column->levels->all_numbers && column->levels->table->members > 2;
		default:
			return false;
	}
}

static void
write_tell_numbers(const NtkLearnedColumn *column, int levels)
{
	const char *name = quote_identifier(column->name);

	ereport(NOTICE,
			(errmsg("column \"%s\" holds numbers as text: its values are taken for codes",
					column->name),
			 errdetail("Of %u different ones %d have an input of their own.",
					   column->levels->table->members, levels),
			 errhint("If it is a quantity, cast it, for example %s::double precision.", name)));
}

/* Weights may count a row more than once, or be so small that all rows together count as few. */
static bool
write_is_frequent(const NtkLevel *level, int64 least)
{
	return level->number >= least || level->weight >= least;
}

/*
 * Of the variance of a target between levels and within them, by the method of moments: what a
 * level's mean must be divided by, (1 + within / (between * its weight)), so that it is the best linear
 * guess of what rows of this level have. That is within / between; infinite if levels do not differ.
 */
static double
write_shrinkage(const NtkLearnedColumn *column, NtkLevel **levels, int n, int target)
{
	const NtkMoments *all = &column->targets[target];
	double		unit = column->weight / column->present;	/* the weight of one row */
	double		rows = column->target_weight / unit;
	double		among = 0,
				squares = 0,
				within,
				between;

	for (int i = 0; i < n; i++)
	{
		double		weight = levels[i]->target_weight / unit;
		double		deviation = weight > 0 ? levels[i]->target_means[target] - all->mean : 0;

		among += weight * deviation * deviation;
		squares += weight * weight;
	}
	if (!(rows > n && rows > squares / rows))
		return INFINITY;
	within = Max(all->m2 / unit - among, 0) / (rows - n);
	between = (among - (n - 1) * within) / (rows - squares / rows);
	return between > 0 ? within / between * unit : INFINITY;
}

/*
 * The shrunken deviations of the levels' means, to a standard deviation of 1 over the rows. false: they
 * are not reliable. A row's own target is part of its level's mean, so the rows that are fitted show
 * a larger effect than others, by the reciprocal of the reliability.
 */
static bool
write_level_means(const NtkLearnedColumn *column, NtkLevel **levels, int n, int target, double *means)
{
	double		shrinkage = write_shrinkage(column, levels, n, target);
	double		square = 0,
				reliable = 0,
				total = 0;

	for (int i = 0; i < n; i++)
	{
		double		weight = levels[i]->target_weight;
		double		share = weight > 0 ? weight / (weight + shrinkage) : 0;

		means[i] = share > 0 ?
			(levels[i]->target_means[target] - column->targets[target].mean) * share : 0;
		square += weight * means[i] * means[i];
		reliable += weight * share;
		total += weight;
	}
	if (!(reliable >= LEAST_RELIABILITY * total && square > 0 && isfinite(square)))
		return false;
	for (int i = 0; i < n; i++)
		means[i] /= sqrt(square / total);
	return true;
}

/* returns how many inputs that makes */
static int
put_level_means(StringInfo json, const NtkLearnedColumn *column, NtkLevel **levels, int n,
				int targets)
{
	double	   *means = palloc(sizeof(double) * n);
	int			inputs = 0;

	for (int target = 0; target < targets; target++)
	{
		if (!write_level_means(column, levels, n, target, means))
			continue;
		appendStringInfoString(json, inputs > 0 ? ", " : ", \"means\": [");
		put_array(json, means, n);
		inputs++;
	}
	if (inputs > 0)
		appendStringInfoChar(json, ']');
	pfree(means);
	return inputs;
}

static int
put_category_column(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	NtkLevel  **sorted;
	bool		is_small = state->rows < SMALL_TABLE && state->weight < SMALL_TABLE;
	int64		least = is_small ? LEAST_COUNT_SMALL : LEAST_COUNT;
	int64		rest = column->present;
	int			most = Min(column->levels->table->members, (uint32) state->max_levels);
	int			n = 0;
	int			means = 0;

	sorted = ntk_sort_levels(column->levels);
	while (n < most && write_is_frequent(sorted[n], least))
		rest -= sorted[n++]->number;
	if (write_holds_numbers(column))
		write_tell_numbers(column, n);
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
	if (column->targets && n > FEW_LEVELS)
		means = put_level_means(json, column, sorted, n, state->targets);
	pfree(sorted);
	return n + (rest > 0) + means;
}

static int
put_kind(StringInfo json, const NtkLearnedColumn *column, const NtkLearned *state)
{
	switch (column->type.kind)
	{
		case NTK_KIND_NUMBER:
			return put_number_column(json, column, state);
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

	ntk_check_interrupts();
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
	json = psprintf("{\"inputs\": %d, \"missing\": \"impute\"%s, \"columns\": [%s]}", (int) inputs,
					state->options.nan_is_missing ? ", \"nan\": \"missing\"" : "",
					columns.data + 2);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}
