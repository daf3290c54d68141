/*
 * cntk_kernel.c
 *		The exact convolutional kernel, one offset between pixels at a time.
 *
 * Pixel i of x and pixel i' of y meet at the offset o = i' - i, and patch sums move both
 * by the same steps: what belongs to an offset depends on nothing at other offsets. So the
 * arrays over pairs of pixels are handled as two-dimensional arrays over i, offset by
 * offset, and memory is in O(depth height width) in place of O((height width)^2).
 *
 * Angles. A cosine near 1, computed as such, has lost half the digits of its angle, and
 * patches are parallel in any image with areas of one colour. So cosines are not
 * computed, but their distance from 1. At level k, after k patch sums, a pixel of x has a
 * vector of length a_i (at level 0, its channels; above, a_i = sqrt(N^k_i) / q), a patch has
 * A_i^2 = sum a_j^2 over its pixels j, and likewise b, B for y. With
 * gamma_jj' = a_j b_j' - D_jj',
 *
 *		1 - rho_ii' = 1 - sum gamma_jj' / (A_i B_i')
 *					= 1/2 sum (a_j / A_i - b_j' / B_i')^2 + sum D_jj' / (A_i B_i'),
 *
 * in which nothing cancels; the next level has D_ii' = a_i b_i' (1 - kappa_1(rho_ii')). At
 * level 0, where inner products are those of vectors, D = 0 and the first sum is over the
 * channels, too; there, only, rho may be near -1, and 1 + rho is the same with plus signs.
 *
 * Images are scaled by powers of two first, so that no square overflows. A patch is black
 * if its length is below BLACK, the brightest number being in [1/2, 1).
 */
#include "core/kernels/cntk_kernel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/arccos.h"

#define BLACK 1e-140	/* the product of two inverses must be finite */

/* the images x and y after a number of patch sums */
typedef struct exact_level
{
	int			height;
	int			width;
	int			planes;			/* numbers a pixel: channels at level 0, then 1 */
	size_t		stride;			/* a row of a plane, with the margins */
	size_t		plane;			/* numbers in a plane, with the margins */
	double	   *pixel[2];		/* of x and y, by planes; margins are 0 */
	double	   *inverse[2];		/* 1 / length of the patches of the level below, 0 if
								 * black. Not at level 0 */
} exact_level;

typedef struct exact_network
{
	const ntk_image *image;
	int			depth;
	int			margin;
	exact_level	at[NTK_MAX_DEPTH + 1];
	double	   *pairs[2][2];	/* at even and odd levels: defects D and tangents T */
	double	   *row[5];			/* a row of an offset, with margins */
	ntk_pause	pause;
} exact_network;

/* the pixels i of x and i + offset of y, at a level; extents are those of the i */
typedef struct exact_offset
{
	int			from[2];		/* first row of x and y */
	int			left[2];		/* first column of x and y */
	int			rows;			/* the offset's size in rows and columns */
	int			columns;
} exact_offset;

enum
{
	DEFECT, TANGENT
};

static size_t
exact_add(size_t a, size_t b)
{
	return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t
exact_multiply(size_t a, size_t b)
{
	return b > 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

/* the geometry of a level */
static exact_level
exact_level_of(const ntk_image *image, int sums)
{
	size_t		margins = 2 * (size_t) ntk_image_margin(image);
	exact_level l = {.height = ntk_image_height(image, sums),
					 .width = ntk_image_width(image, sums)};

	l.planes = sums == 0 ? image->channels : 1;
	l.stride = l.width + margins;
	l.plane = exact_multiply(l.height + margins, l.stride);
	return l;
}

/* numbers of a level for one image */
static size_t
exact_level_numbers(const exact_level *l)
{
	return exact_add(exact_multiply(l->plane, l->planes), exact_multiply(l->height, l->width));
}

size_t
ntk_cntk_workspace(const ntk_image *image, int depth)
{
	exact_level	bottom = exact_level_of(image, 0);
	size_t		numbers = 0;

	for (int k = 0; k <= depth; k++)
	{
		exact_level	l = exact_level_of(image, k);

		numbers = exact_add(numbers, exact_multiply(2, exact_level_numbers(&l)));
	}
	numbers = exact_add(numbers, exact_multiply(4, exact_multiply(bottom.height, bottom.width)));
	numbers = exact_add(numbers, exact_multiply(5, bottom.stride));
	return exact_multiply(numbers, sizeof(double));
}

/* deals out the workspace */
static void
exact_lay_out(exact_network *net, double *memory)
{
	exact_level *bottom = &net->at[0];

	for (int k = 0; k <= net->depth; k++)
	{
		exact_level *l = &net->at[k];

		*l = exact_level_of(net->image, k);
		for (int which = 0; which < 2; which++)
		{
			l->pixel[which] = memory;
			memory += l->plane * l->planes;
			l->inverse[which] = memory;
			memory += (size_t) l->height * l->width;
		}
	}
	for (int i = 0; i < 4; i++)
	{
		net->pairs[i / 2][i % 2] = memory;
		memory += (size_t) bottom->height * bottom->width;
	}
	for (int i = 0; i < 5; i++)
	{
		net->row[i] = memory;
		memory += bottom->stride;
	}
}

/* the power of two that brings the largest element into [1/2, 1) */
static int
exact_exponent_of(const double *x, size_t n)
{
	double		largest = 0;
	int			exponent;

	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i]));
	frexp(largest, &exponent);
	return exponent;
}

