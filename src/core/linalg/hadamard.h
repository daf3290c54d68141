/*
 * hadamard.h
 *		The Walsh-Hadamard transform with a diagonal of signs.
 */
#ifndef NTK_HADAMARD_H
#define NTK_HADAMARD_H

#define NTK_HADAMARD_MIN 64		/* shortest transform: one register block */

/*
 * out = H D in, not normalised: H the Hadamard matrix of order n in natural
 * (Sylvester) order, D the diagonal matrix of signs[0..n-1]. n is a power of
 * two, at least NTK_HADAMARD_MIN. out may be in. About n log2 n additions.
 */
extern void ntk_hadamard(const float *in, const float *signs, float *out, int n);

/* the same by its definition's recursion, the oracle of the fast one */
extern void ntk_hadamard_reference(const float *in, const float *signs, float *out, int n);

#endif
