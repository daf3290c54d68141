-- What happens to models after their training: which version serves, who may use them, names and owners.

CREATE FUNCTION ntk_deploy(model text, version integer) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	IF $2 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'version must not be null';
	ELSIF NOT EXISTS (SELECT FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1 AND v.version = $2) THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" has no version %s', $1, $2),
			HINT = format('It has the versions %s.', (SELECT string_agg(v.version::text, ', ' ORDER BY v.version)
													  FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1));
	END IF;
	PERFORM @extschema@._ntk_serve($1, $2);
	UPDATE @extschema@.ntk_catalog_model AS m SET pinned = false WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_deploy(text, integer) IS
	'makes a version of a model the one that serves, with the statistics that it was fitted to';

CREATE FUNCTION ntk_rollback(model text) RETURNS integer LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@._ntk_lock_model($1);
	before int[];		-- versions that served and are still there, with their places
BEGIN
	SELECT ARRAY[s.version, s.place] INTO before
	FROM unnest(m.served) WITH ORDINALITY AS s (version, place)
		JOIN @extschema@.ntk_catalog_version AS v ON v.model = $1 AND v.version = s.version
	WHERE v.version IS DISTINCT FROM m.deployed ORDER BY s.place DESC LIMIT 1;
	IF before IS NULL THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('no version of model "%s" served before the one that serves', $1),
				HINT = 'ntk_deploy makes any version serve; the view ntk_model_versions lists them.';
	END IF;
	PERFORM @extschema@._ntk_serve($1, before[1], m.served[:before[2] - 1]);
	UPDATE @extschema@.ntk_catalog_model AS c SET pinned = true WHERE c.model = $1;
	RETURN before[1];
END $$;
COMMENT ON FUNCTION ntk_rollback(text) IS
	'makes the version that served before serve again, with its statistics, and returns its number; '
	'until ntk_deploy, ntk_refresh and ntk_retrain do not replace it';

CREATE FUNCTION ntk_drop(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	PERFORM @extschema@._ntk_remove_jobs($1);
	DELETE FROM @extschema@.ntk_catalog_model AS m WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_drop(text) IS 'removes a model with all its versions, statistics and schedules';

CREATE FUNCTION ntk_rename(model text, name text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@._ntk_lock_model($1);
BEGIN
	PERFORM @extschema@._ntk_check_name($2);
	m.model := $2;
	INSERT INTO @extschema@.ntk_catalog_model SELECT m.*;
	UPDATE @extschema@.ntk_catalog_version AS c SET model = $2 WHERE c.model = $1;
	UPDATE @extschema@.ntk_catalog_part AS c SET model = $2 WHERE c.model = $1;
	UPDATE @extschema@.ntk_catalog_statistic AS c SET model = $2 WHERE c.model = $1;
	DELETE FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1;
	PERFORM @extschema@._ntk_add_job($2, j.schedule, j.command) FROM @extschema@._ntk_jobs($1) AS j;
	PERFORM @extschema@._ntk_remove_jobs($1);
EXCEPTION WHEN unique_violation THEN
	RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken', $2);
END $$;
COMMENT ON FUNCTION ntk_rename(text, text) IS 'gives a model another name';

CREATE FUNCTION _ntk_role(role name) RETURNS ntk_role LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF $1 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'role must not be null';
	ELSIF $1 <> 'public' AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = $1) THEN
		RAISE undefined_object USING MESSAGE = format('role "%s" does not exist', $1);
	END IF;
	RETURN $1::text::@extschema@.ntk_role;
END $$;
COMMENT ON FUNCTION _ntk_role(name) IS 'the role of this name; an error if there is none';

CREATE FUNCTION ntk_grant(model text, role name) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	reader @extschema@.ntk_role;
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	reader := @extschema@._ntk_role($2);
	UPDATE @extschema@.ntk_catalog_model AS m SET readers = array_append(array_remove(m.readers, reader), reader)
	WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_grant(text, name) IS
	'allows a role (or public) to predict with a model, and to read what it has learned';

CREATE FUNCTION ntk_revoke(model text, role name) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	reader @extschema@.ntk_role;
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	reader := @extschema@._ntk_role($2);
	UPDATE @extschema@.ntk_catalog_model AS m SET readers = array_remove(m.readers, reader) WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_revoke(text, name) IS 'revokes what ntk_grant has granted';

-- As ALTER TABLE ... OWNER TO: the new owner's rights are those with which the source is read from then on, so
-- who gives a model away must have them.
CREATE FUNCTION ntk_owner(model text, role name) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	successor @extschema@.ntk_role;
BEGIN
	PERFORM @extschema@._ntk_lock_model($1);
	successor := @extschema@._ntk_role($2);
	IF NOT @extschema@._ntk_may_act(successor) THEN
		RAISE insufficient_privilege USING MESSAGE = format('must have the privileges of role "%s" to give it a model', $2);
	END IF;
	IF @extschema@._ntk_remove_jobs($1) > 0 THEN
		RAISE NOTICE 'ntk_owner: the schedules of model "%" were removed: its new owner makes them again with ntk_schedule',
			$1;
	END IF;
	UPDATE @extschema@.ntk_catalog_model AS m SET owner = successor WHERE m.model = $1;
END $$;
COMMENT ON FUNCTION ntk_owner(text, name) IS
	'changes the owner of a model; the current role must have the privileges of the new owner; '
	'a superuser can also change an owner that no longer exists';
