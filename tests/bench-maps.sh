#!/usr/bin/env bash
# All feature maps and their rivals: accuracy and speed on public data: make bench-maps
#
# Environment, all optional:
#   SETS      of "protein kin40k elevators mnist"
#   SIZES     numbers of components, "512 2048 8192"
#   METHODS   names as in the tables, for example "zonal nystrom RBFSampler MLP"
#   PARTS     of "maps rivals published learners spectral"
#   SEEDS     draws that the spectral measurement averages over, 3
#   JOBS      configurations measured at a time, one core each, 2
#   OUT       directory for CSV, Markdown and PNG, tests/bench/build/maps
#   FRESH=1   measures everything again; otherwise what is in OUT is kept
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"

export SETS=${SETS:-protein kin40k elevators mnist}
export OUT=${OUT:-$root/tests/bench/build/maps}
OUT=$(realpath -m "$OUT")
# numpy with the reference BLAS would be no rival, so OpenBLAS; one core each
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export PYTHONDONTWRITEBYTECODE=1

choose_version
prerequisites python3 python3-numpy python3-scipy python3-sklearn python3-matplotlib \
	libopenblas0-serial
have_data || die "the data sets are not in $data"
build_and_install
mkdir -p "$OUT"

say "starting a private server, loading $SETS"
start_server "max_parallel_workers_per_gather = 0" "jit = off" \
	"client_min_messages = warning" "ntk_sketch.max_memory = '8GB'"
psql -Xq -c 'CREATE EXTENSION ntk_sketch' -f "$root/tests/bench/maps.sql"
for set in $SETS; do
	case $set in
		mnist) load_digits mnist ;;
		*) load_csv "$data/$set.csv.gz" "$set" ;;
	esac
done

export MPLCONFIGDIR=$cluster/matplotlib
say "measuring; results go to $OUT"
/usr/bin/python3 "$root/tests/bench/maps.py"
