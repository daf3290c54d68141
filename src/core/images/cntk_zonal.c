/*
 * cntk_zonal.c
 *		The method `zonal` for images: random directions in every layer, no data.
 *
 * The functions of the cosine have zonal features (zonal.h) along orthonormal directions.
 * The product in the tangent of layers 3 and up, <psi, psi'> kappa_0(t), has those of two
 * Gaussian projections, (A psi) o (B dot) / sqrt(rank), whose mean it is; they are added to
 * those of kappa_1, which are independent of them. docs/MATH.md §3.3, §4.
 */
#include "core/images/cntk.h"

#include <math.h>

#include "core/base/rng.h"
#include "core/kernels/arccos.h"
#include "core/kernels/cosine_table.h"
#include "core/linalg/blas.h"
#include "core/maps/method.h"
#include "core/maps/zonal.h"

#define STREAM_DIRECTIONS UINT64_C(0x646972656374)
#define STREAM_PARTNERS UINT64_C(0x706172746e65)

/* the method's options */
enum
{
	RANK,
	DEGREE
};

/*
 * On CIFAR-10 degrees of 6 and more learn better than 2, and better than series that are
 * tapered as those of the method for rows are.
 */
#define DEFAULT_DEGREE 6
#define PAUSE_EVERY 65536
#define MAX_DEGREE 12

static void
cntk_zonal_resolve(ntk_map_spec *spec, int dim)
{
	(void) dim;
	if (spec->option[RANK] == NTK_UNSET)
		spec->option[RANK] = NTK_RANK;
	if (spec->option[DEGREE] == NTK_UNSET)
		spec->option[DEGREE] = DEFAULT_DEGREE;
}

/* the table is over v (cosine_table.h), which near 0 is half the cosine */
static int
cntk_zonal_table_intervals(const ntk_cntk_stage *stage, int degree)
{
	return 2 * ntk_zonal_intervals(stage->dim, degree);
}

/* what a table is made of */
typedef struct cntk_zonal_function
{
	ntk_zonal_series series;
	double		root;			/* 1 / sqrt(rank) */
} cntk_zonal_function;

static double
cntk_zonal_function_at(double angle, const void *context)
{
	const cntk_zonal_function *zonal = context;

	return zonal->root * ntk_zonal_function(&zonal->series, cos(angle));
}

static void
cntk_zonal_draw_function(ntk_cntk_block *block, const ntk_cntk *net, const ntk_cntk_stage *stage,
						 int degree, double (*f)(double angle, const void *context),
						 const void *context, ntk_deal *deal, ntk_pause pause)
{
	int			intervals = cntk_zonal_table_intervals(stage, degree);
	float	   *table = ntk_take(deal, NTK_TABLE_FLOATS(intervals));
	cntk_zonal_function zonal = {.root = 1 / sqrt((double) net->rank)};

	if (!table)
		return;
	ntk_zonal_series_of(&zonal.series, f, context, stage->dim, degree);
	ntk_cosine_table_init(&block->function, intervals, cntk_zonal_function_at, &zonal, table,
						  pause);
}

/* numbers are drawn so many at a time: a few milliseconds */
static void
cntk_zonal_pause_at(size_t i, ntk_pause pause)
{
	if (i % PAUSE_EVERY == 0)
		ntk_pause_if(pause);
}

/* orthonormal directions, as many at a time as there can be */
static void
cntk_zonal_draw_directions(const ntk_cntk *net, const ntk_cntk_stage *stage, ntk_rng *rng,
						   ntk_pause pause)
{
	int			block = stage->dim < NTK_HAAR_MAX ? stage->dim : NTK_HAAR_MAX;

	for (int first = 0; first < net->rank; first += block)
	{
		double	   *directions = stage->directions + (size_t) first * stage->dim;
		int			count = net->rank - first < block ? net->rank - first : block;

		for (size_t i = 0; i < (size_t) count * stage->dim; i++)
		{
			directions[i] = ntk_rng_gaussian(rng);
			cntk_zonal_pause_at(i, pause);
		}
		ntk_haar(stage->dim, count, directions, pause);
	}
}

