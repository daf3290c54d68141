/*
 * encoding.c
 *		Encodings: reading them, binding them to row types, applying them to rows.
 *
 * A malformed encoding is an error when it is parsed; what is parsed can be trusted.
 */
#include "pg/rows/encoding.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
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
#include "core/regression/column_scale.h"

typedef enum EncodingOnMissing
{
	MISSING_IMPUTE,
	MISSING_SKIP,
	MISSING_ERROR,
	MISSING_WAYS
} EncodingOnMissing;

static const char *const encoding_missing_names[MISSING_WAYS] = {"impute", "skip", "error"};

typedef enum EncodingOnNan
{
	NAN_ERROR,
	NAN_MISSING,
	NAN_WAYS
} EncodingOnNan;

static const char *const encoding_nan_names[NAN_WAYS] = {"error", "missing"};

static const char *const encoding_scale_names[NTK_TIME_SCALES] = {"date", "time", "interval"};

typedef struct EncodingStandard
{
	double		mean;
	double		scale;			/* positive; of an element of an array, or 0: always 0 */
} EncodingStandard;

typedef struct EncodingColumn
{
	char	   *name;
	char	   *what;			/* column "name" */
	NtkKind		kind;
	int			at;				/* the first of its inputs */
	int			inputs;
	bool		missing;		/* has an indicator */
	bool		other;			/* of a category */
	int			length;			/* standards, levels, or parts of a time */
	EncodingStandard *standards;	/* [1], [length] of an array; a boolean has no scale */
	ntk_column_scale *number;	/* of a number */
	ntk_levels_hash *levels;
	int			targets;		/* of a category */
	double	  **means;			/* [targets][length] */
	NtkTimeScale time_scale;
	NtkTimePart parts[NTK_TIME_PARTS];
} EncodingColumn;

/* values of a column outside what was seen */
typedef struct EncodingOutside
{
	int64		count;
	int64		far;			/* of them, those so far outside that a notice tells of them ... */
	int64		told;			/* ... and has told, or need not any more */
} EncodingOutside;

struct NtkEncoding
{
	EncodingOnMissing on_missing;
	EncodingOnNan on_nan;
	EncodingOutside *outside;	/* [n]; this and told_at are all that changes */
	TimestampTz *told_at;		/* the start of the last statement that a notice told of */
	int			inputs;
	int			n;
	EncodingColumn *columns;	/* [n] */
};

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

/* Parsing */

/* an object, what errors call it, and the keys it may have, separated by ", " */
typedef struct EncodingObject
{
	JsonbContainer *container;
	const char *where;
	const char *known;
} EncodingObject;

static bool
encoding_is_listed(const char *list, const char *key)
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
encoding_check_key(const char *key, const JsonbValue *value pg_attribute_unused(), void *argument)
{
	const EncodingObject *object = argument;

	if (!encoding_is_listed(object->known, key))
		ntk_json_refuse_key(object->where, key, object->known);
}

static void
encoding_check_keys(EncodingObject *object)
{
	ntk_json_each(object->container, object->where, encoding_check_key, object);
}

/* the value of a key, or NULL */
static JsonbValue *
encoding_find(const EncodingObject *object, const char *key)
{
	return getKeyJsonValueFromContainer(object->container, key, strlen(key), NULL);
}

static JsonbValue *
encoding_get(const EncodingObject *object, const char *key)
{
	JsonbValue *value = encoding_find(object, key);

	if (!value)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has no %s", object->where, key)));
	return value;
}

/* how errors call the value of a key */
static char *
encoding_call(const EncodingObject *object, const char *key)
{
	return psprintf("%s of %s", key, object->where);
}

static bool
encoding_get_flag(const EncodingObject *object, const char *key)
{
	JsonbValue *value = encoding_find(object, key);

	return value && ntk_json_boolean(encoding_call(object, key), value);
}

static double
encoding_get_number(const EncodingObject *object, const char *key)
{
	return ntk_json_number(encoding_call(object, key), encoding_get(object, key));
}

/* the place of the value of a key among names; absent: the first if it may be, or an error */
static int
encoding_get_choice(const EncodingObject *object, const char *key, bool may_be_absent,
					const char *const *names, int n)
{
	JsonbValue *value = may_be_absent ? encoding_find(object, key) : encoding_get(object, key);
	char	   *what;

	if (!value)
		return 0;
	what = encoding_call(object, key);
	return ntk_name_index(psprintf("%s:", what), ntk_json_string(what, value), names, n);
}

