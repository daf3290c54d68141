/*
 * value.c
 *		Making, sealing, writing and reading stored values.
 */
#include "pg/types/value.h"

#include "access/detoast.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "libpq/pqformat.h"
#include "port/pg_crc32c.h"
#include "utils/memutils.h"

#include "pg/base/base64.h"
#include "pg/base/module.h"

/* work between two looks for a cancel request: about 10 ms of the slowest, a fingerprint */
#define CHUNK ((Size) 2 * 1024 * 1024)

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
value_fingerprint(const NtkValue *value)
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	Size		offset = offsetof(NtkValue, id) + sizeof(value->id);
	Size		n;
	uint64		id;
	bool		good;

	good = pg_cryptohash_init(hash) >= 0 &&
		pg_cryptohash_update(hash, &value->type, offsetof(NtkValue, id) - VARHDRSZ) >= 0;
	for (; good && offset < VARSIZE(value); offset += n)
	{
		n = Min(CHUNK, VARSIZE(value) - offset);
		good = pg_cryptohash_update(hash, (const uint8 *) value + offset, n) >= 0;
		ntk_check_interrupts(); /* the server frees what the hash holds after an error */
	}
	if (!good || pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a SHA-256 digest");
	pg_cryptohash_free(hash);
	memcpy(&id, digest, sizeof(id));
	return id;
}

void
ntk_value_seal(NtkValue *value)
{
	value->id = value_fingerprint(value);
}

bool
ntk_value_is_sealed(const NtkValue *value)
{
	return value->id == value_fingerprint(value);
}

void
ntk_value_refuse(const char *name, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid or damaged %s value", name), errdetail("%s", detail)));
	pg_unreachable();
}

void
ntk_value_check_head(const NtkValue *value, NtkValueType type, Size minimum, const char *name)
{
	if (VARSIZE(value) < minimum)
		ntk_value_refuse(name, "It is too short.");
	if (value->type != type)
		ntk_value_refuse(name, "It is a value of another type.");
	if (value->version != NTK_VALUE_VERSION || value->reserved != 0)
		ntk_value_refuse(name, "Its format version is not supported.");
}

NtkValue *
ntk_value_get(Datum datum, const NtkValueKind *kind)
{
	NtkValue   *value = (NtkValue *) PG_DETOAST_DATUM(datum);

	ntk_value_check_head(value, kind->type, kind->minimum, kind->name);
	kind->check_fields(value, VARSIZE(value));
	if (kind->check_parts)
		kind->check_parts(value);
	return value;
}

NtkValue *
ntk_value_head(Datum datum, const NtkValueKind *kind)
{
	NtkValue   *head = (NtkValue *) PG_DETOAST_DATUM_SLICE(datum, 0, kind->minimum - VARHDRSZ);

	ntk_value_check_head(head, kind->type, kind->minimum, kind->name);
	kind->check_fields(head, toast_raw_datum_size(datum));
	return head;
}

static uint32
value_checksum(const char *bytes, Size n)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	for (Size offset = 0; offset < n; offset += CHUNK)
	{
		COMP_CRC32C(crc, bytes + offset, Min(CHUNK, n - offset));
		ntk_check_interrupts();
	}
	FIN_CRC32C(crc);
	return crc;
}

/* the body of the argument and its checksum, behind a length word */
static bytea *
value_pack(FunctionCallInfo fcinfo, const NtkValueKind *kind)
{
	NtkValue   *value = ntk_value_get(PG_GETARG_DATUM(0), kind);
	Size		body = BODY_SIZE(value);
	uint32		crc = value_checksum(BODY(value), body);
	Size		total = VARHDRSZ + body + sizeof(crc);
	bytea	   *packed;

	if (!AllocSizeIsValid(total))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s value of %zu bytes is too large to be written", kind->name, body)));
	packed = palloc(total);
	SET_VARSIZE(packed, total);
	memcpy(VARDATA(packed), BODY(value), body);
	memcpy(VARDATA(packed) + body, &crc, sizeof(crc));
	return packed;
}

/* the checked value of bytes packed so, total long with the length word */
static NtkValue *
value_unpack(char *packed, Size total, const NtkValueKind *kind)
{
	NtkValue   *value = (NtkValue *) packed;
	Size		bytes;
	uint32		crc;

	if (total < sizeof(NtkValue) + sizeof(crc))
		ntk_value_refuse(kind->name, "It is too short.");
	bytes = total - sizeof(crc);
	memcpy(&crc, packed + bytes, sizeof(crc));
	if (crc != value_checksum(packed + VARHDRSZ, bytes - VARHDRSZ))
		ntk_value_refuse(kind->name, "Its checksum does not match.");
	SET_VARSIZE(value, bytes);
	ntk_value_check_head(value, kind->type, kind->minimum, kind->name);
	kind->check_fields(value, bytes);
	if (kind->check_parts)
		kind->check_parts(value);
	kind->check(value);
	return value;
}

Datum
ntk_value_send(FunctionCallInfo fcinfo, const NtkValueKind *kind)
{
	PG_RETURN_BYTEA_P(value_pack(fcinfo, kind));
}

Datum
ntk_value_recv(FunctionCallInfo fcinfo, const NtkValueKind *kind)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			n = message->len - message->cursor;
	char	   *packed = palloc(VARHDRSZ + n);

	pq_copymsgbytes(message, packed + VARHDRSZ, n);
	PG_RETURN_POINTER(value_unpack(packed, VARHDRSZ + (Size) n, kind));
}

Datum
ntk_value_out(FunctionCallInfo fcinfo, const NtkValueKind *kind)
{
	bytea	   *packed = value_pack(fcinfo, kind);
	Size		n = VARSIZE(packed) - VARHDRSZ;
	Size		room = ntk_base64_room(n) + 1;
	char	   *text;

	if (!AllocSizeIsValid(room))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s value of %zu bytes is too large for its text form", kind->name, n),
				 errhint("Use the binary format of COPY.")));
	text = palloc(room);
	text[ntk_base64_write(VARDATA(packed), n, text)] = '\0';
	pfree(packed);
	PG_RETURN_CSTRING(text);
}

Datum
ntk_value_in(FunctionCallInfo fcinfo, const NtkValueKind *kind)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size		length = strlen(text);
	char	   *packed = palloc(VARHDRSZ + ntk_bytes_room(length));
	int64		n = ntk_base64_read(text, length, packed + VARHDRSZ);

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", kind->name),
				 errdetail("The text form is base64.")));
	PG_RETURN_POINTER(value_unpack(packed, VARHDRSZ + (Size) n, kind));
}
