-- An ordinary role uses everything; every object has a comment; the extension lives in any schema.

BEGIN;
SELECT plan(32);

CREATE VIEW members AS
SELECT classid, objid, pg_describe_object(classid, objid, objsubid) AS name
FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ntk_sketch');

-- comments

SELECT cmp_ok(count(*), '>', 100::bigint, 'the extension has objects') FROM members;
-- from version 17 on array types and the row types of tables belong to an extension, too
SELECT is_empty('SELECT name FROM members WHERE name NOT LIKE ''%[]'' AND NOT (classid = ''pg_type''::regclass AND objid IN (SELECT oid FROM pg_type WHERE typrelid <> 0)) AND NOT EXISTS (
					SELECT FROM pg_description d WHERE d.classoid = classid AND d.objoid = objid AND d.objsubid = 0 AND length(description) > 2)',
				'each has a comment');
SELECT ok(EXISTS (SELECT FROM members WHERE classid = class), format('among them %ss', what))
FROM (VALUES ('pg_type'::regclass, 'type'), ('pg_proc', 'function'), ('pg_operator', 'operator'), ('pg_opclass', 'operator class'), ('pg_opfamily', 'operator familie')) AS v (class, what);
SELECT ok(obj_description(oid, 'pg_extension') <> '', 'the extension itself has one') FROM pg_extension WHERE extname = 'ntk_sketch';
SELECT is_empty('SELECT name FROM members WHERE name !~ ''(^|[ .])(c|_)?ntk_|operator|ntk_gram''', 'names begin with ntk_ or cntk_, or with _ntk_ if nobody should call them');

