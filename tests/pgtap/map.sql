-- The type ntk_map: construction, JSON text form, comparison, hashing, binary form, and
-- what it refuses.

BEGIN;
SELECT plan(91);

\ir include/error_of.sql

-- text form

SELECT is(ntk_map(9, 512, 3, 'zonal', -7, 0.25, 'nngp', '{"degree": 6}')::text,
		  '{"method": "zonal", "kernel": "nngp", "input_dim": 9, "n_components": 512, "depth": 3, '
		  '"seed": -7, "bias": 0.25, "options": {"degree": 6, "taper": false, "base_dim": 0}}',
		  'the text form is JSON and names every field');
SELECT is(jsonb_pretty(ntk_map(9)::text::jsonb - 'options'),
		  jsonb_pretty('{"method": "zonal", "kernel": "ntk", "input_dim": 9, "n_components": 1024, '
					   '"depth": 1, "seed": 0, "bias": 0}'), 'the defaults');
SELECT is(ntk_map(9)::text::jsonb -> 'options' -> 'taper', 'true', 'a chosen degree comes with the taper');
SELECT is(ntk_map(9, options => '{"degree": 6, "taper": true}')::text::jsonb -> 'options',
		  '{"degree": 6, "taper": true, "base_dim": 0}', 'a given degree can be tapered');
SELECT is(ntk_map(9, options => '{"taper": false}')::text::jsonb -> 'options' -> 'taper', 'false',
		  'a chosen degree can be cut off');

CREATE TEMP TABLE maps (id int, map ntk_map);
INSERT INTO maps
SELECT row_number() OVER (), map FROM (VALUES
	(ntk_map(9)), (ntk_map(10)), (ntk_map(9, 1023)), (ntk_map(9, depth => 2)), (ntk_map(9, seed => 1)),
	(ntk_map(9, seed => -9223372036854775808)), (ntk_map(9, seed => 9223372036854775807)),
	(ntk_map(9, bias => 0.1)), (ntk_map(9, bias => -1e-300)), (ntk_map(9, kernel => 'nngp')),
	(ntk_map(9, options => '{"degree": 3}')), (ntk_map(9, options => '{"degree": 3, "taper": true}')),
	(ntk_map(1, 1)), (ntk_map(1048576, 16000, 64))) AS v (map);
SELECT is_empty('SELECT id FROM maps WHERE map::text::ntk_map <> map', 'the text form reads back as the same map');
SELECT is_empty('SELECT id FROM maps WHERE ntk_fingerprint(map::text::ntk_map) <> ntk_fingerprint(map)',
				'with the same fingerprint');

SELECT is('{"input_dim": 9}'::ntk_map, ntk_map(9), 'keys that are missing have the defaults of ntk_map()');
SELECT is('{"n_components": 64, "depth": 2, "input_dim": 9, "bias": 0.5, "seed": 3, "kernel": "nngp", "method": "zonal"}'::ntk_map,
		  ntk_map(9, 64, 2, 'zonal', 3, 0.5, 'nngp'), 'the order of keys does not matter');
SELECT is('{"input_dim": 9, "options": {}}'::ntk_map, ntk_map(9), 'options may be empty');
SELECT is(E'\t{ "options" : {"taper":true,\n"degree":5}, "input_dim":9e0 } '::ntk_map,
		  ntk_map(9, options => '{"degree": 5, "taper": true}'), 'white space and number formats do not matter');

-- equality, hashing

SELECT ok(ntk_map(9) = ntk_map(9, 1024, 1, 'zonal', 0, 0, 'ntk', '{}'), 'equal maps are equal');
SELECT ok(NOT ntk_map(9) <> ntk_map(9), 'and not unequal');
SELECT is(ntk_map(9, bias => '-0'), ntk_map(9), 'a bias of -0 is one of 0');
SELECT is(ntk_fingerprint(ntk_map(9, bias => '-0')), ntk_fingerprint(ntk_map(9)), 'with the same fingerprint');
SELECT is('{"input_dim": 9, "bias": -0.0}'::ntk_map, ntk_map(9), 'also in JSON');
SELECT is((SELECT count(*) FROM maps a JOIN maps b ON a.id < b.id AND (a.map = b.map OR NOT a.map <> b.map)),
		  0::bigint, 'maps that differ in any field are unequal');
SELECT is((SELECT count(DISTINCT ntk_fingerprint(map)) FROM maps), (SELECT count(*) FROM maps),
		  'and have different fingerprints');
SELECT matches(ntk_fingerprint(ntk_map(9)), '^[0-9a-f]{16}$', 'a fingerprint is 16 hexadecimal digits');
SELECT is(ntk_map(9) = NULL::ntk_map, NULL, 'comparison with NULL is NULL');
SELECT is(ntk_fingerprint(NULL), NULL, 'so is the fingerprint of NULL');

