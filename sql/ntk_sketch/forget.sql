-- Rows that a model is to forget.

CREATE FUNCTION _ntk_inherit(m ntk_catalog_model, v ntk_catalog_version, champion ntk_catalog_version)
	RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, s.grp, s.bucket, s.part, @extschema@.sum(s.gram)
	FROM @extschema@._ntk_statistics(@extschema@._ntk_scope_of(m, champion)) AS s GROUP BY s.grp, s.bucket, s.part
$$;
COMMENT ON FUNCTION _ntk_inherit(ntk_catalog_model, ntk_catalog_version, ntk_catalog_version) IS
	'stores the statistics of a version, complete, as those of another version';

CREATE FUNCTION _ntk_refuse_unknown_rows(n bigint) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE data_exception USING MESSAGE = format('%s rows that are to be forgotten were not trained on', n);
END $$;
COMMENT ON FUNCTION _ntk_refuse_unknown_rows(bigint) IS
	'raises the error for rows to forget that a model was not trained on';

CREATE FUNCTION _ntk_refuse_to_forget_all(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE data_exception USING MESSAGE = format('no rows of model "%s" would be left to train on', model),
		HINT = 'ntk_drop removes a model with its statistics.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_to_forget_all(text) IS 'raises the error for a model that is to forget all of its rows';

-- The statistics of a version without the rows in ntk_catalog_work become those of another one, complete.
CREATE FUNCTION _ntk_subtract(m ntk_catalog_model, v ntk_catalog_version, champion ntk_catalog_version)
	RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	unknown bigint;
BEGIN
	PERFORM @extschema@._ntk_inherit(m, v, champion);
	SELECT sum(@extschema@.ntk_rows(c.gram)) INTO unknown FROM @extschema@._ntk_collected(m.model) AS c
	WHERE NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s
					  WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.grp = c.grp
						AND s.bucket = c.bucket AND s.part = c.part AND @extschema@.ntk_rows(s.gram) >= @extschema@.ntk_rows(c.gram));
	IF unknown > 0 THEN
		PERFORM @extschema@._ntk_refuse_unknown_rows(unknown);
	END IF;
	UPDATE @extschema@.ntk_catalog_statistic AS s SET gram = s.gram OPERATOR(@extschema@.-) c.gram
	FROM @extschema@._ntk_collected(m.model) AS c
	WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.grp = c.grp AND s.bucket = c.bucket
		AND s.part = c.part;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND @extschema@.ntk_rows(s.gram) = 0;
	IF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = v.model AND s.lineage = v.lineage
					  AND s.version = v.version AND s.part >= 0 AND @extschema@.ntk_weight(s.gram) > 0) THEN
		PERFORM @extschema@._ntk_refuse_to_forget_all(m.model);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_subtract(ntk_catalog_model, ntk_catalog_version, ntk_catalog_version) IS
	'stores the statistics of a version, without the rows to forget, as those of another version';

-- Sums some buckets of a version anew from the model's source, which must be without the forgotten rows by now.
CREATE FUNCTION _ntk_sum_anew(m ntk_catalog_model, v ntk_catalog_version, buckets text[], expected bigint)
	RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	condition text := 'true';
