-- cntk_kernel: the exact convolutional kernel of two images, against values computed
-- elsewhere, on all types of input, and what it refuses.

BEGIN;
SELECT plan(73);

\ir include/error_of.sql
\ir include/stopped_after.sql

-- Rows of tests/oracle/cntk_kernels.json.

CREATE TEMP TABLE image (name text, x float8[]);
INSERT INTO image VALUES
	('p1', '{0.222,-0.909,-1.159,0.596,-0.054,-1.641,1.171,0.775,-0.241,-0.26,0.231,-0.687,-1.348,
		0.323,-1.439,0.391,-1.441,-0.099,-0.136,1.783}'),
	('p2', '{-1.064,-1.415,-0.646,-1.124,-0.59,0.421,0.772,1.66,-0.737,2.639,1.982,-0.204,-2.291,
		-0.083,0.073,-2.299,0.074,-0.2,-0.786,0.627}'),
	('p3', '{-0.049,-0.309,-0.947,-3.083,-1.518,-0.07,-0.175,0.404,-0.127,0.159,0.788,-0.885,
		-0.287,-1.607,0.973,0.038,0.49,1.542,1.08,-0.06,0.788,-1.432,0.434,0.139,-1.618,1.337,
		-0.704,0.683,-0.42,0.994,1.312,-0.83,-1.53,-0.131,0.849,-0.371,-0.614,0.488,-2.762,
		-0.665,-1.384,0.295,-0.736,-1.115,-0.354,-1.468,-0.013,-0.682,-0.377,-0.717,0.912,
		-0.109,0.525,0.48,-0.806,0.57,0.349,0.314,-0.399,-0.427,0.786,2.182,-0.83,0.534,
		-0.366,0.785,0.438,1.06,-2.795,-0.601,-0.988,-0.108,-0.724,-0.641,0.682,1.902,-2.824,
		-0.31,0.312,0.005,-0.345,-1.353,-0.943,0.725,1.076,0.097,-0.836,0.096,-0.24,0.546}'),
	('p4', '{0.118,-0.622,0.191,-1.179,0.82,1.182,-1.179,0.421,-0.991,1.072,0.904,-0.23,0.995,
		-0.431,-0.643,-0.569,-0.141,-0.323,0.154,-0.615,0.765,1.021,-0.496,-1.427,0.724,1.139,
		-0.163,-1.287,0.267,1.525,-1.876,0.478,-0.314,-0.856,0.498,-1.299,0.297,1.313,0.177,
		-0.876,-1.779,-1.282,-1.841,1.6,-0.249,-1.045,-1.298,-1.067,-0.336,-1.283,1.676,
		-0.747,-0.783,0.308,1.451,1.324,-0.488,0.255,0.149,0.53,0.256,-0.944,-1.26,0.176,
		-1.184,1.363,0.04,-1.026,-0.322,-0.507,-0.131,0.946,-1.444,-1.868,0.338,-0.177,0.163,
		0.445,-0.181,0.8,-0.893,0.064,-0.831,-1.13,0.615,0.569,-1.942,-1.122,0.292,1.07}');
CREATE TEMP TABLE expected (x text, y text, shape int[], depth int, filter int, padding text, pooling int, cntk float8);
INSERT INTO expected VALUES
	('p1', 'p2', '{5,4,1}', 2, 3, 'same', 1, 0.10062015251940266),
	('p1', 'p2', '{5,4,1}', 3, 5, 'same', 0, 0.11882156259188403),
	('p1', 'p2', '{5,4,1}', 4, 1, 'same', 1, 1.3073674489177052),
	('p3', 'p4', '{6,5,3}', 2, 3, 'valid', 1, 0.6012592119409053),
	('p3', 'p4', '{6,5,3}', 2, 3, 'valid', 0, 0.7162926226966067),
	('p3', 'p4', '{6,5,3}', 3, 3, 'same', 1, 0.4671031591978682);

SELECT cmp_ok(abs(cntk_kernel(a.x, b.x, shape, depth, filter, padding, pooling) - cntk), '<', 1e-12 * cntk,
			  format('shape %s, depth %s, filter %s, padding %s, pooling %s', shape, depth, filter, padding, pooling))
FROM expected AS e JOIN image AS a ON a.name = e.x JOIN image AS b ON b.name = e.y;
SELECT is_empty('SELECT * FROM expected AS e JOIN image AS a ON a.name = e.x JOIN image AS b ON b.name = e.y
				WHERE cntk_kernel(a.x, b.x, shape, depth, filter, padding, pooling) <> cntk_kernel(b.x, a.x, shape, depth, filter, padding, pooling)',
				'the kernel is symmetric');

