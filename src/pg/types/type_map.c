/*
 * type_map.c
 *		The SQL type ntk_map: binary form, comparison.
 */
#include "pg/types/type_map.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/builtins.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/types/image_input.h"
#include "pg/types/map_options.h"

#include "core/kernels/cntk_kernel.h"

#define TYPE_NAME "ntk_map"
#define HEADER offsetof(NtkMapValue, data)

/* methods for images and for rows may have the same name */
int
ntk_method_by_name(const char *name, bool image)
{
	const char **names = palloc(sizeof(char *) * ntk_method_count);
	int		   *methods = palloc(sizeof(int) * ntk_method_count);
	int			n = 0;

	for (int i = 0; i < ntk_method_count; i++)
		if ((ntk_methods[i]->image != 0) == image)
		{
			names[n] = ntk_methods[i]->name;
			methods[n++] = i;
		}
	return methods[ntk_name_index("method", name, names, n)];
}

static void
map_check_image_depth(int64 depth)
{
	ntk_check_range("depth", depth, NTK_CNTK_MIN_DEPTH, NTK_MAX_DEPTH);
}

ntk_map_spec
ntk_map_defaults(void)
{
	ntk_map_spec spec = {.n_components = 1024,.depth = 1,.base_dim = NTK_UNSET};

	for (int i = 0; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = NTK_UNSET;
	return spec;
}

ntk_map_spec
ntk_map_image_defaults(void)
{
	ntk_map_spec spec = ntk_map_defaults();

	spec.method = ntk_method_by_name("zonal", true);
	spec.n_components = 4096;
	spec.depth = 2;
	return spec;
}

/* sizes that follow from it must not overflow */
static void
map_check_patch(const ntk_image *image)
{
	double		length = (double) image->filter * image->filter * image->channels;

	if (length > NTK_MAX_INPUT_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a patch of %d x %d x %d has more numbers than the limit of %d",
						image->filter, image->filter, image->channels, NTK_MAX_INPUT_DIM),
				 errhint("Use a smaller filter.")));
}

void
ntk_map_set_image(ntk_map_spec *spec, ArrayType *shape, int filter, ntk_padding padding,
				  int pooling)
{
	map_check_image_depth(spec->depth);
	spec->image = ntk_image_make(shape, spec->depth, filter, padding, pooling);
	spec->input_dim = ntk_image_length(&spec->image);
}

void
ntk_map_check_metric(const ntk_map_spec *spec)
{
	if (spec->metric_rows != 0 && ntk_map_is_image(spec))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a map of images has no metric")));
	if (spec->metric_rows == 0 || spec->metric_rows == NTK_METRIC_DIAGONAL)
		return;
	ntk_check_range("the number of rows of a metric", spec->metric_rows, 1,
					NTK_MAX_METRIC_DIM);
	if (spec->input_dim > NTK_MAX_METRIC_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a two-dimensional metric is for at most %d inputs, not %d",
						NTK_MAX_METRIC_DIM, spec->input_dim),
				 errhint("Use the diagonal, a one-dimensional array.")));
	if (spec->base_dim > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a map that reduces its inputs has no two-dimensional metric"),
				 errdetail("Its base_dim is %d.", spec->base_dim),
				 errhint("Use the diagonal, a one-dimensional array, or base_dim 0.")));
}

static void
map_check_kernel(const ntk_map_spec *spec)
{
	const char *kernel = ntk_kernel_name(spec->kernel);

	if (!ntk_kernel_is_distance(spec->kernel))
	{
		ntk_check_distance(spec->kernel, &spec->distance);
		ntk_check_depth(spec->depth);
		return;
	}
	if (!ntk_method_has_kernel(ntk_methods[spec->method], spec->kernel))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("method \"%s\" does not have the kernel \"%s\"",
						ntk_methods[spec->method]->name, kernel),
				 errhint("Use ntk_nystrom(landmarks, kernel, bandwidth), with landmarks from the "
						 "aggregate ntk_landmarks(x, k).")));
	ntk_check_distance(spec->kernel, &spec->distance);
	if (spec->depth != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("depth must be 1 for kernel \"%s\", not %d", kernel, spec->depth),
				 errdetail("Kernels of the distance have no layers.")));
	if (spec->bias != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bias must be 0 for kernel \"%s\", not %g", kernel, spec->bias),
				 errdetail("A bias does not change distances.")));
}

