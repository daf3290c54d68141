/*
 * apply_encoding.c
 *		Encodings, bound to row types and applied to rows.
 */
#include "pg/rows/parsed_encoding.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "pg/base/array_input.h"
#include "pg/rows/row_input.h"

typedef struct EncodingPlace
{
	int			attribute;		/* from 0 */
	Oid			type;			/* as NtkColumnType has it; invalid: all values must be NULL */
} EncodingPlace;

struct NtkBinding
{
	const NtkEncoding *encoding;
	EncodingPlace *places;		/* [encoding->n] */
};

struct NtkRowEncoder
{
	const NtkEncoding *encoding;
	NtkRow		row;
	NtkBinding *binding;		/* in row.context; NULL: not made */
};

/* Binding */

/* the place of the column in a row, from 0 */
static int
encoding_find_attribute(const NtkEncodingColumn *column, TupleDesc row)
{
	int			place = -1;

	for (int i = 0; i < row->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row, i);

		if (attribute->attisdropped || strcmp(NameStr(attribute->attname), column->name) != 0)
			continue;
		if (place >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the row has two columns \"%s\"", column->name)));
		place = i;
	}
	if (place < 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the row has no column \"%s\"", column->name)));
	return place;
}

static bool
encoding_fits(const NtkEncodingColumn *column, NtkColumnType type)
{
	if (column->kind == NTK_KIND_CONSTANT)
		return true;
	return column->kind == type.kind &&
		(type.kind != NTK_KIND_TIME || column->time_scale == ntk_time_scale(type.type));
}

/* a NULL without a type, which a sub-query makes a text */
static bool
encoding_may_be_null(Oid type)
{
	return type == TEXTOID || type == UNKNOWNOID;
}

/* what an encoding expects of a column */
static const char *const encoding_nouns[NTK_KINDS] = {
	[NTK_KIND_NUMBER] = "a number",
	[NTK_KIND_BOOLEAN] = "a boolean",
	[NTK_KIND_CATEGORY] = "a category",
	[NTK_KIND_TIME] = "a date or timestamp",
	[NTK_KIND_ARRAY] = "an array of numbers",
	[NTK_KIND_CONSTANT] = "anything",
};

static const char *
encoding_expected(const NtkEncodingColumn *column)
{
	if (column->kind == NTK_KIND_TIME && column->time_scale == NTK_SCALE_TIME)
		return "a time";
	if (column->kind == NTK_KIND_TIME && column->time_scale == NTK_SCALE_INTERVAL)
		return "an interval";
	return encoding_nouns[column->kind];
}

static void
encoding_refuse_type(const NtkEncodingColumn *column, Oid declared)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is of type %s, the encoding expects %s", column->name,
					format_type_be(declared), encoding_expected(column))));
}

NtkBinding *
ntk_encoding_bind(const NtkEncoding *encoding, TupleDesc row)
{
	NtkBinding *binding = palloc(sizeof(NtkBinding));

	binding->encoding = encoding;
	binding->places = palloc(sizeof(EncodingPlace) * encoding->n);
	for (int i = 0; i < encoding->n; i++)
	{
		const NtkEncodingColumn *column = &encoding->columns[i];
		int			attribute = encoding_find_attribute(column, row);
		Oid			declared = TupleDescAttr(row, attribute)->atttypid;
		NtkColumnType type = ntk_column_type(declared);

		if (!encoding_fits(column, type))
		{
			if (!encoding_may_be_null(declared))
				encoding_refuse_type(column, declared);
			type.type = InvalidOid;
		}
		binding->places[i] = (EncodingPlace) {attribute, type.type};
	}
	return binding;
}

/* Applying */

static void
encoding_refuse_value(const NtkEncodingColumn *column, double value, double centre)
{
	if (!isfinite(value))
		ntk_column_refuse(column->name, value);
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" holds %g, which is too far from its mean, %g", column->name,
					value, centre)));
}

static double
encoding_standardise(const NtkEncodingColumn *column, const NtkEncodingStandard *standard,
					 double value)
{
	double		result = (value - standard->mean) / standard->scale;

	if (unlikely(!isfinite(result)))
		encoding_refuse_value(column, value, standard->mean);
	return result;
}

static bool
encoding_is_far(const ntk_column_scale *scale, double value)
{
	double		beyond = value < scale->low ? scale->low - value : value - scale->high;

	return beyond > scale->high - scale->low;
}

static void
encoding_apply_number(const NtkEncodingColumn *column, double value, double *x,
					  NtkEncodingOutside *outside)
{
	const ntk_column_scale *scale = column->number;
	double		inside = value < scale->low ? scale->low : value > scale->high ? scale->high : value;

	if (unlikely(inside != value))
	{
		outside->count++;
		outside->far += encoding_is_far(scale, value);
	}
	x[0] = ntk_column_scale_apply(scale, inside);
	if (unlikely(!isfinite(value) || !isfinite(x[0])))
		encoding_refuse_value(column, value, scale->centre);
	ntk_column_scale_bins(scale, inside, x + 1);
}

