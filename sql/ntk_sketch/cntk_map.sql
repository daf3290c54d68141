-- feature maps of pictures

CREATE FUNCTION cntk_map(shape integer[], n_components integer DEFAULT 4096, depth integer DEFAULT 2,
						 filter integer DEFAULT 3, method text DEFAULT 'zonal', seed bigint DEFAULT 0,
						 padding text DEFAULT 'same', pooling integer DEFAULT 1,
						 options jsonb DEFAULT '{}') RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_map' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cntk_map(integer[], integer, integer, integer, text, bigint, text, integer, jsonb) IS
	'the feature map of pictures of shape {height,width,channels} to n_components features for the tangent kernel of a convolutional network (arXiv 1904.11955) with depth layers; methods and options: ''zonal'' rank, degree; ''sketch'' (arXiv 2106.07880) width, degree; ''nystrom'' with patches, see cntk_nystrom; all of them mean and std, the scale of the channels';

CREATE FUNCTION cntk_nystrom(map ntk_map, patches real[]) RETURNS ntk_map
	AS 'MODULE_PATHNAME', 'ntk_sql_cntk_nystrom' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cntk_nystrom(ntk_map, real[]) IS
	'the feature map of method ''nystrom'' with the patches that the aggregate cntk_patches chose, and otherwise the numbers of another map of pictures';