/* an image, scaled, into planes with margins */
static void
exact_read_image(const exact_network *net, const double *x, int exponent, int which)
{
	const exact_level *l = &net->at[0];
	double	   *first = l->pixel[which] + net->margin * l->stride + net->margin;

	memset(l->pixel[which], 0, sizeof(double) * l->plane * l->planes);
	for (int i = 0; i < l->height; i++)
		for (int j = 0; j < l->width; j++)
			for (int channel = 0; channel < l->planes; channel++)
				first[channel * l->plane + i * l->stride + j] = ldexp(*x++, -exponent);
}

/* the squared length of the patch at pixel (i, j) of the level above */
static double
exact_patch_square(const exact_level *l, int which, int filter, int i, int j)
{
	double		sum = 0;

	for (int p = 0; p < l->planes; p++)
		for (int a = 0; a < filter; a++)
		{
			const double *row = l->pixel[which] + p * l->plane + (i + a) * l->stride + j;

			for (int b = 0; b < filter; b++)
				sum += row[b] * row[b];
		}
	return sum;
}

/* lengths of patches, which are the pixels of the next level */
static void
exact_climb(const exact_network *net, int below, int which)
{
	const exact_level *l = &net->at[below + 1];
	int			filter = net->image->filter;
	double	   *first = l->pixel[which] + net->margin * l->stride + net->margin;

	memset(l->pixel[which], 0, sizeof(double) * l->plane);
	for (int i = 0; i < l->height; i++)
		for (int j = 0; j < l->width; j++)
		{
			double		length = sqrt(exact_patch_square(&net->at[below], which, filter, i, j));

			if (length < BLACK)
				length = 0;
			l->inverse[which][(size_t) i * l->width + j] = length > 0 ? 1.0 / length : 0.0;
			first[i * l->stride + j] = length / filter;
			ntk_pause_if(net->pause);
		}
}

static void
exact_prepare(const exact_network *net, const double *x, int exponent, int which)
{
	exact_read_image(net, x, exponent, which);
	for (int below = 0; below < net->depth; below++)
		exact_climb(net, below, which);
}

/* where pixel (0, 0) of an offset lies in an unpadded array of a level */
static size_t
exact_inverse_at(const exact_level *l, const exact_offset *o, int which, int i)
{
	return (size_t) (o->from[which] + i) * l->width + o->left[which];
}

/* and in a padded one, that row and column 0 of the margin are counted */
static size_t
exact_pixel_at(const exact_level *l, const exact_offset *o, int which, int i)
{
	return (o->from[which] + i) * l->stride + o->left[which];
}

/* adds 1/2 (u r - v s)^2 to minus, and with plus also 1/2 (u r + v s)^2 to it */
static void
exact_add_squares(const double *u, const double *r, const double *v, const double *s, int n,
				  double *minus, double *plus)
{
	if (plus == NULL)
		for (int j = 0; j < n; j++)
		{
			double		difference = u[j] * r[j] - v[j] * s[j];

			minus[j] += 0.5 * difference * difference;
		}
	else
		for (int j = 0; j < n; j++)
		{
			double		difference = u[j] * r[j] - v[j] * s[j];
			double		sum = u[j] * r[j] + v[j] * s[j];

			minus[j] += 0.5 * difference * difference;
			plus[j] += 0.5 * sum * sum;
		}
}

