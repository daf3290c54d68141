/*
 * test_posterior.c
 *		Predictive variance: against a dense inverse, and by simulation of data drawn from the
 *		model.
 */
#include "core/regression/posterior.h"

#include "fixture.h"
#include "tap.h"

typedef struct fitted
{
	int			n,
				width,
				targets;
	double	   *z;				/* [n][width] */
	double	   *w;				/* [n] */
	double	   *sums;
	ntk_gram	gram;
	ntk_ridge	fit;
	double	   *factor;
	double		df;
	double	   *memory;
	ntk_posterior posterior;
	ntk_status	status;
	int			intact;			/* guards */
} fitted;

/* y: [n][targets] */
static fitted
fit_rows(int n, int width, int targets, const double *z, const double *y, const double *w,
		 double lambda)
{
	fitted		f = {.n = n,.width = width,.targets = targets};
	size_t		bytes = sizeof(double) * ntk_posterior_doubles(width, targets);
	double	   *features = doubles((size_t) n * width);
	double	   *augmented = doubles((size_t) n * (targets + 1));
	double	   *work = doubles((size_t) NTK_RFP_TRACE_COLUMNS * width);
	ntk_rfp		factor;

	f.sums = doubles(ntk_gram_doubles(width, targets));
	f.gram = ntk_gram_view(f.sums, width, targets);
	for (int i = 0; i < n; i++)
	{
		double		root = sqrt(w[i]);

		for (int j = 0; j < width; j++)
			features[i * width + j] = root * z[i * width + j];
		augmented[i * (targets + 1)] = root;
		for (int c = 0; c < targets; c++)
			augmented[i * (targets + 1) + c + 1] = root * y[i * targets + c];
	}
	if (ntk_gram_update(&f.gram, n, features, augmented, w, NULL) != NTK_OK)
		bail_out("the statistic is not finite");
	f.fit.intercept = doubles(targets);
	f.fit.train_mse = doubles(targets);
	f.fit.weights = doubles((size_t) width * targets);
	f.factor = doubles(ntk_rfp_size(width));
	if (ntk_ridge_fit(&f.gram, lambda, f.factor, &f.fit, NULL) != NTK_OK)
		bail_out("there is no fit");
	factor = ntk_rfp_view(f.factor, width);
	f.df = f.fit.ridge == 0 ? f.fit.varying
		: width - f.fit.ridge * ntk_rfp_trace_of_inverse(&factor, work, NULL);

	f.memory = guarded(bytes);
	f.posterior = ntk_posterior_view(f.memory, width, targets);
	f.status = ntk_posterior_fill(&f.gram, &f.fit, f.factor, n, f.df, &f.posterior);
	f.intact = guards_intact(f.memory, bytes);
	free(features);
	free(augmented);
	free(work);
	return f;
}

static void
free_fitted(fitted *f)
{
	free(f->sums);
	free(f->fit.intercept);
	free(f->fit.train_mse);
	free(f->fit.weights);
	free(f->factor);
	guarded_free(f->memory);
}

/* A x = b by elimination with pivots on the diagonal; A and b are overwritten */
static void
eliminate(int n, double *a, double *b)
{
	for (int k = 0; k < n; k++)
		for (int i = k + 1; i < n; i++)
		{
			double		factor = a[i * n + k] / a[k * n + k];

			for (int j = k; j < n; j++)
				a[i * n + j] -= factor * a[k * n + j];
			b[i] -= factor * b[k];
		}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int j = i + 1; j < n; j++)
			b[i] -= a[i * n + j] * b[j];
		b[i] /= a[i * n + i];
	}
}

/* d^T (G_c + r I)^-1 d times the mean weight, d = point - mean, from the rows themselves */
static double
plain_leverage(const fitted *f, const double *z, const double *w, const double *point)
{
	int			width = f->width;
	double	   *mean = doubles(width);
	double	   *a = doubles((size_t) width * width);
	double	   *x = doubles(width);
	double		total = 0,
				sum = 0;

	for (int i = 0; i < f->n; i++)
	{
		total += w[i];
		for (int j = 0; j < width; j++)
			mean[j] += w[i] * z[i * width + j];
	}
	for (int j = 0; j < width; j++)
		mean[j] /= total;
	for (int i = 0; i < f->n; i++)
		for (int j = 0; j < width; j++)
			for (int k = 0; k < width; k++)
				a[j * width + k] += w[i] * (z[i * width + j] - mean[j]) *
					(z[i * width + k] - mean[k]);
	for (int j = 0; j < width; j++)
	{
		a[j * width + j] += f->fit.ridge;
		x[j] = point[j] - mean[j];
	}
	eliminate(width, a, x);
	for (int j = 0; j < width; j++)
		sum += (point[j] - mean[j]) * x[j];
	free(mean);
	free(a);
	free(x);
	return sum * total / f->n;
}

