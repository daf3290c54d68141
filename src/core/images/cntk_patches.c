/*
 * cntk_patches.c
 *		Sampling patches layer by layer, and clustering them.
 */
#include "core/images/cntk_patches.h"

#include <math.h>
#include <string.h>

#include "core/base/integer.h"
#include "core/base/rng.h"
#include "core/images/cntk_nystrom.h"
#include "core/linalg/kmeans.h"
#include "core/maps/method.h"

#define SAMPLE_PER_LANDMARK 256
#define MAX_SAMPLE 32768		/* patches of a layer */
#define MIN_SAMPLE 4096
#define STREAM UINT64_C(0x70617463686573)

/* what a layer's landmarks are chosen of */
typedef struct cntk_patches_sample
{
	int			per_image;	/* pixels at most */
	int			room;			/* patches */
	int			patch;			/* the longest */
	float	   *rows;			/* [room][patch or 2 patch]: mu, and psi if there are partners */
	double	   *weight;			/* [room] */
	float	   *centres;		/* [rank][the same] */
	double	   *unit;			/* [per_image][dim] */
	float	   *tangent;		/* [per_image][patch] */
	int		   *pixel;			/* [pixels of an image] */
	float	   *image;		/* [dim of the map] */
	float	   *net;			/* memory of the network */
	float	   *work;			/* its workspace, or that of k-means */
} cntk_patches_sample;

static size_t
cntk_patches_work_floats(const ntk_cntk *net, const cntk_patches_sample *s, int length)
{
	size_t		apply = ntk_cntk_work_floats(net);
	size_t		cluster = ntk_kmeans_work_floats(s->room, length, net->rank);

	return apply > cluster ? apply : cluster;
}

static void
cntk_patches_lay_out(ntk_cntk *net, const ntk_map_spec *spec, int n, cntk_patches_sample *s,
					 ntk_deal *deal)
{
	ntk_deal	count = {0};
	size_t		pixels = (size_t) spec->image.height * spec->image.width;
	double		wanted;
	int			length;

	ntk_cntk_nystrom_lay_out(net, spec, &count);
	wanted = fmin(fmax((double) SAMPLE_PER_LANDMARK * net->rank, MIN_SAMPLE), MAX_SAMPLE);
	s->per_image = (int) fmin(ceil(wanted / n), (double) pixels);
	s->room = s->per_image * n;
	s->patch = ntk_larger(net->stage[1].dim, net->stage[2].dim);
	length = net->depth > 3 ? 2 * s->patch : s->patch;

	s->rows = ntk_take(deal, (size_t) s->room * length);
	s->weight = ntk_take_doubles(deal, s->room);
	s->centres = ntk_take(deal, (size_t) net->rank * length);
	s->unit = ntk_take_doubles(deal, (size_t) s->per_image * s->patch);
	s->tangent = ntk_take(deal, (size_t) s->per_image * s->patch);
	s->pixel = (int *) ntk_take(deal, pixels);
	s->image = ntk_take(deal, spec->input_dim);
	s->net = ntk_take(deal, count.used);
	s->work = ntk_take(deal, cntk_patches_work_floats(net, s, length));
}

size_t
ntk_cntk_patches_workspace(const ntk_map_spec *spec, int n)
{
	ntk_cntk	net;
	ntk_deal	count = {0};
	cntk_patches_sample s;

	cntk_patches_lay_out(&net, spec, n, &s, &count);
	return sizeof(float) * count.used;
}

/* the image of a row, of norm 1 or 0 */
static void
cntk_patches_load_image(const double *row, int length, float *image)
{
	double		largest = 0;
	double		square = 0;

	for (int k = 0; k < length; k++)
		largest = fmax(largest, fabs(row[k]));
	for (int k = 0; largest > 0 && k < length; k++)
		square += (row[k] / largest) * (row[k] / largest);
	for (int k = 0; k < length; k++)
		image[k] = largest > 0 ? (float) (row[k] / largest / sqrt(square)) : 0;
}

