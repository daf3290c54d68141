/*
 * srht.h
 *		A sign-Hadamard-sampled transform (SRHT).
 *
 * out = S H D x / sqrt(m): D random signs, H the Hadamard matrix, S a choice of m coordinates.
 * E<out, out'> = <x, x'>, and an isometry if m is a multiple of dim.
 */
#ifndef NTK_SRHT_H
#define NTK_SRHT_H

#include "core/base/dealer.h"

typedef struct ntk_srht
{
	int			dim;			/* a power of two, at least NTK_HADAMARD_MIN */
	int			m;
	const float *signs;			/* [block][dim] */
	const int  *chosen;			/* [m]: coordinate within its block */
} ntk_srht;

extern void ntk_srht_draw(ntk_srht *srht, int dim, int m, ntk_dealer *dealer);

/* out = scale S H D x / sqrt(m); x: [dim]; out: [m]; work: dim floats */
extern void ntk_srht_apply(const ntk_srht *srht, const float *x, float scale, float *out,
						   float *work);

/* the least length of transforms that holds so many numbers */
extern int	ntk_srht_dim(int at_least);

/*
 * Transforms of vectors that are mostly zeros repeat themselves: with 10 columns of a
 * Hadamard matrix of order 1024 only 16 rows differ. So a short vector x: [length] is padded
 * with copies of itself, which random signs tell apart: (x, x, .., x, 0) / sqrt(copies). At
 * length 10 that brings the error of the kernel to an eighth of that with zeros. out: [dim]
 */
extern void ntk_srht_pad(const float *x, int length, float *out, int dim);

#endif