void
ntk_map_check_spec(const ntk_map_spec *spec)
{
	ntk_check_range("input_dim", spec->input_dim, 1, NTK_MAX_INPUT_DIM);
	ntk_map_check_metric(spec);
	ntk_check_range("n_components", spec->n_components, 1, NTK_MAX_COMPONENTS);
	ntk_check_finite(spec->bias, "bias");
	if (ntk_map_is_image(spec))
	{
		if (!ntk_method_has_kernel(ntk_methods[spec->method], spec->kernel))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the kernel of a map of images must be \"ntk\", not \"%s\"",
							ntk_kernel_name(spec->kernel))));
		map_check_image_depth(spec->depth);
		ntk_image_check(&spec->image, spec->depth);
		map_check_patch(&spec->image);
	}
	else
		map_check_kernel(spec);
}

static void
map_check_landmarks(const ntk_map_spec *spec)
{
	const ntk_method *method = ntk_methods[spec->method];

	if (!method->landmarks || spec->landmarks)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("method \"%s\" needs landmarks", method->name),
			 method->image
			 ? errhint("Use cntk_nystrom(map, patches), with a map of another method and "
					   "patches from the aggregate cntk_patches(image, map, k).")
			 : errhint("Use ntk_nystrom(landmarks), with landmarks from the aggregate "
					   "ntk_landmarks(x, k).")));
}

/* landmarks are all there is to a map of rows, while one of images compresses at random */
static bool
map_has_seed(const ntk_map_spec *spec)
{
	return !ntk_methods[spec->method]->landmarks || ntk_map_is_image(spec);
}

/* numbers of the scale of channels */
static Size
map_scale_numbers(const ntk_map_spec *spec)
{
	return spec->channels ? 2 * (Size) spec->image.channels : 0;
}

static Size
map_value_size(Size numbers)
{
	return MAXALIGN(HEADER + sizeof(float4) * numbers);
}

/* numbers in the data of a value */
static Size
map_numbers_of(const NtkMapValue *value)
{
	return (Size) value->numbers + value->scales + value->factors;
}

/* here, too, -0 becomes 0 */
static void
map_copy_numbers(float4 *to, const float *from, Size n)
{
	for (Size i = 0; i < n; i++)
		to[i] = from[i] + 0.0f;
}

/* in the same place as the geometry of images */
static void
map_store_distance(NtkMapValue *value, const ntk_distance *distance)
{
	value->bandwidth = distance->bandwidth;
	value->exponent = distance->exponent;
}

static void
map_store_image(NtkMapValue *value, const ntk_image *image)
{
	value->height = image->height;
	value->width = image->width;
	value->channels = image->channels;
	value->filter = image->filter;
	value->padding = image->padding;
	value->pooling = image->pooling;
}

