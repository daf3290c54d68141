-- What happens to models after their training.

CREATE FUNCTION ntk_deploy(model text, version integer) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@.ntk_lock_model($1);
	IF $2 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'version must not be null';
	ELSIF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1 AND v.version = $2) THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" has no version %s', $1, $2),
			HINT = format('It has the versions %s.', (SELECT string_agg(v.version::text, ', ' ORDER BY v.version) FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1));
	END IF;
	PERFORM @extschema@.ntk_serve($1, $2);
END $$;
COMMENT ON FUNCTION ntk_deploy(text, integer) IS 'makes a version of a model serve';

CREATE FUNCTION ntk_rollback(model text) RETURNS integer LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@.ntk_lock_model($1);
	earlier integer;
BEGIN
	SELECT max(v.version) INTO earlier FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1 AND v.version < m.deployed;
	IF earlier IS NULL THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('model "%s" has no version before the one that serves', $1);
	END IF;
	PERFORM @extschema@.ntk_serve($1, earlier);
	RETURN earlier;
END $$;
COMMENT ON FUNCTION ntk_rollback(text) IS 'makes the version before the one that serves serve again, and says which';

CREATE FUNCTION ntk_drop(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@.ntk_lock_model($1);
	PERFORM @extschema@.ntk_remove_jobs($1);
	DELETE FROM @extschema@.ntk_catalog_model AS m WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_drop(text) IS 'removes a model with all its versions, statistics and schedules';

CREATE FUNCTION ntk_rename(model text, name text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@.ntk_lock_model($1);
BEGIN
	IF $2 IS NULL OR octet_length($2) NOT BETWEEN 1 AND 63 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the name of a model must have 1 to 63 bytes', DETAIL = format('"%s" has %s.', $2, octet_length($2));
	END IF;
	m.model := $2;
	INSERT INTO @extschema@.ntk_catalog_model SELECT m.*;
	UPDATE @extschema@.ntk_catalog_version AS c SET model = $2 WHERE c.model = $1;
	UPDATE @extschema@.ntk_catalog_part AS c SET model = $2 WHERE c.model = $1;
	UPDATE @extschema@.ntk_catalog_statistic AS c SET model = $2 WHERE c.model = $1;
	DELETE FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1;
	PERFORM @extschema@.ntk_add_job($2, j.schedule, j.command) FROM @extschema@.ntk_jobs($1) AS j;
	PERFORM @extschema@.ntk_remove_jobs($1);
EXCEPTION WHEN unique_violation THEN
	RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken', $2);
END $$;
COMMENT ON FUNCTION ntk_rename(text, text) IS 'gives a model another name';

CREATE FUNCTION ntk_grant(model text, role name) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@.ntk_lock_model($1);
	IF $2 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'role must not be null';
	ELSIF $2 <> 'public' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $2) THEN
		RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', $2);
	END IF;
	UPDATE @extschema@.ntk_catalog_model AS m SET readers = array_append(array_remove(m.readers, $2), $2) WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_grant(text, name) IS 'lets a role (or public) predict with a model';

CREATE FUNCTION ntk_revoke(model text, role name) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@.ntk_lock_model($1);
	UPDATE @extschema@.ntk_catalog_model AS m SET readers = array_remove(m.readers, $2) WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_revoke(text, name) IS 'takes back what ntk_grant gave';

-- A version of the lineage that serves, fitted to its statistics after they changed.
CREATE FUNCTION ntk_next_version(m ntk_catalog_model, champion ntk_catalog_version, watermark text, begun timestamptz)
	RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v @extschema@.ntk_catalog_version := champion;
BEGIN
	SELECT max(c.version) + 1 INTO v.version FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model;
	v.watermark := watermark;
	v.trained_at := now();
	INSERT INTO @extschema@.ntk_catalog_version SELECT v.*;
	RETURN QUERY SELECT * FROM @extschema@.ntk_finish_version(m, v,
		(SELECT jsonb_object_agg(p.grp::text, jsonb_build_object('lambda', p.lambda)) FROM @extschema@.ntk_catalog_part AS p WHERE p.model = m.model AND p.version = champion.version),
		champion.version, begun);
END $$;
COMMENT ON FUNCTION ntk_next_version(ntk_catalog_model, ntk_catalog_version, text, timestamptz) IS
	'a version like the one that serves, fitted to its statistics as they are now';

CREATE FUNCTION ntk_serving(m ntk_catalog_model) RETURNS ntk_catalog_version LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v @extschema@.ntk_catalog_version;
BEGIN
	SELECT c.* INTO v FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version = m.deployed;
	IF NOT FOUND THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('model "%s" has no version that serves', m.model), HINT = 'Deploy one with ntk_deploy.';
	ELSIF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = m.model AND s.lineage = v.lineage) THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('the statistics of version %s of model "%s" are gone', v.version, m.model), HINT = 'Train it again with ntk_retrain.';
	END IF;
	RETURN v;
