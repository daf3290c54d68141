/*
 * named_catalog.h
 *		Reading the catalog of models by name.
 *
 * Everything is read in the active snapshot, so that all that one statement reads of a model
 * belongs together. Owners may write what they like into their rows: each field is checked,
 * and a row that no training would have left is an error that names the field.
 */
#ifndef NTK_NAMED_CATALOG_H
#define NTK_NAMED_CATALOG_H

#include "pg/models/named_identity.h"
#include "pg/rows/encoding.h"
#include "pg/types/type_model.h"

/* What the rows of a model and its version hold, in one memory context. */
typedef struct NtkModelRecord
{
	Oid			schema;			/* of the extension */
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
	double		centre;			/* what was subtracted from the targets */
	bool		is_log;			/* their logarithms were fitted */
} NtkModelRecord;

/* The fitted model of one group of rows. */
typedef struct NtkPartRecord
{
	NtkModelValue *fitted;		/* with its map */
	double	   *calibration;	/* of the scores of classes; NULL in regression */
	double		smearing;		/* factor of exponentials of what is_log predicts */
	bool		is_newest;		/* the newest snapshot has it, too */
} NtkPartRecord;

/* An error if the role may see no version that serves. */
extern void ntk_catalog_check(Oid schema, const char *name);

/*
 * Fills a record whose schema and name are set, in the current memory context, and returns
 * the map, which lives until the caller frees it.
 */
extern NtkMapValue *ntk_catalog_read(NtkModelRecord *model, NtkModelIdentity *identity);

/*
 * Reads the part with these values of the grouping columns (none: that of all rows), in the
 * current memory context; false if there is none.
 */
extern bool ntk_catalog_read_part(const NtkModelRecord *model, char *const *values, int count,
								  NtkPartRecord *part);

/* The error for a name that no model has. */
extern void ntk_catalog_refuse_name(const char *name);

/* The error for a record that no training leaves; detail is a sentence. */
extern void ntk_catalog_refuse(const NtkModelRecord *model, const char *detail);

#endif
