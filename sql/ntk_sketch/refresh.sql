-- Models that learn from new rows, forget rows, or are trained again.

-- A version of the lineage that serves, fitted to its statistics and to those that are stored under its number.
CREATE FUNCTION ntk_next_version(m ntk_catalog_model, v ntk_catalog_version, champion ntk_catalog_version, begun timestamptz)
	RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT * FROM @extschema@.ntk_finish_version(m, v,
		(SELECT jsonb_object_agg(p.grp::text, jsonb_build_object('lambda', p.lambda))
		 FROM @extschema@.ntk_catalog_part AS p WHERE p.model = m.model AND p.version = champion.version),
		champion.version, begun);
	PERFORM @extschema@._ntk_forget_collected(m.model);
END $$;
COMMENT ON FUNCTION ntk_next_version(ntk_catalog_model, ntk_catalog_version, ntk_catalog_version, timestamptz) IS
	'fits a version that goes on with the encoding, the map and the penalties of the one that serves';

CREATE FUNCTION ntk_serving(m ntk_catalog_model) RETURNS ntk_catalog_version LANGUAGE plpgsql STABLE
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
COMMENT ON FUNCTION ntk_serving(ntk_catalog_model) IS 'the version of a model that serves, if its statistics are there';

-- A version that goes on from the one that serves, with a number of its own and no statistics yet.
CREATE FUNCTION _ntk_successor(champion ntk_catalog_version) RETURNS ntk_catalog_version LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	v @extschema@.ntk_catalog_version := champion;
BEGIN
	SELECT max(c.version) + 1 INTO v.version FROM @extschema@.ntk_catalog_version AS c WHERE c.model = champion.model;
	v.parent := champion.version;
	v.trained_at := now();
	RETURN v;
END $$;
COMMENT ON FUNCTION _ntk_successor(ntk_catalog_version) IS 'the version after one that is to be refreshed';

