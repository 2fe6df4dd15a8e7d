#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/host/namespace.h"

void id_map_release(struct id_map *map)
{
	free(map->ranges);
	*map = (struct id_map){0};
}

int id_map_add(struct id_map *map, int64_t inside, int64_t outside, int64_t count)
{
	if (inside < 0 || outside < 0 || count < 1 || inside > UINT32_MAX || outside > UINT32_MAX ||
	    count > UINT32_MAX || inside + count - 1 > UINT32_MAX || outside + count - 1 > UINT32_MAX)
		return -ERANGE;
	struct id_range *ranges = reallocarray(map->ranges, map->count + 1, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	ranges[map->count++] = (struct id_range){(uint32_t)inside, (uint32_t)outside, (uint32_t)count};
	map->ranges = ranges;
	return 0;
}

bool id_map_has_outside(const struct id_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++)
		if (id >= map->ranges[i].outside && id - map->ranges[i].outside < map->ranges[i].count)
			return true;
	return false;
}

uint32_t id_map_lowest_outside(const struct id_map *map)
{
	uint32_t lowest = UINT32_MAX;
	for (size_t i = 0; i < map->count; i++)
		if (map->ranges[i].count > 0 && map->ranges[i].outside < lowest)
			lowest = map->ranges[i].outside;
	return lowest;
}

static size_t occurrences(const struct id_map *map, const struct id_range *range)
{
	size_t found = 0;
	for (size_t i = 0; i < map->count; i++)
		found += map->ranges[i].inside == range->inside && map->ranges[i].outside == range->outside &&
			 map->ranges[i].count == range->count;
	return found;
}

bool id_map_equal(const struct id_map *left, const struct id_map *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (occurrences(left, &left->ranges[i]) != occurrences(right, &left->ranges[i]))
			return false;
	return true;
}
