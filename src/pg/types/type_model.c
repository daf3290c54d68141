/*
 * type_model.c
 *		The SQL type ntk_model: text and binary forms.
 */
#include "pg/types/type_model.h"

#include <math.h>

#include "pg/base/module.h"

#define TYPE_NAME "ntk_model"
#define HEADER offsetof(NtkModelValue, data)

/* doubles before those of the posterior; all doubles */
static Size
model_ridge_doubles(int width, int targets)
{
	return (Size) targets * (width + 2);
}

static Size
model_number_count(int width, int targets, uint32 posterior)
{
	return model_ridge_doubles(width, targets) +
		(posterior ? ntk_posterior_doubles(width, targets) : 0) -
		(posterior == NTK_POSTERIOR_OLD ? 1 : 0);
}

Size
ntk_model_size(int width, int targets, Size map_bytes, uint32 posterior)
{
	return HEADER + map_bytes + sizeof(double) * model_number_count(width, targets, posterior);
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

ntk_posterior
ntk_model_posterior(NtkModelValue *model)
{
	double	   *numbers = (double *) (model->data + model->map_bytes);
	ntk_posterior posterior =
		ntk_posterior_view(numbers + model_ridge_doubles(model->width, model->targets),
						   model->width, model->targets);

	if (model->posterior == NTK_POSTERIOR_OLD)
		posterior.left = NULL;
	return posterior;
}

NtkModelValue *
ntk_model_make(const NtkGramView *gram, double lambda, bool has_posterior)
{
	uint32		posterior = has_posterior ? NTK_POSTERIOR : 0;
	Size		map_bytes = ntk_map_bytes(gram->map);
	NtkModelValue *model =
		ntk_value_make(NTK_VALUE_MODEL,
					   ntk_model_size(gram->width, gram->targets, map_bytes, posterior));

	model->posterior = posterior;
	model->width = gram->width;
	model->targets = gram->targets;
	model->rows = gram->rows;
	model->lambda = lambda;
	model->map_bytes = map_bytes;
	if (gram->map)
		memcpy(model->data, gram->map, map_bytes);
	return model;
}

static const char *
model_posterior_flaw(NtkModelValue *value)
{
	ntk_posterior posterior = ntk_model_posterior(value);
	ntk_rfp		factor = ntk_rfp_view(posterior.factor, value->width);

	for (int c = 0; c < value->targets; c++)
		if (posterior.noise[c] < 0)
			return "A variance is negative.";
	for (int i = 0; i < value->width; i++)
		if (!(*ntk_rfp_at(&factor, i, i) > 0))
			return "A pivot is not positive.";
	if (posterior.left && *posterior.left < 0)
		return "Its degrees of freedom are negative.";
	return NULL;
}

const char *
ntk_model_flaw(NtkModelValue *value)
{
	const double *numbers = (const double *) (value->data + value->map_bytes);

	for (Size i = 0; i < model_number_count(value->width, value->targets, value->posterior); i++)
		if (!isfinite(numbers[i]))
			return "It contains an infinity or a NaN.";
	return value->posterior ? model_posterior_flaw(value) : NULL;
}

static void
model_check_fields(const NtkValue *read, Size bytes)
{
	const NtkModelValue *value = (const NtkModelValue *) read;

	if (value->posterior > NTK_POSTERIOR || value->rows < 1 || !(value->lambda >= 0) ||
		!(value->ridge >= 0) || !isfinite(value->lambda) || !isfinite(value->ridge) ||
		value->map_bytes > bytes)
		ntk_value_refuse(TYPE_NAME, "A field of its header is out of range.");
	ntk_check_range("the number of features", value->width, 1, NTK_MAX_WIDTH);
	ntk_check_range("the number of targets", value->targets, 1, NTK_MAX_TARGETS);
	if (bytes !=
		ntk_model_size(value->width, value->targets, value->map_bytes, value->posterior))
		ntk_value_refuse(TYPE_NAME, "Its size does not fit its width and targets.");
}

static void
model_check_map(const NtkValue *read)
{
	const NtkModelValue *value = (const NtkModelValue *) read;

	if (value->map_bytes)
		ntk_map_check_part((const NtkMapValue *) value->data, value->map_bytes, value->width,
						   TYPE_NAME);
}

static void
model_check_contents(const NtkValue *read)
{
	NtkModelValue *value = (NtkModelValue *) read;
	const char *flaw;

	if (value->map_bytes)
		ntk_map_check_numbers((const NtkMapValue *) value->data, TYPE_NAME);
	flaw = ntk_model_flaw(value);
	if (flaw)
		ntk_value_refuse(TYPE_NAME, flaw);
	if (!ntk_value_is_sealed(read))
		ntk_value_refuse(TYPE_NAME, "Its fingerprint does not match.");
}

const NtkValueKind ntk_model_kind = {
	.type = NTK_VALUE_MODEL,
	.name = TYPE_NAME,
	.minimum = HEADER,
	.check_fields = model_check_fields,
	.check_parts = model_check_map,
	.check = model_check_contents,
};

NTK_FUNCTION(ntk_sql_model_in);
Datum
ntk_sql_model_in(PG_FUNCTION_ARGS)
{
	return ntk_value_in(fcinfo, &ntk_model_kind);
}

NTK_FUNCTION(ntk_sql_model_out);
Datum
ntk_sql_model_out(PG_FUNCTION_ARGS)
{
	return ntk_value_out(fcinfo, &ntk_model_kind);
}

NTK_FUNCTION(ntk_sql_model_recv);
Datum
ntk_sql_model_recv(PG_FUNCTION_ARGS)
{
	return ntk_value_recv(fcinfo, &ntk_model_kind);
}

NTK_FUNCTION(ntk_sql_model_send);
Datum
ntk_sql_model_send(PG_FUNCTION_ARGS)
{
	return ntk_value_send(fcinfo, &ntk_model_kind);
}
