/*
 * polyfit.c
 *		Non-negative least squares on a grid of angles.
 */
#include "core/linalg/polyfit.h"

#include <math.h>

#include "core/kernels/arccos.h"
#include "core/linalg/nnls.h"

#define PI 3.141592653589793238462643383280
#define GRID 256				/* intervals between the angles of a fit */
#define NEGLIGIBLE 1e-9			/* a coefficient below this, relative, is rounding error */

_Static_assert(NTK_POLYFIT_MAX_DEGREE < NTK_NNLS_MAX, "a fit has one unknown per degree");

/* a kernel of two unit vectors that enclose an angle */
typedef struct polyfit_function
{
	enum
	{
		KERNEL, KAPPA1, KAPPA0
	}			what;
	ntk_kernel	kernel;
	int			depth;
} polyfit_function;

static double
polyfit_target_at(const polyfit_function *target, double angle)
{
	switch (target->what)
	{
		case KAPPA1:
			return ntk_kappa1(angle);
		case KAPPA0:
			return ntk_kappa0(angle);
		default:
			return ntk_kernel_unit(target->kernel, target->depth, angle);
	}
}

/*
 * Evenly spaced angles put the nodes of Chebyshev's interpolation on the cosines, which
 * makes the largest error almost as small as it can be. end: weight of the angle 0.
 */
static void
polyfit_fit(const polyfit_function *target, int degree, double end, double *coefficient)
{
	double		a[(NTK_POLYFIT_MAX_DEGREE + 1) * (GRID + 1)];
	double		b[GRID + 1];
	double		largest = 0;

	for (int i = 0; i <= GRID; i++)
	{
		double		angle = PI * i / GRID;
		double		power = i == 0 ? end : 1;

		b[i] = power * polyfit_target_at(target, angle);
		for (int l = 0; l <= degree; l++, power *= cos(angle))
			a[l * (GRID + 1) + i] = power;
	}
	/* should the search be stopped, the fit is not the best, but it is one */
	ntk_nnls(a, b, GRID + 1, degree + 1, coefficient);
	for (int l = 0; l <= degree; l++)
		largest = fmax(largest, coefficient[l]);
	for (int l = 0; l <= degree; l++)
		if (coefficient[l] < NEGLIGIBLE * largest)
			coefficient[l] = 0;
}

void
ntk_polyfit_kernel(ntk_kernel kernel, int depth, int degree, double *a)
{
	polyfit_function whole = {KERNEL, kernel, depth};

	polyfit_fit(&whole, degree, 1, a);
}

/*
 * The truncated power series of the algorithm loses 0.1 of kappa_0(1) = 1 at degree 5. A
 * fit of the same degree is closer; and it can be made to keep kappa(1) = 1, without which
 * unit vectors would not remain unit vectors from layer to layer.
 */
#define KEEP_UNIT 1e3

void
ntk_polyfit_kappa1(int degree, double *a)
{
	polyfit_function kappa1 = {.what = KAPPA1};

	polyfit_fit(&kappa1, degree, KEEP_UNIT, a);
}

void
ntk_polyfit_kappa0(int degree, double *a)
{
	polyfit_function kappa0 = {.what = KAPPA0};

	polyfit_fit(&kappa0, degree, KEEP_UNIT, a);
}

double
ntk_polyfit_value(const double *a, int degree, double t)
{
	double		sum = 0;

	for (int l = degree; l >= 0; l--)
		sum = sum * t + a[l];
	return sum;
}
