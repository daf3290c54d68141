/*
 * encoding.c
 *		Encodings: reading them, binding them to row types, applying them to rows.
 *
 * A malformed encoding is an error when it is parsed; what is parsed can be trusted.
 */
#include "pg/rows/encoding.h"

#include <math.h>

#include "access/htup_details.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/json_input.h"
#include "pg/base/module.h"
#include "pg/rows/column_value.h"
#include "pg/rows/level_table.h"
#include "pg/rows/row_input.h"

#include "core/maps/map.h"

typedef enum OnMissing
{
	MISSING_IMPUTE,
	MISSING_SKIP,
	MISSING_ERROR,
	MISSING_WAYS
} OnMissing;

static const char *const missing_names[MISSING_WAYS] = {"impute", "skip", "error"};

static const char *const scale_names[NTK_TIME_SCALES] = {"date", "time", "interval"};

typedef struct Standard
{
	double		mean;
	double		scale;			/* positive; of an element of an array, or 0: always 0 */
} Standard;

typedef struct Column
{
	char	   *name;
	char	   *what;			/* column "name" */
	NtkKind		kind;
	int			at;				/* the first of its inputs */
	int			inputs;
	bool		missing;		/* has an indicator */
	bool		other;			/* of a category */
	int			length;			/* standards, levels, or parts of a time */
	Standard   *standards;		/* [1], [length] of an array; of a boolean only the mean counts */
	ntk_levels_hash *levels;
	NtkTimeScale time_scale;
	NtkTimePart parts[NTK_TIME_PARTS];
} Column;

struct NtkEncoding
{
	OnMissing	on_missing;
	int			inputs;
	int			n;
	Column	   *columns;		/* [n] */
};

typedef struct Place
{
	int			attribute;		/* from 0 */
	Oid			type;			/* as NtkColumnType has it */
} Place;

struct NtkBinding
{
	const NtkEncoding *encoding;
	Place	   *places;			/* [encoding->n] */
};

struct NtkRowEncoder
{
	const NtkEncoding *encoding;
	NtkRow		row;
	NtkBinding *binding;		/* in row.context; NULL: not made */
};

/* Parsing */

/* an object, what errors call it, and the keys it may have, separated by ", " */
typedef struct Object
{
	JsonbContainer *container;
	const char *where;
	const char *known;
} Object;

static bool
is_listed(const char *list, const char *key)
{
	size_t		length = strlen(key);

	while (list)
	{
		if (strncmp(list, key, length) == 0 && (list[length] == ',' || list[length] == '\0'))
			return strchr(key, ',') == NULL;
		list = strstr(list, ", ");
		if (list)
			list += 2;
	}
	return false;
}

static void
check_key(const char *key, const JsonbValue *value pg_attribute_unused(), void *argument)
{
	const Object *object = argument;

	if (!is_listed(object->known, key))
		ntk_json_refuse_key(object->where, key, object->known);
}

static void
check_keys(Object *object)
{
	ntk_json_each(object->container, object->where, check_key, object);
}

/* the value of a key, or NULL */
static JsonbValue *
find(const Object *object, const char *key)
{
	return getKeyJsonValueFromContainer(object->container, key, strlen(key), NULL);
}

