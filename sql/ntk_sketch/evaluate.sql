-- How good models are, and which columns matter to them.

CREATE FUNCTION _ntk_evaluation(m ntk_catalog_model, condition text) RETURNS text LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key text := CASE WHEN cardinality(m.group_by) = 0 THEN '''{}''::jsonb'
		ELSE (SELECT string_agg(format('jsonb_build_object(%s)', c.pairs), ' || ')	-- a function has at most 100 arguments
			  FROM (SELECT string_agg(format('%1$L, @extschema@._ntk_json(source.%1$I)', g), ', ') AS pairs
					FROM unnest(m.group_by) WITH ORDINALITY AS u (g, place) GROUP BY (place - 1) / 50) AS c) END;
	rows_of text := CASE WHEN condition IS NULL THEN format(E'(%s\n) AS source', m.source) ELSE @extschema@.ntk_rows_of(m) END;
BEGIN
	IF m.task = 'regression' THEN
		RETURN format(
			'WITH r AS MATERIALIZED (SELECT %s AS grp, source.%I::float8 AS y, @extschema@.ntk_predict($1, source.*) AS p FROM %s WHERE %s) '
			'SELECT grp, n, metric, value FROM (SELECT grp, count(*) AS n, @extschema@.ntk_rmse(y, p) AS rmse, @extschema@.ntk_mae(y, p) AS mae, '
			'@extschema@.ntk_r2(y, p) AS r2 FROM r WHERE y IS NOT NULL AND p IS NOT NULL GROUP BY grp) AS s, '
			'LATERAL (VALUES (''rmse'', rmse), (''mae'', mae), (''r2'', r2)) AS t (metric, value)',
			key, m.target, rows_of, coalesce(condition, 'true'));
	END IF;
	RETURN format(
		'WITH scored AS MATERIALIZED (SELECT %s AS grp, @extschema@._ntk_label(source.%I) AS label, @extschema@.ntk_classify($1, source.*) AS predicted, '
		'@extschema@.ntk_proba($1, source.*) AS p FROM %s WHERE %s AND source.%2$I IS NOT NULL), '
		'known AS (SELECT * FROM scored WHERE p IS NOT NULL) '
		'SELECT grp, n, metric, value FROM (SELECT grp, count(*) AS n, @extschema@.ntk_accuracy(label, predicted) AS accuracy, '
		'@extschema@.ntk_log_loss(label, p) AS log_loss, '
		'CASE WHEN $2 IS NOT NULL THEN @extschema@.ntk_auc(label = $2, (p ->> $2)::float8) END AS auc FROM known GROUP BY grp) AS s, '
		'LATERAL (VALUES (''accuracy'', accuracy), (''log_loss'', log_loss), (''auc'', auc)) AS t (metric, value) WHERE value IS NOT NULL '
		'UNION ALL SELECT grp, sum(count(*)) OVER (PARTITION BY grp)::bigint, format(''confusion: %%s as %%s'', label, predicted), '
		'count(*)::float8 FROM known GROUP BY grp, label, predicted',
		key, m.target, rows_of, coalesce(condition, 'true'));
END $$;
COMMENT ON FUNCTION _ntk_evaluation(ntk_catalog_model, text) IS
	'the query that measures a model on the rows of its source that fulfil a condition; NULL: on all columns of all rows of any source';

CREATE FUNCTION _ntk_evaluate(model text, source text)
	RETURNS TABLE (grp jsonb, n bigint, metric text, value double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
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
			RAISE undefined_column USING MESSAGE = format('the source has no column "%s", the target of model "%s"', m.target, m.model);
		END IF;
		PERFORM @extschema@._ntk_check_numbers_of(m, types);
		m.source := $2;
		m.owner := NULL;
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
	RETURN QUERY SELECT q.* FROM @extschema@._ntk_run(m.owner, @extschema@._ntk_evaluation(m, condition), m.model, positive)
		AS q (grp jsonb, n bigint, metric text, value double precision);
END $$;
COMMENT ON FUNCTION _ntk_evaluate(text, text) IS 'ntk_evaluate, for a source that does not depend on the search_path';

CREATE FUNCTION ntk_evaluate(model text, source text DEFAULT NULL)
	RETURNS TABLE (grp jsonb, n bigint, metric text, value double precision) LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_evaluate($1, @extschema@.ntk_source_query($2))$$;
COMMENT ON FUNCTION ntk_evaluate(text, text) IS
	'measures the version of a model that serves on the rows that were held out, or on those of a source: '
	'rmse, mae, r2, or accuracy, log_loss, auc, confusion counts';

CREATE FUNCTION _ntk_importance(model text, source text, repeats integer)
	RETURNS TABLE (feature text, importance double precision, deviation double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@._ntk_model($1);
	types jsonb;
	names text[];
	place text := 'ntk_row';		-- a column that the source does not have
	measure text;
	column_list text;
	base float8;
	shuffled float8;
	losses float8[];
BEGIN
	IF $2 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source must not be null';
	ELSIF $3 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'repeats must not be null';
	ELSIF $3 NOT BETWEEN 1 AND 1000 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('repeats must be between 1 and 1000, not %s', $3);
	END IF;
	types := @extschema@._ntk_types($2);
	names := ARRAY(SELECT jsonb_object_keys(types));
	IF NOT types ? m.target THEN
		RAISE undefined_column USING MESSAGE = format('the source has no column "%s", the target of model "%s"', m.target, m.model);
	END IF;
	PERFORM @extschema@._ntk_check_numbers_of(m, types);
	WHILE place = ANY (names) LOOP
		place := place || '_';
	END LOOP;
	IF to_regclass('pg_temp.ntk_sketch_rows') IS NOT NULL THEN
		DROP TABLE pg_temp.ntk_sketch_rows;
	END IF;
	EXECUTE format(E'CREATE TEMP TABLE ntk_sketch_rows ON COMMIT DROP AS SELECT row_number() OVER () AS %I, source.* '
				   'FROM (%s\n) AS source WHERE source.%I IS NOT NULL', place, $2, m.target);
	measure := format(CASE m.task WHEN 'regression' THEN '@extschema@.ntk_rmse(r.%I::float8, @extschema@.ntk_predict($1, r.*))'
		ELSE '1 - @extschema@.ntk_accuracy(@extschema@._ntk_label(r.%I), @extschema@.ntk_classify($1, r.*))' END, m.target);
	EXECUTE format('SELECT %s FROM pg_temp.ntk_sketch_rows AS r', measure) INTO base USING m.model;
	FOREACH feature IN ARRAY m.features LOOP
		losses := '{}';
		SELECT string_agg(format(CASE WHEN c = feature THEN 'other.%I' ELSE 'this.%I' END, c), ', ') INTO column_list
		FROM unnest(names) AS c;
		FOR i IN 1 .. $3 LOOP
			EXECUTE format('SELECT %s FROM (SELECT %s FROM pg_temp.ntk_sketch_rows AS this JOIN '
						   '(SELECT row_number() OVER (ORDER BY random()) AS %4$I, %3$I FROM pg_temp.ntk_sketch_rows) AS other USING (%4$I)) AS r',
						   measure, column_list, feature, place) INTO shuffled USING m.model;
			losses := losses || shuffled;
		END LOOP;
		SELECT avg(l) - base, stddev_samp(l) INTO importance, deviation FROM unnest(losses) AS l;
		RETURN NEXT;
	END LOOP;
	DROP TABLE pg_temp.ntk_sketch_rows;
END $$;
COMMENT ON FUNCTION _ntk_importance(text, text, integer) IS 'ntk_importance, for a source that does not depend on the search_path';

CREATE FUNCTION ntk_importance(model text, source text, repeats integer DEFAULT 5)
	RETURNS TABLE (feature text, importance double precision, deviation double precision) LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_importance($1, @extschema@.ntk_source_query($2), $3)$$;
COMMENT ON FUNCTION ntk_importance(text, text, integer) IS
	'by how much the error (rmse, or the share of wrong classes) on the rows of a source grows when the values of a column '
	'are shuffled, and the standard deviation over repeats';

-- What an encoding makes of columns, in the order of its numbers (encoding.h).
CREATE FUNCTION ntk_inputs(encoding jsonb) RETURNS TABLE (place integer, feature text, input text) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT row_number() OVER (ORDER BY at, kind_order, part, half)::int, name, input
	FROM (SELECT $1 WHERE @extschema@._ntk_encoding_inputs($1) > 0) AS e (encoding),
		jsonb_array_elements(encoding -> 'columns') WITH ORDINALITY AS c (c, at), LATERAL (SELECT c ->> 'name') AS n (name), LATERAL (
		SELECT 1, 1::bigint, 1, name WHERE c ->> 'kind' IN ('number', 'boolean')
		UNION ALL SELECT 1, l.part, 1, name || ' = ' || l.level FROM jsonb_array_elements_text(c -> 'levels') WITH ORDINALITY AS l (level, part)
		UNION ALL SELECT 2, 1, 1, name || ' = other' WHERE (c ->> 'other')::boolean
		UNION ALL SELECT 1, p.part, half, CASE WHEN p.p ->> 'part' = 'epoch' THEN name ELSE format('%s(%s of %s)', (ARRAY['sin', 'cos'])[half], p.p ->> 'part', name) END
			FROM jsonb_array_elements(c -> 'parts') WITH ORDINALITY AS p (p, part), generate_series(1, CASE WHEN p.p ->> 'part' = 'epoch' THEN 1 ELSE 2 END) AS half
		UNION ALL SELECT 1, e, 1, format('%s[%s]', name, e) FROM generate_series(1, (c ->> 'length')::bigint) AS e
		UNION ALL SELECT 3, 1, 1, name || ' is null' WHERE (c ->> 'missing')::boolean
	) AS i (kind_order, part, half, input)
$$;
COMMENT ON FUNCTION ntk_inputs(jsonb) IS 'the numbers that ntk_encode makes of a row with this encoding, by the columns they come from: a level of a category, the element of an array, the phase of a cycle, an indicator of NULLs';

-- The version of a model that serves, which must have a metric.
CREATE FUNCTION ntk_version_with_metric(model text) RETURNS ntk_catalog_version LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v @extschema@.ntk_catalog_version;
BEGIN
	SELECT c.* INTO v FROM @extschema@.ntk_catalog_model AS m JOIN @extschema@.ntk_catalog_version AS c ON c.model = m.model AND c.version = m.deployed WHERE m.model = $1;
	IF NOT FOUND THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist, or no version of it serves', $1);
	ELSIF @extschema@.ntk_metric_root(v.map) IS NULL THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('version %s of model "%s" has no learned metric', v.version, $1),
			DETAIL = CASE WHEN v.rounds IS NULL THEN 'It was trained without rounds.' ELSE 'No round was better than the fixed kernel.' END,
			HINT = 'ntk_importance with a source shuffles columns, which needs no metric.';
	END IF;
	RETURN v;
END $$;
COMMENT ON FUNCTION ntk_version_with_metric(text) IS 'the version of a model that serves; an error if its map has no metric';

CREATE FUNCTION ntk_importance(model text) RETURNS TABLE (feature text, importance double precision) LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH v AS (SELECT map, encoding FROM @extschema@.ntk_version_with_metric($1)),
	t AS MATERIALIZED (SELECT @extschema@.ntk_metric_root(map) AS t FROM v),
	squares AS (SELECT 1 + (place - 1) % (SELECT (encoding ->> 'inputs')::int FROM v) AS place, sum(e ^ 2) AS square FROM t, unnest(t) WITH ORDINALITY AS e (e, place) GROUP BY 1)
	SELECT i.feature, 100 * sum(s.square) / sum(sum(s.square)) OVER () FROM v, @extschema@.ntk_inputs(v.encoding) AS i JOIN squares AS s USING (place)
	GROUP BY i.feature ORDER BY 2 DESC, 1
$$;
COMMENT ON FUNCTION ntk_importance(text) IS
	'the diagonal of the metric that a model has learned, summed over the inputs of each column, in percent: how much predictions vary with it';

CREATE FUNCTION ntk_directions(model text, k integer DEFAULT 3)
	RETURNS TABLE (direction integer, share double precision, feature text, input text, weight double precision) LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v @extschema@.ntk_catalog_version;
	t float8[];
	inputs int;
BEGIN
	IF $2 IS NULL OR $2 < 1 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('k must be positive, not %s', coalesce($2::text, 'null'));
	END IF;
	v := @extschema@.ntk_version_with_metric($1);
	t := @extschema@.ntk_metric_root(v.map);
	inputs := (v.encoding ->> 'inputs')::int;
	RETURN QUERY
		WITH numbers AS (		-- of a diagonal metric a direction is an input
			SELECT CASE array_ndims(t) WHEN 1 THEN n.at ELSE 1 + (n.at - 1) / inputs END AS line, (1 + (n.at - 1) % inputs)::int AS place, n.number FROM unnest(t) WITH ORDINALITY AS n (number, at)),
		lines AS (SELECT line, sum(number ^ 2) AS square, sum(sum(number ^ 2)) OVER () AS total, row_number() OVER (ORDER BY sum(number ^ 2) DESC, line) AS direction FROM numbers GROUP BY line)
		SELECT l.direction::int, 100 * l.square / l.total, i.feature, i.input, n.number / sqrt(l.square)
		FROM lines AS l JOIN numbers AS n USING (line) JOIN @extschema@.ntk_inputs(v.encoding) AS i USING (place)
		WHERE l.direction <= $2 AND l.square > 0 ORDER BY l.direction, abs(n.number) DESC, place;
END $$;
COMMENT ON FUNCTION ntk_directions(text, integer) IS
	'the k directions of inputs along which a model varies most, eigenvectors of its metric: the share of each, in percent, and its weights, largest first';
