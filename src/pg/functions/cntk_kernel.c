/*
 * cntk_kernel.c
 *		cntk_kernel(x, y, shape, depth, filter, padding, pooling): the exact convolutional
 *		kernel of two images.
 */
#include "pg/base/compat.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "core/kernels/cntk_kernel.h"

#include "pg/base/module.h"
#include "pg/types/image_input.h"

/* what the arguments behind the images say, checked */
static ntk_image
cntk_kernel_network_of(FunctionCallInfo fcinfo)
{
	ntk_padding padding = ntk_padding_by_name(text_to_cstring(PG_GETARG_TEXT_PP(5)));

	ntk_check_range("depth", PG_GETARG_INT32(3), NTK_CNTK_MIN_DEPTH, NTK_MAX_DEPTH);
	return ntk_image_make(PG_GETARG_ARRAYTYPE_P(2), PG_GETARG_INT32(3), PG_GETARG_INT32(4),
						  padding, PG_GETARG_INT32(6));
}

/* room for two images of n numbers, within the memory that is allowed */
static double *
cntk_kernel_make_images(const ntk_image *image, int depth)
{
	Size		bytes = 2 * sizeof(double) * ntk_image_length(image);
	Size		workspace = ntk_cntk_workspace(image, depth);

	ntk_check_memory(workspace > SIZE_MAX - bytes ? SIZE_MAX : bytes + workspace,
					 "cntk_kernel");
	return palloc(bytes);
}

static float8
cntk_kernel_value(const ntk_image *image, int depth, double *images)
{
	void	   *workspace = MemoryContextAllocHuge(CurrentMemoryContext,
												   ntk_cntk_workspace(image, depth));
	double		result;

	if (ntk_cntk_exact(image, depth, images, images + ntk_image_length(image), workspace,
					   ntk_check_interrupts, &result) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the kernel exceeds the range of type double precision")));
	pfree(workspace);
	pfree(images);
	return result;
}

NTK_FUNCTION(ntk_sql_cntk_kernel);
Datum
ntk_sql_cntk_kernel(PG_FUNCTION_ARGS)
{
	NtkRowForm	form = ntk_row_form_kept(fcinfo, 0);
	int			depth = PG_GETARG_INT32(3);
	ntk_image	image = cntk_kernel_network_of(fcinfo);
	double	   *images = cntk_kernel_make_images(&image, depth);

	ntk_image_read(&image, PG_GETARG_DATUM(0), form, "x", images);
	ntk_image_read(&image, PG_GETARG_DATUM(1), form, "y", images + ntk_image_length(&image));
	PG_RETURN_FLOAT8(cntk_kernel_value(&image, depth, images));
}
