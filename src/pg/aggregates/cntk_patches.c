/*
 * cntk_patches.c
 *		The aggregate cntk_patches: landmarks for a feature map of images.
 *
 * They are chosen from a sample of the distinct images, in the order of their hashes, so
 * they depend neither on the order of the rows nor on the plan.
 */
#include "pg/functions/cntk_map.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/base/row_sample.h"
#include "pg/types/image_input.h"

#include "core/images/cntk_patches.h"

#define SAMPLE_BYTES ((Size) 128 * 1024 * 1024)

/* the state of cntk_patches */
typedef struct Patches
{
	NtkMapValue *map;			/* whose geometry and scale of channels count */
	ntk_map_spec spec;			/* what it says */
	int			k;
	uint64		seed;
	NtkRowSample *sample;		/* images, in the scale they came in */
	double	   *input;			/* the image at hand as it was read */
} Patches;

/* map belongs to the state from here on */
static Patches *
patches_create_state(MemoryContext context, NtkMapValue *map, int64 k, uint64 seed)
{
	const ntk_option *rank = ntk_cntk_rank();
	Patches    *state = MemoryContextAllocZero(context, sizeof(Patches));
	Size		fitting;

	state->map = map;
	state->spec = ntk_map_spec_of(map);
	ntk_cntk_check_map(&state->spec, "map");
	ntk_check_range("k", k, rank->low, rank->high);
	state->k = k;
	state->seed = seed;
	fitting = SAMPLE_BYTES / (sizeof(float) * state->spec.input_dim);
	state->sample = ntk_row_sample_create(context, "the sample of cntk_patches",
										  state->spec.input_dim,
										  Min(fitting, NTK_PATCHES_IMAGES));
	state->input = MemoryContextAlloc(context, sizeof(double) * state->spec.input_dim);
	return state;
}

static NtkMapValue *
patches_copy_map(MemoryContext context, const NtkMapValue *map)
{
	NtkMapValue *copy = MemoryContextAlloc(context, VARSIZE(map));

	memcpy(copy, map, VARSIZE(map));
	return copy;
}

static void
patches_check_same(const Patches *state, uint64 map, int k, uint64 seed)
{
	if (map != state->map->head.id)
		ntk_refuse_change("map");
	if (k != state->k)
		ntk_refuse_change("k");
	if (seed != state->seed)
		ntk_refuse_change("seed");
}

static void
patches_add_image(Patches *state, Datum image, NtkRowForm form)
{
	int			bad;

	ntk_image_read(&state->spec.image, image, form, "image", state->input);
	bad = ntk_row_sample_round(state->sample, state->input);
	if (bad >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("element %d of image exceeds the range of type real", bad + 1)));
	ntk_row_sample_add(state->sample, 1, state->seed);
}

/* cntk_patches(image, map, k [, seed]): an image */
NTK_FUNCTION(ntk_sql_cntk_patches_accumulate);
Datum
ntk_sql_cntk_patches_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Patches    *state = ntk_aggregate_state(fcinfo, 0);
	int			k;
	uint64		seed;

	ntk_check_not_null(fcinfo, 2, "map");
	ntk_check_not_null(fcinfo, 3, "k");
	ntk_check_not_null(fcinfo, 4, "seed");
	if (PG_ARGISNULL(1))
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	k = PG_GETARG_INT32(3);
	seed = PG_NARGS() > 4 ? (uint64) PG_GETARG_INT64(4) : 0;
	if (state)
		patches_check_same(state, ntk_value_head(PG_GETARG_DATUM(2), &ntk_map_kind)->id, k, seed);
	else
	{
		NtkMapValue *map = ntk_map_get(PG_GETARG_DATUM(2));

		state = patches_create_state(context, patches_copy_map(context, map), k, seed);
	}
	patches_add_image(state, PG_GETARG_DATUM(1), ntk_row_form_kept(fcinfo, 1));
	PG_RETURN_POINTER(state);
}

/* the sample of both */
NTK_FUNCTION(ntk_sql_cntk_patches_combine);
Datum
ntk_sql_cntk_patches_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Patches    *state = ntk_aggregate_state(fcinfo, 0);
	Patches    *other = ntk_aggregate_state(fcinfo, 1);

	if (!other)
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state)
		patches_check_same(state, other->map->head.id, other->k, other->seed);
	else
		state = patches_create_state(context, patches_copy_map(context, other->map), other->k,
									 other->seed);
	ntk_row_sample_merge(state->sample, other->sample);
	PG_RETURN_POINTER(state);
}

