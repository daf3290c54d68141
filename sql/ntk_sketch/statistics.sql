-- The statistics of a model's rows: how they are kept and found again.
--
-- A version that adds rows to another one keeps the statistics of these rows alone, and the
-- other one is its parent. So a version that does not serve, or no longer, leaves nothing
-- in what is refreshed next.

-- A constraint keeps parents smaller than their children, so there is no circle.
CREATE FUNCTION _ntk_ancestry(model text, version integer) RETURNS integer[] LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH RECURSIVE ancestry AS (
		SELECT v.version, v.parent FROM @extschema@.ntk_catalog_version AS v WHERE v.model = $1 AND v.version = $2
		UNION ALL
		SELECT v.version, v.parent
		FROM ancestry AS a JOIN @extschema@.ntk_catalog_version AS v ON v.model = $1 AND v.version = a.parent)
	SELECT array_agg(a.version ORDER BY a.version DESC) FROM ancestry AS a
$$;
COMMENT ON FUNCTION _ntk_ancestry(text, integer) IS
	'the version and those to whose statistics it added its own, newest first';

-- The newest of some buckets: the largest numbers, or else the last texts, which dates sort like. Floats have
-- exponents; a key with more digits than numbers have is a text.
CREATE FUNCTION _ntk_newest_buckets(buckets text[], number integer)
	RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT b FROM unnest(buckets) AS b
	ORDER BY CASE WHEN length(b) < 1000 AND b ~ '^-?[0-9]+(\.[0-9]+)?(e[+-][0-9]{2,3})?$' THEN b::numeric END
		DESC NULLS LAST, b COLLATE "C" DESC LIMIT number
$$;
COMMENT ON FUNCTION _ntk_newest_buckets(text[], integer) IS 'the newest of some buckets';

CREATE TYPE _ntk_scope AS (model text, lineage integer, versions integer[], buckets text[]);
COMMENT ON TYPE _ntk_scope IS
	'which statistics a version is fitted to: those of its ancestry, in the newest buckets if there is a window; '
	'buckets is NULL if there is none';

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
		scope.buckets := ARRAY(SELECT @extschema@._ntk_newest_buckets(
			ARRAY(SELECT DISTINCT s.bucket FROM @extschema@.ntk_catalog_statistic AS s
				  WHERE s.model = m.model AND s.lineage = v.lineage AND s.version = ANY (scope.versions)),
			(m.params ->> 'window')::int));
	END IF;
	RETURN scope;
END $$;
COMMENT ON FUNCTION _ntk_scope_of(ntk_catalog_model, ntk_catalog_version) IS
	'the scope of the statistics that a version is fitted to';

-- Inlined into the queries that use it, and so without a search_path of its own.
CREATE FUNCTION _ntk_statistics(scope _ntk_scope) RETURNS SETOF ntk_catalog_statistic LANGUAGE sql STABLE
AS $$
	SELECT * FROM @extschema@.ntk_catalog_statistic AS s
	WHERE s.model OPERATOR(pg_catalog.=) ($1).model AND s.lineage OPERATOR(pg_catalog.=) ($1).lineage
		AND s.version OPERATOR(pg_catalog.=) ANY (($1).versions)
		AND (($1).buckets IS NULL OR s.bucket OPERATOR(pg_catalog.=) ANY (($1).buckets))
$$;
COMMENT ON FUNCTION _ntk_statistics(_ntk_scope) IS
	'the statistics that a version is fitted to or measured on, one row per version, group, bucket and part';

-- The sums of one group, or of all rows for the key {}, in time that does not grow with the other groups.
CREATE FUNCTION _ntk_sums(scope _ntk_scope, key text[], OUT fitted ntk_gram, OUT held_out ntk_gram)
	LANGUAGE plpgsql STABLE
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
	'the statistics of the rows of a group to which a version is fitted, and of its held-out rows';

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
	SELECT c.* INTO base FROM @extschema@.ntk_catalog_version AS c
	WHERE c.model = m.model AND c.version = kept[cardinality(kept)];
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
	WHERE c.model = m.model AND s.model = m.model AND s.lineage = c.lineage AND s.version = c.version
		AND NOT c.has_statistics;
END $$;
COMMENT ON FUNCTION _ntk_compact(ntk_catalog_model, ntk_catalog_version) IS
	'limits the statistics that are kept for a lineage, given its newest version';
