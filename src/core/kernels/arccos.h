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
#include "core/kernels/kernel.h"

#define NTK_MAX_DEPTH 64		/* hidden layers */

/* kappa_0 and kappa_1 at cos(angle), angle in [0, pi] */
extern double ntk_kappa0(double angle);
extern double ntk_kappa1(double angle);

/* 1 - kappa_1 at cos(angle), without cancellation */
extern double ntk_kappa1_complement(double angle);

/* the NTK and the NNGP of two unit vectors that enclose the angle: Theta_L and s_L */
extern double ntk_tangent_profile(int depth, double angle);
extern double ntk_nngp_profile(int depth, double angle);

/*
 * Their derivatives by the angle, finite for all angles. By the cosine they are -1/sin(angle)
 * times these, which of the NTK has no limit at the angles 0 and pi.
 */
extern double ntk_tangent_slope(int depth, double angle);
extern double ntk_nngp_slope(int depth, double angle);

/* of two unit vectors that enclose the angle, a kernel of the angle */
extern double ntk_kernel_unit(ntk_kernel kernel, int depth, double angle);

/* the same as a function of the angle, and its derivative by it; profile: an ntk_profile */
typedef struct ntk_profile
{
	ntk_kernel	kernel;
	int			depth;
} ntk_profile;

extern double ntk_profile_at(double angle, const void *profile);
extern double ntk_profile_slope_at(double angle, const void *profile);

/* kappa_0 likewise; context: anything */
extern double ntk_kappa0_at(double angle, const void *context);

/*
 * K(x, y) for finite x, y of length n, into *result. Exact for x = y up to the
 * rounding of |x|^2; 0 if either vector is 0. NTK_OVERFLOW if K is not finite.
 */
extern ntk_status ntk_kernel_exact(ntk_kernel kernel, int depth, const double *x,
								   const double *y, int n, double *result);

#endif
