/*
 * test_directions.c
 *		The directions: orthonormal blocks, projections equal to explicit products, and
 *		moments of the uniform distribution on the sphere.
 */
#include "core/sketches/directions.h"

#include "core/linalg/blas.h"
#include "fixture.h"
#include "tap.h"

#define LARGEST 4096

/* row j of the matrix whose rows are the directions, as the data define it */
static void
explicit_direction(const ntk_directions *directions, int j, double *w)
{
	static double v[LARGEST];
	int			dim = directions->dim;
	const float *signs = directions->data + (size_t) (j / dim) * 3 * dim;

	if (dim <= NTK_HAAR_MAX)
	{
		for (int i = 0; i < dim; i++)
			w[i] = directions->data[(size_t) i * directions->count + j];
		return;
	}

	/* e_j^T H D3 H D2 H D1 / dim^(3/2), from the left; H is symmetric */
	memset(v, 0, sizeof(v));
	v[j % dim] = 1;
	for (int round = 2; round >= 0; round--)
	{
		/* the textbook recursion H_2n = [H_n H_n; H_n -H_n] */
		for (int half = 1; half < dim; half *= 2)
			for (int i = 0; i < dim; i++)
				if (i / half % 2 == 0)
				{
					double		a = v[i];
					double		b = v[i + half];

					v[i] = a + b;
					v[i + half] = a - b;
				}
		for (int i = 0; i < dim; i++)
			v[i] *= signs[round * dim + i] / sqrt((double) dim);
	}
	memcpy(w, v, dim * sizeof(double));
}

static void
check_sizes(void)
{
	int			good = 1;

	for (int length = 1; length <= 5000; length++)
	{
		int			dim = ntk_directions_dim(length);

		good &= dim >= length;
		if (length <= NTK_HAAR_MAX)
			good &= dim == length;
		else
			good &= (dim & (dim - 1)) == 0 && dim < 2 * length;
	}
	ok(good, "lengths are padded to the next dimension that will do");
	ok(ntk_directions_dim(1048577) == 2097152, "also the longest, with a bias");
}

