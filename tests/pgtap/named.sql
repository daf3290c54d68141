-- Scoring with models by name: rows and arrays, where a query may do it, which version answers,
-- and many rows at once.

BEGIN;
SELECT plan(224);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql
\ir include/plan_of.sql

-- the one value of a query, or the message of its error
CREATE FUNCTION value_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	hint text;
BEGIN
	EXECUTE query INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLERRM, nullif(hint, ''));
END $$;

CREATE TABLE points AS
SELECT i AS id, 2 * sin(i) AS a, 2 * cos(1.7 * i) AS b, sin(2 * sin(i)) + 2 * cos(1.7 * i) + 0.1 * sin(37 * i) AS y,
	CASE WHEN sin(i) > cos(1.7 * i) THEN 'up' WHEN i % 7 = 0 THEN 'odd' ELSE 'down' END AS class, (ARRAY['Rome', 'Paris', 'Bern'])[1 + i % 3] AS city
FROM generate_series(1, 600) AS i;
CREATE TABLE flats AS
SELECT i AS id, 20 + i % 90 AS area, (ARRAY['Rome', 'Paris', 'Bern'])[1 + i % 3] AS city, CASE WHEN i % 11 <> 0 THEN i % 5 END AS rooms, i % 2 = 0 AS lift,
	date '2020-01-01' + i AS day, 10 * (20 + i % 90) + 100 * (i % 3) + CASE WHEN i % 11 <> 0 THEN 20 * (i % 5) ELSE 90 END + 50 * sin(i) AS rent
FROM generate_series(1, 500) AS i;
CREATE TABLE vectors AS
SELECT i AS id, ARRAY[sin(i), cos(1.7 * i), sin(2.3 * i)] AS x, ARRAY[sin(i)] AS single, sin(i) + cos(1.7 * i) * sin(2.3 * i) AS y FROM generate_series(1, 300) AS i;

SELECT ntk_train('plane', 'points', 'y', '{a,b}', params => '{"n_components": 40}');
SELECT ntk_train('side', 'points', 'class', '{a,b}', params => '{"n_components": 40}');
SELECT ntk_train('rent', 'flats', 'rent', exclude => '{id}', params => '{"n_components": 40}');
SELECT ntk_train('city', 'points', 'y', '{a,b}', group_by => '{city}', params => '{"n_components": 30}');
SELECT ntk_train('vector', 'vectors', 'y', '{x}', params => '{"n_components": 30}');
SELECT ntk_train('two', 'points', 'y', '{a,b}', params => '{"n_components": 20}');
SELECT ntk_train('two', 'SELECT a, b, y + 100 AS y FROM points', 'y', '{a,b}', params => '{"n_components": 20, "deploy": "always"}');
-- what serves, for predictions by hand
CREATE VIEW serving AS SELECT m.model, p.grp, v.encoding, v.labels, p.fitted, p.temperature
FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed JOIN ntk_catalog_part AS p ON p.model = v.model AND p.version = v.version;

-- rows

SELECT cmp_ok(max(abs(ntk_predict('rent', f) - ntk_predict(fitted, ntk_encode(f, encoding)))), '<', 1e-9::float8, 'a row of a table: its encoded columns, predicted') FROM flats AS f, serving WHERE model = 'rent';
SELECT cmp_ok(max(abs(ntk_predict('rent', f) - rent)), '<', 200::float8, 'which is near the target') FROM flats AS f;
SELECT ok(count(DISTINCT ntk_predict('rent', f)) > 400, 'and differs between rows') FROM flats AS f;
CREATE VIEW turned AS SELECT 'x'::text AS extra, lift, day, rooms, city, area, id, now() AS then FROM flats;
CREATE TYPE flat AS (city text, area int, rooms int, lift bool, day date);
CREATE TABLE split (LIKE flats) PARTITION BY LIST (city);
CREATE TABLE split_rome (lift bool, rent float8, rooms int, city text, day date, area int, id int);
ALTER TABLE split ATTACH PARTITION split_rome FOR VALUES IN ('Rome');
CREATE TABLE split_rest PARTITION OF split DEFAULT;
INSERT INTO split SELECT * FROM flats;
CREATE TABLE shrunk AS SELECT 1 AS gone, f.*, 2 AS too FROM flats AS f;
ALTER TABLE shrunk DROP COLUMN gone, DROP COLUMN too;
SELECT is(value_of('SELECT sum(ntk_predict(''rent'', ' || query), (SELECT sum(ntk_predict('rent', f) ORDER BY id)::text FROM flats AS f), description)
FROM (VALUES
	('flats) ORDER BY id) FROM flats', 'the name of the table'),
	('f.*) ORDER BY id) FROM flats AS f', 'all columns of the table'),
	('s) ORDER BY id) FROM (SELECT id, area, city, rooms, lift, day FROM flats) AS s', 'a sub-query'),
	('s) ORDER BY id) FROM (SELECT rooms, day, lift, city, area, id, NULL AS nothing, rent FROM flats) AS s', 'columns in another order, and more of them'),
	('ROW(city, area, rooms, lift, day)::flat) ORDER BY id) FROM flats', 'a row of a composite type'),
	('t) ORDER BY id) FROM turned AS t', 'a view'),
	('s) ORDER BY id) FROM split AS s', 'a table whose partitions have another order of columns'),
	('s) ORDER BY id) FROM shrunk AS s', 'a table of which columns were dropped'),
	('f) ORDER BY (f).id) FROM (SELECT f FROM flats AS f OFFSET 0) AS s', 'a column that is a row'),
	('jsonb_populate_record(NULL::flat, to_jsonb(f))) ORDER BY id) FROM flats AS f', 'a row made of JSON'),
	('s) ORDER BY id) FROM (SELECT id, area::numeric AS area, city::varchar(10) AS city, rooms::float8 AS rooms, lift, day::timestamp AS day FROM flats) AS s', 'columns of types of the same kind')) AS v (query, description);
