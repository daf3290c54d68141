/*
 * nystrom.c
 *		Kernel columns by one matrix product and a table look-up, or kernels/distance.c.
 *
 * Products are in double precision: a cosine near 1 and a small difference of squares have lost
 * half their digits, and sgemm rounds a row differently by its place in a block.
 */
#include "core/maps/nystrom.h"

#include <math.h>
#include <string.h>

#include "core/base/deal.h"
#include "core/base/simd.h"
#include "core/kernels/cosine_table.h"
#include "core/linalg/blas.h"
#include "core/maps/map.h"

/*
 * A relative ridge on K_CC: landmarks may coincide, and columns are single precision. Of a smooth
 * kernel with a wide bandwidth most eigenvalues are rounding errors, which must not outgrow a
 * penalty once they are divided by this.
 */
#define JITTER 1e-8
#define DISTANCE_JITTER 1e-6

/*
 * The column of a landmark has the shape of a cone there and opposite to it, if the kernel, as
 * the NTK, has a cone: K'(t) is unbounded like 1 / sqrt(1 - t^2). Nearer to the tip than the root of this,
 * as an angle, we let the slope across fall to 0, which is its mean around the tip and on it
 * the mean of both sides. That also keeps single precision directions, good to 1e-7, from
 * deciding about a slope. Others, as the NNGP, are smooth, and only 0 / 0 is to be avoided.
 */
#define CONE_TIP 1e-4
#define SMOOTH_TIP 1e-12

/*
 * The kernel falls off within an angle of about 1 / depth. So many pieces are enough for
 * 1e-7 of its range; at depth 64 rounding of v makes that 3.5e-7, and more do not help.
 * Kernels of the distance have no tables.
 */
static int
nystrom_table_intervals(const ntk_map_spec *spec)
{
	int			n = 64;

	if (ntk_kernel_is_distance(spec->kernel))
		return 0;
	while (n < 16 * spec->depth)
		n *= 2;
	return n;
}

static size_t
nystrom_landmark_numbers(const ntk_map_spec *spec)
{
	return (size_t) spec->n_components * ntk_map_row_length(spec);
}

/* the map's memory; view is used while it is drawn */
static void
nystrom_lay_out(const ntk_map_spec *spec, int dim, ntk_deal *deal, double **landmarks,
				double **squares, float **table, float **slope, float **view)
{
	int			is_distance = ntk_kernel_is_distance(spec->kernel);

	*landmarks = ntk_take_doubles(deal, (size_t) spec->n_components * dim);
	*squares = ntk_take_doubles(deal, is_distance ? spec->n_components : 0);
	*table = ntk_take(deal, NTK_TABLE_FLOATS(nystrom_table_intervals(spec)));
	*slope = ntk_take(deal, NTK_TABLE_FLOATS(nystrom_table_intervals(spec)));
	*view = ntk_take(deal, dim);
}

static size_t
nystrom_memory_floats(const ntk_map_spec *spec, int dim)
{
	ntk_deal	count = {0};
	double	   *landmarks,
			   *squares;
	float	   *table,
			   *slope,
			   *view;

	nystrom_lay_out(spec, dim, &count, &landmarks, &squares, &table, &slope, &view);
	return count.used;
}

/* rows of a block, and their products with the landmarks */
static void
nystrom_lay_out_work(const ntk_map_spec *spec, int dim, int rows, ntk_deal *deal, double **views,
					 double **t)
{
	*views = ntk_take_doubles(deal, (size_t) rows * dim);
	*t = ntk_take_doubles(deal, (size_t) rows * spec->n_components);
}

static size_t
nystrom_work_floats(const ntk_map_spec *spec, int dim, int rows)
{
	ntk_deal	count = {0};
	double	   *views,
			   *t;

	nystrom_lay_out_work(spec, dim, rows, &count, &views, &t);
	return count.used;
}

static double
nystrom_square_of(const double *x, int n)
{
	double		square = 0;

	for (int k = 0; k < n; k++)
		square += x[k] * x[k];
	return square;
}