/* what travels between processes, before the map and the sample */
typedef struct PatchesHead
{
	int64		k;
	uint64		seed;
	int64		map_bytes;
} PatchesHead;

NTK_FUNCTION(ntk_sql_cntk_patches_serialize);
Datum
ntk_sql_cntk_patches_serialize(PG_FUNCTION_ARGS)
{
	Patches    *state = ntk_aggregate_state(fcinfo, 0);
	PatchesHead	head = {.k = state->k,.seed = state->seed,.map_bytes = VARSIZE(state->map)};
	char	   *front = palloc(sizeof(head) + head.map_bytes);

	ntk_aggregate_context(fcinfo);
	memcpy(front, &head, sizeof(head));
	memcpy(front + sizeof(head), state->map, head.map_bytes);
	PG_RETURN_BYTEA_P(ntk_row_sample_pack(state->sample, front,
										  sizeof(head) + head.map_bytes));
}

NTK_FUNCTION(ntk_sql_cntk_patches_deserialize);
Datum
ntk_sql_cntk_patches_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	PatchesHead	head;
	NtkMapValue *map;
	Patches    *state;

	ntk_aggregate_context(fcinfo);
	memcpy(&head, from, sizeof(head));
	from += sizeof(head);
	map = palloc(head.map_bytes);
	memcpy(map, from, head.map_bytes);
	state = patches_create_state(CurrentMemoryContext, map, head.k, head.seed);
	ntk_row_sample_unpack(state->sample, from + head.map_bytes);
	PG_RETURN_POINTER(state);
}

/* the images of the sample as a map works on them: [count][input_dim] */
static double *
patches_read_sample(const ntk_map_spec *spec, NtkRowSample *sample)
{
	Size		n = sample->dim;
	double	   *rows = MemoryContextAllocHuge(CurrentMemoryContext,
											  sizeof(double) * n * sample->count);

	pfree(ntk_row_sample_arrange(sample));
	for (Size i = 0; i < n * sample->count; i++)
		rows[i] = sample->rows[i];
	for (int i = 0; i < sample->count; i++)
		ntk_map_scale(spec, rows + n * i);
	return rows;
}

static void
patches_choose(const ntk_map_spec *spec, NtkRowSample *sample, uint64 seed, float *patches)
{
	Size		workspace = ntk_cntk_patches_workspace(spec, sample->count);
	double	   *rows = patches_read_sample(spec, sample);
	void	   *work = MemoryContextAllocHuge(CurrentMemoryContext, workspace);

	if (!ntk_cntk_patches(spec, rows, sample->count, seed, patches, work,
						  ntk_check_interrupts))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("each layer needs %d patches that are not black, but the images have "
						"fewer", spec->option[0]),
				 errdetail("There are %d distinct images in the sample.", sample->count),
				 errhint("Use more images, or a smaller k.")));
	pfree(work);
	pfree(rows);
}

static void
patches_check_memory(const ntk_map_spec *spec, const NtkRowSample *sample)
{
	Size		images = (sizeof(double) * sample->count + sizeof(float) * sample->room) *
		(Size) sample->dim;
	Size		landmarks = sizeof(float) * ntk_map_landmarks(spec);
	Size		workspace = ntk_cntk_patches_workspace(spec, sample->count);

	ntk_check_memory(workspace > SIZE_MAX - images - landmarks
					 ? SIZE_MAX : images + landmarks + workspace, "choosing patches");
}

/* the landmarks of all layers */
NTK_FUNCTION(ntk_sql_cntk_patches_final);
Datum
ntk_sql_cntk_patches_final(PG_FUNCTION_ARGS)
{
	Patches    *state = ntk_aggregate_state(fcinfo, 0);
	ntk_map_spec spec;
	ArrayType  *patches;

	ntk_aggregate_context(fcinfo);
	if (!state)
		PG_RETURN_NULL();
	spec = ntk_cntk_nystrom(&state->spec, state->k);
	ntk_map_check_spec(&spec);
	ntk_row_sample_compact(state->sample);
	patches_check_memory(&spec, state->sample);
	patches = ntk_array_zeros(FLOAT4OID, ntk_map_landmarks(&spec), 0, "an array of patches",
							  "Use a smaller k, filter or depth.");
	patches_choose(&spec, state->sample, state->seed, (float *) ARR_DATA_PTR(patches));
	PG_RETURN_ARRAYTYPE_P(patches);
}
