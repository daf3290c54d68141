/*
 * test_polysketch.c
 *		The polynomials of the sketches, and by Monte Carlo over seeds that features have
 *		them as their expectation: degree by degree, as a whole, and layer by layer.
 */
#include "core/maps/polysketch.h"

#include "fixture.h"
#include "tap.h"

#define MAX_DIM 200

static const char *const kernel_name[] = {"ntk", "nngp"};

/* a map between guards, drawn from its seed */
typedef struct drawn
{
	ntk_polysketch_params params;
	ntk_polysketch sketch;
	float	   *memory;
	float	   *work;
} drawn;

static void
drawn_init(drawn *d, const ntk_polysketch_params *params)
{
	d->params = *params;
	d->memory = guarded(sizeof(float) * ntk_polysketch_floats(params));
	d->work = guarded(sizeof(float) * ntk_polysketch_work_floats(params));
}

static void
drawn_apply(drawn *d, uint64_t seed, const float *x, const float *scale, int n, float *z)
{
	ntk_polysketch_init(&d->sketch, &d->params, seed, d->memory, NULL);
	ntk_polysketch_apply(&d->sketch, x, scale, n, z, d->work);
}

static int
drawn_intact(const drawn *d)
{
	return guards_intact(d->memory, sizeof(float) * ntk_polysketch_floats(&d->params)) &&
		guards_intact(d->work, sizeof(float) * ntk_polysketch_work_floats(&d->params));
}

static void
drawn_free(drawn *d)
{
	if (!drawn_intact(d))
		bail_out("written outside the memory or the workspace");
	guarded_free(d->memory);
	guarded_free(d->work);
}

static const float ones[] = {1, 1, 1, 1, 1, 1, 1, 1};

#define ROWS 8

/* row 0, and unit vectors at angles from 0 to pi from it */
static void
make_rows(float *x, int dim)
{
	double		first[MAX_DIM];
	double		other[MAX_DIM];
	double		along,
				length;
	ntk_rng		rng;

	ntk_rng_init(&rng, 41, dim);
	fill_gaussian(&rng, first, dim);
	length = sqrt(dot(first, first, dim));
	for (int k = 0; k < dim; k++)
		first[k] /= length;
	for (int i = 0; i < ROWS; i++)
	{
		double		angle = i == 0 ? 0 : PI * (i - 1) / (ROWS - 2);

		fill_gaussian(&rng, other, dim);
		along = dot(first, other, dim);
		for (int k = 0; k < dim; k++)
			other[k] -= along * first[k];
		length = dim > 1 ? sqrt(dot(other, other, dim)) : 1;
		for (int k = 0; k < dim; k++)
			x[i * dim + k] = (float) (cos(angle) * first[k] +
									  sin(angle) * (dim > 1 ? other[k] / length : 0));
	}
	if (dim == 1)
		for (int i = 0; i < ROWS; i++)
			x[i] = i % 2 ? 1.0f : -1.0f;
}

static double
cosine(const float *x, int i, int j, int dim)
{
	return fmax(-1, fmin(1, dot_float(x + i * dim, x + j * dim, dim)));
}

/* <x^(l times (x)), y^(l times (x))>, from all entries of the tensors */
static double
tensor_product(const float *x, const float *y, int dim, int l)
{
	double		sum = 0;

	if (l == 0)
		return 1;
	for (int k = 0; k < dim; k++)
		sum += (double) x[k] * y[k] * tensor_product(x, y, dim, l - 1);
	return sum;
}

static double
polynomial(const double *a, int degree, double t)
{
	double		sum = 0;

	for (int l = 0; l <= degree; l++)
		sum += a[l] * pow(t, l);
	return sum;
}