/* the first count of n pixels in random order */
static void
cntk_patches_draw_pixels(ntk_rng *rng, int n, int count, int *pixel)
{
	for (int i = 0; i < n; i++)
		pixel[i] = i;
	for (int i = 0; i < count; i++)
	{
		int			other = i + (int) ((n - i) * ntk_rng_uniform(rng));
		int			taken = pixel[other];

		pixel[other] = pixel[i];
		pixel[i] = taken;
	}
}

/* adds what stage h sees of an image; returns the number of rows in the sample */
static int
cntk_patches_add_image(const ntk_cntk *net, int h, ntk_rng *rng, const cntk_patches_sample *s,
						 int rows, ntk_pause pause)
{
	const ntk_cntk_stage *stage = &net->stage[h];
	int			patch = ntk_cntk_patch(net, h);
	int			partners = ntk_cntk_has_partners(net, h);
	int			pixels = ntk_layer_rows(&stage->from) * ntk_layer_columns(&stage->from);
	int			count = s->per_image < pixels ? s->per_image : pixels;

	cntk_patches_draw_pixels(rng, pixels, count, s->pixel);
	ntk_cntk_see(net, h, s->image, count, s->pixel, s->unit, s->tangent, s->work, pause);
	for (int i = 0; i < count; i++)
	{
		const double *unit = s->unit + (size_t) i * stage->dim;
		float	   *row = s->rows + (size_t) rows * (partners ? 2 * patch : patch);
		double		square = 0;

		for (int k = 0; k < patch; k++)
		{
			row[k] = (float) unit[k];
			square += unit[k] * unit[k];
		}
		if (partners)
			memcpy(row + patch, s->tangent + (size_t) i * patch, sizeof(float) * patch);
		rows += square > 0;		/* black patches are overwritten */
	}
	return rows;
}

/* the centres as landmarks of a stage: mu of all, then psi of all, of mu with length 1 */
static void
cntk_patches_write_landmarks(const ntk_cntk *net, int h, const float *centres, float *landmarks)
{
	int			patch = ntk_cntk_patch(net, h);
	int			partners = ntk_cntk_has_partners(net, h);

	for (int j = 0; j < net->rank; j++)
	{
		const float *centre = centres + (size_t) j * (partners ? 2 * patch : patch);

		memcpy(landmarks + (size_t) j * patch, centre, sizeof(float) * patch);
		if (partners)
			memcpy(landmarks + ((size_t) net->rank + j) * patch, centre + patch,
				   sizeof(float) * patch);
	}
}

int
ntk_cntk_patches(const ntk_map_spec *spec, const double *row, int n, uint64_t seed,
				 float *landmarks, void *workspace, ntk_pause pause)
{
	ntk_deal	deal = {.memory = workspace};
	ntk_deal	net_deal = {0};
	ntk_cntk	net;
	cntk_patches_sample s;

	cntk_patches_lay_out(&net, spec, n, &s, &deal);
	net_deal.memory = s.net;
	ntk_cntk_nystrom_lay_out(&net, spec, &net_deal);
	for (int i = 0; i < s.room; i++)
		s.weight[i] = 1;
	for (int h = 1; h <= net.depth; h++)
	{
		int			length = ntk_cntk_patch(&net, h) * (ntk_cntk_has_partners(&net, h) ? 2 : 1);
		int			rows = 0;
		ntk_rng		rng;

		ntk_rng_init(&rng, seed ^ STREAM, h);
		for (int i = 0; i < n; i++)
		{
			cntk_patches_load_image(row + (size_t) i * spec->input_dim, spec->input_dim,
									  s.image);
			rows = cntk_patches_add_image(&net, h, &rng, &s, rows, pause);
		}
		if (rows < net.rank)
			return 0;
		ntk_kmeans(s.rows, s.weight, rows, length, net.rank, seed + h,
				   !ntk_cntk_has_partners(&net, h), NTK_KMEANS_PASSES, s.centres, s.work, pause);
		cntk_patches_write_landmarks(&net, h, s.centres, landmarks);
		ntk_cntk_nystrom_stage(&net, h, landmarks, pause);
		landmarks += ntk_cntk_nystrom_numbers(&net, h);
	}
	return 1;
}
