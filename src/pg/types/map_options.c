/*
 * map_options.c
 *		Reading, checking and writing the options of feature maps.
 */
#include "pg/types/map_options.h"

#include <math.h>

#include "common/shortest_dec.h"

#include "pg/base/module.h"

#define BASE_DIM "base_dim"
#define MEAN "mean"
#define STD "std"

static void
options_check_base_dim(int base_dim)
{
	if (base_dim != 0)
		ntk_check_range(BASE_DIM, base_dim, NTK_MIN_BASE, NTK_MAX_BASE);
}

static void
options_check_mean(const char *name, float mean)
{
	if (!isfinite(mean))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s exceeds the range of type real", name)));
}

static void
options_check_deviation(const char *name, float deviation)
{
	options_check_mean(name, deviation);
	if (deviation <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be positive, not %g", name, deviation)));
}

static const char *
options_element_name(const char *key, int place)
{
	return psprintf("element %d of %s", place + 1, key);
}

static void
options_check_channels(const ntk_map_spec *spec)
{
	int			n = spec->image.channels;

	for (int i = 0; spec->channels && i < n; i++)
	{
		options_check_mean(options_element_name(MEAN, i), spec->channels[i]);
		options_check_deviation(options_element_name(STD, i), spec->channels[n + i]);
	}
}

void
ntk_map_check_options(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	for (int i = 0; i < method->options; i++)
		ntk_check_range(method->option[i].name, spec->option[i], method->option[i].low,
						method->option[i].high);
	options_check_base_dim(spec->base_dim);
	options_check_channels(spec);
}

/* pixels as they are */
static float *
options_neutral_scale(int channels)
{
	float	   *scale = palloc0(2 * sizeof(float) * channels);

	for (int i = 0; i < channels; i++)
		scale[channels + i] = 1;
	return scale;
}

/* one number a channel, or one for all */
static void
options_take_scale(const char *key, const JsonbValue *value, ntk_map_spec *spec)
{
	bool		is_std = strcmp(key, STD) == 0;
	int			channels = spec->image.channels;
	JsonbValue *numbers;
	int			n = ntk_json_array(value, &numbers);
	float	   *scale = spec->channels ? (float *) spec->channels
										: options_neutral_scale(channels);
	float	   *to = is_std ? scale + channels : scale;

	if (n != 1 && n != channels)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has %d numbers, the shape %d x %d x %d expects %d", key, n,
						spec->image.height, spec->image.width, channels, channels),
				 errhint("Give one number per channel, or one for all channels.")));
	for (int i = 0; i < channels; i++)
	{
		const char *name = options_element_name(key, n == 1 ? 0 : i);

		to[i] = ntk_json_real(name, &numbers[n == 1 ? 0 : i]);
		if (is_std)
			options_check_deviation(name, to[i]);
		else
			options_check_mean(name, to[i]);
	}
	spec->channels = scale;
}

/* the known options of a method, for the hint of an error */
static char *
options_list(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < method->options; i++)
		appendStringInfo(&list, "\"%s\", ", method->option[i].name);
	if (ntk_map_reduces(spec))
		appendStringInfoString(&list, "\"" BASE_DIM "\", ");
	if (method->image)
		appendStringInfoString(&list, "\"" MEAN "\", \"" STD "\", ");
	if (list.len == 0)
		return "none";
	list.data[list.len - 2] = '\0';
	return list.data;
}

/* whether it is an option of the method's own */
static bool
options_take_own(const char *key, const JsonbValue *value, ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	for (int i = 0; i < method->options; i++)
	{
		const ntk_option *option = &method->option[i];

		if (strcmp(key, option->name) != 0)
			continue;
		spec->option[i] =
			option->boolean ? ntk_json_boolean(key, value) : ntk_json_int(key, value);
		ntk_check_range(key, spec->option[i], option->low, option->high);
		return true;
	}
	return false;
}

static void
options_take_option(const char *key, const JsonbValue *value, void *argument)
{
	ntk_map_spec *spec = argument;

	if (options_take_own(key, value, spec))
		return;
	if (ntk_map_reduces(spec) && strcmp(key, BASE_DIM) == 0)
	{
		spec->base_dim = ntk_json_int(key, value);
		options_check_base_dim(spec->base_dim);
	}
	else if (ntk_map_is_image(spec) && (strcmp(key, MEAN) == 0 || strcmp(key, STD) == 0))
		options_take_scale(key, value, spec);
	else
		ntk_json_refuse_key(psprintf("the options of method \"%s\"",
									 ntk_methods[spec->method]->name),
							key, options_list(spec));
}

void
ntk_map_read_options(ntk_map_spec *spec, JsonbContainer *options)
{
	ntk_json_each(options, "options", options_take_option, spec);
}

/* a key behind what the object has so far */
static void
options_append_key(StringInfo text, int *members, const char *key)
{
	appendStringInfo(text, "%s\"%s\": ", (*members)++ ? ", " : "", key);
}

static void
options_append_numbers(StringInfo text, const float *numbers, int n)
{
	char		number[FLOAT_SHORTEST_DECIMAL_LEN];

	for (int i = 0; i < n; i++)
	{
		float_to_shortest_decimal_buf(numbers[i], number);
		appendStringInfo(text, "%s%s", i ? ", " : "[", number);
	}
	appendStringInfoChar(text, ']');
}

void
ntk_map_write_options(const ntk_map_spec *spec, StringInfo text)
{
	const ntk_method *method = ntk_methods[spec->method];
	int			members = 0;

	appendStringInfoChar(text, '{');
	for (int i = 0; i < method->options; i++)
	{
		options_append_key(text, &members, method->option[i].name);
		if (method->option[i].boolean)
			appendStringInfoString(text, spec->option[i] ? "true" : "false");
		else
			appendStringInfo(text, "%d", spec->option[i]);
	}
	if (ntk_map_reduces(spec))
	{
		options_append_key(text, &members, BASE_DIM);
		appendStringInfo(text, "%d", spec->base_dim);
	}
	if (spec->channels)
	{
		options_append_key(text, &members, MEAN);
		options_append_numbers(text, spec->channels, spec->image.channels);
		options_append_key(text, &members, STD);
		options_append_numbers(text, spec->channels + spec->image.channels, spec->image.channels);
	}
	appendStringInfoChar(text, '}');
}
