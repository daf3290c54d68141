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
	NtkLearnedColumn *columns;	/* [n] */
} NtkLearned;

/* learn_state.c */

/* A state of n columns, each of which must begin; then the sample begins, if one is wanted. */
extern NtkLearned *ntk_learn_create_state(MemoryContext parent, int n, int max_levels,
										  const NtkEncodingOptions *options);
extern void ntk_learn_begin_column(NtkLearned *state, NtkLearnedColumn *column, const char *name,
								   Oid declared, NtkColumnType type);
extern void ntk_learn_begin_sample(NtkLearned *state);

/* Gives a column n moments, all zero. */
extern void ntk_learn_make_moments(const NtkLearned *state, NtkLearnedColumn *column, int n);

/* Errors, unless rows or another state have what the state has. */
extern void ntk_learn_check_same(const NtkLearned *state, int max_levels,
								 const NtkEncodingOptions *options);
extern void ntk_learn_check_column_count(const NtkLearned *state, int n);
extern void ntk_learn_check_column(const NtkLearnedColumn *column, const char *name, Oid declared);
extern void ntk_learn_check_length(const NtkLearnedColumn *column, int length);

/* An error, unless there are no targets or as many as before; the first set their number. */
extern void ntk_learn_check_targets(NtkLearned *state, int targets);

/* learn_levels.c */

/* Counts with room for n levels. */
extern NtkLevelCounts *ntk_learn_create_levels(MemoryContext parent, int n);

/* Adds rows of one level. target: the means of those with weight target_weight, or NULL. */
extern void ntk_learn_add_level(const NtkLearned *state, NtkLearnedColumn *column,
								NtkLevelKey key, int64 count, double weight,
								const double *target, double target_weight);

/* The levels, the more frequent first; in the current memory context. */
extern NtkLevel **ntk_sort_levels(const NtkLevelCounts *levels);

/* The encoding, as jsonb (see encoding.h); write_encoding.c. */
extern Datum ntk_write_encoding(const NtkLearned *state);

#endif
