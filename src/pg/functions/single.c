/*
 * single.c
 *		Numbers in single precision, for values that are stored for a while only.
 */
#include "pg/base/compat.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

/* PostgreSQL's own cast refuses what is beyond the range of real, and what is too near to 0 */
static float
single_nearest(double number)
{
	return fabs(number) > FLT_MAX ? copysignf(FLT_MAX, (float) copysign(1, number))
		: (float) number;
}

/* _ntk_single(double precision[]) -> real[] */
NTK_FUNCTION(ntk_sql_single);
Datum
ntk_sql_single(PG_FUNCTION_ARGS)
{
	ArrayType  *from = PG_GETARG_ARRAYTYPE_P(0);
	int			n = ntk_array_length(from, "x");
	double	   *numbers = palloc(sizeof(double) * n);
	ArrayType  *rounded = ntk_array_zeros(FLOAT4OID, n, 0, "an array", NULL);
	float	   *to = (float *) ARR_DATA_PTR(rounded);

	ntk_array_read(from, "x", 1.0, numbers);
	for (int i = 0; i < n; i++)
		to[i] = single_nearest(numbers[i]);
	PG_RETURN_ARRAYTYPE_P(rounded);
}
