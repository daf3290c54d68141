# Sourced by sessions.sh: trainings that do not come to their end.

# Many rows for reading them to take long, or few with many components for the fit.
make_large() {
	run "
		CREATE TABLE large AS SELECT i AS id, sin(i) AS a, sin(2.3 * i) AS b, sin(3.1 * i) AS c, sin(i) * sin(2.3 * i) + 0.1 * sin(7.7 * i) AS y FROM generate_series(1, 200000) AS i;
		ANALYZE large;
		SELECT version FROM ntk_train('large', 'SELECT * FROM large LIMIT 2000', 'y', exclude => '{id}', params => '{\"n_components\": 32}')" &&
		run CHECKPOINT	# recovery is short
}

long_reading="SELECT version FROM ntk_train('large', 'large', 'y', exclude => '{id}', params => '{\"n_components\": 1024, \"rounds\": 0, \"deploy\": \"always\"}')"
long_fitting="SELECT version FROM ntk_train('large', 'SELECT * FROM large LIMIT 4000', 'y', exclude => '{id}', params => '{\"n_components\": 2000, \"rounds\": 0, \"deploy\": \"always\"}')"
large="SELECT sum(ntk_predict('large', l)) FROM large AS l WHERE id <= 100"

is_reading() {	# the trainer, for a while
	[ -n "$(trainer_pid "AND clock_timestamp() > query_start + interval '700 ms'")" ]
}

is_fitting() {	# it has stored the statistics
	[ "$(ask "SELECT count(*) FROM pg_locks JOIN pg_stat_activity AS a USING (pid) WHERE a.application_name = 'trainer'
		AND relation = 'ntk_catalog_statistic'::regclass AND mode = 'RowExclusiveLock'")" = 1 ]
}

survives_kill() {	# MOMENT SQL
	local before predicted status=0

	before=$(catalog) predicted=$(ask "$large")
	start_training "$2"
	wait_until 20 "$1" || return 1
	kill -9 "$(trainer_pid)"
	wait "$trainer" || status=$?
	wait_until 30 server_is_up &&
		same "the exit status of psql, which lost its connection" $status 2 &&
		same "predictions" "$(ask "$large")" "$predicted" &&
		same "the catalog" "$(catalog)" "$before" &&
		catalog_is_consistent &&
		same "temporary files" "$(temporary_files)" "" &&
		same "the version after it" "$(ask "BEGIN; $(training large 1); ROLLBACK")" 2
}

is_cancelled() {	# MOMENT SQL
	local before predicted asked

	before=$(catalog) predicted=$(ask "$large")
	start_training "$2"
	wait_until 20 "$1" || return 1
	asked=$(milliseconds)
	run "SELECT pg_cancel_backend($(trainer_pid))"
	wait "$trainer"
	in_time "$(($(milliseconds) - asked))" &&
		same "the client" "$(grep ^ERROR "$work/trainer")" "ERROR:  canceling statement due to user request" &&
		left_as_it_was "$before" "$predicted"
}

# Each timeout falls into another part of the work.
times_out() {	# SQL MILLISECONDS...
	local sql=$1 timeout before predicted begun got status=0

	shift
	before=$(catalog) predicted=$(ask "$large")
	for timeout in "$@"; do
		begun=$(milliseconds)
		got=$(PGOPTIONS="-c statement_timeout=$timeout" ask "$sql")
		in_time "$(($(milliseconds) - begun - timeout))" "after a timeout of $timeout ms" &&
			same "the client" "$(grep ^ERROR <<<"$got")" "ERROR:  canceling statement due to statement timeout" || status=1
	done
	left_as_it_was "$before" "$predicted" && [ $status = 0 ]
}

# Half a second, and as much again for a busy machine.
in_time() {	# MILLISECONDS [WHEN]
	[ "$1" -le 1000 ] || { echo "# it went on for $1 ms ${2:-}"; return 1; }
}

left_as_it_was() {	# CATALOG PREDICTED
	wait_until 5 no_trainer &&
		same "predictions" "$(ask "$large")" "$2" &&
		same "the catalog" "$(catalog)" "$1" &&
		catalog_is_consistent &&
		same "parallel workers left behind" "$(ask "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'")" 0
}

say "trainings that are stopped"
expect "a table that takes long" make_large
expect "pg_cancel_backend while rows are read" is_cancelled is_reading "$long_reading"
expect "pg_cancel_backend while the model is fitted" is_cancelled is_fitting "$long_fitting"
expect "statement_timeout while rows are read" times_out "$long_reading" 100 400 900 2000
expect "statement_timeout while the model is fitted" times_out "$long_fitting" 600 1200 1800
expect "a backend is killed while rows are read" survives_kill is_reading "$long_reading"
expect "a backend is killed while the model is fitted" survives_kill is_fitting "$long_fitting"