SELECT is((SELECT array_agg(n ORDER BY n) FROM (SELECT count(*) AS n FROM maps, generate_series(1, 3)
		   WHERE id <= 5 GROUP BY map) AS g), '{3,3,3,3,3}'::bigint[], 'GROUP BY a map');
SELECT is((SELECT count(*) FROM (SELECT DISTINCT map FROM (SELECT map FROM maps UNION ALL SELECT map FROM maps) AS m) AS d),
		  (SELECT count(*) FROM maps), 'DISTINCT maps');
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
\ir include/plan_of.sql
SELECT ok(EXISTS (SELECT FROM plan_of('SELECT a.id FROM maps a JOIN maps b USING (map)') AS line WHERE line LIKE '%Hash Join%'),
		  'maps can be joined by hashing');
SELECT results_eq('SELECT a.id FROM maps a JOIN maps b USING (map) ORDER BY 1', 'SELECT id FROM maps ORDER BY 1',
				  'and find their equals');
RESET enable_mergejoin;
RESET enable_nestloop;
CREATE INDEX ON maps USING hash (map);
SET LOCAL enable_seqscan = off;
SELECT is((SELECT id FROM maps WHERE map = ntk_map(9, depth => 2)), 4, 'a hash index finds a map');
RESET enable_seqscan;

-- NULL arguments

SELECT is(ntk_map(NULL), NULL, 'a NULL dimension gives NULL');
SELECT is(ntk_map(9, options => NULL), NULL, 'so do NULL options');

-- errors: text form

SELECT is(error_of($$SELECT '{"input_dim": 9, "components": 4}'::ntk_map$$),
		  'unknown key "components" in ntk_map | Known: "method", "kernel", "bandwidth", "exponent", "input_dim", "n_components", "depth", "seed", "bias", "options", "metric", "landmarks".',
		  'an unknown key: the known ones are listed');
SELECT is(error_of($$SELECT ntk_map(9, options => '{"degre": 4}')$$),
		  'unknown key "degre" in the options of method "zonal" | Known: "degree", "taper", "base_dim".', 'an unknown option');
SELECT throws_ok($$SELECT '{"input_dim": 9, "options": {"q": 4}}'::ntk_map$$, '22023',
				 'unknown key "q" in the options of method "zonal"', 'an unknown option in JSON');
SELECT throws_ok(format('SELECT %L::ntk_map', json), '22023', message, format('%s', json))
FROM (VALUES
	('{"input_dim": "9"}', 'input_dim must be a number'),
	('{"input_dim": null}', 'input_dim must be a number'),
	('{"input_dim": [9]}', 'input_dim must be a number'),
	('{"input_dim": {"a": 9}}', 'input_dim must be a number'),
	('{"input_dim": 9, "n_components": true}', 'n_components must be a number'),
	('{"input_dim": 9, "depth": "deep"}', 'depth must be a number'),
	('{"input_dim": 9, "seed": "0"}', 'seed must be a number'),
	('{"input_dim": 9, "bias": "1"}', 'bias must be a number'),
	('{"input_dim": 9, "method": 1}', 'method must be a string'),
	('{"input_dim": 9, "kernel": null}', 'kernel must be a string'),
	('{"input_dim": 9, "options": 3}', 'options must be a JSON object'),
	('{"input_dim": 9, "options": [3]}', 'options must be a JSON object'),
	('{"input_dim": 9, "options": []}', 'options must be a JSON object'),
	('{"input_dim": 9, "options": {"degree": "6"}}', 'degree must be a number'),
	('{"input_dim": 9, "options": {"degree": {}}}', 'degree must be a number'),
	('{"input_dim": 9, "options": {"taper": 1}}', 'taper must be true or false'),
	('[{"input_dim": 9}]', 'ntk_map must be a JSON object'),
	('9', 'ntk_map must be a JSON object'),
	('null', 'ntk_map must be a JSON object'),
	('{}', 'ntk_map needs the key "input_dim"'),
	('{"input_dim": 0}', 'input_dim must be between 1 and 1048576, not 0'),
	('{"input_dim": -1}', 'input_dim must be between 1 and 1048576, not -1'),
	('{"input_dim": 3000000000}', 'input_dim must be between 1 and 1048576, not 2147483647'),
	('{"input_dim": -3000000000}', 'input_dim must be between 1 and 1048576, not -2147483648'),
	('{"input_dim": 9, "n_components": 4294967297}', 'n_components must be between 1 and 16000, not 2147483647'),
	('{"input_dim": 9, "method": "polar"}', 'unknown method "polar"'),
	('{"input_dim": 9, "kernel": "rbf"}', 'unknown kernel "rbf"'),
	('{"input_dim": 9, "options": {"degree": 65}}', 'degree must be between 1 and 64, not 65')) AS v (json, message);
