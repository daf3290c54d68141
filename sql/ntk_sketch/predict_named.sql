-- scoring rows with models by name; columns are found by their names

CREATE FUNCTION ntk_predict(model text, "row" anyelement) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_named_predict' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(text, anyelement) IS
	'the prediction of a regression model, by name, for a row or an array of its features';

-- a value that is no row: an error about that, not one about models by value
CREATE FUNCTION ntk_predict(model text, "row" bytea) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_named_predict' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(text, bytea) IS
	'always an error: a model by name predicts for a row or an array of its features';

-- a literal without a type, which any of the above could be
CREATE FUNCTION ntk_predict(model text, "row" text) RETURNS double precision
	AS 'MODULE_PATHNAME', 'ntk_sql_named_predict' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_predict(text, text) IS
	'the prediction of a regression model, by name, for an array of its features written as text';

CREATE FUNCTION ntk_classify(model text, "row" anyelement) RETURNS text
	AS 'MODULE_PATHNAME', 'ntk_sql_named_classify' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_classify(text, anyelement) IS
	'the class that a classification model, by name, predicts for a row or an array of its features';

CREATE FUNCTION ntk_proba(model text, "row" anyelement) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'ntk_sql_named_proba' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_proba(text, anyelement) IS
	'the probability of each class, {class: probability}, from a classification model, by name, '
	'for a row or an array of its features';

CREATE TYPE ntk_range AS (lo double precision, hi double precision);
COMMENT ON TYPE ntk_range IS 'an interval of numbers';

CREATE FUNCTION ntk_interval(model text, "row" anyelement, level double precision DEFAULT 0.9) RETURNS ntk_range
	AS 'MODULE_PATHNAME', 'ntk_sql_named_interval' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION ntk_interval(text, anyelement, double precision) IS
	'the interval that contains a new target of a row with this probability, '
	'from a regression model that was trained with uncertainty';

CREATE FUNCTION _ntk_predict_rows(model text, query text, key text)
	RETURNS TABLE (id text, prediction double precision, label text)
	AS 'MODULE_PATHNAME', 'ntk_sql_predict_rows' LANGUAGE C STABLE STRICT ROWS 10000 COST 100000;
COMMENT ON FUNCTION _ntk_predict_rows(text, text, text) IS 'ntk_predict_table for a query';

CREATE FUNCTION ntk_predict_table(model text, source text, key text)
	RETURNS TABLE (id text, prediction double precision, label text) LANGUAGE sql STABLE ROWS 10000
	AS $$SELECT * FROM @extschema@._ntk_predict_rows($1, @extschema@._ntk_source_query($2), $3)$$;
COMMENT ON FUNCTION ntk_predict_table(text, text, text) IS
	'the predictions of a model, by name, for the rows of a table, a view or a query, computed in blocks; '
	'one row per row of the source, identified by its column key; a classification model returns the class as the label, '
	'and its probability as the prediction';

CREATE FUNCTION _ntk_check_model(model text) RETURNS void
	AS 'MODULE_PATHNAME', 'ntk_sql_check_model' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION _ntk_check_model(text) IS 'an error if predictions would refuse the version of a model that serves';
