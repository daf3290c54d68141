-- Encodings: how the columns of a row become numbers, and folds of rows

CREATE FUNCTION _ntk_encoding_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_encoding_combine(internal, internal) IS
	'combine function of the aggregate ntk_encoding';

CREATE FUNCTION _ntk_encoding_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_encoding_serialize(internal) IS
	'serialization function of the aggregate ntk_encoding';

CREATE FUNCTION _ntk_encoding_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_encoding_deserialize(bytea, internal) IS
	'deserialization function of the aggregate ntk_encoding';

CREATE FUNCTION _ntk_encoding_final(internal) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION _ntk_encoding_final(internal) IS 'final function of the aggregate ntk_encoding';

CREATE FUNCTION _ntk_encoding_accumulate(internal, record) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_encoding_accumulate(internal, record) IS
	'transition function of the aggregate ntk_encoding';
CREATE AGGREGATE ntk_encoding("row" record) (
	SFUNC = _ntk_encoding_accumulate, STYPE = internal, SSPACE = 16384,
	FINALFUNC = _ntk_encoding_final, COMBINEFUNC = _ntk_encoding_combine,
	SERIALFUNC = _ntk_encoding_serialize, DESERIALFUNC = _ntk_encoding_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_encoding(record) IS
	'how ntk_encode turns the columns of these rows into numbers: numbers and times are standardised, categories '
	'have one 0/1 input per frequent level, missing values have an indicator; columns that do not vary are left out';

CREATE FUNCTION _ntk_encoding_accumulate(internal, record, integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_encoding_accumulate(internal, record, integer) IS
	'transition function of the aggregate ntk_encoding';
CREATE AGGREGATE ntk_encoding("row" record, max_levels integer) (
	SFUNC = _ntk_encoding_accumulate, STYPE = internal, SSPACE = 16384,
	FINALFUNC = _ntk_encoding_final, COMBINEFUNC = _ntk_encoding_combine,
	SERIALFUNC = _ntk_encoding_serialize, DESERIALFUNC = _ntk_encoding_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_encoding(record, integer) IS
	'how ntk_encode turns the columns of these rows into numbers, with at most max_levels levels per category';

CREATE FUNCTION _ntk_encoding_accumulate(internal, record, integer, jsonb) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_encoding_accumulate(internal, record, integer, jsonb) IS
	'transition function of the aggregate ntk_encoding';
CREATE AGGREGATE ntk_encoding("row" record, max_levels integer, options jsonb) (
	SFUNC = _ntk_encoding_accumulate, STYPE = internal, SSPACE = 16384,
	FINALFUNC = _ntk_encoding_final, COMBINEFUNC = _ntk_encoding_combine,
	SERIALFUNC = _ntk_encoding_serialize, DESERIALFUNC = _ntk_encoding_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_encoding(record, integer, jsonb) IS
	'how ntk_encode turns the columns of these rows into numbers; options say how numbers are brought to one scale '
	'("scale"), how many thermometer bins they have ("bins"), whether NaN is a missing value ("nan") and whether values '
	'outside the range of these rows count as its ends ("outside")';

CREATE FUNCTION _ntk_encoding_accumulate(internal, record, integer, jsonb, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_encoding_accumulate(internal, record, integer, jsonb, double precision) IS
	'transition function of the aggregate ntk_encoding';
CREATE AGGREGATE ntk_encoding("row" record, max_levels integer, options jsonb, weight double precision) (
	SFUNC = _ntk_encoding_accumulate, STYPE = internal, SSPACE = 16384,
	FINALFUNC = _ntk_encoding_final, COMBINEFUNC = _ntk_encoding_combine,
	SERIALFUNC = _ntk_encoding_serialize, DESERIALFUNC = _ntk_encoding_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_encoding(record, integer, jsonb, double precision) IS
	'how ntk_encode turns the columns of these rows into numbers; a row of weight 2 counts as two rows';

CREATE FUNCTION _ntk_encoding_accumulate(internal, record, integer, jsonb, double precision, double precision[])
	RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_encoding_accumulate(internal, record, integer, jsonb, double precision, double precision[]) IS
	'transition function of the aggregate ntk_encoding';
CREATE AGGREGATE ntk_encoding("row" record, max_levels integer, options jsonb, weight double precision,
							  target double precision[]) (
	SFUNC = _ntk_encoding_accumulate, STYPE = internal, SSPACE = 16384,
	FINALFUNC = _ntk_encoding_final, COMBINEFUNC = _ntk_encoding_combine,
	SERIALFUNC = _ntk_encoding_serialize, DESERIALFUNC = _ntk_encoding_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_encoding(record, integer, jsonb, double precision, double precision[]) IS
	'how ntk_encode turns the columns of these rows into numbers; categories of many levels have inputs for the mean '
	'target of the level, from the rows whose target is not null';

CREATE FUNCTION ntk_encode("row" record, encoding jsonb) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_encode' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_encode(record, jsonb) IS
	'the row as numbers, its columns found by name; NULL if the encoding has "missing": "skip" and leaves the row out';

CREATE FUNCTION _ntk_encoding_inputs(encoding jsonb) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_encoding_inputs' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_encoding_inputs(jsonb) IS
	'the number of inputs that ntk_encode makes of a row; an error if this is not an encoding';

CREATE FUNCTION _ntk_outside("row" record, encoding jsonb) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_outside' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION _ntk_outside(record, jsonb) IS
	'how many values of the row are outside what the rows of the encoding had: beyond the range of a number, or none of '
	'the levels of a category that has no input for others';

CREATE FUNCTION ntk_fold("row" record, folds integer, seed bigint DEFAULT 0) RETURNS integer
	AS 'MODULE_PATHNAME', 'ntk_sql_fold' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION ntk_fold(record, integer, bigint) IS
	'a fold from 0 to folds - 1, from a hash of the values of the row; equal rows always have the same fold';

-- It looks up the labels of enums and the output functions of types, so it is not immutable.
CREATE FUNCTION _ntk_key("any") RETURNS text
	AS 'MODULE_PATHNAME', 'ntk_sql_key' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_key("any") IS
	'the text of a value by which rows are grouped; '
	'it depends on no setting, and equal values of a type have the same text';

-- Casts are functions of whoever made a type, and would run with the rights of who reads the rows.
CREATE FUNCTION _ntk_label("any") RETURNS text
	AS 'MODULE_PATHNAME', 'ntk_sql_label' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_label("any") IS
	'the text of a class: what a cast to text writes under the default settings, without any cast of the type''s owner';

CREATE FUNCTION _ntk_json("any") RETURNS jsonb
	AS 'MODULE_PATHNAME', 'ntk_sql_json' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_json("any") IS
	'to_jsonb of a value of a built-in type, a string of any other, without any cast of the type''s owner';

CREATE FUNCTION _ntk_is_readable(type text, category text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT category IN ('B', 'E') OR type = ANY ('{smallint,integer,bigint,real,double precision,numeric,'
		'text,character varying,character,name,"\"char\"",uuid,'
		'date,timestamp without time zone,timestamp with time zone,time without time zone,interval,'
		'smallint[],integer[],bigint[],real[],double precision[],numeric[]}')
$$;
COMMENT ON FUNCTION _ntk_is_readable(text, text) IS
	'whether a column of this type is a feature if none are named';

CREATE FUNCTION _ntk_can_be_key(type text) RETURNS boolean LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT t.typname = 'citext' OR @extschema@._ntk_is_readable(
		coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text, t.typcategory::text)
	FROM pg_type AS t WHERE t.oid = $1::regtype
$$;
COMMENT ON FUNCTION _ntk_can_be_key(text) IS
	'whether ntk_fold reads columns of this type, so that they can tell rows apart';
