/*
 * polyfit.h
 *		Polynomials with non-negative coefficients near kernels of the cosine.
 *
 * Least squares over cosines of evenly spaced angles. a[0 .. degree] are the coefficients,
 * degree at most NTK_POLYFIT_MAX_DEGREE.
 */
#ifndef NTK_POLYFIT_H
#define NTK_POLYFIT_H

#include "core/kernels/kernel.h"

#define NTK_POLYFIT_MAX_DEGREE 8

/* the kernel of unit vectors */
extern void ntk_polyfit_kernel(ntk_kernel kernel, int depth, int degree, double *a);

/* kappa_1 and kappa_0, keeping kappa(1) = 1 */
extern void ntk_polyfit_kappa1(int degree, double *a);
extern void ntk_polyfit_kappa0(int degree, double *a);

/* sum_l a_l t^l */
extern double ntk_polyfit_value(const double *a, int degree, double t);

#endif