SELECT is(error_of('SELECT ntk_predict(''rent'', s) FROM (' || query || ') AS s'), message, message)
FROM (VALUES
	('SELECT area, rooms, lift, day FROM flats', 'the row has no column "city"'),
	('SELECT area, city AS "City", rooms, lift, day FROM flats', 'the row has no column "city"'),
	('SELECT area::text AS area, city, rooms, lift, day FROM flats', 'column "area" is of type text, the encoding expects a number'),
	('SELECT area, 3 AS city, rooms, lift, day FROM flats', 'column "city" is of type integer, the encoding expects a category'),
	('SELECT area, city, rooms, lift::int AS lift, day FROM flats', 'column "lift" is of type integer, the encoding expects a boolean'),
	('SELECT area, city, rooms, lift, 3 AS day FROM flats', 'column "day" is of type integer, the encoding expects a date or timestamp'),
	('SELECT area, area, city, rooms, lift, day FROM flats', 'the row has two columns "area"'),
	('SELECT ''NaN''::float8 AS area, city, rooms, lift, day FROM flats', 'column "area" holds NaN | Set "nan" to "missing" to count NaN as a missing value.')) AS v (query, message);
SELECT is(error_of('SELECT ntk_predict(''plane'', ROW(1, 2))'), 'the row has no column "a"', 'a ROW without names');
SELECT is(error_of('SELECT ntk_predict(''city'', s) FROM (SELECT a, b FROM points) AS s'), 'the row has no column "city" | Model "city" is grouped by it.', 'a grouped model, a row without its group');
SELECT is(ntk_predict('rent', s), ntk_predict(fitted, ntk_encode(s, encoding)), 'NULLs are imputed')
FROM (SELECT NULL::int AS area, NULL::text AS city, NULL::int AS rooms, NULL::bool AS lift, NULL::date AS day) AS s, serving WHERE model = 'rent';
SELECT isnt(ntk_predict('rent', a), ntk_predict('rent', b), 'a NULL is not the mean, if there were NULLs in training')
FROM (SELECT 50 AS area, 'Rome' AS city, NULL::float8 AS rooms, true AS lift, date '2020-05-05' AS day) AS a,
	(SELECT 50 AS area, 'Rome' AS city, avg(rooms)::float8 AS rooms, true AS lift, date '2020-05-05' AS day FROM flats) AS b;
