-- Learning the metric of a model by name. Of a model that is fitted with a small penalty, the average
-- gradient outer product is the next one's metric, and so on (docs/MATH.md, section 5b; arXiv 2212.13881). A fold
-- that no round is fitted to says which one is the best; it need not be the last, nor the fixed kernel's.

-- A target that shows no trace of its inputs may show one in its spread: a second target, the squared deviation
-- from the mean. Both have variance 1.
CREATE FUNCTION _ntk_views_call(m ntk_catalog_model) RETURNS text LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH s AS MATERIALIZED (	-- or it would be computed for each row
		SELECT avg(y) AS mean, coalesce(nullif(var_pop(y), 0), 1) AS variance
		FROM @extschema@._ntk_sample(m.model, pg_current_xact_id(), m.log_target))
	SELECT format('@extschema@.ntk_gram(r.x, ARRAY[(r.y - %1$L::float8) / %2$L::float8, '
				  '((r.y - %1$L::float8) ^ 2 - %3$L::float8) / %4$L::float8], $3, r.weight)',
				  mean, sqrt(variance), variance, coalesce(nullif(stddev_pop((r.y - mean) ^ 2), 0), 1))
	FROM @extschema@._ntk_sample(m.model, pg_current_xact_id(), m.log_target) AS r, s GROUP BY mean, variance
$$;
COMMENT ON FUNCTION _ntk_views_call(ntk_catalog_model) IS
	'the aggregate call over the rows of _ntk_sample for the target and its squared deviation; '
	'parameter $3 of the statement is the map';

-- Penalties from little to all: a fixed kernel that finds nothing must be allowed to say so, or noise in
-- what a metric finds would look like a gain.
CREATE FUNCTION _ntk_fit_round(m ntk_catalog_model, v ntk_catalog_version, share double precision, views boolean,
							  OUT fitted ntk_model, OUT mse double precision, OUT explained double precision)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gram_call text := CASE WHEN views THEN @extschema@._ntk_views_call(m) ELSE @extschema@._ntk_gram_call(m, v) END;
	of_fit @extschema@.ntk_gram;
	of_choice @extschema@.ntk_gram;
	variance float8;
	of_fitted float8;
BEGIN
	EXECUTE format('SELECT %1$s FILTER (WHERE r.part > 0), %1$s FILTER (WHERE r.part = 0), '
				   'var_pop(r.y) FILTER (WHERE r.part = 0), var_pop(r.y) FILTER (WHERE r.part > 0) '
				   'FROM @extschema@._ntk_sample($1, $2, $4) AS r WHERE %2$s',
				   gram_call, @extschema@._ntk_share_of_rows(share))
		INTO of_fit, of_choice, variance, of_fitted USING m.model, pg_current_xact_id(), v.map, m.log_target;
	IF @extschema@.ntk_weight(of_fit) > 0 AND @extschema@.ntk_weight(of_choice) > 0 THEN
		-- what cross-validation chooses can shrink all gradients away
		fitted := @extschema@._ntk_solve_from(of_fit, 1e-3, false);
		SELECT min(p.mse) INTO mse
		FROM (SELECT fitted AS f UNION ALL SELECT @extschema@._ntk_solve_from(of_fit, lambda, false)
			  FROM unnest('{1e-5,1e-1,10}'::float8[]) AS lambda) AS l,
			LATERAL (SELECT @extschema@.ntk_mse(f, of_choice) AS e OFFSET 0) AS m,
			LATERAL (SELECT CASE WHEN views THEN e[1] * variance ELSE avg(t) END AS mse FROM unnest(e) AS t) AS p;
		explained := CASE WHEN variance > 0 AND of_fitted > 0 THEN 1 - mse / variance END;
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_fit_round(ntk_catalog_model, ntk_catalog_version, double precision, boolean) IS
	'a model with the map of a version, fitted to a share of the rows of its sample that are outside the first fold, '
	'to the target or to its views; its error in the first fold with the best penalty, and the share of the variance '
	'that is explained; NULLs if there are no such rows';

-- Which kinds of metric are to be learned, for this many inputs; none if there is nothing to learn.
CREATE FUNCTION _ntk_metric_kinds(m ntk_catalog_model, inputs integer, map ntk_map) RETURNS text[]
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kinds text[] := CASE WHEN m.params ->> 'metric' <> 'auto' THEN ARRAY[m.params ->> 'metric']
		WHEN inputs <= 256 THEN '{diagonal,full}' ELSE '{diagonal}' END;
BEGIN
	IF m.params ->> 'rounds' IS NULL AND NOT @extschema@.ntk_has_gradient(map) THEN
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

