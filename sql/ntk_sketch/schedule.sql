-- Schedules, by pg_cron where it is installed.

-- Jobs of models that the current role may see; none without pg_cron.
CREATE FUNCTION ntk_jobs()
	RETURNS TABLE (jobid bigint, model text, schedule text, command text, active boolean, last_status text, last_message text, last_run timestamptz)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF to_regclass('cron.job') IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE
		'SELECT j.jobid, substr(j.jobname, strpos(j.jobname, '': '') + 2), j.schedule, substr(split_part(j.jobname, '':'', 1), 5), j.active, d.status, d.return_message, d.start_time '
		'FROM cron.job AS j LEFT JOIN LATERAL (SELECT r.status, r.return_message, r.start_time FROM cron.job_run_details AS r WHERE r.jobid = j.jobid ORDER BY r.runid DESC LIMIT 1) AS d ON true '
		'WHERE j.jobname ~ ''^ntk_(refresh|retrain): '' AND j.database = current_database()';
END $$;
COMMENT ON FUNCTION ntk_jobs() IS 'the schedules of models, and how their last runs ended';

CREATE FUNCTION ntk_remove_jobs(model text) RETURNS integer LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	job bigint;
	count integer := 0;
BEGIN
	FOR job IN SELECT j.jobid FROM @extschema@.ntk_jobs() AS j WHERE j.model = $1 LOOP
		EXECUTE 'SELECT cron.unschedule($1)' USING job;
		count := count + 1;
	END LOOP;
	RETURN count;
END $$;
COMMENT ON FUNCTION ntk_remove_jobs(text) IS 'removes the schedules of a model and says how many there were';

CREATE FUNCTION ntk_schedule(model text, cron text, command text DEFAULT 'refresh') RETURNS bigint LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	job bigint;
BEGIN
	PERFORM @extschema@.ntk_lock_model($1);
	IF $3 IS NULL OR $3 NOT IN ('refresh', 'retrain') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('command must be ''refresh'' or ''retrain'', not ''%s''', $3);
	ELSIF to_regclass('cron.job') IS NULL THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = 'schedules need the extension pg_cron, which this database does not have',
			HINT = 'Install it, add it to shared_preload_libraries, set cron.database_name to this database, and CREATE EXTENSION pg_cron.';
	END IF;
	EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO job
		USING format('ntk_%s: %s', $3, $1), $2, format('SELECT count(*) FROM @extschema@.ntk_%s(%L)', $3, $1);
	RETURN job;
END $$;
COMMENT ON FUNCTION ntk_schedule(text, text, text) IS 'refreshes or retrains a model at the times of a cron expression; the number of pg_cron''s job';

CREATE FUNCTION ntk_unschedule(model text) RETURNS integer LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@.ntk_lock_model($1);
	RETURN @extschema@.ntk_remove_jobs($1);
END $$;
COMMENT ON FUNCTION ntk_unschedule(text) IS 'removes the schedules of a model and says how many there were';
