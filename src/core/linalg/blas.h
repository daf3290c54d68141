/*
 * blas.h
 *		The dense linear algebra we use from OpenBLAS, in interruptible pieces.
 *
 * blas.c is the only file that names BLAS and LAPACK routines. Matrices are
 * column-major with a leading dimension. Routines that take a pause call it
 * between pieces of at most NTK_PIECE_FLOPS: a BLAS call itself cannot be
 * interrupted.
 */
#ifndef NTK_BLAS_H
#define NTK_BLAS_H

#include <stddef.h>

#include "core/base/status.h"

/* C (m x n) += alpha op(A) op(B), k the inner length */
extern void ntk_gemm(char trans_a, char trans_b, int m, int n, int k, double alpha,
					 const double *a, int lda, const double *b, int ldb, double *c, int ldc,
					 ntk_pause pause);

/*
 * C (m x n) := op(A) op(B) + beta C, k the inner length, in single precision and in one piece:
 * the caller keeps 2 m n k below NTK_PIECE_FLOPS.
 */
extern void ntk_sgemm(char trans_a, char trans_b, int m, int n, int k, const float *a,
					  int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* the uplo triangle of C (n x n) += alpha op(A) op(A)^T; trans 'N': A is n x k */
extern void ntk_syrk(char uplo, char trans, int n, int k, double alpha, const double *a,
					 int lda, double *c, int ldc, ntk_pause pause);

/* C (n x columns) += A B, A symmetric with its uplo triangle given */
extern void ntk_symm(char uplo, int n, int columns, const double *a, int lda, const double *b,
					 int ldb, double *c, int ldc, ntk_pause pause);

/*
 * Triangular solves, B (m x n) in place, by the side and the uplo of the triangle:
 * ('R', 'L'): B L^-T, ('L', 'U'): U^-T B, which are the two of Cholesky steps, and
 * ('L', 'L'): L^-1 B.
 */
extern void ntk_trsm(char side, char uplo, int m, int n, const double *a, int lda, double *b,
					 int ldb, ntk_pause pause);

/* Cholesky factor of a uplo triangle in place: NTK_NOT_POSITIVE if there is none */
extern ntk_status ntk_potrf(char uplo, int n, double *a, int lda, ntk_pause pause);

/*
 * Solves A X = B in place, B n x columns with leading dimension n, from the lower
 * Cholesky factor of A in rectangular full packed form.
 */
extern void ntk_pftrs(int n, int columns, const double *factor, double *b, ntk_pause pause);

/*
 * B := L^-T B, B n x columns with leading dimension n, L a lower triangle in rectangular
 * full packed form.
 */
extern void ntk_tfsm(int n, int columns, const double *factor, double *b, ntk_pause pause);

/* the Euclidean length of x */
extern double ntk_norm(const double *x, int n);

/* most columns of ntk_haar */
#define NTK_HAAR_MAX 64

/*
 * Replaces a Gaussian n x columns matrix, n >= columns (leading dimension n), by the
 * orthogonal factor of its QR factorization with a positive diagonal in R, which makes it
 * uniform among orthonormal columns (Mezzadri, arXiv math-ph/0609050).
 */
extern void ntk_haar(int n, int columns, double *a, ntk_pause pause);

/*
 * The eigenvalues of a symmetric matrix in rising order, and its eigenvectors in the columns of
 * a (leading dimension n); its lower triangle is given, and finite. work: ntk_eigen_doubles(n)
 * doubles. Calls of LAPACK of up to n^3 operations cannot be interrupted, and are not as fast
 * as products: about 0.3 s at n = 1024. NTK_OVERFLOW if it does not converge.
 */
extern size_t ntk_eigen_doubles(int n);
extern ntk_status ntk_eigen(int n, double *a, double *eigenvalues, double *work,
							ntk_pause pause);

/*
 * OpenBLAS maps one buffer of this size at its first call and keeps it for all later ones. While
 * it cannot, it tries again for ever. ntk_blas_take_buffer makes that first call.
 */
#define NTK_BLAS_BUFFER ((size_t) 128 * 1024 * 1024)
extern void ntk_blas_take_buffer(void);

/* what is linked: version and build, processor kernels in use, 0 if single-threaded */
extern const char *ntk_blas_config(void);
extern const char *ntk_blas_core(void);
extern int	ntk_blas_parallel(void);

#endif