BEGIN
	IF m.params ->> 'bucket' IS NOT NULL THEN
		condition := format('coalesce(@extschema@._ntk_key(source.%I), '''') = ANY (%L::text[])',
							m.params ->> 'bucket', buckets);
	END IF;
	IF v.watermark IS NOT NULL THEN
		condition := condition || format(' AND source.%I <= %L', m.params ->> 'watermark', v.watermark);
	END IF;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.bucket = ANY ($3);
	PERFORM @extschema@._ntk_forget_collected(m.model);
	PERFORM @extschema@._ntk_collect(m, v, condition);
	IF (SELECT sum(@extschema@.ntk_rows(c.gram)) FROM @extschema@._ntk_collected(m.model) AS c)
		IS DISTINCT FROM expected THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('the source of model "%s" does not have the %s rows that should remain', m.model, expected),
				HINT = 'Delete the rows that are to be forgotten from it first, or train the model again with ntk_retrain.';
	END IF;
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, c.grp, c.bucket, c.part, c.gram FROM @extschema@._ntk_collected(m.model) AS c;
END $$;
COMMENT ON FUNCTION _ntk_sum_anew(ntk_catalog_model, ntk_catalog_version, text[], bigint) IS
	'computes the statistics of a version again in some buckets, of as many rows as are expected';

CREATE FUNCTION _ntk_rows_in(v ntk_catalog_version, buckets text[]) RETURNS bigint LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT sum(@extschema@.ntk_rows(s.gram)) FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = v.model AND s.lineage = v.lineage AND s.version = v.version AND s.bucket = ANY (buckets)
$$;
COMMENT ON FUNCTION _ntk_rows_in(ntk_catalog_version, text[]) IS
	'how many rows the statistics of a version have in some buckets';

-- No statistics with the forgotten rows stay, and no rollback goes to a version that was fitted to them.
CREATE FUNCTION _ntk_forget(model text, source text) RETURNS SETOF ntk_training LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	m @extschema@.ntk_catalog_model := @extschema@._ntk_begin($1);
	champion @extschema@.ntk_catalog_version := @extschema@._ntk_serving(m);
	v @extschema@.ntk_catalog_version := @extschema@._ntk_successor(champion);
	of_rows @extschema@.ntk_catalog_model;
	buckets text[];
	forgotten bigint;
	expected bigint;
	anew boolean;
BEGIN
	m.params := m.params || '{"folds": 1, "deploy": "always"}';		-- the penalty is chosen
	v.parent := NULL;
	of_rows := @extschema@._ntk_with_source(m, $2);
	PERFORM @extschema@._ntk_collect(of_rows, champion);
	buckets := ARRAY(SELECT DISTINCT c.bucket FROM @extschema@._ntk_collected($1) AS c);
	IF buckets = '{}' THEN
		RAISE NOTICE 'ntk_forget: the source has no rows';
		RETURN;
	END IF;
	PERFORM @extschema@._ntk_add_version(v);
	-- a row's part must be known by itself, or it could be subtracted from one in which it is not
	anew := m.spread OR m.params ->> 'holdout_by' IS NOT NULL;
	IF anew THEN
		PERFORM @extschema@._ntk_inherit(m, v, champion);
		SELECT sum(@extschema@.ntk_rows(c.gram)) INTO forgotten FROM @extschema@._ntk_collected($1) AS c;
		expected := @extschema@._ntk_rows_in(v, buckets) - forgotten;
		IF expected < 0 THEN
			PERFORM @extschema@._ntk_refuse_unknown_rows(-expected);
		ELSIF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = $1
				AND s.version = v.version AND s.bucket <> ALL (buckets)) AND expected = 0 THEN
			PERFORM @extschema@._ntk_refuse_to_forget_all($1);
		END IF;
	ELSE
		PERFORM @extschema@._ntk_subtract(m, v, champion);
		expected := @extschema@._ntk_rows_in(v, buckets);
		BEGIN
			RETURN QUERY SELECT * FROM @extschema@._ntk_next_version(m, v, champion, begun, true);
		EXCEPTION WHEN numeric_value_out_of_range THEN
			RAISE NOTICE 'ntk_forget: too little is left to subtract from, so what remains is summed anew: %', SQLERRM;
			anew := true;
		END;
	END IF;
	IF anew THEN
		m := @extschema@._ntk_with_own_source(m, 'ntk_train');
		PERFORM @extschema@._ntk_sum_anew(m, v, buckets, expected);
		RETURN QUERY SELECT * FROM @extschema@._ntk_next_version(m, v, champion, begun, true);
	END IF;
	UPDATE @extschema@.ntk_catalog_version AS c SET has_statistics = false
	WHERE c.model = $1 AND c.version <> v.version AND c.has_statistics;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s WHERE s.model = $1 AND s.version <> v.version;
	UPDATE @extschema@.ntk_catalog_model AS c SET served = '{}' WHERE c.model = $1;
END $$;
COMMENT ON FUNCTION _ntk_forget(text, text) IS 'ntk_forget for a source whose names do not depend on the search_path';

CREATE FUNCTION ntk_forget(model text, source text) RETURNS SETOF ntk_training LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_forget($1, @extschema@._ntk_source_query($2))$$;
COMMENT ON FUNCTION ntk_forget(text, text) IS
	'removes rows from those that a model was trained on, exactly, and makes the version without them serve; '
	'also removes the statistics of earlier versions, which contain them; one row per group';
