/*
 * metric_input.c
 *		Reading metrics, and the functions of maps that have one.
 */
#include "pg/types/metric_input.h"

#include <math.h>

#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/types/memo.h"

#include "core/linalg/blas.h"
#include "core/maps/metric.h"
#include "core/regression/agop.h"

static void
metric_refuse_shape(const ArrayType *m, int inputs)
{
	ereport(ERROR,
			(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
			 ARR_NDIM(m) == 1
			 ? errmsg("metric has length %d, but there are %d inputs", ARR_DIMS(m)[0], inputs)
			 : errmsg("metric is %d x %d, but there are %d inputs", ARR_DIMS(m)[0],
					  ARR_DIMS(m)[1], inputs),
			 errhint("A metric is an array of %d x %d numbers, or of %d, its diagonal.", inputs,
					 inputs, inputs)));
}

/* sets metric_rows as far as it is known by now */
static void
metric_check_shape(ArrayType *m, ntk_map_spec *spec)
{
	if (ARR_NDIM(m) != 1 && ARR_NDIM(m) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("metric must be a one- or two-dimensional array"),
				 errdetail("It has %d dimensions.", ARR_NDIM(m))));
	if (spec->input_dim == 0)
		spec->input_dim = ARR_DIMS(m)[0];
	ntk_check_range("the number of inputs", spec->input_dim, 1, NTK_MAX_INPUT_DIM);
	spec->metric_rows = ARR_NDIM(m) == 1 ? NTK_METRIC_DIAGONAL : 1;
	ntk_map_check_metric(spec);
	for (int i = 0; i < ARR_NDIM(m); i++)
		if (ARR_DIMS(m)[i] != spec->input_dim)
			metric_refuse_shape(m, spec->input_dim);
	ntk_array_refuse_nulls(m, "metric");
}

static ntk_metric_status
metric_factorize(const double *m, ntk_map_spec *spec, float *metric)
{
	int			d = spec->input_dim;
	ntk_metric_status status;
	double	   *work;

	if (spec->metric_rows == NTK_METRIC_DIAGONAL)
		return ntk_metric_diagonal(m, d, metric);
	work = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * ntk_metric_doubles(d));
	status = ntk_metric_full(m, d, metric, &spec->metric_rows, work, ntk_check_interrupts);
	pfree(work);
	return status;
}

static void
metric_report(ntk_metric_status status, const ntk_map_spec *spec)
{
	switch (status)
	{
		case NTK_METRIC_OK:
			break;
		case NTK_METRIC_NOT_FINITE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("metric has no eigenvalues in the range of type double precision")));
			break;
		case NTK_METRIC_NOT_SYMMETRIC:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("metric is not symmetric"),
					 errhint("Use a matrix as ntk_agop returns it.")));
			break;
		case NTK_METRIC_NOT_POSITIVE:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("metric is not positive semidefinite"),
					 spec->metric_rows == NTK_METRIC_DIAGONAL
					 ? errdetail("An element of the diagonal is negative.")
					 : errdetail("An eigenvalue is negative."),
					 errhint("Use a matrix as ntk_agop returns it.")));
			break;
		case NTK_METRIC_ZERO:
			ereport(NOTICE,
					(errmsg("the metric is zero, and inputs stay as they are"),
					 errdetail("A model that is constant varies along no input.")));
			break;
	}
}

bool
ntk_metric_read(ArrayType *m, ntk_map_spec *spec)
{
	ntk_map_spec wanted = *spec;
	ntk_metric_status status;
	double	   *numbers;
	float	   *metric;
	Size		n,
				bytes;

	metric_check_shape(m, &wanted);
	n = ArrayGetNItems(ARR_NDIM(m), ARR_DIMS(m));
	bytes = (sizeof(double) + sizeof(float)) * n;
	if (wanted.metric_rows != NTK_METRIC_DIAGONAL)
		bytes += sizeof(double) * ntk_metric_doubles(wanted.input_dim);
	ntk_check_memory(bytes, "the metric");
	numbers = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * n);
	metric = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(float) * n);
	ntk_array_read(m, "metric", 1.0, numbers);
	status = metric_factorize(numbers, &wanted, metric);
	pfree(numbers);
	metric_report(status, &wanted);
	spec->input_dim = wanted.input_dim;
	if (status == NTK_METRIC_ZERO)
		return false;
	spec->metric_rows = wanted.metric_rows;
	spec->metric = metric;
	return true;
}

