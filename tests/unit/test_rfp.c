/*
 * test_rfp.c
 *		Rectangular full packed matrices and the dense linear algebra below them,
 *		against the textbook loops.
 */
#include "core/linalg/rfp.h"

#include "core/linalg/blas.h"
#include "fixture.h"
#include "tap.h"

/* every element once, both triangles alike, nothing outside */
static void
check_layout(int n)
{
	size_t		size = ntk_rfp_size(n);
	double	   *a = doubles(size);
	unsigned char *seen = calloc(size, 1);
	ntk_rfp		view = ntk_rfp_view(a, n);
	int			inside = 1,
				once = 1,
				symmetric = 1;

	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double	   *element = ntk_rfp_at(&view, i, j);

			symmetric &= element == ntk_rfp_at(&view, j, i);
			if (element < a || element >= a + size)
				inside = 0;
			else
				once &= seen[element - a]++ == 0;
		}
	ok(inside && once && size == (size_t) n * (n + 1) / 2,
	   "n = %d: elements and places correspond one to one", n);
	ok(symmetric, "n = %d: (i, j) and (j, i) are one element", n);
	free(a);
	free(seen);
}

/* the lower triangle of the dense matrix, column-major */
static void
unpack(const ntk_rfp *a, double *dense)
{
	for (int j = 0; j < a->n; j++)
		for (int i = j; i < a->n; i++)
			dense[i + (size_t) j * a->n] = *ntk_rfp_at(a, i, j);
}

/* Cholesky's algorithm on a lower triangle, column by column */
static void
textbook_cholesky(double *a, int n)
{
	for (int j = 0; j < n; j++)
	{
		double	   *column = a + (size_t) j * n;

		for (int k = 0; k < j; k++)
		{
			const double *before = a + (size_t) k * n;

			for (int i = j; i < n; i++)
				column[i] -= before[i] * before[j];
		}
		column[j] = sqrt(column[j]);
		for (int i = j + 1; i < n; i++)
			column[i] /= column[j];
	}
}

