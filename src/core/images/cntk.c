/*
 * cntk.c
 *		An image through the layers: tiles of pixels, each a few matrix products.
 *
 * Cosines are products in double precision: near 1 they have lost half their digits, and
 * whitening would blow up what is left of single precision.
 */
#include "core/images/cntk.h"

#include <math.h>
#include <string.h>

#include "core/base/integer.h"
#include "core/base/rng.h"
#include "core/kernels/cosine_table.h"
#include "core/linalg/blas.h"

#define TILE 128				/* pixels: their patches should stay in the cache */
#define PAUSE_EVERY 65536		/* numbers whose places are drawn: a millisecond */
#define STREAM_PLACES UINT64_C(0x706c61636573)
#define STREAM_CELLS UINT64_C(0x63656c6c73)

void
ntk_cntk_shape(ntk_cntk *net, const ntk_map_spec *spec)
{
	int			height = ntk_image_height(&spec->image, spec->depth);
	int			width = ntk_image_width(&spec->image, spec->depth);

	memset(net, 0, sizeof(*net));
	net->image = spec->image;
	net->depth = spec->depth;
	net->rank = spec->option[0];
	net->m = spec->n_components;
	net->seed = spec->seed;
	for (int h = 1; h <= net->depth; h++)
	{
		ntk_cntk_stage *stage = &net->stage[h];

		stage->from = ntk_layer_of(&net->image, h - 1, h == 1 ? spec->image.channels : net->rank);
		stage->dim = ntk_layer_patch(&stage->from);
		if (stage->dim < 3)		/* a sphere has at least three dimensions */
			stage->dim = 3;
	}
	net->product = (size_t) ntk_cntk_patch(net, net->depth) * net->rank;

	net->grid[0] = net->image.pooling > 0 ? net->image.pooling : height;
	net->grid[1] = net->image.pooling > 0 ? net->image.pooling : width;
	net->factor = (float) (1 / (sqrt(ntk_image_pairs(height, width, net->image.pooling)) *
								net->image.filter));
}

void
ntk_cntk_lay_out_stage(ntk_cntk *net, int h, ntk_deal *deal)
{
	ntk_cntk_stage *stage = &net->stage[h];

	stage->directions = ntk_take_doubles(deal, (size_t) net->rank * stage->dim);
	if (ntk_cntk_has_partners(net, h))
		stage->partners = ntk_take(deal, (size_t) net->rank * ntk_cntk_patch(net, h));
}

/* whether all products fit into the features */
static int
cntk_is_whole(const ntk_cntk *net)
{
	return (double) net->grid[0] * net->grid[1] * net->product <= net->m;
}

void
ntk_cntk_lay_out_places(ntk_cntk *net, ntk_deal *deal)
{
	if (!cntk_is_whole(net))
		net->places = (int *) ntk_take(deal, net->product * NTK_CNTK_PLACES);
}

/* where a section of the features begins */
static int
cntk_section(const ntk_cntk *net, int k)
{
	return (int) ((int64_t) net->m * k / NTK_CNTK_PLACES);
}

/* a number of 0 .. n - 1; 0 for n = 0 */
static int
cntk_draw_below(ntk_rng *rng, int n)
{
	return (int) (((ntk_rng_next(rng) >> 32) * (uint64_t) n) >> 32);
}

/* each number goes to a place in each section of the features, with a sign */
void
ntk_cntk_draw_places(ntk_cntk *net, ntk_pause pause)
{
	ntk_rng		rng;

	if (!net->places)
		return;
	ntk_rng_init(&rng, net->seed, STREAM_PLACES);
	for (size_t e = 0; e < net->product; e++)
	{
		if (e % PAUSE_EVERY == 0)
			ntk_pause_if(pause);
		for (int k = 0; k < NTK_CNTK_PLACES; k++)
		{
			int			first = cntk_section(net, k);
			int			place = first + cntk_draw_below(&rng, cntk_section(net, k + 1) - first);

			net->places[e * NTK_CNTK_PLACES + k] =
				2 * place + (int) (ntk_rng_next(&rng) >> 63);
		}
	}
}

