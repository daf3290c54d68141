/*
 * image.h
 *		The geometry of a convolutional network: images, patches and cells of pooling.
 *
 * An image has height x width pixels of channels numbers each, by rows, the channels of a
 * pixel side by side. A layer takes sums over the filter x filter patch around each pixel.
 * With `same` padding the image keeps its size, pixels outside it being 0; with `valid`
 * padding only patches within the image count, and it loses filter - 1 rows and columns
 * with each sum. docs/MATH.md §4; arXiv 1904.11955, section 4.
 */
#ifndef NTK_IMAGE_H
#define NTK_IMAGE_H

#include <stddef.h>

typedef enum ntk_padding
{
	NTK_PADDING_SAME = 0,
	NTK_PADDING_VALID = 1
} ntk_padding;

typedef struct ntk_image
{
	int			height;
	int			width;
	int			channels;
	int			filter;			/* odd */
	ntk_padding padding;
	int			pooling;		/* over the cells of a g x g grid; 0: none */
} ntk_image;

/* numbers in an image */
static inline size_t
ntk_image_length(const ntk_image *image)
{
	return (size_t) image->height * image->width * image->channels;
}

/* zeros that a patch sum puts at each side of an image */
static inline int
ntk_image_margin(const ntk_image *image)
{
	return image->padding == NTK_PADDING_SAME ? image->filter / 2 : 0;
}

/* what so many patch sums leave of a height or width; 0 if nothing */
static inline int
ntk_image_extent(const ntk_image *image, int extent, int sums)
{
	long long	left = extent;

	if (image->padding == NTK_PADDING_VALID)
		left -= (long long) sums * (image->filter - 1);
	return left > 0 ? (int) left : 0;
}

static inline int
ntk_image_height(const ntk_image *image, int sums)
{
	return ntk_image_extent(image, image->height, sums);
}

static inline int
ntk_image_width(const ntk_image *image, int sums)
{
	return ntk_image_extent(image, image->width, sums);
}

/*
 * Pooling divides the rows, and likewise the columns, of the image that is left by all
 * patch sums into g cells of equal size, up to a pixel: extent pixels, 1 <= g <= extent.
 * The cell, from 0, of pixel i.
 */
static inline int
ntk_image_cell(int extent, int g, int i)
{
	return (int) ((long long) i * g / extent);
}

/* the first pixel of a cell; of cell g, extent */
static inline int
ntk_image_cell_start(int extent, int g, int cell)
{
	return (int) (((long long) cell * extent + g - 1) / g);
}

/* pairs of pixels in the same cell, g x g cells, or with g = 0 in the same place */
static inline double
ntk_image_pairs(int height, int width, int g)
{
	double		pairs = 1;

	for (int side = 0; side < 2; side++)
	{
		int			extent = side == 0 ? height : width;
		double		cells = g == 0 ? extent : g;
		double		size = g == 0 ? 1 : extent / g;
		double		larger = extent - cells * size;	/* cells with a pixel more */

		pairs *= larger * (size + 1) * (size + 1) + (cells - larger) * size * size;
	}
	return pairs;
}

#endif
