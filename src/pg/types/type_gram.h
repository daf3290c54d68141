/*
 * type_gram.h
 *		The SQL type ntk_gram: a Gram statistic, stored or being accumulated.
 *
 * Stored: NtkGramValue, then the map (if the statistic featurizes its rows), then the
 * doubles of core's ntk_gram. In memory an accumulating statistic is an expanded object:
 * rows wait in a block and are added by level-3 BLAS when it is full, so a group of a few
 * rows costs those rows and not a triangle. Expanded objects pass between
 * aggregate steps by pointer and flatten themselves where a tuple is made, so the type is
 * its own transition state: parallel workers, sub-queries and tables all hold the same thing.
 */
#ifndef NTK_TYPE_GRAM_H
#define NTK_TYPE_GRAM_H

#include "pg/types/prepared_map.h"

#include "utils/expandeddatum.h"

#include "core/regression/gram.h"

typedef struct NtkGramValue
{
	NtkValue	head;
	int32		width;			/* features; 0 while no row was added */
	int32		targets;
	int64		rows;
	int64		skipped;		/* rows left out for a NULL */
	float8		lambda;			/* what ntk_ridge was asked for; NaN: nothing */
	uint32		map_bytes;		/* 0 or the size of the map */
	uint32		reserved;
	char		data[FLEXIBLE_ARRAY_MEMBER];
} NtkGramValue;

typedef struct NtkGram
{
	ExpandedObjectHeader object;
	int			magic;
	uint64		stamp;			/* another one after each change, in no other statistic */
	bool		busy;			/* an addition is under way, or was interrupted */
	int			width;			/* as above */
	int			targets;
	int64		rows;			/* pending ones included */
	int64		skipped;
	double		lambda;
	const NtkMapValue *map;		/* NULL: rows are features */
	NtkPin	   *pin;			/* of the prepared map, whose value map then is; or NULL */

	double	   *sums;			/* NULL until there are as many rows as a block holds */
	ntk_gram	gram;			/* view of sums */

	int			row_length;		/* of a waiting row: width, or the map's row_length */
	int			capacity;		/* rows that have room now */
	int			block;			/* rows of a full block */
	int			pending;		/* rows that wait */
	double	   *inputs;			/* [capacity][row_length]; features: times sqrt(weight) */
	bool		by_class;		/* waiting rows have a class rather than targets */
	int			output_length;	/* of what a waiting row has instead of features */
	double	   *outputs;		/* [capacity][output_length]: sqrt(weight) [1, Y], or
								 * sqrt(weight) and the class */
	double	   *weights;		/* [capacity] */
} NtkGram;

/* A row on its way into a statistic. */
typedef struct NtkGramRow
{
	int			width;
	int			targets;
	bool		by_class;		/* the row has a class, one of targets, instead of targets */
	int			row_length;		/* as in NtkGram */
	const NtkMapValue *map;		/* NULL: the row is features */

	double	   *input;			/* the room for it: [row_length] ... */
	double	   *output;			/* ... and what it has instead of features */
} NtkGramRow;

/* What can be read of a statistic, however it is held. */
typedef struct NtkGramView
{
	int			width;
	int			targets;
	int64		rows;
	int64		skipped;
	double		lambda;
	const NtkMapValue *map;
	ntk_gram	gram;			/* of width 0: no sums */
} NtkGramView;

extern const NtkValueKind ntk_gram_kind;

/* An empty statistic in a new memory context below parent. */
extern NtkGram *ntk_gram_create(MemoryContext parent);

/* The statistic in datum for changing: itself if it may be changed, otherwise a copy. */
extern NtkGram *ntk_gram_writable(Datum datum, MemoryContext parent);

/*
 * Whether datum is an expanded statistic, and its stamp: as long as that is the same, so is
 * what the statistic says, whatever the pointer.
 */
extern bool ntk_gram_stamp(Datum datum, uint64 *stamp);

/*
 * The statistic in datum for reading; never changes what it says. The head is width, targets,
 * rows and skipped, for which a value that lies out of line is not read any further.
 */
extern NtkGramView ntk_gram_read(Datum datum);
extern NtkGramView ntk_gram_head(Datum datum);

/* Refuses two statistics of different widths, targets or maps; one may be of no rows. */
extern void ntk_gram_check_match(const NtkGramView *a, const NtkGramView *b);

/*
 * Adding a row. The first one fixes width and targets, others are checked. The caller writes
 * into the room that it then has; a row that is not ended was not added. Its end counts it,
 * and adds a full block.
 */
extern void ntk_gram_begin_row(NtkGram *gram, NtkGramRow *row);
extern void ntk_gram_end_row(NtkGram *gram, double weight);

/* gram += sign * other */
extern void ntk_gram_merge(NtkGram *gram, int sign, const NtkGramView *other);

/* A statistic of n of the targets, by their places from 1. */
extern NtkGram *ntk_gram_select(const NtkGramView *from, int n, const int *places);

/* gram *= factor; the number of rows stays */
extern void ntk_gram_rescale(NtkGram *gram, double factor);

/* The finished statistic as a read-only datum; gram itself stays usable. */
extern Datum ntk_gram_result(NtkGram *gram);

#endif
