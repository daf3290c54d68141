/*
 * learn_partial.c
 *		Partial states of the aggregate ntk_encoding: merging them, and passing them between
 *		processes.
 *
 * Moments are merged as in Chan, Golub and LeVeque, Algorithms for computing the sample variance
 * (1983).
 */
#include "pg/rows/learn_encoding.h"

#include "libpq/pqformat.h"

#include "pg/base/module.h"

/* Merging */

/* neither is empty */
static void
learn_merge_moments(NtkMoments *into, double weight, const NtkMoments *from, double from_weight)
{
	double		deviation = from->mean - into->mean;
	double		share = from_weight / (weight + from_weight);

	into->mean += deviation * share;
	into->m2 += from->m2 + deviation * deviation * share * weight;
	into->min = Min(into->min, from->min);
	into->max = Max(into->max, from->max);
}

static void
learn_merge_levels(const NtkLearned *state, NtkLearnedColumn *into, const NtkLevelCounts *from)
{
	ntk_levels_iterator iterator;
	NtkLevel   *level;

	into->levels->all_numbers &= from->all_numbers;
	ntk_levels_start_iterate(from->table, &iterator);
	while ((level = ntk_levels_iterate(from->table, &iterator)) != NULL)
		ntk_learn_add_level(state, into, level->key, level->number, level->weight,
							level->target_means, level->target_weight);
}

static void
learn_merge_targets(const NtkLearned *state, NtkLearnedColumn *into, const NtkLearnedColumn *from)
{
	Size		bytes = sizeof(NtkMoments) * state->targets;

	if (!from->targets)
		return;
	if (!into->targets)
	{
		into->targets = MemoryContextAlloc(state->context, bytes);
		memcpy(into->targets, from->targets, bytes);
	}
	else
		for (int i = 0; i < state->targets; i++)
			learn_merge_moments(&into->targets[i], into->target_weight, &from->targets[i],
								from->target_weight);
	into->target_weight += from->target_weight;
}

static void
learn_merge_column(const NtkLearned *state, NtkLearnedColumn *into, const NtkLearnedColumn *from)
{
	ntk_learn_check_column(into, from->name, from->declared);
	if (from->present == 0)
		return;
	if (into->length < 0 && from->length >= 0)
	{
		ntk_learn_make_moments(state, into, from->length);
		into->length = from->length;
	}
	ntk_learn_check_length(into, from->length);
	for (int i = 0; i < into->n; i++)
		if (into->present == 0)
			into->moments[i] = from->moments[i];
		else
			learn_merge_moments(&into->moments[i], into->weight, &from->moments[i], from->weight);
	if (into->present == 0)
		into->ties = from->ties;
	else
		ntk_number_ties_merge(&into->ties, &from->ties);
	if (into->levels)
		learn_merge_levels(state, into, from->levels);
	learn_merge_targets(state, into, from);
	into->present += from->present;
	into->weight += from->weight;
}

NTK_FUNCTION(ntk_sql_encoding_combine);
Datum
ntk_sql_encoding_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = ntk_aggregate_context(fcinfo);
	NtkLearned *state = ntk_aggregate_state(fcinfo, 0);
	NtkLearned *other = ntk_aggregate_state(fcinfo, 1);

	if (!other)
	{
		if (!state)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (!state)
	{
		state = ntk_learn_create_state(context, other->n, other->max_levels, &other->options);
		for (int i = 0; i < other->n; i++)
			ntk_learn_begin_column(state, &state->columns[i], other->columns[i].name,
								   other->columns[i].declared, other->columns[i].type);
		ntk_learn_begin_sample(state);
	}
	ntk_learn_check_same(state, other->max_levels, &other->options);
	ntk_learn_check_column_count(state, other->n);
	ntk_learn_check_targets(state, other->targets);
	for (int i = 0; i < state->n; i++)
		learn_merge_column(state, &state->columns[i], &other->columns[i]);
	state->rows += other->rows;
	state->weight += other->weight;
	if (state->sample)
		ntk_row_sample_merge(state->sample, other->sample);
	PG_RETURN_POINTER(state);
}

/* Between processes */

static void
learn_send_levels(StringInfo to, const NtkLevelCounts *levels, int targets)
{
	ntk_levels_iterator iterator;
	NtkLevel   *level;

	pq_sendbyte(to, levels->all_numbers);
	pq_sendint32(to, levels->table->members);
	ntk_levels_start_iterate(levels->table, &iterator);
	while ((level = ntk_levels_iterate(levels->table, &iterator)) != NULL)
	{
		pq_sendint64(to, level->number);
		pq_sendfloat8(to, level->weight);
		pq_sendfloat8(to, level->target_weight);
		if (level->target_means)
			pq_sendbytes(to, (const char *) level->target_means, sizeof(double) * targets);
		pq_sendint32(to, level->key.length);
		pq_sendbytes(to, level->key.text, level->key.length);
	}
}

