-- The real values that the fuzzer changes, and the statements that use what was accepted: $1 is
-- the value, $2 a row of inputs, $3 a real value of the same type, $4 a number, $5 places.

CREATE TABLE seed (kind text, value bytea);
CREATE TABLE use (kind text, statement text);

CREATE FUNCTION ntk_fuzz(kind text, seed bigint, rounds bigint, seconds double precision, seeds bytea[], uses text[], file text,
						 OUT tried bigint, OUT accepted bigint, OUT refused bigint, OUT used bigint, OUT declined bigint, OUT skipped bigint, OUT faults bigint,
						 OUT first_fault text, OUT slowest_ms double precision, OUT slowest_seed bigint)
	AS :'module', 'ntk_fuzz' LANGUAGE C VOLATILE;

-- maps: every method and kernel, with and without bias, metric, options, reduced inputs

CREATE TABLE landmark AS SELECT array_agg(ARRAY[sin(i), cos(2 * i), i % 3 - 1]::real[]) AS l FROM generate_series(1, 4) AS i;
CREATE TABLE metric (m double precision[]);
INSERT INTO metric VALUES (NULL), ('{1,0.5,2}'), ('{{1,0.2,0},{0.2,1,0},{0,0,0.5}}');
CREATE TABLE map AS
SELECT ntk_map(d, m, depth, method, 3, bias, kernel) AS map
FROM (VALUES (3, 8), (5, 4)) AS s (d, m), (VALUES (1, 0), (3, 0.5)) AS t (depth, bias), (VALUES ('ntk'), ('nngp')) AS k (kernel),
	(VALUES ('zonal'), ('polysketch'), ('random_features'), ('random_features_leverage')) AS f (method)
UNION ALL SELECT ntk_map(3, 8, method => 'zonal', options => '{"degree": 4, "taper": true}')
UNION ALL SELECT ntk_map(3, 8, method => 'polysketch', options => '{"degree": 3, "layered": true}')
UNION ALL SELECT ntk_map(300, 16, method => method, options => '{"base_dim": 64}') FROM (VALUES ('zonal'), ('polysketch'), ('random_features')) AS f (method)
UNION ALL SELECT ntk_with_metric(ntk_map(3, 8, method => method), m) FROM metric, (VALUES ('zonal'), ('polysketch'), ('random_features_leverage')) AS f (method) WHERE m IS NOT NULL
UNION ALL SELECT ntk_nystrom(l, depth, bias, kernel) FROM landmark, (VALUES (1, 0), (2, 0.5)) AS t (depth, bias), (VALUES ('ntk'), ('nngp')) AS k (kernel)
UNION ALL SELECT ntk_nystrom(l, 2, 0, 'ntk', m) FROM landmark, metric WHERE m IS NOT NULL
UNION ALL SELECT ntk_nystrom(l, kernel, 1.5, exponent, m) FROM landmark, metric, (VALUES ('gaussian', NULL), ('laplace', NULL), ('gamma_exponential', 1.3)) AS k (kernel, exponent)
UNION ALL SELECT ntk_nystrom(ARRAY[[1, 0, 0], [0, 1, 1]]::real[])
UNION ALL SELECT cntk_map(ARRAY[4, 5, 2], 16, method => method, pooling => pooling) FROM (VALUES ('zonal', 1), ('sketch', 1), ('zonal', 0), ('sketch', 2)) AS f (method, pooling)
UNION ALL SELECT cntk_map(ARRAY[6, 6, 1], 16, padding => 'valid')
UNION ALL SELECT cntk_nystrom(m, (SELECT cntk_patches(ARRAY(SELECT sin(i * j)::real FROM generate_series(1, 40) AS j), m, 4) FROM generate_series(1, 9) AS i))
	FROM cntk_map(ARRAY[4, 5, 2], 16) AS m;

INSERT INTO seed SELECT 'map', _ntk_map_send(map) FROM map;
INSERT INTO seed SELECT 'map_text', convert_to(map::text, 'UTF8') FROM map;

