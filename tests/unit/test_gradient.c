/*
 * test_gradient.c
 *		Gradients of models by their inputs, against differences of the same functions in
 *		double precision and of the maps' own features.
 */
#include "core/maps/map.h"

#include "core/maps/zonal.h"
#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

#define TARGETS 3

static const char *const kernel_name[] = {"ntk", "nngp"};

typedef enum metric
{
	NONE,
	DIAGONAL,
	SQUARE,
	LOW_RANK
} metric;

static const char *const metric_name[] = {
	"no metric", "a diagonal metric", "a full metric", "a metric of low rank"
};

/* a model: a map, what it was drawn from, and weights; directions are those of the map */
typedef struct model
{
	ntk_map_spec spec;
	float	   *metric;
	float	   *landmarks;
	drawn_map	drawn;
	double	   *weights;		/* [TARGETS][m] */
	double	   *directions;		/* [m][dim] */
	ntk_zonal_series series;
} model;

static int
method_index(const ntk_method *method)
{
	int			i = 0;

	while (ntk_methods[i] != method)
		i++;
	return i;
}

static void
fill_floats(ntk_rng *rng, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (float) ntk_rng_gaussian(rng);
}

/* directions of unit length in double precision, of the landmarks or as they project e_k */
static void
find_directions(model *model)
{
	const ntk_map *map = &model->drawn.map;
	int			m = map->spec.n_components;
	int			dim = map->dim;
	float	   *unit = floats(dim);
	float	   *projection = floats(m);
	float	   *work = floats(dim);

	model->directions = doubles((size_t) m * dim);
	for (int j = 0; model->landmarks && j < m; j++)
	{
		double	   *w = model->directions + (size_t) j * dim;
		double		norm;

		for (int k = 0; k < map->row_length; k++)
			w[k] = model->landmarks[(size_t) j * map->row_length + k];
		if (map->spec.bias != 0)
			w[map->row_length] = map->spec.bias;
		norm = sqrt(dot(w, w, dim));
		for (int k = 0; k < dim; k++)
			w[k] /= norm;
	}
	for (int k = 0; !model->landmarks && k < dim; k++)
	{
		const ntk_directions *directions = &((ntk_zonal *) map->state)->directions;

		memset(unit, 0, sizeof(float) * dim);
		unit[k] = 1;
		ntk_directions_project(directions, unit, 1, projection, work);
		for (int j = 0; j < m; j++)
			model->directions[(size_t) j * dim + k] = projection[j] * directions->unit;
	}
	free(unit);
	free(projection);
	free(work);
}

static model
make_model(const ntk_method *method, ntk_kernel kernel, int depth, int d, double bias, int m,
		   metric metric)
{
	model		model = {
		.spec = {
			.method = method_index(method),.kernel = kernel,.depth = depth,.input_dim = d,
			.bias = bias,.n_components = m,.seed = 71
		}
	};
	ntk_rng		rng;

	ntk_rng_init(&rng, 70, d);
	if (metric != NONE)
	{
		model.spec.metric_rows = metric == DIAGONAL ? NTK_METRIC_DIAGONAL :
			metric == SQUARE ? d : 1 + d / 3;
		model.metric = floats(ntk_map_metric(&model.spec));
		fill_floats(&rng, model.metric, ntk_map_metric(&model.spec));
		model.spec.metric = model.metric;
	}
	if (method == &ntk_method_zonal)
	{
		model.spec.option[0] = 5;
		ntk_zonal_series_init(&model.series, kernel, depth, ntk_map_dim(&model.spec), 5);
	}
	else
	{
		model.landmarks = floats(ntk_map_landmarks(&model.spec));
		fill_floats(&rng, model.landmarks, ntk_map_landmarks(&model.spec));
		model.spec.landmarks = model.landmarks;
	}
	model.weights = doubles((size_t) TARGETS * m);
	fill_gaussian(&rng, model.weights, (size_t) TARGETS * m);
	model.drawn = draw(&model.spec);
	find_directions(&model);
	return model;
}