-- identities

CREATE TEMP TABLE grey AS SELECT array_agg(i * 7 % 11 ORDER BY i) AS x, array_agg(i * 5 % 13 ORDER BY i) AS y FROM generate_series(1, 36) AS i;
SELECT is(cntk_kernel(x, y, '{6,6,1}'), cntk_kernel(x => x, y => y, shape => '{6,6,1}', depth => 2, filter => 3, padding => 'same', pooling => 1),
		  'the defaults are depth 2, filter 3, padding same and pooling 1') FROM grey;
SELECT is(cntk_kernel(x, y, '{6,6,1}', pooling => 6), cntk_kernel(x, y, '{6,6,1}', pooling => 0), 'cells of one pixel are no pooling') FROM grey;
SELECT isnt(cntk_kernel(x, y, '{6,6,1}', pooling => 2), cntk_kernel(x, y, '{6,6,1}'), 'cells of more are') FROM grey;
SELECT cmp_ok(abs(cntk_kernel(x, x, '{6,6,1}', depth, 1, pooling => 0) - (depth - 1) * square), '<', 1e-13 * square,
			  format('filter 1, depth %s: %s times the mean square of an image', depth, depth - 1))
FROM grey, generate_series(2, 4) AS depth, LATERAL (SELECT avg(v * v)::float8 AS square FROM unnest(x) AS v) AS s;
SELECT is(cntk_kernel(array_fill(0, '{36}'), x, '{6,6,1}'), 0::float8, 'a black image gives 0') FROM grey;
SELECT ok(abs(cntk_kernel(array_fill(1e200::float8, '{4}'), array_fill(1e-200::float8, '{4}'), '{2,2,1}') /
			  cntk_kernel(array_fill(1, '{4}'), array_fill(1, '{4}'), '{2,2,1}') - 1) < 1e-12, 'squares neither vanish nor overflow');

-- types and forms of images

CREATE TEMP TABLE value AS SELECT cntk_kernel('{0,7,255,3,4,9}'::float8[], '{5,1,128,0,33,2}'::float8[], '{2,3,1}') AS v;
SELECT is(cntk_kernel('{0,7,255,3,4,9}'::real[], '{5,1,128,0,33,2}'::real[], '{2,3,1}'), v, 'real[]') FROM value;
SELECT is(cntk_kernel('{0,7,255,3,4,9}'::int[], '{5,1,128,0,33,2}'::int[], '{2,3,1}'), v, 'integer[]') FROM value;
SELECT is(cntk_kernel('{0,7,255,3,4,9}'::smallint[], '{5,1,128,0,33,2}'::smallint[], '{2,3,1}'), v, 'smallint[]') FROM value;
SELECT is(cntk_kernel('{0,7,255,3,4,9}'::numeric[], '{5,1,128,0,33,2}'::numeric[], '{2,3,1}'), v, 'numeric[]') FROM value;
SELECT is(cntk_kernel('\x0007ff030409'::bytea, '\x050180002102'::bytea, '{2,3,1}'), v, 'bytea: a byte is a number from 0 to 255') FROM value;
SELECT is(cntk_kernel(ARRAY[0, 7, 255, 3, 4, 9], ARRAY[5, 1, 128, 0, 33, 2], ARRAY[2, 3, 1]), v, 'array constructors of integers') FROM value;
SELECT is(cntk_kernel(ARRAY[0, 7, 255, 3, 4, 9.0], ARRAY[5, 1, 128.0, 0, 33, 2], ARRAY[2, 3, 1]), v, 'array constructors of decimals') FROM value;
SELECT is(cntk_kernel(ARRAY[0, 7, 255, 3, 4, 9], '{5,1,128,0,33,2}', '{2,3,1}'), v, 'a literal takes the type of the other image') FROM value;
SELECT is(cntk_kernel('\x0007ff030409'::bytea, '\x050180002102', '{2,3,1}'), v, 'a literal of bytes, too') FROM value;
SELECT is(cntk_kernel('{0,7,255,3,4,9}'::smallint[], '{5,1,128,0,33,2}'::float8[], '{2,3,1}'), v, 'smallint[] and double precision[]') FROM value;
SELECT is(cntk_kernel('{{0,7,255},{3,4,9}}'::int[], '{5,1,128,0,33,2}'::int[], '{2,3,1}'), v, 'height x width') FROM value;
SELECT is(cntk_kernel('{{{0},{7},{255}},{{3},{4},{9}}}'::real[], '{{5,1,128},{0,33,2}}'::real[], '{2,3,1}'), v, 'height x width x channels') FROM value;
SELECT is(cntk_kernel('[0:1][5:7]={{0,7,255},{3,4,9}}'::int[], '{5,1,128,0,33,2}'::int[], '[0:2]={2,3,1}'::int[]), v, 'lower bounds do not matter') FROM value;
SELECT is(cntk_kernel('{{{1,2,3},{4,5,6}}}'::int[], '{{{1,0,2},{0,1,1}}}'::int[], '{1,2,3}'), cntk_kernel('{1,2,3,4,5,6}'::int[], '{1,0,2,0,1,1}'::int[], '{1,2,3}'),
		  'the channels of a pixel are side by side');

