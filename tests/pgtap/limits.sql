-- Limits on size, memory and time: what is too large is refused before it is allocated, and
-- what takes too long can be stopped.

BEGIN;
SELECT plan(50);

\ir include/error_of.sql
\ir include/stopped_after.sql

CREATE FUNCTION ones(n int) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT array_fill(1::float8, ARRAY[n])';
CREATE TEMP TABLE wide AS
SELECT ntk_gram((SELECT array_agg(sin(i * j)) FROM generate_series(1, 1000) AS j), i) AS g, ntk_gram(ones(3), i) AS narrow FROM generate_series(1, 10) AS i;
CREATE TEMP TABLE wide_text AS SELECT g::text AS t FROM wide;

-- the setting

SELECT is(boot_val || unit, '1048576kB', 'ntk_sketch.max_memory is 1 GB unless it is set') FROM pg_settings WHERE name = 'ntk_sketch.max_memory';
SELECT throws_ok('SET ntk_sketch.max_memory = ''1023kB''', '22023',
				 NULL, 'and at least 1 MB');
SELECT throws_ok('SET ntk_sketch.maximum_memory = 1', '42602', 'invalid configuration parameter name "ntk_sketch.maximum_memory"', 'other settings do not exist');

-- memory

SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT matches(error_of('SELECT ' || query), format('^%s needs [0-9]+ MB of memory, ntk_sketch.max_memory allows 1 MB \| Use fewer components, or raise ntk_sketch.max_memory.$', what),
			   'too little memory: ' || query)
FROM (VALUES
	('ntk_gram(ones(1000), 1)', 'ntk_gram of 1000 features and 1 target'),
	('ntk_gram(ones(1000), ones(7))', 'ntk_gram of 1000 features and 7 targets'),
	('ntk_gram(ones(9), 1, ntk_map(9, 1000))', 'ntk_gram of 1000 features and 1 target'),
	('ntk_ridge(ones(1000), 1, 0.1)', 'ntk_gram of 1000 features and 1 target'),
	('sum(g) FROM wide', 'ntk_gram of 1000 features and 1 target'),
	('g + g FROM wide', 'ntk_gram of 1000 features and 1 target'),
	('t::ntk_gram FROM wide_text', 'ntk_gram of 1000 features and 1 target'),
	('ntk_solve(g, 0.1) FROM wide', 'solving for the model'),
	('ntk_moments(g) FROM wide', 'ntk_moments'),
	('ntk_sketch(ones(60), 16000)', 'the feature map'),
	('ntk_sketch(ones(1000000), ntk_map(1000000, 1, options => ''{"base_dim": 0}''))', 'the feature map')) AS v (query, what);
SELECT throws_ok('SELECT ntk_gram(ones(1000), 1)', '54000', NULL, 'with the code of a limit');
SELECT lives_ok('SELECT ntk_rows(g), ntk_width(g), ntk_weight(g), g::text FROM wide', 'reading needs no more memory');
SELECT lives_ok('SELECT ntk_solve(narrow + narrow, 0.1), ntk_moments(narrow) FROM wide', 'small ones fit');
SET LOCAL ntk_sketch.max_memory = '512MB';
CREATE TEMP TABLE refusal AS SELECT clock_timestamp() AS begun, error_of('SELECT ntk_gram(ones(16000), 1)') AS error, clock_timestamp() AS ended;
SELECT matches(error, '^ntk_gram of 16000 features and 1 target needs [0-9]+ MB of memory, ntk_sketch.max_memory allows 512 MB', 'a gigabyte is refused') FROM refusal;
SELECT cmp_ok(extract(epoch FROM ended - begun)::float8, '<', 0.2::float8, 'before it is allocated and filled with zeros') FROM refusal;

