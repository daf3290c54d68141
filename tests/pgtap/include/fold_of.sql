-- the fold of a row of a table or view, of 1,000, by the columns that split the rows of a model that is there
CREATE FUNCTION fold_of(model text, source_row anyelement) RETURNS int LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
	split_by text := (SELECT string_agg(format('($1).%I', c), ', ') FROM ntk_catalog_model AS m, unnest(m.split_by) AS c WHERE m.model = $1 AND NOT m.spread);
	result int;
BEGIN
	EXECUTE format('SELECT ntk_fold(split, 1000) FROM (SELECT %s) AS split', coalesce(split_by, 'no_model')) INTO STRICT result USING source_row;
	RETURN result;
END $$;
