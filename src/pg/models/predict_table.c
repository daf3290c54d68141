/*
 * predict_table.c
 *		_ntk_predict_rows: scoring many rows with a model by name, block by block.
 *
 * Rows come through a cursor and predictions go to a tuplestore, which spills to disk: memory
 * does not grow with the rows. Groups of a model share its map, so that a block has its
 * features computed at once whatever groups its rows belong to; the group of a row is looked
 * for only when it is scored, since the parts of groups make room for each other.
 */
#include "pg/models/row_reader.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "pg/base/module.h"
#include "pg/base/progress.h"
#include "pg/models/source.h"

#define BLOCK NTK_MAX_BLOCK		/* rows */
#define COLUMNS 3				/* id, prediction, label */

typedef struct Scorer
{
	MemoryContext context;		/* of what outlives a block */
	NtkNamedUse use;
	NtkRow		row;
	NtkRowReader reader;
	int			id;				/* place of the column that names rows */
	FmgrInfo	id_output;
	double	   *rows;			/* [BLOCK][row_length] */
	float	   *z;				/* [BLOCK][width] */
	ReturnSetInfo *result;
} Scorer;

static void
scorer_prepare(Scorer *scorer, TupleDesc row, const char *id)
{
	Oid			output;
	bool		is_varlena;

	ntk_row_begin(&scorer->row);
	ntk_row_set_type(&scorer->row, row);
	ntk_reader_bind(&scorer->reader, scorer->use.model, &scorer->row);
	scorer->id = -1;
	for (int i = 0; i < row->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(row, i)->attname), id) == 0)
			scorer->id = i;
	if (scorer->id < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\", the key", id)));
	getTypeOutputInfo(TupleDescAttr(row, scorer->id)->atttypid, &output, &is_varlena);
	fmgr_info_cxt(output, &scorer->id_output, CurrentMemoryContext);
}

static void
scorer_make_room(Scorer *scorer)
{
	const NtkPreparedModel *model = &scorer->use.model->scorer;
	Size		rows = sizeof(double) * BLOCK * model->row_length;
	Size		features = sizeof(float) * BLOCK * model->width;

	ntk_check_memory(rows + features, "scoring a block of rows");
	scorer->rows = MemoryContextAllocHuge(scorer->context, rows);
	scorer->z = MemoryContextAllocHuge(scorer->context, features);
}

/*
 * Inputs of the rows of SPI's tuple table, one after the other. place: of each, -1 for a row
 * that is left out. Returns the number of those that are not.
 */
static int
scorer_encode_block(Scorer *scorer, int place[BLOCK])
{
	const NtkPreparedModel *model = &scorer->use.model->scorer;
	int			used = 0;

	for (int i = 0; i < (int) SPI_processed; i++)
	{
		ntk_row_take(&scorer->row, SPI_tuptable->vals[i]);
		place[i] = -1;
		if (!ntk_reader_encode(&scorer->reader))
			continue;
		ntk_map_read(&model->map->map, scorer->reader.x,
					 scorer->rows + (Size) used * model->row_length);
		place[i] = used++;
	}
	return used;
}

/* prediction, or label and its probability, of the row that was taken, whose features are z */
static void
scorer_score(const Scorer *scorer, const float *z, Datum *values, bool *nulls)
{
	NtkNamedModel *model = scorer->use.model;
	NtkNamedPart *part = ntk_reader_part(&scorer->reader);

	for (int j = 0; j < part->model.width; j++)
		part->model.features[j] = z[j];
	nulls[1] = false;
	nulls[2] = !model->record.is_classification;
	if (model->record.is_classification)
	{
		double	   *probabilities = palloc(sizeof(double) * model->record.label_count);
		int			best = ntk_named_classify(model, part, probabilities);

		values[1] = Float8GetDatum(probabilities[best]);
		values[2] = PointerGetDatum(model->record.labels[best]);
		pfree(probabilities);
	}
	else
		values[1] = Float8GetDatum(ntk_named_predict(model, part));
}

/* scores the rows of SPI's tuple table */
static void
scorer_score_block(Scorer *scorer)
{
	SPITupleTable *table = SPI_tuptable;
	const NtkPreparedModel *model = &scorer->use.model->scorer;
	int			n = (int) SPI_processed;
	int			place[BLOCK];
	int			used = scorer_encode_block(scorer, place);

	if (used > 0)
		ntk_map_columns(model->map, scorer->rows, used, scorer->z);
	for (int i = 0; i < n; i++)
	{
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {false, true, true};
		Datum		id = heap_getattr(table->vals[i], scorer->id + 1, table->tupdesc, &nulls[0]);

		if (!nulls[0])
			values[0] = CStringGetTextDatum(OutputFunctionCall(&scorer->id_output, id));
		if (place[i] >= 0)
		{
			if (scorer->use.model->record.group_count > 0)
				ntk_row_take(&scorer->row, table->vals[i]); /* again, for its group */
			scorer_score(scorer, scorer->z + (Size) place[i] * model->width, values, nulls);
		}
		tuplestore_putvalues(scorer->result->setResult, scorer->result->setDesc, values, nulls);
	}
}

/* _ntk_predict_rows(model, query, id) -> rows of (id, prediction, label) */
NTK_FUNCTION(ntk_sql_predict_rows);
Datum
ntk_sql_predict_rows(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *id = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Scorer	   *scorer = palloc0(sizeof(Scorer));
	NtkProgress progress = ntk_progress_begin("ntk_predict_table", "rows", 0, false);
	MemoryContext block;
	Portal		portal;
	double		done = 0;

	InitMaterializedSRF(fcinfo, 0);
	scorer->result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	scorer->context = CurrentMemoryContext;
	block = AllocSetContextCreate(CurrentMemoryContext, "ntk_sketch block", ALLOCSET_DEFAULT_SIZES);
	portal = SPI_cursor_open(NULL, ntk_source_prepare(query), NULL, NULL, true);
	PG_TRY();
	{
		ntk_named_use(&scorer->use, get_func_namespace(fcinfo->flinfo->fn_oid), name, strlen(name));
		scorer_make_room(scorer);
		for (;;)
		{
			MemoryContext before;

			SPI_cursor_fetch(portal, true, BLOCK);
			if (SPI_processed == 0)
				break;
			done += SPI_processed;
			if (!scorer->reader.binding)
				scorer_prepare(scorer, SPI_tuptable->tupdesc, id);
			before = MemoryContextSwitchTo(block);
			scorer_score_block(scorer);
			MemoryContextSwitchTo(before);
			MemoryContextReset(block);
			SPI_freetuptable(SPI_tuptable);
			ntk_progress_done(&progress, done);
			CHECK_FOR_INTERRUPTS();
		}
		if (scorer->reader.model)
			ntk_encoding_tell_outside(scorer->reader.model->record.encoding);
	}
	PG_FINALLY();
	{
		ntk_named_release(&scorer->use);
	}
	PG_END_TRY();
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}
