# Sourced by sessions.sh: schedules, on a second server that runs pg_cron.

make_scheduled() {
	run "
		CREATE EXTENSION ntk_sketch;
		CREATE EXTENSION pg_cron;
		CREATE ROLE ann LOGIN;
		CREATE ROLE outsider LOGIN;
		GRANT USAGE ON SCHEMA cron TO ann;
		GRANT CREATE ON SCHEMA public TO ann, outsider" &&
		make_streaming steady -U postgres &&
		make_streaming failing -U postgres &&
		make_streaming renamed -U postgres &&
		make_streaming anns -U ann &&
		make_streaming outsiders -U outsider
}

# A model and its table, of the same name; new rows are of another level.
make_streaming() {	# NAME PSQL-OPTION...
	run "CREATE TABLE $1 AS SELECT i AS id, sin(i) AS a, 100 + sin(i) AS y FROM generate_series(1, 300) AS i;
		SELECT FROM ntk_train('$1', '$1', 'y', params => '{\"n_components\": 8, \"watermark\": \"id\", \"deploy\": \"always\"}')" "${@:2}"
}

predicted() {	# NAME [MODEL]
	ask "SELECT ntk_predict('${2:-$1}', s) > 110 FROM $1 AS s WHERE id = 1"
}

arrive() {	# NAME
	run "INSERT INTO $1 SELECT id + 300, a, y + 100 FROM $1"
}

schedule_all() {
	local name

	for name in steady failing renamed anns; do arrive $name || return 1; done
	same "steady, before" "$(predicted steady)" f &&
		matches "the job" "$(ask "SELECT ntk_schedule('steady', '$often')")" '[1-9]*' &&
		matches "another one" "$(ask "SELECT ntk_schedule('steady', '0 3 * * *', 'retrain')")" '[1-9]*' &&
		matches "one that will fail" "$(ask "SELECT ntk_schedule('failing', '$often'); DROP TABLE failing")" '[1-9]*' &&
		matches "of an ordinary role" "$(ask "SELECT ntk_schedule('anns', '$often')" -U ann)" '[1-9]*' &&
		matches "of a model that gets another name" "$(ask "SELECT ntk_schedule('renamed', '$often'); SELECT ntk_rename('renamed', 'new name')")" '[1-9]*' &&
		same "all schedules" "$(ask "SELECT string_agg(format('%s: %s', name, schedule), '; ' ORDER BY name) FROM ntk_models WHERE name IN ('steady', 'anns', 'failing')")" \
			"anns: refresh $often; failing: refresh $often; steady: refresh $often, retrain 0 3 * * *" &&
		same "ann's" "$(ask "SELECT string_agg(format('%s: %s', name, schedule), '; ' ORDER BY name) FROM ntk_models" -U ann)" "anns: refresh $often"
}

is_refreshed() {	# NAME [MODEL]
	[ "$(predicted "$@")" = t ]
}

has_failed() {
	[[ "$(ask "SELECT stale FROM ntk_models WHERE name = 'failing'")" == 'its last run failed: '*'"public.failing" does not exist'* ]]
}

first_run_ends() {	# waits for it
	wait_until "$patience" is_refreshed steady &&
		same "version and rows" "$(ask "SELECT version, n_rows > 500, stale IS NULL FROM ntk_models WHERE name = 'steady'")" "2|t|t"
}

ordinary_role() {	# by the job of the same minute
	wait_until 10 is_refreshed anns &&
		same "as whom the job runs" "$(ask "SELECT username FROM cron.job WHERE jobname LIKE '%anns'")" ann &&
		same "unscheduled by its owner" "$(ask "SELECT ntk_unschedule('anns'); SELECT schedule IS NULL FROM ntk_models" -U ann | paste -sd ' ')" "1 t" &&
		matches "of a model of somebody else" "$(ask "SELECT ntk_schedule('steady', '$often')" -U ann)" 'ERROR:*model "steady" *'
}

