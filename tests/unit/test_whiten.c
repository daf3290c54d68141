/*
 * test_whiten.c
 *		Statistics of columns as statistics of features, against the textbook loops, and
 *		that both ways to a regression on whitened features lead to one prediction.
 */
#include "core/regression/whiten.h"

#include "core/regression/ridge.h"
#include "fixture.h"
#include "tap.h"

/* a random factor: rectangular full packed in l, and dense, column-major */
static void
draw_factor(ntk_rng *rng, const ntk_rfp *l, double *dense)
{
	int			n = l->n;

	memset(dense, 0, sizeof(double) * n * n);
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
		{
			double		value = i == j ? 0.5 + ntk_rng_uniform(rng) :
				0.4 / sqrt(n) * ntk_rng_gaussian(rng);

			*ntk_rfp_at(l, i, j) = value;
			dense[i + (size_t) j * n] = value;
		}
}

/* b := L^-1 b, one right-hand side */
static void
forward(const double *l, int n, double *b)
{
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < i; j++)
			b[i] -= l[i + (size_t) j * n] * b[j];
		b[i] /= l[i + (size_t) i * n];
	}
}

/* a := L^-1 A L^-T, columns and then rows */
static void
textbook_congruence(const double *l, int n, double *a)
{
	double	   *row = doubles(n);

	for (int j = 0; j < n; j++)
		forward(l, n, a + (size_t) j * n);
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < n; j++)
			row[j] = a[i + (size_t) j * n];
		forward(l, n, row);
		for (int j = 0; j < n; j++)
			a[i + (size_t) j * n] = row[j];
	}
	free(row);
}

static void
check_congruence(int n, int targets)
{
	size_t		size = ntk_gram_doubles(n, targets) * sizeof(double);
	size_t		factor_size = ntk_rfp_size(n) * sizeof(double);
	size_t		square_size = sizeof(double) * n * n;
	size_t		target_size = sizeof(double) * (targets + 1) * (targets + 1);
	double	   *memory = guarded(size);
	double	   *factor = guarded(factor_size);
	double	   *kept = doubles(ntk_rfp_size(n));
	double	   *square = guarded(square_size);
	double	   *target = doubles((size_t) (targets + 1) * (targets + 1));
	double	   *dense = doubles((size_t) n * n);
	double	   *want = doubles((size_t) n * n);
	double	   *cross = doubles((size_t) n * (targets + 1));
	ntk_gram	gram = ntk_gram_view(memory, n, targets);
	ntk_rfp		triangle = ntk_rfp_view(gram.triangle, n);
	ntk_rfp		l = ntk_rfp_view(factor, n);
	tap_worst	whole = {0},
				symmetric = {0},
				sides = {0};
	ntk_rng		rng;

	/* any symmetric matrix will do: nothing takes its root */
	ntk_rng_init(&rng, 61, n);
	fill_gaussian(&rng, memory, ntk_gram_doubles(n, targets));
	draw_factor(&rng, &l, dense);
	memcpy(kept, factor, factor_size);
	memcpy(target, gram.target, target_size);
	memcpy(cross, gram.cross, sizeof(double) * n * (targets + 1));
	for (int j = 0; j < n; j++)
		for (int i = 0; i < n; i++)
			want[i + (size_t) j * n] = *ntk_rfp_at(&triangle, i, j);
	textbook_congruence(dense, n, want);
	for (int c = 0; c <= targets; c++)
		forward(dense, n, cross + (size_t) c * n);

	pause_calls = 0;
	ntk_whiten(&gram, &l, square, count_pause);
	ok(pause_calls >= 3, "n = %d: pauses in each of the three solves", n);
	for (int j = 0; j < n; j++)
		for (int i = 0; i < n; i++)
		{
			worst_note(&whole, *ntk_rfp_at(&triangle, i, j), want[i + (size_t) j * n], 1e-9,
					   "(%d, %d)", i, j);
			worst_note(&symmetric, square[i + (size_t) j * n], square[j + (size_t) i * n], 1e-9,
					   "(%d, %d)", i, j);
		}
	worst_ok(&whole, "n = %d: L^-1 G L^-T", n);
	worst_ok(&symmetric, "n = %d: it is symmetric before half of it is kept", n);
	for (int i = 0; i < n * (targets + 1); i++)
		worst_note(&sides, gram.cross[i], cross[i], 1e-10, "column %d, row %d", i / n, i % n);
	worst_ok(&sides, "n = %d: L^-1 times the sums and %d right-hand sides", n, targets);
	ok(memcmp(gram.target, target, target_size) == 0 && memcmp(kept, factor, factor_size) == 0,
	   "n = %d: the targets' sums and the factor stay as they are", n);
	ok(guards_intact(memory, size) && guards_intact(factor, factor_size) &&
	   guards_intact(square, square_size), "n = %d: nothing outside is written", n);

	guarded_free(memory);
	guarded_free(factor);
	guarded_free(square);
	free(kept);
	free(target);
	free(dense);
	free(want);
	free(cross);
}

