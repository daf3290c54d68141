-- What ntk_train is asked for: which columns of a source play which role.

CREATE TYPE ntk_training AS (
	model text, version integer, grp jsonb, task text, n_rows bigint, n_skipped bigint, n_components integer,
	lambda double precision, metric text, metric_value double precision, seconds double precision, deployed boolean,
	rounds jsonb
);
COMMENT ON TYPE ntk_training IS 'what ntk_train returns for each group of a version';

CREATE FUNCTION _ntk_check_name(name text) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF name IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'the name of the model must not be null';
	ELSIF octet_length(name) NOT BETWEEN 1 AND 63 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the name of a model must have 1 to 63 bytes',
			DETAIL = format('"%s" has %s.', left(name, 100), octet_length(name));
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_name(text) IS 'raises an error if this cannot be the name of a model';

-- What a column can be: 'N' a number, 'S' text, 'B' a boolean, 'E' an enum, as pg_type has it, 'X' none of these.
CREATE FUNCTION _ntk_categories(types jsonb) RETURNS jsonb LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT jsonb_object_agg(c.name, CASE WHEN c.type IN ('money', 'oid') THEN 'X' ELSE t.typcategory::text END)
	FROM jsonb_each_text(types) AS c (name, type) JOIN pg_type AS t ON t.oid = c.type::regtype
$$;
COMMENT ON FUNCTION _ntk_categories(jsonb) IS 'the columns of a source and the categories of their types';

CREATE FUNCTION _ntk_check_columns(m ntk_catalog_model, types jsonb, categories jsonb, features text[],
								   exclude text[]) RETURNS void
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wanted record;
	wrong text;
BEGIN
	SELECT what, name INTO wanted
	FROM (SELECT 'target', m.target UNION ALL SELECT 'weight', m.weight
		  UNION ALL SELECT 'features', f FROM unnest($4) AS f UNION ALL SELECT 'exclude', f FROM unnest($5) AS f
		  UNION ALL SELECT 'group_by', f FROM unnest(m.group_by) AS f
		  UNION ALL SELECT 'params.' || k, m.params ->> k FROM unnest('{watermark,bucket,holdout_by}'::text[]) AS k
		  UNION ALL SELECT 'params.key', k FROM unnest(@extschema@._ntk_key_of('', m.params)) AS k) AS v (what, name)
	WHERE name IS NOT NULL AND NOT categories ? name LIMIT 1;
	IF FOUND THEN
		RAISE undefined_column
			USING MESSAGE = format('the source has no column "%s", which %s names', wanted.name, wanted.what),
				HINT = 'Its columns are ' || (SELECT string_agg(quote_ident(c), ', ' ORDER BY c)
											  FROM jsonb_object_keys(categories) AS c) || '.';
	ELSIF m.target = ANY (m.group_by) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the target "%s" cannot group rows', m.target);
	END IF;
	SELECT string_agg(format('"%s"', c), ', ') INTO wrong
	FROM unnest(m.group_by) AS c WHERE categories ->> c NOT IN ('N', 'S', 'B', 'E');
	IF wrong IS NOT NULL THEN
		RAISE datatype_mismatch
			USING MESSAGE = format('rows cannot be grouped by %s', wrong), HINT = 'Cast it to text in the source.';
	END IF;
	SELECT what, name INTO wanted
	FROM (VALUES ('a watermark', m.params ->> 'watermark'), ('holdout_by', m.params ->> 'holdout_by')) AS v (what, name)
	WHERE categories ->> name IN ('A', 'B', 'C', 'E', 'P', 'R', 'X')
		OR categories ->> name IN ('G', 'U', 'V') AND NOT EXISTS (
			SELECT FROM pg_proc AS p WHERE p.proname = 'max' AND p.proargtypes[0] = (types ->> name)::regtype) LIMIT 1;
	IF FOUND THEN
		RAISE datatype_mismatch USING MESSAGE = format('column "%s" cannot be %s', wanted.name, wanted.what),
			HINT = 'Numbers, dates, times and texts grow. Cast it to one of these in the source.';
	END IF;
	SELECT string_agg(format('"%s"', c), ', ') INTO wrong FROM unnest(@extschema@._ntk_key_of('', m.params)) AS c
	WHERE NOT @extschema@._ntk_can_be_key(types ->> c);
	IF wrong IS NOT NULL THEN
		RAISE datatype_mismatch
			USING MESSAGE = format('%s cannot be a key', wrong), HINT = 'Cast it to text in the source.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_columns(ntk_catalog_model, jsonb, jsonb, text[], text[]) IS
	'raises an error if the source does not have the named columns, or rows cannot be grouped by them';

CREATE FUNCTION _ntk_task(m ntk_catalog_model, category text, task text)
	RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	chosen text := coalesce($3, CASE WHEN $2 = 'N' THEN 'regression' WHEN $2 IN ('S', 'B', 'E') THEN 'classification' END);
BEGIN
	IF chosen IS NULL OR chosen = 'regression' AND $2 <> 'N' THEN
		RAISE datatype_mismatch
			USING MESSAGE = format('column "%s" cannot be a target%s', m.target, coalesce(' of ' || chosen, '')),
				HINT = 'Numbers are targets of regression; text, boolean and enum values are classes.';
	END IF;
	RETURN chosen;
END $$;
COMMENT ON FUNCTION _ntk_task(ntk_catalog_model, text, text) IS 'the task for a target whose type is of this category';

