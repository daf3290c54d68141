-- The extension adds no threads to a server process, and says what it is built of.

BEGIN;
SELECT plan(7);

LOAD 'ntk_sketch';
CREATE TEMP TABLE fit AS
SELECT ntk_ridge((SELECT array_agg(sin(i * j)) FROM generate_series(1, 700) AS j), i, 0.1) AS model FROM generate_series(1, 800) AS i;

CREATE FUNCTION check_threads() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	tasks text := format('/proc/%s/task', pg_backend_pid());
BEGIN
	IF pg_stat_file(tasks, true) IS NULL THEN
		RETURN skip('SKIPPED: this system has no ' || tasks || ', the threads of a process cannot be counted', 1);
	END IF;
	RETURN is((SELECT count(*) FROM pg_ls_dir(tasks)), 1::bigint, 'after products and a factorization the process has one thread');
END $$;
SELECT is(ntk_width(model), 700, 'products and a factorization were computed') FROM fit;
SELECT check_threads();

SELECT matches(openblas, '^OpenBLAS [0-9]', 'the build of OpenBLAS') FROM ntk_sketch_version();
SELECT matches(openblas, 'SINGLE_THREADED', 'is the serial one') FROM ntk_sketch_version();
SELECT matches(core, '^[A-Za-z]', 'the kernels it uses') FROM ntk_sketch_version();
SELECT matches(simd, '^(baseline|avx2)$', 'our vector instructions') FROM ntk_sketch_version();
SELECT is(extension, (SELECT extversion FROM pg_extension WHERE extname = 'ntk_sketch'), 'the library and the installed extension are of one version')
FROM ntk_sketch_version();

SELECT * FROM finish();
ROLLBACK;
