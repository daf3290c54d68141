/*
 * test_cntk_sketch.c
 *		CNTKSketch: by Monte Carlo over seeds its blocks and its kernel, which is that of the
 *		polynomials and near the exact one; errors and their rate; blackness; the contract.
 */
#include "core/images/cntk_sketch.h"

#include "core/kernels/cntk_kernel.h"
#include "core/maps/map.h"
#include "core/images/patches.h"
#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

#define MAX_PIXELS 100
#define MAX_NUMBERS 4000

static int
method_index(void)
{
	for (int i = 0; i < ntk_method_count; i++)
		if (ntk_methods[i] == &ntk_method_cntk_sketch)
			return i;
	bail_out("no method `sketch`");
}

static ntk_map_spec
make_spec(ntk_image image, int depth, int m, int width, int degree)
{
	ntk_map_spec spec = {
		.method = method_index(),.kernel = NTK_KERNEL_NTK,
		.input_dim = (int) ntk_image_length(&image),.n_components = m,.depth = depth,
		.option = {width, degree},.seed = 1,.image = image
	};

	ntk_map_resolve(&spec);
	return spec;
}

/* features of n images, drawn from a seed; the map stays for further questions */
static void
features(const drawn_map *drawn, uint64_t seed, const double *x, int n, float *z)
{
	ntk_map_spec spec = drawn->map.spec;
	ntk_map		map;

	spec.seed = seed;
	ntk_map_init(&map, &spec, drawn->memory, NULL);
	if (ntk_map_apply(&map, x, n, z, drawn->workspace) != NTK_OK)
		bail_out("features are not finite");
}

static void
drop_intact(drawn_map *drawn)
{
	if (!drawn_intact(drawn))
		bail_out("written outside the memory or the workspace");
	drop(drawn);
}

/* images of smooth areas and noise, as photographs are: x, and others that resemble it */
static void
make_images(const ntk_image *image, int n, double low, double *x)
{
	int			length = (int) ntk_image_length(image);
	ntk_rng		rng;

	ntk_rng_init(&rng, 61, length);
	for (int k = 0; k < n; k++)
		for (int i = 0; i < image->height; i++)
			for (int j = 0; j < image->width; j++)
				for (int c = 0; c < image->channels; c++)
					*x++ = low + 0.5 + 0.4 * sin(0.7 * i + k + c) * cos(0.5 * j - k) +
						0.2 * (ntk_rng_uniform(&rng) - 0.5);
}

/* an array over pairs of pixels */
typedef double pairs[MAX_PIXELS][MAX_PIXELS];

/* whether pixel + (a, b) is one of a level of this width and height, and which */
static int
neighbour(int height, int width, int i, int j, int *place)
{
	*place = i * width + j;
	return i >= 0 && i < height && j >= 0 && j < width;
}

static void
sum_patches(const ntk_image *image, int level, pairs in, pairs out)
{
	int			h = ntk_image_height(image, level);
	int			w = ntk_image_width(image, level);
	int			rows = ntk_image_height(image, level + 1);
	int			columns = ntk_image_width(image, level + 1);
	int			margin = ntk_image_margin(image);

	for (int i = 0; i < rows * columns; i++)
		for (int k = 0; k < rows * columns; k++)
		{
			out[i][k] = 0;
			for (int a = -margin; a < image->filter - margin; a++)
				for (int b = -margin; b < image->filter - margin; b++)
				{
					int			one,
								two;

					if (neighbour(h, w, i / columns + a, i % columns + b, &one) &&
						neighbour(h, w, k / columns + a, k % columns + b, &two))
						out[i][k] += in[one][two];
				}
		}
}

/* N^h by pixels: sums over patches */
static void
sum_norms(const ntk_image *image, int level, double factor, const double *in, double *out)
{
	static pairs diagonal,
				sums;
	int			pixels = ntk_image_height(image, level) * ntk_image_width(image, level);
	int			left = ntk_image_height(image, level + 1) * ntk_image_width(image, level + 1);

	memset(diagonal, 0, sizeof(diagonal));
	for (int i = 0; i < pixels; i++)
		diagonal[i][i] = in[i];
	sum_patches(image, level, diagonal, sums);
	for (int i = 0; i < left; i++)
		out[i] = factor * sums[i][i];
}

