/*
 * test_cntk_kernel.c
 *		The exact convolutional kernel: against values computed elsewhere, the definition
 *		written out over all pairs of pixels, closed forms, and what must hold exactly.
 */
#include "core/kernels/cntk_kernel.h"

#include "fixture.h"
#include "oracle.h"
#include "tap.h"

#define PI_LONG 3.141592653589793238462643383279502884L
#define MAX_NUMBERS 1024
#define ORACLE_ROWS 228

static double
exact(const ntk_image *image, int depth, const double *x, const double *y)
{
	size_t		bytes = ntk_cntk_workspace(image, depth);
	void	   *workspace = guarded(bytes);
	double		result = NAN;
	ntk_status	status = ntk_cntk_exact(image, depth, x, y, workspace, count_pause, &result);

	if (!guards_intact(workspace, bytes))
		bail_out("ntk_cntk_exact writes outside its workspace");
	guarded_free(workspace);
	return status == NTK_OK ? result : NAN;
}

/* oracle.h knows numbers only */
static int
oracle_is(const oracle_object *row, const char *key, const char *word)
{
	const char *value = oracle_value(row, key);

	if (value == NULL)
		bail_out("an object has no \"%s\"", key);
	return strncmp(value + strspn(value, " "), word, strlen(word)) == 0;
}

static ntk_image
oracle_image(const oracle_object *row)
{
	double		shape[3];
	ntk_image	image;

	if (oracle_numbers(row, "shape", shape, 3) != 3)
		bail_out("a shape has not three numbers");
	image.height = (int) shape[0];
	image.width = (int) shape[1];
	image.channels = (int) shape[2];
	image.filter = (int) oracle_number(row, "filter");
	image.padding = oracle_is(row, "padding", "\"valid\"") ? NTK_PADDING_VALID :
		NTK_PADDING_SAME;
	image.pooling = oracle_is(row, "pooling", "true");
	return image;
}

static void
check_oracle(void)
{
	static double y[MAX_NUMBERS],
				z[MAX_NUMBERS];
	char	   *text = oracle_read("cntk_kernels.json");
	const char *cursor = text;
	oracle_object row;
	tap_worst	worst = {0};
	int			rows = 0;

	for (; oracle_next(&cursor, &row); rows++)
	{
		ntk_image	image = oracle_image(&row);
		int			n = (int) ntk_image_length(&image);
		int			depth = (int) oracle_number(&row, "depth");
		double		want = oracle_number(&row, "cntk");

		if (oracle_numbers(&row, "y", y, MAX_NUMBERS) != n ||
			oracle_numbers(&row, "z", z, MAX_NUMBERS) != n)
			bail_out("row %d: an image has not the length of its shape", rows);
		worst_note(&worst, exact(&image, depth, y, z), want, 1e-9 * fabs(want), "row %d", rows);
	}
	ok(rows == ORACLE_ROWS && oracle_count(text, "\"cntk\":") == rows,
	   "all %d rows of cntk_kernels.json were read", ORACLE_ROWS);
	worst_ok(&worst, "the kernel has the values computed elsewhere");
	free(text);
}

/* the definition: arrays over all pairs of pixels, four-dimensional, in long double */
typedef struct naive
{
	int			h,
				w;
	long double *v;
} naive;

static naive
naive_new(int h, int w)
{
	naive		a = {h, w, calloc((size_t) h * w * h * w, sizeof(long double))};

	if (a.v == NULL)
		bail_out("out of memory");
	return a;
}

/* 0 outside, which is what padding means */
static long double
naive_get(const naive *a, int i, int j, int k, int l)
{
	if (i < 0 || i >= a->h || j < 0 || j >= a->w || k < 0 || k >= a->h || l < 0 || l >= a->w)
		return 0;
	return a->v[((i * a->w + j) * a->h + k) * a->w + l];
}

