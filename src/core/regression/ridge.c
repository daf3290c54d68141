/*
 * ridge.c
 *		Solving the normal equations with an unpenalised intercept.
 */
#include "core/regression/ridge.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/simd.h"

/*
 * A negative variance is none of rounding errors beyond this part of the mean square of all
 * features, which is generous to those of whitening.
 */
#define NEGATIVE 1e-6

/* rounding errors that subtracted rows have left, as a part of their squares */
#define LEFT_BEHIND (64 * DBL_EPSILON)

static double
ridge_sum_of_squares(const ntk_gram *gram, int i)
{
	ntk_rfp		raw = ntk_rfp_view(gram->triangle, gram->width);

	return *ntk_rfp_at(&raw, i, i);
}

/* the rounding errors in a feature's sums that are due to rows which are gone, at most */
static double
ridge_left_behind(const ntk_gram *gram)
{
	return LEFT_BEHIND * *gram->cancelled / gram->width;
}

/*
 * The centred Gram matrix G_c in place of a copy of G, and B_c in place of the weights.
 * A feature of which rounding errors are all that centring leaves is constant: its row,
 * column and right-hand side become zero; the others are counted. *trace = tr(G_c).
 * NTK_NOT_POSITIVE if a variance is negative beyond rounding errors: something was subtracted
 * that had not been added.
 */
static ntk_status
ridge_centre(const ntk_gram *gram, const ntk_rfp *centred, double *weights, int *varying,
			 double *trace, ntk_pause pause)
{
	int			width = gram->width;
	double		total = gram->target[0];
	const double *sums = gram->cross;
	double		mean_square = ntk_gram_trace(gram) / width;

	ntk_rfp_rank_k(centred, 1, -1.0 / total, sums, pause);
	for (int c = 0; c < gram->targets; c++)
	{
		const double *b = gram->cross + (c + 1) * (size_t) width;
		double		mean = gram->target[c + 1] / total;

		for (int i = 0; i < width; i++)
			weights[c * (size_t) width + i] = b[i] - sums[i] * mean;
	}

	*varying = 0;
	*trace = 0;
	for (int i = 0; i < width; i++)
	{
		double		variance = *ntk_rfp_at(centred, i, i);
		double noise =
			NTK_CONSTANT * fabs(ridge_sum_of_squares(gram, i)) + ridge_left_behind(gram);

		if (variance < -noise - NEGATIVE * mean_square && *gram->cancelled > 0)
			return NTK_NOT_POSITIVE;
		if (variance > noise)
		{
			*trace += variance;
			(*varying)++;
			continue;
		}
		for (int j = 0; j < width; j++)
			*ntk_rfp_at(centred, i, j) = 0;
		for (int c = 0; c < gram->targets; c++)
			weights[c * (size_t) width + i] = 0;
	}
	return NTK_OK;
}

/*
 * Every pivot of the factor against the rounding errors of its own diagonal element:
 * below them the matrix is singular for all that we can tell. Rows of constant
 * features hold nothing but the ridge.
 */
static ntk_status
ridge_check_pivots(const ntk_gram *gram, const ntk_rfp *factor, double ridge)
{
	for (int i = 0; i < factor->n; i++)
	{
		double		pivot = *ntk_rfp_at(factor, i, i);
		double		square = ridge_sum_of_squares(gram, i);
		double		variance = square - gram->cross[i] * (gram->cross[i] / gram->target[0]);
		double		noise = DBL_EPSILON * (factor->n * (variance + ridge) + 8 * square);

		if (variance <= NTK_CONSTANT * square + ridge_left_behind(gram))
			continue;
		if (!(pivot * pivot > noise + ridge_left_behind(gram)))
			return NTK_NOT_POSITIVE;
	}
	return NTK_OK;
}

/*
 * A square less what is explained of it, which rounding errors leave a little negative; not
 * finite if that is not, where fmax would make 0 of a NaN.
 */
static double
ridge_residual(double square)
{
	return square < 0 ? 0 : square;
}

