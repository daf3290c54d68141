/*
 * nystrom.c
 *		Kernel columns by one matrix product and a table look-up.
 *
 * Products are in double precision: a cosine near 1 has lost half its digits, and
 * sgemm rounds a row differently by its place in a block.
 */
#include "core/nystrom.h"

#include <math.h>
#include <string.h>

#include "core/blas.h"
#include "core/cosine_table.h"
#include "core/deal.h"

/* a relative ridge on K_CC: landmarks may coincide, and columns are single precision */
#define JITTER 1e-8

/*
 * The kernel falls off within an angle of about 1 / depth. So many pieces are enough for
 * 1e-7 of its range; at depth 64 rounding of v makes that 3.5e-7, and more do not help.
 */
static int
table_intervals(int depth)
{
	int			n = 64;

	while (n < 16 * depth)
		n *= 2;
	return n;
}

static int
method_dim(int length)
{
	return length;
}

static size_t
landmark_numbers(const ntk_map_spec *spec)
{
	return (size_t) spec->n_components * ntk_map_row_length(spec);
}

/* the map's memory; unit is used while it is drawn */
static void
lay_out(const ntk_map_spec *spec, int dim, ntk_deal *deal, double **landmarks, float **table,
		float **unit)
{
	*landmarks = ntk_take_doubles(deal, (size_t) spec->n_components * dim);
	*table = ntk_take(deal, NTK_TABLE_FLOATS(table_intervals(spec->depth)));
	*unit = ntk_take(deal, dim);
}

static size_t
memory_floats(const ntk_map_spec *spec, int dim)
{
	ntk_deal	count = {0};
	double	   *landmarks;
	float	   *table,
			   *unit;

	lay_out(spec, dim, &count, &landmarks, &table, &unit);
	return count.used;
}

/* unit vectors of a block, and their cosines with the landmarks */
static void
lay_out_work(const ntk_map *map, int rows, ntk_deal *deal, double **units, double **t)
{
	*units = ntk_take_doubles(deal, (size_t) rows * map->dim);
	*t = ntk_take_doubles(deal, (size_t) rows * map->spec.n_components);
}

static size_t
work_floats(const ntk_map *map, int rows)
{
	ntk_deal	count = {0};
	double	   *units,
			   *t;

	lay_out_work(map, rows, &count, &units, &t);
	return count.used;
}

static void
init(ntk_map *map, float *memory)
{
	const ntk_map_spec *spec = &map->spec;
	ntk_nystrom *nystrom = map->state;
	ntk_profile context = {spec->kernel, spec->depth};
	ntk_deal	deal = {.memory = memory};
	int			dim = map->dim;
	double	   *row;
	float	   *table,
			   *unit;

	lay_out(spec, dim, &deal, &row, &table, &unit);
	nystrom->count = spec->n_components;
	nystrom->zeros = 0;
	nystrom->landmarks = row;
	ntk_cosine_table_init(&nystrom->kernel, table_intervals(spec->depth), ntk_profile_at, &context, table);
	for (int j = 0; j < nystrom->count; j++, row += dim)
	{
		for (int k = 0; k < map->row_length; k++)
			row[k] = spec->landmarks[(size_t) j * map->row_length + k];
		ntk_map_unit(map, row, unit);
		nystrom->zeros += ntk_cosine_unit(unit, dim, row) == 0;
	}
	map->peak = 1.001 * ntk_kernel_unit(spec->kernel, spec->depth, 0);
}

/* t [rows][count] = cosines of the rows of x, [rows][dim], and the landmarks */
static void
cosines(const ntk_nystrom *nystrom, int dim, const double *x, int rows, double *t)
{
	int			m = nystrom->count;

	memset(t, 0, sizeof(double) * rows * m);
	ntk_gemm('T', 'N', m, rows, dim, 1.0, nystrom->landmarks, dim, x, dim, t, m, NULL);
}

/* whether landmark j has no direction */
static int
is_zero(const ntk_nystrom *nystrom, int dim, int j)
{
	const double *landmark = nystrom->landmarks + (size_t) j * dim;

	if (nystrom->zeros == 0)
		return 0;
	for (int k = 0; k < dim; k++)
		if (landmark[k] != 0)
			return 0;
	return 1;
}

static void
apply(const ntk_map *map, const float *x, const float *scale, int n, float *z, float *work)
{
	const ntk_nystrom *nystrom = map->state;
	int			m = nystrom->count;
	ntk_deal	deal = {.memory = work};
	double	   *units,
			   *t;

	lay_out_work(map, n, &deal, &units, &t);
	for (int i = 0; i < n; i++)
		ntk_cosine_unit(x + (size_t) i * map->dim, map->dim, units + (size_t) i * map->dim);
	cosines(nystrom, map->dim, units, n, t);
	for (int i = 0; i < n; i++)
	{
		float	   *out = z + (size_t) i * m;

		ntk_cosine_arguments(t + (size_t) i * m, m, out);
		ntk_table_apply(&nystrom->kernel, out, m, 1, scale[i], out);
		for (int j = 0; nystrom->zeros > 0 && j < m; j++)
			if (is_zero(nystrom, map->dim, j))
				out[j] = 0;
	}
}

static ntk_status
factor(const ntk_map *map, const ntk_rfp *k_cc, float *work, ntk_pause pause)
{
	const ntk_nystrom *nystrom = map->state;
	const ntk_map_spec *spec = &map->spec;
	int			m = nystrom->count;
	ntk_deal	deal = {.memory = work};
	double	   *units,
			   *t;
	double		diagonal = ntk_kernel_unit(spec->kernel, spec->depth, 0);

	lay_out_work(map, map->block, &deal, &units, &t);
	for (int first = 0; first < m; first += map->block)
	{
		int			rows = m - first < map->block ? m - first : map->block;

		cosines(nystrom, map->dim, nystrom->landmarks + (size_t) first * map->dim, rows, t);
		for (int i = 0; i < rows; i++)
		{
			int			here = first + i;
			const double *landmark = nystrom->landmarks + (size_t) here * map->dim;
			const double *row = t + (size_t) i * m;
			int			zero = is_zero(nystrom, map->dim, here);

			for (int j = 0; j < here; j++)
			{
				const double *other = nystrom->landmarks + (size_t) j * map->dim;
				double		value = 0;

				if (!zero && !is_zero(nystrom, map->dim, j))
					value = ntk_kernel_unit(spec->kernel, spec->depth,
											ntk_cosine_angle(landmark, other, map->dim, row[j]));
				*ntk_rfp_at(k_cc, here, j) = value;
			}
			*ntk_rfp_at(k_cc, here, here) = diagonal * (1 + JITTER);
			ntk_pause_if(pause);
		}
	}
	return ntk_rfp_cholesky(k_cc, pause);
}

const ntk_method ntk_method_nystrom = {
	.name = "nystrom",
	.landmarks = landmark_numbers,
	.dim = method_dim,
	.state_bytes = sizeof(ntk_nystrom),
	.floats = memory_floats,
	.work_floats = work_floats,
	.init = init,
	.apply = apply,
	.factor = factor,
};
