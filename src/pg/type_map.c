/*
 * type_map.c
 *		The SQL type ntk_map: constructor, JSON text form, binary form, comparison.
 */
#include "pg/type_map.h"

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

static const char *const kernel_names[] = {"ntk", "nngp"};

/* index of name in names; an error that lists them if there is none */
static int
index_of(const char *what, const char *name, const char *const *names, int n)
{
	StringInfoData list;

	for (int i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", names[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown %s \"%s\"", what, name),
			 errhint("Known: %s.", list.data)));
}

ntk_kernel
ntk_kernel_by_name(const char *name)
{
	return (ntk_kernel) index_of("kernel", name, kernel_names, lengthof(kernel_names));
}

static int
method_by_name(const char *name)
{
	const char **names = palloc(sizeof(char *) * ntk_method_count);

	for (int i = 0; i < ntk_method_count; i++)
		names[i] = ntk_methods[i]->name;
	return index_of("method", name, names, ntk_method_count);
}

void
ntk_check_depth(int64 depth)
{
	ntk_check_range("depth", depth, 1, NTK_MAX_DEPTH);
}

ntk_map_spec
ntk_map_defaults(void)
{
	ntk_map_spec spec = {.n_components = 1024,.depth = 1};

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

/* Checks the options of a method, once they are resolved. */
static void
check_options(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	for (int i = 0; i < method->options; i++)
		ntk_check_range(method->option[i].name, spec->option[i], method->option[i].low,
						method->option[i].high);
}

NtkMapValue *
ntk_map_make(ntk_map_spec spec)
{
	NtkMapValue *value;

	check_spec(&spec);
	for (int i = ntk_methods[spec.method]->options; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = 0;
	ntk_map_resolve(&spec);
	check_options(&spec);

	value = ntk_value_make(NTK_VALUE_MAP, sizeof(NtkMapValue));
	value->method = spec.method;
	value->kernel = spec.kernel;
	value->input_dim = spec.input_dim;
	value->n_components = spec.n_components;
	value->depth = spec.depth;
	memcpy(value->option, spec.option, sizeof(value->option));
	value->seed = spec.seed;
	value->bias = spec.bias + 0.0;	/* -0 is the same map as 0 */
	ntk_value_seal(&value->head);
	return value;
}

static ntk_map_spec
spec_of(const NtkMapValue *value)
{
	ntk_map_spec spec = {
		.method = value->method,
		.kernel = value->kernel,
		.input_dim = value->input_dim,
		.n_components = value->n_components,
		.depth = value->depth,
		.seed = value->seed,
		.bias = value->bias,
	};

	memcpy(spec.option, value->option, sizeof(spec.option));
	return spec;
}

void
ntk_map_check(const NtkMapValue *value, int width, const char *type_name)
{
	ntk_map_spec spec;

	ntk_value_check_head(&value->head, NTK_VALUE_MAP, sizeof(NtkMapValue), type_name);
	if (VARSIZE(value) != sizeof(NtkMapValue) || value->reserved != 0 ||
		value->method >= ntk_method_count || value->kernel >= lengthof(kernel_names))
		ntk_value_refuse(type_name, "A field of its map is out of range.");
	if (width != 0 && value->n_components != width)
		ntk_value_refuse(type_name, "Its map has another width.");
	spec = spec_of(value);
	check_spec(&spec);
	check_options(&spec);
	for (int i = ntk_methods[spec.method]->options; i < NTK_MAX_OPTIONS; i++)
		if (spec.option[i] != 0)
			ntk_value_refuse(type_name, "A field of its map is out of range.");
	if (!ntk_value_is_sealed(&value->head))
		ntk_value_refuse(type_name, "The fingerprint of its map does not match.");
}

const char *
ntk_map_fingerprint(const NtkMapValue *value)
{
	return value ? psprintf("%016llx", (unsigned long long) value->head.id) : "none";
}

void *
ntk_map_prepare(const NtkValue *value)
{
	NtkPreparedMap *prepared = palloc(sizeof(NtkPreparedMap));
	ntk_map_spec spec;
	Size		bytes;

	prepared->value = (const NtkMapValue *) value;
	spec = spec_of(prepared->value);
	bytes = ntk_map_memory(&spec);
	ntk_check_memory(bytes, "the feature map");
	ntk_map_init(&prepared->map, &spec, MemoryContextAllocHuge(CurrentMemoryContext, bytes));
	prepared->workspace = palloc(ntk_map_workspace(&prepared->map));
	return prepared;
}

void
ntk_map_features(const NtkPreparedMap *prepared, const double *x, int n, float *z)
{
	if (ntk_map_apply(&prepared->map, x, n, z, prepared->workspace) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a feature exceeds the range of type real"),
				 errhint("Rescale x: its norm is too large.")));
}

/* the known options of a method, for the hint of an error */
static char *
list_options(const ntk_method *method)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < method->options; i++)
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", method->option[i].name);
	return method->options ? list.data : "none";
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
	ntk_json_refuse_key(psprintf("the options of method \"%s\"", method->name), key,
			   list_options(method));
}

/* What is read from the JSON text of a map. */
typedef struct MapText
{
	ntk_map_spec spec;
	bool		has_input_dim;
	JsonbContainer *options;	/* read last: they depend on the method */
} MapText;

static void
take_key(const char *key, const JsonbValue *value, void *argument)
{
	MapText    *text = argument;
	ntk_map_spec *spec = &text->spec;

	if (strcmp(key, "method") == 0)
		spec->method = method_by_name(ntk_json_string(key, value));
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
	else
		ntk_json_refuse_key(TYPE_NAME, key,
				   "\"method\", \"kernel\", \"input_dim\", \"n_components\", \"depth\", "
				   "\"seed\", \"bias\", \"options\"");
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
	spec.method = method_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)));
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
	MapText		text = {ntk_map_defaults(), false, NULL};

	ntk_json_each(&DatumGetJsonbP(json)->root, TYPE_NAME, take_key, &text);
	if (text.options)
		ntk_json_each(text.options, "options", take_option, &text.spec);
	if (!text.has_input_dim)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs the key \"input_dim\"", TYPE_NAME)));
	PG_RETURN_POINTER(ntk_map_make(text.spec));
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
	appendStringInfoString(&text, "}}");
	PG_RETURN_CSTRING(text.data);
}

static void
check_value(const NtkValue *value)
{
	ntk_map_check((const NtkMapValue *) value, 0, TYPE_NAME);
}

static const NtkValueKind kind = {NTK_VALUE_MAP, TYPE_NAME, sizeof(NtkMapValue), check_value};

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
	NtkValue   *a = (NtkValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	NtkValue   *b = (NtkValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1));

	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
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
