/*
 * ntk_fuzz.c
 *		A function for tests that passes changed values to the types' input functions.
 *
 * ntk_fuzz(kind, seed, rounds, seconds, seeds, uses, file) makes this many inputs, or as many
 * as it can in this time. One that is accepted must be written and read again without a
 * change, and is used in some of the statements uses. Round i is that of seed + i alone, so
 * that a seed stands for an input. The file is mapped into memory, survives a crash of the
 * server and costs no system call: a line with the kind, the seed and the place of the input
 * in it, and the input.
 *
 * kind: 'map', 'gram', 'model' are binary forms, and their base64; 'map_text' and 'encoding' are
 * JSON; 'import' is JSON of exported models, of which the uses are to be rolled back.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "portability/instr_time.h"
#include "storage/latch.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timeout.h"

#include "pg/types/value.h"

PG_MODULE_MAGIC;

#define FUZZ_FILE_BYTES (4 * 1024 * 1024)
#define FUZZ_LINE 128			/* bytes before the input */
#define FUZZ_MAX_USES 64
#define FUZZ_USES 2				/* of a value that was accepted */
#define FUZZ_MAX_WORK 5e5		/* of a row; a value of more is read, but not used */
#define FUZZ_MAX_SECONDS 3		/* of a step; what takes longer is a fault */
#define FUZZ_MAX_ROW 20000
#define FUZZ_MAX_FAULTS 500		/* in the log */

typedef struct FuzzKind
{
	const char *name;
	const char *type;
	bool		binary;
	bool		writes;
} FuzzKind;

static const FuzzKind fuzz_kinds[] = {
	{"map", "ntk_map", true, false},
	{"gram", "ntk_gram", true, false},
	{"model", "ntk_model", true, false},
	{"map_text", "ntk_map", false, false},
	{"encoding", "jsonb", false, false},
	{"import", "jsonb", false, true},
};

/* A type's functions. */
typedef struct FuzzType
{
	Oid			oid;
	Oid			parameter;		/* of its input functions */
	FmgrInfo	in,
				out,
				recv,
				send;
} FuzzType;

static const char *const fuzz_type_names[] = {"ntk_map", "ntk_gram", "ntk_model", "jsonb"};

typedef struct Fuzz
{
	const FuzzKind *kind;
	FuzzSeeds	seeds;			/* values with length words, or texts */
	MemoryContext keep;
	MemoryContext round;		/* reset after each round */
	char	   *file;

	FuzzType	types[lengthof(fuzz_type_names)];
	FuzzType   *type;			/* of the kind */
	Datum	   *real;			/* [seeds.n] */
	int			n_uses;
	char	   *use[FUZZ_MAX_USES];
	SPIPlanPtr	plan[FUZZ_MAX_USES];

	/* of the round */
	int64		seed;
	pg_prng_state rng;
	StringInfoData input;
	bool		as_text;
	Datum		value;
	int			now;			/* the place of the use; -1: input, -2: reading it again */
	const char *said;			/* what was wrong, though there was no error */
	bool		must_work;		/* an error is a fault */

	/* results */
	int64		tried;
	int64		accepted;
	int64		used;
	int64		declined;		/* uses that ended in an error */
	int64		skipped;		/* accepted values that are too much work */
	int64		faults;
	double		slowest;		/* ms of a step */
	int64		slowest_seed;
	char	   *first_fault;
} Fuzz;

static TimeoutId fuzz_timeout;
static volatile sig_atomic_t fuzz_is_late;

