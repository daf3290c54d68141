/*
 * named_part.c
 *		Keeping the fitted models of groups, by owner and key.
 *
 * A part is one piece of memory: the struct, the numbers, the calibration and the key.
 */
#include "pg/models/named_part.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "core/regression/calibrate.h"

#define CHAINS 4096
#define MOST_MISSES 1000		/* groups without rows that are remembered */

static MemoryContext part_context = NULL;
static dlist_head part_chains[CHAINS];	/* all zeros: empty */
static dlist_head part_fitted_used = DLIST_STATIC_INIT(part_fitted_used);	/* fitted ones */
static dlist_head part_misses_used = DLIST_STATIC_INIT(part_misses_used);
static int	part_miss_count = 0;
static Size part_bytes = 0;

static dlist_head *
part_chain(const dlist_head *owner, const char *key)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) key, strlen(key),
										   (uint64) (uintptr_t) owner);

	return &part_chains[hash % CHAINS];
}

static dlist_head *
part_list(const NtkNamedPart *part)
{
	return part->is_fitted ? &part_fitted_used : &part_misses_used;
}

NtkNamedPart *
ntk_part_find(dlist_head *owner, const char *key, uint64 now)
{
	dlist_iter	iter;

	dlist_foreach(iter, part_chain(owner, key))
	{
		NtkNamedPart *part = dlist_container(NtkNamedPart, link, iter.cur);

		if (part->owner == owner && strcmp(part->key, key) == 0)
		{
			part->last_use = now;
			dlist_move_head(part_list(part), &part->used);
			return part;
		}
	}
	return NULL;
}

/* bytes of a fitted model without its map */
static Size
part_numbers(const NtkModelValue *fitted)
{
	return ntk_model_size(fitted->width, fitted->targets, 0, fitted->posterior);
}

/* bytes of the calibration, if there is one */
static Size
part_calibration(const NtkPartRecord *record)
{
	return record->calibration
		? sizeof(double) * NTK_CALIBRATION_ROWS * record->fitted->targets : 0;
}

/* a part of room for this key, with the numbers of what was read, unless that is NULL */
static NtkNamedPart *
part_create(MemoryContext context, const char *key, const NtkPartRecord *record,
			const NtkPreparedModel *scorer)
{
	Size		numbers = record ? MAXALIGN(part_numbers(record->fitted)) : 0;
	Size		calibration = record ? part_calibration(record) : 0;
	Size		bytes =
		MAXALIGN(sizeof(NtkNamedPart)) + numbers + calibration + strlen(key) + 1;
	NtkNamedPart *part = MemoryContextAllocHuge(context, bytes);
	char	   *after = (char *) part + MAXALIGN(sizeof(NtkNamedPart));

	memset(part, 0, sizeof(NtkNamedPart));
	part->bytes = GetMemoryChunkSpace(part);
	part->key = strcpy(after + numbers + calibration, key);
	if (record)
	{
		part->is_fitted = true;
		part->smearing = record->smearing;
		part->model = *scorer;
		ntk_model_take_numbers(&part->model, record->fitted, (NtkModelValue *) after);
		if (calibration > 0)
			part->calibration = memcpy(after + numbers, record->calibration, calibration);
	}
	return part;
}

NtkNamedPart *
ntk_part_make(const NtkPartRecord *record, const NtkPreparedModel *scorer)
{
	return part_create(CurrentMemoryContext, "", record, scorer);
}

static void
part_drop(NtkNamedPart *part)
{
	dlist_delete(&part->used);
	dlist_delete(&part->link);
	dlist_delete(&part->sibling);
	part_bytes -= part->bytes;
	part_miss_count -= !part->is_fitted;
	pfree(part);
}

NtkNamedPart *
ntk_part_keep(dlist_head *owner, const char *key, const NtkPartRecord *record,
			  const NtkPreparedModel *scorer, uint64 now)
{
	NtkNamedPart *part;

	if (!part_context)
		part_context = AllocSetContextCreate(TopMemoryContext, "ntk_sketch groups",
											 ALLOCSET_DEFAULT_SIZES);
	part = part_create(part_context, key, record, scorer);
	part->owner = owner;
	part->last_use = now;
	part_bytes += part->bytes;
	dlist_push_head(part_list(part), &part->used);
	dlist_push_head(part_chain(owner, key), &part->link);
	dlist_push_head(owner, &part->sibling);
	part_miss_count += !part->is_fitted;
	if (part_miss_count > MOST_MISSES)
		part_drop(dlist_tail_element(NtkNamedPart, used, &part_misses_used));
	return part;
}

uint64
ntk_part_oldest(void)
{
	if (dlist_is_empty(&part_fitted_used) ||
		dlist_head_node(&part_fitted_used) == dlist_tail_node(&part_fitted_used))
		return PG_UINT64_MAX;
	return dlist_tail_element(NtkNamedPart, used, &part_fitted_used)->last_use;
}

void
ntk_part_drop_oldest(void)
{
	part_drop(dlist_tail_element(NtkNamedPart, used, &part_fitted_used));
}

void
ntk_part_drop_all(dlist_head *owner)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, owner)
		part_drop(dlist_container(NtkNamedPart, sibling, iter.cur));
}

Size
ntk_part_bytes(void)
{
	return part_bytes;
}
