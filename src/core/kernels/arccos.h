/*
 * arccos.h
 *		The arc-cosine functions and the fully connected kernels made of them.
 *
 * Definitions: docs/MATH.md §1, §2 (Cho and Saul 2009; arXiv 1806.07572; the
 * normalisation of arXiv 2104.00415). For a network of L hidden ReLU layers,
 *
 *		NTK:  K(x,y) = |x| |y| Theta_L(t),  K(x,x) = (L+1) |x|^2
 *		NNGP: K(x,y) = |x| |y| s_L(t),      K(x,x) = |x|^2
 *
 * with t the cosine between x and y. Functions here take the angle between
 * x and y rather than its cosine: a cosine near +1 or -1 has lost half its digits.
 */
#ifndef NTK_ARCCOS_H
#define NTK_ARCCOS_H

#include "core/base/status.h"

typedef enum ntk_kernel
{
	NTK_KERNEL_NTK = 0,
	NTK_KERNEL_NNGP = 1,
	NTK_KERNEL_GAUSSIAN = 2,	/* from here on they are of the distance: distance.h */
	NTK_KERNEL_LAPLACE = 3,
	NTK_KERNEL_GAMMA_EXPONENTIAL = 4
} ntk_kernel;

#define NTK_MAX_DEPTH 64		/* hidden layers */

/* kappa_0 and kappa_1 at cos(angle), angle in [0, pi] */
extern double ntk_kappa0(double angle);
extern double ntk_kappa1(double angle);

/* 1 - kappa_1 at cos(angle), without cancellation */
extern double ntk_kappa1_complement(double angle);

/* the kernel of two unit vectors that enclose the angle: Theta_L or s_L */
extern double ntk_kernel_unit(ntk_kernel kernel, int depth, double angle);

/* the same as a function of the angle; profile: an ntk_profile */
typedef struct ntk_profile
{
	ntk_kernel	kernel;
	int			depth;
} ntk_profile;

extern double ntk_profile_at(double angle, const void *profile);

/* kappa_0 likewise; context: anything */
extern double ntk_kappa0_at(double angle, const void *context);

/*
 * The kernel's derivative by the angle, finite for all angles. By the cosine it is -1/sin(angle)
 * times that, which of the NTK has no limit at the angles 0 and pi.
 */
extern double ntk_profile_slope_at(double angle, const void *profile);

/*
 * K(x, y) for finite x, y of length n, into *result. Exact for x = y up to the
 * rounding of |x|^2; 0 if either vector is 0. NTK_OVERFLOW if K is not finite.
 */
extern ntk_status ntk_kernel_exact(ntk_kernel kernel, int depth, const double *x,
								   const double *y, int n, double *result);

#endif
