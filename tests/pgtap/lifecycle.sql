-- Models by name after their training: versions, roles, new rows and forgotten ones, export, how good
-- they are.

BEGIN;
SELECT plan(259);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/difference.sql
\ir include/error_of.sql
\ir include/fold_of.sql

CREATE TABLE sales AS
SELECT i AS id, sin(i) AS a, cos(1.7 * i) AS b, 100 + (i - 1) / 100 AS month, (ARRAY['Rome', 'Paris', 'Bern'])[1 + i % 3] AS city, CASE WHEN sin(i) > cos(1.7 * i) + 0.3 * sin(41 * i) THEN 'up' ELSE 'down' END AS class,
	CASE WHEN i % 7 = 0 THEN 'odd' WHEN sin(i) > 0 THEN 'up' ELSE 'down' END AS three, 2 * sin(i) * cos(1.7 * i) + 0.3 * sin(37 * i) AS y
FROM generate_series(1, 1000) AS i;
CREATE TABLE places AS SELECT id, a, b FROM sales;
GRANT SELECT ON sales, places TO PUBLIC;
-- fitted to rows of sales by hand, with the encoding, map and lambda that serve; those held out stay out
CREATE FUNCTION by_hand(model text, condition text) RETURNS ntk_model LANGUAGE plpgsql AS $$
DECLARE
	result ntk_model;
