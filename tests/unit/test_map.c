/*
 * test_map.c
 *		Feature maps as their callers use them: blocks of rows, scales, zeros, overflow,
 *		memory, and that equal specifications give equal features.
 */
#include "core/maps/map.h"

#include <float.h>

#include "core/linalg/blas.h"
#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

#define LARGEST_FEATURE 8		/* of a unit vector times sqrt(m), generously */

static ntk_map_spec
make_spec(int input_dim, int n_components, double bias)
{
	ntk_map_spec spec = {
		.kernel = NTK_KERNEL_NTK,.input_dim = input_dim,
		.n_components = n_components,.depth = 2,.option = {4, 0},.seed = 12345,.bias = bias
	};

	return spec;
}

/* |(x, bias)| */
static double
norm_with_bias(const double *x, int d, double bias)
{
	return sqrt(dot(x, x, d) + bias * bias);
}

static void
check_blocks(int d, int m, int n, double bias)
{
	ntk_map_spec spec = make_spec(d, m, bias);
	size_t		row = sizeof(float) * m;
	double	   *x = doubles((size_t) n * d);
	double	   *kept = doubles((size_t) n * d);
	float	   *z = guarded(n * row);
	float	   *one = guarded(row);
	float	   *pieces = floats((size_t) n * m);
	drawn_map	drawn = draw(&spec);
	int			good = 1,
				exact = 1,
				inside;
	ntk_rng		rng;

	ntk_rng_init(&rng, 41, d);
	fill_gaussian(&rng, x, (size_t) n * d);
	memcpy(kept, x, sizeof(double) * n * d);
	good &= ntk_map_apply(&drawn.map, x, n, z, drawn.workspace) == NTK_OK;
	ok(good && memcmp(kept, x, sizeof(double) * n * d) == 0,
	   "d = %d, m = %d: %d rows are mapped and not changed", d, m, n);
	inside = guards_intact(z, n * row) && guards_intact(drawn.memory, drawn.memory_size) &&
		guards_intact(drawn.workspace, drawn.workspace_size);

	for (int i = 0; i < n; i++)
	{
		good &= ntk_map_apply(&drawn.map, x + (size_t) i * d, 1, one, drawn.workspace) == NTK_OK;
		exact &= memcmp(one, z + (size_t) i * m, row) == 0;
	}
	inside &= guards_intact(one, row) && guards_intact(drawn.workspace, drawn.workspace_size);
	ok(inside, "d = %d, m = %d: nothing is written outside the memory", d, m);

	ok(good && exact, "d = %d, m = %d: blocks equal row by row to the bit", d, m);

	for (int first = 0; first < n; first += 7)
		good &= ntk_map_apply(&drawn.map, x + (size_t) first * d,
							  n - first < 7 ? n - first : 7, pieces + (size_t) first * m,
							  drawn.workspace) == NTK_OK;
	{
		tap_worst	by_seven = {0};

		for (int i = 0; i < n; i++)
			for (int j = 0; j < m; j++)
				worst_note(&by_seven, pieces[(size_t) i * m + j], z[(size_t) i * m + j],
						   1e-5 * norm_with_bias(x + (size_t) i * d, d, bias) / sqrt(m),
						   "row %d, feature %d", i, j);
		ok(good, "d = %d, m = %d: pieces are mapped", d, m);
		worst_ok(&by_seven, "d = %d, m = %d: pieces of seven rows give the same", d, m);
	}

	/* no rows, no output */
	one[0] = 3;
	ok(ntk_map_apply(&drawn.map, x, 0, one, drawn.workspace) == NTK_OK && one[0] == 3,
	   "d = %d, m = %d: no rows", d, m);
	drop(&drawn);
	free(x);
	free(kept);
	guarded_free(z);
	guarded_free(one);
	free(pieces);
}

