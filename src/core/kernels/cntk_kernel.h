/*
 * cntk_kernel.h
 *		The exact convolutional neural tangent kernel of two images.
 *
 * Definition: docs/MATH.md §4 (arXiv 1904.11955, section 4; arXiv 2106.07880, definition 3):
 * depth convolutional layers with ReLU, of which the first and the last are not trained.
 * The kernel is the mean of Pi^L over the pairs of pixels that pooling brings together:
 * those in the same cell of the grid, or without pooling those in the same place.
 *
 * The cost is in O(depth (height width)^2), without pooling O(depth height width); g x g
 * cells divide it by about g^2 / 4.
 */
#ifndef NTK_CNTK_KERNEL_H
#define NTK_CNTK_KERNEL_H

#include <stddef.h>

#include "core/base/status.h"
#include "core/kernels/kernel.h"
#include "core/kernels/image.h"

#define NTK_CNTK_MIN_DEPTH 2	/* at depth 1 nothing is trained: the kernel is 0 */

/* Bytes of workspace; SIZE_MAX if they do not fit a size_t. */
extern size_t ntk_cntk_workspace(const ntk_image *image, int depth);

/*
 * K(x, y) for finite x, y of ntk_image_length(image) numbers, into *result. depth is
 * NTK_CNTK_MIN_DEPTH to NTK_MAX_DEPTH, pixels must be left after depth patch sums, and
 * pooling must not exceed their rows and columns. K(x, y) = K(y, x) to the bit, nothing is
 * lost by cancellation where patches are parallel, and patches of zeros contribute 0.
 * NTK_OVERFLOW if K is not finite. Calls pause (status.h).
 */
extern ntk_status ntk_cntk_exact(const ntk_image *image, int depth, const double *x,
								 const double *y, void *workspace, ntk_pause pause,
								 double *result);

#endif
