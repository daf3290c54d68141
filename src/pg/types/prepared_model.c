/*
 * prepared_model.c
 *		Preparing models, and scoring with them.
 */
#include "pg/types/prepared_model.h"

#include <math.h>

#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

void
ntk_model_set_up(NtkPreparedModel *prepared, const NtkMapValue *map, int width)
{
	prepared->context = CurrentMemoryContext;
	prepared->width = width;
	prepared->inputs = prepared->row_length = width;
	prepared->features = palloc(sizeof(double) * width);
	if (map)
	{
		prepared->map = ntk_pin_datum(ntk_pin_create(CurrentMemoryContext),
									  PointerGetDatum(map), &ntk_map_kind, ntk_map_prepare);
		prepared->inputs = map->input_dim;
		prepared->row_length = prepared->map->map.row_length;
		prepared->z = palloc(sizeof(float) * width);
	}
	prepared->row = palloc(sizeof(double) * prepared->row_length);
}

void
ntk_model_view_numbers(NtkPreparedModel *prepared, NtkModelValue *value)
{
	prepared->targets = value->targets;
	prepared->rows = value->rows;
	prepared->ridge = ntk_model_ridge(value);
	prepared->posterior_form = value->posterior;
	if (value->posterior)
		prepared->posterior = ntk_model_posterior(value);
}

void
ntk_model_take_numbers(NtkPreparedModel *prepared, const NtkModelValue *value,
					   NtkModelValue *room)
{
	const Size	header = offsetof(NtkModelValue, data);
	Size		bytes = ntk_model_size(value->width, value->targets, 0, value->posterior);

	memcpy(room, value, header);
	memcpy(room->data, value->data + value->map_bytes, bytes - header);
	room->map_bytes = 0;
	ntk_model_view_numbers(prepared, room);
}

void *
ntk_model_prepare(const NtkValue *value)
{
	NtkModelValue *model = (NtkModelValue *) value;
	NtkPreparedModel *prepared = palloc0(sizeof(NtkPreparedModel));

	ntk_model_set_up(prepared, ntk_model_map(model), model->width);
	ntk_model_view_numbers(prepared, model);
	return prepared;
}

void
ntk_model_read(NtkPreparedModel *model, Datum x, NtkRowForm form, double *row)
{
	if (model->map)
		ntk_map_read_datum(model->map, x, form, "model", row);
	else
		ntk_numbers_read(x, form, "x", "model", model->width, row);
}

void
ntk_model_featurize(NtkPreparedModel *model)
{
	if (!model->map)
	{
		memcpy(model->features, model->row, sizeof(double) * model->width);
		return;
	}
	ntk_map_columns(model->map, model->row, 1, model->z);
	for (int j = 0; j < model->width; j++)
		model->features[j] = model->z[j];
}

double
ntk_model_score(const NtkPreparedModel *model, int target)
{
	return ntk_ridge_predict(model->ridge.intercept[target],
							 model->ridge.weights + (Size) target * model->width,
							 model->features, model->width);
}

/* columns to the features that they stand for */
static void
prepared_model_whiten(NtkPreparedModel *model)
{
	ntk_map_spec spec = ntk_map_spec_of(model->map->value);
	ntk_rfp		factor;

	if (!ntk_map_whitens(&spec))
		return;
	factor = ntk_rfp_view((double *) ntk_map_whitening(model->map), model->width);
	ntk_rfp_half_solve(&factor, 'N', 1, model->features, ntk_check_interrupts);
}

double
ntk_model_std(NtkPreparedModel *model)
{
	double		leverage;

	if (model->map)
		prepared_model_whiten(model);
	leverage = 1 / model->rows +
		ntk_posterior_leverage(&model->posterior, model->width, model->features,
							   ntk_check_interrupts);
	return sqrt(model->posterior.noise[0] * (1 + leverage));
}

/* the older form of posteriors has noise = train_mse rows / (degrees of freedom) */
double
ntk_model_df(const NtkPreparedModel *model)
{
	double		left = model->posterior.left ? *model->posterior.left
		: model->ridge.train_mse[0] * model->rows / model->posterior.noise[0];

	return left > 1 ? left : 1;
}

static void
prepared_model_refuse_gradient(const ntk_map_spec *spec)
{
	const char *what = ntk_map_is_image(spec) ? "a map of images" : "a map";
	const char *how = spec->base_dim > 0 ? psprintf(" with base_dim %d", spec->base_dim) : "";

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s of method \"%s\"%s has no gradient", what,
					ntk_methods[spec->method]->name, how),
			 errhint("Maps of rows of the methods \"zonal\" and \"nystrom\", without base_dim, "
					 "have gradients.")));
}

void
ntk_model_prepare_gradient(NtkPreparedModel *model)
{
	const ntk_map *map = model->map ? &model->map->map : NULL;
	Size		bytes;

	if (!map || model->gradient_work)
		return;
	if (!ntk_map_has_gradient(&map->spec))
		prepared_model_refuse_gradient(&map->spec);
	bytes = ntk_map_gradient_workspace(map, model->targets);
	ntk_check_memory(bytes, "the gradient of the model");
	model->gradient_work = MemoryContextAllocHuge(model->context, bytes);
}

void
ntk_model_gradient(NtkPreparedModel *model, const double *rows, int n, double *out)
{
	Size		numbers = (Size) model->targets * model->inputs;

	/* a linear model of features: these are its inputs */
	if (!model->map)
	{
		for (int i = 0; i < n; i++)
			memcpy(out + i * numbers, model->ridge.weights, sizeof(double) * numbers);
		return;
	}
	ntk_model_prepare_gradient(model);
	if (ntk_map_gradient(&model->map->map, rows, n, model->ridge.weights, model->targets, out,
						 model->gradient_work) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a gradient exceeds the range of type double precision"),
				 errhint("Rescale the inputs or the targets.")));
}
