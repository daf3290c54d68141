# Sourced by sessions.sh: sessions that have predicted see what others do to the model.

sees_deployment() {
	two_versions deployed &&
		same "before" "$(in_session reader "$(level_of deployed)")" 1 &&
		run "SELECT ntk_deploy('deployed', 2)" &&
		same "after" "$(in_session reader "$(level_of deployed)")" 2 &&
		run "SELECT ntk_rollback('deployed')" &&
		same "rolled back" "$(in_session reader "$(level_of deployed)")" 1
}

sees_what_is_committed() {
	two_versions committed &&
		same "before" "$(in_session reader "$(level_of committed)")" 1 &&
		same "in the transaction that deploys" "$(in_session writer "BEGIN; SELECT ntk_deploy('committed', 2); $(level_of committed)" | tail -n 1)" 2 &&
		same "another, meanwhile" "$(in_session reader "$(level_of committed)")" 1 &&
		same "after ROLLBACK" "$(in_session writer "ROLLBACK; $(level_of committed)")" 1 &&
		same "another, after ROLLBACK" "$(in_session reader "$(level_of committed)")" 1 &&
		in_session writer "BEGIN; SELECT ntk_deploy('committed', 2)" >/dev/null &&
		same "another, before COMMIT" "$(in_session reader "$(level_of committed)")" 1 &&
		in_session writer COMMIT &&
		same "another, after COMMIT" "$(in_session reader "$(level_of committed)")" 2
}

sees_training() {
	run "$(training trained 1)" &&
		same "prepared, before" "$(in_session reader "PREPARE p AS $(level_of trained); EXECUTE p")" 1 &&
		run "$(training trained 3)" &&
		same "prepared, after" "$(in_session reader "EXECUTE p")" 3
}

sees_drop() {
	run "$(training dropped 1)" &&
		same "before" "$(in_session reader "$(level_of dropped)")" 1 &&
		same "another drops it but rolls back" "$(ask "BEGIN; SELECT ntk_drop('dropped'); ROLLBACK")" "" &&
		same "still there" "$(in_session reader "$(level_of dropped)")" 1 &&
		run "SELECT ntk_drop('dropped')" &&
		matches "dropped" "$(in_session reader "$(level_of dropped)")" 'ERROR:  model "dropped" does not exist*' &&
		run "$(training dropped 4)" &&
		same "trained anew" "$(in_session reader "$(level_of dropped)")" 4 &&
		run "SELECT ntk_rename('dropped', 'renamed')" &&
		matches "the old name" "$(in_session reader "$(level_of dropped)")" 'ERROR:  model "dropped" does not exist*' &&
		same "the new name" "$(in_session reader "$(level_of renamed)")" 4
}

sees_revocation() {
	run "CREATE ROLE guest; GRANT SELECT ON samples TO guest; $(training granted 1); SELECT ntk_grant('granted', 'guest')" &&
		same "granted" "$(in_session reader "SET ROLE guest; $(level_of granted)")" 1 &&
		run "SELECT ntk_revoke('granted', 'guest')" &&
		matches "revoked" "$(in_session reader "$(level_of granted)")" 'ERROR:  model "granted" does not exist*' &&
		same "the owner, in this session" "$(in_session reader "RESET ROLE; $(level_of granted)")" 1
}

# A transaction with an old snapshot may use the old version, but may not leave it behind.
forgets_old_snapshot() {
	two_versions snapshot &&
		in_session reader "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM samples" >/dev/null &&
		run "SELECT ntk_deploy('snapshot', 2)" &&
		in_session reader "SELECT count(*) FROM pg_am; $(level_of snapshot); COMMIT" >/dev/null &&
		same "after a transaction that began earlier" "$(in_session reader "$(level_of snapshot)")" 2
}

# So does a statement that began before the change and predicts after it. The lock is what lets
# the other session in between.
forgets_old_statement() {
	two_versions statement &&
		in_session writer "SELECT pg_advisory_lock(1)" >/dev/null &&
		tell reader "WITH w AS MATERIALIZED (SELECT pg_advisory_lock(1)::text, count(*) FROM pg_am) $(level_of statement) AND EXISTS (SELECT FROM w)" &&
		wait_until 10 is_blocked reader &&
		in_session writer "SELECT ntk_deploy('statement', 2); SELECT pg_advisory_unlock(1)" >/dev/null &&
		answer reader >/dev/null &&
		same "after a statement that began earlier" "$(in_session reader "$(level_of statement)")" 2
}

sees_new_extension() {
	server_run "$bin/createdb" -h "$PGHOST" -U postgres -T sessions again || return 1
	PGDATABASE=again open_session guest
	PGDATABASE=again recreated
	local status=$?
	close_session guest
	return $status
}

recreated() {
	run "$(training model 1)" &&
		same "before" "$(in_session guest "$(level_of model)")" 1 &&
		run "SET client_min_messages = warning; DROP EXTENSION ntk_sketch; CREATE EXTENSION ntk_sketch" &&
		matches "no models" "$(in_session guest "$(level_of model)")" 'ERROR:  model "model" does not exist*' &&
		run "$(training model 2)" &&
		same "after" "$(in_session guest "$(level_of model)")" 2
}

expect "a session sees the version that another one deployed" with_sessions reader sees_deployment
expect "it sees what is committed, not what is rolled back" with_sessions "reader writer" sees_what_is_committed
expect "a prepared statement sees a new version" with_sessions reader sees_training
expect "a session sees that another one dropped or renamed a model" with_sessions reader sees_drop
expect "a session sees that another one revoked the right to predict" with_sessions reader sees_revocation
expect "a version read in an old snapshot does not outlive the transaction" with_sessions reader forgets_old_snapshot
expect "a version read by a statement that began earlier does not outlive it" with_sessions "reader writer" forgets_old_statement
expect "a session sees that another one created the extension anew" sees_new_extension
