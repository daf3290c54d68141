# Sourced by the commands in this directory: loads data sets into the private server.
#
#   have_data                true where the shared data sets are present
#   load_csv FILE TABLE      numbers with a header, plain or gzip'd
#   load_digits TABLE        MNIST: x = pixels / 255, y = one-hot class
#   load_images TABLE        CIFAR-10, 6,000 of its images: x = pixels, y = one-hot class
#   simulate_arm TABLE       a simulated robot arm, where there is no data
#   simulate_columns TABLE Y  30 columns, uniform in [-1, 1]; Y: an expression of x[1] .. x[30]
#
# All make TABLE (id bigint, x real[], y, is_test boolean). The CSV's target is its column
# y, or else the last one; rows are for testing where its column is_test says so, or
# else every tenth. Inputs and target are standardised by the training rows.

data=$shared/data

have_data() { [ -r "$data/protein.csv.gz" ]; }

standardise() {	# FROM TABLE TARGET INPUT...
	local from=$1 table=$2 target=$3 column inputs=
	shift 3
	for column in "$@"; do
		inputs+="${inputs:+, }pg_temp.standard(\"$column\"::float8, avg(\"$column\"::float8) FILTER (WHERE NOT is_test) OVER (),
			stddev_pop(\"$column\"::float8) FILTER (WHERE NOT is_test) OVER ())"
	done
	psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		-- a deviation of rounding errors only is that of a constant
		CREATE FUNCTION pg_temp.standard(value float8, mean float8, deviation float8) RETURNS float8
			LANGUAGE sql IMMUTABLE AS
			'SELECT CASE WHEN deviation > 1e-12 * abs(mean) THEN (value - mean) / deviation ELSE 0 END';
		CREATE TABLE $table AS
		SELECT id, ARRAY[$inputs]::real[] AS x, is_test,
			pg_temp.standard("$target"::float8, avg("$target"::float8) FILTER (WHERE NOT is_test) OVER (),
				stddev_pop("$target"::float8) FILTER (WHERE NOT is_test) OVER ()) AS y
		FROM $from;
		DROP TABLE $from;
		VACUUM ANALYZE $table;
	SQL
}

load_csv() {
	local file=$1 table=$2 header column target= inputs=()

	header=$(set +o pipefail; gzip -dcf "$file" | sed '1{s/[\r"]//g;q}')	# stops gzip early
	for column in ${header//,/ }; do
		[ "$column" = is_test ] || inputs+=("$column")
	done
	target=${inputs[-1]}
	for column in "${inputs[@]}"; do [ "$column" = y ] && target=y; done
	psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		CREATE TABLE ${table}_csv ("${header//,/\" text, \"}" text);
		\\copy ${table}_csv FROM PROGRAM 'gzip -dcf "$file"' WITH (FORMAT csv, HEADER)
		CREATE TABLE ${table}_rows AS SELECT row_number() OVER () AS id, * FROM ${table}_csv;
		DROP TABLE ${table}_csv;
	SQL
	if [[ ",$header," == *,is_test,* ]]; then
		psql -Xqc "ALTER TABLE ${table}_rows ALTER is_test TYPE boolean USING is_test::boolean"
	else
		psql -Xqc "ALTER TABLE ${table}_rows ADD is_test boolean" \
			-c "UPDATE ${table}_rows SET is_test = id % 10 = 0"
	fi
	for column in "${!inputs[@]}"; do
		[ "${inputs[$column]}" = "$target" ] && unset "inputs[$column]"
	done
	standardise "${table}_rows" "$table" "$target" "${inputs[@]}"
}

# Eight joints in a plane, links of length 1/8, the hand's squared distance from the base.
simulate_arm() {
	local table=$1

	psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		SELECT setseed(0.5) \\g /dev/null
		CREATE TABLE ${table}_rows AS
		SELECT id, x1, x2, x3, x4, x5, x6, x7, x8, id % 10 = 0 AS is_test,
			power(cos(x1) + cos(x1+x2) + cos(x1+x2+x3) + cos(x1+x2+x3+x4) + cos(x1+x2+x3+x4+x5)
				+ cos(x1+x2+x3+x4+x5+x6) + cos(x1+x2+x3+x4+x5+x6+x7)
				+ cos(x1+x2+x3+x4+x5+x6+x7+x8), 2) / 64
			+ power(sin(x1) + sin(x1+x2) + sin(x1+x2+x3) + sin(x1+x2+x3+x4) + sin(x1+x2+x3+x4+x5)
				+ sin(x1+x2+x3+x4+x5+x6) + sin(x1+x2+x3+x4+x5+x6+x7)
				+ sin(x1+x2+x3+x4+x5+x6+x7+x8), 2) / 64 AS y
		FROM (SELECT id, pi() * (random() - 0.5) AS x1, pi() * (random() - 0.5) AS x2,
				pi() * (random() - 0.5) AS x3, pi() * (random() - 0.5) AS x4,
				pi() * (random() - 0.5) AS x5, pi() * (random() - 0.5) AS x6,
				pi() * (random() - 0.5) AS x7, pi() * (random() - 0.5) AS x8
			FROM generate_series(1, 40000) AS id) AS joints;
	SQL
	standardise "${table}_rows" "$table" y x1 x2 x3 x4 x5 x6 x7 x8
}

# labelled images, from files of class, tab, {pixels}; x: an expression of the pixels
load_labelled() {	# TABLE TRAIN TEST X
	local table=$1 train=$2 test=$3 x=$4

	psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		CREATE TABLE ${table}_rows (class int, pixels smallint[], is_test boolean DEFAULT false);
		\\copy ${table}_rows (class, pixels) FROM PROGRAM 'gzip -dc "$data/$train"'
		ALTER TABLE ${table}_rows ALTER is_test SET DEFAULT true;
		\\copy ${table}_rows (class, pixels) FROM PROGRAM 'gzip -dc "$data/$test"'
		CREATE TABLE $table AS
		SELECT row_number() OVER () AS id, r.class, is_test, $x AS x,
			(SELECT array_agg((r.class = c)::int::float8) FROM generate_series(0, 9) AS c) AS y
		FROM ${table}_rows AS r;
		DROP TABLE ${table}_rows;
		-- long arrays lie beside the table, which by itself looks too small for workers
		ALTER TABLE $table SET (parallel_workers = 1);
		VACUUM ANALYZE $table;
	SQL
}

load_digits() {
	load_labelled "$1" mnist_train.tsv.gz mnist_test.tsv.gz \
		'(SELECT array_agg((pixel / 255.0)::real) FROM unnest(pixels) AS pixel)'
}

load_images() { load_labelled "$1" cifar10_train5k.tsv.gz cifar10_test1k.tsv.gz pixels; }

simulate_columns() {
	local table=$1 target=$2

	psql -Xq -v ON_ERROR_STOP=1 <<-SQL
		SELECT setseed(0.5) \\g /dev/null
		CREATE TABLE $table AS
		SELECT id, x, $target AS y, id > 5000 AS is_test
		FROM (SELECT id, array_agg((2 * random() - 1)::real) AS x
			FROM generate_series(1, 7000) AS id, generate_series(1, 30) GROUP BY id ORDER BY id) AS rows;
	SQL
}
