-- a file that binary COPY may write and read
CREATE FUNCTION scratch_file() RETURNS text LANGUAGE sql AS
	$$SELECT current_setting('data_directory') || '/ntk_sketch_test.bin'$$;
