/*
 * zonal.c
 *		Gegenbauer series of the kernels and the features made from them.
 */
#include "core/maps/zonal.h"

#include <math.h>

#include "core/base/deal.h"
#include "core/maps/method.h"

#define PI 3.141592653589793238462643383280
#define RULE 16					/* nodes of the quadrature on a panel */
#define PANELS 64
#define REACH 14.0				/* of all panels, in standard deviations of the weight */

int
ntk_zonal_dim(int length)
{
	return ntk_directions_dim(length < 3 ? 3 : length);
}

/* P_0 .. P_degree of dimension dim at t */
static void
zonal_gegenbauer(int dim, int degree, double t, double *p)
{
	p[0] = 1.0;
	if (degree > 0)
		p[1] = t;
	for (int l = 2; l <= degree; l++)
		p[l] = ((2.0 * l + dim - 4) * t * p[l - 1] - (l - 1) * p[l - 2]) / (l + dim - 3.0);
}

/* the Gauss-Legendre rule of RULE nodes on [-1, 1], by Newton's method */
static void
zonal_gauss_legendre(double *node, double *weight)
{
	for (int i = 0; i < RULE; i++)
	{
		double		x = cos(PI * (i + 0.75) / (RULE + 0.5));
		double		slope = 1;

		for (int step = 0; step < 6; step++)
		{
			double		p[RULE + 1];

			zonal_gegenbauer(3, RULE, x, p); /* dimension 3: Legendre polynomials */
			slope = RULE * (x * p[RULE] - p[RULE - 1]) / (x * x - 1);
			x -= p[RULE] / slope;
		}
		node[i] = x;
		weight[i] = 2.0 / ((1 - x * x) * slope * slope);
	}
}

/*
 * a_l = N_l int K P_l dmu, mu the distribution of the cosine of two random unit
 * vectors. In the angle, K is smooth and dmu is proportional to sin^(dim-2): a bell
 * of standard deviation 1/sqrt(dim) around pi/2, where we put the nodes.
 */
void
ntk_zonal_series_of(ntk_zonal_series *series, double (*f) (double angle, const void *context),
					const void *context, int dim, int degree)
{
	double		half_width = fmin(PI / 2, REACH / sqrt((double) dim));
	double		node[RULE];
	double		weight[RULE];
	double		integral[NTK_MAX_DEGREE + 1] = {0};
	double		total = 0;

	series->dim = dim;
	series->degree = degree;
	zonal_gauss_legendre(node, weight);
	for (int i = 0; i < RULE * PANELS; i++)
	{
		double		p[NTK_MAX_DEGREE + 1];
		double		place = (2 * (i / RULE) + 1 + node[i % RULE]) / PANELS - 1;
		double		angle = PI / 2 + half_width * place;
		double		density = weight[i % RULE] * exp((dim - 2.0) * log(sin(angle)));
		double		value = density * f(angle, context);

		zonal_gegenbauer(dim, degree, cos(angle), p);
		total += density;
		for (int l = 0; l <= degree; l++)
			integral[l] += value * p[l];
	}

	for (int l = 0; l <= degree; l++)
	{
		double		n = l == 0 ? 1 : (2.0 * l + dim - 2) / (dim - 2.0);
		double		mean = integral[l] / total;

		for (int i = 1; i <= l; i++)
			n *= (dim - 3.0 + i) / i;
		series->harmonics[l] = n;
		/* P_l is of size 1/sqrt(N_l): a mean far below that is rounding error, not mass */
		series->mass[l] = mean > 1e-13 / sqrt(n) ? n * mean : 0;
	}
}

void
ntk_zonal_series_init(ntk_zonal_series *series, ntk_kernel kernel, int depth, int dim,
					  int degree)
{
	ntk_profile k = {kernel, depth};

	ntk_zonal_series_of(series, ntk_profile_at, &k, dim, degree);
}

double
ntk_zonal_kernel(const ntk_zonal_series *series, double t)
{
	double		p[NTK_MAX_DEGREE + 1];
	double		sum = 0;

	zonal_gegenbauer(series->dim, series->degree, t, p);
	for (int l = 0; l <= series->degree; l++)
		sum += series->mass[l] * p[l];
	return sum;
}

/*
 * The harmonics that carry mass up to degree l number S_l, and m random features cannot
 * resolve more than m of them: higher degrees bring fidelity to the kernel, but at small m
 * mostly variance. So degree l keeps the share (max(m, S_2) / S_l)^3 of its mass, at most
 * all of it. On tables of 8 to 18 columns this is at every m near the best of all sharp
 * cuts, or better than it; up to degree 2 a cut would leave little but a linear model.
 */
void
ntk_zonal_taper(ntk_zonal_series *series, int n_components)
{
	double		resolved = n_components;
	double		spanned = 0;

	for (int l = 0; l <= series->degree; l++)
	{
		if (series->mass[l] > 0)
			spanned += series->harmonics[l];
		if (l <= 2 && spanned > resolved)
			resolved = spanned;
		if (spanned > resolved)
			series->mass[l] *= pow(resolved / spanned, 3);
	}
}

