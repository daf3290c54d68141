-- The statistics of versions: refreshes that do not serve, rollbacks, buckets, groups, forgetting.

BEGIN;
SELECT plan(53);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql
\ir include/fold_of.sql

CREATE TABLE stream AS SELECT i AS id, (i % 20) / 10.0 AS x, 2 * (i % 20) / 10.0 AS y FROM generate_series(1, 400) AS i;
CREATE FUNCTION at_one(model text) RETURNS numeric LANGUAGE sql AS $$SELECT round(ntk_predict($1, ARRAY[1.0])::numeric, 1)$$;

-- rows that should not have been there
SELECT ntk_train('wrong', 'stream', 'y', '{x}', params => '{"key": "id", "n_components": 8, "rounds": 0, "watermark": "id", "deploy": "always"}') \g /dev/null
SELECT is(at_one('wrong'), 2.0, 'a model');
INSERT INTO stream SELECT 400 + i, (i % 20) / 10.0, 500 FROM generate_series(1, 300) AS i;
SELECT ntk_refresh('wrong') \g /dev/null
SELECT cmp_ok(at_one('wrong'), '>', 100::numeric, 'after wrong rows');
SELECT is(ntk_rollback('wrong'), 1, 'rolled back');
DELETE FROM stream WHERE id > 400;
INSERT INTO stream SELECT 700 + i, (i % 20) / 10.0, 2 * (i % 20) / 10.0 FROM generate_series(1, 100) AS i;
SELECT is((SELECT n_rows FROM ntk_refresh('wrong')), (SELECT count(*) FROM stream AS s WHERE fold_of('wrong', s) >= 100), 'a refresh after it goes on from what serves');
SELECT is(at_one('wrong'), 2.0, 'without the wrong rows');

-- an outlier that is refused
SELECT ntk_train('outlier', 'SELECT * FROM stream WHERE id <= 400', 'y', '{x}', params => '{"key": "id", "n_components": 8, "rounds": 0}') \g /dev/null
SELECT is((SELECT deployed FROM ntk_refresh('outlier', 'SELECT s.* FROM (SELECT -id AS id, x, 1e6 AS y FROM stream) AS s, LATERAL (SELECT s.id) AS split WHERE ntk_fold(split, 1000) >= 100 LIMIT 3')), false, 'a refresh that makes it worse is refused');
SELECT is((SELECT deployed FROM ntk_refresh('outlier', 'SELECT * FROM stream WHERE id > 700')), true, 'the next one, of good rows, is not');
SELECT is(at_one('outlier'), 2.0, 'and predicts as it should');

-- versions that served
SELECT ntk_train('served', 'stream', 'y', '{x}', params => '{"n_components": 8, "rounds": 0, "deploy": "always"}') \g /dev/null
SELECT ntk_train('served', 'stream', 'y', '{x}', params => '{"n_components": 8, "rounds": 0, "deploy": "never"}') \g /dev/null
SELECT ntk_train('served', 'stream', 'y', '{x}', params => '{"n_components": 8, "rounds": 0, "deploy": "always"}') \g /dev/null
SELECT is(ntk_rollback('served'), 1, 'a rollback goes to the last version that served, not to one that never did');
SELECT is(error_of('SELECT ntk_rollback(''served'')'), 'no version of model "served" served before the one that serves | ntk_deploy makes any version serve; the view ntk_model_versions lists them.', 'and not beyond the first');
SELECT ntk_deploy('served', 2), ntk_deploy('served', 3), ntk_deploy('served', 2);
SELECT is(ARRAY[ntk_rollback('served'), ntk_rollback('served'), ntk_rollback('served')], '{3,2,1}', 'rollbacks go back one by one');
SELECT ntk_deploy('served', 1);		-- so that later versions serve again
SELECT ntk_refresh('served', 'SELECT * FROM stream WHERE id <= 50') \g /dev/null
SELECT is((SELECT array_agg(version ORDER BY version) FROM ntk_model_versions WHERE name = 'served' AND deployed), '{4}', 'a version after a rollback');
SELECT is(ntk_rollback('served'), 1, 'from which one comes back');

-- many refreshes
CREATE FUNCTION counted(name text) RETURNS TABLE (stored bigint, versions bigint, rows numeric) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM ntk_catalog_statistic AS s WHERE s.model = $1), (SELECT count(DISTINCT s.version) FROM ntk_catalog_statistic AS s WHERE s.model = $1),
		(SELECT sum(ntk_rows(s.gram)) FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed, _ntk_statistics(_ntk_scope_of(m, v)) AS s WHERE m.model = $1)
