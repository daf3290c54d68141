-- Gram statistics of rows with classes, see gram.sql.

-- ntk_gram_class(phi, class, n_classes), with a map, with a weight

CREATE FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(phi double precision[], class integer, n_classes integer) (
	SFUNC = _ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = _ntk_gram_final, COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer) IS
	'the Gram statistic of features phi and one-hot targets: 1 for the class of the row, '
	'0 for the other classes; class is 0 to n_classes - 1';

CREATE FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(phi double precision[], class integer, n_classes integer, weight double precision) (
	SFUNC = _ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = _ntk_gram_final, COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer, double precision) IS
	'the Gram statistic of features phi and one-hot targets: 1 for the class of the row, 0 for the other classes; '
	'class is 0 to n_classes - 1; with a weight per row';

CREATE FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x double precision[], class integer, n_classes integer, map ntk_map) (
	SFUNC = _ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = _ntk_gram_final, COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of the row, '
	'0 for the other classes; class is 0 to n_classes - 1';

CREATE FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_class_accumulate(ntk_gram, double precision[], integer, integer, ntk_map,
											  double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x double precision[], class integer, n_classes integer, map ntk_map,
								weight double precision) (
	SFUNC = _ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = _ntk_gram_final, COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(double precision[], integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of the row, '
	'0 for the other classes; class is 0 to n_classes - 1; with a weight per row';

CREATE FUNCTION _ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map) RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x bytea, class integer, n_classes integer, map ntk_map) (
	SFUNC = _ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = _ntk_gram_final, COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(bytea, integer, integer, ntk_map) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of the row, '
	'0 for the other classes; class is 0 to n_classes - 1';

CREATE FUNCTION _ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map, double precision)
	RETURNS ntk_gram
	AS 'MODULE_PATHNAME', 'ntk_sql_gram_accumulate_class_map' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION _ntk_gram_class_accumulate(ntk_gram, bytea, integer, integer, ntk_map, double precision) IS
	'transition function of the aggregate ntk_gram_class';
CREATE AGGREGATE ntk_gram_class(x bytea, class integer, n_classes integer, map ntk_map, weight double precision) (
	SFUNC = _ntk_gram_class_accumulate, STYPE = ntk_gram, SSPACE = 4194304,
	FINALFUNC = _ntk_gram_final, COMBINEFUNC = _ntk_gram_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ntk_gram_class(bytea, integer, integer, ntk_map, double precision) IS
	'the Gram statistic of the features of rows x and one-hot targets: 1 for the class of the row, '
	'0 for the other classes; class is 0 to n_classes - 1; with a weight per row';
