/*
 * random_features.c
 *		The feature maps `random_features` and `random_features_leverage` (NTKRF).
 *
 * A random network in place of an infinite one: phi^0 = psi^0 = x, and for l = 1 .. L
 *
 *		phi^l    = sqrt(2/m1) ReLU(W_l phi^(l-1))		features of s_l
 *		phidot^l = sqrt(2/m0) Step(W'_l phi^(l-1))		features of kappa_0(s_(l-1))
 *		psi^l    = phi^l (+) Q^2(phidot^l (x) psi^(l-1))	features of Theta_l
 *
 * W, W' Gaussian, Q^2 a sketch of the tensor product. z = |x| psi^L, for the NNGP kernel
 * z = |x| phi^L. arXiv 2106.07880, algorithm 2 and section 4; docs/MATH.md §3.2. At depth 1
 * E<z(x), z(y)> is the kernel; deeper, it is so in the limit of wide inner layers.
 *
 * Q^2. TensorSRHT transforms both of its vectors to make them flat, so that sampled
 * coordinates tell of the whole. phidot is flat already: its elements are 0 or sqrt(2/m0),
 * and all alike. So only psi is transformed, and m0 is the length of the sketch:
 *
 *		Q^2(u (x) v)_j = u_j sqrt(D) <g_j, v>,	E<Q^2(u (x) v), Q^2(u' (x) v')> = <u,u'> <v,v'>
 *
 * for any u and v, g_j directions on the sphere S^(D-1), D the padded length of v
 * (directions.h: orthogonal in blocks, above 64 dimensions the Hadamard transforms of an
 * SRHT, with more rounds). The mean square of an element's product falls from that of
 * mixed steps, 1 + 2 kappa_0^2, to that of steps, 2 kappa_0; on tables the test error is, up
 * to the noise of seeds, that of mixing four times as many steps by random signs.
 *
 * Leverage. With w drawn from the density |w|^2 N(w; 0, I) / d and the feature multiplied
 * by sqrt(d)/|w|, which is the root of the ratio of the densities, the mean is the same, and
 * no feature exceeds sqrt(2d/m1). That density is uniform in direction, |w|^2 being
 * chi-squared with d + 2 degrees of freedom; but ReLU(<w,x>) sqrt(d)/|w| =
 * sqrt(d) ReLU(<w/|w|,x>) depends on the direction alone. So the length is never drawn: the
 * variant has rows of length sqrt(d) where the other has Gaussian rows. Steps are the same
 * in both: of them, too, only the direction matters.
 *
 * Weights are kept, and multiplied, in double precision. In single precision a matrix
 * product rounds a row differently with its place in the block, which would flip steps.
 */
#include <math.h>
#include <string.h>

#include "core/base/deal.h"
#include "core/base/rng.h"
#include "core/linalg/blas.h"
#include "core/maps/method.h"
#include "core/sketches/directions.h"

#define PANEL 512				/* rows of a weight matrix to multiply by at a time */
#define MIN_WIDTH 256
#define MAX_WIDTH 1024

/*
 * One in so many features is of Q^2. For the error of the kernel at depth 1 it would better
 * be 2, by a tenth to a quarter; but functions learned from steps are rougher than those of
 * ramps: the test error at m = 1024 is 0.461 with 4 and 0.469 with 2 on protein, 0.22 and
 * 0.25 on kin40k, where it is so at depths 2 and 3 as well.
 */
#define TENSOR_SHARE 4

/* the random numbers of a layer */
enum
{
	WEIGHTS1,
	WEIGHTS0,
	DIRECTIONS,
	STREAMS
};

typedef struct features_layer
{
	int			length;			/* of phi of the layer before */
	int			width1;			/* m1, of phi */
	int			width0;			/* m0, of phidot and so of Q^2; 0: there is no psi */
	double	   *w1;				/* [width1][length] */
	double	   *w0;				/* [width0][length] */
	ntk_directions directions;	/* g_j, of the padded length of psi */
} features_layer;

typedef struct random_features
{
	features_layer layers[NTK_MAX_DEPTH];
} random_features;

/*
 * phi and Q^2 of inner layers: a power of two, as is then the length of psi, so that only x
 * is ever padded. Test errors at m = 1024 do not tell widths from 256 to 1024 apart.
 */
