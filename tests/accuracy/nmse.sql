-- Accuracy floors on real tables: standardised inputs and target, bias 1, depth 1, lambda
-- by a hold-out of a fifth of the training rows, then refitted on all of them.

SELECT plan(5);
SET ntk_sketch.max_memory = '2GB';

-- test nmse (mean squared error / variance of the target) of the default map
CREATE FUNCTION pg_temp.nmse(source regclass, m int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	map ntk_map;
	fit ntk_gram;
	choose ntk_gram;
	model ntk_model;
	lambda float8;
	error float8;
	best float8;
	least float8 := 'Infinity';
BEGIN
	EXECUTE format('SELECT ntk_map(array_length(x, 1), $1, bias => 1) FROM %s LIMIT 1', source)
		INTO map USING m;
	EXECUTE format('SELECT ntk_gram(x, y, $1) FILTER (WHERE id %% 5 <> 0),
						   ntk_gram(x, y, $1) FILTER (WHERE id %% 5 = 0) FROM %s WHERE NOT is_test', source)
		INTO fit, choose USING map;
	FOREACH lambda IN ARRAY '{1e-9,1e-8,1e-7,1e-6,1e-5,1e-4,1e-3,1e-2}'::float8[] LOOP
		model := ntk_solve(fit, lambda);
		EXECUTE format('SELECT avg((y - ntk_predict($1, x)) ^ 2) FROM %s WHERE NOT is_test AND id %% 5 = 0', source)
			INTO error USING model;
		IF error < least THEN
			least := error;
			best := lambda;
		END IF;
	END LOOP;
	model := ntk_solve(fit + choose, best);
	EXECUTE format('SELECT avg((y - ntk_predict($1, x)) ^ 2) / var_pop(y) FROM %s WHERE is_test', source)
		INTO error USING model;
	RAISE NOTICE '% at m = %: nmse %, lambda %', source, m, round(error::numeric, 4), best;
	RETURN error;
END $$;

SELECT cmp_ok(pg_temp.nmse('protein', 1024), '<=', 0.46::float8, 'protein, m = 1024');
SELECT cmp_ok(pg_temp.nmse('protein', 4096), '<=', 0.425::float8, 'protein, m = 4096');
SELECT cmp_ok(pg_temp.nmse('kin40k', 1024), '<=', 0.16::float8, 'kin40k, m = 1024');
SELECT cmp_ok(pg_temp.nmse('kin40k', 4096), '<=', 0.035::float8, 'kin40k, m = 4096');
SELECT cmp_ok(pg_temp.nmse('elevators', 1024), '<=', 0.153::float8, 'elevators, m = 1024');

SELECT * FROM finish();
