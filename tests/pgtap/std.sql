-- ntk_predict_std: prediction intervals of models that were fitted with their uncertainty.

BEGIN;
SELECT plan(31);

\ir include/error_of.sql

SELECT setseed(0.5);
CREATE FUNCTION normal() RETURNS float8 LANGUAGE sql VOLATILE AS 'SELECT sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';

-- simple regression: the prediction interval of the textbooks, from PostgreSQL's own aggregates
CREATE TEMP TABLE line AS SELECT i AS id, ARRAY[sin(3 * i) + i % 4]::float8[] AS x, 2 + sin(3 * i) - 3 * (i % 4) + cos(7 * i) AS y FROM generate_series(1, 30) AS i;
SELECT cmp_ok(max(abs(ntk_predict_std(model, ARRAY[at]) / sqrt(s2 * (1 + 1 / n + (at - mean) ^ 2 / sxx)) - 1)), '<', 1e-9::float8, 'the interval of a regression line')
FROM (SELECT ntk_solve(ntk_gram(x, y), 0, uncertainty => true) AS model, count(*)::float8 AS n, avg(x[1]) AS mean, regr_sxx(y, x[1]) AS sxx,
		  (regr_syy(y, x[1]) - regr_sxy(y, x[1]) ^ 2 / regr_sxx(y, x[1])) / (count(*) - 2) AS s2 FROM line) AS s,
	(SELECT i / 2.0::float8 AS at FROM generate_series(-6, 12) AS i) AS points;
SELECT cmp_ok(abs(ntk_predict_std(ntk_solve(ntk_gram(x, y, 5), 0, true), '{1}'::float8[]) / ntk_predict_std(ntk_solve(ntk_gram(x, y), 0, true), '{1}'::float8[]) - 1), '<', 1e-9::float8,
			  'the unit of weights does not matter') FROM line;
SELECT cmp_ok(abs(ntk_predict_std(ntk_solve(ntk_scale(ntk_gram(x, y), 0.1), 0, true), '{1}'::float8[]) / ntk_predict_std(ntk_solve(ntk_gram(x, y), 0, true), '{1}'::float8[]) - 1), '<', 1e-9::float8,
			  'nor does scaling the statistic') FROM line;

