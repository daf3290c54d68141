#!/usr/bin/env bash
# Speed as ratios measured side by side in one run: make bench
set -euo pipefail
shopt -s inherit_errexit
. "$(dirname "$0")/cluster.sh"

choose_version
prerequisites
build_and_install

build=$root/tests/bench/build
mkdir -p "$build"
gcc -std=gnu11 -O2 -I"$root/src" "$root/tests/bench/rates.c" "$root"/src/core/*/*.o \
	/usr/lib/*/openblas-serial/libopenblas.a -lm -o "$build/rates"

say "starting a private server"
start_server "max_parallel_workers_per_gather = 0" "jit = off" "client_min_messages = warning" \
	"max_wal_size = 8GB" "ntk_sketch.max_memory = 3GB"
psql -Xqc 'CREATE EXTENSION ntk_sketch'

# seconds of the fastest of three runs of a query, after some settings
fastest() {	# QUERY [SETTING...]
	local query=$1 settings=() times

	shift
	for setting in "$@"; do settings+=(-c "SET $setting"); done
	times=$(psql -Xq -v ON_ERROR_STOP=1 "${settings[@]}" -c '\timing on' -c "$query" -c "$query" -c "$query")
	sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' <<<"$times" | sort -n | awk 'NR == 1 { print $1 / 1000 }'
}
once() {	# QUERY: seconds of its only run
	local times

	times=$(psql -Xq -v ON_ERROR_STOP=1 -c '\timing on' -c "$1")
	sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' <<<"$times" | awk '{ print $1 / 1000 }'
}
ratio() { awk "BEGIN { printf \"%.2f\", $1 }"; }

say "measuring the machine and the mathematics without a server"
eval "$("$build/rates" | sed 's/ /=/')"

say "loading tables"
p=2048 rows=8192
psql -Xq <<SQL
CREATE TABLE features (id int, phi real[], y float8);
ALTER TABLE features ALTER phi SET STORAGE EXTERNAL;
INSERT INTO features SELECT i, ntk_sketch(ARRAY[sin(i), cos(3 * i), sin(7 * i)], $p), sin(i)
	FROM generate_series(1, 100000) AS i;
CREATE TABLE inputs AS
	SELECT i AS id, (SELECT array_agg(sin(i * j)) FROM generate_series(1, 784) AS j)::real[] AS x, sin(i) AS y
	FROM generate_series(1, $rows) AS i;
CREATE TABLE grouped AS
	SELECT i / 50 AS g, ntk_sketch(ARRAY[sin(i), cos(3 * i), sin(7 * i)], 64) AS phi, sin(i) AS y
	FROM generate_series(0, 499999) AS i;
VACUUM ANALYZE features, inputs, grouped;
SQL

say "Gram statistic: rate against the machine's own dsyrk, one process"
some="FROM features WHERE id <= $rows"
table_s=$(fastest "SELECT ntk_rows(ntk_gram(phi, y)) $some")
whole_s=$(fastest "SELECT ntk_rows(ntk_gram(x, y, ntk_map(784, 4096))) FROM inputs")
classes_s=$(fastest "SELECT ntk_rows(ntk_gram_class(phi, id % 1000, 1000)) $some")
table_gflops=$(ratio "$rows * $p * $p / $table_s / 1e9")
whole_gflops=$(ratio "$rows * 4096 * 4096 / $whole_s / 1e9")
row() { printf '%-68s %8.1f %8s\n' "$1" "$2" "$(ratio "$2 / $3")"; }
printf '%-68s %8s %8s\n' '' GFLOP/s ratio
row "dsyrk, p = $p" "$dsyrk_gflops" "$dsyrk_gflops"
row "rows in memory (ntk_gram_update), p = $p" "$gram_gflops" "$dsyrk_gflops"
row "features in a table: ntk_gram(phi, y), p = $p" "$table_gflops" "$dsyrk_gflops"
row "rows in a table: ntk_gram(x, y, map), d = 784, p = 4096" "$whole_gflops" "$dsyrk_gflops"
row "a packed triangle row by row (dspr), p = $p" "$dspr_gflops" "$dsyrk_gflops"
row "single precision (ssyrk), p = $p: not used, see test_precision.c" "$ssyrk_gflops" "$dsyrk_gflops"
echo "ntk_gram_update is $(ratio "$gram_gflops / $dspr_gflops") times as fast as dspr row by row"
echo "a statistic of 1,000 classes takes $(ratio "$classes_s / $table_s") times as long as one of one target"

say "a complete fit of 20,000 rows of $p ready features"
psql -Xqc 'ALTER TABLE features SET (parallel_workers = 1)'
some="FROM features WHERE id <= 20000"
fit="SELECT ntk_rows(ntk_ridge(phi, y, 1e-6)) $some"
two="max_parallel_workers_per_gather = 1"
one_s=$(fastest "$fit")
two_s=$(fastest "$fit" "$two")
echo "one process $one_s s, leader and one worker $two_s s"
echo "(MADlib 2.1, linregr_train, one process of this kind of machine: 36 s as shipped, 18.5 s tuned)"

say "two processes: ntk_gram(phi, y) of 100,000 rows, p = $p"
all="SELECT ntk_rows(ntk_gram(phi, y)) FROM features"
one_s=$(fastest "$all")
two_s=$(fastest "$all" "$two")
echo "one process $one_s s, leader and one worker $two_s s: $(ratio "$one_s / $two_s") times as fast"

