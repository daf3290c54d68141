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
#include "core/simd.h"

/* a relative ridge on K_CC: landmarks may coincide, and columns are single precision */
#define JITTER 1e-8

/*
 * The column of a landmark has the shape of a cone there and opposite to it, if the kernel is
 * the NTK: K'(t) is unbounded like 1 / sqrt(1 - t^2). Nearer to the tip than the root of this,
 * as an angle, we let the slope across fall to 0, which is its mean around the tip and on it
 * the mean of both sides. That also keeps single precision directions, good to 1e-7, from
 * deciding about a slope. The kernel of the NNGP is smooth, and only 0 / 0 is to be avoided.
 */
#define NTK_TIP 1e-4
#define NNGP_TIP 1e-12

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

static size_t
landmark_numbers(const ntk_map_spec *spec)
{
	return (size_t) spec->n_components * ntk_map_row_length(spec);
}

/* the map's memory; unit is used while it is drawn */
static void
lay_out(const ntk_map_spec *spec, int dim, ntk_deal *deal, double **landmarks, float **table,
		float **slope, float **unit)
{
	*landmarks = ntk_take_doubles(deal, (size_t) spec->n_components * dim);
	*table = ntk_take(deal, NTK_TABLE_FLOATS(table_intervals(spec->depth)));
	*slope = ntk_take(deal, NTK_TABLE_FLOATS(table_intervals(spec->depth)));
	*unit = ntk_take(deal, dim);
}

static size_t
memory_floats(const ntk_map_spec *spec, int dim)
{
	ntk_deal	count = {0};
	double	   *landmarks;
	float	   *table,
			   *slope,
			   *unit;

	lay_out(spec, dim, &count, &landmarks, &table, &slope, &unit);
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
			   *slope,
			   *unit;

	lay_out(spec, dim, &deal, &row, &table, &slope, &unit);
	nystrom->count = spec->n_components;
	nystrom->zeros = 0;
	nystrom->landmarks = row;
	ntk_cosine_table_init(&nystrom->kernel, table_intervals(spec->depth), ntk_profile_at, &context, table);
	ntk_cosine_table_init(&nystrom->slope, table_intervals(spec->depth), ntk_profile_slope_at,
						  &context, slope);
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

/* what gradients of a block need besides the cosines */
static void
lay_out_gradient(const ntk_map *map, int rows, ntk_deal *deal, double **units, float **value,
				 float **slope)
{
	*units = ntk_take_doubles(deal, (size_t) rows * map->dim);
	*value = ntk_take(deal, map->spec.n_components);
	*slope = ntk_take(deal, map->spec.n_components);
}

static size_t
gradient_floats(const ntk_map *map, int rows)
{
	ntk_deal	count = {0};
	double	   *units;
	float	   *value,
			   *slope;

	lay_out_gradient(map, rows, &count, &units, &value, &slope);
	return count.used;
}

/*
 * radial = K - t K' in place of the cosines t and slope = K', from K and its derivative by the
 * angle, which is -sqrt(1 - t^2) K'
 */
NTK_SIMD static void
slopes(const float *value, const float *by_angle, int m, double tip, double *radial,
	   double *slope)
{
	for (int j = 0; j < m; j++)
	{
		double		t = radial[j];
		double		square = (1 - t) * (1 + t);

		slope[j] = -by_angle[j] / sqrt(square > tip ? square : tip);
		radial[j] = value[j] - t * slope[j];
	}
}

static void
evaluate(const ntk_map *map, const float *x, int n, double *radial, double *slope, float *work)
{
	const ntk_nystrom *nystrom = map->state;
	double		tip = map->spec.kernel == NTK_KERNEL_NTK ? NTK_TIP : NNGP_TIP;
	int			m = nystrom->count;
	ntk_deal	deal = {.memory = work};
	double	   *units;
	float	   *value,
			   *by_angle;

	lay_out_gradient(map, n, &deal, &units, &value, &by_angle);
	for (int i = 0; i < n; i++)
		ntk_cosine_unit(x + (size_t) i * map->dim, map->dim, units + (size_t) i * map->dim);
	cosines(nystrom, map->dim, units, n, radial);
	for (int i = 0; i < n; i++, radial += m, slope += m)
	{
		ntk_cosine_arguments(radial, m, value);
		ntk_table_apply(&nystrom->slope, value, m, 1, 1, by_angle);
		ntk_table_apply(&nystrom->kernel, value, m, 1, 1, value);
		slopes(value, by_angle, m, tip, radial, slope);
		for (int j = 0; nystrom->zeros > 0 && j < m; j++)
			if (is_zero(nystrom, map->dim, j))
				radial[j] = slope[j] = 0;
	}
}

static void
combine(const ntk_map *map, const double *a, int n, double *out, float *work)
{
	const ntk_nystrom *nystrom = map->state;
	int			dim = map->dim;

	(void) work;
	memset(out, 0, sizeof(double) * n * dim);
	ntk_gemm('N', 'N', dim, n, nystrom->count, 1.0, nystrom->landmarks, dim, a, nystrom->count,
			 out, dim, map->pause);
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

static const ntk_gradient gradient = {
	.work_floats = gradient_floats,
	.evaluate = evaluate,
	.combine = combine,
};

const ntk_method ntk_method_nystrom = {
	.name = "nystrom",
	.landmarks = landmark_numbers,
	.state_bytes = sizeof(ntk_nystrom),
	.floats = memory_floats,
	.work_floats = work_floats,
	.init = init,
	.apply = apply,
	.factor = factor,
	.gradient = &gradient,
};
