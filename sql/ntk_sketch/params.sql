-- The checks of ntk_train's params.

-- Of what a nystrom map is to be, the map without landmarks is one of another method; its rank is that
-- of the landmarks.
CREATE FUNCTION _ntk_image_map(params jsonb) RETURNS ntk_map LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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
			USING MESSAGE = format('params.bias must be 0 for images, not %s', params ->> 'bias');
	END IF;
	shape := ARRAY(SELECT s::numeric::int FROM jsonb_array_elements(params -> 'shape') AS s);
	RETURN @extschema@.cntk_map(shape, (params ->> 'n_components')::int, (params ->> 'depth')::int,
		(params ->> 'filter')::int, CASE params ->> 'method' WHEN 'nystrom' THEN 'zonal' ELSE params ->> 'method' END,
		(params ->> 'seed')::bigint, params ->> 'padding', (params ->> 'pooling')::int, params -> 'options');
END $$;
COMMENT ON FUNCTION _ntk_image_map(jsonb) IS
	'the feature map of images of these params of ntk_train, before landmarks are chosen';

CREATE FUNCTION _ntk_image_length(shape jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT ($1 ->> 0)::int * ($1 ->> 1)::int * ($1 ->> 2)::int$$;
COMMENT ON FUNCTION _ntk_image_length(jsonb) IS
	'how many numbers an image of the shape [height, width, channels] has';

CREATE FUNCTION _ntk_has_distance_kernel(params jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT coalesce(@extschema@._ntk_is_of_distance($1 ->> 'kernel'), false)$$;
COMMENT ON FUNCTION _ntk_has_distance_kernel(jsonb) IS
	'whether the kernel of these params depends on the distance; such a kernel has a bandwidth, but no bias or depth';

CREATE FUNCTION _ntk_wrong_param(params jsonb, images boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
		SELECT format('params.%s must be %s, not %s', name,
			@extschema@._ntk_allowed(kind, low, high, possible, preset = 'null'), left(value::text, 100))
		FROM @extschema@.ntk_params, LATERAL (
			SELECT params -> name AS value, jsonb_typeof(params -> name) AS type,
				CASE WHEN images AND choices_of_images IS NOT NULL THEN choices_of_images
					WHEN name = 'kernel' THEN @extschema@._ntk_kernels(params ->> 'method', false)
					ELSE choices END AS possible) AS given
		WHERE CASE
			WHEN type = 'null' THEN preset = 'null'
			WHEN kind IN ('integer', 'number') THEN CASE WHEN type = 'number' THEN value::numeric BETWEEN low AND high
				AND (kind = 'number' OR value::numeric % 1 = 0) END
			-- of an unknown method, there are no possible kernels: the method is what is wrong
			WHEN kind = 'choice' THEN type = 'string' AND coalesce(params ->> name = ANY (possible), true)
			WHEN kind = 'search' THEN type = 'object' OR value = '"auto"'
			WHEN kind = 'columns' THEN type = 'string' OR type = 'array' AND value <> '[]'
				AND NOT jsonb_path_exists(value, 'strict $[*] ? (@.type() != "string")')
			ELSE type = CASE kind WHEN 'shape' THEN 'array' WHEN 'column' THEN 'string' ELSE kind END
		END IS NOT TRUE
		LIMIT 1);
END $$;
COMMENT ON FUNCTION _ntk_wrong_param(jsonb, boolean) IS
	'what is wrong with complete params of ntk_train; NULL if nothing is';

CREATE FUNCTION _ntk_check_params(params jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	images boolean := coalesce(jsonb_typeof(params -> 'shape') <> 'null', false);
	is_distance boolean;
	presets jsonb;
	fixed jsonb;
	integers text[];
	wrong text;
BEGIN
	IF jsonb_typeof(params) <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'params must be an object';
	END IF;
	is_distance := @extschema@._ntk_has_distance_kernel(params);
	SELECT jsonb_object_agg(p.name, coalesce(CASE WHEN images THEN p.of_images WHEN is_distance THEN p.of_distance END,
			p.preset)),
		jsonb_object_agg(p.name, p.of_distance) FILTER (WHERE p.of_distance IS NOT NULL),
		array_agg(p.name) FILTER (WHERE p.kind = 'integer')
	INTO presets, fixed, integers FROM @extschema@.ntk_params AS p;
	SELECT key INTO wrong FROM jsonb_object_keys(params) AS key WHERE NOT presets ? key LIMIT 1;
	IF FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('params has no key "%s"', left(wrong, 100)),
			HINT = 'Its keys are ' || (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_object_keys(presets) AS key) || '.';
	END IF;
	params := presets || params;

	wrong := @extschema@._ntk_wrong_param(params, images);
	IF wrong IS NULL AND is_distance AND NOT params @> fixed THEN
		SELECT format('params.%s must be %s for the kernel ''%s'', not %s', key, value, params ->> 'kernel', params -> key)
			INTO wrong
		FROM jsonb_each(fixed) WHERE params -> key <> value LIMIT 1;
	END IF;
	IF wrong IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = wrong;
	END IF;

	-- 2.0 is 2
	SELECT params || jsonb_object_agg(name, (params ->> name)::numeric::bigint) INTO params
	FROM unnest(integers) AS name
	WHERE params ->> name IS NOT NULL;
	IF images THEN
		IF (params ->> 'rounds')::int > 0 THEN
			RAISE invalid_parameter_value
				USING MESSAGE = format('params.rounds must be 0 for images, not %s', params ->> 'rounds');
		END IF;
		PERFORM @extschema@._ntk_image_map(params);
	ELSIF params ->> 'method' = 'nystrom' AND params -> 'options' <> '{}' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the method ''nystrom'' has no option "%s"',
			(SELECT left(key, 100) FROM jsonb_object_keys(params -> 'options') AS key LIMIT 1));
	END IF;
	IF jsonb_typeof(params -> 'search') = 'object' THEN
		PERFORM @extschema@._ntk_check_search(params, images);
	END IF;
	IF params ->> 'window' IS NOT NULL AND params ->> 'bucket' IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = 'params.window needs params.bucket';
	END IF;
	RETURN params;
END $$;
COMMENT ON FUNCTION _ntk_check_params(jsonb) IS
	'the params of ntk_train with their defaults filled in; an error if they are not valid';
