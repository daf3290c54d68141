-- Schedules, by pg_cron where it is installed.

-- What a job of a model runs; jobs are found by it, since their names can be cut.
CREATE FUNCTION _ntk_job_command(model text, command text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT format('SELECT count(*) FROM @extschema@.ntk_%s(%L)', $2, $1)$$;
COMMENT ON FUNCTION _ntk_job_command(text, text) IS 'the statement that a job runs to refresh or retrain a model';

-- Jobs of a model, as far as the current role may see pg_cron's; none without it.
CREATE FUNCTION _ntk_jobs(model text)
	RETURNS TABLE (jobid bigint, schedule text, command text, active boolean, last_status text, last_message text,
				   last_run timestamptz)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') OR NOT has_schema_privilege('cron', 'USAGE') THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE
		'SELECT j.jobid, j.schedule, c.name, j.active, d.status, d.return_message, d.start_time '
		'FROM unnest(''{refresh,retrain}''::text[]) AS c (name) '
		'JOIN cron.job AS j ON j.command = @extschema@._ntk_job_command($1, c.name) AND j.database = current_database() '
		'LEFT JOIN LATERAL (SELECT r.status, r.return_message, r.start_time FROM cron.job_run_details AS r '
		'WHERE r.jobid = j.jobid AND r.status IN (''succeeded'', ''failed'') ORDER BY r.runid DESC LIMIT 1) AS d ON true'
		USING $1;
END $$;
COMMENT ON FUNCTION _ntk_jobs(text) IS 'the schedules of a model, and how their last runs ended; one row per job';

CREATE FUNCTION _ntk_add_job(model text, cron text, command text) RETURNS bigint LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	job bigint;
	name text := format('ntk_%s: %s', $3, $1);
BEGIN
	IF octet_length(name) > 63 THEN		-- pg_cron would cut it, and take it for another's
		name := format('ntk_%s: %s', $3, md5($1));
	END IF;
	EXECUTE 'SELECT cron.schedule($1, $2, $3)' INTO job USING name, $2, @extschema@._ntk_job_command($1, $3);
	RETURN job;
END $$;
COMMENT ON FUNCTION _ntk_add_job(text, text, text) IS
	'adds a pg_cron job that refreshes or retrains a model; returns its number';

CREATE FUNCTION _ntk_remove_jobs(model text) RETURNS integer LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	job bigint;
	count integer := 0;
BEGIN
	FOR job IN SELECT j.jobid FROM @extschema@._ntk_jobs($1) AS j LOOP
		EXECUTE 'SELECT cron.unschedule($1)' USING job;
		count := count + 1;
	END LOOP;
	RETURN count;
END $$;
COMMENT ON FUNCTION _ntk_remove_jobs(text) IS 'removes the schedules of a model; returns how many there were';

CREATE FUNCTION ntk_schedule(model text, cron text, command text DEFAULT 'refresh') RETURNS bigint LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	IF $3 IS NULL OR $3 NOT IN ('refresh', 'retrain') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('command must be ''refresh'' or ''retrain'', not ''%s''', $3);
	ELSIF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = 'schedules need the extension pg_cron, which this database does not have',
			HINT = 'Install it, add it to shared_preload_libraries, set cron.database_name to this database, '
				'and CREATE EXTENSION pg_cron.';
	END IF;
	RETURN @extschema@._ntk_add_job($1, $2, $3);
END $$;
COMMENT ON FUNCTION ntk_schedule(text, text, text) IS
	'refreshes or retrains a model at the times of a cron expression; returns the number of the pg_cron job';

CREATE FUNCTION ntk_unschedule(model text) RETURNS integer LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	RETURN @extschema@._ntk_remove_jobs($1);
END $$;
COMMENT ON FUNCTION ntk_unschedule(text) IS 'removes the schedules of a model; returns how many there were';
