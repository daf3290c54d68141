/*
 * source.c
 *		Sources of rows: queries that only read, and with whose rights they run.
 *
 * A source is parsed by itself, so that it is one statement whatever it is then made a part
 * of. It is stored as the server writes it under an empty search_path, so that it means the
 * same in every session.
 *
 * Text that is stored may be changed by everybody who has the privileges of its owner. It runs
 * with these and no more, as the query of a materialized view does when another role refreshes it:
 * as the owner, in a security-restricted operation, which cannot take other rights or leave
 * something behind in the session.
 */
#include "pg/models/source.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/tuplestore.h"

#include "pg/types/role.h"

#define COLUMNS 3

static void
source_refuse_writing(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the source must be a query that only reads")));
}

static void
source_check_single(int statements)
{
	if (statements != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the source must be a single query, not %d statements", statements)));
}

SPIPlanPtr
ntk_source_prepare(const char *query)
{
	SPIPlanPtr	plan = SPI_prepare(query, 0, NULL);
	CachedPlanSource *source;

	if (!plan)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	source_check_single(list_length(SPI_plan_get_plan_sources(plan)));
	source = linitial(SPI_plan_get_plan_sources(plan));
	if (!SPI_is_cursor_plan(plan) || source->commandTag != CMDTAG_SELECT)
		source_refuse_writing();
	for (int i = 0; i < list_length(source->query_list); i++)
		if (list_nth_node(Query, source->query_list, i)->hasModifyingCTE)
			source_refuse_writing();
	return plan;
}

/* the analysed query, before rules and policies are applied to it */
static Query *
source_analyse(const char *text)
{
	List	   *statements = pg_parse_query(text);
	Query	   *query;

	source_check_single(list_length(statements));
	query = parse_analyze_fixedparams(linitial_node(RawStmt, statements), text, NULL, 0, NULL);
	if (query->commandType != CMD_SELECT || query->rowMarks != NIL || query->hasModifyingCTE)
		source_refuse_writing();
	return query;
}

static void
source_set_path(const char *path)
{
	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

/* _ntk_qualified(query) -> the same query, for the search_path pg_catalog, pg_temp */
NTK_FUNCTION(ntk_sql_qualified);
Datum
ntk_sql_qualified(PG_FUNCTION_ARGS)
{
	Query	   *query = source_analyse(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	int			level = NewGUCNestLevel();
	char	   *text;

	source_set_path("pg_catalog, pg_temp");
	text = pg_get_querydef(query, false);
	AtEOXact_GUC(true, level);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}

/* _ntk_source_columns(query) -> rows of (place, name, type) */
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

/* the arguments from the third on, as the parameters of a query */
static ParamListInfo
source_parameters_of(FunctionCallInfo fcinfo)
{
	int			n = PG_NARGS() - 2;
	ParamListInfo parameters = makeParamList(n);

	for (int i = 0; i < n; i++)
	{
		parameters->params[i].value = PG_GETARG_DATUM(i + 2);
		parameters->params[i].isnull = PG_ARGISNULL(i + 2);
		parameters->params[i].pflags = PARAM_FLAG_CONST;
		parameters->params[i].ptype = get_fn_expr_argtype(fcinfo->flinfo, i + 2);
	}
	return parameters;
}

static void
source_check_owner(Oid owner)
{
	if (!ntk_role_may_act(owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be able to act as role \"%s\" to run its query",
						ntk_role_name(owner)),
				 errdetail("This needs its privileges, inherited, and the right to SET ROLE.")));
}

/*
 * _ntk_run(owner, query, parameters...) -> the query's rows. owner: with whose rights it
 * runs, a role of which the caller has the privileges; NULL: with the caller's. The query sees
 * what is committed now, and can be planned with workers.
 */
NTK_FUNCTION(ntk_sql_run);
Datum
ntk_sql_run(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *query;
	SPIExecuteOptions options = {.read_only = false,.must_return_tuples = true};
	Oid			role;
	int			context;
	int			level;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the query must not be null")));
	query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	level = NewGUCNestLevel();
	GetUserIdAndSecContext(&role, &context);
	if (!PG_ARGISNULL(0) && PG_GETARG_OID(0) != role)
	{
		source_check_owner(PG_GETARG_OID(0));
		SetUserIdAndSecContext(PG_GETARG_OID(0), context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
	}
	source_set_path("pg_catalog, pg_temp");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	options.params = source_parameters_of(fcinfo);
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult,
									result->econtext->ecxt_per_query_memory, false,
									result->setDesc,
									"the query's rows are not what the caller expects");
	if (SPI_execute_extended(query, &options) < 0)
		elog(ERROR, "SPI_execute_extended failed");
	SPI_finish();

	/* an error restores these as well, at the end of the (sub)transaction */
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(role, context);
	return (Datum) 0;
}
