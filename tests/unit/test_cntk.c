/*
 * test_cntk.c
 *		The methods `zonal` and `nystrom` for images, against the exact convolutional kernel.
 */
#include <string.h>

#include "core/kernels/cntk_kernel.h"
#include "core/images/cntk_nystrom.h"
#include "core/images/cntk_patches.h"
#include "core/maps/map.h"
#include "map_fixture.h"

static int
method_of(const ntk_method *method)
{
	for (int i = 0; i < ntk_method_count; i++)
		if (ntk_methods[i] == method)
			return i;
	bail_out("no such method");
	return -1;
}

static ntk_map_spec
spec_of(const ntk_method *method, ntk_image image, int depth, int m, int rank)
{
	ntk_map_spec spec = {
		.method = method_of(method),
		.input_dim = (int) ntk_image_length(&image),
		.n_components = m,
		.depth = depth,
		.image = image,
	};

	for (int i = 0; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = NTK_UNSET;
	spec.option[0] = rank;
	ntk_map_resolve(&spec);
	return spec;
}

static double
exact(const ntk_image *image, int depth, const double *x, const double *y)
{
	void	   *work = malloc(ntk_cntk_workspace(image, depth));
	double		result;

	if (ntk_cntk_exact(image, depth, x, y, work, NULL, &result) != NTK_OK)
		bail_out("no kernel");
	free(work);
	return result;
}

static double *
gaussian(uint64_t seed, size_t n)
{
	double	   *x = doubles(n);
	ntk_rng		rng;

	ntk_rng_init(&rng, seed, 0);
	fill_gaussian(&rng, x, n);
	return x;
}

static void
features(const drawn_map *map, const double *x, int n, float *z)
{
	double	   *rows = doubles((size_t) n * map->map.row_length);

	for (int i = 0; i < n; i++)
		ntk_map_read(&map->map, x + (size_t) i * map->map.spec.input_dim,
					 rows + (size_t) i * map->map.row_length);
	ok(ntk_map_apply(&map->map, rows, n, z, map->workspace) == NTK_OK, "features of images");
	free(rows);
}

/* landmarks of a nystrom map: all patches of n images, layer by layer */
static float *
all_patches(const ntk_map_spec *spec, const double *x, int n)
{
	float	   *landmarks = floats(ntk_map_landmarks(spec));
	float	   *here = landmarks;
	ntk_deal	count = {0};
	ntk_deal	deal = {0};
	ntk_cntk	net;
	float	   *work;

	ntk_cntk_nystrom_lay_out(&net, spec, &count);
	deal.memory = guarded(sizeof(float) * count.used);
	ntk_cntk_nystrom_lay_out(&net, spec, &deal);
	work = floats(ntk_cntk_work_floats(&net));
	for (int h = 1; h <= net.depth; h++)
	{
		int			patch = ntk_cntk_patch(&net, h);
		int			pixels = ntk_layer_rows(&net.stage[h].from) *
			ntk_layer_columns(&net.stage[h].from);
		double	   *unit = doubles((size_t) pixels * net.stage[h].dim);
		int		   *places = malloc(sizeof(int) * pixels);
		float	   *psi = here + (size_t) net.rank * patch;
		float	   *image = floats(spec->input_dim);

		for (int p = 0; p < pixels; p++)
			places[p] = p;
		for (int i = 0; i < n; i++)
		{
			const double *from = x + (size_t) i * spec->input_dim;
			double		norm = sqrt(dot(from, from, spec->input_dim));

			for (int k = 0; k < spec->input_dim; k++)
				image[k] = (float) (from[k] / norm);
			ntk_cntk_see(&net, h, image, pixels, places, unit,
						 psi + (size_t) i * pixels * patch, work, NULL);
			for (int p = 0; p < pixels; p++)
				for (int k = 0; k < patch; k++)
					here[((size_t) i * pixels + p) * patch + k] =
						(float) unit[(size_t) p * net.stage[h].dim + k];
		}
		/* with `valid` padding later layers have fewer patches: repeat them */
		for (int p = n * pixels; p < net.rank; p++)
		{
			memcpy(here + (size_t) p * patch, here + (size_t) (p % (n * pixels)) * patch,
				   sizeof(float) * patch);
			if (ntk_cntk_has_partners(&net, h))
				memcpy(psi + (size_t) p * patch, psi + (size_t) (p % (n * pixels)) * patch,
					   sizeof(float) * patch);
		}
		ntk_cntk_nystrom_stage(&net, h, here, NULL);
		here += ntk_cntk_nystrom_numbers(&net, h);
		free(unit);
		free(places);
		free(image);
	}
	guarded_free(deal.memory);
	free(work);
	return landmarks;
}

/* all patches of two images as landmarks, nothing reduced: the exact kernel */
static void
check_exact(ntk_image image, int depth)
{
	int			length = (int) ntk_image_length(&image);
	int			rank = 2 * ntk_image_height(&image, 1) * ntk_image_width(&image, 1);
	int			cells = image.pooling > 0 ? image.pooling * image.pooling
		: ntk_image_height(&image, depth) * ntk_image_width(&image, depth);
	int			m = cells * rank * rank * image.filter * image.filter;
	ntk_map_spec spec = spec_of(&ntk_method_cntk_nystrom, image, depth, m, rank);
	double	   *x = gaussian(7 + depth, 2 * (size_t) length);
	float	   *z = floats(2 * (size_t) m);
	double		worst = 0;
	double		largest = sqrt(exact(&image, depth, x, x) *
							   exact(&image, depth, x + length, x + length));
	drawn_map	map;

	spec.landmarks = all_patches(&spec, x, 2);
	map = draw(&spec);
	features(&map, x, 2, z);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 2; j++)
			worst = fmax(worst, fabs(dot_float(z + (size_t) i * m, z + (size_t) j * m, m) -
									 exact(&image, depth, x + i * length, x + j * length)));
	ok(worst < 2e-5 * largest,
	   "%d x %d x %d, filter %d, %s, depth %d, pooling %d: exact with all patches (error %.1e)",
	   image.height, image.width, image.channels, image.filter,
	   image.padding == NTK_PADDING_SAME ? "same" : "valid", depth, image.pooling,
	   worst / largest);
	ok(drawn_intact(&map), "nothing written elsewhere");
	drop(&map);
	free((float *) spec.landmarks);
	free(x);
	free(z);
}

