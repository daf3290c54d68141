/*
 * named_catalog.c
 *		Queries of the catalog, and checks of what they return.
 */
#include "pg/models/named_catalog.h"

#include <float.h>
#include <math.h>

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pg/base/module.h"

#include "core/regression/calibrate.h"

typedef enum CatalogQuery
{
	CATALOG_CHECK,
	CATALOG_READ,
	CATALOG_PART,
	CATALOG_PART_AT,
	CATALOG_QUERIES
} CatalogQuery;

#define SERVING \
	" FROM %1$s.ntk_catalog_model AS m LEFT JOIN %1$s.ntk_catalog_version AS v " \
	"ON v.model OPERATOR(pg_catalog.=) m.model AND v.version OPERATOR(pg_catalog.=) m.deployed " \
	"WHERE m.model OPERATOR(pg_catalog.=) $1"
#define PART \
	" FROM %1$s.ntk_catalog_part AS p WHERE p.model OPERATOR(pg_catalog.=) $1 " \
	"AND p.version OPERATOR(pg_catalog.=) $2 AND p.grp OPERATOR(pg_catalog.=) $3"
#define IDENTITY "m.deployed, v.version, m.xmin, v.xmin, m.ctid, v.ctid"

static const struct
{
	int			arguments;
	const char *text;			/* of the query, for the schema's name */
} catalog_queries[CATALOG_QUERIES] = {
	[CATALOG_CHECK] = {1, "SELECT " IDENTITY SERVING},
	[CATALOG_READ] = {1, "SELECT " IDENTITY ", m.task, m.features, m.group_by, "
		"m.params OPERATOR(pg_catalog.->>) 'unseen', v.encoding, v.labels, v.map, m.centre, "
		"m.log_target" SERVING},
	[CATALOG_PART] = {3, "SELECT p.xmin, p.ctid, p.fitted, p.calibration, p.temperature, "
		"p.smearing" PART},
	[CATALOG_PART_AT] = {3, "SELECT p.xmin, p.ctid" PART},
};

/* plans for the schema in which the extension was last seen */
static SPIPlanPtr catalog_plans[CATALOG_QUERIES];
static Oid	catalog_schema = InvalidOid;
static char catalog_schema_name[NAMEDATALEN];

/* a schema may be renamed, and the plans hold its name */
static void
catalog_check_plans(Oid schema)
{
	char	   *name = get_namespace_name(schema);

	if (!name)
		elog(ERROR, "cache lookup failed for schema %u", schema);
	if (schema == catalog_schema && strcmp(name, catalog_schema_name) == 0)
	{
		pfree(name);
		return;
	}
	for (int i = 0; i < CATALOG_QUERIES; i++)
	{
		SPIPlanPtr	plan = catalog_plans[i];

		catalog_plans[i] = NULL;
		if (plan)
			SPI_freeplan(plan);
	}
	catalog_schema = schema;
	strlcpy(catalog_schema_name, name, NAMEDATALEN);
	pfree(name);
}

static SPIPlanPtr
catalog_plan(CatalogQuery query)
{
	Oid			types[] = {TEXTOID, INT4OID, TEXTARRAYOID};

	if (!catalog_plans[query])
	{
		char	   *text = psprintf(catalog_queries[query].text,
									quote_identifier(catalog_schema_name));
		SPIPlanPtr	plan = SPI_prepare(text, catalog_queries[query].arguments, types);

		if (!plan)
			elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
		SPI_keepplan(plan);
		catalog_plans[query] = plan;
		pfree(text);
	}
	return catalog_plans[query];
}

/* at most one row, in SPI_tuptable; between SPI_connect and SPI_finish */
static bool
catalog_execute(CatalogQuery query, Datum *arguments)
{
	if (SPI_execute_plan(catalog_plan(query), arguments, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "reading the catalog of models failed");
	return SPI_processed > 0;
}

/* What is read in one go has one snapshot. Returns whether it had to be made. */
static bool
catalog_open(Oid schema)
{
	bool		pushed = !ActiveSnapshotSet();

	if (pushed)
		PushActiveSnapshot(GetTransactionSnapshot());
	catalog_check_plans(schema);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	return pushed;
}

static void
catalog_close(bool pushed)
{
	SPI_finish();
	if (pushed)
		PopActiveSnapshot();
}

static Datum
catalog_column(int number, bool *is_null)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number, is_null);
}