/* z(c x) = c z(x): exactly for powers of two, which change no rounding */
static void
check_scale(int d)
{
	enum
	{
		M = 100
	};
	static const double factors[] = {1e-30, 1e30, 3, 1e-10};
	static const int exponents[] = {-100, -7, 1, 99};
	ntk_map_spec spec = make_spec(d, M, 0);
	double	   *x = doubles(d);
	double	   *y = doubles(d);
	float		z[M],
				scaled[M];
	drawn_map	drawn = draw(&spec);
	double		size;
	ntk_rng		rng;

	ntk_rng_init(&rng, 42, d);
	fill_gaussian(&rng, x, d);
	size = sqrt(dot(x, x, d) / M);
	ntk_map_apply(&drawn.map, x, 1, z, drawn.workspace);
	for (int i = 0; i < LENGTH(factors); i++)
	{
		tap_worst	worst = {0};
		int			status;

		for (int k = 0; k < d; k++)
			y[k] = factors[i] * x[k];
		status = ntk_map_apply(&drawn.map, y, 1, scaled, drawn.workspace);
		for (int j = 0; j < M; j++)
			worst_note(&worst, scaled[j], factors[i] * z[j], 1e-5 * factors[i] * size,
					   "feature %d", j);
		ok(status == NTK_OK, "d = %d: x times %g is mapped", d, factors[i]);
		worst_ok(&worst, "d = %d: features of %g x are %g times those of x", d, factors[i],
				 factors[i]);
	}
	for (int i = 0; i < LENGTH(exponents); i++)
	{
		int			equal = 1;

		for (int k = 0; k < d; k++)
			y[k] = ldexp(x[k], exponents[i]);
		ntk_map_apply(&drawn.map, y, 1, scaled, drawn.workspace);
		for (int j = 0; j < M; j++)
			equal &= scaled[j] == ldexpf(z[j], exponents[i]);
		ok(equal, "d = %d: and exactly so for 2^%d", d, exponents[i]);
	}
	drop(&drawn);
	free(x);
	free(y);
}

/* a bias coordinate is nothing else than a coordinate */
static void
check_bias(int d, double bias)
{
	enum
	{
		M = 130
	};
	ntk_map_spec with = make_spec(d, M, bias);
	ntk_map_spec without = make_spec(d + 1, M, 0);
	double	   *x = doubles(d + 1);
	float		z[M],
				appended[M];
	drawn_map	a = draw(&with);
	drawn_map	b = draw(&without);
	ntk_rng		rng;

	ntk_rng_init(&rng, 43, d);
	fill_gaussian(&rng, x, d);
	x[d] = bias;
	ntk_map_apply(&a.map, x, 1, z, a.workspace);
	ntk_map_apply(&b.map, x, 1, appended, b.workspace);
	{
		tap_worst	worst = {0};

		for (int j = 0; j < M; j++)
			worst_note(&worst, z[j], appended[j],
					   1e-6 * norm_with_bias(x, d, bias) / sqrt(M), "feature %d", j);
		worst_ok(&worst, "d = %d: a bias of %g is one more coordinate", d, bias);
	}
	drop(&a);
	drop(&b);
	free(x);
}

static void
check_zeros(void)
{
	enum
	{
		D = 5, M = 33
	};
	double		x[3 * D] = {1, 2, 3, 4, 5, 0, 0, -0.0, 0, 0, 1, 2, 3, 4, 5};
	float		z[3 * M];
	ntk_map_spec spec = make_spec(D, M, 0);
	drawn_map	drawn = draw(&spec);
	int			zero = 1,
				others = 1;
	double		size = 0;

	ok(ntk_map_apply(&drawn.map, x, 3, z, drawn.workspace) == NTK_OK, "a zero row is mapped");
	for (int j = 0; j < M; j++)
	{
		zero &= z[M + j] == 0;
		others &= z[j] == z[2 * M + j];
		size += fabs(z[j]);
	}
	ok(zero, "its features are zero");
	ok(others && size > 0, "the rows around it are not affected");
	drop(&drawn);

	spec.bias = 2;
	drawn = draw(&spec);
	ntk_map_apply(&drawn.map, x, 3, z, drawn.workspace);
	{
		double		square = dot_float(z + M, z + M, M);

		ok(square > 0.1 && square < 100, "with a bias they are not");
	}
	drop(&drawn);
}

