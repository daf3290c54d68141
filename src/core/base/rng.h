/*
 * rng.h
 *		Reproducible random numbers.
 *
 * SplitMix64 (Steele, Lea, Flood 2014): a counter passed through a mixing
 * function. A stream is named by (seed, stream); equal names give equal numbers
 * on every machine, different names are independent for our purposes.
 */
#ifndef NTK_RNG_H
#define NTK_RNG_H

#include <stdint.h>

typedef struct ntk_rng
{
	uint64_t	state;
	double		spare;			/* second half of the last Gaussian pair */
	int			has_spare;
} ntk_rng;

extern void ntk_rng_init(ntk_rng *rng, uint64_t seed, uint64_t stream);

/* 64 uniform bits */
extern uint64_t ntk_rng_next(ntk_rng *rng);

/* uniform in (0, 1), 52 bits */
extern double ntk_rng_uniform(ntk_rng *rng);

/* standard normal (Box-Muller) */
extern double ntk_rng_gaussian(ntk_rng *rng);

/* out[0..n-1] independent signs, +1 or -1 */
extern void ntk_rng_signs(ntk_rng *rng, float *out, int n);

#endif
