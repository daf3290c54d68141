/*
 * learn_levels.c
 *		Counts of the levels of a category, as ntk_encoding learns them.
 *
 * Memory is bounded: when a category has too many levels, the rarer half of them is
 * forgotten. Only then can the result depend on the order of the rows and the plan, and
 * only by levels about as rare as the forgotten ones.
 */
#include "pg/rows/learn_encoding.h"

#include "utils/memutils.h"

#define MOST_LEVELS 20000		/* to count: twice as many as may be kept, if that is more */
#define MOST_LEVEL_BYTES ((Size) 16 * 1024 * 1024)

NtkLevelCounts *
ntk_learn_create_levels(MemoryContext parent, int n)
{
	MemoryContext context = AllocSetContextCreate(parent, "ntk_encoding levels",
												  ALLOCSET_SMALL_SIZES);
	NtkLevelCounts *levels = MemoryContextAllocZero(context, sizeof(NtkLevelCounts));

	levels->context = context;
	levels->table = ntk_levels_create(context, n, NULL);
	levels->all_numbers = true;
	return levels;
}

/* the text of a number: blanks, sign, digits with at most one point, exponent, blanks */
static bool
learn_looks_like_number(const char *text, int length)
{
	const char *at = text;
	const char *end = text + length;
	int			digits = 0;

	while (at < end && *at == ' ')
		at++;
	if (at < end && (*at == '+' || *at == '-'))
		at++;
	for (bool point = false; at < end; at++)
	{
		if (*at >= '0' && *at <= '9')
			digits++;
		else if (*at == '.' && !point)
			point = true;
		else
			break;
	}
	if (digits > 0 && at < end && (*at == 'e' || *at == 'E'))
	{
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		for (digits = 0; at < end && *at >= '0' && *at <= '9'; at++)
			digits++;
	}
	while (at < end && *at == ' ')
		at++;
	return digits > 0 && at == end;
}

/* the more frequent first; the order of texts is that of bytes, the same everywhere */
static int
learn_compare_levels(const void *a, const void *b)
{
	const NtkLevel *x = *(NtkLevel *const *) a;
	const NtkLevel *y = *(NtkLevel *const *) b;
	int			order = memcmp(x->key.text, y->key.text, Min(x->key.length, y->key.length));

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return order != 0 ? order : x->key.length - y->key.length;
}

NtkLevel **
ntk_sort_levels(const NtkLevelCounts *levels)
{
	NtkLevel  **sorted = palloc(sizeof(NtkLevel *) * Max(levels->table->members, 1));
	ntk_levels_iterator iterator;
	NtkLevel   *level;
	int			n = 0;

	ntk_levels_start_iterate(levels->table, &iterator);
	while ((level = ntk_levels_iterate(levels->table, &iterator)) != NULL)
		sorted[n++] = level;
	qsort(sorted, n, sizeof(NtkLevel *), learn_compare_levels);
	return sorted;
}

static NtkLevel *
learn_insert_level(NtkLevelCounts *levels, NtkLevelKey key, int64 count, double weight)
{
	bool		found;
	NtkLevel   *level = ntk_levels_insert(levels->table, key, &found);
	char	   *copy;

	if (found)
	{
		level->number += count;
		level->weight += weight;
		return level;
	}
	level->number = count;
	level->weight = weight;
	level->target_weight = 0;
	level->target_means = NULL;
	copy = MemoryContextAlloc(levels->context, Max(key.length, 1));
	memcpy(copy, key.text, key.length);
	level->key.text = copy;
	levels->bytes += key.length;
	if (levels->all_numbers && !learn_looks_like_number(key.text, key.length))
		levels->all_numbers = false;
	return level;
}

/* the mean target of rows with this weight */
static void
learn_add_level_target(NtkLevelCounts *levels, NtkLevel *level, const double *target, int targets,
					   double weight)
{
	if (!target || weight == 0)
		return;
	if (!level->target_means)
		level->target_means = MemoryContextAllocZero(levels->context, sizeof(double) * targets);
	level->target_weight += weight;
	for (int i = 0; i < targets; i++)
		level->target_means[i] +=
			(target[i] - level->target_means[i]) * (weight / level->target_weight);
}

/* without the rarer half of the levels */
static NtkLevelCounts *
learn_prune(NtkLevelCounts *levels, int targets)
{
	int			kept = levels->table->members / 2;
	NtkLevelCounts *result = ntk_learn_create_levels(MemoryContextGetParent(levels->context), kept);
	NtkLevel  **sorted = ntk_sort_levels(levels);

	result->all_numbers = levels->all_numbers;
	for (int i = 0; i < kept; i++)
	{
		NtkLevel   *level = learn_insert_level(result, sorted[i]->key, sorted[i]->number,
											   sorted[i]->weight);

		learn_add_level_target(result, level, sorted[i]->target_means, targets,
							   sorted[i]->target_weight);
	}
	pfree(sorted);
	MemoryContextDelete(levels->context);
	return result;
}

void
ntk_learn_add_level(const NtkLearned *state, NtkLearnedColumn *column, NtkLevelKey key, int64 count,
					double weight, const double *target, double target_weight)
{
	NtkLevelCounts *levels = column->levels;
	NtkLevel   *level = learn_insert_level(levels, key, count, weight);

	learn_add_level_target(levels, level, target, state->targets, target_weight);
	if (levels->table->members > (uint32) Max(MOST_LEVELS, 2 * state->max_levels) ||
		levels->bytes > MOST_LEVEL_BYTES)
		column->levels = learn_prune(levels, state->targets);
}
