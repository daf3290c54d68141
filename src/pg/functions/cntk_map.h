/*
 * cntk_map.h
 *		The adaptive feature map of images, as its landmarks are chosen and used.
 */
#ifndef NTK_CNTK_MAP_H
#define NTK_CNTK_MAP_H

#include "pg/types/type_map.h"

/* Refuses a map, an argument of that name, that is not one of images. */
extern void ntk_cntk_check_map(const ntk_map_spec *map, const char *name);

/* The least and the most patches of a layer that a map of the method nystrom may have. */
extern const ntk_option *ntk_cntk_rank(void);

/*
 * The specification of the map of the method nystrom with so many patches per layer, and with
 * the geometry, depth, features, seed and scale of channels of another one; without
 * landmarks yet.
 */
extern ntk_map_spec ntk_cntk_nystrom(const ntk_map_spec *map, int rank);

#endif
