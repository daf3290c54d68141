/*
 * map_fixture.h
 *		A feature map drawn into guarded memory.
 */
#ifndef MAP_FIXTURE_H
#define MAP_FIXTURE_H

#include "core/maps/map.h"
#include "fixture.h"

typedef struct drawn_map
{
	ntk_map		map;
	void	   *memory;
	void	   *workspace;
	size_t		memory_size;
	size_t		workspace_size;
} drawn_map;

static inline drawn_map
draw(const ntk_map_spec *spec)
{
	drawn_map	drawn;

	drawn.memory_size = ntk_map_memory(spec);
	drawn.memory = guarded(drawn.memory_size);
	ntk_map_init(&drawn.map, spec, drawn.memory, NULL);
	drawn.workspace_size = ntk_map_workspace(spec);
	drawn.workspace = guarded(drawn.workspace_size);
	return drawn;
}

static inline void
drop(drawn_map *drawn)
{
	guarded_free(drawn->memory);
	guarded_free(drawn->workspace);
}

/* nothing was written outside the memory and the workspace */
static inline int
drawn_intact(const drawn_map *drawn)
{
	return guards_intact(drawn->memory, drawn->memory_size) &&
		guards_intact(drawn->workspace, drawn->workspace_size);
}

#endif
