/*
 * agop.c
 *		Sums of outer products of gradients.
 */
#include "core/regression/agop.h"

#include <math.h>
#include <stddef.h>

#include "core/linalg/blas.h"

/* an element that is not finite makes its row's diagonal so */
static ntk_status
agop_check_diagonal(const double *sum, int dim, size_t step)
{
	for (int c = 0; c < dim; c++)
		if (!isfinite(sum[c * step]))
			return NTK_OVERFLOW;
	return NTK_OK;
}

ntk_status
ntk_agop_update(double *sum, int dim, int n, int targets, double *gradient,
				const double *weights, ntk_pause pause)
{
	size_t		numbers = (size_t) targets * dim;

	for (int i = 0; weights && i < n; i++)
	{
		double		root = sqrt(weights[i]);

		for (size_t c = 0; c < numbers; c++)
			gradient[i * numbers + c] *= root;
	}
	ntk_syrk('L', 'N', dim, n * targets, 1.0, gradient, dim, sum, dim, pause);
	return agop_check_diagonal(sum, dim, (size_t) dim + 1);
}

ntk_status
ntk_agop_update_diagonal(double *sum, int dim, int n, int targets, const double *gradient,
						 const double *weights)
{
	for (int i = 0; i < n; i++)
	{
		double		weight = weights ? weights[i] : 1;

		for (int k = 0; k < targets; k++, gradient += dim)
			for (int c = 0; c < dim; c++)
				sum[c] += weight * gradient[c] * gradient[c];
	}
	return agop_check_diagonal(sum, dim, 1);
}

void
ntk_agop_complete(double *sum, int dim, ntk_pause pause)
{
	for (int j = 0; j < dim; j++)
	{
		for (int i = j + 1; i < dim; i++)
			sum[(size_t) i * dim + j] = sum[(size_t) j * dim + i];
		ntk_pause_if(pause);
	}
}
