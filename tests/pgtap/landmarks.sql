-- The aggregate ntk_landmarks: the same landmarks whatever the order of the rows and the plan,
-- which rows count, what it refuses.

BEGIN;
SELECT plan(85);
SET LOCAL jit = off;

\ir include/error_of.sql
\ir include/plan_of.sql
\ir include/stopped_after.sql

-- the rows of a matrix
CREATE FUNCTION rows_of(matrix real[]) RETURNS SETOF real[] LANGUAGE sql IMMUTABLE AS
	'SELECT ARRAY(SELECT matrix[i][j] FROM generate_series(1, array_length(matrix, 2)) AS j) FROM generate_series(1, array_length(matrix, 1)) AS i';

-- the mean squared distance of the samples to the nearest row of a matrix
CREATE TABLE samples AS SELECT i AS id, ARRAY[sin(i * 1.7), cos(i * i), sin(i * 0.3 + i * i)]::real[] AS x, i % 4 AS part FROM generate_series(1, 3000) AS i;
ANALYZE samples;
CREATE FUNCTION distortion(matrix real[]) RETURNS float8 LANGUAGE sql STABLE AS $$
	SELECT avg(nearest) FROM samples, LATERAL (
		SELECT min((x[1] - matrix[i][1]) ^ 2 + (x[2] - matrix[i][2]) ^ 2 + (x[3] - matrix[i][3]) ^ 2) AS nearest FROM generate_series(1, array_length(matrix, 1)) AS i) AS n
	WHERE id % 10 = 0
$$;

-- landmarks

SELECT results_eq('SELECT array_dims(l), pg_typeof(l)::text FROM (SELECT ntk_landmarks(x, 20) AS l FROM samples) AS s', $$VALUES ('[1:20][1:3]', 'real[]')$$, '20 landmarks of length 3');
SELECT is(array_dims(ntk_landmarks(x, k)), format('[1:%s][1:3]', k), k || ' landmarks') FROM samples, unnest('{1,2,3000}'::int[]) AS k GROUP BY k;
SELECT is_empty($$SELECT e FROM (SELECT ntk_landmarks(x, 100) AS l FROM samples) AS s, unnest(l) AS e WHERE NOT e BETWEEN -1.01 AND 1.01$$, 'landmarks lie where the rows lie');
SELECT cmp_ok(distortion(ntk_landmarks(x, 30)), '<', 0.8 * distortion((SELECT array_agg(x) FROM samples WHERE id <= 30)), 'landmarks are nearer to the rows than as many rows are') FROM samples;
SELECT cmp_ok(abs(l[1][1] - 2) + abs(l[1][2] - 20), '<', 1e-5::float8, 'one landmark is the mean, in which equal rows count as often as they occur')
FROM (SELECT ntk_landmarks(x, 1) AS l FROM (VALUES ('{1,10}'::real[]), ('{1,10}'), ('{1,10}'), ('{5,50}')) AS v (x)) AS s;
SELECT bag_eq(format('SELECT rows_of(l) FROM (SELECT ntk_landmarks(x, %1$s) AS l FROM samples WHERE id <= %1$s) AS s', k), 'SELECT x FROM samples WHERE id <= ' || k, k || ' landmarks of as many distinct rows are these')
FROM unnest('{1,2,77,1025}'::int[]) AS k;
SELECT bag_eq('SELECT rows_of(l) FROM (SELECT ntk_landmarks(x, 50) AS l FROM samples, generate_series(1, 3) WHERE id <= 50) AS s', 'SELECT x FROM samples WHERE id <= 50', 'also if each occurs three times');
SELECT is(ntk_landmarks(x, 1), format('{{%s,%s}}', x[1], x[2])::real[], 'one row: ' || x::text)
FROM (VALUES ('{3e38,-3e38}'::real[]), ('{1e-45,0}'), ('{0,0}')) AS v (x) GROUP BY x;
SELECT is_empty($$SELECT e FROM unnest('{1e-30,1e30}'::float8[]) AS scale, LATERAL (SELECT ntk_landmarks(ARRAY[x[1] * scale, x[2] * scale], 10) AS l FROM samples WHERE id <= 200) AS s, unnest(l) AS e
				  WHERE NOT abs(e) BETWEEN 1e-6 * scale AND 1.01 * scale$$, 'very small and very large rows');
