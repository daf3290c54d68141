-- Rounds of learning the metric in ntk_train: that they are the aggregates by hand, which one is kept,
-- what a model with a metric says of its columns, and what is refused.

BEGIN;
SELECT plan(92);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;
SET LOCAL max_parallel_workers_per_gather = 0;		-- workers sum in another order each time, which landmarks magnify

\ir include/error_of.sql
\ir include/fold_of.sql
\ir include/difference.sql
\ir include/stopped_after.sql

-- of six columns two matter, and neither by itself
CREATE TABLE samples AS
SELECT id, x[1] AS a, x[2] AS b, x[3] AS c, x[4] AS d, x[5] AS e, x[6] AS f, sin(3 * x[1]) * abs(x[4]) AS y
FROM (SELECT id, array_agg(2 * frac - 1 ORDER BY j) AS x
	  FROM generate_series(1, 1200) AS id, generate_series(1, 6) AS j, LATERAL (SELECT 1e4 * sin(12.9898 * id + 78.233 * j)) AS s (s), LATERAL (SELECT s - floor(s) AS frac) AS f GROUP BY id) AS r;
CREATE TABLE fits (name text PRIMARY KEY, rounds jsonb, map ntk_map, metric_value float8, version int);
CREATE FUNCTION fit(name text, params text, source text DEFAULT 'TABLE samples', target text DEFAULT 'y', exclude text[] DEFAULT '{id}', group_by text[] DEFAULT NULL, weight text DEFAULT NULL)
	RETURNS void LANGUAGE sql AS $$
	WITH t AS MATERIALIZED (SELECT t.* FROM ntk_train($1, $3, $4, exclude => $5, group_by => $6, weight => $7, params => $2::jsonb || '{"deploy": "always"}') AS t WHERE t.grp = '{}')
	INSERT INTO fits SELECT $1, rounds, NULL, metric_value, version FROM t;
	UPDATE fits SET map = v.map FROM ntk_catalog_version AS v WHERE v.model = $1 AND v.version = fits.version AND fits.name = $1 $$;
CREATE FUNCTION best(rounds jsonb) RETURNS jsonb LANGUAGE sql AS
	$$SELECT r FROM jsonb_array_elements($1) AS r ORDER BY (r ->> 'mse')::float8 LIMIT 1$$;

\set P '{"n_components": 60}'
SELECT fit('default', :'P');
SELECT fit('fixed', '{"n_components": 60, "rounds": 0}');
SELECT fit('diagonal', '{"n_components": 60, "rounds": 2, "metric": "diagonal"}');
SELECT fit('full', '{"n_components": 60, "rounds": 3, "metric": "full"}');
SELECT fit('zonal', '{"n_components": 60, "rounds": 3, "method": "zonal"}');

-- what there is of them

SELECT is((SELECT rounds FROM fits WHERE name = 'fixed'), NULL, 'rounds: 0 tells of none');
SELECT is((SELECT ntk_metric(map) FROM fits WHERE name = 'fixed'), NULL, 'and its map has no metric');
SELECT is((SELECT array_agg(concat(r ->> 'metric', r ->> 'round') ORDER BY at) FROM fits, jsonb_array_elements(rounds) WITH ORDINALITY AS e (r, at) WHERE name = 'diagonal'), '{0,diagonal1,diagonal2}',
	'the fixed kernel and two rounds');
