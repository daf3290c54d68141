-- ntk_train and what it is made of. Training is the aggregates ntk_encoding, ntk_landmarks and
-- ntk_gram over the source and ntk_cv and ntk_solve on their results.
--
-- Functions run with the rights of the caller. Their search_path is fixed; the caller's is set
-- only around the statements that contain the source, whose names mean what they mean there.

CREATE TYPE ntk_training AS (
	model text, version integer, grp jsonb, task text, n_rows bigint, n_skipped bigint, n_components integer,
	lambda double precision, metric text, metric_value double precision, seconds double precision, deployed boolean, rounds jsonb
);
COMMENT ON TYPE ntk_training IS 'what ntk_train says of each group of a version';

CREATE FUNCTION ntk_source_columns(query text)
	RETURNS TABLE (place integer, name text, type regtype)
	AS 'MODULE_PATHNAME', 'ntk_sql_source_columns' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION ntk_source_columns(text) IS
	'the columns of a query; an error unless it is a single one that only reads';

-- A table or view by its name, which may be mixed case or contain anything, or a query.
CREATE FUNCTION ntk_source_query(source text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	found regclass := pg_catalog.to_regclass(pg_catalog.quote_ident(source));
	text text := pg_catalog.regexp_replace(pg_catalog.rtrim(source, E' \t\r\n;'), ';\s*(--[^\n]*\s*)*$', '');
BEGIN
	IF found IS NULL AND text !~* '^\s*(\(|--|/\*|select\M|with\M|values\M|table\M)' THEN
		BEGIN
			found := pg_catalog.to_regclass(source);
		EXCEPTION WHEN syntax_error OR invalid_name THEN
			NULL;
		END;
		IF found IS NULL THEN
			RAISE undefined_table USING MESSAGE = pg_catalog.format('relation "%s" does not exist', source),
				HINT = 'The source is the name of a table or view, or a query.';
		END IF;
	END IF;
	IF found IS NOT NULL THEN
		RETURN (SELECT pg_catalog.format('SELECT * FROM %I.%I', n.nspname, c.relname)
				FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = found);
	END IF;
	RETURN text;
END $$;
COMMENT ON FUNCTION ntk_source_query(text) IS 'the query that reads a table, a view or a query';

-- Of what a nystrom map is to be, the map without landmarks is one of another method; its rank is that
-- of the landmarks.
CREATE FUNCTION ntk_picture_map(params jsonb) RETURNS ntk_map LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
BEGIN
	SELECT s INTO wrong FROM jsonb_array_elements(params -> 'shape') AS s WHERE jsonb_typeof(s) <> 'number' OR s::numeric NOT BETWEEN 1 AND 1e6 OR s::numeric % 1 <> 0 LIMIT 1;
	IF FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('params.shape must be an array {height,width,channels} of positive integers, not of %s', wrong);
	ELSIF (params ->> 'bias')::float8 <> 0 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('params.bias must be 0 for pictures, not %s', params ->> 'bias');
	END IF;
	RETURN @extschema@.cntk_map(ARRAY(SELECT s::numeric::int FROM jsonb_array_elements(params -> 'shape') AS s), (params ->> 'n_components')::int, (params ->> 'depth')::int,
		(params ->> 'filter')::int, CASE params ->> 'method' WHEN 'nystrom' THEN 'zonal' ELSE params ->> 'method' END, (params ->> 'seed')::bigint, params ->> 'padding',
		(params ->> 'pooling')::int, params -> 'options');
END $$;
COMMENT ON FUNCTION ntk_picture_map(jsonb) IS 'the feature map of pictures that these params of ntk_train ask for, before it has seen any';

CREATE FUNCTION ntk_picture_length(shape jsonb) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT ($1 ->> 0)::int * ($1 ->> 1)::int * ($1 ->> 2)::int$$;
COMMENT ON FUNCTION ntk_picture_length(jsonb) IS 'the numbers in a picture of the shape [height, width, channels]';

-- Pixels go to a map of pictures as they are, and a row without a picture is left out.
CREATE FUNCTION ntk_picture_encoding(m ntk_catalog_model, encoding jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	picture jsonb := encoding #> '{columns,0}';
	shape text := (SELECT string_agg(s, ' x ') FROM jsonb_array_elements_text(m.params -> 'shape') AS s);
	length int := @extschema@.ntk_picture_length(m.params -> 'shape');
BEGIN
	IF jsonb_array_length(encoding -> 'columns') <> 1 OR picture ->> 'kind' <> 'array' THEN
		RAISE datatype_mismatch USING MESSAGE = format('model "%s": pictures are one column of arrays', m.model),
			DETAIL = format('The features are %s.', (SELECT string_agg(format('"%s"', f), ', ') FROM unnest(m.features) AS f)), HINT = 'Name it in features.';
	ELSIF (picture ->> 'length')::int <> length THEN
		RAISE data_exception USING MESSAGE = format('column "%s" has arrays of length %s, the shape %s expects %s', picture ->> 'name', picture ->> 'length', shape, length);
	END IF;
	RETURN encoding || jsonb_build_object('inputs', length, 'missing', CASE encoding ->> 'missing' WHEN 'impute' THEN 'skip' ELSE encoding ->> 'missing' END,
		'columns', jsonb_build_array((picture - 'missing') || jsonb_build_object('mean', array_fill(0, ARRAY[length]), 'scale', array_fill(1, ARRAY[length]))));
END $$;
COMMENT ON FUNCTION ntk_picture_encoding(ntk_catalog_model, jsonb) IS 'the encoding of a column of pictures, from what was learned of it as a column of arrays';

CREATE FUNCTION ntk_is_of_distance(params jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT coalesce($1 ->> 'kernel' = ANY ('{gaussian,laplace,gamma_exponential}'), false)$$;
COMMENT ON FUNCTION ntk_is_of_distance(jsonb) IS 'whether the kernel of these params is one of the distance, which has a bandwidth, and no bias or depth';

CREATE FUNCTION ntk_check_params(params jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	defaults constant jsonb := '{"method": "nystrom", "depth": 1, "n_components": 1024, "seed": 0, "bias": 1, "kernel": "ntk", "options": {},
		"lambda": null, "folds": 5, "holdout": 0.1, "search": null, "deploy": "if_better", "uncertainty": false, "missing": "impute", "max_levels": 1000,
		"watermark": null, "bucket": null, "window": null, "unseen": "pooled", "rounds": null, "metric": "auto", "bandwidth": 1, "exponent": null, "shape": null, "filter": 3, "padding": "same", "pooling": 1}';
	of_pictures constant jsonb := '{"method": "zonal", "depth": 2, "n_components": 4096, "bias": 0}';
	of_distance constant jsonb := '{"bias": 0}';
	pictures boolean := coalesce(jsonb_typeof(params -> 'shape') <> 'null', false);
	wrong text;
BEGIN
	IF jsonb_typeof(params) <> 'object' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'params must be an object';
	END IF;
	SELECT key INTO wrong FROM jsonb_object_keys(params) AS key WHERE NOT defaults ? key LIMIT 1;
	IF FOUND THEN
		RAISE invalid_parameter_value USING MESSAGE = format('params has no key "%s"', wrong),
			HINT = 'Its keys are ' || (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_object_keys(defaults) AS key) || '.';
	END IF;
	params := defaults || CASE WHEN pictures THEN of_pictures WHEN @extschema@.ntk_is_of_distance(params) THEN of_distance ELSE '{}' END || params;

	SELECT format('params.%s must be %s, not %s', name, wanted, params -> name) INTO wrong
	FROM (VALUES
		('depth', 'int', 1, 64), ('n_components', 'int', 1, 16000), ('seed', 'int', -9e18, 9e18), ('folds', 'int', 2, 100), ('max_levels', 'int', 1, 100000),
		('filter', 'int', 1, 1e6), ('pooling', 'int', 0, 1e6), ('window', 'int or null', 1, 1e9), ('rounds', 'int or null', 0, 100), ('bandwidth', 'number', 1e-6, 1e6), ('exponent', 'number or null', 1e-6, 2), ('bias', 'number', 0, 1e6), ('holdout', 'number', 0, 0.9), ('lambda', 'number or null', 0, 1e300)) AS v (name, kind, low, high),
		LATERAL (SELECT format('%s between %s and %s%s', CASE WHEN kind LIKE 'int%' THEN 'an integer' ELSE 'a number' END, low, CASE WHEN high > 1e20 THEN '1e300' ELSE high::text END,
							   CASE WHEN kind LIKE '%null' THEN ' or null' ELSE '' END) AS wanted) AS w
	WHERE NOT CASE jsonb_typeof(params -> name)
		WHEN 'null' THEN kind LIKE '%null'
		WHEN 'number' THEN (params ->> name)::numeric BETWEEN low AND high AND (kind NOT LIKE 'int%' OR (params ->> name)::numeric % 1 = 0)
		ELSE false END
	LIMIT 1;
	IF NOT FOUND THEN
		SELECT format('params.%s must be %s, not %s', name, wanted, params -> name) INTO wrong
		FROM (VALUES
			('method', CASE WHEN pictures THEN '{zonal,nystrom,sketch}' ELSE '{zonal,polysketch,random_features,random_features_leverage,nystrom}' END::text[]),
			('kernel', CASE WHEN pictures THEN '{ntk}' WHEN params ->> 'method' = 'nystrom' THEN '{ntk,nngp,gaussian,laplace,gamma_exponential}' ELSE '{ntk,nngp}' END::text[]), ('deploy', '{always,if_better,never}'), ('padding', '{same,valid}'),
			('missing', '{impute,skip,error}'), ('unseen', '{pooled,error}'), ('metric', '{auto,diagonal,full}')) AS v (name, choices),
			LATERAL (SELECT string_agg(quote_literal(choice), ' or ') AS wanted FROM unnest(choices) AS choice) AS w
		WHERE jsonb_typeof(params -> name) <> 'string' OR params ->> name <> ALL (choices)
		LIMIT 1;
	END IF;
	IF NOT FOUND THEN
		SELECT format('params.%s must be %s, not %s', name, wanted, params -> name) INTO wrong
		FROM (VALUES
			('shape', '{array,"null"}'::text[], 'an array {height,width,channels} or null'), ('uncertainty', '{boolean}', 'true or false'), ('options', '{object}', 'an object'), ('search', '{object,string,"null"}', 'an object of arrays, ''auto'' or null'),
			('watermark', '{string,"null"}', 'the name of a column or null'), ('bucket', '{string,"null"}', 'the name of a column or null')) AS v (name, types, wanted)
		WHERE jsonb_typeof(params -> name) <> ALL (types)
		LIMIT 1;
	END IF;
	IF NOT FOUND AND jsonb_typeof(params -> 'search') = 'string' AND params ->> 'search' <> 'auto' THEN
		wrong := format('params.search must be an object of arrays, ''auto'' or null, not %s', params -> 'search');
	ELSIF NOT FOUND AND @extschema@.ntk_is_of_distance(params) THEN
		SELECT format('params.%s must be %s for the kernel ''%s'', not %s', name, wanted, params ->> 'kernel', params -> name) INTO wrong
		FROM (VALUES ('bias', 0), ('depth', 1)) AS v (name, wanted) WHERE (params ->> name)::float8 <> wanted LIMIT 1;
	END IF;
	IF wrong IS NOT NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = wrong;
	END IF;

	-- 2.0 is 2
	SELECT params || jsonb_object_agg(name, (params ->> name)::numeric::bigint) INTO params
	FROM unnest('{depth,n_components,seed,folds,max_levels,window,filter,pooling,rounds}'::text[]) AS name WHERE params ->> name IS NOT NULL;
	IF pictures THEN
		IF (params ->> 'rounds')::int > 0 THEN
			RAISE invalid_parameter_value USING MESSAGE = format('params.rounds must be 0 for pictures, not %s', params ->> 'rounds');
		END IF;
		PERFORM @extschema@.ntk_picture_map(params);
	ELSIF params ->> 'method' = 'nystrom' AND params -> 'options' <> '{}' THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the method ''nystrom'' has no option "%s"', (SELECT key FROM jsonb_object_keys(params -> 'options') AS key LIMIT 1));
	END IF;

	IF jsonb_typeof(params -> 'search') = 'object' THEN
		SELECT key INTO wrong FROM jsonb_each(params -> 'search') AS s (key, value)
		WHERE key <> ALL ('{kernel,depth,bias,bandwidth,n_components}') OR pictures AND key <> ALL ('{depth,n_components}') OR jsonb_typeof(value) <> 'array' OR jsonb_array_length(value) = 0;
		IF FOUND THEN
			RAISE invalid_parameter_value USING MESSAGE = format('params.search has a wrong entry "%s"', wrong),
				HINT = 'It names arrays of what to try, as in {"kernel": ["ntk", "laplace"], "depth": [1, 2], "bias": [0, 1], "bandwidth": [1, 2], "n_components": [512, 2048]}.';
		END IF;
	END IF;
	IF params ->> 'window' IS NOT NULL AND params ->> 'bucket' IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = 'params.window needs params.bucket';
	END IF;
	RETURN params;
END $$;
COMMENT ON FUNCTION ntk_check_params(jsonb) IS 'the params of ntk_train with their defaults; an error for what they cannot be';

-- What search asks to be tried. Kernels of the angle have no bandwidth, those of the distance no depth and
-- no bias: what differs in these alone is tried once.
CREATE FUNCTION ntk_trials(params jsonb) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT DISTINCT @extschema@.ntk_check_params($1 || t || CASE WHEN t = '{}' THEN t WHEN @extschema@.ntk_is_of_distance(t) THEN '{"depth": 1, "bias": 0}' ELSE '{"bandwidth": 1}' END)
	FROM (SELECT jsonb_build_object('kernel', kernel, 'depth', depth, 'bias', bias, 'bandwidth', bandwidth, 'n_components', width)
		  FROM jsonb_array_elements(coalesce($1 #> '{search,kernel}', jsonb_build_array($1 -> 'kernel'))) AS kernel,
			   jsonb_array_elements(coalesce($1 #> '{search,depth}', jsonb_build_array($1 -> 'depth'))) AS depth,
			   jsonb_array_elements(coalesce($1 #> '{search,bias}', jsonb_build_array($1 -> 'bias'))) AS bias,
			   jsonb_array_elements(coalesce($1 #> '{search,bandwidth}', jsonb_build_array($1 -> 'bandwidth'))) AS bandwidth,
			   jsonb_array_elements(coalesce($1 #> '{search,n_components}', jsonb_build_array($1 -> 'n_components'))) AS width
		  WHERE jsonb_typeof($1 -> 'search') = 'object'
		  UNION ALL SELECT jsonb_build_object('kernel', CASE WHEN @extschema@.ntk_is_of_distance($1) THEN 'ntk' ELSE $1 ->> 'kernel' END, 'depth', depth)
		  FROM generate_series(CASE WHEN $1 ->> 'shape' IS NULL THEN 1 ELSE 2 END, 3) AS depth WHERE $1 ->> 'search' = 'auto'
		  UNION ALL SELECT jsonb_build_object('kernel', kernel, 'bandwidth', bandwidth, 'exponent', CASE kernel WHEN 'gamma_exponential' THEN $1 -> 'exponent' END)
		  FROM (VALUES ('laplace', 1), ('laplace', 4), ('gamma_exponential', 1), ('gamma_exponential', 2), ('gaussian', 1), ('gaussian', 2)) AS v (kernel, bandwidth)
		  WHERE $1 ->> 'search' = 'auto' AND $1 ->> 'method' = 'nystrom' AND $1 ->> 'shape' IS NULL
		  UNION ALL SELECT '{}' WHERE $1 ->> 'search' IS NULL) AS s (t)
$$;
COMMENT ON FUNCTION ntk_trials(jsonb) IS 'the params of every combination that params.search asks for, or these themselves';

-- The rows of a model's source, with the columns that it had when the model was trained: a column that
-- was added since must not change what a row hashes to.
CREATE FUNCTION ntk_rows_of(m ntk_catalog_model) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT format(E'(SELECT %s FROM (%s\n) AS source) AS source', (SELECT string_agg(format('source.%I', c), ', ') FROM unnest(m.columns) AS c), m.source)$$;
COMMENT ON FUNCTION ntk_rows_of(ntk_catalog_model) IS 'the sub-query that gives the rows of a model''s source';

-- A model's rows as a sub-query with the columns grp, bucket, part, x, y and weight. Parameter
-- $1 of the statement is the encoding, $2 the labels.
CREATE FUNCTION ntk_training_rows(m ntk_catalog_model, condition text DEFAULT 'true') RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(E'(SELECT %s AS grp, %s AS bucket, CASE WHEN @extschema@.ntk_fold(source.*, 1000) < %s THEN -1 ELSE @extschema@.ntk_fold(source.*, 1000) %% %s END AS part, '
				  '@extschema@.ntk_encode(source.*, $1) AS x, %s AS y, %s AS weight FROM %s WHERE %s) AS r',
		coalesce('ARRAY[' || (SELECT string_agg(format('@extschema@._ntk_key(source.%I)', g), ', ')
							  FROM unnest(m.group_by) AS g) || ']::text[]', '''{}''::text[]'),
		CASE WHEN m.params ->> 'bucket' IS NULL THEN '''''' ELSE format('coalesce(@extschema@._ntk_key(source.%I), '''')', m.params ->> 'bucket') END,
		ceil(1000 * (m.params ->> 'holdout')::float8), m.params ->> 'folds',
		CASE m.task WHEN 'regression' THEN format('source.%I::float8', m.target) ELSE format('array_position($2::text[], source.%I::text) - 1', m.target) END,
		CASE WHEN m.weight IS NULL THEN '1::float8' ELSE format('source.%I::float8', m.weight) END,
		@extschema@.ntk_rows_of(m), condition)
$$;
COMMENT ON FUNCTION ntk_training_rows(ntk_catalog_model, text) IS 'the sub-query that gives the encoded rows of a model';

CREATE FUNCTION ntk_gram_call(m ntk_catalog_model, v ntk_catalog_version) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE m.task WHEN 'regression' THEN '@extschema@.ntk_gram(r.x, r.y, $3, r.weight)'
		ELSE format('@extschema@.ntk_gram_class(r.x, r.y, %s, $3, r.weight)', cardinality(v.labels)) END
$$;
COMMENT ON FUNCTION ntk_gram_call(ntk_catalog_model, ntk_catalog_version) IS 'the aggregate over the rows of ntk_training_rows; parameter $3 of the statement is the map';

-- Sums the rows that fulfil a condition into temporary statistics; a table, because that is what
-- parallel plans can fill.
CREATE FUNCTION ntk_collect(m ntk_catalog_model, v ntk_catalog_version, condition text) RETURNS bigint LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	skipped bigint;
BEGIN
	IF to_regclass('pg_temp.ntk_sketch_collected') IS NOT NULL THEN
		DROP TABLE pg_temp.ntk_sketch_collected;
	END IF;
	PERFORM set_config('search_path', m.search_path, true);
	EXECUTE pg_catalog.format('CREATE TEMP TABLE ntk_sketch_collected ON COMMIT DROP AS SELECT grp, bucket, part, %s AS gram FROM %s GROUP BY grp, bucket, part',
							  @extschema@.ntk_gram_call(m, v), @extschema@.ntk_training_rows(m, condition))
		USING v.encoding, v.labels, v.map;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	SELECT coalesce(sum(@extschema@.ntk_skipped(gram)), 0) INTO skipped FROM pg_temp.ntk_sketch_collected WHERE @extschema@.ntk_width(gram) = 0;
	DELETE FROM pg_temp.ntk_sketch_collected WHERE @extschema@.ntk_width(gram) = 0;
	RETURN skipped;
END $$;
COMMENT ON FUNCTION ntk_collect(ntk_catalog_model, ntk_catalog_version, text) IS
	'fills the temporary table ntk_sketch_collected with the statistics of a model''s rows by group, bucket and part, and counts the rows of those in which all were left out';

-- The newest of some buckets: the largest numbers, or else the last texts, which dates sort like.
CREATE FUNCTION ntk_newest_buckets(buckets text[], number integer) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT b FROM unnest(buckets) AS b
	ORDER BY CASE WHEN b ~ '^-?[0-9]+(\.[0-9]+)?$' THEN b::numeric END DESC NULLS LAST, b DESC LIMIT number
$$;
COMMENT ON FUNCTION ntk_newest_buckets(text[], integer) IS 'the newest of some buckets';

-- The statistics of a lineage that count: those of the newest buckets where there is a window.
CREATE FUNCTION ntk_statistics(m ntk_catalog_model, lineage integer) RETURNS SETOF ntk_catalog_statistic LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT * FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = m.model AND s.lineage = $2
		AND (m.params ->> 'window' IS NULL OR bucket IN (
			SELECT @extschema@.ntk_newest_buckets(ARRAY(SELECT DISTINCT b.bucket FROM @extschema@.ntk_catalog_statistic AS b WHERE b.model = m.model AND b.lineage = $2), (m.params ->> 'window')::int)))
$$;
COMMENT ON FUNCTION ntk_statistics(ntk_catalog_model, integer) IS 'the statistics that a version of this lineage is fitted to';

-- The penalty of every group and, with groups, of all rows together, by cross-validation over the folds
-- in ntk_sketch_best. {group: {"lambda", "mse", "se"}}; the given lambda where there is one.
CREATE FUNCTION ntk_choose_lambdas(m ntk_catalog_model) RETURNS jsonb LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	choices jsonb := '{}';
	key text[];
	folds @extschema@.ntk_gram[];
	choice jsonb;
BEGIN
	FOR key IN SELECT DISTINCT c.grp FROM pg_temp.ntk_sketch_best AS c UNION SELECT '{}' LOOP
		choice := NULL;
		IF m.params ->> 'lambda' IS NOT NULL THEN
			choice := jsonb_build_object('lambda', m.params -> 'lambda');
		ELSE
			SELECT array_agg(gram) INTO folds
			FROM (SELECT @extschema@.sum(c.gram) AS gram FROM pg_temp.ntk_sketch_best AS c WHERE c.part >= 0 AND (c.grp = key OR key = '{}')
				  GROUP BY c.part HAVING @extschema@.ntk_weight(@extschema@.sum(c.gram)) > 0) AS parts;
			IF cardinality(folds) > 1 THEN
				SELECT jsonb_build_object('lambda', lambda, 'mse', cv_mse, 'se', cv_se) INTO choice FROM @extschema@.ntk_cv(folds) ORDER BY cv_mse, lambda DESC LIMIT 1;
			END IF;
		END IF;
		choices := choices || jsonb_build_object(key::text, choice);
	END LOOP;
	RETURN choices;
END $$;
COMMENT ON FUNCTION ntk_choose_lambdas(ntk_catalog_model) IS 'the penalties of the groups of a version, by cross-validation where none is given';

-- Fits every group of a version and, with groups, all rows together. A group without a penalty, which
-- had too few rows to choose one or was not there, has that of all rows.
CREATE FUNCTION ntk_fit_parts(m ntk_catalog_model, v ntk_catalog_version, choices jsonb) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	key text[];
	choice jsonb;
	held_out @extschema@.ntk_gram;
	total @extschema@.ntk_gram;
	fitted @extschema@.ntk_model;
	error float8;
BEGIN
	FOR key IN SELECT DISTINCT grp FROM @extschema@.ntk_statistics(m, v.lineage) UNION SELECT '{}' ORDER BY 1 LOOP
		SELECT @extschema@.sum(gram) FILTER (WHERE part >= 0), @extschema@.sum(gram) FILTER (WHERE part < 0) INTO total, held_out
		FROM @extschema@.ntk_statistics(m, v.lineage) WHERE grp = key OR key = '{}';
		CONTINUE WHEN total IS NULL OR NOT @extschema@.ntk_weight(total) > 0;
		choice := coalesce(nullif(choices -> key::text, 'null'), nullif(choices -> '{}', 'null'), '{"lambda": 1}');
		fitted := @extschema@.ntk_solve(total, (choice ->> 'lambda')::float8, m.task = 'regression' AND (m.params ->> 'uncertainty')::boolean);
		error := NULL;
		IF m.task = 'regression' AND @extschema@.ntk_weight(held_out) > 0 THEN
			error := sqrt((@extschema@.ntk_mse(fitted, held_out))[1]);
		ELSIF m.task = 'regression' AND choices ? key::text THEN
			error := sqrt((choice ->> 'mse')::float8);
		END IF;
		INSERT INTO @extschema@.ntk_catalog_part (model, version, grp, n_rows, n_skipped, lambda, cv_mse, cv_se, metric_value, fitted)
		VALUES (m.model, v.version, key, @extschema@.ntk_rows(total), @extschema@.ntk_skipped(total) + coalesce(@extschema@.ntk_skipped(held_out), 0),
				@extschema@.ntk_lambda(fitted), (choice ->> 'mse')::float8, (choice ->> 'se')::float8, error, fitted);
	END LOOP;
END $$;
COMMENT ON FUNCTION ntk_fit_parts(ntk_catalog_model, ntk_catalog_version, jsonb) IS
	'fits the parts of a version to the statistics of its lineage, with the penalties of ntk_choose_lambdas';

-- The error on the rows that were held out, of classes the accuracy and the temperature of probabilities.
-- Where none were, a model without the first fold is measured on it.
CREATE FUNCTION ntk_measure_parts(m ntk_catalog_model, v ntk_catalog_version) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF m.task = 'regression' AND (m.params ->> 'holdout')::float8 = 0 THEN
		RETURN;		-- the error of cross-validation stands
	END IF;
	PERFORM set_config('search_path', m.search_path, true);
	EXECUTE pg_catalog.format(
		'WITH scorers AS MATERIALIZED (SELECT p.grp, CASE WHEN $5 < 0 THEN p.fitted ELSE (SELECT @extschema@.ntk_solve(@extschema@.sum(s.gram), p.lambda) '
		'FROM pg_temp.ntk_sketch_best AS s WHERE s.part > $5 AND (s.grp = p.grp OR p.grp = ''{}'')) END AS fitted '
		'FROM @extschema@.ntk_catalog_part AS p WHERE p.model = $3 AND p.version = $4), '
		'scored AS (SELECT p.grp, r.y, r.weight, @extschema@.ntk_predict_all(p.fitted, r.x) AS scores FROM %s JOIN scorers AS p ON p.grp = r.grp OR p.grp = ''{}'' '
		'WHERE r.part = $5 AND r.y IS NOT NULL AND r.x IS NOT NULL), '
		'measured AS (SELECT grp, %s FROM scored GROUP BY grp) '
		'UPDATE @extschema@.ntk_catalog_part AS p SET metric_value = measured.value, temperature = measured.temperature '
		'FROM measured WHERE p.model = $3 AND p.version = $4 AND p.grp = measured.grp', @extschema@.ntk_training_rows(m),
		CASE m.task WHEN 'regression' THEN 'sqrt(sum(weight * (y - scores[1]) ^ 2) / nullif(sum(weight), 0)) AS value, NULL::float8 AS temperature'
			ELSE 'coalesce(sum(weight) FILTER (WHERE y = @extschema@.ntk_argmax(scores) - 1), 0) / nullif(sum(weight), 0) AS value, @extschema@.ntk_temperature(scores, y::int) AS temperature' END)
		USING v.encoding, v.labels, m.model, v.version, CASE WHEN (m.params ->> 'holdout')::float8 > 0 THEN -1 ELSE 0 END;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
END $$;
COMMENT ON FUNCTION ntk_measure_parts(ntk_catalog_model, ntk_catalog_version) IS
	'measures a version''s parts on the rows that were held out, and calibrates probabilities';

-- Distances mean something relative to this only, in inputs that were standardised and the more in a metric.
CREATE FUNCTION ntk_spread(landmarks real[]) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(nullif(sqrt(2 * sum(variance)), 0), 1)
	FROM (SELECT var_pop(e::float8) AS variance FROM unnest($1) WITH ORDINALITY AS u (e, at) GROUP BY at % array_length($1, 2)) AS v
$$;
COMMENT ON FUNCTION ntk_spread(real[]) IS 'the root mean square distance of two of these landmarks; 1 if they are all the same';

-- The feature map of a version, from the encoded rows that fulfil a condition if the method wants to see
-- them. Rows can be fewer than landmarks, and in a metric more of them fall together.
CREATE FUNCTION ntk_draw_map(m ntk_catalog_model, v ntk_catalog_version, params jsonb, metric double precision[] DEFAULT NULL, condition text DEFAULT 'true')
	RETURNS ntk_map LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	inputs int := (v.encoding ->> 'inputs')::int;
	width int := (params ->> 'n_components')::int;
	seed bigint := (params ->> 'seed')::bigint;
	landmarks real[];
	rows_of text;
	statement text;
	message text;
	map @extschema@.ntk_map;
BEGIN
	IF params ->> 'method' <> 'nystrom' THEN
		IF params ->> 'shape' IS NOT NULL THEN
			RETURN @extschema@.ntk_picture_map(params);
		END IF;
		map := @extschema@.ntk_map(inputs, width, (params ->> 'depth')::int, params ->> 'method', seed, (params ->> 'bias')::float8, params ->> 'kernel', params -> 'options');
		RETURN CASE WHEN metric IS NULL THEN map ELSE @extschema@.ntk_with_metric(map, metric) END;
	END IF;
	rows_of := @extschema@.ntk_training_rows(m, condition) || ' WHERE r.part >= 0 AND r.y IS NOT NULL AND r.x IS NOT NULL';
	PERFORM set_config('search_path', m.search_path, true);
	IF params ->> 'shape' IS NOT NULL THEN
		map := @extschema@.ntk_picture_map(params);
		EXECUTE pg_catalog.format('SELECT @extschema@.cntk_nystrom($3, @extschema@.cntk_patches(r.x, $3, %s, %s)) FROM %s',
								  coalesce(params #>> '{options,rank}', '64'), seed, rows_of) INTO map USING v.encoding, v.labels, map;
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
		RETURN map;
	END IF;
	statement := pg_catalog.format('SELECT @extschema@.ntk_landmarks(r.x, $3, %s%s) FROM %s', seed, CASE WHEN metric IS NULL THEN '' ELSE ', $4' END, rows_of);
	BEGIN
		EXECUTE statement INTO landmarks USING v.encoding, v.labels, width, metric;
	EXCEPTION WHEN data_exception THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
		width := pg_catalog.substring(message, 'distinct rows, but there are only (\d+)');
		IF width IS NULL THEN
			RAISE;
		END IF;
		EXECUTE statement INTO landmarks USING v.encoding, v.labels, width, metric;
	END;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	IF landmarks IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('model "%s": no rows are left to train on', m.model), DETAIL = 'All of them are held out, or have a NULL where missing is ''skip''.';
	ELSIF @extschema@.ntk_is_of_distance(params) THEN
		RETURN @extschema@.ntk_nystrom(landmarks, params ->> 'kernel', (params ->> 'bandwidth')::float8 * @extschema@.ntk_spread(landmarks), (params ->> 'exponent')::float8, metric => metric);
	ELSIF metric IS NULL THEN
		RETURN @extschema@.ntk_nystrom(landmarks, (params ->> 'depth')::int, (params ->> 'bias')::float8, params ->> 'kernel');
	END IF;
	RETURN @extschema@.ntk_nystrom(landmarks, (params ->> 'depth')::int, (params ->> 'bias')::float8, params ->> 'kernel', metric);
END $$;
COMMENT ON FUNCTION ntk_draw_map(ntk_catalog_model, ntk_catalog_version, jsonb, double precision[], text) IS 'the feature map for the encoded rows of a version, in a metric if there is one';

-- The model's row, locked, so that trainings of one model wait for each other.
CREATE FUNCTION ntk_lock_model(model text) RETURNS ntk_catalog_model LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	m @extschema@.ntk_catalog_model;
BEGIN
	IF $1 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'the name of the model must not be null';
	END IF;
	SELECT c.* INTO m FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1 FOR UPDATE;
	IF NOT FOUND THEN
		IF EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS c WHERE c.model = $1) THEN
			RAISE insufficient_privilege USING MESSAGE = format('model "%s" belongs to another role', $1);
		END IF;
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist', $1);
	END IF;
	RETURN m;
END $$;
COMMENT ON FUNCTION ntk_lock_model(text) IS 'the model of this name, for changing it; an error if the current role may not';

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
		SELECT sum(held_out.weight * before.mse), sum(held_out.weight * after.mse) INTO old_value, new_value
		FROM (SELECT grp, @extschema@.sum(gram) AS gram, @extschema@.ntk_weight(@extschema@.sum(gram)) AS weight
			  FROM @extschema@.ntk_statistics(m, v.lineage) WHERE part = -1 GROUP BY grp) AS held_out
			JOIN @extschema@.ntk_catalog_part AS old ON old.model = m.model AND old.version = m.deployed AND old.grp = held_out.grp
			JOIN @extschema@.ntk_catalog_part AS new ON new.model = m.model AND new.version = v.version AND new.grp = held_out.grp,
			LATERAL (SELECT avg(e) AS mse FROM unnest(@extschema@.ntk_mse(old.fitted, held_out.gram)) AS e) AS before,
			LATERAL (SELECT avg(e) AS mse FROM unnest(@extschema@.ntk_mse(new.fitted, held_out.gram)) AS e) AS after;
		RETURN old_value IS NULL OR new_value <= 1.01 * old_value;
	END IF;
	IF champion.metric <> v.metric OR champion.labels <> v.labels OR champion.request ->> 'target' <> m.target THEN
		RETURN true;
	END IF;
	PERFORM set_config('search_path', m.search_path, true);
	BEGIN
		EXECUTE pg_catalog.format(CASE m.task
			WHEN 'regression' THEN 'SELECT @extschema@.ntk_rmse(source.%2$I::float8, @extschema@.ntk_predict($1, source.*)) FROM %1$s WHERE %3$s'
			ELSE 'SELECT 1 - @extschema@.ntk_accuracy(source.%2$I::text, @extschema@.ntk_classify($1, source.*)) FROM %1$s WHERE %3$s' END,
			@extschema@.ntk_rows_of(m), m.target, pg_catalog.format('@extschema@.ntk_fold(source.*, 1000) < %s', ceil(1000 * (m.params ->> 'holdout')::float8)))
		INTO old_value USING m.model;
	EXCEPTION WHEN OTHERS THEN
		RAISE NOTICE 'ntk_train: the version that serves cannot predict these rows: %', SQLERRM;
	END;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	RETURN old_value IS NULL OR v.metric_value IS NULL OR CASE m.task WHEN 'regression' THEN v.metric_value ELSE 1 - v.metric_value END <= 1.01 * old_value;
END $$;
COMMENT ON FUNCTION ntk_is_better(ntk_catalog_model, ntk_catalog_version) IS
	'whether a version is not worse than the one that serves, on the rows that were held out';

-- A version brings along what it was asked for: its model may have been trained for something else since.
CREATE FUNCTION ntk_serve(model text, version integer) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	UPDATE @extschema@.ntk_catalog_model AS m
	SET (task, source, search_path, columns, target, features, group_by, weight, params) =
			(SELECT s.task, s.source, s.search_path, s.columns, s.target, s.features, s.group_by, s.weight, s.params
			 FROM @extschema@.ntk_catalog_version AS v, jsonb_populate_record(NULL::@extschema@.ntk_catalog_model, v.request) AS s
			 WHERE v.model = $1 AND v.version = $2),
		deployed = $2, deployed_at = now()
	WHERE m.model = $1
$$;
COMMENT ON FUNCTION ntk_serve(text, integer) IS 'makes a version of a model the one that serves';

-- A new version from statistics that are stored: fits, measures, deploys, and says what it did.
CREATE FUNCTION ntk_finish_version(m ntk_catalog_model, v ntk_catalog_version, choices jsonb, predecessor integer, begun timestamptz)
	RETURNS SETOF ntk_training
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	serves boolean;
BEGIN
	PERFORM @extschema@.ntk_fit_parts(m, v, choices);
	IF predecessor IS NULL THEN
		PERFORM @extschema@.ntk_measure_parts(m, v);
	ELSIF m.task = 'classification' THEN	-- the rows for it are not read again
		UPDATE @extschema@.ntk_catalog_part AS p
		SET (metric_value, temperature) = (SELECT o.metric_value, o.temperature FROM @extschema@.ntk_catalog_part AS o
										   WHERE o.model = p.model AND o.version = predecessor AND o.grp IN (p.grp, '{}') ORDER BY o.grp = '{}' LIMIT 1)
		WHERE p.model = m.model AND p.version = v.version;
	END IF;
	UPDATE @extschema@.ntk_catalog_version AS c
	SET (n_rows, n_skipped, metric_value, seconds) = (	-- of all rows, each with the part that is for it
		SELECT sum(p.n_rows), sum(p.n_skipped) + CASE WHEN predecessor IS NULL THEN v.n_skipped ELSE 0 END,
			CASE m.task WHEN 'regression' THEN sqrt(sum(p.n_rows * p.metric_value ^ 2) / nullif(sum(p.n_rows) FILTER (WHERE p.metric_value IS NOT NULL), 0))
				ELSE sum(p.n_rows * p.metric_value) / nullif(sum(p.n_rows) FILTER (WHERE p.metric_value IS NOT NULL), 0) END,
			extract(epoch FROM clock_timestamp() - begun)
		FROM @extschema@.ntk_catalog_part AS p
		WHERE p.model = v.model AND p.version = v.version AND (p.grp <> '{}' OR cardinality(m.group_by) = 0))
	WHERE c.model = v.model AND c.version = v.version RETURNING c.* INTO v;
	serves := CASE m.params ->> 'deploy' WHEN 'always' THEN true WHEN 'never' THEN m.deployed IS NULL ELSE @extschema@.ntk_is_better(m, v) END;
	IF serves THEN
		PERFORM @extschema@.ntk_serve(m.model, v.version);
	END IF;
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model = m.model AND s.lineage NOT IN (SELECT c.lineage FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version IN (coalesce(m.deployed, 0), v.version));
	RETURN QUERY
		SELECT p.model, p.version, CASE WHEN p.grp = '{}' THEN '{}' ELSE jsonb_object(m.group_by, p.grp) END, m.task, p.n_rows, p.n_skipped,
			@extschema@.ntk_width(p.fitted), p.lambda, v.metric, p.metric_value, v.seconds, serves, v.rounds
		FROM @extschema@.ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version ORDER BY p.grp;
END $$;
COMMENT ON FUNCTION ntk_finish_version(ntk_catalog_model, ntk_catalog_version, jsonb, integer, timestamptz) IS
	'fits a version to the statistics of its lineage with these penalties, and the calibration of a predecessor if it has one, measures it and deploys it where it is to serve';

-- Targets and weights that nothing can be learned from are refused by name.
CREATE FUNCTION ntk_check_numbers(m ntk_catalog_model, known text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text;
	low float8;
	high float8;
BEGIN
	FOREACH name IN ARRAY array_remove(ARRAY[CASE WHEN m.task = 'regression' THEN m.target END, m.weight], NULL) LOOP
		PERFORM set_config('search_path', m.search_path, true);
		BEGIN
			EXECUTE pg_catalog.format('SELECT pg_catalog.min(source.%1$I::float8), pg_catalog.max(source.%1$I::float8) FROM %2$s WHERE %3$s', name, @extschema@.ntk_rows_of(m), known)
				INTO low, high;
		EXCEPTION WHEN numeric_value_out_of_range THEN
			RAISE numeric_value_out_of_range USING MESSAGE = pg_catalog.format('column "%s" holds a number beyond the range of double precision', name);
		END;
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
		IF high IN ('NaN', 'Infinity') OR low = '-Infinity' THEN
			RAISE numeric_value_out_of_range USING MESSAGE = format('column "%s" holds %s', name, CASE WHEN high IN ('NaN', 'Infinity') THEN high ELSE low END);
		ELSIF name = m.weight AND low < 0 THEN
			RAISE invalid_parameter_value USING MESSAGE = format('the weights in column "%s" must not be negative, not %s', name, low);
		ELSIF name = m.weight AND high = 0 THEN
			RAISE data_exception USING MESSAGE = format('all weights in column "%s" are 0', name);
		ELSIF name = m.target AND low = high THEN
			RAISE data_exception USING MESSAGE = format('column "%s" is constant: there is nothing to learn', name);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION ntk_check_numbers(ntk_catalog_model, text) IS 'refuses targets and weights that are not finite, constant targets and negative weights';

-- Learns encoding, map and statistics of the model's source and makes a version of them. What is done with a
-- row pays for workers on tables that are small by their size, or by that of what is not toasted.
CREATE FUNCTION ntk_new_version(m ntk_catalog_model)
	RETURNS SETOF ntk_training
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET min_parallel_table_scan_size = 0 SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	begun timestamptz := clock_timestamp();
	v @extschema@.ntk_catalog_version;
	columns text := (SELECT string_agg(format('source.%I', f), ', ') FROM unnest(m.features) AS f);
	known text := format('source.%I IS NOT NULL', m.target) || CASE WHEN m.weight IS NULL THEN '' ELSE format(' AND source.%I IS NOT NULL', m.weight) END;
	trial record;
	asked_for @extschema@.ntk_map;
	best_map @extschema@.ntk_map;
	best_error float8;
BEGIN
	SELECT m.model, coalesce(max(c.version), 0) + 1 INTO v.model, v.version FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model;
	v.lineage := v.version;
	v.request := to_jsonb(m) - '{owner,readers,deployed,deployed_at,created_at,model}'::text[];
	v.metric := CASE m.task WHEN 'regression' THEN 'rmse' ELSE 'accuracy' END;

	PERFORM set_config('search_path', m.search_path, true);
	PERFORM @extschema@.ntk_source_columns(m.source);
	IF m.params ->> 'watermark' IS NOT NULL THEN	-- rows that arrive from here on are for ntk_refresh
		EXECUTE pg_catalog.format('SELECT pg_catalog.to_jsonb(pg_catalog.max(source.%I)) #>> ''{}'' FROM %s', m.params ->> 'watermark', @extschema@.ntk_rows_of(m)) INTO v.watermark;
		m.source := pg_catalog.format(E'SELECT * FROM (%s\n) AS source WHERE source.%I <= %L', m.source, m.params ->> 'watermark', v.watermark);
	END IF;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	PERFORM @extschema@.ntk_check_numbers(m, known);
	PERFORM set_config('search_path', m.search_path, true);
	EXECUTE pg_catalog.format('SELECT @extschema@.ntk_encoding(r.*, %s) FROM (SELECT %s FROM %s WHERE %s) AS r',
							  m.params ->> 'max_levels', columns, @extschema@.ntk_rows_of(m), known) INTO v.encoding;
	IF m.task = 'classification' THEN
		EXECUTE pg_catalog.format('SELECT pg_catalog.array_agg(label ORDER BY label) FROM (SELECT DISTINCT source.%I::text AS label FROM %s WHERE %s) AS l',
								  m.target, @extschema@.ntk_rows_of(m), known) INTO v.labels;
	END IF;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	IF v.encoding IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('model "%s": the source has no rows with a target', m.model);
	END IF;
	v.encoding := v.encoding || jsonb_build_object('missing', m.params -> 'missing');
	IF m.params ->> 'shape' IS NOT NULL THEN
		v.encoding := @extschema@.ntk_picture_encoding(m, v.encoding);
	END IF;
	IF cardinality(v.labels) < 2 THEN
		RAISE data_exception USING MESSAGE = format('column "%s" has only one class, "%s"', m.target, v.labels[1]);
	ELSIF cardinality(v.labels) > 1000 THEN
		RAISE program_limit_exceeded USING MESSAGE = format('column "%s" has %s classes, at most 1000 are possible', m.target, cardinality(v.labels));
	END IF;

	v.map := @extschema@.ntk_draw_map(m, v, m.params);
	v := @extschema@.ntk_learn_metric(m, v);
	asked_for := v.map;
	-- every combination that is to be tried, or the only one
	FOR trial IN SELECT t AS params, NULL::float8 AS error FROM @extschema@.ntk_trials(m.params) AS t LOOP
		v.map := CASE WHEN trial.params = m.params THEN asked_for ELSE @extschema@.ntk_draw_map(m, v, trial.params, @extschema@.ntk_metric(asked_for)) END;
		v.n_skipped := @extschema@.ntk_collect(m, v, 'true');
		IF m.params ->> 'search' IS NOT NULL THEN
			SELECT min(cv_mse) INTO trial.error FROM (SELECT array_agg(gram) AS grams FROM (
				SELECT @extschema@.sum(gram) AS gram FROM pg_temp.ntk_sketch_collected WHERE part >= 0 GROUP BY part) AS p) AS f, @extschema@.ntk_cv(grams);
			RAISE NOTICE 'ntk_train: kernel %, depth %, bias %, bandwidth %, n_components %: cross-validated mean squared error %',
				trial.params ->> 'kernel', trial.params -> 'depth', trial.params -> 'bias', trial.params -> 'bandwidth', trial.params -> 'n_components', trial.error;
		END IF;
		IF best_map IS NULL OR trial.error < best_error THEN
			best_map := v.map;
			best_error := trial.error;
			IF to_regclass('pg_temp.ntk_sketch_best') IS NOT NULL THEN
				DROP TABLE pg_temp.ntk_sketch_best;
			END IF;
			ALTER TABLE pg_temp.ntk_sketch_collected RENAME TO ntk_sketch_best;
		END IF;
	END LOOP;
	v.map := best_map;
	IF m.params ->> 'window' IS NOT NULL THEN
		DELETE FROM pg_temp.ntk_sketch_best AS c
		WHERE c.bucket NOT IN (SELECT b.bucket FROM @extschema@.ntk_newest_buckets(ARRAY(SELECT DISTINCT k.bucket FROM pg_temp.ntk_sketch_best AS k), (m.params ->> 'window')::int) AS b (bucket));
	END IF;
	IF NOT EXISTS (SELECT FROM pg_temp.ntk_sketch_best AS c WHERE c.part >= 0) THEN
		RAISE no_data_found USING MESSAGE = format('model "%s": no rows are left to train on', m.model), DETAIL = 'All of them are held out, or have a NULL where missing is ''skip''.';
	END IF;
	v.n_rows := 0;
	v.seconds := 0;
	v.trained_at := now();
	INSERT INTO @extschema@.ntk_catalog_version SELECT v.*;
	INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, grp, bucket, part, gram)
	SELECT v.model, v.version, c.grp, c.bucket, least(c.part, 0), @extschema@.sum(c.gram) FROM pg_temp.ntk_sketch_best AS c GROUP BY c.grp, c.bucket, least(c.part, 0);
	RETURN QUERY SELECT * FROM @extschema@.ntk_finish_version(m, v, @extschema@.ntk_choose_lambdas(m), NULL, begun);
	DROP TABLE pg_temp.ntk_sketch_best;
END $$;
COMMENT ON FUNCTION ntk_new_version(ntk_catalog_model) IS 'learns a version of a model from all rows of its source';

CREATE FUNCTION ntk_train_in(path text, model text, source text, target text, features text[], exclude text[], task text, group_by text[], weight text, params jsonb)
	RETURNS SETOF ntk_training
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
	m @extschema@.ntk_catalog_model;
	columns jsonb;		-- name to category of type
	names text[];
	types jsonb;		-- name to name of type
	free text[];		-- columns that have no other role
	wanted record;
	left_out text;
BEGIN
	IF $2 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'the name of the model must not be null';
	ELSIF octet_length($2) NOT BETWEEN 1 AND 63 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the name of a model must have 1 to 63 bytes', DETAIL = format('"%s" has %s.', $2, octet_length($2));
	ELSIF $3 IS NULL OR $4 IS NULL OR params IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source, target and params must not be null';
	ELSIF array_position($5, NULL) IS NOT NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'features must not contain a null';
	ELSIF array_position($6, NULL) IS NOT NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'exclude must not contain a null';
	ELSIF array_position($8, NULL) IS NOT NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'group_by must not contain a null';
	ELSIF $7 IS NOT NULL AND $7 NOT IN ('regression', 'classification') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('task must be ''regression'' or ''classification'', not ''%s''', $7);
	END IF;
	m.params := @extschema@.ntk_check_params(params);
	PERFORM set_config('search_path', path, true);
	m.source := @extschema@.ntk_source_query($3);
	SELECT pg_catalog.jsonb_object_agg(c.name, t.typcategory), pg_catalog.array_agg(c.name ORDER BY c.place), pg_catalog.jsonb_object_agg(c.name, c.type::text)
		INTO columns, names, types
	FROM @extschema@.ntk_source_columns(m.source) AS c JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) c.type;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

	SELECT what, name INTO wanted
	FROM (SELECT 'target', $4 UNION ALL SELECT 'weight', $9 UNION ALL SELECT 'features', f FROM unnest($5) AS f UNION ALL SELECT 'exclude', f FROM unnest($6) AS f
		  UNION ALL SELECT 'group_by', f FROM unnest($8) AS f UNION ALL SELECT 'params.' || k, m.params ->> k FROM unnest('{watermark,bucket}'::text[]) AS k) AS v (what, name)
	WHERE name IS NOT NULL AND NOT columns ? name LIMIT 1;
	IF FOUND THEN
		RAISE undefined_column USING MESSAGE = format('the source has no column "%s", which %s names', wanted.name, wanted.what),
			HINT = 'Its columns are ' || (SELECT string_agg(quote_ident(c), ', ' ORDER BY c) FROM jsonb_object_keys(columns) AS c) || '.';
	END IF;
	m.model := $2;
	m.target := $4;
	m.weight := $9;
	m.group_by := coalesce($8, '{}');
	m.search_path := path;
	columns := columns || (SELECT coalesce(jsonb_object_agg(c, 'X'), '{}') FROM unnest(names) AS c WHERE types ->> c IN ('money', 'oid'));
	IF columns ->> $9 <> 'N' THEN
		RAISE datatype_mismatch USING MESSAGE = format('column "%s" of type %s cannot be a weight', $9, types ->> $9);
	ELSIF $4 = ANY (m.group_by) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the target "%s" cannot group rows', $4);
	END IF;
	m.task := coalesce($7, CASE columns ->> $4 WHEN 'N' THEN 'regression' WHEN 'S' THEN 'classification' WHEN 'B' THEN 'classification' WHEN 'E' THEN 'classification' END);
	IF m.task IS NULL OR m.task = 'regression' AND columns ->> $4 <> 'N' THEN
		RAISE datatype_mismatch USING MESSAGE = format('column "%s" cannot be a target%s', $4, coalesce(' of ' || m.task, '')),
			HINT = 'Numbers are targets of regression; text, boolean and enum values are classes.';
	END IF;
	SELECT string_agg(format('"%s"', c), ', ') INTO left_out
	FROM unnest(m.group_by) AS c WHERE columns ->> c NOT IN ('N', 'S', 'B', 'E');
	IF left_out IS NOT NULL THEN
		RAISE datatype_mismatch USING MESSAGE = format('rows cannot be grouped by %s', left_out), HINT = 'Cast it to text in the source.';
	END IF;
	free := ARRAY(SELECT c FROM unnest(coalesce($5, names)) WITH ORDINALITY AS u (c, place)
				  WHERE c <> ALL (coalesce($6, '{}')) AND ($5 IS NOT NULL OR c <> ALL (array_remove(ARRAY[$4, $9, m.params ->> 'watermark', m.params ->> 'bucket'] || m.group_by, NULL)))
				  ORDER BY place);
	m.features := ARRAY(SELECT c FROM unnest(free) AS c
						WHERE $5 IS NOT NULL OR columns ->> c IN ('B', 'E') OR types ->> c = ANY ('{smallint,integer,bigint,real,double precision,numeric,text,character varying,character,name,"\"char\"",uuid,'
							'date,timestamp without time zone,timestamp with time zone,time without time zone,interval,smallint[],integer[],bigint[],real[],double precision[],numeric[]}'));
	IF free <> m.features THEN
		RAISE NOTICE 'ntk_train: left out, because of their types: %', (SELECT string_agg(format('"%s" (%s)', c, types ->> c), ', ') FROM unnest(free) AS c WHERE c <> ALL (m.features));
	END IF;
	IF $4 = ANY (m.features) THEN
		RAISE invalid_parameter_value USING MESSAGE = format('the target "%s" cannot be a feature', $4);
	ELSIF cardinality(m.features) = 0 THEN
		RAISE invalid_parameter_value USING MESSAGE = 'no column is left for a feature';
	END IF;

	m.columns := names;
	FOR attempt IN 1 .. 3 LOOP
		INSERT INTO @extschema@.ntk_catalog_model (model, task, source, search_path, columns, target, features, group_by, weight, params)
		VALUES (m.model, m.task, m.source, m.search_path, m.columns, m.target, m.features, m.group_by, m.weight, m.params) ON CONFLICT DO NOTHING;
		BEGIN
			PERFORM @extschema@.ntk_lock_model($2);
			EXIT;
		EXCEPTION WHEN undefined_object THEN	-- another role's, or dropped while we waited for it
			IF attempt = 3 THEN
				RAISE duplicate_object USING MESSAGE = format('the name "%s" is taken by a model of another role', $2);
			END IF;
		END;
	END LOOP;
	SELECT c.owner, c.readers, c.deployed, c.deployed_at, c.created_at INTO m.owner, m.readers, m.deployed, m.deployed_at, m.created_at
	FROM @extschema@.ntk_catalog_model AS c WHERE c.model = m.model;
	RETURN QUERY SELECT * FROM @extschema@.ntk_new_version(m);
END $$;
COMMENT ON FUNCTION ntk_train_in(text, text, text, text, text[], text[], text, text[], text, jsonb) IS 'ntk_train, for names in this search_path';

CREATE FUNCTION ntk_train(model text, source text, target text, features text[] DEFAULT NULL, exclude text[] DEFAULT NULL, task text DEFAULT NULL,
						  group_by text[] DEFAULT NULL, weight text DEFAULT NULL, params jsonb DEFAULT '{}')
	RETURNS SETOF ntk_training
	LANGUAGE sql
	AS $$SELECT * FROM @extschema@.ntk_train_in(pg_catalog.current_setting('search_path'), $1, $2, $3, $4, $5, $6, $7, $8, $9)$$;
COMMENT ON FUNCTION ntk_train(text, text, text, text[], text[], text, text[], text, jsonb) IS
	'trains a model by name on a table, a view or a query: learns how columns become numbers, a feature map and a ridge model; a row for each group';
