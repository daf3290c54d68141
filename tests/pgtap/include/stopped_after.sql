-- seconds since the statement began, when a query was stopped; NULL if it was not
CREATE FUNCTION stopped_after(query text) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query;
	RETURN NULL;
EXCEPTION WHEN query_canceled THEN
	RETURN extract(epoch FROM clock_timestamp() - statement_timestamp());
END $$;
