-- The learned metric, by name and with the defaults of ntk_train: on real tables, and on 30 columns of
-- which few matter, against the same model of these.

SELECT plan(6);
SET ntk_sketch.max_memory = '2GB';
SET client_min_messages = warning;

-- in one process: workers sum in another order each time, which landmarks magnify
SET max_parallel_workers_per_gather = 0;

-- test nmse of a model of the first columns, or of all; the rows are held out by all of them
CREATE FUNCTION pg_temp.nmse_by_name(source text, params jsonb = '{}', first int = NULL) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	of_rows text;
	columns text[];
	error float8;
	said jsonb;
BEGIN
	EXECUTE format('SELECT array_agg(''x'' || i ORDER BY i) FROM generate_series(1, (SELECT array_length(x, 1) FROM %I LIMIT 1)) AS i', source) INTO columns;
	SELECT format('SELECT %s, y FROM %I WHERE ', string_agg(format('x[%s] AS x%1$s', i), ', '), source) INTO of_rows FROM generate_series(1, cardinality(columns)) AS i;
	SELECT t.rounds INTO said FROM ntk_train('by name', of_rows || 'NOT is_test', 'y', features => columns[:coalesce(first, cardinality(columns))], params => params || '{"deploy": "always"}') AS t;
	EXECUTE format('SELECT avg((y - ntk_predict(''by name'', r.*)) ^ 2) / var_pop(y) FROM (%s is_test) AS r', of_rows) INTO error;
	RAISE WARNING '% %: nmse %, rounds %', source, params, round(error::numeric, 6), said;
	RETURN error;
END $$;

CREATE TEMP TABLE real AS
SELECT name, pg_temp.nmse_by_name(name, '{"rounds": 0}') AS fixed, pg_temp.nmse_by_name(name) AS learned FROM unnest('{kin40k,protein}'::text[]) AS name;
SELECT cmp_ok(learned, '<=', at_most, name || ', m = 1024') FROM real JOIN (VALUES ('kin40k', 0.05::float8), ('protein', 0.38)) AS v (name, at_most) USING (name);
SELECT cmp_ok(learned, '<=', 1.01 * fixed, name || ': not worse than the fixed kernel') FROM real;

SELECT cmp_ok(pg_temp.nmse_by_name('product'), '<=', 1.5 * pg_temp.nmse_by_name('product', first => 3), 'a product and a sine of three of 30 columns');
SELECT cmp_ok(pg_temp.nmse_by_name('waves'), '<=', 1.5 * pg_temp.nmse_by_name('waves', first => 2), 'a target without any linear part, of two of 30 columns');

SELECT * FROM finish();
