-- What params.search of ntk_train may be, and what it tries.

-- A limit on the number of trainings of a search, so that it ends in a reasonable time.
CREATE FUNCTION _ntk_check_search(params jsonb, images boolean) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant int := 100;
	wrong text;
	combinations numeric := 1;
	tried jsonb;
BEGIN
	SELECT key INTO wrong FROM jsonb_each(params -> 'search') AS s (key, value)
	WHERE key <> ALL ('{kernel,depth,bias,bandwidth,n_components}') OR images AND key <> ALL ('{depth,n_components}')
		OR jsonb_typeof(value) <> 'array' OR jsonb_array_length(value) = 0;
	IF FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('params.search has a wrong entry "%s"', wrong),
			HINT = 'It names arrays of what to try, as in {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bias": [0, 1], '
				'"bandwidth": [1, 2], "n_components": [512, 2048]}.';
	END IF;
	FOR tried IN SELECT value FROM jsonb_each(params -> 'search') LOOP
		combinations := combinations * jsonb_array_length(tried);
	END LOOP;
	IF combinations > most THEN
		RAISE program_limit_exceeded
			USING MESSAGE = format('params.search has %s combinations, at most %s are possible', combinations, most),
			HINT = 'Search one parameter at a time, or "search": "auto".';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_search(jsonb, boolean) IS
	'raises an error if params.search has too many combinations, or parameters that cannot be searched';

-- The combinations of a search. Dot-product kernels have no bandwidth, those of the distance no depth and
-- no bias: what differs in these alone is tried once.
CREATE FUNCTION _ntk_trials(params jsonb) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH choices AS (
		SELECT coalesce($1 #> ARRAY['search', name], jsonb_build_array($1 -> name)) AS values, name
		FROM unnest('{kernel,depth,bias,bandwidth,n_components}'::text[]) AS name
		WHERE jsonb_typeof($1 -> 'search') = 'object'),
	listed AS (
		SELECT jsonb_build_object('kernel', kernel, 'depth', depth, 'bias', bias, 'bandwidth', bandwidth,
								  'n_components', width) AS t
		FROM (SELECT jsonb_array_elements(values) FROM choices WHERE name = 'kernel') AS a (kernel),
			(SELECT jsonb_array_elements(values) FROM choices WHERE name = 'depth') AS b (depth),
			(SELECT jsonb_array_elements(values) FROM choices WHERE name = 'bias') AS c (bias),
			(SELECT jsonb_array_elements(values) FROM choices WHERE name = 'bandwidth') AS d (bandwidth),
			(SELECT jsonb_array_elements(values) FROM choices WHERE name = 'n_components') AS e (width)),
	automatic AS (
		SELECT jsonb_build_object('depth', depth,
			'kernel', CASE WHEN @extschema@._ntk_has_distance_kernel($1) THEN 'ntk' ELSE $1 ->> 'kernel' END)
		FROM generate_series(CASE WHEN $1 ->> 'shape' IS NULL THEN 1 ELSE 2 END, 3) AS depth
		UNION ALL
		SELECT jsonb_build_object('kernel', kernel, 'bandwidth', bandwidth,
			'exponent', CASE kernel WHEN 'gamma_exponential' THEN $1 -> 'exponent' END)
		FROM (VALUES ('laplace', 1), ('laplace', 4), ('gamma_exponential', 1), ('gamma_exponential', 2),
					 ('gaussian', 1), ('gaussian', 2)) AS v (kernel, bandwidth)
		WHERE $1 ->> 'method' = 'nystrom' AND $1 ->> 'shape' IS NULL)
	SELECT DISTINCT @extschema@._ntk_check_params($1 || t || CASE WHEN t = '{}' THEN t
		WHEN @extschema@._ntk_has_distance_kernel(t) THEN fixed ELSE '{"bandwidth": 1}' END)
	FROM (SELECT * FROM listed
		  UNION ALL SELECT * FROM automatic WHERE $1 ->> 'search' = 'auto'
		  UNION ALL SELECT '{}' WHERE $1 ->> 'search' IS NULL) AS s (t),
		(SELECT jsonb_object_agg(p.name, p.of_distance) FROM @extschema@.ntk_params AS p
		 WHERE p.of_distance IS NOT NULL) AS f (fixed)
$$;
COMMENT ON FUNCTION _ntk_trials(jsonb) IS
	'the params of every combination of params.search, one row per combination; '
	'without a search, the params themselves';
