/*
 * base64.h
 *		Base64 of many bytes, in pieces between which a cancel request is looked for.
 */
#ifndef NTK_BASE64_H
#define NTK_BASE64_H

#include "pg/base/compat.h"

/* Characters that n bytes need at most; bytes that so many characters need. */
static inline Size
ntk_base64_room(Size n)
{
	return (n + 2) / 3 * 4;
}

static inline Size
ntk_bytes_room(Size length)
{
	return length / 4 * 3 + 3;
}

/* Writes n bytes as text, [ntk_base64_room(n)], without a zero at its end; its length. */
extern Size ntk_base64_write(const char *bytes, Size n, char *text);

/* Reads text into bytes, [ntk_bytes_room(length)]; how many they are, or -1: it is no base64. */
extern int64 ntk_base64_read(const char *text, Size length, char *bytes);

#endif
