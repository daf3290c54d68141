/*
 * metric_input.h
 *		The metric of a map from an SQL array.
 *
 * M is what ntk_agop returns, or any other: [d][d], symmetric and positive semidefinite, or [d],
 * its diagonal. A factor has no part in it (core/maps/metric.h).
 */
#ifndef NTK_METRIC_INPUT_H
#define NTK_METRIC_INPUT_H

#include "pg/types/type_map.h"

#include "utils/array.h"

/*
 * Gives a specification the metric of M, whose size must fit its input_dim; one that is 0 is set.
 * If M is zero it stays as it is, with a notice: whether it got the metric.
 */
extern bool ntk_metric_read(ArrayType *m, ntk_map_spec *spec);

/* The metric of a specification for ntk_metric_apply, which takes double precision. */
extern double *ntk_metric_numbers(const ntk_map_spec *spec);

#endif