bad_schedules() {
	matches "no times" "$(ask "SELECT ntk_schedule('steady', 'sometimes')")" 'ERROR:*' &&
		matches "no command" "$(ask "SELECT ntk_schedule('steady', '$often', 'drop')")" "ERROR:*command must be 'refresh' or 'retrain'*" &&
		matches "no model" "$(ask "SELECT ntk_schedule('nix', '$often')")" 'ERROR:*model "nix" does not exist*'
}

unscheduled() {
	same "unscheduled" "$(ask "SELECT ntk_unschedule('steady'), ntk_unschedule('steady')")" "2|0" &&
		same "dropped" "$(ask "SELECT ntk_drop('failing')")" "" &&
		same "jobs that are left" "$(ask "SELECT count(*) FROM cron.job WHERE command LIKE '%steady%' OR command LIKE '%failing%'")" 0 &&
		same "the view" "$(ask "SELECT name, schedule, stale FROM ntk_models WHERE name IN ('steady', 'failing')")" "steady||"
}

longest_name() {
	local name

	name=$(printf 'x: %060d' 0)
	same "its schedule" "$(ask "
		SELECT FROM ntk_train('$name', 'steady', 'y', params => '{\"n_components\": 8}');
		SELECT ntk_schedule('$name', '0 3 * * *') IS NOT NULL;
		SELECT schedule FROM ntk_models WHERE name = '$name';
		SELECT ntk_unschedule('$name')" | paste -sd ' ')" "t refresh 0 3 * * * 1"
}

without_right_to_cron() {
	same "its models" "$(ask "SELECT name, schedule FROM ntk_models" -U outsider)" "outsiders|" &&
		matches "no schedule" "$(ask "SELECT ntk_schedule('outsiders', '$often')" -U outsider)" 'ERROR:*' &&
		same "nothing to unschedule" "$(ask "SELECT ntk_unschedule('outsiders')" -U outsider)" 0 &&
		same "dropped" "$(ask "SELECT ntk_drop('outsiders')" -U outsider)" ""
}

test_schedules() {
	export PGDATABASE=postgres
	expect "models to schedule" make_scheduled
	case $(ask "SELECT default_version FROM pg_available_extensions WHERE name = 'pg_cron'") in
		1.[0-4] | 1.[0-4][.-]*) often='* * * * *' patience=75 ;;
		*) often='5 seconds' patience=20 ;;
	esac
	expect "ntk_models shows a role its schedules" schedule_all
	expect "a wrong schedule is refused" bad_schedules
	expect "the longest name is scheduled" longest_name
	expect "a role that may not use pg_cron sees and drops its models" without_right_to_cron
	expect "a job refreshes a model" first_run_ends
	expect "a job that failed shows in ntk_models.stale" wait_until 10 has_failed
	expect "an ordinary role's job refreshes its model" ordinary_role
	expect "a schedule follows its model to a new name" wait_until 3 is_refreshed renamed "new name"
	expect "ntk_unschedule and ntk_drop remove schedules" unscheduled
}

second_server() (	# in a subshell: with its own trap, it stops its own server
	counts=$cluster/counts
	start_server "shared_preload_libraries = 'pg_cron'" "cron.database_name = 'postgres'" \
		"cron.use_background_workers = on" "max_worker_processes = 16"
	test_schedules
	echo "passed=$passed failed=$failed skipped=$skipped" >"$counts"
)

say "schedules"
pg_cron=postgresql-$PGVERSION-cron
if ! apt-cache show "$pg_cron" >/dev/null 2>&1; then
	skip "apt has no $pg_cron: schedules are not tested"
else
	prerequisites "$pg_cron"
	rm -f "$cluster/counts"
	second_server || true
	if [ -r "$cluster/counts" ]; then
		. "$cluster/counts"
	else
		expect "the tests of schedules come to their end" false
	fi
fi
