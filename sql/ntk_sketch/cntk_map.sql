-- feature maps of images

CREATE FUNCTION cntk_map(shape integer[], n_components integer DEFAULT 4096, depth integer DEFAULT 2,
						 filter integer DEFAULT 3, method text DEFAULT 'zonal', seed bigint DEFAULT 0,
						 padding text DEFAULT 'same', pooling integer DEFAULT 1,
						 options jsonb DEFAULT '{}') RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cntk_map(integer[], integer, integer, integer, text, bigint, text, integer, jsonb) IS
	'the feature map of images of shape {height,width,channels} to n_components features, '
	'for the tangent kernel of a convolutional network (arXiv 1904.11955) with depth layers; methods and their options: '
	'''zonal'': rank, degree; ''sketch'' (arXiv 2106.07880): width, degree; ''nystrom'' needs patches, see cntk_nystrom; '
	'all methods: mean and std, the scale of the channels';

CREATE FUNCTION cntk_nystrom(map ntk_map, patches real[]) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cntk_nystrom(ntk_map, real[]) IS
	'the feature map of method ''nystrom'' with patches from the aggregate cntk_patches; '
	'its other parameters are those of the given map of images';

CREATE FUNCTION _ntk_patches_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION _ntk_patches_combine(internal, internal) IS
	'combine function of the aggregate cntk_patches';

CREATE FUNCTION _ntk_patches_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_patches_serialize(internal) IS
	'serialization function of the aggregate cntk_patches';

CREATE FUNCTION _ntk_patches_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ntk_patches_deserialize(bytea, internal) IS
	'deserialization function of the aggregate cntk_patches';

CREATE FUNCTION _ntk_patches_final(internal) RETURNS real[]
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION _ntk_patches_final(internal) IS 'final function of the aggregate cntk_patches';

CREATE FUNCTION _ntk_patches_accumulate(internal, double precision[], ntk_map, integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_patches_accumulate(internal, double precision[], ntk_map, integer) IS
	'transition function of the aggregate cntk_patches';
CREATE AGGREGATE cntk_patches(image double precision[], map ntk_map, k integer) (
	SFUNC = _ntk_patches_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_patches_final, COMBINEFUNC = _ntk_patches_combine,
	SERIALFUNC = _ntk_patches_serialize, DESERIALFUNC = _ntk_patches_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cntk_patches(double precision[], ntk_map, integer) IS
	'landmarks for cntk_nystrom: k centres of patches for each layer of the map, from a sample of the distinct images; '
	'the result does not depend on the order of the rows or on the plan';

CREATE FUNCTION _ntk_patches_accumulate(internal, double precision[], ntk_map, integer, bigint) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_patches_accumulate(internal, double precision[], ntk_map, integer, bigint) IS
	'transition function of the aggregate cntk_patches';
CREATE AGGREGATE cntk_patches(image double precision[], map ntk_map, k integer, seed bigint) (
	SFUNC = _ntk_patches_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_patches_final, COMBINEFUNC = _ntk_patches_combine,
	SERIALFUNC = _ntk_patches_serialize, DESERIALFUNC = _ntk_patches_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cntk_patches(double precision[], ntk_map, integer, bigint) IS
	'landmarks for cntk_nystrom: k centres of patches for each layer of the map, from a sample of the distinct images, '
	'drawn by the seed; the result does not depend on the order of the rows or on the plan';

CREATE FUNCTION _ntk_patches_accumulate(internal, bytea, ntk_map, integer) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_patches_accumulate(internal, bytea, ntk_map, integer) IS
	'transition function of the aggregate cntk_patches';
CREATE AGGREGATE cntk_patches(image bytea, map ntk_map, k integer) (
	SFUNC = _ntk_patches_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_patches_final, COMBINEFUNC = _ntk_patches_combine,
	SERIALFUNC = _ntk_patches_serialize, DESERIALFUNC = _ntk_patches_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cntk_patches(bytea, ntk_map, integer) IS
	'landmarks for cntk_nystrom: k centres of patches for each layer of the map, from a sample of the distinct images; '
	'the result does not depend on the order of the rows or on the plan';

CREATE FUNCTION _ntk_patches_accumulate(internal, bytea, ntk_map, integer, bigint) RETURNS internal
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_patches_accumulate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION _ntk_patches_accumulate(internal, bytea, ntk_map, integer, bigint) IS
	'transition function of the aggregate cntk_patches';
CREATE AGGREGATE cntk_patches(image bytea, map ntk_map, k integer, seed bigint) (
	SFUNC = _ntk_patches_accumulate, STYPE = internal, SSPACE = 1048576,
	FINALFUNC = _ntk_patches_final, COMBINEFUNC = _ntk_patches_combine,
	SERIALFUNC = _ntk_patches_serialize, DESERIALFUNC = _ntk_patches_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cntk_patches(bytea, ntk_map, integer, bigint) IS
	'landmarks for cntk_nystrom: k centres of patches for each layer of the map, from a sample of the distinct images, '
	'drawn by the seed; the result does not depend on the order of the rows or on the plan';