static void
drop_model(model *model)
{
	drop(&model->drawn);
	free(model->metric);
	free(model->landmarks);
	free(model->weights);
	free(model->directions);
}

/* y = (T x, bias), padded */
static void
transform(const model *model, const double *x, double *y)
{
	const ntk_map *map = &model->drawn.map;
	int			d = map->spec.input_dim;

	memset(y, 0, sizeof(double) * map->dim);
	for (int i = 0; i < map->row_length; i++)
		if (map->spec.metric_rows > 0)
			for (int k = 0; k < d; k++)
				y[i] += model->metric[(size_t) i * d + k] * x[k];
		else
			y[i] = (model->metric ? model->metric[i] : 1) * x[i];
	if (map->spec.bias != 0)
		y[map->row_length] = map->spec.bias;
}

/* sum_j w_j z_j(x) of all targets in double precision */
static void
reference(const model *model, const double *x, double *f)
{
	const ntk_map *map = &model->drawn.map;
	int			m = map->spec.n_components;
	double	   *y = doubles(map->dim);
	double		norm;

	transform(model, x, y);
	norm = sqrt(dot(y, y, map->dim));
	memset(f, 0, sizeof(double) * TARGETS);
	for (int j = 0; norm > 0 && j < m; j++)
	{
		const double *w = model->directions + (size_t) j * map->dim;
		double		z;

		if (model->landmarks == NULL)
			z = norm * ntk_zonal_function(&model->series, dot(y, w, map->dim) / norm) / sqrt(m);
		else if (ntk_kernel_exact(map->spec.kernel, map->spec.depth, y, w, map->dim,
								  &z) != NTK_OK)
			bail_out("a kernel is not finite");
		for (int k = 0; k < TARGETS; k++)
			f[k] += model->weights[(size_t) k * m + j] * z;
	}
	free(y);
}

/* the same of the map's features */
static void
by_features(model *model, const double *x, double *f)
{
	ntk_map    *map = &model->drawn.map;
	int			m = map->spec.n_components;
	double	   *row = doubles(map->row_length);
	float	   *z = floats(m);

	ntk_map_read(map, x, row);
	if (ntk_map_apply(map, row, 1, z, model->drawn.workspace) != NTK_OK)
		bail_out("a feature is not finite");
	for (int k = 0; k < TARGETS; k++)
	{
		f[k] = 0;
		for (int j = 0; j < m; j++)
			f[k] += model->weights[(size_t) k * m + j] * z[j];
	}
	free(row);
	free(z);
}

/* out: [TARGETS][d], central differences over 2 step |(x, bias)|, by some inputs; others 0 */
static void
differences(model *model, void (*f) (struct model *, const double *, double *), double step,
			int every, const double *x, double *out)
{
	int			d = model->spec.input_dim;
	double	   *at = doubles(d);
	double		h = step * hypot(sqrt(dot(x, x, d)), model->spec.bias);

	memcpy(at, x, sizeof(double) * d);
	for (int c = 0; c < d; c += every)
	{
		double		above[TARGETS],
					below[TARGETS];

		at[c] = x[c] + h;
		f(model, at, above);
		at[c] = x[c] - h;
		f(model, at, below);
		at[c] = x[c];
		for (int k = 0; k < TARGETS; k++)
			out[(size_t) k * d + c] = (above[k] - below[k]) / (2 * h);
	}
	free(at);
}

static void
reference_of(model *model, const double *x, double *f)
{
	reference(model, x, f);
}

