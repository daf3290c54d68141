/*
 * accessors.c
 *		What a statistic and a model say about themselves.
 */
#include "pg/types/type_model.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

NTK_FUNCTION(ntk_sql_gram_rows);
Datum
ntk_sql_gram_rows(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ntk_gram_head(PG_GETARG_DATUM(0)).rows);
}

NTK_FUNCTION(ntk_sql_gram_skipped);
Datum
ntk_sql_gram_skipped(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ntk_gram_head(PG_GETARG_DATUM(0)).skipped);
}

NTK_FUNCTION(ntk_sql_gram_width);
Datum
ntk_sql_gram_width(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_gram_head(PG_GETARG_DATUM(0)).width);
}

NTK_FUNCTION(ntk_sql_gram_targets);
Datum
ntk_sql_gram_targets(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_gram_head(PG_GETARG_DATUM(0)).targets);
}

NTK_FUNCTION(ntk_sql_gram_weight);
Datum
ntk_sql_gram_weight(PG_FUNCTION_ARGS)
{
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(0));

	PG_RETURN_FLOAT8(gram.width > 0 ? gram.gram.target[0] : 0.0);
}

/* a copy of a map that is part of another value, as a value of its own; NULL: none */
static Datum
accessors_own_map(FunctionCallInfo fcinfo, const NtkMapValue *map)
{
	NtkMapValue *copy;

	if (!map)
		PG_RETURN_NULL();
	copy = palloc(ntk_map_bytes(map));
	memcpy(copy, map, ntk_map_bytes(map));
	PG_RETURN_POINTER(copy);
}

NTK_FUNCTION(ntk_sql_gram_map);
Datum
ntk_sql_gram_map(PG_FUNCTION_ARGS)
{
	return accessors_own_map(fcinfo, ntk_gram_read(PG_GETARG_DATUM(0)).map);
}

/*
 * ntk_moments(gram) -> (feature_sum float8[], gram float8[][], target_sum float8[],
 * cross float8[][], target float8[][]): the sums themselves.
 */
NTK_FUNCTION(ntk_sql_gram_moments);
Datum
ntk_sql_gram_moments(PG_FUNCTION_ARGS)
{
	NtkGramView view = ntk_gram_read(PG_GETARG_DATUM(0));
	int			width = view.width;
	int			targets = view.targets;
	Size		columns = targets + 1;
	Size		largest = (Size) width * Max(width, targets);
	TupleDesc	row;
	Datum		values[5];
	bool		nulls[5] = {false};
	ntk_rfp		triangle;
	double	   *matrix;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ntk_moments must return a row");
	if (width == 0)
		PG_RETURN_NULL();
	ntk_check_memory(2 * sizeof(double) * largest, "ntk_moments");
	matrix = MemoryContextAllocHuge(CurrentMemoryContext,
									sizeof(double) * Max(largest, columns * columns));

	values[0] = PointerGetDatum(ntk_array_make(view.gram.cross, width, 0));
	values[2] = PointerGetDatum(ntk_array_make(view.gram.target + 1, targets, 0));

	triangle = ntk_rfp_view(view.gram.triangle, width);
	ntk_rfp_expand(&triangle, matrix, ntk_check_interrupts);
	values[1] = PointerGetDatum(ntk_array_make(matrix, width, width));

	for (int i = 0; i < width; i++)
		for (int c = 0; c < targets; c++)
			matrix[(Size) i * targets + c] = view.gram.cross[i + (Size) (c + 1) * width];
	values[3] = PointerGetDatum(ntk_array_make(matrix, width, targets));

	for (int a = 0; a < targets; a++)
		for (int b = 0; b < targets; b++)
			matrix[(Size) a * targets + b] = view.gram.target[a + 1 + (b + 1) * columns];
	values[4] = PointerGetDatum(ntk_array_make(matrix, targets, targets));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}

NTK_FUNCTION(ntk_sql_model_rows);
Datum
ntk_sql_model_rows(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(ntk_model_head(PG_GETARG_DATUM(0))->rows);
}

NTK_FUNCTION(ntk_sql_model_width);
Datum
ntk_sql_model_width(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_model_head(PG_GETARG_DATUM(0))->width);
}

NTK_FUNCTION(ntk_sql_model_targets);
Datum
ntk_sql_model_targets(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_model_head(PG_GETARG_DATUM(0))->targets);
}

NTK_FUNCTION(ntk_sql_model_lambda);
Datum
ntk_sql_model_lambda(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(ntk_model_head(PG_GETARG_DATUM(0))->lambda);
}

NTK_FUNCTION(ntk_sql_model_map);
Datum
ntk_sql_model_map(PG_FUNCTION_ARGS)
{
	return accessors_own_map(fcinfo, ntk_model_map(ntk_model_get(PG_GETARG_DATUM(0))));
}

NTK_FUNCTION(ntk_sql_model_train_mse);
Datum
ntk_sql_model_train_mse(PG_FUNCTION_ARGS)
{
	NtkModelValue *model = ntk_model_get(PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(ntk_array_make(ntk_model_ridge(model).train_mse, model->targets, 0));
}

/* ntk_coefficients(model) -> (intercept float8[], weights float8[][]), a row a target */
NTK_FUNCTION(ntk_sql_model_coefficients);
Datum
ntk_sql_model_coefficients(PG_FUNCTION_ARGS)
{
	NtkModelValue *model = ntk_model_get(PG_GETARG_DATUM(0));
	ntk_ridge	ridge = ntk_model_ridge(model);
	TupleDesc	row;
	Datum		values[2];
	bool		nulls[2] = {false};

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ntk_coefficients must return a row");
	values[0] = PointerGetDatum(ntk_array_make(ridge.intercept, model->targets, 0));
	values[1] = PointerGetDatum(ntk_array_make(ridge.weights, model->targets, model->width));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}
