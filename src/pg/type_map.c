/*
 * type_map.c
 *		The SQL type ntk_map: constructor, JSON text form, binary form, comparison.
 */
#include "pg/type_map.h"

#include <math.h>

#include "common/hashfn.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "pg/array_input.h"
#include "pg/json_input.h"
#include "pg/module.h"

#define TYPE_NAME "ntk_map"
#define HEADER offsetof(NtkMapValue, data)

/* the option that all methods have which reduce long inputs */
#define BASE_DIM "base_dim"

static const char *const kernel_names[] = {"ntk", "nngp"};

ntk_kernel
ntk_kernel_by_name(const char *name)
{
	return (ntk_kernel) ntk_name_index("kernel", name, kernel_names, lengthof(kernel_names));
}

int
ntk_method_by_name(const char *name)
{
	const char **names = palloc(sizeof(char *) * ntk_method_count);

	for (int i = 0; i < ntk_method_count; i++)
		names[i] = ntk_methods[i]->name;
	return ntk_name_index("method", name, names, ntk_method_count);
}

void
ntk_check_depth(int64 depth)
{
	ntk_check_range("depth", depth, 1, NTK_MAX_DEPTH);
}

ntk_map_spec
ntk_map_defaults(void)
{
	ntk_map_spec spec = {.n_components = 1024,.depth = 1,.base_dim = NTK_UNSET};

	for (int i = 0; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = NTK_UNSET;
	return spec;
}

static void
check_spec(const ntk_map_spec *spec)
{
	ntk_check_range("input_dim", spec->input_dim, 1, NTK_MAX_INPUT_DIM);
	ntk_check_range("n_components", spec->n_components, 1, NTK_MAX_COMPONENTS);
	ntk_check_depth(spec->depth);
	ntk_check_finite(spec->bias, "bias");
}

static void
check_base_dim(int base_dim)
{
	if (base_dim != 0)
		ntk_check_range(BASE_DIM, base_dim, NTK_MIN_BASE, NTK_MAX_BASE);
}

/* Checks the options of a method, once they are resolved. */
static void
check_options(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	for (int i = 0; i < method->options; i++)
		ntk_check_range(method->option[i].name, spec->option[i], method->option[i].low,
						method->option[i].high);
	check_base_dim(spec->base_dim);
}

/* how many numbers the map carries */
static Size
data_numbers(const ntk_map_spec *spec)
{
	return ntk_map_landmarks(spec);
}

static Size
value_size(const ntk_map_spec *spec)
{
	return MAXALIGN(HEADER + sizeof(float4) * data_numbers(spec));
}

NtkMapValue *
ntk_map_make(ntk_map_spec spec)
{
	const ntk_method *method = ntk_methods[spec.method];
	NtkMapValue *value;

	if (method->landmarks && !spec.landmarks)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" needs landmarks", method->name),
				 errhint("Use ntk_nystrom(landmarks), with landmarks from the aggregate "
						 "ntk_landmarks(x, k).")));
	check_spec(&spec);
	for (int i = method->options; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = 0;
	ntk_map_resolve(&spec);
	check_options(&spec);

	value = ntk_value_make(NTK_VALUE_MAP, value_size(&spec));
	value->method = spec.method;
	value->kernel = spec.kernel;
	value->input_dim = spec.input_dim;
	value->n_components = spec.n_components;
	value->depth = spec.depth;
	value->base_dim = spec.base_dim;
	memcpy(value->option, spec.option, sizeof(value->option));
	value->numbers = data_numbers(&spec);
	value->seed = method->landmarks ? 0 : spec.seed;
	value->bias = spec.bias + 0.0;	/* -0 is the same map as 0 */
	for (Size i = 0; i < value->numbers; i++)
		value->data[i] = spec.landmarks[i] + 0.0f;
	ntk_value_seal(&value->head);
	return value;
}

