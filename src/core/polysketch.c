/*
 * polysketch.c
 *		Fitting polynomials to the kernels and sketching them.
 *
 * The algorithm pads x^(l times (x)) with copies of e1 up to the top degree, so that one
 * balanced tree serves all degrees. A product with e1 changes no inner product; where one
 * side of a node holds nothing but padding, we pass the other side through instead of
 * sketching it again. What remains of the tree for degree l is its first l leaves,
 * cut at powers of two, and different degrees share these pieces.
 */
#include "core/polysketch.h"

#include <math.h>
#include <string.h>

#include "core/deal.h"
#include "core/hadamard.h"
#include "core/method.h"
#include "core/nnls.h"

#define PI 3.141592653589793238462643383280
#define GRID 256				/* intervals between the angles of a fit */
#define DEGREES (NTK_POLYSKETCH_MAX_DEGREE + 1)
#define NEGLIGIBLE 1e-9			/* a coefficient below this, relative, is rounding error */
#define MIN_WIDTH 256
#define MAX_WIDTH 16384

_Static_assert(DEGREES <= NTK_NNLS_MAX, "a fit has one unknown per degree");

/* deals out memory and draws what goes there */
typedef struct dealer
{
	ntk_deal	deal;
	ntk_rng		rng;
} dealer;

static int
power_of_two(int at_least)
{
	int			n = NTK_HADAMARD_MIN;

	while (n < at_least)
		n *= 2;
	return n;
}

/* a kernel of two unit vectors that enclose an angle */
typedef struct function
{
	enum
	{
		KERNEL, KAPPA1, KAPPA0
	}			what;
	ntk_kernel	kernel;
	int			depth;
} function;

static double
target_at(const function *target, double angle)
{
	switch (target->what)
	{
		case KAPPA1:
			return ntk_kappa1(angle);
		case KAPPA0:
			return ntk_kappa0(angle);
		default:
			return ntk_kernel_unit(target->kernel, target->depth, angle);
	}
}

/*
 * Evenly spaced angles put the nodes of Chebyshev's interpolation on the cosines, which
 * makes the largest error almost as small as it can be. end: weight of the angle 0.
 */
static void
fit(const function *target, int degree, double end, double *coefficient)
{
	double		a[DEGREES * (GRID + 1)];
	double		b[GRID + 1];
	double		largest = 0;

	for (int i = 0; i <= GRID; i++)
	{
		double		angle = PI * i / GRID;
		double		power = i == 0 ? end : 1;

		b[i] = power * target_at(target, angle);
		for (int l = 0; l <= degree; l++, power *= cos(angle))
			a[l * (GRID + 1) + i] = power;
	}
	/* should the search be stopped, the fit is not the best, but it is one */
	ntk_nnls(a, b, GRID + 1, degree + 1, coefficient);
	for (int l = 0; l <= degree; l++)
		largest = fmax(largest, coefficient[l]);
	for (int l = 0; l <= degree; l++)
		if (coefficient[l] < NEGLIGIBLE * largest)
			coefficient[l] = 0;
}

void
ntk_polysketch_fit(ntk_kernel kernel, int depth, int degree, double *a)
{
	function	whole = {KERNEL, kernel, depth};

	fit(&whole, degree, 1, a);
}

/*
 * The truncated power series of the algorithm loses 0.1 of kappa_0(1) = 1 at degree 5. A
 * fit of the same degree is closer; and it can be made to keep kappa(1) = 1, without which
 * unit vectors would not remain unit vectors from layer to layer.
 */
#define KEEP_UNIT 1e3

static void
fit_layer(const ntk_polysketch_params *params, double *kappa1, double *kappa0)
{
	function	one = {.what = KAPPA1};
	function	zero = {.what = KAPPA0};

	fit(&one, 2 * params->p + 2, KEEP_UNIT, kappa1);
	fit(&zero, 2 * params->p_prime + 1, KEEP_UNIT, kappa0);
}

