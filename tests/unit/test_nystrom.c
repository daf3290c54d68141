/*
 * test_nystrom.c
 *		Landmark columns against the exact kernel, and what whitening makes of them.
 */
#include "core/maps/nystrom.h"

#include <float.h>

#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

static const char *const kernel_name[] = {"ntk", "nngp"};

static ntk_map_spec
make_spec(ntk_kernel kernel, int depth, int input_dim, double bias, int count,
		  const float *landmarks)
{
	ntk_map_spec spec = {
		.kernel = kernel,.depth = depth,.input_dim = input_dim,.bias = bias,
		.n_components = count,.landmarks = landmarks
	};

	while (ntk_methods[spec.method] != &ntk_method_nystrom)
		spec.method++;
	return spec;
}

/* K(1) */
static double
kernel_top(ntk_kernel kernel, int depth)
{
	return kernel == NTK_KERNEL_NTK ? depth + 1 : 1;
}

/*
 * |K'| / K(1) per radian at most: the slope of Theta_L at angle 0 is L(L+1) / 2 pi, that of
 * s_L stays below 1.
 */
static double
kernel_slope(ntk_kernel kernel, int depth)
{
	return kernel == NTK_KERNEL_NTK && depth > 6 ? depth / (2 * PI) : 1;
}

static double
norm_of(const double *x, int n)
{
	return sqrt(dot(x, x, n));
}

static void
fill_gaussian_float(ntk_rng *rng, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (float) ntk_rng_gaussian(rng);
}

/* (x, bias) in double precision; out: [d + 1]; gives back its length */
static int
with_bias(const ntk_map_spec *spec, const double *x, double *out)
{
	memcpy(out, x, sizeof(double) * spec->input_dim);
	out[spec->input_dim] = spec->bias;
	return spec->input_dim + (spec->bias != 0);
}

static int
landmark_with_bias(const ntk_map_spec *spec, int j, double *out)
{
	for (int k = 0; k < spec->input_dim; k++)
		out[k] = spec->landmarks[(size_t) j * spec->input_dim + k];
	out[spec->input_dim] = spec->bias;
	return spec->input_dim + (spec->bias != 0);
}

/* the exact kernel of two rows of length n, each over its norm if that is asked for */
static double
exact_kernel(const ntk_map_spec *spec, const double *x, int x_unit, const double *y,
			 int y_unit, int n)
{
	double		value;

	if (norm_of(x, n) == 0 || norm_of(y, n) == 0)
		return 0;
	if (ntk_kernel_exact(spec->kernel, spec->depth, x, y, n, &value) != NTK_OK)
		bail_out("the exact kernel overflows");
	return value / (x_unit ? norm_of(x, n) : 1) / (y_unit ? norm_of(y, n) : 1);
}

/* |x| K(cosine of x and landmark j) */
static double
column(const ntk_map_spec *spec, const double *x, int j)
{
	double	   *a = doubles(spec->input_dim + 1);
	double	   *b = doubles(spec->input_dim + 1);
	int			n = with_bias(spec, x, a);
	double		value;

	landmark_with_bias(spec, j, b);
	value = exact_kernel(spec, a, 0, b, 1, n);
	free(a);
	free(b);
	return value;
}

/* the same for the directions of x and landmark j as single precision can hold them */
static double
rounded_column(const drawn_map *drawn, const double *x, int j)
{
	const ntk_map_spec *spec = &drawn->map.spec;
	int			dim = drawn->map.dim;
	float	   *unit = floats(dim);
	double	   *a = doubles(dim + 1);
	double	   *b = doubles(dim + 1);
	double		norm = ntk_map_view(&drawn->map, x, unit);
	double		value;

	for (int k = 0; k < dim; k++)
		a[k] = unit[k];
	landmark_with_bias(spec, j, b);
	ntk_map_view(&drawn->map, b, unit);
	for (int k = 0; k < dim; k++)
		b[k] = unit[k];
	value = norm * exact_kernel(spec, a, 1, b, 1, dim);
	free(unit);
	free(a);
	free(b);
	return value;
}

