/*
 * image_input.h
 *		Images, and the geometry of networks on them, from SQL.
 */
#ifndef NTK_IMAGE_INPUT_H
#define NTK_IMAGE_INPUT_H

#include "pg/base/array_input.h"

#include "core/kernels/image.h"

/* The padding called name; an error that lists the known ones. And its name. */
extern ntk_padding ntk_padding_by_name(const char *name);
extern const char *ntk_padding_name(ntk_padding padding);

/*
 * The geometry of a network of depth layers, each of them a patch sum, on images of the
 * shape {height,width,channels}: checked, so that pixels are left, and cells for pooling.
 * depth itself is for the caller to check.
 */
extern ntk_image ntk_image_make(ArrayType *shape, int depth, int filter, ntk_padding padding,
								int pooling);

/* Checks such a geometry, of whatever source. */
extern void ntk_image_check(const ntk_image *image, int depth);

/*
 * The numbers of an image into out, ntk_image_length(image) of them. An array has one
 * dimension, or the sizes {height,width,channels}, or {height,width} if there is one
 * channel; a byte is a number from 0 to 255. name is the argument's, for the errors.
 */
extern void ntk_image_read(const ntk_image *image, Datum pixels, NtkRowForm form,
						   const char *name, double *out);

#endif
