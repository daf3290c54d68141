-- Statistics from which so much was subtracted that rounding errors are what is left, and those
-- from which rows were subtracted that they never had: a clear error, not a wrong model.

BEGIN;
SELECT plan(16);

\ir include/error_of.sql
\ir include/difference.sql

CREATE TEMP TABLE samples AS
SELECT i AS id, (SELECT array_agg(sin(i * j * 0.7 + j)) FROM generate_series(1, 8) AS j) AS z, cos(i) + i % 3 AS y
FROM generate_series(1, 120) AS i;
-- the last 5 rows stay; the others come with a weight and go again
CREATE FUNCTION came_and_went(weight float8) RETURNS ntk_gram LANGUAGE sql AS $$
	SELECT a + (SELECT ntk_gram(z, y) FROM samples WHERE id > 115) - a FROM (SELECT ntk_gram(z, y, weight) AS a FROM samples WHERE id <= 115) AS s
$$;
CREATE TEMP TABLE direct AS SELECT ntk_gram(z, y) AS g FROM samples WHERE id > 115;
CREATE FUNCTION distance(a ntk_model, b ntk_model) RETURNS float8 LANGUAGE sql AS
	'SELECT max(abs(ntk_predict(a, z) - ntk_predict(b, z))) FROM samples';

-- rounding errors below what the model sees

SELECT cmp_ok(difference(came_and_went(1), g), '<', 1e-8::float8, 'rows that were added and subtracted leave the statistic of the rest') FROM direct;
SELECT cmp_ok(distance(ntk_solve(came_and_went(1), lambda), ntk_solve(g, lambda)), '<', 1e-8::float8, 'its model is that of the rest, lambda ' || lambda)
FROM direct, unnest('{1e-6,1e-4,1e-2}'::float8[]) AS lambda;
SELECT cmp_ok(distance(ntk_solve(came_and_went(1e3), 1e-3), ntk_solve(g, 1e-3)), '<', 1e-5::float8, 'also after a thousand times as much') FROM direct;

-- above

SELECT matches(error_of('SELECT ntk_solve(came_and_went(1e8), 1e-6)'),
			   '^the Gram matrix is not positive definite for lambda = 1e-06 \| It is of 8 features and 5 rows. Statistics of 2\.3e\+09 times its size were subtracted: '
			   'their rounding errors are left, or rows were subtracted that had not been added. \| Sum the rows that remain anew, or use a larger lambda, for example 0.0001.$',
			   'rounding errors are refused, not fitted');
SELECT throws_ok('SELECT ntk_solve(came_and_went(1e8), 1e-6)', '22003', NULL, 'with this code');
CREATE TEMP TABLE stored AS SELECT came_and_went(1e8) AS g;
SELECT matches(error_of('SELECT ntk_solve(g::text::ntk_gram, 1e-6) FROM stored'), 'times its size were subtracted', 'a stored statistic remembers');
SELECT matches(error_of('SELECT ntk_solve(g + (SELECT g FROM direct), 1e-6) FROM stored'), 'times its size were subtracted', 'so do its sums');
SELECT matches(error_of('SELECT ntk_solve(ntk_scale(g, 0.1), 1e-6) FROM stored'), 'Statistics of 2\.3e\+09 times its size', 'and multiples');
SELECT cmp_ok(distance(ntk_solve(g, 100), ntk_solve((SELECT g FROM direct), 100)), '<', 0.1::float8, 'a penalty beyond the rounding errors gives a model') FROM stored;
SELECT is((SELECT array_agg(gcv IS NULL ORDER BY lambda) FROM ntk_path(g, '{1e-6,100}')), '{t,f}', 'a path shows which do not') FROM stored;
SELECT lives_ok('SELECT ntk_solve(g - g + (SELECT g FROM direct), 1e-6) FROM stored', 'nothing left, all is forgotten');

-- rows that were not there

SELECT matches(error_of('SELECT ntk_solve((SELECT ntk_gram(z, y) FROM samples WHERE id > 3) - (SELECT ntk_gram(z, y) FROM samples WHERE id <= 115), 1e-6)'),
			   'or rows were subtracted that had not been added', 'rows that had not been added');
SELECT matches(error_of('SELECT ntk_solve(ntk_gram(ARRAY[i, 0]::float8[], i) - (SELECT ntk_gram(''{0,1}''::float8[], 1)), 1) FROM generate_series(1, 10) AS i'),
			   'or rows were subtracted that had not been added', 'a negative variance is not taken for a constant feature');

-- landmarks: the same of their features
CREATE TEMP TABLE mapped AS
SELECT a + rest - a AS g, rest FROM (
	SELECT ntk_gram(z, y, map, 1e8) FILTER (WHERE id <= 115) AS a, ntk_gram(z, y, map) FILTER (WHERE id > 115) AS rest
	FROM samples, (SELECT ntk_nystrom(ntk_landmarks(z, 10)) AS map FROM samples) AS m) AS s;
SELECT matches(error_of('SELECT ntk_solve(g, 1e-8) FROM mapped'), 'times its size were subtracted', 'a statistic of landmarks');

SELECT * FROM finish();
ROLLBACK;
