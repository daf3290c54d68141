-- What a role can write into the catalog about its own models, and calls that then read it.
-- Needs tables hostile and hostile_more of hostile_rows(). attack_column() and
-- attack_rows() give the faults of a model.

-- A model of every kind, small; each refreshed once, so that there are two versions.
CREATE FUNCTION hostile_models() RETURNS TABLE (name text, training text) LANGUAGE sql AS $$
	VALUES ('net', '{"params": {"n_components": 4, "rounds": 1, "watermark": "id", "uncertainty": true, "holdout": 0.2}, "target": "y", "features": ["a", "b", "city", "day", "list"]}'),
		('class', '{"params": {"n_components": 4, "rounds": 0, "method": "zonal", "missing": "skip"}, "target": "class", "features": ["a", "city", "flag"]}'),
		('groups', '{"params": {"n_components": 4, "rounds": 0, "method": "random_features", "unseen": "error"}, "target": "y", "features": ["a", "b"], "group_by": ["city"], "weight": "weight"}'),
		('days', '{"params": {"n_components": 4, "rounds": 0, "bucket": "day", "window": 3, "watermark": "id", "kernel": "laplace"}, "target": "y", "features": ["a", "b"]}'),
		('images', '{"params": {"n_components": 4, "rounds": 0, "shape": [3, 3, 1]}, "target": "class", "features": ["image"]}')
$$;

CREATE FUNCTION hostile_rows(first int, last int) RETURNS TABLE (id int, a float8, b real, city text, flag boolean, day date, list float8[], image smallint[], weight float8, class text, y float8) LANGUAGE sql AS $$
	SELECT i, sin(i), cos(1.7 * i), (ARRAY['Rome', 'Paris', 'Bern'])[1 + i % 3], i % 4 = 0, date '2020-01-01' + i / 10, ARRAY[sin(2.2 * i), cos(i)],
		ARRAY(SELECT (100 + 50 * sin(i * j))::smallint FROM generate_series(1, 9) AS j), 1 + i % 2, CASE WHEN sin(i) > 0.1 * cos(5 * i) THEN 'up' ELSE 'down' END, sin(i) * cos(1.7 * i)
	FROM generate_series(first, last) AS i
$$;

CREATE FUNCTION train_hostile_models() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT name, training::jsonb AS j FROM hostile_models() LOOP
		PERFORM ntk_train(t.name, 'SELECT * FROM hostile', t.j ->> 'target', ARRAY(SELECT jsonb_array_elements_text(t.j -> 'features')),
						  group_by => (SELECT array_agg(g) FROM jsonb_array_elements_text(t.j -> 'group_by') AS g), weight => t.j ->> 'weight', params => '{"deploy": "always"}' || (t.j -> 'params'));
		PERFORM ntk_refresh(t.name, 'SELECT * FROM hostile_more');
	END LOOP;
END $$;

-- Every call that names a model, %1$L, and how often it is tried: those that read it with each value,
-- those that write or read tables with each tenth, those that train with each 50th.
CREATE FUNCTION calls() RETURNS TABLE (query text, every int) LANGUAGE sql AS $$
	VALUES ('ntk_predict(%1$L, s) FROM hostile AS s LIMIT 2', 1), ('ntk_predict(%1$L, ''{0.5,0.5}''::float8[])', 1), ('ntk_predict(%1$L, ''{0.5,0.5,1,0.1,0.2,0.3}''::float8[])', 1),
		('ntk_predict(%1$L, array_fill(1::real, ''{40000}''))', 2), ('ntk_predict(%1$L, ''(0.5,1)'')', 1), ('ntk_predict(%1$L, s) FROM (SELECT ''Rome''::text AS a, NULL::text AS b, ''Oslo''::text AS city) AS s', 1),
		('ntk_classify(%1$L, s) FROM hostile AS s LIMIT 2', 1), ('ntk_proba(%1$L, s) FROM hostile AS s LIMIT 2', 1), ('ntk_interval(%1$L, s, 0.8) FROM hostile AS s LIMIT 2', 1), ('ntk_directions(%1$L, 2)', 3), ('ntk_importance(%1$L)', 3),
		('ntk_predict_table(%1$L, ''hostile_more'', ''id'')', 10), ('ntk_evaluate(%1$L)', 10), ('ntk_evaluate(%1$L, ''hostile_more'')', 10), ('ntk_importance(%1$L, ''hostile_more'', 1)', 50), ('ntk_refresh(%1$L)', 50),
		('ntk_refresh(%1$L, ''hostile_more'')', 50), ('ntk_forget(%1$L, ''hostile_more'')', 50), ('ntk_retrain(%1$L)', 50), ('ntk_train(%1$L, ''hostile'', ''y'', ''{a}'', params => ''{"n_components": 4, "rounds": 0, "deploy": "always"}'')', 50),
		('ntk_deploy(%1$L, 1)', 10), ('ntk_deploy(%1$L, 2)', 10), ('ntk_rollback(%1$L)', 10), ('ntk_rename(%1$L, ''other'')', 10), ('ntk_grant(%1$L, ''public'')', 10), ('ntk_revoke(%1$L, ''public'')', 10), ('ntk_owner(%1$L, current_user)', 10), ('ntk_export(%1$L)', 3),
		('ntk_import(ntk_export(%1$L), ''copy''); SELECT ntk_predict(''copy'', s) FROM hostile AS s LIMIT 2', 10), ('ntk_schedule(%1$L, ''* * * * *'')', 10), ('ntk_unschedule(%1$L)', 10),
		('count(m::text) FROM ntk_models AS m', 10), ('count(v::text) FROM ntk_model_versions AS v', 10), ('ntk_drop(%1$L)', 10)
