/*
 * test_metric.c
 *		Outer products of gradients, the metric made of them, and maps in a metric.
 */
#include "core/maps/metric.h"

#include "core/regression/agop.h"
#include "core/linalg/blas.h"
#include "core/maps/map.h"
#include "core/regression/ridge.h"
#include "core/regression/whiten.h"
#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

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

/* a random orthogonal matrix, d <= NTK_HAAR_MAX */
static void
fill_rotation(ntk_rng *rng, double *q, int d)
{
	fill_gaussian(rng, q, (size_t) d * d);
	ntk_haar(d, d, q, NULL);
}

/* M = sum_i eigenvalue[i] q_i q_i^T */
static void
compose(const double *q, const double *eigenvalue, int d, double *m)
{
	for (int a = 0; a < d; a++)
		for (int b = 0; b <= a; b++)
		{
			double		sum = 0;

			for (int i = 0; i < d; i++)
				sum += eigenvalue[i] * q[i * d + a] * q[i * d + b];
			m[a * d + b] = m[b * d + a] = sum;
		}
}

/* ntk_metric_full within guards */
static ntk_metric_status
full(const double *m, int d, float *metric, int *rows)
{
	size_t		work_size = sizeof(double) * ntk_metric_doubles(d);
	size_t		metric_size = sizeof(float) * d * d;
	double	   *work = guarded(work_size);
	float	   *got = guarded(metric_size);
	ntk_metric_status status = ntk_metric_full(m, d, got, rows, work, count_pause);

	if (!guards_intact(work, work_size) || !guards_intact(got, metric_size))
		bail_out("something was written outside the memory");
	if (status == NTK_METRIC_OK)
		memcpy(metric, got, sizeof(float) * *rows * d);
	guarded_free(work);
	guarded_free(got);
	return status;
}

/* ntk_eigen against the definition */
static void
check_eigen(int d)
{
	size_t		work_size = sizeof(double) * ntk_eigen_doubles(d);
	double	   *work = guarded(work_size);
	double	   *a = doubles((size_t) d * d);
	double	   *v = doubles((size_t) d * d);
	double	   *eigenvalue = doubles(d);
	tap_worst	vectors = {0},
				unit = {0};
	int			rising = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 80, d);
	fill_gaussian(&rng, a, (size_t) d * d);
	for (int i = 0; i < d; i++)
		for (int j = 0; j < i; j++)
			a[i * d + j] = a[j * d + i];
	memcpy(v, a, sizeof(double) * d * d);
	for (int i = 0; i < d; i++)
		for (int j = 0; j < i; j++)
			v[i * d + j] = NAN;	/* the upper triangle */
	ok(ntk_eigen(d, v, eigenvalue, work, NULL) == NTK_OK && guards_intact(work, work_size),
	   "d = %d: eigenvalues", d);
	for (int i = 0; i < d; i++)
	{
		rising &= i == 0 || eigenvalue[i] >= eigenvalue[i - 1];
		for (int k = 0; k < d; k++)
			worst_note(&vectors, dot(a + k * d, v + i * d, d), eigenvalue[i] * v[i * d + k],
					   1e-13 * d, "eigenvector %d, component %d", i, k);
		for (int j = 0; j <= i; j++)
			worst_note(&unit, dot(v + i * d, v + j * d, d), i == j, 1e-14 * d,
					   "eigenvectors %d and %d", i, j);
	}
	ok(rising, "d = %d: they rise", d);
	worst_ok(&vectors, "d = %d: A v = lambda v", d);
	worst_ok(&unit, "d = %d: eigenvectors are orthonormal", d);
	guarded_free(work);
	free(a);
	free(v);
	free(eigenvalue);
}

