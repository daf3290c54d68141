/*
 * test_kernel.c
 *		The table of kernels: places, which are stored, and entries that are whole.
 */
#include "core/kernels/kernel.h"

#include "fixture.h"
#include "tap.h"

#define STEP 1e-5

/* an entry has what its kind of kernel needs, and nothing of the other */
static void
check_entry(const ntk_kernel_entry *entry)
{
	int			dot_product = entry->profile != NULL;

	ok(entry->name != NULL && (entry->slope != NULL) == dot_product &&
	   (entry->at != NULL) == !dot_product && (entry->apply != NULL) == !dot_product &&
	   (entry->slopes != NULL) == !dot_product &&
	   (entry->exponent > 0 && entry->exponent <= 2) == !dot_product &&
	   !(dot_product && (entry->any_exponent || entry->exponent != 0)) &&
	   !(!dot_product && entry->cone), "%s is of dot products or of the distance", entry->name);
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

/* of the distance: in bulk the same as one by one, and slopes those of the kernel */
static void
check_bulk(const ntk_kernel_entry *entry)
{
	double		exponent = entry->exponent;
	double		ends[] = {0, 1e-300, 1e300, HUGE_VAL};
	float		k[LENGTH(ends)],
				slope[LENGTH(ends)];
	tap_worst	values = {0},
				slopes = {0};
	int			finite = 1;

	for (double r = 0.1; r < 3; r += 0.05)
	{
		double		s = r * r;
		double		difference = entry->at(exponent, r - STEP) - entry->at(exponent, r + STEP);

		entry->apply(exponent, &s, 1, k);
		entry->slopes(exponent, &s, 1, slope);
		worst_note(&values, k[0], entry->at(exponent, r), 1e-6, "r = %g", r);
		worst_note(&slopes, slope[0] * r, difference / (2 * STEP), 1e-5, "r = %g", r);
	}
	worst_ok(&values, "%s in bulk", entry->name);
	worst_ok(&slopes, "%s: the slope is that of the kernel", entry->name);
	entry->apply(exponent, ends, LENGTH(ends), k);
	entry->slopes(exponent, ends, LENGTH(ends), slope);
	for (int i = 0; i < LENGTH(ends); i++)
		finite &= isfinite(k[i]) && isfinite(slope[i]);
	ok(finite && k[0] == 1, "%s is 1 of equal rows, and finite of all", entry->name);
}

int
main(void)
{
	static const char *const names[] = {
		"ntk", "nngp", "gaussian", "laplace", "gamma_exponential"
	};

	ok(ntk_kernel_count == LENGTH(names), "%d kernels", ntk_kernel_count);
	for (int i = 0; i < ntk_kernel_count; i++)
	{
		const ntk_kernel_entry *entry = &ntk_kernels[i];

		ok(strcmp(entry->name, names[i]) == 0, "the number of %s, which is stored", names[i]);
		check_entry(entry);
		for (int depth = 1; entry->profile && depth <= 3; depth++)
			check_slope(entry, depth);
		if (entry->at)
			check_bulk(entry);
	}
	return done_testing();
}