static double
value(const ntk_polytree *tree, double t)
{
	double		sum = 0;

	for (int l = tree->degree; l >= 0; l--)
		sum = sum * t + (double) tree->root[l] * tree->root[l];
	return sum;
}

static int
same_cell(const ntk_image *image, int depth, int i, int k)
{
	int			h = ntk_image_height(image, depth);
	int			w = ntk_image_width(image, depth);
	int			g = image->pooling;

	if (g == 0)
		return i == k;
	return ntk_image_cell(h, g, i / w) == ntk_image_cell(h, g, k / w) &&
		ntk_image_cell(w, g, i % w) == ntk_image_cell(w, g, k % w);
}

/* docs/MATH.md §4 written out over all pairs of pixels, with the polynomials of the sketch */
static double
polynomial_kernel(const ntk_cntk_sketch *sketch, const double *x, const double *y)
{
	static pairs gamma,
				tangent,
				rho,
				psi;
	const ntk_image *image = &sketch->image;
	int			channels = image->channels;
	double		norm[2][MAX_PIXELS];
	double		square[2][MAX_PIXELS];
	double		share = 1.0 / (image->filter * image->filter);
	double		sum = 0,
				count = 0;

	for (int i = 0; i < image->height * image->width; i++)
	{
		square[0][i] = dot(x + i * channels, x + i * channels, channels);
		square[1][i] = dot(y + i * channels, y + i * channels, channels);
		for (int k = 0; k < image->height * image->width; k++)
			gamma[i][k] = dot(x + i * channels, y + k * channels, channels);
	}
	memset(tangent, 0, sizeof(tangent));
	for (int h = 1; h <= sketch->depth; h++)
	{
		int			pixels = ntk_image_height(image, h) * ntk_image_width(image, h);

		sum_patches(image, h - 1, gamma, rho);
		sum_patches(image, h - 1, tangent, psi);
		for (int p = 0; p < 2; p++)
		{
			sum_norms(image, h - 1, h == 1 ? 1 : share, square[p], norm[p]);
			memcpy(square[p], norm[p], sizeof(square[p]));
		}
		for (int i = 0; i < pixels; i++)
			for (int k = 0; k < pixels; k++)
			{
				double		lengths = sqrt(norm[0][i] * norm[1][k]);
				double		t = lengths > 0 ? rho[i][k] / lengths : 0;

				gamma[i][k] = lengths > 0 ? share * lengths * value(&sketch->kappa1, t) : 0;
				tangent[i][k] = share * psi[i][k] * value(&sketch->kappa0, t);
				if (h < sketch->depth)
					tangent[i][k] += gamma[i][k];
				else if (same_cell(image, h, i, k))
				{
					sum += tangent[i][k];
					count++;
				}
			}
	}
	return sum / count;
}

static double
exact_kernel(const ntk_image *image, int depth, const double *x, const double *y)
{
	void	   *workspace = guarded(ntk_cntk_workspace(image, depth));
	double		result = NAN;

	ntk_cntk_exact(image, depth, x, y, workspace, NULL, &result);
	guarded_free(workspace);
	return result;
}

