#!/usr/bin/env bash
# Changed values and random queries on a private server: make fuzz [SECONDS=60] [PARTS='...']
#
#   SECONDS   of each part
#   ROUNDS    the most inputs of a kind
#   PARTS     of: map gram model map_text encoding import sqlsmith; the last is not in the default
#   SEED      of the first input; SEED=... ROUNDS=1 PARTS=... makes a single input again
#
# Ends with what was tried of each kind. Fails if the server crashed, if an error was an
# internal one or took long, if a value did not come back as it was written, or if a result is
# not finite.
seconds=$SECONDS	# bash counts on from the value in the environment
[ "$seconds" -gt 0 ] || seconds=60
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
. "$root/tests/fuzz/fuzz.sh"

choose_version
prerequisites
build_and_install
say "starting a private server"
fuzz_start
status=0
for part in ${PARTS:-$fuzz_kinds}; do
	if [ "$part" = sqlsmith ]; then
		fuzz_sqlsmith "$seconds" || status=1
	else
		fuzz_values "$part" "${SEED:-$RANDOM$RANDOM}" "${ROUNDS:-1000000000}" "$seconds" || status=1
	fi
done
found=$(fuzz_log)
[ -z "$found" ] || { printf '%s\n' "$found"; status=1; }
exit $status