typedef void (*EncodingTake) (int i, JsonbValue *value, void *argument);

/* the array at a key; returns the number of its elements */
static int
encoding_get_array(const EncodingObject *object, const char *key, JsonbContainer **array)
{
	JsonbValue *value = encoding_get(object, key);

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array", encoding_call(object, key))));
	*array = value->val.binary.data;
	return JsonContainerSize(*array);
}

static void
encoding_each_element(JsonbContainer *array, EncodingTake take, void *argument)
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
encoding_check_scale(const char *what, double scale, bool may_be_zero)
{
	if (!(scale > 0 || (may_be_zero && scale == 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must %s, not %g", what,
						may_be_zero ? "not be negative" : "be positive", scale)));
}

static void
encoding_parse_standard(const EncodingObject *object, EncodingStandard *standard)
{
	standard->mean = encoding_get_number(object, "mean");
	standard->scale = encoding_get_number(object, "scale");
	encoding_check_scale(encoding_call(object, "scale"), standard->scale, false);
}

typedef struct EncodingNumbers
{
	const char *what;
	bool		is_scale;
	EncodingStandard *standards;
} EncodingNumbers;

static void
encoding_take_number(int i, JsonbValue *value, void *argument)
{
	const EncodingNumbers *numbers = argument;
	char	   *what = psprintf("element %d of %s", i + 1, numbers->what);
	double		number = ntk_json_number(what, value);

	if (numbers->is_scale)
	{
		encoding_check_scale(what, number, true);
		numbers->standards[i].scale = number;
	}
	else
		numbers->standards[i].mean = number;
	pfree(what);
}

static void
encoding_parse_numbers(const EncodingObject *object, const char *key, EncodingColumn *column)
{
	JsonbContainer *array;
	EncodingNumbers numbers = {
		.what = encoding_call(object, key),
		.is_scale = strcmp(key, "scale") == 0,
		.standards = column->standards
	};

	ntk_array_check_length(numbers.what, encoding_get_array(object, key, &array), "encoding",
						   column->length);
	encoding_each_element(array, encoding_take_number, &numbers);
}

static void
encoding_parse_array(const EncodingObject *object, EncodingColumn *column)
{
	column->length = ntk_json_int(encoding_call(object, "length"), encoding_get(object, "length"));
	ntk_check_range(encoding_call(object, "length"), column->length, 1, NTK_MAX_INPUT_DIM);
	column->standards = palloc(sizeof(EncodingStandard) * column->length);
	encoding_parse_numbers(object, "mean", column);
	encoding_parse_numbers(object, "scale", column);
	column->inputs = column->length;
}

typedef struct EncodingLevels
{
	const char *what;
	ntk_levels_hash *table;
} EncodingLevels;