/* T^T T is M but for its size, rows are in falling order, and signs are what they should be */
static void
check_full(int d, double size)
{
	double	   *q = doubles((size_t) d * d);
	double	   *eigenvalue = doubles(d);
	double	   *m = doubles((size_t) d * d);
	float	   *t = floats((size_t) d * d);
	double		trace = 0,
				squares = 0,
				got_trace = 0;
	tap_worst	product = {0},
				lengths = {0};
	int			positive = 1;
	int			rows = 0;
	ntk_rng		rng;

	ntk_rng_init(&rng, 81, d);
	fill_rotation(&rng, q, d);
	for (int i = 0; i < d; i++)
	{
		trace += eigenvalue[i] = size * (1 + (i * 7 % d) + 0.1 * i);
		squares += eigenvalue[i] / size * eigenvalue[i];
	}
	compose(q, eigenvalue, d, m);
	pause_calls = 0;
	ok(full(m, d, t, &rows) == NTK_METRIC_OK && rows == d && pause_calls > 0,
	   "d = %d: a full metric, with pauses", d);
	for (int a = 0; a < d; a++)
		for (int b = 0; b < d; b++)
		{
			double		sum = 0;

			for (int i = 0; i < rows; i++)
				sum += (double) t[i * d + a] * t[i * d + b];
			worst_note(&product, sum, m[a * d + b] / squares * (trace / size), 1e-6 * d,
					   "inputs %d and %d", a, b);
			got_trace += a == b ? sum : 0;
		}
	for (int i = 0; i < rows; i++)
	{
		int			largest = 0;

		for (int k = 0; k < d; k++)
			largest = fabsf(t[i * d + k]) > fabsf(t[i * d + largest]) ? k : largest;
		positive &= t[i * d + largest] > 0;
		if (i > 0)
			worst_note(&lengths, fmin(0, dot_float(t + (i - 1) * d, t + (i - 1) * d, d) -
									  dot_float(t + i * d, t + i * d, d)), 0, 1e-6, "row %d", i);
	}
	worst_ok(&product, "d = %d: T^T T = M tr(M) / tr(M^2)", d);
	near(got_trace, trace / squares * (trace / size), 1e-6 * d,
		 "d = %d: its trace is the participation ratio", d);
	if (d > 1)
		worst_ok(&lengths, "d = %d: rows are in falling order", d);
	ok(positive, "d = %d: the largest component of a row is positive", d);
	free(q);
	free(eigenvalue);
	free(m);
	free(t);
}

/* what is below a millionth of the trace is dropped, and the rest scaled to what it counts */
static void
check_truncation(void)
{
	enum
	{
		D = 6
	};
	static const struct
	{
		double		eigenvalue[D];
		int			rows;
		const char *what;
	}			cases[] = {
		{{1, 1e-2, 1e-4, 2e-6, 0, 0}, 4, "zeros are dropped"},
		{{1, 1e-2, 3e-7, 2e-7, 1e-7, 0}, 2, "a tail of 6e-7"},
		{{1, 1e-2, 6e-7, 4e-7, 3e-7, 0}, 3, "of a tail of 1.3e-6 what is below 1e-6"},
		{{1, 0, 0, 0, 0, 0}, 1, "rank 1"},
		{{1, 1, 1, 1, 1, -3e-9}, 5, "an eigenvalue that is negative by rounding"}
	};

	for (int c = 0; c < LENGTH(cases); c++)
	{
		double		q[D * D],
					m[D * D];
		float		t[D * D];
		double		trace = 0;
		double		sum = 0;
		double		squares = 0;
		int			rows = 0;
		ntk_rng		rng;

		ntk_rng_init(&rng, 82, c);
		fill_rotation(&rng, q, D);
		compose(q, cases[c].eigenvalue, D, m);
		ok(full(m, D, t, &rows) == NTK_METRIC_OK && rows == cases[c].rows, "%s: %d rows",
		   cases[c].what, rows);
		for (int i = 0; i < rows * D; i++)
			trace += (double) t[i] * t[i];
		for (int i = 0; i < cases[c].rows; i++)
		{
			sum += cases[c].eigenvalue[i];
			squares += cases[c].eigenvalue[i] * cases[c].eigenvalue[i];
		}
		near(trace, sum * sum / squares, 1e-6 * D, "%s: the trace of the rest", cases[c].what);
	}
}

