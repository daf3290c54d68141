/*
 * fixture.h
 *		What several unit tests need: memory with guards, random data, a pause.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "tap.h"

#define PI 3.141592653589793238462643383280
#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

#define GUARD 64				/* bytes on either side */
#define GUARD_BYTE 0xa5

/* size bytes between two guards; the content is garbage on purpose, NaN as numbers */
static inline void *
guarded(size_t size)
{
	unsigned char *memory = malloc(size + 2 * GUARD);

	if (memory == NULL)
		bail_out("out of memory");
	memset(memory, GUARD_BYTE, size + 2 * GUARD);
	memset(memory + GUARD, 0xff, size);
	return memory + GUARD;
}

/* nothing was written outside the size bytes */
static inline int
guards_intact(const void *memory, size_t size)
{
	const unsigned char *start = memory;

	for (int i = 0; i < GUARD; i++)
		if (start[-1 - i] != GUARD_BYTE || start[size + i] != GUARD_BYTE)
			return 0;
	return 1;
}

static inline void
guarded_free(void *memory)
{
	if (memory != NULL)
		free((unsigned char *) memory - GUARD);
}

static inline double *
doubles(size_t n)
{
	double	   *memory = calloc(n > 0 ? n : 1, sizeof(double));

	if (memory == NULL)
		bail_out("out of memory");
	return memory;
}

static inline float *
floats(size_t n)
{
	float	   *memory = calloc(n > 0 ? n : 1, sizeof(float));

	if (memory == NULL)
		bail_out("out of memory");
	return memory;
}

/* n standard normal numbers */
static inline void
fill_gaussian(ntk_rng *rng, double *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = ntk_rng_gaussian(rng);
}

static inline double
dot(const double *x, const double *y, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

static inline double
dot_float(const float *x, const float *y, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double) x[i] * y[i];
	return sum;
}

/* a random unit vector in single precision */
static inline void
unit_float(ntk_rng *rng, float *out, int n)
{
	double		square = 0;

	for (int i = 0; i < n; i++)
	{
		out[i] = (float) ntk_rng_gaussian(rng);
		square += (double) out[i] * out[i];
	}
	for (int i = 0; i < n; i++)
		out[i] = (float) (out[i] / sqrt(square));
}

static int	pause_calls = 0;

/* an ntk_pause that counts */
static inline void
count_pause(void)
{
	pause_calls++;
}

/* mean of a sample and the standard error of that mean */
typedef struct sample
{
	long		n;
	double		mean;
	double		square;			/* sum of squared deviations (Welford) */
} sample;

static inline void
sample_add(sample *s, double value)
{
	double		deviation = value - s->mean;

	s->n++;
	s->mean += deviation / s->n;
	s->square += deviation * (value - s->mean);
}

static inline double
standard_error(const sample *s)
{
	return sqrt(s->square / (s->n - 1.0) / s->n);
}

#endif