/* the signed sums of patches keep inner products in the mean, also at the margins */
static void
check_compression(int filter, ntk_padding padding)
{
	enum
	{
		H = 5, W = 6, S = 64, SEEDS = 4000
	};
	ntk_image	image = {.height = H,.width = W,.channels = 1,.filter = filter,.padding = padding};
	ntk_layer	layer = ntk_layer_of(&image, 0, S);
	int			length = ntk_layer_patch(&layer);
	float	   *x[2] = {floats(H * W * S), floats(H * W * S)};
	float	   *kept[2] = {floats((size_t) filter * W * S), floats((size_t) filter * W * S)};
	float	   *patch[2] = {floats(length), floats(length)};
	float	   *signs = floats(length);
	float		out[2][S];
	int			last = ntk_layer_columns(&layer) - 1;
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 62, filter);
	for (int k = 0; k < H * W * S; k++)
	{
		x[0][k] = (float) ntk_rng_gaussian(&rng);
		x[1][k] = (float) (0.5 * x[0][k] + ntk_rng_gaussian(&rng));
	}
	for (int i = 0; i < ntk_layer_rows(&layer); i++)
	{
		sample		products[2] = {{0}};

		for (int p = 0; p < 2; p++)
			for (int row = i - layer.margin; row < i - layer.margin + filter; row++)
				if (row >= 0 && row < H)
					memcpy(kept[p] + (size_t) (row % filter) * W * S, x[p] + row * W * S,
						   sizeof(float) * W * S);
		for (int seed = 0; seed < SEEDS; seed++)
		{
			ntk_rng_signs(&rng, signs, length);
			for (int side = 0; side < 2; side++)
			{
				for (int p = 0; p < 2; p++)
					ntk_patch_compress(&layer, kept[p], signs, i, side * last, out[p]);
				sample_add(&products[side], dot_float(out[0], out[1], S));
			}
		}
		for (int side = 0; side < 2; side++)
		{
			for (int p = 0; p < 2; p++)
				ntk_patch_copy(&layer, x[p], i, side * last, patch[p]);
			worst_note(&worst, products[side].mean, dot_float(patch[0], patch[1], length),
					   4.5 * standard_error(&products[side]), "pixel %d, %d", i, side * last);
		}
	}
	worst_ok(&worst, "filter %d, padding %d: compressed patches are unbiased", filter, padding);
	for (int p = 0; p < 2; p++)
	{
		free(x[p]);
		free(kept[p]);
		free(patch[p]);
	}
	free(signs);
}

/* unit vectors x, y of cosine t */
static void
make_vectors(ntk_rng *rng, double t, int n, float *x, float *y)
{
	double		along;

	unit_float(rng, x, n);
	unit_float(rng, y, n);
	along = dot_float(x, y, n);
	for (int k = 0; k < n; k++)
		y[k] = (float) ((y[k] - along * x[k]) * sqrt((1 - t * t) / (1 - along * along)) +
						t * x[k]);
}

/* F1 and F0, all coordinates in order, with the constant and without */
static void
check_polynomials(int degree, void (*fit) (int degree, double *a), const char *name)
{
	enum
	{
		S = 64, SEEDS = 4000
	};
	static const double cosines[] = {-1, -0.6, 0, 0.5, 0.9, 1};
	double		a[NTK_POLYFIT_MAX_DEGREE + 1];
	ntk_polytree tree;
	ntk_dealer	dealer = {0};
	float	   *memory;
	float	   *results;
	float		x[2][S],
				out[2][S],
				work[2 * S];
	tap_worst	worst = {0};
	ntk_rng		rng;

	fit(degree, a);
	ntk_polytree_draw(&tree, a, degree, S, S, 1, &dealer);
	memory = floats(dealer.deal.used + S);
	results = floats(2 * tree.results);
	ntk_rng_init(&rng, 63, degree);
	for (int i = 0; i < LENGTH(cosines); i++)
	{
		double		t = cosines[i];
		sample		products[2] = {{0}};

		make_vectors(&rng, t, S, x[0], x[1]);
		for (int seed = 0; seed < SEEDS; seed++)
		{
			const float *constant;

			memset(&dealer, 0, sizeof(dealer));
			dealer.deal.memory = memory;
			ntk_rng_init(&dealer.rng, seed, 64);
			ntk_polytree_draw(&tree, a, degree, S, S, 1, &dealer);
			constant = ntk_dealer_signs(&dealer, S);
			for (int with = 0; with < 2; with++)
			{
				for (int p = 0; p < 2; p++)
				{
					const float *leaf[NTK_POLYFIT_MAX_DEGREE];

					for (int l = 0; l < NTK_POLYFIT_MAX_DEGREE; l++)
						leaf[l] = x[p];
					ntk_polytree_apply(&tree, 0, leaf, results, work);
					ntk_polytree_sum(&tree, S, with ? constant : NULL, x[p], results, out[p]);
				}
				sample_add(&products[with], dot_float(out[0], out[1], S));
			}
		}
		for (int with = 0; with < 2; with++)
			worst_note(&worst, products[with].mean,
					   ntk_polyfit_value(a, degree, t) - (with ? 0 : a[0]),
					   4.5 * standard_error(&products[with]) + 1e-5, "t = %g", t);
	}
	worst_ok(&worst, "%s to degree %d: its sketch is unbiased", name, degree);
	free(memory);
	free(results);
}