/* a rectangle of pixels */
typedef struct cntk_region
{
	int			top,
				left,
				height,
				width;
} cntk_region;

typedef struct cntk_workspace
{
	float	   *norm;			/* N^h of the layer at hand, and the next */
	float	   *next_norm;
	float	   *phi;			/* features of the layer before, and of this one */
	float	   *next_phi;
	float	   *tangent;
	float	   *next_tangent;

	/* of a tile */
	float	   *patches;		/* of phi */
	float	   *partners;		/* of the tangent */
	double	   *units;
	double	   *cosines;
	float	   *arguments;		/* of tables */
	float	   *values;
	float	   *features;
	float	   *dots;
	float	   *scale;

	float	   *product;		/* of a cell */
	float	   *cell;			/* reduced */
	float	   *signs;
} cntk_workspace;

static size_t
cntk_pixels_of(const ntk_layer *layer)
{
	return (size_t) ntk_layer_rows(layer) * ntk_layer_columns(layer);
}

static void
cntk_lay_out(const ntk_cntk *net, cntk_workspace *work, ntk_deal *deal)
{
	size_t		pixels = cntk_pixels_of(&net->stage[1].from);
	size_t		features = pixels * net->rank;
	size_t		tile = (size_t) TILE * net->rank;
	int			dim = ntk_larger(net->stage[1].dim, net->stage[2].dim);

	work->norm = ntk_take(deal, pixels);
	work->next_norm = ntk_take(deal, pixels);
	work->phi = ntk_take(deal, features);
	work->next_phi = ntk_take(deal, net->depth > 2 ? features : 0);
	work->tangent = ntk_take(deal, net->depth > 2 ? features : 0);
	work->next_tangent = ntk_take(deal, net->depth > 3 ? features : 0);
	work->patches = ntk_take(deal, (size_t) TILE * dim);
	work->partners = ntk_take(deal, net->depth > 2 ? (size_t) TILE * dim : 0);
	work->units = ntk_take_doubles(deal, (size_t) TILE * dim);
	work->cosines = ntk_take_doubles(deal, tile);
	work->arguments = ntk_take(deal, tile);
	work->values = ntk_take(deal, tile);
	work->features = ntk_take(deal, tile);
	work->dots = ntk_take(deal, tile);
	work->scale = ntk_take(deal, TILE);
	work->product = ntk_take(deal, net->product);
	work->cell = ntk_take(deal, net->m);
	work->signs = ntk_take(deal, net->m);
}

size_t
ntk_cntk_work_floats(const ntk_cntk *net)
{
	cntk_workspace work;
	ntk_deal	count = {0};

	cntk_lay_out(net, &work, &count);
	return count.used;
}

/* patches of x at pixels first .. first + n - 1 of the region */
static void
cntk_copy_patches(const ntk_layer *layer, const float *x, const cntk_region *where, int first,
				  int n, float *out)
{
	for (int k = 0; k < n; k++)
		ntk_patch_copy(layer, x, where->top + (first + k) / where->width,
					   where->left + (first + k) % where->width,
					   out + (size_t) k * ntk_layer_patch(layer));
}

/* step 1: patches, their directions mu, and the cosines of these with the stage's */
static void
cntk_load_tile(const ntk_cntk *net, int h, const float *from, const cntk_region *where, int first,
			   int n, const cntk_workspace *work)
{
	const ntk_cntk_stage *stage = &net->stage[h];
	int			patch = ntk_cntk_patch(net, h);
	int			columns = ntk_layer_columns(&stage->from);

	cntk_copy_patches(&stage->from, from, where, first, n, work->patches);
	for (int k = 0; k < n; k++)
	{
		double	   *unit = work->units + (size_t) k * stage->dim;
		int			i = where->top + (first + k) / where->width;
		int			j = where->left + (first + k) % where->width;

		for (int pad = patch; pad < stage->dim; pad++)
			unit[pad] = 0;
		ntk_cosine_unit(work->patches + (size_t) k * patch, patch, unit);
		work->scale[k] = sqrtf(work->norm[(size_t) i * columns + j]) / net->image.filter;
	}
	memset(work->cosines, 0, sizeof(double) * n * net->rank);
	ntk_gemm('T', 'N', net->rank, n, stage->dim, 1.0, stage->directions, stage->dim, work->units,
			 stage->dim, work->cosines, net->rank, NULL);
	ntk_cosine_arguments(work->cosines, n * net->rank, work->arguments);
}

