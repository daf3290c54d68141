/*
 * mutate.c
 *		Changes of bytes: bits, integers and numbers at their places, sizes, splices.
 */
#include "fuzz.h"

#include <float.h>
#include <math.h>

#include "mb/pg_wchar.h"

#include "pg/types/type_model.h"

int64
fuzz_integer(pg_prng_state *rng)
{
	static const int64 odd[] = {
		0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 1000, 1024,
		4096, 16000, 16001, 32767, 32768, 65535, 65536, 1048576, 1048577, 46341,
		INT32_MAX, (int64) INT32_MAX + 1, UINT32_MAX, (int64) UINT32_MAX + 1, INT64_MAX,
	};
	int64		number = odd[fuzz_below(rng, lengthof(odd))];

	switch (fuzz_below(rng, 8))
	{
		case 0:
			return (int64) (0 - (uint64) number);
		case 1:
			return (int64) ((uint64) number + fuzz_below(rng, 5) - 2);
		case 2:
			return (int64) pg_prng_uint64(rng);
		default:
			return number;
	}
}

double
fuzz_double(pg_prng_state *rng)
{
	static const double odd[] = {
		0, -0.0, 1, -1, 2, 0.5, 1e-3, 1e-8, 1e-16, 1e8, 1e16, 1e30, 1e38, 3.5e38, 1e77, 1e100,
		1e154, 1.4e154, 1e200, 1e300, 1e308, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, -5e-324, 1e-154,
		1e-200, 1e-300, FLT_MAX, FLT_MIN, 1e-40, NAN, INFINITY, -INFINITY,
	};
	double		number;

	switch (fuzz_below(rng, 8))
	{
		case 0:
			return -odd[fuzz_below(rng, lengthof(odd))];
		case 1:
			return pg_prng_double(rng) * 4 - 2;
		case 2:
			return (double) fuzz_integer(rng);
		case 3:
			{
				uint64		bits = pg_prng_uint64(rng);

				memcpy(&number, &bits, sizeof(number));
				return number;
			}
		default:
			return odd[fuzz_below(rng, lengthof(odd))];
	}
}

float
fuzz_float(pg_prng_state *rng)
{
	double		number = fuzz_double(rng);

	/* a conversion that overflows is undefined */
	if (number > FLT_MAX && number < INFINITY)
		return FLT_MAX;
	if (number < -FLT_MAX && number > -INFINITY)
		return -FLT_MAX;
	return (float) number;
}

/* a place for size bytes, aligned so; more often where the fields are than in the numbers */
static char *
fuzz_place(StringInfo value, int size, pg_prng_state *rng)
{
	int			first = 0;
	int			bytes = value->len;
	int			at;

	switch (fuzz_below(rng, 4))
	{
		case 0:
		case 1:
			bytes = Min(bytes, 136);
			break;
		case 2:
			if (fuzz_find_map(value, &first, &bytes))
				bytes = Min(bytes, 136);
			break;
	}
	if (bytes < size)
		return NULL;
	at = first + fuzz_below(rng, (bytes - size) / size + 1) * size;
	return value->data + at;
}

static void
fuzz_put(StringInfo value, const void *what, int size, pg_prng_state *rng)
{
	char	   *place = fuzz_place(value, size, rng);

	if (place)
		memcpy(place, what, size);
}

static void
fuzz_resize(StringInfo value, int length)
{
	if (length > value->len)
	{
		int			old = value->len;

		enlargeStringInfo(value, length - old);
		memset(value->data + old, 0, length - old);
	}
	value->len = length;
	value->data[length] = '\0';
}

/* another value's bytes at the same place, or elsewhere */
static void
fuzz_splice(StringInfo value, const FuzzSeeds *seeds, pg_prng_state *rng)
{
	const StringInfo other = &seeds->seed[fuzz_below(rng, seeds->n)];
	int			n = 8 * (1 + fuzz_below(rng, 12));
	int			to = fuzz_below(rng, value->len) & ~7;
	int			from = fuzz_below(rng, 4) ? to : fuzz_below(rng, other->len) & ~7;

	n = Min(n, Min(value->len - to, other->len - from));
	if (n > 0)
		memcpy(value->data + to, other->data + from, n);
}

/* the map of another value in place of this one's */
static void
fuzz_replace_map(StringInfo value, const FuzzSeeds *seeds, pg_prng_state *rng)
{
	const StringInfo other = &seeds->seed[fuzz_below(rng, seeds->n)];
	StringInfoData tail;
	int			at,
				bytes,
				from,
				other_bytes;

	if (!fuzz_find_map(value, &at, &bytes) || !fuzz_find_map(other, &from, &other_bytes))
		return;
	initStringInfo(&tail);
	appendBinaryStringInfo(&tail, value->data + at + bytes, value->len - at - bytes);
	value->len = at;
	appendBinaryStringInfo(value, other->data + from, other_bytes);
	appendBinaryStringInfo(value, tail.data, tail.len);
	pfree(tail.data);
	if (((NtkValue *) value->data)->type == NTK_VALUE_GRAM)
		((NtkGramValue *) value->data)->map_bytes = other_bytes;
	else
		((NtkModelValue *) value->data)->map_bytes = other_bytes;
}

