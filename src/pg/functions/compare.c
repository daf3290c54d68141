/*
 * compare.c
 *		How far apart two models of one feature map are.
 */
#include "pg/types/type_model.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

static void
compare_check(const NtkModelValue *a, const NtkModelValue *b, const NtkGramView *gram)
{
	if (!ntk_map_same(ntk_model_map(a), ntk_model_map(b)) ||
		!ntk_map_same(ntk_model_map(a), gram->map) || a->width != b->width ||
		a->targets != b->targets || a->width != gram->width || a->targets != gram->targets)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("the models and the statistic are of different features or targets")));
}

/* the weighted mean of (f_a - f_b)^2: the error of the model f_a - f_b where all targets are 0 */
static void
compare_square(ntk_ridge *a, const ntk_ridge *b, const ntk_gram *gram, double *square)
{
	size_t		width = gram->width;
	size_t		columns = (size_t) gram->targets + 1;
	size_t		work = width * gram->targets;
	ntk_gram	zero = *gram;
	double		total = gram->target[0];

	zero.target = palloc0(sizeof(double) * columns * columns);
	zero.target[0] = total;
	zero.cross = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * width * columns);
	memset(zero.cross, 0, sizeof(double) * width * columns);
	memcpy(zero.cross, gram->cross, sizeof(double) * width);
	for (size_t i = 0; i < work; i++)
		a->weights[i] -= b->weights[i];
	for (int c = 0; c < gram->targets; c++)
		a->intercept[c] -= b->intercept[c];
	if (ntk_ridge_mse(&zero, a, square,
					  MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * work),
					  ntk_check_interrupts) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the difference of the models exceeds the range of type double precision")));
}

/* a copy whose numbers can be changed */
static ntk_ridge
compare_copy(const ntk_ridge *fit, int width, int targets)
{
	ntk_ridge	copy = *fit;
	Size		weights = sizeof(double) * width * (Size) targets;

	copy.weights = MemoryContextAllocHuge(CurrentMemoryContext, weights);
	memcpy(copy.weights, fit->weights, weights);
	copy.intercept = palloc(sizeof(double) * targets);
	memcpy(copy.intercept, fit->intercept, sizeof(double) * targets);
	return copy;
}

/* _ntk_mean_square_difference(model, model, gram) -> float8[] of the targets */
NTK_FUNCTION(ntk_sql_mean_square_difference);
Datum
ntk_sql_mean_square_difference(PG_FUNCTION_ARGS)
{
	NtkModelValue *a = ntk_model_get(PG_GETARG_DATUM(0));
	NtkModelValue *b = ntk_model_get(PG_GETARG_DATUM(1));
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(2));
	ntk_ridge	of_a = ntk_model_ridge(a),
				of_b = ntk_model_ridge(b);
	double	   *square;

	if (gram.width == 0 || !(gram.gram.target[0] > 0))
		PG_RETURN_NULL();
	compare_check(a, b, &gram);
	ntk_check_memory(sizeof(double) * 3 * a->width * ((Size) a->targets + 1), "comparing models");
	of_a = compare_copy(&of_a, a->width, a->targets);
	square = palloc(sizeof(double) * a->targets);
	compare_square(&of_a, &of_b, &gram.gram, square);
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(square, a->targets, 0));
}
