/*
 * row_reader.h
 *		Rows of a table for a model by name: their inputs, and the group they belong to.
 */
#ifndef NTK_ROW_READER_H
#define NTK_ROW_READER_H

#include "pg/models/named_model.h"
#include "pg/rows/row_input.h"
#include "pg/rows/row_key.h"

typedef struct NtkGroupColumn
{
	int			place;			/* in the row */
	NtkRowKey	key;
} NtkGroupColumn;

typedef struct NtkRowReader
{
	NtkNamedModel *model;
	const NtkRow *row;			/* the one at hand, the caller's */
	NtkBinding *binding;
	NtkGroupColumn *groups;		/* one per grouping column */
	double	   *x;				/* inputs, once encoded */
} NtkRowReader;

/*
 * For rows of row's type, in the current context; an error if a column is missing. To be repeated
 * when the model or that type is another one.
 */
extern void ntk_reader_bind(NtkRowReader *reader, NtkNamedModel *model, const NtkRow *row);

/* the row at hand to x; false: it is to be left out. */
extern bool ntk_reader_encode(NtkRowReader *reader);

/* The part of the model for the row's group, until the next call of ntk_named_part. */
extern NtkNamedPart *ntk_reader_part(const NtkRowReader *reader);

#endif
