/*
 * cache.h
 *		Maps and models made ready for use, once per backend.
 *
 * A stored map says how to draw directions; a stored model may lie in a TOAST table. A
 * backend keeps a few of them ready, found by fingerprint. Who uses one holds a pin, which
 * goes away with a memory context; unpinned entries make room for new ones.
 */
#ifndef NTK_CACHE_H
#define NTK_CACHE_H

#include "pg/types/value.h"

#include "utils/palloc.h"

typedef struct NtkCacheEntry NtkCacheEntry;

typedef struct NtkPin
{
	NtkCacheEntry *entry;		/* NULL: nothing pinned */
	struct varatt_external toast;	/* where the pinned value was stored ... */
	bool		has_toast;		/* ... if it was out of line */
	const void *place;			/* of the last one that was not; only compared */
	MemoryContextCallback callback;
} NtkPin;

/* Makes an entry's object from its value, in the current memory context. */
typedef void *(*NtkPrepare) (const NtkValue *value);

/* A new pin that lives as long as the context. */
extern NtkPin *ntk_pin_create(MemoryContext context);

/*
 * The object prepared from the value in datum, pinned in place of what was pinned
 * before; an error if it is no value of this kind. All values of a kind are prepared alike.
 * Costs next to nothing if it is the same value as last time, whatever its size:
 * out-of-line values are recognised by their address in the TOAST table, others by their
 * fingerprint if they lie where the last one lay, and elsewhere by their bytes.
 */
extern void *ntk_pin_datum(NtkPin *pin, Datum datum, const NtkValueKind *kind,
						   NtkPrepare prepare);

/* The object that is pinned. */
extern void *ntk_pin_object(const NtkPin *pin);

#endif
