/*
 * number_sample.c
 *		A sample of the numeric columns of rows, for quantiles.
 *
 * A number takes the place of two floats in a row of the sample, which copies and hashes them as bytes;
 * a missing one is NaN.
 */
#include "pg/rows/number_sample.h"

#include <math.h>

#include "utils/float.h"

#define MOST_SAMPLE_ROWS 10000
#define LEAST_SAMPLE_ROWS 1000
#define SAMPLE_BYTES ((Size) 16 * 1024 * 1024)	/* of numbers, where that leaves enough rows */
#define FLOATS (sizeof(double) / sizeof(float))

NtkRowSample *
ntk_number_sample_create(MemoryContext parent, int columns)
{
	Size		rows = SAMPLE_BYTES / (sizeof(double) * columns);

	return ntk_row_sample_create(parent, "the sample of columns of ntk_encoding",
								 (int) FLOATS * columns,
								 Max(Min(rows, MOST_SAMPLE_ROWS), LEAST_SAMPLE_ROWS));
}

void
ntk_number_sample_clear(NtkRowSample *sample)
{
	for (int i = 0; i < sample->dim / (int) FLOATS; i++)
		ntk_number_sample_set(sample, i, get_float8_nan());
}

/* -0 becomes 0, so that it is the same row */
void
ntk_number_sample_set(NtkRowSample *sample, int column, double value)
{
	double		number = value + 0.0;

	memcpy(sample->row + FLOATS * column, &number, sizeof(double));
}

void
ntk_number_sample_add(NtkRowSample *sample, double weight)
{
	ntk_row_sample_add(sample, weight, 0);
}

/* Ties */

void
ntk_number_ties_add(NtkNumberTies *ties, double value, double weight, bool is_first)
{
	NtkNumberTies own = {value, value, value == 0 ? weight : 0, weight, weight};

	if (is_first)
		*ties = own;
	else
		ntk_number_ties_merge(ties, &own);
}

void
ntk_number_ties_merge(NtkNumberTies *into, const NtkNumberTies *from)
{
	into->at_zero += from->at_zero;
	if (from->low < into->low)
	{
		into->low = from->low;
		into->at_low = from->at_low;
	}
	else if (from->low == into->low)
		into->at_low += from->at_low;
	if (from->high > into->high)
	{
		into->high = from->high;
		into->at_high = from->at_high;
	}
	else if (from->high == into->high)
		into->at_high += from->at_high;
}

/* Columns */

typedef struct SampleValue
{
	double		value;
	double		weight;
	bool		counted;		/* of all rows */
} SampleValue;

/* equal values: the counted one first */
static int
sample_compare_values(const void *a, const void *b)
{
	const SampleValue *x = a;
	const SampleValue *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (int) y->counted - (int) x->counted;
}

/* one of each value; returns how many */
static int
sample_unite_values(SampleValue *values, int n)
{
	int			kept = 0;

	for (int i = 1; i < n; i++)
	{
		if (values[i].value != values[kept].value)
			values[++kept] = values[i];
		else if (!values[kept].counted)
			values[kept].weight += values[i].weight;
	}
	return kept + 1;
}

/* those that are counted keep their weight, the others share what is left of total */
static void
sample_share_weight(SampleValue *values, int n, double total)
{
	double		counted = 0,
				sampled = 0;

	for (int i = 0; i < n; i++)
		*(values[i].counted ? &counted : &sampled) += values[i].weight;
	for (int i = 0; i < n && sampled > 0; i++)
		if (!values[i].counted)
			values[i].weight *= Max(total - counted, 0) / sampled;
}

ntk_column_sample
ntk_number_sample_column(NtkRowSample *sample, int column, const NtkNumberTies *ties, double total)
{
	SampleValue *values;
	double	   *numbers,
			   *weights;
	ntk_column_sample result = {0};
	int			n = 0;

	ntk_row_sample_compact(sample);
	values = palloc(sizeof(SampleValue) * (sample->count + 3));
	for (int i = 0; i < sample->count; i++)
	{
		const NtkSampleEntry *entry = &sample->entries[i];
		double		value;

		memcpy(&value, sample->rows + (Size) entry->place * sample->dim + FLOATS * column,
			   sizeof(double));
		if (!isnan(value))
			values[n++] = (SampleValue) {value, entry->weight, false};
	}
	values[n++] = (SampleValue) {ties->low + 0.0, ties->at_low, true};
	if (ties->high > ties->low)
		values[n++] = (SampleValue) {ties->high + 0.0, ties->at_high, true};
	if (ties->at_zero > 0 && ties->low < 0 && ties->high > 0)
		values[n++] = (SampleValue) {0, ties->at_zero, true};
	qsort(values, n, sizeof(SampleValue), sample_compare_values);
	n = sample_unite_values(values, n);
	sample_share_weight(values, n, total);

	numbers = palloc(sizeof(double) * n);
	weights = palloc(sizeof(double) * n);
	for (int i = 0; i < n; i++)
		if (values[i].weight > 0)
		{
			numbers[result.n] = values[i].value;
			weights[result.n++] = values[i].weight;
			result.total += values[i].weight;
		}
	pfree(values);
	result.values = numbers;
	result.weights = weights;
	return result;
}
