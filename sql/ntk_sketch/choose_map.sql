-- Tries on the sample what params.search asks for.
CREATE FUNCTION _ntk_choose_map(m ntk_catalog_model, v ntk_catalog_version) RETURNS ntk_map LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	xact constant xid8 := pg_current_xact_id();
	metric float8[] := @extschema@.ntk_metric(v.map);
	best_map @extschema@.ntk_map;
	best_error float8;
	best_params jsonb;
	params jsonb;
	folds @extschema@.ntk_gram[];
	error float8;
BEGIN
	IF m.params ->> 'search' IS NULL THEN
		RETURN v.map;
	END IF;
	FOR params IN SELECT t FROM @extschema@._ntk_trials(m.params) AS t
				  ORDER BY t ->> 'kernel', t -> 'depth', t -> 'bias', t -> 'bandwidth', t -> 'n_components' LOOP
		IF params <> m.params THEN
			v.map := @extschema@._ntk_draw_map(m, v, params, metric);
		END IF;
		EXECUTE format('SELECT array_agg(f.gram) FROM (SELECT %s AS gram FROM @extschema@._ntk_sample($1, $2, $4) AS r '
					   'GROUP BY r.part) AS f', @extschema@._ntk_gram_call(m, v))
			INTO folds USING m.model, xact, v.map, m.log_target;
		SELECT min(c.cv_mse) INTO error FROM @extschema@.ntk_cv(folds) AS c;
		RAISE NOTICE 'ntk_train: kernel %, depth %, bias %, bandwidth %, n_components %: '
			'cross-validated mean squared error %',
			params ->> 'kernel', params -> 'depth', params -> 'bias', params -> 'bandwidth', params -> 'n_components', error;
		IF best_map IS NULL OR error < best_error THEN
			best_map := v.map;
			best_error := error;
			best_params := params;
		END IF;
	END LOOP;
	RAISE NOTICE 'ntk_train: the best is kernel %, depth %, bias %, bandwidth %, n_components %', best_params ->> 'kernel',
		best_params -> 'depth', best_params -> 'bias', best_params -> 'bandwidth', best_params -> 'n_components';
	RETURN best_map;
END $$;
COMMENT ON FUNCTION _ntk_choose_map(ntk_catalog_model, ntk_catalog_version) IS
	'the best of the maps that params.search asks for, by cross-validation; without a search, the map of the version';
