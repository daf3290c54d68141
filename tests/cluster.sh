# Sourced by the commands in this directory: installs what is missing, builds the
# extension, runs a private server in a temporary directory.
#
#   choose_version               sets PGVERSION: that of the newest server, or Debian's
#   prerequisites [PACKAGE...]   what the build and the server need, and these
#   build_and_install            the extension, into the server's directories
#   start_server [SETTING...]    sets PGHOST, PGUSER, PGDATABASE; stopped on exit
#   server_run COMMAND...        as the user that owns the server
#
# PGVERSION in the environment chooses among servers. Prerequisites come first of all.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
shared=$(cd "$root/.." && pwd)/shared	# data and reference values, where present
cluster=
unset MAKEFLAGS MAKEOVERRIDES	# DATA=file.csv is for make demo, not for the makes within

say() { printf '\n== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

server_run() {
	if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

installed_version() {
	ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | cut -d / -f 5 | sort -n | tail -n 1 || true	# none is no error
}

choose_version() {
	command -v dpkg-query >/dev/null || die "this needs a Debian or Ubuntu system; elsewhere use make and make install"
	PGVERSION=${PGVERSION:-$(installed_version)}
	[ -z "$PGVERSION" ] || return 0
	as_root apt-get update -qq
	PGVERSION=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p')
	[ -n "$PGVERSION" ] || die "apt knows no PostgreSQL"
}

prerequisites() {
	local missing=() package log

	for package in gcc make gzip "postgresql-$PGVERSION" "postgresql-server-dev-$PGVERSION" \
		libopenblas-serial-dev "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
			missing+=("$package")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		say "installing ${missing[*]}"
		log=$(mktemp)
		as_root apt-get update -qq
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			"${missing[@]}" >"$log" 2>&1 || { cat "$log" >&2; die "apt-get failed"; }
		rm -f "$log"
	fi
	bin=/usr/lib/postgresql/$PGVERSION/bin
	export PG_CONFIG=$bin/pg_config
}

build_and_install() {
	say "building for PostgreSQL $PGVERSION"
	make -C "$root" -s -j"$(nproc)" ${WERROR:+WERROR="$WERROR"}
	as_root make -C "$root" -s install PG_CONFIG="$PG_CONFIG" >/dev/null
}

stop_server() {
	[ -n "$cluster" ] || return 0
	server_run "$bin/pg_ctl" -D "$cluster/data" -m immediate -w stop >/dev/null 2>&1
	rm -rf "$cluster"
	cluster=
}

start_server() {
	local setting

	cluster=$(mktemp -d)
	trap stop_server EXIT
	trap 'exit 1' INT TERM
	[ "$(id -u)" = 0 ] && chown postgres "$cluster"
	cd "$cluster"
	server_run "$bin/initdb" -D "$cluster/data" -U postgres -A trust -N --locale=C.UTF-8 \
		>"$cluster/initdb.log" 2>&1 || { cat "$cluster/initdb.log" >&2; die "initdb failed"; }
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$cluster'"
		echo "fsync = off"
		echo "shared_buffers = 512MB"
		echo "max_wal_size = 4GB"
		for setting in "$@"; do echo "$setting"; done
	} >>"$cluster/data/postgresql.conf"
	server_run "$bin/pg_ctl" -D "$cluster/data" -l "$cluster/data/log" -w start >/dev/null ||
		{ cat "$cluster/data/log" >&2; die "the server did not start"; }
	export PGHOST=$cluster PGUSER=postgres PGDATABASE=postgres PGPORT=5432
	unset PGPASSWORD PGSERVICE PGOPTIONS
}
