-- ntk_sketch: the features of a row, as a function of the row and the map; that their inner
-- products have the right mean; where a query can take rows and maps from.

BEGIN;
SELECT plan(76);

CREATE FUNCTION dot(a real[], b real[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT sum(x::float8 * y) FROM unnest(a, b) AS u (x, y)';

-- the largest difference of elements relative to the largest element
CREATE FUNCTION difference(a real[], b real[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN cardinality(a) = cardinality(b)
		   THEN max(abs(x::float8 - y)) / greatest(max(abs(x)), max(abs(y)), 1e-37)::float8
		   ELSE 'Infinity' END
	FROM unnest(a, b) AS u (x, y)
$$;

-- a row of d elements
CREATE FUNCTION test_row(d int, i int = 1) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(sin(i * j * 1.7 + j)) FROM generate_series(1, d) AS j';

CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query;
END $$;

-- a function of the row and the map

SELECT is(ntk_sketch(test_row(9), ntk_map(9, 100)), ntk_sketch(test_row(9), ntk_map(9, 100)), 'features are deterministic');
SELECT is(cardinality(ntk_sketch(test_row(d), ntk_map(d, m))), m, format('%s features of rows of length %s', m, d))
FROM unnest('{1,2,3,64,65,200}'::int[], '{1,7,64,65,1000,3}'::int[]) AS v (d, m);
SELECT is_empty($$SELECT d FROM unnest('{1,2,3,64,65,200}'::int[]) AS d, unnest(ntk_sketch(test_row(d), 300)) AS z
				  WHERE z IS NULL OR abs(z) > 1000 OR z = 0$$, 'features in all dimensions are ordinary numbers');
SELECT is(array_dims(ntk_sketch(test_row(9), 20)), '[1:20]', 'features are an ordinary array');
SELECT is(ntk_sketch(test_row(9), 100), ntk_sketch(test_row(9), ntk_map(9, 100)), 'n_components alone: the other defaults of ntk_map()');
SELECT is(ntk_sketch(test_row(9), 100, 3, 5), ntk_sketch(test_row(9), ntk_map(9, 100, 3, seed => 5)), 'n_components, depth, seed');
SELECT is(ntk_sketch(test_row(9), n_components => 100, seed => 5), ntk_sketch(test_row(9), ntk_map(9, 100, seed => 5)), 'arguments by name');
SELECT is((SELECT count(DISTINCT ntk_sketch(test_row(9), map)) FROM (VALUES
		   (ntk_map(9, 20)), (ntk_map(9, 20, 2)), (ntk_map(9, 20, seed => 1)), (ntk_map(9, 20, bias => 1)),
		   (ntk_map(9, 20, kernel => 'nngp')), (ntk_map(9, 20, options => '{"degree": 6}')),
		   (ntk_map(9, 20, options => '{"degree": 6, "taper": true}'))) AS v (map)),
		  7::bigint, 'different maps give different features');
SELECT is(ntk_sketch(test_row(9), ntk_map(9, 100, bias => 0.5)), ntk_sketch(test_row(9) || 0.5, ntk_map(10, 100)),
		  'a bias is an element more');
SELECT is(ntk_sketch('{1,-2,0.5}'::real[], 50), ntk_sketch('{1,-2,0.5}'::float8[], 50), 'real[]');
SELECT is(ntk_sketch('{1,-2,3}'::int[], 50), ntk_sketch('{1,-2,3}'::float8[], 50), 'integer[]');
SELECT is(ntk_sketch('{1,-2,0.5}'::numeric[], 50), ntk_sketch('{1,-2,0.5}'::float8[], 50), 'numeric[]');
SELECT is(ntk_sketch('{1,-2,0.5}'::real[], ntk_map(3, 50)), ntk_sketch('{1,-2,0.5}'::float8[], ntk_map(3, 50)), 'real[] with a map');
SELECT is(ntk_sketch('{1,-2,3}'::int[], ntk_map(3, 50)), ntk_sketch('{1,-2,3}'::float8[], ntk_map(3, 50)), 'integer[] with a map');
SELECT is(ntk_sketch('{1,-2,0.5}'::numeric[], ntk_map(3, 50)), ntk_sketch('{1,-2,0.5}'::float8[], ntk_map(3, 50)), 'numeric[] with a map');
SELECT is(ntk_sketch('[0:1]={1,2}'::float8[], 50), ntk_sketch('{1,2}'::float8[], 50), 'the lower bound of the row does not matter');

-- norms

SELECT cmp_ok(difference(ntk_sketch('{3,-6,30}'::float8[], 50), (SELECT array_agg(3 * z ORDER BY i) FROM
			  unnest(ntk_sketch('{1,-2,10}'::float8[], 50)) WITH ORDINALITY AS u (z, i))::real[]), '<', 1e-6::float8,
			  'three times the row has three times the features');
SELECT is(ntk_sketch('{0,0,0}'::float8[], 5), '{0,0,0,0,0}'::real[], 'a zero row has zero features');
SELECT isnt(ntk_sketch('{0,0,0}'::float8[], ntk_map(3, 5, bias => 1)), '{0,0,0,0,0}'::real[], 'unless the map has a bias');
SELECT cmp_ok(difference(ntk_sketch('{1e30,2e30}'::float8[], 50), (SELECT array_agg(1e30 * z ORDER BY i) FROM
			  unnest(ntk_sketch('{1,2}'::float8[], 50)) WITH ORDINALITY AS u (z, i))::real[]), '<', 1e-6::float8,
			  'rows of norm 1e30 have finite features');
SELECT is(ntk_sketch(ARRAY[x, 2 * x], 3), '{0,0,0}'::real[], format('features too small for a real are 0: x = %s', x))
FROM unnest('{1e-60,1e-110,1e-300}'::float8[]) AS x;
SELECT throws_ok(format('SELECT ntk_sketch(''{%1$s,%1$s}''::float8[], 3)', x), '22003', 'a feature exceeds the range of type real',
				 format('features too large for a real are an error: x = %s', x))
FROM unnest('{1e60,1e110,1e300}'::float8[]) AS x;
SELECT throws_ok($$SELECT ntk_sketch('{3e38,3e38}'::float8[], 1)$$, '22003', 'a feature exceeds the range of type real',
				 'also close to the limit');

-- The mean of inner products. Rows of two elements are padded to three, so their kernel is a
-- Legendre series: its mass of degree l is (2l+1)/2 times the integral of K P_l over [-1,1].

CREATE TEMP TABLE pairs (pair int, x float8[], y float8[]);
INSERT INTO pairs VALUES (1, '{1,0}', '{1,0}'), (2, '{1,0}', '{0.6,0.8}'), (3, '{1,0.5}', '{-2,1.5}'), (4, '{1,1}', '{-1,-1}');

CREATE FUNCTION legendre(l int, t float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE l WHEN 0 THEN 1 WHEN 1 THEN t WHEN 2 THEN (3 * t * t - 1) / 2 WHEN 3 THEN (5 * t * t - 3) * t / 2
		   WHEN 4 THEN ((35 * t * t - 30) * t * t + 3) / 8 END
$$;

CREATE TEMP TABLE masses AS
SELECT depth, kernel, l, (2 * l + 1) / 2.0 * sum(ntk_kernel(ARRAY[1.0, 0.0], ARRAY[cos(a), sin(a)], depth, kernel)
												 * legendre(l, cos(a)) * sin(a) * pi() / 2000) AS mass
FROM (SELECT (i - 0.5) * pi() / 2000 AS a FROM generate_series(1, 2000) AS i) AS angles,
	generate_series(0, 4) AS l, (VALUES (1, 'ntk'), (3, 'ntk'), (1, 'nngp')) AS k (depth, kernel)
GROUP BY depth, kernel, l;

CREATE TEMP TABLE products AS
SELECT depth, kernel, pair, avg(product) AS mean, stddev(product) / sqrt(count(*)) AS error
FROM (VALUES (1, 'ntk'), (3, 'ntk'), (1, 'nngp')) AS k (depth, kernel), pairs, generate_series(1, 300) AS seed,
	LATERAL (SELECT ntk_map(2, 32, depth, seed => seed, kernel => kernel, options => '{"degree": 4}') AS map OFFSET 0) AS m,
	LATERAL (SELECT dot(ntk_sketch(x, map), ntk_sketch(y, map)) AS product) AS p
GROUP BY depth, kernel, pair;

SELECT cmp_ok(abs(mean - wanted), '<', 4 * error + 1e-5::float8,
			  format('%s, depth %s, pair %s: the mean product of 300 maps is the truncated kernel %s', kernel, depth, pair, wanted::numeric(8, 5)))
FROM products JOIN pairs USING (pair), LATERAL (
	SELECT sqrt(xx * yy) * sum(mass * legendre(l, greatest(least(xy / sqrt(xx * yy), 1), -1))) AS wanted
	FROM masses, (SELECT x[1] * x[1] + x[2] * x[2] AS xx, y[1] * y[1] + y[2] * y[2] AS yy, x[1] * y[1] + x[2] * y[2] AS xy) AS s
	WHERE masses.depth = products.depth AND masses.kernel = products.kernel GROUP BY xx, yy) AS w
ORDER BY depth, kernel, pair;
SELECT cmp_ok(max(error), '<', 0.1::float8, 'which 300 maps estimate well') FROM products;

-- In 200 dimensions only neighbours are affected by the truncation of the series.
SELECT cmp_ok(abs(avg(product) - wanted), '<', 4 * stddev(product) / sqrt(count(*)) + 1e-3 * wanted,
			  format('depth %s in 200 dimensions: the mean product of 300 maps is the kernel %s', depth, wanted::numeric(8, 4)))
FROM unnest('{1,3}'::int[]) AS depth,
	LATERAL (SELECT ntk_kernel(test_row(200, 1), test_row(200, 2), depth) AS wanted) AS k,
	LATERAL (SELECT dot(ntk_sketch(test_row(200, 1), map), ntk_sketch(test_row(200, 2), map)) AS product
			 FROM generate_series(1, 300) AS seed,
			 LATERAL (SELECT ntk_map(200, 128, depth, seed => seed, options => '{"degree": 8}') AS map OFFSET 0) AS m) AS p
GROUP BY depth, wanted ORDER BY depth;

-- rows and maps from everywhere

CREATE TEMP TABLE maps (id int PRIMARY KEY, map ntk_map);
INSERT INTO maps SELECT i, ntk_map(2, 8 + i % 3, seed => i) FROM generate_series(0, 5) AS i;
CREATE TABLE test_rows (id int, x float8[], map_id int);
INSERT INTO test_rows SELECT i, test_row(2, i), i % 6 FROM generate_series(1, 1000) AS i;

SELECT is_empty('SELECT r.id FROM test_rows r JOIN maps m ON m.id = map_id
				 WHERE ntk_sketch(x, map) <> ntk_sketch(x, ntk_map(2, 8 + map_id % 3, seed => map_id))',
				'maps of a table, another one in every row');
SELECT is_empty(format('SELECT id FROM test_rows WHERE ntk_sketch(x, %1$s, %2$s, %3$s) <> ntk_sketch(x, ntk_map(2, %1$s, %2$s, seed => %3$s))', m, depth, seed),
				format('numbers that change from row to row: n_components %s, depth %s, seed %s', m, depth, seed))
FROM (VALUES ('8 + id % 3', '1', '0'), ('8', '1 + id % 2', '0'), ('8', '1', 'id % 7')) AS v (m, depth, seed);
SELECT is_empty('SELECT id FROM test_rows WHERE ntk_sketch(x, (SELECT map FROM maps WHERE id = 4)) <> ntk_sketch(x, 9, seed => 4)',
				'the map of a sub-select');
SELECT is((SELECT array_agg(cardinality(ntk_sketch(test_row(d), 4)) ORDER BY d) FROM generate_series(1, 5) AS d), '{4,4,4,4,4}'::int[],
		  'rows whose length changes');
PREPARE features (float8[], ntk_map) AS SELECT ntk_sketch($1, $2);
SELECT results_eq(format('EXECUTE features(test_row(2), %L)', map), format('SELECT ntk_sketch(test_row(2), %s, seed => %s)', 8 + id % 3, id),
				  'the map of a prepared statement, execution ' || id)
FROM maps WHERE id < 2 ORDER BY id;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT results_eq(format('EXECUTE features(test_row(2), %L)', map), format('SELECT ntk_sketch(test_row(2), %s, seed => %s)', 8 + id % 3, id),
				  'the map of a prepared statement with a generic plan, execution ' || id)
FROM maps WHERE id < 2 ORDER BY id;

CREATE TEMP TABLE generated (x float8[], z real[] GENERATED ALWAYS AS (ntk_sketch(x, 4)) STORED,
							 mapped real[] GENERATED ALWAYS AS (ntk_sketch(x, ntk_map(2, 4))) STORED);
INSERT INTO generated SELECT x FROM test_rows WHERE id <= 10;
SELECT is_empty('SELECT x FROM generated WHERE z <> ntk_sketch(x, 4) OR mapped <> z', 'generated columns');

CREATE INDEX ON test_rows ((ntk_sketch(x, ntk_map(2, 4))));
SET LOCAL enable_seqscan = off;
SELECT is((SELECT id FROM test_rows WHERE ntk_sketch(x, ntk_map(2, 4)) = ntk_sketch(test_row(2, 17), 4)), 17, 'an index on features');
SELECT ok(EXISTS (SELECT FROM plan_of('SELECT id FROM test_rows WHERE ntk_sketch(x, ntk_map(2, 4)) = ntk_sketch(test_row(2, 17), 4)') AS line
				  WHERE line LIKE '%Index Cond%'), 'is used');
RESET enable_seqscan;

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT ok(EXISTS (SELECT FROM plan_of('SELECT id FROM test_rows WHERE (ntk_sketch(x, 8))[3] > 0') AS line WHERE line LIKE '%Gather%'),
		  'parallel workers compute features');
CREATE TEMP TABLE parallel_ids AS SELECT id FROM test_rows WHERE (ntk_sketch(x, 8))[3] > 0;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT bag_eq('SELECT id FROM test_rows WHERE (ntk_sketch(x, 8))[3] > 0', 'SELECT id FROM parallel_ids', 'the same ones');

-- NULL arguments and errors

SELECT is(ntk_sketch(NULL::float8[], ntk_map(2, 4)), NULL, 'a NULL row gives NULL');
SELECT is(ntk_sketch(ARRAY[1, 2], NULL::ntk_map), NULL, 'a NULL map gives NULL');
SELECT is(ntk_sketch(ARRAY[1, 2], NULL::int), NULL, 'a NULL number of components gives NULL');
SELECT throws_ok('SELECT ntk_sketch(' || arguments || ')', code, message, description)
FROM (VALUES
	('ARRAY[1, 2, 3], ntk_map(2, 4)', '22000', 'x has length 3, the feature map expects 2', 'a row too long'),
	('ARRAY[1], ntk_map(2, 4)', '22000', 'x has length 1, the feature map expects 2', 'a row too short'),
	('ARRAY[1, NULL], ntk_map(2, 4)', '22004', 'element 2 of x is null', 'a NULL element'),
	('ARRAY[NULL, 2], 4', '22004', 'element 1 of x is null', 'a NULL element, without a map'),
	('''{1,NaN}''::real[], ntk_map(2, 4)', '22003', 'element 2 of x must be finite, not NaN', 'NaN'),
	('''{-Infinity,0}''::float8[], 4', '22003', 'element 1 of x must be finite, not -Infinity', 'an infinity'),
	('''{}''::float8[], 4', '2202E', 'x must not be empty', 'an empty row'),
	('''{{1,2}}''::float8[], ntk_map(2, 4)', '2202E', 'x must be a one-dimensional array', 'a matrix'),
	('ARRAY[1, 2], 0', '22023', 'n_components must be between 1 and 16000, not 0', 'no components'),
	('ARRAY[1, 2], 16001', '22023', 'n_components must be between 1 and 16000, not 16001', 'too many components'),
	('ARRAY[1, 2], 4, 0', '22023', 'depth must be between 1 and 64, not 0', 'depth 0')) AS v (arguments, code, message, description);

SELECT * FROM finish();
ROLLBACK;
