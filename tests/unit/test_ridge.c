/*
 * test_ridge.c
 *		Ridge regression: against solutions by orthogonal factorization, the conditions
 *		of optimality for larger problems, and degenerate data.
 */
#include "core/regression/ridge.h"

#include "fixture.h"
#include "oracle.h"
#include "tap.h"

#define ORACLE_CASES 11
#define MAX_NUMBERS 4096

typedef struct problem
{
	int			n,
				width,
				targets;
	double	   *z;				/* [n][width] */
	double	   *y;				/* [n][targets] */
	double	   *w;				/* [n] */
} problem;

/* a fit and all the memory that it took */
typedef struct solution
{
	ntk_status	status;
	ntk_ridge	fit;
	double	   *gram;
	double	   *factor;
	int			intact;			/* guards, and the statistic itself */
} solution;

static problem
make_problem(int n, int width, int targets)
{
	problem		p = {.n = n,.width = width,.targets = targets};

	p.z = doubles((size_t) n * width);
	p.y = doubles((size_t) n * targets);
	p.w = doubles(n);
	return p;
}

static problem
random_problem(int n, int width, int targets, uint64_t seed)
{
	problem		p = make_problem(n, width, targets);
	ntk_rng		rng;

	ntk_rng_init(&rng, seed, width);
	fill_gaussian(&rng, p.z, (size_t) n * width);
	fill_gaussian(&rng, p.y, (size_t) n * targets);
	for (int i = 0; i < n; i++)
	{
		p.w[i] = 0.1 + ntk_rng_uniform(&rng);
		for (int c = 0; c < targets; c++)
			p.y[i * targets + c] += 3 + c + p.z[(size_t) i * width + c % width];
	}
	return p;
}

static void
free_problem(problem *p)
{
	free(p->z);
	free(p->y);
	free(p->w);
}

static solution
solve(const problem *p, double lambda)
{
	size_t		size = ntk_gram_doubles(p->width, p->targets);
	size_t		weight_bytes = (size_t) p->width * p->targets * sizeof(double);
	size_t		target_bytes = p->targets * sizeof(double);
	size_t		factor_bytes = ntk_rfp_size(p->width) * sizeof(double);
	double	   *features = doubles((size_t) p->n * p->width);
	double	   *augmented = doubles((size_t) p->n * (p->targets + 1));
	double	   *kept = doubles(size);
	solution	s = {.gram = doubles(size),.factor = guarded(factor_bytes)};
	ntk_gram	gram = ntk_gram_view(s.gram, p->width, p->targets);

	for (int i = 0; i < p->n; i++)
	{
		double		root = sqrt(p->w[i]);

		for (int j = 0; j < p->width; j++)
			features[(size_t) i * p->width + j] = root * p->z[(size_t) i * p->width + j];
		augmented[i * (p->targets + 1)] = root;
		for (int c = 0; c < p->targets; c++)
			augmented[i * (p->targets + 1) + c + 1] = root * p->y[i * p->targets + c];
	}
	if (ntk_gram_update(&gram, p->n, features, augmented, p->w, NULL) != NTK_OK)
		bail_out("the statistic is not finite");
	memcpy(kept, s.gram, size * sizeof(double));
	s.fit.weights = guarded(weight_bytes);
	s.fit.intercept = guarded(target_bytes);
	s.fit.train_mse = guarded(target_bytes);
	s.status = ntk_ridge_fit(&gram, lambda, s.factor, &s.fit, count_pause);
	s.intact = memcmp(kept, s.gram, size * sizeof(double)) == 0 &&
		guards_intact(s.factor, factor_bytes) && guards_intact(s.fit.weights, weight_bytes) &&
		guards_intact(s.fit.intercept, target_bytes) &&
		guards_intact(s.fit.train_mse, target_bytes);
	free(features);
	free(augmented);
	free(kept);
	return s;
}

static void
free_solution(solution *s)
{
	free(s->gram);
	guarded_free(s->factor);
	guarded_free(s->fit.weights);
	guarded_free(s->fit.intercept);
	guarded_free(s->fit.train_mse);
}