static void
encoding_take_level(int i, JsonbValue *value, void *argument)
{
	const EncodingLevels *levels = argument;
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

typedef struct EncodingMeans
{
	const char *what;
	double	   *numbers;
} EncodingMeans;

static void
encoding_take_mean(int i, JsonbValue *value, void *argument)
{
	const EncodingMeans *means = argument;
	char	   *what = psprintf("element %d of %s", i + 1, means->what);

	means->numbers[i] = ntk_json_number(what, value);
	pfree(what);
}

/* the means of one target; argument is the column, of which targets are taken */
static void
encoding_take_means(int i, JsonbValue *value, void *argument)
{
	EncodingColumn *column = argument;
	EncodingMeans means = {.what = psprintf("element %d of means of %s", i + 1, column->what)};

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array", means.what)));
	ntk_array_check_length(means.what, JsonContainerSize(value->val.binary.data), "encoding",
						   column->length);
	column->means[i] = means.numbers = palloc(sizeof(double) * column->length);
	encoding_each_element(value->val.binary.data, encoding_take_mean, &means);
}

static void
encoding_parse_means(const EncodingObject *object, EncodingColumn *column)
{
	JsonbContainer *array;

	if (!encoding_find(object, "means"))
		return;
	column->targets = encoding_get_array(object, "means", &array);
	ntk_check_range(psprintf("the length of %s", encoding_call(object, "means")), column->targets,
					1, NTK_MOST_LEVEL_TARGETS);
	column->means = palloc(sizeof(double *) * column->targets);
	encoding_each_element(array, encoding_take_means, column);
}

static void
encoding_parse_category(const EncodingObject *object, EncodingColumn *column)
{
	JsonbContainer *array;
	EncodingLevels levels = {.what = encoding_call(object, "levels")};

	column->length = encoding_get_array(object, "levels", &array);
	ntk_check_range(psprintf("the number of %s", levels.what), column->length, 1,
					NTK_MAX_LEVELS);
	column->levels = levels.table =
		ntk_levels_create(CurrentMemoryContext, column->length, NULL);
	encoding_each_element(array, encoding_take_level, &levels);
	column->other = encoding_get_flag(object, "other");
	encoding_parse_means(object, column);
	column->inputs = column->length + column->other + column->targets;
}

typedef struct EncodingParts
{
	const char *where;			/* of the column's object */
	EncodingColumn *column;
} EncodingParts;

static void
encoding_check_part(const EncodingObject *object, NtkTimePart part, const EncodingColumn *column,
					int i)
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
encoding_take_part(int i, JsonbValue *value, void *argument)
{
	const EncodingParts *parts = argument;
	EncodingColumn *column = parts->column;
	EncodingObject object = {
		.where = psprintf("element %d of parts of %s", i + 1, parts->where),
		.known = "part, mean, scale"
	};
	NtkTimePart part;

	if (value->type != jbvBinary)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", object.where)));
	object.container = value->val.binary.data;
	encoding_check_keys(&object);
	part = encoding_get_choice(&object, "part", false, ntk_part_names, NTK_TIME_PARTS);
	if (part != NTK_PART_EPOCH)
	{
		object.known = "part";
		encoding_check_keys(&object);
	}
	else
		encoding_parse_standard(&object, column->standards);
	encoding_check_part(&object, part, column, i);
	column->parts[i] = part;
	column->inputs += part == NTK_PART_EPOCH ? 1 : 2;
}

static void
encoding_parse_time(const EncodingObject *object, EncodingColumn *column)
{
	JsonbContainer *array;
	EncodingParts parts = {object->where, column};

	column->time_scale =
		encoding_get_choice(object, "of", true, encoding_scale_names, NTK_TIME_SCALES);
	column->length = encoding_get_array(object, "parts", &array);
	ntk_check_range(psprintf("the number of %s", encoding_call(object, "parts")), column->length,
					1, NTK_TIME_PARTS);
	column->standards = palloc(sizeof(EncodingStandard));
	encoding_each_element(array, encoding_take_part, &parts);
}

/* numbers that ascend, strictly or not, at least two of them */
typedef struct EncodingAscent
{
	const char *what;
	bool		strictly;
	double	   *numbers;
} EncodingAscent;

static void
encoding_take_ascending(int i, JsonbValue *value, void *argument)
{
	const EncodingAscent *ascent = argument;
	char	   *what = psprintf("element %d of %s", i + 1, ascent->what);
	double		number = ntk_json_number(what, value);

	ascent->numbers[i] = number;
	if (i > 0 && !(number > ascent->numbers[i - 1]) &&
		(ascent->strictly || number != ascent->numbers[i - 1]))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is %g, after %g: it must be %s", what, number, ascent->numbers[i - 1],
						ascent->strictly ? "larger" : "at least as large")));
	pfree(what);
}

/* returns how many */
static int
encoding_get_ascending(const EncodingObject *object, const char *key, bool strictly, int most,
					   double **numbers)
{
	JsonbContainer *array;
	EncodingAscent ascent = {.what = encoding_call(object, key),.strictly = strictly};
	int			n = encoding_get_array(object, key, &array);

	ntk_check_range(psprintf("the length of %s", ascent.what), n, 2, most);
	*numbers = ascent.numbers = palloc(sizeof(double) * n);
	encoding_each_element(array, encoding_take_ascending, &ascent);
	return n;
}

