/*
 * kmeans.c
 *		Mini-batch k-means, then Lloyd's algorithm.
 *
 * The centre nearest to a row x has the largest <x, c> - |c|^2 / 2. The products are a
 * matrix product of a tile of centres and a block of rows; only these two are held in
 * the normalised form whose squares are harmless. Means are taken of the rows as given.
 */
#include "core/linalg/kmeans.h"

#include <math.h>
#include <string.h>

#include "core/base/deal.h"
#include "core/base/integer.h"
#include "core/base/rng.h"
#include "core/base/simd.h"
#include "core/linalg/blas.h"

#define MAX_TILE 1024			/* centres compared at a time */
#define MAX_BLOCK 256			/* with this many rows: 1 MB of products */
#define BATCH 1024				/* rows between two moves of the centres in the first pass */

/*
 * The number of passes. A comparison takes as long as a product of length 16. The budget
 * is about a second.
 */
#define BUDGET_FLOPS 6e10
#define COMPARISON_LENGTH 16
#define MIN_PASSES 2

typedef struct kmeans_clustering
{
	const float *rows;			/* [n][dim] */
	const double *weight;		/* [n] */
	int			n,
				dim,
				k;
	float	   *centres;		/* [k][dim] */
	int			spherical;		/* which have length 1 */
	ntk_pause	pause;

	double		scale;			/* normalised x = (x - shift) scale, at most 1 in size */
	double	   *shift;			/* [dim] */

	int			tile,			/* centres and rows of one matrix product */
				block;
	float	   *tile_centres;	/* [tile][dim], normalised */
	float	   *tile_halves;	/* [tile], |c|^2 / 2 of these */
	float	   *block_rows;		/* [block][dim], normalised */
	float	   *products;		/* [block][tile] */

	/* of the row in place i of a random order */
	int		   *order;			/* [n], its number */
	int		   *nearest;		/* [n], its centre */
	float	   *score;			/* [n], <x, c> - |c|^2 / 2 for that */

	double	   *seen;			/* [k], weight of the rows that moved a centre */
	double	   *sum;			/* [dim] */
	int		   *member;			/* [n], rows sorted by centre */
	int		   *end;			/* [k], where those of a centre end */
} kmeans_clustering;

/*
 * The sizes of one matrix product. Four centres to a row where the product must be small:
 * rows are normalised anew for every tile of centres, tiles once a pass.
 */
static void
kmeans_choose_tile(kmeans_clustering *c)
{
	double		pairs = NTK_PIECE_FLOPS / (2.0 * c->dim);
	double		tile = 2 * sqrt(pairs);
	double		block;

	c->tile = tile < 1 ? 1 : ntk_smaller(c->k, tile < MAX_TILE ? (int) tile : MAX_TILE);
	block = pairs / c->tile;
	c->block = block < 1 ? 1 : ntk_smaller(c->n, block < MAX_BLOCK ? (int) block : MAX_BLOCK);
}

static void
kmeans_lay_out(kmeans_clustering *c, ntk_deal *deal)
{
	size_t		dim = c->dim;

	kmeans_choose_tile(c);
	c->shift = ntk_take_doubles(deal, dim);
	c->sum = ntk_take_doubles(deal, dim);
	c->seen = ntk_take_doubles(deal, c->k);
	c->tile_centres = ntk_take(deal, c->tile * dim);
	c->tile_halves = ntk_take(deal, c->tile);
	c->block_rows = ntk_take(deal, c->block * dim);
	c->products = ntk_take(deal, (size_t) c->block * c->tile);
	c->score = ntk_take(deal, c->n);
	c->order = (int *) ntk_take(deal, c->n);
	c->nearest = (int *) ntk_take(deal, c->n);
	c->member = (int *) ntk_take(deal, c->n);
	c->end = (int *) ntk_take(deal, c->k);
}

size_t
ntk_kmeans_work_floats(int n, int dim, int k)
{
	kmeans_clustering c = {.n = n,.dim = dim,.k = k};
	ntk_deal	count = {0};

	kmeans_lay_out(&c, &count);
	return count.used;
}

static const float *
kmeans_row(const kmeans_clustering *c, int i)
{
	return c->rows + (size_t) i * c->dim;
}

static float *
kmeans_centre(const kmeans_clustering *c, int j)
{
	return c->centres + (size_t) j * c->dim;
}

/* a cancel request is looked for after every so many rows that are only added up */
static void
kmeans_pause_at(const kmeans_clustering *c, int i)
{
	if (i % MAX_BLOCK == MAX_BLOCK - 1)
		ntk_pause_if(c->pause);
}

/*
 * The shift is the first row plus the mean of the differences from it: exact for columns
 * that do not vary, whatever their size. The scale is a power of two, and so exact.
 */
