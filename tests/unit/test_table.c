/*
 * test_table.c
 *		The tabulated function: against the error bound of its header, and for the
 *		zonal functions against the series evaluated in double.
 */
#include "core/base/table.h"

#include "core/maps/zonal.h"
#include "fixture.h"
#include "tap.h"

#define POINTS 20001

static double
exponential(double t, const void *context)
{
	return exp(*(const double *) context * t);
}

static double
cubic(double t, const void *context)
{
	(void) context;
	return 1 + t * (-2 + t * (0.5 + 3 * t));
}

/* |error| <= (1/n)^4 / 192 max|f''''| and the rounding of single precision */
static void
check_bound(int intervals)
{
	double		rate = 3;
	float	   *memory = guarded(sizeof(float) * NTK_TABLE_FLOATS(intervals));
	float	   *x = floats(POINTS);
	float	   *out = floats(POINTS);
	double		bound = pow(rate / intervals, 4) / 192 * exp(rate) + 4e-7 * exp(rate);
	tap_worst	worst = {0},
				exact = {0};
	ntk_table	table;

	for (int i = 0; i < POINTS; i++)
		x[i] = (float) (2.0 * i / (POINTS - 1) - 1);
	ntk_table_init(&table, intervals, exponential, &rate, memory, NULL);
	ntk_table_apply(&table, x, POINTS, 1, 1, out);
	for (int i = 0; i < POINTS; i++)
		worst_note(&worst, out[i], exp(rate * x[i]), bound, "t = %.9g", x[i]);
	worst_ok(&worst, "exp(3t) on %d intervals is within the bound", intervals);

	ntk_table_init(&table, intervals, cubic, NULL, memory, NULL);
	ntk_table_apply(&table, x, POINTS, 1, 1, out);
	for (int i = 0; i < POINTS; i++)
		worst_note(&exact, out[i], cubic(x[i], NULL), 3e-6, "t = %.9g", x[i]);
	worst_ok(&exact, "a cubic on %d intervals is exact", intervals);
	ok(guards_intact(memory, sizeof(float) * NTK_TABLE_FLOATS(intervals)),
	   "%d intervals fit their memory", intervals);
	guarded_free(memory);
	free(x);
	free(out);
}

/* f of the header of zonal.h, by the recurrence of docs/MATH.md §3.3 */
static double
zonal_function(const ntk_zonal_series *series, double t)
{
	static const int sign[] = {1, 1, -1, -1};
	long double before = 0,
				p = 1,
				sum = 0;
	int			d = series->dim;

	for (int l = 0; l <= series->degree; l++)
	{
		long double next = l == 0 ? (long double) t :
			((2.0L * l + d - 2) * t * p - l * before) / (l + d - 2.0L);

		sum += sign[l % 4] * sqrtl((long double) series->mass[l] * series->harmonics[l]) * p;
		before = p;
		p = next;
	}
	return (double) sum;
}

