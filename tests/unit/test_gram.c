/*
 * test_gram.c
 *		The sufficient statistics: against plain sums, added, subtracted, and checked
 *		for overflow.
 */
#include "core/regression/gram.h"

#include "fixture.h"
#include "tap.h"

#define MAX_ROWS 400

typedef struct data
{
	int			n,
				width,
				targets;
	double	   *z;				/* [n][width] */
	double	   *y;				/* [n][targets] */
	double	   *w;				/* [n] */
	double	   *features;		/* sqrt(w) z */
	double	   *augmented;		/* sqrt(w) [1 y] */
} data;

static data
make_data(int n, int width, int targets, uint64_t seed)
{
	data		d = {.n = n,.width = width,.targets = targets};
	ntk_rng		rng;

	d.z = doubles((size_t) n * width);
	d.y = doubles((size_t) n * targets);
	d.w = doubles(n);
	d.features = doubles((size_t) n * width);
	d.augmented = doubles((size_t) n * (targets + 1));
	ntk_rng_init(&rng, seed, width);
	fill_gaussian(&rng, d.z, (size_t) n * width);
	fill_gaussian(&rng, d.y, (size_t) n * targets);
	for (int i = 0; i < n; i++)
	{
		d.w[i] = i % 5 == 0 ? 0 : 3 * ntk_rng_uniform(&rng);
		for (int j = 0; j < width; j++)
			d.features[i * width + j] = sqrt(d.w[i]) * d.z[i * width + j];
		d.augmented[i * (targets + 1)] = sqrt(d.w[i]);
		for (int c = 0; c < targets; c++)
			d.augmented[i * (targets + 1) + c + 1] = sqrt(d.w[i]) * d.y[i * targets + c];
	}
	return d;
}

static void
free_data(data *d)
{
	free(d->z);
	free(d->y);
	free(d->w);
	free(d->features);
	free(d->augmented);
}

static ntk_status
update(ntk_gram *gram, const data *d, int first, int n)
{
	return ntk_gram_update(gram, n, d->features + (size_t) first * d->width,
						   d->augmented + (size_t) first * (d->targets + 1), d->w + first,
						   count_pause);
}

/* 1 for the column before the targets, the target otherwise */
static double
target_value(const data *d, int i, int c)
{
	return c == 0 ? 1 : d->y[i * d->targets + c - 1];
}

/* the statistic against sums over rows first .. first + n - 1 */
static void
compare(const ntk_gram *gram, const data *d, int first, int n, const char *what)
{
	int			columns = d->targets + 1;
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, d->width);
	double		tolerance = 1e-14 * (MAX_ROWS + n);
	tap_worst	target = {0},
				cross = {0},
				square = {0};

	for (int a = 0; a < columns; a++)
		for (int b = 0; b < columns; b++)
		{
			double		sum = 0;

			for (int i = first; i < first + n; i++)
				sum += d->w[i] * target_value(d, i, a) * target_value(d, i, b);
			worst_note(&target, gram->target[a + b * columns], sum, tolerance, "(%d, %d)", a, b);
		}
	for (int j = 0; j < d->width; j++)
		for (int b = 0; b < columns; b++)
		{
			double		sum = 0;

			for (int i = first; i < first + n; i++)
				sum += d->w[i] * d->z[i * d->width + j] * target_value(d, i, b);
			worst_note(&cross, gram->cross[j + b * d->width], sum, tolerance, "(%d, %d)", j, b);
		}
	for (int j = 0; j < d->width; j++)
		for (int k = 0; k <= j; k++)
		{
			double		sum = 0;

			for (int i = first; i < first + n; i++)
				sum += d->w[i] * d->z[i * d->width + j] * d->z[i * d->width + k];
			worst_note(&square, *ntk_rfp_at(&triangle, j, k), sum, tolerance, "(%d, %d)", j, k);
		}
	worst_ok(&target, "width %d, %d targets: target sums, %s", d->width, d->targets, what);
	worst_ok(&cross, "width %d, %d targets: cross sums, %s", d->width, d->targets, what);
	worst_ok(&square, "width %d, %d targets: squares, %s", d->width, d->targets, what);
}

