/*
 * test_distance.c
 *		Kernels of the distance: values, columns of landmarks, their factor, gradients.
 */
#include "core/maps/nystrom.h"

#include <float.h>

#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

#define TARGETS 2
#define KERNEL NTK_KERNEL_GAMMA_EXPONENTIAL	/* of any exponent */

static const double exponents[] = {2, 1, 1.5, 0.5, 1.9, 0.1};

static ntk_map_spec
make_spec(double bandwidth, double exponent, int d, int m, const float *landmarks)
{
	ntk_map_spec spec = {
		.kernel = KERNEL,.depth = 1,.input_dim = d,.n_components = m,
		.distance = {bandwidth, exponent},.landmarks = landmarks
	};

	while (ntk_methods[spec.method] != &ntk_method_nystrom)
		spec.method++;
	return spec;
}

static void
fill_floats(ntk_rng *rng, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (float) ntk_rng_gaussian(rng);
}

static double
kernel_long(double bandwidth, double exponent, const double *x, const double *y, int n)
{
	long double sum = 0;

	for (int i = 0; i < n; i++)
		sum += ((long double) x[i] - y[i]) * ((long double) x[i] - y[i]);
	return (double) expl(-powl(sqrtl(sum) / bandwidth, exponent));
}

/* K(x, landmark j), both as they are */
static double
column(const ntk_map_spec *spec, const double *x, int j)
{
	int			d = ntk_map_row_length(spec);
	double	   *y = doubles(d);
	double		value;

	for (int k = 0; k < d; k++)
		y[k] = spec->landmarks[(size_t) j * d + k];
	value = kernel_long(spec->distance.bandwidth, spec->distance.exponent, x, y, d);
	free(y);
	return value;
}

static void
check_exact(void)
{
	static const double origin[3] = {0};
	static const double unit[3] = {0, 1, 0};
	static const double row[3] = {2, -4, 4};
	static const double huge[3] = {1e300, -1e300, 0};
	static const double tiny[3] = {3e-300, 4e-300, 0};
	static const double largest[3] = {DBL_MAX, 0, 0};
	static const double lowest[3] = {-DBL_MAX, 0, 0};
	ntk_distance gaussian = {1, 2};
	ntk_distance laplace = {3, 1};
	ntk_distance slow = {1, 0.001};
	tap_worst	worst = {0};
	ntk_rng		rng;

	near(ntk_distance_exact(KERNEL, &gaussian, origin, unit, 3), exp(-1), 1e-16, "gaussian at 1");
	near(ntk_distance_exact(KERNEL, &laplace, row, origin, 3), exp(-2), 1e-16, "laplace at 6 / 3");
	ok(ntk_distance_exact(KERNEL, &gaussian, row, row, 3) == 1 &&
	   ntk_distance_exact(KERNEL, &slow, huge, huge, 3) == 1, "1 of equal rows");
	ok(ntk_distance_exact(KERNEL, &gaussian, origin, huge, 3) == 0 &&
	   ntk_distance_exact(KERNEL, &laplace, largest, lowest, 3) == 0, "0 of rows far apart");
	near(ntk_distance_exact(KERNEL, &slow, origin, huge, 3), exp(-pow(sqrt(2) * 1e300, 0.001)), 1e-14,
		 "squares do not overflow");
	near(ntk_distance_exact(KERNEL, &slow, origin, tiny, 3), exp(-pow(5e-300, 0.001)), 1e-14,
		 "nor do they vanish");
	ok(ntk_kernel_exponent(NTK_KERNEL_GAUSSIAN) == 2 &&
	   ntk_kernel_exponent(NTK_KERNEL_LAPLACE) == 1 &&
	   ntk_kernel_exponent(NTK_KERNEL_GAMMA_EXPONENTIAL) == 1.5 &&
	   ntk_kernel_exponent(NTK_KERNEL_NNGP) == 0, "exponents by default");

	ntk_rng_init(&rng, 120, 0);
	for (int i = 0; i < 3000; i++)
	{
		int			n = 1 + i % 20;
		ntk_distance kernel = {exp(ntk_rng_gaussian(&rng)), exponents[i % LENGTH(exponents)]};
		double		x[20],
					y[20];

		fill_gaussian(&rng, x, n);
		fill_gaussian(&rng, y, n);
		worst_note(&worst, ntk_distance_exact(KERNEL, &kernel, x, y, n),
				   kernel_long(kernel.bandwidth, kernel.exponent, x, y, n), 1e-15, "row %d", i);
	}
	worst_ok(&worst, "random rows");
}