/* x at this angle from the landmark, of some length */
static void
at_angle(ntk_rng *rng, const float *landmark, int d, double angle, double length, double *x)
{
	double	   *c = doubles(d);
	double	   *across = doubles(d);
	double		along,
				norm;

	for (int k = 0; k < d; k++)
		c[k] = landmark[k];
	norm = norm_of(c, d);
	for (int k = 0; k < d; k++)
		c[k] /= norm;
	fill_gaussian(rng, across, d);
	for (int pass = 0; pass < 2; pass++)
	{
		along = dot(across, c, d);
		for (int k = 0; k < d; k++)
			across[k] -= along * c[k];
	}
	norm = norm_of(across, d);
	for (int k = 0; k < d; k++)
		x[k] = length * (cos(angle) * c[k] + sin(angle) * across[k] / norm);
	free(c);
	free(across);
}

static const double near_angles[] = {
	0, 1e-8, 3e-8, 1e-7, 3e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2
};

/*
 * Columns for angles all over [0, pi]. A table in single precision is good to 2e-7 of K(1); the
 * rounding of its argument, and of the directions themselves, counts as an angle.
 */
static void
check_columns(ntk_kernel kernel, int depth, int d, double bias)
{
	enum
	{
		M = 21, EACH = 25
	};
	int			rows = 2 * LENGTH(near_angles) + EACH + 10;
	float	   *landmarks = floats((size_t) M * d);
	double	   *x = doubles((size_t) rows * d);
	size_t		size = sizeof(float) * rows * M;
	float	   *z = guarded(size);
	double		top = kernel_top(kernel, depth);
	double		slope = kernel_slope(kernel, depth);
	tap_worst	exact = {0},
				rounded = {0};
	ntk_map_spec spec = make_spec(kernel, depth, d, bias, M, landmarks);
	drawn_map	drawn;
	int			row = 0;
	ntk_status	status;
	ntk_rng		rng;

	ntk_rng_init(&rng, 91, d);
	fill_gaussian_float(&rng, landmarks, (size_t) M * d);
	for (int k = 0; k < LENGTH(near_angles); k++)
	{
		at_angle(&rng, landmarks + row % M * d, d, near_angles[k], 2.5, x + (size_t) row * d);
		row++;
		at_angle(&rng, landmarks + row % M * d, d, PI - near_angles[k], 0.3,
				 x + (size_t) row * d);
		row++;
	}
	for (int k = 0; k < EACH; k++, row++)
		at_angle(&rng, landmarks + row % M * d, d, (k + 0.5) * PI / EACH, 100,
				 x + (size_t) row * d);
	for (; row < rows; row++)
	{
		fill_gaussian(&rng, x + (size_t) row * d, d);
		if (row % 3 > 0)		/* exact multiples of a landmark */
			for (int k = 0; k < d; k++)
				x[(size_t) row * d + k] = (row % 3 == 1 ? 3 : -0.7) *
					landmarks[row % M * d + k];
	}

	drawn = draw(&spec);
	status = ntk_map_apply(&drawn.map, x, rows, z, drawn.workspace);
	ok(status == NTK_OK && guards_intact(z, size) && drawn_intact(&drawn),
	   "%s, depth %d, d = %d, bias %g: columns, and nothing outside is written",
	   kernel_name[kernel], depth, d, bias);
	for (int i = 0; i < rows; i++)
	{
		const double *xi = x + (size_t) i * d;
		double		norm = hypot(norm_of(xi, d), bias);

		for (int j = 0; j < M; j++)
		{
			double		got = z[(size_t) i * M + j] / (norm * top);

			worst_note(&rounded, got, rounded_column(&drawn, xi, j) / (norm * top),
					   2e-7 + 3e-8 * slope, "row %d, landmark %d", i, j);
			worst_note(&exact, got, column(&spec, xi, j) / (norm * top),
					   2e-7 + 6e-8 * slope, "row %d, landmark %d", i, j);
		}
	}
	worst_ok(&rounded, "%s, depth %d, d = %d, bias %g: the kernel of the rounded directions",
			 kernel_name[kernel], depth, d, bias);
	worst_ok(&exact, "%s, depth %d, d = %d, bias %g: the kernel", kernel_name[kernel], depth, d,
			 bias);
	drop(&drawn);
	free(landmarks);
	free(x);
	guarded_free(z);
}

