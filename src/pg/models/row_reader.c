/*
 * row_reader.c
 *		Binding a model's columns to those of rows.
 */
#include "pg/models/row_reader.h"

/* place of a column in the row, or -1 */
static int
reader_place_of(TupleDesc row, const char *name)
{
	for (int i = 0; i < row->natts; i++)
		if (!TupleDescAttr(row, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(row, i)->attname), name) == 0)
			return i;
	return -1;
}

void
ntk_reader_bind(NtkRowReader *reader, NtkNamedModel *model, const NtkRow *row)
{
	reader->model = model;
	reader->row = row;
	reader->binding = ntk_encoding_bind(model->record.encoding, row->type);
	reader->x = palloc(sizeof(double) * Max(ntk_encoding_inputs(model->record.encoding), 1));
	reader->groups = palloc(sizeof(NtkGroupColumn) * Max(model->record.group_count, 1));
	for (int g = 0; g < model->record.group_count; g++)
	{
		int			place = reader_place_of(row->type, model->record.grouping[g]);

		if (place < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the row has no column \"%s\"", model->record.grouping[g]),
					 errdetail("Model \"%s\" is grouped by it.", model->record.name)));
		ntk_row_key_begin(&reader->groups[g].key, TupleDescAttr(row->type, place)->atttypid);
		reader->groups[g].place = place;
	}
}

bool
ntk_reader_encode(NtkRowReader *reader)
{
	return ntk_encoding_apply(reader->binding, reader->row->values, reader->row->nulls, reader->x);
}

NtkNamedPart *
ntk_reader_part(const NtkRowReader *reader)
{
	NtkNamedModel *model = reader->model;
	NtkNamedPart *part;
	char	  **texts;

	if (model->record.group_count == 0)
		return ntk_named_part(model, NULL);
	texts = palloc(sizeof(char *) * model->record.group_count);
	for (int g = 0; g < model->record.group_count; g++)
	{
		NtkGroupColumn *column = (NtkGroupColumn *) &reader->groups[g];

		texts[g] = reader->row->nulls[column->place] ? NULL
			: ntk_row_key(&column->key, reader->row->values[column->place]);
	}
	part = ntk_named_part(model, texts);
	for (int g = 0; g < model->record.group_count; g++)
		if (texts[g])
			pfree(texts[g]);
	pfree(texts);
	return part;
}
