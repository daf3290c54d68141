/*
 * memo.h
 *		The last results of expensive functions, per call site.
 *
 * An immutable function of a row that is the same for many rows is still called for each of
 * them: the planner pulls up a sub-query that was meant to solve a model once, and evaluates
 * an argument of an aggregate per row. Here the last results are kept instead.
 */
#ifndef NTK_MEMO_H
#define NTK_MEMO_H

#include "pg/base/compat.h"

/*
 * What compute returns for these arguments, or a copy of what it returned for them before at
 * this call site, in this transaction. For immutable functions that leave fn_extra alone and
 * whose polymorphic arguments, if any, are arrays; the memory is part of ntk_sketch.max_memory.
 */
extern Datum ntk_memoized(FunctionCallInfo fcinfo, PGFunction compute);

#endif
