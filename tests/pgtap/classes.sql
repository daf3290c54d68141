-- Statistics of classes are those of one-hot targets; statistics scaled by a factor, and with
-- some of their targets.

BEGIN;
SELECT plan(49);

\ir include/difference.sql
\ir include/error_of.sql

CREATE TABLE samples AS
SELECT i AS id, ARRAY[sin(i), cos(1.7 * i), sin(2.3 * i) * cos(i)]::float8[] AS x, i * i % 5 AS class,
	(SELECT array_agg((i * i % 5 = c)::int::float8 ORDER BY c) FROM generate_series(0, 4) AS c) AS y, 0.5 + i % 3 AS w
FROM generate_series(1, 3000) AS i;
ANALYZE samples;

-- the same as one-hot targets: few rows, which wait, and many
SELECT cmp_ok(difference(ntk_gram_class(x, class, 5), ntk_gram(x, y)), '<', 1e-12::float8, format('features, %s rows', n))
FROM unnest('{3,64,65,3000}'::int[]) AS n, samples WHERE id <= n GROUP BY n;
SELECT cmp_ok(difference(ntk_gram_class(x::real[], class, 5, w), ntk_gram(x::real[], y, w)), '<', 1e-12::float8, format('weighted, %s rows', n))
FROM unnest('{3,3000}'::int[]) AS n, samples WHERE id <= n GROUP BY n;
SELECT cmp_ok(difference(ntk_gram_class(x, class, 5, ntk_map(3, 40)), ntk_gram(x, y, ntk_map(3, 40))), '<', 1e-12::float8, format('with a map, %s rows', n))
FROM unnest('{3,3000}'::int[]) AS n, samples WHERE id <= n GROUP BY n;
SELECT cmp_ok(difference(ntk_gram_class(x::real[], class, 5, ntk_map(3, 40), w), ntk_gram(x::real[], y, ntk_map(3, 40), w)), '<', 1e-12::float8, 'with a map, weighted')
FROM samples;
SELECT cmp_ok(difference(g.target, t.target), '<', 1e-12::float8, 'products of targets, too')
FROM (SELECT ntk_gram_class(x, class, 5, w) AS a, ntk_gram(x, y, w) AS b FROM samples) AS s, ntk_moments(a) AS g, ntk_moments(b) AS t;
SELECT cmp_ok(difference(ntk_gram_class(x, class, 5) FILTER (WHERE id % 2 = 0) + ntk_gram(x, y) FILTER (WHERE id % 2 = 1), ntk_gram(x, y)), '<', 1e-12::float8, 'they add up with others')
FROM samples;
SELECT is(ntk_targets(ntk_gram_class(x, class, 1000)), 1000, 'classes that do not occur are targets, too') FROM samples;
SELECT is(ntk_skipped(ntk_gram_class(x, nullif(class, 0), 5)), count(*) FILTER (WHERE class = 0), 'rows without a class are left out') FROM samples;
SELECT ok(ntk_gram_class(x, class, 5) IS NULL, 'no rows') FROM samples WHERE false;

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TEMP TABLE parallel AS SELECT ntk_gram_class(x, class, 5, ntk_map(3, 40), w) AS g FROM samples;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT cmp_ok(difference(g, (SELECT ntk_gram_class(x, class, 5, ntk_map(3, 40), w) FROM samples)), '<', 1e-9::float8, 'by parallel workers') FROM parallel;

SELECT cmp_ok(avg((class = (SELECT i FROM unnest(p) WITH ORDINALITY AS u (v, i) ORDER BY v DESC LIMIT 1) - 1)::int), '>', 0.9, 'a classifier')
FROM (SELECT ARRAY[cos(a), sin(a)] AS x, (a / 1.3)::int AS class FROM generate_series(0, 6.28, 0.01) AS a) AS s,
	LATERAL (SELECT ntk_solve(ntk_gram_class(ARRAY[cos(a), sin(a)]::float8[], (a / 1.3)::int, 6, ntk_map(2, 64, bias => 1)), 1e-6) AS m
			 FROM generate_series(0, 6.28, 0.01) AS a) AS f, LATERAL ntk_predict_all(m, x) AS p;