static void
check_oracle(void)
{
	static double want[MAX_NUMBERS];
	char	   *text = oracle_read("ridge.json");
	const char *cursor = text;
	oracle_object object;
	int			cases = 0;

	while (oracle_next(&cursor, &object))
	{
		int			k = (int) oracle_number(&object, "k");
		problem		p = make_problem((int) oracle_number(&object, "n"),
									 (int) oracle_number(&object, "p"), k);
		double		lambda = oracle_number(&object, "lambda");
		tap_worst	weights = {0},
					targets = {0};
		solution	s;
		int			count;
		double		largest = 0;

		cases++;
		if (oracle_numbers(&object, "z", p.z, p.n * p.width) != p.n * p.width ||
			oracle_numbers(&object, "y", p.y, p.n * k) != p.n * k ||
			oracle_numbers(&object, "w", p.w, p.n) != p.n)
			bail_out("case %d is incomplete", cases);
		s = solve(&p, lambda);
		ok(s.status == NTK_OK && s.intact, "case %d is solved, inside its memory", cases);

		near(s.fit.ridge, oracle_number(&object, "ridge"),
			 1e-11 * oracle_number(&object, "ridge"), "case %d: lambda tr(G_c) / p", cases);
		count = oracle_numbers(&object, "weights", want, MAX_NUMBERS);
		for (int i = 0; i < count; i++)
			largest = fmax(largest, fabs(want[i]));
		for (int i = 0; i < count; i++)
			worst_note(&weights, s.fit.weights[i], want[i], 1e-9 * largest, "weight %d", i);
		worst_ok(&weights, "case %d: weights", cases);
		ok(count == p.width * k, "case %d: all of them", cases);
		if (oracle_numbers(&object, "intercept", want, MAX_NUMBERS) != k)
			bail_out("case %d: intercepts are missing", cases);
		for (int c = 0; c < k; c++)
			worst_note(&targets, s.fit.intercept[c], want[c], 1e-9 * (1 + 30 * largest),
					   "intercept %d", c);
		if (oracle_numbers(&object, "mse", want, MAX_NUMBERS) != k)
			bail_out("case %d: errors are missing", cases);
		for (int c = 0; c < k; c++)
			worst_note(&targets, s.fit.train_mse[c], want[c], 1e-10 * (1 + want[c]),
					   "mean squared error %d", c);
		worst_ok(&targets, "case %d: intercepts and errors", cases);
		free_solution(&s);
		free_problem(&p);
	}
	ok(cases == ORACLE_CASES && oracle_count(text, "\"name\":") == cases,
	   "all %d cases of ridge.json were read", ORACLE_CASES);
	free(text);
}

/*
 * At the minimum the derivatives vanish: with residuals e = Y - b - W^T z,
 * sum w e = 0 and sum w e z = r W.
 */
static void
check_optimal(int n, int width, int targets, double lambda)
{
	problem		p = random_problem(n, width, targets, 71);
	solution	s;
	tap_worst	slope = {0},
				error = {0};
	double		total = 0;

	pause_calls = 0;
	s = solve(&p, lambda);
	ok(s.status == NTK_OK && s.intact && pause_calls > 0,
	   "width %d, lambda %g: solved, with pauses", width, lambda);
	for (int i = 0; i < n; i++)
		total += p.w[i];
	for (int c = 0; c < targets; c++)
	{
		const double *w = s.fit.weights + (size_t) c * width;
		double	   *gradient = doubles(width);
		double		balance = 0,
					squares = 0;

		for (int i = 0; i < n; i++)
		{
			const double *z = p.z + (size_t) i * width;
			double		e = p.y[i * targets + c] -
				ntk_ridge_predict(s.fit.intercept[c], w, z, width);

			balance += p.w[i] * e;
			squares += p.w[i] * e * e;
			for (int j = 0; j < width; j++)
				gradient[j] += p.w[i] * e * z[j];
		}
		worst_note(&slope, balance, 0, 1e-9 * total, "target %d, intercept", c);
		for (int j = 0; j < width; j++)
			worst_note(&slope, gradient[j], s.fit.ridge * w[j], 1e-9 * total,
					   "target %d, weight %d", c, j);
		worst_note(&error, s.fit.train_mse[c], squares / total, 1e-10 * (1 + squares / total),
				   "target %d", c);
		free(gradient);
	}
	worst_ok(&slope, "width %d, lambda %g: the derivatives vanish", width, lambda);
	worst_ok(&error, "width %d, lambda %g: mean squared error of the residuals", width, lambda);
	free_solution(&s);
	free_problem(&p);
}

