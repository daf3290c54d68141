/*
 * cv.c
 *		ntk_cv: cross-validation from the statistics of folds.
 *
 * A model for a fold is fitted to the total less the fold and tested on the fold: no row is
 * read. Where nobody names lambdas it tries every second decade and then the decades
 * next to the best, since each costs a Cholesky factorization a fold.
 */
#include "pg/fit.h"

#include <math.h>

#include "funcapi.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "pg/array_input.h"
#include "pg/module.h"

#define CV_COLUMNS 3

/* by default: 1e-8, 1e-6, .. 1, and a decade on either side of the best of these */
#define FIRST_DECADE -8
#define LAST_DECADE 0
#define DECADE_STEP 2
#define MOST_LAMBDAS ((LAST_DECADE - FIRST_DECADE) / DECADE_STEP + 3)

typedef struct Folds
{
	int			count;
	NtkGramView *fold;			/* [count] */
	NtkGramView total;
	int			room;			/* lambdas that have a place in mse */
	int			lambdas;		/* how many were tried */
	double	   *lambda;			/* [room] */
	double	   *mse;			/* [count][room]; NaN: not positive definite */
} Folds;

static void
read_folds(Folds *folds, ArrayType *grams, MemoryContext context)
{
	Datum	   *elements;
	NtkGram    *total = ntk_gram_create(context);

	ntk_array_refuse_nulls(grams, "grams");
	deconstruct_array(grams, ARR_ELEMTYPE(grams), -1, false, TYPALIGN_DOUBLE, &elements, NULL,
					  &folds->count);
	if (folds->count < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cross-validation needs at least two folds, not %d", folds->count)));
	folds->fold = palloc(sizeof(NtkGramView) * folds->count);
	for (int i = 0; i < folds->count; i++)
	{
		folds->fold[i] = ntk_gram_read(elements[i]);
		if (folds->fold[i].rows == 0 || !(folds->fold[i].gram.target[0] > 0))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("fold %d has no rows of positive weight", i + 1)));
		ntk_gram_merge(total, 1, &folds->fold[i]);
	}
	folds->total = ntk_gram_read(EOHPGetRODatum(&total->object));
}

/* errors of all folds for the lambdas from first on */
static void
evaluate(Folds *folds, int first)
{
	for (int i = 0; i < folds->count; i++)
	{
		NtkGram    *rest = ntk_gram_create(CurrentMemoryContext);
		NtkGramView view;
		NtkFit	   *fit;

		ntk_gram_merge(rest, 1, &folds->total);
		ntk_gram_merge(rest, -1, &folds->fold[i]);
		view = ntk_gram_read(EOHPGetRODatum(&rest->object));
		fit = ntk_fit_begin(&view, false);
		for (int l = first; l < folds->lambdas; l++)
			folds->mse[(Size) i * folds->room + l] =
				ntk_fit_solve(fit, folds->lambda[l]) == NTK_OK
				? ntk_fit_error(fit, &folds->fold[i]) : NAN;
		ntk_fit_end(fit);
		MemoryContextDelete(rest->object.eoh_context);
	}
}

/* mean over folds, by weight, and its standard error */
static void
summarise(const Folds *folds, int l, double *mse, double *error)
{
	double		total = folds->total.gram.target[0];
	double		squares = 0;

	*mse = 0;
	for (int i = 0; i < folds->count; i++)
		*mse += folds->fold[i].gram.target[0] / total * folds->mse[(Size) i * folds->room + l];
	for (int i = 0; i < folds->count; i++)
	{
		double		deviation = folds->mse[(Size) i * folds->room + l] - *mse;

		squares += deviation * deviation;
	}
	*error = sqrt(squares / (folds->count - 1.0) / folds->count);
}

/* index of the best lambda, or -1 */
static int
best(const Folds *folds)
{
	int			at = -1;
	double		least = INFINITY;

	for (int l = 0; l < folds->lambdas; l++)
	{
		double		mse,
					error;

		summarise(folds, l, &mse, &error);
		if (mse < least)
		{
			least = mse;
			at = l;
		}
	}
	return at;
}

static void
make_room(Folds *folds, int room)
{
	folds->room = room;
	folds->lambda = palloc(sizeof(double) * room);
	folds->mse = palloc(sizeof(double) * room * folds->count);
}

static void
search(Folds *folds)
{
	int			at;

	make_room(folds, MOST_LAMBDAS);
	for (int decade = FIRST_DECADE; decade <= LAST_DECADE; decade += DECADE_STEP)
		folds->lambda[folds->lambdas++] = pow(10, decade);
	evaluate(folds, 0);
	at = best(folds);
	if (at >= 0)
	{
		int			first = folds->lambdas;
		double		lambda = folds->lambda[at];

		folds->lambda[folds->lambdas++] = lambda / 10;
		folds->lambda[folds->lambdas++] = lambda * 10;
		evaluate(folds, first);
	}
}

static void
follow(Folds *folds, ArrayType *lambdas)
{
	make_room(folds, ntk_array_length(lambdas, "lambdas"));
	folds->lambdas = folds->room;
	ntk_array_read(lambdas, "lambdas", 1.0, folds->lambda);
	for (int l = 0; l < folds->lambdas; l++)
		ntk_check_lambda(folds->lambda[l]);
	evaluate(folds, 0);
}

/* ntk_cv(grams, lambdas) -> rows of (lambda, cv_mse, cv_se) */
NTK_FUNCTION(ntk_sql_cv);
Datum
ntk_sql_cv(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Folds		folds = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	read_folds(&folds, PG_GETARG_ARRAYTYPE_P(0), CurrentMemoryContext);
	if (PG_ARGISNULL(1))
		search(&folds);
	else
		follow(&folds, PG_GETARG_ARRAYTYPE_P(1));

	for (int l = 0; l < folds.lambdas; l++)
	{
		double		mse,
					error;
		Datum		values[CV_COLUMNS];
		bool		nulls[CV_COLUMNS] = {false};

		summarise(&folds, l, &mse, &error);
		values[0] = Float8GetDatum(folds.lambda[l]);
		values[1] = Float8GetDatum(mse);
		values[2] = Float8GetDatum(error);
		nulls[1] = nulls[2] = isnan(mse);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
