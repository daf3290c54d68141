/*
 * named_model.c
 *		Which model serves by a name, and keeping what was loaded of models.
 *
 * Several versions of a model may be kept, each under the identity of the rows it was read
 * from, since snapshots differ in which one they see. A trigger on the catalog's tables
 * invalidates ntk_catalog_model, in the own session at once and in all others at commit; then
 * what was loaded is dropped. So it is when fitted models were changed, which are no part of
 * the identity.
 */
#include "pg/models/named_model.h"

#include <math.h>

#include "commands/trigger.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "pg/base/module.h"

#include "core/regression/calibrate.h"

#define CHAINS 256

/*
 * A map that models share. It takes memory once, while no query holds a model that has it:
 * what queries hold is not counted.
 */
struct NtkNamedMap
{
	dlist_node	link;
	const NtkPreparedMap *prepared;
	int			models;
	int			idle;			/* models that are kept and not in use */
	Size		bytes;			/* as counted when idle was 0 last */
};

static dlist_head named_maps = DLIST_STATIC_INIT(named_maps);
static dlist_head named_chains[CHAINS];	/* all zeros: empty */
static dlist_head named_used = DLIST_STATIC_INIT(named_used);
static Size named_idle_bytes = 0;		/* of models that are kept and not in use */
static uint64 named_changes = 0;		/* of the catalogs that this session was told of */
static uint64 named_uses = 0;

/* Keeping */

static NtkNamedMap *
named_take_map(const NtkPreparedMap *prepared)
{
	NtkNamedMap *map;
	dlist_iter	iter;

	dlist_foreach(iter, &named_maps)
	{
		map = dlist_container(NtkNamedMap, link, iter.cur);
		if (map->prepared == prepared)
		{
			map->models++;
			return map;
		}
	}
	map = MemoryContextAllocZero(TopMemoryContext, sizeof(NtkNamedMap));
	map->prepared = prepared;
	map->models = 1;
	dlist_push_head(&named_maps, &map->link);
	return map;
}

static void
named_give_map(NtkNamedMap *map)
{
	if (--map->models > 0)
		return;
	dlist_delete(&map->link);
	pfree(map);
}

/* it is not in use any more, or never was */
static void
named_count(NtkNamedModel *model)
{
	NtkNamedMap *map = model->map;

	model->bytes = MemoryContextMemAllocated(model->context, true);
	named_idle_bytes += model->bytes;
	if (map->idle++ == 0)
	{
		map->bytes = MemoryContextMemAllocated(map->prepared->context, true);
		named_idle_bytes += map->bytes;
	}
}

static void
named_uncount(NtkNamedModel *model)
{
	NtkNamedMap *map = model->map;

	named_idle_bytes -= model->bytes;
	if (--map->idle == 0)
		named_idle_bytes -= map->bytes;
}

static void
named_drop(NtkNamedModel *model)
{
	ntk_part_drop_all(&model->parts);
	named_give_map(model->map);
	MemoryContextDelete(model->context);
}

/* from here on it cannot be found */
static void
named_retire(NtkNamedModel *model)
{
	if (model->stale)
		return;
	dlist_delete(&model->used);
	dlist_delete(&model->link);
	model->stale = true;
	if (model->users > 0)
		return;
	named_uncount(model);
	named_drop(model);
}

static dlist_head *
named_chain(const char *name)
{
	return &named_chains[hash_bytes((const unsigned char *) name, strlen(name)) % CHAINS];
}

static NtkNamedModel *
named_oldest(void)
{
	dlist_node *node = dlist_is_empty(&named_used) ? NULL : dlist_tail_node(&named_used);

	while (node)
	{
		NtkNamedModel *model = dlist_container(NtkNamedModel, used, node);

		if (model->users == 0)
			return model;
		node = dlist_has_prev(&named_used, node) ? dlist_prev_node(&named_used, node) : NULL;
	}
	return NULL;
}