static void
check_refusals(void)
{
	double		asymmetric[] = {1, 0.5, 0.4, 1};
	double		rounded[] = {1, 0.5, 0.5 + 1e-12, 1};
	double		indefinite[] = {1, 2, 2, 1};
	double		negative[] = {1, 0, 0, -1};
	double		zero[] = {0, 0, 0, 0};
	double		nan[] = {1, 0, NAN, 1};
	double		infinite[] = {1, 0, 0, INFINITY};
	double		huge[] = {1e308, 0, 0, 1e308};
	double		tiny[] = {1e-320, 0, 0, 1e-320};
	double		tie[] = {1, -1, -1, 1};
	float		t[4];
	int			rows;

	ok(full(asymmetric, 2, t, &rows) == NTK_METRIC_NOT_SYMMETRIC, "not symmetric");
	ok(full(rounded, 2, t, &rows) == NTK_METRIC_OK, "symmetric up to rounding");
	ok(full(indefinite, 2, t, &rows) == NTK_METRIC_NOT_POSITIVE, "an eigenvalue is negative");
	ok(full(negative, 2, t, &rows) == NTK_METRIC_NOT_POSITIVE &&
	   ntk_metric_diagonal(negative + 2, 2, t) == NTK_METRIC_NOT_POSITIVE,
	   "a diagonal element is negative");
	ok(full(zero, 2, t, &rows) == NTK_METRIC_ZERO &&
	   ntk_metric_diagonal(zero, 2, t) == NTK_METRIC_ZERO, "all is zero");
	ok(full(nan, 2, t, &rows) == NTK_METRIC_NOT_FINITE &&
	   ntk_metric_diagonal(nan + 2, 2, t) == NTK_METRIC_NOT_FINITE, "a NaN");
	ok(full(infinite, 2, t, &rows) == NTK_METRIC_NOT_FINITE &&
	   ntk_metric_diagonal(infinite + 2, 2, t) == NTK_METRIC_NOT_FINITE, "an infinity");
	ok(full(huge, 2, t, &rows) == NTK_METRIC_OK && rows == 2 && isfinite(t[0]), "huge numbers");
	ok(full(tiny, 2, t, &rows) == NTK_METRIC_OK && rows == 2 && t[0] + t[1] > 0.99, "tiny numbers");
	ok(full(tie, 2, t, &rows) == NTK_METRIC_OK && rows == 1 && t[0] > 0.7 && t[1] < -0.7,
	   "of equal components the first one is positive");
}

static void
check_diagonal(void)
{
	double		m[] = {4, 0, 1, 3};
	float		t[4];

	ok(ntk_metric_diagonal(m, 4, t) == NTK_METRIC_OK, "a diagonal metric");
	near(t[0] * t[0], 4 * 8 / 26.0, 1e-6, "its first factor");
	near(t[1], 0, 0, "its second factor");
	near(t[2] * t[2], 8 / 26.0, 1e-6, "its third factor");
	near(dot_float(t, t, 4), 64 / 26.0, 1e-6,
		 "the squares of factors add to the participation ratio");
}

/* features of a map; x: [n][d]; z: [n][m] */
static void
features(const ntk_map_spec *spec, const double *x, int n, int sparse, float *z)
{
	drawn_map	drawn = draw(spec);
	int			d = spec->input_dim;
	double	   *row = doubles((size_t) n * drawn.map.row_length);
	int		   *index = malloc(sizeof(int) * d);

	for (int k = 0; k < d; k++)
		index[k] = k;
	for (int i = 0; i < n; i++)
		if (sparse)
			ntk_map_read_sparse(&drawn.map, d, index, x + (size_t) i * d,
								row + (size_t) i * drawn.map.row_length);
		else
			ntk_map_read(&drawn.map, x + (size_t) i * d,
						 row + (size_t) i * drawn.map.row_length);
	if (ntk_map_apply(&drawn.map, row, n, z, drawn.workspace) != NTK_OK || !drawn_intact(&drawn))
		bail_out("features failed");
	drop(&drawn);
	free(row);
	free(index);
}

