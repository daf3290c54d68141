-- ntk_mse: the error of a model on the rows of a statistic, against ntk_predict row by row.

BEGIN;
SELECT plan(54);
SET LOCAL jit = off;

\ir include/difference.sql
\ir include/error_of.sql

CREATE TABLE samples AS
SELECT id, x, x[1] * x[2] + abs(x[3]) + 5 AS y, (id % 4) * 0.5 AS w, id % 3 = 0 AS held_out
FROM (SELECT i AS id, (SELECT array_agg(sin(i * j * 0.7 + j * j) ORDER BY j) FROM generate_series(1, 3) AS j) AS x
	  FROM generate_series(1, 600) AS i) AS s;
CREATE TABLE maps AS
SELECT 'zonal' AS name, ntk_map(3, 100, bias => 1) AS map
UNION ALL SELECT 'polysketch', ntk_map(3, 100, method => 'polysketch')
UNION ALL SELECT 'nystrom', (SELECT ntk_nystrom(array_agg(x ORDER BY id), 2, 1) FROM samples WHERE id <= 50);
CREATE TABLE fits AS
SELECT name, weighted, ntk_solve(fit, 1e-4) AS model, fit, held_out
FROM (SELECT name, false AS weighted, ntk_gram(x, ARRAY[y, -100 * y, id % 2], map) FILTER (WHERE NOT samples.held_out) AS fit,
		  ntk_gram(x, ARRAY[y, -100 * y, id % 2], map) FILTER (WHERE samples.held_out) AS held_out FROM samples, maps GROUP BY name
	  UNION ALL
	  SELECT name, true, ntk_gram(x, ARRAY[y, -100 * y, id % 2], map, w) FILTER (WHERE NOT samples.held_out),
		  ntk_gram(x, ARRAY[y, -100 * y, id % 2], map, w) FILTER (WHERE samples.held_out) FROM samples, maps GROUP BY name
	  UNION ALL
	  SELECT 'features', false, ntk_gram(x, ARRAY[y, -100 * y, id % 2]) FILTER (WHERE NOT samples.held_out),
		  ntk_gram(x, ARRAY[y, -100 * y, id % 2]) FILTER (WHERE samples.held_out) FROM samples
	  UNION ALL
	  SELECT 'features', true, ntk_gram(x, ARRAY[y, -100 * y, id % 2], w) FILTER (WHERE NOT samples.held_out),
		  ntk_gram(x, ARRAY[y, -100 * y, id % 2], w) FILTER (WHERE samples.held_out) FROM samples) AS s;

-- against predictions

SELECT cmp_ok(difference(ntk_mse(model, f.held_out), by_hand), '<', 1e-5::float8,
			  format('the error on other rows is the mean of squared residuals: %s%s', name, CASE WHEN weighted THEN ', weights' ELSE '' END))
FROM fits AS f, LATERAL (
	SELECT ARRAY[sum(v * (y - p[1]) ^ 2) / sum(v), sum(v * (-100 * y - p[2]) ^ 2) / sum(v), sum(v * (id % 2 - p[3]) ^ 2) / sum(v)] AS by_hand
	FROM (SELECT y, id, CASE WHEN weighted THEN w ELSE 1 END AS v, ntk_predict_all(model, x) AS p FROM samples WHERE samples.held_out) AS r) AS h
ORDER BY name, weighted;
SELECT cmp_ok(difference(ntk_mse(model, fit), ntk_train_mse(model)), '<', 1e-6::float8,
			  format('on its own rows it is ntk_train_mse: %s%s', name, CASE WHEN weighted THEN ', weights' ELSE '' END)) FROM fits ORDER BY name, weighted;

-- one target

