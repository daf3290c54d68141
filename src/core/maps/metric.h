/*
 * metric.h
 *		From an average gradient outer product to the metric of a map.
 *
 * A map on T x with T^T T proportional to M sees inputs the more, the more the model varies
 * along them (docs/MATH.md §5b; arXiv 2212.13881). Of what eigenvalues l_i of M are kept, T is
 * scaled to
 *
 *		tr(T^T T) = (sum_i l_i)^2 / sum_i l_i^2,
 *
 * their participation ratio: of k equal ones k. So standardised inputs of which k matter have
 * the size beside the bias that they have alone, and all of them, with the metric of a model
 * that varies along all alike, the size that they have without.
 */
#ifndef NTK_METRIC_H
#define NTK_METRIC_H

#include <stddef.h>

#include "core/base/status.h"

#define NTK_METRIC_DIAGONAL (-1)	/* rows of a factor for every input */
#define NTK_MAX_METRIC_DIM 1024	/* inputs of any other metric, and its rows */

typedef enum ntk_metric_status
{
	NTK_METRIC_OK = 0,
	NTK_METRIC_NOT_FINITE,		/* M, or what comes of it */
	NTK_METRIC_NOT_SYMMETRIC,	/* beyond rounding */
	NTK_METRIC_NOT_POSITIVE,	/* an eigenvalue or a diagonal element is negative */
	NTK_METRIC_ZERO				/* all of M is: the model is constant, and has no metric */
} ntk_metric_status;

/* doubles of workspace of ntk_metric_full */
extern size_t ntk_metric_doubles(int d);

/*
 * metric: T, [rows][d], from M: [d][d], symmetric and positive semidefinite, d at most
 * NTK_MAX_METRIC_DIM, since parts of an eigenvalue problem cannot be interrupted (blas.h).
 * T = Lambda^(1/2) V^T, of the *rows <= d largest eigenvalues in falling order; metric has room
 * for all d. The sign of an eigenvector makes its largest component positive. work:
 * ntk_metric_doubles(d) doubles.
 */
extern ntk_metric_status ntk_metric_full(const double *m, int d, float *metric, int *rows,
										 double *work, ntk_pause pause);

/* metric: [d], the roots of the diagonal of M: [d] */
extern ntk_metric_status ntk_metric_diagonal(const double *m, int d, float *metric);

/*
 * out = x: [d] in the metric of a map: T x, [rows], of its rows; with NTK_METRIC_DIAGONAL the
 * products with x; with 0 rows, no metric, x itself
 */
extern void ntk_metric_apply(const double *metric, int rows, int d, const double *x,
							 double *out);

#endif