static void
check_overflow(int d)
{
	enum
	{
		M = 64
	};
	static const double too_large[] = {1e300, 1.7e308, 1e45, 4e39};
	static const double tiny[] = {1e-300, 4.9e-324, 1e-100, 1e-45};
	ntk_map_spec spec = make_spec(d, M, 0);
	drawn_map	drawn = draw(&spec);
	double	   *x = doubles((size_t) 100 * d);
	float	   *z = floats(100 * M);
	int			finite;

	for (int i = 0; i < LENGTH(too_large); i++)
	{
		for (int k = 0; k < 100 * d; k++)
			x[k] = 1;
		for (int k = 0; k < d; k++)
			x[90 * d + k] = k % 2 ? -too_large[i] : too_large[i];
		ok(ntk_map_apply(&drawn.map, x, 100, z, drawn.workspace) == NTK_OVERFLOW,
		   "d = %d: %g in the 91st of 100 rows is reported as an overflow", d, too_large[i]);
	}
	for (int i = 0; i < LENGTH(tiny); i++)
	{
		double		largest = 0;

		for (int k = 0; k < d; k++)
			x[k] = tiny[i];
		finite = ntk_map_apply(&drawn.map, x, 1, z, drawn.workspace) == NTK_OK;
		for (int j = 0; j < M; j++)
		{
			finite &= isfinite(z[j]);
			largest = fmax(largest, fabs(z[j]));
		}
		ok(finite && largest <= LARGEST_FEATURE * sqrt(d) * tiny[i] + 1e-44,
		   "d = %d: %g is harmless", d, tiny[i]);
	}

	/* OK means that all features and |x| are finite, and only then */
	{
		int			honest = 1;

		for (double size = 1e37; size < 1e41; size *= 1.1)
		{
			int			status;

			for (int k = 0; k < d; k++)
				x[k] = size;
			status = ntk_map_apply(&drawn.map, x, 1, z, drawn.workspace);
			finite = size * sqrt(d) < FLT_MAX;
			for (int j = 0; finite && j < M; j++)
				finite &= isfinite(z[j]) != 0;
			honest &= finite == (status == NTK_OK);
		}
		ok(honest, "d = %d: near the largest number the status tells the truth", d);
	}
	drop(&drawn);
	free(x);
	free(z);
}

static void
check_determinism(int d)
{
	enum
	{
		M = 150
	};
	ntk_map_spec spec = make_spec(d, M, 1);
	double	   *x = doubles(d);
	float		z[M],
				other[M];
	drawn_map	first = draw(&spec);
	drawn_map	second = draw(&spec);
	ntk_rng		rng;

	ntk_rng_init(&rng, 44, d);
	fill_gaussian(&rng, x, d);
	ntk_map_apply(&first.map, x, 1, z, first.workspace);
	ntk_map_apply(&second.map, x, 1, other, second.workspace);
	ok(memcmp(z, other, sizeof(z)) == 0, "d = %d: equal specifications, equal features", d);
	drop(&second);

	for (int change = 0; change < 5; change++)
	{
		static const char *const what[] = {"seed", "kernel", "depth", "degree", "bias"};
		ntk_map_spec changed = spec;
		int			equal = 0;

		if (change == 0)
			changed.seed++;
		else if (change == 1)
			changed.kernel = NTK_KERNEL_NNGP;
		else if (change == 2)
			changed.depth++;
		else if (change == 3)
			changed.option[0]--;
		else
			changed.bias = -2;
		second = draw(&changed);
		ntk_map_apply(&second.map, x, 1, other, second.workspace);
		for (int j = 0; j < M; j++)
			equal += z[j] == other[j];
		ok(equal < M / 10, "d = %d: another %s, other features", d, what[change]);
		drop(&second);
	}

	/* the high half of a seed counts */
	{
		ntk_map_spec changed = spec;

		changed.seed += UINT64_C(1) << 40;
		second = draw(&changed);
		ntk_map_apply(&second.map, x, 1, other, second.workspace);
		ok(memcmp(z, other, sizeof(z)) != 0, "d = %d: seeds have 64 bits", d);
		drop(&second);
	}
	drop(&first);
	free(x);
}

