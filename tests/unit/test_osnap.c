/*
 * test_osnap.c
 *		The sparse embedding of long vectors, and how feature maps read rows through it.
 */
#include "core/sketches/osnap.h"

#include "core/maps/map.h"
#include "core/maps/map.h"
#include "fixture.h"
#include "map_fixture.h"
#include "tap.h"

#define STANDARD_ERRORS 4.5

static const int dims[] = {64, 65, 66, 67, 128, 1000, 4095, 4096, 65535, 65536};

/* where section s begins */
static int
section_start(int dim, int s)
{
	return (int) ((int64_t) dim * s / NTK_OSNAP_PLACES);
}

/* a column into out, [dim] */
static void
column(const ntk_osnap *osnap, int i, double *out)
{
	memset(out, 0, sizeof(double) * osnap->dim);
	ntk_osnap_add(osnap, i, 1.0, out);
}

static void
check_columns(int dim)
{
	static const int far[] = {4095, 4096, 65535, 65536, 1048574, 1048575, 1048576};
	enum
	{
		NEAR = 300
	};
	size_t		size = sizeof(double) * dim;
	double	   *out = guarded(size);
	double	   *other = doubles(dim);
	int			right = 1,
				linear = 1;
	ntk_osnap	osnap;

	ntk_osnap_init(&osnap, dim, 77);
	for (int trial = 0; trial < NEAR + LENGTH(far); trial++)
	{
		int			i = trial < NEAR ? trial : far[trial - NEAR];
		int			inside = 0;

		column(&osnap, i, out);
		for (int s = 0; s < NTK_OSNAP_PLACES; s++)
		{
			int			entries = 0;

			for (int k = section_start(dim, s); k < section_start(dim, s + 1); k++)
				if (out[k] != 0)
				{
					right &= fabs(out[k]) == 0.5;
					entries++;
				}
			right &= entries == 1;
			inside += entries;
		}
		right &= inside == NTK_OSNAP_PLACES && dot(out, out, dim) == 1;

		/* multiples, on top of what is there */
		for (int k = 0; k < dim; k++)
			other[k] = k;
		ntk_osnap_add(&osnap, i, -3.25, other);
		for (int k = 0; k < dim; k++)
			linear &= other[k] == k - 3.25 * out[k];
	}
	ok(right, "dim = %d: a column is +-1/2 once in each of four sections", dim);
	ok(linear, "dim = %d: multiples of it are added", dim);
	ok(guards_intact(out, size), "dim = %d: nothing outside is written", dim);

	/* many more columns, only for where they write */
	for (int i = 0; i < 100000; i++)
		ntk_osnap_add(&osnap, i * 10, 1.0, out);
	ok(guards_intact(out, size), "dim = %d: not by 100,000 columns either", dim);
	guarded_free(out);
	free(other);
}

/* deviation of Pearson's statistic from its mean in standard deviations */
static double
chi_square(const long *counts, const double *expected, int cells)
{
	double		sum = 0;

	for (int k = 0; k < cells; k++)
		sum += (counts[k] - expected[k]) * (counts[k] - expected[k]) / expected[k];
	return (sum - (cells - 1)) / sqrt(2.0 * (cells - 1));
}

/* places and signs of a column, from its entries */
static void
locate(const ntk_osnap *osnap, int i, double *out, int place[NTK_OSNAP_PLACES],
	   int negative[NTK_OSNAP_PLACES])
{
	column(osnap, i, out);
	for (int s = 0; s < NTK_OSNAP_PLACES; s++)
		for (int k = section_start(osnap->dim, s); k < section_start(osnap->dim, s + 1); k++)
			if (out[k] != 0)
			{
				place[s] = k - section_start(osnap->dim, s);
				negative[s] = out[k] < 0;
			}
}

#define SMALL 67				/* sections of 16, 17, 17, 17 */
#define CELLS (17 * 17 * 4)

/*
 * Pearson's test of the joint place and sign of two entries: of sections s and t of columns
 * i and i + step. All pairs must be independent for the variance to be what it is.
 */
