-- ntk_solve and ntk_ridge against closed forms, and ntk_predict.

BEGIN;
SELECT plan(82);

\ir include/difference.sql
\ir include/error_of.sql

CREATE TABLE samples AS
SELECT i AS id, ARRAY[sin(i), cos(i * i) + 0.3 * sin(i) + 2] AS z, 3 * sin(i) - cos(i * i) + 0.5 * sin(i * 7) + 10 AS y, 1 + i % 3 AS w
FROM generate_series(1, 60) AS i;

-- Two features by hand: centre with the weights, penalise with lambda times the mean of the
-- diagonal, invert the 2 x 2 matrix.
CREATE FUNCTION by_hand(lambda float8, OUT intercept float8, OUT w1 float8, OUT w2 float8, OUT mse float8) LANGUAGE sql AS $$
	WITH means AS (
		SELECT sum(w) AS n, sum(w * z[1]) / sum(w) AS a, sum(w * z[2]) / sum(w) AS b, sum(w * y) / sum(w) AS c FROM samples),
	sums AS (
		SELECT sum(w * (z[1] - a) ^ 2) AS aa, sum(w * (z[1] - a) * (z[2] - b)) AS ab, sum(w * (z[2] - b) ^ 2) AS bb,
			sum(w * (z[1] - a) * (y - c)) AS ac, sum(w * (z[2] - b) * (y - c)) AS bc
		FROM samples, means),
	ridged AS (SELECT aa + lambda * (aa + bb) / 2 AS aa, bb + lambda * (aa + bb) / 2 AS bb, ab, ac, bc FROM sums),
	weights AS (SELECT (bb * ac - ab * bc) / (aa * bb - ab * ab) AS w1, (aa * bc - ab * ac) / (aa * bb - ab * ab) AS w2 FROM ridged),
	line AS (SELECT c - w1 * a - w2 * b AS intercept, w1, w2 FROM weights, means)
	SELECT line.*, (SELECT sum(w * (y - intercept - w1 * z[1] - w2 * z[2]) ^ 2) / sum(w) FROM samples) FROM line
$$;

SELECT cmp_ok(difference(c.intercept || ARRAY[c.weights[1][1], c.weights[1][2]] || ntk_train_mse(m), ARRAY[h.intercept, w1, w2, mse]), '<', 1e-10::float8,
			  'intercept, weights and error by hand for lambda = ' || lambda)
FROM unnest('{0,1e-6,0.01,1,100}'::float8[]) AS lambda, by_hand(lambda) AS h,
	LATERAL (SELECT ntk_solve((SELECT ntk_gram(z, y, w) FROM samples), lambda) AS m) AS s, ntk_coefficients(m) AS c;

CREATE TEMP TABLE models AS
SELECT lambda, ntk_solve((SELECT ntk_gram(z, y) FROM samples), lambda) AS solved FROM unnest('{0,0.001,0.1,10}'::float8[]) AS lambda;

-- accessors

SELECT results_eq('SELECT ntk_rows(solved), ntk_width(solved), ntk_targets(solved), ntk_lambda(solved), ntk_feature_map(solved) IS NULL FROM models WHERE lambda = 0.1',
				  'VALUES (60::bigint, 2, 1, 0.1::float8, true)', 'accessors');
SELECT cmp_ok(difference(ntk_train_mse(solved), (SELECT ARRAY[avg((y - ntk_predict(solved, z)) ^ 2)] FROM samples)), '<', 1e-10::float8,
			  'ntk_train_mse is the mean squared error, lambda = ' || lambda) FROM models;
SELECT is_empty('SELECT * FROM models, samples, ntk_coefficients(solved) AS c
				 WHERE NOT abs(ntk_predict(solved, z) - (c.intercept[1] + c.weights[1][1] * z[1] + c.weights[1][2] * z[2])) < 1e-10',
				'predictions are intercept and weights times features');
SELECT is(ntk_rows(NULL::ntk_model), NULL, 'accessors of NULL');
SELECT ok(ntk_solve(NULL, 1) IS NULL, 'the model of NULL');
SELECT is(ntk_solve(gram, NULL)::text, ntk_solve(gram, (SELECT lambda FROM ntk_path(gram) ORDER BY gcv LIMIT 1))::text, 'a lambda of NULL is the best of the path') FROM (SELECT ntk_gram(z, y) AS gram FROM samples) AS s;