/* the product in order is unbiased; the sketch of a sum is the sum of the sketches */
static void
check_products(void)
{
	enum
	{
		S = 64, SEEDS = 10000, TERMS = 3, MAX_M = 200
	};
	static const int sizes[] = {1, 40, 64, 100, 128, MAX_M};
	ntk_tensor_srht sketch;
	float		memory[8 * MAX_M + 8 * S];
	float		u[TERMS][S],
				v[TERMS][S],
				out[TERMS][MAX_M],
				sums[4 * S],
				work[2 * S];
	sample		product = {0};
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 65, 0);
	for (int k = 0; k < TERMS; k++)
	{
		unit_float(&rng, u[k], S);
		unit_float(&rng, v[k], S);
	}
	make_vectors(&rng, 0.8, S, u[0], u[1]);
	make_vectors(&rng, 0.6, S, v[0], v[1]);
	for (int seed = 0; seed < SEEDS; seed++)
	{
		ntk_dealer	dealer = {.deal = {.memory = memory}};

		ntk_rng_init(&dealer.rng, seed, 66);
		ntk_tensor_srht_draw(&sketch, S, S, 1, &dealer);
		for (int k = 0; k < 2; k++)
			ntk_tensor_srht_apply(&sketch, u[k], v[k], out[k], work);
		sample_add(&product, dot_float(out[0], out[1], S));
	}
	near(product.mean, 0.48, 4 * standard_error(&product), "a product in order is unbiased");

	for (int i = 0; i < LENGTH(sizes); i++)
	{
		ntk_dealer	dealer = {.deal = {.memory = memory}};
		float		total[MAX_M];

		ntk_rng_init(&dealer.rng, i, 67);
		ntk_tensor_srht_draw(&sketch, S, sizes[i], 0, &dealer);
		memset(sums, 0, sizeof(sums));
		for (int k = 0; k < TERMS; k++)
		{
			ntk_tensor_srht_apply(&sketch, u[k], v[k], out[k], work);
			ntk_tensor_srht_add(&sketch, u[k], v[k], sums, work);
		}
		ntk_tensor_srht_sample(&sketch, sums, total);
		for (int j = 0; j < sizes[i]; j++)
			worst_note(&worst, total[j], (double) out[0][j] + out[1][j] + out[2][j], 1e-5,
					   "m = %d, feature %d", sizes[i], j);
	}
	worst_ok(&worst, "and the sketch of a sum is the sum of the sketches");
}

/*
 * With patches of one pixel and no negative ones all patches are parallel, and what is left to
 * chance is the last sketch with its cells: <z, z'> is unbiased.
 */
static void
check_cells(int pooling)
{
	enum
	{
		SEEDS = 4000, M = 48
	};
	ntk_image	image = {.height = 7,.width = 5,.channels = 1,.filter = 1,.pooling = pooling};
	ntk_map_spec spec = make_spec(image, 2, M, 64, 4);
	drawn_map	drawn = draw(&spec);
	double		x[2 * 35];
	float		z[2 * M];
	sample		product = {0};

	make_images(&image, 2, 0, x);
	for (int seed = 0; seed < SEEDS; seed++)
	{
		features(&drawn, seed, x, 2, z);
		sample_add(&product, dot_float(z, z + M, M));
	}
	near(product.mean, exact_kernel(&image, 2, x, x + 35), 4 * standard_error(&product),
		 "pooling %d: the sum over cells is unbiased", pooling);
	drop_intact(&drawn);
}

