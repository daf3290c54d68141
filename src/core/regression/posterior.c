/*
 * posterior.c
 *		The predictive variance of ridge models.
 */
#include "core/regression/posterior.h"

#include <math.h>

/* the pivots of a model that has no features to use: nothing is a deviation to it */
#define NO_FEATURES 1e150

size_t
ntk_posterior_doubles(int width, int targets)
{
	return (size_t) targets + width + ntk_rfp_size(width);
}

ntk_posterior
ntk_posterior_view(double *memory, int width, int targets)
{
	ntk_posterior posterior = {
		.noise = memory,
		.mean = memory + targets,
		.factor = memory + targets + width,
	};

	return posterior;
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

	if (!(left > 0))
		return NTK_NOT_POSITIVE;
	/* E[residual sum of squares] = s^2 (rows - df - 1) under the model */
	for (int c = 0; c < gram->targets; c++)
		posterior->noise[c] = fit->train_mse[c] * rows / left;
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
