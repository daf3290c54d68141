/*
 * prepared_map.c
 *		Drawing maps, reading rows for them, applying them.
 */
#include "pg/types/prepared_map.h"

#include <math.h>

#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/types/image_input.h"

void *
ntk_map_prepare(const NtkValue *value)
{
	NtkPreparedMap *prepared = palloc0(sizeof(NtkPreparedMap));
	ntk_map_spec spec;
	Size		bytes,
				workspace;

	prepared->value = (const NtkMapValue *) value;
	prepared->context = CurrentMemoryContext;
	spec = ntk_map_spec_of(prepared->value);
	bytes = ntk_map_memory(&spec);
	workspace = ntk_map_workspace(&spec);
	ntk_check_memory(bytes + workspace, "the feature map");
	prepared->workspace = MemoryContextAllocHuge(CurrentMemoryContext, workspace);
	ntk_map_init(&prepared->map, &spec, MemoryContextAllocHuge(CurrentMemoryContext, bytes),
				 ntk_check_interrupts);
	return prepared;
}

/* places for the entries of a row */
static void
prepared_map_make_room(NtkPreparedMap *prepared, int n)
{
	if (prepared->room >= n)
		return;
	n = Max(n, Min(2 * prepared->room, prepared->value->input_dim));
	prepared->room = 0;
	if (prepared->values)
	{
		pfree(prepared->values);
		pfree(prepared->indices);
		prepared->values = NULL;
	}
	prepared->indices = MemoryContextAllocHuge(prepared->context, sizeof(int) * n);
	prepared->values = MemoryContextAllocHuge(prepared->context, sizeof(double) * n);
	prepared->room = n;
}

void
ntk_map_read_datum(NtkPreparedMap *prepared, Datum x, NtkRowForm form, const char *whose,
				   double *row)
{
	const ntk_map_spec *spec = &prepared->map.spec;

	if (ntk_map_is_image(spec))
	{
		ntk_image_read(&spec->image, x, form, "x", row);
		ntk_map_scale(spec, row);
	}
	else if (spec->base_dim == 0 && spec->metric_rows == 0)
		ntk_numbers_read(x, form, "x", whose, spec->input_dim, row);
	else
	{
		prepared_map_make_room(prepared, spec->input_dim);
		ntk_numbers_read(x, form, "x", whose, spec->input_dim, prepared->values);
		ntk_map_read(&prepared->map, prepared->values, row);
	}
}

void
ntk_map_read_arrays(NtkPreparedMap *prepared, ArrayType *indices, ArrayType *values, double *row)
{
	int			dim = prepared->value->input_dim;
	int			n = ntk_array_count(indices, "indices");
	const int32 *from = (const int32 *) ARR_DATA_PTR(indices);

	ntk_array_check_length("values", ntk_array_count(values, "values"), "array of indices", n);
	prepared_map_make_room(prepared, n);
	for (int k = 0; k < n; k++)
	{
		if (from[k] < 1 || from[k] > dim)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("element %d of indices is %d, the feature map expects 1 to %d",
							k + 1, from[k], dim)));
		prepared->indices[k] = from[k] - 1;
	}
	ntk_array_read(values, "values", 1.0, prepared->values);
	ntk_map_read_sparse(&prepared->map, n, prepared->indices, prepared->values, row);
}

static void
prepared_map_refuse_features(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a feature exceeds the range of type real"),
			 errhint("Rescale x: its norm is too large.")));
}

void
ntk_map_columns(const NtkPreparedMap *prepared, const double *rows, int n, float *z)
{
	if (ntk_map_apply(&prepared->map, rows, n, z, prepared->workspace) != NTK_OK)
		prepared_map_refuse_features();
}

const double *
ntk_map_whitening(NtkPreparedMap *prepared)
{
	Size		bytes = sizeof(double) * ntk_rfp_size(prepared->value->n_components);
	MemoryContext context;
	double	   *factor;

	if (prepared->factor)
		return prepared->factor;
	ntk_check_memory(bytes, "whitening the features");
	context = AllocSetContextCreate(CurrentMemoryContext, "ntk_sketch whitening",
									ALLOCSET_SMALL_SIZES);
	factor = MemoryContextAllocHuge(context, bytes);
	if (ntk_map_factor(&prepared->map, factor, prepared->workspace, ntk_check_interrupts) !=
		NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the kernel of the landmarks is not positive definite")));

	/* complete: from here on it lives as long as the map */
	MemoryContextSetParent(context, prepared->context);
	prepared->factor = factor;
	return factor;
}

void
ntk_map_features(NtkPreparedMap *prepared, const double *rows, int n, float *z)
{
	int			m = prepared->value->n_components;
	ntk_map_spec spec = ntk_map_spec_of(prepared->value);
	ntk_rfp		factor;
	double	   *columns;

	ntk_map_columns(prepared, rows, n, z);
	if (!ntk_map_whitens(&spec))
		return;
	factor = ntk_rfp_view((double *) ntk_map_whitening(prepared), m);
	columns = palloc(sizeof(double) * n * m);
	for (Size i = 0; i < (Size) n * m; i++)
		columns[i] = z[i];
	ntk_rfp_half_solve(&factor, 'N', n, columns, ntk_check_interrupts);
	for (Size i = 0; i < (Size) n * m; i++)
	{
		z[i] = columns[i];
		if (!isfinite(z[i]))
			prepared_map_refuse_features();
	}
	pfree(columns);
}
