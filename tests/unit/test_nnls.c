/*
 * test_nnls.c
 *		Non-negative least squares against the conditions of optimality and against all
 *		supports.
 */
#include "core/linalg/nnls.h"

#include "fixture.h"
#include "tap.h"

#define MAX_ROWS 40

/* |A x - b|^2 */
static double
squared_error(const double *a, const double *b, int rows, int unknowns, const double *x)
{
	double		sum = 0;

	for (int i = 0; i < rows; i++)
	{
		double		residual = -b[i];

		for (int j = 0; j < unknowns; j++)
			residual += a[j * rows + i] * x[j];
		sum += residual * residual;
	}
	return sum;
}

/* the least squares over one support, by Gauss on the normal equations; 0 if singular */
static int
solve_support(const double *a, const double *b, int rows, int unknowns, int support, double *x)
{
	double		g[8][9];
	int			member[8];
	int			n = 0;

	for (int j = 0; j < unknowns; j++)
	{
		x[j] = 0;
		if (support >> j & 1)
			member[n++] = j;
	}
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
			g[i][j] = dot(a + member[i] * rows, a + member[j] * rows, rows);
		g[i][n] = dot(a + member[i] * rows, b, rows);
	}
	for (int k = 0; k < n; k++)
	{
		if (g[k][k] < 1e-9)
			return 0;
		for (int i = k + 1; i < n; i++)
			for (int j = n; j >= k; j--)
				g[i][j] -= g[i][k] / g[k][k] * g[k][j];
	}
	for (int k = n - 1; k >= 0; k--)
	{
		double		sum = g[k][n];

		for (int j = k + 1; j < n; j++)
			sum -= g[k][j] * x[member[j]];
		x[member[k]] = sum / g[k][k];
	}
	return 1;
}

static double
best_of_all_supports(const double *a, const double *b, int rows, int unknowns)
{
	double		best = dot(b, b, rows);

	for (int support = 1; support < 1 << unknowns; support++)
	{
		double		x[8];
		int			feasible = solve_support(a, b, rows, unknowns, support, x);

		for (int j = 0; j < unknowns; j++)
			feasible &= x[j] >= 0;
		if (feasible)
			best = fmin(best, squared_error(a, b, rows, unknowns, x));
	}
	return best;
}

/* the solver overwrites its arguments: work on copies, between guards */
static int
run(const double *a, const double *b, int rows, int unknowns, double *x)
{
	size_t		size_a = sizeof(double) * rows * unknowns;
	size_t		size_b = sizeof(double) * rows;
	size_t		size_x = sizeof(double) * unknowns;
	double	   *copy_a = guarded(size_a);
	double	   *copy_b = guarded(size_b);
	double	   *result = guarded(size_x);
	int			converged;

	memcpy(copy_a, a, size_a);
	memcpy(copy_b, b, size_b);
	converged = ntk_nnls(copy_a, copy_b, rows, unknowns, result);
	if (!guards_intact(copy_a, size_a) || !guards_intact(copy_b, size_b) ||
		!guards_intact(result, size_x))
		bail_out("written outside the arguments");
	memcpy(x, result, size_x);
	guarded_free(copy_a);
	guarded_free(copy_b);
	guarded_free(result);
	return converged;
}

/* x >= 0, A'(b - A x) <= 0, and = 0 where x > 0; relative to the sizes of column and b */
static void
note_conditions(tap_worst *worst, const double *a, const double *b, int rows, int unknowns,
				const double *x)
{
	double		residual[MAX_ROWS];

	for (int i = 0; i < rows; i++)
	{
		residual[i] = b[i];
		for (int j = 0; j < unknowns; j++)
			residual[i] -= a[j * rows + i] * x[j];
	}
	for (int j = 0; j < unknowns; j++)
	{
		const double *column = a + j * rows;
		double		size = sqrt(dot(column, column, rows) * dot(b, b, rows)) + 1e-300;
		double		slope = dot(column, residual, rows) / size;

		worst_note(worst, x[j] >= 0, 1, 1e-9, "sign of unknown %d of %d", j, unknowns);
		worst_note(worst, x[j] > 0 ? slope : fmax(0, slope), 0, 1e-11,
				   "gradient of unknown %d of %d, %d rows", j, unknowns, rows);
	}
}

/* spread: standard deviations of the columns between 10^-spread and 1 */
static void
random_problem(ntk_rng *rng, double *a, double *b, int rows, int unknowns, double spread)
{
	double		shift = 2 * ntk_rng_uniform(rng) - 1;

	fill_gaussian(rng, a, (size_t) rows * unknowns);
	fill_gaussian(rng, b, rows);
	for (int j = 0; j < unknowns; j++)
	{
		double		size = pow(10, -spread * ntk_rng_uniform(rng));

		for (int i = 0; i < rows; i++)
			a[j * rows + i] = (a[j * rows + i] + shift) * size;
	}
}

