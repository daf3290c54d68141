/*
 * parsed_encoding.h
 *		What parse_encoding.c makes of an encoding, for the files that apply it.
 *
 * A malformed encoding is an error when it is parsed; what is parsed can be trusted.
 */
#ifndef NTK_PARSED_ENCODING_H
#define NTK_PARSED_ENCODING_H

#include "pg/base/compat.h"

#include "utils/timestamp.h"

#include "pg/rows/column_value.h"
#include "pg/rows/encoding.h"
#include "pg/rows/level_table.h"

#include "core/regression/column_scale.h"

typedef enum NtkEncodingOnMissing
{
	NTK_MISSING_IMPUTE,
	NTK_MISSING_SKIP,
	NTK_MISSING_ERROR,
	NTK_MISSING_WAYS
} NtkEncodingOnMissing;

typedef enum NtkEncodingOnNan
{
	NTK_NAN_ERROR,
	NTK_NAN_MISSING,
	NTK_NAN_WAYS
} NtkEncodingOnNan;

typedef struct NtkEncodingStandard
{
	double		mean;
	double		scale;			/* positive; of an element of an array, or 0: always 0 */
} NtkEncodingStandard;

typedef struct NtkEncodingColumn
{
	char	   *name;
	char	   *what;			/* column "name" */
	NtkKind		kind;
	int			at;				/* the first of its inputs */
	int			inputs;
	bool		missing;		/* has an indicator */
	bool		other;			/* of a category */
	int			length;			/* standards, levels, or parts of a time */
	NtkEncodingStandard *standards;	/* [1], [length] of an array; a boolean has no scale */
	ntk_column_scale *number;	/* of a number */
	ntk_levels_hash *levels;
	int			targets;		/* of a category */
	double	  **means;			/* [targets][length] */
	NtkTimeScale time_scale;
	NtkTimePart parts[NTK_TIME_PARTS];
} NtkEncodingColumn;

/* values of a column outside what was seen */
typedef struct NtkEncodingOutside
{
	int64		count;
	int64		far;			/* of them, those so far outside that a notice tells of them ... */
	int64		told;			/* ... and has told, or need not any more */
} NtkEncodingOutside;

struct NtkEncoding
{
	NtkEncodingOnMissing on_missing;
	NtkEncodingOnNan on_nan;
	NtkEncodingOutside *outside;	/* [n]; this and told_at are all that changes */
	TimestampTz *told_at;		/* the start of the last statement that a notice told of */
	int			inputs;
	int			n;
	NtkEncodingColumn *columns;	/* [n] */
};

#endif
