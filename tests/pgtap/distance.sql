-- Kernels of the distance: values, maps with them and their forms, models against the equations of
-- kernel ridge regression, gradients and metrics, errors.

BEGIN;
SELECT plan(146);
SET LOCAL jit = off;

\ir include/difference.sql
\ir include/error_of.sql
\ir include/plan_of.sql
\ir include/scratch_file.sql
\ir include/receive_map.sql
\ir include/forge.sql

CREATE FUNCTION dot(a float8[], b float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT sum(x * y) FROM unnest(a, b) AS u (x, y)';
CREATE FUNCTION by_hand(x float8[], y float8[], bandwidth float8, exponent float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	'SELECT exp(-power(sqrt(sum((a - b) ^ 2)) / bandwidth, exponent)) FROM unnest(x, y) AS u (a, b)';

-- rows of small multiples of 1/64, which are the same in real and double precision
CREATE TABLE samples AS
SELECT id, x, sin(2 * x[1]) + x[2] * x[3] + 0.1 * x[4] AS y
FROM (SELECT i AS id, (SELECT array_agg((floor(64 * 1.5 * sin(i * j * 0.7 + j * j)) / 64)::float8 ORDER BY j) FROM generate_series(1, 4) AS j) AS x
	  FROM generate_series(1, 400) AS i) AS s;
ANALYZE samples;
CREATE FUNCTION landmarks(count int) RETURNS float8[] LANGUAGE sql STABLE AS
	'SELECT array_agg(x ORDER BY id) FROM samples WHERE id <= count';
CREATE TABLE kernels (kernel text, bandwidth float8, exponent float8);
INSERT INTO kernels VALUES ('gaussian', 1, 2), ('gaussian', 0.3, 2), ('laplace', 2, 1), ('laplace', 0.1, 1), ('gamma_exponential', 1.5, 0.5), ('gamma_exponential', 2, 1.5);

-- ntk_kernel

SELECT cmp_ok(max(abs(ntk_kernel(a.x, b.x, kernel, bandwidth, exponent) - by_hand(a.x, b.x, bandwidth, exponent))), '<', 1e-15::float8,
			  format('%s, bandwidth %s, exponent %s', kernel, bandwidth, exponent))
FROM kernels, samples AS a, samples AS b WHERE a.id <= 20 AND b.id BETWEEN 10 AND 40 GROUP BY kernel, bandwidth, exponent ORDER BY 1;
SELECT is_empty('SELECT FROM kernels, samples AS a, samples AS b WHERE a.id <= 20 AND b.id <= 20 AND ntk_kernel(a.x, b.x, kernel, bandwidth, exponent) <> ntk_kernel(b.x, a.x, kernel, bandwidth, exponent)', 'they are symmetric');
SELECT is_empty('SELECT FROM kernels, samples WHERE ntk_kernel(x, x, kernel, bandwidth, exponent) <> 1', 'and 1 of equal rows');
SELECT is(ntk_kernel('{1,2}'::float8[], '{1,5}', kernel, 3), want, 'the exponent of ' || kernel)
FROM (VALUES ('gaussian', exp(-1::float8)), ('laplace', exp(-1::float8)), ('gamma_exponential', exp(-1::float8))) AS v (kernel, want);
SELECT cmp_ok(abs(ntk_kernel('{1,2}'::float8[], '{1,4}', kernel, 1) - exp(-power(2::float8, exponent))), '<', 1e-16::float8, format('that of %s is %s', kernel, exponent))
FROM (VALUES ('gaussian', 2), ('laplace', 1), ('gamma_exponential', 1.5)) AS v (kernel, exponent);
SELECT is(k, exp(-2::float8), 'rows of type ' || type)
FROM (VALUES ('real[]', ntk_kernel('{0,3}'::real[], '{0,5}'::real[], 'laplace', 1)), ('integer[]', ntk_kernel('{0,3}'::int[], '{0,5}'::int[], 'laplace', 1)),
	('numeric[]', ntk_kernel('{0,3}'::numeric[], '{0,5}'::numeric[], 'laplace', 1)), ('array constructors', ntk_kernel(ARRAY[0, 3], ARRAY[0, 5], 'laplace', 1.0)),
	('decimals', ntk_kernel(ARRAY[0, 3.5], ARRAY[0, 5.5], 'laplace', 1)), ('both', ntk_kernel('{0,3}'::real[], '{0,5}'::float8[], 'laplace', 1)),
	('a name', ntk_kernel(x => '{0,3}'::int[], y => '{0,5}'::int[], kernel => 'gamma_exponential', bandwidth => 1, exponent => 1))) AS v (type, k);
SELECT is(ntk_kernel('{0,0}'::float8[], '{1e300,1e300}', 'laplace', 1), 0::float8, 'rows far apart');
SELECT is(ntk_kernel('{1.7e308}'::float8[], '{-1.7e308}', 'gaussian', 1), 0::float8, 'beyond double precision');
SELECT is(ntk_kernel('{0,0}'::float8[], '{3e300,4e300}', 'laplace', 5e300), exp(-1::float8), 'squares do not overflow');
SELECT is(k, NULL, 'NULL ' || what)
FROM (VALUES ('x', ntk_kernel(NULL::real[], '{1}'::real[], 'laplace', 1)), ('y', ntk_kernel('{1}'::real[], NULL::real[], 'laplace', 1)),
	('kernel', ntk_kernel('{1}'::real[], '{1}'::real[], NULL, 1)), ('bandwidth', ntk_kernel('{1}'::real[], '{1}'::real[], 'laplace', NULL::float8))) AS v (what, k);
SELECT is(ntk_kernel('{0}'::real[], '{1}'::real[], 'laplace', 1, NULL), exp(-1::float8), 'a NULL exponent is none');
SELECT is(ntk_kernel('{1,2}'::real[], '{2,-1}'::real[], 1, 'nngp'), ntk_kernel('{1,2}'::real[], '{2,-1}'::real[], kernel => 'nngp'), 'dot-product kernels take a depth');

SELECT is(error_of('SELECT ' || call), message, description)
FROM (VALUES
	('ntk_kernel(ARRAY[1], ARRAY[2], kernel => ''laplace'')', 'kernel "laplace" needs a bandwidth | Use ntk_kernel(x, y, kernel, bandwidth), or ntk_nystrom(landmarks, kernel, bandwidth).', 'no bandwidth'),
	('ntk_kernel(ARRAY[1], ARRAY[2], 2, ''gaussian'')', 'kernel "gaussian" needs a bandwidth | Use ntk_kernel(x, y, kernel, bandwidth), or ntk_nystrom(landmarks, kernel, bandwidth).', 'a depth'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''laplace'', 0)', 'bandwidth must be positive and finite, not 0', 'bandwidth 0'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''laplace'', -1)', 'bandwidth must be positive and finite, not -1', 'a negative one'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''laplace'', float8 ''NaN'')', 'bandwidth must be positive and finite, not NaN', 'NaN'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''laplace'', float8 ''Infinity'')', 'bandwidth must be positive and finite, not Infinity', 'an infinite one'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''gamma_exponential'', 1, 0)', 'exponent must be positive and at most 2, not 0', 'exponent 0'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''gamma_exponential'', 1, 2.5)', 'exponent must be positive and at most 2, not 2.5', 'exponent 2.5'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''gamma_exponential'', 1, float8 ''NaN'')', 'exponent must be positive and at most 2, not NaN', 'exponent NaN'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''laplace'', 1, 1.5)', 'the exponent of kernel "laplace" is 1, not 1.5 | Use the kernel "gamma_exponential".', 'another exponent'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''ntk'', 1.0)', 'kernel "ntk" has no bandwidth | Kernels of the distance have one: "gaussian", "laplace", "gamma_exponential".', 'a dot-product kernel'),
	('ntk_kernel(ARRAY[1], ARRAY[2], ''rbf'', 1.0)', 'unknown kernel "rbf" | Known: "ntk", "nngp", "gaussian", "laplace", "gamma_exponential".', 'an unknown kernel'),
	('ntk_kernel(ARRAY[1], ARRAY[2, 3], ''laplace'', 1)', 'y has length 2, the first row expects 1', 'rows of different lengths'),
	('ntk_nystrom(landmarks(3), kernel => ''laplace'')', 'kernel "laplace" needs a bandwidth | Use ntk_kernel(x, y, kernel, bandwidth), or ntk_nystrom(landmarks, kernel, bandwidth).', 'landmarks without a bandwidth'),
	('ntk_nystrom(landmarks(3), 1, 0, ''laplace'', ''{1,1,1,1}'')', 'kernel "laplace" needs a bandwidth | Use ntk_kernel(x, y, kernel, bandwidth), or ntk_nystrom(landmarks, kernel, bandwidth).', 'and with a metric'),
	('ntk_nystrom(landmarks(3), ''laplace'', -2)', 'bandwidth must be positive and finite, not -2', 'landmarks with a negative one'),
	('ntk_nystrom(landmarks(3), ''gaussian'', 1, 1)', 'the exponent of kernel "gaussian" is 2, not 1 | Use the kernel "gamma_exponential".', 'another exponent of a map'),
	('ntk_nystrom(landmarks(3), ''nngp'', 1)', 'kernel "nngp" has no bandwidth | Kernels of the distance have one: "gaussian", "laplace", "gamma_exponential".', 'a map of a dot-product kernel'),
	('ntk_nystrom(''{1,2}''::real[], ''laplace'', 1)', 'landmarks must be a two-dimensional array, one row per landmark | It has 1 dimensions.', 'one-dimensional landmarks'),
	('ntk_nystrom(landmarks(3), ''laplace'', 1, metric => ''{1,2}'')', 'landmarks have length 4, the space of the metric has 2 dimensions | Use landmarks from ntk_landmarks(x, k, seed, metric) with the same metric.', 'a metric of other inputs'),
	('ntk_map(4, kernel => ''laplace'')', 'method "zonal" does not have the kernel "laplace" | Use ntk_nystrom(landmarks, kernel, bandwidth), with landmarks from the aggregate ntk_landmarks(x, k).', 'zonal'),
	('ntk_map(4, kernel => ''gaussian'', method => ''random_features'')', 'method "random_features" does not have the kernel "gaussian" | Use ntk_nystrom(landmarks, kernel, bandwidth), with landmarks from the aggregate ntk_landmarks(x, k).', 'random features'),
	('ntk_map(4, kernel => ''laplace'', method => ''nystrom'')', 'method "nystrom" needs landmarks | Use ntk_nystrom(landmarks), with landmarks from the aggregate ntk_landmarks(x, k).', 'no landmarks'),
	('ntk_sketch(''{1e39,0,0,0}''::float8[], ntk_nystrom(landmarks(3), ''laplace'', 1))', 'a feature exceeds the range of type real | Rescale x: its norm is too large.', 'a row beyond type real')) AS v (call, message, description);