/* count directions in dim dimensions: memory, orthonormality, projections */
static void
check_block(int dim, int count)
{
	enum
	{
		ROWS = 5
	};
	size_t		size = ntk_directions_floats(dim, count) * sizeof(float);
	size_t		work_size = dim * sizeof(float);
	size_t		out_size = (size_t) ROWS * count * sizeof(float);
	float	   *memory = guarded(size);
	float	   *work = guarded(work_size);
	float	   *out = guarded(out_size);
	float	   *again = floats((size_t) ROWS * count);
	float	   *one = floats(count);
	float	   *x = floats((size_t) ROWS * dim);
	double	   *w = doubles((size_t) count * dim);
	tap_worst	orthonormal = {0},
				product = {0},
				norm = {0},
				single = {0};
	ntk_directions directions;
	ntk_rng		rng;

	ntk_rng_init(&rng, 21, dim);
	for (int i = 0; i < ROWS; i++)
		unit_float(&rng, x + (size_t) i * dim, dim);
	memset(x + dim, 0, dim * sizeof(float));
	x[dim] = 1;

	ntk_directions_init(&directions, dim, count, 77, memory, NULL);
	ntk_directions_project(&directions, x, ROWS, out, work);
	ok(directions.dim == dim && directions.count == count && guards_intact(memory, size) &&
	   guards_intact(work, work_size) && guards_intact(out, out_size),
	   "dim %d, %d directions: fit their memory", dim, count);

	for (int j = 0; j < count; j++)
		explicit_direction(&directions, j, w + (size_t) j * dim);
	for (int j = 0; j < count; j++)
		for (int k = j / dim * dim; k <= j; k++)
			worst_note(&orthonormal, dot(w + (size_t) j * dim, w + (size_t) k * dim, dim),
					   j == k, 1e-6, "directions %d and %d", j, k);
	worst_ok(&orthonormal, "dim %d, %d directions: blocks are orthonormal", dim, count);

	for (int i = 0; i < ROWS; i++)
	{
		for (int j = 0; j < count; j++)
		{
			double		want = 0;

			for (int k = 0; k < dim; k++)
				want += w[(size_t) j * dim + k] * x[(size_t) i * dim + k];
			worst_note(&product, out[i * count + j] * directions.unit, want, 1e-6,
					   "row %d, direction %d", i, j);
		}
		for (int first = 0; first + dim <= count; first += dim)
		{
			double		square = 0;

			for (int j = first; j < first + dim; j++)
				square += pow(out[i * count + j] * directions.unit, 2);
			worst_note(&norm, square, 1, 3e-6, "row %d, block %d", i, first / dim);
		}
	}
	worst_ok(&product, "dim %d, %d directions: projections equal the explicit product", dim,
			 count);
	if (count >= dim)
		worst_ok(&norm, "dim %d, %d directions: a block keeps the norm", dim, count);

	/* a row's projections hardly depend on the rows beside it */
	for (int i = 0; i < ROWS; i++)
	{
		ntk_directions_project(&directions, x + (size_t) i * dim, 1, one, work);
		for (int j = 0; j < count; j++)
			worst_note(&single, one[j] * directions.unit,
					   out[i * count + j] * directions.unit, dim > NTK_HAAR_MAX ? 0 : 3e-7,
					   "row %d, direction %d", i, j);
	}
	worst_ok(&single, "dim %d, %d directions: rows do not depend on one another", dim, count);

	ntk_directions_init(&directions, dim, count, 77, memory, NULL);
	ntk_directions_project(&directions, x, ROWS, again, work);
	ok(memcmp(out, again, out_size) == 0, "dim %d, %d directions: drawn again they are the same",
	   dim, count);
	ntk_directions_init(&directions, dim, count, 78, memory, NULL);
	ntk_directions_project(&directions, x, ROWS, again, work);
	{
		int			equal = 0;

		for (int i = 0; i < ROWS * count; i++)
			equal += out[i] == again[i];
		ok(equal < 0.05 * ROWS * count + 1 && memcmp(out, again, out_size) != 0,
		   "dim %d, %d directions: another seed draws others", dim, count);
	}

	guarded_free(memory);
	guarded_free(work);
	guarded_free(out);
	free(again);
	free(one);
	free(x);
	free(w);
}

/* fewer directions are the first ones of more; blocks are independent of one another */
static void
check_blocks(int dim)
{
	int			count = 3 * dim;
	float	   *memory = floats(ntk_directions_floats(dim, count));
	float	   *out = floats(count);
	float	   *fewer = floats(count);
	float	   *work = floats(dim);
	float	   *x = floats(dim);
	double		between = 0;
	ntk_directions directions;
	ntk_rng		rng;

	ntk_rng_init(&rng, 22, dim);
	unit_float(&rng, x, dim);
	ntk_directions_init(&directions, dim, count, 5, memory, NULL);
	ntk_directions_project(&directions, x, 1, out, work);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < i; j++)
			between = fmax(between, fabs(dot_float(out + i * dim, out + j * dim, dim)) *
						   directions.unit * directions.unit);
	ok(between < fmin(5 / sqrt((double) dim), 0.9999), "dim %d: blocks differ", dim);

	ntk_directions_init(&directions, dim, 2 * dim - 1, 5, memory, NULL);
	ntk_directions_project(&directions, x, 1, fewer, work);
	{
		tap_worst	worst = {0};

		for (int j = 0; j < 2 * dim - 1; j++)
			worst_note(&worst, fewer[j] * directions.unit, out[j] * directions.unit, 3e-7,
					   "direction %d", j);
		worst_ok(&worst, "dim %d: fewer directions are the first of more", dim);
	}
	free(memory);
	free(out);
	free(fewer);
	free(work);
	free(x);
}

/*
 * For w uniform on the sphere and a unit vector x: E<w,x> = 0, E<w,x>^2 = 1/D,
 * E<w,x>^4 = 3/(D(D+2)), and for y orthogonal to x E<w,x>^2<w,y>^2 = 1/(D(D+2)).
 * A sample is a mean over a block (directions of one block are not independent), or
 * one direction of it.
 */