$$;
SELECT ntk_train('often', 'SELECT * FROM stream WHERE id <= 400', 'y', '{x}', params => '{"key": "id", "n_components": 8, "rounds": 0, "deploy": "always"}') \g /dev/null
CREATE TABLE by_hand AS SELECT NULL::float8 AS p WHERE false;
DO $$
BEGIN
	FOR i IN 1 .. 20 LOOP
		PERFORM ntk_refresh('often', format('SELECT id + 1000 * %s AS id, x, y + %s AS y FROM stream WHERE id <= 40', i, i / 100.0));
	END LOOP;
END $$;
SELECT results_eq('SELECT versions, rows FROM counted(''often'')', 'VALUES (8::bigint, 1200::numeric)', 'twenty refreshes: the statistics of eight generations, and of all rows');
SELECT is((SELECT count(*) FILTER (WHERE has_statistics) FROM ntk_catalog_version WHERE model = 'often'), 8::bigint, 'as the catalog says');
SELECT cmp_ok(max(abs(ntk_predict('often', ARRAY[x]) - ntk_predict(f.fitted, ntk_encode(s, encoding)))), '<', 1e-8::float8, 'the model is that of all rows at once')
FROM (SELECT i / 10.0 AS x FROM generate_series(0, 19) AS i) AS s, ntk_catalog_version AS v JOIN ntk_catalog_part AS p USING (model, version), LATERAL (
	SELECT ntk_solve(ntk_gram(ntk_encode(r, v.encoding), r.y, v.map), p.lambda) AS fitted
	FROM (SELECT id, x, y FROM stream WHERE id <= 400 UNION ALL SELECT id + 1000 * i, x, y + i / 100.0 FROM stream, generate_series(1, 20) AS i WHERE id <= 40) AS r, LATERAL (SELECT r.id) AS split WHERE ntk_fold(split, 1000) >= 100) AS f
WHERE v.model = 'often' AND v.version = 21;
SELECT is((SELECT array_agg(ntk_rollback('often')) FROM generate_series(1, 7)), '{20,19,18,17,16,15,14}', 'seven rollbacks');
SELECT is((SELECT count(*) FROM ntk_refresh('often', 'SELECT * FROM stream WHERE id > 700')), 1::bigint, 'the eighth generation can be refreshed');
SELECT ntk_deploy('often', 13);
SELECT is(error_of('SELECT ntk_refresh(''often'', ''stream'')'), 'the statistics of version 13 of model "often" are gone | Train it again with ntk_retrain.', 'older ones cannot');
SELECT ntk_deploy('often', 14);
DO $$
BEGIN
	FOR i IN 1 .. 12 LOOP
		PERFORM ntk_refresh('often', 'SELECT -id AS id, x, 1e5 AS y FROM stream WHERE id <= 40');
		PERFORM ntk_deploy('often', 14);
	END LOOP;
END $$;
SELECT cmp_ok((SELECT count(DISTINCT version) FROM ntk_catalog_statistic WHERE model = 'often'), '<=', 16::bigint, 'versions that do not serve do not pile up');
SELECT is((SELECT rows FROM counted('often')), 400 + 13 * 40::numeric, 'and what serves has its own');

-- forgetting
SELECT ntk_train('known', 'SELECT * FROM stream WHERE id <= 400', 'y', '{x}', params => '{"n_components": 8, "rounds": 0, "deploy": "always"}') \g /dev/null
SELECT ntk_refresh('known', 'SELECT * FROM stream WHERE id > 700') \g /dev/null
SELECT is(error_of('SELECT ntk_forget(''known'', ''stream'')'), 'no rows of model "known" would be left to train on | ntk_drop removes a model with its statistics.', 'a model cannot forget all');
SELECT is((SELECT rows FROM counted('known')), 500::numeric, 'and did not');
SELECT is((SELECT version FROM ntk_forget('known', 'SELECT * FROM stream WHERE id <= 100')), 3, 'it forgets some');
SELECT is((SELECT array_agg(DISTINCT version) FROM ntk_catalog_statistic WHERE model = 'known'), '{3}', 'no statistics with these rows are left');
SELECT matches(error_of('SELECT ntk_rollback(''known'')'), '^no version of model "known" served before', 'and no rollback goes back to them');
SELECT is((SELECT rows FROM counted('known')), 400::numeric, 'what is left is the rest');

