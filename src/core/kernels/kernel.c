/*
 * kernel.c
 *		The table of kernels.
 */
#include "core/kernels/kernel.h"

#include "core/kernels/arccos.h"

const ntk_kernel_entry ntk_kernels[] = {
	[NTK_KERNEL_NTK] = {
		.name = "ntk",.profile = ntk_tangent_profile,.slope = ntk_tangent_slope,.cone = 1
	},
	[NTK_KERNEL_NNGP] = {
		.name = "nngp",.profile = ntk_nngp_profile,.slope = ntk_nngp_slope
	},
	[NTK_KERNEL_GAUSSIAN] = {.name = "gaussian",.exponent = 2},
	[NTK_KERNEL_LAPLACE] = {.name = "laplace",.exponent = 1},
	[NTK_KERNEL_GAMMA_EXPONENTIAL] = {
		.name = "gamma_exponential",.exponent = 1.5,.any_exponent = 1
	}
};
const int	ntk_kernel_count = sizeof(ntk_kernels) / sizeof(ntk_kernels[0]);