/* a landmark is a direction: exactly so for powers of two */
static void
check_norms(int d)
{
	enum
	{
		M = 12, N = 30
	};
	static const double factors[M] = {
		1, 3, 1e-20, 1e20, 0x1p-100, 0x1p100, 0x1p-1, 0x1p7, 1.0 / 3, 1e-30, 1e30, 7
	};
	float	   *landmarks = floats((size_t) M * d);
	float	   *scaled = floats((size_t) M * d);
	double	   *x = doubles((size_t) N * d);
	float		z[N * M],
				other[N * M];
	tap_worst	worst = {0};
	ntk_map_spec spec = make_spec(NTK_KERNEL_NTK, 2, d, 0, M, landmarks);
	drawn_map	drawn;
	int			exact = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 92, d);
	fill_gaussian_float(&rng, landmarks, (size_t) M * d);
	fill_gaussian(&rng, x, (size_t) N * d);
	for (int i = 0; i < M * d; i++)
		scaled[i] = (float) (landmarks[i] * factors[i / d]);
	drawn = draw(&spec);
	ntk_map_apply(&drawn.map, x, N, z, drawn.workspace);
	drop(&drawn);
	spec.landmarks = scaled;
	spec.seed = 17;
	drawn = draw(&spec);
	ntk_map_apply(&drawn.map, x, N, other, drawn.workspace);
	drop(&drawn);
	for (int i = 0; i < N * M; i++)
	{
		int			exponent;

		worst_note(&worst, other[i], z[i], 1e-6 * norm_of(x + i / M * d, d),
				   "row %d, landmark %d", i / M, i % M);
		if (frexp(factors[i % M], &exponent) == 0.5)
			exact &= z[i] == other[i];
	}
	worst_ok(&worst, "d = %d: norms of landmarks do not matter, nor does the seed", d);
	ok(exact, "d = %d: not by a bit if they change by powers of two", d);
	free(landmarks);
	free(scaled);
	free(x);
}

/* rows one by one, in pieces and in blocks: the same to the bit */
static void
check_blocks(int d, int m, int n, double bias)
{
	float	   *landmarks = floats((size_t) m * d);
	double	   *x = doubles((size_t) n * d);
	size_t		size = sizeof(float) * m;
	float	   *z = floats((size_t) n * m);
	float	   *one = guarded(size);
	float	   *seven = floats((size_t) 7 * m);
	ntk_map_spec spec = make_spec(NTK_KERNEL_NTK, 1, d, bias, m, landmarks);
	drawn_map	drawn;
	int			single = 1,
				pieces = 1,
				good = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 93, d);
	fill_gaussian_float(&rng, landmarks, (size_t) m * d);
	fill_gaussian(&rng, x, (size_t) n * d);
	/* every other row close to a landmark, where the last bit of a cosine shows most */
	for (int i = 0; i < n; i += 2)
		for (int k = 0; k < d; k++)
			x[(size_t) i * d + k] = landmarks[(size_t) (i % m) * d + k] +
				(i % 4 == 0 ? 0 : 1e-6 * x[(size_t) i * d + k]);
	drawn = draw(&spec);
	good &= ntk_map_apply(&drawn.map, x, n, z, drawn.workspace) == NTK_OK;
	for (int i = 0; i < n; i++)
	{
		good &= ntk_map_apply(&drawn.map, x + (size_t) i * d, 1, one, drawn.workspace) == NTK_OK;
		single &= memcmp(one, z + (size_t) i * m, size) == 0;
	}
	for (int first = 0; first < n; first += 7)
	{
		int			rows = n - first < 7 ? n - first : 7;

		good &= ntk_map_apply(&drawn.map, x + (size_t) first * d, rows, seven,
							  drawn.workspace) == NTK_OK;
		pieces &= memcmp(seven, z + (size_t) first * m, size * rows) == 0;
	}
	ok(good && single, "d = %d, m = %d: single rows equal a block of %d to the bit", d, m, n);
	ok(pieces, "d = %d, m = %d: so do pieces of seven", d, m);
	ok(guards_intact(one, size) && drawn_intact(&drawn),
	   "d = %d, m = %d: nothing is written outside the memory", d, m);
	drop(&drawn);
	free(landmarks);
	free(x);
	free(z);
	guarded_free(one);
	free(seven);
}