/*
 * Row i of an offset at level k, n pairs: half the squared distance of the patches of the
 * level below, divided by their lengths, into minus, and of their sum into plus or NULL.
 */
static void
exact_patch_distances(const exact_network *net, int k, const exact_offset *o, int i, int n,
					  double *minus, double *plus)
{
	const exact_level *l = &net->at[k];
	const exact_level *below = &net->at[k - 1];
	int			filter = net->image->filter;
	const double *r = l->inverse[0] + exact_inverse_at(l, o, 0, i);
	const double *s = l->inverse[1] + exact_inverse_at(l, o, 1, i);

	memset(minus, 0, sizeof(double) * n);
	if (plus)
		memset(plus, 0, sizeof(double) * n);
	for (int p = 0; p < below->planes; p++)
		for (int a = 0; a < filter; a++)
		{
			const double *u =
				below->pixel[0] + p * below->plane + exact_pixel_at(below, o, 0, i + a);
			const double *v =
				below->pixel[1] + p * below->plane + exact_pixel_at(below, o, 1, i + a);

			for (int b = 0; b < filter; b++)
				exact_add_squares(u + b, r, v + b, s, n, minus, plus);
			ntk_pause_if(net->pause);
		}
}

/*
 * Row i of the patch sums of an array over the pairs of an offset, height x width at the
 * level below: n numbers into out. sums is a row of scratch.
 */
static void
exact_patch_sums(const exact_network *net, const double *in, int height, int width, int i, int n,
				 double *sums, double *out)
{
	int			filter = net->image->filter;
	int			margin = net->margin;
	int			first = i - margin > 0 ? i - margin : 0;
	int			end = i - margin + filter < height ? i - margin + filter : height;

	memset(sums, 0, sizeof(double) * (width + 2 * margin));
	for (int row = first; row < end; row++)
		for (int j = 0; j < width; j++)
			sums[margin + j] += in[(size_t) row * width + j];
	memset(out, 0, sizeof(double) * n);
	for (int b = 0; b < filter; b++)
		for (int j = 0; j < n; j++)
			out[j] += sums[j + b];
	ntk_pause_if(net->pause);
}

/*
 * The angles between the patches of row i of an offset at level k, into angle, and for
 * k > 1 the tangent kernel Pi^(k-1), into tangent.
 */
static void
exact_angles(const exact_network *net, int k, const exact_offset *o, int i, int n, double *angle,
			 double *tangent)
{
	const exact_level *l = &net->at[k];
	const exact_level *below = &net->at[k - 1];
	const double *r = l->inverse[0] + exact_inverse_at(l, o, 0, i);
	const double *s = l->inverse[1] + exact_inverse_at(l, o, 1, i);
	double	   *minus = net->row[2];
	double	   *plus = net->row[3];
	double	   *sums = net->row[4];

	exact_patch_distances(net, k, o, i, n, minus, k == 1 ? plus : NULL);
	if (k > 1)
	{
		double	   *const *pairs = net->pairs[(k - 1) % 2];
		int			height = below->height - o->rows;
		int			width = below->width - o->columns;

		exact_patch_sums(net, pairs[TANGENT], height, width, i, n, sums, tangent);
		exact_patch_sums(net, pairs[DEFECT], height, width, i, n, sums, plus);
		for (int j = 0; j < n; j++)
		{
			minus[j] += plus[j] * (r[j] * s[j]);
			plus[j] = fmax(2.0 - minus[j], 0.0);
		}
	}
	for (int j = 0; j < n; j++)
		angle[j] = 2.0 * atan2(sqrt(minus[j]), sqrt(plus[j]));
}