/* x = view in double precision, a unit vector to more digits; returns |view|^2 */
static double
nystrom_widen(const ntk_map *map, const float *view, double *x)
{
	if (!map->origin)
		return ntk_cosine_unit(view, map->dim, x);
	for (int k = 0; k < map->dim; k++)
		x[k] = view[k];
	return nystrom_square_of(x, map->dim);
}

static void
nystrom_init_tables(ntk_nystrom *nystrom, const ntk_map_spec *spec, float *table, float *slope,
					ntk_pause pause)
{
	ntk_profile context = {spec->kernel, spec->depth};

	ntk_cosine_table_init(&nystrom->kernel, nystrom_table_intervals(spec), ntk_profile_at,
						  &context, table, pause);
	ntk_cosine_table_init(&nystrom->slope, nystrom_table_intervals(spec), ntk_profile_slope_at,
						  &context, slope, pause);
}

static void
nystrom_init(ntk_map *map, float *memory)
{
	const ntk_map_spec *spec = &map->spec;
	ntk_nystrom *nystrom = map->state;
	ntk_deal	deal = {.memory = memory};
	int			dim = map->dim;
	double	   *row,
			   *squares;
	float	   *table,
			   *slope,
			   *view;

	nystrom_lay_out(spec, dim, &deal, &row, &squares, &table, &slope, &view);
	nystrom->count = spec->n_components;
	nystrom->zeros = 0;
	nystrom->landmarks = row;
	nystrom->squares = squares;
	if (!map->origin)
		nystrom_init_tables(nystrom, spec, table, slope, map->pause);
	for (int j = 0; j < nystrom->count; j++, row += dim)
	{
		double		square;

		for (int k = 0; k < map->row_length; k++)
			row[k] = spec->landmarks[(size_t) j * map->row_length + k];
		ntk_map_view(map, row, view);
		square = nystrom_widen(map, view, row);
		if (map->origin)
			squares[j] = square;
		else
			nystrom->zeros += square == 0;
		ntk_pause_if(map->pause);
	}
	map->peak = map->origin ? 1 : 1.001 * ntk_kernel_unit(spec->kernel, spec->depth, 0);
}

/* t [rows][count] = products of the rows of x, [rows][dim], and the landmarks */
static void
nystrom_products(const ntk_nystrom *nystrom, int dim, const double *x, int rows, double *t)
{
	int			m = nystrom->count;

	memset(t, 0, sizeof(double) * rows * m);
	ntk_gemm('T', 'N', m, rows, dim, 1.0, nystrom->landmarks, dim, x, dim, t, m, NULL);
}

/* whether landmark j has no direction */
static int
nystrom_is_zero(const ntk_nystrom *nystrom, int dim, int j)
{
	const double *landmark = nystrom->landmarks + (size_t) j * dim;

	if (nystrom->zeros == 0)
		return 0;
	for (int k = 0; k < dim; k++)
		if (landmark[k] != 0)
			return 0;
	return 1;
}

/* views and t [n][count] = their products with the landmarks */
static void
nystrom_read_rows(const ntk_map *map, const float *x, int n, double *views, double *t)
{
	for (int i = 0; i < n; i++)
		nystrom_widen(map, x + (size_t) i * map->dim, views + (size_t) i * map->dim);
	nystrom_products(map->state, map->dim, views, n, t);
}

/* t [count] = squared distances of x and the landmarks, from their products */
static void
nystrom_squares_of_distances(const ntk_map *map, const double *x, double *t)
{
	const ntk_nystrom *nystrom = map->state;

	ntk_distance_squares(&map->spec.distance, x, nystrom_square_of(x, map->dim),
						 nystrom->landmarks, nystrom->squares, nystrom->count, map->dim, t);
}

