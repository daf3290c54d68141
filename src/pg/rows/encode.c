/*
 * encode.c
 *		ntk_encode, and what else SQL asks of an encoding.
 */
#include "pg/rows/encoding.h"

#include "nodes/primnodes.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

/* what ntk_encode keeps between rows */
typedef struct EncodingMemory
{
	MemoryContext context;		/* of all below; emptied when another encoding comes */
	NtkRowEncoder *encoder;		/* NULL: none */
	NtkEncoding *encoding;		/* of the encoder */
	struct varlena *stored;		/* the encoding as it was given, perhaps only its address */
	const void *constant;		/* where a constant encoding is; NULL: it may change */
	Size		size;
	double	   *x;				/* [inputs] */
	int			inputs;
} EncodingMemory;

static void
encoding_take_encoding(EncodingMemory *memory, struct varlena *stored)
{
	MemoryContext old;

	memory->encoder = NULL;
	MemoryContextReset(memory->context);
	old = MemoryContextSwitchTo(memory->context);
	memory->encoding = ntk_encoding_parse(DatumGetJsonbP(PointerGetDatum(stored)));
	memory->inputs = ntk_encoding_inputs(memory->encoding);
	memory->x = palloc(sizeof(double) * memory->inputs);
	memory->size = VARSIZE_ANY(stored);
	memory->stored = palloc(memory->size);
	memcpy(memory->stored, stored, memory->size);
	memory->encoder = ntk_encoding_row_begin(memory->encoding);
	MemoryContextSwitchTo(old);
}

/* whether a call site always has this argument, at one address */
static bool
encoding_is_constant(const FmgrInfo *call, int argument)
{
	const FuncExpr *expression = (const FuncExpr *) call->fn_expr;

	return expression && IsA(expression, FuncExpr) &&
		argument < list_length(expression->args) &&
		IsA(list_nth(expression->args, argument), Const);
}

/*
 * The memory, with the encoding of the call. A constant is known by its address, as are the
 * parameters of statements planned for their values; else all of it is compared. One that is
 * stored compressed or out of line is compared as it is: to decompress it for every row would
 * cost more than all the rest.
 */
static EncodingMemory *
encoding_remember(FunctionCallInfo fcinfo, Datum encoding)
{
	EncodingMemory *memory = fcinfo->flinfo->fn_extra;
	struct varlena *stored = (struct varlena *) DatumGetPointer(encoding);

	if (memory && memory->encoder && memory->constant == stored)
		return memory;
	if (VARATT_IS_EXTERNAL(stored) && !VARATT_IS_EXTERNAL_ONDISK(stored))
		stored = PG_DETOAST_DATUM(encoding);
	if (!memory)
	{
		memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(EncodingMemory));
		memory->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "ntk_encode",
												ALLOCSET_DEFAULT_SIZES);
		fcinfo->flinfo->fn_extra = memory;
	}
	if (!memory->encoder || memory->size != VARSIZE_ANY(stored) ||
		memcmp(memory->stored, stored, memory->size) != 0)
		encoding_take_encoding(memory, stored);
	memory->constant = encoding_is_constant(fcinfo->flinfo, 1) ? DatumGetPointer(encoding) : NULL;
	return memory;
}

/*
 * ntk_encode(row, encoding) -> float8[], or NULL for a row to be left out
 *
 * It may be called immutable although it looks into the catalogues: those say how to read
 * the bytes of the row, as they do for every operator of rows and of enums.
 */
NTK_FUNCTION(ntk_sql_encode);
Datum
ntk_sql_encode(PG_FUNCTION_ARGS)
{
	EncodingMemory *memory = encoding_remember(fcinfo, PG_GETARG_DATUM(1));

	if (!ntk_encoding_row(memory->encoder, PG_GETARG_DATUM(0), memory->x))
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(memory->x, memory->inputs, 0));
}

/* _ntk_outside(row, encoding) -> how many of its values are outside what was seen */
NTK_FUNCTION(ntk_sql_outside);
Datum
ntk_sql_outside(PG_FUNCTION_ARGS)
{
	EncodingMemory *memory = encoding_remember(fcinfo, PG_GETARG_DATUM(1));
	const NtkEncoding *encoding = memory->encoding;
	int			n = ntk_encoding_columns(encoding);
	int64		before = 0,
				after = 0;

	for (int i = 0; i < n; i++)
		before += ntk_encoding_outside(encoding, i);
	ntk_encoding_row(memory->encoder, PG_GETARG_DATUM(0), memory->x);
	for (int i = 0; i < n; i++)
		after += ntk_encoding_outside(encoding, i);
	PG_RETURN_INT32(after - before);
}

/* _ntk_encoding_inputs(encoding) -> how many numbers a row becomes */
NTK_FUNCTION(ntk_sql_encoding_inputs);
Datum
ntk_sql_encoding_inputs(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(ntk_encoding_inputs(ntk_encoding_parse(PG_GETARG_JSONB_P(0))));
}
