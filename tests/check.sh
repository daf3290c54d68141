#!/usr/bin/env bash
# All tests on a private server: make check [FAST=1]
#
# Ends with "N passed, N failed, N skipped". WERROR=-Werror makes warnings errors.
# FAST=1 leaves out what takes long, and tells what that is.
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"
. "$root/tests/results.sh"
. "$root/tests/params.sh"

fast=${FAST:-}
slow_files="cntk_map limits metric images statistics stored_values train untrusted_catalog"	# of tests/pgtap
skip_slow() { skip "$1, because of FAST"; }

# The multi-threaded OpenBLAS is there to be avoided: a test counts threads.
choose_version
prerequisites perl "postgresql-$PGVERSION-pgtap" \
	libtap-parser-sourcehandler-pgtap-perl libopenblas0-pthread
pgvector=postgresql-$PGVERSION-pgvector	# not in every release; tests say so where they skip it
if apt-cache show "$pgvector" >/dev/null 2>&1; then prerequisites "$pgvector"; fi
build_and_install

core_is_pure() {
	! grep -nE 'postgres\.h|fmgr\.h|palloc|ereport|elog|"pg/' "$root"/src/core/*/*.[ch]
}

# A directory includes itself and those before it.
directories_look_back() {
	local side directory allowed status=0

	for side in "core base kernels linalg sketches maps images regression" "pg base types rows functions aggregates models"; do
		allowed=
		set -- $side
		side=$1
		for directory in "${@:2}"; do
			allowed+="${allowed:+|}$directory"
			! grep -nE "#include \"$side/" "$root"/src/$side/$directory/*.[ch] | grep -vE "\"$side/($allowed)/" || status=1
		done
	done
	return $status
}

# A pair of .c and .h includes no pair that includes it in turn: tsort reports loops.
files_have_no_circles() {
	(cd "$root/src" && grep -oE '^#include "[a-z]+/[^"]+' */*/*.[ch]) |
		sed -E 's/\.[ch]:#include "/ /; s/\.h$//' | awk '$1 != $2' | tsort >/dev/null
}

names_are_one() {	# of functions, so that a search finds one place
	[ -z "$(cat "$root"/src/*/*/*.c | grep -oE '^[a-z_0-9]+\(' | sort | uniq -d)" ]
}

pieces_are_short() {
	local wrong

	wrong=$(cd "$root/sql/ntk_sketch" && awk 'length > 120 { print FILENAME ": line " FNR " has " length " columns" }
		FNR > 210 { print FILENAME ": more than 210 lines"; nextfile }' *.sql)
	[ -z "$wrong" ] || { echo "$wrong"; return 1; }
}

sources_are_short() {
	local wrong

	wrong=$(cd "$root/src" && awk 'FNR > 700 { print FILENAME ": more than 700 lines"; nextfile }' */*/*.[ch])
	[ -z "$wrong" ] || { echo "$wrong"; return 1; }
}

say "unit tests of the mathematics"
build=$root/tests/unit/build
export WERROR=${WERROR:-}
mkdir -p "$build"
expect "src/core knows nothing of PostgreSQL" core_is_pure
expect "directories of src do not look ahead" directories_look_back
expect "files of src do not include each other in circles" files_have_no_circles
expect "no two functions of src have one name" names_are_one
expect "pieces of the install script are short" pieces_are_short
expect "files of src are short" sources_are_short
openblas=$(ls /usr/lib/*/openblas-serial/libopenblas.a)
printf '%s\n' "$root"/tests/unit/test_*.c | xargs -P "$(nproc)" -I TEST sh -c \
	'gcc -std=gnu11 -O2 -Wall -Wextra $WERROR -I"$0/src" TEST "$0"/src/core/*/*.o "$2" -lm -o "$1/$(basename TEST .c)"' \
	"$root" "$build" "$openblas"
