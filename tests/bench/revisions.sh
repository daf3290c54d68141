# Sourced by bench-models.sh if REV is given: this tree beside an older revision, on one server.
#
# Each revision has a database of its own. A new session loads the library that is installed at
# that moment, so the two are installed in turn. In the end this tree is installed again, also
# after a failure. What a revision does not have, or refuses, is shown as "-".

revisions="old new"
declare -A tree_of=([old]=$(mktemp -d) [new]=$root) figures is_named
names=()	# of the figures, in order

build_old_revision() {
	git -C "$root" rev-parse -q --verify "$REV^{commit}" >/dev/null || die "git knows no commit $REV"
	say "building $REV"
	git -C "$root" archive "$REV" | tar -x -C "${tree_of[old]}"
	make -C "${tree_of[old]}" -s -j"$(nproc)"
}

use_revision() {	# old or new
	as_root make -C "${tree_of[$1]}" -s install PG_CONFIG="$PG_CONFIG" >/dev/null
	export PGDATABASE=$1
}

restore_revision() {
	stop_server || true
	cd "$root"	# the server's directory has gone
	if [ -e "${tree_of[old]}/Makefile" ]; then
		as_root make -C "${tree_of[old]}" -s uninstall PG_CONFIG="$PG_CONFIG" >/dev/null || true	# files that this tree has not
		use_revision new
	fi
	rm -rf "${tree_of[old]}"
}

keep_figure() {	# REVISION NAME FIGURE
	[ -n "${is_named[$2]:-}" ] || names+=("$2")
	is_named[$2]=yes
	[ -z "$3" ] || figures[$1 $2]+="$3"$'\n'
}

time_of() {	# REVISION NAME QUERY [FACTOR]: seconds of one run, times the factor
	local times

	times=$(seconds 1 "$3" 2>>"$cluster/refused.log") || times=
	keep_figure "$1" "$2" "${times:+$(awk "BEGIN { print ${times% *} * ${4:-1} }")}"
}

train_call() {	# MODEL PARAMS
	echo "SELECT ntk_train('$1', 'protein_train', 'y', params => '$2')"
}

measure_revision() {	# old or new
	local per_row predict

	use_revision "$1"
	per_row=$(sql -c 'SELECT 1e6 / count(*) FROM protein_train')
	time_of "$1" "ntk_train with defaults, s" "$(train_call protein '{}')"
	keep_figure "$1" "ntk_train with defaults, test nmse" "$(sql -c "$protein_nmse" 2>>"$cluster/refused.log" || true)"
	time_of "$1" "ntk_train without rounds, s" "$(train_call fixed '{"rounds": 0}')"
	time_of "$1" "ntk_train with lambda, too, s" "$(train_call given '{"rounds": 0, "lambda": 1e-4}')"
	time_of "$1" "ntk_train without rounds, zonal, s" "$(train_call zonal '{"method": "zonal", "rounds": 0}')"
	for predict in protein zonal; do
		time_of "$1" "ntk_predict, $predict, us/row" "SELECT sum(ntk_predict('$predict', t)) FROM protein_train AS t" "$per_row"
	done
	time_of "$1" "ntk_predict_table, protein, us/row" "SELECT sum(prediction) FROM ntk_predict_table('protein',
		'SELECT row_number() OVER () AS id, * FROM protein_train', 'id')" "$per_row"
}

median_of() { printf '%s' "${figures[$1]:-}" | sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }

print_revisions() {
	local name old new

	printf '%-36s %12s %12s %8s\n' "median of $RUNS" "$REV" "this tree" ratio
	for name in "${names[@]}"; do
		old=$(median_of "old $name") new=$(median_of "new $name")
		awk -v name="$name" -v old="$old" -v new="$new" 'BEGIN {
			printf "%-36s %12s %12s %8s\n", name, old == "" ? "-" : sprintf("%.4g", old), new == "" ? "-" : sprintf("%.4g", new),
				old == "" || new == "" ? "-" : sprintf("%.3f", new / old) }'
	done
	if [ -s "$cluster/refused.log" ]; then sort -u "$cluster/refused.log"; fi
}

compare_revisions() {
	local run revision

	trap restore_revision EXIT
	build_old_revision
	start_server "jit = off" "client_min_messages = warning" "max_wal_size = 8GB"
	trap restore_revision EXIT	# start_server has one of its own
	for revision in $revisions; do
		server_run "$bin/createdb" -h "$PGHOST" -U postgres "$revision"
		use_revision "$revision"
		load_protein
	done
	for ((run = 1; run <= RUNS; run++)); do
		say "run $run of $RUNS"
		for revision in $revisions; do measure_revision "$revision"; done
	done
	say "protein, raw columns; a ratio below 1: this tree is faster, or more accurate"
	print_revisions
}
