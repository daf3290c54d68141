/*
 * map.c
 *		ntk_map: the feature maps of rows that need no landmarks.
 */
#include "pg/types/type_map.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "pg/types/map_options.h"
#include "pg/types/memo.h"

/* ntk_map(input_dim, n_components, depth, method, seed, bias, kernel, options) */
static Datum
map_compute(PG_FUNCTION_ARGS)
{
	ntk_map_spec spec = ntk_map_defaults();

	spec.input_dim = PG_GETARG_INT32(0);
	spec.n_components = PG_GETARG_INT32(1);
	spec.depth = PG_GETARG_INT32(2);
	spec.method = ntk_method_by_name(text_to_cstring(PG_GETARG_TEXT_PP(3)), false);
	spec.seed = (uint64) PG_GETARG_INT64(4);
	spec.bias = PG_GETARG_FLOAT8(5);
	spec.kernel = ntk_kernel_by_name(text_to_cstring(PG_GETARG_TEXT_PP(6)));
	ntk_map_read_options(&spec, &PG_GETARG_JSONB_P(7)->root);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_map);
Datum
ntk_sql_map(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, map_compute);
}
