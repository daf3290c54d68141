/*
 * test_calibrate.c
 *		Softmax and calibrations against their formulas; fits against finite differences of the
 *		loss by its definition, against optima that are known, and against calibrations that
 *		rows were drawn with.
 */
#include "core/regression/calibrate.h"

#include "fixture.h"
#include "tap.h"

/* rows by their class */
typedef struct table
{
	int			classes;
	ntk_class_rows *rows;
	int			n;
} table;

static table
table_create(int classes, int room)
{
	table		t = {.classes = classes,.rows = calloc(classes, sizeof(ntk_class_rows))};

	for (int k = 0; k < classes; k++)
	{
		t.rows[k].scores = floats((size_t) room * classes);
		t.rows[k].weights = doubles(room);
	}
	return t;
}

static void
table_add(table *t, int class, const double *scores, double weight)
{
	ntk_class_rows *rows = &t->rows[class];

	for (int k = 0; k < t->classes; k++)
		((float *) rows->scores)[rows->n * t->classes + k] = (float) scores[k];
	((double *) rows->weights)[rows->n++] = weight;
	t->n++;
}

static void
table_free(table *t)
{
	for (int k = 0; k < t->classes; k++)
	{
		free((void *) t->rows[k].scores);
		free((void *) t->rows[k].weights);
	}
	free(t->rows);
}

/* inside guarded memory; the caller frees the result */
static double *
fit(const table *t, ntk_pause pause)
{
	size_t		bytes = sizeof(double) * ntk_calibrate_doubles(t->classes);
	double	   *work = guarded(bytes);
	float	   *transformed = guarded(sizeof(float) * t->n * t->classes);
	double	   *calibration = doubles(NTK_CALIBRATION_ROWS * t->classes);

	ntk_calibrate_fit(t->rows, t->classes, transformed, work, calibration, pause);
	if (!guards_intact(work, bytes) ||
		!guards_intact(transformed, sizeof(float) * t->n * t->classes))
		ok(0, "a fit writes outside its memory");
	guarded_free(work);
	guarded_free(transformed);
	return calibration;
}

/* g_k(s_k) of a row */
static double
transformed_score(const table *t, const double *calibration, int class, int i, int k)
{
	double		score = t->rows[class].scores[i * t->classes + k];
	double		knee = calibration[2 * t->classes + k];

	return knee > 0 ? asinh(score / (2 * knee)) : score;
}

/* mean and variance of g_k(s_k) over all rows */
static double
transformed_mean(const table *t, const double *calibration, int k, double *variance)
{
	double		sum = 0,
				square = 0,
				total = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int j = 0; j < t->classes; j++)
			for (int i = 0; i < t->rows[j].n; i++)
			{
				double		weight = t->rows[j].weights[i];
				double		g = transformed_score(t, calibration, j, i, k);

				if (pass == 0)
				{
					sum += weight * g;
					total += weight;
				}
				else
					square += weight * (g - sum / total) * (g - sum / total);
			}
	*variance = square / total;
	return sum / total;
}

static double
log_sum(const double *argument, int n)
{
	double		largest = argument[0],
				sum = 0;

	for (int k = 1; k < n; k++)
		largest = fmax(largest, argument[k]);
	for (int k = 0; k < n; k++)
		sum += exp(argument[k] - largest);
	return largest + log(sum);
}

static double
class_weight(const table *t, int k)
{
	double		sum = 0;

	for (int i = 0; i < t->rows[k].n; i++)
		sum += t->rows[k].weights[i];
	return sum;
}