SELECT is((SELECT array_agg(DISTINCT r ->> 'metric') FROM fits, jsonb_array_elements(rounds - 0) AS r WHERE name = 'full'), '{full}', 'metric: full tries no diagonal one');
SELECT is((SELECT array_agg(DISTINCT r ->> 'metric' ORDER BY r ->> 'metric') FROM fits, jsonb_array_elements(rounds - 0) AS r WHERE name = 'default'), '{diagonal,full}', 'by default both are tried');
SELECT cmp_ok((SELECT max((r ->> 'round')::int) FROM fits, jsonb_array_elements(rounds) AS r WHERE name = 'default'), '<=', 5, 'in at most five rounds each');
SELECT ok(bool_and((r ->> 'mse')::float8 > 0), 'each has an error') FROM fits, jsonb_array_elements(rounds) AS r;
SELECT is(round((d.rounds #>> '{0,mse}')::numeric, 9), round((f.rounds #>> '{0,mse}')::numeric, 9), 'that of the fixed kernel is the same wherever it starts') FROM fits AS d, fits AS f WHERE d.name = 'default' AND f.name = 'full';
SELECT is(v.rounds, f.rounds, 'ntk_model_versions has them: ' || f.name) FROM fits AS f JOIN ntk_model_versions AS v USING (name) ORDER BY f.name;
SELECT cmp_ok((SELECT metric_value FROM fits WHERE name = 'default'), '<', (SELECT 0.3 * metric_value FROM fits WHERE name = 'fixed'), 'a metric helps where few columns matter');
SELECT fit('again', :'P');
SELECT cmp_ok(difference(ntk_metric(a.map), ntk_metric(d.map)), '<', 1e-5::float8, 'the same call has the same metric') FROM fits AS a, fits AS d WHERE a.name = 'again' AND d.name = 'default';

SET LOCAL max_parallel_workers_per_gather = 2;
SELECT fit('workers', :'P');
SELECT is((SELECT array_agg(feature ORDER BY feature) FROM (SELECT * FROM ntk_importance('workers') LIMIT 2) AS i), '{a,d}', 'workers find the same columns');
SET LOCAL max_parallel_workers_per_gather = 0;

-- by hand

CREATE TABLE encoded AS
SELECT fold_of('diagonal', s) % 5 AS fold, ntk_encode(s.*, v.encoding) AS x, y FROM samples AS s, ntk_catalog_version AS v
WHERE v.model = 'diagonal' AND fold_of('diagonal', s) >= 100;
CREATE FUNCTION by_hand(map ntk_map) RETURNS TABLE (mse float8, fitted ntk_model) LANGUAGE sql AS $$
	SELECT (SELECT min(holdout_mse) FROM ntk_path(rest, '{1e-5,1e-3,1e-1,10}', choice)), ntk_solve(rest, 1e-3)
	FROM (SELECT ntk_gram(x, y, $1) FILTER (WHERE fold > 0) AS rest, ntk_gram(x, y, $1) FILTER (WHERE fold = 0) AS choice FROM encoded) AS g $$;
CREATE TABLE hand AS SELECT 0 AS round, map, h.*, NULL::float8[] AS metric FROM (SELECT ntk_nystrom(_ntk_rough_landmarks(x, 60, 0), bias => 1) AS map FROM encoded) AS m, by_hand(map) AS h;
CREATE FUNCTION next_round(this int) RETURNS void LANGUAGE sql AS $$
	WITH m AS MATERIALIZED (SELECT ntk_agop_diagonal(fitted, x) AS metric FROM hand, encoded WHERE round = $1 AND fold > 0),
	l AS MATERIALIZED (SELECT ntk_nystrom(_ntk_rough_landmarks(x, 60, 0, metric), 1, 1, 'ntk', metric) AS map FROM m, encoded GROUP BY metric)
	INSERT INTO hand SELECT $1 + 1, map, h.*, metric FROM m, l, by_hand(map) AS h $$;
SELECT next_round(0), next_round(1);
SELECT cmp_ok(abs(h.mse / (r ->> 'mse')::float8 - 1), '<', 1e-6::float8, format('the error of round %s', h.round))
FROM hand AS h JOIN (SELECT r FROM fits, jsonb_array_elements(rounds) AS r WHERE name = 'diagonal') AS r ON (r ->> 'round')::int = h.round ORDER BY h.round;
SELECT cmp_ok(difference(ntk_metric(f.map), ntk_metric(h.map)), '<', 1e-5::float8, 'the map that is kept is that of the best round')
FROM fits AS f, hand AS h WHERE f.name = 'diagonal' AND h.round = (best(rounds) ->> 'round')::int;
SELECT is(array_ndims(ntk_metric(map)), CASE best(rounds) ->> 'metric' WHEN 'full' THEN 2 ELSE 1 END, 'the kind of its metric is that of its best round: ' || name) FROM fits WHERE name IN ('default', 'zonal') ORDER BY name;
SELECT is((SELECT map::text::jsonb - 'metric' #- '{options,base_dim}' FROM fits WHERE name = 'zonal'), ntk_map(6, 60, method => 'zonal', bias => 1)::text::jsonb #- '{options,base_dim}', 'of the method zonal the map is the same but for its metric');

-- nothing is kept that does not help

SELECT setseed(0.5);
CREATE TABLE noise AS SELECT id, a, b, c, d, e, f, random() AS y FROM samples;
SELECT fit('noise', '{"n_components": 60, "rounds": 3}', 'TABLE noise');
SELECT is((SELECT ntk_metric(map) FROM fits WHERE name = 'noise'), NULL, 'of noise the fixed kernel is kept');
SELECT cmp_ok(jsonb_array_length(rounds), '>', 3, 'after all its rounds') FROM fits WHERE name = 'noise';

-- a target that varies in one row only, which no round is fitted to
CREATE TABLE needle AS SELECT id, a, b, CASE id WHEN needle THEN 1 ELSE 0 END AS y
FROM samples, (SELECT id AS needle FROM (SELECT s.id, a, b FROM samples AS s) AS s WHERE ntk_fold(s.*, 1000) >= 100 AND ntk_fold(s.*, 1000) % 5 = 0 ORDER BY id LIMIT 1) AS n;
SELECT fit('needle', '{"n_components": 20, "rounds": 3}', 'TABLE needle', exclude => '{}');
SELECT is((SELECT jsonb_array_length(rounds) FROM fits WHERE name = 'needle'), 1, 'a constant model has no rounds');
SELECT is((SELECT ntk_metric(map) FROM fits WHERE name = 'needle'), NULL, 'and its metric stays as it is');
SELECT fit('one input', '{"n_components": 20, "rounds": 3}', 'SELECT a, y FROM samples', exclude => '{}');
SELECT is((SELECT rounds FROM fits WHERE name = 'one input'), NULL, 'one input has no metric to learn');
SELECT fit('few', '{"n_components": 20, "holdout": 0}', 'SELECT a, b, y FROM samples LIMIT 4', exclude => '{}');
SELECT cmp_ok((SELECT count(*) FROM fits WHERE name = 'few'), '=', 1::bigint, 'four rows');
SELECT fit('bits', '{"n_components": 50, "rounds": 3}', 'SELECT id, a > 0 AS p, b > 0 AS q, c, (a > 0)::int + 0.0 AS y FROM samples');
SELECT is((SELECT feature FROM ntk_importance('bits') LIMIT 1), 'p', 'rows that fall together in the metric');

-- classes, groups, weights

SELECT fit('classes', '{"n_components": 60, "rounds": 3}', 'SELECT *, CASE WHEN y > 0.1 THEN ''up'' WHEN y < -0.1 THEN ''down'' ELSE ''level'' END AS class FROM samples', 'class', '{id,y}');
SELECT is((SELECT array_agg(feature ORDER BY feature) FROM (SELECT * FROM ntk_importance('classes') LIMIT 2) AS i), '{a,d}', 'the metric of classes');
SELECT fit('groups', '{"n_components": 60, "rounds": 3}', 'SELECT *, id % 2 AS g FROM samples', group_by => '{g}');
SELECT is((SELECT array_agg(feature ORDER BY feature) FROM (SELECT * FROM ntk_importance('groups') LIMIT 2) AS i), '{a,d}', 'groups have one metric');
SELECT fit('weights', '{"n_components": 60, "rounds": 2, "metric": "diagonal"}', 'SELECT *, 1.0 AS w FROM samples UNION ALL SELECT *, 0 FROM noise', weight => 'w');
SELECT is((SELECT array_agg(feature ORDER BY feature) FROM (SELECT * FROM ntk_importance('weights') LIMIT 2) AS i), '{a,d}', 'rows of weight 0 do not count');

-- a share of the rows

SELECT is(_ntk_share_of_rows(1), 'true', 'all rows');
CREATE TABLE shares AS SELECT share, kept FROM unnest('{0.5,0.1}'::float8[]) AS share, LATERAL (SELECT array_agg(id) AS kept FROM samples AS source
	WHERE ntk_fold(source.*, 1000000, 1) < substring(_ntk_share_of_rows(share) FROM '< (\d+)')::int) AS k;
SELECT cmp_ok(abs(cardinality(kept) - 1200 * share), '<', 60::float8, format('%s of them', share)) FROM shares ORDER BY share;
SELECT ok((SELECT kept FROM shares WHERE share = 0.1) <@ (SELECT kept FROM shares WHERE share = 0.5), 'a smaller share is part of a larger one');

-- the source is read a few times, however many rounds there are: for the encoding, the sample, the fit and the error

CREATE TABLE keyed AS SELECT * FROM samples;
ALTER TABLE keyed ADD PRIMARY KEY (id);
CREATE FUNCTION scans(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'keyed');
BEGIN
	EXECUTE call;
	RETURN (SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'keyed') - before;
END $$;
SELECT is(scans($$SELECT ntk_train('scans', 'keyed', 'y', exclude => '{id}', params => '{"n_components": 60}')$$), 4::bigint, 'four scans of a table with a key');
SELECT is(scans($$SELECT ntk_train('search', 'SELECT id, a, b, d, y FROM keyed', 'y', params => '{"n_components": 60, "key": "id", "search": {"depth": [1, 2, 3]}}')$$), 4::bigint, 'a search needs no more');
SELECT is(scans($$SELECT ntk_train('classes of scans', 'SELECT *, y > 0 AS class FROM keyed', 'class', exclude => '{id,y}', params => '{"n_components": 60, "key": "id"}')$$), 5::bigint, 'classes are another one');

-- what it says of columns

CREATE TABLE mixed AS
SELECT s.id, s.a, CASE WHEN s.id % 10 > 0 THEN s.b END AS "B", (ARRAY['red', 'green', 'blue'])[1 + s.id % 3] AS colour, s.c > 0 AS yes,
	   timestamp '2026-01-01' + s.id * interval '7 hours' AS at, ARRAY[s.e, s.f] AS pair, CASE WHEN s.id % 3 = 1 THEN -1 ELSE 1 END * sin(3 * s.a) AS y FROM samples AS s;
SELECT fit('mixed', '{"n_components": 80, "rounds": 4}', 'TABLE mixed');
SELECT is((SELECT array_agg(input ORDER BY place) FROM ntk_catalog_version AS v, ntk_inputs(encoding) WHERE model = 'mixed')::text,
	'{a,B,"B is null","colour = blue","colour = green","colour = red",yes,at,"sin(hour of at)","cos(hour of at)","sin(dow of at)","cos(dow of at)","sin(doy of at)","cos(doy of at)",pair[1],pair[2]}',
	'the inputs of columns');
SELECT is(count(*), (SELECT (encoding ->> 'inputs')::bigint FROM ntk_catalog_version WHERE model = v.model), 'as many as the encoding has: ' || v.model)
FROM ntk_catalog_version AS v, ntk_inputs(encoding) WHERE model IN ('mixed', 'default', 'few') GROUP BY model ORDER BY model;
SELECT is((SELECT array_agg(input ORDER BY place) FROM ntk_inputs('{"inputs": 5, "missing": "impute", "columns": [{"name": "c", "kind": "category", "levels": ["x"], "other": true, "missing": true}, {"name": "k", "kind": "constant", "missing": true}, {"name": "n", "kind": "number", "mean": 0, "scale": 1}]}'))::text,
	'{"c = x","c = other","c is null","k is null",n}', 'other levels, and a constant');
SELECT is(error_of($$SELECT ntk_inputs('{"inputs": 1, "missing": "impute", "columns": [{"name": "x", "kind": "array", "length": 9000000000000000000, "mean": [0], "scale": [1]}]}')$$),
	'length of column "x" must be between 1 and 1048576, not 2147483647', 'an array without end is refused');
CREATE TEMP TABLE long AS SELECT jsonb_build_object('columns', jsonb_build_array(jsonb_build_object('name', 'c', 'kind', 'category', 'levels', jsonb_agg(repeat('long ', 8) || i ORDER BY i), 'other', true))) AS encoding
FROM generate_series(1, 10000) AS i;
SET LOCAL temp_file_limit = '40MB';
SELECT results_eq('SELECT max(place), max(input) FILTER (WHERE place = 777) FROM long, ntk_inputs(encoding)', format('SELECT 10001, %L::text', 'c = ' || repeat('long ', 8) || 777), 'many levels: their list is held once');
RESET temp_file_limit;
SELECT cmp_ok(abs(sum(importance) - 100), '<', 1e-9::float8, 'importances add up to 100: ' || name) FROM fits, ntk_importance(name) WHERE ntk_metric(map) IS NOT NULL GROUP BY name ORDER BY name;
SELECT is((SELECT array_agg(feature ORDER BY feature) FROM (SELECT * FROM ntk_importance('mixed') LIMIT 2) AS i), '{a,colour}', 'those of the columns that matter are the largest');
SELECT cmp_ok(abs(i.importance - 100 * (ntk_metric(f.map))[n.place][n.place] / (SELECT sum((ntk_metric(f.map))[k][k]) FROM generate_series(1, 6) AS k)), '<', 1e-6::float8, 'the diagonal of a full metric: ' || i.feature)
FROM fits AS f, ntk_catalog_version AS v, ntk_inputs(v.encoding) AS n JOIN ntk_importance('full') AS i USING (feature) WHERE f.name = 'full' AND v.model = 'full' ORDER BY feature;
SELECT cmp_ok(max(abs(length - 1)), '<', 1e-6::float8, 'directions have length 1') FROM (SELECT direction, sum(weight ^ 2) AS length FROM fits, ntk_directions(name, 2) WHERE name IN ('full', 'default', 'mixed') GROUP BY name, direction) AS d;
SELECT cmp_ok(abs(sum(share) - 100), '<', 1e-6::float8, 'shares add up to 100') FROM (SELECT DISTINCT direction, share FROM ntk_directions('full', 6)) AS d;
SELECT is(array_agg(DISTINCT direction), '{1,2}', 'so many directions') FROM ntk_directions('full', 2);
SELECT cmp_ok(max(difference), '<', 1e-6::float8, 'they are eigenvectors of the metric')
FROM (SELECT abs(sum(m.metric[i.place][j.place] * d.weight) - max(d.share) / 100 * (SELECT sum(m.metric[k][k]) FROM generate_series(1, 6) AS k) * max(CASE WHEN i.place = j.place THEN d.weight END)) AS difference
	  FROM (SELECT ntk_metric(map) AS metric, encoding FROM ntk_catalog_version WHERE model = 'full') AS m, ntk_inputs(m.encoding) AS i, ntk_inputs(m.encoding) AS j JOIN ntk_directions('full', 1) AS d USING (input) GROUP BY i.place, m.metric) AS e;

-- afterwards

SELECT ntk_refresh('diagonal', 'SELECT * FROM samples LIMIT 100') \g /dev/null
SELECT is((SELECT (map, rounds)::text FROM ntk_catalog_version WHERE model = 'diagonal' AND version = 2), (SELECT (map, rounds)::text FROM fits WHERE name = 'diagonal'), 'a refreshed version has the metric, and says where it is from');
SELECT ntk_import(ntk_export('diagonal'), 'imported');
SELECT results_eq('SELECT * FROM ntk_importance(''imported'')', 'SELECT * FROM ntk_importance(''diagonal'')', 'an exported model brings its metric along');
SELECT is((SELECT rounds FROM ntk_catalog_version WHERE model = 'imported'), (SELECT rounds FROM fits WHERE name = 'diagonal'), 'and its rounds');
SELECT ntk_import(ntk_export('noise'), 'noise too'), ntk_import(ntk_export('fixed'), 'fixed too');
SELECT ok(error_of('SELECT ntk_importance(''noise too'')') ~ 'No round was better' AND error_of('SELECT ntk_importance(''fixed too'')') ~ 'without rounds', 'also of one without a metric');
SELECT is(error_of($$SELECT ntk_import(ntk_export('diagonal') || '{"rounds": 3}', 'forged')$$), 'this is no exported model | "rounds" of the model must be of another kind: null or array. | ntk_export makes them.', 'rounds that are none');
SELECT is((SELECT params FROM ntk_catalog_model WHERE model = 'diagonal') @> '{"rounds": 2, "metric": "diagonal"}', true, 'ntk_retrain would do it again');
SELECT fit('searched', '{"n_components": 60, "rounds": 2, "metric": "diagonal", "search": {"depth": [1, 2]}}');
SELECT cmp_ok(difference(ntk_metric(s.map), ntk_metric(d.map)), '<', 1e-6::float8, 'search is in the metric') FROM fits AS s, fits AS d WHERE s.name = 'searched' AND d.name = 'diagonal';

-- what is refused

SELECT is(error_of(format($$SELECT fit('wrong', '{"n_components": 20, %s}')$$, pair)), message, pair)
FROM (VALUES ('"rounds": -1', 'params.rounds must be an integer between 0 and 100 or null, not -1'), ('"rounds": 1.5', 'params.rounds must be an integer between 0 and 100 or null, not 1.5'),
	('"rounds": "many"', 'params.rounds must be an integer between 0 and 100 or null, not "many"'), ('"metric": "round"', 'params.metric must be ''auto'' or ''diagonal'' or ''full'', not "round"'),
	('"method": "polysketch", "rounds": 2', 'params.rounds must be 0 for the method ''polysketch'', whose map has no gradient | Maps of the methods ''nystrom'' and ''zonal'' of rows that are not reduced to a base_dim have gradients.'),
	('"shape": [2, 2, 1], "rounds": 2', 'params.rounds must be 0 for images, not 2')) AS v (pair, message);
SELECT is(error_of($$SELECT fit('wide', '{"n_components": 4, "metric": "full"}', 'SELECT id, y, array_fill(a, ARRAY[1025]) AS x FROM samples LIMIT 40')$$),
	'params.metric ''full'' is for at most 1024 inputs, the features become 1025 | Take ''diagonal''.', 'a full metric of many inputs');
SELECT is((SELECT count(*) FROM ntk_models WHERE name IN ('wrong', 'wide')), 0::bigint, 'without a trace');
SELECT is(error_of(call), message, call)
FROM (VALUES ('SELECT ntk_importance(''none'')', 'model "none" does not exist, or no version of it serves'),
	('SELECT ntk_importance(''fixed'')', 'version 1 of model "fixed" has no learned metric | It was trained without rounds. | ntk_importance with a source shuffles columns, which needs no metric.'),
	('SELECT ntk_importance(''noise'')', 'version 1 of model "noise" has no learned metric | No round was better than the fixed kernel. | ntk_importance with a source shuffles columns, which needs no metric.'),
	('SELECT ntk_directions(''fixed'')', 'version 1 of model "fixed" has no learned metric | It was trained without rounds. | ntk_importance with a source shuffles columns, which needs no metric.'),
	('SELECT ntk_directions(''full'', 0)', 'k must be positive, not 0'), ('SELECT ntk_directions(''full'', NULL)', 'k must be positive, not null')) AS v (call, message);

-- stopped in one of many short steps

SET LOCAL statement_timeout = '1s';
SELECT cmp_ok(stopped_after($$SELECT fit('endless', '{"n_components": 1500, "rounds": 100}', 'SELECT s.* FROM samples AS s, generate_series(1, 20)')$$), '<', 1.5::float8, 'rounds can be stopped');
SET LOCAL statement_timeout = 0;
SELECT is((SELECT count(*) FROM ntk_models WHERE name = 'endless'), 0::bigint, 'and leave nothing');

SELECT * FROM finish();
ROLLBACK;
