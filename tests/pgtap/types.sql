-- Every type of row finds its function: arrays of all types of numbers, domains over them, bytea where a row can be
-- bytes, literals without a type, NULL, and parameters of prepared statements.

BEGIN;
SELECT plan(599);
SET LOCAL jit = off;	-- compiling each of so many short queries takes longer than running it

\ir include/error_of.sql

CREATE DOMAIN numbers AS numeric[];
CREATE FUNCTION text_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE query INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
CREATE TABLE samples AS
SELECT i AS id, ARRAY[i % 7, i % 5, i % 3]::smallint[] AS x, ARRAY[i % 11, 1 + i % 2] AS ys, sin(i) AS y, i % 2 AS class FROM generate_series(1, 40) AS i;
CREATE TABLE models AS
SELECT map, cntk_map('{3,1,1}', 8) AS image, ntk_solve(ntk_gram(x, y, map), 0.1, uncertainty => true) AS one
FROM samples, ntk_nystrom('{{1,0,2},{4,2,0},{2,5,1},{0,1,1}}'::real[]) AS map GROUP BY map;

-- scalar functions

CREATE TABLE calls (call text);
INSERT INTO calls VALUES ('ntk_sketch(%s, map)'), ('ntk_sketch(%s, 20)'), ('ntk_sketch(%s, 20, 2, seed => 3)'), ('ntk_sketch(''{1,2,3}'', %s, map)'), ('ntk_predict(one, %s)'), ('ntk_predict_all(one, %s)'),
	('ntk_predict_std(one, %s)'), ('ntk_gradient(one, %s)'), ('ntk_predict(one, ''{1,2,3}'', %s)'), ('ntk_predict_all(one, ''{1,2,3}'', %s)'), ('ntk_predict_std(one, ''{3,2,1}''::int[], %s)'),
	('ntk_kernel(%1$s, %1$s)'), ('ntk_kernel(%1$s, %1$s, 2, ''nngp'')'), ('ntk_kernel(%1$s, %1$s, kernel => ''nngp'')'), ('ntk_kernel(%1$s, ''{5,1,2}'', ''laplace'', 2)'), ('ntk_kernel(''{5,1,2}'', %s, ''gamma_exponential'', 2, 1.2)'),
	('ntk_kernel(%s, ''{5,1,2}'')'), ('ntk_kernel(''{5,1,2}'', %s)'), ('cntk_kernel(%1$s, %1$s, ''{3,1,1}'')'), ('cntk_kernel(%s, ''{5,1,2}'', ''{3,1,1}'')');