-- what a refresh meets whose model another session drops, or replaces by one of fewer versions
SELECT is(error_of(format('SELECT _ntk_successor(jsonb_populate_record(NULL::ntk_catalog_version, %L))', version)), 'model "' || (version ->> 'model') || '" was dropped or renamed while it was trained | Nothing of this training is left. Train it again if it is still wanted.', 'a version of a model that is gone: ' || version::text)
FROM unnest('{"{\"model\": \"nowhere\", \"version\": 3}","{\"model\": \"known\", \"version\": 30}"}'::jsonb[]) AS version;

-- keys that no setting changes
CREATE TABLE moments AS
SELECT i AS id, sin(i) AS a, sin(i) AS y, '2026-01-01 00:00+00'::timestamptz + (i % 4) * interval '1 day' AS at, ((i % 3) / 10.0::float8) + 0.1 AS third FROM generate_series(1, 400) AS i;
SET LOCAL timezone = 'UTC';
SET LOCAL extra_float_digits = 1;
SELECT ntk_train('moments', 'moments', 'y', '{a}', group_by => '{third}', params => '{"n_components": 8, "rounds": 0, "bucket": "at", "deploy": "always"}') \g /dev/null
CREATE TABLE before AS SELECT bucket, grp FROM ntk_catalog_statistic WHERE model = 'moments';
SET LOCAL timezone = 'Europe/Berlin';
SET LOCAL datestyle = 'German';
SET LOCAL extra_float_digits = -10;
SELECT ntk_refresh('moments', 'SELECT * FROM moments WHERE id <= 40') \g /dev/null
SELECT set_eq('SELECT bucket FROM ntk_catalog_statistic WHERE model = ''moments''', 'SELECT bucket FROM before', 'a day is one bucket in every time zone');
SELECT set_eq('SELECT grp FROM ntk_catalog_statistic WHERE model = ''moments''', 'SELECT grp FROM before', 'a number is one group with any digits');
SELECT is(error_of('SELECT ntk_predict(''moments'', m) FROM moments AS m'), 'no error', 'rows find their groups');
SELECT is(error_of('SELECT ntk_forget(''moments'', ''SELECT * FROM moments WHERE id <= 20'')'), 'no error', 'and are forgotten');
RESET timezone;
RESET datestyle;
RESET extra_float_digits;

