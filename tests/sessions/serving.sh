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

# A statement sees one version, and so does a transaction of one snapshot: the one that its catalog
# says, whoever deploys another one meanwhile.

# SQL of a statement that scores a row, sleeps until the other session has deployed, and goes on
gated() {	# EXPRESSION: predictions of rows v, the last of which comes when lock 1 is free
	echo "WITH v AS MATERIALIZED (SELECT i, a, b FROM samples AS s, generate_series(1, 3) AS i WHERE id = 1), w AS (SELECT v.*, CASE WHEN i > 1 THEN pg_advisory_xact_lock_shared(1)::text END AS waited FROM v) SELECT string_agg($1, ' ' ORDER BY i) FROM w"
}

deploys_behind() {	# NAME TELL: SQL of the session that waits, which the reader is told
	in_session writer "SELECT pg_advisory_lock(1)" >/dev/null &&
		tell reader "$2" &&
		wait_until 10 is_blocked reader &&
		in_session writer "$1; SELECT pg_advisory_unlock(1)" >/dev/null
}

keeps_one_version() {
	two_versions one &&
		deploys_behind "SELECT ntk_deploy('one', 2)" "$(gated "round(ntk_predict('one', w) / 100)::text")" &&
		same "rows of one call" "$(answer reader)" "1 1 1" &&
		same "the next statement" "$(in_session reader "$(level_of one)")" 2 &&
		deploys_behind "SELECT ntk_deploy('one', 1)" "$(gated "round(ntk_predict('one', w) / 100) || CASE WHEN i > 1 THEN ' ' || round(ntk_predict('one', ARRAY[a, b]) / 100) ELSE '' END")" &&
		same "two calls, one of which begins later" "$(answer reader)" "2 2 2 2 2" &&
		same "the next statement again" "$(in_session reader "$(level_of one)")" 1
}

keeps_the_catalogs_version() {
	local both="$(level_of repeatable) UNION ALL SELECT deployed FROM ntk_catalog_model WHERE model = 'repeatable'"

	two_versions repeatable &&
		in_session reader "$(level_of repeatable); BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_am" >/dev/null &&
		run "SELECT ntk_deploy('repeatable', 2)" &&
		same "the old version" "$(in_session reader "$both" | paste -sd ' ')" "1 1" &&
		same "prepared" "$(in_session reader "PREPARE q AS $(level_of repeatable); EXECUTE q; SAVEPOINT s; EXECUTE q; ROLLBACK TO s; EXECUTE q" | paste -sd ' ')" "1 1 1" &&
		same "of many rows" "$(in_session reader "SELECT round(prediction / 100) FROM ntk_predict_table('repeatable', 'SELECT * FROM samples WHERE id = 1', 'id')")" 1 &&
		same "dropped, too" "$(run "SELECT ntk_drop('repeatable')"; in_session reader "EXECUTE q")" 1 &&
		matches "the next transaction" "$(in_session reader "COMMIT; EXECUTE q")" 'ERROR:  model "repeatable" does not exist*' &&
		same "and trained anew" "$(run "$(training repeatable 3)"; in_session reader "BEGIN ISOLATION LEVEL REPEATABLE READ; EXECUTE q; COMMIT")" 3
}

workers_agree() {
	local settings="SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2"

	run "CREATE TABLE many AS SELECT i AS id, abs(sin(i)) AS a, cos(3 * i) AS b FROM generate_series(1, 60000) AS i; ALTER TABLE many SET (parallel_workers = 2); ANALYZE many" &&
		two_versions workers && in_session reader "$settings; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_am" >/dev/null &&
		matches "in parallel" "$(in_session reader "EXPLAIN SELECT DISTINCT round(ntk_predict('workers', m) / 100) FROM many AS m")" "*Parallel Seq Scan*" &&
		run "SELECT ntk_deploy('workers', 2)" &&
		same "one snapshot" "$(in_session reader "SELECT DISTINCT round(ntk_predict('workers', m) / 100) FROM many AS m")" 1 &&
		in_session reader COMMIT &&
		tell reader "SELECT count(DISTINCT round(ntk_predict('workers', m) / 100)) FROM many AS m" &&
		run "SELECT ntk_deploy('workers', 1)" && run "SELECT ntk_deploy('workers', 2)" && run "SELECT ntk_deploy('workers', 1)" &&
		same "deployed meanwhile" "$(answer reader)" 1 &&
		same "after it" "$(in_session reader "SELECT DISTINCT round(ntk_predict('workers', m) / 100) FROM many AS m")" 1
}

grouped() {	# NAME LEVEL: two groups, 0 and 1
	echo "SELECT count(*) FROM ntk_train('$1', 'SELECT id % 2 AS g, a, b, 100 * $2 + 1000 * (id % 2) + a AS y FROM samples', 'y', '{a,b}', group_by => '{g}', params => '{\"n_components\": 8, \"rounds\": 0, \"deploy\": \"always\"}')"
}