CREATE TABLE rows (x text);
INSERT INTO rows VALUES ('''{1,0,4}''::real[]'), ('''{1,0,4}''::int[]'), ('''{1,0,4}''::smallint[]'), ('''{1,0,4}''::bigint[]'), ('''{1,0,4}''::numeric[]'), ('''{1,0,4}''::numbers'), ('ARRAY[1,0,4]'), ('ARRAY[1,0,4.0]'),
	('ARRAY[1,0e0,4]'), ('''{1,0,4}'''), ('(SELECT array_agg(i) FROM unnest(''{1,0,4}''::int[]) AS i)');
SELECT is(text_of(format('SELECT %s FROM models', format(call, x))), text_of(format('SELECT %s FROM models', format(call, '''{1,0,4}''::float8[]'))), format(call, x))
FROM calls, rows;
SELECT matches(text_of(format('SELECT %s FROM models', format(call, '''{1,0,4}''::float8[]'))), '^[-{]*[0-9]', 'which is a number: ' || call) FROM calls;
SELECT is(text_of(format('SELECT %s FROM models', format(call, 'NULL'))), NULL, format(call, 'NULL')) FROM calls;
SELECT is(text_of(format('SELECT %s FROM models', format(call, '''\x010004''::bytea'))), text_of(format('SELECT %s FROM models', format(call, '''{1,0,4}''::float8[]'))), format(call, 'bytea'))
FROM calls WHERE call ~ '^ntk_(sketch\(%s, map|predict\w*\(one, %s|gradient)' OR call = 'cntk_kernel(%1$s, %1$s, ''{3,1,1}'')';

-- two rows of two types
SELECT is(text_of(format('SELECT ntk_kernel(''{1,0,4}''::%s, ''{5,1,2}''::%s)', a, b)), ntk_kernel('{1,0,4}'::float8[], '{5,1,2}'::float8[])::text, format('%s and %s', a, b))
FROM unnest('{real[],float8[],int[],smallint[],bigint[],numeric[],numbers}'::text[]) AS a, unnest('{real[],float8[],int[],smallint[],bigint[],numeric[],numbers}'::text[]) AS b;

-- landmarks are arrays of two dimensions
SELECT is(text_of(format('SELECT ntk_nystrom(%s%s)', x, arguments)), text_of(format('SELECT ntk_nystrom(%s%s)', '''{{1,0},{2,4}}''::float8[]', arguments)), format('ntk_nystrom(%s%s)', x, arguments))
FROM unnest('{"''''{{1,0},{2,4}}''''::real[]","''''{{1,0},{2,4}}''''::int[]","''''{{1,0},{2,4}}''''::smallint[]","''''{{1,0},{2,4}}''''::numbers","ARRAY[[1,0],[2,4.0]]","''''{{1,0},{2,4}}''''"}'::text[]) AS quoted,
	replace(quoted, '''''', '''') AS x, unnest('{"",", 2",", 2, 0.5, ''nngp''",", 1, 0, ''ntk'', NULL",", 1, 0, ''ntk'', ''{1,3}''",", metric => ''{1,3}''",", ''laplace'', 2",", ''laplace'', 2, metric => ''{1,3}''"}'::text[]) AS arguments;
SELECT is(ntk_nystrom('{{1,0},{2,4}}', metric => '{1,3}'), ntk_nystrom('{{1,0},{2,4}}'::real[], 1, 0, 'ntk', '{1,3}'), 'a metric without a depth');
SELECT is(text_of(format('SELECT ntk_nystrom(%s)', arguments)), NULL, format('ntk_nystrom(%s)', arguments))
FROM unnest('{"NULL","NULL::real[]","''{{1}}'', NULL::int","''{{1}}'', 1, NULL","''{{1}}'', 1, 0, NULL","''{{1}}'', ''laplace'', NULL"}'::text[]) AS arguments;

-- parameters without a type
PREPARE sketch AS SELECT ntk_sketch($1, map) FROM models;
PREPARE predict AS SELECT ntk_predict(one, $1) FROM models;
PREPARE kernel AS SELECT ntk_kernel($1, $2);
PREPARE mixed AS SELECT ntk_kernel($1, ARRAY[5,1,2]);
PREPARE image AS SELECT cntk_kernel($1, $2, '{3,1,1}');
PREPARE sparse AS SELECT ntk_sketch($1, $2, map) FROM models;
SELECT is(text_of(execution), text_of(format('SELECT %s FROM models', call)), execution)
FROM (VALUES ('EXECUTE sketch(''{1,0,4}'')', 'ntk_sketch(''{1,0,4}''::float8[], map)'), ('EXECUTE sketch(ARRAY[1,0,4])', 'ntk_sketch(''{1,0,4}''::float8[], map)'), ('EXECUTE predict(''{1,0,4}'')', 'ntk_predict(one, ''{1,0,4}''::float8[])'),
	('EXECUTE kernel(''{1,0,4}'', ''{5,1,2}'')', 'ntk_kernel(''{1,0,4}''::float8[], ''{5,1,2}''::float8[])'), ('EXECUTE mixed(''{1,0,4}'')', 'ntk_kernel(''{1,0,4}''::float8[], ''{5,1,2}''::float8[])'),
	('EXECUTE image(''{1,0,4}'', ''{5,1,2}'')', 'cntk_kernel(''{1,0,4}''::float8[], ''{5,1,2}''::float8[], ''{3,1,1}'')'), ('EXECUTE sparse(''{1,3}'', ''{1,4}'')', 'ntk_sketch(''{1,0,4}''::float8[], map)')) AS v (execution, call);

-- what is no row
SELECT is(error_of(format('SELECT %s FROM models', call)), message, call)
FROM (VALUES ('ntk_sketch(ARRAY[''a'', ''b'', ''c''], map)', 'x must be an array of numbers | Its type is text[]. | Cast it to an array of numbers, such as double precision[].'),
	('ntk_predict(one, ARRAY[true, false, true])', 'x must be an array of numbers | Its type is boolean[]. | Cast it to an array of numbers, such as double precision[].'),
	('ntk_kernel(ARRAY[''a''], ARRAY[''b''])', 'x must be an array of numbers | Its type is text[]. | Cast it to an array of numbers, such as double precision[].'),
	('ntk_nystrom(ARRAY[[''2026-01-01''::date]])', 'landmarks must be an array of numbers | Its type is date[]. | Cast it to an array of numbers, such as double precision[].'),
	('cntk_kernel(ARRAY[''a''], ''{1}'', ''{1,1,1}'')', 'x must be an array of numbers | Its type is text[]. | Cast it to an array of numbers, such as double precision[].'),
	('ntk_sketch(''\x010004'', map)', 'x must be an array of numbers, not "\x010004" | Write an array such as ''{1,2.5}''. A row of bytes needs a cast: ''\x00ff''::bytea.'),
	('ntk_sketch(repeat(''é'', 30), map)', format('x must be an array of numbers, not "%s..." | Write an array such as ''{1,2.5}''. A row of bytes needs a cast: ''\x00ff''::bytea.', repeat('é', 20))),
	('ntk_predict(one, '''')', 'x must be an array of numbers, not "" | Write an array such as ''{1,2.5}''. A row of bytes needs a cast: ''\x00ff''::bytea.'),
	('ntk_sketch(''{1,b,3}'', map)', 'invalid input syntax for type double precision: "b"'), ('ntk_sketch(''{1,2}'', map)', 'x has length 2, the feature map expects 3'), ('ntk_sketch(''{1,NaN,3}'', map)', 'element 2 of x must be finite, not NaN'),
	('ntk_kernel(''{1}'', ''{}'')', 'y must not be empty')) AS v (call, message);

-- aggregates: PostgreSQL casts

CREATE TABLE totals (call text, images boolean);
INSERT INTO totals VALUES
	('ntk_gram(%s, y)', false), ('ntk_gram(%s, ys)', false), ('ntk_gram(%s, y, 2)', false), ('ntk_gram(%s, ys, 0.5)', false), ('ntk_gram(''{1,2,3}'', %s, y, map)', false),
	('ntk_gram(''{1,2,3}'', %s, ys, map, 2)', false), ('ntk_gram_class(%s, class, 2)', false), ('ntk_gram_class(%s, class, 2, 0.5)', false), ('ntk_ridge(%s, y, 0.1)', false),
	('ntk_ridge(%s, ys, 0.1)', false), ('ntk_agop(one, %s)', false), ('ntk_agop(one, %s, 2)', false), ('ntk_agop_diagonal(one, %s)', false), ('ntk_agop_diagonal(one, %s, 2)', false),
	('ntk_landmarks(%s, 4)', false), ('ntk_landmarks(%s, 4, 1)', false), ('ntk_landmarks(%s, 4, 1, ''{1,2,3}'')', false),
	('ntk_gram(%s, y, map)', true), ('ntk_gram(%s, ys, map)', true), ('ntk_gram(%s, y, map, 2)', true), ('ntk_gram(%s, ys, map, 2)', true), ('ntk_gram_class(%s, class, 2, map)', true),
	('ntk_gram_class(%s, class, 2, map, 2)', true), ('ntk_ridge(%s, y, 0.1, map)', true), ('ntk_ridge(%s, ys, 0.1, map)', true), ('cntk_patches(%s, image, 2)', true),
	('cntk_patches(%s, image, 2, 5)', true);
CREATE FUNCTION total(call text, x text) RETURNS text LANGUAGE sql AS $$
	SELECT text_of(format('SELECT %s FROM (SELECT x, y, ys::float8[] AS ys, class FROM samples ORDER BY id) AS s, models', format(call, x)))
$$;
CREATE TABLE expected AS SELECT call, images, total(call, 'x::float8[]') AS value FROM totals;
SELECT is(total(call, 'x::' || type), value, format(call, 'x::' || type))
FROM expected, unnest('{real[],int[],smallint[],bigint[],numeric[],numbers}'::text[]) AS type;
SELECT doesnt_match(value, ' ', 'a value: ' || call) FROM expected;
SELECT is(total(call, $$substring('\x0001020304050607'::bytea FROM 1 + x[1] FOR 1) || substring('\x0001020304050607'::bytea FROM 1 + x[2] FOR 1) || substring('\x0001020304050607'::bytea FROM 1 + x[3] FOR 1)$$),
		  value, format(call, 'bytea')) FROM expected WHERE images;
SELECT is(total('ntk_gram(x, ys::%s)', type), total('ntk_gram(x, ys)', ''), 'targets of ' || type) FROM unnest('{real[],int[],smallint[],numeric[],numbers}'::text[]) AS type;
SELECT is(total('ntk_gram(x, y::%s)', type), total('ntk_gram(x, y::%s::float8)', type), 'a target of ' || type) FROM unnest('{real,int,numeric}'::text[]) AS type;
SELECT matches(error_of('SELECT ' || call || ' FROM samples'), '^function \S+\(text\[\], .*\) does not exist', 'no numbers: ' || call) FROM unnest('{"ntk_gram(x::text[], y)","ntk_landmarks(x::text[], 3)"}'::text[]) AS call;
SELECT is_empty($$SELECT a.aggfnoid::regprocedure FROM pg_aggregate AS a JOIN pg_depend AS d ON d.objid = a.aggfnoid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'ntk_sketch' JOIN pg_proc AS p ON p.oid = a.aggfnoid
	WHERE EXISTS (SELECT FROM unnest(p.proargtypes) AS t (type) WHERE type IN ('anyelement'::regtype, 'anyarray'::regtype, 'anycompatiblearray'::regtype))$$, 'no aggregate is polymorphic: distributed planners refuse those');

SELECT * FROM finish();
ROLLBACK;
