/*
 * type_map.h
 *		The SQL type ntk_map: the stored specification of a feature map.
 */
#ifndef NTK_TYPE_MAP_H
#define NTK_TYPE_MAP_H

#include "pg/types/value.h"

#include "utils/array.h"

#include "pg/types/kernel_input.h"

#include "core/maps/map.h"

typedef struct NtkMapValue
{
	NtkValue	head;
	uint8		method;
	uint8		kernel;
	uint8		padding;		/* ntk_padding */
	uint8		reserved;
	int32		input_dim;
	int32		n_components;
	int32		depth;
	int32		base_dim;
	int32		option[NTK_MAX_OPTIONS];
	uint32		numbers;		/* landmarks in data: ntk_map_landmarks() of them */
	uint64		seed;
	float8		bias;
	union
	{
		struct
		{
			int32		height; /* of a map of images, these and pooling; of others, 0 */
			int32		width;
			int32		channels;
			int32		filter;
		};
		struct
		{
			float8		bandwidth;	/* of a kernel of the distance, these; of others, 0 */
			float8		exponent;
		};
	};
	int32		pooling;
	uint32		scales;			/* in data: 2 * channels, or 0 if pixels stay as they are */
	int32		metric_rows;	/* as in ntk_map_spec */
	uint32		factors;		/* of the metric, in data: ntk_map_metric() of them */
	float4		data[FLEXIBLE_ARRAY_MEMBER];	/* landmarks, scale, metric; padded to 8 bytes */
} NtkMapValue;

extern const NtkValueKind ntk_map_kind;

/* The map in datum; an error if it is none. Its numbers are not looked at. */
static inline NtkMapValue *
ntk_map_get(Datum datum)
{
	return (NtkMapValue *) ntk_value_get(datum, &ntk_map_kind);
}

/* The specification with the defaults of ntk_map(), or of cntk_map(); options unset. */
extern ntk_map_spec ntk_map_defaults(void);
extern ntk_map_spec ntk_map_image_defaults(void);

/*
 * Gives a specification its geometry, that of ntk_image_make, and the input_dim that follows;
 * its depth is set.
 */
extern void ntk_map_set_image(ntk_map_spec *spec, ArrayType *shape, int filter,
							  ntk_padding padding, int pooling);

/* Whether a map with the other fields may have a metric of metric_rows; base_dim may be unset. */
extern void ntk_map_check_metric(const ntk_map_spec *spec);

/* Checks the fields of a specification, but not its options. */
extern void ntk_map_check_spec(const ntk_map_spec *spec);

/* Checks a specification and makes a value of it. */
extern NtkMapValue *ntk_map_make(ntk_map_spec spec);

/* The specification that a value stands for; its numbers stay where they are. */
extern ntk_map_spec ntk_map_spec_of(const NtkMapValue *value);

/* The method called name, of images or of rows; an error that lists the known ones. */
extern int	ntk_method_by_name(const char *name, bool image);

/*
 * Checks the fields of a map that is part of a value of that type, in which it has this many
 * bytes and this width. ntk_map_check_numbers checks the rest of one that was read from outside.
 */
extern void ntk_map_check_part(const NtkMapValue *value, Size bytes, int width,
							   const char *type_name);
extern void ntk_map_check_numbers(const NtkMapValue *value, const char *type_name);

/* Whether two maps are the same; NULL is the same as NULL only. */
extern bool ntk_map_same(const NtkMapValue *a, const NtkMapValue *b);

/* Its fingerprint as 16 hexadecimal digits; of NULL, a word for it. */
extern const char *ntk_map_fingerprint(const NtkMapValue *value);

/* Its size as a part of another value; of NULL, 0. */
static inline Size
ntk_map_bytes(const NtkMapValue *map)
{
	return map ? VARSIZE(map) : 0;
}

#endif