-- The features that are named, or the columns without another role that an encoding can read.
CREATE FUNCTION _ntk_features(m ntk_catalog_model, names text[], types jsonb, categories jsonb, features text[],
							  exclude text[])
	RETURNS text[] LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	taken text[] := array_remove(
		ARRAY[m.target, m.weight, m.params ->> 'watermark', m.params ->> 'bucket'] || m.group_by, NULL);
	free text[];
	chosen text[];
BEGIN
	free := ARRAY(SELECT c FROM unnest(coalesce($5, names)) WITH ORDINALITY AS u (c, place)
				  WHERE c <> ALL (coalesce($6, '{}')) AND ($5 IS NOT NULL OR c <> ALL (taken)) ORDER BY place);
	chosen := ARRAY(SELECT c FROM unnest(free) AS c
					WHERE $5 IS NOT NULL OR @extschema@._ntk_is_readable(types ->> c, categories ->> c));
	IF free <> chosen THEN
		RAISE NOTICE 'ntk_train: left out, because of their types: %',
			(SELECT string_agg(format('"%s" (%s)', c, types ->> c), ', ') FROM unnest(free) AS c WHERE c <> ALL (chosen));
	END IF;
	IF $5 IS NULL AND m.params ->> 'watermark' IS NOT NULL THEN
		RAISE NOTICE 'ntk_train: the watermark "%" is not a feature', m.params ->> 'watermark'
			USING HINT = 'To learn from it as well, name it in features.';
	END IF;
	IF m.target = ANY (chosen) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the target "%s" cannot be a feature', m.target);
	ELSIF cardinality(chosen) = 0 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'no column is left for a feature';
	ELSIF cardinality(chosen) > 1600 THEN
		RAISE program_limit_exceeded
			USING MESSAGE = format('%s features are named, at most 1600 are possible', cardinality(chosen)),
				HINT = 'Make one array of columns of one kind.';
	END IF;
	RETURN chosen;
END $$;
COMMENT ON FUNCTION _ntk_features(ntk_catalog_model, text[], jsonb, jsonb, text[], text[]) IS
	'the columns from which a model is to learn';

CREATE FUNCTION _ntk_check_arguments(source text, target text, features text[], exclude text[], task text,
									 group_by text[], params jsonb)
	RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF $1 IS NULL OR $2 IS NULL OR $7 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source, target and params must not be null';
	ELSIF array_position($3, NULL) IS NOT NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'features must not contain a null';
	ELSIF array_position($4, NULL) IS NOT NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'exclude must not contain a null';
	ELSIF array_position($6, NULL) IS NOT NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'group_by must not contain a null';
	ELSIF $5 IS NOT NULL AND $5 NOT IN ('regression', 'classification') THEN
		RAISE invalid_parameter_value
			USING MESSAGE = format('task must be ''regression'' or ''classification'', not ''%s''', $5);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_arguments(text, text, text[], text[], text, text[], jsonb) IS
	'raises an error for arguments of ntk_train that are not valid';

CREATE FUNCTION _ntk_train(model text, source text, target text, features text[], exclude text[], task text,
						   group_by text[], weight text, params jsonb)
	RETURNS SETOF ntk_training
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	m @extschema@.ntk_catalog_model;
	present @extschema@.ntk_catalog_model;
	types jsonb;
	categories jsonb;
	names text[];
BEGIN
	PERFORM @extschema@._ntk_check_name($1);
	PERFORM @extschema@._ntk_check_arguments($2, $3, $4, $5, $6, $7, $9);
	m.model := $1;
	m.source := $2;
	m.target := $3;
	m.group_by := coalesce($7, '{}');
	m.weight := $8;
	m.params := @extschema@._ntk_check_params($9);
	types := @extschema@._ntk_types(m.source);
	categories := @extschema@._ntk_categories(types);
	SELECT array_agg(c.name ORDER BY c.place) INTO names FROM @extschema@._ntk_source_columns(m.source) AS c;
	PERFORM @extschema@._ntk_check_columns(m, types, categories, $4, $5);
	IF categories ->> m.weight <> 'N' THEN
		RAISE datatype_mismatch
			USING MESSAGE = format('column "%s" of type %s cannot be a weight', m.weight, types ->> m.weight);
	END IF;
	m.task := @extschema@._ntk_task(m, categories ->> m.target, $6);
	m.features := @extschema@._ntk_features(m, names, types, categories, $4, $5);
	m.split_by := m.features;
	m.spread := false;

	present := @extschema@._ntk_begin_new(m);
	m.split_by := coalesce(@extschema@._ntk_key_of(m.source, m.params), @extschema@._ntk_kept_split(present, types),
		m.features);
	m.deployed := present.deployed;
	m.created_at := present.created_at;
	-- m.owner is NULL: the caller names the source
	RETURN QUERY SELECT * FROM @extschema@._ntk_new_version(m, m.params ->> 'deploy' = 'always');
END $$;
COMMENT ON FUNCTION _ntk_train(text, text, text, text[], text[], text, text[], text, jsonb) IS
	'ntk_train for a source whose names do not depend on the search_path';

CREATE FUNCTION ntk_train(model text, source text, target text, features text[] DEFAULT NULL,
						  exclude text[] DEFAULT NULL, task text DEFAULT NULL, group_by text[] DEFAULT NULL,
						  weight text DEFAULT NULL, params jsonb DEFAULT '{}')
	RETURNS SETOF ntk_training
	LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_train($1, @extschema@._ntk_source_query($2), $3, $4, $5, $6, $7, $8, $9)$$;
COMMENT ON FUNCTION ntk_train(text, text, text, text[], text[], text, text[], text, jsonb) IS
	'trains a model by name on a table, a view or a query: learns the encoding of its columns, '
	'a feature map and a ridge model; one row per group';
