-- Roles by their identity, for the owners and readers of models.

CREATE TYPE ntk_role;
CREATE FUNCTION _ntk_role_in(cstring) RETURNS ntk_role
	AS 'MODULE_PATHNAME', 'ntk_sql_role_in' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_in(cstring) IS 'input function of the type ntk_role: the name of a role';
CREATE FUNCTION _ntk_role_out(ntk_role) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ntk_sql_role_out' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_out(ntk_role) IS 'output function of the type ntk_role: the name that the role has now';
CREATE FUNCTION _ntk_role_recv(internal) RETURNS ntk_role
	AS 'MODULE_PATHNAME', 'ntk_sql_role_recv' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_recv(internal) IS 'receive function of the type ntk_role';
CREATE FUNCTION _ntk_role_send(ntk_role) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_role_send' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_send(ntk_role) IS 'send function of the type ntk_role';
CREATE TYPE ntk_role (
	INPUT = _ntk_role_in, OUTPUT = _ntk_role_out, RECEIVE = _ntk_role_recv, SEND = _ntk_role_send, LIKE = oid
);
COMMENT ON TYPE ntk_role IS
	'a role, which stays the same when it is renamed; "public" for all roles, "none" for a role that no longer exists';

CREATE FUNCTION _ntk_role_eq(ntk_role, ntk_role) RETURNS boolean
	AS 'oideq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_eq(ntk_role, ntk_role) IS 'implementation of = operator';
CREATE FUNCTION _ntk_role_ne(ntk_role, ntk_role) RETURNS boolean
	AS 'oidne' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_ne(ntk_role, ntk_role) IS 'implementation of <> operator';
CREATE FUNCTION _ntk_role_hash(ntk_role) RETURNS integer
	AS 'hashoid' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_role_hash(ntk_role) IS 'hash';
CREATE OPERATOR = (
	LEFTARG = ntk_role, RIGHTARG = ntk_role, FUNCTION = _ntk_role_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (ntk_role, ntk_role) IS 'equal';
CREATE OPERATOR <> (
	LEFTARG = ntk_role, RIGHTARG = ntk_role, FUNCTION = _ntk_role_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ntk_role, ntk_role) IS 'not equal';
CREATE OPERATOR CLASS ntk_role_ops DEFAULT FOR TYPE ntk_role USING hash AS
	OPERATOR 1 =, FUNCTION 1 _ntk_role_hash(ntk_role);
COMMENT ON OPERATOR CLASS ntk_role_ops USING hash IS 'equality of roles';
COMMENT ON OPERATOR FAMILY ntk_role_ops USING hash IS 'equality of roles';

CREATE FUNCTION _ntk_has_role(role ntk_role) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_has_role' LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_has_role(ntk_role) IS
	'whether the current role has the privileges of this one; true for "public", false for a role that no longer exists';

CREATE FUNCTION _ntk_may_act(role ntk_role) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_may_act' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_may_act(ntk_role) IS
	'whether the current role has the privileges of this one and may SET ROLE to it; false for everybody';
