/*
 * rfp.h
 *		A symmetric matrix in rectangular full packed form.
 *
 * The lower triangle of an n x n matrix in n(n+1)/2 doubles, arranged as two
 * triangles and a rectangle that ordinary level-3 BLAS can work on (Gustavson,
 * Wasniewski, Dongarra, Langou 2010; LAPACK's TRANSR = 'N', UPLO = 'L'):
 *
 *		[ t1      ]		t1: n1 x n1, lower triangle
 *		[ s   t2  ]		s:  n2 x n1, full;  t2: n2 x n2, stored as its upper triangle
 *
 * all with leading dimension ld, n1 = ceil(n/2).
 */
#ifndef NTK_RFP_H
#define NTK_RFP_H

#include <stddef.h>

#include "core/base/status.h"

typedef struct ntk_rfp
{
	int			n,
				n1,
				n2,
				ld;
	double	   *t1,
			   *s,
			   *t2;
} ntk_rfp;

/* number of doubles */
static inline size_t
ntk_rfp_size(int n)
{
	return (size_t) n * ((size_t) n + 1) / 2;
}

/* the parts of the matrix that lies in a[0 .. ntk_rfp_size(n) - 1] */
extern ntk_rfp ntk_rfp_view(double *a, int n);

/* address of element (i, j), in either order */
extern double *ntk_rfp_at(const ntk_rfp *a, int i, int j);

/* square [n][n] := A, all of it; and A := square, which is symmetric */
extern void ntk_rfp_expand(const ntk_rfp *a, double *square, ntk_pause pause);
extern void ntk_rfp_pack(const ntk_rfp *a, const double *square, ntk_pause pause);

/* A += alpha X X^T, X n x k with leading dimension n */
extern void ntk_rfp_rank_k(const ntk_rfp *a, int k, double alpha, const double *x,
						   ntk_pause pause);

/* Y += A X, X and Y n x columns with leading dimension n */
extern void ntk_rfp_multiply(const ntk_rfp *a, int columns, const double *x, double *y,
							 ntk_pause pause);

/* A := L with A = L L^T; NTK_NOT_POSITIVE if A is not positive definite */
extern ntk_status ntk_rfp_cholesky(const ntk_rfp *a, ntk_pause pause);

/*
 * From the Cholesky factor L of A, in place: B := A^-1 B; B := L^-1 B (trans 'N') or L^-T B
 * ('T'). B n x columns with leading dimension n.
 */
extern void ntk_rfp_solve(const ntk_rfp *factor, int columns, double *b, ntk_pause pause);
extern void ntk_rfp_half_solve(const ntk_rfp *factor, char trans, int columns, double *b,
							   ntk_pause pause);

/* tr(A^-1) from the Cholesky factor; work: NTK_RFP_TRACE_COLUMNS n doubles */
#define NTK_RFP_TRACE_COLUMNS 128
extern double ntk_rfp_trace_of_inverse(const ntk_rfp *factor, double *work, ntk_pause pause);

#endif
