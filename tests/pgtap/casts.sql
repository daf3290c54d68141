-- A table of somebody else is read without the casts that he made to his types.

BEGIN;
SELECT plan(18);
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql

CREATE ROLE ntk_casts_owner;
CREATE SCHEMA owned AUTHORIZATION ntk_casts_owner;
SET LOCAL ROLE ntk_casts_owner;
CREATE TABLE owned.log (who name);
CREATE TYPE owned.mood AS ENUM ('sad', 'glad');
CREATE TYPE owned.pair AS (a int);
CREATE FUNCTION owned.to_text(owned.mood) RETURNS text LANGUAGE sql AS $$INSERT INTO owned.log VALUES (current_user); SELECT 'sad'$$;
CREATE FUNCTION owned.to_json(owned.mood) RETURNS json LANGUAGE sql AS $$INSERT INTO owned.log VALUES (current_user); SELECT '1'::json$$;
CREATE FUNCTION owned.to_text(owned.pair) RETURNS text LANGUAGE sql AS $$INSERT INTO owned.log VALUES (current_user); SELECT 'sad'$$;
CREATE FUNCTION owned.to_number(owned.pair) RETURNS float8 LANGUAGE sql AS $$INSERT INTO owned.log VALUES (current_user); SELECT 1::float8$$;
CREATE FUNCTION owned.to_inet(owned.pair) RETURNS inet LANGUAGE sql AS $$INSERT INTO owned.log VALUES (current_user); SELECT '::1'::inet$$;
CREATE CAST (owned.mood AS text) WITH FUNCTION owned.to_text(owned.mood);
CREATE CAST (owned.mood AS json) WITH FUNCTION owned.to_json(owned.mood);
CREATE CAST (owned.pair AS text) WITH FUNCTION owned.to_text(owned.pair);
CREATE CAST (owned.pair AS float8) WITH FUNCTION owned.to_number(owned.pair);
CREATE CAST (owned.pair AS inet) WITH FUNCTION owned.to_inet(owned.pair) AS IMPLICIT;
CREATE DOMAIN owned.state AS owned.mood;
CREATE TABLE owned.samples AS
SELECT i AS id, sin(i) AS x, cos(2 * i) AS z, sin(i) + 0.1 * cos(i) AS y, (CASE WHEN sin(i) > 0 THEN 'glad' ELSE 'sad' END)::owned.mood AS mood,
	(ARRAY['sad', 'glad'])[1 + i % 2]::owned.state AS state, ROW(i % 3)::owned.pair AS pair, i % 2 = 0 AS even, (i % 3 + 0.5)::numeric(5, 2) AS step, i % 2 AS g,
	timestamptz '2026-01-01 00:00:00+00' + (i % 3) * interval '1 day' AS at
FROM generate_series(1, 300) AS i;
RESET ROLE;

CREATE FUNCTION train(model text, target text, arguments text) RETURNS text LANGUAGE sql AS $$
	SELECT error_of(format('SELECT * FROM ntk_train(%L, ''owned.samples'', %L, features => ''{x,z}'', %s, params => ''{"n_components": 8, "rounds": 0}'')', model, target, arguments))
$$;

SELECT is(train('mood', 'mood', 'weight => NULL'), 'no error', 'classes of an enum');
SELECT is(error_of('SELECT * FROM ntk_evaluate(''mood'', ''owned.samples'')'), 'no error', 'a model of them is evaluated');
SELECT is(error_of('SELECT * FROM ntk_importance(''mood'', ''owned.samples'', 1)'), 'no error', 'its columns are shuffled');
SELECT is(error_of('SELECT * FROM ntk_refresh(''mood'', ''SELECT * FROM owned.samples WHERE id < 100'')'), 'no error', 'it learns more');
SELECT is(error_of('SELECT * FROM ntk_forget(''mood'', ''SELECT * FROM owned.samples WHERE id < 100'')'), 'no error', 'and forgets it');
SELECT is(train('mood', 'mood', 'weight => ''id'''), 'no error', 'and is trained again');
SELECT results_eq('SELECT DISTINCT labels FROM ntk_model_versions WHERE name = ''mood''', $$VALUES ('{glad,sad}'::text[])$$, 'the classes are the labels of the enum');
SELECT is(train('pair', 'pair', 'task => ''classification'''), 'no error', 'classes of a composite type');
SELECT is(train('grouped', 'y', 'group_by => ''{mood,state,g}'''), 'no error', 'groups of an enum');
SELECT is((SELECT jsonb_agg(DISTINCT grp ORDER BY grp) -> 0 FROM ntk_evaluate('grouped', 'owned.samples')), '{"g": 0, "mood": "glad", "state": "sad"}', 'they are named when it is evaluated, and a number is one');
SELECT is(error_of('SELECT * FROM ntk_' || call), 'column "y" of type owned.pair is no number | In the source of model "grouped" it is one.', call)
FROM unnest(ARRAY['refresh', 'evaluate', 'importance']) AS f (f),
	LATERAL (SELECT format('%s(''grouped'', ''SELECT id, x, z, pair AS y, mood, state, pair, even, step, g, at FROM owned.samples'')', f) AS call) AS c;
SELECT is(error_of($$SELECT * FROM ntk_train('clock', 'owned.samples', 'y', params => '{"watermark": "pair"}')$$),
	'column "pair" cannot be a watermark | Numbers, dates, times and texts grow. Cast it to one of these in the source.', 'a watermark of a composite type');
SELECT is_empty('SELECT * FROM owned.log', 'and none of the casts ran');

-- classes are written as a cast to text writes them, under all settings
SELECT is(train('even', 'even', 'weight => NULL') || train('step', 'step', 'task => ''classification'''), 'no errorno error', 'classes of booleans and numbers');
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'German, DMY';
SELECT is(train('at', 'at', 'task => ''classification'''), 'no error', 'classes of times');
SELECT results_eq('SELECT name, labels FROM ntk_model_versions WHERE name IN (''even'', ''step'', ''at'') ORDER BY name',
	$$VALUES ('at', '{"2026-01-01 00:00:00+00","2026-01-02 00:00:00+00","2026-01-03 00:00:00+00"}'::text[]), ('even', '{false,true}'), ('step', '{0.50,1.50,2.50}')$$, 'their labels');

SELECT * FROM finish();
ROLLBACK;
