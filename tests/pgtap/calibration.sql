-- Calibrated probabilities of models by name, their measures, and models of older builds.

BEGIN;
SELECT plan(40);

\ir include/error_of.sql

SELECT setseed(0.11);
SET LOCAL client_min_messages = warning;

-- unequal classes: what is true is known

CREATE TABLE rates AS SELECT rate, i, 2 * random() AS x, random() AS u FROM unnest('{0.1,0.02,0.005}'::float8[]) AS rate, generate_series(1, 20000) AS i;
CREATE VIEW rate_rows AS SELECT rate, i, x, rate * exp(x) / 3.2 AS truth, u < rate * exp(x) / 3.2 AS y FROM rates;
SELECT ntk_train('rate ' || rate, format('SELECT x, y FROM rate_rows WHERE rate = %s', rate), 'y', params => '{"n_components": 24}') FROM unnest('{0.1,0.02,0.005}'::float8[]) AS rate \g /dev/null
CREATE TABLE rated AS SELECT rate, y, truth, (ntk_proba('rate ' || rate, r) ->> 'true')::float8 AS p, ntile(4) OVER (PARTITION BY rate ORDER BY truth) AS quarter FROM rate_rows AS r;
SELECT cmp_ok(max(abs(error)), '<', 4::numeric, format('rate %s: the mean probability of each quarter of the truth, in standard errors', rate))
FROM (SELECT rate, (avg(p - truth) / sqrt(avg(truth) / count(*)))::numeric AS error FROM rated GROUP BY rate, quarter) AS q GROUP BY rate ORDER BY rate;
SELECT cmp_ok(abs(avg(p - y::int)) / avg(truth), '<', 0.1::float8, format('rate %s: the mean probability is the rate', rate)) FROM rated GROUP BY rate ORDER BY rate;
SELECT cmp_ok(ntk_ece(y, p), '<', 0.02::float8, format('rate %s: expected calibration error', rate)) FROM rated GROUP BY rate ORDER BY rate;
SELECT cmp_ok(ntk_log_loss(y, p), '<', (1.02 * ntk_log_loss(y, truth))::float8, format('rate %s: the log loss is nearly that of the truth', rate)) FROM rated GROUP BY rate ORDER BY rate;

-- a rare third class
CREATE TABLE three AS SELECT x, truth, CASE WHEN u < truth THEN 'rare' WHEN u < truth + (1 - truth) * (0.2 + 0.3 * x) THEN 'b' ELSE 'a' END AS y
FROM (SELECT x, u, 0.01 * exp(x) / 3.2 AS truth FROM rates) AS r;
SELECT ntk_train('three', 'three', 'y', exclude => '{truth}', params => '{"n_components": 24}') \g /dev/null
SELECT cmp_ok(max(abs(error)), '<', 4::numeric, 'a rare third class: each quarter of the truth')
FROM (SELECT (avg(p - truth) / sqrt(avg(truth) / 12000))::numeric AS error FROM (SELECT truth, (ntk_proba('three', t) ->> 'rare')::float8 AS p, ntile(4) OVER (ORDER BY truth) AS quarter FROM three AS t WHERE random() < 0.2) AS t GROUP BY quarter) AS q;

-- weights: of the rows that are false one in ten is there
CREATE TABLE weighted AS SELECT x, y, CASE WHEN y THEN 1 ELSE 10 END AS w FROM rate_rows WHERE rate = 0.1 AND (y OR i % 10 = 0);
SELECT ntk_train('weighted', 'weighted', 'y', weight => 'w', params => '{"n_components": 24}') \g /dev/null
SELECT cmp_ok(abs(avg((ntk_proba('weighted', r) ->> 'true')::float8) / avg(truth) - 1), '<', 0.1::float8, 'weights count') FROM rate_rows AS r WHERE rate = 0.1 AND i % 10 = 1;

-- few rows

CREATE TABLE dozen AS SELECT i::float8 AS x, CASE WHEN i > 6 THEN 'high' ELSE 'low' END AS y, i % 2 AS g FROM generate_series(1, 12) AS i;
SELECT ntk_train('dozen', 'dozen', 'y', '{x}', params => '{"holdout": 0}') \g /dev/null
SELECT ok(min(p) > 0.01 AND max(p) > 0.8, 'a dozen rows are not certain, but say what they say') FROM (SELECT (ntk_proba('dozen', d) ->> 'high')::float8 AS p FROM dozen AS d) AS p;
INSERT INTO dozen SELECT i, 'low', 2 FROM generate_series(1, 2) AS i;
INSERT INTO dozen VALUES (3, 'high', 3);
SELECT ntk_train('parts', 'dozen', 'y', '{x}', group_by => '{g}', params => '{"holdout": 0}') \g /dev/null
SELECT is_empty('SELECT grp FROM ntk_catalog_part WHERE model = ''parts'' AND calibration IS NULL', 'groups of one and two rows have a calibration');
SELECT is((SELECT calibration FROM ntk_catalog_part WHERE model = 'parts' AND grp = '{3}'), (SELECT calibration FROM ntk_catalog_part WHERE model = 'parts' AND grp = '{}'), 'that of all rows where there is nothing else');
SELECT ok(bool_and(abs((SELECT sum(value::float8) FROM jsonb_each_text(ntk_proba('parts', d))) - 1) < 1e-12), 'and probabilities that sum to 1') FROM dozen AS d;
SELECT ok(bool_and(ntk_classify('three', t) = (SELECT key FROM jsonb_each_text(ntk_proba('three', t)) ORDER BY value::float8 DESC LIMIT 1)), 'the class is that of the largest probability') FROM three AS t WHERE random() < 0.02;
SELECT is_empty('SELECT d.x FROM dozen AS d JOIN ntk_predict_table(''parts'', ''SELECT ctid::text AS id, * FROM dozen'', ''id'') AS p ON p.id = d.ctid::text WHERE p.label <> ntk_classify(''parts'', d)', 'in tables, too');

