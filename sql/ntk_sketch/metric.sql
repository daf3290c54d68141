-- the metric of a feature map

CREATE FUNCTION ntk_with_metric(map ntk_map, metric double precision[]) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_with_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ntk_with_metric(ntk_map, double precision[]) IS
	'the map that sees inputs x as T x, where T''T is proportional to the metric: a symmetric positive semidefinite matrix, as ntk_agop returns it, or its diagonal; T is scaled so that the trace of T''T is the number of inputs (arXiv 2212.13881); landmarks are brought along';

CREATE FUNCTION ntk_metric(map ntk_map) RETURNS double precision[]
	AS 'MODULE_PATHNAME', 'ntk_sql_metric' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ntk_metric(ntk_map) IS
	'the metric of a map: a matrix, or its diagonal; NULL if it has none';