SELECT is(error_of(format('SELECT ntk_gram_class(%s) FROM samples', arguments)), message, description)
FROM (VALUES
	('x, class, 4', 'class must be between 0 and n_classes - 1 = 3, not 4', 'a class too large'),
	('x, -1, 4', 'class must be between 0 and n_classes - 1 = 3, not -1', 'a negative one'),
	('x, class, 0', 'n_classes must be between 1 and 1000, not 0', 'no classes'),
	('x, class, 1001', 'n_classes must be between 1 and 1000, not 1001', 'too many classes'),
	('x, class, NULL', 'n_classes must not be null', 'a NULL number of classes'),
	('x, class, 5 + id / 3000', 'y has length 6, the statistic expects 5', 'a number of classes that changes'),
	('x, class, 5, NULL::ntk_map', 'map must not be null', 'no map'),
	('x, class, 5, -w', 'weight must not be negative, not -1.5 | To take rows out of a statistic, subtract a statistic of them.', 'a negative weight')) AS v (arguments, message, description);

-- ntk_scale

SELECT cmp_ok(difference(ntk_scale(ntk_gram(x, y, w), 0.25), ntk_gram(x, y, 0.25 * w)), '<', 1e-12::float8, format('ntk_scale, %s rows', n))
FROM unnest('{3,3000}'::int[]) AS n, samples WHERE id <= n GROUP BY n;
SELECT is(ntk_rows(ntk_scale(ntk_gram(x, y), 0.5)), 3000::bigint, 'the number of rows stays') FROM samples;
SELECT is(ntk_weight(ntk_scale(ntk_gram(x, y), 0.5)), 1500::float8, 'the weight does not') FROM samples;
SELECT is(ntk_weight(g), 3000::float8, 'the argument does not change') FROM (SELECT ntk_gram(x, y) AS g FROM samples) AS s, LATERAL ntk_scale(g, 0.5) AS h WHERE ntk_weight(h) = 1500;
SELECT ok(ntk_scale(NULL, 1) IS NULL AND ntk_scale(ntk_gram(x, y), NULL) IS NULL, 'NULLs') FROM samples;
SELECT is(error_of(format('SELECT ntk_scale(ntk_gram(x, y), %s) FROM samples', factor)), message, 'a factor of ' || factor)
FROM (VALUES ('-1', 'factor must not be negative, not -1'), ('''NaN''', 'factor must be finite, not NaN')) AS v (factor, message);

-- ntk_with_targets

SELECT cmp_ok(difference(ntk_with_targets(ntk_gram(x, y, w), places), ntk_gram(x, (SELECT array_agg(y[p] ORDER BY i) FROM unnest(places) WITH ORDINALITY AS u (p, i)), w)), '<', 1e-12::float8,
			  format('targets %s, %s rows', places, n))
FROM unnest('{3,3000}'::int[]) AS n, (VALUES ('{1}'::int[]), ('{4,2}'), ('{3,3,1}'), ('{1,2,3,4,5}')) AS v (places), samples
WHERE id <= n GROUP BY n, places ORDER BY n, places;
SELECT results_eq('SELECT ntk_rows(g), ntk_skipped(g), ntk_targets(g), ntk_width(g), ntk_feature_map(g) FROM
					(SELECT ntk_with_targets(ntk_gram(x, CASE WHEN id > 10 THEN y END, ntk_map(3, 8)), ''{2}'') AS g FROM samples) AS s',
				  'VALUES (2990::bigint, 10::bigint, 1, 8, ntk_map(3, 8))', 'all else stays');
SELECT cmp_ok(abs(ntk_predict(ntk_solve(ntk_with_targets(g, '{2}'), 0.01), '{1,2,3}'::float8[]) - (ntk_predict_all(ntk_solve(g, 0.01), '{1,2,3}'::float8[]))[2]), '<', 1e-12::float8,
			  'and so does the model of a target') FROM (SELECT ntk_gram(x, y) AS g FROM samples) AS s;
SELECT is(error_of(format('SELECT ntk_with_targets(ntk_gram(x, y), %L) FROM samples', places)), message, 'targets ' || places)
FROM (VALUES ('{0}', 'target 0 does not exist, the statistic has 5'), ('{1,6}', 'target 6 does not exist, the statistic has 5'),
			 ('{}', 'targets must not be empty'), ('{1,NULL}', 'element 2 of targets is null'), ('{{1}}', 'targets must be a one-dimensional array | It has 2 dimensions.')) AS v (places, message);
SELECT is(error_of('SELECT ntk_with_targets(ntk_gram(x, NULL::float8), ''{1}'') FROM samples'), 'target 1 does not exist, the statistic has 0', 'no rows, no targets');
SELECT ok(ntk_with_targets(NULL, '{1}') IS NULL, 'NULL');

SELECT * FROM finish();
ROLLBACK;
