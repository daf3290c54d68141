/*
 * row_input.c
 *		Rows given as one argument, taken apart.
 */
#include "pg/rows/row_input.h"

#include "access/htup_details.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

void
ntk_row_begin(NtkRow *row)
{
	memset(row, 0, sizeof(*row));
	row->context = AllocSetContextCreate(CurrentMemoryContext, "ntk row type",
										 ALLOCSET_SMALL_SIZES);
}

static void
row_take_type(NtkRow *row, Oid type, int32 typmod)
{
	TupleDesc	shared = lookup_rowtype_tupdesc(type, typmod);
	MemoryContext old;

	row->id = 0;
	MemoryContextReset(row->context);
	old = MemoryContextSwitchTo(row->context);
	row->type = CreateTupleDescCopy(shared);
	row->values = palloc(sizeof(Datum) * Max(shared->natts, 1));
	row->nulls = palloc(sizeof(bool) * Max(shared->natts, 1));
	MemoryContextSwitchTo(old);
	ReleaseTupleDesc(shared);
	/* only now: before the look-up, a parallel worker does not know an anonymous type's */
	row->id = assign_record_type_identifier(type, typmod);
}

bool
ntk_row_read(NtkRow *row, Datum composite)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(composite);
	Oid			type = HeapTupleHeaderGetTypeId(header);
	int32		typmod = HeapTupleHeaderGetTypMod(header);
	bool		differs = row->id == 0 || row->id != assign_record_type_identifier(type, typmod);
	HeapTupleData tuple;

	if (differs)
		row_take_type(row, type, typmod);
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, row->type, row->values, row->nulls);
	return differs;
}