static void
check_random(void)
{
	double		a[MAX_ROWS * NTK_NNLS_MAX];
	double		b[MAX_ROWS];
	double		x[NTK_NNLS_MAX];
	tap_worst	conditions = {0},
				optimum = {0};
	int			converged = 1;
	int			zeros = 0,
				positive = 0;
	ntk_rng		rng;

	ntk_rng_init(&rng, 1, 0);
	for (int problem = 0; problem < 5000; problem++)
	{
		int			unknowns = 1 + (int) (ntk_rng_next(&rng) % NTK_NNLS_MAX);
		int			rows = 1 + (int) (ntk_rng_next(&rng) % MAX_ROWS);

		random_problem(&rng, a, b, rows, unknowns, problem % 3 == 0 ? 6 : 0);
		converged &= run(a, b, rows, unknowns, x);
		note_conditions(&conditions, a, b, rows, unknowns, x);
		for (int j = 0; j < unknowns; j++)
		{
			zeros += x[j] == 0;
			positive += x[j] > 0;
		}
	}
	ok(converged, "5000 random problems of up to %d unknowns are solved", NTK_NNLS_MAX);
	worst_ok(&conditions, "and fulfil the conditions of optimality");
	ok(zeros > 5000 && positive > 5000, "%d unknowns are 0, %d are not", zeros, positive);

	for (int problem = 0; problem < 1000; problem++)
	{
		int			unknowns = 1 + (int) (ntk_rng_next(&rng) % 6);
		int			rows = unknowns + (int) (ntk_rng_next(&rng) % 10);
		double		error;

		random_problem(&rng, a, b, rows, unknowns, 0);
		run(a, b, rows, unknowns, x);
		error = squared_error(a, b, rows, unknowns, x);
		worst_note(&optimum, error, best_of_all_supports(a, b, rows, unknowns),
				   1e-9 * dot(b, b, rows), "problem %d", problem);
	}
	worst_ok(&optimum, "no support of 1000 smaller problems gives a smaller error");
}

/* the order in which unknowns enter is not the one they end in: some must leave again */
static void
check_known(void)
{
	static const double wide[] = {1, 1, 1, 0, 0, 1};	/* columns (1,1), (1,0), (0,1) */
	static const double target[] = {2, 1};
	static const double identity[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
	static const double mixed[] = {3, -2, 0};
	double		x[3];

	ok(run(identity, mixed, 3, 3, x) && is_near(x[0], 3, 1e-15) && x[1] == 0 && x[2] == 0,
	   "an identity keeps the positive part");
	ok(run(wide, target, 2, 3, x) &&
	   squared_error(wide, target, 2, 3, x) < 1e-28,
	   "more unknowns than rows: an exact solution is found");
}

static void
check_degenerate(void)
{
	double		a[MAX_ROWS * NTK_NNLS_MAX];
	double		b[MAX_ROWS];
	double		x[NTK_NNLS_MAX];
	tap_worst	worst = {0};
	int			converged = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 2, 0);
	for (int problem = 0; problem < 500; problem++)
	{
		int			unknowns = 4 + problem % 12;
		int			rows = 20;

		random_problem(&rng, a, b, rows, unknowns, 0);
		/* one column twice, one a sum of two, one zero */
		memcpy(a + rows, a, sizeof(double) * rows);
		for (int i = 0; i < rows; i++)
		{
			a[2 * rows + i] = a[i] + a[3 * rows + i];
			if (unknowns > 6)
				a[6 * rows + i] = 0;
		}
		converged &= run(a, b, rows, unknowns, x);
		note_conditions(&worst, a, b, rows, unknowns, x);
	}
	ok(converged, "dependent and zero columns are solved");
	worst_ok(&worst, "and fulfil the conditions of optimality");

	memset(b, 0, sizeof(b));
	ok(run(a, b, 20, 8, x) && dot(x, x, 8) == 0, "b = 0 gives x = 0");
}

/* powers of cosines up to the largest degree: the problem it is here for, exact solution */
static void
check_polynomial(void)
{
	enum
	{
		ROWS = MAX_ROWS, DEGREES = 9
	};
	static const double want[DEGREES] = {0.3, 1, 0.25, 0, 0.125, 0, 0.0625, 0, 0.5};
	double		a[ROWS * DEGREES];
	double		b[ROWS] = {0};
	double		x[DEGREES];
	tap_worst	worst = {0};

	for (int i = 0; i < ROWS; i++)
		for (int l = 0; l < DEGREES; l++)
		{
			a[l * ROWS + i] = pow(cos(PI * i / (ROWS - 1)), l);
			b[i] += want[l] * a[l * ROWS + i];
		}
	ok(run(a, b, ROWS, DEGREES, x), "powers up to 8");
	for (int l = 0; l < DEGREES; l++)
		worst_note(&worst, x[l], want[l], 1e-11, "degree %d", l);
	worst_ok(&worst, "a polynomial's own coefficients are found");
}

int
main(void)
{
	check_known();
	check_random();
	check_degenerate();
	check_polynomial();
	return done_testing();
}
