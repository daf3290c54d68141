/*
 * named_model.c
 *		Loading models by name, and forgetting them when the catalog changes.
 *
 * A backend keeps what it loaded for a role until the catalog changes: a trigger on its tables
 * invalidates ntk_catalog_model, in the own session at once and in all others at commit.
 */
#include "pg/named_model.h"

#include <math.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

typedef struct ModelKey
{
	NameData	name;
	Oid			role;
	Oid			schema;
} ModelKey;

typedef struct ModelEntry
{
	ModelKey	key;
	NtkNamedModel *model;
} ModelEntry;

typedef struct PartEntry
{
	uint64		hash;			/* of the group */
	List	   *parts;			/* of groups with this hash */
} PartEntry;

static HTAB *models = NULL;
static uint64 generation = 0;	/* of the catalogs, as far as this session knows */
static uint64 uses = 0;

#define MOST_MODELS 100			/* that are kept without being held */

static void
drop_if_unused(NtkNamedModel *model)
{
	if ((model->stale || model->transient) && model->users == 0)
		MemoryContextDelete(model->context);
}

/* what belongs to a relation, or all, is to be loaded anew */
static void
forget(Oid relation)
{
	HASH_SEQ_STATUS status;
	ModelEntry *entry;

	generation++;
	hash_seq_init(&status, models);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		NtkNamedModel *model = entry->model;

		if (OidIsValid(relation) && model->relation != relation)
			continue;
		hash_search(models, &entry->key, HASH_REMOVE, NULL);
		model->stale = true;
		drop_if_unused(model);
	}
}

static void
relation_changed(Datum argument pg_attribute_unused(), Oid relation)
{
	forget(relation);
}

static void
roles_changed(Datum argument pg_attribute_unused(), int cache pg_attribute_unused(),
			  uint32 hash pg_attribute_unused())
{
	forget(InvalidOid);
}

static void
prepare_cache(void)
{
	HASHCTL		control = {.keysize = sizeof(ModelKey),.entrysize = sizeof(ModelEntry)};

	if (models)
		return;
	models = hash_create("ntk_sketch models", 16, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, roles_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, roles_changed, (Datum) 0);
}

/* the model that nobody used for longest goes where there are too many */
static void
make_room(void)
{
	HASH_SEQ_STATUS status;
	ModelEntry *entry,
			   *oldest = NULL;
	NtkNamedModel *model;

	if (hash_get_num_entries(models) < MOST_MODELS)
		return;
	hash_seq_init(&status, models);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->model->users == 0 &&
			(!oldest || entry->model->last_use < oldest->model->last_use))
			oldest = entry;
	if (!oldest)
		return;
	model = oldest->model;
	hash_search(models, &oldest->key, HASH_REMOVE, NULL);
	MemoryContextDelete(model->context);
}

static Datum
column(int number, bool *is_null)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number, is_null);
}

/* the elements of a text[], NULL for a NULL array */
static text **
read_texts(Datum array, bool is_null, int *count)
{
	Datum	   *elements;
	text	  **texts;

	*count = 0;
	if (is_null)
		return NULL;
	deconstruct_array(DatumGetArrayTypePCopy(array), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  NULL, count);
	texts = palloc(sizeof(text *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		texts[i] = DatumGetTextPP(elements[i]);
	return texts;
}

static char **
read_names(Datum array, bool is_null, int *count)
{
	text	  **texts = read_texts(array, is_null, count);
	char	  **names = palloc(sizeof(char *) * Max(*count, 1));

	for (int i = 0; i < *count; i++)
		names[i] = text_to_cstring(texts[i]);
	return names;
}

static void
refuse_name(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" does not exist", name),
			 errhint("The view ntk_models lists the models that you may use.")));
}

/* A catalog that its owner changed by hand can hold anything. */
static void
refuse_damage(const NtkNamedModel *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("version %d of model \"%s\" is damaged", model->version, model->name),
			 errhint("Deploy another version, or train the model again.")));
}

/*
 * The catalog is read as it is now, also where the query that needs a model has an older
 * snapshot: what is kept must be what invalidation speaks of. A parallel plan cannot do
 * that, and so keeps nothing.
 */
static void
begin_reading(void)
{
	if (!IsInParallelMode())
		PushActiveSnapshot(GetLatestSnapshot());
}

static void
end_reading(void)
{
	if (!IsInParallelMode())
		PopActiveSnapshot();
}

