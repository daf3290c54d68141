/*
 * oracle.h
 *		Reads the reference values: a scanner for JSON arrays of flat objects.
 *
 * It knows objects without objects inside, keys without escapes, numbers and
 * (nested) arrays of numbers, which is what the files in tests/oracle contain.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

typedef struct oracle_object
{
	const char *start;			/* just after the opening brace */
	const char *end;			/* at the closing brace */
} oracle_object;

/* the text of a file in the directory NTK_ORACLE */
static inline char *
oracle_read(const char *name)
{
	const char *directory = getenv("NTK_ORACLE");
	char		path[4096];
	FILE	   *file;
	char	   *text;
	long		size;

	snprintf(path, sizeof(path), "%s/%s", directory ? directory : "tests/oracle", name);
	file = fopen(path, "rb");
	if (file == NULL)
		bail_out("cannot open %s", path);
	if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
		bail_out("cannot size %s", path);
	rewind(file);
	text = malloc((size_t) size + 1);
	if (text == NULL || fread(text, 1, (size_t) size, file) != (size_t) size)
		bail_out("cannot read %s", path);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* how often a word occurs: to verify that no object was missed */
static inline int
oracle_count(const char *text, const char *word)
{
	int			count = 0;

	for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word))
		count++;
	return count;
}

/* the next object after *cursor, which moves behind it; 0 if there is none */
static inline int
oracle_next(const char **cursor, oracle_object *object)
{
	const char *open = strchr(*cursor, '{');

	if (open == NULL)
		return 0;
	object->start = open + 1;
	object->end = strchr(open, '}');
	if (object->end == NULL)
		bail_out("an object is not closed");
	*cursor = object->end + 1;
	return 1;
}

/* the text of a key's value, or NULL */
static inline const char *
oracle_value(const oracle_object *object, const char *key)
{
	char		quoted[64];
	const char *p;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	p = strstr(object->start, quoted);
	return p != NULL && p < object->end ? p + strlen(quoted) : NULL;
}

/* the numbers of a key's value, nested arrays in a row; gives back how many, at most max */
static inline int
oracle_numbers(const oracle_object *object, const char *key, double *out, int max)
{
	const char *p = oracle_value(object, key);
	int			count = 0;
	int			depth = 0;

	if (p == NULL)
		bail_out("an object has no \"%s\"", key);
	for (;;)
	{
		char	   *after;
		double		number;

		while (*p == ' ' || *p == '\n' || *p == ',' || *p == '[' || *p == ']')
		{
			depth += (*p == '[') - (*p == ']');
			if (*p++ == ']' && depth == 0)
				return count;
			if (p[-1] == ',' && depth == 0)
				return count;
		}
		number = strtod(p, &after);
		if (after == p)
		{
			if (depth == 0 && count > 0)
				return count;
			bail_out("\"%s\" is not a number or an array of numbers", key);
		}
		if (count == max)
			bail_out("\"%s\" has more than %d numbers", key, max);
		out[count++] = number;
		p = after;
	}
}

static inline double
oracle_number(const oracle_object *object, const char *key)
{
	double		number = 0;

	if (oracle_numbers(object, key, &number, 1) != 1)
		bail_out("\"%s\" is empty", key);
	return number;
}

#endif
