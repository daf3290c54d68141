/*
 * cosine_table.h
 *		A function of the angle between unit vectors as a table, looked up by the cosine.
 *
 * A kernel is smooth in sqrt(1 - |t|), not in the cosine t, so the table is over
 *
 *		v = sign(t) (1 - sqrt(1 - |t|)),  t = 2 v - v |v|
 *
 * which has a kink in its second derivative at v = 0, where two pieces of the table meet.
 */
#ifndef NTK_COSINE_TABLE_H
#define NTK_COSINE_TABLE_H

#include "core/base/table.h"

/* table (table.h) of f by v; intervals: even */
extern void ntk_cosine_table_init(ntk_table *table, int intervals,
								  double (*f) (double angle, const void *context),
								  const void *context, float *memory, ntk_pause pause);

/* unit = x / |x|, or 0, in double precision; returns |x|^2 */
extern double ntk_cosine_unit(const float *x, int n, double *unit);

/* v[i] for t[i], clamped to [-1, 1], i < n: the arguments of ntk_table_apply */
extern void ntk_cosine_arguments(const double *t, int n, float *v);

/*
 * The angle between unit vectors of length dim whose cosine was computed. Near 1 and -1 it
 * has lost too many digits: there, the angle is taken from the difference or the sum.
 */
extern double ntk_cosine_angle(const double *x, const double *y, int dim, double cosine);

#endif
