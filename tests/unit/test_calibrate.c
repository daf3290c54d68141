/*
 * test_calibrate.c
 *		Softmax against its formula; the temperature against a fine grid, and of classes drawn
 *		with a known one.
 */
#include "core/regression/calibrate.h"

#include "fixture.h"
#include "tap.h"

/* the log loss by its definition, over all rows */
static double
plain_loss(const float *margins, const double *weights, int n, int width, double temperature)
{
	double		loss = 0;

	for (int i = 0; i < n; i++)
	{
		double		largest = 0,
					sum = 0;

		for (int j = 0; j < width; j++)
			largest = fmax(largest, margins[i * width + j]);
		for (int j = 0; j < width; j++)
			sum += exp((margins[i * width + j] - largest) / temperature);
		loss += weights[i] * (largest / temperature + log(exp(-largest / temperature) + sum));
	}
	return loss;
}

/* n rows of scores of size spread, with classes drawn from softmax(scores / temperature) */
static float *
draw_rows(ntk_rng *rng, int n, int classes, double spread, double temperature)
{
	float	   *margins = floats((size_t) n * (classes - 1));
	double	   *scores = doubles(classes);
	double	   *p = doubles(classes);

	for (int i = 0; i < n; i++)
	{
		double		left = ntk_rng_uniform(rng);
		int			class = 0;
		int			k = 0;

		fill_gaussian(rng, scores, classes);
		for (int j = 0; j < classes; j++)
			scores[j] *= spread;
		ntk_softmax(scores, classes, temperature, p);
		while (class < classes - 1 && left >= p[class])
			left -= p[class++];
		for (int j = 0; j < classes; j++)
			if (j != class)
				margins[i * (classes - 1) + k++] = (float) (scores[j] - scores[class]);
	}
	free(scores);
	free(p);
	return margins;
}

static double *
ones(int n)
{
	double	   *weights = doubles(n);

	for (int i = 0; i < n; i++)
		weights[i] = 1;
	return weights;
}

static void
check_softmax(void)
{
	double		scores[7],
				got[7],
				shifted[7],
				sum = 0,
				total = 0;
	tap_worst	formula = {0},
				shift = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 1, 0);
	fill_gaussian(&rng, scores, 7);
	ntk_softmax(scores, 7, 0.3, got);
	for (int i = 0; i < 7; i++)
	{
		sum += exp(scores[i] / 0.3);
		total += got[i];
	}
	near(total, 1, 1e-15, "probabilities sum to 1");
	for (int i = 0; i < 7; i++)
	{
		worst_note(&formula, got[i], exp(scores[i] / 0.3) / sum, 1e-14, "class %d", i);
		shifted[i] = scores[i] + 1024;
	}
	worst_ok(&formula, "softmax is its formula");
	ntk_softmax(shifted, 7, 0.3, shifted);
	for (int i = 0; i < 7; i++)
		worst_note(&shift, shifted[i], got[i], 1e-11, "class %d", i);
	worst_ok(&shift, "scores may be shifted, and overwritten");

	ntk_softmax((double[]) {1.7e308, -1.7e308, 1.7e308}, 3, 1e-300, got);
	ok(got[0] == 0.5 && got[1] == 0 && got[2] == 0.5, "the largest scores, a tiny temperature");
	ntk_softmax((double[]) {-1.7e308, -1.7e308}, 2, 5e-324, got);
	ok(got[0] == 0.5 && got[1] == 0.5, "the smallest scores, the smallest temperature");
	ntk_softmax((double[]) {1, 2, 3, 4}, 4, 1e300, got);
	near(got[3], 0.25, 1e-15, "a huge temperature makes classes equal");
	ntk_softmax((double[]) {-7}, 1, 2, got);
	ok(got[0] == 1, "one class");
}

static void
check_grid(int n, int classes, double spread, double temperature)
{
	enum
	{
		POINTS = 6000
	};
	ntk_rng		rng;
	float	   *margins;
	double	   *weights = doubles(n);
	double		got,
				best = 0,
				best_loss = INFINITY;
	int			width = classes - 1;

	ntk_rng_init(&rng, 2, n);
	margins = draw_rows(&rng, n, classes, spread, temperature);
	for (int i = 0; i < n; i++)
		weights[i] = 0.5 + 3 * ntk_rng_uniform(&rng);
	got = ntk_temperature(margins, weights, n, width, NULL);
	for (int i = 0; i <= POINTS; i++)
	{
		double		point = pow(10, 6.0 * i / POINTS - 3);
		double		loss = plain_loss(margins, weights, n, width, point);

		if (loss < best_loss)
		{
			best = point;
			best_loss = loss;
		}
	}
	near(log10(got), log10(best), 1.1 * 6 / POINTS, "%d rows of %d classes: T = %g, the grid's %g",
		 n, classes, got, best);
	ok(plain_loss(margins, weights, n, width, got) <= best_loss * (1 + 1e-12),
	   "%d rows of %d classes: no point of a grid is better", n, classes);
	free(margins);
	free(weights);
}