-- NULL arguments

SELECT is_empty($$SELECT * FROM (VALUES (cntk_kernel(NULL, '{1}'::int[], '{1,1,1}')), (cntk_kernel('{1}'::int[], NULL, '{1,1,1}')), (cntk_kernel('{1}'::int[], '{1}', NULL)),
		(cntk_kernel('{1}'::int[], '{1}', '{1,1,1}', NULL)), (cntk_kernel('{1}'::int[], '{1}', '{1,1,1}', filter => NULL)), (cntk_kernel('{1}'::int[], '{1}', '{1,1,1}', padding => NULL)),
		(cntk_kernel('{1}'::int[], '{1}', '{1,1,1}', pooling => NULL)), (cntk_kernel(NULL, '\x00'::bytea, '{1,1,1}'))) AS v (k) WHERE k IS NOT NULL$$, 'a NULL argument gives NULL');

-- errors

SELECT is(error_of(format('SELECT cntk_kernel(%s)', arguments)), message, message) FROM (VALUES
	($$'{1,2,3,4,5,6,7,8,9,10,11}'::int[], '{1}', '{2,2,3}'$$, 'x has length 11, the shape 2 x 2 x 3 expects 12'),
	($$'{1,2}'::float8[], '{1,2,3}', '{2,1,1}'$$, 'y has length 3, the shape 2 x 1 x 1 expects 2'),
	($$'{}'::real[], '{1}', '{1,1,1}'$$, 'x has length 0, the shape 1 x 1 x 1 expects 1'),
	($$'\x0102'::bytea, '\x010203', '{2,1,1}'$$, 'y has length 3, the shape 2 x 1 x 1 expects 2'),
	($$'{{1,2},{3,4},{5,6}}'::int[], '{1,2,3,4,5,6}', '{2,3,1}'$$, 'x is a 3 x 2 array, which is not the shape 2 x 3 x 1 | A one-dimensional array of 6 numbers is possible, too: by rows, the channels of a pixel side by side.'),
	($$'{1,2,3,4}'::int[], '{{1,2},{3,4}}', '{2,1,2}'$$, 'y is a 2 x 2 array, which is not the shape 2 x 1 x 2 | A one-dimensional array of 4 numbers is possible, too: by rows, the channels of a pixel side by side.'),
	($$'{{{{1}}}}'::int[], '{1}', '{1,1,1}'$$, 'x is a 1 x 1 x 1 x 1 array, which is not the shape 1 x 1 x 1 | A one-dimensional array of 1 numbers is possible, too: by rows, the channels of a pixel side by side.'),
	($$'{1,NULL}'::int[], '{1,2}', '{2,1,1}'$$, 'element 2 of x is null'),
	($$'{1,2}'::numeric[], '{NULL,2}', '{2,1,1}'$$, 'element 1 of y is null'),
	($$'{1,NaN}'::float8[], '{1,2}', '{2,1,1}'$$, 'element 2 of x must be finite, not NaN'),
	($$'{1,2}'::real[], '{-Infinity,2}', '{2,1,1}'$$, 'element 1 of y must be finite, not -Infinity'),
	($$'{1,2}'::int[], '{1,2}', '{2,1}'$$, 'shape must have 3 elements, not 2 | A shape is {height,width,channels}.'),
	($$'{1,2}'::int[], '{1,2}', '{}'$$, 'shape must have 3 elements, not 0 | A shape is {height,width,channels}.'),
	($$'{1,2}'::int[], '{1,2}', '{{2,1,1}}'$$, 'shape must be a one-dimensional array | It has 2 dimensions.'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,NULL}'$$, 'element 3 of shape is null'),
	($$'{1,2}'::int[], '{1,2}', '{2,0,1}'$$, 'width in shape must be positive, not 0 | A shape is {height,width,channels}.'),
	($$'{1,2}'::int[], '{1,2}', '{-2,-1,1}'$$, 'height in shape must be positive, not -2 | A shape is {height,width,channels}.'),
	($$'{1,2}'::int[], '{1,2}', '{2000,2000,3}'$$, 'shape 2000 x 2000 x 3 has more numbers than the limit of 1048576'),
	($$'{1,2}'::int[], '{1,2}', '{2147483647,2147483647,2147483647}'$$, 'shape 2147483647 x 2147483647 x 2147483647 has more numbers than the limit of 1048576'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', filter => 2$$, 'filter must be odd and at least 1, not 2'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', filter => -1$$, 'filter must be odd and at least 1, not -1'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', depth => 1$$, 'depth must be between 2 and 64, not 1'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', depth => 65$$, 'depth must be between 2 and 64, not 65'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', padding => 'mirror'$$, 'unknown padding "mirror" | Known: "same", "valid".'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', pooling => -1$$, 'pooling must be between 0 and 1, not -1 | The last layer has 2 x 1 pixels. | 1 is the mean over all pixels, g that over each cell of a g x g grid, 0 no pooling.'),
	($$array_fill(1, '{63}'), array_fill(1, '{63}'), '{9,7,1}', padding => 'valid', pooling => 4$$,
	 'pooling must be between 0 and 3, not 4 | The last layer has 5 x 3 pixels. | 1 is the mean over all pixels, g that over each cell of a g x g grid, 0 no pooling.'),
	($$array_fill(1, '{63}'), array_fill(1, '{63}'), '{9,7,1}', depth => 3, padding => 'valid', pooling => 0, filter => 5$$,
	 'of an image of 9 x 7 pixels, 3 layers with 5 x 5 filters and padding "valid" leave none | Each takes away 4 rows and columns. | Use a smaller depth or filter, or padding "same".'),
	($$'{1e200,1}'::float8[], '{1e200,1}', '{2,1,1}'$$, 'the kernel exceeds the range of type double precision')) AS v (arguments, message);
