-- Which rows of a model are held out, and what comes of it: by a key, by the features, equal rows one by
-- one, or the newest; forgetting; which of two versions is the better one.

BEGIN;
SELECT plan(148);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/difference.sql
\ir include/error_of.sql
\ir include/fold_of.sql

CREATE TABLE points AS
SELECT i AS id, i % 40 AS customer, i % 7 AS visit, sin(i) AS a, cos(1.7 * i) AS b, 1 + i % 3 AS w, date '2024-01-01' + i / 10 AS day, timestamp '2024-01-01' + i * interval '1 hour' AS at,
	now() AS updated_at, sin(i) * cos(1.7 * i) + 0.1 * sin(37 * i) AS y, CASE WHEN sin(i) > 0.1 * sin(41 * i) THEN 'up' ELSE 'down' END AS class
FROM generate_series(1, 1000) AS i;
\set P '{"n_components": 20, "rounds": 0}'
CREATE FUNCTION trained(name text, source text, target text, features text[], params jsonb DEFAULT '{}', weight text DEFAULT NULL, group_by text[] DEFAULT NULL) RETURNS SETOF ntk_training LANGUAGE sql AS
	$$SELECT * FROM ntk_train($1, $2, $3, $4, weight => $6, group_by => $7, params => '{"n_components": 20, "rounds": 0}' || $5)$$;
-- the figures of a model that do not tell of time
CREATE FUNCTION evaluated(name text) RETURNS text LANGUAGE sql AS $$SELECT string_agg(format('%s %s %s', n, metric, round(value::numeric, 9)), ', ' ORDER BY metric) FROM ntk_evaluate($1)$$;
CREATE FUNCTION held_out(name text) RETURNS numeric LANGUAGE sql AS $$
	SELECT sum(ntk_rows(gram)) FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed, _ntk_statistics(_ntk_scope_of(m, v)) AS s WHERE m.model = $1 AND part < 0$$;
-- the statistic of the rows that a version is fitted to, and that of the rows of points by hand
CREATE FUNCTION fitted_rows(name text) RETURNS ntk_gram LANGUAGE sql AS $$
	SELECT sum(gram) FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed, _ntk_statistics(_ntk_scope_of(m, v)) AS s WHERE m.model = $1 AND part >= 0$$;
CREATE FUNCTION by_hand(name text, condition text) RETURNS ntk_gram LANGUAGE plpgsql AS $$
DECLARE
	result ntk_gram;
BEGIN
	EXECUTE format('SELECT ntk_gram(ntk_encode(p, encoding), y, map) FROM points AS p, ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed WHERE m.model = $1 AND (%s)', condition) INTO result USING name;
	RETURN result;
END $$;
-- the version that serves
CREATE FUNCTION deployed(name text) RETURNS int LANGUAGE sql AS 'SELECT deployed FROM ntk_catalog_model WHERE model = $1';

-- few distinct rows

