-- ntk_kernel: the exact kernels of networks, against values computed elsewhere, on all
-- array types, and what it refuses.

BEGIN;
SELECT plan(50);

\ir include/error_of.sql

-- Values of the recursion published with arXiv 1910.01663, times 2^depth.

CREATE TEMP TABLE expected (x float8[], y float8[], depth int, ntk float8, nngp float8);
INSERT INTO expected VALUES
	('{1.691,-0.466}', '{1.691,-0.466}', 1, 6.153274, 3.076637),
	('{1.691,-0.466}', '{-0.789,0.002}', 1, -0.11044670287322142, 0.0027555210922220507),
	('{-0.789,0.002}', '{-0.001,-1.755}', 1, 0.43804514840903575, 0.4394039464390361),
	('{-0.789,0.002}', '{-0.001,-1.755}', 2, 0.9468967884802866, 0.6828494784307543),
	('{1.691,-0.466}', '{-0.789,0.002}', 3, 0.9174222618988623, 0.68412475556349),
	('{1.691,-0.466}', '{-0.789,0.002}', 8, 3.4405105192831114, 1.1199829701519974),
	('{1.018,0.6,-0.625}', '{-0.243,-1.453,0.555}', 1, -0.2661615886072579, 0.1071991956667758),
	('{1.018,0.6,-0.625}', '{-0.243,-1.453,0.555}', 2, 0.5869267980870747, 0.7243252033765931),
	('{-0.243,-1.453,0.555}', '{0.124,0.274,-1.527}', 3, 1.7987405325752697, 1.2887796155727793),
	('{-0.243,-1.453,0.555}', '{0.124,0.274,-1.527}', 5, 3.6747221631416194, 1.7060911133549737),
	('{1.651,0.154,-0.387,2.029,-0.045,-1.451,-0.405,-2.288,1.049}',
	 '{1.766,-0.329,0.841,-0.18,0.568,-0.753,-1.708,-1.803,0.383}', 1, 15.433112242021828, 9.331418631206283),
	('{-0.8255,-0.077,0.1935,-1.0145,0.0225,0.7255,0.2025,1.144,-0.5245}',
	 '{-1.435,0.502,-0.095,1.193,-0.369,-1.906,-0.1,1.7,-0.383}', 2, 5.0698854889261655, 3.3765312290174485),
	('{1.651,0.154,-0.387,2.029,-0.045,-1.451,-0.405,-2.288,1.049}',
	 '{1.766,-0.329,0.841,-0.18,0.568,-0.753,-1.708,-1.803,0.383}', 8, 50.76249851910788, 11.766206582942518);

SELECT cmp_ok(abs(ntk_kernel(x, y, depth, 'ntk') - ntk), '<', 1e-7 * abs(ntk),
			  format('ntk of depth %s in %s dimensions is %s', depth, cardinality(x), ntk))
FROM expected;
SELECT is_empty('SELECT * FROM expected WHERE NOT abs(ntk_kernel(x, y, depth, ''nngp'') - nngp) < 1e-7 * abs(nngp)',
				'nngp has the expected values too');
SELECT is_empty($$SELECT * FROM expected, unnest('{ntk,nngp}'::text[]) AS kernel
				WHERE ntk_kernel(x, y, depth, kernel) <> ntk_kernel(y, x, depth, kernel)$$,
				'the kernels are symmetric');

-- equal and zero rows

SELECT is(ntk_kernel(x, x, depth, kernel), factor * 87.25::float8,
		  format('%s of depth %s of a row with itself is %s |x|^2, exactly', kernel, depth, factor))
FROM (SELECT '{1.5,-2,9}'::float8[] AS x) AS row,
	(VALUES ('ntk', 1, 2), ('ntk', 3, 4), ('nngp', 1, 1), ('nngp', 3, 1)) AS v (kernel, depth, factor);
SELECT is(ntk_kernel('{0,0}'::float8[], '{3,4}'::float8[]), 0::float8, 'a zero row gives 0');
SELECT is(ntk_kernel('{0,0}'::float8[], '{0,0}'::float8[], 3, 'nngp'), 0::float8, 'two zero rows give 0');
SELECT is(ntk_kernel('{-3}'::float8[], '{2}'::float8[]), 0::float8, 'opposite rows at depth 1 give 0');
SELECT cmp_ok(abs(ntk_kernel('{1e-200}'::float8[], '{1e200}'::float8[]) - 2), '<', 1e-12::float8,
			  'squares of tiny and huge elements neither vanish nor overflow');
SELECT cmp_ok(abs(ntk_kernel('{3,4}'::float8[], '{30,40.0001}'::float8[]) / ntk_kernel('{3,4}'::float8[], '{0.3,0.400001}'::float8[]) - 100), '<', 1e-10::float8,
			  'the kernel scales with the norm of a row');

-- defaults and array types

SELECT is(ntk_kernel('{1,2}'::float8[], '{2,-1}'::float8[]),
		  ntk_kernel(x => '{1,2}'::float8[], y => '{2,-1}'::float8[], depth => 1, kernel => 'ntk'),
		  'the defaults are depth 1 and ntk');