SELECT cmp_ok((ntk_train_mse(ntk_ridge(x, x[1] * x[2] + abs(x[3]), 1e-6, (SELECT ntk_nystrom(ntk_landmarks(x, 100), bias => 1) FROM samples))))[1], '<', 0.01::float8, 'a map of them learns') FROM samples;

-- the same of the same rows

CREATE TABLE chosen AS SELECT ntk_landmarks(x, 25) AS l, ntk_landmarks(x, 25, 1) AS l1 FROM samples;
SELECT is(ntk_landmarks(x, 25 ORDER BY id), l, 'in ascending order') FROM samples, chosen GROUP BY l;
SELECT is(ntk_landmarks(x, 25 ORDER BY id DESC), l, 'in descending order') FROM samples, chosen GROUP BY l;
SELECT is(ntk_landmarks(x, 25, 1 ORDER BY x[2]), l1, 'in another order, with a seed') FROM samples, chosen GROUP BY l1;
SELECT is(ntk_landmarks(x::float8[], 25), l, 'double precision') FROM samples, chosen GROUP BY l;
SELECT is(ntk_landmarks(x::float8[], 25, 1), l1, 'double precision, with a seed') FROM samples, chosen GROUP BY l1;
SELECT is(ntk_landmarks(x, 25, 0), l, 'the seed is 0 unless given') FROM samples, chosen GROUP BY l;
SELECT isnt(l, l1, 'another seed, other landmarks') FROM chosen;
SELECT is((SELECT count(DISTINCT ntk_landmarks) FROM (SELECT ntk_landmarks(x, 5, seed) FROM samples, unnest('{-9223372036854775808,-1,0,1,2,9223372036854775807}'::bigint[]) AS seed WHERE id <= 500 GROUP BY seed) AS s), 6::bigint, 'every seed');
SELECT is(ntk_landmarks(CASE WHEN copy = 1 THEN x END, 25), l, 'NULL rows are left out') FROM samples, generate_series(1, 2) AS copy, chosen GROUP BY l;
SELECT is(ntk_landmarks(x, 25) FILTER (WHERE copy = 1), l, 'FILTER') FROM samples, generate_series(1, 2) AS copy, chosen GROUP BY l;
SELECT is(ntk_landmarks(DISTINCT x, 25), l, 'DISTINCT') FROM samples, chosen GROUP BY l;
SELECT isnt(ntk_landmarks(x, 25), l, 'one row less, other landmarks') FROM samples, chosen WHERE id <> 17 GROUP BY l;
SELECT is(ntk_landmarks(x, 1), '{{0,0}}'::real[], 'an element of -0 is one of 0') FROM (VALUES ('{-0,0}'::real[]), ('{0,-0}')) AS v (x);
SELECT is(error_of($$SELECT ntk_landmarks(x, 2) FROM (VALUES ('{-0,0}'::real[]), ('{0,-0}')) AS v (x)$$), '2 landmarks need as many distinct rows, but there are only 1 | Ask for fewer landmarks.', 'and makes no other row');

-- groups

CREATE TABLE of_parts AS SELECT part, ntk_landmarks(x, 5 + part, part) AS l FROM samples GROUP BY part;
SELECT is(l, (SELECT ntk_landmarks(x, 5 + p.part, p.part) FROM samples WHERE part = p.part), 'group ' || part) FROM of_parts AS p ORDER BY part;
SELECT is((SELECT count(*) FROM (SELECT id / 3 AS g, ntk_landmarks(x, 1) AS l FROM samples GROUP BY 1) AS s WHERE array_dims(l) = '[1:1][1:3]'), 1001::bigint, 'a thousand groups');
SET LOCAL enable_sort = off;
SELECT is((SELECT count(*) FROM (SELECT part, ntk_landmarks(x, 5 + part, part) AS l FROM samples GROUP BY part) AS s JOIN of_parts USING (part, l)), 4::bigint, 'groups by hashing');
RESET enable_sort;
SET LOCAL enable_hashagg = off;
SELECT is((SELECT count(*) FROM (SELECT part, ntk_landmarks(x, 5 + part, part) AS l FROM samples GROUP BY part) AS s JOIN of_parts USING (part, l)), 4::bigint, 'groups by sorting');
RESET enable_hashagg;
SELECT is((SELECT array_agg(l ORDER BY part) FROM (SELECT part, ntk_landmarks(x, 25) AS l FROM samples GROUP BY ROLLUP (part)) AS s WHERE part IS NULL), (SELECT array_agg(l) FROM chosen), 'a grand total');
SELECT is((SELECT count(*) FROM (SELECT id, ntk_landmarks(x, 1) OVER (ORDER BY id) AS l FROM samples WHERE id <= 200) AS running
		   WHERE l <> (SELECT ntk_landmarks(x, 1) FROM samples WHERE id <= running.id)), 0::bigint, 'a running window: the landmarks of the rows so far');

