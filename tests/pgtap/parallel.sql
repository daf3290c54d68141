-- Aggregation by parallel workers and by partitions gives what one process gives.

BEGIN;
SELECT plan(23);

\ir include/difference.sql

\ir include/plan_of.sql

-- every 17th row has a NULL
CREATE TABLE samples AS
SELECT i AS id, (SELECT array_agg(sin(i * 0.37 + j * j) ORDER BY j) FROM generate_series(1, 20) AS j) AS z,
	CASE WHEN i % 17 <> 0 THEN cos(i * 0.11) * 5 + i % 3 END AS y, 1 + i % 2 AS w
FROM generate_series(1, 20000) AS i;
CREATE TABLE partitioned (LIKE samples) PARTITION BY LIST (w);
CREATE TABLE odd PARTITION OF partitioned FOR VALUES IN (1);
CREATE TABLE even PARTITION OF partitioned FOR VALUES IN (2);
INSERT INTO partitioned SELECT * FROM samples;
CREATE TABLE stored AS SELECT id % 500 AS bucket, ntk_gram(z, y) AS s FROM samples GROUP BY 1;
CREATE TABLE map AS SELECT ntk_map(20, 60, 2, bias => 1) AS map;
ANALYZE samples;
ANALYZE partitioned;
ANALYZE stored;

CREATE TEMP TABLE queries (name text, query text, kind text, tolerance float8);
INSERT INTO queries VALUES
	('ntk_gram(phi, y)', 'SELECT ntk_gram(z, y) FROM samples', 'gram', 1e-9),
	('ntk_gram(phi, y, weight)', 'SELECT ntk_gram(z::real[], ARRAY[y, 1], w) FROM samples WHERE y IS NOT NULL', 'gram', 1e-9),
	('ntk_gram(x, y, map)', 'SELECT ntk_gram(z, y, ntk_map(20, 60, 2, bias => 1)) FROM samples', 'gram', 1e-9),
	('ntk_gram(x, y, map) with a map of a table', 'SELECT ntk_gram(z, y, (SELECT map FROM map)) FROM samples', 'gram', 1e-9),
	('ntk_gram(x, y, map) of random features', 'SELECT ntk_gram(z, y, ntk_map(20, 60, 2, ''random_features'')) FROM samples', 'gram', 1e-9),
	('sum(ntk_gram)', 'SELECT sum(s) FROM stored', 'gram', 1e-9),
	('ntk_ridge(phi, y, lambda)', 'SELECT ntk_ridge(z, y, 0.01) FROM samples', 'model', 1e-9),
	('ntk_ridge(x, y, lambda, map)', 'SELECT ntk_ridge(z, y, 0.01, ntk_map(20, 60, 2, bias => 1)) FROM samples', 'model', 1e-9);
CREATE TEMP TABLE grams (name text, serial ntk_gram, parallel ntk_gram);
CREATE TEMP TABLE models (name text, serial ntk_model, parallel ntk_model);

SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;

DO $$
DECLARE
	q queries;
BEGIN
	FOR q IN SELECT * FROM queries LOOP
		EXECUTE format('INSERT INTO %s (name, serial) SELECT %L, (%s)', q.kind || 's', q.name, q.query);
		-- parallel plans are for CREATE TABLE AS, not for INSERT
		SET LOCAL max_parallel_workers_per_gather = 2;
		EXECUTE format('CREATE TEMP TABLE result AS %s', q.query);
		EXECUTE format('UPDATE %s SET parallel = (SELECT * FROM result) WHERE name = %L', q.kind || 's', q.name);
		DROP TABLE result;
		SET LOCAL max_parallel_workers_per_gather = 0;
	END LOOP;
END $$;

SELECT unalike(plan_of(query), '%Gather%', name || ': not parallel where no worker may be used') FROM queries WHERE name = 'ntk_gram(phi, y)';
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT matches(plan_of(query), '(?s)Finalize Aggregate.*Gather.*Partial Aggregate', name || ': partial aggregates below a gather') FROM queries;
SELECT cmp_ok(difference(serial, parallel), '<', tolerance, name || ': the same statistic') FROM grams JOIN queries USING (name);
SELECT cmp_ok(max(abs(ntk_predict(serial, z) - ntk_predict(parallel, z)) / (1 + abs(ntk_predict(serial, z)))), '<', tolerance, name || ': the same predictions')
FROM models JOIN queries USING (name), samples WHERE id <= 100 GROUP BY name, tolerance;
SELECT results_eq('SELECT DISTINCT ntk_rows(serial), ntk_rows(parallel) FROM models', 'SELECT n, n FROM (SELECT count(y) AS n FROM samples) AS c',
				  'the same number of rows');

-- groups in parallel

CREATE TEMP TABLE grouped AS SELECT id % 7 AS part, ntk_gram(z, y) AS s FROM samples GROUP BY 1;
SELECT matches(plan_of('SELECT id % 7 AS part, ntk_gram(z, y) AS s FROM samples GROUP BY 1'), 'Partial (Hash|Group)Aggregate', 'groups of partial aggregates');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT cmp_ok(max(difference(a.s, b.s)), '<', 1e-9::float8, 'the same statistics of groups')
FROM grouped a JOIN (SELECT id % 7 AS part, ntk_gram(z, y) AS s FROM samples GROUP BY 1) AS b USING (part) HAVING count(*) = 7;

-- partitions

SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan_of('SELECT ntk_gram(z, y, w) FROM partitioned'), '(?s)Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate', 'partial aggregates of partitions');
SELECT cmp_ok(difference(ntk_gram(z, y, w), (SELECT ntk_gram(z, y, w) FROM samples)), '<', 1e-9::float8, 'the same statistic') FROM partitioned;
SELECT is((SELECT array_agg(ntk_weight(s)::numeric(9, 3) ORDER BY w) FROM (SELECT w, ntk_gram(z, y, w) AS s FROM partitioned GROUP BY w) AS q),
		  (SELECT array_agg(weight::numeric(9, 3) ORDER BY w) FROM (SELECT w, sum(w) AS weight FROM samples WHERE y IS NOT NULL GROUP BY w) AS q), 'a group of each partition');

SELECT * FROM finish();
ROLLBACK;
