/*
 * calibrate.c
 *		Vector scaling: Newton's method with conjugate gradients.
 *
 * Scores are standardised for each class first: u_k = (g_k(s_k) - mean_k) / sd_k. The unknowns
 * are the 2K + 1 numbers
 *
 *		alpha_k						the intercept at the mean scores
 *		theta						the common slope
 *		delta_k						what class k has beside it
 *
 * and a row's argument of the softmax is alpha_k + (theta r_k + delta_k) u_k, r_k = sd_k / sd,
 * sd^2 the mean of the sd_k^2. The loss is convex, and is the same if all alpha_k grow by the
 * same: steps and gradients are kept from that direction, where rounding errors would be all
 * that there is. What the targets t of rows contribute to it
 * is linear in the unknowns, so their sums are taken once. A Hessian times a vector costs one
 * pass over the rows.
 */
#include "core/regression/calibrate.h"

#include <math.h>
#include <string.h>

#include "core/base/integer.h"
#include "core/regression/gram.h"

#define PIECE 2000000			/* exponentials between pauses, at about 10 ns each */
#define LARGEST 1e300			/* arguments of the softmax are clipped to it */
#define MOST_NEWTON 50
#define MOST_CONJUGATE 60
#define MOST_HALVINGS 40
#define CLOSE 1e-9				/* the gain per row of a Newton step that is the last */
#define NOTHING 1e-20			/* and of one that is none */
#define INEXACT 1e-2			/* the part of the gradient that conjugate gradients leave */

/* knees in units of the mean score of a class */
static const double calibrate_knees[] = {0, 1, 0.3, 0.1, 0.03, 0.01};

#define ROWS_FOR_KNEES 8000.0	/* of all classes, by which they are chosen */
#define LEAST_FOR_KNEES 100		/* of each */

#define KNEES ((int) (sizeof(calibrate_knees) / sizeof(*calibrate_knees)))

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

static inline double
calibrate_transform(double score, double knee)
{
	return knee > 0 ? asinh(0.5 * score / knee) : score;
}

void
ntk_calibrate(const double *scores, int classes, const double *calibration, double *out)
{
	const double *slope = calibration + classes;
	const double *knee = slope + classes;

	for (int k = 0; k < classes; k++)
	{
		double		argument = calibration[k] + slope[k] * calibrate_transform(scores[k], knee[k]);

		out[k] = fmin(fmax(argument, -LARGEST), LARGEST);
	}
	ntk_softmax(out, classes, 1, out);
}

typedef struct calibrate_problem
{
	const ntk_class_rows *rows;
	int			classes;
	int			unknowns;
	float	   *u;				/* [rows][classes] */
	ntk_pause	pause;
	int			until_pause;	/* rows */
	/* [classes], of the numbers of rows: */
	double	   *doubt;			/* that a row of the class is one of another */
	double	   *other;			/* the classes that such rows have */
	/* [classes], of the transformed scores: */
	double	   *knee;
	double	   *mean;
	double	   *deviation;
	double	   *ratio;			/* r */
	double	   *target;			/* sums of t_k */
	double	   *target_u;		/* and of t_k u_k */
	/* of the row at hand, [classes]: */
	double	   *p;
	double	   *change;
	/* of a sum over rows, [classes]: */
	double	   *slope;
	double	   *sum;
	double	   *sum_u;
} calibrate_problem;

/* vectors of unknowns */
typedef struct calibrate_vectors
{
	double	   *x;
	double	   *trial;
	double	   *gradient;
	double	   *diagonal;		/* of the Hessian */
	double	   *step;
	double	   *residual;
	double	   *direction;
	double	   *product;
} calibrate_vectors;

#define CLASS_VECTORS 13
#define UNKNOWN_VECTORS 8

size_t
ntk_calibrate_doubles(int classes)
{
	return (size_t) (CLASS_VECTORS + 1) * classes + UNKNOWN_VECTORS * (2 * (size_t) classes + 1);
}

static double *
calibrate_take(double **work, int n)
{
	double	   *taken = *work;

	*work += n;
	return taken;
}

