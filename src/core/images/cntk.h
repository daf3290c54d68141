/*
 * cntk.h
 *		Features of the convolutional kernel in time linear in the pixels.
 *
 * With N^h the squared norms of patches (patches.h) and mu^h, psi^h the patches of what the
 * layer before has, divided by sqrt(N^h), the kernel of an image's pixels is in layer h
 *
 *		phi:		sqrt(N^h N^h') / q^2 kappa_1(t),  t = <mu^h, mu^h'>
 *		tangent:	sqrt(N^h N^h') / q^2 (<psi^h, psi^h'> kappa_0(t) + kappa_1(t))
 *
 * where mu is of phi and psi of tangent; in layer 1 there are pixels, whose tangent is phi.
 * Each layer replaces both by features of length rank at each pixel. The last one has the
 * features `dot` of kappa_0(t), and the kernel is pooled from their product with the
 * unnormalised psi:
 *
 *		K = mean over pairs of pixels in the same cell of <Psi, Psi'> <dot, dot'> / q^2
 *
 * So a cell's sum over pixels of Psi (x) dot, a matrix product, has all of it. Finally these
 * of all cells are reduced to m numbers by a sparse embedding, or left as they are if they
 * fit. docs/MATH.md §4; arXiv 1904.11955 section 4, 2106.07880 definition 3.
 *
 * Functions of the cosine have features of one form, mix f(directions mu): random
 * directions, or landmarks and whitening. The methods differ in what they draw.
 */
#ifndef NTK_CNTK_H
#define NTK_CNTK_H

#include "core/base/deal.h"
#include "core/base/table.h"
#include "core/images/patches.h"
#include "core/maps/map.h"

#define NTK_MIN_RANK 1
#define NTK_MAX_RANK 512
#define NTK_RANK 64				/* by default */

typedef struct ntk_cntk_block
{
	ntk_table	function;		/* of the cosine (cosine_table.h) */
	float	   *mix;			/* [rank][rank]; NULL: the values are the features */
} ntk_cntk_block;

/* the kernel of the tangent of layer h, 3 <= h < L, needs psi; that of layer 2 does not */
typedef struct ntk_cntk_stage
{
	ntk_layer	from;			/* what patches are taken of */
	int			dim;			/* length of mu, padded with zeros */
	double	   *directions;		/* [rank][dim], unit vectors or 0 */
	ntk_cntk_block phi;			/* kappa_1: h < L */
	ntk_cntk_block dot;			/* kappa_0: h = L, and with partners */
	ntk_cntk_block tangent;		/* 2 <= h < L; with partners without a function */
	float	   *partners;		/* [rank][patch of the tangent]: 3 <= h < L; NULL: none */
} ntk_cntk_stage;

typedef struct ntk_cntk
{
	ntk_image	image;
	int			depth;			/* L */
	int			rank;
	int			m;				/* features */
	uint64_t	seed;
	ntk_cntk_stage stage[NTK_MAX_DEPTH + 1];	/* from 1 */
	int			grid[2];		/* cells along the sides */
	size_t		product;		/* numbers of a cell */
	float		factor;			/* of them, for the mean over pairs of pixels */
	int		   *places;			/* [product][NTK_CNTK_PLACES]: 2 place + (1 if negative);
								 * NULL: nothing is reduced */
	double	   *scratch;		/* of the method, while it draws */
} ntk_cntk;

#define NTK_CNTK_PLACES 2

/* which stages have what */
static inline int
ntk_cntk_has_phi(const ntk_cntk *net, int h)
{
	return h < net->depth;
}

static inline int
ntk_cntk_has_tangent(const ntk_cntk *net, int h)
{
	return h >= 2 && h < net->depth;
}

static inline int
ntk_cntk_has_partners(const ntk_cntk *net, int h)
{
	return h >= 3 && h < net->depth;
}

/* numbers of a patch in stage h */
static inline int
ntk_cntk_patch(const ntk_cntk *net, int h)
{
	return ntk_layer_patch(&net->stage[h].from);
}

/* a network without stages' contents: sizes; option 0 of every such method is the rank */
extern void ntk_cntk_shape(ntk_cntk *net, const ntk_map_spec *spec);

/* deals memory to the directions and partners of a stage, and to the final reduction */
extern void ntk_cntk_lay_out_stage(ntk_cntk *net, int h, ntk_deal *deal);
extern void ntk_cntk_lay_out_places(ntk_cntk *net, ntk_deal *deal);

/* draws the final reduction */
extern void ntk_cntk_draw_places(ntk_cntk *net, ntk_pause pause);

/* floats of workspace */
extern size_t ntk_cntk_work_floats(const ntk_cntk *net);

/* z: [m], scale times the features of an image of norm 1 (or 0) */
extern void ntk_cntk_apply(const ntk_cntk *net, const float *image, float scale, float *z,
						   float *work, ntk_pause pause);

/* the same as parts of an ntk_method whose state is an ntk_cntk */
extern size_t ntk_cntk_map_work_floats(const ntk_map_spec *spec, int dim, int rows);
extern void ntk_cntk_map_apply(const ntk_map *map, const float *x, const float *scale, int n,
							   float *z, float *work);

/*
 * What stage h sees of an image at n of its pixels: unit: [n][dim] mu divided by its norm,
 * tangent: [n][patch] psi, if h has partners. Stages before h must be complete.
 */
extern void ntk_cntk_see(const ntk_cntk *net, int h, const float *image, int n,
						 const int *pixel, double *unit, float *tangent, float *work,
						 ntk_pause pause);

#endif