/* out = mix values */
static void
cntk_mix(const ntk_cntk *net, const ntk_cntk_block *block, const float *values, int n, float *out)
{
	ntk_sgemm('T', 'N', net->rank, n, net->rank, block->mix, net->rank, values, net->rank, 0, out,
			  net->rank);
}

/* the features of a block at the tile's pixels */
static void
cntk_block_features(const ntk_cntk *net, const ntk_cntk_block *block, int n,
					const cntk_workspace *work, float *out)
{
	float	   *values = block->mix ? work->values : out;

	ntk_table_apply(&block->function, work->arguments, n * net->rank, 1, 1, values);
	if (block->mix)
		cntk_mix(net, block, values, n, out);
}

static void
cntk_scale_rows(const ntk_cntk *net, int n, const float *scale, float *x)
{
	for (int k = 0; k < n; k++)
		for (int j = 0; j < net->rank; j++)
			x[(size_t) k * net->rank + j] *= scale[k];
}

/*
 * The tangent of a stage with partners at the tile's pixels: products <psi, partner> with the
 * features of kappa_0, plus the values of kappa_1. psi is what lies in work->partners
 * divided by sqrt(N).
 */
static void
cntk_partner_features(const ntk_cntk *net, int h, int n, const cntk_workspace *work, float *out)
{
	const ntk_cntk_stage *stage = &net->stage[h];
	int			patch = ntk_cntk_patch(net, h);
	size_t		count = (size_t) n * net->rank;
	float	   *sums = stage->tangent.mix ? work->values : out;

	cntk_block_features(net, &stage->dot, n, work, work->dots);
	ntk_sgemm('T', 'N', net->rank, n, patch, stage->partners, patch, work->partners, patch, 0,
			  work->features, net->rank);
	for (int k = 0; k < n; k++)
	{
		float		root = work->scale[k] * net->image.filter;
		float		inverse = root > 0 ? 1 / root : 0;

		for (int j = 0; j < net->rank; j++)
			work->features[(size_t) k * net->rank + j] *= inverse;
	}
	ntk_table_apply(&stage->phi.function, work->arguments, (int) count, 1, 1, sums);
	for (size_t k = 0; k < count; k++)
		sums[k] += work->features[k] * work->dots[k];
	if (stage->tangent.mix)
		cntk_mix(net, &stage->tangent, sums, n, out);
}

/* what phi and the tangent of stage h - 1 are in work; in layer 2 they are one */
static const float *
cntk_tangent_before(int h, const cntk_workspace *work)
{
	return h == 2 ? work->phi : work->tangent;
}

