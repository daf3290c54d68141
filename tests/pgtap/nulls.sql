-- Whoever may connect may call every function, also those that only others call: with nulls, too.

BEGIN;
SELECT plan(4);
SET LOCAL client_min_messages = warning;

\ir include/error_of.sql

-- calls of all functions of the extension but aggregates
CREATE TEMP TABLE calls AS
SELECT format('SELECT * FROM %s.%I(%s)%s', p.pronamespace::regnamespace, p.proname,
	(SELECT string_agg('NULL' || CASE WHEN t::text IN ('anyelement', '"any"') THEN '::int' WHEN t::text = 'internal' THEN '' ELSE '::' || t END, ', ' ORDER BY place)
	 FROM unnest(p.proargtypes::oid[]::regtype[]) WITH ORDINALITY AS a (t, place)),
	CASE WHEN p.prorettype = 'record'::regtype AND p.proretset AND p.proargmodes IS NULL THEN ' AS t (a int)' ELSE '' END) AS call
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'ntk_sketch'
WHERE p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype;

SELECT cmp_ok((SELECT count(*) FROM calls), '>', 300::bigint, 'there are functions to call');
-- elog is for what cannot happen
SELECT is_empty($$SELECT call, error_of(call) FROM calls WHERE error_of(call) ~ 'failed|cache lookup|must return'$$,
	'nulls for all arguments are refused or give a null');

SELECT is(error_of('SELECT * FROM _ntk_run(NULL, NULL) AS t (a int)'), 'the query must not be null', 'a query that is null');
SELECT is(error_of('SELECT * FROM _ntk_run(NULL, NULL, 1) AS t (a int)'), 'the query must not be null', 'with parameters as well');

SELECT * FROM finish();
ROLLBACK;
