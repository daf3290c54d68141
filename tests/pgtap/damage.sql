-- Owners may write their rows of the catalog, and anybody may import a model: what no training
-- would have left is an error that names the field, and nothing worse.

BEGIN;
SELECT plan(83);
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql
\ir include/forge.sql

-- whoever reads a row checks it as if there were no constraints
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT conrelid::regclass AS of_table, conname FROM pg_constraint WHERE contype = 'c' AND conrelid::regclass::text ~ '^ntk_catalog_' LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of_table, c.conname);
	END LOOP;
END $$;

CREATE TABLE points AS SELECT i AS id, i % 3 AS g, 2 * sin(i) AS a, cos(1.7 * i) AS b, sin(i) + cos(1.7 * i) AS y, CASE WHEN sin(i) > 0.3 THEN 'up' ELSE 'down' END AS class FROM generate_series(1, 200) AS i;
CREATE ROLE ntk_sketch_test_owner;
CREATE ROLE ntk_sketch_test_reader;
GRANT SELECT ON points TO ntk_sketch_test_owner, ntk_sketch_test_reader;
SET LOCAL ROLE ntk_sketch_test_owner;
SELECT ntk_train('number', 'points', 'y', '{a,b}', params => '{"n_components": 16, "rounds": 0, "uncertainty": true}');
SELECT ntk_train('groups', 'points', 'y', '{a,b}', group_by => '{g}', params => '{"n_components": 16, "rounds": 0}');
SELECT ntk_train('kinds', 'points', 'class', '{a,b}', params => '{"n_components": 16, "rounds": 0}');
SELECT ntk_grant(name, 'ntk_sketch_test_reader') FROM ntk_models;

