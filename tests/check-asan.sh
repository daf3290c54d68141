#!/usr/bin/env bash
# All tests of C under AddressSanitizer and UndefinedBehaviorSanitizer: make check-asan
#
#   PARTS     of: unit pgtap fuzz; the default is all
#   TESTS     the files of tests/pgtap, without .sql; the default is all but threads, which
#             counts those of the sanitizer
#   SECONDS   of each kind of changed values; the default is 15
#
# What is built is a copy of the sources, for a copy of the server's directories, so that
# nothing instrumented is installed. The server itself is not instrumented: errors within
# one of its blocks of memory go unseen. Ends with the number of reports; one is a failure.
seconds=$SECONDS	# bash counts on from the value in the environment
[ "$seconds" -gt 0 ] || seconds=15
set -euo pipefail
. "$(dirname "$0")/cluster.sh"
. "$root/tests/fuzz/fuzz.sh"

# Undefined behaviour is counted and does not end a test, so that one run finds all of it.
flags="-g -fno-omit-frame-pointer -fsanitize=address,undefined"
parts=${PARTS:-unit pgtap fuzz}
status=0

choose_version
prerequisites perl "postgresql-$PGVERSION-pgtap" libtap-parser-sourcehandler-pgtap-perl
openblas=$(ls /usr/lib/*/openblas-serial/libopenblas.a)
tree=$root/tests/unit/build/asan	# kept, so that the next time builds what has changed
build=$(mktemp -d)
reports=$build/reports
mkdir -p "$reports" "$tree"
chmod 755 "$build"
chmod 1777 "$reports"
trap 'stop_server; rm -rf "$build"' EXIT

has_part() { [[ " $parts " == *" $1 "* ]]; }

# Leaks are not looked for: memory contexts give back what is left. Signals and the checks of
# the stack's depth are the server's, and some tests measure memory.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1:allocator_may_return_null=1:quarantine_size_mb=8
export UBSAN_OPTIONS=print_stacktrace=1

build_instrumented() {
	say "building with $flags"
	(cd "$tree" && find . -name '*.[ch]' | while read -r file; do [ -e "$root/$file" ] || rm -f "$file" "${file%.[ch]}.o"; done)
	(cd "$root" && find src sql ./*.control Makefile -type f ! -name '*.o' ! -name '*--*.sql' -exec cp -pu --parents -t "$tree" {} +)
	make -C "$tree" -s -j"$(nproc)" COPT="$flags" 2>"$build/make.log" || { cat "$build/make.log"; die "make failed"; }
}

# A server that looks for extensions in directories of its own, by the place of its binary.
copy_server() {
	local lib=$build/usr/lib/postgresql/$PGVERSION share=$build/usr/share/postgresql/$PGVERSION asan

	asan=$(gcc -print-file-name=libasan.so)
	mkdir -p "$lib/lib" "$share/extension"
	cp -r "$bin" "$lib/bin"
	ln -s "/usr/lib/postgresql/$PGVERSION/lib"/* "$lib/lib"
	rm -rf "$lib/lib/ntk_sketch.so" "$lib/lib/bitcode"
	cp "$tree/ntk_sketch.so" "$lib/lib"
	ln -s "/usr/share/postgresql/$PGVERSION"/* "$share" 2>/dev/null || true
	ln -s "/usr/share/postgresql/$PGVERSION/extension"/* "$share/extension"
	rm -f "$share/extension"/ntk_sketch*
	cp "$tree"/ntk_sketch.control "$tree"/sql/ntk_sketch--*.sql "$share/extension"
	mv "$lib/bin/postgres" "$lib/bin/postgres.bin"
	gcc -shared -fPIC "$root/tests/asan_nls.c" -o "$build/asan_nls.so"
	printf '#!/bin/sh\nLD_PRELOAD="%s %s" exec %s "$@"\n' "$(readlink -f "$asan")" "$build/asan_nls.so" "$lib/bin/postgres.bin" >"$lib/bin/postgres"
	chmod 755 "$lib/bin/postgres"
	bin=$lib/bin
}

report_pattern='runtime error:|ERROR: AddressSanitizer'

# Keeps the reports in what went to standard error.
save_reports() {	# LOG
	grep -aE -A 20 "$report_pattern" "$1" >"$reports/$(basename "$1")" || rm -f "$reports/$(basename "$1")"
}

say_reports() {	# sets n_reports
	local report

	n_reports=0
	for report in "$reports"/*; do
		[ -f "$report" ] || continue
		say "$(basename "$report")"
		grep -aE "$report_pattern" "$report" | sort | uniq -c
		n_reports=$((n_reports + $(grep -acE "$report_pattern" "$report")))
		head -n 60 "$report"
	done
}

unit_tests() {
	local test

	say "unit tests"
	mkdir "$build/unit"
	for test in "$root"/tests/unit/test_*.c; do
		gcc -std=gnu11 -O1 $flags -I"$root/src" "$test" "$tree"/src/core/*/*.o "$openblas" -lm \
			-o "$build/unit/$(basename "$test" .c)"
	done
	NTK_ORACLE=$root/tests/oracle prove --exec '' "$build"/unit/test_* 2>"$build/unit.log" || status=1
	save_reports "$build/unit.log"
}

pgtap_tests() {
	local test files=()

	say "pgTAP"
	for test in ${TESTS:-$(cd "$root/tests/pgtap" && ls ./*.sql | sed 's/^\.\///; s/\.sql$//' | grep -vxE 'threads')}; do
		files+=("$root/tests/pgtap/$test.sql")
	done
	server_run "$bin/createdb" -h "$PGHOST" -U postgres pgtap
	psql -Xq -d pgtap -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION ntk_sketch'
	pg_prove -d pgtap "${files[@]}" || status=1
}

fuzz_tests() {
	local kind

	say "changed values"
	fuzz_prepare
	for kind in $fuzz_kinds; do
		fuzz_values "$kind" "${SEED:-1}" 1000000000 "$seconds" || status=1
	done
}

build_instrumented
if has_part unit; then unit_tests; fi
if has_part pgtap || has_part fuzz; then
	copy_server
	say "starting a private server"
	start_server "max_parallel_workers_per_gather = 2" "jit = off" "ntk_sketch.max_memory = 512MB" "max_stack_depth = 1MB"
	trap 'stop_server; rm -rf "$build"' EXIT
	if has_part pgtap; then pgtap_tests; fi
	if has_part fuzz; then fuzz_tests; fi
	save_reports "$cluster/data/log"
	fuzz_log
fi
say_reports
say "result"
echo "$n_reports reports of sanitizers"
[ "$status" = 0 ] && [ "$n_reports" = 0 ]