static void
encoding_parse_quantile(const EncodingObject *object, ntk_column_scale *scale)
{
	int			normals;

	scale->knots = encoding_get_ascending(object, "knots", true, NTK_MOST_KNOTS, &scale->values);
	normals = encoding_get_ascending(object, "normals", false, NTK_MOST_KNOTS, &scale->normals);
	if (normals != scale->knots)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has %d knots and %d normals", object->where, scale->knots, normals)));
	for (int i = 0; i < normals; i += normals - 1)
		if (!(fabs(scale->normals[i]) <= NTK_FARTHEST_NORMAL))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be between %g and %g, not %g",
							encoding_call(object, "normals"), -NTK_FARTHEST_NORMAL,
							NTK_FARTHEST_NORMAL, scale->normals[i])));
}

static const char *const encoding_number_keys[NTK_SCALINGS] = {
	[NTK_SCALING_STANDARD] = "name, kind, missing, transform, mean, scale, range, bins",
	[NTK_SCALING_CLIP] = "name, kind, missing, transform, median, scale, range, bins",
	[NTK_SCALING_QUANTILE] = "name, kind, missing, transform, knots, normals, range, bins",
	[NTK_SCALING_ASINH] = "name, kind, missing, transform, median, scale, range, bins",
};

static void
encoding_parse_number(const EncodingObject *object, EncodingColumn *column)
{
	ntk_column_scale *scale = palloc0(sizeof(ntk_column_scale));
	EncodingObject own = *object;
	double	   *range;

	column->number = scale;
	scale->way = encoding_get_choice(object, "transform", true, ntk_scaling_names, NTK_SCALINGS);
	own.known = encoding_number_keys[scale->way];
	encoding_check_keys(&own);
	if (scale->way == NTK_SCALING_QUANTILE)
		encoding_parse_quantile(object, scale);
	else
	{
		scale->centre = encoding_get_number(object,
											scale->way == NTK_SCALING_STANDARD ? "mean" : "median");
		scale->scale = encoding_get_number(object, "scale");
		encoding_check_scale(encoding_call(object, "scale"), scale->scale, false);
	}
	scale->low = -INFINITY;
	scale->high = INFINITY;
	if (encoding_find(object, "range"))
	{
		encoding_get_ascending(object, "range", false, 2, &range);
		scale->low = range[0];
		scale->high = range[1];
	}
	if (encoding_find(object, "bins"))
		scale->bins = encoding_get_ascending(object, "bins", true, NTK_MOST_BINS + 1,
											 &scale->edges) - 1;
	column->inputs = 1 + scale->bins;
}

static void
encoding_parse_boolean(const EncodingObject *object, EncodingColumn *column)
{
	column->standards = palloc0(sizeof(EncodingStandard));
	if (encoding_find(object, "mean"))
		column->standards->mean = encoding_get_number(object, "mean");
	column->inputs = 1;
}

static void
encoding_parse_constant(const EncodingObject *object, EncodingColumn *column pg_attribute_unused())
{
	if (!encoding_get_flag(object, "missing"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be true: a constant has no other input",
						encoding_call(object, "missing"))));
}

typedef struct EncodingGrammar
{
	void		(*parse) (const EncodingObject *object, EncodingColumn *column);
	const char *known;
	const char *noun;			/* what the encoding expects */
} EncodingGrammar;

static const EncodingGrammar encoding_grammars[NTK_KINDS] = {
	[NTK_KIND_NUMBER] = {encoding_parse_number,
						 "name, kind, missing, transform, mean, median, scale, knots, normals, range, bins",
						 "a number"},
	[NTK_KIND_BOOLEAN] = {encoding_parse_boolean, "name, kind, missing, mean", "a boolean"},
	[NTK_KIND_CATEGORY] = {encoding_parse_category, "name, kind, missing, levels, other, means",
						   "a category"},
	[NTK_KIND_TIME] = {encoding_parse_time, "name, kind, missing, of, parts",
					   "a date or timestamp"},
	[NTK_KIND_ARRAY] = {encoding_parse_array, "name, kind, missing, length, mean, scale",
						"an array of numbers"},
	[NTK_KIND_CONSTANT] = {encoding_parse_constant, "name, kind, missing", "anything"},
};

