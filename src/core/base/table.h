/*
 * table.h
 *		A smooth function on [-1, 1] as a table of cubic pieces.
 *
 * [-1, 1] is cut into n equal intervals; on each the function is interpolated at
 * the four Chebyshev nodes, so the error is at most (1/n)^4 / 192 * max |f''''|.
 * The coefficients of an interval lie side by side: one cache line a look-up.
 */
#ifndef NTK_TABLE_H
#define NTK_TABLE_H

#include "core/base/status.h"

#include <stddef.h>

typedef struct ntk_table
{
	int			intervals;
	const float *coefficient;	/* [intervals][4], powers of the position in [0, 1) */
} ntk_table;

#define NTK_TABLE_FLOATS(intervals) (4 * (size_t) (intervals))

/* memory: NTK_TABLE_FLOATS(intervals) floats that live as long as the table */
extern void ntk_table_init(ntk_table *table, int intervals,
						   double (*f) (double t, const void *context), const void *context,
						   float *memory, ntk_pause pause);

/*
 * out[i] = scale * f(unit * x[i]) for i < n, x finite, arguments clamped to [-1, 1].
 * out may be x.
 */
extern void ntk_table_apply(const ntk_table *table, const float *x, int n, float unit,
							float scale, float *out);

#endif
