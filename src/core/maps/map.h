/*
 * map.h
 *		Feature maps: rows x in R^d to features z(x) in R^m with <z(x), z(y)> ~ K(x, y).
 *
 * A map is drawn once from its specification and then applied to blocks of rows.
 * What the methods share is here and in map.c: the bias coordinate, the norm, the unit
 * vector, the block, the reduction of long rows. A method is one file that fills an
 * ntk_method (method.h).
 */
#ifndef NTK_MAP_H
#define NTK_MAP_H

#include <stddef.h>

#include "core/maps/method.h"

/* whether its rows are images */
extern int	ntk_map_is_image(const ntk_map_spec *spec);

/* numbers that an adaptive method carries, of this specification; 0 for a data-independent one */
extern size_t ntk_map_landmarks(const ntk_map_spec *spec);

/* numbers of its metric; 0: it has none */
extern size_t ntk_map_metric(const ntk_map_spec *spec);

/* whether long rows can be reduced: base_dim is 0 otherwise */
extern int	ntk_map_reduces(const ntk_map_spec *spec);

/*
 * the length of the rows that the map works on: input_dim, the rows of a metric, or what
 * inputs are reduced to
 */
extern int	ntk_map_row_length(const ntk_map_spec *spec);

/* the dimension in which the method works */
extern int	ntk_map_dim(const ntk_map_spec *spec);

/*
 * Gives options that are NTK_UNSET their defaults for this specification. By default inputs
 * longer than n_components and than 4096 are reduced to about that length.
 */
extern void ntk_map_resolve(ntk_map_spec *spec);

/* bytes of memory that the drawn map occupies */
extern size_t ntk_map_memory(const ntk_map_spec *spec);

/* an image in the scale of its channels, in place; rows of other maps stay as they are */
extern void ntk_map_scale(const ntk_map_spec *spec, double *image);

/* bytes of workspace of ntk_map_apply, whatever the number of rows */
extern size_t ntk_map_workspace(const ntk_map_spec *spec);

/*
 * Draws the map. memory: ntk_map_memory(spec) bytes aligned for doubles, kept; metric and
 * landmarks of the specification need not be. pause stays the map's, and is called while it
 * is drawn, too.
 */
extern void ntk_map_init(ntk_map *map, const ntk_map_spec *spec, void *memory,
						 ntk_pause pause);

/*
 * row: [row_length] = x as the map works on it: x itself or in the metric, or reduced by a
 * sparse embedding at the cost of its non-zeros, or an image in the scale of its channels.
 * The bias is appended later: no metric changes it. x: [input_dim], or its count entries
 * value[k] at places index[k] (from 0) with zeros elsewhere; entries of one place are added.
 */
extern void ntk_map_read(const ntk_map *map, const double *x, double *row);
extern void ntk_map_read_sparse(const ntk_map *map, int count, const int *index,
								const double *value, double *row);

/*
 * z[i] = features of row[i], i < n; of a method that needs whitening, its raw columns. row:
 * [n][row_length]; z: [n][n_components]; workspace: ntk_map_workspace(spec) bytes, aligned for
 * doubles. Zero vectors (without a bias) give zero features, unless the kernel is of the
 * distance. NTK_OVERFLOW if a norm or a feature is not finite in single precision.
 */
extern ntk_status ntk_map_apply(const ntk_map *map, const double *row, int n, float *z,
								void *workspace);

/*
 * Whether ntk_map_gradient is possible: the method has gradients (method.h), and rows are not
 * reduced, which would mix the inputs.
 */
extern int	ntk_map_has_gradient(const ntk_map_spec *spec);

/* bytes of workspace of ntk_map_gradient for so many targets, whatever the number of rows */
extern size_t ntk_map_gradient_workspace(const ntk_map *map, int targets);

/*
 * out[i][k] = the gradient of sum_j weights[k][j] z_j by the inputs x, before the metric, at
 * row[i], i < n; z are what ntk_map_apply gives. row: [n][row_length]; weights:
 * [targets][n_components]; out: [n][targets][input_dim]; workspace: aligned for doubles. Zero
 * vectors (without a bias), where z has no derivative, give zeros, unless the kernel is of the
 * distance. NTK_OVERFLOW if a result is not finite. Formulas and how exact they are: gradient.c.
 */
extern ntk_status ntk_map_gradient(const ntk_map *map, const double *row, int n,
								   const double *weights, int targets, double *out,
								   void *workspace);

/*
 * What the method sees of a row, [map->dim]; returns the scale of its features, not finite if that
 * is not.
 */
extern double ntk_map_view(const ntk_map *map, const double *row, float *x);

/* whether features are whitened columns: L^-1 z, with L from ntk_map_factor */
extern int	ntk_map_whitens(const ntk_map_spec *spec);

/*
 * The Cholesky factor L of the columns' inner products, rectangular full packed of order
 * n_components. NTK_NOT_POSITIVE if there is none.
 */
extern ntk_status ntk_map_factor(const ntk_map *map, double *factor, void *workspace,
								 ntk_pause pause);

#endif
