/*
 * cntk_nystrom.c
 *		Kernel columns against a layer's landmarks, and what whitens them.
 */
#include "core/images/cntk_nystrom.h"

#include <math.h>
#include <string.h>

#include "core/kernels/arccos.h"
#include "core/kernels/cosine_table.h"
#include "core/linalg/blas.h"
#include "core/maps/method.h"

/* as those of nystrom.c for one layer: 1e-7 of the range */
#define INTERVALS 64

/*
 * Relative to the mean diagonal: landmarks may coincide, and values are single precision,
 * which whitening multiplies by up to 1 / sqrt(JITTER).
 */
#define JITTER 1e-6

enum
{
	RANK						/* the method's option */
};

static void
cntk_nystrom_resolve(ntk_map_spec *spec, int dim)
{
	(void) dim;
	if (spec->option[RANK] == NTK_UNSET)
		spec->option[RANK] = NTK_RANK;
}

size_t
ntk_cntk_nystrom_numbers(const ntk_cntk *net, int h)
{
	return (size_t) net->rank * ntk_cntk_patch(net, h) * (ntk_cntk_has_partners(net, h) ? 2 : 1);
}

static size_t
cntk_nystrom_landmark_numbers(const ntk_map_spec *spec)
{
	ntk_cntk	net;
	size_t		total = 0;

	ntk_cntk_shape(&net, spec);
	for (int h = 1; h <= net.depth; h++)
		total += ntk_cntk_nystrom_numbers(&net, h);
	return total;
}

static void
cntk_nystrom_lay_out_block(const ntk_cntk *net, ntk_cntk_block *block, int has_function, int mixes,
						   ntk_deal *deal)
{
	block->function.intervals = INTERVALS;
	if (has_function)
		block->function.coefficient = ntk_take(deal, NTK_TABLE_FLOATS(INTERVALS));
	if (mixes)
		block->mix = ntk_take(deal, (size_t) net->rank * net->rank);
}

/* kernels among landmarks, and the inverse of their Cholesky factor; one for all stages */
static void
cntk_nystrom_lay_out_squares(ntk_cntk *net, ntk_deal *deal)
{
	net->scratch = ntk_take_doubles(deal, 2 * (size_t) net->rank * net->rank);
}

void
ntk_cntk_nystrom_lay_out(ntk_cntk *net, const ntk_map_spec *spec, ntk_deal *deal)
{
	ntk_cntk_shape(net, spec);
	for (int h = 1; h <= net->depth; h++)
	{
		ntk_cntk_stage *stage = &net->stage[h];
		int			partners = ntk_cntk_has_partners(net, h);
		int			tangent = ntk_cntk_has_tangent(net, h);
		int			last = h == net->depth;

		ntk_cntk_lay_out_stage(net, h, deal);
		if (!last)
			cntk_nystrom_lay_out_block(net, &stage->phi, 1, 1, deal);
		if (tangent)
			cntk_nystrom_lay_out_block(net, &stage->tangent, !partners, 1, deal);
		if (last || partners)
			cntk_nystrom_lay_out_block(net, &stage->dot, 1, last, deal);
	}
	ntk_cntk_lay_out_places(net, deal);
	cntk_nystrom_lay_out_squares(net, deal);
}

/* a function of the angle, and with partners p that of the tangent */
typedef struct cntk_nystrom_function
{
	double		(*at) (double angle, const void *context);
	const void *context;
	const float *partners;
} cntk_nystrom_function;

/* of rows i and j of x, of length n */
static double
cntk_nystrom_inner(const float *x, int i, int j, int n)
{
	double		sum = 0;

	for (int k = 0; k < n; k++)
		sum += (double) x[(size_t) i * n + k] * x[(size_t) j * n + k];
	return sum;
}

/* the kernel of landmarks i and j */
static double
cntk_nystrom_kernel_of(const ntk_cntk_stage *stage, const cntk_nystrom_function *f, int i, int j)
{
	const double *x = stage->directions + (size_t) i * stage->dim;
	const double *y = stage->directions + (size_t) j * stage->dim;
	int			patch = ntk_layer_patch(&stage->from);
	double		cosine = 0;
	double		angle;

	for (int k = 0; k < stage->dim; k++)
		cosine += x[k] * y[k];
	angle = ntk_cosine_angle(x, y, stage->dim, cosine);
	if (!f->partners)
		return f->at(angle, f->context);
	return cntk_nystrom_inner(f->partners, i, j, patch) * ntk_kappa0(angle) + ntk_kappa1(angle);
}

/* square = kernel of the landmarks with a ridge; what is below the diagonal */
static void
cntk_nystrom_fill(const ntk_cntk *net, const ntk_cntk_stage *stage, const cntk_nystrom_function *f,
				  double jitter, double *square, ntk_pause pause)
{
	int			n = net->rank;
	double		trace = 0;

	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
		{
			square[(size_t) j * n + i] = cntk_nystrom_kernel_of(stage, f, i, j);
			ntk_pause_if(pause);
		}
	for (int j = 0; j < n; j++)
		trace += square[(size_t) j * n + j];
	for (int j = 0; j < n; j++)
		square[(size_t) j * n + j] += jitter * trace / n;
}

