-- The path of lambdas: what it says of each, its default grid, the choice that ntk_solve makes.

BEGIN;
SELECT plan(24);

\ir include/error_of.sql

CREATE TEMP TABLE samples AS
SELECT i AS id, ARRAY[sin(i), cos(1.7 * i), sin(2.3 * i) * cos(i)]::float8[] AS x,
	ARRAY[sin(i) + 0.3 * cos(29 * i), cos(3 * i) * sin(i)]::float8[] AS y, 0.5 + (i % 3) AS w
FROM generate_series(1, 60) AS i;
CREATE TEMP TABLE statistics AS
SELECT ntk_gram(x, y, ntk_map(3, 20, bias => 1), w) FILTER (WHERE id % 4 <> 0) AS fit,
	ntk_gram(x, y, ntk_map(3, 20, bias => 1), w) FILTER (WHERE id % 4 = 0) AS held_out
FROM samples;

-- against what other functions say

CREATE TEMP TABLE path AS
SELECT p.* FROM statistics, ntk_path(fit, '{1e-6,1e-3,1,100}', held_out) AS p;
SELECT is(array_agg(lambda), '{1e-6,1e-3,1,100}', 'a row for each lambda, in their order') FROM path;
SELECT cmp_ok(max(abs(train_mse / ((ntk_train_mse(m))[1] / 2 + (ntk_train_mse(m))[2] / 2) - 1)), '<', 1e-12::float8, 'train_mse is the mean over targets')
FROM path, statistics, LATERAL ntk_solve(fit, lambda) AS m;
SELECT cmp_ok(max(abs(holdout_mse / ((ntk_mse(m, held_out))[1] / 2 + (ntk_mse(m, held_out))[2] / 2) - 1)), '<', 1e-12::float8, 'holdout_mse is that of ntk_mse')
FROM path, statistics, LATERAL ntk_solve(fit, lambda) AS m;
SELECT cmp_ok(max(abs(gcv / (train_mse / (1 - (df + 1) / 45) ^ 2) - 1)), '<', 1e-12::float8, 'gcv is train_mse / (1 - (df + 1) / n)^2') FROM path;
SELECT ok(bool_and(df < before), 'degrees of freedom fall with lambda')
FROM (SELECT df, lag(df) OVER (ORDER BY lambda) AS before FROM path) AS s;
SELECT cmp_ok(df, '<', 20::float8, 'and begin below the number of features') FROM path WHERE lambda = 1e-6;

-- Predictions are linear in y, so the degrees of freedom are the sum over rows of what one more
-- in a row's target adds to its own prediction; the intercept has one of them.
CREATE TEMP TABLE unweighted AS
SELECT id, ntk_sketch(x, ntk_map(3, 12, bias => 1)) AS phi, y[1] AS y FROM samples;
SELECT cmp_ok(abs(sum(ntk_predict(raised, phi) - ntk_predict(plain, phi)) - df - 1), '<', 1e-8::float8, 'degrees of freedom for ' || lambda)
FROM unnest('{1e-8,1e-4,0.1,10}'::float8[]) AS lambda,
	LATERAL (SELECT ntk_ridge(phi, y, lambda) AS plain FROM unweighted) AS a,
	LATERAL (SELECT df FROM (SELECT ntk_gram(phi, y) AS gram FROM unweighted) AS g, ntk_path(gram, ARRAY[lambda])) AS b,
	unweighted AS u,
	LATERAL (SELECT ntk_ridge(phi, y + (id = u.id)::int, lambda) AS raised FROM unweighted) AS c
GROUP BY lambda, df ORDER BY lambda;

-- the grid of its own

CREATE TEMP TABLE own AS
SELECT row_number() OVER () AS i, p.* FROM statistics, ntk_path(fit, holdout => held_out) AS p;
SELECT is(count(*), (11 + 4)::bigint, 'a lambda a decade from 1e-9 to 10, and four more') FROM own;
SELECT ok(bool_and(lambda > before), 'in ascending order')
FROM (SELECT lambda, lag(lambda) OVER (ORDER BY i) AS before FROM own) AS s;
SELECT cmp_ok(count(*), '>=', 3::bigint, 'around the best one they are dense')
FROM own WHERE abs(log(lambda) - (SELECT log(lambda) FROM own ORDER BY holdout_mse LIMIT 1)) < 0.6;
SELECT is(ntk_lambda(ntk_solve(fit)), (SELECT lambda FROM ntk_path(fit) ORDER BY gcv LIMIT 1), 'ntk_solve without a lambda takes the best by gcv')
FROM statistics;

-- a map that whitens
SELECT cmp_ok(max(abs(holdout_mse / (ntk_mse(ntk_solve(fit, lambda), held_out))[1] - 1)), '<', 1e-9::float8, 'a path of landmarks')
FROM (SELECT ntk_gram(x, y[1], map) FILTER (WHERE id % 4 <> 0) AS fit, ntk_gram(x, y[1], map) FILTER (WHERE id % 4 = 0) AS held_out
	  FROM samples, (SELECT ntk_nystrom(ntk_landmarks(x, 15), bias => 1) AS map FROM samples) AS m) AS s,
	ntk_path(fit, '{1e-6,1e-3,0.1}', held_out);

CREATE FUNCTION ntk_gram_of_other() RETURNS ntk_gram LANGUAGE sql AS 'SELECT ntk_gram(x, y, ntk_map(3, 20)) FROM samples';

-- what cannot be solved, and what is missing

SELECT results_eq($$SELECT lambda, train_mse IS NULL, gcv IS NULL, df IS NULL
					FROM (SELECT ntk_gram(x || x, y) AS gram FROM samples) AS s, ntk_path(gram, '{0,1}')$$,
				  $$VALUES (0::float8, true, true, true), (1, false, false, false)$$, 'a lambda for which the matrix is singular: NULLs');
SELECT results_eq($$SELECT gcv IS NULL, df > 0.99 FROM (SELECT ntk_gram(x, y) AS gram FROM samples WHERE id <= 2) AS s, ntk_path(gram, '{1e-9}')$$,
				  $$VALUES (true, true)$$, 'as many degrees of freedom as rows: no criterion');
SELECT ok(bool_and(holdout_mse IS NULL), 'no hold-out, no error') FROM statistics, ntk_path(fit);
SELECT is_empty('SELECT ntk_path(NULL)', 'the path of NULL');
SELECT is(error_of(format('SELECT ntk_path(%s) FROM statistics', arguments)), message, description)
FROM (VALUES
	('fit, ''{-1}''', 'lambda must not be negative, not -1', 'a negative lambda'),
	('fit, ''{1,NULL}''', 'element 2 of lambdas is null', 'a NULL among lambdas'),
	('fit, ''{}''', 'lambdas must not be empty', 'no lambdas'),
	('fit, NULL, ntk_gram_of_other()', format('statistics of different feature maps cannot be combined | Their fingerprints are %s and %s.', ntk_fingerprint(ntk_map(3, 20, bias => 1)), ntk_fingerprint(ntk_map(3, 20))), 'a hold-out of another map')) AS v (arguments, message, description);
SELECT is(error_of('SELECT ntk_solve(ntk_gram(x, y)) FROM samples WHERE id = 1'),
		  'lambda cannot be chosen from a statistic of 3 features and 1 rows | Specify lambda, or add rows.', 'one row');

SELECT * FROM finish();
ROLLBACK;
