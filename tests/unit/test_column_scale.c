/*
 * test_column_scale.c
 *		Scales of columns: fitted to samples whose quantiles are known; at and beyond the ends of
 *		double precision.
 */
#include "core/regression/column_scale.h"

#include <float.h>

#include "core/regression/posterior.h"

#include "fixture.h"
#include "tap.h"

#define N 4001

static ntk_column_sample
sample_of(const double *values, const double *weights, int n)
{
	ntk_column_sample sample = {n, values, weights, 0};

	for (int i = 0; i < n; i++)
		sample.total += weights[i];
	return sample;
}

static ntk_column_scale
fit(const ntk_column_sample *sample, ntk_scaling way)
{
	ntk_column_scale scale = {.values = doubles(sample->n),.normals = doubles(sample->n)};

	ntk_column_scale_fit(sample, way, doubles(sample->n), &scale);
	return scale;
}

static double *
ones(int n)
{
	double	   *weights = doubles(n);

	for (int i = 0; i < n; i++)
		weights[i] = 1;
	return weights;
}

/* of a distribution with this quantile function, N values of equal weight */
static ntk_column_sample
drawn(double (*quantile) (double))
{
	double	   *values = doubles(N);

	for (int i = 0; i < N; i++)
		values[i] = quantile((i + 0.5) / N);
	return sample_of(values, ones(N), N);
}

static double
uniform(double p)
{
	return p;
}

static double
exponential(double p)
{
	return -log(1 - p);
}

static double
heavy(double p)
{
	return exp(2 * ntk_normal_quantile(p));
}

static void
test_tail_share(void)
{
	double		outlier[] = {-1, 0, 1, 1e9};
	double		often[] = {999, 1000, 999, 1};
	double		huge[] = {-1e308, 1e308};
	ntk_column_sample sample = drawn(uniform);

	near(ntk_sample_tail_share(&sample), 0.0297, 1e-3, "tail share of a uniform distribution");
	sample = drawn(ntk_normal_quantile);
	near(ntk_sample_tail_share(&sample), 0.0845, 3e-3, "of a normal distribution");
	sample = drawn(exponential);
	near(ntk_sample_tail_share(&sample), 0.225, 5e-3, "of an exponential distribution");
	sample = drawn(heavy);
	ok(ntk_sample_tail_share(&sample) > 0.5, "of a lognormal one it is large");
	sample = sample_of(outlier, often, 4);
	ok(ntk_sample_tail_share(&sample) > 0.999, "one outlier has nearly all variance");
	sample = sample_of(huge, ones(2), 2);
	near(ntk_sample_tail_share(&sample), 0.01, 1e-12, "numbers whose squares overflow");
	sample = sample_of(huge, ones(1), 1);
	near(ntk_sample_tail_share(&sample), 0, 0, "a constant has none");
}

static void
test_quantile(void)
{
	ntk_column_sample sample = drawn(heavy);
	ntk_column_scale scale = fit(&sample, NTK_SCALING_QUANTILE);
	double		worst = 0;

	for (int i = 0; i < N; i++)
		worst = fmax(worst, fabs(ntk_column_scale_apply(&scale, sample.values[i]) -
								 ntk_normal_quantile((i + 0.5) / N)));
	ok(worst < 0.011, "the quantile scale gives normal quantiles, to the tolerance (%g)", worst);
	ok(scale.knots > 10 && scale.knots < 300, "few knots are kept: %d", scale.knots);
	near(ntk_column_scale_apply(&scale, 1e300), scale.normals[scale.knots - 1], 0,
		 "beyond the largest value");
	near(ntk_column_scale_apply(&scale, -5), scale.normals[0], 0, "below the smallest value");
	for (int i = 1; i < scale.knots; i++)
		if (!(scale.values[i] > scale.values[i - 1] && scale.normals[i] >= scale.normals[i - 1]))
			ok(0, "knots ascend");
}