/* the penalised loss, as the header defines it */
static double
plain_loss(const table *t, const double *calibration)
{
	int			classes = t->classes;
	const double *a = calibration,
			   *b = calibration + classes;
	double	   *argument = doubles(classes);
	double	   *variance = doubles(classes);
	double	   *other = doubles(classes);
	double		loss = 0,
				sum = 0,
				slope = 0,
				square = 0;

	for (int k = 0; k < classes; k++)
	{
		other[k] = class_weight(t, k) / (class_weight(t, k) + 1);
		sum += other[k];
		argument[k] = a[k] + b[k] * transformed_mean(t, calibration, k, &variance[k]);
		slope += variance[k] * b[k];
		square += variance[k];
	}
	for (int k = 0; k < classes; k++)
		loss -= (argument[k] - log_sum(argument, classes)) / classes;
	for (int k = 0; k < classes; k++)
		if (square > 0)
			loss += 0.5 * variance[k] * (b[k] - slope / square) * (b[k] - slope / square);
	for (int j = 0; j < classes; j++)
		for (int i = 0; i < t->rows[j].n; i++)
		{
			double		doubt = 1 / (class_weight(t, j) + 1);

			for (int k = 0; k < classes; k++)
				argument[k] = a[k] + b[k] * transformed_score(t, calibration, j, i, k);
			for (int k = 0; k < classes; k++)
				loss -= t->rows[j].weights[i] * (doubt * other[k] / sum + (k == j) * (1 - doubt)) *
					(argument[k] - log_sum(argument, classes));
		}
	free(argument);
	free(variance);
	free(other);
	return loss;
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

/* n rows of Gaussian scores with classes drawn by a calibration */
static table
draw_rows(ntk_rng *rng, int n, int classes, const double *spread, const double *calibration)
{
	table		t = table_create(classes, n);
	double	   *scores = doubles(classes);
	double	   *p = doubles(classes);

	for (int i = 0; i < n; i++)
	{
		double		left = ntk_rng_uniform(rng);
		int			class = 0;

		fill_gaussian(rng, scores, classes);
		for (int k = 0; k < classes; k++)
			scores[k] *= spread[k];
		ntk_calibrate(scores, classes, calibration, p);
		while (class < classes - 1 && left >= p[class])
			left -= p[class++];
		table_add(&t, class, scores, 1);
	}
	free(scores);
	free(p);
	return t;
}

static void
check_formula(void)
{
	const double calibration[9] = {0.5, -1, 0.25, 2, 1, -3, 0, 0.2, 0};
	const double scores[3] = {0.7, 0.3, -0.4};
	double		got[3],
				e[3];

	ntk_calibrate(scores, 3, calibration, got);
	e[0] = exp(0.5 + 2 * 0.7);
	e[1] = exp(-1 + asinh(0.3 / 0.4));
	e[2] = exp(0.25 - 3 * -0.4);
	for (int k = 0; k < 3; k++)
		near(got[k], e[k] / (e[0] + e[1] + e[2]), 1e-15, "a calibration is its formula, class %d", k);
	ntk_calibrate((double[]) {1.7e308, 1.7e308}, 2,
				  (double[]) {0, 0, 1.7e308, 1.7e308, 0, 5e-324}, got);
	ok(got[0] + got[1] == 1, "the largest scores and slopes");
	ntk_calibrate((double[]) {1.7e308, -1.7e308}, 2, (double[]) {0, 0, 9e99, 9e99, 0, 0}, got);
	ok(got[0] == 1 && got[1] == 0, "certainty");
}

/* No derivative of the loss, by central differences, is other than 0. */
static void
check_stationary(int n, int classes, double rare, int positive)
{
	ntk_rng		rng;
	table		t = table_create(classes, n);
	double	   *scores = doubles(classes);
	double	   *found;
	double		loss;
	tap_worst	slope = {0};

	ntk_rng_init(&rng, 2, n);
	for (int i = 0; i < n; i++)
	{
		int			class = ntk_rng_uniform(&rng) < rare ? classes - 1
			: (int) ((classes - 1) * ntk_rng_uniform(&rng));

		fill_gaussian(&rng, scores, classes);
		for (int k = 0; k < classes; k++)
			scores[k] = 0.3 * scores[k] + (k == class ? 0.4 : 0) + (positive ? 0.3 : -2);
		table_add(&t, class, scores, 0.5 + 3 * ntk_rng_uniform(&rng));
	}
	found = fit(&t, NULL);
	loss = plain_loss(&t, found);
	ok((found[2 * classes] > 0) <= positive, "%d rows of %d classes: a knee %g", n, classes,
	   found[2 * classes]);
	for (int k = 0; k < 2 * classes; k++)
	{
		double		at = found[k],
					step = 1e-4 * (1 + fabs(at)),
					up,
					down;

		found[k] = at + step;
		up = plain_loss(&t, found);
		found[k] = at - step;
		down = plain_loss(&t, found);
		found[k] = at;
		worst_note(&slope, (up - down) / (2 * step) / n, 0, 1e-6, "unknown %d", k);
		if (up < loss - 1e-9 * n || down < loss - 1e-9 * n)
			ok(0, "%d rows of %d classes: unknown %d is not the best", n, classes, k);
	}
	worst_ok(&slope, "%d rows of %d classes: the loss has no slope", n, classes);
	table_free(&t);
	free(scores);
	free(found);
}

static void
check_known(void)
{
	double		p[3];
	double	   *found;
	table		t = table_create(3, 40);

	/* scores that say nothing: 8.33, 4.33 and 0.33 of 13 */
	for (int i = 0; i < 12; i++)
		table_add(&t, i < 8 ? 0 : 1, (double[]) {0.2, 0.5, 0.3}, 1);
	found = fit(&t, NULL);
	ntk_calibrate((double[]) {0.2, 0.5, 0.3}, 3, found, p);
	near(p[0], (8 + 1 / 3.0) / 13, 1e-12, "equal scores: the share of the first class");
	near(p[2], 1 / 39.0, 1e-12, "a class without rows is not impossible");
	free(found);
	table_free(&t);

	/* scores that lie */
	t = table_create(2, 40);
	for (int i = 0; i < 30; i++)
		table_add(&t, i % 3 == 0, (double[]) {i % 3 == 0 ? 1 : -1, i % 3 == 0 ? -1 : 1}, 1);
	found = fit(&t, NULL);
	ntk_calibrate((double[]) {5, -5}, 2, found, p);
	near(p[0], 20.5 / 31, 1e-12, "scores that are wrong throughout say nothing");
	free(found);
	table_free(&t);

	/* a dozen rows that are right throughout */
	t = table_create(2, 40);
	for (int i = 0; i < 12; i++)
		table_add(&t, i % 2, (double[]) {i % 2 ? 0 : 1, i % 2 ? 1 : 0}, 1);
	found = fit(&t, NULL);
	ntk_calibrate((double[]) {1, 0}, 2, found, p);
	near(p[0], 1 - 0.5 / 7, 1e-7, "six rows of a class: one in fourteen may be otherwise");
	free(found);
	table_free(&t);
}

static void
check_recovery(void)
{
	const double spread[5] = {1, 2, 0.5, 1, 30};
	const double five[15] = {1, 0, -1, -2, -3, 1.5, 1.5, 1.5, 2.5, 0.05};
	const double two[6] = {3, -3, 1, 1};
	ntk_rng		rng;
	table		t;
	double	   *found;

	ntk_rng_init(&rng, 3, 0);
	t = draw_rows(&rng, 60000, 5, spread, five);
	pause_calls = 0;
	found = fit(&t, count_pause);
	for (int k = 0; k < 5; k++)
		near(found[5 + k] / five[5 + k], 1, 0.08, "slope %d of five classes", k);
	for (int k = 1; k < 5; k++)
		near(found[k] - found[0], five[k] - five[0], 0.15, "intercept %d of five classes", k);
	ok(pause_calls > 3 && pause_calls < 100, "%d pauses", pause_calls);
	free(found);
	table_free(&t);
	t = draw_rows(&rng, 60000, 2, spread, two);
	found = fit(&t, NULL);
	near(found[0] - found[1], 6, 0.3, "the base rate of a rare class");
	free(found);
	table_free(&t);
}

/* scores that are the probabilities themselves, as those of ridge regression nearly are */
static void
check_identity(double rate)
{
	enum
	{
		ROWS = 100000
	};
	ntk_rng		rng;
	table		t = table_create(2, ROWS);
	double	   *found;
	double		p[2];
	tap_worst	worst = {0};

	ntk_rng_init(&rng, 4, 0);
	for (int i = 0; i < ROWS; i++)
	{
		double		s = rate * exp(3 * ntk_rng_uniform(&rng) - 1.5);

		table_add(&t, ntk_rng_uniform(&rng) < s, (double[]) {1 - s, s}, 1);
	}
	found = fit(&t, NULL);
	for (int i = 0; i <= 6; i++)
	{
		double		s = rate * exp(0.5 * i - 1.5);

		ntk_calibrate((double[]) {1 - s, s}, 2, found, p);
		worst_note(&worst, p[1] / s, 1, 0.2, "probability %g", s);
	}
	worst_ok(&worst, "rate %g: scores that are probabilities stay as they are", rate);
	table_free(&t);
	free(found);
}

static void
check_invariance(void)
{
	const double spread[3] = {1, 1, 1};
	const double drawn[9] = {0, 1, -1, 1, 1, 1};
	ntk_rng		rng;
	table		t,
				twice = table_create(3, 1000),
				large = table_create(3, 1000);
	double	   *found,
			   *other;
	double		p[3],
				q[3];

	ntk_rng_init(&rng, 5, 0);
	t = draw_rows(&rng, 400, 3, spread, drawn);
	for (int k = 0; k < 3; k++)
		for (int i = t.rows[k].n - 1; i >= 0; i--)
		{
			double		scores[3];

			for (int c = 0; c < 3; c++)
				scores[c] = t.rows[k].scores[3 * i + c];
			table_add(&twice, k, scores, 0.5);
			table_add(&twice, k, scores, 0.5);
			for (int c = 0; c < 3; c++)
				scores[c] *= 1024;
			table_add(&large, k, scores, 1);
		}
	found = fit(&t, NULL);
	other = fit(&twice, NULL);
	ntk_calibrate((double[]) {1, -1, 2}, 3, found, p);
	ntk_calibrate((double[]) {1, -1, 2}, 3, other, q);
	near(q[0] / p[0], 1, 1e-9, "two rows of weight one half are a row, in any order");
	free(other);
	other = fit(&large, NULL);
	ntk_calibrate((double[]) {1024, -1024, 2048}, 3, other, q);
	near(q[0] / p[0], 1, 1e-9, "the unit of scores does not matter");
	free(found);
	free(other);
	table_free(&t);
	table_free(&twice);
	table_free(&large);
}

static void
check_limits(void)
{
	static const double extreme[][2] = {
		{3e38, -3e38}, {-3e38, 3e38}, {1e-38, 2e-38}, {0, 0}, {1e10, 1e10 + 4096}
	};
	int			finite = 1;

	for (int i = 0; i < LENGTH(extreme); i++)
		for (int n = 1; n <= 5; n += 2)
		{
			table		t = table_create(2, 8);
			double	   *found;
			double		p[2];

			for (int r = 0; r < n; r++)
				table_add(&t, r == 2, r % 2 ? extreme[i] : (double[]) {extreme[i][1], 0}, 1e-3);
			found = fit(&t, NULL);
			for (int k = 0; k < 6; k++)
				finite &= isfinite(found[k]) != 0;
			ntk_calibrate(extreme[i], 2, found, p);
			finite &= p[0] >= 0 && p[1] >= 0 && fabs(p[0] + p[1] - 1) < 1e-12;
			free(found);
			table_free(&t);
		}
	ok(finite, "extreme scores, few rows: finite calibrations");
}

int
main(void)
{
	check_softmax();
	check_formula();
	check_stationary(50, 2, 0.4, 0);
	check_stationary(300, 2, 0.05, 1);
	check_stationary(200, 5, 0.1, 1);
	check_stationary(400, 10, 0.02, 0);
	check_known();
	check_recovery();
	check_identity(0.1);
	check_identity(0.01);
	check_invariance();
	check_limits();
	return done_testing();
}
