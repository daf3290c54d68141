/*
 * rfp.c
 *		Level-3 operations on rectangular full packed matrices.
 *
 * LAPACK's own dsfrk and dpftrf make the same few calls on whole parts; these
 * can be interrupted within a part.
 */
#include "core/linalg/rfp.h"

#include <string.h>

#include "core/linalg/blas.h"

ntk_rfp
ntk_rfp_view(double *a, int n)
{
	ntk_rfp		view = {.n = n,.n1 = n - n / 2,.n2 = n / 2};

	if (n % 2)
	{
		view.ld = n;
		view.t1 = a;
		view.t2 = a + n;
		view.s = a + view.n1;
	}
	else
	{
		view.ld = n + 1;
		view.t1 = a + 1;
		view.t2 = a;
		view.s = a + view.n1 + 1;
	}
	return view;
}

double *
ntk_rfp_at(const ntk_rfp *a, int i, int j)
{
	if (i < j)
	{
		int			swap = i;

		i = j;
		j = swap;
	}
	if (j >= a->n1)
		return a->t2 + (j - a->n1) + (size_t) (i - a->n1) * a->ld;
	if (i >= a->n1)
		return a->s + (i - a->n1) + (size_t) j * a->ld;
	return a->t1 + i + (size_t) j * a->ld;
}

#define TILE 32					/* a tile is mirrored within the cache */

/*
 * Rows and columns of the first triangle lie in the lower half of the square, those of the
 * second in its upper half, by columns as in a. The other half of each is filled from it.
 */
void
ntk_rfp_expand(const ntk_rfp *a, double *square, ntk_pause pause)
{
	int			n = a->n;
	int			n1 = a->n1;

	for (int j = 0; j < n1; j++)
	{
		double	   *to = square + (size_t) j * n;

		memcpy(to + j, a->t1 + j + (size_t) j * a->ld, sizeof(double) * (n1 - j));
		memcpy(to + n1, a->s + (size_t) j * a->ld, sizeof(double) * a->n2);
	}
	for (int j = n1; j < n; j++)
		memcpy(square + n1 + (size_t) j * n, a->t2 + (size_t) (j - n1) * a->ld,
			   sizeof(double) * (j - n1 + 1));
	ntk_pause_if(pause);

	for (int j0 = 0; j0 < n; j0 += TILE)
	{
		for (int i0 = j0; i0 < n; i0 += TILE)
			for (int j = j0; j < n && j < j0 + TILE; j++)
				for (int i = i0 > j ? i0 : j + 1; i < n && i < i0 + TILE; i++)
				{
					double	   *lower = square + i + (size_t) j * n;
					double	   *upper = square + j + (size_t) i * n;

					if (j < n1)
						*upper = *lower;
					else
						*lower = *upper;
				}
		ntk_pause_if(pause);
	}
}

void
ntk_rfp_pack(const ntk_rfp *a, const double *square, ntk_pause pause)
{
	int			n = a->n;
	int			n1 = a->n1;

	for (int j = 0; j < n1; j++)
	{
		const double *from = square + (size_t) j * n;

		memcpy(a->t1 + j + (size_t) j * a->ld, from + j, sizeof(double) * (n1 - j));
		memcpy(a->s + (size_t) j * a->ld, from + n1, sizeof(double) * a->n2);
	}
	for (int j = n1; j < n; j++)
		memcpy(a->t2 + (size_t) (j - n1) * a->ld, square + n1 + (size_t) j * n,
			   sizeof(double) * (j - n1 + 1));
	ntk_pause_if(pause);
}

void
ntk_rfp_rank_k(const ntk_rfp *a, int k, double alpha, const double *x, ntk_pause pause)
{
	const double *below = x + a->n1;

	ntk_syrk('L', 'N', a->n1, k, alpha, x, a->n, a->t1, a->ld, pause);
	ntk_gemm('N', 'T', a->n2, a->n1, k, alpha, below, a->n, x, a->n, a->s, a->ld, pause);
	ntk_syrk('U', 'N', a->n2, k, alpha, below, a->n, a->t2, a->ld, pause);
}

void
ntk_rfp_multiply(const ntk_rfp *a, int columns, const double *x, double *y, ntk_pause pause)
{
	const double *x2 = x + a->n1;
	double	   *y2 = y + a->n1;

	ntk_symm('L', a->n1, columns, a->t1, a->ld, x, a->n, y, a->n, pause);
	ntk_gemm('T', 'N', a->n1, columns, a->n2, 1.0, a->s, a->ld, x2, a->n, y, a->n, pause);
	ntk_gemm('N', 'N', a->n2, columns, a->n1, 1.0, a->s, a->ld, x, a->n, y2, a->n, pause);
	ntk_symm('U', a->n2, columns, a->t2, a->ld, x2, a->n, y2, a->n, pause);
}

