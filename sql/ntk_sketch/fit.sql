-- From statistics to a version that serves: penalties, fits, errors, and whether it is better.

-- The penalty of every group and, with groups, of all rows together, by cross-validation over the folds
-- in ntk_catalog_work. {group: {"lambda", "mse", "se"}}; the given lambda where there is one.
CREATE FUNCTION ntk_choose_lambdas(m ntk_catalog_model, trial integer) RETURNS jsonb LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	choices jsonb := '{}';
	entries jsonb[] := '{}';
	key text[];
	folds @extschema@.ntk_gram[];
	choice jsonb;
BEGIN
	FOR key IN SELECT DISTINCT c.grp FROM @extschema@._ntk_collected(m.model, trial) AS c UNION SELECT '{}' LOOP
		choice := NULL;
		IF m.params ->> 'lambda' IS NOT NULL THEN
			choice := jsonb_build_object('lambda', m.params -> 'lambda');
		ELSE
			folds := @extschema@._ntk_folds(m.model, trial, key);
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
COMMENT ON FUNCTION ntk_choose_lambdas(ntk_catalog_model, integer) IS
	'the penalties of the groups of a version, by cross-validation where none is given';

-- Fits every group of a version and, with groups, all rows together. A group without a penalty, which
-- had too few rows to choose one or was not there, has that of all rows.
CREATE FUNCTION ntk_fit_parts(m ntk_catalog_model, v ntk_catalog_version, choices jsonb) RETURNS void LANGUAGE plpgsql
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
COMMENT ON FUNCTION ntk_fit_parts(ntk_catalog_model, ntk_catalog_version, jsonb) IS
	'fits the parts of a version to its statistics, with the penalties of ntk_choose_lambdas';

-- The error on the rows that were held out, of classes the accuracy and the temperature of probabilities.
-- Where none were, models without the first fold are measured on it.
CREATE FUNCTION ntk_measure_parts(m ntk_catalog_model, v ntk_catalog_version, trial integer) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	grouped boolean := cardinality(m.group_by) > 0;
	measured_part int := CASE WHEN @extschema@._ntk_holdout(m) > 0 THEN -1 ELSE 0 END;
	scorers text := 'SELECT p.grp, p.fitted FROM @extschema@.ntk_catalog_part AS p WHERE p.model = $3 AND p.version = $4';
	measures text := 'sqrt(sum(weight * (y - scores[1]) ^ 2) / nullif(sum(weight), 0)) AS value, NULL::float8 AS temperature';
BEGIN
	IF m.task = 'regression' AND measured_part = 0 THEN
		RETURN;		-- the error of cross-validation stands
	END IF;
	IF measured_part = 0 THEN
		scorers := format('SELECT p.grp, @extschema@.ntk_solve(s.gram, p.lambda) AS fitted FROM @extschema@.ntk_catalog_part AS p JOIN '
			'(SELECT w.grp, @extschema@.sum(w.gram) AS gram FROM @extschema@._ntk_collected($3, $6) AS w WHERE w.part > 0 GROUP BY w.grp '
			'%s) AS s USING (grp) WHERE p.model = $3 AND p.version = $4',
			CASE WHEN grouped THEN 'UNION ALL SELECT ''{}'', @extschema@.sum(w.gram) FROM @extschema@._ntk_collected($3, $6) AS w WHERE w.part > 0' END);
	END IF;
	IF m.task = 'classification' THEN
		measures := 'coalesce(sum(weight) FILTER (WHERE y = @extschema@.ntk_argmax(scores) - 1), 0) / nullif(sum(weight), 0) AS value, '
			'@extschema@.ntk_temperature(scores, y::int) AS temperature';
	END IF;
	UPDATE @extschema@.ntk_catalog_part AS p SET metric_value = q.value, temperature = q.temperature
	FROM @extschema@._ntk_run(m.owner,
			format('WITH scorers AS MATERIALIZED (%s), '
				'scored AS (SELECT p.grp, r.y, r.weight, @extschema@.ntk_predict_all(p.fitted, r.x) AS scores FROM %s '
				'CROSS JOIN LATERAL (VALUES (r.grp)%s) AS k (key) JOIN scorers AS p ON p.grp = k.key '
				'WHERE r.part = $5 AND r.y IS NOT NULL AND r.x IS NOT NULL) '
				'SELECT grp, %s FROM scored GROUP BY grp', scorers, @extschema@.ntk_training_rows(m),
				CASE WHEN grouped THEN ', (''{}''::text[])' END, measures),
			v.encoding, v.labels, m.model, v.version, measured_part, trial) AS q (grp text[], value float8, temperature float8)
	WHERE p.model = m.model AND p.version = v.version AND p.grp = q.grp;
END $$;
COMMENT ON FUNCTION ntk_measure_parts(ntk_catalog_model, ntk_catalog_version, integer) IS
	'measures a version''s parts on the rows that were held out, and calibrates probabilities';

