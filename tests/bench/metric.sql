-- What bench-metric.sh runs in the private server. Tables are those of data.sh; models are trained on
-- the rows that are not for testing, as ntk_train is used.

-- trains, and measures on the rows for testing: nmse, or the share of right classes
CREATE FUNCTION bench_train(source text, params jsonb, OUT error float8, OUT seconds float8, OUT rounds jsonb, OUT map ntk_map) LANGUAGE plpgsql AS $$
DECLARE
	classes boolean := EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = source::regclass AND a.attname = 'class');
	of_rows text := format('SELECT x, %s AS y FROM %I WHERE ', CASE WHEN classes THEN 'class::text' ELSE 'y' END, source);
BEGIN
	SELECT t.seconds, t.rounds INTO seconds, rounds FROM ntk_train('bench', of_rows || 'NOT is_test', 'y', params => params || '{"deploy": "always"}') AS t;
	EXECUTE format(CASE WHEN classes THEN 'SELECT avg((y = ntk_classify(''bench'', r))::int) FROM (%s is_test) AS r'
						ELSE 'SELECT avg((y - ntk_predict(''bench'', r)) ^ 2) / var_pop(y) FROM (%s is_test) AS r' END, of_rows) INTO error;
	map := v.map FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed WHERE m.model = 'bench';
END $$;

CREATE FUNCTION bench_rounds(source text) RETURNS TABLE (set text, metric text, round int, nmse numeric) LANGUAGE plpgsql AS $$
DECLARE
	variance float8;
BEGIN
	EXECUTE format('SELECT var_pop(y) FROM %I WHERE NOT is_test', source) INTO variance;
	RETURN QUERY SELECT source, r ->> 'metric', (r ->> 'round')::int, round(((r ->> 'mse')::float8 / variance)::numeric, 6)
		FROM bench_train(source, '{"rounds": 8}') AS t, jsonb_array_elements(t.rounds) WITH ORDINALITY AS e (r, at) ORDER BY at;
END $$;

CREATE FUNCTION bench_learn(source text, size int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	fixed record := bench_train(source, jsonb_build_object('n_components', size, 'rounds', 0));
	learned record := bench_train(source, jsonb_build_object('n_components', size));
	best jsonb := (SELECT r FROM jsonb_array_elements(learned.rounds) AS r ORDER BY (r ->> 'mse')::float8 LIMIT 1);
BEGIN
	RETURN format('%s, %s components: fixed %s in %s s, learned %s in %s s, the best of %s rounds %s %s; a round %s times the fixed fit', source, size,
		round(fixed.error::numeric, 6), round(fixed.seconds::numeric, 1), round(learned.error::numeric, 6), round(learned.seconds::numeric, 1),
		jsonb_array_length(learned.rounds) - 1, best ->> 'metric', best ->> 'round',
		round(((learned.seconds - fixed.seconds) / (jsonb_array_length(learned.rounds) - 1) / fixed.seconds)::numeric, 2));
END $$;

CREATE FUNCTION bench_search(source text, size int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found record := bench_train(source, jsonb_build_object('n_components', size, 'search', 'auto'));
	map jsonb := found.map::text::jsonb;
BEGIN
	RETURN format('%s: %s in %s s, kernel %s, depth %s, bandwidth %s', source, round(found.error::numeric, 6), round(found.seconds::numeric, 1),
		map ->> 'kernel', map ->> 'depth', coalesce(map ->> 'bandwidth', 'none'));
END $$;
