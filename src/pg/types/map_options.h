/*
 * map_options.h
 *		The options of the methods of feature maps, as JSON.
 *
 * A method has options of its own, in core/maps/method.h. Those that reduce long rows have
 * base_dim besides, and those for images mean and std, the scale of channels.
 */
#ifndef NTK_MAP_OPTIONS_H
#define NTK_MAP_OPTIONS_H

#include "pg/base/json_input.h"

#include "core/maps/map.h"

#include "lib/stringinfo.h"

/* Sets what the object says; the method is set, and for images the image. */
extern void ntk_map_read_options(ntk_map_spec *spec, JsonbContainer *options);

/* Appends the object of all of them. */
extern void ntk_map_write_options(const ntk_map_spec *spec, StringInfo text);

/* Checks them, once they are resolved. */
extern void ntk_map_check_options(const ntk_map_spec *spec);

#endif