INSERT INTO use SELECT kind, statement FROM (VALUES ('map'), ('map_text')) AS k (kind), (VALUES
	('SELECT ntk_sketch($2, $1)'), ('SELECT ntk_sketch($2::real[], $1)'), ('SELECT ntk_sketch($5, ARRAY[1, -2, 3]::real[], $1)'),
	('SELECT ntk_sketch($5, $2, $1)'), ('SELECT ntk_fingerprint($1)'), ('SELECT $1 = $3, _ntk_map_hash($1)'),
	('SELECT ntk_metric($1)'), ('SELECT ntk_metric_root($1)'), ('SELECT ntk_has_gradient($1)'),
	('SELECT ntk_with_metric($1, $2)'), ('SELECT ntk_sketch($2, ntk_with_metric($1, $2))'),
	('SELECT ntk_gram($2, $4, $1)'), ('SELECT ntk_solve(ntk_gram($2, i, $1), 0.1) FROM generate_series(1, 3) AS i'),
	('SELECT ntk_gradient(ntk_solve(ntk_gram($2, i, $1), 0.1), $2) FROM generate_series(1, 3) AS i'),
	('SELECT ntk_gram_class($2, i % 2, 2, $1) FROM generate_series(1, 3) AS i'),
	('SELECT ntk_agop(ntk_solve(g, 0.1), $2) FROM (SELECT ntk_gram($2, i, $1) AS g FROM generate_series(1, 3) AS i) AS s'),
	('SELECT cntk_nystrom($1, ARRAY[$2::real[]])'), ('SELECT cntk_patches($2, $1, 2)')) AS s (statement);

-- statistics

CREATE TABLE feature AS SELECT i, ARRAY[sin(i), cos(2 * i), i % 3 - 1]::double precision[] AS x FROM generate_series(1, 12) AS i;
CREATE TABLE gram AS
SELECT ntk_gram(x[:w], CASE k WHEN 1 THEN ARRAY[i] WHEN 2 THEN ARRAY[i, -i] ELSE ARRAY[i, 1, i * i] END::double precision[]) AS gram
FROM feature, generate_series(1, 3) AS w, generate_series(1, 3) AS k GROUP BY w, k
UNION ALL SELECT ntk_gram(x, i, i::double precision) FROM feature
UNION ALL SELECT ntk_gram(x, NULL::double precision) FROM feature
UNION ALL SELECT ntk_gram(x, i) FROM feature WHERE i = 1
UNION ALL SELECT ntk_gram_class(x, i % 3, 3) FROM feature
UNION ALL SELECT ntk_gram(x, i) - ntk_gram(x, i) FILTER (WHERE i > 3) FROM feature
UNION ALL SELECT ntk_gram(x, i) - ntk_gram(x, i) FROM feature
UNION ALL SELECT ntk_scale(ntk_gram(x, i), 0.5) FROM feature
UNION ALL SELECT ntk_gram(x, i, map) FROM feature, (SELECT map FROM map WHERE jsonb_extract_path_text(map::text::jsonb, 'input_dim') = '3') AS m GROUP BY m.map
UNION ALL SELECT ntk_gram_class(x, i % 2, 2, map) FROM feature, (SELECT map FROM map WHERE jsonb_extract_path_text(map::text::jsonb, 'input_dim') = '3' LIMIT 3) AS m GROUP BY m.map;
INSERT INTO seed SELECT 'gram', _ntk_gram_send(gram) FROM gram;