-- On the rows that were held out of the same statistics, weighted by their number in each group.
CREATE FUNCTION _ntk_held_out_errors(m ntk_catalog_model, v ntk_catalog_version, OUT old_value float8, OUT new_value float8)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT sum(held_out.weight * before.mse), sum(held_out.weight * after.mse)
	FROM (SELECT s.grp, @extschema@.sum(s.gram) AS gram, @extschema@.ntk_weight(@extschema@.sum(s.gram)) AS weight
		  FROM @extschema@._ntk_statistics(@extschema@._ntk_scope_of(m, v)) AS s WHERE s.part = -1 GROUP BY s.grp) AS held_out
		JOIN @extschema@.ntk_catalog_part AS old ON old.model = m.model AND old.version = m.deployed AND old.grp = held_out.grp
		JOIN @extschema@.ntk_catalog_part AS new ON new.model = m.model AND new.version = v.version AND new.grp = held_out.grp,
		LATERAL (SELECT avg(e) AS mse FROM unnest(@extschema@.ntk_mse(old.fitted, held_out.gram)) AS e) AS before,
		LATERAL (SELECT avg(e) AS mse FROM unnest(@extschema@.ntk_mse(new.fitted, held_out.gram)) AS e) AS after
$$;
COMMENT ON FUNCTION _ntk_held_out_errors(ntk_catalog_model, ntk_catalog_version) IS
	'the mean squared errors, times the weight of the rows, of the version that serves and of another one of its lineage';

-- Whether a version is not worse than the one that serves, on the same held-out rows. One percent is
-- no difference: two models of nearly the same rows differ by that.
CREATE FUNCTION ntk_is_better(m ntk_catalog_model, v ntk_catalog_version) RETURNS boolean LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	champion @extschema@.ntk_catalog_version;
	old_value float8;
	new_value float8;
BEGIN
	SELECT * INTO champion FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version = m.deployed;
	IF NOT FOUND THEN
		RETURN true;
	END IF;
	IF champion.lineage = v.lineage THEN	-- the statistic of the rows suffices
		SELECT e.old_value, e.new_value INTO old_value, new_value FROM @extschema@._ntk_held_out_errors(m, v) AS e;
		RETURN old_value IS NULL OR new_value <= 1.01 * old_value;
	END IF;
	IF champion.metric <> v.metric OR champion.labels <> v.labels OR champion.request ->> 'target' <> m.target THEN
		RETURN true;
	END IF;
	BEGIN
		SELECT q.value INTO old_value FROM @extschema@._ntk_run(m.owner, format(CASE m.task
			WHEN 'regression' THEN 'SELECT @extschema@.ntk_rmse(r.%2$I::float8, @extschema@.ntk_predict($1, r.*)) '
				'FROM %1$s WHERE %3$s'
			ELSE 'SELECT 1 - @extschema@.ntk_accuracy(@extschema@._ntk_label(r.%2$I), @extschema@.ntk_classify($1, r.*)) '
				'FROM %1$s WHERE %3$s' END,
			format(E'(%s\n) AS r CROSS JOIN LATERAL (SELECT %s) AS split', m.source,	-- all columns: it may read others
				   (SELECT string_agg(format('r.%I', c), ', ') FROM unnest(m.split_by) AS c)),
			m.target, @extschema@._ntk_is_held_out(m)), m.model) AS q (value float8);
	-- what it makes of rows that have changed; not what happens to every statement, such as a lack of memory
	EXCEPTION WHEN undefined_column OR datatype_mismatch OR data_exception OR feature_not_supported OR data_corrupted OR no_data_found THEN
		RAISE NOTICE 'ntk_train: the version that serves cannot predict these rows: %', SQLERRM;
	END;
	RETURN old_value IS NULL OR v.metric_value IS NULL
		OR CASE m.task WHEN 'regression' THEN v.metric_value ELSE 1 - v.metric_value END <= 1.01 * old_value;
END $$;
COMMENT ON FUNCTION ntk_is_better(ntk_catalog_model, ntk_catalog_version) IS
	'whether a version is not worse than the one that serves, on the rows that were held out';

-- A version brings along what it was asked for: its model may have been trained for something else since.
-- Served before: NULL, or what is to be said of it.
CREATE FUNCTION ntk_serve(model text, version integer, served integer[] DEFAULT NULL) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE @extschema@.ntk_catalog_model AS m
	SET (task, source, target, features, group_by, weight, split_by, params) =
			(SELECT s.task, s.source, s.target, s.features, s.group_by, s.weight, s.split_by, s.params
			 FROM @extschema@.ntk_catalog_version AS v, jsonb_populate_record(NULL::@extschema@.ntk_catalog_model, v.request) AS s
			 WHERE v.model = $1 AND v.version = $2),
		served = coalesce($3, CASE WHEN m.deployed <> $2 THEN (m.served || m.deployed)[greatest(cardinality(m.served) - 98, 1):]
							  ELSE m.served END),
		deployed = $2, deployed_at = now()
	WHERE m.model = $1
