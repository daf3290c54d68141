/*
 * test_zonal.c
 *		The Gegenbauer series of the kernels, and by Monte Carlo over seeds that the
 *		features have the kernel of the series as their expectation.
 */
#include "core/maps/zonal.h"

#include "core/maps/map.h"
#include "fixture.h"
#include "tap.h"

static const char *const kernel_name[] = {"ntk", "nngp"};

/* K(1) */
static double
kernel_top(ntk_kernel kernel, int depth)
{
	return kernel == NTK_KERNEL_NTK ? depth + 1 : 1;
}

/* the first degrees of N_l, from tables of spherical harmonics */
static void
check_harmonics(void)
{
	static const double ten[] = {1, 10, 54, 210, 660};
	static const double four[] = {1, 4, 9, 16, 25};
	ntk_zonal_series series;
	tap_worst	worst = {0},
				large = {0};

	ntk_zonal_series_init(&series, NTK_KERNEL_NTK, 1, 3, NTK_MAX_DEGREE);
	for (int l = 0; l <= NTK_MAX_DEGREE; l++)
		worst_note(&worst, series.harmonics[l], 2 * l + 1, 1e-9, "dim 3, degree %d", l);
	ntk_zonal_series_init(&series, NTK_KERNEL_NTK, 1, 10, 4);
	for (int l = 0; l <= 4; l++)
		worst_note(&worst, series.harmonics[l], ten[l], 1e-9, "dim 10, degree %d", l);
	ntk_zonal_series_init(&series, NTK_KERNEL_NTK, 1, 4, 4);
	for (int l = 0; l <= 4; l++)
		worst_note(&worst, series.harmonics[l], four[l], 1e-9, "dim 4, degree %d", l);
	worst_ok(&worst, "N_l in dimensions 3, 4 and 10");

	/* homogeneous polynomials of degree l, less those that |x|^2 divides */
	ntk_zonal_series_init(&series, NTK_KERNEL_NTK, 1, 1024, 20);
	for (int l = 2; l <= 20; l++)
	{
		double		all = lgamma(l + 1024.0) - lgamma(l + 1.0) - lgamma(1024.0);
		double		divisible = lgamma(l + 1022.0) - lgamma(l - 1.0) - lgamma(1024.0);

		worst_note(&large, series.harmonics[l] / (exp(all) - exp(divisible)), 1, 1e-9,
				   "dim 1024, degree %d", l);
	}
	worst_ok(&large, "N_l in dimension 1024");
}

/*
 * The masses at depth 1 from the power series K = sum_i c_i t^i of docs/MATH.md §1:
 * a_l = N_l sum_i c_i int t^i P_l dmu, and by Rodrigues' formula
 * int t^i P_l dmu = i!/(i-l)! 2^-l Gamma((d-1)/2) / Gamma(l+(d-1)/2)
 *					 B((i-l+1)/2, l+(d-1)/2) / B(1/2, (d-1)/2), i - l even.
 */
static void
check_masses(ntk_kernel kernel, int dim, int degree)
{
	enum
	{
		TERMS = 20000
	};
	static double coefficient[TERMS];
	double		binomial = 1;	/* (2j)! / (4^j (j!)^2) */
	double		s = 0.5 * (dim - 1);
	ntk_zonal_series series;
	tap_worst	worst = {0};

	memset(coefficient, 0, sizeof(coefficient));
	coefficient[0] = 1 / PI;
	coefficient[1] = kernel == NTK_KERNEL_NTK ? 1 : 0.5;
	for (int j = 0; 2 * j + 2 < TERMS; j++)
	{
		double		kappa0 = binomial / (PI * (2 * j + 1));

		coefficient[2 * j + 2] = kappa0 / (2 * j + 2) + (kernel == NTK_KERNEL_NTK ? kappa0 : 0);
		binomial *= (2 * j + 1.0) / (2 * j + 2.0);
	}

	ntk_zonal_series_init(&series, kernel, 1, dim, degree);
	for (int l = 0; l <= degree; l++)
	{
		double		integral = exp(lgamma(l + 1.0) - l * log(2.0) + lgamma(s) - lgamma(l + s) +
								   lgamma(0.5) + lgamma(l + s) - lgamma(l + s + 0.5) -
								   lgamma(0.5) - lgamma(s) + lgamma(s + 0.5));
		double		sum = 0;

		for (int i = l; i < TERMS; i += 2)
		{
			double		k = 0.5 * (i - l);

			sum += coefficient[i] * integral;
			integral *= (i + 2.0) * (i + 1.0) / ((i - l + 2.0) * (i - l + 1.0)) *
				(k + 0.5) / (k + 0.5 + l + s);
		}
		/* the code drops means below 1e-13 / sqrt(N_l) */
		worst_note(&worst, series.mass[l], series.harmonics[l] * sum,
				   1e-9 * series.harmonics[l] * sum + 2e-13 * sqrt(series.harmonics[l]),
				   "degree %d", l);
	}
	worst_ok(&worst, "%s, depth 1, dim %d: masses equal those of the power series",
			 kernel_name[kernel], dim);
}

