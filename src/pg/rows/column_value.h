/*
 * column_value.h
 *		Values of ordinary columns, read as numbers and as labels.
 *
 * What is read depends on nothing but the value: no setting changes it. So a time with
 * time zone counts in UTC, and labels do not come from output functions. Labels of citext are
 * in lower case, as its operators compare them; other collations do not count, texts are
 * equal if their bytes are.
 *
 * Reading allocates nothing, except for values of type numeric, arrays and values that
 * are compressed; what it allocates is in the current memory context.
 */
#ifndef NTK_COLUMN_VALUE_H
#define NTK_COLUMN_VALUE_H

#include "pg/base/compat.h"

#include "utils/array.h"

/* what a column is to an encoding */
typedef enum NtkKind
{
	NTK_KIND_NUMBER,
	NTK_KIND_BOOLEAN,
	NTK_KIND_CATEGORY,
	NTK_KIND_TIME,
	NTK_KIND_ARRAY,				/* of numbers */
	NTK_KIND_CONSTANT,			/* only in encodings: nothing but NULL or not */
	NTK_KIND_NONE				/* only of types: one that cannot be a feature */
} NtkKind;

#define NTK_KINDS NTK_KIND_NONE

/* the kinds as encodings name them, by NtkKind */
extern const char *const ntk_kind_names[NTK_KINDS];

typedef struct NtkColumnType
{
	NtkKind		kind;
	Oid			type;			/* below domains; for every enum, ANYENUMOID; for citext, NTK_CASELESS */
} NtkColumnType;

#define NTK_CASELESS CSTRINGOID /* no column can have this type */

extern NtkColumnType ntk_column_type(Oid type);

/* A number, or a boolean as 0 or 1; it may be infinite or NaN. */
extern double ntk_column_number(Oid type, Datum value);

/*
 * What a time consists of: seconds (since 1970; of a time, since midnight; of an
 * interval, all of them, a month as 30 days), and how much of the day, of the week from
 * Sunday and of the year has passed, in [0, 1).
 */
typedef enum NtkTimePart
{
	NTK_PART_EPOCH,
	NTK_PART_HOUR,
	NTK_PART_DOW,
	NTK_PART_DOY
} NtkTimePart;

#define NTK_TIME_PARTS 4

/* the parts as encodings name them, by NtkTimePart */
extern const char *const ntk_part_names[NTK_TIME_PARTS];

/* Times of different scales do not compare. */
typedef enum NtkTimeScale
{
	NTK_SCALE_DATE,				/* date, timestamp with and without time zone */
	NTK_SCALE_TIME,				/* of day */
	NTK_SCALE_INTERVAL
} NtkTimeScale;

#define NTK_TIME_SCALES 3

extern NtkTimeScale ntk_time_scale(Oid type);

/* How many parts times of a scale have: the first ones. */
extern int	ntk_time_parts(NtkTimeScale scale);

/* All parts; those that the type does not have are 0. An infinite time has no finite epoch. */
extern void ntk_column_time(Oid type, Datum value, double parts[NTK_TIME_PARTS]);

/* An array of numbers, or a value of a type that the extension vector casts to real[]. */
extern ArrayType *ntk_column_array(Oid type, Datum value);

/* A value of a category. The text is not terminated; it lives as long as the value. */
typedef struct NtkLabel
{
	const char *text;
	int			length;
	void	   *copy;			/* NULL, or what to free */
	char		room[2 * NAMEDATALEN];	/* for a text that is made */
} NtkLabel;

#define NTK_LONGEST_LEVEL 1024	/* bytes */

extern void ntk_column_label(Oid type, Datum value, NtkLabel *label);
extern void ntk_label_free(NtkLabel *label);

/* Of a text longer than NTK_LONGEST_LEVEL: its beginning and a hash of 128 bits. */
extern void ntk_label_shorten(NtkLabel *label);

/* The error for a value that is infinite, or NaN where that is no missing value. */
extern void ntk_column_refuse(const char *column, double value);

#endif