-- the aggregate

SELECT is(m, s, 'ntk_ridge is ntk_solve of ntk_gram: ' || description)
FROM (SELECT ntk_ridge(z, y, 0.1)::text, ntk_solve(ntk_gram(z, y), 0.1)::text, 'one target' FROM samples
	  UNION ALL SELECT ntk_ridge(z::real[], y, 0.1)::text, ntk_solve(ntk_gram(z::real[], y), 0.1)::text, 'real[]' FROM samples
	  UNION ALL SELECT ntk_ridge(z, ARRAY[y, -y], 0)::text, ntk_solve(ntk_gram(z, ARRAY[y, -y]), 0)::text, 'several targets' FROM samples
	  UNION ALL SELECT ntk_ridge(z, y, 0.1, ntk_map(2, 30))::text, ntk_solve(ntk_gram(z, y, ntk_map(2, 30)), 0.1)::text, 'a map' FROM samples
	  UNION ALL SELECT ntk_ridge(z::real[], ARRAY[y, 2], 0.1, ntk_map(2, 30))::text, ntk_solve(ntk_gram(z::real[], ARRAY[y, 2], ntk_map(2, 30)), 0.1)::text,
		  'a map, several targets, real[]' FROM samples) AS v (m, s, description);
SELECT is((SELECT ntk_rows(ntk_ridge(z, CASE WHEN id > 7 THEN y END, 0.1)) FROM samples), 53::bigint, 'ntk_ridge skips rows with a NULL');
SELECT ok((SELECT ntk_ridge(z, y, 0.1) FROM samples WHERE false) IS NULL, 'ntk_ridge of no input is NULL');

-- several targets

CREATE TEMP TABLE several AS SELECT ntk_ridge(z, ARRAY[y, w, -2 * y + 1], 0.05) AS m FROM samples;
SELECT cmp_ok(max(difference(ntk_predict_all(several.m, z), ARRAY[ntk_predict(a.m, z), ntk_predict(b.m, z), 1 - 2 * ntk_predict(a.m, z)])), '<', 1e-10::float8,
			  'targets are fitted apart')
FROM several, samples, (SELECT ntk_ridge(z, y, 0.05) AS m FROM samples) AS a, (SELECT ntk_ridge(z, w, 0.05) AS m FROM samples) AS b;
SELECT results_eq('SELECT ntk_targets(m), cardinality(ntk_train_mse(m)), array_dims(weights), cardinality(intercept) FROM several, ntk_coefficients(m)',
				  'VALUES (3, 3, ''[1:3][1:2]'', 3)', 'and counted');
SELECT cmp_ok(difference(ntk_train_mse(m), (SELECT ARRAY[avg((y - p[1]) ^ 2), avg((w - p[2]) ^ 2), avg((1 - 2 * y - p[3]) ^ 2)]
			  FROM samples, LATERAL (SELECT ntk_predict_all(m, z) AS p) AS q)), '<', 1e-10::float8, 'each has its error') FROM several;
SELECT is(error_of('SELECT ntk_predict(m, ARRAY[1, 2]) FROM several'), 'the model has 3 targets, ntk_predict returns one | Use ntk_predict_all.',
		  'ntk_predict wants one target');
SELECT is(ntk_predict_all(m, z), ARRAY[ntk_predict(m, z)], 'ntk_predict_all gives one as well')
FROM (SELECT ntk_ridge(z, y, 0.1) AS m FROM samples) AS s, samples WHERE id = 3;

-- lambda

SELECT cmp_ok(max(abs(ntk_predict(plain.m, z) - ntk_predict(scaled.m, ARRAY[10 * z[1], 10 * z[2]]))), '<', 1e-10::float8,
			  'lambda is relative: features times 10 predict the same')
FROM samples, (SELECT ntk_ridge(z, y, 0.3) AS m FROM samples) AS plain, (SELECT ntk_ridge(ARRAY[10 * z[1], 10 * z[2]], y, 0.3) AS m FROM samples) AS scaled;
SELECT cmp_ok(max(abs(ntk_predict(plain.m, z) - ntk_predict(double.m, z))), '<', 1e-10::float8, 'and every row twice predicts the same')
FROM samples, (SELECT ntk_ridge(z, y, 0.3) AS m FROM samples) AS plain,
	(SELECT ntk_ridge(z, y, 0.3) AS m FROM samples, generate_series(1, 2)) AS double;
