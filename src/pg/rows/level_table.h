/*
 * level_table.h
 *		A hash table of the levels of a category. Keys are kept by reference.
 */
#ifndef NTK_LEVEL_TABLE_H
#define NTK_LEVEL_TABLE_H

#include "pg/base/compat.h"

#include "common/hashfn.h"

typedef struct NtkLevelKey
{
	const char *text;
	int			length;
} NtkLevelKey;

typedef struct NtkLevel
{
	NtkLevelKey key;
	int64		number;			/* how many, or which */
	double		weight;			/* of so many, where they have weights */
	double		target_weight;	/* of those with a target ... */
	double	   *target_means;	/* ... and the means of their targets; NULL: none */
	uint32		hash;
	char		status;			/* of the slot */
} NtkLevel;

static inline bool
ntk_level_equal(NtkLevelKey a, NtkLevelKey b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

#define SH_PREFIX ntk_levels
#define SH_ELEMENT_TYPE NtkLevel
#define SH_KEY_TYPE NtkLevelKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).text, (key).length)
#define SH_EQUAL(table, a, b) ntk_level_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, level) (level)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#endif
