/*
 * type_model.h
 *		The SQL type ntk_model: a fitted ridge model.
 *
 * Stored: NtkModelValue, then the map (if the model takes inputs rather than features),
 * then doubles: intercept[targets], train_mse[targets], weights[targets][width], and those of
 * core's ntk_posterior if it was wanted.
 */
#ifndef NTK_TYPE_MODEL_H
#define NTK_TYPE_MODEL_H

#include "pg/types/type_gram.h"

#include "core/regression/posterior.h"

typedef struct NtkModelValue
{
	NtkValue	head;
	int32		width;
	int32		targets;
	int64		rows;			/* it was fitted on */
	float8		lambda;			/* relative, as asked for */
	float8		ridge;			/* absolute, as added to the diagonal */
	uint32		map_bytes;		/* 0 or the size of the map */
	uint32		posterior;		/* 0: none; NTK_POSTERIOR, or an older form of it */
	char		data[FLEXIBLE_ARRAY_MEMBER];
} NtkModelValue;

/* Forms of posteriors; the older one has not the degrees of freedom that are left. */
#define NTK_POSTERIOR_OLD 1
#define NTK_POSTERIOR 2

extern const NtkValueKind ntk_model_kind;

/* The model in datum, or its fields; an error if it is none. Numbers are not looked at. */
static inline NtkModelValue *
ntk_model_get(Datum datum)
{
	return (NtkModelValue *) ntk_value_get(datum, &ntk_model_kind);
}

static inline const NtkModelValue *
ntk_model_head(Datum datum)
{
	return (const NtkModelValue *) ntk_value_head(datum, &ntk_model_kind);
}

/* Bytes of a model; a model of a statistic's shape and map, without numbers and unsealed. */
extern Size ntk_model_size(int width, int targets, Size map_bytes, uint32 posterior);
extern NtkModelValue *ntk_model_make(const NtkGramView *gram, double lambda, bool has_posterior);

/* What is wrong with its numbers, or NULL: what is made has no flaw that is refused when read. */
extern const char *ntk_model_flaw(NtkModelValue *model);

/* The map of a model, or NULL; its numbers. */
extern const NtkMapValue *ntk_model_map(const NtkModelValue *model);
extern ntk_ridge ntk_model_ridge(NtkModelValue *model);
extern ntk_posterior ntk_model_posterior(NtkModelValue *model);	/* if it has one */

#endif