double *
ntk_metric_numbers(const ntk_map_spec *spec)
{
	Size		n = ntk_map_metric(spec);
	double	   *numbers = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * n);

	for (Size i = 0; i < n; i++)
		numbers[i] = spec->metric[i];
	return numbers;
}

/* the landmarks, of which spec says how many, in the space of its metric */
static const float *
metric_transform_landmarks(const float *landmarks, const ntk_map_spec *spec)
{
	int			d = spec->input_dim;
	int			length = ntk_map_row_length(spec);
	double	   *metric = ntk_metric_numbers(spec);
	double	   *x = palloc(sizeof(double) * d);
	double	   *row = palloc(sizeof(double) * length);
	float	   *transformed = MemoryContextAllocHuge(CurrentMemoryContext,
													 sizeof(float) * ntk_map_landmarks(spec));

	for (int i = 0; i < spec->n_components; i++)
	{
		for (int c = 0; c < d; c++)
			x[c] = landmarks[(Size) i * d + c];
		ntk_metric_apply(metric, spec->metric_rows, d, x, row);
		for (int c = 0; c < length; c++)
		{
			float		number = (float) row[c];

			if (!isfinite(number))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("landmark %d exceeds the range of type real in the metric",
								i + 1)));
			transformed[(Size) i * length + c] = number;
		}
		ntk_check_interrupts();
	}
	return transformed;
}

/* ntk_with_metric(map, metric) */
static Datum
metric_on_map_compute(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = ntk_map_get(PG_GETARG_DATUM(0));
	ntk_map_spec spec = ntk_map_spec_of(value);

	if (spec.landmarks && spec.metric_rows != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the landmarks of this map lie in the space of a metric already"),
				 errhint("Begin with landmarks again: ntk_with_metric(ntk_nystrom(landmarks), "
						 "metric).")));
	if (!ntk_metric_read(PG_GETARG_ARRAYTYPE_P(1), &spec))
		PG_RETURN_POINTER(value);
	if (spec.landmarks)
		spec.landmarks = metric_transform_landmarks(spec.landmarks, &spec);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_with_metric);
Datum
ntk_sql_with_metric(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, metric_on_map_compute);
}

/* T^T T */
static ArrayType *
metric_square(const ntk_map_spec *spec)
{
	int			d = spec->input_dim;
	Size		n = (Size) d * d;
	double	   *metric = ntk_metric_numbers(spec);
	double	   *m = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * n);

	memset(m, 0, sizeof(double) * n);
	ntk_syrk('L', 'N', d, spec->metric_rows, 1.0, metric, d, m, d, ntk_check_interrupts);
	ntk_agop_complete(m, d, ntk_check_interrupts);
	return ntk_array_make(m, d, d);
}

/* ntk_metric(map) -> M, or its diagonal, or NULL */
static Datum
metric_compute(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = ntk_map_get(PG_GETARG_DATUM(0));
	ntk_map_spec spec = ntk_map_spec_of(value);
	double	   *diagonal;

	if (spec.metric_rows == 0)
		PG_RETURN_NULL();
	if (spec.metric_rows > 0)
		PG_RETURN_ARRAYTYPE_P(metric_square(&spec));
	diagonal = ntk_metric_numbers(&spec);
	for (int i = 0; i < spec.input_dim; i++)
		diagonal[i] *= diagonal[i];
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(diagonal, spec.input_dim, 0));
}

NTK_FUNCTION(ntk_sql_metric);
Datum
ntk_sql_metric(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, metric_compute);
}

/* ntk_metric_root(map) -> T, or its diagonal, or NULL */
static Datum
metric_root_compute(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = ntk_map_get(PG_GETARG_DATUM(0));
	ntk_map_spec spec = ntk_map_spec_of(value);

	if (spec.metric_rows == 0)
		PG_RETURN_NULL();
	if (spec.metric_rows == NTK_METRIC_DIAGONAL)
		PG_RETURN_ARRAYTYPE_P(ntk_array_make(ntk_metric_numbers(&spec), spec.input_dim, 0));
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(ntk_metric_numbers(&spec), spec.metric_rows,
										 spec.input_dim));
}

NTK_FUNCTION(ntk_sql_metric_root);
Datum
ntk_sql_metric_root(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, metric_root_compute);
}
