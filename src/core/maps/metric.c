/*
 * metric.c
 *		Roots of positive semidefinite matrices.
 */
#include "core/maps/metric.h"

#include <math.h>
#include <string.h>

#include "core/linalg/blas.h"

#define ASYMMETRY 1e-8			/* of the largest element; rounding leaves far less */
#define NEGATIVE 1e-8			/* of the largest eigenvalue, likewise */

/*
 * Eigenvalues that hold no more than this part of the trace, together, are dropped. Of inputs of
 * variance 1 that part of squared lengths is lost: rows which differ in nothing else were at
 * angles of about 1e-3, and the kernel, whose slope is less than 1/pi of its value per layer, tells
 * them apart by less than the error of features. What noise and rounding errors leave in the
 * gradients of directions that do not matter is of that size, too.
 */
#define DROPPED 1e-6

/* components within this of the largest count as equal, or rounding would decide on a sign */
#define TIE 1e-6

size_t
ntk_metric_doubles(int d)
{
	return (size_t) d * d + d + ntk_eigen_doubles(d);
}

/* the largest size of an element; not finite if one is not */
static double
metric_largest_of(const double *m, size_t n)
{
	double		largest = 0;

	for (size_t i = 0; i < n; i++)
		largest = fabs(m[i]) > largest || isnan(m[i]) ? fabs(m[i]) : largest;
	return largest;
}

static ntk_metric_status
metric_check(double largest)
{
	if (!isfinite(largest))
		return NTK_METRIC_NOT_FINITE;
	return largest == 0 ? NTK_METRIC_ZERO : NTK_METRIC_OK;
}

/* a = M / largest, its lower triangle */
static ntk_metric_status
metric_scale(const double *m, int d, double largest, double *a)
{
	for (int j = 0; j < d; j++)
		for (int i = j; i < d; i++)
		{
			double		lower = m[(size_t) j * d + i] / largest;
			double		upper = m[(size_t) i * d + j] / largest;

			if (fabs(lower - upper) > ASYMMETRY)
				return NTK_METRIC_NOT_SYMMETRIC;
			if (i == j && lower < 0)
				return NTK_METRIC_NOT_POSITIVE;
			a[(size_t) j * d + i] = 0.5 * (lower + upper);
		}
	return NTK_METRIC_OK;
}

/* the first of the eigenvalues, in rising order, to keep */
static int
metric_first_kept(const double *eigenvalues, int d)
{
	double		sum = 0;
	double		dropped = 0;
	int			first = 0;

	for (int i = 0; i < d; i++)
		sum += fmax(eigenvalues[i], 0);
	while (first < d - 1 && dropped + fmax(eigenvalues[first], 0) <= DROPPED * sum)
		dropped += fmax(eigenvalues[first++], 0);
	return first;
}

/* what makes values, divided by the largest of them, add up to their participation ratio */
static double
metric_factor_of(const double *values, int n, double largest)
{
	double		sum = 0;
	double		squares = 0;

	for (int i = 0; i < n; i++)
	{
		sum += values[i] / largest;
		squares += values[i] / largest * (values[i] / largest);
	}
	return sum / squares;
}

static double
metric_sign_of(const double *vector, int d)
{
	double		largest = metric_largest_of(vector, d);
	int			i = 0;

	while (fabs(vector[i]) < (1 - TIE) * largest)
		i++;
	return vector[i] < 0 ? -1 : 1;
}

ntk_metric_status
ntk_metric_full(const double *m, int d, float *metric, int *rows, double *work,
				ntk_pause pause)
{
	double	   *vectors = work;
	double	   *eigenvalues = vectors + (size_t) d * d;
	double		largest = metric_largest_of(m, (size_t) d * d);
	ntk_metric_status status = metric_check(largest);
	double		factor;
	int			first;

	if (status == NTK_METRIC_OK)
		status = metric_scale(m, d, largest, vectors);
	if (status != NTK_METRIC_OK)
		return status;
	if (ntk_eigen(d, vectors, eigenvalues, eigenvalues + d, pause) != NTK_OK)
		return NTK_METRIC_NOT_FINITE;
	if (eigenvalues[0] < -NEGATIVE * eigenvalues[d - 1])
		return NTK_METRIC_NOT_POSITIVE;

	first = metric_first_kept(eigenvalues, d);
	factor = metric_factor_of(eigenvalues + first, d - first, eigenvalues[d - 1]);
	*rows = d - first;
	for (int i = 0; i < *rows; i++)
	{
		const double *vector = vectors + (size_t) (d - 1 - i) * d;
		double root = sqrt(eigenvalues[d - 1 - i] / eigenvalues[d - 1] * factor) *
					  metric_sign_of(vector, d);

		for (int k = 0; k < d; k++)
			metric[(size_t) i * d + k] = (float) (root * vector[k]);
	}
	return NTK_METRIC_OK;
}

ntk_metric_status
ntk_metric_diagonal(const double *m, int d, float *metric)
{
	double		largest = metric_largest_of(m, d);
	ntk_metric_status status = metric_check(largest);
	double		factor;

	if (status != NTK_METRIC_OK)
		return status;
	for (int i = 0; i < d; i++)
		if (m[i] < 0)
			return NTK_METRIC_NOT_POSITIVE;
	factor = metric_factor_of(m, d, largest);
	for (int i = 0; i < d; i++)
		metric[i] = (float) sqrt(m[i] / largest * factor);
	return status;
}

void
ntk_metric_apply(const double *metric, int rows, int d, const double *x, double *out)
{
	if (rows > 0)
	{
		memset(out, 0, sizeof(double) * rows);
		ntk_gemm('T', 'N', rows, 1, d, 1.0, metric, d, x, d, out, rows, NULL);
	}
	else
		for (int i = 0; i < d; i++)
			out[i] = rows == NTK_METRIC_DIAGONAL ? metric[i] * x[i] : x[i];
}
