-- Accuracy of a map on a table (id, x, y: one-hot, class: from 0, is_test): lambda by a hold-out of
-- a fifth of the training rows.

CREATE FUNCTION pg_temp.accuracy(source regclass, map ntk_map, lambdas float8[]) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	fit ntk_gram;
	choose ntk_gram;
	model ntk_model;
	lambda float8;
	accuracy numeric;
	began timestamptz := clock_timestamp();
BEGIN
	EXECUTE format('SELECT ntk_gram(x, y, $1) FILTER (WHERE id %% 5 <> 0), ntk_gram(x, y, $1) FILTER (WHERE id %% 5 = 0)
		FROM %s WHERE NOT is_test', source) INTO fit, choose USING map;
	SELECT p.lambda INTO lambda FROM ntk_path(fit, lambdas, choose) AS p ORDER BY holdout_mse LIMIT 1;
	model := ntk_solve(fit + choose, lambda);
	EXECUTE format('SELECT avg((class = ntk_argmax(ntk_predict_all($1, x)) - 1)::int) FROM %s WHERE is_test', source)
		INTO accuracy USING model;
	RAISE NOTICE '% by % at m = %: accuracy %, lambda %, % s', source, map::text::json ->> 'method',
		ntk_width(fit), round(accuracy, 4), lambda, round(extract(epoch FROM clock_timestamp() - began), 1);
	RETURN accuracy;
END $$;
