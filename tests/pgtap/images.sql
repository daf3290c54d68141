-- Images by name: ntk_train with a shape.

BEGIN;
SELECT plan(26);
SET client_min_messages = warning;

CREATE TABLE bars AS
SELECT id, CASE id % 2 WHEN 1 THEN 'columns' ELSE 'rows' END AS class,
	(SELECT array_agg((255 * (0.6 * ((CASE id % 2 WHEN 1 THEN x ELSE y END + id) % 4 < 2)::int + 0.2 + 0.2 * sin(id * x + y * y)))::smallint ORDER BY y, x)
	 FROM generate_series(0, 9) AS x, generate_series(0, 11) AS y) AS image
FROM generate_series(1, 300) AS id;

CREATE FUNCTION pg_temp.train(params text, features text[] DEFAULT '{image}') RETURNS ntk_training LANGUAGE sql AS
	$$SELECT ntk_train('bars', 'bars', 'class', features => features, params => format('{"shape": [12, 10, 1], "n_components": 200, "deploy": "always"%s}', params)::jsonb)$$;
CREATE FUNCTION pg_temp.map() RETURNS jsonb LANGUAGE sql AS
	'SELECT v.map::text::jsonb FROM ntk_catalog_version AS v JOIN ntk_catalog_model AS m USING (model) WHERE model = ''bars'' AND v.version = m.deployed';

SELECT ok((pg_temp.train(params)).metric_value > 0.99, 'learned with ' || coalesce(nullif(params, ''), 'defaults'))
FROM unnest(ARRAY['', ', "method": "nystrom", "options": {"rank": 16}', ', "method": "sketch", "options": {"width": 128, "mean": 80, "std": 70}',
				  ', "depth": 3, "filter": 5, "padding": "same", "pooling": 2', ', "search": {"depth": [2, 3], "n_components": [100, 200]}']) AS params;

SELECT isnt(pg_temp.train(', "padding": "valid", "pooling": 3, "seed": 7, "options": {"rank": 8, "degree": 3, "mean": [1], "std": [2]}'), NULL, 'all of a map');
SELECT is(pg_temp.map() - 'kernel', '{"method": "zonal", "shape": [12, 10, 1], "filter": 3, "padding": "valid", "pooling": 3, "n_components": 200, "depth": 2, "seed": 7, "options": {"rank": 8, "degree": 3, "mean": [1], "std": [2]}}',
	'is what was asked for');

-- pixels reach the map as they are
SELECT isnt(pg_temp.train(''), NULL, 'the default again');
SELECT is((SELECT count(*) FROM bars AS r, ntk_catalog_part AS p, ntk_catalog_model AS m
	WHERE m.model = 'bars' AND p.model = m.model AND p.version = m.deployed
		AND (ARRAY['columns', 'rows'])[ntk_argmax(ntk_predict_all(p.fitted, r.image))] IS DISTINCT FROM ntk_classify('bars', r)), 0::bigint, 'classes by name are those by hand');
SELECT isnt(ntk_train('slope', 'SELECT image, id % 2 + id / 100.0 AS y FROM bars', 'y', params => '{"shape": [12, 10, 1], "n_components": 100}'), NULL, 'a number of each image');
SELECT is((SELECT max(abs(ntk_predict('slope', r) - ntk_predict(p.fitted, r.image))) < 1e-9 FROM bars AS r, ntk_catalog_part AS p WHERE p.model = 'slope'), true, 'predictions by name are those by hand');
SELECT is(ntk_classify('bars', r), NULL, 'no image, no class') FROM (SELECT NULL::smallint[] AS image) AS r;
SELECT throws_like($$SELECT ntk_classify('bars', r) FROM (SELECT '{1,2}'::smallint[] AS image) AS r$$, '%image%', 'an image of another shape');

INSERT INTO bars SELECT id + 300, class, image FROM bars WHERE id <= 20 UNION ALL SELECT 999, 'rows', NULL;
SELECT results_eq($$SELECT n_rows, n_skipped FROM ntk_train('more', 'bars', 'class', features => '{image}', params => '{"shape": [12, 10, 1], "n_components": 50, "holdout": 0}')$$,
	'VALUES (320::bigint, 1::bigint)', 'rows without an image are left out');
SELECT is(n_rows, 320::bigint, 'retrained') FROM ntk_retrain('more');
SELECT is(ntk_import(ntk_export('more'), 'copy') IS NOT NULL, true, 'exported and imported');
SELECT is(ntk_classify('copy', r), ntk_classify('more', r), 'with the same classes') FROM bars AS r WHERE id = 5;

SELECT throws_ok(format('SELECT pg_temp.train(%L, %L)', params, features), code, message, message)
FROM (VALUES
	('', '{id,image}', '42804', 'model "bars": images are one column of arrays'),
	('', '{id}', '42804', 'model "bars": images are one column of arrays'),
	(', "shape": [12, 10, 3]', '{image}', '22000', 'column "image" has arrays of length 120, the shape 12 x 10 x 3 expects 360'),
	(', "shape": [12, 0, 1]', '{image}', '22023', 'params.shape must be an array {height,width,channels} of positive integers, not of 0'),
	(', "shape": "12 x 10"', '{image}', '22023', 'params.shape must be an array {height,width,channels} or null, not "12 x 10"'),
	(', "bias": 1', '{image}', '22023', 'params.bias must be 0 for images, not 1'),
	(', "method": "polysketch"', '{image}', '22023', 'params.method must be ''zonal'' or ''nystrom'' or ''sketch'', not "polysketch"'),
	(', "search": {"bias": [0, 1]}', '{image}', '22023', 'params.search has a wrong entry "bias"'),
	(', "filter": 4', '{image}', '22023', 'filter must be odd and at least 1, not 4')) AS v (params, features, code, message);

SELECT * FROM finish();
ROLLBACK;
