-- What a backend keeps of models by name: bounded by ntk_sketch.cache_memory, whatever it
-- predicts with, and no result depends on it.

BEGIN;
SELECT plan(17);
SET LOCAL client_min_messages = warning;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;

\ir include/error_of.sql

SELECT ntk_sketch_version();	-- loads the settings

-- memory that is kept, in MB; values: those that models by value share
CREATE FUNCTION kept(what text[] = '{model,groups,value,whitening}') RETURNS float8 LANGUAGE sql AS $$
	SELECT sum(total_bytes) / 1048576.0 FROM pg_backend_memory_contexts WHERE name = ANY (SELECT 'ntk_sketch ' || w FROM unnest($1) AS w)
$$;

SELECT is(current_setting('ntk_sketch.cache_memory'), '64MB', 'the default');
SELECT matches(error_of('SET LOCAL ntk_sketch.cache_memory = ''1kB'''), '^1 kB is outside the valid range for parameter "ntk_sketch.cache_memory" \(1024 ', 'the least is 1 MB');

-- 400 groups of 256 components share one map
CREATE TABLE grouped AS SELECT i AS id, i % 400 AS g, abs(sin(i)) AS a, cos(1.3 * i) AS b, i % 400 + sin(i) AS y FROM generate_series(1, 4000) AS i;
SELECT ntk_train('grouped', 'SELECT * FROM grouped WHERE g < 2', 'y', '{a,b}', group_by => '{g}', params => '{"n_components": 256, "rounds": 0}');
INSERT INTO ntk_catalog_part (model, version, grp, n_rows, n_skipped, lambda, fitted)
SELECT 'grouped', 1, ARRAY[g::text], count(*), 0, 0.1, ntk_ridge(ntk_encode(t, encoding), y, 0.1, map) FROM grouped AS t, ntk_catalog_version AS v WHERE v.model = 'grouped' AND g > 1 GROUP BY g;
CREATE TEMP TABLE expected AS SELECT id, ntk_predict('grouped', t) AS p FROM grouped AS t;
SELECT cmp_ok(kept(), '<', 5::float8, 'the models of 400 groups are their numbers, and one map');
SELECT is(count(*), 0::bigint, 'unseen groups are those of the model of all rows') FROM (SELECT ntk_predict('grouped', t) <> ntk_predict('grouped', u) AS wrong FROM (SELECT i AS g, 0.5 AS a, 0.5 AS b, -1 AS other FROM generate_series(1000, 6000) AS i) AS t, LATERAL (SELECT other AS g, a, b) AS u) AS s WHERE wrong;
SELECT cmp_ok(kept(), '<', 5::float8, 'thousands of unseen groups are not kept');
SET LOCAL ntk_sketch.cache_memory = '1MB';
SELECT is(count(*), 0::bigint, 'with little memory the predictions are the same') FROM expected JOIN grouped AS t USING (id) WHERE ntk_predict('grouped', t) <> p;
SELECT cmp_ok(kept(), '<', 4::float8, 'and less is kept');
SELECT is(count(*), 0::bigint, 'block by block, too, with more groups in a block than are kept') FROM expected JOIN ntk_predict_table('grouped', 'grouped', 'id') AS t ON t.id = expected.id::text WHERE abs(prediction - p) > 1e-9;
SELECT is((SELECT count(ntk_predict('grouped', s) - ntk_predict('grouped', t)) FROM grouped AS s JOIN grouped AS t ON t.id = s.id + 7 WHERE s.id < 1000), 999::bigint, 'two calls that take turns');

-- 300 models, each with a map of its own
SELECT ntk_train('m', 'grouped', 'y', '{a,b}', params => '{"n_components": 64, "rounds": 0}');
INSERT INTO ntk_catalog_model SELECT (jsonb_populate_record(m, jsonb_build_object('model', 'm' || i))).* FROM ntk_catalog_model AS m, generate_series(1, 300) AS i WHERE model = 'm';
CREATE TEMP TABLE maps AS SELECT i, ntk_map(2, 64, method => 'random_features', seed => i) AS map FROM generate_series(1, 300) AS i;
CREATE TEMP TABLE fits AS SELECT i, ntk_ridge(ARRAY[a, b], y, 0.1, map) AS fitted FROM maps, grouped WHERE id <= 40 GROUP BY i, map;
INSERT INTO ntk_catalog_version (model, version, lineage, request, encoding, map, n_rows, n_skipped, metric, seconds)
SELECT 'm' || i, 1, 1, request, encoding, maps.map, n_rows, 0, metric, 0 FROM ntk_catalog_version AS v, maps WHERE model = 'm';
INSERT INTO ntk_catalog_part (model, version, grp, n_rows, n_skipped, lambda, fitted) SELECT 'm' || i, 1, '{}', 40, 0, 0.1, fitted FROM fits;
CREATE FUNCTION all_models() RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	total float8 := 0;
BEGIN
	FOR i IN 1..300 LOOP
		total := total + ntk_predict('m' || i, ARRAY[0.5, 0.25]);
	END LOOP;
	RETURN total;
END $$;
CREATE TEMP TABLE small AS SELECT all_models();
SELECT cmp_ok(kept('{model,groups}'), '<', 2::float8, 'a session that predicts with many models keeps as many as it may');
SELECT cmp_ok(abs(all_models - (SELECT sum(ntk_predict(fitted, ntk_encode(q, encoding))) FROM fits, ntk_catalog_version AS v, (SELECT 0.5 AS a, 0.25 AS b) AS q WHERE v.model = 'm')), '<', 1e-6::float8, 'and predicts with all') FROM small;
SET LOCAL ntk_sketch.cache_memory = '200MB';
SELECT is(all_models(), s.all_models, 'with more memory it predicts the same') FROM small AS s;
SELECT cmp_ok(count(*), '>=', 300::bigint, 'and keeps all of them') FROM pg_backend_memory_contexts WHERE name = 'ntk_sketch model';
SET LOCAL ntk_sketch.cache_memory = '1MB';
SELECT is(ntk_predict('m7', ARRAY[0.5, 0.25]), ntk_predict('m7', q), 'less memory again') FROM (SELECT 0.5 AS a, 0.25 AS b) AS q;
SELECT ntk_predict('m', ARRAY[0.5, 0.25]), ntk_predict('m1', ARRAY[0.5, 0.25]);
SELECT cmp_ok(count(*), '<', 150::bigint, 'makes room') FROM pg_backend_memory_contexts WHERE name = 'ntk_sketch model';
UPDATE ntk_catalog_model SET created_at = now() WHERE model = 'm3';
SELECT ntk_predict('m3', ARRAY[0.5, 0.25]);
SELECT cmp_ok(count(*), '<', 4::bigint, 'after a change of the catalog only the models in use are there') FROM pg_backend_memory_contexts WHERE name = 'ntk_sketch model';
SELECT is(count(*), 0::bigint, 'and no groups') FROM pg_backend_memory_contexts WHERE name = 'ntk_sketch groups' AND used_bytes > 20000;

SELECT * FROM finish();
ROLLBACK;
