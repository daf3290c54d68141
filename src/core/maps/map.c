/*
 * map.c
 *		What all feature maps share: bias, norms, unit vectors, blocks of rows.
 */
#include "core/maps/map.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/deal.h"

#define BASE_DIM 4096			/* shorter inputs are not reduced by default */
#define BLOCK_FLOATS 65536		/* unit vectors of a block: they should stay in the cache */

int
ntk_map_is_image(const ntk_map_spec *spec)
{
	return ntk_methods[spec->method]->image != 0;
}

size_t
ntk_map_landmarks(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	return method->landmarks ? method->landmarks(spec) : 0;
}

size_t
ntk_map_metric(const ntk_map_spec *spec)
{
	int			rows = spec->metric_rows == NTK_METRIC_DIAGONAL ? 1 : spec->metric_rows;

	return (size_t) rows * spec->input_dim;
}

/*
 * landmarks are compared with rows as they are, patches need all pixels, and a metric with
 * rows has reduced the inputs already
 */
int
ntk_map_reduces(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	return !method->landmarks && !method->image && spec->metric_rows <= 0;
}

int
ntk_map_row_length(const ntk_map_spec *spec)
{
	if (spec->base_dim > 0)
		return spec->base_dim - (spec->bias != 0);
	return spec->metric_rows > 0 ? spec->metric_rows : spec->input_dim;
}

int
ntk_map_dim(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];
	int			length = ntk_map_row_length(spec) + (spec->bias != 0);

	return method->dim ? method->dim(length) : length;
}

/*
 * The reduction adds an error of about 1/sqrt(base_dim) to inner products. Where that is no
 * more than the error 1/sqrt(m) of m features it is worth its speed.
 */
static int
map_default_base(const ntk_map_spec *spec)
{
	int			base = BASE_DIM;

	while (base < spec->n_components)
		base *= 2;
	return spec->input_dim + (spec->bias != 0) > base ? base : 0;
}

void
ntk_map_resolve(ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	if (spec->base_dim == NTK_UNSET)
		spec->base_dim = ntk_map_reduces(spec) ? map_default_base(spec) : 0;
	if (method->resolve)
		method->resolve(spec, ntk_map_dim(spec));
}

/* the method's state comes first in the memory of a map, rounded up */
static size_t
map_state_bytes(const ntk_method *method)
{
	return (method->state_bytes + 63) / 64 * 64;
}

/* then its metric and origin, then what the method draws */
static float *
map_lay_out_memory(const ntk_map_spec *spec, ntk_deal *deal, double **metric, double **origin)
{
	*metric = ntk_take_doubles(deal, ntk_map_metric(spec));
	*origin = NULL;
	if (ntk_kernel_is_distance(spec->kernel))
		*origin = ntk_take_doubles(deal, ntk_map_row_length(spec));
	return ntk_take(deal, 0);
}

size_t
ntk_map_memory(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];
	ntk_deal	count = {0};
	double	   *metric,
			   *origin;

	map_lay_out_memory(spec, &count, &metric, &origin);
	return map_state_bytes(method) +
		sizeof(float) * (count.used + method->floats(spec, ntk_map_dim(spec)));
}

/*
 * the mean of the landmarks: distances do not see it, but squares, which cancel, and single
 * precision do
 */
static void
map_find_origin(const ntk_map_spec *spec, int length, double *origin, ntk_pause pause)
{
	int			m = spec->n_components;

	memset(origin, 0, sizeof(double) * length);
	for (int j = 0; j < m; j++)
	{
		for (int k = 0; k < length; k++)
			origin[k] += spec->landmarks[(size_t) j * length + k] / (double) m;
		ntk_pause_if(pause);
	}
}

/* rows to work on at a time, of unit vectors of this length */
static int
map_block_of(int dim)
{
	int			block = BLOCK_FLOATS / dim;

	return block < 1 ? 1 : block > NTK_MAX_BLOCK ? NTK_MAX_BLOCK : block;
}

void
ntk_map_init(ntk_map *map, const ntk_map_spec *spec, void *memory, ntk_pause pause)
{
	ntk_deal	deal = {0};
	float	   *drawn;

	map->spec = *spec;
	map->method = ntk_methods[spec->method];
	map->row_length = ntk_map_row_length(spec);
	map->dim = ntk_map_dim(spec);
	if (spec->base_dim > 0)
		ntk_osnap_init(&map->osnap, map->row_length, spec->seed);
	map->block = map_block_of(map->dim);
	map->pause = pause;
	map->state = memory;
	deal.memory = (float *) ((char *) memory + map_state_bytes(map->method));
	drawn = map_lay_out_memory(spec, &deal, &map->metric, &map->origin);
	for (size_t i = 0; i < ntk_map_metric(spec); i++)
		map->metric[i] = spec->metric[i];
	if (map->origin)
		map_find_origin(spec, map->row_length, map->origin, pause);
	map->method->init(map, drawn);
}

/* unit vectors and scales of a block; what the method needs follows */
static float *
map_lay_out(int dim, ntk_deal *deal, float **unit, float **scale)
{
	*unit = ntk_take(deal, (size_t) map_block_of(dim) * dim);
	*scale = ntk_take(deal, map_block_of(dim));
	return ntk_take(deal, 0);
}

size_t
ntk_map_workspace(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];
	int			dim = ntk_map_dim(spec);
	ntk_deal	count = {0};
	float	   *unit,
			   *scale;

	map_lay_out(dim, &count, &unit, &scale);
	return sizeof(float) * (count.used + method->work_floats(spec, dim, map_block_of(dim)));
}