static void
calibrate_lay_out(calibrate_problem *p, calibrate_vectors *v, double **work)
{
	double	  **of_classes[CLASS_VECTORS] = {
		&p->doubt, &p->other, &p->knee, &p->mean, &p->deviation, &p->ratio, &p->target,
		&p->target_u, &p->p, &p->change, &p->slope, &p->sum, &p->sum_u
	};
	double	  **of_unknowns[UNKNOWN_VECTORS] = {
		&v->x, &v->trial, &v->gradient, &v->diagonal, &v->step, &v->residual, &v->direction,
		&v->product
	};

	for (int i = 0; i < CLASS_VECTORS; i++)
		*of_classes[i] = calibrate_take(work, p->classes);
	for (int i = 0; i < UNKNOWN_VECTORS; i++)
		*of_unknowns[i] = calibrate_take(work, p->unknowns);
}

/* between rows */
static inline void
calibrate_pause(calibrate_problem *p)
{
	if (--p->until_pause > 0)
		return;
	p->until_pause = PIECE / p->classes + 1;
	ntk_pause_if(p->pause);
}

static double
calibrate_weight(const ntk_class_rows *rows)
{
	double		sum = 0;

	for (int i = 0; i < rows->n; i++)
		sum += rows->weights[i];
	return sum;
}

/*
 * doubt_j = 1 / (N_j + 1), and other such that as many rows come to a class by doubt as leave
 * it: then the probabilities of a class sum to N_k at the minimum.
 */
static void
calibrate_doubt(const ntk_class_rows *rows, int classes, double *doubt, double *other)
{
	double		sum = 0;

	for (int k = 0; k < classes; k++)
	{
		double		weight = calibrate_weight(&rows[k]);

		doubt[k] = 1 / (weight + 1);
		other[k] = weight * doubt[k];
		sum += other[k];
	}
	for (int k = 0; k < classes; k++)
		other[k] /= sum;
}

/* means of the scores, where scores are not transformed yet; the sum of the weights */
static double
calibrate_means(calibrate_problem *p)
{
	double		total = 0;

	memset(p->mean, 0, sizeof(double) * p->classes);
	for (int j = 0; j < p->classes; j++)
		total += calibrate_weight(&p->rows[j]);
	for (int j = 0; j < p->classes; j++)
		for (int i = 0; i < p->rows[j].n; i++)
		{
			const float *scores = p->rows[j].scores + (size_t) i * p->classes;
			double		share = p->rows[j].weights[i] / total;

			calibrate_pause(p);
			for (int k = 0; k < p->classes; k++)
				p->mean[k] += share * scores[k];
		}
	return total;
}

/* Fills u, first with what is not standardised yet: mean and deviation of it follow. */
static void
calibrate_standardise(calibrate_problem *p, double total)
{
	float	   *u = p->u;

	memset(p->mean, 0, sizeof(double) * p->classes);
	memset(p->deviation, 0, sizeof(double) * p->classes);
	for (int j = 0; j < p->classes; j++)
		for (int i = 0; i < p->rows[j].n; i++, u += p->classes)
		{
			const float *scores = p->rows[j].scores + (size_t) i * p->classes;

			calibrate_pause(p);
			for (int k = 0; k < p->classes; k++)
			{
				u[k] = (float) calibrate_transform(scores[k], p->knee[k]);
				p->mean[k] += p->rows[j].weights[i] / total * u[k];
			}
		}
	u = p->u;
	for (int j = 0; j < p->classes; j++)
		for (int i = 0; i < p->rows[j].n; i++, u += p->classes)
			for (int k = 0; k < p->classes; k++)
			{
				double		centred = u[k] - p->mean[k];

				p->deviation[k] += p->rows[j].weights[i] / total * centred * centred;
			}
	for (int k = 0; k < p->classes; k++)
		p->deviation[k] = sqrt(p->deviation[k]);
}

/*
 * Scores of a class that do not vary but by rounding to single precision have u = 0. Then the
 * sums of targets: with the row at the mean of the scores, whose u is 0.
 */
static void
calibrate_take_targets(calibrate_problem *p)
{
	double		square = 0;
	float	   *u = p->u;

	for (int k = 0; k < p->classes; k++)
	{
		if (!(p->deviation[k] > 1e-6 * fabs(p->mean[k])))
			p->deviation[k] = 0;
		square += p->deviation[k] * p->deviation[k] / p->classes;
		p->target[k] = 1.0 / p->classes;
		p->target_u[k] = 0;
	}
	for (int k = 0; k < p->classes; k++)
		p->ratio[k] = square > 0 ? p->deviation[k] / sqrt(square) : 0;
	for (int j = 0; j < p->classes; j++)
		for (int i = 0; i < p->rows[j].n; i++, u += p->classes)
		{
			calibrate_pause(p);
			for (int k = 0; k < p->classes; k++)
			{
				double		t = p->doubt[j] * p->other[k] + (k == j ? 1 - p->doubt[j] : 0);

				u[k] = p->deviation[k] > 0
					? (float) ((u[k] - p->mean[k]) / p->deviation[k]) : 0;
				p->target[k] += p->rows[j].weights[i] * t;
				p->target_u[k] += p->rows[j].weights[i] * t * u[k];
			}
		}
}

