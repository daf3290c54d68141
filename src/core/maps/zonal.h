/*
 * zonal.h
 *		The feature map `zonal`: one projection for a kernel of any depth.
 *
 * A kernel |x||y| K(t) of the cosine t has a Gegenbauer series on the sphere
 * S^(dim-1), K(t) = sum_l a_l P_l(t), P_l(1) = 1, a_l >= 0. For w uniform on the
 * sphere E[P_l(<w,x>) P_k(<w,y>)] = delta_lk P_l(<x,y>) / N_l, N_l the number of
 * spherical harmonics of degree l, so with f = sum_l +-sqrt(a_l N_l) P_l
 *
 *		z_j(x) = |x| f(<w_j, x/|x|>) / sqrt(m)
 *
 * has E<z(x), z(y)> = |x||y| sum_{l<=q} a_l P_l(t): the kernel, cut off at the top
 * degree q. docs/MATH.md §3.3; random Gegenbauer features, arXiv 2202.03474.
 */
#ifndef NTK_ZONAL_H
#define NTK_ZONAL_H

#include <stddef.h>

#include "core/base/table.h"
#include "core/kernels/kernel.h"
#include "core/sketches/directions.h"

#define NTK_MAX_DEGREE 64

/* the series of a kernel on a sphere */
typedef struct ntk_zonal_series
{
	int			dim;			/* the sphere is S^(dim-1), dim >= 3 */
	int			degree;			/* top degree q */
	double		mass[NTK_MAX_DEGREE + 1];	/* a_l; their sum over all l is K(1) */
	double		harmonics[NTK_MAX_DEGREE + 1];	/* N_l */
} ntk_zonal_series;

/* the dimension of the sphere for vectors of this length: padded with zeros */
extern int	ntk_zonal_dim(int length);

extern void ntk_zonal_series_init(ntk_zonal_series *series, ntk_kernel kernel, int depth,
								  int dim, int degree);

/* the series of any function of the angle */
extern void ntk_zonal_series_of(ntk_zonal_series *series,
								double (*f) (double angle, const void *context),
								const void *context, int dim, int degree);

/*
 * Takes mass from the degrees that n_components features cannot resolve, and the top
 * degree that is then left: the rule for maps that are not told their degree.
 */
extern void ntk_zonal_taper(ntk_zonal_series *series, int n_components);
extern int	ntk_zonal_degree(ntk_kernel kernel, int depth, int dim, int n_components);

/* the kernel of the series, sum_{l<=q} a_l P_l(t): what features have as their mean */
extern double ntk_zonal_kernel(const ntk_zonal_series *series, double t);

/* f at the cosine t */
extern double ntk_zonal_function(const ntk_zonal_series *series, double t);

/* f'(t) */
extern double ntk_zonal_slope(const ntk_zonal_series *series, double t);

/* intervals of a table of f, or of f' */
extern int	ntk_zonal_intervals(int dim, int degree);

typedef struct ntk_zonal
{
	ntk_directions directions;
	ntk_table	function;		/* f */
	ntk_table	slope;			/* f' */
	double		peak;			/* no |f(t)| is larger */
	float		root;			/* 1 / sqrt(m) */
} ntk_zonal;

/* floats of memory of a map */
extern size_t ntk_zonal_floats(int dim, int n_components, int degree);

/* memory: ntk_zonal_floats(...) floats that live as long as the map */
extern void ntk_zonal_init(ntk_zonal *zonal, const ntk_zonal_series *series,
						   int n_components, uint64_t seed, float *memory, ntk_pause pause);

/*
 * z[i] = scale[i] f(<w, x_i>) / sqrt(m) for unit vectors x: [n][dim]; z: [n][m];
 * work: dim floats.
 */
extern void ntk_zonal_apply(const ntk_zonal *zonal, const float *x, const float *scale, int n,
							float *z, float *work);

#endif
