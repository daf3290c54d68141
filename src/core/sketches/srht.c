/*
 * srht.c
 *		Drawing and applying SRHTs.
 */
#include "core/sketches/srht.h"

#include <math.h>
#include <string.h>

#include "core/base/integer.h"
#include "core/linalg/hadamard.h"

int
ntk_srht_dim(int at_least)
{
	int			n = NTK_HADAMARD_MIN;

	while (n < at_least)
		n *= 2;
	return n;
}

void
ntk_srht_draw(ntk_srht *srht, int dim, int m, ntk_dealer *dealer)
{
	int			blocks = ntk_blocks(m, dim);
	size_t		n = (size_t) blocks * dim;
	float	   *signs = ntk_take(&dealer->deal, n);
	int		   *chosen = (int *) ntk_take(&dealer->deal, n);

	srht->dim = dim;
	srht->m = m;
	srht->signs = signs;
	srht->chosen = chosen;
	if (dealer->deal.memory == NULL)
		return;
	for (int block = 0; block < blocks; block++, signs += dim, chosen += dim)
	{
		ntk_rng_signs(&dealer->rng, signs, dim);
		for (int i = 0; i < dim; i++)
			chosen[i] = i;
		/* every coordinate once before any twice; in order if all are taken */
		for (int i = 0; i < dim && (block + 1) * (long) dim > m; i++)
		{
			int			other = i + (int) (ntk_rng_next(&dealer->rng) % (uint64_t) (dim - i));
			int			swap = chosen[i];

			chosen[i] = chosen[other];
			chosen[other] = swap;
		}
		ntk_pause_if(dealer->pause);
	}
}

void
ntk_srht_apply(const ntk_srht *srht, const float *x, float scale, float *out, float *work)
{
	float		factor = (float) (scale / sqrt((double) srht->m));

	for (int first = 0; first < srht->m; first += srht->dim)
	{
		const int  *chosen = srht->chosen + first;
		int			used = srht->m - first < srht->dim ? srht->m - first : srht->dim;

		ntk_hadamard(x, srht->signs + first, work, srht->dim);
		for (int i = 0; i < used; i++)
			out[first + i] = factor * work[chosen[i]];
	}
}

void
ntk_srht_pad(const float *x, int length, float *out, int dim)
{
	int			copies = dim / length;
	float		factor = (float) (1.0 / sqrt((double) copies));

	for (int i = 0; i < length; i++)
		out[i] = factor * x[i];
	for (int copy = 1; copy < copies; copy++)
		memcpy(out + (size_t) copy * length, out, sizeof(float) * length);
	memset(out + (size_t) copies * length, 0, sizeof(float) * (dim - (size_t) copies * length));
}
