/*
 * named_identity.h
 *		Which version of a model by name serves, by the rows of the catalog that say so.
 */
#ifndef NTK_NAMED_IDENTITY_H
#define NTK_NAMED_IDENTITY_H

#include "pg/base/compat.h"

#include "storage/itemptr.h"

/*
 * The row of the model and that of its version. Equal identities are equal contents, apart
 * from the fitted models. Zeroed, so that it compares bytewise.
 */
typedef struct NtkModelIdentity
{
	int32		version;
	TransactionId model_xmin;
	TransactionId version_xmin;
	ItemPointerData model_at;
	ItemPointerData version_at;
} NtkModelIdentity;

/*
 * What the active snapshot says of a name in the extension's schema; false if no version
 * serves. It asks for no right: a role that could read rows may know that they are the same.
 */
extern bool ntk_identity_read(Oid schema, const char *name, NtkModelIdentity *identity);

#endif