static void
check_leverage(int n, int width, double lambda)
{
	double	   *z = doubles((size_t) n * width);
	double	   *y = doubles(2 * n);
	double	   *w = doubles(n);
	double	   *point = doubles(width);
	double	   *work = doubles(width);
	tap_worst	leverage = {0},
				scaled = {0};
	ntk_rng		rng;
	fitted		f,
				seven;

	ntk_rng_init(&rng, 5, width);
	fill_gaussian(&rng, z, (size_t) n * width);
	fill_gaussian(&rng, y, 2 * n);
	for (int i = 0; i < n; i++)
		w[i] = 0.1 + ntk_rng_uniform(&rng);
	f = fit_rows(n, width, 2, z, y, w, lambda);
	for (int i = 0; i < n; i++)
		w[i] *= 7;
	seven = fit_rows(n, width, 2, z, y, w, lambda);
	for (int i = 0; i < n; i++)
		w[i] /= 7;

	ok(f.status == NTK_OK && f.intact && seven.status == NTK_OK,
	   "width %d, lambda %g: there is a posterior, inside its memory", width, lambda);
	for (int c = 0; c < 2; c++)
	{
		double		total = f.gram.target[0];
		const double *weights = f.fit.weights + c * width;
		double		residual = f.fit.train_mse[c] * n;
		double		prior = f.fit.ridge * dot(weights, weights, width) * n / total;

		near(f.posterior.noise[c], fmax(residual / (n - f.df - 1), (residual + prior) / (n - 1)),
			 1e-12, "width %d, lambda %g: the noise of target %d", width, lambda, c);
		near(*f.posterior.left, fmax(n - f.df - 1, (n - 1) / 3.0), 1e-9, "width %d, lambda %g: degrees of freedom",
			 width, lambda);
		near(seven.posterior.noise[c], f.posterior.noise[c], 1e-9,
			 "width %d, lambda %g: whatever the unit of weights", width, lambda);
	}
	for (int k = 0; k < 20; k++)
	{
		double		got,
					want;

		fill_gaussian(&rng, point, width);
		memcpy(work, point, sizeof(double) * width);
		got = ntk_posterior_leverage(&f.posterior, width, work, NULL);
		want = plain_leverage(&f, z, w, point);
		worst_note(&leverage, got, want, 1e-9 * want, "point %d", k);
		memcpy(work, point, sizeof(double) * width);
		worst_note(&scaled, ntk_posterior_leverage(&seven.posterior, width, work, NULL), got,
				   1e-9 * got, "point %d", k);
	}
	worst_ok(&leverage, "width %d, lambda %g: leverage", width, lambda);
	worst_ok(&scaled, "width %d, lambda %g: whatever the unit of weights", width, lambda);
	free_fitted(&f);
	free_fitted(&seven);
	free(z);
	free(y);
	free(w);
	free(point);
	free(work);
}

/* how many of new targets lie inside the 90 % intervals of a model for data drawn from it */
static void
check_coverage(int n, int width, double lambda)
{
	enum
	{
		DRAWS = 400, POINTS = 25
	};
	const double noise = 0.7;
	double	   *z = doubles((size_t) n * width);
	double	   *y = doubles(n);
	double	   *w = doubles(n);
	double	   *weights = doubles(width);
	double	   *point = doubles(width);
	sample		inside = {0};
	ntk_rng		rng;

	ntk_rng_init(&rng, 6, width);
	for (int i = 0; i < n; i++)
		w[i] = 1;
	for (int draw = 0; draw < DRAWS; draw++)
	{
		fitted		f;
		double		hits = 0,
					trace = 0;

		/* directions of falling size: the small ones are hardly learned */
		for (int i = 0; i < n; i++)
			for (int j = 0; j < width; j++)
				z[i * width + j] = 2 + ntk_rng_gaussian(&rng) / (1 + j);
		for (int j = 0; j < width; j++)
		{
			double		sum = 0,
						square = 0;

			for (int i = 0; i < n; i++)
			{
				sum += z[i * width + j];
				square += z[i * width + j] * z[i * width + j];
			}
			trace += square - sum * sum / n;
		}
		for (int j = 0; j < width; j++)
			weights[j] = ntk_rng_gaussian(&rng) * noise / sqrt(lambda * trace / width);
		for (int i = 0; i < n; i++)
			y[i] = 5 + dot(weights, z + i * width, width) + noise * ntk_rng_gaussian(&rng);

		f = fit_rows(n, width, 1, z, y, w, lambda);
		for (int k = 0; k < POINTS; k++)
		{
			double		target,
						prediction,
						deviation;

			for (int j = 0; j < width; j++)
				point[j] = 2 + ntk_rng_gaussian(&rng) / (1 + j);
			target = 5 + dot(weights, point, width) + noise * ntk_rng_gaussian(&rng);
			prediction = ntk_ridge_predict(f.fit.intercept[0], f.fit.weights, point, width);
			deviation = sqrt(f.posterior.noise[0] *
							 (1 + 1.0 / n +
							  ntk_posterior_leverage(&f.posterior, width, point, NULL)));
			hits += fabs(target - prediction) <
				ntk_t_quantile(0.05, fmax(*f.posterior.left, 1)) * deviation;
		}
		sample_add(&inside, hits / POINTS);
		free_fitted(&f);
	}
	ok(inside.mean > 0.88 && inside.mean < (n < 50 ? 0.98 : 0.925),
	   "%d rows, width %d, lambda %g: 90 %% intervals cover %.1f %% +- %.1f", n, width, lambda,
	   100 * inside.mean, 100 * standard_error(&inside));
	free(z);
	free(y);
	free(w);
	free(weights);
	free(point);
}

