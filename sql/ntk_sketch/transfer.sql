-- Models that leave a database and come into another one.

CREATE FUNCTION ntk_export(model text) RETURNS jsonb LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	result jsonb;
BEGIN
	SELECT jsonb_build_object('format', 1, 'name', m.model, 'task', m.task, 'target', m.target, 'features', m.features,
			'group_by', m.group_by, 'split_by', m.split_by, 'spread', m.spread, 'holdout_from', m.holdout_from,
			'centre', m.centre, 'log_target', m.log_target,
			'params', m.params, 'source', m.source, 'weight', m.weight,
			'encoding', v.encoding, 'labels', v.labels, 'n_rows', v.n_rows, 'n_skipped', v.n_skipped,
			'metric', v.metric, 'metric_value', v.metric_value, 'rounds', v.rounds,
			'parts', (SELECT jsonb_agg(jsonb_build_object('grp', p.grp, 'n_rows', p.n_rows, 'n_skipped', p.n_skipped,
						'lambda', p.lambda, 'metric_value', p.metric_value, 'temperature', p.temperature,
						'calibration', p.calibration, 'smearing', p.smearing, 'fitted', p.fitted::text) ORDER BY p.grp)
					  FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version))
		INTO result
	FROM @extschema@.ntk_catalog_model AS m
		JOIN @extschema@.ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed
	WHERE m.model = $1;
	IF NOT FOUND THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist, or no version of it serves', $1);
	END IF;
	RETURN result;
END $$;
COMMENT ON FUNCTION ntk_export(text) IS
	'the version of a model that serves, without its statistics, for ntk_import';

