/*
 * test_kmeans.c
 *		k-means: against Lloyd's algorithm written out, and where the answer is known.
 */
#include "core/linalg/kmeans.h"

#include <float.h>

#include "fixture.h"
#include "tap.h"

#define FAR 1000				/* steps of the reference; it ends long before */

typedef struct data
{
	int			n,
				dim;
	float	   *rows;			/* [n][dim] */
	double	   *weight;			/* [n] */
} data;

/* rows around a number of Gaussian places, weights 1, 2, 3, 4 */
static data
make_data(int n, int dim, int places, double spread, uint64_t seed)
{
	data		d = {n, dim, floats((size_t) n * dim), doubles(n)};
	double	   *place = doubles((size_t) places * dim);
	ntk_rng		rng;

	ntk_rng_init(&rng, seed, 0);
	fill_gaussian(&rng, place, (size_t) places * dim);
	for (int i = 0; i < n; i++)
	{
		for (int t = 0; t < dim; t++)
			d.rows[i * dim + t] = (float) (place[i % places * dim + t] +
										   spread * ntk_rng_gaussian(&rng));
		d.weight[i] = 1 + ntk_rng_next(&rng) % 4;
	}
	free(place);
	return d;
}

static void
free_data(data *d)
{
	free(d->rows);
	free(d->weight);
}

/* the centres, in memory of their own; fails the test if a guard was overwritten */
static float *
cluster(const data *d, int k, uint64_t seed)
{
	size_t		size = sizeof(float) * k * d->dim;
	size_t		work_size = sizeof(float) * ntk_kmeans_work_floats(d->n, d->dim, k);
	float	   *centres = guarded(size);
	float	   *work = guarded(work_size);
	float	   *copy = floats((size_t) k * d->dim);

	ntk_kmeans(d->rows, d->weight, d->n, d->dim, k, seed, 0, NTK_KMEANS_PASSES, centres, work, count_pause);
	if (!guards_intact(centres, size) || !guards_intact(work, work_size))
		ok(0, "n %d, dim %d, k %d: stays inside its memory", d->n, d->dim, k);
	memcpy(copy, centres, size);
	guarded_free(centres);
	guarded_free(work);
	return copy;
}

static double
square_distance(const float *x, const float *y, int dim)
{
	double		sum = 0;

	for (int t = 0; t < dim; t++)
		sum += ((double) x[t] - y[t]) * ((double) x[t] - y[t]);
	return sum;
}

static int
nearest(const data *d, int i, const float *centres, int k, double *square)
{
	int			best = 0;

	*square = INFINITY;
	for (int j = 0; j < k; j++)
	{
		double		here = square_distance(d->rows + i * d->dim, centres + j * d->dim, d->dim);

		if (here < *square)
		{
			*square = here;
			best = j;
		}
	}
	return best;
}

/* the weighted sum of squared distances of the rows to their centres */
static double
inertia(const data *d, const float *centres, int k)
{
	double		sum = 0;

	for (int i = 0; i < d->n; i++)
	{
		double		square;

		nearest(d, i, centres, k, &square);
		sum += d->weight[i] * square;
	}
	return sum;
}

/* one step of Lloyd's algorithm; gives back the largest move of an element */
static double
step(const data *d, float *centres, int k)
{
	double	   *sum = doubles((size_t) k * d->dim);
	double	   *total = doubles(k);
	double		largest = 0;

	for (int i = 0; i < d->n; i++)
	{
		double		square;
		int			j = nearest(d, i, centres, k, &square);

		for (int t = 0; t < d->dim; t++)
			sum[j * d->dim + t] += d->weight[i] * d->rows[i * d->dim + t];
		total[j] += d->weight[i];
	}
	for (int j = 0; j < k; j++)
		for (int t = 0; t < d->dim && total[j] > 0; t++)
		{
			float		mean = (float) (sum[j * d->dim + t] / total[j]);

			largest = fmax(largest, fabs((double) mean - centres[j * d->dim + t]));
			centres[j * d->dim + t] = mean;
		}
	free(sum);
	free(total);
	return largest;
}

static void
converge(const data *d, float *centres, int k)
{
	for (int i = 0; i < FAR && step(d, centres, k) > 0; i++)
		;
}