/* the slopes in u that unknowns, or a change of them, stand for */
static void
calibrate_slopes(calibrate_problem *p, const double *x)
{
	for (int k = 0; k < p->classes; k++)
		p->slope[k] = x[p->classes] * p->ratio[k] + x[p->classes + 1 + k];
}

/* p of a row with these u, or NULL for that at the mean; ln of the sum of exponentials */
static double
calibrate_row(calibrate_problem *p, const double *x, const float *u)
{
	double		largest = -INFINITY;
	double		sum = 0;

	for (int k = 0; k < p->classes; k++)
	{
		p->p[k] = x[k] + (u ? p->slope[k] * u[k] : 0);
		largest = fmax(largest, p->p[k]);
	}
	for (int k = 0; k < p->classes; k++)
	{
		p->p[k] = exp(p->p[k] - largest);
		sum += p->p[k];
	}
	for (int k = 0; k < p->classes; k++)
		p->p[k] /= sum;
	return largest + log(sum);
}

/* from sums over rows by class, of something and of it times u, to unknowns */
static void
calibrate_gather(const calibrate_problem *p, const double *ratio_power, double *out)
{
	double	   *delta = out + p->classes + 1;

	memcpy(out, p->sum, sizeof(double) * p->classes);
	memcpy(delta, p->sum_u, sizeof(double) * p->classes);
	out[p->classes] = 0;
	for (int k = 0; k < p->classes; k++)
		out[p->classes] += ratio_power[k] * p->sum_u[k];
}

/* a row of the loss: sums of p, or of the diagonal of the Hessian */
static inline void
calibrate_add_row(const calibrate_problem *p, double weight, const float *u, int wants_diagonal)
{
	for (int k = 0; k < p->classes; k++)
	{
		double		term = weight * p->p[k] * (wants_diagonal ? 1 - p->p[k] : 1);

		p->sum[k] += term;
		if (u)
			p->sum_u[k] += term * u[k] * (wants_diagonal ? u[k] : 1);
	}
}

static void
calibrate_clear(calibrate_problem *p)
{
	memset(p->sum, 0, sizeof(double) * p->classes);
	memset(p->sum_u, 0, sizeof(double) * p->classes);
}

/* the penalised loss, and out: its gradient, or NULL */
static double
calibrate_evaluate(calibrate_problem *p, const double *x, double *out)
{
	const float *u = p->u;
	double		loss;

	calibrate_slopes(p, x);
	calibrate_clear(p);
	loss = calibrate_row(p, x, NULL);
	calibrate_add_row(p, 1, NULL, 0);
	for (int j = 0; j < p->classes; j++)
		for (int i = 0; i < p->rows[j].n; i++, u += p->classes)
		{
			double		weight = p->rows[j].weights[i];

			calibrate_pause(p);
			loss += weight * calibrate_row(p, x, u);
			calibrate_add_row(p, weight, u, 0);
		}
	for (int k = 0; k < p->classes; k++)
	{
		double		delta = x[p->classes + 1 + k];

		loss += 0.5 * delta * delta - x[k] * p->target[k] - p->slope[k] * p->target_u[k];
		p->sum[k] -= p->target[k];
		p->sum_u[k] -= p->target_u[k];
	}
	if (!out)
		return loss;
	calibrate_gather(p, p->ratio, out);
	for (int k = 0; k < p->classes; k++)
		out[p->classes + 1 + k] += x[p->classes + 1 + k];
	return loss;
}

/* the diagonal of the Hessian, for conjugate gradients: of theta roughly; all positive */
static void
calibrate_diagonal(calibrate_problem *p, const double *x, double *out)
{
	const float *u = p->u;

	calibrate_slopes(p, x);
	calibrate_clear(p);
	calibrate_row(p, x, NULL);
	calibrate_add_row(p, 1, NULL, 1);
	for (int j = 0; j < p->classes; j++)
		for (int i = 0; i < p->rows[j].n; i++, u += p->classes)
		{
			calibrate_pause(p);
			calibrate_row(p, x, u);
			calibrate_add_row(p, p->rows[j].weights[i], u, 1);
		}
	for (int k = 0; k < p->classes; k++)
		p->change[k] = p->ratio[k] * p->ratio[k];
	calibrate_gather(p, p->change, out);
	for (int i = 0; i < p->unknowns; i++)
		out[i] = (i > p->classes ? out[i] + 1 : out[i]) + 1e-12;
}

