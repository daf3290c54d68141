/*
 * test_rng.c
 *		The random numbers: the published SplitMix64 sequence, frozen streams (models
 *		depend on them for ever), and the distributions.
 */
#include "core/base/rng.h"

#include "fixture.h"
#include "tap.h"

/* the sequence of state 1234567, from the generator's reference implementation */
static void
check_published(void)
{
	static const uint64_t want[] = {
		UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
		UINT64_C(16408922859458223821)
	};
	ntk_rng		rng = {.state = 1234567};
	int			equal = 1;

	for (int i = 0; i < LENGTH(want); i++)
		equal &= ntk_rng_next(&rng) == want[i];
	ok(equal, "state 1234567 gives the published sequence");
}

/* first two numbers of some streams, computed apart from this code */
static void
check_streams(void)
{
	static const struct
	{
		uint64_t	seed,
					stream,
					first,
					second;
	}			want[] = {
		{0, 0, UINT64_C(0x238275bc38fcbe91), UINT64_C(0xf89a2566b5822c54)},
		{0, 1, UINT64_C(0x2f101fe21496ea20), UINT64_C(0xa00624088f65d5b6)},
		{1, 0, UINT64_C(0xb18a02f46d8d86c3), UINT64_C(0xf8c5b62c83f707e8)},
		{42, 7, UINT64_C(0x020a28ed9e2b2bc4), UINT64_C(0x17e03160b6345c52)},
		{UINT64_MAX, 3, UINT64_C(0x1a6f121ab7ea8e0b), UINT64_C(0x3b0828bb6425e6eb)},
	};

	for (int i = 0; i < LENGTH(want); i++)
	{
		ntk_rng		rng;

		ntk_rng_init(&rng, want[i].seed, want[i].stream);
		ok(ntk_rng_next(&rng) == want[i].first && ntk_rng_next(&rng) == want[i].second,
		   "seed %llu, stream %llu is as it always was", (unsigned long long) want[i].seed,
		   (unsigned long long) want[i].stream);
	}
}

/* neighbouring seeds and streams have nothing to do with each other */
static void
check_neighbours(void)
{
	enum
	{
		SIDE = 64
	};
	static uint64_t seen[SIDE * SIDE];
	int			equal = 0;
	sample		flips = {0};

	for (int seed = 0; seed < SIDE; seed++)
		for (int stream = 0; stream < SIDE; stream++)
		{
			ntk_rng		rng;

			ntk_rng_init(&rng, seed, stream);
			seen[seed * SIDE + stream] = ntk_rng_next(&rng);
		}
	for (int i = 0; i < SIDE * SIDE; i++)
		for (int j = 0; j < i; j++)
			equal += seen[i] == seen[j];
	ok(equal == 0, "4096 neighbouring streams start differently");

	for (int i = 1; i < SIDE * SIDE; i++)
		for (int bit = 0; bit < 64; bit++)
			sample_add(&flips, (double) (((seen[i] ^ seen[i - 1]) >> bit) & 1));
	near(flips.mean, 0.5, 4 * standard_error(&flips),
		 "neighbouring streams differ in half of their bits");
}

static void
check_uniform(void)
{
	enum
	{
		N = 1000000,
		BINS = 100
	};
	static long bin[BINS];
	ntk_rng		rng;
	sample		first = {0},
				second = {0},
				lag = {0};
	double		before = 0.5,
				smallest = 1,
				largest = 0,
				chi_square = 0;

	ntk_rng_init(&rng, 5, 5);
	for (int i = 0; i < N; i++)
	{
		double		u = ntk_rng_uniform(&rng);

		smallest = fmin(smallest, u);
		largest = fmax(largest, u);
		sample_add(&first, u);
		sample_add(&second, u * u);
		sample_add(&lag, (u - 0.5) * (before - 0.5));
		bin[(int) (u * BINS)]++;
		before = u;
	}
	ok(smallest > 0 && largest < 1 && smallest < 1e-4 && largest > 1 - 1e-4,
	   "uniform numbers fill (0, 1)");
	near(first.mean, 0.5, 4 * standard_error(&first), "mean of uniform numbers");
	near(second.mean, 1.0 / 3, 4 * standard_error(&second), "mean square of uniform numbers");
	near(lag.mean, 0, 4 * standard_error(&lag), "successive uniform numbers are uncorrelated");
	for (int i = 0; i < BINS; i++)
		chi_square += (bin[i] - (double) N / BINS) * (bin[i] - (double) N / BINS) * BINS / N;
	near(chi_square, BINS - 1, 4 * sqrt(2.0 * (BINS - 1)), "chi-square of 100 bins");
}

