/*
 * encoding_options.c
 *		What the aggregate ntk_encoding is asked for.
 */
#include "pg/rows/encoding_options.h"

#include "pg/base/json_input.h"
#include "pg/base/module.h"

static const char *const options_scales[] = {"standard", "clip", "quantile", "asinh", "auto"};

StaticAssertDecl(lengthof(options_scales) == NTK_SCALING_AUTO + 1, "one name a scaling, and auto");

static const char *const options_nans[] = {"error", "missing"};
static const char *const options_outsides[] = {"keep", "clip"};

static int
options_bins(const char *key, const JsonbValue *value)
{
	static const char *const known[] = {"auto"};
	int			bins;

	if (value->type == jbvString)
	{
		ntk_name_index(key, ntk_json_string(key, value), known, lengthof(known));
		return NTK_BINS_AUTO;
	}
	bins = ntk_json_int(key, value);
	ntk_check_range(key, bins, 0, NTK_MOST_BINS);
	return bins;
}

static void
options_take(const char *key, const JsonbValue *value, void *argument)
{
	NtkEncodingOptions *options = argument;

	if (strcmp(key, "scale") == 0)
		options->scaling = ntk_name_index("scale", ntk_json_string(key, value), options_scales,
										  lengthof(options_scales));
	else if (strcmp(key, "bins") == 0)
		options->bins = options_bins(key, value);
	else if (strcmp(key, "nan") == 0)
		options->nan_is_missing = ntk_name_index("nan", ntk_json_string(key, value), options_nans,
												 lengthof(options_nans)) == 1;
	else if (strcmp(key, "outside") == 0)
		options->clips = ntk_name_index("outside", ntk_json_string(key, value), options_outsides,
										lengthof(options_outsides)) == 1;
	else
		ntk_json_refuse_key("the options", key, "scale, bins, nan, outside");
}

NtkEncodingOptions
ntk_encoding_options(Jsonb *jsonb)
{
	NtkEncodingOptions options = {.scaling = NTK_SCALING_STANDARD};

	if (jsonb)
		ntk_json_each(&jsonb->root, "the options", options_take, &options);
	return options;
}

bool
ntk_encoding_options_sample(const NtkEncodingOptions *options)
{
	return options->scaling != NTK_SCALING_STANDARD || options->bins != 0;
}
