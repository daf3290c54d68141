# Sourced by sessions.sh: backends that are short of memory.

first_call="SELECT ntk_rows(ntk_gram(ARRAY[1.0::float8, i], i)) FROM generate_series(1, 300) AS i"
later_calls="SELECT ntk_width(m), abs(ntk_predict(m, ARRAY[500, sin(500)]) - 500) < 50, array_dims(ntk_metric(ntk_with_metric(ntk_map(2, 2), '{{2,1},{1,2}}')))
	FROM (SELECT ntk_solve(ntk_gram(ARRAY[i, sin(i)]::float8[], i, ntk_map(2, 200))) AS m FROM generate_series(1, 1000) AS i) AS s"

kilobytes() {	# PID: of its address space
	server_run awk '/^VmSize/ { print $2 }' "/proc/$1/status"
}

limit_memory() {	# PID KILOBYTES: beyond what it has
	server_run prlimit --as="$((($(kilobytes "$1") + $2) * 1024)):" --pid "$1"
}

lift_limit() {	# PID
	server_run prlimit --as=unlimited: --pid "$1"
}

# It says so, rather than trying again for ever, and recovers.
refuses_first_call() {
	local pid said again

	pid=$(in_session short "SELECT pg_backend_pid()")
	limit_memory "$pid" 60000
	said=$(in_session short "\set VERBOSITY verbose
		$first_call")
	again=$(in_session short "$first_call")
	lift_limit "$pid"
	matches "with too little memory" "$said" "*53200: out of memory*DETAIL:  OpenBLAS needs 128 MB of address space for its buffer: Cannot allocate memory.*" &&
		matches "once more" "$again" "*53200: out of memory*" &&
		same "with enough" "$(in_session short "$first_call")" 300
}

# What a backend took when it loaded the library is enough for all that follows.
needs_no_second_buffer() {
	local pid before

	pid=$(in_session short "SELECT pg_backend_pid()")
	in_session short "LOAD 'ntk_sketch'; SHOW ntk_sketch.max_memory" >/dev/null
	before=$(kilobytes "$pid")
	limit_memory "$pid" 60000
	same "with little memory" "$(in_session short "SET max_parallel_workers_per_gather = 0; $later_calls")" "200|t|[1:2][1:2]" &&
		same "another 128 MB" "$(($(kilobytes "$pid") - before >= 60000))" 0
}

say "little memory"
expect "a first call that is short of memory is an error" with_sessions short refuses_first_call
expect "later calls need no buffer of their own" with_sessions short needs_no_second_buffer
