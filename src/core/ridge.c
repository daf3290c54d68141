/*
 * ridge.c
 *		Solving the normal equations with an unpenalised intercept.
 */
#include "core/ridge.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/simd.h"

/*
 * The smallest pivot of the factor against the largest diagonal element: below
 * this the matrix is singular for all that its rounding errors can tell.
 */
static ntk_status
check_pivots(const ntk_rfp *factor, double largest)
{
	for (int i = 0; i < factor->n; i++)
	{
		double		pivot = *ntk_rfp_at(factor, i, i);

		if (!(pivot * pivot > largest * DBL_EPSILON * factor->n))
			return NTK_NOT_POSITIVE;
	}
	return NTK_OK;
}

ntk_status
ntk_ridge_fit(const ntk_gram *gram, double lambda, double *factor, ntk_ridge *fit,
			  ntk_pause pause)
{
	int			width = gram->width;
	int			targets = gram->targets;
	size_t		columns = (size_t) targets + 1;
	double		total = gram->target[0];
	const double *sums = gram->cross;	/* s */
	ntk_rfp		centred = ntk_rfp_view(factor, width);
	double		raw_trace = 0,
				trace = 0,
				largest = 0;

	memcpy(factor, gram->triangle, ntk_rfp_size(width) * sizeof(double));
	for (int i = 0; i < width; i++)
		raw_trace += *ntk_rfp_at(&centred, i, i);
	ntk_rfp_rank_k(&centred, 1, -1.0 / total, sums, pause);
	for (int i = 0; i < width; i++)
		trace += fmax(*ntk_rfp_at(&centred, i, i), 0.0);

	fit->ridge = lambda * trace / width;
	for (int i = 0; i < width; i++)
	{
		double	   *diagonal = ntk_rfp_at(&centred, i, i);

		*diagonal += fit->ridge;
		largest = fmax(largest, *diagonal);
	}

	/* B_c, in place of the weights */
	for (int c = 0; c < targets; c++)
	{
		const double *b = gram->cross + (c + 1) * (size_t) width;
		double		mean = gram->target[c + 1] / total;

		for (int i = 0; i < width; i++)
			fit->weights[c * (size_t) width + i] = b[i] - sums[i] * mean;
	}

	if (lambda > 0 && trace <= DBL_EPSILON * width * raw_trace)
		memset(fit->weights, 0, sizeof(double) * width * targets);
	else
	{
		if (ntk_rfp_cholesky(&centred, pause) != NTK_OK ||
			check_pivots(&centred, largest) != NTK_OK)
			return NTK_NOT_POSITIVE;
		ntk_rfp_solve(&centred, targets, fit->weights, pause);
	}

	for (int c = 0; c < targets; c++)
	{
		const double *w = fit->weights + c * (size_t) width;
		const double *b = gram->cross + (c + 1) * (size_t) width;
		double		mean = gram->target[c + 1] / total;
		double		spread = gram->target[(c + 1) * columns + c + 1] -
			gram->target[c + 1] * mean;
		double		explained = 0,
					square = 0,
					offset = 0;

		for (int i = 0; i < width; i++)
		{
			explained += w[i] * (b[i] - sums[i] * mean);
			square += w[i] * w[i];
			offset += w[i] * sums[i];
		}
		/* W^T G_c W = W^T B_c - r |W|^2 by the normal equations */
		fit->train_mse[c] = fmax(spread - explained - fit->ridge * square, 0.0) / total;
		fit->intercept[c] = mean - offset / total;
		if (!isfinite(fit->intercept[c]) || !isfinite(fit->train_mse[c]) || !isfinite(square))
			return NTK_OVERFLOW;
	}
	return NTK_OK;
}

NTK_SIMD double
ntk_ridge_predict(double intercept, const double *weights, const double *z, int n)
{
	double		sum[4] = {0, 0, 0, 0};	/* or the additions would wait for one another */
	int			i = 0;

	for (; i + 4 <= n; i += 4)
		for (int lane = 0; lane < 4; lane++)
			sum[lane] += weights[i + lane] * z[i + lane];
	for (; i < n; i++)
		sum[0] += weights[i] * z[i];
	return intercept + ((sum[0] + sum[1]) + (sum[2] + sum[3]));
}
