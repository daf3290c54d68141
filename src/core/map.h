/*
 * map.h
 *		Feature maps: rows x in R^d to features z(x) in R^m with <z(x), z(y)> ~ K(x, y).
 *
 * A map is drawn once from its specification and then applied to blocks of rows.
 * What the methods share is here: the bias coordinate, the norm, the unit vector.
 */
#ifndef NTK_MAP_H
#define NTK_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/arccos.h"
#include "core/status.h"
#include "core/zonal.h"

typedef enum ntk_method
{
	NTK_METHOD_ZONAL = 0
} ntk_method;

#define NTK_MAX_INPUT_DIM 1048576
#define NTK_MAX_COMPONENTS 16000
#define NTK_MAX_BLOCK 64		/* most rows that a map works on at a time */

/* all that determines a map: equal specifications give equal features */
typedef struct ntk_map_spec
{
	ntk_method	method;
	ntk_kernel	kernel;
	int			input_dim;		/* d, 1 .. NTK_MAX_INPUT_DIM */
	int			n_components;	/* m, 1 .. NTK_MAX_COMPONENTS */
	int			depth;			/* L, 1 .. NTK_MAX_DEPTH */
	int			degree;			/* zonal: top degree, 1 .. NTK_MAX_DEGREE */
	int			taper;			/* zonal: 1 if high degrees are tapered, 0 if cut off */
	uint64_t	seed;
	double		bias;			/* a constant coordinate appended to x; 0: none */
} ntk_map_spec;

typedef struct ntk_map
{
	ntk_map_spec spec;
	int			dim;			/* length of the unit vectors a method sees */
	int			block;			/* rows to work on at a time, 1 .. NTK_MAX_BLOCK */
	ntk_zonal	zonal;
} ntk_map;

/* the dimension in which a method works: what a rule for its options needs */
extern int	ntk_map_dim(const ntk_map_spec *spec);

/* bytes of memory that the drawn map occupies */
extern size_t ntk_map_memory(const ntk_map_spec *spec);

/* draws the map; memory: ntk_map_memory(spec) bytes aligned for doubles, kept */
extern void ntk_map_init(ntk_map *map, const ntk_map_spec *spec, void *memory);

/* bytes of workspace of ntk_map_apply, whatever the number of rows */
extern size_t ntk_map_workspace(const ntk_map *map);

/*
 * z[i] = features of row x[i], i < n. x: [n][input_dim], finite; z: [n][n_components];
 * workspace: ntk_map_workspace(map) bytes. Zero vectors (without a bias) give zero
 * features. NTK_OVERFLOW if a feature is not finite in single precision.
 */
extern ntk_status ntk_map_apply(const ntk_map *map, const double *x, int n, float *z,
								void *workspace);

#endif
