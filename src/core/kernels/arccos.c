/*
 * arccos.c
 *		Arc-cosine functions and fully connected kernels, to full precision.
 *
 * With h(a) = sin a - a cos a, both ends of the range are free of cancellation:
 *		kappa_1(a)     = h(pi - a) / pi
 *		1 - kappa_1(a) = 2 sin^2(a/2) - h(a) / pi
 */
#include "core/kernels/arccos.h"

#include <math.h>

#define PI 3.141592653589793238462643383280

/* sin a - a cos a for 0 <= a <= pi; its series where the difference cancels */
static double
arccos_sin_minus_a_cos(double a)
{
	double		square,
				term,
				sum = 0;

	if (a > 0.5)
		return sin(a) - a * cos(a);

	/* sum_{i>=1} (-1)^(i+1) 2i/(2i+1)! a^(2i+1) */
	square = a * a;
	term = a;
	for (int i = 1; i <= 8; i++)
	{
		term *= square / ((2.0 * i) * (2.0 * i + 1.0));
		sum += (i % 2 ? 2.0 * i : -2.0 * i) * term;
	}
	return sum;
}

double
ntk_kappa0(double angle)
{
	return 1.0 - angle / PI;
}

double
ntk_kappa1(double angle)
{
	return arccos_sin_minus_a_cos(PI - angle) / PI;
}

double
ntk_kappa1_complement(double angle)
{
	double		half = sin(0.5 * angle);

	return fmax(2.0 * half * half - arccos_sin_minus_a_cos(angle) / PI, 0.0);
}

/* the angle whose cosine is kappa_1(angle): what the next layer sees */
static double
arccos_next_angle(double angle)
{
	double		cosine = ntk_kappa1(angle);

	if (cosine < 0.5)
		return acos(cosine);
	return 2.0 * asin(sqrt(0.5 * ntk_kappa1_complement(angle)));
}

double
ntk_tangent_profile(int depth, double angle)
{
	double		theta = cos(angle); /* Theta_h */

	for (int layer = 1; layer <= depth; layer++)
	{
		theta = theta * ntk_kappa0(angle) + ntk_kappa1(angle);
		angle = arccos_next_angle(angle);
	}
	return theta;
}

double
ntk_nngp_profile(int depth, double angle)
{
	double		sigma = cos(angle); /* s_h */

	for (int layer = 1; layer <= depth; layer++)
	{
		sigma = ntk_kappa1(angle);
		angle = arccos_next_angle(angle);
	}
	return sigma;
}

double
ntk_kappa0_at(double angle, const void *context)
{
	(void) context;
	return ntk_kappa0(angle);
}

/*
 * With a_h the angle of layer h, cos a_h = s_h, and ' the derivative by a_0:
 *
 *		s_h' = kappa_0(a_{h-1}) s_{h-1}',  a_h' = -s_h' / sin a_h,
 *		Theta_h' = (Theta_{h-1} kappa_0(a_{h-1}) + s_h)', where kappa_0(a)' = -a' / pi
 *
 * since kappa_1 has the derivative kappa_0 by the cosine. At a_h = 0, which is where a_0 is 0,
 * a_h' has the limit 1.
 */
double
ntk_tangent_slope(int depth, double angle)
{
	double		theta = cos(angle);
	double		theta_slope = -sin(angle);
	double		sigma_slope = -sin(angle);
	double		angle_slope = 1;

	for (int layer = 1; layer <= depth; layer++)
	{
		double		kappa0 = ntk_kappa0(angle);

		sigma_slope *= kappa0;
		theta_slope = theta_slope * kappa0 - theta * angle_slope / PI + sigma_slope;
		theta = theta * kappa0 + ntk_kappa1(angle);
		angle = arccos_next_angle(angle);
		angle_slope = angle > 0 ? -sigma_slope / sin(angle) : 1;
	}
	return theta_slope;
}

double
ntk_nngp_slope(int depth, double angle)
{
	double		slope = -sin(angle);

	for (int layer = 1; layer <= depth; layer++)
	{
		slope *= ntk_kappa0(angle);
		angle = arccos_next_angle(angle);
	}
	return slope;
}
