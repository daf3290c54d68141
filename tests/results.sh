# Sourced by check.sh and faults.sh: counts of tests.
#
#   expect NAME COMMAND...       a test, which the command passes
#   run_tap COMMAND...           tests that a verbose prove or pg_prove runs
#   skip WHY
#   print_result                 the counts; fails if a test did

passed=0 failed=0 skipped=0

count_tap() {	# LOG STATUS: adds a verbose run of prove to the counts
	local ok not_ok skip

	skip=$(grep -ciE '^ *ok .*# skip' "$1" || true)
	ok=$(grep -cE '^ok ' "$1" || true)
	not_ok=$(grep -cE '^not ok ' "$1" || true)
	[ "$2" = 0 ] || [ "$not_ok" -gt 0 ] || not_ok=1	# died, or ran too few
	passed=$((passed + ok - skip)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
	[ "$2" = 0 ] || cat "$1"
	grep -iE '# skip|NOTICE|^All tests|^Files=|^Result' "$1" || true
}

run_tap() {	# COMMAND...
	local log status=0

	log=$(mktemp)
	"$@" >"$log" 2>&1 || status=$?
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
