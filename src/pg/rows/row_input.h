/*
 * row_input.h
 *		Rows, taken apart: those given as one argument, and those of a table.
 */
#ifndef NTK_ROW_INPUT_H
#define NTK_ROW_INPUT_H

#include "pg/base/compat.h"

#include "access/htup.h"
#include "access/tupdesc.h"

typedef struct NtkRow
{
	MemoryContext context;		/* of the row type's things; emptied when another one comes */
	uint64		id;				/* of the row type's present definition; 0: it was set */
	TupleDesc	type;
	Datum	   *values;			/* [type->natts] */
	bool	   *nulls;			/* [type->natts] */
} NtkRow;

/* For fn_extra and the like: a reader of rows that lives in the current memory context. */
extern void ntk_row_begin(NtkRow *row);

/*
 * Takes a composite value apart; values and nulls then point into it. Returns whether its
 * type differs from that of the row before: then the context has been emptied.
 */
extern bool ntk_row_read(NtkRow *row, Datum composite);

/*
 * For rows that are no composite values: empties the context, and sets the type, of which a copy
 * is kept. All columns are NULL then. The caller fills values and nulls, or takes a tuple of that
 * type apart.
 */
extern void ntk_row_set_type(NtkRow *row, TupleDesc type);
extern void ntk_row_take(NtkRow *row, HeapTuple tuple);

#endif