static void
kmeans_find_units(kmeans_clustering *c)
{
	double		total = 0,
				largest = 0;
	int			exponent;

	memset(c->sum, 0, c->dim * sizeof(double));
	for (int i = 0; i < c->n; i++)
	{
		const float *x = kmeans_row(c, i);

		for (int t = 0; t < c->dim; t++)
			c->sum[t] += c->weight[i] * ((double) x[t] - c->rows[t]);
		total += c->weight[i];
		kmeans_pause_at(c, i);
	}
	for (int t = 0; t < c->dim; t++)
		c->shift[t] = c->rows[t] + c->sum[t] / total;
	for (int i = 0; i < c->n; i++)
	{
		const float *x = kmeans_row(c, i);

		for (int t = 0; t < c->dim; t++)
			largest = fmax(largest, fabs(x[t] - c->shift[t]));
		kmeans_pause_at(c, i);
	}
	frexp(largest, &exponent);
	c->scale = ldexp(1.0, -exponent);
}

NTK_SIMD static void
kmeans_normalise(const float *x, const double *shift, double scale, int dim, float *out)
{
	for (int t = 0; t < dim; t++)
		out[t] = (float) ((x[t] - shift[t]) * scale);
}

/*
 * Raises *score to the largest of products[j] - halves[j] and sets *nearest to first + j
 * there. Of equal scores the first counts.
 */
NTK_SIMD static void
kmeans_raise_score(const float *products, const float *halves, int count, int first, float *score,
				   int *nearest)
{
	ntk_v8		best;
	ntk_v8i		where,
				here;
	int			whole = count / 8 * 8;

	for (int l = 0; l < 8; l++)
	{
		best[l] = *score;
		where[l] = *nearest;
		here[l] = first + l;
	}
	for (int j = 0; j < whole; j += 8)
	{
		ntk_v8		value = *(const ntk_v8 *) (products + j) - *(const ntk_v8 *) (halves + j);
		ntk_v8i		better = value > best;

		best = (ntk_v8) (((ntk_v8i) value & better) | ((ntk_v8i) best & ~better));
		where = (here & better) | (where & ~better);
		here += 8;
	}
	for (int l = 0; l < 8; l++)
		if (best[l] > *score || (best[l] == *score && where[l] < *nearest))
		{
			*score = best[l];
			*nearest = where[l];
		}
	for (int j = whole; j < count; j++)
		if (products[j] - halves[j] > *score)
		{
			*score = products[j] - halves[j];
			*nearest = first + j;
		}
}

/* normalises the centres of a tile */
static void
kmeans_load_tile(kmeans_clustering *c, int first, int count)
{
	for (int j = 0; j < count; j++)
	{
		float	   *to = c->tile_centres + (size_t) j * c->dim;
		double		square = 0;

		kmeans_normalise(kmeans_centre(c, first + j), c->shift, c->scale, c->dim, to);
		for (int t = 0; t < c->dim; t++)
			square += (double) to[t] * to[t];
		c->tile_halves[j] = (float) (0.5 * square);
		kmeans_pause_at(c, j);
	}
}

/* finds the nearest centre of the rows in places first .. first + count - 1 */
static void
kmeans_assign(kmeans_clustering *c, int first, int count)
{
	int			dim = c->dim;

	for (int i = first; i < first + count; i++)
	{
		c->score[i] = -INFINITY;
		c->nearest[i] = 0;
	}
	for (int j = 0; j < c->k; j += c->tile)
	{
		int			centres = ntk_smaller(c->tile, c->k - j);

		kmeans_load_tile(c, j, centres);
		for (int i = first; i < first + count; i += c->block)
		{
			int			rows = ntk_smaller(c->block, first + count - i);

			for (int r = 0; r < rows; r++)
				kmeans_normalise(kmeans_row(c, c->order[i + r]), c->shift, c->scale, dim,
								 c->block_rows + (size_t) r * dim);
			ntk_sgemm('T', 'N', centres, rows, dim, c->tile_centres, dim, c->block_rows, dim,
					  0, c->products, centres);
			for (int r = 0; r < rows; r++)
				kmeans_raise_score(c->products + (size_t) r * centres, c->tile_halves, centres, j,
								   c->score + i + r, c->nearest + i + r);
			ntk_pause_if(c->pause);
		}
	}
}

/* the rows in random order; the first k become the centres */
static void
kmeans_start(kmeans_clustering *c, uint64_t seed)
{
	ntk_rng		rng;

	ntk_rng_init(&rng, seed, 0);
	for (int i = 0; i < c->n; i++)
		c->order[i] = i;
	for (int i = 0; i < c->n - 1; i++)
	{
		int			other = i + (int) ((c->n - i) * ntk_rng_uniform(&rng));
		int			taken = c->order[other];

		c->order[other] = c->order[i];
		c->order[i] = taken;
	}
	for (int j = 0; j < c->k; j++)
	{
		memcpy(kmeans_centre(c, j), kmeans_row(c, c->order[j]), c->dim * sizeof(float));
		c->seen[j] = c->weight[c->order[j]];
		kmeans_pause_at(c, j);
	}
}

