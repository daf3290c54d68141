# Sourced after cluster.sh: the fuzzer on a private server.
#
#   fuzz_start [SETTING...]                   that server, if none runs yet, with fuzz_prepare
#   fuzz_prepare                              its database, on the server that runs
#   fuzz_values KIND SEED ROUNDS SECONDS      fails if there was a fault; says the counts, and
#                                             leaves those in fuzz_counts[KIND]
#   fuzz_sqlsmith SECONDS                     random queries of an ordinary role

fuzz_kinds="map gram model map_text encoding import"
fuzz_settings=("shared_buffers = 64MB" "jit = off"
	"log_line_prefix = '%m [%p] %e '" "log_error_verbosity = verbose")
fuzz_flags="-O2"	# of the compiler
declare -A fuzz_counts

fuzz_start() {
	start_server "${fuzz_settings[@]}" "$@"
	fuzz_prepare
}

fuzz_prepare() {
	fuzz_dir=$cluster/fuzz	# goes with the server
	fuzz_current=$fuzz_dir/current
	mkdir -p "$fuzz_dir"
	gcc -shared -std=gnu11 -g -fPIC -Wall -Wextra -Wno-declaration-after-statement ${WERROR:-} $fuzz_flags \
		-I"$root/src" -isystem "$("$PG_CONFIG" --includedir-server)" "$root"/tests/fuzz/*.c -o "$fuzz_dir/ntk_fuzz.so"
	[ "$(id -u)" != 0 ] || chown -R postgres "$fuzz_dir"
	server_run "$bin/createdb" -h "$PGHOST" -U postgres fuzz
	psql -Xq -d fuzz -c 'CREATE EXTENSION ntk_sketch'
	psql -Xq -d fuzz -v ON_ERROR_STOP=1 -v module="$fuzz_dir/ntk_fuzz" -o /dev/null -f "$root/tests/fuzz/seeds.sql"
}

# the input that was looked at last, as its kind, its seed and its bytes
fuzz_last_input() {
	local line bytes

	line=$(head -n 1 "$fuzz_current")
	bytes=$(sed 's/.* \([0-9]*\) bytes at .*/\1/' <<<"$line")
	printf '# %s\n# ' "$line"
	tail -c +129 "$fuzz_current" | head -c "$bytes" | od -An -v -tx1 | tr -d ' \n'
	echo
}

# until the server has recovered
fuzz_wait() {
	local tries

	for tries in {1..120}; do
		! psql -Xqc 'SELECT' >/dev/null 2>&1 || return 0
		sleep 0.5
	done
}

fuzz_ask() {	# KIND SEED ROUNDS SECONDS
	timeout -k 10 $(($4 + 120)) psql -XqAt -F ' ' -d fuzz -v ON_ERROR_STOP=1 \
		-v kind="$1" -v seed="$2" -v rounds="$3" -v seconds="$4" -v file="$fuzz_current" <<-'EOF'
		SET client_min_messages = error;
		SET jit = off;
		SET ntk_sketch.max_memory = '16MB';
		SELECT f.tried, f.accepted, f.refused, f.used, f.declined, f.skipped, f.faults, round(f.slowest_ms::numeric, 1), f.slowest_seed, f.first_fault
		FROM ntk_fuzz(:'kind', :seed, :rounds, :seconds, (SELECT array_agg(value) FROM seed WHERE kind = :'kind'),
					  (SELECT array_agg(statement) FROM use WHERE kind = :'kind'), :'file') AS f;
	EOF
}

fuzz_values() {
	local answer tried accepted refused used declined skipped faults ms slowest first

	if ! answer=$(fuzz_ask "$@" 2>&1); then
		printf '%s: %s\n' "$1" "$answer"
		fuzz_last_input
		fuzz_wait
		return 1
	fi
	fuzz_counts[$1]=$answer
	read -r tried accepted refused used declined skipped faults ms slowest first <<<"$answer"
	printf '%s: %d tried from seed %d on, %d accepted, %d refused; %d uses, %d more ended in an error; %d too large to use; slowest %s ms, seed %s; %d faults\n' \
		"$1" "$tried" "$2" "$accepted" "$refused" "$used" "$declined" "$skipped" "$ms" "$slowest" "$faults"
	[ "$faults" = 0 ] || { printf '# the first: %s\n# in the log:\n' "$first"; fuzz_faults "$1"; return 1; }
}

# the faults of a kind by what they say, and a seed of each
fuzz_faults() {	# KIND
	sed -n "s/.*fuzz: $1 seed \([0-9]*\), /\1 /p" "$cluster/data/log" |
		awk '{ seed = $1; sub(/^[0-9]+ /, ""); key = $0; gsub(/[0-9]+ and [0-9]+ bytes|is [0-9]+:/, "", key); if (!n[key]++) { text[key] = $0; first[key] = seed } }
			END { for (key in n) printf "#   %d times, as with seed %s: %s\n", n[key], first[key], text[key] }'
}

# of these inputs some were accepted, some refused, some used
fuzz_is_balanced() {	# KIND
	local tried accepted refused used rest

	read -r tried accepted refused used rest <<<"${fuzz_counts[$1]:-0 0 0 0}"
	[ "$accepted" -gt $((tried / 100)) ] && [ "$refused" -gt $((tried / 100)) ] && [ "$used" -gt $((tried / 100)) ]
}

# what the server's log has that no input may cause
fuzz_log() {
	grep -aE 'was terminated by signal|PANIC|TRAP:|leak: |server process .* exited' "$cluster/data/log" || true
	grep -aE ' XX[0-9A-Z]{3} (ERROR|FATAL)' -A 3 "$cluster/data/log" || true
}

# sqlsmith chooses among the functions that pg_proc has; here that is a view of ours.
fuzz_sqlsmith() {
	local log=$fuzz_dir/sqlsmith calls found

	prerequisites sqlsmith
	psql -Xq -d fuzz -v ON_ERROR_STOP=1 -o /dev/null -f "$root/tests/fuzz/sqlsmith.sql"
	timeout "$1" sqlsmith --target="host=$PGHOST port=$PGPORT dbname=fuzz user=smith" --seed="${SEED:-1}" --exclude-catalog \
		--dump-all-queries >"$log" 2>&1 || true
	calls=$(grep -cE '(ntk|cntk)_[a-z_]+\(' "$log" || true)
	found=$(fuzz_log)
	printf 'sqlsmith: %d queries, %d lines with a call of ours\n' "$(grep -c ';$' "$log" || true)" "$calls"
	[ "$calls" -gt 0 ] && [ -z "$found" ]
}