SELECT throws_ok(format('SELECT %L::ntk_map', json), '22P02', 'invalid input syntax for type json', format('"%s" is no JSON', json))
FROM unnest(ARRAY['', '{', '{"input_dim": 9', '{"input_dim" 9}', '{"input_dim": 9} x', 'zonal']) AS json;
SELECT throws_ok($$SELECT '{"input_dim": 9, "seed": 9223372036854775808}'::ntk_map$$, '22003', NULL, 'a seed beyond bigint');
SELECT throws_ok($$SELECT '{"input_dim": 9, "bias": 1e400}'::ntk_map$$, '22003', NULL, 'a bias beyond double precision');

SELECT throws_ok(format('SELECT %L::ntk_map', json), '22023', NULL, json || ' is not rounded')
FROM unnest(ARRAY['{"input_dim": 8.5}', '{"input_dim": 9, "options": {"degree": 2.5}}', '{"input_dim": 9, "seed": 0.5}']) AS json;

-- errors: constructor

SELECT throws_ok('SELECT ' || call, code, message, call)
FROM (VALUES
	('ntk_map(0)', '22023', 'input_dim must be between 1 and 1048576, not 0'),
	('ntk_map(-1)', '22023', 'input_dim must be between 1 and 1048576, not -1'),
	('ntk_map(1048577)', '22023', 'input_dim must be between 1 and 1048576, not 1048577'),
	('ntk_map(9, 0)', '22023', 'n_components must be between 1 and 16000, not 0'),
	('ntk_map(9, 16001)', '22023', 'n_components must be between 1 and 16000, not 16001'),
	('ntk_map(9, depth => 0)', '22023', 'depth must be between 1 and 64, not 0'),
	('ntk_map(9, depth => 65)', '22023', 'depth must be between 1 and 64, not 65'),
	('ntk_map(9, options => ''{"degree": 0}'')', '22023', 'degree must be between 1 and 64, not 0'),
	('ntk_map(9, options => ''{"degree": 65}'')', '22023', 'degree must be between 1 and 64, not 65'),
	('ntk_map(9, options => ''[]'')', '22023', 'options must be a JSON object'),
	('ntk_map(9, options => ''7'')', '22023', 'options must be a JSON object'),
	('ntk_map(9, bias => ''NaN'')', '22003', 'bias must be finite, not NaN'),
	('ntk_map(9, bias => ''-Infinity'')', '22003', 'bias must be finite, not -Infinity')) AS v (call, code, message);
SELECT is(error_of('SELECT ntk_map(9, method => ''polar'')'), 'unknown method "polar" | Known: "zonal", "polysketch", "random_features", "random_features_leverage", "nystrom".',
		  'an unknown method: the known ones are listed');
SELECT is(error_of('SELECT ntk_map(9, kernel => ''NTK'')'), 'unknown kernel "NTK" | Known: "ntk", "nngp", "gaussian", "laplace", "gamma_exponential".',
		  'an unknown kernel: the known ones are listed');

-- Binary form. A binary COPY of a bytea looks like one of a map with these bytes, so this
-- hands any bytes to the receive function of a map.

\ir include/scratch_file.sql
\ir include/receive_map.sql

SELECT is_empty('SELECT id FROM maps WHERE receive(_ntk_map_send(map)) <> map', 'the binary form reads back as the same map');
SELECT is(error_of($$SELECT receive('')$$), 'invalid or damaged ntk_map value | It is too short.', 'no bytes');
SELECT is(error_of($$SELECT receive(substring(_ntk_map_send(ntk_map(9)) FOR 40))$$),
		  'invalid or damaged ntk_map value | Its checksum does not match.', 'a truncated value');
SELECT is(error_of($$SELECT receive(_ntk_map_send(ntk_map(9)) || '\x00')$$),
		  'invalid or damaged ntk_map value | Its checksum does not match.', 'a byte too much');
SELECT throws_ok($$SELECT receive(set_byte(_ntk_map_send(ntk_map(9)), 20, 77))$$, '22P03',
				 'invalid or damaged ntk_map value', 'with the code of an invalid binary representation');
SELECT is((SELECT count(*) FROM generate_series(0, length(_ntk_map_send(ntk_map(9))) - 1) AS i
		   WHERE error_of(format('SELECT receive(set_byte(_ntk_map_send(ntk_map(9)), %s, get_byte(_ntk_map_send(ntk_map(9)), %s) # 1))', i, i))
			   IS DISTINCT FROM 'invalid or damaged ntk_map value | Its checksum does not match.'),
		  0::bigint, 'a changed bit is noticed wherever it is');

COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test_map.bin';
SELECT * FROM finish();
ROLLBACK;
