# Sourced by check.sh and faults.sh: counts of tests.
#
#   expect NAME COMMAND...       a test, which the command passes
#   run_tap COMMAND...           tests that a verbose prove or pg_prove runs; file by file
#   skip WHY
#   print_result                 the counts; fails if a test did

passed=0 failed=0 skipped=0

count_tap() {	# LOG STATUS: adds a verbose run of prove to the counts
	local ok not_ok skip

	skip=$(grep -ciE '^ *ok .*# skip' "$1" || true)
	ok=$(grep -cE '^ok [0-9]' "$1" || true)
	not_ok=$(grep -cE '^not ok ' "$1" || true)
	[ "$2" = 0 ] || [ "$not_ok" -gt 0 ] || not_ok=1	# died, or ran too few
	passed=$((passed + ok - skip)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
	[ "$2" = 0 ] || cat "$1"
}

# Of a verbose run with times: a line per file as soon as it ends, before it what did not pass in it.
tap_progress() {
	perl -ne 'BEGIN { $| = 1 }
		if (m{^\[[\d:]+\] \S*?([^/\s]+) \.+ *$}) { $file = $1 }
		elsif (/^ok +(\d+) ms/) { printf "%s: ok, %.1f s\n", $file, $1 / 1000 }
		elsif (/^(All tests|Files=|Result)/) { print }
		elsif (/^ *(not )?ok \d/) { $bad = /^ *not/; print "$file: $_" if $bad or /# skip/i }
		elsif ($bad and /^ *#/ or /^(# Looks|Bail|Dubious|Failed)/) { print "$file: $_" }
		elsif (/NOTICE|ERROR|FATAL|^psql:/) { print }'	# of standard error, before the file is named
}

run_tap() {	# COMMAND...
	local log status=0

	log=$(mktemp)
	"$1" --timer "${@:2}" 2>&1 | tee "$log" | tap_progress || status=$?
	count_tap "$log" "$status"
	rm -f "$log"
}

skip() {
	printf 'SKIPPED: %s\n' "$*"
	skipped=$((skipped + 1))
}

expect() {	# NAME COMMAND...
	local name=$1

	shift
	if "$@"; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name"
		failed=$((failed + 1))
	fi
}

print_result() {
	say "result"
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" = 0 ]
}
