/*
 * distance.c
 *		exp(-(|x - y| / bandwidth)^exponent), one by one and in bulk.
 *
 * In bulk K = 2^(-t / ln 2) with t = s^(exponent / 2) = 2^(exponent / 2 log2 s), from series of the
 * logarithm and the power, which the compiler makes vectors of: a table would have to resolve t at
 * s = 0.
 */
#include "core/kernels/distance.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/base/simd.h"

#define LN2 0.693147180559945309417f

/*
 * Squared distances below this part of |x|^2 + |y|^2 are taken from x - y. Those above have a
 * relative error of a few roundings over it, which K sees times t exp(-t).
 */
#define NEAR 1e-8

/*
 * With an exponent of 1 the kernel is a cone on y, and steeper with less: K' / u is unbounded.
 * Nearer to the tip than the root of this, in bandwidths, we let the gradient fall to 0, which is
 * its mean around the tip and on it the mean of both sides. That also keeps single precision rows
 * from deciding about a slope. The Gaussian kernel is smooth, and is not changed by it.
 */
#define TIP 1e-4f

/* of single precision */
#define MANTISSA_BITS 23
#define MANTISSA 0x7fffff
#define LOWEST (-126)			/* exponents of normal numbers */
#define HIGHEST 127
#define ROOT_HALF 0x3f3504f3	/* the bits of sqrt(1/2) */

double
ntk_distance_exact(const ntk_distance *kernel, const double *x, const double *y, int n)
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
	return exp(-pow(largest / kernel->bandwidth * sqrt(sum), kernel->exponent));
}

double
ntk_distance_at(const ntk_distance *kernel, double s)
{
	return exp(-pow(s, 0.5 * kernel->exponent));
}

/* finite, so that 0 times its square is 0 */
static double
distance_inverse_bandwidth(const ntk_distance *kernel)
{
	return fmin(1 / kernel->bandwidth, DBL_MAX);
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
ntk_distance_squares(const ntk_distance *kernel, const double *x, double square,
					 const double *y, const double *squares, int m, int n, double *t)
{
	if (distance_differences(square, squares, m, t))
		for (int j = 0; j < m; j++)
			if (t[j] < NEAR * (square + squares[j]))
				t[j] = distance_difference(x, y + (size_t) j * n, n);
	distance_scale(distance_inverse_bandwidth(kernel), m, t);
}

NTK_INLINE int32_t
distance_bits_of(float x)
{
	int32_t		bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

NTK_INLINE float
distance_of_bits(int32_t bits)
{
	float		x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/*
 * log2 of a normal positive number 2^e m, 1/2 <= m^2 < 2: by the series of the hyperbolic area
 * tangent, log m = 2 (q + q^3 / 3 + ...), q = (m - 1) / (m + 1), |q| < 0.172
 */
NTK_INLINE float
distance_logarithm(float x)
{
	int32_t		power = (distance_bits_of(x) - ROOT_HALF) & ~MANTISSA;
	float		m = distance_of_bits(distance_bits_of(x) - power);
	float		q = (m - 1) / (m + 1);
	float		square = q * q;
	float		sum = 2 / (9 * LN2);

	sum = sum * square + 2 / (7 * LN2);
	sum = sum * square + 2 / (5 * LN2);
	sum = sum * square + 2 / (3 * LN2);
	sum = sum * square + 2 / LN2;
	return (float) (power >> MANTISSA_BITS) + sum * q;
}

/* 2^x for x <= HIGHEST, 0 below LOWEST; by the series of exp(f ln 2), |f| <= 1/2 */
NTK_INLINE float
distance_power_of_two(float x)
{
	float		in = x > LOWEST ? x : LOWEST;
	int32_t		whole = (int32_t) (in + (0.5f - LOWEST)) + LOWEST;
	float		f = (in - (float) whole) * LN2;
	float		sum = 1.0f / 5040;

	sum = sum * f + 1.0f / 720;
	sum = sum * f + 1.0f / 120;
	sum = sum * f + 1.0f / 24;
	sum = sum * f + 1.0f / 6;
	sum = sum * f + 0.5f;
	sum = sum * f + 1;
	sum = sum * f + 1;
	sum *= distance_of_bits((whole + HIGHEST) << MANTISSA_BITS);
	return x < LOWEST ? 0 : sum;
}

/* s as a normal number in single precision, at least low */
NTK_INLINE float
distance_clamp(float s, float low)
{
	s = s > low ? s : low;
	return s < FLT_MAX ? s : FLT_MAX;
}

/* K, of which half is half the exponent */
NTK_INLINE float
distance_kernel_at(float s, float half)
{
	float		t = distance_power_of_two(half * distance_logarithm(distance_clamp(s, FLT_MIN)));
	float		k = distance_power_of_two(t * (-1 / LN2));

	return s < FLT_MIN ? 1 : k;
}

NTK_SIMD void
ntk_distance_apply(const ntk_distance *kernel, const double *s, int m, float *out)
{
	float		half = (float) (0.5 * kernel->exponent);

	for (int j = 0; j < m; j++)
		out[j] = distance_kernel_at((float) s[j], half);
}

NTK_SIMD void
ntk_distance_slopes(const ntk_distance *kernel, const double *s, int m, float *out)
{
	float		half = (float) (0.5 * kernel->exponent);

	for (int j = 0; j < m; j++)
	{
		float steepness = distance_power_of_two(
			(half - 1) * distance_logarithm(distance_clamp((float) s[j], TIP)));

		out[j] = 2 * half * steepness * distance_kernel_at((float) s[j], half);
	}
}
