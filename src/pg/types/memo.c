/*
 * memo.c
 *		The last results of expensive functions, per call site.
 *
 * Arguments are the same if their bytes are. Of a value that lies out of line those are the
 * bytes of its address in the TOAST table, whose contents do not change; of an expanded
 * statistic, its stamp; of another expanded object, those of its flat form.
 *
 * A result that is kept is copied for each call: some callers free what they are given (the
 * input function of arrays does), and others hold it while further results push it out.
 *
 * Most calls are the only ones of their arguments. They are not worth much memory, so what is
 * large is kept when it was computed a second time.
 */
#include "pg/types/memo.h"

#include "access/detoast.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "storage/proc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "pg/base/module.h"
#include "pg/types/type_gram.h"

#define MEMO_ENTRIES 64
#define MEMO_SHARE 8			/* all entries but the last: this part of max_memory */
#define MEMO_LARGE ((Size) 1024 * 1024)

/* how values of a type are passed */
typedef struct MemoType
{
	int16		length;
	bool		by_value;
} MemoType;

/* an argument or a result, as it is compared and kept */
typedef struct MemoItem
{
	bool		null;
	uint64		value;			/* a datum, or the stamp of a statistic; otherwise 0 */
	Size		size;			/* bytes of what is passed by reference; otherwise 0 */
	const void *bytes;
} MemoItem;

typedef struct MemoEntry
{
	dlist_node	used;			/* in by_use */
	Size		size;			/* of all of it, one piece of memory */
	MemoItem	result;
	MemoItem	arguments[FLEXIBLE_ARRAY_MEMBER];
} MemoEntry;

/* what a call site keeps */
typedef struct Memo
{
	MemoryContext context;
	LocalTransactionId transaction; /* entries are of this one */
	dlist_head	by_use;			/* the most recently used entry first */
	int			entries;
	Size		size;			/* of all entries */
	uint64		seen[MEMO_ENTRIES]; /* hashes of large calls, which may not be kept */
	MemoType	result;
	int			arguments;
	MemoType   *types;			/* [arguments] */
	MemoItem   *call;			/* [arguments]: those at hand */
} Memo;

static MemoType
memo_type(Oid type)
{
	MemoType	passing;

	get_typlenbyval(type, &passing.length, &passing.by_value);
	return passing;
}