static JsonbValue *
get(const Object *object, const char *key)
{
	JsonbValue *value = find(object, key);

	if (!value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has no %s", object->where, key)));
	return value;
}

/* how errors call the value of a key */
static char *
call(const Object *object, const char *key)
{
	return psprintf("%s of %s", key, object->where);
}

static bool
get_flag(const Object *object, const char *key)
{
	JsonbValue *value = find(object, key);

	return value && ntk_json_boolean(call(object, key), value);
}

static double
get_number(const Object *object, const char *key)
{
	return ntk_json_number(call(object, key), get(object, key));
}

/* the place of the value of a key among names; absent: the first if it may be, or an error */
static int
get_choice(const Object *object, const char *key, bool may_be_absent,
		   const char *const *names, int n)
{
	JsonbValue *value = may_be_absent ? find(object, key) : get(object, key);
	char	   *what;

	if (!value)
		return 0;
	what = call(object, key);
	return ntk_name_index(psprintf("%s:", what), ntk_json_string(what, value), names, n);
}

typedef void (*TakeElement) (int i, JsonbValue *value, void *argument);

/* the array at a key; returns the number of its elements */
static int
get_array(const Object *object, const char *key, JsonbContainer **array)
{
	JsonbValue *value = get(object, key);

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array", call(object, key))));
	*array = value->val.binary.data;
	return JsonContainerSize(*array);
}

static void
each_element(JsonbContainer *array, TakeElement take, void *argument)
{
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	value;
	int			i = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			take(i++, &value, argument);
}

static void
check_scale(const char *what, double scale, bool may_be_zero)
{
	if (!(scale > 0 || (may_be_zero && scale == 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must %s, not %g", what,
						may_be_zero ? "not be negative" : "be positive", scale)));
}

static void
parse_standard(const Object *object, Standard *standard)
{
	standard->mean = get_number(object, "mean");
	standard->scale = get_number(object, "scale");
	check_scale(call(object, "scale"), standard->scale, false);
}

typedef struct Numbers
{
	const char *what;
	bool		is_scale;
	Standard   *standards;
} Numbers;

static void
take_number(int i, JsonbValue *value, void *argument)
{
	const Numbers *numbers = argument;
	char	   *what = psprintf("element %d of %s", i + 1, numbers->what);
	double		number = ntk_json_number(what, value);

	if (numbers->is_scale)
	{
		check_scale(what, number, true);
		numbers->standards[i].scale = number;
	}
	else
		numbers->standards[i].mean = number;
	pfree(what);
}

static void
parse_numbers(const Object *object, const char *key, Column *column)
{
	JsonbContainer *array;
	Numbers		numbers = {
		.what = call(object, key),
		.is_scale = strcmp(key, "scale") == 0,
		.standards = column->standards
	};

	ntk_array_check_length(numbers.what, get_array(object, key, &array), "encoding",
						   column->length);
	each_element(array, take_number, &numbers);
}

static void
parse_array(const Object *object, Column *column)
{
	column->length = ntk_json_int(call(object, "length"), get(object, "length"));
	ntk_check_range(call(object, "length"), column->length, 1, NTK_MAX_INPUT_DIM);
	column->standards = palloc(sizeof(Standard) * column->length);
	parse_numbers(object, "mean", column);
	parse_numbers(object, "scale", column);
	column->inputs = column->length;
}

typedef struct Levels
{
	const char *what;
	ntk_levels_hash *table;
} Levels;

static void
take_level(int i, JsonbValue *value, void *argument)
{
	const Levels *levels = argument;
	char	   *what = psprintf("element %d of %s", i + 1, levels->what);
	char	   *text = ntk_json_string(what, value);
	NtkLevelKey key = {text, strlen(text)};
	bool		found;
	NtkLevel   *level = ntk_levels_insert(levels->table, key, &found);

	if (found)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is the second \"%s\"", what, text)));
	level->number = i;
	pfree(what);
}

static void
parse_category(const Object *object, Column *column)
{
	JsonbContainer *array;
	Levels		levels = {.what = call(object, "levels")};

	column->length = get_array(object, "levels", &array);
	ntk_check_range(psprintf("the number of %s", levels.what), column->length, 1,
					NTK_MAX_LEVELS);
	column->levels = levels.table =
		ntk_levels_create(CurrentMemoryContext, column->length, NULL);
	each_element(array, take_level, &levels);
	column->other = get_flag(object, "other");
	column->inputs = column->length + column->other;
}

typedef struct Parts
{
	const char *where;			/* of the column's object */
	Column	   *column;
} Parts;

static void
check_part(const Object *object, NtkTimePart part, const Column *column, int i)
{
	if ((int) part >= ntk_time_parts(column->time_scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s: %s has no %s", object->where, column->time_scale == NTK_SCALE_TIME
						? "a time" : "an interval", ntk_part_names[part])));
	for (int j = 0; j < i; j++)
		if (column->parts[j] == part)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s is the second \"%s\"", object->where, ntk_part_names[part])));
}

static void
take_part(int i, JsonbValue *value, void *argument)
{
	const Parts *parts = argument;
	Column	   *column = parts->column;
	Object		object = {
		.where = psprintf("element %d of parts of %s", i + 1, parts->where),
		.known = "part, mean, scale"
	};
	NtkTimePart part;

	if (value->type != jbvBinary)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", object.where)));
	object.container = value->val.binary.data;
	check_keys(&object);
	part = get_choice(&object, "part", false, ntk_part_names, NTK_TIME_PARTS);
	if (part != NTK_PART_EPOCH)
	{
		object.known = "part";
		check_keys(&object);
	}
	else
		parse_standard(&object, column->standards);
	check_part(&object, part, column, i);
	column->parts[i] = part;
	column->inputs += part == NTK_PART_EPOCH ? 1 : 2;
}

