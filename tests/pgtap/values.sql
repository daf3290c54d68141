-- Damaged, forged and mismatched values of ntk_map, ntk_gram and ntk_model are errors, never a
-- crash and never a wrong number.

BEGIN;
SELECT plan(99);

\ir include/error_of.sql

-- the receive functions: a binary COPY of a bytea looks like one of a value with these bytes
\ir include/scratch_file.sql
CREATE TEMP TABLE received_ntk_map (value ntk_map);
CREATE TEMP TABLE received_ntk_gram (value ntk_gram);
CREATE TEMP TABLE received_ntk_model (value ntk_model);
CREATE FUNCTION receive(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, scratch_file());
	EXECUTE format('TRUNCATE received_%s', type);
	EXECUTE format('COPY received_%s FROM %L (FORMAT binary)', type, scratch_file());
	EXECUTE format('SELECT value::text FROM received_%s', type) INTO STRICT result;
	RETURN result;
END $$;

\ir include/forge.sql
CREATE FUNCTION to_text(value bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$SELECT replace(encode(value, 'base64'), E'\n', '')$$;

CREATE TEMP TABLE originals AS
SELECT 'ntk_map' AS type, _ntk_map_send(ntk_map(2, 3)) AS bytes
UNION ALL SELECT 'ntk_gram', _ntk_gram_send(ntk_gram(ARRAY[i, i * i, 1]::float8[], ARRAY[i, -i]::float8[])) FROM generate_series(1, 9) AS i
UNION ALL SELECT 'ntk_model', _ntk_model_send(ntk_ridge(ARRAY[i, i * i, 1]::float8[], ARRAY[i, -i]::float8[], 0.5)) FROM generate_series(1, 9) AS i;
CREATE TEMP TABLE mapped AS
SELECT 'ntk_gram' AS type, _ntk_gram_send(ntk_gram(ARRAY[i, 1]::float8[], i, ntk_map(2, 3))) AS bytes FROM generate_series(1, 9) AS i
UNION ALL SELECT 'ntk_model', _ntk_model_send(ntk_ridge(ARRAY[i, 1]::float8[], i, 0.5, ntk_map(2, 3))) FROM generate_series(1, 9) AS i;

-- undamaged

SELECT is(receive(type, bytes), CASE type WHEN 'ntk_map' THEN ntk_map(2, 3)::text ELSE to_text(bytes) END, type || ': binary and text forms hold the same bytes')
FROM originals;
SELECT is(checksum_of('123456789'), '\x839206e3'::bytea, 'the checksum of these tests is CRC-32C');
SELECT is(forge(bytes, 0, substring(bytes FOR 1), type <> 'ntk_gram'), bytes, type || ': what is forged here is right') FROM originals;

-- text

SELECT throws_ok(format('SELECT %L::%s', text, type), code, message, format('%s: "%s"', type, left(text, 12)))
FROM (VALUES ('ntk_gram'), ('ntk_model')) AS t (type),
	LATERAL (VALUES ('', '22P03', 'invalid or damaged ' || type || ' value'), ('AAAA', '22P03', 'invalid or damaged ' || type || ' value'),
					('not base64!', '22P02', 'invalid input syntax for type ' || type), ('{"input_dim": 2}', '22P02', 'invalid input syntax for type ' || type),
					('AAA', '22P02', 'invalid input syntax for type ' || type)) AS v (text, code, message);
SELECT is((SELECT count(*) FROM generate_series(0, length(to_text(bytes)) - 1) AS n
		   WHERE error_of(format('SELECT %L::%s', left(to_text(bytes), n), type)) !~ '^invalid (or damaged|input syntax)'), 0::bigint, type || ': truncated anywhere, text')
FROM originals WHERE type <> 'ntk_map';
-- the last character before the padding has bits that mean nothing
SELECT is((SELECT count(*) FROM generate_series(1, length(rtrim(to_text(bytes), '=')) - 1) AS n
		   WHERE error_of(format('SELECT %L::%s', overlay(to_text(bytes) PLACING CASE substring(to_text(bytes) FROM n FOR 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM n), type))
			   !~ '^invalid or damaged'), 0::bigint, type || ': another character anywhere')
FROM originals WHERE type <> 'ntk_map';
SELECT is(error_of(format('SELECT %L::%s', to_text(bytes), CASE type WHEN 'ntk_gram' THEN 'ntk_model' ELSE 'ntk_gram' END)),
		  format('invalid or damaged %s value | It is a value of another type.', CASE type WHEN 'ntk_gram' THEN 'ntk_model' ELSE 'ntk_gram' END),
		  'the text of one type is refused by the other: ' || type)
FROM originals WHERE type <> 'ntk_map';

-- binary

SELECT is((SELECT count(*) FROM generate_series(0, length(bytes) - 1) AS n
		   WHERE error_of(format('SELECT receive(%L, %L)', type, substring(bytes FOR n))) !~ '^invalid or damaged'), 0::bigint, type || ': truncated anywhere, binary')
FROM originals;
SELECT is((SELECT count(*) FROM generate_series(0, length(bytes) - 1) AS n
		   WHERE error_of(format('SELECT receive(%L, %L)', type, set_byte(bytes, n, get_byte(bytes, n) # (1 << n % 8)))) !~ '^invalid or damaged'), 0::bigint,
		  type || ': a bit changed in every byte')
FROM originals;
SELECT is(error_of(format('SELECT receive(%L, %L)', other.type, originals.bytes)),
		  format('invalid or damaged %s value | It is a value of another type.', other.type), format('the bytes of an %s are no %s', originals.type, other.type))
FROM originals, originals AS other WHERE originals.type <> other.type ORDER BY originals.type, other.type;

-- Forged: the checksum fits, the contents do not. Numbers are little-endian.

SELECT is(error_of(format('SELECT %L::ntk_gram', to_text(forge(bytes, place, patch)))), message, 'a forged ntk_gram: ' || description)
FROM originals, (VALUES
	(1, '\x02'::bytea, 'invalid or damaged ntk_gram value | Its format version is not supported.', 'version 2'),
	(2, '\x01', 'invalid or damaged ntk_gram value | Its format version is not supported.', 'reserved bytes'),
	(4, '\x01', 'invalid or damaged ntk_gram value | A field of its header is out of range.', 'a fingerprint'),
	(12, '\x04', 'invalid or damaged ntk_gram value | Its size does not fit its width and targets.', 'width 4'),
	(12, '\x00', 'invalid or damaged ntk_gram value | A field of its header is out of range.', 'width 0'),
	(12, '\xffffffff', 'the number of features must be between 1 and 16000, not -1', 'width -1'),
	(12, '\xffffff7f', 'the number of features must be between 1 and 16000, not 2147483647', 'width 2147483647'),
	(16, '\x00', 'the number of targets must be between 1 and 1000, not 0', 'no targets'),
	(16, '\x01', 'invalid or damaged ntk_gram value | Its size does not fit its width and targets.', 'one target'),
	(16, '\xffffffff', 'the number of targets must be between 1 and 1000, not -1', '-1 targets'),
	(20, '\xffffffffffffffff', 'invalid or damaged ntk_gram value | A field of its header is out of range.', '-1 rows'),
	(28, '\xffffffffffffffff', 'invalid or damaged ntk_gram value | A field of its header is out of range.', '-1 skipped rows'),
	(36, '\x000000000000f0bf', 'invalid or damaged ntk_gram value | A field of its header is out of range.', 'lambda -1'),
	(44, '\x01', 'invalid or damaged ntk_gram value | Its size does not fit its width and targets.', 'a map of one byte'),
	(44, '\x40', 'invalid or damaged ntk_gram value | Its size does not fit its width and targets.', 'a map that is not there'),
	(48, '\x01', 'invalid or damaged ntk_gram value | A field of its header is out of range.', 'more reserved bytes'),
	(52, '\x000000000000f87f', 'invalid or damaged ntk_gram value | It contains an infinity or a NaN.', 'NaN'),
	(52, '\x000000000000f0bf', 'invalid or damaged ntk_gram value | What was subtracted from it is negative.', 'less than nothing subtracted'),
	(76, '\x000000000000f0ff', 'invalid or damaged ntk_gram value | It contains an infinity or a NaN.', 'an infinity')) AS v (place, patch, message, description)
WHERE type = 'ntk_gram';

SELECT is(error_of(format('SELECT %L::ntk_model', to_text(forge(bytes, place, patch, sealed)))), message, 'a forged ntk_model: ' || description)
FROM originals, (VALUES
	(1, '\x02'::bytea, true, 'invalid or damaged ntk_model value | Its format version is not supported.', 'version 2'),
	(12, '\x04', true, 'invalid or damaged ntk_model value | Its size does not fit its width and targets.', 'width 4'),
	(12, '\x00', true, 'the number of features must be between 1 and 16000, not 0', 'width 0'),
	(16, '\xffffffff', true, 'the number of targets must be between 1 and 1000, not -1', '-1 targets'),
	(20, '\x00', true, 'invalid or damaged ntk_model value | A field of its header is out of range.', 'no rows'),
	(28, '\x000000000000f87f', true, 'invalid or damaged ntk_model value | A field of its header is out of range.', 'lambda NaN'),
	(36, '\x000000000000f0bf', true, 'invalid or damaged ntk_model value | A field of its header is out of range.', 'a negative ridge'),
	(44, '\x40', true, 'invalid or damaged ntk_model value | Its size does not fit its width and targets.', 'a map that is not there'),
	(52, '\x000000000000f07f', true, 'invalid or damaged ntk_model value | It contains an infinity or a NaN.', 'an infinity'),
	(52, '\x0000000000000040', false, 'invalid or damaged ntk_model value | Its fingerprint does not match.', 'another number'),
	(4, '\x0102030405060708', false, 'invalid or damaged ntk_model value | Its fingerprint does not match.', 'another fingerprint')) AS v (place, patch, sealed, message, description)
WHERE type = 'ntk_model';

SELECT is(error_of(format('SELECT receive(%L, %L)', 'ntk_map', forge(bytes, place, patch, sealed))), message, 'a forged ntk_map: ' || description)
FROM originals, (VALUES
	(12, '\x63'::bytea, true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'an unknown method'),
	(13, '\x07', true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'an unknown kernel'),
	(36, '\x02', true, 'taper must be between 0 and 1, not 2', 'a taper of 2'),
	(40, '\x01', true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'an option that the method has not'),
	(15, '\x01', true, 'invalid or damaged ntk_map value | A field of its map is out of range.', 'reserved bytes'),
	(16, '\x00', true, 'input_dim must be between 1 and 1048576, not 0', 'no inputs'),
	(20, '\xffffff7f', true, 'n_components must be between 1 and 16000, not 2147483647', 'too many components'),
	(24, '\x00', true, 'depth must be between 1 and 64, not 0', 'depth 0'),
	(32, '\x00', true, 'degree must be between 1 and 64, not 0', 'degree 0'),
	(28, '\x01', true, 'base_dim must be between 64 and 65536, not 1', 'a base of 1'),
	(48, '\x06', true, 'invalid or damaged ntk_map value | The size of its map does not match its fields.', 'numbers that are not there'),
	(60, '\x000000000000f87f', true, 'bias must be finite, not NaN', 'a bias NaN'),
	(52, '\x01', false, 'invalid or damaged ntk_map value | The fingerprint of its map does not match.', 'another seed')) AS v (place, patch, sealed, message, description)
WHERE type = 'ntk_map';

SELECT is(error_of(format('SELECT %L::%s', to_text(forge(bytes, place, patch, type = 'ntk_model')), type)), format(message, type), format('a forged map in %s: %s', type, description))
FROM mapped, (VALUES
	(56, '\x02'::bytea, 'invalid or damaged %s value | It is a value of another type.', 'another type'),
	(52, '\x00000000', 'invalid or damaged %s value | The size of its map does not match its fields.', 'of no length'),
	(76, '\x05', 'invalid or damaged %s value | Its map has another width.', 'of another width'),
	(108, '\x09', 'invalid or damaged %s value | The fingerprint of its map does not match.', 'of another seed')) AS v (place, patch, message, description);

-- values that do not belong together

CREATE TEMP TABLE parts AS
SELECT 'a' AS name, ntk_gram('{1,2}'::float8[], 1) AS g
UNION ALL SELECT 'wider', ntk_gram('{1,2,3}'::float8[], 1)
UNION ALL SELECT 'more targets', ntk_gram('{1,2}'::float8[], '{1,2}'::float8[])
UNION ALL SELECT 'mapped', ntk_gram('{1,2}'::float8[], 1, ntk_map(2, 2))
UNION ALL SELECT 'another map', ntk_gram('{1,2}'::float8[], 1, ntk_map(2, 2, seed => 1));
SELECT is(error_of(format('SELECT a.g %s b.g FROM parts a, parts b WHERE a.name = %L AND b.name = %L', operator, a, b)), message, format('%s %s %s', a, operator, b))
FROM (VALUES
	('a', 'wider', 'statistics of 2 and of 3 features cannot be combined'),
	('more targets', 'a', 'statistics of 2 and of 1 targets cannot be combined'),
	('a', 'mapped', format('statistics of different feature maps cannot be combined | Their fingerprints are none and %s.', ntk_fingerprint(ntk_map(2, 2)))),
	('mapped', 'another map', format('statistics of different feature maps cannot be combined | Their fingerprints are %s and %s.',
									 ntk_fingerprint(ntk_map(2, 2)), ntk_fingerprint(ntk_map(2, 2, seed => 1))))) AS v (a, b, message),
	unnest('{+,-}'::text[]) AS operator;
SELECT throws_ok(format('SELECT sum(g ORDER BY name) FROM parts WHERE name IN (%L, %L)', a, b), '22000', message, format('the sum of %s and %s', a, b))
FROM (VALUES
	('a', 'wider', 'statistics of 2 and of 3 features cannot be combined'),
	('a', 'more targets', 'statistics of 1 and of 2 targets cannot be combined'),
	('another map', 'mapped', 'statistics of different feature maps cannot be combined')) AS v (a, b, message);

-- and the server is still there
SELECT is((SELECT ntk_rows(sum(g)) FROM parts WHERE name = 'a'), 1::bigint, 'the session works on');
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test_value.bin';

-- its size is right, as VARSIZE does not look at the bits that say where a value is
SELECT is(error_of($$SELECT 'AgEAAAAAAAAAAAAAAgAAAAEAAAADAAAAAAAAAAAAAAAAAAAAAAAAAAAA+H+AAAAAAAAAAAECAAABAQAAILQGbKk47ZoEAAAAAwAAAAIAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAIA/AAAAAAAAAAAAAAAAAAAIQAAAAAAAABhAAAAAAAAAGEAAAAAAAAAsQAAAAIza4CVAAAAAfGwz8T8AAABuHn45QAAAAIwttvw/1Fn9hJHK3D+Chgh9xzVHQND8okqYOApApotTyw=='::ntk_gram$$), 'invalid or damaged ntk_gram value | The size of its map does not match its fields.', 'a statistic whose map says that it is elsewhere');

SELECT * FROM finish();
ROLLBACK;
