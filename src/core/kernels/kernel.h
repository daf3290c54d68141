/*
 * kernel.h
 *		The table of kernels: everything that differs from kernel to kernel.
 *
 * A kernel of the angle is a function of a number of layers and of the angle between two rows. A
 * kernel of the distance is exp(-(|x - y| / bandwidth)^exponent), and differs from others of its
 * kind only in the exponent.
 */
#ifndef NTK_KERNEL_H
#define NTK_KERNEL_H

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
	 * Of the angle; NULL for a kernel of the distance: K of two unit vectors that enclose the
	 * angle, and its derivative by the angle, finite for all angles.
	 */
	double		(*profile) (int depth, double angle);
	double		(*slope) (int depth, double angle);
	int			cone;			/* the derivative at the angle 0 is not 0 */

	/* of the distance; 0 for a kernel of the angle */
	double		exponent;		/* by default */
	int			any_exponent;	/* may have another one */
} ntk_kernel_entry;

extern const ntk_kernel_entry ntk_kernels[];
extern const int ntk_kernel_count;

static inline int
ntk_kernel_is_distance(ntk_kernel kernel)
{
	return ntk_kernels[kernel].exponent > 0;
}

/* the exponent of a kernel by default; 0 of one of the angle */
static inline double
ntk_kernel_exponent(ntk_kernel kernel)
{
	return ntk_kernels[kernel].exponent;
}

#endif
