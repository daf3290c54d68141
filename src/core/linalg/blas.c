/*
 * blas.c
 *		OpenBLAS, cut into interruptible pieces.
 *
 * Debian's OpenBLAS has LAPACK but not LAPACKE: the Fortran symbols are declared
 * here. Factorizations recurse on halves, so that nearly all work is ntk_gemm
 * and ntk_syrk, whatever the size.
 */
#include "core/linalg/blas.h"

#include <math.h>
#include <string.h>

#include "core/base/integer.h"

#define LEAF 512				/* below this a factorization is one LAPACK call */
#define HAAR_TALL 64			/* rows a column from which on orthogonal ones come by Cholesky */

extern void dgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k,
				   const double *alpha, const double *a, const int *lda, const double *b,
				   const int *ldb, const double *beta, double *c, const int *ldc);
extern void dgemv_(const char *ta, const int *m, const int *n, const double *alpha, const double *a,
				   const int *lda, const double *x, const int *incx, const double *beta, double *y,
				   const int *incy);
extern void sgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k,
				   const float *alpha, const float *a, const int *lda, const float *b,
				   const int *ldb, const float *beta, float *c, const int *ldc);
extern void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k,
				   const double *alpha, const double *a, const int *lda, const double *beta,
				   double *c, const int *ldc);
extern void dsymm_(const char *side, const char *uplo, const int *m, const int *n,
				   const double *alpha, const double *a, const int *lda, const double *b,
				   const int *ldb, const double *beta, double *c, const int *ldc);
extern void dtrsm_(const char *side, const char *uplo, const char *trans, const char *diag,
				   const int *m, const int *n, const double *alpha, const double *a,
				   const int *lda, double *b, const int *ldb);
extern void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
extern void dpftrs_(const char *transr, const char *uplo, const int *n, const int *nrhs,
					const double *a, double *b, const int *ldb, int *info);
extern void dtfsm_(const char *transr, const char *side, const char *uplo, const char *trans,
				   const char *diag, const int *m, const int *n, const double *alpha,
				   const double *a, double *b, const int *ldb);
extern void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau,
					double *work, const int *lwork, int *info);
extern void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda,
					const double *tau, double *work, const int *lwork, int *info);
extern void dsytrd_(const char *uplo, const int *n, double *a, const int *lda, double *d,
					double *e, double *tau, double *work, const int *lwork, int *info);
extern void dorgtr_(const char *uplo, const int *n, double *a, const int *lda,
					const double *tau, double *work, const int *lwork, int *info);
extern void dstedc_(const char *compz, const int *n, double *d, double *e, double *z,
					const int *ldz, double *work, const int *lwork, int *iwork,
					const int *liwork, int *info);
extern char *openblas_get_config(void);
extern char *openblas_get_corename(void);
extern int	openblas_get_parallel(void);

static const double blas_one = 1.0;

/* side of the square tile whose product of inner length k fits one piece */
static int
blas_tile_side(int k)
{
	double		side = sqrt(NTK_PIECE_FLOPS / (2.0 * (k > 0 ? k : 1)));

	return side < 64 ? 64 : side > 16384 ? 16384 : (int) side;
}

/* address of element (i, j) of a column-major matrix, or of its transpose */
static const double *
blas_at(const double *a, int lda, char trans, int i, int j)
{
	return trans == 'N' ? a + i + (long) j * lda : a + j + (long) i * lda;
}

void
ntk_gemm(char trans_a, char trans_b, int m, int n, int k, double alpha, const double *a,
		 int lda, const double *b, int ldb, double *c, int ldc, ntk_pause pause)
{
	int			tile = blas_tile_side(k);
	const int	step = 1;

	/* dgemm would pack all of A for one column; one piece is a column's work at most */
	if (n == 1 && trans_b == 'N')
	{
		dgemv_(&trans_a, trans_a == 'N' ? &m : &k, trans_a == 'N' ? &k : &m, &alpha, a, &lda, b,
			   &step, &blas_one, c, &step);
		ntk_pause_if(pause);
		return;
	}
	for (int j = 0; j < n; j += tile)
		for (int i = 0; i < m; i += tile)
		{
			int			rows = ntk_smaller(tile, m - i);
			int			columns = ntk_smaller(tile, n - j);

			dgemm_(&trans_a, &trans_b, &rows, &columns, &k, &alpha, blas_at(a, lda, trans_a, i, 0),
				   &lda, blas_at(b, ldb, trans_b, 0, j), &ldb, &blas_one,
				   c + i + (long) j * ldc, &ldc);
			ntk_pause_if(pause);
		}
}

