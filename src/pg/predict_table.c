/*
 * predict_table.c
 *		ntk_predict_rows: scoring many rows with a model by name, block by block.
 *
 * Rows come through a cursor and predictions go to a tuplestore, which spills to disk: memory
 * does not grow with the rows. Groups of a model share its map, so that a block has
 * its features computed at once whatever groups its rows belong to.
 */
#include "pg/row_reader.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "pg/module.h"
#include "pg/progress.h"
#include "pg/source.h"

#define BLOCK NTK_MAX_BLOCK		/* rows */
#define COLUMNS 3				/* id, prediction, label */

typedef struct Scorer
{
	MemoryContext context;		/* of what outlives a block */
	NtkNamedModel *model;
	NtkRowReader reader;
	int			id;				/* place of the column that names rows */
	FmgrInfo	id_output;
	NtkPreparedModel *any;		/* of whose map all parts are */
	double	   *rows;			/* [BLOCK][row_length] */
	float	   *z;				/* [BLOCK][width] */
	NtkNamedPart *part[BLOCK];	/* NULL: the row is left out */
	ReturnSetInfo *result;
} Scorer;

static void
prepare(Scorer *scorer, TupleDesc row, const char *id)
{
	Oid			output;
	bool		is_varlena;

	ntk_reader_bind(&scorer->reader, scorer->model, row);
	scorer->id = -1;
	for (int i = 0; i < row->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(row, i)->attname), id) == 0)
			scorer->id = i;
	if (scorer->id < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the source has no column \"%s\", which key names", id)));
	getTypeOutputInfo(TupleDescAttr(row, scorer->id)->atttypid, &output, &is_varlena);
	fmgr_info_cxt(output, &scorer->id_output, CurrentMemoryContext);
}

/* room for a block, once the map is known */
static void
make_room(Scorer *scorer, NtkNamedPart *part)
{
	Size		rows,
				features;

	scorer->any = ntk_named_prepared(part);
	rows = sizeof(double) * BLOCK * scorer->any->map->map.row_length;
	features = sizeof(float) * BLOCK * scorer->any->width;
	ntk_check_memory(rows + features, "scoring a block of rows");
	scorer->rows = MemoryContextAllocHuge(scorer->context, rows);
	scorer->z = MemoryContextAllocHuge(scorer->context, features);
}

/* the model's features of row i of the block, in the prepared model of its part */
static NtkPreparedModel *
features_of(const Scorer *scorer, int i)
{
	NtkPreparedModel *prepared = ntk_named_prepared(scorer->part[i]);

	for (int j = 0; j < prepared->width; j++)
		prepared->features[j] = scorer->z[(Size) i * prepared->width + j];
	return prepared;
}

static void
score(const Scorer *scorer, int i, Datum *values, bool *nulls)
{
	NtkNamedModel *model = scorer->model;
	NtkPreparedModel *prepared;
	int			best = 0;
	double		score;

	nulls[1] = scorer->part[i] == NULL;
	nulls[2] = nulls[1] || !model->is_classification;
	if (nulls[1])
		return;
	prepared = features_of(scorer, i);
	score = ntk_model_score(prepared, 0);
	for (int c = 1; c < prepared->targets; c++)
	{
		double		other = ntk_model_score(prepared, c);

		if (other > score)
		{
			score = other;
			best = c;
		}
	}
	values[1] = Float8GetDatum(score);
	if (model->is_classification)
		values[2] = PointerGetDatum(model->labels[best]);
}

/* scores the rows of SPI's tuple table */
static void
score_block(Scorer *scorer)
{
	SPITupleTable *table = SPI_tuptable;
	int			n = (int) SPI_processed;
	int			used = 0;
	int			place[BLOCK];

	for (int i = 0; i < n; i++)
	{
		heap_deform_tuple(table->vals[i], scorer->reader.row, scorer->reader.values,
						  scorer->reader.nulls);
		scorer->part[i] = NULL;
		if (!ntk_reader_encode(&scorer->reader))
			continue;
		scorer->part[i] = ntk_reader_part(&scorer->reader);
		if (!scorer->any)
			make_room(scorer, scorer->part[i]);
		ntk_map_read(&scorer->any->map->map, scorer->reader.x,
					 scorer->rows + (Size) used * scorer->any->map->map.row_length);
		place[used++] = i;
	}
	if (used > 0)
		ntk_map_columns(scorer->any->map, scorer->rows, used, scorer->z);
	/* to the places of their rows, from behind, since no row moves forward */
	for (int k = used - 1; k >= 0; k--)
		if (place[k] != k)
			memcpy(scorer->z + (Size) place[k] * scorer->any->width,
				   scorer->z + (Size) k * scorer->any->width, sizeof(float) * scorer->any->width);

	for (int i = 0; i < n; i++)
	{
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS];
		bool		is_null;
		Datum		id = heap_getattr(table->vals[i], scorer->id + 1, table->tupdesc, &is_null);

		nulls[0] = is_null;
		if (!is_null)
			values[0] = CStringGetTextDatum(OutputFunctionCall(&scorer->id_output, id));
		score(scorer, i, values, nulls);
		tuplestore_putvalues(scorer->result->setResult, scorer->result->setDesc, values, nulls);
	}
}

/* ntk_predict_rows(model, query, id) -> rows of (id, prediction, label) */
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
	scorer->model = ntk_named_hold(get_func_namespace(fcinfo->flinfo->fn_oid), name);
	PG_TRY();
	{
		for (;;)
		{
			MemoryContext before;

			SPI_cursor_fetch(portal, true, BLOCK);
			if (SPI_processed == 0)
				break;
			done += SPI_processed;
			if (!scorer->reader.binding)
				prepare(scorer, SPI_tuptable->tupdesc, id);
			before = MemoryContextSwitchTo(block);
			score_block(scorer);
			MemoryContextSwitchTo(before);
			MemoryContextReset(block);
			SPI_freetuptable(SPI_tuptable);
			ntk_progress_done(&progress, done);
			CHECK_FOR_INTERRUPTS();
		}
	}
	PG_FINALLY();
	{
		ntk_named_release(scorer->model);
	}
	PG_END_TRY();
	SPI_cursor_close(portal);
	SPI_finish();
	return (Datum) 0;
}
