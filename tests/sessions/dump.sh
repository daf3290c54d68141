# Sourced by sessions.sh: models survive pg_dump, with their owners, grants and statistics.

# A role's models of all kinds, in a schema of its own; the extension in another one.
make_dumped() {
	server_run "$bin/createdb" -h "$PGHOST" -U postgres dumped &&
		run "
			CREATE ROLE keeper LOGIN;
			CREATE ROLE visitor LOGIN;
			CREATE ROLE stranger LOGIN;
			CREATE SCHEMA ml;
			CREATE EXTENSION ntk_sketch SCHEMA ml;
			CREATE SCHEMA flats AUTHORIZATION keeper;
			GRANT USAGE ON SCHEMA ml TO PUBLIC" -d dumped &&
		run "
			SET client_min_messages = warning;
			GRANT USAGE ON SCHEMA flats TO PUBLIC;
			CREATE TABLE flats AS SELECT i AS id, date '2024-01-01' + i / 100 AS day, 20 + i % 90 AS size, (ARRAY['centre', 'north', NULL, 'Ü''ber'])[1 + i % 4] AS part,
				ARRAY[sin(i), cos(i)] AS place, 300 + 10 * (i % 90) + 50 * sin(i) AS rent, i % 90 < 45 AS small FROM generate_series(1, 600) AS i;
			GRANT SELECT ON flats TO PUBLIC;
			SELECT FROM ntk_train('rent', 'flats', 'rent', exclude => '{small}', params => '{\"n_components\": 16, \"watermark\": \"id\", \"uncertainty\": true, \"deploy\": \"always\"}');
			SELECT FROM ntk_retrain('rent');
			SELECT ntk_deploy('rent', 1);
			SELECT FROM ntk_train('rent, by \"part\"', 'flats', 'rent', exclude => '{id,small}', group_by => '{part}', params => '{\"n_components\": 16, \"bucket\": \"day\", \"window\": 5}');
			SELECT FROM ntk_train('small', 'SELECT small, rent, part FROM flats', 'small', params => '{\"n_components\": 16, \"method\": \"zonal\"}');
			SELECT ntk_grant('rent', 'visitor')" -d dumped -U keeper &&
		run "SELECT FROM ntk_train('the administrator''s', 'flats', 'rent', params => '{\"n_components\": 8}'); SELECT ntk_grant('the administrator''s', 'public')" -d dumped
}

# As sessions of the roles see it. No rows are read in another order in the restored database.
used() {	# DATABASE
	local role

	for role in keeper visitor stranger; do
		psql -XqAt -d "$1" -U $role 2>&1 <<-'SQL'
			SELECT name, owner, version, n_rows, metric_value, deployed_at, stale FROM ntk_models ORDER BY name;
			SELECT md5(string_agg(ntk_predict('rent', f)::text, ' ' ORDER BY id)) FROM flats AS f;
			SELECT md5(string_agg(ntk_predict('the administrator''s', f)::text, ' ' ORDER BY id)) FROM flats AS f;
		SQL
	done
	psql -XqAt -d "$1" -U keeper 2>&1 <<-'SQL'
		SELECT md5(string_agg(ntk_predict('rent, by "part"', f)::text || ntk_classify('small', f) || ntk_proba('small', f) || ntk_interval('rent', f), ' ' ORDER BY id))
		FROM flats AS f;
		SELECT v FROM ntk_model_versions AS v ORDER BY name, version;
	SQL
}

# What does not tell when it was done.
refreshed() {	# DATABASE
	ask "
		SET client_min_messages = warning;
		INSERT INTO flats SELECT id + 600, day + 6, size, part, place, rent + 40, small FROM flats;
		SELECT version, n_rows, lambda, metric_value, deployed FROM ntk_refresh('rent');
		SELECT version, grp, n_rows, lambda, metric_value, deployed FROM ntk_refresh('rent, by \"part\"', 'SELECT * FROM flats WHERE id > 600');
		SELECT version, n_rows, deployed FROM ntk_forget('rent', 'SELECT * FROM flats WHERE id > 1100');
		SELECT version, n_rows, metric_value, deployed FROM ntk_retrain('small');
		SELECT sum(ntk_predict('rent', f)), sum(ntk_predict('rent, by \"part\"', f)) FROM flats AS f;
		SELECT ntk_deploy('rent', 2);
		SELECT ntk_revoke('rent', 'visitor');
		SELECT ntk_drop('small')" -d "$1" -U keeper
}

restored_by_psql() {	# DATABASE
	server_run "$bin/createdb" -h "$PGHOST" -U postgres "$1" &&
		"$bin/pg_dump" -d dumped | psql -Xq -v ON_ERROR_STOP=1 -d "$1" -o /dev/null
}

restored_by_pg_restore() {	# DATABASE PG_RESTORE-OPTION...
	server_run "$bin/createdb" -h "$PGHOST" -U postgres "$1" &&
		"$bin/pg_dump" -d dumped -Fc -f "$work/dump" &&
		"$bin/pg_restore" --exit-on-error "${@:2}" -d "$1" "$work/dump"
}

is_the_same() {	# COMMAND DATABASE: it says of it what it says of the original
	diff <($1 dumped) <($1 "$2")
}

catalog_of() { PGDATABASE=$1 catalog; }

refuses_stranger() {	# and nobody else
	same "refusals" "$(used dumped | grep -c ERROR)" 1
}

is_refreshed_alike() {	# the original, which changes, is asked once
	local original

	original=$(refreshed dumped) || { echo "$original"; return 1; }
	same "refreshed after psql" "$(refreshed by_psql)" "$original" &&
		same "refreshed after pg_restore" "$(refreshed by_pg_restore)" "$original"
}

say "pg_dump"
export PGOPTIONS='-c search_path=flats,ml'
expect "models to dump" make_dumped
expect "the owner and the visitor predict, the stranger is refused" refuses_stranger
expect "a dump is restored by psql" restored_by_psql by_psql
expect "a dump is restored by pg_restore" restored_by_pg_restore by_pg_restore
expect "a dump is restored by pg_restore, by two jobs" restored_by_pg_restore by_jobs --jobs 2
expect "by_jobs: the catalog is the same" is_the_same catalog_of by_jobs
for database in by_psql by_pg_restore; do
	expect "$database: the catalog is the same" is_the_same catalog_of $database
	expect "$database: roles see and predict the same" is_the_same used $database
done
expect "refreshed, forgotten, retrained alike" is_refreshed_alike
unset PGOPTIONS
