# Sourced by bench-models.sh and revisions.sh: seconds of queries, and the table of the first of them.
#
#   sql [PSQL OPTION...]                 a query, its rows without decoration
#   ratio EXPRESSION                     to two places
#   seconds RUNS QUERY [SETTING...]      of the fastest and of the slowest run
#   range TIMES                          of what seconds printed
#   load_protein                         as protein_train and protein_test, raw columns

sql() { psql -XAtq -v ON_ERROR_STOP=1 -F ' ' "$@"; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 }"; }

seconds() {
	local runs=$1 query=$2 arguments=() setting run times

	shift 2
	for setting in "$@"; do arguments+=(-c "SET $setting"); done
	arguments+=(-c '\timing on')
	for ((run = 0; run < runs; run++)); do arguments+=(-c "$query"); done
	times=$(sql "${arguments[@]}") || return	# psql tells the time of failures, too
	sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' <<<"$times" | sort -n |
		awk 'NR == 1 { least = $1 / 1000 } END { print least, $1 / 1000 }'
}
range() { printf '%.2f .. %.2f' "${1% *}" "${1#* }"; }
one_core="max_parallel_workers_per_gather = 0"

load_protein() {
	sql <<-SQL
		CREATE EXTENSION ntk_sketch;
		CREATE TABLE protein (x1 float8, x2 float8, x3 float8, x4 float8, x5 float8, x6 float8, x7 float8,
			x8 float8, x9 float8, y float8, is_test boolean);
		\\copy protein FROM PROGRAM 'gzip -dc "$data/protein.csv.gz"' WITH (FORMAT csv, HEADER)
		CREATE TABLE protein_test AS SELECT row_number() OVER () AS id, * FROM protein WHERE is_test;
		CREATE TABLE protein_train AS SELECT * FROM protein WHERE NOT is_test;
		ALTER TABLE protein_train DROP is_test;
		VACUUM ANALYZE protein_train, protein_test;
	SQL
}
protein_nmse="SELECT avg((y - ntk_predict('protein', t)) ^ 2) / var_pop(y) FROM protein_test AS t"
