# Sourced by check.sh, which runs all parts, and by faults.sh: what one session cannot show, on
# its private server.
#
# Some tests crash that server, so that no other session may be open meanwhile. The tests of
# schedules and of a standby start servers of their own.

work=$cluster/sessions	# goes with the server
mkdir "$work"
declare -A session_in session_out session_pid

ask() {	# SQL [PSQL OPTION...]
	psql -XqAt -v ON_ERROR_STOP=1 "${@:2}" -c "$1" 2>&1
}

run() {	# the same, silent where there is no error
	local said

	said=$(ask "$@") || { echo "$said"; return 1; }
}

same() {	# WHAT GOT WANTED
	[ "$2" = "$3" ] || { printf '# %s\n#    got: %s\n# wanted: %s\n' "$@"; return 1; }
}

matches() {	# WHAT GOT PATTERN
	[[ "$2" == $3 ]] || { printf '# %s\n#    got: %s\n# wanted: %s\n' "$@"; return 1; }
}

wait_until() {	# SECONDS COMMAND...
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || { printf '# waited in vain for: %s\n' "$*"; return 1; }
		sleep 0.05
	done
}

server_is_up() { ask "SELECT 1" >/dev/null 2>&1; }

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# A psql that stays, called NAME also in pg_stat_activity. Errors do not end it.

open_session() {	# NAME [PSQL OPTION...]
	local name=$1 in out

	shift
	mkfifo "$work/$name.in" "$work/$name.out"
	PGAPPNAME=$name psql -XqAt "$@" <"$work/$name.in" >"$work/$name.out" 2>&1 &
	session_pid[$name]=$!
	exec {in}>"$work/$name.in" {out}<"$work/$name.out"
	session_in[$name]=$in session_out[$name]=$out
	rm "$work/$name.in" "$work/$name.out"
}

tell() {	# NAME SQL: does not wait
	printf '%s;\n\\echo end of answer\n' "$2" >&"${session_in[$1]}"
}

answer() {	# NAME: to the last tell
	local line

	while read -r -t 30 -u "${session_out[$1]}" line; do
		[ "$line" != "end of answer" ] || return 0
		echo "$line"
	done
	echo "no answer from the session $1"
	return 1
}

in_session() {	# NAME SQL
	tell "$1" "$2"
	answer "$1"
}

close_session() {	# NAME
	local in=${session_in[$1]} out=${session_out[$1]}

	exec {in}>&- {out}<&-
	kill "${session_pid[$1]}" 2>/dev/null || true	# a test that failed may leave it waiting
	wait "${session_pid[$1]}" 2>/dev/null || true
}

with_sessions() {	# "NAME..." COMMAND...: in which sessions of these names are open
	local names=$1 name status=0

	shift
	for name in $names; do open_session "$name"; done
	"$@" || status=1
	for name in $names; do close_session "$name"; done
	return $status
}

is_blocked() {	# NAME
	[ "$(ask "SELECT pg_blocking_pids(pid) <> '{}' FROM pg_stat_activity WHERE application_name = '$1'")" = t ]
}

# Asks one thing again and again, each time in a transaction of its own.

start_reader() {	# SQL
	rm -f "$work/enough"
	{ while [ ! -e "$work/enough" ]; do echo "$1;"; done; } |
		psql -XqAt -v ON_ERROR_STOP=1 >"$work/read" 2>&1 &
	reader=$!
	wait_until 10 test -s "$work/read"
}

stop_reader() {	# fails if there was an error; sets answers: the distinct ones
	local status=0

	touch "$work/enough"
	wait "$reader" || status=1
	answers=$(sort -u "$work/read" | paste -sd ' ')
	return $status
}

# A training that others meet.

start_training() {	# SQL: a session called trainer
	PGAPPNAME=trainer ask "$1" >"$work/trainer" &
	trainer=$!
}

trainer_pid() {	# [AND CONDITION]: without its parallel workers, which have its name too
	ask "SELECT pid FROM pg_stat_activity WHERE application_name = 'trainer' AND backend_type = 'client backend' AND state = 'active' $*"
}

no_trainer() { [ -z "$(trainer_pid)" ]; }

temporary_files() {	# of tables, in the server's directories
	find "$cluster/data/base" -name 't[0-9]*_*' -printf '%f '
}

# The models of these tests predict about 100 times a level, so that one sees which version serves.

training() {	# NAME LEVEL
	echo "SELECT version FROM ntk_train('$1', 'SELECT a, b, 100 * $2 + a AS y FROM samples', 'y', params => '{\"n_components\": 8, \"deploy\": \"always\"}')"
}

level_of() {	# NAME
	echo "SELECT round(ntk_predict('$1', s) / 100) FROM samples AS s WHERE id = 1"
}

two_versions() {	# NAME: of levels 1 and 2, the first one serves
	run "$(training "$1" 1); $(training "$1" 2); SELECT ntk_deploy('$1', 1)"
}

versions_of() {	# NAME
	ask "SELECT string_agg(version::text, ' ' ORDER BY version) || CASE WHEN count(*) FILTER (WHERE deployed) = 1 THEN '' ELSE ', not one of them deployed' END FROM ntk_model_versions WHERE name = '$1'"
}

# All that the catalog holds.
catalog() {
	local table query=

	for table in model version part statistic; do
		query+="${query:+ UNION ALL }SELECT '$table ' || md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ntk_catalog_$table AS t"
	done
	ask "$query"
}

catalog_is_consistent() {
	same "the catalog's faults" "$(ask "
		SELECT 'no version of ' || m.model || ' serves' FROM ntk_catalog_model AS m
			LEFT JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed WHERE v.version IS NULL
		UNION ALL
		SELECT format('version %s of %s is not whole', v.version, v.model) FROM ntk_catalog_version AS v
		WHERE v.n_rows = 0 OR NOT EXISTS (SELECT FROM ntk_catalog_part AS p WHERE p.model = v.model AND p.version = v.version AND p.grp = '{}')
		UNION ALL
		SELECT format('no statistics of %s', m.model) FROM ntk_catalog_model AS m JOIN ntk_catalog_version AS v ON v.model = m.model AND v.version = m.deployed AND v.has_statistics
		WHERE NOT EXISTS (SELECT FROM ntk_catalog_statistic AS s WHERE s.model = v.model AND s.lineage = v.lineage)
		UNION ALL
		SELECT DISTINCT 'work left of ' || model FROM ntk_catalog_work
		UNION ALL
		SELECT DISTINCT 'sample left of ' || model FROM ntk_catalog_sample
		UNION ALL
		SELECT 'temporary table ' || relname FROM pg_class WHERE relpersistence = 't'")" ""
}

make_samples() {
	server_run "$bin/createdb" -h "$PGHOST" -U postgres sessions
	run "CREATE EXTENSION ntk_sketch" &&
		run "CREATE TABLE samples AS SELECT i AS id, abs(sin(i)) AS a, cos(3 * i) AS b FROM generate_series(1, 500) AS i"
}

database_before=$PGDATABASE
export PGDATABASE=sessions
say "several sessions"
expect "a database for the tests of sessions" make_samples
for part in ${SESSION_PARTS:-serving training busy standby dump memory crash cancel faults cron}; do . "$root/tests/sessions/$part.sh"; done
export PGDATABASE=$database_before
