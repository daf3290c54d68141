/*
 * tensor_srht.c
 *		Sketching tensor products with Hadamard transforms.
 *
 * Coordinates of one block are drawn without replacement: they then cover the transform
 * evenly, and all of them once if m is a multiple of dim.
 */
#include "core/tensor_srht.h"

#include <math.h>

#include "core/hadamard.h"

_Static_assert(sizeof(int) == sizeof(float), "coordinates are stored among floats");

int
ntk_tensor_srht_dim(int length_u, int length_v)
{
	int			length = length_u > length_v ? length_u : length_v;
	int			dim = NTK_HADAMARD_MIN;

	while (dim < length)
		dim *= 2;
	return dim;
}

static int
block_count(int dim, int m)
{
	return (m + dim - 1) / dim;
}

/* room for a whole block's coordinates while they are drawn */
static size_t
chosen_room(int dim, int m)
{
	return (size_t) block_count(dim, m) * dim;
}

size_t
ntk_tensor_srht_floats(int dim, int m)
{
	return (size_t) block_count(dim, m) * 2 * dim + chosen_room(dim, m);
}

void
ntk_tensor_srht_init(ntk_tensor_srht *sketch, int dim, int m, ntk_rng *rng, float *memory)
{
	int			blocks = block_count(dim, m);
	int		   *chosen = (int *) (memory + (size_t) blocks * 2 * dim);

	sketch->dim = dim;
	sketch->m = m;
	sketch->signs = memory;
	sketch->chosen = chosen;
	for (int block = 0; block < blocks; block++, chosen += dim)
	{
		ntk_rng_signs(rng, memory + (size_t) block * 2 * dim, 2 * dim);

		/* Fisher-Yates: the first of a random order */
		for (int i = 0; i < dim; i++)
			chosen[i] = i;
		for (int i = 0; i < dim; i++)
		{
			int			other = i + (int) (ntk_rng_next(rng) % (uint64_t) (dim - i));
			int			swap = chosen[i];

			chosen[i] = chosen[other];
			chosen[other] = swap;
		}
	}
}

void
ntk_tensor_srht_draw(ntk_tensor_srht *sketch, int dim, int m, ntk_dealer *dealer)
{
	float	   *memory = ntk_take(&dealer->deal, ntk_tensor_srht_floats(dim, m));

	sketch->dim = dim;
	sketch->m = m;
	if (memory)
		ntk_tensor_srht_init(sketch, dim, m, &dealer->rng, memory);
}

void
ntk_tensor_srht_apply(const ntk_tensor_srht *sketch, const float *u, const float *v,
					  float *out, float *work)
{
	int			dim = sketch->dim;
	float		scale = (float) (1.0 / sqrt((double) sketch->m));
	float	   *hu = work;
	float	   *hv = work + dim;

	for (int first = 0; first < sketch->m; first += dim)
	{
		const float *signs = sketch->signs + 2 * (size_t) first;
		const int  *chosen = sketch->chosen + first;
		int			used = sketch->m - first < dim ? sketch->m - first : dim;

		ntk_hadamard(u, signs, hu, dim);
		ntk_hadamard(v, signs + dim, hv, dim);
		for (int i = 0; i < used; i++)
			out[first + i] = scale * hu[chosen[i]] * hv[chosen[i]];
	}
}

void
ntk_tensor_srht_apply_at(const ntk_tensor_srht *sketch, size_t shift, const float *u,
						 const float *v, float *out, float *work)
{
	ntk_tensor_srht shifted = *sketch;

	shifted.signs += shift;
	shifted.chosen += shift;
	ntk_tensor_srht_apply(&shifted, u, v, out, work);
}
