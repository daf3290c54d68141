/*
 * agg_gram.c
 *		The aggregates that build Gram statistics.
 */
#include "pg/functions/fit.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "nodes/execnodes.h"
#include "utils/lsyscache.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/base/progress.h"

/* The places of a transition function's arguments; 0, the state's: it has no such argument. */
typedef struct AggGramArguments
{
	int			x;				/* features or inputs; of a sparse row, the indices ... */
	int			values;			/* ... and the values */
	int			y;				/* targets; with n_classes, the class */
	int			n_classes;
	int			weight;
	int			lambda;
	int			map;
} AggGramArguments;

/* What a transition function keeps between rows. */
typedef struct AggGramMemory
{
	NtkPin	   *pin;			/* of the map argument */
	NtkRowForm	x_form;
	bool		y_is_array;
	int64		rows;			/* of all groups */
	NtkProgress progress;
} AggGramMemory;

#define ROWS_BETWEEN_CLOCKS 64

/* The rows that the aggregate expects of its input are those of the plan below it. */
static NtkProgress
agg_gram_begin_progress(FunctionCallInfo fcinfo)
{
	Aggref	   *aggregate = AggGetAggref(fcinfo);
	const char *name = aggregate ? get_func_name(aggregate->aggfnoid) : "ntk_gram";
	double		expected = 0;

	if (fcinfo->context && IsA(fcinfo->context, AggState))
		expected = outerPlanState((AggState *) fcinfo->context)->plan->plan_rows;
	return ntk_progress_begin(name, "rows", expected, true);
}

static AggGramMemory *
agg_gram_remember(FunctionCallInfo fcinfo, const AggGramArguments *at)
{
	AggGramMemory *memory = fcinfo->flinfo->fn_extra;

	if (!memory)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		Oid		   *types;
		int			n;

		memory = palloc0(sizeof(AggGramMemory));
		memory->pin = ntk_pin_create(fcinfo->flinfo->fn_mcxt);
		get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
		memory->x_form = ntk_row_form(fcinfo, at->x);
		memory->y_is_array = types[at->y] == FLOAT8ARRAYOID;
		memory->progress = agg_gram_begin_progress(fcinfo);
		fcinfo->flinfo->fn_extra = memory;
		MemoryContextSwitchTo(old);
	}
	return memory;
}

/* lambda is an argument of every row; it must be the same in all of them */
static void
agg_gram_take_lambda(NtkGram *gram, FunctionCallInfo fcinfo, int at)
{
	double		lambda;

	ntk_check_not_null(fcinfo, at, "lambda");
	lambda = PG_GETARG_FLOAT8(at);
	if (lambda == gram->lambda)
		return;
	ntk_check_lambda(lambda);
	if (!isnan(gram->lambda))
		ntk_refuse_change("lambda");
	gram->lambda = lambda;
}

/* the statistic that an aggregate step may change, made on its first row */
static NtkGram *
agg_gram_state_of(FunctionCallInfo fcinfo)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);

	return PG_ARGISNULL(0) ? ntk_gram_create(context)
						   : ntk_gram_writable(PG_GETARG_DATUM(0), context);
}

/* the map of a call, or NULL */
static NtkPreparedMap *
agg_gram_map_of(FunctionCallInfo fcinfo, const AggGramArguments *at, const AggGramMemory *memory)
{
	if (at->map == 0)
		return NULL;
	ntk_check_not_null(fcinfo, at->map, "map");
	return ntk_pin_datum(memory->pin, PG_GETARG_DATUM(at->map), &ntk_map_kind, ntk_map_prepare);
}

/* whether the row lacks an argument */
static bool
agg_gram_is_incomplete(FunctionCallInfo fcinfo, const AggGramArguments *at)
{
	return PG_ARGISNULL(at->x) || PG_ARGISNULL(at->y) ||
		(at->values > 0 && PG_ARGISNULL(at->values)) ||
		(at->weight > 0 && PG_ARGISNULL(at->weight));
}

/* what a row has for targets */
typedef struct AggGramOutputs
{
	int			targets;		/* how many */
	ArrayType  *array;			/* several of them, or */
	double		number;			/* a single one, or */
	int			class;			/* the place of the only 1 among them */
} AggGramOutputs;

