/*
 * module.h
 *		Settings, and the checks every part of the glue makes.
 */
#ifndef NTK_MODULE_H
#define NTK_MODULE_H

#include "pg/base/compat.h"

/*
 * Refuses work that needs more memory than ntk_sketch.max_memory: call it before the
 * first allocation. what names the thing in the error, as in "ntk_gram of width 4096".
 */
extern void ntk_check_memory(Size bytes, const char *what);

/* That setting, in bytes. */
extern Size ntk_max_memory(void);

/*
 * Bytes that may be kept of what can be loaded again: ntk_sketch.cache_memory, for each of the
 * caches that a backend has.
 */
extern Size ntk_cache_memory(void);

/* Refuses an integer parameter outside its range. */
extern void ntk_check_range(const char *parameter, int64 value, int64 low, int64 high);

/* The place of name among n names, from 0; an error that lists them if there is none. */
extern int	ntk_name_index(const char *what, const char *name, const char *const *names, int n);

/* The memory context of the aggregate that calls; an error if something else does. */
extern MemoryContext ntk_aggregate_context(FunctionCallInfo fcinfo);

/* The state of an aggregate that is an argument, or NULL. */
extern void *ntk_aggregate_state(FunctionCallInfo fcinfo, int argument);

/* Refuses a NULL argument, where there is one; what is not the same in all rows of a group. */
extern void ntk_check_not_null(FunctionCallInfo fcinfo, int argument, const char *parameter);
extern void ntk_refuse_change(const char *parameter);

/* Serves cancel requests; the ntk_pause of all computations. */
extern void ntk_check_interrupts(void);

#endif
