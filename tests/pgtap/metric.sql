-- Gradients of models against differences of predictions, their average outer products, maps
-- with the metric that these are: features, forms, errors.

BEGIN;
SELECT plan(241);
SET LOCAL jit = off;

\ir include/difference.sql
\ir include/error_of.sql
\ir include/plan_of.sql
\ir include/stopped_after.sql
\ir include/scratch_file.sql
\ir include/receive_map.sql
\ir include/forge.sql

CREATE FUNCTION times(a float8[], x float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg((SELECT sum(a[i][j] * x[j]) FROM generate_series(1, cardinality(x)) AS j) ORDER BY i) FROM generate_series(1, array_length(a, 1)) AS i';
CREATE FUNCTION by_diagonal(s float8[], x float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(sqrt(a) * b ORDER BY i) FROM unnest(s, x) WITH ORDINALITY AS u (a, b, i)';
-- a b', a a' of a square a
CREATE FUNCTION times_transposed(a float8[], b float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(row ORDER BY i) FROM (SELECT i, array_agg((SELECT sum(a[i][k] * b[j][k]) FROM generate_series(1, array_length(a, 2)) AS k) ORDER BY j) AS row
											FROM generate_series(1, array_length(a, 1)) AS i, generate_series(1, array_length(b, 1)) AS j GROUP BY i) AS rows';
CREATE FUNCTION transposed(a float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(row ORDER BY j) FROM (SELECT j, array_agg(a[i][j] ORDER BY i) AS row FROM generate_series(1, array_length(a, 1)) AS i, generate_series(1, array_length(a, 2)) AS j GROUP BY j) AS rows';
CREATE FUNCTION scaled(a float8[], c float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(row ORDER BY i) FROM (SELECT i, array_agg(a[i][j] * c ORDER BY j) AS row FROM generate_series(1, array_length(a, 1)) AS i, generate_series(1, array_length(a, 2)) AS j GROUP BY i) AS rows';
CREATE FUNCTION diagonal(a float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(a[i][i] ORDER BY i) FROM generate_series(1, array_length(a, 1)) AS i';

CREATE TABLE samples AS
SELECT id, x, x[1] * x[2] + abs(x[3]) + 0.1 * x[4] AS y, 1 + id % 3 AS w
FROM (SELECT i AS id, (SELECT array_agg(1.5 * sin(i * j * 0.7 + j * j) ORDER BY j) FROM generate_series(1, 4) AS j) AS x
	  FROM generate_series(1, 400) AS i) AS s;
ANALYZE samples;
CREATE FUNCTION landmarks(count int) RETURNS float8[] LANGUAGE sql STABLE AS
	'SELECT array_agg(x ORDER BY id) FROM samples WHERE id <= count';

CREATE TABLE metrics (name text, m float8[]);
INSERT INTO metrics VALUES ('no metric', NULL), ('a diagonal metric', '{1,2,0.5,0}'),
	('a metric', '{{2,1,0,0.5},{1,3,-1,0},{0,-1,4,1},{0.5,0,1,1}}'),
	('a metric of low rank', '{{1,2,0,0},{2,4,0,0},{0,0,1,0},{0,0,0,0}}');
CREATE TABLE maps AS
SELECT base.name || ', ' || metrics.name AS name, base.name AS base, m, CASE WHEN m IS NULL THEN map ELSE ntk_with_metric(map, m) END AS map
FROM metrics, (VALUES ('nystrom', ntk_nystrom(landmarks(15), bias => 1)), ('nystrom, deep, without a bias', ntk_nystrom(landmarks(15), 2, 0, 'nngp')),
			   ('zonal', ntk_map(4, 100, bias => 1)), ('zonal, deep, without a bias', ntk_map(4, 100, 3))) AS base (name, map);
CREATE TABLE models AS
SELECT name, map, m, ntk_ridge(x, y, 0.1, map) AS one, ntk_ridge(x, ARRAY[y, x[4] ^ 2], 0.1, map) AS two
FROM maps, samples GROUP BY name, map, m;

-- ntk_gradient. Features are of single precision, which differences magnify, and bend at landmarks.

CREATE FUNCTION moved(x float8[], j int, h float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(e + CASE WHEN i = j THEN h ELSE 0 END ORDER BY i) FROM unnest(x) WITH ORDINALITY AS u (e, i)';
CREATE FUNCTION slopes(model ntk_model, x float8[], h float8 = 1e-2) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg((ntk_predict(model, moved(x, j, h)) - ntk_predict(model, moved(x, j, -h))) / (2 * h) ORDER BY j) FROM generate_series(1, cardinality(x)) AS j';
CREATE FUNCTION all_slopes(model ntk_model, x float8[], h float8 = 1e-2) RETURNS float8[] LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg(row ORDER BY k) FROM (
		SELECT k, array_agg(((ntk_predict_all(model, moved(x, j, h)))[k] - (ntk_predict_all(model, moved(x, j, -h)))[k]) / (2 * h) ORDER BY j) AS row
		FROM generate_series(1, ntk_targets(model)) AS k, generate_series(1, cardinality(x)) AS j GROUP BY k) AS rows
$$;
SELECT cmp_ok(percentile_disc(0.9) WITHIN GROUP (ORDER BY difference(ntk_gradient(one, x), slopes(one, x))), '<', 5e-3::float8, 'the gradient is that of the predictions: ' || name)
FROM models, samples WHERE id BETWEEN 101 AND 140 GROUP BY name ORDER BY name;
SELECT cmp_ok(percentile_disc(0.9) WITHIN GROUP (ORDER BY difference(ntk_gradient(two, x), all_slopes(two, x))), '<', 5e-3::float8, 'of two targets: ' || name)
FROM models, samples WHERE id BETWEEN 101 AND 140 GROUP BY name ORDER BY name;
SELECT is(array_dims(ntk_gradient(one, x)), '[1:4]', 'an array of the inputs') FROM models, samples WHERE id = 1 LIMIT 1;
SELECT is(array_dims(ntk_gradient(two, x)), '[1:2][1:4]', 'of several targets, one a row') FROM models, samples WHERE id = 1 LIMIT 1;
SELECT cmp_ok(max(difference((ntk_gradient(two, x))[1:1], ARRAY[ntk_gradient(one, x)])), '<', 1e-9::float8, 'each as by itself') FROM models, samples WHERE id <= 20;
SELECT is(ntk_gradient(one, '{1,2,0,5}'::float8[]), gradient, 'x of type ' || type)
FROM (SELECT one FROM models WHERE name = 'nystrom, a metric') AS m, LATERAL (VALUES
	('real[]', ntk_gradient(one, '{1,2,0,5}'::real[])), ('integer[]', ntk_gradient(one, '{1,2,0,5}'::int[])), ('numeric[]', ntk_gradient(one, '{1,2,0,5}'::numeric[])),
	('smallint[]', ntk_gradient(one, '{1,2,0,5}'::smallint[])), ('bytea', ntk_gradient(one, '\x01020005'::bytea))) AS v (type, gradient);
SELECT is(ntk_gradient(one, '{0,0,0,0}'::real[]), '{0,0,0,0}'::float8[], 'a zero row without a bias has none') FROM models WHERE name = 'zonal, deep, without a bias, no metric';
SELECT cmp_ok(difference(ntk_gradient(ntk_ridge(x, 3 * x[1] - 2 * x[4], 0), '{1,2,3,4}'::float8[]), '{3,0,0,-2}'::float8[]), '<', 1e-9::float8, 'of a model of features: its weights') FROM samples;
SELECT cmp_ok(difference(ntk_gradient(ntk_ridge(x, ARRAY[3 * x[1], x[2] - x[3]], 0), '{1,2,3,4}'::float8[]), '{{3,0,0,0},{0,1,-1,0}}'::float8[]), '<', 1e-9::float8, 'of several targets, likewise') FROM samples;
SELECT is(ntk_gradient(NULL, '{1}'::real[]), NULL, 'no model, no gradient');
SELECT is(ntk_gradient(one, NULL::real[]), NULL, 'no row, no gradient') FROM models LIMIT 1;
CREATE FUNCTION gradient_of(map ntk_map) RETURNS float8[] LANGUAGE sql STABLE AS
	'SELECT ntk_gradient(ntk_ridge(x, y, 0.1, map), x) FROM samples GROUP BY x LIMIT 1';
SELECT is(error_of('SELECT ' || call), message, description)
FROM (VALUES
	('gradient_of(ntk_map(4, 50, method => ''polysketch''))', 'a map of method "polysketch" has no gradient | Maps of rows of the methods "zonal" and "nystrom", without base_dim, have gradients.', 'polysketch'),
	('gradient_of(ntk_map(4, 50, method => ''random_features''))', 'a map of method "random_features" has no gradient | Maps of rows of the methods "zonal" and "nystrom", without base_dim, have gradients.', 'random features'),
	('gradient_of(ntk_map(4, 50, options => ''{"base_dim": 64}''))', 'a map of method "zonal" with base_dim 64 has no gradient | Maps of rows of the methods "zonal" and "nystrom", without base_dim, have gradients.', 'reduced rows'),
	('ntk_gradient(ntk_ridge(x, y, 0.1, cntk_map(''{2,2,1}'', 20)), ''{1,2,3,4}''::real[]) FROM samples', 'a map of images of method "zonal" has no gradient | Maps of rows of the methods "zonal" and "nystrom", without base_dim, have gradients.', 'images'),
	('ntk_gradient(one, ''{1,2}''::real[]) FROM models LIMIT 1', 'x has length 2, the model expects 4', 'a row too short'),
	('ntk_gradient(one, ''{1,2,NaN,4}''::real[]) FROM models LIMIT 1', 'element 3 of x must be finite, not NaN', 'NaN'),
	('ntk_gradient(one, ''{1,2,NULL,4}''::real[]) FROM models LIMIT 1', 'element 3 of x is null', 'a NULL element'),
	('ntk_gradient(one, ''{1.7e308,1.7e308,1.7e308,1.7e308}''::float8[]) FROM models WHERE name = ''zonal, no metric''', 'a gradient exceeds the range of type double precision | Rescale the inputs or the targets.', 'a row that is too long'),
	('ntk_agop(model, ''{1.7e308,1.7e308,1.7e308,1.7e308}''::float8[]) FROM (SELECT one AS model FROM models WHERE name = ''zonal, no metric'') AS m', 'a gradient exceeds the range of type double precision | Rescale the inputs or the targets.', 'also in a mean')) AS v (call, message, description);
SELECT throws_ok('SELECT gradient_of(ntk_map(4, 50, method => ''polysketch''))', '0A000', NULL, 'with the code of what is not supported');

-- ntk_agop

CREATE FUNCTION outer_product(g float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT times_transposed(a, a) FROM (SELECT transposed(CASE WHEN array_ndims(g) = 1 THEN ARRAY[g] ELSE g END) AS a) AS t';
CREATE TABLE products AS
SELECT name, id, w, i, j, (outer_product(ntk_gradient(one, x)))[i][j] AS one, (outer_product(ntk_gradient(two, x)))[i][j] AS two
FROM models, samples, generate_series(1, 4) AS i, generate_series(1, 4) AS j WHERE id <= 150 AND name IN ('nystrom, no metric', 'nystrom, a metric of low rank', 'zonal, a diagonal metric');
CREATE TABLE by_hand AS
SELECT name, array_agg(one ORDER BY i) AS one, array_agg(weighted ORDER BY i) AS weighted, array_agg(two ORDER BY i) AS two
FROM (SELECT name, i, array_agg(one ORDER BY j) AS one, array_agg(weighted ORDER BY j) AS weighted, array_agg(two ORDER BY j) AS two
	  FROM (SELECT name, i, j, avg(one) AS one, sum(w * one) / sum(w) AS weighted, avg(two) AS two FROM products GROUP BY name, i, j) AS e GROUP BY name, i) AS r
GROUP BY name;
CREATE TABLE agops AS
SELECT name, ntk_agop(models.one, x) AS one, ntk_agop(models.one, x, w) AS weighted, ntk_agop(models.two, x) AS two,
	ntk_agop_diagonal(models.one, x) AS diagonal_one, ntk_agop_diagonal(models.one, x, w) AS diagonal_weighted, ntk_agop_diagonal(models.two, x) AS diagonal_two
FROM models, samples WHERE id <= 150 GROUP BY name;
SELECT cmp_ok(difference(a.one, h.one), '<', 1e-9::float8, 'ntk_agop is the mean of the outer products of gradients: ' || name) FROM agops AS a JOIN by_hand AS h USING (name) ORDER BY name;
SELECT cmp_ok(difference(a.weighted, h.weighted), '<', 1e-9::float8, 'with weights: ' || name) FROM agops AS a JOIN by_hand AS h USING (name) ORDER BY name;
SELECT cmp_ok(difference(a.two, h.two), '<', 1e-9::float8, 'of two targets: ' || name) FROM agops AS a JOIN by_hand AS h USING (name) ORDER BY name;
SELECT is_empty('SELECT name FROM agops WHERE one <> transposed(one) OR weighted <> transposed(weighted) OR two <> transposed(two)', 'it is symmetric');
SELECT cmp_ok(max(greatest(difference(diagonal_one, diagonal(one)), difference(diagonal_weighted, diagonal(weighted)), difference(diagonal_two, diagonal(two)))), '<', 1e-12::float8, 'ntk_agop_diagonal is its diagonal') FROM agops;
SELECT is(array_dims(one) || ' ' || array_dims(diagonal_one), '[1:4][1:4] [1:4]', 'a matrix and an array') FROM agops LIMIT 1;

CREATE TABLE model AS SELECT one AS model FROM models WHERE name = 'nystrom, a metric';
CREATE TABLE whole AS SELECT ntk_agop(model, x) AS m, ntk_agop_diagonal(model, x) AS d FROM samples, model;
SELECT cmp_ok(difference(m, ntk_agop(model, x)), '<', 1e-12::float8, 'weights 1 are none') FROM (SELECT ntk_agop(model, x, 1) AS m FROM samples, model) AS w, samples, model GROUP BY m;
SELECT cmp_ok(difference(m, (SELECT m FROM whole)), '<', 1e-12::float8, 'a factor of the weights has no part in it') FROM (SELECT ntk_agop(model, x, 1e-200) AS m FROM samples, model) AS w;
SELECT cmp_ok(difference(m, (SELECT ntk_agop(model, x) FROM samples, model WHERE id % 2 = 0)), '<', 1e-12::float8, 'rows of weight 0 count nothing')
FROM (SELECT ntk_agop(model, x, (id % 2 = 0)::int) AS m FROM samples, model) AS w;
SELECT cmp_ok(difference(m, (SELECT ntk_agop(model, x, w) FROM samples, model)), '<', 1e-12::float8, 'a weight is as many rows')
FROM (SELECT ntk_agop(model, x) AS m FROM samples, model, generate_series(1, w::int)) AS w;
SELECT cmp_ok(difference(m, (SELECT ntk_agop(model, x) FROM samples, model WHERE id % 3 > 0)), '<', 1e-12::float8, 'a NULL row is left out')
FROM (SELECT ntk_agop(model, CASE WHEN id % 3 > 0 THEN x END) AS m FROM samples, model) AS w;
SELECT cmp_ok(difference(m, (SELECT ntk_agop_diagonal(model, x) FROM samples, model WHERE id % 3 > 0)), '<', 1e-12::float8, 'so is one with a NULL weight')
FROM (SELECT ntk_agop_diagonal(model, x, CASE WHEN id % 3 > 0 THEN 1 END) AS m FROM samples, model) AS w;
SELECT is(ntk_agop(model, x), NULL, 'no rows, no mean') FROM samples, model WHERE false;
SELECT is(ntk_agop(model, NULL::real[]), NULL, 'nor of NULL rows') FROM samples, model;
SELECT is(ntk_agop(model, x, 0), NULL, 'nor of rows of weight 0') FROM samples, model;
SELECT is(ntk_agop_diagonal(model, x, 0), NULL, 'nor a diagonal') FROM samples, model;
SELECT cmp_ok(difference(a.m, b.m), '<', 1e-12::float8, 'rows of type ' || type) FROM (SELECT ntk_agop(model, '{1,2,0,5}'::float8[]) AS m FROM model) AS a, LATERAL (VALUES
	('real[]', (SELECT ntk_agop(model, '{1,2,0,5}'::real[]) FROM model)), ('integer[]', (SELECT ntk_agop(model, '{1,2,0,5}'::int[]) FROM model)),
	('smallint[]', (SELECT ntk_agop(model, '{1,2,0,5}'::smallint[]) FROM model)), ('integer[], with a weight', (SELECT ntk_agop(model, '{1,2,0,5}'::int[], 2) FROM model))) AS b (type, m);
SELECT cmp_ok(difference(ntk_agop(m, x), '{{9,0,0,-6},{0,0,0,0},{0,0,0,0},{-6,0,0,4}}'::float8[]), '<', 1e-9::float8, 'of a model of features')
FROM (SELECT ntk_ridge(x, 3 * x[1] - 2 * x[4], 0) AS m FROM samples) AS m, samples;
-- means of parts
SELECT cmp_ok(difference(m, (SELECT ntk_agop(model, x, w) FROM samples, model)), '<', 1e-12::float8, 'means of parts, with the sums of their weights, make the whole')
FROM (SELECT array_agg(row ORDER BY i) AS m FROM (
	SELECT i, array_agg(e ORDER BY j) AS row FROM (
		SELECT i, j, sum(part.m[i][j] * part.w) / sum(part.w) AS e
		FROM (SELECT ntk_agop(model, x, w) AS m, sum(w) AS w FROM samples, model GROUP BY id % 3) AS part, generate_series(1, 4) AS i, generate_series(1, 4) AS j
		GROUP BY i, j) AS e GROUP BY i) AS r) AS m;
SELECT cmp_ok(max(difference(m, (SELECT ntk_agop(model, x) FROM samples, model WHERE id <= s.id))), '<', 1e-9::float8, 'a running window')
FROM (SELECT id, ntk_agop(model, x) OVER (ORDER BY id) AS m FROM samples, model WHERE id <= 90) AS s;
SELECT is((SELECT count(ntk_agop) FROM (SELECT ntk_agop(models.two, x) FROM models, samples GROUP BY name, id) AS g), 6400::bigint, 'thousands of groups of a row');
SELECT is(error_of('SELECT ' || call), message, description)
FROM (VALUES
	('ntk_agop(one, x) FROM models, samples', 'model must be the same for all rows of a group', 'the model changes'),
	('ntk_agop_diagonal(one, x, 1) FROM models, samples', 'model must be the same for all rows of a group', 'and for the diagonal'),
	('ntk_agop(NULL, x) FROM samples', 'model must not be null', 'no model'),
	('ntk_agop(model, x, -1) FROM samples, model', 'weight must not be negative, not -1', 'a negative weight'),
	('ntk_agop(model, x, ''NaN'') FROM samples, model', 'weight must be finite, not NaN', 'a weight NaN'),
	('ntk_agop(model, x[1:3]) FROM samples, model', 'x has length 3, the model expects 4', 'rows of another length'),
	('ntk_agop(model, x || ARRAY[NULL::float8]) FROM samples, model', 'element 5 of x is null', 'a NULL element'),
	('ntk_agop(ntk_ridge, x) FROM samples, (SELECT ntk_ridge(x, y, 0.1, ntk_map(4, 50, method => ''polysketch'')) FROM samples) AS m',
	 'a map of method "polysketch" has no gradient | Maps of rows of the methods "zonal" and "nystrom", without base_dim, have gradients.', 'a model without a gradient'),
	('ntk_agop(model, x, 1e308) FROM samples, model',
	 'products of gradients exceed the range of type double precision | Rescale the inputs, the targets or the weights.', 'products beyond double precision'),
	('ntk_agop_diagonal(model, x, 1e308) FROM samples, model',
	 'products of gradients exceed the range of type double precision | Rescale the inputs, the targets or the weights.', 'and on the diagonal')) AS v (call, message, description);

-- parallel

CREATE TABLE many AS SELECT 400 * copy + id AS id, moved(x, 1, copy / 64.0) AS x, w FROM samples, generate_series(1, 20) AS copy;
ANALYZE many;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS
SELECT ntk_agop((SELECT model FROM model), x) AS a, ntk_agop((SELECT model FROM model), x, w) AS aw, ntk_agop_diagonal((SELECT model FROM model), x) AS d,
	ntk_landmarks(x, 10, 3, '{{2,1,0,0},{1,2,0,0},{0,0,1,0},{0,0,0,0}}') AS l FROM many;
CREATE TEMP TABLE serial_parts AS SELECT id % 5 AS part, ntk_agop((SELECT model FROM model), x, w) AS m FROM many GROUP BY 1;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT ' || call || ' FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan: ' || call)
FROM unnest('{"ntk_agop((SELECT model FROM model), x)","ntk_agop_diagonal((SELECT model FROM model), x, w)","ntk_landmarks(x, 10, 3, ''{1,1,2,3}'')"}'::text[]) AS call;
CREATE TEMP TABLE parallel AS
SELECT ntk_agop((SELECT model FROM model), x) AS a, ntk_agop((SELECT model FROM model), x, w) AS aw, ntk_agop_diagonal((SELECT model FROM model), x) AS d,
	ntk_landmarks(x, 10, 3, '{{2,1,0,0},{1,2,0,0},{0,0,1,0},{0,0,0,0}}') AS l FROM many;
CREATE TEMP TABLE parallel_parts AS SELECT id % 5 AS part, ntk_agop((SELECT model FROM model), x, w) AS m FROM many GROUP BY 1;
SELECT cmp_ok(greatest(difference(p.a, s.a), difference(p.aw, s.aw), difference(p.d, s.d)), '<', 1e-9::float8, 'the same products') FROM parallel AS p, serial AS s;
SELECT is(p.l, s.l, 'the same landmarks in the space of a metric') FROM parallel AS p, serial AS s;
SELECT cmp_ok(max(difference(p.m, s.m)), '<', 1e-9::float8, 'of groups') FROM parallel_parts AS p JOIN serial_parts AS s USING (part) HAVING count(*) = 5;
SELECT is((SELECT ntk_agop((SELECT model FROM model), x) FROM many WHERE id < 0), NULL, 'no row in any worker');
SET LOCAL max_parallel_workers_per_gather = 0;

-- ntk_with_metric

CREATE FUNCTION features_differ(a ntk_map, b ntk_map) RETURNS float8 LANGUAGE sql STABLE AS
	'SELECT max(difference(ntk_sketch(x, a)::float8[], ntk_sketch(x, b)::float8[])) FROM samples WHERE id BETWEEN 100 AND 160';
SELECT is(ntk_with_metric(base, m), ntk_with_metric(base, scaled(m, c)), format('%s times a metric is the same', c))
FROM (SELECT map AS base FROM maps WHERE name = 'nystrom, no metric') AS b, (SELECT m FROM metrics WHERE name = 'a metric') AS m, unnest('{2,1024,9.765625e-4}'::float8[]) AS c;
SELECT is(ntk_with_metric(base, '{2,4,1,0}'), ntk_with_metric(base, '{1,2,0.5,0}'), 'so is a diagonal one') FROM (SELECT map AS base FROM maps WHERE name = 'zonal, no metric') AS b;
SELECT cmp_ok(features_differ(map, ntk_with_metric(map, '{3,3,3,3}')), '=', 0::float8, 'the identity as a diagonal changes no feature: ' || name) FROM maps WHERE m IS NULL ORDER BY name;
SELECT cmp_ok(features_differ(map, ntk_with_metric(map, '{{1,0,0,0},{0,1,0,0},{0,0,1,0},{0,0,0,1}}')), '<', 1e-4::float8, 'nor as a matrix: ' || name) FROM maps WHERE m IS NULL AND base LIKE 'nystrom%' ORDER BY name;
SELECT cmp_ok(features_differ(ntk_with_metric(map, '{1,2,0.5,0}'), ntk_with_metric(map, '{{1,0,0,0},{0,2,0,0},{0,0,0.5,0},{0,0,0,0}}')), '<', 1e-4::float8, 'a diagonal matrix is its diagonal: ' || name)
FROM maps WHERE m IS NULL AND base LIKE 'nystrom%' ORDER BY name;
SELECT is((SELECT ntk_metric(map) FROM maps WHERE name = 'zonal, no metric'), NULL, 'ntk_metric of a map that has none');
SELECT cmp_ok(difference(ntk_metric(map), scaled('{{0.8,0.4,0,0.2},{0.4,1.2,-0.4,0},{0,-0.4,1.6,0.4},{0.2,0,0.4,0.4}}', 4 / 5.84)), '<', 1e-5::float8, 'of one that has: M tr(M) / tr(M^2), ' || name) FROM maps WHERE m = (SELECT m FROM metrics WHERE name = 'a metric') ORDER BY name;
SELECT is(array_dims(ntk_metric(map)), '[1:4]', 'of a diagonal one, the diagonal') FROM maps WHERE name = 'zonal, a diagonal metric';
SELECT cmp_ok(difference(ntk_metric(map), ARRAY[2 / 3.0, 4 / 3.0, 1 / 3.0, 0]), '<', 1e-6::float8, 'likewise') FROM maps WHERE name = 'zonal, a diagonal metric';
SELECT cmp_ok(difference(times_transposed(t, t), ntk_metric(map)), '<', 1e-5::float8, 'ntk_metric_root is its T: ' || name)
FROM (SELECT name, map, CASE array_ndims(ntk_metric_root(map)) WHEN 2 THEN transposed(ntk_metric_root(map)) ELSE ARRAY[ntk_metric_root(map)] END AS t FROM maps WHERE array_ndims(ntk_metric(map)) = 2) AS r ORDER BY name;
SELECT is(lengths, (SELECT array_agg(l ORDER BY l DESC) FROM unnest(lengths) AS l), 'its rows are in falling order: ' || name)
FROM (SELECT name, array_agg(length ORDER BY i) AS lengths
	  FROM (SELECT name, i, (SELECT sum((ntk_metric_root(map))[i][j] ^ 2) FROM generate_series(1, 4) AS j) AS length FROM maps, generate_series(1, array_length(ntk_metric_root(map), 1)) AS i WHERE array_ndims(ntk_metric_root(map)) = 2) AS r
	  GROUP BY name) AS l ORDER BY name;
SELECT cmp_ok(difference(ntk_metric_root(map), (SELECT array_agg(sqrt(e) ORDER BY at) FROM unnest(ntk_metric(map)) WITH ORDINALITY AS u (e, at))), '<', 1e-6::float8, 'of a diagonal one its factors') FROM maps WHERE name = 'zonal, a diagonal metric';
SELECT is((SELECT ntk_metric_root(map) FROM maps WHERE name = 'zonal, no metric'), NULL, 'of none there is none');
SELECT is(ntk_has_gradient(map), gradient, 'ntk_has_gradient: ' || what)
FROM (VALUES ('zonal', ntk_map(4, 10), true), ('nystrom', ntk_nystrom('{{1,0}}'::real[]), true), ('polysketch', ntk_map(4, 10, method => 'polysketch'), false), ('random features', ntk_map(4, 10, method => 'random_features'), false),
	('reduced rows', ntk_map(100, 20, options => '{"base_dim": 64}'), false), ('images', cntk_map('{4,4,1}', 10), false), ('a metric', ntk_with_metric(ntk_map(4, 10), '{1,2,3,4}'), true)) AS v (what, map, gradient);
SELECT is(ntk_with_metric(plain, ntk_metric(map)), map, 'it is that which makes the map: ' || name)
FROM maps, (SELECT map AS plain FROM maps WHERE name = 'zonal, no metric') AS b WHERE name = 'zonal, a diagonal metric';
SELECT cmp_ok(features_differ(ntk_with_metric(plain, ntk_metric(map)), map), '<', 1e-4::float8, 'also of a matrix') FROM maps, (SELECT map AS plain FROM maps WHERE name = 'nystrom, no metric') AS b WHERE name = 'nystrom, a metric';
SELECT is(ntk_with_metric(map, '{1,2,3,4}'), ntk_with_metric(plain, '{1,2,3,4}'), 'another metric takes its place') FROM maps, (SELECT map AS plain FROM maps WHERE name = 'zonal, no metric') AS b WHERE name = 'zonal, a diagonal metric';
SELECT is(ntk_with_metric(ntk_map(4, 10, method => method), '{1,2,3,4}')::text::ntk_map, ntk_with_metric(ntk_map(4, 10, method => method), '{1,2,3,4}'), 'a map of method ' || method)
FROM unnest('{polysketch,random_features,random_features_leverage}'::text[]) AS method;

-- rows by hand. B'B is its own M tr(M) / tr(M^2), and the kernel knows angles and lengths only.

CREATE TABLE roots AS SELECT b, times_transposed(transposed(b), transposed(b)) AS m
FROM (SELECT scaled('{{1,0.5,0,0},{0,1,-0.5,0},{0,0,1,0},{0,0,0.5,0.5}}', sqrt(2 / 3.0)) AS b) AS v;
SELECT cmp_ok(difference(ARRAY[trace], ARRAY[squares]), '<', 1e-12::float8, 'the trace is that of the square')
FROM (SELECT (SELECT sum(e) FROM unnest(diagonal(m)) AS e) AS trace, (SELECT sum(e ^ 2) FROM unnest(m) AS e) AS squares FROM roots) AS t;
SELECT cmp_ok(max(difference(ntk_sketch(x, ntk_with_metric(ntk_nystrom(landmarks(20), depth, bias), m))::float8[],
							 ntk_sketch(times(b, x), ntk_nystrom((SELECT array_agg(times(b, x) ORDER BY id) FROM samples WHERE id <= 20), depth, bias))::float8[])), '<', 1e-3::float8,
			  format('features are those of the map of transformed landmarks and rows: depth %s, bias %s', depth, bias))
FROM roots, samples, (VALUES (1, 1), (2, 0)) AS v (depth, bias) WHERE id BETWEEN 100 AND 140 GROUP BY depth, bias ORDER BY depth;
SELECT cmp_ok(max(difference(ntk_sketch(x, map)::float8[], ntk_sketch(by_diagonal(ntk_metric(map), x), plain)::float8[])), '=', 0::float8, 'with a diagonal, also of the method zonal')
FROM maps, (SELECT map AS plain FROM maps WHERE name = 'zonal, no metric') AS b, samples WHERE name = 'zonal, a diagonal metric';
-- Q is a rotation
SELECT cmp_ok(max(difference(ntk_sketch(x, ntk_with_metric(ntk_nystrom(landmarks(20)), m))::float8[],
							 ntk_sketch(times(q, x), ntk_with_metric(ntk_nystrom((SELECT array_agg(times(q, x) ORDER BY id) FROM samples WHERE id <= 20)), times_transposed(times_transposed(q, m), q)))::float8[])),
			  '<', 1e-3::float8, 'rotated inputs with a rotated metric have the same features')
FROM roots, samples, (SELECT '{{0.6,0.8,0,0},{-0.8,0.6,0,0},{0,0,0,1},{0,0,-1,0}}'::float8[] AS q) AS q WHERE id BETWEEN 100 AND 140;
SELECT cmp_ok(difference(ntk_sketch('{4,1,3}', '{2,0.5,-1}'::real[], map)::float8[], ntk_sketch('{0.5,0,-1,2}'::real[], map)::float8[]), '<', 1e-5::float8, 'sparse rows: ' || name)
FROM maps WHERE base = 'zonal' AND m IS NOT NULL ORDER BY name;
SELECT cmp_ok(difference(ntk_sketch('{4,1,70}', '{2,0.5,-1}'::real[], map)::float8[], ntk_sketch(x, map)::float8[]), '<', 1e-5::float8, 'and with a reduction')
FROM (SELECT ntk_with_metric(ntk_map(100, 20, options => '{"base_dim": 64}'), array_agg(1 + i % 3)) AS map, array_agg(CASE i WHEN 4 THEN 2 WHEN 1 THEN 0.5 WHEN 70 THEN -1 ELSE 0 END ORDER BY i)::real[] AS x
	  FROM generate_series(1, 100) AS i) AS m;

-- landmarks in the space of a metric

SELECT is(l, (SELECT ntk_landmarks(by_diagonal(ntk_metric(map), x), 12, 5) FROM samples, maps WHERE name = 'zonal, a diagonal metric'), 'landmarks are those of the rows in the metric')
FROM (SELECT ntk_landmarks(x, 12, 5, '{1,2,0.5,0}') AS l FROM samples) AS l;
SELECT is(ntk_landmarks(x::real[], 12, 5, m), ntk_landmarks(x::real[]::float8[], 12, 5, m), 'rows of real[]') FROM samples, roots GROUP BY m;
SELECT is(ntk_landmarks(x, 12, 5, m ORDER BY id DESC), ntk_landmarks(x, 12, 5, m ORDER BY id), 'in any order') FROM samples, roots GROUP BY m;
SELECT is(array_dims(ntk_landmarks(x, 12, 5, '{{1,2,0,0},{2,4,0,0},{0,0,1,0},{0,0,0,0}}')), '[1:12][1:2]', 'they have the rank of the metric') FROM samples;
SELECT is(ntk_nystrom((SELECT array_agg(by_diagonal(ntk_metric(map), x::real[]) ORDER BY id) FROM samples WHERE id <= 15), 1, 1, 'ntk', '{1,2,0.5,0}'), map, 'ntk_nystrom of such landmarks is ntk_with_metric of the others')
FROM maps WHERE name = 'nystrom, a diagonal metric';
SELECT is(ntk_nystrom(l, 1, 0, 'nngp', '{1,2}'), ntk_nystrom(l::float8[], 1, 0, 'nngp', '{1,2}'), 'landmarks of real[] and double precision[]') FROM (SELECT '{{1,2},{3,4}}'::real[] AS l) AS l;
SELECT is(ntk_nystrom(l, 1, 0, 'nngp', '{1,2}'), ntk_nystrom(l::numeric[], 1, 0, 'nngp', '{1,2}'), 'of integer[] and numeric[]') FROM (SELECT '{{1,2},{3,4}}'::int[] AS l) AS l;
SELECT cmp_ok((ntk_train_mse(ntk_ridge(x, y, 1e-6, map)))[1], '<', (0.05 * var_pop(y))::float8, 'a map of them learns')
FROM samples, (SELECT ntk_nystrom(ntk_landmarks(x, 100, 0, m), 1, 1, 'ntk', m) AS map FROM samples, roots GROUP BY m) AS m;
SELECT is(error_of('SELECT ' || call), message, description)
FROM (VALUES
	('ntk_landmarks(x, 3, 0, CASE WHEN id < 9 THEN ''{1,2,3,4}''::float8[] ELSE ''{1,2,3,5}'' END) FROM samples', 'metric must be the same for all rows of a group', 'the metric changes'),
	('ntk_landmarks(x, 3, 0, NULL) FROM samples', 'metric must not be null', 'a NULL metric'),
	('ntk_landmarks(x, 3, 0, ''{1,2}'') FROM samples', 'metric has length 2, but there are 4 inputs | A metric is an array of 4 x 4 numbers, or of 4, its diagonal.', 'a metric of other inputs'),
	('ntk_landmarks(x, 3, 0, ''{0,1,0,0}'') FROM (VALUES (''{1,2,3,4}''::real[]), (''{5,2,3,4}''), (''{6,2,3,4}'')) AS v (x)', '3 landmarks need as many distinct rows, but there are only 1 | Ask for fewer landmarks.', 'rows that the metric does not tell apart'),
	('ntk_nystrom(''{{1,2,3},{4,5,6}}''::real[], 1, 0, ''ntk'', ''{1,2,3,4}'')', 'landmarks have length 3, the space of the metric has 4 dimensions | Use landmarks from ntk_landmarks(x, k, seed, metric) with the same metric.', 'landmarks of another length'),
	('ntk_nystrom(''{{1,2},{4,5}}''::real[], 1, 0, ''ntk'', ''{{1,1},{1,1}}'')', 'landmarks have length 2, the space of the metric has 1 dimensions | Use landmarks from ntk_landmarks(x, k, seed, metric) with the same metric.', 'of the inputs'' length, and a metric of low rank'),
	('ntk_nystrom(''{{1,2},{4,5}}''::real[], 1, 0, ''ntk'', ''{{1,1}}'')', 'metric is 1 x 2, but there are 1 inputs | A metric is an array of 1 x 1 numbers, or of 1, its diagonal.', 'a metric that is not square')) AS v (call, message, description);

-- errors

SELECT is(error_of('SELECT ntk_with_metric(' || arguments || ')'), message, description)
FROM (VALUES
	('ntk_map(3), ''{1,2}''', 'metric has length 2, but there are 3 inputs | A metric is an array of 3 x 3 numbers, or of 3, its diagonal.', 'a diagonal too short'),
	('ntk_map(3), ''{{1,2},{2,5}}''', 'metric is 2 x 2, but there are 3 inputs | A metric is an array of 3 x 3 numbers, or of 3, its diagonal.', 'a matrix too small'),
	('ntk_map(3), ''{{1,2,3},{2,5,6}}''', 'metric is 2 x 3, but there are 3 inputs | A metric is an array of 3 x 3 numbers, or of 3, its diagonal.', 'one that is not square'),
	('ntk_map(3), ''{}''', 'metric must be a one- or two-dimensional array | It has 0 dimensions.', 'an empty array'),
	('ntk_map(1), ''{{{1}}}''', 'metric must be a one- or two-dimensional array | It has 3 dimensions.', 'three dimensions'),
	('ntk_map(3), ''{1,NULL,2}''', 'element 2 of metric is null', 'a NULL element'),
	('ntk_map(3), ''{1,2,NaN}''', 'element 3 of metric must be finite, not NaN', 'NaN'),
	('ntk_map(2), ''{{1,0},{0,Infinity}}''', 'element 4 of metric must be finite, not Infinity', 'an infinity'),
	('ntk_map(2), ''{{1,0.5},{0.4,1}}''', 'metric is not symmetric | Use a matrix as ntk_agop returns it.', 'not symmetric'),
	('ntk_map(2), ''{{1,2},{2,1}}''', 'metric is not positive semidefinite | An eigenvalue is negative. | Use a matrix as ntk_agop returns it.', 'not positive semidefinite'),
	('ntk_map(2), ''{1,-1e-9}''', 'metric is not positive semidefinite | An element of the diagonal is negative. | Use a matrix as ntk_agop returns it.', 'a negative diagonal'),
	('ntk_map(1025), array_fill(1::float8, ''{1025,1025}'')', 'a two-dimensional metric is for at most 1024 inputs, not 1025 | Use the diagonal, a one-dimensional array.', 'too many inputs'),
	('cntk_map(''{2,2,1}''), ''{1,2,3,4}''', 'a map of images has no metric', 'images'),
	('ntk_map(2, options => ''{"base_dim": 64}''), ''{{1,0},{0,1}}''', 'a map that reduces its inputs has no two-dimensional metric | Its base_dim is 64. | Use the diagonal, a one-dimensional array, or base_dim 0.', 'a reduction'),
	('ntk_with_metric(ntk_nystrom(''{{1,2}}''::real[]), ''{1,2}''), ''{1,2}''', 'the landmarks of this map lie in the space of a metric already | Begin with landmarks again: ntk_with_metric(ntk_nystrom(landmarks), metric).', 'landmarks that lie in the space of another metric')) AS v (arguments, message, description);
SELECT throws_ok('SELECT ntk_with_metric(ntk_map(3), ''{1,2}'')', '2202E', NULL, 'with the code of a wrong array');
SELECT is(ntk_with_metric(NULL, '{1}'), NULL, 'no map');
SELECT is(ntk_with_metric(ntk_map(1), NULL), NULL, 'no metric');
SELECT is(ntk_sketch(array_fill(1::real, '{1025}'), ntk_with_metric(ntk_map(1025, 10), array_fill(2::float8, '{1025}'))), ntk_sketch(array_fill(1::real, '{1025}'), ntk_map(1025, 10)), 'a diagonal has no such limit');
SET LOCAL client_min_messages = warning;
SELECT is(ntk_with_metric(map, '{0,0,0,0}'), map, 'a metric of zeros leaves the map as it is: ' || name) FROM maps WHERE name IN ('zonal, no metric', 'nystrom, no metric', 'zonal, a metric') ORDER BY name;
SELECT is(ntk_landmarks(x, 5, 0, '{{0,0,0,0},{0,0,0,0},{0,0,0,0},{0,0,0,0}}'), ntk_landmarks(x, 5), 'and landmarks') FROM samples;
SELECT is(ntk_nystrom('{{1,2}}'::real[], 1, 0, 'ntk', '{0,0}'), ntk_nystrom('{{1,2}}'::real[]), 'and their map');
RESET client_min_messages;

-- forms

SELECT is(ntk_with_metric(ntk_map(2, 3, options => '{"degree": 4}'), '{1,1}')::text,
		  '{"method": "zonal", "kernel": "ntk", "input_dim": 2, "n_components": 3, "depth": 1, "seed": 0, "bias": 0, "options": {"degree": 4, "taper": false, "base_dim": 0}, "metric": {"diagonal": "AACAPwAAgD8="}}',
		  'the text form of a diagonal metric');
SELECT is(ntk_with_metric(ntk_nystrom('{{1,0}}'::real[]), '{{1,0},{0,0}}')::text,
		  '{"method": "nystrom", "kernel": "ntk", "input_dim": 2, "n_components": 1, "depth": 1, "seed": 0, "bias": 0, "options": {}, "metric": {"rows": 1, "numbers": "AACAPwAAAAA="}, "landmarks": "AACAPw=="}',
		  'and of one with rows');
SELECT is_empty('SELECT name FROM maps WHERE map::text::ntk_map <> map OR ntk_fingerprint(map::text::ntk_map) <> ntk_fingerprint(map)', 'the text form reads back as the same map');
SELECT is((SELECT count(DISTINCT ntk_fingerprint(map)) FROM maps), 16::bigint, 'maps of other metrics have other fingerprints');
SELECT is_empty('SELECT name FROM models WHERE one::text::ntk_model::text <> one::text OR ntk_gradient(one::text::ntk_model, ''{1,2,3,4}''::real[]) <> ntk_gradient(one, ''{1,2,3,4}''::real[])', 'so do models of them');
SELECT is_empty('SELECT name FROM maps WHERE receive(_ntk_map_send(map)) <> map', 'and the binary form');
SELECT is(ntk_sketch('{1,2}'::real[], '{"input_dim": 2, "n_components": 5, "options": {"base_dim": 64}, "metric": {"diagonal": "AACAPwAAgD8="}}'::ntk_map), ntk_sketch('{1,2}'::real[], ntk_map(2, 5, options => '{"base_dim": 64}')), 'a diagonal metric of a map that reduces its inputs');
SELECT is(error_of(format('SELECT %L::ntk_map', '{"input_dim": 2, "n_components": 5, ' || json || '}')), message, description)
FROM (VALUES
	('"metric": 1', 'metric must be a JSON object', 'JSON of a number'),
	('"metric": []', 'metric must be a JSON object', 'of an array'),
	('"metric": {}', 'metric needs either the keys "rows" and "numbers" or the key "diagonal"', 'of nothing'),
	('"metric": {"rows": 2}', 'metric needs either the keys "rows" and "numbers" or the key "diagonal"', 'of rows alone'),
	('"metric": {"rows": 1, "numbers": "AACAPwAAgD8=", "diagonal": "AACAPwAAgD8="}', 'metric needs either the keys "rows" and "numbers" or the key "diagonal"', 'of all'),
	('"metric": {"rows": 0, "numbers": ""}', 'rows of metric must be between 1 and 1024, not 0', 'of no rows'),
	('"metric": {"rows": 1025, "numbers": ""}', 'rows of metric must be between 1 and 1024, not 1025', 'of too many'),
	('"metric": {"rows": 2, "numbers": "AACAPwAAgD8="}', 'numbers of metric must be base64 of 2 x 2 numbers of type real', 'of too few numbers'),
	('"metric": {"diagonal": "AACAPw=="}', 'diagonal of metric must be base64 of 2 numbers of type real', 'of too short a diagonal'),
	('"metric": {"diagonal": "AACAPwAAwH8="}', 'diagonal of metric must be finite', 'of a NaN'),
	('"metric": {"columns": 2}', 'unknown key "columns" in metric | Known: "rows", "numbers", "diagonal".', 'of an unknown key'),
	('"options": {"base_dim": 64}, "metric": {"rows": 1, "numbers": "AACAPwAAgD8="}', 'unknown key "base_dim" in the options of method "zonal" | Known: "degree", "taper".', 'of rows, and a reduction'),
	('"input_dim": 2000, "metric": {"rows": 1, "numbers": "AACAPwAAgD8="}', 'a two-dimensional metric is for at most 1024 inputs, not 2000 | Use the diagonal, a one-dimensional array.', 'of rows for many inputs')) AS v (json, message, description);
SELECT is(error_of($$SELECT '{"shape": [2, 2, 1], "metric": {"diagonal": "AACAPwAAgD8="}}'::ntk_map$$), 'unknown key "metric" in ntk_map with a shape | Known: "method", "kernel", "shape", "filter", "padding", "pooling", "n_components", "depth", "seed", "options", "landmarks".', 'of images');

CREATE TEMP TABLE sent AS SELECT _ntk_map_send(ntk_with_metric(ntk_map(2, 3), '{1,1}')) AS diagonal, _ntk_map_send(ntk_with_metric(ntk_map(2, 3), '{{1,0},{0,2}}')) AS matrix;
SELECT is(receive(forge(diagonal, 100, '\x0000803f', true)), ntk_with_metric(ntk_map(2, 3), '{1,1}'), 'what is forged here is right') FROM sent;
SELECT is(error_of(format('SELECT receive(%L)', forge(CASE which WHEN 'diagonal' THEN diagonal ELSE matrix END, place, patch, sealed))), message, format('a forged map of a %s: %s', which, description))
FROM sent, (VALUES
	('diagonal', 92, '\x00000000'::bytea, true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'without a metric'),
	('diagonal', 92, '\xfeffffff', true, 'the number of rows of a metric must be between 1 and 1024, not -2', '-2 rows'),
	('diagonal', 92, '\x01040000', true, 'the number of rows of a metric must be between 1 and 1024, not 1025', 'too many rows'),
	('diagonal', 96, '\x03', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'more numbers'),
	('diagonal', 96, '\xffffffff', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'very many numbers'),
	('diagonal', 100, '\x0000807f', true, 'invalid or damaged ntk_map value | Its map contains an infinity or a NaN.', 'an infinity'),
	('diagonal', 100, '\x0000003f', false, 'invalid or damaged ntk_map value | The fingerprint of its map does not match.', 'another number'),
	('matrix', 28, '\x40', true, 'a map that reduces its inputs has no two-dimensional metric | Its base_dim is 64. | Use the diagonal, a one-dimensional array, or base_dim 0.', 'a reduction'),
	('matrix', 16, '\xd0070000', true, 'a two-dimensional metric is for at most 1024 inputs, not 2000 | Use the diagonal, a one-dimensional array.', 'many inputs'),
	('matrix', 92, '\x01', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'fewer rows')) AS v (which, place, patch, sealed, message, description);
SELECT is((SELECT count(*) FROM generate_series(0, length(matrix) - 1) AS n
		   WHERE error_of(format('SELECT receive(%L)', set_byte(matrix, n, get_byte(matrix, n) # (1 << n % 8)))) !~ '^invalid or damaged'), 0::bigint, 'a bit changed in every byte') FROM sent;
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test.bin';

-- it learns what matters: 2 of 10 inputs

CREATE TABLE ten AS SELECT id, x, sin(2 * x[3]) * x[7] AS y, id % 5 = 0 AS held_out
FROM (SELECT i AS id, (SELECT array_agg(sqrt(12) * (('x' || left(md5(i || ',' || j), 8))::bit(32)::bigint / 2 ^ 32 - 0.5) ORDER BY j) FROM generate_series(1, 10) AS j) AS x FROM generate_series(1, 3000) AS i) AS s;
CREATE TABLE first AS SELECT ntk_ridge(x, y, 1e-3, ntk_nystrom((SELECT ntk_landmarks(x, 256) FROM ten WHERE NOT held_out), bias => 1)) AS model FROM ten WHERE NOT held_out;
CREATE TABLE learned AS SELECT ntk_agop(model, x) AS m FROM ten, first WHERE NOT held_out;
SELECT is((SELECT array_agg(j ORDER BY j) FROM (SELECT j FROM learned, generate_series(1, 10) AS j ORDER BY m[j][j] DESC LIMIT 2) AS s), '{3,7}'::int[], 'the model varies along the inputs that matter');
CREATE TABLE second AS SELECT ntk_ridge(x, y, 1e-3, ntk_with_metric(ntk_feature_map(model), m)) AS model FROM ten, first, learned WHERE NOT held_out;
SELECT cmp_ok(ntk_rmse(y, ntk_predict(second.model, x)), '<', ntk_rmse(y, ntk_predict(first.model, x)) / 2, 'with its metric the error is less than half') FROM ten, first, second WHERE held_out;

-- memory and time

CREATE TABLE linear AS SELECT ntk_ridge(x, 1.0::float8, 0.1) AS model FROM (SELECT array_agg(sin(i * j)) AS x FROM generate_series(1, 500) AS j, generate_series(1, 3) AS i GROUP BY i) AS s;
SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is(error_of('SELECT ntk_agop(model, array_fill(1::real, ''{500}'')) FROM linear'), 'ntk_agop needs 5 MB of memory, ntk_sketch.max_memory allows 1 MB | Use fewer components, or raise ntk_sketch.max_memory.', 'too little memory');
SELECT is(array_dims(ntk_agop_diagonal(model, array_fill(1::real, '{500}'))), '[1:500]', 'the diagonal needs less') FROM linear;
SELECT is(error_of('SELECT ntk_with_metric(ntk_map(500, 5), array_fill(1::float8, ''{500,500}''))'), 'the metric needs 9 MB of memory, ntk_sketch.max_memory allows 1 MB | Use fewer components, or raise ntk_sketch.max_memory.', 'for a metric');
RESET ntk_sketch.max_memory;
SELECT is(array_dims(ntk_agop(model, array_fill(1::real, '{500}'))), '[1:500][1:500]', 'with the default it is done') FROM linear;
SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_agop((SELECT model FROM model), x) FROM many, generate_series(1, 1000)'), '<', 0.8::float8, 'statement_timeout stops ntk_agop');
SET LOCAL statement_timeout = 0;
SELECT cmp_ok(difference(ntk_agop(model, x), (SELECT m FROM whole)), '<', 1e-12::float8, 'afterwards the session works on') FROM samples, model;

SELECT * FROM finish();
ROLLBACK;