static void
encoding_take_column(int i, JsonbValue *value, void *argument)
{
	NtkEncoding *encoding = argument;
	EncodingColumn *column = &encoding->columns[i];
	EncodingObject object = {.where = psprintf("element %d of columns", i + 1)};
	int64		inputs;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", object.where)));
	object.container = value->val.binary.data;
	column->name = ntk_json_string(encoding_call(&object, "name"), encoding_get(&object, "name"));
	for (int j = 0; j < i; j++)
		if (strcmp(encoding->columns[j].name, column->name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the encoding has two columns \"%s\"", column->name)));
	object.where = column->what = psprintf("column \"%s\"", column->name);
	column->kind = encoding_get_choice(&object, "kind", false, ntk_kind_names, NTK_KINDS);
	object.known = encoding_grammars[column->kind].known;
	encoding_check_keys(&object);
	encoding_grammars[column->kind].parse(&object, column);
	column->missing = encoding_get_flag(&object, "missing");
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
	EncodingObject object = {&jsonb->root, "the encoding", "inputs, missing, nan, columns"};
	JsonbContainer *columns;
	JsonbValue *inputs;

	encoding_check_keys(&object);
	encoding->on_missing =
		encoding_get_choice(&object, "missing", true, encoding_missing_names, MISSING_WAYS);
	encoding->on_nan = encoding_get_choice(&object, "nan", true, encoding_nan_names, NAN_WAYS);
	encoding->n = encoding_get_array(&object, "columns", &columns);
	ntk_check_range("the number of columns of an encoding", encoding->n, 1,
					MaxTupleAttributeNumber);
	encoding->columns = palloc0(sizeof(EncodingColumn) * encoding->n);
	encoding->outside = palloc0(sizeof(EncodingOutside) * encoding->n);
	encoding->told_at = palloc0(sizeof(TimestampTz));
	encoding_each_element(columns, encoding_take_column, encoding);
	inputs = encoding_find(&object, "inputs");
	if (inputs)
	{
		int64		said = ntk_json_integer(encoding_call(&object, "inputs"), inputs);

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
encoding_find_attribute(const EncodingColumn *column, TupleDesc row)
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
encoding_fits(const EncodingColumn *column, NtkColumnType type)
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

static const char *
encoding_expected(const EncodingColumn *column)
{
	if (column->kind == NTK_KIND_TIME && column->time_scale == NTK_SCALE_TIME)
		return "a time";
	if (column->kind == NTK_KIND_TIME && column->time_scale == NTK_SCALE_INTERVAL)
		return "an interval";
	return encoding_grammars[column->kind].noun;
}

static void
encoding_refuse_type(const EncodingColumn *column, Oid declared)
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
		const EncodingColumn *column = &encoding->columns[i];
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
encoding_refuse_value(const EncodingColumn *column, double value, double centre)
{
	if (!isfinite(value))
		ntk_column_refuse(column->name, value);
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" holds %g, which is too far from its mean, %g", column->name,
					value, centre)));
}

static double
encoding_standardise(const EncodingColumn *column, const EncodingStandard *standard, double value)
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
encoding_apply_number(const EncodingColumn *column, double value, double *x,
					  EncodingOutside *outside)
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
encoding_apply_category(const EncodingColumn *column, Oid type, Datum value, double *x,
						EncodingOutside *outside)
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
encoding_apply_time(const EncodingColumn *column, Oid type, Datum value, double *x)
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
encoding_apply_array(const EncodingColumn *column, Oid type, Datum value, double *x)
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
encoding_apply_value(const EncodingColumn *column, Oid type, Datum value, double *x,
					 EncodingOutside *outside)
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
encoding_is_nan(const EncodingColumn *column, Oid type, Datum value)
{
	return column->kind == NTK_KIND_NUMBER && isnan(ntk_column_number(type, value));
}