ntk_map_spec
ntk_map_spec_of(const NtkMapValue *value)
{
	ntk_map_spec spec = {
		.method = value->method,
		.kernel = value->kernel,
		.input_dim = value->input_dim,
		.n_components = value->n_components,
		.depth = value->depth,
		.base_dim = value->base_dim,
		.seed = value->seed,
		.bias = value->bias,
		.landmarks = value->numbers > 0 ? value->data : NULL,
	};

	memcpy(spec.option, value->option, sizeof(spec.option));
	return spec;
}

void
ntk_map_check(const NtkMapValue *value, Size bytes, int width, const char *type_name)
{
	ntk_map_spec spec;

	if (bytes < HEADER || VARSIZE(value) != bytes)
		ntk_value_refuse(type_name, "Its map has another size than it says.");
	ntk_value_check_head(&value->head, NTK_VALUE_MAP, HEADER, type_name);
	if (value->reserved != 0 || value->method >= ntk_method_count ||
		value->kernel >= lengthof(kernel_names))
		ntk_value_refuse(type_name, "A field of its map is out of range.");
	if (width != 0 && value->n_components != width)
		ntk_value_refuse(type_name, "Its map has another width.");
	spec = ntk_map_spec_of(value);
	check_spec(&spec);
	check_options(&spec);
	for (int i = ntk_methods[spec.method]->options; i < NTK_MAX_OPTIONS; i++)
		if (spec.option[i] != 0)
			ntk_value_refuse(type_name, "A field of its map is out of range.");
	if (ntk_methods[spec.method]->landmarks && (spec.base_dim != 0 || spec.seed != 0))
		ntk_value_refuse(type_name, "A field of its map is out of range.");
	if (value->numbers != data_numbers(&spec) || bytes != value_size(&spec))
		ntk_value_refuse(type_name, "Its map has another size than it says.");
	for (Size i = 0; i < value->numbers; i++)
		if (!isfinite(value->data[i]))
			ntk_value_refuse(type_name, "Its map contains an infinity or a NaN.");
	if (!ntk_value_is_sealed(&value->head))
		ntk_value_refuse(type_name, "The fingerprint of its map does not match.");
}

bool
ntk_map_same(const NtkMapValue *a, const NtkMapValue *b)
{
	if (a == b)
		return true;
	return a && b && VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

const char *
ntk_map_fingerprint(const NtkMapValue *value)
{
	return value ? psprintf("%016llx", (unsigned long long) value->head.id) : "none";
}

/* the known options of a method, for the hint of an error */
static char *
list_options(const ntk_method *method)
{
	StringInfoData list;

	if (method->landmarks && method->options == 0)
		return "none";
	initStringInfo(&list);
	for (int i = 0; i < method->options; i++)
		appendStringInfo(&list, "\"%s\", ", method->option[i].name);
	if (method->landmarks)
		list.data[list.len - 2] = '\0';
	else
		appendStringInfoString(&list, "\"" BASE_DIM "\"");
	return list.data;
}

/* needs the method to be known */
static void
take_option(const char *key, const JsonbValue *value, void *argument)
{
	ntk_map_spec *spec = argument;
	const ntk_method *method = ntk_methods[spec->method];

	for (int i = 0; i < method->options; i++)
	{
		const ntk_option *option = &method->option[i];

		if (strcmp(key, option->name) != 0)
			continue;
		spec->option[i] =
			option->boolean ? ntk_json_boolean(key, value) : ntk_json_int(key, value);
		ntk_check_range(key, spec->option[i], option->low, option->high);
		return;
	}
	if (!method->landmarks && strcmp(key, BASE_DIM) == 0)
	{
		spec->base_dim = ntk_json_int(key, value);
		check_base_dim(spec->base_dim);
	}
	else
		ntk_json_refuse_key(psprintf("the options of method \"%s\"", method->name), key,
							list_options(method));
}

/* What is read from the JSON text of a map. */
typedef struct MapText
{
	ntk_map_spec spec;
	bool		has_input_dim;
	JsonbContainer *options;	/* read last: they depend on the method */
	char	   *landmarks;		/* read last: they depend on the size */
} MapText;

static void
take_key(const char *key, const JsonbValue *value, void *argument)
{
	MapText    *text = argument;
	ntk_map_spec *spec = &text->spec;

	if (strcmp(key, "method") == 0)
		spec->method = ntk_method_by_name(ntk_json_string(key, value));
	else if (strcmp(key, "kernel") == 0)
		spec->kernel = ntk_kernel_by_name(ntk_json_string(key, value));
	else if (strcmp(key, "input_dim") == 0)
	{
		spec->input_dim = ntk_json_int(key, value);
		text->has_input_dim = true;
	}
	else if (strcmp(key, "n_components") == 0)
		spec->n_components = ntk_json_int(key, value);
	else if (strcmp(key, "depth") == 0)
		spec->depth = ntk_json_int(key, value);
	else if (strcmp(key, "seed") == 0)
		spec->seed = (uint64) ntk_json_integer(key, value);
	else if (strcmp(key, "bias") == 0)
		spec->bias = ntk_json_number(key, value);
	else if (strcmp(key, "options") == 0)
	{
		if (value->type != jbvBinary)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("options must be a JSON object")));
		text->options = value->val.binary.data;
	}
	else if (strcmp(key, "landmarks") == 0)
		text->landmarks = ntk_json_string(key, value);
	else
		ntk_json_refuse_key(TYPE_NAME, key,
							"\"method\", \"kernel\", \"input_dim\", \"n_components\", "
							"\"depth\", \"seed\", \"bias\", \"options\", \"landmarks\"");
}