static void
test_ties(void)
{
	double		values[] = {0, 1, 2, 100};
	double		weights[] = {80, 10, 9, 1};
	ntk_column_sample sample = sample_of(values, weights, 4);
	ntk_column_scale scale = fit(&sample, NTK_SCALING_QUANTILE);

	near(ntk_column_scale_apply(&scale, 0), ntk_normal_quantile(0.4), 1e-12,
		 "a value that recurs has the middle of its ranks");
	near(ntk_column_scale_apply(&scale, 1.5),
		 (ntk_normal_quantile(0.85) + ntk_normal_quantile(0.945)) / 2, 1e-12,
		 "between knots the scale is linear");
	scale = fit(&sample, NTK_SCALING_CLIP);
	near(scale.centre, 0, 0, "centre of a column of zeros, nearly");
	near(scale.scale, 1, 0, "its scale is that of the others");
	near(ntk_column_scale_apply(&scale, 3), 3 / sqrt(2), 1e-12, "smooth clip");
	scale = fit(&sample, NTK_SCALING_ASINH);
	near(scale.scale, 1, 0, "scale for asinh");
	near(ntk_column_scale_apply(&scale, 100), asinh(100), 1e-12, "asinh");
}

static void
test_robust(void)
{
	ntk_column_sample sample = drawn(ntk_normal_quantile);
	ntk_column_scale scale = fit(&sample, NTK_SCALING_CLIP);

	near(scale.centre, 0, 1e-3, "median of a normal distribution");
	near(scale.scale, 1, 2e-3, "its interquartile range in standard deviations");
	scale = fit(&sample, NTK_SCALING_ASINH);
	near(scale.scale, 1, 2e-3, "its median absolute deviation in standard deviations");
}

static void
test_extremes(void)
{
	double		values[] = {-DBL_MAX, -1e-320, 0, 1e-320, DBL_MAX};
	ntk_column_sample sample = sample_of(values, ones(5), 5);
	double		edges[9],
				x[8];
	int			wrong = 0;

	for (int way = NTK_SCALING_CLIP; way < NTK_SCALINGS; way++)
	{
		ntk_column_scale scale = fit(&sample, way);

		scale.edges = edges;
		scale.bins = ntk_column_bins_fit(&sample, 8, edges);
		for (int i = 0; i < 5; i++)
		{
			double		z = ntk_column_scale_apply(&scale, values[i]);

			ntk_column_scale_bins(&scale, values[i], x);
			wrong += isnan(z) || (way != NTK_SCALING_ASINH && !(fabs(z) <= 4));
			for (int j = 0; j < scale.bins; j++)
				wrong += !(x[j] >= 0 && x[j] <= 1);
		}
	}
	ok(wrong == 0, "the largest and the smallest numbers");
}

static void
test_bins(void)
{
	double		values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
	double		zeros[] = {8000, 1, 1, 1, 1, 1, 1, 1, 1};
	double		edges[10],
				x[9];
	ntk_column_sample sample = drawn(uniform);
	ntk_column_scale scale = {.edges = edges};

	scale.bins = ntk_column_bins_fit(&sample, 4, edges);
	ok(scale.bins == 4, "four bins");
	for (int i = 0; i <= 4; i++)
		near(edges[i], i / 4.0, 1e-3, "edge %d of a uniform distribution", i);
	ntk_column_scale_bins(&scale, 0.375, x);
	near(x[0], 1, 0, "a bin below the value");
	near(x[1], 0.5, 5e-3, "the bin of the value");
	near(x[2] + x[3], 0, 0, "bins above the value");
	sample = sample_of(values, zeros, 9);
	ok(ntk_column_bins_fit(&sample, 4, edges) == 4, "a value that recurs leaves bins to others");
	ok(edges[0] == 0 && edges[1] >= 1 && edges[1] <= 3 && edges[4] == 8, "and they are spread");
	ok(ntk_column_bins_fit(&sample, 8, edges) <= 8 && ntk_column_bins_fit(&sample, 9, edges) <= 9,
	   "no more bins than were asked for");
	sample.n = 2;
	sample.total = 8001;
	ok(ntk_column_bins_fit(&sample, 8, edges) == 0, "two values have no bins");
}

int
main(void)
{
	test_tail_share();
	test_quantile();
	test_ties();
	test_robust();
	test_extremes();
	test_bins();
	return done_testing();
}
