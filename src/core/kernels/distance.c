/*
 * distance.c
 *		Kernels of the distance, one by one and in bulk.
 */
#include "core/kernels/distance.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "core/base/simd.h"

/*
 * Squared distances below this part of |x|^2 + |y|^2 are taken from x - y. Those above have a
 * relative error of a few roundings over it, of which K has r K'(r) times as much.
 */
#define NEAR 1e-8

double
ntk_distance_exact(ntk_kernel kernel, const ntk_distance *distance, const double *x,
				   const double *y, int n)
{
	double		largest = 0;
	double		sum = 0;

	for (int i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i] - y[i]));
	if (largest == 0 || isinf(largest))
		return largest == 0;
	for (int i = 0; i < n; i++)
	{
		double		part = (x[i] - y[i]) / largest;

		sum += part * part;
	}
	return ntk_kernels[kernel].at(distance->exponent,
								  largest / distance->bandwidth * sqrt(sum));
}

double
ntk_distance_at(ntk_kernel kernel, const ntk_distance *distance, double s)
{
	return ntk_kernels[kernel].at(distance->exponent, sqrt(s));
}

void
ntk_distance_apply(ntk_kernel kernel, const ntk_distance *distance, const double *s, int m,
				   float *out)
{
	ntk_kernels[kernel].apply(distance->exponent, s, m, out);
}

void
ntk_distance_slopes(ntk_kernel kernel, const ntk_distance *distance, const double *s, int m,
					float *out)
{
	ntk_kernels[kernel].slopes(distance->exponent, s, m, out);
}

/* finite, so that 0 times its square is 0 */
static double
distance_inverse_bandwidth(const ntk_distance *distance)
{
	return fmin(1 / distance->bandwidth, DBL_MAX);
}

#define LANES 8					/* sums side by side */

/* |x - y|^2 */
NTK_SIMD static double
distance_difference(const double *x, const double *y, int n)
{
	double		sum[LANES] = {0};
	double		square = 0;
	int			whole = n / LANES * LANES;

	for (int k = 0; k < whole; k += LANES)
		for (int l = 0; l < LANES; l++)
			sum[l] += (x[k + l] - y[k + l]) * (x[k + l] - y[k + l]);
	for (int k = whole; k < n; k++)
		sum[k - whole] += (x[k] - y[k]) * (x[k] - y[k]);
	for (int l = 0; l < LANES; l++)
		square += sum[l];
	return square;
}

/* t[j] = |x - y_j|^2; returns whether one of them has cancelled */
NTK_SIMD static int
distance_differences(double square, const double *squares, int m, double *t)
{
	long		near = 0;

	for (int j = 0; j < m; j++)
	{
		double		sum = square + squares[j];

		t[j] = sum - 2 * t[j];
		near += t[j] < NEAR * sum;
	}
	return near > 0;
}

NTK_SIMD static void
distance_scale(double inverse, int m, double *t)
{
	for (int j = 0; j < m; j++)
		t[j] = t[j] * inverse * inverse;
}

void
ntk_distance_squares(const ntk_distance *distance, const double *x, double square,
					 const double *y, const double *squares, int m, int n, double *t)
{
	if (distance_differences(square, squares, m, t))
		for (int j = 0; j < m; j++)
			if (t[j] < NEAR * (square + squares[j]))
				t[j] = distance_difference(x, y + (size_t) j * n, n);
	distance_scale(distance_inverse_bandwidth(distance), m, t);
}
