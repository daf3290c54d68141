/*
 * row_sample.c
 *		The distinct rows with the smallest hashes, and how often each occurred.
 */
#include "pg/base/row_sample.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "pg/base/module.h"

static float *
sample_row_at(const NtkRowSample *sample, int place)
{
	return sample->rows + (Size) place * sample->dim;
}

static int
sample_most_rows(const NtkRowSample *sample)
{
	return sample->limit + sample->limit / 4 + 1;
}

NtkRowSample *
ntk_row_sample_create(MemoryContext parent, const char *what, int dim, int limit)
{
	MemoryContext context = AllocSetContextCreate(parent, "ntk_row_sample",
												  ALLOCSET_DEFAULT_SIZES);
	NtkRowSample *sample = MemoryContextAllocZero(context, sizeof(NtkRowSample));

	sample->context = context;
	sample->what = what;
	sample->dim = dim;
	sample->limit = limit;
	sample->bound = PG_UINT64_MAX;
	sample->row = MemoryContextAlloc(context, sizeof(float) * dim);
	return sample;
}

int
ntk_row_sample_round(NtkRowSample *sample, const double *input)
{
	for (int i = 0; i < sample->dim; i++)
	{
		sample->row[i] = (float) input[i] + 0.0f;
		if (!isfinite(sample->row[i]))
			return i;
	}
	return -1;
}

static int
sample_compare_hashes(const void *a, const void *b)
{
	uint64		x = ((const NtkSampleEntry *) a)->hash;
	uint64		y = ((const NtkSampleEntry *) b)->hash;

	return x < y ? -1 : x > y;
}

void
ntk_row_sample_compact(NtkRowSample *sample)
{
	int			kept = 0;
	int			unused = sample->room - sample->count;

	if (sample->count == 0)
		return;
	qsort(sample->entries, sample->count, sizeof(NtkSampleEntry), sample_compare_hashes);
	for (int i = 1; i < sample->count; i++)
	{
		NtkSampleEntry *entry = &sample->entries[i];

		if (entry->hash == sample->entries[kept].hash)
			sample->entries[kept].weight += entry->weight;
		else if (kept + 1 < sample->limit)
		{
			sample->entries[++kept] = *entry;
			continue;
		}
		sample->unused[unused++] = entry->place;
	}
	sample->count = kept + 1;
	if (sample->count == sample->limit)
		sample->bound = sample->entries[kept].hash;
}

static void
sample_make_room(NtkRowSample *sample)
{
	int			room;

	if (sample->count < sample->room)
		return;
	if (sample->room == sample_most_rows(sample))
	{
		ntk_row_sample_compact(sample);
		return;
	}
	room = Max(Min(2 * sample->room, sample_most_rows(sample)), Min(64, sample_most_rows(sample)));
	ntk_check_memory((sizeof(float) * sample->dim + sizeof(NtkSampleEntry) + sizeof(int)) * room,
					 sample->what);
	if (sample->room == 0)
	{
		sample->entries = MemoryContextAllocHuge(sample->context, sizeof(NtkSampleEntry) * room);
		sample->unused = MemoryContextAllocHuge(sample->context, sizeof(int) * room);
		sample->rows = MemoryContextAllocHuge(sample->context,
											  sizeof(float) * room * (Size) sample->dim);
	}
	else
	{
		sample->entries = repalloc_huge(sample->entries, sizeof(NtkSampleEntry) * room);
		sample->unused = repalloc_huge(sample->unused, sizeof(int) * room);
		sample->rows = repalloc_huge(sample->rows, sizeof(float) * room * (Size) sample->dim);
	}
	for (int place = sample->room; place < room; place++)
		sample->unused[place - sample->room] = place;
	sample->room = room;
}

static void
sample_add_row(NtkRowSample *sample, uint64 hash, double weight, const float *row)
{
	int			place;

	if (hash > sample->bound)
		return;
	sample_make_room(sample);
	if (hash > sample->bound)	/* it may have come down */
		return;
	place = sample->unused[sample->room - sample->count - 1];
	sample->entries[sample->count++] = (NtkSampleEntry) {hash, weight, place};
	memcpy(sample_row_at(sample, place), row, sizeof(float) * sample->dim);
}

