-- Whose text runs with whose rights; who owns a model when roles change.

BEGIN;
SELECT plan(57);
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql

CREATE ROLE ntk_rights_owner;
CREATE ROLE ntk_rights_member IN ROLE ntk_rights_owner;
CREATE ROLE ntk_rights_grantee;
CREATE ROLE ntk_rights_stranger;
CREATE SCHEMA owned AUTHORIZATION ntk_rights_owner;
GRANT USAGE ON SCHEMA owned TO PUBLIC;
CREATE TABLE secrets AS SELECT 1 AS secret;
CREATE FUNCTION as_role(role name, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	said := error_of(query);
	RESET ROLE;
	RETURN said;
END $$;
CREATE FUNCTION count_of(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (%s) AS q', query) INTO n;
	RETURN n;
END $$;

-- a model whose source runs a function of its owner
SET LOCAL ROLE ntk_rights_owner;
CREATE TABLE owned.log (who name, sees bigint, role_changed text);
CREATE TABLE owned.samples AS SELECT i AS id, sin(i) AS a, cos(2 * i) AS b, sin(i) + 0.1 * cos(i) AS y FROM generate_series(1, 300) AS i;
GRANT SELECT ON owned.samples TO PUBLIC;
CREATE FUNCTION owned.trap() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	seen bigint;
	change text := 'it can';
BEGIN
	BEGIN
		SELECT count(*) INTO seen FROM public.secrets;
	EXCEPTION WHEN insufficient_privilege THEN
		seen := 0;
	END;
	BEGIN
		EXECUTE 'RESET ROLE';
	EXCEPTION WHEN OTHERS THEN
		change := SQLSTATE;
	END;
	INSERT INTO owned.log VALUES (current_user, seen, change);
	RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION owned.trap() TO PUBLIC;
SELECT ntk_train('trap', 'SELECT * FROM owned.samples WHERE owned.trap() OR id > 0', 'y', features => '{a,b}', params => '{"n_components": 8, "rounds": 0, "watermark": "id"}') \g /dev/null
UPDATE ntk_catalog_model SET source = 'SELECT * FROM owned.samples WHERE (SELECT owned.trap()) AND id > 0' WHERE model = 'trap';
SELECT ntk_grant('trap', 'ntk_rights_grantee');
RESET ROLE;
TRUNCATE owned.log;

SELECT is(error_of('SELECT count(*) FROM ntk_evaluate(''trap'')'), 'no error', 'a superuser evaluates it');
SELECT results_eq('SELECT DISTINCT who, sees, role_changed FROM owned.log', $$VALUES ('ntk_rights_owner'::name, 0::bigint, '42501')$$, 'its text runs as its owner, who sees no secrets and cannot change the role');
SELECT is(current_user, session_user, 'and the role is as before');
INSERT INTO owned.samples SELECT i, sin(i), cos(2 * i), sin(i) FROM generate_series(301, 400) AS i;
SELECT is(error_of('SELECT * FROM ntk_refresh(''trap'')'), 'no error', 'a superuser refreshes it');
SELECT is(error_of('SELECT * FROM ntk_retrain(''trap'')'), 'no error', 'and trains it again');
SELECT results_eq('SELECT DISTINCT who, sees FROM owned.log', $$VALUES ('ntk_rights_owner'::name, 0::bigint)$$, 'so does it then');
TRUNCATE owned.log;
SELECT is(as_role('ntk_rights_member', 'SELECT * FROM ntk_evaluate(''trap'')'), 'no error', 'a member of the owner evaluates it');
SELECT results_eq('SELECT DISTINCT who FROM owned.log', $$VALUES ('ntk_rights_owner'::name)$$, 'as its owner');
TRUNCATE owned.log;
SELECT is(as_role('ntk_rights_grantee', call), message, 'a grantee: ' || call)
FROM (VALUES ('SELECT * FROM ntk_evaluate(''trap'')', 'only its owner "ntk_rights_owner" may read the source of model "trap" | Name a source of your own in ntk_evaluate(model, source).'),
	('SELECT * FROM ntk_evaluate(''trap'', ''owned.samples'')', 'no error'), ('SELECT ntk_predict(''trap'', s) FROM owned.samples AS s', 'no error'),
	('SELECT * FROM ntk_refresh(''trap'')', 'model "trap" belongs to another role | ntk_grant lets roles predict with a model; only its owner can change it.'),
	('SELECT * FROM ntk_retrain(''trap'')', 'model "trap" belongs to another role | ntk_grant lets roles predict with a model; only its owner can change it.')) AS v (call, message);
SELECT is(as_role('ntk_rights_stranger', call), 'model "trap" does not exist | The view ntk_models lists the models that you may use.', 'a stranger: ' || call)
FROM (VALUES ('SELECT * FROM ntk_evaluate(''trap'')'), ('SELECT * FROM ntk_evaluate(''trap'', ''owned.samples'')'), ('SELECT * FROM ntk_retrain(''trap'')'), ('SELECT ntk_predict(''trap'', s) FROM owned.samples AS s')) AS v (call);
SELECT is_empty('TABLE owned.log', 'for neither of them the text runs');

-- what else the owner can write becomes a part of no statement
CREATE FUNCTION spoilt(change text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	BEGIN
		EXECUTE 'SET LOCAL ROLE ntk_rights_owner';
		EXECUTE 'UPDATE ntk_catalog_model SET ' || change || ' WHERE model = ''trap''';
		RESET ROLE;
		said := error_of(query);
		RAISE SQLSTATE 'XX999';
	EXCEPTION WHEN SQLSTATE 'XX999' THEN
		NULL;
	WHEN OTHERS THEN
		said := SQLERRM;
	END;
	RETURN said;
END $$;
SELECT matches(spoilt(change, 'SELECT * FROM ntk_retrain(''trap'')'), message, 'changed by hand: ' || change)
FROM (VALUES ('params = params || ''{"folds": "1 + (SELECT owned.trap()::int)"}''', '^params.folds must be an integer'), ('params = params || ''{"max_levels": "5) FROM owned.trap() AS t --"}''', '^params.max_levels must be an integer'),
	('params = ''{}''', 'check constraint'), ('params = ''{"unseen": "error", "x": 1}''', '^params has no key "x"'), ('source = ''DELETE FROM owned.log RETURNING 1 AS a, 1 AS b, 1 AS y, 1 AS id''', '^the source must be a query that only reads$|syntax error'),
	('source = ''SELECT * FROM owned.samples) AS x; DROP TABLE owned.log; SELECT * FROM (SELECT * FROM owned.samples''', 'syntax error|single query'),
	('features = ''{}''', 'check constraint'), ('features = ''{a,NULL}''', 'check constraint'), ('features = ''{"a\" FROM owned.trap() --"}''', 'does not exist'), ('target = ''y" FROM owned.trap() --''', 'does not exist'),
	('split_by = ''{}''', 'check constraint'), ('owner = ''public''', 'check constraint')) AS v (change, message);
SELECT is_empty('TABLE owned.log', 'and nothing of it ran');

-- an import brings no text along
SET LOCAL ROLE ntk_rights_owner;
CREATE TABLE owned.exported AS SELECT ntk_export('trap') AS e;
GRANT SELECT ON owned.exported TO PUBLIC;
RESET ROLE;
SELECT ntk_import(e, 'imported') FROM owned.exported \g /dev/null
SELECT is((SELECT source FROM ntk_models WHERE name = 'imported'), NULL, 'an import takes no source');
SELECT is(error_of('SELECT * FROM ntk_evaluate(''imported'')'), 'model "imported" has no source of its own | It was imported without one. | Name a source in ntk_evaluate(model, source), or train the model with ntk_train.', 'and has none to read');
SELECT is(count_of('SELECT ntk_predict(''imported'', s) FROM owned.samples AS s'), 400::bigint, 'it predicts');
SELECT ntk_import(e, 'with source', 'SELECT * FROM owned.samples') FROM owned.exported \g /dev/null
SELECT is(error_of('SELECT * FROM ntk_retrain(''with source'')'), 'no error', 'with a source that is named it can be trained again');
SELECT is_empty('TABLE owned.log', 'the text of the exported model has not run');

-- names mean what they meant
CREATE SCHEMA first;
CREATE SCHEMA second;
CREATE TABLE first.rows AS SELECT i AS id, sin(i) AS a, sin(i) AS y FROM generate_series(1, 200) AS i;
CREATE TABLE second.rows AS SELECT i AS id, sin(i) AS a, 100 + sin(i) AS y FROM generate_series(1, 200) AS i;
CREATE FUNCTION first.twice(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE FUNCTION second.twice(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT -2 * $1';
SET LOCAL search_path = first, public;
SELECT ntk_train('path', 'SELECT id, twice(a) AS a, y FROM rows', 'y', '{a}', params => '{"n_components": 8, "rounds": 0, "deploy": "always"}') \g /dev/null
SET LOCAL search_path = second, public;
SELECT ntk_retrain('path') \g /dev/null
SELECT is((SELECT value < 50 FROM ntk_evaluate('path') WHERE metric = 'rmse'), true, 'ntk_evaluate reads the same table from another search_path');
SELECT ok(bool_and(abs(ntk_predict('path', r) - sin(r.id)) < 1), 'and so did ntk_retrain, with the same function') FROM (SELECT id, first.twice(a) AS a FROM first.rows) AS r;
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.sum(double precision) RETURNS double precision LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''shadowed''; END';
CREATE FUNCTION shadow.sqrt(double precision) RETURNS double precision LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''shadowed''; END';
CREATE FUNCTION shadow.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';
CREATE FUNCTION shadow.not_equal(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''shadowed''; END';
CREATE OPERATOR shadow.!~* (LEFTARG = text, RIGHTARG = text, FUNCTION = shadow.not_equal);
CREATE OPERATOR shadow.~* (LEFTARG = text, RIGHTARG = text, FUNCTION = shadow.not_equal);
SET LOCAL search_path = shadow, pg_catalog, first, public;
SELECT is(error_of('SELECT ntk_train(''shadowed'', ''rows'', ''y'', params => ''{"n_components": 8, "rounds": 0}'')'), 'no error', 'functions and operators before pg_catalog are not used');
RESET search_path;
ALTER SCHEMA first RENAME TO renamed;
SELECT is(error_of('SELECT * FROM ntk_retrain(''path'')'), 'relation "first.rows" does not exist', 'a schema that was renamed is missed by its name');
ALTER SCHEMA renamed RENAME TO first;
SELECT is(error_of('SELECT * FROM ntk_retrain(''path'')'), 'no error', 'until it has it again');

-- columns that a model does not read come and go, where a key says which rows are held out
CREATE TABLE keyed (id int PRIMARY KEY, note text DEFAULT 'x', a float8, y float8);
INSERT INTO keyed SELECT i, 'n' || i, sin(i), sin(i) FROM generate_series(1, 300) AS i;
SELECT ntk_train('keyed', 'keyed', 'y', '{a}', params => '{"n_components": 8, "rounds": 0, "watermark": "id"}') \g /dev/null
SELECT is(split_by, '{id}', 'rows of a table are split by its primary key') FROM ntk_catalog_model WHERE model = 'keyed';
CREATE TABLE measured AS SELECT * FROM ntk_evaluate('keyed');
UPDATE keyed SET note = 'another one';
SELECT results_eq('SELECT * FROM ntk_evaluate(''keyed'')', 'TABLE measured', 'an UPDATE of another column moves no row');
ALTER TABLE keyed DROP note;
SELECT results_eq('SELECT * FROM ntk_evaluate(''keyed'')', 'TABLE measured', 'nor does dropping it');
INSERT INTO keyed SELECT i, sin(i), sin(i) FROM generate_series(301, 400) AS i;
SELECT is(error_of('SELECT * FROM ntk_refresh(''keyed'')'), 'no error', 'a refresh goes on without it');

-- roles that are renamed, dropped, created again
SELECT is(error_of('SELECT ntk_owner(''trap'', ''nobody at all'')'), 'role "nobody at all" does not exist', 'a model for no role');
SELECT is(as_role('ntk_rights_owner', 'SELECT ntk_owner(''trap'', ''ntk_rights_stranger'')'), 'must have the privileges of role "ntk_rights_stranger" to give it a model', 'nobody is given a model without a say');
SELECT is(as_role('ntk_rights_stranger', 'SELECT ntk_owner(''trap'', ''ntk_rights_stranger'')'), 'model "trap" does not exist | The view ntk_models lists the models that you may use.', 'nobody takes one');
SELECT ntk_owner('imported', 'ntk_rights_stranger');
SELECT is(as_role('ntk_rights_stranger', 'SELECT * FROM ntk_evaluate(''imported'', ''owned.samples'')'), 'no error', 'ntk_owner moves a model');
ALTER ROLE ntk_rights_stranger RENAME TO ntk_rights_renamed;
SELECT is((SELECT owner FROM ntk_models WHERE name = 'imported'), 'ntk_rights_renamed', 'a role that is renamed keeps its models');
SELECT is(as_role('ntk_rights_renamed', 'SELECT ntk_rename(''imported'', ''kept'')'), 'no error', 'and changes them');
SELECT ntk_grant('with source', 'ntk_rights_renamed');
DROP ROLE ntk_rights_renamed;
CREATE ROLE ntk_rights_renamed;
SELECT is(as_role('ntk_rights_renamed', 'SELECT ntk_drop(''kept'')'), 'model "kept" does not exist | The view ntk_models lists the models that you may use.', 'a role that is created again inherits nothing');
SELECT is(as_role('ntk_rights_renamed', 'SELECT ntk_predict(''with source'', s) FROM owned.samples AS s'), 'model "with source" does not exist | The view ntk_models lists the models that you may use.', 'nor may it use what the other one was granted');
SELECT results_eq('SELECT name, owner FROM ntk_models WHERE name = ''kept''', $$VALUES ('kept', 'none'::name)$$, 'a superuser sees a model without an owner');
SELECT ntk_owner('kept', 'ntk_rights_grantee');
SELECT is(as_role('ntk_rights_grantee', 'SELECT ntk_drop(''kept'')'), 'no error', 'and gives it to another role');

-- names in a stored source are looked up when it runs: who owns a table can put a view in its place
SET LOCAL ROLE ntk_rights_owner;
CREATE TABLE owned.replaced AS TABLE owned.samples;
RESET ROLE;
SELECT ntk_train('replaced', 'owned.replaced', 'y', features => '{a,b}', params => '{"n_components": 8, "rounds": 0}') \g /dev/null
SELECT ntk_owner('replaced', 'ntk_rights_grantee');
SET LOCAL ROLE ntk_rights_owner;
DROP TABLE owned.replaced;
CREATE VIEW owned.replaced AS SELECT * FROM owned.samples WHERE (SELECT owned.trap());
GRANT SELECT ON owned.replaced TO PUBLIC;
GRANT INSERT ON owned.log TO PUBLIC;
TRUNCATE owned.log;
RESET ROLE;
SELECT is(error_of('SELECT * FROM ntk_evaluate(''replaced'')'), 'no error', 'a view in the place of a table');
SELECT results_eq('SELECT DISTINCT who, sees FROM owned.log', $$VALUES ('ntk_rights_grantee'::name, 0::bigint)$$, 'has no more rights than the role that owns the model, whoever calls');

SELECT * FROM finish();
ROLLBACK;
