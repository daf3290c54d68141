/*
 * gram_arithmetic.c
 *		Statistics made of statistics: +, -, ntk_scale, ntk_with_targets.
 */
#include "pg/types/type_gram.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

static Datum
gram_arithmetic(FunctionCallInfo fcinfo, int sign)
{
	NtkGram    *gram = ntk_gram_writable(PG_GETARG_DATUM(0), CurrentMemoryContext);
	NtkGramView other = ntk_gram_read(PG_GETARG_DATUM(1));

	ntk_gram_merge(gram, sign, &other);
	return EOHPGetRWDatum(&gram->object);
}

NTK_FUNCTION(ntk_sql_gram_add);
Datum
ntk_sql_gram_add(PG_FUNCTION_ARGS)
{
	return gram_arithmetic(fcinfo, 1);
}

NTK_FUNCTION(ntk_sql_gram_subtract);
Datum
ntk_sql_gram_subtract(PG_FUNCTION_ARGS)
{
	return gram_arithmetic(fcinfo, -1);
}

/* ntk_scale(gram, factor): all rows count factor times as much */
NTK_FUNCTION(ntk_sql_gram_scale);
Datum
ntk_sql_gram_scale(PG_FUNCTION_ARGS)
{
	NtkGram    *gram = ntk_gram_writable(PG_GETARG_DATUM(0), CurrentMemoryContext);
	double		factor = PG_GETARG_FLOAT8(1);

	ntk_check_finite(factor, "factor");
	if (factor < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("factor must not be negative, not %g", factor)));
	ntk_gram_rescale(gram, factor);
	return EOHPGetRWDatum(&gram->object);
}

/* ntk_with_targets(gram, targets): some of its targets, by their places from 1 */
NTK_FUNCTION(ntk_sql_gram_with_targets);
Datum
ntk_sql_gram_with_targets(PG_FUNCTION_ARGS)
{
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(0));
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	int			n = ntk_array_length(array, "targets");
	int		   *places = (int *) ARR_DATA_PTR(array);

	ntk_check_range("the number of targets", n, 1, NTK_MAX_TARGETS);
	for (int c = 0; c < n; c++)
		if (places[c] < 1 || places[c] > gram.targets)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("target %d does not exist, the statistic has %d", places[c],
							gram.targets)));
	return EOHPGetRWDatum(&ntk_gram_select(&gram, n, places)->object);
}
