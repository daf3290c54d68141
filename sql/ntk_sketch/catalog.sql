-- Models by name: the tables that hold them. They belong to the extension, are dumped with
-- their rows, and show each role its own models and those it was granted.
--
-- What is in them is written by roles that own models, by hand as well: constraints say what
-- they can, and whoever reads a row checks the rest (_ntk_model; named_catalog.c).

CREATE TABLE ntk_catalog_model (
	model text PRIMARY KEY CHECK (octet_length(model) BETWEEN 1 AND 63),
	owner ntk_role NOT NULL DEFAULT current_user::text::ntk_role CHECK (owner <> 'public'),
	readers ntk_role[] NOT NULL DEFAULT '{}' CHECK (cardinality(readers) <= 10000),
	task text NOT NULL CHECK (task IN ('regression', 'classification')),
	source text,
	target text NOT NULL,
	features text[] NOT NULL
		CHECK (cardinality(features) BETWEEN 1 AND 1600 AND array_ndims(features) = 1
			AND array_position(features, NULL) IS NULL),
	group_by text[] NOT NULL
		CHECK (cardinality(group_by) <= 1600 AND coalesce(array_ndims(group_by), 1) = 1
			AND array_position(group_by, NULL) IS NULL),
	weight text,
	split_by text[] NOT NULL
		CHECK (cardinality(split_by) BETWEEN 1 AND 1664 AND array_ndims(split_by) = 1
			AND array_position(split_by, NULL) IS NULL),
	spread boolean NOT NULL DEFAULT false,
	holdout_from text,
	centre double precision NOT NULL DEFAULT 0 CHECK (centre > '-Infinity' AND centre < 'Infinity'),
	log_target boolean NOT NULL DEFAULT false,
	params jsonb NOT NULL
		CHECK (jsonb_typeof(params) = 'object' AND coalesce(jsonb_typeof(params -> 'unseen'), '') = 'string'),
	deployed integer CHECK (deployed > 0),
	deployed_at timestamptz,
	pinned boolean NOT NULL DEFAULT false,
	served integer[] NOT NULL DEFAULT '{}' CHECK (cardinality(served) <= 100 AND array_position(served, NULL) IS NULL),
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ntk_catalog_model IS 'models by name: the version that serves, and what it was asked for';
COMMENT ON COLUMN ntk_catalog_model.readers IS 'roles that may predict with it';
COMMENT ON COLUMN ntk_catalog_model.source IS
	'the query that returns the training rows, with names that do not depend on the search_path; NULL if there is none';
COMMENT ON COLUMN ntk_catalog_model.split_by IS
	'columns whose hash decides whether a row is held out: a key, or the features';
COMMENT ON COLUMN ntk_catalog_model.spread IS
	'whether rows that agree in the columns split_by are split by their number';
COMMENT ON COLUMN ntk_catalog_model.holdout_from IS
	'instead of a hash: rows whose params.holdout_by is beyond this are held out';
COMMENT ON COLUMN ntk_catalog_model.centre IS
	'what is subtracted from the target, so that a large offset costs no digits';
COMMENT ON COLUMN ntk_catalog_model.log_target IS 'whether the logarithm of the target is fitted';
COMMENT ON COLUMN ntk_catalog_model.params IS 'the params of ntk_train, with the defaults filled in';
COMMENT ON COLUMN ntk_catalog_model.pinned IS
	'whether ntk_rollback chose the version that serves, so that no training replaces it by itself';
COMMENT ON COLUMN ntk_catalog_model.served IS
	'versions that served before, the latest last; ntk_rollback returns to the latest';

CREATE TABLE ntk_catalog_version (
	model text,
	version integer CHECK (version > 0),
	lineage integer NOT NULL CHECK (lineage > 0),
	parent integer CHECK (parent > 0 AND parent < version),
	has_statistics boolean NOT NULL DEFAULT true,
	request jsonb NOT NULL CHECK (jsonb_typeof(request) = 'object'),
	encoding jsonb NOT NULL CHECK (jsonb_typeof(encoding) = 'object'),
	map ntk_map NOT NULL,
	labels text[] CHECK (cardinality(labels) <= 1000 AND array_position(labels, NULL) IS NULL),
	watermark text,
	n_rows bigint NOT NULL CHECK (n_rows >= 0),
	n_skipped bigint NOT NULL CHECK (n_skipped >= 0),
	metric text NOT NULL CHECK (metric IN ('rmse', 'accuracy')),
	metric_value double precision,
	seconds double precision NOT NULL,
	trained_at timestamptz NOT NULL DEFAULT now(),
	rounds jsonb CHECK (jsonb_typeof(rounds) = 'array'),
	PRIMARY KEY (model, version)
);
COMMENT ON TABLE ntk_catalog_version IS 'versions of models';
COMMENT ON COLUMN ntk_catalog_version.lineage IS 'the version whose encoding and map this one keeps';
COMMENT ON COLUMN ntk_catalog_version.parent IS
	'the version to whose statistics this one added its own; NULL if it has only its own';
COMMENT ON COLUMN ntk_catalog_version.has_statistics IS
	'whether the statistics are still stored, so that the version can be refreshed';
COMMENT ON COLUMN ntk_catalog_version.request IS 'what ntk_train was asked for: columns of ntk_catalog_model';
COMMENT ON COLUMN ntk_catalog_version.labels IS 'the classes, in the order of the fitted targets';
COMMENT ON COLUMN ntk_catalog_version.rounds IS
	'the rounds in which the metric of the map was learned, {"round", "metric", "mse"} for each; NULL if there were none';
COMMENT ON COLUMN ntk_catalog_version.watermark IS 'the largest value of the watermark column that was read';

CREATE TABLE ntk_catalog_part (
	model text,
	version integer,
	grp text[],
	n_rows bigint NOT NULL CHECK (n_rows >= 0),
	n_skipped bigint NOT NULL CHECK (n_skipped >= 0),
	lambda double precision NOT NULL CHECK (lambda >= 0 AND lambda < 'Infinity'),
	cv_mse double precision,
	cv_se double precision,
	metric_value double precision,
	temperature double precision CHECK (temperature > 0 AND temperature < 'Infinity'),
	calibration double precision[],
	smearing double precision CHECK (smearing > 0 AND smearing < 'Infinity'),
	fitted ntk_model NOT NULL,
	PRIMARY KEY (model, version, grp)
);
ALTER TABLE ntk_catalog_part ALTER fitted SET STORAGE EXTERNAL;
COMMENT ON TABLE ntk_catalog_part IS 'the fitted model of each group of a version';
COMMENT ON COLUMN ntk_catalog_part.grp IS 'keys of the values of the grouping columns; {} for all rows together';
COMMENT ON COLUMN ntk_catalog_part.cv_mse IS 'the cross-validated mean squared error by which lambda was chosen';
COMMENT ON COLUMN ntk_catalog_part.cv_se IS 'the standard error of cv_mse';
COMMENT ON COLUMN ntk_catalog_part.temperature IS
	'of a part without a calibration, the temperature of the softmax that turns scores into probabilities';
COMMENT ON COLUMN ntk_catalog_part.calibration IS
	'what ntk_calibrate turns scores into probabilities with';
COMMENT ON COLUMN ntk_catalog_part.smearing IS
	'what exponentials of the predictions of a logarithm are multiplied by, so that their mean is right';

CREATE TABLE ntk_catalog_statistic (
	model text,
	lineage integer,
	version integer,
	grp text[],
	bucket text,
	part integer CHECK (part >= -1),
	gram ntk_gram NOT NULL,
	PRIMARY KEY (model, lineage, version, grp, bucket, part)
);
ALTER TABLE ntk_catalog_statistic ALTER gram SET STORAGE EXTERNAL;
COMMENT ON TABLE ntk_catalog_statistic IS
	'the statistics of the rows that a version added; the version is fitted to these and to those of its parents';
COMMENT ON COLUMN ntk_catalog_statistic.bucket IS
	'key of the value of the bucket column; empty if there is no such column';
COMMENT ON COLUMN ntk_catalog_statistic.part IS 'fold, from 0; -1 for rows that are held out';

-- Not logged and not dumped: no other transaction sees what a training leaves here for a while.
CREATE UNLOGGED TABLE ntk_catalog_work (
	xact xid8 DEFAULT pg_current_xact_id(),
	model text,
	grp text[],
	bucket text,
	part integer,
	gram ntk_gram NOT NULL,
	PRIMARY KEY (xact, model, grp, bucket, part)
);
ALTER TABLE ntk_catalog_work ALTER gram SET STORAGE EXTERNAL;
COMMENT ON TABLE ntk_catalog_work IS 'statistics of trainings that are under way';

SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_model', '');
SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_version', '');
SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_part', '');
SELECT pg_catalog.pg_extension_config_dump('ntk_catalog_statistic', '');

ALTER TABLE ntk_catalog_model ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_statistic ENABLE ROW LEVEL SECURITY;
ALTER TABLE ntk_catalog_work ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE
	ON ntk_catalog_model, ntk_catalog_version, ntk_catalog_part, ntk_catalog_statistic, ntk_catalog_work TO PUBLIC;

CREATE POLICY ntk_owner ON ntk_catalog_model USING (@extschema@._ntk_has_role(owner));
CREATE POLICY ntk_reader ON ntk_catalog_model FOR SELECT
	USING (EXISTS (SELECT FROM unnest(readers) AS reader WHERE @extschema@._ntk_has_role(reader)));
CREATE POLICY ntk_owner ON ntk_catalog_version
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m
				   WHERE m.model = ntk_catalog_version.model AND @extschema@._ntk_has_role(m.owner)));