-- a map's numbers and the workspace of its rows are refused together, before they are drawn
CREATE TEMP TABLE landmarks AS SELECT ntk_nystrom(array_agg(x)) AS map FROM (SELECT (SELECT array_agg(sin(i * j)) FROM generate_series(1, 64) AS j) AS x FROM generate_series(1, 4000) AS i) AS s;
SET LOCAL ntk_sketch.max_memory = '1MB';
CREATE TEMP TABLE needed AS SELECT substring(error_of('SELECT ntk_sketch(ones(64), map) FROM landmarks') FROM 'the feature map needs ([0-9]+) MB')::int AS mb;
SELECT cmp_ok(mb, '>=', 4, 'a map of 2 MB with a workspace of 2 MB') FROM needed;
SELECT is(set_config('ntk_sketch.max_memory', mb - 1 || 'MB', true), mb - 1 || 'MB', 'with one MB less than it says') FROM needed;
SELECT matches(error_of('SELECT ntk_sketch(ones(64), map) FROM landmarks'), format('^the feature map needs %s MB', mb), 'it says so again') FROM needed;
SELECT is(set_config('ntk_sketch.max_memory', mb || 'MB', true), mb || 'MB', 'with as much as it says') FROM needed;
SELECT lives_ok('SELECT ntk_rows(ntk_gram(ones(1), 1)), cardinality(ntk_predict_all(ntk_ridge(ones(1), 1, 1), ones(1)))', 'other work is possible');
SELECT is(error_of('SELECT ntk_gram(ones(64), 1, map) FROM landmarks') !~ 'the feature map', true, 'the map is drawn');
RESET ntk_sketch.max_memory;
SELECT lives_ok('SELECT ntk_solve(g + g, 0.1), ntk_moments(g) FROM wide', 'with the default all of it works');

-- sizes

SELECT throws_ok('SELECT ntk_gram(ones(16001), 1)', '22023', 'the number of features must be between 1 and 16000, not 16001', 'too many features');
SELECT throws_ok('SELECT ntk_gram(ones(2), ones(1001))', '22023', 'the number of targets must be between 1 and 1000, not 1001', 'too many targets');
SELECT results_eq('SELECT ntk_width(g), ntk_targets(g), ntk_weight(g) FROM (SELECT ntk_gram(ones(20), ones(1000)) AS g FROM generate_series(1, 70)) AS s',
				  'VALUES (20, 1000, 70::float8)', '1000 targets');
SELECT is(cardinality(ntk_predict_all(ntk_ridge(ones(20), ones(1000), 1), ones(20))), 1000, 'and a model of them');
SELECT is(cardinality(ntk_sketch(ones(3), 16000)), 16000, '16000 components');
SET LOCAL ntk_sketch.max_memory = '3GB';
SELECT results_eq('SELECT ntk_width(g), ntk_targets(g), ntk_weight(g), ntk_rows(g) FROM (SELECT ntk_gram(ones(16000), i) AS g FROM generate_series(1, 300) AS i) AS s',
				  'VALUES (16000, 1, 300::float8, 300::bigint)', 'a statistic of 16000 features');
SELECT is(error_of('SELECT ntk_gram(ones(16000), ones(1000))'), 'ntk_gram of 16000 features and 1000 targets exceeds the maximum size of a value | Use fewer features or fewer targets.',
		  'and not of 1000 targets, too');
RESET ntk_sketch.max_memory;
SELECT results_eq('SELECT ntk_width(g), ntk_targets(g), ntk_weight(g), ntk_rows(g) FROM (SELECT ntk_gram(ones(4000), ones(1000), 2) AS g FROM generate_series(1, 300) AS i) AS s',
				  'VALUES (4000, 1000, 600::float8, 300::bigint)', 'which 4000 features can have');
SELECT is(cardinality(ntk_sketch(ones(1048576), 2)), 2, 'rows of length 1048576');
SELECT throws_ok('SELECT ntk_sketch(ones(1048577), 2)', '22023', 'input_dim must be between 1 and 1048576, not 1048577', 'and not longer');

