/*
 * kmeans.h
 *		Weighted k-means, for choosing the landmarks of Nystrom features.
 *
 * Nystrom features on centres of clusters approximate a kernel better than on as many
 * random rows, because their error is bounded by the sum of squared distances between
 * rows and centres (Zhang, Tsang, Kwok, ICML 2008; docs/MATH.md §3.4). For that purpose
 * the first passes give all: the last per cent of the sum does not show in predictions.
 *
 * Start: k random rows. One pass in batches, after each of which every centre moves
 * towards its rows by a rate that falls with the rows it has seen (mini-batch k-means,
 * Sculley, WWW 2010); then passes over all rows after which every centre is the mean of
 * its rows (Lloyd 1982). A pass compares all rows with all centres. There are as many
 * as a budget of 6e10 operations allows, 2 n k (dim + 16) a pass, but at least 2 and at
 * most 20, and no more once no centre moves.
 */
#ifndef NTK_KMEANS_H
#define NTK_KMEANS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

/* floats of workspace: 4 per row, 3 per centre, and tiles of usually less than 60 MB */
extern size_t ntk_kmeans_work_floats(int n, int dim, int k);

/* as many passes over the rows come within a few per cent of convergence */
#define NTK_KMEANS_PASSES 20

/*
 * centres[k][dim] for rows[n][dim], row i counting weight[i] > 0 times; 1 <= k <= n.
 * Spherical k-means is for rows of length 1: centres are brought to length 1 after every
 * pass, so that the nearest is the one with the largest cosine. At most so many passes are made,
 * fewer if there are many rows.
 *
 * The rows should differ from each other: equal rows can become equal centres. If k = n
 * the centres are the rows in their order. work: ntk_kmeans_work_floats floats, aligned
 * for doubles.
 *
 * Rows may be any finite numbers: distances are those of the rows less their mean and
 * divided by the largest element of that, so that squares neither overflow nor vanish,
 * whatever the unit and the origin. Columns that vary less than 1e-18 times as
 * much as the largest do vanish. A centre that loses all its rows stays where it
 * is. On one machine, equal arguments give equal centres; elsewhere, rounding may
 * decide differently between centres at nearly the same distance.
 */
extern void ntk_kmeans(const float *rows, const double *weight, int n, int dim, int k,
					   uint64_t seed, int spherical, int most_passes, float *centres,
					   float *work, ntk_pause pause);

#endif
