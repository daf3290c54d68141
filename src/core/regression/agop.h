/*
 * agop.h
 *		The average gradient outer product of a model: along which inputs it varies.
 *
 * M = sum over rows and targets of weight g g^T, g the gradient of a target by the inputs
 * (ntk_map_gradient). Divided by the total weight it is the average; a metric needs it up to a
 * factor only (metric.h). Sums of disjoint sets of rows add. docs/MATH.md §5b; arXiv 2212.13881.
 */
#ifndef NTK_AGOP_H
#define NTK_AGOP_H

#include "core/base/status.h"

/*
 * Adds n rows. gradient: [n][targets][dim], garbage afterwards; weights: [n], not negative, NULL:
 * all 1; sum: [dim][dim], of which elements [j][i] with i >= j are added to. NTK_OVERFLOW if M is
 * not finite; sum is then garbage, as it is when pause does not return.
 */
extern ntk_status ntk_agop_update(double *sum, int dim, int n, int targets, double *gradient,
								  const double *weights, ntk_pause pause);

/* the same for the diagonal of M only; sum: [dim]; the gradient stays as it is */
extern ntk_status ntk_agop_update_diagonal(double *sum, int dim, int n, int targets,
										   const double *gradient, const double *weights);

/* the other elements [j][i] of M, which is symmetric */
extern void ntk_agop_complete(double *sum, int dim, ntk_pause pause);

#endif