SELECT cmp_ok(max(abs(ntk_predict(plain.m, z) - ntk_predict(double.m, z))), '<', 1e-10::float8, 'or the weight 2')
FROM samples, (SELECT ntk_ridge(z, y, 0.3) AS m FROM samples) AS plain, (SELECT ntk_solve(ntk_gram(z, y, 2), 0.3) AS m FROM samples) AS double;
SELECT cmp_ok(max(abs(ntk_predict(m, z) - mean)), '<', 1e-8::float8, 'the intercept is not penalised: a huge lambda predicts the mean')
FROM (SELECT ntk_ridge(z, y, 1e12) AS m, avg(y) AS mean FROM samples) AS s, samples;
SELECT cmp_ok(max(abs(ntk_predict(plain.m, z) + 1e6 - ntk_predict(shifted.m, z))), '<', 1e-6::float8, 'a target shifted shifts its predictions')
FROM samples, (SELECT ntk_ridge(z, y, 0.3) AS m FROM samples) AS plain, (SELECT ntk_ridge(z, y + 1e6, 0.3) AS m FROM samples) AS shifted;
SELECT is_empty('SELECT * FROM (SELECT ntk_train_mse(solved), lag(ntk_train_mse(solved)) OVER (ORDER BY lambda) FROM models) AS s (mse, smaller) WHERE mse < smaller',
				'a larger lambda fits the rows less');

-- few rows, constant and dependent features

SELECT cmp_ok(abs(ntk_predict(m, '{7,7}'::float8[]) - mean), '<', 1e-12::float8, 'constant features predict the mean')
FROM (SELECT ntk_ridge('{3,1}'::float8[], y, 0.1) AS m, avg(y) AS mean FROM samples) AS s;
SELECT cmp_ok(abs(ntk_predict(m, '{7,7}'::float8[]) - 5), '<', 1e-12::float8, 'one row predicts its target')
FROM (SELECT ntk_ridge('{3,1}'::float8[], 5, 0.1) AS m) AS s;
SELECT cmp_ok(max(abs(ntk_predict(m, z) - y)), '<', 1e-3::float8, 'more features than rows: a small lambda interpolates')
FROM (SELECT ntk_ridge(ntk_sketch(z, ntk_map(2, 200)), y, 1e-9) AS m FROM samples WHERE id <= 20) AS s,
	(SELECT ntk_sketch(z, ntk_map(2, 200)) AS z, y FROM samples WHERE id <= 20) AS r;
SELECT is(error_of('SELECT ntk_ridge(ARRAY[z[1], z[2], z[1] - z[2]], y, 0) FROM samples'),
		  'the Gram matrix is not positive definite for lambda = 0 | It is of 3 features and 60 rows. | Use a larger lambda, for example 1e-06.',
		  'with lambda = 0 dependent features are an error');
SELECT throws_ok('SELECT ntk_ridge(ARRAY[z[1], 1], y, 0) FROM samples', '22003', 'the Gram matrix is not positive definite for lambda = 0', 'so is a constant one');
SELECT throws_ok('SELECT ntk_ridge(z, y, 0) FROM samples WHERE id <= 2', '22003', 'the Gram matrix is not positive definite for lambda = 0', 'so are too few rows');
SELECT lives_ok('SELECT ntk_ridge(ARRAY[z[1], z[2], z[1] - z[2]], y, 1e-6) FROM samples', 'the lambda of the hint works');

-- models with a map

CREATE TEMP TABLE mapped AS SELECT ntk_map(2, 50, 2, bias => 1) AS map, ntk_ridge(z, y, 0.001, ntk_map(2, 50, 2, bias => 1)) AS m FROM samples;
SELECT is(ntk_feature_map(m), map, 'a model says its map') FROM mapped;
SELECT is(ntk_width(m), 50, 'and its width') FROM mapped;
SELECT cmp_ok(max(abs(ntk_predict(m, z) - by_hand)), '<', 1e-5::float8, 'a prediction is intercept and weights times the features of the row')
FROM mapped, samples, ntk_coefficients(m) AS c,
	LATERAL (SELECT c.intercept[1] + sum(w * f) AS by_hand FROM unnest(c.weights, ntk_sketch(z, map)) AS u (w, f)) AS h;