-- parallel plans and partitions. 60,000 rows are more than the sample holds.

CREATE TABLE many AS SELECT i AS id, ARRAY[sin(i * 1.7), cos(i * 0.9), sin(i * 0.3 + 1)]::real[] AS x, i % 3 AS part FROM generate_series(1, 60000) AS i;
ANALYZE many;
CREATE TABLE partitioned (LIKE many) PARTITION BY LIST (part);
CREATE TABLE partition_0 PARTITION OF partitioned FOR VALUES IN (0);
CREATE TABLE partition_1 PARTITION OF partitioned FOR VALUES IN (1);
CREATE TABLE partition_2 PARTITION OF partitioned FOR VALUES IN (2);
INSERT INTO partitioned SELECT * FROM many;
ANALYZE partitioned;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT ntk_landmarks(x, 10) AS l, ntk_landmarks(x, 10, 3) AS l3, ntk_landmarks(x::float8[], 10) AS l8 FROM many;
SELECT is(array_dims(l), '[1:10][1:3]', '10 landmarks of 60,000 rows') FROM serial;
SELECT is(l8, l, 'double precision') FROM serial;
SELECT is(ntk_landmarks(x, 10 ORDER BY id DESC), l, 'in descending order') FROM many, serial GROUP BY l;
SELECT is(ntk_landmarks(x, 10), l, 'each row twice') FROM many, generate_series(1, 2), serial GROUP BY l;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT ' || call || ' FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan: ' || call)
FROM unnest('{"ntk_landmarks(x, 10)","ntk_landmarks(x, 10, 3)","ntk_landmarks(x::float8[], 10)","ntk_landmarks(x::float8[], 10, 3)"}'::text[]) AS call;
CREATE TABLE parallel AS SELECT ntk_landmarks(x, 10) AS l, ntk_landmarks(x, 10, 3) AS l3, ntk_landmarks(x::float8[], 10) AS l8 FROM many;
SELECT results_eq('SELECT * FROM parallel', 'SELECT * FROM serial', 'the same landmarks');
CREATE TABLE parallel_25 AS SELECT ntk_landmarks(x, 25) AS l FROM samples;
SELECT is(p.l, c.l, 'also of few rows') FROM parallel_25 AS p, chosen AS c;
CREATE TABLE parallel_parts AS SELECT part, ntk_landmarks(x, 3) AS l FROM many GROUP BY part;
SELECT matches(plan_of('SELECT part, ntk_landmarks(x, 3) AS l FROM many GROUP BY part'), '(?s)Finalize.*Gather.*Partial', 'groups in parallel');
SELECT is((SELECT ntk_landmarks(x, 10) FROM many WHERE id < 0), NULL, 'no row in any worker');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT bag_eq('SELECT * FROM parallel_parts', 'SELECT part, ntk_landmarks(x, 3) FROM many GROUP BY part', 'the same landmarks of groups');
SELECT is((SELECT l FROM (SELECT ntk_landmarks(x, 10) AS l FROM partitioned) AS s), l, 'a partitioned table') FROM serial;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan_of('SELECT ntk_landmarks(x, 10) FROM partitioned'), '(?s)Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate', 'partial aggregates of partitions');
SELECT is((SELECT l FROM (SELECT ntk_landmarks(x, 10) AS l FROM partitioned) AS s), l, 'the same landmarks') FROM serial;
RESET enable_partitionwise_aggregate;

-- NULL and errors

