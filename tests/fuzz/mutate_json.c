/*
 * mutate_json.c
 *		Changes of JSON that mostly leave it JSON: tokens in place of tokens.
 */
#include "fuzz.h"

#include <ctype.h>
#include <math.h>

#define FUZZ_TOKENS 2048

/* A string with its quotes, a number or word, or one other character. */
typedef struct FuzzToken
{
	int			at;
	int			length;
	char		kind;			/* '"', '0', or the character */
} FuzzToken;

static int
fuzz_string_length(const char *text)
{
	int			n = 1;

	while (text[n] && text[n] != '"')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return text[n] ? n + 1 : n;
}

static int
fuzz_scan(const StringInfoData *text, FuzzToken *tokens)
{
	int			n = 0;

	for (int at = 0; at < text->len && n < FUZZ_TOKENS;)
	{
		const char *from = text->data + at;
		int			length = 1;

		if (isspace((unsigned char) *from))
		{
			at++;
			continue;
		}
		if (*from == '"')
			length = fuzz_string_length(from);
		else if (isalnum((unsigned char) *from) || *from == '-')
			length = (int) strspn(from, "0123456789abcdefghijklmnopqrstuvwxyzE+-.");
		length = Max(length, 1);
		tokens[n].at = at;
		tokens[n].length = length;
		tokens[n++].kind = *from == '"' ? '"' : length > 1 || isdigit((unsigned char) *from) ? '0' : *from;
		at += length;
	}
	return n;
}

/* what stands there becomes something else */
static void
fuzz_replace(StringInfo text, int at, int length, const char *with, int with_length)
{
	StringInfoData tail;

	initStringInfo(&tail);
	appendBinaryStringInfo(&tail, text->data + at + length, text->len - at - length);
	text->len = at;
	appendBinaryStringInfo(text, with, with_length);
	appendBinaryStringInfo(text, tail.data, tail.len);
	pfree(tail.data);
}

/* where the value that begins with this token ends: the token after it */
static int
fuzz_value_end(const FuzzToken *tokens, int n, int i)
{
	int			depth = 0;

	do
	{
		if (tokens[i].kind == '{' || tokens[i].kind == '[')
			depth++;
		else if (tokens[i].kind == '}' || tokens[i].kind == ']')
			depth--;
		i++;
	} while (i < n && depth > 0);
	return i;
}

static void
fuzz_append_any(StringInfo text, pg_prng_state *rng)
{
	static const char *const words[] = {
		"null", "true", "false", "[]", "{}", "\"\"", "[0]", "[null]", "{\"a\":1}", "1e400", "-0",
		"-0.0", "0.5", "1e308", "1e-320", "9e18", "\"NaN\"", "\"Infinity\"", "[[1]]", "\"AAAA\"",
		"123456789012345678901234567890",
	};

	if (fuzz_below(rng, 2))
		appendStringInfo(text, "%lld", (long long) fuzz_integer(rng));
	else if (fuzz_below(rng, 3))
		appendStringInfoString(text, words[fuzz_below(rng, lengthof(words))]);
	else
	{
		double		number = fuzz_double(rng);

		appendStringInfo(text, "%.17g", isfinite(number) ? number : 0);
	}
}

/* base64 of a value or of numbers: changes what it stands for; false: it is something else */
static bool
fuzz_mutate_base64(StringInfo text, FuzzToken token, pg_prng_state *rng)
{
	StringInfoData bytes,
				value,
				base64;

	initStringInfo(&bytes);
	initStringInfo(&value);
	initStringInfo(&base64);
	if (token.length < 10 ||
		!fuzz_decode(&bytes, text->data + token.at + 1, token.length - 2))
		return false;
	if (fuzz_is_packed(bytes.data, bytes.len))
	{
		FuzzSeeds	itself = {1, &value};

		fuzz_unpack(&value, bytes.data, bytes.len);
		fuzz_mutate_value(&value, &itself, rng);
		fuzz_pack(&bytes, &value);
	}
	else
		fuzz_mutate_floats(&bytes, rng);
	fuzz_encode(&base64, bytes.data, bytes.len);
	fuzz_replace(text, token.at + 1, token.length - 2, base64.data, base64.len);
	return true;
}

/* a token of the same kind from one of the seeds */
static void
fuzz_borrow(StringInfo text, FuzzToken token, FuzzToken *tokens, const FuzzSeeds *seeds,
			pg_prng_state *rng)
{
	const StringInfo other = &seeds->seed[fuzz_below(rng, seeds->n)];
	int			n = fuzz_scan(other, tokens);

	for (int tries = 0; tries < 20 && n > 0; tries++)
	{
		FuzzToken	t = tokens[fuzz_below(rng, n)];

		if (t.kind == token.kind)
		{
			fuzz_replace(text, token.at, token.length, other->data + t.at, t.length);
			return;
		}
	}
}

static void
fuzz_mutate_tokens(StringInfo text, const FuzzSeeds *seeds, pg_prng_state *rng)
{
	FuzzToken  *tokens = palloc(sizeof(FuzzToken) * FUZZ_TOKENS);
	int			n = fuzz_scan(text, tokens);
	int			i,
				end,
				length;
	StringInfoData with;

	if (n == 0)
		return;
	i = fuzz_below(rng, n);
	end = fuzz_value_end(tokens, n, i);
	length = tokens[end - 1].at + tokens[end - 1].length - tokens[i].at;
	initStringInfo(&with);
	switch (fuzz_below(rng, 8))
	{
		case 0:
		case 1:
			if (tokens[i].kind == '"' && fuzz_mutate_base64(text, tokens[i], rng))
				break;
			/* FALLTHROUGH */
		case 2:
			fuzz_append_any(&with, rng);
			fuzz_replace(text, tokens[i].at, length, with.data, with.len);
			break;
		case 3:
		case 4:
			fuzz_borrow(text, tokens[i], tokens, seeds, rng);
			break;
		case 5:					/* one element or member less */
			if (end < n && tokens[end].kind == ',')
				length = tokens[end].at + 1 - tokens[i].at;
			fuzz_replace(text, tokens[i].at, length, "", 0);
			break;
		case 6:					/* one element more */
			appendBinaryStringInfo(&with, text->data + tokens[i].at, length);
			appendStringInfoChar(&with, ',');
			fuzz_replace(text, tokens[i].at, 0, with.data, with.len);
			break;
		case 7:					/* nested */
			appendStringInfoChar(&with, '[');
			appendBinaryStringInfo(&with, text->data + tokens[i].at, length);
			appendStringInfoChar(&with, ']');
			fuzz_replace(text, tokens[i].at, length, with.data, with.len);
			break;
	}
	pfree(tokens);
}

void
fuzz_mutate_json(StringInfo text, const FuzzSeeds *seeds, pg_prng_state *rng)
{
	int			times = 1 + fuzz_below(rng, 3);

	while (times-- > 0)
		fuzz_mutate_tokens(text, seeds, rng);
	if (fuzz_below(rng, 16) == 0)
		fuzz_mutate_characters(text, rng);
}
