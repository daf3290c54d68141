/*
 * solve.c
 *		ntk_solve and ntk_path: the model of a statistic, and the choice of lambda.
 *
 * Unless lambdas are given, the path has one per decade, and then some between the best one
 * and its neighbours. Each costs a Cholesky factorization (0.6 s at 4096 features) and the
 * trace of an inverse (0.7 s), in pieces. One reduction to tridiagonal form would serve all of
 * them (7 s), but LAPACK's is a single call, which cannot be cancelled.
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
#include "pg/types/memo.h"

#define PATH_COLUMNS 5
#define FIRST_DECADE -9			/* of the lambdas that are tried */
#define LAST_DECADE 1
#define DECADES (LAST_DECADE - FIRST_DECADE + 1)
#define REFINEMENTS 2			/* halvings of the decade on either side of the best */
#define MOST_POINTS (DECADES + 2 * REFINEMENTS)

/*
 * The part of the rows that the weights and the intercept must leave: with less the criterion of
 * generalized cross-validation is a quotient of two numbers that are nearly 0.
 */
#define LEAST_LEFT 0.1

typedef struct SolvePoint
{
	double		lambda;
	bool		solved;
	double		train_mse;		/* means over targets */
	double		holdout_mse;	/* NaN without a hold-out */
	double		df;				/* NaN unless asked for */
	double		gcv;
} SolvePoint;

typedef struct SolvePath
{
	NtkFit	   *fit;
	const NtkGramView *holdout; /* or NULL */
	bool		wants_df;
	int			count;
	SolvePoint *points;			/* ascending lambdas */
	NtkProgress progress;
} SolvePath;

static SolvePoint
solve_evaluate(const SolvePath *path, double lambda)
{
	NtkFit	   *fit = path->fit;
	double		rows = fit->gram->rows;
	SolvePoint	point = {
		.lambda = lambda,.train_mse = NAN,.holdout_mse = NAN,.df = NAN,.gcv = NAN
	};

	point.solved = ntk_fit_solve(fit, lambda) == NTK_OK;
	if (!point.solved)
		return point;
	point.train_mse = ntk_fit_train_error(fit);
	if (path->holdout)
		point.holdout_mse = ntk_fit_error(fit, path->holdout);
	if (path->wants_df)
	{
		double		left;		/* of the rows, after the weights and the intercept */

		point.df = ntk_fit_df(fit);
		left = 1 - (point.df + 1) / rows;
		if (left >= LEAST_LEFT)
			point.gcv = point.train_mse / left / left;
	}
	return point;
}

/* what the choice goes by */
static double
solve_criterion(const SolvePath *path, const SolvePoint *point)
{
	double		value = path->holdout ? point->holdout_mse : point->gcv;

	return isnan(value) ? INFINITY : value;
}

/* index of the best point, or -1 */
static int
solve_best(const SolvePath *path)
{
	int			at = -1;

	for (int i = 0; i < path->count; i++)
		if (solve_criterion(path, &path->points[i]) < INFINITY &&
			(at < 0 ||
			 solve_criterion(path, &path->points[i]) < solve_criterion(path, &path->points[at])))
			at = i;
	return at;
}

static void
solve_insert(SolvePath *path, int at, double lambda)
{
	SolvePoint	point = solve_evaluate(path, lambda);

	memmove(path->points + at + 1, path->points + at, sizeof(SolvePoint) * (path->count - at));
	path->points[at] = point;
	path->count++;
	ntk_progress_done(&path->progress, path->count);
}

static void
solve_search(SolvePath *path, const char *who)
{
	path->progress = ntk_progress_begin(who, "fits", MOST_POINTS, false);
	path->points = palloc(sizeof(SolvePoint) * MOST_POINTS);
	for (int decade = FIRST_DECADE; decade <= LAST_DECADE; decade++)
		solve_insert(path, path->count, pow(10, decade));
	for (int round = 0; round < REFINEMENTS; round++)
	{
		int			at = solve_best(path);

		if (at < 0)
			return;
		if (at + 1 < path->count)
			solve_insert(path, at + 1,
						 sqrt(path->points[at].lambda * path->points[at + 1].lambda));
		if (at > 0)
			solve_insert(path, at, sqrt(path->points[at - 1].lambda * path->points[at].lambda));
	}
}

