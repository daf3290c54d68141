-- Convolutional kernel: CIFAR-10, 5,000 training images of 32 x 32 x 3 and 1,000 to test; MNIST,
-- 10,000 training images of 28 x 28 x 1 and 4,000 to test. Depth 2, rank 64, m = 4096.

\ir include/classes.sql
SELECT plan(3);
SET ntk_sketch.max_memory = '2GB';

SELECT cmp_ok(pg_temp.accuracy('images', cntk_map('{32,32,3}'), '{1e-5,1e-4,1e-3,1e-2}'), '>=', 0.55, 'CIFAR-10, zonal');
SELECT cmp_ok(pg_temp.accuracy('images', cntk_nystrom(cntk_map('{32,32,3}'), cntk_patches(x, cntk_map('{32,32,3}'), 64)),
							   '{1e-5,1e-4,1e-3,1e-2}'), '>=', 0.55, 'CIFAR-10, nystrom')
FROM images WHERE NOT is_test;

CREATE TEMP VIEW some_digits AS SELECT * FROM digits WHERE is_test AND id <= 64000 OR id <= 10000;
SELECT cmp_ok(pg_temp.accuracy('some_digits', cntk_map('{28,28,1}', pooling => 4), '{1e-5,1e-4,1e-3,1e-2}'), '>=', 0.982, 'MNIST, zonal, 4 x 4 cells');

SELECT * FROM finish();
