/*
 * named_part.h
 *		The fitted models of groups of rows that a backend keeps.
 *
 * They are kept without their map, which all groups of a model share, and the least recently
 * used ones go first. That a group has no model of its own is remembered, too, of a few.
 */
#ifndef NTK_NAMED_PART_H
#define NTK_NAMED_PART_H

#include "pg/models/named_catalog.h"
#include "pg/types/prepared_model.h"

#include "lib/ilist.h"

typedef struct NtkNamedPart
{
	bool		is_fitted;		/* false: there were no rows of this group */
	double	   *calibration;	/* of the scores of classes; NULL in regression */
	double		smearing;		/* factor of exponentials of the logarithms that it predicts */
	NtkPreparedModel model;		/* of the group */
	/* for named_part.c: */
	dlist_node	used;			/* the most recently used first */
	dlist_node	link;			/* in the chain of its hash */
	dlist_node	sibling;		/* in those of its owner */
	dlist_head *owner;
	uint64		last_use;
	Size		bytes;
	char	   *key;
} NtkNamedPart;

/*
 * The kept part of an owner with this key, or NULL. It may go when another one is added or
 * room is made. now: a clock of uses.
 */
extern NtkNamedPart *ntk_part_find(dlist_head *owner, const char *key, uint64 now);

/* Keeps a copy of what was read; record NULL: there were no rows. scorer has the map and room. */
extern NtkNamedPart *ntk_part_keep(dlist_head *owner, const char *key,
								   const NtkPartRecord *record,
								   const NtkPreparedModel *scorer, uint64 now);

/* A part that nothing but its memory context, the current one, owns. */
extern NtkNamedPart *ntk_part_make(const NtkPartRecord *record, const NtkPreparedModel *scorer);

/* Of the least recently used part apart from the very last one: its use, or PG_UINT64_MAX. */
extern uint64 ntk_part_oldest(void);
extern void ntk_part_drop_oldest(void);

extern void ntk_part_drop_all(dlist_head *owner);

/* Bytes of all that are kept. */
extern Size ntk_part_bytes(void);

#endif
