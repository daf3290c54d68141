/*
 * exponential.h
 *		exp(-r^exponent): the functions of the kernels of the distance in the table.
 *
 * Contracts are those of ntk_kernel_entry. In bulk K is good to 1e-6.
 */
#ifndef NTK_EXPONENTIAL_H
#define NTK_EXPONENTIAL_H

extern double ntk_exponential_at(double exponent, double r);
extern void ntk_exponential_apply(double exponent, const double *s, int m, float *out);

/* bounded near s = 0, where K of an exponent below 2 has a tip: see exponential.c */
extern void ntk_exponential_slopes(double exponent, const double *s, int m, float *out);

#endif
