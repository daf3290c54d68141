/*
 * compat.h
 *		The server headers, and every difference between server versions.
 *
 * Include it first in every file of this directory, in place of postgres.h.
 */
#ifndef NTK_COMPAT_H
#define NTK_COMPAT_H

/* we build with hidden symbols, which version 15 does not expect of extensions */
#define PGDLLEXPORT __attribute__((visibility("default")))

#include "postgres.h"

#include "common/base64.h"
#include "fmgr.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* before a function that SQL calls: exported, with the call convention it has */
#define NTK_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

/* before the declaration of a function that does not return */
#if PG_VERSION_NUM >= 180000
#define NTK_NORETURN pg_noreturn
#else
#define NTK_NORETURN pg_attribute_noreturn()
#endif

/* -1, 1: an infinite interval, which version 17 brought */
#if PG_VERSION_NUM >= 170000
#define NTK_INTERVAL_INFINITY(interval) \
	(INTERVAL_IS_NOBEGIN(interval) ? -1 : INTERVAL_IS_NOEND(interval) ? 1 : 0)
#else
#define NTK_INTERVAL_INFINITY(interval) 0
#endif

/* whether a role may act as another one, as SET ROLE has it; needs utils/acl.h */
#if PG_VERSION_NUM >= 160000
#define NTK_MAY_SET_ROLE(member, role) member_can_set_role(member, role)
#else
#define NTK_MAY_SET_ROLE(member, role) is_member_of_role(member, role)
#endif

/* the number of the transaction in this backend, which every one has; needs storage/proc.h */
#if PG_VERSION_NUM >= 170000
#define NTK_LOCAL_TRANSACTION (MyProc->vxid.lxid)
#else
#define NTK_LOCAL_TRANSACTION (MyProc->lxid)
#endif

#ifdef WORDS_BIGENDIAN
#error "ntk_sketch stores numbers in little-endian order and does not run on this machine"
#endif

#if PG_VERSION_NUM >= 180000
#define NTK_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "ntk_sketch",.version = NTK_SKETCH_VERSION)
#define ntk_b64_encode(from, length, to, room) \
	pg_b64_encode((const uint8 *) (from), length, to, room)
#define ntk_b64_decode(from, length, to, room) \
	pg_b64_decode(from, length, (uint8 *) (to), room)
#else
#define NTK_MODULE_MAGIC PG_MODULE_MAGIC
#define ntk_b64_encode pg_b64_encode
#define ntk_b64_decode pg_b64_decode
#endif

#endif
