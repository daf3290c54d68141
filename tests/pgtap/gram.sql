-- The aggregate ntk_gram and the arithmetic of statistics, against sums in plain SQL.

BEGIN;
SELECT plan(113);

\ir include/difference.sql

-- The same sums in plain SQL, of rows of a table (z float8[], y float8[], w float8).
CREATE FUNCTION product_sum(rows_of text, a text, b text) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
	result float8[];
BEGIN
	EXECUTE format('SELECT array_agg(line ORDER BY i) FROM (
						SELECT i, array_agg(total ORDER BY j) AS line FROM (
							SELECT i, j, sum(w * e * f) AS total FROM %s, unnest(%s) WITH ORDINALITY AS u (e, i), unnest(%s) WITH ORDINALITY AS v (f, j)
							GROUP BY i, j) AS t GROUP BY i) AS l', rows_of, a, b) INTO result;
	RETURN result;
END $$;
CREATE FUNCTION element_sum(rows_of text, a text) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
	result float8[];
BEGIN
	EXECUTE format('SELECT array_agg(total ORDER BY i) FROM (SELECT i, sum(w * e) AS total FROM %s, unnest(%s) WITH ORDINALITY AS u (e, i) GROUP BY i) AS t',
				   rows_of, a) INTO result;
	RETURN result;
END $$;
CREATE FUNCTION plain_difference(g ntk_gram, rows_of text) RETURNS float8 LANGUAGE sql AS $$
	SELECT greatest(difference(feature_sum, element_sum(rows_of, 'z')), difference(gram, product_sum(rows_of, 'z', 'z')),
					difference(target_sum, element_sum(rows_of, 'y')), difference(feature_target, product_sum(rows_of, 'z', 'y')),
					difference(target, product_sum(rows_of, 'y', 'y')))
	FROM ntk_moments(g)
$$;

-- deterministic rows of features, rounded so that they are the same in real and double precision
CREATE FUNCTION features(width int, i int) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(floor(1000 * sin(i * 12.9898 + j * 78.233 + i * j)) / 1024) FROM generate_series(1, width) AS j';

CREATE TABLE samples (id int, z float8[], y float8[], w float8);
INSERT INTO samples SELECT i, features(5, i), ARRAY[i % 7, sin(i), -1], (i % 4) * 0.5 FROM generate_series(1, 300) AS i;
CREATE VIEW unweighted AS SELECT id, z, y, 1 AS w FROM samples;
CREATE VIEW one_target AS SELECT id, z, y[1:1] AS y, w FROM samples;
CREATE VIEW unweighted_one_target AS SELECT id, z, y[1:1] AS y, 1 AS w FROM samples;

-- sums

SELECT cmp_ok(plain_difference(ntk_gram(z, y[1]), 'unweighted_one_target'), '<', 1e-12::float8, 'double precision[], one target') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z::real[], y[1]), 'unweighted_one_target'), '<', 1e-12::float8, 'real[], one target') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z, y), 'unweighted'), '<', 1e-12::float8, 'double precision[], several targets') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z::real[], y), 'unweighted'), '<', 1e-12::float8, 'real[], several targets') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z, y[1], w), 'one_target'), '<', 1e-12::float8, 'double precision[], one target, weights') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z::real[], y[1], w), 'one_target'), '<', 1e-12::float8, 'real[], one target, weights') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z, y, w), 'samples'), '<', 1e-12::float8, 'double precision[], several targets, weights') FROM samples;
SELECT cmp_ok(plain_difference(ntk_gram(z::real[], y, w), 'samples'), '<', 1e-12::float8, 'real[], several targets, weights') FROM samples;
SELECT cmp_ok(difference(ntk_gram(z, y, w ORDER BY id DESC), ntk_gram(z, y, w)), '<', 1e-12::float8, 'the order of rows does not matter') FROM samples;

