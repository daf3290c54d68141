-- the largest difference of elements relative to the largest element
CREATE FUNCTION difference(a float8[], b float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN array_dims(a) = array_dims(b)
		   THEN max(abs(x - y)) / greatest(max(abs(x)), max(abs(y)), 1e-300)
		   ELSE 'Infinity' END
	FROM unnest(a, b) AS u (x, y)
$$;

-- of two statistics: rows, skipped rows and shape must be the same
CREATE FUNCTION difference(a ntk_gram, b ntk_gram) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN (ntk_rows(a), ntk_skipped(a), ntk_width(a), ntk_targets(a)) = (ntk_rows(b), ntk_skipped(b), ntk_width(b), ntk_targets(b))
				AND ntk_feature_map(a) IS NOT DISTINCT FROM ntk_feature_map(b)
		   THEN greatest(abs(ntk_weight(a) - ntk_weight(b)) / greatest(ntk_weight(a), 1e-300),
						 difference(m.feature_sum, n.feature_sum), difference(m.gram, n.gram), difference(m.target_sum, n.target_sum),
						 difference(m.feature_target, n.feature_target), difference(m.target, n.target))
		   ELSE 'Infinity' END
	FROM ntk_moments(a) AS m, ntk_moments(b) AS n
$$;
