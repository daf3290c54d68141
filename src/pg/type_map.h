/*
 * type_map.h
 *		The SQL type ntk_map: the stored specification of a feature map.
 */
#ifndef NTK_TYPE_MAP_H
#define NTK_TYPE_MAP_H

#include "pg/cache.h"
#include "pg/value.h"

#include "core/method.h"

typedef struct NtkMapValue
{
	NtkValue	head;
	uint8		method;
	uint8		kernel;
	uint16		reserved;
	int32		input_dim;
	int32		n_components;
	int32		depth;
	int32		option[NTK_MAX_OPTIONS];
	uint64		seed;
	float8		bias;
} NtkMapValue;

/* A map drawn and ready, with the workspace to apply it. */
typedef struct NtkPreparedMap
{
	const NtkMapValue *value;
	ntk_map		map;
	void	   *workspace;
} NtkPreparedMap;

/* The specification with the defaults of ntk_map(), options unset. */
extern ntk_map_spec ntk_map_defaults(void);

/* Checks a specification and makes a value of it. */
extern NtkMapValue *ntk_map_make(ntk_map_spec spec);

/*
 * Checks a map read from outside as part of a value of that type, which has room for
 * it and is of this width (0: any).
 */
extern void ntk_map_check(const NtkMapValue *value, int width, const char *type_name);

/* Its fingerprint as 16 hexadecimal digits; of NULL, a word for it. */
extern const char *ntk_map_fingerprint(const NtkMapValue *value);

/* The NtkPrepare of maps. */
extern void *ntk_map_prepare(const NtkValue *value);

/* Features of n rows; errors where the mathematics reports them. */
extern void ntk_map_features(const NtkPreparedMap *prepared, const double *x, int n, float *z);

/* The kernel called name; an error that lists the known ones. */
extern ntk_kernel ntk_kernel_by_name(const char *name);

/* Checks a depth. */
extern void ntk_check_depth(int64 depth);

#endif
