-- Lists that stand in one place: methods, kernels, params of ntk_train.

BEGIN;
SELECT plan(27);

CREATE TEMP VIEW methods AS
SELECT images, method, _ntk_kernels(method, images) AS kernels FROM unnest('{false,true}'::boolean[]) AS images, unnest(_ntk_methods(images)) AS method;
CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLERRM, nullif(hint, ''));
END $$;

SELECT is(_ntk_methods(false), '{zonal,polysketch,random_features,random_features_leverage,nystrom}', 'methods for rows');
SELECT is(_ntk_methods(true), '{zonal,nystrom,sketch}', 'methods for images');
SELECT results_eq('SELECT DISTINCT kernels::text FROM methods WHERE images', ARRAY['{ntk}'], 'images have one kernel');
SELECT results_eq('SELECT DISTINCT kernels::text FROM methods WHERE NOT images AND method <> ''nystrom''', ARRAY['{ntk,nngp}'], 'rows dot-product kernels');
SELECT is(kernels, '{ntk,nngp,gaussian,laplace,gamma_exponential}', 'with landmarks all') FROM methods WHERE NOT images AND method = 'nystrom';
SELECT is(_ntk_kernels('sketch', false), NULL, 'a method of images is none of rows');
SELECT is(ARRAY(SELECT k FROM unnest(_ntk_kernels('nystrom', false)) AS k WHERE _ntk_is_of_distance(k)), '{gaussian,laplace,gamma_exponential}', 'kernels of the distance');
SELECT ok(NOT _ntk_is_of_distance('rbf'), 'an unknown kernel is none of them');

-- maps agree

SELECT is(pg_temp.error_of('SELECT ntk_map(3, method => ''none'')'), 'unknown method "none" | Known: "' || array_to_string(_ntk_methods(false), '", "') || '".', 'maps of rows have these methods');
SELECT is(pg_temp.error_of('SELECT cntk_map(''{4,4,1}'', method => ''none'')'), 'unknown method "none" | Known: "' || array_to_string(_ntk_methods(true), '", "') || '".', 'maps of images those');
SELECT is(pg_temp.error_of('SELECT ntk_map(3, kernel => ''none'')'), 'unknown kernel "none" | Known: "' || array_to_string(_ntk_kernels('nystrom', false), '", "') || '".', 'and these kernels');
SELECT is_empty($$
	SELECT method, kernel FROM methods, unnest(_ntk_kernels('nystrom', false)) AS kernel
	WHERE NOT images AND method <> 'nystrom'
		AND (pg_temp.error_of(format('SELECT ntk_map(3, 8, method => %L, kernel => %L)', method, kernel)) = 'no error') <> (kernel = ANY (kernels))$$, 'a map of each method has each of its kernels, and no other');
SELECT is_empty($$
	SELECT kernel FROM methods, unnest(kernels) AS kernel
	WHERE method = 'nystrom' AND NOT images
		AND pg_temp.error_of(format(CASE WHEN _ntk_is_of_distance(kernel) THEN 'SELECT ntk_nystrom(''{{1,2}}''::real[], %L, 1)' ELSE 'SELECT ntk_nystrom(''{{1,2}}''::real[], kernel => %L)' END, kernel)) <> 'no error'$$, 'landmarks as well');

-- and params of ntk_train

SELECT is_empty($$
	SELECT method, kernel FROM methods, unnest(_ntk_kernels('nystrom', false)) AS kernel
	WHERE (pg_temp.error_of(format('SELECT _ntk_check_params(%L)', jsonb_build_object('method', method, 'kernel', kernel) || CASE WHEN images THEN '{"shape": [4, 4, 1]}' ELSE '{}' END::jsonb)) = 'no error')
		<> (kernel = ANY (kernels))$$, 'params may ask for each method with each of its kernels, and no other');
