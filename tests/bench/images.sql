-- What bench-images.sh runs in the private server. Tables are those of data.sh.

-- the map of a method; patches from the training rows of a table
CREATE FUNCTION bench_map(source regclass, shape int[], filter int, pooling int, method text, depth int, rank int,
						  m int, seed bigint) RETURNS ntk_map LANGUAGE plpgsql AS $$
DECLARE
	map ntk_map := cntk_map(shape, m, depth, method => CASE WHEN method = 'sketch' THEN method ELSE 'zonal' END,
							seed => seed, filter => filter, pooling => pooling,
							options => CASE WHEN method = 'zonal' THEN jsonb_build_object('rank', rank) ELSE '{}' END);
BEGIN
	IF method = 'nystrom' THEN
		EXECUTE format('SELECT cntk_nystrom($1, cntk_patches(x, $1, $2, $3))
			FROM (SELECT x FROM %s WHERE NOT is_test LIMIT 512) AS s', source) INTO map USING map, rank, seed;
	END IF;
	RETURN map;
END $$;

-- images per second of a statistic
CREATE FUNCTION bench_rate(method text, depth int, rank int, m int, n int, reach text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	map ntk_map := bench_map('images', '{32,32,3}', 3, 1, method, depth, rank, m, 0);
	began timestamptz := clock_timestamp();
	gram ntk_gram;
BEGIN
	SELECT ntk_gram_class(x, class, 10, map) INTO gram FROM images WHERE id <= n;
	RETURN format('%s, depth %s, rank %s, m = %s: %s%s', method, depth, rank, m,
				  round((n / extract(epoch FROM clock_timestamp() - began))::numeric, 1),
				  CASE WHEN reach <> '' THEN ' (reach ' || reach || ')' END);
END $$;

-- milliseconds per image by its size
CREATE FUNCTION bench_pixels(INOUT method text, depth int, rank int, m int, OUT side int,
							 OUT milliseconds numeric, OUT microseconds_a_pixel numeric)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	map ntk_map;
	pixels smallint[];
	began timestamptz;
	seconds float8;
	n int;
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 0;
	FOREACH side IN ARRAY ARRAY[8, 16, 32, 64, 128] LOOP
		map := cntk_map(ARRAY[side, side, 3], m, depth, method => method,
						options => CASE WHEN rank IS NULL THEN '{}' ELSE jsonb_build_object('rank', rank) END);
		n := greatest(131072 / (side * side), 4);
		SELECT array_agg((random() * 255)::smallint) INTO pixels FROM generate_series(1, 3 * side * side);
		-- columns: of constants the planner would make a sketch once
		CREATE TEMP TABLE same AS SELECT pixels AS x FROM generate_series(1, n);
		PERFORM count(ntk_sketch(x, map)) FROM same;
		seconds := 'Infinity';
		FOR run IN 1 .. 3 LOOP
			began := clock_timestamp();
			PERFORM count(ntk_sketch(x, map)) FROM same;
			seconds := least(seconds, extract(epoch FROM clock_timestamp() - began));
		END LOOP;
		milliseconds := round((1e3 * seconds / n)::numeric, 3);
		microseconds_a_pixel := round((1e6 * seconds / n / (side * side))::numeric, 2);
		DROP TABLE same;
		RETURN NEXT;
	END LOOP;
END $$;

-- trains with lambda by a hold-out of a fifth of the training rows, and tests
CREATE FUNCTION bench_accuracy(source regclass, shape int[], filter int, pooling int, INOUT method text, INOUT depth int,
							   INOUT rank int, INOUT m int, INOUT seed bigint, OUT accuracy numeric,
							   OUT holdout numeric, OUT seconds numeric) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
	map ntk_map := bench_map(source, shape, filter, pooling, method, depth, rank, m, seed);
	fit ntk_gram;
	choose ntk_gram;
	model ntk_model;
	best float8;
BEGIN
	EXECUTE format('SELECT ntk_gram_class(x, class, 10, $1) FILTER (WHERE id %% 5 <> 0),
		ntk_gram_class(x, class, 10, $1) FILTER (WHERE id %% 5 = 0) FROM %s WHERE NOT is_test', source)
		INTO fit, choose USING map;
	SELECT lambda INTO best FROM ntk_path(fit, '{1e-5,1e-4,1e-3,1e-2}', choose) ORDER BY holdout_mse LIMIT 1;
	EXECUTE format('SELECT avg((class = ntk_argmax(ntk_predict_all($1, x)) - 1)::int) FROM %s
		WHERE NOT is_test AND id %% 5 = 0 AND id <= 20000', source) INTO holdout USING ntk_solve(fit, best);
	model := ntk_solve(fit + choose, best);
	seconds := round(extract(epoch FROM clock_timestamp() - began), 1);
	EXECUTE format('SELECT avg((class = ntk_argmax(ntk_predict_all($1, x)) - 1)::int) FROM %s WHERE is_test', source)
		INTO accuracy USING model;
	accuracy := round(accuracy, 4);
	holdout := round(holdout, 4);
END $$;

-- copies of the training images, moved by a few pixels and mirrored, and the test images as they are
CREATE FUNCTION bench_enlarge(source regclass, target text, times int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I (id bigserial, class int, x smallint[], is_test boolean)', target);
	EXECUTE format('INSERT INTO %I (class, x, is_test) SELECT class, x, is_test FROM %s WHERE is_test', target, source);
	FOR copy IN 0 .. times - 1 LOOP
		EXECUTE format('INSERT INTO %I (class, x, is_test)
			SELECT class, (SELECT array_agg(pixel ORDER BY (place / 96 + $1 / 2) %% 32,
					CASE WHEN $1 %% 2 = 1 THEN 31 - place / 3 %% 32 ELSE place / 3 %% 32 END, place %% 3)
				FROM (SELECT pixel, (n - 1)::int AS place FROM unnest(x) WITH ORDINALITY AS u (pixel, n)) AS p), false
			FROM %s WHERE NOT is_test', target, source) USING copy;
	END LOOP;
	EXECUTE format('ALTER TABLE %I SET (parallel_workers = 1)', target);
	EXECUTE format('ANALYZE %I', target);
END $$;
