-- How the rows of a model are encoded and summed.

CREATE FUNCTION _ntk_holdout(m ntk_catalog_model) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT ceil(1000 * (m.params ->> 'holdout')::float8)::int$$;
COMMENT ON FUNCTION _ntk_holdout(ntk_catalog_model) IS 'how many of the 1,000 folds of a model''s rows are held out';

CREATE FUNCTION _ntk_is_held_out(m ntk_catalog_model) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN m.params ->> 'holdout_by' IS NULL
		THEN format('%s < %s', @extschema@._ntk_fold_call(m, 1000), @extschema@._ntk_holdout(m))
		WHEN m.holdout_from IS NULL THEN 'false'
		ELSE format('coalesce(source.%I > %L, false)', m.params ->> 'holdout_by', m.holdout_from) END
$$;
COMMENT ON FUNCTION _ntk_is_held_out(ntk_catalog_model) IS
	'the condition that selects the held-out rows of _ntk_rows_of';

CREATE FUNCTION _ntk_group_call(m ntk_catalog_model) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce('ARRAY[' || (SELECT string_agg(format('@extschema@._ntk_key(source.%I)', g), ', ')
								 FROM unnest(m.group_by) AS g) || ']::text[]', '''{}''::text[]')
$$;
COMMENT ON FUNCTION _ntk_group_call(ntk_catalog_model) IS 'the expression for the group of a row of _ntk_rows_of';

-- Rows that have no logarithm are left out: those with which a model is refreshed may have such ones.
CREATE FUNCTION _ntk_target_call(m ntk_catalog_model) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(CASE
		WHEN m.log_target THEN 'CASE WHEN source.%1$I::float8 > 0 THEN ln(source.%1$I::float8) END'
		WHEN m.centre <> 0 THEN 'source.%1$I::float8 - %2$L::float8'
		ELSE 'source.%1$I::float8' END, m.target, m.centre)
$$;
COMMENT ON FUNCTION _ntk_target_call(ntk_catalog_model) IS
	'the expression for what a regression is fitted to, of a row of _ntk_rows_of';

-- The inverse; of a logarithm the mean, which is not the exponential of the mean.
CREATE FUNCTION _ntk_in_unit(m ntk_catalog_model, prediction text, smearing text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(CASE WHEN m.log_target THEN '(exp(%1$s) * coalesce(%2$s, 1))'
		WHEN m.centre <> 0 THEN '(%1$s + %3$L::float8)' ELSE '%1$s' END, prediction, smearing, m.centre)
$$;
COMMENT ON FUNCTION _ntk_in_unit(ntk_catalog_model, text, text) IS
	'the expression for a prediction in the unit of the target, from that for what is fitted';

-- A model's rows as a sub-query with the columns grp, bucket, part, rank, x, y and weight.
-- Parameter $1 of the statement is the encoding, $2 the labels.
CREATE FUNCTION _ntk_training_rows(m ntk_catalog_model, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(E'(SELECT %s AS grp, %s AS bucket, CASE WHEN %s THEN -1 ELSE %s %% %s END AS part, %s AS rank, '
				  '@extschema@.ntk_encode(source.*, $1) AS x, %s AS y, %s AS weight FROM %s WHERE %s) AS r',
		@extschema@._ntk_group_call(m),
		CASE WHEN m.params ->> 'bucket' IS NULL THEN ''''''
			ELSE format('coalesce(@extschema@._ntk_key(source.%I), '''')', m.params ->> 'bucket') END,
		@extschema@._ntk_is_held_out(m), @extschema@._ntk_fold_call(m, 1000), (m.params ->> 'folds')::int,
		@extschema@._ntk_fold_call(m, 1000000, 1),
		CASE m.task WHEN 'regression' THEN @extschema@._ntk_target_call(m)
			ELSE format('array_position($2::text[], @extschema@._ntk_label(source.%I)) - 1', m.target) END,
		CASE WHEN m.weight IS NULL THEN '1::float8' ELSE format('source.%I::float8', m.weight) END,
		@extschema@._ntk_rows_of(m), condition)
$$;
COMMENT ON FUNCTION _ntk_training_rows(ntk_catalog_model, text) IS
	'the sub-query that returns the encoded rows of a model';

CREATE FUNCTION _ntk_gram_call(m ntk_catalog_model, v ntk_catalog_version)
	RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE m.task WHEN 'regression' THEN '@extschema@.ntk_gram(r.x, r.y, $3, r.weight)'
		ELSE format('@extschema@.ntk_gram_class(r.x, r.y::int, %s, $3, r.weight)', cardinality(v.labels)) END
