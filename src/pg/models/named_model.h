/*
 * named_model.h
 *		Models by name, ready to score rows, once per backend.
 *
 * Which version serves is asked for once per statement, in its snapshot, and holds to its
 * end. What was loaded serves later statements as long as they would read the same.
 */
#ifndef NTK_NAMED_MODEL_H
#define NTK_NAMED_MODEL_H

#include "pg/models/named_part.h"

typedef struct NtkNamedMap NtkNamedMap;	/* for named_model.c */

typedef struct NtkNamedModel
{
	NtkModelRecord record;
	NtkPreparedModel scorer;	/* without numbers: the map, and room for a row */
	NtkNamedPart *all_rows;		/* of a model without groups, once it was wanted */
	/* for named_model.c: */
	NtkModelIdentity identity;
	Oid			role;			/* that may use it */
	Oid			relation;		/* whose changes make it stale */
	MemoryContext context;		/* of all this */
	NtkNamedMap *map;
	Size		bytes;			/* when it was last released */
	int			users;			/* who hold it */
	bool		stale;			/* not to be found any more; dropped when it is not in use */
	uint64		last_use;
	dlist_node	used;			/* the most recently used first */
	dlist_node	link;			/* in the chain of its name */
	dlist_head	parts;			/* of groups */
} NtkNamedModel;

/* A moment of this backend: equal ones see the same rows. */
typedef struct NtkMoment
{
	LocalTransactionId transaction;
	TransactionId xmin;
	TransactionId xmax;
	uint32		running;
	int32		running_subs;
	CommandId	command;
	uint64		changes;		/* of catalogs that this backend was told of */
} NtkMoment;

/* The hold on a model while rows are scored; all zeros: none. */
typedef struct NtkNamedUse
{
	NtkNamedModel *model;
	Oid			role;
	NtkMoment	moment;			/* at which the model was the one that serves */
} NtkNamedUse;

/*
 * Holds the model that serves by this name for the current role in the active snapshot, in
 * place of what was held. Costs next to nothing if that is it. true if it is another one.
 */
extern bool ntk_named_use(NtkNamedUse *use, Oid schema, const char *name, int length);
extern void ntk_named_release(NtkNamedUse *use);

/*
 * The part for a group, until the next call. values: keys of each grouping column, NULL for
 * a NULL. An error if the model refuses groups that it was not trained on.
 */
extern NtkNamedPart *ntk_named_part(NtkNamedModel *model, char *const *values);

/* The score of a target for the features in the part's model; an error if it is not finite. */
extern double ntk_named_score(const NtkNamedModel *model, const NtkNamedPart *part, int target);

/*
 * A score of a regression in the unit of the target, and the mean prediction for the features in
 * the part's model, which of a logarithm is larger. An error if they are not finite.
 */
extern double ntk_named_in_unit(const NtkNamedModel *model, double score);
extern double ntk_named_predict(const NtkNamedModel *model, const NtkNamedPart *part);

/*
 * Of a model of classification, for the same features: the probabilities of all classes into
 * out, [label_count], and the class of the largest one, the first of equal ones.
 */
extern int	ntk_named_classify(const NtkNamedModel *model, const NtkNamedPart *part, double *out);
extern void ntk_named_refuse_range(const NtkNamedModel *model);

#endif