CREATE TABLE r1 AS SELECT (ARRAY['x', 'y'])[1 + g % 2] AS a, CASE WHEN g % 100 < 80 THEN 'no' ELSE 'yes' END AS y FROM generate_series(1, 1000) AS g;
SELECT ok(n_rows BETWEEN 890 AND 910 AND metric_value BETWEEN 0.7 AND 0.9, format('two distinct rows, each with two classes: %s rows train, the accuracy is %s', n_rows, metric_value)) FROM ntk_train('r1', 'r1', 'y');
SELECT cmp_ok(abs((ntk_proba('r1', r) ->> 'yes')::float8 - 0.2), '<', 0.03::float8, 'the probability is the share of a class: ' || a) FROM (VALUES ('x'), ('y')) AS r (a);
SELECT is(ntk_classify('r1', r), 'no', 'the class is the frequent one: ' || a) FROM (VALUES ('x'), ('y')) AS r (a);
SELECT ok(metric_value BETWEEN 0.78 AND 0.82, 'without a hold-out the folds are as even: ' || metric_value) FROM ntk_train('r1 folds', 'r1', 'y', params => '{"holdout": 0}');
SELECT cmp_ok(abs((ntk_proba('r1 folds', r) ->> 'yes')::float8 - 0.2), '<', 0.03::float8, 'and so are probabilities: ' || a) FROM (VALUES ('x'), ('y')) AS r (a);
CREATE TABLE heavy AS SELECT CASE WHEN i <= 370 THEN 0 ELSE sin(i) END AS a, CASE WHEN i <= 370 THEN (i % 10)::float8 ELSE sin(i) END AS y FROM generate_series(1, 1000) AS i;
SELECT ok(n_rows BETWEEN 870 AND 930, format('one row that is 37 %% of a table: %s rows train', n_rows)) FROM trained('heavy', 'heavy', 'y', '{a}');
SELECT trained('heavy by bucket', 'SELECT *, (a = 0)::int AS zero FROM heavy', 'y', '{a}', '{"bucket": "zero"}') \g /dev/null
SELECT ok(share BETWEEN 0.25 AND 0.5, format('%s of those held out are this row', round(share, 2)))
FROM (SELECT sum(ntk_rows(gram)) FILTER (WHERE bucket = '1') / sum(ntk_rows(gram)) AS share FROM ntk_catalog_statistic WHERE model = 'heavy by bucket' AND part < 0) AS s;
SELECT cmp_ok(abs(ntk_predict('heavy', ARRAY[0.0]) - 4.5), '<', 0.5::float8, 'its mean is learned');
CREATE TABLE coarse AS SELECT i AS id, i % 5 AS a, (i % 5) * 2 + 0.5 * sin(i * i) AS y, 1 + i % 2 AS w, i % 3 AS g FROM generate_series(1, 1000) AS i;
SELECT ok(n_rows BETWEEN 870 AND 930 AND metric_value BETWEEN 0.25 AND 0.5, format('a regression with five distinct rows: %s rows train, the rmse is %s', n_rows, metric_value)) FROM trained('coarse', 'coarse', 'y', '{a}');
SELECT ok(metric_value BETWEEN 0.3 AND 0.4, 'without a hold-out') FROM trained('coarse folds', 'coarse', 'y', '{a}', '{"holdout": 0}');
SELECT cmp_ok(max(abs(ntk_predict('coarse folds', ARRAY[k]) - mean)), '<', 0.02::float8, 'its predictions are the means') FROM (SELECT a AS k, avg(y) AS mean FROM coarse GROUP BY a) AS c;
SELECT ok(n_rows BETWEEN 870 AND 930 AND metric_value BETWEEN 0.25 AND 0.5, 'with weights') FROM trained('coarse weights', 'coarse', 'y', '{a}', weight => 'w');
SELECT ok(count(*) = 4 AND bool_and(metric_value BETWEEN 0.2 AND 0.6) AND min(n_rows) > 250, 'in groups') FROM trained('coarse groups', 'coarse', 'y', '{a}', group_by => '{g}');
SELECT is(n, held_out(model)::bigint, 'ntk_evaluate reads the rows that are held out: ' || model) FROM unnest('{heavy,coarse,"coarse weights"}'::text[]) AS model, LATERAL (SELECT n FROM ntk_evaluate(model) LIMIT 1) AS e;
SELECT is(round(value::numeric, 9), round(metric_value::numeric, 9), 'with the error that training said: ' || model) FROM unnest('{heavy,coarse}'::text[]) AS model, LATERAL (SELECT value FROM ntk_evaluate(model) WHERE metric = 'rmse') AS e, ntk_models AS m WHERE m.name = model;
SELECT trained('distinct', 'points', 'y', '{a,b}') \g /dev/null
SELECT is(spread, model <> 'distinct', 'rows are dealt one by one only then: ' || model) FROM ntk_catalog_model WHERE model IN ('r1', 'heavy', 'coarse', 'distinct') ORDER BY model;
CREATE TABLE doubled AS SELECT a, b, y FROM points UNION ALL SELECT a, b, y FROM points;
SELECT trained('doubled', 'doubled', 'y', '{a,b}') \g /dev/null
SELECT is(n_rows, 2 * (SELECT count(*) FROM points AS p WHERE fold_of('doubled', p) >= 100), 'pairs of equal rows are held out together') FROM ntk_models WHERE name = 'doubled';