static void
check_pair(const ntk_osnap *osnap, const int (*place)[NTK_OSNAP_PLACES],
		   const int (*negative)[NTK_OSNAP_PLACES], int n, int s, int t, int step)
{
	long		counts[CELLS] = {0};
	double		expected[CELLS];
	int			width = section_start(osnap->dim, t + 1) - section_start(osnap->dim, t);
	int			cells = 4 * width *
		(section_start(osnap->dim, s + 1) - section_start(osnap->dim, s));
	double		deviation;

	for (int i = 0; i + step < n; i++)
		counts[((place[i][s] * width + place[i + step][t]) * 2 + negative[i][s]) * 2 +
			   negative[i + step][t]]++;
	for (int k = 0; k < cells; k++)
		expected[k] = (double) (n - step) / cells;
	deviation = chi_square(counts, expected, cells);
	if (!ok(fabs(deviation) < STANDARD_ERRORS + 1,
			"section %d of a column and %d of the column %d further are independent", s, t, step))
		diag("%.1f standard deviations", deviation);
}

static void
check_uniform(void)
{
	enum
	{
		N = 40000
	};
	int			(*place)[NTK_OSNAP_PLACES] = malloc(sizeof(*place) * N);
	int			(*negative)[NTK_OSNAP_PLACES] = malloc(sizeof(*negative) * N);
	double		out[SMALL];
	ntk_osnap	osnap;

	ntk_osnap_init(&osnap, SMALL, 3);
	for (int i = 0; i < N; i++)
		locate(&osnap, i, out, place[i], negative[i]);
	for (int s = 0; s < NTK_OSNAP_PLACES; s++)
	{
		int			width = section_start(SMALL, s + 1) - section_start(SMALL, s);
		long		counts[2 * 17] = {0};
		double		expected[2 * 17];
		double		deviation;

		for (int i = 0; i < N; i++)
			counts[2 * place[i][s] + negative[i][s]]++;
		for (int k = 0; k < 2 * width; k++)
			expected[k] = N / (2.0 * width);
		deviation = chi_square(counts, expected, 2 * width);
		if (!ok(fabs(deviation) < STANDARD_ERRORS, "section %d: places and signs are uniform",
				s))
			diag("%.1f standard deviations", deviation);
		for (int t = 0; t < NTK_OSNAP_PLACES; t++)
		{
			if (t > s)
				check_pair(&osnap, place, negative, N, s, t, 0);
			check_pair(&osnap, place, negative, N, s, t, 1);
		}
		check_pair(&osnap, place, negative, N, s, s, 2);
		check_pair(&osnap, place, negative, N, s, s, 64);
	}
	free(place);
	free(negative);
}

/* long sections: every sixteenth of one is hit alike, and their last places are reached */
static void
check_long_sections(int dim)
{
	enum
	{
		PARTS = 16, N = 200000
	};
	double	   *out = doubles(dim);
	double		square = 0;
	long		counts[NTK_OSNAP_PLACES * PARTS] = {0};
	double		expected[NTK_OSNAP_PLACES * PARTS];
	double		deviation;
	ntk_osnap	osnap;

	/* signs would cancel: one column at a time */
	ntk_osnap_init(&osnap, dim, 5);
	for (int i = 0; i < N; i++)
		ntk_osnap_add(&osnap, i, 2.0, out);
	for (int k = 0; k < dim; k++)
		square += out[k] * out[k];
	/* each place holds a sum of 4 N / dim signs: E square = 4 N, variance about 2 (4 N)^2 / dim */
	deviation = (square / (4.0 * N) - 1) * sqrt(dim / 2.0);
	if (!ok(fabs(deviation) < STANDARD_ERRORS, "dim = %d: sums of signs have their variance",
			dim))
		diag("%.1f standard deviations", deviation);

	memset(out, 0, sizeof(double) * dim);
	for (int i = 0; i < 4000; i++)
	{
		double		before[NTK_OSNAP_PLACES][PARTS] = {{0}};

		ntk_osnap_add(&osnap, i, 1.0, out);
		for (int s = 0; s < NTK_OSNAP_PLACES; s++)
		{
			int			start = section_start(dim, s);
			int			length = section_start(dim, s + 1) - start;

			for (int k = 0; k < length; k++)
				if (out[start + k] != 0)
				{
					before[s][(int64_t) k * PARTS / length]++;
					out[start + k] = 0;
				}
			for (int part = 0; part < PARTS; part++)
				counts[s * PARTS + part] += before[s][part] > 0;
		}
	}
	for (int k = 0; k < NTK_OSNAP_PLACES * PARTS; k++)
		expected[k] = 4000.0 / PARTS;
	deviation = chi_square(counts, expected, NTK_OSNAP_PLACES * PARTS);
	if (!ok(fabs(deviation) < STANDARD_ERRORS, "dim = %d: places are uniform", dim))
		diag("%.1f standard deviations", deviation);
	free(out);
}

