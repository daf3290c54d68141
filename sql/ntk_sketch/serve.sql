-- From fitted parts to a version that serves: its figures, what it replaces.

-- A version brings along what it was asked for: its model may have been trained for something else since.
-- Served before: NULL, or what is to be said of it.
CREATE FUNCTION _ntk_serve(model text, version integer, served integer[] DEFAULT NULL) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE @extschema@.ntk_catalog_model AS m
	SET (task, source, target, features, group_by, weight, split_by, spread, holdout_from, centre, log_target, params) =
			(SELECT s.task, s.source, s.target, s.features, s.group_by, s.weight, s.split_by, coalesce(s.spread, false),
				s.holdout_from, coalesce(s.centre, 0), coalesce(s.log_target, false), s.params
			 FROM @extschema@.ntk_catalog_version AS v,
				jsonb_populate_record(NULL::@extschema@.ntk_catalog_model, v.request) AS s
			 WHERE v.model = $1 AND v.version = $2),
		served = coalesce($3, CASE
			WHEN m.deployed <> $2 THEN (m.served || m.deployed)[greatest(cardinality(m.served) - 98, 1):]
			ELSE m.served END),
		deployed = $2, deployed_at = now()
	WHERE m.model = $1
$$;
COMMENT ON FUNCTION _ntk_serve(text, integer, integer[]) IS 'makes a version of a model the one that serves';

-- The figures of a version: of all rows, each with the part that is for it.
CREATE FUNCTION _ntk_summarise(m ntk_catalog_model, v ntk_catalog_version, n_skipped bigint, begun timestamptz)
	RETURNS ntk_catalog_version LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE @extschema@.ntk_catalog_version AS c
	SET (n_rows, n_skipped, metric_value, seconds) = (
		SELECT sum(p.n_rows), sum(p.n_skipped) + $3,
			CASE
				WHEN count(*) = 1 THEN max(p.metric_value)		-- to the last digit
				WHEN m.task = 'regression' THEN sqrt(sum(p.n_rows * p.metric_value ^ 2)
					/ nullif(sum(p.n_rows) FILTER (WHERE p.metric_value IS NOT NULL), 0))
				ELSE sum(p.n_rows * p.metric_value) / nullif(sum(p.n_rows) FILTER (WHERE p.metric_value IS NOT NULL), 0) END,
			extract(epoch FROM clock_timestamp() - $4)
		FROM @extschema@.ntk_catalog_part AS p
		WHERE p.model = v.model AND p.version = v.version AND (p.grp <> '{}' OR cardinality(m.group_by) = 0))
	WHERE c.model = v.model AND c.version = v.version RETURNING c.*
$$;
COMMENT ON FUNCTION _ntk_summarise(ntk_catalog_model, ntk_catalog_version, bigint, timestamptz) IS
	'stores the figures of a version, computed from those of its parts; returns the version';

-- A new version from statistics that are stored: fits, measures, deploys, and returns its figures. The model's
-- row is locked only here, at the end.
CREATE FUNCTION _ntk_finish_version(m ntk_catalog_model, v ntk_catalog_version, choices jsonb, predecessor integer,
								   begun timestamptz, unpins boolean DEFAULT false)
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
	PERFORM @extschema@._ntk_fit_parts(m, v, choices);
	IF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version) THEN
		PERFORM @extschema@._ntk_lock_again(m);		-- or it was dropped, with what there was to fit to
		PERFORM @extschema@._ntk_refuse_no_rows(m.model);
	ELSIF predecessor IS NULL THEN
		PERFORM @extschema@._ntk_measure_parts(m, v);
	ELSIF m.task = 'classification' OR m.log_target THEN	-- the rows for it are not read again
		UPDATE @extschema@.ntk_catalog_part AS p
		SET (metric_value, temperature, calibration, smearing) = (
			SELECT o.metric_value, o.temperature, o.calibration, o.smearing FROM @extschema@.ntk_catalog_part AS o
			WHERE o.model = p.model AND o.version = predecessor AND o.grp IN (p.grp, '{}') ORDER BY o.grp = '{}' LIMIT 1)
		WHERE p.model = m.model AND p.version = v.version;
	END IF;
	v := @extschema@._ntk_summarise(m, v, CASE WHEN predecessor IS NULL THEN v.n_skipped ELSE 0 END, begun);

	IF deploy = 'if_better' THEN
		better := @extschema@._ntk_is_better(m, v);
	END IF;
	current := @extschema@._ntk_lock_again(m);
	IF deploy = 'if_better' AND current.deployed IS DISTINCT FROM m.deployed THEN	-- another one serves by now
		m.deployed := current.deployed;
		better := @extschema@._ntk_is_better(m, v);
	END IF;
	serves := CASE deploy WHEN 'never' THEN current.deployed IS NULL ELSE better END;
	IF serves AND current.pinned AND NOT unpins THEN
		serves := false;
		RAISE NOTICE 'version % of model "%" is not deployed: ntk_rollback chose version %', v.version, m.model,
			current.deployed USING HINT = 'ntk_deploy makes it serve, and lets later versions serve again.';
	END IF;
	IF serves THEN
		PERFORM @extschema@._ntk_serve(m.model, v.version);
	END IF;
	PERFORM @extschema@._ntk_compact(m, v);
	-- a rollback can go on with the statistics of what serves now, or of the new version
	UPDATE @extschema@.ntk_catalog_version AS c SET has_statistics = false
	WHERE c.model = m.model AND c.has_statistics AND c.lineage <> v.lineage
		AND c.lineage IS DISTINCT FROM (
			SELECT d.lineage FROM @extschema@.ntk_catalog_version AS d
			WHERE d.model = m.model AND d.version = current.deployed);
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = m.model AND s.lineage NOT IN (
		SELECT c.lineage FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.has_statistics);
	RETURN QUERY
		SELECT p.model, p.version, CASE WHEN p.grp = '{}' THEN '{}' ELSE jsonb_object(m.group_by, p.grp) END, m.task,
			p.n_rows, p.n_skipped, @extschema@.ntk_width(p.fitted), p.lambda, v.metric, p.metric_value, v.seconds,
			serves, v.rounds
		FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version ORDER BY p.grp;
END $$;
COMMENT ON FUNCTION
	_ntk_finish_version(ntk_catalog_model, ntk_catalog_version, jsonb, integer, timestamptz, boolean) IS
	'fits a version to its statistics with these penalties, with the calibration of the predecessor if there is one, '
	'measures it, and deploys it if it is to serve; instead of one that is pinned, only if it unpins; one row per group';
