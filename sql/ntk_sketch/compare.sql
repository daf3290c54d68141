-- Champion and challenger: whether a new version is worse than the one that serves, by the same rows, weights
-- and measure.

CREATE FUNCTION _ntk_mean_square_difference(ntk_model, ntk_model, ntk_gram) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_mean_square_difference' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION _ntk_mean_square_difference(ntk_model, ntk_model, ntk_gram) IS
	'the mean squared difference of the predictions of two models on the rows of a statistic, one number per target';

CREATE TYPE _ntk_comparison AS (before double precision, after double precision, error double precision);
COMMENT ON TYPE _ntk_comparison IS
	'the mean losses of the version that serves and of another one on the same rows, '
	'and the standard error of their difference';

-- Versions of one lineage, by the statistic of the held-out rows. With r the residual of the old model and d the
-- difference of the predictions, the losses of a row differ by d^2 - 2 r d, the variance of which is
-- about 4 E r^2 E d^2.
CREATE FUNCTION _ntk_compare_statistics(m ntk_catalog_model, v ntk_catalog_version) RETURNS _ntk_comparison
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ROW(sum(weight * before) / sum(weight), sum(weight * after) / sum(weight),
			   sqrt(sum(weight ^ 2 * 4 * before * apart / n)) / sum(weight))::@extschema@._ntk_comparison
	FROM (SELECT s.grp, @extschema@.sum(s.gram) AS gram, @extschema@.ntk_weight(@extschema@.sum(s.gram)) AS weight,
			@extschema@.ntk_rows(@extschema@.sum(s.gram)) AS n
		  FROM @extschema@._ntk_statistics(@extschema@._ntk_scope_of(m, v)) AS s WHERE s.part = -1 GROUP BY s.grp) AS held_out
		JOIN @extschema@.ntk_catalog_part AS old
			ON old.model = m.model AND old.version = m.deployed AND old.grp = held_out.grp
		JOIN @extschema@.ntk_catalog_part AS new
			ON new.model = m.model AND new.version = v.version AND new.grp = held_out.grp,
		LATERAL (SELECT avg(e) AS before FROM unnest(@extschema@.ntk_mse(old.fitted, held_out.gram)) AS e) AS b,
		LATERAL (SELECT avg(e) AS after FROM unnest(@extschema@.ntk_mse(new.fitted, held_out.gram)) AS e) AS a,
		LATERAL (SELECT avg(e) AS apart
				 FROM unnest(@extschema@._ntk_mean_square_difference(new.fitted, old.fitted, held_out.gram)) AS e) AS d
	WHERE weight > 0
$$;
COMMENT ON FUNCTION _ntk_compare_statistics(ntk_catalog_model, ntk_catalog_version) IS
	'compares a version with the one that serves by the mean squared error on the held-out rows of its lineage';

-- The version that serves may have been split by other columns, so that it was fitted to most rows that are held
-- out now. Equal rows that were dealt one by one are too many for a model to know each.
CREATE FUNCTION _ntk_was_held_out(m ntk_catalog_model, champion ntk_catalog_version) RETURNS text LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE
		WHEN NOT ARRAY(SELECT c.name FROM @extschema@._ntk_source_columns(m.source) AS c)
			@> array_remove(b.split_by || (b.params ->> 'holdout_by'), NULL) THEN 'true'
		WHEN b.params ->> 'holdout_by' IS NOT NULL THEN @extschema@._ntk_is_held_out(b)
		WHEN b.spread OR @extschema@._ntk_holdout(b) = 0 THEN 'true'
		ELSE format('(SELECT %s FROM (SELECT %s) AS split)', @extschema@._ntk_is_held_out(b),
			(SELECT string_agg(format('source.%I', c), ', ') FROM unnest(b.split_by) AS c)) END
	FROM jsonb_populate_record(m, champion.request) AS b
$$;
COMMENT ON FUNCTION _ntk_was_held_out(ntk_catalog_model, ntk_catalog_version) IS
	'the condition that selects the rows which were held out from another version; true where these are not known';

-- Otherwise both predict the held-out rows of the source: the loss is the squared error, or 1 for a wrong class.
CREATE FUNCTION _ntk_comparison_query(m ntk_catalog_model, champion ntk_catalog_version) RETURNS text
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format(
		'WITH parts AS MATERIALIZED (SELECT p.grp, p.fitted, p.calibration, p.smearing '
			'FROM @extschema@.ntk_catalog_part AS p WHERE p.model = $3 AND p.version = $4), '
		'losses AS (SELECT %s AS before, %s AS after, %s AS weight '
			'FROM %s JOIN parts AS p ON p.grp = %s WHERE %s AND %s AND source.%I IS NOT NULL), '
		'pairs AS (SELECT before, after, weight FROM losses WHERE weight > 0 AND before IS NOT NULL AND after IS NOT NULL), '
		'means AS (SELECT sum(weight * before) / sum(weight) AS before, sum(weight * after) / sum(weight) AS after, '
			'sum(weight) AS total FROM pairs) '
		'SELECT m.before, m.after, (SELECT sqrt(sum((weight * (p.after - p.before - m.after + m.before)) ^ 2)) / m.total '
			'FROM pairs AS p) FROM means AS m',
		CASE m.task
			WHEN 'regression' THEN format('(source.%I::float8 - @extschema@.ntk_predict($3, source.*)) ^ 2', m.target)
			ELSE format('(@extschema@._ntk_label(source.%I) <> @extschema@.ntk_classify($3, source.*))::int::float8', m.target)
		END,
		CASE m.task
			WHEN 'regression' THEN format('(source.%I::float8 - %s) ^ 2', m.target, @extschema@._ntk_in_unit(m,
				'@extschema@.ntk_predict(p.fitted, @extschema@.ntk_encode(source.*, $1))', 'p.smearing'))
			ELSE format('(@extschema@._ntk_label(source.%I) <> ($2::text[])[@extschema@.ntk_argmax(@extschema@.ntk_calibrate('
				'@extschema@.ntk_predict_all(p.fitted, @extschema@.ntk_encode(source.*, $1)), p.calibration))])::int::float8',
				m.target) END,
		CASE WHEN m.weight IS NULL THEN '1::float8' ELSE format('source.%I::float8', m.weight) END,
		@extschema@._ntk_rows_of(m, true), @extschema@._ntk_group_call(m), @extschema@._ntk_is_held_out(m),
		@extschema@._ntk_was_held_out(m, champion), m.target)