static naive
naive_patch_sums(const ntk_image *image, naive a)
{
	int			loss = image->padding == NTK_PADDING_VALID ? image->filter - 1 : 0;
	int			shift = image->padding == NTK_PADDING_VALID ? 0 : image->filter / 2;
	naive		out = naive_new(a.h - loss, a.w - loss);
	long double *next = out.v;

	for (int i = 0; i < out.h; i++)
		for (int j = 0; j < out.w; j++)
			for (int k = 0; k < out.h; k++)
				for (int l = 0; l < out.w; l++, next++)
					for (int p = -shift; p < image->filter - shift; p++)
						for (int q = -shift; q < image->filter - shift; q++)
							*next += naive_get(&a, i + p, j + q, k + p, l + q);
	free(a.v);
	return out;
}

/* gamma^0 of two images, flattened */
static naive
naive_products(const ntk_image *image, const double *x, const double *y)
{
	naive		a = naive_new(image->height, image->width);
	int			pixels = a.h * a.w;

	for (int i = 0; i < pixels; i++)
		for (int k = 0; k < pixels; k++)
			for (int c = 0; c < image->channels; c++)
				a.v[i * pixels + k] += (long double) x[i * image->channels + c] *
					y[k * image->channels + c];
	return a;
}

/* the cell of a pixel, without a division: k extent <= i g < (k + 1) extent */
static int
naive_cell(int extent, int g, int i)
{
	int			k = 0;

	while ((k + 1) * extent <= i * g)
		k++;
	return k;
}

static int
naive_together(int extent, int g, int i, int k)
{
	return g == 0 ? i == k : naive_cell(extent, g, i) == naive_cell(extent, g, k);
}

static double
naive_pool(const naive *a, int g)
{
	long double sum = 0;
	long		count = 0;

	for (int i = 0; i < a->h; i++)
		for (int j = 0; j < a->w; j++)
			for (int k = 0; k < a->h; k++)
				for (int l = 0; l < a->w; l++)
					if (naive_together(a->h, g, i, k) && naive_together(a->w, g, j, l))
					{
						sum += naive_get(a, i, j, k, l);
						count++;
					}
	return (double) (sum / count);
}

/*
 * From the patch sums of gamma^(h-1) to gamma^h, and its derivative into steps. N^h of x
 * and y is on the diagonals of xx and yy.
 */
static void
naive_arccos(const ntk_image *image, naive *gamma, const naive *xx, const naive *yy,
			 naive *steps)
{
	int			pixels = gamma->h * gamma->w;
	long double share = 1.0L / (image->filter * image->filter);

	*steps = naive_new(gamma->h, gamma->w);
	for (int i = 0; i < pixels; i++)
		for (int k = 0; k < pixels; k++)
		{
			long double *value = &gamma->v[i * pixels + k];
			long double size = sqrtl(xx->v[i * pixels + i] * yy->v[k * pixels + k]);
			long double t = size > 0 ? fmaxl(fminl(*value / size, 1), -1) : 0;

			/* nearer to 1 are those that are 1, but for rounding, whose root acosl takes */
			if (fabsl(t) > 1 - 1e-17L)
				t = roundl(t);
			*value = size * share * (sqrtl(1 - t * t) + t * (PI_LONG - acosl(t))) / PI_LONG;
			steps->v[i * pixels + k] = share * (PI_LONG - acosl(t)) / PI_LONG;
		}
}

static double
naive_kernel(const ntk_image *image, int depth, const double *x, const double *y)
{
	naive		xy = naive_products(image, x, y);
	naive		xx = naive_products(image, x, x);
	naive		yy = naive_products(image, y, y);
	naive		pi = naive_new(xy.h, xy.w);
	double		result;

	for (int h = 1; h <= depth; h++)
	{
		naive		steps;

		xy = naive_patch_sums(image, xy);
		xx = naive_patch_sums(image, xx);
		yy = naive_patch_sums(image, yy);
		pi = naive_patch_sums(image, pi);	/* Pi^(h-1); of zeros at h = 1 */
		naive_arccos(image, &xy, &xx, &yy, &steps);
		for (int i = 0; i < pi.h * pi.w * pi.h * pi.w; i++)
		{
			pi.v[i] = pi.v[i] * steps.v[i] + (h < depth ? xy.v[i] : 0);
			xx.v[i] /= image->filter * image->filter;
			yy.v[i] /= image->filter * image->filter;
		}
		free(steps.v);
	}
	result = naive_pool(&pi, image->pooling);
	free(xy.v);
	free(xx.v);
	free(yy.v);
	free(pi.v);
	return result;
}

