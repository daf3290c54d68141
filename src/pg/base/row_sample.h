/*
 * row_sample.h
 *		A sample of distinct rows that depends on neither their order nor the plan.
 *
 * A row belongs to the sample if its hash is among the smallest of all distinct rows, so
 * samples merge. How often each of its rows occurred is known exactly: a row that is
 * in the sample at the end has been in it since it first came.
 */
#ifndef NTK_ROW_SAMPLE_H
#define NTK_ROW_SAMPLE_H

#include "pg/base/compat.h"

typedef struct NtkSampleEntry
{
	uint64		hash;
	double		weight;			/* how often the row occurred */
	int			place;			/* of its numbers, in rows */
} NtkSampleEntry;

typedef struct NtkRowSample
{
	MemoryContext context;
	const char *what;			/* names the sample in errors */
	int			dim;
	int			limit;			/* distinct rows to keep */
	int			room;			/* rows that have memory: at most limit and a quarter */
	int			count;			/* entries: until they are compacted, perhaps of equal rows */
	uint64		bound;			/* rows with larger hashes are not in the sample */
	NtkSampleEntry *entries;	/* [room] */
	int		   *unused;			/* [room - count] places */
	float	   *rows;			/* [room][dim] */
	float	   *row;			/* [dim]: the row at hand */
} NtkRowSample;

/*
 * An empty sample in a memory context of its own below parent. what lives as long as the
 * sample does.
 */
extern NtkRowSample *ntk_row_sample_create(MemoryContext parent, const char *what, int dim,
										   int limit);

/*
 * input, [dim], in single precision as the row at hand; -0 becomes 0, so that it is the same
 * row. The place of a number beyond single precision, or -1.
 */
extern int	ntk_row_sample_round(NtkRowSample *sample, const double *input);

/* Adds the row at hand, once or weight times. All rows of a sample are hashed with the same seed. */
extern void ntk_row_sample_add(NtkRowSample *sample, uint64 seed);
extern void ntk_row_sample_add_weighted(NtkRowSample *sample, uint64 seed, double weight);

/* Adds the rows of another sample of the same dim, seed and limit. */
extern void ntk_row_sample_merge(NtkRowSample *sample, const NtkRowSample *other);

/* One entry a distinct row, in the order of hashes, no more than the limit. */
extern void ntk_row_sample_compact(NtkRowSample *sample);

/*
 * Brings the numbers of a compact sample into the order of its entries: rows is then
 * [count][dim]. Gives back their weights.
 */
extern double *ntk_row_sample_arrange(NtkRowSample *sample);

/*
 * A sample as it travels between processes, behind a head of the caller's. Unpacking adds
 * rows to an empty sample of the same dim, from what follows the head.
 */
extern bytea *ntk_row_sample_pack(NtkRowSample *sample, const void *head, Size head_bytes);
extern void ntk_row_sample_unpack(NtkRowSample *sample, const char *from);

#endif