/* the factor against the exact kernel among the landmarks */
static void
check_factor(ntk_kernel kernel, int depth, int d, double bias, int m)
{
	float	   *landmarks = floats((size_t) m * d);
	size_t		size = sizeof(double) * ntk_rfp_size(m);
	double	   *factor = guarded(size);
	double	   *a = doubles(d + 1);
	double	   *b = doubles(d + 1);
	double		top = kernel_top(kernel, depth);
	double		slope = kernel_slope(kernel, depth);
	ntk_map_spec spec = make_spec(kernel, depth, d, bias, m, landmarks);
	ntk_rfp		l = ntk_rfp_view(factor, m);
	tap_worst	worst = {0};
	drawn_map	drawn;
	ntk_status	status;
	ntk_rng		rng;

	ntk_rng_init(&rng, 94, m);
	fill_gaussian_float(&rng, landmarks, (size_t) m * d);
	drawn = draw(&spec);
	ok(ntk_map_whitens(&spec), "the columns need whitening");
	pause_calls = 0;
	status = ntk_map_factor(&drawn.map, factor, drawn.workspace, count_pause);
	ok(status == NTK_OK && pause_calls >= m, "%s, depth %d, m = %d: a factor, with pauses",
	   kernel_name[kernel], depth, m);
	ok(guards_intact(factor, size) && drawn_intact(&drawn),
	   "%s, depth %d, m = %d: nothing outside is written", kernel_name[kernel], depth, m);
	for (int i = 0; i < m; i += 1 + m / 40)
		for (int j = 0; j <= i; j++)
		{
			int			n = landmark_with_bias(&spec, i, a);
			double		sum = 0;

			landmark_with_bias(&spec, j, b);
			for (int k = 0; k <= j; k++)
				sum += *ntk_rfp_at(&l, i, k) * *ntk_rfp_at(&l, j, k);
			worst_note(&worst, sum, exact_kernel(&spec, a, 1, b, 1, n),
					   (2e-8 + 6e-8 * slope) * top, "landmarks %d and %d", i, j);
		}
	worst_ok(&worst, "%s, depth %d, d = %d, m = %d: L L^T is the kernel of the landmarks",
			 kernel_name[kernel], depth, d, m);
	drop(&drawn);
	free(landmarks);
	guarded_free(factor);
	free(a);
	free(b);
}

/* whitened features of n rows, column-major, [m] each; NULL if there is no factor */
static double *
features(const ntk_map_spec *spec, const double *x, int n)
{
	int			m = spec->n_components;
	drawn_map	drawn = draw(spec);
	float	   *z = floats((size_t) n * m);
	double	   *factor = doubles(ntk_rfp_size(m));
	double	   *out = doubles((size_t) n * m);
	ntk_rfp		l = ntk_rfp_view(factor, m);

	if (ntk_map_apply(&drawn.map, x, n, z, drawn.workspace) == NTK_OK &&
		ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL) == NTK_OK)
	{
		for (size_t i = 0; i < (size_t) n * m; i++)
			out[i] = z[i];
		ntk_rfp_half_solve(&l, 'N', n, out, NULL);
	}
	else
	{
		free(out);
		out = NULL;
	}
	drop(&drawn);
	free(z);
	free(factor);
	return out;
}

/* with all rows as landmarks nothing is lost */
static void
check_all_rows(ntk_kernel kernel, int depth, int d, double bias)
{
	enum
	{
		N = 120
	};
	float	   *landmarks = floats((size_t) N * d);
	double	   *x = doubles((size_t) N * d);
	double	   *a = doubles(d + 1);
	double	   *b = doubles(d + 1);
	ntk_map_spec spec = make_spec(kernel, depth, d, bias, N, landmarks);
	tap_worst	worst = {0};
	double	   *z;
	ntk_rng		rng;

	ntk_rng_init(&rng, 95, d);
	fill_gaussian_float(&rng, landmarks, (size_t) N * d);
	for (int i = 0; i < N * d; i++)
		x[i] = landmarks[i];
	z = features(&spec, x, N);
	for (int i = 0; z && i < N; i++)
		for (int j = 0; j <= i; j++)
		{
			int			n = with_bias(&spec, x + (size_t) i * d, a);

			with_bias(&spec, x + (size_t) j * d, b);
			worst_note(&worst, dot(z + (size_t) i * N, z + (size_t) j * N, N),
					   exact_kernel(&spec, a, 0, b, 0, n),
					   1e-5 * kernel_top(kernel, depth) * norm_of(a, n) * norm_of(b, n),
					   "rows %d and %d", i, j);
		}
	worst_ok(&worst, "%s, depth %d, d = %d, bias %g: with all rows as landmarks it is the kernel",
			 kernel_name[kernel], depth, d, bias);
	free(landmarks);
	free(x);
	free(a);
	free(b);
	free(z);
}

