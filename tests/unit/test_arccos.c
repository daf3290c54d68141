/*
 * test_arccos.c
 *		The arc-cosine functions and the exact fully connected kernels: against the
 *		values of the published recursion, power series, closed forms in long double,
 *		and what must hold exactly.
 */
#include "core/kernels/arccos.h"
#include "core/kernels/kernel.h"

#include "fixture.h"
#include "oracle.h"
#include "tap.h"

#define PI_LONG 3.141592653589793238462643383279502884L
#define MAX_DIM 1024
#define ORACLE_ROWS 225

static const char *const kernel_name[] = {"ntk", "nngp"};
static const int depths[] = {1, 2, 3, 8, NTK_MAX_DEPTH};

static double
exact(ntk_kernel kernel, int depth, const double *x, const double *y, int n)
{
	double		result = NAN;

	if (ntk_kernel_exact(kernel, depth, x, y, n, &result) != NTK_OK)
		return NAN;
	return result;
}

static void
check_oracle(void)
{
	static double x[MAX_DIM],
				y[MAX_DIM];
	char	   *text = oracle_read("fc_kernels.json");
	const char *cursor = text;
	oracle_object row;
	tap_worst	worst[2] = {{0}};
	int			rows = 0;

	while (oracle_next(&cursor, &row))
	{
		int			n = oracle_numbers(&row, "x", x, MAX_DIM);
		int			depth = (int) oracle_number(&row, "depth");
		double		size;

		if (oracle_numbers(&row, "y", y, MAX_DIM) != n)
			bail_out("row %d: x and y differ in length", rows);
		size = sqrt(dot(x, x, n) * dot(y, y, n));
		for (int kernel = 0; kernel < 2; kernel++)
		{
			double		want = oracle_number(&row, kernel_name[kernel]);

			worst_note(&worst[kernel], exact(kernel, depth, x, y, n), want,
					   1e-7 * fabs(want) + 1e-11 * size, "row %d (n = %d, depth %d)", rows, n,
					   depth);
		}
		rows++;
	}
	ok(rows == ORACLE_ROWS && oracle_count(text, "\"nngp\":") == rows,
	   "all %d rows of fc_kernels.json were read", ORACLE_ROWS);
	for (int kernel = 0; kernel < 2; kernel++)
		worst_ok(&worst[kernel], "%s equals the published recursion", kernel_name[kernel]);
	free(text);
}

/*
 * The series of docs/MATH.md §1; terms fall like i^-3/2 for kappa_0 and i^-5/2 for
 * kappa_1 at |t| = 1, and geometrically inside.
 */
static void
check_series(void)
{
	tap_worst	worst[2] = {{0}};

	for (int step = -20; step <= 20; step++)
	{
		double		t = step / 20.0;
		long		terms = abs(step) == 20 ? 1000000 : 1000;
		long double binomial = 1;	/* (2i)! / (4^i (i!)^2) */
		long double power = t;
		long double sum0 = 0,
					sum1 = 0;

		for (long i = 0; i < terms; i++)
		{
			sum0 += binomial / (2 * i + 1) * power;
			sum1 += binomial / ((2 * i + 1) * (2.0L * i + 2)) * power * t;
			binomial *= (2 * i + 1) / (2.0L * i + 2);
			power *= (long double) t * t;
		}
		worst_note(&worst[0], ntk_kappa0(acos(t)), (double) (0.5L + sum0 / PI_LONG),
				   abs(step) == 20 ? 3e-4 : 1e-14, "t = %g", t);
		worst_note(&worst[1], ntk_kappa1(acos(t)),
				   (double) (1 / PI_LONG + t / 2.0L + sum1 / PI_LONG),
				   abs(step) == 20 ? 1e-9 : 1e-14, "t = %g", t);
	}
	worst_ok(&worst[0], "kappa_0 equals its power series");
	worst_ok(&worst[1], "kappa_1 equals its power series");
	near(ntk_kappa0(0), 1, 0, "kappa_0(1) = 1");
	near(ntk_kappa1(0), 1, 0, "kappa_1(1) = 1");
	near(ntk_kappa0(PI), 0, 1e-16, "kappa_0(-1) = 0");
	near(ntk_kappa1(PI), 0, 1e-30, "kappa_1(-1) = 0");
}

