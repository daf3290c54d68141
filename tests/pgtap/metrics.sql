-- Metrics against plain SQL, the temperature of a softmax, and what they refuse.

BEGIN;
SELECT plan(151);

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
	('ntk_temperature', 'ntk_temperature(CASE WHEN y > 0 THEN scores END, class)', NULL, 0);

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

-- ntk_temperature

CREATE FUNCTION pg_temp.loss(temperature float8) RETURNS float8 LANGUAGE sql STABLE AS
	$$SELECT avg(-ln((ntk_softmax(scores, temperature))[class + 1])) FROM samples$$;
CREATE TEMP TABLE found AS SELECT ntk_temperature(scores, class) AS t FROM samples;
SELECT cmp_ok(pg_temp.loss(t), '<', least(pg_temp.loss(t * 1.001), pg_temp.loss(t / 1.001), pg_temp.loss(t * 2), pg_temp.loss(t / 2)), 'ntk_temperature: a minimum of the log loss') FROM found;
SELECT cmp_ok(abs(ntk_temperature(ARRAY[8 * scores[3], 8 * scores[1], 8 * scores[2]], (class + 1) % 3) / t - 8), '<', 1e-6::float8, 'ntk_temperature: whatever the unit and the order of classes') FROM samples, found GROUP BY t;
SELECT cmp_ok(abs(ntk_temperature(ARRAY[scores[1] + id, scores[2] + id, scores[3] + id], class) / t - 1), '<', 1e-6::float8, 'ntk_temperature: whatever is added to the scores of a row') FROM samples, found GROUP BY t;
SELECT cmp_ok(abs(ntk_temperature('{0,1}', (i % 4 > 0)::int) - 1 / ln(3)), '<', 1e-9::float8, 'ntk_temperature: equal rows count each') FROM generate_series(1, 4000) AS i;
SELECT is(ntk_temperature(ARRAY[0, score], class), expected, 'ntk_temperature: ' || description)
FROM (VALUES ('always right', '{1,2}'::float8[], 1, 0.001::float8), ('always wrong', '{1,2}', 0, 1000), ('no scores', '{0,0}', 0, 1)) AS v (description, scores, class, expected), unnest(scores) AS score GROUP BY description, expected;

-- more rows than the sample, drawn with temperature 1/2: the class is 1 with probability 1 / (1 + exp(-2 s))
CREATE TABLE many AS SELECT i AS id, ARRAY[0, s] AS scores, (u < 1 / (1 + exp(-2 * s)))::int AS class
FROM generate_series(1, 150000) AS i, LATERAL (SELECT 3 * sin(i) AS s, (i::bigint * 15485863 % 1000003) / 1000003.0 AS u) AS r;
ANALYZE many;
CREATE TEMP TABLE of_many AS SELECT ntk_temperature(scores, class ORDER BY id) AS t FROM many;
SELECT cmp_ok(abs(t - 0.5), '<', 0.02::float8, 'ntk_temperature: the temperature that rows were drawn with') FROM of_many;
SELECT is(ntk_temperature(scores, class ORDER BY id DESC), t, 'ntk_temperature: the same of a sample in any order') FROM many, of_many GROUP BY t;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE TEMP TABLE of_many_parallel AS SELECT ntk_temperature(scores, class) AS t FROM many;
SELECT is((SELECT t FROM of_many_parallel), (SELECT t FROM of_many), 'ntk_temperature: the same of a sample in any plan');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT ntk_temperature(array_fill(sin(i), ARRAY[1500]) || cos(i), 1500) FROM generate_series(1, 12000) AS i'), '<', 0.8::float8, 'ntk_temperature can be cancelled');
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
	('ntk_temperature(''{1,NaN}'', 1)', 'element 2 of scores must be finite, not NaN'),
	('ntk_temperature(''{1,NULL}'', 1)', 'element 2 of scores is null'),
	('ntk_temperature(''{}'', 0)', 'scores must not be empty'),
	('ntk_temperature(''{1}'', 0)', 'scores must have at least two elements, not 1'),
	('ntk_temperature(''{1,2}'', 2)', 'class must be between 0 and 1, not 2'),
	('ntk_temperature(''{1,2}'', -1)', 'class must be between 0 and 1, not -1'),
	('ntk_temperature(''{1e39,2}'', 1)', 'scores differ by more than the range of type real'),
	('ntk_temperature(s, 1) FROM (VALUES (''{1,2}''::float8[]), (''{1,2,3}'')) AS v (s)', 'scores has length 3, the group expects 2')) AS v (query, message);

SELECT * FROM finish();
ROLLBACK;
