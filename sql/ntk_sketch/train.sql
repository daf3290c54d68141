-- ntk_train: what a model is asked for, and a version of it from all rows of its source. Training is
-- the aggregates ntk_encoding, ntk_landmarks and ntk_gram over the source and ntk_cv and
-- ntk_solve on their results.

-- Targets and weights that nothing can be learned from are refused by name.
CREATE FUNCTION _ntk_check_range(m ntk_catalog_model, name text, low double precision, high double precision)
	RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF high IN ('NaN', 'Infinity') OR low = '-Infinity' THEN
		RAISE numeric_value_out_of_range USING MESSAGE =
			format('column "%s" holds %s', name, CASE WHEN high IN ('NaN', 'Infinity') THEN high ELSE low END);
	ELSIF name = m.weight AND low < 0 THEN
		RAISE invalid_parameter_value
			USING MESSAGE = format('the weights in column "%s" must not be negative, not %s', name, low);
	ELSIF name = m.weight AND high = 0 THEN
		RAISE data_exception USING MESSAGE = format('all weights in column "%s" are 0', name);
	ELSIF name = m.target AND low = high THEN
		RAISE data_exception USING MESSAGE = format('column "%s" is constant: there is nothing to learn', name);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_range(ntk_catalog_model, text, double precision, double precision) IS
	'raises an error for targets or weights from low to high that are not finite, constant targets, and negative weights';

