/*
 * fit.c
 *		Fitting ridge models; their error on another statistic.
 */
#include "pg/functions/fit.h"

#include <math.h>

#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

#include "core/regression/whiten.h"

/* where a lambda that nobody named may go if the Gram matrix is not positive definite */
#define SMALLEST_LAMBDA 1e-9
#define LARGEST_LAMBDA 1e3

void
ntk_check_lambda(double lambda)
{
	ntk_check_finite(lambda, "lambda");
	if (lambda < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lambda must not be negative, not %g", lambda)));
}

static void
fit_check_rows(const NtkGramView *gram)
{
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
}

bool
ntk_gram_whitens(const NtkGramView *gram)
{
	ntk_map_spec spec;

	if (!gram->map)
		return false;
	spec = ntk_map_spec_of(gram->map);
	return ntk_map_whitens(&spec);
}

ntk_gram
ntk_gram_whitened(const NtkGramView *gram, ntk_rfp *whitening)
{
	Size		bytes = sizeof(double) * ntk_gram_doubles(gram->width, gram->targets);
	NtkPin	   *pin = ntk_pin_create(CurrentMemoryContext);
	NtkPreparedMap *map = ntk_pin_datum(pin, PointerGetDatum(gram->map), &ntk_map_kind,
										ntk_map_prepare);
	double	   *sums = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	double	   *square = MemoryContextAllocHuge(CurrentMemoryContext,
												sizeof(double) * gram->width * gram->width);

	ntk_gram	features = ntk_gram_view(sums, gram->width, gram->targets);

	memcpy(sums, gram->gram.cancelled, bytes);
	*whitening = ntk_rfp_view((double *) ntk_map_whitening(map), gram->width);
	ntk_whiten(&features, whitening, square, ntk_check_interrupts);
	pfree(square);
	return features;
}

NtkFit *
ntk_fit_begin(const NtkGramView *gram, bool with_posterior)
{
	NtkFit	   *fit;
	Size		triangle;
	Size		weights;

	fit_check_rows(gram);
	fit = palloc0(sizeof(NtkFit));
	fit->gram = gram;
	fit->with_posterior = with_posterior;
	fit->whitens = ntk_gram_whitens(gram);
	triangle = sizeof(double) * ntk_rfp_size(gram->width);
	weights = sizeof(double) * gram->width * (Size) gram->targets;
	/* whitening: the landmarks' factor, a copy of the sums, and a square or our factor */
	ntk_check_memory((fit->whitens ? 4 : 1) * triangle + 2 * weights +
					 ntk_model_size(gram->width, gram->targets, ntk_map_bytes(gram->map),
									with_posterior ? NTK_POSTERIOR : 0),
					 "solving for the model");

	fit->sums = fit->whitens ? ntk_gram_whitened(gram, &fit->whitening) : gram->gram;
	fit->factor = MemoryContextAllocHuge(CurrentMemoryContext, triangle);
	fit->ridge.weights = MemoryContextAllocHuge(CurrentMemoryContext, weights);
	fit->ridge.intercept = palloc(sizeof(double) * gram->targets);
	fit->ridge.train_mse = palloc(sizeof(double) * gram->targets);
	return fit;
}

void
ntk_fit_end(NtkFit *fit)
{
	if (fit->whitens)
		pfree(fit->sums.cancelled);
	pfree(fit->factor);
	pfree(fit->ridge.weights);
	pfree(fit->ridge.intercept);
	pfree(fit->ridge.train_mse);
	pfree(fit);
}

ntk_status
ntk_fit_solve(NtkFit *fit, double lambda)
{
	return ntk_ridge_fit(&fit->sums, lambda, fit->factor, &fit->ridge, ntk_check_interrupts);
}

ntk_ridge
ntk_fit_folded(const NtkFit *fit)
{
	Size		bytes = sizeof(double) * fit->gram->width * (Size) fit->gram->targets;
	ntk_ridge	folded = fit->ridge;

	folded.weights = MemoryContextAllocHuge(CurrentMemoryContext, bytes);
	memcpy(folded.weights, fit->ridge.weights, bytes);
	if (fit->whitens)
		ntk_whiten_fold(&fit->whitening, fit->gram->targets, folded.weights,
						ntk_check_interrupts);
	return folded;
}

static double
fit_mean(const double *values, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += values[i] / n;
	return sum;
}

static void
fit_refuse_error(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the mean squared error exceeds the range of type double precision"),
			 errhint("Rescale the features or the targets.")));
}

double
ntk_fit_train_error(const NtkFit *fit)
{
	return fit_mean(fit->ridge.train_mse, fit->gram->targets);
}

double
ntk_fit_error(const NtkFit *fit, const NtkGramView *other)
{
	int			targets = fit->gram->targets;
	ntk_ridge	folded = ntk_fit_folded(fit);
	double	   *mse = palloc(sizeof(double) * targets);
	double	   *work = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) *
											  fit->gram->width * (Size) targets);
	double		error;

	if (ntk_ridge_mse(&other->gram, &folded, mse, work, ntk_check_interrupts) != NTK_OK)
		fit_refuse_error();
	error = fit_mean(mse, targets);
	pfree(work);
	pfree(mse);
	pfree(folded.weights);
	return error;
}