static void
nystrom_look_up(const ntk_nystrom *nystrom, int dim, const double *t, float scale, float *out)
{
	int			m = nystrom->count;

	ntk_cosine_arguments(t, m, out);
	ntk_table_apply(&nystrom->kernel, out, m, 1, scale, out);
	for (int j = 0; nystrom->zeros > 0 && j < m; j++)
		if (nystrom_is_zero(nystrom, dim, j))
			out[j] = 0;
}

static void
nystrom_apply(const ntk_map *map, const float *x, const float *scale, int n, float *z, float *work)
{
	const ntk_nystrom *nystrom = map->state;
	int			m = nystrom->count;
	ntk_deal	deal = {.memory = work};
	double	   *views,
			   *t;

	nystrom_lay_out_work(&map->spec, map->dim, n, &deal, &views, &t);
	nystrom_read_rows(map, x, n, views, t);
	for (int i = 0; i < n; i++, t += m, z += m)
		if (map->origin)
		{
			nystrom_squares_of_distances(map, views + (size_t) i * map->dim, t);
			ntk_distance_apply(map->spec.kernel, &map->spec.distance, t, m, z);
		}
		else
			nystrom_look_up(nystrom, map->dim, t, scale[i], z);
}

/* what gradients of a block need besides the products */
static void
nystrom_lay_out_gradient(const ntk_map *map, int rows, ntk_deal *deal, double **views,
						 float **value, float **slope)
{
	*views = ntk_take_doubles(deal, (size_t) rows * map->dim);
	*value = ntk_take(deal, map->spec.n_components);
	*slope = ntk_take(deal, map->spec.n_components);
}

static size_t
nystrom_gradient_floats(const ntk_map *map, int rows)
{
	ntk_deal	count = {0};
	double	   *views;
	float	   *value,
			   *slope;

	nystrom_lay_out_gradient(map, rows, &count, &views, &value, &slope);
	return count.used;
}

/*
 * radial = K - t K' in place of the cosines t and slope = K', from K and its derivative by the
 * angle, which is -sqrt(1 - t^2) K'
 */
