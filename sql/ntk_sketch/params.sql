-- The params of ntk_train: what they may be, and their defaults.

-- Of what a nystrom map is to be, the map without landmarks is one of another method; its rank is that
-- of the landmarks.
CREATE FUNCTION ntk_picture_map(params jsonb) RETURNS ntk_map LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
	shape int[];
BEGIN
	SELECT s INTO wrong FROM jsonb_array_elements(params -> 'shape') AS s
	WHERE jsonb_typeof(s) <> 'number' OR s::numeric NOT BETWEEN 1 AND 1e6 OR s::numeric % 1 <> 0 LIMIT 1;
	IF FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE =
			format('params.shape must be an array {height,width,channels} of positive integers, not of %s', wrong);
	ELSIF (params ->> 'bias')::float8 <> 0 THEN
		RAISE invalid_parameter_value
			USING MESSAGE = format('params.bias must be 0 for pictures, not %s', params ->> 'bias');
	END IF;
	shape := ARRAY(SELECT s::numeric::int FROM jsonb_array_elements(params -> 'shape') AS s);
	RETURN @extschema@.cntk_map(shape, (params ->> 'n_components')::int, (params ->> 'depth')::int,
		(params ->> 'filter')::int, CASE params ->> 'method' WHEN 'nystrom' THEN 'zonal' ELSE params ->> 'method' END,
		(params ->> 'seed')::bigint, params ->> 'padding', (params ->> 'pooling')::int, params -> 'options');
END $$;
COMMENT ON FUNCTION ntk_picture_map(jsonb) IS
	'the feature map of pictures that these params of ntk_train ask for, before it has seen any';