/* landmarks as base64, of the size that the other fields say */
static const float *
decode_landmarks(const ntk_map_spec *spec, const char *text)
{
	Size		bytes = sizeof(float) * data_numbers(spec);
	Size		length = strlen(text);
	Size		room = length / 4 * 3 + 3;
	float	   *landmarks = palloc(room);
	int			n = ntk_b64_decode(text, length, (char *) landmarks, room);

	if (!ntk_methods[spec->method]->landmarks)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" has no landmarks", ntk_methods[spec->method]->name)));
	if (n < 0 || (Size) n != bytes)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("landmarks must be base64 of %d x %d numbers of type real",
						spec->n_components, spec->input_dim)));
	for (Size i = 0; i < bytes / sizeof(float); i++)
		if (!isfinite(landmarks[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("landmarks must be finite")));
	return landmarks;
}

/* ntk_map(input_dim, n_components, depth, method, seed, bias, kernel, options) */
NTK_FUNCTION(ntk_sql_map);
Datum
ntk_sql_map(PG_FUNCTION_ARGS)
{
	ntk_map_spec spec = ntk_map_defaults();

	spec.input_dim = PG_GETARG_INT32(0);
	spec.n_components = PG_GETARG_INT32(1);
	spec.depth = PG_GETARG_INT32(2);
	spec.method = ntk_method_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	spec.seed = (uint64) PG_GETARG_INT64(4);
	spec.bias = PG_GETARG_FLOAT8(5);
	spec.kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(6)));
	ntk_json_each(&PG_GETARG_JSONB_P(7)->root, "options", take_option, &spec);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_map_in);
Datum
ntk_sql_map_in(PG_FUNCTION_ARGS)
{
	Datum		json = DirectFunctionCall1(jsonb_in, PG_GETARG_DATUM(0));
	MapText		text = {.spec = ntk_map_defaults()};

	ntk_json_each(&DatumGetJsonbP(json)->root, TYPE_NAME, take_key, &text);
	if (text.options)
		ntk_json_each(text.options, "options", take_option, &text.spec);
	if (!text.has_input_dim)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs the key \"input_dim\"", TYPE_NAME)));
	if (text.landmarks)
	{
		check_spec(&text.spec);
		text.spec.landmarks = decode_landmarks(&text.spec, text.landmarks);
	}
	PG_RETURN_POINTER(ntk_map_make(text.spec));
}

