/*
 * status.h
 *		What the mathematics reports to its caller.
 *
 * Everything under src/core takes its memory from the caller, keeps no global
 * state and never fails any other way than by returning one of these.
 */
#ifndef NTK_STATUS_H
#define NTK_STATUS_H

typedef enum ntk_status
{
	NTK_OK = 0,
	NTK_OVERFLOW,			/* a result is not representable as a finite number */
	NTK_NOT_POSITIVE		/* a matrix to factor is not positive definite */
} ntk_status;

/*
 * Long computations call this between pieces of at most NTK_PIECE_FLOPS, so
 * that the caller can look for a cancel request. It may leave by longjmp:
 * core holds no resource across the call, and the caller must then treat the
 * destination of the computation as garbage. May be NULL.
 */
typedef void (*ntk_pause) (void);

#define NTK_PIECE_FLOPS 2e9		/* about 30 ms on one core */

static inline void
ntk_pause_if(ntk_pause pause)
{
	if (pause)
		pause();
}

#endif
