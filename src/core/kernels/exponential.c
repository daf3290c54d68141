/*
 * exponential.c
 *		exp(-r^exponent), one by one and in bulk.
 *
 * In bulk K = 2^(-t / ln 2) with t = s^(exponent / 2) = 2^(exponent / 2 log2 s), from series of the
 * logarithm and the power, which the compiler makes vectors of: a table would have to resolve t at
 * s = 0.
 */
#include "core/kernels/exponential.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/base/simd.h"

#define LN2 0.693147180559945309417f

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
ntk_exponential_at(double exponent, double r)
{
	return exp(-pow(r, exponent));
}

NTK_INLINE int32_t
exponential_bits_of(float x)
{
	int32_t		bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

NTK_INLINE float
exponential_of_bits(int32_t bits)
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
exponential_logarithm(float x)
{
	int32_t		power = (exponential_bits_of(x) - ROOT_HALF) & ~MANTISSA;
	float		m = exponential_of_bits(exponential_bits_of(x) - power);
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
exponential_power_of_two(float x)
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
	sum *= exponential_of_bits((whole + HIGHEST) << MANTISSA_BITS);
	return x < LOWEST ? 0 : sum;
}

/* s as a normal number in single precision, at least low */
NTK_INLINE float
exponential_clamp(float s, float low)
{
	s = s > low ? s : low;
	return s < FLT_MAX ? s : FLT_MAX;
}

/* K, of which half is half the exponent */
NTK_INLINE float
exponential_kernel_at(float s, float half)
{
	float		t = exponential_power_of_two(half * exponential_logarithm(exponential_clamp(s, FLT_MIN)));
	float		k = exponential_power_of_two(t * (-1 / LN2));

	return s < FLT_MIN ? 1 : k;
}

NTK_SIMD void
ntk_exponential_apply(double exponent, const double *s, int m, float *out)
{
	float		half = (float) (0.5 * exponent);

	for (int j = 0; j < m; j++)
		out[j] = exponential_kernel_at((float) s[j], half);
}

NTK_SIMD void
ntk_exponential_slopes(double exponent, const double *s, int m, float *out)
{
	float		half = (float) (0.5 * exponent);

	for (int j = 0; j < m; j++)
	{
		float steepness = exponential_power_of_two(
			(half - 1) * exponential_logarithm(exponential_clamp((float) s[j], TIP)));

		out[j] = 2 * half * steepness * exponential_kernel_at((float) s[j], half);
	}
}
