/*
 * test_random_features.c
 *		By Monte Carlo over seeds that random networks have the kernels as the mean of their
 *		inner products, that their weights are distributed as they should be, and that the
 *		features of a row depend on nothing but the row and the map.
 */
#include <float.h>

#include "core/maps/map.h"

#include "fixture.h"
#include "tap.h"

#define METHODS 2

static const char *const method_name[METHODS] = {"random_features", "random_features_leverage"};
static const char *const kernel_name[] = {"ntk", "nngp"};
static int	method_index[METHODS];

enum
{
	STANDARD,
	LEVERAGE
};

static void
find_methods(void)
{
	for (int i = 0; i < METHODS; i++)
	{
		method_index[i] = -1;
		for (int k = 0; k < ntk_method_count; k++)
			if (strcmp(ntk_methods[k]->name, method_name[i]) == 0)
				method_index[i] = k;
		if (method_index[i] < 0)
			bail_out("%s is not among the methods", method_name[i]);
	}
}

static ntk_map_spec
make_spec(int method, ntk_kernel kernel, int depth, int d, int m)
{
	ntk_map_spec spec = {
		.method = method_index[method],.kernel = kernel,.input_dim = d,.n_components = m,
		.depth = depth
	};

	return spec;
}

/* a map between guards; its workspace is aligned for doubles, and for nothing larger */
typedef struct drawn
{
	ntk_map_spec spec;
	ntk_map		map;
	void	   *memory;
	char	   *work;
	size_t		memory_size;
	size_t		work_size;
} drawn;

#define MOST_ROWS 16

static void
drawn_init(drawn *d, const ntk_map_spec *spec)
{
	d->spec = *spec;
	d->memory_size = ntk_map_memory(spec);
	d->memory = guarded(d->memory_size);
	ntk_map_init(&d->map, spec, d->memory, NULL);
	d->work_size = sizeof(double) + sizeof(float) * d->map.method->work_floats(spec, d->map.dim, MOST_ROWS);
	d->work = guarded(d->work_size);
}

static void
drawn_seed(drawn *d, uint64_t seed)
{
	d->spec.seed = seed;
	ntk_map_init(&d->map, &d->spec, d->memory, NULL);
}

/* x: unit vectors [n][input_dim] */
static void
drawn_apply(drawn *d, const float *x, const float *scale, int n, float *z)
{
	d->map.method->apply(&d->map, x, scale, n, z, (float *) (d->work + sizeof(double)));
}

static int
drawn_intact(const drawn *d)
{
	return guards_intact(d->memory, d->memory_size) && guards_intact(d->work, d->work_size);
}

static void
drawn_free(drawn *d)
{
	if (!drawn_intact(d))
		bail_out("written outside the memory or the workspace");
	guarded_free(d->memory);
	guarded_free(d->work);
}