double
ntk_fit_df(const NtkFit *fit)
{
	int			width = fit->gram->width;
	ntk_rfp		factor = ntk_rfp_view(fit->factor, width);
	double	   *work;
	double		trace;

	if (fit->ridge.ridge == 0)
		return fit->ridge.varying;
	work = MemoryContextAllocHuge(CurrentMemoryContext,
								  sizeof(double) * NTK_RFP_TRACE_COLUMNS * width);
	trace = ntk_rfp_trace_of_inverse(&factor, work, ntk_check_interrupts);
	pfree(work);
	return width - fit->ridge.ridge * trace;
}

NTK_NORETURN static void fit_refuse_indefinite(const NtkFit *fit, double lambda);

static void
fit_refuse_indefinite(const NtkFit *fit, double lambda)
{
	const NtkGramView *gram = fit->gram;
	double		gone = *gram->gram.cancelled / fabs(ntk_gram_trace(&gram->gram));

	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the Gram matrix is not positive definite for lambda = %g", lambda),
			 gone > 0
			 ? errdetail("It is of %d features and %lld rows. Statistics of %.2g times its "
						 "size were subtracted: their rounding errors are left, or rows were "
						 "subtracted that had not been added.", gram->width,
						 (long long) gram->rows, gone / 2)
			 : errdetail("It is of %d features and %lld rows.", gram->width,
						 (long long) gram->rows),
			 gone > 0
			 ? errhint("Sum the rows that remain anew, or use a larger lambda, for example %g.",
					   lambda > 0 ? 100 * lambda : 1e-6)
			 : errhint("Use a larger lambda, for example %g.", lambda > 0 ? 100 * lambda : 1e-6)));
}

static void
fit_fill_posterior(const NtkFit *fit, NtkModelValue *model)
{
	ntk_posterior posterior = ntk_model_posterior(model);
	double		df = ntk_fit_df(fit);

	if (ntk_posterior_fill(&fit->sums, &fit->ridge, fit->factor, model->rows, df, &posterior) !=
		NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the uncertainty of the model cannot be estimated"),
				 errdetail("It has %g effective degrees of freedom and an intercept, from %lld "
						   "rows.", df, (long long) model->rows),
				 errhint("Use a larger lambda, or more rows.")));
}

NTK_NORETURN static void fit_refuse_overflow(const char *what);

static void
fit_refuse_overflow(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s exceed the range of type double precision", what),
			 errhint("Rescale the features or the targets, or use a larger lambda.")));
}

/* the model of the last solution */
static NtkModelValue *
fit_make_model(const NtkFit *fit, double lambda)
{
	NtkModelValue *model = ntk_model_make(fit->gram, lambda, fit->with_posterior);
	ntk_ridge	numbers;
	ntk_ridge	folded;

	model->ridge = fit->ridge.ridge;
	numbers = ntk_model_ridge(model);
	folded = ntk_fit_folded(fit);
	memcpy(numbers.intercept, folded.intercept, sizeof(double) * model->targets);
	memcpy(numbers.train_mse, folded.train_mse, sizeof(double) * model->targets);
	memcpy(numbers.weights, folded.weights,
		   sizeof(double) * model->width * (Size) model->targets);
	pfree(folded.weights);
	if (fit->with_posterior)
		fit_fill_posterior(fit, model);
	if (ntk_model_flaw(model))
		fit_refuse_overflow("numbers of the model");
	ntk_value_seal(&model->head);
	return model;
}

NtkModelValue *
ntk_fit_model(NtkFit *fit, double lambda)
{
	lambda += 0.0;				/* -0 makes the same model as 0 */
	switch (ntk_fit_solve(fit, lambda))
	{
		case NTK_OK:
			break;
		case NTK_NOT_POSITIVE:
			fit_refuse_indefinite(fit, lambda);
		case NTK_OVERFLOW:
			fit_refuse_overflow("the model's weights");
	}
	return fit_make_model(fit, lambda);
}

NtkModelValue *
ntk_fit_model_from(NtkFit *fit, double lambda)
{
	if (*fit->gram->gram.cancelled > 0)
		return ntk_fit_model(fit, lambda);
	for (; lambda < LARGEST_LAMBDA; lambda = fmax(10 * lambda, SMALLEST_LAMBDA))
		if (ntk_fit_solve(fit, lambda) == NTK_OK)
			return fit_make_model(fit, lambda);
	return ntk_fit_model(fit, lambda);
}

/* ntk_mse(model, gram): its error on the rows of a statistic, without reading them again */
NTK_FUNCTION(ntk_sql_model_mse);
Datum
ntk_sql_model_mse(PG_FUNCTION_ARGS)
{
	NtkModelValue *model = ntk_model_get(PG_GETARG_DATUM(0));
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
	if (ntk_ridge_mse(&gram.gram, &fit, mse, MemoryContextAllocHuge(CurrentMemoryContext, work),
					  ntk_check_interrupts) != NTK_OK)
		fit_refuse_error();
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(mse, model->targets, 0));
}

