/*
 * distance.h
 *		Kernels of the distance: K(x, y) = k(|x - y| / bandwidth), with k from the table.
 *
 * exp(-r^exponent) is positive definite for exponents in (0, 2] (Schoenberg 1938): 2 is the Gaussian
 * kernel, 1 the Laplace kernel, which on a sphere is much like the NTK (docs/MATH.md §3.6; arXiv
 * 2007.01580). Functions of many values take squared distances in bandwidths, s = r^2.
 */
#ifndef NTK_DISTANCE_H
#define NTK_DISTANCE_H

#include "core/kernels/kernel.h"

typedef struct ntk_distance
{
	double		bandwidth;		/* positive */
	double		exponent;		/* 0 < exponent <= 2 */
} ntk_distance;

/* K(x, y) for finite x, y of length n; 0 if their distance is not finite */
extern double ntk_distance_exact(ntk_kernel kernel, const ntk_distance *distance, const double *x,
								 const double *y, int n);

/* K in double precision */
extern double ntk_distance_at(ntk_kernel kernel, const ntk_distance *distance, double s);

/*
 * t[j] = s of x, [n], and row j of y, [m][n], from t[j] = <x, y_j>, square = |x|^2 and squares[j] =
 * |y_j|^2. Where the difference of these would cancel s is taken from x - y_j: s is good to 1e-7 of
 * itself, and 0 of equal rows.
 */
extern void ntk_distance_squares(const ntk_distance *distance, const double *x, double square,
								 const double *y, const double *squares, int m, int n, double *t);

/*
 * out[j] = K to 1e-6 for j < m. Single precision ends at distances of 1e-19 and 1e19 bandwidths:
 * nearer rows count as equal, farther ones as that far.
 */
extern void ntk_distance_apply(ntk_kernel kernel, const ntk_distance *distance, const double *s,
							   int m, float *out);

/*
 * The gradient of K by x is slope (y_j - x): out[j] = bandwidth^2 slope, likewise. Near s = 0 it is
 * bounded: see the file of the kernel.
 */
extern void ntk_distance_slopes(ntk_kernel kernel, const ntk_distance *distance, const double *s,
								int m, float *out);

#endif
