/*
 * polytree.h
 *		PolySketch of a polynomial with non-negative coefficients.
 *
 * A polynomial sum_l a_l t^l, a_l >= 0, of the inner product t = <x,y> is the inner product
 * of the vectors (+)_l sqrt(a_l) x^(l times (x)). A tree of TensorSRHTs (tensor_srht.h)
 * sketches all these powers without ever forming them, and a sum makes them one vector.
 * arXiv 1909.01410; docs/MATH.md §3.1.
 */
#ifndef NTK_POLYTREE_H
#define NTK_POLYTREE_H

#include "core/base/dealer.h"
#include "core/linalg/polyfit.h"
#include "core/sketches/tensor_srht.h"

/* the product of the leaves start .. start + count - 1 */
typedef struct ntk_polytree_node
{
	int			start;
	int			count;
	int			left,
				right;			/* earlier nodes, or leaf i as -1 - i */
	size_t		place;			/* of the result among the tree's results */
	ntk_tensor_srht product;
} ntk_polytree_node;

#define NTK_POLYTREE_NODES (2 * NTK_POLYFIT_MAX_DEGREE)

/* sketches of all powers of one polynomial */
typedef struct ntk_polytree
{
	int			degree;
	int			leaves;			/* in use */
	float		root[NTK_POLYFIT_MAX_DEGREE + 1];	/* sqrt(a_l) */
	int			width[NTK_POLYFIT_MAX_DEGREE + 1];	/* of the part of degree l; or 0 */
	int			top[NTK_POLYFIT_MAX_DEGREE + 1];	/* its node, for l >= 2 */
	int			nodes;
	ntk_polytree_node node[NTK_POLYTREE_NODES];
	size_t		results;		/* floats of all nodes' results */
} ntk_polytree;

/*
 * width: of the sketches of all degrees that occur; s: of leaves and inner nodes. in_order:
 * width = s, and no coordinates of products are chosen (tensor_srht.h).
 */
extern void ntk_polytree_draw(ntk_polytree *tree, const double *a, int degree, int s,
							  int width, int in_order, ntk_dealer *dealer);

/*
 * All powers. leaf[i]: [s], i < tree->leaves; results: [tree->results]; work: 2 s floats.
 * shift: floats from the memory of this tree to that of the one to apply, of equal shape.
 */
extern void ntk_polytree_apply(const ntk_polytree *tree, size_t shift,
							   const float *const *leaf, float *results, float *work);

/*
 * out = sum_l sqrt(a_l) D_l (sketch of degree l), D_l random signs: signs that of the
 * constant, NULL to leave it out, linear the sketch of degree 1, results those of
 * ntk_polytree_apply; all [width].
 */
extern void ntk_polytree_sum(const ntk_polytree *tree, int width, const float *signs,
							 const float *linear, const float *results, float *out);

#endif
