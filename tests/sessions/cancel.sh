# Sourced by sessions.sh: how late a statement_timeout returns, for every call that can take long.

cancel_timeout=200	# milliseconds
cancel_late=700	# half a second, and more for a busy machine
cancel_worst=0 cancel_worst_of=nothing cancel_stopped=0 cancel_calls=0

cancel_inputs() {
	run "
		SET client_min_messages = warning;
		CREATE FUNCTION cancel_x(i int, n int) RETURNS real[] LANGUAGE sql IMMUTABLE AS 'SELECT array_agg(sin(i * j)::real) FROM generate_series(1, n) AS j';
		CREATE TABLE cancel_rows AS SELECT i AS id, cancel_x(i, 20) AS x, sin(i) AS y, md5(i::text) AS code, 'class ' || i % 50 AS class FROM generate_series(1, 20000) AS i;
		CREATE TABLE cancel_images AS SELECT i AS id, cancel_x(i, 784) AS x, sin(i) AS y, i % 2 = 0 AS class FROM generate_series(1, 1500) AS i;
		CREATE TABLE cancel_gram (g ntk_gram, t text, m ntk_model, mt text);
		INSERT INTO cancel_gram SELECT ntk_gram(x, y, ntk_map(784, 3000)) FROM cancel_images WHERE id <= 300;
		UPDATE cancel_gram SET t = g::text, m = ntk_solve(g, 0.1, true);
		UPDATE cancel_gram SET mt = m::text;
		CREATE TABLE cancel_landmarks AS SELECT array_agg(cancel_x(i, 784)) AS l FROM generate_series(1, 3000) AS i;
		CREATE TABLE cancel_map AS SELECT ntk_nystrom(l) AS map, ntk_nystrom(l)::text AS t FROM cancel_landmarks;
		CREATE TABLE cancel_metric AS SELECT array_agg(r ORDER BY i) AS metric FROM (SELECT i, array_agg((i = j)::int + 0.001 * sin(i) * sin(j) ORDER BY j) AS r FROM generate_series(1, 1000) AS i, generate_series(1, 1000) AS j GROUP BY i) AS s;
		CREATE TABLE cancel_metric_map AS SELECT ntk_with_metric(ntk_map(1000), (SELECT array_agg(1 + j::float8 / 1000) FROM generate_series(1, 1000) AS j)) AS map;
		CREATE TABLE cancel_encoding AS SELECT jsonb_build_object('inputs', 100000, 'columns', jsonb_build_array(jsonb_build_object('kind', 'category', 'name', 'code', 'levels', jsonb_agg(md5(i::text)))), 'missing', 'impute') AS e FROM generate_series(1, 100000) AS i;
		SELECT version FROM ntk_train('cancelled', 'cancel_images', 'y', '{x}', params => '{\"n_components\": 1500, \"rounds\": 0, \"uncertainty\": true, \"folds\": 2}');
		DO 'BEGIN EXECUTE (SELECT ''CREATE TABLE cancel_numbers AS SELECT '' || string_agg(format(''(i * %s %% 10007)::real AS c%s'', j, j), '', '') || '' FROM generate_series(1, 4000) AS i'' FROM generate_series(1, 1000) AS j); END';
		CREATE TABLE cancel_export AS SELECT ntk_export('cancelled') AS e"
}