void
ntk_row_sample_add_weighted(NtkRowSample *sample, uint64 seed, double weight)
{
	int			bytes = (int) sizeof(float) * sample->dim;

	sample_add_row(sample, hash_bytes_extended((unsigned char *) sample->row, bytes, seed), weight,
				   sample->row);
}

void
ntk_row_sample_add(NtkRowSample *sample, uint64 seed)
{
	ntk_row_sample_add_weighted(sample, seed, 1);
}

void
ntk_row_sample_merge(NtkRowSample *sample, const NtkRowSample *other)
{
	for (int i = 0; i < other->count; i++)
		sample_add_row(sample, other->entries[i].hash, other->entries[i].weight,
					   sample_row_at(other, other->entries[i].place));
}

double *
ntk_row_sample_arrange(NtkRowSample *sample)
{
	int		   *holder = palloc_extended(sizeof(int) * sample->room, MCXT_ALLOC_HUGE);
	Size		bytes = sizeof(float) * sample->dim;
	double	   *weights = palloc(sizeof(double) * sample->count);

	/* the entry at a place, or -1 */
	for (int place = 0; place < sample->room; place++)
		holder[place] = -1;
	for (int i = 0; i < sample->count; i++)
		holder[sample->entries[i].place] = i;
	for (int i = 0; i < sample->count; i++)
	{
		int			place = sample->entries[i].place;

		if (place == i)
			continue;
		memcpy(sample->row, sample_row_at(sample, place), bytes);
		memcpy(sample_row_at(sample, place), sample_row_at(sample, i), bytes);
		memcpy(sample_row_at(sample, i), sample->row, bytes);
		holder[place] = holder[i];
		if (holder[place] >= 0)
			sample->entries[holder[place]].place = place;
		holder[i] = i;
		sample->entries[i].place = i;
	}
	for (int place = sample->count; place < sample->room; place++)
		sample->unused[place - sample->count] = place;
	pfree(holder);
	for (int i = 0; i < sample->count; i++)
		weights[i] = sample->entries[i].weight;
	return weights;
}

/* behind the head: how many rows, then per row its hash, weight and numbers */
bytea *
ntk_row_sample_pack(NtkRowSample *sample, const void *head, Size head_bytes)
{
	Size		row = sizeof(uint64) + sizeof(double) + sizeof(float) * sample->dim;
	int64		count;
	Size		bytes;
	bytea	   *result;
	char	   *to;

	ntk_row_sample_compact(sample);
	count = sample->count;
	bytes = VARHDRSZ + head_bytes + sizeof(count) + row * count;
	ntk_check_memory(bytes, sample->what);
	result = palloc(bytes);
	SET_VARSIZE(result, bytes);
	to = VARDATA(result);
	memcpy(to, head, head_bytes);
	to += head_bytes;
	memcpy(to, &count, sizeof(count));
	to += sizeof(count);
	for (int i = 0; i < count; i++, to += row)
	{
		const NtkSampleEntry *entry = &sample->entries[i];

		memcpy(to, &entry->hash, sizeof(uint64));
		memcpy(to + sizeof(uint64), &entry->weight, sizeof(double));
		memcpy(to + sizeof(uint64) + sizeof(double), sample_row_at(sample, entry->place),
			   sizeof(float) * sample->dim);
	}
	return result;
}

void
ntk_row_sample_unpack(NtkRowSample *sample, const char *from)
{
	int64		count;

	memcpy(&count, from, sizeof(count));
	from += sizeof(count);
	for (int64 i = 0; i < count; i++)
	{
		uint64		hash;
		double		weight;

		memcpy(&hash, from, sizeof(uint64));
		memcpy(&weight, from + sizeof(uint64), sizeof(double));
		from += sizeof(uint64) + sizeof(double);
		memcpy(sample->row, from, sizeof(float) * sample->dim);
		from += sizeof(float) * sample->dim;
		sample_add_row(sample, hash, weight, sample->row);
	}
}
