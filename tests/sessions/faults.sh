# Sourced by sessions.sh: backends that are killed, full disks, no memory, and many sessions at once.
#
#   KILLS     how many backends are killed (8)
#   SECONDS_OF_CHAOS     how long eight sessions do everything at once (20)
#   SEED      of what is drawn; another one each time unless it is given

kills=${KILLS:-8} chaos_seconds=${SECONDS_OF_CHAOS:-20}
fault_seed=${SEED:-$((EPOCHSECONDS % 32768))}
RANDOM=$fault_seed
echo "# SEED=$fault_seed KILLS=$kills SECONDS_OF_CHAOS=$chaos_seconds"

# A model of some level as in sessions.sh, but trained on enough rows to be hit while it reads them.
fault_training() {	# NAME LEVEL
	echo "SELECT version FROM ntk_train('$1', 'SELECT a, b, id, 100 * $2 + a AS y FROM fault_rows', 'y', '{a,b}', params => '{\"n_components\": 300, \"rounds\": 1, \"watermark\": \"id\", \"deploy\": \"always\"}')"
}

# Of a row or two; one row of another level hardly moves what is predicted.
fault_level() {	# NAME
	echo "SELECT string_agg(DISTINCT CASE WHEN abs(p - round(p)) < 0.3 AND round(p) BETWEEN 1 AND 5 THEN round(p)::text ELSE 'no level: ' || p END, ' ') FROM (SELECT ntk_predict('$1', s) / 100 AS p FROM samples AS s WHERE id <= 3) AS r"
}

make_fault_rows() {
	run "
		CREATE TABLE fault_rows AS SELECT i AS id, abs(sin(i)) AS a, cos(3 * i) AS b FROM generate_series(1, 20000) AS i;
		$(fault_training fault 1);
		$(fault_training fault 2);
		CHECKPOINT" >/dev/null
}

# (a) Killed at any moment.

# What serves is fitted and whole: by its name it predicts what its parts say.
fault_model_is_whole() {	# NAME
	same "rows that are predicted otherwise by the name of the model than by its parts" "$(ask "
		SELECT count(*) FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed JOIN ntk_catalog_part AS p ON p.model = v.model AND p.version = v.version AND p.grp = '{}', samples AS s
		WHERE m.model = '$1' AND s.id <= 20 AND abs(ntk_predict(m.model, s) - (ntk_predict(p.fitted, ntk_encode(s, v.encoding)) + m.centre)) IS DISTINCT FROM 0")" 0 &&
		same "versions that have not the rows in the statistics of theirs and of their parents" "$(ask "
		WITH RECURSIVE ancestry AS (
			SELECT version AS descendant, version, parent, lineage, n_rows FROM ntk_catalog_version WHERE model = '$1' AND has_statistics
			UNION ALL SELECT a.descendant, v.version, v.parent, v.lineage, a.n_rows FROM ancestry AS a JOIN ntk_catalog_version AS v ON v.model = '$1' AND v.version = a.parent)
		SELECT string_agg(descendant::text, ' ') FROM (SELECT descendant FROM ancestry AS a JOIN ntk_catalog_statistic AS s ON s.model = '$1' AND s.lineage = a.lineage AND s.version = a.version AND s.part >= 0
			GROUP BY descendant, n_rows HAVING sum(ntk_rows(s.gram)) <> n_rows) AS v")" ""
}

fault_operation() {	# NUMBER: an operation, and about how many milliseconds it takes
	case $(($1 % 6)) in
		0) echo 1500 "$(fault_training fault 3)" ;;
		1) echo 300 "SELECT version FROM ntk_refresh('fault', 'SELECT a, b, id + 20000 AS id, 200 + a AS y FROM fault_rows WHERE id <= 2000')" ;;
		2) echo 300 "SELECT version FROM ntk_forget('fault', 'SELECT a, b, id, 200 + a AS y FROM fault_rows WHERE id <= 100')" ;;
		3) echo 30 "SELECT ntk_deploy('fault', version) FROM ntk_catalog_version, generate_series(1, 20) WHERE model = 'fault'" ;;
		4) echo 1500 "SELECT version FROM ntk_retrain('fault')" ;;
		5) echo 1500 "$(fault_training "new $1" 4)" ;;
	esac
}