INSERT INTO use SELECT 'gram', statement FROM (VALUES
	('SELECT ntk_sketch($2, ntk_feature_map($1))'),
	('SELECT $1 + $1'), ('SELECT $1 - $1'), ('SELECT $1 + $3'), ('SELECT $3 + $1'), ('SELECT $1 - $3'), ('SELECT $3 - $1'),
	('SELECT sum(g) FROM unnest(ARRAY[$1, $3, $1]) AS g'), ('SELECT ntk_scale($1, $4)'), ('SELECT ntk_with_targets($1, $5)'),
	('SELECT ntk_rows($1), ntk_skipped($1), ntk_width($1), ntk_targets($1), ntk_weight($1)'), ('SELECT ntk_feature_map($1)'),
	('SELECT ntk_moments($1)'), ('SELECT ntk_solve($1)'), ('SELECT ntk_solve($1, $4)'), ('SELECT ntk_solve($1, $4, true)'),
	('SELECT ntk_predict_std(ntk_solve($1, 0.01, true), $2)'), ('SELECT ntk_predict_all(ntk_solve($1, 0.01), $2)'),
	('SELECT * FROM ntk_path($1)'), ('SELECT * FROM ntk_path($1, ARRAY[$4, 1])'), ('SELECT * FROM ntk_path($1, NULL, $3)'), ('SELECT * FROM ntk_path($3, NULL, $1)'),
	('SELECT * FROM ntk_cv(ARRAY[$1, $1])'), ('SELECT * FROM ntk_cv(ARRAY[$1, $3], ARRAY[$4])'), ('SELECT * FROM ntk_cv(ARRAY[$1, $1, $1])'),
	('SELECT ntk_mse(ntk_solve($1, 0.1), $1)'), ('SELECT ntk_mse(ntk_solve($3, 0.1), $1)'), ('SELECT ntk_train_mse(ntk_solve($1, 0.1))')) AS s (statement);

-- models

INSERT INTO seed SELECT 'model', _ntk_model_send(ntk_solve(gram, 0.01, u)) FROM gram, (VALUES (false), (true)) AS s (u) WHERE ntk_rows(gram) > 2;

INSERT INTO use SELECT 'model', statement FROM (VALUES
	('SELECT ntk_predict($1, $2)'), ('SELECT ntk_predict_all($1, $2)'), ('SELECT ntk_predict_all($1, $2::real[])'), ('SELECT ntk_predict_std($1, $2)'),
	('SELECT ntk_predict($1, $5, ARRAY[1, -2, 3]::real[])'), ('SELECT ntk_predict_all($1, $5, $2)'), ('SELECT ntk_predict_std($1, $5, $2)'),
	('SELECT ntk_gradient($1, $2)'), ('SELECT ntk_agop($1, $2)'), ('SELECT ntk_agop($1, $2, $4)'), ('SELECT ntk_agop_diagonal($1, $2)'),
	('SELECT ntk_rows($1), ntk_width($1), ntk_targets($1), ntk_lambda($1)'), ('SELECT ntk_train_mse($1)'), ('SELECT ntk_coefficients($1)'),
	('SELECT ntk_feature_map($1)'), ('SELECT ntk_sketch($2, ntk_feature_map($1))'), ('SELECT ntk_mse($1, g) FROM (SELECT ntk_gram($2, $4) AS g) AS s'),
	('SELECT ntk_mse($1, gram) FROM gram TABLESAMPLE SYSTEM (100) LIMIT 3')) AS s (statement);

-- encodings, and models by name

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE thing AS
SELECT i, i % 3 = 0 AS flag, sin(i) AS number, CASE WHEN i % 7 > 0 THEN (i % 5)::numeric END AS maybe, (ARRAY['Paris', 'Rome', E'a "b" \\'])[1 + i % 3] AS city,
	(ARRAY['sad', 'happy']::mood[])[1 + i % 2] AS feeling, date '2020-01-01' + i AS day, timestamptz '2020-01-01 UTC' + i * interval '5 hours' AS at,
	time '00:00' + i * interval '7 minutes' AS clock, i * interval '1 hour' AS span, ARRAY[sin(i), 4, cos(i)] AS vector, CASE WHEN i % 4 = 0 THEN 5 END AS same
FROM generate_series(1, 60) AS i;
CREATE TABLE probe AS SELECT * FROM thing WHERE i IN (1, 4, 7);
INSERT INTO probe VALUES (100000, NULL, 'Infinity', NULL, 'elsewhere', NULL, 'infinity', '-infinity', '24:00', '1000 years', '{1,2}', NULL),
	(-5, true, 1e300, 0.5, NULL, 'ok', '4000-01-01 BC', '294276-12-31', NULL, NULL, NULL, 7);

