/*
 * role.c
 *		The SQL type ntk_role: a role by its identity, written by its name.
 *
 * Stored is the role's OID, so that a role that is renamed keeps what it owns, and one that is
 * created anew under an old name gets nothing. Dumps hold names. A name that is no role's is
 * read as nobody, with a warning: a dump is restored also where a role is missing. Two values
 * are no role's OID: everybody ("public") and nobody ("none"), names that no role can have.
 */
#include "pg/base/compat.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "pg/types/role.h"

static Oid
role_of_name(const char *name)
{
	Oid			role;

	if (strcmp(name, "public") == 0)
		return NTK_ROLE_EVERYBODY;
	if (strcmp(name, "none") == 0)
		return NTK_ROLE_NOBODY;
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("the name of a role has at most %d bytes, not %zu", NAMEDATALEN - 1,
						strlen(name))));
	role = get_role_oid(name, true);
	if (OidIsValid(role))
		return role;
	ereport(WARNING,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("role \"%s\" does not exist: its models belong to no role", name),
			 errhint("A superuser gives models to another role with ntk_owner.")));
	return NTK_ROLE_NOBODY;
}

char *
ntk_role_name(Oid role)
{
	char	   *name;

	if (role == NTK_ROLE_EVERYBODY)
		return pstrdup("public");
	name = role == NTK_ROLE_NOBODY ? NULL : GetUserNameFromId(role, true);
	return name ? name : pstrdup("none");
}

NTK_FUNCTION(ntk_sql_role_in);
Datum
ntk_sql_role_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_OID(role_of_name(PG_GETARG_CSTRING(0)));
}

NTK_FUNCTION(ntk_sql_role_out);
Datum
ntk_sql_role_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(ntk_role_name(PG_GETARG_OID(0)));
}

NTK_FUNCTION(ntk_sql_role_recv);
Datum
ntk_sql_role_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			n;

	PG_RETURN_OID(role_of_name(pq_getmsgtext(message, message->len - message->cursor, &n)));
}

NTK_FUNCTION(ntk_sql_role_send);
Datum
ntk_sql_role_send(PG_FUNCTION_ARGS)
{
	StringInfoData message;
	const char *name = ntk_role_name(PG_GETARG_OID(0));

	pq_begintypsend(&message);
	pq_sendtext(&message, name, strlen(name));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

bool
ntk_role_is_ours(Oid role)
{
	if (role == NTK_ROLE_EVERYBODY)
		return true;
	/* of a role that was dropped, only superusers would be members */
	return role != NTK_ROLE_NOBODY && GetUserNameFromId(role, true) != NULL &&
		has_privs_of_role(GetUserId(), role);
}

bool
ntk_role_may_act(Oid role)
{
	return role != NTK_ROLE_EVERYBODY && ntk_role_is_ours(role) &&
		NTK_MAY_SET_ROLE(GetUserId(), role);
}

/* _ntk_may_act(role): whether the current role has its privileges and may act as it */
NTK_FUNCTION(ntk_sql_may_act);
Datum
ntk_sql_may_act(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ntk_role_may_act(PG_GETARG_OID(0)));
}

/* _ntk_has_role(role): whether the current role has its privileges */
NTK_FUNCTION(ntk_sql_has_role);
Datum
ntk_sql_has_role(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ntk_role_is_ours(PG_GETARG_OID(0)));
}
