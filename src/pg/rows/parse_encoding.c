/*
 * parse_encoding.c
 *		Encodings, read from their JSON and checked.
 */
#include "pg/rows/parsed_encoding.h"

#include <math.h>

#include "access/htup_details.h"

#include "pg/base/array_input.h"
#include "pg/base/json_input.h"
#include "pg/base/json_object.h"
#include "pg/base/module.h"

#include "core/maps/map.h"

static const char *const encoding_missing_names[NTK_MISSING_WAYS] = {"impute", "skip", "error"};
static const char *const encoding_nan_names[NTK_NAN_WAYS] = {"error", "missing"};
static const char *const encoding_scale_names[NTK_TIME_SCALES] = {"date", "time", "interval"};

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
encoding_parse_standard(const NtkJsonObject *object, NtkEncodingStandard *standard)
{
	standard->mean = ntk_json_get_number(object, "mean");
	standard->scale = ntk_json_get_number(object, "scale");
	encoding_check_scale(ntk_json_call(object, "scale"), standard->scale, false);
}

typedef struct EncodingNumbers
{
	const char *what;
	bool		is_scale;
	NtkEncodingStandard *standards;
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
encoding_parse_numbers(const NtkJsonObject *object, const char *key, NtkEncodingColumn *column)
{
	JsonbContainer *array;
	EncodingNumbers numbers = {
		.what = ntk_json_call(object, key),
		.is_scale = strcmp(key, "scale") == 0,
		.standards = column->standards
	};

	ntk_array_check_length(numbers.what, ntk_json_get_array(object, key, &array), "encoding",
						   column->length);
	ntk_json_each_element(array, encoding_take_number, &numbers);
}

static void
encoding_parse_array(const NtkJsonObject *object, NtkEncodingColumn *column)
{
	column->length = ntk_json_int(ntk_json_call(object, "length"), ntk_json_get(object, "length"));
	ntk_check_range(ntk_json_call(object, "length"), column->length, 1, NTK_MAX_INPUT_DIM);
	column->standards = palloc(sizeof(NtkEncodingStandard) * column->length);
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
	NtkEncodingColumn *column = argument;
	EncodingMeans means = {.what = psprintf("element %d of means of %s", i + 1, column->what)};

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array", means.what)));
	ntk_array_check_length(means.what, JsonContainerSize(value->val.binary.data), "encoding",
						   column->length);
	column->means[i] = means.numbers = palloc(sizeof(double) * column->length);
	ntk_json_each_element(value->val.binary.data, encoding_take_mean, &means);
}

static void
encoding_parse_means(const NtkJsonObject *object, NtkEncodingColumn *column)
{
	JsonbContainer *array;

	if (!ntk_json_find(object, "means"))
		return;
	column->targets = ntk_json_get_array(object, "means", &array);
	ntk_check_range(psprintf("the length of %s", ntk_json_call(object, "means")), column->targets,
					1, NTK_MOST_LEVEL_TARGETS);
	column->means = palloc(sizeof(double *) * column->targets);
	ntk_json_each_element(array, encoding_take_means, column);
}

static void
encoding_parse_category(const NtkJsonObject *object, NtkEncodingColumn *column)
{
	JsonbContainer *array;
	EncodingLevels levels = {.what = ntk_json_call(object, "levels")};

	column->length = ntk_json_get_array(object, "levels", &array);
	ntk_check_range(psprintf("the number of %s", levels.what), column->length, 1,
					NTK_MAX_LEVELS);
	column->levels = levels.table =
		ntk_levels_create(CurrentMemoryContext, column->length, NULL);
	ntk_json_each_element(array, encoding_take_level, &levels);
	column->other = ntk_json_get_flag(object, "other");
	encoding_parse_means(object, column);
	column->inputs = column->length + column->other + column->targets;
}

typedef struct EncodingParts
{
	const char *where;			/* of the column's object */
	NtkEncodingColumn *column;
} EncodingParts;

static void
encoding_check_part(const NtkJsonObject *object, NtkTimePart part, const NtkEncodingColumn *column,
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
	NtkEncodingColumn *column = parts->column;
	NtkJsonObject object = {
		.where = psprintf("element %d of parts of %s", i + 1, parts->where),
		.known = "part, mean, scale"
	};
	NtkTimePart part;

	if (value->type != jbvBinary)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", object.where)));
	object.container = value->val.binary.data;
	ntk_json_check_keys(&object);
	part = ntk_json_get_choice(&object, "part", false, ntk_part_names, NTK_TIME_PARTS);
	if (part != NTK_PART_EPOCH)
	{
		object.known = "part";
		ntk_json_check_keys(&object);
	}
	else
		encoding_parse_standard(&object, column->standards);
	encoding_check_part(&object, part, column, i);
	column->parts[i] = part;
	column->inputs += part == NTK_PART_EPOCH ? 1 : 2;
}

static void
encoding_parse_time(const NtkJsonObject *object, NtkEncodingColumn *column)
{
	JsonbContainer *array;
	EncodingParts parts = {object->where, column};

	column->time_scale =
		ntk_json_get_choice(object, "of", true, encoding_scale_names, NTK_TIME_SCALES);
	column->length = ntk_json_get_array(object, "parts", &array);
	ntk_check_range(psprintf("the number of %s", ntk_json_call(object, "parts")), column->length,
					1, NTK_TIME_PARTS);
	column->standards = palloc(sizeof(NtkEncodingStandard));
	ntk_json_each_element(array, encoding_take_part, &parts);
}

static void
encoding_parse_quantile(const NtkJsonObject *object, ntk_column_scale *scale)
{
	int			normals;

	scale->knots = ntk_json_get_ascending(object, "knots", true, NTK_MOST_KNOTS, &scale->values);
	normals = ntk_json_get_ascending(object, "normals", false, NTK_MOST_KNOTS, &scale->normals);
	if (normals != scale->knots)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has %d knots and %d normals", object->where, scale->knots, normals)));
	for (int i = 0; i < normals; i += normals - 1)
		if (!(fabs(scale->normals[i]) <= NTK_FARTHEST_NORMAL))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be between %g and %g, not %g",
							ntk_json_call(object, "normals"), -NTK_FARTHEST_NORMAL,
							NTK_FARTHEST_NORMAL, scale->normals[i])));
}