static int
features_inner_width(int m)
{
	int			width = MIN_WIDTH;

	while (width < m / 2 && width < MAX_WIDTH)
		width *= 2;
	return width;
}

static void
features_set_widths(const ntk_map_spec *spec, int l, features_layer *at)
{
	int			m = spec->n_components;
	int			is_ntk = spec->kernel == NTK_KERNEL_NTK;

	if (l < spec->depth)
	{
		at->width1 = features_inner_width(m);
		at->width0 = is_ntk ? at->width1 : 0;
		return;
	}
	/* a single feature is the sum of one of each */
	at->width0 = !is_ntk ? 0 : m < TENSOR_SHARE ? 1 : m / TENSOR_SHARE;
	at->width1 = m > 1 ? m - at->width0 : 1;
}

static void
features_lay_out(const ntk_map_spec *spec, int dim, random_features *features, ntk_deal *deal)
{
	int			length = dim;
	int			psi = dim;

	for (int l = 1; l <= spec->depth; l++)
	{
		features_layer *at = &features->layers[l - 1];

		features_set_widths(spec, l, at);
		at->length = length;
		at->w1 = ntk_take_doubles(deal, (size_t) at->width1 * length);
		at->w0 = ntk_take_doubles(deal, (size_t) at->width0 * length);
		at->directions.dim = ntk_directions_dim(psi);
		at->directions.count = at->width0;
		at->directions.data =
			ntk_take(deal, ntk_directions_floats(at->directions.dim, at->width0));
		length = at->width1;
		psi = at->width1 + at->width0;
	}
}

static void
features_rescale(double *x, int n, double length)
{
	double		factor = length / ntk_norm(x, n);

	for (int i = 0; i < n; i++)
		x[i] *= factor;
}

/*
 * Gives rows new directions that are orthogonal in blocks. A Gaussian row's direction is
 * independent of its length, so that every row is still exactly Gaussian.
 */
static void
features_orthogonalise(double *w, int count, int n, ntk_rng *rng, ntk_pause pause)
{
	double		haar[NTK_HAAR_MAX * NTK_HAAR_MAX];

	for (int j = 0; j < count; j++)
	{
		double	   *row = w + (size_t) j * n;
		double		length = ntk_norm(row, n);

		if (j % n == 0)
		{
			for (int i = 0; i < n * n; i++)
				haar[i] = ntk_rng_gaussian(rng);
			ntk_haar(n, n, haar, pause);
		}
		for (int i = 0; i < n; i++)
			row[i] = length * haar[j % n * n + i];
	}
}

/* w: [count][n] */
static void
features_draw_weights(double *w, int count, int n, int leverage, ntk_rng *rng, ntk_pause pause)
{
	for (int j = 0; j < count; j++)
	{
		for (int i = 0; i < n; i++)
			w[(size_t) j * n + i] = ntk_rng_gaussian(rng);
		ntk_pause_if(pause);
	}
	if (n <= NTK_HAAR_MAX)
		features_orthogonalise(w, count, n, rng, pause);
	if (!leverage)
		return;
	for (int j = 0; j < count; j++)
	{
		features_rescale(w + (size_t) j * n, n, sqrt(n));
		ntk_pause_if(pause);
	}
}

static void
features_draw_layer(const ntk_map_spec *spec, int l, int leverage, features_layer *at,
					ntk_pause pause)
{
	ntk_rng		rng[STREAMS];

	for (int i = 0; i < STREAMS; i++)
		ntk_rng_init(&rng[i], spec->seed, (uint64_t) (l - 1) * STREAMS + i);
	features_draw_weights(at->w1, at->width1, at->length, leverage, &rng[WEIGHTS1], pause);
	features_draw_weights(at->w0, at->width0, at->length, 0, &rng[WEIGHTS0], pause);
	ntk_directions_init(&at->directions, at->directions.dim, at->width0,
						ntk_rng_next(&rng[DIRECTIONS]), (float *) at->directions.data, pause);
}

/*
 * A vector is no longer than its largest possible element times the root of their number.
 * The sum at the end is for a single feature, which is one.
 */
