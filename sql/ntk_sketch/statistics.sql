-- The statistics of a model's rows: how they are summed, kept and found again.
--
-- A version that adds rows to another one keeps the statistics of these rows alone, and the
-- other one is its parent. So a version that does not serve, or no longer, leaves nothing
-- in what is refreshed next.

CREATE FUNCTION _ntk_holdout(m ntk_catalog_model) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT ceil(1000 * (m.params ->> 'holdout')::float8)::int$$;
COMMENT ON FUNCTION _ntk_holdout(ntk_catalog_model) IS 'how many of 1,000 folds of a model''s rows are held out';

CREATE FUNCTION _ntk_is_held_out(m ntk_catalog_model) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT format('@extschema@.ntk_fold(split.*, 1000) < %s', @extschema@._ntk_holdout(m))$$;
COMMENT ON FUNCTION _ntk_is_held_out(ntk_catalog_model) IS 'the condition for the rows of ntk_rows_of that are held out';

-- A model's rows as a sub-query with the columns grp, bucket, part, x, y and weight. Parameter
-- $1 of the statement is the encoding, $2 the labels.
CREATE FUNCTION ntk_training_rows(m ntk_catalog_model, condition text DEFAULT 'true') RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(E'(SELECT %s AS grp, %s AS bucket, CASE WHEN %s THEN -1 '
				  'ELSE @extschema@.ntk_fold(split.*, 1000) %% %s END AS part, '
				  '@extschema@.ntk_encode(source.*, $1) AS x, %s AS y, %s AS weight FROM %s WHERE %s) AS r',
		coalesce('ARRAY[' || (SELECT string_agg(format('@extschema@._ntk_key(source.%I)', g), ', ') FROM unnest(m.group_by) AS g)
				 || ']::text[]', '''{}''::text[]'),
		CASE WHEN m.params ->> 'bucket' IS NULL THEN ''''''
			ELSE format('coalesce(@extschema@._ntk_key(source.%I), '''')', m.params ->> 'bucket') END,
		@extschema@._ntk_is_held_out(m), (m.params ->> 'folds')::int,
		CASE m.task WHEN 'regression' THEN format('source.%I::float8', m.target)
			ELSE format('array_position($2::text[], @extschema@._ntk_label(source.%I)) - 1', m.target) END,
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
COMMENT ON FUNCTION ntk_gram_call(ntk_catalog_model, ntk_catalog_version) IS
	'the aggregate over the rows of ntk_training_rows; parameter $3 of the statement is the map';

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
			USING MESSAGE = format('the values that name a group and a bucket need %s bytes, at most %s are possible', bytes, most),
				DETAIL = format('The group is %s..., the bucket "%s".', left($1::text, 100), left($2, 100)),
				HINT = 'Group by fewer or shorter values, for example by md5(column) in the source.';
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION _ntk_check_key(text[], text) IS 'refuses the keys of groups and buckets that are too long to be kept; true';

CREATE FUNCTION _ntk_collect(m ntk_catalog_model, v ntk_catalog_version, condition text DEFAULT 'true', trial integer DEFAULT 0)
	RETURNS bigint LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	skipped bigint;
BEGIN
	INSERT INTO @extschema@.ntk_catalog_work (model, trial, grp, bucket, part, gram)
	SELECT m.model, $4, q.*
	FROM @extschema@._ntk_run(m.owner, format('SELECT grp, bucket, part, %s FROM %s GROUP BY grp, bucket, part',
											  @extschema@.ntk_gram_call(m, v), @extschema@.ntk_training_rows(m, condition)),
							  v.encoding, v.labels, v.map)
		AS q (grp text[], bucket text, part integer, gram @extschema@.ntk_gram)
	WHERE @extschema@._ntk_check_key(q.grp, q.bucket);
	WITH empty AS (DELETE FROM @extschema@.ntk_catalog_work AS w
				   WHERE w.xact = pg_current_xact_id() AND w.model = m.model AND w.trial = $4 AND @extschema@.ntk_width(w.gram) = 0
				   RETURNING @extschema@.ntk_skipped(w.gram) AS rows)
	SELECT coalesce(sum(e.rows), 0) INTO skipped FROM empty AS e;
	RETURN skipped;
END $$;
COMMENT ON FUNCTION _ntk_collect(ntk_catalog_model, ntk_catalog_version, text, integer) IS
	'sums the rows that fulfil a condition into ntk_catalog_work, and counts those of sums from which all were left out';

CREATE FUNCTION _ntk_collected(model text, trial integer DEFAULT 0) RETURNS SETOF ntk_catalog_work LANGUAGE sql STABLE
	AS $$SELECT * FROM @extschema@.ntk_catalog_work AS w
		 WHERE w.xact OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id() AND w.model OPERATOR(pg_catalog.=) $1
			AND w.trial OPERATOR(pg_catalog.=) $2$$;
COMMENT ON FUNCTION _ntk_collected(text, integer) IS 'what _ntk_collect has left';

CREATE FUNCTION _ntk_forget_collected(model text) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
	AS $$DELETE FROM @extschema@.ntk_catalog_work AS w WHERE w.xact = pg_current_xact_id() AND w.model = $1$$;
COMMENT ON FUNCTION _ntk_forget_collected(text) IS 'removes what _ntk_collect has left';

-- The folds that have rows: of one group, or of all rows for the key {}.
CREATE FUNCTION _ntk_folds(model text, trial integer, key text[]) RETURNS ntk_gram[] LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	folds @extschema@.ntk_gram[];
BEGIN
	IF key = '{}' THEN
		SELECT array_agg(f.gram) INTO folds
		FROM (SELECT @extschema@.sum(c.gram) AS gram FROM @extschema@._ntk_collected($1, $2) AS c
			  WHERE c.part >= 0 GROUP BY c.part) AS f WHERE @extschema@.ntk_weight(f.gram) > 0;
	ELSE
		SELECT array_agg(f.gram) INTO folds
		FROM (SELECT @extschema@.sum(c.gram) AS gram FROM @extschema@._ntk_collected($1, $2) AS c
			  WHERE c.part >= 0 AND c.grp = key GROUP BY c.part) AS f WHERE @extschema@.ntk_weight(f.gram) > 0;
	END IF;
	RETURN folds;
END $$;
COMMENT ON FUNCTION _ntk_folds(text, integer, text[]) IS 'the statistics of each fold of what _ntk_collect has left';

-- A constraint keeps parents smaller than their children, so there is no circle.
CREATE FUNCTION _ntk_ancestry(model text, version integer) RETURNS integer[] LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE ancestry AS (
		SELECT v.version, v.parent FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1 AND v.version = $2
		UNION ALL
		SELECT v.version, v.parent FROM ancestry AS a JOIN @extschema@.ntk_catalog_version AS v ON v.model = $1 AND v.version = a.parent)
	SELECT array_agg(a.version ORDER BY a.version DESC) FROM ancestry AS a
$$;
COMMENT ON FUNCTION _ntk_ancestry(text, integer) IS
	'a version and those on whose statistics it builds, the newest first';

-- The newest of some buckets: the largest numbers, or else the last texts, which dates sort like. Floats have
-- exponents; a key with more digits than numbers have is a text.
CREATE FUNCTION ntk_newest_buckets(buckets text[], number integer) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT b FROM unnest(buckets) AS b
	ORDER BY CASE WHEN length(b) < 1000 AND b ~ '^-?[0-9]+(\.[0-9]+)?(e[+-][0-9]{2,3})?$' THEN b::numeric END DESC NULLS LAST, b COLLATE "C" DESC LIMIT number
$$;
COMMENT ON FUNCTION ntk_newest_buckets(text[], integer) IS 'the newest of some buckets';

CREATE TYPE _ntk_scope AS (model text, lineage integer, versions integer[], buckets text[]);
COMMENT ON TYPE _ntk_scope IS
	'which statistics count for a version: those of its ancestry, in the newest buckets where there is a window (else NULL)';

CREATE FUNCTION _ntk_scope_of(m ntk_catalog_model, v ntk_catalog_version) RETURNS _ntk_scope LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	scope @extschema@._ntk_scope;
BEGIN
	scope.model := m.model;
	scope.lineage := v.lineage;
	scope.versions := @extschema@._ntk_ancestry(m.model, v.version);
	IF m.params ->> 'window' IS NOT NULL THEN
		scope.buckets := ARRAY(SELECT @extschema@.ntk_newest_buckets(
			ARRAY(SELECT DISTINCT s.bucket FROM @extschema@.ntk_catalog_statistic AS s
				  WHERE s.model = m.model AND s.lineage = v.lineage AND s.version = ANY (scope.versions)),
			(m.params ->> 'window')::int));
	END IF;
	RETURN scope;
END $$;
COMMENT ON FUNCTION _ntk_scope_of(ntk_catalog_model, ntk_catalog_version) IS 'which statistics a version is fitted to';

-- Inlined into the queries that use it, and so without a search_path of its own.
CREATE FUNCTION _ntk_statistics(scope _ntk_scope) RETURNS SETOF ntk_catalog_statistic LANGUAGE sql STABLE
AS $$
	SELECT * FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model OPERATOR(pg_catalog.=) ($1).model AND s.lineage OPERATOR(pg_catalog.=) ($1).lineage
		AND s.version OPERATOR(pg_catalog.=) ANY (($1).versions)
		AND (($1).buckets IS NULL OR s.bucket OPERATOR(pg_catalog.=) ANY (($1).buckets))
$$;
COMMENT ON FUNCTION _ntk_statistics(_ntk_scope) IS 'the statistics that count for a version';

-- The sums of one group, or of all rows for the key {}, in time that does not grow with the other groups.
CREATE FUNCTION _ntk_sums(scope _ntk_scope, key text[], OUT fitted ntk_gram, OUT held_out ntk_gram) LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF key = '{}' THEN
		SELECT @extschema@.sum(s.gram) FILTER (WHERE s.part >= 0), @extschema@.sum(s.gram) FILTER (WHERE s.part < 0)
			INTO fitted, held_out FROM @extschema@._ntk_statistics(scope) AS s;
	ELSE
		SELECT @extschema@.sum(s.gram) FILTER (WHERE s.part >= 0), @extschema@.sum(s.gram) FILTER (WHERE s.part < 0)
			INTO fitted, held_out FROM @extschema@._ntk_statistics(scope) AS s WHERE s.grp = key;
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_sums(_ntk_scope, text[]) IS
	'the statistics of the rows of a group that a version is fitted to, and of those that it is not';

-- The eight newest generations stay apart. What is older becomes a part of the oldest one of them, and what
-- does not belong to the ancestry goes with it.
CREATE FUNCTION _ntk_compact(m ntk_catalog_model, v ntk_catalog_version) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	generations constant int := 8;
	scope @extschema@._ntk_scope;
	kept int[] := (@extschema@._ntk_ancestry(m.model, v.version))[:generations];
	base @extschema@.ntk_catalog_version;
	older int[];
BEGIN
	SELECT c.* INTO base FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version = kept[cardinality(kept)];
	older := (@extschema@._ntk_ancestry(m.model, base.version))[2:];
	IF older <> '{}' THEN
		scope := @extschema@._ntk_scope_of(m, base);
		WITH gone AS (DELETE FROM @extschema@.ntk_catalog_statistic AS s
					  WHERE s.model = m.model AND s.lineage = v.lineage AND s.version = ANY (older || base.version) RETURNING s.*)
		INSERT INTO @extschema@.ntk_catalog_statistic (model, lineage, version, grp, bucket, part, gram)
		SELECT m.model, v.lineage, base.version, g.grp, g.bucket, g.part, @extschema@.sum(g.gram) FROM gone AS g
		WHERE scope.buckets IS NULL OR g.bucket = ANY (scope.buckets) GROUP BY g.grp, g.bucket, g.part;
		UPDATE @extschema@.ntk_catalog_version AS c SET parent = NULL WHERE c.model = m.model AND c.version = base.version;
	END IF;
	UPDATE @extschema@.ntk_catalog_version AS c SET has_statistics = false
	WHERE c.model = m.model AND c.lineage = v.lineage AND c.has_statistics AND c.version <> ALL (kept)
		AND (c.version <= v.version - generations
			 OR older <> '{}' AND @extschema@._ntk_ancestry(m.model, c.version) && older);
	DELETE FROM @extschema@.ntk_catalog_statistic AS s
	USING @extschema@.ntk_catalog_version AS c
	WHERE c.model = m.model AND s.model = m.model AND s.lineage = c.lineage AND s.version = c.version AND NOT c.has_statistics;
END $$;
COMMENT ON FUNCTION _ntk_compact(ntk_catalog_model, ntk_catalog_version) IS
	'bounds the statistics that are kept of a lineage, whose newest version is given';
