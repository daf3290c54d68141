/*
 * long_strings.c
 *		Cutting long strings out of JSON, and finding them again.
 */
#include "pg/base/long_strings.h"

#include "lib/stringinfo.h"

#include "pg/base/module.h"

#define LONG ((Size) 64 * 1024) /* characters of a string that is cut out */
#define MARK '\x01'				/* begins what stands for one: no base64 has it */

static void
long_strings_add(NtkLongStrings *strings, const char *start, Size length)
{
	if (strings->count == strings->room)
	{
		strings->room = Max(4, 2 * strings->room);
		strings->string = strings->string
			? repalloc(strings->string, sizeof(NtkLongString) * strings->room)
			: palloc(sizeof(NtkLongString) * strings->room);
	}
	strings->string[strings->count++] = (NtkLongString) {start, length};
}

/* One with an escape stays: it is no base64, and the parser knows what it means. */
char *
ntk_long_strings_cut(char *json, NtkLongStrings *strings)
{
	char	   *copied = json;	/* what is before it was copied */
	char	   *quote = json;
	StringInfoData rest;

	if (strlen(json) < LONG)
		return json;
	initStringInfo(&rest);
	while ((quote = strchr(quote, '"')) != NULL)
	{
		char	   *start = quote + 1;
		Size		length = strcspn(start, "\"\\");
		bool		whole = start[length] == '"';

		quote = start + length;
		while (*quote == '\\' && quote[1] != '\0')
		{
			quote += 2;
			quote += strcspn(quote, "\"\\");
		}
		if (whole && length >= LONG)
		{
			appendBinaryStringInfo(&rest, copied, start - copied);
			appendStringInfo(&rest, "\\u%04x%d", MARK, strings->count);
			long_strings_add(strings, start, length);
			copied = quote;
		}
		if (*quote != '"')
			break;
		quote++;
		ntk_check_interrupts();
	}
	appendStringInfoString(&rest, copied);
	return rest.data;
}

NtkLongString
ntk_long_string(const NtkLongStrings *strings, const char *string)
{
	int			i = string[0] == MARK ? atoi(string + 1) : -1;

	if (i >= 0 && i < strings->count)
		return strings->string[i];
	return (NtkLongString) {string, strlen(string)};
}
