/*
 * number_sample.h
 *		A sample of the numeric columns of rows, for quantiles.
 *
 * It is a sample of rows by the hash of their numbers (row_sample.h), so it depends on neither
 * their order nor the plan, and samples merge. A value that most rows have may be missed where rows
 * have few columns: how often 0 and the ends of a column occurred is counted of all rows.
 */
#ifndef NTK_NUMBER_SAMPLE_H
#define NTK_NUMBER_SAMPLE_H

#include "pg/base/row_sample.h"

#include "core/regression/column_scale.h"

/* Weights of the values of a column that are 0, its least and its largest. */
typedef struct NtkNumberTies
{
	double		low;
	double		high;
	double		at_zero;
	double		at_low;
	double		at_high;
} NtkNumberTies;

/* Of rows with so many numbers. */
extern NtkRowSample *ntk_number_sample_create(MemoryContext parent, int columns);

/* The row at hand: all of its numbers missing, one of them set, and all added to the sample. */
extern void ntk_number_sample_clear(NtkRowSample *sample);
extern void ntk_number_sample_set(NtkRowSample *sample, int column, double value);
extern void ntk_number_sample_add(NtkRowSample *sample, double weight);

/* is_first: ties are of no value yet */
extern void ntk_number_ties_add(NtkNumberTies *ties, double value, double weight, bool is_first);

/* Neither is empty. */
extern void ntk_number_ties_merge(NtkNumberTies *into, const NtkNumberTies *from);

/*
 * The sample of a column whose weights sum to total, in the current memory context. The column has
 * a value.
 */
extern ntk_column_sample ntk_number_sample_column(NtkRowSample *sample, int column,
												  const NtkNumberTies *ties, double total);

#endif
