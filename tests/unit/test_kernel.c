/*
 * test_kernel.c
 *		The table of kernels: places, which are stored, and entries that are whole.
 */
#include "core/kernels/arccos.h"

#include "fixture.h"
#include "tap.h"

#define STEP 1e-5

/* an entry has what its kind of kernel needs, and nothing of the other */
static void
check_entry(const ntk_kernel_entry *entry)
{
	int			of_angle = entry->profile != NULL;

	ok(entry->name != NULL && (entry->slope != NULL) == of_angle &&
	   (entry->exponent > 0 && entry->exponent <= 2) == !of_angle &&
	   !(of_angle && (entry->any_exponent || entry->exponent != 0)) &&
	   !(!of_angle && entry->cone), "%s is of the angle or of the distance", entry->name);
}

static void
check_slope(const ntk_kernel_entry *entry, int depth)
{
	tap_worst	worst = {0};

	for (double angle = 0.1; angle < PI - 0.1; angle += 0.05)
	{
		double		difference = entry->profile(depth, angle + STEP) -
			entry->profile(depth, angle - STEP);

		worst_note(&worst, entry->slope(depth, angle), difference / (2 * STEP), 1e-7,
				   "angle %g", angle);
	}
	worst_ok(&worst, "%s, depth %d: the slope is that of the profile", entry->name, depth);
	ok((fabs(entry->slope(depth, 0)) > 1e-12) == entry->cone,
	   "%s, depth %d: a cone, or none", entry->name, depth);
}

int
main(void)
{
	static const char *const names[] = {
		"ntk", "nngp", "gaussian", "laplace", "gamma_exponential"
	};

	ok(ntk_kernel_count == 5, "five kernels");
	for (int i = 0; i < ntk_kernel_count; i++)
	{
		const ntk_kernel_entry *entry = &ntk_kernels[i];

		ok(strcmp(entry->name, names[i]) == 0, "the number of %s, which is stored", names[i]);
		check_entry(entry);
		for (int depth = 1; entry->profile && depth <= 3; depth++)
			check_slope(entry, depth);
	}
	return done_testing();
}