/*
 * Since all masses are non-negative and |P_l| <= 1, the truncation error is at most
 * the mass that is missing; and that tends to 0.
 */
static void
check_convergence(ntk_kernel kernel, int depth, int dim)
{
	double		top = kernel_top(kernel, depth);
	double		missing_before = top;
	tap_worst	bound = {0},
				at_one = {0};
	int			positive = 1,
				falling = 1,
				prefix = 1;
	double		missing = top;
	ntk_zonal_series full;

	ntk_zonal_series_init(&full, kernel, depth, dim, NTK_MAX_DEGREE);
	for (int degree = 0; degree <= NTK_MAX_DEGREE; degree += degree < 8 ? 1 : 8)
	{
		ntk_zonal_series series;

		ntk_zonal_series_init(&series, kernel, depth, dim, degree);
		missing = top;
		for (int l = 0; l <= degree; l++)
		{
			positive &= series.mass[l] >= 0;
			prefix &= is_near(series.mass[l], full.mass[l], 1e-14 * top) &&
				series.harmonics[l] == full.harmonics[l];
			missing -= series.mass[l];
		}
		falling &= missing <= missing_before && missing > -1e-10 && missing < top;
		missing_before = missing;
		for (int i = 0; i <= 200; i++)
		{
			double		t = cos(PI * i / 200);

			worst_note(&bound, ntk_zonal_kernel(&series, t),
					   ntk_kernel_unit(kernel, depth, acos(t)), fmax(missing, 0) + 1e-10 * top,
					   "degree %d, t = %g", degree, t);
		}
		worst_note(&at_one, ntk_zonal_kernel(&series, 1), top - missing, 1e-12 * top,
				   "degree %d", degree);
	}
	ok(positive, "%s, depth %d, dim %d: no mass is negative", kernel_name[kernel], depth, dim);
	ok(prefix, "%s, depth %d, dim %d: masses do not depend on the top degree",
	   kernel_name[kernel], depth, dim);
	ok(falling, "%s, depth %d, dim %d: captured mass grows and stays below K(1)",
	   kernel_name[kernel], depth, dim);
	worst_ok(&bound, "%s, depth %d, dim %d: truncation error is within the missing mass",
			 kernel_name[kernel], depth, dim);
	worst_ok(&at_one, "%s, depth %d, dim %d: at t = 1 the kernel is the captured mass",
			 kernel_name[kernel], depth, dim);
	if (dim <= 10 && depth <= 3)
		ok(missing < 0.04 * top, "%s, depth %d, dim %d: 64 degrees capture 96 %%",
		   kernel_name[kernel], depth, dim);
	if (depth == 1)
	{
		int			zero = full.mass[1] > 0 && full.mass[2] > 0;

		for (int l = 3; l <= NTK_MAX_DEGREE; l += 2)
			zero &= full.mass[l] == 0;
		ok(zero, "%s, depth 1, dim %d: odd degrees from 3 on have no mass",
		   kernel_name[kernel], dim);
	}
}

/* in the middle of the range the truncated kernel converges to the kernel itself */
static void
check_limit(void)
{
	static const int dims[] = {3, 10, 64, 1024};

	for (int kernel = 0; kernel < 2; kernel++)
		for (int depth = 1; depth <= 3; depth++)
			for (int i = 0; i < LENGTH(dims); i++)
			{
				tap_worst	worst = {0};
				ntk_zonal_series series;

				ntk_zonal_series_init(&series, kernel, depth, dims[i], NTK_MAX_DEGREE);
				for (double t = -0.5; t <= 0.5; t += 0.05)
					worst_note(&worst, ntk_zonal_kernel(&series, t),
							   ntk_kernel_unit(kernel, depth, acos(t)), 2e-3, "t = %g", t);
				worst_ok(&worst, "%s, depth %d, dim %d: 64 degrees are the kernel for |t| < 1/2",
						 kernel_name[kernel], depth, dims[i]);
			}
}

