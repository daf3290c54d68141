/*
 * map_text.c
 *		The text form of ntk_map: a JSON object.
 *
 * One with the key "shape" is a map of images, one without it a map of rows; keys that
 * are missing have the defaults of cntk_map() and ntk_map().
 */
#include "pg/types/type_map.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "pg/base/base64.h"
#include "pg/base/json_input.h"
#include "pg/base/long_strings.h"
#include "pg/base/module.h"
#include "pg/types/image_input.h"
#include "pg/types/map_options.h"
#include "pg/types/memo.h"

#define TYPE_NAME "ntk_map"

/* What is read from the text. */
typedef struct MapText
{
	ntk_map_spec spec;
	bool		image;			/* of images */
	bool		has_input_dim;
	ArrayType  *shape;			/* of images; it and the next three are checked together */
	int			filter;
	ntk_padding padding;
	int			pooling;
	JsonbContainer *options;	/* read last: they depend on the method */
	NtkLongString metric;		/* its numbers; read last: they depend on the size */
	NtkLongString landmarks;	/* likewise */
	NtkLongStrings *strings;	/* that were cut out of the text */
} MapText;

static bool
map_text_has_key(JsonbContainer *object, const char *key)
{
	JsonbValue	name = {.type = jbvString};

	name.val.string.val = (char *) key;
	name.val.string.len = strlen(key);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name) != NULL;
}

static MapText
map_text_begin(JsonbContainer *json, NtkLongStrings *strings)
{
	MapText		text = {.filter = 3,.padding = NTK_PADDING_SAME,.pooling = 1,.strings = strings};

	text.image = map_text_has_key(json, "shape");
	text.spec = text.image ? ntk_map_image_defaults() : ntk_map_defaults();
	return text;
}

static ArrayType *
map_text_read_integers(const char *key, const JsonbValue *value)
{
	JsonbValue *elements;
	int			n = ntk_json_array(value, &elements);
	Datum	   *integers = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		integers[i] = Int32GetDatum(ntk_json_int(psprintf("element %d of %s", i + 1, key),
												 &elements[i]));
	return construct_array(integers, n, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

/* whether it is a key of all maps */
static bool
map_text_take_common_key(MapText *text, const char *key, const JsonbValue *value)
{
	ntk_map_spec *spec = &text->spec;

	if (strcmp(key, "method") == 0)
		spec->method = ntk_method_by_name(ntk_json_string(key, value), text->image);
	else if (strcmp(key, "kernel") == 0)
		spec->kernel = ntk_kernel_by_name(ntk_json_string(key, value));
	else if (strcmp(key, "n_components") == 0)
		spec->n_components = ntk_json_int(key, value);
	else if (strcmp(key, "depth") == 0)
		spec->depth = ntk_json_int(key, value);
	else if (strcmp(key, "seed") == 0)
		spec->seed = (uint64) ntk_json_integer(key, value);
	else if (strcmp(key, "landmarks") == 0)
		text->landmarks = ntk_long_string(text->strings, ntk_json_string(key, value));
	else if (strcmp(key, "options") == 0)
	{
		if (value->type != jbvBinary)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("options must be a JSON object")));
		text->options = value->val.binary.data;
	}
	else
		return false;
	return true;
}

static void
map_text_take_image_key(MapText *text, const char *key, const JsonbValue *value)
{
	if (strcmp(key, "shape") == 0)
		text->shape = map_text_read_integers(key, value);
	else if (strcmp(key, "filter") == 0)
		text->filter = ntk_json_int(key, value);
	else if (strcmp(key, "padding") == 0)
		text->padding = ntk_padding_by_name(ntk_json_string(key, value));
	else if (strcmp(key, "pooling") == 0)
		text->pooling = ntk_json_int(key, value);
	else
		ntk_json_refuse_key(TYPE_NAME " with a shape", key,
							"\"method\", \"kernel\", \"shape\", \"filter\", \"padding\", "
							"\"pooling\", \"n_components\", \"depth\", \"seed\", \"options\", "
							"\"landmarks\"");
}

/* What is read from the object of a metric. */
typedef struct MetricText
{
	int			rows;
	char	   *numbers;		/* of so many rows, or */
	char	   *diagonal;		/* of a diagonal one */
} MetricText;