CREATE FUNCTION ntk_picture_length(shape jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT ($1 ->> 0)::int * ($1 ->> 1)::int * ($1 ->> 2)::int$$;
COMMENT ON FUNCTION ntk_picture_length(jsonb) IS
	'how many numbers a picture of the shape [height, width, channels] has';

CREATE FUNCTION ntk_is_of_distance(params jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT coalesce(@extschema@._ntk_is_of_distance($1 ->> 'kernel'), false)$$;
COMMENT ON FUNCTION ntk_is_of_distance(jsonb) IS
	'whether the kernel of these params depends on the distance; such a kernel has a bandwidth, but no bias or depth';

-- What a parameter may be, by its name: a number of a kind within limits, one of some words, a type of JSON.
CREATE FUNCTION ntk_wrong_param(params jsonb, pictures boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('params.%s must be %s, not %s', name, wanted, left((params -> name)::text, 100))
	FROM (
		SELECT 1, name,
			CASE WHEN kind LIKE 'int%' THEN 'an integer' ELSE 'a number' END || format(' between %s and %s', low,
				CASE WHEN high > 1e20 THEN '1e300' ELSE high::text END) || CASE WHEN kind LIKE '%null' THEN ' or null' ELSE '' END,
			CASE jsonb_typeof(params -> name)
				WHEN 'null' THEN kind LIKE '%null'
				WHEN 'number' THEN (params ->> name)::numeric BETWEEN low AND high
					AND (kind NOT LIKE 'int%' OR (params ->> name)::numeric % 1 = 0)
				ELSE false END
		FROM (VALUES
			('depth', 'int', 1, 64), ('n_components', 'int', 1, 16000), ('seed', 'int', -9e18, 9e18), ('folds', 'int', 2, 100),
			('max_levels', 'int', 1, 100000), ('filter', 'int', 1, 1e6), ('pooling', 'int', 0, 1e6),
			('window', 'int or null', 1, 1e9), ('rounds', 'int or null', 0, 100), ('bandwidth', 'number', 1e-6, 1e6),
			('exponent', 'number or null', 1e-6, 2), ('bias', 'number', 0, 1e6), ('holdout', 'number', 0, 0.9),
			('lambda', 'number or null', 0, 1e300)) AS v (name, kind, low, high)
		UNION ALL
		SELECT rank, name, (SELECT string_agg(quote_literal(choice), ' or ') FROM unnest(choices) AS choice),
			jsonb_typeof(params -> name) = 'string' AND params ->> name = ANY (choices)
		FROM (VALUES
			(2, 'method', @extschema@._ntk_methods(pictures)),
			(3, 'kernel', @extschema@._ntk_kernels(params ->> 'method', pictures))
			) AS v (rank, name, choices)
		UNION ALL
		SELECT 4, name, (SELECT string_agg(quote_literal(choice), ' or ') FROM unnest(choices) AS choice),
			jsonb_typeof(params -> name) = 'string' AND params ->> name = ANY (choices)
		FROM (VALUES
			('deploy', '{always,if_better,never}'::text[]), ('padding', '{same,valid}'), ('missing', '{impute,skip,error}'),
			('unseen', '{pooled,error}'), ('metric', '{auto,diagonal,full}')) AS v (name, choices)
		UNION ALL
		SELECT 5, name, wanted, jsonb_typeof(params -> name) = ANY (types)
		FROM (VALUES
			('shape', '{array,"null"}'::text[], 'an array {height,width,channels} or null'),
			('uncertainty', '{boolean}', 'true or false'), ('options', '{object}', 'an object'),
			('search', '{object,string,"null"}', 'an object of arrays, ''auto'' or null'),
			('watermark', '{string,"null"}', 'the name of a column or null'),
			('bucket', '{string,"null"}', 'the name of a column or null')) AS v (name, types, wanted)
	) AS checks (rank, name, wanted, is_right)
	WHERE is_right IS NOT TRUE ORDER BY rank LIMIT 1
$$;
COMMENT ON FUNCTION ntk_wrong_param(jsonb, boolean) IS
	'what is wrong with complete params of ntk_train; NULL if nothing is';

CREATE FUNCTION ntk_check_params(params jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	defaults constant jsonb := '{"method": "nystrom", "depth": 1, "n_components": 1024, "seed": 0, "bias": 1,
		"kernel": "ntk", "options": {}, "lambda": null, "folds": 5, "holdout": 0.1, "search": null, "deploy": "if_better",
		"uncertainty": false, "missing": "impute", "max_levels": 1000, "watermark": null, "bucket": null, "window": null,
		"unseen": "pooled", "rounds": null, "metric": "auto", "bandwidth": 1, "exponent": null, "shape": null, "filter": 3,
		"padding": "same", "pooling": 1}';
	of_pictures constant jsonb := '{"method": "zonal", "depth": 2, "n_components": 4096, "bias": 0}';
	of_distance constant jsonb := '{"bias": 0}';
	pictures boolean := coalesce(jsonb_typeof(params -> 'shape') <> 'null', false);
	wrong text;
BEGIN
	IF jsonb_typeof(params) <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'params must be an object';
	END IF;
	SELECT key INTO wrong FROM jsonb_object_keys(params) AS key WHERE NOT defaults ? key LIMIT 1;
	IF FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('params has no key "%s"', left(wrong, 100)),
			HINT = 'Its keys are ' || (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_object_keys(defaults) AS key) || '.';
	END IF;
	params := defaults || CASE WHEN pictures THEN of_pictures
		WHEN @extschema@.ntk_is_of_distance(params) THEN of_distance ELSE '{}' END || params;

	wrong := @extschema@.ntk_wrong_param(params, pictures);
	IF wrong IS NULL AND jsonb_typeof(params -> 'search') = 'string' AND params ->> 'search' <> 'auto' THEN
		wrong := format('params.search must be an object of arrays, ''auto'' or null, not %s', params -> 'search');
	ELSIF wrong IS NULL AND @extschema@.ntk_is_of_distance(params) THEN
		SELECT format('params.%s must be %s for the kernel ''%s'', not %s', name, wanted, params ->> 'kernel', params -> name)
			INTO wrong
		FROM (VALUES ('bias', 0), ('depth', 1)) AS v (name, wanted) WHERE (params ->> name)::float8 <> wanted LIMIT 1;
	END IF;
	IF wrong IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = wrong;
	END IF;

	-- 2.0 is 2
	SELECT params || jsonb_object_agg(name, (params ->> name)::numeric::bigint) INTO params
	FROM unnest('{depth,n_components,seed,folds,max_levels,window,filter,pooling,rounds}'::text[]) AS name
	WHERE params ->> name IS NOT NULL;
	IF pictures THEN
		IF (params ->> 'rounds')::int > 0 THEN
			RAISE invalid_parameter_value
				USING MESSAGE = format('params.rounds must be 0 for pictures, not %s', params ->> 'rounds');
		END IF;
		PERFORM @extschema@.ntk_picture_map(params);
	ELSIF params ->> 'method' = 'nystrom' AND params -> 'options' <> '{}' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the method ''nystrom'' has no option "%s"',
			(SELECT left(key, 100) FROM jsonb_object_keys(params -> 'options') AS key LIMIT 1));
	END IF;
	IF jsonb_typeof(params -> 'search') = 'object' THEN
		PERFORM @extschema@.ntk_check_search(params, pictures);
	END IF;
	IF params ->> 'window' IS NOT NULL AND params ->> 'bucket' IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = 'params.window needs params.bucket';
	END IF;
	RETURN params;
END $$;
COMMENT ON FUNCTION ntk_check_params(jsonb) IS
	'the params of ntk_train with their defaults filled in; an error if they are not valid';