static void
check_moments(int dim, int blocks)
{
	enum
	{
		ROWS = 3				/* random, coordinate axis, diagonal */
	};
	static const char *const row_name[] = {"a random vector", "an axis", "the diagonal"};
	double		want[] = {0, 1.0 / dim, 3.0 / dim / (dim + 2.0)};
	static const int power[] = {1, 2, 4};
	float	   *memory = floats(ntk_directions_floats(dim, dim));
	float	   *out = floats((size_t) (ROWS + 1) * dim);
	float	   *work = floats(dim);
	float	   *x = floats((size_t) (ROWS + 1) * dim);
	sample		mean[ROWS][3] = {{{0}}};
	sample		first[ROWS][3] = {{{0}}};
	sample		last[ROWS][3] = {{{0}}};
	sample		mixed = {0},
				single_mixed = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 23, dim);
	unit_float(&rng, x, dim);
	x[dim] = 1;
	for (int i = 0; i < dim; i++)
		x[2 * dim + i] = (float) (1 / sqrt((double) dim));
	x[3 * dim + 1] = 1;			/* orthogonal to the axis */

	for (int block = 0; block < blocks; block++)
	{
		double		both = 0;
		ntk_directions directions;

		ntk_directions_init(&directions, dim, dim, 1000 + block, memory, NULL);
		ntk_directions_project(&directions, x, ROWS + 1, out, work);
		for (int i = 0; i < (ROWS + 1) * dim; i++)
			out[i] *= directions.unit;
		for (int i = 0; i < ROWS; i++)
			for (int k = 0; k < 3; k++)
			{
				double		sum = 0;

				for (int j = 0; j < dim; j++)
					sum += pow(out[i * dim + j], power[k]);
				sample_add(&mean[i][k], sum / dim);
				sample_add(&first[i][k], pow(out[i * dim], power[k]));
				sample_add(&last[i][k], pow(out[i * dim + dim - 1], power[k]));
			}
		for (int j = 0; j < dim; j++)
			both += pow(out[dim + j] * out[3 * dim + j], 2);
		sample_add(&mixed, both / dim);
		sample_add(&single_mixed, pow(out[dim] * out[3 * dim], 2));
	}

	for (int i = 0; i < ROWS; i++)
		for (int k = 0; k < 3; k++)
		{
			/* the mean square of a block has no variance, only rounding errors */
			near(mean[i][k].mean, want[k],
				 4 * standard_error(&mean[i][k]) + 1e-6 * pow(dim, -0.5 * power[k]),
				 "dim %d: moment %d of blocks on %s", dim, power[k], row_name[i]);
			near(first[i][k].mean, want[k], 4 * standard_error(&first[i][k]),
				 "dim %d: moment %d of first directions on %s", dim, power[k], row_name[i]);
			near(last[i][k].mean, want[k], 4 * standard_error(&last[i][k]),
				 "dim %d: moment %d of last directions on %s", dim, power[k], row_name[i]);
		}
	near(mixed.mean, want[2] / 3, 4 * standard_error(&mixed),
		 "dim %d: mixed fourth moment of blocks", dim);
	near(single_mixed.mean, want[2] / 3, 4 * standard_error(&single_mixed),
		 "dim %d: mixed fourth moment of first directions", dim);
	free(memory);
	free(out);
	free(work);
	free(x);
}

/* Haar: the orthogonal group has both signs of the determinant, and E Q_11 Q_22 = 0 */
static void
check_haar(void)
{
	sample		corner = {0},
				minor = {0};
	tap_worst	orthogonal = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 24, 0);
	for (int trial = 0; trial < 20000; trial++)
	{
		double		q[4];
		double		determinant;

		fill_gaussian(&rng, q, 4);
		ntk_haar(2, 2, q, NULL);
		determinant = q[0] * q[3] - q[1] * q[2];
		worst_note(&orthogonal, fabs(determinant), 1, 1e-14, "trial %d", trial);
		sample_add(&corner, q[0]);
		sample_add(&minor, determinant);
	}
	worst_ok(&orthogonal, "2 x 2 Haar matrices are orthogonal");
	near(corner.mean, 0, 4 * standard_error(&corner), "their corner has mean zero");
	near(minor.mean, 0, 4 * standard_error(&minor), "their determinant has mean zero");
}