/*
 * What was used least recently goes: groups of all models, and models not in use. A
 * model was used whenever a group of it was.
 */
static void
named_make_room(void)
{
	while (named_idle_bytes + ntk_part_bytes() > ntk_cache_memory())
	{
		NtkNamedModel *model = named_oldest();
		uint64		part_use = ntk_part_oldest();

		if (model && model->last_use <= part_use)
			named_retire(model);
		else if (part_use < PG_UINT64_MAX)
			ntk_part_drop_oldest();
		else
			break;
	}
}

/* what belongs to a relation, or all, is to be loaded anew */
static void
named_forget(Oid relation)
{
	dlist_mutable_iter iter;

	named_changes++;
	dlist_foreach_modify(iter, &named_used)
	{
		NtkNamedModel *model = dlist_container(NtkNamedModel, used, iter.cur);

		if (!OidIsValid(relation) || model->relation == relation)
			named_retire(model);
	}
}

static void
named_relation_changed(Datum argument pg_attribute_unused(), Oid relation)
{
	named_forget(relation);
}

static void
named_roles_changed(Datum argument pg_attribute_unused(), int cache pg_attribute_unused(),
					uint32 hash pg_attribute_unused())
{
	named_forget(InvalidOid);
}

static void
named_watch(void)
{
	static bool watching = false;

	if (watching)
		return;
	watching = true;
	CacheRegisterRelcacheCallback(named_relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, named_roles_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, named_roles_changed, (Datum) 0);
}

/* Choosing */

static NtkMoment
named_moment_now(void)
{
	NtkMoment	now;

	memset(&now, 0, sizeof(now));
	now.changes = named_changes;
	now.transaction = NTK_LOCAL_TRANSACTION;
	if (ActiveSnapshotSet())
	{
		Snapshot	snapshot = GetActiveSnapshot();

		now.xmin = snapshot->xmin;
		now.xmax = snapshot->xmax;
		now.running = snapshot->xcnt;
		now.running_subs = snapshot->subxcnt;
		now.command = snapshot->curcid;
	}
	return now;
}

/*
 * Whether two snapshots of this backend see the same rows, unless something was rolled back in
 * between, which counts as a change. The transactions below xmax can only become fewer, so that
 * their number says which they are.
 */
static bool
named_moment_sees_the_same(const NtkMoment *a, const NtkMoment *b)
{
	return a->transaction == b->transaction && a->xmin == b->xmin && a->xmax == b->xmax &&
		a->running == b->running &&
		a->running_subs == b->running_subs && a->command == b->command;
}

static NtkNamedModel *
named_find(Oid schema, const char *name, const NtkModelIdentity *identity)
{
	dlist_iter	iter;

	dlist_foreach(iter, named_chain(name))
	{
		NtkNamedModel *model = dlist_container(NtkNamedModel, link, iter.cur);

		if (model->role == GetUserId() && model->record.schema == schema &&
			strcmp(model->record.name, name) == 0 &&
			memcmp(&model->identity, identity, sizeof(*identity)) == 0)
			return model;
	}
	return NULL;
}

/*
 * Loads what the active snapshot has, with the rights of the role, or with an error if there
 * is nothing; it is kept unless something changed meanwhile.
 */
static NtkNamedModel *
named_load(Oid schema, const char *name)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ntk_sketch model",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	NtkNamedModel *model = palloc0(sizeof(NtkNamedModel));
	uint64		known = named_changes;
	NtkMapValue *map;

	model->context = context;
	model->role = GetUserId();
	model->record.schema = schema;
	model->record.name = pstrdup(name);
	model->relation = get_relname_relid("ntk_catalog_model", schema);
	map = ntk_catalog_read(&model->record, &model->identity);
	ntk_model_set_up(&model->scorer, map, map->n_components);
	pfree(map);
	MemoryContextSwitchTo(before);
	model->map = named_take_map(model->scorer.map);

	/* complete: from here on it outlives errors */
	MemoryContextSetParent(context, TopMemoryContext);
	model->stale = known != named_changes;
	if (!model->stale)
	{
		dlist_push_head(&named_used, &model->used);
		dlist_push_head(named_chain(name), &model->link);
	}
	return model;
}

