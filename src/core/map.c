/*
 * map.c
 *		What all feature maps share: bias, norms, unit vectors, blocks of rows.
 */
#include "core/method.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BLOCK_FLOATS 65536		/* unit vectors of a block: they should stay in the cache */

const ntk_method *const ntk_methods[] = {&ntk_method_zonal, &ntk_method_polysketch};
const int	ntk_method_count = sizeof(ntk_methods) / sizeof(ntk_methods[0]);

int
ntk_map_dim(const ntk_map_spec *spec)
{
	return ntk_methods[spec->method]->dim(spec->input_dim + (spec->bias != 0));
}

void
ntk_map_resolve(ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	if (method->resolve)
		method->resolve(spec, ntk_map_dim(spec));
}

/* the method's state comes first in the memory of a map, rounded up */
static size_t
state_bytes(const ntk_method *method)
{
	return (method->state_bytes + 63) / 64 * 64;
}

size_t
ntk_map_memory(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	return state_bytes(method) + sizeof(float) * method->floats(spec, ntk_map_dim(spec));
}

void
ntk_map_init(ntk_map *map, const ntk_map_spec *spec, void *memory)
{
	map->spec = *spec;
	map->method = ntk_methods[spec->method];
	map->dim = ntk_map_dim(spec);
	map->block = BLOCK_FLOATS / map->dim;
	if (map->block > NTK_MAX_BLOCK)
		map->block = NTK_MAX_BLOCK;
	if (map->block < 1)
		map->block = 1;
	map->state = memory;
	map->method->init(map, (float *) ((char *) memory + state_bytes(map->method)));
}

size_t
ntk_map_workspace(const ntk_map *map)
{
	return sizeof(float) * ((size_t) map->block * (map->dim + 1) +
							map->method->work_floats(map, map->block));
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

			scale[i] = (float) norm;
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
