/*
 * role.h
 *		Roles by identity, as the SQL type ntk_role holds them.
 */
#ifndef NTK_ROLE_H
#define NTK_ROLE_H

#include "pg/base/compat.h"

#include <limits.h>

#define NTK_ROLE_EVERYBODY InvalidOid
#define NTK_ROLE_NOBODY OID_MAX

/* Its name, "public" or "none", the latter also of a role that was dropped. */
extern char *ntk_role_name(Oid role);

/* Whether the current role has the privileges of this one, of everybody, but not of nobody. */
extern bool ntk_role_is_ours(Oid role);

/* Whether it also may act as this role, which is one. */
extern bool ntk_role_may_act(Oid role);

#endif
