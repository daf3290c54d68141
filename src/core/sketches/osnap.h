/*
 * osnap.h
 *		A sparse embedding of long vectors: every coordinate goes to a few places.
 *
 * Column i of the dim x d matrix has NTK_OSNAP_PLACES entries +-1/sqrt(NTK_OSNAP_PLACES),
 * one in each of as many sections of the result; places and signs are hashes of i. So
 * E<Sx, Sy> = <x, y>, its variance is of the order |x|^2 |y|^2 / dim, and a vector
 * costs its non-zeros, whatever d. CountSketch with several places: Nelson and
 * Nguyen (OSNAP), arXiv 1211.1002; docs/MATH.md §3.5.
 */
#ifndef NTK_OSNAP_H
#define NTK_OSNAP_H

#include <stdint.h>

#define NTK_OSNAP_PLACES 4

typedef struct ntk_osnap
{
	int			dim;			/* length of the result */
	uint64_t	key;
} ntk_osnap;

/* dim >= NTK_OSNAP_PLACES */
extern void ntk_osnap_init(ntk_osnap *osnap, int dim, uint64_t seed);

/* out += value times column i >= 0; out: [dim] */
extern void ntk_osnap_add(const ntk_osnap *osnap, int i, double value, double *out);

#endif