static double
polynomial(const double *a, int degree, double t)
{
	double		sum = 0;

	for (int l = degree; l >= 0; l--)
		sum = sum * t + a[l];
	return sum;
}

double
ntk_polysketch_kernel(const ntk_polysketch_params *params, double t)
{
	double		a[DEGREES];
	double		b[DEGREES];
	double		theta = t;
	double		sigma = t;

	if (!params->layered)
	{
		ntk_polysketch_fit(params->kernel, params->depth, params->degree, a);
		return polynomial(a, params->degree, t);
	}
	fit_layer(params, a, b);
	for (int layer = 1; layer <= params->depth; layer++)
	{
		double		next = polynomial(a, 2 * params->p + 2, sigma);

		theta = theta * polynomial(b, 2 * params->p_prime + 1, sigma) + next;
		sigma = next;
	}
	return params->kernel == NTK_KERNEL_NTK ? theta : sigma;
}

static void
srht_draw(ntk_polysketch_srht *srht, int dim, int m, dealer *dealer)
{
	int			blocks = (m + dim - 1) / dim;
	size_t		n = (size_t) blocks * dim;
	float	   *signs = ntk_take(&dealer->deal, n);
	int		   *chosen = (int *) ntk_take(&dealer->deal, n);

	srht->dim = dim;
	srht->m = m;
	srht->signs = signs;
	srht->chosen = chosen;
	if (dealer->deal.memory == NULL)
		return;
	for (int block = 0; block < blocks; block++, signs += dim, chosen += dim)
	{
		ntk_rng_signs(&dealer->rng, signs, dim);
		for (int i = 0; i < dim; i++)
			chosen[i] = i;
		/* every coordinate once before any twice; in order if all are taken */
		for (int i = 0; i < dim && (block + 1) * (long) dim > m; i++)
		{
			int			other = i + (int) (ntk_rng_next(&dealer->rng) % (uint64_t) (dim - i));
			int			swap = chosen[i];

			chosen[i] = chosen[other];
			chosen[other] = swap;
		}
	}
}

/* out = scale S H D x / sqrt(m); x: [dim]; work: dim floats */
static void
srht_apply(const ntk_polysketch_srht *srht, const float *x, float scale, float *out,
		   float *work)
{
	float		factor = (float) (scale / sqrt((double) srht->m));

	for (int first = 0; first < srht->m; first += srht->dim)
	{
		const int  *chosen = srht->chosen + first;
		int			used = srht->m - first < srht->dim ? srht->m - first : srht->dim;

		ntk_hadamard(x, srht->signs + first, work, srht->dim);
		for (int i = 0; i < used; i++)
			out[first + i] = factor * work[chosen[i]];
	}
}

static void
product_draw(ntk_tensor_srht *product, int dim, int m, dealer *dealer)
{
	float	   *memory = ntk_take(&dealer->deal, ntk_tensor_srht_floats(dim, m));

	product->dim = dim;
	product->m = m;
	if (memory)
		ntk_tensor_srht_init(product, dim, m, &dealer->rng, memory);
}

/* a product of another layer */
static void
product_apply(const ntk_tensor_srht *product, size_t shift, const float *u, const float *v,
			  float *out, float *work)
{
	ntk_tensor_srht shifted = *product;

	shifted.signs += shift;
	shifted.chosen += shift;
	ntk_tensor_srht_apply(&shifted, u, v, out, work);
}

/* the node of these leaves, of this width; leaves and inner nodes have the width s */
static int
grow(ntk_polysketch_tree *tree, int start, int count, int s, int width, dealer *dealer)
{
	ntk_polysketch_node node = {.start = start,.count = count};
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
	node.left = grow(tree, start, half, s, s, dealer);
	node.right = grow(tree, start + half, count - half, s, s, dealer);
	node.place = tree->results;
	product_draw(&node.product, s, width, dealer);
	tree->results += width;
	tree->node[tree->nodes] = node;
	return tree->nodes++;
}

