/*
 * array_input.c
 *		Checked access to arrays of numbers of every element type people use.
 */
#include "pg/base/array_input.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

void
ntk_array_refuse_nulls(ArrayType *array, const char *name)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bits8	   *present = ARR_NULLBITMAP(array);

	for (int i = 0; present && i < n; i++)
		if (!(present[i / 8] & (1 << (i % 8))))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("element %d of %s is null", i + 1, name)));
}

int
ntk_array_count(ArrayType *array, const char *name)
{
	int			length;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be a one-dimensional array", name),
				 errdetail("It has %d dimensions.", ARR_NDIM(array))));
	length = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	ntk_array_refuse_nulls(array, name);
	return length;
}

int
ntk_array_length(ArrayType *array, const char *name)
{
	int			length = ntk_array_count(array, name);

	if (length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR), errmsg("%s must not be empty", name)));
	return length;
}

void
ntk_array_check_length(const char *name, int length, const char *whose, int wanted)
{
	if (length != wanted)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s has length %d, the %s expects %d", name, length, whose, wanted)));
}

void
ntk_check_finite(double value, const char *name)
{
	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must be finite, not %s", name,
						isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity")));
}

double
ntk_finite_result(double result, const char *what)
{
	if (!isfinite(result))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s exceeds the range of type double precision", what),
				 errhint("Rescale the inputs or the targets of the model.")));
	return result;
}

static void
array_refuse_element(const double *values, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(values[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("element %d of %s must be finite, not %s", i + 1, name,
							isnan(values[i]) ? "NaN" : values[i] > 0 ? "Infinity"
							: "-Infinity")));
}

/* 1 if some value is infinite or NaN: integer arithmetic, which vectorises */
static int
array_any_not_finite(const double *values, int n)
{
	int			bad = 0;

	for (int i = 0; i < n; i++)
	{
		uint64		bits;

		memcpy(&bits, values + i, sizeof(bits));
		bad |= (bits & UINT64CONST(0x7ff0000000000000)) == UINT64CONST(0x7ff0000000000000);
	}
	return bad;
}

/* types whose values have no fixed length */
static void
array_read_numeric(ArrayType *array, double *out)
{
	Datum	   *elements;
	int			n;

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		out[i] = DatumGetFloat8(DirectFunctionCall1(numeric_float8, elements[i]));
		CHECK_FOR_INTERRUPTS(); /* a microsecond each */
	}
	pfree(elements);
}

static void
array_refuse_type(ArrayType *array, const char *name)
{
	Oid			type = get_array_type(ARR_ELEMTYPE(array));

	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s must be an array of numbers", name),
			 OidIsValid(type) ? errdetail("Its type is %s.", format_type_be(type)) : 0,
			 errhint("Cast it to an array of numbers, such as double precision[].")));
}

#define READ(type) \
	do { \
		const type *from = (const type *) ARR_DATA_PTR(array); \
		for (int i = 0; i < n; i++) \
			out[i] = (double) from[i]; \
	} while (0)

void
ntk_array_read(ArrayType *array, const char *name, double scale, double *out)
{
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	switch (ARR_ELEMTYPE(array))
	{
		case FLOAT4OID:
			READ(float4);
			break;
		case FLOAT8OID:
			READ(float8);
			break;
		case INT2OID:
			READ(int16);
			break;
		case INT4OID:
			READ(int32);
			break;
		case INT8OID:
			READ(int64);
			break;
		case NUMERICOID:
			array_read_numeric(array, out);
			break;
		default:
			array_refuse_type(array, name);
	}
	if (array_any_not_finite(out, n))
		array_refuse_element(out, n, name);
	if (scale != 1.0)
		for (int i = 0; i < n; i++)
			out[i] *= scale;
}

void
ntk_bytes_read(bytea *bytes, const char *name, const char *whose, int n, double *out)
{
	const unsigned char *byte = (const unsigned char *) VARDATA_ANY(bytes);

	ntk_array_check_length(name, VARSIZE_ANY_EXHDR(bytes), whose, n);
	for (int i = 0; i < n; i++)
		out[i] = byte[i];
}