-- the forms of a map

CREATE TABLE maps AS SELECT kernel, bandwidth, exponent, ntk_nystrom(landmarks(30), kernel, bandwidth, exponent) AS map FROM kernels;
SELECT is(ntk_nystrom('{{1}}'::real[], 'gamma_exponential', 2.5)::text,
		  '{"method": "nystrom", "kernel": "gamma_exponential", "bandwidth": 2.5, "exponent": 1.5, "input_dim": 1, "n_components": 1, "depth": 1, "seed": 0, "bias": 0, "options": {}, "landmarks": "AACAPw=="}', 'text');
SELECT is(ntk_nystrom('{{1}}'::real[])::text,
		  '{"method": "nystrom", "kernel": "ntk", "input_dim": 1, "n_components": 1, "depth": 1, "seed": 0, "bias": 0, "options": {}, "landmarks": "AACAPw=="}', 'that of dot-product kernels has no bandwidth');
SELECT is_empty('SELECT FROM maps WHERE map::text::ntk_map <> map', 'text and back');
SELECT is_empty('SELECT FROM maps WHERE receive(_ntk_map_send(map)) <> map', 'binary and back');
SELECT is(map::text::ntk_map, map, 'with a bandwidth of all digits') FROM (SELECT ntk_nystrom(landmarks(3), 'gamma_exponential', 1 / 3::float8, 0.1 / 3::float8) AS map) AS m;
SELECT is((json || '"landmarks": "AACAPw=="}')::ntk_map, ntk_nystrom('{{1}}'::real[], kernel, 2), 'the exponent may be missing: ' || kernel)
FROM (SELECT kernel, format('{"method": "nystrom", "kernel": "%s", "bandwidth": 2, "input_dim": 1, "n_components": 1, ', kernel) AS json FROM unnest('{gaussian,laplace,gamma_exponential}'::text[]) AS kernel) AS v;
SELECT is((SELECT count(DISTINCT ntk_fingerprint(map)) FROM (SELECT map FROM maps UNION ALL SELECT ntk_nystrom(landmarks(30))) AS m), 7::bigint, 'fingerprints tell kernels, bandwidths and exponents apart');
SELECT isnt(ntk_nystrom(landmarks(3), 'laplace', 1), ntk_nystrom(landmarks(3), 'laplace', 1.0000000000000002), 'to the last digit');
SELECT lives_ok(format('COPY maps TO %L', scratch_file()), 'COPY');
CREATE TABLE copied (LIKE maps);
SELECT lives_ok(format('COPY copied FROM %L', scratch_file()), 'and back');
SELECT is((SELECT count(*) FROM maps JOIN copied USING (kernel, bandwidth) WHERE maps.map = copied.map), 6::bigint, 'gives the same maps');
SELECT is(m, ntk_nystrom('{{1,2}}'::real[], 'laplace', 1), 'landmarks of type ' || type)
FROM (VALUES ('double precision[]', ntk_nystrom('{{1,2}}'::float8[], 'laplace', 1)), ('integer[]', ntk_nystrom('{{1,2}}'::int[], 'laplace', 1)), ('numeric[]', ntk_nystrom('{{1,2}}'::numeric[], 'laplace', 1.0)),
	('array constructors', ntk_nystrom(ARRAY[[1, 2]], kernel => 'laplace', bandwidth => 1)), ('numeric constructors', ntk_nystrom(ARRAY[[1, 2.0]], 'laplace', 1, 1))) AS v (type, m);
