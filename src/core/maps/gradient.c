/*
 * gradient.c
 *		Gradients of functions sum_j w_j z_j(x) by the inputs.
 *
 * The features of some methods are of the form z_j(x) = |y| f(<w_j, y/|y|>), where y is the row
 * (T x, bias) with the metric T. Of such a function, with u = y/|y| and t_j = <w_j, u>,
 *
 *		d/dy sum_j w_j z_j = sum_j w_j [ (f(t_j) - t_j f'(t_j)) u + f'(t_j) w_j ]
 *
 * and the gradient by x is T^T times that (docs/MATH.md §5b; arXiv 2212.13881). It does not
 * depend on |y|. Of a kernel of the distance, f(r_j) with r_j = |y - w_j|, it is
 *
 *		d/dy sum_j w_j z_j = sum_j w_j [ f'(r_j) / r_j y - f'(r_j) / r_j w_j ]
 *
 * so that y takes the place of u. As of features, directions of rows are rounded to single
 * precision, and f and f' come from tables: an error is about 1e-6 of the size of the terms.
 */
#include "core/maps/map.h"

#include <math.h>
#include <string.h>

#include "core/base/deal.h"
#include "core/linalg/blas.h"

/* of a block of rows */
typedef struct gradient_buffers
{
	float	   *unit;			/* [rows][dim], 0 for rows without a direction; or y */
	double	   *radial;			/* [rows][m], f - t f', or f' / r */
	double	   *slope;			/* [rows][m], f', or -f' / r */
	double	   *weighed;		/* [rows][m], of one target */
	double	   *along;			/* [rows][targets], the factors of u */
	double	   *gradient;		/* [rows][dim], of one target by y */
	float	   *work;			/* the method's */
} gradient_buffers;

static void
gradient_lay_out(const ntk_map *map, int targets, ntk_deal *deal, gradient_buffers *b)
{
	size_t		rows = map->block;
	size_t		m = map->spec.n_components;

	b->unit = ntk_take(deal, rows * map->dim);
	b->radial = ntk_take_doubles(deal, rows * m);
	b->slope = ntk_take_doubles(deal, rows * m);
	b->weighed = ntk_take_doubles(deal, rows * m);
	b->along = ntk_take_doubles(deal, rows * targets);
	b->gradient = ntk_take_doubles(deal, rows * map->dim);
	b->work = ntk_take(deal, map->method->gradient->work_floats(map, map->block));
}

int
ntk_map_has_gradient(const ntk_map_spec *spec)
{
	return ntk_methods[spec->method]->gradient != NULL && spec->base_dim == 0;
}

size_t
ntk_map_gradient_workspace(const ntk_map *map, int targets)
{
	ntk_deal	count = {0};
	gradient_buffers b;

	gradient_lay_out(map, targets, &count, &b);
	return sizeof(float) * count.used;
}

/* slope = 0 where a row has no direction: u is 0 as well, and so is the gradient */
static ntk_status
gradient_read_rows(const ntk_map *map, const double *row, int rows, const gradient_buffers *b)
{
	int			m = map->spec.n_components;
	double		scale[NTK_MAX_BLOCK];

	for (int i = 0; i < rows; i++)
	{
		scale[i] = ntk_map_view(map, row + (size_t) i * map->row_length,
								b->unit + (size_t) i * map->dim);
		if (!isfinite(scale[i]))
			return NTK_OVERFLOW;
	}
	map->method->gradient->evaluate(map, b->unit, rows, b->radial, b->slope, b->work);
	for (int i = 0; i < rows; i++)
		if (scale[i] == 0)
			memset(b->slope + (size_t) i * m, 0, sizeof(double) * m);
	return NTK_OK;
}

/* b->gradient by y of target k, with these weights */
static void
gradient_one_target(const ntk_map *map, int rows, const double *weights, int targets, int k,
					const gradient_buffers *b)
{
	int			m = map->spec.n_components;
	int			dim = map->dim;

	for (int i = 0; i < rows; i++)
		for (int j = 0; j < m; j++)
			b->weighed[(size_t) i * m + j] = weights[j] * b->slope[(size_t) i * m + j];
	map->method->gradient->combine(map, b->weighed, rows, b->gradient, b->work);
	for (int i = 0; i < rows; i++)
		for (int c = 0; c < dim; c++)
			b->gradient[(size_t) i * dim + c] +=
				b->along[(size_t) i * targets + k] * b->unit[(size_t) i * dim + c];
}

/* by x from by y; row i of out begins at out[i * stride] */
static void
gradient_pull_back(const ntk_map *map, int rows, const double *gradient, double *out, int stride)
{
	int			d = map->spec.input_dim;
	int			metric_rows = map->spec.metric_rows;

	for (int i = 0; i < rows; i++)
	{
		double	   *to = out + (size_t) i * stride;

		if (metric_rows > 0)
			memset(to, 0, sizeof(double) * d);
		else
			memcpy(to, gradient + (size_t) i * map->dim, sizeof(double) * d);
		for (int c = 0; metric_rows == NTK_METRIC_DIAGONAL && c < d; c++)
			to[c] *= map->metric[c];
	}
	if (metric_rows > 0)
		ntk_gemm('N', 'N', d, rows, metric_rows, 1.0, map->metric, d, gradient, map->dim, out,
				 stride, map->pause);
}

static int
gradient_all_finite(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return 0;
	return 1;
}

ntk_status
ntk_map_gradient(const ntk_map *map, const double *row, int n, const double *weights,
				 int targets, double *out, void *workspace)
{
	int			m = map->spec.n_components;
	int			d = map->spec.input_dim;
	size_t		stride = (size_t) targets * d;
	ntk_deal	deal = {.memory = workspace};
	gradient_buffers b;

	gradient_lay_out(map, targets, &deal, &b);
	for (int first = 0; first < n; first += map->block)
	{
		int			rows = n - first < map->block ? n - first : map->block;
		double	   *to = out + first * stride;

		if (gradient_read_rows(map, row + (size_t) first * map->row_length, rows, &b) != NTK_OK)
			return NTK_OVERFLOW;
		memset(b.along, 0, sizeof(double) * rows * targets);
		ntk_gemm('T', 'N', targets, rows, m, 1.0, weights, m, b.radial, m, b.along, targets,
				 map->pause);
		for (int k = 0; k < targets; k++)
		{
			gradient_one_target(map, rows, weights + (size_t) k * m, targets, k, &b);
			gradient_pull_back(map, rows, b.gradient, to + (size_t) k * d, (int) stride);
		}
		if (!gradient_all_finite(to, rows * stride))
			return NTK_OVERFLOW;
	}
	return NTK_OK;
}
