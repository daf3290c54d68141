/*
 * calibrate.h
 *		Probabilities from class scores (docs/MATH.md §5c).
 *
 * With K classes the probability of class k is
 *
 *		p_k = softmax_k(a_k + b_k g_k(s_k))
 *
 * with g_k(s) = s, or g_k(s) = asinh(s / (2 c_k)), which is the logarithm for scores far above
 * the knee c_k. Ridge regression on indicators of classes estimates probabilities, so the
 * logarithm is what a rare class needs; scores that are logarithms already need the former.
 * Vector scaling: Guo, Pleiss, Sun, Weinberger, On calibration of modern neural networks, 2017
 * (arXiv 1706.04599).
 */
#ifndef NTK_CALIBRATE_H
#define NTK_CALIBRATE_H

#include <stddef.h>

#include "core/base/status.h"

/*
 * out[i] = exp(scores[i] / temperature) / sum over i, for finite scores and a finite positive
 * temperature; no intermediate result overflows. out may be scores.
 */
extern void ntk_softmax(const double *scores, int n, double temperature, double *out);

/* A calibration: a[classes], b[classes], c[classes], the last 0 where g_k(s) = s. */
#define NTK_CALIBRATION_ROWS 3

/*
 * Probabilities of finite scores by a calibration of finite numbers, c not negative. No
 * intermediate result overflows. out may be scores.
 */
extern void ntk_calibrate(const double *scores, int classes, const double *calibration,
						  double *out);

/* The rows whose observed class is one and the same. */
typedef struct ntk_class_rows
{
	int			n;
	const float *scores;		/* [n][classes], finite */
	const double *weights;		/* [n], positive: of how many rows of weight 1 each one tells */
} ntk_class_rows;

/* doubles of the workspace of ntk_calibrate_fit; beside it are n x classes floats */
extern size_t ntk_calibrate_doubles(int classes);

/*
 * The calibration of rows, classes of them, at least one row and two classes: the minimum of
 *
 *		sum over rows of weight * (-sum_k t_k ln p_k) + penalties.
 *
 * The penalties keep a few rows from certainty, and shrink with their number N_k in a class:
 *
 *		t_k		a row of class j is taken for one of the classes at large with probability
 *				1/(N_j + 1), in a way that leaves the shares of classes as they are;
 *		a_k		one row at the mean of the scores counts as 1/K of each class, so that a class
 *				without rows is not impossible;
 *		b_k		(b_k - b)^2 times the variance of g_k(s_k) over the rows, for a free b.
 *
 * The knees are those multiples of the classes' mean scores that have the least minimum for the
 * first few thousand rows, which should be as good as random ones; 0 if a mean is not positive. If b would be negative, all slopes are 0: such scores say nothing.
 */
extern void ntk_calibrate_fit(const ntk_class_rows *rows, int classes, float *transformed,
							  double *work, double *calibration, ntk_pause pause);

#endif