CREATE FUNCTION _ntk_refuse_import(detail text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE invalid_parameter_value
		USING MESSAGE = 'this is no exported model', DETAIL = $1, HINT = 'ntk_export makes them.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_import(text) IS 'raises the error for an object that is not an exported model';

-- What the fields of a JSON object must be: {"name": "kind"}; kinds are types of JSON, "integer" (a count), "positive"
-- or "null or" one of them. An error names the first that is not.
CREATE FUNCTION _ntk_check_fields(object jsonb, kinds jsonb, whose text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong record;
BEGIN
	IF jsonb_typeof(object) IS DISTINCT FROM 'object' THEN
		PERFORM @extschema@._ntk_refuse_import(format('There is no object where %s should be.', whose));
	END IF;
	SELECT k.key, k.kind INTO wrong
	FROM (SELECT e.key, e.value AS kind, object -> e.key AS value, jsonb_typeof(object -> e.key) AS type
		  FROM jsonb_each_text(kinds) AS e) AS k
	WHERE NOT CASE
		WHEN coalesce(k.type, 'null') = 'null' THEN k.kind LIKE 'null or %'
		WHEN k.kind LIKE '%integer' THEN k.type = 'number'
			AND k.value::numeric BETWEEN 0 AND 9e18 AND k.value::numeric % 1 = 0
		WHEN k.kind LIKE '%positive' THEN k.type = 'number' AND k.value::numeric BETWEEN 1e-300 AND 1e300
		WHEN k.kind LIKE '%number' THEN k.type = 'number' AND abs(k.value::numeric) <= 1e300
		WHEN k.kind LIKE '%names' THEN k.type = 'array'
			AND NOT jsonb_path_exists(k.value, 'strict $[*] ? (@.type() <> "string")')
		WHEN k.kind LIKE '%group' THEN k.type = 'array'
			AND NOT jsonb_path_exists(k.value, 'strict $[*] ? (@.type() <> "string" && @.type() <> "null")')
		ELSE k.kind LIKE '%' || k.type END
	LIMIT 1;
	IF FOUND THEN
		PERFORM @extschema@._ntk_refuse_import(format('"%s" of %s must be of another kind: %s.', wrong.key, whose,
			CASE wrong.kind WHEN 'names' THEN 'array of strings' WHEN 'group' THEN 'array of strings and nulls'
				ELSE wrong.kind END));
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_fields(jsonb, jsonb, text) IS
	'raises an error for an object whose fields are not of these kinds';

CREATE FUNCTION _ntk_check_exported(exported jsonb) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part jsonb;
BEGIN
	PERFORM @extschema@._ntk_check_fields($1, '{"format": "integer", "task": "string", "target": "string",
		"features": "names", "group_by": "names", "split_by": "names", "weight": "null or string",
		"params": "object", "encoding": "object", "labels": "null or names", "centre": "null or number",
		"n_rows": "integer", "n_skipped": "integer", "metric": "string", "metric_value": "null or number",
		"rounds": "null or array", "parts": "array"}', 'the model');
	IF $1 -> 'format' <> '1' THEN
		PERFORM @extschema@._ntk_refuse_import(
			format('Its format is %s, this version reads 1.', left(($1 -> 'format')::text, 20)));
	ELSIF $1 ->> 'task' NOT IN ('regression', 'classification') THEN
		PERFORM @extschema@._ntk_refuse_import('Its task is not known.');
	ELSIF $1 ->> 'metric' <> (CASE $1 ->> 'task' WHEN 'regression' THEN 'rmse' ELSE 'accuracy' END) THEN
		PERFORM @extschema@._ntk_refuse_import('Its metric does not fit its task.');
	ELSIF ($1 ->> 'task' = 'classification') <> (jsonb_typeof($1 -> 'labels') IS NOT DISTINCT FROM 'array') THEN
		PERFORM @extschema@._ntk_refuse_import('Only a model of classification has labels.');
	ELSIF jsonb_array_length($1 -> 'features') NOT BETWEEN 1 AND 1600 OR jsonb_array_length($1 -> 'group_by') > 1600
		OR jsonb_array_length($1 -> 'split_by') NOT BETWEEN 1 AND 1664
		OR jsonb_typeof($1 -> 'labels') = 'array' AND jsonb_array_length($1 -> 'labels') NOT BETWEEN 1 AND 1000 THEN
		PERFORM @extschema@._ntk_refuse_import('It has too few or too many features, groups or labels.');
	ELSIF (SELECT count(*) <> count(DISTINCT l)
		   FROM jsonb_array_elements(coalesce(nullif($1 -> 'labels', 'null'), '[]')) AS l) THEN
		PERFORM @extschema@._ntk_refuse_import('Two of its labels are the same.');
	END IF;
	FOR part IN SELECT jsonb_array_elements($1 -> 'parts') LOOP
		PERFORM @extschema@._ntk_check_fields(part, '{"grp": "group", "n_rows": "integer", "n_skipped": "integer",
			"lambda": "number", "metric_value": "null or number", "temperature": "null or positive",
			"calibration": "null or array", "smearing": "null or positive", "fitted": "string"}', 'a part');
		IF part -> 'grp' <> '[]' AND jsonb_array_length(part -> 'grp') <> jsonb_array_length($1 -> 'group_by')
			OR (part ->> 'lambda')::float8 < 0 THEN
			PERFORM @extschema@._ntk_refuse_import('A part of it has another number of groups, or a negative lambda.');
		END IF;
	END LOOP;
	IF (SELECT count(*) <> count(DISTINCT p -> 'grp') OR NOT bool_or(p -> 'grp' = '[]')
		FROM jsonb_array_elements($1 -> 'parts') AS p) IS NOT FALSE THEN
		PERFORM @extschema@._ntk_refuse_import('It has no part for all rows, or two for one group.');
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_exported(jsonb) IS 'raises an error for an object that ntk_export cannot have returned';

-- The fields of its parts must agree with those of the model.
CREATE FUNCTION _ntk_check_fitted(fitted ntk_model, encoding jsonb, targets integer, map ntk_map)
	RETURNS ntk_map LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own @extschema@.ntk_map := @extschema@.ntk_feature_map(fitted);
	specification jsonb := own::text::jsonb - 'landmarks';
BEGIN
	IF @extschema@.ntk_targets(fitted) <> targets THEN
		RAISE invalid_parameter_value USING MESSAGE =
			format('the exported model has %s targets for %s labels', @extschema@.ntk_targets(fitted), targets);
	ELSIF own OPERATOR(@extschema@.<>) map THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the parts of the exported model have different maps';
	ELSIF own IS NULL OR (encoding ->> 'inputs')::int IS DISTINCT FROM
		coalesce((specification ->> 'input_dim')::int, @extschema@._ntk_image_length(specification -> 'shape')) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the exported model does not fit its encoding';
	END IF;
	RETURN own;
END $$;
COMMENT ON FUNCTION _ntk_check_fitted(ntk_model, jsonb, integer, ntk_map) IS
	'the map of a part; an error unless it fits the encoding, the number of targets and the map of the other parts';

CREATE FUNCTION _ntk_import(exported jsonb, name text, source text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	part jsonb;
	detail text;
	fitted @extschema@.ntk_model;
	m @extschema@.ntk_catalog_model;
	map @extschema@.ntk_map;
	labels text[] := CASE WHEN jsonb_typeof($1 -> 'labels') = 'array'
		THEN ARRAY(SELECT jsonb_array_elements_text($1 -> 'labels')) END;
BEGIN
	PERFORM @extschema@._ntk_check_name($2);
	PERFORM @extschema@._ntk_check_exported($1);
	PERFORM @extschema@._ntk_encoding_inputs($1 -> 'encoding');		-- refuses what is none
	m := jsonb_populate_record(m, jsonb_build_object('task', $1 -> 'task', 'target', $1 -> 'target',
		'features', $1 -> 'features', 'group_by', $1 -> 'group_by', 'split_by', $1 -> 'split_by',
		'spread', ($1 -> 'spread') IS NOT DISTINCT FROM 'true', 'holdout_from', $1 ->> 'holdout_from',
		'centre', coalesce(($1 ->> 'centre')::float8, 0), 'log_target', ($1 -> 'log_target') IS NOT DISTINCT FROM 'true',
		'weight', $1 -> 'weight'));
	m.model := $2;
	m.params := @extschema@._ntk_check_params($1 -> 'params');
	IF $3 IS NOT NULL THEN
		m := @extschema@._ntk_with_source(m, $3);
	END IF;
	INSERT INTO @extschema@.ntk_catalog_model
		(model, task, source, target, features, group_by, weight, split_by, spread, holdout_from, centre,
		 log_target, params)
	VALUES (m.model, m.task, m.source, m.target, m.features, m.group_by, m.weight, m.split_by, m.spread, m.holdout_from,
		m.centre, m.log_target, m.params)
	ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken', $2);
	END IF;
	FOR part IN SELECT jsonb_array_elements($1 -> 'parts') LOOP
		fitted := (part ->> 'fitted')::@extschema@.ntk_model;
		map := @extschema@._ntk_check_fitted(fitted, $1 -> 'encoding', coalesce(cardinality(labels), 1), map);
		INSERT INTO @extschema@.ntk_catalog_part
			(model, version, grp, n_rows, n_skipped, lambda, metric_value, temperature, calibration,
			 smearing, fitted)
		VALUES ($2, 1, ARRAY(SELECT jsonb_array_elements_text(part -> 'grp')), (part ->> 'n_rows')::bigint,
				(part ->> 'n_skipped')::bigint, (part ->> 'lambda')::float8, (part ->> 'metric_value')::float8,
				(part ->> 'temperature')::float8,
				@extschema@._ntk_read_calibration(part -> 'calibration', cardinality(labels)),
				(part ->> 'smearing')::float8, fitted);
	END LOOP;
	INSERT INTO @extschema@.ntk_catalog_version
		(model, version, lineage, has_statistics, request, encoding, map, labels, n_rows, n_skipped, metric, metric_value,
		 seconds, rounds)
	VALUES ($2, 1, 1, false, @extschema@._ntk_request(m), $1 -> 'encoding', map, labels, ($1 ->> 'n_rows')::bigint,
			($1 ->> 'n_skipped')::bigint, $1 ->> 'metric', ($1 ->> 'metric_value')::float8, 0, nullif($1 -> 'rounds', 'null'));
	PERFORM @extschema@._ntk_serve($2, 1);
	BEGIN		-- what no prediction would take
		PERFORM @extschema@._ntk_check_model($2);
	EXCEPTION WHEN data_corrupted THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		PERFORM @extschema@._ntk_refuse_import(detail);
	END;
END $$;
COMMENT ON FUNCTION _ntk_import(jsonb, text, text) IS
	'ntk_import for a source whose names do not depend on the search_path';

CREATE FUNCTION ntk_import(exported jsonb, name text, source text DEFAULT NULL) RETURNS void LANGUAGE sql
	AS $$SELECT @extschema@._ntk_import($1, $2, @extschema@._ntk_source_query($3))$$;
COMMENT ON FUNCTION ntk_import(jsonb, text, text) IS
	'creates a model of this name from what ntk_export returned; the model predicts, and can be retrained if a source '
	'is given; the exported source (exported ->> ''source'') is not used unless it is given here';