/* non-negative, the least among its neighbours, nearer with the degree, no rounding dust */
static void
check_fit(ntk_kernel kernel, int depth)
{
	double		before = INFINITY;
	double		top = kernel == NTK_KERNEL_NTK ? depth + 1 : 1;
	double		largest[NTK_POLYFIT_MAX_DEGREE + 1];
	int			falls = 1,
				feasible = 1,
				least = 1;

	for (int degree = 2; degree <= NTK_POLYFIT_MAX_DEGREE; degree++)
	{
		double		a[NTK_POLYFIT_MAX_DEGREE + 1];
		double		error = 0;

		ntk_polyfit_kernel(kernel, depth, degree, a);
		largest[degree] = 0;
		for (int trial = -1; trial < 2 * (degree + 1); trial++)
		{
			double		b[NTK_POLYFIT_MAX_DEGREE + 1];
			double		square = 0;

			memcpy(b, a, sizeof(b));
			if (trial >= 0)
				b[trial / 2] += trial % 2 ? 1e-4 : -1e-4;
			for (int i = 0; i <= 256; i++)
			{
				double		angle = PI * i / 256;
				double		off = polynomial(b, degree, cos(angle)) -
					ntk_kernel_unit(kernel, depth, angle);

				square += off * off;
				if (trial < 0)
					largest[degree] = fmax(largest[degree], fabs(off));
			}
			if (trial < 0)
				error = square;
			else if (b[trial / 2] >= 0 && square < error)
				least = 0;
		}
		for (int l = 0; l <= degree; l++)
			feasible &= a[l] == 0 || (a[l] > 1e-6 && isfinite(a[l]));
		falls &= error <= before * (1 + 1e-9);
		before = error;
	}
	diag("%s, depth %d: largest error of degree 2: %.4f, 4: %.4f, 8: %.4f of %g",
		 kernel_name[kernel], depth, largest[2], largest[4], largest[8], top);
	ok(feasible && least && falls && largest[8] < 0.6 * largest[2] &&
	   largest[8] < 0.02 * depth * top,
	   "%s, depth %d: fits are non-negative, least squares, and nearer with the degree",
	   kernel_name[kernel], depth);
}

/*
 * The part of degree l of the features, by itself, has the inner product of tensor powers
 * as its mean. seen: which degrees occurred.
 */
static void
check_parts(const ntk_polysketch_params *params, int seeds, int *seen)
{
	float		x[ROWS * MAX_DIM];
	float	   *z = floats((size_t) ROWS * params->m);
	double		a[NTK_POLYFIT_MAX_DEGREE + 1];
	sample		parts[NTK_POLYFIT_MAX_DEGREE + 1][ROWS];
	sample		whole[ROWS];
	tap_worst	worst = {0},
				worst_whole = {0};
	drawn		d;

	memset(parts, 0, sizeof(parts));
	memset(whole, 0, sizeof(whole));
	make_rows(x, params->dim);
	ntk_polyfit_kernel(params->kernel, params->depth, params->degree, a);
	drawn_init(&d, params);
	for (int seed = 0; seed < seeds; seed++)
	{
		drawn_apply(&d, seed, x, ones, ROWS, z);
		for (int j = 0; j < ROWS; j++)
			sample_add(&whole[j], dot_float(z, z + j * params->m, params->m));
		for (int l = 0; l <= params->degree; l++)
		{
			ntk_polysketch part = d.sketch;

			if (d.sketch.kappa1.width[l] == 0)
				continue;
			for (int other = 0; other <= params->degree; other++)
				if (other != l)
					part.kappa1.root[other] = 0;
			ntk_polysketch_apply(&part, x, ones, ROWS, z, d.work);
			for (int j = 0; j < ROWS; j++)
				sample_add(&parts[l][j], dot_float(z, z + j * params->m, params->m));
		}
	}
	for (int j = 0; j < ROWS; j++)
	{
		double		t = cosine(x, 0, j, params->dim);

		for (int l = 0; l <= params->degree; l++)
		{
			double		want = a[l] * pow(t, l);

			if (params->dim <= 3)
				want = a[l] * tensor_product(x, x + j * params->dim, params->dim, l);
			if (parts[l][j].n == 0)
			{
				worst_note(&worst, 0, want, 0, "degree %d is missing", l);
				continue;
			}
			seen[l] = 1;
			worst_note(&worst, parts[l][j].mean, want,
					   4 * standard_error(&parts[l][j]) + 2e-6 * a[l],
					   "degree %d, t = %.3f", l, t);
		}
		worst_note(&worst_whole, whole[j].mean, ntk_polysketch_kernel(params, t),
				   4 * standard_error(&whole[j]) + 1e-5, "t = %.3f", t);
	}
	worst_ok(&worst, "%s, depth %d, degree %d, dim %d, width %d: every degree is unbiased",
			 kernel_name[params->kernel], params->depth, params->degree, params->dim,
			 params->width);
	worst_ok(&worst_whole, "and so is the whole");
	drawn_free(&d);
	free(z);
}