NtkMapValue *
ntk_map_make(ntk_map_spec spec)
{
	const ntk_method *method = ntk_methods[spec.method];
	NtkMapValue *value;
	Size		numbers;
	Size		scales = map_scale_numbers(&spec);
	Size		factors = ntk_map_metric(&spec);

	map_check_landmarks(&spec);
	ntk_map_check_spec(&spec);
	for (int i = method->options; i < NTK_MAX_OPTIONS; i++)
		spec.option[i] = 0;
	ntk_map_resolve(&spec);
	ntk_map_check_options(&spec);

	numbers = ntk_map_landmarks(&spec);
	value = ntk_value_make(NTK_VALUE_MAP, map_value_size(numbers + scales + factors));
	value->method = spec.method;
	value->kernel = spec.kernel;
	value->input_dim = spec.input_dim;
	value->n_components = spec.n_components;
	value->depth = spec.depth;
	value->base_dim = spec.base_dim;
	memcpy(value->option, spec.option, sizeof(value->option));
	value->seed = map_has_seed(&spec) ? spec.seed : 0;
	value->bias = spec.bias + 0.0;	/* -0 is the same map as 0 */
	if (ntk_kernel_is_distance(spec.kernel))
		map_store_distance(value, &spec.distance);
	else
		map_store_image(value, &spec.image);
	value->numbers = numbers;
	value->scales = scales;
	value->metric_rows = spec.metric_rows;
	value->factors = factors;
	map_copy_numbers(value->data, spec.landmarks, numbers);
	map_copy_numbers(value->data + numbers, spec.channels, scales);
	map_copy_numbers(value->data + numbers + scales, spec.metric, factors);
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
		.image = {.padding = value->padding,.pooling = value->pooling},
		.channels = value->scales > 0 ? value->data + value->numbers : NULL,
		.metric_rows = value->metric_rows,
		.metric = value->factors > 0 ? value->data + value->numbers + value->scales : NULL,
		.landmarks = value->numbers > 0 ? value->data : NULL,
	};

	memcpy(spec.option, value->option, sizeof(spec.option));
	if (ntk_kernel_is_distance(value->kernel))
	{
		spec.distance.bandwidth = value->bandwidth;
		spec.distance.exponent = value->exponent;
	}
	else
	{
		spec.image.height = value->height;
		spec.image.width = value->width;
		spec.image.channels = value->channels;
		spec.image.filter = value->filter;
	}
	return spec;
}

/* whether the fields have what a map of the method never has */
static bool
map_has_foreign_fields(const NtkMapValue *value, const ntk_map_spec *spec)
{
	static const ntk_image none = {0};
	const ntk_method *method = ntk_methods[spec->method];

	for (int i = method->options; i < NTK_MAX_OPTIONS; i++)
		if (spec->option[i] != 0)
			return true;
	if (!ntk_map_reduces(spec) && spec->base_dim != 0)
		return true;
	if (!map_has_seed(spec) && spec->seed != 0)
		return true;
	if (method->image)
		return spec->bias != 0 || value->padding > NTK_PADDING_VALID ||
			(Size) spec->input_dim != ntk_image_length(&spec->image);
	return memcmp(&spec->image, &none, sizeof(none)) != 0 || value->scales != 0;
}

/* whether the numbers behind the fields are as many as the map has */
static bool
map_has_size(const NtkMapValue *value, const ntk_map_spec *spec, Size bytes)
{
	if (value->scales != 0 && value->scales != 2 * (Size) spec->image.channels)
		return false;
	return value->numbers == ntk_map_landmarks(spec) && value->factors == ntk_map_metric(spec) &&
		bytes == map_value_size(map_numbers_of(value));
}

/* whether zeros follow the numbers */
static bool
map_is_padded(const NtkMapValue *value)
{
	const char *end = (const char *) value + VARSIZE(value);

	for (const char *byte = (const char *) (value->data + map_numbers_of(value)); byte < end;
		 byte++)
		if (*byte != 0)
			return false;
	return true;
}

static bool
map_is_negative_zero(double number)
{
	return number == 0 && signbit(number);
}

static void
map_check_all_fields(const NtkMapValue *value, Size bytes, const char *type_name)
{
	ntk_map_spec spec;

	if (value->reserved != 0 || value->method >= ntk_method_count ||
		value->kernel >= ntk_kernel_count)
		ntk_value_refuse(type_name, "A field of its map is out of range.");
	spec = ntk_map_spec_of(value);
	spec.channels = NULL;		/* they may lie beyond the end */
	ntk_map_check_spec(&spec);
	ntk_map_check_options(&spec);
	if (map_has_foreign_fields(value, &spec))
		ntk_value_refuse(type_name, "A field of its map is out of range.");
	if (!map_has_size(value, &spec, bytes))
		ntk_value_refuse(type_name, "The size of its map does not match its fields.");
}

