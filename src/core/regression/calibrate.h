/*
 * calibrate.h
 *		Probabilities from class scores: softmax, and its temperature.
 *
 * Temperature scaling (Guo, Pleiss, Sun, Weinberger, On calibration of modern neural
 * networks, 2017, arXiv 1706.04599): one number for all classes, so the order of the
 * classes of a row stays as it is.
 */
#ifndef NTK_CALIBRATE_H
#define NTK_CALIBRATE_H

#include "core/base/status.h"

#define NTK_MIN_TEMPERATURE 1e-3
#define NTK_MAX_TEMPERATURE 1e3

/*
 * out[i] = exp(scores[i] / temperature) / sum over i, for finite scores and a finite positive
 * temperature; no intermediate result overflows. out may be scores.
 */
extern void ntk_softmax(const double *scores, int n, double temperature, double *out);

/*
 * The T in [NTK_MIN_TEMPERATURE, NTK_MAX_TEMPERATURE] that minimises
 *
 *		sum over rows of weight * -ln softmax(scores / T)[class]
 *
 * margins: [n][width], a row the finite scores of the other classes less that of the
 * observed class; weights: [n], positive. 1 if all T are as good.
 */
extern double ntk_temperature(const float *margins, const double *weights, int n, int width,
							  ntk_pause pause);

#endif