/* sin a - a cos a by its full series: for any a up to pi, in long double */
static long double
h_long(long double a)
{
	long double term = a,
				sum = 0;

	for (int i = 1; i < 40; i++)
	{
		term *= a * a / ((2.0L * i) * (2.0L * i + 1));
		sum += (i % 2 ? 2 * i : -2 * i) * term;
	}
	return sum;
}

/* the recursion of docs/MATH.md §2 on angles */
static long double
unit_long(ntk_kernel kernel, int depth, long double angle)
{
	long double theta = cosl(angle);
	long double sigma = theta;

	for (int layer = 0; layer < depth; layer++)
	{
		long double distance;

		sigma = h_long(PI_LONG - angle) / PI_LONG;
		theta = theta * (1 - angle / PI_LONG) + sigma;
		/* 1 - sigma = |u - v|^2 / 2 for unit vectors u, v at the next angle */
		distance = 2 * sinl(angle / 2) * sinl(angle / 2) - h_long(angle) / PI_LONG;
		angle = sigma < 0.9L ? acosl(sigma) : 2 * asinl(sqrtl(distance / 2));
	}
	return kernel == NTK_KERNEL_NTK ? theta : sigma;
}

static void
check_complement(void)
{
	tap_worst	worst = {0};

	for (double angle = PI; angle > 1e-20; angle *= 0.9)
	{
		long double half = sinl((long double) angle / 2);
		double		want = (double) (2 * half * half - h_long(angle) / PI_LONG);

		worst_note(&worst, ntk_kappa1_complement(angle), want, 1e-15 * want, "angle %.17g", angle);
	}
	worst_ok(&worst, "1 - kappa_1 is exact near 0");
}

static void
check_unit(void)
{
	for (int kernel = 0; kernel < 2; kernel++)
		for (int d = 0; d < LENGTH(depths); d++)
		{
			tap_worst	worst = {0};
			int			depth = depths[d];
			double		top = kernel == NTK_KERNEL_NTK ? depth + 1 : 1;
			double		rounding = (1e-15 + depth * 1e-16) * top;

			for (int i = 0; i <= 2000; i++)
			{
				double		angle = fmin(PI * i / 2000, PI);

				worst_note(&worst, ntk_kernel_unit(kernel, depth, angle),
						   (double) unit_long(kernel, depth, angle), rounding,
						   "angle %.17g", angle);
			}
			for (double small = 1; small > 1e-20; small *= 0.7)
			{
				worst_note(&worst, ntk_kernel_unit(kernel, depth, small),
						   (double) unit_long(kernel, depth, small), rounding,
						   "angle %.17g", small);
				worst_note(&worst, ntk_kernel_unit(kernel, depth, PI - small),
						   (double) unit_long(kernel, depth, PI - small), rounding,
						   "angle pi - %.17g", small);
			}
			worst_ok(&worst, "%s of unit vectors, depth %d, equals long double",
					 kernel_name[kernel], depth);
		}
	check_complement();
	near(ntk_kernel_unit(NTK_KERNEL_NTK, 1, PI / 2), 1 / PI, 1e-16,
		 "orthogonal vectors, depth 1: 1/pi");
}