static Memo *
memo_create(FmgrInfo *function)
{
	MemoryContext context = AllocSetContextCreate(function->fn_mcxt, "ntk_sketch memo",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Memo	   *memo = palloc0(sizeof(Memo));
	Oid		   *types;

	memo->context = context;
	dlist_init(&memo->by_use);
	memo->result = memo_type(get_func_signature(function->fn_oid, &types, &memo->arguments));
	memo->types = palloc(sizeof(MemoType) * memo->arguments);
	memo->call = palloc(sizeof(MemoItem) * memo->arguments);
	for (int i = 0; i < memo->arguments; i++)
		memo->types[i] = memo_type(types[i]);
	MemoryContextSwitchTo(old);
	return memo;
}

static void
memo_drop_oldest(Memo *memo)
{
	MemoEntry  *entry = dlist_tail_element(MemoEntry, used, &memo->by_use);

	dlist_delete(&entry->used);
	memo->entries--;
	memo->size -= entry->size;
	pfree(entry);
}

/*
 * The memo of a call site, or NULL for a call without one. Some call sites live as long as the
 * session, but an address in a TOAST table stands for one value only while it cannot have been
 * removed.
 */
static Memo *
memo_of(FunctionCallInfo fcinfo)
{
	LocalTransactionId transaction = NTK_LOCAL_TRANSACTION;
	Memo	   *memo;

	if (!fcinfo->flinfo || !OidIsValid(fcinfo->flinfo->fn_oid))
		return NULL;
	if (!fcinfo->flinfo->fn_extra)
		fcinfo->flinfo->fn_extra = memo_create(fcinfo->flinfo);
	memo = fcinfo->flinfo->fn_extra;
	if (memo->transaction != transaction)
	{
		while (memo->entries > 0)
			memo_drop_oldest(memo);
		memo->transaction = transaction;
	}
	return memo;
}

static MemoItem
memo_item(MemoType type, Datum datum, bool null)
{
	MemoItem	item = {.null = null};
	struct varlena *value;

	if (null)
		return item;
	if (type.by_value)
	{
		item.value = datum;
		return item;
	}
	item.bytes = DatumGetPointer(datum);
	if (type.length == -1)
	{
		value = (struct varlena *) DatumGetPointer(datum);

		/* other pointers than those to a TOAST table lead to memory, which changes */
		if (VARATT_IS_EXTERNAL(value) && !VARATT_IS_EXTERNAL_ONDISK(value))
			value = detoast_attr(value);
		item.bytes = value;
		item.size = VARSIZE_ANY(value);
	}
	else if (type.length == -2)
		item.size = strlen(item.bytes) + 1;
	else
		item.size = type.length;
	return item;
}

static MemoItem
memo_argument(MemoType type, NullableDatum argument)
{
	uint64		stamp;

	if (!argument.isnull && type.length == -1 && ntk_gram_stamp(argument.value, &stamp))
		return (MemoItem) {.value = stamp};
	return memo_item(type, argument.value, argument.isnull);
}

/* whether an entry is of the arguments at hand; what is cheap to compare comes first */
static bool
memo_matches(const Memo *memo, const MemoEntry *entry)
{
	for (int i = 0; i < memo->arguments; i++)
	{
		const MemoItem *a = &entry->arguments[i];
		const MemoItem *b = &memo->call[i];

		if (a->null != b->null || a->value != b->value || a->size != b->size)
			return false;
	}
	for (int i = 0; i < memo->arguments; i++)
		if (memo->call[i].size > 0 &&
			memcmp(entry->arguments[i].bytes, memo->call[i].bytes, memo->call[i].size) != 0)
			return false;
	return true;
}

static MemoEntry *
memo_find(Memo *memo)
{
	dlist_iter	iter;

	dlist_foreach(iter, &memo->by_use)
	{
		MemoEntry  *entry = dlist_container(MemoEntry, used, iter.cur);

		if (memo_matches(memo, entry))
			return entry;
	}
	return NULL;
}

/* Whether a large call was seen before, as far as one can tell from its hash; it is now. */
static bool
memo_was_seen(Memo *memo)
{
	uint64		hash = 0;
	uint64	   *seen;
	bool		was_seen;

	for (int i = 0; i < memo->arguments; i++)
	{
		const MemoItem *item = &memo->call[i];

		hash = hash_combine64(hash, item->value);
		if (item->size > 0)
			hash = hash_bytes_extended(item->bytes, (int) item->size, hash);
	}
	seen = &memo->seen[hash % MEMO_ENTRIES];
	was_seen = *seen == hash;
	*seen = hash;
	return was_seen;
}

/* the item with its bytes at *room, which moves behind them */
static MemoItem
memo_store(MemoItem item, char **room)
{
	if (item.size > 0)
	{
		item.bytes = memcpy(*room, item.bytes, item.size);
		*room += MAXALIGN(item.size);
	}
	return item;
}

/* keeps the result of the arguments at hand, in place of the longest unused ones */
static void
memo_keep(Memo *memo, MemoItem result)
{
	Size		head = MAXALIGN(offsetof(MemoEntry, arguments) +
								sizeof(MemoItem) * memo->arguments);
	Size		size = head + MAXALIGN(result.size);
	MemoEntry  *entry;
	char	   *room;

	for (int i = 0; i < memo->arguments; i++)
		size += MAXALIGN(memo->call[i].size);
	if (size > ntk_max_memory() || (size > MEMO_LARGE && !memo_was_seen(memo)))
		return;
	while (memo->entries > 0 && (memo->entries >= MEMO_ENTRIES ||
								 memo->size + size > ntk_max_memory() / MEMO_SHARE))
		memo_drop_oldest(memo);

	entry = MemoryContextAllocHuge(memo->context, size);
	room = (char *) entry + head;
	entry->size = size;
	entry->result = memo_store(result, &room);
	for (int i = 0; i < memo->arguments; i++)
		entry->arguments[i] = memo_store(memo->call[i], &room);
	dlist_push_head(&memo->by_use, &entry->used);
	memo->entries++;
	memo->size += size;
}

static Datum
memo_copy(const MemoItem *item)
{
	if (item->size == 0)
		return (Datum) item->value;
	return PointerGetDatum(memcpy(palloc(item->size), item->bytes, item->size));
}

Datum
ntk_memoized(FunctionCallInfo fcinfo, PGFunction compute)
{
	Memo	   *memo = memo_of(fcinfo);
	MemoEntry  *entry;
	Datum		result;

	if (!memo)
		return compute(fcinfo);
	for (int i = 0; i < memo->arguments; i++)
		memo->call[i] = memo_argument(memo->types[i], fcinfo->args[i]);
	entry = memo_find(memo);
	if (!entry)
	{
		result = compute(fcinfo);
		memo_keep(memo, memo_item(memo->result, result, fcinfo->isnull));
		return result;
	}
	dlist_move_head(&memo->by_use, &entry->used);
	fcinfo->isnull = entry->result.null;
	return memo_copy(&entry->result);
}
