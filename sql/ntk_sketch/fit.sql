-- From statistics to fitted parts of a version: penalties, fits, errors.

-- The penalty of every group and, with groups, of all rows together, by cross-validation over the folds
-- in ntk_catalog_work. {group: {"lambda", "mse", "se"}}; the given lambda where there is one.
CREATE FUNCTION _ntk_choose_lambdas(m ntk_catalog_model) RETURNS jsonb LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	choices jsonb := '{}';
	entries jsonb[] := '{}';
	key text[];
	folds @extschema@.ntk_gram[];
	choice jsonb;
BEGIN
	FOR key IN SELECT DISTINCT c.grp FROM @extschema@._ntk_collected(m.model) AS c UNION SELECT '{}' LOOP
		choice := NULL;
		IF m.params ->> 'lambda' IS NOT NULL THEN
			choice := jsonb_build_object('lambda', m.params -> 'lambda');
		ELSE
			folds := @extschema@._ntk_folds(m.model, key);
			IF cardinality(folds) > 1 THEN
				SELECT jsonb_build_object('lambda', lambda, 'mse', cv_mse, 'se', cv_se) INTO choice
				FROM @extschema@.ntk_cv(folds) ORDER BY cv_mse, lambda DESC LIMIT 1;
			END IF;
		END IF;
		entries := entries || jsonb_build_object(key::text, choice);
	END LOOP;
	SELECT jsonb_object_agg(e.key, e.value) INTO choices FROM unnest(entries) AS entry, jsonb_each(entry) AS e;
	RETURN choices;
END $$;
COMMENT ON FUNCTION _ntk_choose_lambdas(ntk_catalog_model) IS
	'the penalties of the groups of a version, chosen by cross-validation where none is given';

-- Fits every group of a version and, with groups, all rows together. A group without a penalty, which
-- had too few rows to choose one or was not there, has that of all rows.
CREATE FUNCTION _ntk_fit_parts(m ntk_catalog_model, v ntk_catalog_version, choices jsonb) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	scope @extschema@._ntk_scope := @extschema@._ntk_scope_of(m, v);
	key text[];
	choice jsonb;
	held_out @extschema@.ntk_gram;
	total @extschema@.ntk_gram;
	fitted @extschema@.ntk_model;
	error float8;
BEGIN
	FOR key IN SELECT DISTINCT s.grp FROM @extschema@._ntk_statistics(scope) AS s UNION SELECT '{}' ORDER BY 1 LOOP
		SELECT s.fitted, s.held_out INTO total, held_out FROM @extschema@._ntk_sums(scope, key) AS s;
		CONTINUE WHEN total IS NULL OR NOT @extschema@.ntk_weight(total) > 0;
		choice := coalesce(nullif(choices -> key::text, 'null'), nullif(choices -> '{}', 'null'), '{"lambda": 1}');
		fitted := @extschema@.ntk_solve(total, (choice ->> 'lambda')::float8,
										m.task = 'regression' AND (m.params ->> 'uncertainty')::boolean);
		error := NULL;
		IF m.task = 'regression' AND @extschema@.ntk_weight(held_out) > 0 THEN
			error := sqrt((@extschema@.ntk_mse(fitted, held_out))[1]);
		ELSIF m.task = 'regression' AND choices ? key::text THEN
			error := sqrt((choice ->> 'mse')::float8);
		END IF;
		INSERT INTO @extschema@.ntk_catalog_part
			(model, version, grp, n_rows, n_skipped, lambda, cv_mse, cv_se, metric_value, fitted)
		VALUES (m.model, v.version, key, @extschema@.ntk_rows(total),
				@extschema@.ntk_skipped(total) + coalesce(@extschema@.ntk_skipped(held_out), 0),
				@extschema@.ntk_lambda(fitted), (choice ->> 'mse')::float8, (choice ->> 'se')::float8, error, fitted);
	END LOOP;
END $$;
COMMENT ON FUNCTION _ntk_fit_parts(ntk_catalog_model, ntk_catalog_version, jsonb) IS
	'fits the parts of a version to its statistics, with the penalties of _ntk_choose_lambdas';

-- The error on the rows that were held out, of classes the accuracy and the temperature of probabilities.
-- Where none were, models without the first fold are measured on it.
CREATE FUNCTION _ntk_measure_parts(m ntk_catalog_model, v ntk_catalog_version)
	RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	grouped boolean := cardinality(m.group_by) > 0;
	measured_part int := CASE WHEN @extschema@._ntk_holdout(m) > 0 THEN -1 ELSE 0 END;
	scorers text := 'SELECT p.grp, p.fitted FROM @extschema@.ntk_catalog_part AS p WHERE p.model = $3 AND p.version = $4';
	measures text := 'sqrt(sum(weight * (y - scores[1]) ^ 2) / nullif(sum(weight), 0)) AS value, '
		'NULL::float8 AS temperature';
BEGIN
	IF m.task = 'regression' AND measured_part = 0 THEN
		RETURN;		-- the error of cross-validation stands
	END IF;
	IF measured_part = 0 THEN
		scorers := format('SELECT p.grp, @extschema@.ntk_solve(s.gram, p.lambda) AS fitted '
			'FROM @extschema@.ntk_catalog_part AS p JOIN '
			'(SELECT w.grp, @extschema@.sum(w.gram) AS gram FROM @extschema@._ntk_collected($3) AS w '
			'WHERE w.part > 0 GROUP BY w.grp '
			'%s) AS s USING (grp) WHERE p.model = $3 AND p.version = $4',
			CASE WHEN grouped THEN 'UNION ALL SELECT ''{}'', @extschema@.sum(w.gram) '
				'FROM @extschema@._ntk_collected($3) AS w WHERE w.part > 0' END);
	END IF;
	IF m.task = 'classification' THEN
		measures := 'coalesce(sum(weight) FILTER (WHERE y = @extschema@.ntk_argmax(scores) - 1), 0) '
			'/ nullif(sum(weight), 0) AS value, '
			'@extschema@.ntk_temperature(scores, y::int) AS temperature';
	END IF;
	UPDATE @extschema@.ntk_catalog_part AS p SET metric_value = q.value, temperature = q.temperature
	FROM @extschema@._ntk_run(m.owner,
			format('WITH scorers AS MATERIALIZED (%s), '
				'scored AS (SELECT p.grp, r.y, r.weight, @extschema@.ntk_predict_all(p.fitted, r.x) AS scores FROM %s '
				'CROSS JOIN LATERAL (VALUES (r.grp)%s) AS k (key) JOIN scorers AS p ON p.grp = k.key '
				'WHERE r.part = $5 AND r.y IS NOT NULL AND r.x IS NOT NULL) '
				'SELECT grp, %s FROM scored GROUP BY grp', scorers, @extschema@._ntk_training_rows(m),
				CASE WHEN grouped THEN ', (''{}''::text[])' END, measures),
			v.encoding, v.labels, m.model, v.version, measured_part) AS q (grp text[], value float8, temperature float8)
	WHERE p.model = m.model AND p.version = v.version AND p.grp = q.grp;
END $$;
COMMENT ON FUNCTION _ntk_measure_parts(ntk_catalog_model, ntk_catalog_version) IS
	'measures the parts of a version on the held-out rows, and calibrates probabilities';
