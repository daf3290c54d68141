-- Feature maps of images: construction, text and binary forms, every type of pixels wherever
-- rows go, the aggregate cntk_patches and the maps of what it chooses, and what they refuse.

BEGIN;
SELECT plan(282);
SET LOCAL jit = off;

\ir include/error_of.sql
\ir include/plan_of.sql
\ir include/difference.sql
CREATE FUNCTION dot(a float8[], b float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT sum(x * y) FROM unnest(a, b) AS u (x, y)';

-- 5 x 4 pixels of 2 channels
CREATE TABLE images AS
SELECT id, pixels, pixels::smallint[] AS shorts, pixels::real[] AS reals, pixels::float8[] AS doubles,
	decode(string_agg, 'hex') AS bytes, id % 3 AS class, sin(id) AS y
FROM (SELECT id, array_agg(v ORDER BY j) AS pixels, string_agg(lpad(to_hex(v), 2, '0'), '' ORDER BY j)
	  FROM generate_series(1, 80) AS id, generate_series(1, 40) AS j,
		  LATERAL (SELECT (128 + 100 * sin(id * j * 0.37 + j * j))::int AS v) AS p GROUP BY id) AS p;
ANALYZE images;

-- the text form

SELECT is(cntk_map('{32,32,3}', 512, 3, 5, seed => -7, padding => 'valid', pooling => 4, options => '{"rank": 32, "degree": 4, "mean": [0.5, 100, -1e-3], "std": [0.25, 3e20, 1]}')::text,
		  '{"method": "zonal", "kernel": "ntk", "shape": [32, 32, 3], "filter": 5, "padding": "valid", "pooling": 4, "n_components": 512, "depth": 3, "seed": -7, '
		  '"options": {"rank": 32, "degree": 4, "mean": [0.5, 100, -0.001], "std": [0.25, 3e+20, 1]}}', 'the text form is JSON and names every field');
SELECT is(jsonb_pretty(cntk_map('{5,4,2}')::text::jsonb - 'options'),
		  jsonb_pretty('{"method": "zonal", "kernel": "ntk", "shape": [5, 4, 2], "filter": 3, "padding": "same", "pooling": 1, "n_components": 4096, "depth": 2, "seed": 0}'), 'the defaults');
SELECT ok(NOT cntk_map('{5,4,2}')::text::jsonb -> 'options' ?| '{mean,std,base_dim}', 'pixels are taken as they are');
SELECT is('{"shape": [5, 4, 2]}'::ntk_map, cntk_map('{5,4,2}'), 'keys that are missing have the defaults of cntk_map()');
SELECT is('{"pooling": 2, "seed": 4, "padding": "valid", "options": {"std": 2}, "method": "sketch", "depth": 2, "kernel": "ntk", "n_components": 64, "filter": 3, "shape": [8, 8, 1]}'::ntk_map,
		  cntk_map('{8,8,1}', 64, 2, 3, 'sketch', 4, 'valid', 2, '{"std": 2}'), 'the order of keys does not matter');
SELECT isnt('{"shape": [3, 1, 1], "n_components": 64}'::ntk_map::text, '{"input_dim": 3, "n_components": 64}'::ntk_map::text, 'a shape makes it a map of images');
SELECT is(cntk_map('{5,4,2}', options => '{"mean": 3, "std": 2}'), cntk_map('{5,4,2}', options => '{"mean": [3, 3], "std": [2]}'), 'one number is that of all channels');
SELECT is(cntk_map('{5,4,2}', options => '{"mean": [3, 4]}'), cntk_map('{5,4,2}', options => '{"mean": [3, 4], "std": 1}'), 'std is 1 unless given');
SELECT is(cntk_map('{5,4,2}', options => '{"std": [3, 4]}'), cntk_map('{5,4,2}', options => '{"std": [3, 4], "mean": 0}'), 'mean is 0 unless given');

CREATE TABLE chosen AS SELECT cntk_patches(pixels, cntk_map('{5,4,2}', 64), 10) AS patches FROM images;
CREATE TABLE scaled AS SELECT cntk_patches(pixels, cntk_map('{5,4,2}', 64, options => '{"mean": [120, 130], "std": 50}'), 10) AS patches FROM images;
CREATE TABLE maps (id int, map ntk_map);
INSERT INTO maps
SELECT row_number() OVER (), map FROM (
	SELECT map FROM (VALUES (cntk_map('{5,4,2}')), (cntk_map('{4,5,2}')), (cntk_map('{5,2,4}')), (cntk_map('{5,4,2}', 4095)), (cntk_map('{5,4,2}', depth => 3)),
		(cntk_map('{5,4,2}', filter => 1)), (cntk_map('{5,4,2}', method => 'sketch')), (cntk_map('{5,4,2}', seed => 1)), (cntk_map('{5,4,2}', seed => -9223372036854775808)),
		(cntk_map('{5,5,2}', padding => 'valid', pooling => 0)), (cntk_map('{5,5,2}', pooling => 0)), (cntk_map('{5,5,2}', pooling => 2)), (cntk_map('{5,4,2}', options => '{"rank": 16}')),
		(cntk_map('{5,4,2}', options => '{"degree": 3}')), (cntk_map('{5,4,2}', options => '{"mean": 0.1}')), (cntk_map('{5,4,2}', options => '{"mean": [0.1, -0.1]}')),
		(cntk_map('{5,4,2}', options => '{"std": [0.1, 0.3]}')), (cntk_map('{5,4,2}', options => '{"mean": [3.4e38, -3.4e38], "std": [1e-45, 3.4e38]}')),
		(cntk_map('{1,1,1}', 1, 64, 1)), (cntk_map('{1,1,1}', 16000, pooling => 0)), (ntk_map(40))) AS v (map)
	UNION ALL SELECT cntk_nystrom(map, patches) FROM chosen, (VALUES (cntk_map('{5,4,2}', 64)), (cntk_map('{5,4,2}', 64, seed => 5)), (cntk_map('{5,4,2}', 65)),
		(cntk_map('{5,4,2}', 64, pooling => 0)), (cntk_map('{4,5,2}', 64)), (cntk_map('{5,4,2}', 64, options => '{"mean": 3}'))) AS w (map)
	UNION ALL SELECT cntk_nystrom(cntk_map('{5,4,2}', 64), patches) FROM scaled) AS m;

SELECT is_empty('SELECT id FROM maps WHERE map::text::ntk_map <> map', 'the text form reads back as the same map');
SELECT is_empty('SELECT id FROM maps WHERE ntk_fingerprint(map::text::ntk_map) <> ntk_fingerprint(map)', 'with the same fingerprint');
SELECT is((SELECT count(*) FROM maps a JOIN maps b ON a.id < b.id AND (a.map = b.map OR NOT a.map <> b.map)), 0::bigint, 'maps that differ in any field are unequal');
SELECT is((SELECT count(DISTINCT ntk_fingerprint(map)) FROM maps), (SELECT count(*) FROM maps), 'and have different fingerprints');
SELECT is(cntk_map('{5,4,2}', options => '{"mean": "0"}'::jsonb || '{"mean": -0.0}'), cntk_map('{5,4,2}', options => '{"mean": 0}'), 'a mean of -0 is one of 0');
SELECT is_empty($$SELECT shift FROM generate_series(1, 2000) AS i, LATERAL (SELECT sin(i)::real * 10 ^ (i % 70 - 35) AS shift) AS s,
					LATERAL (SELECT cntk_map('{1,1,1}', options => jsonb_build_object('mean', shift::real, 'std', abs(shift)::real)) AS map OFFSET 0) AS m
				  WHERE map::text::ntk_map <> map OR (map::text::jsonb -> 'options' -> 'mean' ->> 0)::real <> shift::real$$, 'every mean and std reads back as itself');
SELECT is((SELECT count(*) FROM maps AS m JOIN maps AS n ON m.map::text::jsonb - 'seed' = n.map::text::jsonb - 'seed' AND m.id < n.id), 4::bigint, 'also the seed of an adaptive map of images tells it from others');

-- the binary form

\ir include/scratch_file.sql
\ir include/receive_map.sql
\ir include/forge.sql
SELECT is_empty('SELECT id FROM maps WHERE receive(_ntk_map_send(map)) <> map', 'the binary form reads back as the same map');
CREATE TEMP TABLE sent AS
SELECT 'zonal' AS name, cntk_map('{5,4,2}', 64, options => '{"mean": 1, "std": [2, 3]}') AS map
UNION ALL SELECT 'nystrom', cntk_nystrom(cntk_map('{5,4,2}', 64, options => '{"mean": 1, "std": [2, 3]}'), patches) FROM chosen;
SELECT is(receive(forge(_ntk_map_send(map), 68, '\x05', true)), map, name || ': what is forged here is right') FROM sent;
SELECT is((SELECT count(*) FROM (SELECT _ntk_map_send(map) AS bytes) AS s, generate_series(0, least(length(bytes) - 1, 120)) AS n WHERE error_of(format('SELECT receive(%L)', substring(bytes FOR n))) !~ '^invalid or damaged'), 0::bigint, name || ': truncated') FROM sent;
SELECT is((SELECT count(*) FROM (SELECT _ntk_map_send(map) AS bytes) AS s, generate_series(0, least(length(bytes) - 1, 120)) AS n
		   WHERE error_of(format('SELECT receive(%L)', set_byte(bytes, n, get_byte(bytes, n) # (1 << n % 8)))) !~ '^invalid or damaged'), 0::bigint, name || ': a bit changed in every byte') FROM sent;
SELECT is(error_of(format('SELECT receive(%L)', forge(_ntk_map_send(map), place, patch, true))), coalesce(message, 'invalid or damaged ntk_map value | A field of its map is out of range.'), name || ', forged: ' || description)
FROM sent, (VALUES
	(12, '\x00'::bytea, NULL, 'the method of rows'),
	(13, '\x01', 'the kernel of a map of images must be "ntk", not "nngp"', 'another kernel'),
	(14, '\x02', NULL, 'an unknown padding'),
	(15, '\x01', NULL, 'reserved bytes'),
	(16, '\x29', NULL, 'an input_dim that is not that of the shape'),
	(20, '\x00000000', 'n_components must be between 1 and 16000, not 0', 'no components'),
	(24, '\x01', 'depth must be between 2 and 64, not 1', 'depth 1'),
	(28, '\x40', NULL, 'a reduction'),
	(32, '\x00', 'rank must be between 1 and 512, not 0', 'rank 0'),
	(44, '\x01', NULL, 'an option that the method has not'),
	(48, '\x01', 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'another number of landmarks'),
	(48, '\xffffffff', 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'far more landmarks'),
	(60, '\x000000000000f03f', NULL, 'a bias'),
	(68, '\x00', 'height in shape must be positive, not 0 | A shape is {height,width,channels}.', 'no height'),
	(72, '\xffffffff', 'width in shape must be positive, not -1 | A shape is {height,width,channels}.', 'a negative width'),
	(68, '\x04', NULL, 'a smaller height'),
	(76, '\xffffff7f', 'shape 5 x 4 x 2147483647 has more numbers than the limit of 1048576', 'too many channels'),
	(80, '\x02', 'filter must be odd and at least 1, not 2', 'an even filter'),
	(80, '\xffffff7f', 'a patch of 2147483647 x 2147483647 x 2 has more numbers than the limit of 1048576 | Use a smaller filter.', 'a filter that is too large'),
	(84, '\x05', 'pooling must be between 0 and 4, not 5 | The last layer has 5 x 4 pixels. | 1 is the mean over all pixels, g that over each cell of a g x g grid, 0 no pooling.', 'more cells than pixels'),
	(88, '\x00', 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'no scale'),
	(88, '\x06', 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'a scale of 3 channels'),
	(88, '\xffffffff', 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'a scale of very many channels')) AS v (place, patch, message, description)
WHERE (name, place, get_byte(patch, 0)) <> ('zonal', 12, 0) AND (name, place) <> ('zonal', 44);
SELECT is(error_of(format('SELECT receive(%L)', forge(bytes, length(bytes) - 4 - back, patch, true))), message, name || ', forged: ' || description)
FROM (SELECT name, _ntk_map_send(map) AS bytes FROM sent) AS s, (VALUES
	(16, '\x0000c07f'::bytea, 'invalid or damaged ntk_map value | Its map contains an infinity or a NaN.', 'a mean NaN'),
	(4, '\x0000807f', 'invalid or damaged ntk_map value | Its map contains an infinity or a NaN.', 'a std infinite'),
	(8, '\x00000000', 'element 1 of std must be positive, not 0', 'a std 0'),
	(4, '\x000080bf', 'element 2 of std must be positive, not -1', 'a std -1')) AS v (back, patch, message, description);
SELECT is(error_of(format('SELECT receive(%L)', forge(_ntk_map_send(ntk_map(2, 3)), place, patch, true))), 'invalid or damaged ntk_map value | A field of its map is out of range.', 'a map of rows, forged: ' || description)
FROM (VALUES (14, '\x01'::bytea, 'a padding'), (68, '\x01', 'a height'), (76, '\x01', 'channels'), (80, '\x03', 'a filter'), (84, '\x01', 'pooling'), (88, '\x01', 'a scale')) AS v (place, patch, description);
SELECT is(error_of(format('SELECT receive(%L)', forge(bytes, length(bytes) - 5, '\x01', true))), 'invalid or damaged ntk_map value | A field of its map is out of range.', 'forged: what fills up an odd count of numbers')
FROM (SELECT _ntk_map_send(cntk_nystrom(cntk_map('{5,4,2}'), cntk_patches(pixels, cntk_map('{5,4,2}'), 9))) AS bytes FROM images) AS s;
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test_cntk_map.bin';

-- errors of the text form

SELECT is(error_of(format('SELECT %L::ntk_map', json)), message, json)
FROM (VALUES
	('{"shape": [5, 4, 2], "input_dim": 40}', 'unknown key "input_dim" in ntk_map with a shape | Known: "method", "kernel", "shape", "filter", "padding", "pooling", "n_components", "depth", "seed", "options", "landmarks".'),
	('{"shape": [5, 4, 2], "bias": 1}', 'unknown key "bias" in ntk_map with a shape | Known: "method", "kernel", "shape", "filter", "padding", "pooling", "n_components", "depth", "seed", "options", "landmarks".'),
	('{"input_dim": 40, "filter": 3}', 'unknown key "filter" in ntk_map | Known: "method", "kernel", "bandwidth", "exponent", "input_dim", "n_components", "depth", "seed", "bias", "options", "metric", "landmarks".'),
	('{"filter": 3}', 'unknown key "filter" in ntk_map | Known: "method", "kernel", "bandwidth", "exponent", "input_dim", "n_components", "depth", "seed", "bias", "options", "metric", "landmarks".'),
	('{"shape": [5, 4, 2], "method": "polysketch"}', 'unknown method "polysketch" | Known: "zonal", "nystrom", "sketch".'),
	('{"input_dim": 40, "method": "sketch"}', 'unknown method "sketch" | Known: "zonal", "polysketch", "random_features", "random_features_leverage", "nystrom".'),
	('{"shape": [5, 4, 2], "kernel": "nngp"}', 'the kernel of a map of images must be "ntk", not "nngp"'),
	('{"shape": [5, 4]}', 'shape must have 3 elements, not 2 | A shape is {height,width,channels}.'),
	('{"shape": []}', 'shape must have 3 elements, not 0 | A shape is {height,width,channels}.'),
	('{"shape": 5}', 'shape must have 3 elements, not 1 | A shape is {height,width,channels}.'),
	('{"shape": null}', 'element 1 of shape must be a number'),
	('{"shape": {"height": 5}}', 'element 1 of shape must be a number'),
	('{"shape": [5, "4", 2]}', 'element 2 of shape must be a number'),
	('{"shape": [5, 4, 2.5]}', 'element 3 of shape must be an integer, not 2.5'),
	('{"shape": [5, 4, 3000000000]}', 'shape 5 x 4 x 2147483647 has more numbers than the limit of 1048576'),
	('{"shape": [5, 4, [2]]}', 'element 3 of shape must be a number'),
	('{"shape": [5, 4, 2], "filter": 2}', 'filter must be odd and at least 1, not 2'),
	('{"shape": [5, 4, 2], "padding": 0}', 'padding must be a string'),
	('{"shape": [5, 4, 2], "padding": "zero"}', 'unknown padding "zero" | Known: "same", "valid".'),
	('{"shape": [5, 4, 2], "depth": 1}', 'depth must be between 2 and 64, not 1'),
	('{"shape": [5, 4, 2], "n_components": 0}', 'n_components must be between 1 and 16000, not 0'),
	('{"shape": [5, 4, 2], "options": {"std": [1, 0]}}', 'element 2 of std must be positive, not 0'),
	('{"shape": [5, 4, 2], "landmarks": "AACAPw=="}', 'method "zonal" has no landmarks'),
	('{"shape": [5, 4, 2], "method": "nystrom"}', 'method "nystrom" needs landmarks | Use cntk_nystrom(map, patches), with a map of another method and patches from the aggregate cntk_patches(image, map, k).')) AS v (json, message);
SELECT matches(error_of(format('SELECT %L::ntk_map', json)), '^landmarks must be base64 of [0-9]+ numbers of type real$', description)
FROM sent, LATERAL (VALUES
	(jsonb_set(map::text::jsonb, '{landmarks}', '"AACAPw=="'), 'too few landmarks'),
	(jsonb_set(map::text::jsonb, '{landmarks}', '"no base64!"'), 'none at all'),
	(jsonb_set(map::text::jsonb, '{options,rank}', '12'), 'those of another rank'),
	(map::text::jsonb #- '{options,rank}', 'those of another rank than the default'),
	(jsonb_set(map::text::jsonb, '{depth}', '3'), 'those of another depth'),
	(jsonb_set(map::text::jsonb, '{filter}', '1'), 'those of another filter')) AS v (json, description) WHERE name = 'nystrom';

-- errors of the constructor

SELECT is(error_of(format('SELECT cntk_map(%s)', arguments)), message, arguments)
FROM (VALUES
	($$'{5,4}'$$, 'shape must have 3 elements, not 2 | A shape is {height,width,channels}.'),
	($$'{5,4,0}'$$, 'channels in shape must be positive, not 0 | A shape is {height,width,channels}.'),
	($$'{5,4,NULL}'$$, 'element 3 of shape is null'),
	($$'{{5,4,2}}'$$, 'shape must be a one-dimensional array | It has 2 dimensions.'),
	($$'{2000,2000,1}'$$, 'shape 2000 x 2000 x 1 has more numbers than the limit of 1048576'),
	($$'{5,4,2}', 0$$, 'n_components must be between 1 and 16000, not 0'),
	($$'{5,4,2}', 16001$$, 'n_components must be between 1 and 16000, not 16001'),
	($$'{5,4,2}', depth => 1$$, 'depth must be between 2 and 64, not 1'),
	($$'{5,4,2}', depth => 65$$, 'depth must be between 2 and 64, not 65'),
	($$'{5,4,2}', filter => 2$$, 'filter must be odd and at least 1, not 2'),
	($$'{5,4,2}', filter => -3$$, 'filter must be odd and at least 1, not -3'),
	($$'{5,4,2}', filter => 725$$, 'a patch of 725 x 725 x 2 has more numbers than the limit of 1048576 | Use a smaller filter.'),
	($$'{5,4,2}', padding => 'mirror'$$, 'unknown padding "mirror" | Known: "same", "valid".'),
	($$'{5,4,2}', padding => 'valid'$$, 'of an image of 5 x 4 pixels, 2 layers with 3 x 3 filters and padding "valid" leave none | Each takes away 2 rows and columns. | Use a smaller depth or filter, or padding "same".'),
	($$'{5,4,2}', pooling => 5$$, 'pooling must be between 0 and 4, not 5 | The last layer has 5 x 4 pixels. | 1 is the mean over all pixels, g that over each cell of a g x g grid, 0 no pooling.'),
	($$'{5,4,2}', pooling => -1$$, 'pooling must be between 0 and 4, not -1 | The last layer has 5 x 4 pixels. | 1 is the mean over all pixels, g that over each cell of a g x g grid, 0 no pooling.'),
	($$'{5,4,2}', method => 'random_features'$$, 'unknown method "random_features" | Known: "zonal", "nystrom", "sketch".'),
	($$'{5,4,2}', method => 'nystrom'$$, 'method "nystrom" needs landmarks | Use cntk_nystrom(map, patches), with a map of another method and patches from the aggregate cntk_patches(image, map, k).'),
	($$'{5,4,2}', options => '{"taper": true}'$$, 'unknown key "taper" in the options of method "zonal" | Known: "rank", "degree", "mean", "std".'),
	($$'{5,4,2}', options => '{"base_dim": 0}'$$, 'unknown key "base_dim" in the options of method "zonal" | Known: "rank", "degree", "mean", "std".'),
	($$'{5,4,2}', options => '{"rank": 0}'$$, 'rank must be between 1 and 512, not 0'),
	($$'{5,4,2}', options => '{"rank": 513}'$$, 'rank must be between 1 and 512, not 513'),
	($$'{5,4,2}', options => '[]'$$, 'options must be a JSON object'),
	($$'{5,4,2}', options => '{"mean": [1, 2, 3]}'$$, 'mean has 3 numbers, the shape 5 x 4 x 2 expects 2 | Give one number per channel, or one for all channels.'),
	($$'{5,4,2}', options => '{"std": []}'$$, 'std has 0 numbers, the shape 5 x 4 x 2 expects 2 | Give one number per channel, or one for all channels.'),
	($$'{5,4,2}', options => '{"mean": "1"}'$$, 'element 1 of mean must be a number'),
	($$'{5,4,2}', options => '{"mean": [1, null]}'$$, 'element 2 of mean must be a number'),
	($$'{5,4,2}', options => '{"std": {"a": 1}}'$$, 'element 1 of std must be a number'),
	($$'{5,4,2}', options => '{"mean": 1e39}'$$, 'element 1 of mean exceeds the range of type real'),
	($$'{5,4,2}', options => '{"std": [1, 1e39]}'$$, 'element 2 of std exceeds the range of type real'),
	($$'{5,4,2}', options => '{"std": 0}'$$, 'element 1 of std must be positive, not 0'),
	($$'{5,4,2}', options => '{"std": [1, -2]}'$$, 'element 2 of std must be positive, not -2'),
	($$'{5,4,2}', options => '{"std": 1e-60}'$$, 'element 1 of std must be positive, not 0')) AS v (arguments, message);
SELECT is(error_of($$SELECT ntk_map(40, options => '{"mean": 1}')$$), 'unknown key "mean" in the options of method "zonal" | Known: "degree", "taper", "base_dim".', 'rows have no channels');
SELECT is_empty($$SELECT * FROM (VALUES (cntk_map(NULL)), (cntk_map('{5,4,2}', NULL)), (cntk_map('{5,4,2}', method => NULL)), (cntk_map('{5,4,2}', options => NULL))) AS v (map) WHERE map IS NOT NULL$$, 'a NULL argument gives NULL');

-- features, of all types of pixels

CREATE TEMP TABLE used AS
SELECT 'zonal' AS name, cntk_map('{5,4,2}', 64, options => '{"mean": [120, 130], "std": 50}') AS map
UNION ALL SELECT 'sketch', cntk_map('{5,4,2}', 64, method => 'sketch', options => '{"mean": [120, 130], "std": 50}')
UNION ALL SELECT 'nystrom', cntk_nystrom(cntk_map('{5,4,2}', 64, options => '{"mean": [120, 130], "std": 50}'), patches) FROM scaled;
CREATE TEMP TABLE featured AS SELECT name, map, id, ntk_sketch(doubles, map) AS z FROM used, images WHERE id <= 6;
SELECT is(cardinality(z), 64, name || ': as many features as asked for') FROM featured WHERE id = 1;
SELECT is_empty(format('SELECT z FROM featured JOIN images USING (id) WHERE z <> ntk_sketch(%s, map)', call), 'the same features of ' || call)
FROM unnest('{reals,pixels,shorts,bytes,doubles::numeric[]}'::text[]) AS call;
SELECT is_empty($$SELECT z FROM featured JOIN images USING (id) WHERE z <> ntk_sketch((SELECT array_agg(block ORDER BY i) FROM (
					SELECT i, array_agg(pair ORDER BY j) AS block FROM generate_series(0, 4) AS i, generate_series(0, 3) AS j, LATERAL (SELECT pixels[8 * i + 2 * j + 1 : 8 * i + 2 * j + 2] AS pair) AS p GROUP BY i) AS b), map)$$,
				'and of arrays of height x width x channels');
SELECT is_empty($$SELECT z FROM featured JOIN images USING (id) WHERE z <> ntk_sketch(ARRAY(SELECT i FROM generate_series(40, 1, -1) AS i), (SELECT array_agg(doubles[i] ORDER BY i DESC) FROM generate_series(1, 40) AS i), map)$$,
				'a sparse row may be an image');
SELECT is_empty($$SELECT name FROM used, LATERAL unnest(ntk_sketch(array_fill(0, '{40}'), cntk_map('{5,4,2}', 64, method => nullif(name, 'nystrom')))) AS z WHERE NOT abs(z) < 'Infinity'$$, 'features of a black image are finite');
SELECT is_empty($$SELECT name FROM used, LATERAL unnest(ntk_sketch((SELECT array_agg(CASE WHEN i % 2 = 1 THEN 120 ELSE 130 END ORDER BY i) FROM generate_series(1, 40) AS i), map)) AS z WHERE z <> 0$$,
				'an image that is black in its scale has zero features');
SELECT is_empty($$SELECT z FROM images, used, unnest('{1e-30,1e30}'::float8[]) AS size, LATERAL unnest(ntk_sketch((SELECT array_agg(e * size) FROM unnest(doubles) AS e), cntk_map('{5,4,2}', 64, method => nullif(name, 'nystrom')))) AS z
				  WHERE id <= 2 AND NOT abs(z) < 'Infinity'$$, 'features of very dark and very bright images are finite');
SELECT isnt(ntk_sketch(pixels, cntk_map('{5,4,2}', 64, seed => 1)), ntk_sketch(pixels, cntk_map('{5,4,2}', 64)), 'another seed, other features') FROM images WHERE id = 1;
SELECT cmp_ok(difference(ntk_sketch(pixels, map)::float8[], ntk_sketch((SELECT array_agg((doubles[i] - CASE WHEN i % 2 = 1 THEN 120 ELSE 130 END) / 50 ORDER BY i) FROM generate_series(1, 40) AS i), cntk_map('{5,4,2}', 64))::float8[]), '<', 1e-5::float8,
			  'pixels less the mean of their channel, divided by its std') FROM used, images WHERE id = 3 AND name = 'zonal';
SELECT cmp_ok(max(abs(dot(ntk_sketch(a.doubles, map), ntk_sketch(b.doubles, map)) - cntk_kernel(a.doubles, b.doubles, '{5,4,2}')) / sqrt(cntk_kernel(a.doubles, a.doubles, '{5,4,2}') * cntk_kernel(b.doubles, b.doubles, '{5,4,2}'))), '<', 0.1::float8,
			  name || ': products of features are about the kernel')
FROM images AS a, images AS b, (SELECT 'zonal' AS name, cntk_map('{5,4,2}', options => '{"rank": 512}') AS map
									UNION ALL SELECT 'nystrom', cntk_nystrom(cntk_map('{5,4,2}'), cntk_patches(pixels, cntk_map('{5,4,2}'), 256)) FROM images) AS m
WHERE a.id <= 3 AND b.id <= a.id GROUP BY name;
SELECT is(ntk_sketch('\x01ff00'::bytea, ntk_map(3, 5)), ntk_sketch('{1,255,0}'::smallint[], ntk_map(3, 5)), 'bytes may also be the row of another map');
SELECT is(ntk_sketch('\x01ff00'::bytea, ntk_map(3, 5, options => '{"base_dim": 64}')), ntk_sketch('{1,255,0}'::int[], ntk_map(3, 5, options => '{"base_dim": 64}')), 'and of one that reduces it');

-- statistics and models

SELECT is_empty(format('SELECT name FROM used, images GROUP BY name, map HAVING NOT difference(%s, %s) < 1e-9', replace(call, 'pixels', 'doubles'), replace(call, 'pixels', type)), format(replace(call, 'pixels', '%s'), type))
FROM unnest('{reals,pixels,shorts,bytes}'::text[]) AS type,
	unnest('{"ntk_gram(pixels, y, map)","ntk_gram(pixels, ARRAY[y, id], map)","ntk_gram(pixels, y, map, id)","ntk_gram(pixels, ARRAY[y, id], map, id)","ntk_gram_class(pixels, class, 3, map)","ntk_gram_class(pixels, class, 3, map, y * y)"}'::text[]) AS call;
CREATE TEMP TABLE models AS
SELECT name, ntk_ridge(doubles, y, 1e-3, map) AS one, ntk_ridge(doubles, ARRAY[y, id], 1e-3, map) AS many, ntk_solve(ntk_gram(doubles, y, map), 1e-3, uncertainty => true) AS certain
FROM used, images GROUP BY name, map;
SELECT is_empty(format('SELECT name FROM models JOIN used USING (name), LATERAL (SELECT ntk_ridge(%s, y, 1e-3, map) AS again, ntk_ridge(%1$s, ARRAY[y, id], 1e-3, map) AS more FROM images) AS r, images
						WHERE id <= 3 AND NOT (abs(ntk_predict(one, doubles) - ntk_predict(again, doubles)) < 1e-6 AND difference(ntk_predict_all(many, doubles), ntk_predict_all(more, doubles)) < 1e-6)', type), format('ntk_ridge(%s, y, lambda, map)', type))
FROM unnest('{reals,pixels,shorts,bytes}'::text[]) AS type;
SELECT is_empty(format('SELECT name FROM models, images WHERE id <= 3 AND (ntk_predict(one, %s) <> ntk_predict(one, doubles) OR ntk_predict_all(many, %1$s) <> ntk_predict_all(many, doubles) OR ntk_predict_std(certain, %1$s) <> ntk_predict_std(certain, doubles))', type),
				'the same predictions for ' || type)
FROM unnest('{reals,pixels,shorts,bytes}'::text[]) AS type;
SELECT is(ntk_predict(model, '\x0203'::bytea), ntk_predict(model, '{2,3}'::smallint[]), 'bytes may also be the features of a model without a map')
FROM (SELECT ntk_ridge(ARRAY[i, i * i]::float8[], i, 0.1) AS model FROM generate_series(1, 9) AS i) AS m;
SELECT is((ntk_feature_map(g), ntk_skipped(g)), (map, 2::bigint), 'a statistic knows its map, and how many images were NULL')
FROM used, LATERAL (SELECT ntk_gram(CASE WHEN id > 2 THEN bytes END, y, map) AS g FROM images) AS s WHERE name = 'nystrom';
SELECT is(error_of(format('SELECT %s FROM used, models, images WHERE used.name = ''zonal'' AND models.name = ''zonal'' AND id = 1', call)), message, call)
FROM (VALUES
	('ntk_sketch(array_fill(1, ''{39}''), map)', 'x has length 39, the shape 5 x 4 x 2 expects 40'),
	('ntk_sketch(''\x00''::bytea, map)', 'x has length 1, the shape 5 x 4 x 2 expects 40'),
	('ntk_sketch(''''::bytea, map)', 'x has length 0, the shape 5 x 4 x 2 expects 40'),
	('ntk_sketch(''{}''::smallint[], map)', 'x has length 0, the shape 5 x 4 x 2 expects 40'),
	('ntk_sketch(array_fill(1, ''{4,5,2}''), map)', 'x is a 4 x 5 x 2 array, which is not the shape 5 x 4 x 2 | A one-dimensional array of 40 numbers is possible, too: by rows, the channels of a pixel side by side.'),
	('ntk_sketch(array_fill(''NaN''::real, ''{40}''), map)', 'element 1 of x must be finite, not NaN'),
	('ntk_sketch(array_fill(NULL::int, ''{40}''), map)', 'element 1 of x is null'),
	('ntk_sketch(array_fill(1e300::float8, ''{40}''), map)', 'a feature exceeds the range of type real | Rescale x: its norm is too large.'),
	('ntk_gram(array_fill(1, ''{41}''), 1, map)', 'x has length 41, the shape 5 x 4 x 2 expects 40'),
	('ntk_gram(''\x0102''::bytea, 1, map)', 'x has length 2, the shape 5 x 4 x 2 expects 40'),
	('ntk_predict(one, ''\x0102''::bytea)', 'x has length 2, the shape 5 x 4 x 2 expects 40'),
	('ntk_predict(one, ''{1}''::smallint[])', 'x has length 1, the shape 5 x 4 x 2 expects 40'),
	('ntk_sketch(''\x0102''::bytea, ntk_map(3))', 'x has length 2, the feature map expects 3'),
	('ntk_sketch(''{}''::smallint[], ntk_map(3))', 'x must not be empty'),
	('ntk_gram(''\x0102''::bytea, 1, ntk_map(3))', 'x has length 2, the feature map expects 3')) AS v (call, message);

-- cntk_patches: the same of the same images

CREATE TABLE wanted AS SELECT cntk_patches(pixels, cntk_map('{5,4,2}'), 16) AS p, cntk_patches(pixels, cntk_map('{5,4,2}'), 16, 3) AS p3 FROM images;
SELECT is(array_ndims(p) || ' ' || pg_typeof(p), '1 real[]', 'a real[]') FROM wanted;
SELECT is_empty($$SELECT e FROM wanted, unnest(p || p3) AS e WHERE NOT abs(e) < 'Infinity'$$, 'of finite numbers');
SELECT is(cntk_patches(pixels, cntk_map('{5,4,2}'), 16 ORDER BY id), p, 'in ascending order') FROM images, wanted GROUP BY p;
SELECT is(cntk_patches(pixels, cntk_map('{5,4,2}'), 16 ORDER BY id DESC), p, 'in descending order') FROM images, wanted GROUP BY p;
SELECT is(cntk_patches(pixels, cntk_map('{5,4,2}'), 16, 3 ORDER BY y), p3, 'in another order, with a seed') FROM images, wanted GROUP BY p3;
SELECT is_empty(format('SELECT FROM (SELECT cntk_patches(%s, cntk_map(''{5,4,2}''), 16) AS q, cntk_patches(%1$s, cntk_map(''{5,4,2}''), 16, 3) AS q3 FROM images) AS s, wanted WHERE q <> p OR q3 <> p3', type), 'the same patches of ' || type)
FROM unnest('{reals,doubles,shorts,bytes}'::text[]) AS type;
SELECT is(cntk_patches(pixels, cntk_map('{5,4,2}'), 16, 0), p, 'the seed is 0 unless given') FROM images, wanted GROUP BY p;
SELECT isnt(p, p3, 'another seed, other patches') FROM wanted;
SELECT is((SELECT count(DISTINCT q) FROM (SELECT cntk_patches(pixels, cntk_map('{5,4,2}'), 8, seed) AS q FROM images, unnest('{-9223372036854775808,-1,0,1,9223372036854775807}'::bigint[]) AS seed GROUP BY seed) AS s), 5::bigint, 'every seed');
SELECT is(cntk_patches(CASE WHEN copy = 1 THEN pixels END, cntk_map('{5,4,2}'), 16), p, 'NULL images are left out') FROM images, generate_series(1, 2) AS copy, wanted GROUP BY p;
SELECT is(cntk_patches(pixels, cntk_map('{5,4,2}'), 16), p, 'each image twice') FROM images, generate_series(1, 2) AS copy, wanted GROUP BY p;
SELECT is(cntk_patches(bytes, map, 16), p, 'the method, the features and the pooling of the map do not matter: ' || what)
FROM images, wanted, (VALUES (cntk_map('{5,4,2}', 7, method => 'sketch', pooling => 0), 'sketch'), (cntk_map('{5,4,2}', seed => 7, options => '{"rank": 9}'), 'another rank'), ((SELECT map FROM maps WHERE id = 22), 'nystrom')) AS v (map, what) GROUP BY p, what;
SELECT isnt(cntk_patches(bytes, map, 16), p, what || ' matters')
FROM images, wanted, (VALUES (cntk_map('{4,5,2}'), 'shape'), (cntk_map('{5,4,2}', depth => 3), 'depth'), (cntk_map('{5,4,2}', filter => 1), 'filter'), (cntk_map('{5,4,2}', options => '{"mean": [100, 90]}'), 'mean')) AS v (map, what) GROUP BY p, what;
SELECT is((SELECT count(*) FROM (SELECT class, cntk_patches(pixels, cntk_map('{5,4,2}'), 8 + class, class) AS q FROM images GROUP BY class) AS s
		   WHERE q = (SELECT cntk_patches(pixels, cntk_map('{5,4,2}'), 8 + s.class, s.class) FROM images WHERE class = s.class)), 3::bigint, 'groups');
CREATE TABLE map_of AS SELECT map FROM maps WHERE id = 22;
ALTER TABLE map_of ALTER map SET STORAGE EXTERNAL;
INSERT INTO map_of SELECT cntk_nystrom(cntk_map('{5,4,2}'), cntk_patches(pixels, cntk_map('{5,4,2}'), 100)) FROM images;
SELECT is_empty('SELECT FROM wanted, (SELECT cntk_patches(bytes, map, 16) AS q FROM images, map_of GROUP BY map) AS s WHERE q <> p', 'the map of a table, also out of line');

-- parallel plans and partitions, with more images than the sample holds

CREATE TABLE many AS SELECT id, CASE WHEN id % 17 <> 0 THEN ARRAY(SELECT (id::bigint * j * 7919 + id::bigint * id * 31 + j) % 251 FROM generate_series(1, 12) AS j) END::smallint[] AS x, id % 2 AS part FROM generate_series(1, 20000) AS id;
ANALYZE many;
CREATE TABLE partitioned (LIKE many) PARTITION BY LIST (part);
CREATE TABLE partition_0 PARTITION OF partitioned FOR VALUES IN (0);
CREATE TABLE partition_1 PARTITION OF partitioned FOR VALUES IN (1);
INSERT INTO partitioned SELECT * FROM many;
ANALYZE partitioned;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT cntk_patches(x, cntk_map('{3,4,1}'), 12) AS p, cntk_patches(x, cntk_map('{3,4,1}', options => '{"mean": 100}'), 12, 5) AS p5 FROM many;
SELECT is(cntk_patches(x, cntk_map('{3,4,1}'), 12 ORDER BY id DESC), p, 'a sample in descending order') FROM many, serial GROUP BY p;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of('SELECT cntk_patches(x, cntk_map(''{3,4,1}''), 12, 5) FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan');
CREATE TABLE parallel AS SELECT cntk_patches(x, cntk_map('{3,4,1}'), 12) AS p, cntk_patches(x, cntk_map('{3,4,1}', options => '{"mean": 100}'), 12, 5) AS p5 FROM many;
SELECT results_eq('SELECT * FROM parallel', 'SELECT * FROM serial', 'the same patches');
SELECT is((SELECT cntk_patches(x, cntk_map('{3,4,1}'), 12) FROM many WHERE id < 0), NULL, 'no row in any worker');
SELECT matches(plan_of('SELECT ntk_gram(x, id, cntk_map(''{3,4,1}'', 32)) FROM many'), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', 'a parallel plan of a statistic');
CREATE TABLE parallel_gram AS SELECT ntk_gram(x, id, cntk_map('{3,4,1}', 32)) AS g FROM many;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT cmp_ok(difference(g, (SELECT ntk_gram(x, id, cntk_map('{3,4,1}', 32)) FROM many)), '<', 1e-9::float8, 'the same statistic') FROM parallel_gram;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan_of('SELECT cntk_patches(x, cntk_map(''{3,4,1}''), 12) FROM partitioned'), '(?s)Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate', 'partial aggregates of partitions');
SELECT is((SELECT q FROM (SELECT cntk_patches(x, cntk_map('{3,4,1}'), 12) AS q FROM partitioned) AS s), p, 'the same patches') FROM serial;

-- NULL and errors of cntk_patches

SELECT is(cntk_patches(pixels, cntk_map('{5,4,2}'), 16), NULL, 'no images, no patches') FROM images WHERE false;
SELECT is(cntk_patches(NULL::bytea, cntk_map('{5,4,2}'), 16), NULL, 'nor of NULL') FROM images;
SELECT is(error_of(format('SELECT cntk_patches(%s) FROM images', arguments)), message, description)
FROM (VALUES
	('bytes, cntk_map(''{5,4,2}''), 0', 'k must be between 1 and 512, not 0', 'none'),
	('bytes, cntk_map(''{5,4,2}''), 513', 'k must be between 1 and 512, not 513', 'too many'),
	('bytes, cntk_map(''{5,4,2}''), -1', 'k must be between 1 and 512, not -1', 'a negative k'),
	('bytes, cntk_map(''{5,4,2}''), NULL', 'k must not be null', 'a NULL k'),
	('bytes, cntk_map(''{5,4,2}''), CASE WHEN id < 80 THEN 9 END', 'k must not be null', 'a NULL k of the last'),
	('bytes, NULL, 9', 'map must not be null', 'a NULL map'),
	('CASE WHEN id < 80 THEN bytes END, CASE WHEN id < 80 THEN cntk_map(''{5,4,2}'') END, 9', 'map must not be null', 'even of a NULL image'),
	('bytes, cntk_map(''{5,4,2}''), 9, NULL', 'seed must not be null', 'a NULL seed'),
	('bytes, cntk_map(''{5,4,2}''), 8 + id', 'k must be the same for all rows of a group', 'k changes'),
	('bytes, cntk_map(''{5,4,2}'', seed => id), 9', 'map must be the same for all rows of a group', 'the map changes'),
	('bytes, cntk_map(''{5,4,2}''), 9, id', 'seed must be the same for all rows of a group', 'the seed changes'),
	('bytes, ntk_map(40), 9', 'map must be a feature map of images | Use one of cntk_map.', 'a map of rows'),
	('bytes, cntk_map(''{5,4,1}''), 9', 'image has length 40, the shape 5 x 4 x 1 expects 20', 'another shape'),
	('ARRAY[doubles], cntk_map(''{5,4,2}''), 9', 'image is a 1 x 40 array, which is not the shape 5 x 4 x 2 | A one-dimensional array of 40 numbers is possible, too: by rows, the channels of a pixel side by side.', 'a matrix'),
	('doubles[1:39] || ''NaN''::float8, cntk_map(''{5,4,2}''), 9', 'element 40 of image must be finite, not NaN', 'NaN'),
	('1e39::float8 || doubles[2:40], cntk_map(''{5,4,2}''), 9', 'element 1 of image exceeds the range of type real', 'a pixel beyond real')) AS v (arguments, message, description);
SELECT is(error_of('SELECT cntk_patches(array_fill(0, ''{40}''), cntk_map(''{5,4,2}''), 9) FROM images'),
		  'each layer needs 9 patches that are not black, but the images have fewer | There are 1 distinct images in the sample. | Use more images, or a smaller k.', 'black images have no patches');
SELECT throws_ok('SELECT cntk_patches(array_fill(0, ''{40}''), cntk_map(''{5,4,2}''), 9)', '22000', NULL, 'with the code of wrong data');
SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT matches(error_of('SELECT cntk_patches(array_fill(id, ''{100,100,1}''), cntk_map(''{100,100,1}''), 8) FROM images'), '^(the sample of cntk_patches|choosing patches) needs [0-9]+ MB of memory, ntk_sketch.max_memory allows 1 MB', 'too little memory');
RESET ntk_sketch.max_memory;

-- cntk_nystrom

SELECT is(map::text::jsonb - 'landmarks', '{"method": "nystrom", "kernel": "ntk", "shape": [5, 4, 2], "filter": 3, "padding": "same", "pooling": 2, "n_components": 100, "depth": 2, "seed": 6, "options": {"rank": 10, "mean": [1, 2], "std": [3, 3]}}'::jsonb,
		  'the numbers of the map, and the rank that the patches have')
FROM (SELECT cntk_nystrom(cntk_map('{5,4,2}', 100, seed => 6, pooling => 2, options => '{"mean": [1, 2], "std": 3}'), patches) AS map FROM chosen) AS s;
SELECT is(cntk_nystrom(cntk_nystrom(cntk_map('{5,4,2}', 100), p), patches), cntk_nystrom(cntk_map('{5,4,2}', 100, method => 'sketch'), patches), 'whatever the method of the map') FROM wanted, chosen;
SELECT is_empty($$SELECT k FROM generate_series(8, 80, 6) AS k, LATERAL (SELECT cntk_nystrom(cntk_map('{5,4,2}', 10, 3), cntk_patches(pixels, cntk_map('{5,4,2}', 10, 3), k)) AS map FROM images) AS s
				  WHERE (map::text::jsonb -> 'options' ->> 'rank')::int <> k$$, 'any rank is found');
SELECT is(cntk_nystrom(NULL, patches), NULL, 'a NULL map gives NULL') FROM chosen;
SELECT is(cntk_nystrom(cntk_map('{5,4,2}'), NULL), NULL, 'so do NULL patches');
SELECT is(error_of(format('SELECT cntk_nystrom(%s) FROM chosen', arguments)), format(message, cardinality(patches)), description)
FROM chosen, (VALUES
	('cntk_map(''{5,4,3}''), patches', 'patches have %s numbers, which does not fit the map | It has 3 channels, depth 2 and 3 x 3 filters. | Use cntk_patches(image, map, k) with the same map.', 'patches of another number of channels'),
	('cntk_map(''{5,4,2}'', depth => 4), patches', 'patches have %s numbers, which does not fit the map | It has 2 channels, depth 4 and 3 x 3 filters. | Use cntk_patches(image, map, k) with the same map.', 'of another depth'),
	('cntk_map(''{5,4,2}'', filter => 5), patches', 'patches have %s numbers, which does not fit the map | It has 2 channels, depth 2 and 5 x 5 filters. | Use cntk_patches(image, map, k) with the same map.', 'of another filter'),
	('cntk_map(''{5,4,2}''), ''{1,2}''', 'patches have 2 numbers, which does not fit the map | It has 2 channels, depth 2 and 3 x 3 filters. | Use cntk_patches(image, map, k) with the same map.', 'two numbers'),
	('cntk_map(''{5,4,2}''), ''{}''', 'patches must not be empty', 'none'),
	('cntk_map(''{5,4,2}''), ARRAY[patches]', 'patches must be a one-dimensional array | It has 2 dimensions.', 'a matrix'),
	('cntk_map(''{5,4,2}''), patches[2:] || NULL::real', 'element %s of patches is null', 'a NULL'),
	('cntk_map(''{5,4,2}''), ''NaN''::real || patches[2:]', 'element 1 of patches must be finite, not NaN', 'NaN'),
	('cntk_map(''{5,4,2}''), patches[2:] || ''-Infinity''::real', 'element %s of patches must be finite, not -Infinity', 'an infinity'),
	('ntk_map(40), patches', 'map must be a feature map of images | Use one of cntk_map.', 'a map of rows')) AS v (arguments, message, description);

SELECT * FROM finish();
ROLLBACK;