-- columns that are neither key nor feature

CREATE TABLE with_key AS TABLE points;
ALTER TABLE with_key ADD PRIMARY KEY (id);
CREATE TABLE with_identity AS TABLE points;
ALTER TABLE with_identity ALTER id SET NOT NULL;
CREATE UNIQUE INDEX with_identity_id ON with_identity (id);
ALTER TABLE with_identity REPLICA IDENTITY USING INDEX with_identity_id;
CREATE TABLE with_param AS TABLE points;
CREATE TABLE without AS TABLE points;
CREATE VIEW of_now AS SELECT a, b, y, clock_timestamp() AS seen FROM points;
CREATE TABLE kinds (model text PRIMARY KEY, params jsonb, split_by text[]);
INSERT INTO kinds VALUES ('with_key', '{}', '{id}'), ('with_identity', '{}', '{id}'), ('with_param', '{"key": "customer"}', '{customer}'), ('without', '{}', '{a,b}');
CREATE TABLE of_kinds AS SELECT t.* FROM kinds AS k, trained(model, model, 'y', '{a,b}', params || '{"deploy": "always"}') AS t;
SELECT is(m.split_by, k.split_by, 'rows are split by ' || k.split_by::text || ': ' || model) FROM kinds AS k JOIN ntk_catalog_model AS m USING (model) ORDER BY model;
SELECT is(t.n_rows, (SELECT count(*) FROM points AS p WHERE fold_of(model, p) >= 100), 'so many train: ' || model) FROM of_kinds AS t ORDER BY model;
CREATE TABLE first_figures AS SELECT model, evaluated(model) AS e FROM kinds;
UPDATE with_key SET updated_at = now() - interval '1 day' * id, visit = 0;
UPDATE with_identity SET updated_at = now() - interval '1 day' * id, visit = 0;
UPDATE with_param SET updated_at = now() - interval '1 day' * id, visit = 0;
UPDATE without SET updated_at = now() - interval '1 day' * id, visit = 0;
SELECT is(evaluated(model), e, 'an UPDATE of another column leaves ntk_evaluate as it is: ' || model) FROM first_figures ORDER BY model;
SELECT results_eq(format('SELECT n_rows, round(metric_value::numeric, 9), lambda::real FROM ntk_retrain(%L)', model), format('SELECT n_rows, round(metric_value::numeric, 9), lambda::real FROM of_kinds WHERE model = %L', model), 'and ntk_retrain: ' || model) FROM kinds ORDER BY model;
CREATE TABLE forgets AS SELECT t.model, t.n_rows FROM kinds, LATERAL ntk_forget(model, format('SELECT * FROM %I WHERE id <= 300', model)) AS t;
SELECT is(n_rows, (SELECT count(*) FROM points AS p WHERE id > 300 AND fold_of(model, p) >= 100), 'and what ntk_forget leaves: ' || model) FROM forgets ORDER BY model;
SELECT cmp_ok(difference(fitted_rows(model), by_hand(model, 'id > 300 AND fold_of(m.model, p) >= 100')), '<', 1e-9::float8, 'exactly the statistic of the other rows: ' || model) FROM kinds ORDER BY model;
SELECT is(held_out(model), (SELECT count(*) FROM points AS p WHERE id > 300 AND fold_of(model, p) < 100)::numeric, 'with those that are held out: ' || model) FROM kinds ORDER BY model;
SELECT trained('of now', 'of_now', 'y', '{a,b}') \g /dev/null
SELECT is(n_rows, (SELECT count(*) FROM points AS p WHERE fold_of('of now', p) >= 100), 'a view whose columns change with each reading') FROM ntk_models WHERE name = 'of now';
SELECT is((SELECT n FROM ntk_evaluate('of now') WHERE metric = 'rmse'), (SELECT count(*) FROM points AS p WHERE fold_of('of now', p) < 100), 'is split in the same way again');
SELECT is(round(value::numeric, 9), round(metric_value::numeric, 9), 'by ntk_evaluate') FROM ntk_evaluate('of now') AS e, ntk_models AS m WHERE e.metric = 'rmse' AND m.name = 'of now';

