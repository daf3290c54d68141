-- Featurize, sum, solve, predict, and all of it by name: what make demo shows of a table
-- samples (id, x real[], y float8, is_test), standardised.

\set QUIET on
\pset footer off
CREATE TEMP TABLE steps (step text, n bigint, started timestamptz, ended timestamptz DEFAULT clock_timestamp());
SELECT array_length(x, 1) AS d FROM samples LIMIT 1 \gset

\echo
\echo '== the table'
SELECT count(*) FILTER (WHERE NOT is_test) AS training_rows, count(*) FILTER (WHERE is_test) AS test_rows,
	:d AS inputs FROM samples;

\echo '== featurize: SELECT ntk_sketch(x, map)'
CREATE TABLE maps (name text PRIMARY KEY, map ntk_map);
INSERT INTO maps VALUES ('demo', ntk_map(:d, 1024, bias => 1));
SELECT name, map, ntk_fingerprint(map) FROM maps;
SELECT clock_timestamp() AS t \gset
CREATE TABLE features AS
	SELECT id, ntk_sketch(x, map) AS phi, y FROM samples, maps WHERE name = 'demo' AND NOT is_test;
INSERT INTO steps SELECT 'featurize into a table: ntk_sketch(x, map)', count(*), :'t' FROM features;

\echo '== sum: SELECT ntk_gram(...), four fifths to fit and one fifth to choose lambda'
SELECT clock_timestamp() AS t \gset
CREATE TABLE from_features AS SELECT ntk_gram(phi, y) AS gram FROM features;
INSERT INTO steps SELECT 'sum stored features: ntk_gram(phi, y)', ntk_rows(gram), :'t' FROM from_features;
SELECT clock_timestamp() AS t \gset
CREATE TABLE statistics AS
	SELECT ntk_gram(x, y, map) FILTER (WHERE id % 5 <> 0) AS fit, ntk_gram(x, y, map) FILTER (WHERE id % 5 = 0) AS choose
	FROM samples, maps WHERE name = 'demo' AND NOT is_test;
INSERT INTO steps SELECT 'featurize and sum in one scan: ntk_gram(x, y, map)', ntk_rows(fit + choose), :'t' FROM statistics;
SELECT ntk_rows(fit + choose) AS rows, ntk_width(fit) AS features,
	pg_size_pretty(pg_column_size(fit)::bigint) AS statistic FROM statistics;

\echo '== solve: SELECT ntk_solve(gram, lambda)'
SELECT clock_timestamp() AS t \gset
CREATE TABLE models AS
	SELECT 'lambda ' || lambda AS name, ntk_solve(fit, lambda) AS model
	FROM statistics, unnest('{1e-9,1e-8,1e-7,1e-6,1e-5,1e-4,1e-3}'::float8[]) AS lambda;
INSERT INTO steps SELECT 'solve, for each lambda: ntk_solve(gram, lambda)', count(*), :'t' FROM models;
SELECT clock_timestamp() AS t \gset
CREATE TEMP TABLE choices AS
	SELECT name, ntk_lambda(model) AS lambda, error FROM models,
		LATERAL (SELECT avg((y - ntk_predict(model, x)) ^ 2) / var_pop(y) AS error
				 FROM samples WHERE NOT is_test AND id % 5 = 0) AS holdout;
INSERT INTO steps SELECT 'score the held-out fifth: ntk_predict(model, x)',
	(SELECT count(*) FROM samples WHERE NOT is_test AND id % 5 = 0) * (SELECT count(*) FROM models), :'t';
SELECT name, round(error::numeric, 4) AS holdout_nmse FROM choices ORDER BY lambda;
SELECT lambda AS best FROM choices ORDER BY error LIMIT 1 \gset
INSERT INTO models SELECT 'final', ntk_solve(fit + choose, :best) FROM statistics;
INSERT INTO models SELECT 'linear ridge', ntk_ridge(x, y, 1e-6) FROM samples WHERE NOT is_test;
DELETE FROM models WHERE name LIKE 'lambda %';

\echo '== the models'
SELECT name, ntk_rows(model) AS rows, ntk_width(model) AS features, ntk_lambda(model) AS lambda,
	pg_size_pretty(pg_column_size(model)::bigint) AS size,
	coalesce(ntk_fingerprint(ntk_feature_map(model)), '(takes features)') AS map FROM models ORDER BY name;

\echo '== on the test rows: mean squared error / variance of the target (nmse)'
SELECT clock_timestamp() AS t \gset
CREATE TEMP TABLE scored AS
	SELECT id, y, ntk_predict(model, x) AS prediction FROM samples, models WHERE is_test AND name = 'final';
INSERT INTO steps SELECT 'predict the test rows: ntk_predict(model, x)', count(*), :'t' FROM scored;
SELECT round(avg((y - mean) ^ 2 / variance)::numeric, 4) AS predicting_the_mean,
	round(avg((y - ntk_predict(l.model, x)) ^ 2 / variance)::numeric, 4) AS linear_ridge,
	round(avg((y - ntk_predict(f.model, x)) ^ 2 / variance)::numeric, 4) AS neural_tangent_kernel
FROM samples, models AS l, models AS f,
	(SELECT avg(y) FILTER (WHERE NOT is_test) AS mean, var_pop(y) FILTER (WHERE is_test) AS variance FROM samples) AS target
WHERE is_test AND l.name = 'linear ridge' AND f.name = 'final';

\echo '== some predictions beside the truth'
SELECT id, round(y::numeric, 3) AS truth, round(prediction::numeric, 3) AS prediction FROM scored ORDER BY id LIMIT 6;

\echo '== all of it by name, with landmarks in a metric that is learned: SELECT * FROM ntk_train(...)'
SELECT clock_timestamp() AS t \gset
SELECT model, version, n_rows, n_components, lambda, metric, round(metric_value::numeric, 4) AS metric_value, deployed
FROM ntk_train('demo', 'SELECT x, y FROM samples WHERE NOT is_test', 'y');
INSERT INTO steps SELECT 'train by name: ntk_train', n_rows, :'t' FROM ntk_models WHERE name = 'demo';
SELECT clock_timestamp() AS t \gset
SELECT round((avg((y - ntk_predict('demo', s)) ^ 2) / var_pop(y))::numeric, 4) AS nmse_on_the_test_rows FROM samples AS s WHERE is_test;
INSERT INTO steps SELECT 'predict the test rows by name', count(*), :'t' FROM samples WHERE is_test;
SELECT name, task, target, n_rows, version, metric, round(metric_value::numeric, 4) AS metric_value FROM ntk_models;

\echo '== seconds'
SELECT step, n, round(extract(epoch FROM ended - started), 2) AS seconds,
	round(n / extract(epoch FROM ended - started)) AS per_second FROM steps ORDER BY started;