SELECT is(ntk_landmarks(x, 3), NULL, 'no rows, no landmarks') FROM samples WHERE false;
SELECT is(ntk_landmarks(NULL::real[], 3), NULL, 'nor of NULL rows') FROM samples;
SELECT is(error_of('SELECT ntk_landmarks(' || arguments || ') FROM (VALUES (1, ''{1,2}''::real[]), (2, ''{3,4}''), (3, ''{1,2}''), (4, NULL)) AS v (i, x)'), message, description)
FROM (VALUES
	('x, 3', '3 landmarks need as many distinct rows, but there are only 2 | Ask for fewer landmarks.', 'equal rows do not count'),
	('x, 16000', '16000 landmarks need as many distinct rows, but there are only 2 | Ask for fewer landmarks.', 'as many landmarks as there may be'),
	('x, 0', 'k must be between 1 and 16000, not 0', 'k = 0'),
	('x, -1', 'k must be between 1 and 16000, not -1', 'a negative k'),
	('x, 16001', 'k must be between 1 and 16000, not 16001', 'too many'),
	('x, 2147483647', 'k must be between 1 and 16000, not 2147483647', 'far too many'),
	('x, NULL', 'k must not be null', 'a NULL k'),
	('x, CASE WHEN i < 4 THEN 1 END', 'k must not be null', 'a NULL k, even of a NULL row'),
	('x, 1, NULL', 'seed must not be null', 'a NULL seed'),
	('x, i', 'k must be the same for all rows of a group', 'k changes'),
	('x, 1, i', 'seed must be the same for all rows of a group', 'the seed changes'),
	('CASE WHEN i = 2 THEN ''{1,2,3}'' ELSE x END, 1', 'x has length 3, the sample expects 2', 'rows of different length'),
	('''{}''::real[], 1', 'x must not be empty', 'an empty row'),
	('ARRAY[x, x], 1', 'x must be a one-dimensional array | It has 2 dimensions.', 'a matrix'),
	('''{1,NULL}''::real[], 1', 'element 2 of x is null', 'a NULL element'),
	('''{1,2,NaN}''::real[], 1', 'element 3 of x must be finite, not NaN', 'NaN'),
	('''{-Infinity,2}''::float8[], 1', 'element 1 of x must be finite, not -Infinity', 'an infinity'),
	('''{1,1e39}''::float8[], 1', 'element 2 of x exceeds the range of type real', 'an element beyond real')) AS v (arguments, message, description);
SELECT throws_ok('SELECT ntk_landmarks(x, 3001) FROM samples', '22000', '3001 landmarks need as many distinct rows, but there are only 3000', 'with the code of wrong data');
SELECT throws_ok('SELECT ntk_landmarks(x, 0) FROM samples', '22023', NULL, 'of a wrong parameter');
SELECT throws_ok('SELECT ntk_landmarks(x, NULL) FROM samples', '22004', NULL, 'of a NULL');

-- memory and time

CREATE TABLE long_rows AS SELECT (SELECT array_agg(sin(i * j)::real) FROM generate_series(1, 1000) AS j) AS x FROM generate_series(1, 300) AS i;
SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is(error_of('SELECT ntk_landmarks(x, 1) FROM long_rows'),
		  'the sample of ntk_landmarks needs 2 MB of memory, ntk_sketch.max_memory allows 1 MB | Use fewer components, or raise ntk_sketch.max_memory.', 'too little memory for the sample');
SELECT matches(error_of('SELECT ntk_landmarks(x, 1000) FROM samples'),
			   '^choosing landmarks needs [0-9]+ MB of memory, ntk_sketch.max_memory allows 1 MB \| Use fewer components, or raise ntk_sketch.max_memory.$', 'and for choosing them');
RESET ntk_sketch.max_memory;
SELECT is(array_dims(ntk_landmarks(x, 7)), '[1:7][1:1000]', 'with the default both are done') FROM long_rows;

SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_landmarks(x, 10) FROM many, generate_series(1, 1000)'), '<', 0.8::float8, 'statement_timeout stops the reading of rows');
SELECT cmp_ok(stopped_after('SELECT ntk_landmarks(x, 8000) FROM many'), '<', 0.8::float8, 'and the choice of landmarks');
SET LOCAL statement_timeout = 0;
SELECT is(ntk_landmarks(x, 25), l, 'afterwards the session chooses the same as before') FROM samples, chosen GROUP BY l;

SELECT * FROM finish();
ROLLBACK;
