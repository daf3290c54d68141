/*
 * directions.c
 *		Drawing orthogonal directions and projecting on them.
 */
#include "core/sketches/directions.h"

#include <math.h>
#include <string.h>

#include "core/base/integer.h"
#include "core/base/rng.h"
#include "core/base/simd.h"
#include "core/linalg/blas.h"
#include "core/linalg/hadamard.h"

#define ROUNDS 3				/* sign-Hadamard rounds of a structured block */

static int
directions_is_structured(int dim)
{
	return dim > NTK_HAAR_MAX;
}

int
ntk_directions_dim(int length)
{
	int			dim = NTK_HAAR_MAX;

	if (!directions_is_structured(length))
		return length;
	while (dim < length)
		dim *= 2;
	return dim;
}

size_t
ntk_directions_floats(int dim, int count)
{
	if (directions_is_structured(dim))
		return (size_t) ntk_blocks(count, dim) * ROUNDS * dim;
	return (size_t) count * dim;
}

void
ntk_directions_init(ntk_directions *directions, int dim, int count, uint64_t seed,
					float *memory, ntk_pause pause)
{
	directions->dim = dim;
	directions->count = count;
	directions->data = memory;
	directions->unit = directions_is_structured(dim) ? (float) pow(dim, -0.5 * ROUNDS) : 1.0f;

	for (int block = 0; block < ntk_blocks(count, dim); block++)
	{
		ntk_rng		rng;

		ntk_rng_init(&rng, seed, block);
		if (directions_is_structured(dim))
			ntk_rng_signs(&rng, memory + (size_t) block * ROUNDS * dim, ROUNDS * dim);
		else
		{
			double		haar[NTK_HAAR_MAX * NTK_HAAR_MAX];
			int			first = block * dim;
			int			used = count - first < dim ? count - first : dim;

			for (int i = 0; i < dim * dim; i++)
				haar[i] = ntk_rng_gaussian(&rng);
			ntk_haar(dim, dim, haar, pause);
			for (int i = 0; i < dim; i++)
				for (int j = 0; j < used; j++)
					memory[(size_t) i * count + first + j] = (float) haar[i + j * dim];
		}
		ntk_pause_if(pause);
	}
}

/* columns j .. j + 15 of some rows of the product x w, w: [dim][count] */
NTK_INLINE void
directions_dense_tile(const float *w, int dim, int count, const float *x, int rows, int j,
					  float *out)
{
	ntk_v8		sum[4][2] = {0};

	for (int i = 0; i < dim; i++)
	{
		const float *from = w + (size_t) i * count + j;
		ntk_v8		low = *(const ntk_v8 *) from;
		ntk_v8		high = *(const ntk_v8 *) (from + 8);

		for (int row = 0; row < rows; row++)
		{
			sum[row][0] += x[(size_t) row * dim + i] * low;
			sum[row][1] += x[(size_t) row * dim + i] * high;
		}
	}
	for (int row = 0; row < rows; row++)
	{
		*(ntk_v8 *) (out + (size_t) row * count + j) = sum[row][0];
		*(ntk_v8 *) (out + (size_t) row * count + j + 8) = sum[row][1];
	}
}

/* the columns that do not fill a tile */
NTK_INLINE void
directions_dense_rest(const float *w, int dim, int count, const float *x, int rows, int j,
					  float *out)
{
	for (; j < count; j++)
		for (int row = 0; row < rows; row++)
		{
			float		sum = 0;

			for (int i = 0; i < dim; i++)
				sum += x[(size_t) row * dim + i] * w[(size_t) i * count + j];
			out[(size_t) row * count + j] = sum;
		}
}

/*
 * sgemm would do, but rounds a row differently with its position in the block; so would
 * features, with the plan, and statistics of them would agree to single precision only.
 */
