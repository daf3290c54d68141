-- Models that learn from new rows, or are trained again.

-- A version of the lineage that serves, fitted to its statistics and to those that are stored under its number.
CREATE FUNCTION _ntk_next_version(m ntk_catalog_model, v ntk_catalog_version, champion ntk_catalog_version,
								 begun timestamptz, unpins boolean DEFAULT false)
	RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT * FROM @extschema@._ntk_finish_version(m, v,
		(SELECT jsonb_object_agg(p.grp::text, jsonb_build_object('lambda', p.lambda))
		 FROM @extschema@.ntk_catalog_part AS p WHERE p.model = m.model AND p.version = champion.version),
		champion.version, begun, unpins);
	PERFORM @extschema@._ntk_forget_collected(m.model);
END $$;
COMMENT ON FUNCTION
	_ntk_next_version(ntk_catalog_model, ntk_catalog_version, ntk_catalog_version, timestamptz, boolean) IS
	'fits a version that keeps the encoding, the map and the penalties of the version that serves; one row per group';

CREATE FUNCTION _ntk_serving(m ntk_catalog_model) RETURNS ntk_catalog_version LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v @extschema@.ntk_catalog_version;
BEGIN
	SELECT c.* INTO v FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version = m.deployed;
	IF NOT FOUND THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('model "%s" has no version that serves', m.model), HINT = 'Deploy one with ntk_deploy.';
	ELSIF NOT v.has_statistics OR NOT EXISTS (
		SELECT FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = m.model AND s.lineage = v.lineage
			AND s.version = ANY (@extschema@._ntk_ancestry(m.model, v.version))) THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('the statistics of version %s of model "%s" are gone', v.version, m.model),
				HINT = 'Train it again with ntk_retrain.';
	END IF;
	RETURN v;
END $$;
COMMENT ON FUNCTION _ntk_serving(ntk_catalog_model) IS
	'the version of a model that serves; an error if there is none, or its statistics are gone';

-- A version that goes on from the one that serves, with a number of its own and no statistics yet.
CREATE FUNCTION _ntk_successor(champion ntk_catalog_version) RETURNS ntk_catalog_version LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v @extschema@.ntk_catalog_version := champion;
BEGIN
	SELECT max(c.version) + 1 INTO v.version FROM @extschema@.ntk_catalog_version AS c WHERE c.model = champion.model;
	v.parent := champion.version;
	IF (v.version > v.parent) IS NOT TRUE THEN		-- another session has dropped it
		PERFORM @extschema@._ntk_refuse_gone(champion.model);
	END IF;
	v.trained_at := now();
	RETURN v;
END $$;
COMMENT ON FUNCTION _ntk_successor(ntk_catalog_version) IS
	'a version with the next number, made from the one that is to be refreshed';

CREATE FUNCTION _ntk_refuse_unknown_class(m ntk_catalog_model, v ntk_catalog_version, condition text)
	RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	SELECT q.label INTO unknown FROM @extschema@._ntk_run(m.owner,
		format('SELECT @extschema@._ntk_label(source.%2$I) FROM %1$s '
			   'WHERE @extschema@._ntk_label(source.%2$I) <> ALL ($1) AND %3$s LIMIT 1',
			   @extschema@._ntk_rows_of(m), m.target, condition), v.labels) AS q (label text);
	IF FOUND THEN
		RAISE data_exception USING MESSAGE = format('model "%s" has no class "%s"', m.model, unknown),
			HINT = 'Train it again with ntk_retrain.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_refuse_unknown_class(ntk_catalog_model, ntk_catalog_version, text) IS
	'raises an error if there are rows of classes that a model was not trained on';

CREATE FUNCTION _ntk_refresh(model text, source text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	m @extschema@.ntk_catalog_model := @extschema@._ntk_begin($1);
	champion @extschema@.ntk_catalog_version := @extschema@._ntk_serving(m);
	v @extschema@.ntk_catalog_version := @extschema@._ntk_successor(champion);
	clock text := m.params ->> 'watermark';
	condition text := 'true';
BEGIN
	m.params := m.params || '{"folds": 1}';		-- the penalty is chosen
	IF $2 IS NOT NULL THEN
		m := @extschema@._ntk_with_source(m, $2);
	ELSIF clock IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('model "%s" has no watermark', m.model),
			HINT = 'Name a source of new rows only, or train with params => ''{"watermark": "column"}'', a column that grows.';
	ELSE
		m := @extschema@._ntk_with_own_source(m, 'ntk_refresh(model, source)');
		condition := CASE WHEN champion.watermark IS NULL THEN 'true'
			ELSE format('source.%I > %L', clock, champion.watermark) END;
		SELECT coalesce(q.newest, champion.watermark) INTO v.watermark FROM @extschema@._ntk_run(m.owner,
			format('SELECT @extschema@._ntk_key(max(source.%I)) FROM %s WHERE %s',
				clock, @extschema@._ntk_rows_of(m), condition)) AS q (newest text);
		condition := condition || CASE WHEN v.watermark IS NULL THEN ''
			ELSE format(' AND source.%I <= %L', clock, v.watermark) END;
	END IF;
	m.holdout_from := coalesce(@extschema@._ntk_holdout_from(m, condition), m.holdout_from);
	v.request := v.request || jsonb_build_object('holdout_from', m.holdout_from);
	IF m.task = 'classification' THEN
		PERFORM @extschema@._ntk_refuse_unknown_class(m, champion, condition);
	END IF;
	PERFORM @extschema@._ntk_collect(m, champion, condition);
	IF NOT EXISTS (SELECT FROM @extschema@._ntk_collected($1)) THEN
		RAISE NOTICE 'ntk_refresh: model "%" has no new rows', m.model;
		RETURN;
	END IF;
	PERFORM @extschema@._ntk_add_version(v);
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, c.grp, c.bucket, c.part, c.gram FROM @extschema@._ntk_collected($1) AS c;
	RETURN QUERY SELECT * FROM @extschema@._ntk_next_version(m, v, champion, begun);
	IF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1 AND c.deployed = v.version) THEN
		RAISE NOTICE 'ntk_refresh: version % of model "%" does not serve', v.version, $1
			USING DETAIL = 'What serves, and what is refreshed next, is without its rows.',
				HINT = 'ntk_deploy makes it serve.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_refresh(text, text) IS 'ntk_refresh for a source whose names do not depend on the search_path';

CREATE FUNCTION ntk_refresh(model text, source text DEFAULT NULL) RETURNS SETOF ntk_training LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_refresh($1, @extschema@._ntk_source_query($2))$$;
COMMENT ON FUNCTION ntk_refresh(text, text) IS
	'adds rows to those that a model was trained on: the rows of its source beyond the watermark, '
	'or all rows of another source; reads no other rows; one row per group';

CREATE FUNCTION ntk_retrain(model text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT * FROM @extschema@._ntk_new_version(
		@extschema@._ntk_with_own_source(@extschema@._ntk_begin($1), 'ntk_train(model, source, target)'));
END $$;
COMMENT ON FUNCTION ntk_retrain(text) IS
	'trains a model again, as it was trained before, with a new encoding; one row per group';