static void
check_algebra(int n, int k, int columns)
{
	size_t		bytes = ntk_rfp_size(n) * sizeof(double);
	double	   *a = guarded(bytes);
	double	   *dense = doubles((size_t) n * n);
	double	   *x = doubles((size_t) n * k);
	double	   *b = guarded((size_t) n * columns * sizeof(double));
	double	   *want = doubles((size_t) n * columns);
	double	   *product = guarded((size_t) n * columns * sizeof(double));
	double	   *half = guarded((size_t) n * columns * sizeof(double));
	tap_worst	sum = {0},
				factor = {0},
				times = {0},
				halves = {0},
				solution = {0};
	ntk_rfp		view = ntk_rfp_view(a, n);
	ntk_rng		rng;

	/* A = I + symmetric noise / 10 n + 0.7 X X^T */
	ntk_rng_init(&rng, 51, n);
	for (size_t i = 0; i < ntk_rfp_size(n); i++)
		a[i] = 0.1 / n * ntk_rng_gaussian(&rng);
	for (int i = 0; i < n; i++)
		*ntk_rfp_at(&view, i, i) += 1;
	fill_gaussian(&rng, x, (size_t) n * k);
	unpack(&view, dense);
	for (int l = 0; l < k; l++)
		for (int j = 0; j < n; j++)
			for (int i = j; i < n; i++)
				dense[i + (size_t) j * n] += 0.7 * x[i + (size_t) l * n] * x[j + (size_t) l * n];
	pause_calls = 0;
	ntk_rfp_rank_k(&view, k, 0.7, x, count_pause);
	ok(pause_calls > 0, "n = %d: rank_k pauses", n);
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			worst_note(&sum, *ntk_rfp_at(&view, i, j), dense[i + (size_t) j * n],
					   1e-14 * (k + 1) * 3, "(%d, %d)", i, j);
	worst_ok(&sum, "n = %d, k = %d: A + alpha X X^T", n, k);

	/* B = A times a known solution */
	fill_gaussian(&rng, want, (size_t) n * columns);
	for (int c = 0; c < columns; c++)
		for (int i = 0; i < n; i++)
		{
			double		value = 0;

			for (int j = 0; j < n; j++)
				value += (i >= j ? dense[i + (size_t) j * n] : dense[j + (size_t) i * n]) *
					want[j + (size_t) c * n];
			b[i + (size_t) c * n] = value;
		}

	for (int i = 0; i < n * columns; i++)
		product[i] = 1;
	pause_calls = 0;
	ntk_rfp_multiply(&view, columns, want, product, count_pause);
	ok(pause_calls > 0, "n = %d: multiply pauses", n);
	for (int i = 0; i < n * columns; i++)
		worst_note(&times, product[i], b[i] + 1, 1e-11 * (k + 1), "element %d", i);
	worst_ok(&times, "n = %d: Y + A X, %d columns", n, columns);

	textbook_cholesky(dense, n);
	pause_calls = 0;
	ok(ntk_rfp_cholesky(&view, count_pause) == NTK_OK && pause_calls > 0,
	   "n = %d: a positive definite matrix has a factor", n);
	for (int j = 0; j < n; j++)
		for (int i = j; i < n; i++)
			worst_note(&factor, *ntk_rfp_at(&view, i, j), dense[i + (size_t) j * n],
					   1e-12 * sqrt(k + 1.0), "(%d, %d)", i, j);
	worst_ok(&factor, "n = %d: the Cholesky factor", n);

	/* the two halves of a solution */
	memcpy(half, b, (size_t) n * columns * sizeof(double));
	pause_calls = 0;
	ntk_rfp_half_solve(&view, 'N', columns, half, count_pause);
	ok(pause_calls > 0, "n = %d: half_solve pauses", n);
	for (int c = 0; c < columns; c++)
		for (int i = 0; i < n; i++)
		{
			double		value = 0;

			for (int j = 0; j <= i; j++)
				value += dense[i + (size_t) j * n] * half[j + (size_t) c * n];
			worst_note(&halves, value, b[i + (size_t) c * n], 1e-10 * (k + 1), "L x, (%d, %d)",
					   i, c);
		}
	ntk_rfp_half_solve(&view, 'T', columns, half, NULL);
	for (int i = 0; i < n * columns; i++)
		worst_note(&halves, half[i], want[i], 1e-9, "both, element %d", i);
	worst_ok(&halves, "n = %d: half solutions", n);

	/* the trace of the inverse, by solving for all columns of the identity */
	{
		double	   *inverse = doubles((size_t) n * n);
		double	   *work = guarded((size_t) n * NTK_RFP_TRACE_COLUMNS * sizeof(double));
		double		trace = 0;

		for (int i = 0; i < n; i++)
			inverse[i + (size_t) i * n] = 1;
		ntk_rfp_solve(&view, n, inverse, NULL);
		for (int i = 0; i < n; i++)
			trace += inverse[i + (size_t) i * n];
		pause_calls = 0;
		near(ntk_rfp_trace_of_inverse(&view, work, count_pause), trace, 1e-11 * trace,
			 "n = %d: the trace of the inverse", n);
		ok(pause_calls > 0 && guards_intact(work, (size_t) n * NTK_RFP_TRACE_COLUMNS * sizeof(double)),
		   "n = %d: with pauses, inside its memory", n);
		guarded_free(work);
		free(inverse);
	}

	pause_calls = 0;
	ntk_rfp_solve(&view, columns, b, count_pause);
	ok(pause_calls > 0, "n = %d: solve pauses", n);
	for (int i = 0; i < n * columns; i++)
		worst_note(&solution, b[i], want[i], 1e-9, "element %d", i);
	worst_ok(&solution, "n = %d: %d solutions", n, columns);
	ok(guards_intact(a, bytes) && guards_intact(b, (size_t) n * columns * sizeof(double)) &&
	   guards_intact(product, (size_t) n * columns * sizeof(double)) &&
	   guards_intact(half, (size_t) n * columns * sizeof(double)),
	   "n = %d: nothing outside is written", n);
	guarded_free(product);
	guarded_free(half);
	guarded_free(a);
	free(dense);
	free(x);
	guarded_free(b);
	free(want);
}