static const float ones[MOST_ROWS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

#define ROWS 7
#define MAX_DIM 200

/* of row i to row 0: from 0 to pi; +1 and -1 are all unit vectors there are if d = 1 */
static double
angle_of(int i, int d)
{
	if (d == 1)
		return i % 2 ? PI : 0;
	return i == 0 ? 0 : PI * (i - 1) / (ROWS - 2);
}

static void
make_rows(float *x, int d)
{
	double		first[MAX_DIM];
	double		other[MAX_DIM];
	ntk_rng		rng;

	ntk_rng_init(&rng, 61, d);
	fill_gaussian(&rng, first, d);
	for (int i = 0; i < ROWS; i++)
	{
		double		along,
					length,
					other_length;

		fill_gaussian(&rng, other, d);
		along = dot(first, other, d) / dot(first, first, d);
		for (int k = 0; k < d; k++)
			other[k] = d > 1 ? other[k] - along * first[k] : 0;
		length = sqrt(dot(first, first, d));
		other_length = d > 1 ? sqrt(dot(other, other, d)) : 1;
		for (int k = 0; k < d; k++)
			x[i * d + k] = (float) (cos(angle_of(i, d)) * first[k] / length +
									sin(angle_of(i, d)) * other[k] / other_length);
	}
}

/* the kernel of rows 0 and i */
static double
exact(const ntk_map_spec *spec, int i)
{
	return ntk_kernel_unit(spec->kernel, spec->depth, angle_of(i, spec->input_dim));
}

/*
 * The mean of <z(x_0), z(x_i)>. Deeper than one layer it is the kernel up to a bias in
 * proportion to the variance of inner layers, 1/s at width s >= 256: we allow 2 L^2 / s.
 */
static void
check_mean(const ntk_map_spec *spec, int seeds)
{
	int			d = spec->input_dim;
	int			m = spec->n_components;
	double		bias = spec->depth == 1 ? 0 : 2.0 * spec->depth * spec->depth / 256;
	float		x[ROWS * MAX_DIM];
	float	   *z = floats((size_t) ROWS * m);
	sample		samples[ROWS] = {{0}};
	tap_worst	worst = {0};
	drawn		map;

	make_rows(x, d);
	drawn_init(&map, spec);
	for (int seed = 0; seed < seeds; seed++)
	{
		drawn_seed(&map, seed);
		drawn_apply(&map, x, ones, ROWS, z);
		for (int i = 0; i < ROWS; i++)
			sample_add(&samples[i], dot_float(z, z + i * m, m));
	}
	for (int i = 0; i < ROWS; i++)
		worst_note(&worst, samples[i].mean, exact(spec, i),
				   4 * standard_error(&samples[i]) + bias + 1e-6, "row %d", i);
	worst_ok(&worst, "%s, %s, depth %d, d = %d, m = %d: inner products have the kernel as mean",
			 ntk_methods[spec->method]->name, kernel_name[spec->kernel], spec->depth, d, m);
	drawn_free(&map);
	free(z);
}

/* the root mean square error of the kernel over seeds and rows */
static double
error_of(const ntk_map_spec *spec, int seeds)
{
	int			d = spec->input_dim;
	int			m = spec->n_components;
	float		x[ROWS * MAX_DIM];
	float	   *z = floats((size_t) ROWS * m);
	double		square = 0;
	drawn		map;

	make_rows(x, d);
	drawn_init(&map, spec);
	for (int seed = 0; seed < seeds; seed++)
	{
		drawn_seed(&map, 1000 + seed);
		drawn_apply(&map, x, ones, ROWS, z);
		for (int i = 0; i < ROWS; i++)
			square += pow(dot_float(z, z + i * m, m) - exact(spec, i), 2);
	}
	drawn_free(&map);
	free(z);
	return sqrt(square / seeds / ROWS);
}

/*
 * At depth 1, as a power of m: -1/2, and steeper where the directions of Q^2 do not fill an
 * orthogonal block, which helps the more, the fuller it is.
 */
static void
check_rate(int method, ntk_kernel kernel, int d, double steepest)
{
	enum
	{
		SIZES = 5, SMALLEST = 64, SEEDS = 200
	};
	double		sum_x = 0,
				sum_y = 0,
				sum_xx = 0,
				sum_xy = 0,
				slope;

	for (int i = 0; i < SIZES; i++)
	{
		ntk_map_spec spec = make_spec(method, kernel, 1, d, SMALLEST << i);
		double		log_m = log(spec.n_components);
		double		log_error = log(error_of(&spec, SEEDS));

		diag("d = %d, m = %d: root mean square error %.4f", d, spec.n_components,
			 exp(log_error));
		sum_x += log_m;
		sum_y += log_error;
		sum_xx += log_m * log_m;
		sum_xy += log_m * log_error;
	}
	slope = (SIZES * sum_xy - sum_x * sum_y) / (SIZES * sum_xx - sum_x * sum_x);
	ok(slope < -0.43 && slope > steepest,
	   "%s, %s, depth 1, d = %d: the error falls like m to the power %.2f",
	   method_name[method], kernel_name[kernel], d, slope);
}

static void
check_deep_rate(int method, ntk_kernel kernel, int depth)
{
	ntk_map_spec few = make_spec(method, kernel, depth, 10, 64);
	ntk_map_spec many = make_spec(method, kernel, depth, 10, 1024);
	double		before = error_of(&few, 25);
	double		after = error_of(&many, 25);

	ok(after < 0.5 * before,
	   "%s, %s, depth %d: the error falls from %.3f at m = 64 to %.3f at m = 1024",
	   method_name[method], kernel_name[kernel], depth, before, after);
}

/*
 * The weights of the first layer, [m][d]: features of the NNGP kernel at depth 1 are
 * sqrt(2/m) ReLU(<w_j, x>), those of +e_k and -e_k give the elements.
 */
static double *
first_weights(int method, int d, int m, uint64_t seed)
{
	ntk_map_spec spec = make_spec(method, NTK_KERNEL_NNGP, 1, d, m);
	double	   *w = doubles((size_t) m * d);
	float	   *x = floats(2 * d);
	float	   *z = floats(2 * m);
	drawn		map;

	spec.seed = seed;
	drawn_init(&map, &spec);
	for (int k = 0; k < d; k++)
	{
		x[k] = 1;
		x[d + k] = -1;
		drawn_apply(&map, x, ones, 2, z);
		for (int j = 0; j < m; j++)
			w[(size_t) j * d + k] = ((double) z[j] - z[m + j]) / sqrt(2.0 / m);
		x[k] = x[d + k] = 0;
	}
	drawn_free(&map);
	free(x);
	free(z);
	return w;
}

/* of the chi-squared distribution with an even number of degrees of freedom */
static double
chi_square_cdf(double x, int degrees)
{
	double		term = exp(-x / 2);
	double		tail = 0;

	for (int i = 0; i < degrees / 2; i++)
	{
		tail += term;
		term *= x / 2 / (i + 1);
	}
	return 1 - tail;
}

static double
normal_cdf(double x)
{
	return 0.5 * erfc(-x / sqrt(2));
}

static int
compare(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

/* sqrt(n) times the distance of Kolmogorov and Smirnov, of uniform numbers from uniform */
static double
distance(double *u, int n)
{
	double		largest = 0;

	qsort(u, n, sizeof(double), compare);
	for (int i = 0; i < n; i++)
		largest = fmax(largest, fmax(u[i] - (double) i / n, (i + 1.0) / n - u[i]));
	return sqrt(n) * largest;
}

/* rows are Gaussian, or of length sqrt(d); orthogonal in blocks where that is cheap */
static void
check_weights(int method, int d)
{
	enum
	{
		M = 4096
	};
	double	   *w = first_weights(method, d, M, 5);
	double	   *lengths = doubles(M);
	double	   *components = doubles(M);
	double		largest = 0;
	tap_worst	moments = {0},
				equal = {0};

	for (int j = 0; j < M; j++)
	{
		const double *row = w + (size_t) j * d;
		double		square = dot(row, row, d);

		lengths[j] = chi_square_cdf(square, d);
		components[j] = normal_cdf(row[j % d]);
		worst_note(&equal, square, d, 1e-5 * d, "row %d", j);
		for (int k = 0; k < j && k / d == j / d; k++)
			largest = fmax(largest, fabs(dot(row, w + (size_t) k * d, d)) / square);
	}
	for (int k = 0; k < d; k++)
		for (int l = 0; l <= k; l++)
		{
			sample		s = {0};

			for (int j = 0; j < M; j++)
				sample_add(&s, w[(size_t) j * d + k] * w[(size_t) j * d + l]);
			worst_note(&moments, s.mean, k == l, 4.5 * standard_error(&s), "%d, %d", k, l);
		}
	worst_ok(&moments, "%s, d = %d: E[w w^T] = I", method_name[method], d);
	if (method == LEVERAGE)
		worst_ok(&equal, "%s, d = %d: |w|^2 = d", method_name[method], d);
	else
	{
		/* the distance is above 1.95 once in a thousand times */
		ok(distance(lengths, M) < 1.95, "%s, d = %d: |w|^2 is chi-squared",
		   method_name[method], d);
		ok(distance(components, M) < 1.95, "%s, d = %d: elements are normal",
		   method_name[method], d);
	}
	ok((d <= 64) == (largest < 1e-4), "%s, d = %d: rows are %s", method_name[method], d,
	   d <= 64 ? "orthogonal in blocks" : "independent");
	free(w);
	free(lengths);
	free(components);
}

/*
 * The leverage variant as it is defined: w of density |w|^2 N(w) / d, which is a uniform
 * direction and |w|^2 chi-squared with d + 2 degrees of freedom, and sqrt(d)/|w| times the
 * feature. The fourth moments of features at m = 1 are 6 for Gaussian rows and here
 * 6 d/(d+2); those of the code must be these, and no feature larger than sqrt(2d/m).
 */
static void
check_leverage(int d)
{
	enum
	{
		M = 64, SEEDS = 400
	};
	float		x[ROWS * MAX_DIM];
	float		z[ROWS * M];
	double		variance[METHODS];
	sample		defined = {0},
				fourth[METHODS] = {{0}};
	double		largest[METHODS] = {0};
	int			below = 1;
	double		limit = sqrt(2.0 * d / M);
	ntk_rng		rng;

	ntk_rng_init(&rng, 71, d);
	for (int i = 0; i < SEEDS * M; i++)
	{
		double		w[MAX_DIM + 2];
		double		square,
					length,
					feature;

		fill_gaussian(&rng, w, d + 2);
		length = sqrt(dot(w, w, d + 2));
		fill_gaussian(&rng, w, d);
		square = dot(w, w, d);
		feature = sqrt(2.0) * fmax(0, length * w[0] / sqrt(square)) * sqrt(d) / length;
		sample_add(&defined, pow(feature, 4));
	}
	make_rows(x, d);
	for (int method = 0; method < METHODS; method++)
	{
		ntk_map_spec spec = make_spec(method, NTK_KERNEL_NNGP, 1, d, M);
		sample		inner = {0};
		drawn		map;

		drawn_init(&map, &spec);
		for (int seed = 0; seed < SEEDS; seed++)
		{
			drawn_seed(&map, seed);
			drawn_apply(&map, x, ones, ROWS, z);
			sample_add(&inner, dot_float(z, z, M));
			for (int j = 0; j < M; j++)
				sample_add(&fourth[method], pow(sqrt(M) * z[j], 4));
			for (int i = 0; i < ROWS * M; i++)
			{
				below &= z[i] <= map.map.peak;
				largest[method] = fmax(largest[method], z[i]);
			}
		}
		variance[method] = inner.square / (inner.n - 1.0);
		if (method == LEVERAGE)
			near(map.map.peak, limit, 1e-4 * limit, "d = %d: the peak is sqrt(2d/m)", d);
		drawn_free(&map);
	}
	near(fourth[STANDARD].mean, 6, 4 * standard_error(&fourth[STANDARD]),
		 "d = %d: fourth moment with Gaussian rows", d);
	near(fourth[LEVERAGE].mean, 6.0 * d / (d + 2), 4 * standard_error(&fourth[LEVERAGE]) + 1e-5,
		 "d = %d: fourth moment with leverage scores", d);
	near(defined.mean, 6.0 * d / (d + 2), 4 * standard_error(&defined) + 1e-5,
		 "d = %d: the same from the definition", d);
	ok(variance[LEVERAGE] < variance[STANDARD], "d = %d: variances of <z, z> are %.4f and %.4f", d,
	   variance[STANDARD], variance[LEVERAGE]);
	ok(largest[LEVERAGE] <= limit * (1 + 1e-6) && largest[STANDARD] > limit && below,
	   "d = %d: no feature is larger than sqrt(2d/m), with Gaussian rows than the peak", d);
}

/* the share of features that are positive in both or in neither */
static double
agreement(const float *u, const float *v, int n)
{
	int			same = 0;

	for (int i = 0; i < n; i++)
		same += (u[i] != 0) == (v[i] != 0);
	return (double) same / n;
}

/* W and W' of all layers, and of all seeds, are drawn from numbers of their own */
static void
check_streams(void)
{
	enum
	{
		D = 100, M = 2000, Q = M / 4, INNER = 256
	};
	ntk_map_spec ntk = make_spec(STANDARD, NTK_KERNEL_NTK, 1, D, M);
	ntk_map_spec one = make_spec(STANDARD, NTK_KERNEL_NNGP, 1, D, INNER);
	ntk_map_spec two = make_spec(STANDARD, NTK_KERNEL_NNGP, 2, D, INNER);
	ntk_map_spec reused = make_spec(STANDARD, NTK_KERNEL_NNGP, 1, INNER, INNER);
	double	   *w = first_weights(STANDARD, D, 200, 1);
	double	   *other = first_weights(STANDARD, D, 200, 2);
	float		x[D];
	float		z[M];
	float		phi[INNER],
				second[INNER],
				as_first[INNER];
	int			sketched = 1,
				negative = 0;
	sample		product = {0};
	ntk_rng		rng;
	drawn		map;

	for (int i = 0; i < 200 * D; i++)
		sample_add(&product, w[i] * other[i]);
	near(product.mean, 0, 4 * standard_error(&product), "weights of two seeds are not correlated");
	free(w);
	free(other);

	ntk_rng_init(&rng, 81, 0);
	unit_float(&rng, x, D);
	drawn_init(&map, &ntk);
	drawn_apply(&map, x, ones, 1, z);
	drawn_free(&map);
	for (int j = 0; j < M; j++)
		if (j < M - Q)
			sketched &= z[j] >= 0;
		else
			negative += z[j] < 0;
	ok(sketched && negative > Q / 8, "a quarter of the features is Q^2");
	near(agreement(z, z + M - Q, Q), 0.5, 4 * 0.5 / sqrt(Q), "W and W' are independent");

	/* phi^1 of the deeper map is z of the other; does layer 2 repeat layer 1's numbers? */
	drawn_init(&map, &one);
	drawn_apply(&map, x, ones, 1, phi);
	drawn_free(&map);
	drawn_init(&map, &two);
	drawn_apply(&map, x, ones, 1, second);
	drawn_free(&map);
	drawn_init(&map, &reused);
	drawn_apply(&map, phi, ones, 1, as_first);
	drawn_free(&map);
	near(agreement(second, as_first, INNER), 0.5, 4 * 0.5 / sqrt(INNER),
		 "the layers' weights are independent");
}

/* everything an integration relies on */
static void
check_contract(const ntk_map_spec *spec)
{
	static const float scale[ROWS] = {1, 0, 2.5f, 1e-20f, 1e20f, 0, 3};
	int			d = spec->input_dim;
	int			m = spec->n_components;
	size_t		size = sizeof(float) * ROWS * m;
	float	   *x = floats((size_t) ROWS * d);
	float	   *z = guarded(size);
	float	   *again = guarded(size);
	float	   *single = guarded(sizeof(float) * m);
	int			finite = 1,
				zero = 1,
				bounded = 1,
				some = 0;
	tap_worst	alone = {0},
				linear = {0};
	ntk_rng		rng;
	drawn		map,
				other;

	ntk_rng_init(&rng, 91, d);
	for (int i = 0; i < ROWS; i++)
		unit_float(&rng, x + (size_t) i * d, d);
	memset(x + (size_t) 5 * d, 0, sizeof(float) * d);
	drawn_init(&map, spec);
	drawn_init(&other, spec);
	drawn_apply(&map, x, scale, ROWS, z);
	drawn_apply(&other, x, scale, ROWS, again);
	ok(guards_intact(z, size) && drawn_intact(&map) && memcmp(z, again, size) == 0,
	   "%s, %s, depth %d, d = %d, m = %d: a seed determines all, inside its memory",
	   ntk_methods[spec->method]->name, kernel_name[spec->kernel], spec->depth, d, m);

	for (int i = 0; i < ROWS; i++)
	{
		drawn_apply(&map, x + (size_t) i * d, scale + i, 1, single);
		for (int j = 0; j < m; j++)
			worst_note(&alone, z[(size_t) i * m + j], single[j], fabs(single[j]) * FLT_EPSILON,
					   "row %d, feature %d", i, j);
		drawn_apply(&map, x + (size_t) i * d, ones, 1, single);
		for (int j = 0; j < m; j++)
		{
			float		value = z[(size_t) i * m + j];

			finite &= isfinite(value) != 0;
			bounded &= fabs(single[j]) <= map.map.peak;
			some |= single[j] != 0;
			if (scale[i] == 0)
				zero &= value == 0 && (i != 5 || single[j] == 0);
			else
				worst_note(&linear, value / scale[i], single[j], 1e-6 * fabs(single[j]) + 1e-20,
						   "row %d, feature %d", i, j);
		}
	}
	worst_ok(&alone, "a row's features do not depend on its neighbours");
	ok(finite && zero && bounded && some,
	   "all are finite and below the peak, of zero vectors zero");
	worst_ok(&linear, "and proportional to the scale");

	drawn_seed(&other, 6);
	drawn_apply(&other, x, scale, ROWS, again);
	ok(memcmp(z, again, size) != 0, "another seed gives other features");
	drawn_free(&map);
	drawn_free(&other);
	guarded_free(z);
	guarded_free(again);
	guarded_free(single);
	free(x);
}

/* a feature that single precision cannot hold is an error */
static void
check_overflow(int method)
{
	enum
	{
		D = 4, M = 1
	};
	ntk_map_spec spec = make_spec(method, NTK_KERNEL_NNGP, 1, D, M);
	double	   *w = first_weights(method, D, M, 0);
	double		length = sqrt(dot(w, w, D));
	double		row[D];
	float		z[M];
	drawn		map;
	void	   *workspace;

	drawn_init(&map, &spec);
	workspace = malloc(ntk_map_workspace(&spec));
	for (int k = 0; k < D; k++)
		row[k] = 0.9 * FLT_MAX / (sqrt(2.0) * length) * w[k] / length;
	ok(ntk_map_apply(&map.map, row, 1, z, workspace) == NTK_OK, "%s: a large feature",
	   method_name[method]);
	for (int k = 0; k < D; k++)
		row[k] *= 1.3;
	ok(ntk_map_apply(&map.map, row, 1, z, workspace) == NTK_OVERFLOW, "%s: one that is too large",
	   method_name[method]);
	drawn_free(&map);
	free(workspace);
	free(w);
}

int
main(void)
{
	static const int shape[][2] = {
		{1, 1}, {10, 1}, {3, 2}, {100, 3}, {2, 30}, {10, 40}, {20, 7}, {65, 50}, {200, 20}
	};
	static const struct
	{
		ntk_kernel	kernel;
		int			depth,
					d,
					m;
	}			contract[] = {
		{NTK_KERNEL_NTK, 1, 784, 2048}, {NTK_KERNEL_NTK, 1, 10, 1023},
		{NTK_KERNEL_NTK, 1, 1, 1}, {NTK_KERNEL_NTK, 1, 65, 2}, {NTK_KERNEL_NNGP, 1, 64, 3},
		{NTK_KERNEL_NTK, 3, 20, 1}, {NTK_KERNEL_NTK, 2, 100, 777}, {NTK_KERNEL_NNGP, 3, 7, 100},
		{NTK_KERNEL_NTK, NTK_MAX_DEPTH, 5, 3}, {NTK_KERNEL_NNGP, 16, 70, 20},
		{NTK_KERNEL_NTK, 1, 3, NTK_MAX_COMPONENTS}, {NTK_KERNEL_NTK, 1, 1048577, 2}
	};

	find_methods();
	for (int method = 0; method < METHODS; method++)
		for (int kernel = 0; kernel < 2; kernel++)
			for (int i = 0; i < LENGTH(shape); i++)
			{
				ntk_map_spec spec = make_spec(method, kernel, 1, shape[i][0], shape[i][1]);

				check_mean(&spec, 2000);
			}
	for (int kernel = 0; kernel < 2; kernel++)
		for (int depth = 2; depth <= 3; depth++)
			for (int method = 0; method < METHODS; method++)
			{
				ntk_map_spec spec = make_spec(method, kernel, depth, 10 * depth, 256);

				check_mean(&spec, 60);
			}
	check_rate(STANDARD, NTK_KERNEL_NTK, 100, -0.65);
	check_rate(LEVERAGE, NTK_KERNEL_NTK, 10, -0.57);
	check_rate(STANDARD, NTK_KERNEL_NNGP, 10, -0.57);
	check_deep_rate(STANDARD, NTK_KERNEL_NTK, 2);
	check_deep_rate(LEVERAGE, NTK_KERNEL_NNGP, 2);
	for (int method = 0; method < METHODS; method++)
	{
		check_weights(method, 4);
		check_weights(method, 64);
		check_weights(method, 70);
		check_overflow(method);
	}
	check_leverage(3);
	check_leverage(20);
	check_streams();
	for (int i = 0; i < LENGTH(contract); i++)
	{
		ntk_map_spec spec = make_spec(i % METHODS, contract[i].kernel, contract[i].depth,
									  contract[i].d, contract[i].m);

		check_contract(&spec);
	}
	return done_testing();
}
