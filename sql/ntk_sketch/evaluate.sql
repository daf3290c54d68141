-- How good models are.

CREATE FUNCTION _ntk_evaluation(m ntk_catalog_model, condition text) RETURNS text LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key text := CASE WHEN cardinality(m.group_by) = 0 THEN '''{}''::jsonb'
		ELSE (SELECT string_agg(format('jsonb_build_object(%s)', c.pairs), ' || ')	-- a function has at most 100 arguments
			  FROM (SELECT string_agg(format('%1$L, @extschema@._ntk_json(source.%1$I)', g), ', ') AS pairs
					FROM unnest(m.group_by) WITH ORDINALITY AS u (g, place) GROUP BY (place - 1) / 50) AS c) END;
	rows_of text := CASE WHEN condition IS NULL THEN format(E'(%s\n) AS source', m.source)
		ELSE @extschema@._ntk_rows_of(m) END;
	-- w, which is the weight of a row
	weight text := CASE WHEN m.weight IS NULL THEN '1::float8' ELSE format('coalesce(source.%I::float8, 0)', m.weight) END;
	measures text := CASE
		WHEN m.task = 'regression' AND m.weight IS NULL THEN '@extschema@.ntk_rmse(y, p) AS rmse, '
			'@extschema@.ntk_mae(y, p) AS mae, @extschema@.ntk_r2(y, p) AS r2'
		WHEN m.task = 'regression' THEN 'sqrt(sum(w * (y - p) ^ 2) / nullif(sum(w), 0)) AS rmse, '
			'sum(w * abs(y - p)) / nullif(sum(w), 0) AS mae, '
			'1 - sum(w * (y - p) ^ 2) / nullif(sum(w * (y - mean) ^ 2), 0) AS r2'
		WHEN m.weight IS NULL THEN '@extschema@.ntk_accuracy(label, predicted) AS accuracy, '
			'@extschema@.ntk_log_loss(label, p) AS log_loss'
		ELSE 'coalesce(sum(w) FILTER (WHERE label = predicted), 0) / nullif(sum(w), 0) AS accuracy, '
			'-sum(w * ln(greatest((p ->> label)::float8, 1e-15))) / nullif(sum(w), 0) AS log_loss' END;
BEGIN
	IF m.task = 'regression' THEN
		RETURN format(
			'WITH r AS MATERIALIZED (SELECT %s AS grp, source.%I::float8 AS y, '
			'@extschema@.ntk_predict($1, source.*) AS p, %s AS w FROM %s WHERE %s), '
			'known AS (SELECT *, sum(w * y) OVER (PARTITION BY grp) / nullif(sum(w) OVER (PARTITION BY grp), 0) AS mean '
			'FROM r WHERE y IS NOT NULL AND p IS NOT NULL) '
			'SELECT grp, n, metric, value FROM (SELECT grp, count(*) AS n, %s FROM known GROUP BY grp) AS s, '
			'LATERAL (VALUES (''rmse'', rmse), (''mae'', mae), (''r2'', r2)) AS t (metric, value)',
			key, m.target, weight, rows_of, coalesce(condition, 'true'), measures);
	END IF;
	RETURN format(
		'WITH scored AS MATERIALIZED ('
		'SELECT %s AS grp, @extschema@._ntk_label(source.%I) AS label, '
		'@extschema@.ntk_classify($1, source.*) AS predicted, '
		'@extschema@.ntk_proba($1, source.*) AS p, %s AS w FROM %s WHERE %s AND source.%I IS NOT NULL), '
		'known AS (SELECT * FROM scored WHERE p IS NOT NULL) '
		'SELECT grp, n, metric, value FROM ('
		'SELECT grp, count(*) AS n, %s, '
		'CASE WHEN $2 IS NOT NULL THEN @extschema@.ntk_auc(label = $2, (p ->> $2)::float8) END AS auc '
		'FROM known GROUP BY grp) AS s, '
		'LATERAL (VALUES (''accuracy'', accuracy), (''log_loss'', log_loss), (''auc'', auc)) AS t (metric, value) '
		'WHERE value IS NOT NULL '
		'UNION ALL SELECT grp, max(n), ''ece'', avg(ece) FROM ('
		'SELECT k.grp, count(*) AS n, @extschema@.ntk_ece(k.label = c.label, c.p::float8) AS ece '
		'FROM known AS k, jsonb_each_text(k.p) AS c (label, p) GROUP BY k.grp, c.label) AS e GROUP BY grp '
		'UNION ALL SELECT grp, sum(count(*)) OVER (PARTITION BY grp)::bigint, '
		'format(''confusion: %%s as %%s'', label, predicted), count(*)::float8 '
		'FROM known GROUP BY grp, label, predicted',
		key, m.target, weight, rows_of, coalesce(condition, 'true'), m.target, measures);
END $$;
COMMENT ON FUNCTION _ntk_evaluation(ntk_catalog_model, text) IS
	'the query that measures a model on the rows of its source that meet a condition; '
	'if the condition is NULL, on all columns and rows of any source';

CREATE FUNCTION _ntk_evaluate(model text, source text)
	RETURNS TABLE (grp jsonb, n bigint, metric text, value double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@._ntk_model($1);
	types jsonb;
	condition text;
	positive text;
BEGIN
	IF $2 IS NOT NULL THEN
		types := @extschema@._ntk_types($2);
		IF NOT types ? m.target THEN
			RAISE undefined_column
				USING MESSAGE = format('the source has no column "%s", the target of model "%s"', m.target, m.model);
		END IF;
		PERFORM @extschema@._ntk_check_numbers_of(m, types);
		m.source := $2;
		m.owner := NULL;
		m.weight := CASE WHEN types ? m.weight THEN m.weight END;
	ELSE
		m := @extschema@._ntk_with_own_source(m, 'ntk_evaluate(model, source)');
		condition := 'true';
		IF @extschema@._ntk_holdout(m) > 0 THEN
			condition := @extschema@._ntk_is_held_out(m);
		ELSE
			RAISE NOTICE 'ntk_evaluate: no rows were held out, so these are the rows that the model was trained on';
		END IF;
	END IF;
	SELECT v.labels[2] INTO positive FROM @extschema@.ntk_catalog_version AS v
	WHERE v.model = m.model AND v.version = m.deployed AND cardinality(v.labels) = 2;
	RETURN QUERY SELECT q.*
		FROM @extschema@._ntk_run(m.owner, @extschema@._ntk_evaluation(m, condition), m.model, positive)
		AS q (grp jsonb, n bigint, metric text, value double precision);
END $$;
COMMENT ON FUNCTION _ntk_evaluate(text, text) IS
	'ntk_evaluate for a source whose names do not depend on the search_path';

CREATE FUNCTION ntk_evaluate(model text, source text DEFAULT NULL)
	RETURNS TABLE (grp jsonb, n bigint, metric text, value double precision) LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_evaluate($1, @extschema@._ntk_source_query($2))$$;
COMMENT ON FUNCTION ntk_evaluate(text, text) IS
	'measures the version of a model that serves on the held-out rows, or on those of a source; '
	'rmse, mae, r2, accuracy and log_loss weigh rows as training does; '
	'one row per group and metric: rmse, mae, r2, or accuracy, log_loss, auc, ece '
	'(ntk_ece, the mean over classes) and confusion counts';