cancel_calls() {	# NAME: SQL
	cat <<-'SQL'
		drawing a zonal map: SELECT ntk_sketch(cancel_x(1, 4096), ntk_map(4096, 16000, options => '{"base_dim": 0}'))
		drawing a polysketch map: SELECT ntk_sketch(cancel_x(1, 4096), ntk_map(4096, 16000, depth => 8, method => 'polysketch', options => '{"base_dim": 0}'))
		drawing random features: SELECT ntk_sketch(cancel_x(1, 4000), ntk_map(4000, 16000, method => 'random_features', options => '{"base_dim": 0}'))
		drawing random features by leverage: SELECT ntk_sketch(cancel_x(1, 4000), ntk_map(4000, 8000, method => 'random_features_leverage', options => '{"base_dim": 0}'))
		drawing a Nystrom map: SELECT ntk_sketch(cancel_x(1, 784), map) FROM cancel_map
		drawing a zonal map of images: SELECT ntk_sketch(cancel_x(1, 12288), cntk_map('{64,64,3}', 16000, depth => 6))
		drawing a sketch of images: SELECT ntk_sketch(cancel_x(1, 12288), cntk_map('{64,64,3}', 16000, depth => 6, method => 'sketch'))
		a map of many calls that each draw one: SELECT ntk_sketch(x, ntk_map(20, 4000, seed => id)) FROM cancel_rows
		a statistic from text: SELECT ntk_rows(t::ntk_gram) FROM cancel_gram
		a statistic to text: SELECT length(g::text) FROM cancel_gram
		statistics from text: SELECT ntk_rows((t || repeat(' ', i))::ntk_gram) FROM cancel_gram, generate_series(1, 5) AS i
		a model from text: SELECT ntk_rows(mt::ntk_model) FROM cancel_gram
		a model to text: SELECT length(m::text) FROM cancel_gram
		a Nystrom map from text: SELECT ntk_fingerprint(t::ntk_map) FROM cancel_map
		a Nystrom map to text: SELECT length(map::text) FROM cancel_map
		a Nystrom map of landmarks: SELECT ntk_nystrom(l) FROM cancel_landmarks
		a sum of statistics: SELECT ntk_rows(sum(g)) FROM cancel_gram, generate_series(1, 100)
		adding statistics: SELECT ntk_rows(g + g - g + g - g) FROM cancel_gram
		moments: SELECT cardinality(gram) FROM cancel_gram, ntk_moments(g)
		a solve: SELECT ntk_rows(ntk_solve(g, 0.1)) FROM cancel_gram
		a solve that chooses lambda: SELECT ntk_rows(ntk_solve(g)) FROM cancel_gram
		a solve with uncertainty: SELECT ntk_rows(ntk_solve(g, 0.1, true)) FROM cancel_gram
		a path: SELECT count(*) FROM cancel_gram, ntk_path(g)
		a path with a hold-out: SELECT count(*) FROM cancel_gram, ntk_path(g, holdout => g)
		cross-validation: SELECT count(*) FROM cancel_gram, ntk_cv(ARRAY[g, g, g, g, g])
		an error of a model: SELECT ntk_mse(m, ntk_scale(g, i)) FROM cancel_gram, generate_series(1, 100) AS i
		standard errors: SELECT sum(ntk_predict_std(m, x)) FROM cancel_gram, cancel_images, generate_series(1, 100)
		gradients: SELECT cardinality(ntk_gradient(m, x)) FROM cancel_gram, cancel_images, generate_series(1, 100)
		gradient outer products: SELECT cardinality(ntk_agop(m, x)) FROM cancel_gram, cancel_images, generate_series(1, 100)
		a metric put into a map: SELECT ntk_fingerprint(ntk_with_metric(ntk_map(1000), metric)) FROM cancel_metric
		a metric: SELECT cardinality(ntk_metric(ntk_with_metric(ntk_map(1000), metric))) FROM cancel_metric
		metrics that do not change: SELECT sum(cardinality(ntk_metric(map))) FROM cancel_metric_map, generate_series(1, 1000)
		landmarks: SELECT cardinality(ntk_landmarks(x, 4000)) FROM cancel_rows
		landmarks of long rows: SELECT cardinality(ntk_landmarks(x, 1000)) FROM cancel_images
		patches: SELECT cardinality(cntk_patches(x, cntk_map('{28,28,1}', 1000, depth => 2), 512)) FROM cancel_images
		a kernel: SELECT sum(ntk_kernel(x, x, 64)) FROM cancel_rows, generate_series(1, 1000)
		a kernel of images: SELECT cntk_kernel(cancel_x(1, 12288), cancel_x(2, 12288), '{64,64,3}', depth => 10)
		an encoding of many levels: SELECT ntk_encoding(r, 100000) FROM (SELECT code, code || i % 20 AS d FROM cancel_rows, generate_series(1, 200) AS i) AS r
		an encoding of many quantiles: SELECT ntk_encoding(r, 1000, '{"scale": "quantile", "bins": 100}') FROM cancel_numbers AS r
		the inputs of an encoding of many levels: SELECT count(*) FROM cancel_encoding, ntk_inputs(e), generate_series(1, 20)
		the inputs of a long array: SELECT count(*) FROM ntk_inputs('{"inputs": 2, "columns": [{"kind": "array", "name": "x", "mean": [0, 0], "scale": [1, 1], "length": 9000000000000000000}], "missing": "impute"}')
		rows of many levels: SELECT sum(cardinality(ntk_encode(r, e))) FROM cancel_encoding, (SELECT md5(i::text) AS code FROM generate_series(1, 1000) AS i) AS r
		folds: SELECT sum(ntk_fold(r, 5)) FROM cancel_rows AS r, generate_series(1, 1000)
		training with zonal: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => '{"method": "zonal", "n_components": 3000, "rounds": 0}')
		training with polysketch: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => '{"method": "polysketch", "n_components": 3000, "rounds": 0}')
		training with random features: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => '{"method": "random_features", "n_components": 3000, "rounds": 0}')
		training with random features by leverage: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => '{"method": "random_features_leverage", "n_components": 3000, "rounds": 0}')
		training with Nystrom: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => '{"n_components": 3000}')
		training with a search: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => '{"n_components": 500, "search": "auto"}')
		training of classes and many levels: SELECT ntk_train('stopped', 'cancel_rows', 'class', '{x,code}', params => '{"max_levels": 10000, "n_components": 500}')
		training of many groups: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', group_by => '{class}', params => '{"n_components": 500, "rounds": 0}')
		training of images: SELECT ntk_train('stopped', 'cancel_images', 'class', '{x}', params => '{"shape": [28, 28, 1], "n_components": 2000}')
		a search without end: SELECT ntk_train('stopped', 'cancel_rows', 'y', '{x}', params => jsonb_build_object('search', jsonb_build_object('kernel', '["ntk"]'::jsonb, 'depth', (SELECT jsonb_agg(1 + i % 2) FROM generate_series(1, 100) AS i), 'n_components', (SELECT jsonb_agg(i) FROM generate_series(1, 200) AS i), 'bias', (SELECT jsonb_agg(i) FROM generate_series(1, 200) AS i))))
		a refresh: SELECT ntk_refresh('cancelled', 'SELECT i.* FROM cancel_images AS i, generate_series(1, 100)')
		forgetting: SELECT ntk_forget('cancelled', 'cancel_images')
		training again: SELECT ntk_retrain('cancelled')
		importance by shuffling: SELECT count(*) FROM ntk_importance('cancelled', 'cancel_images', 100)
		evaluating: SELECT count(*) FROM ntk_evaluate('cancelled', 'SELECT i.* FROM cancel_images AS i, generate_series(1, 100)')
		a table of predictions: SELECT count(*) FROM ntk_predict_table('cancelled', 'SELECT i.* FROM cancel_images AS i, generate_series(1, 100)', 'id')
		predictions by name: SELECT sum(ntk_predict('cancelled', i)) FROM cancel_images AS i, generate_series(1, 1000)
		intervals by name: SELECT count(ntk_interval('cancelled', i)) FROM cancel_images AS i, generate_series(1, 1000)
		an export: SELECT length(ntk_export('cancelled')::text)
		an import: SELECT ntk_import(e, 'imported') FROM cancel_export
	SQL
}

