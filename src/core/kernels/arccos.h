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

/* kappa_0 as a function for tables of the angle; context: anything */
extern double ntk_kappa0_at(double angle, const void *context);

#endif
