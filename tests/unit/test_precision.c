/*
 * test_precision.c
 *		Why statistics are summed in double precision.
 *
 * A block of rows can be multiplied in single precision (ssyrk) at twice the speed and added
 * to double sums. That would do if its error were below what rounding the features
 * themselves to single precision costs. It is not: against sums in extended precision, on an
 * ill-conditioned matrix and on raw Nystrom columns.
 */
#include "core/kernels/kernel.h"
#include "core/regression/gram.h"

#include "fixture.h"
#include "tap.h"

#define WIDTH 64
#define ROWS 16384
#define BLOCK 256
#define PAIRS (WIDTH * (WIDTH + 1) / 2)

extern void ssyrk_(const char *uplo, const char *trans, const int *n, const int *k,
				   const float *alpha, const float *a, const int *lda, const float *beta,
				   float *c, const int *ldc);

/* one number for i >= j */
static int
pair(int i, int j)
{
	return i * (i + 1) / 2 + j;
}

static void
extended_sums(const double *z, long double *sums)
{
	for (int r = 0; r < ROWS; r++)
		for (int i = 0; i < WIDTH; i++)
			for (int j = 0; j <= i; j++)
				sums[pair(i, j)] += (long double) z[r * WIDTH + i] * z[r * WIDTH + j];
}

static void
double_sums(const double *z, double *sums)
{
	double	   *memory = doubles(ntk_gram_doubles(WIDTH, 1));
	double	   *ones = doubles(2 * BLOCK);
	ntk_gram	gram = ntk_gram_view(memory, WIDTH, 1);
	ntk_rfp		triangle = ntk_rfp_view(gram.triangle, WIDTH);

	for (int i = 0; i < 2 * BLOCK; i++)
		ones[i] = 1;
	for (int r = 0; r < ROWS; r += BLOCK)
		if (ntk_gram_update(&gram, BLOCK, z + r * WIDTH, ones, ones, NULL) != NTK_OK)
			bail_out("overflow");
	for (int i = 0; i < WIDTH; i++)
		for (int j = 0; j <= i; j++)
			sums[pair(i, j)] = *ntk_rfp_at(&triangle, i, j);
	free(memory);
	free(ones);
}

/* products of a block in single precision, blocks in double */
static void
mixed_sums(const double *z, double *sums)
{
	float	   *block = floats(BLOCK * WIDTH);
	float	   *square = floats(WIDTH * WIDTH);
	const int	width = WIDTH,
				rows = BLOCK;
	const float one = 1,
				zero = 0;

	for (int r = 0; r < ROWS; r += BLOCK)
	{
		for (int i = 0; i < BLOCK * WIDTH; i++)
			block[i] = (float) z[r * WIDTH + i];
		ssyrk_("L", "N", &width, &rows, &one, block, &width, &zero, square, &width);
		for (int i = 0; i < WIDTH; i++)
			for (int j = 0; j <= i; j++)
				sums[pair(i, j)] += square[i + j * WIDTH];
	}
	free(block);
	free(square);
}

/* the largest difference, relative to the product of the two features' norms */
static double
worst_difference(const double *sums, const long double *exact)
{
	double		worst = 0;

	for (int i = 0; i < WIDTH; i++)
		for (int j = 0; j <= i; j++)
			worst = fmax(worst, fabs((double) (sums[pair(i, j)] - exact[pair(i, j)])) /
						 sqrt((double) (exact[pair(i, i)] * exact[pair(j, j)])));
	return worst;
}

static ntk_status
factor(const double *sums)
{
	double	   *memory = doubles(ntk_rfp_size(WIDTH));
	ntk_rfp		a = ntk_rfp_view(memory, WIDTH);
	ntk_status	status;

	for (int i = 0; i < WIDTH; i++)
		for (int j = 0; j <= i; j++)
			*ntk_rfp_at(&a, i, j) = sums[pair(i, j)];
	status = ntk_rfp_cholesky(&a, NULL);
	free(memory);
	return status;
}

/* features: those of a map, [ROWS][WIDTH], before they are rounded */
static void
check_features(const double *features, const char *what)
{
	double	   *rounded = doubles((size_t) ROWS * WIDTH);
	long double *exact = calloc(PAIRS, sizeof(long double));
	long double *unrounded = calloc(PAIRS, sizeof(long double));
	double	   *sums = doubles(PAIRS);
	double	   *mixed = doubles(PAIRS);
	double	   *before = doubles(PAIRS);
	double		error,
				mixed_error,
				rounding;

	for (size_t i = 0; i < (size_t) ROWS * WIDTH; i++)
		rounded[i] = (float) features[i];
	extended_sums(rounded, exact);
	extended_sums(features, unrounded);
	for (int i = 0; i < PAIRS; i++)
		before[i] = (double) unrounded[i];
	double_sums(rounded, sums);
	mixed_sums(rounded, mixed);

	rounding = worst_difference(before, exact);
	error = worst_difference(sums, exact);
	mixed_error = worst_difference(mixed, exact);
	diag("%s: rounding of features %.1e, sums in double %.1e, mixed %.1e", what, rounding, error,
		 mixed_error);
	ok(error < 1e-14, "%s: sums in double have an error of rounding in double", what);
	ok(error < 1e-3 * rounding, "%s: which is far below the rounding of the features", what);
	ok(mixed_error > 5 * rounding, "%s: products in single precision are above it", what);
	ok(factor(sums) == NTK_OK, "%s: sums in double are positive definite", what);
	ok(factor(mixed) != NTK_OK, "%s: products in single precision lose that", what);

	free(rounded);
	free(exact);
	free(unrounded);
	free(sums);
	free(mixed);
	free(before);
}

/* a matrix of condition number about 1e10: independent directions of falling size, mixed */
static void
ill_conditioned(ntk_rng *rng, double *features)
{
	double	   *mixing = doubles(WIDTH * WIDTH);

	fill_gaussian(rng, mixing, WIDTH * WIDTH);
	for (int r = 0; r < ROWS; r++)
		for (int k = 0; k < WIDTH; k++)
		{
			double		part = ntk_rng_gaussian(rng) * pow(10, -4.5 * k / (WIDTH - 1));

			for (int j = 0; j < WIDTH; j++)
				features[r * WIDTH + j] += part * mixing[k * WIDTH + j];
		}
	free(mixing);
}

/* kernel values against landmarks: few inputs, so that landmarks are alike */
static void
nystrom_columns(ntk_rng *rng, double *features)
{
	enum
	{
		INPUTS = 2
	};
	double		landmarks[WIDTH * INPUTS];
	double		x[INPUTS];

	fill_gaussian(rng, landmarks, LENGTH(landmarks));
	for (int r = 0; r < ROWS; r++)
	{
		fill_gaussian(rng, x, INPUTS);
		for (int j = 0; j < WIDTH; j++)
			ntk_kernel_exact(NTK_KERNEL_NTK, 1, x, landmarks + j * INPUTS, INPUTS,
							 features + r * WIDTH + j);
	}
}

int
main(void)
{
	double	   *features = doubles((size_t) ROWS * WIDTH);
	ntk_rng		rng;

	ntk_rng_init(&rng, 1, 0);
	ill_conditioned(&rng, features);
	check_features(features, "condition number 1e10");

	nystrom_columns(&rng, features);
	check_features(features, "Nystrom columns");

	free(features);
	return done_testing();
}