INSERT INTO seed SELECT 'encoding', convert_to(e::text, 'UTF8') FROM (
	SELECT ntk_encoding(thing) AS e FROM thing UNION ALL SELECT ntk_encoding(thing, 2) FROM thing
	UNION ALL SELECT ntk_encoding(s) FROM (SELECT vector FROM thing) AS s UNION ALL SELECT ntk_encoding(s) FROM (SELECT number, city FROM thing) AS s
	UNION ALL SELECT ntk_encoding(s, 1000, '{"scale": "quantile", "bins": 3, "outside": "clip"}') FROM (SELECT number, maybe FROM thing) AS s
	UNION ALL SELECT ntk_encoding(s, 1000, '{"scale": "clip", "nan": "missing"}') FROM (SELECT number, maybe FROM thing) AS s UNION ALL SELECT ntk_encoding(s, 1000, '{"scale": "asinh", "bins": 2}') FROM (SELECT number FROM thing) AS s
	UNION ALL SELECT jsonb_set(ntk_encoding(s) - 'inputs', '{columns,0,means}', '[[1, 0, -1], [2, 0.5, 3]]') FROM (SELECT city FROM thing) AS s
	UNION ALL SELECT ntk_encoding(thing) || '{"missing": "skip"}' FROM thing UNION ALL SELECT ntk_encoding(thing) || '{"missing": "error"}' FROM thing) AS s;

-- what is long because its encoding says so is cut
INSERT INTO use SELECT 'encoding', statement FROM (VALUES
	('SELECT ntk_encode(r, $1) FROM probe AS r WHERE i = 4'), ('SELECT ntk_encode(r, $1) FROM probe AS r WHERE i = 100000'), ('SELECT ntk_encode(r, $1) FROM probe AS r WHERE i = -5'),
	('SELECT ntk_encode(r, $1) FROM (SELECT number, city, vector FROM probe WHERE i = 7) AS r'), ('SELECT ntk_encode(r, $1) FROM probe AS r'),
	('SELECT _ntk_outside(r, $1) FROM probe AS r WHERE i = -5'), ('SELECT * FROM ntk_inputs($1) LIMIT 100')) AS s (statement);

SELECT count(*) FROM ntk_train('regression', 'thing', 'number', exclude => '{i}', params => '{"n_components": 16}');
SELECT count(*) FROM ntk_train('classes', 'thing', 'city', exclude => '{i}', params => '{"n_components": 16}');
SELECT count(*) FROM ntk_train('groups', 'thing', 'number', group_by => '{flag}', exclude => '{i}', params => '{"n_components": 16}');
INSERT INTO seed SELECT 'import', convert_to(ntk_export(name)::text, 'UTF8') FROM (VALUES ('regression'), ('classes'), ('groups')) AS m (name);
INSERT INTO use SELECT 'import', 'SELECT ntk_import($1, ''f''); ' || statement FROM (VALUES
	('SELECT ntk_predict(''f'', r) FROM probe AS r WHERE i = 4'), ('SELECT ntk_predict(''f'', r) FROM probe AS r WHERE i = -5'), ('SELECT ntk_predict(''f'', $2)'),
	('SELECT ntk_classify(''f'', r) FROM probe AS r WHERE i = 4'), ('SELECT ntk_proba(''f'', r) FROM probe AS r WHERE i = 4'), ('SELECT ntk_interval(''f'', r) FROM probe AS r WHERE i = 4'),
	('SELECT * FROM ntk_predict_table(''f'', ''SELECT * FROM probe WHERE i < 10'', ''i'')'), ('SELECT * FROM ntk_evaluate(''f'', ''thing'')'),
	('SELECT ntk_export(''f'')'), ('SELECT * FROM ntk_models'), ('SELECT * FROM ntk_model_versions'), ('SELECT * FROM ntk_importance(''f'')'),
	('SELECT ntk_refresh(''f'', ''thing'')'), ('SELECT ntk_drop(''f'')')) AS s (statement);