static void
encoding_apply_category(const NtkEncodingColumn *column, Oid type, Datum value, double *x,
						NtkEncodingOutside *outside)
{
	NtkLabel	label;
	NtkLevel   *level;

	memset(x, 0, sizeof(double) * (column->length + column->other + column->targets));
	ntk_column_label(type, value, &label);
	level = ntk_levels_lookup(column->levels, (NtkLevelKey) {label.text, label.length});
	if (!level && label.length > NTK_LONGEST_LEVEL)
	{
		ntk_label_shorten(&label);
		level = ntk_levels_lookup(column->levels, (NtkLevelKey) {label.text, label.length});
	}
	if (level)
	{
		x[level->number] = 1;
		for (int target = 0; target < column->targets; target++)
			x[column->length + column->other + target] = column->means[target][level->number];
	}
	else if (column->other)
		x[column->length] = 1;
	else
	{
		outside->count++;
		outside->far++;
	}
	ntk_label_free(&label);
}

static void
encoding_apply_time(const NtkEncodingColumn *column, Oid type, Datum value, double *x)
{
	double		parts[NTK_TIME_PARTS];

	ntk_column_time(type, value, parts);
	if (!isfinite(parts[NTK_PART_EPOCH]))
		ntk_column_refuse(column->name, parts[NTK_PART_EPOCH]);
	for (int i = 0; i < column->length; i++)
	{
		NtkTimePart part = column->parts[i];

		if (part == NTK_PART_EPOCH)
			*x++ = encoding_standardise(column, column->standards, parts[part]);
		else
		{
			double		angle = 2 * M_PI * parts[part];

			*x++ = sin(angle);
			*x++ = cos(angle);
		}
	}
}

static void
encoding_apply_array(const NtkEncodingColumn *column, Oid type, Datum value, double *x)
{
	ArrayType  *array = ntk_column_array(type, value);

	ntk_array_check_length(column->what, ntk_array_length(array, column->what), "encoding",
						   column->length);
	ntk_array_read(array, column->what, 1, x);
	for (int i = 0; i < column->length; i++)
		x[i] = column->standards[i].scale > 0
			? encoding_standardise(column, &column->standards[i], x[i]) : 0;
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
}

/* without the indicator of a NULL */
static void
encoding_apply_value(const NtkEncodingColumn *column, Oid type, Datum value, double *x,
					 NtkEncodingOutside *outside)
{
	switch (column->kind)
	{
		case NTK_KIND_NUMBER:
			encoding_apply_number(column, ntk_column_number(type, value), x, outside);
			break;
		case NTK_KIND_BOOLEAN:
			x[0] = ntk_column_number(type, value);
			break;
		case NTK_KIND_CATEGORY:
			encoding_apply_category(column, type, value, x, outside);
			break;
		case NTK_KIND_TIME:
			encoding_apply_time(column, type, value, x);
			break;
		case NTK_KIND_ARRAY:
			encoding_apply_array(column, type, value, x);
			break;
		case NTK_KIND_CONSTANT:
		case NTK_KIND_NONE:
			break;
	}
}

static bool
encoding_is_nan(const NtkEncodingColumn *column, Oid type, Datum value)
{
	return column->kind == NTK_KIND_NUMBER && isnan(ntk_column_number(type, value));
}

static void
encoding_apply_null(const NtkEncoding *encoding, const NtkEncodingColumn *column, double *x)
{
	if (encoding->on_missing == NTK_MISSING_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("column \"%s\" is null", column->name)));
	memset(x, 0, sizeof(double) * column->inputs);
	if (column->kind == NTK_KIND_BOOLEAN)
		x[0] = column->standards->mean;
	if (column->missing)
		x[column->inputs - 1] = 1;
}

bool
ntk_encoding_apply(const NtkBinding *binding, const Datum *values, const bool *nulls, double *x)
{
	const NtkEncoding *encoding = binding->encoding;

	for (int i = 0; i < encoding->n; i++)
	{
		const NtkEncodingColumn *column = &encoding->columns[i];
		EncodingPlace place = binding->places[i];
		Datum		value = values[place.attribute];
		bool		is_null = nulls[place.attribute];
		double	   *to = x + column->at;

		if (!is_null && !OidIsValid(place.type))
			encoding_refuse_type(column, TEXTOID);
		if (!is_null && encoding->on_nan == NTK_NAN_MISSING)
			is_null = encoding_is_nan(column, place.type, value);
		if (is_null)
		{
			if (encoding->on_missing == NTK_MISSING_SKIP)
				return false;
			encoding_apply_null(encoding, column, to);
			continue;
		}
		encoding_apply_value(column, place.type, value, to, &encoding->outside[i]);
		if (column->missing)
			to[column->inputs - 1] = 0;
	}
	return true;
}

/* Rows */

NtkRowEncoder *
ntk_encoding_row_begin(const NtkEncoding *encoding)
{
	NtkRowEncoder *encoder = palloc0(sizeof(NtkRowEncoder));

	encoder->encoding = encoding;
	ntk_row_begin(&encoder->row);
	return encoder;
}

bool
ntk_encoding_row(NtkRowEncoder *encoder, Datum row, double *x)
{
	if (ntk_row_read(&encoder->row, row))
		encoder->binding = NULL;
	if (!encoder->binding)
	{
		MemoryContext old = MemoryContextSwitchTo(encoder->row.context);

		encoder->binding = ntk_encoding_bind(encoder->encoding, encoder->row.type);
		MemoryContextSwitchTo(old);
	}
	return ntk_encoding_apply(encoder->binding, encoder->row.values, encoder->row.nulls, x);
}