-- equal rows that were dealt one by one are forgotten from the source

CREATE TABLE dealt AS TABLE coarse;
SELECT trained('dealt', 'dealt', 'y', '{a}', '{"deploy": "always"}') \g /dev/null
SELECT is((SELECT m.spread FROM ntk_catalog_model AS m WHERE model = 'dealt'), true, 'equal rows');
SELECT is(error_of($$SELECT ntk_forget('dealt', 'SELECT * FROM dealt WHERE id <= 100')$$), 'the source of model "dealt" does not have the 900 rows that should remain | Delete the rows that are to be forgotten from it first, or train the model again with ntk_retrain.', 'are not forgotten while they are there');
SELECT is(error_of($$SELECT ntk_forget('dealt', 'dealt')$$), 'no rows of model "dealt" would be left to train on | ntk_drop removes a model with its statistics.', 'nor all of them');
SELECT is(error_of($$SELECT ntk_forget('dealt', 'SELECT * FROM dealt UNION ALL SELECT * FROM dealt')$$), '1000 rows that are to be forgotten were not trained on', 'nor more than there are');
CREATE TABLE gone AS SELECT * FROM dealt WHERE id <= 100;
DELETE FROM dealt WHERE id <= 100;
SELECT is((SELECT count(*) FROM ntk_forget('dealt', 'gone')), 1::bigint, 'but when they are gone');
SELECT cmp_ok(difference(sum(gram), (SELECT ntk_gram(ntk_encode(d, encoding), y, map) FROM dealt AS d, ntk_catalog_version AS v WHERE model = 'dealt' AND version = 2)), '<', 1e-9::float8, 'exactly: what is left is the sum of the rest')
FROM ntk_catalog_statistic WHERE model = 'dealt' AND version = 2;

-- keys

