/*
 * nystrom.h
 *		The feature map `nystrom`: the kernel against landmark rows.
 *
 * Its columns are z_j(x) = |x| K(cosine of x and landmark j), K the kernel of unit vectors.
 * With K_CC the same among the landmarks, K_CC^(-1/2) z are features in the sense of the
 * other maps: their inner products are the kernel's projection on the span of the landmarks.
 * Statistics are summed of the raw columns and whitened once, when they are solved (whiten.h).
 * A landmark's norm has no part in it: it would only scale a column.
 *
 * Of kernels of the distance (distance.h) the columns are K(x, landmark j) themselves.
 * docs/MATH.md §3.4, §3.6; Williams and Seeger 2001.
 */
#ifndef NTK_NYSTROM_H
#define NTK_NYSTROM_H

#include "core/base/table.h"
#include "core/maps/method.h"

typedef struct ntk_nystrom
{
	int			count;			/* of landmarks */
	int			zeros;			/* of them without a direction: their columns are 0 */
	const double *landmarks;	/* [count][dim], unit vectors or 0, or less the map's origin */
	ntk_table	kernel;			/* K, see nystrom.c; of dot-product kernels, as the next */
	ntk_table	slope;			/* its derivative by the angle */
	const double *squares;		/* [count], |landmark|^2; of kernels of the distance */
} ntk_nystrom;

#endif
