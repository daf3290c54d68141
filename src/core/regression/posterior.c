/*
 * posterior.c
 *		The predictive variance of ridge models.
 */
#include "core/regression/posterior.h"

#include <math.h>

/* less than this is rounding errors of df */
#define LEAST_LEFT 1e-3

#define NORMAL_DF 1e8			/* from here on t is normal, to 8 digits */

/* the pivots of a model that has no features to use: nothing is a deviation to it */
#define NO_FEATURES 1e150

size_t
ntk_posterior_doubles(int width, int targets)
{
	return (size_t) targets + width + ntk_rfp_size(width) + 1;
}

ntk_posterior
ntk_posterior_view(double *memory, int width, int targets)
{
	ntk_posterior posterior = {
		.noise = memory,
		.mean = memory + targets,
		.factor = memory + targets + width,
		.left = memory + targets + width + ntk_rfp_size(width),
	};

	return posterior;
}

/* the estimate of the noise about target c at the mean weight; see posterior.h */
static double
posterior_noise(const ntk_gram *gram, const ntk_ridge *fit, double rows, double left, int c)
{
	const double *weights = fit->weights + c * (size_t) gram->width;
	double		square = 0;
	double		residual = fit->train_mse[c] * rows;
	double		both;

	for (int i = 0; i < gram->width; i++)
		square += weights[i] * weights[i];
	both = (residual + fit->ridge * square * (rows / gram->target[0])) / (rows - 1);
	if (left < LEAST_LEFT && fit->ridge > 0)
		return both;
	return fmax(residual / left, both);
}

ntk_status
ntk_posterior_fill(const ntk_gram *gram, const ntk_ridge *fit, const double *factor, double rows,
				   double df, ntk_posterior *posterior)
{
	size_t		size = ntk_rfp_size(gram->width);
	double		total = gram->target[0];
	double		root = sqrt(total / rows);	/* of the mean weight */
	double		left = rows - df - 1;
	ntk_rfp		triangle = ntk_rfp_view(posterior->factor, gram->width);

	if (!(rows > 1) || (!(left > 0) && fit->ridge == 0))
		return NTK_NOT_POSITIVE;
	*posterior->left = fmax(left, (rows - 1) / 3);
	for (int c = 0; c < gram->targets; c++)
		posterior->noise[c] = posterior_noise(gram, fit, rows, left, c);
	for (int i = 0; i < gram->width; i++)
		posterior->mean[i] = gram->cross[i] / total;
	for (size_t i = 0; i < size; i++)
		posterior->factor[i] = fit->varying > 0 ? factor[i] / root : 0;
	if (fit->varying == 0)
		for (int i = 0; i < gram->width; i++)
			*ntk_rfp_at(&triangle, i, i) = NO_FEATURES;
	return NTK_OK;
}

double
ntk_posterior_leverage(const ntk_posterior *posterior, int width, double *z, ntk_pause pause)
{
	ntk_rfp		factor = ntk_rfp_view(posterior->factor, width);
	double		sum = 0;

	for (int i = 0; i < width; i++)
		z[i] -= posterior->mean[i];
	ntk_rfp_half_solve(&factor, 'N', 1, z, pause);
	for (int i = 0; i < width; i++)
		sum += z[i] * z[i];
	return sum;
}

/* The tail is convex right of 0, so Newton's steps from there never go too far. */
double
ntk_normal_quantile(double p)
{
	double		tail = p < 0.5 ? p : 1 - p;
	double		x = 0;

	for (int i = 0; i < 100; i++)
	{
		double		step = (0.5 * erfc(x * M_SQRT1_2) - tail) * sqrt(2 * M_PI) * exp(0.5 * x * x);

		x += step;
		if (!(fabs(step) > 1e-14 * x))
			break;
	}
	return p < 0.5 ? -x : x;
}

#define FRACTION_TERMS 300
#define SMALLEST 1e-300			/* in place of a 0 that would be divided by */

static double
posterior_not_zero(double x)
{
	return fabs(x) < SMALLEST ? SMALLEST : x;
}

/*
 * The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22), for
 * x < (a + 1) / (a + b + 2).
 */
static double
posterior_beta_fraction(double a, double b, double x)
{
	double		c = 1;
	double		d = 1 / posterior_not_zero(1 - (a + b) * x / (a + 1));
	double		value = d;

	for (int m = 1; m <= FRACTION_TERMS; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double		factor;

		d = 1 / posterior_not_zero(1 + even * d);
		c = posterior_not_zero(1 + even / c);
		value *= d * c;
		d = 1 / posterior_not_zero(1 + odd * d);
		c = posterior_not_zero(1 + odd / c);
		factor = d * c;
		value *= factor;
		if (fabs(factor - 1) < 1e-15)
			break;
	}
	return value;
}

/* ln of Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(pi)) */
static double
posterior_t_scale(double df)
{
	int			sign;

	return lgamma_r((df + 1) / 2, &sign) - lgamma_r(df / 2, &sign) - 0.5 * log(M_PI);
}

/* the probability of more than x > 0: half the incomplete beta function at df / (df + x^2) */
static double
posterior_t_tail(double x, double df, double scale)
{
	double		at = df / (df + x * x);
	double		rest = x * x / (df + x * x);
	double		power = exp(scale + 0.5 * df * log(at) + 0.5 * log(rest));

	if (at < (df / 2 + 1) / (df / 2 + 2.5))
		return power * posterior_beta_fraction(df / 2, 0.5, at) / df;
	return 0.5 - power * posterior_beta_fraction(0.5, df / 2, rest);
}

/* The tail is convex right of 0, so Newton's steps from the left never go too far. */
double
ntk_t_quantile(double tail, double df)
{
	double		x = -ntk_normal_quantile(tail);
	double		scale = posterior_t_scale(df);

	if (df > NORMAL_DF)
		return x;
	x = fmax(x, 1e-8);
	for (int i = 0; i < 200; i++)
	{
		double		density = exp(scale - 0.5 * log(df) - 0.5 * (df + 1) * log1p(x * x / df));
		double		step = (posterior_t_tail(x, df, scale) - tail) / density;

		x += step;
		if (!(fabs(step) > 1e-12 * x))
			break;
	}
	return x;
}