export NTK_ORACLE=$root/tests/oracle
run_tap prove -v --exec '' "$build"/test_*
for values in fc_kernels cntk_kernels; do
	[ -r "$shared/oracle/$values.json" ] || continue
	expect "our reference values $values are the shared ones" \
		cmp "$NTK_ORACLE/$values.json" "$shared/oracle/$values.json"
done

say "starting a private server"
start_server "max_parallel_workers_per_gather = 2"

say "pg_regress"
if make -C "$root" -s installcheck REGRESS_OPTS="--inputdir=$root --outputdir=$cluster/regress" \
	>"$cluster/regress.log" 2>&1; then
	passed=$((passed + $(grep -cE '^(test|ok) ' "$cluster/regress.log")))
else
	cat "$cluster/regress.log" "$cluster/regress/regression.diffs" 2>/dev/null || true
	failed=$((failed + 1))
fi
grep -E '^(test|ok) |passed|failed' "$cluster/regress.log" || true

say "the statements of README and docs"
page_runs() {	# DATABASE FILE: its blocks of sql run, in this new database
	server_run "$bin/createdb" -h "$PGHOST" -U postgres "$1"
	{ echo 'CREATE EXTENSION ntk_sketch;' && sed -n '/^```sql$/,/^```$/{/^```/d;p}' "$2"; } |
		psql -Xq -d "$1" -v ON_ERROR_STOP=1 -o /dev/null
}
wrong_links() {	# between the pages
	local page link

	cd "$root"
	for page in *.md docs/*.md; do
		while read -r link; do
			[ -e "$(dirname "$page")/$link" ] || echo "$page: no $link"
		done < <(grep -oE '\]\([^]() #:]+[)#]' "$page" | tr -d '](#)')
	done
}
expect "the statements of README.md run" page_runs readme "$root/README.md"
for page in "$root"/docs/*.md; do
	grep -q '^```sql$' "$page" || continue
	name=$(basename "$page" .md)
	expect "those of docs/$name.md run" page_runs "docs_$name" "$page"
done
expect "links between the pages lead somewhere" test -z "$(wrong_links)"
absent_files() {	# that CONTRIBUTING.md names
	grep -oE '`(src|sql|tests|docs)/[a-z_./]+`' "$root/CONTRIBUTING.md" | tr -d '`' | sort -u |
		while read -r file; do [ -e "$root/$file" ] || echo "$file"; done
}
expect "the files that CONTRIBUTING.md names are there" test -z "$(absent_files)"
unnamed_functions() {	# those a user may call, of which README.md does not tell
	psql -Xqt -d readme -v ON_ERROR_STOP=1 -c "SELECT DISTINCT proname FROM pg_depend JOIN pg_proc ON pg_proc.oid = objid
		WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ntk_sketch')
			AND classid = 'pg_proc'::regclass AND proname NOT LIKE '\\_%'" | tr -d ' ' |
		while read -r name; do [ -z "$name" ] || grep -qw "$name" "$root/README.md" || echo "$name"; done
}
expect "README.md tells of all functions that are not internal" test -z "$(unnamed_functions)"
expect "the table of README.md has the params that there are" readme_has_params readme

say "notices of progress"
notices() {	# INTERVAL QUERY: the notices that it sends
	psql -Xq -d readme -v ON_ERROR_STOP=1 -o /dev/null -c "SET ntk_sketch.progress_interval = '$1'" \
		-c 'SET max_parallel_workers_per_gather = 0' -c "$2" 2>&1
}
wide='(SELECT i, array_agg(sin(i * j)::real) AS z FROM generate_series(1, 300) AS i, generate_series(1, 1500) AS j GROUP BY i)'
expect "an aggregate says how many rows of how many" \
	grep -qE '^NOTICE:  ntk_gram: [0-9]+ of ~[0-9]+ rows, [0-9]+ s left$' \
	<(notices 100ms "SELECT ntk_rows(ntk_gram(z, i)) FROM $wide AS s, generate_series(1, 30)")
expect "cross-validation says how many fits" \
	grep -qE '^NOTICE:  ntk_cv: [0-9]+ of 60 fits, [0-9]+ s left$' \
	<(notices 100ms "SELECT count(*) FROM (SELECT array_agg(g) AS g FROM (SELECT ntk_gram(z, i) AS g FROM $wide AS s GROUP BY i % 10) AS f) AS s, ntk_cv(g)")
shifted="SELECT i, i / 200.0 AS x, i / 200.0 + 3 * (i > 200)::int AS y FROM generate_series(1, 400) AS i"
expect "a version that is worse says so, with both errors" \
	grep -qzE 'NOTICE:  version 2 of model "worse" is not deployed: on the held-out rows it is worse than version 1
DETAIL:  The mean squared error is [0-9.]+, that of version 1 is [0-9.e-]+; the standard error of the difference is [0-9.]+\.
HINT:  ntk_deploy makes it serve, as does' \
	<(notices 0 "SELECT ntk_train('worse', '$shifted', 'y', '{x}', params => '{\"n_components\": 20}');
		SELECT ntk_train('worse', '$shifted', 'y', '{x}', params => '{\"n_components\": 2, \"lambda\": 1e4}')")
expect "a prediction tells of values far outside, once per statement" \
	test "$(notices 0 "SELECT sum(ntk_predict('rent', f)) FROM (SELECT 1000 * area AS area, rooms, district, balcony, built, listed, id FROM flats) AS f" |
		grep -A1 'far outside')" = $'NOTICE:  1 value lies far outside what training has seen\nDETAIL:  Column "area": 1 beyond 25 to 144, taken as its ends.'
expect "codes that are stored as text are told of, once per column" \
	test "$(notices 0 "SELECT ntk_encoding(q) FROM (SELECT (i % 9)::text AS zip FROM generate_series(1, 90) AS i) AS q" | grep -c 'holds numbers as text')" = 1
expect "0 sends none" test -z "$(notices 0 "SELECT ntk_rows(ntk_gram(z, i)) FROM $wide AS s, generate_series(1, 30)")"

say "pgTAP"
server_run "$bin/createdb" -h "$PGHOST" -U postgres pgtap
psql -Xq -d pgtap -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION ntk_sketch'
files=()
for file in "$root"/tests/pgtap/*.sql; do
	name=$(basename "$file" .sql)
	if [ -n "$fast" ] && [[ " $slow_files " == *" $name "* ]]; then
		skip_slow "tests/pgtap/$name.sql"
	else
		files+=("$file")
	fi
done
run_tap pg_prove -v -d pgtap "${files[@]}"

if [ -n "$fast" ]; then
	for part in "changed values" "accuracy on real data" "tests/sessions"; do skip_slow "$part"; done
	print_result
	exit
fi

say "changed values"
. "$root/tests/fuzz/fuzz.sh"
fuzz_prepare
for kind in $fuzz_kinds; do
	expect "changed values of kind $kind are refused, or can be used" fuzz_values "$kind" 1 1000000000 2
	expect "some of kind $kind are refused, some accepted" fuzz_is_balanced "$kind"
done
expect "they crash nothing" test -z "$(fuzz_log)"

say "accuracy on real data"
if have_data; then
	server_run "$bin/createdb" -h "$PGHOST" -U postgres accuracy
	export PGDATABASE=accuracy
	psql -Xq -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION ntk_sketch'
	for set in protein kin40k elevators; do load_csv "$data/$set.csv.gz" "$set"; done
	load_digits digits
	load_images images
	simulate_columns product '2 * x[1] * x[2] + sin(pi() * x[3]) + 0.1 * (random() + random() + random() - 1.5)'
	simulate_columns waves 'sin(pi() * x[1]) * abs(x[2])'
	run_tap pg_prove -v -d accuracy "$root"/tests/accuracy/*.sql
else
	skip "the data sets are not in ../shared/data"
fi

# What one session cannot show; crashes the server, so nothing may be connected.
. "$root/tests/sessions.sh"

print_result