void
ntk_sgemm(char trans_a, char trans_b, int m, int n, int k, const float *a, int lda,
		  const float *b, int ldb, float beta, float *c, int ldc)
{
	const float alpha = 1;

	sgemm_(&trans_a, &trans_b, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc);
}

void
ntk_syrk(char uplo, char trans, int n, int k, double alpha, const double *a, int lda,
		 double *c, int ldc, ntk_pause pause)
{
	int			tile = blas_tile_side(k);
	char		other = trans == 'N' ? 'T' : 'N';

	for (int j = 0; j < n; j += tile)
	{
		int			size = ntk_smaller(tile, n - j);
		int			rest = n - j - size;
		const double *here = blas_at(a, lda, trans, j, 0);
		const double *below = blas_at(a, lda, trans, j + size, 0);
		double	   *diagonal = c + j + (long) j * ldc;

		dsyrk_(&uplo, &trans, &size, &k, &alpha, here, &lda, &blas_one, diagonal, &ldc);
		ntk_pause_if(pause);
		if (rest == 0)
			break;
		if (uplo == 'L')
			ntk_gemm(trans, other, rest, size, k, alpha, below, lda, here, lda,
					 diagonal + size, ldc, pause);
		else
			ntk_gemm(trans, other, size, rest, k, alpha, here, lda, below, lda,
					 diagonal + (long) size * ldc, ldc, pause);
	}
}

/* one LAPACK-sized triangle, in pieces along the other side of B */
static void
blas_trsm_leaf(char side, char uplo, int m, int n, const double *a, int lda, double *b, int ldb,
			   ntk_pause pause)
{
	int			order = side == 'R' ? n : m;
	int			other = side == 'R' ? m : n;
	const char *trans = side == 'L' && uplo == 'L' ? "N" : "T";
	int			step = (int) (NTK_PIECE_FLOPS / ((double) order * order));

	for (int i = 0; i < other; i += step)
	{
		int			count = ntk_smaller(step, other - i);

		if (side == 'R')
			dtrsm_(&side, &uplo, trans, "N", &count, &n, &blas_one, a, &lda, b + i, &ldb);
		else
			dtrsm_(&side, &uplo, trans, "N", &m, &count, &blas_one, a, &lda, b + (long) i * ldb,
				   &ldb);
		ntk_pause_if(pause);
	}
}

void
ntk_trsm(char side, char uplo, int m, int n, const double *a, int lda, double *b, int ldb,
		 ntk_pause pause)
{
	int			order = side == 'R' ? n : m;
	int			half = order / 2;
	int			rest = order - half;
	const double *corner = a + half + (long) half * lda;

	if (m == 0 || n == 0)
		return;
	if (order <= LEAF)
		blas_trsm_leaf(side, uplo, m, n, a, lda, b, ldb, pause);
	else if (side == 'R')
	{
		/* [X1 X2] [L11^T L21^T; 0 L22^T] = [B1 B2] */
		double	   *b2 = b + (long) half * ldb;

		ntk_trsm(side, uplo, m, half, a, lda, b, ldb, pause);
		ntk_gemm('N', 'T', m, rest, half, -1.0, b, ldb, a + half, lda, b2, ldb, pause);
		ntk_trsm(side, uplo, m, rest, corner, lda, b2, ldb, pause);
	}
	else if (uplo == 'U')
	{
		/* [U11^T 0; U12^T U22^T] [X1; X2] = [B1; B2] */
		ntk_trsm(side, uplo, half, n, a, lda, b, ldb, pause);
		ntk_gemm('T', 'N', rest, n, half, -1.0, a + (long) half * lda, lda, b, ldb, b + half,
				 ldb, pause);
		ntk_trsm(side, uplo, rest, n, corner, lda, b + half, ldb, pause);
	}
	else
	{
		/* [L11 0; L21 L22] [X1; X2] = [B1; B2] */
		ntk_trsm(side, uplo, half, n, a, lda, b, ldb, pause);
		ntk_gemm('N', 'N', rest, n, half, -1.0, a + half, lda, b, ldb, b + half, ldb, pause);
		ntk_trsm(side, uplo, rest, n, corner, lda, b + half, ldb, pause);
	}
}

