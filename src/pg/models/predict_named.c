/*
 * predict_named.c
 *		Scoring rows with models by name: ntk_predict, ntk_classify, ntk_proba, ntk_interval.
 */
#include "pg/models/row_reader.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

/* What a call site keeps between rows. */
typedef struct NamedSite
{
	MemoryContext context;
	MemoryContextCallback callback;
	Oid			schema;
	Oid			type;			/* of what is to be scored, below domains */
	bool		is_array;
	NtkNamedUse use;
	NtkRow		row;
	MemoryContext bound;		/* of what depends on model and row type: */
	bool		is_bound;
	Oid			element;		/* of an array, once bound */
	NtkRowReader reader;
} NamedSite;

static void
site_release(void *argument)
{
	NamedSite  *site = argument;

	ntk_named_release(&site->use);
}

static NamedSite *
site_of(FunctionCallInfo fcinfo)
{
	NamedSite  *site = fcinfo->flinfo->fn_extra;

	if (!site)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;
		MemoryContext before;

		site = MemoryContextAllocZero(context, sizeof(NamedSite));
		site->context = context;
		site->schema = get_func_namespace(fcinfo->flinfo->fn_oid);
		site->type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, 1));
		site->is_array = OidIsValid(get_element_type(site->type));
		site->bound = AllocSetContextCreate(context, "ntk_sketch row", ALLOCSET_SMALL_SIZES);
		before = MemoryContextSwitchTo(context);
		ntk_row_begin(&site->row);
		MemoryContextSwitchTo(before);
		site->callback.func = site_release;
		site->callback.arg = site;
		MemoryContextRegisterResetCallback(context, &site->callback);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

static void
site_unbind(NamedSite *site)
{
	site->is_bound = false;
	site->element = InvalidOid;
	MemoryContextReset(site->bound);
}

static NtkNamedModel *
site_find_model(NamedSite *site, text *name)
{
	if (ntk_named_use(&site->use, site->schema, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)))
		site_unbind(site);
	return site->use.model;
}

/* everything that depends on the model and the type of the rows */
static void
site_bind(NamedSite *site)
{
	MemoryContext before;

	site_unbind(site);
	before = MemoryContextSwitchTo(site->bound);
	ntk_reader_bind(&site->reader, site->use.model, &site->row);
	MemoryContextSwitchTo(before);
	site->is_bound = true;
}

static void
site_take_row(NamedSite *site, Datum row)
{
	if (ntk_row_read(&site->row, row) || !site->is_bound)
		site_bind(site);
}

/*
 * The columns that an array stands for: all features, in their order; or the one array that
 * the model sees, whatever other features did not vary and so are left out.
 */
static TupleDesc
site_columns_of_array(const NtkNamedModel *model, Oid element)
{
	bool		whole = ntk_encoding_is_array(model->record.encoding);
	TupleDesc	row = CreateTemplateTupleDesc(whole ? 1 : model->record.feature_count);

	if (whole)
		TupleDescInitEntry(row, 1, ntk_encoding_column(model->record.encoding, 0),
						   get_array_type(element), -1, 0);
	else
		for (int i = 0; i < model->record.feature_count; i++)
			TupleDescInitEntry(row, i + 1, model->record.features[i], FLOAT8OID, -1, 0);
	return row;
}

static void
site_take_array(NamedSite *site, ArrayType *array)
{
	NtkNamedModel *model = site->use.model;
	NtkRow	   *row = &site->row;
	int			n = ntk_array_length(array, "row");
	Oid			element = ARR_ELEMTYPE(array);
	bool		whole = ntk_encoding_is_array(model->record.encoding);
	double	   *numbers;

	if (!whole)
		ntk_array_check_length("row", n, "model", model->record.feature_count);
	if (model->record.group_count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" is grouped: its input must be a row, not an array",
						model->record.name)));
	if (site->element != element)
	{
		TupleDesc	columns = site_columns_of_array(model, element);

		ntk_row_set_type(row, columns);
		FreeTupleDesc(columns);
		site_bind(site);
		site->element = element;
	}
	memset(row->nulls, false, sizeof(bool) * row->type->natts);
	if (whole)
	{
		row->values[0] = PointerGetDatum(array);
		return;
	}
	numbers = palloc(sizeof(double) * n);
	ntk_array_read(array, "row", 1.0, numbers);
	for (int i = 0; i < n; i++)
		row->values[i] = Float8GetDatum(numbers[i]);
	pfree(numbers);
}

static void
site_check_task(const NtkNamedModel *model, bool is_classification, const char *instead)
{
	if (model->record.is_classification == is_classification)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("model \"%s\" is a %s model", model->record.name,
					model->record.is_classification ? "classification" : "regression"),
			 errhint("Use %s.", instead)));
}

/* an untyped literal such as '{1,2}' arrives as text */
static bool
site_is_array_literal(text *literal)
{
	return VARSIZE_ANY_EXHDR(literal) > 0 && VARDATA_ANY(literal)[0] == '{';
}