SELECT cmp_ok(abs(ntk_kernel(x => '{1,2}'::float8[], y => '{2,-1}'::float8[], kernel => 'nngp') - 5 / pi()), '<', 1e-14::float8,
		  'nngp of orthogonal rows is |x| |y| / pi');
SELECT is(ntk_kernel('{1,2}'::real[], '{2,-1.5}'::real[]), ntk_kernel('{1,2}'::float8[], '{2,-1.5}'::float8[]),
		  'real[]');
SELECT is(ntk_kernel('{1,2}'::int[], '{2,-1}'::int[]), ntk_kernel('{1,2}'::float8[], '{2,-1}'::float8[]),
		  'integer[]');
SELECT is(ntk_kernel('{1,2}'::numeric[], '{2,-1.5}'::numeric[]), ntk_kernel('{1,2}'::float8[], '{2,-1.5}'::float8[]),
		  'numeric[]');
SELECT is(ntk_kernel(ARRAY[1, 2], ARRAY[2, -1]), 5 * ntk_kernel(ARRAY[1.0, 0.0], ARRAY[0.0, -1.0]),
		  'array constructors of integers and of decimals');
SELECT is(ntk_kernel('{1,2}'::real[], '{2,-1}'::float8[]), ntk_kernel('{1,2}'::float8[], '{2,-1}'::float8[]),
		  'real[] and double precision[]');
SELECT is(ntk_kernel('{1,2}'::int[], '{2,-1.5}'::numeric[]), ntk_kernel('{1,2}'::float8[], '{2,-1.5}'::float8[]),
		  'integer[] and numeric[]');
SELECT is(ntk_kernel('[5:6]={1,2}'::float8[], '{2,-1}'::float8[]), ntk_kernel('{1,2}'::float8[], '{2,-1}'::float8[]),
		  'the lower bound of an array does not matter');

-- NULL arguments

SELECT is(ntk_kernel(NULL::float8[], '{1}'::float8[]), NULL, 'a NULL row gives NULL');
SELECT is(ntk_kernel('{1}'::float8[], '{1}'::float8[], NULL), NULL, 'a NULL depth gives NULL');
SELECT is(ntk_kernel('{1}'::float8[], '{1}'::float8[], 1, NULL), NULL, 'a NULL kernel gives NULL');

-- errors

SELECT throws_ok($$SELECT ntk_kernel('{1,2}'::float8[], '{1,2,3}'::float8[])$$, '22000',
				 'y has length 3, the first row expects 2', 'rows of different lengths');
SELECT throws_ok($$SELECT ntk_kernel('{1,2,NULL}'::float8[], '{1,2,3}'::float8[])$$, '22004',
				 'element 3 of x is null', 'a NULL element of x');
SELECT throws_ok($$SELECT ntk_kernel('{1,2,3}'::numeric[], '{1,NULL,3}'::numeric[])$$, '22004',
				 'element 2 of y is null', 'a NULL element of y');
SELECT throws_ok($$SELECT ntk_kernel('{1,NaN}'::float8[], '{1,2}'::float8[])$$, '22003',
				 'element 2 of x must be finite, not NaN', 'NaN');
SELECT throws_ok($$SELECT ntk_kernel('{1,2}'::real[], '{Infinity,2}'::real[])$$, '22003',
				 'element 1 of y must be finite, not Infinity', 'an infinity');
SELECT throws_ok($$SELECT ntk_kernel('{1,2}'::numeric[], '{1,-Infinity}'::numeric[])$$, '22003',
				 'element 2 of y must be finite, not -Infinity', 'a negative infinity');
SELECT throws_ok($$SELECT ntk_kernel('{}'::float8[], '{}'::float8[])$$, '2202E',
				 'x must not be empty', 'an empty row');
SELECT throws_ok($$SELECT ntk_kernel('{1}'::float8[], '{}'::float8[])$$, '2202E',
				 'y must not be empty', 'an empty second row');
SELECT is(error_of($$SELECT ntk_kernel('{{1,2},{3,4}}'::float8[], '{1,2,3,4}'::float8[])$$),
		  'x must be a one-dimensional array | It has 2 dimensions.', 'a matrix');
SELECT is(error_of($$SELECT ntk_kernel('{1}'::float8[], '{1}'::float8[], 1, 'rbf')$$),
		  'unknown kernel "rbf" | Known: "ntk", "nngp", "gaussian", "laplace", "gamma_exponential".', 'an unknown kernel: the known ones are listed');
SELECT throws_ok($$SELECT ntk_kernel('{1}'::float8[], '{1}'::float8[], 1, 'rbf')$$, '22023',
				 'unknown kernel "rbf"', 'with the code of an invalid parameter');
SELECT throws_ok($$SELECT ntk_kernel('{1}'::float8[], '{1}'::float8[], 0)$$, '22023',
				 'depth must be between 1 and 64, not 0', 'depth 0');
SELECT throws_ok($$SELECT ntk_kernel('{1}'::float8[], '{1}'::float8[], 65)$$, '22023',
				 'depth must be between 1 and 64, not 65', 'depth 65');
SELECT throws_ok($$SELECT ntk_kernel('{1e200,1}'::float8[], '{1e200,1}'::float8[])$$, '22003',
				 'the kernel exceeds the range of type double precision', 'overflow');

SELECT * FROM finish();
ROLLBACK;