SELECT is(m, NULL, 'NULL ' || what)
FROM (VALUES ('landmarks', ntk_nystrom(NULL::real[], 'laplace', 1)), ('kernel', ntk_nystrom('{{1}}'::real[], NULL, 1)), ('bandwidth', ntk_nystrom('{{1}}'::real[], 'laplace', NULL::float8))) AS v (what, m);
SELECT is(ntk_nystrom('{{1}}'::real[], 'laplace', 1, NULL::float8, NULL::float8[]), ntk_nystrom('{{1}}'::real[], 'laplace', 1), 'a NULL exponent and a NULL metric are none');

SELECT is(error_of(format('SELECT %L::ntk_map', replace(json, '{', '{"method": "nystrom", "input_dim": 1, "n_components": 1, "landmarks": "AACAPw==", '))), message, description)
FROM (VALUES
	('{"kernel": "laplace"}', 'kernel "laplace" needs a bandwidth | Use ntk_kernel(x, y, kernel, bandwidth), or ntk_nystrom(landmarks, kernel, bandwidth).', 'JSON without a bandwidth'),
	('{"kernel": "laplace", "bandwidth": 0}', 'bandwidth must be positive and finite, not 0', 'a bandwidth of 0'),
	('{"kernel": "laplace", "bandwidth": "1"}', 'bandwidth must be a number', 'a string'),
	('{"kernel": "laplace", "bandwidth": 1, "exponent": 0}', 'exponent must be positive and at most 2, not 0', 'an exponent of 0'),
	('{"kernel": "laplace", "bandwidth": 1, "exponent": 2}', 'the exponent of kernel "laplace" is 1, not 2 | Use the kernel "gamma_exponential".', 'another exponent'),
	('{"kernel": "ntk", "bandwidth": 1}', 'kernel "ntk" has no bandwidth | Kernels of the distance have one: "gaussian", "laplace", "gamma_exponential".', 'a bandwidth of ntk'),
	('{"kernel": "nngp", "exponent": 1}', 'kernel "nngp" has no exponent | Kernels of the distance have one: "gaussian", "laplace", "gamma_exponential".', 'an exponent of nngp'),
	('{"kernel": "laplace", "bandwidth": 1, "bias": 1}', 'bias must be 0 for kernel "laplace", not 1 | A bias does not change distances.', 'a bias'),
	('{"kernel": "laplace", "bandwidth": 1, "depth": 2}', 'depth must be 1 for kernel "laplace", not 2 | Kernels of the distance have no layers.', 'a depth')) AS v (json, message, description);
