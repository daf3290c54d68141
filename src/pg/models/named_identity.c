/*
 * named_identity.c
 *		Looking up two rows of the catalog, for every statement that predicts: by their indexes,
 *		since a query would cost as much as the prediction, and far more with row security.
 */
#include "pg/models/named_identity.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef struct IdentityScan
{
	Relation	table;
	SysScanDesc scan;
} IdentityScan;

static void
identity_key(ScanKey key, Relation table, const char *column, RegProcedure equal, Datum value)
{
	AttrNumber	attribute = get_attnum(RelationGetRelid(table), column);

	if (attribute == InvalidAttrNumber)
		elog(ERROR, "column \"%s\" of relation \"%s\" is not there", column,
			 RelationGetRelationName(table));
	ScanKeyEntryInitialize(key, 0, attribute, BTEqualStrategyNumber, InvalidOid,
						   TupleDescAttr(table->rd_att, attribute - 1)->attcollation, equal, value);
}

/* the row of a table, for a version if that is asked for; NULL if there is none */
static HeapTuple
identity_find(IdentityScan *scan, Oid schema, const char *table, const char *index,
			  Datum model, const int32 *version)
{
	Oid			relation = get_relname_relid(table, schema);
	Oid			key = get_relname_relid(index, schema);
	ScanKeyData keys[2];

	scan->table = NULL;
	if (!OidIsValid(relation))
		return NULL;
	scan->table = table_open(relation, AccessShareLock);
	identity_key(&keys[0], scan->table, "model", F_TEXTEQ, model);
	if (version)
		identity_key(&keys[1], scan->table, "version", F_INT4EQ, Int32GetDatum(*version));
	scan->scan = systable_beginscan(scan->table, key, OidIsValid(key), GetActiveSnapshot(),
									version ? 2 : 1, keys);
	return systable_getnext(scan->scan);
}

static void
identity_end(IdentityScan *scan)
{
	if (!scan->table)
		return;
	systable_endscan(scan->scan);
	table_close(scan->table, AccessShareLock);
}

/* the row of the model; whether it names a version */
static bool
identity_of_model(Oid schema, Datum model, NtkModelIdentity *identity)
{
	IdentityScan scan;
	HeapTuple	row = identity_find(&scan, schema, "ntk_catalog_model", "ntk_catalog_model_pkey",
									model, NULL);
	bool		serves = false;

	if (row)
	{
		AttrNumber	attribute = get_attnum(RelationGetRelid(scan.table), "deployed");
		bool		is_null = true;
		Datum		deployed = (Datum) 0;

		if (attribute != InvalidAttrNumber)
			deployed = heap_getattr(row, attribute, RelationGetDescr(scan.table), &is_null);
		serves = !is_null;
		identity->version = is_null ? 0 : DatumGetInt32(deployed);
		identity->model_xmin = HeapTupleHeaderGetRawXmin(row->t_data);
		identity->model_at = row->t_self;
	}
	identity_end(&scan);
	return serves;
}

static bool
identity_of_version(Oid schema, Datum model, NtkModelIdentity *identity)
{
	IdentityScan scan;
	HeapTuple	row = identity_find(&scan, schema, "ntk_catalog_version",
									"ntk_catalog_version_pkey", model, &identity->version);

	if (row)
	{
		identity->version_xmin = HeapTupleHeaderGetRawXmin(row->t_data);
		identity->version_at = row->t_self;
	}
	identity_end(&scan);
	return row != NULL;
}

bool
ntk_identity_read(Oid schema, const char *name, NtkModelIdentity *identity)
{
	Datum		model = CStringGetTextDatum(name);
	bool		serves;

	memset(identity, 0, sizeof(*identity));
	serves = ActiveSnapshotSet() && identity_of_model(schema, model, identity) &&
		identity_of_version(schema, model, identity);
	pfree(DatumGetPointer(model));
	return serves;
}
