/*
 * whiten.h
 *		Statistics of raw columns as statistics of features.
 *
 * Columns z with inner products L L^T become features L^-1 z. A statistic is whitened once,
 * before it is solved, and the weights of its solution are folded back: w^T L^-1 z = (L^-T
 * w)^T z, so that predictions need the columns only (docs/MATH.md §3.4).
 */
#ifndef NTK_WHITEN_H
#define NTK_WHITEN_H

#include "core/linalg/rfp.h"
#include "core/regression/gram.h"

/* the statistic of the features, in place; square: width^2 doubles of workspace */
extern void ntk_whiten(ntk_gram *gram, const ntk_rfp *l, double *square, ntk_pause pause);

/* weights of features to weights of columns, in place; weights: [count][width] */
extern void ntk_whiten_fold(const ntk_rfp *l, int count, double *weights, ntk_pause pause);

#endif
