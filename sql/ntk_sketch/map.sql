-- The feature map of a model by name, and the encoding of pictures.

-- Pixels go to a map of pictures as they are, and a row without a picture is left out.
CREATE FUNCTION _ntk_picture_encoding(m ntk_catalog_model, encoding jsonb)
	RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	picture jsonb := encoding #> '{columns,0}';
	shape text := (SELECT string_agg(s, ' x ') FROM jsonb_array_elements_text(m.params -> 'shape') AS s);
	length int := @extschema@._ntk_picture_length(m.params -> 'shape');
BEGIN
	IF jsonb_array_length(encoding -> 'columns') <> 1 OR picture ->> 'kind' <> 'array' THEN
		RAISE datatype_mismatch USING MESSAGE = format('model "%s": pictures are one column of arrays', m.model),
			DETAIL = format('The features are %s.', (SELECT string_agg(format('"%s"', f), ', ') FROM unnest(m.features) AS f)),
			HINT = 'Name it in features.';
	ELSIF (picture ->> 'length')::int <> length THEN
		RAISE data_exception USING MESSAGE = format('column "%s" has arrays of length %s, the shape %s expects %s',
			picture ->> 'name', picture ->> 'length', shape, length);
	END IF;
	RETURN encoding || jsonb_build_object('inputs', length,
		'missing', CASE encoding ->> 'missing' WHEN 'impute' THEN 'skip' ELSE encoding ->> 'missing' END,
		'columns', jsonb_build_array((picture - 'missing') ||
			jsonb_build_object('mean', array_fill(0, ARRAY[length]), 'scale', array_fill(1, ARRAY[length]))));
END $$;
COMMENT ON FUNCTION _ntk_picture_encoding(ntk_catalog_model, jsonb) IS
	'the encoding of a column of pictures, from the encoding of the column as arrays';

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

CREATE FUNCTION _ntk_refuse_no_rows(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE no_data_found USING MESSAGE = format('model "%s": no rows are left to train on', model),
		DETAIL = 'All of them are held out, or have a NULL where missing is ''skip''.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_no_rows(text) IS 'raises the error for a training without rows';

-- The feature map of a version, from the encoded rows that fulfil a condition if the method wants to see
-- them. Rows can be fewer than landmarks, and in a metric more of them fall together.
CREATE FUNCTION _ntk_draw_map(m ntk_catalog_model, v ntk_catalog_version, params jsonb,
							 metric double precision[] DEFAULT NULL, condition text DEFAULT 'true')
	RETURNS ntk_map LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	inputs int := (v.encoding ->> 'inputs')::int;
	width int := (params ->> 'n_components')::int;
	seed bigint := (params ->> 'seed')::bigint;
	rank int := coalesce((params #>> '{options,rank}')::int, 64);
	depth int := (params ->> 'depth')::int;
	bias float8 := (params ->> 'bias')::float8;
	landmarks real[];
	rows_of text := @extschema@._ntk_training_rows(m, condition)
		|| ' WHERE r.part >= 0 AND r.y IS NOT NULL AND r.x IS NOT NULL';
	map @extschema@.ntk_map;
BEGIN
	IF params ->> 'shape' IS NOT NULL THEN
		map := @extschema@._ntk_picture_map(params);
		IF params ->> 'method' = 'nystrom' THEN
			SELECT q.map INTO map FROM @extschema@._ntk_run(m.owner,
				format('SELECT @extschema@.cntk_nystrom($3, @extschema@.cntk_patches(r.x, $3, $4, $5)) FROM %s', rows_of),
				v.encoding, v.labels, map, rank, seed) AS q (map @extschema@.ntk_map);
		END IF;
		RETURN map;
	ELSIF params ->> 'method' <> 'nystrom' THEN
		map := @extschema@.ntk_map(inputs, width, depth, params ->> 'method', seed, bias, params ->> 'kernel',
								   params -> 'options');
		RETURN CASE WHEN metric IS NULL THEN map ELSE @extschema@.ntk_with_metric(map, metric) END;
	END IF;
	SELECT q.landmarks INTO landmarks FROM @extschema@._ntk_run(m.owner,
		format('SELECT @extschema@._ntk_landmarks(r.x, $3, $4%s) FROM %s',
			   CASE WHEN metric IS NULL THEN '' ELSE ', $5' END, rows_of),
		v.encoding, v.labels, width, seed, metric) AS q (landmarks real[]);
	IF landmarks IS NULL THEN
		PERFORM @extschema@._ntk_refuse_no_rows(m.model);
	ELSIF @extschema@._ntk_has_distance_kernel(params) THEN
		RETURN @extschema@.ntk_nystrom(landmarks, params ->> 'kernel',
			(params ->> 'bandwidth')::float8 * @extschema@._ntk_spread(landmarks), (params ->> 'exponent')::float8,
			metric => metric);
	END IF;
	RETURN @extschema@.ntk_nystrom(landmarks, depth, bias, params ->> 'kernel', metric);
END $$;
COMMENT ON FUNCTION _ntk_draw_map(ntk_catalog_model, ntk_catalog_version, jsonb, double precision[], text) IS
	'the feature map for the encoded rows of a version, with a metric if one is given';