-- A model that does not fit the cache of prepared models. Its features are constant, so
-- that it takes no time to solve.
SELECT is((SELECT array_agg(ntk_predict_all(m, ones(8800)) = ones(1000)) FROM (
			   SELECT ntk_ridge(ones(8800), ones(1000), 1) AS m FROM generate_series(1, 2) OFFSET 0) AS s, generate_series(1, 3)),
		  '{t,t,t}'::bool[], 'a model of 70 MB predicts');

-- time: statement_timeout stops within half a second

CREATE TEMP TABLE images AS SELECT (SELECT array_agg(sin(i * j)::real) FROM generate_series(1, 784) AS j) AS x, i AS y FROM generate_series(1, 50) AS i;
CREATE TEMP TABLE long_rows AS SELECT (SELECT array_agg(sin(i * j)::real) FROM generate_series(1, 4096) AS j) AS z, i AS y FROM generate_series(1, 50) AS i;
CREATE TEMP TABLE to_solve AS SELECT ntk_gram(x, y, ntk_map(784, 6000)) AS g FROM images WHERE y <= 8;
CREATE TEMP TABLE metrics AS SELECT array_agg(m) AS m FROM (SELECT (SELECT array_agg(exp(-abs(i - j) / 30.0::float8) + (i = j)::int) FROM generate_series(1, 1000) AS j) AS m FROM generate_series(1, 1000) AS i) AS s;
CREATE TEMP TABLE texts AS SELECT ntk_nystrom(array_agg(z))::text AS t FROM (SELECT z FROM long_rows, generate_series(1, 20)) AS s;

SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_gram(x, y, ntk_map(784, 4096)) FROM images, generate_series(1, 10000)'), '<', 0.8::float8, 'an aggregate with a map is stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_gram(z, y) FROM long_rows, generate_series(1, 10000)'), '<', 0.8::float8, 'an aggregate of features is stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_gram(z, ones(1000)) FROM long_rows, generate_series(1, 10000)'), '<', 0.8::float8, 'with many targets, too');
SELECT cmp_ok(stopped_after('SELECT ntk_ridge(z, y, 0.1) FROM long_rows, generate_series(1, 10000)'), '<', 0.8::float8, 'so is ntk_ridge');
SELECT cmp_ok(stopped_after('SELECT ntk_solve(g, 0.1) FROM to_solve'), '<', 0.8::float8, 'a solve is stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_sketch(x, ntk_map(784, 4096)) FROM images, generate_series(1, 10000)'), '<', 0.8::float8, 'a scan that computes features is stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_sketch(ones(4000), ntk_map(4000, 14000, method => ''random_features'', options => ''{"base_dim": 0}''))'), '<', 0.8::float8, 'drawing a map is stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_sketch(ones(4000), ntk_map(4000, 7000, 2, method => ''random_features_leverage'', options => ''{"base_dim": 0}''))'), '<', 0.8::float8, 'of another method, too');
SELECT cmp_ok(stopped_after('SELECT ntk_metric(ntk_with_metric(ntk_map(1000, 10), m)) FROM metrics, generate_series(1, 10)'), '<', 0.8::float8, 'a metric is stopped');
SELECT cmp_ok(stopped_after('SELECT ntk_fingerprint(t::ntk_map), t::ntk_map::text FROM texts, generate_series(1, 100)'), '<', 0.8::float8, 'reading and writing maps is stopped');
SET LOCAL statement_timeout = 0;

SELECT results_eq('SELECT ntk_rows(g), ntk_weight(g) FROM (SELECT ntk_gram(x, y, ntk_map(784, 4096)) AS g FROM images) AS s', 'VALUES (50::bigint, 50::float8)',
				  'afterwards the session aggregates');
SELECT is(ntk_rows(ntk_solve(g, 0.1)), 10::bigint, 'and solves') FROM wide;
SELECT is(ntk_sketch(x, ntk_map(784, 4096)), ntk_sketch(x, 4096), 'and computes features') FROM images WHERE y = 1;

SELECT * FROM finish();
ROLLBACK;