/* a map with landmarks or a metric of another shape, whose sizes fit */
static void
fuzz_reshape_map(StringInfo value, pg_prng_state *rng)
{
	NtkMapValue *map = (NtkMapValue *) value->data;
	int			row,
				numbers;

	if (value->len < (int) offsetof(NtkMapValue, data) || map->head.type != NTK_VALUE_MAP ||
		map->scales != 0)
		return;
	map->input_dim = 1 + fuzz_below(rng, 9);
	map->metric_rows = fuzz_below(rng, 10) - 1;
	map->factors = map->input_dim * (map->metric_rows < 0 ? 1 : map->metric_rows);
	row = map->metric_rows > 0 ? map->metric_rows : map->input_dim;
	if (map->numbers > 0)
	{
		map->n_components = 1 + fuzz_below(rng, 9);
		map->numbers = map->n_components * row;
	}
	numbers = map->numbers + map->factors;
	fuzz_resize(value, offsetof(NtkMapValue, data));
	fuzz_resize(value, MAXALIGN(offsetof(NtkMapValue, data) + sizeof(float4) * numbers));
	map = (NtkMapValue *) value->data;
	for (int i = 0; i < numbers; i++)
		map->data[i] = fuzz_below(rng, 32) ? (float4) fuzz_below(rng, 5) - 2 : fuzz_float(rng);
}

static void
fuzz_flip(StringInfo value, pg_prng_state *rng)
{
	char	   *place = fuzz_place(value, 1, rng);

	if (place)
		*place ^= (char) (1 << fuzz_below(rng, 8));
}

/* one number times another */
static void
fuzz_scale_number(StringInfo value, pg_prng_state *rng)
{
	char	   *place = fuzz_place(value, sizeof(double), rng);
	double		number;

	if (!place)
		return;
	memcpy(&number, place, sizeof(number));
	number *= fuzz_double(rng);
	memcpy(place, &number, sizeof(number));
}

static void
fuzz_nudge(StringInfo value, pg_prng_state *rng)
{
	char	   *place = fuzz_place(value, sizeof(int32), rng);
	uint32		number;

	if (!place)
		return;
	memcpy(&number, place, sizeof(number));
	number += fuzz_below(rng, 5) - 2;
	memcpy(place, &number, sizeof(number));
}

static void
fuzz_mutate_once(StringInfo value, const FuzzSeeds *seeds, pg_prng_state *rng)
{
	int64		integer = fuzz_integer(rng);
	int32		low = (int32) integer;
	uint8		byte = (uint8) fuzz_below(rng, 10);
	double		number = fuzz_double(rng);
	float		single = fuzz_float(rng);

	switch (fuzz_below(rng, 16))
	{
		case 0:
		case 1:
			fuzz_flip(value, rng);
			break;
		case 2:
			fuzz_put(value, &byte, sizeof(byte), rng);
			break;
		case 3:
		case 4:
			fuzz_put(value, &low, sizeof(low), rng);
			break;
		case 5:
			fuzz_nudge(value, rng);
			break;
		case 6:
			fuzz_put(value, &integer, sizeof(integer), rng);
			break;
		case 7:
		case 8:
			fuzz_put(value, &number, sizeof(number), rng);
			break;
		case 9:
			fuzz_put(value, &single, sizeof(single), rng);
			break;
		case 10:
			fuzz_scale_number(value, rng);
			break;
		case 11:
			fuzz_resize(value, fuzz_below(rng, value->len + 1));
			break;
		case 12:
			fuzz_resize(value, value->len + 8 * (1 + fuzz_below(rng, 16)));
			break;
		case 13:
			fuzz_splice(value, seeds, rng);
			break;
		case 14:
			fuzz_replace_map(value, seeds, rng);
			break;
		case 15:
			fuzz_reshape_map(value, rng);
			break;
	}
}

void
fuzz_mutate_value(StringInfo value, const FuzzSeeds *seeds, pg_prng_state *rng)
{
	int			times = 1 + fuzz_below(rng, 3);

	while (times-- > 0 && value->len > 0)
		fuzz_mutate_once(value, seeds, rng);
	if (fuzz_below(rng, 32))
		fuzz_seal(value, fuzz_below(rng, 32) ? 0 : fuzz_below(rng, 4));
}

void
fuzz_mutate_floats(StringInfo numbers, pg_prng_state *rng)
{
	float		number = fuzz_float(rng);
	int			n = numbers->len / (int) sizeof(number);

	if (n > 0 && fuzz_below(rng, 8))
		memcpy(numbers->data + sizeof(number) * fuzz_below(rng, n), &number, sizeof(number));
	else
		fuzz_resize(numbers, fuzz_below(rng, 2 * numbers->len + 8));
}

void
fuzz_mutate_characters(StringInfo text, pg_prng_state *rng)
{
	static const char odd[] = "{}[]\":,=+/\\ \n0123456789eE.-AZaz_'$%\x7f\x01";
	int			times = 1 + fuzz_below(rng, 3);

	while (times-- > 0 && text->len > 0)
	{
		int			at = fuzz_below(rng, text->len);

		switch (fuzz_below(rng, 4))
		{
			case 0:
				text->data[at] ^= (char) (1 << fuzz_below(rng, 7));
				break;
			case 1:
				text->data[at] = odd[fuzz_below(rng, lengthof(odd) - 1)];
				break;
			case 2:
				memmove(text->data + at, text->data + at + 1, text->len - at);
				text->len--;
				break;
			case 3:
				fuzz_resize(text, at);
				break;
		}
	}

	/* the server lets nothing else come as far as an input function */
	for (int i = 0; i < text->len; i++)
		if (text->data[i] == '\0')
			text->data[i] = ' ';
	if (!pg_verifymbstr(text->data, text->len, true))
		for (int i = 0; i < text->len; i++)
			text->data[i] = (text->data[i] & 0x7f) ? text->data[i] & 0x7f : ' ';
}