-- volatility: all are functions of their arguments, for any process, but those of models by name
SELECT is_empty('SELECT name FROM members JOIN pg_proc ON pg_proc.oid = objid AND classid = ''pg_proc''::regclass
				 WHERE NOT (provolatile = ''i'' AND proparallel = ''s'') AND prolang = (SELECT oid FROM pg_language WHERE lanname = ''c'')
					AND proname NOT IN (''ntk_sketch_version'', ''_ntk_source_columns'', ''_ntk_catalog_changed'', ''_ntk_role_in'', ''_ntk_role_out'', ''_ntk_role_recv'', ''_ntk_role_send'',
						''_ntk_has_role'', ''_ntk_may_act'', ''_ntk_key'', ''_ntk_label'', ''_ntk_json'', ''_ntk_qualified'', ''_ntk_run'')
					AND coalesce(proargnames[1], '''') <> ''model''', 'functions are immutable and parallel safe');
SELECT is_empty('SELECT name FROM members JOIN pg_proc ON pg_proc.oid = objid AND classid = ''pg_proc''::regclass
				 WHERE NOT (provolatile = ''s'' AND proparallel = ''s'') AND proname IN (''ntk_classify'', ''ntk_proba'', ''ntk_interval'')', 'scoring by name is stable and parallel safe');
SELECT is_empty('SELECT name FROM members JOIN pg_proc ON pg_proc.oid = objid AND classid = ''pg_proc''::regclass
				 WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = ''plpgsql'') AND proname <> ''_ntk_source_query''
					AND NOT coalesce(''search_path=pg_catalog, pg_temp'' = ANY (proconfig), false)', 'functions in PL/pgSQL have a search_path of their own');
SELECT is_empty('SELECT name FROM members JOIN pg_proc ON pg_proc.oid = objid AND classid = ''pg_proc''::regclass WHERE prosecdef', 'none runs with the rights of its owner');

-- an ordinary role

CREATE ROLE ntk_sketch_test_user;
SELECT is_empty('SELECT name FROM members JOIN pg_proc ON pg_proc.oid = objid AND classid = ''pg_proc''::regclass
				 WHERE NOT has_function_privilege(''ntk_sketch_test_user'', objid, ''EXECUTE'')', 'an ordinary role may call every function');
SELECT is_empty('SELECT name FROM members JOIN pg_type ON pg_type.oid = objid AND classid = ''pg_type''::regclass
				 WHERE NOT has_type_privilege(''ntk_sketch_test_user'', objid, ''USAGE'')', 'and use every type');
SET LOCAL ROLE ntk_sketch_test_user;
SELECT is(current_user, 'ntk_sketch_test_user'::name, 'as that role:');
CREATE TEMP TABLE own (g ntk_gram, m ntk_model, map ntk_map);
SELECT lives_ok('INSERT INTO own SELECT ntk_gram(ARRAY[sin(i), i], i, map), ntk_ridge(ARRAY[sin(i), i], i, 0.1::float8, map), map
				 FROM generate_series(1, 50) AS i, (SELECT ntk_map(2, 8) AS map) AS one GROUP BY map', 'aggregates');
SELECT lives_ok('SELECT ntk_predict(m, ARRAY[1, 2]), ntk_predict_all(m, ARRAY[1, 2]), ntk_solve(g + g - g, 0.1), ntk_coefficients(m), ntk_moments(g) FROM own', 'models');
SELECT lives_ok('SELECT map, ntk_rows(sum(g)) FROM own GROUP BY map', 'sums');
SELECT lives_ok('SELECT ntk_sketch(ARRAY[1, 2], map), ntk_kernel(ARRAY[1, 2], ARRAY[2, 1]), ntk_fingerprint(map), ntk_sketch_version() FROM own', 'features');
SELECT lives_ok('SELECT g::text::ntk_gram, m::text::ntk_model, map::text::ntk_map FROM own', 'text forms');
SELECT lives_ok('SET LOCAL ntk_sketch.max_memory = ''2GB''', 'the memory limit is its own');
RESET ROLE;

-- another schema

DROP VIEW members;
DROP TABLE own;
DROP EXTENSION ntk_sketch;
SELECT is_empty('SELECT proname FROM pg_proc WHERE proname LIKE ''ntk\_%''', 'DROP EXTENSION leaves nothing');
CREATE SCHEMA ml;
CREATE EXTENSION ntk_sketch SCHEMA ml;
SELECT is_empty('SELECT proname FROM pg_proc WHERE proname LIKE ''ntk\_%'' AND pronamespace <> ''ml''::regnamespace', 'all of it is in the schema it was asked for');
CREATE TABLE ml_models AS
SELECT ml.ntk_ridge(ARRAY[sin(i), i], i, 0.1::float8, ml.ntk_map(2, 8)) AS m, ml.ntk_gram(ARRAY[sin(i), i], i) AS g FROM generate_series(1, 50) AS i;
SELECT cmp_ok(ml.ntk_predict(m, ARRAY[sin(3), 3]), '<', 20::float8, 'models') FROM ml_models;
SELECT is(ml.ntk_rows(g OPERATOR(ml.+) g), 100::bigint, 'operators') FROM ml_models;
SELECT is(ml.ntk_rows(ml.sum(g)), 50::bigint, 'sums') FROM ml_models;
SELECT is((SELECT count(*) FROM (SELECT ml.ntk_map(2, i % 3 + 1) AS map FROM generate_series(1, 9) AS i) AS s, unnest('{1,2}'::int[]) AS twice GROUP BY map LIMIT 1), 6::bigint,
		  'grouping by maps');
SELECT is('{"input_dim": 2}'::ml.ntk_map::text, ml.ntk_map(2)::text, 'text forms');
CREATE TABLE points AS SELECT i % 7 AS a, sin(i) AS b, i % 7 + sin(i) AS y FROM generate_series(1, 300) AS i;
SELECT is(task, 'regression', 'models by name') FROM ml.ntk_train('in_ml', 'points', 'y', params => '{"n_components": 20}');
SELECT cmp_ok(max(abs(ml.ntk_predict('in_ml', p) - y)), '<', 0.5::float8, 'which predict') FROM points AS p;
SELECT ok(count(*) = 1, 'and are listed') FROM ml.ntk_models;

SELECT * FROM finish();
ROLLBACK;