cancel_terminate() {	# what does not return is ended by force
	local pid

	for pid in $(ask "SELECT pid FROM pg_stat_activity WHERE application_name = 'hurried'"); do
		run "SELECT pg_terminate_backend($pid)" >/dev/null
		wait_until 3 cancel_is_gone "$pid" >/dev/null || kill -9 "$pid"
	done
	wait_until 30 server_is_up
}

cancel_is_gone() { [ "$(ask "SELECT count(*) FROM pg_stat_activity WHERE pid = $1")" = 0 ]; }

# Nothing stops LLVM while it compiles a query.
returns_in_time() {	# NAME SQL
	local said late status=0

	said=$(PGAPPNAME=hurried timeout 20 psql -XqAt -c "LOAD 'ntk_sketch'" -c 'SET client_min_messages = warning; SET jit = off' -c "SET statement_timeout = $cancel_timeout" -c '\timing on' -c "$2" -o /dev/null 2>&1) || status=$?
	if [ $status = 124 ]; then
		cancel_terminate
		same "$1" "no answer in 20 s" "an answer"
		return 1
	fi
	late=$(sed -n 's/^Time: \([0-9]*\).*/\1/p' <<<"$said" | tail -n 1)
	late=$((${late:-99999} - cancel_timeout))
	cancel_calls=$((cancel_calls + 1))
	[ "$late" -le "$cancel_worst" ] || cancel_worst=$late cancel_worst_of=$1
	said=$(grep -E 'ERROR|FATAL|server' <<<"$said" || true)
	case $said in
		"ERROR:  canceling statement due to statement timeout") cancel_stopped=$((cancel_stopped + 1)) ;;
		"" | *"must be between"* | *"at most 100 are possible"*) ;;	# it was done, or refused, by then
		*) same "$1" "$said" "ERROR:  canceling statement due to statement timeout" || return 1 ;;
	esac
	[ "$late" -le $cancel_late ] || { echo "# $1 returned $late ms after the timeout"; return 1; }
}

# What ends before the timeout shows nothing; some may, on a fast machine.
most_were_stopped() {
	echo "# the worst returned $cancel_worst ms after the timeout: $cancel_worst_of"
	[ $((cancel_stopped * 10)) -ge $((cancel_calls * 7)) ] || { echo "# only $cancel_stopped of $cancel_calls calls were stopped"; return 1; }
}

nothing_is_left() {
	same "models" "$(ask "SELECT string_agg(name, ' ') FROM ntk_models WHERE name IN ('cancelled', 'stopped', 'imported')")" cancelled &&
		same "versions" "$(versions_of cancelled)" 1 &&
		catalog_is_consistent &&
		run "SET client_min_messages = warning; SELECT ntk_drop('cancelled'); DROP TABLE cancel_rows, cancel_images, cancel_gram, cancel_landmarks, cancel_map, cancel_metric, cancel_metric_map, cancel_encoding, cancel_export; DROP FUNCTION cancel_x" >/dev/null
}

say "calls that run out of time"
expect "large inputs" cancel_inputs
while IFS= read -r call <&7; do
	expect "stopped in time: ${call%%: *}" returns_in_time "${call%%: *}" "${call#*: }"
done 7< <(cancel_calls)
expect "most of them were stopped" most_were_stopped
expect "nothing is left of them" nothing_is_left
