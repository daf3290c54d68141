/*
 * gram.c
 *		Accumulating and adding Gram statistics.
 */
#include "core/regression/gram.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/base/simd.h"
#include "core/linalg/blas.h"

size_t
ntk_gram_doubles(int width, int targets)
{
	size_t		columns = (size_t) targets + 1;

	return 1 + columns * columns + width * columns + ntk_rfp_size(width);
}

ntk_gram
ntk_gram_view(double *memory, int width, int targets)
{
	size_t		columns = (size_t) targets + 1;
	ntk_gram	gram = {.width = width,.targets = targets,.cancelled = memory};

	gram.target = gram.cancelled + 1;
	gram.cross = gram.target + columns * columns;
	gram.triangle = gram.cross + width * columns;
	return gram;
}

/* whether n numbers are finite: integer arithmetic, which becomes vectors */
NTK_SIMD static int
gram_all_finite(const double *x, size_t n)
{
	const uint64_t exponent = UINT64_C(0x7ff0000000000000);
	uint64_t	bad = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint64_t	bits;

		memcpy(&bits, x + i, sizeof(bits));
		bad |= (bits & exponent) == exponent;
	}
	return bad == 0;
}

/*
 * The diagonals bound everything else: w z_i z_j by z_i^2 and z_j^2, z_i Y_c by
 * z_i^2 and Y_c^2. So an update that overflows anywhere shows there. What was subtracted, or
 * came from outside, need not be sums of squares: other operations check all numbers.
 */
static ntk_status
gram_check_diagonals(const ntk_gram *gram)
{
	int			columns = gram->targets + 1;
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, gram->width);

	for (int i = 0; i < columns; i++)
		if (!isfinite(gram->target[i + (size_t) i * columns]))
			return NTK_OVERFLOW;
	if (!isfinite(*gram->cancelled))
		return NTK_OVERFLOW;
	for (int i = 0; i < gram->width; i++)
		if (!isfinite(*ntk_rfp_at(&triangle, i, i)))
			return NTK_OVERFLOW;
	return NTK_OK;
}

ntk_status
ntk_gram_update(ntk_gram *gram, int n, const double *features, const double *targets,
				const double *weights, ntk_pause pause)
{
	int			width = gram->width;
	int			columns = gram->targets + 1;
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, width);
	double		total = gram->target[0];

	ntk_gemm('N', 'T', columns, columns, n, 1.0, targets, columns, targets, columns,
			 gram->target, columns, pause);
	for (int i = 0; i < n; i++)
		total += weights[i];
	gram->target[0] = total;	/* exactly, where squares of roots would be nearly so */
	ntk_gemm('N', 'T', width, columns, n, 1.0, features, width, targets, columns,
			 gram->cross, width, pause);
	ntk_rfp_rank_k(&triangle, n, 1.0, features, pause);
	return gram_check_diagonals(gram);
}

NTK_SIMD static void
gram_add_multiple(double *to, double factor, const double *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] += factor * from[i];
}

ntk_status
ntk_gram_update_class(ntk_gram *gram, int n, const double *features, const int *class,
					  const double *roots, const double *weights, ntk_pause pause)
{
	size_t		width = gram->width;
	size_t		columns = (size_t) gram->targets + 1;
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, gram->width);

	for (int i = 0; i < n; i++)
	{
		size_t		column = class[i] + 1;
		const double *row = features + i * width;

		gram->target[0] += weights[i];
		gram->target[column] += weights[i];
		gram->target[column * columns] += weights[i];
		gram->target[column * columns + column] += weights[i];
		gram_add_multiple(gram->cross, roots[i], row, gram->width);
		gram_add_multiple(gram->cross + column * width, roots[i], row, gram->width);
	}
	ntk_rfp_rank_k(&triangle, n, 1.0, features, pause);
	return gram_check_diagonals(gram);
}

void
ntk_gram_copy_targets(const ntk_gram *from, int n, const int *places, ntk_gram *to)
{
	size_t		width = from->width;
	size_t		from_columns = (size_t) from->targets + 1;
	size_t		to_columns = (size_t) n + 1;

	*to->cancelled = *from->cancelled;
	for (int a = 0; a <= n; a++)
	{
		size_t		column = a == 0 ? 0 : places[a - 1];

		for (int b = 0; b <= n; b++)
			to->target[b + a * to_columns] =
				from->target[(b == 0 ? 0 : places[b - 1]) + column * from_columns];
		memcpy(to->cross + a * width, from->cross + column * width, sizeof(double) * width);
	}
	memcpy(to->triangle, from->triangle, sizeof(double) * ntk_rfp_size(from->width));
}

ntk_status
ntk_gram_scale(ntk_gram *gram, double factor)
{
	size_t		n = ntk_gram_doubles(gram->width, gram->targets);

	for (size_t i = 0; i < n; i++)
		gram->cancelled[i] *= factor;
	return ntk_gram_check(gram);
}

double
ntk_gram_trace(const ntk_gram *gram)
{
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, gram->width);
	double		sum = 0;

	for (int i = 0; i < gram->width; i++)
		sum += *ntk_rfp_at(&triangle, i, i);
	return sum;
}

int
ntk_gram_varies(const ntk_gram *gram)
{
	ntk_rfp		triangle = ntk_rfp_view(gram->triangle, gram->width);

	for (int i = 0; i < gram->width; i++)
	{
		double		square = *ntk_rfp_at(&triangle, i, i);

		double		mean_square = gram->cross[i] * (gram->cross[i] / gram->target[0]);

		if (fabs(square - mean_square) > NTK_CONSTANT * fabs(square))
			return 1;
	}
	return 0;
}

ntk_status
ntk_gram_add(ntk_gram *gram, double factor, const ntk_gram *other)
{
	size_t		n = ntk_gram_doubles(gram->width, gram->targets);
	double		cancelled = *gram->cancelled + fabs(factor) * *other->cancelled;

	if (factor < 0)
		cancelled += 2 * fabs(factor * ntk_gram_trace(other));
	for (size_t i = 0; i < n; i++)
		gram->cancelled[i] += factor * other->cancelled[i];
	*gram->cancelled = cancelled;
	return ntk_gram_check(gram);
}

ntk_status
ntk_gram_check(const ntk_gram *gram)
{
	size_t		n = ntk_gram_doubles(gram->width, gram->targets);

	return gram_all_finite(gram->cancelled, n) ? NTK_OK : NTK_OVERFLOW;
}