/* unit vectors in the plane at an angle that doubles represent: closed forms */
static void
check_nearly_parallel(void)
{
	tap_worst	equal[2] = {{0}},
				opposite[2] = {{0}};

	for (double a = 0.1; a > 1e-15; a *= 0.3)
	{
		long double angle = a;
		double		x[2] = {3, 0};
		double		y[2] = {(double) (7 * cosl(angle)), (double) (7 * sinl(angle))};
		double		minus[2] = {-y[0], y[1]};
		double		want[2];

		/* Theta_1 = 2 cos a (1 - a/pi) + (sin a)/pi, s_1 = (1 - a/pi) cos a + (sin a)/pi */
		want[0] = (double) (42 * cosl(angle) * (1 - angle / PI_LONG) +
							21 * sinl(angle) / PI_LONG);
		want[1] = (double) (21 * cosl(angle) * (1 - angle / PI_LONG) +
							21 * sinl(angle) / PI_LONG);
		for (int kernel = 0; kernel < 2; kernel++)
			worst_note(&equal[kernel], exact(kernel, 1, x, y, 2), want[kernel],
					   4e-16 * want[kernel], "angle %g", a);

		/* at pi - a: Theta_1 = (sin a - 2 a cos a)/pi, s_1 = (sin a - a cos a)/pi */
		want[0] = (double) (21 * (sinl(angle) - 2 * angle * cosl(angle)) / PI_LONG);
		want[1] = (double) (21 * h_long(angle) / PI_LONG);
		worst_note(&opposite[0], exact(NTK_KERNEL_NTK, 1, x, minus, 2), want[0],
				   21 * 5e-16, "angle pi - %g", a);
		/* an error of 1e-15 in the angle times the slope a^2/pi */
		worst_note(&opposite[1], exact(NTK_KERNEL_NNGP, 1, x, minus, 2), want[1],
				   21e-15 * (a * a + a * 1e-15 + 1e-30) + 1e-14 * want[1], "angle pi - %g", a);
	}
	for (int kernel = 0; kernel < 2; kernel++)
	{
		worst_ok(&equal[kernel], "%s of nearly equal vectors", kernel_name[kernel]);
		worst_ok(&opposite[kernel], "%s of nearly opposite vectors", kernel_name[kernel]);
	}
}

/* K(x, x) = (L + 1) |x|^2 and |x|^2; exact up to the rounding of |x|^2 */
static void
check_equal_inputs(void)
{
	static const int dims[] = {1, 2, 5, 64, 1000};
	static const double scales[] = {1, 1e-150, 1e150, 3.7e-77};
	static double x[MAX_DIM],
				y[MAX_DIM];

	for (int kernel = 0; kernel < 2; kernel++)
		for (int d = 0; d < LENGTH(depths); d++)
		{
			tap_worst	worst = {0};
			int			depth = depths[d];
			double		top = kernel == NTK_KERNEL_NTK ? depth + 1 : 1;

			for (int i = 0; i < LENGTH(dims) * LENGTH(scales); i++)
			{
				int			n = dims[i % LENGTH(dims)];
				double		scale = scales[i / LENGTH(dims)];
				long double square = 0;
				ntk_rng		rng;

				ntk_rng_init(&rng, 11, i);
				for (int k = 0; k < n; k++)
				{
					x[k] = scale * ntk_rng_gaussian(&rng);
					y[k] = -x[k];
					square += (long double) x[k] * x[k];
				}
				worst_note(&worst, exact(kernel, depth, x, x, n), (double) (top * square),
						   (n + 4) * 1.2e-16 * (double) (top * square), "n = %d, scale %g", n,
						   scale);
				if (depth == 1)
					worst_note(&worst, exact(kernel, depth, x, y, n), 0,
							   1e-16 * (double) square, "opposite, n = %d, scale %g", n, scale);
			}
			worst_ok(&worst, "%s, depth %d: K(x,x) = %g |x|^2", kernel_name[kernel], depth, top);
		}
}

