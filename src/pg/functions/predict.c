/*
 * predict.c
 *		ntk_predict, ntk_predict_all, ntk_predict_std and ntk_gradient: a model at one row.
 */
#include "pg/types/prepared_model.h"

#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

/* What a call keeps between rows. */
typedef struct PredictMemory
{
	NtkPin	   *pin;			/* of the model */
	NtkRowForm	form;			/* of x */
} PredictMemory;

static PredictMemory *
predict_remember(FunctionCallInfo fcinfo)
{
	PredictMemory *memory = fcinfo->flinfo->fn_extra;

	if (!memory)
	{
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(PredictMemory));
		memory->pin = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
		memory->form = ntk_row_form(fcinfo, 1);
		fcinfo->flinfo->fn_extra = memory;
	}
	return memory;
}

/* the model of a call */
static NtkPreparedModel *
predict_model_of(FunctionCallInfo fcinfo, const PredictMemory *memory)
{
	return ntk_pin_datum(memory->pin, PG_GETARG_DATUM(0), &ntk_model_kind, ntk_model_prepare);
}

/* the model of a call, with the features of its row: (model, x) */
static NtkPreparedModel *
predict_score(FunctionCallInfo fcinfo)
{
	PredictMemory *memory = predict_remember(fcinfo);
	NtkPreparedModel *model = predict_model_of(fcinfo, memory);

	ntk_model_read(model, PG_GETARG_DATUM(1), memory->form, model->row);
	ntk_model_featurize(model);
	return model;
}

/* the same of a sparse row: (model, indices, values) */
static NtkPreparedModel *
predict_score_sparse(FunctionCallInfo fcinfo)
{
	NtkPreparedModel *model = predict_model_of(fcinfo, predict_remember(fcinfo));
	ArrayType  *indices = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *values = PG_GETARG_ARRAYTYPE_P(2);

	if (!model->map)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sparse rows need a model with a feature map")));
	ntk_map_read_arrays(model->map, indices, values, model->row);
	ntk_model_featurize(model);
	PG_FREE_IF_COPY(indices, 1);
	PG_FREE_IF_COPY(values, 2);
	return model;
}

/* the prediction of a model with one target */
static Datum
predict_one(const NtkPreparedModel *model)
{
	if (model->targets != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %d targets, ntk_predict returns one", model->targets),
				 errhint("Use ntk_predict_all.")));
	PG_RETURN_FLOAT8(ntk_finite_result(ntk_model_score(model, 0), "the prediction"));
}

/* the predictions of all targets */
static Datum
predict_all(const NtkPreparedModel *model)
{
	double	   *predictions = palloc(sizeof(double) * model->targets);

	for (int c = 0; c < model->targets; c++)
		predictions[c] = ntk_finite_result(ntk_model_score(model, c), "a prediction");
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(predictions, model->targets, 0));
}

/* ntk_predict(model, x), ntk_predict(model, indices, values) */
NTK_FUNCTION(ntk_sql_predict);
Datum
ntk_sql_predict(PG_FUNCTION_ARGS)
{
	return predict_one(PG_NARGS() > 2 ? predict_score_sparse(fcinfo) : predict_score(fcinfo));
}

/* ntk_predict_all(model, x), ntk_predict_all(model, indices, values) */
NTK_FUNCTION(ntk_sql_predict_all);
Datum
ntk_sql_predict_all(PG_FUNCTION_ARGS)
{
	return predict_all(PG_NARGS() > 2 ? predict_score_sparse(fcinfo) : predict_score(fcinfo));
}

/* the predictive standard deviation of a model with one target */
static Datum
predict_std(NtkPreparedModel *model)
{
	if (!model->posterior_form)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model was fitted without its uncertainty"),
				 errhint("Fit it with ntk_solve(gram, lambda, uncertainty => true).")));
	if (model->targets != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %d targets, ntk_predict_std is for one", model->targets),
				 errhint("Fit the target by itself: ntk_solve(ntk_with_targets(gram, '{1}'), "
						 "lambda, uncertainty => true).")));
	PG_RETURN_FLOAT8(ntk_finite_result(ntk_model_std(model), "the standard deviation"));
}

/* ntk_predict_std(model, x), ntk_predict_std(model, indices, values) */
NTK_FUNCTION(ntk_sql_predict_std);
Datum
ntk_sql_predict_std(PG_FUNCTION_ARGS)
{
	return predict_std(PG_NARGS() > 2 ? predict_score_sparse(fcinfo) : predict_score(fcinfo));
}

/* ntk_gradient(model, x) */
NTK_FUNCTION(ntk_sql_gradient);
Datum
ntk_sql_gradient(PG_FUNCTION_ARGS)
{
	PredictMemory *memory = predict_remember(fcinfo);
	NtkPreparedModel *model = predict_model_of(fcinfo, memory);
	Size		bytes = sizeof(double) * model->targets * model->inputs;
	double	   *gradient;

	ntk_check_memory(bytes, "the gradient");
	gradient = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	ntk_model_read(model, PG_GETARG_DATUM(1), memory->form, model->row);
	ntk_model_gradient(model, model->row, 1, gradient);
	PG_RETURN_ARRAYTYPE_P(model->targets == 1
						  ? ntk_array_make(gradient, model->inputs, 0)
						  : ntk_array_make(gradient, model->targets, model->inputs));
}

/* ntk_argmax(scores) -> the place of the largest, from 1; the first of equal ones */
NTK_FUNCTION(ntk_sql_argmax);
Datum
ntk_sql_argmax(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int			n = ntk_array_length(array, "scores");
	const double *scores = (const double *) ARR_DATA_PTR(array);
	int			best = 0;

	for (int i = 1; i < n; i++)
		if (scores[i] > scores[best])
			best = i;
	PG_RETURN_INT32(best + 1);
}