SELECT results_eq('SELECT (ntk_moments(ntk_gram(z, y))).* FROM (VALUES (''{1,2}''::float8[], 3::float8), (''{-1,5}'', 10)) AS v (z, y)',
				  $$VALUES ('{0,7}'::float8[], '{{2,-3},{-3,29}}'::float8[], '{13}'::float8[], '{{-7},{56}}'::float8[], '{{109}}'::float8[])$$,
				  'the sums of two rows, by hand');

-- accessors

SELECT results_eq('SELECT ntk_rows(g), ntk_skipped(g), ntk_width(g), ntk_targets(g), ntk_weight(g), ntk_feature_map(g) IS NULL
				   FROM (SELECT ntk_gram(z, y, w) AS g FROM samples) AS s',
				  'VALUES (300::bigint, 0::bigint, 5, 3, 225::float8, true)', 'accessors');
SELECT is(ntk_weight(ntk_gram(z, y)), 300::float8, 'rows without weights have the weight 1') FROM samples;
SELECT is(ntk_rows(NULL::ntk_gram), NULL, 'of NULL: NULL');
SELECT ok(ntk_moments(NULL) IS NULL, 'also the moments');

-- block sizes: rows wait in blocks of 64 to 256

SELECT cmp_ok(difference(ntk_gram(z, y), sum(alone)), '<', 1e-12::float8, format('%s rows of width %s', n, width))
FROM unnest('{1,63,64,65,255,256,257,1000}'::int[]) AS n, unnest('{1,3,64,300}'::int[]) AS width,
	LATERAL (SELECT features(width, i) AS z, i % 5 - 2.5::float8 AS y,
					(SELECT ntk_gram(z, y) FROM (VALUES (features(width, i), i % 5 - 2.5::float8)) AS v (z, y)) AS alone
			 FROM generate_series(1, n) AS i) AS r
WHERE n * width <= 20000
GROUP BY n, width ORDER BY n, width;
SELECT results_eq('SELECT ntk_rows(ntk_gram(features(300, i), i)) FROM generate_series(1, 257) AS i', 'VALUES (257::bigint)', 'blocks and a row');

-- with a map

CREATE TEMP TABLE maps AS SELECT ntk_map(5, 40, 2, seed => 3, bias => 0.5) AS map;
SELECT cmp_ok(difference((ntk_moments(ntk_gram(z, y, map))).gram, (ntk_moments(ntk_gram(ntk_sketch(z, map), y))).gram), '<', 1e-6::float8,
			  'a statistic with a map is that of the features') FROM samples, maps;
SELECT cmp_ok(difference((ntk_moments(ntk_gram(z::real[], y, map, w))).feature_target, (ntk_moments(ntk_gram(ntk_sketch(z, map), y, w))).feature_target), '<', 1e-6::float8,
			  'also with weights and real[]') FROM samples, maps;
SELECT cmp_ok(difference(ntk_gram(z, y[2], map, w), ntk_gram(z, y[2:2], map, w)), '<', 1e-15::float8, 'one target as a number or as an array') FROM samples, maps;
SELECT is(ntk_feature_map(ntk_gram(z, y, map)), map, 'it says which map') FROM samples, maps GROUP BY map;
SELECT is(ntk_width(ntk_gram(z, y, map)), 40, 'its width is the number of components') FROM samples, maps;
SELECT cmp_ok(difference(ntk_gram(z, y, map), (SELECT ntk_gram(z, y, ntk_map(5, 40, 2, seed => 3, bias => 0.5)) FROM samples)), '<', 1e-15::float8,
			  'the map may come from a table or a constant') FROM samples, maps;

-- rows that are left out

CREATE TEMP TABLE gaps (z float8[], y float8, w float8);
INSERT INTO gaps VALUES ('{1,2}', 3, 1), (NULL, 3, 1), ('{1,2}', NULL, 1), ('{1,2}', 3, NULL), ('{3,4}', 5, 4), (NULL, NULL, NULL);
SELECT results_eq('SELECT ntk_rows(g), ntk_skipped(g), ntk_weight(g) FROM (SELECT ntk_gram(z, y, w) AS g FROM gaps) AS s',
				  'VALUES (2::bigint, 4::bigint, 5::float8)', 'rows with a NULL are skipped and counted');