/* the identity with one diagonal element that spoils it, anywhere */
static void
check_not_positive(int n)
{
	double	   *a = doubles(ntk_rfp_size(n));
	int			places[] = {0, n / 3, (n - 1) / 2, n - n / 2 < n ? n - n / 2 : 0, n - 1};
	static const double values[] = {-1, 0};
	int			good = 1;

	for (int v = 0; v < LENGTH(values); v++)
		for (int p = 0; p < LENGTH(places); p++)
		{
			ntk_rfp		view = ntk_rfp_view(a, n);

			memset(a, 0, ntk_rfp_size(n) * sizeof(double));
			for (int i = 0; i < n; i++)
				*ntk_rfp_at(&view, i, i) = i == places[p] ? values[v] : 1;
			good &= ntk_rfp_cholesky(&view, NULL) == NTK_NOT_POSITIVE;
		}
	ok(good, "n = %d: a negative or zero pivot is reported wherever it is", n);

	/* indefinite though its diagonal is positive */
	if (n > 1)
	{
		ntk_rfp		view = ntk_rfp_view(a, n);

		memset(a, 0, ntk_rfp_size(n) * sizeof(double));
		for (int i = 0; i < n; i++)
			*ntk_rfp_at(&view, i, i) = 1;
		*ntk_rfp_at(&view, n - 1, 0) = 1.5;
		ok(ntk_rfp_cholesky(&view, NULL) == NTK_NOT_POSITIVE,
		   "n = %d: so is an element that is too large", n);
	}
	free(a);
}

/* integers from -4 to 4: all sums below are exact */
static void
fill_integers(ntk_rng *rng, double *out, size_t n)
{
	uint64_t	bits = 0;

	for (size_t i = 0; i < n; i++)
	{
		if (i % 16 == 0)
			bits = ntk_rng_next(rng);
		out[i] = (double) (bits % 9) - 4;
		bits /= 9;
	}
}

/* so long an inner length that every part of the matrix is cut into tiles */
static void
check_tiles(int n, int k)
{
	double	   *a = doubles(ntk_rfp_size(n));
	double	   *x = doubles((size_t) n * k);
	tap_worst	worst = {0};
	ntk_rfp		view = ntk_rfp_view(a, n);
	ntk_rng		rng;

	ntk_rng_init(&rng, 53, n);
	fill_integers(&rng, x, (size_t) n * k);
	pause_calls = 0;
	ntk_rfp_rank_k(&view, k, 2, x, count_pause);
	ok(pause_calls >= (double) n * n * k / (NTK_PIECE_FLOPS * 1.01),
	   "n = %d, k = %d: rank_k pauses every so many operations", n, k);
	for (int i = 0; i < n; i += 13)
	{
		double	   *want = doubles(n);

		for (int l = 0; l < k; l++)
			for (int j = 0; j < n; j++)
				want[j] += 2 * x[i + (size_t) l * n] * x[j + (size_t) l * n];
		for (int j = 0; j < n; j++)
			worst_note(&worst, *ntk_rfp_at(&view, i, j), want[j], 0, "(%d, %d)", i, j);
		free(want);
	}
	worst_ok(&worst, "n = %d, k = %d: the sum of all tiles", n, k);
	free(a);
	free(x);
}