static double
mean_square(const double *x, const ntk_image *image)
{
	int			n = (int) ntk_image_length(image);

	return dot(x, x, n) / ((double) image->height * image->width);
}

static const int shapes[][3] = {
	{7, 6, 1}, {5, 7, 3}, {6, 6, 2}, {1, 9, 1}, {9, 1, 2}, {2, 3, 1}, {1, 1, 3}
};
static const int filters[] = {1, 3, 5};

/* calls back with all networks that leave a pixel, without pooling */
static void
for_each_network(ntk_rng *rng, void (*check) (ntk_rng *rng, ntk_image image, int depth))
{
	for (int s = 0; s < LENGTH(shapes); s++)
		for (int f = 0; f < LENGTH(filters); f++)
			for (int padding = 0; padding < 2; padding++)
				for (int depth = 2; depth <= 4; depth++)
				{
					ntk_image	image = {shapes[s][0], shapes[s][1], shapes[s][2], filters[f],
						padding, 0};

					if (ntk_image_height(&image, depth) > 0 && ntk_image_width(&image, depth) > 0)
						check(rng, image, depth);
				}
}

static tap_worst agrees,
			square,
			scaled,
			parallel;
static int	symmetric = 1,
			grid_of_one = 1,
			grid_of_pixels = 1;

/* sets random areas to 0 */
static void
blacken(ntk_rng *rng, double *x, int n)
{
	int			from = (int) (ntk_rng_uniform(rng) * n);
	int			end = from + (int) (ntk_rng_uniform(rng) * (n - from)) + 1;

	for (int i = from; i < end && i < n; i++)
		x[i] = 0;
}

static void
check_poolings(ntk_rng *rng, ntk_image image, int depth)
{
	double		x[MAX_NUMBERS],
				y[MAX_NUMBERS];
	int			n = (int) ntk_image_length(&image);
	int			height = ntk_image_height(&image, depth);
	int			width = ntk_image_width(&image, depth);

	fill_gaussian(rng, x, n);
	fill_gaussian(rng, y, n);
	if (n > 4 && depth == 3)
		blacken(rng, y, n);
	for (image.pooling = 0; image.pooling <= height && image.pooling <= width; image.pooling++)
	{
		double		want = naive_kernel(&image, depth, x, y);
		double		got = exact(&image, depth, x, y);
		double		size = sqrt(mean_square(x, &image) * mean_square(y, &image));

		worst_note(&agrees, got, want, 1e-13 * depth * size,
				   "%d x %d x %d, filter %d, padding %d, depth %d, pooling %d", image.height,
				   image.width, image.channels, image.filter, image.padding, depth,
				   image.pooling);
		symmetric &= exact(&image, depth, y, x) == got;
	}
}

/* without pooling K(x, x) = (L - 1) / q^2 times the mean of N^L */
static double
square_form(const ntk_image *image, int depth, const double *x)
{
	naive		n = naive_products(image, x, x);
	int			q2 = image->filter * image->filter;
	long double scale = (depth - 1.0L) / q2;

	for (int h = 1; h <= depth; h++)
	{
		n = naive_patch_sums(image, n);
		scale /= h == 1 ? 1 : q2;
	}
	scale *= naive_pool(&n, 0);
	free(n.v);
	return (double) scale;
}