static void
fuzz_be_late(void)
{
	fuzz_is_late = true;
	QueryCancelPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static const char *
fuzz_step_name(const Fuzz *fuzz)
{
	return fuzz->now == -1 ? "input" : fuzz->now == -2 ? "reading it again" : fuzz->use[fuzz->now];
}

static void
fuzz_note(Fuzz *fuzz)
{
	int			length = Min(fuzz->input.len, FUZZ_FILE_BYTES - FUZZ_LINE);

	if (fuzz->now == -1)
		memcpy(fuzz->file + FUZZ_LINE, fuzz->input.data, length);
	snprintf(fuzz->file, FUZZ_LINE, "%s %s seed %lld use %d: %d bytes at %d\n", fuzz->kind->name,
			 fuzz->as_text ? "text" : "binary", (long long) fuzz->seed, fuzz->now + 1, length,
			 FUZZ_LINE);
}

static void
fuzz_fault(Fuzz *fuzz, const char *what)
{
	const char *step = fuzz_step_name(fuzz);

	fuzz->faults++;
	if (fuzz->faults <= FUZZ_MAX_FAULTS)
		ereport(LOG, (errmsg("fuzz: %s seed %lld, %s: %s", fuzz->kind->name,
							 (long long) fuzz->seed, step, what)));
	if (!fuzz->first_fault)
		fuzz->first_fault = MemoryContextStrdup(fuzz->keep, psprintf("seed %lld, %s: %s",
																	 (long long) fuzz->seed, step, what));
}

static char *
fuzz_error_text(const ErrorData *error)
{
	return error->detail ? psprintf("%s (%s)", error->message, error->detail) : error->message;
}

/* What a user may see is an error that a user can make. */
static void
fuzz_judge(Fuzz *fuzz, ErrorData *error)
{
	if (fuzz_is_late)
		fuzz_fault(fuzz, "it takes too long");
	else if (fuzz->must_work)
		fuzz_fault(fuzz, psprintf("what it gave is refused: %s", fuzz_error_text(error)));
	else if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
		ReThrowError(error);
	else if (error->sqlerrcode == ERRCODE_OUT_OF_MEMORY ||
			 ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INTERNAL_ERROR)
		fuzz_fault(fuzz, fuzz_error_text(error));
}

/* Takes a step in a subtransaction; whether there was no error. */
static bool
fuzz_try(Fuzz *fuzz, void (*step) (Fuzz *fuzz), bool keep)
{
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	instr_time	start,
				took;

	fuzz_note(fuzz);
	fuzz->said = NULL;
	fuzz->must_work = false;
	fuzz_is_late = false;
	enable_timeout_after(fuzz_timeout, FUZZ_MAX_SECONDS * 1000);
	INSTR_TIME_SET_CURRENT(start);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(fuzz->round);
	PG_TRY();
	{
		step(fuzz);
		if (keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(fuzz->round);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	disable_timeout(fuzz_timeout, false);
	if (fuzz_is_late)
		QueryCancelPending = false;
	MemoryContextSwitchTo(fuzz->round);
	CurrentResourceOwner = owner;
	INSTR_TIME_SET_CURRENT(took);
	INSTR_TIME_SUBTRACT(took, start);
	if (INSTR_TIME_GET_MILLISEC(took) > fuzz->slowest)
	{
		fuzz->slowest = INSTR_TIME_GET_MILLISEC(took);
		fuzz->slowest_seed = fuzz->seed;
	}
	if (error)
		fuzz_judge(fuzz, error);
	else if (fuzz_is_late)
		fuzz_fault(fuzz, "it takes too long, and cannot be cancelled");
	else if (fuzz->said)
		fuzz_fault(fuzz, fuzz->said);
	return error == NULL;
}

static Datum
fuzz_read_binary(FuzzType *type, const char *bytes, int length)
{
	StringInfoData message;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, bytes, length);
	return ReceiveFunctionCall(&type->recv, &message, type->parameter, -1);
}

static void
fuzz_step_input(Fuzz *fuzz)
{
	fuzz->value = fuzz->as_text
		? InputFunctionCall(&fuzz->type->in, fuzz->input.data, fuzz->type->parameter, -1)
		: fuzz_read_binary(fuzz->type, fuzz->input.data, fuzz->input.len);
}

/* what was read is the value that was sent */
static void
fuzz_compare(Fuzz *fuzz, const char *form, const bytea *sent, const bytea *other)
{
	int			n = Min(VARSIZE(sent), VARSIZE(other)) - VARHDRSZ;
	const uint8 *a = (const uint8 *) VARDATA(sent);
	const uint8 *b = (const uint8 *) VARDATA(other);
	int			i = (int) (sizeof(NtkValue) - VARHDRSZ);	/* fingerprints differ if anything does */

	if (VARSIZE(sent) == VARSIZE(other) && memcmp(a, b, n) == 0)
		return;
	while (i < n && a[i] == b[i])
		i++;
	fuzz->said = psprintf("the %s form is of another value: %d and %d bytes, the first other one is "
						  "%d: %02x and %02x", form, (int) VARSIZE(sent), (int) VARSIZE(other),
						  i + VARHDRSZ, i < n ? a[i] : 0, i < n ? b[i] : 0);
}

/* both forms of a value stand for the same bytes */
static void
fuzz_check_value(Fuzz *fuzz, FuzzType *type, Datum value)
{
	bytea	   *sent;
	char	   *text;
	Datum		again;

	fuzz->must_work = true;
	sent = SendFunctionCall(&type->send, value);
	again = fuzz_read_binary(type, VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
	fuzz_compare(fuzz, "binary", sent, SendFunctionCall(&type->send, again));
	text = OutputFunctionCall(&type->out, value);
	again = InputFunctionCall(&type->in, text, type->parameter, -1);
	fuzz_compare(fuzz, "text", sent, SendFunctionCall(&type->send, again));
}

static void
fuzz_step_again(Fuzz *fuzz)
{
	fuzz_check_value(fuzz, fuzz->type, fuzz->value);
}

/* inputs, mostly as many as the value takes, mostly of the usual size */
static Datum
fuzz_row(Fuzz *fuzz)
{
	int			n = fuzz->type->oid != JSONBOID
		? Min(fuzz_row_length(DatumGetPointer(fuzz->value)), FUZZ_MAX_ROW) : 3;
	bool		odd = fuzz_below(&fuzz->rng, 4) == 0;
	Datum	   *x;

	if (fuzz_below(&fuzz->rng, 32) == 0)
		n = fuzz_below(&fuzz->rng, 20);
	x = palloc(sizeof(Datum) * Max(n, 1));
	for (int i = 0; i < n; i++)
		x[i] = Float8GetDatum(odd && fuzz_below(&fuzz->rng, 4) == 0
							  ? fuzz_double(&fuzz->rng) : pg_prng_double(&fuzz->rng) * 4 - 2);
	return PointerGetDatum(construct_array(x, n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

static Datum
fuzz_places(Fuzz *fuzz)
{
	Datum		places[3];
	int			n = fuzz_below(&fuzz->rng, 4);

	for (int i = 0; i < n; i++)
		places[i] = Int32GetDatum(fuzz_below(&fuzz->rng, 8) ? 1 + fuzz_below(&fuzz->rng, 3)
								  : (int32) fuzz_integer(&fuzz->rng));
	return PointerGetDatum(construct_array(places, n, INT4OID, sizeof(int32), true,
										   TYPALIGN_INT));
}

static FuzzType *
fuzz_type_by_oid(Fuzz *fuzz, Oid oid)
{
	for (int i = 0; i < (int) lengthof(fuzz->types); i++)
		if (fuzz->types[i].oid == oid && oid != JSONBOID)
			return &fuzz->types[i];
	return NULL;
}

/* of numbers or of arrays of them: text may have any words */
static bool
fuzz_is_number(Oid type)
{
	Oid			element = get_element_type(type);
	char		category;
	bool		preferred;

	get_type_category_preferred(OidIsValid(element) ? element : type, &category, &preferred);
	return category == TYPCATEGORY_NUMERIC;
}

/* Numbers are finite; values of our types can be written and read. */
static void
fuzz_check_result(Fuzz *fuzz, HeapTuple row, TupleDesc columns, int i)
{
	FuzzType   *type = fuzz_type_by_oid(fuzz, SPI_gettypeid(columns, i));
	bool		isnull;
	Datum		value = SPI_getbinval(row, columns, i, &isnull);
	char	   *text;

	if (isnull)
		return;
	if (type)
	{
		fuzz_check_value(fuzz, type, value);
		return;
	}
	if (!fuzz_is_number(SPI_gettypeid(columns, i)))
		return;
	text = SPI_getvalue(row, columns, i);
	if (strlen(text) < 10000 && (strstr(text, "NaN") || strstr(text, "Infinity")))
		fuzz->said = "a result is not finite";
}

static void
fuzz_check_results(Fuzz *fuzz)
{
	if (!SPI_tuptable)
		return;
	for (uint64 row = 0; row < Min(SPI_processed, 20); row++)
		for (int i = 1; i <= SPI_tuptable->tupdesc->natts; i++)
			fuzz_check_result(fuzz, SPI_tuptable->vals[row], SPI_tuptable->tupdesc, i);
}

static void
fuzz_step_use(Fuzz *fuzz)
{
	Datum		values[5] = {
		fuzz->value, fuzz_row(fuzz), fuzz->real[fuzz_below(&fuzz->rng, fuzz->seeds.n)],
		Float8GetDatum(fuzz_below(&fuzz->rng, 2) ? 0.01 : fuzz_double(&fuzz->rng)),
		fuzz_places(fuzz),
	};

	if (SPI_execute_plan(fuzz->plan[fuzz->now], values, NULL, !fuzz->kind->writes, 0) < 0)
		elog(ERROR, "could not execute: %s", fuzz->use[fuzz->now]);
	fuzz_check_results(fuzz);
	SPI_freetuptable(SPI_tuptable);
}

static void
fuzz_make_input(Fuzz *fuzz)
{
	const StringInfo from = &fuzz->seeds.seed[fuzz_below(&fuzz->rng, fuzz->seeds.n)];

	resetStringInfo(&fuzz->input);
	if (fuzz->kind->binary)
	{
		StringInfoData value;

		initStringInfo(&value);
		appendBinaryStringInfo(&value, from->data, from->len);
		fuzz_mutate_value(&value, &fuzz->seeds, &fuzz->rng);
		fuzz_pack(&fuzz->input, &value);
		if (fuzz_below(&fuzz->rng, 64) == 0 && fuzz->input.len > 0)
			fuzz->input.data[fuzz_below(&fuzz->rng, fuzz->input.len)] ^= 1;
	}
	else
	{
		appendBinaryStringInfo(&fuzz->input, from->data, from->len);
		fuzz_mutate_json(&fuzz->input, &fuzz->seeds, &fuzz->rng);
	}

	/* statistics and models have their bytes as text */
	fuzz->as_text = !fuzz->kind->binary;
	if (fuzz->kind->binary && strcmp(fuzz->kind->name, "map") != 0 &&
		fuzz_below(&fuzz->rng, 8) == 0)
	{
		StringInfoData text;

		initStringInfo(&text);
		fuzz_encode(&text, fuzz->input.data, fuzz->input.len);
		if (fuzz_below(&fuzz->rng, 2))
			fuzz_mutate_characters(&text, &fuzz->rng);
		resetStringInfo(&fuzz->input);
		appendBinaryStringInfo(&fuzz->input, text.data, text.len);
		fuzz->as_text = true;
	}
}

static void
fuzz_round(Fuzz *fuzz)
{
	pg_prng_seed(&fuzz->rng, (uint64) fuzz->seed);
	fuzz_make_input(fuzz);
	fuzz->tried++;
	fuzz->now = -1;
	if (!fuzz_try(fuzz, fuzz_step_input, true))
		return;
	fuzz->accepted++;
	if (fuzz->type->oid != JSONBOID)
	{
		fuzz->now = -2;
		fuzz_try(fuzz, fuzz_step_again, true);
		if (fuzz_work(DatumGetPointer(fuzz->value)) > FUZZ_MAX_WORK)
		{
			fuzz->skipped++;
			return;
		}
	}
	for (int i = 0; i < FUZZ_USES && fuzz->n_uses > 0; i++)
	{
		fuzz->now = fuzz_below(&fuzz->rng, fuzz->n_uses);
		if (fuzz_try(fuzz, fuzz_step_use, !fuzz->kind->writes))
			fuzz->used++;
		else
			fuzz->declined++;
	}
}

static void
fuzz_open_file(Fuzz *fuzz, const char *path)
{
	int			file = open(path, O_RDWR | O_CREAT, 0644);

	if (file < 0 || ftruncate(file, FUZZ_FILE_BYTES) != 0 ||
		(fuzz->file = mmap(NULL, FUZZ_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) == MAP_FAILED)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not map \"%s\": %m", path)));
	close(file);
}

static void
fuzz_find_type(FuzzType *type, const char *name, MemoryContext context)
{
	Oid			function;
	bool		varlena;

	parseTypeString(name, &type->oid, &(int32) {0}, false);
	getTypeInputInfo(type->oid, &function, &type->parameter);
	fmgr_info_cxt(function, &type->in, context);
	getTypeBinaryInputInfo(type->oid, &function, &type->parameter);
	fmgr_info_cxt(function, &type->recv, context);
	getTypeOutputInfo(type->oid, &function, &varlena);
	fmgr_info_cxt(function, &type->out, context);
	getTypeBinaryOutputInfo(type->oid, &function, &varlena);
	fmgr_info_cxt(function, &type->send, context);
}

static void
fuzz_find_types(Fuzz *fuzz)
{
	for (int i = 0; i < (int) lengthof(fuzz_type_names); i++)
	{
		fuzz_find_type(&fuzz->types[i], fuzz_type_names[i], fuzz->keep);
		if (strcmp(fuzz_type_names[i], fuzz->kind->type) == 0)
			fuzz->type = &fuzz->types[i];
	}
}

static Datum *
fuzz_elements(ArrayType *array, Oid type, int *n)
{
	Datum	   *elements;

	deconstruct_array(array, type, -1, false, TYPALIGN_INT, &elements, NULL, n);
	return elements;
}

static void
fuzz_take_seeds(Fuzz *fuzz, ArrayType *seeds)
{
	Datum	   *seed = fuzz_elements(seeds, BYTEAOID, &fuzz->seeds.n);

	if (fuzz->seeds.n == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there are no seeds")));
	fuzz->seeds.seed = palloc(sizeof(StringInfoData) * fuzz->seeds.n);
	fuzz->real = palloc(sizeof(Datum) * fuzz->seeds.n);
	for (int i = 0; i < fuzz->seeds.n; i++)
	{
		bytea	   *bytes = DatumGetByteaPP(seed[i]);
		StringInfo	to = &fuzz->seeds.seed[i];

		initStringInfo(to);
		if (fuzz->kind->binary)
		{
			fuzz_unpack(to, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
			fuzz->real[i] = fuzz_read_binary(fuzz->type, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		}
		else
		{
			appendBinaryStringInfo(to, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
			fuzz->real[i] = InputFunctionCall(&fuzz->type->in, to->data, fuzz->type->parameter, -1);
		}
	}
}

static void
fuzz_take_uses(Fuzz *fuzz, ArrayType *uses)
{
	Oid			types[5] = {fuzz->type->oid, FLOAT8ARRAYOID, fuzz->type->oid, FLOAT8OID, INT4ARRAYOID};
	Datum	   *use = fuzz_elements(uses, TEXTOID, &fuzz->n_uses);

	if (fuzz->n_uses > FUZZ_MAX_USES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("%d uses are more than %d", fuzz->n_uses, FUZZ_MAX_USES)));
	for (int i = 0; i < fuzz->n_uses; i++)
	{
		fuzz->use[i] = TextDatumGetCString(use[i]);
		fuzz->plan[i] = SPI_prepare_cursor(fuzz->use[i], lengthof(types), types,
										   CURSOR_OPT_GENERIC_PLAN);
		if (!fuzz->plan[i])
			elog(ERROR, "could not prepare: %s", fuzz->use[i]);
	}
}

static const FuzzKind *
fuzz_kind_by_name(const char *name)
{
	for (int i = 0; i < (int) lengthof(fuzz_kinds); i++)
		if (strcmp(fuzz_kinds[i].name, name) == 0)
			return &fuzz_kinds[i];
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown kind \"%s\"", name)));
}

static void
fuzz_rounds(Fuzz *fuzz, int64 rounds, double seconds)
{
	instr_time	start,
				now;

	INSTR_TIME_SET_CURRENT(start);
	for (int64 i = 0; i < rounds; i++)
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(fuzz->round);
		fuzz_round(fuzz);
		MemoryContextReset(fuzz->round);
		initStringInfo(&fuzz->input);
		fuzz->seed++;
		INSTR_TIME_SET_CURRENT(now);
		INSTR_TIME_SUBTRACT(now, start);
		if (INSTR_TIME_GET_DOUBLE(now) >= seconds)
			break;
	}
}

extern PGDLLEXPORT Datum ntk_fuzz(PG_FUNCTION_ARGS);
PG_FUNCTION_INFO_V1(ntk_fuzz);
Datum
ntk_fuzz(PG_FUNCTION_ARGS)
{
	Fuzz		fuzz = {.kind = fuzz_kind_by_name(text_to_cstring(PG_GETARG_TEXT_PP(0)))};
	MemoryContext caller = CurrentMemoryContext;
	TupleDesc	row;
	Datum		values[10];
	bool		nulls[10] = {false};

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ntk_fuzz must return a row");
	if (fuzz_timeout == 0)
		fuzz_timeout = RegisterTimeout(USER_TIMEOUT, fuzz_be_late);
	SPI_connect();
	fuzz.keep = AllocSetContextCreate(CurrentMemoryContext, "fuzz", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(fuzz.keep);
	fuzz_open_file(&fuzz, text_to_cstring(PG_GETARG_TEXT_PP(6)));
	fuzz_find_types(&fuzz);
	fuzz_take_seeds(&fuzz, PG_GETARG_ARRAYTYPE_P(4));
	fuzz_take_uses(&fuzz, PG_GETARG_ARRAYTYPE_P(5));
	fuzz.round = AllocSetContextCreate(fuzz.keep, "fuzz round", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(fuzz.round);
	initStringInfo(&fuzz.input);
	fuzz.seed = PG_GETARG_INT64(1);
	fuzz_rounds(&fuzz, PG_GETARG_INT64(2), PG_GETARG_FLOAT8(3));
	munmap(fuzz.file, FUZZ_FILE_BYTES);

	MemoryContextSwitchTo(caller);
	values[0] = Int64GetDatum(fuzz.tried);
	values[1] = Int64GetDatum(fuzz.accepted);
	values[2] = Int64GetDatum(fuzz.tried - fuzz.accepted);
	values[3] = Int64GetDatum(fuzz.used);
	values[4] = Int64GetDatum(fuzz.declined);
	values[5] = Int64GetDatum(fuzz.skipped);
	values[6] = Int64GetDatum(fuzz.faults);
	nulls[7] = fuzz.first_fault == NULL;
	values[7] = nulls[7] ? (Datum) 0 : CStringGetTextDatum(fuzz.first_fault);
	values[8] = Float8GetDatum(fuzz.slowest);
	values[9] = Int64GetDatum(fuzz.slowest_seed);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}