void
ntk_map_check_part(const NtkMapValue *value, Size bytes, int width, const char *type_name)
{
	/* a length word can also say that a value is compressed or elsewhere */
	if (bytes < HEADER || !VARATT_IS_4B_U(value) || VARSIZE(value) != bytes)
		ntk_value_refuse(type_name, "The size of its map does not match its fields.");
	ntk_value_check_head(&value->head, NTK_VALUE_MAP, HEADER, type_name);
	if (value->n_components != width)
		ntk_value_refuse(type_name, "Its map has another width.");
	map_check_all_fields(value, bytes, type_name);
}

/* the same map with another zero would have another fingerprint: ntk_map_make makes none */
void
ntk_map_check_numbers(const NtkMapValue *value, const char *type_name)
{
	ntk_map_spec spec = ntk_map_spec_of(value);
	Size		n = map_numbers_of(value);
	bool		negative_zero = map_is_negative_zero(value->bias);

	for (Size i = 0; i < n; i++)
	{
		if (!isfinite(value->data[i]))
			ntk_value_refuse(type_name, "Its map contains an infinity or a NaN.");
		negative_zero |= map_is_negative_zero(value->data[i]);
	}
	if (negative_zero)
		ntk_value_refuse(type_name, "Its map contains a negative zero.");
	ntk_map_check_options(&spec);
	if (!map_is_padded(value))
		ntk_value_refuse(type_name, "A field of its map is out of range.");
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

static void
map_check_fields(const NtkValue *value, Size bytes)
{
	map_check_all_fields((const NtkMapValue *) value, bytes, TYPE_NAME);
}

static void
map_check_contents(const NtkValue *value)
{
	ntk_map_check_numbers((const NtkMapValue *) value, TYPE_NAME);
}

const NtkValueKind ntk_map_kind = {
	.type = NTK_VALUE_MAP,
	.name = TYPE_NAME,
	.minimum = HEADER,
	.check_fields = map_check_fields,
	.check = map_check_contents,
};

NTK_FUNCTION(ntk_sql_map_recv);
Datum
ntk_sql_map_recv(PG_FUNCTION_ARGS)
{
	return ntk_value_recv(fcinfo, &ntk_map_kind);
}

NTK_FUNCTION(ntk_sql_map_send);
Datum
ntk_sql_map_send(PG_FUNCTION_ARGS)
{
	return ntk_value_send(fcinfo, &ntk_map_kind);
}

static bool
map_same_value(FunctionCallInfo fcinfo)
{
	return ntk_map_same(ntk_map_get(PG_GETARG_DATUM(0)), ntk_map_get(PG_GETARG_DATUM(1)));
}

NTK_FUNCTION(ntk_sql_map_eq);
Datum
ntk_sql_map_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(map_same_value(fcinfo));
}

NTK_FUNCTION(ntk_sql_map_ne);
Datum
ntk_sql_map_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!map_same_value(fcinfo));
}

NTK_FUNCTION(ntk_sql_map_hash);
Datum
ntk_sql_map_hash(PG_FUNCTION_ARGS)
{
	NtkValue   *head = ntk_value_head(PG_GETARG_DATUM(0), &ntk_map_kind);

	PG_RETURN_INT32((int32) murmurhash32((uint32) head->id));
}

/* ntk_fingerprint(map) -> text: 16 hexadecimal digits */
NTK_FUNCTION(ntk_sql_map_fingerprint);
Datum
ntk_sql_map_fingerprint(PG_FUNCTION_ARGS)
{
	NtkValue   *head = ntk_value_head(PG_GETARG_DATUM(0), &ntk_map_kind);

	PG_RETURN_TEXT_P(cstring_to_text(ntk_map_fingerprint((NtkMapValue *) head)));
}
