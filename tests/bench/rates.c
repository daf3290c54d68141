/*
 * rates.c
 *		The machine's own rates, and those of the core without a server.
 *
 * Prints "name value" lines for bench.sh: GFLOP/s of dsyrk, of ntk_gram_update, of ssyrk and of
 * an update by dspr for each row at width p; microseconds a row of ntk_map_apply and of a
 * dense projection by sgemm to the same number of features. Each is the best of several runs
 * in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/regression/gram.h"
#include "core/maps/map.h"
#include "core/base/rng.h"

#define RUNS 5

extern void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k,
				   const double *alpha, const double *a, const int *lda, const double *beta,
				   double *c, const int *ldc);

extern void ssyrk_(const char *uplo, const char *trans, const int *n, const int *k,
				   const float *alpha, const float *a, const int *lda, const float *beta,
				   float *c, const int *ldc);

extern void dspr_(const char *uplo, const int *n, const double *alpha, const double *x,
				  const int *incx, double *ap);

extern void sgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k,
				   const float *alpha, const float *a, const int *lda, const float *b,
				   const int *ldb, const float *beta, float *c, const int *ldc);

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + 1e-9 * now.tv_nsec;
}

static void *
allocate(size_t bytes)
{
	void	   *memory = malloc(bytes);

	if (!memory)
		exit(1);
	return memory;
}

static double *
gaussians(size_t n)
{
	double	   *x = allocate(sizeof(double) * n);
	ntk_rng		rng;

	ntk_rng_init(&rng, 1, 0);
	for (size_t i = 0; i < n; i++)
		x[i] = ntk_rng_gaussian(&rng);
	return x;
}

static double
smaller(double a, double b)
{
	return a < b ? a : b;
}

static void
gram_rates(int p, int rows, int block)
{
	double	   *z = gaussians((size_t) rows * p);
	double	   *y = gaussians((size_t) rows * 2);
	double	   *ones = calloc(block, sizeof(double));
	double	   *c = calloc((size_t) p * p, sizeof(double));
	double	   *sums = calloc(ntk_gram_doubles(p, 1), sizeof(double));
	ntk_gram	gram = ntk_gram_view(sums, p, 1);
	double		flops = (double) rows * p * p;
	double		syrk = 1e9,
				update = 1e9;

	for (int run = 0; run < RUNS; run++)
	{
		const double one = 1.0;
		double		start = seconds();

		dsyrk_("L", "N", &p, &rows, &one, z, &p, &one, c, &p);
		syrk = smaller(syrk, seconds() - start);

		start = seconds();
		for (int i = 0; i < rows; i += block)
			if (ntk_gram_update(&gram, block, z + (size_t) i * p, y + (size_t) i * 2, ones,
								NULL) != NTK_OK)
				exit(1);
		update = smaller(update, seconds() - start);
	}
	printf("dsyrk_gflops %.1f\n", flops / syrk * 1e-9);
	printf("gram_gflops %.1f\n", flops / update * 1e-9);
	free(z);
	free(y);
	free(c);
	free(ones);
	free(sums);
}

/* what a program does that adds rows one by one to a packed triangle; and ssyrk's rate */
static void
rival_rates(int p, int rows)
{
	double	   *z = gaussians((size_t) rows * p);
	float	   *single = allocate(sizeof(float) * rows * p);
	double	   *packed = calloc((size_t) p * (p + 1) / 2, sizeof(double));
	float	   *c = calloc((size_t) p * p, sizeof(float));
	double		flops = (double) rows * p * p;
	double		spr = 1e9,
				syrk = 1e9;

	for (size_t i = 0; i < (size_t) rows * p; i++)
		single[i] = (float) z[i];
	for (int run = 0; run < RUNS; run++)
	{
		const double one = 1.0;
		const float single_one = 1;
		const int	step = 1;
		double		start = seconds();

		for (int i = 0; i < rows; i++)
			dspr_("L", &p, &one, z + (size_t) i * p, &step, packed);
		spr = smaller(spr, seconds() - start);

		start = seconds();
		ssyrk_("L", "N", &p, &rows, &single_one, single, &p, &single_one, c, &p);
		syrk = smaller(syrk, seconds() - start);
	}
	printf("dspr_gflops %.2f\n", flops / spr * 1e-9);
	printf("ssyrk_gflops %.1f\n", flops / syrk * 1e-9);
	free(z);
	free(single);
	free(packed);
	free(c);
}

static void
map_rates(int d, int m, int rows)
{
	ntk_map_spec spec = {.input_dim = d,.n_components = m,.depth = 1};
	ntk_map		map;
	double	   *x = gaussians((size_t) rows * d);
	float	   *z = allocate(sizeof(float) * rows * m);
	float	   *dense = allocate(sizeof(float) * ((size_t) d * m + (size_t) rows * d));
	void	   *work;
	const float one = 1,
				zero = 0;
	double		apply = 1e9,
				project = 1e9;

	for (int i = 0; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = NTK_UNSET;
	ntk_map_resolve(&spec);
	ntk_map_init(&map, &spec, allocate(ntk_map_memory(&spec)), NULL);
	work = allocate(ntk_map_workspace(&spec));
	for (size_t i = 0; i < (size_t) d * m + (size_t) rows * d; i++)
		dense[i] = (float) x[i % ((size_t) rows * d)];

	for (int run = 0; run < RUNS; run++)
	{
		double		start = seconds();

		if (ntk_map_apply(&map, x, rows, z, work) != NTK_OK)
			exit(1);
		apply = smaller(apply, seconds() - start);
		start = seconds();
		sgemm_("T", "N", &m, &rows, &d, &one, dense, &d, dense + (size_t) d * m, &d, &zero, z, &m);
		project = smaller(project, seconds() - start);
	}
	printf("map_us %.2f\n", 1e6 * apply / rows);
	printf("dense_us %.2f\n", 1e6 * project / rows);
}

int
main(void)
{
	gram_rates(2048, 4096, 256);
	rival_rates(2048, 1024);
	map_rates(784, 4096, 2048);
	return 0;
}
