/*
 * column_scale.h
 *		How the numbers of a column are brought to one scale (docs/MATH.md §9).
 *
 *		standard	(v - centre) / scale, by mean and standard deviation
 *		clip		z = (v - centre) / scale, by median and interquartile range; z / sqrt(1 + (z/3)^2)
 *		quantile	the normal quantile of the rank of v: linear between knots
 *		asinh		asinh((v - centre) / scale), by median and median absolute deviation
 *
 * Beside the one number that these give, a column may have a thermometer code: of the bins between
 * edges, input i is how much of bin i lies below v, from 0 to 1.
 *
 * All of it is fitted to a sorted sample of the column, with weights.
 */
#ifndef NTK_COLUMN_SCALE_H
#define NTK_COLUMN_SCALE_H

#include <stdbool.h>

typedef enum ntk_scaling
{
	NTK_SCALING_STANDARD,
	NTK_SCALING_CLIP,
	NTK_SCALING_QUANTILE,
	NTK_SCALING_ASINH
} ntk_scaling;

#define NTK_SCALINGS 4

#define NTK_MOST_KNOTS 1000		/* of a quantile scale */
#define NTK_MOST_BINS 1000
#define NTK_FARTHEST_NORMAL 4.0 /* no knot lies farther from 0 */

extern const char *const ntk_scaling_names[NTK_SCALINGS];

typedef struct ntk_column_scale
{
	ntk_scaling way;
	double		centre;
	double		scale;			/* positive */
	double		low;			/* values beyond these count as these; infinite: there are none */
	double		high;
	int			knots;			/* of quantile: at least 2 */
	double	   *values;			/* [knots], ascending */
	double	   *normals;		/* [knots], not descending */
	int			bins;			/* 0, or at least 2 */
	double	   *edges;			/* [bins + 1], ascending */
} ntk_column_scale;

/* A column's value; it is not finite where it overflows. Does not look at low and high. */
extern double ntk_column_scale_apply(const ntk_column_scale *scale, double value);

/* Its thermometer code, into x [bins]. */
extern void ntk_column_scale_bins(const ntk_column_scale *scale, double value, double *x);

/* A sample of a column: n >= 1 distinct values, ascending, and their positive weights. */
typedef struct ntk_column_sample
{
	int			n;
	const double *values;
	const double *weights;
	double		total;			/* the sum of the weights */
} ntk_column_sample;

/* The smallest value at or below which a share p of the weight lies. */
extern double ntk_sample_quantile(const ntk_column_sample *sample, double p);

/*
 * The share of the variance that the 1 % of the weight farthest from the mean has: 0.03 of a
 * uniform, 0.08 of a normal, 0.22 of an exponential distribution.
 */
extern double ntk_sample_tail_share(const ntk_column_sample *sample);

/*
 * Fits clip, quantile or asinh to a sample of at least two values. Arrays of the scale have room for
 * min(n, NTK_MOST_KNOTS) knots; it does not touch low, high and bins. work is [n].
 */
extern void ntk_column_scale_fit(const ntk_column_sample *sample, ntk_scaling way, double *work,
								 ntk_column_scale *scale);

/*
 * At most so many bins, of about equal weight where no value recurs; a value that recurs does not take
 * more than one edge. edges has room for bins + 1. Gives back how many bins there are: 0, or
 * at least 2, for with one the code is the value itself.
 */
extern int	ntk_column_bins_fit(const ntk_column_sample *sample, int bins, double *edges);

#endif