/* where the passes suffice to converge, nothing is left to do for the reference */
static void
check_fixed_point(int n, int dim, int k, double spread)
{
	data		d = make_data(n, dim, 7, spread, 11);
	float	   *centres = cluster(&d, k, 5);
	float	   *random = floats((size_t) k * dim);

	memcpy(random, d.rows, sizeof(float) * k * dim);
	ok(inertia(&d, centres, k) < 0.95 * inertia(&d, random, k),
	   "n %d, dim %d, k %d: better than rows", n, dim, k);
	near(step(&d, centres, k), 0, 1e-6, "n %d, dim %d, k %d: centres are means of their rows",
		 n, dim, k);
	free(random);
	free(centres);
	free_data(&d);
}

/* more to do than the passes can: nearly as good as Lloyd's algorithm at its end */
static void
check_inertia(int n, int dim, int k)
{
	data		d = make_data(n, dim, 40, 0.4, 12);
	float	   *centres = cluster(&d, k, 5);
	float	   *reference = floats((size_t) k * dim);
	double		got = inertia(&d, centres, k);
	double		rows = 0,
				want = 0;

	for (int start = 0; start < 3; start++)
	{
		/* the places of rows repeat, so any rows in a row are a fair start */
		memcpy(reference, d.rows + (size_t) start * k * dim, sizeof(float) * k * dim);
		rows += inertia(&d, reference, k) / 3;
		converge(&d, reference, k);
		want += inertia(&d, reference, k) / 3;
	}
	diag("rows %.6g, k-means %.6g, converged from rows %.6g", rows, got, want);
	ok(got < 0.85 * rows, "n %d, dim %d, k %d: far better than rows", n, dim, k);
	ok(got < 1.03 * want, "n %d, dim %d, k %d: close to Lloyd's algorithm", n, dim, k);
	converge(&d, centres, k);
	want = inertia(&d, centres, k);
	ok(want <= got && got < 1.02 * want, "n %d, dim %d, k %d: close to its own limit", n, dim, k);
	free(reference);
	free(centres);
	free_data(&d);
}

/* every row of d is within the radius of a centre, every centre of a row */
static int
covers(const data *d, const float *centres, int k, double radius)
{
	data		reverse = {k, d->dim, (float *) centres, NULL};
	double		square;

	for (int i = 0; i < d->n; i++)
	{
		nearest(d, i, centres, k, &square);
		if (!(square <= radius * radius))
			return 0;
	}
	for (int j = 0; j < k; j++)
	{
		nearest(&reverse, j, d->rows, d->n, &square);
		if (!(square <= radius * radius))
			return 0;
	}
	return 1;
}

static void
check_clusters(void)
{
	data		four = make_data(2000, 6, 4, 0.001, 13);
	data		two = make_data(700, 3, 2, 0.001, 14);
	data		half = {two.n / 2, 3, floats(two.n / 2 * 3), doubles(two.n / 2)};
	int			good = 1,
				means = 1;

	for (uint64_t seed = 0; seed < 10; seed++)
	{
		float	   *centres = cluster(&four, 40, seed);

		good &= covers(&four, centres, 40, 0.01);
		free(centres);

		/* two clusters are found from any start; each centre is a weighted mean */
		centres = cluster(&two, 2, seed);
		for (int place = 0; place < 2; place++)
		{
			float	   *mean;
			double		square;

			for (int i = 0; i < half.n; i++)
			{
				memcpy(half.rows + i * 3, two.rows + (2 * i + place) * 3, 3 * sizeof(float));
				half.weight[i] = two.weight[2 * i + place];
			}
			mean = cluster(&half, 1, seed);
			nearest(&(data) {1, 3, mean, NULL}, 0, centres, 2, &square);
			means &= square <= 1e-12;
			free(mean);
		}
		free(centres);
	}
	ok(good, "all of four clusters get centres, and no centre is between");
	ok(means, "two centres for two clusters are their means");
	free_data(&four);
	free_data(&two);
	free_data(&half);
}

