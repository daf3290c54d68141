/*
 * map.h
 *		Feature maps: rows x in R^d to features z(x) in R^m with <z(x), z(y)> ~ K(x, y).
 *
 * A map is drawn once from its specification and then applied to blocks of rows.
 * What the methods share is here and in map.c: the bias coordinate, the norm, the unit
 * vector, the block. A method is one file that fills an ntk_method (method.h).
 */
#ifndef NTK_MAP_H
#define NTK_MAP_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arccos.h"
#include "core/status.h"

#define NTK_MAX_INPUT_DIM 1048576
#define NTK_MAX_COMPONENTS 16000
#define NTK_MAX_BLOCK 64		/* most rows that a map works on at a time */
#define NTK_MAX_OPTIONS 4		/* of a method */
#define NTK_UNSET INT_MIN		/* an option that is left to its default */

/* all that determines a map: equal specifications give equal features */
typedef struct ntk_map_spec
{
	int			method;			/* index of its ntk_method */
	ntk_kernel	kernel;
	int			input_dim;		/* d, 1 .. NTK_MAX_INPUT_DIM */
	int			n_components;	/* m, 1 .. NTK_MAX_COMPONENTS */
	int			depth;			/* L, 1 .. NTK_MAX_DEPTH */
	int			option[NTK_MAX_OPTIONS];	/* the method's, in its order; others 0 */
	uint64_t	seed;
	double		bias;			/* a constant coordinate appended to x; 0: none */
} ntk_map_spec;

typedef struct ntk_map
{
	ntk_map_spec spec;
	const struct ntk_method *method;
	int			dim;			/* length of the unit vectors the method sees */
	int			block;			/* rows to work on at a time, 1 .. NTK_MAX_BLOCK */
	double		peak;			/* no |z_j| of a unit vector is larger */
	void	   *state;			/* the method's */
} ntk_map;

/* the dimension in which the method works */
extern int	ntk_map_dim(const ntk_map_spec *spec);

/* gives options that are NTK_UNSET the method's defaults for this specification */
extern void ntk_map_resolve(ntk_map_spec *spec);

/* bytes of memory that the drawn map occupies */
extern size_t ntk_map_memory(const ntk_map_spec *spec);

/* draws the map; memory: ntk_map_memory(spec) bytes aligned for doubles, kept */
extern void ntk_map_init(ntk_map *map, const ntk_map_spec *spec, void *memory);

/* bytes of workspace of ntk_map_apply, whatever the number of rows */
extern size_t ntk_map_workspace(const ntk_map *map);

/*
 * z[i] = features of row x[i], i < n. x: [n][input_dim], finite; z: [n][n_components];
 * workspace: ntk_map_workspace(map) bytes. Zero vectors (without a bias) give zero
 * features. NTK_OVERFLOW if |x| or a feature is not finite in single precision.
 */
extern ntk_status ntk_map_apply(const ntk_map *map, const double *x, int n, float *z,
								void *workspace);

#endif
