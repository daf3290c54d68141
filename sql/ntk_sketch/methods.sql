-- What methods and kernels there are.

CREATE FUNCTION _ntk_methods(images boolean) RETURNS text[]
	AS 'MODULE_PATHNAME', 'ntk_sql_methods' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_methods(boolean) IS 'the methods of feature maps of images, or of rows';

CREATE FUNCTION _ntk_kernels(method text, images boolean) RETURNS text[]
	AS 'MODULE_PATHNAME', 'ntk_sql_kernels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_kernels(text, boolean) IS
	'the kernels that maps of this method can have, of images or of rows; NULL if there is no such method';

CREATE FUNCTION _ntk_is_of_distance(kernel text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ntk_sql_is_of_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_is_of_distance(text) IS
	'whether the kernel of this name depends on the distance of rows; false if there is no such kernel';
