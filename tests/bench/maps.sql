-- What maps.py runs in the private server to measure one feature map.
--
-- Tables are those of data.sh: id, x, y (a number, or one-hot for digits), is_test.

-- the map of a method, as the tables name it; digits need no bias, measurements do
CREATE FUNCTION bench_map(source regclass, method text, m int, seed bigint DEFAULT 0) RETURNS ntk_map
LANGUAGE plpgsql AS $$
DECLARE
	bias float8 := (source::text <> 'mnist')::int;
	dim int;
	map ntk_map;
BEGIN
	EXECUTE format('SELECT cardinality(x) FROM %s LIMIT 1', source) INTO dim;
	CASE method
		WHEN 'nystrom' THEN
			EXECUTE format('SELECT ntk_nystrom((SELECT ntk_landmarks(x, $1) FROM %s WHERE NOT is_test), bias => $2)', source)
				INTO map USING m, bias;
		WHEN 'polysketch_layered' THEN
			map := ntk_map(dim, m, method => 'polysketch', seed => seed, bias => bias,
						   options => '{"layered": true}');
		WHEN 'polysketch_8' THEN
			map := ntk_map(dim, m, method => 'polysketch', seed => seed, bias => bias,
						   options => '{"degree": 8}');
		WHEN 'zonal_sharp' THEN
			map := ntk_map(dim, m, seed => seed, bias => bias, options =>
						   CASE WHEN source::text = 'mnist' THEN '{"degree": 6}' ELSE '{"degree": 20}' END::jsonb);
		ELSE
			map := ntk_map(dim, m, method => method, seed => seed, bias => bias);
	END CASE;
	RETURN map;
END $$;

/*
 * lambda = 10^exponent of the least error on the held-out rows, exponent in -9 .. -1; with
 * start, no further than two from there, for widths where each lambda takes seconds.
 */
CREATE FUNCTION bench_choose(fit ntk_gram, choose ntk_gram, start int,
							 OUT exponent int, OUT error float8)
LANGUAGE sql AS $$
	SELECT round(log(lambda))::int, holdout_mse
	FROM ntk_path(fit, ARRAY(SELECT 10.0 ^ e FROM generate_series(-9, -1) AS e
							 WHERE start IS NULL OR abs(e - start) <= 2), choose)
	ORDER BY holdout_mse LIMIT 1
$$;

/*
 * Microseconds that a row more takes in SELECT ntk_sketch(x, map): the time of as many rows
 * as take two seconds, 50 to 10000, less that of one row, which makes the map ready. Best of
 * three runs.
 */
CREATE FUNCTION bench_features(source regclass, map ntk_map) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	query text := format('SELECT count(ntk_sketch(x, $1)) FROM (SELECT x FROM %s LIMIT $2) AS s', source);
	rows int := 51;
	done int;
	started timestamptz;
	seconds float8;
	one float8 := 'Infinity';
	all_rows float8;
BEGIN
	FOR run IN 1 .. 3 LOOP
		started := clock_timestamp();
		EXECUTE query INTO done USING map, 1;
		one := least(one, extract(epoch FROM clock_timestamp() - started));
	END LOOP;
	FOR run IN 0 .. 3 LOOP
		started := clock_timestamp();
		EXECUTE query INTO done USING map, rows;
		seconds := greatest(extract(epoch FROM clock_timestamp() - started) - one, 1e-5);
		all_rows := least(all_rows, seconds);
		IF run = 0 THEN
			rows := greatest(51, least(10001, 2 * rows / seconds));
			all_rows := 'Infinity';
		END IF;
	END LOOP;
	RETURN 1e6 * all_rows / (rows - 1);
END $$;

/*
 * Trains and tests with a map: map_s to make it, gram_s for the statistic of all training
 * rows, choose_s to choose lambda on a held-out fifth of them, solve_s for the last solve.
 * error: test mse / variance of the target; for digits the share of wrong ones.
 */
CREATE FUNCTION bench_train(source regclass, method text, m int, start int,
							OUT features_us float8, OUT map_s float8, OUT gram_s float8,
							OUT choose_s float8, OUT solve_s float8, OUT exponent int,
							OUT holdout float8, OUT error float8)
LANGUAGE plpgsql AS $$
DECLARE
	map ntk_map;
	fit ntk_gram;
	choose ntk_gram;
	test ntk_gram;
	model ntk_model;
	variance float8;
	started timestamptz := clock_timestamp();
BEGIN
	map := bench_map(source, method, m);
	map_s := extract(epoch FROM clock_timestamp() - started);
	features_us := bench_features(source, map);

	started := clock_timestamp();
	EXECUTE format('SELECT ntk_gram(x, y, $1) FILTER (WHERE id %% 5 <> 0),
						   ntk_gram(x, y, $1) FILTER (WHERE id %% 5 = 0) FROM %s WHERE NOT is_test', source)
		INTO fit, choose USING map;
	gram_s := extract(epoch FROM clock_timestamp() - started);

	started := clock_timestamp();
	SELECT c.exponent, c.error INTO exponent, holdout FROM bench_choose(fit, choose, start) AS c;
	choose_s := extract(epoch FROM clock_timestamp() - started);

	started := clock_timestamp();
	model := ntk_solve(fit + choose, 10.0 ^ exponent);
	solve_s := extract(epoch FROM clock_timestamp() - started);

	IF source::text = 'mnist' THEN
		EXECUTE format('SELECT avg((class <> array_position(p, (SELECT max(v) FROM unnest(p) AS v)) - 1)::int)
			FROM %s, LATERAL ntk_predict_all($1, x) AS p WHERE is_test', source) INTO error USING model;
	ELSE
		EXECUTE format('SELECT ntk_gram(x, y, $1), var_pop(y) FROM %s WHERE is_test', source)
			INTO test, variance USING map;
		error := (ntk_mse(model, test))[1] / variance;
	END IF;
END $$;
