/*
 * progress.c
 *		Notices of how far long work has come.
 *
 * Of a parallel plan the leader reports on its own share: workers stay silent.
 */
#include "pg/base/progress.h"

#include <math.h>

#include "access/parallel.h"
#include "utils/guc.h"

static int	progress_interval_ms = 10 * 1000;

void
ntk_progress_setting(void)
{
	DefineCustomIntVariable("ntk_sketch.progress_interval",
							"Time between notices of the progress of long work.",
							"0 sends none.",
							&progress_interval_ms, 10 * 1000, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
}

NtkProgress
ntk_progress_begin(const char *what, const char *unit, double expected, bool is_estimate)
{
	TimestampTz now = GetCurrentTimestamp();
	NtkProgress progress = {
		.what = what,
		.unit = unit,
		.is_estimate = is_estimate,
		.expected = expected,
		.begun = now,
		.next = TimestampTzPlusMilliseconds(now, progress_interval_ms),
	};

	return progress;
}

void
ntk_progress_done(NtkProgress *progress, double done)
{
	TimestampTz now;
	double		seconds;

	if (progress_interval_ms == 0 || IsParallelWorker())
		return;
	now = GetCurrentTimestamp();
	if (now < progress->next)
		return;
	progress->next = TimestampTzPlusMilliseconds(now, progress_interval_ms);
	seconds = (now - progress->begun) / (double) USECS_PER_SEC;
	if (done < progress->expected)
		ereport(NOTICE,
				(errmsg("%s: %.0f of %s%.0f %s, %.0f s left", progress->what, done,
						progress->is_estimate ? "~" : "", progress->expected, progress->unit,
						ceil(seconds * (progress->expected - done) / done))));
	else
		ereport(NOTICE,
				(errmsg("%s: %.0f %s, %.0f s so far", progress->what, done, progress->unit,
						seconds)));
}