/* the states whose next number is 0 and 2^64 - 1: the ends belong to no interval */
static void
check_ends(void)
{
	ntk_rng		zero = {.state = UINT64_C(0x61c8864680b583eb)};
	ntk_rng		ones = {.state = UINT64_C(0x31628af67b2131ab)};
	ntk_rng		check = ones;
	double		u;

	ok(ntk_rng_next(&check) == UINT64_MAX, "a state whose next number is the largest");
	u = ntk_rng_uniform(&zero);
	ok(u > 0 && u < 1e-15, "the smallest uniform number is above 0");
	u = ntk_rng_uniform(&ones);
	ok(u < 1 && u > 1 - 1e-15, "the largest uniform number is below 1");
}

static int
compare(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

static void
check_gaussian(void)
{
	enum
	{
		N = 400000
	};
	double	   *value = doubles(N);
	static const double moment[] = {0, 1, 0, 3, 0, 15};
	ntk_rng		rng;
	sample		pairs = {0};
	double		distance = 0;

	ntk_rng_init(&rng, 6, 0);
	fill_gaussian(&rng, value, N);
	for (int power = 1; power <= LENGTH(moment); power++)
	{
		sample		s = {0};

		for (int i = 0; i < N; i++)
			sample_add(&s, pow(value[i], power));
		near(s.mean, moment[power - 1], 4 * standard_error(&s), "Gaussian moment %d", power);
	}
	/* the two of a Box-Muller pair share a radius */
	for (int i = 0; i + 1 < N; i += 2)
		sample_add(&pairs, value[i] * value[i] * value[i + 1] * value[i + 1]);
	near(pairs.mean, 1, 4 * standard_error(&pairs), "the two of a pair are independent");

	qsort(value, N, sizeof(double), compare);
	for (int i = 0; i < N; i++)
		distance = fmax(distance,
						fabs(0.5 * erfc(-value[i] / sqrt(2.0)) - (i + 0.5) / N));
	ok(distance * sqrt((double) N) < 1.95,
	   "Kolmogorov-Smirnov distance of Gaussian numbers is below its 0.1 %% point");
	free(value);
}

static void
check_signs(void)
{
	enum
	{
		N = 6400
	};
	static float sign[N + 1],
				again[N];
	ntk_rng		rng;
	sample		all = {0},
				lag = {0},
				far = {0};
	int			good = 1;

	ntk_rng_init(&rng, 8, 1);
	sign[N] = 7;
	ntk_rng_signs(&rng, sign, N);
	for (int i = 0; i < N; i++)
		good &= sign[i] == 1 || sign[i] == -1;
	ok(good && sign[N] == 7, "signs are +1 or -1, and as many as asked for");
	for (int i = 0; i < N; i++)
		sample_add(&all, sign[i]);
	for (int i = 1; i < N; i++)
		sample_add(&lag, sign[i] * sign[i - 1]);
	for (int i = 64; i < N; i++)
		sample_add(&far, sign[i] * sign[i - 64]);
	near(all.mean, 0, 4 * standard_error(&all), "signs are balanced");
	near(lag.mean, 0, 4 * standard_error(&lag), "neighbouring signs are uncorrelated");
	near(far.mean, 0, 4 * standard_error(&far), "signs of neighbouring words are uncorrelated");

	ntk_rng_init(&rng, 8, 1);
	ntk_rng_signs(&rng, again, 100);
	ok(memcmp(sign, again, 100 * sizeof(float)) == 0,
	   "the first signs do not depend on how many are drawn");
}

static void
check_reset(void)
{
	ntk_rng		a = {0};
	ntk_rng		b = {0};

	ntk_rng_init(&a, 3, 4);
	ntk_rng_init(&b, 3, 4);
	ntk_rng_gaussian(&a);
	ntk_rng_init(&a, 3, 4);
	ok(ntk_rng_gaussian(&a) == ntk_rng_gaussian(&b),
	   "a stream that starts again has forgotten its spare number");
}

int
main(void)
{
	check_published();
	check_streams();
	check_neighbours();
	check_uniform();
	check_ends();
	check_gaussian();
	check_signs();
	check_reset();
	return done_testing();
}
