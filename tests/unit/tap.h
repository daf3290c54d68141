/*
 * tap.h
 *		The Test Anything Protocol for the unit tests.
 *
 * Every check prints one line, "ok N - what" or "not ok N - what"; a failed one
 * adds diagnostics. A program ends with "return done_testing();".
 */
#ifndef TAP_H
#define TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int	tap_checks = 0;
static int	tap_failures = 0;

static inline int
tap_vok(int condition, const char *format, va_list arguments)
{
	tap_checks++;
	if (!condition)
		tap_failures++;
	printf("%sok %d - ", condition ? "" : "not ", tap_checks);
	vprintf(format, arguments);
	printf("\n");
	fflush(stdout);
	return condition;
}

/* one check; gives back the condition */
__attribute__((format(printf, 2, 3))) static inline int
ok(int condition, const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	tap_vok(condition, format, arguments);
	va_end(arguments);
	return condition;
}

/* a line for the reader */
__attribute__((format(printf, 1, 2))) static inline void
diag(const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	printf("# ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
}

/* |got - want| <= tolerance; a NaN is never near anything */
static inline int
is_near(double got, double want, double tolerance)
{
	return got == want || fabs(got - want) <= tolerance;
}

__attribute__((format(printf, 4, 5))) static inline int
near(double got, double want, double tolerance, const char *format, ...)
{
	va_list		arguments;
	int			condition = is_near(got, want, tolerance);

	va_start(arguments, format);
	tap_vok(condition, format, arguments);
	va_end(arguments);
	if (!condition)
		diag("got %.17g, want %.17g, difference %.3g, tolerance %.3g", got, want,
			 got - want, tolerance);
	return condition;
}

/* many comparisons as one check: the worst of them is kept for the diagnostics */
typedef struct tap_worst
{
	long		count;
	double		excess;			/* |got - want| / tolerance */
	double		got;
	double		want;
	double		tolerance;
	char		where[160];
} tap_worst;

__attribute__((format(printf, 5, 6))) static inline void
worst_note(tap_worst *worst, double got, double want, double tolerance, const char *format,
		   ...)
{
	double		excess;

	if (got == want)
		excess = 0;
	else
		excess = fabs(got - want) / tolerance;
	if (isnan(excess))
		excess = INFINITY;
	if (worst->count++ == 0 || excess > worst->excess)
	{
		va_list		arguments;

		worst->excess = excess;
		worst->got = got;
		worst->want = want;
		worst->tolerance = tolerance;
		va_start(arguments, format);
		vsnprintf(worst->where, sizeof(worst->where), format, arguments);
		va_end(arguments);
	}
}

/* passes if there was at least one comparison and all were within tolerance */
__attribute__((format(printf, 2, 3))) static inline int
worst_ok(const tap_worst *worst, const char *format, ...)
{
	va_list		arguments;
	int			condition = worst->count > 0 && worst->excess <= 1;

	va_start(arguments, format);
	tap_vok(condition, format, arguments);
	va_end(arguments);
	if (worst->count == 0)
		diag("nothing was compared");
	else if (!condition)
		diag("worst of %ld, at %s: got %.17g, want %.17g, difference %.3g, tolerance %.3g",
			 worst->count, worst->where, worst->got, worst->want, worst->got - worst->want,
			 worst->tolerance);
	return condition;
}

/* when the test cannot run at all */
__attribute__((format(printf, 1, 2), noreturn)) static inline void
bail_out(const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	printf("Bail out! ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
	exit(255);
}

/* prints the plan; the exit code of the program */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_checks);
	if (tap_failures > 0)
		diag("%d of %d checks failed", tap_failures, tap_checks);
	return tap_failures == 0 && tap_checks > 0 ? 0 : 1;
}

#endif