static void
check_identities(ntk_rng *rng, ntk_image image, int depth)
{
	double		x[MAX_NUMBERS],
				y[MAX_NUMBERS],
				more[MAX_NUMBERS];
	int			n = (int) ntk_image_length(&image);
	int			height = ntk_image_height(&image, depth);
	int			width = ntk_image_width(&image, depth);
	double		factor = exp(10 * ntk_rng_gaussian(rng));
	double		value;

	fill_gaussian(rng, x, n);
	fill_gaussian(rng, y, n);
	for (int i = 0; i < n; i++)
		more[i] = factor * x[i];
	value = square_form(&image, depth, x);
	worst_note(&square, exact(&image, depth, x, x), value, 1e-14 * value, "filter %d, depth %d",
			   image.filter, depth);

	for (image.pooling = 0; image.pooling < 2; image.pooling++)
	{
		value = factor * exact(&image, depth, x, y);
		worst_note(&scaled, exact(&image, depth, more, y), value, 1e-13 * value,
				   "filter %d, depth %d, factor %g", image.filter, depth, factor);
		value = factor * exact(&image, depth, x, x);
		worst_note(&parallel, exact(&image, depth, more, x), value, 1e-14 * value,
				   "filter %d, depth %d, factor %g", image.filter, depth, factor);
	}
	if (height == width)
	{
		image.pooling = 0;
		value = exact(&image, depth, x, y);
		image.pooling = height;
		grid_of_pixels &= exact(&image, depth, x, y) == value;
	}
	image.pooling = 1;
	value = naive_kernel(&image, depth, x, x);
	grid_of_one &= is_near(exact(&image, depth, x, x), value, 1e-8 * value);
}

/* patches of different brightness and the same colour are parallel */
static void
check_flat(void)
{
	tap_worst	worst = {0};

	for (int pooling = 0; pooling < 3; pooling++)
		for (int depth = 2; depth <= 8; depth++)
		{
			ntk_image	image = {40, 36, 2, 5, NTK_PADDING_VALID, pooling};
			int			n = (int) ntk_image_length(&image);
			double	   *x = doubles(n);
			double	   *y = doubles(n);
			double		want = (depth - 1) * (0.3 * 0.7 + 0.1 * 0.7 / 3);

			for (int i = 0; i < n; i++)
			{
				x[i] = i % 2 ? 0.1 : 0.3;
				y[i] = i % 2 ? 0.7 / 3 : 0.7;
			}
			worst_note(&worst, exact(&image, depth, x, y), want, 1e-14 * want,
					   "depth %d, pooling %d", depth, pooling);
			free(x);
			free(y);
		}
	worst_ok(&worst, "flat images of one colour: (L - 1) times the product of two pixels");
}

/* with filter 1, depth 2 and no pooling: kappa_1(-1) kappa_0(kappa_1(-1)) = 0 */
static void
check_opposite(void)
{
	ntk_image	image = {4, 5, 3, 1, NTK_PADDING_SAME, 0};
	double		x[60],
				y[60];
	ntk_rng		rng;

	ntk_rng_init(&rng, 3, 0);
	fill_gaussian(&rng, x, 60);
	for (int i = 0; i < 60; i++)
		y[i] = -7 * x[i];
	near(exact(&image, 2, x, y), 0, 1e-40, "opposite images");
}

static void
check_black(void)
{
	ntk_image	image = {6, 5, 2, 3, NTK_PADDING_SAME, 1};
	double		black[60] = {0};
	double		x[60];
	double		spot[60] = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 4, 0);
	fill_gaussian(&rng, x, 60);
	spot[31] = 2;
	for (image.pooling = 0; image.pooling < 3; image.pooling++)
		for (int depth = 2; depth < 5; depth++)
		{
			double		want = naive_kernel(&image, depth, spot, x);

			ok(exact(&image, depth, black, x) == 0 && exact(&image, depth, x, black) == 0 &&
			   exact(&image, depth, black, black) == 0,
			   "a black image gives 0, depth %d, pooling %d", depth, image.pooling);
			near(exact(&image, depth, spot, x), want, 1e-12,
				 "so do the black patches of one with a spot");
		}
}