/* a map in a metric is the map without on transformed rows; rows: of T, or NTK_METRIC_DIAGONAL */
static void
check_features(const ntk_method *method, int d, int rows, double bias)
{
	enum
	{
		N = 5, M = 40
	};
	int			length = rows > 0 ? rows : d;
	ntk_map_spec plain = {
		.method = method_index(method),.input_dim = length,.n_components = M,.depth = 2,
		.bias = bias,.seed = 4
	};
	ntk_map_spec spec;
	float	   *metric = floats((size_t) length * d);
	float	   *landmarks = floats((size_t) M * length);
	double	   *x = doubles((size_t) N * d);
	double	   *y = doubles((size_t) N * length);
	float		want[N * M],
				got[N * M];
	tap_worst	dense = {0},
				sparse = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 83, d);
	fill_floats(&rng, metric, (size_t) length * d);
	fill_floats(&rng, landmarks, (size_t) M * length);
	fill_gaussian(&rng, x, (size_t) N * d);
	for (int i = 0; i < N; i++)
		for (int a = 0; a < length; a++)
			if (rows > 0)
				for (int k = 0; k < d; k++)
					y[i * length + a] += metric[a * d + k] * x[i * d + k];
			else
				y[i * length + a] = metric[a] * x[i * d + a];
	for (int k = 0; k < NTK_MAX_OPTIONS; k++)
		plain.option[k] = k < method->options ? NTK_UNSET : 0;
	plain.base_dim = 0;
	if (method->landmarks)
		plain.landmarks = landmarks;
	ntk_map_resolve(&plain);
	spec = plain;
	spec.input_dim = d;
	spec.metric_rows = rows;
	spec.metric = metric;
	features(&plain, y, N, 0, want);
	features(&spec, x, N, 0, got);
	for (int i = 0; i < N * M; i++)
		worst_note(&dense, got[i], want[i], 1e-5 * (1 + fabsf(want[i])), "number %d", i);
	features(&spec, x, N, 1, got);
	for (int i = 0; i < N * M; i++)
		worst_note(&sparse, got[i], want[i], 1e-5 * (1 + fabsf(want[i])), "number %d", i);
	worst_ok(&dense, "%s, d = %d, %d rows, bias %g: features of T x", method->name, d, rows, bias);
	worst_ok(&sparse, "%s, d = %d, %d rows, bias %g: also of sparse rows", method->name, d, rows,
			 bias);
	free(metric);
	free(landmarks);
	free(x);
	free(y);
}

/* long rows are weighed before they are reduced */
static void
check_reduced(void)
{
	enum
	{
		D = 300, N = 3, M = 32
	};
	ntk_map_spec plain = {
		.method = method_index(&ntk_method_zonal),.input_dim = D,.n_components = M,.depth = 1,
		.base_dim = 64,.option = {4, 0},.bias = 1,.seed = 5
	};
	ntk_map_spec spec = plain;
	float		metric[D];
	double		x[N * D],
				y[N * D];
	float		want[N * M],
				got[N * M],
				sparse[N * M];
	ntk_rng		rng;

	ntk_rng_init(&rng, 84, 0);
	fill_floats(&rng, metric, D);
	fill_gaussian(&rng, x, N * D);
	for (int i = 0; i < N * D; i++)
		y[i] = metric[i % D] * x[i];
	spec.metric_rows = NTK_METRIC_DIAGONAL;
	spec.metric = metric;
	features(&plain, y, N, 0, want);
	features(&spec, x, N, 0, got);
	features(&spec, x, N, 1, sparse);
	ok(memcmp(want, got, sizeof(want)) == 0 && memcmp(want, sparse, sizeof(want)) == 0,
	   "a diagonal metric comes before the reduction of long rows");

	spec.input_dim = 100000;
	spec.base_dim = NTK_UNSET;
	ntk_map_resolve(&spec);
	ok(ntk_map_reduces(&spec) && spec.base_dim == 4096, "long rows in a diagonal one are reduced");
	spec.metric_rows = 1000;
	spec.base_dim = NTK_UNSET;
	ntk_map_resolve(&spec);
	ok(!ntk_map_reduces(&spec) && spec.base_dim == 0 && ntk_map_row_length(&spec) == 1000,
	   "in a metric with rows they are not");
}

/* T x that overflows is an overflow of the map */
static void
check_overflow(void)
{
	enum
	{
		D = 2, M = 3
	};
	float		metric[] = {1e30f, -1e30f};
	float		landmarks[M] = {1, -1, 2};
	ntk_map_spec spec = {
		.method = method_index(&ntk_method_nystrom),.input_dim = D,.n_components = M,.depth = 1,
		.metric_rows = 1,.metric = metric,.landmarks = landmarks
	};
	double		x[D] = {1e300, 1e300};
	double		row[1];
	float		z[M];
	drawn_map	drawn = draw(&spec);

	ntk_map_read(&drawn.map, x, row);
	ok(ntk_map_apply(&drawn.map, row, 1, z, drawn.workspace) == NTK_OVERFLOW,
	   "products that overflow");
	drop(&drawn);
}

