/*
 * kernel.c
 *		ntk_kernel(x, y, depth, kernel): the exact kernel of two rows.
 */
#include "pg/compat.h"

#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/array_input.h"
#include "pg/type_map.h"

NTK_FUNCTION(ntk_sql_kernel);
Datum
ntk_sql_kernel(PG_FUNCTION_ARGS)
{
	ArrayType  *x = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *y = PG_GETARG_ARRAYTYPE_P(1);
	int			depth = PG_GETARG_INT32(2);
	ntk_kernel	kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	int			n = ntk_array_length(x, "x");
	double	   *values = palloc(2 * sizeof(double) * n);
	double		result;

	ntk_check_depth(depth);
	ntk_array_check_length("y", ntk_array_length(y, "y"), "first row", n);
	ntk_array_read(x, "x", 1.0, values);
	ntk_array_read(y, "y", 1.0, values + n);
	if (ntk_kernel_exact(kernel, depth, values, values + n, n, &result) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the kernel exceeds the range of type double precision")));
	pfree(values);
	PG_FREE_IF_COPY(x, 0);
	PG_FREE_IF_COPY(y, 1);
	PG_RETURN_FLOAT8(result);
}