/* brings a centre to length 1, if it is to have it */
static void
kmeans_project(const kmeans_clustering *c, float *x)
{
	double		square = 0;

	if (!c->spherical)
		return;
	for (int t = 0; t < c->dim; t++)
		square += (double) x[t] * x[t];
	for (int t = 0; square > 0 && t < c->dim; t++)
		x[t] = (float) (x[t] / sqrt(square));
}

/* one pass of mini-batch k-means: a centre stays the mean of all rows it has seen */
static void
kmeans_pass_in_batches(kmeans_clustering *c)
{
	for (int first = 0; first < c->n; first += BATCH)
	{
		int			count = ntk_smaller(BATCH, c->n - first);

		kmeans_assign(c, first, count);
		for (int i = first; i < first + count; i++)
		{
			int			j = c->nearest[i];
			const float *x = kmeans_row(c, c->order[i]);
			double		weight = c->weight[c->order[i]];
			float	   *to = kmeans_centre(c, j);
			double		rate;

			c->seen[j] += weight;
			rate = weight / c->seen[j];
			for (int t = 0; t < c->dim; t++)
				to[t] = (float) (to[t] + rate * ((double) x[t] - to[t]));
			kmeans_pause_at(c, i);
		}
	}
	for (int j = 0; j < c->k; j++)
	{
		kmeans_project(c, kmeans_centre(c, j));
		kmeans_pause_at(c, j);
	}
}

/* sorts the rows by their centres: those of j are member[end[j - 1]] to member[end[j] - 1] */
static void
kmeans_sort_by_centre(kmeans_clustering *c)
{
	int			before = 0;

	memset(c->end, 0, c->k * sizeof(int));
	for (int i = 0; i < c->n; i++)
		c->end[c->nearest[i]]++;
	for (int j = 0; j < c->k; j++)
	{
		int			count = c->end[j];

		c->end[j] = before;
		before += count;
	}
	for (int i = 0; i < c->n; i++)
		c->member[c->end[c->nearest[i]]++] = c->order[i];
}

/* by what the mean of the rows in the sum is to be divided */
static double
kmeans_mean_length(const kmeans_clustering *c, double total)
{
	double		square = 0;

	for (int t = 0; c->spherical && t < c->dim; t++)
		square += (c->sum[t] / total) * (c->sum[t] / total);
	return square > 0 ? sqrt(square) : 1;
}

/* moves every centre to the mean of its rows; 0 if none moved */
static int
kmeans_move_to_means(kmeans_clustering *c)
{
	int			moved = 0;
	int			i = 0;
	double		length;

	kmeans_sort_by_centre(c);
	for (int j = 0; j < c->k; j++)
	{
		float	   *to = kmeans_centre(c, j);
		double		total = 0;

		if (i == c->end[j])
			continue;
		memset(c->sum, 0, c->dim * sizeof(double));
		for (; i < c->end[j]; i++)
		{
			const float *x = kmeans_row(c, c->member[i]);
			double		weight = c->weight[c->member[i]];

			for (int t = 0; t < c->dim; t++)
				c->sum[t] += weight * x[t];
			total += weight;
			kmeans_pause_at(c, i);
		}
		length = kmeans_mean_length(c, total);
		for (int t = 0; t < c->dim; t++)
		{
			float		mean = (float) (c->sum[t] / total / length);

			moved |= mean != to[t];
			to[t] = mean;
		}
	}
	return moved;
}

static int
kmeans_pass_count(int n, int dim, int k)
{
	double		fit = BUDGET_FLOPS / (2.0 * n * k * (dim + COMPARISON_LENGTH));

	return fit < MIN_PASSES ? MIN_PASSES : fit > NTK_KMEANS_PASSES ? NTK_KMEANS_PASSES : (int) fit;
}

void
ntk_kmeans(const float *rows, const double *weight, int n, int dim, int k, uint64_t seed,
		   int spherical, int most_passes, float *centres, float *work, ntk_pause pause)
{
	kmeans_clustering c = {.rows = rows,.weight = weight,.n = n,.dim = dim,.k = k,
						   .centres = centres,.spherical = spherical,.pause = pause};
	ntk_deal	deal = {.memory = work};
	int			passes = ntk_smaller(kmeans_pass_count(n, dim, k), most_passes);

	if (k == n)
	{
		memcpy(centres, rows, (size_t) n * dim * sizeof(float));
		return;
	}
	kmeans_lay_out(&c, &deal);
	kmeans_find_units(&c);
	kmeans_start(&c, seed);
	kmeans_pass_in_batches(&c);
	for (int pass = 1; pass < passes; pass++)
	{
		kmeans_assign(&c, 0, n);
		if (!kmeans_move_to_means(&c))
			break;
	}
}
