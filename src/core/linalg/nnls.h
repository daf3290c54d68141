/*
 * nnls.h
 *		Least squares with non-negative unknowns, for small dense problems.
 *
 * min |A x - b|_2 over x >= 0, by the active sets of Lawson and Hanson (Solving Least
 * Squares Problems, 1974, chapter 23).
 */
#ifndef NTK_NNLS_H
#define NTK_NNLS_H

#define NTK_NNLS_MAX 16			/* unknowns */

/*
 * a: [unknowns][rows], one column of A after the other; b: [rows]; x: [unknowns]. Both a
 * and b are overwritten. All must be finite, with squares that do not overflow. Columns
 * may depend on each other: then x is one of the minima.
 *
 * 1 if x is a minimum. 0 if the search was stopped, which takes rounding errors to go
 * round in a circle: x >= 0 still holds, and |A x - b| <= |b|.
 */
extern int	ntk_nnls(double *a, double *b, int rows, int unknowns, double *x);

#endif