static void
encoding_apply_null(const NtkEncoding *encoding, const EncodingColumn *column, double *x)
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
		const EncodingColumn *column = &encoding->columns[i];
		EncodingPlace place = binding->places[i];
		Datum		value = values[place.attribute];
		bool		is_null = nulls[place.attribute];
		double	   *to = x + column->at;

		if (!is_null && !OidIsValid(place.type))
			encoding_refuse_type(column, TEXTOID);
		if (!is_null && encoding->on_nan == NAN_MISSING)
			is_null = encoding_is_nan(column, place.type, value);
		if (is_null)
		{
			if (encoding->on_missing == MISSING_SKIP)
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

/* Values outside what was seen */

int64
ntk_encoding_outside(const NtkEncoding *encoding, int i)
{
	return encoding->outside[i].count;
}

static void
encoding_describe_outside(const EncodingColumn *column, int64 count, StringInfo detail)
{
	if (detail->len > 0)
		appendStringInfoChar(detail, ' ');
	if (column->kind == NTK_KIND_CATEGORY)
		appendStringInfo(detail, "Column \"%s\": %lld of no known level.", column->name,
						 (long long) count);
	else
		appendStringInfo(detail, "Column \"%s\": %lld beyond %g to %g, taken as its ends.",
						 column->name, (long long) count, column->number->low,
						 column->number->high);
}

void
ntk_encoding_tell_outside(const NtkEncoding *encoding)
{
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	int64		total = 0;
	StringInfoData detail;

	for (int i = 0; i < encoding->n; i++)
		total += encoding->outside[i].far - encoding->outside[i].told;
	if (total == 0)
		return;
	initStringInfo(&detail);
	for (int i = 0; i < encoding->n; i++)
	{
		EncodingOutside *outside = &encoding->outside[i];

		if (outside->far > outside->told)
			encoding_describe_outside(&encoding->columns[i], outside->far - outside->told, &detail);
		outside->told = outside->far;
	}
	if (*encoding->told_at != statement)
		ereport(NOTICE,
				(errmsg_plural("%lld value lies far outside what training has seen",
							   "%lld values lie far outside what training has seen",
							   (unsigned long) total, (long long) total),
				 errdetail_internal("%s", detail.data)));
	*encoding->told_at = statement;
	pfree(detail.data);
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
typedef struct EncodingMemory
{
	MemoryContext context;		/* of all below; emptied when another encoding comes */
	NtkRowEncoder *encoder;		/* NULL: none */
	struct varlena *stored;		/* the encoding as it was given, perhaps only its address */
	const void *constant;		/* where a constant encoding is; NULL: it may change */
	Size		size;
	double	   *x;				/* [inputs] */
	int			inputs;
} EncodingMemory;

static void
encoding_take_encoding(EncodingMemory *memory, struct varlena *stored)
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
encoding_is_constant(const FmgrInfo *call, int argument)
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
static EncodingMemory *
encoding_remember(FunctionCallInfo fcinfo, Datum encoding)
{
	EncodingMemory *memory = fcinfo->flinfo->fn_extra;
	struct varlena *stored = (struct varlena *) DatumGetPointer(encoding);

	if (memory && memory->encoder && memory->constant == stored)
		return memory;
	if (VARATT_IS_EXTERNAL(stored) && !VARATT_IS_EXTERNAL_ONDISK(stored))
		stored = PG_DETOAST_DATUM(encoding);
	if (!memory)
	{
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(EncodingMemory));
		memory->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "ntk_encode",
												ALLOCSET_DEFAULT_SIZES);
		fcinfo->flinfo->fn_extra = memory;
	}
	if (!memory->encoder || memory->size != VARSIZE_ANY(stored) ||
		memcmp(memory->stored, stored, memory->size) != 0)
		encoding_take_encoding(memory, stored);
	memory->constant = encoding_is_constant(fcinfo->flinfo, 1) ? DatumGetPointer(encoding) : NULL;
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
	EncodingMemory *memory = encoding_remember(fcinfo, PG_GETARG_DATUM(1));

	if (!ntk_encoding_row(memory->encoder, PG_GETARG_DATUM(0), memory->x))
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(memory->x, memory->inputs, 0));
}

/* _ntk_outside(row, encoding) -> how many of its values are outside what was seen */
NTK_FUNCTION(ntk_sql_outside);
Datum
ntk_sql_outside(PG_FUNCTION_ARGS)
{
	EncodingMemory *memory = encoding_remember(fcinfo, PG_GETARG_DATUM(1));
	const NtkEncoding *encoding = memory->encoder->encoding;
	int64		before = 0,
				after = 0;

	for (int i = 0; i < encoding->n; i++)
		before += encoding->outside[i].count;
	ntk_encoding_row(memory->encoder, PG_GETARG_DATUM(0), memory->x);
	for (int i = 0; i < encoding->n; i++)
		after += encoding->outside[i].count;
	PG_RETURN_INT32(after - before);
}

/* _ntk_encoding_inputs(encoding) -> how many numbers a row becomes */
NTK_FUNCTION(ntk_sql_encoding_inputs);
Datum
ntk_sql_encoding_inputs(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_encoding_inputs(ntk_encoding_parse(PG_GETARG_JSONB_P(0))));
}
