/*
 * cv.c
 *		ntk_cv: cross-validation from the statistics of folds.
 *
 * A model for a fold is fitted to the total less the fold and tested on the fold: no row is
 * read. A lambda costs a Cholesky factorization per fold, so unless lambdas are given few are
 * tried: every second decade downhill from the middle of their range, then the decades next
 * to the best.
 */
#include "pg/functions/fit.h"

#include <math.h>

#include "funcapi.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/base/progress.h"

#define CV_COLUMNS 3

#define FIRST_DECADE -8			/* of the lambdas that are tried before the last two */
#define START_DECADE -6			/* with the next one */
#define LAST_DECADE 0
#define STEP 2
#define MOST_LAMBDAS ((LAST_DECADE - START_DECADE) / STEP + 3)

typedef struct CvCandidate
{
	double		lambda;
	double	   *mse;			/* of each fold; NaN: not positive definite */
} CvCandidate;

typedef struct CvFolds
{
	int			count;
	NtkGramView *fold;			/* [count] */
	NtkGramView total;
	NtkGramView rest;			/* the total less a fold */
	NtkFit	   *fit;			/* to the rest */
	int			tried;			/* lambdas */
	CvCandidate *candidate;		/* [tried] and room for more */
	int			fits;			/* done */
	NtkProgress progress;
} CvFolds;

/* statistics of columns become those of features, once for all lambdas */
static void
cv_whiten(CvFolds *folds)
{
	const NtkGramView *first = &folds->fold[0];
	ntk_rfp		whitening;

	ntk_check_memory(sizeof(double) * folds->count *
					 ntk_gram_doubles(first->width, first->targets), "whitening the folds");
	for (int i = 0; i < folds->count; i++)
	{
		folds->fold[i].gram = ntk_gram_whitened(&folds->fold[i], &whitening);
		folds->fold[i].map = NULL;
	}
}

static void
cv_read_folds(CvFolds *folds, ArrayType *grams, MemoryContext context)
{
	Datum	   *elements;
	NtkGram    *total = ntk_gram_create(context);
	NtkGram    *rest = ntk_gram_create(context);

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
		ntk_gram_check_match(&folds->fold[0], &folds->fold[i]);
	}
	if (ntk_gram_whitens(&folds->fold[0]))
		cv_whiten(folds);
	for (int i = 0; i < folds->count; i++)
		ntk_gram_merge(total, 1, &folds->fold[i]);
	folds->total = ntk_gram_read(EOHPGetRODatum(&total->object));
	ntk_gram_merge(rest, 1, &folds->total);
	folds->rest = ntk_gram_read(EOHPGetRODatum(&rest->object));
	folds->fit = ntk_fit_begin(&folds->rest, false);
}

static void
cv_leave_out(CvFolds *folds, const NtkGramView *fold)
{
	ntk_gram   *rest = &folds->rest.gram;

	memcpy(rest->cancelled, folds->total.gram.cancelled,
		   sizeof(double) * ntk_gram_doubles(rest->width, rest->targets));
	if (ntk_gram_add(rest, -1, &fold->gram) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the statistics of all folds but one exceed the range of type double "
						"precision"),
				 errhint("Rescale the features, the targets or the weights.")));
}

/* errors of all folds for the lambdas from first on */
static void
cv_evaluate(CvFolds *folds, int first)
{
	for (int i = 0; i < folds->count; i++)
	{
		cv_leave_out(folds, &folds->fold[i]);
		for (int l = first; l < folds->tried; l++)
		{
			CvCandidate *candidate = &folds->candidate[l];

			candidate->mse[i] = ntk_fit_solve(folds->fit, candidate->lambda) == NTK_OK
				? ntk_fit_error(folds->fit, &folds->fold[i]) : NAN;
			ntk_progress_done(&folds->progress, ++folds->fits);
		}
	}
}

/* mean over folds, by weight, and its standard error */
static void
cv_summarise(const CvFolds *folds, const CvCandidate *candidate, double *mse, double *error)
{
	double		total = folds->total.gram.target[0];
	double		squares = 0;

	*mse = 0;
	for (int i = 0; i < folds->count; i++)
		*mse += folds->fold[i].gram.target[0] / total * candidate->mse[i];
	for (int i = 0; i < folds->count; i++)
	{
		double		deviation = candidate->mse[i] - *mse;

		squares += deviation * deviation;
	}
	*error = sqrt(squares / (folds->count - 1.0) / folds->count);
}

