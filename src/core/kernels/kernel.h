/*
 * kernel.h
 *		The table of kernels: everything that differs from kernel to kernel.
 *
 * A dot-product kernel is |x| |y| times a function of the angle between x and y and of a number
 * of layers. A kernel of the distance is a function of r = |x - y| / bandwidth and of an exponent,
 * 1 at r = 0 and falling; distance.h has what such kernels share.
 */
#ifndef NTK_KERNEL_H
#define NTK_KERNEL_H

#include "core/base/status.h"

#define NTK_MAX_DEPTH 64		/* hidden layers */

/* places in the table; they are part of the stored form of a map */
typedef enum ntk_kernel
{
	NTK_KERNEL_NTK = 0,
	NTK_KERNEL_NNGP = 1,
	NTK_KERNEL_GAUSSIAN = 2,
	NTK_KERNEL_LAPLACE = 3,
	NTK_KERNEL_GAMMA_EXPONENTIAL = 4
} ntk_kernel;

typedef struct ntk_kernel_entry
{
	const char *name;

	/*
	 * Of a dot-product kernel; NULL for a kernel of the distance: K of two unit vectors that
	 * enclose the angle, and its derivative by the angle, finite for all angles.
	 */
	double		(*profile) (int depth, double angle);
	double		(*slope) (int depth, double angle);
	int			cone;			/* the derivative at the angle 0 is not 0 */

	/*
	 * Of a kernel of the distance; NULL for a dot-product kernel: K at r in double precision; and
	 * of m values s = r^2, for ntk_distance_apply and ntk_distance_slopes, K and -K'(r) / r, both
	 * finite for all s.
	 */
	double		(*at) (double exponent, double r);
	void		(*apply) (double exponent, const double *s, int m, float *out);
	void		(*slopes) (double exponent, const double *s, int m, float *out);
	double		exponent;		/* by default; 0 for a dot-product kernel */
	int			any_exponent;	/* may have another one */
} ntk_kernel_entry;

extern const ntk_kernel_entry ntk_kernels[];
extern const int ntk_kernel_count;

static inline int
ntk_kernel_is_distance(ntk_kernel kernel)
{
	return ntk_kernels[kernel].exponent > 0;
}

/* the exponent of a kernel by default; 0 of a dot-product kernel */
static inline double
ntk_kernel_exponent(ntk_kernel kernel)
{
	return ntk_kernels[kernel].exponent;
}

/* a dot-product kernel of two unit vectors that enclose the angle */
extern double ntk_kernel_unit(ntk_kernel kernel, int depth, double angle);

/* the same as a function of the angle, and its derivative by it; profile: an ntk_profile */
typedef struct ntk_profile
{
	ntk_kernel	kernel;
	int			depth;
} ntk_profile;

extern double ntk_profile_at(double angle, const void *profile);
extern double ntk_profile_slope_at(double angle, const void *profile);

/*
 * A dot-product kernel K(x, y) for finite x, y of length n, into *result. Exact for x = y up to
 * the rounding of |x|^2; 0 if either vector is 0. NTK_OVERFLOW if K is not finite.
 */
extern ntk_status ntk_kernel_exact(ntk_kernel kernel, int depth, const double *x,
								   const double *y, int n, double *result);

#endif
