-- Models by name: the tables that hold them. They belong to the extension, are dumped with
-- their rows, and show each role its own models and those it was granted.

-- Whether the current role has the privileges of a role; false if that role is gone.
CREATE FUNCTION ntk_owns(owner name) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$SELECT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = $1 AND pg_has_role(r.oid, 'USAGE'))$$;
COMMENT ON FUNCTION ntk_owns(name) IS 'whether the current role has the privileges of this one';

CREATE TABLE ntk_catalog_model (
	model text PRIMARY KEY CHECK (octet_length(model) BETWEEN 1 AND 63),
	owner name NOT NULL DEFAULT current_user,
	readers name[] NOT NULL DEFAULT '{}',
	task text NOT NULL CHECK (task IN ('regression', 'classification')),
	source text NOT NULL,
	search_path text NOT NULL,
	columns text[] NOT NULL,
	target text NOT NULL,
	features text[] NOT NULL,
	group_by text[] NOT NULL,
	weight text,
	params jsonb NOT NULL,
	deployed integer,
	deployed_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ntk_catalog_model IS 'models by name: which version serves, and what it was asked for';
COMMENT ON COLUMN ntk_catalog_model.readers IS 'roles that may predict with it';
COMMENT ON COLUMN ntk_catalog_model.source IS 'the query that gives the training rows';
COMMENT ON COLUMN ntk_catalog_model.search_path IS 'in which its names are looked up';
COMMENT ON COLUMN ntk_catalog_model.columns IS 'of the source: a hash of them all says whether a row is held out';
COMMENT ON COLUMN ntk_catalog_model.params IS 'as given, with the defaults filled in';

CREATE TABLE ntk_catalog_version (
	model text,
	version integer,
	lineage integer NOT NULL,
	request jsonb NOT NULL,
	encoding jsonb NOT NULL,
	map ntk_map NOT NULL,
	labels text[],
	watermark text,
	n_rows bigint NOT NULL,
	n_skipped bigint NOT NULL,
	metric text NOT NULL,
	metric_value double precision,
	seconds double precision NOT NULL,
	trained_at timestamptz NOT NULL DEFAULT now(),
	rounds jsonb,
	PRIMARY KEY (model, version)
);
COMMENT ON TABLE ntk_catalog_version IS 'versions of models';
COMMENT ON COLUMN ntk_catalog_version.lineage IS 'the version whose encoding, map and statistics this one goes on with';
COMMENT ON COLUMN ntk_catalog_version.request IS 'what ntk_train was asked for: columns of ntk_catalog_model';
COMMENT ON COLUMN ntk_catalog_version.labels IS 'the classes, in the order of the fitted targets';
COMMENT ON COLUMN ntk_catalog_version.rounds IS 'of learning the metric of its map: {"round", "metric", "mse"} of each; NULL: there were none';
COMMENT ON COLUMN ntk_catalog_version.watermark IS 'the largest value of the watermark column that was read';

CREATE TABLE ntk_catalog_part (
	model text,
	version integer,
	grp text[],
	n_rows bigint NOT NULL,
	n_skipped bigint NOT NULL,
	lambda double precision NOT NULL,
	cv_mse double precision,
	cv_se double precision,
	metric_value double precision,
	temperature double precision,
	fitted ntk_model NOT NULL,
	PRIMARY KEY (model, version, grp)
);
ALTER TABLE ntk_catalog_part ALTER fitted SET STORAGE EXTERNAL;
COMMENT ON TABLE ntk_catalog_part IS 'the fitted model of each group of a version';
COMMENT ON COLUMN ntk_catalog_part.grp IS 'values of the grouping columns; {} for all rows together';
COMMENT ON COLUMN ntk_catalog_part.cv_mse IS 'cross-validated mean squared error by which lambda was chosen';
COMMENT ON COLUMN ntk_catalog_part.cv_se IS 'its standard error';
COMMENT ON COLUMN ntk_catalog_part.temperature IS 'of the softmax that turns scores into probabilities';

CREATE TABLE ntk_catalog_statistic (
	model text,
	lineage integer,
	grp text[],
	bucket text,
	part integer,
	gram ntk_gram NOT NULL,
	PRIMARY KEY (model, lineage, grp, bucket, part)
);
ALTER TABLE ntk_catalog_statistic ALTER gram SET STORAGE EXTERNAL;
COMMENT ON TABLE ntk_catalog_statistic IS 'the statistics that versions of one lineage are fitted to';
COMMENT ON COLUMN ntk_catalog_statistic.bucket IS 'value of the bucket column; empty without one';
COMMENT ON COLUMN ntk_catalog_statistic.part IS 'fold, from 0; -1: rows that no version is fitted to';

SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_model', '');
SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_version', '');
SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_part', '');
SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_statistic', '');

ALTER TABLE ntk_catalog_model ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_statistic ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON ntk_catalog_model, ntk_catalog_version, ntk_catalog_part, ntk_catalog_statistic TO PUBLIC;

CREATE POLICY ntk_owner ON ntk_catalog_model USING (@extschema@.ntk_owns(owner));
CREATE POLICY ntk_reader ON ntk_catalog_model FOR SELECT
	USING (EXISTS (SELECT FROM unnest(readers) AS reader WHERE reader = 'public' OR @extschema@.ntk_owns(reader)));
CREATE POLICY ntk_owner ON ntk_catalog_version
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_version.model AND @extschema@.ntk_owns(m.owner)));
CREATE POLICY ntk_reader ON ntk_catalog_version FOR SELECT
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_version.model));
CREATE POLICY ntk_owner ON ntk_catalog_part
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_part.model AND @extschema@.ntk_owns(m.owner)));
CREATE POLICY ntk_reader ON ntk_catalog_part FOR SELECT
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_part.model));
CREATE POLICY ntk_owner ON ntk_catalog_statistic
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_statistic.model AND @extschema@.ntk_owns(m.owner)));

