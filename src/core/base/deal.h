/*
 * deal.h
 *		Dealing out a block of memory piece by piece.
 *
 * Without memory a deal only counts, so that the size of a layout and the layout are found by
 * the same code and cannot disagree.
 */
#ifndef NTK_DEAL_H
#define NTK_DEAL_H

#include <stddef.h>

typedef struct ntk_deal
{
	float	   *memory;			/* NULL: count only */
	size_t		used;			/* floats so far */
} ntk_deal;

#define NTK_DEAL_ALIGN 16		/* floats: pieces begin at multiples of 64 bytes of memory */

/* the next n floats (or ints); NULL without memory */
static inline float *
ntk_take(ntk_deal *deal, size_t n)
{
	float	   *piece = deal->memory ? deal->memory + deal->used : NULL;

	deal->used += (n + NTK_DEAL_ALIGN - 1) / NTK_DEAL_ALIGN * NTK_DEAL_ALIGN;
	return piece;
}

/* the next n doubles, aligned if the memory is */
static inline double *
ntk_take_doubles(ntk_deal *deal, size_t n)
{
	return (double *) ntk_take(deal, 2 * n);
}

#endif