static const char *const encoding_number_keys[NTK_SCALINGS] = {
	[NTK_SCALING_STANDARD] = "name, kind, missing, transform, mean, scale, range, bins",
	[NTK_SCALING_CLIP] = "name, kind, missing, transform, median, scale, range, bins",
	[NTK_SCALING_QUANTILE] = "name, kind, missing, transform, knots, normals, range, bins",
	[NTK_SCALING_ASINH] = "name, kind, missing, transform, median, scale, range, bins",
};

static void
encoding_parse_number(const NtkJsonObject *object, NtkEncodingColumn *column)
{
	ntk_column_scale *scale = palloc0(sizeof(ntk_column_scale));
	NtkJsonObject own = *object;
	double	   *range;

	column->number = scale;
	scale->way = ntk_json_get_choice(object, "transform", true, ntk_scaling_names, NTK_SCALINGS);
	own.known = encoding_number_keys[scale->way];
	ntk_json_check_keys(&own);
	if (scale->way == NTK_SCALING_QUANTILE)
		encoding_parse_quantile(object, scale);
	else
	{
		scale->centre = ntk_json_get_number(object,
											scale->way == NTK_SCALING_STANDARD ? "mean" : "median");
		scale->scale = ntk_json_get_number(object, "scale");
		encoding_check_scale(ntk_json_call(object, "scale"), scale->scale, false);
	}
	scale->low = -INFINITY;
	scale->high = INFINITY;
	if (ntk_json_find(object, "range"))
	{
		ntk_json_get_ascending(object, "range", false, 2, &range);
		scale->low = range[0];
		scale->high = range[1];
	}
	if (ntk_json_find(object, "bins"))
		scale->bins = ntk_json_get_ascending(object, "bins", true, NTK_MOST_BINS + 1,
											 &scale->edges) - 1;
	column->inputs = 1 + scale->bins;
}