CREATE FUNCTION _ntk_refuse_unknown_class(m ntk_catalog_model, v ntk_catalog_version, condition text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown text;
BEGIN
	SELECT q.label INTO unknown FROM @extschema@._ntk_run(m.owner,
		format('SELECT @extschema@._ntk_label(source.%2$I) FROM %1$s '
			   'WHERE @extschema@._ntk_label(source.%2$I) <> ALL ($1) AND %3$s LIMIT 1',
			   @extschema@.ntk_rows_of(m), m.target, condition), v.labels) AS q (label text);
	IF FOUND THEN
		RAISE data_exception USING MESSAGE = format('model "%s" does not know the class "%s"', m.model, unknown),
			HINT = 'Train it again with ntk_retrain.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_refuse_unknown_class(ntk_catalog_model, ntk_catalog_version, text) IS
	'refuses rows of classes that a model was not trained on';

CREATE FUNCTION _ntk_refresh(model text, source text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	m @extschema@.ntk_catalog_model := @extschema@._ntk_begin($1);
	champion @extschema@.ntk_catalog_version := @extschema@.ntk_serving(m);
	v @extschema@.ntk_catalog_version := @extschema@._ntk_successor(champion);
	clock text := m.params ->> 'watermark';
	condition text := 'true';
BEGIN
	m.params := m.params || '{"folds": 1}';		-- the penalty is chosen
	IF $2 IS NOT NULL THEN
		m := @extschema@.ntk_with_source(m, $2);
	ELSIF clock IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('model "%s" has no watermark: which rows are new?', m.model),
			HINT = 'Name a source of new rows only, or train with params => ''{"watermark": "column"}'', a column that grows.';
	ELSE
		m := @extschema@._ntk_with_own_source(m, 'ntk_refresh(model, source)');
		condition := CASE WHEN champion.watermark IS NULL THEN 'true' ELSE format('source.%I > %L', clock, champion.watermark) END;
		SELECT coalesce(q.newest, champion.watermark) INTO v.watermark FROM @extschema@._ntk_run(m.owner,
			format('SELECT @extschema@._ntk_key(max(source.%I)) FROM %s WHERE %s', clock, @extschema@.ntk_rows_of(m), condition))
			AS q (newest text);
		condition := condition || CASE WHEN v.watermark IS NULL THEN '' ELSE format(' AND source.%I <= %L', clock, v.watermark) END;
	END IF;
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
	RETURN QUERY SELECT * FROM @extschema@.ntk_next_version(m, v, champion, begun);
	IF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1 AND c.deployed = v.version) THEN
		RAISE NOTICE 'ntk_refresh: version % of model "%" does not serve', v.version, $1
			USING DETAIL = 'What serves, and what is refreshed next, is without its rows.',
				HINT = 'ntk_deploy makes it serve.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_refresh(text, text) IS 'ntk_refresh, for a source that does not depend on the search_path';

CREATE FUNCTION ntk_refresh(model text, source text DEFAULT NULL) RETURNS SETOF ntk_training LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_refresh($1, @extschema@.ntk_source_query($2))$$;
COMMENT ON FUNCTION ntk_refresh(text, text) IS
	'adds rows to what a model was trained on: those of its source beyond the watermark, or all of another source; reads no other rows';

-- The statistics of a version without the rows in ntk_catalog_work become those of another one, complete.
CREATE FUNCTION _ntk_subtract(m ntk_catalog_model, v ntk_catalog_version, champion ntk_catalog_version) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown bigint;
BEGIN
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, s.grp, s.bucket, s.part, @extschema@.sum(s.gram)
	FROM @extschema@._ntk_statistics(@extschema@._ntk_scope_of(m, champion)) AS s GROUP BY s.grp, s.bucket, s.part;

	SELECT sum(@extschema@.ntk_rows(c.gram)) INTO unknown FROM @extschema@._ntk_collected(m.model) AS c
	WHERE NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s
					  WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.grp = c.grp
						AND s.bucket = c.bucket AND s.part = c.part AND @extschema@.ntk_rows(s.gram) >= @extschema@.ntk_rows(c.gram));
	IF unknown > 0 THEN
		RAISE data_exception USING MESSAGE = format('%s rows that are to be forgotten were not trained on', unknown);
	END IF;
	UPDATE @extschema@.ntk_catalog_statistic AS s SET gram = s.gram OPERATOR(@extschema@.-) c.gram
	FROM @extschema@._ntk_collected(m.model) AS c
	WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.grp = c.grp AND s.bucket = c.bucket
		AND s.part = c.part;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND @extschema@.ntk_rows(s.gram) = 0;
	IF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = v.model AND s.lineage = v.lineage
					  AND s.version = v.version AND s.part >= 0 AND @extschema@.ntk_weight(s.gram) > 0) THEN
		RAISE data_exception USING MESSAGE = format('no rows of model "%s" would be left to train on', m.model),
			HINT = 'ntk_drop removes a model with all that it knows.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_subtract(ntk_catalog_model, ntk_catalog_version, ntk_catalog_version) IS
	'stores the statistics of a version without some rows under the number of another one';

-- Where subtraction would leave hardly more than rounding errors, the buckets of the forgotten rows are summed
-- anew from the model's source, which must be without these rows by now.
CREATE FUNCTION _ntk_sum_anew(m ntk_catalog_model, v ntk_catalog_version, buckets text[]) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	expected bigint;
	condition text := 'true';
