/*
 * column_value.c
 *		Values of ordinary columns, read as numbers and as labels.
 */
#include "pg/rows/column_value.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

const char *const ntk_kind_names[NTK_KINDS] = {
	"number", "boolean", "category", "time", "array", "constant"
};

const char *const ntk_part_names[NTK_TIME_PARTS] = {"epoch", "hour", "dow", "doy"};

static bool
column_is_number(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return true;
		default:
			return false;
	}
}

/* of a type that is no domain */
static NtkKind
column_kind_of(Oid type)
{
	if (column_is_number(type))
		return NTK_KIND_NUMBER;
	switch (type)
	{
		case BOOLOID:
			return NTK_KIND_BOOLEAN;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case CHAROID:
		case UUIDOID:
			return NTK_KIND_CATEGORY;
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
			return NTK_KIND_TIME;
		default:
			return column_is_number(get_element_type(type)) ? NTK_KIND_ARRAY : NTK_KIND_NONE;
	}
}

/* the function that makes an array of a value, if both are of one extension */
static Oid
column_array_cast(Oid type)
{
	Oid			function;

	return find_coercion_pathway(FLOAT4ARRAYOID, type, COERCION_EXPLICIT, &function) ==
		COERCION_PATH_FUNC ? function : InvalidOid;
}

/*
 * Types of other extensions. Anybody can make a type of any name, and a function behind a cast, but not
 * one that belongs to an extension.
 */
static NtkColumnType
column_type_of_extension(Oid type)
{
	NtkColumnType result = {NTK_KIND_NONE, type};
	Oid			extension = getExtensionOfObject(TypeRelationId, type);
	char	   *name = OidIsValid(extension) ? get_extension_name(extension) : NULL;

	if (!name || OidIsValid(get_element_type(type)))
		return result;
	if (strcmp(name, "citext") == 0)
		result = (NtkColumnType) {NTK_KIND_CATEGORY, NTK_CASELESS};
	else if (strcmp(name, "vector") == 0)
	{
		Oid			cast = column_array_cast(type);

		if (OidIsValid(cast) && getExtensionOfObject(ProcedureRelationId, cast) == extension)
			result.kind = NTK_KIND_ARRAY;
	}
	pfree(name);
	return result;
}

NtkColumnType
ntk_column_type(Oid type)
{
	NtkColumnType result;

	result.type = getBaseType(type);
	if (get_typtype(result.type) == TYPTYPE_ENUM)
	{
		result.kind = NTK_KIND_CATEGORY;
		result.type = ANYENUMOID;
	}
	else
		result.kind = column_kind_of(result.type);
	if (result.kind == NTK_KIND_NONE && result.type >= FirstNormalObjectId)
		result = column_type_of_extension(result.type);
	return result;
}

double
ntk_column_number(Oid type, Datum value)
{
	switch (type)
	{
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case INT2OID:
			return DatumGetInt16(value);
		case BOOLOID:
			return DatumGetBool(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		default:
			elog(ERROR, "type %u is not a number", type);
	}
}

NtkTimeScale
ntk_time_scale(Oid type)
{
	return type == TIMEOID ? NTK_SCALE_TIME
		: type == INTERVALOID ? NTK_SCALE_INTERVAL : NTK_SCALE_DATE;
}

int
ntk_time_parts(NtkTimeScale scale)
{
	return scale == NTK_SCALE_INTERVAL ? 1 : scale == NTK_SCALE_TIME ? 2 : NTK_TIME_PARTS;
}

/* the parts of a time that is so many days after 2000-01-01 and this much of a day */
static void
column_split_day(int day, double passed, double parts[NTK_TIME_PARTS])
{
	const int	saturday = 6;	/* 2000-01-01 */
	int			weekday = (day % 7 + 7 + saturday) % 7;
	int			year,
				month,
				month_day,
				new_year;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &month_day);
	new_year = date2j(year, 1, 1);
	parts[NTK_PART_HOUR] = passed;
	parts[NTK_PART_DOW] = (weekday + passed) / 7;
	parts[NTK_PART_DOY] = (day + POSTGRES_EPOCH_JDATE - new_year + passed) /
		(date2j(year + 1, 1, 1) - new_year);
}