#define IMAGES 3

/* the mean over seeds against both kernels, and the error of single seeds */
static void
check_kernel(ntk_image image, int depth, double low, int seeds, double tolerance)
{
	enum
	{
		M = 512
	};
	ntk_map_spec spec = make_spec(image, depth, M, 512, NTK_UNSET);
	drawn_map	drawn = draw(&spec);
	const ntk_cntk_sketch *sketch = drawn.map.state;
	double		x[IMAGES * MAX_NUMBERS];
	float		z[IMAGES * M];
	sample		products[IMAGES][IMAGES] = {{{0}}};
	tap_worst	to_polynomial = {0},
				to_exact = {0};
	double		square = 0;

	make_images(&image, IMAGES, low, x);
	for (int seed = 0; seed < seeds; seed++)
	{
		features(&drawn, 100 + seed, x, IMAGES, z);
		for (int i = 0; i < IMAGES; i++)
			for (int j = 0; j <= i; j++)
				sample_add(&products[i][j], dot_float(z + i * M, z + j * M, M));
	}
	for (int i = 0; i < IMAGES; i++)
		for (int j = 0; j <= i; j++)
		{
			const double *one = x + i * spec.input_dim;
			const double *two = x + j * spec.input_dim;
			double		size = sqrt(polynomial_kernel(sketch, one, one) *
									polynomial_kernel(sketch, two, two));
			double		error = 4 * standard_error(&products[i][j]);

			worst_note(&to_polynomial, products[i][j].mean, polynomial_kernel(sketch, one, two),
					   error + tolerance * size, "images %d, %d", i, j);
			worst_note(&to_exact, products[i][j].mean, exact_kernel(&image, depth, one, two),
					   error + 0.02 * depth * size, "images %d, %d", i, j);
			square += products[i][j].square / seeds / (size * size);
		}
	square /= IMAGES * (IMAGES + 1) / 2;
	worst_ok(&to_polynomial, "%d x %d x %d, filter %d, padding %d, pooling %d, depth %d: the mean",
			 image.height, image.width, image.channels, image.filter, image.padding,
			 image.pooling, depth);
	worst_ok(&to_exact, "is near the exact kernel, too");
	ok(sqrt(square) < 0.2, "and the standard deviation is small: %.3f", sqrt(square));
	drop_intact(&drawn);
}

/* root mean square error against the exact kernel, as a power of m */
static void
check_rate(int depth)
{
	enum
	{
		SIZES = 5, SEEDS = 40, LARGEST = 1024
	};
	ntk_image	image = {.height = 6,.width = 6,.channels = 3,.filter = 3,.pooling = 1};
	double		x[IMAGES * 108];
	float		z[IMAGES * LARGEST];
	double		sum_x = 0,
				sum_y = 0,
				sum_xx = 0,
				sum_xy = 0,
				slope;

	make_images(&image, IMAGES, -0.5, x);
	for (int k = 0; k < SIZES; k++)
	{
		int			m = 64 << k;
		ntk_map_spec spec = make_spec(image, depth, m, m, NTK_UNSET);
		drawn_map	drawn = draw(&spec);
		double		square = 0;
		double		log_m = log(m);
		double		log_error;

		for (int seed = 0; seed < SEEDS; seed++)
		{
			features(&drawn, 300 + seed, x, IMAGES, z);
			for (int i = 0; i < IMAGES; i++)
				for (int j = 0; j <= i; j++)
					square += pow(dot_float(z + i * m, z + j * m, m) /
								  exact_kernel(&image, depth, x, x) -
								  exact_kernel(&image, depth, x + i * 108, x + j * 108) /
								  exact_kernel(&image, depth, x, x), 2);
		}
		drop_intact(&drawn);
		log_error = 0.5 * log(square / SEEDS / (IMAGES * (IMAGES + 1) / 2));
		diag("depth %d, m = s = %d: relative error %.4f", depth, m, exp(log_error));
		sum_x += log_m;
		sum_y += log_error;
		sum_xx += log_m * log_m;
		sum_xy += log_m * log_error;
	}
	slope = (SIZES * sum_xy - sum_x * sum_y) / (SIZES * sum_xx - sum_x * sum_x);
	ok(slope < -0.35 && slope > -0.65, "depth %d: the error falls like m to the power %.2f",
	   depth, slope);
}

