/*
 * osnap.c
 *		The sparse embedding.
 */
#include "core/sketches/osnap.h"

#include "core/base/rng.h"

#define STREAM UINT64_C(0x6f736e6170)	/* apart from those of the methods */

void
ntk_osnap_init(ntk_osnap *osnap, int dim, uint64_t seed)
{
	ntk_rng		rng;

	ntk_rng_init(&rng, seed, STREAM);
	osnap->dim = dim;
	osnap->key = ntk_rng_next(&rng);
}

void
ntk_osnap_add(const ntk_osnap *osnap, int i, double value, double *out)
{
	ntk_rng		rng;
	uint64_t	bits = 0;
	int			first = 0;

	value *= 0.5;				/* 1 / sqrt(NTK_OSNAP_PLACES) */
	ntk_rng_init(&rng, osnap->key, (uint64_t) i);
	for (int section = 0; section < NTK_OSNAP_PLACES; section++)
	{
		int			end = (int) ((int64_t) osnap->dim * (section + 1) / NTK_OSNAP_PLACES);
		uint64_t	place;

		/* a half of the bits: a sign and 31 bits that choose the place */
		bits = section % 2 ? bits >> 32 : ntk_rng_next(&rng);
		place = ((bits & UINT64_C(0x7fffffff)) * (uint64_t) (end - first)) >> 31;
		out[first + place] += bits & UINT64_C(0x80000000) ? -value : value;
		first = end;
	}
}