say "many groups: 500,000 rows of 64 features"
one_s=$(fastest "SELECT ntk_rows(ntk_gram(phi, y)) FROM grouped")
many_s=$(fastest "SELECT count(s) FROM (SELECT ntk_gram(phi, y) AS s FROM grouped GROUP BY g) AS q")
echo "one group $one_s s, 10,000 groups $many_s s: $(ratio "$many_s / $one_s") times as long"

say "memory of one process: p = 12,000, 1,000 rows"
memory() { psql -XAtqc "$1" -c "SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+([0-9]+)')" | tail -1; }
narrow_kb=$(memory "SELECT ntk_rows(ntk_gram(x, y, ntk_map(784, 120))) FROM inputs WHERE id <= 1000")
wide_kb=$(memory "SELECT ntk_rows(ntk_gram(x, y, ntk_map(784, 12000))) FROM inputs WHERE id <= 1000")
echo "$(ratio "($wide_kb - $narrow_kb) / 1024") MB, $(ratio "($wide_kb - $narrow_kb) * 1024 / (4.0 * 12000 * 12001)") times the triangle"

say "choosing lambda: p = 4096, 5 folds of 10,000 rows"
psql -Xqc "CREATE TABLE folds (grams ntk_gram[])"
fold="ntk_gram(ARRAY[sin(i), cos(1.7 * i), sin(0.3 * i * i), cos(2.9 * i)]::real[], sin(i) + cos(3 * i) * sin(1.7 * i), ntk_map(4, 4096, bias => 1))"
sum_s=$(once "SELECT ntk_rows($fold) FROM generate_series(1, 50000) AS i")
psql -Xqc "INSERT INTO folds SELECT array_agg(g) FROM (SELECT $fold AS g FROM generate_series(1, 50000) AS i GROUP BY i % 5) AS s"
cv_s=$(once "SELECT count(*) FROM folds, ntk_cv(grams)")
echo "summing the rows $sum_s s, ntk_cv $cv_s s: $(ratio "$cv_s / $sum_s") times as long"

say "features, d = 784, m = 4096: against a dense projection by the machine's own sgemm"
sketch_s=$(fastest "SELECT count(ntk_sketch(x, ntk_map(784, 4096))) FROM inputs")
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

	seconds=$(fastest "SELECT count(ntk_sketch(indices, values, ntk_map($2, 2048, method => '$3'))) FROM (SELECT * FROM $1 LIMIT $4) AS r")
	ratio "$seconds / $4 * 1e6"
}
printf '%-26s %14s %14s %8s %14s %14s\n' 'inputs, non-zeros' '10^4, 100' '10^6, 100' 'ratio' '10^6, 1000' '10^6, 10000'
sparse() {	# METHOD ROWS: these many of the shortest, fewer of the longer ones
	local short long fuller full

	short=$(sparse_us short_rows 10000 "$1" "$2")
	long=$(sparse_us long_rows 1000000 "$1" "$2")
	fuller=$(sparse_us fuller_rows 1000000 "$1" $(($2 / 4)))
	full=$(sparse_us full_rows 1000000 "$1" $(($2 / 40)))
	printf '%-26s %14s %14s %8s %14s %14s\n' "$1" "$short" "$long" "$(ratio "$long / $short")" "$fuller" "$full"
}
sparse zonal 20000
sparse polysketch 20000
sparse random_features 400

say "10,000 rows and three models, or a map, that the planner evaluates per row"
psql -Xq <<SQL
CREATE TABLE waves AS
	SELECT i AS id, ARRAY[sin(i), cos(3 * i), sin(7 * i)]::real[] AS x, sin(i) AS y FROM generate_series(1, 10000) AS i;
CREATE TABLE statistics AS SELECT ntk_gram(x, y, ntk_map(3, 1024)) AS gram FROM waves;
CREATE TABLE shapes AS SELECT 3 AS d, 256 AS m;
VACUUM ANALYZE waves, statistics, shapes;
SQL
scores() {	# HOW: seconds to score the rows, with models that are solved so
	fastest "WITH models AS $1 (SELECT lambda, ntk_solve(gram, lambda) AS model FROM statistics, unnest('{1e-6,1e-4,1e-2}'::float8[]) AS lambda)
		SELECT lambda, sum(ntk_predict(model, x)) FROM waves, models GROUP BY lambda"
}
solve_s=$(fastest "SELECT ntk_rows(ntk_solve(gram, 1e-4)) FROM statistics")
pulled_s=$(scores 'NOT MATERIALIZED')
kept_s=$(scores 'MATERIALIZED')
echo "ntk_solve of a sub-query $pulled_s s, of a materialized one $kept_s s: $(ratio "$pulled_s / $kept_s") times as long (a solve a row: about $(ratio "30000 * $solve_s / $kept_s"))"
map_s=$(fastest "SELECT ntk_fingerprint(ntk_map(d, m)) FROM shapes")
column_s=$(fastest "SELECT ntk_rows(ntk_gram(x, y, ntk_map(d, m))) FROM waves, shapes")
constant_s=$(fastest "SELECT ntk_rows(ntk_gram(x, y, ntk_map(3, 256))) FROM waves")
echo "ntk_map of columns $column_s s, of constants $constant_s s: $(ratio "$column_s / $constant_s") times as long (a map a row: about $(ratio "(10000 * $map_s + $constant_s) / $constant_s"))"

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