CREATE FUNCTION sides(model text, key text) RETURNS TABLE (n bigint, mixed bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(*), count(*) FILTER (WHERE sides = 2) FROM (SELECT count(DISTINCT fold_of($1, p) < 1000 * (SELECT (params ->> ''holdout'')::float8 FROM ntk_catalog_model WHERE model = $1)) AS sides FROM points AS p GROUP BY %s) AS k', key) USING model;
END $$;
SELECT trained('customers', 'SELECT * FROM points', 'y', '{a,b}', '{"key": "customer", "holdout": 0.2}') \g /dev/null
SELECT is(n_rows, (SELECT count(*) FROM points AS p WHERE fold_of('customers', p) >= 200), 'a key of one column') FROM ntk_models WHERE name = 'customers';
SELECT trained('visits', 'SELECT * FROM points', 'y', '{a,b}', '{"key": ["customer", "visit"]}') \g /dev/null
SELECT is((SELECT ARRAY[n, mixed] FROM sides('customers', 'customer')), '{40,0}', 'all rows of a customer are on one side');
SELECT is((SELECT ARRAY[n, mixed] FROM sides('visits', 'customer, visit')), '{280,0}', 'all rows of a visit');
SELECT cmp_ok((SELECT mixed FROM sides('visits', 'customer')), '>', 10::bigint, 'not those of a customer then');
SELECT is((SELECT split_by FROM ntk_catalog_model WHERE model = 'visits'), '{customer,visit}', 'a key of two columns');
SELECT is((SELECT sum(ntk_rows(gram)) FROM ntk_catalog_statistic WHERE model = 'visits' AND part < 0), (SELECT count(*) FROM points AS p WHERE fold_of('visits', p) < 100)::numeric, 'that are read');
SELECT trained('named', 'with_key', 'y', '{a,b}', '{"key": "visit"}') \g /dev/null
SELECT is((SELECT split_by FROM ntk_catalog_model WHERE model = 'named'), '{visit}', 'a key that is named goes before that of the table');
SELECT is(error_of(format('SELECT trained(''wrong'', %L, ''y'', ''{a,b}'', %L)', 'SELECT a, b, y, id, ''\x01''::bytea AS bytes, ''{}''::jsonb AS json, point(1, 2) AS point, ARRAY[1.5] AS list FROM points', params)), message, 'params: ' || params)
FROM (VALUES ('{"key": "nothing"}', 'the source has no column "nothing", which params.key names | Its columns are a, b, bytes, id, json, list, point, y.'), ('{"key": ["id", "nothing"]}', 'the source has no column "nothing", which params.key names | Its columns are a, b, bytes, id, json, list, point, y.'),
	('{"key": "bytes"}', '"bytes" cannot be a key | Cast it to text in the source.'), ('{"key": ["id", "json"]}', '"json" cannot be a key | Cast it to text in the source.'), ('{"key": "point"}', '"point" cannot be a key | Cast it to text in the source.'),
	('{"key": []}', 'params.key must be the name of a column, an array of names or null, not []'), ('{"key": 3}', 'params.key must be the name of a column, an array of names or null, not 3'), ('{"key": ["id", null]}', 'params.key must be the name of a column, an array of names or null, not ["id", null]'),
	('{"holdout_by": "nothing"}', 'the source has no column "nothing", which params.holdout_by names | Its columns are a, b, bytes, id, json, list, point, y.'), ('{"holdout_by": "list"}', 'column "list" cannot be holdout_by | Numbers, dates, times and texts grow. Cast it to one of these in the source.'),
	('{"holdout_by": "json"}', 'column "json" cannot be holdout_by | Numbers, dates, times and texts grow. Cast it to one of these in the source.'), ('{"holdout_by": "bytes"}', 'column "bytes" cannot be holdout_by | Numbers, dates, times and texts grow. Cast it to one of these in the source.'),
	('{"holdout_by": ["id"]}', 'params.holdout_by must be the name of a column or null, not ["id"]')) AS v (params, message);

CREATE DOMAIN number AS int;
CREATE TABLE of_domain (id number PRIMARY KEY, flag boolean, code char(4), a float8, b float8, y float8);
INSERT INTO of_domain SELECT id, id % 2 = 0, id % 50, a, b, y FROM points;
SELECT trained('of domain', 'of_domain', 'y', '{a,b}'), trained('of codes', 'of_domain', 'y', '{a,b}', '{"key": ["code", "flag"]}') \g /dev/null
SELECT is((SELECT split_by FROM ntk_catalog_model WHERE model = 'of domain'), '{id}', 'a primary key of a domain');
SELECT ok(n_rows BETWEEN 800 AND 980, 'a key of codes and a boolean') FROM ntk_models WHERE name = 'of codes';

-- the newest are held out

CREATE TABLE clocks AS
SELECT p.id, a, b, y, day, at, at::timestamptz AS attz, id::numeric AS number, id::text AS words, nullif(id, 7 * (id / 7)) AS gaps FROM points AS p;
CREATE TABLE timed AS SELECT clock, t.* FROM unnest('{id,number,day,at,attz}'::text[]) AS clock, trained('by ' || clock, 'clocks', 'y', '{a,b}', jsonb_build_object('holdout_by', clock, 'holdout', 0.2, 'deploy', 'always')) AS t;
SELECT is(n_rows, CASE clock WHEN 'day' THEN 809 ELSE 800 END::bigint, 'the newest fifth is held out, whole days, by ' || clock) FROM timed ORDER BY clock;
SELECT is((SELECT n FROM ntk_evaluate(model) WHERE metric = 'rmse'), 1000 - n_rows, 'and ntk_evaluate measures them, by ' || clock) FROM timed ORDER BY clock;
SELECT cmp_ok(abs(metric_value / (SELECT ntk_rmse(y, ntk_predict(model, c)) FROM clocks AS c WHERE id > n_rows) - 1), '<', 1e-6::float8, 'the error is theirs, by ' || clock) FROM timed ORDER BY clock;
SELECT cmp_ok(difference(fitted_rows(model), by_hand(model, format('id <= %s', n_rows))), '<', 1e-9::float8, 'the others train, by ' || clock) FROM timed ORDER BY clock;
SELECT ok(n_rows = 1000 - (SELECT n FROM ntk_evaluate('by gaps') WHERE metric = 'rmse') AND n_rows = (SELECT count(*) FROM clocks WHERE gaps IS NULL OR gaps <= (SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY gaps) FROM clocks)), 'rows without a time train') FROM trained('by gaps', 'clocks', 'y', '{a,b}', '{"holdout_by": "gaps"}');
SELECT is(n_rows, 600::bigint, 'of a last day with more rows than the share all are held out') FROM trained('last day', 'SELECT a, b, y, id > 600 AS late, date ''2024-01-01'' + (id > 600)::int AS day FROM points', 'y', '{a,b}', '{"holdout_by": "day"}');
SELECT is(n_rows, 1000::bigint, 'of one day none') FROM trained('one day', 'SELECT a, b, y, date ''2024-01-01'' AS day FROM points', 'y', '{a,b}', '{"holdout_by": "day"}');
SELECT is(error_of($$SELECT trained('wrong', 'SELECT *, a > 0 AS yes FROM points', 'y', '{a,b}', '{"holdout_by": "yes"}')$$), 'column "yes" cannot be holdout_by | Numbers, dates, times and texts grow. Cast it to one of these in the source.', 'a boolean is no time');
CREATE TABLE log AS SELECT id, a, b, y, at FROM points WHERE id <= 500;
SELECT is(n_rows, 450::bigint, 'a model of a log') FROM trained('log', 'log', 'y', '{a,b}', '{"watermark": "id", "holdout_by": "at", "deploy": "always"}');
INSERT INTO log SELECT id, a, b, y, at FROM points WHERE id BETWEEN 501 AND 700;
SELECT is(n_rows, 630::bigint, 'a refresh holds out the newest of the new rows') FROM ntk_refresh('log');
SELECT is((SELECT n FROM ntk_evaluate('log') WHERE metric = 'rmse'), 20::bigint, 'which ntk_evaluate measures');
SELECT cmp_ok(difference(fitted_rows('log'), by_hand('log', 'id <= 450 OR id BETWEEN 501 AND 680')), '<', 1e-9::float8, 'no row that was held out trains');
SELECT is(n_rows, 730::bigint, 'late rows are older than what is held out, so all train') FROM ntk_refresh('log', 'SELECT id, a, b, y, at - interval ''20 days'' AS at FROM points WHERE id BETWEEN 801 AND 900');
SELECT is((SELECT n FROM ntk_evaluate('log') WHERE metric = 'rmse'), 20::bigint, 'and what is measured stays');
SELECT is(ntk_rollback('log'), 2, 'a rollback');
DELETE FROM log WHERE id <= 100;
SELECT is(n_rows + held_out('log')::bigint, 600::bigint, 'rows are forgotten') FROM ntk_forget('log', 'SELECT * FROM (SELECT id, a, b, y, at FROM points WHERE id <= 100) AS p');
SELECT cmp_ok(difference(fitted_rows('log'), by_hand('log', 'id BETWEEN 101 AND 680')), '<', 1e-9::float8, 'exactly: the statistic is that of the other rows, without the newest');
SELECT is((SELECT n FROM ntk_evaluate('log') WHERE metric = 'rmse'), 20::bigint, 'which are measured as before');
INSERT INTO log SELECT id, a, b, y, at FROM points WHERE id BETWEEN 701 AND 1000;
SELECT is(n_rows, 810::bigint, 'ntk_retrain holds out the newest of all') FROM ntk_retrain('log');

