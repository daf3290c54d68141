/*
 * method.c
 *		The table of methods.
 */
#include "core/maps/method.h"

const ntk_method *const ntk_methods[] = {
	&ntk_method_zonal,
	&ntk_method_polysketch,
	&ntk_method_random_features,
	&ntk_method_random_features_leverage,
	&ntk_method_nystrom,
	&ntk_method_cntk_zonal,
	&ntk_method_cntk_nystrom,
	&ntk_method_cntk_sketch
};
const int	ntk_method_count = sizeof(ntk_methods) / sizeof(ntk_methods[0]);

int
ntk_method_has_kernel(const ntk_method *method, ntk_kernel kernel)
{
	if (method->image)
		return kernel == NTK_KERNEL_NTK;
	return method->distance || !ntk_kernel_is_distance(kernel);
}
