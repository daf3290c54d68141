/*
 * row_key.h
 *		The text of a value by which rows are grouped, and statistics are kept.
 *
 * It depends on nothing but the value: no setting changes it, and values of a type that are
 * equal have one text. Floats have the fewest digits that give them back, numerics no zeros
 * behind the last digit, dates and times the ISO form, with a time zone in UTC; the rest is
 * what the output function writes under the server's default settings.
 */
#ifndef NTK_ROW_KEY_H
#define NTK_ROW_KEY_H

#include "pg/base/compat.h"

typedef struct NtkRowKey
{
	Oid			type;			/* below domains */
	bool		has_settings;	/* may change what the output function writes */
	FmgrInfo	output;
} NtkRowKey;

/* For values of a type, in the current context; an error for a type without such a text. */
extern void ntk_row_key_begin(NtkRowKey *key, Oid type);

/* The key of a value that is not NULL, in the current context. */
extern char *ntk_row_key(NtkRowKey *key, Datum value);

#endif
