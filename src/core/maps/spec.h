/*
 * spec.h
 *		What a feature map is made from, and what it is once it is drawn.
 *
 * map.h has what is done with them, method.h what a method has to provide.
 */
#ifndef NTK_SPEC_H
#define NTK_SPEC_H

#include <limits.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/kernels/distance.h"
#include "core/kernels/image.h"
#include "core/maps/metric.h"
#include "core/sketches/osnap.h"

#define NTK_MAX_INPUT_DIM 1048576
#define NTK_MAX_COMPONENTS 16000
#define NTK_MAX_BLOCK 64		/* most rows that a map works on at a time */
#define NTK_MAX_OPTIONS 4		/* of a method */
#define NTK_UNSET INT_MIN		/* an option that is left to its default */
#define NTK_MIN_BASE 64			/* base_dim, if it is not 0 */
#define NTK_MAX_BASE 65536

/* all that determines a map: equal specifications give equal features */
typedef struct ntk_map_spec
{
	int			method;			/* index of its ntk_method */
	ntk_kernel	kernel;
	int			input_dim;		/* d, 1 .. NTK_MAX_INPUT_DIM */
	int			n_components;	/* m, 1 .. NTK_MAX_COMPONENTS */
	int			depth;			/* L, 1 .. NTK_MAX_DEPTH */
	int			base_dim;		/* (x, bias) are reduced to this length; 0: they are not */
	int			option[NTK_MAX_OPTIONS];	/* the method's, in its order; others 0 */
	uint64_t	seed;
	double		bias;			/* a constant coordinate appended to x; 0: none */
	ntk_distance distance;		/* of a kernel of the distance, with depth 1 and no bias; else 0s */
	ntk_image	image;			/* of a method for images, which are its rows; else 0s */
	const float *channels;		/* [2][image.channels]: pixels less the first, divided by the
								 * second, are what the map works on; NULL: as they are */
	int			metric_rows;	/* 0: no metric; of no method for images */
	const float *metric;		/* NTK_METRIC_DIAGONAL: [input_dim], the map works on their
								 * products with x; r rows, 1 .. NTK_MAX_METRIC_DIM: T,
								 * [r][input_dim], the map works on T x, and base_dim is 0 */
	const float *landmarks;		/* ntk_map_landmarks(spec) numbers, the method's */
} ntk_map_spec;

typedef struct ntk_map
{
	ntk_map_spec spec;
	const struct ntk_method *method;
	int			row_length;		/* of a row that ntk_map_apply takes */
	double	   *metric;			/* the specification's */
	double	   *origin;			/* [row_length] of a kernel of the distance; else NULL */
	ntk_osnap	osnap;			/* if rows are reduced */
	int			dim;			/* length of the unit vectors the method sees */
	int			block;			/* rows to work on at a time, 1 .. NTK_MAX_BLOCK */
	double		peak;			/* no |z_j| of a unit vector is larger */
	ntk_pause	pause;			/* called in long computations; may be NULL */
	void	   *state;			/* the method's */
} ntk_map;

#endif