static void
check_range(void)
{
	double		tiny[3] = {1e-200, -2e-200, 2e-200};
	double		huge[3] = {1e200, -2e200, 2e200};
	double		one[3] = {1, -2, 2};
	double		largest[2] = {1.7e308, 1.7e308};
	double		smallest[2] = {4.9406564584124654e-324, 0};
	double		result;

	ok(ntk_kernel_exact(NTK_KERNEL_NTK, 2, huge, huge, 3, &result) == NTK_OVERFLOW,
	   "1e200 squared is reported as an overflow");
	ok(ntk_kernel_exact(NTK_KERNEL_NNGP, 2, largest, largest, 2, &result) == NTK_OVERFLOW,
	   "so is the largest number");
	ok(ntk_kernel_exact(NTK_KERNEL_NTK, 2, tiny, tiny, 3, &result) == NTK_OK && result == 0,
	   "1e-200 squared is 0");
	near(exact(NTK_KERNEL_NTK, 2, tiny, huge, 3), 27, 1e-14,
		 "nothing overflows or vanishes on the way: 1e-200 by 1e200");
	near(exact(NTK_KERNEL_NTK, 2, huge, one, 3) / 1e200, 27, 1e-14, "1e200 by 1");
	near(exact(NTK_KERNEL_NTK, 2, tiny, one, 3) / 1e-200, 27, 1e-14, "1e-200 by 1");
	/* cosine 1/sqrt 2: s_1 = ( 1/sqrt 2 + 3 pi / (4 sqrt 2) ) / pi, times sqrt 2 from |x| */
	near(exact(NTK_KERNEL_NNGP, 1, largest, smallest, 2),
		 (double) (1.7e308L * 4.9406564584124654e-324L * (1 / PI_LONG + 0.75L)), 1e-30,
		 "the largest number by the smallest");
}

static void
check_zeros(void)
{
	double		zero[4] = {0, -0.0, 0, 0};
	double		x[4] = {1, 2, 3, 4};
	int			good = 1;

	for (int kernel = 0; kernel < 2; kernel++)
		for (int d = 0; d < LENGTH(depths); d++)
		{
			good &= exact(kernel, depths[d], zero, x, 4) == 0;
			good &= exact(kernel, depths[d], x, zero, 4) == 0;
			good &= exact(kernel, depths[d], zero, zero, 4) == 0;
		}
	ok(good, "K(x, 0) = 0");
}

/* K(x,y) = K(y,x) to the bit, K(cx, y) = c K(x,y), more zeros change nothing */
static void
check_symmetry(void)
{
	static double x[MAX_DIM],
				y[MAX_DIM],
				scaled[MAX_DIM];
	int			symmetric = 1,
				padded = 1;
	tap_worst	homogeneous = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 17, 0);
	for (int trial = 0; trial < 200; trial++)
	{
		int			n = 1 + trial % 20;
		int			depth = depths[trial % LENGTH(depths)];
		ntk_kernel	kernel = trial / 2 % 2;
		double		c = exp(3 * ntk_rng_gaussian(&rng));
		double		size;

		memset(x, 0, sizeof(x));
		memset(y, 0, sizeof(y));
		fill_gaussian(&rng, x, n);
		fill_gaussian(&rng, y, n);
		for (int i = 0; i < n; i++)
			scaled[i] = c * x[i];
		size = sqrt(dot(x, x, n) * dot(y, y, n)) * (depth + 1);
		symmetric &= exact(kernel, depth, x, y, n) == exact(kernel, depth, y, x, n);
		padded &= exact(kernel, depth, x, y, n) == exact(kernel, depth, x, y, n + 5);
		worst_note(&homogeneous, exact(kernel, depth, scaled, y, n),
				   c * exact(kernel, depth, x, y, n), 2e-15 * c * size, "trial %d", trial);
	}
	ok(symmetric, "K(x, y) = K(y, x) to the bit");
	ok(padded, "zeros appended to both vectors change nothing");
	worst_ok(&homogeneous, "K(c x, y) = c K(x, y)");
}

int
main(void)
{
	check_oracle();
	check_series();
	check_unit();
	check_nearly_parallel();
	check_equal_inputs();
	check_range();
	check_zeros();
	check_symmetry();
	return done_testing();
}
