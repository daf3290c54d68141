/*
 * prepared_model.h
 *		A model ready to score rows.
 */
#ifndef NTK_PREPARED_MODEL_H
#define NTK_PREPARED_MODEL_H

#include "pg/type_model.h"

typedef struct NtkPreparedModel
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
	double	   *features;		/* [width], or columns if the map whitens */
} NtkPreparedModel;

/* The NtkPrepare of models. */
extern void *ntk_model_prepare(const NtkValue *value);

/* row to features */
extern void ntk_model_featurize(NtkPreparedModel *model);

/* The prediction of a target for the features. */
extern double ntk_model_score(const NtkPreparedModel *model, int target);

/*
 * The standard deviation of a new target about the prediction, for a model of one target with
 * a posterior; the features are spent.
 */
extern double ntk_model_std(NtkPreparedModel *model);

#endif
