-- Metrics against plain SQL, the calibration of class scores, and what they refuse.

BEGIN;
SELECT plan(167);

\ir include/error_of.sql
\ir include/plan_of.sql
\ir include/stopped_after.sql

-- every 17th row has a NULL y, every 19th a NULL prediction
CREATE TABLE samples AS
SELECT i AS id, CASE WHEN i % 17 <> 0 THEN 1e6 + 3 * sin(i) END AS y, CASE WHEN i % 19 <> 0 THEN 1e6 + 3 * sin(i) + cos(i * i) END AS yhat,
	CASE WHEN i % 17 <> 0 THEN 'c' || i % 3 END AS label, CASE WHEN i % 19 <> 0 THEN 'c' || (i * i + i / 7) % 3 END AS predicted,
	CASE WHEN i % 17 <> 0 THEN i % 3 = 0 END AS flag, CASE WHEN i % 19 <> 0 THEN round((sin(i) + (i % 3 = 0)::int) * 50) / 50 END AS score,
	CASE WHEN i % 19 <> 0 THEN abs(sin(i)) END AS p,
	ARRAY[sin(i * 1.1) + (i % 3 = 0)::int, sin(i * 1.7) + (i % 3 = 1)::int, cos(i * 2.3) + (i % 3 = 2)::int]::float8[] AS scores, i % 3 AS class
FROM generate_series(1, 5000) AS i;
ANALYZE samples;

CREATE TEMP TABLE queries (name text, query text, formula text, tolerance float8);
INSERT INTO queries VALUES
	('ntk_rmse', 'ntk_rmse(y, yhat)', 'sqrt(avg((y - yhat) ^ 2))', 1e-12),
	('ntk_mae', 'ntk_mae(y, yhat)', 'avg(abs(y - yhat))', 1e-12),
	('ntk_r2', 'ntk_r2(y, yhat)', '1 - sum((y - yhat) ^ 2) / regr_syy(y, yhat)', 1e-11),
	('ntk_accuracy of text', 'ntk_accuracy(label, predicted)', 'avg((label = predicted)::int)', 1e-15),
	('ntk_accuracy of boolean', 'ntk_accuracy(flag, score > 0.5)', 'avg((flag = (score > 0.5))::int)', 1e-15),
	('ntk_accuracy of integers', 'ntk_accuracy(class, CASE WHEN y > 0 THEN id % 2 END)', 'avg((class = id % 2)::int) FILTER (WHERE y > 0)', 1e-15),
	('ntk_log_loss of text', 'ntk_log_loss(label, CASE WHEN p >= 0 THEN jsonb_build_object(''c0'', p, ''c1'', 1 - p) END)',
	 'avg(-ln(greatest(1e-15, CASE label WHEN ''c0'' THEN p WHEN ''c1'' THEN 1 - p ELSE 0 END))) FILTER (WHERE label IS NOT NULL AND p IS NOT NULL)', 1e-12),
	('ntk_log_loss of boolean', 'ntk_log_loss(flag, p)', 'avg(-ln(CASE WHEN flag THEN p WHEN NOT flag THEN 1 - p END))', 1e-12),
	('ntk_auc', 'ntk_auc(flag, score)',
	 '(SELECT avg(CASE WHEN a.score > b.score THEN 1 WHEN a.score = b.score THEN 0.5 ELSE 0 END) FROM samples AS a, samples AS b WHERE a.flag AND NOT b.flag AND a.score IS NOT NULL AND b.score IS NOT NULL)', 1e-12),
	('ntk_calibration', '(ntk_calibration(CASE WHEN y > 0 THEN scores END, class))[1][1]', NULL, 0),
	('ntk_calibration of weights', '(ntk_calibration(CASE WHEN y > 0 THEN scores END, class, 1 + id % 3))[2][3]', NULL, 0);

CREATE TEMP TABLE results (name text, serial float8, plain float8, parallel float8);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
DO $$
DECLARE
	q queries;
