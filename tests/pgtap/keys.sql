-- Keys of rows: the text by which groups and buckets are told apart, whatever the settings are.

BEGIN;
SELECT plan(28);

CREATE TYPE mood AS ENUM ('sad', 'not so sad');
CREATE DOMAIN amount AS numeric;
\ir include/error_of.sql

CREATE TABLE things AS SELECT
	1.10::numeric AS n, 0.1::real AS f4, 1 / 3::float8 AS f8, '-0'::float8 AS zero, date '2026-02-03' AS d, timestamp '2026-02-03 04:05:06.5' AS ts,
	timestamptz '2026-02-03 04:05:06+02' AS tz, timetz '04:05:06+02' AS ttz, interval '1 year 2 months -3 days 04:05:06' AS i, '\x00ff'::bytea AS b, 'not so sad'::mood AS e,
	'ab '::char(5) AS c, 'a b '::text AS t, true AS o, 12 AS k, '2.50'::amount AS domain, ARRAY[timestamptz '2026-02-03 04:05:06+02', NULL] AS a,
	tstzrange('2026-02-03 04:05:06+02', NULL) AS r, ARRAY[1 / 3::float8] AS fs;

CREATE FUNCTION keys() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws('|', _ntk_key(n), _ntk_key(f4), _ntk_key(f8), _ntk_key(zero), _ntk_key(d), _ntk_key(ts), _ntk_key(tz), _ntk_key(ttz), _ntk_key(i), _ntk_key(b), _ntk_key(e),
		_ntk_key(c), _ntk_key(t), _ntk_key(o), _ntk_key(k), _ntk_key(domain), _ntk_key(a), _ntk_key(r), _ntk_key(fs), _ntk_key(things)) FROM things
$$;

SELECT is(_ntk_key(n), '1.1', 'a numeric has no zeros at its end') FROM things;
SELECT is(_ntk_key(n), wanted, 'numeric ' || n) FROM (VALUES ('100'::numeric, '100'), ('100.0', '100'), ('0.00', '0'), ('-1.50', '-1.5'), ('NaN', 'NaN'), ('Infinity', 'Infinity')) AS v (n, wanted);
SELECT is(_ntk_key(f4), '0.1', 'the shortest digits of a real') FROM things;
SELECT is(_ntk_key(f8), '0.3333333333333333', 'of a double') FROM things;
SELECT is(_ntk_key(zero), '0', 'the zeros are one') FROM things;
SELECT is(_ntk_key(d), '2026-02-03', 'a date') FROM things;
SELECT is(_ntk_key(ts), '2026-02-03 04:05:06.5', 'a timestamp') FROM things;
SELECT is(_ntk_key(tz), '2026-02-03 02:05:06+00', 'a timestamp with time zone, in UTC') FROM things;
SELECT is(_ntk_key(i), '1 year 2 mons -3 days +04:05:06', 'an interval') FROM things;
SELECT is(_ntk_key(b), '\x00ff', 'bytes') FROM things;
SELECT is(_ntk_key(e), 'not so sad', 'an enum') FROM things;
SELECT is(_ntk_key(c), 'ab', 'blanks at the end of a character(n) do not count') FROM things;
SELECT is(_ntk_key(t), 'a b ', 'those of a text do') FROM things;
SELECT is(_ntk_key(o), 't', 'a boolean') FROM things;
SELECT is(_ntk_key(k), '12', 'an integer') FROM things;
SELECT is(_ntk_key(domain), '2.5', 'a domain is its base type') FROM things;
SELECT is(_ntk_key(a), '{"2026-02-03 02:05:06+00",NULL}', 'an array') FROM things;
SELECT is(_ntk_key(12.34::money), '1234', 'an amount of money, in its smallest units');
SELECT is(_ntk_key('literal'), 'literal', 'a literal without a type');
SELECT is(_ntk_key(NULL::text), NULL, 'NULL');
SELECT is(error_of($$SELECT _ntk_key('pg_class'::regclass)$$), 'values of type regclass cannot be keys | Cast them to text.', 'names of objects depend on search_path');

CREATE TEMP TABLE before AS SELECT keys() AS keys;
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'German, DMY';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL extra_float_digits = -10;
SET LOCAL bytea_output = 'escape';
SELECT is(keys(), keys, 'no setting changes a key') FROM before;
SELECT is((SELECT tz::text || i || b || f8::text FROM things), '03.02.2026 07:35:06 ISTP1Y2M-3DT4H5M6S\000\3770.33333', 'and none is changed');

SELECT * FROM finish();
ROLLBACK;