/* out: [n][TARGETS][d] */
static void
gradients(model *model, const double *x, int n, double *out)
{
	ntk_map    *map = &model->drawn.map;
	double	   *row = doubles((size_t) n * map->row_length);
	size_t		out_size = sizeof(double) * n * TARGETS * map->spec.input_dim;
	size_t		size = ntk_map_gradient_workspace(map, TARGETS);
	double	   *got = guarded(out_size);
	void	   *workspace = guarded(size);

	for (int i = 0; i < n; i++)
		ntk_map_read(map, x + (size_t) i * map->spec.input_dim, row + (size_t) i * map->row_length);
	if (ntk_map_gradient(map, row, n, model->weights, TARGETS, got, workspace) != NTK_OK)
		bail_out("a gradient is not finite");
	if (!guards_intact(got, out_size) || !guards_intact(workspace, size))
		bail_out("something was written outside the memory");
	memcpy(out, got, out_size);
	free(row);
	guarded_free(got);
	guarded_free(workspace);
}

/*
 * Whether a row is so near to a landmark, or its opposite, that gradients are not exact, but not
 * on it.
 */
static int
is_near_tip(const model *model, const double *x)
{
	int			dim = model->drawn.map.dim;
	double	   *y = doubles(dim);
	int			near = 0;

	transform(model, x, y);
	for (int j = 0; model->landmarks && j < model->spec.n_components; j++)
	{
		double		t = dot(y, model->directions + (size_t) j * dim, dim) / sqrt(dot(y, y, dim));

		near |= 1 - t * t < 1.1e-4 && 1 - t * t > 1e-12;
	}
	free(y);
	return near;
}

static void
check_model(const ntk_method *method, ntk_kernel kernel, int depth, int d, double bias,
			metric metric)
{
	enum
	{
		ROWS = 2
	};
	int			m = d > 64 ? 150 : 24;	/* two blocks of structured directions */
	int			every = 1 + d / 10;
	model		model = make_model(method, kernel, depth, d, bias, m, metric);
	double	   *x = doubles((size_t) ROWS * d);
	double	   *got = doubles((size_t) ROWS * TARGETS * d);
	double	   *want = doubles((size_t) TARGETS * d);
	tap_worst	exact = {0},
				own = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 72, d);
	for (int i = 0; i < ROWS; i++)
		do
			fill_gaussian(&rng, x + (size_t) i * d, d);
		while (is_near_tip(&model, x + (size_t) i * d));
	gradients(&model, x, ROWS, got);
	for (int i = 0; i < ROWS; i++)
	{
		const double *row = got + (size_t) i * TARGETS * d;
		double		size = sqrt(dot(row, row, TARGETS * d) / d);

		differences(&model, reference_of, 1e-6, every, x + (size_t) i * d, want);
		for (int k = 0; k < TARGETS; k++)
			for (int c = 0; c < d; c += every)
				worst_note(&exact, row[k * d + c], want[k * d + c], 1e-5 * size,
						   "row %d, target %d, input %d", i, k, c);
		differences(&model, by_features, 1e-3, every, x + (size_t) i * d, want);
		for (int k = 0; k < TARGETS; k++)
			for (int c = 0; c < d; c += every)
				worst_note(&own, row[k * d + c], want[k * d + c], 1e-2 * size,
						   "row %d, target %d, input %d", i, k, c);
	}
	worst_ok(&exact, "%s, %s, depth %d, d = %d, bias %g, %s: gradients", method->name,
			 kernel_name[kernel], depth, d, bias, metric_name[metric]);
	worst_ok(&own, "%s, %s, depth %d, d = %d, bias %g, %s: they are those of the features",
			 method->name, kernel_name[kernel], depth, d, bias, metric_name[metric]);
	drop_model(&model);
	free(x);
	free(got);
	free(want);
}