/* features of stage h < L of all pixels; the steps are those of docs/MATH.md §4 */
static void
cntk_pass_stage(const ntk_cntk *net, int h, const float *image, cntk_workspace *work,
				ntk_pause pause)
{
	const ntk_cntk_stage *stage = &net->stage[h];
	const float *from = h == 1 ? image : work->phi;
	float	   *phi = h == 1 ? work->phi : work->next_phi;
	float	   *tangent = h == 2 ? work->tangent : work->next_tangent;
	cntk_region	all = {0, 0, ntk_layer_rows(&stage->from), ntk_layer_columns(&stage->from)};
	ntk_layer	norms = ntk_layer_of(&net->image, h, 1);
	float	   *swap;

	for (int first = 0; first < all.height * all.width; first += TILE)
	{
		int			n = all.height * all.width - first < TILE ? all.height * all.width - first
																 : TILE;
		size_t		place = (size_t) first * net->rank;

		cntk_load_tile(net, h, from, &all, first, n, work);
		/* step 2: phi */
		cntk_block_features(net, &stage->phi, n, work, phi + place);
		cntk_scale_rows(net, n, work->scale, phi + place);
		/* step 3: the tangent, of which psi is the patch that the next stage takes */
		if (ntk_cntk_has_partners(net, h))
		{
			cntk_copy_patches(&stage->from, work->tangent, &all, first, n, work->partners);
			cntk_partner_features(net, h, n, work, tangent + place);
		}
		else if (ntk_cntk_has_tangent(net, h))
			cntk_block_features(net, &stage->tangent, n, work, tangent + place);
		if (ntk_cntk_has_tangent(net, h))
			cntk_scale_rows(net, n, work->scale, tangent + place);
		ntk_pause_if(pause);
	}

	ntk_patch_means(&norms, work->norm, work->next_norm);
	swap = work->norm;
	work->norm = work->next_norm;
	work->next_norm = swap;
	if (h > 1)
	{
		swap = work->phi;
		work->phi = work->next_phi;
		work->next_phi = swap;
	}
	if (h > 2)
	{
		swap = work->tangent;
		work->tangent = work->next_tangent;
		work->next_tangent = swap;
	}
}

/* an image through the stages before h */
static void
cntk_pass_stages(const ntk_cntk *net, int h, const float *image, cntk_workspace *work,
				 ntk_pause pause)
{
	ntk_patch_squares(&net->stage[1].from, image, work->norm);
	for (int k = 1; k < h; k++)
		cntk_pass_stage(net, k, image, work, pause);
}

/* step 4: work->product = sum over the pixels of a cell of Psi (x) dot */
static void
cntk_pool_cell(const ntk_cntk *net, const cntk_region *cell, const cntk_workspace *work,
			   ntk_pause pause)
{
	int			h = net->depth;
	const ntk_cntk_stage *stage = &net->stage[h];
	int			patch = ntk_cntk_patch(net, h);
	int			pixels = cell->height * cell->width;

	for (int first = 0; first < pixels; first += TILE)
	{
		int			n = pixels - first < TILE ? pixels - first : TILE;
		const float *psi = work->patches;

		cntk_load_tile(net, h, work->phi, cell, first, n, work);
		cntk_block_features(net, &stage->dot, n, work, work->dots);
		if (h > 2)
		{
			cntk_copy_patches(&stage->from, cntk_tangent_before(h, work), cell, first, n,
							  work->partners);
			psi = work->partners;
		}
		ntk_sgemm('N', 'T', net->rank, patch, n, work->dots, net->rank, psi, patch, first > 0,
				  work->product, net->rank);
		ntk_pause_if(pause);
	}
}

/* z += the cell's reduction, a section of it, turned by a number of places and with signs */
static void
cntk_add_turned(const float *cell, const float *signs, int n, int turn, float scale, float *z)
{
	for (int j = 0; j < n - turn; j++)
		z[j + turn] += scale * signs[j] * cell[j];
	for (int j = n - turn; j < n; j++)
		z[j + turn - n] += scale * signs[j] * cell[j];
}

/*
 * Adds scale times the product of a cell to the features. The same numbers of two cells must
 * not meet in the same place, or their random signs would leave an error that no number of
 * features lessens where few numbers have most of the mass.
 */
