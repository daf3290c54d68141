/*
 * hadamard.c
 *		The Walsh-Hadamard transform, six levels in registers at a time.
 *
 * The first pass loads 64 numbers, applies the signs and does six butterfly
 * levels (strides 1 to 32) without touching memory; later passes do two levels
 * each. Transforms longer than a cache-sized piece are finished piece by piece
 * before the long strides.
 */
#include "core/linalg/hadamard.h"

#include "core/base/simd.h"

#define PIECE 4096				/* floats: half of a 32 kB first-level cache */

NTK_INLINE void
hadamard_butterfly(ntk_v8 *a, ntk_v8 *b)
{
	ntk_v8		sum = *a + *b;

	*b = *a - *b;
	*a = sum;
}

/* strides 1, 2 and 4 inside one register */
NTK_INLINE void
hadamard_within(ntk_v8 *a)
{
	const ntk_v8 sign1 = {1, -1, 1, -1, 1, -1, 1, -1};
	const ntk_v8 sign2 = {1, 1, -1, -1, 1, 1, -1, -1};
	const ntk_v8 sign4 = {1, 1, 1, 1, -1, -1, -1, -1};

	*a = *a * sign1 + __builtin_shufflevector(*a, *a, 1, 0, 3, 2, 5, 4, 7, 6);
	*a = *a * sign2 + __builtin_shufflevector(*a, *a, 2, 3, 0, 1, 6, 7, 4, 5);
	*a = *a * sign4 + __builtin_shufflevector(*a, *a, 4, 5, 6, 7, 0, 1, 2, 3);
}

/* signs and strides 1 to 32 on 64 numbers */
NTK_INLINE void
hadamard_block64(const float *in, const float *signs, float *out)
{
	ntk_v8		r[8];

	for (int i = 0; i < 8; i++)
	{
		r[i] = *(const ntk_v8 *) (in + 8 * i) * *(const ntk_v8 *) (signs + 8 * i);
		hadamard_within(&r[i]);
	}
	for (int stride = 1; stride < 8; stride *= 2)
		for (int i = 0; i < 8; i++)
			if (!(i & stride))
				hadamard_butterfly(&r[i], &r[i + stride]);
	for (int i = 0; i < 8; i++)
		*(ntk_v8 *) (out + 8 * i) = r[i];
}

/* one level: stride, stride >= 8 */
NTK_INLINE void
hadamard_level(float *x, int n, int stride)
{
	for (int base = 0; base < n; base += 2 * stride)
		for (int i = base; i < base + stride; i += 8)
			hadamard_butterfly((ntk_v8 *) (x + i), (ntk_v8 *) (x + i + stride));
}

/* two levels in one pass: stride and 2 stride */
NTK_INLINE void
hadamard_two_levels(float *x, int n, int stride)
{
	for (int base = 0; base < n; base += 4 * stride)
		for (int i = base; i < base + stride; i += 8)
		{
			ntk_v8	   *p = (ntk_v8 *) (x + i);
			ntk_v8		a = *p;
			ntk_v8		b = *(ntk_v8 *) (x + i + stride);
			ntk_v8		c = *(ntk_v8 *) (x + i + 2 * stride);
			ntk_v8		d = *(ntk_v8 *) (x + i + 3 * stride);

			hadamard_butterfly(&a, &b);
			hadamard_butterfly(&c, &d);
			hadamard_butterfly(&a, &c);
			hadamard_butterfly(&b, &d);
			*p = a;
			*(ntk_v8 *) (x + i + stride) = b;
			*(ntk_v8 *) (x + i + 2 * stride) = c;
			*(ntk_v8 *) (x + i + 3 * stride) = d;
		}
}

/* all levels from stride up to n / 2 */
NTK_INLINE void
hadamard_levels(float *x, int n, int stride)
{
	for (; stride * 4 <= n; stride *= 4)
		hadamard_two_levels(x, n, stride);
	if (stride * 2 <= n)
		hadamard_level(x, n, stride);
}

NTK_SIMD void
ntk_hadamard(const float *in, const float *signs, float *out, int n)
{
	int			piece = n < PIECE ? n : PIECE;

	for (int base = 0; base < n; base += piece)
	{
		for (int i = base; i < base + piece; i += 64)
			hadamard_block64(in + i, signs + i, out + i);
		hadamard_levels(out + base, piece, 64);
	}
	hadamard_levels(out, n, piece);
}

void
ntk_hadamard_reference(const float *in, const float *signs, float *out, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = in[i] * signs[i];
	for (int stride = 1; stride < n; stride *= 2)
		for (int i = 0; i < n; i++)
			if (!(i & stride))
			{
				float		sum = out[i] + out[i + stride];

				out[i + stride] = out[i] - out[i + stride];
				out[i] = sum;
			}
}
