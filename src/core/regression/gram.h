/*
 * gram.h
 *		The sufficient statistics of ridge regression (docs/MATH.md §5).
 *
 * For rows with features z (width p), targets Y (k of them) and weight w:
 *
 *		cancelled	1				what was added and then subtracted, as sum w |z|^2
 *		target		(k+1) x (k+1)	sum w [1 Y]^T [1 Y]: total weight, sums, products
 *		cross		p x (k+1)		sum w z [1 Y]: feature sums, then Z^T W Y
 *		triangle	p x p			sum w z z^T, rectangular full packed
 *
 * column-major, in one array of ntk_gram_doubles(p, k) doubles in this order.
 * All entries are sums over rows, so statistics of disjoint sets of rows add, and subtract.
 * Subtraction leaves the rounding errors of what is gone: the first number tells how large
 * they are, once up and once down.
 *
 * Sums are in double precision. Products of a block in single precision would be twice as
 * fast, but have a larger error than single precision features (tests/unit/test_precision.c).
 */
#ifndef NTK_GRAM_H
#define NTK_GRAM_H

#include <stddef.h>

#include "core/base/status.h"
#include "core/linalg/rfp.h"

typedef struct ntk_gram
{
	int			width;
	int			targets;
	double	   *cancelled;
	double	   *target;
	double	   *cross;
	double	   *triangle;
} ntk_gram;

#define NTK_MAX_WIDTH 16000		/* features: the triangle must fit a value of 1 GB */
#define NTK_MAX_TARGETS 1000

/* number of doubles of a statistic */
extern size_t ntk_gram_doubles(int width, int targets);

/* the statistic that lies in memory[0 .. ntk_gram_doubles(width, targets) - 1] */
extern ntk_gram ntk_gram_view(double *memory, int width, int targets);

/*
 * Adds n rows. features: [n][width], row i is sqrt(w_i) z_i. targets: [n][targets + 1], row
 * i is sqrt(w_i) [1 Y_i]. weights: [n], the w_i. NTK_OVERFLOW if a sum is no longer
 * finite; gram is then garbage, as it is when pause does not return.
 */
extern ntk_status ntk_gram_update(ntk_gram *gram, int n, const double *features,
								  const double *targets, const double *weights,
								  ntk_pause pause);

/*
 * The same for one-hot targets: row i has 1 in place class[i], 0 <= class[i] < targets, and 0
 * elsewhere. roots: [n], sqrt(w_i). Costs what one target costs, however many there are.
 */
extern ntk_status ntk_gram_update_class(ntk_gram *gram, int n, const double *features,
										const int *class, const double *roots,
										const double *weights, ntk_pause pause);

/* to, of n targets, := those of from that have these places, from 1; equal widths */
extern void ntk_gram_copy_targets(const ntk_gram *from, int n, const int *places, ntk_gram *to);

/* gram *= factor, which is not negative */
extern ntk_status ntk_gram_scale(ntk_gram *gram, double factor);

/* gram += factor * other, of equal width and targets; NTK_OVERFLOW as above */
extern ntk_status ntk_gram_add(ntk_gram *gram, double factor, const ntk_gram *other);

/* a feature whose variance is below this part of its mean square is constant */
#define NTK_CONSTANT 1e-12

/* whether any feature varies; positive total weight */
extern int	ntk_gram_varies(const ntk_gram *gram);

/* sum w |z|^2 of what is there */
extern double ntk_gram_trace(const ntk_gram *gram);

/* NTK_OVERFLOW if the statistic holds an infinity or a NaN */
extern ntk_status ntk_gram_check(const ntk_gram *gram);

#endif