SELECT is(pg_temp.error_of('SELECT _ntk_check_params(''{"method": "none", "kernel": "none"}'')'), 'params.method must be ''' || array_to_string(_ntk_methods(false), ''' or ''') || ''', not "none"', 'of an unknown method that is the error');

-- the table of params

CREATE FUNCTION pg_temp.checked(params jsonb) RETURNS text LANGUAGE sql AS $$SELECT pg_temp.error_of(format('SELECT _ntk_check_params(%L)', params))$$;

SELECT is(_ntk_check_params('{}'), jsonb_object_agg(name, preset), 'the defaults are the table''s') FROM ntk_params;
SELECT is(_ntk_check_params('{"shape": [4, 4, 1]}'), jsonb_object_agg(name, coalesce(of_images, preset)) || '{"shape": [4, 4, 1]}', 'those of images') FROM ntk_params;
SELECT is(_ntk_check_params('{"kernel": "laplace"}'), jsonb_object_agg(name, coalesce(of_distance, preset)) || '{"kernel": "laplace"}', 'those of a kernel of the distance') FROM ntk_params;
SELECT is(pg_temp.checked('{"nothing": 1}'), 'params has no key "nothing" | Its keys are ' || string_agg(name, ', ' ORDER BY name) || '.', 'the hint has all keys') FROM ntk_params;
SELECT is_empty('SELECT name FROM ntk_params GROUP BY name HAVING count(*) > 1', 'once each');
SELECT is_empty('SELECT name FROM ntk_params WHERE allowed IS NULL OR preset IS NULL OR comment IS NULL OR (low IS NULL) <> (kind NOT IN (''integer'', ''number'')) OR (choices IS NULL) <> (kind <> ''choice'')', 'rows are complete');
SELECT is_empty($$
	SELECT name, value, pg_temp.checked(jsonb_build_object(name, value))
	FROM ntk_params, jsonb_array_elements('[[], {"a": 1}, 1.5, 1e301, -1e301, "none", "", null]') AS value
	WHERE (value <> 'null' OR preset <> 'null') AND CASE kind WHEN 'number' THEN jsonb_typeof(value) <> 'number' OR abs(value::numeric) > 2 WHEN 'column' THEN jsonb_typeof(value) NOT IN ('string', 'null') WHEN 'columns' THEN jsonb_typeof(value) NOT IN ('string', 'null') WHEN 'object' THEN jsonb_typeof(value) <> 'object'
			WHEN 'shape' THEN jsonb_typeof(value) NOT IN ('array', 'null') WHEN 'search' THEN jsonb_typeof(value) NOT IN ('object', 'null') ELSE true END
		AND pg_temp.checked(jsonb_build_object(name, value)) NOT LIKE format('params.%s must be %s, not %%', name, replace(allowed, '_', '\_'))$$, 'what is not allowed is refused in these words');
SELECT is_empty($$
	SELECT name, value FROM ntk_params, unnest(CASE kind WHEN 'integer' THEN ARRAY[low - 1, high + 1] ELSE ARRAY[low - 1e-9, high * (1 + 1e-9)] END) AS value
	WHERE low IS NOT NULL AND pg_temp.checked(jsonb_build_object(name, value)) NOT LIKE format('params.%s must be %s, not %%', name, allowed)$$, 'nor are numbers beyond the limits');
SELECT is_empty($$
	SELECT name, value, pg_temp.checked(jsonb_build_object(name, value)) FROM ntk_params, unnest(ARRAY[low, high]) AS value
	WHERE low IS NOT NULL AND name <> 'window' AND pg_temp.checked(jsonb_build_object(name, value)) <> 'no error'$$, 'the limits are possible');
SELECT is_empty($$
	SELECT name, choice FROM ntk_params, unnest(choices) AS choice
	WHERE pg_temp.checked(jsonb_build_object(name, choice)) <> 'no error'$$, 'all choices are');
SELECT is(_ntk_check_params('{"depth": 2.0, "seed": 1e3, "window": 3.00, "bucket": "a"}')::text, (_ntk_check_params('{}') || '{"depth": 2, "seed": 1000, "window": 3, "bucket": "a"}')::text, 'integers are written as integers');
CREATE FUNCTION pg_temp.milliseconds() RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
	params jsonb := '{}';
BEGIN
	FOR i IN 1..50 LOOP
		PERFORM _ntk_check_params(params);
	END LOOP;
	RETURN extract(epoch FROM clock_timestamp() - began) * 1000 / 50;
END $$;
SELECT cmp_ok(pg_temp.milliseconds(), '<', 10::float8, 'checks take little time');

ROLLBACK;
