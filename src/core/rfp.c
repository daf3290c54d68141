/*
 * rfp.c
 *		Level-3 operations on rectangular full packed matrices.
 *
 * LAPACK's own dsfrk and dpftrf make the same few calls on whole parts; these
 * can be interrupted within a part.
 */
#include "core/rfp.h"

#include "core/blas.h"

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

void
ntk_rfp_rank_k(const ntk_rfp *a, int k, double alpha, const double *x, ntk_pause pause)
{
	const double *below = x + a->n1;

	ntk_syrk('L', 'N', a->n1, k, alpha, x, a->n, a->t1, a->ld, pause);
	ntk_gemm('N', 'T', a->n2, a->n1, k, alpha, below, a->n, x, a->n, a->s, a->ld, pause);
	ntk_syrk('U', 'N', a->n2, k, alpha, below, a->n, a->t2, a->ld, pause);
}

ntk_status
ntk_rfp_cholesky(const ntk_rfp *a, ntk_pause pause)
{
	if (ntk_potrf('L', a->n1, a->t1, a->ld, pause) != NTK_OK)
		return NTK_NOT_POSITIVE;
	ntk_trsm('L', a->n2, a->n1, a->t1, a->ld, a->s, a->ld, pause);
	ntk_syrk('U', 'N', a->n2, a->n1, -1.0, a->s, a->ld, a->t2, a->ld, pause);
	return ntk_potrf('U', a->n2, a->t2, a->ld, pause);
}

void
ntk_rfp_solve(const ntk_rfp *factor, int columns, double *b, ntk_pause pause)
{
	/* the array starts at the lower of the two triangles' addresses */
	const double *start = factor->t1 < factor->t2 ? factor->t1 : factor->t2;

	ntk_pftrs(factor->n, columns, start, b, pause);
}
