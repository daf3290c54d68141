/*
 * sketch.c
 *		ntk_sketch: the features of one row.
 */
#include "pg/type_map.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "pg/array_input.h"
#include "pg/module.h"

/* What a call keeps between rows. */
typedef struct Memory
{
	NtkPin	   *pin;
	double	   *x;				/* [room] */
	int			room;
	ntk_map_spec spec;			/* the last one, of the calls that give numbers */
} Memory;

static Memory *
remember(FunctionCallInfo fcinfo)
{
	Memory	   *memory = fcinfo->flinfo->fn_extra;

	if (!memory)
	{
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Memory));
		memory->pin = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = memory;
	}
	return memory;
}

static double *
room_for(FunctionCallInfo fcinfo, Memory *memory, int n)
{
	if (memory->room < n)
	{
		if (memory->x)
			pfree(memory->x);
		memory->room = 0;
		memory->x = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(double) * n);
		memory->room = n;
	}
	return memory->x;
}

/* the features as a real[], written in place */
static Datum
sketch(FunctionCallInfo fcinfo, Memory *memory, ArrayType *x, const NtkPreparedMap *prepared)
{
	int			m = prepared->value->n_components;
	double	   *row = room_for(fcinfo, memory, prepared->value->input_dim);
	Size		bytes = ARR_OVERHEAD_NONULLS(1) + sizeof(float4) * m;
	ArrayType  *z = palloc0(ARR_OVERHEAD_NONULLS(1) + sizeof(float4) * m);

	SET_VARSIZE(z, bytes);
	z->ndim = 1;
	z->elemtype = FLOAT4OID;
	ARR_DIMS(z)[0] = m;
	ARR_LBOUND(z)[0] = 1;
	ntk_array_read(x, "x", 1.0, row);
	ntk_map_features(prepared, row, 1, (float4 *) ARR_DATA_PTR(z));
	PG_FREE_IF_COPY(x, 0);
	PG_RETURN_ARRAYTYPE_P(z);
}

/* ntk_sketch(x, map) */
NTK_FUNCTION(ntk_sql_sketch);
Datum
ntk_sql_sketch(PG_FUNCTION_ARGS)
{
	ArrayType  *x = PG_GETARG_ARRAYTYPE_P(0);
	Memory	   *memory = remember(fcinfo);
	const NtkPreparedMap *prepared =
		ntk_pin_datum(memory->pin, PG_GETARG_DATUM(1), ntk_map_prepare);

	ntk_array_check_length("x", ntk_array_length(x, "x"), "feature map",
						   prepared->value->input_dim);
	return sketch(fcinfo, memory, x, prepared);
}

/* ntk_sketch(x, n_components, depth, seed): the map follows from the numbers */
NTK_FUNCTION(ntk_sql_sketch_numbers);
Datum
ntk_sql_sketch_numbers(PG_FUNCTION_ARGS)
{
	ArrayType  *x = PG_GETARG_ARRAYTYPE_P(0);
	Memory	   *memory = remember(fcinfo);
	ntk_map_spec spec = ntk_map_defaults();

	spec.input_dim = ntk_array_length(x, "x");
	spec.n_components = PG_GETARG_INT32(1);
	spec.depth = PG_GETARG_INT32(2);
	spec.seed = (uint64) PG_GETARG_INT64(3);
	if (spec.input_dim != memory->spec.input_dim ||
		spec.n_components != memory->spec.n_components || spec.depth != memory->spec.depth ||
		spec.seed != memory->spec.seed)
	{
		ntk_pin_datum(memory->pin, PointerGetDatum(ntk_map_make(spec)), ntk_map_prepare);
		memory->spec = spec;
	}
	return sketch(fcinfo, memory, x, ntk_pin_object(memory->pin));
}