void
ntk_catalog_refuse_name(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" does not exist", name),
			 errhint("The view ntk_models lists the models that you may use.")));
}

void
ntk_catalog_refuse(const NtkModelRecord *model, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("version %d of model \"%s\" is damaged", model->version, model->name),
			 errdetail("%s", detail),
			 errhint("Deploy another version, or train the model again.")));
}

/* where a row is, from the columns that hold its xmin and ctid */
static void
catalog_take_place(int xmin, int ctid, TransactionId *id, ItemPointerData *at)
{
	bool		is_null;

	*id = DatumGetTransactionId(catalog_column(xmin, &is_null));
	*at = *(ItemPointer) DatumGetPointer(catalog_column(ctid, &is_null));
}

/* from the columns of IDENTITY, which are the first ones */
static void
catalog_take_identity(const char *name, NtkModelIdentity *identity)
{
	bool		is_null;
	int			deployed = DatumGetInt32(catalog_column(1, &is_null));

	if (is_null)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" has no version that serves", name),
				 errhint("Deploy one with ntk_deploy.")));
	memset(identity, 0, sizeof(*identity));
	identity->version = deployed;
	catalog_column(2, &is_null);
	if (is_null)
		ntk_catalog_refuse(&(NtkModelRecord) {.name = (char *) name,.version = deployed},
						   "The version that serves is not there.");
	catalog_take_place(3, 5, &identity->model_xmin, &identity->model_at);
	catalog_take_place(4, 6, &identity->version_xmin, &identity->version_at);
}

void
ntk_catalog_check(Oid schema, const char *name)
{
	Datum		argument = CStringGetTextDatum(name);
	NtkModelIdentity identity;
	bool		pushed = catalog_open(schema);

	if (!catalog_execute(CATALOG_CHECK, &argument))
		ntk_catalog_refuse_name(name);
	catalog_take_identity(name, &identity);
	catalog_close(pushed);
	pfree(DatumGetPointer(argument));
}

/* Fields */

/* a field of the row that must not be NULL */
static Datum
catalog_field(const NtkModelRecord *model, int number)
{
	bool		is_null;
	Datum		value = catalog_column(number, &is_null);

	if (is_null)
		ntk_catalog_refuse(model, psprintf("\"%s\" is null.",
										   SPI_fname(SPI_tuptable->tupdesc, number)));
	return value;
}

/* a copy of a value of one of our types */
static void *
catalog_value(const NtkModelRecord *model, int number, const NtkValueKind *kind)
{
	NtkValue   *stored = ntk_value_get(catalog_field(model, number), kind);

	return memcpy(palloc(VARSIZE(stored)), stored, VARSIZE(stored));
}

/* whether a field is the second of the two words that it may be */
static bool
catalog_field_is(const NtkModelRecord *model, int number, const char *what, const char *first,
				 const char *second)
{
	bool		is_null;
	Datum		value = catalog_column(number, &is_null);
	char	   *word = is_null ? NULL : TextDatumGetCString(value);

	if (word && strcmp(word, first) == 0)
		return false;
	if (!word || strcmp(word, second) != 0)
		ntk_catalog_refuse(model, psprintf("%s is neither \"%s\" nor \"%s\".", what, first,
										   second));
	return true;
}

static int
catalog_compare_texts(const void *a, const void *b)
{
	const text *one = *(text *const *) a;
	const text *other = *(text *const *) b;
	int			length = VARSIZE_ANY_EXHDR(one);

	if (length != (int) VARSIZE_ANY_EXHDR(other))
		return length < (int) VARSIZE_ANY_EXHDR(other) ? -1 : 1;
	return memcmp(VARDATA_ANY(one), VARDATA_ANY(other), length);
}