SELECT cmp_ok(max(abs(ntk_predict(mapped.m, z) - ntk_predict(plain.m, ntk_sketch(z, map)))), '<', 1e-4::float8, 'a model of features predicts the same from features')
FROM mapped, samples, (SELECT ntk_ridge(ntk_sketch(z, map), y, 0.001) AS m FROM samples, mapped) AS plain;
SELECT cmp_ok(abs((ntk_train_mse(m))[1] - (SELECT avg((y - ntk_predict(m, z)) ^ 2) FROM samples)), '<', 1e-5::float8, 'its training error') FROM mapped;

-- argument types

SELECT is(ntk_predict(m, '{1,2}'::real[]), ntk_predict(m, '{1,2}'::float8[]), 'real[]') FROM mapped;
SELECT is(ntk_predict(m, ARRAY[1, 2]), ntk_predict(m, '{1,2}'::float8[]), 'integer[]') FROM mapped;
SELECT is(ntk_predict(m, ARRAY[1, 2.5]), ntk_predict(m, '{1,2.5}'::float8[]), 'numeric[]') FROM mapped;
SELECT is(ntk_predict_all(m, '{1,2}'::real[]), ntk_predict_all(m, '{1,2}'::float8[]), 'ntk_predict_all, real[]') FROM mapped;
SELECT is(ntk_predict_all(m, ARRAY[1, 2]), ntk_predict_all(m, '{1,2}'::float8[]), 'ntk_predict_all, integer[]') FROM mapped;
SELECT is(ntk_predict_all(m, ARRAY[1, 2.5]), ntk_predict_all(m, '{1,2.5}'::float8[]), 'ntk_predict_all, numeric[]') FROM mapped;
SELECT is(ntk_predict(NULL::ntk_model, ARRAY[1, 2]), NULL, 'no model predicts NULL');
SELECT is(ntk_predict(m, NULL::float8[]), NULL, 'no row predicts NULL') FROM mapped;

-- models from everywhere

-- models large enough to be stored out of line
CREATE TABLE model_table AS
SELECT g, ntk_ridge(z, y, 0.01, ntk_map(2, 400 + g % 2, seed => g)) AS m FROM samples, generate_series(0, 5) AS g WHERE id % 6 <> g GROUP BY g;
SELECT is_empty('SELECT id, g FROM samples JOIN model_table ON g = id % 6, ntk_coefficients(m) AS c
				 WHERE NOT abs(ntk_predict(m, z) - (SELECT c.intercept[1] + sum(w * f) FROM unnest(c.weights, ntk_sketch(z, ntk_feature_map(m))) AS u (w, f))) < 1e-4',
				'models of a table, another one in every row');
SELECT is((SELECT count(DISTINCT round(ntk_predict(m, ARRAY[0.5, 2])::numeric, 9)) FROM model_table), 6::bigint, 'which differ');
PREPARE prediction (ntk_model, float8[]) AS SELECT ntk_predict($1, $2);
SELECT results_eq(format('EXECUTE prediction(%L, ''{0.5,2}'')', m), format('SELECT ntk_predict(m, ''{0.5,2}''::float8[]) FROM model_table WHERE g = %s', g),
				  'a prepared statement with model ' || g) FROM model_table WHERE g < 2 ORDER BY g;