static void
parse_time(const Object *object, Column *column)
{
	JsonbContainer *array;
	Parts		parts = {object->where, column};

	column->time_scale = get_choice(object, "of", true, scale_names, NTK_TIME_SCALES);
	column->length = get_array(object, "parts", &array);
	ntk_check_range(psprintf("the number of %s", call(object, "parts")), column->length, 1,
					NTK_TIME_PARTS);
	column->standards = palloc(sizeof(Standard));
	each_element(array, take_part, &parts);
}

static void
parse_number(const Object *object, Column *column)
{
	column->standards = palloc(sizeof(Standard));
	parse_standard(object, column->standards);
	column->inputs = 1;
}

static void
parse_boolean(const Object *object, Column *column)
{
	column->standards = palloc0(sizeof(Standard));
	if (find(object, "mean"))
		column->standards->mean = get_number(object, "mean");
	column->inputs = 1;
}

static void
parse_constant(const Object *object, Column *column pg_attribute_unused())
{
	if (!get_flag(object, "missing"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be true: a constant has no other input",
						call(object, "missing"))));
}

typedef struct Grammar
{
	void		(*parse) (const Object *object, Column *column);
	const char *known;
	const char *noun;			/* what the encoding expects */
} Grammar;

static const Grammar grammars[NTK_KINDS] = {
	[NTK_KIND_NUMBER] = {parse_number, "name, kind, missing, mean, scale", "a number"},
	[NTK_KIND_BOOLEAN] = {parse_boolean, "name, kind, missing, mean", "a boolean"},
	[NTK_KIND_CATEGORY] = {parse_category, "name, kind, missing, levels, other", "a category"},
	[NTK_KIND_TIME] = {parse_time, "name, kind, missing, of, parts", "a date or timestamp"},
	[NTK_KIND_ARRAY] = {parse_array, "name, kind, missing, length, mean, scale",
						"an array of numbers"},
	[NTK_KIND_CONSTANT] = {parse_constant, "name, kind, missing", "anything"},
};

static void
take_column(int i, JsonbValue *value, void *argument)
{
	NtkEncoding *encoding = argument;
	Column	   *column = &encoding->columns[i];
	Object		object = {.where = psprintf("element %d of columns", i + 1)};
	int64		inputs;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", object.where)));
	object.container = value->val.binary.data;
	column->name = ntk_json_string(call(&object, "name"), get(&object, "name"));
	for (int j = 0; j < i; j++)
		if (strcmp(encoding->columns[j].name, column->name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the encoding has two columns \"%s\"", column->name)));
	object.where = column->what = psprintf("column \"%s\"", column->name);
	column->kind = get_choice(&object, "kind", false, ntk_kind_names, NTK_KINDS);
	object.known = grammars[column->kind].known;
	check_keys(&object);
	grammars[column->kind].parse(&object, column);
	column->missing = get_flag(&object, "missing");
	column->inputs += column->missing;
	column->at = encoding->inputs;
	inputs = (int64) column->at + column->inputs;
	ntk_check_range("the number of inputs of an encoding", inputs, 1, NTK_MAX_INPUT_DIM);
	encoding->inputs = (int) inputs;
}

NtkEncoding *
ntk_encoding_parse(Jsonb *jsonb)
{
	NtkEncoding *encoding = palloc0(sizeof(NtkEncoding));
	Object		object = {&jsonb->root, "the encoding", "inputs, missing, columns"};
	JsonbContainer *columns;
	JsonbValue *inputs;

	check_keys(&object);
	encoding->on_missing =
		get_choice(&object, "missing", true, missing_names, MISSING_WAYS);
	encoding->n = get_array(&object, "columns", &columns);
	ntk_check_range("the number of columns of an encoding", encoding->n, 1,
					MaxTupleAttributeNumber);
	encoding->columns = palloc0(sizeof(Column) * encoding->n);
	each_element(columns, take_column, encoding);
	inputs = find(&object, "inputs");
	if (inputs)
	{
		int64		said = ntk_json_integer(call(&object, "inputs"), inputs);

		if (said != encoding->inputs)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("inputs of the encoding is %lld, its columns have %d",
							(long long) said, encoding->inputs)));
	}
	return encoding;
}

int
ntk_encoding_columns(const NtkEncoding *encoding)
{
	return encoding->n;
}