$$;

-- Functions of a model by its name that calls() has not, without internal ones.
CREATE FUNCTION not_called() RETURNS SETOF name LANGUAGE sql AS $$
	SELECT DISTINCT p.proname FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
	JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'ntk_sketch'
	WHERE p.proargnames[1] = 'model' AND p.proargtypes[0] = 'text'::regtype AND p.proname !~ '^_' AND p.proname <> ALL ('{_ntk_serve,_ntk_job_command,_ntk_jobs,_ntk_add_job,_ntk_remove_jobs,_ntk_version_with_metric,_ntk_predict_rows}')
		AND NOT EXISTS (SELECT FROM calls() AS c WHERE strpos(c.query, p.proname || '(') > 0)
$$;

-- Where something can be taken out of a JSON value: all keys, the first and last of an array.
CREATE FUNCTION json_paths(j jsonb, path text[] DEFAULT '{}') RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE
	key text;
BEGIN
	FOR key IN SELECT k FROM jsonb_object_keys(CASE jsonb_typeof(j) WHEN 'object' THEN j ELSE '{}' END) AS k
			UNION SELECT e FROM unnest(CASE WHEN jsonb_typeof(j) = 'array' AND jsonb_array_length(j) > 0 THEN ARRAY['0', (jsonb_array_length(j) - 1)::text] END) AS e LOOP
		RETURN NEXT path || key;
		RETURN QUERY SELECT * FROM json_paths(j -> key, path || key);
		IF jsonb_typeof(j) = 'array' THEN
			RETURN QUERY SELECT * FROM json_paths(j -> key::int, path || key);
		END IF;
	END LOOP;
END $$;

