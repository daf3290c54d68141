/*
 * methods.c
 *		What methods and kernels there are, for the checks that are written in SQL.
 */
#include "pg/types/type_map.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

static Datum
methods_array(Datum *names, int n)
{
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* _ntk_methods(images) */
NTK_FUNCTION(ntk_sql_methods);
Datum
ntk_sql_methods(PG_FUNCTION_ARGS)
{
	bool		image = PG_GETARG_BOOL(0);
	Datum	   *names = palloc(sizeof(Datum) * ntk_method_count);
	int			n = 0;

	for (int i = 0; i < ntk_method_count; i++)
		if ((ntk_methods[i]->image != 0) == image)
			names[n++] = CStringGetTextDatum(ntk_methods[i]->name);
	PG_RETURN_DATUM(methods_array(names, n));
}

/* the method called name, of images or of rows; NULL if there is none */
static const ntk_method *
methods_find(const char *name, bool image)
{
	for (int i = 0; i < ntk_method_count; i++)
		if ((ntk_methods[i]->image != 0) == image && strcmp(ntk_methods[i]->name, name) == 0)
			return ntk_methods[i];
	return NULL;
}

/* _ntk_kernels(method, images) */
NTK_FUNCTION(ntk_sql_kernels);
Datum
ntk_sql_kernels(PG_FUNCTION_ARGS)
{
	const ntk_method *method =
		methods_find(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_BOOL(1));
	Datum	   *names = palloc(sizeof(Datum) * ntk_kernel_count);
	int			n = 0;

	if (!method)
		PG_RETURN_NULL();
	for (int i = 0; i < ntk_kernel_count; i++)
		if (ntk_method_has_kernel(method, i))
			names[n++] = CStringGetTextDatum(ntk_kernels[i].name);
	PG_RETURN_DATUM(methods_array(names, n));
}

/* _ntk_is_of_distance(kernel) */
NTK_FUNCTION(ntk_sql_is_of_distance);
Datum
ntk_sql_is_of_distance(PG_FUNCTION_ARGS)
{
	const char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	for (int i = 0; i < ntk_kernel_count; i++)
		if (strcmp(ntk_kernels[i].name, name) == 0)
			PG_RETURN_BOOL(ntk_kernel_is_distance(i));
	PG_RETURN_BOOL(false);
}