$$;
COMMENT ON FUNCTION ntk_serve(text, integer, integer[]) IS 'makes a version of a model the one that serves';

-- The figures of a version: of all rows, each with the part that is for it.
CREATE FUNCTION _ntk_summarise(m ntk_catalog_model, v ntk_catalog_version, n_skipped bigint, begun timestamptz)
	RETURNS ntk_catalog_version LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE @extschema@.ntk_catalog_version AS c
	SET (n_rows, n_skipped, metric_value, seconds) = (
		SELECT sum(p.n_rows), sum(p.n_skipped) + $3,
			CASE m.task
				WHEN 'regression' THEN sqrt(sum(p.n_rows * p.metric_value ^ 2)
					/ nullif(sum(p.n_rows) FILTER (WHERE p.metric_value IS NOT NULL), 0))
				ELSE sum(p.n_rows * p.metric_value) / nullif(sum(p.n_rows) FILTER (WHERE p.metric_value IS NOT NULL), 0) END,
			extract(epoch FROM clock_timestamp() - $4)
		FROM @extschema@.ntk_catalog_part AS p
		WHERE p.model = v.model AND p.version = v.version AND (p.grp <> '{}' OR cardinality(m.group_by) = 0))
	WHERE c.model = v.model AND c.version = v.version RETURNING c.*
$$;
COMMENT ON FUNCTION _ntk_summarise(ntk_catalog_model, ntk_catalog_version, bigint, timestamptz) IS
	'stores the figures of a version, from those of its parts';

-- A new version from statistics that are stored: fits, measures, deploys, and says what it did. The model's
-- row is locked only here, at the end.
CREATE FUNCTION ntk_finish_version(m ntk_catalog_model, v ntk_catalog_version, choices jsonb, predecessor integer, begun timestamptz,
								   trial integer DEFAULT NULL)
	RETURNS SETOF ntk_training
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	deploy text := m.params ->> 'deploy';
	current @extschema@.ntk_catalog_model;
	better boolean := true;
	serves boolean;
BEGIN
	PERFORM @extschema@.ntk_fit_parts(m, v, choices);
	IF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version) THEN
		PERFORM @extschema@._ntk_refuse_no_rows(m.model);
	ELSIF predecessor IS NULL THEN
		PERFORM @extschema@.ntk_measure_parts(m, v, trial);
	ELSIF m.task = 'classification' THEN	-- the rows for it are not read again
		UPDATE @extschema@.ntk_catalog_part AS p
		SET (metric_value, temperature) = (SELECT o.metric_value, o.temperature FROM @extschema@.ntk_catalog_part AS o
			WHERE o.model = p.model AND o.version = predecessor AND o.grp IN (p.grp, '{}') ORDER BY o.grp = '{}' LIMIT 1)
		WHERE p.model = m.model AND p.version = v.version;
	END IF;
	v := @extschema@._ntk_summarise(m, v, CASE WHEN predecessor IS NULL THEN v.n_skipped ELSE 0 END, begun);

	IF deploy = 'if_better' THEN
		better := @extschema@.ntk_is_better(m, v);
	END IF;
	current := @extschema@._ntk_lock_again(m);
	IF deploy = 'if_better' AND current.deployed IS DISTINCT FROM m.deployed THEN	-- another one serves by now
		m.deployed := current.deployed;
		better := @extschema@.ntk_is_better(m, v);
	END IF;
	serves := CASE deploy WHEN 'never' THEN current.deployed IS NULL ELSE better END;
	IF serves THEN
		PERFORM @extschema@.ntk_serve(m.model, v.version);
	END IF;
	PERFORM @extschema@._ntk_compact(m, v);
	-- a rollback can go on with the statistics of what serves now, or of the new version
	UPDATE @extschema@.ntk_catalog_version AS c SET has_statistics = false
	WHERE c.model = m.model AND c.has_statistics AND c.lineage <> v.lineage
		AND c.lineage IS DISTINCT FROM (SELECT d.lineage FROM @extschema@.ntk_catalog_version AS d WHERE d.model = m.model AND d.version = current.deployed);
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = m.model AND s.lineage NOT IN (
		SELECT c.lineage FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.has_statistics);
	RETURN QUERY
		SELECT p.model, p.version, CASE WHEN p.grp = '{}' THEN '{}' ELSE jsonb_object(m.group_by, p.grp) END, m.task, p.n_rows, p.n_skipped,
			@extschema@.ntk_width(p.fitted), p.lambda, v.metric, p.metric_value, v.seconds, serves, v.rounds
		FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version ORDER BY p.grp;
END $$;
COMMENT ON FUNCTION ntk_finish_version(ntk_catalog_model, ntk_catalog_version, jsonb, integer, timestamptz, integer) IS
	'fits a version to its statistics with these penalties, and the calibration of a predecessor if it has one, measures it and deploys it where it is to serve';
