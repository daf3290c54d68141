-- Prediction intervals of models of few rows, and penalties that are chosen from few rows.

BEGIN;
SELECT plan(22);

\ir include/error_of.sql

SELECT setseed(0.4);
SET LOCAL client_min_messages = warning;
CREATE FUNCTION normal() RETURNS float8 LANGUAGE sql VOLATILE AS 'SELECT sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';

-- one model per group, each of n rows, in noise that is small and large

CREATE TABLE drawn AS SELECT n, s, g, i, a, b, sin(2 * a) + a * b + s * normal() AS y
FROM (SELECT n, s, g, i, 2 * random() - 1 AS a, 2 * random() - 1 AS b
	  FROM unnest('{10,30,200}'::int[], '{40,20,6}'::int[]) AS u (n, groups), unnest('{0.05,0.3,2}'::float8[]) AS s, generate_series(1, groups) AS g, generate_series(1, n + 40) AS i) AS r;
CREATE TABLE kinds AS SELECT DISTINCT n, s, format('%s rows, noise %s', n, s) AS name FROM drawn;
SELECT ntk_train(name, format('SELECT g, a, b, y FROM drawn WHERE n = %s AND s = %s AND i <= n', n, s), 'y', '{a,b}', group_by => '{g}',
				 params => '{"uncertainty": true, "holdout": 0, "rounds": 0, "n_components": 30}') FROM kinds \g /dev/null
CREATE TABLE covered AS SELECT k.name, avg((y BETWEEN lo AND hi)::int) AS share FROM drawn AS d JOIN kinds AS k USING (n, s), ntk_interval(k.name, d) WHERE i > n GROUP BY k.name;
SELECT cmp_ok(share, '>=', 0.85, name || ': intervals of 90 % cover 85 % or more of new targets') FROM covered ORDER BY name COLLATE "C";
SELECT cmp_ok(max(share), '<', 0.95, 'and of 200 rows not nearly all') FROM covered WHERE name ~ '^200';

-- the group of one row has a model, which has no interval
INSERT INTO drawn SELECT 10, 2, 99, 1, 0.5, 0.5, 1;
SELECT ntk_train('lonely', 'SELECT g, a, b, y FROM drawn WHERE n = 10 AND s = 2 AND i <= n', 'y', '{a,b}', group_by => '{g}', params => '{"uncertainty": true, "holdout": 0, "rounds": 0, "n_components": 30}') \g /dev/null
SELECT is(ntk_predict('lonely', d), 1::float8, 'a group of one row') FROM drawn AS d WHERE g = 99;

-- generalized cross-validation of pure noise, and of a signal

CREATE TABLE noise AS SELECT sample, i, ARRAY(SELECT normal() FROM generate_series(1, 50 + 0 * (sample + i))) AS x, normal() AS e FROM generate_series(1, 30) AS sample, generate_series(1, 20) AS i;
CREATE TABLE chosen AS SELECT sample, ntk_solve(ntk_gram(x, e)) AS of_noise, ntk_solve(ntk_gram(x, 10 * x[1] + 10 * x[2] + e)) AS of_signal FROM noise GROUP BY sample;
SELECT is(count(*) FILTER (WHERE ntk_lambda(of_noise) < 1e-4), 0::bigint, '20 rows of 50 inputs: no penalty of rounding errors') FROM chosen;
SELECT cmp_ok(avg((ntk_train_mse(of_noise))[1]), '>', 0.3::float8, 'noise is not learned by heart') FROM chosen;
SELECT cmp_ok(percentile_cont(0.5) WITHIN GROUP (ORDER BY ntk_lambda(of_signal)), '<', 1::float8, 'a signal is not shrunk away') FROM chosen;
CREATE TABLE lines AS SELECT i, ARRAY[normal(), normal(), normal(), normal(), normal()] AS x, normal() AS e FROM generate_series(1, 4000) AS i;
SELECT cmp_ok((ntk_mse(ntk_solve(fit), rest))[1], '<', 1.02 * least, 'many rows: the error is nearly the least there is')
FROM (SELECT ntk_gram(x, x[1] + e) FILTER (WHERE i <= 100) AS fit, ntk_gram(x, x[1] + e) FILTER (WHERE i > 100) AS rest FROM lines) AS g, LATERAL (SELECT min(holdout_mse) AS least FROM ntk_path(fit, holdout => rest)) AS p;
SELECT ok(bool_and((gcv IS NULL) = (df + 1 > 0.9 * 20)) AND bool_or(gcv IS NULL), 'no criterion where less than a tenth of the rows is left')
FROM (SELECT ntk_gram(x, e) AS gram FROM noise WHERE sample = 1) AS g, ntk_path(gram, '{1e-9,1e-6,1e-3,1e-1,1,10}');

SELECT is(ntk_lambda(ntk_solve(ntk_gram(x, e))), 10::float8, 'two rows: the largest penalty') FROM noise WHERE sample = 1 AND i <= 2;

-- where the chosen penalty has no model, the next one has

CREATE TABLE singular AS SELECT ARRAY[i, i, 1e-9 * i * i]::float8[] AS x, i AS y FROM generate_series(1, 20) AS i;
SELECT is(error_of('SELECT ntk_solve(ntk_gram(x, y), 0) FROM singular'), 'the Gram matrix is not positive definite for lambda = 0 | It is of 3 features and 20 rows. | Use a larger lambda, for example 1e-06.', 'a penalty that was named stays');
SELECT cmp_ok(ntk_lambda(_ntk_solve_from(ntk_gram(x, y), 0, false)), '>', 0::float8, 'one that was not gives way') FROM singular;
SELECT cmp_ok(ntk_lambda(_ntk_solve_from(ntk_gram(x, y), 0, true)), '>', 0::float8, 'with uncertainty, too') FROM singular;
SELECT is(ntk_lambda(_ntk_solve_from(ntk_gram(x, y), 0.5, false)), 0.5::float8, 'where there is a model it stays') FROM singular;
CREATE TABLE outlier AS SELECT i AS id, CASE WHEN i = 77 THEN 1e9 ELSE sin(i) END AS x, cos(i) AS y FROM generate_series(1, 2000) AS i;
SELECT is(error_of('SELECT ntk_train(''outlier'', ''outlier'', ''y'', ''{x}'', params => ''{"n_components": 64}'')'), 'no error', 'an outlier does not break training');

SELECT * FROM finish();
ROLLBACK;
