/*
 * posterior.h
 *		How far predictions of a ridge model may be off (docs/MATH.md §5).
 *
 * Weights drawn from N(0, s^2/r I) and targets with noise of variance s^2 about the model make
 * ridge regression with penalty r the posterior mean. The variance of a new target is then
 *
 *		s^2 (1 + 1/n + (z - mean)^T (G_c + r I)^-1 (z - mean))
 *
 * for n rows of weight 1. Under this model both of
 *
 *		RSS / (n - 1 - df)						whose expectation is s^2
 *		(RSS + r |W|^2) / (n - 1)				s^2 times chi^2 of n - 1 by n - 1
 *
 * estimate s^2. The first one also holds where the weights are not drawn like that, but it is
 * that of very few rows when nearly all degrees of freedom are spent: the larger of both is
 * taken, and quantiles are those of the t distribution with n - 1 - df degrees of freedom. That
 * the second estimate has more of them counts as a third of n - 1 at least: in simulations with
 * penalties that were chosen by cross-validation this covers what it should from 10 rows on.
 *
 * For weighted rows s^2 is the variance at the mean weight, and G_c and
 * r are divided by it, so that rescaling all weights changes nothing.
 */
#ifndef NTK_POSTERIOR_H
#define NTK_POSTERIOR_H

#include "core/regression/ridge.h"

typedef struct ntk_posterior
{
	double	   *noise;			/* [targets] s^2 */
	double	   *mean;			/* [width] of the features */
	double	   *factor;			/* Cholesky factor, rectangular full packed, of G_c + r I
								 * divided by the mean weight */
	double	   *left;			/* [1]: these degrees of freedom; or NULL */
} ntk_posterior;

/* number of doubles; and the posterior that lies in that many, left in the last one */
extern size_t ntk_posterior_doubles(int width, int targets);
extern ntk_posterior ntk_posterior_view(double *memory, int width, int targets);

/*
 * Fills posterior after ntk_ridge_fit left the factor. rows: how many were fitted, df: effective
 * degrees of freedom. NTK_NOT_POSITIVE if nothing is left to estimate the noise from: of one row,
 * or if rows - df - 1 <= 0 without a penalty.
 */
extern ntk_status ntk_posterior_fill(const ntk_gram *gram, const ntk_ridge *fit,
									 const double *factor, double rows, double df,
									 ntk_posterior *posterior);

/*
 * (z - mean)^T (G_c + r I)^-1 (z - mean) times the mean weight: the leverage of a row of
 * features but for the intercept's 1/n. z: [width], overwritten.
 */
extern double ntk_posterior_leverage(const ntk_posterior *posterior, int width, double *z,
									 ntk_pause pause);

/* the p-quantile of the standard normal distribution, 0 < p < 1 */
extern double ntk_normal_quantile(double p);

/*
 * What the t distribution with df >= 1 degrees of freedom exceeds with probability tail,
 * 0 < tail < 1/2.
 */
extern double ntk_t_quantile(double tail, double df);

#endif