NTK_SIMD static void
nystrom_slopes(const float *value, const float *by_angle, int m, double tip, double *radial,
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

/* of a row, in place of its cosines; value and by_angle: [count] of workspace */
static void
nystrom_slopes_of_angles(const ntk_map *map, double *radial, double *slope, float *value,
						 float *by_angle)
{
	const ntk_nystrom *nystrom = map->state;
	double		tip = ntk_kernels[map->spec.kernel].cone ? CONE_TIP : SMOOTH_TIP;
	int			m = nystrom->count;

	ntk_cosine_arguments(radial, m, value);
	ntk_table_apply(&nystrom->slope, value, m, 1, 1, by_angle);
	ntk_table_apply(&nystrom->kernel, value, m, 1, 1, value);
	nystrom_slopes(value, by_angle, m, tip, radial, slope);
	for (int j = 0; nystrom->zeros > 0 && j < m; j++)
		if (nystrom_is_zero(nystrom, map->dim, j))
			radial[j] = slope[j] = 0;
}

/* likewise of row x, in place of its products */
static void
nystrom_slopes_of_distances(const ntk_map *map, const double *x, double *radial, double *slope,
							float *value)
{
	double		bandwidth = map->spec.distance.bandwidth;
	int			m = map->spec.n_components;

	nystrom_squares_of_distances(map, x, radial);
	ntk_distance_slopes(map->spec.kernel, &map->spec.distance, radial, m, value);
	for (int j = 0; j < m; j++)
	{
		slope[j] = value[j] / bandwidth / bandwidth;
		radial[j] = -slope[j];
	}
}

static void
nystrom_evaluate(const ntk_map *map, const float *x, int n, double *radial, double *slope,
				 float *work)
{
	int			m = map->spec.n_components;
	ntk_deal	deal = {.memory = work};
	double	   *views;
	float	   *value,
			   *by_angle;

	nystrom_lay_out_gradient(map, n, &deal, &views, &value, &by_angle);
	nystrom_read_rows(map, x, n, views, radial);
	for (int i = 0; i < n; i++, radial += m, slope += m)
		if (map->origin)
			nystrom_slopes_of_distances(map, views + (size_t) i * map->dim, radial, slope, value);
		else
			nystrom_slopes_of_angles(map, radial, slope, value, by_angle);
}

static void
nystrom_combine(const ntk_map *map, const double *a, int n, double *out, float *work)
{
	const ntk_nystrom *nystrom = map->state;
	int			dim = map->dim;

	(void) work;
	memset(out, 0, sizeof(double) * n * dim);
	ntk_gemm('N', 'N', dim, n, nystrom->count, 1.0, nystrom->landmarks, dim, a, nystrom->count,
			 out, dim, map->pause);
}

/* t[j] = the kernel of landmark i and landmark j, j < i, in place of their products */
static void
nystrom_angles_among(const ntk_map *map, int i, double *t)
{
	const ntk_nystrom *nystrom = map->state;
	const ntk_map_spec *spec = &map->spec;
	const double *landmark = nystrom->landmarks + (size_t) i * map->dim;
	int			zero = nystrom_is_zero(nystrom, map->dim, i);

	for (int j = 0; j < i; j++)
	{
		const double *other = nystrom->landmarks + (size_t) j * map->dim;

		if (zero || nystrom_is_zero(nystrom, map->dim, j))
			t[j] = 0;
		else
			t[j] = ntk_kernel_unit(spec->kernel, spec->depth,
								   ntk_cosine_angle(landmark, other, map->dim, t[j]));
	}
}

static void
nystrom_distances_among(const ntk_map *map, int i, double *t)
{
	const ntk_nystrom *nystrom = map->state;

	nystrom_squares_of_distances(map, nystrom->landmarks + (size_t) i * map->dim, t);
	for (int j = 0; j < i; j++)
		t[j] = ntk_distance_at(map->spec.kernel, &map->spec.distance, t[j]);
}

static ntk_status
nystrom_factor(const ntk_map *map, const ntk_rfp *k_cc, float *work, ntk_pause pause)
{
	const ntk_nystrom *nystrom = map->state;
	const ntk_map_spec *spec = &map->spec;
	int			m = nystrom->count;
	ntk_deal	deal = {.memory = work};
	double	   *views,
			   *t;
	double		diagonal = map->origin ? 1 + DISTANCE_JITTER :
		ntk_kernel_unit(spec->kernel, spec->depth, 0) * (1 + JITTER);

	nystrom_lay_out_work(spec, map->dim, map->block, &deal, &views, &t);
	for (int first = 0; first < m; first += map->block)
	{
		int			rows = m - first < map->block ? m - first : map->block;

		nystrom_products(nystrom, map->dim, nystrom->landmarks + (size_t) first * map->dim, rows,
						 t);
		for (int i = 0; i < rows; i++)
		{
			int			here = first + i;
			double	   *row = t + (size_t) i * m;

			if (map->origin)
				nystrom_distances_among(map, here, row);
			else
				nystrom_angles_among(map, here, row);
			for (int j = 0; j < here; j++)
				*ntk_rfp_at(k_cc, here, j) = row[j];
			*ntk_rfp_at(k_cc, here, here) = diagonal;
			ntk_pause_if(pause);
		}
	}
	return ntk_rfp_cholesky(k_cc, pause);
}

static const ntk_gradient nystrom_gradient = {
	.work_floats = nystrom_gradient_floats,
	.evaluate = nystrom_evaluate,
	.combine = nystrom_combine,
};

const ntk_method ntk_method_nystrom = {
	.name = "nystrom",
	.distance = 1,
	.landmarks = nystrom_landmark_numbers,
	.state_bytes = sizeof(ntk_nystrom),
	.floats = nystrom_memory_floats,
	.work_floats = nystrom_work_floats,
	.init = nystrom_init,
	.apply = nystrom_apply,
	.factor = nystrom_factor,
	.gradient = &nystrom_gradient,
};