CREATE TABLE single AS
SELECT name, map, ntk_ridge(x, y, 1e-4, map) AS model, ntk_gram(x, y, map) AS g FROM samples, maps WHERE NOT held_out GROUP BY name, map;
SELECT cmp_ok(difference(ntk_mse(model, others), ARRAY[by_hand]), '<', 1e-6::float8, 'of one target: ' || name)
FROM single, LATERAL (SELECT ntk_gram(x, y, map) AS others, avg((y - ntk_predict(model, x)) ^ 2) AS by_hand FROM samples WHERE held_out) AS h ORDER BY name;
SELECT cmp_ok(difference(ntk_mse(model, g), ntk_train_mse(model)), '<', 1e-6::float8, 'on its own rows: ' || name) FROM single ORDER BY name;
SELECT cmp_ok(difference(ntk_mse(model, one), ARRAY[(y - ntk_predict(model, x)) ^ 2]), '<', 1e-5::float8, 'on one row: ' || name)
FROM single, LATERAL (SELECT x, y, ntk_gram(x, y, map) AS one FROM samples WHERE id = 33 GROUP BY x, y) AS s ORDER BY name;
SELECT cmp_ok(difference(ntk_mse(model, sparse), ntk_mse(model, dense)), '<', 1e-12::float8, 'a statistic of sparse rows: ' || name)
FROM single, LATERAL (SELECT ntk_gram('{3,1,2}'::int[], ARRAY[x[3], x[1], x[2]], y, map) AS sparse, ntk_gram(x, y, map) AS dense FROM samples WHERE held_out) AS s ORDER BY name;
SELECT cmp_ok(difference(ntk_mse(model, a + b), ARRAY[(ntk_weight(a) * (ntk_mse(model, a))[1] + ntk_weight(b) * (ntk_mse(model, b))[1]) / (ntk_weight(a) + ntk_weight(b))]), '<', 1e-6::float8,
			  'the error on a sum is the mean of errors: ' || name)
FROM single, LATERAL (SELECT ntk_gram(x, y, map, w) FILTER (WHERE id % 2 = 0) AS a, ntk_gram(x, y, map, w) FILTER (WHERE id % 2 = 1) AS b FROM samples WHERE held_out) AS s ORDER BY name;

-- cross-validation in one scan: train = total - fold, test = fold

CREATE TABLE folds AS SELECT id % 5 AS fold, ntk_gram(x, y, map) AS g FROM samples, maps WHERE name = 'zonal' GROUP BY 1;
SELECT cmp_ok(difference(ARRAY[avg((ntk_mse(ntk_solve(total - g, lambda), g))[1])], ARRAY[(
				  SELECT avg((y - ntk_predict(model, x)) ^ 2) FROM samples JOIN (
					  SELECT f.fold, ntk_ridge(x, y, lambda, map) AS model FROM generate_series(0, 4) AS f (fold) JOIN samples ON id % 5 <> f.fold, maps WHERE name = 'zonal' GROUP BY f.fold) AS refitted
				  ON id % 5 = fold)]), '<', 1e-3::float8, 'cross-validation by subtracting, lambda ' || lambda)
FROM folds, (SELECT sum(g) AS total FROM folds) AS t, unnest('{1e-6,1e-3,1}'::float8[]) AS lambda GROUP BY lambda ORDER BY lambda;

-- numbers

SELECT cmp_ok(difference(ntk_mse(model, g), ARRAY[by_hand]), '<', 1e-4::float8, 'targets far from 0')
FROM (SELECT ntk_ridge(x, 1e4 + y, 1, map) AS model, ntk_gram(x, 1e4 + y, map) AS g FROM samples, maps WHERE name = 'zonal') AS s,
	LATERAL (SELECT avg((1e4 + y - ntk_predict(model, x)) ^ 2) AS by_hand FROM samples) AS h;
SELECT ok((ntk_mse(ntk_solve(g, 0.01), g))[1] >= 0, 'constant targets: the error is not negative') FROM (SELECT ntk_gram(x, 7, map) AS g FROM samples, maps WHERE name = 'zonal') AS s;
SELECT cmp_ok((ntk_mse(ntk_solve(ntk_gram(x, 7), 0.01), ntk_gram(x, 9)))[1], '=', 4::float8, 'by hand: a mean of 7, targets of 9') FROM (SELECT '{1,1}'::real[] AS x FROM generate_series(1, 3)) AS s;
SELECT is(pg_typeof(ntk_mse(model, fit))::text, 'double precision[]', 'an array') FROM fits LIMIT 1;
SELECT is(array_dims(ntk_mse(model, fit)), '[1:3]', 'a number a target') FROM fits LIMIT 1;

