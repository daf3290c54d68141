/*
 * cntk_map.c
 *		cntk_map and cntk_nystrom: the feature maps of images.
 */
#include "pg/functions/cntk_map.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "pg/base/array_input.h"
#include "pg/types/image_input.h"
#include "pg/types/map_options.h"
#include "pg/types/memo.h"

/* cntk_map(shape, n_components, depth, filter, method, seed, padding, pooling, options) */
static Datum
cntk_map_compute(PG_FUNCTION_ARGS)
{
	ntk_map_spec spec = ntk_map_image_defaults();

	spec.n_components = PG_GETARG_INT32(1);
	spec.depth = PG_GETARG_INT32(2);
	spec.method = ntk_method_by_name(text_to_cstring(PG_GETARG_TEXT_PP(4)), true);
	spec.seed = (uint64) PG_GETARG_INT64(5);
	ntk_map_set_image(&spec, PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_INT32(3),
					  ntk_padding_by_name(text_to_cstring(PG_GETARG_TEXT_PP(6))),
					  PG_GETARG_INT32(7));
	ntk_map_read_options(&spec, &PG_GETARG_JSONB_P(8)->root);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_cntk_map);
Datum
ntk_sql_cntk_map(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, cntk_map_compute);
}

void
ntk_cntk_check_map(const ntk_map_spec *map, const char *name)
{
	if (!ntk_map_is_image(map))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a feature map of images", name),
				 errhint("Use one of cntk_map.")));
}

const ntk_option *
ntk_cntk_rank(void)
{
	return &ntk_methods[ntk_method_by_name("nystrom", true)]->option[0];
}

ntk_map_spec
ntk_cntk_nystrom(const ntk_map_spec *map, int rank)
{
	ntk_map_spec spec = ntk_map_image_defaults();

	spec.method = ntk_method_by_name("nystrom", true);
	spec.n_components = map->n_components;
	spec.depth = map->depth;
	spec.seed = map->seed;
	spec.image = map->image;
	spec.input_dim = map->input_dim;
	spec.channels = map->channels;
	spec.option[0] = rank;
	ntk_map_resolve(&spec);
	return spec;
}

/* the number of patches a layer that n numbers are; 0 if there is none */
static int
cntk_map_rank_of(const ntk_map_spec *map, Size n)
{
	const ntk_option *rank = ntk_cntk_rank();

	for (int k = rank->low; k <= rank->high; k++)
	{
		ntk_map_spec spec = ntk_cntk_nystrom(map, k);

		if (ntk_map_landmarks(&spec) == n)
			return k;
	}
	return 0;
}

static void
cntk_map_refuse_patches(const ntk_map_spec *map, int n)
{
	const ntk_image *image = &map->image;

	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("patches have %d numbers, which does not fit the map", n),
			 errdetail("It has %d channels, depth %d and %d x %d filters.", image->channels,
					   map->depth, image->filter, image->filter),
			 errhint("Use cntk_patches(image, map, k) with the same map.")));
}

static const float *
cntk_map_read_patches(ArrayType *patches, int n)
{
	const float4 *numbers = (const float4 *) ARR_DATA_PTR(patches);

	for (int i = 0; i < n; i++)
		if (!isfinite(numbers[i]))
			ntk_check_finite(numbers[i], psprintf("element %d of patches", i + 1));
	return numbers;
}

/* cntk_nystrom(map, patches) */
static Datum
cntk_map_nystrom_compute(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = ntk_map_get(PG_GETARG_DATUM(0));
	ArrayType  *patches = PG_GETARG_ARRAYTYPE_P(1);
	ntk_map_spec map = ntk_map_spec_of(value);
	int			n = ntk_array_length(patches, "patches");
	ntk_map_spec spec;
	int			rank;

	ntk_cntk_check_map(&map, "map");
	rank = cntk_map_rank_of(&map, n);
	if (rank == 0)
		cntk_map_refuse_patches(&map, n);
	spec = ntk_cntk_nystrom(&map, rank);
	spec.landmarks = cntk_map_read_patches(patches, n);
	PG_RETURN_POINTER(ntk_map_make(spec));
}

NTK_FUNCTION(ntk_sql_cntk_nystrom);
Datum
ntk_sql_cntk_nystrom(PG_FUNCTION_ARGS)
{
	return ntk_memoized(fcinfo, cntk_map_nystrom_compute);
}
