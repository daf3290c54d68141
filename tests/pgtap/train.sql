-- ntk_train: what may be a source, a target and a feature, what each key of params does, groups,
-- when a version serves, that the numbers are those of the aggregates by hand, and what is
-- refused without a trace.

BEGIN;
SELECT plan(489);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql
\ir include/fold_of.sql

\set P '{"rounds": 0, "n_components": 20}'

CREATE TABLE samples AS
SELECT i AS id, sin(i) AS a, cos(1.7 * i) AS b, (ARRAY['red', 'green', 'blue'])[1 + i % 3] AS colour, sin(i) * cos(1.7 * i) + 0.3 * (i % 3) + 0.05 * sin(i * i) AS y
FROM generate_series(1, 600) AS i;

-- what a call says: something of its first row, looked up after it, or its error
CREATE FUNCTION outcome(arguments text, what text DEFAULT 'round(metric_value::numeric, 9)') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	row jsonb;
	said text;
BEGIN
	BEGIN
		EXECUTE format('SELECT to_jsonb(t) FROM ntk_train(%s) AS t', arguments) INTO row;
	EXCEPTION WHEN OTHERS THEN
		RETURN error_of(format('SELECT ntk_train(%s)', arguments));
	END;
	EXECUTE format('SELECT %s FROM jsonb_populate_record(NULL::ntk_training, $1)', what) INTO said USING row;
	RETURN said;
END $$;
CREATE FUNCTION value_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE query INTO said;
	RETURN said;
EXCEPTION WHEN OTHERS THEN
	RETURN 'error: ' || SQLERRM;
END $$;

-- the row and the results

CREATE TABLE first_row AS SELECT * FROM ntk_train('kept', 'samples', 'y', params => :'P');
CREATE TABLE kept AS SELECT v.*, p.lambda, p.fitted FROM ntk_catalog_version AS v JOIN ntk_catalog_part AS p USING (model, version) WHERE model = 'kept';
CREATE TABLE by_hand AS
SELECT samples AS r, samples.y, fold_of('kept', samples) AS fold, ntk_encode(samples, encoding) AS x, fold_of('kept', samples) >= 100 AS trains FROM samples, kept;

SELECT is((SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'first_row'::regclass AND attnum > 0),
		  '{model,version,grp,task,n_rows,n_skipped,n_components,lambda,metric,metric_value,seconds,deployed,rounds}', 'the columns of what ntk_train returns');
SELECT results_eq('SELECT model, version, grp, task, n_skipped, n_components, metric, deployed FROM first_row', $$VALUES ('kept', 1, '{}'::jsonb, 'regression', 0::bigint, 20, 'rmse', true)$$,
				  'one row for a model without groups');
SELECT ok(seconds BETWEEN 1e-6 AND 60, 'seconds says how long it took') FROM first_row;
SELECT is(n_rows, (SELECT count(*) FROM by_hand WHERE trains), 'n_rows counts the rows that were not held out') FROM first_row;
SELECT ok(count(*) BETWEEN 30 AND 90, 'about a tenth is') FROM by_hand WHERE NOT trains;
SELECT cmp_ok(abs(metric_value / (SELECT ntk_rmse(y, ntk_predict('kept', r)) FROM by_hand WHERE NOT trains) - 1), '<', 1e-7::float8, 'metric_value is the rmse of ntk_predict on the rows that were held out') FROM first_row;
SELECT cmp_ok(metric_value, '<', 0.3 * (SELECT stddev_pop(y) FROM by_hand), 'which is small: it learned something') FROM first_row;
SELECT is(first_row.lambda, c.lambda, 'lambda is the best of ntk_cv on folds by hand')
FROM first_row, (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(x, y, map) AS g FROM by_hand, (SELECT map FROM kept) AS m WHERE trains GROUP BY fold % 5) AS f) AS s,
	LATERAL (SELECT lambda FROM ntk_cv(grams) ORDER BY cv_mse LIMIT 1) AS c;
SELECT results_eq($$SELECT part, ntk_rows(gram) FROM ntk_catalog_statistic WHERE model = 'kept' ORDER BY part$$,
				  'SELECT CASE WHEN trains THEN 0 ELSE -1 END, count(*) FROM by_hand GROUP BY 1 ORDER BY 1', 'a statistic of the rows that train and one of those that were held out');
SELECT is_empty($$SELECT r FROM by_hand, kept WHERE ntk_predict('kept', r) IS DISTINCT FROM ntk_predict(fitted, x)$$, 'predictions are those of the stored encoding and model');
SELECT cmp_ok(max(abs(ntk_predict('kept', r) - ntk_predict(model, x))), '<', 1e-7::float8, 'and those of a model by hand')
FROM by_hand, (SELECT ntk_solve(ntk_gram(x, y, map), min(lambda)) AS model FROM by_hand, (SELECT map, lambda FROM kept) AS k WHERE trains) AS m;
SELECT is((SELECT encoding FROM kept), (SELECT ntk_encoding(q, 1000, '{"scale": "auto", "bins": "auto", "outside": "clip"}') FROM (SELECT id, a, b, colour FROM samples) AS q), 'the encoding is that of ntk_encoding');
SELECT is((SELECT map FROM kept), (SELECT ntk_nystrom(ntk_landmarks(x, 20, 0), 1, 1) FROM by_hand WHERE trains), 'the map is that of ntk_landmarks of the rows that train');
SELECT results_eq($$SELECT owner, task, target, features, group_by, n_rows, version, metric, metric_value, source, stale FROM ntk_models WHERE name = 'kept'$$,
				  $$SELECT current_user::name, 'regression', 'y', '{id,a,b,colour}'::text[], '{}'::text[], n_rows, 1, 'rmse', metric_value, 'SELECT * FROM public.samples', NULL FROM first_row$$, 'ntk_models shows the model');
SELECT is((SELECT params FROM ntk_catalog_model WHERE model = 'kept') @> '{"n_components": 20, "folds": 5, "holdout": 0.1, "method": "nystrom", "depth": 1, "bias": 1, "deploy": "if_better", "missing": "impute", "unseen": "pooled"}', true, 'params are stored with their defaults');
SELECT is(outcome($$'again', 'samples', 'y', params => '{"rounds": 0, "n_components": 20}'$$), (SELECT round(metric_value::numeric, 9)::text FROM first_row), 'the same call has the same result');
SELECT is(to_regclass('pg_temp.ntk_collected')::text || to_regclass('pg_temp.ntk_best')::text, NULL, 'no temporary table remains');

-- sources

CREATE VIEW a_view AS SELECT * FROM samples;
CREATE MATERIALIZED VIEW a_materialized AS SELECT * FROM samples;
CREATE TABLE "Mixed Case" AS SELECT * FROM samples;
CREATE TABLE "select" AS SELECT * FROM samples;
CREATE TABLE "SELECT 1" AS SELECT * FROM samples;
CREATE SCHEMA "Some Shop";
CREATE TABLE "Some Shop"."The Samples" AS SELECT * FROM samples;
CREATE TABLE y AS SELECT 1 AS survives;
CREATE TABLE "x""; DROP TABLE y; --" AS SELECT * FROM samples;
CREATE TABLE parted (LIKE samples) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (300);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (300) TO (1000);
INSERT INTO parted SELECT * FROM samples;
CREATE TEMP TABLE temporary AS SELECT * FROM samples;
CREATE TABLE "Sämples, 'n'" AS SELECT * FROM samples;

SELECT is(outcome(format('%L, %L, ''y'', params => %L', 'source', source, :'P')), (SELECT round(metric_value::numeric, 9)::text FROM first_row), description)
FROM (VALUES
	('SAMPLES', 'a table, its name in other case'), ('  samples ', 'a table, with white space around'), ('public.samples', 'a table with its schema'), ('a_view', 'a view'), ('a_materialized', 'a materialized view'),
	('parted', 'a partitioned table'), ('temporary', 'a temporary table'), ('pg_temp.temporary', 'a temporary table with its schema'),
	('Mixed Case', 'a name in mixed case with a space'), ('"Mixed Case"', 'the same in quotes'), ('public."Mixed Case"', 'and with its schema'), ('"Some Shop"."The Samples"', 'a schema with a space'),
	('Sämples, ''n''', 'a name with an umlaut, a comma and apostrophes'), ('select', 'a table whose name is a keyword'), ('SELECT 1', 'a table whose name looks like a query'), ('x"; DROP TABLE y; --', 'a name with an injection'),
	('SELECT * FROM samples', 'a query'), ('select * from samples', 'in lower case'), (E'\n\t SELECT * FROM samples', 'a query with leading white space'), (E'SELECT * FROM samples ; \n ; ', 'a query with trailing semicolons and white space'),
	('SELECT * FROM samples -- all of them', 'a query with a trailing comment'), ('SELECT * FROM samples /* all of them */', 'of the other kind'), (E'-- all of them\nSELECT * FROM samples', 'with a leading comment'),
	('/* all of them */ SELECT * FROM samples;', 'of the other kind and a semicolon'), ('WITH s AS (SELECT * FROM samples) SELECT * FROM s', 'a query with WITH'), ('TABLE samples', 'TABLE'), ('(SELECT * FROM samples)', 'a query in parentheses'),
	('(SELECT * FROM samples WHERE id < 100) UNION ALL SELECT * FROM samples WHERE id >= 100', 'a union'), ('SELECT * FROM samples WHERE colour NOT LIKE ''%z%'' AND ''%s $1'' <> ''%I''', 'a query with percent signs'),
	('SELECT * FROM samples ORDER BY y LIMIT 600', 'a query with ORDER BY and LIMIT'), ('SELECT id, a, b, colour, y FROM samples AS source', 'a query with an alias that ntk_train uses')) AS v (source, description);
