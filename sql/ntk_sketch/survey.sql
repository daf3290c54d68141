-- What a training learns from the rows of its source before they are encoded.

-- Targets and weights that nothing can be learned from are refused by name.
CREATE FUNCTION _ntk_check_range(m ntk_catalog_model, name text, low double precision, high double precision)
	RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF high IN ('NaN', 'Infinity') OR low = '-Infinity' THEN
		RAISE numeric_value_out_of_range USING MESSAGE =
			format('column "%s" holds %s', name, CASE WHEN high IN ('NaN', 'Infinity') THEN high ELSE low END);
	ELSIF name = m.weight AND low < 0 THEN
		RAISE invalid_parameter_value
			USING MESSAGE = format('the weights in column "%s" must not be negative, not %s', name, low);
	ELSIF name = m.weight AND high = 0 THEN
		RAISE data_exception USING MESSAGE = format('all weights in column "%s" are 0', name);
	ELSIF name = m.target AND low = high THEN
		RAISE data_exception USING MESSAGE = format('column "%s" is constant: there is nothing to learn', name);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_check_range(ntk_catalog_model, text, double precision, double precision) IS
	'raises an error for targets or weights from low to high that are not finite, constant targets, and negative weights';

-- Which of some columns holds a number that is of no use, where one does: an aggregate names no columns.
CREATE FUNCTION _ntk_check_ranges(m ntk_catalog_model, columns text[], known text) RETURNS void LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text;
	low float8;
	high float8;
BEGIN
	FOREACH name IN ARRAY columns LOOP
		BEGIN
			SELECT q.* INTO low, high FROM @extschema@._ntk_run(m.owner,
				format('SELECT min(source.%1$I::float8), max(source.%1$I::float8) FROM %2$s WHERE %3$s',
					   name, @extschema@._ntk_rows_of(m), known)) AS q (low float8, high float8);
		EXCEPTION WHEN numeric_value_out_of_range THEN
			RAISE numeric_value_out_of_range
				USING MESSAGE = format('column "%s" holds a number beyond the range of double precision', name);
		END;
		PERFORM @extschema@._ntk_check_range(m, name, low, high);
	END LOOP;
END $$;
COMMENT ON FUNCTION _ntk_check_ranges(ntk_catalog_model, text[], text) IS
	'raises an error for the column of a target or a weight that holds numbers which are of no use';

-- The targets whose means the levels of a category keep: not those of rows held out. Of two classes one says all.
CREATE FUNCTION _ntk_level_targets(m ntk_catalog_model, labels text[]) RETURNS text LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('CASE WHEN NOT %s THEN %s END::float8[]', @extschema@._ntk_is_held_out(m),
		CASE WHEN m.task = 'regression' THEN format('ARRAY[source.%I::float8]', m.target)
			ELSE (SELECT format('ARRAY[%s]', string_agg(format('(label.label = %L)::int', l), ', ' ORDER BY i))
				  FROM unnest(labels) WITH ORDINALITY AS u (l, i) WHERE i > 1 OR cardinality(labels) > 2) END)
	WHERE m.task = 'regression' OR cardinality(labels) <= 16
$$;
COMMENT ON FUNCTION _ntk_level_targets(ntk_catalog_model, text[]) IS
	'an expression: of a row, the target or its classes as numbers, an array; NULL for too many classes';

CREATE FUNCTION _ntk_encoding_call(m ntk_catalog_model, labels text[]) RETURNS text LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT format('@extschema@.ntk_encoding(f.*, %s, %L, %s, %s)', (m.params ->> 'max_levels')::int,
		jsonb_build_object('scale', m.params -> 'scale', 'bins', coalesce(nullif(m.params -> 'bins', 'null'), '"auto"'),
						   'nan', m.params -> 'nan', 'outside', 'clip'),
		CASE WHEN m.weight IS NULL THEN '1' ELSE format('source.%I::float8', m.weight) END,
		coalesce(@extschema@._ntk_level_targets(m, labels), 'NULL'))
$$;
COMMENT ON FUNCTION _ntk_encoding_call(ntk_catalog_model, text[]) IS
	'the aggregate call that learns the encoding of the features f of a model';

-- One scan for all that is learned from the rows as they are.
CREATE FUNCTION _ntk_survey(m ntk_catalog_model, known text, labels text[], OUT encoding jsonb, OUT n_rows bigint,
							OUT lowest double precision, OUT highest double precision)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	numbers text[] := array_remove(ARRAY[CASE WHEN m.task = 'regression' THEN m.target END, m.weight], NULL);
	low float8[];
	high float8[];