/*
 * Over seeds: E<Sx, Sy> = <x, y>, and because two columns meet in each section with
 * probability 4/dim, each time with 1/4 of a random sign,
 *		Var<Sx, Sy> = (|x|^2 |y|^2 + <x, y>^2 - 2 sum x_i^2 y_i^2) / dim
 * if the sections are equally long: no more than 2 |x|^2 |y|^2 / dim.
 */
static void
check_moments(int dim, int d, int stride, double overlap)
{
	enum
	{
		SEEDS = 3000
	};
	double	   *x = doubles(d);
	double	   *y = doubles(d);
	double	   *sx = doubles(dim);
	double	   *sy = doubles(dim);
	sample		products = {0},
				norms = {0};
	double		xy,
				xx,
				yy,
				diagonal = 0,
				quartic = 0,
				want;
	ntk_rng		rng;

	ntk_rng_init(&rng, 71, d);
	fill_gaussian(&rng, x, d);
	fill_gaussian(&rng, y, d);
	for (int i = 0; i < d; i++)
	{
		y[i] = overlap * x[i] + (1 - overlap) * y[i];
		diagonal += x[i] * x[i] * y[i] * y[i];
		quartic += x[i] * x[i] * x[i] * x[i];
	}
	xy = dot(x, y, d);
	xx = dot(x, x, d);
	yy = dot(y, y, d);
	for (int seed = 0; seed < SEEDS; seed++)
	{
		ntk_osnap	osnap;

		ntk_osnap_init(&osnap, dim, seed);
		memset(sx, 0, sizeof(double) * dim);
		memset(sy, 0, sizeof(double) * dim);
		for (int i = 0; i < d; i++)
		{
			ntk_osnap_add(&osnap, i * stride, x[i], sx);
			ntk_osnap_add(&osnap, i * stride, y[i], sy);
		}
		sample_add(&products, dot(sx, sy, dim));
		sample_add(&norms, dot(sx, sx, dim));
	}
	near(products.mean, xy, STANDARD_ERRORS * standard_error(&products),
		 "dim = %d, %d columns: the mean of <Sx, Sy> over seeds is <x, y>", dim, d);
	near(norms.mean, xx, STANDARD_ERRORS * standard_error(&norms),
		 "dim = %d, %d columns: the mean of |Sx|^2 is |x|^2", dim, d);

	/* 0.026 would be the standard error of a normal variable's; tails are heavier */
	want = (xx * yy + xy * xy - 2 * diagonal) / dim;
	near(products.square / (SEEDS - 1) / want, 1, 0.15,
		 "dim = %d, %d columns: the variance of <Sx, Sy>", dim, d);
	want = 2 * (xx * xx - quartic) / dim;
	near(norms.square / (SEEDS - 1) / want, 1, 0.2,
		 "dim = %d, %d columns: the variance of |Sx|^2", dim, d);
	free(x);
	free(y);
	free(sx);
	free(sy);
}

/* the share of entries of 2000 columns that two embeddings have in common */
static double
common(const ntk_osnap *a, const ntk_osnap *b)
{
	double	   *x = doubles(a->dim);
	double	   *y = doubles(a->dim);
	int			equal = 0;

	for (int i = 0; i < 2000; i++)
	{
		column(a, i, x);
		column(b, i, y);
		for (int k = 0; k < a->dim; k++)
			equal += x[k] != 0 && x[k] == y[k];
	}
	free(x);
	free(y);
	return equal / (2000.0 * NTK_OSNAP_PLACES);
}