NTK_SIMD static void
directions_project_dense(const float *w, int dim, int count, const float *x, int n, float *out)
{
	int			whole = count / 16 * 16;

	for (int i = 0; i < n; i += 4)
	{
		const float *from = x + (size_t) i * dim;
		float	   *to = out + (size_t) i * count;
		int			rows = n - i < 4 ? n - i : 4;

		for (int j = 0; j < whole; j += 16)
			if (rows == 4)
				directions_dense_tile(w, dim, count, from, 4, j, to);
			else
				directions_dense_tile(w, dim, count, from, rows, j, to);
		directions_dense_rest(w, dim, count, from, rows, whole, to);
	}
}

static void
directions_project_structured(const ntk_directions *directions, const float *x, int n, float *out,
							  float *work)
{
	int			dim = directions->dim;
	int			count = directions->count;

	/* blocks outside: one block's signs stay in the cache for all rows */
	for (int first = 0; first < count; first += dim)
	{
		const float *signs = directions->data + (size_t) first * ROUNDS;
		int			used = count - first < dim ? count - first : dim;

		for (int i = 0; i < n; i++)
		{
			float	   *row = out + (size_t) i * count + first;
			float	   *to = used == dim ? row : work;

			ntk_hadamard(x + (size_t) i * dim, signs, to, dim);
			for (int round = 1; round < ROUNDS; round++)
				ntk_hadamard(to, signs + round * dim, to, dim);
			if (to != row)
				memcpy(row, to, used * sizeof(float));
		}
	}
}

void
ntk_directions_project(const ntk_directions *directions, const float *x, int n, float *out,
					   float *work)
{
	int			dim = directions->dim;
	int			count = directions->count;

	if (directions_is_structured(dim))
		directions_project_structured(directions, x, n, out, work);
	else
		directions_project_dense(directions->data, dim, count, x, n, out);
}

/* w: [dim][count] */
NTK_SIMD static void
directions_combine_dense(const float *w, int dim, int count, const double *a, int n, double *out)
{
	enum
	{
		LANES = 8				/* sums side by side */
	};
	int			whole = count / LANES * LANES;

	for (int i = 0; i < n; i++, a += count)
		for (int k = 0; k < dim; k++)
		{
			const float *from = w + (size_t) k * count;
			double		sum[LANES] = {0};
			double		rest = 0;

			for (int j = 0; j < whole; j += LANES)
				for (int l = 0; l < LANES; l++)
					sum[l] += a[j + l] * from[j + l];
			for (int j = whole; j < count; j++)
				rest += a[j] * from[j];
			for (int l = 0; l < LANES; l++)
				rest += sum[l];
			out[(size_t) i * dim + k] = rest;
		}
}

/* the transpose of H D3 H D2 H D1 is D1 H D2 H D3 H, the signs of a round coming after it */
static void
directions_combine_structured(const ntk_directions *directions, const double *a, int n,
							  double *out, float *work)
{
	int			dim = directions->dim;
	int			count = directions->count;
	float	   *ones = work + dim;

	for (int k = 0; k < dim; k++)
		ones[k] = 1;
	memset(out, 0, sizeof(double) * n * dim);
	for (int first = 0; first < count; first += dim)
	{
		const float *signs = directions->data + (size_t) first * ROUNDS;
		int			used = count - first < dim ? count - first : dim;

		for (int i = 0; i < n; i++)
		{
			for (int k = 0; k < dim; k++)
				work[k] = k < used ? (float) a[(size_t) i * count + first + k] : 0;
			ntk_hadamard(work, ones, work, dim);
			for (int round = ROUNDS - 1; round > 0; round--)
				ntk_hadamard(work, signs + round * dim, work, dim);
			for (int k = 0; k < dim; k++)
				out[(size_t) i * dim + k] += (double) directions->unit * signs[k] * work[k];
		}
	}
}

void
ntk_directions_combine(const ntk_directions *directions, const double *a, int n, double *out,
					   float *work)
{
	int			dim = directions->dim;
	int			count = directions->count;

	if (directions_is_structured(dim))
		directions_combine_structured(directions, a, n, out, work);
	else
		directions_combine_dense(directions->data, dim, count, a, n, out);
}