static void
learn_send_column(StringInfo to, const NtkLearnedColumn *column, int targets)
{
	pq_sendint32(to, strlen(column->name));
	pq_sendbytes(to, column->name, strlen(column->name));
	pq_sendint32(to, column->declared);
	pq_sendint32(to, column->type.kind);
	pq_sendint32(to, column->type.type);
	pq_sendint64(to, column->present);
	pq_sendfloat8(to, column->weight);
	pq_sendbytes(to, (const char *) &column->ties, sizeof(NtkNumberTies));
	pq_sendint32(to, column->length);
	pq_sendint32(to, column->n);
	pq_sendbytes(to, (const char *) column->moments, sizeof(NtkMoments) * column->n);
	if (!column->levels)
		return;
	learn_send_levels(to, column->levels, targets);
	pq_sendfloat8(to, column->target_weight);
	if (column->targets)
		pq_sendbytes(to, (const char *) column->targets, sizeof(NtkMoments) * targets);
}

static void
learn_send_sample(StringInfo to, NtkRowSample *sample)
{
	bytea	   *packed = ntk_row_sample_pack(sample, "", 0);

	pq_sendint32(to, VARSIZE_ANY_EXHDR(packed));
	pq_sendbytes(to, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	pfree(packed);
}

NTK_FUNCTION(ntk_sql_encoding_serialize);
Datum
ntk_sql_encoding_serialize(PG_FUNCTION_ARGS)
{
	NtkLearned *state = ntk_aggregate_state(fcinfo, 0);
	StringInfoData bytes;

	ntk_aggregate_context(fcinfo);
	pq_begintypsend(&bytes);
	pq_sendint64(&bytes, state->rows);
	pq_sendfloat8(&bytes, state->weight);
	pq_sendint32(&bytes, state->max_levels);
	pq_sendbytes(&bytes, (const char *) &state->options, sizeof(NtkEncodingOptions));
	pq_sendint32(&bytes, state->targets);
	pq_sendint32(&bytes, state->n);
	for (int i = 0; i < state->n; i++)
		learn_send_column(&bytes, &state->columns[i], state->targets);
	if (state->sample)
		learn_send_sample(&bytes, state->sample);
	PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

static void
learn_receive_levels(StringInfo from, const NtkLearned *state, NtkLearnedColumn *column)
{
	bool		all_numbers = pq_getmsgbyte(from);
	int			n = pq_getmsgint(from, 4);

	for (int i = 0; i < n; i++)
	{
		int64		count = pq_getmsgint64(from);
		double		weight = pq_getmsgfloat8(from);
		double		target_weight = pq_getmsgfloat8(from);
		double		means[NTK_MOST_LEVEL_TARGETS];
		NtkLevelKey key;

		if (target_weight > 0)
			pq_copymsgbytes(from, (char *) means, sizeof(double) * state->targets);
		key.length = pq_getmsgint(from, 4);
		key.text = pq_getmsgbytes(from, key.length);
		ntk_learn_add_level(state, column, key, count, weight, means, target_weight);
	}
	column->levels->all_numbers = all_numbers;
	column->target_weight = pq_getmsgfloat8(from);
	if (column->target_weight > 0)
	{
		column->targets = MemoryContextAlloc(state->context, sizeof(NtkMoments) * state->targets);
		pq_copymsgbytes(from, (char *) column->targets, sizeof(NtkMoments) * state->targets);
	}
}

static void
learn_receive_column(StringInfo from, NtkLearned *state, NtkLearnedColumn *column)
{
	int			length = pq_getmsgint(from, 4);
	char	   *name = pnstrdup(pq_getmsgbytes(from, length), length);
	Oid			declared = pq_getmsgint(from, 4);
	NtkColumnType type;
	int			n;

	type.kind = pq_getmsgint(from, 4);
	type.type = pq_getmsgint(from, 4);
	ntk_learn_begin_column(state, column, name, declared, type);
	column->present = pq_getmsgint64(from);
	column->weight = pq_getmsgfloat8(from);
	pq_copymsgbytes(from, (char *) &column->ties, sizeof(NtkNumberTies));
	column->length = pq_getmsgint(from, 4);
	n = pq_getmsgint(from, 4);
	if (n > column->n)
		ntk_learn_make_moments(state, column, n);
	pq_copymsgbytes(from, (char *) column->moments, sizeof(NtkMoments) * n);
	if (column->levels)
		learn_receive_levels(from, state, column);
}

NTK_FUNCTION(ntk_sql_encoding_deserialize);
Datum
ntk_sql_encoding_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *packed = PG_GETARG_BYTEA_PP(0);
	StringInfoData bytes;
	NtkEncodingOptions options;
	NtkLearned *state;
	int64		rows;
	double		weight;
	int			max_levels,
				targets;

	ntk_aggregate_context(fcinfo);
	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	rows = pq_getmsgint64(&bytes);
	weight = pq_getmsgfloat8(&bytes);
	max_levels = pq_getmsgint(&bytes, 4);
	pq_copymsgbytes(&bytes, (char *) &options, sizeof(options));
	targets = pq_getmsgint(&bytes, 4);
	state = ntk_learn_create_state(CurrentMemoryContext, pq_getmsgint(&bytes, 4), max_levels,
								   &options);
	state->targets = targets;
	state->rows = rows;
	state->weight = weight;
	for (int i = 0; i < state->n; i++)
		learn_receive_column(&bytes, state, &state->columns[i]);
	ntk_learn_begin_sample(state);
	if (state->sample)
	{
		int			length = pq_getmsgint(&bytes, 4);

		ntk_row_sample_unpack(state->sample, pq_getmsgbytes(&bytes, length));
	}
	pq_getmsgend(&bytes);
	pfree(bytes.data);
	PG_RETURN_POINTER(state);
}
