-- The tables of bench-models.sh, apart from those of public data.
--
-- Where an array of random numbers says WHERE i = i, that has it drawn for each row anew.

-- Five columns of numbers, three of categories, one of times, a fifth of all values NULL, and a
-- target that depends on each of them and on whether one is there.
CREATE TYPE mixed_grade AS ENUM ('poor', 'fair', 'good', 'best');

CREATE FUNCTION mixed_rows(n int) RETURNS TABLE (id int, area float8, price numeric, rooms int,
	weight real, visits bigint, shop text, colour text, grade mixed_grade, sold timestamp, y float8)
LANGUAGE sql AS $$
	WITH drawn AS MATERIALIZED (
		SELECT i AS id, sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS a,
			exp(5 + sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) AS b,
			floor(9 * random()) AS c, random() - 0.5 AS d, 1e6 * random() ^ 4 AS e,
			floor(500 * random() ^ 6)::int AS shop, floor(8 * random())::int AS colour,
			floor(4 * random())::int AS grade,
			timestamp '2020-01-01' + floor(random() * 3 * 365 * 86400) * interval '1 second' AS sold,
			ARRAY(SELECT random() < 0.2 FROM generate_series(1, 9) WHERE i = i) AS gone,
			0.3 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS noise
		FROM generate_series(1, n) AS i),
	-- what a shop is worth looks random and is the same in every table
	worth AS (SELECT *, sin(12.9898 * shop * shop) AS shop_worth FROM drawn)
	SELECT id, CASE WHEN NOT gone[1] THEN 80 + 30 * a END, CASE WHEN NOT gone[2] THEN round(b::numeric, 2) END,
		CASE WHEN NOT gone[3] THEN c END, CASE WHEN NOT gone[4] THEN d END, CASE WHEN NOT gone[5] THEN e END,
		CASE WHEN NOT gone[6] THEN 'shop ' || shop END,
		CASE WHEN NOT gone[7] THEN (ARRAY['red', 'green', 'blue', 'white', 'black', 'grey', 'pink', 'teal'])[1 + colour] END,
		CASE WHEN NOT gone[8] THEN (enum_range(NULL::mixed_grade))[1 + grade] END, CASE WHEN NOT gone[9] THEN sold END,
		CASE WHEN gone[1] THEN 0.5 ELSE sin(1.5 * a) END + CASE WHEN gone[2] THEN 0 ELSE 0.3 * (ln(b) - 5) END
			+ CASE WHEN gone[3] THEN 0 ELSE 0.1 * c * (1 + d) END + CASE WHEN gone[5] THEN -0.5 ELSE 0.3 * sqrt(e / 1e6) END
			+ CASE WHEN gone[6] THEN 0 ELSE shop_worth END + CASE WHEN gone[7] THEN 0 ELSE 0.2 * (colour % 3) END
			+ CASE WHEN gone[8] THEN -0.3 ELSE 0.2 * grade * CASE WHEN gone[4] THEN 1 ELSE 1 + d END END
			+ CASE WHEN gone[9] THEN 0.4 ELSE 0.4 * sin(2 * pi() * extract(hour FROM sold) / 24)
				+ 0.3 * cos(2 * pi() * extract(doy FROM sold) / 365) + 0.2 * (extract(isodow FROM sold) > 5)::int
				+ extract(epoch FROM sold - timestamp '2020-01-01') / 1e8 END
			+ noise
	FROM worth
$$;

SELECT setseed(0.25) \g /dev/null
CREATE TABLE mixed_train AS SELECT * FROM mixed_rows(20000);
CREATE TABLE mixed_test AS SELECT * FROM mixed_rows(10000);

-- A table that grows: the columns of a measurement and the time of it.
CREATE FUNCTION stream_rows(first int, last int) RETURNS TABLE (at timestamp, x1 float8, x2 float8,
	x3 float8, x4 float8, x5 float8, x6 float8, x7 float8, x8 float8, y float8)
LANGUAGE sql AS $$
	SELECT timestamp '2024-01-01' + i * interval '1 minute', x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8],
		sin(2 * x[1]) * x[2] + cos(x[3] + x[4]) + x[5] * x[6] + 0.5 * sin(x[7] - x[8]) + 0.2 * (random() - 0.5)
	FROM (SELECT i, ARRAY(SELECT 2 * random() - 1 FROM generate_series(1, 8) WHERE i = i) AS x
		FROM generate_series(first, last) AS i) AS drawn
$$;

CREATE TABLE stream AS SELECT * FROM stream_rows(1, 200000);
CREATE INDEX ON stream (at);

VACUUM ANALYZE mixed_train, mixed_test, stream;
