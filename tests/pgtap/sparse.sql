-- Sparse rows: the same as dense ones in features, statistics and predictions; the reduction of
-- long inputs; learning from a million inputs; rows in the types of pgvector.

BEGIN;
SELECT plan(319);
SET LOCAL jit = off;

\ir include/difference.sql
\ir include/error_of.sql

CREATE FUNCTION dense(dim int, indices int[], "values" float8[]) RETURNS float8[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	x float8[] := array_fill(0::float8, ARRAY[dim]);
BEGIN
	FOR k IN 1 .. cardinality(indices) LOOP
		x[indices[k]] := x[indices[k]] + "values"[k];
	END LOOP;
	RETURN x;
END $$;
CREATE FUNCTION dot(a real[], b real[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT sum(x::float8 * y) FROM unnest(a, b) AS u (x, y)';

-- Rows of 0 to 7 entries in 20 places, in ascending order, the values small multiples of 1/64.
CREATE TABLE samples AS
SELECT id, i, v, dense(20, i, v) AS x, coalesce((SELECT sum(e) FROM unnest(v) AS e), 0) + id % 3 AS y, 1 + id % 2 AS w
FROM (SELECT id, coalesce(array_agg(place ORDER BY place) FILTER (WHERE kept), '{}') AS i,
		  coalesce(array_agg(floor(100 * sin(id + place)) / 64 ORDER BY place) FILTER (WHERE kept), '{}')::float8[] AS v
	  FROM generate_series(1, 600) AS id, generate_series(1, 20) AS place, LATERAL (SELECT (id * 7919 + place * place * 104729) % 13 < id % 7 AS kept) AS k
	  GROUP BY id) AS s;
ANALYZE samples;
SELECT results_eq('SELECT min(cardinality(i)), bool_or(cardinality(i) > 6) FROM samples', 'VALUES (0, true)', 'rows with and without entries');

CREATE TABLE maps AS
SELECT method || CASE WHEN options = '{}' THEN '' ELSE ' ' || options END || CASE WHEN bias = 0 THEN '' ELSE ' with bias' END AS name,
	ntk_map(20, 50, 2, method, 5, bias, 'ntk', options::jsonb) AS map
FROM (VALUES ('zonal', '{}'), ('zonal', '{"base_dim": 64}'), ('polysketch', '{}'), ('polysketch', '{"layered": true}')) AS v (method, options), unnest('{0,1}'::float8[]) AS bias
UNION ALL SELECT 'nystrom', ntk_nystrom(array_agg(x ORDER BY id), 2) FROM samples WHERE id <= 50
UNION ALL SELECT 'nystrom with bias', ntk_nystrom(array_agg(x ORDER BY id), 2, 1) FROM samples WHERE id <= 50;

-- features

SELECT is((SELECT array_agg(id) FROM samples WHERE id <= 200 AND ntk_sketch(i, v, map) IS DISTINCT FROM ntk_sketch(x, map)), NULL, 'features of sparse and dense rows: ' || name) FROM maps;
SELECT is((SELECT array_agg(id) FROM samples WHERE id <= 50 AND ntk_sketch(i, v::real[], map) IS DISTINCT FROM ntk_sketch(x, map)), NULL, 'values of type real: ' || name) FROM maps;
SELECT is(ntk_sketch('{}'::int[], '{}'::float8[], map), ntk_sketch(array_fill(0::real, '{20}'), map), 'no entries are a zero row: ' || name) FROM maps;
SELECT is(ntk_sketch('{4,7}'::int[], '{0,0}'::float8[], map), ntk_sketch('{}'::int[], '{}'::real[], map), 'so are entries of 0: ' || name) FROM maps;
SELECT is(ntk_sketch('{}'::int[], '{}'::float8[], map), array_fill(0::real, '{50}'), 'whose features are 0: ' || name) FROM maps WHERE name NOT LIKE '%bias';
SELECT isnt(ntk_sketch('{}'::int[], '{}'::float8[], map), array_fill(0::real, '{50}'), 'and are not: ' || name) FROM maps WHERE name LIKE '%bias';
SELECT is(ntk_sketch('{7,2,19}'::int[], '{1,-2,0.5}'::float8[], map), ntk_sketch('{2,7,19}'::int[], '{-2,1,0.5}'::float8[], map), 'entries in any order: ' || name) FROM maps;
SELECT is(ntk_sketch('{7,2,7,2,7}'::int[], '{1,-2,0.25,2,0.25}'::float8[], map), ntk_sketch('{7}'::int[], '{1.5}'::float8[], map), 'values of equal indices are added: ' || name) FROM maps;
SELECT is(ntk_sketch('[0:1]={3,5}'::int[], '[7:8]={1,2}'::float8[], map), ntk_sketch('{3,5}'::int[], '{1,2}'::real[], map), 'lower bounds do not matter') FROM maps WHERE name = 'zonal';
SELECT is(ntk_sketch(map => map, "values" => '{1,2}'::real[], indices => '{3,5}'), ntk_sketch('{3,5}'::int[], '{1,2}'::real[], map), 'arguments by name') FROM maps WHERE name = 'zonal';
SELECT is((SELECT count(*) FROM samples AS a JOIN samples AS b ON b.id = a.id + 1 WHERE a.id < 20 AND ntk_sketch(array_cat(a.i, b.i), array_cat(a.v, b.v), map)
			   <> ntk_sketch((SELECT array_agg(p + q) FROM unnest(a.x, b.x) AS u (p, q)), map)), 0::bigint, 'a sum of rows is their entries, one after the other') FROM maps WHERE name = 'zonal';
SELECT is_empty($$SELECT s.id FROM samples AS s JOIN (SELECT row_number() OVER (ORDER BY name) AS n, map FROM maps) AS m ON n = 1 + s.id % 10
				  WHERE s.id < 40 AND ntk_sketch(i, v, map) <> ntk_sketch(x, map)$$, 'another map in every row');
PREPARE features (int[], float8[], ntk_map) AS SELECT ntk_sketch($1, $2, $3);
SELECT results_eq(format('EXECUTE features(''{1,3}'', ''{2,4}'', %L)', map), format('SELECT ntk_sketch(dense(20, ''{1,3}'', ''{2,4}''), %L::ntk_map)', map), 'parameters: ' || name) FROM maps WHERE name LIKE 'zonal%';

-- long inputs, which are reduced: dense and sparse rows alike

CREATE TEMP TABLE long_rows AS
SELECT id, i, v, dense(100000, i, v) AS x
FROM (SELECT id, array_agg(place ORDER BY place) AS i, array_agg(floor(100 * sin(place)) / 64 ORDER BY place)::float8[] AS v
	  FROM generate_series(1, 4) AS id, LATERAL (SELECT DISTINCT (id * 7919 + n * 104729) % 100000 + 1 AS place FROM generate_series(1, (10 ^ id / 2)::int) AS n) AS p GROUP BY id) AS s;
CREATE TEMP TABLE long_maps AS
SELECT name, ntk_map(100000, 40, method => method, seed => 7, bias => bias, options => options) AS map
FROM (VALUES ('zonal', 'zonal', 0, '{}'::jsonb), ('zonal with bias', 'zonal', 1, '{}'), ('polysketch', 'polysketch', 0, '{}'), ('polysketch with bias', 'polysketch', 1, '{"layered": true}'),
	  ('base_dim 1000', 'zonal', 0.5, '{"base_dim": 1000}'), ('base_dim 0', 'zonal', 1, '{"base_dim": 0}')) AS v (name, method, bias, options);
SELECT is((SELECT array_agg(id) FROM long_rows WHERE ntk_sketch(i, v, map) IS DISTINCT FROM ntk_sketch(x, map)), NULL, 'long rows, sparse and dense: ' || name) FROM long_maps;
SELECT is((SELECT array_agg(id) FROM long_rows WHERE ntk_sketch(i, v::real[], map) IS DISTINCT FROM ntk_sketch(x::real[], map)), NULL, 'of type real: ' || name) FROM long_maps;
SELECT is(ntk_sketch('{}'::int[], '{}'::float8[], map), ntk_sketch(array_fill(0::real, '{100000}'), map), 'a long row of zeros: ' || name) FROM long_maps;
SELECT cmp_ok(max(difference(ntk_sketch(i, v, map)::float8[], ntk_sketch(backward, backward_v, map)::float8[])), '<', 1e-5::float8, 'entries in any order: ' || name)
FROM long_rows, long_maps, LATERAL (SELECT array_agg(p ORDER BY p DESC) AS backward, array_agg(q ORDER BY p DESC) AS backward_v FROM unnest(i, v) AS u (p, q)) AS b GROUP BY name ORDER BY name;
SELECT is(ntk_sketch('{99999,3,99999}'::int[], '{1,2,3}'::float8[], map), ntk_sketch('{3,99999}'::int[], '{2,4}'::float8[], map), 'values of equal indices are added: ' || name) FROM long_maps;
SELECT isnt(ntk_sketch('{1}'::int[], '{1}'::float8[], map), ntk_sketch('{100000}'::int[], '{1}'::float8[], map), 'the first and the last place: ' || name) FROM long_maps;
SELECT cmp_ok(abs(avg(product) - kernel), '<', 4 * stddev(product) / sqrt(count(*)) + 0.02, 'the mean product of reduced rows is the kernel')
FROM generate_series(1, 200) AS seed, LATERAL (SELECT ntk_map(100000, 256, seed => seed, options => '{"base_dim": 256, "degree": 8}') AS map OFFSET 0) AS m,
	LATERAL (SELECT dot(ntk_sketch('{5,70000,99}'::int[], '{1,1,1}'::real[], map), ntk_sketch('{70000,12345,99}'::int[], '{1,-1,1}'::real[], map)) AS product) AS p,
	LATERAL (SELECT ntk_kernel('{1,1,1,0}'::real[], '{0,1,1,-1}'::real[]) AS kernel) AS k GROUP BY kernel;
SELECT isnt(ntk_sketch('{5}'::int[], '{1}'::real[], a), ntk_sketch('{5}'::int[], '{1}'::real[], b), 'another seed, another reduction') FROM (SELECT ntk_map(100000, 40, seed => 1) AS a, ntk_map(100000, 40, seed => 2) AS b) AS m;

-- the option base_dim

SELECT is((map::text::jsonb -> 'options' ->> 'base_dim')::int, wanted, description)
FROM (VALUES
	(ntk_map(9), 0, 'short inputs are not reduced'), (ntk_map(4096), 0, 'nor are those of length 4096'), (ntk_map(4097), 4096, 'longer ones are'),
	(ntk_map(4096, bias => 1), 4096, 'the bias counts'), (ntk_map(1048576, 16000), 16384, 'to no less than the number of components, rounded up to a power of two'),
	(ntk_map(10000, 5000), 8192, '8192 for 5000 components'), (ntk_map(8000, 5000), 0, 'which are too many to reduce 8000 inputs'),
	(ntk_map(100000, method => 'polysketch'), 4096, 'also by polysketch'), (ntk_map(9, options => '{"base_dim": 64}'), 64, 'short ones if asked for'),
	(ntk_map(100000, options => '{"base_dim": 65536}'), 65536, 'a base of 65536'), (ntk_map(100000, options => '{"base_dim": 0}'), 0, '0 switches the reduction off')) AS v (map, wanted, description);
SELECT is(map::text::ntk_map, map, 'the text form reads back as the same map: ' || name) FROM long_maps;
SELECT is('{"input_dim": 100000, "options": {"base_dim": 500}}'::ntk_map, ntk_map(100000, options => '{"base_dim": 500}'), 'base_dim in JSON');
SELECT is(ntk_map(100000, options => '{"base_dim": 4096}'), ntk_map(100000), 'the default given');
SELECT is((SELECT count(DISTINCT ntk_fingerprint(ntk_map(100000, options => format('{"base_dim": %s}', base)::jsonb))) FROM unnest('{0,64,65,4096,65536}'::int[]) AS base), 5::bigint, 'every base is another map');
SELECT is(error_of(format('SELECT ntk_map(100000, method => %L, options => ''{"base_dim": %s}'')', method, base)), message, format('base_dim %s, %s', base, method))
FROM (VALUES ('63', 'base_dim must be between 64 and 65536, not 63'), ('65537', 'base_dim must be between 64 and 65536, not 65537'), ('-1', 'base_dim must be between 64 and 65536, not -1'),
	  ('-2147483648', 'base_dim must be between 64 and 65536, not -2147483648'),
	  ('3000000000', 'base_dim must be between 64 and 65536, not 2147483647'),
	  ('64.5', 'base_dim must be an integer, not 64.5'), ('"64"', 'base_dim must be a number')) AS v (base, message),
	unnest('{zonal,polysketch}'::text[]) AS method;

-- A long map costs what its base costs, and a row its entries.

SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is(cardinality(ntk_sketch('{1048576}'::int[], '{1}'::real[], ntk_map(1048576, 16))), 16, 'a map of a million inputs in a megabyte');
SELECT matches(error_of($$SELECT ntk_sketch('{1048576}'::int[], '{1}'::real[], ntk_map(1048576, 16, options => '{"base_dim": 0}'))$$),
			   '^the feature map needs [0-9]+ MB of memory, ntk_sketch.max_memory allows 1 MB \| Use fewer components, or raise ntk_sketch.max_memory.$', 'not without the reduction');
RESET ntk_sketch.max_memory;

-- statistics

CREATE FUNCTION check_grams(name text, map ntk_map) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT cmp_ok(greatest(difference(ntk_gram(i, v, y, map), ntk_gram(x, y, map)), difference(ntk_gram(i, v::real[], y, map), ntk_gram(x::real[], y, map))),
					   '<', 1e-12::float8, 'statistics of sparse and dense rows: ' || name) FROM samples;
	RETURN NEXT cmp_ok(greatest(difference(ntk_gram(i, v, y, map, w), ntk_gram(x, y, map, w)), difference(ntk_gram(i, v::real[], y, map, w), ntk_gram(x::real[], y, map, w))),
					   '<', 1e-12::float8, 'weights: ' || name) FROM samples;
	RETURN NEXT cmp_ok(greatest(difference(ntk_gram(i, v, ARRAY[y, 1, -y], map), ntk_gram(x, ARRAY[y, 1, -y], map)),
								difference(ntk_gram(i, v::real[], ARRAY[y, 1, -y], map), ntk_gram(x::real[], ARRAY[y, 1, -y], map))),
					   '<', 1e-12::float8, 'several targets: ' || name) FROM samples;
	RETURN NEXT cmp_ok(greatest(difference(ntk_gram(i, v, ARRAY[y, 1, -y], map, w), ntk_gram(x, ARRAY[y, 1, -y], map, w)),
								difference(ntk_gram(i, v::real[], ARRAY[y, 1, -y], map, w), ntk_gram(x::real[], ARRAY[y, 1, -y], map, w))),
					   '<', 1e-12::float8, 'several targets, weights: ' || name) FROM samples;
END $$;
SELECT check_grams(name, map) FROM maps WHERE name IN ('zonal with bias', 'zonal {"base_dim": 64}', 'polysketch', 'nystrom with bias');
SELECT cmp_ok(difference(ntk_gram(i, v, id, map), ntk_gram(x, id, map)), '<', 1e-12::float8, 'of long rows: ' || name) FROM long_rows, long_maps GROUP BY name;
SELECT cmp_ok(difference((SELECT ntk_gram(i, v, y, map) FROM samples WHERE id % 2 = 0) + (SELECT ntk_gram(x, y, map) FROM samples WHERE id % 2 = 1), (SELECT ntk_gram(x, y, map) FROM samples)), '<', 1e-12::float8,
			  'statistics of sparse and of dense rows add up: ' || name) FROM maps WHERE name IN ('zonal', 'nystrom');
SELECT results_eq($$SELECT ntk_rows(g), ntk_skipped(g), ntk_weight(g) FROM (
						SELECT ntk_gram(CASE WHEN id % 5 <> 0 THEN i END, CASE WHEN id % 7 <> 0 THEN v END, CASE WHEN id % 11 <> 0 THEN y END, map, CASE WHEN id % 13 <> 0 THEN w END) AS g
						FROM samples, maps WHERE name = 'zonal') AS s$$,
				  'SELECT count(*) FILTER (WHERE complete), count(*) FILTER (WHERE NOT complete), (sum(w) FILTER (WHERE complete))::float8
				   FROM samples, LATERAL (SELECT id % 5 <> 0 AND id % 7 <> 0 AND id % 11 <> 0 AND id % 13 <> 0 AS complete) AS c', 'rows with a NULL are skipped and counted');
SELECT results_eq($$SELECT ntk_rows(g), ntk_skipped(g), ntk_width(g) FROM (SELECT ntk_gram(NULL::int[], v, y, map) AS g FROM samples, maps WHERE name = 'zonal') AS s$$, 'VALUES (0::bigint, 600::bigint, 0)', 'also all of them');
SELECT ok((SELECT ntk_gram(i, v, y, map) FROM samples, maps WHERE false) IS NULL, 'no rows, no statistic');
SELECT is((SELECT count(*) FROM (SELECT id / 3 AS part, ntk_gram(i, v, y, map) AS s, ntk_gram(x, y, map) AS d FROM samples, maps WHERE name = 'zonal' GROUP BY 1) AS g WHERE NOT difference(s, d) < 1e-12), 0::bigint, 'groups');

\ir include/plan_of.sql
CREATE TABLE many AS SELECT 600 * copy + id AS id, i, v, x, y + copy AS y, w FROM samples, generate_series(1, 15) AS copy;
ANALYZE many;
CREATE TABLE one_map AS SELECT map FROM maps WHERE name = 'zonal {"base_dim": 64}';
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT ntk_gram(x, ARRAY[y, 2], (SELECT map FROM one_map), w) AS g FROM many;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT ntk_gram(i, v, ARRAY[y, 2], (SELECT map FROM one_map), w) FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan');
CREATE TEMP TABLE parallel AS SELECT ntk_gram(i, v, ARRAY[y, 2], (SELECT map FROM one_map), w) AS g FROM many;
SELECT cmp_ok(difference(a.g, b.g), '<', 1e-9::float8, 'the same statistic') FROM serial AS a, parallel AS b;
SET LOCAL max_parallel_workers_per_gather = 0;

-- predictions

CREATE TABLE models AS
SELECT name, ntk_ridge(x, y, 1e-3, map) AS one, ntk_ridge(x, ARRAY[y, -y], 1e-3, map) AS two FROM samples, maps GROUP BY name;
SELECT is((SELECT count(*) FROM samples WHERE id <= 100 AND (ntk_predict(one, i, v) <> ntk_predict(one, x) OR ntk_predict(one, i, v::real[]) <> ntk_predict(one, x::real[]))), 0::bigint, 'predictions of sparse and dense rows: ' || name)
FROM models;
SELECT is((SELECT count(*) FROM samples WHERE id <= 100 AND (ntk_predict_all(two, i, v) <> ntk_predict_all(two, x) OR ntk_predict_all(two, i, v::real[]) <> ntk_predict_all(two, x::real[]))), 0::bigint, 'of all targets: ' || name)
FROM models;
SELECT is(ntk_predict(ntk_solve(ntk_gram(i, v, id, map), 0.1), '{3,99999}', '{1,2}'::real[]), ntk_predict(ntk_solve(ntk_gram(i, v, id, map), 0.1), dense(100000, '{3,99999}', '{1,2}')), 'of long rows: ' || name)
FROM long_rows, long_maps GROUP BY name;
SELECT is(ntk_predict(one, NULL::int[], '{1}'::real[]), NULL, 'NULL indices') FROM models WHERE name = 'zonal';
SELECT is(ntk_predict(one, '{1}'::int[], NULL::float8[]), NULL, 'NULL values') FROM models WHERE name = 'zonal';
SELECT is(ntk_predict_all(NULL, '{1}'::int[], '{1}'::float8[]), NULL, 'a NULL model');
SELECT is(ntk_sketch(NULL::int[], '{1}'::real[], map), NULL, 'features of NULL indices') FROM maps WHERE name = 'zonal';
SELECT is(ntk_sketch('{1}'::int[], NULL::real[], map), NULL, 'of NULL values') FROM maps WHERE name = 'zonal';
SELECT is(ntk_sketch('{1}'::int[], '{1}'::real[], NULL::ntk_map), NULL, 'of a NULL map');

-- A million inputs, of which rows hold some twenty. Three of them decide.

CREATE TABLE texts AS
SELECT id, i, array_fill(1::real, ARRAY[cardinality(i)]) AS v, 3 * (123456 = ANY (i))::int + 2 * (654321 = ANY (i))::int * (1000000 = ANY (i))::int + 0.1 * sin(id) AS y
FROM (SELECT id, array_agg(DISTINCT CASE token WHEN 1 THEN 123456 WHEN 2 THEN 654321 WHEN 3 THEN 1000000 ELSE 1 + (token * token * 4999) % 1000000 END) AS i
	  FROM generate_series(1, 1500) AS id, generate_series(1, 60) AS token WHERE hashint4(id * 64 + token) % 3 = 0 GROUP BY id) AS s;
SELECT cmp_ok(avg((y - ntk_predict(model, i, v)) ^ 2), '<', (0.4 * var_pop(y))::float8, 'learns from a million sparse inputs: ' || method)
FROM (SELECT method, ntk_solve(ntk_gram(i, v, y, map), 1e-2) AS model
	  FROM texts, (SELECT method, ntk_map(1000000, 512, method => method) AS map FROM unnest('{zonal,polysketch}'::text[]) AS method OFFSET 0) AS m WHERE id % 3 <> 0 GROUP BY method) AS f, texts
WHERE id % 3 = 0 GROUP BY method ORDER BY method;

-- errors

CREATE TABLE five AS SELECT ntk_map(5, 4) AS map, ntk_map(100000, 4) AS long, ntk_ridge('{1,2,3,4,5}'::real[], 1, 1, ntk_map(5, 4)) AS model, ntk_ridge('{1,2,3,4,5}'::real[], 1, 1) AS plain,
	ntk_ridge('{1,2,3,4,5}'::real[], '{1,2}'::float8[], 1, ntk_map(5, 4)) AS two, ntk_nystrom('{{1,2,3,4,5}}'::real[]) AS nystrom;
SELECT is(error_of(format('SELECT %s FROM five', format(call, arguments))), message, format('%s: %s', call, description))
FROM unnest('{"ntk_sketch(%s, map)","ntk_sketch(%s, nystrom)","ntk_gram(%s, 1, map)","ntk_gram(%s, ''{1,2}''::float8[], map, 1)","ntk_predict(model, %s)","ntk_predict_all(two, %s)"}'::text[]) AS call,
	(VALUES
	('''{1,0}''::int[], ''{1,2}''::real[]', 'element 2 of indices is 0, the feature map expects 1 to 5', 'index 0'),
	('''{-3,1}''::int[], ''{1,2}''::float8[]', 'element 1 of indices is -3, the feature map expects 1 to 5', 'a negative index'),
	('''{1,2,6}''::int[], ''{1,2,3}''::float8[]', 'element 3 of indices is 6, the feature map expects 1 to 5', 'an index beyond input_dim'),
	('''{1,2147483647}''::int[], ''{1,2}''::float8[]', 'element 2 of indices is 2147483647, the feature map expects 1 to 5', 'the largest index'),
	('''{1,NULL}''::int[], ''{1,2}''::float8[]', 'element 2 of indices is null', 'a NULL index'),
	('''{1,2}''::int[], ''{NULL,2}''::real[]', 'element 1 of values is null', 'a NULL value'),
	('''{1,2}''::int[], ''{1}''::float8[]', 'values has length 1, the array of indices expects 2', 'a value too few'),
	('''{1}''::int[], ''{1,2}''::float8[]', 'values has length 2, the array of indices expects 1', 'a value too many'),
	('''{}''::int[], ''{1}''::float8[]', 'values has length 1, the array of indices expects 0', 'no index'),
	('''{{1,2}}''::int[], ''{1,2}''::float8[]', 'indices must be a one-dimensional array | It has 2 dimensions.', 'two-dimensional indices'),
	('''{1,2}''::int[], ''{{1,2}}''::float8[]', 'values must be a one-dimensional array | It has 2 dimensions.', 'two-dimensional values'),
	('''{1,2}''::int[], ''{1,NaN}''::real[]', 'element 2 of values must be finite, not NaN', 'NaN'),
	('''{1,2}''::int[], ''{-Infinity,1}''::float8[]', 'element 1 of values must be finite, not -Infinity', 'an infinity'),
	('''{1,1}''::int[], ''{1e308,1e308}''::float8[]', 'a feature exceeds the range of type real | Rescale x: its norm is too large.', 'a sum beyond double precision')) AS v (arguments, message, description);
SELECT is(error_of(format('SELECT %s FROM five', call)), message, call)
FROM (VALUES
	('ntk_sketch(''{1,100001}''::int[], ''{1,2}''::float8[], long)', 'element 2 of indices is 100001, the feature map expects 1 to 100000'),
	('ntk_sketch(''{100000,0}''::int[], ''{1,2}''::float8[], long)', 'element 2 of indices is 0, the feature map expects 1 to 100000'),
	('ntk_sketch(''{7,7}''::int[], ''{1e308,1.5e308}''::float8[], long)', 'a feature exceeds the range of type real | Rescale x: its norm is too large.'),
	('ntk_predict(plain, ''{1}''::int[], ''{1}''::real[])', 'sparse rows need a model with a feature map'),
	('ntk_predict_all(plain, ''{1}''::int[], ''{1}''::real[])', 'sparse rows need a model with a feature map'),
	('ntk_predict(two, ''{1}''::int[], ''{1}''::real[])', 'the model has 2 targets, ntk_predict returns one | Use ntk_predict_all.'),
	('ntk_gram(''{1}''::int[], ''{1}''::real[], 1, NULL::ntk_map)', 'map must not be null'),
	('ntk_gram(''{1}''::int[], ''{1}''::real[], 1, map, -1)', 'weight must not be negative, not -1 | To take rows out of a statistic, subtract a statistic of them.'),
	('ntk_gram(''{1}''::int[], ''{1}''::real[], ''NaN''::float8, map)', 'y must be finite, not NaN')) AS v (call, message);
SELECT throws_ok('SELECT ' || call || ' FROM five', code, NULL, 'the code of ' || call)
FROM (VALUES ('ntk_sketch(''{0}''::int[], ''{1}''::real[], map)', '2202E'), ('ntk_sketch(''{NULL}''::int[], ''{1}''::real[], map)', '22004'), ('ntk_sketch(''{1}''::int[], ''{NaN}''::real[], map)', '22003'),
	  ('ntk_sketch(''{1}''::int[], ''{}''::real[], map)', '22000'), ('ntk_predict(plain, ''{1}''::int[], ''{1}''::real[])', '22023')) AS v (call, code);

-- pgvector, where there is one

CREATE FUNCTION check_pgvector() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	version text := (SELECT default_version FROM pg_available_extensions WHERE name = 'vector');
BEGIN
	IF version IS NULL THEN
		RETURN NEXT skip('SKIPPED: the extension vector (pgvector) is not available', 4);
		RETURN;
	END IF;
	CREATE EXTENSION IF NOT EXISTS vector;
	CREATE TEMP TABLE vectors AS SELECT x::real[]::vector AS v, x::real[] AS x, y FROM samples;
	RETURN NEXT is((SELECT count(*) FROM vectors, maps WHERE ntk_sketch(v::real[], map) <> ntk_sketch(x, map)), 0::bigint, 'rows of type vector, cast to real[]');
	RETURN NEXT cmp_ok((SELECT difference(ntk_gram(v::real[], y, map), ntk_gram(x, y, map)) FROM vectors, maps WHERE name = 'zonal'), '<', 1e-12::float8, 'also in aggregates');
	RETURN NEXT is((SELECT count(*) FROM vectors, models WHERE ntk_predict(one, v::real[]) <> ntk_predict(one, x)), 0::bigint, 'and in predictions');
	IF string_to_array(version, '.')::int[] < '{0,7}' THEN
		RETURN NEXT skip('SKIPPED: pgvector ' || version || ' has no type sparsevec', 1);
		RETURN;
	END IF;
	RETURN NEXT is((SELECT count(*) FROM vectors, maps WHERE ntk_sketch(v::sparsevec::vector::real[], map) <> ntk_sketch(x, map)), 0::bigint, 'rows of type sparsevec, by its casts');
END $$;
SELECT check_pgvector();

SELECT * FROM finish();
ROLLBACK;
