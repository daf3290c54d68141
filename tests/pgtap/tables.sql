-- Lists that stand in one place: methods and kernels.

BEGIN;
SELECT plan(15);

CREATE TEMP VIEW methods AS
SELECT pictures, method, _ntk_kernels(method, pictures) AS kernels FROM unnest('{false,true}'::boolean[]) AS pictures, unnest(_ntk_methods(pictures)) AS method;
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
SELECT is(_ntk_methods(true), '{zonal,nystrom,sketch}', 'methods for pictures');
SELECT results_eq('SELECT DISTINCT kernels::text FROM methods WHERE pictures', ARRAY['{ntk}'], 'pictures have one kernel');
SELECT results_eq('SELECT DISTINCT kernels::text FROM methods WHERE NOT pictures AND method <> ''nystrom''', ARRAY['{ntk,nngp}'], 'rows those of the angle');
SELECT is(kernels, '{ntk,nngp,gaussian,laplace,gamma_exponential}', 'with landmarks all') FROM methods WHERE NOT pictures AND method = 'nystrom';
SELECT is(_ntk_kernels('sketch', false), NULL, 'a method of pictures is none of rows');
SELECT is(ARRAY(SELECT k FROM unnest(_ntk_kernels('nystrom', false)) AS k WHERE _ntk_is_of_distance(k)), '{gaussian,laplace,gamma_exponential}', 'kernels of the distance');
SELECT ok(NOT _ntk_is_of_distance('rbf'), 'an unknown kernel is none of them');

-- maps agree

SELECT is(pg_temp.error_of('SELECT ntk_map(3, method => ''none'')'), 'unknown method "none" | Known: "' || array_to_string(_ntk_methods(false), '", "') || '".', 'maps of rows have these methods');
SELECT is(pg_temp.error_of('SELECT cntk_map(''{4,4,1}'', method => ''none'')'), 'unknown method "none" | Known: "' || array_to_string(_ntk_methods(true), '", "') || '".', 'maps of pictures those');
SELECT is(pg_temp.error_of('SELECT ntk_map(3, kernel => ''none'')'), 'unknown kernel "none" | Known: "' || array_to_string(_ntk_kernels('nystrom', false), '", "') || '".', 'and these kernels');
SELECT is_empty($$
	SELECT method, kernel FROM methods, unnest(_ntk_kernels('nystrom', false)) AS kernel
	WHERE NOT pictures AND method <> 'nystrom'
		AND (pg_temp.error_of(format('SELECT ntk_map(3, 8, method => %L, kernel => %L)', method, kernel)) = 'no error') <> (kernel = ANY (kernels))$$, 'a map of each method has each of its kernels, and no other');
SELECT is_empty($$
	SELECT kernel FROM methods, unnest(kernels) AS kernel
	WHERE method = 'nystrom' AND NOT pictures
		AND pg_temp.error_of(format(CASE WHEN _ntk_is_of_distance(kernel) THEN 'SELECT ntk_nystrom(''{{1,2}}''::real[], %L, 1)' ELSE 'SELECT ntk_nystrom(''{{1,2}}''::real[], kernel => %L)' END, kernel)) <> 'no error'$$, 'landmarks as well');

-- and params

SELECT is_empty($$
	SELECT method, kernel FROM methods, unnest(_ntk_kernels('nystrom', false)) AS kernel
	WHERE (pg_temp.error_of(format('SELECT ntk_check_params(%L)', jsonb_build_object('method', method, 'kernel', kernel) || CASE WHEN pictures THEN '{"shape": [4, 4, 1]}' ELSE '{}' END::jsonb)) = 'no error')
		<> (kernel = ANY (kernels))$$, 'params may ask for each method with each of its kernels, and no other');
SELECT is(pg_temp.error_of('SELECT ntk_check_params(''{"method": "none", "kernel": "none"}'')'), 'params.method must be ''' || array_to_string(_ntk_methods(false), ''' or ''') || ''', not "none"', 'of an unknown method that is the error');

ROLLBACK;
