# Sourced by sessions.sh: a standby predicts with what is deployed on its primary.

standby_follows() (	# in a subshell: with its own trap, it stops the standby
	standby=$work/standby
	mkdir "$standby"
	[ "$(id -u)" = 0 ] && chown postgres "$standby"
	chmod go+x "$work"
	trap 'server_run "$bin/pg_ctl" -D "$standby/data" -m immediate -w stop >/dev/null; rm -rf "$standby"' EXIT
	trap 'exit 1' INT TERM
	server_run "$bin/pg_basebackup" -h "$PGHOST" -U postgres -D "$standby/data" -R -c fast &&
		server_run "$bin/pg_ctl" -D "$standby/data" -l "$standby/log" -w start \
			-o "-c unix_socket_directories='$standby'" >/dev/null || { cat "$standby/log"; return 1; }

	run "$(training replicated 1)"
	wait_until 10 replicated
	open_session reader -h "$standby"
	same "before" "$(in_session reader "$(level_of replicated)")" 1 &&
		run "$(training replicated 2)" &&
		wait_until 10 replicated &&
		same "after" "$(in_session reader "$(level_of replicated)")" 2 &&
		matches "evaluated" "$(in_session reader "SELECT count(*) > 0 FROM ntk_evaluate('replicated')")" t &&
		matches "trained there" "$(in_session reader "$(training replicated 3)")" "ERROR:  cannot execute * in a read-only transaction*"
)

replicated() {	# all that the primary has written
	[ "$(ask "SELECT pg_last_wal_replay_lsn() >= '$(ask "SELECT pg_current_wal_lsn()")'" -h "$standby")" = t ]
}

expect "a session on a standby sees the version deployed on the primary" standby_follows