/* many values at once, of any number */
static void
check_bulk(double exponent)
{
	ntk_distance kernel = {1, exponent};
	tap_worst	value = {0},
				slope = {0};
	int			intact = 1;
	double		s = 1e-30;

	for (int m = 1; s < 1e30; m = 1 + m % 37)
	{
		double	   *squares = doubles(m);
		float	   *k = guarded(sizeof(float) * m);
		float	   *by = guarded(sizeof(float) * m);

		for (int j = 0; j < m; j++, s *= s > 1e-6 && s < 1e3 ? 1.0007 : 1.07)
			squares[j] = s;
		ntk_distance_apply(KERNEL, &kernel, squares, m, k);
		ntk_distance_slopes(KERNEL, &kernel, squares, m, by);
		for (int j = 0; j < m; j++)
		{
			double		want = exp(-pow(squares[j], exponent / 2));
			double		steep = exponent * pow(fmax(squares[j], 1e-4), exponent / 2 - 1);

			worst_note(&value, k[j], want, 1.5e-7, "s = %g", squares[j]);
			worst_note(&slope, by[j], steep * want, 1e-6 * steep, "s = %g", squares[j]);
		}
		intact &= guards_intact(k, sizeof(float) * m) && guards_intact(by, sizeof(float) * m);
		free(squares);
		guarded_free(k);
		guarded_free(by);
	}
	worst_ok(&value, "exponent %g: values in bulk", exponent);
	worst_ok(&slope, "exponent %g: slopes in bulk", exponent);
	ok(intact, "exponent %g: nothing outside is written", exponent);
}

static void
check_ends(void)
{
	double		s[] = {0, 0, 1e-300, 1e300, INFINITY, DBL_MAX, 700, 1};
	float		k[LENGTH(s)],
				by[LENGTH(s)];
	int			finite = 1;

	for (int e = 0; e < LENGTH(exponents); e++)
	{
		ntk_distance kernel = {1, exponents[e]};

		ntk_distance_apply(KERNEL, &kernel, s, LENGTH(s), k);
		ntk_distance_slopes(KERNEL, &kernel, s, LENGTH(s), by);
		ok(k[0] == 1 && k[1] == 1, "exponent %g: 1 of equal rows", exponents[e]);
		ok(k[2] == 1, "exponent %g: next to each other", exponents[e]);
		near(k[3], exp(-pow(FLT_MAX, exponents[e] / 2)), 1e-6, "exponent %g: far apart",
			 exponents[e]);
		for (int j = 0; j < LENGTH(s); j++)
			finite &= isfinite(k[j]) && isfinite(by[j]);
	}
	ok(finite, "all values and slopes are finite");
}

/* bandwidths at the ends of double precision, by squares */
static void
check_bandwidths(void)
{
	static const double x[2] = {1, 2};
	static const double y[4] = {1, 2, 3, -1};
	static const double squares[2] = {5, 10};
	static const double bandwidths[] = {DBL_MIN / 4, 1e-300, 1e300, DBL_MAX};

	for (int i = 0; i < LENGTH(bandwidths); i++)
	{
		ntk_distance kernel = {bandwidths[i], 1};
		double		t[2] = {5, 1};
		float		k[2];

		ntk_distance_squares(&kernel, x, 5, y, squares, 2, 2, t);
		ntk_distance_apply(KERNEL, &kernel, t, 2, k);
		ok(k[0] == 1 && k[1] == (bandwidths[i] > 1), "bandwidth %g", bandwidths[i]);
	}
}

/* |K'| by the distance in bandwidths, at least 1, where K has this value */
static double
steepness(double exponent, double value)
{
	double		t = -log(value);

	return t > 0 ? fmax(exponent * pow(t, 1 - 1 / exponent), 1) : 1;
}

/*
 * Columns of a map whose landmarks and rows lie around centre. Rows are rounded to single precision
 * less the mean of the landmarks, by 6e-8 of about sqrt(d), which is a distance.
 */