$$;
COMMENT ON FUNCTION _ntk_gram_call(ntk_catalog_model, ntk_catalog_version) IS
	'the aggregate call over the rows of _ntk_training_rows or _ntk_sample; parameter $3 of the statement is the map';

-- Keys are columns of indexes, whose rows have at most 2704 bytes.
CREATE FUNCTION _ntk_check_key(grp text[], bucket text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant int := 2500;
	bytes int := pg_column_size($1) + octet_length($2);
BEGIN
	IF bytes > most THEN
		RAISE program_limit_exceeded
			USING MESSAGE =
				format('the values that name a group and a bucket need %s bytes, at most %s are possible', bytes, most),
				DETAIL = format('The group is %s..., the bucket "%s".', left($1::text, 100), left($2, 100)),
				HINT = 'Group by fewer or shorter values, for example by md5(column) in the source.';
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION _ntk_check_key(text[], text) IS
	'true; raises an error for keys of groups and buckets that are too long for an index';

CREATE FUNCTION _ntk_collect(m ntk_catalog_model, v ntk_catalog_version, condition text DEFAULT 'true')
	RETURNS bigint LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	skipped bigint;
BEGIN
	INSERT INTO @extschema@.ntk_catalog_work (model, grp, bucket, part, gram)
	SELECT m.model, q.*
	FROM @extschema@._ntk_run(m.owner, format('SELECT grp, bucket, part, %s FROM %s GROUP BY grp, bucket, part',
											  @extschema@._ntk_gram_call(m, v), @extschema@._ntk_training_rows(m, condition)),
							  v.encoding, v.labels, v.map)
		AS q (grp text[], bucket text, part integer, gram @extschema@.ntk_gram)
	WHERE @extschema@._ntk_check_key(q.grp, q.bucket);
	WITH empty AS (DELETE FROM @extschema@.ntk_catalog_work AS w
				   WHERE w.xact = pg_current_xact_id() AND w.model = m.model AND @extschema@.ntk_width(w.gram) = 0
				   RETURNING @extschema@.ntk_skipped(w.gram) AS rows)
	SELECT coalesce(sum(e.rows), 0) INTO skipped FROM empty AS e;
	RETURN skipped;
END $$;
COMMENT ON FUNCTION _ntk_collect(ntk_catalog_model, ntk_catalog_version, text) IS
	'sums the rows that meet a condition into ntk_catalog_work; '
	'returns the number of rows in sums that left out all of their rows';

CREATE FUNCTION _ntk_collected(model text) RETURNS SETOF ntk_catalog_work LANGUAGE sql STABLE
	AS $$SELECT * FROM @extschema@.ntk_catalog_work AS w
		 WHERE w.xact OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id() AND w.model OPERATOR(pg_catalog.=) $1$$;
COMMENT ON FUNCTION _ntk_collected(text) IS
	'the statistics that _ntk_collect stored, one row per group, bucket and part';

CREATE FUNCTION _ntk_forget_collected(model text) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
	AS $$DELETE FROM @extschema@.ntk_catalog_work AS w WHERE w.xact = pg_current_xact_id() AND w.model = $1$$;
COMMENT ON FUNCTION _ntk_forget_collected(text) IS 'removes the statistics that _ntk_collect stored';

-- The folds that have rows: of one group, or of all rows for the key {}.
CREATE FUNCTION _ntk_folds(model text, key text[]) RETURNS ntk_gram[] LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	folds @extschema@.ntk_gram[];
BEGIN
	IF key = '{}' THEN
		SELECT array_agg(f.gram) INTO folds
		FROM (SELECT @extschema@.sum(c.gram) AS gram FROM @extschema@._ntk_collected($1) AS c
			  WHERE c.part >= 0 GROUP BY c.part) AS f WHERE @extschema@.ntk_weight(f.gram) > 0;
	ELSE
		SELECT array_agg(f.gram) INTO folds
		FROM (SELECT @extschema@.sum(c.gram) AS gram FROM @extschema@._ntk_collected($1) AS c
			  WHERE c.part >= 0 AND c.grp = key GROUP BY c.part) AS f WHERE @extschema@.ntk_weight(f.gram) > 0;
	END IF;
	RETURN folds;
END $$;
COMMENT ON FUNCTION _ntk_folds(text, text[]) IS
	'the statistics of each fold, from those that _ntk_collect stored';