static void
append_landmarks(StringInfo text, const NtkMapValue *value)
{
	Size		bytes = sizeof(float4) * value->numbers;
	Size		room = bytes / 3 * 4 + 8;
	int			length;

	/* the text is read as jsonb */
	if (room > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("landmarks of %zu bytes are too large for the text form", bytes),
				 errhint("Use the binary format of COPY.")));
	appendStringInfoString(text, ", \"landmarks\": \"");
	enlargeStringInfo(text, (int) room);
	length = ntk_b64_encode((const char *) value->data, (int) bytes, text->data + text->len,
							(int) room);
	if (length < 0)
		elog(ERROR, "could not encode %zu bytes", bytes);
	text->len += length;
	appendStringInfoChar(text, '"');
}

NTK_FUNCTION(ntk_sql_map_out);
Datum
ntk_sql_map_out(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = (NtkMapValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	const ntk_method *method = ntk_methods[value->method];
	char		bias[DOUBLE_SHORTEST_DECIMAL_LEN];
	StringInfoData text;

	double_to_shortest_decimal_buf(value->bias, bias);
	initStringInfo(&text);
	appendStringInfo(&text,
					 "{\"method\": \"%s\", \"kernel\": \"%s\", \"input_dim\": %d, "
					 "\"n_components\": %d, \"depth\": %d, \"seed\": %lld, "
					 "\"bias\": %s, \"options\": {",
					 method->name, kernel_names[value->kernel], value->input_dim,
					 value->n_components, value->depth, (long long) value->seed, bias);
	for (int i = 0; i < method->options; i++)
	{
		appendStringInfo(&text, "%s\"%s\": ", i ? ", " : "", method->option[i].name);
		if (method->option[i].boolean)
			appendStringInfoString(&text, value->option[i] ? "true" : "false");
		else
			appendStringInfo(&text, "%d", value->option[i]);
	}
	if (!method->landmarks)
		appendStringInfo(&text, "%s\"" BASE_DIM "\": %d", method->options ? ", " : "",
						 value->base_dim);
	appendStringInfoChar(&text, '}');
	if (value->numbers > 0)
		append_landmarks(&text, value);
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

static void
check_value(const NtkValue *value)
{
	ntk_map_check((const NtkMapValue *) value, VARSIZE(value), 0, TYPE_NAME);
}

static const NtkValueKind kind = {NTK_VALUE_MAP, TYPE_NAME, HEADER, check_value};

NTK_FUNCTION(ntk_sql_map_recv);
Datum
ntk_sql_map_recv(PG_FUNCTION_ARGS)
{
	return ntk_value_recv(fcinfo, &kind);
}

NTK_FUNCTION(ntk_sql_map_send);
Datum
ntk_sql_map_send(PG_FUNCTION_ARGS)
{
	return ntk_value_send(fcinfo, &kind);
}

static bool
same_value(FunctionCallInfo fcinfo)
{
	return ntk_map_same((NtkMapValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)),
						(NtkMapValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1)));
}

NTK_FUNCTION(ntk_sql_map_eq);
Datum
ntk_sql_map_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_value(fcinfo));
}

NTK_FUNCTION(ntk_sql_map_ne);
Datum
ntk_sql_map_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_value(fcinfo));
}

NTK_FUNCTION(ntk_sql_map_hash);
Datum
ntk_sql_map_hash(PG_FUNCTION_ARGS)
{
	NtkValue   *value = (NtkValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));

	PG_RETURN_INT32((int32) murmurhash32((uint32) value->id));
}

/* ntk_fingerprint(map) -> text: 16 hexadecimal digits */
NTK_FUNCTION(ntk_sql_map_fingerprint);
Datum
ntk_sql_map_fingerprint(PG_FUNCTION_ARGS)
{
	NtkValue   *value = (NtkValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text(ntk_map_fingerprint((NtkMapValue *) value)));
}
