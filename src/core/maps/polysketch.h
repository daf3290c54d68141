/*
 * polysketch.h
 *		The feature map `polysketch`: NTKSketch, tensor sketches of a kernel's polynomial.
 *
 * The kernel is a polynomial of the cosine t = <x,y>, or made from such, with coefficients
 * a_l >= 0; polytree.h sketches these.
 *
 * single:	Theta_L (or s_L) is fitted by one polynomial, which is sketched once:
 *			E<z(x), z(y)> = |x||y| sum_l a_l t^l exactly.
 * layered:	kappa_1 and kappa_0 are polynomials of degrees 2p+2 and 2p'+1, sketched anew in
 *			every layer from the sketch of the layer before. Its mean is the kernel of
 *			ntk_polysketch_kernel only in the limit of a large width s; the error falls
 *			like 1/sqrt(s).
 *
 * docs/MATH.md §3.1; arXiv 2104.00415 algorithm 1, 2106.07880 algorithm 1; PolySketch and
 * TensorSRHT are from arXiv 1909.01410.
 */
#ifndef NTK_POLYSKETCH_H
#define NTK_POLYSKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernels/kernel.h"
#include "core/sketches/polytree.h"
#include "core/sketches/srht.h"

#define NTK_POLYSKETCH_MAX_P 3

/* the defaults */
#define NTK_POLYSKETCH_DEGREE 4
#define NTK_POLYSKETCH_P 2
#define NTK_POLYSKETCH_P_PRIME 2

typedef struct ntk_polysketch_params
{
	ntk_kernel	kernel;
	int			depth;			/* L, 1 .. NTK_MAX_DEPTH */
	int			dim;			/* length of the unit vectors, >= 1 */
	int			m;				/* features, >= 1 */
	int			layered;		/* the variant */
	int			degree;			/* of the fit of a single one, 2 .. NTK_POLYFIT_MAX_DEGREE */
	int			p;				/* layered: 0 .. NTK_POLYSKETCH_MAX_P */
	int			p_prime;		/* layered: 0 .. NTK_POLYSKETCH_MAX_P */
	int			width;			/* s, of inner sketches: a power of two >= 64, or 0: default */
} ntk_polysketch_params;

typedef struct ntk_polysketch
{
	ntk_polysketch_params params;	/* with the width that is used */
	int			padded;			/* power of two >= dim and width */
	ntk_srht	base[NTK_POLYFIT_MAX_DEGREE];	/* if padded > width */
	ntk_polytree kappa1;		/* single: the whole polynomial */
	const float *signs1;		/* [width], single [m]: of its constant */
	ntk_srht	linear;			/* single: the part of degree 1 */
	ntk_srht	last;			/* layered: to m */

	/* layered: the first layer's; layer l's are at (l - 1) * stride floats from these */
	ntk_polytree kappa0;
	ntk_tensor_srht product;	/* of psi and the features of kappa_0 */
	const float *signs0;		/* [width]: as above, of kappa_0 */
	size_t		stride;
} ntk_polysketch;

/* what <z(x), z(y)> approximates at the cosine t of unit vectors: see the variants above */
extern double ntk_polysketch_kernel(const ntk_polysketch_params *params, double t);

/* the width of inner sketches if params->width is 0 */
extern int	ntk_polysketch_width(const ntk_polysketch_params *params);

/* floats of memory of a map, and of workspace of apply, whatever the number of rows */
extern size_t ntk_polysketch_floats(const ntk_polysketch_params *params);
extern size_t ntk_polysketch_work_floats(const ntk_polysketch_params *params);

/* memory: ntk_polysketch_floats(params) floats that live as long as the map */
extern void ntk_polysketch_init(ntk_polysketch *sketch, const ntk_polysketch_params *params,
								uint64_t seed, float *memory, ntk_pause pause);

/*
 * z[i] = scale[i] z(x_i) for unit vectors x: [n][dim]; scale: [n]; z: [n][m]. Rows are
 * processed one by one: a row's result does not depend on the rows it comes with.
 */
extern void ntk_polysketch_apply(const ntk_polysketch *sketch, const float *x,
								 const float *scale, int n, float *z, float *work);

#endif