-- What a metric is shows in a smaller map and in fewer rows than the model has. The kind of metric that is ahead
-- after two rounds goes on; as long as none has found anything, all do, beside one that starts from both views.
CREATE FUNCTION _ntk_learn_metric(m ntk_catalog_model, v ntk_catalog_version, n_rows bigint,
								  OUT metric double precision[], OUT rounds jsonb) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	trial_rounds constant int := 2;
	patience constant int := 3;
	nothing constant float8 := 0.1;		-- share of the variance below which a model has found nothing
	explained float8;
	is_behind boolean;
	kinds text[];		-- each has rounds of its own
	n_components int := (m.params ->> 'n_components')::int;
	width int := least(n_components, greatest(512, n_components * 2 / 3));
	params jsonb := m.params || jsonb_build_object('n_components', width);
	sample float8 := greatest(16000, 16 * width) / n_rows::float8;
	gradients float8 := greatest(1000, 20000 / coalesce(cardinality(v.labels), 1)) / n_rows::float8;
	trial record;
	best float8;
	tried @extschema@.ntk_catalog_version := v;
	gradient float8[];
	-- of each kind
	views boolean[];	-- whether the first two models are fitted to both views of the target
	fitted @extschema@.ntk_model[];
	lowest float8[];
	waited int[];		-- rounds without a gain
BEGIN
	IF (m.params ->> 'rounds')::int = 0 OR m.params ->> 'shape' IS NOT NULL OR (v.encoding ->> 'inputs')::int = 1 THEN
		RETURN;
	END IF;
	tried.map := @extschema@._ntk_draw_map(m, v, params, NULL, sample);
	kinds := @extschema@._ntk_metric_kinds(m, (v.encoding ->> 'inputs')::int, tried.map);
	IF kinds = '{}' THEN
		RETURN;
	END IF;
	trial := @extschema@._ntk_fit_round(m, tried, sample, false);
	IF trial.mse IS NULL THEN
		RETURN;
	END IF;
	rounds := jsonb_build_array(jsonb_build_object('round', 0, 'mse', trial.mse));
	best := 0.99 * trial.mse;		-- less is no difference
	FOR kind IN 1 .. cardinality(kinds) LOOP
		fitted[kind] := trial.fitted;
		lowest[kind] := trial.mse;
		waited[kind] := 0;
		views[kind] := false;
	END LOOP;
	explained := CASE m.task WHEN 'regression' THEN trial.explained END;
	IF explained < nothing THEN
		kinds := kinds || 'diagonal'::text;
		fitted := fitted || (@extschema@._ntk_fit_round(m, tried, sample, true)).fitted;
		lowest := lowest || trial.mse;
		waited := waited || 0;
		views := views || true;
	END IF;
	FOR round IN 1 .. coalesce((m.params ->> 'rounds')::int, 5) LOOP
		FOR kind IN 1 .. cardinality(kinds) LOOP
			is_behind := round > trial_rounds AND lowest[kind] > (SELECT min(l) FROM unnest(lowest) AS l);
			CONTINUE WHEN waited[kind] >= patience OR is_behind AND coalesce(explained >= nothing, true);
			EXECUTE format('SELECT @extschema@.%I($3, r.x, r.weight) FROM @extschema@._ntk_sample($1, $2) AS r '
						   'WHERE r.part > 0 AND %s',
						   CASE kinds[kind] WHEN 'full' THEN 'ntk_agop' ELSE 'ntk_agop_diagonal' END,
						   @extschema@._ntk_share_of_rows(gradients))
				INTO gradient USING m.model, pg_current_xact_id(), fitted[kind];
			IF gradient IS NULL OR 0 = ALL (gradient) THEN
				RAISE NOTICE 'ntk_train: the model is constant, so the metric stays as it is';
				waited[kind] := patience;
				CONTINUE;
			END IF;
			tried.map := @extschema@._ntk_draw_map(m, v, params, gradient, sample);
			trial := @extschema@._ntk_fit_round(m, tried, sample, views[kind] AND round = 1);
			explained := greatest(explained, trial.explained);
			rounds := rounds || (jsonb_build_object('round', round, 'metric', kinds[kind], 'mse', trial.mse)
				|| CASE WHEN views[kind] THEN '{"views": 2}'::jsonb ELSE '{}' END);
			-- of more attempts, one finds something in noise
			IF trial.mse < best AND (trial.explained >= nothing OR NOT (is_behind OR views[kind])) THEN
				best := trial.mse;
				metric := gradient;
			END IF;
			waited[kind] := CASE WHEN trial.mse < 0.99 * lowest[kind] THEN 0 ELSE waited[kind] + 1 END;
			lowest[kind] := least(lowest[kind], trial.mse);
			fitted[kind] := trial.fitted;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION _ntk_learn_metric(ntk_catalog_model, ntk_catalog_version, bigint) IS
	'the metric of the best round, NULL if none reduced the error, and the rounds, {"round", "metric", "mse"} for each, '
	'with "views": 2 where they started from two views of the target';