/* the mean at many angles; very few features as well; and the polynomial at these angles */
static void
check_mean(const ntk_polysketch_params *params, int seeds)
{
	float		x[ROWS * MAX_DIM];
	float	   *z = floats((size_t) ROWS * params->m);
	sample		samples[ROWS][ROWS];
	tap_worst	worst = {0};
	drawn		d;

	memset(samples, 0, sizeof(samples));
	make_rows(x, params->dim);
	drawn_init(&d, params);
	for (int seed = 0; seed < seeds; seed++)
	{
		drawn_apply(&d, 7000 + seed, x, ones, ROWS, z);
		for (int i = 0; i < ROWS; i++)
			for (int j = 0; j <= i; j++)
				sample_add(&samples[i][j],
						   dot_float(z + i * params->m, z + j * params->m, params->m));
	}
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j <= i; j++)
		{
			double		t = cosine(x, i, j, params->dim);

			worst_note(&worst, samples[i][j].mean, ntk_polysketch_kernel(params, t),
					   4 * standard_error(&samples[i][j]) + 1e-5, "t = %.3f", t);
		}
	worst_ok(&worst, "%s, %s, depth %d, dim %d, m = %d: the mean at %d angles",
			 params->layered ? "layered" : "single", kernel_name[params->kernel], params->depth,
			 params->dim, params->m, ROWS * (ROWS + 1) / 2);
	drawn_free(&d);
	free(z);
}

/* kappa polynomials keep 1, and their composition comes nearer to the kernel with p, p' */
static void
check_layered_kernel(void)
{
	double		before = INFINITY;
	int			falls = 1;
	tap_worst	unit = {0};

	for (int p = 0; p <= NTK_POLYSKETCH_MAX_P; p++)
	{
		ntk_polysketch_params params = {.depth = 3,.layered = 1,.p = p,.p_prime = p};
		double		largest = 0;

		for (int i = 0; i <= 100; i++)
		{
			double		angle = PI * i / 100;

			largest = fmax(largest, fabs(ntk_polysketch_kernel(&params, cos(angle)) -
										 ntk_kernel_unit(params.kernel, params.depth, angle)));
		}
		diag("layered, depth 3, p = p' = %d: largest error of the kernel %.4f of 4", p, largest);
		falls &= largest < before;
		before = largest;
		worst_note(&unit, ntk_polysketch_kernel(&params, 1), 4, 1e-3, "ntk, p = %d", p);
		params.kernel = NTK_KERNEL_NNGP;
		worst_note(&unit, ntk_polysketch_kernel(&params, 1), 1, 1e-4, "nngp, p = %d", p);
	}
	ok(falls && before < 0.25, "the layers' polynomials give a kernel that is nearer with p, p'");
	worst_ok(&unit, "K(x, x) is kept");
}

/* root mean square error against the limit, as a power of the width */
static void
check_layered_rate(ntk_kernel kernel, int depth)
{
	enum
	{
		DIM = 20, SEEDS = 60, SIZES = 5, LARGEST = 1024
	};
	float		x[ROWS * MAX_DIM];
	float	   *z = floats(ROWS * LARGEST);
	double		sum_x = 0,
				sum_y = 0,
				sum_xx = 0,
				sum_xy = 0,
				slope;

	make_rows(x, DIM);
	for (int s = 0; s < SIZES; s++)
	{
		ntk_polysketch_params params = {
			.kernel = kernel,.depth = depth,.dim = DIM,.m = 64 << s,.layered = 1,.p = 2,
			.p_prime = 2,.width = 64 << s
		};
		double		square = 0;
		double		want[ROWS];
		double		log_s = log(params.width);
		double		log_error;
		drawn		d;

		for (int j = 1; j < ROWS; j++)
			want[j] = ntk_polysketch_kernel(&params, cosine(x, 0, j, DIM));
		drawn_init(&d, &params);
		for (int seed = 0; seed < SEEDS; seed++)
		{
			drawn_apply(&d, 9000 + seed, x, ones, ROWS, z);
			for (int j = 1; j < ROWS; j++)
				square += pow(dot_float(z, z + j * params.m, params.m) - want[j], 2);
		}
		drawn_free(&d);
		log_error = 0.5 * log(square / SEEDS / (ROWS - 1));
		diag("width %d: root mean square error %.4f", params.width, exp(log_error));
		sum_x += log_s;
		sum_y += log_error;
		sum_xx += log_s * log_s;
		sum_xy += log_s * log_error;
	}
	slope = (SIZES * sum_xy - sum_x * sum_y) / (SIZES * sum_xx - sum_x * sum_x);
	ok(slope < -0.4 && slope > -0.75,
	   "layered, %s, depth %d: the error falls like the width to the power %.2f",
	   kernel_name[kernel], depth, slope);
	free(z);
}

