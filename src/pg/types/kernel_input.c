/*
 * kernel_input.c
 *		Kernels by name, and the numbers of those of the distance.
 */
#include "pg/types/kernel_input.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "pg/base/module.h"

ntk_kernel
ntk_kernel_by_name(const char *name)
{
	const char **names = palloc(sizeof(char *) * ntk_kernel_count);

	for (int i = 0; i < ntk_kernel_count; i++)
		names[i] = ntk_kernels[i].name;
	return (ntk_kernel) ntk_name_index("kernel", name, names, ntk_kernel_count);
}

const char *
ntk_kernel_name(ntk_kernel kernel)
{
	return ntk_kernels[kernel].name;
}

/* the kernels of the distance, or of these those that may have any exponent, as in a hint */
static const char *
kernel_list_distances(bool any_exponent)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < ntk_kernel_count; i++)
		if (ntk_kernel_is_distance(i) && (ntk_kernels[i].any_exponent || !any_exponent))
			appendStringInfo(&list, "%s\"%s\"", list.len ? ", " : "", ntk_kernels[i].name);
	return list.data;
}

void
ntk_check_depth(int64 depth)
{
	ntk_check_range("depth", depth, 1, NTK_MAX_DEPTH);
}

void
ntk_check_bandwidth(double bandwidth)
{
	if (!(bandwidth > 0 && isfinite(bandwidth)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bandwidth must be positive and finite, not %g", bandwidth)));
}

void
ntk_check_exponent(double exponent)
{
	if (!(exponent > 0 && exponent <= 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("exponent must be positive and at most 2, not %g", exponent)));
}

static void
kernel_refuse_number(ntk_kernel kernel, const char *number)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("kernel \"%s\" has no %s", ntk_kernel_name(kernel), number),
			 errhint("Kernels of the distance have one: %s.", kernel_list_distances(false))));
}

void
ntk_check_distance(ntk_kernel kernel, const ntk_distance *distance)
{
	if (!ntk_kernel_is_distance(kernel))
	{
		if (distance->bandwidth != 0)
			kernel_refuse_number(kernel, "bandwidth");
		if (distance->exponent != 0)
			kernel_refuse_number(kernel, "exponent");
		return;
	}
	if (distance->bandwidth == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("kernel \"%s\" needs a bandwidth", ntk_kernel_name(kernel)),
				 errhint("Use ntk_kernel(x, y, kernel, bandwidth), or ntk_nystrom(landmarks, "
						 "kernel, bandwidth).")));
	ntk_check_bandwidth(distance->bandwidth);
	ntk_check_exponent(distance->exponent);
	if (!ntk_kernels[kernel].any_exponent && distance->exponent != ntk_kernel_exponent(kernel))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the exponent of kernel \"%s\" is %g, not %g", ntk_kernel_name(kernel),
						ntk_kernel_exponent(kernel), distance->exponent),
				 errhint("Use the kernel %s.", kernel_list_distances(true))));
}

ntk_kernel
ntk_distance_arguments(FunctionCallInfo fcinfo, int first, ntk_distance *distance)
{
	ntk_kernel	kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(first)));

	distance->bandwidth = PG_GETARG_FLOAT8(first + 1);
	ntk_check_bandwidth(distance->bandwidth);
	distance->exponent = ntk_kernel_exponent(kernel);
	if (!PG_ARGISNULL(first + 2))
	{
		distance->exponent = PG_GETARG_FLOAT8(first + 2);
		ntk_check_exponent(distance->exponent);
	}
	ntk_check_distance(kernel, distance);
	return kernel;
}
