/*
 * cntk_nystrom.h
 *		The method `nystrom` for images: landmarks in every layer.
 *
 * The features of a function of the cosine are its values against landmarks, whitened by
 * those among the landmarks (docs/MATH.md §3.4, §4). A landmark of layers 3 to L - 1 is
 * a pair (mu, psi), and its tangent <psi, psi'> kappa_0(t) + kappa_1(t). With all patches
 * of two images as landmarks the features have the images' exact kernel, up to the
 * final reduction.
 *
 * The numbers that such a map carries: layer by layer, rank patches mu, of any length, then
 * in layers 3 to L - 1 rank patches psi, of pixels whose mu has length 1.
 */
#ifndef NTK_CNTK_NYSTROM_H
#define NTK_CNTK_NYSTROM_H

#include "core/images/cntk.h"

/* numbers of stage h */
extern size_t ntk_cntk_nystrom_numbers(const ntk_cntk *net, int h);

/*
 * Lays out a network by its specification; then the stages in turn, each from its numbers.
 * Without memory both only count.
 */
extern void ntk_cntk_nystrom_lay_out(ntk_cntk *net, const ntk_map_spec *spec, ntk_deal *deal);
extern void ntk_cntk_nystrom_stage(ntk_cntk *net, int h, const float *landmarks,
								   ntk_pause pause);

#endif