-- no rows: NULL

SELECT is(ntk_mse(model, empty), NULL, 'of a statistic of ' || description)
FROM single, (SELECT ntk_gram(NULL::float8[], y, map) AS empty, 'rows with a NULL' AS description FROM samples, maps WHERE name = 'zonal'
			  UNION ALL SELECT ntk_gram(x, y, map, 0), 'rows of weight 0' FROM samples, maps WHERE name = 'zonal'
			  UNION ALL SELECT ntk_gram(x, y, map) - ntk_gram(x, y, map), 'rows taken out again' FROM samples, maps WHERE name = 'zonal') AS e
WHERE name = 'zonal';
SELECT is(ntk_mse(NULL, g), NULL, 'of no model') FROM single WHERE name = 'zonal';
SELECT is(ntk_mse(model, NULL), NULL, 'of no statistic') FROM single WHERE name = 'zonal';

-- errors

SELECT is(error_of(format('SELECT ntk_mse(m.model, s.g) FROM single AS m, single AS s WHERE m.name = %L AND s.name = %L', a.name, b.name)),
		  format('the model and the statistic have different feature maps | Their fingerprints are %s and %s.', ntk_fingerprint(a.map), ntk_fingerprint(b.map)), format('a model of %s, a statistic of %s', a.name, b.name))
FROM maps AS a, maps AS b WHERE a.name < b.name ORDER BY a.name, b.name;
SELECT is(error_of($$SELECT ntk_mse(m.model, s.g) FROM fits AS m, single AS s WHERE m.name = 'features' AND s.name = 'zonal'$$),
		  format('the model and the statistic have different feature maps | Their fingerprints are none and %s.', ntk_fingerprint(map)), 'a model of features, a statistic of a map') FROM maps WHERE name = 'zonal';
SELECT is(error_of($$SELECT ntk_mse(m.model, s.fit) FROM single AS m, fits AS s WHERE m.name = 'zonal' AND s.name = 'features'$$),
		  format('the model and the statistic have different feature maps | Their fingerprints are %s and none.', ntk_fingerprint(map)), 'and the other way round') FROM maps WHERE name = 'zonal';
SELECT is(error_of($$SELECT ntk_mse(m.model, s.g) FROM fits AS m, single AS s WHERE m.name = 'zonal' AND s.name = 'zonal'$$),
		  'the model has 100 features and 3 targets, the statistic 100 and 1', 'another number of targets');
SELECT is(error_of($$SELECT ntk_mse(model, (SELECT ntk_gram(x || x, y) FROM samples)) FROM fits WHERE name = 'features'$$),
		  'the model has 3 features and 3 targets, the statistic 6 and 1', 'another width');
SELECT throws_ok($$SELECT ntk_mse(m.model, s.g) FROM fits AS m, single AS s WHERE m.name = 'zonal' AND s.name = 'zonal'$$, '22000', NULL, 'with the code of wrong data');
CREATE TEMP TABLE large AS SELECT ntk_gram(array_fill(i::float8, '{200}'), array_fill(1::float8, '{1000}')) AS g FROM generate_series(1, 3) AS i;
CREATE TEMP TABLE large_model AS SELECT ntk_solve(g, 1) AS m, g FROM large;
SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is(error_of('SELECT ntk_mse(m, g) FROM large_model'), 'ntk_mse needs 2 MB of memory, ntk_sketch.max_memory allows 1 MB | Use fewer components, or raise ntk_sketch.max_memory.', 'too little memory');
RESET ntk_sketch.max_memory;
SELECT is((SELECT array_agg(DISTINCT e) FROM large_model, unnest(ntk_mse(m, g)) AS e), '{0}'::float8[], '1000 targets');

SELECT * FROM finish();
ROLLBACK;
