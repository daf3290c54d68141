-- The encoded rows on which a training learns its map. They are read and encoded once: landmarks, rounds of
-- the metric and trials of a search are many scans, of a source that may be a view.

-- Not logged and not dumped: no other transaction sees what a training leaves here for a while. Scans can be
-- parallel, so the policy for reading calls no function: what a transaction finds under its own number, it has
-- written itself.
CREATE UNLOGGED TABLE ntk_catalog_sample (
	xact xid8 DEFAULT pg_current_xact_id(),
	model text,
	part integer NOT NULL,
	rank integer NOT NULL,
	x double precision[] NOT NULL,
	y double precision NOT NULL,
	weight double precision NOT NULL
);
ALTER TABLE ntk_catalog_sample ALTER x SET STORAGE EXTERNAL;
COMMENT ON TABLE ntk_catalog_sample IS 'encoded rows of trainings that are under way';
COMMENT ON COLUMN ntk_catalog_sample.rank IS 'a hash of the row from 0 to 999,999: rows below a limit are a sample';
ALTER TABLE ntk_catalog_sample ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON ntk_catalog_sample TO PUBLIC;
CREATE POLICY ntk_read ON ntk_catalog_sample FOR SELECT USING (true);
CREATE POLICY ntk_insert ON ntk_catalog_sample FOR INSERT WITH CHECK (xact = pg_current_xact_id());
CREATE POLICY ntk_delete ON ntk_catalog_sample FOR DELETE USING (xact = pg_current_xact_id());

-- Which rows: by a hash, so that those of a smaller share are among those of a larger one.
CREATE FUNCTION _ntk_share_of_rows(share double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN $1 < 1 THEN format('r.rank < %s', ceil(1e6 * $1)) ELSE 'true' END
$$;
COMMENT ON FUNCTION _ntk_share_of_rows(double precision) IS
	'the condition that selects this share of the rows of _ntk_training_rows';

-- Some 30,000 rows say what the metric is, or 16 per component. They need not fill the disk.
CREATE FUNCTION _ntk_sample_size(params jsonb, inputs integer) RETURNS double precision
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT greatest(least(greatest(30000, 16 * c.most), 256e6 / (8 * $2)), 2 * c.most)
	FROM (SELECT greatest(max(n::float8), ($1 ->> 'n_components')::float8) AS most
		  FROM jsonb_path_query($1, '$.search.n_components[*]') AS n) AS c
$$;
COMMENT ON FUNCTION _ntk_sample_size(jsonb, integer) IS
	'how many rows of this many inputs a training with these params learns its map on';

CREATE FUNCTION _ntk_refuse_no_rows(model text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE no_data_found USING MESSAGE = format('model "%s": no rows are left to train on', model),
		DETAIL = 'All of them are held out, or have a NULL where missing is ''skip''.';
END $$;
COMMENT ON FUNCTION _ntk_refuse_no_rows(text) IS 'raises the error for a training without rows';

CREATE FUNCTION _ntk_draw_sample(m ntk_catalog_model, v ntk_catalog_version, n_rows bigint) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	share float8 := @extschema@._ntk_sample_size(m.params, (v.encoding ->> 'inputs')::int) / n_rows;
BEGIN
	PERFORM @extschema@._ntk_forget_sample(m.model);
	INSERT INTO @extschema@.ntk_catalog_sample (model, part, rank, x, y, weight)
	SELECT m.model, q.*
	FROM @extschema@._ntk_run(m.owner,
		format('SELECT r.part, r.rank, r.x, r.y::float8, r.weight FROM %s '
			   'WHERE r.part >= 0 AND r.x IS NOT NULL AND r.y IS NOT NULL AND r.weight > 0 AND %s',
			   @extschema@._ntk_training_rows(m), @extschema@._ntk_share_of_rows(share)),
		v.encoding, v.labels) AS q (part integer, rank integer, x float8[], y float8, weight float8);
	IF NOT FOUND THEN
		PERFORM @extschema@._ntk_refuse_no_rows(m.model);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_draw_sample(ntk_catalog_model, ntk_catalog_version, bigint) IS
	'stores a sample of the encoded rows that are not held out in ntk_catalog_sample';

-- Inlined into the queries that use it, which then can be parallel.
CREATE FUNCTION _ntk_sample(model text, xact xid8, log_target boolean DEFAULT false)
	RETURNS TABLE (part integer, rank integer, x double precision[], y double precision, weight double precision)
	LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT r.part, r.rank, r.x, CASE WHEN $3 THEN pg_catalog.ln(r.y) ELSE r.y END, r.weight
	FROM @extschema@.ntk_catalog_sample AS r
	WHERE r.xact OPERATOR(pg_catalog.=) $2 AND r.model OPERATOR(pg_catalog.=) $1
$$;
COMMENT ON FUNCTION _ntk_sample(text, xid8, boolean) IS
	'the rows that _ntk_draw_sample stored in a transaction, with their target or its logarithm';

CREATE FUNCTION _ntk_forget_sample(model text) RETURNS void LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
	AS $$DELETE FROM @extschema@.ntk_catalog_sample AS r WHERE r.xact = pg_current_xact_id() AND r.model = $1$$;
COMMENT ON FUNCTION _ntk_forget_sample(text) IS 'removes the rows that _ntk_draw_sample stored';