/*
 * unit = (x, bias) / |(x, bias)|, padded with zeros; returns the norm. Scaled by the
 * largest element first: squares must neither overflow nor vanish.
 */
static double
map_unit_vector(const ntk_map *map, const double *x, float *unit)
{
	int			n = map->row_length;
	double		bias = map->spec.bias;
	double		largest = fabs(bias);
	double		square,
				shrink,
				factor;

	/* a NaN, of a metric whose products overflowed, makes the norm one */
	for (int i = 0; i < n; i++)
		largest = fabs(x[i]) > largest || isnan(x[i]) ? fabs(x[i]) : largest;
	memset(unit, 0, sizeof(float) * map->dim);
	if (largest == 0)
		return 0;

	shrink = largest > 1e100 ? 0x1p-600 : largest < 1e-100 ? 0x1p600 : 1.0;
	square = (bias * shrink) * (bias * shrink);
	for (int i = 0; i < n; i++)
		square += (x[i] * shrink) * (x[i] * shrink);
	factor = 1.0 / sqrt(square);
	for (int i = 0; i < n; i++)
		unit[i] = (float) (x[i] * shrink * factor);
	if (bias != 0)
		unit[n] = (float) (bias * shrink * factor);
	return sqrt(square) / shrink;
}

/* x less the origin */
static double
map_centred(const ntk_map *map, const double *x, float *out)
{
	int			finite = 1;

	for (int i = 0; i < map->row_length; i++)
	{
		out[i] = (float) (x[i] - map->origin[i]);
		finite &= isfinite(out[i]) != 0;
	}
	return finite ? 1 : INFINITY;
}

double
ntk_map_view(const ntk_map *map, const double *row, float *x)
{
	return map->origin ? map_centred(map, row, x) : map_unit_vector(map, row, x);
}

void
ntk_map_scale(const ntk_map_spec *spec, double *image)
{
	const float *shift = spec->channels;
	int			n = spec->image.channels;

	for (int i = 0; shift && i < spec->input_dim; i++)
		image[i] = (image[i] - shift[i % n]) / shift[n + i % n];
}

/* what input i counts for with this value, unless the metric mixes inputs */
static double
map_weigh(const ntk_map *map, int i, double value)
{
	return map->spec.metric_rows == NTK_METRIC_DIAGONAL ? map->metric[i] * value : value;
}

void
ntk_map_read(const ntk_map *map, const double *x, double *row)
{
	int			d = map->spec.input_dim;

	if (map->spec.base_dim == 0)
	{
		ntk_metric_apply(map->metric, map->spec.metric_rows, d, x, row);
		ntk_map_scale(&map->spec, row);
		return;
	}
	memset(row, 0, sizeof(double) * map->row_length);
	for (int i = 0; i < d; i++)
		if (x[i] != 0)
			ntk_osnap_add(&map->osnap, i, map_weigh(map, i, x[i]), row);
}

/* row = T x, row by row of T, each of which is read once */
static void
map_transform_sparse(const ntk_map *map, int count, const int *index, const double *value,
					 double *row)
{
	for (int i = 0; i < map->row_length; i++)
	{
		const double *t = map->metric + (size_t) i * map->spec.input_dim;

		row[i] = 0;
		for (int k = 0; k < count; k++)
			row[i] += t[index[k]] * value[k];
	}
}

void
ntk_map_read_sparse(const ntk_map *map, int count, const int *index, const double *value,
					double *row)
{
	if (map->spec.metric_rows > 0)
	{
		map_transform_sparse(map, count, index, value, row);
		return;
	}
	memset(row, 0, sizeof(double) * map->row_length);
	for (int k = 0; k < count; k++)
	{
		double		weighed = map_weigh(map, index[k], value[k]);

		if (map->spec.base_dim > 0)
			ntk_osnap_add(&map->osnap, index[k], weighed, row);
		else
			row[index[k]] += weighed;
	}
	ntk_map_scale(&map->spec, row);
}

ntk_status
ntk_map_apply(const ntk_map *map, const double *row, int n, float *z, void *workspace)
{
	int			m = map->spec.n_components;
	ntk_deal	deal = {.memory = workspace};
	float	   *unit,
			   *scale;
	float	   *work = map_lay_out(map->dim, &deal, &unit, &scale);

	for (int first = 0; first < n; first += map->block)
	{
		int			rows = n - first < map->block ? n - first : map->block;
		float	   *out = z + (size_t) first * m;

		for (int i = 0; i < rows; i++)
		{
			scale[i] = (float) ntk_map_view(map, row + (size_t) (first + i) * map->row_length,
											unit + (size_t) i * map->dim);
			if (!isfinite(scale[i]))
				return NTK_OVERFLOW;
		}
		map->method->apply(map, unit, scale, rows, out, work);
		for (int i = 0; i < rows; i++)
			if (scale[i] * map->peak > FLT_MAX)
				for (int j = 0; j < m; j++)
					if (!isfinite(out[(size_t) i * m + j]))
						return NTK_OVERFLOW;
	}
	return NTK_OK;
}

int
ntk_map_whitens(const ntk_map_spec *spec)
{
	return ntk_methods[spec->method]->factor != NULL;
}

ntk_status
ntk_map_factor(const ntk_map *map, double *factor, void *workspace, ntk_pause pause)
{
	ntk_rfp		l = ntk_rfp_view(factor, map->spec.n_components);
	ntk_deal	deal = {.memory = workspace};
	float	   *unit,
			   *scale;
	float	   *work = map_lay_out(map->dim, &deal, &unit, &scale);

	return map->method->factor(map, &l, work, pause);
}