ntk_status
ntk_rfp_cholesky(const ntk_rfp *a, ntk_pause pause)
{
	if (ntk_potrf('L', a->n1, a->t1, a->ld, pause) != NTK_OK)
		return NTK_NOT_POSITIVE;
	ntk_trsm('R', 'L', a->n2, a->n1, a->t1, a->ld, a->s, a->ld, pause);
	ntk_syrk('U', 'N', a->n2, a->n1, -1.0, a->s, a->ld, a->t2, a->ld, pause);
	return ntk_potrf('U', a->n2, a->t2, a->ld, pause);
}

/* the array starts at the lower of the two triangles' addresses */
static const double *
rfp_start_of(const ntk_rfp *a)
{
	return a->t1 < a->t2 ? a->t1 : a->t2;
}

void
ntk_rfp_solve(const ntk_rfp *factor, int columns, double *b, ntk_pause pause)
{
	ntk_pftrs(factor->n, columns, rfp_start_of(factor), b, pause);
}

void
ntk_rfp_half_solve(const ntk_rfp *factor, char trans, int columns, double *b, ntk_pause pause)
{
	int			n = factor->n;
	double	   *below = b + factor->n1;

	if (trans == 'T')
	{
		ntk_tfsm(n, columns, rfp_start_of(factor), b, pause);
		return;
	}
	/* [L1 0; S U^T] [X1; X2] = [B1; B2], U the upper triangle t2 */
	ntk_trsm('L', 'L', factor->n1, columns, factor->t1, factor->ld, b, n, pause);
	ntk_gemm('N', 'N', factor->n2, columns, factor->n1, -1.0, factor->s, factor->ld, b, n, below,
			 n, pause);
	ntk_trsm('L', 'U', factor->n2, columns, factor->t2, factor->ld, below, n, pause);
}

/* the first columns of the identity of order rows, leading dimension n */
static void
rfp_identity(double *x, int n, int rows, int columns)
{
	for (int j = 0; j < columns; j++)
	{
		memset(x + (size_t) j * n, 0, sizeof(double) * rows);
		x[j + (size_t) j * n] = 1;
	}
}

static double
rfp_sum_of_squares(const double *x, int n, int rows, int columns)
{
	double		sum = 0;

	for (int j = 0; j < columns; j++)
		for (int i = 0; i < rows; i++)
			sum += x[i + (size_t) j * n] * x[i + (size_t) j * n];
	return sum;
}

/*
 * tr(A^-1) = |L^-1|^2, by columns of L^-1. A column begins at its diagonal; one of the
 * first triangle goes on below it.
 */
double
ntk_rfp_trace_of_inverse(const ntk_rfp *factor, double *work, ntk_pause pause)
{
	int			n = factor->n;
	int			ld = factor->ld;
	double		trace = 0;
	int			columns;

	for (int first = 0; first < factor->n1; first += columns)
	{
		int			rows = factor->n1 - first;
		double	   *below = work + rows;

		columns = rows < NTK_RFP_TRACE_COLUMNS ? rows : NTK_RFP_TRACE_COLUMNS;
		rfp_identity(work, n, rows + factor->n2, columns);
		ntk_trsm('L', 'L', rows, columns, factor->t1 + first + (size_t) first * ld, ld, work, n,
				 pause);
		ntk_gemm('N', 'N', factor->n2, columns, rows, -1.0, factor->s + (size_t) first * ld, ld,
				 work, n, below, n, pause);
		ntk_trsm('L', 'U', factor->n2, columns, factor->t2, ld, below, n, pause);
		trace += rfp_sum_of_squares(work, n, rows + factor->n2, columns);
	}
	for (int first = 0; first < factor->n2; first += columns)
	{
		int			rows = factor->n2 - first;

		columns = rows < NTK_RFP_TRACE_COLUMNS ? rows : NTK_RFP_TRACE_COLUMNS;
		rfp_identity(work, n, rows, columns);
		ntk_trsm('L', 'U', rows, columns, factor->t2 + first + (size_t) first * ld, ld, work, n,
				 pause);
		trace += rfp_sum_of_squares(work, n, rows, columns);
	}
	return trace;
}
