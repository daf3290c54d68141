/*
 * cntk_patches.h
 *		Landmarks for the method `nystrom` of the convolutional kernel: patches of every layer.
 *
 * The first layer sees patches of pixels; what the second sees depends on the landmarks of
 * the first, and so on. So landmarks are chosen layer by layer, as the centres of a
 * spherical k-means clustering of patches at random places of some images.
 */
#ifndef NTK_CNTK_PATCHES_H
#define NTK_CNTK_PATCHES_H

#include "core/maps/map.h"

#define NTK_PATCHES_IMAGES 512	/* more of them bring nothing */

/* bytes of workspace */
extern size_t ntk_cntk_patches_workspace(const ntk_map_spec *spec, int n);

/*
 * landmarks: [ntk_map_landmarks(spec)], of n images as the map works on them
 * (ntk_map_read), row: [n][input_dim]. spec: of the map that is to carry them, of method
 * `nystrom` for images. 0 if the images have fewer patches that are not black than a
 * layer needs landmarks, otherwise 1. workspace: aligned for doubles.
 */
extern int	ntk_cntk_patches(const ntk_map_spec *spec, const double *row, int n,
							 uint64_t seed, float *landmarks, void *workspace,
							 ntk_pause pause);

#endif
