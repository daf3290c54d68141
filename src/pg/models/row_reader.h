/*
 * row_reader.h
 *		Rows of a table for a model by name: their inputs, and the group they belong to.
 */
#ifndef NTK_ROW_READER_H
#define NTK_ROW_READER_H

#include "pg/models/named_model.h"
#include "pg/rows/row_key.h"

typedef struct NtkGroupColumn
{
	int			place;			/* in the row */
	NtkRowKey	key;
} NtkGroupColumn;

typedef struct NtkRowReader
{
	NtkNamedModel *model;
	TupleDesc	row;
	NtkBinding *binding;
	NtkGroupColumn *groups;		/* one a grouping column */
	Datum	   *values;			/* of the row's columns, for the caller to fill; NULLs so far */
	bool	   *nulls;
	double	   *x;				/* inputs, once encoded */
} NtkRowReader;

/* For rows of this type, in the current context; an error if a column is missing. */
extern void ntk_reader_bind(NtkRowReader *reader, NtkNamedModel *model, TupleDesc row);

/* values and nulls to x; false: the row is to be left out. */
extern bool ntk_reader_encode(NtkRowReader *reader);

/* The part of the model for the row's group, until the next call of ntk_named_part. */
extern NtkNamedPart *ntk_reader_part(const NtkRowReader *reader);

#endif