-- which version is better

SELECT trained('weights', 'points', 'y', '{a,b}', '{"uncertainty": true}', weight => 'w') \g /dev/null
SELECT is((SELECT ARRAY[version::text, deployed::text] FROM ntk_retrain('weights')), '{2,true}', 'a weighted model that is trained again as it was serves');
SELECT trained('grouped', 'points', 'y', '{a,b}', group_by => '{visit}') \g /dev/null
SELECT is((SELECT array_agg(DISTINCT deployed) FROM ntk_retrain('grouped')), '{t}', 'so does one with groups');
SELECT trained('weighted classes', 'points', 'class', '{a,b}', weight => 'w') \g /dev/null
SELECT is((SELECT array_agg(DISTINCT deployed) FROM ntk_retrain('weighted classes')), '{t}', 'and one of classes');
SELECT is(b.before::real, b.after::real, 'both have the same error') FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = 1, LATERAL _ntk_compare_rows(m, v, v) AS b WHERE m.model = 'weights';

-- further versions are split by the same columns; one that was split by others knows by heart most of the rows that are held out now
SELECT setseed(0.75);
CREATE TABLE random_rows AS SELECT i AS id, random() AS a, random() AS b, 3 AS c, random() AS y FROM generate_series(1, 1500) AS i;
SELECT trained('by heart', 'random_rows', 'y', '{a,b}', '{"n_components": 500, "lambda": 1e-6}') \g /dev/null
SELECT is((SELECT deployed FROM trained('by heart', 'random_rows', 'y', '{a,b,c}', '{"n_components": 500, "lambda": 1e-6}')), true, 'a version with another feature is compared on rows that neither was fitted to');
SELECT is((SELECT split_by FROM ntk_catalog_model WHERE model = 'by heart'), '{a,b}', 'since it is split as the one before');
SELECT trained('anew', 'random_rows', 'y', '{a}'), trained('anew', 'SELECT b, y FROM random_rows', 'y', '{b}', '{"deploy": "always"}') \g /dev/null
SELECT is((SELECT split_by FROM ntk_catalog_model WHERE model = 'anew'), '{b}', 'unless the source does not have these columns');
SELECT is((SELECT deployed FROM trained('by heart', 'random_rows', 'y', '{a,b}', '{"n_components": 500, "lambda": 1e-6, "key": "id"}')), true, 'so is one with another key');
SELECT ok(n BETWEEN 5 AND 40, format('on the %s rows that are held out from both', n)) FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = 2,
	LATERAL _ntk_run(m.owner, format('SELECT count(*) FROM %s WHERE %s AND %s', _ntk_rows_of(m, true), _ntk_is_held_out(m), _ntk_was_held_out(m, v))) AS q (n bigint) WHERE m.model = 'by heart';

