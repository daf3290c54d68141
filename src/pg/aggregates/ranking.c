/*
 * ranking.c
 *		ntk_auc, ntk_ece and ntk_reliability: aggregates about the order of scores.
 *
 * The state keeps all scores.
 */
#include "pg/base/compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/base/array_input.h"
#include "pg/base/module.h"

typedef struct RankingScores
{
	Size		count;
	Size		room;
	double	   *values;			/* [room] */
} RankingScores;

/* the state: in any order, so that whoever needs them in order may sort them */
typedef struct Ranking
{
	MemoryContext context;
	RankingScores of[2];		/* false, true */
} Ranking;

static Ranking *
ranking_create(MemoryContext context)
{
	Ranking    *ranking = MemoryContextAllocZero(context, sizeof(Ranking));

	ranking->context = context;
	return ranking;
}

static void
ranking_reserve(Ranking *ranking, int label, Size more)
{
	RankingScores *scores = &ranking->of[label];
	Size		room = scores->count + more;

	if (room <= scores->room)
		return;
	room = Max(room, scores->room + scores->room / 2 + 16);
	ntk_check_memory(sizeof(double) * (room + ranking->of[!label].room), "ntk_auc");
	if (scores->room == 0)
		scores->values = MemoryContextAllocHuge(ranking->context, sizeof(double) * room);
	else
		scores->values = repalloc_huge(scores->values, sizeof(double) * room);
	scores->room = room;
}

static void
ranking_append(Ranking *ranking, int label, const void *values, Size count)
{
	RankingScores *scores = &ranking->of[label];

	if (count == 0)
		return;
	ranking_reserve(ranking, label, count);
	memcpy(scores->values + scores->count, values, sizeof(double) * count);
	scores->count += count;
}

/* ntk_auc(label, score): a row */
NTK_FUNCTION(ntk_sql_auc_accumulate);
Datum
ntk_sql_auc_accumulate(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		double		score = PG_GETARG_FLOAT8(2);

		ntk_check_finite(score, "score");
		if (!ranking)
			ranking = ranking_create(context);
		ranking_append(ranking, PG_GETARG_BOOL(1), &score, 1);
	}
	if (!ranking)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ranking);
}

/* the scores of both */
NTK_FUNCTION(ntk_sql_auc_combine);
Datum
ntk_sql_auc_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);
	Ranking    *other = ntk_aggregate_state(fcinfo, 1);

	if (other)
	{
		if (!ranking)
			ranking = ranking_create(context);
		for (int label = 0; label < 2; label++)
			ranking_append(ranking, label, other->of[label].values, other->of[label].count);
	}
	if (!ranking)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ranking);
}

/* what travels between processes: the two counts, then the scores of false and of true */
NTK_FUNCTION(ntk_sql_auc_serialize);
Datum
ntk_sql_auc_serialize(PG_FUNCTION_ARGS)
{
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);
	uint64		counts[2] = {ranking->of[0].count, ranking->of[1].count};
	Size		bytes = VARHDRSZ + sizeof(counts) + sizeof(double) * (counts[0] + counts[1]);
	bytea	   *result;
	char	   *to;

	ntk_aggregate_context(fcinfo);
	if (!AllocSizeIsValid(bytes))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%zu scores exceed what a parallel worker can send",
						(Size) (counts[0] + counts[1])),
				 errhint("Set max_parallel_workers_per_gather to 0.")));
	result = palloc(bytes);
	SET_VARSIZE(result, bytes);
	to = VARDATA(result);
	memcpy(to, counts, sizeof(counts));
	to += sizeof(counts);
	for (int label = 0; label < 2; label++)
	{
		Size		length = sizeof(double) * counts[label];

		if (length > 0)
			memcpy(to, ranking->of[label].values, length);
		to += length;
	}
	PG_RETURN_BYTEA_P(result);
}

NTK_FUNCTION(ntk_sql_auc_deserialize);
Datum
ntk_sql_auc_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	const char *from = VARDATA_ANY(bytes);
	Ranking    *ranking = ranking_create(CurrentMemoryContext);
	uint64		counts[2];

	ntk_aggregate_context(fcinfo);
	memcpy(counts, from, sizeof(counts));
	from += sizeof(counts);
	for (int label = 0; label < 2; label++)
	{
		ranking_append(ranking, label, from, counts[label]);
		from += sizeof(double) * counts[label];
	}
	PG_RETURN_POINTER(ranking);
}

#define ST_SORT sort_scores
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