/*
 * On other rows Z Z^T is a projection of K: K - Z Z^T is positive semidefinite up to rounding,
 * and it shrinks as landmarks are added.
 */
static void
check_projection(ntk_kernel kernel, int depth, int d, double bias)
{
	enum
	{
		N = 90, MOST = 320
	};
	float	   *landmarks = floats((size_t) MOST * d);
	double	   *x = doubles((size_t) N * d);
	double	   *rest = doubles(ntk_rfp_size(N));
	double	   *a = doubles(d + 1);
	double	   *b = doubles(d + 1);
	ntk_rfp		residual = ntk_rfp_view(rest, N);
	double		before = INFINITY;
	double		trace = 0;
	int			below = 1,
				falls = 1;
	double		left = 0;
	ntk_rng		rng;

	ntk_rng_init(&rng, 96, d);
	fill_gaussian_float(&rng, landmarks, (size_t) MOST * d);
	fill_gaussian(&rng, x, (size_t) N * d);
	for (int m = 20; m <= MOST; m *= 4)
	{
		ntk_map_spec spec = make_spec(kernel, depth, d, bias, m, landmarks);
		double	   *z = features(&spec, x, N);

		if (z == NULL)
			bail_out("no factor");
		left = trace = 0;
		for (int i = 0; i < N; i++)
			for (int j = 0; j <= i; j++)
			{
				int			n = with_bias(&spec, x + (size_t) i * d, a);
				double		k;

				with_bias(&spec, x + (size_t) j * d, b);
				k = exact_kernel(&spec, a, 0, b, 0, n);
				*ntk_rfp_at(&residual, i, j) = k - dot(z + (size_t) i * m, z + (size_t) j * m,
													   m);
				if (i == j)
				{
					trace += k;
					left += *ntk_rfp_at(&residual, i, i);
				}
			}
		falls &= left < before && left > 0;
		before = left;
		/* about 2e-7 a column, of weights that are not large here */
		for (int i = 0; i < N; i++)
			*ntk_rfp_at(&residual, i, i) += 2e-6 * trace / N;
		below &= ntk_rfp_cholesky(&residual, NULL) == NTK_OK;
		free(z);
	}
	ok(below, "%s, depth %d, d = %d, bias %g: the whitened kernel is below the exact one",
	   kernel_name[kernel], depth, d, bias);
	ok(falls && left < 0.5 * trace,
	   "%s, depth %d, d = %d, bias %g: more landmarks leave less, at last %.2g%%",
	   kernel_name[kernel], depth, d, bias, 100 * left / trace);
	free(landmarks);
	free(x);
	free(rest);
	free(a);
	free(b);
}