/* C += alpha op(A) op(B), with leading dimensions larger than the matrices */
static void
check_gemm(char trans_a, char trans_b, int m, int n, int k)
{
	int			lda = (trans_a == 'N' ? m : k) + 3;
	int			ldb = (trans_b == 'N' ? k : n) + 2;
	int			ldc = m + 1;
	int			a_columns = trans_a == 'N' ? k : m;
	int			b_columns = trans_b == 'N' ? n : k;
	double	   *a = doubles((size_t) lda * a_columns);
	double	   *b = doubles((size_t) ldb * b_columns);
	double	   *c = doubles((size_t) ldc * n);
	double	   *before = doubles((size_t) ldc * n);
	tap_worst	worst = {0};
	int			gap = 1;
	ntk_rng		rng;

	ntk_rng_init(&rng, 52, m);
	fill_integers(&rng, a, (size_t) lda * a_columns);
	fill_integers(&rng, b, (size_t) ldb * b_columns);
	fill_integers(&rng, c, (size_t) ldc * n);
	memcpy(before, c, sizeof(double) * ldc * n);
	pause_calls = 0;
	ntk_gemm(trans_a, trans_b, m, n, k, -0.5, a, lda, b, ldb, c, ldc, count_pause);
	/* a sample of elements that has every row and every column */
	for (int trial = 0; trial < 400; trial++)
	{
		int			i = trial < m ? trial : (int) (ntk_rng_next(&rng) % m);
		int			j = trial < n ? n - 1 - trial : (int) (ntk_rng_next(&rng) % n);
		double		want = before[i + (size_t) j * ldc];

		for (int l = 0; l < k; l++)
			want += -0.5 * (trans_a == 'N' ? a[i + (size_t) l * lda] : a[l + (size_t) i * lda]) *
				(trans_b == 'N' ? b[l + (size_t) j * ldb] : b[j + (size_t) l * ldb]);
		worst_note(&worst, c[i + (size_t) j * ldc], want, 0, "(%d, %d)", i, j);
	}
	for (int j = 0; j < n; j++)
		gap &= c[m + (size_t) j * ldc] == before[m + (size_t) j * ldc];
	worst_ok(&worst, "gemm %c%c, %d x %d x %d", trans_a, trans_b, m, n, k);
	ok(gap && pause_calls >= ceil(2.0 * m * n * k / (NTK_PIECE_FLOPS * 1.01)),
	   "gemm %c%c: keeps to its rows and pauses every so many operations", trans_a, trans_b);
	free(a);
	free(b);
	free(c);
	free(before);
}

/* triangular solves and factors larger than one LAPACK call, of either triangle */
static void
check_triangles(char side, char uplo, int order, int other)
{
	int			m = side == 'R' ? other : order;
	int			n = side == 'R' ? order : other;
	int			ld = order + 5;
	double	   *a = doubles((size_t) ld * order);
	double	   *factor = doubles((size_t) ld * order);
	double	   *x = doubles((size_t) m * n);
	double	   *b = doubles((size_t) m * n);
	tap_worst	solution = {0},
				cholesky = {0};
	ntk_rng		rng;

	/* T: the triangle, 1 + |noise| on its diagonal; A = T T^T or T^T T */
	ntk_rng_init(&rng, 54, order);
	for (int j = 0; j < order; j++)
		for (int i = 0; i < order; i++)
			if (i == j)
				a[i + (size_t) j * ld] = 1 + ntk_rng_uniform(&rng);
			else if ((i > j) == (uplo == 'L'))
				a[i + (size_t) j * ld] = 0.3 / sqrt(order) * ntk_rng_gaussian(&rng);
			else
				a[i + (size_t) j * ld] = NAN;	/* must not be read */
	fill_gaussian(&rng, x, (size_t) m * n);
	for (int j = 0; j < n; j++)
		for (int i = 0; i < m; i++)
		{
			double		sum = 0;

			if (side == 'R')	/* B = X L^T */
				for (int l = 0; l <= j; l++)
					sum += x[i + (size_t) l * m] * a[j + (size_t) l * ld];
			else if (uplo == 'L')	/* B = L X */
				for (int l = 0; l <= i; l++)
					sum += a[i + (size_t) l * ld] * x[l + (size_t) j * m];
			else				/* B = U^T X */
				for (int l = 0; l <= i; l++)
					sum += a[l + (size_t) i * ld] * x[l + (size_t) j * m];
			b[i + (size_t) j * m] = sum;
		}
	ntk_trsm(side, uplo, m, n, a, ld, b, m, NULL);
	for (int i = 0; i < m * n; i++)
		worst_note(&solution, b[i], x[i], 1e-11, "element %d", i);
	worst_ok(&solution, "trsm %c%c of order %d", side, uplo, order);

	for (int j = 0; j < order; j++)
		for (int i = 0; i < order; i++)
		{
			double		sum = 0;

			if (i != j && (i > j) != (uplo == 'L'))
				continue;
			for (int l = 0; l <= (i < j ? i : j); l++)
				sum += uplo == 'L' ? a[i + (size_t) l * ld] * a[j + (size_t) l * ld] :
					a[l + (size_t) i * ld] * a[l + (size_t) j * ld];
			factor[i + (size_t) j * ld] = sum;
		}
	ok(ntk_potrf(uplo, order, factor, ld, NULL) == NTK_OK, "potrf %c of order %d", uplo, order);
	for (int j = 0; j < order; j++)
		for (int i = 0; i < order; i++)
			if (i == j || (i > j) == (uplo == 'L'))
				worst_note(&cholesky, factor[i + (size_t) j * ld], a[i + (size_t) j * ld], 1e-11,
						   "(%d, %d)", i, j);
			else if (factor[i + (size_t) j * ld] != 0)
				worst_note(&cholesky, 1, 0, 0, "(%d, %d) of the other triangle", i, j);
	worst_ok(&cholesky, "potrf %c of order %d finds the triangle", uplo, order);
	free(a);
	free(factor);
	free(x);
	free(b);
}

