-- What of a target is fitted: its logarithm, or what is left of it without a large offset.

BEGIN;
SELECT plan(30);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql

CREATE FUNCTION uniform(i int, j int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT s - floor(s) FROM (SELECT 1e4 * sin(12.9898 * i + 78.233 * j)) AS v (s)';
CREATE TABLE houses AS		-- the logarithm is a sum over the columns
SELECT i AS id, a, b, c, d, exp(6 + sum + 0.5 * noise) AS price, 6 + sum + 0.5 * noise AS plain, (i % 3)::text AS town
FROM generate_series(1, 4000) AS i,
	LATERAL (SELECT 2 * uniform(i, 1) AS a, 2 * uniform(i, 2) AS b, 2 * uniform(i, 6) AS c, 2 * uniform(i, 7) AS d, uniform(i, 3) + uniform(i, 4) + uniform(i, 5) - 1.5 AS noise) AS u,
	LATERAL (SELECT sin(2 * a) + b + cos(3 * c) + sin(4 * d) AS sum) AS s;
ALTER TABLE houses ADD PRIMARY KEY (id);
CREATE VIEW train AS SELECT * FROM houses WHERE id <= 3000;
CREATE VIEW test AS SELECT * FROM houses WHERE id > 3000;
CREATE FUNCTION is_log(model text) RETURNS boolean LANGUAGE sql AS 'SELECT log_target FROM ntk_catalog_model AS m WHERE m.model = $1';
CREATE FUNCTION value_of(model text, source text, metric text) RETURNS float8 LANGUAGE sql AS
	'SELECT value FROM ntk_evaluate(model, source) AS e WHERE e.metric = $3 AND grp = ''{}''';

-- which

\set P '{"n_components": 100, "rounds": 0, "uncertainty": true, "deploy": "always"}'
SELECT ntk_train('auto', 'train', 'price', '{a,b,c,d}', params => :'P') \g /dev/null
SELECT ntk_train('identity', 'train', 'price', '{a,b,c,d}', params => :'P'::jsonb || '{"target": "identity"}') \g /dev/null
SELECT ntk_train('log', 'train', 'price', '{a,b,c,d}', params => :'P'::jsonb || '{"target": "log"}') \g /dev/null
SELECT ntk_train('plain', 'train', 'plain', '{a,b,c,d}', params => :'P') \g /dev/null
SELECT ok(is_log('auto'), 'prices with a long tail are fitted by their logarithm');
SELECT ok(NOT is_log('identity'), 'unless that is not wanted');
SELECT ok(is_log('log'), 'or always');
SELECT ok(NOT is_log('plain'), 'a target without a tail is fitted as it is');
SELECT cmp_ok(value_of('auto', 'test', 'rmse'), '<', value_of('identity', 'test', 'rmse'), 'the logarithm predicts better where it is chosen');
SELECT is(error_of($$SELECT ntk_train('none', 'SELECT a, b, plain - 9 AS y FROM houses', 'y', '{a,b}', params => '{"n_components": 20, "target": "log"}')$$),
	(SELECT format('params.target ''log'' is for positive targets, the least in column "y" is %s | Take ''identity'', or add a number to the target in the source.', min(plain - 9)) FROM houses), 'no logarithm');
SELECT is(error_of($$SELECT ntk_train('none', 'houses', 'price', '{a,b}', params => '{"target": "root"}')$$), 'params.target must be ''auto'' or ''identity'' or ''log'', not "root"', 'a wrong choice');

-- in the unit of the target

SELECT cmp_ok(abs(avg(ntk_predict('log', t)) / avg(price) - 1), '<', 0.05::float8, 'the mean of the predictions is that of the target') FROM test AS t;
SELECT cmp_ok(abs(avg(exp(ntk_predict(p.fitted, ntk_encode(t, v.encoding)))) / avg(price) - 1), '>', 0.05::float8, 'which that of the exponentials is not')
FROM test AS t, ntk_catalog_part AS p JOIN ntk_catalog_version AS v USING (model, version) WHERE model = 'log';
SELECT cmp_ok(max(abs(ntk_predict('log', t) / (p.smearing * exp(ntk_predict(p.fitted, ntk_encode(t, v.encoding)))) - 1)), '<', 1e-12::float8, 'they differ by one factor')
FROM test AS t, ntk_catalog_part AS p JOIN ntk_catalog_version AS v USING (model, version) WHERE model = 'log';
SELECT cmp_ok(max(abs(prediction / ntk_predict('log', t) - 1)), '<', 1e-9::float8, 'many at once, too') FROM test AS t JOIN ntk_predict_table('log', 'test', 'id') AS p ON p.id = t.id::text;
SELECT cmp_ok(avg((price BETWEEN (i).lo AND (i).hi)::int), '>', 0.86, '90 % intervals hold most of the targets') FROM (SELECT price, ntk_interval('log', t, 0.9) AS i FROM test AS t) AS s;
SELECT cmp_ok(avg((price BETWEEN (i).lo AND (i).hi)::int), '<', 0.94, 'and not all') FROM (SELECT price, ntk_interval('log', t, 0.9) AS i FROM test AS t) AS s;
SELECT cmp_ok(abs(v.metric_value / value_of('log', NULL, 'rmse') - 1), '<', 1e-9::float8, 'metric_value is the rmse in the unit of the target') FROM ntk_catalog_version AS v WHERE model = 'log';

-- what goes with it

SELECT ntk_import(ntk_export('log'), 'copy') \g /dev/null
SELECT is(array_agg(ntk_predict('copy', t) ORDER BY id), array_agg(ntk_predict('log', t) ORDER BY id), 'an export has it') FROM test AS t;
SELECT is(error_of('SELECT ntk_import(ntk_export(''log'') || ''{"centre": "NaN"}'', ''bad'')') ~ 'centre|numeric|number', true, 'an import checks it');
SELECT is((SELECT version FROM ntk_refresh('log', 'SELECT id + 10000 AS id, a, b, c, d, price FROM test')), 2, 'a refresh fits logarithms');
SELECT cmp_ok(abs(avg(ntk_predict('log', t)) / avg(price) - 1), '<', 0.05::float8, 'and predicts in the same unit') FROM test AS t;
SELECT is((SELECT n_skipped FROM ntk_refresh('log', 'SELECT id + 20000 AS id, a, b, c, d, CASE WHEN id % 100 = 0 THEN -1 ELSE price END AS price FROM test')) > 0, true, 'rows without a logarithm are skipped');
SELECT ok((SELECT deployed FROM ntk_retrain('log')), 'a retraining');
SELECT ntk_train('towns', 'train', 'price', '{a,b,c,d}', group_by => '{town}', params => :'P'::jsonb || '{"target": "log"}') \g /dev/null
SELECT is(count(smearing), 4::bigint, 'groups have factors of their own') FROM ntk_catalog_part WHERE model = 'towns';
SELECT cmp_ok(abs(avg(ntk_predict('towns', t)) / avg(price) - 1), '<', 0.1::float8, 'their mean is right') FROM test AS t;
SELECT ntk_train('folds', 'train', 'price', '{a,b,c,d}', params => :'P'::jsonb || '{"target": "log", "holdout": 0}') \g /dev/null
SELECT cmp_ok(abs((SELECT metric_value FROM ntk_catalog_version WHERE model = 'folds') / value_of('folds', 'test', 'rmse') - 1), '<', 0.25::float8, 'without held-out rows, the error is that of the folds');
UPDATE ntk_catalog_part SET smearing = NULL WHERE model = 'folds';
SELECT lives_ok('SELECT ntk_predict(''folds'', t) FROM test AS t LIMIT 1', 'a part without a factor has 1');
UPDATE ntk_catalog_model SET log_target = true, centre = 7 WHERE model = 'plain';
SELECT cmp_ok(abs(ntk_predict('plain', t) / exp(ntk_predict(p.fitted, ntk_encode(t, v.encoding))) - 1), '<', 1e-12::float8, 'an edited model predicts what its row says')
FROM test AS t, ntk_catalog_part AS p JOIN ntk_catalog_version AS v USING (model, version) WHERE model = 'plain' LIMIT 1;

-- large offsets

CREATE TABLE moments AS SELECT i AS id, 3 * uniform(i, 1) AS a, sin(3 * uniform(i, 1)) AS y FROM generate_series(1, 2000) AS i;
SELECT ntk_train('offset ' || power, format('SELECT a, y + 1e%s AS y FROM moments', power), 'y', params => '{"n_components": 50, "rounds": 0}') FROM unnest('{0,2,11,14}'::int[]) AS power \g /dev/null
SELECT is((SELECT count(*) FROM ntk_catalog_model WHERE model LIKE 'offset %' AND centre <> 0), 2::bigint, 'a centre where digits are at stake');
SELECT cmp_ok(value_of('offset 11', 'SELECT a, y + 1e11 AS y FROM moments', 'rmse'), '<', 0.001::float8, 'an offset of 1e11 costs no digits');
SELECT cmp_ok(value_of('offset 14', 'SELECT a, y + 1e14 AS y FROM moments', 'rmse'), '<', 0.02::float8, 'one of 1e14 those that the target does not have');
SELECT cmp_ok(abs(metric_value / value_of('offset 11', NULL, 'rmse') - 1), '<', 0.01::float8, 'metric_value has no offset') FROM ntk_catalog_version WHERE model = 'offset 11';

-- a target that shows no trace of its inputs, but for its spread

CREATE TABLE hidden AS
SELECT i AS id, x, sign(sin(7 * x[5])) * sin(9 * x[16]) AS y
FROM (SELECT i, array_agg(uniform(i, j) ORDER BY j) AS x FROM generate_series(1, 5000) AS i, generate_series(1, 40) AS j GROUP BY i) AS r;
SELECT ntk_train('hidden', 'SELECT * FROM hidden WHERE id <= 4500', 'y', '{x}', params => '{"n_components": 600}') \g /dev/null
SELECT cmp_ok(value_of('hidden', 'SELECT * FROM hidden WHERE id > 4500', 'r2'), '>', 0.5::float8, 'the rounds find what the fixed kernel does not');

SELECT * FROM finish();
ROLLBACK;
