#!/usr/bin/env bash
# Speed as ratios measured side by side in one run: make bench
set -euo pipefail
. "$(dirname "$0")/cluster.sh"

choose_version
prerequisites
build_and_install

build=$root/tests/bench/build
mkdir -p "$build"
gcc -std=gnu11 -O2 -I"$root/src" "$root/tests/bench/rates.c" "$root"/src/core/*.o \
	/usr/lib/*/openblas-serial/libopenblas.a -lm -o "$build/rates"

say "starting a private server"
start_server "max_parallel_workers_per_gather = 0" "jit = off" "client_min_messages = warning"
psql -Xqc 'CREATE EXTENSION ntk_sketch'

say "measuring"
eval "$("$build/rates" | sed 's/ /=/')"

# seconds of the fastest of three runs of a query
fastest() {
	psql -Xq -v ON_ERROR_STOP=1 -c '\timing on' -c "$1" -c "$1" -c "$1" |
		sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | sort -n | awk 'NR == 1 { print $1 / 1000 }'
}
ratio() { awk "BEGIN { printf \"%.2f\", $1 }"; }

p=2048 rows=8192
psql -Xq <<SQL
CREATE TABLE features (id int, phi real[], y float8);
ALTER TABLE features ALTER phi SET STORAGE EXTERNAL;
INSERT INTO features SELECT i, ntk_sketch(ARRAY[sin(i), cos(3 * i), sin(7 * i)], $p), sin(i)
	FROM generate_series(1, $rows) AS i;
CREATE TABLE inputs AS
	SELECT i AS id, (SELECT array_agg(sin(i * j)) FROM generate_series(1, 784) AS j)::real[] AS x, sin(i) AS y
	FROM generate_series(1, $rows) AS i;
VACUUM ANALYZE features, inputs;
SQL
table_s=$(fastest "SELECT ntk_rows(ntk_gram(phi, y)) FROM features")
whole_s=$(fastest "SELECT ntk_rows(ntk_gram(x, y, ntk_map(784, 4096))) FROM inputs")
sketch_s=$(fastest "SELECT count(ntk_sketch(x, ntk_map(784, 4096))) FROM inputs")
table_gflops=$(ratio "$rows * $p * $p / $table_s / 1e9")
whole_gflops=$(ratio "$rows * 4096 * 4096 / $whole_s / 1e9")

say "Gram statistic: rate against the machine's own dsyrk, one process"
printf '%-64s %8s %8s\n' '' GFLOP/s ratio
printf '%-64s %8.1f %8s\n' "dsyrk, p = $p" "$dsyrk_gflops" 1.00
printf '%-64s %8.1f %8s\n' "rows in memory (ntk_gram_update), p = $p" "$gram_gflops" "$(ratio "$gram_gflops / $dsyrk_gflops")"
printf '%-64s %8.1f %8s\n' "features in a table: ntk_gram(phi, y), p = $p" "$table_gflops" "$(ratio "$table_gflops / $dsyrk_gflops")"
printf '%-64s %8.1f %8s\n' "rows in a table: ntk_gram(x, y, map), d = 784, p = 4096" "$whole_gflops" "$(ratio "$whole_gflops / $dsyrk_gflops")"

say "features, d = 784, m = 4096: against a dense projection by the machine's own sgemm"
printf '%-64s %8s %8s %8s\n' '' us/row rows/s ratio
printf '%-64s %8.1f %8.0f %8s\n' 'dense projection (sgemm), no kernel function' "$dense_us" "$(ratio "1e6 / $dense_us")" 1.00
printf '%-64s %8.1f %8.0f %8s\n' 'zonal features in memory (ntk_map_apply)' "$map_us" "$(ratio "1e6 / $map_us")" "$(ratio "$dense_us / $map_us")"
printf '%-64s %8.1f %8.0f %8s\n' 'SELECT ntk_sketch(x, map) from a table' "$(ratio "$sketch_s / $rows * 1e6")" "$(ratio "$rows / $sketch_s")" "$(ratio "$dense_us / ($sketch_s / $rows * 1e6)")"

say "sparse rows: microseconds a row of ntk_sketch(indices, values, map), m = 2048"
psql -Xq <<SQL
CREATE FUNCTION sparse_rows(d int, nonzeros int, n int) RETURNS TABLE (indices int[], "values" real[]) LANGUAGE sql AS
	'SELECT array_agg(1 + floor(random() * d)::int), array_agg(random()::real)
	 FROM generate_series(1, n) AS i, generate_series(1, nonzeros) AS j GROUP BY i';
CREATE TABLE short_rows AS SELECT * FROM sparse_rows(10000, 100, 20000);
CREATE TABLE long_rows AS SELECT * FROM sparse_rows(1000000, 100, 20000);
CREATE TABLE fuller_rows AS SELECT * FROM sparse_rows(1000000, 1000, 5000);
CREATE TABLE full_rows AS SELECT * FROM sparse_rows(1000000, 10000, 500);
VACUUM ANALYZE short_rows, long_rows, fuller_rows, full_rows;
SQL
sparse_us() {	# TABLE INPUT_DIM METHOD ROWS
	local seconds

	seconds=$(fastest "SELECT count(ntk_sketch(indices, values, ntk_map($2, 2048, method => '$3'))) FROM $1")
	ratio "$seconds / $4 * 1e6"
}
printf '%-26s %14s %14s %8s %14s %14s\n' 'inputs, non-zeros' '10^4, 100' '10^6, 100' 'ratio' '10^6, 1000' '10^6, 10000'
for method in zonal polysketch; do
	short=$(sparse_us short_rows 10000 $method 20000)
	long=$(sparse_us long_rows 1000000 $method 20000)
	printf '%-26s %14s %14s %8s %14s %14s\n' "$method" "$short" "$long" "$(ratio "$long / $short")" \
		"$(sparse_us fuller_rows 1000000 $method 5000)" "$(sparse_us full_rows 1000000 $method 500)"
done

say "scoring: microseconds a row by where the model comes from"
printf '%10s %12s %12s %12s %10s\n' features 'model bytes' 'parameter' 'column' 'ratio'
for m in 256 1024 4096 16000; do
	psql -Xq <<-SQL
		DROP TABLE IF EXISTS models;
		CREATE TABLE models AS SELECT ntk_ridge(x, y, 1e-3, ntk_map(3, $m)) AS model
			FROM (SELECT ARRAY[sin(i), cos(3 * i), sin(7 * i)]::real[] AS x, sin(i) AS y FROM generate_series(1, 200) AS i) AS s;
		DROP TABLE IF EXISTS points;
		CREATE TABLE points AS SELECT ARRAY[sin(i), cos(3 * i), sin(7 * i)]::real[] AS x FROM generate_series(1, 20000) AS i;
		VACUUM ANALYZE points;
	SQL
	bytes=$(psql -XAtc "SELECT pg_column_size(model) FROM models")
	parameter=$(fastest "SELECT sum(ntk_predict((SELECT model FROM models), x)) FROM points")
	column=$(fastest "SELECT sum(ntk_predict(model, x)) FROM points, models")
	printf '%10d %12d %12s %12s %10s\n' "$m" "$bytes" "$(ratio "$parameter / 20000 * 1e6")" \
		"$(ratio "$column / 20000 * 1e6")" "$(ratio "$column / $parameter")"
done
