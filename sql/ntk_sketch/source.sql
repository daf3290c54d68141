-- Sources of rows: a table, a view or a query, and with whose rights it is read.

CREATE FUNCTION _ntk_qualified(query text) RETURNS text
	AS 'MODULE_PATHNAME', 'ntk_sql_qualified' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION _ntk_qualified(text) IS
	'the query with all names qualified, for the search_path "pg_catalog, pg_temp"; an error if it does not only read';

CREATE FUNCTION _ntk_source_columns(query text)
	RETURNS TABLE (place integer, name text, type regtype)
	AS 'MODULE_PATHNAME', 'ntk_sql_source_columns' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION _ntk_source_columns(text) IS
	'the columns of a query, one row per column; an error unless it is a single query that only reads';

CREATE FUNCTION _ntk_run(owner ntk_role, query text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ntk_sql_run' LANGUAGE C;
COMMENT ON FUNCTION _ntk_run(ntk_role, text) IS
	'the rows of a query, run with the rights of a role whose privileges the caller has; '
	'if the role is NULL, with the rights of the caller';
CREATE FUNCTION _ntk_run(owner ntk_role, query text, VARIADIC parameters "any") RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ntk_sql_run' LANGUAGE C;
COMMENT ON FUNCTION _ntk_run(ntk_role, text, "any") IS
	'the rows of a query with parameters, run with the rights of a role whose privileges the caller has';

-- A table or view by its name, which may be mixed case or contain anything, or a query. It runs in the
-- caller's search_path, where its names mean something, so all others have their schema.
CREATE FUNCTION _ntk_source_query(source text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	found regclass := pg_catalog.to_regclass(pg_catalog.quote_ident(source));
	query text := pg_catalog.regexp_replace(pg_catalog.rtrim(source, E' \t\r\n;'), ';\s*(--[^\n]*\s*)*$', '');
	is_query boolean := query OPERATOR(pg_catalog.~*) '^\s*(\(|--|/\*|select\M|with\M|values\M|table\M)';
	whole text := (pg_catalog.regexp_match(query, '^\s*(?:select\s+\*\s+from|table)\s+(.*)$', 'i'))[1];	-- a table
BEGIN
	IF found IS NULL THEN
		BEGIN
			found := pg_catalog.to_regclass(CASE WHEN is_query THEN whole ELSE source END);
		EXCEPTION WHEN syntax_error OR invalid_name THEN
			NULL;
		END;
		IF found IS NULL AND NOT is_query THEN
			RAISE undefined_table USING MESSAGE = pg_catalog.format('relation "%s" does not exist', source),
				HINT = 'The source is the name of a table or view, or a query.';
		END IF;
	END IF;
	IF found IS NOT NULL THEN
		RETURN (SELECT pg_catalog.format('SELECT * FROM %I.%I', n.nspname, c.relname)
				FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
				WHERE c.oid OPERATOR(pg_catalog.=) found);
	END IF;
	RETURN pg_catalog.ltrim(@extschema@._ntk_qualified(query));
END $$;
COMMENT ON FUNCTION _ntk_source_query(text) IS
	'a query that reads a table, a view or a query, with names that do not depend on the search_path';

CREATE FUNCTION _ntk_types(source text) RETURNS jsonb LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	twice text;
BEGIN
	SELECT c.name INTO twice FROM @extschema@._ntk_source_columns(source) AS c GROUP BY c.name HAVING count(*) > 1 LIMIT 1;
	IF FOUND THEN
		RAISE duplicate_column USING MESSAGE = format('the source has more than one column "%s"', twice),
			HINT = 'Give each a name of its own with AS.';
	END IF;
	RETURN (SELECT jsonb_object_agg(c.name, c.type::text) FROM @extschema@._ntk_source_columns(source) AS c);
END $$;
COMMENT ON FUNCTION _ntk_types(text) IS
	'the columns of a query and the names of their types; an error if two columns have the same name';

-- What params.key names; of a table, the columns of its primary key or replica identity, if they can be hashed
-- (fold.c).
CREATE FUNCTION _ntk_key_of(source text, params jsonb) RETURNS text[] LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE jsonb_typeof($2 -> 'key')
		WHEN 'string' THEN ARRAY[$2 ->> 'key']
		WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text($2 -> 'key'))
		ELSE (
			SELECT array_agg(a.attname::text ORDER BY k.place)
			FROM pg_index AS i, unnest(i.indkey) WITH ORDINALITY AS k (number, place)
				JOIN pg_attribute AS a ON a.attnum = k.number
			WHERE (i.indisprimary OR i.indisreplident) AND k.place <= i.indnkeyatts AND a.attrelid = i.indrelid
				AND i.indrelid = to_regclass(substring($1 FROM '^SELECT \* FROM (.*)$'))
			GROUP BY i.indexrelid, i.indisprimary
			HAVING bool_and(@extschema@._ntk_can_be_key(a.atttypid::regtype::text))
			ORDER BY i.indisprimary DESC LIMIT 1) END
$$;
COMMENT ON FUNCTION _ntk_key_of(text, jsonb) IS
	'the columns that tell the rows of a source apart; NULL if none are known';

CREATE FUNCTION _ntk_columns(m ntk_catalog_model) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT array_agg(name ORDER BY place)
	FROM (SELECT name, min(place) AS place
		  FROM unnest(m.split_by || m.features || m.target || m.weight || m.group_by || (m.params ->> 'watermark')
				|| (m.params ->> 'bucket') || (m.params ->> 'holdout_by'))
			WITH ORDINALITY AS u (name, place)
		  WHERE name IS NOT NULL GROUP BY name) AS c
$$;
COMMENT ON FUNCTION _ntk_columns(ntk_catalog_model) IS 'the columns that a model reads from its source';

-- What becomes a number must be one: of another type, a function of its owner could make it one.
CREATE FUNCTION _ntk_check_numbers_of(m ntk_catalog_model, types jsonb) RETURNS void LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	categories jsonb := @extschema@._ntk_categories($2);
	wrong text;
BEGIN
	SELECT name INTO wrong FROM unnest(ARRAY[CASE m.task WHEN 'regression' THEN m.target END, m.weight]) AS name
	WHERE categories ->> name <> 'N' LIMIT 1;
	IF FOUND THEN
		RAISE datatype_mismatch
			USING MESSAGE = format('column "%s" of type %s is no number', wrong, $2 ->> wrong),
				DETAIL = format('In the source of model "%s" it is one.', m.model);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_numbers_of(ntk_catalog_model, jsonb) IS
	'refuses a source whose columns of the target of a regression and of the weight are no numbers';

-- A model that reads another source, with the rights of the current role.
CREATE FUNCTION _ntk_with_source(m ntk_catalog_model, source text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	types jsonb;
	missing text;
BEGIN
	IF source IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source must not be null';
	END IF;
	types := @extschema@._ntk_types(source);
	SELECT c INTO missing FROM unnest(@extschema@._ntk_columns(m)) AS c WHERE NOT types ? c LIMIT 1;
	IF missing IS NOT NULL THEN
		RAISE undefined_column
			USING MESSAGE = format('the source has no column "%s", which the source of model "%s" has', missing, m.model);
	END IF;
	PERFORM @extschema@._ntk_check_numbers_of(m, types);
	m.source := source;
	m.owner := NULL;
	RETURN m;
END $$;
COMMENT ON FUNCTION _ntk_with_source(ntk_catalog_model, text) IS
	'the model, reading the rows of another source with the rights of the current role';

-- A model that reads its own source, with its owner's rights: whoever may change the text has them.
CREATE FUNCTION _ntk_with_own_source(m ntk_catalog_model, purpose text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF m.source IS NULL THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('model "%s" has no source of its own', m.model),
				DETAIL = 'It was imported without one.',
				HINT = format('Name a source in %s, or train the model with ntk_train.', purpose);
	ELSIF NOT @extschema@._ntk_has_role(m.owner) THEN
		RAISE insufficient_privilege
			USING MESSAGE = format('only its owner "%s" may read the source of model "%s"', m.owner, m.model),
				HINT = format('Name a source of your own in %s.', purpose);
	END IF;
	RETURN m;
END $$;
COMMENT ON FUNCTION _ntk_with_own_source(ntk_catalog_model, text) IS
	'the model, reading its own source with the rights of its owner; '
	'an error if the current role does not have these rights';

-- The rows of a model's source, with the columns that it reads: others may come and go.
-- Rows that agree in the columns split_by have numbers, in an order that depends on nothing but what a model
-- reads of them.
CREATE FUNCTION _ntk_rows_of(m ntk_catalog_model, all_columns boolean DEFAULT false) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(CASE WHEN m.spread
			THEN E'(SELECT source.*, row_number() OVER (PARTITION BY @extschema@.ntk_fold(split.*, 2147483647) '
				'ORDER BY @extschema@.ntk_fold(read.*, 2147483647, 1)) - 1 AS ntk_copy '
				'FROM (SELECT %1$s FROM (%2$s\n) AS source) AS source CROSS JOIN LATERAL (SELECT %3$s) AS split '
				'CROSS JOIN LATERAL (SELECT %4$s) AS read) AS source CROSS JOIN LATERAL (SELECT %3$s) AS split'
			ELSE E'(SELECT %1$s FROM (%2$s\n) AS source) AS source CROSS JOIN LATERAL (SELECT %3$s) AS split' END,
		CASE WHEN all_columns THEN 'source.*' ELSE read.columns END, m.source,
		(SELECT string_agg(format('source.%I', c), ', ') FROM unnest(m.split_by) AS c), read.columns)
	FROM (SELECT string_agg(format('source.%I', c), ', ') AS columns
		  FROM unnest(@extschema@._ntk_columns(m)) AS c) AS read
$$;
COMMENT ON FUNCTION _ntk_rows_of(ntk_catalog_model, boolean) IS
	'the FROM clause that reads a model''s source: source, its rows with the columns that the model reads or all, '
	'and split, the columns by which rows are split';

-- Steps that are prime to the number of folds reach all of them, and consecutive numbers fall into any share
-- of the folds about evenly.
CREATE FUNCTION _ntk_fold_call(m ntk_catalog_model, n_folds integer, seed integer DEFAULT 0) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN m.spread
		THEN format('((@extschema@.ntk_fold(split.*, %1$s, %2$s) + %3$s * source.ntk_copy) %% %1$s)::int',
					$2, $3, CASE $2 WHEN 1000 THEN 619 ELSE 618033 END)
		ELSE format('@extschema@.ntk_fold(split.*, %s, %s)', $2, $3) END
$$;
COMMENT ON FUNCTION _ntk_fold_call(ntk_catalog_model, integer, integer) IS
	'the expression for the fold of a row of _ntk_rows_of, of 1,000 or 1,000,000';
