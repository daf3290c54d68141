/*
 * simd.h
 *		Vector code that a package can run anywhere.
 *
 * NTK_SIMD before a function makes the compiler emit it once for the baseline
 * and once for AVX2 with FMA, and the dynamic linker choose by the CPU. Inside,
 * arithmetic is written with ntk_v8, eight floats side by side; on a baseline
 * build the compiler splits them. Results differ between the versions by the
 * rounding of fused multiply-adds only.
 */
#ifndef NTK_SIMD_H
#define NTK_SIMD_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#define NTK_SIMD __attribute__((target_clones("arch=x86-64-v3", "default")))
#define NTK_SIMD_LEVEL() (__builtin_cpu_supports("x86-64-v3") ? "avx2" : "baseline")
#else
#define NTK_SIMD
#define NTK_SIMD_LEVEL() "baseline"
#endif

/* small helpers must be inlined, or they would keep the baseline's instructions */
#define NTK_INLINE static inline __attribute__((always_inline))

/* loads and stores through pointers to these need no alignment */
typedef float ntk_v4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef float ntk_v8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int ntk_v8i __attribute__((vector_size(32)));

#endif
