/*
 * type_model.c
 *		The SQL type ntk_model: fitting, text and binary forms.
 */
#include "pg/type_model.h"

#include <math.h>

#include "utils/memutils.h"

#include "pg/array_input.h"
#include "pg/module.h"

#include "core/whiten.h"

#define TYPE_NAME "ntk_model"
#define HEADER offsetof(NtkModelValue, data)

static Size
number_count(int width, int targets)
{
	return (Size) targets * (width + 2);
}

static Size
value_size(int width, int targets, Size map_bytes)
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

void
ntk_check_lambda(double lambda)
{
	ntk_check_finite(lambda, "lambda");
	if (lambda < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lambda must not be negative, not %g", lambda)));
}

/* A copy of a statistic's sums, whitened; *factor is then what folds the weights back. */
static ntk_gram
whitened(const NtkGramView *gram, ntk_rfp *factor)
{
	NtkPin	   *pin = ntk_pin_create(CurrentMemoryContext);
	NtkPreparedMap *map = ntk_pin_datum(pin, PointerGetDatum(gram->map), ntk_map_prepare);
	Size		bytes = sizeof(double) * ntk_gram_doubles(gram->width, gram->targets);
	double	   *sums = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	double	   *square = MemoryContextAllocHuge(CurrentMemoryContext,
												sizeof(double) * gram->width * gram->width);
	ntk_gram	copy = ntk_gram_view(sums, gram->width, gram->targets);

	memcpy(sums, gram->gram.target, bytes);
	*factor = ntk_rfp_view((double *) ntk_map_whitening(map), gram->width);
	ntk_whiten(&copy, factor, square, ntk_check_interrupts);
	pfree(square);
	return copy;
}

NtkModelValue *
ntk_model_fit(const NtkGramView *gram, double lambda)
{
	Size		map_bytes = ntk_map_bytes(gram->map);
	Size		factor_bytes = sizeof(double) * ntk_rfp_size(gram->width);
	Size		needed = factor_bytes + value_size(gram->width, gram->targets, map_bytes);
	bool		whitens = false;
	ntk_rfp		whitening;
	ntk_gram	sums = gram->gram;
	NtkModelValue *model;
	ntk_ridge	fit;
	double	   *factor;

	ntk_check_lambda(lambda);
	if (gram->rows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("cannot fit a model to a statistic of no rows"),
				 gram->skipped ? errdetail("%lld rows with a NULL were left out.",
										   (long long) gram->skipped)
							   : 0));
	if (!(gram->gram.target[0] > 0))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("cannot fit a model to rows whose total weight is %g",
						gram->gram.target[0])));
	if (gram->map)
	{
		ntk_map_spec spec = ntk_map_spec_of(gram->map);

		whitens = ntk_map_whitens(&spec);
	}
	/* the factor of the landmarks, a copy of the sums, and a square or the ridge's factor */
	if (whitens)
		needed += 3 * factor_bytes;
	ntk_check_memory(needed, "solving for the model");

	model = ntk_value_make(NTK_VALUE_MODEL, value_size(gram->width, gram->targets, map_bytes));
	model->width = gram->width;
	model->targets = gram->targets;
	model->rows = gram->rows;
	model->lambda = lambda;
	model->map_bytes = map_bytes;
	if (gram->map)
		memcpy(model->data, gram->map, map_bytes);

	if (whitens)
		sums = whitened(gram, &whitening);
	fit = ntk_model_ridge(model);
	factor = MemoryContextAllocHuge(CurrentMemoryContext, factor_bytes);
	switch (ntk_ridge_fit(&sums, lambda, factor, &fit, ntk_check_interrupts))
	{
		case NTK_OK:
			break;
		case NTK_NOT_POSITIVE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the Gram matrix is not positive definite for lambda = %g", lambda),
					 errdetail("It is of %d features and %lld rows.", gram->width,
							   (long long) gram->rows),
					 errhint("Use a larger lambda, for example %g.",
							 lambda > 0 ? 100 * lambda : 1e-6)));
		case NTK_OVERFLOW:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the model's weights exceed the range of type double precision"),
					 errhint("Rescale the targets, or use a larger lambda.")));
	}
	pfree(factor);
	if (whitens)
	{
		ntk_whiten_fold(&whitening, model->targets, fit.weights, ntk_check_interrupts);
		pfree(sums.target);
	}
	model->ridge = fit.ridge;
	ntk_value_seal(&model->head);
	return model;
}

/* ntk_solve(gram, lambda) */
NTK_FUNCTION(ntk_sql_solve);
Datum
ntk_sql_solve(PG_FUNCTION_ARGS)
{
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(ntk_model_fit(&gram, PG_GETARG_FLOAT8(1)));
}

/* ntk_mse(model, gram): its error on the rows of a statistic, which nobody reads again */
NTK_FUNCTION(ntk_sql_model_mse);
Datum
ntk_sql_model_mse(PG_FUNCTION_ARGS)
{
	NtkModelValue *model = (NtkModelValue *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(1));
	ntk_ridge	fit = ntk_model_ridge(model);
	Size		work = sizeof(double) * model->width * (Size) model->targets;
	double	   *mse;

	if (gram.width == 0 || !(gram.gram.target[0] > 0))
		PG_RETURN_NULL();
	if (!ntk_map_same(gram.map, ntk_model_map(model)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the model and the statistic have different feature maps"),
				 errdetail("Their fingerprints are %s and %s.",
						   ntk_map_fingerprint(ntk_model_map(model)),
						   ntk_map_fingerprint(gram.map))));
	if (gram.width != model->width || gram.targets != model->targets)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the model has %d features and %d targets, the statistic %d and %d",
						model->width, model->targets, gram.width, gram.targets)));
	ntk_check_memory(work, "ntk_mse");
	mse = palloc(sizeof(double) * model->targets);
	ntk_ridge_mse(&gram.gram, &fit, mse, MemoryContextAllocHuge(CurrentMemoryContext, work),
				  ntk_check_interrupts);
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(mse, model->targets, 0));
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
	if (VARSIZE(value) != value_size(value->width, value->targets, value->map_bytes))
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
