/*
 * agop.c
 *		The aggregates ntk_agop and ntk_agop_diagonal: average gradient outer products.
 *
 * Rows wait until they make a block, whose gradients come from matrix products.
 */
#include "pg/types/prepared_model.h"

#include <math.h>

#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

#include "core/regression/agop.h"

#define PAUSE_EVERY ((Size) 1024 * 1024)
#define GRADIENT_BYTES ((Size) 4 * 1024 * 1024) /* at a time, unless those of one row are more */

/* the state of both */
typedef struct Agop
{
	MemoryContext context;
	uint64		model;			/* its fingerprint */
	bool		diagonal;
	int			dim;			/* inputs */
	double		weight;			/* of the rows in sum */
	double	   *sum;			/* as core's ntk_agop_update has it; diagonal: [dim] */
	NtkPin	   *pin;			/* of the model, where rows come in */
	int			pending;		/* rows that wait ... */
	int			capacity;		/* ... of so many that have room */
	double	   *rows;			/* [capacity][row_length of the model] */
	double	   *weights;		/* [capacity] */
} Agop;

static Size
agop_sum_numbers(bool diagonal, int dim)
{
	return diagonal ? (Size) dim : (Size) dim * dim;
}

/* the sum and the result, and more for the work */
static void
agop_check_memory(bool diagonal, int dim, Size more)
{
	Size		bytes = sizeof(double) * agop_sum_numbers(diagonal, dim);

	if (!AllocSizeIsValid(ARR_OVERHEAD_NONULLS(2) + bytes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d x %d numbers of ntk_agop exceed the maximum size of a value", dim,
						dim),
				 errhint("Use ntk_agop_diagonal.")));
	ntk_check_memory(2 * bytes + more, diagonal ? "ntk_agop_diagonal" : "ntk_agop");
}

static Agop *
agop_create_state(MemoryContext context, uint64 model, bool diagonal, int dim)
{
	Agop	   *state = MemoryContextAllocZero(context, sizeof(Agop));
	Size		bytes = sizeof(double) * agop_sum_numbers(diagonal, dim);

	state->context = context;
	state->model = model;
	state->diagonal = diagonal;
	state->dim = dim;
	state->sum = MemoryContextAllocHuge(context, bytes);
	memset(state->sum, 0, bytes);
	return state;
}

/* rows to wait for */
static int
agop_block_of(const NtkPreparedModel *model)
{
	return model->map ? model->map->map.block : NTK_MAX_BLOCK;
}

/* rows whose gradients are in memory at a time */
static int
agop_rows_at_a_time(const NtkPreparedModel *model)
{
	Size		row = sizeof(double) * model->targets * model->inputs;

	return Max(Min(GRADIENT_BYTES / row, agop_block_of(model)), 1);
}

/* a state for rows of this model */
static Agop *
agop_begin(MemoryContext context, Datum value, NtkPreparedModel *model, bool diagonal)
{
	Agop	   *state;

	agop_check_memory(diagonal, model->inputs,
					  sizeof(double) *
						  ((Size) agop_block_of(model) * model->row_length +
						   (Size) agop_rows_at_a_time(model) * model->targets * model->inputs));
	ntk_model_prepare_gradient(model);
	state = agop_create_state(context, ntk_model_head(value)->head.id, diagonal, model->inputs);
	state->pin = ntk_pin_create(context);
	ntk_pin_datum(state->pin, value, &ntk_model_kind, ntk_model_prepare);
	return state;
}

/* the model of a call */
static NtkPreparedModel *
agop_model_of(FunctionCallInfo fcinfo)
{
	if (!fcinfo->flinfo->fn_extra)
		fcinfo->flinfo->fn_extra = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
	return ntk_pin_datum(fcinfo->flinfo->fn_extra, PG_GETARG_DATUM(1), &ntk_model_kind,
						 ntk_model_prepare);
}