/* the kernel's derivative by the angle, of any depth */
static void
check_kernel_slope(ntk_kernel kernel, int depth)
{
	ntk_profile k = {kernel, depth};
	double		h = 1e-5 / depth;
	double		top = kernel == NTK_KERNEL_NTK ? depth + 1 : 1;
	double		ends = kernel == NTK_KERNEL_NTK ? -0.5 * depth * (depth + 1) / PI : 0;
	tap_worst	worst = {0};

	for (double angle = 2e-5; angle < PI - h; angle += 0.003)
	{
		double		rise = ntk_profile_at(angle + h, &k) - ntk_profile_at(angle - h, &k);
		double		want = rise / (2 * h);

		worst_note(&worst, ntk_profile_slope_at(angle, &k), want, 1e-8 * top * depth,
				   "angle %g", angle);
	}
	worst_ok(&worst, "%s, depth %d: the slope of the kernel", kernel_name[kernel], depth);
	near(ntk_profile_slope_at(0, &k), ends, 1e-14 * fabs(ends), "%s, depth %d: at the angle 0",
		 kernel_name[kernel], depth);
	ok(isfinite(ntk_profile_slope_at(PI, &k)), "%s, depth %d: at the opposite",
	   kernel_name[kernel], depth);
}

/* f' of the series, by differences of f */
static void
check_series_slope(int dim, int degree)
{
	double		h = 1e-6;
	double		size = 0;
	tap_worst	worst = {0};
	ntk_zonal_series series;

	ntk_zonal_series_init(&series, NTK_KERNEL_NTK, 2, dim, degree);
	for (double t = -1 + h; t < 1 - h; t += 0.01)
		size = fmax(size, fabs(ntk_zonal_slope(&series, t)));
	for (double t = -1 + h; t < 1 - h; t += 0.01)
		worst_note(&worst, ntk_zonal_slope(&series, t),
				   (ntk_zonal_function(&series, t + h) - ntk_zonal_function(&series, t - h)) /
				   (2 * h), 1e-6 * size, "t = %g", t);
	worst_ok(&worst, "dim %d, degree %d: the slope of the series", dim, degree);
}

/*
 * On a landmark and opposite to it the column is a cone: differences to both sides cancel across,
 * and so do gradients. Next to it gradients stay bounded by the cone's slope.
 */
static void
check_tips(ntk_kernel kernel, int depth, int d, double bias)
{
	enum
	{
		M = 7
	};
	model		model = make_model(&ntk_method_nystrom, kernel, depth, d, bias, M, NONE);
	double	   *x = doubles(d);
	double	   *got = doubles((size_t) TARGETS * d);
	double	   *want = doubles((size_t) TARGETS * d);
	int			every = 1 + d / 10;
	double		slope = kernel == NTK_KERNEL_NTK ? 0.5 * depth * (depth + 1) / PI : 0;
	tap_worst	on = {0},
				next = {0};

	for (int j = 0; j < M; j++)
		for (int sign = 1; sign >= (bias == 0 ? -1 : 1); sign -= 2)
		{
			double		norm;

			for (int c = 0; c < d; c++)
				x[c] = sign * (bias == 0 ? 3 : 1) * (double) model.landmarks[j * d + c];
			norm = sqrt(dot(x, x, d));
			gradients(&model, x, 1, got);
			differences(&model, reference_of, 1e-7, 1, x, want);
			for (int c = 0; c < TARGETS * d; c++)
				worst_note(&on, got[c], want[c], 1e-5 * model.drawn.map.peak * depth,
						   "landmark %d times %d, number %d", j, sign, c);
			for (double step = 1e-9; step < 0.02; step *= 40)
			{
				x[0] += step * norm;
				gradients(&model, x, 1, got);
				differences(&model, reference_of, 1e-10, every, x, want);
				x[0] -= step * norm;
				for (int k = 0; k < TARGETS; k++)
					for (int c = 0; c < d; c += every)
						worst_note(&next, got[k * d + c], want[k * d + c],
								   1e-3 * model.drawn.map.peak * depth +
								   1.1 * slope * fabs(model.weights[k * M + j]),
								   "%g from landmark %d times %d, target %d, input %d", step, j,
								   sign, k, c);
			}
		}
	worst_ok(&on, "%s, depth %d, d = %d, bias %g: gradients on landmarks are the mean of both sides",
			 kernel_name[kernel], depth, d, bias);
	worst_ok(&next, "%s, depth %d, d = %d, bias %g: next to them they are bounded",
			 kernel_name[kernel], depth, d, bias);
	drop_model(&model);
	free(x);
	free(got);
	free(want);
}

