/*
 * long_strings.h
 *		JSON texts with strings too long for the server's parser.
 *
 * It takes 20 ns per character, seconds for the numbers of a large map, and cannot be cancelled. So they are cut out of the text first, and a short string stands in their place.
 */
#ifndef NTK_LONG_STRINGS_H
#define NTK_LONG_STRINGS_H

#include "pg/base/compat.h"

typedef struct NtkLongString
{
	const char *start;			/* not ended by a zero; NULL: there is none */
	Size		length;
} NtkLongString;

typedef struct NtkLongStrings
{
	int			count;
	int			room;
	NtkLongString *string;		/* [count], in the text that they were cut out of */
} NtkLongStrings;

/* The text without its long strings; itself if it has none. */
extern char *ntk_long_strings_cut(char *json, NtkLongStrings *strings);

/* The string that this one, read from the rest of the text, stands for: it may be itself. */
extern NtkLongString ntk_long_string(const NtkLongStrings *strings, const char *string);

#endif