SELECT results_eq('SELECT ntk_rows(g), ntk_skipped(g) FROM (SELECT ntk_gram(z, y, ntk_map(2, 4)) AS g FROM gaps) AS s',
				  'VALUES (3::bigint, 3::bigint)', 'also with a map');
SELECT results_eq('SELECT ntk_rows(g), ntk_skipped(g), ntk_width(g), ntk_targets(g), ntk_weight(g), ntk_moments(g) IS NULL
				   FROM (SELECT ntk_gram(z, y, w) AS g FROM gaps WHERE y IS NULL) AS s',
				  'VALUES (0::bigint, 2::bigint, 0, 0, 0::float8, true)', 'nothing but NULLs gives a statistic of no rows');
SELECT ok((SELECT ntk_gram(z, y) FROM gaps WHERE false) IS NULL, 'no input gives NULL');
SELECT ok((SELECT sum(g) FROM (SELECT ntk_gram(z, y) AS g FROM gaps GROUP BY z HAVING false) AS s) IS NULL, 'a sum of nothing is NULL');
SELECT ok((SELECT sum(NULL::ntk_gram) FROM gaps) IS NULL, 'so is a sum of NULLs');
SELECT results_eq('SELECT ntk_rows(g), ntk_weight(g), (ntk_moments(g)).feature_sum FROM (SELECT ntk_gram(z, y, 0) AS g FROM gaps) AS s',
				  $$VALUES (3::bigint, 0::float8, '{0,0}'::float8[])$$, 'rows of weight zero count as rows and add nothing');
SELECT is(ntk_rows(ntk_gram(z, y) FILTER (WHERE id % 3 = 0)), 100::bigint, 'FILTER') FROM samples;
SELECT is((SELECT array_agg(ntk_rows((SELECT ntk_gram(z, y) FROM samples WHERE id % n = 0)) ORDER BY n) FROM generate_series(1, 3) AS n),
		  '{300,150,100}'::bigint[], 'correlated sub-queries');
SELECT cmp_ok(difference(ntk_gram(z, y[1]), ntk_gram(z, y[1]) FILTER (WHERE id <= 300)), '<', 1e-15::float8, 'several aggregates in a query') FROM samples;
SELECT results_eq('SELECT ntk_rows(a), ntk_weight(a), ntk_rows(b), ntk_rows(c) FROM (
					SELECT ntk_gram(z, y, w) AS a, ntk_gram(z, y, w) AS b, ntk_gram(DISTINCT z, y, w) AS c FROM samples CROSS JOIN generate_series(1, 2)) AS s',
				  'VALUES (600::bigint, 450::float8, 600::bigint, 300::bigint)', 'aggregates that share a state, and one of DISTINCT rows');

-- arithmetic

CREATE TEMP TABLE statistics AS SELECT id % 3 AS part, ntk_gram(z, y, w) AS g FROM samples GROUP BY 1;
CREATE TEMP TABLE whole AS SELECT ntk_gram(z, y, w) AS g FROM samples;
SELECT cmp_ok(difference(sum(g), (SELECT g FROM whole)), '<', 1e-12::float8, 'a sum of statistics is that of all rows') FROM statistics;
SELECT cmp_ok(difference(sum(CASE WHEN part > 0 THEN g END), (SELECT g FROM whole) - (SELECT g FROM statistics WHERE part = 0)), '<', 1e-8::float8,
			  'sums leave out NULLs; a difference is the rest') FROM statistics;
