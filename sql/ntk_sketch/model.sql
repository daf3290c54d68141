-- Finding models by name, for reading and for changing them.
--
-- Trainings of a model take turns by an advisory lock, which they hold to the end of their
-- transaction. They lock the model's row only when they are done, so that it can be
-- granted, deployed, renamed and dropped meanwhile.

CREATE FUNCTION _ntk_refuse_unknown(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF $1 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'the name of the model must not be null';
	END IF;
	RAISE undefined_object USING MESSAGE = format('model "%s" does not exist', $1),
		HINT = 'The view ntk_models lists the models that you may use.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_unknown(text) IS 'raises the error for a name that no model has';

CREATE FUNCTION _ntk_refuse_other(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE insufficient_privilege USING MESSAGE = format('model "%s" belongs to another role', $1),
		HINT = 'ntk_grant lets roles predict with a model; only its owner can change it.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_other(text) IS 'raises the error for changing the model of another role';

CREATE FUNCTION _ntk_model(model text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m @extschema@.ntk_catalog_model;
BEGIN
	SELECT c.* INTO m FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1;
	IF NOT FOUND THEN
		PERFORM @extschema@._ntk_refuse_unknown($1);
	END IF;
	m.params := @extschema@._ntk_check_params(m.params);
	RETURN m;
END $$;
COMMENT ON FUNCTION _ntk_model(text) IS
	'the model of this name, for reading; an error if the current role is not allowed to see it';

-- Its row can be gone and there again, and a statement that waited for a lock sees neither: it looks again.
CREATE FUNCTION _ntk_lock_model(model text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m @extschema@.ntk_catalog_model;
	is_ours boolean;
BEGIN
	FOR attempt IN 1 .. 1000 LOOP
		SELECT c.* INTO m FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1 FOR UPDATE;
		IF FOUND THEN
			RETURN m;
		END IF;
		SELECT @extschema@._ntk_has_role(c.owner) INTO is_ours FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1;
		EXIT WHEN NOT FOUND;
		IF NOT is_ours THEN
			PERFORM @extschema@._ntk_refuse_other($1);
		END IF;
	END LOOP;
	PERFORM @extschema@._ntk_refuse_unknown($1);
END $$;
COMMENT ON FUNCTION _ntk_lock_model(text) IS
	'the model of this name, its row locked for changes; an error if the current role is not allowed to change it';

CREATE FUNCTION _ntk_refuse_gone(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE undefined_object USING MESSAGE = format('model "%s" was dropped or renamed while it was trained', $1),
		HINT = 'Nothing of this training is left. Train it again if it is still wanted.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_gone(text) IS 'raises the error for a model that is gone by the end of its training';

-- The number is that after the newest one, which stays so unless the model goes and another one takes its name.
-- A transaction whose snapshot is older than its turn may not see the newest one: then the conflict is a
-- serialization failure, which clients try again.
CREATE FUNCTION _ntk_add_version(v ntk_catalog_version) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO @extschema@.ntk_catalog_version SELECT v.* ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		PERFORM @extschema@._ntk_refuse_gone(v.model);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_add_version(ntk_catalog_version) IS 'stores a version that is being trained';

CREATE FUNCTION _ntk_lock_again(m ntk_catalog_model) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	current @extschema@.ntk_catalog_model;
BEGIN
	SELECT c.* INTO current FROM @extschema@.ntk_catalog_model AS c
	WHERE c.model = m.model AND c.created_at = m.created_at FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM @extschema@._ntk_refuse_gone(m.model);
	END IF;
	RETURN current;
EXCEPTION WHEN deadlock_detected THEN
	PERFORM @extschema@._ntk_refuse_gone(m.model);
END $$;
COMMENT ON FUNCTION _ntk_lock_again(ntk_catalog_model) IS
	'the model as it is now, its row locked; an error if it no longer exists';

-- Sessions that train several models in one transaction, in different orders, can wait for each other.
CREATE FUNCTION _ntk_take_turn(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	catalog oid := '@extschema@.ntk_catalog_model'::regclass;
BEGIN
	IF $1 IS NULL THEN
		PERFORM @extschema@._ntk_refuse_unknown($1);
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended($1, catalog::bigint));
EXCEPTION WHEN deadlock_detected THEN
	RAISE deadlock_detected USING MESSAGE = format('trainings of model "%s" and of others wait for each other', $1),
		HINT = 'Try it again; transactions that train several models should do so in the order of their names.';
END $$;
COMMENT ON FUNCTION _ntk_take_turn(text) IS 'waits until no other transaction is training the model of this name';

-- The model of this name for a training of what is stored.
CREATE FUNCTION _ntk_begin(model text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m @extschema@.ntk_catalog_model;
BEGIN
	PERFORM @extschema@._ntk_take_turn($1);
	m := @extschema@._ntk_model($1);
	IF NOT @extschema@._ntk_has_role(m.owner) THEN
		PERFORM @extschema@._ntk_refuse_other($1);
	END IF;
	PERFORM @extschema@._ntk_forget_collected($1);
	RETURN m;
END $$;
COMMENT ON FUNCTION _ntk_begin(text) IS
	'the model of this name, which no other transaction can train until this one ends; '
	'an error if the current role is not allowed to train it';

-- The row of a model that is new, or that the current role may train anew.
CREATE FUNCTION _ntk_begin_new(m ntk_catalog_model) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_model @extschema@.ntk_catalog_model;
BEGIN
	PERFORM @extschema@._ntk_take_turn(m.model);
	FOR attempt IN 1 .. 10 LOOP		-- dropped again while we looked
		INSERT INTO @extschema@.ntk_catalog_model (model, task, source, target, features, group_by, weight, split_by, params)
		VALUES (m.model, m.task, m.source, m.target, m.features, m.group_by, m.weight, m.split_by, m.params)
		ON CONFLICT DO NOTHING;
		SELECT c.* INTO found_model FROM @extschema@.ntk_catalog_model AS c WHERE c.model = m.model;
		EXIT WHEN FOUND;
	END LOOP;
	IF NOT @extschema@._ntk_has_role(found_model.owner) THEN
		PERFORM @extschema@._ntk_refuse_other(m.model);
	ELSIF found_model.model IS NULL THEN
		RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken by a model of another role', m.model);
	END IF;
	IF found_model.owner::text <> current_user THEN
		RAISE NOTICE 'ntk_train: model "%" belongs to role "%", which can read what it learns', m.model, found_model.owner;
	END IF;
	PERFORM @extschema@._ntk_forget_collected(m.model);
	RETURN found_model;
END $$;
COMMENT ON FUNCTION _ntk_begin_new(ntk_catalog_model) IS
	'the row of a model to train, inserted if there is none; an error if the model belongs to another role';

-- Versions that are split in the same way can be compared on all rows that are held out.
CREATE FUNCTION _ntk_kept_split(present ntk_catalog_model, types jsonb) RETURNS text[] LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT present.split_by
	WHERE present.deployed IS NOT NULL AND NOT present.spread AND present.params ->> 'key' IS NULL
		AND NOT EXISTS (SELECT FROM unnest(present.split_by) AS c
						WHERE NOT coalesce(@extschema@._ntk_can_be_key(types ->> c), false))
$$;
COMMENT ON FUNCTION _ntk_kept_split(ntk_catalog_model, jsonb) IS
	'the columns that split the rows of the version that serves, if a source has them and no params.key named them';
