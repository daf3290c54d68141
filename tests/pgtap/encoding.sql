-- Encodings of rows with ordinary columns: what the aggregate learns of them, what ntk_encode
-- makes of them, what both refuse; folds by what a row holds.

BEGIN;
SELECT plan(231);
SET LOCAL jit = off;

\ir include/difference.sql
\ir include/error_of.sql
\ir include/plan_of.sql

-- the object of a column, without its name
CREATE FUNCTION of_column(encoding jsonb, name text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
	$$SELECT c - 'name' FROM jsonb_array_elements(encoding -> 'columns') AS c WHERE c ->> 'name' = of_column.name$$;
CREATE FUNCTION numbers_of(jsonb) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(e::float8 ORDER BY i) FROM jsonb_array_elements_text($1) WITH ORDINALITY AS a (e, i)';

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN height AS numeric(10,3) CHECK (VALUE < 1000);
CREATE TABLE rows (gone int, id int, small smallint, big bigint, single real, double float8, exact height, flag bool, maybe bool,
				   "City name" text, "Say ""hi""" varchar(20), code char(5), feeling mood, who name, key uuid, letter "char",
				   day date, at timestamp, "AtTZ" timestamptz, clock time, span interval,
				   vector float8[], counts int[], exacts numeric[], same int, sometimes int, never int);
INSERT INTO rows
SELECT 0, i, i % 100, i * 10000000000, sin(i)::real, CASE WHEN i % 7 <> 0 THEN cos(i) * 3 END, (i % 77) / 7.0, i % 3 = 0, CASE WHEN i % 5 <> 0 THEN i % 4 = 0 END,
	CASE WHEN i % 11 <> 0 THEN CASE WHEN i > 397 THEN 'rare ' || i ELSE (ARRAY['Paris', 'Rome', E'Łódź "\\ \t'])[1 + (i % 6 + 1) / 3] END END,
	(ARRAY['a', '', 'b'])[1 + i % 3], (ARRAY['x', 'yy'])[1 + i % 2], (ARRAY['sad', 'happy']::mood[])[1 + i % 2], (ARRAY['postgres', 'public']::name[])[1 + i % 2],
	('00000000-0000-0000-0000-abcdef01234' || i % 3)::uuid, (ARRAY['m', 'f']::"char"[])[1 + i % 2],
	date '2019-12-15' + i, timestamp '1999-12-30 23:59:59.5' + i * interval '7 hours 13 minutes', timestamptz '2020-02-27 12:34:56+00' + i * interval '1 day 5 minutes',
	time '00:00' + (i * 17) * interval '1 minute', make_interval(months => i % 3, days => i % 5, secs => i),
	ARRAY[sin(i), 4, i], ARRAY[i, i % 2], CASE WHEN i % 9 <> 0 THEN ARRAY[i / 8.0] END, 5, CASE WHEN i % 10 <> 0 THEN 5 END, NULL
FROM generate_series(1, 400) AS i;
ALTER TABLE rows DROP COLUMN gone;
CREATE TABLE learned AS SELECT ntk_encoding(rows) AS encoding FROM rows;

-- what is learned

SELECT is(encoding ->> 'missing', 'impute', 'NULLs are imputed') FROM learned;
SELECT is((encoding ->> 'inputs')::int, (SELECT array_length(ntk_encode(rows, encoding), 1) FROM rows LIMIT 1), 'the number of inputs') FROM learned;
SELECT is((SELECT array_agg(c ->> 'name' ORDER BY i) FROM jsonb_array_elements(encoding -> 'columns') WITH ORDINALITY AS a (c, i)),
		  (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'rows'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('same', 'never')),
		  'the columns that vary or have NULLs, in the order of the row') FROM learned;
SELECT ok(abs((c ->> 'mean')::float8 - mean) <= tolerance * scale AND abs((c ->> 'scale')::float8 / scale - 1) < tolerance AND c ->> 'kind' = 'number' AND (c ? 'missing') = (name = 'double'), 'moments of ' || name)
FROM learned, (SELECT name, avg(value::float8) AS mean, stddev_pop(value::float8) AS scale FROM rows, jsonb_each_text(to_jsonb(rows)) AS j (name, value)
			   WHERE name IN ('id', 'small', 'big', 'single', 'double', 'exact') GROUP BY name) AS s, of_column(encoding, name) AS c, LATERAL (SELECT CASE WHEN name = 'single' THEN 1e-6 ELSE 1e-13 END AS tolerance) AS t;
SELECT is(of_column(encoding, 'flag') - 'mean', '{"kind": "boolean"}', 'a boolean') FROM learned;
SELECT cmp_ok(abs((of_column(encoding, 'maybe') ->> 'mean')::float8 - (SELECT avg(maybe::int) FROM rows)::float8), '<', 1e-14::float8, 'the mean of a boolean') FROM learned;
SELECT is(of_column(encoding, 'City name'), jsonb_build_object('kind', 'category', 'missing', true, 'other', true, 'levels',
		  (SELECT jsonb_agg(l ORDER BY n DESC, l COLLATE "C") FROM (SELECT "City name" AS l, count(*) AS n FROM rows WHERE "City name" IS NOT NULL GROUP BY 1 HAVING count(*) >= 5) AS s)), 'text, with rare levels and NULLs') FROM learned;
SELECT is(of_column(encoding, name) -> 'levels', levels::jsonb, 'levels of ' || name)
FROM learned, (VALUES ('Say "hi"', '["", "a", "b"]'), ('code', '["x", "yy"]'), ('feeling', '["happy", "sad"]'), ('who', '["postgres", "public"]'),
			   ('key', '["00000000-0000-0000-0000-abcdef012341", "00000000-0000-0000-0000-abcdef012340", "00000000-0000-0000-0000-abcdef012342"]'), ('letter', '["f", "m"]')) AS v (name, levels);
SELECT is((SELECT jsonb_agg(p -> 'part') FROM jsonb_array_elements(c -> 'parts') AS p), parts::jsonb, 'parts of ' || name)
FROM learned, (VALUES ('day', '["epoch", "dow", "doy"]'), ('at', '["epoch", "hour", "dow", "doy"]'), ('AtTZ', '["epoch", "hour", "dow", "doy"]'), ('clock', '["epoch", "hour"]'), ('span', '["epoch"]')) AS v (name, parts),
	of_column(encoding, name) AS c;
SELECT is(of_column(encoding, name) -> 'of', of, name || ' is of ' || coalesce(of::text, 'the default')) FROM learned, (VALUES ('day', NULL::jsonb), ('AtTZ', NULL), ('clock', '"time"'), ('span', '"interval"')) AS v (name, of);
SELECT is(ARRAY[(c ->> 'kind'), (c ->> 'length'), c #>> '{mean,1}', c #>> '{scale,1}'], '{array,3,4,0}', 'an array with a constant element') FROM learned, of_column(encoding, 'vector') AS c;
SELECT is(of_column(encoding, 'exacts') - 'mean' - 'scale', '{"kind": "array", "length": 1, "missing": true}', 'an array that is sometimes NULL') FROM learned;
SELECT is(of_column(encoding, 'sometimes'), '{"kind": "constant", "missing": true}', 'a constant that is sometimes NULL') FROM learned;

SELECT is(ntk_encoding(rows), NULL, 'no rows') FROM rows WHERE false;
SELECT is(ntk_encoding(r), e, 'rows that are NULL as a whole do not count') FROM (SELECT rows AS r FROM rows UNION ALL SELECT NULL) AS s, (SELECT ntk_encoding(rows) AS e FROM rows) AS t GROUP BY e;
SELECT is(ntk_encoding(q), e, 'rows of a sub-query') FROM (SELECT * FROM rows) AS q, learned AS l (e) GROUP BY e;
SELECT is(ntk_encoding(ROW(id)) -> 'columns' -> 0 ->> 'name', 'f1', 'anonymous rows') FROM rows;
SELECT is(ntk_encoding(q) -> 'columns' -> 0 -> 'levels', '["b", "a"]', 'a small table: levels that are seen twice')
FROM (SELECT unnest('{a,b,c,a,b,b}'::text[]) AS t) AS q;
SELECT is(ntk_encoding(q) -> 'columns' -> 0 -> 'levels', levels, n || ' rows: levels seen ' || least || ' times')
FROM (VALUES (199, 2, '["many", "some"]'::jsonb), (200, 5, '["many"]')) AS v (n, least, levels), LATERAL (SELECT CASE WHEN i <= 3 THEN 'some' ELSE 'many' END AS t FROM generate_series(1, n) AS i) AS q GROUP BY n, least, levels;
SELECT is(ntk_encoding(q, 2) #> '{columns,0}', '{"kind": "category", "name": "t", "levels": ["c", "a"], "other": true}', 'max_levels')
FROM (SELECT unnest('{a,a,b,b,c,c,c}'::text[]) AS t) AS q;
SELECT is(jsonb_array_length(ntk_encoding(q) #> '{columns,0,levels}'), 1000, 'at most 1000 levels') FROM (SELECT 'level ' || i % 1100 AS t FROM generate_series(1, 6600) AS i) AS q;
SELECT is(ntk_encoding(q) #> '{columns,0}', '{"kind": "category", "name": "t", "levels": ["often", "more"], "other": true}', 'more levels than are counted')
FROM (SELECT CASE WHEN i % 10 = 0 THEN 'often' WHEN i % 1000 = 1 THEN 'more' ELSE 'level ' || i END AS t FROM generate_series(1, 50000) AS i) AS q;
SELECT ok(bool_and(length(l) < 200) AND count(DISTINCT l) = 3 AND max(l) LIKE repeat('x', 60) || '%... %', 'long values have a short name')
FROM (SELECT ntk_encoding(q) AS e FROM (SELECT CASE i % 3 WHEN 0 THEN 'b' WHEN 1 THEN repeat('x', 1025) ELSE repeat('x', 1024) || 'y' END AS t FROM generate_series(1, 30) AS i) AS q) AS s, jsonb_array_elements_text(e #> '{columns,0,levels}') AS l;
SELECT is(jsonb_array_length(ntk_encoding(q) #> '{columns,0,levels}'), 2, 'not quite so long ones are levels')
FROM (SELECT CASE WHEN i % 2 = 0 THEN 'b' ELSE repeat('x', 1024) END AS t FROM generate_series(1, 20) AS i) AS q;
SELECT is(jsonb_array_length(ntk_encoding(q) -> 'columns'), 1, 'text that hardly recurs is left out') FROM (SELECT id, 'text ' || id AS t FROM rows) AS q;
SELECT is(ntk_encoding(q) #> '{columns,0,levels}', levels::jsonb, description)
FROM (VALUES ('{1,2,1,2}', '["1", "2"]', 'two levels may look like numbers'), ('{10115,10117,20095,10115,10117,20095}', '["10115", "10117", "20095"]', 'codes are levels'), ('{1,2,3,1,2,3,"",""}', '["", "1", "2", "3"]', 'an empty text is no number'), ('{1,2,a,1,2,a}', '["1", "2", "a"]', 'nor is a letter'),
			 ('{1,2,1e,1,2,1e}', '["1", "1e", "2"]', 'nor is half a number'), ('{1,2,.,1,2,.}', '[".", "1", "2"]', 'nor is a point'), ('{1,2,3-4,1,2,3-4}', '["1", "2", "3-4"]', 'nor is a range')) AS v (texts, levels, description),
	LATERAL (SELECT unnest(texts::text[]) AS t) AS q GROUP BY levels, description;
SELECT is(jsonb_path_query_array(ntk_encoding(q), '$.columns[0].parts[*].part'), '["epoch", "doy"]', 'parts that do not vary are left out') FROM (SELECT date '2024-01-01' + 7 * i AS d FROM generate_series(1, 9) AS i) AS q;
SELECT is(ntk_encoding(q) -> 'columns' -> 0, '{"name": "v", "kind": "number", "mean": 0, "scale": 1e300}', 'sums of squares may overflow') FROM (VALUES (1e300::float8), (-1e300)) AS q (v);
SELECT cmp_ok(abs((ntk_encoding(q) #>> '{columns,0,scale}')::float8 / 1e-200 - 1), '<', 1e-9::float8, 'or underflow') FROM (VALUES (1e-200::float8), (-1e-200)) AS q (v);
SELECT is(numbers_of(ntk_encoding(q) #> '{columns,0,scale}'), '{1}', 'a large mean') FROM (VALUES (ARRAY[1e15 + 1]::float8[]), (ARRAY[1e15 - 1])) AS q (v);
SELECT bag_eq($$SELECT part, round((ntk_encoding(q.r) #>> '{columns,0,mean}')::numeric, 9) FROM (SELECT r.id % 3 AS part, r FROM rows, LATERAL (SELECT rows.id) AS r) AS q GROUP BY part$$, 'SELECT id % 3, round(avg(id), 9) FROM rows GROUP BY 1', 'groups');
SELECT bag_eq($$SELECT count(*) FROM (SELECT ntk_encoding(q) FROM (SELECT g, i FROM generate_series(1, 3000) AS g, generate_series(1, 2) AS i) AS q GROUP BY g) AS s$$, 'VALUES (3000::bigint)', 'many groups');

-- what a row becomes

CREATE TABLE by_name AS SELECT id, c ->> 'name' AS name, ntk_encode(rows, jsonb_build_object('columns', jsonb_build_array(c))) AS x FROM rows, learned, jsonb_array_elements(encoding -> 'columns') AS c;
SELECT is_empty($$SELECT id FROM rows, learned WHERE ntk_encode(rows, encoding) IS DISTINCT FROM
				(SELECT array_agg(e ORDER BY i, j) FROM jsonb_array_elements(encoding -> 'columns') WITH ORDINALITY AS a (c, i), by_name AS b, unnest(x) WITH ORDINALITY AS u (e, j) WHERE b.id = rows.id AND b.name = c ->> 'name')$$,
				'the inputs are those of the columns, one after the other');
CREATE FUNCTION standard(v float8, c jsonb) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$SELECT (v - (c ->> 'mean')::float8) / (c ->> 'scale')::float8$$;
CREATE FUNCTION cycle(phase float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[sin(2 * pi() * phase), cos(2 * pi() * phase)]';
-- of a timestamp
CREATE FUNCTION cycles(t timestamp) RETURNS float8[] LANGUAGE sql IMMUTABLE AS $$
	SELECT cycle(passed) || cycle((extract(dow FROM t) + passed) / 7)
		|| cycle((extract(doy FROM t) - 1 + passed) / (extract(epoch FROM date_trunc('year', t) + interval '1 year' - date_trunc('year', t)) / 86400))
	FROM (SELECT extract(epoch FROM t::time)::float8 / 86400 AS passed) AS s
$$;
SELECT is_empty(format($$SELECT id, x, y FROM (SELECT b.id, b.x, (%s)::float8[] AS y FROM rows AS r JOIN by_name AS b USING (id), learned, of_column(encoding, %2$L) AS c WHERE name = %2$L) AS s WHERE NOT difference(x, y) < 1e-9$$, expected, name), name)
FROM (VALUES
	('id', 'ARRAY[standard(r.id, c)]'), ('small', 'ARRAY[standard(small, c)]'), ('big', 'ARRAY[standard(big, c)]'), ('single', 'ARRAY[standard(single, c)]'), ('exact', 'ARRAY[standard(exact, c)]'),
	('double', 'CASE WHEN double IS NULL THEN ARRAY[0, 1] ELSE ARRAY[standard(double, c), 0] END'),
	('flag', 'ARRAY[flag::int]'), ('maybe', 'CASE WHEN maybe IS NULL THEN ARRAY[(c ->> ''mean'')::float8, 1] ELSE ARRAY[maybe::int, 0] END'),
	('City name', $$CASE WHEN "City name" IS NULL THEN '{0,0,0,0,1}' ELSE (SELECT array_agg(("City name" = l)::int ORDER BY i) FROM jsonb_array_elements_text(c -> 'levels') WITH ORDINALITY AS a (l, i)) || ("City name" LIKE 'rare%')::int || 0 END$$),
	('Say "hi"', $$ARRAY[("Say ""hi""" = '')::int, ("Say ""hi""" = 'a')::int, ("Say ""hi""" = 'b')::int]$$), ('code', $$ARRAY[(code = 'x')::int, (code = 'yy')::int]$$),
	('feeling', $$ARRAY[(feeling = 'happy')::int, (feeling = 'sad')::int]$$), ('who', $$ARRAY[(who = 'postgres')::int, (who = 'public')::int]$$), ('letter', $$ARRAY[(letter = 'f')::int, (letter = 'm')::int]$$),
	('key', $$ARRAY[(key::text LIKE '%1')::int, (key::text LIKE '%0')::int, (key::text LIKE '%2')::int]$$),
	('day', $$ARRAY[standard(extract(epoch FROM day), c #> '{parts,0}')] || (cycles(day::timestamp))[3:]$$), ('at', $$ARRAY[standard(extract(epoch FROM at), c #> '{parts,0}')] || cycles(at)$$),
	('AtTZ', $$ARRAY[standard(extract(epoch FROM "AtTZ"), c #> '{parts,0}')] || cycles("AtTZ" AT TIME ZONE 'UTC')$$),
	('clock', $$ARRAY[standard(extract(epoch FROM clock), c #> '{parts,0}')] || cycle(extract(epoch FROM clock)::float8 / 86400)$$),
	('span', $$ARRAY[standard(extract(epoch FROM span), c #> '{parts,0}')]$$),
	('vector', $$ARRAY[standard(vector[1], jsonb_build_object('mean', c #> '{mean,0}', 'scale', c #> '{scale,0}')), 0, standard(vector[3], jsonb_build_object('mean', c #> '{mean,2}', 'scale', c #> '{scale,2}'))]$$),
	('counts', $$ARRAY[standard(counts[1], jsonb_build_object('mean', c #> '{mean,0}', 'scale', c #> '{scale,0}')), standard(counts[2], jsonb_build_object('mean', c #> '{mean,1}', 'scale', c #> '{scale,1}'))]$$),
	('exacts', $$CASE WHEN exacts IS NULL THEN '{0,1}' ELSE ARRAY[standard(exacts[1], jsonb_build_object('mean', c #> '{mean,0}', 'scale', c #> '{scale,0}')), 0] END$$),
	('sometimes', 'ARRAY[(sometimes IS NULL)::int]')) AS v (name, expected);
SELECT is_empty($$SELECT i, avg(e), stddev_pop(e) FROM (SELECT ntk_encode(q, encoding) AS x FROM (SELECT id, small, big, single, exact, day, vector FROM rows) AS q, (SELECT ntk_encoding(q) AS encoding FROM (SELECT id, small, big, single, exact FROM rows) AS q) AS l) AS s, unnest(x) WITH ORDINALITY AS u (e, i)
				GROUP BY i HAVING NOT (abs(avg(e)) < 1e-12 AND abs(stddev_pop(e) - 1) < 1e-12)$$, 'mean 0 and standard deviation 1');

SELECT is(ntk_encode(q, '{"columns": [{"name": "a", "kind": "number", "mean": 1, "scale": 2}, {"name": "B c", "kind": "category", "levels": ["x"]}]}'), expected::float8[], description)
FROM (SELECT 5 AS a, 'x' AS "B c", NULL::json AS extra) AS q, (VALUES ('{2,1}', 'an encoding by hand; columns that it does not know are ignored')) AS v (expected, description);
SELECT is(ntk_encode(q, '{"columns": [{"name": "a", "kind": "number", "mean": 1, "scale": 2}, {"name": "B c", "kind": "category", "levels": ["x"]}]}'), '{2,0}', 'the order of columns does not matter, other types of numbers and text will do; an unseen level without "other"')
FROM (SELECT 'z'::name AS "B c", 5.0 AS a) AS q;
SELECT is(ntk_encode(q, '{"columns": [{"name": "d", "kind": "time", "parts": [{"part": "hour"}, {"part": "epoch", "mean": 0, "scale": 86400}]}]}'), '{0,1,1}', 'a date is a midnight, parts have the order of the encoding')
FROM (SELECT date '1970-01-02' AS d) AS q;
SELECT cmp_ok(difference(ntk_encode(q, '{"columns": [{"name": "t", "kind": "time", "parts": [{"part": "hour"}, {"part": "dow"}, {"part": "doy"}]}]}'), cycles(t)), '<', 1e-12::float8, t::text)
FROM (VALUES (timestamp '1969-12-31 23:59:59.999999'), ('2000-01-01'), ('1999-12-31 12:00'), ('2024-12-31 23:00'), ('1900-02-28 06:00'), ('0001-01-01'), ('0004-03-01 01:00 BC'), ('1234-05-06 07:08:09')) AS q (t);
SELECT is(ntk_encode(q, '{"columns": [{"name": "t", "kind": "time", "of": "time", "parts": [{"part": "hour"}]}]}'), '{0,1}', '24:00 is midnight') FROM (SELECT time '24:00' AS t) AS q;
SELECT is(ntk_encode(q, jsonb_set('{"columns": [{"name": "a", "kind": "number", "mean": 1, "scale": 2}, {"name": "b", "kind": "boolean", "mean": 0.25}, {"name": "c", "kind": "category", "levels": ["x"], "other": true}, {"name": "d", "kind": "array", "length": 2, "mean": [1, 2], "scale": [1, 1]}, {"name": "e", "kind": "time", "parts": [{"part": "doy"}]}]}', '{missing}', missing)),
		  expected::float8[], format('NULLs not seen in training: %s', missing))
FROM (SELECT NULL::int AS a, NULL::bool AS b, NULL::text AS c, NULL::real[] AS d, NULL::date AS e) AS q, (VALUES ('"impute"'::jsonb, '{0,0.25,0,0,0,0,0,0}'), ('"skip"', NULL)) AS v (missing, expected);
SELECT is(ntk_encode(q, '{"missing": "skip", "columns": [{"name": "a", "kind": "number", "mean": 1, "scale": 2, "missing": true}]}'), '{1,0}', '"skip" ignores NULLs in other columns') FROM (SELECT 3 AS a, NULL::int AS b) AS q;
SELECT is(ntk_encode(NULL::rows, encoding), NULL, 'no row') FROM learned;
SELECT is(ntk_encode(rows, NULL), NULL, 'no encoding') FROM rows LIMIT 1;
SELECT is_empty('SELECT r.id FROM (SELECT DISTINCT ON (id) * FROM rows ORDER BY id, random()) AS r JOIN rows USING (id), learned WHERE ntk_encode(r, encoding) <> ntk_encode(rows, encoding)', 'rows of a sub-query, sorted');
SELECT results_eq($$SELECT ntk_encode(r, format('{"columns": [{"name": "a", "kind": "number", "mean": %s, "scale": 1}]}', m)::jsonb) FROM (VALUES (1, 10), (2, 20), (3, 20), (4, 20)) AS v (i, m), LATERAL (SELECT i AS a) AS r ORDER BY i$$,
				  $$VALUES ('{-9}'::float8[]), ('{-18}'), ('{-17}'), ('{-16}')$$, 'encodings that change from row to row');
SELECT results_eq($$SELECT ntk_encode(r, '{"columns": [{"name": "f1", "kind": "number", "mean": 0, "scale": 1}]}') FROM (VALUES (1, ROW(1)), (2, ROW(2.5)), (3, ROW(3::real, 'x')), (4, ROW(4))) AS v (i, r) ORDER BY i$$,
				  $$VALUES ('{1}'::float8[]), ('{2.5}'), ('{3}'), ('{4}')$$, 'row types that change from row to row');
CREATE FUNCTION encode_in_loop() RETURNS SETOF float8[] LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT 1 AS a UNION ALL SELECT 2 LOOP
		RETURN NEXT ntk_encode(r, '{"columns": [{"name": "a", "kind": "number", "mean": 0, "scale": 1}]}');
	END LOOP;
	FOR r IN SELECT 'x' AS b, 3::numeric AS a LOOP
		RETURN NEXT ntk_encode(r, '{"columns": [{"name": "a", "kind": "number", "mean": 0, "scale": 1}]}');
	END LOOP;
END $$;
SELECT results_eq('SELECT encode_in_loop()', $$VALUES ('{1}'::float8[]), ('{2}'), ('{3}')$$, 'records of PL/pgSQL');
CREATE TABLE altered (a int, b int);
INSERT INTO altered VALUES (1, 2);
CREATE FUNCTION encode_altered() RETURNS SETOF float8[] LANGUAGE plpgsql AS $$
DECLARE
	r altered;
BEGIN
	FOR i IN 1..2 LOOP
		FOR r IN SELECT * FROM altered LOOP
			RETURN NEXT ntk_encode(r, '{"columns": [{"name": "a", "kind": "number", "mean": 0, "scale": 1}]}');
		END LOOP;
		EXECUTE 'ALTER TABLE altered RENAME a TO c' || i;
		EXECUTE 'ALTER TABLE altered RENAME ' || CASE i WHEN 1 THEN 'b' ELSE 'c1' END || ' TO a';
	END LOOP;
END $$;
SELECT results_eq('SELECT encode_altered()', $$VALUES ('{1}'::float8[]), ('{2}')$$, 'a table that is altered meanwhile');
CREATE TABLE stored (encoding jsonb);
INSERT INTO stored SELECT ntk_encoding(q) FROM (SELECT format('level %s %s', md5((i % 900)::text), repeat(md5((i % 900)::text), 10)) AS t FROM generate_series(1, 5000) AS i) AS q;
SELECT cmp_ok(pg_column_size(encoding), '>', 10000, 'an encoding that is stored out of line') FROM stored;
SELECT is((SELECT count(*) FROM (SELECT format('level %s %s', md5((i % 900)::text), repeat(md5((i % 900)::text), 10)) AS t FROM generate_series(1, 900) AS i) AS q, stored, unnest(ntk_encode(q, encoding)) AS e WHERE e = 1), 900::bigint, 'encodes');
-- an encoding is recognised by its address only where it cannot change there
CREATE FUNCTION encode_changing() RETURNS SETOF float8[] LANGUAGE plpgsql AS $$
DECLARE
	e jsonb;
	x float8[];
BEGIN
	FOR i IN 1..6 LOOP
		e := format('{"columns": [{"name": "a", "kind": "number", "mean": %s, "scale": 1}]}', i);
		IF i % 3 <> 0 THEN
			x := ntk_encode((SELECT q FROM (SELECT 10 AS a) AS q), e);
			RETURN NEXT x;
		END IF;
	END LOOP;
END $$;
SELECT results_eq('SELECT encode_changing()', 'SELECT ARRAY[10 - i]::float8[] FROM unnest(''{1,2,4,5}''::int[]) AS i', 'a variable that holds other encodings');
-- 4,000 comparisons of 10 MB would take seconds
CREATE TEMP TABLE begun AS SELECT clock_timestamp() AS at;
DO $$
BEGIN
	EXECUTE 'SELECT count(ntk_encode(q, $1)) FROM (SELECT chr(96 + i % 5) AS t FROM generate_series(1, 4000) AS i) AS q'
		USING jsonb_build_object('columns', jsonb_build_array(jsonb_build_object('name', 't', 'kind', 'category', 'levels', (SELECT jsonb_agg(repeat(chr(96 + i), 1000000)) FROM generate_series(1, 10) AS i))));
END $$;
SELECT cmp_ok(clock_timestamp() - at, '<', interval '1.5 s', 'a large one costs nothing per row where it is a parameter') FROM begun;

-- parallel plans

CREATE TABLE parallel AS
SELECT i AS id, sin(i) * 1e6 AS a, CASE WHEN i % 17 <> 0 THEN i % 100 END AS b, 'level ' || i * i % 97 AS c, ARRAY[cos(i), i] AS d, timestamp '2020-01-01' + i * interval '1 hour' AS e, CASE WHEN i = 7 THEN 1 END AS f, i % 2 = 0 AS g FROM generate_series(1, 20000) AS i;
ANALYZE parallel;
-- numbers rounded, so that encodings compare
CREATE FUNCTION rounded(jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$SELECT string_agg(CASE WHEN w ~ '^-?[0-9.]+$' THEN round(w::numeric, 4)::text ELSE w END, ' ' ORDER BY i) FROM regexp_split_to_table($1::text, '(?=[,\]}])| ') WITH ORDINALITY AS s (w, i)$$;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT ntk_encoding(parallel) AS encoding, (SELECT ntk_encoding(q) FROM (SELECT * FROM parallel) AS q) AS of_query FROM parallel;
CREATE TABLE serial_rows AS SELECT id, ntk_encode(parallel, encoding) AS x, ntk_fold(parallel, 5) AS fold FROM parallel, serial;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(plan_of(query), 'Partial Aggregate', query) FROM unnest('{SELECT ntk_encoding(parallel) FROM parallel,"SELECT ntk_encoding(q) FROM (SELECT id, a, b FROM parallel) AS q"}'::text[]) AS query;
SELECT is(rounded(ntk_encoding(parallel)), rounded(encoding), 'an encoding from parallel workers') FROM parallel, serial GROUP BY encoding;
SELECT is(rounded((SELECT ntk_encoding(parallel) FROM parallel)), rounded(encoding), 'an encoding from parallel workers') FROM serial;
SELECT is(rounded((SELECT ntk_encoding(q, 1000) FROM (SELECT * FROM parallel) AS q)), rounded(of_query), 'of a sub-query') FROM serial;
SELECT is((SELECT ntk_encoding(parallel) FROM parallel WHERE id < 0), NULL, 'of no rows');
SELECT is(jsonb_path_query_array((SELECT ntk_encoding(parallel) FROM parallel WHERE id = 5 OR id = 19999), '$.columns[*].name'), '["id", "a", "b", "d", "e"]', 'of few rows');
CREATE TABLE in_parallel AS SELECT id, ntk_encode(parallel, (SELECT encoding FROM serial)) AS x, ntk_fold(parallel, 5) AS fold FROM parallel;
SELECT is_empty('SELECT id FROM serial_rows AS s JOIN in_parallel AS p USING (id) WHERE (s.x, s.fold) IS DISTINCT FROM (p.x, p.fold)', 'rows in parallel workers');
SET LOCAL max_parallel_workers_per_gather = 0;

-- what depends on no setting

CREATE TABLE settings AS SELECT ntk_encoding(rows) AS encoding, (SELECT array_agg(ntk_encode(rows, encoding) ORDER BY id) FROM rows, learned) AS x FROM rows;
SET LOCAL timezone = 'Asia/Kathmandu';
SET LOCAL datestyle = 'German';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL extra_float_digits = 0;
SELECT is(s.encoding, (SELECT ntk_encoding(rows) FROM rows), 'the encoding') FROM settings AS s;
SELECT ok((SELECT array_agg(ntk_encode(rows, encoding) ORDER BY id) FROM rows, learned) = x, 'the inputs') FROM settings;
RESET timezone;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;

-- what the aggregate refuses

SELECT is(error_of(format('SELECT ntk_encoding(q) FROM (%s) AS q', query)), message, description)
FROM (VALUES
	($$SELECT 1 AS a, '{}'::jsonb AS c$$, 'column "c" of type jsonb cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'jsonb'),
	($$SELECT ''::bytea AS c$$, 'column "c" of type bytea cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'bytea'),
	($$SELECT '{a}'::text[] AS c$$, 'column "c" of type text[] cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'an array of text'),
	($$SELECT learned AS c FROM learned$$, 'column "c" of type learned cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'a row'),
	($$SELECT 1 AS "X y" UNION ALL SELECT 'NaN'::float8$$, 'column "X y" holds NaN | Set "nan" to "missing" to count NaN as a missing value.', 'NaN'), ($$SELECT 'Infinity'::real AS x$$, 'column "x" holds Infinity', 'an infinity'), ($$SELECT '-Infinity'::numeric AS x$$, 'column "x" holds -Infinity', 'a negative infinity'),
	($$SELECT 'NaN'::numeric AS x$$, 'column "x" holds NaN | Set "nan" to "missing" to count NaN as a missing value.', 'a numeric NaN'), ($$SELECT '-infinity'::date AS x$$, 'column "x" holds -Infinity', 'an infinite date'), ($$SELECT 'infinity'::timestamptz AS x$$, 'column "x" holds Infinity', 'an infinite timestamp'),
	($$VALUES (ARRAY[1, 2]), (ARRAY[1, 2, 3])$$, 'column "column1" holds arrays of different lengths: 2 and 3', 'arrays of two lengths'), ($$SELECT '{1,NULL}'::int[] AS x$$, 'element 2 of column "x" is null', 'a NULL in an array'),
	($$SELECT '{1,NaN}'::real[] AS x$$, 'element 2 of column "x" must be finite, not NaN', 'a NaN in an array'), ($$SELECT '{}'::int[] AS x$$, 'column "x" must not be empty', 'an empty array'), ($$SELECT '{{1}}'::int[] AS x$$, 'column "x" must be a one-dimensional array | It has 2 dimensions.', 'a matrix'),
	('SELECT 1 AS a, 2 AS b', 'no column varies', 'constants'), ('SELECT NULL::int AS a', 'no column varies', 'NULLs'), ('SELECT', 'no column varies', 'no columns'), ($$SELECT 'a' || i AS t FROM generate_series(1, 10) AS i$$, 'no column varies', 'only rare levels'),
	('SELECT 1 AS a, 2 AS a', 'the row has two columns "a"', 'two columns of one name')) AS v (query, message, description);
SELECT is(error_of('SELECT ntk_encoding(r) FROM (VALUES ' || v || ') AS s (r)'), message, 'rows of different types')
FROM (VALUES ('(ROW(1)), (ROW(2, 3))', 'rows of different types: with 1 columns and with 2'), ('(ROW(1)), (ROW(''a''::text))', 'rows of different types: column "f1" is of type integer and of type text'),
	  ('((SELECT r FROM (SELECT 1 AS a) AS r)), ((SELECT r FROM (SELECT 1 AS b) AS r))', 'rows of different types: one has a column "a", another "b"')) AS v (v, message);
SELECT is(error_of(format('SELECT ntk_encoding(rows, %s) FROM rows', max_levels)), message, 'max_levels: ' || max_levels)
FROM (VALUES ('NULL', 'max_levels must not be null'), ('0', 'max_levels must be between 1 and 100000, not 0'), ('100001', 'max_levels must be between 1 and 100000, not 100001'), ('id', 'max_levels must be the same for all rows of a group')) AS v (max_levels, message);

-- what ntk_encode refuses

CREATE FUNCTION encode_error(query text, encoding text) RETURNS text LANGUAGE sql AS $$SELECT error_of(format('SELECT ntk_encode(q, %L) FROM (%s) AS q', encoding, query))$$;
SELECT is(encode_error(query, encoding), message, message)
FROM (VALUES
	('SELECT 1 AS a', '{"columns": [{"name": "city", "kind": "category", "levels": ["x"]}]}', 'the row has no column "city"'),
	('SELECT 1 AS "City"', '{"columns": [{"name": "city", "kind": "category", "levels": ["x"]}]}', 'the row has no column "city"'),
	('SELECT 1 AS a, 2 AS a', '{"columns": [{"name": "a", "kind": "number", "mean": 0, "scale": 1}]}', 'the row has two columns "a"'),
	('SELECT ''1''::text AS x', '{"columns": [{"name": "x", "kind": "number", "mean": 0, "scale": 1}]}', 'column "x" is of type text, the encoding expects a number'),
	('SELECT 1 AS x', '{"columns": [{"name": "x", "kind": "category", "levels": ["1"]}]}', 'column "x" is of type integer, the encoding expects a category'),
	('SELECT 1 AS x', '{"columns": [{"name": "x", "kind": "boolean"}]}', 'column "x" is of type integer, the encoding expects a boolean'),
	('SELECT 1 AS x', '{"columns": [{"name": "x", "kind": "array", "length": 1, "mean": [0], "scale": [1]}]}', 'column "x" is of type integer, the encoding expects an array of numbers'),
	('SELECT time ''1:00'' AS x', '{"columns": [{"name": "x", "kind": "time", "parts": [{"part": "doy"}]}]}', 'column "x" is of type time without time zone, the encoding expects a date or timestamp'),
	('SELECT now() AS x', '{"columns": [{"name": "x", "kind": "time", "of": "time", "parts": [{"part": "hour"}]}]}', 'column "x" is of type timestamp with time zone, the encoding expects a time'),
	('SELECT now() AS x', '{"columns": [{"name": "x", "kind": "time", "of": "interval", "parts": [{"part": "epoch", "mean": 0, "scale": 1}]}]}', 'column "x" is of type timestamp with time zone, the encoding expects an interval'),
	('SELECT ''NaN''::float8 AS x', '{"columns": [{"name": "x", "kind": "number", "mean": 0, "scale": 1}]}', 'column "x" holds NaN | Set "nan" to "missing" to count NaN as a missing value.'),
	('SELECT ''-Infinity''::float8 AS x', '{"columns": [{"name": "x", "kind": "number", "mean": 0, "scale": 1}]}', 'column "x" holds -Infinity'),
	('SELECT ''infinity''::date AS x', '{"columns": [{"name": "x", "kind": "time", "parts": [{"part": "doy"}]}]}', 'column "x" holds Infinity'),
	('SELECT 1e200::float8 AS x', '{"columns": [{"name": "x", "kind": "number", "mean": 0, "scale": 1e-200}]}', 'column "x" holds 1e+200, which is too far from its mean, 0'),
	('SELECT ''{1,2}''::real[] AS x', '{"columns": [{"name": "x", "kind": "array", "length": 3, "mean": [0, 0, 0], "scale": [1, 1, 1]}]}', 'column "x" has length 2, the encoding expects 3'),
	('SELECT ''{1,NULL}''::real[] AS x', '{"columns": [{"name": "x", "kind": "array", "length": 2, "mean": [0, 0], "scale": [1, 1]}]}', 'element 2 of column "x" is null'),
	('SELECT NULL::int AS weight', '{"missing": "error", "columns": [{"name": "weight", "kind": "number", "mean": 0, "scale": 1, "missing": true}]}', 'column "weight" is null')) AS v (query, encoding, message);
SELECT throws_ok($$SELECT ntk_encode(q, '{"columns": [{"name": "b", "kind": "boolean"}]}') FROM (SELECT 1 AS a) AS q$$, '42703', 'the row has no column "b"', 'its code is that of an undefined column');

SELECT is(encode_error('SELECT 1 AS x', encoding), message, message)
FROM (VALUES
	('[]', 'the encoding must be a JSON object'), ('3', 'the encoding must be a JSON object'), ('null', 'the encoding must be a JSON object'), ('{}', 'the encoding has no columns'), ('{"columns": 3}', 'columns of the encoding must be an array'), ('{"columns": {}}', 'columns of the encoding must be an array'),
	('{"columns": []}', 'the number of columns of an encoding must be between 1 and 1664, not 0'), ('{"columns": [3]}', 'element 1 of columns must be a JSON object'), ('{"columns": [[]]}', 'element 1 of columns must be a JSON object'), ('{"columns": [{}]}', 'element 1 of columns has no name'),
	('{"columns": [{"name": 3}]}', 'name of element 1 of columns must be a string'), ('{"columns": [{"name": "x"}]}', 'column "x" has no kind'), ('{"columns": [{"name": "x", "kind": "colour"}]}', 'unknown kind of column "x": "colour" | Known: "number", "boolean", "category", "time", "array", "constant".'),
	('{"cols": [], "columns": []}', 'unknown key "cols" in the encoding | Known: inputs, missing, nan, columns.'), ('{"inputs": 2, "columns": [{"name": "x", "kind": "number", "mean": 0, "scale": 1}]}', 'inputs of the encoding is 2, its columns have 1'),
	('{"inputs": "1", "columns": [{"name": "x", "kind": "number", "mean": 0, "scale": 1}]}', 'inputs of the encoding must be a number'), ('{"missing": "drop", "columns": []}', 'unknown missing of the encoding: "drop" | Known: "impute", "skip", "error".'), ('{"missing": true, "columns": []}', 'missing of the encoding must be a string'),
	('{"columns": [{"name": "x", "kind": "boolean"}, {"name": "x", "kind": "boolean"}]}', 'the encoding has two columns "x"')) AS v (encoding, message);
SELECT is(encode_error('SELECT 1 AS x', format('{"columns": [{"name": "x", %s}]}', fields)), message, message)
FROM (VALUES
	('"kind": "number"', 'column "x" has no mean'), ('"kind": "number", "mean": 0', 'column "x" has no scale'), ('"kind": "number", "mean": "0", "scale": 1', 'mean of column "x" must be a number'), ('"kind": "number", "mean": 0, "scale": -1', 'scale of column "x" must be positive, not -1'),
	('"kind": "number", "mean": 1e400, "scale": 1', format('"%s" is out of range for type double precision', '1' || repeat('0', 400))), ('"kind": "number", "mean": 0, "scale": 1, "levels": []', 'unknown key "levels" in column "x" | Known: name, kind, missing, transform, mean, median, scale, knots, normals, range, bins.'),
	('"kind": "number", "mean": 0, "scale": 1, "missing": 1', 'missing of column "x" must be true or false'), ('"kind": "number", "mean": 0, "scale": 1, "mean, scale": 1', 'unknown key "mean, scale" in column "x" | Known: name, kind, missing, transform, mean, median, scale, knots, normals, range, bins.'),
	('"kind": "category"', 'column "x" has no levels'), ('"kind": "category", "levels": "a"', 'levels of column "x" must be an array'), ('"kind": "category", "levels": []', 'the number of levels of column "x" must be between 1 and 100000, not 0'), ('"kind": "category", "levels": ["a", 3]', 'element 2 of levels of column "x" must be a string'),
	('"kind": "category", "levels": ["a", "b", "a"]', 'element 3 of levels of column "x" is the second "a"'), ('"kind": "category", "levels": ["a", ["b"]]', 'element 2 of levels of column "x" must be a string'), ('"kind": "category", "levels": ["a"], "other": "yes"', 'other of column "x" must be true or false'),
	('"kind": "boolean", "mean": true', 'mean of column "x" must be a number'), ('"kind": "constant"', 'missing of column "x" must be true: a constant has no other input'), ('"kind": "constant", "missing": false', 'missing of column "x" must be true: a constant has no other input'),
	('"kind": "array"', 'column "x" has no length'), ('"kind": "array", "length": 0', 'length of column "x" must be between 1 and 1048576, not 0'), ('"kind": "array", "length": 1e18', 'length of column "x" must be between 1 and 1048576, not 2147483647'), ('"kind": "array", "length": 1.5', 'length of column "x" must be an integer, not 1.5'),
	('"kind": "array", "length": 2, "mean": [1], "scale": [1, 1]', 'mean of column "x" has length 1, the encoding expects 2'), ('"kind": "array", "length": 1, "mean": [1], "scale": [1, 1]', 'scale of column "x" has length 2, the encoding expects 1'), ('"kind": "array", "length": 1, "mean": [1], "scale": [-1]', 'element 1 of scale of column "x" must not be negative, not -1'),
	('"kind": "array", "length": 1, "mean": [null], "scale": [1]', 'element 1 of mean of column "x" must be a number'), ('"kind": "time"', 'column "x" has no parts'), ('"kind": "time", "parts": []', 'the number of parts of column "x" must be between 1 and 4, not 0'), ('"kind": "time", "parts": ["epoch"]', 'element 1 of parts of column "x" must be a JSON object'),
	('"kind": "time", "parts": [[]]', 'element 1 of parts of column "x" must be a JSON object'), ('"kind": "time", "parts": [{}]', 'element 1 of parts of column "x" has no part'), ('"kind": "time", "parts": [{"part": "minute"}]', 'unknown part of element 1 of parts of column "x": "minute" | Known: "epoch", "hour", "dow", "doy".'),
	('"kind": "time", "parts": [{"part": "hour"}, {"part": "hour"}]', 'element 2 of parts of column "x" is the second "hour"'), ('"kind": "time", "parts": [{"part": "epoch"}]', 'element 1 of parts of column "x" has no mean'), ('"kind": "time", "parts": [{"part": "epoch", "mean": 0, "scale": 0}]', 'scale of element 1 of parts of column "x" must be positive, not 0'),
	('"kind": "time", "parts": [{"part": "hour", "mean": 0}]', 'unknown key "mean" in element 1 of parts of column "x" | Known: part.'), ('"kind": "time", "of": "time", "parts": [{"part": "dow"}]', 'element 1 of parts of column "x": a time has no dow'), ('"kind": "time", "of": "interval", "parts": [{"part": "hour"}]', 'element 1 of parts of column "x": an interval has no hour'),
	('"kind": "time", "of": "week", "parts": [{"part": "hour"}]', 'unknown of of column "x": "week" | Known: "date", "time", "interval".')) AS v (fields, message);
-- every value of an encoding, replaced by every other kind of value
SELECT is_empty($$WITH RECURSIVE paths (path, value) AS (
	SELECT '{}'::text[], encoding FROM learned
	UNION ALL
	SELECT path || k, v FROM paths, LATERAL (SELECT o.key, o.value FROM jsonb_each(CASE jsonb_typeof(paths.value) WHEN 'object' THEN paths.value ELSE '{}' END) AS o
											 UNION ALL SELECT (i - 1)::text, e FROM jsonb_array_elements(CASE jsonb_typeof(paths.value) WHEN 'array' THEN paths.value ELSE '[]' END) WITH ORDINALITY AS a (e, i)) AS c (k, v))
	SELECT path, other FROM paths, learned, jsonb_array_elements('[null, "x", -1.5, true, [], {}, [[]]]') AS a (other),
		LATERAL error_of(format('SELECT ntk_encode(rows, %L) FROM rows WHERE id = 1', jsonb_set(encoding, path, other))) AS message
	WHERE path <> '{}' AND jsonb_typeof(other) <> jsonb_typeof(paths.value) AND message = 'no error'$$, 'a value of the wrong type anywhere is an error');

-- folds

SELECT ok(bool_and(fold BETWEEN 0 AND 4 AND n BETWEEN 0.17 * 20000 AND 0.23 * 20000), 'folds are of similar size') FROM (SELECT fold, count(*) AS n FROM serial_rows GROUP BY fold) AS s;
SELECT is_empty('SELECT id FROM rows WHERE ntk_fold(rows, 1) <> 0', 'one fold');
SELECT is(ntk_fold(a, 1000000), ntk_fold(b, 1000000), description)
FROM (SELECT 1 AS x, 2.5 AS y, 'a' AS t, NULL::int AS n, date '2020-01-01' AS d, '{1,2}'::int[] AS v, '{}'::jsonb AS j) AS a, (SELECT '{1,2}'::float8[] AS v, 'a'::varchar AS t, 1::numeric AS x, 2.5::real AS y, timestamp '2020-01-01' AS d) AS b, (VALUES ('the order of columns, types of numbers and of text, NULLs and columns that cannot be features do not matter')) AS v (description);
SELECT is(ntk_fold(a, 1000000), ntk_fold(b, 1000000), '-0 is 0') FROM (SELECT 0::float8 AS x) AS a, (SELECT '-0'::float8 AS x) AS b;
SELECT lives_ok($$SELECT ntk_fold(q, 5) FROM (SELECT 'NaN'::float8 AS a, 'infinity'::date AS b, ''::text AS c) AS q$$, 'what is no number has a fold, too');
SELECT is(count(DISTINCT fold), 9::bigint, 'other values, columns and seeds have other folds')
FROM (SELECT ntk_fold(q, 1000000) AS fold FROM (SELECT 1 AS a, 2 AS b) AS q UNION ALL SELECT ntk_fold(q, 1000000) FROM (SELECT 2 AS a, 1 AS b) AS q UNION ALL SELECT ntk_fold(q, 1000000) FROM (SELECT 1 AS a, 1 AS b) AS q
	  UNION ALL SELECT ntk_fold(q, 1000000, 1) FROM (SELECT 1 AS a, 2 AS b) AS q UNION ALL SELECT ntk_fold(q, 1000000, -1) FROM (SELECT 1 AS a, 2 AS b) AS q
	  UNION ALL SELECT ntk_fold(q, 1000000) FROM (SELECT NULL::text AS a, 'x' AS b) AS q UNION ALL SELECT ntk_fold(q, 1000000) FROM (SELECT 'x' AS a, NULL::text AS b) AS q UNION ALL SELECT ntk_fold(q, 1000000) FROM (SELECT '' AS a, 'x' AS b) AS q UNION ALL SELECT ntk_fold(q, 1000000) FROM (SELECT '{1,2}'::int[] AS a) AS q) AS s;
SELECT is(ntk_fold(NULL::rows, 5), NULL, 'no row has no fold');
SELECT is(ARRAY(SELECT ntk_fold(q, 100) FROM (SELECT i AS a, 'x' || i AS b FROM generate_series(1, 6) AS i) AS q), '{84,45,91,42,40,84}', 'folds are the same for ever');
SELECT is(error_of('SELECT ntk_fold(rows, 0) FROM rows'), 'folds must be between 1 and 2147483647, not 0', 'no folds');

SELECT * FROM finish();
ROLLBACK;