/* width[l]: of the sketch of degree l, 0 where there is none */
static void
tree_draw(ntk_polysketch_tree *tree, const double *a, const int *width, int degree, int s,
		  dealer *dealer)
{
	memset(tree, 0, sizeof(*tree));
	tree->degree = degree;
	for (int l = 0; l <= degree; l++)
	{
		tree->root[l] = (float) sqrt(a[l]);
		tree->width[l] = width[l];
		if (width[l] > 0 && l >= 2)
			tree->top[l] = grow(tree, 0, l, s, width[l], dealer);
	}
}

/* all powers; leaf[i]: [s]; work: 2 s floats */
static void
tree_apply(const ntk_polysketch_tree *tree, size_t shift, const float *const *leaf,
		   float *results, float *work)
{
	for (int i = 0; i < tree->nodes; i++)
	{
		const ntk_polysketch_node *node = &tree->node[i];
		const float *u = node->left < 0 ? leaf[-1 - node->left] :
			results + tree->node[node->left].place;
		const float *v = node->right < 0 ? leaf[-1 - node->right] :
			results + tree->node[node->right].place;

		product_apply(&node->product, shift, u, v, results + node->place, work);
	}
}

/* the sketch of degree l >= 2 */
static const float *
tree_power(const ntk_polysketch_tree *tree, int l, const float *results)
{
	return results + tree->node[tree->top[l]].place;
}

/*
 * Where the errors of inner sketches no longer count: twice the width gains 1 percent
 * (single, m = 2048) or nothing (layered), half of it loses 10 or 50 percent.
 */
int
ntk_polysketch_width(const ntk_polysketch_params *params)
{
	int			width = power_of_two(params->layered ? params->m : (params->m + 1) / 2);

	if (params->width > 0)
		return params->width;
	return width < MIN_WIDTH ? MIN_WIDTH : width > MAX_WIDTH ? MAX_WIDTH : width;
}

static const float *
signs_draw(int n, dealer *dealer)
{
	float	   *signs = ntk_take(&dealer->deal, n);

	if (signs)
		ntk_rng_signs(&dealer->rng, signs, n);
	return signs;
}

/*
 * Every degree is sketched to all m features and these are summed. The alternative, a share
 * of the m features for each degree, halves the error of the kernel at dim = 784, m = 2048
 * (0.021 instead of 0.039, root mean square, degree 4) and is faster, but regression wants
 * many features that are nonlinear more than it wants the kernel: MNIST 0.954 instead of
 * 0.960, nmse on protein 0.494 instead of 0.487 at m = 1024.
 */
static void
draw_single(ntk_polysketch *sketch, dealer *dealer)
{
	const ntk_polysketch_params *params = &sketch->params;
	double		a[DEGREES];
	int			width[DEGREES];

	ntk_polysketch_fit(params->kernel, params->depth, params->degree, a);
	for (int l = 0; l <= params->degree; l++)
		width[l] = a[l] > 0 ? params->m : 0;
	tree_draw(&sketch->kappa1, a, width, params->degree, params->width, dealer);
	if (sketch->padded > params->width)
		for (int i = 0; i < sketch->kappa1.leaves; i++)
			srht_draw(&sketch->base[i], sketch->padded, params->width, dealer);
	srht_draw(&sketch->linear, sketch->padded, params->m, dealer);
	sketch->signs1 = signs_draw(params->m, dealer);
}

static void
draw_layer(ntk_polysketch *sketch, dealer *dealer)
{
	const ntk_polysketch_params *params = &sketch->params;
	double		a[2][DEGREES];
	int			width[2][DEGREES];

	fit_layer(params, a[0], a[1]);
	for (int i = 0; i < 2; i++)
		for (int l = 0; l < DEGREES; l++)
			width[i][l] = a[i][l] > 0 ? params->width : 0;

	tree_draw(&sketch->kappa1, a[0], width[0], 2 * params->p + 2, params->width, dealer);
	sketch->signs1 = signs_draw(params->width, dealer);
	if (params->kernel == NTK_KERNEL_NNGP)
		return;
	tree_draw(&sketch->kappa0, a[1], width[1], 2 * params->p_prime + 1, params->width, dealer);
	sketch->signs0 = signs_draw(params->width, dealer);
	product_draw(&sketch->product, params->width, params->width, dealer);
}