SELECT throws_ok(format('SELECT cntk_kernel(%s)', arguments), code::char(5), NULL, format('%s: code %s', arguments, code)) FROM (VALUES
	($$'{1,2,3}'::int[], '{1,2}', '{2,1,1}'$$, '22000'),
	($$'{{1,2}}'::int[], '{1,2}', '{2,1,1}'$$, '2202E'),
	($$'{1,2}'::int[], '{1,2}', '{2,1}'$$, '22023'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', filter => 4$$, '22023'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', padding => 'valid'$$, '22023'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', pooling => 2$$, '22023'),
	($$'{1e200,1}'::float8[], '{1e200,1}', '{2,1,1}'$$, '22003'),
	($$'{1,2}'::int[], '\x0102'::bytea, '{2,1,1}'$$, '42883'),
	($$'{1,2}'::int[], '{1,2}', '{2,1,1}', filter => 2147483647$$, '54000')) AS v (arguments, code);

-- memory and time

SELECT matches(error_of($$SELECT cntk_kernel('{1,2}'::int[], '{1,2}', '{2,1,1}', filter => 30001)$$), '^cntk_kernel needs [0-9]+ MB of memory, ntk_sketch.max_memory allows [0-9]+ MB',
			   'margins that do not fit the memory are refused');
CREATE TEMP TABLE large AS SELECT array_agg(i * 7 % 256 ORDER BY i) AS x FROM generate_series(1, 64 * 64 * 3) AS i;
CREATE TEMP TABLE noise AS SELECT array_agg(sin(i::float8 * i) ORDER BY i) AS x FROM generate_series(1, 1024 * 1024) AS i;
SET LOCAL statement_timeout = '300ms';
SELECT cmp_ok(stopped_after('SELECT cntk_kernel(x, x, ''{64,64,3}'', 5) FROM large'), '<', 0.8::float8, 'an image of 64 x 64 pixels is stopped');
SELECT cmp_ok(stopped_after('SELECT cntk_kernel(x, x, ''{1048576,1,1}'', filter => 1) FROM noise'), '<', 0.8::float8, 'so is a very high one');
SELECT cmp_ok(stopped_after('SELECT cntk_kernel(x, x, ''{1,1048576,1}'', filter => 7) FROM noise'), '<', 0.8::float8, 'and a very wide one');
SELECT cmp_ok(stopped_after('SELECT cntk_kernel(x, x, ''{64,64,3}'', filter => 1001) FROM large'), '<', 0.8::float8, 'and one with a wide filter');
SET LOCAL statement_timeout = 0;
SELECT cmp_ok(cntk_kernel(x, y, '{6,6,1}'), '>', 0::float8, 'afterwards the session computes') FROM grey;

SELECT * FROM finish();
ROLLBACK;