static void
check_columns(double exponent, double bandwidth, int d, double centre)
{
	enum
	{
		M = 21, N = 130
	};
	float	   *landmarks = floats((size_t) M * d);
	double	   *x = doubles((size_t) N * d);
	size_t		size = sizeof(float) * N * M;
	float	   *z = guarded(size);
	float		one[M];
	ntk_map_spec spec = make_spec(bandwidth, exponent, d, M, landmarks);
	tap_worst	worst = {0};
	drawn_map	drawn;
	int			alone = 1,
				top = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 121, d);
	for (int i = 0; i < M * d; i++)
		landmarks[i] = (float) (centre + ntk_rng_gaussian(&rng));
	for (int i = 0; i < N; i++)
		for (int k = 0; k < d; k++)
		{
			double		step = i < M ? 0 : pow(10, -(i % 4)) * ntk_rng_gaussian(&rng);

			/* as single precision holds it, so that it stays exact less the mean */
			x[(size_t) i * d + k] = (float) (landmarks[(size_t) (i % M) * d + k] + step);
		}
	drawn = draw(&spec);
	ok(ntk_map_apply(&drawn.map, x, N, z, drawn.workspace) == NTK_OK && guards_intact(z, size) &&
	   drawn_intact(&drawn), "exponent %g, bandwidth %g, d = %d, around %g: columns", exponent,
	   bandwidth, d, centre);
	for (int i = 0; i < N; i++)
	{
		ntk_map_apply(&drawn.map, x + (size_t) i * d, 1, one, drawn.workspace);
		alone &= memcmp(one, z + (size_t) i * M, sizeof(one)) == 0;
		top &= i >= M || z[i * M + i] == 1;
		for (int j = 0; j < M; j++)
		{
			double		want = column(&spec, x + (size_t) i * d, j);

			worst_note(&worst, z[i * M + j], want,
					   2e-7 + 1e-7 * sqrt(d) / bandwidth * steepness(exponent, want),
					   "row %d, landmark %d", i, j);
		}
	}
	worst_ok(&worst, "exponent %g, bandwidth %g, d = %d, around %g: they are the kernel", exponent,
			 bandwidth, d, centre);
	ok(top, "exponent %g, bandwidth %g, d = %d, around %g: 1 on landmarks", exponent, bandwidth,
	   d, centre);
	ok(alone, "exponent %g, bandwidth %g, d = %d, around %g: rows one by one to the bit",
	   exponent, bandwidth, d, centre);
	drop(&drawn);
	free(landmarks);
	free(x);
	guarded_free(z);
}

/* two clouds of bandwidth 1, a thousand bandwidths from their mean */
static void
check_far_clouds(double exponent, int d)
{
	enum
	{
		M = 40
	};
	float	   *landmarks = floats((size_t) M * d);
	double	   *x = doubles((size_t) M * d);
	float		z[M * M];
	double		factor[M * (M + 1) / 2];
	ntk_map_spec spec = make_spec(1, exponent, d, M, landmarks);
	tap_worst	on = {0},
				near = {0};
	drawn_map	drawn;
	ntk_rng		rng;

	ntk_rng_init(&rng, 122, d);
	for (int i = 0; i < M * d; i++)
		landmarks[i] = (float) (i / d % 2 * 2000 - 1000 + ntk_rng_gaussian(&rng));
	for (int i = 0; i < M * d; i++)
		x[i] = landmarks[i];
	drawn = draw(&spec);
	if (ntk_map_apply(&drawn.map, x, M, z, drawn.workspace) != NTK_OK)
		bail_out("no columns");
	for (int i = 0; i < M; i++)
	{
		worst_note(&on, z[i * M + i], 1, 1e-6, "landmark %d", i);
		for (int j = 0; j < M; j++)
			worst_note(&near, z[i * M + j], column(&spec, x + (size_t) i * d, j),
					   2e-4, "landmarks %d and %d", i, j);
	}
	worst_ok(&on, "exponent %g, d = %d: 1 on landmarks far out", exponent, d);
	worst_ok(&near, "exponent %g, d = %d: the kernel far out, to the rounding of rows", exponent,
			 d);
	ok(ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL) == NTK_OK,
	   "exponent %g, d = %d: a factor far out", exponent, d);
	drop(&drawn);
	free(landmarks);
	free(x);
}

