-- A rollback stands until somebody decides otherwise; what a training says of its rows.

BEGIN;
SELECT plan(17);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

CREATE TABLE waves AS SELECT i AS id, sin(i) AS a, cos(i) AS y, 1 + i % 2 AS w FROM generate_series(1, 600) AS i;
ALTER TABLE waves ADD PRIMARY KEY (id);
CREATE FUNCTION serves() RETURNS text LANGUAGE sql AS 'SELECT concat(deployed, CASE WHEN pinned THEN '' pinned'' END) FROM ntk_catalog_model WHERE model = ''wave''';
\set P '{"n_components": 20, "rounds": 0}'
SELECT ntk_train('wave', 'waves', 'y', '{a}', params => :'P') \g /dev/null
SELECT ntk_refresh('wave', 'SELECT id + 1000 AS id, a, y FROM waves') \g /dev/null
SELECT is(serves(), '2', 'a refresh serves');
SELECT is(ntk_rollback('wave'), 1, 'it is rolled back');
SELECT is(serves(), '1 pinned', 'the first version serves');
SELECT is((SELECT deployed FROM ntk_refresh('wave', 'SELECT id + 1000 AS id, a, y FROM waves')), false, 'a refresh does not undo that');
SELECT is((SELECT deployed FROM ntk_retrain('wave')), false, 'nor does a retraining');
SELECT is((SELECT deployed FROM ntk_train('wave', 'waves', 'y', '{a}', params => :'P')), false, 'nor a training');
SELECT is(serves(), '1 pinned', 'the first version serves');
SELECT is((SELECT sum(ntk_rows(gram)) FROM ntk_catalog_statistic WHERE model = 'wave' AND lineage = 1 AND version = 1), 600::numeric, 'with its own statistics');
SELECT is((SELECT deployed FROM ntk_forget('wave', 'SELECT * FROM waves WHERE id <= 10')), true, 'rows that are forgotten do not serve on');
SELECT is(serves(), '6 pinned', 'the version without them serves');
SELECT ntk_deploy('wave', 6);
SELECT is(serves(), '6', 'ntk_deploy ends it');
SELECT is((SELECT deployed FROM ntk_refresh('wave', 'SELECT id + 2000 AS id, a, y FROM waves')), true, 'a refresh serves again');
SELECT ntk_rollback('wave') \g /dev/null
SELECT is((SELECT deployed FROM ntk_train('wave', 'waves', 'y', '{a}', params => :'P'::jsonb || '{"deploy": "always"}')), true, 'so does a training that asks for it');
SELECT is(serves(), '8', 'which ends it, too');

-- weights count where a model is evaluated

SELECT ntk_train('weighted', 'SELECT id, a, CASE WHEN w = 2 THEN y ELSE -y END AS y, w, CASE WHEN w = 2 THEN a > 0 ELSE a < 0 END AS class FROM waves', 'y', '{a}', weight => 'w', params => :'P') \g /dev/null
SELECT cmp_ok(abs(e.value - r.value), '<', 1e-9::float8, 'the rmse is weighted: that of training')
FROM ntk_evaluate('weighted') AS e, LATERAL (SELECT metric_value AS value FROM ntk_catalog_version WHERE model = 'weighted') AS r WHERE e.metric = 'rmse';
SELECT ntk_train('classes', 'SELECT id, a, CASE WHEN w = 2 THEN a > 0 ELSE a < 0 END AS class, w FROM waves', 'class', '{a}', weight => 'w', params => :'P') \g /dev/null
SELECT cmp_ok(abs(e.value - r.value), '<', 1e-9::float8, 'so is the accuracy')
FROM ntk_evaluate('classes') AS e, LATERAL (SELECT metric_value AS value FROM ntk_catalog_version WHERE model = 'classes') AS r WHERE e.metric = 'accuracy';
SELECT cmp_ok(abs(e.value - r.value), '<', 1e-9::float8, 'and the log loss')
FROM ntk_evaluate('classes', 'SELECT a, w, CASE WHEN w = 2 THEN a > 0 ELSE a < 0 END AS class FROM waves') AS e,
	(SELECT -sum(w * ln((ntk_proba('classes', s) ->> class::text)::float8)) / sum(w) AS value FROM (SELECT a, w, CASE WHEN w = 2 THEN a > 0 ELSE a < 0 END AS class FROM waves) AS s) AS r WHERE e.metric = 'log_loss';

SELECT * FROM finish();
ROLLBACK;