ntk_status
ntk_potrf(char uplo, int n, double *a, int lda, ntk_pause pause)
{
	int			half = n / 2;
	int			rest = n - half;
	double	   *corner = a + half + (long) half * lda;

	if (n == 0)
		return NTK_OK;
	if (n <= LEAF)
	{
		int			info;

		dpotrf_(&uplo, &n, a, &lda, &info);
		ntk_pause_if(pause);
		return info == 0 ? NTK_OK : NTK_NOT_POSITIVE;
	}

	if (ntk_potrf(uplo, half, a, lda, pause) != NTK_OK)
		return NTK_NOT_POSITIVE;
	if (uplo == 'L')
	{
		ntk_trsm('R', 'L', rest, half, a, lda, a + half, lda, pause);
		ntk_syrk('L', 'N', rest, half, -1.0, a + half, lda, corner, lda, pause);
	}
	else
	{
		ntk_trsm('L', 'U', half, rest, a, lda, a + (long) half * lda, lda, pause);
		ntk_syrk('U', 'T', rest, half, -1.0, a + (long) half * lda, lda, corner, lda, pause);
	}
	return ntk_potrf(uplo, rest, corner, lda, pause);
}

/* how many of so many columns make one piece, at this many operations a column */
static int
blas_piece_columns(double flops, int columns)
{
	double		fit = NTK_PIECE_FLOPS / flops;

	return fit < 1 ? 1 : fit > columns ? columns : (int) fit;
}

void
ntk_symm(char uplo, int n, int columns, const double *a, int lda, const double *b, int ldb,
		 double *c, int ldc, ntk_pause pause)
{
	int			step = blas_piece_columns(2.0 * n * n, columns);

	for (int j = 0; j < columns; j += step)
	{
		int			count = ntk_smaller(step, columns - j);

		dsymm_("L", &uplo, &n, &count, &blas_one, a, &lda, b + (long) j * ldb, &ldb, &blas_one,
			   c + (long) j * ldc, &ldc);
		ntk_pause_if(pause);
	}
}

void
ntk_tfsm(int n, int columns, const double *factor, double *b, ntk_pause pause)
{
	int			step = blas_piece_columns((double) n * n, columns);

	for (int j = 0; j < columns; j += step)
	{
		int			count = ntk_smaller(step, columns - j);

		dtfsm_("N", "L", "L", "T", "N", &n, &count, &blas_one, factor, b + (long) j * n, &n);
		ntk_pause_if(pause);
	}
}

void
ntk_pftrs(int n, int columns, const double *factor, double *b, ntk_pause pause)
{
	int			step = blas_piece_columns(2.0 * n * n, columns);

	for (int j = 0; j < columns; j += step)
	{
		int			count = ntk_smaller(step, columns - j);
		int			info;

		dpftrs_("N", "L", &n, &count, factor, b + (long) j * n, &n, &info);
		ntk_pause_if(pause);
	}
}

double
ntk_norm(const double *x, int n)
{
	double		square = 0;

	for (int i = 0; i < n; i++)
		square += x[i] * x[i];
	return sqrt(square);
}

/*
 * A = Q L^T from the Cholesky factor L of A^T A, a piece of rows at a time. The Gaussian columns
 * of so tall a matrix are nearly orthogonal: the condition number is about 1.3 at most, and no
 * digits are lost.
 */