static void
encoding_parse_boolean(const NtkJsonObject *object, NtkEncodingColumn *column)
{
	column->standards = palloc0(sizeof(NtkEncodingStandard));
	if (ntk_json_find(object, "mean"))
		column->standards->mean = ntk_json_get_number(object, "mean");
	column->inputs = 1;
}

static void
encoding_parse_constant(const NtkJsonObject *object,
						NtkEncodingColumn *column pg_attribute_unused())
{
	if (!ntk_json_get_flag(object, "missing"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be true: a constant has no other input",
						ntk_json_call(object, "missing"))));
}

typedef struct EncodingGrammar
{
	void		(*parse) (const NtkJsonObject *object, NtkEncodingColumn *column);
	const char *known;
} EncodingGrammar;

static const EncodingGrammar encoding_grammars[NTK_KINDS] = {
	[NTK_KIND_NUMBER] = {encoding_parse_number, "name, kind, missing, transform, mean, median, "
						 "scale, knots, normals, range, bins"},
	[NTK_KIND_BOOLEAN] = {encoding_parse_boolean, "name, kind, missing, mean"},
	[NTK_KIND_CATEGORY] = {encoding_parse_category, "name, kind, missing, levels, other, means"},
	[NTK_KIND_TIME] = {encoding_parse_time, "name, kind, missing, of, parts"},
	[NTK_KIND_ARRAY] = {encoding_parse_array, "name, kind, missing, length, mean, scale"},
	[NTK_KIND_CONSTANT] = {encoding_parse_constant, "name, kind, missing"},
};

static void
encoding_take_column(int i, JsonbValue *value, void *argument)
{
	NtkEncoding *encoding = argument;
	NtkEncodingColumn *column = &encoding->columns[i];
	NtkJsonObject object = {.where = psprintf("element %d of columns", i + 1)};
	int64		inputs;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", object.where)));
	object.container = value->val.binary.data;
	column->name = ntk_json_string(ntk_json_call(&object, "name"), ntk_json_get(&object, "name"));
	for (int j = 0; j < i; j++)
		if (strcmp(encoding->columns[j].name, column->name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the encoding has two columns \"%s\"", column->name)));
	object.where = column->what = psprintf("column \"%s\"", column->name);
	column->kind = ntk_json_get_choice(&object, "kind", false, ntk_kind_names, NTK_KINDS);
	object.known = encoding_grammars[column->kind].known;
	ntk_json_check_keys(&object);
	encoding_grammars[column->kind].parse(&object, column);
	column->missing = ntk_json_get_flag(&object, "missing");
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
	NtkJsonObject object = {&jsonb->root, "the encoding", "inputs, missing, nan, columns"};
	JsonbContainer *columns;
	JsonbValue *inputs;

	ntk_json_check_keys(&object);
	encoding->on_missing =
		ntk_json_get_choice(&object, "missing", true, encoding_missing_names, NTK_MISSING_WAYS);
	encoding->on_nan = ntk_json_get_choice(&object, "nan", true, encoding_nan_names, NTK_NAN_WAYS);
	encoding->n = ntk_json_get_array(&object, "columns", &columns);
	ntk_check_range("the number of columns of an encoding", encoding->n, 1,
					MaxTupleAttributeNumber);
	encoding->columns = palloc0(sizeof(NtkEncodingColumn) * encoding->n);
	encoding->outside = palloc0(sizeof(NtkEncodingOutside) * encoding->n);
	encoding->told_at = palloc0(sizeof(TimestampTz));
	ntk_json_each_element(columns, encoding_take_column, encoding);
	inputs = ntk_json_find(&object, "inputs");
	if (inputs)
	{
		int64		said = ntk_json_integer(ntk_json_call(&object, "inputs"), inputs);

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