CREATE FUNCTION predict_in_loop(which int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	model ntk_model := (SELECT m FROM model_table WHERE g = which);
	total float8 := 0;
	x float8[];
BEGIN
	FOR x IN SELECT z FROM samples LOOP
		total := total + ntk_predict(model, x);
	END LOOP;
	RETURN total;
END $$;
SELECT cmp_ok(abs(predict_in_loop(g) - (SELECT sum(ntk_predict(m, z)) FROM samples)), '<', 1e-9::float8, 'a PL/pgSQL variable with model ' || g)
FROM model_table WHERE g < 2 ORDER BY g;
UPDATE model_table SET m = (SELECT m FROM model_table WHERE g = 1) WHERE g = 0;
SELECT is(a.p, b.p, 'after an UPDATE the new model predicts')
FROM (SELECT ntk_predict(m, ARRAY[0.5, 2]) AS p FROM model_table WHERE g = 0) AS a, (SELECT ntk_predict(m, ARRAY[0.5, 2]) AS p FROM model_table WHERE g = 1) AS b;

-- text and binary forms

SELECT is(m::text::ntk_model::text, m::text, 'the text form reads back to the last digit') FROM mapped;
SELECT is_empty('SELECT id FROM samples, mapped WHERE ntk_predict(m::text::ntk_model, z) <> ntk_predict(m, z)', 'and predicts the same');
SELECT is(solved::text::ntk_model::text, solved::text, 'without a map, lambda = ' || lambda) FROM models;
\ir include/scratch_file.sql
CREATE TEMP TABLE copied (LIKE model_table);
DO $$BEGIN
	EXECUTE format('COPY model_table TO %L (FORMAT binary)', scratch_file());
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', scratch_file());
END$$;
COPY (SELECT) TO PROGRAM 'cat >/dev/null; rm -f ntk_sketch_test_model.bin';
SELECT bag_eq('SELECT g, m::text FROM copied', 'SELECT g, m::text FROM model_table', 'binary COPY');

-- errors

SELECT throws_ok(query, code, message, description)
FROM (VALUES
	('SELECT ntk_solve(ntk_gram(z, y), -0.5) FROM samples', '22023', 'lambda must not be negative, not -0.5', 'a negative lambda'),
	('SELECT ntk_solve(ntk_gram(z, y), ''NaN'') FROM samples', '22003', 'lambda must be finite, not NaN', 'a lambda NaN'),
	('SELECT ntk_solve(ntk_gram(z, y), ''Infinity'') FROM samples', '22003', 'lambda must be finite, not Infinity', 'an infinite lambda'),
	('SELECT ntk_ridge(z, y, -1) FROM samples', '22023', 'lambda must not be negative, not -1', 'a negative lambda of the aggregate'),
	('SELECT ntk_ridge(z, y, ''NaN'') FROM samples', '22003', 'lambda must be finite, not NaN', 'a lambda NaN of the aggregate'),
	('SELECT ntk_ridge(z, y, NULL) FROM samples', '22004', 'lambda must not be null', 'no lambda'),
	('SELECT ntk_ridge(z, y, 0.1, NULL) FROM samples', '22004', 'map must not be null', 'no map'),
	('SELECT ntk_ridge(z, y, id) FROM samples', '22023', 'lambda must be the same for all rows of a group', 'a lambda that changes from row to row'),
	('SELECT ntk_solve(g - g, 0.1) FROM (SELECT ntk_gram(z, y) AS g FROM samples) AS s', '22000',
	 'cannot fit a model to a statistic of no rows', 'a statistic of no rows'),
	('SELECT ntk_solve(ntk_gram(z, y, 0), 0.1) FROM samples', '22000', 'cannot fit a model to rows whose total weight is 0', 'rows without weight'),
	('SELECT ntk_predict(m, ARRAY[1, 2, 3]) FROM mapped', '22000', 'x has length 3, the model expects 2', 'a row too long'),
	('SELECT ntk_predict(m, ARRAY[1, 2]) FROM (SELECT ntk_ridge(ntk_sketch(z, 7), y, 0.1) AS m FROM samples) AS s', '22000',
	 'x has length 2, the model expects 7', 'too few features'),
	('SELECT ntk_predict(m, ARRAY[1, NULL]) FROM mapped', '22004', 'element 2 of x is null', 'a NULL element'),
	('SELECT ntk_predict(m, ''{1,NaN}''::float8[]) FROM mapped', '22003', 'element 2 of x must be finite, not NaN', 'NaN'),
	('SELECT ntk_predict_all(m, ''{1e300,1}''::float8[]) FROM mapped', '22003', 'a feature exceeds the range of type real', 'a row too large')
	) AS v (query, code, message, description);
SELECT is(error_of('SELECT ntk_ridge(z, NULL::float8, 0.1) FROM samples'), 'cannot fit a model to a statistic of no rows | 60 rows with a NULL were left out.',
		  'nothing but NULLs');

SELECT * FROM finish();
ROLLBACK;
