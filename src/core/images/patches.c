/*
 * patches.c
 *		Copies of patches and sums over them.
 */
#include "core/images/patches.h"

#include <string.h>

#include "core/base/simd.h"

ntk_layer
ntk_layer_of(const ntk_image *image, int sums, int channels)
{
	ntk_layer	layer = {
		.height = ntk_image_height(image, sums),
		.width = ntk_image_width(image, sums),
		.channels = channels,
		.filter = image->filter,
		.margin = ntk_image_margin(image),
	};

	return layer;
}

/* the part first <= k < end of the places start + k, 0 <= k < filter, that lies in 0 .. extent */
static void
patch_inside(int start, int filter, int extent, int *first, int *end)
{
	*first = start < 0 ? -start : 0;
	*end = start + filter > extent ? extent - start : filter;
}

void
ntk_patch_copy(const ntk_layer *layer, const float *x, int i, int j, float *out)
{
	int			top = i - layer->margin;
	int			left = j - layer->margin;
	size_t		line = (size_t) layer->filter * layer->channels;
	int			row,
				last_row,
				first,
				end;

	patch_inside(top, layer->filter, layer->height, &row, &last_row);
	patch_inside(left, layer->filter, layer->width, &first, &end);
	if (last_row - row < layer->filter || end - first < layer->filter)
		memset(out, 0, sizeof(float) * layer->filter * line);
	if (end <= first)
		return;
	for (; row < last_row; row++)
	{
		const float *from = x + ((size_t) (top + row) * layer->width + left + first) *
			layer->channels;

		memcpy(out + row * line + (size_t) first * layer->channels, from,
			   sizeof(float) * (end - first) * layer->channels);
	}
}

/* the sum of the squares of n numbers, or of the numbers */
static double
patch_sum(const float *x, int n, int squares)
{
	double		total = 0;

	for (int k = 0; k < n; k++)
		total += squares ? (double) x[k] * x[k] : x[k];
	return total;
}

static void
patch_row_sums(const ntk_layer *layer, const float *x, int squares, double factor, float *out)
{
	for (int i = 0; i < ntk_layer_rows(layer); i++)
		for (int j = 0; j < ntk_layer_columns(layer); j++)
		{
			double		total = 0;
			int			row,
						last_row,
						first,
						end;

			patch_inside(i - layer->margin, layer->filter, layer->height, &row, &last_row);
			patch_inside(j - layer->margin, layer->filter, layer->width, &first, &end);
			for (; row < last_row && first < end; row++)
				total += patch_sum(x + ((size_t) (i - layer->margin + row) * layer->width + j -
										layer->margin + first) * layer->channels,
								   (end - first) * layer->channels, squares);
			*out++ = (float) (factor * total);
		}
}

void
ntk_patch_squares(const ntk_layer *layer, const float *x, float *out)
{
	patch_row_sums(layer, x, 1, 1, out);
}

void
ntk_patch_means(const ntk_layer *layer, const float *x, float *out)
{
	patch_row_sums(layer, x, 0, 1.0 / (layer->filter * layer->filter), out);
}

/* out += sum_b signs[b] o x[b], b < count, each of n numbers */
NTK_SIMD static void
patch_add_signed(const float *x, const float *signs, int count, size_t n, float *out)
{
	for (size_t k = 0; k < n; k += 32)
	{
		ntk_v8		sum[4];

		for (int i = 0; i < 4; i++)
			sum[i] = *(const ntk_v8 *) (out + k + 8 * i);
		for (int b = 0; b < count; b++)
			for (int i = 0; i < 4; i++)
				sum[i] += *(const ntk_v8 *) (x + b * n + k + 8 * i) *
					*(const ntk_v8 *) (signs + b * n + k + 8 * i);
		for (int i = 0; i < 4; i++)
			*(ntk_v8 *) (out + k + 8 * i) = sum[i];
	}
}

void
ntk_patch_compress(const ntk_layer *layer, const float *x, const float *signs, int i, int j,
				   float *out)
{
	int			q = layer->filter;
	int			top = i - layer->margin;
	int			left = j - layer->margin;
	size_t		n = layer->channels;
	int			row,
				last_row,
				first,
				end;

	patch_inside(top, q, layer->height, &row, &last_row);
	patch_inside(left, q, layer->width, &first, &end);
	memset(out, 0, sizeof(float) * n);
	for (; row < last_row && first < end; row++)
		patch_add_signed(x + ((size_t) ((top + row) % q) * layer->width + left + first) * n,
						 signs + ((size_t) row * q + first) * n, end - first, n, out);
}