static void
catalog_refuse_repeats(const NtkModelRecord *model, const char *field, text *const *texts,
					   int count)
{
	text	  **sorted = palloc(sizeof(text *) * Max(count, 1));

	memcpy(sorted, texts, sizeof(text *) * count);
	qsort(sorted, count, sizeof(text *), catalog_compare_texts);
	for (int i = 1; i < count; i++)
		if (catalog_compare_texts(&sorted[i - 1], &sorted[i]) == 0)
			ntk_catalog_refuse(model, psprintf("\"%s\" holds an element twice.", field));
	pfree(sorted);
}

/* the elements of a text[] that is a list of different texts, most of them */
static text **
catalog_texts(const NtkModelRecord *model, int number, int most, int *count)
{
	const char *field = SPI_fname(SPI_tuptable->tupdesc, number);
	ArrayType  *array = DatumGetArrayTypePCopy(catalog_field(model, number));
	Datum	   *elements;
	text	  **texts;

	if (ARR_NDIM(array) > 1)
		ntk_catalog_refuse(model, psprintf("\"%s\" has %d dimensions.", field, ARR_NDIM(array)));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ntk_catalog_refuse(model, psprintf("\"%s\" holds a null.", field));
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (*count > most)
		ntk_catalog_refuse(model, psprintf("\"%s\" has %d elements, %d are possible.", field,
										   *count, most));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, count);
	texts = palloc(sizeof(text *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		texts[i] = DatumGetTextPP(elements[i]);
	pfree(elements);
	catalog_refuse_repeats(model, field, texts, *count);
	return texts;
}

/* the same, of names of columns */
static char **
catalog_names(const NtkModelRecord *model, int number, int *count)
{
	text	  **texts = catalog_texts(model, number, MaxTupleAttributeNumber, count);
	char	  **names = palloc(sizeof(char *) * Max(*count, 1));

	for (int i = 0; i < *count; i++)
	{
		names[i] = text_to_cstring(texts[i]);
		if (names[i][0] == '\0' || strlen(names[i]) >= NAMEDATALEN)
			ntk_catalog_refuse(model, psprintf("Element %d of \"%s\" is no name of a column.",
											   i + 1, SPI_fname(SPI_tuptable->tupdesc, number)));
	}
	pfree(texts);
	return names;
}

static bool
catalog_is_feature(const NtkModelRecord *model, const char *name)
{
	for (int i = 0; i < model->feature_count; i++)
		if (strcmp(model->features[i], name) == 0)
			return true;
	return false;
}

/* what is wrong with the contents of an encoding is said by who parses it */
static NtkEncoding *
catalog_encoding(const NtkModelRecord *model, int number)
{
	MemoryContext own = CurrentMemoryContext;
	Jsonb	   *stored = DatumGetJsonbPCopy(catalog_field(model, number));
	NtkEncoding *volatile encoding = NULL;

	PG_TRY();
	{
		encoding = ntk_encoding_parse(stored);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(own);
		error = CopyErrorData();
		FlushErrorState();
		ntk_catalog_refuse(model, psprintf("\"encoding\": %s.", error->message));
	}
	PG_END_TRY();
	pfree(stored);
	for (int i = 0; i < ntk_encoding_columns(encoding); i++)
		if (!catalog_is_feature(model, ntk_encoding_column(encoding, i)))
			ntk_catalog_refuse(model, psprintf("Column \"%s\" of \"encoding\" is no feature.",
											   ntk_encoding_column(encoding, i)));
	return encoding;
}

static void
catalog_take_labels(NtkModelRecord *model, int number)
{
	bool		is_null;

	catalog_column(number, &is_null);
	if (model->is_classification)
	{
		model->labels = catalog_texts(model, number, NTK_MAX_TARGETS, &model->label_count);
		if (model->label_count == 0)
			ntk_catalog_refuse(model, "\"labels\" is empty.");
	}
	else if (!is_null)
		ntk_catalog_refuse(model, "A model of regression has \"labels\".");
}

/* what was fitted instead of the target itself */
static void
catalog_take_target(NtkModelRecord *model, int number)
{
	bool		no_centre,
				no_log;
	Datum		centre = catalog_column(number, &no_centre);
	Datum		log = catalog_column(number + 1, &no_log);

	if (no_centre || !isfinite(DatumGetFloat8(centre)))
		ntk_catalog_refuse(model, "\"centre\" is not finite.");
	if (no_log)
		ntk_catalog_refuse(model, "\"log_target\" is null.");
	model->centre = DatumGetFloat8(centre);
	model->is_log = DatumGetBool(log);
	if (model->is_classification && (model->is_log || model->centre != 0))
		ntk_catalog_refuse(model, "A model of classification has \"centre\" or \"log_target\".");
}

NtkMapValue *
ntk_catalog_read(NtkModelRecord *model, NtkModelIdentity *identity)
{
	MemoryContext own = CurrentMemoryContext;
	Datum		argument = CStringGetTextDatum(model->name);
	bool		pushed = catalog_open(model->schema);
	NtkMapValue *map;

	if (!catalog_execute(CATALOG_READ, &argument))
		ntk_catalog_refuse_name(model->name);
	catalog_take_identity(model->name, identity);
	MemoryContextSwitchTo(own);
	model->version = identity->version;
	model->is_classification =
		catalog_field_is(model, 7, "\"task\"", "regression", "classification");
	model->features = catalog_names(model, 8, &model->feature_count);
	model->grouping = catalog_names(model, 9, &model->group_count);
	model->refuses_unseen = catalog_field_is(model, 10, "\"unseen\" of \"params\"", "pooled", "error");
	model->encoding = catalog_encoding(model, 11);
	catalog_take_labels(model, 12);
	catalog_take_target(model, 14);
	map = catalog_value(model, 13, &ntk_map_kind);
	if (map->input_dim != ntk_encoding_inputs(model->encoding))
		ntk_catalog_refuse(model, psprintf("\"encoding\" has %d inputs, \"map\" %d.",
										   ntk_encoding_inputs(model->encoding), map->input_dim));
	catalog_close(pushed);
	MemoryContextSwitchTo(own);
	pfree(DatumGetPointer(argument));
	return map;
}

/* _ntk_check_model(name): an error if predictions would refuse the version that serves */
NTK_FUNCTION(ntk_sql_check_model);
Datum
ntk_sql_check_model(PG_FUNCTION_ARGS)
{
	NtkModelRecord model = {
		.schema = get_func_namespace(fcinfo->flinfo->fn_oid),
		.name = text_to_cstring(PG_GETARG_TEXT_PP(0)),
	};
	NtkModelIdentity identity;

	pfree(ntk_catalog_read(&model, &identity));
	PG_RETURN_VOID();
}

/* Parts */

static ArrayType *
catalog_group(char *const *values, int count)
{
	Datum	   *texts = palloc(sizeof(Datum) * Max(count, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(count, 1));
	int			low = 1;

	if (count == 0)
		return construct_empty_array(TEXTOID);
	for (int i = 0; i < count; i++)
	{
		nulls[i] = values[i] == NULL;
		texts[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(values[i]);
	}
	return construct_md_array(texts, nulls, 1, &count, &low, TEXTOID, -1, false, TYPALIGN_INT);
}

/*
 * Whether the row of a part is in the newest snapshot as it is in ours: what is not must not
 * be kept, since there will be no other notice of its change. A parallel plan cannot ask.
 */
static bool
catalog_part_is_newest(Datum *arguments, TransactionId xmin, const ItemPointerData *at)
{
	TransactionId newest_xmin;
	ItemPointerData newest_at;
	bool		is_newest = false;

	if (IsInParallelMode())
		return false;
	PushActiveSnapshot(GetLatestSnapshot());
	if (catalog_execute(CATALOG_PART_AT, arguments))
	{
		catalog_take_place(1, 2, &newest_xmin, &newest_at);
		is_newest = newest_xmin == xmin && memcmp(&newest_at, at, sizeof(newest_at)) == 0;
	}
	PopActiveSnapshot();
	return is_newest;
}

/* a calibration that multiplies all scores by the same */
static double *
catalog_uniform_calibration(int classes, double slope)
{
	double	   *calibration = palloc0(sizeof(double) * NTK_CALIBRATION_ROWS * classes);

	for (int k = 0; k < classes; k++)
		calibration[classes + k] = slope;
	return calibration;
}

/* Parts that were trained before there were calibrations have a temperature instead. */
static double *
catalog_calibration(const NtkModelRecord *model)
{
	int			classes = model->label_count;
	bool		is_null;
	Datum		stored = catalog_column(4, &is_null);
	ArrayType  *array;
	double	   *calibration;
	double		temperature;

	if (!is_null)
	{
		array = DatumGetArrayTypePCopy(stored);
		if (ARR_NDIM(array) != 2 || ARR_DIMS(array)[0] != NTK_CALIBRATION_ROWS ||
			ARR_DIMS(array)[1] != classes || array_contains_nulls(array))
			ntk_catalog_refuse(model, psprintf("\"calibration\" has not %d rows of %d numbers.",
											   NTK_CALIBRATION_ROWS, classes));
		calibration = (double *) ARR_DATA_PTR(array);
		for (int i = 0; i < NTK_CALIBRATION_ROWS * classes; i++)
			if (!isfinite(calibration[i]) || (i >= 2 * classes && calibration[i] < 0))
				ntk_catalog_refuse(model,
								   "\"calibration\" holds a number that is not possible.");
		return calibration;
	}
	stored = catalog_column(5, &is_null);
	temperature = is_null ? 1 : DatumGetFloat8(stored);
	if (!(temperature > 0) || isinf(temperature))
		ntk_catalog_refuse(model, "\"temperature\" is not positive and finite.");
	return catalog_uniform_calibration(classes, Min(1 / temperature, DBL_MAX));
}

static double
catalog_smearing(const NtkModelRecord *model)
{
	bool		is_null;
	Datum		stored = catalog_column(6, &is_null);
	double		smearing = is_null ? 1 : DatumGetFloat8(stored);

	if (!(smearing > 0) || isinf(smearing))
		ntk_catalog_refuse(model, "\"smearing\" is not positive and finite.");
	return smearing;
}

static void
catalog_take_part(const NtkModelRecord *model, NtkPartRecord *part)
{
	int			targets = model->is_classification ? model->label_count : 1;

	part->fitted = catalog_value(model, 3, &ntk_model_kind);
	if (!ntk_model_map(part->fitted))
		ntk_catalog_refuse(model, "\"fitted\" has no map.");
	if (part->fitted->targets != targets)
		ntk_catalog_refuse(model, psprintf("\"fitted\" has %d targets, not %d.",
										   part->fitted->targets, targets));
	part->calibration = model->is_classification ? catalog_calibration(model) : NULL;
	part->smearing = catalog_smearing(model);
}

bool
ntk_catalog_read_part(const NtkModelRecord *model, char *const *values, int count,
					  NtkPartRecord *part)
{
	MemoryContext own = CurrentMemoryContext;
	Datum		arguments[] = {
		CStringGetTextDatum(model->name), Int32GetDatum(model->version),
		PointerGetDatum(catalog_group(values, count))
	};
	bool		pushed = catalog_open(model->schema);
	bool		found = catalog_execute(CATALOG_PART, arguments);

	if (found)
	{
		TransactionId xmin;
		ItemPointerData at;
		MemoryContext spi = MemoryContextSwitchTo(own);

		catalog_take_part(model, part);
		MemoryContextSwitchTo(spi);
		catalog_take_place(1, 2, &xmin, &at);
		part->is_newest = catalog_part_is_newest(arguments, xmin, &at);
	}
	catalog_close(pushed);
	MemoryContextSwitchTo(own);
	return found;
}