static void
check_zero_landmarks(int d, int all)
{
	enum
	{
		M = 9, N = 5
	};
	float	   *landmarks = floats((size_t) M * d);
	double	   *x = doubles((size_t) N * d);
	float		z[N * M];
	double		factor[M * (M + 1) / 2];
	ntk_rfp		l = ntk_rfp_view(factor, M);
	tap_worst	others = {0},
				biased = {0};
	ntk_map_spec spec = make_spec(NTK_KERNEL_NTK, 2, d, 0, M, landmarks);
	drawn_map	drawn;
	int			zero = 1,
				apart = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 97, d);
	fill_gaussian_float(&rng, landmarks, (size_t) M * d);
	fill_gaussian(&rng, x, (size_t) N * d);
	memset(x + 2 * d, 0, sizeof(double) * d);	/* and a zero row */
	for (int j = 0; j < M; j++)
		if (all || j % 4 == 1)
			for (int k = 0; k < d; k++)
				landmarks[j * d + k] = j % 8 == 1 ? -0.0f : 0;
	drawn = draw(&spec);
	ok(ntk_map_apply(&drawn.map, x, N, z, drawn.workspace) == NTK_OK,
	   "d = %d: landmarks may be 0", d);
	for (int i = 0; i < N; i++)
		for (int j = 0; j < M; j++)
			if (all || j % 4 == 1 || i == 2)
				zero &= z[i * M + j] == 0;
			else
				worst_note(&others, z[i * M + j], column(&spec, x + (size_t) i * d, j),
						   1.5e-6 * norm_of(x + (size_t) i * d, d), "row %d, landmark %d", i, j);
	ok(zero, "d = %d: their columns are 0, and all columns of a zero row", d);
	if (!all)
		worst_ok(&others, "d = %d: other columns are what they are", d);
	ok(ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL) == NTK_OK,
	   "d = %d: there is a factor", d);
	for (int i = 0; i < M; i++)
		for (int j = 0; j < i; j++)
			if (all || i % 4 == 1 || j % 4 == 1)
				apart &= *ntk_rfp_at(&l, i, j) == 0;
	ok(apart, "d = %d: in which a zero landmark stands alone", d);
	drop(&drawn);

	/* with a bias none of them is 0 */
	spec.bias = 0.5;
	drawn = draw(&spec);
	ntk_map_apply(&drawn.map, x, N, z, drawn.workspace);
	for (int i = 0; i < N * M; i++)
		worst_note(&biased, z[i], column(&spec, x + i / M * d, i % M),
				   1.5e-6 * hypot(norm_of(x + i / M * d, d), spec.bias),
				   "row %d, landmark %d", i / M, i % M);
	worst_ok(&biased, "d = %d: with a bias a zero landmark and a zero row have a direction", d);
	ok(ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL) == NTK_OK,
	   "d = %d: and a factor", d);
	drop(&drawn);
	free(landmarks);
	free(x);
}

/* ways in which landmarks can be one direction, or nearly */
typedef enum alike
{
	COPIES,						/* to the bit */
	MULTIPLES,					/* of different lengths, rounded each */
	OPPOSITE,					/* the same, and negative multiples */
	WITHIN_1E_7,
	WITHIN_1E_6,
	WITHIN_1E_4
} alike;

static const char *const alike_name[] = {
	"equal", "multiples of one", "multiples of either sign", "within 1e-7", "within 1e-6",
	"within 1e-4"
};

static void
fill_alike(ntk_rng *rng, alike how, int clusters, int m, int d, float *landmarks)
{
	static const double noise[] = {0, 0, 0, 1e-7, 1e-6, 1e-4};
	double	   *centre = doubles((size_t) clusters * d);

	fill_gaussian(rng, centre, (size_t) clusters * d);
	for (int j = 0; j < m; j++)
	{
		double		factor = how == MULTIPLES || how == OPPOSITE ? 1 + 0.37 * j : 1;

		if (how == OPPOSITE && j / clusters % 2 == 1)
			factor = -factor;
		for (int k = 0; k < d; k++)
			landmarks[(size_t) j * d + k] = (float)
				(factor * (centre[j % clusters * d + k] + noise[how] * ntk_rng_gaussian(rng)));
	}
	free(centre);
}

