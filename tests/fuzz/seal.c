/*
 * seal.c
 *		The stored form of values: sizes, fingerprints, checksums.
 *
 * Without right ones no changed value would come further than the first check.
 */
#include "fuzz.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "port/pg_crc32c.h"

#include "pg/types/type_model.h"

#define FUZZ_HEAD ((int) sizeof(NtkValue))

void
fuzz_encode(StringInfo text, const char *bytes, int length)
{
	int			room = pg_b64_enc_len(length) + 1;
	int			n;

	enlargeStringInfo(text, room);
	n = ntk_b64_encode(bytes, length, text->data + text->len, room);
	Assert(n >= 0);
	text->len += n;
	text->data[text->len] = '\0';
}

bool
fuzz_decode(StringInfo bytes, const char *text, int length)
{
	int			room = pg_b64_dec_len(length) + 1;
	int			n;

	enlargeStringInfo(bytes, room);
	n = ntk_b64_decode(text, length, bytes->data + bytes->len, room);
	if (n < 0)
		return false;
	bytes->len += n;
	bytes->data[bytes->len] = '\0';
	return true;
}

static uint32
fuzz_checksum(const char *bytes, int length)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, bytes, length);
	FIN_CRC32C(crc);
	return crc;
}

void
fuzz_unpack(StringInfo value, const char *packed, int length)
{
	int			body = Max(length - (int) sizeof(uint32), 0);

	resetStringInfo(value);
	appendStringInfoSpaces(value, VARHDRSZ);
	appendBinaryStringInfo(value, packed, body);
	SET_VARSIZE(value->data, value->len);
}

void
fuzz_pack(StringInfo packed, const StringInfoData *value)
{
	int			body = Max(value->len - VARHDRSZ, 0);
	uint32		crc = fuzz_checksum(value->data + VARHDRSZ, body);

	resetStringInfo(packed);
	appendBinaryStringInfo(packed, value->data + VARHDRSZ, body);
	appendBinaryStringInfo(packed, (char *) &crc, sizeof(crc));
}

bool
fuzz_is_packed(const char *packed, int length)
{
	uint32		crc;

	if (length < FUZZ_HEAD)
		return false;
	memcpy(&crc, packed + length - sizeof(crc), sizeof(crc));
	return crc == fuzz_checksum(packed, length - (int) sizeof(crc));
}

bool
fuzz_find_map(const StringInfoData *value, int *at, int *bytes)
{
	const NtkValue *head = (const NtkValue *) value->data;
	uint32		map_bytes;

	if (value->len < (int) sizeof(NtkModelValue))
		return false;
	if (head->type == NTK_VALUE_GRAM)
	{
		map_bytes = ((const NtkGramValue *) head)->map_bytes;
		*at = offsetof(NtkGramValue, data);
	}
	else if (head->type == NTK_VALUE_MODEL)
	{
		map_bytes = ((const NtkModelValue *) head)->map_bytes;
		*at = offsetof(NtkModelValue, data);
	}
	else
		return false;
	if (map_bytes < offsetof(NtkMapValue, data) || map_bytes > (uint32) (value->len - *at))
		return false;
	*bytes = (int) map_bytes;
	return true;
}

/* as src/pg/types/value.c has it, of so many bytes */
static void
fuzz_seal_part(char *part, int bytes)
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	if (pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (uint8 *) part + VARHDRSZ, offsetof(NtkValue, id) - VARHDRSZ) < 0 ||
		pg_cryptohash_update(hash, (uint8 *) part + FUZZ_HEAD, bytes - FUZZ_HEAD) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a SHA-256 digest");
	pg_cryptohash_free(hash);
	memcpy(part + offsetof(NtkValue, id), digest, sizeof(uint64));
}

void
fuzz_seal(StringInfo value, int bits)
{
	int			at,
				length;

	if (value->len < FUZZ_HEAD)
		return;
	SET_VARSIZE(value->data, value->len);
	if (fuzz_find_map(value, &at, &length))
	{
		SET_VARSIZE(value->data + at, length);
		fuzz_seal_part(value->data + at, length);
		value->data[at] |= (char) bits;
	}
	if (((NtkValue *) value->data)->type != NTK_VALUE_GRAM)
		fuzz_seal_part(value->data, value->len);
}

/* the map of a value that was accepted; NULL: rows are features, width of them */
static const NtkMapValue *
fuzz_map_of(const char *value, int *width)
{
	const NtkGramValue *gram = (const NtkGramValue *) value;
	const NtkModelValue *model = (const NtkModelValue *) value;

	switch (gram->head.type)
	{
		case NTK_VALUE_MAP:
			return (const NtkMapValue *) value;
		case NTK_VALUE_GRAM:
			*width = gram->width;
			return gram->map_bytes ? (const NtkMapValue *) gram->data : NULL;
		default:
			*width = model->width;
			return model->map_bytes ? (const NtkMapValue *) model->data : NULL;
	}
}

int
fuzz_row_length(const char *value)
{
	int			width = 0;
	const NtkMapValue *map = fuzz_map_of(value, &width);

	return map ? map->input_dim : width;
}

double
fuzz_work(const char *value)
{
	int			width = 0;
	const NtkMapValue *map = fuzz_map_of(value, &width);
	double		work;

	if (!map)
		return (double) width * width;
	work = (double) map->n_components * map->depth;
	for (int i = 0; i < NTK_MAX_OPTIONS; i++)
		work *= Max(map->option[i], 1);
	if (map->kernel == NTK_KERNEL_NTK && map->height > 0)
		return work * map->height * map->width * map->filter * map->filter;
	return work * (map->input_dim + 16);
}