/* degree l keeps (max(m, S_2) / S_l)^3 of its mass, S_l the harmonics up to l that have any */
static void
check_taper(ntk_kernel kernel, int depth, int dim, int n_components)
{
	ntk_zonal_series series,
				tapered;
	double		resolved = n_components,
				spanned = 0;
	tap_worst	worst = {0};

	ntk_zonal_series_init(&series, kernel, depth, dim, 20);
	tapered = series;
	ntk_zonal_taper(&tapered, n_components);
	resolved = fmax(resolved, series.harmonics[0] + series.harmonics[1] + series.harmonics[2]);
	for (int l = 0; l <= 20; l++)
	{
		double		want = series.mass[l];

		spanned += want > 0 ? series.harmonics[l] : 0;
		if (spanned > resolved)
			want *= pow(resolved / spanned, 3);
		worst_note(&worst, tapered.mass[l], want, 1e-14 * want, "degree %d", l);
		worst_note(&worst, tapered.harmonics[l], series.harmonics[l], 0, "N_%d", l);
	}
	worst_ok(&worst, "%s, depth %d, dim %d: the taper of %d features", kernel_name[kernel], depth,
			 dim, n_components);
}

static void
check_degree_rule(void)
{
	static const int components[] = {1, 16, 256, 2048, NTK_MAX_COMPONENTS};
	int			in_range = 1,
				monotone = 1;

	for (int dim = 3; dim <= 4096; dim = dim * 2 + 1)
	{
		int			before = 0;

		for (int i = 0; i < LENGTH(components); i++)
		{
			int			degree = ntk_zonal_degree(NTK_KERNEL_NTK, 1, dim, components[i]);

			in_range &= degree >= 2 && degree <= NTK_MAX_DEGREE;
			monotone &= degree >= before;
			before = degree;
		}
	}
	ok(in_range, "the rule's degree is between 2 and %d", NTK_MAX_DEGREE);
	ok(monotone, "it does not fall with the number of features");
	/*
	 * dim 10, depth 1: up to degrees 2, 4, 6 and 8 the harmonics that carry mass number
	 * 65, 725, 5015 and 24320; 1e-4 of a mass is left at 21.54 times m.
	 */
	ok(ntk_zonal_degree(NTK_KERNEL_NTK, 1, 10, 1) == 4 &&
	   ntk_zonal_degree(NTK_KERNEL_NTK, 1, 10, 232) == 4 &&
	   ntk_zonal_degree(NTK_KERNEL_NTK, 1, 10, 233) == 6 &&
	   ntk_zonal_degree(NTK_KERNEL_NTK, 1, 10, 1128) == 6 &&
	   ntk_zonal_degree(NTK_KERNEL_NTK, 1, 10, 1129) == 8,
	   "it ends where the taper leaves less than 1e-4");
}

/* f is what the header says, in the units of the header */
static void
check_apply(void)
{
	enum
	{
		DIM = 10, M = 23, DEGREE = 7, ROWS = 3
	};
	float	   *memory = floats(ntk_zonal_floats(DIM, M, DEGREE));
	static const int sign[] = {1, 1, -1, -1};
	float		x[ROWS * DIM],
				z[ROWS * M],
				work[DIM];
	float		scale[ROWS] = {1, 0, 2.5f};
	tap_worst	worst = {0};
	ntk_zonal	zonal;
	ntk_zonal_series series;
	ntk_rng		rng;

	ntk_rng_init(&rng, 31, 0);
	for (int i = 0; i < ROWS; i++)
		unit_float(&rng, x + i * DIM, DIM);
	ntk_zonal_series_init(&series, NTK_KERNEL_NTK, 2, DIM, DEGREE);
	ntk_zonal_init(&zonal, &series, M, 9, memory, NULL);
	ntk_zonal_apply(&zonal, x, scale, ROWS, z, work);
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < M; j++)
		{
			double		t = 0;
			double		p[DEGREE + 1] = {1};
			double		f = 0;

			for (int k = 0; k < DIM; k++)
				t += x[i * DIM + k] * (double) zonal.directions.data[k * M + j];
			p[1] = t;
			for (int l = 2; l <= DEGREE; l++)
				p[l] = ((2 * l + DIM - 4) * t * p[l - 1] - (l - 1) * p[l - 2]) / (l + DIM - 3);
			for (int l = 0; l <= DEGREE; l++)
				f += sign[l % 4] * sqrt(series.mass[l] * series.harmonics[l]) * p[l];
			worst_note(&worst, z[i * M + j], scale[i] * f / sqrt(M), 3e-5, "row %d, feature %d", i, j);
		}
	worst_ok(&worst, "z_j = scale f(<w_j, x>) / sqrt(m)");
	free(memory);
}

