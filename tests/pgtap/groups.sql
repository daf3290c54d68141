-- Ten thousand groups of a few rows: statistics and models of every group, by hashing and by
-- sorting. A group must cost its rows, not a block or a triangle.

BEGIN;
SELECT plan(19);

CREATE TABLE small_groups AS
SELECT g, r, ARRAY[sin(g + r), cos(g * r), r, 1] AS z, (g % 13 + r)::float8 AS y
FROM generate_series(1, 10000) AS g, generate_series(1, 5) AS r
WHERE r <= 1 + g % 5;
ANALYZE small_groups;

\ir include/plan_of.sql

-- the groups whose statistic is not the plain sums
CREATE FUNCTION wrong_groups() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (
		SELECT count(*) AS n, sum(y) AS y, sum(z[1] * y) AS zy, sum(z[2] * z[3]) AS zz, ntk_gram(z, y) AS s
		FROM small_groups GROUP BY g) AS groups, ntk_moments(s) AS m
	WHERE ntk_rows(s) <> n OR NOT abs(target_sum[1] - y) < 1e-9 OR NOT abs(feature_target[1][1] - zy) < 1e-9
		OR NOT abs(gram[2][3] - zz) < 1e-9 OR NOT abs(gram[3][2] - zz) < 1e-9 OR ntk_width(s) <> 4
$$;

-- the groups whose model is not that of their statistic
CREATE FUNCTION wrong_models() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (
		SELECT g, ntk_gram(z, y) AS s, ntk_ridge(z, y, 0.1) AS m, count(*) AS n FROM small_groups GROUP BY g) AS groups
	WHERE ntk_rows(m) <> n OR m::text <> ntk_solve(s, 0.1)::text
$$;

SET LOCAL max_parallel_workers_per_gather = 0;

CREATE FUNCTION pg_temp.check_all(how text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is((SELECT count(*) FROM (SELECT ntk_gram(z, y) FROM small_groups GROUP BY g) AS s), 10000::bigint, how || ': 10,000 groups');
	RETURN NEXT is(wrong_groups(), 0::bigint, how || ': each has its own sums');
	RETURN NEXT is(wrong_models(), 0::bigint, how || ': each has its own model');
	RETURN NEXT is((SELECT sum(ntk_rows(s)) FROM (SELECT ntk_gram(z[1:3], y, ntk_map(3, 16)) AS s FROM small_groups GROUP BY g) AS q),
				   (SELECT count(*) FROM small_groups)::numeric, how || ': groups with a map');
	RETURN NEXT ok((SELECT abs(ntk_weight(sum(s)) - (SELECT count(*) FROM small_groups)) < 1e-6 AND ntk_rows(sum(s)) = (SELECT count(*) FROM small_groups)
					FROM (SELECT ntk_gram(z, y) AS s FROM small_groups GROUP BY g) AS q), how || ': the groups add up to all rows');
END $$;

SET LOCAL enable_sort = off;
SET LOCAL work_mem = '256MB';
SELECT ok(EXISTS (SELECT FROM plan_of('SELECT ntk_gram(z, y) FROM small_groups GROUP BY g') AS line WHERE line LIKE '%HashAggregate%'),
		  'a plan that hashes');
SELECT pg_temp.check_all('hashing');
SET LOCAL work_mem = '1MB';
SELECT pg_temp.check_all('hashing beyond work_mem');
RESET enable_sort;
SET LOCAL enable_hashagg = off;
SELECT ok(EXISTS (SELECT FROM plan_of('SELECT ntk_gram(z, y) FROM small_groups GROUP BY g') AS line WHERE line LIKE '%GroupAggregate%'),
		  'a plan that sorts');
SELECT pg_temp.check_all('sorting');

-- the memory of the states is what EXPLAIN shows
RESET enable_hashagg;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '256MB';
SELECT cmp_ok(substring(plan_of('SELECT ntk_gram(array_fill(z[1], ARRAY[100]), y) FROM small_groups GROUP BY g % 100', 'ANALYZE'), 'Memory Usage: ([0-9]+)kB')::int,
			  '>', 100 * (8 * 100 * 101 / 2) / 1024, 'EXPLAIN ANALYZE shows the memory of a hash of statistics');
RESET enable_sort;
RESET work_mem;

-- scoring with all these models
RESET enable_hashagg;
CREATE TABLE models AS SELECT g, ntk_ridge(z, y, 0.1) AS m FROM small_groups GROUP BY g;
SELECT is_empty('SELECT g FROM models, ntk_coefficients(m) AS c
				 WHERE NOT abs(ntk_predict(m, ARRAY[1, 0, 0, 0]) - c.intercept[1] - c.weights[1][1]) < 1e-9', 'each row is scored by its model');

SELECT * FROM finish();
ROLLBACK;