BEGIN
	IF m.params ->> 'bucket' IS NOT NULL THEN
		condition := format('coalesce(@extschema@._ntk_key(source.%I), '''') = ANY (%L::text[])', m.params ->> 'bucket', buckets);
	END IF;
	IF v.watermark IS NOT NULL THEN
		condition := condition || format(' AND source.%I <= %L', m.params ->> 'watermark', v.watermark);
	END IF;
	WITH gone AS (DELETE FROM @extschema@.ntk_catalog_statistic AS s
				  WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.bucket = ANY ($3)
				  RETURNING @extschema@.ntk_rows(s.gram) AS rows)
	SELECT sum(g.rows) INTO expected FROM gone AS g;
	PERFORM @extschema@._ntk_collect(m, v, condition, 1);
	IF (SELECT sum(@extschema@.ntk_rows(c.gram)) FROM @extschema@._ntk_collected(m.model, 1) AS c) IS DISTINCT FROM expected THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('the source of model "%s" does not have the %s rows that should remain', m.model, expected),
				HINT = 'Delete the rows that are to be forgotten from it first, or train the model again with ntk_retrain.';
	END IF;
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, c.grp, c.bucket, c.part, c.gram FROM @extschema@._ntk_collected(m.model, 1) AS c;
END $$;
COMMENT ON FUNCTION _ntk_sum_anew(ntk_catalog_model, ntk_catalog_version, text[]) IS
	'sums the statistics of a version in some buckets again';

-- No statistics with the forgotten rows stay, and no rollback goes to a version that was fitted to them.
CREATE FUNCTION _ntk_forget(model text, source text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	m @extschema@.ntk_catalog_model := @extschema@._ntk_begin($1);
	champion @extschema@.ntk_catalog_version := @extschema@.ntk_serving(m);
	v @extschema@.ntk_catalog_version := @extschema@._ntk_successor(champion);
	of_rows @extschema@.ntk_catalog_model;
	buckets text[];
BEGIN
	m.params := m.params || '{"folds": 1, "deploy": "always"}';		-- the penalty is chosen
	v.parent := NULL;
	of_rows := @extschema@.ntk_with_source(m, $2);
	PERFORM @extschema@._ntk_collect(of_rows, champion);
	buckets := ARRAY(SELECT DISTINCT c.bucket FROM @extschema@._ntk_collected($1) AS c);
	IF buckets = '{}' THEN
		RAISE NOTICE 'ntk_forget: the source has no rows';
		RETURN;
	END IF;
	PERFORM @extschema@._ntk_add_version(v);
	PERFORM @extschema@._ntk_subtract(m, v, champion);
	BEGIN
		RETURN QUERY SELECT * FROM @extschema@.ntk_next_version(m, v, champion, begun);
	EXCEPTION WHEN numeric_value_out_of_range THEN
		RAISE NOTICE 'ntk_forget: too little is left to subtract from, so what remains is summed anew: %', SQLERRM;
		m := @extschema@._ntk_with_own_source(m, 'ntk_train');
		PERFORM @extschema@._ntk_sum_anew(m, v, buckets);
		RETURN QUERY SELECT * FROM @extschema@.ntk_next_version(m, v, champion, begun);
	END;
	UPDATE @extschema@.ntk_catalog_version AS c SET has_statistics = false
	WHERE c.model = $1 AND c.version <> v.version AND c.has_statistics;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = $1 AND s.version <> v.version;
	UPDATE @extschema@.ntk_catalog_model AS c SET served = '{}' WHERE c.model = $1;
END $$;
COMMENT ON FUNCTION _ntk_forget(text, text) IS 'ntk_forget, for a source that does not depend on the search_path';

CREATE FUNCTION ntk_forget(model text, source text) RETURNS SETOF ntk_training LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_forget($1, @extschema@.ntk_source_query($2))$$;
COMMENT ON FUNCTION ntk_forget(text, text) IS
	'takes rows out of what a model was trained on, exactly, and lets the version without them serve; '
	'the statistics of earlier versions, which hold them, are removed';

CREATE FUNCTION ntk_retrain(model text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY SELECT * FROM @extschema@.ntk_new_version(
		@extschema@._ntk_with_own_source(@extschema@._ntk_begin($1), 'ntk_train(model, source, target)'));
END $$;
COMMENT ON FUNCTION ntk_retrain(text) IS 'trains a model again, from its encoding on, as it was trained before';
