/*
 * cache.c
 *		A small per-backend cache of prepared values.
 *
 * Entries stand in a list, the most recently used first, and in a chain of those whose
 * fingerprints hash alike. An entry owns a memory context with a copy of its value and the
 * prepared object.
 */
#include "pg/types/cache.h"

#include "access/detoast.h"
#include "lib/ilist.h"
#include "utils/memutils.h"

#include "pg/base/module.h"

#define CHAINS 1024

struct NtkCacheEntry
{
	dlist_node	used;			/* in cache_by_use */
	dlist_node	link;			/* in its chain */
	MemoryContext context;
	int			pins;
	Size		bytes;
	NtkValue   *value;
	void	   *object;
};

static dlist_head cache_by_use = DLIST_STATIC_INIT(cache_by_use);
static dlist_head cache_chains[CHAINS]; /* all zeros: empty */
static Size cache_unpinned_bytes = 0;

static dlist_head *
cache_chain_of(const NtkValue *value)
{
	return &cache_chains[value->id % CHAINS];
}

static void
cache_release(NtkPin *pin)
{
	if (pin->entry && --pin->entry->pins == 0)
	{
		/* users may have made it larger */
		pin->entry->bytes = MemoryContextMemAllocated(pin->entry->context, true);
		cache_unpinned_bytes += pin->entry->bytes;
	}
	pin->entry = NULL;
	pin->has_toast = false;
	pin->place = NULL;
}

static void
cache_release_callback(void *arg)
{
	cache_release(arg);
}

NtkPin *
ntk_pin_create(MemoryContext context)
{
	NtkPin	   *pin = MemoryContextAllocZero(context, sizeof(NtkPin));

	pin->callback.func = cache_release_callback;
	pin->callback.arg = pin;
	MemoryContextRegisterResetCallback(context, &pin->callback);
	return pin;
}

void *
ntk_pin_object(const NtkPin *pin)
{
	return pin->entry->object;
}

/* drops the longest unused entries beyond ntk_sketch.cache_memory */
static void
cache_make_room(void)
{
	dlist_node *node = dlist_is_empty(&cache_by_use) ? NULL : dlist_tail_node(&cache_by_use);

	while (node && cache_unpinned_bytes > ntk_cache_memory())
	{
		NtkCacheEntry *entry = dlist_container(NtkCacheEntry, used, node);

		node = dlist_has_prev(&cache_by_use, node) ? dlist_prev_node(&cache_by_use, node) : NULL;
		if (entry->pins > 0)
			continue;
		cache_unpinned_bytes -= entry->bytes;
		dlist_delete(&entry->used);
		dlist_delete(&entry->link);
		MemoryContextDelete(entry->context);
	}
}

static NtkCacheEntry *
cache_find(const NtkValue *value)
{
	dlist_iter	iter;

	dlist_foreach(iter, cache_chain_of(value))
	{
		NtkCacheEntry *entry = dlist_container(NtkCacheEntry, link, iter.cur);

		/* the fingerprint is short enough to be forged: compare it all */
		if (entry->value->id == value->id && VARSIZE(entry->value) == VARSIZE(value) &&
			memcmp(entry->value, value, VARSIZE(value)) == 0)
			return entry;
	}
	return NULL;
}

static NtkCacheEntry *
cache_add(const NtkValue *value, NtkPrepare prepare)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ntk_sketch value",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	NtkCacheEntry *entry = palloc0(sizeof(NtkCacheEntry));

	entry->context = context;
	entry->value = palloc(VARSIZE(value));
	memcpy(entry->value, value, VARSIZE(value));
	entry->object = prepare(entry->value);
	entry->bytes = MemoryContextMemAllocated(context, true);
	MemoryContextSwitchTo(before);

	/* complete: from here on it outlives errors */
	MemoryContextSetParent(context, TopMemoryContext);
	dlist_push_head(&cache_by_use, &entry->used);
	dlist_push_head(cache_chain_of(value), &entry->link);
	cache_unpinned_bytes += entry->bytes;
	return entry;
}

/*
 * Whether datum is the value that is pinned. A fingerprint is short enough to be forged, and
 * reading it all costs as much as a prediction. So it is trusted only where the last value
 * lay, which for the calls of one statement is the same constant or parameter.
 */
static bool
cache_is_pinned(NtkPin *pin, struct varlena *datum)
{
	const NtkValue *pinned;

	if (!pin->entry)
		return false;
	if (VARATT_IS_EXTERNAL_ONDISK(datum))
	{
		struct varatt_external toast;

		VARATT_EXTERNAL_GET_POINTER(toast, datum);
		return pin->has_toast && memcmp(&toast, &pin->toast, sizeof(toast)) == 0;
	}
	pinned = pin->entry->value;
	if (VARATT_IS_EXTENDED(datum) || VARSIZE(datum) != VARSIZE(pinned) ||
		((NtkValue *) datum)->id != pinned->id)
		return false;
	if (datum != pin->place && memcmp(datum, pinned, VARSIZE(pinned)) != 0)
		return false;
	pin->place = datum;
	return true;
}

void *
ntk_pin_datum(NtkPin *pin, Datum datum, const NtkValueKind *kind, NtkPrepare prepare)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(datum);
	NtkCacheEntry *entry;
	NtkValue   *value;

	if (cache_is_pinned(pin, stored))
		return pin->entry->object;

	value = ntk_value_get(datum, kind);
	entry = cache_find(value);
	if (!entry)
		entry = cache_add(value, prepare);
	dlist_move_head(&cache_by_use, &entry->used);

	if (entry->pins++ == 0)
		cache_unpinned_bytes -= entry->bytes;
	cache_release(pin);
	pin->entry = entry;
	if (VARATT_IS_EXTERNAL_ONDISK(stored))
	{
		VARATT_EXTERNAL_GET_POINTER(pin->toast, stored);
		pin->has_toast = true;
	}
	else if (!VARATT_IS_EXTENDED(stored))
		pin->place = stored;
	cache_make_room();
	if ((struct varlena *) value != stored)
		pfree(value);
	return entry->object;
}
