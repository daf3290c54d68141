-- Learning the metric of a model by name. Of a model that is fitted with a small penalty, the average
-- gradient outer product is the next one's metric, and so on (docs/MATH.md, section 5b; arXiv 2212.13881). A fold
-- that no round is fitted to says which one is the best; it need not be the last, nor the fixed kernel's.

-- The condition for a part of the source's rows by a hash of them, so that it is the same part in
-- every round; rows that it holds are among those of a larger share.
CREATE FUNCTION _ntk_share_of_rows(share double precision) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN $1 < 1 THEN format('@extschema@.ntk_fold(split.*, 1000000, 1) < %s', ceil(1e6 * $1)) ELSE 'true' END
$$;
COMMENT ON FUNCTION _ntk_share_of_rows(double precision) IS
	'the condition that selects this share of the rows of a source';

-- Penalties from little to all: a fixed kernel that finds nothing must be allowed to say so, or noise in
-- what a metric finds would look like a gain.
CREATE FUNCTION _ntk_fit_round(m ntk_catalog_model, v ntk_catalog_version, condition text,
							  OUT fitted ntk_model, OUT mse double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	of_fit @extschema@.ntk_gram;
	of_choice @extschema@.ntk_gram;
BEGIN
	SELECT q.* INTO of_fit, of_choice FROM @extschema@._ntk_run(m.owner,
		format('SELECT %1$s FILTER (WHERE r.part > 0), %1$s FILTER (WHERE r.part = 0) FROM %2$s WHERE r.part >= 0',
			   @extschema@._ntk_gram_call(m, v), @extschema@._ntk_training_rows(m, condition)),
		v.encoding, v.labels, v.map) AS q (of_fit @extschema@.ntk_gram, of_choice @extschema@.ntk_gram);
	IF @extschema@.ntk_weight(of_fit) > 0 AND @extschema@.ntk_weight(of_choice) > 0 THEN
		SELECT min(p.holdout_mse) INTO mse FROM @extschema@.ntk_path(of_fit, '{1e-5,1e-4,1e-3,1e-2,1e-1,10}', of_choice) AS p;
		-- what cross-validation chooses can shrink all gradients away
		fitted := @extschema@._ntk_solve_from(of_fit, 1e-3, false);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_fit_round(ntk_catalog_model, ntk_catalog_version, text) IS
	'a model with the map of a version, fitted to the rows outside the first fold, '
	'and its error in the first fold with the best penalty; NULLs if there are no such rows';

-- Some 30,000 rows say what the metric is, or 16 a component: of more, the average is hardly another one,
-- and rounds on a large table cost less than the fit to all its rows. Of both kinds of metric the one that
-- is ahead after two rounds goes on.
CREATE FUNCTION _ntk_learn_metric(m ntk_catalog_model, v ntk_catalog_version)
	RETURNS ntk_catalog_version LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	trial_rounds constant int := 2;
	patience constant int := 3;
	inputs int := (v.encoding ->> 'inputs')::int;
	kinds text[] := CASE WHEN m.params ->> 'metric' <> 'auto' THEN ARRAY[m.params ->> 'metric']
		WHEN inputs <= 256 THEN '{diagonal,full}' ELSE '{diagonal}' END;
	n_rows bigint;
	sample text;
	gradients text;
	trial record;
	best_map @extschema@.ntk_map := v.map;
	best float8;
	tried @extschema@.ntk_catalog_version := v;
	metric float8[];
	-- of each kind
	fitted @extschema@.ntk_model[];
	lowest float8[];
	waited int[];		-- rounds without a gain
BEGIN
	IF inputs = 1 OR (m.params ->> 'rounds')::int = 0
		OR m.params ->> 'rounds' IS NULL AND NOT @extschema@.ntk_has_gradient(v.map) THEN
		RETURN v;
	ELSIF NOT @extschema@.ntk_has_gradient(v.map) THEN
		RAISE feature_not_supported
			USING MESSAGE = format('params.rounds must be 0 for the method ''%s'', whose map has no gradient',
								   m.params ->> 'method'),
			HINT = 'Maps of the methods ''nystrom'' and ''zonal'' of rows that are not reduced to a base_dim have gradients.';
	ELSIF 'full' = ANY (kinds) AND inputs > 1024 THEN
		RAISE program_limit_exceeded
			USING MESSAGE = format('params.metric ''full'' is for at most 1024 inputs, the features become %s', inputs),
				HINT = 'Take ''diagonal''.';
	END IF;
	SELECT q.n_rows INTO n_rows FROM @extschema@._ntk_run(m.owner,
		format('SELECT count(*) FROM %s WHERE source.%I IS NOT NULL', @extschema@._ntk_rows_of(m), m.target))
		AS q (n_rows bigint);
	sample := @extschema@._ntk_share_of_rows(greatest(30000, 16 * (m.params ->> 'n_components')::int) / n_rows::float8);
	gradients := @extschema@._ntk_share_of_rows(
		greatest(1000, 20000 / coalesce(cardinality(v.labels), 1)) / n_rows::float8);

	trial := @extschema@._ntk_fit_round(m, v, sample);
	IF trial.mse IS NULL THEN
		RETURN v;
	END IF;
	v.rounds := jsonb_build_array(jsonb_build_object('round', 0, 'mse', trial.mse));
	best := 0.99 * trial.mse;		-- less is no difference
	FOR kind IN 1 .. cardinality(kinds) LOOP
		fitted[kind] := trial.fitted;
		lowest[kind] := trial.mse;
		waited[kind] := 0;
	END LOOP;
	FOR round IN 1 .. coalesce((m.params ->> 'rounds')::int, 5) LOOP
		FOR kind IN 1 .. cardinality(kinds) LOOP
			CONTINUE WHEN waited[kind] >= patience
				OR round > trial_rounds AND lowest[kind] > (SELECT min(l) FROM unnest(lowest) AS l);
			SELECT q.metric INTO metric FROM @extschema@._ntk_run(m.owner,
				format('SELECT @extschema@.%I($3, r.x, r.weight) FROM %s '
					   'WHERE r.part > 0 AND r.y IS NOT NULL AND r.x IS NOT NULL AND r.weight > 0',
					   CASE kinds[kind] WHEN 'full' THEN 'ntk_agop' ELSE 'ntk_agop_diagonal' END,
					   @extschema@._ntk_training_rows(m, gradients)),
				v.encoding, v.labels, fitted[kind]) AS q (metric float8[]);
			IF metric IS NULL OR 0 = ALL (metric) THEN
				RAISE NOTICE 'ntk_train: the model is constant, so the metric stays as it is';
				waited[kind] := patience;
				CONTINUE;
			END IF;
			tried.map := @extschema@._ntk_draw_map(m, v, m.params, metric, sample);
			trial := @extschema@._ntk_fit_round(m, tried, sample);
			v.rounds := v.rounds || jsonb_build_object('round', round, 'metric', kinds[kind], 'mse', trial.mse);
			IF trial.mse < best THEN
				best := trial.mse;
				best_map := tried.map;
			END IF;
			waited[kind] := CASE WHEN trial.mse < 0.99 * lowest[kind] THEN 0 ELSE waited[kind] + 1 END;
			lowest[kind] := least(lowest[kind], trial.mse);
			fitted[kind] := trial.fitted;
		END LOOP;
	END LOOP;
	v.map := best_map;
	RETURN v;
END $$;
COMMENT ON FUNCTION _ntk_learn_metric(ntk_catalog_model, ntk_catalog_version) IS
	'the version, its map with the metric of the best round if a round reduced the error, and its rounds, '
	'{"round", "metric", "mse"} for each';
