/*
 * type_model.c
 *		The SQL type ntk_model: text and binary forms.
 */
#include "pg/type_model.h"

#include <math.h>

#include "pg/module.h"

#define TYPE_NAME "ntk_model"
#define HEADER offsetof(NtkModelValue, data)

static Size
number_count(int width, int targets)
{
	return (Size) targets * (width + 2);
}

Size
ntk_model_size(int width, int targets, Size map_bytes)
{
	return HEADER + map_bytes + sizeof(double) * number_count(width, targets);
}

const NtkMapValue *
ntk_model_map(const NtkModelValue *model)
{
	return model->map_bytes ? (const NtkMapValue *) model->data : NULL;
}

ntk_ridge
ntk_model_ridge(NtkModelValue *model)
{
	double	   *numbers = (double *) (model->data + model->map_bytes);
	ntk_ridge	ridge = {
		.ridge = model->ridge,
		.intercept = numbers,
		.train_mse = numbers + model->targets,
		.weights = numbers + 2 * model->targets,
	};

	return ridge;
}

NtkModelValue *
ntk_model_make(const NtkGramView *gram, double lambda)
{
	Size		map_bytes = ntk_map_bytes(gram->map);
	NtkModelValue *model =
		ntk_value_make(NTK_VALUE_MODEL, ntk_model_size(gram->width, gram->targets, map_bytes));

	model->width = gram->width;
	model->targets = gram->targets;
	model->rows = gram->rows;
	model->lambda = lambda;
	model->map_bytes = map_bytes;
	if (gram->map)
		memcpy(model->data, gram->map, map_bytes);
	return model;
}

/* the check of a model read from outside */
static void
check_value(const NtkValue *read)
{
	const NtkModelValue *value = (const NtkModelValue *) read;
	const double *numbers;

	if (value->reserved != 0 || value->rows < 1 || !(value->lambda >= 0) ||
		!(value->ridge >= 0) || !isfinite(value->lambda) || !isfinite(value->ridge) ||
		value->map_bytes > VARSIZE(value))
		ntk_value_refuse(TYPE_NAME, "A field of its header is out of range.");
	ntk_check_range("the number of features", value->width, 1, NTK_MAX_WIDTH);
	ntk_check_range("the number of targets", value->targets, 1, NTK_MAX_TARGETS);
	if (VARSIZE(value) != ntk_model_size(value->width, value->targets, value->map_bytes))
		ntk_value_refuse(TYPE_NAME, "Its size does not fit its width and targets.");
	if (value->map_bytes)
		ntk_map_check((const NtkMapValue *) value->data, value->map_bytes, value->width,
					  TYPE_NAME);
	numbers = (const double *) (value->data + value->map_bytes);
	for (Size i = 0; i < number_count(value->width, value->targets); i++)
		if (!isfinite(numbers[i]))
			ntk_value_refuse(TYPE_NAME, "It contains an infinity or a NaN.");
	if (!ntk_value_is_sealed(read))
		ntk_value_refuse(TYPE_NAME, "Its fingerprint does not match.");
}

static const NtkValueKind kind = {NTK_VALUE_MODEL, TYPE_NAME, HEADER, check_value};

NTK_FUNCTION(ntk_sql_model_in);
Datum
ntk_sql_model_in(PG_FUNCTION_ARGS)
{
	return ntk_value_in(fcinfo, &kind);
}

NTK_FUNCTION(ntk_sql_model_out);
Datum
ntk_sql_model_out(PG_FUNCTION_ARGS)
{
	return ntk_value_out(fcinfo, &kind);
}

NTK_FUNCTION(ntk_sql_model_recv);
Datum
ntk_sql_model_recv(PG_FUNCTION_ARGS)
{
	return ntk_value_recv(fcinfo, &kind);
}

NTK_FUNCTION(ntk_sql_model_send);
Datum
ntk_sql_model_send(PG_FUNCTION_ARGS)
{
	return ntk_value_send(fcinfo, &kind);
}