/* the path over given lambdas */
static void
solve_follow(SolvePath *path, ArrayType *lambdas)
{
	int			n = ntk_array_length(lambdas, "lambdas");
	double	   *values = palloc(sizeof(double) * n);

	ntk_array_read(lambdas, "lambdas", 1.0, values);
	for (int i = 0; i < n; i++)
		ntk_check_lambda(values[i]);
	path->points = palloc(sizeof(SolvePoint) * n);
	path->progress = ntk_progress_begin("ntk_path", "fits", n, false);
	for (int i = 0; i < n; i++)
		solve_insert(path, i, values[i]);
}

/* ntk_path(gram, lambdas, holdout) -> rows of (lambda, train_mse, holdout_mse, gcv, df) */
NTK_FUNCTION(ntk_sql_path);
Datum
ntk_sql_path(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	NtkGramView gram,
				holdout;
	SolvePath	path = {.wants_df = true};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	gram = ntk_gram_read(PG_GETARG_DATUM(0));
	path.fit = ntk_fit_begin(&gram, false);
	if (!PG_ARGISNULL(2))
	{
		holdout = ntk_gram_read(PG_GETARG_DATUM(2));
		ntk_gram_check_match(&gram, &holdout);
		if (holdout.width > 0 && holdout.gram.target[0] > 0)
			path.holdout = &holdout;
	}
	if (PG_ARGISNULL(1))
		solve_search(&path, "ntk_path");
	else
		solve_follow(&path, PG_GETARG_ARRAYTYPE_P(1));

	for (int i = 0; i < path.count; i++)
	{
		const SolvePoint *point = &path.points[i];
		double		numbers[PATH_COLUMNS] = {point->lambda, point->train_mse,
											 point->holdout_mse, point->gcv, point->df};
		Datum		values[PATH_COLUMNS];
		bool		nulls[PATH_COLUMNS];

		for (int k = 0; k < PATH_COLUMNS; k++)
		{
			values[k] = Float8GetDatum(numbers[k]);
			nulls[k] = !isfinite(numbers[k]);	/* as of a lambda that has no model */
		}
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	ntk_fit_end(path.fit);
	return (Datum) 0;
}

/* ntk_solve(gram, lambda, uncertainty); a NULL lambda is chosen by generalized cross-validation */
static Datum
solve_compute(PG_FUNCTION_ARGS)
{
	NtkGramView gram;
	SolvePath	path = {.wants_df = true};
	bool		uncertainty;
	int			at;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	uncertainty = PG_GETARG_BOOL(2);
	gram = ntk_gram_read(PG_GETARG_DATUM(0));
	if (!PG_ARGISNULL(1))
	{
		ntk_check_lambda(PG_GETARG_FLOAT8(1));
		PG_RETURN_POINTER(ntk_fit_model(ntk_fit_begin(&gram, uncertainty), PG_GETARG_FLOAT8(1)));
	}
	path.fit = ntk_fit_begin(&gram, uncertainty);
	solve_search(&path, "ntk_solve");
	at = solve_best(&path);
	if (at < 0 && gram.rows > 1 && path.points[path.count - 1].solved)
		at = path.count - 1;	/* of two rows hardly anything is ever left */
	if (at < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("lambda cannot be chosen from a statistic of %d features and %lld rows",
						gram.width, (long long) gram.rows),
				 errhint("Specify lambda, or add rows.")));
	PG_RETURN_POINTER(ntk_fit_model(path.fit, path.points[at].lambda));
}

/* _ntk_solve_from(gram, lambda, uncertainty): a larger lambda where this one has no model */
NTK_FUNCTION(ntk_sql_solve_from);
Datum
ntk_sql_solve_from(PG_FUNCTION_ARGS)
{
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(0));
	double		lambda = PG_GETARG_FLOAT8(1);

	ntk_check_lambda(lambda);
	PG_RETURN_POINTER(ntk_fit_model_from(ntk_fit_begin(&gram, PG_GETARG_BOOL(2)), lambda));
}

NTK_FUNCTION(ntk_sql_solve);
Datum
ntk_sql_solve(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, solve_compute);
}
