/*
 * test_tensor_srht.c
 *		The sketch of a tensor product: against its definition, and unbiased by Monte Carlo.
 */
#include "core/sketches/tensor_srht.h"

#include "core/linalg/hadamard.h"
#include "fixture.h"
#include "tap.h"

#define SEEDS 2000

static void
fill(ntk_rng *rng, float *x, int n, int dim)
{
	for (int i = 0; i < dim; i++)
		x[i] = i < n ? (float) ntk_rng_gaussian(rng) : 0;
}

/* out = S ((H D1 u) o (H D2 v)) / sqrt(m), block by block, no coordinate twice in a block */
static void
check_definition(int dim, int m)
{
	size_t		bytes = ntk_tensor_srht_floats(dim, m) * sizeof(float);
	float	   *memory = guarded(bytes);
	float	   *u = floats(dim);
	float	   *v = floats(dim);
	float	   *hu = floats(dim);
	float	   *hv = floats(dim);
	float	   *out = guarded(m * sizeof(float));
	float	   *work = guarded(2 * dim * sizeof(float));
	int		   *times = calloc(dim, sizeof(int));
	int			once = 1;
	ntk_tensor_srht sketch;
	tap_worst	worst = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 61, dim + m);
	fill(&rng, u, dim, dim);
	fill(&rng, v, dim, dim);
	ntk_tensor_srht_init(&sketch, dim, m, &rng, memory, NULL);
	ntk_tensor_srht_apply(&sketch, u, v, out, work);
	for (int i = 0; i < m; i++)
	{
		const float *signs = sketch.signs + i / dim * 2 * dim;

		if (i % dim == 0)
		{
			ntk_hadamard_reference(u, signs, hu, dim);
			ntk_hadamard_reference(v, signs + dim, hv, dim);
			memset(times, 0, dim * sizeof(int));
		}
		once &= ++times[sketch.chosen[i]] == 1;
		worst_note(&worst, out[i], hu[sketch.chosen[i]] * hv[sketch.chosen[i]] / sqrt(m),
				   1e-5 * dim, "coordinate %d", i);
	}
	worst_ok(&worst, "dim = %d, m = %d: as defined", dim, m);
	ok(once, "dim = %d, m = %d: no coordinate of a block twice", dim, m);
	ok(guards_intact(memory, bytes) && guards_intact(out, m * sizeof(float)) &&
	   guards_intact(work, 2 * dim * sizeof(float)), "dim = %d, m = %d: inside the memory", dim, m);
	guarded_free(memory);
	guarded_free(out);
	guarded_free(work);
	free(u);
	free(v);
	free(hu);
	free(hv);
	free(times);
}

/* E<out(u,v), out(u',v')> = <u,u'> <v,v'> */
static void
check_mean(int length, int m)
{
	int			dim = ntk_tensor_srht_dim(length, length);
	float	   *memory = floats(ntk_tensor_srht_floats(dim, m));
	float	   *x = floats(4 * (size_t) dim);
	float	   *out = floats(2 * (size_t) m);
	float	   *work = floats(2 * (size_t) dim);
	double		want;
	sample		products = {0},
				squares = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 62, length);
	for (int i = 0; i < 4; i++)
		fill(&rng, x + i * (size_t) dim, length, dim);
	for (int seed = 0; seed < SEEDS; seed++)
	{
		ntk_tensor_srht sketch;

		ntk_rng_init(&rng, seed, 63);
		ntk_tensor_srht_init(&sketch, dim, m, &rng, memory, NULL);
		ntk_tensor_srht_apply(&sketch, x, x + dim, out, work);
		ntk_tensor_srht_apply(&sketch, x + 2 * dim, x + 3 * dim, out + m, work);
		sample_add(&products, dot_float(out, out + m, m));
		sample_add(&squares, dot_float(out, out, m));
	}
	want = dot_float(x, x + 2 * dim, dim) * dot_float(x + dim, x + 3 * dim, dim);
	ok(fabs(products.mean - want) < 4 * standard_error(&products),
	   "length %d, m = %d: inner products are right on average", length, m);
	want = dot_float(x, x, dim) * dot_float(x + dim, x + dim, dim);
	ok(fabs(squares.mean - want) < 4 * standard_error(&squares),
	   "length %d, m = %d: so are squared lengths", length, m);
	free(memory);
	free(x);
	free(out);
	free(work);
}

int
main(void)
{
	static const int sizes[][2] = {{64, 1}, {64, 40}, {64, 64}, {128, 300}, {256, 512}};

	ok(ntk_tensor_srht_dim(1, 3) == NTK_HADAMARD_MIN && ntk_tensor_srht_dim(65, 2) == 128 &&
	   ntk_tensor_srht_dim(3, 512) == 512, "vectors are padded to a power of two");
	for (int i = 0; i < LENGTH(sizes); i++)
		check_definition(sizes[i][0], sizes[i][1]);
	check_mean(3, 64);
	check_mean(20, 17);
	check_mean(100, 128);
	check_mean(100, 300);
	return done_testing();
}
