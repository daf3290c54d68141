-- Learning the metric of a model by name. Of a model that is fitted with a small penalty, the average
-- gradient outer product is the next one's metric, and so on (docs/MATH.md, section 5b; arXiv 2212.13881). A fold
-- that no round is fitted to says which one is the best; it need not be the last, nor the fixed kernel's.

-- Penalties from little to all: a fixed kernel that finds nothing must be allowed to say so, or noise in
-- what a metric finds would look like a gain.
CREATE FUNCTION _ntk_fit_round(m ntk_catalog_model, v ntk_catalog_version, share double precision,
							  OUT fitted ntk_model, OUT mse double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	of_fit @extschema@.ntk_gram;
	of_choice @extschema@.ntk_gram;
BEGIN
	EXECUTE format('SELECT %1$s FILTER (WHERE r.part > 0), %1$s FILTER (WHERE r.part = 0) '
				   'FROM @extschema@._ntk_sample($1, $2, $4) AS r WHERE %2$s',
				   @extschema@._ntk_gram_call(m, v), @extschema@._ntk_share_of_rows(share))
		INTO of_fit, of_choice USING m.model, pg_current_xact_id(), v.map, m.log_target;
	IF @extschema@.ntk_weight(of_fit) > 0 AND @extschema@.ntk_weight(of_choice) > 0 THEN
		SELECT min(p.mse) INTO mse
		FROM unnest('{1e-5,1e-4,1e-3,1e-2,1e-1,10}'::float8[]) AS lambda, LATERAL (
			SELECT avg(e) AS mse
			FROM unnest(@extschema@.ntk_mse(@extschema@._ntk_solve_from(of_fit, lambda, false), of_choice)) AS e) AS p;
		-- what cross-validation chooses can shrink all gradients away
		fitted := @extschema@._ntk_solve_from(of_fit, 1e-3, false);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_fit_round(ntk_catalog_model, ntk_catalog_version, double precision) IS
	'a model with the map of a version, fitted to a share of the rows of its sample that are outside the first fold, '
	'and its error in the first fold with the best penalty; NULLs if there are no such rows';

-- Which kinds of metric are to be learned, for this many inputs; none if there is nothing to learn.
CREATE FUNCTION _ntk_metric_kinds(m ntk_catalog_model, inputs integer, map ntk_map) RETURNS text[]
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kinds text[] := CASE WHEN m.params ->> 'metric' <> 'auto' THEN ARRAY[m.params ->> 'metric']
		WHEN inputs <= 256 THEN '{diagonal,full}' ELSE '{diagonal}' END;
BEGIN
	IF inputs = 1 OR (m.params ->> 'rounds')::int = 0
		OR m.params ->> 'rounds' IS NULL AND NOT @extschema@.ntk_has_gradient(map) THEN
		RETURN '{}';
	ELSIF NOT @extschema@.ntk_has_gradient(map) THEN
		RAISE feature_not_supported
			USING MESSAGE = format('params.rounds must be 0 for the method ''%s'', whose map has no gradient',
								   m.params ->> 'method'),
			HINT = 'Maps of the methods ''nystrom'' and ''zonal'' of rows that are not reduced to a base_dim have gradients.';
	ELSIF 'full' = ANY (kinds) AND inputs > 1024 THEN
		RAISE program_limit_exceeded
			USING MESSAGE = format('params.metric ''full'' is for at most 1024 inputs, the features become %s', inputs),
				HINT = 'Take ''diagonal''.';
	END IF;
	RETURN kinds;
END $$;
COMMENT ON FUNCTION _ntk_metric_kinds(ntk_catalog_model, integer, ntk_map) IS
	'the kinds of metric that the rounds of a model learn, diagonal or full or both';

-- What a metric is shows in a smaller map and in fewer rows than the model has. Of both kinds of metric the
-- one that is ahead after two rounds goes on.
CREATE FUNCTION _ntk_learn_metric(m ntk_catalog_model, v ntk_catalog_version, n_rows bigint)
	RETURNS ntk_catalog_version LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	trial_rounds constant int := 2;
	patience constant int := 3;
	kinds text[] := @extschema@._ntk_metric_kinds(m, (v.encoding ->> 'inputs')::int, v.map);
	n_components int := (m.params ->> 'n_components')::int;
	width int := least(n_components, greatest(512, n_components * 2 / 3));
	params jsonb := m.params || jsonb_build_object('n_components', width);
	sample float8 := greatest(16000, 16 * width) / n_rows::float8;
	gradients float8 := greatest(1000, 20000 / coalesce(cardinality(v.labels), 1)) / n_rows::float8;
	trial record;
	best_metric float8[];
	best float8;
	tried @extschema@.ntk_catalog_version := v;
	metric float8[];
	-- of each kind
	fitted @extschema@.ntk_model[];
	lowest float8[];
	waited int[];		-- rounds without a gain
BEGIN
	IF kinds = '{}' THEN
		RETURN v;
	END IF;
	tried.map := @extschema@._ntk_draw_map(m, v, params, NULL, sample);
	trial := @extschema@._ntk_fit_round(m, tried, sample);
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
			EXECUTE format('SELECT @extschema@.%I($3, r.x, r.weight) FROM @extschema@._ntk_sample($1, $2) AS r '
						   'WHERE r.part > 0 AND %s',
						   CASE kinds[kind] WHEN 'full' THEN 'ntk_agop' ELSE 'ntk_agop_diagonal' END,
						   @extschema@._ntk_share_of_rows(gradients))
				INTO metric USING m.model, pg_current_xact_id(), fitted[kind];
			IF metric IS NULL OR 0 = ALL (metric) THEN
				RAISE NOTICE 'ntk_train: the model is constant, so the metric stays as it is';
				waited[kind] := patience;
				CONTINUE;
			END IF;
			tried.map := @extschema@._ntk_draw_map(m, v, params, metric, sample);
			trial := @extschema@._ntk_fit_round(m, tried, sample);
			v.rounds := v.rounds || jsonb_build_object('round', round, 'metric', kinds[kind], 'mse', trial.mse);
			IF trial.mse < best THEN
				best := trial.mse;
				best_metric := metric;
			END IF;
			waited[kind] := CASE WHEN trial.mse < 0.99 * lowest[kind] THEN 0 ELSE waited[kind] + 1 END;
			lowest[kind] := least(lowest[kind], trial.mse);
			fitted[kind] := trial.fitted;
		END LOOP;
	END LOOP;
	IF best_metric IS NOT NULL THEN
		v.map := @extschema@._ntk_draw_map(m, v, m.params, best_metric);
	END IF;
	RETURN v;
END $$;
COMMENT ON FUNCTION _ntk_learn_metric(ntk_catalog_model, ntk_catalog_version, bigint) IS
	'the version, its map with the metric of the best round if a round reduced the error, and its rounds, '
	'{"round", "metric", "mse"} for each';