/* the intercept and the training error of target c, from its weights */
static ntk_status
ridge_finish_target(const ntk_gram *gram, int c, ntk_ridge *fit)
{
	int			width = gram->width;
	size_t		columns = (size_t) gram->targets + 1;
	double		total = gram->target[0];
	const double *w = fit->weights + c * (size_t) width;
	const double *b = gram->cross + (c + 1) * (size_t) width;
	double		mean = gram->target[c + 1] / total;
	double		spread = gram->target[(c + 1) * columns + c + 1] - gram->target[c + 1] * mean;
	double		explained = 0,
				square = 0,
				offset = 0;

	for (int i = 0; i < width; i++)
	{
		explained += w[i] * (b[i] - gram->cross[i] * mean);
		square += w[i] * w[i];
		offset += w[i] * gram->cross[i];
	}
	/* W^T G_c W = W^T B_c - r |W|^2 by the normal equations */
	fit->train_mse[c] = ridge_residual(spread - explained - fit->ridge * square) / total;
	fit->intercept[c] = mean - offset / total;
	return isfinite(fit->intercept[c]) && isfinite(explained) && isfinite(square) &&
		isfinite(fit->train_mse[c]) ? NTK_OK : NTK_OVERFLOW;
}

ntk_status
ntk_ridge_fit(const ntk_gram *gram, double lambda, double *factor, ntk_ridge *fit,
			  ntk_pause pause)
{
	int			width = gram->width;
	ntk_rfp		centred = ntk_rfp_view(factor, width);
	double		trace;

	/* G_c and B_c */
	memcpy(factor, gram->triangle, ntk_rfp_size(width) * sizeof(double));
	if (ridge_centre(gram, &centred, fit->weights, &fit->varying, &trace, pause) != NTK_OK)
		return NTK_NOT_POSITIVE;

	/* G_c + r I */
	fit->ridge = lambda / width * trace;
	for (int i = 0; i < width; i++)
		*ntk_rfp_at(&centred, i, i) += fit->ridge;

	if (fit->varying < width && lambda == 0)
		return NTK_NOT_POSITIVE;

	/* its factor, and W */
	if (fit->varying > 0)		/* otherwise the weights are zero already */
	{
		if (ntk_rfp_cholesky(&centred, pause) != NTK_OK ||
			ridge_check_pivots(gram, &centred, fit->ridge) != NTK_OK)
			return NTK_NOT_POSITIVE;
		ntk_rfp_solve(&centred, gram->targets, fit->weights, pause);
	}
	for (int c = 0; c < gram->targets; c++)
		if (ridge_finish_target(gram, c, fit) != NTK_OK)
			return NTK_OVERFLOW;
	return NTK_OK;
}

/*
 * About the means of the rows at hand, so that no large terms cancel: with u = Y - mean(Y)
 * and v = W^T (z - mean(z)) the residual is u - v plus that of the means.
 */
ntk_status
ntk_ridge_mse(const ntk_gram *gram, const ntk_ridge *fit, double *mse, double *work,
			  ntk_pause pause)
{
	size_t		width = gram->width;
	size_t		columns = (size_t) gram->targets + 1;
	double		total = gram->target[0];
	const double *sums = gram->cross;
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, gram->width);
	int			finite = 1;

	memset(work, 0, sizeof(double) * width * gram->targets);
	ntk_rfp_multiply(&triangle, gram->targets, fit->weights, work, pause);
	for (int c = 0; c < gram->targets; c++)
	{
		const double *w = fit->weights + c * width;
		const double *b = gram->cross + (c + 1) * width;
		const double *gw = work + c * width;
		double		mean = gram->target[c + 1] / total;
		double		uu = gram->target[(c + 1) * columns + c + 1] - gram->target[c + 1] * mean;
		double		uv = 0,
					vv = 0,
					prediction = 0;

		for (size_t i = 0; i < width; i++)
			prediction += w[i] * sums[i] / total;
		for (size_t i = 0; i < width; i++)
		{
			uv += w[i] * (b[i] - sums[i] * mean);
			vv += w[i] * (gw[i] - sums[i] * prediction);
		}
		prediction += fit->intercept[c];
		mse[c] = ridge_residual(uu - 2 * uv + vv) / total + (mean - prediction) * (mean - prediction);
		finite &= isfinite(mse[c]) != 0;
	}
	return finite ? NTK_OK : NTK_OVERFLOW;
}

NTK_SIMD double
ntk_ridge_predict(double intercept, const double *weights, const double *z, int n)
{
	double		sum[4] = {0, 0, 0, 0};	/* or the additions would wait for one another */
	int			i = 0;

	for (; i + 4 <= n; i += 4)
		for (int lane = 0; lane < 4; lane++)
			sum[lane] += weights[i + lane] * z[i + lane];
	for (; i < n; i++)
		sum[0] += weights[i] * z[i];
	return intercept + ((sum[0] + sum[1]) + (sum[2] + sum[3]));
}
