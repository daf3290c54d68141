/*
 * whiten.c
 *		The congruence L^-1 G L^-T of a Gram matrix.
 */
#include "core/regression/whiten.h"

#include <string.h>

#define TILE 32					/* a tile is transposed within the cache */

/* a square matrix, in place */
static void
whiten_transpose(double *a, int n, ntk_pause pause)
{
	for (int j0 = 0; j0 < n; j0 += TILE)
	{
		for (int i0 = 0; i0 <= j0; i0 += TILE)
			for (int j = j0; j < n && j < j0 + TILE; j++)
				for (int i = i0; i < j && i < i0 + TILE; i++)
				{
					double	   *upper = a + i + (size_t) j * n;
					double	   *lower = a + j + (size_t) i * n;
					double		swap = *upper;

					*upper = *lower;
					*lower = swap;
				}
		ntk_pause_if(pause);
	}
}

void
ntk_whiten(ntk_gram *gram, const ntk_rfp *l, double *square, ntk_pause pause)
{
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, gram->width);
	double		trace = ntk_gram_trace(gram);
	int			varies = ntk_gram_varies(gram);

	ntk_rfp_expand(&triangle, square, pause);
	ntk_rfp_half_solve(l, 'N', gram->width, square, pause);
	whiten_transpose(square, gram->width, pause);
	ntk_rfp_half_solve(l, 'N', gram->width, square, pause);
	ntk_rfp_pack(&triangle, square, pause);
	ntk_rfp_half_solve(l, 'N', gram->targets + 1, gram->cross, pause);
	/* of columns that do not vary, as those of one row, nothing but rounding errors would */
	if (!varies && gram->target[0] > 0)
	{
		memset(gram->triangle, 0, sizeof(double) * ntk_rfp_size(gram->width));
		ntk_rfp_rank_k(&triangle, 1, 1 / gram->target[0], gram->cross, pause);
	}
	if (*gram->cancelled > 0)
		*gram->cancelled *= ntk_gram_trace(gram) / trace;
}

void
ntk_whiten_fold(const ntk_rfp *l, int count, double *weights, ntk_pause pause)
{
	ntk_rfp_half_solve(l, 'T', count, weights, pause);
}
