/*
 * predict.c
 *		ntk_predict, ntk_predict_all and ntk_predict_std: scoring one row.
 */
#include "pg/type_model.h"

#include <math.h>

#include "utils/array.h"

#include "pg/array_input.h"
#include "pg/module.h"

/* A model ready to score rows. */
typedef struct PreparedModel
{
	int			width;
	int			targets;
	double		rows;
	ntk_ridge	ridge;
	bool		has_posterior;
	ntk_posterior posterior;
	NtkPreparedMap *map;		/* NULL: it takes features */
	double	   *row;			/* [map.row_length], with a map */
	float	   *z;				/* [width], with a map */
	double	   *features;		/* [width] */
} PreparedModel;

/* the NtkPrepare of models */
static void *
prepare(const NtkValue *value)
{
	NtkModelValue *model = (NtkModelValue *) value;
	const NtkMapValue *map = ntk_model_map(model);
	PreparedModel *prepared = palloc0(sizeof(PreparedModel));

	prepared->width = model->width;
	prepared->targets = model->targets;
	prepared->rows = model->rows;
	prepared->ridge = ntk_model_ridge(model);
	prepared->has_posterior = model->has_posterior;
	if (model->has_posterior)
		prepared->posterior = ntk_model_posterior(model);
	prepared->features = palloc(sizeof(double) * prepared->width);
	if (map)
	{
		prepared->map = ntk_map_prepare(&map->head);
		prepared->row = palloc(sizeof(double) * prepared->map->map.row_length);
		prepared->z = palloc(sizeof(float) * prepared->width);
	}
	return prepared;
}

/* the model of a call */
static PreparedModel *
model_of(FunctionCallInfo fcinfo)
{
	NtkPin	   *pin = fcinfo->flinfo->fn_extra;

	if (!pin)
	{
		pin = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = pin;
	}
	return ntk_pin_datum(pin, PG_GETARG_DATUM(0), prepare);
}

/* the model's features of the row that was read */
static void
featurize(PreparedModel *model)
{
	ntk_map_columns(model->map, model->row, 1, model->z);
	for (int j = 0; j < model->width; j++)
		model->features[j] = model->z[j];
}

/* the model of a call, with the features of its row: (model, x) */
static PreparedModel *
score(FunctionCallInfo fcinfo)
{
	PreparedModel *model = model_of(fcinfo);
	ArrayType  *x = PG_GETARG_ARRAYTYPE_P(1);

	if (model->map)
	{
		ntk_map_read_array(model->map, x, "model", model->row);
		featurize(model);
	}
	else
	{
		ntk_array_check_length("x", ntk_array_length(x, "x"), "model", model->width);
		ntk_array_read(x, "x", 1.0, model->features);
	}
	PG_FREE_IF_COPY(x, 1);
	return model;
}

/* the same of a sparse row: (model, indices, values) */
static PreparedModel *
score_sparse(FunctionCallInfo fcinfo)
{
	PreparedModel *model = model_of(fcinfo);
	ArrayType  *indices = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *values = PG_GETARG_ARRAYTYPE_P(2);

	if (!model->map)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model without a feature map takes no sparse rows")));
	ntk_map_read_arrays(model->map, indices, values, model->row);
	featurize(model);
	PG_FREE_IF_COPY(indices, 1);
	PG_FREE_IF_COPY(values, 2);
	return model;
}

static double
predict_target(const PreparedModel *model, int target)
{
	return ntk_ridge_predict(model->ridge.intercept[target],
							 model->ridge.weights + (Size) target * model->width,
							 model->features, model->width);
}

/* the prediction of a model with one target */
static Datum
predict_one(const PreparedModel *model)
{
	if (model->targets != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %d targets, ntk_predict returns one", model->targets),
				 errhint("Use ntk_predict_all.")));
	PG_RETURN_FLOAT8(predict_target(model, 0));
}

/* the predictions of all targets */
static Datum
predict_all(const PreparedModel *model)
{
	double	   *predictions = palloc(sizeof(double) * model->targets);

	for (int c = 0; c < model->targets; c++)
		predictions[c] = predict_target(model, c);
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(predictions, model->targets, 0));
}

/* ntk_predict(model, x), ntk_predict(model, indices, values) */
NTK_FUNCTION(ntk_sql_predict);
Datum
ntk_sql_predict(PG_FUNCTION_ARGS)
{
	return predict_one(PG_NARGS() > 2 ? score_sparse(fcinfo) : score(fcinfo));
}

/* ntk_predict_all(model, x), ntk_predict_all(model, indices, values) */
NTK_FUNCTION(ntk_sql_predict_all);
Datum
ntk_sql_predict_all(PG_FUNCTION_ARGS)
{
	return predict_all(PG_NARGS() > 2 ? score_sparse(fcinfo) : score(fcinfo));
}

/* columns to the features that they stand for */
static void
whiten(PreparedModel *model)
{
	ntk_map_spec spec = ntk_map_spec_of(model->map->value);
	ntk_rfp		factor;

	if (!ntk_map_whitens(&spec))
		return;
	factor = ntk_rfp_view((double *) ntk_map_whitening(model->map), model->width);
	ntk_rfp_half_solve(&factor, 'N', 1, model->features, ntk_check_interrupts);
}

/* the predictive standard deviation of a model with one target */
static Datum
predict_std(PreparedModel *model)
{
	double		leverage;

	if (!model->has_posterior)
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
	if (model->map)
		whiten(model);
	leverage = 1 / model->rows +
		ntk_posterior_leverage(&model->posterior, model->width, model->features,
							   ntk_check_interrupts);
	PG_RETURN_FLOAT8(sqrt(model->posterior.noise[0] * (1 + leverage)));
}

/* ntk_predict_std(model, x), ntk_predict_std(model, indices, values) */
NTK_FUNCTION(ntk_sql_predict_std);
Datum
ntk_sql_predict_std(PG_FUNCTION_ARGS)
{
	return predict_std(PG_NARGS() > 2 ? score_sparse(fcinfo) : score(fcinfo));
}