-- each of many groups costs the same
CREATE TABLE crowd AS SELECT i % 1200 AS g, sin(i) AS a, sin(i) + (i % 1200) AS y FROM generate_series(1, 7200) AS i;
CREATE FUNCTION rows_read(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	before numeric := (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables WHERE relname LIKE 'ntk\_catalog\_%');
BEGIN
	EXECUTE query;
	RETURN (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables WHERE relname LIKE 'ntk\_catalog\_%') - before;
END $$;
CREATE TABLE reads AS SELECT g, rows_read(format('SELECT ntk_train(''crowd %1$s'', ''SELECT * FROM crowd WHERE g < %1$s'', ''y'', ''{a}'', group_by => ''{g}'', params => ''{"n_components": 4, "rounds": 0}'')', g)) AS rows
FROM unnest('{150,1200}'::int[]) AS g;
SELECT cmp_ok(max(rows) / min(rows), '<', 16::numeric, 'eight times the groups read about eight times as much of the catalog, not sixty-four times') FROM reads;
CREATE TABLE class_reads AS SELECT g, rows_read(format('SELECT ntk_train(''classes %1$s'', ''SELECT g, a, a > 0 AS y FROM crowd WHERE g < %1$s'', ''y'', ''{a}'', group_by => ''{g}'', params => ''{"n_components": 4, "rounds": 0}'')', g)) AS rows
FROM unnest('{75,600}'::int[]) AS g;
SELECT cmp_ok(max(rows) / min(rows), '<', 16::numeric, 'with classes, too') FROM class_reads;
SELECT is((SELECT count(*) FROM ntk_catalog_part WHERE model = 'crowd 1200'), 1201::bigint, 'with a model of each');

-- numbers with exponents, as floats have them, are numbers; what has more digits than they is a text
SELECT is((SELECT array_agg(b) FROM _ntk_newest_buckets(buckets, 2) AS b), newest, 'the newest of ' || left(buckets::text, 60))
FROM (VALUES ('{1.5e+15,1.49e+15,1e+15,999999999999999}'::text[], '{1.5e+15,1.49e+15}'::text[]), ('{1e+06,1.25e+06,999999,-1e+06}', '{1.25e+06,1e+06}'), ('{1e-05,0.001,-2}', '{0.001,1e-05}'),
	('{2026-01-31,2026-02-01,2025-12-01}', '{2026-02-01,2026-01-31}'), ('{1e999999,2,e}', '{2,e}'), (ARRAY['3', repeat('9', 200000), '12'], '{12,3}')) AS v (buckets, newest);
CREATE TABLE millions AS SELECT i, sin(i) AS a, cos(i) AS y, (999998 + i % 4)::real AS bucket FROM generate_series(1, 200) AS i;
SELECT ntk_train('millions', 'millions', 'y', '{a}', params => '{"n_components": 4, "rounds": 0, "holdout": 0, "bucket": "bucket", "window": 2}') \g /dev/null
SELECT is((SELECT array_agg(DISTINCT bucket COLLATE "C" ORDER BY bucket COLLATE "C") FROM ntk_catalog_statistic WHERE model = 'millions'), '{1.000001e+06,1e+06}', 'a window over reals keeps the largest');

-- keys as long as an index takes them, of bytes that cannot be compressed
CREATE TABLE long AS SELECT i, sin(i) AS a, cos(i) AS y, (SELECT string_agg(md5((i % 2)::text || j), '') FROM generate_series(1, 75) AS j) AS g FROM generate_series(1, 100) AS i;
SELECT is(error_of($$SELECT ntk_train('long', 'long', 'y', '{a}', group_by => '{g}', params => '{"n_components": 4, "rounds": 0}')$$), 'no error', 'a group of 2,400 bytes');
SELECT matches(error_of($$SELECT ntk_train('long', 'SELECT i, a, y, g || g AS g FROM long', 'y', '{a}', group_by => '{g}', params => '{"n_components": 4, "rounds": 0}')$$),
	'^the values that name a group and a bucket need 48.. bytes, at most 2500 are possible . The group is .*for example by md5', 'a group of 4,800 bytes');

-- more groups than half the arguments that a function can have
DO $$BEGIN EXECUTE format('CREATE TABLE many AS SELECT i, sin(i) AS a, cos(i) AS y, %s FROM generate_series(1, 200) AS i', (SELECT string_agg('i % 2 AS g' || k, ', ') FROM generate_series(1, 60) AS k)); END$$;
SELECT ntk_train('many', 'many', 'y', '{a}', group_by => ARRAY(SELECT 'g' || k FROM generate_series(1, 60) AS k), params => '{"n_components": 4, "rounds": 0}') \g /dev/null
SELECT is((SELECT count(*) FROM ntk_evaluate('many', 'many') AS e, jsonb_object_keys(e.grp)), 2 * 3 * 60::bigint, 'sixty groups have their names and values');

-- a search that nobody can wait for
SELECT is(error_of(format('SELECT ntk_train(''endless'', ''stream'', ''y'', params => %L)', jsonb_build_object('search', jsonb_build_object('depth', (SELECT jsonb_agg(1 + i % 2) FROM generate_series(1, 100) AS i),
	'n_components', (SELECT jsonb_agg(i) FROM generate_series(1, 200) AS i), 'bias', (SELECT jsonb_agg(i) FROM generate_series(1, 200) AS i))))),
	'params.search has 4000000 combinations, at most 100 are possible | Search one parameter at a time, or "search": "auto".', 'a search of too much');

-- columns of any name
CREATE TABLE named AS SELECT i AS ntk_row, sin(i) AS "ntk_row_", sin(i) AS y FROM generate_series(1, 200) AS i;
SELECT ntk_train('named', 'named', 'y', '{ntk_row_}', params => '{"n_components": 8, "rounds": 0}') \g /dev/null
SELECT is((SELECT count(*) FROM ntk_importance('named', 'named', 1)), 1::bigint, 'ntk_importance takes columns of any name');
CREATE TEMP TABLE ntk_sketch_rows AS SELECT 'mine'::text AS whose;
SELECT is((SELECT count(*) FROM ntk_importance('named', 'named', 1)), 1::bigint, 'beside a temporary table of any name');
SELECT is((SELECT whose FROM ntk_sketch_rows), 'mine', 'which it leaves as it is');

-- a transaction of many trainings, by a role that may not create temporary tables
CREATE ROLE ntk_statistics_role;
GRANT SELECT ON stream TO ntk_statistics_role;
DO $$BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END$$;
SET LOCAL ROLE ntk_statistics_role;
SELECT is(error_of($$SELECT ntk_train('m' || i, 'stream', 'y', '{x}', params => '{"n_components": 4, "rounds": 0}') FROM generate_series(1, 100) AS i$$), 'no error', 'a hundred trainings in one transaction');
SELECT cmp_ok((SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()), '<', 400::bigint, 'take a lock each');
SELECT is((SELECT count(*) FROM ntk_catalog_work) + (SELECT count(*) FROM ntk_catalog_sample), 0::bigint, 'and leave nothing behind');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
