-- What of a target is fitted: the target, or its logarithm.

-- The mean squared error of both in the unit of the target, in the first fold of the sample.
CREATE FUNCTION _ntk_compare_logarithm(m ntk_catalog_model, v ntk_catalog_version, share double precision,
									   OUT plain double precision, OUT logarithm double precision)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	xact constant xid8 := pg_current_xact_id();
	gram @extschema@.ntk_gram;
BEGIN
	EXECUTE format('SELECT @extschema@.ntk_gram(r.x, ARRAY[r.y, ln(r.y)], $3, r.weight) '
				   'FROM @extschema@._ntk_sample($1, $2) AS r WHERE r.part > 0 AND %s', @extschema@._ntk_share_of_rows(share))
		INTO gram USING m.model, xact, v.map;
	IF @extschema@.ntk_weight(gram) > 0 THEN
		EXECUTE format(
			'WITH models AS MATERIALIZED (SELECT @extschema@._ntk_solve_from($3, lambda, false) AS fitted, lambda '
			'FROM unnest(''{1e-4,1e-3,1e-2,1e-1}''::float8[]) AS lambda), '
			'scored AS (SELECT lambda, r.y, r.weight, s.score FROM @extschema@._ntk_sample($1, $2) AS r, models, '
			'LATERAL (SELECT @extschema@.ntk_predict_all(fitted, r.x) AS score) AS s WHERE r.part = 0 AND %s), '
			'smeared AS (SELECT *, sum(weight * y) OVER w / sum(weight * exp(score[2])) OVER w AS smearing '
			'FROM scored WINDOW w AS (PARTITION BY lambda)) '
			'SELECT min(plain), min(logarithm) FROM (SELECT sum(weight * (y - score[1]) ^ 2) AS plain, '
			'sum(weight * (y - smearing * exp(score[2])) ^ 2) AS logarithm FROM smeared GROUP BY lambda) AS e',
			@extschema@._ntk_share_of_rows(share))
			INTO plain, logarithm USING m.model, xact, gram;
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_compare_logarithm(ntk_catalog_model, ntk_catalog_version, double precision) IS
	'the errors, in proportion, of models of a target and of its logarithm with the map of a version; '
	'NULLs if there are no rows in the first fold or outside it';

-- Only what is skewed, and less so in the logarithm, is worth the trial.
CREATE FUNCTION _ntk_is_skewed(m ntk_catalog_model) RETURNS boolean LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH s AS MATERIALIZED (	-- or it would be computed for each row
		SELECT avg(y) AS mean, nullif(stddev_pop(y), 0) AS deviation, avg(ln(y)) AS log_mean,
			nullif(stddev_pop(ln(y)), 0) AS log_deviation
		FROM @extschema@._ntk_sample(m.model, pg_current_xact_id()))
	SELECT abs(of_logarithm) < 0.5 * skewness AND skewness > 1
	FROM (SELECT avg(((y - s.mean) / s.deviation) ^ 3) AS skewness,
			avg(((ln(y) - s.log_mean) / s.log_deviation) ^ 3) AS of_logarithm
		  FROM @extschema@._ntk_sample(m.model, pg_current_xact_id()), s) AS k
$$;
COMMENT ON FUNCTION _ntk_is_skewed(ntk_catalog_model) IS
	'whether the positive targets of a sample have a long tail that their logarithms do not have';

CREATE FUNCTION _ntk_choose_logarithm(m ntk_catalog_model, v ntk_catalog_version, n_rows bigint, low double precision)
	RETURNS boolean LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	width int := least((m.params ->> 'n_components')::int, 512);
	share float8 := 16000 / n_rows::float8;
	error record;
BEGIN
	IF m.task <> 'regression' OR m.params ->> 'target' = 'identity' THEN
		RETURN false;
	ELSIF m.params ->> 'target' = 'log' THEN
		IF low <= 0 THEN
			RAISE invalid_parameter_value USING MESSAGE =
				format('params.target ''log'' is for positive targets, the least in column "%s" is %s', m.target, low),
				HINT = 'Take ''identity'', or add a number to the target in the source.';
		END IF;
		RETURN true;
	ELSIF low <= 0 OR m.centre <> 0 OR m.params ->> 'shape' IS NOT NULL OR NOT @extschema@._ntk_is_skewed(m) THEN
		RETURN false;
	END IF;
	v.map := @extschema@._ntk_draw_map(m, v, m.params || jsonb_build_object('n_components', width), NULL, share);
	error := @extschema@._ntk_compare_logarithm(m, v, share);
	RETURN coalesce(error.logarithm < 0.98 * error.plain, false);		-- less is no difference
END $$;
COMMENT ON FUNCTION _ntk_choose_logarithm(ntk_catalog_model, ntk_catalog_version, bigint, double precision) IS
	'whether the logarithm of the target of a model is to be fitted; low is the least target';