/* of a diagonal M both metrics give the same kernel: T x differ in the order of coordinates */
static void
check_both(void)
{
	enum
	{
		D = 5
	};
	double		diagonal[D] = {3, 0.2, 5, 1, 0.01};
	double		m[D * D] = {0};
	float		full_metric[D * D],
				factors[D];
	double		x[2][D],
				y[2][2][D] = {{{0}}};
	double		k[2];
	int			rows;
	ntk_rng		rng;

	for (int i = 0; i < D; i++)
		m[i * D + i] = diagonal[i];
	if (full(m, D, full_metric, &rows) != NTK_METRIC_OK ||
		ntk_metric_diagonal(diagonal, D, factors) != NTK_METRIC_OK)
		bail_out("no metric");
	ntk_rng_init(&rng, 85, 0);
	fill_gaussian(&rng, x[0], 2 * D);
	for (int i = 0; i < 2; i++)
		for (int a = 0; a < D; a++)
		{
			y[0][i][a] = factors[a] * x[i][a];
			for (int b = 0; b < D; b++)
				y[1][i][a] += full_metric[a * D + b] * x[i][b];
		}
	for (int i = 0; i < 2; i++)
		ntk_kernel_exact(NTK_KERNEL_NTK, 2, y[i][0], y[i][1], D, &k[i]);
	near(k[1], k[0], 1e-6 * fabs(k[0]), "a diagonal M has one kernel, taken either way");
}

static void
check_agop(int d, int n, int targets, int weighted)
{
	size_t		numbers = (size_t) n * targets * d;
	double	   *g = doubles(numbers);
	double	   *scratch = doubles(numbers);
	double	   *weights = doubles(n);
	double	   *want = doubles((size_t) d * d);
	double	   *sum = doubles((size_t) d * d);
	double	   *diagonal = doubles(d);
	tap_worst	whole = {0},
				diagonals = {0};
	int			good = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 86, d);
	fill_gaussian(&rng, g, numbers);
	for (int i = 0; i < n; i++)
		weights[i] = weighted ? ntk_rng_uniform(&rng) * (i != 2) : 1;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < targets; k++)
			for (int a = 0; a < d; a++)
				for (int b = 0; b < d; b++)
					want[a * d + b] += weights[i] * g[((size_t) i * targets + k) * d + a] *
						g[((size_t) i * targets + k) * d + b];
	/* in two parts */
	memcpy(scratch, g, sizeof(double) * numbers);
	for (int first = 0; first < n; first += n / 2 + 1)
	{
		int			rows = n - first < n / 2 + 1 ? n - first : n / 2 + 1;
		size_t		at = (size_t) first * targets * d;
		const double *w = weighted ? weights + first : NULL;

		good &= ntk_agop_update(sum, d, rows, targets, scratch + at, w, count_pause) == NTK_OK;
		good &= ntk_agop_update_diagonal(diagonal, d, rows, targets, g + at, w) == NTK_OK;
	}
	ntk_agop_complete(sum, d, NULL);
	for (int a = 0; a < d; a++)
	{
		for (int b = 0; b < d; b++)
			worst_note(&whole, sum[a * d + b], want[a * d + b], 1e-13 * n * targets,
					   "inputs %d and %d", a, b);
		worst_note(&diagonals, diagonal[a], want[a * d + a], 1e-13 * n * targets, "input %d", a);
	}
	ok(good, "d = %d, %d targets: sums", d, targets);
	worst_ok(&whole, "d = %d, %d targets%s: outer products", d, targets,
			 weighted ? ", weighted" : "");
	worst_ok(&diagonals, "d = %d, %d targets%s: their diagonal", d, targets,
			 weighted ? ", weighted" : "");
	scratch[0] = g[0] = 1e200;
	ok(ntk_agop_update(sum, d, 1, 1, scratch, NULL, NULL) == NTK_OVERFLOW &&
	   ntk_agop_update_diagonal(diagonal, d, 1, 1, g, NULL) == NTK_OVERFLOW,
	   "d = %d: squares that overflow", d);
	free(g);
	free(scratch);
	free(weights);
	free(want);
	free(sum);
	free(diagonal);
}

