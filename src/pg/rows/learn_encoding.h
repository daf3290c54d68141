/*
 * learn_encoding.h
 *		What the aggregate ntk_encoding learns of columns.
 */
#ifndef NTK_LEARN_ENCODING_H
#define NTK_LEARN_ENCODING_H

#include "pg/rows/column_value.h"
#include "pg/rows/encoding.h"
#include "pg/rows/encoding_options.h"
#include "pg/rows/level_table.h"
#include "pg/rows/number_sample.h"

typedef struct NtkMoments
{
	double		mean;
	double		m2;				/* weighted sum of squared deviations from the mean */
	double		min;
	double		max;
} NtkMoments;

typedef struct NtkLevelCounts
{
	MemoryContext context;		/* of the table and its texts */
	ntk_levels_hash *table;
	Size		bytes;			/* of texts */
	bool		all_numbers;	/* every value so far looks like a number */
} NtkLevelCounts;

typedef struct NtkLearnedColumn
{
	char	   *name;
	Oid			declared;		/* type */
	NtkColumnType type;
	int64		present;		/* rows where it is not NULL */
	double		weight;			/* of these rows */
	int			length;			/* of an array; -1: not known yet */
	int			n;				/* moments */
	NtkMoments *moments;		/* [n] */
	NtkLevelCounts *levels;
	int			sampled;		/* the place of a number in rows of the sample */
	NtkNumberTies ties;			/* of a number */
	double		target_weight;	/* of a category: of rows with a target */
	NtkMoments *targets;		/* [targets] of a category; NULL: none */
} NtkLearnedColumn;

typedef struct NtkLearned
{
	MemoryContext context;
	int64		rows;			/* without those of weight 0 */
	double		weight;			/* of all rows */
	int			max_levels;
	NtkEncodingOptions options;
	int			targets;		/* numbers of a row's target; 0: none so far */
	NtkRowSample *sample;		/* NULL: none is wanted, or there are no numbers */
	int			numbers;		/* columns that are numbers */
	uint64		row_type;		/* NtkRow.id of rows that have these columns; 0: unknown */
	int			n;
	NtkLearnedColumn *columns;		/* [n] */
} NtkLearned;

/* The levels, the more frequent first; in the current memory context. */
extern NtkLevel **ntk_sort_levels(const NtkLevelCounts *levels);

/* The encoding, as jsonb (see encoding.h). */
extern Datum ntk_write_encoding(const NtkLearned *state);

#endif
