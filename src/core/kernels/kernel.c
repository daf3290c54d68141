/*
 * kernel.c
 *		The table of kernels, and dot-product kernels one by one.
 */
#include "core/kernels/kernel.h"

#include <math.h>

#include "core/kernels/arccos.h"
#include "core/kernels/exponential.h"

#define PI 3.141592653589793238462643383280

#define EXPONENTIAL \
	.at = ntk_exponential_at,.apply = ntk_exponential_apply,.slopes = ntk_exponential_slopes

const ntk_kernel_entry ntk_kernels[] = {
	[NTK_KERNEL_NTK] = {
		.name = "ntk",.profile = ntk_tangent_profile,.slope = ntk_tangent_slope,.cone = 1
	},
	[NTK_KERNEL_NNGP] = {
		.name = "nngp",.profile = ntk_nngp_profile,.slope = ntk_nngp_slope
	},
	[NTK_KERNEL_GAUSSIAN] = {.name = "gaussian", EXPONENTIAL,.exponent = 2},
	[NTK_KERNEL_LAPLACE] = {.name = "laplace", EXPONENTIAL,.exponent = 1},
	[NTK_KERNEL_GAMMA_EXPONENTIAL] = {
		.name = "gamma_exponential", EXPONENTIAL,.exponent = 1.5,.any_exponent = 1
	}
};
const int	ntk_kernel_count = sizeof(ntk_kernels) / sizeof(ntk_kernels[0]);

double
ntk_kernel_unit(ntk_kernel kernel, int depth, double angle)
{
	return ntk_kernels[kernel].profile(depth, angle);
}

double
ntk_profile_at(double angle, const void *profile)
{
	const ntk_profile *k = profile;

	return ntk_kernel_unit(k->kernel, k->depth, angle);
}

double
ntk_profile_slope_at(double angle, const void *profile)
{
	const ntk_profile *k = profile;

	return ntk_kernels[k->kernel].slope(k->depth, angle);
}

/* the power of two that brings the largest element of x into [1/2, 1); *zero if all are 0 */
static int
kernel_exponent_of(const double *x, int n, int *zero)
{
	double		largest = 0;
	int			exponent = 0;

	for (int i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i]));
	*zero = (largest == 0);
	if (!*zero)
		frexp(largest, &exponent);
	return exponent;
}

ntk_status
ntk_kernel_exact(ntk_kernel kernel, int depth, const double *x, const double *y, int n,
				 double *result)
{
	int			x_zero,
				y_zero;
	int			x_exponent = kernel_exponent_of(x, n, &x_zero);
	int			y_exponent = kernel_exponent_of(y, n, &y_zero);
	double		xx = 0,
				yy = 0,
				difference = 0,
				sum = 0,
				angle;

	*result = 0;
	if (x_zero || y_zero)
		return NTK_OK;

	for (int i = 0; i < n; i++)
	{
		double		xi = ldexp(x[i], -x_exponent);
		double		yi = ldexp(y[i], -y_exponent);

		xx += xi * xi;
		yy += yi * yi;
	}

	/* Kahan: tan(angle/2) = | x/|x| - y/|y| | / | x/|x| + y/|y| | */
	for (int i = 0; i < n; i++)
	{
		double		xi = ldexp(x[i], -x_exponent) / sqrt(xx);
		double		yi = ldexp(y[i], -y_exponent) / sqrt(yy);

		difference += (xi - yi) * (xi - yi);
		sum += (xi + yi) * (xi + yi);
	}
	angle = fmin(2.0 * atan2(sqrt(difference), sqrt(sum)), PI);

	/* sqrt(xx * yy) rather than sqrt(xx) * sqrt(yy): exact when they are equal */
	*result = ldexp(sqrt(xx * yy) * ntk_kernel_unit(kernel, depth, angle),
					x_exponent + y_exponent);
	return isfinite(*result) ? NTK_OK : NTK_OVERFLOW;
}