/* M of a model on rows x, all of weight 1; m: [d][d] */
static void
agop_of(const ntk_map_spec *spec, const double *weights, const double *x, int n, double *m)
{
	int			d = spec->input_dim;
	drawn_map	drawn = draw(spec);
	double	   *gradient = doubles((size_t) n * d);
	double	   *row = doubles((size_t) n * drawn.map.row_length);
	void	   *workspace = malloc(ntk_map_gradient_workspace(&drawn.map, 1));

	for (int i = 0; i < n; i++)
		ntk_map_read(&drawn.map, x + (size_t) i * d, row + (size_t) i * drawn.map.row_length);
	if (ntk_map_gradient(&drawn.map, row, n, weights, 1, gradient, workspace) != NTK_OK)
		bail_out("no gradients");
	memset(m, 0, sizeof(double) * d * d);
	if (ntk_agop_update(m, d, n, 1, gradient, NULL, NULL) != NTK_OK)
		bail_out("no outer products");
	ntk_agop_complete(m, d, NULL);
	drop(&drawn);
	free(gradient);
	free(row);
	free(workspace);
}

/* rotated rows and landmarks have a rotated M */
static void
check_rotation(double bias)
{
	enum
	{
		D = 6, M = 30, N = 200
	};
	double		q[D * D],
				m[D * D],
				rotated[D * D],
				weights[M];
	float		landmarks[M * D],
				turned_landmarks[M * D] = {0};
	double	   *x = doubles(N * D);
	double	   *turned = doubles(N * D);
	ntk_map_spec spec = {
		.method = method_index(&ntk_method_nystrom),.input_dim = D,.n_components = M,.depth = 1,
		.bias = bias,.landmarks = landmarks
	};
	double		trace = 0;
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 87, 0);
	fill_rotation(&rng, q, D);
	fill_floats(&rng, landmarks, M * D);
	fill_gaussian(&rng, weights, M);
	fill_gaussian(&rng, x, N * D);
	for (int a = 0; a < D; a++)
	{
		for (int j = 0; j < M; j++)
		{
			double		sum = 0;

			for (int k = 0; k < D; k++)
				sum += q[a * D + k] * landmarks[j * D + k];
			turned_landmarks[j * D + a] = (float) sum;
		}
		for (int i = 0; i < N; i++)
			turned[i * D + a] = dot(q + a * D, x + i * D, D);
	}
	agop_of(&spec, weights, x, N, m);
	spec.landmarks = turned_landmarks;
	agop_of(&spec, weights, turned, N, rotated);
	for (int a = 0; a < D; a++)
		trace += m[a * D + a];
	for (int a = 0; a < D; a++)
		for (int b = 0; b < D; b++)
		{
			double		want = 0;

			for (int k = 0; k < D; k++)
				want += q[a * D + k] * dot(m + k * D, q + b * D, D);
			worst_note(&worst, rotated[a * D + b], want, 1e-5 * trace, "inputs %d and %d", a, b);
		}
	worst_ok(&worst, "bias %g: a rotation of inputs rotates M", bias);
	free(x);
	free(turned);
}

