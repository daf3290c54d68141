# Sourced by sessions.sh: sessions that train at the same time.

second_waits() {
	run "$(training turns 1)" &&
		same "the first" "$(in_session first "BEGIN; $(training turns 2)")" 2 &&
		tell second "$(training turns 3)" &&
		wait_until 10 is_blocked second &&
		same "serves meanwhile" "$(ask "$(level_of turns)")" 1 &&
		in_session first COMMIT &&
		same "the second" "$(answer second)" 3 &&
		same "versions" "$(versions_of turns)" "1 2 3" &&
		same "serves" "$(ask "$(level_of turns)")" 3 &&
		catalog_is_consistent
}

new_name() {	# END VERSIONS: the first one's transaction ends so, these remain
	same "the first" "$(in_session first "BEGIN; $(training "new $1" 1)")" 1 &&
		tell second "$(training "new $1" 2)" &&
		wait_until 10 is_blocked second &&
		in_session first "$1" &&
		same "the second" "$(answer second)" "${2: -1}" &&
		same "versions" "$(versions_of "new $1")" "$2" &&
		same "serves" "$(ask "$(level_of "new $1")")" 2 &&
		catalog_is_consistent
}

no_waiting() {
	in_session first "BEGIN; $(training one 1)" >/dev/null &&
		same "the second" "$(in_session second "SET lock_timeout = '5s'; $(training other 1)")" 1 &&
		in_session first COMMIT &&
		catalog_is_consistent
}

drop_meanwhile() {
	run "$(training gone 1)" &&
		in_session first "BEGIN; $(training gone 2)" >/dev/null &&
		tell second "SELECT ntk_drop('gone')" &&
		wait_until 10 is_blocked second &&
		in_session first COMMIT &&
		same "dropped" "$(answer second)" "" &&
		same "versions" "$(versions_of gone)" "" &&
		run "$(training gone 1)" &&
		in_session first "BEGIN; SELECT ntk_drop('gone')" >/dev/null &&
		tell second "$(training gone 5)" &&
		wait_until 10 is_blocked second &&
		in_session first COMMIT &&
		same "trained after a drop" "$(answer second)" 1 &&
		same "serves" "$(ask "$(level_of gone)")" 5 &&
		catalog_is_consistent
}

# A refresh that finds nothing new locks the model's row without changing it.
drop_after_lock() {
	run "CREATE TABLE still AS TABLE samples;
		SELECT version FROM ntk_train('locked', 'still', 'a', params => '{\"n_components\": 8, \"watermark\": \"id\"}')" &&
		in_session first "BEGIN; SELECT FROM ntk_refresh('locked')" >/dev/null &&
		tell second "$(training locked 2)" &&
		wait_until 10 is_blocked second &&
		in_session first "SELECT ntk_drop('locked'); COMMIT" >/dev/null &&
		same "trained after a drop" "$(answer second)" 1 &&
		catalog_is_consistent
}

refresh_meanwhile() {
	run "CREATE TABLE stream AS TABLE samples;
		SELECT version FROM ntk_train('stream', 'stream', 'a', params => '{\"n_components\": 8, \"watermark\": \"id\", \"deploy\": \"always\"}');
		INSERT INTO stream SELECT id + 500, a, b FROM samples" &&
		in_session first "BEGIN; SELECT version FROM ntk_refresh('stream')" >/dev/null &&
		tell second "SELECT count(*) FROM ntk_refresh('stream')" &&
		wait_until 10 is_blocked second &&
		in_session first COMMIT &&
		same "rows refreshed twice" "$(answer second | tail -n 1)" 0 &&
		run "INSERT INTO stream SELECT id + 1000, a, b FROM samples" &&
		in_session first "BEGIN; SELECT version FROM ntk_retrain('stream')" >/dev/null &&
		run "INSERT INTO stream SELECT id + 1500, a, b FROM samples" &&
		tell second "SELECT version FROM ntk_refresh('stream')" &&
		wait_until 10 is_blocked second &&
		in_session first COMMIT &&
		same "refreshed after a training" "$(answer second)" 4 &&
		same "versions" "$(versions_of stream)" "1 2 3 4" &&
		same "rows in the statistics" "$(ask "SELECT sum(ntk_rows(gram)) FROM ntk_catalog_statistic WHERE model = 'stream' AND lineage = 3")" 2000 &&
		catalog_is_consistent
}

trainings_at_once() {	# NAME: four, of levels 2 to 5, and a refresh of another model
	local level pids=() pid status=0

	for level in 2 3 4 5; do
		ask "$(training "$1" $level)" >"$work/trained.$level" &
		pids+=($!)
	done
	ask "INSERT INTO stream SELECT max(id) + 1, 0.5, 0.5 FROM stream; SELECT version FROM ntk_refresh('stream')" >"$work/trained.refresh" &
	pids+=($!)
	for pid in "${pids[@]}"; do wait "$pid" || status=1; done
	[ $status = 0 ] || cat "$work"/trained.*
	same "versions that they report" "$(sort "$work"/trained.[2-5] | paste -sd ' ')" "$2" &&
		same "versions" "$(versions_of "$1")" "$3" && [ $status = 0 ]
}

crowd() {
	local status=0

	run "$(training crowd 1)"
	start_reader "$(level_of crowd)" || status=1
	trainings_at_once crowd "2 3 4 5" "1 2 3 4 5" || status=1
	trainings_at_once "new crowd" "1 2 3 4" "1 2 3 4" || status=1
	stop_reader || status=1
	matches "levels that the reader saw" "$answers" "1 [2-5]*" || status=1
	catalog_is_consistent && [ $status = 0 ]
}

old_snapshot() {	# STATEMENT: 40001 is what tells a client to try a transaction again
	run "$(training older 1)" &&
		in_session first "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1" >/dev/null &&
		run "$(training older 2)" &&
		matches "an error" "$(in_session first "\\set VERBOSITY sqlstate
$1")" "*40001*" &&
		in_session first "ROLLBACK; SELECT ntk_drop('older')" >/dev/null
}

name_of_another_role() {
	run "CREATE ROLE squatter; GRANT SELECT ON samples TO squatter; SET ROLE squatter; $(training squat 1)" &&
		same "its owner is told nothing" "$(ask "SET ROLE squatter; $(training squat 2)")" 2 &&
		same "a superuser is told whose it is" "$(ask "$(training squat 3)" | paste -sd ' ')" \
			'NOTICE:  ntk_train: model "squat" belongs to role "squatter", which can read what it learns 3' &&
		run "SELECT ntk_drop('squat'); DROP OWNED BY squatter; DROP ROLE squatter"
}

expect "a second training of a model waits for the first" with_sessions "first second" second_waits
expect "two sessions train a new name: both end well" with_sessions "first second" new_name COMMIT "1 2"
expect "two sessions train a new name, the first rolls back" with_sessions "first second" new_name ROLLBACK "1"
expect "trainings of different models do not wait" with_sessions "first second" no_waiting
expect "one session drops a model, another trains it" with_sessions "first second" drop_meanwhile
expect "one session locks and drops a model, another trains it" with_sessions "first second" drop_after_lock
expect "refreshes and trainings take turns and count each row once" with_sessions "first second" refresh_meanwhile
expect "four sessions train at once while another one predicts" crowd
expect "training the model of another role says whose it is" name_of_another_role
expect "a training with a snapshot of before another one is to be tried again" with_sessions first old_snapshot "SELECT version FROM ntk_retrain('older')"
expect "so is a refresh" with_sessions first old_snapshot "SELECT version FROM ntk_refresh('older', 'SELECT a, b, 1 AS y FROM samples')"