static void
map_text_take_metric_key(const char *key, const JsonbValue *value, void *argument)
{
	MetricText *metric = argument;

	if (strcmp(key, "rows") == 0)
	{
		metric->rows = ntk_json_int("rows of metric", value);
		ntk_check_range("rows of metric", metric->rows, 1, NTK_MAX_METRIC_DIM);
	}
	else if (strcmp(key, "numbers") == 0)
		metric->numbers = ntk_json_string("numbers of metric", value);
	else if (strcmp(key, "diagonal") == 0)
		metric->diagonal = ntk_json_string("diagonal of metric", value);
	else
		ntk_json_refuse_key("metric", key, "\"rows\", \"numbers\", \"diagonal\"");
}

static void
map_text_take_metric(MapText *text, const JsonbValue *value)
{
	MetricText	metric = {0};

	if (value->type != jbvBinary)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("metric must be a JSON object")));
	ntk_json_each(value->val.binary.data, "metric", map_text_take_metric_key, &metric);
	if ((metric.rows > 0) != (metric.numbers != NULL) ||
		(metric.numbers != NULL) == (metric.diagonal != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("metric needs either the keys \"rows\" and \"numbers\" or the key "
						"\"diagonal\"")));
	text->spec.metric_rows = metric.diagonal ? NTK_METRIC_DIAGONAL : metric.rows;
	text->metric = ntk_long_string(text->strings,
								   metric.diagonal ? metric.diagonal : metric.numbers);
}

static void
map_text_take_row_key(MapText *text, const char *key, const JsonbValue *value)
{
	if (strcmp(key, "input_dim") == 0)
	{
		text->spec.input_dim = ntk_json_int(key, value);
		text->has_input_dim = true;
	}
	else if (strcmp(key, "bandwidth") == 0)
	{
		text->spec.distance.bandwidth = ntk_json_number(key, value);
		ntk_check_bandwidth(text->spec.distance.bandwidth);
	}
	else if (strcmp(key, "exponent") == 0)
	{
		text->spec.distance.exponent = ntk_json_number(key, value);
		ntk_check_exponent(text->spec.distance.exponent);
	}
	else if (strcmp(key, "bias") == 0)
		text->spec.bias = ntk_json_number(key, value);
	else if (strcmp(key, "metric") == 0)
		map_text_take_metric(text, value);
	else
		ntk_json_refuse_key(TYPE_NAME, key,
							"\"method\", \"kernel\", \"bandwidth\", \"exponent\", "
							"\"input_dim\", \"n_components\", \"depth\", \"seed\", "
							"\"bias\", \"options\", \"metric\", \"landmarks\"");
}

static void
map_text_take_key(const char *key, const JsonbValue *value, void *argument)
{
	MapText    *text = argument;

	if (map_text_take_common_key(text, key, value))
		return;
	if (text->image)
		map_text_take_image_key(text, key, value);
	else
		map_text_take_row_key(text, key, value);
}

/* n numbers, of this shape, as base64 */
static const float *
map_text_decode_numbers(const char *key, NtkLongString text, Size n, const char *shape)
{
	float	   *numbers = palloc(ntk_bytes_room(text.length));
	int64		bytes = ntk_base64_read(text.start, text.length, (char *) numbers);

	if (bytes < 0 || (Size) bytes != sizeof(float) * n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("%s must be base64 of %s numbers of type real", key, shape)));
	for (Size i = 0; i < n; i++)
		if (!isfinite(numbers[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("%s must be finite", key)));
	return numbers;
}

static const float *
map_text_decode_landmarks(const ntk_map_spec *spec, NtkLongString text)
{
	Size		n = ntk_map_landmarks(spec);

	if (!ntk_methods[spec->method]->landmarks)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" has no landmarks", ntk_methods[spec->method]->name)));
	return map_text_decode_numbers(
		"landmarks", text, n,
		ntk_map_is_image(spec)
			? psprintf("%zu", n)
			: psprintf("%d x %d", spec->n_components, ntk_map_row_length(spec)));
}

static const float *
map_text_decode_metric(const ntk_map_spec *spec, NtkLongString text)
{
	Size		n = ntk_map_metric(spec);

	if (spec->metric_rows == NTK_METRIC_DIAGONAL)
		return map_text_decode_numbers("diagonal of metric", text, n, psprintf("%zu", n));
	return map_text_decode_numbers("numbers of metric", text, n,
								   psprintf("%d x %d", spec->metric_rows, spec->input_dim));
}