# What serves may be a version without statistics, by an earlier operation 3: it can be neither refreshed nor
# reduced, and the refusal says so.
fault_refusal() {	# NUMBER
	case $(($1 % 6)) in
		1|2) ask "SELECT format('ERROR:  the statistics of version %s of model \"fault\" are gone', deployed)
			FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND version = deployed
			WHERE m.model = 'fault' AND NOT has_statistics" ;;
	esac
}

fault_trained() { [ -n "$(trainer_pid)" ]; }

killed_at_random() {	# NUMBER
	local operation lasts before level moment pid refusal

	read -r lasts operation <<<"$(fault_operation "$1")"
	before=$(catalog) level=$(ask "$(fault_level fault)") refusal=$(fault_refusal "$1")
	moment=$((RANDOM % (lasts + 1)))
	echo "# ${operation:0:60}... is killed after $moment ms"
	start_training "$operation"
	wait_until 5 fault_trained >/dev/null || true	# it may be done
	sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
	pid=$(trainer_pid)
	[ -z "$pid" ] || kill -9 $pid
	wait "$trainer" || true
	wait_until 30 server_is_up &&
		same "an error that nothing explains" "$(grep ERROR "$work/trainer" | grep -vxF "$refusal")" "" &&
		catalog_is_consistent &&
		fault_model_is_whole fault &&
		fault_state_is_either "$1" "$before" "$level" &&
		same "files of temporary tables" "$(temporary_files)" ""
}

# As before it, or as after it where it came to its end. Refreshed with rows of another level, the model is
# between two; the training of another one leaves it as it is.
fault_state_is_either() {	# NUMBER CATALOG LEVEL
	[ $(($1 % 6)) != 5 ] || same "level" "$(ask "$(fault_level fault)")" "$3" || return 1
	[ -s "$work/trainer" ] || [ $(($1 % 6)) = 3 ] || same "the catalog after what said nothing" "$(catalog)" "$2"
}

works_after_kills() {
	same "a training" "$(ask "$(fault_training afterwards 5)")" 1 && same "its level" "$(ask "$(fault_level afterwards)")" 5 &&
		matches "another one of the same model" "$(ask "$(fault_training fault 2)")" '[0-9]*' && same "its level" "$(ask "$(fault_level fault)")" 2 &&
		run "SELECT ntk_drop(name) FROM ntk_models WHERE name LIKE 'new %' OR name = 'afterwards'" >/dev/null && catalog_is_consistent
}

# (b) Disks that are full: tablespaces on file systems of a few megabytes.

fault_disk() {	# NAME MEGABYTES: mounted in the directory of the test
	mkdir "$work/$1" && as_root mount -t tmpfs -o "size=${2}M,mode=700,uid=$(id -u postgres),gid=$(id -g postgres)" tmpfs "$work/$1" 2>/dev/null || return 1
	run "CREATE TABLESPACE $1 LOCATION '$work/$1'"
}

fault_disk_remove() {	# NAME
	ask "DROP TABLESPACE IF EXISTS $1" >/dev/null || true
	as_root umount "$work/$1"
}

fills_disk() {	# SQL [SETTING]: an error 53100, and nothing else
	local before level

	before=$(catalog) level=$(ask "$(fault_level fault)")
	matches "the error" "$(ask "${2:+SET $2;}$1" -v VERBOSITY=verbose)" '*53100*' &&
		same "the catalog" "$(catalog)" "$before" &&
		same "the level" "$(ask "$(fault_level fault)")" "$level" &&
		catalog_is_consistent
}

# Sorts many rows of a width of some hundred bytes.
fault_spill="SELECT version FROM ntk_train('fault', 'SELECT a, b, id, 100 + a AS y, repeat(id::text, 100) AS long FROM fault_rows ORDER BY long, id', 'y', '{a,b}', params => '{\"n_components\": 20, \"deploy\": \"always\", \"watermark\": \"id\"}')"