static void
draw_layered(ntk_polysketch *sketch, dealer *dealer)
{
	const ntk_polysketch_params *params = &sketch->params;

	if (sketch->padded > params->width)
		srht_draw(&sketch->base[0], sketch->padded, params->width, dealer);
	srht_draw(&sketch->last, params->width, params->m, dealer);
	for (int layer = 1; layer <= params->depth; layer++)
	{
		ntk_polysketch same_shape = *sketch;
		size_t		before = dealer->deal.used;

		draw_layer(layer == 1 ? sketch : &same_shape, dealer);
		sketch->stride = dealer->deal.used - before;
	}
}

static void
draw(ntk_polysketch *sketch, const ntk_polysketch_params *params, dealer *dealer)
{
	memset(sketch, 0, sizeof(*sketch));
	sketch->params = *params;
	sketch->params.width = ntk_polysketch_width(params);
	sketch->padded = power_of_two(params->dim);
	if (sketch->padded < sketch->params.width)
		sketch->padded = sketch->params.width;
	if (params->layered)
		draw_layered(sketch, dealer);
	else
		draw_single(sketch, dealer);
}

size_t
ntk_polysketch_floats(const ntk_polysketch_params *params)
{
	ntk_polysketch sketch;
	dealer		count = {0};

	draw(&sketch, params, &count);
	return count.deal.used;
}

void
ntk_polysketch_init(ntk_polysketch *sketch, const ntk_polysketch_params *params,
					uint64_t seed, float *memory)
{
	dealer		dealer = {.deal = {.memory = memory}};

	ntk_rng_init(&dealer.rng, seed, 0);
	draw(sketch, params, &dealer);
}

/* what a row needs */
typedef struct workspace
{
	float	   *x;				/* padded */
	float	   *scratch;		/* of transforms */
	float	   *results;		/* of a tree */
	float	   *base[NTK_POLYSKETCH_MAX_DEGREE];	/* single: leaves */
	float	   *linear;			/* single: the part of degree 1 */
	float	   *phi[2];			/* layered: a layer's and the next one's */
	float	   *dphi;
	float	   *psi;
	float	   *product;
} workspace;

static void
lay_out(const ntk_polysketch *sketch, workspace *work, ntk_deal *deal)
{
	int			s = sketch->params.width;
	int			is_wide = sketch->padded > s;
	size_t		results = sketch->kappa1.results;

	if (sketch->kappa0.results > results)
		results = sketch->kappa0.results;
	work->x = ntk_take(deal, sketch->padded);
	work->scratch = ntk_take(deal, sketch->padded > 2 * s ? sketch->padded : 2 * s);
	work->results = ntk_take(deal, results);
	if (sketch->params.layered)
	{
		work->phi[0] = ntk_take(deal, s);
		work->phi[1] = ntk_take(deal, s);
		work->dphi = ntk_take(deal, s);
		work->psi = ntk_take(deal, s);
		work->product = ntk_take(deal, s);
		return;
	}
	for (int i = 0; i < sketch->kappa1.leaves; i++)
		work->base[i] = is_wide ? ntk_take(deal, s) : work->x;
	work->linear = ntk_take(deal, sketch->params.m);
}

size_t
ntk_polysketch_work_floats(const ntk_polysketch_params *params)
{
	ntk_polysketch sketch;
	workspace	work;
	dealer		shape = {0};
	ntk_deal	count = {0};

	draw(&sketch, params, &shape);
	lay_out(&sketch, &work, &count);
	return count.used;
}