/* out = the Hessian at x times y */
static void
calibrate_multiply(calibrate_problem *p, const double *x, const double *y, double *out)
{
	const float *u = p->u;
	int			row = -1;

	calibrate_clear(p);
	for (int j = -1; j < p->classes; j++)	/* before the first class the row at the mean */
		for (int i = 0; i < (j < 0 ? 1 : p->rows[j].n); i++, row++)
		{
			const float *at = j < 0 ? NULL : u + (size_t) row * p->classes;
			double		weight = j < 0 ? 1 : p->rows[j].weights[i];
			double		mean = 0;

			calibrate_pause(p);
			calibrate_row(p, x, at);
			for (int k = 0; k < p->classes; k++)
			{
				double		slope = y[p->classes] * p->ratio[k] + y[p->classes + 1 + k];

				p->change[k] = y[k] + (at ? slope * at[k] : 0);
				mean += p->p[k] * p->change[k];
			}
			for (int k = 0; k < p->classes; k++)
			{
				double		term = weight * p->p[k] * (p->change[k] - mean);

				p->sum[k] += term;
				if (at)
					p->sum_u[k] += term * at[k];
			}
		}
	calibrate_gather(p, p->ratio, out);
	for (int k = 0; k < p->classes; k++)
		out[p->classes + 1 + k] += y[p->classes + 1 + k];
}