/* a small group needs little room */
static void
agop_make_room(Agop *state, const NtkPreparedModel *model)
{
	Size		row = sizeof(double) * model->row_length;

	if (state->pending < state->capacity)
		return;
	if (state->capacity == 0)
	{
		state->capacity = Min(4, agop_block_of(model));
		state->rows = MemoryContextAllocHuge(state->context, row * state->capacity);
		state->weights = MemoryContextAlloc(state->context, sizeof(double) * state->capacity);
		return;
	}
	state->capacity = Min(2 * state->capacity, agop_block_of(model));
	state->rows = repalloc_huge(state->rows, row * state->capacity);
	state->weights = repalloc(state->weights, sizeof(double) * state->capacity);
}

static void
agop_check_overflow(bool overflows)
{
	if (overflows)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("products of gradients exceed the range of type double precision"),
				 errhint("Rescale the inputs, the targets or the weights.")));
}

/* a cancel request is looked for after every so many numbers of a sum */
static void
agop_pause_at(Size i)
{
	if (i % PAUSE_EVERY == 0)
		ntk_check_interrupts();
}

/* the waiting rows into the sum */
static void
agop_flush(Agop *state)
{
	NtkPreparedModel *model;
	double	   *gradient;
	int			step;

	if (state->pending == 0)
		return;
	model = ntk_pin_object(state->pin);
	step = agop_rows_at_a_time(model);
	gradient = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * step *
									  model->targets * model->inputs);
	for (int first = 0; first < state->pending; first += step)
	{
		int			n = Min(step, state->pending - first);
		const double *weights = state->weights + first;
		ntk_status	status;

		ntk_model_gradient(model, state->rows + (Size) first * model->row_length, n, gradient);
		status = state->diagonal
			? ntk_agop_update_diagonal(state->sum, state->dim, n, model->targets, gradient,
									   weights)
			: ntk_agop_update(state->sum, state->dim, n, model->targets, gradient, weights,
							  ntk_check_interrupts);
		agop_check_overflow(status != NTK_OK);
		for (int i = 0; i < n; i++)
			state->weight += weights[i];
		ntk_check_interrupts();
	}
	agop_check_overflow(!isfinite(state->weight));
	state->pending = 0;
	pfree(gradient);
}

/* (model, x [, weight]): a row */
static Datum
agop_accumulate(FunctionCallInfo fcinfo, bool diagonal)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Agop	   *state = ntk_aggregate_state(fcinfo, 0);
	NtkPreparedModel *model;
	double		weight;

	ntk_check_not_null(fcinfo, 1, "model");
	if (PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	weight = ntk_weight_argument(fcinfo, PG_NARGS() > 3 ? 3 : 0, NULL);
	model = agop_model_of(fcinfo);
	if (!state)
		state = agop_begin(context, PG_GETARG_DATUM(1), model, diagonal);
	else if (ntk_pin_object(state->pin) != model)
		ntk_refuse_change("model");
	agop_make_room(state, model);
	ntk_model_read(model, PG_GETARG_DATUM(2), NTK_ROW_ARRAY,
				   state->rows + (Size) state->pending * model->row_length);
	state->weights[state->pending++] = weight;
	if (state->pending == agop_block_of(model))
		agop_flush(state);
	PG_RETURN_POINTER(state);
}

NTK_FUNCTION(ntk_sql_agop_accumulate);
Datum
ntk_sql_agop_accumulate(PG_FUNCTION_ARGS)
{
	return agop_accumulate(fcinfo, false);
}

NTK_FUNCTION(ntk_sql_agop_diagonal_accumulate);
Datum
ntk_sql_agop_diagonal_accumulate(PG_FUNCTION_ARGS)
{
	return agop_accumulate(fcinfo, true);
}

/* the sum of both */
NTK_FUNCTION(ntk_sql_agop_combine);
Datum
ntk_sql_agop_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Agop	   *state = ntk_aggregate_state(fcinfo, 0);
	Agop	   *other = ntk_aggregate_state(fcinfo, 1);

	if (other)
	{
		Size		numbers = agop_sum_numbers(other->diagonal, other->dim);

		if (!state)
			state = agop_create_state(context, other->model, other->diagonal, other->dim);
		else if (state->model != other->model)
			ntk_refuse_change("model");
		agop_flush(other);
		for (Size i = 0; i < numbers; i++)
		{
			state->sum[i] += other->sum[i];
			agop_pause_at(i);
		}
		state->weight += other->weight;
	}
	if (!state)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* what travels between processes, before the sum or, in place of a matrix, its triangle */