/* landmarks of k-means can coincide: there is a factor all the same, and features are sound */
static void
check_alike(alike how, ntk_kernel kernel, int depth, int d, int m)
{
	enum
	{
		CLUSTERS = 4, N = 40
	};
	float	   *landmarks = floats((size_t) m * d);
	double	   *x = doubles((size_t) N * d);
	double	   *z;
	double		largest = 0;
	tap_worst	worst = {0};
	ntk_map_spec spec = make_spec(kernel, depth, d, 0, m, landmarks);
	ntk_rng		rng;

	ntk_rng_init(&rng, 98, d);
	fill_alike(&rng, how, CLUSTERS, m, d, landmarks);
	fill_gaussian(&rng, x, (size_t) N * d);
	for (int i = 0; i < CLUSTERS; i++)
		for (int k = 0; k < d; k++)
			x[i * d + k] = landmarks[i * d + k];
	z = features(&spec, x, N);
	ok(z != NULL, "landmarks %s, %s, depth %d, d = %d, m = %d: there is a factor",
	   alike_name[how], kernel_name[kernel], depth, d, m);
	if (z != NULL)
	{
		double		top = kernel_top(kernel, depth);

		/* rows that are landmarks keep their kernel, the others have no more than theirs */
		for (int i = 0; i < N; i++)
		{
			const double *xi = x + (size_t) i * d;

			largest = fmax(largest, dot(z + (size_t) i * m, z + (size_t) i * m, m) /
						   (dot(xi, xi, d) * top));
			for (int j = 0; i < CLUSTERS && j < CLUSTERS; j++)
				worst_note(&worst, dot(z + (size_t) i * m, z + (size_t) j * m, m),
						   exact_kernel(&spec, xi, 0, x + (size_t) j * d, 0, d),
						   2e-5 * top * norm_of(xi, d) * norm_of(x + (size_t) j * d, d),
						   "rows %d and %d", i, j);
		}
		worst_ok(&worst, "landmarks %s, %s, depth %d, d = %d, m = %d: the kernel among them",
				 alike_name[how], kernel_name[kernel], depth, d, m);
		ok(largest < 1.00001, "landmarks %s, %s, depth %d, d = %d, m = %d: no feature is too long",
		   alike_name[how], kernel_name[kernel], depth, d, m);
	}
	free(landmarks);
	free(x);
	free(z);
}

/* workspace that is aligned for doubles, and for nothing larger */
static void
check_alignment(int d, int m, double bias)
{
	enum
	{
		N = 70
	};
	float	   *landmarks = floats((size_t) m * d);
	double	   *x = doubles((size_t) N * d);
	float	   *z = floats((size_t) N * m);
	float	   *other = floats((size_t) N * m);
	double	   *factor = doubles(ntk_rfp_size(m));
	double	   *same = doubles(ntk_rfp_size(m));
	ntk_map_spec spec = make_spec(NTK_KERNEL_NTK, 1, d, bias, m, landmarks);
	drawn_map	drawn;
	size_t		size;
	char	   *shifted;
	int			before = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 99, d);
	fill_gaussian_float(&rng, landmarks, (size_t) m * d);
	fill_gaussian(&rng, x, (size_t) N * d);
	drawn = draw(&spec);
	size = drawn.workspace_size + sizeof(double);
	shifted = guarded(size);
	ntk_map_apply(&drawn.map, x, N, z, drawn.workspace);
	ntk_map_apply(&drawn.map, x, N, other, shifted + sizeof(double));
	ntk_map_factor(&drawn.map, factor, drawn.workspace, NULL);
	ntk_map_factor(&drawn.map, same, shifted + sizeof(double), NULL);
	for (int i = 0; i < (int) sizeof(double); i++)
		before &= (unsigned char) shifted[i] == 0xff;
	ok(before && guards_intact(shifted, size) && drawn_intact(&drawn),
	   "d = %d, m = %d, bias %g: wherever the workspace begins, it suffices", d, m, bias);
	ok(memcmp(z, other, sizeof(float) * N * m) == 0 &&
	   memcmp(factor, same, sizeof(double) * ntk_rfp_size(m)) == 0,
	   "d = %d, m = %d, bias %g: with equal results", d, m, bias);
	drop(&drawn);
	guarded_free(shifted);
	free(landmarks);
	free(x);
	free(z);
	free(other);
	free(factor);
	free(same);
}