/* the last degree of which the taper leaves anything to speak of */
int
ntk_zonal_degree(ntk_kernel kernel, int depth, int dim, int n_components)
{
	ntk_zonal_series full,
				tapered;
	int			degree = NTK_MAX_DEGREE;

	ntk_zonal_series_init(&full, kernel, depth, dim, NTK_MAX_DEGREE);
	tapered = full;
	ntk_zonal_taper(&tapered, n_components);
	while (degree > 2 && !(tapered.mass[degree] > 1e-4 * full.mass[degree]))
		degree--;
	return degree;
}

/* what does not depend on t: P_l = rise t P_{l-1} - fall P_{l-2}, f = sum_l weight P_l */
typedef struct zonal_recurrence
{
	int			degree;
	double		weight[NTK_MAX_DEGREE + 1];
	double		rise[NTK_MAX_DEGREE + 1];
	double		fall[NTK_MAX_DEGREE + 1];
} zonal_recurrence;

/* signs (+,+,-,-) by degree keep the value of f at 1, and so the variance, down */
static zonal_recurrence
zonal_recurrence_of(const ntk_zonal_series *series)
{
	zonal_recurrence r = {.degree = series->degree};

	for (int l = 0; l <= series->degree; l++)
	{
		double		root = sqrt(series->mass[l] * series->harmonics[l]);

		r.weight[l] = l % 4 < 2 ? root : -root;
		if (l < 2)
			continue;
		r.rise[l] = (2.0 * l + series->dim - 4) / (l + series->dim - 3.0);
		r.fall[l] = (l - 1) / (l + series->dim - 3.0);
	}
	r.rise[1] = 1;
	return r;
}

static double
zonal_function_at(double t, const void *context)
{
	const zonal_recurrence *r = context;
	double		before = 0;
	double		p = 1;
	double		sum = r->weight[0];

	for (int l = 1; l <= r->degree; l++)
	{
		double		next = r->rise[l] * t * p - r->fall[l] * before;

		before = p;
		p = next;
		sum += r->weight[l] * p;
	}
	return sum;
}

static double
zonal_slope_at(double t, const void *context)
{
	const zonal_recurrence *r = context;
	double		before = 0,
				slope_before = 0;
	double		p = 1,
				slope = 0;
	double		sum = 0;

	for (int l = 1; l <= r->degree; l++)
	{
		double		next = r->rise[l] * t * p - r->fall[l] * before;
		double		next_slope = r->rise[l] * (p + t * slope) - r->fall[l] * slope_before;

		before = p;
		p = next;
		slope_before = slope;
		slope = next_slope;
		sum += r->weight[l] * slope;
	}
	return sum;
}

double
ntk_zonal_function(const ntk_zonal_series *series, double t)
{
	zonal_recurrence r = zonal_recurrence_of(series);

	return zonal_function_at(t, &r);
}

double
ntk_zonal_slope(const ntk_zonal_series *series, double t)
{
	zonal_recurrence r = zonal_recurrence_of(series);

	return zonal_slope_at(t, &r);
}

/*
 * By Markov's inequality |f''''| <= q^8 max|f| / 105, so n >= 5 q^2 intervals keep the
 * interpolation error below 1e-7 of the range. In many dimensions that range is reached
 * at |t| = 1 only: cosines are of size 1/sqrt(dim), where f is like a Hermite polynomial
 * of sqrt(dim) t, and n >= 8 sqrt(q dim) keeps the error below 1e-5 of its size there.
 * Up to degree 3 a table of cubics is exact.
 */
int
ntk_zonal_intervals(int dim, int degree)
{
	double		typical = degree > 3 ? 8 * sqrt((double) degree * dim) : 0;
	int			n = 64;

	while (n < 5 * degree * degree || n < typical)
		n *= 2;
	return n;
}

size_t
ntk_zonal_floats(int dim, int n_components, int degree)
{
	return 2 * NTK_TABLE_FLOATS(ntk_zonal_intervals(dim, degree)) +
		ntk_directions_floats(dim, n_components);
}

void
ntk_zonal_init(ntk_zonal *zonal, const ntk_zonal_series *series, int n_components,
			   uint64_t seed, float *memory, ntk_pause pause)
{
	int			intervals = ntk_zonal_intervals(series->dim, series->degree);
	zonal_recurrence r = zonal_recurrence_of(series);

	ntk_table_init(&zonal->function, intervals, zonal_function_at, &r, memory, pause);
	ntk_table_init(&zonal->slope, intervals, zonal_slope_at, &r,
				   memory + NTK_TABLE_FLOATS(intervals), pause);
	ntk_directions_init(&zonal->directions, series->dim, n_components, seed,
						memory + 2 * NTK_TABLE_FLOATS(intervals), pause);
	zonal->root = (float) (1.0 / sqrt((double) n_components));
	zonal->peak = 0;
	for (int l = 0; l <= series->degree; l++)
		zonal->peak += sqrt(series->mass[l] * series->harmonics[l]);
}