/* G = L L^T is what the columns' own inner products would be: it becomes the identity */
static void
check_identity(int n)
{
	double	   *memory = doubles(ntk_gram_doubles(n, 1));
	double	   *factor = doubles(ntk_rfp_size(n));
	double	   *square = doubles((size_t) n * n);
	double	   *dense = doubles((size_t) n * n);
	ntk_gram	gram = ntk_gram_view(memory, n, 1);
	ntk_rfp		triangle = ntk_rfp_view(gram.triangle, n);
	ntk_rfp		l = ntk_rfp_view(factor, n);
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 62, n);
	draw_factor(&rng, &l, dense);
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			for (int k = 0; k <= j; k++)
				*ntk_rfp_at(&triangle, i, j) += dense[i + (size_t) k * n] *
					dense[j + (size_t) k * n];
	ntk_whiten(&gram, &l, square, NULL);
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			worst_note(&worst, *ntk_rfp_at(&triangle, i, j), i == j, 1e-11, "(%d, %d)", i, j);
	worst_ok(&worst, "n = %d: L L^T becomes the identity", n);
	free(memory);
	free(factor);
	free(square);
	free(dense);
}

/* (L^-T w)^T z = w^T (L^-1 z) for several w and z */
static void
check_fold(int n, int count)
{
	size_t		factor_size = ntk_rfp_size(n) * sizeof(double);
	size_t		weights_size = sizeof(double) * n * count;
	double	   *factor = guarded(factor_size);
	double	   *dense = doubles((size_t) n * n);
	double	   *weights = doubles((size_t) n * count);
	double	   *folded = guarded(weights_size);
	double	   *z = doubles(n);
	double	   *feature = doubles(n);
	ntk_rfp		l = ntk_rfp_view(factor, n);
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 63, n);
	draw_factor(&rng, &l, dense);
	fill_gaussian(&rng, weights, (size_t) n * count);
	memcpy(folded, weights, weights_size);
	pause_calls = 0;
	ntk_whiten_fold(&l, count, folded, count_pause);
	ok(pause_calls > 0, "n = %d: folding pauses", n);
	for (int trial = 0; trial < 10; trial++)
	{
		fill_gaussian(&rng, z, n);
		memcpy(feature, z, sizeof(double) * n);
		forward(dense, n, feature);
		for (int c = 0; c < count; c++)
			worst_note(&worst, dot(folded + (size_t) c * n, z, n),
					   dot(weights + (size_t) c * n, feature, n), 1e-10 * n,
					   "weights %d, row %d", c, trial);
	}
	worst_ok(&worst, "n = %d: %d folded weights predict from columns", n, count);
	ok(guards_intact(factor, factor_size) && guards_intact(folded, weights_size),
	   "n = %d: folding writes nothing outside", n);
	guarded_free(factor);
	guarded_free(folded);
	free(dense);
	free(weights);
	free(z);
	free(feature);
}

typedef struct fitted
{
	ntk_ridge	ridge;
	double	   *memory;
	ntk_status	status;
} fitted;

static fitted
fit(const ntk_gram *gram, double lambda)
{
	fitted		f = {.memory = doubles((size_t) gram->targets * (gram->width + 2))};
	double	   *work = doubles(ntk_rfp_size(gram->width));

	f.ridge.intercept = f.memory;
	f.ridge.train_mse = f.memory + gram->targets;
	f.ridge.weights = f.memory + 2 * gram->targets;
	f.status = ntk_ridge_fit(gram, lambda, work, &f.ridge, NULL);
	free(work);
	return f;
}