static void
check_seeds(void)
{
	static const uint64_t seeds[] = {0, 1, 2, 1000, UINT64_C(1) << 32, UINT64_C(1) << 63};
	const double chance = 1.0 / 32; /* sections of 16, two signs */
	ntk_osnap	a,
				b;
	tap_worst	worst = {0};

	for (int i = 0; i < LENGTH(seeds); i++)
		for (int j = 0; j < i; j++)
		{
			ntk_osnap_init(&a, 64, seeds[i]);
			ntk_osnap_init(&b, 64, seeds[j]);
			worst_note(&worst, common(&a, &b), chance,
					   STANDARD_ERRORS * sqrt(chance / (2000 * NTK_OSNAP_PLACES)),
					   "seeds %d and %d of the list", i, j);
		}
	worst_ok(&worst, "different seeds agree by chance only");
	ntk_osnap_init(&a, 64, 42);
	ntk_osnap_init(&b, 64, 42);
	ok(common(&a, &b) == 1, "one seed gives one embedding");
}

/* ---- how maps read rows ---- */

static ntk_map_spec
make_spec(int input_dim, int n_components, int base_dim, double bias)
{
	ntk_map_spec spec = {
		.kernel = NTK_KERNEL_NTK,.input_dim = input_dim,.n_components = n_components,
		.depth = 1,.base_dim = base_dim,.option = {4, 0},.seed = 99,.bias = bias
	};

	return spec;
}

static int
same_bytes(const double *a, const double *b, int n)
{
	return memcmp(a, b, sizeof(double) * n) == 0;
}

/* d numbers, a third of them not zero; gives back how many, with their places */
static int
sparse_vector(ntk_rng *rng, int d, double *x, int *index, double *value)
{
	int			count = 0;

	for (int i = 0; i < d; i++)
	{
		x[i] = 0;
		if (i == 0 || i == d - 1 || ntk_rng_uniform(rng) < 1.0 / 3)
		{
			x[i] = ntk_rng_gaussian(rng);
			index[count] = i;
			value[count++] = x[i];
		}
	}
	return count;
}

static void
check_read(int d, int base_dim, double bias)
{
	ntk_map_spec spec = make_spec(d, 30, base_dim, bias);
	int			length = base_dim > 0 ? base_dim - (bias != 0) : d;
	size_t		size = sizeof(double) * length;
	double	   *x = doubles(d);
	double	   *value = doubles(2 * (size_t) d);
	int		   *index = calloc(2 * (size_t) d, sizeof(int));
	double	   *dense = guarded(size);
	double	   *row = guarded(size);
	double	   *want = doubles(length);
	tap_worst	shuffled = {0},
				apart = {0};
	drawn_map	drawn = draw(&spec);
	int			count;
	double		norm;
	ntk_rng		rng;

	ntk_rng_init(&rng, 81, d);
	count = sparse_vector(&rng, d, x, index, value);
	norm = sqrt(dot(x, x, d));
	ok(drawn.map.row_length == length && ntk_map_row_length(&spec) == length,
	   "d = %d, base_dim = %d, bias %g: rows of %d numbers", d, base_dim, bias, length);

	/* what it must be */
	if (base_dim > 0)
	{
		ntk_osnap	osnap;

		ntk_osnap_init(&osnap, length, spec.seed);
		for (int i = 0; i < d; i++)
			ntk_osnap_add(&osnap, i, x[i], want);
	}
	else
		memcpy(want, x, size);
	ntk_map_read(&drawn.map, x, dense);
	ok(same_bytes(dense, want, length), "d = %d, base_dim = %d: a dense row", d, base_dim);
	ntk_map_read_sparse(&drawn.map, count, index, value, row);
	ok(same_bytes(row, want, length), "d = %d, base_dim = %d: a sparse row, to the bit", d,
	   base_dim);

	/* entries that are 0 do not matter */
	for (int i = 0; i < d; i++)
		index[i] = i;
	ntk_map_read_sparse(&drawn.map, d, index, x, row);
	ok(same_bytes(row, want, length), "d = %d, base_dim = %d: zeros may be given", d, base_dim);

	/* backwards, and every entry in two parts that lie apart */
	for (int i = 0; i < d; i++)
	{
		index[i] = d - 1 - i;
		value[i] = x[d - 1 - i];
	}
	ntk_map_read_sparse(&drawn.map, d, index, value, row);
	for (int k = 0; k < length; k++)
		worst_note(&shuffled, row[k], want[k], 1e-14 * norm, "place %d", k);
	worst_ok(&shuffled, "d = %d, base_dim = %d: the order does not matter", d, base_dim);
	for (int i = 0; i < d; i++)
	{
		index[d + i] = i;
		value[d + i] = 0.75 * x[i];
		value[i] *= 0.25;
	}
	ntk_map_read_sparse(&drawn.map, 2 * d, index, value, row);
	for (int k = 0; k < length; k++)
		worst_note(&apart, row[k], want[k], 1e-14 * norm, "place %d", k);
	worst_ok(&apart, "d = %d, base_dim = %d: repeated entries are added", d, base_dim);

	/* nothing is left of the row before */
	ntk_map_read_sparse(&drawn.map, 0, index, value, row);
	memset(want, 0, size);
	ok(same_bytes(row, want, length), "d = %d, base_dim = %d: no entries", d, base_dim);
	ok(guards_intact(row, size) && guards_intact(dense, size),
	   "d = %d, base_dim = %d: reading writes nothing outside", d, base_dim);
	drop(&drawn);
	free(x);
	free(value);
	free(index);
	guarded_free(dense);
	guarded_free(row);
	free(want);
}