SELECT cmp_ok(difference(a.g + b.g + c.g, whole.g), '<', 1e-12::float8, 'so is the result of +')
FROM statistics a, statistics b, statistics c, whole WHERE a.part = 0 AND b.part = 1 AND c.part = 2;
SELECT cmp_ok(difference(a.g + b.g, b.g + a.g), '=', 0::float8, '+ commutes') FROM statistics a, statistics b WHERE a.part = 0 AND b.part = 1;
SELECT cmp_ok(difference(whole.g - a.g, (SELECT sum(g) FROM statistics WHERE part > 0)), '<', 1e-8::float8, '- leaves the rest')
FROM whole, statistics a WHERE a.part = 0;
SELECT results_eq('SELECT ntk_rows(g - g), ntk_weight(g - g), (ntk_moments(g - g)).feature_sum, (ntk_moments(g - g)).target FROM whole',
				  $$VALUES (0::bigint, 0::float8, '{0,0,0,0,0}'::float8[], '{{0,0,0},{0,0,0},{0,0,0}}'::float8[])$$, 'subtracting all leaves zeros');
SELECT is((ntk_moments(whole.g - c.g - a.g - b.g)).gram, array_fill(0::float8, ARRAY[5, 5]), 'also in parts, without a residue of rounding')
FROM whole, statistics a, statistics b, statistics c WHERE a.part = 0 AND b.part = 1 AND c.part = 2;
SELECT ok(g + NULL IS NULL, 'NULL added') FROM whole;
SELECT ok(NULL - g IS NULL, 'NULL less a statistic') FROM whole;
SELECT results_eq('SELECT ntk_rows(g + n), ntk_skipped(g + n), ntk_rows(n + g), ntk_skipped(g + n - n), ntk_width(n + n)
				   FROM (SELECT ntk_gram(z, y) AS g FROM gaps) AS s, (SELECT ntk_gram(z, y) AS n FROM gaps WHERE y IS NULL) AS t',
				  'VALUES (3::bigint, 5::bigint, 3::bigint, 3::bigint, 0)', 'skipped rows are added and subtracted');
SELECT throws_ok('SELECT (SELECT g FROM statistics WHERE part = 0) - g FROM whole', '22000', 'cannot subtract a statistic of 300 rows from one of 100',
				 'more rows than there are cannot be subtracted');

SELECT results_eq('SELECT ntk_rows(g + g), ntk_weight(g + g), ntk_weight(g + g - g), ntk_rows(g), ntk_weight(g) FROM whole',
				  'VALUES (600::bigint, 450::float8, 225::float8, 300::bigint, 225::float8)', 'operands stay as they were');
SELECT results_eq('SELECT ntk_weight(s + s), ntk_weight(s), ntk_weight(s - s + s) FROM (SELECT a.g + b.g AS s FROM statistics a, statistics b
				   WHERE a.part = 0 AND b.part = 1 OFFSET 0) AS q', 'VALUES (300::float8, 150::float8, 150::float8)', 'also those that were just computed');
SELECT results_eq('SELECT ntk_weight(s + s), ntk_weight(s) FROM (SELECT ntk_gram(z, y, w) AS s FROM samples OFFSET 0) AS q',
				  'VALUES (450::float8, 225::float8)', 'and aggregated');
SELECT results_eq('SELECT ntk_weight(ntk_gram(z, y, w) + ntk_gram(z, y, w)), ntk_weight(ntk_gram(z, y, w)) FROM samples', 'VALUES (450::float8, 225::float8)',
				  'the same aggregate twice in an expression');

-- running sums

SELECT is_empty('SELECT * FROM (
					SELECT id, ntk_gram(z, y, w) OVER o AS g, count(*) OVER o AS n, sum(w) OVER o AS weight, sum(w * z[1]) OVER o AS first
					FROM samples WINDOW o AS (ORDER BY id)) AS s
				 WHERE ntk_rows(g) <> n OR abs(ntk_weight(g) - weight) > 1e-9 OR abs((ntk_moments(g)).feature_sum[1] - first) > 1e-9',
				'a window aggregate holds the rows so far');
SELECT is_empty('SELECT * FROM (
					SELECT id, ntk_gram(z, y, w) OVER o AS g, count(*) OVER o AS n, sum(w) OVER o AS weight
					FROM samples WINDOW o AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)) AS s
				 WHERE ntk_rows(g) <> n OR abs(ntk_weight(g) - weight) > 1e-9', 'a window of three rows');