/* the error on other rows, from their statistic and row by row */
static void
check_mse(int n, int width, int targets, double offset)
{
	problem		p = random_problem(n, width, targets, 90);
	problem		other = random_problem(n / 2, width, targets, 91);
	solution	s = solve(&p, 1e-3);
	solution	t;
	double	   *mse = guarded(targets * sizeof(double));
	double	   *work = guarded((size_t) targets * width * sizeof(double));
	ntk_gram	gram;
	tap_worst	error = {0};
	double		total = 0;
	int			finite;

	for (int i = 0; i < other.n * width; i++)
		other.z[i] += offset;
	t = solve(&other, 1);
	gram = ntk_gram_view(t.gram, width, targets);
	pause_calls = 0;
	finite = ntk_ridge_mse(&gram, &s.fit, mse, work, count_pause) == NTK_OK;
	for (int i = 0; i < other.n; i++)
		total += other.w[i];
	for (int c = 0; c < targets; c++)
	{
		double		squares = 0;

		for (int i = 0; i < other.n; i++)
		{
			double		e = other.y[i * targets + c] -
				ntk_ridge_predict(s.fit.intercept[c], s.fit.weights + (size_t) c * width,
								  other.z + (size_t) i * width, width);

			squares += other.w[i] * e * e;
		}
		worst_note(&error, mse[c], squares / total, 1e-10 * (1 + squares / total), "target %d",
				   c);
	}
	worst_ok(&error, "width %d, %d targets, offset %g: mean squared error from the statistic",
			 width, targets, offset);
	ok(finite && pause_calls > 0 && guards_intact(mse, targets * sizeof(double)) &&
	   guards_intact(work, (size_t) targets * width * sizeof(double)),
	   "width %d: with pauses, inside its memory", width);
	s.fit.weights[0] = 1.7e308;	/* terms of both signs, whose sum is a NaN */
	ok(ntk_ridge_mse(&gram, &s.fit, mse, work, NULL) == NTK_OVERFLOW,
	   "width %d: an error that is not finite is reported", width);
	guarded_free(mse);
	guarded_free(work);
	free_solution(&s);
	free_solution(&t);
	free_problem(&p);
	free_problem(&other);
}

/* without a penalty, features that depend on one another have no unique solution */
static void
check_singular(void)
{
	static const double constants[] = {0, 1, 0.1, 1000.1, 1e6 + 0.1, -1e6 / 3};
	problem		p = random_problem(50, 6, 1, 72);
	solution	s;

	for (int i = 0; i < p.n; i++)
		p.z[i * 6 + 4] = p.z[i * 6 + 1];
	s = solve(&p, 0);
	ok(s.status == NTK_NOT_POSITIVE, "lambda 0: a feature that occurs twice");
	free_solution(&s);
	s = solve(&p, 1e-6);
	ok(s.status == NTK_OK && fabs(s.fit.weights[1] - s.fit.weights[4]) < 1e-6,
	   "a penalty shares its weight");
	free_solution(&s);

	for (int i = 0; i < p.n; i++)
		p.z[i * 6 + 4] = p.z[i * 6] - 2 * p.z[i * 6 + 1] + 3;
	s = solve(&p, 0);
	ok(s.status == NTK_NOT_POSITIVE, "lambda 0: a feature that is a combination of others");
	free_solution(&s);
	free_problem(&p);

	p = random_problem(6, 6, 1, 73);
	s = solve(&p, 0);
	ok(s.status == NTK_NOT_POSITIVE, "lambda 0: as many features as rows");
	free_solution(&s);
	free_problem(&p);

	for (int k = 0; k < LENGTH(constants); k++)
	{
		int			good = 1;

		for (int place = 0; place < 3; place++)
			for (int n = 10; n < 40; n++)
			{
				p = random_problem(n, 3, 1, 74 + n);
				for (int i = 0; i < n; i++)
					p.z[i * 3 + place] = constants[k];
				s = solve(&p, 0);
				good &= s.status == NTK_NOT_POSITIVE;
				free_solution(&s);
				free_problem(&p);
			}
		for (int n = 1; n < 40; n++)
		{
			p = random_problem(n, 1, 1, 74 + n);
			for (int i = 0; i < n; i++)
				p.z[i] = constants[k];
			s = solve(&p, 0);
			good &= s.status == NTK_NOT_POSITIVE;
			free_solution(&s);
			free_problem(&p);
		}
		ok(good, "lambda 0: a feature that is always %g", constants[k]);
	}
}