/* no image of zeros, of few points or of tiny numbers gives anything but numbers */
static void
check_black(ntk_image image, int depth)
{
	enum
	{
		M = 100
	};
	ntk_map_spec spec = make_spec(image, depth, M, 64, 6);
	drawn_map	drawn = draw(&spec);
	int			length = spec.input_dim;
	double	   *x = doubles(length);
	float		z[M];
	double		energy = 0;
	int			finite = 1;

	features(&drawn, 1, x, 1, z);
	for (int k = 0; k < M; k++)
		energy += fabs(z[k]);
	ok(energy == 0, "padding %d, depth %d: a black image has zero features", image.padding,
	   depth);
	for (int place = 0; place < length; place += 1 + length / 7)
		for (double tiny = 1; tiny > 1e-50; tiny *= 1e-5)
		{
			memset(x, 0, sizeof(double) * length);
			x[place] = 1;
			x[length - 1] = tiny;
			x[length / 2] = -tiny;
			features(&drawn, 2, x, 1, z);
			for (int k = 0; k < M; k++)
				finite &= isfinite(z[k]) != 0;
		}
	ok(finite, "a few bright or dark points have finite ones");
	drop_intact(&drawn);
	free(x);
}

static void
check_contract(ntk_image image, int depth, int m, int width)
{
	enum
	{
		ROWS = 25				/* more than a block of these images */
	};
	static const double factors[] = {3, 1e-20, 1e20, 0};
	ntk_map_spec spec = make_spec(image, depth, m, width, NTK_UNSET);
	drawn_map	drawn = draw(&spec);
	size_t		length = spec.input_dim;
	double	   *x = doubles(ROWS * length);
	float	   *z = floats((size_t) ROWS * m);
	float	   *other = floats((size_t) ROWS * m);
	float	   *one = guarded(sizeof(float) * m);
	int			alone = 1;
	tap_worst	worst = {0};

	make_images(&image, ROWS, 0, x);
	features(&drawn, 7, x, ROWS, z);
	for (int i = 0; i < ROWS; i += 6)
	{
		features(&drawn, 7, x + i * length, 1, one);
		alone &= memcmp(one, z + (size_t) i * m, sizeof(float) * m) == 0;
	}
	ok(alone && guards_intact(one, sizeof(float) * m),
	   "m = %d, width %d: a seed and an image determine its features", m, width);
	features(&drawn, 8, x, ROWS, other);
	ok(memcmp(z, other, sizeof(float) * ROWS * m) != 0, "another seed gives others");

	for (int k = 0; k < LENGTH(factors); k++)
	{
		double		size = sqrt(dot_float(z, z, m) / m);
		double	   *multiple = doubles(length);

		for (size_t i = 0; i < length; i++)
			multiple[i] = factors[k] * x[i];
		features(&drawn, 7, multiple, 1, one);
		for (int j = 0; j < m; j++)
			worst_note(&worst, one[j], factors[k] * z[j], 2e-4 * factors[k] * size,
					   "factor %g, feature %d", factors[k], j);
		free(multiple);
	}
	worst_ok(&worst, "an image times a factor has features times the factor");

	pause_calls = 0;
	drawn.map.pause = count_pause;
	ntk_map_apply(&drawn.map, x, 1, one, drawn.workspace);
	ok(pause_calls >= ntk_image_height(&image, depth), "the caller may pause it");
	drop_intact(&drawn);
	free(x);
	free(z);
	free(other);
	guarded_free(one);
}