SELECT is(error_of('SELECT ''{"shape": [4,4,1], "kernel": "laplace"}''::ntk_map'), 'the kernel of a map of images must be "ntk", not "laplace"', 'images');

CREATE TEMP TABLE sent AS SELECT _ntk_map_send(ntk_nystrom('{{1,2}}'::real[], 'laplace', 2)) AS bytes;
SELECT is(receive(forge(bytes, 68, '\x0000000000000840', true)), ntk_nystrom('{{1,2}}'::real[], 'laplace', 3), 'what is forged here is right') FROM sent;
SELECT is(error_of(format('SELECT receive(%L)', forge(bytes, place, patch, true))), message, 'a forged map: ' || description)
FROM sent, (VALUES
	(13, '\x05'::bytea, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'an unknown kernel'),
	(13, '\x02', 'the exponent of kernel "gaussian" is 2, not 1 | Use the kernel "gamma_exponential".', 'another kernel'),
	(13, '\x00', 'invalid or damaged ntk_map value | A field of its map is out of range.', 'a dot-product kernel'),
	(12, '\x00', 'method "zonal" does not have the kernel "laplace" | Use ntk_nystrom(landmarks, kernel, bandwidth), with landmarks from the aggregate ntk_landmarks(x, k).', 'another method'),
	(14, '\x01', 'invalid or damaged ntk_map value | A field of its map is out of range.', 'a padding'),
	(24, '\x02', 'depth must be 1 for kernel "laplace", not 2 | Kernels of the distance have no layers.', 'a depth'),
	(60, '\x000000000000f03f', 'bias must be 0 for kernel "laplace", not 1 | A bias does not change distances.', 'a bias'),
	(68, '\x00000000000000c0', 'bandwidth must be positive and finite, not -2', 'a negative bandwidth'),
	(68, '\x000000000000f87f', 'bandwidth must be positive and finite, not NaN', 'a bandwidth NaN'),
	(76, '\x0000000000000000', 'exponent must be positive and at most 2, not 0', 'no exponent'),
	(76, '\x0000000000000040', 'the exponent of kernel "laplace" is 1, not 2 | Use the kernel "gamma_exponential".', 'another exponent'),
	(84, '\x01', 'invalid or damaged ntk_map value | A field of its map is out of range.', 'a pooling')) AS v (place, patch, message, description);
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test.bin';

