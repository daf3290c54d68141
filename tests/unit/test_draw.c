/*
 * test_draw.c
 *		Drawing large maps of every method: a cancel request is looked for often enough, and
 *		that changes nothing.
 */
#include <string.h>
#include <time.h>

#include "core/maps/map.h"
#include "map_fixture.h"

#define LONGEST 0.2				/* seconds of the processor without a pause */

static clock_t last;
static double longest;
static long pauses;

static void
note_pause(void)
{
	clock_t		now = clock();

	longest = fmax(longest, (double) (now - last) / CLOCKS_PER_SEC);
	last = now;
	pauses++;
}

static ntk_map_spec
spec_of(const ntk_method *method, int input_dim, int m, int depth)
{
	ntk_map_spec spec = {.kernel = NTK_KERNEL_NTK,.input_dim = input_dim,.n_components = m,
	.depth = depth,.seed = 7};

	for (int i = 0; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = NTK_UNSET;
	for (int i = 0; i < ntk_method_count; i++)
		if (ntk_methods[i] == method)
			spec.method = i;
	return spec;
}

/* of one pixel with many channels: patches are long */
static ntk_map_spec
deep_pixel(const ntk_method *method, int channels, int depth, int option)
{
	ntk_map_spec spec = spec_of(method, channels, 64, depth);

	spec.image.height = spec.image.width = spec.image.filter = spec.image.pooling = 1;
	spec.image.channels = channels;
	spec.option[0] = option;
	return spec;
}

/* the map's numbers, but for its state, which has pointers and the pause */
static void
check(const char *what, ntk_map_spec spec)
{
	size_t		state = (ntk_methods[spec.method]->state_bytes + 63) / 64 * 64;
	float	   *landmarks;
	drawn_map	drawn;
	void	   *again;
	ntk_map		map;
	ntk_rng		rng;

	ntk_map_resolve(&spec);
	landmarks = floats(ntk_map_landmarks(&spec));
	ntk_rng_init(&rng, 3, 0);
	for (size_t i = 0; i < ntk_map_landmarks(&spec); i++)
		landmarks[i] = (float) (ntk_rng_uniform(&rng) - 0.3);
	spec.landmarks = ntk_map_landmarks(&spec) > 0 ? landmarks : NULL;
	drawn = draw(&spec);
	again = guarded(drawn.memory_size);

	pauses = 0;
	longest = 0;
	last = clock();
	ntk_map_init(&map, &spec, again, note_pause);
	note_pause();
	ok(pauses > 1 && longest < LONGEST, "%s: %ld pauses, the longest time without is below %g s",
	   what, pauses - 1, LONGEST);
	if (longest >= LONGEST)
		diag("it is %g s", longest);
	ok(map.pause == note_pause && guards_intact(again, drawn.memory_size) &&
	   memcmp((char *) again + state, (char *) drawn.memory + state,
			  drawn.memory_size - state) == 0, "%s: the map is the same", what);
	guarded_free(again);
	drop(&drawn);
	free(landmarks);
}

int
main(void)
{
	ntk_map_spec spec;

	check("zonal, 64 inputs", spec_of(&ntk_method_zonal, 64, 16000, 64));
	check("zonal, a million inputs", spec_of(&ntk_method_zonal, 1000000, 4, 1));
	check("random_features", spec_of(&ntk_method_random_features, 4000, 4000, 1));
	check("random_features, 64 inputs", spec_of(&ntk_method_random_features, 64, 16000, 3));
	check("random_features_leverage", spec_of(&ntk_method_random_features_leverage, 4000, 2000, 2));
	check("polysketch", spec_of(&ntk_method_polysketch, 65536, 16000, 1));
	spec = spec_of(&ntk_method_polysketch, 1000, 16000, 16);
	spec.option[1] = 1;
	check("polysketch, layered", spec);
	check("nystrom", spec_of(&ntk_method_nystrom, 4000, 4000, 64));
	spec = spec_of(&ntk_method_nystrom, 4000, 4000, 1);
	spec.kernel = NTK_KERNEL_GAUSSIAN;
	spec.distance.bandwidth = spec.distance.exponent = 2;
	check("nystrom, distances", spec);
	check("zonal of images", deep_pixel(&ntk_method_cntk_zonal, 300000, 4, 64));
	check("nystrom of images", deep_pixel(&ntk_method_cntk_nystrom, 16384, 4, 200));
	check("sketch of images", deep_pixel(&ntk_method_cntk_sketch, 65536, 4, 8192));
	return done_testing();
}