BEGIN
	FOR q IN SELECT * FROM queries LOOP
		SET LOCAL max_parallel_workers_per_gather = 0;
		EXECUTE format('INSERT INTO results (name, serial, plain) SELECT %L, %s, %s FROM samples', q.name, q.query, coalesce(q.formula, 'NULL'));
		-- parallel plans are for CREATE TABLE AS, not for INSERT
		SET LOCAL max_parallel_workers_per_gather = 2;
		EXECUTE format('CREATE TEMP TABLE result AS SELECT %s AS r FROM samples', q.query);
		UPDATE results SET parallel = r FROM result WHERE name = q.name;
		DROP TABLE result;
	END LOOP;
END $$;
SELECT cmp_ok(abs(serial - plain), '<=', tolerance * abs(plain), name || ': the plain formula') FROM results JOIN queries USING (name) WHERE formula IS NOT NULL;
SELECT cmp_ok(abs(serial - parallel), '<=', tolerance * abs(serial), name || ': the same in parallel') FROM results JOIN queries USING (name);
SELECT matches(plan_of(format('SELECT %s FROM samples', query)), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', name || ': partial aggregates below a gather') FROM queries;
SET LOCAL max_parallel_workers_per_gather = 0;

-- no rows, and none without a NULL

CREATE FUNCTION pg_temp.check_null(what text, rows text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	q queries;
	result float8;
BEGIN
	FOR q IN SELECT * FROM queries LOOP
		EXECUTE format('SELECT %s FROM %s', q.query, rows) INTO result;
		RETURN NEXT is(result, NULL, format('%s: NULL for %s', q.name, what));
	END LOOP;
END $$;
SELECT pg_temp.check_null('no rows', 'samples WHERE false');
SELECT pg_temp.check_null('a NULL in each row', '(SELECT id, y, yhat, label, predicted, flag, score, p, scores, CASE WHEN y > 0 THEN class END AS class FROM samples WHERE id % 17 = 0) AS s');

-- groups, windows

SELECT is_empty($$SELECT * FROM (SELECT ntk_rmse(y, yhat) AS a, sqrt(avg((y - yhat) ^ 2)) AS b, ntk_r2(y, yhat) AS r2, 1 - sum((y - yhat) ^ 2) / regr_syy(y, yhat) AS r2b FROM samples GROUP BY id % 700) AS s
				  WHERE NOT abs(a - b) < 1e-9 OR NOT abs(r2 - r2b) < 1e-6$$, 'groups');
SELECT is_empty($$SELECT * FROM (SELECT ntk_mae(y, yhat) OVER w AS a, avg(abs(y - yhat)) OVER w AS b, ntk_auc(flag, score) OVER w AS auc, id FROM samples WHERE id <= 200 WINDOW w AS (ORDER BY id)) AS s
				  WHERE NOT abs(a - b) < 1e-9 OR auc IS DISTINCT FROM (SELECT ntk_auc(flag, score) FROM samples WHERE id <= s.id)$$, 'running windows');
SELECT is(_ntk_rmse_accumulate(state, 1, 3), '{3,9}'::float8[], 'outside of an aggregate a step makes another state') FROM (VALUES ('{2,5}'::float8[])) AS v (state);

-- ntk_r2

SELECT is(ntk_r2(y, y + 1), NULL, 'ntk_r2: NULL for a constant target of ' || y) FROM unnest('{0,0.1,-1e200,1e-300}'::float8[]) AS y, generate_series(1, 1000) GROUP BY y;
SELECT is(_ntk_r2_final(_ntk_r2_combine(_ntk_r2_combine('{0,0,0,0}', '{7,1,0.1,0}'), '{3,1,0.1,0}')), NULL, 'ntk_r2: NULL for parts with the same constant target');
SELECT is(_ntk_r2_combine('{7,1,0.1,2}', '{0,0,0,0}'), '{7,1,0.1,2}'::float8[], 'ntk_r2: a part without rows');
SELECT is(ntk_r2(y, y), 1::float8, 'ntk_r2: 1 for what is right') FROM generate_series(1, 9) AS y;
SELECT is(ntk_r2(y, 5), 0::float8, 'ntk_r2: 0 for the mean') FROM generate_series(1, 9) AS y;
SELECT is(ntk_r2(y, 10 - y), -3::float8, 'ntk_r2: negative for what is worse') FROM generate_series(1, 9) AS y;
SELECT cmp_ok(abs(ntk_r2(1e9 + sin(i), 1e9 + sin(i) + 0.5 * cos(i)) - 0.75), '<', 0.001::float8, 'ntk_r2: a large mean') FROM generate_series(1, 10000) AS i;

-- ntk_log_loss

SELECT is(ntk_log_loss(label, p), -ln(1e-15::float8), format('ntk_log_loss: %s of label %s', left(p::text, 20), label))
FROM (VALUES ('a', '{"a": 0}'::jsonb), ('a', '{}'), ('a', '{"A": 1}'), ('', '{"a": 1}'), ('a', '{"a": 1e-16}'), ('a', '{"a": 1e-400}')) AS v (label, p) GROUP BY label, p;
SELECT is(ntk_log_loss(label, p), 0::float8, format('ntk_log_loss: %s of label %s', left(p::text, 20), label))
FROM (VALUES ('a', '{"a": 1}'::jsonb), ('', '{"": 1, "a": 0}'), ('ä"', '{"ä\"": 1.0}')) AS v (label, p) GROUP BY label, p;
SELECT is(ntk_log_loss(flag, p), expected, format('ntk_log_loss: %s for %s', p, flag))
FROM (VALUES (true, 0::float8, -ln(1e-15::float8)), (false, 1, -ln(1e-15::float8)), (true, 1, 0), (false, 0, 0), (false, 0.5, ln(2::float8))) AS v (flag, p, expected) GROUP BY flag, p, expected;

-- ntk_accuracy compares as = does

SELECT is(ntk_accuracy(label, predicted), 0.75::float8, 'ntk_accuracy of ' || pg_typeof(label)) FROM (VALUES ('a'::varchar, 'a'::varchar), ('b', 'b'), ('', ''), ('c', 'C')) AS v (label, predicted) GROUP BY pg_typeof(label);
SELECT is(ntk_accuracy(label, predicted), 0.5::float8, 'ntk_accuracy of ' || pg_typeof(label)) FROM (VALUES (1::smallint, 1::smallint), (-1, 2)) AS v (label, predicted) GROUP BY pg_typeof(label);

-- ntk_auc

SELECT is(ntk_auc(flag, score), expected, 'ntk_auc: ' || description)
FROM (VALUES
	('in order', '{f,f,t,t}'::bool[], '{1,2,3,4}'::float8[], 1::float8),
	('in reverse', '{t,t,f,f}', '{1,2,3,4}', 0),
	('all tied', '{t,f,f,t,f}', '{7,7,7,7,7}', 0.5),
	('one tie', '{f,t,t}', '{1,1,2}', 0.75),
	('0 and -0 tie', '{f,t}', '{0,-0}', 0.5),
	('extremes', '{f,t,f}', '{-1.7e308,1.7e308,5e-324}', 1),
	('true only', '{t,t}', '{1,2}', NULL),
	('false only', '{f,f}', '{1,2}', NULL)) AS v (description, flags, scores, expected), LATERAL unnest(flags, scores) AS u (flag, score) GROUP BY description, expected;
SELECT is(count(*), 1::bigint, 'ntk_auc: the same in any order')
FROM (SELECT ntk_auc(flag, score ORDER BY id) FROM samples UNION SELECT ntk_auc(flag, score ORDER BY id DESC) FROM samples UNION SELECT ntk_auc(flag, score ORDER BY sin(id)) FROM samples) AS s;
SELECT cmp_ok(abs(ntk_auc(i % 2 = 0, (i::bigint * 7919 % 100003)::float8) - 0.5), '<', 0.01::float8, 'ntk_auc: many rows') FROM generate_series(1, 200000) AS i;
SELECT is(ntk_auc(i > 100000, i), 1::float8, 'ntk_auc: sorted rows') FROM generate_series(1, 200000) AS i;
SET LOCAL ntk_sketch.max_memory = '1MB';
SELECT is(error_of('SELECT ntk_auc(i % 2 = 0, i) FROM generate_series(1, 200000) AS i'),
		  'ntk_auc needs 2 MB of memory, ntk_sketch.max_memory allows 1 MB | Use fewer components, or raise ntk_sketch.max_memory.', 'ntk_auc: more rows than the memory takes');
SELECT is(ntk_auc(i % 2 = 0, i), 0.50002::float8, 'ntk_auc: as many as it takes') FROM generate_series(1, 50000) AS i;
RESET ntk_sketch.max_memory;

-- ntk_softmax

SELECT is_empty($$SELECT id FROM samples, LATERAL ntk_softmax(scores, 0.7) AS q, LATERAL (SELECT sum(exp(s / 0.7)) AS total FROM unnest(scores) AS s) AS t
				  WHERE NOT abs(q[1] - exp(scores[1] / 0.7) / total) < 1e-14 OR NOT abs(q[3] - exp(scores[3] / 0.7) / total) < 1e-14 OR array_length(q, 1) <> 3$$, 'ntk_softmax: the plain formula');
SELECT is(ntk_softmax(scores, temperature), expected, format('ntk_softmax(%s, %s)', scores, temperature))
FROM (VALUES ('{5}'::float8[], 1::float8, '{1}'::float8[]), ('{3,3}', 1, '{0.5,0.5}'), ('{1e308,-1e308}', 1e-300, '{1,0}'), ('{1000,1000,0}', 1, '{0.5,0.5,0}'), ('{1,2}', 1e308, '{0.5,0.5}')) AS v (scores, temperature, expected);
SELECT is(ntk_softmax('{1,1}'::real[], 2), '{0.5,0.5}'::float8[], 'ntk_softmax of real[]');
SELECT is(ntk_softmax(NULL, 1), NULL, 'ntk_softmax of NULL');

-- ntk_calibrate

SELECT cmp_ok(max(abs(q[k] - e / total)), '<', 1e-14::float8, 'ntk_calibrate: the plain formula')
FROM samples, (VALUES (ARRAY[[0.5, -1, 0.25], [2, 1, -3], [0, 0.2, 0]]::float8[])) AS c (c), LATERAL ntk_calibrate(scores, c) AS q,
	LATERAL (SELECT ARRAY[exp(0.5 + 2 * scores[1]), exp(-1 + asinh(scores[2] / 0.4)), exp(0.25 - 3 * scores[3])] AS es) AS s,
	LATERAL (SELECT sum(e) AS total FROM unnest(es) AS e) AS t, unnest(es) WITH ORDINALITY AS u (e, k);
SELECT is(ntk_calibrate(scores, calibration), expected, format('ntk_calibrate(%s, %s)', scores, calibration))
FROM (VALUES ('{3,3}'::float8[], '{{0,0},{1,1},{0,0}}'::float8[], '{0.5,0.5}'::float8[]), ('{1.7e308,-1.7e308}', '{{0,0},{1e99,1e99},{0,0}}', '{1,0}'),
	('{1,2}', '{{0,0},{0,0},{1,1}}', '{0.5,0.5}')) AS v (scores, calibration, expected);
SELECT ok(ntk_calibrate(NULL, '{{0,0},{1,1},{0,0}}') IS NULL AND ntk_calibrate('{1,2}', NULL) IS NULL, 'ntk_calibrate of NULL');

-- ntk_calibration

CREATE TEMP TABLE found AS SELECT ntk_calibration(scores, class) AS c FROM samples;
SELECT cmp_ok(max(abs((ntk_calibrate(scores, c))[1] - (ntk_calibrate(ARRAY[8 * scores[3], 8 * scores[1], 8 * scores[2]], turned))[2])), '<', 1e-6::float8, 'ntk_calibration: whatever the unit and the order of classes')
FROM samples, found, (SELECT ntk_calibration(ARRAY[8 * scores[3], 8 * scores[1], 8 * scores[2]], (class + 1) % 3) AS turned FROM samples) AS t;
SELECT cmp_ok(max(abs((ntk_calibrate(scores, c))[1] - (ntk_calibrate(scores, weighted))[1])), '<', 1e-9::float8, 'ntk_calibration: whatever the unit of weights')
FROM samples, found, (SELECT ntk_calibration(scores, class, unit) AS weighted FROM samples, unnest('{7,1e-200,1e200}'::float8[]) AS unit GROUP BY unit) AS t;
SELECT cmp_ok(abs((ntk_calibrate('{0,1}', ntk_calibration('{0,1}', (i % 4 > 0)::int)))[2] - 3000.5 / 4001), '<', 1e-9::float8, 'ntk_calibration: equal rows count each') FROM generate_series(1, 4000) AS i;
SELECT cmp_ok(abs((ntk_calibrate('{0,1}', ntk_calibration('{0,1}', (i % 4 > 0)::int, CASE WHEN i % 4 > 0 THEN 1 ELSE 9 END)))[2] - 0.25), '<', 0.001::float8, 'ntk_calibration: weights count') FROM generate_series(1, 4000) AS i;
SELECT cmp_ok(abs((ntk_calibrate('{0,1}', ntk_calibration(CASE WHEN i % 2 = 1 THEN ARRAY[0, 1] ELSE ARRAY[1, 0] END, i % 2)))[2] - 13 / 14.0), '<', 1e-6::float8, 'ntk_calibration: a dozen rows that are right are not certain')
FROM generate_series(1, 12) AS i;
SELECT is(ntk_calibrate('{0,1}', ntk_calibration(scores, class, 0)), NULL, 'ntk_calibration: rows without weight') FROM (VALUES ('{0,1}'::float8[], 1)) AS v (scores, class);

-- more rows than the sample, in which one class is rare: it is 1 with probability 1 / (1 + exp(5 - 2 s))
CREATE TABLE many AS SELECT i AS id, ARRAY[0, s] AS scores, (u < 1 / (1 + exp(5 - 2 * s)))::int AS class
FROM generate_series(1, 150000) AS i, LATERAL (SELECT 3 * sin(i) AS s, (i::bigint * 15485863 % 1000003) / 1000003.0 AS u) AS r;
ANALYZE many;
CREATE TEMP TABLE of_many AS SELECT ntk_calibration(scores, class ORDER BY id) AS c FROM many;
SELECT cmp_ok(max(abs((ntk_calibrate(ARRAY[0, s], c))[2] * (1 + exp(5 - 2 * s)) - 1)), '<', 0.15::float8, 'ntk_calibration: the probabilities that rows were drawn with')
FROM of_many, generate_series(-3, 3) AS s;
SELECT is(ntk_calibration(scores, class ORDER BY id DESC), c, 'ntk_calibration: the same of a sample in any order') FROM many, of_many GROUP BY c;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE TEMP TABLE of_many_parallel AS SELECT ntk_calibration(scores, class) AS c FROM many;
SELECT is((SELECT c FROM of_many_parallel), (SELECT c FROM of_many), 'ntk_calibration: the same of a sample in any plan');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_calibration(array_fill(sin(i), ARRAY[900]) || cos(i), i % 901) FROM generate_series(1, 200000) AS i'), '<', 0.8::float8, 'ntk_calibration can be cancelled');
RESET statement_timeout;

-- errors

SELECT is(error_of('SELECT ' || query), message, query)
FROM (VALUES
	('ntk_rmse(''NaN'', 1)', 'y must be finite, not NaN'),
	('ntk_rmse(1, ''Infinity'')', 'yhat must be finite, not Infinity'),
	('ntk_mae(''-Infinity'', 1)', 'y must be finite, not -Infinity'),
	('ntk_mae(1, ''NaN'')', 'yhat must be finite, not NaN'),
	('ntk_r2(''NaN'', 1)', 'y must be finite, not NaN'),
	('ntk_r2(1, ''NaN'')', 'yhat must be finite, not NaN'),
	('ntk_rmse(1e200, 0)', 'errors or targets exceed the range of type double precision'),
	('ntk_mae(1e308, -1e308)', 'errors or targets exceed the range of type double precision'),
	('ntk_r2(y, y) FROM (VALUES (1e200::float8), (-1e200)) AS v (y)', 'errors or targets exceed the range of type double precision'),
	('_ntk_r2_final(''{1,2}'')', 'the state of this aggregate is an array of 4 numbers'),
	('_ntk_mean_combine(''{1,2}'', ''{1,NULL}'')', 'the state of this aggregate is an array of 2 numbers'),
	('ntk_log_loss(true, 1.5)', 'probability must be between 0 and 1, not 1.5'),
	('ntk_log_loss(true, -1e-9)', 'probability must be between 0 and 1, not -1e-09'),
	('ntk_log_loss(true, ''NaN'')', 'probability must be finite, not NaN'),
	('ntk_log_loss(''a''::text, ''{"a": 1.5}'')', 'the probability of "a" must be between 0 and 1, not 1.5'),
	('ntk_log_loss(''a''::text, ''{"a": 1e400}'')', 'the probability of "a" must be between 0 and 1, not Infinity'),
	('ntk_log_loss(''a''::text, ''{"a": 0.5, "b": -0.5}'')', 'the probability of "b" must be between 0 and 1, not -0.5'),
	('ntk_log_loss(''a''::text, ''{"a": "0.5"}'')', 'the probability of "a" must be a number'),
	('ntk_log_loss(''a''::text, ''{"a": 0.5, "b": {"c": 1}}'')', 'the probability of "b" must be a number'),
	('ntk_log_loss(''a''::text, ''{"a": null}'')', 'the probability of "a" must be a number'),
	('ntk_log_loss(''a''::text, ''[0.5]'')', 'probabilities must be a JSON object'),
	('ntk_log_loss(''a''::text, ''0.5'')', 'probabilities must be a JSON object'),
	('ntk_auc(true, ''NaN'')', 'score must be finite, not NaN'),
	('ntk_auc(true, ''Infinity'')', 'score must be finite, not Infinity'),
	('ntk_softmax(''{1,NaN}'', 1)', 'element 2 of scores must be finite, not NaN'),
	('ntk_softmax(''{-Infinity,1}'', 1)', 'element 1 of scores must be finite, not -Infinity'),
	('ntk_softmax(''{1,NULL}'', 1)', 'element 2 of scores is null'),
	('ntk_softmax(''{}'', 1)', 'scores must not be empty'),
	('ntk_softmax(''{{1}}'', 1)', 'scores must be a one-dimensional array | It has 2 dimensions.'),
	('ntk_softmax(''{1,2}'', 0)', 'temperature must be positive, not 0'),
	('ntk_softmax(''{1,2}'', -2)', 'temperature must be positive, not -2'),
	('ntk_softmax(''{1,2}'', ''NaN'')', 'temperature must be finite, not NaN'),
	('ntk_softmax(''{1,2}'', ''Infinity'')', 'temperature must be finite, not Infinity'),
	('ntk_calibration(''{1,NaN}'', 1)', 'element 2 of scores must be finite, not NaN'),
	('ntk_calibration(''{1,NULL}'', 1)', 'element 2 of scores is null'),
	('ntk_calibration(''{}'', 0)', 'scores must not be empty'),
	('ntk_calibration(''{1}'', 0)', 'scores must have at least two elements, not 1'),
	('ntk_calibration(array_fill(1, ARRAY[1001]), 0)', 'scores must have at most 1000 elements, not 1001'),
	('ntk_calibration(''{1,2}'', 2)', 'class must be between 0 and 1, not 2'),
	('ntk_calibration(''{1,2}'', -1)', 'class must be between 0 and 1, not -1'),
	('ntk_calibration(''{1,2}'', 1, -1)', 'weight must not be negative, not -1'),
	('ntk_calibration(''{1,2}'', 1, ''NaN'')', 'weight must be finite, not NaN'),
	('ntk_calibration(''{1e39,2}'', 1)', 'element 1 of scores exceeds the range of type real: 1e+39 | Rescale the scores.'),
	('ntk_calibration(s, 1) FROM (VALUES (''{1,2}''::float8[]), (''{1,2,3}'')) AS v (s)', 'scores has length 3, the group expects 2'),
	('ntk_calibrate(''{1,2}'', ''{0,0,1,1,0,0}'')', 'a calibration must have 3 rows of one number per class | The aggregate ntk_calibration makes them.'),
	('ntk_calibrate(''{1,2}'', ''{{0,0,0},{1,1,1},{0,0,0}}'')', 'scores has length 2, the calibration expects 3'),
	('ntk_calibrate(''{1,2}'', ''{{0,0},{1,NULL},{0,0}}'')', 'element 4 of calibration is null'),
	('ntk_calibrate(''{1,2}'', ''{{0,0},{1,NaN},{0,0}}'')', 'element 4 of calibration must be finite, not NaN'),
	('ntk_calibrate(''{1,2}'', ''{{0,0},{1,1},{0,-1}}'')', 'a knee of a calibration must not be negative, not -1 | The aggregate ntk_calibration makes calibrations.')) AS v (query, message);

SELECT * FROM finish();
ROLLBACK;
