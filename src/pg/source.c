/*
 * source.c
 *		ntk_source_columns: what a query that somebody names as a source would return.
 *
 * The query is parsed by itself, so that it is one statement whatever it is then made a part
 * of, and only reads.
 */
#include "pg/source.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/tuplestore.h"

#define COLUMNS 3

SPIPlanPtr
ntk_source_prepare(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);
	CachedPlanSource *source;

	if (!plan)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	if (list_length(SPI_plan_get_plan_sources(plan)) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the source must be a single query, not %d statements",
						list_length(SPI_plan_get_plan_sources(plan)))));
	source = linitial(SPI_plan_get_plan_sources(plan));
	if (!SPI_is_cursor_plan(plan) || source->commandTag != CMDTAG_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the source must be a query that only reads")));
	for (int i = 0; i < list_length(source->query_list); i++)
		if (list_nth_node(Query, source->query_list, i)->hasModifyingCTE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the source must be a query that only reads")));
	return plan;
}

/* ntk_source_columns(query) -> rows of (place, name, type) */
NTK_FUNCTION(ntk_sql_source_columns);
Datum
ntk_sql_source_columns(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SPIPlanPtr	plan;
	TupleDesc	columns;

	InitMaterializedSRF(fcinfo, 0);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = ntk_source_prepare(query);
	columns = ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->resultDesc;
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(NameStr(column->attname));
		values[2] = ObjectIdGetDatum(getBaseType(column->atttypid));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	return (Datum) 0;
}