/* OK means that |x| and all columns are finite, and only then */
static void
check_overflow(ntk_kernel kernel, int depth)
{
	enum
	{
		D = 10, M = 16
	};
	float		landmarks[M * D];
	double		x[D];
	float		z[M];
	ntk_map_spec spec = make_spec(kernel, depth, D, 0, M, landmarks);
	drawn_map	drawn;
	int			honest = 1,
				both = 0;
	ntk_rng		rng;

	ntk_rng_init(&rng, 100, 0);
	fill_gaussian_float(&rng, landmarks, M * D);
	for (int k = 0; k < D; k++)
		landmarks[k] = 1;		/* the column that overflows first */
	drawn = draw(&spec);
	for (double size = 1e35; size < 1e41; size *= 1.03)
	{
		ntk_status	status;
		int			finite = size * sqrt(D) < FLT_MAX;

		for (int k = 0; k < D; k++)
			x[k] = size;
		status = ntk_map_apply(&drawn.map, x, 1, z, drawn.workspace);
		for (int j = 0; finite && j < M; j++)
			finite &= isfinite(z[j]) != 0;
		honest &= finite == (status == NTK_OK);
		both |= 1 << finite;
	}
	ok(honest && both == 3, "%s, depth %d: near the largest number the status tells the truth",
	   kernel_name[kernel], depth);
	for (int k = 0; k < D; k++)
		x[k] = 1e-300;
	ok(ntk_map_apply(&drawn.map, x, 1, z, drawn.workspace) == NTK_OK && z[0] == 0,
	   "%s, depth %d: 1e-300 is harmless", kernel_name[kernel], depth);
	drop(&drawn);
}

int
main(void)
{
	static const int depths[] = {1, 2, 3, 8, 16, 64};
	static const struct
	{
		int			d,
					m,
					n;
		double		bias;
	}			blocks[] = {
		{1, 1, 3, 1}, {1, 40, 130, 1}, {2, 7, 65, 0}, {3, 100, 129, 0}, {10, 33, 64, 1},
		{10, 1000, 70, 0}, {63, 64, 130, 1}, {64, 130, 128, 0}, {100, 8, 66, 0},
		{784, 50, 70, 0}, {2000, 40, 40, 1}, {70000, 3, 5, 0}
	};

	for (int kernel = 0; kernel < 2; kernel++)
		for (int i = 0; i < LENGTH(depths); i++)
		{
			check_columns(kernel, depths[i], 2 + 3 * i, 0);
			if (i % 2 == kernel)
				check_columns(kernel, depths[i], 50, 1);
			if (i % 3 == kernel)
				check_columns(kernel, depths[i], 784, 0);
		}
	check_norms(3);
	check_norms(100);
	for (int i = 0; i < LENGTH(blocks); i++)
		check_blocks(blocks[i].d, blocks[i].m, blocks[i].n, blocks[i].bias);
	for (int i = 0; i < 8; i++)
	{
		static const int dims[] = {1, 3, 10, 200};

		check_zero_landmarks(dims[i % 4], i / 4);
	}
	check_factor(NTK_KERNEL_NTK, 1, 10, 0, 1);
	check_factor(NTK_KERNEL_NTK, 2, 10, 1, 2);
	check_factor(NTK_KERNEL_NNGP, 1, 5, 0, 65);
	check_factor(NTK_KERNEL_NTK, 3, 784, 1, 130);
	check_factor(NTK_KERNEL_NTK, 16, 30, 0, 128);
	check_factor(NTK_KERNEL_NTK, 64, 3, 0, 33);
	for (int kernel = 0; kernel < 2; kernel++)
	{
		check_all_rows(kernel, 1, 20, 0);
		check_all_rows(kernel, 2, 100, 1);
		check_all_rows(kernel, 3, 3, 0);
		check_projection(kernel, 1, 8, 0);
		check_projection(kernel, 2, 30, 1);
		check_overflow(kernel, 1);
		check_overflow(kernel, 64);
	}
	check_projection(NTK_KERNEL_NTK, 8, 8, 0);
	for (int how = COPIES; how <= WITHIN_1E_4; how++)
	{
		check_alike(how, NTK_KERNEL_NTK, 1, 784, 20);
		check_alike(how, NTK_KERNEL_NTK, 1, 30, 300);
		check_alike(how, NTK_KERNEL_NTK, 3, 3, 60);
		check_alike(how, NTK_KERNEL_NNGP, 2, 30, 100);
		check_alike(how, NTK_KERNEL_NTK, 64, 10, 60);
	}
	check_alignment(3, 5, 0);
	check_alignment(3, 6, 1);
	check_alignment(64, 33, 0);
	check_alignment(64, 32, 1);
	return done_testing();
}
