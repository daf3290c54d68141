-- What a first session looks like: stable text of maps, kernels, statistics and models.
CREATE EXTENSION ntk_sketch;

SELECT extension = extversion AS version_agrees, openblas LIKE '%SINGLE_THREADED%' AS serial
FROM ntk_sketch_version(), pg_extension WHERE extname = 'ntk_sketch';

-- maps
SELECT ntk_map(9, 1024, bias => 1);
SELECT ntk_map(784, 2048, depth => 3, kernel => 'nngp', seed => -5, options => '{"degree": 4}');
SELECT '{"input_dim": 9, "bias": 1}'::ntk_map = ntk_map(9, bias => 1) AS equal;
SELECT ntk_fingerprint(ntk_map(9)), ntk_fingerprint(ntk_map(9, seed => 1));

-- kernels: (L + 1) |x|^2 on the diagonal
SELECT ntk_kernel('{3,4}'::real[], '{3,4}'::real[]) AS ntk_1,
	ntk_kernel('{3,4}'::real[], '{3,4}'::real[], 3) AS ntk_3,
	ntk_kernel('{3,4}'::real[], '{3,4}'::real[], 3, 'nngp') AS nngp_3,
	round(ntk_kernel(ARRAY[1, 0], ARRAY[0, 2])::numeric, 12) AS orthogonal,
	ntk_kernel(ARRAY[1, 0], ARRAY[0, 0]) AS zero;

-- features: rounded, they are equal to single precision on every machine
SELECT array_agg(round(z::numeric, 3)) FROM unnest(ntk_sketch(ARRAY[1, -2, 0.5], 6)) AS z;
SELECT array_length(ntk_sketch(array_fill(1::real, '{200}'), 300), 1);

-- a statistic is sums
CREATE TABLE points AS SELECT i AS id, ARRAY[i, i * i]::float8[] AS phi, (3 + 2 * i)::float8 AS y FROM generate_series(1, 4) AS i;
SELECT (ntk_moments(ntk_gram(phi, y))).* FROM points;
SELECT ntk_rows(g), ntk_skipped(g), ntk_width(g), ntk_targets(g), ntk_weight(g), ntk_feature_map(g)
FROM (SELECT ntk_gram(phi, y, 0.5) AS g FROM points) AS s;
SELECT (ntk_moments(sum(g) - ntk_gram('{1,1}'::float8[], 5))).gram
FROM (SELECT ntk_gram(phi, y) AS g FROM points GROUP BY id % 2) AS s GROUP BY ();

-- a model of a straight line
SELECT round(ntk_predict(ntk_ridge(phi, y, 0), '{10,100}'::real[])::numeric, 6) AS prediction FROM points;
SELECT ntk_rows(m), ntk_width(m), ntk_targets(m), ntk_lambda(m), ntk_feature_map(m)
FROM (SELECT ntk_ridge(phi, ARRAY[y, -y], 0.5) AS m FROM points) AS s;

-- NULL in, NULL out; NULL rows are counted
SELECT ntk_kernel(NULL::real[], '{1}'), ntk_sketch(NULL::real[], 4), ntk_predict(NULL, '{1}'::real[]), ntk_solve(NULL, 1);
SELECT ntk_gram(phi, y) IS NULL AS no_rows FROM points WHERE false;
SELECT ntk_rows(g), ntk_skipped(g) FROM (SELECT ntk_gram(phi, nullif(y, 5)) AS g FROM points) AS s;

-- the gradient of a constant model is zero, and no metric
SELECT ntk_with_metric(ntk_map(2), ntk_agop(model, phi)) = ntk_map(2) AS unchanged
FROM points, (SELECT ntk_ridge(phi, 3, 1) AS model FROM points) AS m;

-- the plan of a large table is parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT ntk_gram(phi, y) FROM points;
RESET ALL;

-- what is the same for several rows is computed, and says so, once
SELECT ntk_fingerprint(ntk_with_metric(ntk_map(d, 8), '{0,0,0}')) = ntk_fingerprint(ntk_map(3, 8)) AS same
FROM (VALUES (3), (3), (3)) AS v (d);

-- everything the extension makes is described
SELECT classid::regclass AS kind, count(*) AS undescribed
FROM pg_depend AS d
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ntk_sketch')
	AND NOT (classid = 'pg_type'::regclass AND objid IN (SELECT oid FROM pg_type WHERE typelem <> 0 OR typrelid <> 0))
	AND obj_description(objid, classid::regclass::name) IS NULL
GROUP BY 1;

-- it stays in its schema, and goes without a trace
CREATE SCHEMA ml;
ALTER EXTENSION ntk_sketch SET SCHEMA ml;
DROP EXTENSION ntk_sketch;
DROP TABLE points;
CREATE EXTENSION ntk_sketch SCHEMA ml;
SELECT ml.ntk_kernel(ARRAY[1], ARRAY[1]);
DROP SCHEMA ml CASCADE;