/* Q is orthonormal, and Q^T A triangular with a positive diagonal: there is one such Q */
static void
check_orthonormal(int n, int columns)
{
	double	   *a = doubles((size_t) n * columns);
	double	   *q = doubles((size_t) n * columns);
	tap_worst	orthonormal = {0},
				triangular = {0};
	int			positive = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 27, n);
	fill_gaussian(&rng, a, (size_t) n * columns);
	memcpy(q, a, sizeof(double) * n * columns);
	ntk_haar(n, columns, q, NULL);
	for (int i = 0; i < columns; i++)
		for (int j = 0; j <= i; j++)
		{
			const double *column = q + (size_t) i * n;
			double		r = dot(column, a + (size_t) j * n, n);

			worst_note(&orthonormal, dot(column, q + (size_t) j * n, n), i == j, 1e-13,
					   "columns %d and %d", i, j);
			if (i == j)
				positive &= r > 0;
			else
				worst_note(&triangular, r, 0, 1e-12 * sqrt(n), "columns %d and %d", i, j);
		}
	worst_ok(&orthonormal, "%d x %d: columns are orthonormal", n, columns);
	worst_ok(&triangular, "%d x %d: the other factor is triangular", n, columns);
	ok(positive, "%d x %d: with a positive diagonal", n, columns);
	free(a);
	free(q);
}

/* the adjoint: <a, W x> = <W^T a, x> for all x, here the axes */
static void
check_combine(int dim, int count)
{
	enum
	{
		ROWS = 3
	};
	size_t		size = sizeof(double) * ROWS * dim;
	size_t		work_size = sizeof(float) * 2 * dim;
	float	   *memory = floats(ntk_directions_floats(dim, count));
	double	   *a = doubles((size_t) ROWS * count);
	double	   *out = guarded(size);
	float	   *work = guarded(work_size);
	float	   *axis = floats(dim);
	float	   *w = floats(count);
	tap_worst	worst = {0};
	ntk_directions directions;
	ntk_rng		rng;

	ntk_rng_init(&rng, 25, dim);
	ntk_directions_init(&directions, dim, count, 9, memory, NULL);
	fill_gaussian(&rng, a, (size_t) ROWS * count);
	ntk_directions_combine(&directions, a, ROWS, out, work);
	for (int k = 0; k < dim; k += 1 + dim / 50)
	{
		memset(axis, 0, sizeof(float) * dim);
		axis[k] = 1;
		ntk_directions_project(&directions, axis, 1, w, work);
		for (int i = 0; i < ROWS; i++)
		{
			const double *row = a + (size_t) i * count;
			double		want = 0;

			for (int j = 0; j < count; j++)
				want += row[j] * w[j] * directions.unit;
			worst_note(&worst, out[(size_t) i * dim + k], want,
					   1e-6 * sqrt(dot(row, row, count)), "row %d, coordinate %d", i, k);
		}
	}
	worst_ok(&worst, "dim %d, %d directions: combinations are the adjoint of projections", dim,
			 count);
	ok(guards_intact(out, size) && guards_intact(work, work_size),
	   "dim %d, %d directions: nothing outside is written", dim, count);
	free(memory);
	free(a);
	guarded_free(out);
	guarded_free(work);
	free(axis);
	free(w);
}

int
main(void)
{
	static const struct
	{
		int			dim,
					count;
	}			cases[] = {
		{3, 1}, {3, 3}, {3, 10}, {10, 7}, {10, 40}, {63, 130}, {64, 64}, {64, 100},
		{128, 1}, {128, 127}, {128, 128}, {128, 300}, {256, 256}, {1024, 1025}, {4096, 3}
	};

	check_sizes();
	for (int i = 0; i < LENGTH(cases); i++)
	{
		check_block(cases[i].dim, cases[i].count);
		check_combine(cases[i].dim, cases[i].count);
	}
	check_blocks(3);
	check_blocks(64);
	check_blocks(128);
	check_moments(3, 20000);
	check_moments(10, 10000);
	check_moments(64, 2000);
	check_moments(128, 4000);
	check_haar();
	check_orthonormal(100, 64);
	check_orthonormal(4095, 64);
	check_orthonormal(4096, 64);	/* from here on by another algorithm */
	check_orthonormal(300000, 20);
	return done_testing();
}