static void
test_exact(void)
{
	for (int depth = 2; depth <= 5; depth++)
		for (int pooling = 0; pooling <= 2; pooling++)
			check_exact((ntk_image) {4, 4, 1, 3, NTK_PADDING_SAME, pooling}, depth);
	check_exact((ntk_image) {4, 4, 3, 3, NTK_PADDING_SAME, 1}, 2);
	check_exact((ntk_image) {3, 5, 2, 3, NTK_PADDING_SAME, 3}, 3);
	check_exact((ntk_image) {7, 6, 1, 3, NTK_PADDING_VALID, 1}, 2);
	check_exact((ntk_image) {3, 4, 2, 1, NTK_PADDING_SAME, 2}, 4);
	check_exact((ntk_image) {3, 4, 1, 5, NTK_PADDING_SAME, 1}, 3);
}

/* <z, z'> of two images */
static double
estimate(const ntk_map_spec *spec, const double *x)
{
	int			m = spec->n_components;
	float	   *z = floats(2 * (size_t) m);
	double	   *rows = doubles(2 * (size_t) spec->input_dim);
	drawn_map	map = draw(spec);
	double		result;

	memcpy(rows, x, sizeof(double) * 2 * spec->input_dim);
	if (ntk_map_apply(&map.map, rows, 2, z, map.workspace) != NTK_OK)
		bail_out("no features");
	result = dot_float(z, z + m, m);
	drop(&map);
	free(rows);
	free(z);
	return result;
}

/* mean and deviation of the estimates of some seeds */
static void
over_seeds(ntk_map_spec spec, const double *x, int seeds, double *mean, double *deviation)
{
	double		sum = 0,
				squares = 0;

	for (int seed = 0; seed < seeds; seed++)
	{
		double		value;

		spec.seed = seed;
		value = estimate(&spec, x);
		sum += value;
		squares += value * value;
	}
	*mean = sum / seeds;
	*deviation = sqrt(squares / seeds - *mean * *mean);
}

