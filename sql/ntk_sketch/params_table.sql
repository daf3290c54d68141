-- The table of ntk_train's params. Checks, defaults and errors, and the table in README.md, are made from it:
-- a new one is a row here.

CREATE FUNCTION _ntk_allowed(kind text, low numeric, high numeric, choices text[], may_be_null boolean) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE $1
		WHEN 'integer' THEN format('an integer between %s and %s', $2, $3)
		WHEN 'number' THEN format('a number between %s and %s', $2, CASE WHEN $3 > 1e20 THEN '1e300' ELSE $3::text END)
		WHEN 'choice' THEN (SELECT string_agg(quote_literal(c), ' or ') FROM unnest($4) AS c)
		WHEN 'boolean' THEN 'true or false'
		WHEN 'object' THEN 'an object'
		WHEN 'shape' THEN 'an array {height,width,channels}'
		WHEN 'search' THEN 'an object of arrays, ''auto'''
		WHEN 'column' THEN 'the name of a column'
		WHEN 'columns' THEN 'the name of a column, an array of names' END || CASE WHEN $5 THEN ' or null' ELSE '' END
$$;
COMMENT ON FUNCTION _ntk_allowed(text, numeric, numeric, text[], boolean) IS
	'what a parameter of this kind may be, in words';

-- The preset of images and that of kernels of the distance is NULL where it is the same; with a kernel of
-- the distance no other value is possible. Those whose preset is null may be null.
CREATE VIEW ntk_params WITH (security_invoker = true) AS
SELECT v.name, v.kind, v.low, v.high, v.choices, v.choices_of_images, v.preset, v.of_images, v.of_distance,
	@extschema@._ntk_allowed(v.kind, v.low, v.high, v.choices, v.preset = 'null') AS allowed, v.comment
FROM (VALUES
	('method', 'choice', NULL::numeric, NULL::numeric, @extschema@._ntk_methods(false), @extschema@._ntk_methods(true),
		'"nystrom"'::jsonb, '"zonal"'::jsonb, NULL::jsonb, 'the method of the feature map'),
	('depth', 'integer', 1, 64, NULL, NULL, '1', '2', '1', 'hidden layers of the network behind the kernel'),
	('n_components', 'integer', 1, 16000, NULL, NULL, '1024', '4096', NULL, 'features'),
	('seed', 'integer', -9e18, 9e18, NULL, NULL, '0', NULL, NULL, 'the seed of what is drawn at random'),
	('bias', 'number', 0, 1e6, NULL, NULL, '1', '0', '0', 'a constant beside the inputs'),
	('kernel', 'choice', NULL, NULL,
		@extschema@._ntk_kernels('nystrom', false), @extschema@._ntk_kernels('nystrom', true), '"ntk"', NULL, NULL,
		'the kernel; those of the distance need the method nystrom'),
	('bandwidth', 'number', 1e-6, 1e6, NULL, NULL, '1', NULL, NULL,
		'of a kernel of the distance: a multiple of the root mean square distance of two landmarks'),
	('exponent', 'number', 1e-6, 2, NULL, NULL, 'null', NULL, NULL, 'of the kernel gamma_exponential; null: 1.5'),
	('options', 'object', NULL, NULL, NULL, NULL, '{}', NULL, NULL, 'options of the method'),
	('shape', 'shape', NULL, NULL, NULL, NULL, 'null', NULL, NULL, 'the only feature is a column of images of this shape'),
	('filter', 'integer', 1, 1e6, NULL, NULL, '3', NULL, NULL, 'of images: the side of a patch'),
	('padding', 'choice', NULL, NULL, '{same,valid}', NULL, '"same"', NULL, NULL, 'of images: what is beyond their edges'),
	('pooling', 'integer', 0, 1e6, NULL, NULL, '1', NULL, NULL,
		'of images: the cells on a side of the grid of averages; 0: pixels are not averaged'),
	('lambda', 'number', 0, 1e300, NULL, NULL, 'null', NULL, NULL, 'the penalty; null: by cross-validation over folds'),
	('folds', 'integer', 2, 100, NULL, NULL, '5', NULL, NULL, 'folds of the cross-validation'),
	('search', 'search', NULL, NULL, NULL, NULL, 'null', NULL, NULL,
		'what to try: arrays of kernel, depth, bias, bandwidth and n_components'),
	('rounds', 'integer', 0, 100, NULL, NULL, 'null', NULL, NULL,
		'most rounds of learning a metric; null: 5 where maps have gradients'),
	('metric', 'choice', NULL, NULL, '{auto,diagonal,full}', NULL, '"auto"', NULL, NULL,
		'the metric that is learned; auto: the better of both'),
	('holdout', 'number', 0, 0.9, NULL, NULL, '0.1', NULL, NULL, 'the share of the rows that no version is fitted to'),
	('key', 'columns', NULL, NULL, NULL, NULL, 'null', NULL, NULL,
		'columns such as a customer or a day: rows that agree in them are held out together; '
		'null: a key of the table, or the features'),
	('holdout_by', 'column', NULL, NULL, NULL, NULL, 'null', NULL, NULL,
		'a column such as a time: the rows with its largest values are held out; null: rows by a hash'),
	('target', 'choice', NULL, NULL, '{auto,identity,log}', NULL, '"auto"', NULL, NULL,
		'what is fitted; log: the logarithm of a positive target; auto: the one with the smaller error in a fold'),
	('deploy', 'choice', NULL, NULL, '{always,if_better,never}', NULL, '"if_better"', NULL, NULL,
		'whether a new version serves; if_better: unless it is worse on the rows held out, by 1 % and two standard errors'),
	('uncertainty', 'boolean', NULL, NULL, NULL, NULL, 'false', NULL, NULL, 'keep what ntk_interval needs'),
	('missing', 'choice', NULL, NULL, '{impute,skip,error}', NULL, '"impute"', NULL, NULL,
		'of a NULL: the mean and an indicator, no such row, or an error'),
	('max_levels', 'integer', 1, 100000, NULL, NULL, '1000', NULL, NULL,
		'categories of a column that have an input of their own'),
	('scale', 'choice', NULL, NULL, '{auto,standard,clip,quantile,asinh}', NULL, '"auto"', NULL, NULL,
		'what brings numbers to one scale; auto: quantiles for columns with heavy tails'),
	('bins', 'integer', 0, 1000, NULL, NULL, 'null', NULL, NULL,
		'inputs that say how far a number has passed each of so many bins; null: 8 for heavy tails in large tables'),
	('nan', 'choice', NULL, NULL, '{error,missing}', NULL, '"error"', NULL, NULL,
		'of a NaN: an error, or a missing value'),
	('watermark', 'column', NULL, NULL, NULL, NULL, 'null', NULL, NULL,
		'a column that grows: ntk_refresh reads the rows beyond its largest value'),
	('bucket', 'column', NULL, NULL, NULL, NULL, 'null', NULL, NULL,
		'a column, such as a date: each of its values has statistics of its own'),
	('window', 'integer', 1, 1e9, NULL, NULL, 'null', NULL, NULL, 'only so many newest buckets count; null: all'),
	('unseen', 'choice', NULL, NULL, '{pooled,error}', NULL, '"pooled"', NULL, NULL,
		'of a group that training has not seen: the model of all rows, or an error'))
	AS v (name, kind, low, high, choices, choices_of_images, preset, of_images, of_distance, comment);
COMMENT ON VIEW ntk_params IS
	'what params of ntk_train may be; one row per parameter, with its default and that for images';
GRANT SELECT ON ntk_params TO PUBLIC;