-- refreshes with rows like those before, and fresh ones
SELECT setseed(0.25);
CREATE TABLE noisy AS SELECT i AS id, a, b, a * b + 0.5 * (random() + random() - 1) AS y FROM generate_series(1, 5000) AS i, LATERAL (SELECT random() AS a, random() + 0 * i AS b) AS r;
CREATE FUNCTION refusals() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	n int := 0;
	serves boolean;
BEGIN
	FOR i IN 0 .. 29 LOOP
		SELECT deployed INTO serves FROM ntk_refresh('noisy', format('SELECT * FROM noisy WHERE id > %s AND id <= %s', 2000 + 100 * i, 2100 + 100 * i));
		n := n + (NOT serves)::int;
	END LOOP;
	RETURN n;
END $$;
SELECT trained('noisy', 'SELECT * FROM noisy WHERE id <= 2000', 'y', '{a,b}') \g /dev/null
SELECT cmp_ok(refusals(), '<=', 2, 'of thirty harmless refreshes at most two are refused');
CREATE TABLE serving AS SELECT deployed('noisy') AS version;
SELECT is((SELECT deployed FROM ntk_refresh('noisy', 'SELECT n.* FROM (SELECT id + 10000 AS id, a + 1 AS a, b, -20 AS y FROM noisy) AS n WHERE fold_of(''noisy'', (id, a, b, y)::noisy) >= 100 LIMIT 600')), false, 'a refresh with wrong rows is');
SELECT is((SELECT deployed FROM trained('noisy', 'noisy', 'y', '{b}')), false, 'so is a training without a column that matters');
SELECT results_eq('SELECT m.version, m.stale ~ ''does not serve$'' FROM ntk_models AS m WHERE name = ''noisy''', 'SELECT version, true FROM serving', 'what served serves');
SELECT is((SELECT deployed FROM trained('noisy', 'noisy', 'y', '{b}', '{"deploy": "always"}')), true, 'unless it is asked for');