void
ntk_zonal_apply(const ntk_zonal *zonal, const float *x, const float *scale, int n, float *z,
				float *work)
{
	int			m = zonal->directions.count;

	ntk_directions_project(&zonal->directions, x, n, z, work);
	for (int i = 0; i < n; i++)
		ntk_table_apply(&zonal->function, z + (size_t) i * m, m, zonal->directions.unit,
						scale[i] * zonal->root, z + (size_t) i * m);
}

/* the method's options */
enum
{
	DEGREE,
	TAPER
};

static void
zonal_resolve(ntk_map_spec *spec, int dim)
{
	if (spec->option[TAPER] == NTK_UNSET)
		spec->option[TAPER] = spec->option[DEGREE] == NTK_UNSET;
	if (spec->option[DEGREE] == NTK_UNSET)
		spec->option[DEGREE] =
			ntk_zonal_degree(spec->kernel, spec->depth, dim, spec->n_components);
}

static size_t
zonal_memory_floats(const ntk_map_spec *spec, int dim)
{
	return ntk_zonal_floats(dim, spec->n_components, spec->option[DEGREE]);
}

static size_t
zonal_work_floats(const ntk_map_spec *spec, int dim, int rows)
{
	(void) spec;
	(void) rows;
	return dim;
}

static void
zonal_init(ntk_map *map, float *memory)
{
	const ntk_map_spec *spec = &map->spec;
	ntk_zonal  *zonal = map->state;
	ntk_zonal_series series;

	ntk_zonal_series_init(&series, spec->kernel, spec->depth, map->dim, spec->option[DEGREE]);
	if (spec->option[TAPER])
		ntk_zonal_taper(&series, spec->n_components);
	ntk_zonal_init(zonal, &series, spec->n_components, spec->seed, memory, map->pause);
	map->peak = zonal->peak * zonal->root;
}

static void
zonal_apply(const ntk_map *map, const float *x, const float *scale, int n, float *z, float *work)
{
	ntk_zonal_apply(map->state, x, scale, n, z, work);
}

/* projections of a block, f and f' of a row, and what directions need */
static void
zonal_lay_out_gradient(const ntk_map *map, int rows, ntk_deal *deal, float **t, float **value,
					   float **slope, float **rest)
{
	*t = ntk_take(deal, (size_t) rows * map->spec.n_components);
	*value = ntk_take(deal, map->spec.n_components);
	*slope = ntk_take(deal, map->spec.n_components);
	*rest = ntk_take(deal, 2 * (size_t) map->dim);
}

static size_t
zonal_gradient_floats(const ntk_map *map, int rows)
{
	ntk_deal	count = {0};
	float	   *t,
			   *value,
			   *slope,
			   *rest;

	zonal_lay_out_gradient(map, rows, &count, &t, &value, &slope, &rest);
	return count.used;
}

static void
zonal_evaluate(const ntk_map *map, const float *x, int n, double *radial, double *slope,
			   float *work)
{
	const ntk_zonal *zonal = map->state;
	float		unit = zonal->directions.unit;
	int			m = zonal->directions.count;
	ntk_deal	deal = {.memory = work};
	float	   *t,
			   *value,
			   *by_cosine,
			   *rest;

	zonal_lay_out_gradient(map, n, &deal, &t, &value, &by_cosine, &rest);
	ntk_directions_project(&zonal->directions, x, n, t, rest);
	for (int i = 0; i < n; i++, t += m, radial += m, slope += m)
	{
		ntk_table_apply(&zonal->function, t, m, unit, zonal->root, value);
		ntk_table_apply(&zonal->slope, t, m, unit, zonal->root, by_cosine);
		for (int j = 0; j < m; j++)
		{
			slope[j] = by_cosine[j];
			radial[j] = value[j] - (double) unit * t[j] * slope[j];
		}
	}
}

static void
zonal_combine(const ntk_map *map, const double *a, int n, double *out, float *work)
{
	const ntk_zonal *zonal = map->state;

	ntk_directions_combine(&zonal->directions, a, n, out, work);
}

static const ntk_gradient zonal_gradient = {
	.work_floats = zonal_gradient_floats,
	.evaluate = zonal_evaluate,
	.combine = zonal_combine,
};

const ntk_method ntk_method_zonal = {
	.name = "zonal",
	.options = 2,
	.option = {{"degree", 1, NTK_MAX_DEGREE, 0}, {"taper", 0, 1, 1}},
	.dim = ntk_zonal_dim,
	.resolve = zonal_resolve,
	.state_bytes = sizeof(ntk_zonal),
	.floats = zonal_memory_floats,
	.work_floats = zonal_work_floats,
	.init = zonal_init,
	.apply = zonal_apply,
	.gradient = &zonal_gradient,
};