/* rows and landmarks without a direction */
static void
check_zeros(const ntk_method *method, int d, metric metric)
{
	enum
	{
		M = 20, N = 3
	};
	double	   *x = doubles((size_t) N * d);
	double	   *got = doubles((size_t) N * TARGETS * d);
	double	   *fewer = doubles((size_t) N * TARGETS * d);
	double	   *want = doubles((size_t) TARGETS * d);
	tap_worst	zero = {0},
				dropped = {0},
				biased = {0};
	ntk_rng		rng;
	model		model = make_model(method, NTK_KERNEL_NTK, 1, d, 0, M, metric);

	ntk_rng_init(&rng, 73, d);
	fill_gaussian(&rng, x, (size_t) N * d);
	memset(x + d, 0, sizeof(double) * d);
	gradients(&model, x, N, got);
	for (int c = 0; c < TARGETS * d; c++)
		worst_note(&zero, got[TARGETS * d + c], 0, 0, "number %d", c);
	worst_ok(&zero, "%s, d = %d, %s: a zero row has no gradient", method->name, d,
			 metric_name[metric]);

	if (model.landmarks)
	{
		int			length = model.drawn.map.row_length;

		memset(model.landmarks + 5 * length, 0, sizeof(float) * length);
		drop(&model.drawn);
		model.drawn = draw(&model.spec);
		gradients(&model, x, N, got);
		for (int k = 0; k < TARGETS; k++)
			model.weights[k * M + 5] = 0;
		gradients(&model, x, N, fewer);
		for (int c = 0; c < N * TARGETS * d; c++)
			worst_note(&dropped, got[c], fewer[c], 0, "number %d", c);
		worst_ok(&dropped, "%s, d = %d, %s: nor has a zero landmark", method->name, d,
				 metric_name[metric]);
	}
	drop_model(&model);

	model = make_model(method, NTK_KERNEL_NTK, 1, d, 0.5, M, metric);
	gradients(&model, x + d, 1, got);
	differences(&model, reference_of, 1e-6, 1, x + d, want);
	for (int c = 0; c < TARGETS * d; c++)
		worst_note(&biased, got[c], want[c], 1e-5 * sqrt(dot(want, want, TARGETS * d)),
				   "number %d", c);
	worst_ok(&biased, "%s, d = %d, %s: with a bias a zero row has one", method->name, d,
			 metric_name[metric]);
	drop_model(&model);
	free(x);
	free(got);
	free(fewer);
	free(want);
}

/* many rows at once, and rows of all sizes, as one by one */
static void
check_rows(const ntk_method *method, int d, double bias, metric metric)
{
	enum
	{
		N = 2 * NTK_MAX_BLOCK + 3
	};
	model		model = make_model(method, NTK_KERNEL_NTK, 2, d, bias, 50, metric);
	int			numbers = TARGETS * d;
	double	   *x = doubles((size_t) N * d);
	double	   *all = doubles((size_t) N * numbers);
	double	   *one = doubles(numbers);
	tap_worst	rows = {0},
				sizes = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 74, d);
	fill_gaussian(&rng, x, (size_t) N * d);
	gradients(&model, x, N, all);
	for (int i = 0; i < N; i += 7)
	{
		const double *want = all + (size_t) i * numbers;
		double		size = sqrt(dot(want, want, numbers));

		gradients(&model, x + (size_t) i * d, 1, one);
		for (int c = 0; c < numbers; c++)
			worst_note(&rows, one[c], want[c], 1e-12 * size, "row %d, number %d", i, c);
		for (int c = 0; c < d; c++)
			x[(size_t) i * d + c] *= i % 2 ? 1e-160 : 1e160;
		gradients(&model, x + (size_t) i * d, 1, one);
		for (int c = 0; bias == 0 && c < numbers; c++)
			worst_note(&sizes, one[c], want[c], 1e-5 * size, "row %d, number %d", i, c);
	}
	worst_ok(&rows, "%s, d = %d, %s: rows one by one", method->name, d, metric_name[metric]);
	if (bias == 0)
		worst_ok(&sizes, "%s, d = %d, %s: rows of any size", method->name, d,
				 metric_name[metric]);
	drop_model(&model);
	free(x);
	free(all);
	free(one);
}