-- something else under the name of a model that serves

SELECT trained('sale', 'points', 'y', '{a,b}') \g /dev/null
SELECT trained('kind', 'points', 'class', '{a,b}') \g /dev/null
CREATE TABLE before AS SELECT ntk_predict('sale', p) AS y, ntk_classify('kind', p) AS class FROM points AS p;
CREATE TABLE rows_before AS SELECT m::text FROM ntk_catalog_model AS m WHERE model IN ('sale', 'kind') UNION ALL SELECT v::text FROM ntk_catalog_version AS v WHERE model IN ('sale', 'kind') UNION ALL SELECT s::text FROM ntk_catalog_statistic AS s WHERE model IN ('sale', 'kind');
CREATE TABLE others (name text, source text, target text, message text);
INSERT INTO others VALUES
	('sale', 'SELECT a, b, 100 * y AS z FROM points', 'z', 'version 1 of model "sale", which serves, predicts "y", not "z"'), ('sale', 'points', 'class', 'version 1 of model "sale", which serves, is a regression of "y", not a classification'),
	('kind', 'points', 'y', 'version 1 of model "kind", which serves, is a classification of "class", not a regression'), ('kind', 'SELECT a, b, class AS z FROM points', 'z', 'version 1 of model "kind", which serves, predicts "class", not "z"'),
	('kind', 'SELECT a, b, CASE WHEN b > 0.5 THEN ''level'' ELSE class END AS class FROM points', 'class', 'version 1 of model "kind", which serves, has other classes than the rows: "level"'),
	('kind', 'SELECT a, b, CASE WHEN b > 0.5 THEN ''left'' ELSE ''right'' END AS class FROM points', 'class', 'version 1 of model "kind", which serves, has other classes than the rows: "down", "left", "right", "up"');
SELECT is(error_of(format('SELECT trained(%L, %L, %L, ''{a,b}'')', name, source, target)), message || ' | Take another name, or replace it with params => ''{"deploy": "always"}''.', message) FROM others;
SELECT throws_ok($$SELECT trained('sale', 'points', 'class', '{a,b}')$$, '55000', NULL, 'the model is not in the state for it');
SELECT results_eq('SELECT m::text FROM ntk_catalog_model AS m WHERE model IN (''sale'', ''kind'') UNION ALL SELECT v::text FROM ntk_catalog_version AS v WHERE model IN (''sale'', ''kind'') UNION ALL SELECT s::text FROM ntk_catalog_statistic AS s WHERE model IN (''sale'', ''kind'') ORDER BY 1', 'SELECT * FROM rows_before ORDER BY 1', 'nothing changes');
SELECT is_empty('SELECT y FROM before EXCEPT SELECT ntk_predict(''sale'', p) FROM points AS p', 'and the model predicts as before');
SELECT is((SELECT array_agg(DISTINCT deployed) FROM others, LATERAL trained(name, source, target, '{a,b}', '{"deploy": "never"}')), '{f}', 'with never all are trained');
SELECT is_empty('SELECT y, class FROM before EXCEPT SELECT ntk_predict(''sale'', p), ntk_classify(''kind'', p) FROM points AS p', 'and do not serve');
SELECT results_eq('SELECT name, task, target FROM ntk_models WHERE name IN (''sale'', ''kind'') ORDER BY name', $$VALUES ('kind', 'classification', 'class'), ('sale', 'regression', 'y')$$, 'as ntk_models says');
SELECT is((SELECT array_agg(DISTINCT deployed) FROM others, LATERAL trained(name, source, target, '{a,b}', '{"deploy": "always"}')), '{t}', 'with always they serve');
SELECT results_eq('SELECT name, task, target FROM ntk_models WHERE name IN (''sale'', ''kind'') ORDER BY name', $$VALUES ('kind', 'classification', 'class'), ('sale', 'classification', 'class')$$, 'the last of them');

SELECT * FROM finish();
ROLLBACK;