/* the longest input has all its places */
static void
check_longest(void)
{
	ntk_map_spec spec = make_spec(NTK_MAX_INPUT_DIM, 30, 1024, 0);
	drawn_map	drawn = draw(&spec);
	static const int index[] = {0, NTK_MAX_INPUT_DIM / 2, NTK_MAX_INPUT_DIM - 1};
	static const double value[] = {1, 2, -3};
	double	   *x = doubles(NTK_MAX_INPUT_DIM);
	double		dense[1024],
				sparse[1024];
	int			entries = 0;

	for (int k = 0; k < LENGTH(index); k++)
		x[index[k]] = value[k];
	ntk_map_read(&drawn.map, x, dense);
	ntk_map_read_sparse(&drawn.map, LENGTH(index), index, value, sparse);
	for (int k = 0; k < 1024; k++)
		entries += sparse[k] != 0;
	ok(same_bytes(dense, sparse, 1024) && entries >= 10 && entries <= 12,
	   "inputs of length %d", NTK_MAX_INPUT_DIM);
	drop(&drawn);
	free(x);
}

/* a reduced row is a row like any other, and the bias stays beside it, as it is */
static void
check_bias(double bias)
{
	enum
	{
		D = 300, M = 64, BASE = 100
	};
	ntk_map_spec spec = make_spec(D, M, BASE, bias);
	ntk_map_spec plain = make_spec(BASE - (bias != 0), M, 0, bias);
	drawn_map	reduced = draw(&spec);
	drawn_map	short_map = draw(&plain);
	double		x[D],
				row[BASE];
	float		z[M],
				want[M];
	ntk_rng		rng;

	ntk_rng_init(&rng, 82, 0);
	fill_gaussian(&rng, x, D);
	ntk_map_read(&reduced.map, x, row);
	ok(ntk_map_dim(&spec) == ntk_map_dim(&plain), "bias %g: the method's dimension", bias);
	ntk_map_apply(&reduced.map, row, 1, z, reduced.workspace);
	ntk_map_apply(&short_map.map, row, 1, want, short_map.workspace);
	ok(memcmp(z, want, sizeof(z)) == 0 && dot_float(z, z, M) > 0,
	   "bias %g: features of the reduced row, with the bias as it is", bias);
	drop(&reduced);
	drop(&short_map);
}

