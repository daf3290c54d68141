/*
 * map.c
 *		What all feature maps share: bias, norms, unit vectors, blocks of rows.
 */
#include "core/map.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BLOCK_FLOATS 65536		/* unit vectors of a block: they should stay in the cache */

static int
length_with_bias(const ntk_map_spec *spec)
{
	return spec->input_dim + (spec->bias != 0);
}

int
ntk_map_dim(const ntk_map_spec *spec)
{
	return ntk_zonal_dim(length_with_bias(spec));
}

size_t
ntk_map_memory(const ntk_map_spec *spec)
{
	return sizeof(float) *
		ntk_zonal_floats(ntk_map_dim(spec), spec->n_components, spec->degree);
}

void
ntk_map_init(ntk_map *map, const ntk_map_spec *spec, void *memory)
{
	ntk_zonal_series series;

	map->spec = *spec;
	map->dim = ntk_map_dim(spec);
	map->block = BLOCK_FLOATS / map->dim;
	if (map->block > NTK_MAX_BLOCK)
		map->block = NTK_MAX_BLOCK;
	if (map->block < 1)
		map->block = 1;
	ntk_zonal_series_init(&series, spec->kernel, spec->depth, map->dim, spec->degree);
	if (spec->taper)
		ntk_zonal_taper(&series, spec->n_components);
	ntk_zonal_init(&map->zonal, &series, spec->n_components, spec->seed, memory);
}

size_t
ntk_map_workspace(const ntk_map *map)
{
	return sizeof(float) * ((size_t) map->block * (map->dim + 1) + map->dim);
}

/*
 * unit = (x, bias) / |(x, bias)|, padded with zeros; returns the norm. Scaled by the
 * largest element first: squares must neither overflow nor vanish.
 */
static double
normalise(const ntk_map *map, const double *x, float *unit)
{
	int			n = map->spec.input_dim;
	double		bias = map->spec.bias;
	double		largest = fabs(bias);
	double		square,
				shrink,
				factor;

	for (int i = 0; i < n; i++)
		largest = fabs(x[i]) > largest ? fabs(x[i]) : largest;
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

ntk_status
ntk_map_apply(const ntk_map *map, const double *x, int n, float *z, void *workspace)
{
	int			m = map->spec.n_components;
	float	   *unit = workspace;
	float	   *scale = unit + (size_t) map->block * map->dim;
	float	   *work = scale + map->block;

	for (int first = 0; first < n; first += map->block)
	{
		int			rows = n - first < map->block ? n - first : map->block;
		float	   *out = z + (size_t) first * m;

		for (int i = 0; i < rows; i++)
		{
			double		norm = normalise(map, x + (size_t) (first + i) * map->spec.input_dim,
										 unit + (size_t) i * map->dim);

			scale[i] = (float) (norm / sqrt((double) m));
			if (!isfinite(scale[i]))
				return NTK_OVERFLOW;
		}
		ntk_zonal_apply(&map->zonal, unit, scale, rows, out, work);
		for (int i = 0; i < rows; i++)
			if (scale[i] * map->zonal.peak > FLT_MAX)
				for (int j = 0; j < m; j++)
					if (!isfinite(out[(size_t) i * m + j]))
						return NTK_OVERFLOW;
	}
	return NTK_OK;
}