static void
array_read_row(ArrayType *array, const char *name, const char *whose, int n, double *out)
{
	ntk_array_check_length(name, ntk_array_length(array, name), whose, n);
	ntk_array_read(array, name, 1.0, out);
}

ArrayType *
ntk_array_from_text(text *literal, const char *name)
{
	const int	shown = 40;
	char	   *string = text_to_cstring(literal);
	int			length = strlen(string);

	if (!strchr(string, '{'))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("%s must be an array of numbers, not \"%.*s%s\"", name,
						pg_mbcliplen(string, length, shown), string,
						length > shown ? "..." : ""),
				 errhint("Write an array such as '{1,2.5}'. A row of bytes needs a cast: '\\x00ff'::bytea.")));
	return DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN, string, FLOAT8OID, -1));
}

ArrayType *
ntk_row_array(Datum row, NtkRowForm form, const char *name)
{
	return form == NTK_ROW_TEXT ? ntk_array_from_text(DatumGetTextPP(row), name)
		: DatumGetArrayTypeP(row);
}

void
ntk_numbers_read(Datum row, NtkRowForm form, const char *name, const char *whose, int n,
				 double *out)
{
	struct varlena *value = form == NTK_ROW_BYTES ? PG_DETOAST_DATUM_PACKED(row)
		: (struct varlena *) ntk_row_array(row, form, name);

	if (form == NTK_ROW_BYTES)
		ntk_bytes_read(value, name, whose, n, out);
	else
		array_read_row((ArrayType *) value, name, whose, n, out);
	if ((Pointer) value != DatumGetPointer(row))
		pfree(value);
}

NtkRowForm
ntk_row_form(FunctionCallInfo fcinfo, int argument)
{
	Oid		   *types;
	int			n;

	get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
	return types[argument] == BYTEAOID ? NTK_ROW_BYTES
		: types[argument] == TEXTOID ? NTK_ROW_TEXT : NTK_ROW_ARRAY;
}

NtkRowForm
ntk_row_form_kept(FunctionCallInfo fcinfo, int argument)
{
	NtkRowForm *form = fcinfo->flinfo->fn_extra;

	if (!form)
	{
		form = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(NtkRowForm));
		*form = ntk_row_form(fcinfo, argument);
		fcinfo->flinfo->fn_extra = form;
	}
	return *form;
}

double
ntk_weight_argument(FunctionCallInfo fcinfo, int argument, const char *hint)
{
	double		weight = argument > 0 ? PG_GETARG_FLOAT8(argument) : 1.0;

	ntk_check_finite(weight, "weight");
	if (weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must not be negative, not %g", weight),
				 hint ? errhint("%s", hint) : 0));
	return weight;
}

ArrayType *
ntk_array_zeros(Oid type, Size rows, int columns, const char *what, const char *hint)
{
	int			ndim = columns > 0 ? 2 : 1;
	Size		n = rows * Max(columns, 1);
	Size		bytes = ARR_OVERHEAD_NONULLS(ndim) +
		n * (type == FLOAT4OID ? sizeof(float4) : sizeof(float8));
	ArrayType  *array;

	if (!AllocSizeIsValid(bytes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s of %zu numbers exceeds the maximum size of a value", what, n),
				 hint ? errhint("%s", hint) : 0));
	array = palloc0(bytes);
	SET_VARSIZE(array, bytes);
	array->ndim = ndim;
	array->elemtype = type;
	ARR_DIMS(array)[0] = (int) rows;
	ARR_LBOUND(array)[0] = 1;
	if (ndim == 2)
	{
		ARR_DIMS(array)[1] = columns;
		ARR_LBOUND(array)[1] = 1;
	}
	return array;
}

ArrayType *
ntk_array_make(const double *values, int rows, int columns)
{
	ArrayType  *array = ntk_array_zeros(FLOAT8OID, rows, columns, "array", NULL);

	memcpy(ARR_DATA_PTR(array), values, sizeof(double) * rows * Max(columns, 1));
	return array;
}