-- features

SELECT cmp_ok(max(abs(dot(ntk_sketch(a.x, map)::float8[], ntk_sketch(b.x, map)::float8[]) - by_hand(a.x, b.x, bandwidth, exponent))), '<', 1e-5::float8,
			  format('features of landmarks have the kernel as products: %s, bandwidth %s', kernel, bandwidth))
FROM maps, samples AS a, samples AS b WHERE a.id <= 15 AND b.id BETWEEN 10 AND 30 GROUP BY kernel, bandwidth, exponent ORDER BY kernel, bandwidth;
SELECT cmp_ok(max(abs(dot(z, z))), '<', 1.00001::float8, format('no feature is too long: %s, bandwidth %s', kernel, bandwidth))
FROM (SELECT kernel, bandwidth, ntk_sketch(x, map)::float8[] AS z FROM maps, samples) AS s GROUP BY kernel, bandwidth ORDER BY kernel, bandwidth;
CREATE FUNCTION moved(x float8[], h float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT array_agg(e + h ORDER BY i) FROM unnest(x) WITH ORDINALITY AS u (e, i)';
SELECT cmp_ok(max(difference(ntk_sketch(x, here)::float8[], ntk_sketch(moved(x, 4096), there)::float8[])), '<', 1e-4::float8, 'rows and landmarks may be anywhere')
FROM (SELECT ntk_nystrom(landmarks(30), 'laplace', 1) AS here, ntk_nystrom((SELECT array_agg(moved(x, 4096) ORDER BY id) FROM samples WHERE id <= 30), 'laplace', 1) AS there) AS m, samples;
SELECT cmp_ok(abs(dot(z, z) - 1), '<', 1e-5::float8, 'a zero row is a row, and a zero landmark a landmark')
FROM (SELECT ntk_sketch('{0,0,0,0}'::real[], ntk_nystrom(landmarks(10) || '{0,0,0,0}', 'laplace', 1))::float8[] AS z) AS s;
SELECT is(ntk_sketch('{2,4}', '{0.5,-1}'::real[], map), ntk_sketch('{0,0.5,0,-1}'::real[], map), 'sparse rows') FROM maps WHERE kernel = 'laplace' LIMIT 1;
SELECT is(ntk_sketch('{1,2,0,3}'::int[], map), ntk_sketch('\x01020003'::bytea, map), 'bytes') FROM maps WHERE kernel = 'laplace' LIMIT 1;

-- Models. With all rows as landmarks, f(x) - sum_i K(x, x_i) r_i / mu is the intercept for every x,
-- with r the residuals, which add to 0, and mu the penalty.

CREATE TABLE fitted AS
SELECT kernel, bandwidth, exponent, model, 0.01 * (30 - total / 30) / 30 AS mu
FROM (SELECT kernel, bandwidth, exponent, ntk_ridge(x, y, 0.01, map) AS model FROM maps, samples WHERE id <= 30 GROUP BY kernel, bandwidth, exponent) AS m,
	LATERAL (SELECT sum(ntk_kernel(a.x, b.x, kernel, bandwidth, exponent)) AS total FROM samples AS a, samples AS b WHERE a.id <= 30 AND b.id <= 30) AS t;
CREATE TABLE intercepts AS
SELECT kernel, bandwidth, s.id, ntk_predict(model, s.x) - (SELECT sum(ntk_kernel(s.x, x, kernel, bandwidth, exponent) * (y - ntk_predict(model, x))) FROM samples WHERE id <= 30) / mu AS intercept
FROM fitted, samples AS s WHERE s.id <= 80;
SELECT cmp_ok(max(intercept) - min(intercept), '<', 1e-3::float8, format('predictions are those of kernel ridge regression: %s, bandwidth %s', kernel, bandwidth))
FROM intercepts GROUP BY kernel, bandwidth ORDER BY kernel, bandwidth;
SELECT cmp_ok(abs(avg(y - ntk_predict(model, x))), '<', 1e-6::float8, format('residuals add to 0: %s, bandwidth %s', kernel, bandwidth))
FROM fitted, samples WHERE id <= 30 GROUP BY kernel, bandwidth ORDER BY kernel, bandwidth;

-- rows that fill their space, where gradients have a meaning
CREATE TABLE spread AS
SELECT id, x, sin(2 * x[1]) + x[2] * x[3] + 0.1 * x[4] AS y
FROM (SELECT i AS id, (SELECT array_agg((3 * (i * sqrt(p) - floor(i * sqrt(p))) - 1.5)::float8 ORDER BY p) FROM unnest('{2,3,5,7}'::int[]) AS p) AS x FROM generate_series(1, 1200) AS i) AS s;
CREATE TABLE learned AS
SELECT kernel, ntk_solve(ntk_gram(x, y, map), 1e-4) AS model
FROM (SELECT kernel, ntk_nystrom(landmarks, kernel, 2.5) AS map
	  FROM (SELECT ntk_landmarks(x, 200) AS landmarks FROM spread WHERE id % 4 > 0) AS l, unnest('{gaussian,laplace,gamma_exponential}'::text[]) AS kernel) AS m, spread
WHERE id % 4 > 0 GROUP BY kernel;
SELECT cmp_ok(ntk_r2(y, ntk_predict(model, x)), '>', 0.95::float8, kernel || ' learns a function') FROM learned, spread WHERE id % 4 = 0 GROUP BY kernel ORDER BY kernel;
SELECT cmp_ok(max(abs(ntk_predict(model, x) - ntk_predict(model::text::ntk_model, x))), '=', 0::float8, 'models keep their map') FROM learned, spread WHERE id <= 20;

CREATE TABLE many AS SELECT id, x, y FROM samples, generate_series(1, 20);
ANALYZE many;
CREATE TEMP TABLE serial AS SELECT ntk_gram(x, y, (SELECT map FROM maps WHERE kernel = 'laplace' AND bandwidth = 2)) AS g FROM many;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT ntk_gram(x, y, (SELECT map FROM maps WHERE kernel = ''laplace'' AND bandwidth = 2)) FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan');
CREATE TEMP TABLE parallel AS SELECT ntk_gram(x, y, (SELECT map FROM maps WHERE kernel = 'laplace' AND bandwidth = 2)) AS g FROM many;
SELECT cmp_ok(difference(s.g, p.g), '<', 1e-9::float8, 'the same statistic') FROM serial AS s, parallel AS p;
SET LOCAL max_parallel_workers_per_gather = 0;

-- gradients and metrics

CREATE FUNCTION slopes(model ntk_model, x float8[], h float8 = 3e-2) RETURNS float8[] LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg((ntk_predict(model, x[:j - 1] || x[j] + h || x[j + 1:]) - ntk_predict(model, x[:j - 1] || x[j] - h || x[j + 1:])) / (2 * h) ORDER BY j) FROM generate_series(1, cardinality(x)) AS j
$$;
SELECT cmp_ok(percentile_disc(0.9) WITHIN GROUP (ORDER BY difference(ntk_gradient(model, x), slopes(model, x))), '<', 1e-2::float8, 'gradients are those of predictions: ' || kernel)
FROM learned, spread WHERE id % 4 = 0 GROUP BY kernel ORDER BY kernel;
SELECT is_empty('SELECT FROM learned, spread WHERE array_position(ntk_gradient(model, x), NULL) IS NOT NULL OR ''NaN'' = ANY (ntk_gradient(model, x))', 'on landmarks, too');
CREATE TABLE agops AS SELECT kernel, ntk_agop(model, x) AS m FROM learned, spread GROUP BY kernel;
SELECT cmp_ok(m[4][4], '<', 0.1 * m[1][1], kernel || ' knows which inputs matter') FROM agops ORDER BY kernel;
CREATE FUNCTION by_diagonal(s float8[], x float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
	'SELECT array_agg(sqrt(a) * b ORDER BY i) FROM unnest(s, x) WITH ORDINALITY AS u (a, b, i)';
SELECT cmp_ok(max(abs(dot(ntk_sketch(a.x, map)::float8[], ntk_sketch(b.x, map)::float8[])
				  - by_hand(by_diagonal(ntk_metric(map), a.x), by_diagonal(ntk_metric(map), b.x), 2, 1))), '<', 1e-5::float8, 'with a metric, distances are in it')
FROM (SELECT ntk_with_metric(ntk_nystrom(landmarks(30), 'laplace', 2), '{1,2,0.5,0.5}') AS map) AS m, samples AS a, samples AS b WHERE a.id <= 20 AND b.id <= 20;
SELECT cmp_ok(max(difference(ntk_sketch(x, a)::float8[], ntk_sketch(x, b)::float8[])), '<', 1e-4::float8, 'landmarks in the space of a metric')
FROM (SELECT b, ntk_nystrom((SELECT array_agg(by_diagonal(ntk_metric(b), x) ORDER BY id) FROM samples WHERE id <= 30), 'laplace', 2, metric => '{1,2,0.5,0.5}') AS a
	  FROM (SELECT ntk_with_metric(ntk_nystrom(landmarks(30), 'laplace', 2), '{1,2,0.5,0.5}') AS b) AS m) AS m, samples WHERE id <= 60;
CREATE TABLE refitted AS
SELECT kernel, ntk_ridge(x, y, 1e-4, map) AS model
FROM (SELECT kernel, ntk_nystrom(ntk_landmarks(x, 200, 0, m), kernel, 2.5, metric => m) AS map FROM agops, spread WHERE id % 4 > 0 GROUP BY kernel, m) AS n, spread
WHERE id % 4 > 0 GROUP BY kernel;
SELECT cmp_ok(ntk_r2(y, ntk_predict(model, x)), '>', 0.97::float8, kernel || ' learns in its metric') FROM refitted, spread WHERE id % 4 = 0 GROUP BY kernel ORDER BY kernel;
SELECT is(ntk_gradient(model, x), ntk_gradient(model::text::ntk_model, x), 'a gradient in a metric') FROM refitted, spread WHERE id = 4 AND kernel = 'laplace';

SELECT * FROM finish();
ROLLBACK;