-- measures

CREATE TABLE measured AS SELECT i, i / 1000.0::float8 AS p, (i * 7919) % 1000 < i * i / 1000 AS y, abs(hashint4(i)) % 4 / 4.0::float8 AS tied FROM generate_series(1, 1000) AS i;
SELECT cmp_ok(abs(ntk_ece(y, p) - (SELECT avg(d) FROM (SELECT abs(avg(p) - avg(y::int)) AS d FROM (SELECT p, y, ntile(10) OVER (ORDER BY p) AS bin FROM measured) AS b GROUP BY bin) AS d)), '<', 1e-12::float8, 'ntk_ece is its formula') FROM measured;
SELECT cmp_ok(abs(ntk_ece(y, tied) - (SELECT sum(n * d) / 1000 FROM (SELECT count(*) AS n, abs(avg(tied) - avg(y::int)) AS d FROM measured GROUP BY tied) AS d)), '<', 1e-12::float8, 'ntk_ece: equal probabilities are in one bin') FROM measured;
SELECT is(ntk_reliability(y, tied ORDER BY i), ntk_reliability(y, tied ORDER BY -i), 'ntk_reliability: in any order') FROM measured;
SELECT is((SELECT array_agg(round(t.r[k][j]::numeric, 9) ORDER BY k, j) FROM (SELECT ntk_reliability(y, p) AS r FROM measured) AS t, generate_series(1, 10) AS k, generate_series(1, 3) AS j),
		  (SELECT array_agg(v ORDER BY bin, j) FROM (SELECT bin, avg(p)::numeric AS p, avg(y::int) AS y, count(*)::numeric AS n FROM (SELECT p, y, ntile(10) OVER (ORDER BY p) AS bin FROM measured) AS b GROUP BY bin) AS d,
				  LATERAL (VALUES (1, round(p, 9)), (2, round(y, 9)), (3, round(n, 9))) AS v (j, v)), 'ntk_reliability is the table of ten bins') FROM (SELECT 1) AS one;
SELECT ok(ntk_ece(y, p) IS NULL AND ntk_reliability(y, p) IS NULL, 'no rows') FROM measured WHERE i < 0;
SELECT is(ntk_ece(y, p), 0.75::float8, 'one row') FROM (VALUES (true, 0.25)) AS v (y, p);
SELECT is(ntk_ece(NULL, 0.5), NULL, 'a NULL is left out');
SELECT is(error_of('SELECT ' || query), message, query)
FROM (VALUES ('ntk_ece(true, 1.5)', 'probability must be between 0 and 1, not 1.5'), ('ntk_ece(true, -0.5)', 'probability must be between 0 and 1, not -0.5'),
	('ntk_reliability(true, ''NaN'')', 'probability must be finite, not NaN')) AS v (query, message);
SELECT cmp_ok(value, '<', 0.05::float8, 'ntk_evaluate has it') FROM ntk_evaluate('rate 0.1', 'SELECT * FROM rate_rows WHERE rate = 0.1 AND i < 5000') WHERE metric = 'ece';

-- models that older builds exported: a temperature, and a posterior without its degrees of freedom

