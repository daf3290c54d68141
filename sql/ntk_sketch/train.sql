-- ntk_train: what a model is asked for, and a version of it from all rows of its source. Training is
-- the aggregates ntk_encoding, ntk_landmarks and ntk_gram over the source and ntk_cv and
-- ntk_solve on their results.

-- Targets and weights that nothing can be learned from are refused by name.
CREATE FUNCTION _ntk_check_numbers(m ntk_catalog_model, known text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text;
	low float8;
	high float8;
BEGIN
	FOREACH name IN ARRAY array_remove(ARRAY[CASE WHEN m.task = 'regression' THEN m.target END, m.weight], NULL) LOOP
		BEGIN
			SELECT q.* INTO low, high FROM @extschema@._ntk_run(m.owner,
				format('SELECT min(source.%1$I::float8), max(source.%1$I::float8) FROM %2$s WHERE %3$s',
					   name, @extschema@._ntk_rows_of(m), known)) AS q (low float8, high float8);
		EXCEPTION WHEN numeric_value_out_of_range THEN
			RAISE numeric_value_out_of_range
				USING MESSAGE = format('column "%s" holds a number beyond the range of double precision', name);
		END;
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
	END LOOP;
END $$;
COMMENT ON FUNCTION _ntk_check_numbers(ntk_catalog_model, text) IS
	'raises an error for targets or weights that are not finite, constant targets, and negative weights';

-- The targets whose means the levels of a category keep: not those of rows held out. Of two classes one says all.
CREATE FUNCTION _ntk_level_targets(m ntk_catalog_model, labels text[]) RETURNS text LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('CASE WHEN NOT %s THEN %s END::float8[]', @extschema@._ntk_is_held_out(m),
		CASE WHEN m.task = 'regression' THEN format('ARRAY[source.%I::float8]', m.target)
			ELSE (SELECT format('ARRAY[%s]', string_agg(format('(label.label = %L)::int', l), ', ' ORDER BY i))
				  FROM unnest(labels) WITH ORDINALITY AS u (l, i) WHERE i > 1 OR cardinality(labels) > 2) END)
	WHERE m.task = 'regression' OR cardinality(labels) <= 16
$$;
COMMENT ON FUNCTION _ntk_level_targets(ntk_catalog_model, text[]) IS
	'an expression: of a row, the target or its classes as numbers, an array; NULL for too many classes';

CREATE FUNCTION _ntk_learn_encoding(m ntk_catalog_model, known text, labels text[]) RETURNS jsonb LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	columns text := (SELECT string_agg(format('source.%I', f), ', ') FROM unnest(m.features) AS f);
	options jsonb := jsonb_build_object('scale', coalesce(m.params ->> 'scale', 'auto'),
		'bins', coalesce(nullif(m.params -> 'bins', 'null'), '"auto"'), 'nan', coalesce(m.params ->> 'nan', 'error'),
		'outside', 'clip');
	encoding jsonb;
BEGIN
	SELECT q.encoding INTO encoding FROM @extschema@._ntk_run(m.owner,
		format('SELECT @extschema@.ntk_encoding(r.*, %s, %L, %s, %s) FROM %s%s, LATERAL (SELECT %s) AS r WHERE %s',
			   (m.params ->> 'max_levels')::int, options,
			   CASE WHEN m.weight IS NULL THEN '1' ELSE format('source.%I::float8', m.weight) END,
			   coalesce(@extschema@._ntk_level_targets(m, labels), 'NULL'), @extschema@._ntk_rows_of(m),
			   CASE WHEN m.task = 'regression' THEN ''
					ELSE format(', LATERAL (SELECT @extschema@._ntk_label(source.%I) AS label) AS label', m.target) END,
			   columns, known)) AS q (encoding jsonb);
	IF encoding IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('model "%s": the source has no rows with a target', m.model);
	END IF;
	encoding := encoding || jsonb_build_object('missing', m.params -> 'missing');
	RETURN CASE WHEN m.params ->> 'shape' IS NULL THEN encoding ELSE @extschema@._ntk_picture_encoding(m, encoding) END;
END $$;
COMMENT ON FUNCTION _ntk_learn_encoding(ntk_catalog_model, text, text[]) IS
	'the encoding of the rows that have a target';

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

-- Sums the rows by every map that is to be tried. Of the best one the sums stay, the version has the map and
-- in n_skipped the rows that were left out.
CREATE FUNCTION _ntk_search(m ntk_catalog_model, v ntk_catalog_version) RETURNS ntk_catalog_version LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	best_trial int;
	asked_for @extschema@.ntk_map := v.map;
	best @extschema@.ntk_catalog_version;
	best_error float8;
	trial record;
BEGIN
	FOR trial IN SELECT t.params, t.number::int, NULL::float8 AS error
				 FROM @extschema@._ntk_trials(m.params) WITH ORDINALITY AS t (params, number) LOOP
		v.map := CASE WHEN trial.params = m.params THEN asked_for
			ELSE @extschema@._ntk_draw_map(m, v, trial.params, @extschema@.ntk_metric(asked_for)) END;
		v.n_skipped := @extschema@._ntk_collect(m, v, 'true', trial.number);
		IF m.params ->> 'search' IS NOT NULL THEN
			SELECT min(c.cv_mse) INTO trial.error
			FROM @extschema@.ntk_cv(@extschema@._ntk_folds(m.model, trial.number, '{}')) AS c;
			RAISE NOTICE 'ntk_train: kernel %, depth %, bias %, bandwidth %, n_components %: '
				'cross-validated mean squared error %',
				trial.params ->> 'kernel', trial.params -> 'depth', trial.params -> 'bias', trial.params -> 'bandwidth',
				trial.params -> 'n_components', trial.error;
		END IF;
		IF best_trial IS NULL OR trial.error < best_error THEN
			best := v;
			best_error := trial.error;
			best_trial := trial.number;
		END IF;
		DELETE FROM @extschema@.ntk_catalog_work AS w
		WHERE w.xact = pg_current_xact_id() AND w.model = m.model AND w.trial <> best_trial;
	END LOOP;
	IF m.params ->> 'window' IS NOT NULL THEN
		DELETE FROM @extschema@.ntk_catalog_work AS w
		WHERE w.xact = pg_current_xact_id() AND w.model = m.model AND w.bucket NOT IN (
			SELECT b.bucket FROM @extschema@._ntk_newest_buckets(
				ARRAY(SELECT DISTINCT k.bucket FROM @extschema@._ntk_collected(m.model, best_trial) AS k),
				(m.params ->> 'window')::int) AS b (bucket));
	END IF;
	IF NOT EXISTS (SELECT FROM @extschema@._ntk_collected(m.model, best_trial) AS c WHERE c.part >= 0) THEN
		PERFORM @extschema@._ntk_refuse_no_rows(m.model);
	END IF;
	RETURN best;
END $$;
COMMENT ON FUNCTION _ntk_search(ntk_catalog_model, ntk_catalog_version) IS
	'the version with the best of the maps that params.search asks for; stores its statistics in ntk_catalog_work';

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
	trial int;
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
	PERFORM @extschema@._ntk_check_numbers(m, known);
	v.labels := @extschema@._ntk_learn_labels(m, known);
	v.encoding := @extschema@._ntk_learn_encoding(m, known, v.labels);
	v.map := @extschema@._ntk_draw_map(m, v, m.params);
	v := @extschema@._ntk_learn_metric(m, v);
	v := @extschema@._ntk_search(m, v);
	trial := (SELECT min(w.trial) FROM @extschema@.ntk_catalog_work AS w
			  WHERE w.xact = pg_current_xact_id() AND w.model = m.model);

	v.n_rows := 0;
	v.seconds := 0;
	v.trained_at := now();
	PERFORM @extschema@._ntk_add_version(v);
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
	SELECT v.model, v.lineage, v.version, c.grp, c.bucket, least(c.part, 0), @extschema@.sum(c.gram)
	FROM @extschema@._ntk_collected(m.model, trial) AS c GROUP BY c.grp, c.bucket, least(c.part, 0);
	RETURN QUERY SELECT *
		FROM @extschema@._ntk_finish_version(m, v, @extschema@._ntk_choose_lambdas(m, trial), NULL, begun, trial);
	PERFORM @extschema@._ntk_forget_collected(m.model);
END $$;
COMMENT ON FUNCTION _ntk_new_version(ntk_catalog_model) IS
	'trains a version of a model on all rows of its source; one row per group';
