# Sourced by sessions.sh: a training of a model hinders nobody else who uses or changes it.
#
# The training reads a source that waits for a lock which the session called gate holds, so that
# it takes as long as we like.

busy_gate=4711
busy_training="SELECT version FROM ntk_train('busy', 'SELECT a, b, 300 + a AS y FROM samples WHERE (SELECT pg_advisory_lock_shared($busy_gate)::text) IS NOT NULL', 'y', params => '{\"n_components\": 8, \"rounds\": 0, \"deploy\": \"always\"}')"

busy_train() {	# the sessions gate and trainer are open
	run "SELECT ntk_drop(name) FROM ntk_models WHERE name IN ('busy', 'calm')" >/dev/null &&
		two_versions busy &&
		run "SELECT ntk_deploy('busy', 2)" &&
		in_session gate "SELECT pg_advisory_lock($busy_gate)" >/dev/null &&
		tell trainer "$busy_training" &&
		wait_until 20 is_blocked trainer
}

busy_open() { in_session gate "SELECT pg_advisory_unlock($busy_gate)" >/dev/null; }

# Lets the training go on even where what was done meanwhile failed.
busy_while_training() {	# COMMAND...
	local status=0

	busy_train || status=1
	[ $status = 1 ] || "$@" || status=1
	busy_open
	busy_answer=$(answer trainer) || status=1
	catalog_is_consistent || status=1
	return $status
}

at_once() {	# SQL WANTED [PSQL OPTION...]
	same "$1" "$(PGOPTIONS='-c lock_timeout=1s -c statement_timeout=5s' ask "$1" "${@:3}")" "$2"
}

busy_uses() {
	local status=0

	at_once "$(level_of busy)" 2 || status=1
	at_once "SELECT count(prediction) FROM ntk_predict_table('busy', 'samples', 'id')" 500 || status=1
	at_once "SELECT ntk_export('busy') ->> 'name'" busy || status=1
	at_once "SELECT count(*) FROM ntk_evaluate('busy', 'SELECT *, 200 + a AS y FROM samples')" 3 || status=1
	at_once "SELECT version FROM ntk_models WHERE name = 'busy'" 2 || status=1
	return $status
}

busy_changes() {
	local status=0

	at_once "SELECT ntk_grant('busy', 'busy_reader')" "" || status=1
	at_once "SET ROLE busy_reader; $(level_of busy)" 2 || status=1
	at_once "SELECT ntk_revoke('busy', 'busy_reader')" "" || status=1
	at_once "SELECT ntk_grant('busy', 'busy_other')" "" || status=1
	at_once "SELECT ntk_deploy('busy', 1)" "" || status=1
	at_once "$(level_of busy)" 1 || status=1
	at_once "SELECT ntk_deploy('busy', 2)" "" || status=1
	at_once "SELECT ntk_rollback('busy')" 1 || status=1
	at_once "$(level_of busy)" 1 || status=1
	return $status
}

others_use_it() {
	busy_while_training busy_uses &&
		same "the training" "$busy_answer" 3 &&
		same "serves" "$(ask "$(level_of busy)")" 3
}

# What others changed meanwhile holds after the training; it deploys always.
others_change_it() {
	busy_while_training busy_changes &&
		same "the training" "$busy_answer" 3 &&
		same "versions" "$(versions_of busy)" "1 2 3" &&
		same "serves" "$(ask "$(level_of busy)")" 3 &&
		same "one who was granted it meanwhile" "$(ask "SET ROLE busy_other; $(level_of busy)")" 3 &&
		matches "one from whom it was revoked" "$(ask "SET ROLE busy_reader; $(level_of busy)")" '*does not exist*'
}

# The training ends with an error that names the model, or with a first version of a new one.
ended_well() {	# VERSIONS
	if [ "$busy_answer" = 1 ]; then
		same "versions" "$(versions_of busy)" 1 && same "serves" "$(ask "$(level_of busy)")" 3
	else
		matches "the training" "$busy_answer" 'ERROR:*"busy"*' && same "versions" "$(versions_of busy)" ""
	fi
}

others_drop_it() {
	busy_while_training at_once "SELECT ntk_drop('busy')" "" && ended_well
}

others_rename_it() {
	busy_while_training at_once "SELECT ntk_rename('busy', 'calm')" "" &&
		ended_well &&
		same "versions of the new name" "$(versions_of calm)" "1 2" &&
		same "the new name serves" "$(ask "$(level_of calm)")" 2
}

others_drop_and_train_it() {
	busy_while_training busy_replace &&
		matches "versions" "$(versions_of busy)" '1*' &&
		matches "serves" "$(ask "$(level_of busy)")" '[35]'
}

# A training may wait for another one of the same model, so the second one may be refused here.
busy_replace() {
	at_once "SELECT ntk_drop('busy')" "" || return 1
	PGOPTIONS='-c lock_timeout=1s' ask "$(training busy 5)" >"$work/replaced" ||
		matches "a second training" "$(<"$work/replaced")" '*lock*' || return 1
	[ "$(<"$work/replaced")" = 1 ] || busy_open	# waits no longer
	[ "$(<"$work/replaced")" = 1 ] || run "$(training busy 5)" >/dev/null
}

# One that was started in a transaction and rolled back takes nothing along.
trainer_rolls_back() {
	in_session trainer BEGIN >/dev/null &&
		busy_while_training at_once "SELECT ntk_deploy('busy', 1)" "" &&
		in_session trainer ROLLBACK >/dev/null &&
		same "versions" "$(versions_of busy)" "1 2" &&
		same "serves" "$(ask "$(level_of busy)")" 1
}

say "a training hinders nobody"
run "CREATE ROLE busy_reader; CREATE ROLE busy_other; GRANT SELECT ON samples TO busy_reader, busy_other"
expect "others use a model that is being trained" with_sessions "gate trainer" others_use_it
expect "others grant, revoke, deploy and roll back a model that is being trained" with_sessions "gate trainer" others_change_it
expect "others drop a model that is being trained" with_sessions "gate trainer" others_drop_it
expect "others rename a model that is being trained" with_sessions "gate trainer" others_rename_it
expect "others drop and train a model that is being trained" with_sessions "gate trainer" others_drop_and_train_it
expect "others deploy while a training runs that is rolled back" with_sessions "gate trainer" trainer_rolls_back
run "SELECT ntk_drop(name) FROM ntk_models WHERE name IN ('busy', 'calm'); DROP OWNED BY busy_reader, busy_other; DROP ROLE busy_reader, busy_other" >/dev/null
