/*
 * calibrate.c
 *		Newton's method on the log loss of a softmax, in the logarithm of the temperature.
 *
 * With b = 1/T and margins d a row's loss is ln(1 + sum_j exp(b d_j)): convex in b, with the
 * mean of the margins under the softmax as its slope and their variance as its curvature
 * (the observed class takes part with margin 0). The minimum is where the slope changes
 * its sign, which is looked for in t = ln b, as b spans six decades.
 */
#include "core/regression/calibrate.h"

#include <math.h>
#include <stddef.h>

#define CLOSE 1e-11				/* in t: the relative precision of the temperature */
#define MAX_STEPS 200			/* steps or the bracket halve: there are fewer than 100 */
#define PIECE 2000000			/* exponentials between pauses, at about 10 ns each */

void
ntk_softmax(const double *scores, int n, double temperature, double *out)
{
	double		largest = scores[0];
	double		sum = 0;

	for (int i = 1; i < n; i++)
		largest = fmax(largest, scores[i]);
	for (int i = 0; i < n; i++)
	{
		out[i] = exp((scores[i] - largest) / temperature);
		sum += out[i];
	}
	for (int i = 0; i < n; i++)
		out[i] /= sum;
}

typedef struct calibrate_problem
{
	const float *margins;
	const double *weights;
	int			n;
	int			width;
	ntk_pause	pause;
} calibrate_problem;

/* derivatives of the loss by b */
typedef struct calibrate_derivatives
{
	double		slope;
	double		curvature;
} calibrate_derivatives;

/*
 * Moments are taken about the largest margin, where the mass is: otherwise the variance
 * of a row whose classes are far from the observed one would cancel.
 */
static void
calibrate_add_row(const float *margins, int width, double weight, double b,
				  calibrate_derivatives *loss)
{
	double		largest = 0;
	double		mass,
				sum,
				square,
				mean;

	for (int j = 0; j < width; j++)
		largest = fmax(largest, margins[j]);
	mass = exp(-b * largest);
	sum = mass * -largest;
	square = mass * largest * largest;
	for (int j = 0; j < width; j++)
	{
		double		from_largest = margins[j] - largest;
		double		e = exp(b * from_largest);

		mass += e;
		sum += e * from_largest;
		square += e * from_largest * from_largest;
	}
	mean = sum / mass;
	loss->slope += weight * (mean + largest);
	loss->curvature += weight * (square / mass - mean * mean);
}

static calibrate_derivatives
calibrate_derivatives_at(const calibrate_problem *p, double t)
{
	const int	rows = PIECE / p->width + 1;
	const double b = exp(t);
	calibrate_derivatives loss = {0, 0};

	for (int i = 0; i < p->n; i++)
	{
		if (i % rows == 0)
			ntk_pause_if(p->pause);
		calibrate_add_row(p->margins + (size_t) i * p->width, p->width, p->weights[i], b, &loss);
	}
	return loss;
}

double
ntk_temperature(const float *margins, const double *weights, int n, int width,
				ntk_pause pause)
{
	const calibrate_problem p = {margins, weights, n, width, pause};
	double		low = -log(NTK_MAX_TEMPERATURE);
	double		high = -log(NTK_MIN_TEMPERATURE);
	double		at_low = calibrate_derivatives_at(&p, low).slope;
	double		at_high = calibrate_derivatives_at(&p, high).slope;
	double		t = 0;
	double		step = high - low;

	if (at_low == 0 && at_high == 0)
		return 1;
	if (at_low >= 0)
		return NTK_MAX_TEMPERATURE;
	if (at_high <= 0)
		return NTK_MIN_TEMPERATURE;
	for (int i = 0; i < MAX_STEPS && fabs(step) > CLOSE; i++)
	{
		calibrate_derivatives loss = calibrate_derivatives_at(&p, t);
		double		newton = -loss.slope / (exp(t) * loss.curvature);

		/* a step that is lost in t would look like one that leaves the bracket */
		if (loss.slope == 0 || fabs(newton) <= CLOSE)
			break;
		if (loss.slope > 0)
			high = t;
		else
			low = t;
		/* no curvature makes an infinity or a NaN of it, which no comparison takes */
		if (t + newton > low && t + newton < high && fabs(newton) <= 0.5 * fabs(step))
			step = newton;
		else
			step = 0.5 * (low + high) - t;
		t += step;
	}
	return exp(-t);
}
