-- An ordinary role writes anything into the rows of its own models: calls give an answer or an error.
--
-- NTK_EVERYTHING=1 in the environment tries all calls with all values, which takes long.

\set everything ''
\getenv everything NTK_EVERYTHING
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;

\ir include/untrusted_catalog.sql

CREATE TEMP TABLE attacked AS
SELECT c.oid::regclass AS of_table, a.attname AS of_column, m.name AS of_model
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped, hostile_models() AS m
WHERE c.relkind = 'r' AND c.relname ~ '^ntk_catalog_' AND c.relname NOT IN ('ntk_catalog_work', 'ntk_catalog_sample');
CREATE TEMP TABLE attempts (tried bigint);
GRANT SELECT ON attacked TO PUBLIC;
GRANT INSERT, SELECT ON attempts TO PUBLIC;
SELECT plan((9 + count(*))::int) FROM attacked;

CREATE ROLE ntk_sketch_test_mallory;
SET LOCAL ROLE ntk_sketch_test_mallory;
CREATE TEMP TABLE hostile AS SELECT * FROM hostile_rows(1, 60);
CREATE TEMP TABLE hostile_more AS SELECT * FROM hostile_rows(61, 90);
SELECT lives_ok('SELECT train_hostile_models()', 'models of every kind');
SELECT is_empty('SELECT not_called()', 'all functions of a model by its name are called');
CREATE TEMP TABLE before AS SELECT name, (SELECT jsonb_agg(CASE WHEN task = 'regression' THEN to_jsonb(ntk_predict(name, h)) ELSE to_jsonb(ntk_classify(name, h)) END) FROM hostile AS h WHERE id <= 9) AS answers FROM ntk_models;

SELECT set_config('statement_timeout', CASE WHEN :'everything' = '' THEN '60s' ELSE '20min' END, true);
SELECT format($$WITH a AS MATERIALIZED (SELECT * FROM attack_%s, %L)), t AS (INSERT INTO attempts SELECT tried FROM a) SELECT is(faults, '{}'::text[], %L) FROM a$$, arguments, :'everything' <> '', what)
FROM (SELECT 1 AS place, format('column(%L, %L, %L', of_table, of_column, of_model) AS arguments, format('%s.%s of the model %s', of_table, of_column, of_model) AS what FROM attacked
	  UNION ALL SELECT 2, format('rows(%L', name), 'rows of the model ' || name FROM hostile_models()) AS a
ORDER BY place, what \gexec
SET LOCAL statement_timeout = 0;

SELECT is((SELECT jsonb_agg(CASE WHEN task = 'regression' THEN to_jsonb(ntk_predict(b.name, h)) ELSE to_jsonb(ntk_classify(b.name, h)) END) FROM hostile AS h WHERE id <= 9), answers, 'afterwards ' || b.name || ' predicts as before')
FROM before AS b JOIN ntk_models AS m USING (name) WHERE b.name = 'net';
SELECT cmp_ok(sum(tried), '>', 10000::numeric, 'many calls were tried') FROM attempts;
SELECT diag(sum(tried) || ' calls') FROM attempts;

SELECT * FROM finish();
ROLLBACK;
