-- Views of models by name.

CREATE VIEW ntk_models WITH (security_invoker = true) AS
SELECT m.model AS name, m.owner::text::name COLLATE "C" AS owner, m.task, m.target, m.features, m.group_by, v.n_rows,
	v.version, m.deployed_at, v.metric, v.metric_value, m.source, j.schedule,
	CASE WHEN j.last_status = 'failed' THEN 'its last run failed: ' || j.last_message
		WHEN newest.version > m.deployed
			THEN pg_catalog.format('version %s of %s does not serve', newest.version, newest.trained_at::date)
		WHEN m.deployed IS NULL THEN 'no version serves' END AS stale
FROM @extschema@.ntk_catalog_model AS m
	LEFT JOIN @extschema@.ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed
	LEFT JOIN LATERAL (
		SELECT n.version, n.trained_at FROM @extschema@.ntk_catalog_version AS n
		WHERE n.model = m.model ORDER BY n.version DESC LIMIT 1) AS newest ON true
	LEFT JOIN LATERAL (
		SELECT pg_catalog.string_agg(pg_catalog.format('%s %s', k.command, k.schedule), ', ' ORDER BY k.jobid) AS schedule,
			(pg_catalog.array_agg(k.last_status ORDER BY k.last_run DESC NULLS LAST))[1] AS last_status,
			(pg_catalog.array_agg(k.last_message ORDER BY k.last_run DESC NULLS LAST))[1] AS last_message
		FROM @extschema@._ntk_jobs(m.model) AS k) AS j ON true;
COMMENT ON VIEW ntk_models IS
	'models that the current role can use, with the version that serves, the schedule, '
	'and what may be wrong; one row per model';
GRANT SELECT ON ntk_models TO PUBLIC;

CREATE VIEW ntk_model_versions WITH (security_invoker = true) AS
SELECT v.model AS name, v.version, coalesce(v.version = m.deployed, false) AS deployed, v.trained_at, v.n_rows,
	v.n_skipped, v.metric, v.metric_value, v.seconds, v.lineage, p.lambda, p.cv_mse, p.cv_se,
	@extschema@.ntk_width(p.fitted) AS n_components, v.watermark, v.labels, v.encoding, v.rounds
FROM @extschema@.ntk_catalog_version AS v JOIN @extschema@.ntk_catalog_model AS m USING (model)
	LEFT JOIN @extschema@.ntk_catalog_part AS p ON p.model = v.model AND p.version = v.version AND p.grp = '{}';
COMMENT ON VIEW ntk_model_versions IS 'all versions of the models that the current role can use; one row per version';
GRANT SELECT ON ntk_model_versions TO PUBLIC;