/* the taper changes a map whose features cannot resolve all degrees, and no other */
static void
check_taper(int d, int m, int changes)
{
	ntk_map_spec spec = make_spec(d, m, 0);
	double	   *x = doubles(d);
	float	   *z = floats(m);
	float	   *tapered = floats(m);
	drawn_map	drawn = draw(&spec);
	ntk_rng		rng;

	ntk_rng_init(&rng, 46, d);
	fill_gaussian(&rng, x, d);
	ntk_map_apply(&drawn.map, x, 1, z, drawn.workspace);
	drop(&drawn);
	spec.option[1] = 1;
	drawn = draw(&spec);
	ntk_map_apply(&drawn.map, x, 1, tapered, drawn.workspace);
	drop(&drawn);
	ok((memcmp(z, tapered, sizeof(float) * m) != 0) == changes,
	   "d = %d, m = %d: the taper %s", d, m, changes ? "takes part" : "leaves all as it is");
	free(x);
	free(z);
	free(tapered);
}

/* the longest rows: a block is then one row */
static void
check_long(void)
{
	enum
	{
		D = 200000, M = 40
	};
	ntk_map_spec spec = make_spec(D, M, 1);
	double	   *x = doubles(2 * (size_t) D);
	float		z[2 * M];
	double		size,
				square;
	drawn_map	drawn;
	ntk_rng		rng;

	spec.option[0] = 2;
	spec.depth = 1;
	drawn = draw(&spec);
	ntk_rng_init(&rng, 45, 0);
	fill_gaussian(&rng, x, 2 * (size_t) D);
	ok(ntk_map_apply(&drawn.map, x, 2, z, drawn.workspace) == NTK_OK &&
	   guards_intact(drawn.workspace, drawn.workspace_size), "rows of 200,000 numbers");
	for (int i = 0; i < 2; i++)
	{
		size = dot(x + i * (size_t) D, x + i * (size_t) D, D) + 1;
		square = dot_float(z + i * M, z + i * M, M) / size;
		ok(square > 0.8 && square < 3, "their features have about the norm of the kernel");
	}
	drop(&drawn);
	free(x);
}

int
main(void)
{
	static const struct
	{
		int			d,
					m,
					n;
		double		bias;
	}			cases[] = {
		{1, 1, 1, 0}, {1, 50, 200, 1}, {2, 13, 129, 0}, {9, 128, 64, 0}, {9, 100, 65, 1},
		{63, 70, 130, 1}, {64, 64, 128, 0}, {64, 200, 70, 1}, {100, 128, 130, 0},
		{1000, 1500, 66, 1}, {5000, 100, 20, 0}
	};
	static const int dims[] = {2, 10, 64, 100, 784};

	for (int i = 0; i < LENGTH(cases); i++)
		check_blocks(cases[i].d, cases[i].m, cases[i].n, cases[i].bias);
	for (int i = 0; i < LENGTH(dims); i++)
	{
		check_scale(dims[i]);
		check_bias(dims[i], 1);
		check_bias(dims[i], -0.25);
		check_overflow(dims[i]);
		check_determinism(dims[i]);
	}
	/* harmonics up to degree 4: 25 in 3 dimensions, 935 in 10 */
	check_taper(3, 25, 0);
	check_taper(3, 24, 1);
	check_taper(10, 935, 0);
	check_taper(10, 934, 1);
	check_zeros();
	check_long();
	return done_testing();
}