-- Data drawn from the model: weights from N(0, s^2 / r), r the penalty, targets with noise s.
CREATE FUNCTION dot(a real[], b float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT sum(u * v) FROM unnest(a, b) AS t (u, v)';
CREATE TEMP TABLE points AS SELECT i AS id, ARRAY[normal(), normal(), normal()]::real[] AS x FROM generate_series(1, 700) AS i;
CREATE TEMP TABLE maps AS
SELECT 'zonal' AS name, ntk_map(3, 48, bias => 1) AS map
UNION ALL SELECT 'nystrom', ntk_nystrom(ntk_landmarks(x, 48), bias => 1) FROM points;
CREATE TEMP TABLE features AS SELECT name, id, x, ntk_sketch(x, map) AS phi FROM maps, points;
CREATE TEMP TABLE penalty AS
SELECT name, 1e-4 / 48 * sum(300 * variance) AS r
FROM (SELECT name, j, var_pop(phi[j]) AS variance FROM features, generate_series(1, 48) AS j WHERE id <= 300 GROUP BY name, j) AS v GROUP BY name;
CREATE TEMP TABLE draws AS
SELECT name, draw, array_agg(normal() * 0.5 / sqrt(r)) AS w FROM penalty, generate_series(1, 12) AS draw, generate_series(1, 48) GROUP BY name, draw;
CREATE TEMP TABLE drawn AS
SELECT name, draw, id, x, phi, 3 + dot(phi, w) + 0.5 * normal() AS y FROM features JOIN draws USING (name);
CREATE TEMP TABLE fitted AS
SELECT name, draw, ntk_solve(ntk_gram(x, y, map), 1e-4, uncertainty => true) AS model, ntk_solve(ntk_gram(phi, y), 1e-4, uncertainty => true) AS of_features
FROM drawn JOIN maps USING (name) WHERE id <= 300 GROUP BY name, draw;
SELECT cmp_ok(avg((abs(y - ntk_predict(model, x)) < 1.6449 * ntk_predict_std(model, x))::int), '>', 0.88, name || ': 90 % intervals cover more than 88 % of new targets')
FROM drawn JOIN fitted USING (name, draw) WHERE id > 300 GROUP BY name ORDER BY name;
SELECT cmp_ok(avg((abs(y - ntk_predict(model, x)) < 1.6449 * ntk_predict_std(model, x))::int), '<', 0.92, name || ': and less than 92 %')
FROM drawn JOIN fitted USING (name, draw) WHERE id > 300 GROUP BY name ORDER BY name;
SELECT cmp_ok(max(abs(ntk_predict_std(model, x) / ntk_predict_std(of_features, phi) - 1)), '<', 1e-4::float8, name || ': a model with the map says what one of its features says')
FROM drawn JOIN fitted USING (name, draw) WHERE draw = 1 GROUP BY name ORDER BY name;
SELECT cmp_ok(ntk_predict_std(model, '{90,90,90}'::real[]), '>', 3 * ntk_predict_std(model, '{0,0,0}'::real[]), name || ': far from the rows it is less certain')
FROM fitted WHERE draw = 1 ORDER BY name;

-- every way to call it

CREATE TEMP TABLE one AS SELECT model FROM fitted WHERE name = 'zonal' AND draw = 1;
SELECT is(ntk_predict_std(model, '{1,2,3}'::float8[]), ntk_predict_std(model, '{1,2,3}'::real[]), 'double precision[]') FROM one;
SELECT is(ntk_predict_std(model, ARRAY[1, 2, 3]), ntk_predict_std(model, '{1,2,3}'::real[]), 'integer[]') FROM one;
SELECT is(ntk_predict_std(model, ARRAY[1, 2.0, 3]), ntk_predict_std(model, '{1,2,3}'::real[]), 'numeric[]') FROM one;
SELECT is(ntk_predict_std(model, '{1,3}', '{1,3}'::real[]), ntk_predict_std(model, '{1,0,3}'::real[]), 'a sparse row, real[]') FROM one;
SELECT is(ntk_predict_std(model, '{1,3}', '{1,3}'::float8[]), ntk_predict_std(model, '{1,0,3}'::real[]), 'a sparse row, double precision[]') FROM one;
SELECT is(ntk_predict_std(model, '{1,3}', '{1,3}'::int[]), ntk_predict_std(model, '{1,0,3}'::real[]), 'a sparse row, integer[]') FROM one;
SELECT is(ntk_predict_std(model, '{1,3}', '{1,3}'::numeric[]), ntk_predict_std(model, '{1,0,3}'::real[]), 'a sparse row, numeric[]') FROM one;
SELECT ok(ntk_predict_std(model, NULL::real[]) IS NULL AND ntk_predict_std(NULL, '{1,2,3}'::real[]) IS NULL, 'NULL') FROM one;
SELECT is(ntk_predict_std(model::text::ntk_model, '{1,2,3}'::real[]), ntk_predict_std(model, '{1,2,3}'::real[]), 'the text form keeps the uncertainty') FROM one;
SELECT is(ntk_predict(ntk_solve(g, 1e-4, true), x), ntk_predict(ntk_solve(g, 1e-4), x), 'predictions are the same with it and without')
FROM (SELECT ntk_gram(x, y, ntk_map(3, 48)) AS g FROM drawn WHERE draw = 1 AND name = 'zonal') AS s, points WHERE id = 7;
SELECT cmp_ok(pg_column_size(model), '<', 8 * (48 * 49 / 2 + 3 * 48) + 500, 'it costs a triangle') FROM one;
SELECT is(ntk_lambda(ntk_solve(g, uncertainty => true)), ntk_lambda(ntk_solve(g)), 'also where lambda is chosen')
FROM (SELECT ntk_gram(x, y, ntk_map(3, 48)) AS g FROM drawn WHERE draw = 1 AND name = 'zonal') AS s;

-- what it refuses

SELECT is(error_of('SELECT ntk_predict_std(ntk_solve(ntk_gram(x, y), 0.1), ''{1}''::real[]) FROM line'),
		  'the model was fitted without its uncertainty | Fit it with ntk_solve(gram, lambda, uncertainty => true).', 'a model without');
SELECT is(error_of('SELECT ntk_predict_std(ntk_solve(ntk_gram(x, ARRAY[y, y]), 0.1, true), ''{1}''::real[]) FROM line'),
		  'the model has 2 targets, ntk_predict_std is for one | Fit the target by itself: ntk_solve(ntk_with_targets(gram, ''{1}''), lambda, uncertainty => true).', 'several targets');
SELECT is(error_of('SELECT ntk_solve(ntk_gram(x, y), 0.1, true) FROM line WHERE id = 1'),
		  'the uncertainty of the model cannot be estimated | It has 0 effective degrees of freedom and an intercept, from 1 rows. | Use a larger lambda, or more rows.', 'one row');
SELECT is(error_of('SELECT ntk_solve(ntk_gram(ARRAY[x[1], y], y + id), 0, true) FROM line WHERE id <= 3'),
		  'the uncertainty of the model cannot be estimated | It has 2 effective degrees of freedom and an intercept, from 3 rows. | Use a larger lambda, or more rows.', 'as many weights as rows');
SELECT is(error_of('SELECT ntk_predict_std(model, ''{1,2}''::real[]) FROM one'), 'x has length 2, the model expects 3', 'a row of another length');
SELECT is(ntk_predict_std(ntk_solve(ntk_gram('{5}'::real[], y), 0.1, true), '{5}'::real[])::numeric(10, 6), (stddev_samp(y) * sqrt(1 + 1 / 30.0))::numeric(10, 6),
		  'constant features: the deviation of the target about its mean') FROM line;
SET LOCAL ntk_sketch.max_memory = '7MB';
SELECT lives_ok('SELECT ntk_solve(ntk_gram(array_fill(1::float8, ARRAY[1000]), i), 1) FROM generate_series(1, 3) AS i', 'a model that fits the memory');
SELECT matches(error_of('SELECT ntk_solve(ntk_gram(array_fill(1::float8, ARRAY[1000]), i), 1, true) FROM generate_series(1, 3) AS i'),
			   '^solving for the model needs [0-9]+ MB of memory, ntk_sketch.max_memory allows 7 MB', 'and does not with its uncertainty');

SELECT * FROM finish();
ROLLBACK;