-- the error of a prediction after a change, which then is undone
CREATE FUNCTION pg_temp.after(change text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	code text;
BEGIN
	EXECUTE change;
	EXECUTE 'SELECT ' || call || ' FROM points WHERE id = 1';
	RAISE 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, code = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', nullif(code, 'XX001'), message, nullif(detail, ''));
END $$;

CREATE TEMP TABLE before AS SELECT ntk_predict('number', p) AS number, ntk_predict('groups', p) AS groups, ntk_proba('kinds', p) AS kinds FROM points AS p WHERE id = 1;

SELECT is(pg_temp.after('UPDATE ntk_catalog_model SET ' || change || ' WHERE model = ''number''', 'ntk_predict(''number'', points)'), 'version 1 of model "number" is damaged | ' || detail, change)
FROM (VALUES
	('params = ''{}''', '"unseen" of "params" is neither "pooled" nor "error".'), ('params = ''[]''', '"unseen" of "params" is neither "pooled" nor "error".'), ('params = ''3''', '"unseen" of "params" is neither "pooled" nor "error".'),
	('params = ''{"unseen": {}}''', '"unseen" of "params" is neither "pooled" nor "error".'), ('params = ''{"unseen": null}''', '"unseen" of "params" is neither "pooled" nor "error".'),
	('features = ARRAY(SELECT CASE WHEN i < 3 THEN chr(96 + i) ELSE ''f'' || i END FROM generate_series(1, 40000) AS i)', '"features" has 40000 elements, 1664 are possible.'),
	('features = ARRAY[''a'', NULL, ''b'']', '"features" holds a null.'), ('features = ARRAY[[''a'', ''b'']]', '"features" has 2 dimensions.'), ('features = ARRAY[''a'', ''b'', ''a'']', '"features" holds an element twice.'),
	('features = ''{}''', 'Column "a" of "encoding" is no feature.'), ('features = ''{a}''', 'Column "b" of "encoding" is no feature.'), ('features = ARRAY[''a'', ''b'', repeat(''c'', 64)]', 'Element 3 of "features" is no name of a column.'),
	('features = ARRAY[''a'', ''b'', '''']', 'Element 3 of "features" is no name of a column.'), ('features = ARRAY[''a'', ''b'', repeat(''c'', 10000000)]', 'Element 3 of "features" is no name of a column.'),
	('group_by = ARRAY[NULL]::text[]', '"group_by" holds a null.'), ('group_by = ARRAY[[''g''], [''h'']]', '"group_by" has 2 dimensions.'),
	('task = ''classification''', '"labels" is null.')) AS v (change, detail);
SELECT is(pg_temp.after('UPDATE ntk_catalog_model SET deployed = 77 WHERE model = ''number''', 'ntk_predict(''number'', points)'), 'version 77 of model "number" is damaged | The version that serves is not there.', 'no such version');
SELECT is(pg_temp.after('UPDATE ntk_catalog_model SET group_by = ''{zzz}'' WHERE model = ''number''', 'ntk_predict(''number'', points)'), '42703 | the row has no column "zzz" | Model "number" is grouped by it.', 'another group');

SELECT is(pg_temp.after('UPDATE ntk_catalog_version SET ' || change || ' WHERE model = ''number''', 'ntk_predict(''number'', points)'), 'version 1 of model "number" is damaged | ' || detail, change)
FROM (VALUES
	('encoding = ''{}''', '"encoding": the encoding has no columns.'), ('encoding = ''[]''', '"encoding": the encoding must be a JSON object.'), ('encoding = ''3''', '"encoding": the encoding must be a JSON object.'),
	('encoding = ''null''', '"encoding": the encoding must be a JSON object.'), ('encoding = ''{"columns": []}''', '"encoding": the number of columns of an encoding must be between 1 and 1664, not 0.'),
	('encoding = jsonb_set(encoding, ''{columns,0,name}'', ''"c"'')', 'Column "c" of "encoding" is no feature.'), ('encoding = jsonb_set(encoding, ''{columns,0,mean}'', ''"1"'')', '"encoding": mean of column "a" must be a number.'),
	('encoding = jsonb_set(encoding, ''{columns,0,name}'', ''["a"]'')', '"encoding": name of element 1 of columns must be a string.'),
	('encoding = ''{"columns": [{"name": "a", "kind": "number", "mean": 0, "scale": 1}]}''', '"encoding" has 1 inputs, "map" 2.'),
	('map = ntk_map(3, 16)', '"encoding" has 2 inputs, "map" 3.'), ('map = ntk_map(2, 16, 3)', '"fitted" has another map than the version.'),
	('labels = ''{a,b}''', 'A model of regression has "labels".')) AS v (change, detail);
SELECT is(pg_temp.after('UPDATE ntk_catalog_version SET labels = ' || change || ' WHERE model = ''kinds''', 'ntk_proba(''kinds'', points)'), 'version 1 of model "kinds" is damaged | ' || detail, 'labels ' || change)
FROM (VALUES
	('NULL', '"labels" is null.'), ('''{}''', '"labels" is empty.'), ('ARRAY[''up'', NULL]', '"labels" holds a null.'), ('ARRAY[[''up'', ''down'']]', '"labels" has 2 dimensions.'), ('''{up,up}''', '"labels" holds an element twice.'),
	('''{up}''', '"fitted" has 2 targets, not 1.'), ('''{up,down,left}''', '"fitted" has 2 targets, not 3.'), ('ARRAY(SELECT i::text FROM generate_series(1, 100000) AS i)', '"labels" has 100000 elements, 1000 are possible.')) AS v (change, detail);

SELECT is(pg_temp.after('UPDATE ntk_catalog_part SET ' || change || ' WHERE model = ''kinds''', call), 'version 1 of model "kinds" is damaged | ' || detail, change || ', ' || call)
FROM (VALUES
	('temperature = 0, calibration = NULL', '"temperature" is not positive and finite.'), ('temperature = -1, calibration = NULL', '"temperature" is not positive and finite.'), ('temperature = ''NaN'', calibration = NULL', '"temperature" is not positive and finite.'), ('temperature = ''Infinity'', calibration = NULL', '"temperature" is not positive and finite.'),
	('calibration = ''{}''', '"calibration" has not 3 rows of 2 numbers.'),
	('calibration = ''{1,0,0,1,0,0}''', '"calibration" has not 3 rows of 2 numbers.'),
	('calibration = ''{{0,0},{1,1}}''', '"calibration" has not 3 rows of 2 numbers.'),
	('calibration = ''{{0,0,0},{1,1,1},{0,0,0}}''', '"calibration" has not 3 rows of 2 numbers.'),
	('calibration = ''{{0,0},{1,NULL},{0,0}}''', '"calibration" has not 3 rows of 2 numbers.'),
	('calibration = ''{{0,0},{1,NaN},{0,0}}''', '"calibration" holds a number that is not possible.'),
	('calibration = ''{{0,Infinity},{1,1},{0,0}}''', '"calibration" holds a number that is not possible.'),
	('calibration = ''{{0,0},{1,1},{0,-1}}''', '"calibration" holds a number that is not possible.'),
	('fitted = (SELECT ntk_ridge(ARRAY[a, b], y, 0.1) FROM points)', '"fitted" has no map.'), ('fitted = (SELECT fitted FROM ntk_catalog_part WHERE model = ''number'')', '"fitted" has 1 targets, not 2.')) AS v (change, detail),
	unnest('{"ntk_proba(''kinds'', points)","ntk_classify(''kinds'', points)"}'::text[]) AS call;
SELECT is(pg_temp.after('DELETE FROM ntk_catalog_part WHERE model = ''number''', 'ntk_predict(''number'', points)'), 'version 1 of model "number" is damaged | The fitted model of all rows is not there.', 'no fitted model');
SELECT is(pg_temp.after('DELETE FROM ntk_catalog_part WHERE model = ''groups'' AND grp = ''{}''', 'ntk_predict(''groups'', s) FROM (SELECT 77 AS g, a, b, id FROM points) AS s --'), 'version 1 of model "groups" is damaged | The fitted model of all rows is not there.', 'none for groups that are not known');
SELECT is(pg_temp.after('DELETE FROM ntk_catalog_version WHERE model = ''number''', 'ntk_predict(''number'', points)'), 'version 1 of model "number" is damaged | The version that serves is not there.', 'no version');
SELECT is(pg_temp.after('UPDATE ntk_catalog_model SET params = ''{}'' WHERE model = ''number''', 'prediction FROM ntk_predict_table(''number'', ''points'', ''id'') AS points --'), 'version 1 of model "number" is damaged | "unseen" of "params" is neither "pooled" nor "error".', 'for ntk_predict_table, too');

-- a row that no training wrote
INSERT INTO ntk_catalog_model (model, task, source, target, features, group_by, split_by, params) VALUES ('empty', 'regression', 'SELECT 1', 'y', '{a}', '{}', '{a}', '{}');
SELECT is(error_of('SELECT ntk_predict(''empty'', ROW(1))'), 'model "empty" has no version that serves | Deploy one with ntk_deploy.', 'a model without a version');
SELECT ok(ntk_predict('number', p) = number AND ntk_predict('groups', p) = groups AND ntk_proba('kinds', p) = kinds, 'after all that the models predict as before') FROM points AS p, before WHERE id = 1;

-- who was granted a model meets the same
UPDATE ntk_catalog_model SET features = ARRAY['a', NULL] WHERE model = 'number';
SET LOCAL ROLE ntk_sketch_test_reader;
SELECT is(error_of('SELECT ntk_predict(''number'', p) FROM points AS p'), 'version 1 of model "number" is damaged | "features" holds a null. | Deploy another version, or train the model again.', 'a reader');
SET LOCAL ROLE ntk_sketch_test_owner;
UPDATE ntk_catalog_model SET features = '{a,b}' WHERE model = 'number';

-- scores beyond the range, of a model that is sealed and whole: the weights of a target are 1.7e308 and -1.7e308
CREATE FUNCTION pg_temp.reversed(bytes bytea) RETURNS bytea LANGUAGE sql AS $$SELECT string_agg(substring($1 FROM i FOR 1), '' ORDER BY i DESC) FROM generate_series(1, length($1)) AS i$$;
UPDATE ntk_catalog_part AS p SET fitted = translate(encode(forge(_ntk_model_send(fitted), 52 + length(_ntk_map_send(map)) + 16 * targets,
	decode(repeat(encode(pg_temp.reversed(float8send(1.7e308)), 'hex'), 8), 'hex') || decode(repeat(encode(pg_temp.reversed(float8send(-1.7e308)), 'hex'), 8), 'hex'), true), 'base64'), E'\n', '')::ntk_model
FROM ntk_catalog_version AS v, LATERAL (SELECT coalesce(cardinality(v.labels), 1) AS targets) AS t WHERE v.model = p.model;
SELECT throws_ok('SELECT ' || call || ' FROM (SELECT id, g, 1000 * a AS a, 1000 * b AS b FROM points) AS p', '22003', format('the prediction of model "%s" exceeds the range of type double precision', model), call)
FROM (VALUES ('number', 'ntk_predict(''number'', p)'), ('number', 'ntk_predict(''number'', ARRAY[p.a, p.b])'), ('number', 'ntk_interval(''number'', p)'), ('groups', 'ntk_predict(''groups'', p)'), ('kinds', 'ntk_proba(''kinds'', p)'), ('kinds', 'ntk_classify(''kinds'', p)')) AS v (model, call);
SELECT throws_ok(format('SELECT * FROM ntk_predict_table(%L, ''SELECT id, g, 1000 * a AS a, 1000 * b AS b FROM points'', ''id'')', model), '22003', format('the prediction of model "%s" exceeds the range of type double precision', model), 'ntk_predict_table of ' || model)
FROM unnest('{number,groups,kinds}'::text[]) AS model;

SELECT * FROM finish();
ROLLBACK;
