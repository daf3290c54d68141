-- Results that no number can hold are errors, neither infinities nor NaN nor a count that has
-- wrapped around; and what is made can be written and read again.

BEGIN;
SELECT plan(34);

\ir include/error_of.sql
\ir include/forge.sql

CREATE FUNCTION to_text(value bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$SELECT replace(encode(value, 'base64'), E'\n', '')$$;

-- counts of rows: 9223372036854775807 and 4611686018427387904 of them
CREATE TEMP TABLE counted AS
SELECT ntk_gram(ARRAY[i, i * i]::float8[], CASE WHEN i < 9 THEN i END) AS g FROM generate_series(1, 9) AS i;
CREATE TEMP TABLE forged AS
SELECT g, to_text(forge(_ntk_gram_send(g), 20, '\xffffffffffffff7f'))::ntk_gram AS most_rows, to_text(forge(_ntk_gram_send(g), 20, '\x0000000000000040'))::ntk_gram AS half,
	   to_text(forge(_ntk_gram_send(g), 28, '\xffffffffffffff7f'))::ntk_gram AS most_skipped
FROM counted;
SELECT is((ntk_rows(most_rows), ntk_rows(half), ntk_skipped(most_skipped))::text, '(9223372036854775807,4611686018427387904,9223372036854775807)', 'statistics of many rows')
FROM forged;
SELECT throws_ok('SELECT ' || query || ' FROM forged', '22003', 'the number of rows of the statistic exceeds the range of type bigint', query)
FROM unnest('{most_rows + g,g + most_rows,half + half,most_skipped + most_skipped,"ntk_solve(most_rows + g, 1)"}'::text[]) AS query;
SELECT throws_ok('SELECT sum(h) FROM (SELECT most_rows AS h FROM forged UNION ALL SELECT g FROM forged) AS s', '22003',
				 'the number of rows of the statistic exceeds the range of type bigint', 'the sum of statistics');
SELECT is(error_of('SELECT half + half FROM forged'), 'the number of rows of the statistic exceeds the range of type bigint | It would be the sum of 4611686018427387904 and 4611686018427387904.',
		  'the error has both counts');
SELECT throws_ok($$DO 'DECLARE g ntk_gram; BEGIN SELECT counted.g INTO g FROM counted; FOR i IN 1..63 LOOP g := g + g; END LOOP; END'$$, '22003',
				 'the number of rows of the statistic exceeds the range of type bigint', 'a statistic that is doubled 63 times');
CREATE FUNCTION doubled(g ntk_gram, times int) RETURNS ntk_gram LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..times LOOP g := g + g; END LOOP;
	RETURN g;
END $$;
SELECT is(ntk_rows(doubled(g, 59)::text::ntk_gram), 8 * (2::bigint ^ 59)::bigint, 'doubled 59 times, it can be written and read') FROM counted;
SELECT is(ntk_rows(most_rows - g), 9223372036854775799, 'subtraction stays in the range') FROM forged;
SELECT is((most_rows - most_rows)::text::ntk_gram::text, (most_rows - most_rows)::text, 'down to no rows, which can be written and read') FROM forged;
SELECT is(ntk_skipped(g - most_skipped), 0::bigint, 'fewer rows than none are not left out') FROM forged;

-- Sums that are not finite off the diagonal, which a matrix from outside need not bound. The Gram
-- matrix of two features is its last three numbers, of which the middle one is on no diagonal.
CREATE TEMP TABLE crossed AS
SELECT to_text(forge(_ntk_gram_send(g), length(_ntk_gram_send(g)) - 12 - place, '\xffffffffffffef7f'))::ntk_gram AS up,
	   to_text(forge(_ntk_gram_send(g), length(_ntk_gram_send(g)) - 12 - place, '\xffffffffffffefff'))::ntk_gram AS down, place
FROM counted, generate_series(0, 16, 8) AS place;
SELECT is((SELECT count(*) FROM crossed WHERE error_of(format('SELECT up + up FROM crossed WHERE place = %s', place)) LIKE 'a sum of the statistic exceeds the range of type double precision | %'),
		  3::bigint, 'a + b where any sum is not finite');
SELECT is((SELECT count(*) FROM crossed WHERE error_of(format('SELECT up - down FROM crossed WHERE place = %s', place)) LIKE 'a sum of the statistic exceeds the range of type double precision | %'),
		  3::bigint, 'a - b');
SELECT is((SELECT count(*) FROM crossed WHERE error_of(format('SELECT ntk_scale(up, 2) FROM crossed WHERE place = %s', place)) LIKE 'a sum of the statistic exceeds the range of type double precision | %'),
		  3::bigint, 'ntk_scale');

-- models of the largest weights: those of features are the last numbers, of the mapped one likewise
CREATE TEMP TABLE models AS
SELECT ntk_ridge(ARRAY[i, -i * i]::float8[], i, 0.5) AS m FROM generate_series(1, 9) AS i;
CREATE TEMP TABLE huge AS
SELECT to_text(forge(_ntk_model_send(m), length(_ntk_model_send(m)) - 20, '\xffffffffffffef7fffffffffffffefff', true))::ntk_model AS m FROM models
UNION ALL
SELECT to_text(forge(_ntk_model_send(m), length(_ntk_model_send(m)) - 36, '\xffffffffffffef7fffffffffffffef7fffffffffffffef7fffffffffffffef7f', true))::ntk_model
FROM (SELECT ntk_ridge(ARRAY[i, -i * i]::float8[], i, 0.5, ntk_nystrom('{{1,0},{1,1},{2,1},{1,2}}'::float8[])) AS m FROM generate_series(1, 9) AS i) AS s;
SELECT throws_ok(format('SELECT %s FROM huge WHERE ntk_feature_map(m) IS %s NULL', query, which), '22003', NULL, format('%s of the largest weights, map %s null', query, which))
FROM (VALUES
	('', 'ntk_predict(m, ''{2,1}''::float8[])'), ('', 'ntk_predict_all(m, ''{2,1}''::float8[])'), ('', 'ntk_predict(m, ''{2,-2}''::float8[])'),
	('NOT', 'ntk_predict(m, ''{2,1}''::float8[])'), ('NOT', 'ntk_predict_all(m, ''{2,1}''::float8[])'), ('NOT', 'ntk_predict(m, ''{1,2}''::int[], ''{2,1}''::float8[])'),
	('NOT', 'ntk_agop(m, ''{2,1}''::float8[])'), ('NOT', 'ntk_agop_diagonal(m, ''{2,1}''::float8[])'), ('', 'ntk_agop(m, ''{2,1}''::float8[])')) AS v (which, query);
SELECT is(error_of('SELECT ntk_predict(m, ''{2,-2}''::float8[]) FROM huge'),
		  'the prediction exceeds the range of type double precision | Rescale the inputs or the targets of the model.', 'the error says what to do');
CREATE TEMP TABLE steep AS SELECT ntk_gram(ARRAY[i, i * i]::float8[], 1e100 * i) AS g FROM generate_series(1, 9) AS i;
SELECT throws_ok('SELECT ntk_mse(m, g) FROM huge, counted WHERE ntk_feature_map(m) IS NULL', '22003', 'the mean squared error exceeds the range of type double precision',
				 'its error on a statistic');
SELECT throws_ok('SELECT * FROM steep, crossed, ntk_path(steep.g, ''{1}'', holdout => up) WHERE place = 8', '22003', 'the mean squared error exceeds the range of type double precision',
				 'an error on rows that were held out');

SELECT throws_ok('SELECT * FROM steep, crossed, ntk_cv(ARRAY[up, steep.g], ''{1}'') WHERE place = 8', '22003', NULL, 'the error of a fold');

-- the uncertainty of a model whose noise is 1e300, the first number of its posterior
CREATE TEMP TABLE uncertain AS
SELECT to_text(forge(_ntk_model_send(m), length(_ntk_model_send(m)) - 4 - 8 * 7, '\x9c7500883ce4377e', true))::ntk_model AS m
FROM (SELECT ntk_solve(ntk_gram(ARRAY[i, -i * i]::float8[], i + i % 2), 0.5, true) AS m FROM generate_series(1, 9) AS i) AS s;
SELECT throws_ok('SELECT ntk_predict_std(m, ''{1e200,-2}''::float8[]) FROM uncertain', '22003', 'the standard deviation exceeds the range of type double precision', 'a standard deviation');
SELECT is(ntk_predict_std(m, '{3,-9}'::float8[]) > 1e150, true, 'a large one is a number') FROM uncertain;

-- of a model that could not be read again: 3 s^2 are left in weighted squares, of 1.5 rows, 3 by their count
CREATE FUNCTION noisy(s float8) RETURNS ntk_model LANGUAGE sql AS
	$$SELECT ntk_solve(ntk_gram(ARRAY[i]::float8[], s * (ARRAY[1, -2, 1])[i], 0.5), 0, true) FROM generate_series(1, 3) AS i$$;
SELECT is((ntk_predict_std(noisy(4e153), '{2}'::float8[]) / 4e153)::numeric(8, 6), sqrt(6 * (1 + 1 / 3.0))::numeric(8, 6), 'a noise just below');
SELECT is(error_of('SELECT noisy(6.3e153)'), 'numbers of the model exceed the range of type double precision | Rescale the features or the targets, or use a larger lambda.', 'a noise that is none');
SELECT is(error_of('SELECT ntk_solve(ntk_gram(ARRAY[x * 1e307]::float8[], x, 1e-310), 0, true) FROM generate_series(1, 400) AS i, power(-1, i) AS x'),
		  'numbers of the model exceed the range of type double precision | Rescale the features or the targets, or use a larger lambda.', 'a factor that is none');

SELECT * FROM finish();
ROLLBACK;