/* columns, whitened statistic, folded weights; and features from the start */
static void
check_regression(int n, int targets, double lambda)
{
	int			rows = 3 * n + 40;
	size_t		columns = (size_t) targets + 1;
	double	   *z = doubles((size_t) rows * n);
	double	   *scaled = doubles((size_t) rows * n);
	double	   *feature = doubles((size_t) rows * n);
	double	   *y = doubles(rows * columns);
	double	   *weights = doubles(rows);
	double	   *factor = doubles(ntk_rfp_size(n));
	double	   *dense = doubles((size_t) n * n);
	double	   *square = doubles((size_t) n * n);
	double	   *memory = doubles(2 * ntk_gram_doubles(n, targets));
	ntk_gram	raw = ntk_gram_view(memory, n, targets);
	ntk_gram	white = ntk_gram_view(memory + ntk_gram_doubles(n, targets), n, targets);
	ntk_rfp		l = ntk_rfp_view(factor, n);
	tap_worst	predictions = {0},
				errors = {0},
				unlike = {0};
	fitted		one,
				two,
				plain;
	ntk_rng		rng;

	ntk_rng_init(&rng, 64, n);
	draw_factor(&rng, &l, dense);
	fill_gaussian(&rng, z, (size_t) rows * n);
	for (int i = 0; i < rows; i++)
	{
		double		root = sqrt(weights[i] = 0.5 + ntk_rng_uniform(&rng));

		for (int k = 0; k < n; k++)
			z[(size_t) i * n + k] += 0.3 * k;
		memcpy(feature + (size_t) i * n, z + (size_t) i * n, sizeof(double) * n);
		forward(dense, n, feature + (size_t) i * n);
		y[i * columns] = root;
		for (int c = 0; c < targets; c++)
			y[i * columns + c + 1] = root *
				(c + sin(feature[(size_t) i * n] + c) + z[(size_t) i * n + n - 1] +
				 0.1 * ntk_rng_gaussian(&rng));
	}
	for (int i = 0; i < rows * n; i++)
		scaled[i] = z[i] * sqrt(weights[i / n]);
	ntk_gram_update(&raw, rows, scaled, y, weights, NULL);
	for (int i = 0; i < rows * n; i++)
		scaled[i] = feature[i] * sqrt(weights[i / n]);
	ntk_gram_update(&white, rows, scaled, y, weights, NULL);

	plain = fit(&raw, lambda);
	ntk_whiten(&raw, &l, square, NULL);
	one = fit(&raw, lambda);
	two = fit(&white, lambda);
	ok(one.status == NTK_OK && two.status == NTK_OK, "n = %d: both statistics have a solution",
	   n);
	ntk_whiten_fold(&l, targets, one.ridge.weights, NULL);
	worst_note(&errors, one.ridge.ridge, two.ridge.ridge, 1e-9 * two.ridge.ridge, "the ridge");
	for (int c = 0; c < targets; c++)
	{
		worst_note(&errors, one.ridge.train_mse[c], two.ridge.train_mse[c], 1e-9,
				   "training error %d", c);
		for (int i = 0; i < rows; i++)
		{
			const double *w = one.ridge.weights + (size_t) c * n;
			double		got = ntk_ridge_predict(one.ridge.intercept[c], w, z + (size_t) i * n,
												n);
			double		want = ntk_ridge_predict(two.ridge.intercept[c],
												 two.ridge.weights + (size_t) c * n,
												 feature + (size_t) i * n, n);
			double		other = ntk_ridge_predict(plain.ridge.intercept[c],
												  plain.ridge.weights + (size_t) c * n,
												  z + (size_t) i * n, n);

			worst_note(&predictions, got, want, 1e-8, "target %d, row %d", c, i);
			worst_note(&unlike, other, want, 1e-4, "target %d, row %d", c, i);
		}
	}
	worst_ok(&predictions, "n = %d: they predict the same", n);
	worst_ok(&errors, "n = %d: they have one ridge and one training error", n);
	if (n > 1)
		ok(unlike.excess > 1, "n = %d: a ridge on the columns themselves is another", n);
	free(one.memory);
	free(two.memory);
	free(plain.memory);
	free(z);
	free(scaled);
	free(feature);
	free(y);
	free(weights);
	free(factor);
	free(dense);
	free(square);
	free(memory);
}

int
main(void)
{
	static const int sizes[] = {1, 2, 3, 7, 31, 32, 33, 64, 65, 130};

	for (int i = 0; i < LENGTH(sizes); i++)
	{
		check_congruence(sizes[i], i % 4);
		check_identity(sizes[i]);
		check_fold(sizes[i], 1 + i % 3);
		check_regression(sizes[i], 1 + i % 3, 0.05);
	}
	return done_testing();
}
