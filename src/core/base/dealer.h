/*
 * dealer.h
 *		Dealing out memory and drawing the random numbers that go there.
 *
 * Like a deal, a dealer without memory only counts: then nothing is drawn.
 */
#ifndef NTK_DEALER_H
#define NTK_DEALER_H

#include "core/base/deal.h"
#include "core/base/rng.h"
#include "core/base/status.h"

typedef struct ntk_dealer
{
	ntk_deal	deal;
	ntk_rng		rng;
	ntk_pause	pause;			/* called while numbers are drawn; may be NULL */
} ntk_dealer;

static inline const float *
ntk_dealer_signs(ntk_dealer *dealer, size_t n)
{
	float	   *signs = ntk_take(&dealer->deal, n);

	if (signs)
	{
		ntk_rng_signs(&dealer->rng, signs, (int) n);
		ntk_pause_if(dealer->pause);
	}
	return signs;
}

#endif