/* without a penalty, rescaled features give rescaled weights */
static void
check_units(void)
{
	static const double units[] = {1e-3, 1e-6, 1e-9, 1e9};

	for (int k = 0; k < LENGTH(units); k++)
	{
		problem		p = random_problem(60, 4, 1, 75);
		solution	plain = solve(&p, 0);
		solution	rescaled;

		for (int i = 0; i < p.n; i++)
			p.z[i * 4 + 2] *= units[k];
		rescaled = solve(&p, 0);
		if (ok(rescaled.status == NTK_OK, "lambda 0: one feature in units of %g is fitted",
			   units[k]))
			near(rescaled.fit.weights[2] * units[k], plain.fit.weights[2], 1e-9,
				 "lambda 0: its weight is in these units");
		free_solution(&plain);
		free_solution(&rescaled);
		free_problem(&p);
	}
}

/* features that do not vary say nothing */
static void
check_constant(void)
{
	static const double constants[] = {0, 1, 0.1, 1000.1, 1e6 + 0.1, -1e6 / 3};
	static const double lambdas[] = {1e-12, 1e-6, 1e-2};

	for (int k = 0; k < LENGTH(constants); k++)
	{
		int			good = 1;

		for (int n = 1; n < 200; n++)
		{
			problem		p = random_problem(n, 1, 1, 79 + n);
			solution	s;

			for (int i = 0; i < n; i++)
				p.z[i] = constants[k];
			s = solve(&p, 1e-3);
			good &= s.status == NTK_OK && s.fit.weights[0] == 0;
			free_solution(&s);
			free_problem(&p);
		}
		ok(good, "the only feature always %g: its weight is 0", constants[k]);
	}

	for (int k = 0; k < LENGTH(constants); k++)
	{
		int			good = 1;
		tap_worst	mean = {0},
					others = {0},
					effect = {0};

		for (int n = 1; n < 40; n++)
		{
			problem		p = random_problem(n, 3, 2, 80 + n);
			solution	s;
			double		total = 0,
						sum[2] = {0, 0},
						square[2] = {0, 0};

			for (int i = 0; i < n; i++)
			{
				total += p.w[i];
				for (int j = 0; j < 3; j++)
					p.z[i * 3 + j] = constants[(k + j) % LENGTH(constants)];
				for (int c = 0; c < 2; c++)
					sum[c] += p.w[i] * p.y[i * 2 + c];
			}
			s = solve(&p, 1e-3);
			good &= s.status == NTK_OK && s.intact;
			for (int i = 0; i < 6; i++)
				good &= s.fit.weights[i] == 0;
			for (int i = 0; i < n; i++)
				for (int c = 0; c < 2; c++)
					square[c] += p.w[i] * pow(p.y[i * 2 + c] - sum[c] / total, 2);
			for (int c = 0; c < 2; c++)
			{
				worst_note(&mean, s.fit.intercept[c], sum[c] / total, 1e-12, "%d rows", n);
				worst_note(&mean, s.fit.train_mse[c], square[c] / total, 1e-12, "%d rows", n);
			}
			free_solution(&s);
			free_problem(&p);
		}
		ok(good, "all features constant (%g and others): weights are 0", constants[k]);
		worst_ok(&mean, "and the model is the mean");

		/* one constant feature among others: they are fitted as if it were not there */
		good = 1;
		for (int l = 0; l < LENGTH(lambdas); l++)
			for (int n = 10; n < 40; n++)
			{
				problem		without = random_problem(n, 2, 1, 85 + n);
				problem		with = make_problem(n, 3, 1);
				solution	a,
							b;

				for (int i = 0; i < n; i++)
				{
					with.z[i * 3] = without.z[i * 2];
					with.z[i * 3 + 1] = constants[k];
					with.z[i * 3 + 2] = without.z[i * 2 + 1];
					with.y[i] = without.y[i];
					with.w[i] = without.w[i];
				}
				/* the same penalty, which is relative to the trace over the width */
				a = solve(&without, lambdas[l]);
				b = solve(&with, lambdas[l] * 3 / 2);
				good &= a.status == NTK_OK && b.status == NTK_OK;
				if (b.status == NTK_OK)
				{
					worst_note(&others, b.fit.weights[0], a.fit.weights[0], 1e-3,
							   "lambda %g, %d rows, first", lambdas[l], n);
					worst_note(&others, b.fit.weights[2], a.fit.weights[1], 1e-3,
							   "lambda %g, %d rows, last", lambdas[l], n);
					worst_note(&effect, b.fit.weights[1] * fabs(constants[k]), 0, 1e-3,
							   "lambda %g, %d rows", lambdas[l], n);
				}
				free_solution(&a);
				free_solution(&b);
				free_problem(&without);
				free_problem(&with);
			}
		ok(good, "one feature always %g: solved with any penalty", constants[k]);
		worst_ok(&others, "one feature always %g: the others' weights", constants[k]);
		worst_ok(&effect, "one feature always %g: its own weight is about 0", constants[k]);
	}
}

