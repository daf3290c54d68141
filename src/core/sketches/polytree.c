/*
 * polytree.c
 *		Growing and applying trees of TensorSRHTs.
 *
 * The algorithm pads x^(l times (x)) with copies of e1 up to the top degree, so that one
 * balanced tree serves all degrees. A product with e1 changes no inner product; where one
 * side of a node holds nothing but padding, we pass the other side through instead of
 * sketching it again. What remains of the tree for degree l is its first l leaves,
 * cut at powers of two, and different degrees share these pieces.
 */
#include "core/sketches/polytree.h"

#include <math.h>
#include <string.h>

/* the node of these leaves, of this width; leaves and inner nodes have the width s */
static int
polytree_grow(ntk_polytree *tree, int start, int count, int s, int width, int in_order,
			  ntk_dealer *dealer)
{
	ntk_polytree_node node = {.start = start,.count = count};
	int			half = 1;

	if (count == 1)
	{
		if (start >= tree->leaves)
			tree->leaves = start + 1;
		return -1 - start;
	}
	for (int i = 0; i < tree->nodes; i++)
		if (tree->node[i].start == start && tree->node[i].count == count &&
			tree->node[i].product.m == width)
			return i;
	while (2 * half < count)
		half *= 2;
	node.left = polytree_grow(tree, start, half, s, s, in_order, dealer);
	node.right = polytree_grow(tree, start + half, count - half, s, s, in_order, dealer);
	node.place = tree->results;
	ntk_tensor_srht_draw(&node.product, s, width, in_order, dealer);
	tree->results += width;
	tree->node[tree->nodes] = node;
	return tree->nodes++;
}

void
ntk_polytree_draw(ntk_polytree *tree, const double *a, int degree, int s, int width,
				  int in_order, ntk_dealer *dealer)
{
	memset(tree, 0, sizeof(*tree));
	tree->degree = degree;
	for (int l = 0; l <= degree; l++)
	{
		tree->root[l] = (float) sqrt(a[l]);
		tree->width[l] = a[l] > 0 ? width : 0;
		if (tree->width[l] > 0 && l >= 2)
			tree->top[l] = polytree_grow(tree, 0, l, s, width, in_order, dealer);
	}
}

void
ntk_polytree_apply(const ntk_polytree *tree, size_t shift, const float *const *leaf,
				   float *results, float *work)
{
	for (int i = 0; i < tree->nodes; i++)
	{
		const ntk_polytree_node *node = &tree->node[i];
		const float *u = node->left < 0 ? leaf[-1 - node->left] :
			results + tree->node[node->left].place;
		const float *v = node->right < 0 ? leaf[-1 - node->right] :
			results + tree->node[node->right].place;

		ntk_tensor_srht_apply_at(&node->product, shift, u, v, results + node->place, work);
	}
}

/* the sketch of degree l >= 2 */
static const float *
polytree_power_of(const ntk_polytree *tree, int l, const float *results)
{
	return results + tree->node[tree->top[l]].place;
}

/*
 * Up to an orthogonal matrix this sum is the SRHT of the direct sum whose sample is one block
 * of the Hadamard matrix: H (D_1 u_1 + D_2 u_2 + ...). Inner products do not see the
 * orthogonal factor, and the next step multiplies by signs and by H again. A TensorSRHT has
 * random signs inside, so that its result has mean 0 given all others: only the constant
 * needs a D.
 */
void
ntk_polytree_sum(const ntk_polytree *tree, int width, const float *signs,
				 const float *linear, const float *results, float *out)
{
	float		constant = (float) (tree->root[0] / sqrt((double) width));

	for (int i = 0; i < width; i++)
		out[i] = signs ? constant * signs[i] : 0;
	for (int l = 1; l <= tree->degree; l++)
	{
		float		root = tree->root[l];
		const float *power;

		if (tree->width[l] == 0)
			continue;
		power = l == 1 ? linear : polytree_power_of(tree, l, results);
		for (int i = 0; i < width; i++)
			out[i] += root * power[i];
	}
}
