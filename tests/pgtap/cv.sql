-- Cross-validation from the statistics of folds.

BEGIN;
SELECT plan(25);

\ir include/error_of.sql

CREATE TEMP TABLE samples AS
SELECT i AS id, i % 5 AS fold, ARRAY[sin(i), cos(1.7 * i), sin(2.3 * i) * cos(i)]::float8[] AS x,
	ARRAY[sin(i) + 0.3 * cos(29 * i), cos(3 * i) * sin(i)]::float8[] AS y, 0.5 + i % 3 AS w
FROM generate_series(1, 203) AS i;
CREATE TEMP TABLE folds AS
SELECT fold, ntk_gram(x, y, ntk_map(3, 20, bias => 1), w) AS gram FROM samples GROUP BY fold;
CREATE TEMP TABLE cv AS
SELECT c.* FROM (SELECT array_agg(gram) AS grams FROM folds) AS s, ntk_cv(grams, '{1e-6,1e-2,1}') AS c;

-- by hand: fit to the rows of the other folds, test on those of this one
CREATE TEMP TABLE by_hand AS
SELECT lambda, f.fold, avg_w, (SELECT sum(w * ((y[1] - p[1]) ^ 2 + (y[2] - p[2]) ^ 2) / 2) / sum(w)
	FROM samples AS s, LATERAL ntk_predict_all(model, x) AS p WHERE s.fold = f.fold) AS mse
FROM unnest('{1e-6,1e-2,1}'::float8[]) AS lambda,
	(SELECT fold, sum(w) / (SELECT sum(w) FROM samples) AS avg_w FROM samples GROUP BY fold) AS f,
	LATERAL (SELECT ntk_solve(ntk_gram(x, y, ntk_map(3, 20, bias => 1), w), lambda) AS model FROM samples AS o WHERE o.fold <> f.fold) AS m;
SELECT cmp_ok(abs(cv_mse / mse - 1), '<', 1e-9::float8, 'cv_mse for ' || lambda)
FROM cv JOIN (SELECT lambda, sum(avg_w * mse) AS mse FROM by_hand GROUP BY lambda) AS h USING (lambda);
SELECT cmp_ok(abs(cv_se / se - 1), '<', 1e-7::float8, 'cv_se for ' || lambda)
FROM cv JOIN (SELECT lambda, sqrt(sum((mse - mean) ^ 2) / 4 / 5) AS se
			  FROM (SELECT *, sum(avg_w * mse) OVER (PARTITION BY lambda) AS mean FROM by_hand) AS d GROUP BY lambda) AS h USING (lambda);

CREATE TEMP TABLE own AS
SELECT c.* FROM (SELECT array_agg(gram) AS grams FROM folds) AS s, ntk_cv(grams) AS c;
SELECT ok((SELECT min(cv_mse) FROM own) <= (SELECT min(cv_mse) FROM cv) * 1.0001, 'lambdas of its own, the best of which is as good');
SELECT ok(count(*) BETWEEN 5 AND 6 AND count(DISTINCT lambda) = count(*), 'they are few') FROM own;
SELECT ok(bool_and(lambda > before), 'in ascending order') FROM (SELECT lambda, lag(lambda) OVER () AS before FROM own) AS s;
SELECT is(array_agg(round(log(lambda))::int ORDER BY lambda), decades, 'noise of size ' || noise || ': they are around the best')
FROM (VALUES (0, '{-9,-8,-7,-6,-4}'::int[]), (30, '{-6,-4,-2,-1,0,1}')) AS v (noise, decades),
	LATERAL (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(x, x[1] - x[2] + noise * sin(id * id)) AS g FROM samples GROUP BY fold) AS f) AS s,
	ntk_cv(grams)
GROUP BY noise, decades ORDER BY noise;
SELECT is((SELECT round(log(lambda)) FROM ntk_cv(grams) ORDER BY cv_mse LIMIT 1), (SELECT round(log(lambda)) FROM ntk_cv(grams, '{1e-9,1e-8,1e-7,1e-6,1e-5,1e-4,1e-3,1e-2,0.1,1,10}') ORDER BY cv_mse LIMIT 1),
		  'noise of size ' || noise || ': the best is the best of all decades')
FROM unnest('{0,0.1,0.5,3,30}'::float8[]) AS noise,
	LATERAL (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(x, x[1] - x[2] + x[1] * x[3] + noise * sin(id * id), ntk_map(3, 20, bias => 1)) AS g FROM samples GROUP BY fold) AS f) AS s;
SELECT results_eq($$SELECT cv_mse IS NULL, cv_se IS NULL FROM (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(x || x, y) AS g FROM samples GROUP BY fold) AS f) AS s, ntk_cv(grams, '{0,1}')$$,
				  $$VALUES (true, true), (false, false)$$, 'NULLs where the matrix is singular');
SELECT is_empty('SELECT ntk_cv(NULL)', 'no folds');
SELECT cmp_ok(min(cv_mse), '<', 0.2::float8, 'folds of landmarks')
FROM (SELECT array_agg(g) AS grams
	  FROM (SELECT ntk_gram(x, y[1], map) AS g FROM samples, (SELECT ntk_nystrom(ntk_landmarks(x, 30), bias => 1) AS map FROM samples) AS m GROUP BY fold) AS f) AS s,
	ntk_cv(grams);

-- Rows of categories and dates: landmarks that nearly depend on each other, whose whitening has
-- rounding errors. They are no sign of rows that were subtracted without having been there.
CREATE TEMP TABLE flats AS
SELECT i, 25 + i * 37 % 120 + abs(sin(i)) AS area, (ARRAY['a', 'b', 'c', 'd', 'e'])[1 + i * 11 % 5] AS district, i % 3 = 0 AS balcony,
	CASE WHEN i % 10 <> 0 THEN date '1900-01-01' + i * 97 % 43000 END AS built, i % 4 AS y
FROM generate_series(1, 4000) AS i;
CREATE TEMP TABLE encoded AS
SELECT i, ntk_encode(f, encoding) AS x, y FROM flats AS f, (SELECT ntk_encoding(q) AS encoding FROM (SELECT area, district, balcony, built FROM flats) AS q) AS e;
SELECT is(count(cv_mse), 3::bigint, 'folds of categories and dates')
FROM (SELECT array_agg(g) AS grams
	  FROM (SELECT ntk_gram(x, y, map) AS g FROM encoded, (SELECT ntk_nystrom(ntk_landmarks(x, 1024), bias => 1) AS map FROM encoded) AS m GROUP BY i % 5) AS f) AS s,
	ntk_cv(grams, '{1e-6,1e-3,1}');

SELECT is(error_of(format('SELECT ntk_cv(%s) FROM folds WHERE fold < 2', arguments)), message, description)
FROM (VALUES
	('ARRAY[gram]', 'cross-validation needs at least two folds, not 1', 'one fold'),
	('ARRAY[gram, NULL]', 'element 2 of grams is null', 'a NULL'),
	('ARRAY[gram, gram - gram]', 'fold 2 has no rows of positive weight', 'a fold without rows'),
	('ARRAY[gram, gram], ''{-1}''', 'lambda must not be negative, not -1', 'a negative lambda')) AS v (arguments, message, description);
SELECT matches(error_of('SELECT ntk_cv(ARRAY[gram, (SELECT ntk_gram(x, y, ntk_map(3, 20)) FROM samples)]) FROM folds WHERE fold = 1'),
			   '^statistics of different feature maps cannot be combined', 'folds of different maps');

SELECT * FROM finish();
ROLLBACK;
