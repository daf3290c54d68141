/*
 * tensor_srht.h
 *		A sketch of the tensor product of two vectors (TensorSRHT).
 *
 * out = S ((H D1 u) o (H D2 v)) / sqrt(m): H the Hadamard matrix, D1 and D2 random
 * signs, o the elementwise product, S a choice of m coordinates. Linear in u and in v, and
 * E<out(u,v), out(u',v')> = <u,u'> <v,v'>, the inner product of the tensor products.
 * arXiv 1909.01410, section 4; docs/MATH.md §3.1.
 */
#ifndef NTK_TENSOR_SRHT_H
#define NTK_TENSOR_SRHT_H

#include <stddef.h>

#include "core/base/dealer.h"

typedef struct ntk_tensor_srht
{
	int			dim;			/* length that u and v are padded to: a power of two */
	int			m;				/* length of the result */
	const float *signs;			/* [block][2][dim]: a block gives up to dim coordinates */
	const int  *chosen;			/* [m]: coordinate within its block; NULL: in order */
} ntk_tensor_srht;

/* the dimension to pad vectors of these lengths to with zeros */
extern int	ntk_tensor_srht_dim(int length_u, int length_v);

/* memory of a sketch, in floats (the coordinates are stored among them) */
extern size_t ntk_tensor_srht_floats(int dim, int m);

/* draws the sketch from the stream; memory is kept */
extern void ntk_tensor_srht_init(ntk_tensor_srht *sketch, int dim, int m, ntk_rng *rng,
								 float *memory, ntk_pause pause);

/*
 * The same, with memory from the dealer. in_order: m = dim, and there is nothing to choose:
 * half the memory, and no gathering.
 */
extern void ntk_tensor_srht_draw(ntk_tensor_srht *sketch, int dim, int m, int in_order,
								 ntk_dealer *dealer);

/* u, v: [dim], padded; out: [m], not overlapping them; work: 2 dim floats */
extern void ntk_tensor_srht_apply(const ntk_tensor_srht *sketch, const float *u,
								  const float *v, float *out, float *work);

/* the same for the sketch of equal shape whose memory is shift floats further */
extern void ntk_tensor_srht_apply_at(const ntk_tensor_srht *sketch, size_t shift,
									 const float *u, const float *v, float *out, float *work);

/*
 * A sum of products, sketched: sums: [ntk_tensor_srht_sums(sketch)], at first 0, takes the
 * products one by one and is sampled at the end. Not of a sketch in order. work: 2 dim floats
 */
extern size_t ntk_tensor_srht_sums(const ntk_tensor_srht *sketch);
extern void ntk_tensor_srht_add(const ntk_tensor_srht *sketch, const float *u, const float *v,
								float *sums, float *work);
extern void ntk_tensor_srht_sample(const ntk_tensor_srht *sketch, const float *sums,
								   float *out);

#endif