/* memory that is all zero but for its guards */
static double *
zeros(size_t n)
{
	return memset(guarded(n * sizeof(double)), 0, n * sizeof(double));
}

static void
check_sums(int n, int width, int targets)
{
	size_t		size = ntk_gram_doubles(width, targets);
	double	   *memory = zeros(size);
	double	   *part_memory = zeros(size);
	double	   *sum_memory = zeros(size);
	ntk_gram	gram = ntk_gram_view(memory, width, targets);
	ntk_gram	part = ntk_gram_view(part_memory, width, targets);
	ntk_gram	sum = ntk_gram_view(sum_memory, width, targets);
	data		d = make_data(n, width, targets, 61);
	int			half = n / 2;
	int			good = 1;

	ok(size == 1 + (size_t) (targets + 1) * (targets + 1) + (size_t) width * (targets + 1) +
	   (size_t) width * (width + 1) / 2, "width %d, %d targets: size", width, targets);

	pause_calls = 0;
	good &= update(&gram, &d, 0, n) == NTK_OK;
	ok(good && pause_calls > 0, "width %d, %d targets: updated, with pauses", width, targets);
	compare(&gram, &d, 0, n, "one block");

	/* in blocks of uneven size, the last ones of one row and of none */
	memset(memory, 0, size * sizeof(double));
	for (int first = 0, step = 1; first < n; first += step, step = 2 * step + 1)
		good &= update(&gram, &d, first, n - first < step ? n - first : step) == NTK_OK;
	good &= update(&gram, &d, 0, 0) == NTK_OK;
	compare(&gram, &d, 0, n, "several blocks");

	/* the first half by itself; plus the second; minus the first again */
	good &= update(&part, &d, 0, half) == NTK_OK;
	good &= update(&sum, &d, half, n - half) == NTK_OK;
	good &= ntk_gram_add(&sum, 1, &part) == NTK_OK;
	compare(&sum, &d, 0, n, "added");
	compare(&part, &d, 0, half, "the summand is unchanged");
	good &= ntk_gram_add(&sum, -1, &part) == NTK_OK;
	compare(&sum, &d, half, n - half, "subtracted");
	near(*sum.cancelled, 2 * ntk_gram_trace(&part), 1e-12 * ntk_gram_trace(&part),
		 "width %d, %d targets: what was subtracted came and went", width, targets);
	good &= ntk_gram_add(&sum, 0.5, &sum) == NTK_OK;
	near(*sum.cancelled, 3 * ntk_gram_trace(&part), 1e-12 * ntk_gram_trace(&part),
		 "width %d, %d targets: and is added up", width, targets);
	ok(*gram.cancelled == 0 && *part.cancelled == 0,
	   "width %d, %d targets: nothing was where rows were only added", width, targets);
	for (int i = half; i < n; i++)
		d.w[i] *= 1.5;
	compare(&sum, &d, half, n - half, "one and a half");
	ok(good && guards_intact(memory, size * sizeof(double)) &&
	   guards_intact(part_memory, size * sizeof(double)) &&
	   guards_intact(sum_memory, size * sizeof(double)),
	   "width %d, %d targets: all is well and inside the memory", width, targets);

	guarded_free(memory);
	guarded_free(part_memory);
	guarded_free(sum_memory);
	free_data(&d);
}

