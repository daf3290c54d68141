-- What every method of feature maps promises, whichever it is.

BEGIN;
CREATE TEMP TABLE methods AS
SELECT name, method, options, map, row_number() OVER () AS i
FROM (VALUES ('zonal', 'zonal', '{}'::jsonb), ('polysketch', 'polysketch', '{}'), ('layered polysketch', 'polysketch', '{"layered": true}'),
	  ('random features', 'random_features', '{}'), ('random features by leverage', 'random_features_leverage', '{}')) AS v (name, method, options),
	LATERAL (SELECT ntk_map(5, 600, method => method, seed => 3, bias => 1, options => options) AS map) AS m;
CREATE TEMP TABLE samples AS
SELECT id, x, x[1] * x[2] + abs(x[3]) AS y
FROM (SELECT i AS id, (SELECT array_agg(sin(i * j * 0.7 + j * j) ORDER BY j) FROM generate_series(1, 5) AS j) AS x
	  FROM generate_series(1, 400) AS i) AS s;

SELECT plan(12 * count(*)::int - 1) FROM methods;

SELECT is(map::text::ntk_map, map, name || ': the text form says it all') FROM methods;
SELECT is(map::text::jsonb ->> 'method', method, name || ': and its name') FROM methods;
SELECT is(cardinality(ntk_sketch(x, map)), 600, name || ': as many features as asked for') FROM methods, samples WHERE id = 1;
SELECT is(ntk_sketch(x, map), ntk_sketch(x, map::text::ntk_map), name || ': equal arguments, equal features') FROM methods, samples WHERE id = 2;
SELECT isnt(ntk_sketch(x, map), ntk_sketch(x, ntk_map(5, 600, method => method, seed => 4, bias => 1, options => options)), name || ': another seed, other features')
FROM methods, samples WHERE id = 2;
SELECT is(error, 0::bigint, name || ': features of very small and very large rows are finite')
FROM methods, LATERAL (
	SELECT count(*) AS error
	FROM unnest('{1e-30,1e30}'::float8[]) AS scale, samples,
		LATERAL unnest(ntk_sketch((SELECT array_agg(e * scale) FROM unnest(x) AS e), map)) AS z
	WHERE id <= 5 AND NOT abs(z) < 'Infinity') AS bad;
SELECT is(ntk_sketch('{0,0,0,0,0}'::real[], ntk_map(5, 40, method => method, options => options)), array_fill(0::real, '{40}'), name || ': a zero row has zero features')
FROM methods;

-- The mean over seeds of <z(x), z(y)> is the kernel, up to what the series or polynomial leaves
-- out of it.
SELECT cmp_ok(abs(avg(product) - kernel), '<', (4 * stddev(product) / sqrt(count(*)) + 0.05 * norm)::float8, name || ': on average the kernel')
FROM methods, samples AS a, samples AS b,
	LATERAL (SELECT ntk_kernel(a.x || 1.0::float8, b.x || 1.0::float8) AS kernel,
			 sqrt(ntk_kernel(a.x || 1.0::float8, a.x || 1.0::float8) * ntk_kernel(b.x || 1.0::float8, b.x || 1.0::float8)) AS norm) AS k,
	generate_series(1, 100) AS seed,
	LATERAL (SELECT ntk_map(5, 600, method => method, seed => seed, bias => 1, options => options) AS map) AS m,
	LATERAL (SELECT sum(za * zb)::float8 AS product
			 FROM unnest(ntk_sketch(a.x, m.map), ntk_sketch(b.x, m.map)) AS z (za, zb)) AS p
WHERE a.id = 1 AND b.id = 2
GROUP BY name, kernel, norm;

SELECT cmp_ok(avg((y - ntk_predict(model, x)) ^ 2), '<', (0.05 * var_pop(y))::float8, name || ': learns')
FROM samples, (SELECT name, ntk_ridge(x, y, 1e-6, map) AS model FROM methods, samples GROUP BY name, map) AS fitted
GROUP BY name;
SELECT cmp_ok(max(abs(a - b)), '<', 1e-5::float8, name || ': featurized one by one or in blocks, the same')
FROM (SELECT name, (ntk_moments(ntk_gram(x, y, map))).feature_sum AS whole,
		  (ntk_moments(ntk_gram(ntk_sketch(x, map), y))).feature_sum AS single
	  FROM methods, samples GROUP BY name, map) AS s,
	LATERAL unnest(whole, single) AS u (a, b)
GROUP BY name;
SELECT throws_ok(format('SELECT ntk_map(5, method => %L, options => ''{"no such": 1}'')', method), '22023',
				 format('unknown key "no such" in the options of method "%s"', method), name || ': unknown options')
FROM methods;

SELECT isnt(a.map, b.map, a.name || ' is not ' || b.name) FROM methods AS a, methods AS b WHERE a.i = 1 AND b.i > 1;

SELECT * FROM finish();
ROLLBACK;
