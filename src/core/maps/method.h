/*
 * method.h
 *		What a method of feature maps provides.
 *
 * A method sees unit vectors x, [n][dim], padded with zeros, and returns features
 * z_i = scale_i z(x_i) with <z(x), z(y)> ~ the kernel of the unit vectors. Of a kernel of the
 * distance, x are the rows themselves less map->origin, and scale_i is 1. Memory and work are
 * aligned for doubles.
 */
#ifndef NTK_METHOD_H
#define NTK_METHOD_H

#include "core/linalg/rfp.h"
#include "core/maps/spec.h"

typedef struct ntk_option
{
	const char *name;
	int			low,
				high;			/* range of its values */
	int			boolean;		/* written as true and false */
} ntk_option;

/*
 * What gradients need of a method whose outputs are z_j = scale f(<w_j, x>), with vectors w_j
 * and one function f, or f(|x - w_j|) of a kernel of the distance (gradient.c); all but x and
 * work in double precision.
 */
typedef struct ntk_gradient
{
	/* floats of workspace of both for up to this many rows */
	size_t		(*work_floats) (const ntk_map *map, int rows);

	/*
	 * slope = f'(t) and radial = f(t) - t f'(t) at t = <w_j, x_i>, both [n][n_components];
	 * of a distance r, slope = -f'(r) / r and radial = -slope; x: [n][map->dim]
	 */
	void		(*evaluate) (const ntk_map *map, const float *x, int n, double *radial,
							 double *slope, float *work);

	/* out[i] = sum_j a_ij w_j; a: [n][n_components]; out: [n][map->dim] */
	void		(*combine) (const ntk_map *map, const double *a, int n, double *out,
							float *work);
} ntk_gradient;

typedef struct ntk_method
{
	const char *name;
	int			image;			/* for images: unit vectors are images, not padded */
	int			distance;		/* has kernels of the distance, too; and landmarks */
	int			options;		/* how many */
	ntk_option	option[NTK_MAX_OPTIONS];

	/* of an adaptive method, how many numbers it carries; otherwise NULL */
	size_t		(*landmarks) (const ntk_map_spec *spec);

	/* the length to pad vectors of this length to; NULL: they are not padded */
	int			(*dim) (int length);

	/* gives options that are NTK_UNSET their defaults; may be NULL */
	void		(*resolve) (ntk_map_spec *spec, int dim);

	/* bytes of the method's state struct, and floats of memory behind it */
	size_t		state_bytes;
	size_t		(*floats) (const ntk_map_spec *spec, int dim);

	/* floats of workspace of apply for up to this many rows */
	size_t		(*work_floats) (const ntk_map_spec *spec, int dim, int rows);

	/* fills map->state and map->peak, calling map->pause; memory is kept */
	void		(*init) (ntk_map *map, float *memory);

	/* x: [n][map->dim], scale: [n], z: [n][n_components] */
	void		(*apply) (const ntk_map *map, const float *x, const float *scale, int n,
						  float *z, float *work);

	/*
	 * Of a method whose outputs are columns that need whitening to be features: the
	 * Cholesky factor of their inner products, into l; work as in apply. Otherwise NULL.
	 */
	ntk_status	(*factor) (const ntk_map *map, const ntk_rfp *l, float *work,
						   ntk_pause pause);

	/* NULL: the method has no gradients */
	const ntk_gradient *gradient;
} ntk_method;

/* whether its maps can have the kernel */
extern int	ntk_method_has_kernel(const ntk_method *method, ntk_kernel kernel);

extern const ntk_method ntk_method_zonal;
extern const ntk_method ntk_method_polysketch;
extern const ntk_method ntk_method_random_features;
extern const ntk_method ntk_method_random_features_leverage;
extern const ntk_method ntk_method_nystrom;
extern const ntk_method ntk_method_cntk_zonal;
extern const ntk_method ntk_method_cntk_nystrom;
extern const ntk_method ntk_method_cntk_sketch;

/* the table of methods; an index in it is part of the stored form of a map */
extern const ntk_method *const ntk_methods[];
extern const int ntk_method_count;

#endif
