-- the fold of a row of a table or view, of 1,000, by the columns that split the rows of a model
CREATE FUNCTION fold_of(model text, source_row anyelement, seed int DEFAULT 0, folds int DEFAULT 1000) RETURNS int LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
	result int;
BEGIN
	EXECUTE (SELECT format('SELECT ntk_fold(split, $2, $3) FROM (SELECT %s) AS split', string_agg(format('($1).%I', c), ', '))
			 FROM ntk_catalog_model AS m, unnest(m.split_by) AS c WHERE m.model = $1 AND NOT m.spread)
	INTO STRICT result USING source_row, folds, seed;
	RETURN result;
END $$;