training_spills() {
	fills_disk "SET work_mem = '64kB'; $fault_spill" "temp_tablespaces = faults_spill"
}

evaluation_spills() {
	fills_disk "SET work_mem = '64kB'; SELECT count(*) FROM ntk_evaluate('fault', 'SELECT *, 1 AS y, repeat(id::text, 200) AS long FROM fault_rows ORDER BY long, id')" "temp_tablespaces = faults_spill"
}

fault_catalog_size() {	# in megabytes, of what is moved to the disk that will be full
	run "VACUUM FULL ntk_catalog_statistic" >&2 && run "VACUUM FULL ntk_catalog_part" >&2 &&
		ask "SELECT (pg_table_size('ntk_catalog_statistic') + pg_table_size('ntk_catalog_part')) / 1048576"
}

catalog_is_full() {
	local status=0

	run "ALTER TABLE ntk_catalog_statistic SET TABLESPACE faults_catalog; ALTER TABLE ntk_catalog_part SET TABLESPACE faults_catalog" || return 1
	fills_disk "SELECT version FROM ntk_train('fault', 'SELECT a, b, id, 100 + a AS y FROM fault_rows', 'y', '{a,b}', params => '{\"n_components\": 1500, \"rounds\": 0, \"deploy\": \"always\"}')" || status=1
	fills_disk "SELECT version FROM ntk_train('new one', 'SELECT a, b, id, 100 + a AS y FROM fault_rows', 'y', '{a,b}', params => '{\"n_components\": 1500, \"rounds\": 0, \"uncertainty\": true}')" || status=1
	run "ALTER TABLE ntk_catalog_statistic SET TABLESPACE pg_default; ALTER TABLE ntk_catalog_part SET TABLESPACE pg_default" || status=1
	return $status
}

# (c) No memory: the address space of a backend is limited while it works.

crashes() { grep -cE 'was terminated by signal|terminating any other active server' "$cluster/data/log" || true; }

# PostgreSQL's error of want of memory, or the end of this backend alone where nothing else is left.
no_memory() {	# MEGABYTES SQL: that are left to the backend
	local before pid size said

	before=$(crashes)
	open_session short -v VERBOSITY=verbose
	pid=$(in_session short "SET max_parallel_workers_per_gather = 0; SET client_min_messages = error; SET statement_timeout = '15s'; LOAD 'ntk_sketch'; SELECT pg_backend_pid()" | tail -n 1)
	size=$(awk '/VmSize/ { print $2 }' "/proc/$pid/status")
	server_run prlimit --pid "$pid" --as=$(((size + $1 * 1024) * 1024)):
	said=$(in_session short "$2" | grep -E 'ERROR|FATAL|server closed|no answer' | tr '\n' ' ' || true)
	fault_end_session "$pid"
	case $said in
		"") ;;	# it was enough
		*53200*|*57014*|FATAL*|*"server closed"*) ;;	# 57014: it was enough, but takes longer
		*) same "with $1 MB left, $2" "$said" "an error 53200" || return 1 ;;
	esac
	same "crashes of the server with $1 MB left, $2" "$(crashes)" "$before" && server_is_up && catalog_is_consistent
}

fault_end_session() {	# PID: by force if it does not end
	wait_until 1 test ! -d "/proc/$1" >/dev/null || ask "SELECT pg_terminate_backend($1)" >/dev/null
	close_session short
	wait_until 3 test ! -d "/proc/$1" >/dev/null || { echo "# the backend does not end"; kill -9 "$1"; wait_until 30 server_is_up; return 1; }
}

no_memory_at_sizes() {	# SQL
	local megabytes

	for megabytes in 1 4 12 30 70; do
		no_memory $megabytes "$1" || return 1	# what hangs takes long
	done
}