static void
check_default(void)
{
	static const struct
	{
		int			d,
					m;
		double		bias;
		int			given,
					want;
	}			cases[] = {
		{1, 1, 0, NTK_UNSET, 0}, {784, 16000, 1, NTK_UNSET, 0},
		{4096, 1024, 0, NTK_UNSET, 0}, {4095, 1024, 1, NTK_UNSET, 0},
		{4096, 1024, 1, NTK_UNSET, 4096}, {4097, 1, 0, NTK_UNSET, 4096},
		{4097, 4096, 0, NTK_UNSET, 4096}, {5000, 4097, 0, NTK_UNSET, 0},
		{8192, 4097, 0, NTK_UNSET, 0}, {8193, 4097, 0, NTK_UNSET, 8192},
		{8193, 8192, 0, NTK_UNSET, 8192}, {16384, 8193, 0, NTK_UNSET, 0},
		{16384, 8193, 1, NTK_UNSET, 16384}, {1048576, 16000, 0, NTK_UNSET, 16384},
		{1048576, 1, 1, NTK_UNSET, 4096},
		{1048576, 1024, 0, 0, 0}, {1048576, 1024, 0, 64, 64}, {100, 1024, 0, 1000, 1000}
	};

	for (int method = 0; method < ntk_method_count; method++)
	{
		int			right = 1;

		for (int i = 0; i < LENGTH(cases); i++)
		{
			ntk_map_spec spec = make_spec(cases[i].d, cases[i].m, cases[i].given, cases[i].bias);
			int			want = cases[i].want;

			if (cases[i].given == NTK_UNSET &&
				(ntk_methods[method]->landmarks || ntk_methods[method]->image))
				want = 0;
			spec.method = method;
			ntk_map_resolve(&spec);
			if (spec.base_dim != want)
			{
				right = 0;
				diag("d = %d, m = %d, bias %g: %d, not %d", cases[i].d, cases[i].m,
					 cases[i].bias, spec.base_dim, want);
			}
		}
		ok(right, "%s: the default base_dim", ntk_methods[method]->name);
	}
}

/*
 * The kernel from features of reduced rows: root mean square of its relative error over
 * seeds, and its mean.
 */
static double
reduced_error(int base_dim, double bias)
{
	enum
	{
		D = 1000, NONZERO = 200, M = 2048, SEEDS = 60
	};
	double		x[D] = {0},
				y[D] = {0};
	float	   *zx = floats(M);
	float	   *zy = floats(M);
	double	   *row = doubles(base_dim > 0 ? base_dim : D);
	double		exact,
				scale,
				square = 0;
	sample		errors = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 83, 0);
	for (int i = 0; i < NONZERO; i++)
	{
		x[3 * i] = ntk_rng_gaussian(&rng) / sqrt(NONZERO);
		y[3 * i] = 0.6 * x[3 * i] + 0.8 * ntk_rng_gaussian(&rng) / sqrt(NONZERO);
	}
	{
		double		xb[D + 1],
					yb[D + 1];

		memcpy(xb, x, sizeof(x));
		memcpy(yb, y, sizeof(y));
		xb[D] = yb[D] = bias;
		ntk_kernel_exact(NTK_KERNEL_NTK, 1, xb, yb, D + 1, &exact);
		scale = 2 * sqrt(dot(xb, xb, D + 1) * dot(yb, yb, D + 1));
	}
	for (int seed = 0; seed < SEEDS; seed++)
	{
		ntk_map_spec spec = make_spec(D, M, base_dim, bias);
		drawn_map	drawn;
		double		error;

		spec.seed = seed;
		spec.option[0] = 6;
		drawn = draw(&spec);
		ntk_map_read(&drawn.map, x, row);
		ntk_map_apply(&drawn.map, row, 1, zx, drawn.workspace);
		ntk_map_read(&drawn.map, y, row);
		ntk_map_apply(&drawn.map, row, 1, zy, drawn.workspace);
		error = (dot_float(zx, zy, M) - exact) / scale;
		sample_add(&errors, error);
		square += error * error;
		drop(&drawn);
	}
	/* the kernel is not linear in <x, y>: a bias of the order 1 / base_dim is left */
	near(errors.mean, 0,
		 STANDARD_ERRORS * standard_error(&errors) + (base_dim > 0 ? 1.0 / base_dim : 0.002),
		 "base_dim = %d, bias %g: the mean error", base_dim, bias);
	free(zx);
	free(zy);
	free(row);
	return sqrt(square / SEEDS);
}

