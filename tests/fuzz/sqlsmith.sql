-- An ordinary role for sqlsmith, and what it finds: rows of values of every type that our
-- functions take, our functions and few others.

CREATE ROLE smith LOGIN;
CREATE SCHEMA smith AUTHORIZATION smith;
ALTER ROLE smith SET search_path = smith, pg_catalog, public;
ALTER ROLE smith SET statement_timeout = '3s';
ALTER ROLE smith SET client_min_messages = error;

CREATE VIEW smith.pg_proc AS SELECT * FROM pg_catalog.pg_proc
WHERE proname ~ '^_?c?ntk_' OR proname IN ('abs', 'array_append', 'array_cat', 'jsonb_build_object', 'lower', 'sin', 'random') AND prokind = 'f';
GRANT SELECT ON smith.pg_proc TO smith;

CREATE TABLE smith.input AS
SELECT m.map, g.gram, ntk_solve(g.gram, 0.01) AS model, ARRAY[1, -2, 0.5]::double precision[] AS x, ARRAY[1, -2, 0.5]::real[] AS single, ARRAY[1, 2, 3] AS whole,
	ARRAY[1, 2]::smallint[] AS small, ARRAY[1, 2]::bigint[] AS big, ARRAY[1, 2, 0.5]::numeric[] AS exact, ARRAY['a', 'b'] AS names, '\x010203'::bytea AS image,
	convert_from(e.value, 'UTF8')::jsonb AS encoding, n.name, ARRAY[g.gram, g.gram] AS grams, i::double precision AS number, i::bigint AS seed, i = 1 AS flag
FROM (SELECT row_number() OVER (), map FROM map) AS m (i, map) JOIN (SELECT row_number() OVER (), gram FROM gram WHERE ntk_rows(gram) > 2) AS g (i, gram) USING (i)
	JOIN (VALUES (1, 'regression'), (2, 'classes'), (3, 'groups'), (4, 'thing'), (5, 'number')) AS n (i, name) USING (i)
	JOIN (SELECT row_number() OVER (), value FROM seed WHERE kind = 'encoding') AS e (i, value) USING (i);
GRANT SELECT ON ALL TABLES IN SCHEMA smith, public TO smith;
SELECT ntk_grant(name, 'smith') FROM (VALUES ('regression'), ('classes'), ('groups')) AS m (name);
