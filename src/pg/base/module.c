/*
 * module.c
 *		Loading, settings, version.
 *
 * A backend that loads the library maps 128 MB of address space for OpenBLAS's buffer, of which
 * matrix products touch a few MB, and keeps it. ntk_sketch.max_memory does not count it.
 */
#include "pg/base/module.h"

#include <sys/mman.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "pg/base/progress.h"

#include "core/base/simd.h"
#include "core/linalg/blas.h"

NTK_MODULE_MAGIC;

static int	module_max_memory_kb = 1024 * 1024;
static int	module_cache_memory_kb = 64 * 1024;

PGDLLEXPORT void _PG_init(void);

/*
 * OpenBLAS would wait for memory in a loop that no cancel request ends, with an address space
 * that is limited (ulimit -v) or where the system does not overcommit. So we try first whether
 * there is enough, and have it take its buffer at once: the loop cannot happen later.
 */
static void
module_take_blas_buffer(void)
{
	void	   *probe = mmap(NULL, NTK_BLAS_BUFFER, PROT_READ | PROT_WRITE,
							 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (probe == MAP_FAILED)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("OpenBLAS needs %zu MB of address space for its buffer: %m.",
						   NTK_BLAS_BUFFER / 1024 / 1024),
				 errhint("Raise the limit of the server's address space, or what the system may "
						 "commit (vm.overcommit_memory).")));
	munmap(probe, NTK_BLAS_BUFFER);
	ntk_blas_take_buffer();
}

/* An error leaves the library unloaded: the next call tries again. So it comes before settings. */
void
_PG_init(void)
{
	module_take_blas_buffer();
	DefineCustomIntVariable("ntk_sketch.max_memory",
							"Most memory that one statistic, map, model or solve may take.",
							"It applies to each group of an aggregate separately.",
							&module_max_memory_kb, 1024 * 1024, 1024, INT_MAX, PGC_USERSET,
							GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("ntk_sketch.cache_memory",
							"Memory for maps and models that no query uses at the moment.",
							"What was used least recently goes first, and is read again when it is needed. "
							"Maps and models by value have as much as models by name.",
							&module_cache_memory_kb, 64 * 1024, 1024, INT_MAX, PGC_USERSET,
							GUC_UNIT_KB, NULL, NULL, NULL);
	ntk_progress_setting();
	MarkGUCPrefixReserved("ntk_sketch");

	if (ntk_blas_parallel() != 0)
		ereport(WARNING,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("ntk_sketch is linked with a multi-threaded OpenBLAS"),
				 errdetail("Threads in a server process can receive its signals."),
				 errhint("Rebuild ntk_sketch with the serial build of OpenBLAS.")));
}

Size
ntk_max_memory(void)
{
	return (Size) module_max_memory_kb * 1024;
}

void
ntk_check_memory(Size bytes, const char *what)
{
	const Size	mb = 1024 * 1024;

	if (bytes <= (Size) module_max_memory_kb * 1024)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("%s needs %zu MB of memory, ntk_sketch.max_memory allows %zu MB", what,
					(bytes + mb - 1) / mb, (Size) module_max_memory_kb / 1024),
			 errhint("Use fewer components, or raise ntk_sketch.max_memory.")));
}

Size
ntk_cache_memory(void)
{
	return (Size) module_cache_memory_kb * 1024;
}

void
ntk_check_range(const char *parameter, int64 value, int64 low, int64 high)
{
	if (value >= low && value <= high)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be between %lld and %lld, not %lld", parameter, (long long) low,
					(long long) high, (long long) value)));
}

int
ntk_name_index(const char *what, const char *name, const char *const *names, int n)
{
	StringInfoData list;

	for (int i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	initStringInfo(&list);
	for (int i = 0; i < n; i++)
		appendStringInfo(&list, "%s\"%s\"", i ? ", " : "", names[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown %s \"%s\"", what, name),
			 errhint("Known: %s.", list.data)));
}

void
ntk_check_not_null(FunctionCallInfo fcinfo, int argument, const char *parameter)
{
	if (PG_NARGS() > argument && PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", parameter)));
}

void
ntk_refuse_change(const char *parameter)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", parameter)));
}

void
ntk_check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

MemoryContext
ntk_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function %s is a part of aggregates", get_func_name(fcinfo->flinfo->fn_oid)),
				 errhint("Call an aggregate instead.")));
	return context;
}

void *
ntk_aggregate_state(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : PG_GETARG_POINTER(argument);
}

/* ntk_sketch_version() -> (extension, openblas, core, simd) */
NTK_FUNCTION(ntk_sql_version);
Datum
ntk_sql_version(PG_FUNCTION_ARGS)
{
	TupleDesc	row;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ntk_sketch_version must return a row");
	values[0] = CStringGetTextDatum(NTK_SKETCH_VERSION);
	values[1] = CStringGetTextDatum(ntk_blas_config());
	values[2] = CStringGetTextDatum(ntk_blas_core());
	values[3] = CStringGetTextDatum(NTK_SIMD_LEVEL());
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls)));
}