SELECT is(ntk_predict('rent', NULL::flats), NULL, 'no row');
SELECT is(ntk_predict(NULL, f), NULL, 'no name') FROM flats AS f WHERE id = 1;
SELECT is(ntk_classify(NULL, p), NULL, 'no name of a model of classes') FROM points AS p WHERE id = 1;
SELECT is(error_of(query), message, 'unknown model: ' || query)
FROM (VALUES
	('SELECT ntk_predict(''Plane'', p) FROM points AS p', 'model "Plane" does not exist | The view ntk_models lists the models that you may use.'),
	('SELECT ntk_predict('''', p) FROM points AS p', 'model "" does not exist | The view ntk_models lists the models that you may use.'),
	('SELECT ntk_classify(''plan'', p) FROM points AS p', 'model "plan" does not exist | The view ntk_models lists the models that you may use.'),
	('SELECT ntk_predict(repeat(''x'', 100), ARRAY[1,2])', format('model "%s" does not exist | The view ntk_models lists the models that you may use.', repeat('x', 100))),
	('SELECT * FROM ntk_predict_table(''plan'', ''points'', ''id'')', 'model "plan" does not exist | The view ntk_models lists the models that you may use.')) AS v (query, message);
SELECT throws_ok('SELECT ntk_predict(''plan'', ARRAY[1,2])', '42704', NULL, 'with the code of an undefined object');
SELECT is(error_of('SELECT ' || call), message, call)
FROM (VALUES
	('ntk_predict(''plane'', 3)', 'a row or an array is needed, not a value of type integer | Name the table: SELECT ntk_predict(''plane'', t) FROM my_table AS t.'),
	('ntk_predict(''plane'', city) FROM points', 'a row or an array is needed, not a value of type text | Name the table: SELECT ntk_predict(''plane'', t) FROM my_table AS t.'),
	('ntk_predict(''plane'', ''\x00''::bytea)', 'a row or an array is needed, not a value of type bytea | Name the table: SELECT ntk_predict(''plane'', t) FROM my_table AS t.'),
	('ntk_classify(''side'', 3.5)', 'a row or an array is needed, not a value of type numeric | Name the table: SELECT ntk_predict(''side'', t) FROM my_table AS t.')) AS v (call, message);

-- arrays

CREATE FUNCTION plane_at(a float8, b float8) RETURNS text LANGUAGE sql STABLE AS $$SELECT ntk_predict('plane', q)::text FROM (SELECT $1 AS a, $2 AS b) AS q$$;
SELECT is(value_of(format('SELECT ntk_predict(''plane'', %s)', literal)), plane_at(1, b), literal)
FROM (VALUES ('ARRAY[1,2.5]', 2.5), ('ARRAY[1,2]', 2), ('ARRAY[1.0,2.5]', 2.5), ('ARRAY[1,2e0]', 2), ('ARRAY[''1'', 2]', 2), ('''{1,2.5}''::real[]', 2.5), ('''{1,2}''::float8[]', 2), ('''{1,2}''::int[]', 2), ('''{1,2.5}''::numeric[]', 2.5),
	  ('CAST(ARRAY[1,2] AS double precision[])', 2), ('ARRAY[1::real, 2]', 2), ('(SELECT array_agg(i) FROM generate_series(1, 2) AS i)', 2)) AS v (literal, b);
SELECT is(value_of(format('SELECT ntk_predict(''plane'', %s)', literal)), plane_at(1, 2), literal)
FROM (VALUES ('''{1,2}''::bigint[]'), ('''{1,2}''::smallint[]'), ('''{1,2}'''), ('(SELECT array_agg(i) FROM generate_series(1::bigint, 2) AS i)'), ('(SELECT ARRAY[count(*), 2 * count(*)] FROM points WHERE id = 1)')) AS v (literal);
SELECT is(value_of('SELECT ntk_predict(''plane'', NULL)'), NULL, 'an untyped NULL');
SELECT is(value_of(format('SELECT ntk_classify(''side'', %s)', literal)), (SELECT ntk_classify('side', q) FROM (SELECT 1 AS a, -2 AS b) AS q), 'ntk_classify of ' || literal)
FROM unnest('{"ARRAY[1,-2.0]","ARRAY[1,-2]","''{1,-2}''::real[]","''{1,-2}''::float8[]","''{1,-2}''::numeric[]","''{1,-2}''::bigint[]"}'::text[]) AS literal;
CREATE DOMAIN pair AS float8[];
CREATE DOMAIN words AS text;
SELECT is(value_of('SELECT ntk_predict(''plane'', ''{1,2}''::pair)'), plane_at(1, 2), 'an array of a domain');
SELECT is(error_of('SELECT ntk_predict(' || arguments || ')'), message, arguments)
FROM (VALUES
	('''plane'', ARRAY[1,2,3]', 'row has length 3, the model expects 2'), ('''plane'', ARRAY[1]', 'row has length 1, the model expects 2'), ('''plane'', ''{}''::int[]', 'row must not be empty'),
	('''plane'', ARRAY[[1,2]]', 'row must be a one-dimensional array | It has 2 dimensions.'), ('''plane'', ARRAY[1,NULL]', 'element 2 of row is null'), ('''plane'', ''{1,NaN}''::float8[]', 'element 2 of row must be finite, not NaN'),
	('''plane'', ''{-Infinity,1}''::real[]', 'element 1 of row must be finite, not -Infinity'), ('''plane'', ARRAY[''a'', ''b'']', 'row must be an array of numbers | Its type is text[]. | Cast it to an array of numbers, such as double precision[].'), ('''plane'', ARRAY[true, false]', 'row must be an array of numbers | Its type is boolean[]. | Cast it to an array of numbers, such as double precision[].'),
	('''rent'', ARRAY[1,2,3,4,5]', 'column "city" is of type double precision, the encoding expects a category'), ('''city'', ARRAY[1,2]', 'model "city" is grouped: its input must be a row, not an array')) AS v (arguments, message);
-- the only feature is an array
SELECT cmp_ok(max(abs(ntk_predict('vector', v) - y)), '<', 0.5::float8, 'a model of an array column predicts rows') FROM vectors AS v;
SELECT is(array_agg(ntk_predict('vector', x) ORDER BY id), array_agg(ntk_predict('vector', v) ORDER BY id), 'and arrays alike') FROM vectors AS v;
SELECT is(value_of(format('SELECT ntk_predict(''vector'', %s)', literal)), (SELECT ntk_predict('vector', q)::text FROM (SELECT '{1,0.5,0}'::float8[] AS x) AS q), literal)
FROM unnest('{"ARRAY[1,0.5,0]","''{1,0.5,0}''::real[]","''{1,0.5,0}''::float8[]","''{1,0.5,0}''::numeric[]"}'::text[]) AS literal;
SELECT is(error_of('SELECT ntk_predict(''vector'', ARRAY[1,2])'), 'column "x" has length 2, the encoding expects 3', 'a short one');
SELECT is(error_of('SELECT ntk_predict(''vector'', ARRAY[1,2,NULL])'), 'element 3 of row is null', 'one with a NULL');
SELECT is(error_of('SELECT ntk_predict(''vector'', ARRAY[1])'), 'column "x" has length 1, the encoding expects 3', 'one of a single element');
SELECT ntk_train('single', 'vectors', 'y', '{single}', params => '{"n_components": 20}');
SELECT is(value_of('SELECT ntk_predict(''single'', ARRAY[0.5])'), (SELECT ntk_predict('single', q)::text FROM (SELECT ARRAY[0.5] AS single) AS q), 'a model of a column of arrays of length 1');
-- features that do not vary are no columns of the encoding, which may leave one array
SELECT ntk_train('left', 'SELECT 1 AS k, x, NULL::text AS n, 2.5 AS c, y FROM vectors', 'y', '{k,x,n,c}', params => '{"n_components": 20, "rounds": 0}');
SELECT is(value_of(format('SELECT ntk_predict(''left'', %s)', literal)), (SELECT ntk_predict('left', q)::text FROM (SELECT 9 AS k, ARRAY[0.5,0.25,0] AS x) AS q), 'the one array that varies: ' || literal)
FROM unnest('{"ARRAY[0.5,0.25,0]","''{0.5,0.25,0}''","''{0.5,0.25,0}''::real[]","''{0.5,0.25,0}''::numeric[]"}'::text[]) AS literal;
SELECT is(error_of('SELECT ntk_predict(''left'', ARRAY[1,2,3,4])'), 'column "x" has length 4, the encoding expects 3', 'an array of as many numbers as features');
SELECT is(error_of(format('SELECT ntk_predict(''left'', %s)', literal)), message, 'the one array that varies: ' || literal)
FROM (VALUES ('''{}''', 'row must not be empty'), ('''{{1,2,3}}''', 'row must be a one-dimensional array | It has 2 dimensions.'), ('''{1,2,NULL}''', 'element 3 of row is null'), ('''{1,2,NaN}''', 'element 3 of column "x" must be finite, not NaN')) AS v (literal, message);
SELECT ntk_train('left', 'SELECT 1 AS k, x[1] AS a, NULL::text AS n, y FROM vectors', 'y', '{k,a,n}', params => '{"n_components": 20, "rounds": 0, "deploy": "always"}');
SELECT is(ntk_predict('left', ARRAY[7,0.5,8]), ntk_predict('left', q), 'the one number that varies, among all features') FROM (SELECT 0.5 AS a) AS q;
SELECT ntk_train('indicated', 'SELECT CASE WHEN id % 3 = 0 THEN 1 END AS k, x, y FROM vectors', 'y', '{k,x}', params => '{"n_components": 20, "rounds": 0}');
SELECT is(error_of('SELECT ntk_predict(''indicated'', ARRAY[1,2])'), 'column "x" is of type double precision, the encoding expects an array of numbers', 'an array and an indicator of NULLs are two columns');
SELECT ntk_train('groupedarray', 'SELECT id % 2 AS g, x, y FROM vectors', 'y', '{x}', group_by => '{g}', params => '{"n_components": 20, "rounds": 0}');
SELECT is(error_of('SELECT ntk_predict(''groupedarray'', ARRAY[1,2,3])'), 'model "groupedarray" is grouped: its input must be a row, not an array', 'an array for a grouped model of arrays');
SELECT is(value_of('SELECT ntk_classify(''side'', ''{1,-2}''::pair)'), (SELECT ntk_classify('side', q) FROM (SELECT 1 AS a, -2 AS b) AS q), 'ntk_classify of an array of a domain');
SELECT is(value_of('SELECT ntk_predict(''plane'', ''{1,2}''::words)'), plane_at(1, 2), 'a text of a domain');
SELECT ntk_train('number', 'SELECT single[1] AS x, y FROM vectors', 'y', '{x}', params => '{"n_components": 20}');
SELECT is(error_of('SELECT ntk_predict(''number'', ARRAY[1,2])'), 'row has length 2, the model expects 1', 'too long an array for a model of one number');
SELECT is(ntk_predict('number', ARRAY[0.5]), ntk_predict('number', q), 'an array for a model of one number') FROM (SELECT 0.5 AS x) AS q;
-- values that are stored out of line
CREATE TABLE long AS
SELECT i AS id, (SELECT array_agg(sin(i * j / 100.0) ORDER BY j) FROM generate_series(1, 600) AS j) AS x, repeat('text ' || i % 2, 2000) AS t, sin(i) AS y FROM generate_series(1, 100) AS i;
SELECT ntk_train('long', 'long', 'y', '{x,t}', params => '{"n_components": 20}');
SELECT is(array_agg(ntk_predict('long', l) ORDER BY id), array_agg(ntk_predict('long', s) ORDER BY id), 'long arrays and texts') FROM long AS l, LATERAL (SELECT l.x || '{}'::float8[] AS x, l.t || '' AS t) AS s;

-- classes and intervals

SELECT cmp_ok(avg((ntk_classify('side', p) = class)::int)::float8, '>', 0.85::float8, 'classes are found') FROM points AS p;
CREATE TABLE chances AS SELECT id, ntk_classify('side', p) AS class, ntk_proba('side', p) AS proba FROM points AS p;
SELECT cmp_ok(max(abs(total - 1)), '<', 1e-12::float8, 'probabilities sum to 1') FROM (SELECT sum(value::float8) AS total FROM chances, jsonb_each_text(proba) GROUP BY id) AS s;
SELECT ok(bool_and(value::float8 BETWEEN 0 AND 1), 'each is between 0 and 1') FROM chances, jsonb_each_text(proba);
SELECT is_empty('SELECT id FROM chances WHERE (SELECT key FROM jsonb_each_text(proba) ORDER BY value::float8 DESC LIMIT 1) IS DISTINCT FROM class', 'the class is the most likely');
SELECT is(array_agg(DISTINCT keys), ARRAY['down,odd,up'], 'there is one for each class') FROM (SELECT (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_each(proba)) AS keys FROM chances) AS s;
SELECT cmp_ok(avg((proba ->> c.class)::float8), '>', 0.7::float8, 'and that of the true class is high') FROM chances AS c JOIN points AS p USING (id) WHERE c.class = p.class;
CREATE TYPE mood AS ENUM ('sad', 'happy');
SELECT ntk_train('labels boolean', 'SELECT a, b, a > b AS label FROM points', 'label', params => '{"n_components": 20}');
SELECT ntk_train('labels mood', 'SELECT a, b, CASE WHEN a > b THEN ''happy'' ELSE ''sad'' END::mood AS label FROM points', 'label', params => '{"n_components": 20}');
SELECT ntk_train('labels varchar', 'SELECT a, b, CASE WHEN a > b THEN ''Łódź "x"'' ELSE '''' END::varchar AS label FROM points', 'label', params => '{"n_components": 20}');
SELECT ntk_train('labels integer', 'SELECT a, b, 6 - (a > b)::int AS label FROM points', 'label', task => 'classification', params => '{"n_components": 20}');
SELECT is(ARRAY[ntk_classify('labels ' || type, ARRAY[1.5, -1.5]), ntk_classify('labels ' || type, ARRAY[-1.5, 1.5])], labels, 'labels of type ' || type)
FROM (VALUES ('boolean', '{true,false}'::text[]), ('mood', '{happy,sad}'), ('varchar', ARRAY['Łódź "x"', '']), ('integer', '{5,6}')) AS v (type, labels);
SELECT cmp_ok((ntk_proba('labels varchar', ARRAY[1.5, -1.5]) ->> 'Łódź "x"')::float8, '>', 0.5::float8, 'and in probabilities');
SELECT is(error_of('SELECT ' || call), message, call)
FROM (VALUES
	('ntk_predict(''side'', p) FROM points AS p', 'model "side" is a classification model | Use ntk_classify or ntk_proba.'), ('ntk_predict(''side'', ARRAY[1,2])', 'model "side" is a classification model | Use ntk_classify or ntk_proba.'),
	('ntk_interval(''side'', p) FROM points AS p', 'model "side" is a classification model | Use ntk_proba.'), ('ntk_classify(''plane'', p) FROM points AS p', 'model "plane" is a regression model | Use ntk_predict.'),
	('ntk_proba(''plane'', p) FROM points AS p', 'model "plane" is a regression model | Use ntk_predict.'),
	('ntk_interval(''plane'', p) FROM points AS p', 'model "plane" was trained without its uncertainty | Train it with params => ''{"uncertainty": true}''.')) AS v (call, message);
-- noise that is normal, by Box and Muller
SELECT setseed(0.5);
CREATE TABLE noisy AS
SELECT i AS id, a, b, sin(2 * a) + b + 0.3 * sqrt(-2 * ln(1 - u)) * cos(2 * pi() * v) AS y
FROM (SELECT i, 3 * random() AS a, 3 * random() AS b, random() AS u, random() AS v FROM generate_series(1, 4000) AS i OFFSET 0) AS s;
SELECT ntk_train('noisy', 'SELECT a, b, y FROM noisy WHERE id <= 2000', 'y', params => '{"n_components": 60, "uncertainty": true}');
SELECT cmp_ok(abs(avg((y BETWEEN (i).lo AND (i).hi)::int)::float8 - level), '<', 0.025::float8, format('of new rows %s lie in the interval of this level', level))
FROM unnest('{0.5,0.9,0.99}'::float8[]) AS level, LATERAL (SELECT y, ntk_interval('noisy', n, level) AS i FROM noisy AS n WHERE id > 2000) AS s GROUP BY level;
SELECT is(ntk_interval('noisy', n), ntk_interval('noisy', n, 0.9), 'the level is 0.9') FROM noisy AS n WHERE id = 2001;
SELECT cmp_ok(max(abs(((i).lo + (i).hi) / 2 - ntk_predict('noisy', n))), '<', 1e-12::float8, 'the prediction is the middle') FROM noisy AS n, LATERAL ntk_interval('noisy', n, 0.8) AS i WHERE id <= 100;
SELECT ok(lo < hi AND hi - lo < 0.01, 'a low level is a narrow interval') FROM noisy AS n, LATERAL ntk_interval('noisy', n, 0.001) WHERE id = 1;
SELECT is(ntk_interval('noisy', ARRAY[1,2.5]), ntk_interval('noisy', q), 'the interval of an array') FROM (SELECT 1 AS a, 2.5 AS b) AS q;
SELECT is(error_of(format('SELECT ntk_interval(''noisy'', ARRAY[1,2], %L)', level)), 'level must be greater than 0 and less than 1, not ' || level, 'a level of ' || level) FROM unnest('{0,1,-0.5,1.5,NaN}'::text[]) AS level;

-- in queries

CREATE TABLE scored (id int, a float8, b float8, guess float8);
CREATE FUNCTION guess() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.guess := ntk_predict('plane', NEW); RETURN NEW; END$$;
CREATE TRIGGER guess BEFORE INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION guess();
INSERT INTO scored (id, a, b) SELECT id, a, b FROM points WHERE id <= 50;
UPDATE scored SET a = -a WHERE id <= 25;
SELECT results_eq('SELECT id, guess FROM scored ORDER BY id', 'SELECT id, ntk_predict(''plane'', q) FROM (SELECT id, CASE WHEN id <= 25 THEN -a ELSE a END AS a, b FROM points WHERE id <= 50) AS q ORDER BY id', 'a trigger fills a column');
CREATE VIEW guesses AS SELECT p.*, ntk_predict('plane', p) AS guess FROM points AS p;
SELECT cmp_ok(count(*), '=', 600::bigint, 'a view has it as a column') FROM guesses JOIN points USING (id) WHERE abs(guess - points.y) < 0.5;
CREATE FUNCTION plane(points) RETURNS float8 LANGUAGE sql STABLE AS 'SELECT ntk_predict(''plane'', $1)';
SELECT results_eq('SELECT p.plane FROM points AS p ORDER BY id', 'SELECT guess FROM guesses ORDER BY id', 'a function of rows is like a column');
CREATE FUNCTION by_loop() RETURNS SETOF float8 LANGUAGE plpgsql AS $$
DECLARE
	p points;
	anything record;
BEGIN
	FOR p IN SELECT * FROM points ORDER BY id LIMIT 50 LOOP
		RETURN NEXT ntk_predict('plane', p);
	END LOOP;
	FOR anything IN SELECT id, b, a FROM points ORDER BY id OFFSET 50 LOOP
		RETURN NEXT ntk_predict('plane', anything);
	END LOOP;
END $$;
SELECT results_eq('SELECT by_loop()', 'SELECT guess FROM guesses ORDER BY id', 'a loop over rows and records');
SELECT results_eq('SELECT id FROM points AS p WHERE ntk_predict(''plane'', p) > 1.5 AND id < 200 ORDER BY id', 'SELECT id FROM guesses WHERE guess > 1.5 AND id < 200 ORDER BY id', 'in WHERE');
SELECT results_eq('SELECT id FROM points AS p ORDER BY ntk_predict(''plane'', p) DESC, id LIMIT 20', 'SELECT id FROM guesses ORDER BY guess DESC, id LIMIT 20', 'in ORDER BY');
SELECT results_eq('SELECT ntk_classify(''side'', p), count(*) FROM points AS p GROUP BY 1 ORDER BY 1', 'SELECT class, count(*) FROM chances GROUP BY class ORDER BY class', 'in GROUP BY');
SELECT results_eq('SELECT m.model, prediction FROM (VALUES (''two''), (''plane''), (''noisy'')) AS m (model), LATERAL (SELECT sum(ntk_predict(m.model, p) ORDER BY id) AS prediction FROM points AS p) AS s ORDER BY model',
				  'SELECT ''noisy'', sum(ntk_predict(''noisy'', p) ORDER BY id) FROM points AS p UNION ALL SELECT ''plane'', sum(ntk_predict(''plane'', p) ORDER BY id) FROM points AS p UNION ALL SELECT ''two'', sum(ntk_predict(''two'', p) ORDER BY id) FROM points AS p',
				  'a lateral join over models');
CREATE TABLE asked AS SELECT id, a, b, (ARRAY['plane', 'two', 'noisy'])[1 + id % 3] AS model FROM points;
SELECT results_eq('SELECT id, ntk_predict(model, asked) FROM asked ORDER BY id',
				  'SELECT id, CASE model WHEN ''plane'' THEN ntk_predict(''plane'', asked) WHEN ''two'' THEN ntk_predict(''two'', asked) ELSE ntk_predict(''noisy'', asked) END FROM asked ORDER BY id', 'the name of the model is a column');
SELECT is(count(ntk_predict(nullif(model, 'two'), asked)), 400::bigint, 'of which NULLs predict NULL') FROM asked;
SELECT results_eq('SELECT ntk_predict(''city'', p) FROM points AS p ORDER BY id', 'SELECT ntk_predict(fitted, ntk_encode(p, encoding)) FROM points AS p JOIN serving ON model = ''city'' AND grp = ARRAY[city] ORDER BY id', 'each group has its model');
SELECT is(ntk_predict('city', q), ntk_predict(fitted, ntk_encode(q, encoding)), 'another group has that of all rows') FROM (SELECT 1 AS a, 2 AS b, 'Oslo' AS city) AS q, serving WHERE model = 'city' AND grp = '{}';

-- a parallel plan

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE many AS SELECT i AS id, sin(i) AS a, cos(i) AS b, (ARRAY['Rome', 'Oslo'])[1 + i % 2] AS city FROM generate_series(1, 5000) AS i;
ANALYZE many;
PREPARE sums AS SELECT sum(ntk_predict('plane', m)) AS plane, sum(ntk_predict('city', m)) AS city, count(*) FILTER (WHERE ntk_classify('side', m) = 'up') AS up,
	sum((ntk_proba('side', m) ->> 'down')::float8) AS down, sum((ntk_interval('noisy', m)).lo) AS lo FROM many AS m;
SELECT matches(plan_of('EXECUTE sums', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF'), 'Gather.*Workers Launched: [12]', 'workers predict');
CREATE TABLE in_parallel AS EXECUTE sums;
SET LOCAL max_parallel_workers_per_gather = 0;
DEALLOCATE sums;
CREATE TABLE in_serial AS SELECT sum(ntk_predict('plane', m)) AS plane, sum(ntk_predict('city', m)) AS city, count(*) FILTER (WHERE ntk_classify('side', m) = 'up') AS up,
	sum((ntk_proba('side', m) ->> 'down')::float8) AS down, sum((ntk_interval('noisy', m)).lo) AS lo FROM many AS m;
SELECT ok(abs(p.plane - s.plane) < 1e-6 AND abs(p.city - s.city) < 1e-6 AND p.up = s.up AND abs(p.down - s.down) < 1e-6 AND abs(p.lo - s.lo) < 1e-6 AND s.up BETWEEN 100 AND 4900, 'with the same sums')
FROM in_parallel AS p, in_serial AS s;

-- which version answers

CREATE FUNCTION version_of(prediction float8) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1 + round($1 / 100)::int';
-- one call site for all of this session
CREATE FUNCTION which() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN version_of(ntk_predict('two', ARRAY[0.5, 0.5])); END$$;
PREPARE ask(int) AS SELECT version_of(ntk_predict('two', p)) FROM points AS p WHERE id = $1;
SET LOCAL plan_cache_mode = force_generic_plan;
-- of the call site, the prepared statement, a new query, many rows at once
CREATE FUNCTION answers() RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s %s %s', which(), value_of('EXECUTE ask(3)'), value_of('SELECT version_of(ntk_predict(''two'', ARRAY[0.5, 0.5]))'),
				  value_of('SELECT version_of(prediction) FROM ntk_predict_table(''two'', ''SELECT * FROM points WHERE id = 3'', ''id'')'))
$$;
SELECT is(answers(), '2 2 2 2', 'the newest version serves');
SELECT ntk_deploy('two', 1);
SELECT is(answers(), '1 1 1 1', 'after ntk_deploy another');
SELECT ntk_deploy('two', 2);
SELECT is(answers(), '2 2 2 2', 'and this again');
SELECT ntk_rollback('two');
SELECT is(answers(), '1 1 1 1', 'after ntk_rollback the one before');
SELECT ntk_train('two', 'SELECT a, b, y + 200 AS y FROM points', 'y', '{a,b}', params => '{"n_components": 20, "deploy": "never"}');
SELECT is(answers(), '1 1 1 1', 'a training that does not deploy changes nothing');
SELECT ntk_deploy('two', 3);
SELECT is(answers(), '3 3 3 3', 'until it is deployed');
SAVEPOINT before;
SELECT ntk_deploy('two', 2);
SELECT is(answers(), '2 2 2 2', 'within a subtransaction');
ROLLBACK TO before;
SELECT is(answers(), '3 3 3 3', 'which is rolled back');
SELECT ntk_train('two', 'SELECT a, b, y + 300 AS y FROM points', 'y', '{a,b}', params => '{"n_components": 20, "deploy": "always"}');
SELECT is(answers(), '4 4 4 4', 'a training within a subtransaction');
ROLLBACK TO before;
SELECT is(answers(), '3 3 3 3', 'which is rolled back, too');
DELETE FROM ntk_catalog_model WHERE model = 'two';
SELECT is(error_of('SELECT which()'), 'model "two" does not exist | The view ntk_models lists the models that you may use.', 'after a DELETE from the catalog there is none');
ROLLBACK TO before;
SELECT is(answers(), '3 3 3 3', 'until that is rolled back');
UPDATE ntk_catalog_model SET deployed = 1 WHERE model = 'two';
SELECT is(answers(), '1 1 1 1', 'after an UPDATE of the catalog');
UPDATE ntk_catalog_model SET deployed = NULL WHERE model = 'two';
SELECT is(error_of('SELECT which()'), 'model "two" has no version that serves | Deploy one with ntk_deploy.', 'no version serves');
SELECT is(error_of('EXECUTE ask(3)'), 'model "two" has no version that serves | Deploy one with ntk_deploy.', 'says a prepared statement, too');
ROLLBACK TO before;
SELECT ntk_drop('two');
SELECT is(error_of('EXECUTE ask(3)'), 'model "two" does not exist | The view ntk_models lists the models that you may use.', 'after ntk_drop there is none');
SELECT ntk_train('two', 'SELECT a, b, y + 400 AS y FROM points', 'y', '{a,b}', params => '{"n_components": 20}');
SELECT is(answers(), '5 5 5 5', 'and then another of that name');
SELECT ntk_rename('two', 'four');
SELECT is(error_of('SELECT which()'), 'model "two" does not exist | The view ntk_models lists the models that you may use.', 'after ntk_rename the old name is gone');
SELECT ntk_rename('plane', 'two');
SELECT is(answers(), '1 1 1 1', 'and can be that of another');
ROLLBACK TO before;
-- versions of a model with other features, and of another task
SELECT ntk_train('two', 'SELECT b AS a, a AS c, y FROM points', 'y', '{a,c}', params => '{"n_components": 20, "deploy": "always"}');
SELECT is(error_of('EXECUTE ask(3)'), 'the row has no column "c"', 'a version with other features');
SELECT is(ntk_predict('two', ARRAY[1, 2]), ntk_predict('two', q), 'whose order counts') FROM (SELECT 2 AS c, 1 AS a) AS q;
SELECT ntk_rollback('two');
SELECT is(value_of('SELECT version_of(ntk_predict(''two'', ARRAY[0.5, 0.5]))'), '3', 'after a rollback arrays have the features of the earlier version');
SELECT is((SELECT features FROM ntk_models WHERE name = 'two'), '{a,b}', 'which the view shows');
ROLLBACK TO before;
SELECT ntk_train('two', 'points', 'class', '{a,b}', params => '{"n_components": 20, "deploy": "always"}');
SELECT is(ntk_classify('two', p), ntk_classify('side', p), 'a version of another task') FROM points AS p WHERE id = 3;
SELECT ntk_rollback('two');
-- and ntk_classify ends the server
SELECT is(value_of('EXECUTE ask(3)'), '3', 'after a rollback to a version of another task');
SELECT is((SELECT task FROM ntk_models WHERE name = 'two'), 'regression', 'which the view shows, too');
ROLLBACK TO before;
-- a snapshot that is older than the deployment
DECLARE early CURSOR FOR SELECT version_of(ntk_predict('two', p)) FROM points AS p ORDER BY id;
FETCH early;
SELECT ntk_deploy('two', 1);
FETCH early;
SELECT is(value_of('SELECT version_of(ntk_predict(''two'', ARRAY[0.5, 0.5]))'), '1', 'after a deployment while a cursor is open');
CLOSE early;
SELECT ntk_deploy('two', 2);
SELECT count(version_of(ntk_predict('two', ARRAY[0.5, 0.5]))) FROM (SELECT ntk_deploy('two', 1) OFFSET 0) AS s;
SELECT is(value_of('SELECT version_of(ntk_predict(''two'', ARRAY[0.5, 0.5]))'), '1', 'after a statement that deploys and predicts');
ROLLBACK TO before;

-- roles

CREATE ROLE ntk_sketch_test_reader;
GRANT SELECT ON points TO ntk_sketch_test_reader;
CREATE FUNCTION by_owner() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN RETURN version_of(ntk_predict('two', ARRAY[0.5, 0.5])); END$$;
SELECT is(which(), 3, 'the owner predicts');
SET LOCAL ROLE ntk_sketch_test_reader;
SELECT is(error_of(query), 'model "two" does not exist | The view ntk_models lists the models that you may use.', 'without a grant: ' || query)
FROM unnest('{"SELECT which()","EXECUTE ask(3)","SELECT ntk_predict(''two'', p) FROM points AS p","SELECT ntk_classify(''two'', p) FROM points AS p","SELECT * FROM ntk_predict_table(''two'', ''points'', ''id'')"}'::text[]) AS query;
SELECT is(by_owner(), 3, 'but a function with the rights of its owner predicts');
RESET ROLE;
SELECT is(which(), 3, 'the owner still predicts');
SELECT ntk_grant('two', 'ntk_sketch_test_reader');
SET LOCAL ROLE ntk_sketch_test_reader;
SELECT is(answers(), '3 3 3 3', 'with a grant the role predicts');
RESET ROLE;
SELECT ntk_deploy('two', 2);
SET LOCAL ROLE ntk_sketch_test_reader;
SELECT is(answers(), '2 2 2 2', 'with the version that serves');
RESET ROLE;
SELECT ntk_revoke('two', 'ntk_sketch_test_reader');
SET LOCAL ROLE ntk_sketch_test_reader;
SELECT is(error_of('EXECUTE ask(3)'), 'model "two" does not exist | The view ntk_models lists the models that you may use.', 'until the grant is taken back');
RESET ROLE;

-- many rows at once

SELECT is_empty('SELECT t.id FROM flats AS f JOIN ntk_predict_table(''rent'', ''flats'', ''id'') AS t ON t.id = f.id::text WHERE NOT abs(prediction - ntk_predict(''rent'', f)) < 1e-9 OR label IS NOT NULL', 'ntk_predict_table predicts what ntk_predict does');
SELECT is(count(*), 500::bigint, 'all rows') FROM ntk_predict_table('rent', 'flats', 'id');
SELECT results_eq('SELECT id, round(prediction::numeric, 9) FROM ntk_predict_table(''rent'', ' || quote_literal(source) || ', ''id'') ORDER BY id COLLATE "C"', 'SELECT id::text, round(ntk_predict(''rent'', f)::numeric, 9) FROM flats AS f ORDER BY id::text COLLATE "C"', source)
FROM unnest('{turned,public.flats,"  SELECT * FROM flats; ","WITH f AS (SELECT * FROM flats) SELECT day, area, id, lift, rooms, city FROM f -- all","(SELECT * FROM flats WHERE id <= 100) UNION ALL SELECT * FROM flats WHERE id > 100","TABLE flats",shrunk,split}'::text[]) AS source;
SELECT results_eq('SELECT count(*) FROM ntk_predict_table(''rent'', ''SELECT * FROM flats WHERE id <= ' || n || ''', ''id'')', ARRAY[n], format('%s rows, in blocks of 64', n)) FROM unnest('{1,63,64,65,128,129}'::bigint[]) AS n;
SELECT is_empty('SELECT t.id FROM points AS p JOIN ntk_predict_table(''city'', ''points'', ''id'') AS t ON t.id = p.id::text WHERE NOT abs(prediction - ntk_predict(''city'', p)) < 1e-9', 'groups that are mixed in a block');
SELECT is_empty('SELECT t.id FROM many AS m JOIN ntk_predict_table(''city'', ''many'', ''id'') AS t ON t.id = m.id::text WHERE NOT abs(prediction - ntk_predict(''city'', m)) < 1e-9', 'among them a group that was not there in training');
SELECT is_empty('SELECT t.id FROM points AS p JOIN ntk_predict_table(''side'', ''points'', ''id'') AS t ON t.id = p.id::text WHERE label IS DISTINCT FROM ntk_classify(''side'', p)', 'classes have labels');
SELECT cmp_ok(max(abs(prediction - (ntk_proba('side', p) ->> label)::float8)), '<', 1e-9::float8, 'and their probabilities')
FROM points AS p JOIN ntk_predict_table('side', 'points', 'id') AS t ON t.id = p.id::text;
SELECT is(array_agg(prediction ORDER BY t.id::int), array_agg(ntk_predict('long', l) ORDER BY l.id), 'long arrays and texts, many at once') FROM long AS l JOIN ntk_predict_table('long', 'long', 'id') AS t ON t.id = l.id::text;
SELECT ntk_train('skips', 'flats', 'rent', '{area,rooms,city}', group_by => '{lift}', params => '{"n_components": 30, "missing": "skip"}');
SELECT is(count(*), 45::bigint, 'missing => skip: rows with a NULL have no prediction') FROM flats AS f WHERE ntk_predict('skips', f) IS NULL AND rooms IS NULL;
SELECT is(count(*), 455::bigint, 'others have one') FROM flats AS f WHERE ntk_predict('skips', f) IS NOT NULL AND rooms IS NOT NULL;
SELECT is_empty('SELECT t.id FROM flats AS f JOIN ntk_predict_table(''skips'', ''flats'', ''id'') AS t ON t.id = f.id::text WHERE (prediction IS NULL) <> (rooms IS NULL) OR NOT abs(prediction - ntk_predict(''skips'', f)) < 1e-9', 'many at once, too');
SELECT is(count(*), 500::bigint, 'and none is lost') FROM ntk_predict_table('skips', 'flats', 'id');
SELECT results_eq('SELECT * FROM ntk_predict_table(''skips'', ''SELECT id, area, NULL::int AS rooms, city, lift FROM flats WHERE id <= 70'', ''id'') ORDER BY id::int', 'SELECT i::text, NULL::float8, NULL::text FROM generate_series(1, 70) AS i', 'a block of which no row has a prediction');
SELECT ntk_train('strict', 'points', 'y', '{a,b}', group_by => '{city}', params => '{"n_components": 20, "unseen": "error"}');
SELECT is(error_of(query), 'model "strict" was not trained on rows of this group | "city" is "Oslo".', 'unseen => error: ' || query)
FROM unnest('{"SELECT ntk_predict(''strict'', m) FROM many AS m","SELECT * FROM ntk_predict_table(''strict'', ''many'', ''id'')"}'::text[]) AS query;
SELECT lives_ok('SELECT ntk_predict(''strict'', p) FROM points AS p', 'groups that were there are predicted');
SELECT is_empty('SELECT * FROM ntk_predict_table(''rent'', ''SELECT * FROM flats WHERE false'', ''id'')', 'no rows');
SELECT is(array_agg(id), '{NULL,NULL}', 'NULLs are ids') FROM ntk_predict_table('rent', 'SELECT NULL::int AS id, area, city, rooms, lift, day FROM flats WHERE id <= 2', 'id');
SELECT is(error_of(format('SELECT * FROM ntk_predict_table(''rent'', %L, ''id'')', source)), message, message)
FROM (VALUES
	('SELECT id, area FROM flats', 'the row has no column "city"'), ('nowhere', 'relation "nowhere" does not exist | The source is the name of a table or view, or a query.'),
	('SELECT 1; SELECT 2', 'the source must be a single query, not 2 statements')) AS v (source, message);
SELECT throws_ok('SELECT * FROM ntk_predict_table(''rent'', ''flats'', ''a'')', '42703', NULL, 'an unknown column for the key');
SELECT is(error_of('SELECT * FROM ntk_predict_table(''rent'', ''flats'', ''a'')'), 'the source has no column "a", the key', 'in whose message the parameter has its name');
SELECT is(error_of('SELECT * FROM ntk_predict_table(''rent'', ''WITH d AS (DELETE FROM flats RETURNING *) SELECT * FROM d'', ''id'')'), 'the source must be a query that only reads', 'a source that writes');
SELECT is(count(*), 500::bigint, 'deletes nothing') FROM flats;
SELECT is(error_of('ALTER TABLE flats ADD note text'), 'no error', 'a table that was scored can be altered');
SELECT is_empty('SELECT statement FROM pg_cursors WHERE statement !~ ''pg_cursors''', 'no cursor is left open');

SELECT * FROM finish();
ROLLBACK;