static Datum
map_text_in_compute(PG_FUNCTION_ARGS)
{
	NtkLongStrings strings = {0};
	char	   *rest = ntk_long_strings_cut(PG_GETARG_CSTRING(0), &strings);
	Jsonb	   *json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(rest)));
	MapText		text = map_text_begin(&json->root, &strings);
	ntk_map_spec *spec = &text.spec;

	ntk_json_each(&json->root, TYPE_NAME, map_text_take_key, &text);
	if (text.image)
		ntk_map_set_image(spec, text.shape, text.filter, text.padding, text.pooling);
	if (spec->distance.exponent == 0)
		spec->distance.exponent = ntk_kernel_exponent(spec->kernel);
	if (text.options)
		ntk_map_read_options(spec, text.options);
	if (!text.image && !text.has_input_dim)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs the key \"input_dim\"", TYPE_NAME)));
	if (text.metric.start || text.landmarks.start)
	{
		ntk_map_check_spec(spec);
		ntk_map_resolve(spec);
	}
	if (text.metric.start)
		spec->metric = map_text_decode_metric(spec, text.metric);
	if (text.landmarks.start)
		spec->landmarks = map_text_decode_landmarks(spec, text.landmarks);
	PG_RETURN_POINTER(ntk_map_make(*spec));
}

NTK_FUNCTION(ntk_sql_map_in);
Datum
ntk_sql_map_in(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, map_text_in_compute);
}

/* a member whose value is base64 of n numbers */
static void
map_text_append_numbers(StringInfo text, const char *key, const float *numbers, Size n)
{
	Size		bytes = sizeof(float4) * n;
	Size		room = ntk_base64_room(bytes) + 2;

	/* the text is read as jsonb */
	if (room > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s of %zu bytes are too large for the text form", key, bytes),
				 errhint("Use the binary format of COPY.")));
	appendStringInfo(text, "\"%s\": \"", key);
	enlargeStringInfo(text, (int) room);
	text->len += ntk_base64_write((const char *) numbers, bytes, text->data + text->len);
	appendStringInfoChar(text, '"');
}

static void
map_text_append_metric(StringInfo text, const ntk_map_spec *spec)
{
	bool		diagonal = spec->metric_rows == NTK_METRIC_DIAGONAL;

	appendStringInfoString(text, ", \"metric\": {");
	if (!diagonal)
		appendStringInfo(text, "\"rows\": %d, ", spec->metric_rows);
	map_text_append_numbers(text, diagonal ? "diagonal" : "numbers", spec->metric,
							ntk_map_metric(spec));
	appendStringInfoChar(text, '}');
}

static void
map_text_append_image(StringInfo text, const ntk_image *image)
{
	appendStringInfo(text,
					 "\"shape\": [%d, %d, %d], \"filter\": %d, \"padding\": \"%s\", "
					 "\"pooling\": %d",
					 image->height, image->width, image->channels, image->filter,
					 ntk_padding_name(image->padding), image->pooling);
}

static void
map_text_append_double(StringInfo text, const char *key, double value)
{
	char		number[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(value, number);
	appendStringInfo(text, ", \"%s\": %s", key, number);
}

NTK_FUNCTION(ntk_sql_map_out);
Datum
ntk_sql_map_out(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = ntk_map_get(PG_GETARG_DATUM(0));
	ntk_map_spec spec = ntk_map_spec_of(value);
	bool		image = ntk_map_is_image(&spec);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "{\"method\": \"%s\", \"kernel\": \"%s\"",
					 ntk_methods[spec.method]->name, ntk_kernel_name(spec.kernel));
	if (ntk_kernel_is_distance(spec.kernel))
	{
		map_text_append_double(&text, "bandwidth", spec.distance.bandwidth);
		map_text_append_double(&text, "exponent", spec.distance.exponent);
	}
	appendStringInfoString(&text, ", ");
	if (image)
		map_text_append_image(&text, &spec.image);
	else
		appendStringInfo(&text, "\"input_dim\": %d", spec.input_dim);
	appendStringInfo(&text, ", \"n_components\": %d, \"depth\": %d, \"seed\": %lld",
					 spec.n_components, spec.depth, (long long) spec.seed);
	if (!image)
		map_text_append_double(&text, "bias", spec.bias);
	appendStringInfoString(&text, ", \"options\": ");
	ntk_map_write_options(&spec, &text);
	if (spec.metric)
		map_text_append_metric(&text, &spec);
	if (spec.landmarks)
	{
		appendStringInfoString(&text, ", ");
		map_text_append_numbers(&text, "landmarks", spec.landmarks, ntk_map_landmarks(&spec));
	}
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}