/* every layer draws its own numbers, and uses them */
static void
check_layers_differ(void)
{
	enum
	{
		DEPTH = 3, DIM = 20, M = 64
	};
	const ntk_polysketch_params params = {NTK_KERNEL_NTK, DEPTH, DIM, M, 1, 0, 1, 1, 64};
	float		x[ROWS * MAX_DIM];
	float		z[M],
				changed[M];
	int			differ = 1,
				used = 1;
	drawn		d;

	make_rows(x, DIM);
	drawn_init(&d, &params);
	drawn_apply(&d, 1, x, ones, 1, z);
	for (int layer = 0; layer < DEPTH; layer++)
	{
		const float *const places[] = {
			d.sketch.signs1, d.sketch.signs0, d.sketch.product.signs,
			d.sketch.kappa1.node[0].product.signs, d.sketch.kappa0.node[0].product.signs
		};

		for (int i = 0; i < LENGTH(places); i++)
		{
			float	   *mine = d.memory + (places[i] - d.memory) + layer * d.sketch.stride;

			if (layer > 0)
				differ &= memcmp(mine, places[i], 64 * sizeof(float)) != 0;
			for (int k = 0; k < 64; k += 2)
				mine[k] = -mine[k];
			ntk_polysketch_apply(&d.sketch, x, ones, 1, changed, d.work);
			used &= memcmp(z, changed, sizeof(z)) != 0;
			for (int k = 0; k < 64; k += 2)
				mine[k] = -mine[k];
		}
	}
	ntk_polysketch_apply(&d.sketch, x, ones, 1, changed, d.work);
	ok(memcmp(z, changed, sizeof(z)) == 0 && differ && used,
	   "every layer has random numbers of its own");
	drawn_free(&d);
}

/* everything an integration relies on, for one set of parameters */
static void
check_contract(const ntk_polysketch_params *params)
{
	int			m = params->m;
	int			dim = params->dim;
	size_t		size = sizeof(float) * ROWS * m;
	float	   *x = floats((size_t) ROWS * dim);
	float	   *z = guarded(size);
	float	   *again = guarded(size);
	float	   *single = guarded(sizeof(float) * m);
	static const float scale[ROWS] = {1, 0, 2.5f, 1e-20f, 1e20f, 1, 0, 3};
	double		energy = 0;
	int			alone = 1,
				zero = 1,
				finite = 1;
	tap_worst	linear = {0};
	drawn		d,
				other;
	ntk_rng		rng;

	ntk_rng_init(&rng, 51, dim);
	for (int i = 0; i < ROWS; i++)
		unit_float(&rng, x + (size_t) i * dim, dim);
	drawn_init(&d, params);
	drawn_init(&other, params);
	drawn_apply(&d, 5, x, scale, ROWS, z);
	drawn_apply(&other, 5, x, scale, ROWS, again);
	ok(guards_intact(z, size) && drawn_intact(&d) && memcmp(z, again, size) == 0,
	   "%s, depth %d, dim %d, m = %d, width %d: a seed determines all, inside its memory",
	   params->layered ? "layered" : "single", params->depth, dim, m, d.sketch.params.width);

	for (int i = 0; i < ROWS; i++)
	{
		ntk_polysketch_apply(&d.sketch, x + (size_t) i * dim, scale + i, 1, single, d.work);
		alone &= memcmp(single, z + (size_t) i * m, sizeof(float) * m) == 0 &&
			guards_intact(single, sizeof(float) * m);
		ntk_polysketch_apply(&d.sketch, x + (size_t) i * dim, ones, 1, single, d.work);
		for (int j = 0; j < m; j++)
		{
			float		value = z[(size_t) i * m + j];

			finite &= isfinite(value) != 0;
			if (scale[i] == 0)
				zero &= value == 0;
			else
				worst_note(&linear, value / scale[i], single[j], 1e-6 * fabs(single[j]) + 1e-20,
						   "row %d, feature %d", i, j);
			energy += fabs(single[j]);
		}
	}
	ok(alone, "a row's features do not depend on its neighbours");
	ok(zero && finite && energy > 0, "all are finite, of scale 0 zero");
	worst_ok(&linear, "and proportional to the scale");

	drawn_apply(&other, 6, x, scale, ROWS, again);
	/* one feature is the same up to its sign */
	ok(m < 8 || memcmp(z, again, size) != 0, "another seed gives other features");
	drawn_free(&d);
	drawn_free(&other);
	guarded_free(z);
	guarded_free(again);
	guarded_free(single);
	free(x);
}