#define PAIR_ROWS 6

/* x, nearly x, orthogonal to x, opposite to x, something else, and x again */
static void
make_rows(ntk_rng *rng, double *x, int d)
{
	double		along;

	fill_gaussian(rng, x, (size_t) PAIR_ROWS * d);
	for (int i = 0; i < d; i++)
	{
		x[d + i] = x[i] + 0.01 * x[d + i];
		x[3 * d + i] = -0.5 * x[i];
		x[5 * d + i] = x[i];
	}
	along = dot(x, x + 2 * d, d) / dot(x, x, d);
	if (d > 1)
		for (int i = 0; i < d; i++)
			x[2 * d + i] -= along * x[i];
}

/* the mean over seeds of <z(x), z(y)> is |x||y| times the truncated kernel */
static void
check_mean(int d, double bias, ntk_kernel kernel, int depth, int taper)
{
	enum
	{
		SEEDS = 1000, M = 70
	};
	static const struct
	{
		int			x,
					y;
		const char *name;
	}			pairs[] = {
		{0, 5, "equal"}, {0, 1, "nearly parallel"}, {0, 2, "orthogonal"}, {0, 3, "opposite"},
		{0, 4, "random"}, {4, 2, "other random"}
	};
	ntk_map_spec spec = {
		.kernel = kernel,.input_dim = d,.n_components = M,.depth = depth,
		.option = {6, taper},.bias = bias
	};
	int			full = d + (bias != 0);
	double	   *x = doubles((size_t) PAIR_ROWS * d);
	double	   *with_bias = doubles((size_t) PAIR_ROWS * full);
	void	   *memory = malloc(ntk_map_memory(&spec));
	float	   *drawn = floats(ntk_directions_floats(ntk_map_dim(&spec), M));
	float		z[PAIR_ROWS * M];
	void	   *workspace;
	tap_worst	worst = {0};
	sample		samples[LENGTH(pairs)] = {{0}};
	ntk_map		map;
	ntk_zonal_series series;
	ntk_rng		rng;

	ntk_rng_init(&rng, 32, d);
	make_rows(&rng, x, d);
	for (int i = 0; i < PAIR_ROWS; i++)
	{
		memcpy(with_bias + (size_t) i * full, x + (size_t) i * d, sizeof(double) * d);
		if (bias != 0)
			with_bias[(size_t) i * full + d] = bias;
	}

	ntk_map_init(&map, &spec, memory, NULL);
	workspace = malloc(ntk_map_workspace(&spec));
	for (int seed = 0; seed < SEEDS; seed++)
	{
		/* the function is the same for all seeds: only the directions are drawn anew */
		ntk_directions_init(&((ntk_zonal *) map.state)->directions, map.dim, M, seed, drawn, NULL);
		if (ntk_map_apply(&map, x, PAIR_ROWS, z, workspace) != NTK_OK)
			bail_out("a feature is not finite");
		for (int p = 0; p < LENGTH(pairs); p++)
			sample_add(&samples[p], dot_float(z + pairs[p].x * M, z + pairs[p].y * M, M));
	}

	ntk_zonal_series_init(&series, kernel, depth, map.dim, 6);
	if (taper)
		ntk_zonal_taper(&series, M);
	for (int p = 0; p < LENGTH(pairs); p++)
	{
		const double *a = with_bias + (size_t) pairs[p].x * full;
		const double *b = with_bias + (size_t) pairs[p].y * full;
		double		size = sqrt(dot(a, a, full) * dot(b, b, full));
		double		t = fmax(-1, fmin(1, dot(a, b, full) / size));

		worst_note(&worst, samples[p].mean, size * ntk_zonal_kernel(&series, t),
				   4 * standard_error(&samples[p]) + 3e-6 * size * (depth + 1),
				   "%s vectors", pairs[p].name);
	}
	worst_ok(&worst, "%s, depth %d, d = %d%s%s: features have the kernel as their mean",
			 kernel_name[kernel], depth, d, bias != 0 ? " and a bias" : "",
			 taper ? ", tapered" : "");
	free(x);
	free(with_bias);
	free(memory);
	free(drawn);
	free(workspace);
}

/*
 * The root mean square over seeds of the error of <z(x), z(y)>, as a power of m. Whole
 * orthogonal blocks are independent of one another: -1/2 for m from one block up. Below
 * one block orthogonality helps the more, the fuller the block: not flatter than -1/2,
 * and steeper by how much depends on the kernel.
 */