static NtkNamedModel *
named_hold(Oid schema, const char *name, const NtkModelIdentity *identity)
{
	NtkNamedModel *model = named_find(schema, name, identity);

	if (model && model->users == 0)
		named_uncount(model);
	if (!model)
		model = named_load(schema, name);
	model->users++;
	model->last_use = ++named_uses;
	if (!model->stale)
		dlist_move_head(&named_used, &model->used);
	return model;
}

bool
ntk_named_use(NtkNamedUse *use, Oid schema, const char *name, int length)
{
	NtkNamedModel *model = use->model;
	NtkMoment	now = named_moment_now();
	bool		is_named = model && use->role == GetUserId() &&
		strlen(model->record.name) == (size_t) length &&
		memcmp(model->record.name, name, length) == 0;
	bool		sees_the_same = named_moment_sees_the_same(&use->moment, &now);
	NtkModelIdentity identity;
	char	   *wanted;

	if (is_named && sees_the_same && use->moment.changes == now.changes)
		return false;
	named_watch();
	wanted = pnstrdup(name, length);
	if (length >= NAMEDATALEN)
		ntk_catalog_refuse_name(wanted);
	ntk_identity_read(schema, wanted, &identity);
	/* the same version: to the end of the statement also if it is not to be found any more */
	if (is_named && (sees_the_same || !model->stale) &&
		memcmp(&model->identity, &identity, sizeof(identity)) == 0)
		model = NULL;
	else
	{
		model = named_hold(schema, wanted, &identity);
		ntk_named_release(use);
		use->model = model;
		use->role = GetUserId();
		named_make_room();
	}
	use->moment = now;
	pfree(wanted);
	return model != NULL;
}

void
ntk_named_release(NtkNamedUse *use)
{
	NtkNamedModel *model = use->model;

	use->model = NULL;
	if (!model)
		return;
	if (--model->users > 0)
		return;
	if (model->stale)
		named_drop(model);
	else
		named_count(model);
}

/* Parts */

/* one string for the values of a group: each behind its length, -1 for a NULL */
static char *
named_key(const NtkModelRecord *model, char *const *values)
{
	StringInfoData key;

	initStringInfo(&key);
	for (int i = 0; values && i < model->group_count; i++)
		if (values[i])
			appendStringInfo(&key, "%zu:%s", strlen(values[i]), values[i]);
		else
			appendStringInfoString(&key, "-1:");
	return key.data;
}

/* reads a part from the catalog; false if there is none */
static bool
named_read_part(NtkNamedModel *model, char *const *values, NtkPartRecord *part)
{
	int			count = values ? model->record.group_count : 0;

	if (!ntk_catalog_read_part(&model->record, values, count, part))
		return false;
	if (!ntk_map_same(model->scorer.map->value, ntk_model_map(part->fitted)))
		ntk_catalog_refuse(&model->record, "\"fitted\" has another map than the version.");
	return true;
}

/* the part of a group, or of all rows if values is NULL, among those that are kept */
static NtkNamedPart *
named_group(NtkNamedModel *model, char *const *values)
{
	char	   *key = named_key(&model->record, values);
	NtkNamedPart *part;
	NtkPartRecord record;
	bool		found;

	model->last_use = ++named_uses;
	if (!model->stale)
		dlist_move_head(&named_used, &model->used);
	part = ntk_part_find(&model->parts, key, named_uses);
	if (!part)
	{
		found = named_read_part(model, values, &record);
		part = ntk_part_keep(&model->parts, key, found ? &record : NULL, &model->scorer,
							 named_uses);
		if (found)
		{
			pfree(record.fitted);
			if (!record.is_newest)
				named_retire(model);
		}
		named_make_room();
	}
	pfree(key);
	return part;
}

