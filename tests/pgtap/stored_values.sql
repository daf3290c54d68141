-- What is stored as a value of ntk_map, ntk_gram or ntk_model is looked at before it is used:
-- a cast without a function makes such values of any bytes, without their input functions.

BEGIN;
SELECT plan(73);

\ir include/error_of.sql

-- a bytea with the alignment of our types
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = external);
CREATE CAST (raw AS ntk_map) WITHOUT FUNCTION;
CREATE CAST (raw AS ntk_gram) WITHOUT FUNCTION;
CREATE CAST (raw AS ntk_model) WITHOUT FUNCTION;

-- what is stored is what is sent, less the checksum
CREATE FUNCTION stored(sent bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT substring(sent FOR length(sent) - 4)';
CREATE FUNCTION bytes(v ntk_map) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT stored(_ntk_map_send(v))';
CREATE FUNCTION bytes(v ntk_gram) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT stored(_ntk_gram_send(v))';
CREATE FUNCTION bytes(v ntk_model) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT stored(_ntk_model_send(v))';

CREATE TEMP TABLE originals (type text, name text, bytes bytea);
INSERT INTO originals VALUES
	('ntk_map', 'zonal', bytes(ntk_map(2, 3))),
	('ntk_map', 'random_features', bytes(ntk_map(2, 3, method => 'random_features'))),
	('ntk_map', 'polysketch', bytes(ntk_map(2, 3, method => 'polysketch'))),
	('ntk_map', 'nystrom', bytes(ntk_nystrom('{{1,2},{3,4}}'::float8[]))),
	('ntk_map', 'gaussian', bytes(ntk_nystrom('{{1,2},{3,4}}'::float8[], 'gaussian', 1))),
	('ntk_map', 'with a metric', bytes(ntk_with_metric(ntk_map(2, 3), '{{2,0},{0,1}}'))),
	('ntk_map', 'images', bytes(cntk_map('{2,2,1}', 4, 2, 1, 'zonal', options => '{"rank": 2, "mean": [0.5], "std": [2]}'))),
	('ntk_map', 'sketch of images', bytes(cntk_map('{2,2,1}', 4, 2, 1, 'sketch', options => '{"width": 64}')));
INSERT INTO originals SELECT 'ntk_gram', 'of features', bytes(ntk_gram(ARRAY[i, i * i]::float8[], i)) FROM generate_series(1, 9) AS i;
INSERT INTO originals SELECT 'ntk_gram', 'with a map', bytes(ntk_gram(ARRAY[i, i * i]::float8[], i, ntk_map(2, 2))) FROM generate_series(1, 9) AS i;
INSERT INTO originals SELECT 'ntk_gram', 'of no rows', bytes(ntk_gram(ARRAY[i, i * i]::float8[], NULL)) FROM generate_series(1, 9) AS i;
INSERT INTO originals SELECT 'ntk_model', 'of features', bytes(ntk_ridge(ARRAY[i, i * i]::float8[], i, 0.5)) FROM generate_series(1, 9) AS i;
INSERT INTO originals SELECT 'ntk_model', 'with a map', bytes(ntk_ridge(ARRAY[i, i * i]::float8[], i, 0.5, ntk_map(2, 2))) FROM generate_series(1, 9) AS i;
INSERT INTO originals SELECT 'ntk_model', 'with its uncertainty', bytes(ntk_solve(ntk_gram(ARRAY[i, i * i]::float8[], i, ntk_map(2, 2)), 0.5, true)) FROM generate_series(1, 9) AS i;

-- all that takes such a value, v
CREATE TEMP TABLE uses (type text, expression text);
INSERT INTO uses VALUES
	('ntk_map', 'v::text'), ('ntk_map', '_ntk_map_send(v)'), ('ntk_map', 'ntk_fingerprint(v)'), ('ntk_map', '_ntk_map_hash(v)'),
	('ntk_map', 'v = ntk_map(2, 3)'), ('ntk_map', 'ntk_map(2, 3) <> v'), ('ntk_map', 'cntk_nystrom(v, ''{1}'')'),
	('ntk_map', 'cntk_patches(''{1,2,3,4}''::float8[], v, 1)'), ('ntk_map', 'ntk_sketch(''{1,2}''::float8[], v)'),
	('ntk_map', 'ntk_sketch(''{1}''::int[], ''{1}''::float8[], v)'), ('ntk_map', 'ntk_sketch(''\x01020304''::bytea, v)'),
	('ntk_map', 'ntk_gram(''{1,2}''::float8[], 1, v)'), ('ntk_map', 'ntk_gram_class(''{1,2}''::float8[], 1, 2, v)'),
	('ntk_map', 'ntk_ridge(''{1,2}''::float8[], 1, 1, v)'), ('ntk_map', 'ntk_with_metric(v, ''{1,2}'')'), ('ntk_map', 'ntk_metric(v)'),
	('ntk_map', 'ntk_metric_root(v)'), ('ntk_map', 'ntk_has_gradient(v)'),
	('ntk_gram', 'v::text'), ('ntk_gram', '_ntk_gram_send(v)'), ('ntk_gram', 'v + v'), ('ntk_gram', 'v - v'), ('ntk_gram', 'ntk_scale(v, 2)'),
	('ntk_gram', 'ntk_with_targets(v, ''{1}'')'), ('ntk_gram', 'ntk_rows(v)'), ('ntk_gram', 'ntk_skipped(v)'), ('ntk_gram', 'ntk_width(v)'),
	('ntk_gram', 'ntk_targets(v)'), ('ntk_gram', 'ntk_weight(v)'), ('ntk_gram', 'ntk_feature_map(v)'), ('ntk_gram', 'ntk_moments(v)'),
	('ntk_gram', 'ntk_solve(v, 1)'), ('ntk_gram', 'ntk_path(v, ''{1}'')'), ('ntk_gram', 'ntk_cv(ARRAY[v, v], ''{1}'')'), ('ntk_gram', 'sum(v)'),
	('ntk_gram', 'ntk_mse((SELECT ntk_ridge(''{1,2}''::float8[], 1, 1)), v)'),
	('ntk_model', 'v::text'), ('ntk_model', '_ntk_model_send(v)'), ('ntk_model', 'ntk_rows(v)'), ('ntk_model', 'ntk_width(v)'), ('ntk_model', 'ntk_targets(v)'),
	('ntk_model', 'ntk_lambda(v)'), ('ntk_model', 'ntk_train_mse(v)'), ('ntk_model', 'ntk_feature_map(v)'), ('ntk_model', 'ntk_coefficients(v)'),
	('ntk_model', 'ntk_mse(v, (SELECT ntk_gram(''{1,2}''::float8[], 1)))'), ('ntk_model', 'ntk_predict(v, ''{1,2}''::float8[])'),
	('ntk_model', 'ntk_predict(v, ''{1}''::int[], ''{1}''::float8[])'), ('ntk_model', 'ntk_predict_all(v, ''{1,2}''::float8[])'),
	('ntk_model', 'ntk_predict_std(v, ''{1,2}''::float8[])'), ('ntk_model', 'ntk_gradient(v, ''{1,2}''::float8[])'),
	('ntk_model', 'ntk_agop(v, ''{1,2}''::float8[])'), ('ntk_model', 'ntk_agop_diagonal(v, ''{1,2}''::float8[])');

SELECT is_empty($$
	SELECT DISTINCT t.type, p.proname FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'ntk_sketch', unnest('{ntk_map,ntk_gram,ntk_model}'::text[]) AS t (type)
	WHERE (t.type::regtype = ANY (p.proargtypes) OR (t.type || '[]')::regtype = ANY (p.proargtypes)) AND 'internal'::regtype <> ALL (p.proargtypes)
		AND p.proname !~ '^_ntk_|_(out|eq|ne|add|subtract|final|combine|accumulate)$'
		AND NOT EXISTS (SELECT FROM uses AS u WHERE u.type = t.type AND u.expression ~ (p.proname || '\('))$$,
	'every function that takes such a value is tested here');

CREATE FUNCTION use(type text, expression text, bytes bytea) RETURNS text LANGUAGE sql AS $$
	SELECT error_of(format('SELECT %s FROM (SELECT %L::raw::%s AS v OFFSET 0) AS s', expression, bytes, type))
$$;

SELECT is((SELECT count(*) FROM uses AS u, originals AS o WHERE u.type = o.type AND use(u.type, expression, bytes) ~ '^invalid or damaged'), 0::bigint,
		  'undamaged values are not refused');

-- what is not a value of the type
SELECT is(use(u.type, expression, set_byte(bytes, 1, 2)), format('invalid or damaged %s value | Its format version is not supported.', u.type),
		  format('%s of %s with version 2', expression, u.type))
FROM uses AS u JOIN originals AS o ON o.type = u.type AND name IN ('zonal', 'of features');
SELECT is_empty(format($$
	SELECT expression, use(u.type, expression, damaged) FROM uses AS u JOIN originals AS o USING (type),
		LATERAL (VALUES (''::bytea), ('\x01'), (substring(bytes FOR 12)), (substring(bytes FOR length(bytes) - 1)), (bytes || '\x00'),
						(set_byte(bytes, 0, 1 + get_byte(bytes, 0) %% 3)), (set_byte(bytes, 2, 1))) AS v (damaged)
	WHERE use(u.type, expression, damaged) NOT LIKE format('invalid or damaged %%s value | %%%%', u.type) AND u.type = %L$$, type),
	type || ': truncated, too long, of another type, with reserved bytes')
FROM unnest('{ntk_map,ntk_gram,ntk_model}'::text[]) AS type;

-- values of one type in the place of another, after both were prepared
SELECT is(use('ntk_model', 'ntk_predict(v, ''{1,2}''::float8[])', bytes), 'invalid or damaged ntk_model value | It is a value of another type.', 'a map is no model')
FROM originals WHERE name = 'zonal' AND ntk_sketch('{1,2}'::float8[], bytes::text::raw::ntk_map) IS NOT NULL;
SELECT is(use('ntk_map', 'ntk_sketch(''{1,2}''::float8[], v)', bytes), 'invalid or damaged ntk_map value | It is a value of another type.', 'a model is no map')
FROM originals WHERE name = 'with its uncertainty' AND ntk_predict(bytes::text::raw::ntk_model, '{1,2}'::float8[]) IS NOT NULL;

-- two models of one fingerprint, which is short enough to be forged; their intercepts differ
SELECT bytes AS model, set_byte(bytes, 59, get_byte(bytes, 59) # 128) AS forged FROM originals WHERE type = 'ntk_model' AND name = 'of features' \gset
SELECT is(count(DISTINCT ntk_predict(CASE i % 2 WHEN 0 THEN :'model'::raw::ntk_model ELSE :'forged'::raw::ntk_model END, '{0,0}'::float8[])), 2::bigint,
		  'models of one fingerprint predict each its own') FROM generate_series(1, 5) AS i;

-- A bit changed anywhere, and numbers that are no sizes: any result or error will do, but no crash.
CREATE TEMP TABLE mutated AS
SELECT type, name, n, set_byte(bytes, n, get_byte(bytes, n) # (1 << n * 5 % 8)) AS bytes FROM originals, LATERAL generate_series(0, length(bytes) - 1) AS n
UNION ALL
SELECT type, name, n, overlay(bytes PLACING patch FROM n + 1) FROM originals, LATERAL generate_series(12, least(length(bytes) - 8, 132), 4) AS n,
	(VALUES ('\xffffffff'::bytea), ('\x00000000'), ('\xffffff7f'), ('\x00000080'), ('\x000000000000f87f')) AS v (patch);
SELECT is((SELECT count(use(u.type, expression, bytes)) FROM uses AS u JOIN mutated AS m USING (type) WHERE u.type = t.type) > 1000, true, 'the session survives any change of a stored ' || t.type)
FROM unnest('{ntk_map,ntk_gram,ntk_model}'::text[]) AS t (type);

-- out of line, where only the fields are read
CREATE TEMP TABLE stored_grams AS SELECT substring(bytes(ntk_gram((SELECT array_agg(sin(i * j)) FROM generate_series(1, 300) AS j), i)) FOR 100000)::text::raw AS b FROM generate_series(1, 10) AS i;
SELECT throws_ok('SELECT ntk_rows(b::ntk_gram) FROM stored_grams', '22P03', 'invalid or damaged ntk_gram value', 'a truncated statistic out of line');
SELECT lives_ok('CREATE TEMP TABLE whole AS SELECT ntk_gram((SELECT array_agg(sin(i * j)) FROM generate_series(1, 300) AS j), i) AS g FROM generate_series(1, 10) AS i', 'a whole one');
SELECT is((SELECT (ntk_rows(g), ntk_width(g), ntk_targets(g), ntk_skipped(g))::text FROM whole), '(10,300,1,0)', 'says what it is');

-- zeros that are not stored as such would make two fingerprints of one map
\ir include/forge.sql
\ir include/scratch_file.sql
\ir include/receive_map.sql
SELECT is(error_of(format('SELECT receive(%L)', forge(_ntk_map_send(map), place, patch, true))),
		  'invalid or damaged ntk_map value | Its map contains a negative zero.', 'a negative zero: ' || what)
FROM (VALUES
	('bias', ntk_map(2, 3), 60, '\x0000000000000080'::bytea),
	('a landmark', ntk_nystrom('{{0,2},{3,4}}'::float8[]), 100, '\x00000080'),
	('a metric', ntk_with_metric(ntk_map(2, 3), '{{1,0},{0,4}}'), 100, '\x00000080'),
	('a mean', cntk_map('{2,2,1}', 4, 2, 1, 'zonal', options => '{"rank": 2, "mean": [0], "std": [2]}'), 100, '\x00000080')) AS v (what, map, place, patch);
SELECT is(ntk_fingerprint(ntk_map(2, 3, bias => '-0')), ntk_fingerprint(ntk_map(2, 3)), 'a bias of -0 is one of 0');
SELECT is(_ntk_model_send(ntk_solve(g, '-0')), _ntk_model_send(ntk_solve(g, 0)), 'so is a lambda')
FROM (SELECT ntk_gram(ARRAY[i, i * i]::float8[], i) AS g FROM generate_series(1, 9) AS i) AS s;

COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test.bin';
SELECT * FROM finish();
ROLLBACK;
