/*
 * image_input.c
 *		Checks of shapes, filters and pooling, and of what images are given as.
 */
#include "pg/types/image_input.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"

#include "core/maps/map.h"

#include "pg/base/module.h"

static const char *const image_padding_names[] = {"same", "valid"};

ntk_padding
ntk_padding_by_name(const char *name)
{
	return (ntk_padding) ntk_name_index("padding", name, image_padding_names,
										lengthof(image_padding_names));
}

const char *
ntk_padding_name(ntk_padding padding)
{
	return image_padding_names[padding];
}

static void
image_check_shape(const ntk_image *image)
{
	static const char *const names[] = {"height", "width", "channels"};
	const int	sizes[] = {image->height, image->width, image->channels};
	double		length = 1;

	for (int i = 0; i < 3; i++)
	{
		if (sizes[i] < 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s in shape must be positive, not %d", names[i], sizes[i]),
					 errhint("A shape is {height,width,channels}.")));
		length *= sizes[i];
	}
	if (length > NTK_MAX_INPUT_DIM)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shape %d x %d x %d has more numbers than the limit of %d", sizes[0],
						sizes[1], sizes[2], NTK_MAX_INPUT_DIM)));
}

static void
image_check_filter(int filter)
{
	if (filter < 1 || filter % 2 == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("filter must be odd and at least 1, not %d", filter)));
}

static void
image_check_pixels_left(const ntk_image *image, int depth)
{
	if (ntk_image_height(image, depth) < 1 || ntk_image_width(image, depth) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("of an image of %d x %d pixels, %d layers with %d x %d filters and "
						"padding \"valid\" leave none",
						image->height, image->width, depth, image->filter, image->filter),
				 errdetail("Each takes away %d rows and columns.", image->filter - 1),
				 errhint("Use a smaller depth or filter, or padding \"same\".")));
}

static void
image_check_pooling(const ntk_image *image, int depth)
{
	int			height = ntk_image_height(image, depth);
	int			width = ntk_image_width(image, depth);

	if (image->pooling < 0 || image->pooling > Min(height, width))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pooling must be between 0 and %d, not %d", Min(height, width),
						image->pooling),
				 errdetail("The last layer has %d x %d pixels.", height, width),
				 errhint("1 is the mean over all pixels, g that over each cell of a g x g grid, 0 no pooling.")));
}

void
ntk_image_check(const ntk_image *image, int depth)
{
	image_check_shape(image);
	image_check_filter(image->filter);
	image_check_pixels_left(image, depth);
	image_check_pooling(image, depth);
}

static void
image_read_shape(ArrayType *shape, ntk_image *image)
{
	const int32 *sizes = (const int32 *) ARR_DATA_PTR(shape);
	int			n = ntk_array_count(shape, "shape");

	if (n != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shape must have 3 elements, not %d", n),
				 errhint("A shape is {height,width,channels}.")));
	Assert(ARR_ELEMTYPE(shape) == INT4OID);
	image->height = sizes[0];
	image->width = sizes[1];
	image->channels = sizes[2];
}

ntk_image
ntk_image_make(ArrayType *shape, int depth, int filter, ntk_padding padding, int pooling)
{
	ntk_image	image = {.filter = filter,.padding = padding,.pooling = pooling};

	image_read_shape(shape, &image);
	ntk_image_check(&image, depth);
	return image;
}

static const char *
image_shape_name(const ntk_image *image)
{
	return psprintf("shape %d x %d x %d", image->height, image->width, image->channels);
}

/* whether an array of several dimensions has the sizes of the shape */
static bool
image_has_shape(const ntk_image *image, ArrayType *array)
{
	const int  *dims = ARR_DIMS(array);

	if (ARR_NDIM(array) == 2 && image->channels > 1)
		return false;
	return ARR_NDIM(array) <= 3 && dims[0] == image->height && dims[1] == image->width &&
		(ARR_NDIM(array) == 2 || dims[2] == image->channels);
}

static void
image_refuse_dimensions(const ntk_image *image, ArrayType *array, const char *name)
{
	StringInfoData sizes;

	initStringInfo(&sizes);
	for (int i = 0; i < ARR_NDIM(array); i++)
		appendStringInfo(&sizes, "%s%d", i ? " x " : "", ARR_DIMS(array)[i]);
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 errmsg("%s is a %s array, which is not the %s", name, sizes.data,
					image_shape_name(image)),
			 errhint("A one-dimensional array of %zu numbers is possible, too: by rows, the "
					 "channels of a pixel side by side.",
					 ntk_image_length(image))));
}

static void
image_read_array(const ntk_image *image, ArrayType *array, const char *name, double *out)
{
	if (ARR_NDIM(array) > 1 && !image_has_shape(image, array))
		image_refuse_dimensions(image, array, name);
	ntk_array_check_length(name, ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)),
						   image_shape_name(image), ntk_image_length(image));
	ntk_array_refuse_nulls(array, name);
	ntk_array_read(array, name, 1.0, out);
}

void
ntk_image_read(const ntk_image *image, Datum pixels, NtkRowForm form, const char *name,
			   double *out)
{
	struct varlena *value = form == NTK_ROW_BYTES ? PG_DETOAST_DATUM_PACKED(pixels)
		: (struct varlena *) ntk_row_array(pixels, form, name);

	if (form == NTK_ROW_BYTES)
		ntk_bytes_read(value, name, image_shape_name(image), ntk_image_length(image), out);
	else
		image_read_array(image, (ArrayType *) value, name, out);
	if ((Pointer) value != DatumGetPointer(pixels))
		pfree(value);
}