const char *
ntk_encoding_column(const NtkEncoding *encoding, int i)
{
	return encoding->columns[i].name;
}

bool
ntk_encoding_is_array(const NtkEncoding *encoding)
{
	return encoding->n == 1 && encoding->columns[0].kind == NTK_KIND_ARRAY;
}

int
ntk_encoding_inputs(const NtkEncoding *encoding)
{
	return encoding->inputs;
}

/* Binding */

/* the place of the column in a row, from 0 */
static int
find_attribute(const Column *column, TupleDesc row)
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
fits(const Column *column, NtkColumnType type)
{
	if (column->kind == NTK_KIND_CONSTANT)
		return true;
	return column->kind == type.kind &&
		(type.kind != NTK_KIND_TIME || column->time_scale == ntk_time_scale(type.type));
}

static const char *
expected(const Column *column)
{
	if (column->kind == NTK_KIND_TIME && column->time_scale == NTK_SCALE_TIME)
		return "a time";
	if (column->kind == NTK_KIND_TIME && column->time_scale == NTK_SCALE_INTERVAL)
		return "an interval";
	return grammars[column->kind].noun;
}

NtkBinding *
ntk_encoding_bind(const NtkEncoding *encoding, TupleDesc row)
{
	NtkBinding *binding = palloc(sizeof(NtkBinding));

	binding->encoding = encoding;
	binding->places = palloc(sizeof(Place) * encoding->n);
	for (int i = 0; i < encoding->n; i++)
	{
		const Column *column = &encoding->columns[i];
		int			attribute = find_attribute(column, row);
		Oid			declared = TupleDescAttr(row, attribute)->atttypid;
		NtkColumnType type = ntk_column_type(declared);

		if (!fits(column, type))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" is of type %s, the encoding expects %s", column->name,
							format_type_be(declared), expected(column))));
		binding->places[i] = (Place) {attribute, type.type};
	}
	return binding;
}

/* Applying */

static double
standardise(const Column *column, const Standard *standard, double value)
{
	double		result = (value - standard->mean) / standard->scale;

	if (likely(isfinite(result)))
		return result;
	if (!isfinite(value))
		ntk_column_refuse(column->name, value);
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" holds %g, which is too far from its mean, %g", column->name,
					value, standard->mean)));
}

static void
apply_category(const Column *column, Oid type, Datum value, double *x)
{
	NtkLabel	label;
	NtkLevel   *level;

	memset(x, 0, sizeof(double) * (column->length + column->other));
	ntk_column_label(type, value, &label);
	level = ntk_levels_lookup(column->levels, (NtkLevelKey) {label.text, label.length});
	if (level)
		x[level->number] = 1;
	else if (column->other)
		x[column->length] = 1;
	ntk_label_free(&label);
}

static void
apply_time(const Column *column, Oid type, Datum value, double *x)
{
	double		parts[NTK_TIME_PARTS];

	ntk_column_time(type, value, parts);
	if (!isfinite(parts[NTK_PART_EPOCH]))
		ntk_column_refuse(column->name, parts[NTK_PART_EPOCH]);
	for (int i = 0; i < column->length; i++)
	{
		NtkTimePart part = column->parts[i];

		if (part == NTK_PART_EPOCH)
			*x++ = standardise(column, column->standards, parts[part]);
		else
		{
			double		angle = 2 * M_PI * parts[part];

			*x++ = sin(angle);
			*x++ = cos(angle);
		}
	}
}

static void
apply_array(const Column *column, Datum value, double *x)
{
	ArrayType  *array = DatumGetArrayTypeP(value);

	ntk_array_check_length(column->what, ntk_array_length(array, column->what), "encoding",
						   column->length);
	ntk_array_read(array, column->what, 1, x);
	for (int i = 0; i < column->length; i++)
		x[i] = column->standards[i].scale > 0
			? standardise(column, &column->standards[i], x[i]) : 0;
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
}

/* without the indicator of a NULL */
static void
apply_value(const Column *column, Oid type, Datum value, double *x)
{
	switch (column->kind)
	{
		case NTK_KIND_NUMBER:
			x[0] = standardise(column, column->standards, ntk_column_number(type, value));
			break;
		case NTK_KIND_BOOLEAN:
			x[0] = ntk_column_number(type, value);
			break;
		case NTK_KIND_CATEGORY:
			apply_category(column, type, value, x);
			break;
		case NTK_KIND_TIME:
			apply_time(column, type, value, x);
			break;
		case NTK_KIND_ARRAY:
			apply_array(column, value, x);
			break;
		case NTK_KIND_CONSTANT:
		case NTK_KIND_NONE:
			break;
	}
}