-- Expressions for a column of this type, of which the present value is c.
CREATE FUNCTION hostile_values(type regtype) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'NULL'
	UNION ALL SELECT unnest(CASE
		WHEN type IN ('text', 'name') THEN '{"''''","repeat(''x'', 100000)","''a\"b''''c\\d$%s %L''","''1e999''","''-1''","''SELECT 1''","''SELECT * FROM nowhere''","''hostile_more''","''SELECT NULL::text AS a, NULL::text AS b, NULL::text AS y, NULL::int AS id''","upper(c::text)","''id''","''pg_catalog''"}'
		WHEN type::text LIKE '%[]' THEN '{"''{}''","''{NULL}''","''{\"\"}''","array_fill(''a''::text, ''{40000}'')","ARRAY(SELECT ''f'' || i FROM generate_series(1, 40000) AS i)","''a'' || ARRAY(SELECT ''f'' || i FROM generate_series(1, 1599) AS i)","ARRAY(SELECT CASE i WHEN 1 THEN ''a'' ELSE ''f'' || i END FROM generate_series(1, 70000) AS i)","''{{a,b},{c,d}}''","array_fill(''a''::text, ''{300,300}'')","''[5:6]={a,b}''","ARRAY[repeat(''x'', 100000)]","c::text[] || c::text[]","c::text[] || NULL::text","NULL::text || c::text[]","(c::text[])[2:]","''{id}''","''{tableoid,ctid}''"}'
		WHEN type IN ('integer', 'bigint', 'smallint') THEN '{0,-1,1000000,2147483647,-2147483648,9223372036854775807,-9223372036854775808,c + 1}'
		WHEN type IN ('double precision', 'real', 'numeric') THEN '{"''NaN''","''Infinity''","''-Infinity''",-1,0,"''-0''",1e308,-1e308,1e-320}'
		WHEN type = 'timestamptz'::regtype THEN '{"''infinity''","''-infinity''","''4713-01-01 BC''"}'
		WHEN type = 'jsonb'::regtype THEN '{"''null''","''{}''","''[]''",0,"''\"x\"''","''true''","(repeat(''['', 3000) || repeat('']'', 3000))::jsonb","(SELECT jsonb_agg(i) FROM generate_series(1, 40000) AS i)","(SELECT jsonb_object_agg(repeat(''k'', 100) || i, i) FROM generate_series(1, 2000) AS i)"}'
		WHEN type = 'ntk_map'::regtype THEN '{ntk_map(3),"ntk_map(1, 16000)","ntk_map(1048576, 1)","ntk_map(9, 4, method => ''polysketch'')","ntk_map(2, 4, method => ''random_features'')","ntk_map(5, 5, method => ''random_features_leverage'')","ntk_nystrom(''{{1,2},{3,4}}''::real[])","ntk_nystrom(''{{1,2}}''::real[], ''gaussian'', 1)","cntk_map(''{3,3,1}'', 8)","cntk_map(''{5,5,3}'', 8)"}'
		WHEN type = 'ntk_gram'::regtype THEN '{"(SELECT ntk_gram(ARRAY[sin(i), i], i) FROM generate_series(1, 9) AS i)","(SELECT ntk_gram(ARRAY[sin(i), i], ARRAY[i, -i, 3], ntk_map(2, 4)) FROM generate_series(1, 9) AS i)","c - c","ntk_scale(c, 1e300)","c + c","(SELECT ntk_gram(array_fill(sin(i), ''{1000}''), i) FROM generate_series(1, 3) AS i)"}'
		WHEN type = 'ntk_model'::regtype THEN '{"(SELECT ntk_ridge(ARRAY[sin(i), i], i, 1) FROM generate_series(1, 9) AS i)","(SELECT ntk_ridge(ARRAY[sin(i), i], ARRAY[i, -i, 3], 1, ntk_map(2, 4)) FROM generate_series(1, 9) AS i)","(SELECT ntk_ridge(ARRAY[sin(i), i], i * 1e307, 1, ntk_map(2, 4)) FROM generate_series(1, 9) AS i)","(SELECT ntk_ridge(array_fill(sin(i), ''{1000}''), i, 1) FROM generate_series(1, 3) AS i)"}'
		ELSE '{"''''","''0''","''-''","''nobody''","repeat(''x'', 100000)"}' END::text[])
$$;

-- The same, and with the columns of other models; JSON also with what is in it removed or replaced,
-- of which each model has another part unless everything is wanted.
CREATE FUNCTION hostile_values(of_table regclass, of_column name, of_type regtype, of_model text, everything boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	hostile text;
	path text[];
	steps int := CASE WHEN everything THEN 1 WHEN of_column = 'encoding' THEN 2 WHEN of_column = 'request' THEN 20 ELSE 5 END;
	step int := (SELECT place FROM hostile_models() WITH ORDINALITY AS m (name, training, place) WHERE name = of_model);
BEGIN
	RETURN QUERY SELECT * FROM hostile_values(of_type);
	RETURN QUERY SELECT format('(SELECT o.%I FROM %s AS o WHERE o.model = %L LIMIT 1)', of_column, of_table, m.name) FROM hostile_models() AS m WHERE m.name <> of_model;
	IF of_type <> 'jsonb'::regtype THEN
		RETURN;
	END IF;
	FOR path IN EXECUTE format('SELECT DISTINCT p FROM %s AS t, json_paths(t.%I) AS p WHERE t.model = $1', of_table, of_column) USING of_model LOOP
		FOREACH hostile IN ARRAY '{c #- %1$L}'::text[] || ARRAY(SELECT format('jsonb_set(c, %%1$L, %L)', v) FROM unnest('{"null","\"x\"",-1,9e18,1e400,true,"[]","{}","[null]","[[1, 2], [3]]"}'::text[]) AS v) LOOP
			step := step + 1;
			CONTINUE WHEN step % steps <> 0;
			RETURN NEXT format(hostile, path);
		END LOOP;
	END LOOP;
END $$;

-- Changes a model and runs all calls, each in a subtransaction. An answer is well, so is an error (also
-- that a version is damaged, XX001), but not an internal one, nor one that comes late. The turn says
-- which of the calls that are not tried each time are.
CREATE FUNCTION attack_by(of_model text, change text, everything boolean, turn int, OUT tried bigint, OUT faults text[], OUT stopped boolean) LANGUAGE plpgsql AS $$
DECLARE
	call text;
	state text;
	said text;
	begun timestamptz;
BEGIN
	tried := 0;
	faults := '{}';
	stopped := false;
	RAISE LOG 'model %: %', of_model, left(change, 300);	-- the last one, should the server crash
	EXECUTE change;
	FOR call IN SELECT format(query, of_model) FROM calls() WITH ORDINALITY AS c (query, every, place) WHERE everything OR (turn + place) % every = 0 LOOP
		begun := clock_timestamp();
		BEGIN
			EXECUTE 'SELECT ' || call;
			RAISE EXCEPTION USING ERRCODE = 'UN000', MESSAGE = 'an answer, to be undone';
		EXCEPTION WHEN query_canceled THEN
			state := '57014';
			stopped := true;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT;
		END;
		tried := tried + 1;
		IF stopped OR state = 'XX000' OR clock_timestamp() > begun + interval '5 s' THEN
			faults := faults || format('%s; %s: %s %s, %s', left(change, 300), call, state, left(said, 200), date_trunc('milliseconds', clock_timestamp() - begun));
		END IF;
		EXIT WHEN stopped;
	END LOOP;
	RAISE EXCEPTION USING ERRCODE = 'UN000', MESSAGE = 'attacked, to be undone';
EXCEPTION WHEN query_canceled THEN
	faults := faults || format('%s: canceled', left(change, 300));
	stopped := true;
WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT;
	IF state = 'XX000' THEN
		faults := faults || format('%s: %s %s', left(change, 300), state, said);
	END IF;
END $$;

-- Sets one column of a model to each value.
CREATE FUNCTION attack_column(of_table regclass, of_column name, of_model text, everything boolean, OUT tried bigint, OUT faults text[]) LANGUAGE plpgsql AS $$
DECLARE
	hostile text;
	one record;
	turn int := hashtext(of_column || of_model) & 255;
	type regtype := (SELECT atttypid FROM pg_attribute WHERE attrelid = of_table AND attname = of_column);
BEGIN
	tried := 0;
	faults := '{}';
	FOR hostile IN SELECT * FROM hostile_values(of_table, of_column, type, of_model, everything) LOOP
		turn := turn + 1;
		SELECT * INTO one FROM attack_by(of_model, format('UPDATE %1$s SET %2$I = (SELECT (%3$s)::%4$s FROM (SELECT %2$I AS c) AS present) WHERE model = %5$L', of_table, of_column, hostile, type, of_model), everything, turn);
		tried := tried + one.tried;
		faults := faults || one.faults;
		EXIT WHEN one.stopped;
	END LOOP;
END $$;

-- What else can be done to the rows of a model, %1$L.
CREATE FUNCTION hostile_changes() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT unnest('{"DELETE FROM ntk_catalog_version WHERE model = %1$L",
		"DELETE FROM ntk_catalog_part WHERE model = %1$L",
		"DELETE FROM ntk_catalog_statistic WHERE model = %1$L",
		"DELETE FROM ntk_catalog_version AS v USING ntk_catalog_model AS m WHERE m.model = v.model AND v.model = %1$L AND v.version = m.deployed",
		"DELETE FROM ntk_catalog_version WHERE model = %1$L AND version = 1",
		"DELETE FROM ntk_catalog_part WHERE model = %1$L AND grp = ''{}''",
		"DELETE FROM ntk_catalog_part WHERE model = %1$L AND version = 2",
		"DELETE FROM ntk_catalog_statistic WHERE model = %1$L AND part = -1",
		"DELETE FROM ntk_catalog_statistic WHERE model = %1$L AND part >= 0",
		"UPDATE ntk_catalog_version SET version = version - 3 WHERE model = %1$L",
		"UPDATE ntk_catalog_version SET version = version + 2147483645 WHERE model = %1$L",
		"UPDATE ntk_catalog_statistic AS s SET gram = o.gram FROM ntk_catalog_statistic AS o WHERE s.model = %1$L AND o.model = ''class''",
		"UPDATE ntk_catalog_part AS s SET fitted = o.fitted FROM ntk_catalog_part AS o WHERE s.model = %1$L AND o.model = ''images''",
		"UPDATE ntk_catalog_version AS s SET map = o.map, encoding = o.encoding FROM ntk_catalog_version AS o WHERE s.model = %1$L AND o.model = ''images''",
		"INSERT INTO ntk_catalog_work (model, grp, bucket, part, gram) SELECT %1$L, grp, bucket, part, sum(gram) FROM ntk_catalog_statistic WHERE model = ''class'' GROUP BY grp, bucket, part",
		"UPDATE ntk_catalog_model AS s SET features = o.features, group_by = o.group_by, task = o.task, target = o.target FROM ntk_catalog_model AS o WHERE s.model = %1$L AND o.model = ''groups''"}'::text[])
$$;

CREATE FUNCTION attack_rows(of_model text, everything boolean, OUT tried bigint, OUT faults text[]) LANGUAGE plpgsql AS $$
DECLARE
	change text;
	one record;
BEGIN
	tried := 0;
	faults := '{}';
	FOR change IN SELECT * FROM hostile_changes() LOOP
		FOR turn IN 1 .. CASE WHEN everything THEN 1 ELSE 5 END LOOP
			SELECT * INTO one FROM attack_by(of_model, format(change, of_model), everything, turn);
			tried := tried + one.tried;
			faults := faults || one.faults;
			EXIT WHEN one.stopped;
		END LOOP;
	END LOOP;
END $$;