static void
check_refusals(void)
{
	enum
	{
		D = 4
	};
	model		model = make_model(&ntk_method_nystrom, NTK_KERNEL_NTK, 1, D, 0, 5, NONE);
	double		row[D] = {1, INFINITY, 0, 0};
	double		fine[D] = {1, 2, 0, 0};
	double		out[TARGETS * D];
	void	   *workspace = malloc(ntk_map_gradient_workspace(&model.drawn.map, TARGETS));
	ntk_map_spec spec = {.input_dim = 5000};
	int			have = 0;

	ok(ntk_map_gradient(&model.drawn.map, row, 1, model.weights, TARGETS, out,
						workspace) == NTK_OVERFLOW, "a row that is not finite");
	row[1] = NAN;
	ok(ntk_map_gradient(&model.drawn.map, row, 1, model.weights, TARGETS, out,
						workspace) == NTK_OVERFLOW, "a row that is not a number");
	model.weights[6] = 1e308;
	model.weights[7] = 1e308;
	model.weights[8] = -1e308;
	ok(ntk_map_gradient(&model.drawn.map, fine, 1, model.weights, TARGETS, out,
						workspace) == NTK_OVERFLOW, "weights that are too large");
	free(workspace);
	drop_model(&model);

	for (spec.method = 0; spec.method < ntk_method_count; spec.method++)
	{
		const ntk_method *method = ntk_methods[spec.method];

		have += ntk_map_has_gradient(&spec) ==
			(method == &ntk_method_zonal || method == &ntk_method_nystrom);
	}
	ok(have == ntk_method_count, "zonal and nystrom have gradients");
	spec.method = method_index(&ntk_method_zonal);
	spec.base_dim = 1024;
	ok(!ntk_map_has_gradient(&spec), "not if rows are reduced");
}

int
main(void)
{
	static const int dims[] = {1, 2, 9, 63, 100};
	static const ntk_method *const methods[] = {&ntk_method_nystrom, &ntk_method_zonal};

	for (int method = 0; method < LENGTH(methods); method++)
		for (int i = 0; i < LENGTH(dims); i++)
			for (int metric = NONE; metric <= LOW_RANK; metric++)
				for (int kernel = 0; kernel < 2; kernel++)
					for (int depth = 1; depth <= 3; depth++)
						check_model(methods[method], kernel, depth, dims[i],
									(depth + metric + kernel) % 2 * 0.7, metric);
	check_model(&ntk_method_nystrom, NTK_KERNEL_NTK, 16, 9, 0, NONE);
	check_model(&ntk_method_nystrom, NTK_KERNEL_NNGP, 16, 9, 0, NONE);
	for (int kernel = 0; kernel < 2; kernel++)
		for (int depth = 1; depth <= NTK_MAX_DEPTH; depth = 2 * depth + (depth == 1))
			check_kernel_slope(kernel, depth);
	check_series_slope(3, 1);
	check_series_slope(10, 12);
	check_series_slope(1024, 6);
	for (int kernel = 0; kernel < 2; kernel++)
		for (int depth = 1; depth <= 3; depth++)
			for (int bias = 0; bias < 2; bias++)
			{
				check_tips(kernel, depth, 5, bias);
				check_tips(kernel, depth, 63, bias);
			}
	for (int method = 0; method < LENGTH(methods); method++)
		for (int metric = NONE; metric <= LOW_RANK; metric++)
		{
			check_zeros(methods[method], 9, metric);
			check_rows(methods[method], metric % 2 ? 70 : 6, metric / 2, metric);
		}
	check_refusals();
	return done_testing();
}
