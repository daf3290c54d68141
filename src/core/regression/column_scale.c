/*
 * column_scale.c
 *		How the numbers of a column are brought to one scale.
 */
#include "core/regression/column_scale.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "core/regression/posterior.h"

#define SOFT_LIMIT 3.0			/* what clip tends to */
#define NORMAL_IQR 1.3489795003921634	/* of the standard normal distribution */
#define NORMAL_MAD 0.6744897501960817
#define KNOT_TOLERANCE 0.01		/* how far a knot that is left out may be off the line */

const char *const ntk_scaling_names[NTK_SCALINGS] = {"standard", "clip", "quantile", "asinh"};

/* Applying */

/* where value lies between low and high, from 0 to 1 */
static double
scale_share(double value, double low, double high)
{
	double		span = high - low;

	if (!(value > low))
		return 0;
	if (!(value < high))
		return 1;
	return isfinite(span) ? (value - low) / span : (value / 2 - low / 2) / (high / 2 - low / 2);
}

/* the largest i with ascending[i] <= value, below n - 1; 0 if there is none */
static int
scale_find(const double *ascending, int n, double value)
{
	int			low = 0;
	int			high = n - 1;

	while (high - low > 1)
	{
		int			middle = (low + high) / 2;

		if (ascending[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static double
scale_apply_quantile(const ntk_column_scale *scale, double value)
{
	int			i = scale_find(scale->values, scale->knots, value);
	double		share = scale_share(value, scale->values[i], scale->values[i + 1]);

	return scale->normals[i] + share * (scale->normals[i + 1] - scale->normals[i]);
}

double
ntk_column_scale_apply(const ntk_column_scale *scale, double value)
{
	double		z;

	if (scale->way == NTK_SCALING_QUANTILE)
		return scale_apply_quantile(scale, value);
	z = (value - scale->centre) / scale->scale;
	switch (scale->way)
	{
		case NTK_SCALING_CLIP:	/* a large z may overflow, its limit does not */
			return fabs(z) > 1e8 ? copysign(SOFT_LIMIT, z) : z / hypot(1, z / SOFT_LIMIT);
		case NTK_SCALING_ASINH:
			return asinh(z);
		default:
			return z;
	}
}

void
ntk_column_scale_bins(const ntk_column_scale *scale, double value, double *x)
{
	for (int i = 0; i < scale->bins; i++)
		x[i] = scale_share(value, scale->edges[i], scale->edges[i + 1]);
}

/* Samples */

double
ntk_sample_quantile(const ntk_column_sample *sample, double p)
{
	double		below = 0;

	for (int i = 0; i < sample->n; i++)
	{
		below += sample->weights[i];
		if (below >= p * sample->total)
			return sample->values[i];
	}
	return sample->values[sample->n - 1];
}

/* values count in units of the largest, so that their squares do not overflow */
double
ntk_sample_tail_share(const ntk_column_sample *sample)
{
	const double *values = sample->values;
	double		unit = fmax(fabs(values[0]), fabs(values[sample->n - 1]));
	double		mean = 0,
				variance = 0,
				tail = 0,
				left = 0.01 * sample->total;
	int			low = 0;
	int			high = sample->n - 1;

	if (!(unit > 0))
		return 0;
	for (int i = 0; i < sample->n; i++)
		mean += values[i] / unit * (sample->weights[i] / sample->total);
	for (int i = 0; i < sample->n; i++)
	{
		double		deviation = values[i] / unit - mean;

		variance += deviation * deviation * sample->weights[i];
	}
	/* the farthest first, from both ends */
	while (left > 0 && low <= high)
	{
		double		below = mean - values[low] / unit;
		double		above = values[high] / unit - mean;
		int			i = below > above ? low++ : high--;
		double		weight = fmin(left, sample->weights[i]);

		tail += weight * fmax(below, above) * fmax(below, above);
		left -= weight;
	}
	return variance > 0 ? tail / variance : 0;
}

/* Fitting */

/*
 * The median distance from the centre, of those values that are not equal to it if all is set to
 * false; work is [n]. Distances of both sides are merged, so nothing need be sorted.
 */
static double
scale_median_distance(const ntk_column_sample *sample, double centre, bool all)
{
	const double *values = sample->values;
	double		total = 0,
				inside = 0;
	int			below = -1;
	int			above;

	for (int i = 0; i < sample->n; i++)
		if (all || values[i] != centre)
			total += sample->weights[i];
	while (below + 1 < sample->n && values[below + 1] < centre)
		below++;
	above = below + 1;
	if (!all && above < sample->n && values[above] == centre)
		above++;
	while (below >= 0 || above < sample->n)
	{
		double		left = below >= 0 ? centre - values[below] : INFINITY;
		double		right = above < sample->n ? values[above] - centre : INFINITY;

		inside += sample->weights[left < right ? below-- : above++];
		if (2 * inside >= total)
			return fmin(left, right);
	}
	return 0;
}

/*
 * Half of the values or more may be the same. Then the scale is the distance from it of those that
 * are not.
 */
static double
scale_spread(const ntk_column_sample *sample, double centre, ntk_scaling way)
{
	double		spread = way == NTK_SCALING_CLIP
		? (ntk_sample_quantile(sample, 0.75) - ntk_sample_quantile(sample, 0.25)) / NORMAL_IQR
		: scale_median_distance(sample, centre, true) / NORMAL_MAD;

	if (!(spread > 0))
		spread = scale_median_distance(sample, centre, false);
	return fmin(fmax(spread, DBL_MIN), DBL_MAX);
}

/* the normal quantile of the middle of the ranks of every value */
static void
scale_rank(const ntk_column_sample *sample, double *normals)
{
	double		below = 0;

	for (int i = 0; i < sample->n; i++)
	{
		double		p = (below + sample->weights[i] / 2) / sample->total;
		double		z = ntk_normal_quantile(fmin(fmax(p, 1e-6), 1 - 1e-6));

		normals[i] = fmin(fmax(z, -NTK_FARTHEST_NORMAL), NTK_FARTHEST_NORMAL);
		below += sample->weights[i];
	}
}

/*
 * Keeps of the points (value, normal) the first, the last and those that lines between neighbours do
 * not give to the tolerance. A line from a kept point may go on while its slope is in the
 * cone that the points on the way leave. Gives back how many are kept, or most + 1.
 */
static int
scale_thin(const ntk_column_sample *sample, const double *normals, double tolerance, int most,
		   ntk_column_scale *scale)
{
	double		unit = fmax(fabs(sample->values[0]), fabs(sample->values[sample->n - 1]));
	double		least = -INFINITY,
				greatest = INFINITY;
	int			from = 0;
	int			kept = 0;

	for (int i = 0; i < sample->n; i++)
	{
		double		run = i > from ? sample->values[i] / unit - sample->values[from] / unit : 0;
		double		slope = run > 0 ? (normals[i] - normals[from]) / run : 0;

		if (i > from + 1 && !(run > 0 && slope >= least && slope <= greatest))
		{
			from = i - 1;
			least = -INFINITY;
			greatest = INFINITY;
			if (kept == most)
				return most + 1;
			scale->values[kept] = sample->values[from];
			scale->normals[kept++] = normals[from];
			run = sample->values[i] / unit - sample->values[from] / unit;
		}
		if (i == 0 || i == sample->n - 1)
		{
			if (kept == most)
				return most + 1;
			scale->values[kept] = sample->values[i];
			scale->normals[kept++] = normals[i];
		}
		else if (run > 0)
		{
			least = fmax(least, (normals[i] - tolerance - normals[from]) / run);
			greatest = fmin(greatest, (normals[i] + tolerance - normals[from]) / run);
		}
	}
	return kept;
}

static void
scale_fit_quantile(const ntk_column_sample *sample, double *work, ntk_column_scale *scale)
{
	int			most = sample->n < NTK_MOST_KNOTS ? sample->n : NTK_MOST_KNOTS;
	double		tolerance = KNOT_TOLERANCE;

	scale_rank(sample, work);
	while ((scale->knots = scale_thin(sample, work, tolerance, most, scale)) > most)
		tolerance *= 2;
}

void
ntk_column_scale_fit(const ntk_column_sample *sample, ntk_scaling way, double *work,
					 ntk_column_scale *scale)
{
	scale->way = way;
	scale->knots = 0;
	if (way == NTK_SCALING_QUANTILE)
	{
		scale_fit_quantile(sample, work, scale);
		return;
	}
	scale->centre = ntk_sample_quantile(sample, 0.5);
	scale->scale = scale_spread(sample, scale->centre, way);
}

/* the most weight that a value may have to fill half a bin, when others are cut to that, too */
static double
scale_bin_limit(const ntk_column_sample *sample, int bins, double *total)
{
	double		limit = INFINITY;

	*total = sample->total;
	for (int round = 0; round < 50; round++)
	{
		double		cut = 0;

		limit = *total / (2 * bins);
		for (int i = 0; i < sample->n; i++)
			cut += fmin(sample->weights[i], limit);
		if (!(cut < *total))
			break;
		*total = cut;
	}
	return limit;
}

int
ntk_column_bins_fit(const ntk_column_sample *sample, int bins, double *edges)
{
	double		total,
				below = 0;
	double		limit = scale_bin_limit(sample, bins, &total);
	int			n = 0;

	for (int i = 0; i < sample->n; i++)
	{
		below += fmin(sample->weights[i], limit);
		if (i == 0 || i == sample->n - 1 || (n < bins && below >= n * (total / bins)))
			edges[n++] = sample->values[i];
	}
	return n > 2 ? n - 1 : 0;
}