static void
check_range(void)
{
	ntk_image	image = {6, 5, 2, 3, NTK_PADDING_SAME, 1};
	double		x[60],
				tiny[60],
				huge[60];
	double		result;
	void	   *workspace = doubles(ntk_cntk_workspace(&image, 3) / sizeof(double));
	ntk_rng		rng;
	double		want;

	ntk_rng_init(&rng, 5, 0);
	fill_gaussian(&rng, x, 60);
	want = exact(&image, 3, x, x);
	for (int i = 0; i < 60; i++)
	{
		tiny[i] = ldexp(x[i], -1000);
		huge[i] = ldexp(x[i], 1000);
	}
	ok(exact(&image, 3, tiny, huge) == want, "squares neither vanish nor overflow");
	ok(ntk_cntk_exact(&image, 3, huge, huge, workspace, NULL, &result) == NTK_OVERFLOW,
	   "a kernel that is not finite is reported");

	/* next to a bright pixel, areas whose squares are subnormal numbers or 0 */
	for (int power = -600; power < 0; power += 10)
	{
		for (int i = 0; i < 60; i++)
			tiny[i] = i == 0 ? 1 : ldexp(x[i], power);
		for (image.pooling = 0; image.pooling < 2; image.pooling++)
			if (!isfinite(exact(&image, 3, tiny, x)) || !isfinite(exact(&image, 3, tiny, tiny)))
				break;
		if (image.pooling < 2)
			break;
	}
	ok(image.pooling == 2, "a bright pixel among dark ones");
	free(workspace);

	image = (ntk_image) {2147483647, 2147483647, 2147483647, 2147483647, NTK_PADDING_SAME, 1};
	ok(ntk_cntk_workspace(&image, 64) == SIZE_MAX, "a workspace beyond size_t is SIZE_MAX");
}

static void
check_geometry(void)
{
	ntk_image	image = {9, 6, 1, 3, NTK_PADDING_VALID, 1};
	int			balanced = 1;

	ok(ntk_image_height(&image, 2) == 5 && ntk_image_width(&image, 2) == 2 &&
	   ntk_image_width(&image, 3) == 0 && ntk_image_margin(&image) == 0,
	   "valid padding shrinks by filter - 1 with each sum");
	image.padding = NTK_PADDING_SAME;
	ok(ntk_image_height(&image, 64) == 9 && ntk_image_margin(&image) == 1,
	   "same padding does not");
	for (int extent = 1; extent < 30; extent++)
		for (int g = 1; g <= extent; g++)
		{
			int			size[30] = {0};

			for (int i = 0; i < extent; i++)
				size[ntk_image_cell(extent, g, i)]++;
			for (int k = 0; k < g; k++)
				balanced &= size[k] == extent / g || size[k] == (extent + g - 1) / g;
		}
	ok(balanced, "cells are of equal size, up to a pixel");
}

int
main(void)
{
	ntk_rng		rng;

	ntk_rng_init(&rng, 1, 0);
	check_geometry();
	check_oracle();
	for_each_network(&rng, check_poolings);
	worst_ok(&agrees, "the kernel is its definition, on all shapes, paddings and grids");
	ok(symmetric, "K(x, y) = K(y, x) to the bit");
	for_each_network(&rng, check_identities);
	worst_ok(&square, "without pooling K(x, x) is (L - 1) / q^2 times the mean of N^L");
	worst_ok(&scaled, "K(a x, y) = a K(x, y)");
	worst_ok(&parallel, "K(a x, x) = a K(x, x)");
	ok(grid_of_one, "a grid of one cell is the mean over all pairs, of equal images, too");
	ok(grid_of_pixels, "cells of one pixel are no pooling");
	check_flat();
	check_opposite();
	check_black();
	check_range();
	ok(pause_calls > 0, "the computation pauses");
	return done_testing();
}