typedef struct AgopHead
{
	uint64		model;
	int64		diagonal;
	int64		dim;
	double		weight;
} AgopHead;

/* the part of the sum that travels, in pieces: where piece k begins, and its length */
static double *
agop_piece(const Agop *state, int k, Size *length)
{
	*length = state->diagonal ? state->dim : state->dim - k;
	return state->sum + (Size) k * state->dim + k;
}

static int
agop_pieces(const Agop *state)
{
	return state->diagonal ? 1 : state->dim;
}

NTK_FUNCTION(ntk_sql_agop_serialize);
Datum
ntk_sql_agop_serialize(PG_FUNCTION_ARGS)
{
	Agop	   *state = ntk_aggregate_state(fcinfo, 0);
	Size		dim = state->dim;
	Size		numbers = state->diagonal ? dim : dim * (dim + 1) / 2;
	Size		bytes = VARHDRSZ + sizeof(AgopHead) + sizeof(double) * numbers;
	AgopHead	head = {
		.model = state->model,
		.diagonal = state->diagonal,
		.dim = state->dim
	};
	bytea	   *result = palloc(bytes);
	char	   *to = VARDATA(result);

	ntk_aggregate_context(fcinfo);
	agop_flush(state);
	head.weight = state->weight;
	SET_VARSIZE(result, bytes);
	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	for (int k = 0; k < agop_pieces(state); k++)
	{
		Size		length;
		const double *from = agop_piece(state, k, &length);

		memcpy(to, from, sizeof(double) * length);
		to += sizeof(double) * length;
	}
	PG_RETURN_BYTEA_P(result);
}

NTK_FUNCTION(ntk_sql_agop_deserialize);
Datum
ntk_sql_agop_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	AgopHead	head;
	Agop	   *state;

	ntk_aggregate_context(fcinfo);
	memcpy(&head, from, sizeof(head));
	from += sizeof(head);
	agop_check_memory(head.diagonal, head.dim, 0);
	state = agop_create_state(CurrentMemoryContext, head.model, head.diagonal, head.dim);
	state->weight = head.weight;
	for (int k = 0; k < agop_pieces(state); k++)
	{
		Size		length;
		double	   *to = agop_piece(state, k, &length);

		memcpy(to, from, sizeof(double) * length);
		from += sizeof(double) * length;
	}
	PG_RETURN_POINTER(state);
}

/* the mean; the state stays as it is, for further rows of a window */
NTK_FUNCTION(ntk_sql_agop_final);
Datum
ntk_sql_agop_final(PG_FUNCTION_ARGS)
{
	Agop	   *state = ntk_aggregate_state(fcinfo, 0);
	ArrayType  *result;
	double	   *m;
	Size		numbers;

	ntk_aggregate_context(fcinfo);
	if (!state)
		PG_RETURN_NULL();
	agop_flush(state);
	if (state->weight == 0)
		PG_RETURN_NULL();
	result = ntk_array_make(state->sum, state->dim, state->diagonal ? 0 : state->dim);
	m = (double *) ARR_DATA_PTR(result);
	numbers = agop_sum_numbers(state->diagonal, state->dim);
	for (Size i = 0; i < numbers; i++)
	{
		m[i] /= state->weight;
		agop_check_overflow(!isfinite(m[i]));
		agop_pause_at(i);
	}
	if (!state->diagonal)
		ntk_agop_complete(m, state->dim, ntk_check_interrupts);
	PG_RETURN_ARRAYTYPE_P(result);
}

/* ntk_has_gradient(map) -> whether models of it have one */
NTK_FUNCTION(ntk_sql_has_gradient);
Datum
ntk_sql_has_gradient(PG_FUNCTION_ARGS)
{
	NtkMapValue *value = ntk_map_get(PG_GETARG_DATUM(0));
	ntk_map_spec spec = ntk_map_spec_of(value);

	PG_RETURN_BOOL(ntk_map_has_gradient(&spec));
}