/* pairs of a lower and a higher score that are in the order of their labels; ties count half */
static double
ranking_ordered_pairs(const RankingScores *lower, const RankingScores *higher)
{
	Size		below = 0;		/* lower ones that are less than the higher one at hand */
	Size		upto = 0;		/* that are not more */
	double		pairs = 0;

	for (Size i = 0; i < higher->count; i++)
	{
		double		score = higher->values[i];

		while (below < lower->count && lower->values[below] < score)
			below++;
		while (upto < lower->count && lower->values[upto] <= score)
			upto++;
		pairs += below + 0.5 * (upto - below);
	}
	return pairs;
}

/* the share of the pairs of a row of each class in which true has the higher score */
NTK_FUNCTION(ntk_sql_auc_final);
Datum
ntk_sql_auc_final(PG_FUNCTION_ARGS)
{
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);

	ntk_aggregate_context(fcinfo);
	if (!ranking || ranking->of[0].count == 0 || ranking->of[1].count == 0)
		PG_RETURN_NULL();
	for (int label = 0; label < 2; label++)
		sort_scores(ranking->of[label].values, ranking->of[label].count);
	PG_RETURN_FLOAT8(ranking_ordered_pairs(&ranking->of[0], &ranking->of[1]) /
					 ((double) ranking->of[0].count * ranking->of[1].count));
}

/* Rows of about the same probability: their number, true ones, and the sum of the probabilities. */
typedef struct RankingBin
{
	double		rows;
	double		hits;
	double		sum;
} RankingBin;

#define BINS 10

/*
 * Probabilities from the lowest up, in bins of a tenth of the rows or more: a bin ends where the
 * probability changes, so that the order of equal ones does not matter. Sorts the state.
 * Returns the number of bins.
 */
static int
ranking_fill_bins(Ranking *ranking, RankingBin bin[BINS])
{
	Size		at[2] = {0, 0};
	double		total = (double) ranking->of[0].count + ranking->of[1].count;
	double		done = 0;
	int			bins = 0;

	memset(bin, 0, sizeof(RankingBin) * BINS);
	for (int label = 0; label < 2; label++)
		sort_scores(ranking->of[label].values, ranking->of[label].count);
	for (int tenth = 0; tenth < BINS; tenth++)
	{
		while (done * BINS < total * (tenth + 1))
		{
			double		next = INFINITY;

			for (int label = 0; label < 2; label++)
				if (at[label] < ranking->of[label].count)
					next = Min(next, ranking->of[label].values[at[label]]);
			for (int label = 0; label < 2; label++)
				for (; at[label] < ranking->of[label].count &&
					 ranking->of[label].values[at[label]] == next; at[label]++, done++)
				{
					bin[bins].rows++;
					bin[bins].hits += label;
					bin[bins].sum += next;
				}
		}
		if (bin[bins].rows > 0)
			bins++;
	}
	return bins;
}

/* ntk_ece(label, probability) and ntk_reliability: a row */
NTK_FUNCTION(ntk_sql_reliability_accumulate);
Datum
ntk_sql_reliability_accumulate(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		double		probability = PG_GETARG_FLOAT8(2);

		ntk_check_finite(probability, "probability");
		if (probability < 0 || probability > 1)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("probability must be between 0 and 1, not %g", probability)));
	}
	return ntk_sql_auc_accumulate(fcinfo);
}

/* the mean distance between the probability and the share of true rows, over bins */
NTK_FUNCTION(ntk_sql_ece_final);
Datum
ntk_sql_ece_final(PG_FUNCTION_ARGS)
{
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);
	RankingBin	bin[BINS];
	double		distance = 0;
	double		rows = 0;

	ntk_aggregate_context(fcinfo);
	if (!ranking)
		PG_RETURN_NULL();
	for (int i = ranking_fill_bins(ranking, bin); i-- > 0;)
	{
		distance += fabs(bin[i].sum - bin[i].hits);
		rows += bin[i].rows;
	}
	PG_RETURN_FLOAT8(distance / rows);
}

/* the bins: rows of (mean probability, share of true rows, number of rows) */
NTK_FUNCTION(ntk_sql_reliability_final);
Datum
ntk_sql_reliability_final(PG_FUNCTION_ARGS)
{
	Ranking    *ranking = ntk_aggregate_state(fcinfo, 0);
	RankingBin	bin[BINS];
	double		rows[BINS][3];
	int			bins;

	ntk_aggregate_context(fcinfo);
	if (!ranking)
		PG_RETURN_NULL();
	bins = ranking_fill_bins(ranking, bin);
	for (int i = 0; i < bins; i++)
	{
		rows[i][0] = bin[i].sum / bin[i].rows;
		rows[i][1] = bin[i].hits / bin[i].rows;
		rows[i][2] = bin[i].rows;
	}
	PG_RETURN_ARRAYTYPE_P(ntk_array_make(&rows[0][0], bins, 3));
}
