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
	uncertainty boolean;
	fitted @extschema@.ntk_model;
	error float8;
BEGIN
	FOR key IN SELECT DISTINCT s.grp FROM @extschema@._ntk_statistics(scope) AS s UNION SELECT '{}' ORDER BY 1 LOOP
		SELECT s.fitted, s.held_out INTO total, held_out FROM @extschema@._ntk_sums(scope, key) AS s;
		CONTINUE WHEN total IS NULL OR NOT @extschema@.ntk_weight(total) > 0;
		choice := coalesce(nullif(choices -> key::text, 'null'), nullif(choices -> '{}', 'null'), '{"lambda": 1}');
		uncertainty := m.task = 'regression' AND (m.params ->> 'uncertainty')::boolean
			AND @extschema@.ntk_rows(total) > 1;
		IF m.params ->> 'lambda' IS NOT NULL THEN
			fitted := @extschema@.ntk_solve(total, (choice ->> 'lambda')::float8, uncertainty);
		ELSE
			fitted := @extschema@._ntk_solve_from(total, (choice ->> 'lambda')::float8, uncertainty);
		END IF;
		error := NULL;
		IF m.log_target THEN
			NULL;		-- the statistics know of logarithms only
		ELSIF m.task = 'regression' AND @extschema@.ntk_weight(held_out) > 0 THEN
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

-- Held-out rows are for the model that serves, those of a fold for one of the other folds, so that no row is
-- scored by a model that saw it. In time that is linear in the groups.
CREATE FUNCTION _ntk_scorers(model text, version integer, with_folds boolean)
	RETURNS TABLE (grp text[], part integer, fitted ntk_model) LANGUAGE plpgsql STABLE ROWS 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own record;
	folds int[] := CASE WHEN with_folds THEN
		ARRAY(SELECT DISTINCT c.part FROM @extschema@._ntk_collected($1) AS c WHERE c.part >= 0) END;
	others @extschema@.ntk_gram;
BEGIN
	FOR own IN SELECT p.grp, p.lambda, p.fitted FROM @extschema@.ntk_catalog_part AS p
			   WHERE p.model = $1 AND p.version = $2 LOOP
		grp := own.grp;
		part := -1;
		fitted := own.fitted;
		RETURN NEXT;
		FOREACH part IN ARRAY coalesce(folds, '{}') LOOP
			IF grp = '{}' THEN
				SELECT @extschema@.sum(c.gram) INTO others FROM @extschema@._ntk_collected($1) AS c
				WHERE c.part >= 0 AND c.part <> _ntk_scorers.part;
			ELSE
				SELECT @extschema@.sum(c.gram) INTO others FROM @extschema@._ntk_collected($1) AS c
				WHERE c.grp = own.grp AND c.part >= 0 AND c.part <> _ntk_scorers.part;
			END IF;
			CONTINUE WHEN others IS NULL OR NOT @extschema@.ntk_weight(others) > 0;
			fitted := @extschema@._ntk_solve_from(others, own.lambda, false);
			RETURN NEXT;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION _ntk_scorers(text, integer, boolean) IS
	'the models that score the rows of a group in a part, to which they were not fitted';

-- The error on the rows that were held out, or where none were on the rows of all folds. Of classes it is the
-- accuracy, and probabilities are calibrated: on the folds, too, unless a table is so large that its held-out
-- rows suffice. A group that has none of these rows has the calibration of all rows.
CREATE FUNCTION _ntk_measure_parts(m ntk_catalog_model, v ntk_catalog_version)
	RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	enough constant bigint := 100000;
	holds_out boolean := @extschema@._ntk_holdout(m) > 0;
	with_folds boolean := NOT holds_out OR (m.task = 'classification' OR m.log_target) AND coalesce((
		SELECT p.n_rows < enough FROM @extschema@.ntk_catalog_part AS p
		WHERE p.model = m.model AND p.version = v.version AND p.grp = '{}'), false);
	measured text := CASE WHEN holds_out THEN 'part < 0' ELSE 'true' END;
	measures text := 'SELECT grp, sqrt(sum(weight * (y - scores[1]) ^ 2) / nullif(sum(weight), 0)), NULL::float8[], '
		'NULL::float8 FROM scored GROUP BY grp';
BEGIN
	IF m.log_target THEN		-- the mean of the predictions is that of the target
		measures := format('SELECT grp, sqrt(sum(weight * (exp(y) - exp(scores[1]) * smearing) ^ 2) FILTER (WHERE %1$s) '
			'/ nullif(sum(weight) FILTER (WHERE %1$s), 0)), NULL::float8[], max(smearing) '
			'FROM (SELECT *, sum(weight * exp(y)) OVER (PARTITION BY grp) '
			'/ nullif(sum(weight * exp(scores[1])) OVER (PARTITION BY grp), 0) AS smearing FROM scored) AS s GROUP BY grp',
			measured);
	ELSIF m.task = 'regression' AND NOT holds_out THEN
		RETURN;		-- the error of cross-validation stands
	ELSIF m.task = 'classification' THEN
		measures := format('SELECT grp, coalesce(sum(weight) FILTER (WHERE %1$s AND y = @extschema@.ntk_argmax('
			'@extschema@.ntk_calibrate(scores, calibration)) - 1), 0) / nullif(sum(weight) FILTER (WHERE %1$s), 0), '
			'max(calibration), NULL::float8 FROM (SELECT *, @extschema@.ntk_calibration(scores, y::int, weight) '
			'OVER (PARTITION BY grp) AS calibration FROM scored) AS c GROUP BY grp', measured);
	END IF;
	-- OFFSET 0: scores are sorted, not the models that make them
	UPDATE @extschema@.ntk_catalog_part AS p
	SET metric_value = q.value, calibration = q.calibration, smearing = q.smearing
	FROM @extschema@._ntk_run(m.owner,
			format('WITH scorers AS MATERIALIZED (SELECT * FROM @extschema@._ntk_scorers($3, $4, $5)), '
				'scored AS (SELECT p.grp, p.part, r.y, r.weight, @extschema@.ntk_predict_all(p.fitted, r.x) AS scores '
				'FROM (SELECT k.key, r.part, r.x, r.y, r.weight FROM %s CROSS JOIN LATERAL (VALUES (r.grp)%s) AS k (key) '
				'WHERE %s r.y IS NOT NULL AND r.x IS NOT NULL OFFSET 0) AS r '
				'JOIN scorers AS p ON p.grp = r.key AND p.part = r.part OFFSET 0) %s', @extschema@._ntk_training_rows(m),
				CASE WHEN cardinality(m.group_by) > 0 THEN ', (''{}''::text[])' END,
				CASE WHEN NOT with_folds THEN 'r.part < 0 AND' END, measures),
			v.encoding, v.labels, m.model, v.version, with_folds)
		AS q (grp text[], value float8, calibration float8[], smearing float8)
	WHERE p.model = m.model AND p.version = v.version AND p.grp = q.grp;
	IF m.task = 'classification' OR m.log_target THEN
		UPDATE @extschema@.ntk_catalog_part AS p SET (calibration, smearing) = (
			SELECT a.calibration, a.smearing FROM @extschema@.ntk_catalog_part AS a
			WHERE a.model = m.model AND a.version = v.version AND a.grp = '{}')
		WHERE p.model = m.model AND p.version = v.version AND p.calibration IS NULL AND p.smearing IS NULL;
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_measure_parts(ntk_catalog_model, ntk_catalog_version) IS
	'measures the parts of a version on rows to which they were not fitted, calibrates probabilities and means';
