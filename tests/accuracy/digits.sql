-- MNIST: 60,000 training rows of 784 pixels, one-hot targets, m = 2048, lambda by a hold-out of
-- a fifth of them.

SELECT plan(4);
SET ntk_sketch.max_memory = '2GB';

CREATE FUNCTION pg_temp.position_of_largest(v float8[]) RETURNS int LANGUAGE sql AS
	'SELECT i::int FROM unnest(v) WITH ORDINALITY AS u(value, i) ORDER BY value DESC LIMIT 1';

CREATE FUNCTION pg_temp.accuracy(map ntk_map, lambdas float8[]) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	fit ntk_gram;
	choose ntk_gram;
	model ntk_model;
	lambda float8;
	accuracy numeric;
BEGIN
	SELECT ntk_gram(x, y, map) FILTER (WHERE id % 5 <> 0), ntk_gram(x, y, map) FILTER (WHERE id % 5 = 0)
		INTO fit, choose FROM digits WHERE NOT is_test;
	SELECT p.lambda INTO lambda FROM ntk_path(fit, lambdas, choose) AS p ORDER BY holdout_mse LIMIT 1;
	model := ntk_solve(fit + choose, lambda);
	SELECT avg((digit = pg_temp.position_of_largest(ntk_predict_all(model, x)) - 1)::int)
		INTO accuracy FROM digits WHERE is_test;
	RAISE NOTICE 'digits by % at m = %: accuracy %, lambda %', map::text::json ->> 'method',
		ntk_width(fit), round(accuracy, 4), lambda;
	RETURN accuracy;
END $$;

SELECT cmp_ok(pg_temp.accuracy(ntk_map(784, 2048), '{1e-4,1e-3,1e-2,1e-1}'), '>=', 0.960, 'zonal');
SELECT cmp_ok(pg_temp.accuracy(ntk_map(784, 2048, method => 'polysketch'), '{1e-4,1e-3,1e-2,1e-1}'), '>=', 0.956, 'polysketch of degree 4');
SELECT cmp_ok(pg_temp.accuracy(ntk_map(784, 2048, method => 'random_features'), '{1e-4,1e-3,1e-2,1e-1}'), '>=', 0.952, 'random features');
SELECT cmp_ok(pg_temp.accuracy(ntk_nystrom(ntk_landmarks(x, 2048)), '{1e-6,1e-5,1e-4,1e-3}'), '>=', 0.968, 'landmarks')
FROM digits WHERE NOT is_test;

SELECT * FROM finish();
