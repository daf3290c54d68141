/*
 * ridge.h
 *		Ridge regression from a Gram statistic (docs/MATH.md §5).
 */
#ifndef NTK_RIDGE_H
#define NTK_RIDGE_H

#include "core/base/status.h"
#include "core/regression/gram.h"

/* a fitted linear model: f(z) = intercept + weights^T z */
typedef struct ntk_ridge
{
	double		ridge;			/* the penalty that was added to the diagonal */
	int			varying;		/* features that are not constant */
	double	   *intercept;		/* [targets] */
	double	   *train_mse;		/* [targets], weighted mean squared residual */
	double	   *weights;		/* [targets][width] */
} ntk_ridge;

/*
 * Minimises sum w |Y - b - W^T z|^2 + r |W|^2 with r = lambda tr(G_c) / width, G_c the
 * centred Gram matrix: the intercept is not penalised, and one lambda suits every
 * scale of the features. factor: ntk_rfp_size(width) doubles, which become the Cholesky factor
 * of G_c + r I if any feature varies; the statistic must have positive total weight. Features that do not vary get weight
 * zero if lambda is positive, and make the problem singular if it is 0. NTK_NOT_POSITIVE if
 * G_c + r I is singular to working precision, NTK_OVERFLOW if the solution is not finite.
 */
extern ntk_status ntk_ridge_fit(const ntk_gram *gram, double lambda, double *factor,
								ntk_ridge *fit, ntk_pause pause);

/*
 * mse[c] = the weighted mean squared error of target c on the rows of a statistic of
 * positive total weight. work: width * targets doubles. NTK_OVERFLOW if one is not finite.
 */
extern ntk_status ntk_ridge_mse(const ntk_gram *gram, const ntk_ridge *fit, double *mse,
								double *work, ntk_pause pause);

/* the prediction of one target for features z of length n: intercept + weights . z */
extern double ntk_ridge_predict(double intercept, const double *weights, const double *z,
								int n);

#endif
