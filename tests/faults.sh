#!/usr/bin/env bash
# What can go wrong, for long: make faults [KILLS=50] [SECONDS=300] [SEED=number]
#
# Backends are killed, disks and memory end, eight sessions do everything at once for so many
# seconds, all columns of the catalog hold all kinds of nonsense; make check does less of each.
set -euo pipefail
export KILLS=${KILLS:-50} SECONDS_OF_CHAOS=${SECONDS_OF_CHAOS:-300} NTK_EVERYTHING=1
. "$(dirname "$0")/cluster.sh"
. "$root/tests/results.sh"

choose_version
prerequisites perl "postgresql-$PGVERSION-pgtap" libtap-parser-sourcehandler-pgtap-perl
build_and_install

say "starting a private server"
start_server "max_parallel_workers_per_gather = 2"
SESSION_PARTS="cancel faults"
. "$root/tests/sessions.sh"

say "whatever a role writes into the catalog"
server_run "$bin/createdb" -h "$PGHOST" -U postgres pgtap
psql -Xq -d pgtap -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION ntk_sketch'
run_tap pg_prove -v -d pgtap "$root/tests/pgtap/untrusted_catalog.sql"
print_result