static AggGramOutputs
agg_gram_read_class(FunctionCallInfo fcinfo, const AggGramArguments *at)
{
	AggGramOutputs y = {0};

	ntk_check_not_null(fcinfo, at->n_classes, "n_classes");
	y.targets = PG_GETARG_INT32(at->n_classes);
	ntk_check_range("n_classes", y.targets, 1, NTK_MAX_TARGETS);
	y.class = PG_GETARG_INT32(at->y);
	if (y.class < 0 || y.class >= y.targets)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("class must be between 0 and n_classes - 1 = %d, not %d",
						y.targets - 1, y.class)));
	return y;
}

static AggGramOutputs
agg_gram_read_targets(FunctionCallInfo fcinfo, const AggGramArguments *at,
					  const AggGramMemory *memory)
{
	AggGramOutputs y = {.targets = 1};

	if (at->n_classes > 0)
		return agg_gram_read_class(fcinfo, at);
	if (memory->y_is_array)
	{
		y.array = PG_GETARG_ARRAYTYPE_P(at->y);
		y.targets = ntk_array_length(y.array, "y");
	}
	else
	{
		y.number = PG_GETARG_FLOAT8(at->y);
		ntk_check_finite(y.number, "y");
	}
	return y;
}

/* sqrt(weight) [1, Y], or sqrt(weight) and the class */
static void
agg_gram_write_outputs(FunctionCallInfo fcinfo, const AggGramArguments *at,
					   const AggGramOutputs *y, double root, double *output)
{
	output[0] = root;
	if (at->n_classes > 0)
		output[1] = y->class;
	else if (y->array)
	{
		ntk_array_read(y->array, "y", root, output + 1);
		PG_FREE_IF_COPY(y->array, at->y);
	}
	else
		output[1] = root * y->number;
}

/* the row as the map works on it */
static void
agg_gram_read_row(FunctionCallInfo fcinfo, const AggGramArguments *at, const AggGramMemory *memory,
				  NtkPreparedMap *map, double *row)
{
	ArrayType  *indices,
			   *values;

	if (at->values == 0)
	{
		ntk_map_read_datum(map, PG_GETARG_DATUM(at->x), memory->x_form, "feature map", row);
		return;
	}
	indices = PG_GETARG_ARRAYTYPE_P(at->x);
	values = PG_GETARG_ARRAYTYPE_P(at->values);
	ntk_map_read_arrays(map, indices, values, row);
	PG_FREE_IF_COPY(values, at->values);
	PG_FREE_IF_COPY(indices, at->x);
}

static Datum
agg_gram_accumulate(FunctionCallInfo fcinfo, const AggGramArguments *at)
{
	NtkGram    *gram = agg_gram_state_of(fcinfo);
	AggGramMemory *memory = agg_gram_remember(fcinfo, at);
	NtkPreparedMap *map;
	ArrayType  *phi;
	AggGramOutputs y;
	NtkGramRow	row = {.by_class = at->n_classes > 0};
	double		weight,
				root;

	if (at->lambda > 0)
		agg_gram_take_lambda(gram, fcinfo, at->lambda);
	map = agg_gram_map_of(fcinfo, at, memory);
	if (++memory->rows % ROWS_BETWEEN_CLOCKS == 0)
		ntk_progress_done(&memory->progress, memory->rows);
	if (agg_gram_is_incomplete(fcinfo, at))
	{
		gram->skipped++;
		return EOHPGetRWDatum(&gram->object);
	}

	phi = map ? NULL : PG_GETARG_ARRAYTYPE_P(at->x);
	row.map = map ? map->value : NULL;
	row.width = map ? map->value->n_components : ntk_array_length(phi, "phi");
	row.row_length = map ? map->map.row_length : row.width;
	if (phi && gram->width > 0)
		ntk_array_check_length("phi", row.width, "statistic", gram->width);
	y = agg_gram_read_targets(fcinfo, at, memory);
	row.targets = y.targets;
	if (gram->width > 0)
		ntk_array_check_length("y", y.targets, "statistic", gram->targets);
	weight = ntk_weight_argument(
		fcinfo, at->weight, "To take rows out of a statistic, subtract a statistic of them.");
	root = sqrt(weight);

	ntk_gram_begin_row(gram, &row);
	if (map)
		agg_gram_read_row(fcinfo, at, memory, map, row.input);
	else
		ntk_array_read(phi, "phi", root, row.input);
	agg_gram_write_outputs(fcinfo, at, &y, root, row.output);
	ntk_gram_end_row(gram, weight);

	if (phi)
		PG_FREE_IF_COPY(phi, at->x);
	return EOHPGetRWDatum(&gram->object);
}

