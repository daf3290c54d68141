/*
 * row_key.c
 *		Keys of rows, and the SQL functions _ntk_key, _ntk_label and _ntk_json.
 *
 * A cast can be a function of whoever made the type, and so can one to json that the server
 * looks for. Values are written by output functions, which only superusers make.
 */
#include "pg/rows/row_key.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* Those whose output functions read no setting; any other may hold a part whose does. */
static bool
row_key_ignores_settings(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case CHAROID:
		case UUIDOID:
		case UNKNOWNOID:
			return true;
		default:
			return get_typtype(type) == TYPTYPE_ENUM;
	}
}

/* names of objects are written with their schema or without, depending on search_path */
static void
row_key_check(Oid type)
{
	switch (type)
	{
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGNAMESPACEOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGROLEOID:
		case REGTYPEOID:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("values of type %s cannot be keys", format_type_be(type)),
					 errhint("Cast them to text.")));
		default:
			break;
	}
}

void
ntk_row_key_begin(NtkRowKey *key, Oid type)
{
	Oid			output;
	bool		is_varlena;

	key->type = getBaseType(type);
	row_key_check(key->type);
	key->has_settings = !row_key_ignores_settings(key->type);
	getTypeOutputInfo(key->type, &output, &is_varlena);
	fmgr_info_cxt(output, &key->output, CurrentMemoryContext);
}

/*
 * What the output function writes when the settings it may look at have their defaults. The
 * variables are set, not the settings, which would cost more than the text.
 */
static char *
row_key_output(NtkRowKey *key, Datum value)
{
	const int	date_style = DateStyle,
				interval_style = IntervalStyle,
				float_digits = extra_float_digits,
				bytea_style = bytea_output;
	pg_tz	   *const time_zone = session_timezone;
	pg_tz	   *const utc = pg_tzset("UTC");
	char	   *text = NULL;

	PG_TRY();
	{
		DateStyle = USE_ISO_DATES;
		IntervalStyle = INTSTYLE_POSTGRES;
		extra_float_digits = 1;
		bytea_output = BYTEA_OUTPUT_HEX;
		session_timezone = utc;
		text = OutputFunctionCall(&key->output, value);
	}
	PG_FINALLY();
	{
		DateStyle = date_style;
		IntervalStyle = interval_style;
		extra_float_digits = float_digits;
		bytea_output = bytea_style;
		session_timezone = time_zone;
	}
	PG_END_TRY();
	return text;
}

static char *
row_key_trim(char *text)
{
	int			length = strlen(text);

	while (length > 0 && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return text;
}

char *
ntk_row_key(NtkRowKey *key, Datum value)
{
	switch (key->type)
	{
		case FLOAT4OID:
			if (DatumGetFloat4(value) == 0)	/* there is a negative one */
				return pstrdup("0");
			break;
		case FLOAT8OID:
			if (DatumGetFloat8(value) == 0)
				return pstrdup("0");
			break;
		case NUMERICOID:
			value = DirectFunctionCall1(numeric_trim_scale, value);
			break;
		case BPCHAROID:			/* blanks at its end do not count */
			return row_key_trim(OutputFunctionCall(&key->output, value));
		case CASHOID:			/* its currency is the server's; the smallest units of it are not */
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		default:
			break;
	}
	return key->has_settings ? row_key_output(key, value)
		: OutputFunctionCall(&key->output, value);
}

/* that of the type of the call's argument */
static NtkRowKey *
row_key_of(FunctionCallInfo fcinfo)
{
	NtkRowKey  *key = fcinfo->flinfo->fn_extra;
	MemoryContext before;

	if (key)
		return key;
	before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	key = palloc0(sizeof(NtkRowKey));
	ntk_row_key_begin(key, get_fn_expr_argtype(fcinfo->flinfo, 0));
	MemoryContextSwitchTo(before);
	fcinfo->flinfo->fn_extra = key;
	return key;
}

/* _ntk_key(value) -> text */
NTK_FUNCTION(ntk_sql_key);
Datum
ntk_sql_key(PG_FUNCTION_ARGS)
{
	char	   *written = ntk_row_key(row_key_of(fcinfo), PG_GETARG_DATUM(0));
	Datum		result = CStringGetTextDatum(written);

	pfree(written);
	PG_RETURN_DATUM(result);
}

/* what a cast to text writes under the server's default settings */
static char *
row_key_label(NtkRowKey *key, Datum value)
{
	switch (key->type)
	{
		case BOOLOID:
			return pstrdup(DatumGetBool(value) ? "true" : "false");
		case NUMERICOID:
		case CASHOID:
			return OutputFunctionCall(&key->output, value);
		default:
			return ntk_row_key(key, value);
	}
}

/* _ntk_label(value) -> text */
NTK_FUNCTION(ntk_sql_label);
Datum
ntk_sql_label(PG_FUNCTION_ARGS)
{
	char	   *written = row_key_label(row_key_of(fcinfo), PG_GETARG_DATUM(0));
	Datum		result = CStringGetTextDatum(written);

	pfree(written);
	PG_RETURN_DATUM(result);
}

/* _ntk_json(value) -> jsonb */
NTK_FUNCTION(ntk_sql_json);
Datum
ntk_sql_json(PG_FUNCTION_ARGS)
{
	JsonbValue	string = {.type = jbvString};

	if (getBaseType(get_fn_expr_argtype(fcinfo->flinfo, 0)) < FirstNormalObjectId)
		return to_jsonb(fcinfo);	/* of the server's own types, no cast is looked for */
	string.val.string.val = ntk_row_key(row_key_of(fcinfo), PG_GETARG_DATUM(0));
	string.val.string.len = strlen(string.val.string.val);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(&string));
}