/* the seed of a nystrom map draws the final reduction alone */
static void
test_reduction(void)
{
	ntk_image	image = {4, 5, 1, 3, NTK_PADDING_SAME, 1};
	const int	seeds = 200;
	double	   *x = gaussian(3, 2 * ntk_image_length(&image));

	for (int pooling = 0; pooling <= 2; pooling++)
	{
		double		want,
					mean,
					deviation[2];

		image.pooling = pooling;
		want = exact(&image, 2, x, x + ntk_image_length(&image));
		for (int i = 0; i < 2; i++)
		{
			int			m = i == 0 ? 64 : 1024;
			ntk_map_spec spec = spec_of(&ntk_method_cntk_nystrom, image, 2, m, 40);

			spec.landmarks = all_patches(&spec, x, 2);
			over_seeds(spec, x, seeds, &mean, &deviation[i]);
			ok(fabs(mean - want) < 4 * deviation[i] / sqrt(seeds),
			   "pooling %d, m = %d: reduced without bias (%.5f, kernel %.5f, deviation %.5f)",
			   pooling, m, mean, want, deviation[i]);
			free((float *) spec.landmarks);
		}
		near(log(deviation[0] / deviation[1]) / log(16), 0.5, 0.1,
			 "pooling %d: deviation falls like 1 / sqrt(m)", pooling);
	}
	free(x);
}

/* root mean square error of zonal features, not reduced, over seeds and images */
static double
zonal_error(ntk_image image, int depth, int rank, const double *x, int images)
{
	int			length = (int) ntk_image_length(&image);
	ntk_map_spec spec = spec_of(&ntk_method_cntk_zonal, image, depth, 9 * rank * rank, rank);
	double		sum = 0;
	int			count = 0;

	spec.option[1] = 12;
	for (spec.seed = 0; spec.seed < 6; spec.seed++)
		for (int i = 0; i + 1 < images; i++)
		{
			const double *pair = x + (size_t) i * length;
			double		error = estimate(&spec, pair) / exact(&image, depth, pair, pair + length) - 1;

			sum += error * error;
			count++;
		}
	return sqrt(sum / count);
}

static void
test_zonal(void)
{
	ntk_image	image = {6, 6, 3, 3, NTK_PADDING_SAME, 1};
	const int	ranks[] = {16, 64, 256};
	double	   *x = gaussian(5, 4 * ntk_image_length(&image));

	for (int depth = 2; depth <= 4; depth++)
	{
		double		error[LENGTH(ranks)];

		for (int i = 0; i < LENGTH(ranks); i++)
		{
			error[i] = zonal_error(image, depth, ranks[i], x, 4);
			diag("depth %d, rank %d: root mean square error %.3f of the kernel", depth, ranks[i],
				 error[i]);
		}
		ok(error[1] < error[0] && error[2] < 0.5 * error[0],
		   "depth %d: more directions, a smaller error", depth);
		ok(error[2] < 0.1 * (depth == 4 ? 2 : 1), "depth %d: close at rank 256", depth);
	}
	free(x);
}