static void
check_weights(void)
{
	enum
	{
		N = 500, DIM = 5
	};
	data		d = make_data(N, DIM, 3, 0.5, 15);
	data		repeated = {0, DIM, floats(4 * N * DIM), doubles(4 * N)};
	float	   *one = cluster(&d, 1, 1);
	float	   *many = cluster(&d, 20, 1);
	float	   *other;
	tap_worst	mean = {0},
				same = {0};

	for (int t = 0; t < DIM; t++)
	{
		double		sum = 0,
					total = 0;

		for (int i = 0; i < N; i++)
		{
			sum += d.weight[i] * d.rows[i * DIM + t];
			total += d.weight[i];
		}
		worst_note(&mean, one[t], sum / total, 1e-6, "%d", t);
	}
	worst_ok(&mean, "one centre is the weighted mean");

	for (int i = 0; i < N; i++)
		for (int copy = 0; copy < d.weight[i]; copy++)
		{
			memcpy(repeated.rows + repeated.n * DIM, d.rows + i * DIM, DIM * sizeof(float));
			repeated.weight[repeated.n++] = 1;
		}
	other = cluster(&repeated, 1, 1);
	for (int t = 0; t < DIM; t++)
		worst_note(&same, one[t], other[t], 1e-6, "%d", t);
	worst_ok(&same, "a weight is as many rows");
	free(other);

	/* other starts: equal on average only */
	{
		double		weighted = 0,
					plain = 0;

		for (uint64_t seed = 0; seed < 20; seed++)
		{
			float	   *a = cluster(&d, 20, seed);
			float	   *b = cluster(&repeated, 20, seed);

			weighted += inertia(&d, a, 20) / 20;
			plain += inertia(&d, b, 20) / 20;
			free(a);
			free(b);
		}
		near(weighted, plain, 0.02 * plain, "so it is for the distances to 20 centres");
	}

	for (int i = 0; i < N; i++)
		d.weight[i] *= 0x1p40;
	other = cluster(&d, 20, 1);
	ok(memcmp(other, many, sizeof(float) * 20 * DIM) == 0, "the unit of weights is free");
	free(other);
	free(one);
	free(many);
	free_data(&d);
	free_data(&repeated);
}

static void
check_choice(void)
{
	enum
	{
		N = 900, DIM = 4, K = 30
	};
	data		d = make_data(N, DIM, 9, 0.5, 16);
	size_t		size = sizeof(float) * K * DIM;
	float	   *centres = cluster(&d, K, 1);
	float	   *again = cluster(&d, K, 1);
	float	   *other = cluster(&d, K, 2);
	float	   *all = cluster(&d, N, 3);
	float	   *work = floats(ntk_kmeans_work_floats(N, DIM, K) + 1);
	data		equal = {N, DIM, floats(N * DIM), d.weight};

	ok(memcmp(centres, again, size) == 0, "equal seeds, equal centres");
	ok(memcmp(centres, other, size) != 0, "other seed, other centres");
	ok(memcmp(all, d.rows, sizeof(float) * N * DIM) == 0, "as many centres as rows: the rows");

	pause_calls = 0;
	free(again);
	again = cluster(&d, K, 1);
	ok(pause_calls > 0, "pauses");
	memset(again, 0, size);
	ntk_kmeans(d.rows, d.weight, N, DIM, K, 1, 0, NTK_KMEANS_PASSES, again, work, NULL);
	ok(memcmp(centres, again, size) == 0, "does without a pause");

	for (int i = 0; i < N; i++)
		memcpy(equal.rows + i * DIM, d.rows, DIM * sizeof(float));
	free(again);
	again = cluster(&equal, K, 1);
	ok(memcmp(again, equal.rows, size) == 0, "equal rows are the only centre");
	free(centres);
	free(again);
	free(other);
	free(all);
	free(work);
	free(equal.rows);
	free_data(&d);
}

/* whether these rows' two far clusters, row i in i % 2, are found, with centres amid them */
static int
separates(const data *d)
{
	float	   *centres = cluster(d, 2, 1);
	double		apart = square_distance(centres, centres + d->dim, d->dim);
	double		square;
	int			first = nearest(d, 0, centres, 2, &square);
	int			good = 1;

	for (int i = 0; i < d->n; i++)
	{
		good &= nearest(d, i, centres, 2, &square) == (first + i) % 2;
		good &= square < apart / 100;
	}
	free(centres);
	return good;
}