/* row i of an offset at level k < depth, for the patch sums of level k + 1 */
static void
exact_layer_row(const exact_network *net, int k, const exact_offset *o, int i, int n)
{
	const exact_level *l = &net->at[k];
	const double *a = l->pixel[0] + exact_pixel_at(l, o, 0, i + net->margin) + net->margin;
	const double *b = l->pixel[1] + exact_pixel_at(l, o, 1, i + net->margin) + net->margin;
	double	   *defect = net->pairs[k % 2][DEFECT] + (size_t) i * n;
	double	   *tangent = net->pairs[k % 2][TANGENT] + (size_t) i * n;
	double	   *angle = net->row[0];
	double	   *inherited = net->row[1];
	double		share = 1.0 / ((double) net->image->filter * net->image->filter);

	exact_angles(net, k, o, i, n, angle, inherited);
	for (int j = 0; j < n; j++)
	{
		double		lengths = a[j] * b[j];
		double		complement = ntk_kappa1_complement(angle[j]);
		double		kappa1 = complement < 0.5 ? 1.0 - complement : ntk_kappa1(angle[j]);

		defect[j] = lengths * complement;
		tangent[j] = lengths * kappa1;
		if (k > 1)
			tangent[j] += inherited[j] * ntk_kappa0(angle[j]) * share;
	}
}

/* whether pooling, if there is any, brings pixels i and j of a height or width together */
static int
exact_together(const exact_network *net, int extent, int i, int j)
{
	int			g = net->image->pooling;

	return g <= 1 || ntk_image_cell(extent, g, i) == ntk_image_cell(extent, g, j);
}

/* the sum of Pi^L over row i of an offset, as far as pooling brings its pixels together */
static double
exact_last_row(const exact_network *net, const exact_offset *o, int i, int n)
{
	const exact_level *l = &net->at[net->depth];
	double	   *angle = net->row[0];
	double	   *inherited = net->row[1];
	double		share = 1.0 / ((double) net->image->filter * net->image->filter);
	double		sum = 0;

	if (!exact_together(net, l->height, o->from[0] + i, o->from[1] + i))
		return 0;
	exact_angles(net, net->depth, o, i, n, angle, inherited);
	for (int j = 0; j < n; j++)
		if (exact_together(net, l->width, o->left[0] + j, o->left[1] + j))
			sum += inherited[j] * ntk_kappa0(angle[j]) * share;
	return sum;
}

/* the sum of Pi^L over the pairs of pixels at an offset */
static double
exact_offset_sum(const exact_network *net, int rows, int columns)
{
	exact_offset o = {
		.from = {rows < 0 ? -rows : 0, rows > 0 ? rows : 0},
		.left = {columns < 0 ? -columns : 0, columns > 0 ? columns : 0},
		.rows = abs(rows),.columns = abs(columns)
	};
	double		sum = 0;

	for (int k = 1; k < net->depth; k++)
		for (int i = 0; i < net->at[k].height - o.rows; i++)
			exact_layer_row(net, k, &o, i, net->at[k].width - o.columns);
	for (int i = 0; i < net->at[net->depth].height - o.rows; i++)
		sum += exact_last_row(net, &o, i, net->at[net->depth].width - o.columns);
	return sum;
}

/* the largest offset within a cell */
static int
exact_reach(int extent, int g)
{
	return g == 0 ? 0 : (extent + g - 1) / g - 1;
}

/*
 * Offsets are summed together with their opposites, which are what they become when x and y
 * change places: so the kernel is symmetric to the bit.
 */
static double
exact_mean_over_pairs(const exact_network *net)
{
	const exact_level *top = &net->at[net->depth];
	int			g = net->image->pooling;
	int			rows = exact_reach(top->height, g);
	int			columns = exact_reach(top->width, g);
	double		sum = exact_offset_sum(net, 0, 0);

	for (int i = 0; i <= rows; i++)
		for (int j = i == 0 ? 1 : -columns; j <= columns; j++)
			sum += exact_offset_sum(net, i, j) + exact_offset_sum(net, -i, -j);
	return sum / ntk_image_pairs(top->height, top->width, g);
}

ntk_status
ntk_cntk_exact(const ntk_image *image, int depth, const double *x, const double *y,
			   void *workspace, ntk_pause pause, double *result)
{
	exact_network net = {
		.image = image,.depth = depth,.margin = ntk_image_margin(image),.pause = pause
	};
	int			x_exponent = exact_exponent_of(x, ntk_image_length(image));
	int			y_exponent = exact_exponent_of(y, ntk_image_length(image));

	exact_lay_out(&net, workspace);
	exact_prepare(&net, x, x_exponent, 0);
	exact_prepare(&net, y, y_exponent, 1);
	*result = ldexp(exact_mean_over_pairs(&net), x_exponent + y_exponent);
	return isfinite(*result) ? NTK_OK : NTK_OVERFLOW;
}
