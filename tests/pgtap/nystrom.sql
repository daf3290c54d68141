-- Maps of the method nystrom: features against the exact kernel, models against models of
-- features, the forms of a map that carries landmarks, where queries take it from, limits.

BEGIN;
SELECT plan(168);
SET LOCAL jit = off;

\ir include/difference.sql
\ir include/error_of.sql
\ir include/stopped_after.sql

CREATE FUNCTION dot(a float8[], b float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT sum(x * y) FROM unnest(a, b) AS u (x, y)';

-- rows of small multiples of 1/64, which are the same in real and double precision
CREATE TABLE samples AS
SELECT id, x, x[1] * x[2] + abs(x[3]) + 0.1 * x[4] AS y
FROM (SELECT i AS id, (SELECT array_agg((floor(64 * 1.5 * sin(i * j * 0.7 + j * j)) / 64)::float8 ORDER BY j) FROM generate_series(1, 4) AS j) AS x
	  FROM generate_series(1, 400) AS i) AS s;
ANALYZE samples;
CREATE FUNCTION landmarks(count int) RETURNS real[] LANGUAGE sql STABLE AS
	'SELECT array_agg(x::real[] ORDER BY id) FROM samples WHERE id <= count';
CREATE FUNCTION with_landmark(landmarks real[], j int, k int, value real) RETURNS real[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	landmarks[j][k] := value;
	RETURN landmarks;
END $$;

-- Many groups share one map. Its landmarks are 0.4 MB and it takes 0.8 MB when drawn, 300 of
-- them 360 MB.

CREATE FUNCTION peak_mb() RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	status text := pg_read_file('/proc/self/status', 0, 100000, true);
BEGIN
	RETURN substring(status FROM 'VmHWM:\s*([0-9]+) kB')::float8 / 1024;
END $$;
CREATE FUNCTION check_peak(before float8) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF peak_mb() IS NULL THEN
		RETURN skip('SKIPPED: this system does not tell the peak of a process''s memory', 1);
	END IF;
	RETURN cmp_ok(peak_mb() - before, '<', 100::float8, '300 groups share the memory of one map');
END $$;
CREATE TABLE long_rows AS
SELECT i AS id, i % 300 AS part, (SELECT array_agg(sin(i * j)::real) FROM generate_series(1, 1000) AS j) AS x, (i % 7)::float8 AS y
FROM generate_series(1, 600) AS i;
CREATE TABLE long_map AS SELECT ntk_nystrom(array_agg(x)) AS map FROM long_rows WHERE id <= 100;
CREATE TEMP TABLE peak AS SELECT peak_mb() AS before;
SELECT is((SELECT array_agg(DISTINCT n) FROM (SELECT ntk_rows(ntk_gram(x, y, map)) AS n FROM long_rows, long_map GROUP BY part) AS g), '{2}'::bigint[], '300 groups');
SELECT check_peak(before) FROM peak;
SELECT cmp_ok(difference(whole, parts), '<', 1e-9::float8, 'whose statistics add up to that of all')
FROM (SELECT ntk_gram(x, y, map) AS whole FROM long_rows, long_map WHERE part < 20) AS a,
	(SELECT sum(g) AS parts FROM (SELECT ntk_gram(x, y, map) AS g FROM long_rows, long_map WHERE part < 20 GROUP BY part) AS g) AS b;

-- The kernel. With all rows as landmarks nothing is projected away.

CREATE TEMP TABLE embedded AS
SELECT depth, kernel, bias, id, CASE WHEN bias = 0 THEN x ELSE x || bias END AS x, ntk_sketch(x, map)::float8[] AS z
FROM (SELECT depth, kernel, bias, ntk_nystrom(landmarks(30), depth, bias, kernel) AS map
	  FROM unnest('{1,2,3}'::int[]) AS depth, unnest('{ntk,nngp}'::text[]) AS kernel, unnest('{0,1}'::float8[]) AS bias OFFSET 0) AS m, samples
WHERE id <= 30;
SELECT cmp_ok(max(abs(dot(a.z, b.z) - ntk_kernel(a.x, b.x, depth, kernel)) / sqrt(ntk_kernel(a.x, a.x, depth, kernel) * ntk_kernel(b.x, b.x, depth, kernel))), '<', 1e-5::float8,
			  format('products of features of landmarks are the kernel: %s, depth %s, bias %s', kernel, depth, bias))
FROM embedded AS a JOIN embedded AS b USING (depth, kernel, bias) WHERE a.id >= b.id
GROUP BY depth, kernel, bias ORDER BY kernel, depth, bias;
SELECT cmp_ok(max(dot(z, z) / ntk_kernel(x, x)), '<=', (1 + 1e-5)::float8, 'of other rows, no more than the kernel')
FROM samples, LATERAL (SELECT ntk_sketch(x, map)::float8[] AS z FROM (SELECT ntk_nystrom(landmarks(40)) AS map OFFSET 0) AS m) AS f WHERE id BETWEEN 41 AND 140;
SELECT cmp_ok(max(abs(dot(a.z, b.z) - dot(a.doubled, b.doubled)) / (1 + abs(dot(a.z, b.z)))), '<', 1e-5::float8, 'the norm of a landmark has no part in it')
FROM (SELECT ntk_nystrom(landmarks(20)) AS map, ntk_nystrom((SELECT array_agg((SELECT array_agg(2 * e) FROM unnest(x) AS e) ORDER BY id) FROM samples WHERE id <= 20)) AS doubled_map
	  OFFSET 0) AS m,
	LATERAL (SELECT id, ntk_sketch(x, map)::float8[] AS z, ntk_sketch(x, doubled_map)::float8[] AS doubled FROM samples WHERE id <= 60) AS a,
	LATERAL (SELECT id, ntk_sketch(x, map)::float8[] AS z, ntk_sketch(x, doubled_map)::float8[] AS doubled FROM samples WHERE id <= 60) AS b
WHERE b.id % 7 = 0;

-- a function of the row and the map

SELECT is(ntk_sketch(x, map), ntk_sketch(x::real[], map), 'rows of real[] and double precision[]') FROM samples, (SELECT ntk_nystrom(landmarks(20)) AS map OFFSET 0) AS m WHERE id = 77;
SELECT is(ntk_sketch('{1,-2,0,1}'::int[], map), ntk_sketch('{1,-2,0,1}'::numeric[], map), 'integer[] and numeric[]') FROM (SELECT ntk_nystrom(landmarks(20)) AS map OFFSET 0) AS m;
SELECT is(cardinality(ntk_sketch(x, ntk_nystrom(landmarks(7)))), 7, 'as many features as landmarks') FROM samples WHERE id = 1;
SELECT is(ntk_sketch('{0,0,0,0}'::real[], ntk_nystrom(landmarks(5))), '{0,0,0,0,0}'::real[], 'a zero row has zero features');
SELECT isnt(ntk_sketch('{0,0,0,0}'::real[], ntk_nystrom(landmarks(5), bias => 1)), '{0,0,0,0,0}'::real[], 'unless the map has a bias');
SELECT is_empty($$SELECT z FROM unnest('{1e-30,1e30}'::float8[]) AS scale, samples, LATERAL unnest(ntk_sketch((SELECT array_agg(e * scale) FROM unnest(x) AS e), ntk_nystrom(landmarks(5)))) AS z
				  WHERE id <= 5 AND NOT abs(z) < 'Infinity'$$, 'features of very small and very large rows are finite');
SELECT is(error_of($$SELECT ntk_sketch('{1e60,0,0,0}'::float8[], ntk_nystrom(landmarks(5)))$$),
		  'a feature exceeds the range of type real | Rescale x: its norm is too large.', 'features too large for a real are an error');
SELECT is_empty($$SELECT z FROM unnest('{1e-45,3e38}'::real[]) AS size, unnest(ntk_sketch('{1,2}'::real[], ntk_nystrom(ARRAY[ARRAY[size, 0], ARRAY[size, size]]))) AS z
				  WHERE NOT abs(z) BETWEEN 0.01 AND 100$$, 'very small and very large landmarks');

-- statistics are sums of raw columns, models weigh them

CREATE TABLE maps AS SELECT depth, kernel, bias, ntk_nystrom(landmarks(30), depth, bias, kernel) AS map
FROM (VALUES (1, 'ntk', 1), (2, 'ntk', 0), (3, 'nngp', 0.5)) AS v (depth, kernel, bias);
SELECT cmp_ok(difference(feature_sum, (SELECT array_agg(total ORDER BY j) FROM (
				  SELECT j.id AS j, sum(ntk_kernel(i.x || bias::float8, j.x || bias::float8, depth, kernel)) / sqrt(dot(j.x, j.x) + bias ^ 2) AS total
				  FROM samples AS i, samples AS j WHERE j.id <= 30 GROUP BY j.id, j.x) AS t)), '<', 1e-5::float8,
			  format('a statistic sums kernels with the landmarks: %s, depth %s', kernel, depth))
FROM maps, LATERAL (SELECT (ntk_moments(ntk_gram(x, y, map))).feature_sum FROM samples) AS g;
SELECT results_eq('SELECT ntk_width(g), ntk_targets(g), ntk_rows(g), ntk_feature_map(g) = map FROM maps, LATERAL (SELECT ntk_gram(x, y, map) AS g FROM samples) AS s WHERE depth = 1',
				  'VALUES (30, 1, 400::bigint, true)', 'a statistic knows its map');
CREATE TABLE models AS
SELECT depth, kernel, bias, lambda, map, ntk_ridge(x, ARRAY[y, id % 2], lambda, map) AS of_rows, ntk_ridge(ntk_sketch(x, map), ARRAY[y, id % 2], lambda) AS of_features
FROM maps, samples, unnest('{1e-5,1e-2}'::float8[]) AS lambda GROUP BY depth, kernel, bias, lambda, map;
SELECT cmp_ok(max(greatest(abs(a[1] - b[1]), abs(a[2] - b[2]))), '<', 1e-4::float8, format('the model of rows predicts as the model of their features: %s, depth %s, lambda %s', kernel, depth, lambda))
FROM models, samples, LATERAL (SELECT ntk_predict_all(of_rows, x) AS a, ntk_predict_all(of_features, ntk_sketch(x, map)) AS b) AS p
WHERE id % 3 = 0 GROUP BY kernel, depth, lambda;
SELECT cmp_ok(difference(ntk_train_mse(of_rows), ntk_train_mse(of_features)), '<', 1e-4::float8, format('and has its training error: %s, depth %s, lambda %s', kernel, depth, lambda)) FROM models;
SELECT cmp_ok(max(abs(p[1] - (c.intercept[1] + by_hand))), '<', 1e-4::float8, format('a prediction is intercept and weights times kernels with the landmarks: %s, depth %s', kernel, depth))
FROM models, ntk_coefficients(of_rows) AS c, samples AS i, LATERAL (
	SELECT sum(c.weights[1][j.id] * ntk_kernel(i.x || bias::float8, j.x || bias::float8, depth, kernel) / sqrt(dot(j.x, j.x) + bias ^ 2)) AS by_hand
	FROM samples AS j WHERE j.id <= 30) AS k, LATERAL ntk_predict_all(of_rows, i.x) AS p
WHERE lambda = 1e-2 AND id > 380 GROUP BY kernel, depth;
SELECT is(ntk_predict(a, x), ntk_predict(b, x), 'ntk_ridge is ntk_solve of ntk_gram')
FROM (SELECT ntk_ridge(x, y, 1e-4, map) AS a, ntk_solve(ntk_gram(x, y, map), 1e-4) AS b FROM samples, maps WHERE depth = 1) AS s, samples WHERE id = 5;
SELECT is((SELECT ntk_feature_map(of_rows) = map FROM models WHERE depth = 1 AND lambda = 1e-2), true, 'a model knows its map');
SELECT cmp_ok((ntk_train_mse(ntk_ridge(x, y, 1e-6, ntk_nystrom(landmarks(150), bias => 1))))[1], '<', (0.02 * var_pop(y))::float8, 'it learns') FROM samples;

-- one row: nothing varies, and rounding errors of whitening are no features
SELECT is(ntk_predict(ntk_solve(ntk_gram(x, y, map), 1e-3), x), y, 'a statistic of one row predicts its target')
FROM (SELECT ARRAY[0.3, -1.2]::float8[] AS x, 7::float8 AS y, map
	  FROM (SELECT ntk_nystrom(ntk_landmarks(ARRAY[sin(i), cos(i * i)], 40), bias => 1) AS map FROM generate_series(1, 200) AS i) AS m) AS s
GROUP BY x, y;

-- adding and subtracting

CREATE TABLE parts AS SELECT id % 4 AS part, ntk_gram(x, y, map) AS g FROM samples, maps WHERE depth = 1 GROUP BY 1;
SELECT cmp_ok(difference(sum(g), (SELECT ntk_gram(x, y, map) FROM samples, maps WHERE depth = 1)), '<', 1e-12::float8, 'sum') FROM parts;
SELECT cmp_ok(difference(a.g + b.g, (SELECT ntk_gram(x, y, map) FROM samples, maps WHERE depth = 1 AND id % 4 < 2)), '<', 1e-12::float8, '+') FROM parts AS a, parts AS b WHERE a.part = 0 AND b.part = 1;
SELECT cmp_ok(difference((SELECT sum(g) FROM parts) - b.g, (SELECT ntk_gram(x, y, map) FROM samples, maps WHERE depth = 1 AND id % 4 <> 3)), '<', 1e-9::float8, '-') FROM parts AS b WHERE b.part = 3;
SELECT cmp_ok(abs(ntk_predict(ntk_solve(a.g + b.g - b.g, 1e-3), x) - ntk_predict(ntk_solve(a.g, 1e-3), x)), '<', 1e-5::float8, 'models of them') FROM parts AS a, parts AS b, samples WHERE a.part = 0 AND b.part = 1 AND id = 3;
SELECT is(error_of('SELECT (SELECT ntk_gram(x, y, ntk_nystrom(landmarks(5))) FROM samples) + (SELECT ntk_gram(x, y, ntk_nystrom(with_landmark(landmarks(5), 5, 4, 2))) FROM samples)'),
		  format('statistics of different feature maps cannot be combined | Their fingerprints are %s and %s.', ntk_fingerprint(ntk_nystrom(landmarks(5))),
				 ntk_fingerprint(ntk_nystrom(with_landmark(landmarks(5), 5, 4, 2)))), 'a landmark changed: another map');
SELECT is(error_of('SELECT ntk_gram(x, y, map) FROM samples, maps'),
		  (SELECT format('statistics of different feature maps cannot be combined | Their fingerprints are %s and %s.', ntk_fingerprint(a.map), ntk_fingerprint(b.map))
		   FROM maps AS a, maps AS b WHERE a.depth = 1 AND b.depth = 2), 'nor may a map change within a group');

-- parallel

\ir include/plan_of.sql
CREATE TABLE many AS SELECT 400 * copy + id AS id, (SELECT array_agg(e + copy / 64.0) FROM unnest(x) AS e) AS x, y FROM samples, generate_series(1, 20) AS copy;
ANALYZE many;
CREATE TABLE many_map AS SELECT map FROM maps WHERE depth = 2;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT ntk_gram(x, y, (SELECT map FROM many_map)) AS g, ntk_ridge(x, y, 1e-4, (SELECT map FROM many_map)) AS m FROM many;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT ntk_gram(x, y, (SELECT map FROM many_map)) FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan');
CREATE TEMP TABLE parallel AS SELECT ntk_gram(x, y, (SELECT map FROM many_map)) AS g, ntk_ridge(x, y, 1e-4, (SELECT map FROM many_map)) AS m FROM many;
SELECT cmp_ok(difference(a.g, b.g), '<', 1e-9::float8, 'the same statistic') FROM serial AS a, parallel AS b;
SELECT cmp_ok(max(abs(ntk_predict(a.m, x) - ntk_predict(b.m, x))), '<', 1e-6::float8, 'the same predictions') FROM serial AS a, parallel AS b, samples;
CREATE TEMP TABLE features AS SELECT id, ntk_sketch(x, (SELECT map FROM many_map)) AS z FROM many WHERE id % 40 = 0;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is_empty('SELECT id FROM features JOIN many USING (id) WHERE z <> ntk_sketch(x, (SELECT map FROM many_map))', 'workers compute the same features');

-- the forms of the map

CREATE TEMP TABLE small AS SELECT '{{1,0},{0.5,-2},{0,3}}'::real[] AS landmarks;
SELECT is(ntk_nystrom(landmarks)::text,
		  '{"method": "nystrom", "kernel": "ntk", "input_dim": 2, "n_components": 3, "depth": 1, "seed": 0, "bias": 0, "options": {}, '
		  '"landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBA"}', 'the text form is JSON with the landmarks in base64') FROM small;
SELECT is(ntk_nystrom(landmarks), ntk_nystrom(landmarks::float8[], 1, 0, 'ntk'), 'landmarks of double precision, the defaults') FROM small;
SELECT is(ntk_nystrom(landmarks, kernel => 'nngp', depth => 2, bias => 0.5)::text,
		  '{"method": "nystrom", "kernel": "nngp", "input_dim": 2, "n_components": 3, "depth": 2, "seed": 0, "bias": 0.5, "options": {}, '
		  '"landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBA"}', 'arguments by name') FROM small;
SELECT is('{"landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBA", "n_components": 3, "input_dim": 2, "method": "nystrom"}'::ntk_map, ntk_nystrom(landmarks), 'JSON with any order of keys') FROM small;
SELECT is('{"method": "nystrom", "seed": 7, "n_components": 3, "input_dim": 2, "landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBA"}'::ntk_map, ntk_nystrom(landmarks), 'a seed has no part in it') FROM small;
SELECT is(ntk_nystrom('[0:1][3:4]={{1,2},{3,4}}'::real[]), ntk_nystrom('{{1,2},{3,4}}'::real[]), 'lower bounds do not matter');
SELECT is(ntk_nystrom('{{1,-0},{3,4}}'::real[], bias => '-0'), ntk_nystrom('{{1,0},{3,4}}'::real[]), 'an element of -0 is one of 0, so is a bias');
CREATE TABLE originals AS
SELECT row_number() OVER () AS id, map, ntk_gram(x[1:2], y, map) AS gram, ntk_ridge(x[1:2], y, 0.1, map) AS model
FROM (SELECT ntk_nystrom(landmarks, depth, bias, kernel) AS map
	  FROM small, unnest('{1,2}'::int[]) AS depth, unnest('{0,1}'::float8[]) AS bias, unnest('{ntk,nngp}'::text[]) AS kernel
	  UNION ALL SELECT ntk_nystrom(with_landmark(landmarks, j, k, 7)) FROM small, generate_series(1, 3) AS j, generate_series(1, 2) AS k
	  UNION ALL SELECT ntk_nystrom('{{0,3},{0.5,-2},{1,0}}'::real[])
	  UNION ALL SELECT ntk_nystrom(landmarks[1:2]) FROM small
	  UNION ALL SELECT ntk_map(2, 3)) AS m, samples
GROUP BY map;
SELECT is_empty('SELECT id FROM originals WHERE map::text::ntk_map <> map OR ntk_fingerprint(map::text::ntk_map) <> ntk_fingerprint(map)', 'the text form reads back as the same map');
SELECT is_empty('SELECT id FROM originals WHERE gram::text::ntk_gram::text <> gram::text OR model::text::ntk_model::text <> model::text', 'so do those of statistics and models');
SELECT results_eq('SELECT count(*), count(DISTINCT map::text), count(DISTINCT ntk_fingerprint(map)) FROM originals', 'VALUES (17::bigint, 17::bigint, 17::bigint)',
				  'maps that differ in any field, landmark or order of landmarks have different fingerprints');
CREATE TEMP TABLE copied (LIKE originals);
\ir include/scratch_file.sql
CREATE FUNCTION copied_by(form text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE copied;
	EXECUTE format('COPY originals TO %L (FORMAT %s)', scratch_file(), form);
	EXECUTE format('COPY copied FROM %L (FORMAT %s)', scratch_file(), form);
	RETURN NEXT is((SELECT count(*) FROM originals AS o JOIN copied AS c USING (id) WHERE o.map = c.map), 17::bigint, 'maps copied as ' || form);
	RETURN NEXT is((SELECT count(*) FROM originals AS o JOIN copied AS c USING (id) WHERE _ntk_gram_send(o.gram) = _ntk_gram_send(c.gram)), 17::bigint, 'statistics copied as ' || form);
	RETURN NEXT is((SELECT count(*) FROM originals AS o JOIN copied AS c USING (id) WHERE ntk_predict(o.model, ARRAY[0.5, 2]) = ntk_predict(c.model, ARRAY[0.5, 2])), 17::bigint,
				   'models copied as ' || form || ' predict the same');
END $$;
SELECT copied_by(form) FROM unnest('{text,binary}'::text[]) AS form;
SELECT is(ntk_nystrom(array_agg(x))::text::ntk_map, ntk_nystrom(array_agg(x)), 'a large one') FROM long_rows WHERE id <= 300;

-- Landmarks that coincide or have no direction. The features they add are 0, so lambda, which is
-- relative to the mean of all, grows with their number.

SELECT cmp_ok(max(abs(ntk_predict(a, x) - ntk_predict(b, x))), '<', 1e-3::float8, 'doubled landmarks are no failure')
FROM (SELECT ntk_ridge(x, y, 2e-4, ntk_nystrom(landmarks(20) || landmarks(20))) AS a, ntk_ridge(x, y, 1e-4, ntk_nystrom(landmarks(20))) AS b FROM samples) AS s, samples;
SELECT cmp_ok(max(abs(dot(ntk_sketch(a.x, twice)::float8[], ntk_sketch(b.x, twice)::float8[]) - dot(ntk_sketch(a.x, once)::float8[], ntk_sketch(b.x, once)::float8[])) / (1 + dot(a.x, b.x) ^ 2)), '<', 1e-3::float8,
			  'nor in features') FROM (SELECT ntk_nystrom(landmarks(20)) AS once, ntk_nystrom(landmarks(20) || landmarks(20)) AS twice OFFSET 0) AS m, samples AS a, samples AS b WHERE a.id <= 20 AND b.id <= 20;
SELECT cmp_ok(max(abs(ntk_predict(m, x) - avg_y)), '<', 3::float8, 'one landmark a hundred times') FROM samples, (
	SELECT ntk_ridge(x, y, 0.1, (SELECT ntk_nystrom(array_agg('{1,2,3,4}'::real[])) FROM generate_series(1, 100))) AS m, avg(y) AS avg_y FROM samples) AS s;
SELECT cmp_ok(abs(ntk_predict(a, x) - ntk_predict(b, x)), '<', 1e-6::float8, 'a zero landmark changes no prediction')
FROM (SELECT ntk_ridge(x, y, 21e-3, ntk_nystrom(landmarks(20) || '{0,0,0,0}'::real[])) AS a, ntk_ridge(x, y, 20e-3, ntk_nystrom(landmarks(20))) AS b FROM samples) AS s, samples WHERE id = 100;
SELECT results_eq($$SELECT (ntk_sketch(x, ntk_nystrom('{0,0,0,0}'::real[] || landmarks(3))))[1] FROM samples WHERE id <= 2$$, 'VALUES (0::real), (0::real)', 'its feature is 0');
SELECT is(ntk_sketch('{1,2}'::real[], ntk_nystrom('{{0,0}}'::real[])), '{0}'::real[], 'nothing but a zero landmark');
SELECT isnt(ntk_sketch('{1,2}'::real[], ntk_nystrom('{{0,0}}'::real[], bias => 1)), '{0}'::real[], 'which with a bias is none');
SELECT cmp_ok(abs(ntk_predict(ntk_ridge(x, y, 0.1, ntk_nystrom('{{0,0,0,0},{0,0,0,0}}'::real[])), '{1,2,3,4}'::real[]) - avg(y)), '<', 1e-9::float8, 'a model of zero landmarks predicts the mean') FROM samples;

-- maps from everywhere

CREATE TABLE stored_maps AS SELECT id, ntk_nystrom((SELECT array_agg(x ORDER BY id) FROM samples AS s WHERE s.id BETWEEN m.id AND m.id + 4)) AS map FROM generate_series(1, 6) AS m (id);
CREATE FUNCTION map_number(n int) RETURNS ntk_map LANGUAGE sql STABLE AS 'SELECT ntk_nystrom((SELECT array_agg(x ORDER BY id) FROM samples AS s WHERE s.id BETWEEN n AND n + 4))';
SELECT is_empty('SELECT s.id FROM samples AS s JOIN stored_maps AS m ON m.id = 1 + s.id % 6 WHERE s.id < 30 AND ntk_sketch(x, map) <> ntk_sketch(x, map_number(1 + s.id % 6))', 'maps of a table, another one in every row');
SELECT is((SELECT ntk_sketch(x, (SELECT map FROM long_map)) FROM long_rows WHERE id = 200), (SELECT ntk_sketch(x, (SELECT ntk_nystrom(array_agg(x)) FROM long_rows WHERE id <= 100)) FROM long_rows WHERE id = 200),
		  'a large map of a table, stored out of line');
PREPARE features (float8[], ntk_map) AS SELECT ntk_sketch($1, $2);
SELECT results_eq(format('EXECUTE features(%L, %L)', x, map), format('SELECT ntk_sketch(%L::float8[], map_number(%s))', x, m.id), 'the map of a prepared statement, execution ' || m.id)
FROM samples, stored_maps AS m WHERE samples.id = 9 AND m.id <= 2 ORDER BY m.id;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT results_eq(format('EXECUTE features(%L, %L)', x, map), format('SELECT ntk_sketch(%L::float8[], map_number(%s))', x, m.id), 'with a generic plan, execution ' || m.id)
FROM samples, stored_maps AS m WHERE samples.id = 9 AND m.id <= 2 ORDER BY m.id;
RESET plan_cache_mode;
SELECT is((WITH chosen AS MATERIALIZED (SELECT map_number(3) AS map) SELECT ntk_gram(x, y, map)::text FROM samples, chosen),
		  (SELECT ntk_gram(x, y, map)::text FROM samples, stored_maps AS m WHERE m.id = 3), 'the map of a common table expression');
SELECT is((SELECT ntk_gram(x, y, (SELECT map FROM stored_maps WHERE id = 3))::text FROM samples), (SELECT ntk_gram(x, y, map_number(3))::text FROM samples), 'of a sub-select, of a function');
SELECT is((SELECT count(*) FROM (SELECT m.id FROM samples AS s, stored_maps AS m WHERE s.id <= 50 GROUP BY m.id, m.map
								HAVING ntk_gram(s.x, s.y, m.map)::text <> (SELECT ntk_gram(x, y, map_number(m.id))::text FROM samples WHERE id <= 50)) AS d),
		  0::bigint, 'groups with a map each');
SELECT is((SELECT id FROM stored_maps WHERE map = map_number(4)), 4, 'a map is found by its value');
SELECT is(ntk_nystrom(NULL::real[]), NULL, 'no landmarks, no map');
SELECT is(ntk_nystrom('{{1,2}}'::real[], NULL), NULL, 'nor of a NULL depth');

-- errors

SELECT is(error_of('SELECT ' || call), message, description)
FROM (VALUES
	('ntk_nystrom(''{1,2,3}''::real[])', 'landmarks must be a two-dimensional array, one row per landmark | It has 1 dimensions.', 'one-dimensional landmarks'),
	('ntk_nystrom(''{{{1},{2}}}''::real[])', 'landmarks must be a two-dimensional array, one row per landmark | It has 3 dimensions.', 'three-dimensional landmarks'),
	('ntk_nystrom(''{}''::float8[])', 'landmarks must be a two-dimensional array, one row per landmark | It has 0 dimensions.', 'no landmarks'),
	('ntk_nystrom(''{{1,2},{NULL,4}}''::real[])', 'element 3 of landmarks is null', 'a NULL element'),
	('ntk_nystrom(''{{1,2},{3,NaN}}''::real[])', 'element 4 of landmarks must be finite, not NaN', 'NaN'),
	('ntk_nystrom(''{{1,-Infinity},{3,4}}''::float8[])', 'element 2 of landmarks must be finite, not -Infinity', 'an infinity'),
	('ntk_nystrom(''{{1,2},{1e300,4}}''::float8[])', 'element 3 of landmarks exceeds the range of type real', 'an element beyond real'),
	('ntk_nystrom(array_fill(1::real, ''{16001,1}''))', 'the number of landmarks must be between 1 and 16000, not 16001', 'too many landmarks'),
	('ntk_nystrom(array_fill(1::real, ''{1,1048577}''))', 'the length of a landmark must be between 1 and 1048576, not 1048577', 'too long ones'),
	('ntk_nystrom(''{{1,2}}''::real[], 0)', 'depth must be between 1 and 64, not 0', 'depth 0'),
	('ntk_nystrom(''{{1,2}}''::real[], 65)', 'depth must be between 1 and 64, not 65', 'depth 65'),
	('ntk_nystrom(''{{1,2}}''::real[], bias => ''NaN'')', 'bias must be finite, not NaN', 'a bias NaN'),
	('ntk_nystrom(''{{1,2}}''::real[], kernel => ''rbf'')', 'unknown kernel "rbf" | Known: "ntk", "nngp", "gaussian", "laplace", "gamma_exponential".', 'an unknown kernel'),
	('ntk_map(2, 3, method => ''nystrom'')',
	 'method "nystrom" needs landmarks | Use ntk_nystrom(landmarks), with landmarks from the aggregate ntk_landmarks(x, k).', 'ntk_map'),
	('ntk_map(2, 3, method => ''nystrom'', options => ''{"base_dim": 64}'')', 'unknown key "base_dim" in the options of method "nystrom" | Known: none.', 'options'),
	('ntk_sketch(''{1,2,3}''::real[], ntk_nystrom(''{{1,2}}''::real[]))', 'x has length 3, the feature map expects 2', 'a row too long'),
	('ntk_sketch(''{1}''::real[], ntk_nystrom(''{{1,2}}''::real[], bias => 1))', 'x has length 1, the feature map expects 2', 'a row too short'),
	('ntk_gram(x, y, ntk_nystrom(''{{1,2}}''::real[])) FROM samples', 'x has length 4, the feature map expects 2', 'in an aggregate'),
	('ntk_predict(of_rows, ''{1,2}''::real[]) FROM models LIMIT 1', 'x has length 2, the model expects 4', 'in a prediction')) AS v (call, message, description);
SELECT is(error_of(format('SELECT %L::ntk_map', json)), message, description)
FROM (VALUES
	('{"method": "nystrom", "input_dim": 2, "n_components": 3}',
	 'method "nystrom" needs landmarks | Use ntk_nystrom(landmarks), with landmarks from the aggregate ntk_landmarks(x, k).', 'JSON without landmarks'),
	('{"method": "nystrom", "input_dim": 2, "n_components": 3, "landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEA="}', 'landmarks must be base64 of 3 x 2 numbers of type real', 'a byte too few'),
	('{"method": "nystrom", "input_dim": 2, "n_components": 3, "landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBAAAAA"}', 'landmarks must be base64 of 3 x 2 numbers of type real', 'bytes too many'),
	('{"method": "nystrom", "input_dim": 2, "n_components": 2, "landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBA"}', 'landmarks must be base64 of 2 x 2 numbers of type real', 'another number of landmarks'),
	('{"method": "nystrom", "input_dim": 2, "landmarks": "AACAPwAAAAAAAAA/AAAAwAAAAAAAAEBA"}', 'landmarks must be base64 of 1024 x 2 numbers of type real', 'no number of landmarks: the default'),
	('{"method": "nystrom", "input_dim": 2, "n_components": 3, "landmarks": ""}', 'landmarks must be base64 of 3 x 2 numbers of type real', 'an empty text'),
	('{"method": "nystrom", "input_dim": 2, "n_components": 3, "landmarks": "landmarks!"}', 'landmarks must be base64 of 3 x 2 numbers of type real', 'no base64'),
	('{"method": "nystrom", "input_dim": 1, "n_components": 1, "landmarks": "AACAfw=="}', 'landmarks must be finite', 'an infinity in base64'),
	('{"method": "nystrom", "input_dim": 1, "n_components": 1, "landmarks": [[1]]}', 'landmarks must be a string', 'landmarks as a JSON array'),
	('{"method": "nystrom", "input_dim": 0, "n_components": 1, "landmarks": "AACAPw=="}', 'input_dim must be between 1 and 1048576, not 0', 'no inputs'),
	('{"method": "nystrom", "input_dim": 1, "n_components": 16001, "landmarks": "AACAPw=="}', 'n_components must be between 1 and 16000, not 16001', 'too many components'),
	('{"method": "zonal", "input_dim": 1, "n_components": 1, "landmarks": "AACAPw=="}', 'method "zonal" has no landmarks', 'landmarks for zonal'),
	('{"input_dim": 1, "n_components": 1, "landmarks": ""}', 'method "zonal" has no landmarks', 'and empty ones'),
	('{"method": "polysketch", "input_dim": 1, "n_components": 1, "landmarks": "AACAPw=="}', 'method "polysketch" has no landmarks', 'landmarks for polysketch')) AS v (json, message, description);

-- damaged and forged values, as in values.sql

\ir include/receive_map.sql
\ir include/forge.sql
CREATE TEMP TABLE sent AS SELECT _ntk_map_send(ntk_nystrom(landmarks)) AS bytes FROM small;
SELECT is(receive(forge(bytes, 100, '\x0000803f', true)), ntk_nystrom(landmarks), 'what is forged here is right') FROM sent, small;
SELECT is((SELECT count(*) FROM generate_series(0, length(bytes) - 1, 3) AS n WHERE error_of(format('SELECT receive(%L)', substring(bytes FOR n))) !~ '^invalid or damaged'), 0::bigint, 'truncated') FROM sent;
SELECT is((SELECT count(*) FROM generate_series(0, length(bytes) - 1) AS n
		   WHERE error_of(format('SELECT receive(%L)', set_byte(bytes, n, get_byte(bytes, n) # (1 << n % 8)))) !~ '^invalid or damaged'), 0::bigint, 'a bit changed in every byte') FROM sent;
SELECT is(error_of(format('SELECT receive(%L)', forge(bytes, place, patch, sealed))), message, 'a forged map: ' || description)
FROM sent, (VALUES
	(16, '\x01'::bytea, true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'another length of landmarks'),
	(20, '\x04', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'another number of landmarks'),
	(28, '\x40', true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'a reduction'),
	(28, '\x01', true, 'base_dim must be between 64 and 65536, not 1', 'a reduction that is none'),
	(32, '\x01', true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'an option'),
	(48, '\x05', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'fewer numbers'),
	(48, '\xffffffff', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'more numbers'),
	(52, '\x01', true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'a seed'),
	(100, '\x0000807f', true, 'invalid or damaged ntk_map value | Its map contains an infinity or a NaN.', 'an infinity'),
	(120, '\x0000c07f', true, 'invalid or damaged ntk_map value | Its map contains an infinity or a NaN.', 'NaN'),
	(100, '\x0000003f', false, 'invalid or damaged ntk_map value | The fingerprint of its map does not match.', 'another landmark')) AS v (place, patch, sealed, message, description);
SELECT is(error_of(format('SELECT %L::%s', replace(encode(forge(bytes, 56 + place, patch, type = 'ntk_model'), 'base64'), E'\n', ''), type)), format(message, type), format('a forged map in %s: %s', type, description))
FROM (SELECT 'ntk_gram' AS type, _ntk_gram_send(gram) AS bytes FROM originals WHERE map = (SELECT ntk_nystrom(landmarks) FROM small)
	  UNION ALL SELECT 'ntk_model', _ntk_model_send(model) FROM originals WHERE map = (SELECT ntk_nystrom(landmarks) FROM small)) AS v,
	(VALUES (20, '\x02'::bytea, 'invalid or damaged %s value | Its map has another width.', 'of another width'),
		(48, '\x05', 'invalid or damaged %s value | The size of its map does not match its fields.', 'of fewer numbers'),
		(100, '\x0000c07f', 'invalid or damaged %s value | Its map contains an infinity or a NaN.', 'with a NaN'),
		(100, '\x0000003f', 'invalid or damaged %s value | The fingerprint of its map does not match.', 'with another landmark')) AS p (place, patch, message, description);
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test_nystrom.bin';

-- memory

CREATE FUNCTION circle(n int) RETURNS real[] LANGUAGE sql IMMUTABLE AS 'SELECT array_agg(ARRAY[sin(i * 6.28 / n), cos(i * 6.28 / n)]::real[]) FROM generate_series(1, n) AS i';
CREATE TEMP TABLE of_300 AS SELECT ntk_gram(ARRAY[i, 1]::float8[], i, (SELECT ntk_nystrom(circle(300)))) AS g FROM generate_series(1, 10) AS i;
SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is(error_of('SELECT ' || query), what || format(' needs %s MB of memory, ntk_sketch.max_memory allows 1 MB | Use fewer components, or raise ntk_sketch.max_memory.', mb), 'too little memory for ' || what)
FROM (VALUES
	('ntk_sketch(x, (SELECT ntk_nystrom(array_agg(x)) FROM long_rows WHERE id BETWEEN 10 AND 209)) FROM long_rows WHERE id = 1', 3, 'the feature map'),
	('ntk_sketch(ARRAY[1, 2], ntk_nystrom(circle(600)))', 2, 'whitening the features'),
	('ntk_solve(g, 0.1) FROM of_300', 2, 'solving for the model')) AS v (query, mb, what);
SELECT lives_ok('SELECT ntk_rows(g), g::text, ntk_feature_map(g) FROM of_300', 'reading needs no more memory');
SELECT lives_ok('SELECT ntk_gram(ARRAY[i, 1]::float8[], i, (SELECT ntk_nystrom(circle(300)))) FROM generate_series(1, 100) AS i', 'nor does summing');
RESET ntk_sketch.max_memory;
SELECT lives_ok('SELECT ntk_solve(g, 0.1) FROM of_300', 'with the default it is solved');
SELECT is(ntk_width(ntk_gram(ARRAY[1, 2]::real[], 1, map)), 4000, 'thousands of landmarks') FROM (SELECT ntk_nystrom(circle(4000)) AS map) AS m;
SELECT is(ntk_nystrom(array_fill(1::real, '{16000,3}'))::text::ntk_map, ntk_nystrom(array_fill(1::real, '{16000,3}')), 'as many as there may be');

-- time: statement_timeout stops within half a second

CREATE TEMP TABLE map_of_3000 AS SELECT ntk_nystrom(circle(3000)) AS map;
CREATE TEMP TABLE to_solve AS SELECT ntk_gram(ARRAY[i, 1]::float8[], i, map) AS g FROM map_of_3000, generate_series(1, 10) AS i;
SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_sketch(ARRAY[1, 2], map) FROM map_of_3000'), '<', 0.8::float8, 'features are stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_solve(g, 0.1) FROM to_solve'), '<', 0.8::float8, 'so is a solve while it factors the landmarks'' kernel');
SET LOCAL statement_timeout = 0;
SELECT is(cardinality(ntk_sketch(ARRAY[1, 2], map)), 3000, 'which the session then remembers') FROM map_of_3000;
SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_solve(g, 0.1) FROM to_solve'), '<', 0.8::float8, 'a solve is stopped while it whitens');
SET LOCAL statement_timeout = 0;
SELECT is(ntk_width(ntk_ridge(x, y, 0.1, ntk_nystrom(landmarks(30)))), 30, 'afterwards the session solves') FROM samples;

-- texts of more than a piece: 200,000 numbers, whose base64 is 1,066,668 characters
CREATE TEMP TABLE long AS
SELECT map, map::text AS t FROM (
	SELECT ntk_nystrom((SELECT array_agg(x) FROM (SELECT (SELECT array_agg(sin(i * j)) FROM generate_series(1, 500) AS j) AS x FROM generate_series(1, 400) AS i) AS s)) AS map) AS m;
SELECT is(md5(t::ntk_map::text), md5(t), 'many landmarks come back from their text') FROM long;
SELECT is(t::ntk_map = map, true, 'the map is the same') FROM long;
SELECT is(error_of(format('SELECT %L::ntk_map', overlay(t PLACING damage FROM place))), 'landmarks must be base64 of 400 x 500 numbers of type real', format('"%s" at %s', damage, place))
FROM long, LATERAL (VALUES ('!', 1060000), ('=', 500000), ('==', 1048576 + position('"landmarks"' IN t) + 10)) AS v (damage, place);

SELECT * FROM finish();
ROLLBACK;
