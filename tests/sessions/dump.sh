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

# As docs/security.md says. It sees what it was granted as well, but restores its own alone.
restored_by_owner() {	# DATABASE
	server_run "$bin/createdb" -h "$PGHOST" -U postgres "$1" &&
		run "
			CREATE SCHEMA ml;
			CREATE EXTENSION ntk_sketch SCHEMA ml;
			GRANT USAGE ON SCHEMA ml TO PUBLIC;
			GRANT CREATE ON DATABASE $1 TO keeper" -d "$1" &&
		"$bin/pg_dump" -d dumped -U keeper --enable-row-security --inserts >"$work/own" &&
		psql -Xq -d "$1" -U keeper -f "$work/own" -o /dev/null 2>"$work/own.errors"
	same "errors but of what is not the role's" "$(grep ERROR "$work/own.errors" | grep -vE 'schema "ml" already exists|extension "ntk_sketch"|must be owner|row-level security policy for table "ntk_catalog_' || true)" "" &&
		same "its models" "$(ask "SELECT name, owner, version FROM ntk_models WHERE owner = 'keeper' ORDER BY name" -d "$1" -U keeper)" \
			"$(ask "SELECT name, owner, version FROM ntk_models WHERE owner = 'keeper' ORDER BY name" -d dumped -U keeper)" &&
		same "predictions" "$(ask "$predictions" -d "$1" -U keeper)" "$(ask "$predictions" -d dumped -U keeper)" &&
		same "and goes on" "$(ask "SELECT count(*) FROM ntk_refresh('rent', 'SELECT * FROM flats WHERE id <= 20')" -d "$1" -U keeper)" 1
}

predictions="SELECT md5(string_agg(ntk_predict('rent', f)::text || ntk_predict('rent, by \"part\"', f)::text || ntk_proba('small', f)::text, ' ' ORDER BY id)) FROM flats AS f"

# Where a role of the dump is missing, its models belong to nobody, and nothing is lost.
restored_without_role() {	# DATABASE
	server_run "$bin/createdb" -h "$PGHOST" -U postgres "$1" &&
		"$bin/pg_dump" -d dumped | sed "/^COPY ml.ntk_catalog_model /,/^\\\\\./s/\tkeeper\t/\tmissing\t/" |
			psql -Xq -v ON_ERROR_STOP=1 -d "$1" -o /dev/null 2>"$work/missing"
	matches "the warning" "$(grep WARNING "$work/missing" | head -n 1)" '*role "missing" does not exist*' &&
		same "owners" "$(ask "SELECT string_agg(DISTINCT owner, ' ') FROM ntk_models" -d "$1")" "none postgres" &&
		same "keeper's models" "$(ask "SELECT count(*) FROM ntk_models WHERE owner = 'keeper'" -d "$1" -U keeper)" 0 &&
		run "SELECT ntk_owner(name, 'keeper') FROM ntk_models WHERE owner = 'none'" -d "$1" &&
		same "keeper predicts" "$(ask "$predictions" -d "$1" -U keeper)" "$(ask "$predictions" -d dumped -U keeper)"
}

plain_role_dumps() {	# without models of its own
	"$bin/pg_dump" -d dumped -U visitor -T 'ntk_catalog_*' -n public >"$work/none" || { cat "$work/none"; return 1; }
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
expect "the owner's dump is restored by the owner" restored_by_owner by_owner
expect "a role without models dumps what it has" plain_role_dumps
expect "a dump is restored where an owner is missing" restored_without_role by_others
expect "refreshed, forgotten, retrained alike" is_refreshed_alike
unset PGOPTIONS