static void
cntk_add_cell(const ntk_cntk *net, int cell, float scale, const cntk_workspace *work, float *z)
{
	static const float sign[] = {1, -1};	/* a branch would be mispredicted every other time */
	const int  *place = net->places;
	ntk_rng		rng;

	if (!place)
	{
		for (size_t e = 0; e < net->product; e++)
			z[cell * net->product + e] = scale * work->product[e];
		return;
	}
	memset(work->cell, 0, sizeof(float) * net->m);
	for (size_t e = 0; e < net->product; e++)
		for (int k = 0; k < NTK_CNTK_PLACES; k++, place++)
			work->cell[*place >> 1] += sign[*place & 1] * work->product[e];
	ntk_rng_init(&rng, net->seed ^ STREAM_CELLS, cell);
	ntk_rng_signs(&rng, work->signs, net->m);
	scale *= sqrtf(1.0f / NTK_CNTK_PLACES);
	for (int k = 0; k < NTK_CNTK_PLACES; k++)
	{
		int			first = cntk_section(net, k);
		int			n = cntk_section(net, k + 1) - first;

		cntk_add_turned(work->cell + first, work->signs + first, n, cntk_draw_below(&rng, n),
						scale, z + first);
	}
}

void
ntk_cntk_apply(const ntk_cntk *net, const float *image, float scale, float *z, float *memory,
			   ntk_pause pause)
{
	ntk_deal	deal = {.memory = memory};
	cntk_workspace work;
	int			height = ntk_image_height(&net->image, net->depth);
	int			width = ntk_image_width(&net->image, net->depth);

	cntk_lay_out(net, &work, &deal);
	memset(z, 0, sizeof(float) * net->m);
	cntk_pass_stages(net, net->depth, image, &work, pause);
	for (int a = 0; a < net->grid[0]; a++)
		for (int b = 0; b < net->grid[1]; b++)
		{
			cntk_region	cell = {.top = ntk_image_cell_start(height, net->grid[0], a),
								.left = ntk_image_cell_start(width, net->grid[1], b)};

			cell.height = ntk_image_cell_start(height, net->grid[0], a + 1) - cell.top;
			cell.width = ntk_image_cell_start(width, net->grid[1], b + 1) - cell.left;
			cntk_pool_cell(net, &cell, &work, pause);
			cntk_add_cell(net, a * net->grid[1] + b, scale * net->factor, &work, z);
		}
}

size_t
ntk_cntk_map_work_floats(const ntk_map_spec *spec, int dim, int rows)
{
	ntk_cntk	net;

	(void) dim;
	(void) rows;
	ntk_cntk_shape(&net, spec);
	return ntk_cntk_work_floats(&net);
}

void
ntk_cntk_map_apply(const ntk_map *map, const float *x, const float *scale, int n, float *z,
				   float *work)
{
	for (int i = 0; i < n; i++)
		ntk_cntk_apply(map->state, x + (size_t) i * map->dim, scale[i],
					   z + (size_t) i * map->spec.n_components, work, map->pause);
}

void
ntk_cntk_see(const ntk_cntk *net, int h, const float *image, int n, const int *pixel,
			 double *unit, float *tangent, float *memory, ntk_pause pause)
{
	const ntk_cntk_stage *stage = &net->stage[h];
	int			patch = ntk_cntk_patch(net, h);
	int			columns = ntk_layer_columns(&stage->from);
	ntk_deal	deal = {.memory = memory};
	cntk_workspace work;

	cntk_lay_out(net, &work, &deal);
	cntk_pass_stages(net, h, image, &work, pause);
	for (int k = 0; k < n; k++)
	{
		int			i = pixel[k] / columns;
		int			j = pixel[k] % columns;
		float		root = sqrtf(work.norm[pixel[k]]);

		memset(unit + (size_t) k * stage->dim, 0, sizeof(double) * stage->dim);
		ntk_patch_copy(&stage->from, h == 1 ? image : work.phi, i, j, work.patches);
		ntk_cosine_unit(work.patches, patch, unit + (size_t) k * stage->dim);
		if (!ntk_cntk_has_partners(net, h))
			continue;
		ntk_patch_copy(&stage->from, work.tangent, i, j, tangent + (size_t) k * patch);
		for (int e = 0; e < patch; e++)
			tangent[(size_t) k * patch + e] /= root > 0 ? root : 1;
	}
}