fault_solve="SELECT ntk_rows(ntk_solve(ntk_gram(ntk_sketch(ARRAY[sin(i), cos(i)], 1200), i), 0.1, true)) FROM generate_series(1, 200) AS i"
fault_predict="SELECT count(*) FROM ntk_predict_table('fault', 'SELECT a, b, id, repeat(id::text, 1000) AS long FROM fault_rows', 'id')"
fault_big_training="SELECT version FROM ntk_train('no memory', 'SELECT a, b, 100 + a AS y FROM fault_rows WHERE id <= 5000', 'y', params => '{\"n_components\": 1000, \"rounds\": 0}')"
fault_landmarks="SELECT count(*) FROM (SELECT ntk_nystrom(ntk_landmarks(ARRAY[a, b, id], 1000)) AS map FROM fault_rows WHERE id <= 5000) AS m, LATERAL ntk_sketch(ARRAY[1, 2, 3]::real[], map) AS z"

# (d) Eight sessions do everything to three names.

chaos_statement() {	# NUMBERS drawn: of the operation, of the names, of the level
	local name=chaos_$(($2 % 3)) other=chaos_$(($3 % 3)) level=$(($4 % 5 + 1)) row=$(($3 % 500 + 1))

	case $1 in
		[0-9]) training "$name" $level ;;
		1[0-3]) echo "SELECT count(*) FROM ntk_refresh('$name', 'SELECT a, b, 100 * $level + a AS y FROM samples WHERE id = $row')" ;;
		1[4-5]) echo "SELECT count(*) FROM ntk_forget('$name', 'SELECT a, b, 100 * $level + a AS y FROM samples WHERE id = $row')" ;;
		1[6-7]) echo "SELECT count(*) FROM ntk_retrain('$name')" ;;
		1[89]|2[0-2]) echo "SELECT ntk_deploy('$name', $level)" ;;
		2[3-5]) echo "SELECT ntk_rollback('$name')" ;;
		2[6-7]) echo "SELECT ntk_drop('$name')" ;;
		2[8-9]) echo "SELECT ntk_rename('$name', '$other')" ;;
		3[0-1]) echo "SELECT ntk_import(ntk_export('$name'), '$other')" ;;
		3[2-3]) echo "SELECT ntk_grant('$name', 'public'), ntk_revoke('$name', 'public')" ;;
		3[4-5]) echo "SELECT count(n_rows) - count(n_rows) FROM ntk_models" ;;
		3[6-7]) echo "SELECT count(*) FROM ntk_evaluate('$name', 'SELECT *, 100 + a AS y FROM samples')" ;;
		3[8-9]) echo "SELECT count(prediction) FROM ntk_predict_table('$name', 'samples', 'id')" ;;
		*) echo "SELECT 'level ' || l FROM ($(fault_level "$name")) AS p (l)" ;;
	esac
}

chaos_session() {	# NUMBER SECONDS: writes each statement and what was said
	local end=$((SECONDS + $2)) statement

	RANDOM=$((fault_seed + $1))
	open_session "chaos_$1" -v VERBOSITY=verbose
	in_session "chaos_$1" "SET client_min_messages = warning; SET statement_timeout = '25s'; SET max_parallel_workers_per_gather = 0"
	while [ "$SECONDS" -lt "$end" ]; do
		statement=$(chaos_statement $((RANDOM % 80)) $RANDOM $RANDOM $RANDOM)
		printf '> %s\n' "$statement"
		in_session "chaos_$1" "$statement" | grep -vE '^(LOCATION|CONTEXT|SQL statement|PL/pgSQL|LINE|QUERY)' || true
	done
	close_session "chaos_$1"
}