/* what all such maps have in common */
static void
test_common(const ntk_method *method)
{
	ntk_image	image = {5, 9, 2, 3, NTK_PADDING_SAME, 2};
	int			length = (int) ntk_image_length(&image);
	const int	m = 100;
	double	   *x = gaussian(11, 5 * (size_t) length);
	float	   *z = floats(5 * (size_t) m);
	float	   *other = floats(5 * (size_t) m);
	ntk_map_spec spec = spec_of(method, image, 4, m, 24);
	float		channels[] = {0.5f, -1, 2, 0.25f};
	float	   *landmarks = NULL;
	drawn_map	map;

	if (method->landmarks)
	{
		landmarks = floats(ntk_map_landmarks(&spec));
		for (size_t i = 0; i < ntk_map_landmarks(&spec); i++)
			landmarks[i] = (float) x[i % (3 * length)];
		spec.landmarks = landmarks;
	}
	for (int i = 0; i < length; i++)
	{
		x[2 * length + i] = 0;	/* black */
		x[3 * length + i] = -40 * x[i];
		if (i / 2 % 9 < 4)
			x[4 * length + i] = 0;	/* black patches */
	}
	map = draw(&spec);
	features(&map, x, 5, z);
	for (int i = 0; i < 5; i++)
	{
		ok(isfinite(dot_float(z + i * m, z + i * m, m)), "%s: finite features", method->name);
		features(&map, x + i * length, 1, other);
		ok(memcmp(other, z + i * m, sizeof(float) * m) == 0,
		   "%s: an image's features do not depend on its company", method->name);
	}
	ok(dot_float(z + 2 * m, z + 2 * m, m) == 0, "%s: a black image has none", method->name);
	for (int i = 0; i < 2 * length; i++)
		x[i] *= 1000;
	features(&map, x, 2, other);
	for (int j = 0; j < 2 * m; j++)
		other[j] /= 1000;
	ok(fabs(dot_float(other, z + m, m) - dot_float(z, z + m, m)) <
	   1e-4 * sqrt(dot_float(z, z, m) * dot_float(z + m, z + m, m)),
	   "%s: homogeneous", method->name);
	ok(drawn_intact(&map), "%s: nothing written elsewhere", method->name);
	drop(&map);

	spec.channels = channels;
	map = draw(&spec);
	features(&map, x, 2, other);
	drop(&map);
	for (int i = 0; i < 2 * length; i++)
		x[i] = (x[i] - channels[i % 2]) / channels[2 + i % 2];
	spec.channels = NULL;
	map = draw(&spec);
	features(&map, x, 2, z);
	ok(fabs(dot_float(z, z + m, m) / dot_float(other, other + m, m) - 1) < 1e-5,
	   "%s: channels are scaled", method->name);
	drop(&map);
	free(landmarks);
	free(x);
	free(z);
	free(other);
}

/* landmarks chosen among the patches of some images */
static void
test_patches(void)
{
	ntk_image	image = {6, 5, 2, 3, NTK_PADDING_SAME, 1};
	const int	n = 6;
	int			length = (int) ntk_image_length(&image);
	double	   *x = gaussian(17, n * (size_t) length);

	memset(x, 0, sizeof(double) * length);	/* a black one is no use, and no harm */
	for (int depth = 2; depth <= 4; depth++)
	{
		ntk_map_spec spec = spec_of(&ntk_method_cntk_nystrom, image, depth, 9 * 150 * 150, 150);
		size_t		count = ntk_map_landmarks(&spec);
		size_t		bytes = ntk_cntk_patches_workspace(&spec, n);
		void	   *work = guarded(bytes);
		float	   *landmarks = floats(count);
		float	   *again = floats(count);
		double		want = exact(&image, depth, x + length, x + 2 * length);

		ok(ntk_cntk_patches(&spec, x, n, 5, landmarks, work, NULL), "depth %d: enough patches", depth);
		ok(guards_intact(work, bytes), "depth %d: nothing written elsewhere", depth);
		ntk_cntk_patches(&spec, x, n, 5, again, work, NULL);
		ok(memcmp(landmarks, again, sizeof(float) * count) == 0, "depth %d: the same again", depth);
		ntk_cntk_patches(&spec, x, n, 6, again, work, NULL);
		ok(memcmp(landmarks, again, sizeof(float) * count) != 0, "depth %d: others by the seed", depth);
		spec.landmarks = landmarks;
		near(estimate(&spec, x + length), want, 2e-5 * want,
			 "depth %d: as many landmarks as patches, the exact kernel", depth);
		guarded_free(work);

		spec.option[0] = 151;
		work = guarded(ntk_cntk_patches_workspace(&spec, n));
		ok(!ntk_cntk_patches(&spec, x, n, 5, landmarks, work, NULL), "depth %d: too few patches", depth);
		guarded_free(work);
		free(landmarks);
		free(again);
	}
	free(x);
}

int
main(void)
{
	test_exact();
	test_reduction();
	test_zonal();
	test_patches();
	test_common(&ntk_method_cntk_zonal);
	test_common(&ntk_method_cntk_nystrom);
	return done_testing();
}
