-- What encodings make of numbers: transforms, bins, ranges, NaN; weights; types of other extensions.

BEGIN;
SELECT plan(146);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql
\ir include/plan_of.sql

CREATE FUNCTION of_column(encoding jsonb, name text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
	$$SELECT c - 'name' FROM jsonb_array_elements(encoding -> 'columns') AS c WHERE c ->> 'name' = of_column.name$$;
-- of normal numbers, the same in every run; the u-th quantile of the standard normal distribution to 1e-9
CREATE FUNCTION normal(u float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	z float8 := 0;
	term float8;
	total float8;
BEGIN
	FOR step IN 1..60 LOOP		-- Newton's, on the series of the distribution function
		term := z;
		total := z;
		FOR k IN 1..200 LOOP
			term := term * z * z / (2 * k + 1);
			total := total + term;
			EXIT WHEN abs(term) < 1e-17;
		END LOOP;
		term := (0.5 + total * exp(-z * z / 2) / sqrt(2 * pi()) - u) * sqrt(2 * pi()) * exp(z * z / 2);
		z := z - greatest(least(term, 0.5), -0.5);
		EXIT WHEN abs(term) < 1e-12;
	END LOOP;
	RETURN z;
END $$;
-- 2,000 rows: quantiles of a uniform, a normal, an exponential and a lognormal distribution; counts, mostly 0; flags
CREATE TABLE shapes AS
SELECT i AS id, u AS uniform, normal(u) AS normal, -ln(1 - u) AS exponential, exp(2 * normal(u)) AS lognormal,
	CASE WHEN i % 5 = 0 THEN i / 40 ELSE 0 END AS counts, (i % 500 = 0)::int AS rare, normal(u) + CASE WHEN i = 1000 THEN 1e9 ELSE 0 END AS outlier
FROM generate_series(1, 2000) AS i, LATERAL (SELECT ((i - 0.5) / 2000)::float8 AS u) AS s;

CREATE TABLE learned (scale text, encoding jsonb);
INSERT INTO learned SELECT scale, (SELECT ntk_encoding(shapes, 1000, jsonb_build_object('scale', scale)) FROM shapes) FROM unnest('{standard,auto,clip,quantile,asinh}'::text[]) AS scale;

-- which transform

SELECT is((SELECT encoding FROM learned WHERE scale = 'standard'), (SELECT ntk_encoding(shapes) FROM shapes), 'by default numbers are standardised');
SELECT is((SELECT ntk_encoding(shapes, 1000, '{}') FROM shapes), (SELECT ntk_encoding(shapes) FROM shapes), 'by default of the options, too');
SELECT is(of_column(encoding, name) ->> 'transform', transform, format('"auto": %s', name))
FROM learned, (VALUES ('uniform', NULL), ('normal', NULL), ('rare', NULL), ('lognormal', 'quantile'), ('outlier', 'quantile')) AS v (name, transform) WHERE scale = 'auto';
SELECT is(of_column(encoding, 'lognormal') ->> 'transform', scale, scale) FROM learned WHERE scale IN ('clip', 'quantile', 'asinh');
SELECT is(of_column(encoding, 'rare') ? 'transform', false, scale || ': two values need no transform') FROM learned WHERE scale <> 'standard';

-- what they make of values

CREATE TABLE encoded AS
SELECT scale, name, id, s.value, (ntk_encode(r, jsonb_build_object('columns', jsonb_build_array(of_column(encoding, name) || '{"name": "value"}'))))[1] AS z
FROM learned, (SELECT id, j.key AS name, j.value::float8 AS value FROM shapes, jsonb_each_text(to_jsonb(shapes)) AS j WHERE key NOT IN ('id', 'rare')) AS s, LATERAL (SELECT s.value) AS r
WHERE scale <> 'auto';
CREATE TABLE spreads AS		-- of counts, most are the median: then of the others
SELECT name, median, CASE name WHEN 'counts' THEN others ELSE iqr / 1.3489795003921634 END AS iqr,
	CASE name WHEN 'counts' THEN others ELSE (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY abs(value - median)) FROM encoded AS e WHERE e.name = q.name AND scale = 'clip') / 0.6744897501960817 END AS mad
FROM (SELECT name, percentile_disc(0.5) WITHIN GROUP (ORDER BY value) AS median, percentile_disc(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE value <> 0) AS others,
		percentile_disc(0.75) WITHIN GROUP (ORDER BY value) - percentile_disc(0.25) WITHIN GROUP (ORDER BY value) AS iqr
	  FROM encoded WHERE scale = 'clip' GROUP BY name) AS q;
SELECT is_empty($$SELECT name, id, value, z FROM encoded JOIN spreads USING (name), LATERAL (SELECT (value - median) / iqr AS t) AS s WHERE scale = 'clip' AND NOT abs(z - t / sqrt(1 + (t / 3) ^ 2)) < 1e-9$$, 'clip');
SELECT is_empty($$SELECT name, id, value, z FROM encoded JOIN spreads USING (name) WHERE scale = 'asinh' AND NOT abs(z - asinh((value - median) / mad)) < 1e-9$$, 'asinh');
SELECT is_empty($$SELECT name, id, value, z FROM encoded WHERE scale = 'quantile' AND name IN ('uniform', 'normal', 'exponential', 'lognormal') AND NOT abs(z - normal((id - 0.5) / 2000)) < 0.011$$, 'the normal quantile of the rank');
SELECT ok(bool_and(abs(z - normal(0.40175)) < 1e-6), 'of a value that recurs, of the middle of its ranks') FROM encoded WHERE scale = 'quantile' AND name = 'counts' AND value = 0;
SELECT ok(max(abs(z)) < 4, name || ' has no far value') FROM encoded WHERE scale IN ('clip', 'quantile') GROUP BY name;
SELECT cmp_ok(jsonb_array_length(of_column(encoding, 'lognormal') -> 'knots'), '<', 100, 'few knots are stored') FROM learned WHERE scale = 'quantile';
SELECT is(jsonb_array_length(of_column(ntk_encoding(q, 1000, '{"scale": "quantile"}'), 'v') -> 'knots'), 4, 'no more than there are values') FROM (SELECT (ARRAY[0, 0, 0, 1, 5, 1e300])[1 + i % 6] AS v FROM generate_series(1, 600) AS i) AS q;
SELECT is(ntk_encode(r, '{"columns": [{"name": "v", "kind": "number", "transform": "quantile", "knots": [0, 10, 20], "normals": [-1, 0, 3]}]}'), ARRAY[z]::float8[], 'quantile of ' || t.v)
FROM (VALUES (-1e300, -1), (0, -1), (5, -0.5), (10, 0), (15, 1.5), (20, 3), (1e300, 3)) AS t (v, z), LATERAL (SELECT t.v) AS r;
SELECT is(ntk_encode(r, '{"columns": [{"name": "v", "kind": "number", "transform": "clip", "median": 0, "scale": 1e-300}]}'), ARRAY[z]::float8[], 'clip of ' || t.v) FROM (VALUES (-1e300, -3), (1e300, 3), (0, 0)) AS t (v, z), LATERAL (SELECT t.v) AS r;

-- bins

SELECT is((SELECT array_agg(e::float8 ORDER BY i) FROM jsonb_array_elements_text(of_column(encoding, 'v') -> 'bins') WITH ORDINALITY AS a (e, i)), '{1,25,50,75,100}', 'edges of four bins')
FROM (SELECT ntk_encoding(q, 1000, '{"bins": 4}') AS encoding FROM (SELECT i AS v FROM generate_series(1, 100) AS i) AS q) AS s;
SELECT is((SELECT array_agg(e::float8 ORDER BY i) FROM jsonb_array_elements_text(of_column(encoding, 'v') -> 'bins') WITH ORDINALITY AS a (e, i)), '{0,1,2,3}', 'a value that recurs takes one edge')
FROM (SELECT ntk_encoding(q, 1000, '{"bins": 8}') AS encoding FROM (SELECT greatest(i - 997, 0) AS v FROM generate_series(1, 1000) AS i) AS q) AS s;
SELECT is(ntk_encode(r, '{"columns": [{"name": "v", "kind": "number", "mean": 0, "scale": 2, "bins": [0, 10, 20, 40], "missing": true}]}'), x::float8[], 'the code of ' || coalesce(t.v::text, 'NULL'))
FROM (VALUES (-4, '{-2,0,0,0,0}'), (0, '{0,0,0,0,0}'), (5, '{2.5,0.5,0,0,0}'), (25, '{12.5,1,1,0.25,0}'), (50, '{25,1,1,1,0}'), (NULL, '{0,0,0,0,1}')) AS t (v, x), LATERAL (SELECT t.v) AS r;
SELECT is(array_agg(input ORDER BY place), '{v,"v from 0 to 10","v from 10 to 20","v is null",w}', 'what the inputs mean')
FROM ntk_inputs('{"columns": [{"name": "v", "kind": "number", "mean": 0, "scale": 2, "bins": [0, 10, 20], "missing": true}, {"name": "w", "kind": "boolean"}]}');
SELECT is((SELECT jsonb_object_agg(c ->> 'name', jsonb_array_length(c -> 'bins') - 1) FROM jsonb_array_elements(encoding -> 'columns') AS c WHERE c ? 'bins'), bins::jsonb, format('"auto", %s rows', n))
FROM (VALUES (1999, NULL), (2000, '{"outlier": 8, "lognormal": 8, "exponential": 8}')) AS v (n, bins), LATERAL (SELECT ntk_encoding(shapes, 1000, '{"bins": "auto"}') AS encoding FROM shapes WHERE id > 2000 - n) AS e;
SELECT is(jsonb_array_length(of_column(ntk_encoding(q, 1000, '{"bins": "auto"}'), 'v') -> 'bins') - 1, bins, format('%s rows are not 0', n)) FROM (VALUES (99, NULL), (149, 2), (400, 8)) AS t (n, bins), LATERAL (SELECT CASE WHEN i <= n THEN 1.02 ^ i ELSE 0 END AS v FROM generate_series(1, 3000) AS i) AS q GROUP BY n, bins;
SELECT is(of_column(ntk_encoding(q, 1000, '{"bins": 8}'), 'v') ? 'bins', false, 'two values have no bins') FROM (SELECT i % 2 AS v FROM generate_series(1, 100) AS i) AS q;

-- ranges

SELECT is(of_column(ntk_encoding(q, 1000, '{"outside": "clip"}'), 'v') -> 'range', '[1, 100]', 'the range') FROM (SELECT i AS v FROM generate_series(1, 100) AS i) AS q;
CREATE TABLE ranged AS SELECT '{"columns": [{"name": "v", "kind": "number", "mean": 0, "scale": 1, "range": [0, 10]}, {"name": "c", "kind": "category", "levels": ["a"]}, {"name": "d", "kind": "category", "levels": ["a"], "other": true}]}'::jsonb AS encoding;
SELECT is(ntk_encode(r, encoding), x::float8[], 'the ends count for what is outside: ' || t.v)
FROM ranged, (VALUES (-5, 'a', '{0,1,1,0}', 1), (11, 'a', '{10,1,1,0}', 1), (0, 'a', '{0,1,1,0}', 0), (10, 'a', '{10,1,1,0}', 0), (1e300, 'b', '{10,0,0,1}', 2)) AS t (v, c, x, outside), LATERAL (SELECT t.v, t.c, t.c AS d) AS r;
SELECT is(_ntk_outside(r, encoding), outside, 'which is counted: ' || t.v)
FROM ranged, (VALUES (-5, 'a', '{0,1,1,0}', 1), (11, 'a', '{10,1,1,0}', 1), (0, 'a', '{0,1,1,0}', 0), (10, 'a', '{10,1,1,0}', 0), (1e300, 'b', '{10,0,0,1}', 2)) AS t (v, c, x, outside), LATERAL (SELECT t.v, t.c, t.c AS d) AS r;
SELECT is((SELECT sum(_ntk_outside(r, encoding)) FROM generate_series(-4, 20) AS v, LATERAL (SELECT v, 'a'::text AS c, 'a'::text AS d) AS r), 14::bigint, 'over many rows') FROM ranged;

-- NaN and NULL

CREATE TABLE holes AS SELECT CASE i % 4 WHEN 0 THEN 'NaN'::float8 WHEN 1 THEN NULL ELSE i END::float8 AS v, 'NaN'::numeric AS n FROM generate_series(1, 100) AS i;
SELECT is(ntk_encoding(a, 1000, '{"nan": "missing"}'), ntk_encoding(b, 1000, '{"nan": "missing"}'), 'NaN as NULL')
FROM (SELECT v FROM holes) AS a, LATERAL (SELECT nullif(a.v, 'NaN') AS v) AS b;
SELECT is(ntk_encoding(holes, 1000, '{"nan": "missing", "scale": "quantile"}') - 'columns', '{"nan": "missing", "inputs": 2, "missing": "impute"}', 'the encoding knows') FROM holes;
SELECT is(ntk_encode(r, '{"nan": "missing", "columns": [{"name": "v", "kind": "number", "mean": 1, "scale": 1, "missing": true}]}'), x::float8[], 'it encodes ' || coalesce(t.v::text, 'NULL'))
FROM (VALUES ('NaN'::float8, '{0,1}'), (NULL, '{0,1}'), (3, '{2,0}')) AS t (v, x), LATERAL (SELECT t.v) AS r;
SELECT is(ntk_encode(r, '{"nan": "missing", "missing": "skip", "columns": [{"name": "v", "kind": "number", "mean": 1, "scale": 1}]}'), NULL, 'or leaves the row out') FROM (SELECT 'NaN'::real AS v) AS r;
SELECT is(ntk_encode(r, '{"columns": [{"name": "v", "kind": "number", "mean": 1, "scale": 1, "missing": true}]}'), '{0,1}', 'a NULL without a type') FROM (SELECT NULL AS v) AS r;
SELECT is(ntk_encode(ROW(NULL), '{"columns": [{"name": "f1", "kind": "time", "parts": [{"part": "hour"}], "missing": true}]}'), '{0,0,1}', 'in a row constructor');
SELECT is(jsonb_array_length(ntk_encoding(ROW(NULL, i)) -> 'columns'), 1, 'in a row that is learned from') FROM generate_series(1, 10) AS i;
SELECT is(error_of('SELECT ntk_encoding(ROW(''a'', i)) FROM generate_series(1, 10) AS i'), 'column "f1" of type unknown cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'a literal without a type');
SELECT is(error_of($$SELECT ntk_encode(r, '{"columns": [{"name": "v", "kind": "number", "mean": 1, "scale": 1}]}') FROM (VALUES (NULL), ('1')) AS r (v)$$), 'column "v" is of type text, the encoding expects a number', 'a text is none');

-- weights

CREATE TABLE weighted AS SELECT i AS v, sqrt(i) AS s, 'level ' || i % 7 AS c, i % 3 AS w, i % 4 = 0 AS flag, ARRAY[i, ln(i)] AS a, date '2024-01-01' + i AS d FROM generate_series(1, 120) AS i;
SELECT is(once, twice, 'a weight of 2 is the row twice, one of 0 no row: ' || options)
FROM (VALUES ('{}'), ('{"scale": "clip", "bins": 5, "outside": "clip"}'), ('{"scale": "quantile"}'), ('{"scale": "auto"}'), ('{"scale": "asinh"}')) AS o (options),
	LATERAL (SELECT regexp_replace(ntk_encoding(r, 3, options::jsonb, w)::text, '(\.\d{5})\d*', '\1', 'g') AS once FROM weighted, LATERAL (SELECT v, s, c, flag, a, d) AS r) AS a,
	LATERAL (SELECT regexp_replace(ntk_encoding(r, 3, options::jsonb)::text, '(\.\d{5})\d*', '\1', 'g') AS twice FROM weighted, LATERAL (SELECT v, s, c, flag, a, d) AS r, generate_series(1, w)) AS b;
SELECT is(ntk_encoding(r, 1000, '{}', 1e-6) #> '{columns,0,levels}', '["b", "a"]', 'small weights leave levels') FROM (SELECT (ARRAY['a', 'b', 'b'])[1 + i % 3] AS c FROM generate_series(1, 300) AS i) AS r;
SELECT is(ntk_encoding(r, 1000, '{}', 0), NULL, 'no row has a weight') FROM weighted AS r;
SELECT is(error_of(format('SELECT ntk_encoding(r, 1000, ''{}'', %s) FROM weighted AS r', w)), message, 'weight ' || w)
FROM (VALUES ('NULL', 'weight must not be null'), ('-1', 'weight must not be negative, not -1'), ('''NaN''', 'weight must be finite, not NaN')) AS v (w, message);

-- the plan, the order of rows

CREATE TABLE many AS SELECT i AS id, CASE WHEN i % 10 < 8 THEN 0 ELSE i END AS mostly, (i * 7919 % 40009)::float8 ^ 3 AS heavy, 'c' || i % 5 AS c, i % 2 AS w FROM generate_series(1, 40000) AS i;
ANALYZE many;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT ntk_encoding(q, 100, '{"scale": "quantile", "bins": 8}') AS encoding, ntk_encoding(q, 100, '{"scale": "quantile", "bins": 8}', w) AS weighted FROM many, LATERAL (SELECT id, mostly, heavy, c) AS q;
CREATE FUNCTION without_moments(jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT regexp_replace($1::text, '"(scale|mean)": [-0-9.e+]+', '', 'g')$$;
SELECT is(without_moments(ntk_encoding(q, 100, '{"scale": "quantile", "bins": 8}')), without_moments(encoding), 'another order of rows') FROM serial, (SELECT id, mostly, heavy, c FROM many ORDER BY heavy) AS q GROUP BY encoding;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(plan_of($$SELECT ntk_encoding(q, 100, '{"scale": "quantile", "bins": 8}') FROM many, LATERAL (SELECT id, mostly, heavy, c) AS q$$), 'Partial Aggregate', 'it is parallel');
SELECT is(without_moments((SELECT ntk_encoding(q, 100, '{"scale": "quantile", "bins": 8}') FROM many, LATERAL (SELECT id, mostly, heavy, c) AS q)), without_moments(encoding), 'parallel workers') FROM serial;
SELECT is(without_moments((SELECT ntk_encoding(q, 100, '{"scale": "quantile", "bins": 8}', w) FROM many, LATERAL (SELECT id, mostly, heavy, c) AS q)), without_moments(weighted), 'with weights') FROM serial;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT cmp_ok(abs((ntk_encode(r, encoding))[1] - normal(0.4)), '<', 0.011::float8, 'rows of one column: a value that most have')
FROM (SELECT ntk_encoding(q, 100, '{"scale": "quantile"}') AS encoding FROM (SELECT CASE WHEN i % 10 < 8 THEN 0 ELSE i END AS v FROM generate_series(1, 200000) AS i) AS q) AS s, LATERAL (SELECT 0 AS v) AS r;
SELECT cmp_ok(abs((ntk_encode(r, jsonb_build_object('columns', jsonb_build_array(of_column(encoding, 'heavy') || '{"name": "heavy"}'))))[1] - normal(p)), '<', 0.04::float8, 'quantiles from a sample: ' || p)
FROM serial, (VALUES (0.1), (0.5), (0.9)) AS v (p), LATERAL (SELECT percentile_disc(p) WITHIN GROUP (ORDER BY heavy) AS heavy FROM many) AS r;

-- means of a target

CREATE TABLE levelled AS SELECT i AS id, 'l' || i % 100 AS c, 'f' || i % 10 AS few, sin(i % 100) + 0.1 * cos(7 * i) AS y, sin(11 * i) AS nothing, CASE WHEN i % 7 = 3 THEN 1000 ELSE sin(i % 100) END AS held, i % 3 AS w FROM generate_series(1, 3000) AS i;
CREATE FUNCTION means_of(encoding jsonb, target int DEFAULT 0) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	$$SELECT array_agg(m::float8 ORDER BY l) FROM jsonb_array_elements_text(encoding #> '{columns,0,levels}') WITH ORDINALITY AS a (l, i), jsonb_array_elements_text(encoding #> ARRAY['columns', '0', 'means', target::text]) WITH ORDINALITY AS b (m, j) WHERE i = j$$;
CREATE TABLE with_means AS SELECT ntk_encoding(r, 1000, '{}', 1, ARRAY[y]) AS encoding FROM levelled, LATERAL (SELECT c, few) AS r;
SELECT is(encoding - 'columns', '{"inputs": 111, "missing": "impute"}', 'one input more') FROM with_means;
SELECT is(of_column(encoding, 'few') ? 'means', false, 'few levels have no means') FROM with_means;
SELECT cmp_ok(corr(m, mean), '>', 0.9999::float8, 'they are those of the target') FROM with_means, (SELECT c, avg(y) AS mean FROM levelled GROUP BY c) AS s, LATERAL (SELECT (ntk_encode(r, encoding))[101] AS m FROM (SELECT s.c, 'f1'::text AS few) AS r) AS t;
SELECT ok(abs(avg(m)) < 1e-9 AND abs(stddev_pop(m) - 1) < 1e-9, 'standardised') FROM with_means, levelled AS s, LATERAL (SELECT (ntk_encode(r, encoding))[101] AS m FROM (SELECT s.c, s.few) AS r) AS t;
SELECT is((ntk_encode(r, encoding))[101], 0::float8, 'an unknown level has none') FROM with_means, (SELECT 'new'::text AS c, 'f1'::text AS few) AS r;
SELECT is((ntk_encoding(r, 1000, '{}', 1, ARRAY[nothing]) #> '{columns,0}') ? 'means', false, 'a target that levels say nothing of') FROM levelled, LATERAL (SELECT c) AS r;
SELECT is(jsonb_array_length(ntk_encoding(r, 1000, '{}', 1, ARRAY[y, nothing, -y]) #> '{columns,0,means}'), 2, 'targets, one of which levels say nothing of') FROM levelled, LATERAL (SELECT c) AS r;
SELECT ok((SELECT max(abs(a - b)) FROM unnest(means_of(m), means_of(n)) AS u (a, b)) < 1e-9, 'a row without a target counts for no mean')
FROM (SELECT ntk_encoding(r, 1000, '{}', 1, CASE WHEN held < 1000 THEN ARRAY[held] END) AS m FROM levelled, LATERAL (SELECT c) AS r) AS a, (SELECT ntk_encoding(r, 1000, '{}', 1, ARRAY[held]) AS n FROM levelled, LATERAL (SELECT c) AS r WHERE held < 1000) AS b;
SELECT ok((SELECT max(abs(a - b)) FROM unnest(means_of(m), means_of(n)) AS u (a, b)) < 1e-9, 'a weight of 2 is the row twice')
FROM (SELECT ntk_encoding(r, 1000, '{}', w, ARRAY[y]) AS m FROM levelled, LATERAL (SELECT c) AS r) AS a, (SELECT ntk_encoding(r, 1000, '{}', 1, ARRAY[y]) AS n FROM levelled, LATERAL (SELECT c) AS r, generate_series(1, w)) AS b;
SELECT is(array_agg(input ORDER BY place) FILTER (WHERE place > 100), '{"mean of c","few = f0"}', 'what the input is') FROM with_means, LATERAL ntk_inputs(encoding) WHERE place <= 102;
SELECT is(error_of(format('SELECT ntk_encoding(r, 1000, ''{}'', 1, %s) FROM levelled, LATERAL (SELECT c) AS r', target)), message, message)
FROM (VALUES ('ARRAY[y, NULL]', 'element 2 of target is null'), ('array_fill(y, ARRAY[17])', 'the length of target must be between 1 and 16, not 17'), ('array_fill(y, ARRAY[1 + id % 2])', 'target has length 1, the row before expects 2'),
	('ARRAY[''NaN''::float8]', 'element 1 of target must be finite, not NaN')) AS v (target, message);
SELECT is(error_of(format($$SELECT ntk_encode(r, '{"columns": [{"name": "x", "kind": "category", "levels": ["a", "b"], "means": %s}]}') FROM (SELECT 'a'::text AS x) AS r$$, means)), message, message)
FROM (VALUES ('3', 'means of column "x" must be an array'), ('[]', 'the length of means of column "x" must be between 1 and 16, not 0'), ('[1, 2]', 'element 1 of means of column "x" must be an array'),
	('[[1]]', 'element 1 of means of column "x" has length 1, the encoding expects 2'), ('[[1, "2"]]', 'element 2 of element 1 of means of column "x" must be a number')) AS v (means, message);
SET LOCAL max_parallel_workers_per_gather = 2;
ANALYZE levelled;
SELECT ok((SELECT max(abs(a - b)) FROM unnest(means_of(m), means_of(encoding)) AS u (a, b)) < 1e-9, 'parallel workers') FROM with_means, (SELECT ntk_encoding(r, 1000, '{}', 1, ARRAY[y]) AS m FROM levelled, LATERAL (SELECT c, few) AS r) AS s;
SET LOCAL max_parallel_workers_per_gather = 0;

-- what is refused

SELECT is(error_of(format('SELECT ntk_encoding(r, 1000, %s) FROM weighted AS r', options)), message, message)
FROM (VALUES ('NULL', 'options must not be null'), ($$'[]'$$, 'the options must be a JSON object'), ($$'{"scales": 1}'$$, 'unknown key "scales" in the options | Known: scale, bins, nan, outside.'),
	($$'{"scale": "log"}'$$, 'unknown scale "log" | Known: "standard", "clip", "quantile", "asinh", "auto".'), ($$'{"scale": 3}'$$, 'scale must be a string'),
	($$'{"bins": -1}'$$, 'bins must be between 0 and 1000, not -1'), ($$'{"bins": 1001}'$$, 'bins must be between 0 and 1000, not 1001'), ($$'{"bins": "many"}'$$, 'unknown bins "many" | Known: "auto".'), ($$'{"bins": 1.5}'$$, 'bins must be an integer, not 1.5'),
	($$'{"nan": "skip"}'$$, 'unknown nan "skip" | Known: "error", "missing".'), ($$'{"outside": "error"}'$$, 'unknown outside "error" | Known: "keep", "clip".'),
	($$format('{"bins": %s}', v)::jsonb$$, 'options must be the same for all rows of a group')) AS v (options, message);
SELECT is(error_of(format($$SELECT ntk_encode(r, '{"columns": [{"name": "x", "kind": "number", %s}]}') FROM (SELECT 1 AS x) AS r$$, fields)), message, message)
FROM (VALUES ('"transform": "log", "mean": 0, "scale": 1', 'unknown transform of column "x": "log" | Known: "standard", "clip", "quantile", "asinh".'), ('"transform": "clip", "mean": 0, "scale": 1', 'unknown key "mean" in column "x" | Known: name, kind, missing, transform, median, scale, range, bins.'),
	('"transform": "clip", "median": 0, "scale": 0', 'scale of column "x" must be positive, not 0'), ('"transform": "asinh", "scale": 1', 'column "x" has no median'), ('"transform": "quantile"', 'column "x" has no knots'),
	('"transform": "quantile", "knots": [1], "normals": [1]', 'the length of knots of column "x" must be between 2 and 1000, not 1'), ('"transform": "quantile", "knots": [1, 1], "normals": [1, 2]', 'element 2 of knots of column "x" is 1, after 1: it must be larger'),
	('"transform": "quantile", "knots": [1, 2], "normals": [2, 1]', 'element 2 of normals of column "x" is 1, after 2: it must be at least as large'), ('"transform": "quantile", "knots": [1, 2, 3], "normals": [1, 2]', 'column "x" has 3 knots and 2 normals'),
	('"transform": "quantile", "knots": [1, 2], "normals": [1, 4.5]', 'normals of column "x" must be between -4 and 4, not 4.5'), ('"transform": "quantile", "knots": [1, "2"], "normals": [1, 2]', 'element 2 of knots of column "x" must be a number'),
	('"mean": 0, "scale": 1, "range": [2, 1]', 'element 2 of range of column "x" is 1, after 2: it must be at least as large'), ('"mean": 0, "scale": 1, "range": [1, 2, 3]', 'the length of range of column "x" must be between 2 and 2, not 3'),
	('"mean": 0, "scale": 1, "bins": [1, 1]', 'element 2 of bins of column "x" is 1, after 1: it must be larger'), ('"mean": 0, "scale": 1, "bins": 4', 'bins of column "x" must be an array')) AS v (fields, message);
SELECT is(error_of($$SELECT ntk_encode(r, '{"nan": "skip", "columns": [{"name": "x", "kind": "boolean"}]}') FROM (SELECT true AS x) AS r$$), 'unknown nan of the encoding: "skip" | Known: "error", "missing".', 'a way of NaN that there is not');

-- types of other extensions

CREATE EXTENSION citext;
SELECT is(ntk_encoding(q) #> '{columns,0}', '{"kind": "category", "name": "c", "levels": ["berlin", "łódź"]}', 'citext') FROM (SELECT (ARRAY['Berlin', 'BERLIN', 'berlin', 'Łódź', 'łÓDŹ'])[1 + i % 5]::citext AS c FROM generate_series(1, 50) AS i) AS q;
SELECT is(ntk_encode(r, '{"columns": [{"name": "c", "kind": "category", "levels": ["berlin"]}]}'), '{1}', 'encodes') FROM (SELECT 'bErLiN'::citext AS c) AS r;
CREATE TYPE mine; CREATE FUNCTION mine_in(cstring) RETURNS mine LANGUAGE internal IMMUTABLE STRICT AS 'textin'; CREATE FUNCTION mine_out(mine) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE mine (INPUT = mine_in, OUTPUT = mine_out);
SELECT is(error_of($$SELECT ntk_encoding(q) FROM (SELECT 'a'::mine AS c) AS q$$), 'column "c" of type mine cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'a type of a user is none');
SELECT CASE WHEN EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN 'true' ELSE 'false' END AS has_vector \gset
\if :has_vector
CREATE EXTENSION vector;
SELECT is(ntk_encoding(a), ntk_encoding(b), 'vectors') FROM (SELECT ARRAY[i, i % 7]::real[]::vector AS v FROM generate_series(1, 50) AS i) AS a, LATERAL (SELECT a.v::real[] AS v) AS b;
SELECT is(ntk_encode(r, '{"columns": [{"name": "v", "kind": "array", "length": 2, "mean": [0, 1], "scale": [1, 2]}]}'), '{3,1}', 'encode') FROM (SELECT '[3,3]'::vector AS v) AS r;
SELECT is(ntk_fold(a, 1000000), ntk_fold(b, 1000000), 'have the folds of their numbers') FROM (SELECT '[3,3]'::vector AS v) AS a, (SELECT '{3,3}'::real[] AS v) AS b;
\else
SELECT skip('the extension vector is not installed', 3);
\endif

SELECT * FROM finish();
ROLLBACK;
