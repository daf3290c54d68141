#!/usr/bin/env bash
# The main job on a machine with nothing but Debian: make demo [DATA=file.csv]
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"

[ -z "${DATA:-}" ] || DATA=$(readlink -f "$DATA")
choose_version
prerequisites
build_and_install
say "starting a private server"
start_server
psql -Xqc 'CREATE EXTENSION ntk_sketch'

if [ -n "${DATA:-}" ]; then
	say "loading $DATA"
	load_csv "$DATA" samples
elif have_data; then
	say "loading protein: nine properties of a folded protein, and its distance from the true fold"
	load_csv "$data/protein.csv.gz" samples
else
	say "simulating a robot arm: eight joint angles, and the hand's squared distance from the base"
	simulate_arm samples
fi
psql -X -v ON_ERROR_STOP=1 -f "$root/tests/demo.sql"
say "stopping the private server"
