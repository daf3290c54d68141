/*
 * patches.h
 *		Patches of the layers of a convolutional network.
 *
 * A layer is [height][width][channels]. Its patches are those around every pixel that a
 * patch sum leaves (image.h), pixels by rows: patch (i, j) has its corner at the pixel
 * (i - margin, j - margin) of the layer, and what lies outside the layer is 0.
 */
#ifndef NTK_PATCHES_H
#define NTK_PATCHES_H

#include "core/kernels/image.h"

typedef struct ntk_layer
{
	int			height;
	int			width;
	int			channels;
	int			filter;			/* of the patches */
	int			margin;
} ntk_layer;

/* the layer that so many patch sums of an image make, with so many channels */
extern ntk_layer ntk_layer_of(const ntk_image *image, int sums, int channels);

/* patches along the two sides of a layer, and numbers in one */
static inline int
ntk_layer_rows(const ntk_layer *layer)
{
	return layer->height + 2 * layer->margin - layer->filter + 1;
}

static inline int
ntk_layer_columns(const ntk_layer *layer)
{
	return layer->width + 2 * layer->margin - layer->filter + 1;
}

static inline int
ntk_layer_patch(const ntk_layer *layer)
{
	return layer->filter * layer->filter * layer->channels;
}

/* out: [filter][filter][channels], patch (i, j) of the layer x */
extern void ntk_patch_copy(const ntk_layer *layer, const float *x, int i, int j, float *out);

/*
 * N^1 of an image: out[i][j] = the sum of squares of patch (i, j) of the layer x; and N^h
 * from N^(h-1), a layer of one channel: the mean over patches. docs/MATH.md §4.
 */
extern void ntk_patch_squares(const ntk_layer *layer, const float *x, float *out);
extern void ntk_patch_means(const ntk_layer *layer, const float *x, float *out);

/*
 * out: [channels] = sum over the pixels of patch (i, j) of signs o pixel, signs: [filter]
 * [filter][channels]; channels must be a multiple of 32. If signs are random, inner products
 * of patches are the means of those of such sums. x has the last filter rows of the layer:
 * row r is at r % filter.
 */
extern void ntk_patch_compress(const ntk_layer *layer, const float *x, const float *signs,
							   int i, int j, float *out);

#endif
