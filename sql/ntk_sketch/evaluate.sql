-- How good models are, and which columns matter to them.

CREATE FUNCTION ntk_evaluate_in(path text, model text, source text)
	RETURNS TABLE (grp jsonb, n bigint, metric text, value double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model;
	condition text := 'true';
	held_out int;
	key text;
	positive text;
BEGIN
	SELECT c.* INTO m FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $2;
	IF NOT FOUND THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist', $2);
	END IF;
	IF $3 IS NULL THEN
		held_out := ceil(1000 * (m.params ->> 'holdout')::float8);
		path := m.search_path;
		IF held_out > 0 THEN
			condition := format('@extschema@.ntk_fold(source.*, 1000) < %s', held_out);
		ELSE
			RAISE NOTICE 'ntk_evaluate: no rows were held out, so these are the rows that the model was trained on';
		END IF;
	END IF;
	key := CASE WHEN cardinality(m.group_by) = 0 THEN '''{}''::jsonb' ELSE (SELECT format('jsonb_build_object(%s)', string_agg(format('%1$L, source.%1$I', g), ', ')) FROM unnest(m.group_by) AS g) END;
	SELECT v.labels[2] INTO positive FROM @extschema@.ntk_catalog_version AS v WHERE v.model = m.model AND v.version = m.deployed AND cardinality(v.labels) = 2;

	PERFORM set_config('search_path', path, true);
	IF m.task = 'regression' THEN
		RETURN QUERY EXECUTE pg_catalog.format(
			'WITH r AS MATERIALIZED (SELECT %s AS grp, source.%I::float8 AS y, @extschema@.ntk_predict($1, source.*) AS p FROM %s WHERE %s) '
			'SELECT grp, n, metric, value FROM (SELECT grp, pg_catalog.count(*) AS n, @extschema@.ntk_rmse(y, p) AS rmse, @extschema@.ntk_mae(y, p) AS mae, @extschema@.ntk_r2(y, p) AS r2 '
			'FROM r WHERE y IS NOT NULL AND p IS NOT NULL GROUP BY grp) AS s, LATERAL (VALUES (''rmse'', rmse), (''mae'', mae), (''r2'', r2)) AS t (metric, value)',
			key, m.target, CASE WHEN $3 IS NULL THEN @extschema@.ntk_rows_of(m) ELSE pg_catalog.format(E'(%s\n) AS source', @extschema@.ntk_source_query($3)) END, condition) USING m.model;
	ELSE
		RETURN QUERY EXECUTE pg_catalog.format(
			'WITH scored AS MATERIALIZED (SELECT %s AS grp, source.%I::text AS label, @extschema@.ntk_classify($1, source.*) AS predicted, @extschema@.ntk_proba($1, source.*) AS p '
			'FROM %s WHERE %s AND source.%2$I IS NOT NULL), '
			'known AS (SELECT * FROM scored WHERE p IS NOT NULL) '
			'SELECT grp, n, metric, value FROM (SELECT grp, pg_catalog.count(*) AS n, @extschema@.ntk_accuracy(label, predicted) AS accuracy, @extschema@.ntk_log_loss(label, p) AS log_loss, '
			'CASE WHEN $2 IS NOT NULL THEN @extschema@.ntk_auc(label = $2, (p ->> $2)::float8) END AS auc FROM known GROUP BY grp) AS s, '
			'LATERAL (VALUES (''accuracy'', accuracy), (''log_loss'', log_loss), (''auc'', auc)) AS t (metric, value) WHERE value IS NOT NULL '
			'UNION ALL SELECT grp, pg_catalog.sum(pg_catalog.count(*)) OVER (PARTITION BY grp)::bigint, pg_catalog.format(''confusion: %%s as %%s'', label, predicted), pg_catalog.count(*)::float8 '
			'FROM known GROUP BY grp, label, predicted',
			key, m.target, CASE WHEN $3 IS NULL THEN @extschema@.ntk_rows_of(m) ELSE pg_catalog.format(E'(%s\n) AS source', @extschema@.ntk_source_query($3)) END, condition) USING m.model, positive;
	END IF;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
END $$;
COMMENT ON FUNCTION ntk_evaluate_in(text, text, text) IS 'ntk_evaluate, for names in this search_path';

CREATE FUNCTION ntk_evaluate(model text, source text DEFAULT NULL)
	RETURNS TABLE (grp jsonb, n bigint, metric text, value double precision) LANGUAGE sql
	AS $$SELECT * FROM @extschema@.ntk_evaluate_in(pg_catalog.current_setting('search_path'), $1, $2)$$;
COMMENT ON FUNCTION ntk_evaluate(text, text) IS
	'measures the version of a model that serves on the rows that were held out, or on those of a source: rmse, mae, r2, or accuracy, log_loss, auc, confusion counts';

CREATE FUNCTION ntk_importance_in(path text, model text, source text, repeats integer)
	RETURNS TABLE (feature text, importance double precision, deviation double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model;
	measure text;
	column_list text;
	base float8;
	shuffled float8;
	losses float8[];
BEGIN
	SELECT c.* INTO m FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $2;
	IF NOT FOUND THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist', $2);
	ELSIF $3 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source must not be null';
	ELSIF $4 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'repeats must not be null';
	ELSIF $4 NOT BETWEEN 1 AND 1000 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('repeats must be between 1 and 1000, not %s', $4);
	END IF;
	IF to_regclass('pg_temp.ntk_sketch_rows') IS NOT NULL THEN
		DROP TABLE pg_temp.ntk_sketch_rows;
	END IF;
	PERFORM set_config('search_path', path, true);
	EXECUTE pg_catalog.format('CREATE TEMP TABLE ntk_sketch_rows ON COMMIT DROP AS SELECT pg_catalog.row_number() OVER () AS ntk_row, source.* FROM (%s' || E'\n) AS source WHERE source.%I IS NOT NULL',
							  @extschema@.ntk_source_query($3), m.target);
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	measure := format(CASE m.task WHEN 'regression' THEN '@extschema@.ntk_rmse(r.%I::float8, @extschema@.ntk_predict($1, r.*))'
		ELSE '1 - @extschema@.ntk_accuracy(r.%I::text, @extschema@.ntk_classify($1, r.*))' END, m.target);
	EXECUTE format('SELECT %s FROM pg_temp.ntk_sketch_rows AS r', measure) INTO base USING m.model;
	FOREACH feature IN ARRAY m.features LOOP
		losses := '{}';
		SELECT string_agg(CASE WHEN a.attname = feature THEN format('other.%I', a.attname) ELSE format('this.%I', a.attname) END, ', ' ORDER BY a.attnum) INTO column_list
		FROM pg_attribute AS a WHERE a.attrelid = 'pg_temp.ntk_sketch_rows'::regclass AND a.attnum > 1 AND NOT a.attisdropped;
		FOR i IN 1 .. $4 LOOP
			EXECUTE format('SELECT %s FROM (SELECT %s FROM pg_temp.ntk_sketch_rows AS this JOIN (SELECT row_number() OVER (ORDER BY random()) AS ntk_row, %I FROM pg_temp.ntk_sketch_rows) AS other USING (ntk_row)) AS r',
						   measure, column_list, feature) INTO shuffled USING m.model;
			losses := losses || shuffled;
		END LOOP;
		SELECT avg(l) - base, stddev_samp(l) INTO importance, deviation FROM unnest(losses) AS l;
		RETURN NEXT;
	END LOOP;
	DROP TABLE pg_temp.ntk_sketch_rows;
END $$;
COMMENT ON FUNCTION ntk_importance_in(text, text, text, integer) IS 'ntk_importance, for names in this search_path';

CREATE FUNCTION ntk_importance(model text, source text, repeats integer DEFAULT 5)
	RETURNS TABLE (feature text, importance double precision, deviation double precision) LANGUAGE sql
	AS $$SELECT * FROM @extschema@.ntk_importance_in(pg_catalog.current_setting('search_path'), $1, $2, $3)$$;
COMMENT ON FUNCTION ntk_importance(text, text, integer) IS
	'by how much the error (rmse, or the share of wrong classes) on the rows of a source grows when the values of a column are shuffled, and the standard deviation over repeats';
