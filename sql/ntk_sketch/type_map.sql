-- feature maps

CREATE TYPE ntk_map;

CREATE FUNCTION _ntk_map_in(cstring) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_map_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_in(cstring) IS 'I/O';

CREATE FUNCTION _ntk_map_out(ntk_map) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ntk_sql_map_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_out(ntk_map) IS 'I/O';

CREATE FUNCTION _ntk_map_recv(internal) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_map_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_recv(internal) IS 'I/O';

CREATE FUNCTION _ntk_map_send(ntk_map) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_map_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_send(ntk_map) IS 'I/O';

CREATE TYPE ntk_map (
	INPUT = _ntk_map_in,
	OUTPUT = _ntk_map_out,
	RECEIVE = _ntk_map_recv,
	SEND = _ntk_map_send,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE ntk_map IS
	'a feature map, from rows to features whose inner products approximate a neural tangent kernel; text form is JSON';

CREATE FUNCTION ntk_map(input_dim integer, n_components integer DEFAULT 1024, depth integer DEFAULT 1,
						method text DEFAULT 'zonal', seed bigint DEFAULT 0,
						bias double precision DEFAULT 0, kernel text DEFAULT 'ntk',
						options jsonb DEFAULT '{}') RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_map(integer, integer, integer, text, bigint, double precision, text, jsonb) IS
	'the feature map of rows of length input_dim to n_components features, '
	'for the kernel ''ntk'' or ''nngp'' of a network with depth hidden layers; bias appends a constant coordinate; '
	'methods and their options: ''zonal'' (arXiv 2202.03474): degree, taper; ''polysketch'' (arXiv 2104.00415): '
	'degree, layered; ''random_features'' and ''random_features_leverage'' (arXiv 2106.07880); all methods: '
	'base_dim, the length to which longer inputs are reduced';

CREATE FUNCTION ntk_fingerprint(ntk_map) RETURNS text
	AS 'MODULE_PATHNAME', 'ntk_sql_map_fingerprint' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ntk_fingerprint(ntk_map) IS
	'16 hexadecimal digits that identify a map: maps with the same digits compute the same features';

CREATE FUNCTION _ntk_map_eq(ntk_map, ntk_map) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_map_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_eq(ntk_map, ntk_map) IS 'implementation of = operator';

CREATE FUNCTION _ntk_map_ne(ntk_map, ntk_map) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_map_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_ne(ntk_map, ntk_map) IS 'implementation of <> operator';

CREATE FUNCTION _ntk_map_hash(ntk_map) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_map_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_map_hash(ntk_map) IS 'hash';

CREATE OPERATOR = (
	LEFTARG = ntk_map, RIGHTARG = ntk_map, FUNCTION = _ntk_map_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (ntk_map, ntk_map) IS 'equal';

CREATE OPERATOR <> (
	LEFTARG = ntk_map, RIGHTARG = ntk_map, FUNCTION = _ntk_map_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ntk_map, ntk_map) IS 'not equal';

CREATE OPERATOR CLASS ntk_map_ops DEFAULT FOR TYPE ntk_map USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 _ntk_map_hash(ntk_map);
COMMENT ON OPERATOR CLASS ntk_map_ops USING hash IS 'equality of feature maps';
COMMENT ON OPERATOR FAMILY ntk_map_ops USING hash IS 'equality of feature maps';

