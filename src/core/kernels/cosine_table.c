/*
 * cosine_table.c
 *		Tables over the angle from the nearer pole.
 */
#include "core/kernels/cosine_table.h"

#include <math.h>

#include "core/base/simd.h"

#define PI 3.141592653589793238462643383280
#define NEAR 1e-6				/* 1 - |cosine| below which an arc cosine is too coarse */

typedef struct cosine_function
{
	double		(*f) (double angle, const void *context);
	const void *context;
} cosine_function;

static double
cosine_value_at(double v, const void *context)
{
	const cosine_function *function = context;

	/* 1 - |t| = (1 - |v|)^2: the angle from the nearer pole */
	double		angle = 2 * asin(fmin((1 - fabs(v)) / sqrt(2.0), 1));

	return function->f(v < 0 ? PI - angle : angle, function->context);
}

void
ntk_cosine_table_init(ntk_table *table, int intervals,
					  double (*f) (double angle, const void *context), const void *context,
					  float *memory, ntk_pause pause)
{
	cosine_function function = {f, context};

	ntk_table_init(table, intervals, cosine_value_at, &function, memory, pause);
}

#define LANES 8					/* sums side by side */

NTK_SIMD double
ntk_cosine_unit(const float *x, int n, double *unit)
{
	double		sum[LANES] = {0};
	double		square = 0;
	double		factor;
	int			whole = n / LANES * LANES;

	for (int k = 0; k < whole; k += LANES)
		for (int l = 0; l < LANES; l++)
			sum[l] += (double) x[k + l] * x[k + l];
	for (int k = whole; k < n; k++)
		sum[k - whole] += (double) x[k] * x[k];
	for (int l = 0; l < LANES; l++)
		square += sum[l];
	factor = square > 0 ? 1 / sqrt(square) : 0;
	for (int k = 0; k < n; k++)
		unit[k] = x[k] * factor;
	return square;
}

NTK_SIMD void
ntk_cosine_arguments(const double *t, int n, float *v)
{
	for (int j = 0; j < n; j++)
	{
		double		size = fabs(t[j]) < 1 ? fabs(t[j]) : 1;	/* fmin is a call */

		v[j] = (float) copysign(1 - sqrt(1 - size), t[j]);
	}
}

double
ntk_cosine_angle(const double *x, const double *y, int dim, double cosine)
{
	double		sign = cosine < 0 ? -1 : 1;
	double		square = 0;
	double		angle;

	if (1 - fabs(cosine) > NEAR)
		return acos(cosine);
	for (int k = 0; k < dim; k++)
		square += (x[k] - sign * y[k]) * (x[k] - sign * y[k]);
	angle = 2 * asin(fmin(0.5 * sqrt(square), 1));
	return cosine < 0 ? PI - angle : angle;
}
