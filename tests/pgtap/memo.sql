-- The last results of expensive functions: the right ones, and computed once.

BEGIN;
SELECT plan(25);

CREATE TEMP TABLE samples AS
SELECT i AS id, ARRAY[sin(i), cos(1.7 * i), sin(2.3 * i) * cos(i)]::float8[] AS x, sin(i) AS y, i % 3 AS g
FROM generate_series(1, 300) AS i;

-- as a call site each, where nothing is kept
CREATE FUNCTION solve_apart(gram ntk_gram, lambda float8) RETURNS ntk_model LANGUAGE plpgsql AS $$
DECLARE
	result ntk_model;
BEGIN
	EXECUTE 'SELECT ntk_solve($1, $2)' INTO result USING gram, lambda;
	RETURN result;
END $$;
CREATE FUNCTION map_apart(n int, s int) RETURNS ntk_map LANGUAGE plpgsql AS $$
DECLARE
	result ntk_map;
BEGIN
	EXECUTE 'SELECT ntk_map(3, $1, seed => $2)' INTO result USING n, s;
	RETURN result;
END $$;

-- arguments that change

CREATE TEMP TABLE grams (id int, gram ntk_gram);
INSERT INTO grams SELECT g, ntk_gram(x, y, ntk_map(3, 8 + 60 * g)) FROM samples GROUP BY g;	-- in line, and out of line
INSERT INTO grams SELECT 3 + g, ntk_gram(x, cos(3 * id), ntk_map(3, 8 + 60 * g)) FROM samples GROUP BY g;
INSERT INTO grams VALUES (6, NULL);
CREATE TEMP TABLE lambdas (lambda float8);
INSERT INTO lambdas VALUES (1e-6), (1e-3), (0.1), (1), (NULL);
CREATE TEMP TABLE apart AS
SELECT id, lambda, solve_apart(gram, lambda)::text AS model FROM grams, lambdas;
SELECT is(count(*), 30::bigint, 'models to compare') FROM apart WHERE model IS NOT NULL;
SELECT is_empty($$SELECT id, lambda, model FROM apart
				  EXCEPT SELECT id, lambda, ntk_solve(gram, lambda)::text FROM grams, lambdas, generate_series(1, 3)$$, 'alternating statistics');
SELECT is_empty($$SELECT id, lambda, ntk_solve(gram, lambda)::text FROM (SELECT * FROM grams, lambdas, generate_series(1, 3) AS i ORDER BY i, lambda, id) AS s
				  EXCEPT SELECT id, lambda, model FROM apart$$, 'alternating penalties');
SELECT is(count(ntk_solve(gram, 1e-3, flag)), 6::bigint, 'a NULL among other arguments')
FROM grams, (VALUES (false), (NULL)) AS v (flag);
SELECT ok(bool_and(ntk_map(3, 16 + n % 2, seed => n % 5) = map_apart(16 + n % 2, n % 5)), 'maps of arguments that alternate')
FROM generate_series(1, 100) AS n;
SELECT is(count(DISTINCT ntk_fingerprint(ntk_map(3, 16, seed => n % 200))), 200::bigint, 'more arguments than are kept')
FROM generate_series(1, 600) AS n;
SELECT is(count(DISTINCT ntk_fingerprint(ntk_map(3, 16, method => m))), 3::bigint, 'texts')
FROM generate_series(1, 5), unnest('{zonal,polysketch,random_features}'::text[]) AS m;
SELECT is(array_agg(ntk_fingerprint(t::ntk_map) ORDER BY i, n), (SELECT array_agg(ntk_fingerprint(map_apart(n, 0)) ORDER BY i, n) FROM generate_series(1, 3) AS i, generate_series(5, 8) AS n), 'casts of text')
FROM (SELECT i, n, map_apart(n, 0)::text AS t FROM generate_series(1, 3) AS i, generate_series(5, 8) AS n) AS s;
SELECT is((format('{%s,%1$s,%s,%1$s}', to_json(ntk_map(3, 5)::text), to_json(ntk_map(3, 6)::text))::ntk_map[])[4], ntk_map(3, 5), 'an array of maps from text');
SELECT is(maps[n], map_apart(16, n), 'many casts of one array')
FROM (SELECT array_agg(map_apart(16, n)::text ORDER BY n)::ntk_map[] AS maps FROM generate_series(1, 150) AS n) AS s, (VALUES (1), (150)) AS v (n);

-- one value in several forms, and several values in one place

CREATE TEMP TABLE forms AS SELECT id, gram FROM grams WHERE gram IS NOT NULL;
SELECT is_empty($$SELECT id, ntk_solve(gram, 1e-3)::text
				  FROM (SELECT id, gram FROM forms UNION ALL SELECT id, ntk_scale(gram, 1) FROM forms OFFSET 0) AS s
				  EXCEPT SELECT id, model FROM apart WHERE lambda = 1e-3$$, 'statistics from a table and from memory');
SELECT ok(bool_and(ntk_rows(model) = id), 'a statistic that grows in its place')
FROM (SELECT id, ntk_solve(ntk_gram(x, y) OVER (ORDER BY id), 1e-3) AS model FROM samples) AS s;

CREATE FUNCTION wrong_after_update() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	wrong bigint := 0;
	stored ntk_gram;
	model ntk_model;
BEGIN
	FOR i IN 1..10 LOOP
		UPDATE grams SET gram = (SELECT ntk_gram(x, y * i, ntk_map(3, 100)) FROM samples) WHERE id = 2;
		SELECT gram INTO stored FROM grams WHERE id = 2;
		model := ntk_solve(stored, 1e-3);
		wrong := wrong + (model::text <> solve_apart(stored, 1e-3)::text)::int;
	END LOOP;
	RETURN wrong;