/*
 * The part for the row of a call (model name, row), with the row's features; NULL if the row is
 * to be left out. instead names functions for a model of the other task.
 */
static NtkNamedPart *
site_score(FunctionCallInfo fcinfo, NamedSite *site, bool is_classification, const char *instead)
{
	Oid			type = site->type;
	NtkNamedPart *part;

	site_check_task(site_find_model(site, PG_GETARG_TEXT_PP(0)), is_classification, instead);
	if (site->is_array)
		site_take_array(site, PG_GETARG_ARRAYTYPE_P(1));
	else if (type == TEXTOID && site_is_array_literal(PG_GETARG_TEXT_PP(1)))
		site_take_array(site, ntk_array_from_text(PG_GETARG_TEXT_PP(1), "row"));
	else if (type_is_rowtype(type))
		site_take_row(site, PG_GETARG_DATUM(1));
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a row or an array is needed, not a value of type %s",
						format_type_be(type)),
				 errhint("Name the table: SELECT ntk_predict('%s', t) FROM my_table AS t.",
						 site->use.model->record.name)));
	if (!ntk_reader_encode(&site->reader))
		return NULL;
	ntk_encoding_tell_outside(site->reader.model->record.encoding);
	part = ntk_reader_part(&site->reader);
	ntk_map_read(&part->model.map->map, site->reader.x, part->model.row);
	ntk_model_featurize(&part->model);
	return part;
}

/* ntk_predict(model name, row) */
NTK_FUNCTION(ntk_sql_named_predict);
Datum
ntk_sql_named_predict(PG_FUNCTION_ARGS)
{
	NamedSite  *site = site_of(fcinfo);
	NtkNamedPart *part = site_score(fcinfo, site, false, "ntk_classify or ntk_proba");

	if (!part)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ntk_named_predict(site->use.model, part));
}

/* ntk_interval(model name, row, level) -> (lo, hi) */
NTK_FUNCTION(ntk_sql_named_interval);
Datum
ntk_sql_named_interval(PG_FUNCTION_ARGS)
{
	NamedSite  *site = site_of(fcinfo);
	NtkNamedPart *part = site_score(fcinfo, site, false, "ntk_proba");
	double		level = PG_GETARG_FLOAT8(2);
	TupleDesc	result;
	Datum		values[2];
	bool		nulls[2] = {false};
	double		score,
				margin;

	if (!(level > 0 && level < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("level must be greater than 0 and less than 1, not %g", level)));
	if (!part)
		PG_RETURN_NULL();
	if (!part->model.posterior_form)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" was trained without its uncertainty", site->use.model->record.name),
				 errhint("Train it with params => '{\"uncertainty\": true}'.")));
	if (get_call_result_type(fcinfo, NULL, &result) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ntk_interval must return a row");
	score = ntk_named_score(site->use.model, part, 0);
	margin = ntk_t_quantile((1 - level) / 2, ntk_model_df(&part->model)) *
		ntk_model_std(&part->model);
	values[0] = Float8GetDatum(ntk_named_in_unit(site->use.model, score - margin));
	values[1] = Float8GetDatum(ntk_named_in_unit(site->use.model, score + margin));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(result), values, nulls)));
}

/* ntk_classify(model name, row) -> the label of the largest probability */
NTK_FUNCTION(ntk_sql_named_classify);
Datum
ntk_sql_named_classify(PG_FUNCTION_ARGS)
{
	NamedSite  *site = site_of(fcinfo);
	NtkNamedPart *part = site_score(fcinfo, site, true, "ntk_predict");
	double	   *probabilities;
	int			best;

	if (!part)
		PG_RETURN_NULL();
	probabilities = palloc(sizeof(double) * site->use.model->record.label_count);
	best = ntk_named_classify(site->use.model, part, probabilities);
	pfree(probabilities);
	PG_RETURN_TEXT_P(PG_DETOAST_DATUM_COPY(PointerGetDatum(site->use.model->record.labels[best])));
}

/* ntk_proba(model name, row) -> {label: probability} */
NTK_FUNCTION(ntk_sql_named_proba);
Datum
ntk_sql_named_proba(PG_FUNCTION_ARGS)
{
	NamedSite  *site = site_of(fcinfo);
	NtkNamedPart *part = site_score(fcinfo, site, true, "ntk_predict");
	NtkNamedModel *model = site->use.model;
	JsonbParseState *state = NULL;
	JsonbValue *result;
	double	   *probabilities;

	if (!part)
		PG_RETURN_NULL();
	probabilities = palloc(sizeof(double) * model->record.label_count);
	ntk_named_classify(model, part, probabilities);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int c = 0; c < model->record.label_count; c++)
	{
		JsonbValue	key = {.type = jbvString};
		JsonbValue	value = {.type = jbvNumeric};

		key.val.string.val = VARDATA_ANY(model->record.labels[c]);
		key.val.string.len = VARSIZE_ANY_EXHDR(model->record.labels[c]);
		value.val.numeric = DatumGetNumeric(
			DirectFunctionCall1(float8_numeric, Float8GetDatum(probabilities[c])));
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	result = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result));
}
