/*
 * row_input.h
 *		Rows given as one argument, taken apart.
 */
#ifndef NTK_ROW_INPUT_H
#define NTK_ROW_INPUT_H

#include "pg/base/compat.h"

#include "access/tupdesc.h"

typedef struct NtkRow
{
	MemoryContext context;		/* of the row type's things; emptied when another one comes */
	uint64		id;				/* of the row type's present definition */
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

#endif