BEGIN
	BEGIN
		SELECT q.* INTO encoding, n_rows, low, high FROM @extschema@._ntk_run(m.owner,
			format('SELECT %s, count(*), ARRAY[%s]::float8[], ARRAY[%s]::float8[] '
				   'FROM %s CROSS JOIN LATERAL (SELECT %s) AS f%s WHERE %s',
				   @extschema@._ntk_encoding_call(m, labels),
				   (SELECT string_agg(format('min(source.%I::float8)', c), ', ') FROM unnest(numbers) AS c),
				   (SELECT string_agg(format('max(source.%I::float8)', c), ', ') FROM unnest(numbers) AS c),
				   @extschema@._ntk_rows_of(m),
				   (SELECT string_agg(format('source.%I', f), ', ') FROM unnest(m.features) AS f),
				   CASE WHEN m.task = 'classification' THEN
						format(' CROSS JOIN LATERAL (SELECT @extschema@._ntk_label(source.%I) AS label) AS label', m.target) END,
				   known))
			AS q (encoding jsonb, n_rows bigint, low float8[], high float8[]);
	EXCEPTION WHEN numeric_value_out_of_range OR invalid_parameter_value THEN
		PERFORM @extschema@._ntk_check_ranges(m, numbers, known);
		RAISE;
	END;
	FOR place IN 1 .. cardinality(numbers) LOOP
		PERFORM @extschema@._ntk_check_range(m, numbers[place], low[place], high[place]);
	END LOOP;
	IF encoding IS NULL THEN
		RAISE no_data_found USING MESSAGE = format('model "%s": the source has no rows with a target', m.model);
	END IF;
	IF m.task = 'regression' THEN
		lowest := low[1];
		highest := high[1];
	END IF;
	encoding := encoding || jsonb_build_object('missing', m.params -> 'missing');
	IF m.params ->> 'shape' IS NOT NULL THEN
		encoding := @extschema@._ntk_image_encoding(m, encoding);
	END IF;
END $$;
COMMENT ON FUNCTION _ntk_survey(ntk_catalog_model, text, text[]) IS
	'the encoding and the number of the rows that have a target, and the range of the targets of a regression; '
	'raises an error for numbers that are of no use';

-- Sums of squares have twice the digits of the numbers.
CREATE FUNCTION _ntk_centre(m ntk_catalog_model, low double precision, high double precision) RETURNS double precision
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT CASE WHEN m.params ->> 'target' <> 'log' AND high / 2 - low / 2 < 1e-3 * greatest(abs(low), abs(high))
		THEN low / 2 + high / 2 ELSE 0 END
$$;
COMMENT ON FUNCTION _ntk_centre(ntk_catalog_model, double precision, double precision) IS
	'what is subtracted from targets between low and high: the middle if they differ in their last digits only, or 0';

-- Where no key tells rows apart, rows of equal features are of one fold. If these are many, one of them can be
-- most of a fold, or a class: then they are dealt to the folds one by one.
CREATE FUNCTION _ntk_has_many_equal_rows(m ntk_catalog_model, known text) RETURNS boolean LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
AS $$
	SELECT q.all_rows ^ 2 < q.squares * least(q.all_rows / 2, 10000)	-- so many rows of the same size would be as uneven
	FROM @extschema@._ntk_run(m.owner,
		format('SELECT sum(n)::float8, sum(n::float8 ^ 2) FROM (SELECT count(*) AS n FROM %s WHERE %s '
			   'GROUP BY @extschema@.ntk_fold(split.*, 2147483647)) AS equal', @extschema@._ntk_rows_of(m), known))
		AS q (all_rows float8, squares float8)
$$;
COMMENT ON FUNCTION _ntk_has_many_equal_rows(ntk_catalog_model, text) IS
	'whether rows of a source that agree in the columns by which they are split are too many to be of one fold';

CREATE FUNCTION _ntk_holdout_from(m ntk_catalog_model, condition text) RETURNS text LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	clock text := m.params ->> 'holdout_by';
	newest text;
BEGIN
	IF clock IS NOT NULL AND @extschema@._ntk_holdout(m) > 0 THEN
		-- Of a last day that has more rows than the share, all are held out. Rows before m.holdout_from have been
		-- trained on, so late rows do not lower it.
		SELECT q.newest INTO newest FROM @extschema@._ntk_run(m.owner,
			format('WITH clock AS MATERIALIZED (SELECT source.%2$I AS at FROM %3$s WHERE %4$s), '
				   'share AS (SELECT percentile_disc(%1$s) WITHIN GROUP (ORDER BY at) AS at, max(at) AS newest FROM clock) '
				   'SELECT @extschema@._ntk_key(greatest(CASE WHEN s.at < s.newest THEN s.at '
				   'ELSE (SELECT max(c.at) FROM clock AS c WHERE c.at < s.newest) END, %5$L)) FROM share AS s',
				   1 - (m.params ->> 'holdout')::float8, clock, @extschema@._ntk_rows_of(m), $2, m.holdout_from))
			AS q (newest text);
	END IF;
	RETURN newest;
END $$;
COMMENT ON FUNCTION _ntk_holdout_from(ntk_catalog_model, text) IS
	'the value of params.holdout_by beyond which rows are held out; NULL if a hash decides';

CREATE FUNCTION _ntk_learn_labels(m ntk_catalog_model, known text) RETURNS text[] LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	most constant int := 1000;
	labels text[];
BEGIN
	IF m.task <> 'classification' THEN
		RETURN NULL;
	END IF;
	SELECT q.labels INTO labels FROM @extschema@._ntk_run(m.owner,
		format('SELECT array_agg(label ORDER BY label) FROM (SELECT DISTINCT @extschema@._ntk_label(source.%I) AS label '
			   'FROM %s WHERE %s) AS l',
			   m.target, @extschema@._ntk_rows_of(m), known)) AS q (labels text[]);
	IF cardinality(labels) < 2 THEN
		RAISE data_exception USING MESSAGE = format('column "%s" has only one class, "%s"', m.target, labels[1]);
	ELSIF cardinality(labels) > most THEN
		RAISE program_limit_exceeded USING MESSAGE =
			format('column "%s" has %s classes, at most %s are possible', m.target, cardinality(labels), most);
	END IF;
	RETURN labels;
END $$;
COMMENT ON FUNCTION _ntk_learn_labels(ntk_catalog_model, text) IS
	'the classes of a model''s target; NULL for regression';