-- Which of the numbers of some columns is beyond the range of double precision, where one is.
CREATE FUNCTION _ntk_refuse_large_numbers(m ntk_catalog_model, columns text[], known text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY columns LOOP
		BEGIN
			PERFORM FROM @extschema@._ntk_run(m.owner, format('SELECT max(source.%I::float8) FROM %s WHERE %s',
				name, @extschema@._ntk_rows_of(m), known)) AS q (high float8);
		EXCEPTION WHEN numeric_value_out_of_range THEN
			RAISE numeric_value_out_of_range
				USING MESSAGE = format('column "%s" holds a number beyond the range of double precision', name);
		END;
	END LOOP;
END $$;
COMMENT ON FUNCTION _ntk_refuse_large_numbers(ntk_catalog_model, text[], text) IS
	'raises an error for the column that holds a number beyond the range of double precision';

-- One scan for all that is learned from the rows as they are.
CREATE FUNCTION _ntk_survey(m ntk_catalog_model, known text, OUT encoding jsonb, OUT n_rows bigint)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	numbers text[] := array_remove(ARRAY[CASE WHEN m.task = 'regression' THEN m.target END, m.weight], NULL);
	low float8[];
	high float8[];
BEGIN
	BEGIN
		SELECT q.* INTO encoding, n_rows, low, high FROM @extschema@._ntk_run(m.owner,
			format('SELECT @extschema@.ntk_encoding(f.*, %s), count(*), ARRAY[%s]::float8[], ARRAY[%s]::float8[] '
				   'FROM %s CROSS JOIN LATERAL (SELECT %s) AS f WHERE %s',
				   (m.params ->> 'max_levels')::int,
				   (SELECT string_agg(format('min(source.%I::float8)', c), ', ') FROM unnest(numbers) AS c),
				   (SELECT string_agg(format('max(source.%I::float8)', c), ', ') FROM unnest(numbers) AS c),
				   @extschema@._ntk_rows_of(m),
				   (SELECT string_agg(format('source.%I', f), ', ') FROM unnest(m.features) AS f), known))
			AS q (encoding jsonb, n_rows bigint, low float8[], high float8[]);
	EXCEPTION WHEN numeric_value_out_of_range THEN
		PERFORM @extschema@._ntk_refuse_large_numbers(m, numbers, known);
		RAISE;
	END;
	IF encoding IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('model "%s": the source has no rows with a target', m.model);
	END IF;
	FOR place IN 1 .. cardinality(numbers) LOOP
		PERFORM @extschema@._ntk_check_range(m, numbers[place], low[place], high[place]);
	END LOOP;
	encoding := encoding || jsonb_build_object('missing', m.params -> 'missing');
	IF m.params ->> 'shape' IS NOT NULL THEN
		encoding := @extschema@._ntk_picture_encoding(m, encoding);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_survey(ntk_catalog_model, text) IS
	'the encoding and the number of the rows that have a target; raises an error for numbers that are of no use';

CREATE FUNCTION _ntk_learn_labels(m ntk_catalog_model, known text) RETURNS text[] LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant int := 1000;
	labels text[];
BEGIN
	IF m.task <> 'classification' THEN
		RETURN NULL;
	END IF;
	SELECT q.labels INTO labels FROM @extschema@._ntk_run(m.owner,
		format('SELECT array_agg(label ORDER BY label) FROM (SELECT DISTINCT @extschema@._ntk_label(source.%I) AS label '
			   'FROM %s WHERE %s) AS l',
			   m.target, @extschema@._ntk_rows_of(m), known)) AS q (labels text[]);
	IF cardinality(labels) < 2 THEN
		RAISE data_exception USING MESSAGE = format('column "%s" has only one class, "%s"', m.target, labels[1]);
	ELSIF cardinality(labels) > most THEN
		RAISE program_limit_exceeded USING MESSAGE =
			format('column "%s" has %s classes, at most %s are possible', m.target, cardinality(labels), most);
	END IF;
	RETURN labels;
END $$;
COMMENT ON FUNCTION _ntk_learn_labels(ntk_catalog_model, text) IS
	'the classes of a model''s target; NULL for regression';

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
	AS $$SELECT to_jsonb(m) - '{owner,readers,deployed,deployed_at,served,created_at,model}'::text[]$$;
COMMENT ON FUNCTION _ntk_request(ntk_catalog_model) IS 'what a model was asked for, in the form that a version stores';

-- Learns encoding, map and statistics of the model's source and makes a version of them. What is done with a
-- row pays for workers on tables that are small by their size, or by that of what is not toasted.
CREATE FUNCTION _ntk_new_version(m ntk_catalog_model)
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
	n_rows bigint;
BEGIN
	SELECT m.model, coalesce(max(c.version), 0) + 1 INTO v.model, v.version
	FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model;
	v.lineage := v.version;
	v.has_statistics := true;
	v.request := @extschema@._ntk_request(m);
	v.metric := CASE m.task WHEN 'regression' THEN 'rmse' ELSE 'accuracy' END;

	IF clock IS NOT NULL THEN	-- rows that arrive from here on are for ntk_refresh
		SELECT q.newest INTO v.watermark FROM @extschema@._ntk_run(m.owner,
			format('SELECT @extschema@._ntk_key(max(source.%I)) FROM %s', clock, @extschema@._ntk_rows_of(m)))
			AS q (newest text);
		m.source := format(E'SELECT * FROM (%s\n) AS source WHERE source.%I <= %L', m.source, clock, v.watermark);
	END IF;
	SELECT s.encoding, s.n_rows INTO v.encoding, n_rows FROM @extschema@._ntk_survey(m, known) AS s;
	v.labels := @extschema@._ntk_learn_labels(m, known);
	PERFORM @extschema@._ntk_draw_sample(m, v, n_rows);
	v.map := @extschema@._ntk_draw_map(m, v, m.params);
	v := @extschema@._ntk_learn_metric(m, v, n_rows);
	v.map := @extschema@._ntk_choose_map(m, v);
	PERFORM @extschema@._ntk_forget_sample(m.model);
	v.n_skipped := @extschema@._ntk_collect(m, v);
	PERFORM @extschema@._ntk_keep_window(m);

	v.n_rows := 0;
	v.seconds := 0;
	v.trained_at := now();
	PERFORM @extschema@._ntk_add_version(v);
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, c.grp, c.bucket, least(c.part, 0), @extschema@.sum(c.gram)
	FROM @extschema@._ntk_collected(m.model) AS c GROUP BY c.grp, c.bucket, least(c.part, 0);
	RETURN QUERY SELECT *
		FROM @extschema@._ntk_finish_version(m, v, @extschema@._ntk_choose_lambdas(m), NULL, begun);
	PERFORM @extschema@._ntk_forget_collected(m.model);
END $$;
COMMENT ON FUNCTION _ntk_new_version(ntk_catalog_model) IS
	'trains a version of a model on all rows of its source; one row per group';
