/*
 * base64.c
 *		The server's functions for base64, a piece at a time.
 *
 * Three bytes are four characters, so that pieces of whole triples stand for themselves. Only
 * the last one may be padded.
 */
#include "pg/base/base64.h"

#include "pg/base/module.h"

#define TRIPLES ((Size) 256 * 1024) /* of a piece: about 5 ms */

Size
ntk_base64_write(const char *bytes, Size n, char *text)
{
	Size		length = 0;

	for (Size first = 0; first < n; first += 3 * TRIPLES)
	{
		Size		count = Min(3 * TRIPLES, n - first);
		Size		room = ntk_base64_room(count);
		int			written = ntk_b64_encode(bytes + first, count, text + length, room);

		if (written < 0)
			elog(ERROR, "could not encode %zu bytes", count);
		length += written;
		ntk_check_interrupts();
	}
	return length;
}

int64
ntk_base64_read(const char *text, Size length, char *bytes)
{
	int64		n = 0;

	for (Size first = 0; first < length; first += 4 * TRIPLES)
	{
		Size		count = Min(4 * TRIPLES, length - first);
		int			read = ntk_b64_decode(text + first, count, bytes + n, ntk_bytes_room(count));

		if (read < 0 || (first + count < length && (Size) read != 3 * TRIPLES))
			return -1;
		n += read;
		ntk_check_interrupts();
	}
	return n;
}