/* fills model from the catalog, in its own context, which is current */
static void
load(NtkNamedModel *model)
{
	char	   *schema = (char *) quote_identifier(get_namespace_name(model->schema));
	char	   *query = psprintf(
		"SELECT m.task, m.features, m.group_by, m.params ->> 'unseen', v.version, v.encoding, v.labels "
		"FROM %s.ntk_catalog_model AS m LEFT JOIN %s.ntk_catalog_version AS v "
		"ON v.model OPERATOR(pg_catalog.=) m.model AND v.version OPERATOR(pg_catalog.=) m.deployed "
		"WHERE m.model OPERATOR(pg_catalog.=) $1", schema, schema);
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(model->name)};
	MemoryContext own = CurrentMemoryContext;
	HASHCTL		control = {.keysize = sizeof(uint64),.entrysize = sizeof(PartEntry),.hcxt = own};
	bool		is_null;
	Datum		datum;

	begin_reading();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "reading the catalog of models failed");
	if (SPI_processed == 0)
		refuse_name(model->name);
	MemoryContextSwitchTo(own);
	model->is_classification = strcmp(TextDatumGetCString(column(1, &is_null)),
									  "classification") == 0;
	datum = column(2, &is_null);
	model->features = read_names(datum, is_null, &model->feature_count);
	datum = column(3, &is_null);
	model->grouping = read_names(datum, is_null, &model->group_count);
	model->refuses_unseen = strcmp(TextDatumGetCString(column(4, &is_null)), "error") == 0;
	model->version = DatumGetInt32(column(5, &is_null));
	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" has no version that serves", model->name),
				 errhint("Deploy one with ntk_deploy.")));
	model->encoding = ntk_encoding_parse(DatumGetJsonbPCopy(column(6, &is_null)));
	datum = column(7, &is_null);
	model->labels = read_texts(datum, is_null, &model->label_count);
	model->parts = hash_create("ntk_sketch groups", 16, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	SPI_finish();
	end_reading();
	MemoryContextSwitchTo(own);
	if (model->is_classification ? model->label_count < 1 : model->label_count > 0)
		refuse_damage(model);
}

NtkNamedModel *
ntk_named_hold(Oid schema, const char *name)
{
	ModelKey	key = {.role = GetUserId(),.schema = schema};
	ModelEntry *entry;
	NtkNamedModel *model;
	MemoryContext context,
				before;
	uint64		known;
	bool		found;

	prepare_cache();
	if (strlen(name) >= NAMEDATALEN)
		refuse_name(name);
	namestrcpy(&key.name, name);
	entry = hash_search(models, &key, HASH_FIND, NULL);
	if (entry)
	{
		entry->model->users++;
		entry->model->last_use = ++uses;
		return entry->model;
	}

	context = AllocSetContextCreate(CurrentMemoryContext, "ntk_sketch model", ALLOCSET_SMALL_SIZES);
	before = MemoryContextSwitchTo(context);
	model = palloc0(sizeof(NtkNamedModel));
	model->context = context;
	model->schema = schema;
	model->relation = get_relname_relid("ntk_catalog_model", schema);
	model->name = pstrdup(name);
	known = generation;
	load(model);
	MemoryContextSwitchTo(before);

	/* complete: from here on it outlives errors */
	MemoryContextSetParent(context, TopMemoryContext);
	model->users = 1;
	model->last_use = ++uses;
	model->transient = IsInParallelMode() || known != generation;
	if (!model->transient)
	{
		make_room();
		entry = hash_search(models, &key, HASH_ENTER, &found);
		if (found)				/* somebody loaded it meanwhile */
		{
			entry->model->stale = true;
			drop_if_unused(entry->model);
		}
		entry->model = model;
	}
	return model;
}

void
ntk_named_release(NtkNamedModel *model)
{
	model->users--;
	drop_if_unused(model);
}

/* one string for the values of a group: each behind its length, -1 for a NULL */
static char *
key_of(const NtkNamedModel *model, char *const *values)
{
	StringInfoData key;

	initStringInfo(&key);
	for (int i = 0; i < model->group_count; i++)
		if (values[i])
			appendStringInfo(&key, "%zu:%s", strlen(values[i]), values[i]);
		else
			appendStringInfoString(&key, "-1:");
	return key.data;
}

static void
check_part(NtkNamedModel *model, const NtkNamedPart *part, const NtkPreparedModel *prepared)
{
	if (!prepared->map || prepared->map->map.spec.input_dim != ntk_encoding_inputs(model->encoding) ||
		prepared->targets != (model->is_classification ? model->label_count : 1) ||
		!(part->temperature > 0) || isinf(part->temperature) ||
		(model->map && !ntk_map_same(model->map, prepared->map->value)))
		refuse_damage(model);
	model->map = prepared->map->value;
}