SELECT is_empty('SELECT * FROM (
					SELECT id, sum(one) OVER o AS g, count(*) OVER o AS n, sum(w) OVER o AS weight
					FROM (SELECT id, w, ntk_gram(z, y, w) AS one FROM samples GROUP BY id, w) AS s WINDOW o AS (ORDER BY id)) AS s
				 WHERE ntk_rows(g) <> n OR abs(ntk_weight(g) - weight) > 1e-9', 'a running sum of statistics');
CREATE TEMP TABLE running AS SELECT id, ntk_gram(z, y, w) OVER (ORDER BY id) AS g, sum(w) OVER (ORDER BY id) AS weight FROM samples;
SELECT is_empty('SELECT id FROM running WHERE ntk_rows(g) <> id OR abs(ntk_weight(g) - weight) > 1e-9', 'stored, every row keeps its own');

-- storage, text and binary forms

UPDATE statistics SET g = g + (SELECT ntk_gram(z, y, w) FROM samples WHERE id <= 10) WHERE part = 0;
SELECT is(ntk_rows(g), 110::bigint, 'a stored statistic is updated') FROM statistics WHERE part = 0;
SELECT cmp_ok(difference(g::text::ntk_gram, g), '=', 0::float8, 'text form') FROM whole;
SELECT is(g::text::ntk_gram::text, g::text, 'reads back to the last digit') FROM whole;
SELECT is(ntk_gram(z, y, map)::text::ntk_gram::text, ntk_gram(z, y, map)::text, 'with a map') FROM samples, maps;
SELECT is(ntk_skipped(ntk_gram(z, y)::text::ntk_gram), 2::bigint, 'without rows') FROM gaps WHERE y IS NULL;
\ir include/scratch_file.sql
CREATE TEMP TABLE copied (LIKE statistics);
DO $$BEGIN
	EXECUTE format('COPY statistics TO %L (FORMAT binary)', scratch_file());
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', scratch_file());
END$$;
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test_gram.bin';
SELECT bag_eq('SELECT part, g::text FROM copied', 'SELECT part, g::text FROM statistics', 'binary COPY');

-- functions, grouping

DO $$
DECLARE
	total ntk_gram;
	one record;
BEGIN
	FOR one IN SELECT g FROM statistics WHERE part > 0 ORDER BY part LOOP
		total := coalesce(total + one.g, one.g);
	END LOOP;
	FOR i IN 1..5 LOOP
		total := total + total - total;
	END LOOP;
	CREATE TEMP TABLE looped AS SELECT total AS g;
END $$;
SELECT cmp_ok(difference((SELECT g FROM looped), sum(g)), '<', 1e-12::float8, 'a loop in PL/pgSQL') FROM statistics WHERE part > 0;
CREATE FUNCTION rows_of_parts(a ntk_gram, b ntk_gram) RETURNS bigint LANGUAGE sql AS 'SELECT ntk_rows($1 + $2) + ntk_rows($1) - ntk_rows($1)';
SELECT is(rows_of_parts(g, g + g), 900::bigint, 'an SQL function') FROM whole;

SELECT results_eq('SELECT id % 2, id % 3, ntk_rows(ntk_gram(z, y, w)), ntk_weight(ntk_gram(z, y, w))::numeric FROM samples GROUP BY ROLLUP (1, 2) ORDER BY 1, 2',
				  'SELECT id % 2, id % 3, count(*), sum(w)::numeric FROM samples GROUP BY ROLLUP (1, 2) ORDER BY 1, 2', 'ROLLUP');
SELECT results_eq('SELECT id % 2, id % 3, ntk_rows(ntk_gram(z, y)) FROM samples GROUP BY GROUPING SETS ((1), (2), ()) ORDER BY 1, 2',
				  'SELECT id % 2, id % 3, count(*) FROM samples GROUP BY GROUPING SETS ((1), (2), ()) ORDER BY 1, 2', 'GROUPING SETS');
SELECT throws_ok('SELECT DISTINCT g FROM whole', '42883', 'could not identify an equality operator for type ntk_gram', 'statistics are not compared');
SELECT throws_ok('SELECT g FROM whole ORDER BY g', '42883', 'could not identify an ordering operator for type ntk_gram', 'nor ordered');