static void
check_rate(int d, int degree, double steepest)
{
	enum
	{
		SEEDS = 150, SIZES = 5, LARGEST = 1024
	};
	double		x[PAIR_ROWS * 200];
	float	   *z = floats((size_t) PAIR_ROWS * LARGEST);
	double		sum_x = 0,
				sum_y = 0,
				sum_xx = 0,
				sum_xy = 0,
				slope;
	ntk_rng		rng;

	ntk_rng_init(&rng, 33, d);
	make_rows(&rng, x, d);
	for (int s = 0; s < SIZES; s++)
	{
		ntk_map_spec spec = {
			.kernel = NTK_KERNEL_NTK,.input_dim = d,.n_components = 64 << s,.depth = 1,
			.option = {degree, 0}
		};
		int			m = spec.n_components;
		void	   *memory = malloc(ntk_map_memory(&spec));
		float	   *drawn = floats(ntk_directions_floats(ntk_map_dim(&spec), m));
		void	   *workspace;
		double		square = 0;
		ntk_map		map;
		ntk_zonal_series series;

		ntk_map_init(&map, &spec, memory, NULL);
		workspace = malloc(ntk_map_workspace(&spec));
		ntk_zonal_series_init(&series, spec.kernel, spec.depth, map.dim, degree);
		for (int seed = 0; seed < SEEDS; seed++)
		{
			ntk_directions_init(&((ntk_zonal *) map.state)->directions, map.dim, m, 5000 + seed, drawn, NULL);
			if (ntk_map_apply(&map, x, PAIR_ROWS, z, workspace) != NTK_OK)
				bail_out("a feature is not finite");
			for (int i = 0; i < PAIR_ROWS; i++)
				for (int j = 0; j <= i; j++)
				{
					double		size = sqrt(dot(x + i * d, x + i * d, d) *
											dot(x + j * d, x + j * d, d));
					double		t = dot(x + i * d, x + j * d, d) / size;
					double		got = dot_float(z + i * m, z + j * m, m) / size;

					square += pow(got - ntk_zonal_kernel(&series, fmax(-1, fmin(1, t))), 2);
				}
		}
		{
			double		log_m = log(m);
			double		log_error = 0.5 * log(square / SEEDS / (PAIR_ROWS * (PAIR_ROWS + 1) / 2));

			diag("d = %d, m = %d: root mean square error %.4f", d, m, exp(log_error));
			sum_x += log_m;
			sum_y += log_error;
			sum_xx += log_m * log_m;
			sum_xy += log_m * log_error;
		}
		free(memory);
		free(drawn);
		free(workspace);
	}
	slope = (SIZES * sum_xy - sum_x * sum_y) / (SIZES * sum_xx - sum_x * sum_x);
	ok(slope < -0.45 && slope > steepest, "d = %d: the error falls like m to the power %.2f", d,
	   slope);
	free(z);
}

int
main(void)
{
	static const int dims[] = {3, 4, 10, 64, 128, 1024};
	static const int input_dims[] = {1, 2, 9, 64, 70, 200};

	check_harmonics();
	for (int kernel = 0; kernel < 2; kernel++)
	{
		check_masses(kernel, 10, 24);
		check_masses(kernel, 64, 12);
		check_masses(kernel, 1024, 6);
	}
	for (int kernel = 0; kernel < 2; kernel++)
		for (int depth = 1; depth <= 3; depth++)
			for (int i = 0; i < LENGTH(dims); i++)
				check_convergence(kernel, depth, dims[i]);
	check_convergence(NTK_KERNEL_NTK, 16, 10);
	check_limit();
	for (int kernel = 0; kernel < 2; kernel++)
	{
		check_taper(kernel, 1, 10, 1);
		check_taper(kernel, 2, 10, 800);
		check_taper(kernel, 1, 64, 3000);
		check_taper(kernel, 3, 3, 1000);
	}
	check_degree_rule();
	check_apply();
	for (int i = 0; i < LENGTH(input_dims); i++)
		for (int bias = 0; bias < 2; bias++)
			for (int kernel = 0; kernel < 2; kernel++)
				for (int depth = 1; depth <= 3; depth++)
					check_mean(input_dims[i], 0.8 * bias, kernel, depth, 0);
	for (int i = 0; i < LENGTH(input_dims); i++)
		check_mean(input_dims[i], i % 2, i / 2 % 2, 1 + i % 3, 1);
	check_rate(10, 6, -0.55);
	check_rate(128, 4, -0.65);
	return done_testing();
}
