/*
 * value.h
 *		What the stored forms of ntk_map, ntk_gram and ntk_model have in common.
 *
 * A stored value starts with an NtkValue. It holds no OIDs and no pointers, numbers are
 * little-endian, unused bytes are zero. Outside the database (text: base64, or
 * binary) its bytes after the length word travel with a checksum behind them.
 */
#ifndef NTK_VALUE_H
#define NTK_VALUE_H

#include "pg/compat.h"

#include "lib/stringinfo.h"

typedef enum NtkValueType
{
	NTK_VALUE_MAP = 1,
	NTK_VALUE_GRAM = 2,
	NTK_VALUE_MODEL = 3
} NtkValueType;

#define NTK_VALUE_VERSION 1		/* of the stored forms */

typedef struct NtkValue
{
	int32		vl_len_;
	uint8		type;			/* NtkValueType */
	uint8		version;
	uint16		reserved;
	uint64		id;				/* fingerprint of the contents; 0 in a statistic */
} NtkValue;

/* A zeroed value of this many bytes. */
extern void *ntk_value_make(NtkValueType type, Size bytes);

/* Sets the id of a value that is complete; whether the id is right. */
extern void ntk_value_seal(NtkValue *value);
extern bool ntk_value_is_sealed(const NtkValue *value);

/*
 * Checks what is common to all values read from outside: type, version, at least
 * minimum bytes. type_name is the SQL type's. ntk_value_refuse reports the damage.
 */
extern void ntk_value_check(const NtkValue *value, NtkValueType type, Size minimum,
							const char *type_name);
extern void ntk_value_refuse(const char *type_name, const char *detail) pg_attribute_noreturn();

/* Text and binary forms. Reading checks the checksum, not the contents. */
extern char *ntk_value_to_text(const NtkValue *value, const char *type_name);
extern NtkValue *ntk_value_from_text(const char *text, const char *type_name);
extern bytea *ntk_value_send(const NtkValue *value, const char *type_name);
extern NtkValue *ntk_value_receive(StringInfo message, const char *type_name);

#endif
