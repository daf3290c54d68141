-- The map with these bytes, by its receive function: a binary COPY of a bytea looks like one of a
-- value with these bytes. Needs scratch_file().
CREATE TEMP TABLE received (map ntk_map);
CREATE FUNCTION receive(bytes bytea) RETURNS ntk_map LANGUAGE plpgsql AS $$
DECLARE
	result ntk_map;
BEGIN
	EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, scratch_file());
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L (FORMAT binary)', scratch_file());
	SELECT map INTO STRICT result FROM received;
	RETURN result;
END $$;
