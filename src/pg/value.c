/*
 * value.c
 *		Making, sealing, writing and reading stored values.
 */
#include "pg/value.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "libpq/pqformat.h"
#include "port/pg_crc32c.h"
#include "utils/memutils.h"

#define BODY(value) ((const char *) (value) + VARHDRSZ)
#define BODY_SIZE(value) (VARSIZE(value) - VARHDRSZ)

void *
ntk_value_make(NtkValueType type, Size bytes)
{
	NtkValue   *value;

	if (!AllocSizeIsValid(bytes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a value of %zu bytes exceeds the maximum size of a value", bytes)));
	value = palloc0(bytes);
	SET_VARSIZE(value, bytes);
	value->type = type;
	value->version = NTK_VALUE_VERSION;
	return value;
}

/* the first 64 bits of the contents' SHA-256 */
static uint64
fingerprint(const NtkValue *value)
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	Size		offset = offsetof(NtkValue, id) + sizeof(value->id);
	uint64		id;

	if (pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, &value->type, offsetof(NtkValue, id) - VARHDRSZ) < 0 ||
		pg_cryptohash_update(hash, (const uint8 *) value + offset, VARSIZE(value) - offset) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a SHA-256 digest");
	pg_cryptohash_free(hash);
	memcpy(&id, digest, sizeof(id));
	return id;
}

void
ntk_value_seal(NtkValue *value)
{
	value->id = fingerprint(value);
}

bool
ntk_value_is_sealed(const NtkValue *value)
{
	return value->id == fingerprint(value);
}

void
ntk_value_refuse(const char *type_name, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid or damaged %s value", type_name), errdetail("%s", detail)));
	pg_unreachable();
}

void
ntk_value_check(const NtkValue *value, NtkValueType type, Size minimum, const char *type_name)
{
	if (VARSIZE(value) < minimum)
		ntk_value_refuse(type_name, "It is too short.");
	if (value->type != type)
		ntk_value_refuse(type_name, "It is a value of another type.");
	if (value->version != NTK_VALUE_VERSION || value->reserved != 0)
		ntk_value_refuse(type_name, "It was written by a version that this one does not know.");
}

static uint32
checksum(const char *bytes, Size n)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, bytes, n);
	FIN_CRC32C(crc);
	return crc;
}

char *
ntk_value_to_text(const NtkValue *value, const char *type_name)
{
	Size		body = BODY_SIZE(value);
	uint32		crc = checksum(BODY(value), body);
	Size		room = (body + sizeof(crc)) / 3 * 4 + 8;
	char	   *bytes;
	char	   *text;
	int			length;

	if (!AllocSizeIsValid(room))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s value of %zu bytes is too large for its text form", type_name, body),
				 errhint("Use the binary format of COPY.")));
	bytes = palloc(body + sizeof(crc));
	memcpy(bytes, BODY(value), body);
	memcpy(bytes + body, &crc, sizeof(crc));
	text = palloc(room);
	length = ntk_b64_encode(bytes, body + sizeof(crc), text, room - 1);
	if (length < 0)
		elog(ERROR, "could not encode a value of %zu bytes", body);
	text[length] = '\0';
	pfree(bytes);
	return text;
}

/* takes bytes that hold VARHDRSZ unused bytes, the body, the checksum */
static NtkValue *
accept(char *bytes, Size total, const char *type_name)
{
	NtkValue   *value = (NtkValue *) bytes;
	Size		bytes_of_value;
	uint32		crc;

	if (total < sizeof(NtkValue) + sizeof(crc))
		ntk_value_refuse(type_name, "It is too short.");
	bytes_of_value = total - sizeof(crc);
	memcpy(&crc, bytes + bytes_of_value, sizeof(crc));
	if (crc != checksum(bytes + VARHDRSZ, bytes_of_value - VARHDRSZ))
		ntk_value_refuse(type_name, "Its checksum does not match.");
	SET_VARSIZE(value, bytes_of_value);
	return value;
}

NtkValue *
ntk_value_from_text(const char *text, const char *type_name)
{
	Size		length = strlen(text);
	Size		room = length / 4 * 3 + 3;
	char	   *bytes = palloc(VARHDRSZ + room);
	int			n = ntk_b64_decode(text, length, bytes + VARHDRSZ, room);

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", type_name),
				 errdetail("The text form is base64.")));
	return accept(bytes, VARHDRSZ + (Size) n, type_name);
}

bytea *
ntk_value_send(const NtkValue *value, const char *type_name)
{
	Size		body = BODY_SIZE(value);
	uint32		crc = checksum(BODY(value), body);
	Size		total = VARHDRSZ + body + sizeof(crc);
	bytea	   *message;

	if (!AllocSizeIsValid(total))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s value of %zu bytes is too large for its binary form", type_name,
						body)));
	message = palloc(total);
	SET_VARSIZE(message, total);
	memcpy(VARDATA(message), BODY(value), body);
	memcpy(VARDATA(message) + body, &crc, sizeof(crc));
	return message;
}

NtkValue *
ntk_value_receive(StringInfo message, const char *type_name)
{
	int			n = message->len - message->cursor;
	char	   *bytes = palloc(VARHDRSZ + n);

	pq_copymsgbytes(message, bytes + VARHDRSZ, n);
	return accept(bytes, VARHDRSZ + (Size) n, type_name);
}
