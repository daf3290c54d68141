/*
 * sketch.c
 *		ntk_sketch: the features of one row.
 */
#include "pg/types/prepared_map.h"

#include "catalog/pg_type.h"
#include "pg/base/array_input.h"

/* What a call keeps between rows. */
typedef struct SketchMemory
{
	NtkPin	   *pin;
	NtkRowForm	form;			/* of x */
	double	   *row;			/* [room] */
	int			room;
	ntk_map_spec spec;			/* the last one, of the calls that give numbers */
} SketchMemory;

static SketchMemory *
sketch_remember(FunctionCallInfo fcinfo)
{
	SketchMemory *memory = fcinfo->flinfo->fn_extra;

	if (!memory)
	{
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SketchMemory));
		memory->pin = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
		memory->form = ntk_row_form(fcinfo, 0);
		fcinfo->flinfo->fn_extra = memory;
	}
	return memory;
}

static NtkPreparedMap *
sketch_map_of(SketchMemory *memory, Datum map)
{
	return ntk_pin_datum(memory->pin, map, &ntk_map_kind, ntk_map_prepare);
}

static double *
sketch_room_for(FunctionCallInfo fcinfo, SketchMemory *memory, int n)
{
	if (memory->room < n)
	{
		if (memory->row)
			pfree(memory->row);
		memory->room = 0;
		memory->row = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(double) * n);
		memory->room = n;
	}
	return memory->row;
}

/* the features of a row as a real[], written in place */
static Datum
sketch_features(NtkPreparedMap *prepared, const double *row)
{
	int			m = prepared->value->n_components;
	ArrayType  *z = ntk_array_zeros(FLOAT4OID, m, 0, "an array of features", NULL);

	ntk_map_features(prepared, row, 1, (float4 *) ARR_DATA_PTR(z));
	PG_RETURN_ARRAYTYPE_P(z);
}

/* ntk_sketch(x, map) */
NTK_FUNCTION(ntk_sql_sketch);
Datum
ntk_sql_sketch(PG_FUNCTION_ARGS)
{
	SketchMemory *memory = sketch_remember(fcinfo);
	NtkPreparedMap *prepared = sketch_map_of(memory, PG_GETARG_DATUM(1));
	double	   *row = sketch_room_for(fcinfo, memory, prepared->map.row_length);

	ntk_map_read_datum(prepared, PG_GETARG_DATUM(0), memory->form, "feature map", row);
	return sketch_features(prepared, row);
}

/* ntk_sketch(indices, values, map): a sparse row */
NTK_FUNCTION(ntk_sql_sketch_sparse);
Datum
ntk_sql_sketch_sparse(PG_FUNCTION_ARGS)
{
	SketchMemory *memory = sketch_remember(fcinfo);
	NtkPreparedMap *prepared = sketch_map_of(memory, PG_GETARG_DATUM(2));
	double	   *row = sketch_room_for(fcinfo, memory, prepared->map.row_length);
	ArrayType  *indices = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *values = PG_GETARG_ARRAYTYPE_P(1);

	ntk_map_read_arrays(prepared, indices, values, row);
	PG_FREE_IF_COPY(indices, 0);
	PG_FREE_IF_COPY(values, 1);
	return sketch_features(prepared, row);
}

/* ntk_sketch(x, n_components, depth, seed): the map follows from the numbers */
NTK_FUNCTION(ntk_sql_sketch_numbers);
Datum
ntk_sql_sketch_numbers(PG_FUNCTION_ARGS)
{
	SketchMemory *memory = sketch_remember(fcinfo);
	ArrayType  *x = ntk_row_array(PG_GETARG_DATUM(0), memory->form, "x");
	ntk_map_spec spec = ntk_map_defaults();
	NtkPreparedMap *prepared;
	double	   *row;

	spec.input_dim = ntk_array_length(x, "x");
	spec.n_components = PG_GETARG_INT32(1);
	spec.depth = PG_GETARG_INT32(2);
	spec.seed = (uint64) PG_GETARG_INT64(3);
	if (spec.input_dim != memory->spec.input_dim ||
		spec.n_components != memory->spec.n_components || spec.depth != memory->spec.depth ||
		spec.seed != memory->spec.seed)
	{
		sketch_map_of(memory, PointerGetDatum(ntk_map_make(spec)));
		memory->spec = spec;
	}
	prepared = ntk_pin_object(memory->pin);
	row = sketch_room_for(fcinfo, memory, prepared->map.row_length);
	ntk_map_read_datum(prepared, PointerGetDatum(x), NTK_ROW_ARRAY, "feature map", row);
	PG_FREE_IF_COPY(x, 0);
	return sketch_features(prepared, row);
}