END $$;
SELECT is(wrong_after_update(), 0::bigint, 'a table that is updated in a loop');

CREATE FUNCTION rows_of_sums() RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	day ntk_gram := (SELECT ntk_gram(x, y) FROM samples);
	total ntk_gram := day;
	result bigint[];
BEGIN
	FOR i IN 1..4 LOOP
		result := result || ntk_rows(ntk_solve(total, 1e-3));
		total := total + day;
	END LOOP;
	RETURN result;
END $$;
SELECT is(rows_of_sums(), '{300,600,900,1200}', 'a variable that is added to');

CREATE FUNCTION ratios_of_metrics() RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
	metric float8[] := '{1,1,1}';
	diagonal float8[];
	result float8[];
BEGIN
	FOR i IN 1..3 LOOP
		metric[2] := 4 ^ i;
		diagonal := ntk_metric(ntk_with_metric(ntk_map(3, 8), metric));
		result := result || round((diagonal[2] / diagonal[1])::numeric, 3)::float8;
	END LOOP;
	RETURN result;
END $$;
SELECT is(ratios_of_metrics(), '{4,16,64}', 'an array that is changed in its place');

CREATE FUNCTION outcomes() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	lambda float8;
	result text[];
BEGIN
	FOREACH lambda IN ARRAY '{1,-1,1,-1,2}'::float8[] LOOP
		BEGIN
			result := result || ntk_lambda(ntk_solve((SELECT gram FROM forms WHERE id = 0), lambda))::text;
		EXCEPTION WHEN invalid_parameter_value THEN
			result := result || 'refused'::text;
		END;
	END LOOP;
	RETURN result;
END $$;
SELECT is(outcomes(), '{1,refused,1,refused,2}', 'errors between results');

SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is_empty($$SELECT id, lambda, ntk_solve(gram, lambda)::text FROM forms, lambdas, generate_series(1, 3)
				  EXCEPT SELECT id, lambda, model FROM apart$$, 'little memory');
RESET ntk_sketch.max_memory;

CREATE TEMP TABLE large AS
SELECT i AS id, ntk_gram(x, y * i, ntk_map(3, 600)) AS gram FROM samples, generate_series(1, 3) AS i GROUP BY i;
SELECT is(count(DISTINCT (id, ntk_solve(gram, 1e-3)::text)), 3::bigint, 'large statistics that alternate')
FROM (SELECT id, ntk_scale(gram, 1) AS gram FROM large, generate_series(1, 4) AS i ORDER BY i, id) AS s;

-- What is the same for many rows is computed once. Without that a ratio is the number of rows.

SET LOCAL jit = off;
CREATE FUNCTION seconds_of(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz := clock_timestamp();
BEGIN
	EXECUTE query;
	RETURN extract(epoch FROM clock_timestamp() - start);
END $$;
CREATE FUNCTION times_as_long(many text, one text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	shortest float8 := (SELECT min(seconds_of(one)) FROM generate_series(1, 4));
BEGIN
	RETURN seconds_of(many) / shortest;
END $$;
CREATE TEMP TABLE wide AS SELECT ntk_gram(x, y, ntk_map(3, 600)) AS gram FROM samples;
CREATE TEMP TABLE sizes AS
SELECT 3 AS d, 16 AS m, array_agg(line ORDER BY i) AS metric
FROM (SELECT i, array_agg(CASE WHEN i = j THEN 1 + i ELSE sin(i) * sin(j) END ORDER BY j) AS line
	  FROM generate_series(1, 100) AS i, generate_series(1, 100) AS j GROUP BY i) AS s;

SELECT cmp_ok(times_as_long('WITH models AS (SELECT ntk_solve(gram, 1e-3) AS model FROM wide) SELECT sum(ntk_predict(model, x)) FROM samples, models',
							'SELECT ntk_predict(ntk_solve(gram, 1e-3), ''{1,1,1}''::real[]) FROM wide'), '<', 60::float8, 'a model that the planner pulls up is solved once');
SELECT cmp_ok(times_as_long('SELECT count(ntk_solve(gram, lambda)) FROM samples, wide, unnest(''{1e-3,1e-2,1}''::float8[]) AS lambda',
							'SELECT ntk_solve(gram, 1e-3) FROM wide'), '<', 60::float8, 'and one for each of several penalties');
SELECT cmp_ok(times_as_long('WITH s AS MATERIALIZED (SELECT ntk_scale(gram, 1) AS gram FROM wide) SELECT count(ntk_solve(gram, 1e-3)) FROM samples, s',
							'SELECT ntk_solve(ntk_scale(gram, 1), 1e-3) FROM wide'), '<', 100::float8, 'and one of a large statistic, twice');
SET LOCAL enable_material = off;
SELECT cmp_ok(times_as_long('SELECT count(ntk_solve(gram, 1e-3)) FROM (SELECT ntk_scale(gram, 1) AS gram FROM wide OFFSET 0) AS s LEFT JOIN samples ON true',
							'SELECT ntk_solve(ntk_scale(gram, 1), 1e-3) FROM wide'), '<', 60::float8, 'and one of a statistic in memory');
SELECT cmp_ok(times_as_long('SELECT ntk_gram(x, y, ntk_map(d, m)) FROM samples, sizes',
							'SELECT ntk_gram(x, y, ntk_map(d, m)) FROM samples, sizes WHERE id = 1'), '<', 60::float8, 'a map that is no constant is made once');
SELECT cmp_ok(times_as_long('SELECT count(ntk_with_metric(ntk_map(100, m), metric)) FROM samples, sizes',
							'SELECT ntk_with_metric(ntk_map(100, m), metric) FROM sizes'), '<', 60::float8, 'and one with a metric');

SELECT * FROM finish();
ROLLBACK;
