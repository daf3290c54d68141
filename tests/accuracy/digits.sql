-- MNIST: 60,000 training rows of 784 pixels, one-hot targets, m = 2048.

\ir include/classes.sql
SELECT plan(4);
SET ntk_sketch.max_memory = '2GB';

SELECT cmp_ok(pg_temp.accuracy('digits', ntk_map(784, 2048), '{1e-4,1e-3,1e-2,1e-1}'), '>=', 0.960, 'zonal');
SELECT cmp_ok(pg_temp.accuracy('digits', ntk_map(784, 2048, method => 'polysketch'), '{1e-4,1e-3,1e-2,1e-1}'), '>=', 0.956, 'polysketch of degree 4');
SELECT cmp_ok(pg_temp.accuracy('digits', ntk_map(784, 2048, method => 'random_features'), '{1e-4,1e-3,1e-2,1e-1}'), '>=', 0.952, 'random features');
SELECT cmp_ok(pg_temp.accuracy('digits', ntk_nystrom(ntk_landmarks(x, 2048)), '{1e-6,1e-5,1e-4,1e-3}'), '>=', 0.968, 'landmarks')
FROM digits WHERE NOT is_test;

SELECT * FROM finish();
