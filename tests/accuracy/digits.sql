-- MNIST: 60,000 training rows of 784 pixels, one-hot targets, trained in one SELECT.

SELECT plan(1);

CREATE TEMP TABLE trained AS
	SELECT ntk_ridge(x, y, 1e-2, ntk_map(784, 2048)) AS model FROM digits WHERE NOT is_test;

CREATE FUNCTION pg_temp.position_of_largest(v float8[]) RETURNS int LANGUAGE sql AS
	'SELECT i::int FROM unnest(v) WITH ORDINALITY AS u(value, i) ORDER BY value DESC LIMIT 1';

CREATE TEMP TABLE scored AS
	SELECT avg((digit = pg_temp.position_of_largest(ntk_predict_all(model, x)) - 1)::int) AS accuracy
	FROM digits, trained WHERE is_test;

DO $$ BEGIN
	RAISE NOTICE 'digits at m = 2048: accuracy %', (SELECT round(accuracy, 4) FROM scored);
END $$;

SELECT cmp_ok(accuracy, '>=', 0.959, 'accuracy on the test digits, m = 2048') FROM scored;

SELECT * FROM finish();