# Groups are read when their first row comes, from what the statement saw when it began.
keeps_groups() {
	local rows

	rows=$(gated "round(ntk_predict('groups', w) / 100)::text") && rows=${rows/SELECT i, a, b/SELECT i, i % 2 AS g, a, b}
	run "$(grouped groups 1)" &&
		deploys_behind "SELECT ntk_drop('groups')" "$rows" &&
		same "dropped" "$(answer reader)" "11 1 11" &&
		matches "dropped, the next statement" "$(in_session reader "$rows")" 'ERROR:  model "groups" does not exist*' &&
		run "$(grouped groups 2)" &&
		same "before" "$(in_session reader "SELECT round(ntk_predict('groups', s) / 100) FROM (SELECT 1 AS g, a, b FROM samples WHERE id = 1) AS s")" 12 &&
		deploys_behind "BEGIN; SELECT ntk_drop('groups'); $(grouped groups 5); COMMIT" "$rows" &&
		same "dropped and trained again" "$(answer reader)" "12 2 12" &&
		same "the next statement" "$(in_session reader "$rows")" "15 5 15"
}

# What somebody writes into the fitted models is no new version, and seen all the same.
sees_fitted() {
	local level="SELECT round(ntk_predict('fitted', s) / 100) FROM (SELECT 1 AS g, a, b FROM samples WHERE id = 1) AS s"

	run "$(grouped fitted 1)" &&
		same "before" "$(in_session reader "$level")" 11 &&
		in_session reader "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_am" >/dev/null &&
		run "UPDATE ntk_catalog_part SET fitted = (SELECT fitted FROM ntk_catalog_part WHERE model = 'fitted' AND grp = '{0}') WHERE model = 'fitted' AND grp = '{1}'" &&
		same "in the old snapshot" "$(in_session reader "SELECT count(*) FROM ntk_catalog_part; $level; $level" | tail -n 2 | paste -sd ' ')" "11 11" &&
		same "after it" "$(in_session reader "COMMIT; $level")" 1
}

# Expressions of a function keep their state from one statement to the next.
functions_see_the_next() {
	two_versions called && run "
		CREATE FUNCTION in_a_loop() RETURNS text LANGUAGE plpgsql AS \$\$
		DECLARE r samples; said text := ''; BEGIN
			SELECT * INTO r FROM samples WHERE id = 1;
			FOR i IN 1..6 LOOP
				said := said || round(ntk_predict('called', r) / 100);
				PERFORM ntk_deploy('called', 1 + i % 2);
				BEGIN
					PERFORM ntk_deploy('called', 2 - i % 2);
					said := said || round(ntk_predict('called', r) / 100);
					RAISE 'roll back';
				EXCEPTION WHEN raise_exception THEN
					said := said || round(ntk_predict('called', r) / 100) || ' ';
				END;
			END LOOP;
			RETURN said;
		END \$\$;
		CREATE PROCEDURE in_transactions(INOUT said text) LANGUAGE plpgsql AS \$\$
		DECLARE r samples; BEGIN
			SELECT * INTO r FROM samples WHERE id = 1;
			FOR i IN 1..4 LOOP
				PERFORM ntk_deploy('called', 1 + i % 2);
				said := said || round(ntk_predict('called', r) / 100);
				IF i < 3 THEN COMMIT; ELSE ROLLBACK; END IF;
				said := said || round(ntk_predict('called', r) / 100) || ' ';
			END LOOP;
		END \$\$;
		CREATE FUNCTION deploys(version int) RETURNS int LANGUAGE plpgsql VOLATILE AS \$\$BEGIN PERFORM ntk_deploy('called', version); RETURN version; END\$\$" &&
		same "statements of a function" "$(in_session reader "SELECT in_a_loop()")" "112 221 112 221 112 221" &&
		same "transactions of a procedure" "$(in_session reader "SELECT ntk_deploy('called', 1); CALL in_transactions('')" | tail -n 1)" "22 11 21 11" &&
		same "a statement that deploys" "$(in_session reader "SELECT string_agg(round(ntk_predict('called', s) / 100) || ' ' || deploys(1 + id % 2) || round(ntk_predict('called', ARRAY[a, b]) / 100), ', ' ORDER BY id) FROM (SELECT * FROM samples WHERE id < 4) AS s")" "1 21, 1 11, 1 21" &&
		same "the next one" "$(in_session reader "$(level_of called)")" 2 &&
		same "a cursor that is older than the change" "$(in_session reader "BEGIN; DECLARE c CURSOR FOR SELECT round(ntk_predict('called', s) / 100) FROM samples AS s WHERE id < 4; FETCH c; SELECT ntk_deploy('called', 1); $(level_of called); FETCH c; $(level_of called); FETCH c; COMMIT" | grep . | paste -sd ' ')" "2 1 2 1 2"
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
expect "a statement sees one version, whoever deploys another one meanwhile" with_sessions "reader writer" keeps_one_version
expect "a transaction of one snapshot sees the version that its catalog says" with_sessions reader keeps_the_catalogs_version
expect "parallel workers see the version that their leader sees" with_sessions reader workers_agree
expect "groups of a model that is dropped or trained again in mid-statement" with_sessions "reader writer" keeps_groups
expect "fitted models that somebody writes are seen by the next transaction" with_sessions reader sees_fitted
expect "functions, procedures and cursors see what their snapshot has" with_sessions reader functions_see_the_next
expect "a session sees that another one created the extension anew" sees_new_extension
