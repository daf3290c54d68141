/*
 * rng.c
 *		SplitMix64 streams.
 */
#include "core/base/rng.h"

#include <math.h>

#define GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15)
#define TWO_PI 6.283185307179586476925286766559

static uint64_t
rng_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
ntk_rng_init(ntk_rng *rng, uint64_t seed, uint64_t stream)
{
	/* mixed twice: neighbouring seeds and streams must start far apart */
	rng->state = rng_mix(rng_mix(seed + GOLDEN_GAMMA) + GOLDEN_GAMMA * (stream + 1));
	rng->has_spare = 0;
}

uint64_t
ntk_rng_next(ntk_rng *rng)
{
	rng->state += GOLDEN_GAMMA;
	return rng_mix(rng->state);
}

double
ntk_rng_uniform(ntk_rng *rng)
{
	return ((double) (ntk_rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

double
ntk_rng_gaussian(ntk_rng *rng)
{
	double		radius,
				angle;

	if (rng->has_spare)
	{
		rng->has_spare = 0;
		return rng->spare;
	}
	radius = sqrt(-2.0 * log(ntk_rng_uniform(rng)));
	angle = TWO_PI * ntk_rng_uniform(rng);
	rng->spare = radius * sin(angle);
	rng->has_spare = 1;
	return radius * cos(angle);
}

void
ntk_rng_signs(ntk_rng *rng, float *out, int n)
{
	uint64_t	bits = 0;

	for (int i = 0; i < n; i++)
	{
		if (i % 64 == 0)
			bits = ntk_rng_next(rng);
		out[i] = (bits & 1) ? 1.0f : -1.0f;
		bits >>= 1;
	}
}
