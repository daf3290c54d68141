/*
 * directions.h
 *		Directions spread over the unit sphere, orthogonal in blocks.
 *
 * Features built on orthogonal directions vary less than on independent ones. Up to
 * NTK_HAAR_MAX dimensions a block is an exactly uniform orthogonal matrix; above, the
 * structured product (H D3 H D2 H D1) / dim^(3/2) of Hadamard transforms H and random
 * signs D, which costs O(log dim) a direction instead of O(dim) and is uniform enough
 * there (docs/MATH.md §3.3). The dimension has to be a power of two.
 */
#ifndef NTK_DIRECTIONS_H
#define NTK_DIRECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct ntk_directions
{
	int			dim;			/* length of a direction */
	int			count;			/* how many */
	float		unit;			/* multiply projections by this */
	const float *data;			/* Haar: [dim][count]; structured: [block][3][dim] signs */
} ntk_directions;

/* the dimension to pad vectors of this length to with zeros */
extern int	ntk_directions_dim(int length);

/* floats that count directions of this dimension occupy */
extern size_t ntk_directions_floats(int dim, int count);

/* draws the directions; memory: ntk_directions_floats(dim, count) floats, kept */
extern void ntk_directions_init(ntk_directions *directions, int dim, int count,
								uint64_t seed, float *memory, ntk_pause pause);

/*
 * out[i][j] * directions->unit = <x_i, w_j>. x: [n][dim]; out: [n][count];
 * work: dim floats. A row's result does not depend on the rows it comes with.
 */
extern void ntk_directions_project(const ntk_directions *directions, const float *x, int n,
								   float *out, float *work);

/*
 * The adjoint: out[i] = sum_j a_ij w_j. a: [n][count]; out: [n][dim]; work: 2 dim floats.
 * Structured directions work in single precision.
 */
extern void ntk_directions_combine(const ntk_directions *directions, const double *a, int n,
								   double *out, float *work);

#endif
