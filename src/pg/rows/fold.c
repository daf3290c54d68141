/*
 * fold.c
 *		Dealing rows to folds by what they hold.
 *
 * The hash of a row is a sum over its columns, so their order does not matter. A NULL adds
 * nothing, nor does a column of a type that cannot be a feature. Columns are told apart by
 * name.
 */
#include "pg/base/compat.h"

#include <math.h>

#include "common/hashfn.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"
#include "pg/rows/column_value.h"
#include "pg/rows/row_input.h"

typedef struct FoldColumn
{
	int			attribute;		/* from 0 */
	const char *name;
	NtkColumnType type;
	uint64		seed;
} FoldColumn;

/* what ntk_fold keeps between rows */
typedef struct FoldMemory
{
	NtkRow		row;
	FoldColumn *columns;		/* in row.context; NULL: not made */
	int			n;
} FoldMemory;

static uint64
fold_hash(const void *bytes, Size length, uint64 seed)
{
	return hash_bytes_extended(bytes, (int) length, seed);
}

static void
fold_take_type(FoldMemory *memory)
{
	TupleDesc	type = memory->row.type;
	FoldColumn *columns = MemoryContextAlloc(memory->row.context,
											 sizeof(FoldColumn) * Max(type->natts, 1));

	memory->n = 0;
	for (int i = 0; i < type->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(type, i);
		const char *name = NameStr(attribute->attname);
		FoldColumn	column = {.attribute = i,.name = name};

		if (attribute->attisdropped)
			continue;
		column.type = ntk_column_type(attribute->atttypid);
		column.seed = fold_hash(name, strlen(name), 0);
		if (column.type.kind != NTK_KIND_NONE)
			columns[memory->n++] = column;
	}
	memory->columns = columns;
}

/* equal numbers have equal bytes */
static double
fold_canonical(double number)
{
	return isnan(number) ? NAN : number + 0.0;
}

static uint64
fold_hash_number(double number, uint64 seed)
{
	number = fold_canonical(number);
	return fold_hash(&number, sizeof(number), seed);
}

static uint64
fold_hash_label(Oid type, Datum value, uint64 seed)
{
	NtkLabel	label;
	uint64		result;

	ntk_column_label(type, value, &label);
	result = fold_hash(label.text, label.length, seed);
	ntk_label_free(&label);
	return result;
}

static uint64
fold_hash_array(const FoldColumn *column, Datum value)
{
	ArrayType  *array = ntk_column_array(column->type.type, value);
	char	   *what = psprintf("column \"%s\"", column->name);
	int			length = ntk_array_count(array, what);
	double	   *numbers = palloc(sizeof(double) * Max(length, 1));
	uint64		result;

	ntk_array_read(array, what, 1, numbers);
	for (int i = 0; i < length; i++)
		numbers[i] = fold_canonical(numbers[i]);
	result = fold_hash(numbers, sizeof(double) * length, column->seed);
	pfree(numbers);
	pfree(what);
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
	return result;
}

static uint64
fold_hash_value(const FoldColumn *column, Datum value)
{
	Oid			type = column->type.type;
	double		parts[NTK_TIME_PARTS];

	switch (column->type.kind)
	{
		case NTK_KIND_NUMBER:
		case NTK_KIND_BOOLEAN:
			return fold_hash_number(ntk_column_number(type, value), column->seed);
		case NTK_KIND_CATEGORY:
			return fold_hash_label(type, value, column->seed);
		case NTK_KIND_TIME:
			ntk_column_time(type, value, parts);
			return fold_hash_number(parts[NTK_PART_EPOCH], column->seed);
		case NTK_KIND_ARRAY:
			return fold_hash_array(column, value);
		default:
			return 0;
	}
}

/* ntk_fold(row, folds, seed) -> the row's fold, from 0 */
NTK_FUNCTION(ntk_sql_fold);
Datum
ntk_sql_fold(PG_FUNCTION_ARGS)
{
	FoldMemory *memory = fcinfo->flinfo->fn_extra;
	int			folds = PG_GETARG_INT32(1);
	uint64		sum = 0;

	ntk_check_range("folds", folds, 1, PG_INT32_MAX);
	if (!memory)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		memory = palloc0(sizeof(FoldMemory));
		ntk_row_begin(&memory->row);
		fcinfo->flinfo->fn_extra = memory;
		MemoryContextSwitchTo(old);
	}
	if (ntk_row_read(&memory->row, PG_GETARG_DATUM(0)))
		memory->columns = NULL;
	if (!memory->columns)
		fold_take_type(memory);
	for (int i = 0; i < memory->n; i++)
	{
		const FoldColumn *column = &memory->columns[i];

		if (!memory->row.nulls[column->attribute])
			sum += fold_hash_value(column, memory->row.values[column->attribute]);
	}
	PG_RETURN_INT32(fold_hash(&sum, sizeof(sum), (uint64) PG_GETARG_INT64(2)) % (uint64) folds);
}
