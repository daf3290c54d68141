/*
 * prepared_model.c
 *		Preparing models, and scoring with them.
 */
#include "pg/prepared_model.h"

#include <math.h>

#include "pg/module.h"

void *
ntk_model_prepare(const NtkValue *value)
{
	NtkModelValue *model = (NtkModelValue *) value;
	const NtkMapValue *map = ntk_model_map(model);
	NtkPreparedModel *prepared = palloc0(sizeof(NtkPreparedModel));

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

void
ntk_model_featurize(NtkPreparedModel *model)
{
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
whiten(NtkPreparedModel *model)
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
		whiten(model);
	leverage = 1 / model->rows +
		ntk_posterior_leverage(&model->posterior, model->width, model->features,
							   ntk_check_interrupts);
	return sqrt(model->posterior.noise[0] * (1 + leverage));
}
