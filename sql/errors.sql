-- What users are told: errors, details and hints are part of the interface.
CREATE EXTENSION ntk_sketch;
\set VERBOSITY default

-- arrays
SELECT ntk_kernel('{1,2}'::real[], '{1,2,3}'::real[]);
SELECT ntk_kernel('{}'::real[], '{}'::real[]);
SELECT ntk_kernel('{{1,2},{3,4}}'::real[], '{1,2}'::real[]);
SELECT ntk_kernel('{1,NULL}'::real[], '{1,2}'::real[]);
SELECT ntk_kernel('{1,2,NaN}'::real[], '{1,2,3}'::real[]);
SELECT ntk_kernel('{1,2}'::float8[], '{1,-Infinity}'::float8[]);
SELECT ntk_kernel('{1}'::float8[], '{1}'::float8[], kernel => 'gauss');
SELECT ntk_kernel('{1}'::float8[], '{1}'::float8[], 0);
SELECT ntk_kernel('{1e200}'::float8[], '{1e200}'::float8[]);

-- maps
SELECT ntk_map(0);
SELECT ntk_map(2000000);
SELECT ntk_map(3, 0);
SELECT ntk_map(3, 16001);
SELECT ntk_map(3, depth => 65);
SELECT ntk_map(3, method => 'magic');
SELECT ntk_map(3, bias => 'NaN');
SELECT ntk_map(3, options => '{"degree": 65}');
SELECT ntk_map(3, options => '{"degree": "high"}');
SELECT ntk_map(3, options => '{"temperature": 1}');
SELECT ntk_map(3, options => '[]');
SELECT '{"input_dim": 3, "width": 7}'::ntk_map;
SELECT '{"n_components": 7}'::ntk_map;
SELECT ntk_sketch('{1,2}'::real[], ntk_map(3));
SELECT ntk_sketch('{1e300,1}'::float8[], 8);

-- statistics
CREATE TABLE points AS SELECT ARRAY[i, i * i]::float8[] AS phi, i::float8 AS y FROM generate_series(1, 4) AS i;
SELECT ntk_gram(phi, y, -1) FROM points;
SELECT ntk_gram(phi, y, 'NaN'::float8) FROM points;
SELECT ntk_gram(phi, 'Infinity'::float8) FROM points;
SELECT ntk_gram(phi[1:1 + (y > 2)::int], y) FROM points;
SELECT ntk_gram(phi, array_fill(1::float8, ARRAY[1 + (y > 2)::int])) FROM points;
SELECT ntk_gram(phi, y, NULL::ntk_map) FROM points;
SELECT ntk_gram(phi, y, ntk_map(2, 4, seed => (y > 2)::int)) FROM points;
SELECT ntk_gram('{1e200}'::float8[], 1);
SELECT ntk_gram(phi, y) + ntk_gram(phi[1:1], y) FROM points;
SELECT ntk_gram(phi, y) + ntk_gram(phi, ARRAY[y, y]) FROM points;
SELECT ntk_gram(phi, y, ntk_map(2, 4)) + ntk_gram(phi, y, ntk_map(2, 4, seed => 1)) FROM points;
SELECT ntk_gram(phi, y, ntk_map(2, 2)) + ntk_gram(phi, y) FROM points;
SELECT ntk_gram(phi, y) FILTER (WHERE y < 2) - ntk_gram(phi, y) FROM points;
SELECT 'c2hvcnQ='::ntk_gram;
SELECT 'not base64'::ntk_gram;
SELECT overlay(ntk_gram(phi, y)::text PLACING 'BBBB' FROM 80)::ntk_gram FROM points;

-- models
SELECT ntk_ridge(phi, y, -1) FROM points;
SELECT ntk_ridge(phi, y, NULL) FROM points;
SELECT ntk_ridge(phi, y, y) FROM points;
SELECT ntk_solve(ntk_gram(phi, y), 'NaN') FROM points;
SELECT ntk_solve(ntk_gram(phi, NULL::float8), 1) FROM points;
SELECT ntk_solve(ntk_gram(phi, y, 0), 1) FROM points;
SELECT ntk_solve(ntk_gram(phi || phi, y), 0) FROM points;
SELECT ntk_predict(ntk_ridge(phi, ARRAY[y, y], 1), '{1,2}'::real[]) FROM points;
SELECT ntk_predict(ntk_ridge(phi, y, 1), '{1,2,3}'::real[]) FROM points;
SELECT ntk_predict(ntk_ridge(phi, y, 1, ntk_map(2, 4)), '{1}'::real[]) FROM points;
SELECT ntk_gram(phi, y)::text::ntk_model FROM points;

-- limits
SELECT ntk_gram(array_fill(1::real, '{16001}'), 1);
SELECT ntk_gram('{1}'::real[], array_fill(1::float8, '{1001}'));
SET ntk_sketch.max_memory = '1MB';
SELECT ntk_gram(array_fill(1::real, '{1000}'), 1);
SELECT ntk_sketch(array_fill(1::real, '{1000000}'), ntk_map(1000000, 8, options => '{"base_dim": 0}')) IS NULL;

-- still here
SELECT count(*) FROM points;
DROP TABLE points;
DROP EXTENSION ntk_sketch;
