/*
 * tensor_srht.c
 *		Sketching tensor products with Hadamard transforms.
 *
 * Coordinates of one block are drawn without replacement: they then cover the transform
 * evenly, and all of them once if m is a multiple of dim.
 */
#include "core/sketches/tensor_srht.h"

#include <math.h>

#include "core/base/integer.h"
#include "core/base/simd.h"
#include "core/linalg/hadamard.h"

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

/* room for a whole block's coordinates while they are drawn */
static size_t
tensor_srht_chosen_room(int dim, int m)
{
	return (size_t) ntk_blocks(m, dim) * dim;
}

size_t
ntk_tensor_srht_floats(int dim, int m)
{
	return (size_t) ntk_blocks(m, dim) * 2 * dim + tensor_srht_chosen_room(dim, m);
}

void
ntk_tensor_srht_init(ntk_tensor_srht *sketch, int dim, int m, ntk_rng *rng, float *memory,
					 ntk_pause pause)
{
	int			blocks = ntk_blocks(m, dim);
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
		ntk_pause_if(pause);
	}
}

void
ntk_tensor_srht_draw(ntk_tensor_srht *sketch, int dim, int m, int in_order,
					 ntk_dealer *dealer)
{
	float	   *memory;

	sketch->dim = dim;
	sketch->m = m;
	sketch->chosen = NULL;
	if (in_order)
	{
		sketch->signs = ntk_dealer_signs(dealer, 2 * (size_t) dim);
		return;
	}
	memory = ntk_take(&dealer->deal, ntk_tensor_srht_floats(dim, m));
	if (memory)
		ntk_tensor_srht_init(sketch, dim, m, &dealer->rng, memory, dealer->pause);
}

/* out = scale u o v */
NTK_SIMD static void
tensor_srht_multiply(const float *u, const float *v, float scale, int n, float *out)
{
	for (int i = 0; i < n; i += 8)
		*(ntk_v8 *) (out + i) = scale * *(const ntk_v8 *) (u + i) *
			*(const ntk_v8 *) (v + i);
}

/* sums += u o v */
NTK_SIMD static void
tensor_srht_add_product(const float *u, const float *v, int n, float *sums)
{
	for (int i = 0; i < n; i += 8)
		*(ntk_v8 *) (sums + i) += *(const ntk_v8 *) (u + i) * *(const ntk_v8 *) (v + i);
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
		const int  *chosen = sketch->chosen ? sketch->chosen + first : NULL;
		int			used = sketch->m - first < dim ? sketch->m - first : dim;

		ntk_hadamard(u, signs, hu, dim);
		ntk_hadamard(v, signs + dim, hv, dim);
		if (chosen == NULL)
			tensor_srht_multiply(hu, hv, scale, dim, out);
		else
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
	if (shifted.chosen)
		shifted.chosen += shift;
	ntk_tensor_srht_apply(&shifted, u, v, out, work);
}

size_t
ntk_tensor_srht_sums(const ntk_tensor_srht *sketch)
{
	return (size_t) ntk_blocks(sketch->m, sketch->dim) * sketch->dim;
}

void
ntk_tensor_srht_add(const ntk_tensor_srht *sketch, const float *u, const float *v,
					float *sums, float *work)
{
	int			dim = sketch->dim;

	for (int first = 0; first < sketch->m; first += dim)
	{
		const float *signs = sketch->signs + 2 * (size_t) first;

		ntk_hadamard(u, signs, work, dim);
		ntk_hadamard(v, signs + dim, work + dim, dim);
		tensor_srht_add_product(work, work + dim, dim, sums + first);
	}
}

void
ntk_tensor_srht_sample(const ntk_tensor_srht *sketch, const float *sums, float *out)
{
	float		scale = (float) (1.0 / sqrt((double) sketch->m));

	for (int i = 0; i < sketch->m; i++)
		out[i] = scale * sums[i / sketch->dim * sketch->dim + sketch->chosen[i]];
}