/* the table that the map `zonal` makes */
static void
check_zonal(ntk_kernel kernel, int depth, int dim, int degree)
{
	size_t		size = sizeof(float) * ntk_zonal_floats(dim, 1, degree);
	float	   *memory = guarded(size);
	float	   *x = floats(POINTS);
	float	   *out = floats(POINTS);
	double		deviation = 1 / sqrt((double) dim);
	double		mass = 0,
				largest = 0;
	tap_worst	everywhere = {0},
				typical = {0};
	ntk_zonal_series series;
	ntk_zonal	zonal;
	ntk_rng		rng;

	ntk_zonal_series_init(&series, kernel, depth, dim, degree);
	ntk_zonal_init(&zonal, &series, 1, 1, memory, NULL);
	for (int l = 0; l <= degree; l++)
		mass += series.mass[l];

	ntk_rng_init(&rng, 3, 1);
	for (int i = 0; i < POINTS; i++)
		x[i] = (float) (2 * ntk_rng_uniform(&rng) - 1);
	x[0] = -1;
	x[1] = 1;
	x[2] = -1.0000002f;
	x[3] = 1.0000002f;
	x[4] = 0;
	x[5] = -40;
	x[6] = 40;
	x[7] = nextafterf(1, 0);
	x[8] = nextafterf(-1, 0);
	ntk_table_apply(&zonal.function, x, POINTS, 1, 1, out);
	for (int i = 0; i < POINTS; i++)
		largest = fmax(largest, fabs(zonal_function(&series, fmax(-1, fmin(1, x[i])))));
	for (int i = 0; i < POINTS; i++)
		worst_note(&everywhere, out[i],
				   zonal_function(&series, fmax(-1, fmin(1, x[i]))), 1e-6 * largest,
				   "t = %.9g", x[i]);
	worst_ok(&everywhere, "kernel %d, depth %d, dim %d, degree %d: 1e-6 of the range", kernel,
			 depth, dim, degree);

	/*
	 * In many dimensions the range is reached at |t| = 1 only, where no cosine ever
	 * is. What counts is the error at t of a few deviations 1/sqrt(dim), where f is
	 * of the size of its root mean square, sqrt(sum of the masses).
	 */
	for (int i = 0; i < POINTS; i++)
		x[i] = (float) (fmin(1, 3 * deviation) * (2 * ntk_rng_uniform(&rng) - 1));
	ntk_table_apply(&zonal.function, x, POINTS, 1, 1, out);
	for (int i = 0; i < POINTS; i++)
	{
		double		want = zonal_function(&series, x[i]);

		worst_note(&typical, out[i], want, 1e-4 * (sqrt(mass) + fabs(want)), "t = %.9g", x[i]);
	}
	worst_ok(&typical, "kernel %d, depth %d, dim %d, degree %d: 1e-4 at typical cosines",
			 kernel, depth, dim, degree);
	ok(guards_intact(memory, size), "it fits its memory");
	guarded_free(memory);
	free(x);
	free(out);
}

/* out[i] = scale f(unit x[i]), for every length, in place, and no element more */
static void
check_arguments(void)
{
	enum
	{
		N = 37
	};
	float		memory[NTK_TABLE_FLOATS(128)];
	float		x[N];
	float		whole[N];
	double		rate = 1.5;
	tap_worst	worst = {0};
	int			same = 1,
				inside = 1;
	ntk_table	table;

	for (int i = 0; i < N; i++)
		x[i] = (float) (i - N / 2) * 0.7f;
	ntk_table_init(&table, 128, exponential, &rate, memory, NULL);
	ntk_table_apply(&table, x, N, 0.1f, -2.5f, whole);
	for (int i = 0; i < N; i++)
		worst_note(&worst, whole[i], -2.5 * exp(rate * fmax(-1, fmin(1, 0.1f * x[i]))), 1e-5,
				   "x = %g", x[i]);
	worst_ok(&worst, "scale and unit");

	for (int n = 0; n <= N; n++)
	{
		float	   *out = guarded(sizeof(float) * n);

		ntk_table_apply(&table, x, n, 0.1f, -2.5f, out);
		same &= memcmp(out, whole, sizeof(float) * n) == 0;
		memcpy(out, x, sizeof(float) * n);
		ntk_table_apply(&table, out, n, 0.1f, -2.5f, out);
		same &= memcmp(out, whole, sizeof(float) * n) == 0;
		inside &= guards_intact(out, sizeof(float) * n);
		guarded_free(out);
	}
	ok(same, "lengths 0 to %d, in place or not, give the same", N);
	ok(inside, "nothing is written behind the last element");

	x[0] = INFINITY;
	x[1] = -INFINITY;
	ntk_table_apply(&table, x, 2, 1, 1, whole);
	near(whole[0], exp(rate), 1e-5, "infinity is clamped to 1");
	near(whole[1], exp(-rate), 1e-5, "minus infinity is clamped to -1");
}

int
main(void)
{
	static const int dims[] = {3, 10, 64, 1024};
	static const int degrees[] = {2, 6, 12, 40, 64};

	check_bound(16);
	check_bound(100);
	check_bound(4096);
	for (int i = 0; i < LENGTH(dims); i++)
		for (int j = 0; j < LENGTH(degrees); j++)
			check_zonal(j % 2, 1 + (i + j) % 3, dims[i], degrees[j]);
	check_zonal(NTK_KERNEL_NTK, 1, 65536, 6);
	check_zonal(NTK_KERNEL_NTK, 1, 1048576, 4);
	check_arguments();
	return done_testing();
}
