/*
 * progress.h
 *		Notices of how far long work has come.
 */
#ifndef NTK_PROGRESS_H
#define NTK_PROGRESS_H

#include "pg/base/compat.h"

#include "utils/timestamp.h"

typedef struct NtkProgress
{
	const char *what;			/* who works, as in "ntk_gram" */
	const char *unit;			/* what is counted, as in "rows" */
	bool		is_estimate;	/* whether expected is one */
	double		expected;		/* how many there will be; 0: unknown */
	TimestampTz begun;
	TimestampTz next;			/* notice */
} NtkProgress;

/* Defines the setting ntk_sketch.progress_interval. */
extern void ntk_progress_setting(void);

/* Work begins; strings are kept, not copied. */
extern NtkProgress ntk_progress_begin(const char *what, const char *unit, double expected,
									  bool is_estimate);

/* So much of it is done. Sends a notice if the last one is long enough ago. */
extern void ntk_progress_done(NtkProgress *progress, double done);

#endif