static void
cntk_zonal_draw_partners(const ntk_cntk *net, const ntk_cntk_stage *stage, ntk_rng *rng,
						 ntk_pause pause)
{
	double		factor = 1 / sqrt((double) net->rank);
	size_t		patch = ntk_layer_patch(&stage->from);

	for (size_t i = 0; i < net->rank * patch; i++)
	{
		stage->partners[i] = (float) ntk_rng_gaussian(rng);
		cntk_zonal_pause_at(i, pause);
	}
	for (size_t i = 0; i < (size_t) net->rank * net->rank; i++)
		stage->dot.mix[i] = (float) (factor * ntk_rng_gaussian(rng));
}

/* lays out a stage; draws it if there is memory */
static void
cntk_zonal_draw_stage(ntk_cntk *net, int h, int degree, ntk_deal *deal, ntk_pause pause)
{
	const ntk_profile kappa1 = {NTK_KERNEL_NNGP, 1};
	const ntk_profile theta1 = {NTK_KERNEL_NTK, 1};
	ntk_cntk_stage *stage = &net->stage[h];
	int			partners = ntk_cntk_has_partners(net, h);
	ntk_rng		rng;

	ntk_cntk_lay_out_stage(net, h, deal);
	if (partners)
		stage->dot.mix = ntk_take(deal, (size_t) net->rank * net->rank);
	if (ntk_cntk_has_phi(net, h))
		cntk_zonal_draw_function(&stage->phi, net, stage, degree, ntk_profile_at, &kappa1, deal,
								 pause);
	if (ntk_cntk_has_tangent(net, h) && !partners)
		cntk_zonal_draw_function(&stage->tangent, net, stage, degree, ntk_profile_at, &theta1,
								 deal, pause);
	if (h == net->depth || partners)
		cntk_zonal_draw_function(&stage->dot, net, stage, degree, ntk_kappa0_at, NULL, deal,
								 pause);
	if (!deal->memory)
		return;
	ntk_rng_init(&rng, net->seed ^ STREAM_DIRECTIONS, h);
	cntk_zonal_draw_directions(net, stage, &rng, pause);
	ntk_rng_init(&rng, net->seed ^ STREAM_PARTNERS, h);
	if (partners)
		cntk_zonal_draw_partners(net, stage, &rng, pause);
}

static void
cntk_zonal_draw(ntk_cntk *net, const ntk_map_spec *spec, ntk_deal *deal, ntk_pause pause)
{
	ntk_cntk_shape(net, spec);
	for (int h = 1; h <= net->depth; h++)
		cntk_zonal_draw_stage(net, h, spec->option[DEGREE], deal, pause);
	ntk_cntk_lay_out_places(net, deal);
	if (deal->memory)
		ntk_cntk_draw_places(net, pause);
}

static size_t
cntk_zonal_memory_floats(const ntk_map_spec *spec, int dim)
{
	ntk_cntk	net;
	ntk_deal	count = {0};

	(void) dim;
	cntk_zonal_draw(&net, spec, &count, NULL);
	return count.used;
}

static void
cntk_zonal_init(ntk_map *map, float *memory)
{
	ntk_deal	deal = {.memory = memory};

	cntk_zonal_draw(map->state, &map->spec, &deal, map->pause);
	map->peak = INFINITY;		/* features of every image are checked */
}

const ntk_method ntk_method_cntk_zonal = {
	.name = "zonal",
	.image = 1,
	.options = 2,
	.option = {{"rank", NTK_MIN_RANK, NTK_MAX_RANK, 0}, {"degree", 1, MAX_DEGREE, 0}},
	.resolve = cntk_zonal_resolve,
	.state_bytes = sizeof(ntk_cntk),
	.floats = cntk_zonal_memory_floats,
	.work_floats = ntk_cntk_map_work_floats,
	.init = cntk_zonal_init,
	.apply = ntk_cntk_map_apply,
};