static void
check_defaults(void)
{
	ntk_polysketch_params params = {.depth = 1,.dim = 784,.m = 2048,.degree = 4};
	int			valid = 1;

	for (int layered = 0; layered < 2; layered++)
		for (int m = 1; m <= 16000; m = m * 3 + 1)
		{
			int			width;

			params.layered = layered;
			params.m = m;
			width = ntk_polysketch_width(&params);
			valid &= width >= 64 && (width & (width - 1)) == 0;
		}
	params.width = 128;
	ok(valid && ntk_polysketch_width(&params) == 128,
	   "default widths are powers of two; a given width is kept");
}

int
main(void)
{
	static const ntk_polysketch_params parts[] = {
		{NTK_KERNEL_NTK, 3, 3, 80, 0, 4, 0, 0, 64}, /* leaves as long as the width */
		{NTK_KERNEL_NTK, 3, 2, 90, 0, 8, 0, 0, 64},
		{NTK_KERNEL_NTK, 2, 20, 200, 0, 5, 0, 0, 256},	/* shorter */
		{NTK_KERNEL_NTK, 2, 100, 150, 0, 6, 0, 0, 64},	/* longer: a base sketch */
		{NTK_KERNEL_NTK, 3, 150, 300, 0, 8, 0, 0, 64},
		{NTK_KERNEL_NTK, 1, 100, 700, 0, 4, 0, 0, 128},
		{NTK_KERNEL_NNGP, 2, 65, 100, 0, 8, 0, 0, 0},
		{NTK_KERNEL_NNGP, 1, 30, 40, 0, 2, 0, 0, 0}
	};
	static const ntk_polysketch_params means[] = {
		{NTK_KERNEL_NTK, 1, 20, 64, 0, 4, 0, 0, 0},
		{NTK_KERNEL_NTK, 2, 5, 333, 0, 8, 0, 0, 0},
		{NTK_KERNEL_NTK, 1, 1, 50, 0, 6, 0, 0, 0},
		{NTK_KERNEL_NTK, 1, 9, 1, 0, 4, 0, 0, 0},	/* fewer features than degrees */
		{NTK_KERNEL_NTK, 3, 70, 3, 0, 8, 0, 0, 64},
		{NTK_KERNEL_NTK, 1, 20, 100, 1, 0, 2, 2, 64},	/* at depth 1 layers are unbiased */
		{NTK_KERNEL_NTK, 1, 60, 40, 1, 0, 3, 3, 128},
		{NTK_KERNEL_NTK, 1, 3, 300, 1, 0, 0, 1, 64},
		{NTK_KERNEL_NNGP, 1, 30, 100, 1, 0, 1, 0, 64}
	};
	static const ntk_polysketch_params contracts[] = {
		{NTK_KERNEL_NTK, 1, 784, 2048, 0, 4, 0, 0, 0},
		{NTK_KERNEL_NTK, 1, 1, 1, 0, 2, 0, 0, 0},
		{NTK_KERNEL_NTK, 4, 5000, 77, 0, 8, 0, 0, 0},
		{NTK_KERNEL_NNGP, 64, 13, 16000, 0, 7, 0, 0, 0},
		{NTK_KERNEL_NTK, 2, 784, 500, 1, 0, 2, 2, 0},
		{NTK_KERNEL_NNGP, 2, 1, 1, 1, 0, 3, 3, 0},
		{NTK_KERNEL_NTK, 64, 100, 65, 1, 0, 0, 0, 64}
	};
	int			seen[NTK_POLYFIT_MAX_DEGREE + 1] = {0};
	int			all = 1;

	for (int kernel = 0; kernel < 2; kernel++)
	{
		check_fit(kernel, 1);
		check_fit(kernel, 3);
	}
	check_fit(NTK_KERNEL_NTK, 16);
	for (int i = 0; i < LENGTH(parts); i++)
		check_parts(&parts[i], 2000, seen);
	for (int l = 0; l < LENGTH(seen); l++)
		all &= seen[l];
	ok(all, "among them is every degree");
	for (int i = 0; i < LENGTH(means); i++)
		check_mean(&means[i], 3000);
	check_layered_kernel();
	check_layered_rate(NTK_KERNEL_NTK, 2);
	check_layered_rate(NTK_KERNEL_NNGP, 3);
	check_layers_differ();
	for (int i = 0; i < LENGTH(contracts); i++)
		check_contract(&contracts[i]);
	check_defaults();
	return done_testing();
}
