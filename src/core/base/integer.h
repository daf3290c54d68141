/*
 * integer.h
 *		Small arithmetic of sizes.
 */
#ifndef NTK_INTEGER_H
#define NTK_INTEGER_H

static inline int
ntk_smaller(int a, int b)
{
	return a < b ? a : b;
}

static inline int
ntk_larger(int a, int b)
{
	return a > b ? a : b;
}

/* Blocks of this size that n things fill, the last one perhaps in part. */
static inline int
ntk_blocks(int n, int size)
{
	return (n + size - 1) / size;
}

#endif