static void
check_kernel(double bias)
{
	static const int base_dims[] = {64, 256, 1024};
	double		floor = reduced_error(0, bias);
	double		errors[LENGTH(base_dims)];
	double		ratio;

	for (int i = 0; i < LENGTH(base_dims); i++)
	{
		errors[i] = reduced_error(base_dims[i], bias);
		ok(errors[i] < hypot(1.2 / sqrt(base_dims[i]), floor),
		   "base_dim = %d, bias %g: an error of %.2g%%, %.2g%% without the reduction",
		   base_dims[i], bias, 100 * errors[i], 100 * floor);
	}
	/* 4 up to the sampling error of variances */
	ratio = (errors[0] * errors[0] - floor * floor) / (errors[1] * errors[1] - floor * floor);
	if (!ok(ratio > 2 && ratio < 8 && errors[2] < errors[1],
			"bias %g: it falls like 1 / sqrt(base_dim)", bias))
		diag("variance at 64 / variance at 256: %g", ratio);
}

static void
check_overflow(double value, int expect)
{
	enum
	{
		D = 5000, M = 40, BASE = 64
	};
	ntk_map_spec spec = make_spec(D, M, BASE, 1);
	drawn_map	drawn = draw(&spec);
	double	   *x = doubles(D);
	double		row[3 * BASE];
	float		z[3 * M];
	int			length = drawn.map.row_length;
	int			numbers = 1;

	for (int i = 0; i < D; i++)
		x[i] = i % 3 ? value : -value;
	ntk_map_read(&drawn.map, x, row + length);
	for (int i = 0; i < D; i++)
		x[i] = i % 2;
	ntk_map_read(&drawn.map, x, row);
	ntk_map_read(&drawn.map, x, row + 2 * length);
	for (int k = 0; k < 3 * length; k++)
		numbers &= !isnan(row[k]);
	ok(numbers, "reduced rows of %g hold no NaN", value);
	ok(ntk_map_apply(&drawn.map, row, 3, z, drawn.workspace) == (expect ? NTK_OVERFLOW : NTK_OK),
	   "%g in the second of three reduced rows %s", value,
	   expect ? "is reported as an overflow" : "is mapped");
	if (!expect)
	{
		for (int j = 0; j < 3 * M; j++)
			numbers &= isfinite(z[j]) != 0;
		ok(numbers, "with finite features");
	}
	ok(ntk_map_apply(&drawn.map, row, 1, z, drawn.workspace) == NTK_OK, "the row before it is not");
	drop(&drawn);
	free(x);
}

int
main(void)
{
	for (int i = 0; i < LENGTH(dims); i++)
		check_columns(dims[i]);
	check_uniform();
	check_long_sections(4095);
	check_long_sections(65535);
	check_moments(64, 60, 1, 0);
	check_moments(64, 60, 1, 0.5);
	check_moments(256, 60, 1, 0.5);
	check_moments(1024, 60, 1, 0.5);
	check_moments(4096, 60, 1, 0.5);
	check_moments(256, 60, 16384, 0.5);
	check_moments(256, 300, 3, 0.2);
	check_seeds();

	check_read(500, 64, 0);
	check_read(500, 64, 1);
	check_read(500, 67, -0.5);
	check_read(10, 64, 0);
	check_read(1, 65, 1);
	check_read(9000, 4096, 1);
	check_read(500, 0, 0);
	check_read(500, 0, 1);
	check_read(1, 0, 0);
	check_longest();
	check_bias(0);
	check_bias(1);
	check_bias(-0.25);
	check_default();
	check_kernel(0);
	check_kernel(1);
	check_overflow(1e300, 1);
	check_overflow(1.7e308, 1);
	check_overflow(1e40, 1);
	check_overflow(1e30, 0);
	return done_testing();
}