-- errors

SELECT throws_ok('SELECT ntk_gram(' || arguments || ')', code, message, description)
FROM (VALUES
	('''{}''::float8[], 1', '2202E', 'phi must not be empty', 'no features'),
	('''{{1,2}}''::float8[], 1', '2202E', 'phi must be a one-dimensional array', 'a matrix of features'),
	('''{1,NULL}''::float8[], 1', '22004', 'element 2 of phi is null', 'a NULL feature'),
	('''{1,NaN}''::real[], 1', '22003', 'element 2 of phi must be finite, not NaN', 'a feature NaN'),
	('''{1}''::float8[], ''Infinity''::float8', '22003', 'y must be finite, not Infinity', 'an infinite target'),
	('''{1}''::float8[], ''{1,NaN}''::float8[]', '22003', 'element 2 of y must be finite, not NaN', 'a target NaN among several'),
	('''{1}''::float8[], ''{NULL}''::float8[]', '22004', 'element 1 of y is null', 'a NULL target among several'),
	('''{1}''::float8[], ''{}''::float8[]', '2202E', 'y must not be empty', 'no targets'),
	('''{1}''::float8[], 1, -0.5', '22023', 'weight must not be negative, not -0.5', 'a negative weight'),
	('''{1}''::float8[], 1, ''NaN''::float8', '22003', 'weight must be finite, not NaN', 'a weight NaN'),
	('''{1}''::float8[], 1, ''Infinity''::float8', '22003', 'weight must be finite, not Infinity', 'an infinite weight'),
	('''{1e200}''::float8[], 1', '22003', 'a sum of the statistic exceeds the range of type double precision', 'overflow'),
	('''{1}''::float8[], 1, ntk_map(2, 4)', '22000', 'x has length 1, the feature map expects 2', 'a row too short for the map'),
	('''{1,NULL}''::float8[], 1, ntk_map(2, 4)', '22004', 'element 2 of x is null', 'a NULL element of a row'),
	('''{1,2}''::float8[], 1, NULL::ntk_map', '22004', 'map must not be null', 'no map')) AS v (arguments, code, message, description);
SELECT throws_ok($$SELECT ntk_gram(z, y) FROM (VALUES ('{1,2}'::float8[], 1), ('{1,2,3}', 1)) AS v (z, y)$$, '22000',
				 'phi has length 3, the statistic expects 2', 'rows of different lengths');
SELECT throws_ok($$SELECT ntk_gram(z, y) FROM (VALUES ('{1,2}'::float8[], '{1,2}'::float8[]), ('{1,2}', '{1}')) AS v (z, y)$$, '22000',
				 'y has length 1, the statistic expects 2', 'different numbers of targets');
SELECT throws_ok($$SELECT ntk_gram('{1,2}'::float8[], 1, ntk_map(2, 4, seed => i)) FROM generate_series(1, 2) AS i$$, '22000',
				 'statistics of different feature maps cannot be combined', 'a map that changes from row to row');
SELECT throws_ok($$SELECT ntk_gram('{1,2}'::float8[], 1, ntk_map(2, 4 + i)) FROM generate_series(1, 2) AS i$$, '22000',
				 'statistics of 5 and of 6 features cannot be combined', 'a width that changes from row to row');

SELECT throws_ok(format('SELECT _ntk_gram_%s', call), '0A000', format('function _ntk_gram_%s is a part of aggregates', split_part(call, '(', 1)), 'outside of an aggregate: ' || call)
FROM (VALUES ('accumulate(NULL, ''{1}''::float8[], 1)'), ('accumulate(NULL, ''{1,2}''::real[], 1, ntk_map(2, 4))'), ('class_accumulate(NULL, ''{1}''::float8[], 1, 2)'),
			 ('combine(ntk_gram(''{1}''::float8[], 1), ntk_gram(''{1}''::float8[], 1))')) AS v (call);

SELECT * FROM finish();
ROLLBACK;
