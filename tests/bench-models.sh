#!/usr/bin/env bash
# Models by name: accuracy, and speed as ratios measured side by side in one run: make bench-models
#
# Environment, all optional:
#   REV       a commit: measures training and predictions with it and with this tree, in turn
#   RUNS      of these, of which the medians are shown, 3
set -euo pipefail
shopt -s inherit_errexit
. "$(dirname "$0")/cluster.sh"
. "$root/tests/data.sh"
. "$root/tests/bench/timing.sh"

REV=${REV:-} RUNS=${RUNS:-3}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export PYTHONDONTWRITEBYTECODE=1

choose_version
prerequisites python3 python3-numpy python3-scipy python3-sklearn
have_data || die "the data sets are not in $data"
build_and_install
if [ -n "$REV" ]; then
	. "$root/tests/bench/revisions.sh"
	compare_revisions
	exit
fi

say "starting a private server"
start_server "jit = off" "client_min_messages = warning" "max_wal_size = 8GB"

say "training by name with defaults: protein, raw columns"
begun=$EPOCHREALTIME
load_protein
train="SELECT ntk_train('protein', 'protein_train', 'y')"
train_s=$(seconds 1 "$train")
nmse=$(sql -c "$protein_nmse")
echo "nmse $nmse (reach 0.41), $(ratio "$EPOCHREALTIME - $begun") s from CREATE EXTENSION to there (reach 20)"
echo "ntk_train alone $(ratio "${train_s% *}") s"
sql -c 'CREATE INDEX ON protein_test (id)' -c "SELECT ntk_train('protein_zonal', 'protein_train', 'y', params => '{\"method\": \"zonal\", \"rounds\": 0}')" >/dev/null

say "mixed columns with NULLs: against the same encoding by scikit-learn (reach a ratio within 0.98 .. 1.02)"
sql -f "$root/tests/bench/models.sql"
sql >/dev/null <<'SQL'
SELECT ntk_train('mixed_zonal', 'mixed_train', 'y', exclude => '{id}', params => '{"method": "zonal", "rounds": 0}');
SELECT ntk_train('mixed_nystrom', 'mixed_train', 'y', exclude => '{id}', params => '{"n_components": 256, "rounds": 0}');
SQL
/usr/bin/python3 "$root/tests/bench/mixed_table.py" mixed_zonal mixed_nystrom

say "refreshing: 200,000 rows, 1 % new ones, zonal, 1024 components"
sql -c "SELECT ntk_train('stream', 'stream', 'y', params => '{\"method\": \"zonal\", \"rounds\": 0, \"watermark\": \"at\"}')" >/dev/null
refreshes=()
for first in 200001 202001 204001; do
	sql -c "INSERT INTO stream SELECT * FROM stream_rows($first, $first + 1999)"
	refresh_s=$(seconds 1 "SELECT ntk_refresh('stream')")
	refreshes+=("${refresh_s% *}")
done
refresh_s=$(printf '%s\n' "${refreshes[@]}" | sort -n | sed -n 2p)
served=$(sql -c "SELECT count(*) FROM ntk_model_versions WHERE name = 'stream' AND deployed AND version = 4")
[ "$served" = 1 ] || die "the refreshed version does not serve"
difference=$(sql <<'SQL'
CREATE TEMP TABLE at_once AS
SELECT v.encoding, ntk_solve(ntk_gram(ntk_encode(s, v.encoding), s.y, v.map), p.lambda) AS fitted
FROM stream AS s CROSS JOIN LATERAL (SELECT x1, x2, x3, x4, x5, x6, x7, x8) AS features,
	ntk_catalog_version AS v JOIN ntk_catalog_part AS p USING (model, version)
WHERE v.model = 'stream' AND v.version = 4 AND ntk_fold(features, 1000) >= 100
GROUP BY v.encoding, p.lambda;
SELECT max(abs(refreshed - at_once)) / stddev_pop(at_once)
FROM (SELECT ntk_predict('stream', s) AS refreshed, ntk_predict(fitted, ntk_encode(s, encoding)) AS at_once
	  FROM at_once, (SELECT * FROM stream ORDER BY at DESC LIMIT 20000) AS s) AS p;
SQL
)
retrain_s=$(seconds 2 "SELECT ntk_retrain('stream')")
echo "ntk_refresh ${refreshes[*]} s, ntk_retrain $(range "$retrain_s") s: by the median $(ratio "${retrain_s% *} / $refresh_s") times as fast (reach 20)"
echo "largest difference of a prediction from the model of all rows at once: $difference of their spread (reach 1e-6)"

say "predictions by name on one core: 9 inputs, 1024 components"
rows=$(sql -c 'SELECT count(*) FROM protein_train')
score() {	# NAME MODEL CALL
	local times

	times=$(seconds 3 "SELECT sum($3) FROM protein_train AS t" "$one_core")
	printf '%-32s %9.0f .. %.0f rows/s\n' "$1" "$(ratio "$rows / ${times#* }")" "$(ratio "$rows / ${times% *}")"
}
score "a column alone" - "t.x1"
score "zonal (reach 50000)" protein_zonal "ntk_predict('protein_zonal', t)"
score "nystrom" protein "ntk_predict('protein', t)"
single() {	# NAME EXPRESSION
	local latency

	printf '\\set id random(1, 4573)\nSELECT %s FROM protein_test AS t WHERE id = :id;\n' "$2" >"$cluster/single.sql"
	latency=$("$bin/pgbench" -n -M prepared -c 1 -T 3 -f "$cluster/single.sql" 2>&1 |
		sed -n 's/^latency average = \([0-9.]*\) ms.*/\1/p')
	printf '%-32s %9.0f us a prepared statement\n' "$1" "$(ratio "1000 * $latency")"
}
single "the row alone" t
single zonal "ntk_predict('protein_zonal', t)"
single nystrom "ntk_predict('protein', t)"

say "many rows at once: nystrom, 784 inputs, 4096 components, 400 rows"
sql <<SQL
CREATE TABLE digits (id int GENERATED ALWAYS AS IDENTITY, digit int, pixels smallint[]);
\\copy digits (digit, pixels) FROM PROGRAM 'gzip -dc "$data/mnist_train.tsv.gz" | head -n 5000'
ALTER TABLE digits ADD y int;
UPDATE digits SET y = (digit = 8)::int;
ALTER TABLE digits DROP digit;
CREATE TABLE digits_wanted AS SELECT * FROM digits WHERE id <= 400;
VACUUM ANALYZE digits, digits_wanted;
SQL
sql -c "SELECT ntk_train('digits', 'digits', 'y', exclude => '{id}',
	params => '{\"n_components\": 4096, \"rounds\": 0, \"lambda\": 1e-4, \"folds\": 2}')" >/dev/null
each_s=$(seconds 3 "SELECT sum(ntk_predict('digits', t)) FROM digits_wanted AS t" "$one_core")
table_s=$(seconds 3 "SELECT sum(prediction) FROM ntk_predict_table('digits', 'digits_wanted', 'id')" "$one_core")
printf '%-32s %9.0f us a row\n' ntk_predict "$(ratio "${each_s% *} / 400 * 1e6")" \
	ntk_predict_table "$(ratio "${table_s% *} / 400 * 1e6")"
echo "ntk_predict_table is $(ratio "${each_s% *} / ${table_s% *}") times as fast (reach 5)"