SELECT is(outcome(format('%L, %L, ''y'', params => %L', 'source', 'SELECT * FROM samples; -- all of them', :'P')), (SELECT round(metric_value::numeric, 9)::text FROM first_row), 'a query with a semicolon and a comment');
SELECT is((SELECT survives FROM y), 1, 'the table that the injection would drop is there');
SELECT is(outcome($$'values', 'VALUES (1, 2), (3, 5), (4, 4), (5, 8), (7, 7)', 'column1', params => '{"rounds": 0, "n_components": 20, "holdout": 0}'$$, 'concat(n_rows, '' '', (SELECT features FROM ntk_models WHERE name = ''values''))'), '5 {column2}', 'VALUES');
SELECT is(outcome($$'quoted', 'SELECT id, a AS "A ""b"" %s \", b AS "select", y AS "y''s" FROM samples', 'y''s', params => '{"rounds": 0, "n_components": 20}'$$, 'cardinality((SELECT features FROM ntk_models WHERE name = ''quoted''))'), '3', 'columns with all kinds of names');
SELECT isnt(value_of($$SELECT ntk_predict('quoted', r) FROM (SELECT 1 AS id, 0.1 AS "A ""b"" %s \", 0.2 AS "select") AS r$$), NULL, 'and a prediction from them');
SELECT matches(outcome(format($$'column', 'SELECT a, b, colour AS %I, y FROM samples', 'y', params => '{"rounds": 0, "n_components": 20}'$$, name)), '^[0-9.]+$', format('a column named "%s"', name)) FROM unnest('{source,r}'::text[]) AS name;
SELECT matches(outcome(format($$'column', 'SELECT a, b, colour AS %I, y AS target FROM samples', 'target', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}'$$, name)), '^[0-9.]+$', format('a column named "%s"', name))
FROM unnest('{grp,bucket,part,x,y,weight,label,s,m,v,gram,model,grams}'::text[]) AS name;
SELECT is(outcome($$'kept too', 'a_view', 'y', params => '{"rounds": 0, "n_components": 20}'$$, '(SELECT source FROM ntk_models WHERE name = ''kept too'')'), 'SELECT * FROM public.a_view', 'the source is stored with its schema');

CREATE SCHEMA one;
CREATE TABLE one.which AS SELECT a, b, y FROM samples;
CREATE SCHEMA two;
CREATE TABLE two.which AS SELECT a, b, y FROM samples WHERE id <= 100;
SET LOCAL search_path = one, public;
CREATE TABLE of_one AS SELECT n_rows FROM ntk_train('which', 'which', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0}');
SELECT is(current_setting('search_path'), 'one, public', 'ntk_train leaves the search_path as it was');
SET LOCAL search_path = two, public;
SELECT results_eq($$SELECT n_rows FROM one.of_one UNION ALL SELECT n_rows FROM ntk_train('which', 'which', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0}')$$, 'VALUES (600::bigint), (100)', 'the search_path of the caller decides which table is meant');
SELECT is(n_rows, 100::bigint, 'also in a query') FROM ntk_train('query', 'SELECT * FROM which', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0}');
SET LOCAL search_path = one, public;
SELECT is(n_rows, 100::bigint, 'and for ntk_retrain it is that of then') FROM ntk_retrain('query');
CREATE FUNCTION one.coalesce_rows(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT $1';
SELECT is(n_rows, 600::bigint, 'functions in a query are found there, too') FROM ntk_train('query', 'SELECT coalesce_rows(1), * FROM which', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0}');
RESET search_path;

-- tasks

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN price AS numeric CHECK (VALUE < 1e6);
CREATE DOMAIN word AS text;
SELECT is(outcome(format($$'task', 'SELECT a, b, colour, %s AS t FROM samples', 't', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}'$$, expression),
				  format('concat(task, '' '', metric, '' '', CASE task WHEN ''regression'' THEN metric_value < %s ELSE metric_value > 0.8 END)', coalesce(error, 0))),
		  CASE WHEN error IS NULL THEN 'classification accuracy t' ELSE 'regression rmse t' END, 'the task of a target of type ' || type)
FROM (VALUES
	('(100 * y)::smallint', 'smallint', 15), ('(100 * y)::int', 'integer', 15), ('(1000 * y)::bigint', 'bigint', 150), ('round(y::numeric, 3)', 'numeric', 0.15), ('y::real', 'real', 0.15),
	('y', 'double precision', 0.15), ('y::price', 'a domain over numeric', 0.15),
	('CASE WHEN a > 0 THEN ''''up'''' ELSE ''''down'''' END', 'text', NULL), ('(CASE WHEN a > 0 THEN ''''up'''' ELSE ''''down'''' END)::varchar(9)', 'varchar', NULL),
	('(CASE WHEN a > 0 THEN ''''up'''' ELSE ''''down'''' END)::char(9)', 'char', NULL), ('(CASE WHEN a > 0 THEN ''''up'''' ELSE ''''down'''' END)::word', 'a domain over text', NULL),
	('a > 0', 'boolean', NULL), ('(CASE WHEN a > 0 THEN ''''sad'''' ELSE ''''happy'''' END)::mood', 'an enum', NULL)) AS v (expression, type, error);

CREATE TABLE classes AS
SELECT description, ARRAY(SELECT l FROM unnest(labels) AS l ORDER BY l) AS labels,
	outcome(format($$'classes %s', 'SELECT a, b, %s AS t FROM samples', 't', task => %L, params => '{"rounds": 0, "n_components": 20}'$$, description, expression, task), 'task') AS task
FROM (VALUES
	('integers', 'CASE WHEN a > 0.5 THEN 10 WHEN a > 0 THEN 9 ELSE -1 END', 'classification', '{-1,9,10}'::text[]),
	('texts', 'CASE WHEN a > 0.5 THEN ''''007'''' WHEN a > 0 THEN ''''it"s, \ ünï'''' ELSE '''''''' END', NULL, ARRAY['007', 'it"s, \ ünï', '']),
	('booleans', 'a > 0', NULL, '{false,true}'), ('enums', '(CASE WHEN a > 0 THEN ''''sad'''' ELSE ''''happy'''' END)::mood', NULL, '{sad,happy}'),
	('numbers', 'CASE WHEN a > 0 THEN 0.50 ELSE 2 END', 'classification', '{0.50,2}'),
	('days', 'CASE WHEN a > 0 THEN date ''''2024-02-29'''' ELSE date ''''2024-03-01'''' END', 'classification', '{2024-02-29,2024-03-01}')) AS v (description, expression, task, labels);
SELECT is(task, 'classification', 'classes that are ' || description) FROM classes;
SELECT is((SELECT v.labels FROM ntk_model_versions AS v WHERE name = 'classes ' || description), labels, description || ': their labels') FROM classes;
SELECT is(value_of(format($$SELECT array_agg(DISTINCT l ORDER BY l) FROM samples, LATERAL ntk_classify('classes %s', samples) AS l$$, description)), labels::text, description || ': which ntk_classify gives') FROM classes;
SELECT is(value_of(format($$SELECT array_agg(l ORDER BY l) FROM samples, LATERAL jsonb_object_keys(ntk_proba('classes %s', samples)) AS l WHERE id = 1$$, description)), labels::text,
		  description || ': and ntk_proba names') FROM classes;

CREATE VIEW sizes AS SELECT a, b, CASE WHEN a > 0.5 THEN 10 WHEN a > 0 THEN 9 ELSE -1 END AS t FROM samples;
CREATE TABLE by_class AS
SELECT c AS r, c.t, fold_of('classes integers', c) AS fold, ntk_encode(c, encoding) AS x, array_position(labels, t::text) - 1 AS class, map
FROM sizes AS c, ntk_catalog_version WHERE model = 'classes integers';
SELECT is(v.metric_value, (SELECT avg((ntk_classify('classes integers', r) = t::text)::int) FROM by_class WHERE fold < 100)::float8, 'metric_value is the accuracy of ntk_classify on the rows that were held out')
FROM ntk_model_versions AS v WHERE name = 'classes integers';
SELECT cmp_ok(v.metric_value, '<', 1::float8, 'which is not 1') FROM ntk_model_versions AS v WHERE name = 'classes integers';
CREATE TABLE scored AS	-- rows that were held out by the model, those of a fold by one of the other folds
SELECT class, CASE WHEN fold < 100 THEN -1 ELSE fold % 5 END AS part, x FROM by_class;
SELECT cmp_ok(max(abs(p.probability - h.probability)), '<', 1e-4::float8, 'the calibration is the one of scores by models that did not see the rows')
FROM (SELECT ntk_calibration(ntk_predict_all(m.model, x), class) AS calibration
	  FROM scored JOIN (SELECT f.part, ntk_solve(ntk_gram_class(s.x, s.class, 3, map), (SELECT lambda FROM ntk_catalog_part WHERE model = 'classes integers')) AS model
						FROM (SELECT map FROM by_class LIMIT 1) AS m, generate_series(-1, 4) AS f (part) JOIN scored AS s ON s.part >= 0 AND s.part <> f.part GROUP BY f.part) AS m USING (part)) AS c,
	ntk_catalog_part AS own, by_class, unnest(ntk_calibrate(ntk_predict_all(fitted, x), own.calibration), ntk_calibrate(ntk_predict_all(fitted, x), c.calibration)) AS u (p, h),
	LATERAL (SELECT u.p AS probability) AS p, LATERAL (SELECT u.h AS probability) AS h WHERE own.model = 'classes integers';
SELECT cmp_ok(max(abs(s - h)), '<', 1e-6::float8, 'the scores are those of a model of indicators by hand')
FROM (SELECT ntk_solve(ntk_gram_class(x, class, 3, map), (SELECT lambda FROM ntk_catalog_part WHERE model = 'classes integers')) AS model FROM by_class WHERE fold >= 100) AS m,
	ntk_catalog_part AS p, by_class, unnest(ntk_predict_all(m.model, x), ntk_predict_all(p.fitted, x)) AS u (h, s)
WHERE p.model = 'classes integers';
SELECT is(outcome($$'all train', 'sizes', 't', task => 'classification', params => '{"rounds": 0, "n_components": 20, "holdout": 0}'$$, 'n_rows'), '600', 'without held-out rows');
SELECT cmp_ok(abs(v.metric_value - (
	SELECT avg((ntk_argmax(ntk_calibrate(ntk_predict_all(m.model, ntk_encode(r, encoding)), calibration)) - 1 = class)::int)
	FROM by_class JOIN (SELECT f AS part, e.encoding, p.calibration, ntk_solve(ntk_gram_class(ntk_encode(r, e.encoding), class, 3, e.map), p.lambda) AS model
						FROM by_class, generate_series(0, 4) AS f, ntk_catalog_version AS e JOIN ntk_catalog_part AS p USING (model, version)
						WHERE model = 'all train' AND fold % 5 <> f GROUP BY f, e.encoding, p.calibration, p.lambda, e.map) AS m ON m.part = fold % 5)::float8), '<', 1e-9::float8,
			  'the accuracy is that of models of the other folds on each')
FROM ntk_model_versions AS v WHERE name = 'all train';
SELECT cmp_ok(max(p), '>', 0.9::float8, 'probabilities are calibrated without held-out rows') FROM by_class, jsonb_each_text(ntk_proba('all train', r)) AS e, LATERAL (SELECT e.value::float8 AS p) AS v;

-- rows that do not count

CREATE VIEW gaps AS SELECT id, a, b, CASE WHEN id % 7 > 0 THEN y END AS y, CASE WHEN id % 10 > 0 THEN (id % 3)::numeric END AS w FROM samples;
CREATE TABLE gap_folds AS SELECT gaps AS r, id, a, b, y, w, (SELECT ntk_fold(split, 1000) FROM (SELECT id, a, b) AS split) AS fold FROM gaps;
SELECT results_eq($$SELECT n_rows, n_skipped FROM ntk_train('gaps', 'gaps', 'y', exclude => '{w}', params => '{"rounds": 0, "n_components": 20}')$$,
				  'SELECT count(y) FILTER (WHERE fold >= 100), count(*) FILTER (WHERE y IS NULL) FROM gap_folds', 'rows whose target is NULL are left out and counted in n_skipped');
SELECT results_eq($$SELECT n_rows, n_skipped FROM ntk_train('weighted', 'gaps', 'y', weight => 'w', params => '{"rounds": 0, "n_components": 20}')$$,
				  'SELECT count(y) FILTER (WHERE fold >= 100 AND w >= 0), count(*) FILTER (WHERE y IS NULL OR w IS NULL) FROM gap_folds', 'so are rows whose weight is NULL');
SELECT cmp_ok(abs(v.metric_value / (SELECT sqrt(sum(w * (y - ntk_predict('weighted', r)) ^ 2) / sum(w)) FROM gap_folds WHERE fold < 100 AND y IS NOT NULL) - 1), '<', 1e-7::float8, 'metric_value is weighted')
FROM ntk_model_versions AS v WHERE name = 'weighted';
SELECT cmp_ok(max(abs(ntk_predict('weighted', r) - ntk_predict(model, ntk_encode(r, encoding)))), '<', 1e-7::float8, 'a weighted model is the one by hand')
FROM gap_folds, (SELECT encoding, ntk_solve(ntk_gram(ntk_encode(r, encoding), y, map, w::float8), max(lambda)) AS model
				 FROM gap_folds, ntk_catalog_version JOIN ntk_catalog_part USING (model, version) WHERE model = 'weighted' AND fold >= 100 GROUP BY encoding) AS m;
SELECT isnt(ntk_predict('weighted', r), ntk_predict('gaps', r), 'and not the one without weights') FROM gap_folds WHERE id = 1;
SELECT results_eq(format($$SELECT n_rows, n_skipped FROM ntk_train('missing %1$s', 'SELECT a, b, CASE WHEN id %% 4 > 0 THEN id END AS id, colour, y FROM samples', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0, "missing": "%1$s"}')$$, missing),
				  format('VALUES (%s::bigint, %s::bigint)', 600 - skipped, skipped), 'missing: ' || missing)
FROM (VALUES ('impute', 0), ('skip', 150)) AS v (missing, skipped);
SELECT is(value_of(format($$SELECT ntk_predict('missing %s', r) IS NULL FROM (SELECT 0.1 AS a, 0.2 AS b, NULL::int AS id, 'red' AS colour) AS r$$, missing)), answer, missing || ': whether the prediction for a row with a NULL is NULL')
FROM (VALUES ('impute', 'false'), ('skip', 'true')) AS v (missing, answer);

-- features

CREATE VIEW wide AS
SELECT id, a, b, colour, y, id % 2 + 1 AS w, id % 3 AS g, id % 2 = 0 AS h, date '2024-01-01' + id / 201 AS day, '{}'::jsonb AS j, ARRAY['x'] AS texts, point(1, 2) AS p, ARRAY[a, b] AS v FROM samples;
SELECT is(outcome(format($$'features', 'wide', 'y', %s$$, arguments), '(SELECT features FROM ntk_models WHERE name = ''features'')'), features, description)
FROM (VALUES
	('params => ''{"rounds": 0, "n_components": 20}''', '{id,a,b,colour,w,g,h,day,v}', 'by default all columns but the target and those of types that cannot be features'),
	('features => NULL, exclude => NULL, params => ''{"rounds": 0, "n_components": 20, "deploy": "always"}''', '{id,a,b,colour,w,g,h,day,v}', 'NULL stands for the default'),
	('features => ''{b,a}'', params => ''{"rounds": 0, "n_components": 20, "deploy": "always"}''', '{b,a}', 'features that are named, in this order'),
	('exclude => ''{id,j,y,v}'', params => ''{"rounds": 0, "n_components": 20, "deploy": "always"}''', '{a,b,colour,w,g,h,day}', 'all but those that are excluded'),
	('features => ''{id,a,b}'', exclude => ''{id}'', params => ''{"rounds": 0, "n_components": 20, "deploy": "always"}''', '{a,b}', 'features and exclude'),
	('weight => ''w'', params => ''{"rounds": 0, "n_components": 20, "deploy": "always"}''', '{id,a,b,colour,g,h,day,v}', 'the weight is no feature'),
	('group_by => ''{g,h}'', params => ''{"rounds": 0, "n_components": 20, "deploy": "always"}''', '{id,a,b,colour,w,day,v}', 'nor are the columns of groups'),
	('params => ''{"rounds": 0, "n_components": 20, "deploy": "always", "watermark": "id", "bucket": "day"}''', '{a,b,colour,w,g,h,v}', 'nor watermark and bucket'),
	('features => ''{a,w,g,id,day}'', weight => ''w'', group_by => ''{g}'', params => ''{"rounds": 0, "n_components": 20, "deploy": "always", "watermark": "id", "bucket": "day"}''', '{a,w,g,id,day}',
	 'but they can be, if they are named')) AS v (arguments, features, description);
SELECT matches(outcome($$'domains', 'SELECT id::price AS id, colour::word AS colour, a, b, y FROM samples', 'y', features => '{id,colour,a}', params => '{"rounds": 0, "n_components": 20}'$$), '^[0-9.]+$', 'columns of domains can be named');
SELECT is(outcome($$'domains', 'SELECT id::price AS id, colour::word AS colour, a, b, y FROM samples', 'y', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}'$$, '(SELECT features FROM ntk_models WHERE name = ''domains'')'),
		  '{id,colour,a,b}', 'columns of domains are features by default');

-- params

SELECT is(outcome(format($$'params', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "deploy": "always", %s}'$$, pair),
				  format($$(SELECT map::text::jsonb #>> '%s' FROM ntk_catalog_version AS v, ntk_catalog_model AS m WHERE m.model = 'params' AND v.model = m.model AND v.version = m.deployed)$$, path)), value, 'the map has ' || pair)
FROM (VALUES
	('"method": "zonal"', '{method}', 'zonal'), ('"method": "polysketch"', '{method}', 'polysketch'), ('"method": "random_features"', '{method}', 'random_features'),
	('"method": "random_features_leverage"', '{method}', 'random_features_leverage'), ('"method": "nystrom"', '{method}', 'nystrom'), ('"depth": 3', '{depth}', '3'), ('"depth": 1e0', '{depth}', '1'),
	('"n_components": 31', '{n_components}', '31'), ('"method": "zonal", "seed": -77', '{seed}', '-77'), ('"bias": 0.25', '{bias}', '0.25'), ('"bias": 0', '{bias}', '0'), ('"kernel": "nngp"', '{kernel}', 'nngp'),
	('"method": "zonal", "options": {"degree": 5}', '{options,degree}', '5')) AS v (pair, path, value);
SELECT cmp_ok(metric_value, '<', 0.2::float8, format('method %s learns', method))
FROM unnest('{zonal,polysketch,random_features,random_features_leverage,nystrom}'::text[]) AS method, LATERAL ntk_train('method', 'samples', 'y', params => format('{"n_components": 60, "method": "%s"}', method)::jsonb);
SELECT is(outcome(format($$'seed 1 %s', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "seed": 1}'$$, i), 'n_components'), '20', 'a seed') FROM generate_series(1, 2) AS i;
SELECT results_eq($$SELECT array_agg(model ORDER BY model) FROM ntk_catalog_version WHERE model LIKE 'seed 1 _' OR model = 'kept' GROUP BY map::text ORDER BY 1$$, $$VALUES ('{kept}'::text[]), ('{seed 1 1,seed 1 2}')$$,
				  'the same seed has the same landmarks, another seed others');
SELECT results_eq($$SELECT n_components, n_rows FROM ntk_train('seven', 'SELECT id % 7 AS k, y FROM samples', 'y', features => '{k}', params => '{"rounds": 0, "n_components": 50, "holdout": 0}')$$, 'VALUES (7, 600::bigint)',
				  'nystrom with fewer distinct rows than n_components has a component a row');
SELECT is(outcome(format($$'lambda', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "deploy": "always", "lambda": %s}'$$, lambda), 'lambda'), lambda, 'a lambda that is given: ' || lambda) FROM unnest('{0.125,0.001,300}'::text[]) AS lambda;
SELECT is(outcome(format($$'folds', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "deploy": "always", "folds": %s}'$$, folds), '(SELECT round(cv_mse::numeric, 9) FROM ntk_catalog_part AS p WHERE p.model = ''folds'' AND p.version = jsonb_populate_record.version)'),
		  (SELECT round(cv_mse::numeric, 9)::text FROM (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(x, y, map) AS g FROM by_hand, kept WHERE trains GROUP BY fold % folds) AS f) AS s, ntk_cv(grams) ORDER BY cv_mse LIMIT 1),
		  folds || ' folds') FROM unnest('{2,3,10}'::int[]) AS folds;
SELECT results_eq(format($$SELECT n_rows FROM ntk_train('holdout %1$s', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": %1$s}')$$, holdout),
				  format('SELECT count(*) FROM by_hand WHERE fold >= %s', (1000 * holdout)::int), 'holdout ' || holdout)
FROM unnest('{0,0.25,0.5,0.9}'::numeric[]) AS holdout;
SELECT cmp_ok(abs(metric_value / sqrt(c.cv_mse) - 1), '<', 1e-9::float8, 'without held-out rows metric_value is that of cross-validation')
FROM ntk_model_versions AS v, (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(ntk_encode(r.*, w.encoding), b.y, w.map) AS g FROM by_hand AS b, LATERAL (SELECT (b.r).*) AS r, ntk_catalog_version AS w WHERE w.model = 'holdout 0' GROUP BY b.fold % 5) AS f) AS s,
	LATERAL ntk_cv(grams, ARRAY[v.lambda]) AS c
WHERE name = 'holdout 0';
SELECT is((SELECT count(*) FROM ntk_catalog_statistic WHERE model = 'holdout 0' AND part < 0), 0::bigint, 'and no statistic is one of held-out rows');
SELECT is((SELECT count(*) FROM ntk_train('certain', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "uncertainty": true}')), 1::bigint, 'uncertainty');
SELECT ok(bool_and((i).lo < p AND p < (i).hi), 'gives intervals around predictions') FROM (SELECT ntk_interval('certain', r) AS i, ntk_predict('certain', r) AS p FROM by_hand WHERE NOT trains) AS s;
SELECT is(error_of($$SELECT ntk_interval('kept', r) FROM by_hand LIMIT 1$$), 'model "kept" was trained without its uncertainty | Train it with params => ''{"uncertainty": true}''.', 'without it there are none');
SELECT is(outcome(format($$'levels', 'SELECT colour, a, y FROM samples', 'y', params => '{"rounds": 0, "n_components": 20, "deploy": "always", "max_levels": %s}'$$, levels),
				  '(SELECT jsonb_array_length(encoding #> ''{columns,0,levels}'') FROM ntk_model_versions WHERE name = ''levels'' AND deployed)'), least(levels, 3)::text, 'max_levels ' || levels)
FROM unnest('{1,2,3,100}'::int[]) AS levels;

CREATE VIEW monthly AS SELECT *, CASE WHEN id > 20 THEN (id - 1) / 200 END AS month FROM samples;
SELECT results_eq($$SELECT n_rows FROM ntk_train('buckets', 'monthly', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0, "bucket": "month", "watermark": "id"}')$$, 'VALUES (600::bigint)', 'a bucket column');
SELECT results_eq($$SELECT bucket, sum(ntk_rows(gram))::int FROM ntk_catalog_statistic WHERE model = 'buckets' GROUP BY 1 ORDER BY 1$$, $$VALUES ('', 20), ('0', 180), ('1', 200), ('2', 200)$$, 'has statistics for each of its values');
SELECT is(watermark, '600', 'the watermark is the largest value') FROM ntk_model_versions WHERE name = 'buckets';
SELECT results_eq($$SELECT n_rows FROM ntk_train('window', 'monthly', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0, "bucket": "month", "window": 2}')$$, 'VALUES (400::bigint)', 'window 2 counts the rows of the last two buckets');

CREATE TABLE combinations AS
SELECT depth, bias, n_components, (SELECT version FROM ntk_train(format('depth %s, bias %s, %s', depth, bias, n_components), 'samples', 'y',
																 params => jsonb_build_object('rounds', 0, 'depth', depth, 'bias', bias, 'n_components', n_components))) AS version
FROM unnest('{1,3}'::int[]) AS depth, unnest('{0,0.5}'::numeric[]) AS bias, unnest('{10,40}'::int[]) AS n_components;
CREATE TABLE best AS
SELECT c.*, p.cv_mse AS error, v.map, v.metric_value
FROM combinations AS c, LATERAL (SELECT format('depth %s, bias %s, %s', depth, bias, n_components) AS model) AS m, ntk_catalog_version AS v, ntk_catalog_part AS p
WHERE v.model = m.model AND p.model = m.model ORDER BY error LIMIT 1;
SELECT is(round(t.metric_value::numeric, 9), round(best.metric_value::numeric, 9), 'search finds the best of depth, bias and n_components') FROM best, ntk_train('searched', 'samples', 'y', params => '{"rounds": 0, "search": {"depth": [1, 3], "bias": [0, 0.5], "n_components": [10, 40]}}') AS t;
SELECT is(v.map, best.map, 'and its map is that one') FROM best, ntk_catalog_version AS v WHERE model = 'searched';
SELECT is(outcome($$'search one', 'samples', 'y', params => '{"rounds": 0, "n_components": 10, "search": {"depth": [2]}}'$$, '(SELECT map::text::jsonb ->> ''depth'' FROM ntk_catalog_version WHERE model = ''search one'')'), '2', 'search of one key');
SELECT is(outcome($$'search class', 'SELECT a, b, a > 0 AS t FROM samples', 't', params => '{"rounds": 0, "n_components": 10, "search": {"depth": [1, 2]}}'$$, 'metric_value > 0.9'), 'true', 'search for a classification');
-- kernels of the distance, whose bandwidth is a multiple of the spread of the landmarks
CREATE TABLE kernels AS
SELECT pair, v.map::text::jsonb AS map
FROM unnest(ARRAY['"kernel": "laplace"', '"kernel": "laplace", "bandwidth": 2', '"kernel": "gaussian", "bandwidth": 0.5', '"kernel": "gamma_exponential", "exponent": 0.7']) AS pair,
	LATERAL (SELECT version FROM ntk_train('of distance', 'samples', 'y', params => format('{"rounds": 0, "n_components": 20, "deploy": "always", %s}', pair)::jsonb)) AS t, ntk_catalog_version AS v
WHERE v.model = 'of distance' AND v.version = t.version;
SELECT is((map ->> 'bandwidth')::real, (times * (SELECT _ntk_spread(ntk_landmarks(ntk_encode(s.*, v.encoding), 20, 0)) FROM samples AS s, ntk_catalog_version AS v WHERE v.model = 'of distance' AND v.version = 1 AND fold_of('of distance', s) >= 100))::real, 'the bandwidth of ' || pair)
FROM kernels, LATERAL (SELECT coalesce(substring(pair FROM 'bandwidth": (.*)')::float8, 1) AS times) AS t ORDER BY pair;
SELECT is(map ->> 'exponent', '0.7', 'an exponent') FROM kernels WHERE pair ~ 'exponent';
SELECT cmp_ok(abs(_ntk_spread('{{0,0},{3,4}}') - sqrt(12.5)), '<', 1e-12::float8, 'the root mean square distance, also of a landmark and itself');
SELECT is(_ntk_spread('{{1,2},{1,2}}'), 1::float8, 'that of one place');
SELECT is(outcome($$'search kernels', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "search": {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bandwidth": [1, 2]}}'$$, 'n_rows'), (SELECT n_rows::text FROM first_row), 'search of kernels');
SELECT is((SELECT count(*) FROM _ntk_trials(params)), number, 'combinations: ' || params::text)
FROM (SELECT _ntk_check_params(p::jsonb) AS params, number
	  FROM (VALUES ('{}', 1::bigint), ('{"search": "auto"}', 9), ('{"search": "auto", "method": "zonal"}', 3), ('{"search": "auto", "shape": [8, 8, 1]}', 2), ('{"kernel": "laplace", "bandwidth": 3}', 1), ('{"kernel": "laplace", "search": "auto"}', 9),
				   ('{"search": {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bandwidth": [1, 2]}}', 4), ('{"search": {"bias": [0, 1]}}', 2)) AS v (p, number)) AS c ORDER BY params::text;
SELECT is((SELECT array_agg(DISTINCT concat(t ->> 'kernel', ' ', t ->> 'exponent') ORDER BY concat(t ->> 'kernel', ' ', t ->> 'exponent')) FROM _ntk_trials(p) AS t WHERE _ntk_has_distance_kernel(t)),
		  '{"gamma_exponential 0.7","gaussian ","laplace "}', 'an exponent is that of the kernel which has one') FROM _ntk_check_params('{"search": "auto", "exponent": 0.7}') AS p;
SELECT is((SELECT t FROM _ntk_trials(p) AS t), p, 'one combination is what was asked for') FROM _ntk_check_params('{"kernel": "laplace", "bandwidth": 3}') AS p;
CREATE TABLE trained AS
SELECT name, t.version FROM unnest('{auto,plain}'::text[]) AS name, LATERAL ntk_train(name, 'samples', 'y', params => format('{"rounds": 0, "n_components": 20, "search": %s}', CASE name WHEN 'auto' THEN '"auto"' ELSE 'null' END)::jsonb) AS t;
CREATE TABLE searched AS SELECT name, cv_mse FROM trained JOIN ntk_catalog_part AS p ON p.model = name AND p.version = trained.version;
SELECT cmp_ok((SELECT cv_mse FROM searched WHERE name = 'auto'), '<', (SELECT cv_mse FROM searched WHERE name = 'plain'), 'search: auto finds a kernel that is better than the default one');

-- what columns become by params
CREATE TABLE odd AS SELECT i AS id, CASE WHEN i % 50 = 0 THEN 'NaN' ELSE sin(i) END AS a, exp(3 * cos(i)) * CASE WHEN i = 301 THEN 1e9 ELSE 1 END AS heavy, (i % 7)::text AS code, i % 3 AS w, sin(i) + cos(i) + (i % 7 = 2)::int AS y FROM generate_series(1, 600) AS i;
SELECT ntk_train('odd', 'odd', 'y', '{a,heavy,code}', weight => 'w', params => '{"rounds": 0, "n_components": 60, "nan": "missing", "deploy": "always"}');
SELECT is((SELECT encoding FROM ntk_catalog_version WHERE model = 'odd'), (SELECT ntk_encoding(r, 1000, '{"scale": "auto", "bins": "auto", "nan": "missing", "outside": "clip"}', w) FROM odd, LATERAL (SELECT a, heavy, code) AS r), 'weights, NaN and heavy tails are in the encoding');
CREATE TABLE levelled AS SELECT i AS id, 'l' || i * 7 % 100 AS c, sin(i) AS a, 10 * sin(i * 7 % 100) + sin(i) AS y, i % 2 AS two, i % 3 AS three FROM generate_series(1, 2000) AS i;
SELECT ntk_train('levelled ' || target, 'levelled', target, '{c,a}', task => task, params => '{"rounds": 0, "n_components": 60, "deploy": "always"}') FROM (VALUES ('y', 'regression'), ('two', 'classification'), ('three', 'classification')) AS v (target, task);
SELECT is((SELECT encoding FROM ntk_catalog_version WHERE model = 'levelled y'), (SELECT ntk_encoding(r, 1000, '{"scale": "auto", "bins": "auto", "outside": "clip"}', 1, CASE WHEN fold_of('levelled y', s) >= 100 THEN ARRAY[y] END) FROM levelled AS s, LATERAL (SELECT c, a) AS r), 'levels have means of a target, but not of rows held out');
SELECT cmp_ok(value, '>', 0.9::float8, 'which explains it') FROM ntk_evaluate('levelled y') WHERE metric = 'r2';
SELECT is(jsonb_array_length(encoding #> '{columns,0,means}'), means, model) FROM ntk_catalog_version JOIN (VALUES ('levelled y', 1), ('levelled two', 1), ('levelled three', NULL)) AS v (model, means) USING (model);
SELECT is(encoding #>> '{columns,1,transform}', 'quantile', 'a heavy tail becomes quantiles') FROM ntk_catalog_version WHERE model = 'odd';
SELECT cmp_ok(value, '>', 0.9::float8, 'one outlier does not break the model') FROM ntk_evaluate('odd') WHERE metric = 'r2';
SELECT is(ntk_predict('odd', r), ntk_predict('odd', s), 'what is outside counts as the end of the range') FROM (SELECT 0.5 AS a, 1e300 AS heavy, '1'::text AS code) AS r, (SELECT 0.5 AS a, (SELECT max(heavy) FROM odd) AS heavy, '1'::text AS code) AS s;
SELECT ok(abs(ntk_predict('odd', r)) < 10, 'NULLs without a type, NaN') FROM (SELECT 'NaN'::float8 AS a, NULL AS heavy, NULL AS code) AS r;

SELECT matches(outcome(format($$'valid', 'SELECT a, b, y FROM samples WHERE id <= 100', 'y', params => '{"rounds": 0, "n_components": 10, "lambda": 0.01, %s}'$$, pair)), '^[0-9.]+$', 'valid: ' || pair)
FROM unnest(ARRAY['"depth": 64', '"folds": 2', '"folds": 100', '"folds": 3.0', '"seed": 9000000000000000000', '"seed": -9000000000000000000', '"bias": 1e6', '"max_levels": 1', '"max_levels": 100000', '"lambda": null', '"lambda": 1e300', '"options": {}',
	'"search": null', '"watermark": null', '"bucket": null', '"window": null', '"bucket": "a", "window": 1000000000', '"n_components": 1', '"n_components": 16000', '"unseen": "error"', '"missing": "error"', '"holdout": 0.05']) AS pair;
SELECT matches(outcome(format($$'valid', 'SELECT a, b, y FROM samples WHERE id <= 100', 'y', params => '{"rounds": 0, "n_components": 10, "lambda": 0.01, %s}'$$, pair)), '^[0-9.]+$|^params.[a-z_]+ must be an integer', 'a whole number with decimals: ' || pair)
FROM unnest(ARRAY['"depth": 2.0', '"n_components": 12.0', '"seed": 7.0', '"max_levels": 5.0', '"bucket": "a", "window": 2.0', '"search": {"depth": [1.0]}']) AS pair;

-- groups

CREATE VIEW grouped AS SELECT id, a, b, y + id % 3 * a AS y, (ARRAY['"north", {}', 'NULL', NULL])[1 + id % 3] AS region, id % 2 AS side FROM samples;
CREATE TABLE group_rows AS SELECT * FROM ntk_train('groups', 'grouped', 'y', group_by => '{region,side}', params => :'P');
CREATE TABLE group_hand AS
SELECT g AS r, g.y, ARRAY[region, side::text] AS key, fold_of('groups', g) AS fold, ntk_encode(g, encoding) AS x FROM grouped AS g, ntk_catalog_version WHERE model = 'groups';
SELECT results_eq('SELECT grp FROM group_rows', $$VALUES ('{}'::jsonb), ('{"region": "\"north\", {}", "side": "0"}'), ('{"region": "\"north\", {}", "side": "1"}'), ('{"region": "NULL", "side": "0"}'), ('{"region": "NULL", "side": "1"}'),
				  ('{"region": null, "side": "0"}'), ('{"region": null, "side": "1"}')$$, 'a row of all groups together, then one for each, also for NULL');
SELECT results_eq('SELECT n_rows FROM group_rows', $$SELECT count(*) FROM group_hand WHERE fold >= 100 GROUP BY GROUPING SETS ((), (key)) ORDER BY key NULLS FIRST$$, 'with their numbers of rows');
SELECT ok(bool_and(metric = 'rmse' AND task = 'regression' AND version = 1 AND deployed AND n_components = 20 AND lambda > 0 AND seconds > 0), 'and all else') FROM group_rows;
SELECT results_eq('SELECT round(metric_value::numeric, 7) FROM group_rows WHERE grp <> ''{}''', $$SELECT round(ntk_rmse(y, ntk_predict('groups', r))::numeric, 7) FROM group_hand WHERE fold < 100 GROUP BY key ORDER BY key$$,
				  'the rmse of each on its held-out rows');
SELECT cmp_ok(max(abs(ntk_predict('groups', r) - ntk_predict(model, x))), '<', 1e-6::float8, 'predictions of each are those of a model of its rows by hand')
FROM group_hand JOIN (SELECT key, ntk_solve(ntk_gram(x, y, map), (SELECT lambda FROM ntk_catalog_part AS p WHERE p.model = 'groups' AND p.grp = key)) AS model
					  FROM group_hand, (SELECT map FROM ntk_catalog_version WHERE model = 'groups') AS v WHERE fold >= 100 GROUP BY key) AS m USING (key);
SELECT is(p.lambda, c.lambda, format('lambda of %s is the best for its rows', grp))
FROM ntk_catalog_part AS p,
	LATERAL (SELECT array_agg(g) AS grams FROM (SELECT ntk_gram(x, y, map) AS g FROM group_hand, (SELECT map FROM ntk_catalog_version WHERE model = 'groups') AS v
												 WHERE fold >= 100 AND key = p.grp GROUP BY fold % 5) AS f) AS s,
	LATERAL (SELECT lambda FROM ntk_cv(grams) ORDER BY cv_mse LIMIT 1) AS c
WHERE p.model = 'groups' AND p.grp <> '{}';
SELECT cmp_ok(sum((ntk_predict('groups', r) - y) ^ 2), '<', 0.8 * sum((ntk_predict(p.fitted, x) - y) ^ 2), 'groups that differ are learned better apart') FROM group_hand, ntk_catalog_part AS p WHERE p.model = 'groups' AND grp = '{}' AND fold < 100;
SELECT is(value_of(format($$SELECT ntk_predict('groups', r) = ntk_predict(fitted, ntk_encode(r, encoding)) FROM (SELECT 5 AS id, 0.1 AS a, 0.2 AS b, %s) AS r, ntk_catalog_part AS p JOIN ntk_catalog_version AS v USING (model, version)
					 WHERE model = 'groups' AND grp = '{}'$$, values)), 'true', 'a group that training did not see is predicted by all rows together: ' || values)
FROM unnest(ARRAY['''south'' AS region, 0 AS side', '''NULL'' AS region, 2 AS side', 'NULL::text AS region, NULL::int AS side']) AS values;
SELECT is(error_of($$SELECT ntk_predict('groups', r) FROM (SELECT 5 AS id, 0.1 AS a, 0.2 AS b, 0 AS side) AS r$$), 'the row has no column "region" | Model "groups" is grouped by it.', 'a row without the column of groups');
SELECT is(outcome($$'strict', 'grouped', 'y', group_by => '{region,side}', params => '{"rounds": 0, "n_components": 20, "unseen": "error"}'$$, 'grp'), '{}', 'unseen: error');
SELECT is(error_of($$SELECT ntk_predict('strict', r) FROM (SELECT 5 AS id, 0.1 AS a, 0.2 AS b, 'south' AS region, 0 AS side) AS r$$), 'model "strict" was not trained on rows of this group | "region" is "south", "side" is "0".', 'refuses a group that training did not see');
SELECT matches(error_of($$SELECT ntk_predict('strict', r) FROM (SELECT 5 AS id, 0.1 AS a, 0.2 AS b, 'NULL' AS region, 7 AS side) AS r$$), '"side"', 'and names all its columns');
SELECT is(error_of($$SELECT ntk_predict('strict', ARRAY[1, 2, 3])$$), 'model "strict" is grouped: its input must be a row, not an array', 'an array has no group');
SELECT results_eq(format($$SELECT grp ->> 'g' FROM ntk_train('by type', %L, 'y', group_by => '{g}', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}') OFFSET 1$$, format('SELECT a, b, y, %s AS g FROM samples', expression)), format('SELECT unnest(%L::text[])', keys), 'groups of type ' || type)
FROM (VALUES ('id % 3', 'integer', '{0,1,2}'), ('id % 2 = 0', 'boolean', '{f,t}'), ('(ARRAY[''sad'', ''ok''])[1 + id % 2]::mood', 'mood', '{ok,sad}'), ('id % 2 * 0.50', 'numeric', '{0,0.5}'), ('id % 2 / 4.0::float8', 'double precision', '{0,0.25}'),
	('(ARRAY[''b'', ''''])[1 + id % 2]::char(3)', 'char', '{"",b}')) AS v (expression, type, keys);
SELECT results_eq($$SELECT ntk_predict('by type', r) = ntk_predict(fitted, ntk_encode(r, encoding)) FROM (SELECT 0.1 AS a, 0.2 AS b, 'b'::char(3) AS g) AS r, ntk_catalog_model AS m, ntk_catalog_part AS p, ntk_catalog_version AS v
					 WHERE m.model = 'by type' AND p.model = m.model AND v.model = m.model AND p.version = m.deployed AND v.version = m.deployed AND p.grp = '{b}'$$, 'VALUES (true)', 'a row finds the group of its type');
SELECT results_eq($$SELECT grp, n_rows FROM ntk_train('small', 'SELECT a, b, CASE WHEN id = 600 THEN ''one row'' WHEN id % 4 = 0 THEN ''nothing'' ELSE ''many'' END AS g, CASE WHEN id % 4 > 0 OR id = 600 THEN y END AS y FROM samples', 'y', group_by => '{g}',
									params => '{"rounds": 0, "n_components": 20, "holdout": 0}')$$,
				  $$VALUES ('{}'::jsonb, 451::bigint), ('{"g": "many"}', 450), ('{"g": "one row"}', 1)$$, 'a group of one row has a model, a group without targets has none');
SELECT is(n_skipped, 149::bigint, 'all rows without a target are counted in n_skipped') FROM ntk_model_versions WHERE name = 'small';
SELECT is(value_of($$SELECT ntk_predict('small', r) IS NOT NULL FROM (SELECT 0.1 AS a, 0.2 AS b, g FROM unnest('{one row,nothing}'::text[]) AS g) AS r$$), 'true', 'both predict');
SELECT results_eq($$SELECT grp, metric_value > 0.8 FROM ntk_train('group classes', 'SELECT a, b, CASE WHEN id % 2 = 0 THEN a > 0 ELSE b > 0 END AS t, id % 2 AS g FROM samples', 't', group_by => '{g}', params => '{"rounds": 0, "n_components": 40}')$$,
				  $$VALUES ('{}'::jsonb, false), ('{"g": "0"}', true), ('{"g": "1"}', true)$$, 'groups of a classification');

-- which version serves

CREATE FUNCTION serving(model text) RETURNS text LANGUAGE sql AS
	$$SELECT concat(m.deployed, ' of ', (SELECT count(*) FROM ntk_catalog_version AS v WHERE v.model = m.model)) FROM ntk_catalog_model AS m WHERE m.model = $1$$;
SELECT is(outcome(format($$'first %s', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "deploy": "%1$s"}'$$, deploy), 'deployed'), 'true', 'a first version serves, with deploy ' || deploy) FROM unnest('{always,if_better,never}'::text[]) AS deploy;
SELECT is(outcome($$'champion', 'samples', 'y', params => '{"rounds": 0, "n_components": 40}'$$, 'deployed'), 'true', 'a first version');
CREATE TABLE challenges (place serial, arguments text, deployed boolean, serving text, description text);
INSERT INTO challenges (arguments, deployed, serving, description) VALUES
	($$features => '{id,a,b,colour}', params => '{"rounds": 0, "n_components": 2}'$$, false, '1 of 2', 'a worse one does not serve'),
	($$params => '{"rounds": 0, "n_components": 2, "deploy": "always"}'$$, true, '3 of 3', 'but does with deploy always'),
	($$params => '{"rounds": 0, "n_components": 40, "deploy": "never"}'$$, false, '3 of 4', 'a better one does not with deploy never'),
	($$params => '{"rounds": 0, "n_components": 40}'$$, true, '5 of 5', 'but does by default'),
	($$params => '{"rounds": 0, "n_components": 40}'$$, true, '6 of 6', 'and so does one that is as good'),
	($$features => '{id}', params => '{"rounds": 0, "n_components": 40}'$$, false, '6 of 7', 'one of fewer columns does not');
CREATE TABLE challenged AS SELECT *, NULL::text AS said, NULL::text AS now, NULL::text AS stale, NULL::float8 AS prediction FROM challenges WHERE false;
CREATE FUNCTION challenge() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c challenges;
	said text;
BEGIN
	FOR c IN SELECT * FROM challenges ORDER BY place LOOP
		said := outcome(format('''champion'', ''samples'', ''y'', %s', c.arguments), 'deployed');
		INSERT INTO challenged SELECT c.*, said, serving('champion'), (SELECT m.stale FROM ntk_models AS m WHERE name = 'champion'), (SELECT ntk_predict('champion', samples) FROM samples WHERE id = 7);
	END LOOP;
END $$;
SELECT ntk_predict('champion', samples) AS before FROM samples WHERE id = 7 \gset
SELECT challenge() IS NULL AS ignored \gset
SELECT is(said, deployed::text, description) FROM challenged ORDER BY place;
SELECT is(now, serving, format('version %s serves', serving)) FROM challenged ORDER BY place;
SELECT is(stale IS NULL, deployed, 'ntk_models says whether a newer one does not: ' || serving) FROM challenged ORDER BY place;
SELECT is(array_agg(prediction = :before ORDER BY place), '{t,f,f,t,t,t}', 'predictions are those of the version that serves') FROM challenged;
SELECT is(outcome($$'zero', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0}'$$, 'deployed'), 'true', 'without held-out rows');
SELECT is(outcome($$'zero', 'samples', 'y', params => '{"rounds": 0, "n_components": 20, "holdout": 0}'$$, 'deployed'), 'true', 'the next version serves');
SELECT is(outcome($$'other', 'samples', 'y', params => '{"rounds": 0, "n_components": 20}'$$, 'deployed'), 'true', 'a model of one target');
SELECT is(outcome($$'other', 'SELECT id, a, b, colour, 1000 + 5 * y AS z FROM samples', 'z', params => '{"rounds": 0, "n_components": 2, "deploy": "always"}'$$, 'deployed'), 'true', 'can become one of another');
SELECT is(outcome($$'other', 'SELECT id, a, b, colour, y > 0.3 AS t FROM samples', 't', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}'$$, 'deployed'), 'true', 'or of classes');
SELECT is(outcome($$'other', 'SELECT id, a, b, colour, y::text AS t FROM samples WHERE id < 0 UNION ALL SELECT id, a, b, colour, colour || (y > 0.3) FROM samples', 't', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}'$$, 'deployed'), 'true', 'or of other classes');

SELECT is(outcome($$'features', 'samples', 'y', features => '{a,b}', params => '{"rounds": 0, "n_components": 20, "deploy": "always"}'$$, 'deployed'), 'true', 'a model of two columns');
SELECT is(outcome($$'features', 'samples', 'y', features => '{id}', params => '{"rounds": 0, "n_components": 20, "deploy": "never"}'$$, 'deployed'), 'false', 'and a version of one column that does not serve');
SELECT is(outcome($$'regrouped', 'grouped', 'y', group_by => '{region,side}', params => '{"rounds": 0, "n_components": 20}'$$, 'deployed'), 'true', 'a model with groups');
CREATE TABLE of_regrouped AS SELECT grouped AS r, ntk_predict('regrouped', grouped) AS p FROM grouped;
SELECT is(outcome($$'regrouped', 'grouped', 'y', features => '{a}', params => '{"rounds": 0, "n_components": 20, "deploy": "never"}'$$, 'deployed'), 'false', 'and a version without them that does not serve');
SELECT is(outcome($$'retasked', 'SELECT id, a, b, y, y > 0.3 AS t FROM samples', 'y', params => '{"rounds": 0, "n_components": 20}'$$, 'deployed'), 'true', 'a model of regression');
SELECT is(outcome($$'retasked', 'SELECT id, a, b, y, y > 0.3 AS t FROM samples', 't', params => '{"rounds": 0, "n_components": 20, "deploy": "never"}'$$, 'deployed'), 'false', 'and a version of classes that does not serve');
SELECT matches(value_of($$SELECT ntk_predict('features', ARRAY[0.1, 0.2])$$), '^[-0-9.]+$', 'a version that serves takes arrays of its own columns');
SELECT is(features, '{a,b}', 'ntk_models shows its features') FROM ntk_models WHERE name = 'features';
SELECT is(value_of($$SELECT max(abs(ntk_predict('regrouped', r) - p)) < 1e-12 FROM of_regrouped$$), 'true', 'a version that serves keeps its groups');
SELECT matches(value_of($$SELECT ntk_predict('retasked', r) FROM (SELECT 1 AS id, 0.1 AS a, 0.2 AS b, true AS t) AS r$$), '^[-0-9.]+$', 'and its task');
SELECT is(task, 'regression', 'ntk_models shows its task') FROM ntk_models WHERE name = 'retasked';

-- rights

CREATE ROLE ntk_sketch_train_user;
CREATE VIEW forbidden AS SELECT * FROM samples;
CREATE VIEW allowed AS SELECT * FROM samples;
CREATE SCHEMA hidden;
CREATE TABLE hidden.t AS SELECT * FROM samples;
GRANT SELECT ON allowed TO ntk_sketch_train_user;
SET LOCAL ROLE ntk_sketch_train_user;
SELECT is(error_of(format('SELECT ntk_train(''mine'', %L, ''y'')', source)), message, description)
FROM (VALUES ('forbidden', 'permission denied for view forbidden', 'a view that the role may not read'), ('SELECT * FROM samples', 'permission denied for table samples', 'a query of such a table'),
	('SELECT * FROM hidden.t', 'permission denied for schema hidden', 'a query of a schema that the role may not use')) AS v (source, message, description);
SELECT is(error_of('SELECT ntk_train(''mine'', ''hidden.t'', ''y'')'), 'permission denied for schema hidden', 'a table of such a schema');
SELECT is_empty('SELECT * FROM ntk_models', 'nothing of it is left');
SELECT is(error_of('SELECT ntk_train(''kept'', ''allowed'', ''y'')'), 'the name "kept" is taken by a model of another role', 'a name that another role has taken');
SELECT results_eq($$SELECT model, version FROM ntk_train('mine', 'allowed', 'y', params => '{"rounds": 0, "n_components": 20}')$$, $$VALUES ('mine', 1)$$, 'what the role may read it may train on');
SELECT results_eq('SELECT name, owner FROM ntk_models', $$VALUES ('mine', 'ntk_sketch_train_user'::name)$$, 'it sees its model');
RESET ROLE;
SELECT is((SELECT count(*) FROM ntk_catalog_model WHERE owner <> current_user::text::ntk_role), 1::bigint, 'nothing else is there');

-- what is refused: for a new model and for one that exists, and nothing is left of it

CREATE FUNCTION state() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN concat_ws(',', (SELECT md5(string_agg(m::text, ';' ORDER BY model)) FROM ntk_catalog_model AS m), (SELECT count(*) FROM ntk_catalog_version), (SELECT count(*) FROM ntk_catalog_part),
					 (SELECT count(*) FROM ntk_catalog_statistic), value_of('SELECT ntk_predict(''kept'', samples) FROM samples WHERE id = 5'), current_setting('search_path'),
					 (SELECT count(*) FROM pg_class WHERE relname LIKE 'ntk\_%' AND relpersistence = 't'), (SELECT count(*) FROM samples));
END $$;
CREATE FUNCTION refused(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before text := state();
	said text;
	again text;
	remains boolean;
BEGIN
	BEGIN
		said := error_of(format('SELECT ntk_train(''new'', %s)', arguments));
		again := error_of(format('SELECT ntk_train(''kept'', %s)', arguments));
		remains := state() <> before;
		RAISE SQLSTATE 'UNDO0';
	EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
		NULL;
	END;
	RETURN said || CASE WHEN replace(again, 'model "kept"', 'model "new"') <> said THEN ' but for a model that exists: ' || again ELSE '' END || CASE WHEN remains THEN ' but something is left' ELSE '' END;
END $$;
SELECT matches(refused($$'samples', 'y', params => '{"rounds": 0, "n_components": 20}'$$), '^no error but something is left$', 'the check sees what is left');

SELECT is(refused(format('%L, ''y''', source)), message, 'source: ' || description)
FROM (VALUES
	('nowhere', 'relation "nowhere" does not exist | The source is the name of a table or view, or a query.', 'a name that does not exist'), ('nowhere.samples', 'relation "nowhere.samples" does not exist | The source is the name of a table or view, or a query.', 'a schema that does not exist'),
	('', 'relation "" does not exist | The source is the name of a table or view, or a query.', 'an empty text'), ('samples; DROP TABLE samples', 'relation "samples; DROP TABLE samples" does not exist | The source is the name of a table or view, or a query.', 'a name and a statement'),
	('samples"; DROP TABLE samples; --', 'relation "samples"; DROP TABLE samples; --" does not exist | The source is the name of a table or view, or a query.', 'an injection'),
	('SELECT * FROM nowhere', 'relation "nowhere" does not exist', 'a query of a table that does not exist'),
	('UPDATE samples SET y = 0', 'relation "UPDATE samples SET y = 0" does not exist | The source is the name of a table or view, or a query.', 'an UPDATE'), ('DELETE FROM samples RETURNING *', 'relation "DELETE FROM samples RETURNING *" does not exist | The source is the name of a table or view, or a query.', 'a DELETE'),
	('WITH x AS (DELETE FROM samples RETURNING *) SELECT * FROM x', 'the source must be a query that only reads', 'WITH that deletes'), ('WITH x AS (SELECT 1) UPDATE samples SET y = 0 RETURNING *', 'the source must be a query that only reads', 'WITH and UPDATE'),
	('WITH x AS (INSERT INTO samples SELECT * FROM samples RETURNING *) SELECT * FROM x', 'the source must be a query that only reads', 'WITH that inserts'),
	('SELECT * INTO copied FROM samples', 'the source must be a query that only reads', 'SELECT INTO'), ('/**/ DROP TABLE samples', 'the source must be a query that only reads', 'a DROP behind a comment'), ('/**/ EXPLAIN SELECT 1', 'the source must be a query that only reads', 'EXPLAIN'),
	('SELECT * FROM samples; DROP TABLE samples', 'the source must be a single query, not 2 statements', 'two statements'), ('SELECT * FROM samples; SELECT * FROM samples;', 'the source must be a single query, not 2 statements', 'two queries'), ('-- nothing', 'the source must be a single query, not 0 statements', 'a comment'),
	('SELECT * FROM samples) AS s; DROP TABLE samples; --', 'syntax error at or near ")"', 'a parenthesis that closes ours'), ('SELECT * FROM samples WHERE y > $1', 'there is no parameter $1', 'a parameter'), ('SELECT *, y FROM', 'syntax error at end of input', 'half a query')) AS v (source, message, description);
SELECT is(refused(arguments), message, 'columns: ' || description)
FROM (VALUES
	('''samples'', ''z''', 'the source has no column "z", which target names | Its columns are a, b, colour, id, y.', 'unknown target'), ('''samples'', ''y'', features => ''{a,z}''', 'the source has no column "z", which features names | Its columns are a, b, colour, id, y.', 'unknown feature'),
	('''samples'', ''y'', exclude => ''{a,z}''', 'the source has no column "z", which exclude names | Its columns are a, b, colour, id, y.', 'unknown excluded'), ('''samples'', ''y'', group_by => ''{a,z}''', 'the source has no column "z", which group_by names | Its columns are a, b, colour, id, y.', 'unknown group'),
	('''samples'', ''y'', weight => ''z''', 'the source has no column "z", which weight names | Its columns are a, b, colour, id, y.', 'unknown weight'), ('''samples'', ''y'', params => ''{"watermark": "z"}''', 'the source has no column "z", which params.watermark names | Its columns are a, b, colour, id, y.', 'unknown watermark'),
	('''samples'', ''y'', params => ''{"bucket": "z"}''', 'the source has no column "z", which params.bucket names | Its columns are a, b, colour, id, y.', 'unknown bucket'), ('''samples'', ''Y''', 'the source has no column "Y", which target names | Its columns are a, b, colour, id, y.', 'a name in other case'),
	('''SELECT a, y AS "A b" FROM samples'', ''y''', 'the source has no column "y", which target names | Its columns are "A b", a.', 'names that need quotes'), ('''samples'', ''''', 'the source has no column "", which target names | Its columns are a, b, colour, id, y.', 'an empty name'),
	('''samples'', ''y'', features => ''{a,y}''', 'the target "y" cannot be a feature', 'the target as a feature'), ('''samples'', ''y'', features => ''{}''', 'no column is left for a feature', 'no features'), ('''samples'', ''y'', features => ''{a}'', exclude => ''{a}''', 'no column is left for a feature', 'all features excluded'),
	('''SELECT y FROM samples'', ''y''', 'no column is left for a feature', 'the target only'), ('''samples'', ''y'', features => ''{a,a}''', 'the row has two columns "a"', 'a feature twice'),
	('''SELECT *, a FROM samples'', ''y''', 'the source has more than one column "a" | Give each a name of its own with AS.', 'two columns of one name'),
	('''wide'', ''y'', features => ''{a,j}''', 'column "j" of type jsonb cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'jsonb'), ('''wide'', ''y'', features => ''{a,texts}''', 'column "texts" of type text[] cannot be a feature | Leave it out, or cast it to a type of numbers, text or times.', 'an array of text'),
	('''wide'', ''y'', group_by => ''{g,j,p}''', 'rows cannot be grouped by "j", "p" | Cast it to text in the source.', 'groups of jsonb and points'), ('''wide'', ''y'', group_by => ''{day}''', 'rows cannot be grouped by "day" | Cast it to text in the source.', 'groups of days'),
	('''SELECT 1 AS a, y FROM samples'', ''y''', 'no column varies', 'a constant feature'), ('''SELECT ''''k'''' || id AS a, y FROM samples'', ''y''', 'no column varies', 'text that does not recur'), ('''SELECT NULL::int AS a, y FROM samples'', ''y''', 'no column varies', 'NULLs only'),
	('''SELECT id, CASE WHEN id = 7 THEN ''''NaN'''' ELSE a END AS a, y FROM samples'', ''y''', 'column "a" holds NaN | Set "nan" to "missing" to count NaN as a missing value.', 'NaN in a feature'), ('''SELECT id, CASE WHEN id = 7 THEN ''''-Infinity'''' ELSE a END AS a, y FROM samples'', ''y''', 'column "a" holds -Infinity', 'an infinity in a feature'),
	('''SELECT id, CASE WHEN id = 7 THEN ''''NaN'''' ELSE a::numeric END AS a, y FROM samples'', ''y''', 'column "a" holds NaN | Set "nan" to "missing" to count NaN as a missing value.', 'numeric NaN in a feature'),
	('''SELECT id, CASE WHEN id = 7 THEN ARRAY[a] ELSE ARRAY[a, b] END AS v, y FROM samples'', ''y''', 'column "v" holds arrays of different lengths: 2 and 1', 'arrays of different lengths'),
	('''SELECT CASE WHEN id <> 7 THEN id END AS id, y FROM samples'', ''y'', params => ''{"rounds": 0, "n_components": 10, "missing": "error"}''', 'column "id" is null', 'a NULL with missing: error')) AS v (arguments, message, description);
SELECT is(refused(arguments), message, 'target: ' || description)
FROM (VALUES
	('''SELECT * FROM samples WHERE false'', ''y''', 'model "new": the source has no rows with a target', 'no rows'), ('''SELECT a, NULL::float8 AS y FROM samples'', ''y''', 'model "new": the source has no rows with a target', 'all NULL'), ('''SELECT a, NULL::text AS y FROM samples'', ''y''', 'model "new": the source has no rows with a target', 'all classes NULL'),
	('''SELECT a, y, NULL::int AS w FROM samples'', ''y'', weight => ''w''', 'model "new": the source has no rows with a target', 'all weights NULL'), ('''SELECT id, a, 5 AS y FROM samples'', ''y'', params => ''{"rounds": 0, "n_components": 10}''', 'column "y" is constant: there is nothing to learn', 'constant'),
	('''SELECT id, a, 0 AS y FROM samples'', ''y'', params => ''{"rounds": 0, "n_components": 10}''', 'column "y" is constant: there is nothing to learn', 'zero'), ('''SELECT id, a, NULLIF(id % 2, 0) AS y FROM samples'', ''y'', params => ''{"rounds": 0, "n_components": 10}''', 'column "y" is constant: there is nothing to learn', 'constant or NULL'),
	('''SELECT id, a, 0.1 AS y FROM samples'', ''y'', params => ''{"rounds": 0, "n_components": 10}''', 'column "y" is constant: there is nothing to learn', 'a constant that is no binary fraction'),
	('''SELECT a, CASE WHEN id = 7 THEN ''''NaN'''' ELSE y END AS t FROM samples'', ''t''', 'column "t" holds NaN', 'NaN'), ('''SELECT a, CASE WHEN id = 7 THEN ''''-Infinity'''' ELSE y END AS t FROM samples'', ''t''', 'column "t" holds -Infinity', 'an infinity'),
	('''SELECT a, y, ''''NaN''''::float8 AS w FROM samples'', ''y'', weight => ''w''', 'column "w" holds NaN', 'NaN in the weights'), ('''SELECT a, y, id - 5 AS w FROM samples'', ''y'', weight => ''w''', 'the weights in column "w" must not be negative, not -4', 'negative weights'),
	('''SELECT a, y, 0 AS w FROM samples'', ''y'', weight => ''w''', 'all weights in column "w" are 0', 'weights of zero'), ('''SELECT a, y > 0 AS t, 0 AS w FROM samples'', ''t'', weight => ''w''', 'all weights in column "w" are 0', 'weights of zero of classes'),
	('''SELECT id, a, ''''k'''' AS y FROM samples'', ''y''', 'column "y" has only one class, "k"', 'one class'), ('''SELECT id, a, NULLIF(id % 2 = 0, false) AS y FROM samples'', ''y''', 'column "y" has only one class, "true"', 'one class or NULL'),
	('''SELECT i AS id, ''''class '''' || i % 1001 AS y FROM generate_series(1, 2002) AS i'', ''y''', 'column "y" has 1001 classes, at most 1000 are possible', 'too many classes'),
	('''samples'', ''colour'', task => ''regression''', 'column "colour" cannot be a target of regression | Numbers are targets of regression; text, boolean and enum values are classes.', 'text for a regression'),
	('''wide'', ''h'', task => ''regression''', 'column "h" cannot be a target of regression | Numbers are targets of regression; text, boolean and enum values are classes.', 'a boolean for a regression'), ('''wide'', ''day''', 'column "day" cannot be a target | Numbers are targets of regression; text, boolean and enum values are classes.', 'a day'),
	('''wide'', ''j''', 'column "j" cannot be a target | Numbers are targets of regression; text, boolean and enum values are classes.', 'jsonb'), ('''wide'', ''v''', 'column "v" cannot be a target | Numbers are targets of regression; text, boolean and enum values are classes.', 'an array'),
	('''samples'', ''y'', task => ''clustering''', 'task must be ''regression'' or ''classification'', not ''clustering''', 'another task'), ('''samples'', ''y'', task => ''''', 'task must be ''regression'' or ''classification'', not ''''', 'an empty task')) AS v (arguments, message, description);
SELECT is(refused(arguments), 'source, target and params must not be null', 'NULL: ' || arguments) FROM unnest(ARRAY['NULL, ''y''', '''samples'', NULL', '''samples'', ''y'', params => NULL']) AS arguments;
SELECT is(refused(format('''samples'', ''y'', params => %L', params)), message, 'params: ' || params)
FROM (VALUES
	('[]', 'params must be an object'), ('null', 'params must be an object'), ('"depth"', 'params must be an object'),
	('{"Depth": 1}', 'params has no key "Depth" | Its keys are bandwidth, bias, bins, bucket, deploy, depth, exponent, filter, folds, holdout, holdout_by, kernel, key, lambda, max_levels, method, metric, missing, n_components, nan, options, padding, pooling, rounds, scale, search, seed, shape, target, uncertainty, unseen, watermark, window.'),
	('{"depth": 0}', 'params.depth must be an integer between 1 and 64, not 0'), ('{"depth": 65}', 'params.depth must be an integer between 1 and 64, not 65'), ('{"depth": 1.5}', 'params.depth must be an integer between 1 and 64, not 1.5'),
	('{"depth": "2"}', 'params.depth must be an integer between 1 and 64, not "2"'), ('{"depth": null}', 'params.depth must be an integer between 1 and 64, not null'), ('{"depth": [1]}', 'params.depth must be an integer between 1 and 64, not [1]'),
	('{"n_components": 0}', 'params.n_components must be an integer between 1 and 16000, not 0'), ('{"n_components": 16001}', 'params.n_components must be an integer between 1 and 16000, not 16001'), ('{"n_components": true}', 'params.n_components must be an integer between 1 and 16000, not true'),
	('{"seed": 1.5}', 'params.seed must be an integer between -9000000000000000000 and 9000000000000000000, not 1.5'), ('{"folds": 1}', 'params.folds must be an integer between 2 and 100, not 1'), ('{"folds": 101}', 'params.folds must be an integer between 2 and 100, not 101'),
	('{"scale": "log"}', 'params.scale must be ''auto'' or ''standard'' or ''clip'' or ''quantile'' or ''asinh'', not "log"'), ('{"bins": 1.5}', 'params.bins must be an integer between 0 and 1000 or null, not 1.5'), ('{"nan": "skip"}', 'params.nan must be ''error'' or ''missing'', not "skip"'),
	('{"max_levels": 0}', 'params.max_levels must be an integer between 1 and 100000, not 0'), ('{"bias": -1}', 'params.bias must be a number between 0 and 1000000, not -1'), ('{"bias": "1"}', 'params.bias must be a number between 0 and 1000000, not "1"'),
	('{"holdout": 0.91}', 'params.holdout must be a number between 0 and 0.9, not 0.91'), ('{"holdout": -0.1}', 'params.holdout must be a number between 0 and 0.9, not -0.1'), ('{"holdout": null}', 'params.holdout must be a number between 0 and 0.9, not null'),
	('{"method": "svm"}', 'params.method must be ''zonal'' or ''polysketch'' or ''random_features'' or ''random_features_leverage'' or ''nystrom'', not "svm"'), ('{"method": 1}', 'params.method must be ''zonal'' or ''polysketch'' or ''random_features'' or ''random_features_leverage'' or ''nystrom'', not 1'),
	('{"kernel": "rbf"}', 'params.kernel must be ''ntk'' or ''nngp'' or ''gaussian'' or ''laplace'' or ''gamma_exponential'', not "rbf"'), ('{"deploy": true}', 'params.deploy must be ''always'' or ''if_better'' or ''never'', not true'), ('{"missing": "drop"}', 'params.missing must be ''impute'' or ''skip'' or ''error'', not "drop"'),
	('{"unseen": null}', 'params.unseen must be ''pooled'' or ''error'', not null'), ('{"uncertainty": "yes"}', 'params.uncertainty must be true or false, not "yes"'), ('{"options": []}', 'params.options must be an object, not []'),
	('{"method": "zonal", "options": {"degre": 5}}', 'unknown key "degre" in the options of method "zonal" | Known: "degree", "taper", "base_dim".'),
	('{"window": 3}', 'params.window needs params.bucket'), ('{"bucket": "id", "window": 0}', 'params.window must be an integer between 1 and 1000000000 or null, not 0'), ('{"bucket": "id", "window": 1.5}', 'params.window must be an integer between 1 and 1000000000 or null, not 1.5'),
	('{"search": {"lambda": [1]}}', 'params.search has a wrong entry "lambda" | It names arrays of what to try, as in {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bias": [0, 1], "bandwidth": [1, 2], "n_components": [512, 2048]}.'),
	('{"search": {"depth": 3}}', 'params.search has a wrong entry "depth" | It names arrays of what to try, as in {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bias": [0, 1], "bandwidth": [1, 2], "n_components": [512, 2048]}.'),
	('{"search": {"bias": []}}', 'params.search has a wrong entry "bias" | It names arrays of what to try, as in {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bias": [0, 1], "bandwidth": [1, 2], "n_components": [512, 2048]}.'),
	('{"n_components": 10, "search": {"depth": [1, "x"]}}', 'params.depth must be an integer between 1 and 64, not "x"'), ('{"n_components": 10, "search": {"n_components": [10, 0]}}', 'params.n_components must be an integer between 1 and 16000, not 0'),
	('{"kernel": "laplace", "bias": 1}', 'params.bias must be 0 for the kernel ''laplace'', not 1'), ('{"kernel": "gaussian", "depth": 2}', 'params.depth must be 1 for the kernel ''gaussian'', not 2'),
	('{"kernel": "laplace", "method": "zonal"}', 'params.kernel must be ''ntk'' or ''nngp'', not "laplace"'), ('{"bandwidth": 0}', 'params.bandwidth must be a number between 0.000001 and 1000000, not 0'),
	('{"exponent": 3}', 'params.exponent must be a number between 0.000001 and 2 or null, not 3'), ('{"search": "all"}', 'params.search must be an object of arrays, ''auto'' or null, not "all"'),
	('{"n_components": 50, "bias": 0, "lambda": 0, "search": {"bias": [0, -1]}}', 'params.bias must be a number between 0 and 1000000, not -1')) AS v (params, message);
SELECT is(refused(format('''samples'', ''y'', params => %L', params)), message, 'params: ' || params)
FROM (VALUES ('{"n_components": 10, "search": [1]}', 'params.search must be an object of arrays, ''auto'' or null, not [1]'), ('{"n_components": 10, "search": true}', 'params.search must be an object of arrays, ''auto'' or null, not true'),
	('{"watermark": 1}', 'params.watermark must be the name of a column or null, not 1'), ('{"bucket": ["id"]}', 'params.bucket must be the name of a column or null, not ["id"]')) AS v (params, message);
SELECT cmp_ok(length(refused(format('''samples'', ''y'', params => %L', '{"lambda": -1}'))), '<', 100, 'params: {"lambda": -1}');
SELECT matches(refused($$'samples', 'y', params => '{"rounds": 0, "n_components": 10, "method": "nystrom", "options": {"degree": 5}}'$$), 'degree', 'options of another method');
SELECT matches(refused(format('%L, ''t'', params => ''{"rounds": 0, "n_components": 10}''', source)), '"t"', description)
FROM (VALUES ('SELECT a, CASE WHEN id = 7 THEN 1e400 ELSE id % 3 END AS t FROM samples', 'a numeric that no double holds in the target'), ('SELECT a, id::text::money AS t FROM samples', 'money as the target'), ('SELECT a, id::oid AS t FROM samples', 'an oid as the target')) AS v (source, description);
SELECT matches(refused(format('%L, ''y'', weight => ''w'', params => ''{"rounds": 0, "n_components": 10}''', format('SELECT a, y, %s AS w FROM samples', expression))), '"w"', 'a weight that is ' || expression)
FROM unnest(ARRAY['''x''::text', 'true']) AS expression;
SELECT matches(refused($$'samples', 'y', features => '{a,NULL}'$$), 'features must not (hold|contain) (a )?null', 'a NULL in features');
SELECT matches(refused($$'samples', 'y', exclude => '{NULL}'$$), 'exclude must not (hold|contain) (a )?null', 'a NULL in exclude');
SELECT matches(refused($$'samples', 'y', group_by => '{NULL}'$$), 'group_by must not (hold|contain) (a )?null', 'a NULL in group_by');
SELECT matches(refused($$'wide', 'h', group_by => '{h}', params => '{"rounds": 0, "n_components": 10}'$$), '"h"', 'the target as a group');
SELECT unalike(refused(format($$'SELECT s.id, s.a, s.y FROM samples AS s, LATERAL (SELECT s.id, s.a) AS split WHERE ntk_fold(split, 1000) < 100', 'y', params => '{"rounds": 0, "n_components": 10, "method": "%s"}'$$, method)), '%null%', 'no row to train on: ' || method) FROM unnest('{nystrom,zonal}'::text[]) AS method;
CREATE TABLE offsets AS
SELECT o, metric_value FROM unnest('{0,1e4,1e7,1e9}'::float8[]) AS o, ntk_train('offset ' || o, format('SELECT id, a, b, colour, y + %s AS y FROM samples', o), 'y', params => '{"rounds": 0, "n_components": 20}');
CREATE TABLE offset_errors AS SELECT o, metric_value, value FROM offsets, ntk_evaluate('offset ' || o) WHERE metric = 'rmse';
SELECT cmp_ok(abs(metric_value / value - 1), '<', 0.01::float8, format('a target with an offset of %s: metric_value is the rmse', o)) FROM offset_errors WHERE o < 1e7 ORDER BY o;
SELECT cmp_ok(value, '<', 0.12::float8, format('a target with an offset of %s is learned as well as one without', o)) FROM offset_errors ORDER BY o;
SELECT cmp_ok(abs(metric_value / value - 1), '<', 0.01::float8, format('a target with an offset of %s: metric_value is the rmse', o)) FROM offset_errors WHERE o >= 1e7 ORDER BY o;
SET LOCAL ntk_sketch.max_memory = '11MB';
SELECT matches(refused($$'samples', 'y', params => '{"rounds": 0, "n_components": 1000, "method": "zonal", "lambda": 0.1}'$$), '^no error', 'what fits into the memory for statistics and the solve can be trained');
RESET ntk_sketch.max_memory;

-- names

SELECT is(outcome(format($$%L, 'samples', 'y', params => '{"rounds": 0, "n_components": 20}'$$, name), 'model || version'), name || '1', 'a model named ' || name)
FROM unnest(ARRAY['x', repeat('m', 63), repeat('ü', 31) || 'x', 'with spaces', 'it''s "quoted"', '名前', E'tab\tand\nline', '%s \ $1', '"; DROP TABLE samples; --', 'null', ' ']) AS name;
SELECT is((SELECT count(*) FROM ntk_models AS m, samples WHERE id = 3 AND m.name IN (repeat('m', 63), repeat('ü', 31) || 'x', 'it''s "quoted"', '名前', '%s \ $1') AND abs(ntk_predict(m.name, samples) - ntk_predict('kept', samples)) < 1e-9), 5::bigint, 'and they predict');
CREATE TABLE before_names AS SELECT state() AS state;
SELECT is(error_of(format($$SELECT ntk_train(%L, 'samples', 'y')$$, name)), message, description)
FROM (VALUES ('', 'the name of a model must have 1 to 63 bytes | "" has 0.', 'an empty name'), (repeat('m', 64), format('the name of a model must have 1 to 63 bytes | "%s" has 64.', repeat('m', 64)), 'a name of 64 bytes'),
	(repeat('ü', 32), format('the name of a model must have 1 to 63 bytes | "%s" has 64.', repeat('ü', 32)), 'a name of 64 bytes in 32 letters')) AS v (name, message, description);
SELECT unalike(error_of($$SELECT ntk_train(NULL, 'samples', 'y')$$), '%has .%', 'a name that is NULL');
SELECT is(state(), state, 'nothing is left of them') FROM before_names;

-- temporary tables of the user

CREATE TEMP TABLE ntk_collected AS SELECT * FROM samples;
CREATE TEMP TABLE ntk_best AS SELECT 1 AS mine;
SELECT matches(outcome($$'temp', 'ntk_collected', 'y', params => '{"rounds": 0, "n_components": 20}'$$), '^[0-9.]+$', 'a source that is a temporary table named ntk_collected');
SELECT isnt(to_regclass('pg_temp.ntk_best'), NULL, 'a temporary table named ntk_best survives') FROM ntk_train('temp', 'samples', 'y', params => '{"rounds": 0, "n_components": 20}');

SELECT * FROM finish();
ROLLBACK;