/* with all rows as landmarks, copies among them, features have the kernel as inner products */
static void
check_features(double exponent, double bandwidth, int d, int copies)
{
	enum
	{
		N = 120
	};
	float	   *landmarks = floats((size_t) N * d);
	double	   *x = doubles((size_t) N * d);
	float	   *columns = floats(N * N);
	double	   *z = doubles(N * N);
	size_t		size = sizeof(double) * ntk_rfp_size(N);
	double	   *factor = guarded(size);
	ntk_rfp		l = ntk_rfp_view(factor, N);
	ntk_map_spec spec = make_spec(bandwidth, exponent, d, N, landmarks);
	tap_worst	worst = {0};
	drawn_map	drawn;
	ntk_rng		rng;

	ntk_rng_init(&rng, 123, d);
	fill_floats(&rng, landmarks, (size_t) N * d);
	for (int i = 0; i < copies * d; i++)	/* the first ones again at the end, and zeros */
		landmarks[(size_t) N * d - 1 - i] = i < d ? 0 : landmarks[i];
	for (int i = 0; i < N * d; i++)
		x[i] = landmarks[i];
	drawn = draw(&spec);
	pause_calls = 0;
	ok(ntk_map_apply(&drawn.map, x, N, columns, drawn.workspace) == NTK_OK &&
	   ntk_map_factor(&drawn.map, factor, drawn.workspace, count_pause) == NTK_OK &&
	   pause_calls >= N && guards_intact(factor, size) && drawn_intact(&drawn),
	   "exponent %g, bandwidth %g, d = %d, %d copies: a factor", exponent, bandwidth, d, copies);
	for (int i = 0; i < N * N; i++)
		z[i] = columns[i];
	ntk_rfp_half_solve(&l, 'N', N, z, NULL);
	for (int i = 0; i < N; i++)
		for (int j = 0; j <= i; j++)
			worst_note(&worst, dot(z + (size_t) i * N, z + (size_t) j * N, N),
					   column(&spec, x + (size_t) i * d, j), 1e-5, "rows %d and %d", i, j);
	worst_ok(&worst, "exponent %g, bandwidth %g, d = %d, %d copies: features are the kernel",
			 exponent, bandwidth, d, copies);
	drop(&drawn);
	free(landmarks);
	free(x);
	free(columns);
	free(z);
	guarded_free(factor);
}

/* of one target, at x before the metric */
static double
reference(const ntk_map *map, const double *weights, const double *x)
{
	double	   *row = doubles(map->row_length);
	double		f = 0;

	ntk_map_read(map, x, row);
	for (int j = 0; j < map->spec.n_components; j++)
		f += weights[j] * column(&map->spec, row, j);
	free(row);
	return f;
}

/* whether a row is within 2 tips of a landmark */
static int
is_near_tip(const ntk_map_spec *spec, const double *row)
{
	int			near = 0;

	for (int j = 0; j < spec->n_components; j++)
		near |= column(spec, row, j) > exp(-pow(2e-2, spec->distance.exponent));
	return near;
}

/* rows: of a metric, as in ntk_map_spec */
static void
check_gradient(double exponent, int d, int rows)
{
	enum
	{
		M = 30, N = 3
	};
	ntk_map_spec spec = make_spec(sqrt(d), exponent, d, M, NULL);
	float	   *landmarks,
			   *metric;
	double	   *x = doubles((size_t) N * d);
	double	   *row = doubles((size_t) N * d);
	double	   *got = doubles((size_t) N * TARGETS * d);
	double		weights[TARGETS * M];
	int			every = 1 + d / 10;
	tap_worst	worst = {0};
	drawn_map	drawn;
	void	   *workspace;
	ntk_rng		rng;

	ntk_rng_init(&rng, 124, d);
	spec.metric_rows = rows;
	metric = floats(ntk_map_metric(&spec));
	fill_floats(&rng, metric, ntk_map_metric(&spec));
	spec.metric = metric;
	landmarks = floats(ntk_map_landmarks(&spec));
	fill_floats(&rng, landmarks, ntk_map_landmarks(&spec));
	spec.landmarks = landmarks;
	fill_gaussian(&rng, weights, TARGETS * M);
	fill_gaussian(&rng, x + d, (size_t) (N - 1) * d);
	drawn = draw(&spec);
	for (int i = 0; i < N; i++)
	{
		double	   *at = row + (size_t) i * drawn.map.row_length;

		ntk_map_read(&drawn.map, x + (size_t) i * d, at);
		while (i > 0 && is_near_tip(&spec, at))	/* a zero row is a row */
		{
			fill_gaussian(&rng, x + (size_t) i * d, d);
			ntk_map_read(&drawn.map, x + (size_t) i * d, at);
		}
	}
	workspace = malloc(ntk_map_gradient_workspace(&drawn.map, TARGETS));
	ok(ntk_map_has_gradient(&spec) &&
	   ntk_map_gradient(&drawn.map, row, N, weights, TARGETS, got, workspace) == NTK_OK,
	   "exponent %g, d = %d, %d rows of a metric: gradients", exponent, d, rows);
	for (int i = 0; i < N; i++)
		for (int k = 0; k < TARGETS; k++)
			for (int c = 0; c < d; c += every)
			{
				double	   *at = x + (size_t) i * d + c;
				double		before = *at;
				double		h = 1e-5;
				double		above,
							below;

				*at = before + h;
				above = reference(&drawn.map, weights + k * M, x + (size_t) i * d);
				*at = before - h;
				below = reference(&drawn.map, weights + k * M, x + (size_t) i * d);
				*at = before;
				worst_note(&worst, got[((size_t) i * TARGETS + k) * d + c],
						   (above - below) / (2 * h), 3e-5, "row %d, target %d, input %d", i, k,
						   c);
			}
	worst_ok(&worst, "exponent %g, d = %d, %d rows of a metric: gradients are differences",
			 exponent, d, rows);
	drop(&drawn);
	free(workspace);
	free(landmarks);
	free(metric);
	free(x);
	free(row);
	free(got);
}