static void
column_split_date(DateADT date, double parts[NTK_TIME_PARTS])
{
	if (DATE_NOT_FINITE(date))
	{
		parts[NTK_PART_EPOCH] = DATE_IS_NOBEGIN(date) ? -INFINITY : INFINITY;
		return;
	}
	parts[NTK_PART_EPOCH] =
		((double) date + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	column_split_day(date, 0, parts);
}

static void
column_split_timestamp(Timestamp time, double parts[NTK_TIME_PARTS])
{
	int64		day = time / USECS_PER_DAY;
	int64		rest = time % USECS_PER_DAY;

	if (TIMESTAMP_NOT_FINITE(time))
	{
		parts[NTK_PART_EPOCH] = TIMESTAMP_IS_NOBEGIN(time) ? -INFINITY : INFINITY;
		return;
	}
	if (rest < 0)
	{
		day--;
		rest += USECS_PER_DAY;
	}
	parts[NTK_PART_EPOCH] = time / (double) USECS_PER_SEC +
		(double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	column_split_day((int) day, rest / (double) USECS_PER_DAY, parts);
}

static double
column_interval_seconds(const Interval *interval)
{
	if (NTK_INTERVAL_INFINITY(interval) != 0)
		return NTK_INTERVAL_INFINITY(interval) * INFINITY;
	return ((double) interval->month * DAYS_PER_MONTH + interval->day) * SECS_PER_DAY +
		interval->time / (double) USECS_PER_SEC;
}

void
ntk_column_time(Oid type, Datum value, double parts[NTK_TIME_PARTS])
{
	memset(parts, 0, sizeof(double) * NTK_TIME_PARTS);
	switch (type)
	{
		case DATEOID:
			column_split_date(DatumGetDateADT(value), parts);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			column_split_timestamp(DatumGetTimestamp(value), parts);
			break;
		case TIMEOID:
			parts[NTK_PART_EPOCH] = DatumGetTimeADT(value) / (double) USECS_PER_SEC;
			/* 24:00 is a time, too */
			parts[NTK_PART_HOUR] = fmod(parts[NTK_PART_EPOCH] / SECS_PER_DAY, 1);
			break;
		case INTERVALOID:
			parts[NTK_PART_EPOCH] = column_interval_seconds(DatumGetIntervalP(value));
			break;
		default:
			elog(ERROR, "type %u is not a time", type);
	}
}

ArrayType *
ntk_column_array(Oid type, Datum value)
{
	if (type >= FirstNormalObjectId)
		value = OidFunctionCall3(column_array_cast(type), value, Int32GetDatum(-1),
								 BoolGetDatum(true));
	return DatumGetArrayTypeP(value);
}

static void
column_label_of_text(Datum value, NtkLabel *label)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	label->text = VARDATA_ANY(text);
	label->length = VARSIZE_ANY_EXHDR(text);
	if ((Pointer) text != DatumGetPointer(value))
		label->copy = text;
}

static void
column_label_of_caseless(Datum value, NtkLabel *label)
{
	column_label_of_text(value, label);
	label->text = str_tolower(label->text, label->length, DEFAULT_COLLATION_OID);
	label->length = strlen(label->text);
	if (label->copy)
		pfree(label->copy);
	label->copy = unconstify(char *, label->text);
}

static void
column_label_of_enum(Oid value, NtkLabel *label)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid internal value for enum: %u", value)));
	strlcpy(label->room, NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel), NAMEDATALEN);
	ReleaseSysCache(tuple);
	label->text = label->room;
	label->length = strlen(label->room);
}

static void
column_label_of_uuid(const pg_uuid_t *uuid, NtkLabel *label)
{
	static const char digits[] = "0123456789abcdef";
	char	   *to = label->room;

	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digits[uuid->data[i] >> 4];
		*to++ = digits[uuid->data[i] & 15];
	}
	label->text = label->room;
	label->length = to - label->room;
}

/* as version 16 prints it, which keeps the text valid in every encoding */
static void
column_label_of_char(unsigned char value, NtkLabel *label)
{
	if (IS_HIGHBIT_SET(value))
		snprintf(label->room, sizeof(label->room), "\\%03o", value);
	else
	{
		label->room[0] = value;
		label->room[1] = '\0';
	}
	label->text = label->room;
	label->length = strlen(label->room);
}

void
ntk_column_label(Oid type, Datum value, NtkLabel *label)
{
	label->copy = NULL;
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			column_label_of_text(value, label);
			break;
		case NTK_CASELESS:
			column_label_of_caseless(value, label);
			break;
		case BPCHAROID:
			column_label_of_text(value, label);
			while (label->length > 0 && label->text[label->length - 1] == ' ')
				label->length--;
			break;
		case NAMEOID:
			label->text = NameStr(*DatumGetName(value));
			label->length = strlen(label->text);
			break;
		case ANYENUMOID:
			column_label_of_enum(DatumGetObjectId(value), label);
			break;
		case UUIDOID:
			column_label_of_uuid(DatumGetUUIDP(value), label);
			break;
		case CHAROID:
			column_label_of_char((unsigned char) DatumGetChar(value), label);
			break;
		default:
			elog(ERROR, "type %u is not a category", type);
	}
}

void
ntk_label_free(NtkLabel *label)
{
	if (label->copy)
		pfree(label->copy);
}

void
ntk_label_shorten(NtkLabel *label)
{
	const unsigned char *bytes = (const unsigned char *) label->text;
	int			kept;

	if (label->length <= NTK_LONGEST_LEVEL)
		return;
	kept = pg_mbcliplen(label->text, label->length, NAMEDATALEN);
	label->length = snprintf(label->room, sizeof(label->room), "%.*s... %016llx%016llx", kept,
							 label->text,
							 (unsigned long long) hash_bytes_extended(bytes, label->length, 1),
							 (unsigned long long) hash_bytes_extended(bytes, label->length, 2));
	label->text = label->room;
}

void
ntk_column_refuse(const char *column, double value)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" holds %s", column,
					isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"),
			 isnan(value) ? errhint("Set \"nan\" to \"missing\" to count NaN as a missing value.") : 0));
}
