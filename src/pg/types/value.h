/*
 * value.h
 *		What the stored forms of ntk_map, ntk_gram and ntk_model have in common.
 *
 * A stored value starts with an NtkValue. It holds no OIDs and no pointers, numbers are
 * little-endian, unused bytes are zero. Outside the database (text: base64, or
 * binary) its bytes after the length word travel with a checksum behind them.
 *
 * What is on disk may have been written by another version, by a cast from another type, or
 * be damaged. So every function reads its arguments through ntk_value_get or ntk_value_head,
 * which look at all that could lead a reader astray; they do not read the numbers.
 */
#ifndef NTK_VALUE_H
#define NTK_VALUE_H

#include "pg/base/compat.h"

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

/* One of the three types, for what they share. */
typedef struct NtkValueKind
{
	NtkValueType type;
	const char *name;			/* of the SQL type */
	Size		minimum;		/* bytes of the smallest value: all its fields */

	/* refuses fields that are out of range, or that a value of this many bytes cannot have */
	void		(*check_fields) (const NtkValue *value, Size bytes);

	/* the same of a map that is part of it; NULL: there is none */
	void		(*check_parts) (const NtkValue *value);

	/* of contents read from outside, which passed the other checks */
	void		(*check) (const NtkValue *value);
} NtkValueKind;

/* The stored value of this kind in datum; an error if it is none. */
extern NtkValue *ntk_value_get(Datum datum, const NtkValueKind *kind);

/* Its first kind->minimum bytes; a value that lies out of line is not read any further. */
extern NtkValue *ntk_value_head(Datum datum, const NtkValueKind *kind);

/*
 * Checks the type, the version and the least size of (a part of) a value of the SQL type
 * called name. ntk_value_refuse reports damage.
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