static double
features_largest_feature(const ntk_map_spec *spec, const random_features *features,
						 ntk_pause pause)
{
	double		phi = 1 + 1e-5;	/* a unit vector in single precision */
	double		psi = phi;
	double		phi_peak = 0;
	double		q_peak = 0;

	for (int l = 1; l <= spec->depth; l++)
	{
		const features_layer *at = &features->layers[l - 1];
		double		longest = 0;

		for (int j = 0; j < at->width1; j++)
		{
			longest = fmax(longest, ntk_norm(at->w1 + (size_t) j * at->length, at->length));
			ntk_pause_if(pause);
		}
		phi_peak = sqrt(2.0 / at->width1) * longest * phi;
		q_peak = at->width0 > 0 ? sqrt(2.0 / at->width0 * at->directions.dim) * psi : 0;
		phi = sqrt((double) at->width1) * phi_peak;
		psi = sqrt(at->width1 * phi_peak * phi_peak + at->width0 * q_peak * q_peak);
	}
	return phi_peak + q_peak;
}

/* what apply needs */
typedef struct features_workspace
{
	double	   *phi[2];			/* a layer's input and its output */
	double	   *panel;			/* of W phi */
	float	   *psi;			/* padded */
	float	   *projection;		/* of psi on the directions */
	float	   *scratch;		/* of the projection */
} features_workspace;

static void
features_lay_out_work(const random_features *features, int depth, int rows,
					  features_workspace *work, ntk_deal *deal)
{
	size_t		phi = 0;
	size_t		psi = 0;
	size_t		projection = 0;

	for (int l = 0; l < depth; l++)
	{
		const features_layer *at = &features->layers[l];

		if (phi < (size_t) at->length)
			phi = at->length;
		if (psi < (size_t) at->directions.dim)
			psi = at->directions.dim;
		if (projection < (size_t) at->width0)
			projection = at->width0;
	}
	work->phi[0] = ntk_take_doubles(deal, rows * phi);
	work->phi[1] = depth > 1 ? ntk_take_doubles(deal, rows * phi) : NULL;
	work->panel = ntk_take_doubles(deal, (size_t) rows * PANEL);
	work->psi = ntk_take(deal, rows * psi);
	work->projection = ntk_take(deal, rows * projection);
	work->scratch = ntk_take(deal, psi);
}

/* panel = phi W^T, for rows first .. of W: [n][columns] */
static int
features_multiply(const double *w, int width, int length, int first, const double *phi, int n,
				  double *panel)
{
	int			columns = width - first < PANEL ? width - first : PANEL;

	memset(panel, 0, sizeof(double) * n * columns);
	ntk_gemm('T', 'N', columns, n, length, 1.0, w + (size_t) first * length, length, phi,
			 length, panel, columns, NULL);
	return columns;
}

/* where the features of a layer go: psi^l, or z */
typedef struct features_destination
{
	float	   *out;
	int			stride;			/* of its rows */
	const float *scale;			/* [n] */
} features_destination;

/* phi^l into the destination and, for inner layers, into next: [n][width1] */
static void
features_relu_features(const features_layer *at, const double *phi, int n, double *panel,
					   const features_destination *to, double *next)
{
	double		root = sqrt(2.0 / at->width1);
	int			columns;

	for (int first = 0; first < at->width1; first += columns)
	{
		columns = features_multiply(at->w1, at->width1, at->length, first, phi, n, panel);
		for (int i = 0; i < n; i++)
		{
			double	   *value = panel + (size_t) i * columns;
			float	   *out = to->out + (size_t) i * to->stride + first;

			for (int j = 0; j < columns; j++)
				value[j] = value[j] > 0 ? root * value[j] : 0;
			for (int j = 0; j < columns; j++)
				out[j] = to->scale[i] * (float) value[j];
			if (next)
				memcpy(next + (size_t) i * at->width1 + first, value,
					   sizeof(double) * columns);
		}
	}
}

/*
 * Q^2(phidot^l (x) psi^(l-1)) after phi^l; a single feature is the sum of both, which has
 * the same mean, since directions of either sign are alike. projection: [n][width0]
 */