static void
apply_null(const NtkEncoding *encoding, const Column *column, double *x)
{
	if (encoding->on_missing == MISSING_ERROR)
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
		const Column *column = &encoding->columns[i];
		Place		place = binding->places[i];
		double	   *to = x + column->at;

		if (nulls[place.attribute])
		{
			if (encoding->on_missing == MISSING_SKIP)
				return false;
			apply_null(encoding, column, to);
			continue;
		}
		apply_value(column, place.type, values[place.attribute], to);
		if (column->missing)
			to[column->inputs - 1] = 0;
	}
	return true;
}

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

/* what ntk_encode keeps between rows */
typedef struct Memory
{
	MemoryContext context;		/* of all below; emptied when another encoding comes */
	NtkRowEncoder *encoder;		/* NULL: none */
	struct varlena *stored;		/* the encoding as it was given, perhaps only its address */
	const void *constant;		/* where a constant encoding is; NULL: it may change */
	Size		size;
	double	   *x;				/* [inputs] */
	int			inputs;
} Memory;

static void
take_encoding(Memory *memory, struct varlena *stored)
{
	MemoryContext old;
	NtkEncoding *encoding;

	memory->encoder = NULL;
	MemoryContextReset(memory->context);
	old = MemoryContextSwitchTo(memory->context);
	encoding = ntk_encoding_parse(DatumGetJsonbP(PointerGetDatum(stored)));
	memory->inputs = encoding->inputs;
	memory->x = palloc(sizeof(double) * encoding->inputs);
	memory->size = VARSIZE_ANY(stored);
	memory->stored = palloc(memory->size);
	memcpy(memory->stored, stored, memory->size);
	memory->encoder = ntk_encoding_row_begin(encoding);
	MemoryContextSwitchTo(old);
}

/* whether a call site always has this argument, at one address */
static bool
is_constant(const FmgrInfo *call, int argument)
{
	const FuncExpr *expression = (const FuncExpr *) call->fn_expr;

	return expression && IsA(expression, FuncExpr) &&
		argument < list_length(expression->args) &&
		IsA(list_nth(expression->args, argument), Const);
}

/*
 * The memory, with the encoding of the call. A constant is known by its address, as are the
 * parameters of statements planned for their values; else all of it is compared. One that is stored compressed or out of line
 * is compared as it is: to decompress it for every row would cost more than all the rest.
 */
static Memory *
remember(FunctionCallInfo fcinfo, Datum encoding)
{
	Memory	   *memory = fcinfo->flinfo->fn_extra;
	struct varlena *stored = (struct varlena *) DatumGetPointer(encoding);

	if (memory && memory->encoder && memory->constant == stored)
		return memory;
	if (VARATT_IS_EXTERNAL(stored) && !VARATT_IS_EXTERNAL_ONDISK(stored))
		stored = PG_DETOAST_DATUM(encoding);
	if (!memory)
	{
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Memory));
		memory->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "ntk_encode",
												ALLOCSET_DEFAULT_SIZES);
		fcinfo->flinfo->fn_extra = memory;
	}
	if (!memory->encoder || memory->size != VARSIZE_ANY(stored) ||
		memcmp(memory->stored, stored, memory->size) != 0)
		take_encoding(memory, stored);
	memory->constant = is_constant(fcinfo->flinfo, 1) ? DatumGetPointer(encoding) : NULL;
	return memory;
}

/*
 * ntk_encode(row, encoding) -> float8[], or NULL for a row to be left out
 *
 * It may be called immutable although it looks into the catalogues: those say how to read
 * the bytes of the row, as they do for every operator of rows and of enums.
 */
NTK_FUNCTION(ntk_sql_encode);
Datum
ntk_sql_encode(PG_FUNCTION_ARGS)
{
	Memory	   *memory = remember(fcinfo, PG_GETARG_DATUM(1));

	if (!ntk_encoding_row(memory->encoder, PG_GETARG_DATUM(0), memory->x))
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(memory->x, memory->inputs, 0));
}

/* _ntk_encoding_inputs(encoding) -> how many numbers a row becomes */
NTK_FUNCTION(ntk_sql_encoding_inputs);
Datum
ntk_sql_encoding_inputs(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_encoding_inputs(ntk_encoding_parse(PG_GETARG_JSONB_P(0))));
}
