/*
 * test_hadamard.c
 *		The Walsh-Hadamard transform: against the matrix, against the reference for
 *		every length, in place, unaligned, and its algebra.
 */
#include "core/linalg/hadamard.h"

#include "fixture.h"
#include "tap.h"

#define LONGEST 65536

/* (H)_ij = (-1)^(number of common one bits of i and j) */
static int
entry(unsigned i, unsigned j)
{
	return __builtin_popcount(i & j) % 2 ? -1 : 1;
}

static void
check_matrix(int n)
{
	float	   *in = floats(n);
	float	   *signs = floats(n);
	float	   *fast = floats(n);
	float	   *reference = floats(n);
	ntk_rng		rng;
	int			equal_fast = 1,
				equal_reference = 1;

	ntk_rng_init(&rng, 1, n);
	ntk_rng_signs(&rng, signs, n);
	for (int i = 0; i < n; i++)
		in[i] = (float) (int) (ntk_rng_next(&rng) % 17) - 8;
	ntk_hadamard(in, signs, fast, n);
	ntk_hadamard_reference(in, signs, reference, n);
	for (int i = 0; i < n; i++)
	{
		double		want = 0;

		for (int j = 0; j < n; j++)
			want += entry(i, j) * signs[j] * in[j];
		equal_fast &= fast[i] == want;
		equal_reference &= reference[i] == want;
	}
	ok(equal_fast, "n = %d: equals the product by the matrix", n);
	ok(equal_reference, "n = %d: so does the reference", n);
	free(in);
	free(signs);
	free(fast);
	free(reference);
}

static void
check_length(int n)
{
	size_t		bytes = n * sizeof(float);
	float	   *in = floats(n);
	float	   *kept = floats(n);
	float	   *signs = floats(n);
	float	   *out = guarded(bytes);
	float	   *reference = floats(n);
	float	   *unaligned = guarded(bytes + sizeof(float));
	float	   *shifted = unaligned + 1;
	ntk_rng		rng;
	tap_worst	worst = {0},
				inverse = {0};
	double		rounding = 6e-8 * sqrt((double) n) * (log2(n) + 2);

	/* small integers: every sum is exact in single precision */
	ntk_rng_init(&rng, 2, n);
	ntk_rng_signs(&rng, signs, n);
	for (int i = 0; i < n; i++)
		in[i] = (float) (int) (ntk_rng_next(&rng) % 17) - 8;
	memcpy(kept, in, bytes);
	ntk_hadamard(in, signs, out, n);
	ntk_hadamard_reference(in, signs, reference, n);
	ok(memcmp(out, reference, bytes) == 0, "n = %d: equals the reference on integers", n);
	ok(memcmp(in, kept, bytes) == 0 && guards_intact(out, bytes),
	   "n = %d: the input and the memory around the output are untouched", n);

	for (int i = 0; i < n; i++)
		in[i] = (float) ntk_rng_gaussian(&rng);
	ntk_hadamard(in, signs, out, n);
	ntk_hadamard_reference(in, signs, reference, n);
	for (int i = 0; i < n; i++)
		worst_note(&worst, out[i], reference[i], rounding, "element %d", i);
	worst_ok(&worst, "n = %d: equals the reference on Gaussian numbers", n);

	memcpy(kept, in, bytes);
	ntk_hadamard(kept, signs, kept, n);
	ok(memcmp(kept, out, bytes) == 0, "n = %d: the same in place", n);

	memcpy(shifted, in, bytes);
	ntk_hadamard(shifted, signs, shifted, n);
	ok(memcmp(shifted, out, bytes) == 0 && guards_intact(unaligned, bytes + sizeof(float)),
	   "n = %d: the same at an address aligned for floats only", n);

	/* H (H D x) = n D x */
	for (int i = 0; i < n; i++)
		kept[i] = 1;
	ntk_hadamard(out, kept, out, n);
	for (int i = 0; i < n; i++)
		worst_note(&inverse, out[i] / n, in[i] * signs[i], 1e-5, "element %d", i);
	worst_ok(&inverse, "n = %d: twice is n times the identity", n);

	free(in);
	free(kept);
	free(signs);
	guarded_free(out);
	free(reference);
	guarded_free(unaligned);
}

int
main(void)
{
	check_matrix(64);
	check_matrix(256);
	for (int n = NTK_HADAMARD_MIN; n <= LONGEST; n *= 2)
		check_length(n);
	return done_testing();
}