static void
check_recovery(int n, int classes, double spread, double temperature)
{
	ntk_rng		rng;
	float	   *margins;
	double	   *weights = ones(n);
	double		got;

	ntk_rng_init(&rng, 3, classes);
	margins = draw_rows(&rng, n, classes, spread, temperature);
	pause_calls = 0;
	got = ntk_temperature(margins, weights, n, classes - 1, count_pause);
	near(got / temperature, 1, 0.04, "%d rows of %d classes drawn with T = %g", n, classes,
		 temperature);
	ok(pause_calls >= 3 && pause_calls < 25, "%d passes over the rows", pause_calls);
	free(margins);
	free(weights);
}

static void
check_invariance(void)
{
	enum
	{
		ROWS = 400, WIDTH = 3
	};
	ntk_rng		rng;
	float	   *margins;
	float	   *others = floats(2 * ROWS * WIDTH);
	double	   *weights = ones(2 * ROWS);
	double		want;

	ntk_rng_init(&rng, 4, 0);
	margins = draw_rows(&rng, ROWS, WIDTH + 1, 1.5, 0.7);
	want = ntk_temperature(margins, weights, ROWS, WIDTH, NULL);
	for (int i = 0; i < ROWS * WIDTH; i++)
		others[i] = 64 * margins[i];
	near(ntk_temperature(others, weights, ROWS, WIDTH, NULL) / want, 64, 1e-8,
		 "the temperature is in the unit of the scores");
	memcpy(others, margins, sizeof(float) * ROWS * WIDTH);
	memcpy(others + ROWS * WIDTH, margins, sizeof(float) * WIDTH);
	weights[0] = 2;
	want = ntk_temperature(margins, weights, ROWS, WIDTH, NULL);
	weights[0] = 1;
	near(ntk_temperature(others, weights, ROWS + 1, WIDTH, NULL) / want, 1, 1e-9,
		 "a row of weight 2 is two rows");
	for (int i = 0; i < ROWS; i++)
		weights[i] = 1e12;
	want = ntk_temperature(margins, weights, ROWS, WIDTH, NULL);
	for (int i = 0; i < ROWS; i++)
		weights[i] = 1e-12;
	near(ntk_temperature(margins, weights, ROWS, WIDTH, NULL) / want, 1, 1e-9,
		 "whatever the unit of weights");
	free(margins);
	free(others);
	free(weights);
}

static void
check_limits(void)
{
	const double weights[3] = {1, 2, 1};
	double		got;

	ok(ntk_temperature((float[]) {-1, -2, -0.5F}, weights, 3, 1, NULL) == NTK_MIN_TEMPERATURE,
	   "always right: the least temperature");
	ok(ntk_temperature((float[]) {1, 2, 0.5F}, weights, 3, 1, NULL) == NTK_MAX_TEMPERATURE,
	   "always wrong: the largest");
	ok(ntk_temperature((float[]) {1, -1}, weights, 1, 2, NULL) == NTK_MAX_TEMPERATURE,
	   "no better than chance: the largest");
	ok(ntk_temperature((float[]) {0, 0, 0}, weights, 3, 1, NULL) == 1,
	   "scores that do not differ: 1");
	ok(ntk_temperature((float[]) {-3e38F, -3e38F, -3e38F}, weights, 3, 1, NULL) == 1,
	   "scores that differ beyond any temperature: 1");
	ok(ntk_temperature((float[]) {-3e38F, 3e38F, -3e38F}, weights, 3, 1, NULL) ==
	   NTK_MAX_TEMPERATURE, "the largest margins");
	ok(ntk_temperature((float[]) {-1e-30F, -1e-30F, 1e-30F}, weights, 3, 1, NULL) ==
	   NTK_MIN_TEMPERATURE, "the smallest");
	/* the share of right ones is softmax(1 / T) = 3 / 4 */
	got = ntk_temperature((float[]) {-1, -1, 1}, weights, 3, 1, NULL);
	near(got, 1 / log(3), 1e-10, "a minimum that is known");
	got = ntk_temperature((float[]) {-900, -900, 900}, weights, 3, 1, NULL);
	near(got, 900 / log(3), 1e-7, "one next to the largest temperature");
	got = ntk_temperature((float[]) {-0.0012F, -0.0012F, 0.0012F}, weights, 3, 1, NULL);
	near(got, 0.0012F / log(3), 1e-12, "one next to the least");
	got = ntk_temperature((float[]) {-1e-2F, -1e-2F, 30}, weights, 3, 1, NULL);
	ok(got == NTK_MAX_TEMPERATURE, "one row that is very wrong");
}

int
main(void)
{
	check_softmax();
	check_grid(50, 2, 1, 1);
	check_grid(60, 5, 3, 0.2);
	check_grid(300, 3, 200, 100);
	check_grid(40, 10, 0.05, 0.02);
	check_recovery(20000, 2, 1, 0.5);
	check_recovery(20000, 10, 0.1, 0.05);
	check_recovery(10000, 30, 40, 20);
	check_invariance();
	check_limits();
	return done_testing();
}
