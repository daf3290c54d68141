-- ntk_train: what a model is asked for, and a version of it from all rows of its source. Training is
-- the aggregates ntk_encoding, ntk_landmarks and ntk_gram over the source and ntk_cv and
-- ntk_solve on their results.

-- What is outside the window of buckets is not fitted, and not kept.
CREATE FUNCTION _ntk_keep_window(m ntk_catalog_model) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	DELETE FROM @extschema@.ntk_catalog_work AS w
	WHERE m.params ->> 'window' IS NOT NULL AND w.xact = pg_current_xact_id() AND w.model = m.model
		AND w.bucket NOT IN (SELECT b.bucket FROM @extschema@._ntk_newest_buckets(
			ARRAY(SELECT DISTINCT k.bucket FROM @extschema@._ntk_collected(m.model) AS k),
			(m.params ->> 'window')::int) AS b (bucket))
$$;
COMMENT ON FUNCTION _ntk_keep_window(ntk_catalog_model) IS
	'removes the statistics of buckets outside params.window from those that _ntk_collect stored';

CREATE FUNCTION _ntk_request(m ntk_catalog_model) RETURNS jsonb LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT to_jsonb(m) - '{owner,readers,deployed,deployed_at,pinned,served,created_at,model}'::text[]$$;
COMMENT ON FUNCTION _ntk_request(ntk_catalog_model) IS 'what a model was asked for, in the form that a version stores';

-- Learns encoding, map and statistics of the model's source and makes a version of them. What is done with a
-- row pays for workers on tables that are small by their size, or by that of what is not toasted.
CREATE FUNCTION _ntk_new_version(m ntk_catalog_model, unpins boolean DEFAULT false)
	RETURNS SETOF ntk_training
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	v @extschema@.ntk_catalog_version;
	clock text := m.params ->> 'watermark';
	known text := format('source.%I IS NOT NULL', m.target)
		|| CASE WHEN m.weight IS NULL THEN '' ELSE format(' AND source.%I IS NOT NULL', m.weight) END;
	few constant int := 30;
	survey record;
	metric float8[];
	source text;
	asked_for @extschema@.ntk_catalog_model;
BEGIN
	SELECT m.model, coalesce(max(c.version), 0) + 1 INTO v.model, v.version
	FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model;
	v.lineage := v.version;
	v.has_statistics := true;
	v.metric := CASE m.task WHEN 'regression' THEN 'rmse' ELSE 'accuracy' END;

	source := m.source;
	IF clock IS NOT NULL THEN	-- rows that arrive from here on are for ntk_refresh
		SELECT q.newest INTO v.watermark FROM @extschema@._ntk_run(m.owner,
			format('SELECT @extschema@._ntk_key(max(source.%I)) FROM %s', clock, @extschema@._ntk_rows_of(m)))
			AS q (newest text);
		m.source := format(E'SELECT * FROM (%s\n) AS source WHERE source.%I <= %L', m.source, clock, v.watermark);
	END IF;
	m.spread := false;
	m.holdout_from := NULL;
	m.holdout_from := @extschema@._ntk_holdout_from(m, known);
	m.spread := m.split_by = m.features AND @extschema@._ntk_has_many_equal_rows(m, known);
	v.labels := @extschema@._ntk_learn_labels(m, known);
	survey := @extschema@._ntk_survey(m, known, v.labels);
	PERFORM @extschema@._ntk_check_replaces(m, v.labels);
	v.encoding := survey.encoding;
	IF survey.n_rows < few THEN
		RAISE NOTICE 'ntk_train: % rows are few: what is measured on a part of them says little', survey.n_rows;
	END IF;
	m.log_target := false;
	m.centre := @extschema@._ntk_centre(m, survey.lowest, survey.highest);
	PERFORM @extschema@._ntk_draw_sample(m, v, survey.n_rows);
	m.log_target := @extschema@._ntk_choose_logarithm(m, v, survey.n_rows, survey.lowest);
	SELECT l.metric, l.rounds INTO metric, v.rounds FROM @extschema@._ntk_learn_metric(m, v, survey.n_rows) AS l;
	v.map := @extschema@._ntk_draw_map(m, v, m.params, metric);
	v.map := @extschema@._ntk_choose_map(m, v);
	PERFORM @extschema@._ntk_forget_sample(m.model);
	v.n_skipped := @extschema@._ntk_collect(m, v);
	PERFORM @extschema@._ntk_keep_window(m);

	asked_for := m;
	asked_for.source := source;
	v.request := @extschema@._ntk_request(asked_for);
	v.n_rows := 0;
	v.seconds := 0;
	v.trained_at := now();
	PERFORM @extschema@._ntk_add_version(v);
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, c.grp, c.bucket, least(c.part, 0), @extschema@.sum(c.gram)
	FROM @extschema@._ntk_collected(m.model) AS c GROUP BY c.grp, c.bucket, least(c.part, 0);
	RETURN QUERY SELECT *
		FROM @extschema@._ntk_finish_version(m, v, @extschema@._ntk_choose_lambdas(m), NULL, begun, unpins);
	UPDATE @extschema@.ntk_catalog_model AS c SET pinned = false WHERE c.model = m.model AND c.pinned AND unpins;
	PERFORM @extschema@._ntk_forget_collected(m.model);
END $$;
COMMENT ON FUNCTION _ntk_new_version(ntk_catalog_model, boolean) IS
	'trains a version of a model on all rows of its source; one row per group';
