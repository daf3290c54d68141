#!/usr/bin/env bash
# Images: speed, time against pixels, accuracy on CIFAR-10 and MNIST: make bench-images
#
# Environment, all optional:
#   PARTS     of "speed pixels accuracy full digits"
#   OUT       directory for CSV and PNG, tests/bench/build/images
set -euo pipefail
shopt -s inherit_errexit
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"

PARTS=${PARTS:-speed pixels accuracy full digits}
OUT=$(realpath -m "${OUT:-$root/tests/bench/build/images}")
export OUT PYTHONDONTWRITEBYTECODE=1

choose_version
prerequisites python3 python3-matplotlib
have_data || die "the data sets are not in $data"
build_and_install
mkdir -p "$OUT"

say "starting a private server, loading images"
start_server "max_parallel_workers_per_gather = 1" "jit = off" "max_wal_size = 8GB" \
	"client_min_messages = warning" "ntk_sketch.max_memory = '8GB'"
export MPLCONFIGDIR=$cluster/matplotlib
sql() { psql -XAtq -v ON_ERROR_STOP=1 -F , "$@"; }
accuracy() {	# TABLE SHAPE FILTER POOLING METHOD DEPTH RANK M
	sql -c "SELECT * FROM bench_accuracy('$1', '$2', $3, $4, '$5', $6, $7, $8, 0)"
}
wants() { [[ " $PARTS " == *" $1 "* ]]; }
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION ntk_sketch' -f "$root/tests/bench/images.sql"
load_images images
sql -c "ANALYZE images"

if wants speed; then
	say "images per second, 32 x 32 x 3, leader and one worker, statistic included"
	# the published CNTKSketch code on such a machine: depth 3, filter 4 x 4, degree 2
	echo "published code: 4.0 at m = 1024, 0.75 at m = 4096"
	sql <<-'SQL'
		SELECT bench_rate('zonal', 2, 64, 4096, 2000, '>= 100');
		SELECT bench_rate('nystrom', 2, 64, 4096, 2000, '>= 100');
		SELECT bench_rate('zonal', 3, 64, 4096, 2000, '');
		SELECT bench_rate('nystrom', 3, 64, 4096, 2000, '');
		SELECT bench_rate('zonal', 2, 96, 8192, 1000, '');
		SELECT bench_rate('sketch', 2, NULL, 1024, 200, '>= 12');
		SELECT bench_rate('sketch', 2, NULL, 4096, 200, '>= 2.25');
		SELECT bench_rate('sketch', 3, NULL, 1024, 200, '>= 12');
		SELECT bench_rate('sketch', 3, NULL, 4096, 200, '>= 2.25');
	SQL
fi

if wants pixels; then
	say "time against pixels, one process (reach: within 25 % of linear from 16 x 16 to 128 x 128)"
	sql -c "COPY (SELECT * FROM bench_pixels('zonal', 2, 64, 4096) UNION ALL
		SELECT * FROM bench_pixels('sketch', 2, NULL, 4096)) TO STDOUT (FORMAT csv, HEADER)" | tee "$OUT/pixels.csv"
fi

if wants accuracy; then
	say "accuracy on CIFAR-10, 5,000 images to train, 1,000 to test"
	{
		echo "method,depth,rank,m,seed,accuracy,holdout,seconds"
		for depth in 2 3; do
			for size in "64 1024" "64 4096" "64 8192" "32 4096" "128 4096"; do
				for method in zonal nystrom; do
					accuracy images '{32,32,3}' 3 1 $method $depth $size
				done
			done
			for m in 1024 4096; do
				accuracy images '{32,32,3}' 3 1 sketch $depth NULL $m
			done
		done
	} | tee "$OUT/cifar10.csv"
fi

if wants full; then
	say "a full-size run: 50,000 images, m = 8192, rank 96 (reach: an hour, 24 GB)"
	sql -c "SELECT bench_enlarge('images', 'enlarged', 10)"
	sql -c "SELECT * FROM bench_accuracy('enlarged', '{32,32,3}', 3, 1, 'zonal', 3, 96, 8192, 0)" \
		-c "SELECT 'largest resident set of the leader: ' || substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*([0-9]+ kB)')"
fi

if wants digits; then
	say "accuracy on MNIST, filter 5, pooling over 4 x 4 cells (reach: 0.982 of 10,000, 0.989 of 60,000)"
	load_digits digits
	sql -c "CREATE VIEW digits_10000 AS SELECT * FROM digits WHERE is_test OR id <= 10000"
	{
		echo "table,method,depth,rank,m,seed,accuracy,holdout,seconds"
		for size in "64 1024" "64 4096" "64 8192" "32 4096" "128 4096"; do
			echo "digits_10000,$(accuracy digits_10000 '{28,28,1}' 5 4 zonal 2 $size)"
		done
		echo "digits_10000,$(accuracy digits_10000 '{28,28,1}' 5 4 nystrom 2 64 4096)"
		for method in zonal nystrom; do
			echo "digits,$(accuracy digits '{28,28,1}' 5 4 $method 2 64 4096)"
		done
	} | tee "$OUT/digits.csv"
fi

/usr/bin/python3 "$root/tests/bench/images.py"
echo "plotted in $OUT/images.png"