static void
check_options(void)
{
	ntk_image	image = {.height = 4,.width = 4,.channels = 3,.filter = 3,.pooling = 1};
	ntk_map_spec spec = make_spec(image, 2, 10, NTK_UNSET, NTK_UNSET);
	ntk_map_spec odd = make_spec(image, 2, 10, 65, 7);
	drawn_map	drawn = draw(&odd);
	const ntk_cntk_sketch *sketch = drawn.map.state;

	ok(spec.option[0] == NTK_CNTK_SKETCH_WIDTH && spec.option[1] == NTK_CNTK_SKETCH_DEGREE,
	   "options have defaults");
	ok(sketch->s == 128 && sketch->kappa1.degree == 6 && sketch->kappa0.degree == 5,
	   "a width is rounded up to a power of two, a degree down to an even one");
	near(value(&sketch->kappa1, 1), 1, 1e-5, "kappa_1(1) is kept");
	near(value(&sketch->kappa0, 1), 1, 1e-5, "kappa_0(1) is kept");
	drop(&drawn);
}

int
main(void)
{
	static const struct
	{
		ntk_image	image;
		int			depth;
		double		low;
		int			seeds;
		double		tolerance;
	}			kernels[] = {
		{{6, 6, 3, 3, NTK_PADDING_SAME, 1}, 2, 0, 40, 0.01},
		{{6, 6, 3, 3, NTK_PADDING_SAME, 1}, 3, -0.5, 40, 0.01},
		{{5, 8, 3, 3, NTK_PADDING_SAME, 0}, 2, -0.5, 40, 0.01},
		{{8, 5, 1, 3, NTK_PADDING_SAME, 2}, 4, 0, 40, 0.01},
		{{10, 9, 1, 3, NTK_PADDING_VALID, 1}, 4, -0.5, 40, 0.01},
		{{9, 10, 3, 5, NTK_PADDING_VALID, 2}, 2, 0, 40, 0.01},
		{{7, 6, 3, 5, NTK_PADDING_SAME, 3}, 3, -0.5, 40, 0.01},
		{{4, 7, 3, 1, NTK_PADDING_SAME, 1}, 3, -0.5, 40, 0.01},
		{{1, 6, 3, 1, NTK_PADDING_SAME, 1}, 6, -0.5, 800, 0.003},
		{{5, 4, 70, 3, NTK_PADDING_SAME, 1}, 2, -0.5, 40, 0.01},	/* patches longer than s */
		{{1, 1, 2, 3, NTK_PADDING_SAME, 1}, 2, 0, 40, 0.01}
	};

	for (int filter = 1; filter <= 5; filter += 2)
		for (int padding = 0; padding < 2; padding++)
			check_compression(filter, padding);
	for (int degree = 2; degree <= NTK_POLYFIT_MAX_DEGREE; degree += 3)
	{
		check_polynomials(degree, ntk_polyfit_kappa1, "kappa_1");
		check_polynomials(degree - 1, ntk_polyfit_kappa0, "kappa_0");
	}
	check_products();
	for (int pooling = 0; pooling <= 3; pooling++)
		check_cells(pooling);
	for (int i = 0; i < LENGTH(kernels); i++)
		check_kernel(kernels[i].image, kernels[i].depth, kernels[i].low,
					 kernels[i].seeds, kernels[i].tolerance);
	check_rate(2);
	check_rate(3);
	check_black((ntk_image) {6, 5, 3, 3, NTK_PADDING_SAME, 1}, 3);
	check_black((ntk_image) {7, 6, 1, 3, NTK_PADDING_VALID, 0}, 2);
	check_black((ntk_image) {6, 6, 40, 3, NTK_PADDING_SAME, 2}, 2);
	check_contract((ntk_image) {32, 32, 3, 3, NTK_PADDING_SAME, 1}, 2, 300, 128);
	check_contract((ntk_image) {11, 40, 7, 5, NTK_PADDING_VALID, 2}, 2, 64, 256);
	check_options();
	return done_testing();
}