/* more right-hand sides than are solved between two pauses */
static void
check_many_columns(int n, int columns)
{
	double	   *a = doubles(ntk_rfp_size(n));
	double	   *b = doubles((size_t) n * columns);
	tap_worst	worst = {0};
	ntk_rfp		view = ntk_rfp_view(a, n);
	ntk_rng		rng;

	ntk_rng_init(&rng, 55, n);
	for (size_t i = 0; i < ntk_rfp_size(n); i++)
		a[i] = 0.3 / n * ntk_rng_gaussian(&rng);
	for (int i = 0; i < n; i++)
	{
		*ntk_rfp_at(&view, i, i) += 1;
		b[i] = ntk_rng_gaussian(&rng);
		for (int c = 1; c < columns; c++)
			b[i + (size_t) c * n] = (c + 1) * b[i];
	}
	ntk_rfp_cholesky(&view, NULL);
	pause_calls = 0;
	ntk_rfp_solve(&view, columns, b, count_pause);
	ok(pause_calls >= 2, "n = %d: solving for %d columns pauses", n, columns);
	for (int c = 1; c < columns; c++)
		for (int i = 0; i < n; i++)
			worst_note(&worst, b[i + (size_t) c * n], (c + 1) * b[i], 1e-11 * (c + 1),
					   "column %d, row %d", c, i);
	worst_ok(&worst, "n = %d: multiples of a column have multiples of its solution", n);
	free(a);
	free(b);
}

int
main(void)
{
	static const int sizes[] = {1, 2, 3, 4, 5, 17, 64, 129, 600, 1100};

	for (int i = 0; i < LENGTH(sizes); i++)
	{
		check_layout(sizes[i]);
		check_not_positive(sizes[i]);
		check_algebra(sizes[i], 1 + sizes[i] / 8, 1 + i % 3);
	}
	check_gemm('N', 'N', 70, 90, 33);
	check_gemm('T', 'N', 70, 90, 33);
	check_gemm('N', 'T', 1, 90, 1);
	check_gemm('T', 'T', 70, 1, 33);
	/* tiles are narrower than these for a long inner length */
	check_gemm('N', 'T', 150, 170, 60000);
	check_gemm('T', 'N', 150, 170, 60000);
	check_tiles(301, 70000);
	check_triangles('R', 'L', 1100, 23);
	check_triangles('L', 'L', 1100, 23);
	check_triangles('L', 'U', 1100, 23);
	check_triangles('R', 'L', 30, 7);
	check_triangles('L', 'L', 30, 7);
	check_triangles('L', 'U', 30, 7);
	check_many_columns(1100, 900);
	return done_testing();
}
