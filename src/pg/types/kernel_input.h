/*
 * kernel_input.h
 *		Kernels by name, and the numbers of those of the distance.
 */
#ifndef NTK_KERNEL_INPUT_H
#define NTK_KERNEL_INPUT_H

#include "pg/base/compat.h"

#include "core/kernels/distance.h"

/* The kernel called name; an error that lists the known ones. And its name. */
extern ntk_kernel ntk_kernel_by_name(const char *name);
extern const char *ntk_kernel_name(ntk_kernel kernel);

/* Refuse what no kernel has. */
extern void ntk_check_bandwidth(double bandwidth);
extern void ntk_check_exponent(double exponent);

/* Checks the numbers of a kernel; of a dot-product kernel they are 0, not given. */
extern void ntk_check_distance(ntk_kernel kernel, const ntk_distance *distance);

/* Checks a depth. */
extern void ntk_check_depth(int64 depth);

/*
 * The kernel that the arguments (kernel, bandwidth, exponent) of the function that is called
 * stand for, from this one on; only the last may be NULL, which is the kernel's own.
 */
extern ntk_kernel ntk_distance_arguments(FunctionCallInfo fcinfo, int first,
										 ntk_distance *distance);

#endif