BEGIN
	EXECUTE format('SELECT ntk_solve(ntk_gram(ntk_encode(r, encoding), y, map), lambda) FROM sales AS r, ntk_catalog_model AS m JOIN ntk_catalog_version AS v USING (model)
					JOIN ntk_catalog_part AS p USING (model, version) WHERE model = %L AND version = deployed AND fold_of(model, r) >= 100 AND (%s) GROUP BY lambda', model, condition) INTO result;
	RETURN result;
END $$;
-- the largest difference between its predictions and those of the model that serves
CREATE FUNCTION differs(name text, other ntk_model) RETURNS float8 LANGUAGE sql AS $$
	SELECT max(abs(ntk_predict(name, s) - ntk_predict(other, ntk_encode(s, encoding))))
	FROM sales AS s, ntk_model_versions AS v WHERE v.name = differs.name AND deployed AND id <= 300
$$;
-- the statistics of the newest version
CREATE FUNCTION counted(name text) RETURNS SETOF ntk_catalog_statistic LANGUAGE sql AS $$
	SELECT s.* FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v USING (model), _ntk_statistics(_ntk_scope_of(m, v)) AS s
	WHERE m.model = $1 AND v.version = (SELECT max(n.version) FROM ntk_catalog_version AS n WHERE n.model = $1)
$$;
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT bool_and(ntk_predict($1, s) = ntk_predict($2, s)) FROM sales AS s';

-- versions

SELECT ntk_train('sale', 'SELECT * FROM sales WHERE id <= 500', 'y', '{a,b}', params => '{"n_components": 30}');
SELECT results_eq('SELECT name, owner, task, target, features, group_by, version, metric, source, schedule, stale FROM ntk_models',
				  $$VALUES ('sale', 'postgres'::name, 'regression', 'y', '{a,b}'::text[], '{}'::text[], 1, 'rmse', E'SELECT id,\n    a,\n    b,\n    month,\n    city,\n    class,\n    three,\n    y\n   FROM public.sales\n  WHERE (id <= 500)', NULL, NULL)$$, 'ntk_models says what was trained');
SELECT ok(deployed_at = now() AND n_rows = (SELECT count(*) FROM sales AS s WHERE id <= 500 AND fold_of('sale', s) >= 100) AND metric_value BETWEEN 0.1 AND 0.4, 'when, with how many rows and how well') FROM ntk_models;
SELECT ntk_train('sale', 'sales', 'y', '{a,b}', params => '{"n_components": 40, "deploy": "never"}');
SELECT results_eq('SELECT version, deployed, n_components, lineage, metric, labels FROM ntk_model_versions ORDER BY version', $$VALUES (1, true, 30, 1, 'rmse', NULL::text[]), (2, false, 40, 2, 'rmse', NULL)$$, 'ntk_model_versions lists versions');
SELECT matches(stale, '^version 2 of [0-9./-]+ does not serve$', 'the newest version does not serve, says ntk_models') FROM ntk_models;
SELECT is(error_of('SELECT ntk_rollback(''sale'')'), 'no version of model "sale" served before the one that serves | ntk_deploy makes any version serve; the view ntk_model_versions lists them.', 'no version to roll back to');
SELECT is(error_of('SELECT ntk_deploy(''sale'', 3)'), 'model "sale" has no version 3 | It has the versions 1, 2.', 'no such version');
SELECT throws_ok('SELECT ntk_deploy(''sale'', 0)', '42704', NULL, 'is an undefined object');
SELECT ntk_deploy('sale', 2);
SELECT results_eq('SELECT version, stale FROM ntk_models', 'VALUES (2, NULL::text)', 'ntk_deploy makes it serve');
SELECT is(ntk_rollback('sale'), 1, 'ntk_rollback says which serves');
SELECT results_eq('SELECT version, deployed FROM ntk_model_versions ORDER BY version', 'VALUES (1, true), (2, false)', 'it does');
SELECT is(error_of('SELECT ' || call), message, call)
FROM (VALUES
	('ntk_deploy(''none'', 1)', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_rollback(''none'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_drop(''none'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_rename(''none'', ''other'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_grant(''none'', ''public'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_revoke(''none'', ''public'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_refresh(''none'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_forget(''none'', ''sales'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_retrain(''none'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_evaluate(''none'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_importance(''none'', ''sales'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_export(''none'')', 'model "none" does not exist, or no version of it serves'), ('ntk_schedule(''none'', ''* * * * *'')', 'model "none" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_rename(''sale'', '''')', 'the name of a model must have 1 to 63 bytes | "" has 0.'), ('ntk_grant(''sale'', ''nobody'')', 'role "nobody" does not exist'),
	('ntk_refresh(''sale'')', 'model "sale" has no watermark | Name a source of new rows only, or train with params => ''{"watermark": "column"}'', a column that grows.'),
	('ntk_importance(''sale'', ''sales'', 0)', 'repeats must be between 1 and 1000, not 0')) AS v (call, message);
SELECT is(error_of('SELECT ntk_rename(''sale'', repeat(''ä'', 32))'), format('the name of a model must have 1 to 63 bytes | "%s" has 64.', repeat('ä', 32)), 'too long a name');
SELECT matches(error_of('SELECT ' || call), message, call)
FROM (VALUES ('ntk_deploy(''sale'', NULL)', 'version must not be null'), ('ntk_deploy(NULL, 1)', 'the name of the model must not be null'), ('ntk_rename(''sale'', NULL)', 'the name of the model must'), ('ntk_grant(''sale'', NULL)', 'role must not be null'),
	  ('ntk_forget(''sale'', NULL)', 'source must not be null'), ('ntk_importance(''sale'', NULL)', 'source must not be null'), ('ntk_importance(''sale'', ''sales'', NULL)', 'repeats must')) AS v (call, message);
CREATE TABLE before AS SELECT ntk_predict('sale', ARRAY[0.5, 0.5]) AS p;
SELECT ntk_rename('sale', 'Sale "x"');
SELECT is(ntk_predict('Sale "x"', ARRAY[0.5, 0.5]), p, 'a model with another name') FROM before;
SELECT is((SELECT array_agg(DISTINCT name) FROM (SELECT model AS name FROM ntk_catalog_version UNION ALL SELECT model FROM ntk_catalog_part UNION ALL SELECT model FROM ntk_catalog_statistic) AS s), '{"Sale \"x\""}', 'it takes everything along');
SELECT is((SELECT count(*) FROM ntk_refresh('Sale "x"', 'SELECT * FROM sales WHERE id > 500')), 1::bigint, 'and goes on from there');
SELECT ntk_train('taken', 'sales', 'y', '{a,b}', params => '{"n_components": 20}');
SELECT is(error_of('SELECT ntk_rename(''taken'', ''Sale "x"'')'), 'the name "Sale "x"" is taken', 'a name that is taken');
SELECT throws_ok('SELECT ntk_rename(''taken'', ''Sale "x"'')', '42710', NULL, 'is a duplicate object');
SELECT ntk_drop('Sale "x"');
SELECT ntk_drop('taken');
SELECT is_empty('SELECT model FROM ntk_catalog_model UNION ALL SELECT model FROM ntk_catalog_version UNION ALL SELECT model FROM ntk_catalog_part UNION ALL SELECT model FROM ntk_catalog_statistic', 'ntk_drop leaves nothing');

-- roles

CREATE ROLE ntk_sketch_test_owner;
CREATE ROLE ntk_sketch_test_other;
CREATE ROLE ntk_sketch_test_group;
CREATE ROLE ntk_sketch_test_member IN ROLE ntk_sketch_test_group;
CREATE ROLE ntk_sketch_test_guest NOINHERIT IN ROLE ntk_sketch_test_group;
CREATE ROLE ntk_sketch_test_deputy IN ROLE ntk_sketch_test_owner;
CREATE SCHEMA shop AUTHORIZATION ntk_sketch_test_owner;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
SET LOCAL ROLE ntk_sketch_test_owner;
SET LOCAL search_path = shop, public;
CREATE TABLE orders AS SELECT id, a, b, y FROM public.sales WHERE id <= 300;
SELECT results_eq('SELECT version, n_components, deployed FROM ntk_train(''mine'', ''orders'', ''y'', params => ''{"n_components": 20, "watermark": "id", "deploy": "always"}'')', 'VALUES (1, 20, true)', 'an ordinary role trains');
SELECT results_eq('SELECT name, owner, source FROM ntk_models', $$VALUES ('mine', 'ntk_sketch_test_owner'::name, 'SELECT * FROM shop.orders')$$, 'owns the model');
SELECT cmp_ok(avg(abs(ntk_predict('mine', o) - y)), '<', 0.4::float8, 'predicts') FROM orders AS o;
INSERT INTO orders SELECT id, a, b, y FROM public.sales WHERE id BETWEEN 301 AND 400;
SELECT results_eq('SELECT version FROM ntk_refresh(''mine'')', 'VALUES (2)', 'refreshes');
SELECT results_eq('SELECT version FROM ntk_forget(''mine'', ''SELECT * FROM orders WHERE id <= 10'')', 'VALUES (3)', 'forgets');
SELECT results_eq('SELECT version FROM ntk_retrain(''mine'')', 'VALUES (4)', 'retrains');
SELECT lives_ok('SELECT ntk_deploy(''mine'', 2), ntk_rollback(''mine''), ntk_rename(''mine'', ''yours''), ntk_rename(''yours'', ''mine'')', 'deploys, rolls back and renames');
SELECT lives_ok('SELECT ntk_import(ntk_export(''mine''), ''copy''), count(*) FROM ntk_evaluate(''mine''), ntk_importance(''mine'', ''orders'', 1)', 'exports, imports, evaluates');
SELECT lives_ok('SELECT ntk_drop(''copy'')', 'and drops');
RESET search_path;
SET LOCAL ROLE ntk_sketch_test_other;
SELECT is_empty('SELECT name FROM ntk_models UNION ALL SELECT name FROM ntk_model_versions', 'another role sees nothing of it in the views');
SELECT is_empty('SELECT model FROM ntk_catalog_model UNION ALL SELECT model FROM ntk_catalog_version UNION ALL SELECT model FROM ntk_catalog_part UNION ALL SELECT model FROM ntk_catalog_statistic', 'or in the tables');
SELECT is(error_of('SELECT ' || call), message, 'to it ' || call || ' is an error')
FROM (VALUES
	('ntk_predict(''mine'', s) FROM sales AS s', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_predict_table(''mine'', ''places'', ''id'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_deploy(''mine'', 1)', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_rollback(''mine'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_drop(''mine'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_rename(''mine'', ''x'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_grant(''mine'', ''ntk_sketch_test_other'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_refresh(''mine'', ''sales'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_forget(''mine'', ''sales'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_retrain(''mine'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_evaluate(''mine'', ''sales'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'), ('ntk_export(''mine'')', 'model "mine" does not exist, or no version of it serves'), ('ntk_schedule(''mine'', ''* * * * *'')', 'model "mine" does not exist | The view ntk_models lists the models that you may use.'),
	('ntk_train(''mine'', ''sales'', ''y'', ''{a,b}'', params => ''{"n_components": 20}'')', 'the name "mine" is taken by a model of another role')) AS v (call, message);
SELECT ntk_train('theirs', 'sales', 'y', '{a,b}', params => '{"n_components": 20}');
SELECT is(error_of('SELECT ntk_rename(''theirs'', ''mine'')'), 'the name "mine" is taken', 'it cannot take its name');
SELECT is(error_of('SELECT ntk_import(ntk_export(''theirs''), ''mine'')'), 'the name "mine" is taken', 'nor by an import');
SELECT throws_ok(query, '42501', NULL, 'it cannot: ' || query)
FROM unnest('{"UPDATE ntk_catalog_model SET owner = ''ntk_sketch_test_owner''","UPDATE ntk_catalog_model SET owner = ''postgres''",TRUNCATE ntk_catalog_statistic,"INSERT INTO ntk_catalog_model (model, owner, task, source, target, features, group_by, split_by, params) SELECT ''x'', ''ntk_sketch_test_owner'', task, source, target, features, group_by, split_by, params FROM ntk_catalog_model",
	"INSERT INTO ntk_catalog_version SELECT ''mine'', 99, lineage, NULL, true, request, encoding, map, labels, watermark, n_rows, n_skipped, metric, metric_value, seconds, trained_at FROM ntk_catalog_version",
	"INSERT INTO ntk_catalog_part (model, version, grp, n_rows, n_skipped, lambda, fitted) SELECT ''mine'', 1, ''{x}'', n_rows, n_skipped, lambda, fitted FROM ntk_catalog_part",
	"INSERT INTO ntk_catalog_statistic SELECT ''mine'', 1, 1, ''{x}'', bucket, part, gram FROM ntk_catalog_statistic","UPDATE ntk_catalog_version SET model = ''mine'', version = 99, lineage = 99"}'::text[]) AS query;
DELETE FROM ntk_catalog_model;
SELECT is_empty('SELECT model FROM ntk_catalog_model', 'its own it can delete');
RESET ROLE;
SELECT results_eq('SELECT model, deployed, (SELECT count(*) FROM ntk_catalog_version) FROM ntk_catalog_model', $$VALUES ('mine', 4, 4::bigint)$$, 'the model is as it was');
SELECT is((SELECT count(*) FROM ntk_predict_table('mine', 'places', 'id')), 1000::bigint, 'a superuser uses it');
SET LOCAL ROLE ntk_sketch_test_owner;
SELECT ntk_grant('mine', 'ntk_sketch_test_group');
SELECT ntk_grant('mine', 'ntk_sketch_test_group');
SELECT is(readers, '{ntk_sketch_test_group}'::ntk_role[], 'a grant that is repeated is one') FROM ntk_catalog_model;
SET LOCAL ROLE ntk_sketch_test_group;
SELECT lives_ok('SELECT ntk_predict(''mine'', s) FROM sales AS s', 'a role with a grant predicts');
SELECT results_eq('SELECT name, version FROM ntk_models', $$VALUES ('mine', 4)$$, 'sees the model');
SELECT results_eq('SELECT version, deployed FROM ntk_model_versions ORDER BY version', $$VALUES (1, false), (2, false), (3, false), (4, true)$$, 'and its versions');
SELECT is_empty('SELECT * FROM ntk_catalog_statistic', 'not its statistics');
SELECT lives_ok('SELECT ntk_evaluate(''mine'', ''sales'')', 'evaluates it on rows that it may read');
SELECT is(error_of('SELECT ' || call), 'model "mine" belongs to another role | ntk_grant lets roles predict with a model; only its owner can change it.', 'but cannot: ' || call)
FROM unnest('{"ntk_deploy(''mine'', 2)",ntk_rollback(''mine''),ntk_drop(''mine''),"ntk_rename(''mine'', ''x'')","ntk_grant(''mine'', ''public'')","ntk_revoke(''mine'', ''ntk_sketch_test_group'')","ntk_refresh(''mine'', ''sales'')","ntk_forget(''mine'', ''sales'')",
	ntk_retrain(''mine''),"ntk_schedule(''mine'', ''* * * * *'')","ntk_train(''mine'', ''sales'', ''y'', ''{a,b}'')"}'::text[]) AS call;
SELECT throws_ok('SELECT ntk_drop(''mine'')', '42501', NULL, 'for want of a privilege');
WITH gone AS (DELETE FROM ntk_catalog_model RETURNING 1), changed AS (UPDATE ntk_catalog_version SET n_rows = 0 RETURNING 1)
SELECT is((SELECT count(*) FROM gone) + (SELECT count(*) FROM changed), 0::bigint, 'nor by the tables');
SET LOCAL ROLE ntk_sketch_test_member;
SELECT lives_ok('SELECT ntk_predict(''mine'', s) FROM sales AS s', 'a role that inherits the grant predicts');
SET LOCAL ROLE ntk_sketch_test_guest;
SELECT is(error_of('SELECT ntk_predict(''mine'', s) FROM sales AS s'), 'model "mine" does not exist | The view ntk_models lists the models that you may use.', 'one that does not inherit it cannot');
SET LOCAL ROLE ntk_sketch_test_deputy;
SELECT lives_ok('SELECT ntk_deploy(''mine'', 2), ntk_grant(''mine'', ''public'')', 'one that inherits the owner''s privileges changes the model');
SET LOCAL ROLE ntk_sketch_test_other;
SELECT is((SELECT count(*) FROM ntk_predict_table('mine', 'places', 'id')), 1000::bigint, 'with a grant to public everybody predicts');
SELECT is(error_of('SELECT ntk_drop(''mine'')'), 'model "mine" belongs to another role | ntk_grant lets roles predict with a model; only its owner can change it.', 'and nobody changes');
SELECT is(error_of('SELECT ntk_evaluate(''mine'')'), 'only its owner "ntk_sketch_test_owner" may read the source of model "mine" | Name a source of your own in ntk_evaluate(model, source).', 'the source of somebody else''s model is not read');
RESET ROLE;
SELECT ntk_revoke('mine', 'public');
REVOKE ntk_sketch_test_group FROM ntk_sketch_test_member;
SET LOCAL ROLE ntk_sketch_test_other;
SELECT is(error_of('SELECT ntk_predict(''mine'', s) FROM sales AS s'), 'model "mine" does not exist | The view ntk_models lists the models that you may use.', 'ntk_revoke takes that back');
SET LOCAL ROLE ntk_sketch_test_member;
SELECT is(error_of('SELECT ntk_predict(''mine'', s) FROM sales AS s'), 'model "mine" does not exist | The view ntk_models lists the models that you may use.', 'so does a REVOKE of the role');
RESET ROLE;
SELECT ntk_revoke('mine', 'ntk_sketch_test_group');
SET LOCAL ROLE ntk_sketch_test_group;
SELECT is_empty('SELECT name FROM ntk_models', 'in the views, too');
RESET ROLE;
SELECT ntk_drop('mine');

-- new rows: a watermark

CREATE TABLE readable AS SELECT id, true AS yes FROM sales;
CREATE VIEW log AS SELECT id, a, b, y / yes::int AS y FROM sales JOIN readable USING (id);
SELECT ntk_train('log', 'SELECT * FROM log WHERE id <= current_setting(''test.last'')::int', 'y', '{a,b}', params => '{"n_components": 30, "watermark": "id", "deploy": "always"}')
FROM (SELECT set_config('test.last', '600', true)) AS s;
SELECT is(watermark, '600', 'the watermark is the largest value that was read') FROM ntk_model_versions WHERE name = 'log';
UPDATE readable SET yes = false WHERE id <= 600;
SELECT is(error_of('SELECT sum(y) FROM log WHERE id <= 600'), 'division by zero', 'from now on it is an error to read the old rows');
SELECT is_empty('SELECT ntk_refresh(''log'')', 'a refresh without new rows is none');
SELECT is(count(*), 1::bigint, 'and makes no version') FROM ntk_model_versions WHERE name = 'log';
SELECT set_config('test.last', '800', true);
SELECT results_eq('SELECT version, n_rows, deployed FROM ntk_refresh(''log'')', 'SELECT 2, count(*), true FROM sales AS s WHERE id <= 800 AND fold_of(''log'', s) >= 100', 'a refresh reads the new rows only, and adds them');
SELECT is(watermark, '800', 'the watermark moves') FROM ntk_model_versions WHERE name = 'log' AND version = 2;
SELECT is(error_of('SELECT ntk_retrain(''log'')'), 'division by zero', 'what reads all rows fails');
SELECT set_config('test.last', '1000', true);
SELECT results_eq('SELECT version, n_rows FROM ntk_refresh(''log'')', 'SELECT 3, count(*) FROM sales AS s WHERE fold_of(''log'', s) >= 100', 'and once more');
SELECT is(array_agg(DISTINCT lineage), '{1}', 'the encoding and the map stay') FROM ntk_model_versions WHERE name = 'log';
SELECT ntk_train('all', 'SELECT id, a, b, y FROM sales', 'y', '{a,b}', params => '{"n_components": 30}');
SELECT cmp_ok(max(abs(ntk_predict('log', s) - ntk_predict(fitted, ntk_encode(s, v.encoding)))), '<', 1e-6::float8, 'the same model as from all rows')
FROM sales AS s, ntk_catalog_version AS v, LATERAL (SELECT ntk_solve(ntk_gram(ntk_encode(r, v.encoding), y, v.map), (SELECT lambda FROM ntk_catalog_part WHERE model = 'log' AND version = 3)) AS fitted
													FROM sales AS r WHERE fold_of('log', r) >= 100) AS f
WHERE v.model = 'log' AND v.version = 3;
SELECT cmp_ok(max(abs(ntk_predict('log', s) - ntk_predict('all', s))), '>', 1e-6::float8, 'one of another map differs') FROM sales AS s;
SELECT cmp_ok(abs(metric_value - rmse), '<', 1e-6::float8, 'the metric is that of the rows held out, old and new')
FROM ntk_model_versions, LATERAL (SELECT ntk_rmse(y, ntk_predict('log', s)) AS rmse FROM sales AS s WHERE fold_of('log', s) < 100) AS r WHERE name = 'log' AND version = 3;
CREATE VIEW mirrored AS SELECT -id AS id, -a AS a, -b AS b, y FROM sales;
SELECT results_eq('SELECT version, n_rows FROM ntk_refresh(''log'', ''SELECT * FROM mirrored WHERE id >= -100'')',
				  'SELECT 4, (SELECT count(*) FROM sales AS s WHERE fold_of(''log'', s) >= 100) + count(*) FROM mirrored AS s WHERE id >= -100 AND fold_of(''log'', s) >= 100', 'all rows of another source are added');
CREATE TABLE days AS SELECT id, a, b, y, date '2020-01-01' + (id - 1) / 100 AS day FROM sales;
SET LOCAL datestyle = 'German';
SELECT ntk_train('days', 'SELECT * FROM days WHERE id <= current_setting(''test.last'')::int', 'y', '{a,b}', params => '{"n_components": 20, "watermark": "day"}') FROM (SELECT set_config('test.last', '500', true)) AS s;
SELECT set_config('test.last', '1000', true);
SET LOCAL datestyle = 'ISO, MDY';
SELECT is((SELECT count(*) FROM ntk_refresh('days')), 1::bigint, 'a watermark is a date for sessions of another DateStyle, too');

-- new rows: another source

SELECT ntk_train('more', 'SELECT * FROM sales WHERE id <= 500', 'y', '{a,b}', params => '{"n_components": 30, "deploy": "always"}');
SELECT results_eq('SELECT model, version, grp, task, n_rows, n_components, metric, deployed FROM ntk_refresh(''more'', ''SELECT * FROM sales WHERE id > 500 AND id <= 900'')',
				  'SELECT ''more'', 2, ''{}''::jsonb, ''regression'', count(*), 30, ''rmse'', true FROM sales AS s WHERE id <= 900 AND fold_of(''more'', s) >= 100', 'a refresh from another source');
SELECT cmp_ok(differs('more', by_hand('more', 'id <= 900')), '<', 1e-6::float8, 'the same model as from all rows');
SELECT cmp_ok(differs('more', by_hand('more', 'id <= 899')), '>', 1e-7::float8, 'one row less makes a difference');
SELECT is(sum(ntk_rows(gram)) FILTER (WHERE part = -1), (SELECT count(*) FROM sales AS s WHERE id <= 900 AND fold_of('more', s) < 100)::numeric, 'rows that are held out stay so') FROM ntk_catalog_statistic WHERE model = 'more';
SELECT is_empty('SELECT ntk_refresh(''more'', ''SELECT * FROM sales WHERE false'')', 'no rows, no version');
SELECT is(error_of('SELECT ntk_refresh(''more'', ' || quote_literal(source) || ')'), message, message)
FROM (VALUES ('nowhere', 'relation "nowhere" does not exist | The source is the name of a table or view, or a query.'), ('SELECT a, y FROM sales', 'the source has no column "b", which the source of model "more" has'),
	  ('SELECT id, a, b, month, city, class, three FROM sales', 'the source has no column "y", which the source of model "more" has'), ('SELECT id, a, b::text AS b, month, city, class, three, y FROM sales', 'column "b" is of type text, the encoding expects a number')) AS v (source, message);
SELECT is(error_of('SELECT ntk_refresh(''more'', ''WITH d AS (DELETE FROM readable RETURNING *) SELECT * FROM sales'')') = 'no error', false, 'a source that writes');
SELECT is(error_of('SELECT ntk_refresh(''more'', ''SELECT * FROM sales) AS x; DELETE FROM readable; SELECT * FROM (SELECT * FROM sales'')') = 'no error', false, 'a source of several statements');
SELECT is((SELECT count(*) FROM readable), 1000::bigint, 'which are not run');
SELECT is((SELECT array_agg(version ORDER BY version) FROM ntk_model_versions WHERE name = 'more'), '{1,2}', 'errors make no version');
SELECT cmp_ok(differs('more', by_hand('more', 'id <= 900')), '<', 1e-6::float8, 'and change nothing');
SELECT ntk_train('groups', 'SELECT * FROM sales WHERE id <= 500 AND city <> ''Bern''', 'y', '{a,b}', group_by => '{city}', params => '{"n_components": 20, "deploy": "always"}');
SELECT results_eq('SELECT grp ->> ''city'' AS city, n_rows FROM ntk_refresh(''groups'', ''SELECT * FROM sales WHERE id > 500'') ORDER BY city',
				  'SELECT city, count(*) FROM sales AS s WHERE (id > 500 OR city <> ''Bern'') AND fold_of(''groups'', s) >= 100 GROUP BY ROLLUP (city) ORDER BY city', 'groups are refreshed, and a new one is added');

-- classes

SELECT ntk_train('class', 'SELECT * FROM sales WHERE id <= 700', 'class', '{a,b}', params => '{"n_components": 30, "deploy": "always"}');
CREATE TABLE was AS SELECT id, (ntk_proba('class', s) ->> 'up')::float8 AS p FROM sales AS s;
SELECT results_eq('SELECT version, n_rows FROM ntk_refresh(''class'', ''SELECT * FROM sales AS s WHERE id > 700 AND fold_of(''''class'''', s) >= 100 ORDER BY id DESC LIMIT 3'')', 'SELECT 2, 3 + count(*) FROM sales AS s WHERE id <= 700 AND fold_of(''class'', s) >= 100', 'classes are refreshed');
SELECT cmp_ok(max(abs(p - (ntk_proba('class', s) ->> 'up')::float8)), '<', 0.05::float8, 'three rows more hardly change probabilities') FROM sales AS s JOIN was USING (id);
SELECT isnt(metric_value, NULL, 'the accuracy is known') FROM ntk_models WHERE name = 'class';
SELECT ntk_deploy('class', 1);
SELECT ntk_forget('class', 'SELECT * FROM sales AS s WHERE id <= 700 AND fold_of(''class'', s) >= 100 ORDER BY id DESC LIMIT 3');
SELECT cmp_ok(max(abs(p - (ntk_proba('class', s) ->> 'up')::float8)), '<', 0.05::float8, 'nor do three rows less') FROM sales AS s JOIN was USING (id);
SELECT isnt(metric_value, NULL, 'the accuracy is known') FROM ntk_models WHERE name = 'class';
SELECT matches(error_of('SELECT ntk_refresh(''class'', ''SELECT id, a, b, month, city, ''''new'''' AS class, three, y FROM sales WHERE id > 900'')'), 'new', 'a class that is new');

-- buckets

SELECT ntk_train('window', 'SELECT * FROM sales WHERE id <= 500', 'y', '{a,b}', params => '{"n_components": 30, "bucket": "month", "window": 3, "deploy": "always"}');
SELECT cmp_ok(differs('window', by_hand('window', 'id BETWEEN 201 AND 500')), '<', 1e-6::float8, 'a window of buckets: those before are not trained on');
SELECT results_eq('SELECT version, n_rows FROM ntk_refresh(''window'', ''SELECT * FROM sales WHERE id BETWEEN 501 AND 650'')', 'SELECT 2, count(*) FROM sales AS s WHERE id BETWEEN 401 AND 650 AND fold_of(''window'', s) >= 100', 'with new ones it moves');
SELECT is(array_agg(DISTINCT bucket ORDER BY bucket), '{104,105,106}', 'buckets before it do not count') FROM counted('window');
SELECT cmp_ok(difference((SELECT sum(gram) FROM counted('window') WHERE part >= 0),
						 (SELECT ntk_gram(ntk_encode(s, encoding), y, map) FROM sales AS s, ntk_catalog_version WHERE model = 'window' AND version = 2 AND id BETWEEN 401 AND 650 AND fold_of('window', s) >= 100)), '<', 1e-12::float8,
			  'exactly: the statistic is that of the other rows');
SELECT cmp_ok(differs('window', by_hand('window', 'id BETWEEN 401 AND 650')), '<', 1e-6::float8, 'and so is the model');
SELECT results_eq('SELECT version, n_rows FROM ntk_refresh(''window'', ''SELECT * FROM sales WHERE id BETWEEN 651 AND 700'')', 'SELECT 3, count(*) FROM sales AS s WHERE id BETWEEN 401 AND 700 AND fold_of(''window'', s) >= 100', 'a bucket grows');
SELECT ntk_train('numbered', 'SELECT id, a, b, y, month - 95 AS month FROM sales WHERE id <= 400', 'y', '{a,b}', params => '{"n_components": 20, "bucket": "month", "window": 3}');
SELECT ntk_refresh('numbered', 'SELECT id, a, b, y, month - 95 AS month FROM sales WHERE id BETWEEN 401 AND 800');
SELECT is(array_agg(DISTINCT bucket ORDER BY bucket), '{10,11,12}', 'the newest numbers are the largest') FROM counted('numbered');
SET LOCAL datestyle = 'German';
SELECT ntk_train('dated', 'SELECT id, a, b, y, date ''2020-01-25'' + month - 100 AS day FROM sales', 'y', '{a,b}', params => '{"n_components": 20, "bucket": "day", "window": 3}');
SELECT is((SELECT n_rows FROM ntk_models WHERE name = 'dated'), (SELECT count(*) FROM sales AS s WHERE id > 700 AND fold_of('dated', s) >= 100), 'the newest days, whatever DateStyle is');
RESET datestyle;

-- rows to be forgotten

SELECT ntk_train('forget', 'sales', 'y', '{a,b}', params => '{"n_components": 30}');
SELECT results_eq('SELECT version, n_rows, deployed FROM ntk_forget(''forget'', ''SELECT * FROM sales WHERE id <= 200 OR id > 900'')', 'SELECT 2, count(*), true FROM sales AS s WHERE id BETWEEN 201 AND 900 AND fold_of(''forget'', s) >= 100', 'rows are forgotten');
SELECT cmp_ok(differs('forget', by_hand('forget', 'id BETWEEN 201 AND 900')), '<', 1e-6::float8, 'as if they had never been there');
SELECT is(sum(ntk_rows(gram)), (SELECT count(*) FROM sales WHERE id BETWEEN 201 AND 900)::numeric, 'those held out, too') FROM ntk_catalog_statistic WHERE model = 'forget';
SELECT cmp_ok(abs(metric_value - rmse), '<', 1e-6::float8, 'the metric is that of the others')
FROM ntk_models, LATERAL (SELECT ntk_rmse(y, ntk_predict('forget', s)) AS rmse FROM sales AS s WHERE id BETWEEN 201 AND 900 AND fold_of('forget', s) < 100) AS r WHERE name = 'forget';
SELECT is(error_of('SELECT ntk_forget(''forget'', ''SELECT * FROM sales UNION ALL SELECT * FROM sales'')'), '2000 rows that are to be forgotten were not trained on', 'more rows than there were');
SELECT throws_ok('SELECT ntk_forget(''groups'', ''SELECT id, a, b, month, ''''Oslo''''::text AS city, class, three, y FROM sales WHERE id <= 20'')', '22000', '20 rows that are to be forgotten were not trained on', 'rows of a group that was not there');
SELECT throws_ok('SELECT ntk_forget(''window'', ''SELECT * FROM sales WHERE id <= 100'')', '22000', '100 rows that are to be forgotten were not trained on', 'rows of a bucket that was dropped');
SELECT matches(error_of('SELECT ntk_forget(''forget'', ''SELECT id, 0.9 AS a, 0.7 AS b, month, city, class, three, y FROM sales WHERE id BETWEEN 301 AND 620'')'),
			   '^the source of model "forget" does not have the 380 rows that should remain \|', 'rows that cannot have been there');
SELECT is((SELECT version FROM ntk_models WHERE name = 'forget'), 2, 'nothing changes');
SELECT cmp_ok(differs('forget', by_hand('forget', 'id BETWEEN 201 AND 900')), '<', 1e-6::float8, 'and the model predicts as before');
SAVEPOINT forget;
-- which are held out or not by what is read of them, not by other columns
SELECT is(error_of('SELECT ntk_forget(''forget'', ''SELECT a, y FROM sales WHERE id BETWEEN 201 AND 300'')'), 'the source has no column "b", which the source of model "forget" has', 'rows without columns that they had');
SELECT is(error_of('SELECT ntk_forget(''forget'', ''SELECT a, b, y FROM sales WHERE id BETWEEN 201 AND 300'')'), 'no error', 'not those that are not read');
ROLLBACK TO forget;
ALTER TABLE sales ADD note text DEFAULT 'x';
SELECT is((SELECT n FROM ntk_evaluate('forget') WHERE metric = 'mae'), (SELECT count(*) FROM sales AS s WHERE fold_of('forget', s) < 100), 'after ALTER TABLE ADD the same rows are held out');
ROLLBACK TO forget;

-- forgetting after a rollback: the statistics have come further than the version that serves
CREATE TABLE grows AS SELECT id, a, b, y FROM sales WHERE id <= 300;
SELECT ntk_train('grows', 'grows', 'y', '{a,b}', params => '{"n_components": 20, "watermark": "id", "deploy": "always"}');
INSERT INTO grows SELECT id, a, b, y FROM sales WHERE id BETWEEN 301 AND 400;
SELECT ntk_refresh('grows');
SELECT ntk_rollback('grows');
SELECT ntk_forget('grows', 'SELECT * FROM grows WHERE id <= 50');
SELECT is((SELECT array_agg(ntk_rows(gram) ORDER BY part) FROM (SELECT part, sum(gram) AS gram FROM counted('grows') GROUP BY part) AS s), (SELECT array_agg(n ORDER BY held_out DESC) FROM (SELECT fold_of('grows', g) < 100 AS held_out, count(*) AS n FROM grows AS g WHERE id BETWEEN 51 AND 300 GROUP BY 1) AS f),
		  'after a rollback, rows are forgotten of those that the version knew');
SELECT is(n_rows, (SELECT count(*) FROM grows AS g WHERE id > 50 AND fold_of('grows', g) >= 100), 'and those that came later are read again, once') FROM ntk_refresh('grows');
INSERT INTO grows SELECT id, a, b, y FROM sales WHERE id BETWEEN 401 AND 420;
SELECT results_eq('SELECT n_rows FROM ntk_refresh(''grows'')', 'SELECT count(*) FROM grows AS g WHERE id > 50 AND fold_of(''grows'', g) >= 100', 'and new ones once');
SELECT ntk_drop('grows');

-- champion and challenger

SELECT ntk_train('champion', 'SELECT * FROM sales WHERE id <= 600', 'y', '{a,b}', params => '{"n_components": 30, "deploy": "if_better"}');
SELECT results_eq('SELECT version, deployed FROM ntk_refresh(''champion'', ''SELECT id, a, b, month, city, class, three, 5 * (id % 2) - y AS y FROM sales AS s WHERE id BETWEEN 601 AND 750 AND fold_of(''''champion'''', s) >= 100'')', 'VALUES (2, false)', 'if_better: a refresh with wrong targets does not serve');
SELECT results_eq('SELECT version, stale ~ ''^version 2 of [0-9./-]+ does not serve$'' FROM ntk_models WHERE name = ''champion''', 'VALUES (1, true)', 'and ntk_models says so');
SELECT cmp_ok(differs('champion', by_hand('champion', 'id <= 600')), '<', 1e-6::float8, 'what serves is as before');
SELECT results_eq('SELECT version, deployed FROM ntk_refresh(''champion'', ''SELECT * FROM sales WHERE id > 600'')', 'VALUES (3, true)', 'a refresh with right targets does');
SELECT cmp_ok(differs('champion', by_hand('champion', 'true')), '<', 1e-6::float8, 'without the wrong ones');
SELECT is(stale, NULL, 'and is not stale') FROM ntk_models WHERE name = 'champion';
SELECT ntk_train('always', 'SELECT * FROM sales WHERE id <= 600', 'y', '{a,b}', params => '{"n_components": 30, "deploy": "always"}');
SELECT results_eq('SELECT version, deployed FROM ntk_refresh(''always'', ''SELECT id, a, b, month, city, class, three, 5 * (id % 2) - y AS y FROM sales WHERE id BETWEEN 601 AND 750'')', 'VALUES (2, true)', 'always: it serves');
SELECT is(stale, NULL, 'and is not stale') FROM ntk_models WHERE name = 'always';
SELECT ntk_train('never', 'SELECT * FROM sales WHERE id <= 600', 'y', '{a,b}', params => '{"n_components": 30, "deploy": "never"}');
SELECT results_eq('SELECT version, deployed FROM ntk_refresh(''never'', ''SELECT * FROM sales WHERE id > 600'')', 'VALUES (2, false)', 'never: it does not serve');
SELECT ntk_train('champion', 'SELECT id, a, b, y FROM sales', 'y', '{b}', params => '{"n_components": 30}');
SELECT is(version, 3, 'a training without a column is worse and does not serve') FROM ntk_models WHERE name = 'champion';

-- training again

CREATE TABLE towns AS SELECT id, a, city, y + 2 * (id % 3) AS y FROM sales WHERE id <= 300;
SELECT ntk_train('towns', 'towns', 'y', '{a,city}', params => '{"n_components": 30, "deploy": "always"}');
INSERT INTO towns SELECT id, a, 'Oslo', y + 20 FROM sales WHERE id BETWEEN 301 AND 400;
SELECT ntk_refresh('towns', 'SELECT * FROM towns WHERE id > 300');
SELECT unalike(encoding::text, '%Oslo%', 'a refresh keeps the categories') FROM ntk_model_versions WHERE name = 'towns' AND deployed;
SELECT results_eq('SELECT version, n_rows, deployed FROM ntk_retrain(''towns'')', 'SELECT 3, count(*), true FROM towns AS t WHERE fold_of(''towns'', t) >= 100', 'ntk_retrain reads all rows');
SELECT alike(encoding::text, '%Oslo%', 'and learns a new one') FROM ntk_model_versions WHERE name = 'towns' AND deployed;
SELECT cmp_ok(avg(abs(ntk_predict('towns', t) - y)), '<', 2::float8, 'which it predicts') FROM towns AS t WHERE city = 'Oslo';
SELECT results_eq('SELECT version, lineage FROM ntk_model_versions WHERE name = ''towns'' ORDER BY version', 'VALUES (1, 1), (2, 1), (3, 3)', 'it begins a lineage');
SELECT is(ntk_rollback('towns'), 2, 'before it is the refreshed version');
SELECT cmp_ok(count(*), '=', 1::bigint, 'which can be refreshed further') FROM ntk_refresh('towns', 'SELECT * FROM towns WHERE id <= 10');
-- the source is dropped
CREATE TABLE last AS SELECT id, ntk_predict('towns', t) AS p FROM towns AS t;
CREATE TABLE rows AS SELECT * FROM towns;
DROP TABLE towns;
SELECT matches(error_of(query), 'relation "public.towns" does not exist', 'without its source: ' || query) FROM unnest('{SELECT ntk_retrain(''towns''),SELECT ntk_evaluate(''towns'')}'::text[]) AS query;
SELECT ok(bool_and(p = ntk_predict('towns', r)), 'the model keeps serving') FROM rows AS r JOIN last USING (id);
SELECT cmp_ok(count(*), '=', 1::bigint, 'and is refreshed from another') FROM ntk_refresh('towns', 'SELECT * FROM rows WHERE id <= 10');
CREATE TABLE passing AS SELECT id, a, b, y FROM sales;
SELECT ntk_train('passing', 'passing', 'y', params => '{"n_components": 20, "watermark": "id"}');
DROP TABLE passing;
SELECT matches(error_of('SELECT ntk_refresh(''passing'')'), 'relation "public.passing" does not exist', 'a watermark without its source');
SELECT lives_ok('SELECT ntk_predict(''passing'', s) FROM sales AS s', 'that model keeps serving, too');
SELECT is(max(version), 1, 'with one version') FROM ntk_model_versions WHERE name = 'passing';

-- export and import

SELECT ntk_train('three', 'sales', 'three', '{a,b,city}', params => '{"n_components": 30}');
SELECT ntk_train('parts', 'sales', 'y', '{a,b}', group_by => '{city}', params => '{"n_components": 20, "uncertainty": true}');
CREATE TABLE exported AS SELECT name, ntk_export(name)::text::jsonb AS e FROM unnest('{forget,three,parts}'::text[]) AS name;
SELECT is(e #>> '{name}', name, 'an export knows its name') FROM exported;
SELECT ntk_import(e, 'copy of ' || name, e ->> 'source') FROM exported;
SELECT ok(same('forget', 'copy of forget'), 'an import predicts the same');
SELECT ok(same('parts', 'copy of parts'), 'by groups, too');
SELECT ok(bool_and(ntk_interval('parts', s) = ntk_interval('copy of parts', s)), 'with the same intervals') FROM sales AS s;
SELECT ok(bool_and(ntk_proba('three', s) = ntk_proba('copy of three', s) AND ntk_classify('three', s) = ntk_classify('copy of three', s)), 'and classes') FROM sales AS s;
SELECT is((ntk_export('copy of ' || name) - 'name')::text, (e - 'name')::text, 'an export of the import is the same: ' || name) FROM exported;
SELECT results_eq('SELECT c.task, c.target, c.features, c.group_by, c.n_rows, c.metric, c.metric_value, c.source FROM ntk_models AS c WHERE name LIKE ''copy of %'' ORDER BY name',
				  'SELECT c.task, c.target, c.features, c.group_by, c.n_rows, c.metric, c.metric_value, c.source FROM ntk_models AS c WHERE name IN (''forget'', ''parts'', ''three'') ORDER BY name', 'ntk_models shows the same of it');
SELECT matches(error_of('SELECT ntk_refresh(''copy of forget'', ''sales'')'), '^the statistics of version 1 of model "copy of forget" are gone \| ', 'it has no statistics to go on from');
SELECT results_eq('SELECT version, deployed FROM ntk_retrain(''copy of three'')', 'VALUES (2, true)', 'but can be retrained');
CREATE TABLE models AS SELECT * FROM ntk_catalog_model;
SELECT matches(error_of(format('SELECT ntk_import(%L, %L)', value, v.name)), message, description)
FROM exported, LATERAL (VALUES
	('[]'::jsonb, 'new', '^this is no exported model \| There is no object', 'an array'), ('{}', 'new', '^this is no exported model', 'an empty object'), (e - 'encoding', 'new', '^this is no exported model', 'no encoding'), (e || '{"format": 2}', 'new', '^this is no exported model', 'another format'),
	(e || '{"parts": {}}', 'new', '^this is no exported model', 'parts that are no array'), (e || '{"parts": [3]}', 'new', '^this is no exported model', 'parts that are no objects'), (jsonb_set(e, '{parts,0,fitted}', '"x"'), 'new', '^invalid input syntax for type ntk_model', 'a fitted model that is none'),
	(jsonb_set(e, '{encoding,inputs}', '3'), 'new', '^inputs of the encoding is 3, its columns have 2$', 'an encoding of other inputs'), (jsonb_set(e, '{params,depth}', '0'), 'new', '^params.depth must be an integer between 1 and 64, not 0$', 'wrong params'),
	(jsonb_set(e, '{params,deep}', '0'), 'new', '^params has no key "deep"', 'unknown params'), (jsonb_set(e, '{parts,0,fitted}', to_jsonb(left(e #>> '{parts,0,fitted}', 100))), 'new', 'ntk_model', 'a truncated fitted model'),
	(e || '{"task": "clustering"}', 'new', '^this is no exported model', 'another task'), (e || '{"n_rows": "many"}', 'new', '"n_rows" of the model', 'a number of rows that is none'), (e, 'forget', '^the name "forget" is taken$', 'a name that is taken'), (e, '', '^the name of a model must have 1 to 63 bytes', 'no name'),
	(e, repeat('x', 64), '^the name of a model must have 1 to 63 bytes', 'too long a name'), (e || '{"features": 3}', 'new', '^this is no exported model', 'features that are no array')) AS v (value, name, message, description)
WHERE exported.name = 'forget';
SELECT results_eq('SELECT * FROM ntk_catalog_model ORDER BY model', 'SELECT * FROM models ORDER BY model', 'nothing is left of them');
SAVEPOINT import;
SELECT matches(error_of(format('SELECT ntk_import(%L, %L)', value, v.name)), message, description)
FROM exported, LATERAL (VALUES
	('an encoding without columns', e || '{"encoding": {"inputs": 2, "columns": []}}', 'new 1', 'columns'), ('no parts', e || '{"parts": []}', 'new 2', 'exported model'), ('regression with labels', e || '{"labels": ["a", "b"]}', 'new 3', 'exported model|label'),
	('classes without labels', e || '{"task": "classification"}', 'new 4', 'exported model|label'), ('features that the encoding does not have', e || '{"features": ["q"]}', 'new 5', 'exported model|feature|encoding'), ('no part of all rows', jsonb_set(e, '{parts,0,grp}', '["x"]'), 'new 7', 'exported model|group|grp'), ('a part twice', jsonb_set(e, '{parts}', (e -> 'parts') || (e -> 'parts')), 'new 8', 'exported model|part|twice'), ('another metric', e || '{"metric": 3}', 'new 9', 'exported model'),
	('a NULL for the name', e, NULL, 'the name of the model must'), ('a NULL for the task', e || '{"task": null}', 'new 10', 'this is no exported model|^task')) AS v (description, value, name, message)
WHERE exported.name = 'forget';
SELECT is(error_of(format('SELECT ntk_import(%L, ''new'')', value)), 'this is no exported model | ' || detail || ' | ntk_export makes them.', description || ': refused as predictions would')
FROM exported, LATERAL (VALUES
	('features twice', jsonb_set(e, '{features}', (e -> 'features') || (e -> 'features')), '"features" holds an element twice.'),
	('a feature that is the target, twice', jsonb_set(e, '{features}', (e -> 'features') || '["z", "z"]'), '"features" holds an element twice.'),
	('a feature that is no name', jsonb_set(e, '{features}', (e -> 'features') || '[""]'), format('Element %s of "features" is no name of a column.', 1 + jsonb_array_length(e -> 'features'))),
	('too long a name', jsonb_set(e, '{features}', (e -> 'features') || to_jsonb(repeat('x', 64))), format('Element %s of "features" is no name of a column.', 1 + jsonb_array_length(e -> 'features'))),
	('other features than the encoding', e || '{"features": ["q"]}', format('Column "%s" of "encoding" is no feature.', e #>> '{encoding,columns,0,name}'))) AS v (description, value, detail)
WHERE exported.name = 'forget';
SELECT is(error_of(format('SELECT ntk_import(%L, ''new 6'', ''WITH d AS (DELETE FROM sales RETURNING *) SELECT * FROM d'')', e)), 'the source must be a query that only reads', 'a source that writes') FROM exported WHERE name = 'forget';
SELECT matches(error_of(format('SELECT ntk_import(%L, ''new 11'')', e || '{"labels": ["a", "b", "c", "d", "e"]}')), 'label', 'more labels than targets') FROM exported WHERE name = 'three';
SELECT matches(error_of(format('SELECT ntk_import(%L, ''new 12'')', jsonb_set(e, '{parts,1,fitted}', (SELECT f.e #> '{parts,0,fitted}' FROM exported AS f WHERE name = 'forget')))), 'exported model|map', 'parts of different maps') FROM exported WHERE name = 'parts';
ROLLBACK TO import;

-- how good

CREATE TABLE errors AS SELECT y, ntk_predict('forget', s) AS p, fold_of('forget', s) < 100 AS held_out FROM sales AS s;
CREATE FUNCTION measured(condition text) RETURNS TABLE (grp jsonb, n bigint, metric text, value numeric) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT ''{}''::jsonb, n, metric, round(value::numeric, 9) FROM (SELECT count(*) AS n, sqrt(avg((y - p) ^ 2)) AS rmse, avg(abs(y - p)) AS mae, 1 - avg((y - p) ^ 2) / var_pop(y) AS r2 FROM errors WHERE %s) AS s,
								 LATERAL (VALUES (''rmse'', rmse), (''mae'', mae), (''r2'', r2)) AS v (metric, value) ORDER BY metric', condition);
END $$;
SELECT results_eq('SELECT grp, n, metric, round(value::numeric, 9) FROM ntk_evaluate(''forget'') ORDER BY metric', 'SELECT * FROM measured(''held_out'')', 'ntk_evaluate measures on the rows that were held out');
SELECT results_eq('SELECT grp, n, metric, round(value::numeric, 9) FROM ntk_evaluate(''forget'', ''sales'') ORDER BY metric', 'SELECT * FROM measured(''true'')', 'or on those of a source');
SELECT is((SELECT n FROM ntk_evaluate('forget', 'SELECT a, b, nullif(y, y) AS y FROM sales WHERE id <= 5 UNION ALL SELECT a, b, y FROM sales WHERE id <= 7') WHERE metric = 'mae'), 7::bigint, 'rows without a target do not count');
SELECT results_eq('SELECT grp ->> ''city'' AS city, n, round(value::numeric, 9) FROM ntk_evaluate(''parts'', ''sales'') WHERE metric = ''rmse'' ORDER BY city', 'SELECT city, count(*), round(sqrt(avg((y - ntk_predict(''parts'', s)) ^ 2))::numeric, 9) FROM sales AS s GROUP BY city ORDER BY city', 'by groups');
CREATE TABLE guesses AS SELECT class, ntk_classify('class', s) AS guess, (ntk_proba('class', s) ->> 'up')::float8 AS up, fold_of('class', s) < 100 AND id <= 700 AS held_out FROM sales AS s;
SELECT results_eq('SELECT n, metric, round(value::numeric, 9) FROM ntk_evaluate(''class''' || source || ') WHERE metric !~ ''confusion'' ORDER BY metric',
	format('WITH g AS (SELECT * FROM guesses WHERE %s)
	SELECT (SELECT count(*) FROM g), metric, round(value::numeric, 9) FROM (VALUES (''accuracy'', (SELECT avg((class = guess)::int) FROM g)), (''log_loss'', (SELECT avg(-ln(CASE class WHEN ''up'' THEN up ELSE 1 - up END)) FROM g)),
		(''auc'', (SELECT avg(CASE WHEN p.up > n.up THEN 1 WHEN p.up = n.up THEN 0.5 ELSE 0 END) FROM g AS p, g AS n WHERE p.class = ''up'' AND n.class = ''down'')),
		(''ece'', (SELECT (ntk_ece(class = ''up'', up) + ntk_ece(class = ''down'', 1 - up)) / 2 FROM g))) AS v (metric, value) ORDER BY metric', condition), description)
FROM (VALUES ('', 'held_out', 'classes on the rows that were held out'), (', ''sales''', 'true', 'classes on those of a source')) AS v (source, condition, description);
SELECT results_eq('SELECT metric, value FROM ntk_evaluate(''class'', ''sales'') WHERE metric ~ ''confusion'' ORDER BY metric', 'SELECT format(''confusion: %s as %s'', class, guess), count(*)::float8 FROM guesses GROUP BY class, guess ORDER BY 1', 'the confusion of classes');
SELECT ok(count(*) BETWEEN 4 AND 9 AND sum(value) = 1000 AND bool_and(n = 1000), 'of three classes: it sums to all rows') FROM ntk_evaluate('three', 'sales') WHERE metric ~ '^confusion: ';
SELECT is((SELECT array_agg(metric ORDER BY metric) FROM ntk_evaluate('three', 'sales') WHERE metric !~ 'confusion'), '{accuracy,ece,log_loss}', 'they have no auc');
SELECT is(error_of('SELECT ntk_evaluate(' || arguments || ')'), message, message)
FROM (VALUES ('''forget'', ''nowhere''', 'relation "nowhere" does not exist | The source is the name of a table or view, or a query.'), ('''forget'', ''SELECT a, y FROM sales''', 'the row has no column "b"')) AS v (arguments, message);
SELECT is_empty('SELECT ntk_evaluate(''forget'', ''SELECT * FROM sales WHERE false'')', 'no rows, no measures');
SELECT setseed(0.5);
SELECT ntk_train('relevant', 'SELECT *, sin(11 * id) AS noise FROM sales', 'y', '{noise,a,b}', params => '{"n_components": 60}');
CREATE TABLE importance AS SELECT * FROM ntk_importance('relevant', 'SELECT *, sin(11 * id) AS noise FROM sales', 3);
SELECT is((array_agg(feature ORDER BY importance))[1], 'noise', 'an irrelevant column is the least important') FROM importance;
SELECT ok(count(*) = 3 AND count(*) FILTER (WHERE importance > 0.3) = 2, 'and the others are important') FROM importance;
SELECT ok(bool_and(deviation > 0 AND deviation < 0.2), 'importances have a deviation') FROM importance;
SELECT is((SELECT array_agg(feature) FROM ntk_importance('three', 'sales', 1)), '{a,b,city}', 'the importance to classes');

-- schedules

SELECT is(error_of('SELECT ntk_schedule(''forget'', ''0 3 * * *'')'), 'schedules need the extension pg_cron, which this database does not have | Install it, add it to shared_preload_libraries, set cron.database_name to this database, and CREATE EXTENSION pg_cron.', 'schedules without pg_cron');
SELECT is(error_of('SELECT ntk_schedule(''forget'', ''0 3 * * *'', ''predict'')'), 'command must be ''refresh'' or ''retrain'', not ''predict''', 'an unknown command');
SELECT is(ntk_unschedule('forget'), 0, 'no schedule to remove');
SELECT is_empty('SELECT * FROM _ntk_jobs(''forget'')', 'no jobs');

SELECT * FROM finish();
ROLLBACK;
