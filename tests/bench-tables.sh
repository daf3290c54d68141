#!/usr/bin/env bash
# ntk_train with defaults and other learners on ordinary tables: make bench-tables
#
# Environment, all optional:
#   TABLES    of "vehicle dna spam ames letterrecognition beijing_pm25 adult elevators kin40k protein"
#   RIVALS    of "HistGradientBoosting tuned RandomForest MLP xgboost"; no: none
#   SEARCH    the most seconds per table that the settings of "tuned" are searched for, 60
#   SIZES     numbers of components in the plot of error against seconds on protein, "256 1024 4096"
#   REPORT=yes  writes the tables and the plot to docs; without it, only a run of all of these does
#   OUT       directory for CSV, Markdown and SVG, tests/bench/build/tables
#
# A row is for testing if the first 32 bits of md5(number of the row) are a multiple of 4. Rows
# are numbered from 1 in the order of the file.
set -euo pipefail
shopt -s inherit_errexit
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"

[ -n "${TABLES+set}${RIVALS+set}${SIZES+set}" ] || REPORT=${REPORT:-yes}
export REPORT=${REPORT:-no} SEARCH=${SEARCH:-60} SIZES=${SIZES-256 1024 4096}
export TABLES=${TABLES-vehicle dna spam ames letterrecognition beijing_pm25 adult elevators kin40k protein}
export RIVALS=${RIVALS-HistGradientBoosting tuned RandomForest MLP xgboost}
[ "$RIVALS" != no ] || RIVALS=
OUT=$(realpath -m "${OUT:-$root/tests/bench/build/tables}")
cores=$(nproc)	# all of them for each learner, one at a time
export OUT DATA_DIR=$data PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=$cores OMP_NUM_THREADS=$cores
export OMP_WAIT_POLICY=passive	# threads that spin would measure what else the machine does

choose_version
prerequisites python3 python3-numpy python3-scipy python3-sklearn python3-matplotlib python3-xgboost \
	libopenblas0-pthread
[ -r "$data/tables/adult.csv.gz" ] || die "the tables are not in $data/tables"
build_and_install
mkdir -p "$OUT"

say "starting a private server"
start_server "max_parallel_workers_per_gather = $((cores - 1))" "jit = off" "client_min_messages = warning"
export MPLCONFIGDIR=$cluster/matplotlib
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION ntk_sketch'

say "measuring; results go to $OUT"
/usr/bin/python3 "$root/tests/bench/tables.py" "$root/docs"