/* index of the best lambda, or -1 */
static int
cv_best(const CvFolds *folds)
{
	int			at = -1;
	double		least = INFINITY;

	for (int l = 0; l < folds->tried; l++)
	{
		double		mse,
					error;

		cv_summarise(folds, &folds->candidate[l], &mse, &error);
		if (mse < least)
		{
			least = mse;
			at = l;
		}
	}
	return at;
}

static void
cv_make_room(CvFolds *folds, int lambdas)
{
	folds->candidate = palloc(sizeof(CvCandidate) * lambdas);
	folds->progress =
		ntk_progress_begin("ntk_cv", "fits", (double) lambdas * folds->count, false);
}

/* a lambda to evaluate */
static void
cv_add(CvFolds *folds, double lambda)
{
	CvCandidate *candidate = &folds->candidate[folds->tried++];

	candidate->lambda = lambda;
	candidate->mse = palloc(sizeof(double) * folds->count);
}

static void
cv_try_decade(CvFolds *folds, int decade)
{
	cv_add(folds, pow(10, decade));
	cv_evaluate(folds, folds->tried - 1);
}

static int
cv_best_decade(const CvFolds *folds)
{
	int			at = cv_best(folds);

	return at < 0 ? LAST_DECADE : (int) rint(log10(folds->candidate[at].lambda));
}

static int
cv_compare_lambdas(const void *a, const void *b)
{
	double		first = ((const CvCandidate *) a)->lambda;
	double		second = ((const CvCandidate *) b)->lambda;

	return (first > second) - (first < second);
}

static void
cv_search(CvFolds *folds)
{
	int			low = START_DECADE;
	int			high = START_DECADE + STEP;
	int			decade;

	cv_make_room(folds, MOST_LAMBDAS);
	cv_try_decade(folds, low);
	cv_try_decade(folds, high);
	while ((decade = cv_best_decade(folds)) <= low && low > FIRST_DECADE)
		cv_try_decade(folds, low -= STEP);
	while ((decade = cv_best_decade(folds)) >= high && high < LAST_DECADE)
		cv_try_decade(folds, high += STEP);
	cv_try_decade(folds, decade - 1);
	cv_try_decade(folds, decade + 1);
	qsort(folds->candidate, folds->tried, sizeof(CvCandidate), cv_compare_lambdas);
}

static void
cv_follow(CvFolds *folds, ArrayType *lambdas)
{
	int			n = ntk_array_length(lambdas, "lambdas");
	double	   *values = palloc(sizeof(double) * n);

	ntk_array_read(lambdas, "lambdas", 1.0, values);
	cv_make_room(folds, n);
	for (int l = 0; l < n; l++)
	{
		ntk_check_lambda(values[l]);
		cv_add(folds, values[l]);
	}
	cv_evaluate(folds, 0);
}

/* ntk_cv(grams, lambdas) -> rows of (lambda, cv_mse, cv_se) */
NTK_FUNCTION(ntk_sql_cv);
Datum
ntk_sql_cv(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CvFolds		folds = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	cv_read_folds(&folds, PG_GETARG_ARRAYTYPE_P(0), CurrentMemoryContext);
	if (PG_ARGISNULL(1))
		cv_search(&folds);
	else
		cv_follow(&folds, PG_GETARG_ARRAYTYPE_P(1));

	for (int l = 0; l < folds.tried; l++)
	{
		double		mse,
					error;
		Datum		values[CV_COLUMNS];
		bool		nulls[CV_COLUMNS] = {false};

		cv_summarise(&folds, &folds.candidate[l], &mse, &error);
		values[0] = Float8GetDatum(folds.candidate[l].lambda);
		values[1] = Float8GetDatum(mse);
		values[2] = Float8GetDatum(isnan(mse) ? error : ntk_finite_result(error, "cv_se"));
		nulls[1] = nulls[2] = isnan(mse);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