/* mix = L^-1 for the kernel L L^T; a kernel that rounding made indefinite gets more ridge */
static void
cntk_nystrom_whiten(const ntk_cntk *net, const ntk_cntk_stage *stage,
					const cntk_nystrom_function *f, float *mix, ntk_pause pause)
{
	int			n = net->rank;
	size_t		size = (size_t) n * n;
	double	   *square = net->scratch;
	double	   *inverse = net->scratch + size;
	double		jitter = JITTER;

	do
	{
		cntk_nystrom_fill(net, stage, f, jitter, square, pause);
		jitter *= 10;
	} while (ntk_potrf('L', n, square, n, pause) != NTK_OK && jitter < 1);

	memset(inverse, 0, sizeof(double) * size);
	for (int j = 0; j < n; j++)
		inverse[(size_t) j * n + j] = 1;
	ntk_trsm('L', 'L', n, n, square, n, inverse, n, pause);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			mix[(size_t) i * n + j] = (float) inverse[(size_t) j * n + i];
}

static void
cntk_nystrom_draw_block(const ntk_cntk *net, const ntk_cntk_stage *stage, ntk_cntk_block *block,
						const cntk_nystrom_function *f, ntk_pause pause)
{
	if (block->function.coefficient)
		ntk_cosine_table_init(&block->function, INTERVALS, f->at, f->context,
							  (float *) block->function.coefficient, pause);
	if (block->mix)
		cntk_nystrom_whiten(net, stage, f, block->mix, pause);
}

void
ntk_cntk_nystrom_stage(ntk_cntk *net, int h, const float *landmarks, ntk_pause pause)
{
	const ntk_profile one = {NTK_KERNEL_NNGP, 1};
	const ntk_profile both = {NTK_KERNEL_NTK, 1};
	cntk_nystrom_function kappa0 = {.at = ntk_kappa0_at};
	cntk_nystrom_function kappa1 = {.at = ntk_profile_at,.context = &one};
	cntk_nystrom_function tangent = {.at = ntk_profile_at,.context = &both};
	ntk_cntk_stage *stage = &net->stage[h];
	int			patch = ntk_cntk_patch(net, h);
	size_t		count = (size_t) net->rank * patch;

	memset(stage->directions, 0, sizeof(double) * net->rank * stage->dim);
	for (int j = 0; j < net->rank; j++)
	{
		ntk_cosine_unit(landmarks + (size_t) j * patch, patch,
						stage->directions + (size_t) j * stage->dim);
		ntk_pause_if(pause);
	}
	if (stage->partners)
	{
		memcpy(stage->partners, landmarks + count, sizeof(float) * count);
		tangent.partners = stage->partners;
	}
	if (ntk_cntk_has_phi(net, h))
		cntk_nystrom_draw_block(net, stage, &stage->phi, &kappa1, pause);
	if (ntk_cntk_has_tangent(net, h))
		cntk_nystrom_draw_block(net, stage, &stage->tangent, &tangent, pause);
	cntk_nystrom_draw_block(net, stage, &stage->dot, &kappa0, pause);
}

static size_t
cntk_nystrom_memory_floats(const ntk_map_spec *spec, int dim)
{
	ntk_cntk	net;
	ntk_deal	count = {0};

	(void) dim;
	ntk_cntk_nystrom_lay_out(&net, spec, &count);
	return count.used;
}

static void
cntk_nystrom_init(ntk_map *map, float *memory)
{
	ntk_cntk   *net = map->state;
	const float *landmarks = map->spec.landmarks;
	ntk_deal	deal = {.memory = memory};

	ntk_cntk_nystrom_lay_out(net, &map->spec, &deal);
	for (int h = 1; h <= net->depth; h++)
	{
		ntk_cntk_nystrom_stage(net, h, landmarks, map->pause);
		landmarks += ntk_cntk_nystrom_numbers(net, h);
	}
	ntk_cntk_draw_places(net, map->pause);
	map->peak = INFINITY;		/* features of every image are checked */
}

const ntk_method ntk_method_cntk_nystrom = {
	.name = "nystrom",
	.image = 1,
	.options = 1,
	.option = {{"rank", NTK_MIN_RANK, NTK_MAX_RANK, 0}},
	.landmarks = cntk_nystrom_landmark_numbers,
	.resolve = cntk_nystrom_resolve,
	.state_bytes = sizeof(ntk_cntk),
	.floats = cntk_nystrom_memory_floats,
	.work_floats = ntk_cntk_map_work_floats,
	.init = cntk_nystrom_init,
	.apply = ntk_cntk_map_apply,
};