/*
 * Transforms of vectors that are mostly zeros repeat themselves: with 10 columns of a
 * Hadamard matrix of order 1024 only 16 rows differ. So a short vector is padded with
 * copies of itself, which random signs tell apart: (x, x, .., x, 0) / sqrt(copies). At
 * dim = 10 that brings the error of the kernel to an eighth of that with zeros.
 */
static void
pad(const ntk_polysketch *sketch, const float *x, float *out)
{
	int			dim = sketch->params.dim;
	int			copies = sketch->padded / dim;
	float		factor = (float) (1.0 / sqrt((double) copies));

	for (int i = 0; i < dim; i++)
		out[i] = factor * x[i];
	for (int copy = 1; copy < copies; copy++)
		memcpy(out + (size_t) copy * dim, out, sizeof(float) * dim);
	memset(out + (size_t) copies * dim, 0,
		   sizeof(float) * (sketch->padded - (size_t) copies * dim));
}

/*
 * out = sum_l sqrt(a_l) D_l (sketch of degree l), D_l random signs. Up to an orthogonal
 * matrix this is the SRHT of the direct sum whose sample is one block of the Hadamard
 * matrix: H (D_1 u_1 + D_2 u_2 + ...). Inner products do not see the orthogonal factor,
 * and the next step multiplies by signs and by H again. A TensorSRHT has random signs
 * inside, so that its result has mean 0 given all others: only the constant needs a D.
 */
static void
compress(const ntk_polysketch_tree *tree, const float *signs, int s, const float *linear,
		 const float *results, float *out)
{
	float		constant = (float) (tree->root[0] / sqrt((double) s));

	for (int i = 0; i < s; i++)
		out[i] = constant * signs[i];
	for (int l = 1; l <= tree->degree; l++)
	{
		float		root = tree->root[l];
		const float *power;

		if (tree->width[l] == 0)
			continue;
		power = l == 1 ? linear : tree_power(tree, l, results);
		for (int i = 0; i < s; i++)
			out[i] += root * power[i];
	}
}

static void
row_single(const ntk_polysketch *sketch, const float *x, float scale, float *z,
		   const workspace *work)
{
	const ntk_polysketch_tree *tree = &sketch->kappa1;
	int			m = sketch->params.m;

	pad(sketch, x, work->x);
	if (sketch->padded > sketch->params.width)
		for (int i = 0; i < tree->leaves; i++)
			srht_apply(&sketch->base[i], work->x, 1, work->base[i], work->scratch);
	tree_apply(tree, 0, (const float *const *) work->base, work->results, work->scratch);
	srht_apply(&sketch->linear, work->x, 1, work->linear, work->scratch);
	compress(tree, sketch->signs1, m, work->linear, work->results, z);
	for (int i = 0; i < m; i++)
		z[i] *= scale;
}

/*
 * R is a sum for the same reason as T and W in compress. V, between equal widths, would be
 * orthogonal and is left out.
 */
static void
row_layered(const ntk_polysketch *sketch, const float *x, float scale, float *z,
			const workspace *work)
{
	int			s = sketch->params.width;
	float	   *phi = work->phi[0];
	float	   *next = work->phi[1];
	int			is_ntk = sketch->params.kernel == NTK_KERNEL_NTK;

	pad(sketch, x, work->x);
	if (sketch->padded > s)
		srht_apply(&sketch->base[0], work->x, 1, phi, work->scratch);
	else
		memcpy(phi, work->x, sizeof(float) * s);
	memcpy(work->psi, phi, sizeof(float) * s);

	for (int layer = 1; layer <= sketch->params.depth; layer++)
	{
		size_t		shift = (layer - 1) * sketch->stride;
		const float *leaf[NTK_POLYSKETCH_MAX_DEGREE];
		float	   *swap;

		for (int i = 0; i < NTK_POLYSKETCH_MAX_DEGREE; i++)
			leaf[i] = phi;
		tree_apply(&sketch->kappa1, shift, leaf, work->results, work->scratch);
		compress(&sketch->kappa1, sketch->signs1 + shift, s, phi, work->results, next);
		if (is_ntk)
		{
			tree_apply(&sketch->kappa0, shift, leaf, work->results, work->scratch);
			compress(&sketch->kappa0, sketch->signs0 + shift, s, phi, work->results,
					 work->dphi);
			product_apply(&sketch->product, shift, work->psi, work->dphi, work->product,
						  work->scratch);
			for (int i = 0; i < s; i++)
				work->psi[i] = work->product[i] + next[i];
		}
		swap = phi;
		phi = next;
		next = swap;
	}
	srht_apply(&sketch->last, is_ntk ? work->psi : phi, scale, z, work->scratch);
}

