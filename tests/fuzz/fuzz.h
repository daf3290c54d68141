/*
 * fuzz.h
 *		What the parts of the fuzzer share.
 *
 * ntk_fuzz.c makes the rounds, seal.c knows the stored form of values, mutate.c changes
 * bytes, mutate_json.c changes text. The fuzzer is a test: it is never installed. All
 * choices come from one generator, so that a seed stands for an input.
 */
#ifndef NTK_FUZZ_H
#define NTK_FUZZ_H

#include "pg/base/compat.h"

#include "common/pg_prng.h"
#include "lib/stringinfo.h"

/* The real inputs that others are made of. */
typedef struct FuzzSeeds
{
	int			n;
	StringInfo	seed;			/* [n] */
} FuzzSeeds;

/* A number from 0 to n - 1. */
static inline int
fuzz_below(pg_prng_state *rng, int n)
{
	return (int) (pg_prng_uint64(rng) % (uint64) n);
}

/* A number that arithmetic stumbles over. */
extern int64 fuzz_integer(pg_prng_state *rng);
extern double fuzz_double(pg_prng_state *rng);
extern float fuzz_float(pg_prng_state *rng);

/*
 * Changes bytes, which are a value with its length word, or (seeds NULL) float numbers.
 * fuzz_mutate_json changes JSON; base64 within it, of a value or of numbers, likewise.
 */
extern void fuzz_mutate_value(StringInfo value, const FuzzSeeds *seeds, pg_prng_state *rng);
extern void fuzz_mutate_floats(StringInfo numbers, pg_prng_state *rng);
extern void fuzz_mutate_json(StringInfo text, const FuzzSeeds *seeds, pg_prng_state *rng);

/* Changes some characters and keeps it a valid string. */
extern void fuzz_mutate_characters(StringInfo text, pg_prng_state *rng);

/* From what a send function gave to a value with a length word, and back with its checksum. */
extern void fuzz_unpack(StringInfo value, const char *packed, int length);
extern void fuzz_pack(StringInfo packed, const StringInfoData *value);

/* Whether packed bytes are a value by their checksum. */
extern bool fuzz_is_packed(const char *packed, int length);

/*
 * Makes the sizes and fingerprints of a value and of the map in it right again; bits: of the
 * map's length word, which say that it is compressed or out of line. It never is.
 */
extern void fuzz_seal(StringInfo value, int bits);

/* The place and the size of the map in a value; false: there is none. */
extern bool fuzz_find_map(const StringInfoData *value, int *at, int *bytes);

/* How long its rows are; about how many operations a row costs, of whatever it is. */
extern int	fuzz_row_length(const char *value);
extern double fuzz_work(const char *value);

/* base64, appended; false: it is not base64 */
extern void fuzz_encode(StringInfo text, const char *bytes, int length);
extern bool fuzz_decode(StringInfo bytes, const char *text, int length);

#endif