/* of one landmark: 0 on it, bounded next to it, the tip's slope a little way off */
static void
check_tip(double exponent)
{
	enum
	{
		D = 3
	};
	float		landmark[D] = {1, 2, 3};
	ntk_map_spec spec = make_spec(0.5, exponent, D, 1, landmark);
	double		weight = 1;
	double		got[D];
	drawn_map	drawn = draw(&spec);
	void	   *workspace = malloc(ntk_map_gradient_workspace(&drawn.map, 1));
	double		most = exponent * pow(1e-2, fmin(exponent - 1, 0)) / spec.distance.bandwidth;
	int			bounded = 1;

	for (double u = 0; u < 0.02; u = u * 1.5 + 1e-7)
	{
		double		x[D] = {1, 2 + u * spec.distance.bandwidth, 3};

		if (ntk_map_gradient(&drawn.map, x, 1, &weight, 1, got, workspace) != NTK_OK)
			bail_out("no gradient");
		if (u == 0)
			ok(got[0] == 0 && got[1] == 0 && got[2] == 0, "exponent %g: none on a landmark",
			   exponent);
		bounded &= got[1] <= 0 && -got[1] < 1.01 * most;
		if (u > 0.015)
			near(got[1], -exponent * pow(u, exponent - 1) * exp(-pow(u, exponent)) / 0.5,
				 1e-4 * most, "exponent %g: %g bandwidths from it", exponent, u);
	}
	ok(bounded, "exponent %g: bounded next to a landmark", exponent);
	free(workspace);
	drop(&drawn);
}

static void
check_limits(void)
{
	enum
	{
		D = 2, M = 3
	};
	float		landmarks[M * D] = {0, 0, 1, 2, -3, 3};
	double		rows[3][D] = {{1e30, -1e30}, {1e39, 0}, {NAN, 0}};
	double		factor[M * (M + 1) / 2];
	float		z[M];
	ntk_map_spec spec = make_spec(1, 1, D, M, landmarks);
	drawn_map	drawn = draw(&spec);

	ok(ntk_map_apply(&drawn.map, rows[0], 1, z, drawn.workspace) == NTK_OK && z[0] == 0 &&
	   z[1] == 0 && z[2] == 0, "a row far from everything");
	ok(ntk_map_apply(&drawn.map, rows[1], 1, z, drawn.workspace) == NTK_OVERFLOW,
	   "a row beyond single precision");
	ok(ntk_map_apply(&drawn.map, rows[2], 1, z, drawn.workspace) == NTK_OVERFLOW,
	   "a row that is not a number");
	drop(&drawn);
	landmarks[4] = -FLT_MAX;
	landmarks[5] = FLT_MAX;
	drawn = draw(&spec);
	ok(ntk_map_apply(&drawn.map, rows[0], 1, z, drawn.workspace) == NTK_OK && z[2] == 0 &&
	   ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL) == NTK_OK,
	   "landmarks of any size");
	drop(&drawn);
}

int
main(void)
{
	static const int dims[] = {1, 2, 9, 64, 784};

	check_exact();
	check_ends();
	check_bandwidths();
	for (int e = 0; e < LENGTH(exponents); e++)
	{
		check_bulk(exponents[e]);
		check_tip(exponents[e]);
		for (int i = 0; i < LENGTH(dims); i++)
		{
			check_columns(exponents[e], sqrt(dims[i]), dims[i], 0);
			check_far_clouds(exponents[e], dims[i]);
			for (int rows = NTK_METRIC_DIAGONAL; rows <= dims[i]; rows += 1 + dims[i] / 2)
				if (dims[i] <= 64)
					check_gradient(exponents[e], dims[i], rows);
		}
		check_columns(exponents[e], 0.1, 9, 0);
		check_columns(exponents[e], 1, 9, 1000);
		check_columns(exponents[e], 1, 9, -1e6);
		check_features(exponents[e], 3, 10, 0);
		check_features(exponents[e], 1, 3, 40);
		check_features(exponents[e], 10, 2, 1);
	}
	check_limits();
	return done_testing();
}
