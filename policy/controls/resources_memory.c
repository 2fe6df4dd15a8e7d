/* memory and pids. Where a number is unlimited (absent, 0 or less) the default of
 * the policy holds, else its maximum; where it is above the maximum, that. */
#include <errno.h>

#include "policy/controls/resources.h"

struct memory {
	struct given limit, swap, reservation;
	int64_t effective; /* the limit after the edits; 0: none, or (update) not known */
	int64_t maximum;
	bool has_maximum;
};

static int read_memory(struct limits *limits, const json_t *section, struct memory *memory)
{
	const struct {
		const char *place;
		struct given *given;
	} numbers[] = {
		{"memory/limit", &memory->limit},
		{"memory/swap", &memory->swap},
		{"memory/reservation", &memory->reservation},
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int result = limits_number(limits, section, numbers[i].place, numbers[i].given);
		if (result < 0)
			return result;
	}
	memory->has_maximum = setting_number(limits->settings, "memory.max", &memory->maximum);
	return 0;
}

/* Under cgroup v1 the sum of memory and swap must not be below the limit, so a
 * limit that is filled in stays at or below a sum that was given. */
static int64_t below_swap(const struct memory *memory, int64_t limit)
{
	return memory->swap.number > 0 && memory->swap.number < limit ? memory->swap.number : limit;
}

static int judge_limit(struct limits *limits, struct memory *memory)
{
	const struct given *limit = &memory->limit;
	int64_t fallback = 0;
	memory->effective = limit->number > 0 ? limit->number : 0;
	if (limit->number > 0) {
		if (!memory->has_maximum || limit->number <= memory->maximum)
			return 0;
		memory->effective = memory->maximum;
		return limits_set(limits, "memory/limit", limit->value, memory->maximum, "memory.max", limit->number,
				  "is above the policy's maximum for memory");
	}
	if (is_partial(limits) && (!limit->value || limit->number == 0))
		return 0;
	if (!limits_default(limits, "memory.default", "memory.max", &fallback))
		return 0;
	memory->effective = below_swap(memory, fallback);
	return limits_set(limits, "memory/limit", limit->value, memory->effective, NULL, 0,
			  "leaves memory unlimited, so that one container can take all of the host's");
}

/* memory.swap is the sum of memory and swap. It is only ever lowered, never
 * written where it was missing: a kernel without swap accounting refuses it. */
static int judge_swap(struct limits *limits, const struct memory *memory)
{
	const struct given *swap = &memory->swap;
	int64_t sum = memory->has_maximum ? memory->maximum : memory->effective;
	bool filled_in = memory->limit.number <= 0 && memory->effective > 0;
	if (!swap->value || swap->number == 0 || (!memory->has_maximum && !filled_in))
		return 0;
	if (swap->number > 0 && swap->number <= sum)
		return 0;
	return limits_set(limits, "memory/swap", swap->value, sum, NULL, 0,
			  "lets memory go on in the host's swap beyond the limit (it is the sum of memory and swap)");
}

/* Under cgroup v2 a reservation is memory that the kernel takes from nobody else
 * but this container last. */
static int judge_reservation(struct limits *limits, const struct memory *memory)
{
	const struct given *reservation = &memory->reservation;
	int64_t bound = memory->effective > 0 ? memory->effective : memory->maximum;
	if (!reservation->value || reservation->number == 0)
		return 0;
	if (reservation->number > 0 && (bound == 0 || reservation->number <= bound))
		return 0;
	if (bound == 0)
		return limits_remove(limits, "memory/reservation", reservation->value,
				     "reserves all of the host's memory");
	return limits_set(limits, "memory/reservation", reservation->value, bound, NULL, 0,
			  "reserves more memory than the container may use");
}

int judge_memory(struct limits *limits)
{
	json_t *section = NULL;
	struct memory memory = {0};
	int result = limits_section(limits, "memory", &section);
	if (result >= 0)
		result = read_memory(limits, section, &memory);
	if (result < 0)
		return result == -EINVAL ? 0 : result;
	result = judge_limit(limits, &memory);
	if (result == 0)
		result = judge_swap(limits, &memory);
	if (result == 0)
		result = judge_reservation(limits, &memory);
	const json_t *killer = json_object_get(section, "disableOOMKiller");
	if (result < 0 || !killer || json_is_null(killer) || json_is_false(killer))
		return result;
	return limits_remove(limits, "memory/disableOOMKiller", killer,
			     "stops the container in place at its limit, with all its memory held");
}

int judge_pids(struct limits *limits)
{
	json_t *section = NULL;
	struct given limit = {0};
	int64_t maximum = 0, fallback = 0;
	int result = limits_section(limits, "pids", &section);
	if (result >= 0)
		result = limits_number(limits, section, "pids/limit", &limit);
	if (result < 0)
		return result == -EINVAL ? 0 : result;
	if (limit.number > 0) {
		if (!setting_number(limits->settings, "pids.max", &maximum) || limit.number <= maximum)
			return 0;
		return limits_set(limits, "pids/limit", limit.value, maximum, "pids.max", limit.number,
				  "is above the policy's maximum for processes and threads");
	}
	if (is_partial(limits) && (!limit.value || limit.number == 0))
		return 0;
	if (!limits_default(limits, "pids.default", "pids.max", &fallback))
		return 0;
	return limits_set(limits, "pids/limit", limit.value, fallback, NULL, 0,
			  "leaves the number of processes unlimited, so that a fork bomb stops the host");
}
