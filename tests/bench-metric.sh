#!/usr/bin/env bash
# The learned metric, by name: error by round, error and seconds by width: make bench-metric
#
# Environment, all optional:
#   PARTS     of "rounds sizes digits search"
#   SIZES     numbers of components, "1024 4096"
#   OUT       directory for CSV and PNG, tests/bench/build/metric
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"

PARTS=${PARTS:-rounds sizes digits search}
SIZES=${SIZES:-1024 4096}
export OUT=${OUT:-$root/tests/bench/build/metric}
OUT=$(realpath -m "$OUT")
export PYTHONDONTWRITEBYTECODE=1

choose_version
prerequisites python3 python3-matplotlib
have_data || die "the data sets are not in $data"
build_and_install
mkdir -p "$OUT"

say "starting a private server"
start_server "max_parallel_workers_per_gather = 1" "client_min_messages = warning" "ntk_sketch.max_memory = '4GB'"
wants() { [[ " $PARTS " == *" $1 "* ]]; }
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
sql -c 'CREATE EXTENSION ntk_sketch' -f "$root/tests/bench/metric.sql"
for set in kin40k protein elevators; do load_csv "$data/$set.csv.gz" "$set"; done
simulate_columns product '2 * x[1] * x[2] + sin(pi() * x[3]) + 0.1 * (random() + random() + random() - 1.5)'
simulate_columns waves 'sin(pi() * x[1]) * abs(x[2])'
simulate_columns parity 'sign(x[1] * x[2] * x[3] * x[4])::float8'

if wants rounds; then
	say "mean squared error on a fold that no round is fitted to, over the variance, by round; 1,024 landmarks"
	{
		echo "set,metric,round,nmse"
		for set in kin40k protein elevators product waves parity; do
			sql -c "COPY (SELECT * FROM bench_rounds('$set')) TO STDOUT (FORMAT csv)"
		done
	} | tee "$OUT/rounds.csv"
	MPLCONFIGDIR=$cluster/matplotlib /usr/bin/python3 "$root/tests/bench/metric.py"
	echo "plotted in $OUT/rounds.png"
fi

if wants sizes; then
	say "test nmse and seconds, fixed kernel and learned metric (reach: kin40k 0.05, protein 0.38 at 1,024; protein 0.31 at 4,096; a round 2.5 times the fixed fit)"
	for size in $SIZES; do
		for set in kin40k protein elevators; do sql -c "SELECT bench_learn('$set', $size)"; done
	done
	for set in product waves parity; do sql -c "SELECT bench_learn('$set', 1024)"; done
fi

if wants digits; then
	say "MNIST, 60,000 rows of 784 inputs, 1,024 landmarks: accuracy on the test rows"
	load_digits digits
	sql -c "SELECT bench_learn('digits', 1024)"
fi

if wants search; then
	say "kernels in the learned metric, 1,024 landmarks: search: auto"
	for set in kin40k protein elevators; do sql -c "SELECT bench_search('$set', 1024)"; done
fi