static void
check_degenerate(void)
{
	double		z[12],
				y[6],
				w[6],
				point[2] = {3, 4};
	ntk_rng		rng;
	fitted		f;

	ntk_rng_init(&rng, 7, 0);
	fill_gaussian(&rng, z, LENGTH(z));
	fill_gaussian(&rng, y, LENGTH(y));
	for (int i = 0; i < LENGTH(w); i++)
		w[i] = 1;
	f = fit_rows(3, 2, 1, z, y, w, 0);
	ok(f.status == NTK_NOT_POSITIVE, "no rows are left for the noise");
	free_fitted(&f);
	f = fit_rows(4, 2, 1, z, y, w, 0);
	ok(f.status == NTK_OK, "a row is left");
	free_fitted(&f);
	f = fit_rows(3, 2, 1, z, y, w, 1e-9);
	ok(f.status == NTK_OK && f.posterior.noise[0] > 0, "a small penalty: what the weights tell is left");
	free_fitted(&f);
	f = fit_rows(1, 2, 1, z, y, w, 1);
	ok(f.status == NTK_NOT_POSITIVE, "one row");
	free_fitted(&f);

	for (int i = 0; i < LENGTH(z); i++)
		z[i] = 3 + i % 2;
	f = fit_rows(6, 2, 1, z, y, w, 1);
	ok(f.status == NTK_OK && ntk_posterior_leverage(&f.posterior, 2, point, NULL) == 0,
	   "constant features: the variance is that of the target and its mean");
	free_fitted(&f);
}

static void
check_quantiles(void)
{
	static const double p[] = {0.5, 0.75, 0.95, 0.975, 0.995, 0.9999, 1 - 1e-9};
	tap_worst	quantile = {0};

	for (int i = 0; i < LENGTH(p); i++)
	{
		worst_note(&quantile, 0.5 * erfc(-ntk_normal_quantile(p[i]) / sqrt(2)), p[i], 1e-13,
				   "%g", p[i]);
		worst_note(&quantile, ntk_normal_quantile(1 - p[i]), -ntk_normal_quantile(p[i]),
				   1e-6, "1 - %g", p[i]);
	}
	worst_ok(&quantile, "quantiles of the normal distribution");
	near(ntk_normal_quantile(0.95), 1.6448536269514722, 1e-14, "that of 0.95");
}

static void
check_t_quantiles(void)
{
	static const double table[][3] = {	/* tail, degrees of freedom, quantile */
		{0.05, 1, 6.313751514675043}, {0.05, 3, 2.353363434801823}, {0.05, 10, 1.812461122811676},
		{0.025, 30, 2.042272456301238}, {0.005, 5, 4.032142983557536},
		{0.0005, 2, 31.599054576443621}
	};
	tap_worst	known = {0},
				cauchy = {0},
				two = {0};

	for (int i = 0; i < LENGTH(table); i++)
		worst_note(&known, ntk_t_quantile(table[i][0], table[i][1]) / table[i][2], 1, 1e-9,
				   "%g of %g", table[i][0], table[i][1]);
	worst_ok(&known, "quantiles of the t distribution");
	for (double tail = 0.49; tail > 1e-16; tail *= 0.3)
	{
		worst_note(&cauchy, ntk_t_quantile(tail, 1) * tan(PI * tail), 1, 1e-9, "%g", tail);
		worst_note(&two, ntk_t_quantile(tail, 2) * sqrt(2 * tail * (1 - tail)) / (1 - 2 * tail), 1,
				   1e-9, "%g", tail);
	}
	worst_ok(&cauchy, "of one degree of freedom: those of the Cauchy distribution");
	worst_ok(&two, "of two: their formula");
	near(ntk_t_quantile(0.05, 1e7), 1.6448536269514722, 1e-6, "of many: nearly normal ones");
	near(ntk_t_quantile(0.05, 1e30), 1.6448536269514722, 1e-12, "of very many: normal ones");
}

int
main(void)
{
	check_quantiles();
	check_t_quantiles();
	check_leverage(50, 1, 0);
	check_leverage(50, 7, 1e-3);
	check_leverage(40, 64, 0.1);
	check_coverage(10, 8, 1e-3);
	check_coverage(10, 60, 1e-3);
	check_coverage(30, 60, 1e-2);
	check_coverage(60, 8, 1e-3);
	check_coverage(200, 20, 1e-2);
	check_coverage(100, 150, 1e-2);
	check_degenerate();
	return done_testing();
}