static void
check_overflow(void)
{
	problem		p = random_problem(20, 3, 1, 91);
	solution	s;

	for (int i = 0; i < 60; i++)
		p.z[i] *= 1e-150;
	for (int i = 0; i < 20; i++)
		p.y[i] *= 1e152;
	s = solve(&p, 1e-3);
	ok(s.status == NTK_OVERFLOW, "weights beyond the largest number are reported");
	free_solution(&s);

	for (int i = 0; i < 20; i++)
		p.y[i] *= 1e-202;
	s = solve(&p, 1e-3);
	ok(s.status == NTK_OK && isfinite(s.fit.weights[0]) && s.fit.weights[0] != 0,
	   "features of size 1e-150 are not, otherwise");
	free_solution(&s);
	free_problem(&p);
}

/* weights times 3: the same fit; targets are fitted one by one */
static void
check_invariance(void)
{
	problem		p = random_problem(40, 5, 3, 92);
	problem		one = make_problem(40, 5, 1);
	solution	all = solve(&p, 1e-2);
	solution	again;
	tap_worst	weights = {0},
				single = {0};

	for (int i = 0; i < p.n; i++)
		p.w[i] *= 3;
	again = solve(&p, 1e-2);
	for (int i = 0; i < 15; i++)
		worst_note(&weights, again.fit.weights[i], all.fit.weights[i], 1e-12, "weight %d", i);
	for (int c = 0; c < 3; c++)
	{
		worst_note(&weights, again.fit.intercept[c], all.fit.intercept[c], 1e-12, "target %d", c);
		worst_note(&weights, again.fit.train_mse[c], all.fit.train_mse[c], 1e-12, "target %d", c);
	}
	worst_ok(&weights, "three times the row weights, the same fit");
	free_solution(&again);

	memcpy(one.z, p.z, sizeof(double) * 40 * 5);
	memcpy(one.w, p.w, sizeof(double) * 40);
	for (int c = 0; c < 3; c++)
	{
		for (int i = 0; i < 40; i++)
			one.y[i] = p.y[i * 3 + c];
		again = solve(&one, 1e-2);
		for (int i = 0; i < 5; i++)
			worst_note(&single, again.fit.weights[i], all.fit.weights[c * 5 + i], 1e-12,
					   "target %d, weight %d", c, i);
		free_solution(&again);
	}
	worst_ok(&single, "each target as if it were the only one");
	free_solution(&all);
	free_problem(&p);
	free_problem(&one);
}

static void
check_predict(void)
{
	double		weights[40],
				z[40];
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 93, 0);
	fill_gaussian(&rng, weights, 40);
	fill_gaussian(&rng, z, 40);
	for (int n = 0; n <= 40; n++)
	{
		long double want = -1.25;

		for (int i = 0; i < n; i++)
			want += (long double) weights[i] * z[i];
		worst_note(&worst, ntk_ridge_predict(-1.25, weights, z, n), (double) want, 1e-14,
				   "length %d", n);
	}
	worst_ok(&worst, "predictions of every length up to 40");
}

int
main(void)
{
	check_oracle();
	check_optimal(30, 1, 1, 1e-3);
	check_optimal(30, 2, 2, 1);
	check_optimal(200, 65, 3, 1e-4);
	check_optimal(200, 65, 1, 0);
	check_optimal(900, 601, 2, 1e-3);
	check_optimal(300, 600, 1, 1e-2);
	check_mse(40, 1, 1, 0);
	check_mse(90, 7, 3, 100);
	check_mse(300, 120, 2, 0);
	check_singular();
	check_units();
	check_constant();
	check_overflow();
	check_invariance();
	check_predict();
	return done_testing();
}
