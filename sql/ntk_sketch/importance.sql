-- Which columns matter to a model: what it loses when they are shuffled.

CREATE FUNCTION _ntk_importance(model text, source text, repeats integer)
	RETURNS TABLE (feature text, importance double precision, deviation double precision) LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	m @extschema@.ntk_catalog_model := @extschema@._ntk_model($1);
	types jsonb;
	names text[];
	place text := 'ntk_row';			-- a column that the source does not have
	kept text := 'ntk_sketch_rows';		-- a table that the session does not have
	measure text;
	column_list text;
	base float8;
	shuffled float8;
	losses float8[];
BEGIN
	IF $2 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'source must not be null';
	ELSIF $3 IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'repeats must not be null';
	ELSIF $3 NOT BETWEEN 1 AND 1000 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('repeats must be between 1 and 1000, not %s', $3);
	END IF;
	types := @extschema@._ntk_types($2);
	names := ARRAY(SELECT jsonb_object_keys(types));
	IF NOT types ? m.target THEN
		RAISE undefined_column
			USING MESSAGE = format('the source has no column "%s", the target of model "%s"', m.target, m.model);
	END IF;
	PERFORM @extschema@._ntk_check_numbers_of(m, types);
	WHILE place = ANY (names) LOOP
		place := place || '_';
	END LOOP;
	WHILE to_regclass('pg_temp.' || kept) IS NOT NULL LOOP
		kept := kept || '_';
	END LOOP;
	EXECUTE format(E'CREATE TEMP TABLE %I ON COMMIT DROP AS SELECT row_number() OVER () AS %I, source.* '
				   'FROM (%s\n) AS source WHERE source.%I IS NOT NULL', kept, place, $2, m.target);
	measure := format(CASE m.task
		WHEN 'regression' THEN '@extschema@.ntk_rmse(r.%I::float8, @extschema@.ntk_predict($1, r.*))'
		ELSE '1 - @extschema@.ntk_accuracy(@extschema@._ntk_label(r.%I), @extschema@.ntk_classify($1, r.*))' END, m.target);
	EXECUTE format('SELECT %s FROM pg_temp.%I AS r', measure, kept) INTO base USING m.model;
	FOREACH feature IN ARRAY m.features LOOP
		losses := '{}';
		SELECT string_agg(format(CASE WHEN c = feature THEN 'other.%I' ELSE 'this.%I' END, c), ', ') INTO column_list
		FROM unnest(names) AS c;
		FOR i IN 1 .. $3 LOOP
			EXECUTE format('SELECT %s FROM (SELECT %s FROM pg_temp.%5$I AS this JOIN '
						   '(SELECT row_number() OVER (ORDER BY random()) AS %4$I, %3$I FROM pg_temp.%5$I) AS other '
						   'USING (%4$I)) AS r',
						   measure, column_list, feature, place, kept) INTO shuffled USING m.model;
			losses := losses || shuffled;
		END LOOP;
		SELECT avg(l) - base, stddev_samp(l) INTO importance, deviation FROM unnest(losses) AS l;
		RETURN NEXT;
	END LOOP;
	EXECUTE format('DROP TABLE pg_temp.%I', kept);
END $$;
COMMENT ON FUNCTION _ntk_importance(text, text, integer) IS
	'ntk_importance for a source whose names do not depend on the search_path';

CREATE FUNCTION ntk_importance(model text, source text, repeats integer DEFAULT 5)
	RETURNS TABLE (feature text, importance double precision, deviation double precision) LANGUAGE sql
	AS $$SELECT * FROM @extschema@._ntk_importance($1, @extschema@._ntk_source_query($2), $3)$$;
COMMENT ON FUNCTION ntk_importance(text, text, integer) IS
	'how much the error (rmse, or the share of wrong classes) on the rows of a source grows when the values '
	'of a column are shuffled, and the standard deviation over the repeats; one row per feature';
