/*
 * cntk_sketch.h
 *		The feature map `sketch` of images: CNTKSketch.
 *
 * Every pixel of every layer carries two vectors of length s: phi, features of Gamma, and psi,
 * features of Pi (docs/MATH.md §4). With N^h of patches.h and filters of q x q pixels,
 *
 *		mu^1  = patch of pixels / sqrt(N^1)
 *		mu^h  = patch of phi^(h-1) / sqrt(N^h), compressed to s
 *		phi^h = sqrt(N^h)/q F1(mu^h),			phidot^h = 1/q F0(mu^h)
 *		A^1   = phi^1,							A^h = psi^(h-1) x phidot^h + phi^h
 *		psi^h = patch of A^h, compressed to s
 *		z     = sum over the pixels of psi^(L-1) x phidot^L, cell by cell of pooling.
 *
 * F1 and F0 are sketches of polynomials near kappa_1 and kappa_0 that keep kappa(1) = 1
 * (polytree.h), x is a sketch of the tensor product (tensor_srht.h). <z, z'> is, for large s
 * and m, the kernel of cntk_kernel.h with these polynomials. Errors fall like 1/sqrt(s) and
 * 1/sqrt(m). Time is in proportion to the pixels, memory to the pixels of q rows.
 *
 * arXiv 2106.07880, 2104.00415; docs/MATH.md §4.
 */
#ifndef NTK_CNTK_SKETCH_H
#define NTK_CNTK_SKETCH_H

#include <stdint.h>

#include "core/kernels/image.h"
#include "core/sketches/polytree.h"
#include "core/sketches/srht.h"
#include "core/sketches/tensor_srht.h"

/* of the width s; others than powers of two are rounded up to one */
#define NTK_CNTK_SKETCH_MIN_WIDTH 64
#define NTK_CNTK_SKETCH_MAX_WIDTH 8192

/*
 * The defaults. Between images of CIFAR-10, m = 4096, the relative error of
 * the kernel at depths 2 and 3 is 0.027 and 0.039; at half the width it is 0.040 and 0.053,
 * at degree 6 0.038 and 0.049, at degree 4 0.043 and 0.064. All but 0.005 and 0.008 of it is
 * one factor, common to all pairs of images.
 */
#define NTK_CNTK_SKETCH_WIDTH 1024
#define NTK_CNTK_SKETCH_DEGREE 8

typedef struct ntk_cntk_sketch
{
	ntk_image	image;
	int			depth;			/* L */
	int			m;
	int			s;
	int			padded;			/* length of a patch of pixels with its padding */
	uint64_t	seed;
	ntk_srht	base;			/* of such patches to s, if padded > s */

	/* step h, from layer h to h + 1, is at (h - 1) * stride floats from the first one */
	ntk_polytree kappa1;		/* of phi^h */
	const float *constant;		/* [s]: signs of its constant */
	const float *mu_signs;		/* [q][q][s]: to mu^(h+1) */
	const float *psi_signs;		/* [q][q][s]: to psi^h */
	ntk_polytree kappa0;		/* of phidot^(h+1) */
	ntk_tensor_srht product;	/* of psi^h and phidot^(h+1), but for its constant */
	size_t		stride;

	ntk_tensor_srht last;		/* the same for h + 1 = L, to m */
	ntk_srht	last_constant;	/* psi^(L-1) times the constant, to m */
} ntk_cntk_sketch;

#endif