/* the part of a model without groups; NULL if there is none */
static NtkNamedPart *
named_all_rows(NtkNamedModel *model)
{
	NtkPartRecord record;
	MemoryContext before;

	if (!named_read_part(model, NULL, &record))
		return NULL;
	before = MemoryContextSwitchTo(model->context);
	model->all_rows = ntk_part_make(&record, &model->scorer);
	MemoryContextSwitchTo(before);
	pfree(record.fitted);
	if (!record.is_newest)
		named_retire(model);
	return model->all_rows;
}

static void
named_refuse_group(const NtkModelRecord *model, char *const *values)
{
	StringInfoData group;

	initStringInfo(&group);
	for (int g = 0; g < model->group_count; g++)
		appendStringInfo(&group, "%s\"%s\" is %s%s%s", g > 0 ? ", " : "", model->grouping[g],
						 values[g] ? "\"" : "", values[g] ? values[g] : "null",
						 values[g] ? "\"" : "");
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("model \"%s\" was not trained on rows of this group", model->name),
			 errdetail("%s.", group.data)));
}

/* the model of all rows is always there, unless the right to see it was lost meanwhile */
static void
named_refuse_absence(const NtkModelRecord *model)
{
	ntk_catalog_check(model->schema, model->name);
	ntk_catalog_refuse(model, "The fitted model of all rows is not there.");
}

NtkNamedPart *
ntk_named_part(NtkNamedModel *model, char *const *values)
{
	NtkNamedPart *part = model->all_rows;

	if (part)
		return part;
	if (model->record.group_count == 0)
		part = named_all_rows(model);
	else
	{
		part = named_group(model, values);
		if (!part->is_fitted)
		{
			if (model->record.refuses_unseen)
				named_refuse_group(&model->record, values);
			part = named_group(model, NULL);
		}
	}
	if (!part || !part->is_fitted)
		named_refuse_absence(&model->record);
	return part;
}

void
ntk_named_refuse_range(const NtkNamedModel *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the prediction of model \"%s\" exceeds the range of type double precision",
					model->record.name)));
}

double
ntk_named_score(const NtkNamedModel *model, const NtkNamedPart *part, int target)
{
	double		score = ntk_model_score(&part->model, target);

	if (unlikely(!isfinite(score)))
		ntk_named_refuse_range(model);
	return score;
}

double
ntk_named_in_unit(const NtkNamedModel *model, double score)
{
	double		value = model->record.is_log ? exp(score) : score + model->record.centre;

	if (unlikely(!isfinite(value)))
		ntk_named_refuse_range(model);
	return value;
}

double
ntk_named_predict(const NtkNamedModel *model, const NtkNamedPart *part)
{
	double		prediction = ntk_named_in_unit(model, ntk_named_score(model, part, 0));

	if (model->record.is_log)
		prediction *= part->smearing;
	if (unlikely(!isfinite(prediction)))
		ntk_named_refuse_range(model);
	return prediction;
}

int
ntk_named_classify(const NtkNamedModel *model, const NtkNamedPart *part, double *out)
{
	int			classes = model->record.label_count;
	int			best = 0;

	for (int c = 0; c < classes; c++)
		out[c] = ntk_named_score(model, part, c);
	ntk_calibrate(out, classes, part->calibration, out);
	for (int c = 1; c < classes; c++)
		if (out[c] > out[best])
			best = c;
	return best;
}

/* trigger of the catalog's tables */
NTK_FUNCTION(ntk_sql_catalog_changed);
Datum
ntk_sql_catalog_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Oid			relation;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("_ntk_catalog_changed is a trigger")));
	relation = get_relname_relid("ntk_catalog_model",
								 RelationGetNamespace(trigger->tg_relation));
	if (OidIsValid(relation))
		CacheInvalidateRelcacheByRelid(relation);
	PG_RETURN_POINTER(NULL);
}