-- What belongs to a model goes with it. Foreign keys would do that, too, but parallel restores load the
-- tables of an extension in any order. Before the model goes: policies of the others look for it.
CREATE FUNCTION ntk_catalog_follow() RETURNS trigger LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		RAISE feature_not_supported USING MESSAGE = 'the name of a model cannot be updated', HINT = 'Use ntk_rename.';
	END IF;
	DELETE FROM @extschema@.ntk_catalog_statistic AS c WHERE c.model = OLD.model;
	DELETE FROM @extschema@.ntk_catalog_part AS c WHERE c.model = OLD.model;
	DELETE FROM @extschema@.ntk_catalog_version AS c WHERE c.model = OLD.model;
	RETURN OLD;
END $$;
COMMENT ON FUNCTION ntk_catalog_follow() IS 'removes what belongs to a model with it';
CREATE TRIGGER ntk_follow BEFORE DELETE OR UPDATE OF model ON ntk_catalog_model
	FOR EACH ROW EXECUTE FUNCTION ntk_catalog_follow();

-- Sessions keep models ready; a change of these tables makes them look again.
CREATE FUNCTION ntk_catalog_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'ntk_sql_catalog_changed' LANGUAGE C;
COMMENT ON FUNCTION ntk_catalog_changed() IS 'tells all sessions that a model changed';
CREATE TRIGGER ntk_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ntk_catalog_model
	FOR EACH STATEMENT EXECUTE FUNCTION ntk_catalog_changed();
CREATE TRIGGER ntk_changed AFTER UPDATE OR DELETE OR TRUNCATE ON ntk_catalog_version
	FOR EACH STATEMENT EXECUTE FUNCTION ntk_catalog_changed();
CREATE TRIGGER ntk_changed AFTER UPDATE OR DELETE OR TRUNCATE ON ntk_catalog_part
	FOR EACH STATEMENT EXECUTE FUNCTION ntk_catalog_changed();