/* reads the fitted model of a group from the catalog; without one the pin stays NULL */
static void
load_part(NtkNamedModel *model, NtkNamedPart *part, char *const *values, bool all_rows)
{
	char	   *query = psprintf(
		"SELECT fitted, temperature FROM %s.ntk_catalog_part "
		"WHERE model OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2 AND grp OPERATOR(pg_catalog.=) $3",
		quote_identifier(get_namespace_name(model->schema)));
	Oid			types[] = {TEXTOID, INT4OID, TEXTARRAYOID};
	int			count = all_rows ? 0 : model->group_count;
	Datum	   *texts = palloc(sizeof(Datum) * Max(count, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(count, 1));
	int			low = 1;
	Datum		arguments[3];
	bool		is_null;

	for (int i = 0; i < count; i++)
	{
		nulls[i] = values[i] == NULL;
		texts[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(values[i]);
	}
	arguments[0] = CStringGetTextDatum(model->name);
	arguments[1] = Int32GetDatum(model->version);
	begin_reading();
	arguments[2] = PointerGetDatum(
		count == 0 ? construct_empty_array(TEXTOID)
		: construct_md_array(texts, nulls, 1, &count, &low, TEXTOID, -1, false, TYPALIGN_INT));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 3, types, arguments, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "reading the catalog of models failed");
	if (SPI_processed > 0)
	{
		NtkPin	   *pin = ntk_pin_create(model->context);
		Datum		temperature = column(2, &is_null);

		part->temperature = is_null ? 1 : DatumGetFloat8(temperature);
		check_part(model, part, ntk_pin_datum(pin, column(1, &is_null), &ntk_model_kind,
											  ntk_model_prepare));
		part->pin = pin;
	}
	SPI_finish();
	end_reading();
}

static NtkNamedPart *
part_of(NtkNamedModel *model, char *const *values, bool all_rows)
{
	char	   *key = all_rows ? pstrdup("all") : key_of(model, values);
	uint64		hash = hash_bytes_extended((unsigned char *) key, strlen(key), 0);
	PartEntry  *entry;
	NtkNamedPart *part;
	MemoryContext before;
	ListCell   *cell;
	bool		found;

	entry = hash_search(model->parts, &hash, HASH_FIND, NULL);
	if (entry)
		foreach(cell, entry->parts)
		{
			part = lfirst(cell);
			if (strcmp(part->key, key) == 0)
			{
				pfree(key);
				return part;
			}
		}

	part = MemoryContextAllocZero(model->context, sizeof(NtkNamedPart));
	part->key = MemoryContextStrdup(model->context, key);
	load_part(model, part, values, all_rows);
	entry = hash_search(model->parts, &hash, HASH_ENTER, &found);
	if (!found)
		entry->parts = NIL;
	before = MemoryContextSwitchTo(model->context);
	entry->parts = lappend(entry->parts, part);
	MemoryContextSwitchTo(before);
	return part;
}

static void
refuse_group(const NtkNamedModel *model, char *const *values)
{
	StringInfoData group;

	initStringInfo(&group);
	for (int g = 0; g < model->group_count; g++)
		appendStringInfo(&group, "%s\"%s\" is %s%s%s", g > 0 ? ", " : "", model->grouping[g],
						 values[g] ? "\"" : "", values[g] ? values[g] : "null",
						 values[g] ? "\"" : "");
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("model \"%s\" knows no rows of this group", model->name),
			 errdetail("%s.", group.data)));
}

NtkNamedPart *
ntk_named_part(NtkNamedModel *model, char *const *values)
{
	NtkNamedPart *part;

	if (model->all_rows)
		return model->all_rows;
	part = part_of(model, values, model->group_count == 0);
	if (!part->pin && model->group_count > 0)
	{
		if (model->refuses_unseen)
			refuse_group(model, values);
		part = part_of(model, NULL, true);
	}
	if (!part->pin)
		refuse_damage(model);
	if (model->group_count == 0)
		model->all_rows = part;
	return part;
}

NtkPreparedModel *
ntk_named_prepared(const NtkNamedPart *part)
{
	return ntk_pin_object(part->pin);
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
				 errmsg("ntk_catalog_changed is a trigger")));
	relation = get_relname_relid("ntk_catalog_model",
								 RelationGetNamespace(trigger->tg_relation));
	if (OidIsValid(relation))
		CacheInvalidateRelcacheByRelid(relation);
	PG_RETURN_POINTER(NULL);
}
