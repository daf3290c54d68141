/*
 * predict.c
 *		ntk_predict and ntk_predict_all: scoring one row.
 */
#include "pg/type_model.h"

#include "utils/array.h"

#include "pg/array_input.h"

/* A model ready to score rows. */
typedef struct PreparedModel
{
	int			width;
	int			targets;
	int			input_dim;		/* of what it takes: rows, or features */
	ntk_ridge	ridge;
	const NtkPreparedMap *map;	/* NULL: it takes features */
	float	   *z;				/* [width], with a map */
	double	   *input;			/* [input_dim] */
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
	prepared->ridge = ntk_model_ridge(model);
	prepared->input_dim = map ? map->input_dim : model->width;
	prepared->features = palloc(sizeof(double) * prepared->width);
	if (map)
	{
		prepared->map = ntk_map_prepare(&map->head);
		prepared->z = palloc(sizeof(float) * prepared->width);
		prepared->input = palloc(sizeof(double) * prepared->input_dim);
	}
	else
		prepared->input = prepared->features;
	return prepared;
}

/* the model of a call, with the features of its row */
static PreparedModel *
score(FunctionCallInfo fcinfo)
{
	NtkPin	   *pin = fcinfo->flinfo->fn_extra;
	ArrayType  *x = PG_GETARG_ARRAYTYPE_P(1);
	PreparedModel *model;

	if (!pin)
	{
		pin = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = pin;
	}
	model = ntk_pin_datum(pin, PG_GETARG_DATUM(0), prepare);

	ntk_array_check_length("x", ntk_array_length(x, "x"), "model", model->input_dim);
	ntk_array_read(x, "x", 1.0, model->input);
	if (model->map)
	{
		ntk_map_features(model->map, model->input, 1, model->z);
		for (int j = 0; j < model->width; j++)
			model->features[j] = model->z[j];
	}
	PG_FREE_IF_COPY(x, 1);
	return model;
}

static double
predict_target(const PreparedModel *model, int target)
{
	return ntk_ridge_predict(model->ridge.intercept[target],
							 model->ridge.weights + (Size) target * model->width,
							 model->features, model->width);
}

/* ntk_predict(model, x): the prediction of a model with one target */
NTK_FUNCTION(ntk_sql_predict);
Datum
ntk_sql_predict(PG_FUNCTION_ARGS)
{
	PreparedModel *model = score(fcinfo);

	if (model->targets != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model has %d targets, ntk_predict returns one", model->targets),
				 errhint("Use ntk_predict_all.")));
	PG_RETURN_FLOAT8(predict_target(model, 0));
}

/* ntk_predict_all(model, x): the predictions of all targets */
NTK_FUNCTION(ntk_sql_predict_all);
Datum
ntk_sql_predict_all(PG_FUNCTION_ARGS)
{
	PreparedModel *model = score(fcinfo);
	double	   *predictions = palloc(sizeof(double) * model->targets);

	for (int c = 0; c < model->targets; c++)
		predictions[c] = predict_target(model, c);
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(predictions, model->targets, 0));
}