$$;
COMMENT ON FUNCTION _ntk_comparison_query(ntk_catalog_model, ntk_catalog_version) IS
	'the query that compares a version with the one that serves on the rows held out from both; its parameters are '
	'the encoding, the labels, the model and the version';

CREATE FUNCTION _ntk_compare_rows(m ntk_catalog_model, v ntk_catalog_version, champion ntk_catalog_version)
	RETURNS _ntk_comparison LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	result @extschema@._ntk_comparison;
BEGIN
	SELECT q.* INTO result FROM @extschema@._ntk_run(m.owner, @extschema@._ntk_comparison_query(m, champion),
		v.encoding, v.labels, m.model, v.version) AS q (before float8, after float8, error float8);
	RETURN result;
-- what the old version makes of rows that have changed; not what happens to every statement, such as a lack of memory
EXCEPTION WHEN undefined_column OR datatype_mismatch OR data_exception OR feature_not_supported OR data_corrupted
	OR no_data_found THEN
	RAISE NOTICE 'ntk_train: the version that serves cannot predict these rows: %', SQLERRM;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION _ntk_compare_rows(ntk_catalog_model, ntk_catalog_version, ntk_catalog_version) IS
	'compares a version with the one that serves by predicting the held-out rows of the source with both';

-- A difference of one per cent is none, nor is one of two standard errors.
CREATE FUNCTION _ntk_is_better(m ntk_catalog_model, v ntk_catalog_version) RETURNS boolean LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	champion @extschema@.ntk_catalog_version;
	compared @extschema@._ntk_comparison;
BEGIN
	SELECT * INTO champion FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version = m.deployed;
	IF NOT FOUND THEN
		RETURN true;
	ELSIF champion.lineage = v.lineage THEN
		compared := @extschema@._ntk_compare_statistics(m, v);
	ELSIF @extschema@._ntk_holdout(m) > 0 THEN
		compared := @extschema@._ntk_compare_rows(m, v, champion);
	END IF;
	IF compared.after - compared.before > greatest(0.01 * compared.before, 2 * compared.error) THEN
		RAISE NOTICE 'version % of model "%" is not deployed: on the held-out rows it is worse than version %',
			v.version, m.model, m.deployed
			USING DETAIL = format('The %s is %s, that of version %s is %s; the standard error of the difference is %s.',
				CASE WHEN m.task = 'regression' OR champion.lineage = v.lineage THEN 'mean squared error'
					ELSE 'share of wrong classes' END,
				compared.after::real, m.deployed, compared.before::real, compared.error::real),
				HINT = 'ntk_deploy makes it serve, as does params => ''{"deploy": "always"}''.';
		RETURN false;
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION _ntk_is_better(ntk_catalog_model, ntk_catalog_version) IS
	'whether a version is no worse than the one that serves, beyond the sampling error of the held-out rows; '
	'a notice says why not';

-- What serves is replaced by something else only if that is asked for.
CREATE FUNCTION _ntk_check_replaces(m ntk_catalog_model, labels text[]) RETURNS void LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	champion @extschema@.ntk_catalog_version;
	change text;
BEGIN
	SELECT * INTO champion FROM @extschema@.ntk_catalog_version AS c WHERE c.model = m.model AND c.version = m.deployed;
	IF NOT FOUND OR m.params ->> 'deploy' <> 'if_better' THEN
		RETURN;
	END IF;
	change := CASE
		WHEN champion.request ->> 'task' <> m.task THEN
			format('is a %s of "%s", not a %s', champion.request ->> 'task', champion.request ->> 'target', m.task)
		WHEN champion.request ->> 'target' <> m.target THEN
			format('predicts "%s", not "%s"', champion.request ->> 'target', m.target)
		WHEN champion.labels <> labels THEN format('has other classes than the rows: %s', (
			SELECT string_agg(format('"%s"', c), ', ' ORDER BY c) FROM (
				(SELECT unnest(champion.labels) EXCEPT SELECT unnest(labels))
				UNION ALL (SELECT unnest(labels) EXCEPT SELECT unnest(champion.labels))) AS d (c))) END;
	IF change IS NOT NULL THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('version %s of model "%s", which serves, %s', champion.version, m.model, change),
				HINT = 'Take another name, or replace it with params => ''{"deploy": "always"}''.';
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_replaces(ntk_catalog_model, text[]) IS
	'raises an error if the version of a model that serves has another task, target or other classes';