static void
blas_haar_tall(int n, int columns, double *a, ntk_pause pause)
{
	double		square[NTK_HAAR_MAX * NTK_HAAR_MAX];
	const int	step = (int) (NTK_PIECE_FLOPS / (2.0 * columns * columns));

	memset(square, 0, sizeof(square));
	for (int i = 0; i < n; i += step)
		ntk_syrk('L', 'T', columns, ntk_smaller(step, n - i), 1.0, a + i, n, square, columns,
				 pause);
	ntk_potrf('L', columns, square, columns, pause);
	ntk_trsm('R', 'L', n, columns, square, columns, a, n, pause);
}

void
ntk_haar(int n, int columns, double *a, ntk_pause pause)
{
	double		tau[NTK_HAAR_MAX];
	double		sign[NTK_HAAR_MAX];
	double		work[NTK_HAAR_MAX * 32];
	const int	lwork = NTK_HAAR_MAX * 32;
	int			info;

	if (n >= HAAR_TALL * columns)
	{
		blas_haar_tall(n, columns, a, pause);
		return;
	}
	dgeqrf_(&n, &columns, a, &n, tau, work, &lwork, &info);
	for (int j = 0; j < columns; j++)
		sign[j] = a[j + (long) j * n] < 0 ? -1.0 : 1.0;
	dorgqr_(&n, &columns, &columns, a, &n, tau, work, &lwork, &info);
	for (int j = 0; j < columns; j++)
		for (int i = 0; i < n; i++)
			a[i + (long) j * n] *= sign[j];
	ntk_pause_if(pause);
}

/* what dstedc demands; more than the others need, up to blocks of 64 */
static int
blas_dstedc_doubles(int n)
{
	int			least = 1 + 4 * n + n * n;

	return least > 64 * n ? least : 64 * n;
}

static int
blas_dstedc_ints(int n)
{
	return 3 + 5 * n;
}

size_t
ntk_eigen_doubles(int n)
{
	return (size_t) n * n + 2 * n + blas_dstedc_doubles(n) + blas_dstedc_ints(n);
}

/*
 * The steps of dsyevd. LAPACK's own, and its routine for the last one, would need Fortran's
 * run-time library, which the rest of it does not.
 */
ntk_status
ntk_eigen(int n, double *a, double *eigenvalues, double *work, ntk_pause pause)
{
	double	   *vectors = work;
	double	   *off = vectors + (size_t) n * n;
	double	   *tau = off + n;
	double	   *rest = tau + n;
	const int	doubles = blas_dstedc_doubles(n);
	const int	ints = blas_dstedc_ints(n);
	int		   *integers = (int *) (rest + doubles);
	int			info;

	/* A = Q T Q^T, T tridiagonal */
	dsytrd_("L", &n, a, &n, eigenvalues, off, tau, rest, &doubles, &info);
	ntk_pause_if(pause);
	dorgtr_("L", &n, a, &n, tau, rest, &doubles, &info);
	ntk_pause_if(pause);
	/* T = V Lambda V^T */
	dstedc_("I", &n, eigenvalues, off, vectors, &n, rest, &doubles, integers, &ints, &info);
	if (info != 0)
		return NTK_OVERFLOW;
	ntk_pause_if(pause);
	memset(rest, 0, sizeof(double) * n * n);
	ntk_gemm('N', 'N', n, n, n, 1.0, a, n, vectors, n, rest, n, pause);
	memcpy(a, rest, sizeof(double) * n * n);
	return NTK_OK;
}

/* dsyrk takes the buffer whatever the size, dgemm may do without for a small one */
void
ntk_blas_take_buffer(void)
{
	const double a = 1;
	double		c = 0;

	ntk_syrk('L', 'N', 1, 1, 1.0, &a, 1, &c, 1, NULL);
}

const char *
ntk_blas_config(void)
{
	return openblas_get_config();
}

const char *
ntk_blas_core(void)
{
	return openblas_get_corename();
}

int
ntk_blas_parallel(void)
{
	return openblas_get_parallel();
}