static double
calibrate_dot(const double *a, const double *b, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* no common change of the intercepts */
static void
calibrate_project(const calibrate_problem *p, double *vector)
{
	double		mean = 0;

	for (int k = 0; k < p->classes; k++)
		mean += vector[k] / p->classes;
	for (int k = 0; k < p->classes; k++)
		vector[k] -= mean;
}

/* direction := the preconditioned residual + beta direction; residual^T of the former */
static double
calibrate_turn(const calibrate_problem *p, const calibrate_vectors *v, double last)
{
	double		now;

	for (int i = 0; i < p->unknowns; i++)
		v->product[i] = v->residual[i] / v->diagonal[i];
	calibrate_project(p, v->product);
	now = calibrate_dot(v->residual, v->product, p->unknowns);
	for (int i = 0; i < p->unknowns; i++)
		v->direction[i] = v->product[i] + (last > 0 ? now / last * v->direction[i] : 0);
	return now;
}

/* step = -H^-1 gradient at x; the slopes are those of x */
static void
calibrate_newton_step(calibrate_problem *p, const calibrate_vectors *v)
{
	double		size,
				first;

	calibrate_diagonal(p, v->x, v->diagonal);
	memset(v->step, 0, sizeof(double) * p->unknowns);
	for (int i = 0; i < p->unknowns; i++)
		v->residual[i] = -v->gradient[i];
	calibrate_project(p, v->residual);
	first = size = calibrate_turn(p, v, 0);
	for (int n = 0; n < MOST_CONJUGATE && size > INEXACT * INEXACT * first; n++)
	{
		double		curvature,
					length;

		calibrate_multiply(p, v->x, v->direction, v->product);
		calibrate_project(p, v->product);
		curvature = calibrate_dot(v->direction, v->product, p->unknowns);
		if (!(curvature > 0))
			return;
		length = size / curvature;
		for (int i = 0; i < p->unknowns; i++)
		{
			v->step[i] += length * v->direction[i];
			v->residual[i] -= length * v->product[i];
		}
		size = calibrate_turn(p, v, size);
	}
}

/* Minimises the loss from x on; the minimum. */
static double
calibrate_minimise(calibrate_problem *p, const calibrate_vectors *v)
{
	double		rows = 0;
	double		loss = calibrate_evaluate(p, v->x, v->gradient);

	for (int k = 0; k < p->classes; k++)
		rows += p->target[k];
	for (int n = 0; n < MOST_NEWTON; n++)
	{
		double		gain,
					length = 1,
					next = INFINITY;

		calibrate_newton_step(p, v);
		gain = -calibrate_dot(v->gradient, v->step, p->unknowns);
		if (!(gain > NOTHING * rows))
			break;
		for (int h = 0; h < MOST_HALVINGS; h++, length *= 0.5)
		{
			for (int i = 0; i < p->unknowns; i++)
				v->trial[i] = v->x[i] + length * v->step[i];
			next = calibrate_evaluate(p, v->trial, v->gradient);
			if (next <= loss - 1e-4 * length * gain + 1e-13 * rows)
				break;
		}
		if (!(next <= loss + 1e-13 * rows))
			break;
		memcpy(v->x, v->trial, sizeof(double) * p->unknowns);
		loss = next;
		if (gain < CLOSE * rows)	/* the next one would gain as much less again */
			break;
	}
	return loss;
}

/* slopes of 0: the intercepts are then known */
static void
calibrate_say_nothing(const calibrate_problem *p, double *x)
{
	memset(x, 0, sizeof(double) * p->unknowns);
	for (int k = 0; k < p->classes; k++)
		x[k] = log(p->target[k]);
}

/* unknowns to what scores are multiplied by; intercepts with mean 0 */
static void
calibrate_unfold(calibrate_problem *p, const double *x, double *calibration)
{
	double	   *slope = calibration + p->classes;
	double		mean = 0;

	calibrate_slopes(p, x);
	for (int k = 0; k < p->classes; k++)
	{
		slope[k] = p->deviation[k] > 0 ? p->slope[k] / p->deviation[k] : 0;
		calibration[k] = x[k] - slope[k] * p->mean[k];
		mean += calibration[k] / p->classes;
	}
	for (int k = 0; k < p->classes; k++)
		calibration[k] -= mean;
	memcpy(slope + p->classes, p->knee, sizeof(double) * p->classes);
}

/* The calibration with knees that are so many times the means; the minimum of the loss. */
static double
calibrate_with_knees(calibrate_problem *p, const calibrate_vectors *v, double times,
					 const double *own_mean, double total, double *calibration)
{
	double		loss;

	for (int k = 0; k < p->classes; k++)
		p->knee[k] = times * own_mean[k];
	calibrate_standardise(p, total);
	calibrate_take_targets(p);
	calibrate_say_nothing(p, v->x);
	v->x[p->classes] = 1;
	loss = calibrate_minimise(p, v);
	if (!(v->x[p->classes] > 0))
	{
		calibrate_say_nothing(p, v->x);
		loss = calibrate_evaluate(p, v->x, NULL);
	}
	calibrate_unfold(p, v->x, calibration);
	return loss;
}

/* the best knees for the first rows of each class: which they are shows in some thousand */
static double
calibrate_choose_knees(calibrate_problem *p, const calibrate_vectors *v, const double *own_mean,
					   double *calibration)
{
	const ntk_class_rows *all = p->rows;
	ntk_class_rows some[NTK_MAX_TARGETS];
	double		least = INFINITY,
				best = 0,
				total = 0,
				rows = 0;

	for (int k = 0; k < p->classes; k++)
		rows += all[k].n;
	for (int k = 0; k < p->classes; k++)
	{
		int			part = (int) (all[k].n * fmin(1, ROWS_FOR_KNEES / rows));

		some[k] = all[k];
		some[k].n = ntk_smaller(all[k].n, ntk_larger(part, LEAST_FOR_KNEES));
		total += calibrate_weight(&some[k]);
	}
	p->rows = some;
	for (int i = 0; i < KNEES; i++)
	{
		double		loss =
			calibrate_with_knees(p, v, calibrate_knees[i], own_mean, total, calibration);

		if (loss < least)
		{
			least = loss;
			best = calibrate_knees[i];
		}
	}
	p->rows = all;
	return best;
}

void
ntk_calibrate_fit(const ntk_class_rows *rows, int classes, float *transformed, double *work,
				  double *calibration, ntk_pause pause)
{
	calibrate_problem p = {
		.rows = rows,.classes = classes,.unknowns = 2 * classes + 1,.u = transformed,
		.pause = pause,.until_pause = 1
	};
	calibrate_vectors v;
	double	   *own_mean;		/* of the scores as they are */
	double		total,
				times = 0;
	int			positive = 1;

	calibrate_lay_out(&p, &v, &work);
	own_mean = work;
	calibrate_doubt(rows, classes, p.doubt, p.other);
	total = calibrate_means(&p);
	memcpy(own_mean, p.mean, sizeof(double) * classes);
	for (int k = 0; k < classes; k++)
		positive &= own_mean[k] > 0;
	if (positive)
		times = calibrate_choose_knees(&p, &v, own_mean, calibration);
	calibrate_with_knees(&p, &v, times, own_mean, total, calibration);
}