# Errors that what the others did explains: nothing else, and nobody else's.
chaos_explained='ERROR:  42704: model "chaos_[0-2]" does not exist
ERROR:  42704: model "chaos_[0-2]" has no version [0-9]+$
ERROR:  42704: model "chaos_[0-2]" was dropped or renamed while it was trained
ERROR:  42710: the name "chaos_[0-2]" is taken$
ERROR:  55000: model "chaos_[0-2]" has no version that serves
ERROR:  55000: model "chaos_[0-2]" has no source of its own
ERROR:  55000: no version of model "chaos_[0-2]" served before the one that serves
ERROR:  55000: the statistics of version [0-9]+ of model "chaos_[0-2]" are gone
ERROR:  55000: the source of model "chaos_[0-2]" does not have the [0-9]+ rows that should remain
ERROR:  22000: [0-9]+ rows that are to be forgotten were not trained on
ERROR:  (40001|55P03): '

# Errors, and levels that are none, that nothing explains; a deadlock whose hint is not ours, too.
chaos_faults() {
	local explained

	explained=$(paste -sd '|' <<<"$chaos_explained")
	cat "$work"/chaos.* | grep -E '^(ERROR|FATAL|PANIC|WARNING|server|no answer|level no level|connection)' | grep -vE "^($explained)" |
		sed -E 's/ [0-9]{3,}( |$)/ N\1/g' | sort | uniq -c | sort -rn | head -n 20
	! grep -lE '^HINT:  See server log for query details' "$work"/chaos.* >/dev/null || echo "a deadlock without a hint of what to do"
}

chaos() {
	local number pids=() pid before

	before=$(crashes)
	run "$(training chaos_0 1); $(training chaos_1 2); $(training chaos_2 3)" >/dev/null || return 1
	for number in 1 2 3 4 5 6 7 8; do
		chaos_session $number "$chaos_seconds" >"$work/chaos.$number" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || true; done
	echo "# $(cat "$work"/chaos.* | grep -c '^>') statements, $(cat "$work"/chaos.* | grep -c '^level [1-5]') predictions, $(cat "$work"/chaos.* | grep -c '^ERROR') errors"
	same "crashes of the server" "$(crashes)" "$before"
}

chaos_without_faults() { same "what nothing explains" "$(chaos_faults)" ""; }

chaos_is_consistent() {
	local name status=0

	catalog_is_consistent || status=1
	for name in $(ask "SELECT name FROM ntk_models WHERE name LIKE 'chaos%'"); do
		matches "level of $name" "$(ask "$(fault_level "$name")")" '[1-5]' || status=1
		fault_model_is_whole "$name" || status=1
	done
	for name in chaos_0 chaos_1 chaos_2; do
		matches "trained afterwards" "$(ask "$(training $name 4)")" '[0-9]*' && same "level of $name" "$(ask "$(fault_level $name)")" 4 || status=1
	done
	run "SELECT ntk_drop(name) FROM ntk_models WHERE name LIKE 'chaos%'" >/dev/null && [ $status = 0 ]
}

say "backends that are killed at any moment"
expect "a table and a model" make_fault_rows
for ((kill_number = 0; kill_number < kills; kill_number++)); do
	expect "killed at random, $((kill_number + 1)) of $kills" killed_at_random $kill_number
done
expect "afterwards everything works" works_after_kills

say "disks that are full"
if fault_disk faults_spill 2 && fault_disk faults_catalog $(($(fault_catalog_size) + 6)); then
	expect "a training spills to a full disk" training_spills
	expect "an evaluation spills to a full disk" evaluation_spills
	expect "the catalog's disk is full" catalog_is_full
	fault_disk_remove faults_spill
	fault_disk_remove faults_catalog
else
	skip "nothing can be mounted here, so no disk can be full"
fi

say "backends without memory"
expect "a solve without memory" no_memory_at_sizes "$fault_solve"
expect "predictions without memory" no_memory_at_sizes "$fault_predict"
expect "landmarks and their map without memory" no_memory_at_sizes "$fault_landmarks"
expect "a training without memory" no_memory_at_sizes "$fault_big_training"

say "eight sessions at once"
expect "they run" chaos
expect "no error that nothing explains, no prediction of no level" chaos_without_faults
expect "the catalog is consistent, and models can be trained" chaos_is_consistent
run "SELECT ntk_drop(name) FROM ntk_models WHERE name IN ('fault', 'no memory'); DROP TABLE fault_rows" >/dev/null
