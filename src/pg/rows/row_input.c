/*
 * row_input.c
 *		Rows, taken apart.
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

void
ntk_row_set_type(NtkRow *row, TupleDesc type)
{
	MemoryContext old;

	row->id = 0;
	MemoryContextReset(row->context);
	old = MemoryContextSwitchTo(row->context);
	row->type = CreateTupleDescCopy(type);
	row->values = palloc0(sizeof(Datum) * Max(type->natts, 1));
	row->nulls = palloc(sizeof(bool) * Max(type->natts, 1));
	memset(row->nulls, true, sizeof(bool) * type->natts);
	MemoryContextSwitchTo(old);
}

void
ntk_row_take(NtkRow *row, HeapTuple tuple)
{
	heap_deform_tuple(tuple, row->type, row->values, row->nulls);
}

static void
row_look_up_type(NtkRow *row, Oid type, int32 typmod)
{
	TupleDesc	shared = lookup_rowtype_tupdesc(type, typmod);

	ntk_row_set_type(row, shared);
	ReleaseTupleDesc(shared);
	/* only now: before the look-up, a parallel worker does not have an anonymous type's */
	row->id = assign_record_type_identifier(type, typmod);
}

bool
ntk_row_read(NtkRow *row, Datum composite)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(composite);
	Oid			type = HeapTupleHeaderGetTypeId(header);
	int32		typmod = HeapTupleHeaderGetTypMod(header);
	bool		differs = row->id == 0 || row->id != assign_record_type_identifier(type, typmod);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header),.t_data = header};

	if (differs)
		row_look_up_type(row, type, typmod);
	ItemPointerSetInvalid(&tuple.t_self);
	ntk_row_take(row, &tuple);
	return differs;
}
