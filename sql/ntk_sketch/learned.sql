-- What a model has learned: its inputs and their metric.

-- What an encoding makes of columns, in the order of its numbers (encoding.h).
CREATE FUNCTION ntk_inputs(encoding jsonb)
	RETURNS TABLE (place integer, feature text, input text) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
	SELECT row_number() OVER (ORDER BY at, kind_order, part, half)::int, name, input
	FROM (SELECT $1 WHERE @extschema@._ntk_encoding_inputs($1) > 0) AS e (encoding),
		jsonb_array_elements(encoding -> 'columns') WITH ORDINALITY AS c (c, at),
		LATERAL (SELECT c ->> 'name' OFFSET 0) AS n (name),		-- or the sort would copy c for each of its inputs
		LATERAL (
		SELECT 1, 1::bigint, 1, name WHERE c ->> 'kind' IN ('number', 'boolean')
		UNION ALL SELECT 2, b.part, 1, format('%s from %s to %s', name, b.low, b.high)
			FROM (SELECT part, edge AS low, lead(edge) OVER (ORDER BY part) AS high
				  FROM jsonb_array_elements_text(c -> 'bins') WITH ORDINALITY AS e (edge, part)) AS b
			WHERE b.high IS NOT NULL
		UNION ALL SELECT 1, l.part, 1, name || ' = ' || l.level
			FROM jsonb_array_elements_text(c -> 'levels') WITH ORDINALITY AS l (level, part)
		UNION ALL SELECT 2, 1, 1, name || ' = other' WHERE (c ->> 'other')::boolean
		UNION ALL SELECT 2, 1 + m.part, 1, CASE WHEN jsonb_array_length(c -> 'means') = 1 THEN format('mean of %s', name)
				ELSE format('mean %s of %s', m.part, name) END
			FROM jsonb_array_elements(c -> 'means') WITH ORDINALITY AS m (m, part)
		UNION ALL SELECT 1, p.part, half,
				CASE WHEN p.p ->> 'part' = 'epoch' THEN name
					ELSE format('%s(%s of %s)', (ARRAY['sin', 'cos'])[half], p.p ->> 'part', name) END
			FROM jsonb_array_elements(c -> 'parts') WITH ORDINALITY AS p (p, part),
				generate_series(1, CASE WHEN p.p ->> 'part' = 'epoch' THEN 1 ELSE 2 END) AS half
		UNION ALL SELECT 1, e, 1, format('%s[%s]', name, e) FROM generate_series(1, (c ->> 'length')::bigint) AS e
		UNION ALL SELECT 3, 1, 1, name || ' is null' WHERE (c ->> 'missing')::boolean
	) AS i (kind_order, part, half, input)
$$;
COMMENT ON FUNCTION ntk_inputs(jsonb) IS
	'the meaning of each number that ntk_encode makes of a row with this encoding: a column, a bin of it, a level of a '
	'category, an element of an array, the phase of a cycle, an indicator of missing values; one row per number';

-- The version of a model that serves, which must have a metric.
CREATE FUNCTION _ntk_version_with_metric(model text) RETURNS ntk_catalog_version LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v @extschema@.ntk_catalog_version;
BEGIN
	SELECT c.* INTO v
	FROM @extschema@.ntk_catalog_model AS m
		JOIN @extschema@.ntk_catalog_version AS c ON c.model = m.model AND c.version = m.deployed
	WHERE m.model = $1;
	IF NOT FOUND THEN
		RAISE undefined_object USING MESSAGE = format('model "%s" does not exist, or no version of it serves', $1);
	ELSIF @extschema@.ntk_metric_root(v.map) IS NULL THEN
		RAISE object_not_in_prerequisite_state
			USING MESSAGE = format('version %s of model "%s" has no learned metric', v.version, $1),
			DETAIL = CASE WHEN v.rounds IS NULL THEN 'It was trained without rounds.'
				ELSE 'No round was better than the fixed kernel.' END,
			HINT = 'ntk_importance with a source shuffles columns, which needs no metric.';
	END IF;
	RETURN v;
END $$;
COMMENT ON FUNCTION _ntk_version_with_metric(text) IS
	'the version of a model that serves; an error if its map has no metric';

CREATE FUNCTION ntk_importance(model text) RETURNS TABLE (feature text, importance double precision) LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
	WITH v AS (SELECT map, encoding FROM @extschema@._ntk_version_with_metric($1)),
	t AS MATERIALIZED (SELECT @extschema@.ntk_metric_root(map) AS t FROM v),
	squares AS (
		SELECT 1 + (place - 1) % (SELECT (encoding ->> 'inputs')::int FROM v) AS place, sum(e ^ 2) AS square
		FROM t, unnest(t) WITH ORDINALITY AS e (e, place) GROUP BY 1)
	SELECT i.feature, 100 * sum(s.square) / sum(sum(s.square)) OVER ()
	FROM v, @extschema@.ntk_inputs(v.encoding) AS i JOIN squares AS s USING (place)
	GROUP BY i.feature ORDER BY 2 DESC, 1
$$;
COMMENT ON FUNCTION ntk_importance(text) IS
	'how much predictions vary with each column, in percent: the diagonal of the metric that a model has learned, '
	'summed over the inputs of the column; one row per feature';

CREATE FUNCTION ntk_directions(model text, k integer DEFAULT 3)
	RETURNS TABLE (direction integer, share double precision, feature text, input text, weight double precision)
	LANGUAGE plpgsql STABLE
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	v @extschema@.ntk_catalog_version;
	t float8[];
	inputs int;
BEGIN
	IF $2 IS NULL OR $2 < 1 THEN
		RAISE invalid_parameter_value USING MESSAGE = format('k must be positive, not %s', coalesce($2::text, 'null'));
	END IF;
	v := @extschema@._ntk_version_with_metric($1);
	t := @extschema@.ntk_metric_root(v.map);
	inputs := (v.encoding ->> 'inputs')::int;
	RETURN QUERY
		WITH numbers AS (		-- of a diagonal metric a direction is an input
			SELECT CASE array_ndims(t) WHEN 1 THEN n.at ELSE 1 + (n.at - 1) / inputs END AS line,
				(1 + (n.at - 1) % inputs)::int AS place, n.number
			FROM unnest(t) WITH ORDINALITY AS n (number, at)),
		lines AS (
			SELECT line, sum(number ^ 2) AS square, sum(sum(number ^ 2)) OVER () AS total,
				row_number() OVER (ORDER BY sum(number ^ 2) DESC, line) AS direction
			FROM numbers GROUP BY line)
		SELECT l.direction::int, 100 * l.square / l.total, i.feature, i.input, n.number / sqrt(l.square)
		FROM lines AS l JOIN numbers AS n USING (line) JOIN @extschema@.ntk_inputs(v.encoding) AS i USING (place)
		WHERE l.direction <= $2 AND l.square > 0 ORDER BY l.direction, abs(n.number) DESC, place;
END $$;
COMMENT ON FUNCTION ntk_directions(text, integer) IS
	'the k directions of inputs along which a model varies most, which are eigenvectors of its metric: '
	'the share of each direction, in percent, and its weights, largest first; one row per direction and input';
