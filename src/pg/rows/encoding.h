/*
 * encoding.h
 *		How the columns of a row become numbers.
 *
 * An encoding is JSON, as the aggregate ntk_encoding makes it (learn_encoding.c) and
 * people may edit it:
 *
 *		{"inputs": 17, "missing": "impute", "nan": "error", "columns": [
 *			{"name": "height", "kind": "number", "mean": 1.7, "scale": 0.1},
 *			{"name": "income", "kind": "number", "transform": "clip", "median": 3e4, "scale": 1e4},
 *			{"name": "visits", "kind": "number", "transform": "quantile", "knots": [0, 1, 90],
 *			 "normals": [-0.5, 0.4, 3.1], "range": [0, 90], "bins": [0, 1, 5, 90]},
 *			{"name": "smoker", "kind": "boolean", "mean": 0.3},
 *			{"name": "city", "kind": "category", "levels": ["Paris", "Rome"], "other": true},
 *			{"name": "born", "kind": "time", "parts": [
 *				{"part": "epoch", "mean": 1e9, "scale": 1e7}, {"part": "doy"}]},
 *			{"name": "x", "kind": "array", "length": 2, "mean": [0, 1], "scale": [1, 0]},
 *			{"name": "code", "kind": "constant", "missing": true}]}
 *
 * Inputs come in the order of the columns. A number is one, (v - mean) / scale, or what another
 * transform makes of it (core/regression/column_scale.h); "bins", of which the edges are given, add one
 * input a bin: how much of it lies below v. With a "range" a value beyond it counts as its
 * end, and as outside. A boolean
 * is one, 0 or 1; a category has one a level, 1 for the value's, and with "other" one more,
 * which is 1 for all other values; "means", an array per target of a number per level, add one input
 * an array: the number of the value's level, 0 for all other values; a time has one for its epoch, standardised, and two for
 * each cycle, the sine and the cosine of its phase; an array has one an element,
 * standardised, always 0 where the scale is 0. "of" says of which scale a time is: "date"
 * (the default; date and timestamp), "time" or "interval".
 *
 * With "missing", a column has one input more, the last: 1 for NULL, otherwise 0. The other
 * inputs of a NULL are 0, of a boolean its mean. "missing" of the whole encoding is "impute",
 * "skip" (rows with a NULL have no inputs) or "error". With "nan": "missing" a number that is NaN
 * is a NULL; otherwise it is an error.
 *
 * A level longer than NTK_LONGEST_LEVEL is found in full, or as ntk_label_shorten makes it.
 *
 * parse_encoding.c reads encodings, apply_encoding.c applies them to rows, encoding_outside.c
 * reports values outside what was seen, encode.c has the SQL functions.
 */
#ifndef NTK_ENCODING_H
#define NTK_ENCODING_H

#include "pg/base/compat.h"

#include "access/tupdesc.h"
#include "utils/jsonb.h"

#define NTK_MAX_LEVELS 100000	/* of a category */
#define NTK_MOST_LEVEL_TARGETS 16	/* of which levels have means */

typedef struct NtkEncoding NtkEncoding;	/* a parsed encoding */
typedef struct NtkBinding NtkBinding;	/* of its columns to a row type's */
typedef struct NtkRowEncoder NtkRowEncoder;	/* of composite values of any row type */

/* In the current memory context; keeps nothing of its argument. */
extern NtkEncoding *ntk_encoding_parse(Jsonb *encoding);

/* How many columns it has, at least 1; the name of one, from 0. */
extern int	ntk_encoding_columns(const NtkEncoding *encoding);
extern const char *ntk_encoding_column(const NtkEncoding *encoding, int i);

/* Whether its only column is an array. */
extern bool ntk_encoding_is_array(const NtkEncoding *encoding);

/* How many numbers a row becomes, at least 1. */
extern int	ntk_encoding_inputs(const NtkEncoding *encoding);

/*
 * Finds the columns by name. In the current memory context; keeps the encoding by
 * reference and nothing of the descriptor.
 */
extern NtkBinding *ntk_encoding_bind(const NtkEncoding *encoding, TupleDesc row);

/*
 * Writes a row, given as the descriptor has it, into x [inputs]. false: a value is NULL,
 * and the encoding wants the row left out; x is then undefined. The current memory context
 * should be a short-lived one (see column_value.h).
 */
extern bool ntk_encoding_apply(const NtkBinding *binding, const Datum *values,
							   const bool *nulls, double *x);

/*
 * How many values of column i, from 0, the rows so far had outside what was seen: beyond the range of
 * a number, or none of the levels of a category without "other". Only this process counts.
 */
extern int64 ntk_encoding_outside(const NtkEncoding *encoding, int i);

/*
 * Tells of the values far outside that rows have had since the last call: a number farther beyond its
 * range than that is long, or an unknown level. One notice, and none for others of the same
 * statement.
 */
extern void ntk_encoding_tell_outside(const NtkEncoding *encoding);

/* In the current memory context; keeps the encoding by reference. */
extern NtkRowEncoder *ntk_encoding_row_begin(const NtkEncoding *encoding);

/* ntk_encoding_apply to a composite value; binds anew when the row type differs. */
extern bool ntk_encoding_row(NtkRowEncoder *encoder, Datum row, double *x);

#endif
