/*
 * table.c
 *		Piecewise cubic interpolation.
 */
#include "core/base/table.h"

#include <math.h>
#include <string.h>

#include "core/base/simd.h"

#define PI 3.141592653589793238462643383280
#define PAUSE_EVERY 1024		/* intervals: a few milliseconds */

void
ntk_table_init(ntk_table *table, int intervals, double (*f) (double t, const void *context),
			   const void *context, float *memory, ntk_pause pause)
{
	double		node[4];

	for (int k = 0; k < 4; k++)
		node[k] = 0.5 - 0.5 * cos((2 * k + 1) * PI / 8);

	for (int i = 0; i < intervals; i++)
	{
		double		c[4];
		float	   *out = memory + NTK_TABLE_FLOATS(i);

		for (int k = 0; k < 4; k++)
			c[k] = f(-1.0 + (i + node[k]) * 2.0 / intervals, context);

		/* divided differences, then Newton's form expanded into powers */
		for (int order = 1; order < 4; order++)
			for (int k = 3; k >= order; k--)
				c[k] = (c[k] - c[k - 1]) / (node[k] - node[k - order]);
		for (int order = 2; order >= 0; order--)
			for (int k = order; k < 3; k++)
				c[k] -= node[order] * c[k + 1];

		for (int k = 0; k < 4; k++)
			out[k] = (float) c[k];
		if (i % PAUSE_EVERY == 0)
			ntk_pause_if(pause);
	}
	table->intervals = intervals;
	table->coefficient = memory;
}

/* the coefficients of eight intervals, by power */
NTK_INLINE void
table_look_up(const float *coefficient, const ntk_v8i *interval, ntk_v8 c[4])
{
	ntk_v8		row[4];			/* row[k]: intervals k and k + 4, four coefficients each */
	ntk_v8		low01,
				high01,
				low23,
				high23;

	for (int k = 0; k < 4; k++)
	{
		ntk_v4		a = *(const ntk_v4 *) (coefficient + 4 * (*interval)[k]);
		ntk_v4		b = *(const ntk_v4 *) (coefficient + 4 * (*interval)[k + 4]);

		row[k] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
	}
	low01 = __builtin_shufflevector(row[0], row[1], 0, 8, 1, 9, 4, 12, 5, 13);
	high01 = __builtin_shufflevector(row[0], row[1], 2, 10, 3, 11, 6, 14, 7, 15);
	low23 = __builtin_shufflevector(row[2], row[3], 0, 8, 1, 9, 4, 12, 5, 13);
	high23 = __builtin_shufflevector(row[2], row[3], 2, 10, 3, 11, 6, 14, 7, 15);
	c[0] = __builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13);
	c[1] = __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15);
	c[2] = __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13);
	c[3] = __builtin_shufflevector(high01, high23, 2, 3, 10, 11, 6, 7, 14, 15);
}

/* into [-1, 1]; comparisons of vectors give masks of 0 or -1 */
NTK_INLINE void
table_clamp(ntk_v8 *t)
{
	const ntk_v8 one = {1, 1, 1, 1, 1, 1, 1, 1};
	ntk_v8i		low = *t < -one;
	ntk_v8i		high = *t > one;

	*t = (ntk_v8) (((ntk_v8i) *t & ~(low | high)) | ((ntk_v8i) -one & low) |
				   ((ntk_v8i) one & high));
}

/* eight values; out may be x */
NTK_INLINE void
table_apply8(const ntk_table *table, const float *x, float unit, float scale, float *out)
{
	float		half = 0.5f * (float) table->intervals;
	ntk_v8		t = *(const ntk_v8 *) x * unit;
	ntk_v8i		interval;
	ntk_v8		c[4];
	ntk_v8		u;

	table_clamp(&t);
	interval = __builtin_convertvector(t * half + half, ntk_v8i);
	interval += interval == table->intervals;	/* true is -1: t = 1 is in the last one */
	/* not from t * half + half, which has lost the low digits of t */
	u = t * half + (half - __builtin_convertvector(interval, ntk_v8));
	table_look_up(table->coefficient, &interval, c);
	*(ntk_v8 *) out = scale * (c[0] + u * (c[1] + u * (c[2] + u * c[3])));
}

NTK_SIMD void
ntk_table_apply(const ntk_table *table, const float *x, int n, float unit, float scale,
				float *out)
{
	int			i = 0;

	for (; i + 8 <= n; i += 8)
		table_apply8(table, x + i, unit, scale, out + i);
	if (i < n)
	{
		float		rest[8] = {0};

		memcpy(rest, x + i, sizeof(float) * (n - i));
		table_apply8(table, rest, unit, scale, rest);
		memcpy(out + i, rest, sizeof(float) * (n - i));
	}
}