/* an overflow is reported wherever the large number stands */
static void
check_overflow(void)
{
	enum
	{
		WIDTH = 6, TARGETS = 2, ROWS = 4
	};
	size_t		size = ntk_gram_doubles(WIDTH, TARGETS);
	double	   *memory = zeros(size);
	double	   *other_memory = zeros(size);
	ntk_gram	gram = ntk_gram_view(memory, WIDTH, TARGETS);
	ntk_gram	other = ntk_gram_view(other_memory, WIDTH, TARGETS);
	int			reported = 1,
				found = 1;

	for (int place = 0; place < WIDTH + TARGETS; place++)
	{
		double		features[ROWS * WIDTH];
		double		targets[ROWS * (TARGETS + 1)];
		double		weights[ROWS];

		for (int i = 0; i < ROWS; i++)
			weights[i] = 1;
		for (int i = 0; i < ROWS * WIDTH; i++)
			features[i] = 1;
		for (int i = 0; i < ROWS * (TARGETS + 1); i++)
			targets[i] = 1;
		if (place < WIDTH)
			features[2 * WIDTH + place] = 1e160;
		else
			targets[2 * (TARGETS + 1) + 1 + place - WIDTH] = -1e160;
		memset(memory, 0, size * sizeof(double));
		reported &= ntk_gram_update(&gram, ROWS, features, targets, weights, NULL) ==
			NTK_OVERFLOW;
		found &= ntk_gram_check(&gram) == NTK_OVERFLOW;
	}
	ok(reported, "an update that overflows reports it");
	ok(found, "and the statistic does not pass the check");

	/* large sums that are finite one by one */
	memset(memory, 0, size * sizeof(double));
	gram.target[0] = other.target[0] = 1e308;
	ok(ntk_gram_check(&gram) == NTK_OK && ntk_gram_check(&other) == NTK_OK,
	   "large sums pass the check");
	ok(ntk_gram_add(&gram, 1, &other) == NTK_OVERFLOW, "their sum is reported as an overflow");

	found = 1;
	for (size_t i = 0; i < size; i++)
	{
		static const double bad[] = {INFINITY, -INFINITY, NAN};

		memset(memory, 0, size * sizeof(double));
		for (int k = 0; k < LENGTH(bad); k++)
		{
			memory[i] = bad[k];
			found &= ntk_gram_check(&gram) == NTK_OVERFLOW;
		}
	}
	ok(found, "the check finds an infinity or a NaN anywhere");
	memset(memory, 0, size * sizeof(double));
	ok(ntk_gram_check(&gram) == NTK_OK, "an empty statistic passes it");
	guarded_free(memory);
	guarded_free(other_memory);
}

/* rows with classes: one-hot targets; then the whole times a factor */
static void
check_classes(int n, int width, int targets)
{
	data		d = make_data(n, width, targets, 63);
	size_t		size = ntk_gram_doubles(width, targets);
	double	   *memory = zeros(size);
	ntk_gram	gram = ntk_gram_view(memory, width, targets);
	int		   *class = malloc(n * sizeof(int));
	double	   *roots = doubles(n);
	ntk_status	status;

	for (int i = 0; i < n; i++)
	{
		class[i] = i * i % targets;
		roots[i] = sqrt(d.w[i]);
		for (int c = 0; c < targets; c++)
			d.y[i * targets + c] = c == class[i];
	}
	pause_calls = 0;
	status = ntk_gram_update_class(&gram, n, d.features, class, roots, d.w, count_pause);
	ok(status == NTK_OK && pause_calls > 0 && guards_intact(memory, size * sizeof(double)),
	   "width %d, %d classes: added, with pauses, inside its memory", width, targets);
	compare(&gram, &d, 0, n, "classes");
	for (int i = 0; i < n; i++)
		d.w[i] *= 0.75;
	ok(ntk_gram_scale(&gram, 0.75) == NTK_OK, "width %d: scaled", width);
	compare(&gram, &d, 0, n, "scaled");
	ok(ntk_gram_scale(&gram, 1e308) == NTK_OVERFLOW || n == 1, "width %d: too much", width);
	guarded_free(memory);
	free(class);
	free(roots);
	free_data(&d);
}

int
main(void)
{
	check_classes(1, 1, 1);
	check_classes(100, 7, 3);
	check_classes(200, 65, 40);
	check_sums(1, 1, 1);
	check_sums(9, 2, 1);
	check_sums(100, 7, 3);
	check_sums(MAX_ROWS, 64, 1);
	check_sums(300, 129, 10);
	check_overflow();
	return done_testing();
}