/* ntk_gram(phi, y [, weight]) */
NTK_FUNCTION(ntk_sql_gram_accumulate);
Datum
ntk_sql_gram_accumulate(PG_FUNCTION_ARGS)
{
	AggGramArguments at = {.x = 1,.y = 2,.weight = PG_NARGS() > 3 ? 3 : 0};

	return agg_gram_accumulate(fcinfo, &at);
}

/* ntk_gram(x, y, map [, weight]) */
NTK_FUNCTION(ntk_sql_gram_accumulate_map);
Datum
ntk_sql_gram_accumulate_map(PG_FUNCTION_ARGS)
{
	AggGramArguments at = {.x = 1,.y = 2,.map = 3,.weight = PG_NARGS() > 4 ? 4 : 0};

	return agg_gram_accumulate(fcinfo, &at);
}

/* ntk_gram(indices, values, y, map [, weight]) */
NTK_FUNCTION(ntk_sql_gram_accumulate_sparse);
Datum
ntk_sql_gram_accumulate_sparse(PG_FUNCTION_ARGS)
{
	AggGramArguments at = {.x = 1,.values = 2,.y = 3,.map = 4,.weight = PG_NARGS() > 5 ? 5 : 0};

	return agg_gram_accumulate(fcinfo, &at);
}

/* ntk_gram_class(phi, class, n_classes [, weight]) */
NTK_FUNCTION(ntk_sql_gram_accumulate_class);
Datum
ntk_sql_gram_accumulate_class(PG_FUNCTION_ARGS)
{
	AggGramArguments at = {.x = 1,.y = 2,.n_classes = 3,.weight = PG_NARGS() > 4 ? 4 : 0};

	return agg_gram_accumulate(fcinfo, &at);
}

/* ntk_gram_class(x, class, n_classes, map [, weight]) */
NTK_FUNCTION(ntk_sql_gram_accumulate_class_map);
Datum
ntk_sql_gram_accumulate_class_map(PG_FUNCTION_ARGS)
{
	AggGramArguments at = {.x = 1,.y = 2,.n_classes = 3,.map = 4,
						   .weight = PG_NARGS() > 5 ? 5 : 0};

	return agg_gram_accumulate(fcinfo, &at);
}

/* ntk_ridge(phi, y, lambda), ntk_ridge(x, y, lambda, map) */
NTK_FUNCTION(ntk_sql_ridge_accumulate);
Datum
ntk_sql_ridge_accumulate(PG_FUNCTION_ARGS)
{
	AggGramArguments at = {.x = 1,.y = 2,.lambda = 3,.map = PG_NARGS() > 4 ? 4 : 0};

	return agg_gram_accumulate(fcinfo, &at);
}

/* the end of ntk_gram and of sum(ntk_gram) */
NTK_FUNCTION(ntk_sql_gram_final);
Datum
ntk_sql_gram_final(PG_FUNCTION_ARGS)
{
	Datum		state = PG_GETARG_DATUM(0);

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(state)))
		state = ntk_gram_result((NtkGram *) DatumGetEOHP(state));
	PG_RETURN_DATUM(state);
}

/* the end of ntk_ridge: the model for the lambda that the rows brought */
NTK_FUNCTION(ntk_sql_ridge_final);
Datum
ntk_sql_ridge_final(PG_FUNCTION_ARGS)
{
	NtkGramView gram = ntk_gram_read(PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(ntk_fit_model(ntk_fit_begin(&gram, false), gram.lambda));
}

/* combining partial states, and the transition function of sum(ntk_gram) */
NTK_FUNCTION(ntk_sql_gram_combine);
Datum
ntk_sql_gram_combine(PG_FUNCTION_ARGS)
{
	NtkGram    *gram;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	gram = agg_gram_state_of(fcinfo);
	if (!PG_ARGISNULL(1))
	{
		NtkGramView other = ntk_gram_read(PG_GETARG_DATUM(1));

		ntk_gram_merge(gram, 1, &other);
	}
	return EOHPGetRWDatum(&gram->object);
}
