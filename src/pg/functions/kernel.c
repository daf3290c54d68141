/*
 * kernel.c
 *		ntk_kernel: the exact kernel of two rows.
 */
#include "pg/types/kernel_input.h"

#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/base/array_input.h"

/* the first two arguments, x and y, one behind the other; *n: the length of each */
static double *
kernel_read_rows(FunctionCallInfo fcinfo, int *n)
{
	NtkRowForm	form = ntk_row_form_kept(fcinfo, 0);
	ArrayType  *x = ntk_row_array(PG_GETARG_DATUM(0), form, "x");
	ArrayType  *y = ntk_row_array(PG_GETARG_DATUM(1), form, "y");
	double	   *values;

	*n = ntk_array_length(x, "x");
	values = palloc(2 * sizeof(double) * *n);
	ntk_array_check_length("y", ntk_array_length(y, "y"), "first row", *n);
	ntk_array_read(x, "x", 1.0, values);
	ntk_array_read(y, "y", 1.0, values + *n);
	PG_FREE_IF_COPY(x, 0);
	PG_FREE_IF_COPY(y, 1);
	return values;
}

/* ntk_kernel(x, y, depth, kernel) */
NTK_FUNCTION(ntk_sql_kernel);
Datum
ntk_sql_kernel(PG_FUNCTION_ARGS)
{
	static const ntk_distance none = {0};
	int			depth = PG_GETARG_INT32(2);
	ntk_kernel	kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	double	   *rows;
	int			n;
	double		result;

	ntk_check_distance(kernel, &none);
	ntk_check_depth(depth);
	rows = kernel_read_rows(fcinfo, &n);
	if (ntk_kernel_exact(kernel, depth, rows, rows + n, n, &result) != NTK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the kernel exceeds the range of type double precision")));
	pfree(rows);
	PG_RETURN_FLOAT8(result);
}

/* ntk_kernel(x, y, kernel, bandwidth, exponent) */
NTK_FUNCTION(ntk_sql_kernel_of_distance);
Datum
ntk_sql_kernel_of_distance(PG_FUNCTION_ARGS)
{
	ntk_kernel	kernel;
	ntk_distance distance;
	double	   *rows;
	int			n;
	double		result;

	for (int i = 0; i < 4; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	kernel = ntk_distance_arguments(fcinfo, 2, &distance);
	rows = kernel_read_rows(fcinfo, &n);
	result = ntk_distance_exact(kernel, &distance, rows, rows + n, n);
	pfree(rows);
	PG_RETURN_FLOAT8(result);
}
