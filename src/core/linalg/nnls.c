/*
 * nnls.c
 *		Lawson and Hanson's active sets on a triangular factor.
 *
 * A = QR first: all that follows is about the problem min |R x - Q'b|, which has no more
 * rows than unknowns and so fits on the stack.
 */
#include "core/linalg/nnls.h"

#include <math.h>

#include "core/linalg/blas.h"

#define MAX_STEPS (10 * NTK_NNLS_MAX)	/* usually no more than the unknowns */
#define DEPENDENT 1e-12			/* a column with less than this outside the others' span */
#define FLAT 1e-13				/* a gradient below this, relative, is rounding error */

typedef struct nnls_problem
{
	int			rows;
	int			unknowns;
	double		r[NTK_NNLS_MAX][NTK_NNLS_MAX];	/* [unknown][row] */
	double		b[NTK_NNLS_MAX];
	double		norm[NTK_NNLS_MAX]; /* of a column */
	double		norm_b;
} nnls_problem;

/* x -= 2 v <v, x> for a vector v given up to its length */
static void
nnls_reflect(const double *v, double square, double *x, int n)
{
	double		along = 0;

	for (int i = 0; i < n; i++)
		along += v[i] * x[i];
	along *= 2 / square;
	for (int i = 0; i < n; i++)
		x[i] -= along * v[i];
}

/*
 * Householder's reflections: the columns of a, stride apart, become the upper triangle
 * of R, and b becomes Q'b. What is below the triangle of a is garbage.
 */
static void
nnls_triangularise(double *a, int stride, double *b, int rows, int columns)
{
	for (int k = 0; k < columns && k < rows; k++)
	{
		double	   *v = a + (long) k * stride + k;
		int			n = rows - k;
		double		diagonal = v[0] > 0 ? -ntk_norm(v, n) : ntk_norm(v, n);
		double		square;

		v[0] -= diagonal;
		square = v[0] * v[0];
		for (int i = 1; i < n; i++)
			square += v[i] * v[i];
		if (square > 0)
		{
			for (int j = k + 1; j < columns; j++)
				nnls_reflect(v, square, a + (long) j * stride + k, n);
			nnls_reflect(v, square, b + k, n);
		}
		v[0] = diagonal;
	}
}

/*
 * Least squares over the unknowns in the set, of any sign: z; the others are 0. Returns 0
 * if the columns in the set depend on each other.
 */
static int
nnls_solve(const nnls_problem *p, const int *in_set, double *z)
{
	double		a[NTK_NNLS_MAX][NTK_NNLS_MAX];
	double		b[NTK_NNLS_MAX];
	int			member[NTK_NNLS_MAX];
	int			members = 0;

	for (int j = 0; j < p->unknowns; j++)
	{
		z[j] = 0;
		if (!in_set[j])
			continue;
		for (int i = 0; i < p->rows; i++)
			a[members][i] = p->r[j][i];
		member[members++] = j;
	}
	if (members > p->rows)
		return 0;
	for (int i = 0; i < p->rows; i++)
		b[i] = p->b[i];
	nnls_triangularise(a[0], NTK_NNLS_MAX, b, p->rows, members);
	for (int k = members - 1; k >= 0; k--)
	{
		double		sum = b[k];

		if (fabs(a[k][k]) <= DEPENDENT * p->norm[member[k]])
			return 0;
		for (int j = k + 1; j < members; j++)
			sum -= a[j][k] * z[member[j]];
		z[member[k]] = sum / a[k][k];
	}
	return 1;
}

/* the unknown whose growth reduces the error fastest; -1 if none does */
static int
nnls_steepest(const nnls_problem *p, const double *x, const int *in_set, const int *banned)
{
	double		residual[NTK_NNLS_MAX];
	double		largest = FLAT * p->norm_b;
	int			best = -1;

	for (int i = 0; i < p->rows; i++)
	{
		residual[i] = p->b[i];
		for (int j = 0; j < p->unknowns; j++)
			residual[i] -= p->r[j][i] * x[j];
	}
	for (int j = 0; j < p->unknowns; j++)
	{
		double		slope = 0;

		if (in_set[j] || banned[j] || p->norm[j] == 0)
			continue;
		for (int i = 0; i < p->rows; i++)
			slope += p->r[j][i] * residual[i];
		slope /= p->norm[j];
		if (slope > largest)
		{
			largest = slope;
			best = j;
		}
	}
	return best;
}

/* x moves towards z until a first unknown is 0; that one leaves the set. 1 if x is at z */
static int
nnls_advance(const nnls_problem *p, double *x, const double *z, int *in_set)
{
	double		step = 1;
	int			blocking = -1;

	for (int j = 0; j < p->unknowns; j++)
		if (in_set[j] && z[j] <= 0 && x[j] / (x[j] - z[j]) < step)
		{
			step = x[j] / (x[j] - z[j]);
			blocking = j;
		}
	for (int j = 0; j < p->unknowns; j++)
		x[j] = blocking < 0 ? z[j] : fmax(0, x[j] + step * (z[j] - x[j]));
	for (int j = 0; j < p->unknowns && blocking >= 0; j++)
		if (j == blocking || x[j] == 0)
			in_set[j] = 0;
	return blocking < 0;
}

int
ntk_nnls(double *a, double *b, int rows, int unknowns, double *x)
{
	nnls_problem p = {.rows = rows < unknowns ? rows : unknowns,.unknowns = unknowns};
	int			in_set[NTK_NNLS_MAX] = {0};
	int			banned[NTK_NNLS_MAX] = {0};
	double		z[NTK_NNLS_MAX];

	p.norm_b = ntk_norm(b, rows);
	nnls_triangularise(a, rows, b, rows, unknowns);
	for (int j = 0; j < unknowns; j++)
	{
		x[j] = 0;
		for (int i = 0; i < p.rows && i <= j; i++)
			p.r[j][i] = a[(long) j * rows + i];
		p.norm[j] = ntk_norm(p.r[j], p.rows);
	}
	for (int i = 0; i < p.rows; i++)
		p.b[i] = b[i];

	for (int step = 0; step < MAX_STEPS; step++)
	{
		int			next = nnls_steepest(&p, x, in_set, banned);

		if (next < 0)
			return 1;
		in_set[next] = 1;
		/* an unknown that rounding errors alone let in would come back for ever */
		if (!nnls_solve(&p, in_set, z) || z[next] <= 0)
		{
			in_set[next] = 0;
			banned[next] = 1;
			continue;
		}
		while (!nnls_advance(&p, x, z, in_set))
			nnls_solve(&p, in_set, z);
		for (int j = 0; j < unknowns; j++)
			banned[j] = 0;
	}
	return 0;
}
