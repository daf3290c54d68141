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

/* The id of a stored value, which may lie out of line and is not read any further. */
extern uint64 ntk_value_id(Datum datum);

/* One of the three types, for what they share. */
typedef struct NtkValueKind
{
	NtkValueType type;
	const char *name;			/* of the SQL type */
	Size		minimum;		/* bytes of the smallest value */
	void		(*check) (const NtkValue *value);	/* of contents read from outside */
} NtkValueKind;

/*
 * Checks the type, the version and the least size of a value read from outside, which is
 * (part of) a value of the SQL type called name. ntk_value_refuse reports damage.
 */
extern void ntk_value_check_head(const NtkValue *value, NtkValueType type, Size minimum,
								 const char *name);
NTK_NORETURN extern void ntk_value_refuse(const char *name, const char *detail);

/* The I/O functions of the types: base64 text, binary; both with a checksum. */
extern Datum ntk_value_in(FunctionCallInfo fcinfo, const NtkValueKind *kind);
extern Datum ntk_value_out(FunctionCallInfo fcinfo, const NtkValueKind *kind);
extern Datum ntk_value_recv(FunctionCallInfo fcinfo, const NtkValueKind *kind);
extern Datum ntk_value_send(FunctionCallInfo fcinfo, const NtkValueKind *kind);

#endif
