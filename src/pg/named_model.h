/*
 * named_model.h
 *		Models by name, ready to score rows, once per backend.
 */
#ifndef NTK_NAMED_MODEL_H
#define NTK_NAMED_MODEL_H

#include "pg/encoding.h"
#include "pg/prepared_model.h"

#include "utils/hsearch.h"

/* The fitted model of one group of rows. */
typedef struct NtkNamedPart
{
	char	   *key;			/* see ntk_named_part */
	NtkPin	   *pin;			/* NULL: no rows of this group were fitted */
	double		temperature;	/* of the softmax of its scores */
} NtkNamedPart;

typedef struct NtkNamedModel
{
	MemoryContext context;		/* of all this */
	int			users;			/* who hold it */
	uint64		last_use;
	bool		stale;			/* goes when nobody does */
	bool		transient;		/* nobody else finds it, and it goes then, too */
	Oid			schema;			/* of the extension */
	Oid			relation;		/* whose changes make it stale */
	char	   *name;
	int			version;
	bool		is_classification;
	NtkEncoding *encoding;
	int			feature_count;
	char	  **features;		/* names of columns, in the order of an array of them */
	int			group_count;
	char	  **grouping;		/* names of columns */
	bool		refuses_unseen; /* groups, to which otherwise the model of all rows applies */
	int			label_count;
	text	  **labels;			/* classes, in the order of the targets */
	NtkNamedPart *all_rows;		/* the part of a model without groups, once it was wanted */
	const NtkMapValue *map;		/* of all parts, once one is there */
	HTAB	   *parts;
} NtkNamedModel;

/* The model that serves by this name, until it is released. An error if there is none. */
extern NtkNamedModel *ntk_named_hold(Oid schema, const char *name);
extern void ntk_named_release(NtkNamedModel *model);

/*
 * The part for a group. values: text of each grouping column, NULL for a NULL. An error where
 * the model refuses groups that it does not know.
 */
extern NtkNamedPart *ntk_named_part(NtkNamedModel *model, char *const *values);

/* The model of a part, ready. */
extern NtkPreparedModel *ntk_named_prepared(const NtkNamedPart *part);

#endif
