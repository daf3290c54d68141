/*
 * prepared_model.h
 *		A model ready to score rows.
 */
#ifndef NTK_PREPARED_MODEL_H
#define NTK_PREPARED_MODEL_H

#include "pg/types/type_model.h"

typedef struct NtkPreparedModel
{
	MemoryContext context;		/* all this lives in */
	int			width;
	int			targets;
	double		rows;
	ntk_ridge	ridge;
	uint32		posterior_form; /* 0: it has none */
	ntk_posterior posterior;
	NtkPreparedMap *map;		/* of all that have this map; NULL: it takes features */
	int			inputs;			/* of a row: the map's, or width */
	int			row_length;		/* of a row as it is read: the map's, or width */
	double	   *row;			/* [row_length] */
	float	   *z;				/* [width], with a map */
	double	   *features;		/* [width], or columns if the map whitens */
	void	   *gradient_work;	/* of ntk_map_gradient, made at its first use */
} NtkPreparedModel;

/* The NtkPrepare of models. */
extern void *ntk_model_prepare(const NtkValue *value);

/*
 * The same in steps. A model without numbers, with room for a row, and with the map, which a
 * pin in the current context holds; NULL: it takes features, width of them.
 */
extern void ntk_model_set_up(NtkPreparedModel *prepared, const NtkMapValue *map, int width);

/* The numbers of a model, in place. */
extern void ntk_model_view_numbers(NtkPreparedModel *prepared, NtkModelValue *value);

/* The same, copied without the map to room, of ntk_model_size. */
extern void ntk_model_take_numbers(NtkPreparedModel *prepared, const NtkModelValue *value,
								   NtkModelValue *room);

/* A row as the map works on it, or features: [row_length]. */
extern void ntk_model_read(NtkPreparedModel *model, Datum x, NtkRowForm form, double *row);

/* row to features */
extern void ntk_model_featurize(NtkPreparedModel *model);

/* The prediction of a target for the features. */
extern double ntk_model_score(const NtkPreparedModel *model, int target);

/*
 * The standard deviation of a new target about the prediction, for a model of one target with
 * a posterior; the features are spent.
 */
extern double ntk_model_std(NtkPreparedModel *model);

/* The degrees of freedom from which that was estimated, at least 1. */
extern double ntk_model_df(const NtkPreparedModel *model);

/* An error if the model has no gradient, or not the memory for it. */
extern void ntk_model_prepare_gradient(NtkPreparedModel *model);

/* Gradients of the predictions by the inputs of n rows. out: [n][targets][inputs]. */
extern void ntk_model_gradient(NtkPreparedModel *model, const double *rows, int n, double *out);

#endif