/* weights of a ridge regression of y on columns, whitened if the method wants that */
static void
fit(const ntk_map_spec *spec, const double *x, const double *y, int n, double lambda,
	double *weights)
{
	int			m = spec->n_components;
	drawn_map	drawn = draw(spec);
	double	   *row = doubles((size_t) n * drawn.map.row_length);
	float	   *z = floats((size_t) n * m);
	double	   *feature = doubles((size_t) n * m);
	double	   *target = doubles((size_t) n * 2);
	double	   *ones = doubles(n);
	double	   *memory = doubles(ntk_gram_doubles(m, 1));
	double	   *factor = doubles(ntk_rfp_size(m));
	double	   *square = doubles((size_t) m * m);
	double		intercept,
				mse;
	ntk_gram	gram = ntk_gram_view(memory, m, 1);
	ntk_rfp		l = ntk_rfp_view(factor, m);
	ntk_ridge	ridge = {.intercept = &intercept,.train_mse = &mse,.weights = weights};
	int			whitens = ntk_map_whitens(spec);

	for (int i = 0; i < n; i++)
	{
		ntk_map_read(&drawn.map, x + (size_t) i * spec->input_dim,
					 row + (size_t) i * drawn.map.row_length);
		target[2 * i] = ones[i] = 1;
		target[2 * i + 1] = y[i];
	}
	if (ntk_map_apply(&drawn.map, row, n, z, drawn.workspace) != NTK_OK)
		bail_out("no features");
	for (size_t i = 0; i < (size_t) n * m; i++)
		feature[i] = z[i];
	if (ntk_gram_update(&gram, n, feature, target, ones, NULL) != NTK_OK)
		bail_out("no statistic");
	if (whitens && ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL) != NTK_OK)
		bail_out("no factor");
	if (whitens)
		ntk_whiten(&gram, &l, square, NULL);
	if (ntk_ridge_fit(&gram, lambda, square, &ridge, NULL) != NTK_OK)
		bail_out("no solution");
	if (whitens)
		ntk_whiten_fold(&l, 1, weights, NULL);
	drop(&drawn);
	free(row);
	free(z);
	free(feature);
	free(target);
	free(ones);
	free(memory);
	free(factor);
	free(square);
}

/* a target that is linear in the first input has a metric that sees hardly anything else */
static void
check_learning(const ntk_method *method)
{
	enum
	{
		D = 8, N = 1500, M = 150
	};
	double	   *x = doubles(N * D);
	double	   *y = doubles(N);
	double		weights[M],
				m[D * D];
	float		landmarks[M * D],
				t[D * D];
	ntk_map_spec spec = {
		.method = method_index(method),.input_dim = D,.n_components = M,.depth = 1,.bias = 1,
		.option = {method->landmarks ? 0 : 4, 0},.seed = 6,.landmarks = landmarks
	};
	int			rows;
	ntk_rng		rng;

	ntk_rng_init(&rng, 88, 0);
	fill_gaussian(&rng, x, N * D);
	for (int i = 0; i < N; i++)
		y[i] = 2 * x[i * D] - 1;
	for (int i = 0; i < M * D; i++)
		landmarks[i] = (float) x[i];
	fit(&spec, x, y, N, 1e-3, weights);
	agop_of(&spec, weights, x, N, m);
	near(m[0] / N, 4, 0.2, "%s: the mean square of the derivative by the first input",
		 method->name);
	if (full(m, D, t, &rows) != NTK_METRIC_OK)
		bail_out("no metric");
	ok(t[0] * t[0] > 0.95 * dot_float(t, t, rows * D),
	   "%s: the metric of a target in the first input has it for %.4f of its trace", method->name,
	   t[0] * t[0] / dot_float(t, t, rows * D));
	free(x);
	free(y);
}

int
main(void)
{
	static const int dims[] = {1, 2, 9, 40, 64};
	static const ntk_method *const methods[] = {
		&ntk_method_zonal, &ntk_method_polysketch, &ntk_method_random_features,
		&ntk_method_random_features_leverage, &ntk_method_nystrom
	};

	check_eigen(150);
	for (int i = 0; i < LENGTH(dims); i++)
	{
		check_eigen(dims[i]);
		check_full(dims[i], i % 2 ? 1e-200 : 1e200);
		for (int method = 0; method < LENGTH(methods); method++)
		{
			check_features(methods[method], dims[i], NTK_METRIC_DIAGONAL, i % 2);
			check_features(methods[method], dims[i], dims[i], (i + 1) % 2);
			check_features(methods[method], dims[i], 1 + dims[i] / 3, method % 2);
		}
	}
	check_truncation();
	check_refusals();
	check_diagonal();
	check_reduced();
	check_overflow();
	check_both();
	check_agop(1, 5, 1, 0);
	check_agop(7, 40, 3, 1);
	check_agop(130, 64, 2, 0);
	check_rotation(0);
	check_rotation(1);
	check_learning(&ntk_method_nystrom);
	check_learning(&ntk_method_zonal);
	return done_testing();
}