void
ntk_polysketch_apply(const ntk_polysketch *sketch, const float *x, const float *scale, int n,
					 float *z, float *work)
{
	ntk_deal	deal = {.memory = work};
	workspace	places;

	memset(&places, 0, sizeof(places));
	lay_out(sketch, &places, &deal);
	for (int i = 0; i < n; i++)
	{
		const float *from = x + (size_t) i * sketch->params.dim;
		float	   *to = z + (size_t) i * sketch->params.m;

		if (sketch->params.layered)
			row_layered(sketch, from, scale[i], to, &places);
		else
			row_single(sketch, from, scale[i], to, &places);
	}
}

/* the method's options */
enum
{
	DEGREE,
	LAYERED
};

static int
method_dim(int length)
{
	return length;
}

static void
resolve(ntk_map_spec *spec, int dim)
{
	(void) dim;
	if (spec->option[LAYERED] == NTK_UNSET)
		spec->option[LAYERED] = 0;
	if (spec->option[DEGREE] == NTK_UNSET)
		spec->option[DEGREE] = spec->option[LAYERED] ? 2 * NTK_POLYSKETCH_P + 2
													 : NTK_POLYSKETCH_DEGREE;
}

/* layered: kappa_1 to the even degree at or below the option, kappa_0 to the odd one below */
static ntk_polysketch_params
params_of(const ntk_map_spec *spec, int dim)
{
	int			degree = spec->option[DEGREE];
	ntk_polysketch_params params = {
		.kernel = spec->kernel,
		.depth = spec->depth,
		.dim = dim,
		.m = spec->n_components,
		.layered = spec->option[LAYERED],
		.degree = degree,
		.p = (degree - 2) / 2,
		.p_prime = (degree - 2) / 2,
	};

	return params;
}

static size_t
memory_floats(const ntk_map_spec *spec, int dim)
{
	ntk_polysketch_params params = params_of(spec, dim);

	return ntk_polysketch_floats(&params);
}

static size_t
work_floats(const ntk_map *map, int rows)
{
	ntk_polysketch_params params = params_of(&map->spec, map->dim);

	(void) rows;
	return ntk_polysketch_work_floats(&params);
}

static void
init(ntk_map *map, float *memory)
{
	ntk_polysketch_params params = params_of(&map->spec, map->dim);

	ntk_polysketch_init(map->state, &params, map->spec.seed, memory);
	map->peak = INFINITY;		/* features of every row are checked */
}

static void
apply(const ntk_map *map, const float *x, const float *scale, int n, float *z, float *work)
{
	ntk_polysketch_apply(map->state, x, scale, n, z, work);
}

const ntk_method ntk_method_polysketch = {
	.name = "polysketch",
	.options = 2,
	.option = {{"degree", 2, NTK_POLYSKETCH_MAX_DEGREE, 0}, {"layered", 0, 1, 1}},
	.dim = method_dim,
	.resolve = resolve,
	.state_bytes = sizeof(ntk_polysketch),
	.floats = memory_floats,
	.work_floats = work_floats,
	.init = init,
	.apply = apply,
};