END $$;
COMMENT ON FUNCTION ntk_serving(ntk_catalog_model) IS 'the version of a model that serves, if its statistics are there';

-- How far the statistics of a lineage have come, which can be further than the version that serves.
CREATE FUNCTION ntk_watermark(m ntk_catalog_model, lineage integer) RETURNS text LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT v.watermark FROM @extschema@.ntk_catalog_version AS v WHERE v.model = m.model AND v.lineage = $2 ORDER BY v.version DESC LIMIT 1$$;
COMMENT ON FUNCTION ntk_watermark(ntk_catalog_model, integer) IS 'the watermark of the newest version of a lineage';

-- A model that reads another source, of which it takes the columns that its own has: a row must
-- hash to the same part wherever it comes from.
CREATE FUNCTION ntk_with_source(m ntk_catalog_model, path text, source text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	missing text;
BEGIN
	IF source IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source must not be null';
	END IF;
	PERFORM set_config('search_path', path, true);
	m.source := @extschema@.ntk_source_query(source);
	SELECT c.name INTO missing FROM pg_catalog.unnest(m.columns) AS c (name)
	WHERE c.name NOT IN (SELECT s.name FROM @extschema@.ntk_source_columns(m.source) AS s) LIMIT 1;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	IF missing IS NOT NULL THEN
		RAISE undefined_column USING MESSAGE = format('the source has no column "%s", which the source of model "%s" has', missing, m.model);
	END IF;
	m.search_path := path;
	RETURN m;
END $$;
COMMENT ON FUNCTION ntk_with_source(ntk_catalog_model, text, text) IS 'a model that reads the rows of another source';

CREATE FUNCTION ntk_refresh_in(path text, model text, source text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	m @extschema@.ntk_catalog_model := @extschema@.ntk_lock_model($2);
	v @extschema@.ntk_catalog_version := @extschema@.ntk_serving(m);
	newest text := @extschema@.ntk_watermark(m, v.lineage);
	condition text := 'true';
	unknown text;
BEGIN
	m.params := m.params || '{"folds": 1}';	-- the penalty is chosen
	IF $3 IS NOT NULL THEN
		m := @extschema@.ntk_with_source(m, path, $3);
	ELSIF m.params ->> 'watermark' IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('model "%s" has no watermark: which rows are new?', m.model),
			HINT = 'Name a source of new rows only, or train with params => ''{"watermark": "column"}'', a column that grows.';
	END IF;
	IF $3 IS NULL THEN
		condition := CASE WHEN newest IS NULL THEN 'true' ELSE format('source.%I > %L', m.params ->> 'watermark', newest) END;
		PERFORM set_config('search_path', m.search_path, true);
		EXECUTE pg_catalog.format('SELECT coalesce(pg_catalog.to_jsonb(pg_catalog.max(source.%1$I)) #>> ''{}'', $1) FROM %2$s WHERE %3$s',
								  m.params ->> 'watermark', @extschema@.ntk_rows_of(m), condition) INTO newest USING newest;
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
		condition := condition || CASE WHEN newest IS NULL THEN '' ELSE format(' AND source.%I <= %L', m.params ->> 'watermark', newest) END;
	END IF;
	IF m.task = 'classification' THEN
		PERFORM set_config('search_path', m.search_path, true);
		EXECUTE pg_catalog.format('SELECT source.%2$I::text FROM %1$s WHERE source.%2$I::text <> ALL ($1) AND %3$s LIMIT 1', @extschema@.ntk_rows_of(m), m.target, condition)
			INTO unknown USING v.labels;
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
		IF unknown IS NOT NULL THEN
			RAISE data_exception USING MESSAGE = format('model "%s" does not know the class "%s"', m.model, unknown), HINT = 'Train it again with ntk_retrain.';
		END IF;
	END IF;
	PERFORM @extschema@.ntk_collect(m, v, condition);
	IF NOT EXISTS (SELECT FROM pg_temp.ntk_sketch_collected) THEN
		RAISE NOTICE 'ntk_refresh: model "%" has no new rows', m.model;
		RETURN;
	END IF;
	INSERT INTO @extschema@.ntk_catalog_statistic AS s (model, lineage, grp, bucket, part, gram)
	SELECT m.model, v.lineage, c.grp, c.bucket, c.part, c.gram FROM pg_temp.ntk_sketch_collected AS c
	ON CONFLICT (model, lineage, grp, bucket, part) DO UPDATE SET gram = s.gram OPERATOR(@extschema@.+) excluded.gram;
	DROP TABLE pg_temp.ntk_sketch_collected;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = m.model AND s.lineage = v.lineage AND s.bucket NOT IN (SELECT w.bucket FROM @extschema@.ntk_statistics(m, v.lineage) AS w);
	RETURN QUERY SELECT * FROM @extschema@.ntk_next_version(m, v, newest, begun);
END $$;
COMMENT ON FUNCTION ntk_refresh_in(text, text, text) IS 'ntk_refresh, for names in this search_path';

CREATE FUNCTION ntk_refresh(model text, source text DEFAULT NULL) RETURNS SETOF ntk_training LANGUAGE sql
	AS $$SELECT * FROM @extschema@.ntk_refresh_in(pg_catalog.current_setting('search_path'), $1, $2)$$;
COMMENT ON FUNCTION ntk_refresh(text, text) IS
	'adds rows to what a model was trained on: those of its source beyond the watermark, or all of another source; reads no other rows';

CREATE FUNCTION ntk_forget_in(path text, model text, source text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	m @extschema@.ntk_catalog_model := @extschema@.ntk_lock_model($2);
	v @extschema@.ntk_catalog_version := @extschema@.ntk_serving(m);
	unknown bigint;
	expected bigint;
	buckets text[];
	newest text := @extschema@.ntk_watermark(m, v.lineage);
BEGIN
	m := @extschema@.ntk_with_source(m, path, $3);
	m.params := m.params || '{"folds": 1}';	-- the penalty is chosen
	PERFORM @extschema@.ntk_collect(m, v, 'true');
	IF NOT EXISTS (SELECT FROM pg_temp.ntk_sketch_collected) THEN
		RAISE NOTICE 'ntk_forget: the source has no rows';
		RETURN;
	END IF;
	SELECT sum(@extschema@.ntk_rows(c.gram)) INTO unknown FROM pg_temp.ntk_sketch_collected AS c
	WHERE NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = m.model AND s.lineage = v.lineage AND s.grp = c.grp AND s.bucket = c.bucket
					  AND s.part = c.part AND @extschema@.ntk_rows(s.gram) >= @extschema@.ntk_rows(c.gram));
	IF unknown > 0 THEN
		RAISE data_exception USING MESSAGE = format('%s rows that are to be forgotten were not trained on', unknown);
	END IF;
	UPDATE @extschema@.ntk_catalog_statistic AS s SET gram = s.gram OPERATOR(@extschema@.-) c.gram
	FROM pg_temp.ntk_sketch_collected AS c WHERE s.model = m.model AND s.lineage = v.lineage AND s.grp = c.grp AND s.bucket = c.bucket AND s.part = c.part;
	SELECT array_agg(DISTINCT c.bucket) INTO buckets FROM pg_temp.ntk_sketch_collected AS c;
	DROP TABLE pg_temp.ntk_sketch_collected;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = m.model AND s.lineage = v.lineage AND @extschema@.ntk_rows(s.gram) = 0;
	m.params := m.params || '{"deploy": "always"}';
	BEGIN
		RETURN QUERY SELECT * FROM @extschema@.ntk_next_version(m, v, newest, begun);
		RETURN;
	EXCEPTION WHEN numeric_value_out_of_range THEN
		RAISE NOTICE 'ntk_forget: too little is left to subtract from, so what remains is summed anew: %', SQLERRM;
	END;

	-- the source of the model must be without these rows by now
	SELECT sum(@extschema@.ntk_rows(s.gram)) INTO expected FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = m.model AND s.lineage = v.lineage AND s.bucket = ANY (buckets);
	DELETE FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = m.model AND s.lineage = v.lineage AND s.bucket = ANY (buckets);
	SELECT c.source, c.search_path INTO m.source, m.search_path FROM @extschema@.ntk_catalog_model AS c WHERE c.model = m.model;
	PERFORM @extschema@.ntk_collect(m, v, CASE WHEN m.params ->> 'bucket' IS NULL THEN 'true'
										  ELSE format('coalesce(pg_catalog.to_jsonb(source.%I) #>> ''{}'', '''') = ANY (%L::text[])', m.params ->> 'bucket', buckets) END
		|| CASE WHEN newest IS NULL THEN '' ELSE format(' AND source.%I <= %L', m.params ->> 'watermark', newest) END);
	IF (SELECT sum(@extschema@.ntk_rows(c.gram)) FROM pg_temp.ntk_sketch_collected AS c) IS DISTINCT FROM expected THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('the source of model "%s" does not have the %s rows that should remain', m.model, expected),
			HINT = 'Delete the rows that are to be forgotten from it first, or train the model again with ntk_retrain.';
	END IF;
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, grp, bucket, part, gram)
	SELECT m.model, v.lineage, c.grp, c.bucket, c.part, c.gram FROM pg_temp.ntk_sketch_collected AS c;
	DROP TABLE pg_temp.ntk_sketch_collected;
	RETURN QUERY SELECT * FROM @extschema@.ntk_next_version(m, v, newest, begun);
END $$;
COMMENT ON FUNCTION ntk_forget_in(text, text, text) IS 'ntk_forget, for names in this search_path';

CREATE FUNCTION ntk_forget(model text, source text) RETURNS SETOF ntk_training LANGUAGE sql
	AS $$SELECT * FROM @extschema@.ntk_forget_in(pg_catalog.current_setting('search_path'), $1, $2)$$;
COMMENT ON FUNCTION ntk_forget(text, text) IS
	'takes rows out of what a model was trained on, exactly, and lets the version without them serve';

CREATE FUNCTION ntk_retrain(model text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@.ntk_lock_model($1);
BEGIN
	RETURN QUERY SELECT * FROM @extschema@.ntk_new_version(m);
END $$;
COMMENT ON FUNCTION ntk_retrain(text) IS 'trains a model again, from its encoding on, as it was trained before';

CREATE FUNCTION ntk_export(model text) RETURNS jsonb LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	result jsonb;
BEGIN
	SELECT jsonb_build_object('format', 1, 'name', m.model, 'task', m.task, 'target', m.target, 'features', m.features, 'group_by', m.group_by, 'params', m.params,
							  'source', m.source, 'search_path', m.search_path, 'columns', m.columns, 'weight', m.weight, 'encoding', v.encoding, 'labels', v.labels, 'n_rows', v.n_rows,
							  'n_skipped', v.n_skipped, 'metric', v.metric, 'metric_value', v.metric_value, 'rounds', v.rounds,
							  'parts', (SELECT jsonb_agg(jsonb_build_object('grp', p.grp, 'n_rows', p.n_rows, 'n_skipped', p.n_skipped, 'lambda', p.lambda, 'metric_value', p.metric_value,
																			'temperature', p.temperature, 'fitted', p.fitted::text) ORDER BY p.grp)
										FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version))
		INTO result
	FROM @extschema@.ntk_catalog_model AS m JOIN @extschema@.ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed
	WHERE m.model = $1;
	IF NOT FOUND THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist, or no version of it serves', $1);
	END IF;
	RETURN result;
END $$;
COMMENT ON FUNCTION ntk_export(text) IS 'the version of a model that serves, without its statistics, for ntk_import';

CREATE FUNCTION ntk_import(exported jsonb, name text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	part jsonb;
	fitted @extschema@.ntk_model;
	m @extschema@.ntk_catalog_model;
	map @extschema@.ntk_map;
	labels text[] := CASE WHEN jsonb_typeof($1 -> 'labels') = 'array' THEN ARRAY(SELECT jsonb_array_elements_text($1 -> 'labels')) END;
	targets int := coalesce(cardinality(labels), 1);
	metric text := CASE $1 ->> 'task' WHEN 'regression' THEN 'rmse' WHEN 'classification' THEN 'accuracy' END;
BEGIN
	IF $2 IS NULL OR octet_length($2) NOT BETWEEN 1 AND 63 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the name of a model must have 1 to 63 bytes', DETAIL = format('"%s" has %s.', $2, octet_length($2));
	ELSIF jsonb_typeof($1) <> 'object' OR $1 -> 'format' IS DISTINCT FROM '1' OR jsonb_typeof($1 -> 'parts') <> 'array' OR NOT $1 ?& '{task,target,source,columns,features,group_by,params,encoding,metric}' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'this is no exported model', HINT = 'ntk_export makes them.';
	END IF;
	IF EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $2) THEN
		RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken', $2);
	ELSIF ($1 ->> 'task' = 'classification') IS DISTINCT FROM (labels IS NOT NULL) OR $1 ->> 'metric' IS DISTINCT FROM metric
		OR NOT EXISTS (SELECT FROM jsonb_array_elements($1 -> 'parts') AS p WHERE p -> 'grp' = '[]') OR jsonb_typeof($1 -> 'source') <> 'string' OR jsonb_typeof($1 -> 'target') <> 'string' OR coalesce(jsonb_typeof($1 -> 'rounds'), 'null') NOT IN ('array', 'null')
		OR EXISTS (SELECT FROM unnest('{columns,features,group_by}'::text[]) AS k WHERE jsonb_typeof($1 -> k) <> 'array') THEN
		RAISE invalid_parameter_value USING MESSAGE = 'this is no exported model', HINT = 'ntk_export makes them.';
	END IF;
	BEGIN
		PERFORM @extschema@.ntk_encode(q.*, $1 -> 'encoding') FROM (SELECT 1 AS nothing) AS q;
	EXCEPTION WHEN undefined_column THEN
		NULL;		-- all else about it is right
	END;
	IF EXISTS (SELECT FROM jsonb_array_elements($1 #> '{encoding,columns}') AS c WHERE NOT $1 -> 'features' ? (c ->> 'name')) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the exported model does not have the features of its encoding';
	ELSIF $1 ->> 'source' !~* '^\s*(\(|select\M|with\M|values\M|table\M)' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the source of the exported model is no query that only reads';
	END IF;
	m := jsonb_populate_record(m, $1 - '{name,encoding,labels,parts,n_rows,n_skipped,metric,metric_value,format}'::text[]);
	m.model := $2;
	m.params := @extschema@.ntk_check_params(m.params);
	INSERT INTO @extschema@.ntk_catalog_model (model, task, source, search_path, columns, target, features, group_by, weight, params)
	VALUES (m.model, m.task, m.source, m.search_path, m.columns, m.target, m.features, m.group_by, m.weight, m.params) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken by a model of another role', $2);
	END IF;
	FOR part IN SELECT jsonb_array_elements($1 -> 'parts') LOOP
		fitted := (part ->> 'fitted')::@extschema@.ntk_model;
		IF @extschema@.ntk_targets(fitted) <> targets THEN
			RAISE invalid_parameter_value USING MESSAGE = format('the exported model has %s targets for %s labels', @extschema@.ntk_targets(fitted), targets);
		ELSIF @extschema@.ntk_feature_map(fitted) OPERATOR(@extschema@.<>) map THEN
			RAISE invalid_parameter_value USING MESSAGE = 'the parts of the exported model have different maps';
		END IF;
		map := @extschema@.ntk_feature_map(fitted);
		IF map IS NULL OR coalesce((map::text::jsonb ->> 'input_dim')::int, @extschema@.ntk_picture_length(map::text::jsonb -> 'shape')) IS DISTINCT FROM ($1 #>> '{encoding,inputs}')::int THEN
			RAISE invalid_parameter_value USING MESSAGE = 'the exported model does not fit its encoding';
		END IF;
		INSERT INTO @extschema@.ntk_catalog_version (model, version, lineage, request, encoding, map, labels, n_rows, n_skipped, metric, metric_value, seconds, rounds)
		VALUES ($2, 1, 1, to_jsonb(m) - '{owner,readers,deployed,deployed_at,created_at,model}'::text[], $1 -> 'encoding', @extschema@.ntk_feature_map(fitted), labels,
				($1 ->> 'n_rows')::bigint, ($1 ->> 'n_skipped')::bigint, $1 ->> 'metric', ($1 ->> 'metric_value')::float8, 0, nullif($1 -> 'rounds', 'null'))
		ON CONFLICT DO NOTHING;
		INSERT INTO @extschema@.ntk_catalog_part (model, version, grp, n_rows, n_skipped, lambda, metric_value, temperature, fitted)
		VALUES ($2, 1, ARRAY(SELECT jsonb_array_elements_text(part -> 'grp')), (part ->> 'n_rows')::bigint, (part ->> 'n_skipped')::bigint, (part ->> 'lambda')::float8,
				(part ->> 'metric_value')::float8, (part ->> 'temperature')::float8, fitted);
	END LOOP;
	PERFORM @extschema@.ntk_serve($2, 1);
END $$;
COMMENT ON FUNCTION ntk_import(jsonb, text) IS 'a model by this name from what ntk_export gave; it predicts, and can be retrained where its source is';