SELECT ntk_import($old${"name": "old", "task": "regression", "parts": [{"grp": [], "fitted": "AwEAADrz/JQ/sfTdAgAAAAEAAAAYAAAAAAAAAHsUrkfheoQ/miw4/zRGxj9wAAAAAQAAAMABAAABAQAA0PZqadmkYF0EAAAAAQAAAAIAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAADwPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAALOVdPyzlXb+hxghm0MgpQDtA/Oaug+k/HTht1yVQCUBfoYZFkGgLwNROR5Zz1+w//+6Atkda8j/Hb+xyluPsP/xkWh0HSvY/gh0pwf2HDUDnq/BLpLMRwHWBMD8=", "lambda": 0.01, "n_rows": 24, "n_skipped": 0, "temperature": null, "metric_value": null}], "format": 1, "labels": null, "metric": "rmse", "n_rows": 24, "params": {"bias": 1, "seed": 0, "depth": 1, "folds": 5, "shape": null, "bucket": null, "deploy": "if_better", "filter": 3, "kernel": "ntk", "lambda": 0.01, "method": "nystrom", "metric": "auto", "rounds": null, "search": null, "unseen": "pooled", "window": null, "holdout": 0, "missing": "impute", "options": {}, "padding": "same", "pooling": 1, "exponent": null, "bandwidth": 1, "watermark": null, "max_levels": 1000, "uncertainty": true, "n_components": 2}, "rounds": null, "source": "SELECT x,\n    y\n   FROM public.twelve", "target": "y", "weight": null, "encoding": {"inputs": 1, "columns": [{"kind": "number", "mean": 12.5, "name": "x", "scale": 6.922186552431729}], "missing": "impute"}, "features": ["x"], "group_by": [], "split_by": ["x", "y"], "n_skipped": 0, "metric_value": null}$old$, 'old') \g /dev/null
SELECT ntk_import($old${"name": "oldclass", "task": "classification", "parts": [{"grp": [], "fitted": "AwEAADU7KwRo9nRYAgAAAAIAAAASAAAAAAAAAHsUrkfheoQ/FnyHjy8RwD9wAAAAAAAAAMABAAABAQAAIIXuIlgPbaYEAAAAAQAAAAIAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAADwPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAfFONPzIPI79F7hYh8+kAQGDcLULm0/G/5Phq31fqsz8B+WrfV+qzP3PORaD8yMu/q4xnnw/14r8dzkWg/MjLP46MZ58P9eI/J4IPDQ==", "lambda": 0.01, "n_rows": 18, "n_skipped": 0, "temperature": 0.001, "metric_value": 1}], "format": 1, "labels": ["high", "low"], "metric": "accuracy", "n_rows": 18, "params": {"bias": 1, "seed": 0, "depth": 1, "folds": 5, "shape": null, "bucket": null, "deploy": "if_better", "filter": 3, "kernel": "ntk", "lambda": 0.01, "method": "nystrom", "metric": "auto", "rounds": null, "search": null, "unseen": "pooled", "window": null, "holdout": 0.3, "missing": "impute", "options": {}, "padding": "same", "pooling": 1, "exponent": null, "bandwidth": 1, "watermark": null, "max_levels": 1000, "uncertainty": false, "n_components": 2}, "rounds": null, "source": "SELECT x,\n    c\n   FROM public.twelve", "target": "c", "weight": null, "encoding": {"inputs": 1, "columns": [{"kind": "number", "mean": 12.5, "name": "x", "scale": 6.922186552431729}], "missing": "impute"}, "features": ["x"], "group_by": [], "split_by": ["x", "c"], "n_skipped": 0, "metric_value": 1}$old$, 'old class') \g /dev/null
SELECT cmp_ok(abs(ntk_predict('old', ARRAY[5.5]) - 5.03145080225734), '<', 1e-9::float8, 'an older model predicts as before');
SELECT cmp_ok(abs((hi - lo) / (6.663905164558847 - 3.398996439955833) - 1.0463), '<', 0.005::float8, 'its intervals are those of the t distribution') FROM ntk_interval('old', ARRAY[5.5]);
SELECT cmp_ok((ntk_proba('old class', ARRAY[5.5]) ->> 'high')::float8 / 9.73152447933535e-44, '<', 1.001::float8, 'its temperature is what it was');
UPDATE ntk_catalog_part SET temperature = 0.2 WHERE model = 'old class';
SELECT cmp_ok(abs((ntk_proba('old class', ARRAY[5.5]) ->> 'high')::float8 - (ntk_softmax(ntk_predict_all(fitted, ntk_encode(r, encoding)), 0.2))[1]), '<', 1e-12::float8, 'a softmax')
FROM ntk_catalog_part JOIN ntk_catalog_version USING (model, version), (SELECT 5.5::float8 AS x) AS r WHERE model = 'old class';
SELECT is(error_of(format('SELECT ntk_import(jsonb_set(ntk_export(''dozen''), ''{parts,0,calibration}'', %L), ''wrong'')', calibration)), 'this is no exported model | ' || detail || ' | ntk_export makes them.', calibration)
FROM (VALUES ('"x"', '"calibration" of a part must be of another kind: null or array.'), ('["a"]', 'A calibration of it is no array of numbers.'), ('[[0, 0], [1]]', 'A calibration of it is no array of numbers.'),
	('[[0, 0], [1, 1]]', 'A calibration of it has not 3 rows of 2 numbers, the last not negative.'), ('[[0, 0], [1, 1], [0, -1]]', 'A calibration of it has not 3 rows of 2 numbers, the last not negative.')) AS v (calibration, detail);

SELECT * FROM finish();
ROLLBACK;
