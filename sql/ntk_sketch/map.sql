-- The feature map of a model by name, and the encoding of images.

-- Pixels go to a map of images as they are, and a row without an image is left out.
CREATE FUNCTION _ntk_image_encoding(m ntk_catalog_model, encoding jsonb)
	RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	image jsonb := encoding #> '{columns,0}';
	shape text := (SELECT string_agg(s, ' x ') FROM jsonb_array_elements_text(m.params -> 'shape') AS s);
	length int := @extschema@._ntk_image_length(m.params -> 'shape');
BEGIN
	IF jsonb_array_length(encoding -> 'columns') <> 1 OR image ->> 'kind' <> 'array' THEN
		RAISE datatype_mismatch USING MESSAGE = format('model "%s": images are one column of arrays', m.model),
			DETAIL = format('The features are %s.', (SELECT string_agg(format('"%s"', f), ', ') FROM unnest(m.features) AS f)),
			HINT = 'Name it in features.';
	ELSIF (image ->> 'length')::int <> length THEN
		RAISE data_exception USING MESSAGE = format('column "%s" has arrays of length %s, the shape %s expects %s',
			image ->> 'name', image ->> 'length', shape, length);
	END IF;
	RETURN encoding || jsonb_build_object('inputs', length,
		'missing', CASE encoding ->> 'missing' WHEN 'impute' THEN 'skip' ELSE encoding ->> 'missing' END,
		'columns', jsonb_build_array((image - 'missing') ||
			jsonb_build_object('mean', array_fill(0, ARRAY[length]), 'scale', array_fill(1, ARRAY[length]))));
END $$;
COMMENT ON FUNCTION _ntk_image_encoding(ntk_catalog_model, jsonb) IS
	'the encoding of a column of images, from the encoding of the column as arrays';

-- Distances mean something relative to this only, in inputs that were standardised and the more in a metric.
CREATE FUNCTION _ntk_spread(landmarks real[]) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(nullif(sqrt(2 * sum(variance)), 0), 1)
	FROM (SELECT var_pop(e::float8) AS variance
		  FROM unnest($1) WITH ORDINALITY AS u (e, at) GROUP BY at % array_length($1, 2)) AS v
$$;
COMMENT ON FUNCTION _ntk_spread(real[]) IS
	'the root mean square distance between two of these landmarks; 1 if they are all equal';

-- The feature map of a version, from the sample of its rows if the method wants to see some. Rows can be
-- fewer than landmarks, and in a metric more of them fall together.
CREATE FUNCTION _ntk_draw_map(m ntk_catalog_model, v ntk_catalog_version, params jsonb,
							 metric double precision[] DEFAULT NULL, share double precision DEFAULT NULL)
	RETURNS ntk_map LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	inputs int := (v.encoding ->> 'inputs')::int;
	width int := (params ->> 'n_components')::int;
	seed bigint := (params ->> 'seed')::bigint;
	patches int := coalesce((params #>> '{options,rank}')::int, 64);
	depth int := (params ->> 'depth')::int;
	bias float8 := (params ->> 'bias')::float8;
	xact constant xid8 := pg_current_xact_id();
	landmarks real[];
	map @extschema@.ntk_map;
BEGIN
	IF params ->> 'shape' IS NOT NULL THEN
		map := @extschema@._ntk_image_map(params);
		IF params ->> 'method' = 'nystrom' THEN
			SELECT @extschema@.cntk_nystrom(map, @extschema@.cntk_patches(r.x, map, patches, seed)) INTO map
			FROM @extschema@._ntk_sample(m.model, xact) AS r;
		END IF;
		RETURN map;
	ELSIF params ->> 'method' <> 'nystrom' THEN
		map := @extschema@.ntk_map(inputs, width, depth, params ->> 'method', seed, bias, params ->> 'kernel',
								   params -> 'options');
		RETURN CASE WHEN metric IS NULL THEN map ELSE @extschema@.ntk_with_metric(map, metric) END;
	END IF;
	EXECUTE format('SELECT @extschema@.%I(r.x, $1, $2%s) FROM @extschema@._ntk_sample($4, $5) AS r WHERE %s',
				   CASE WHEN share IS NULL THEN '_ntk_landmarks' ELSE '_ntk_rough_landmarks' END,
				   CASE WHEN metric IS NULL THEN '' ELSE ', $3' END, @extschema@._ntk_share_of_rows(coalesce(share, 1)))
		INTO landmarks USING width, seed, metric, m.model, xact;
	IF @extschema@._ntk_has_distance_kernel(params) THEN
		RETURN @extschema@.ntk_nystrom(landmarks, params ->> 'kernel',
			(params ->> 'bandwidth')::float8 * @extschema@._ntk_spread(landmarks), (params ->> 'exponent')::float8,
			metric => metric);
	END IF;
	RETURN @extschema@.ntk_nystrom(landmarks, depth, bias, params ->> 'kernel', metric);
END $$;
COMMENT ON FUNCTION
	_ntk_draw_map(ntk_catalog_model, ntk_catalog_version, jsonb, double precision[], double precision) IS
	'the feature map for the encoded rows of a version, with a metric if one is given; '
	'for a share of its sample, a rough one';