static void
check_units(void)
{
	enum
	{
		N = 600, DIM = 3, K = 25
	};
	static const int powers[] = {100, -100};
	data		d = make_data(N, DIM, 9, 0.5, 17);
	data		scaled = {N, DIM, floats(N * DIM), doubles(N)};
	float	   *centres = cluster(&d, K, 1);
	float	   *other;
	ntk_rng		rng;
	int			finite = 1;

	memcpy(scaled.weight, d.weight, N * sizeof(double));
	for (int p = 0; p < LENGTH(powers); p++)
	{
		int			good = 1;

		for (int i = 0; i < N * DIM; i++)
			scaled.rows[i] = ldexpf(d.rows[i], powers[p]);
		other = cluster(&scaled, K, 1);
		for (int i = 0; i < K * DIM; i++)
			good &= other[i] == ldexpf(centres[i], powers[p]);
		ok(good, "rows times 2^%d: exactly these centres", powers[p]);
		free(other);
	}

	ntk_rng_init(&rng, 18, 0);
	for (int i = 0; i < N * DIM; i++)
		scaled.rows[i] = i % 7 == 0 ? FLT_MAX :
			(float) ((2 * ntk_rng_uniform(&rng) - 1) * FLT_MAX);
	other = cluster(&scaled, K, 1);
	for (int i = 0; i < K * DIM; i++)
		finite &= isfinite(other[i]) != 0;
	ok(finite, "rows up to the largest number: finite centres");
	ok(inertia(&scaled, other, K) < 0.8 * inertia(&scaled, scaled.rows, K), "and good ones");
	free(other);

	for (int i = 0; i < N * DIM; i++)
		scaled.rows[i] = (float) (ntk_rng_next(&rng) % 4 + (i / DIM % 2 ? 50 : 0)) * FLT_TRUE_MIN;
	ok(separates(&scaled), "multiples of the smallest number");
	for (int i = 0; i < N * DIM; i++)
		scaled.rows[i] = (float) (1e7 + ntk_rng_next(&rng) % 4 + (i / DIM % 2 ? 50 : 0));
	ok(separates(&scaled), "far from the origin");
	for (int i = 0; i < N; i++)
		scaled.weight[i] = ntk_rng_uniform(&rng);
	for (int i = 0; i < N * DIM; i++)
		scaled.rows[i] = i % DIM == 1 ? 1e30f :
			(float) (ntk_rng_next(&rng) % 4 + (i / DIM % 2 ? 50 : 0));
	ok(separates(&scaled), "beside a huge constant");

	free(centres);
	free_data(&scaled);
	free_data(&d);
}

/* rows and centres of length 1; a converged centre is the direction of its rows' mean */
static void
check_spherical(void)
{
	enum
	{
		N = 400, DIM = 6, K = 7
	};
	data		d = make_data(N, DIM, K, 0.05, 21);
	float	   *centres = floats(K * DIM);
	float	   *work = floats(ntk_kmeans_work_floats(N, DIM, K));
	double		sum[K][DIM] = {{0}};
	double		worst_length = 0,
				worst_cosine = 1;

	for (int i = 0; i < N; i++)
	{
		double		length = sqrt(dot_float(d.rows + i * DIM, d.rows + i * DIM, DIM));

		for (int t = 0; t < DIM; t++)
			d.rows[i * DIM + t] = (float) (d.rows[i * DIM + t] / length);
	}
	ntk_kmeans(d.rows, d.weight, N, DIM, K, 4, 1, NTK_KMEANS_PASSES, centres, work, NULL);
	for (int i = 0; i < N; i++)
	{
		int			best = 0;

		for (int j = 1; j < K; j++)
			if (dot_float(d.rows + i * DIM, centres + j * DIM, DIM) >
				dot_float(d.rows + i * DIM, centres + best * DIM, DIM))
				best = j;
		for (int t = 0; t < DIM; t++)
			sum[best][t] += d.weight[i] * d.rows[i * DIM + t];
	}
	for (int j = 0; j < K; j++)
	{
		double		cosine = 0;

		for (int t = 0; t < DIM; t++)
			cosine += sum[j][t] * centres[j * DIM + t];
		worst_length = fmax(worst_length, fabs(sqrt(dot_float(centres + j * DIM, centres + j * DIM, DIM)) - 1));
		if (dot(sum[j], sum[j], DIM) > 0)
			worst_cosine = fmin(worst_cosine, cosine / sqrt(dot(sum[j], sum[j], DIM)));
	}
	near(worst_length, 0, 1e-6, "spherical: centres have length 1");
	near(worst_cosine, 1, 1e-6, "spherical: a centre is the direction of its rows");
	free(centres);
	free(work);
	free_data(&d);
}

int
main(void)
{
	check_fixed_point(3, 1, 1, 0.3);
	check_fixed_point(50, 2, 9, 0.3);
	check_fixed_point(700, 17, 40, 0.3);
	check_fixed_point(200, 30, 4, 3);
	check_fixed_point(2500, 3, 1300, 0.3);
	check_inertia(5000, 4, 150);
	check_inertia(3000, 20, 64);
	check_clusters();
	check_weights();
	check_choice();
	check_units();
	check_spherical();
	return done_testing();
}