CREATE POLICY ntk_reader ON ntk_catalog_version FOR SELECT
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_version.model));
CREATE POLICY ntk_owner ON ntk_catalog_part
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m
				   WHERE m.model = ntk_catalog_part.model AND @extschema@._ntk_has_role(m.owner)));
CREATE POLICY ntk_reader ON ntk_catalog_part FOR SELECT
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m WHERE m.model = ntk_catalog_part.model));
CREATE POLICY ntk_owner ON ntk_catalog_statistic
	USING (EXISTS (SELECT FROM @extschema@.ntk_catalog_model AS m
				   WHERE m.model = ntk_catalog_statistic.model AND @extschema@._ntk_has_role(m.owner)));
CREATE POLICY ntk_transaction ON ntk_catalog_work USING (xact = pg_current_xact_id());

-- What belongs to a model goes with it. Foreign keys would do that, too, but parallel restores load the
-- tables of an extension in any order. Before the model goes: policies of the others look for it.
CREATE FUNCTION _ntk_catalog_follow() RETURNS trigger LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		RAISE feature_not_supported
			USING MESSAGE = 'the name of a model cannot be updated', HINT = 'Use ntk_rename.';
	END IF;
	DELETE FROM @extschema@.ntk_catalog_statistic AS c WHERE c.model = OLD.model;
	DELETE FROM @extschema@.ntk_catalog_part AS c WHERE c.model = OLD.model;
	DELETE FROM @extschema@.ntk_catalog_version AS c WHERE c.model = OLD.model;
	RETURN OLD;
END $$;
COMMENT ON FUNCTION _ntk_catalog_follow() IS
	'removes what belongs to a model when its row is deleted; raises an error if its name is updated';
CREATE TRIGGER ntk_follow BEFORE DELETE OR UPDATE OF model ON ntk_catalog_model
	FOR EACH ROW EXECUTE FUNCTION _ntk_catalog_follow();

-- Sessions keep models ready; a change of these tables makes them look again.
CREATE FUNCTION _ntk_catalog_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'ntk_sql_catalog_changed' LANGUAGE C;
COMMENT ON FUNCTION _ntk_catalog_changed() IS 'invalidates what sessions keep of a model that changed';
CREATE TRIGGER ntk_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ntk_catalog_model
	FOR EACH STATEMENT EXECUTE FUNCTION _ntk_catalog_changed();
CREATE TRIGGER ntk_changed AFTER UPDATE OR DELETE OR TRUNCATE ON ntk_catalog_version
	FOR EACH STATEMENT EXECUTE FUNCTION _ntk_catalog_changed();
CREATE TRIGGER ntk_changed AFTER UPDATE OR DELETE OR TRUNCATE ON ntk_catalog_part
	FOR EACH STATEMENT EXECUTE FUNCTION _ntk_catalog_changed();