static void
features_tensor_features(const features_layer *at, const double *phi, int n, double *panel,
						 const float *projection, const features_destination *to)
{
	float		factor = at->directions.unit *
		(float) sqrt(2.0 / at->width0 * at->directions.dim);
	int			is_sum = at->width1 + at->width0 > to->stride;
	int			columns;

	for (int first = 0; first < at->width0; first += columns)
	{
		columns = features_multiply(at->w0, at->width0, at->length, first, phi, n, panel);
		for (int i = 0; i < n; i++)
		{
			const double *value = panel + (size_t) i * columns;
			const float *v = projection + (size_t) i * at->width0 + first;
			float	   *out = to->out + (size_t) i * to->stride + first;

			if (is_sum)
				*out += value[0] > 0 ? to->scale[i] * (factor * v[0]) : 0;
			else
				for (int j = 0; j < columns; j++)
					out[at->width1 + j] = value[j] > 0 ? to->scale[i] * (factor * v[j]) : 0;
		}
	}
}

static size_t
features_memory_floats(const ntk_map_spec *spec, int dim)
{
	random_features features;
	ntk_deal	count = {0};

	features_lay_out(spec, dim, &features, &count);
	return count.used;
}

static size_t
features_work_floats(const ntk_map_spec *spec, int dim, int rows)
{
	random_features features;
	features_workspace work;
	ntk_deal	shape = {0};
	ntk_deal	count = {0};

	features_lay_out(spec, dim, &features, &shape);
	features_lay_out_work(&features, spec->depth, rows, &work, &count);
	return count.used;
}

static void
features_draw(ntk_map *map, float *memory, int leverage)
{
	random_features *features = map->state;
	ntk_deal	deal = {.memory = memory};

	features_lay_out(&map->spec, map->dim, features, &deal);
	for (int l = 1; l <= map->spec.depth; l++)
		features_draw_layer(&map->spec, l, leverage, &features->layers[l - 1], map->pause);
	map->peak = features_largest_feature(&map->spec, features, map->pause);
}

static void
features_init(ntk_map *map, float *memory)
{
	features_draw(map, memory, 0);
}

static void
features_init_leverage(ntk_map *map, float *memory)
{
	features_draw(map, memory, 1);
}

static void
features_apply(const ntk_map *map, const float *x, const float *scale, int n, float *z,
			   float *work)
{
	const random_features *features = map->state;
	int			dim = map->dim;
	int			padded = features->layers[0].directions.dim;
	ntk_deal	deal = {.memory = work};
	float		one[NTK_MAX_BLOCK];
	features_workspace places;

	features_lay_out_work(features, map->spec.depth, n, &places, &deal);
	for (int i = 0; i < n; i++)
	{
		float	   *psi = places.psi + (size_t) i * padded;

		one[i] = 1;
		memcpy(psi, x + (size_t) i * dim, sizeof(float) * dim);
		memset(psi + dim, 0, sizeof(float) * (padded - dim));
	}
	for (size_t i = 0; i < (size_t) n * dim; i++)
		places.phi[0][i] = x[i];

	for (int l = 0; l < map->spec.depth; l++)
	{
		const features_layer *at = &features->layers[l];
		int			is_last = l == map->spec.depth - 1;
		const double *phi = places.phi[l % 2];
		double	   *next = is_last ? NULL : places.phi[(l + 1) % 2];
		features_destination to = {places.psi, at->width1 + at->width0, one};

		if (is_last)
			to = (features_destination) {z, map->spec.n_components, scale};
		if (at->width0 > 0)
			ntk_directions_project(&at->directions, places.psi, n, places.projection,
								   places.scratch);
		features_relu_features(at, phi, n, places.panel, &to, next);
		features_tensor_features(at, phi, n, places.panel, places.projection, &to);
	}
}

const ntk_method ntk_method_random_features = {
	.name = "random_features",
	.state_bytes = sizeof(random_features),
	.floats = features_memory_floats,
	.work_floats = features_work_floats,
	.init = features_init,
	.apply = features_apply,
};

const ntk_method ntk_method_random_features_leverage = {
	.name = "random_features_leverage",
	.state_bytes = sizeof(random_features),
	.floats = features_memory_floats,
	.work_floats = features_work_floats,
	.init = features_init_leverage,
	.apply = features_apply,
};
