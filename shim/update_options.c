#include "shim/update_options.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/number.h"
#include "policy/base/text.h"
#include "policy/document/document.h"

static const struct {
	const char *option, *pointer;
	bool text;
} places[] = {
	{"blkio-weight", "/blockIO/weight", false},
	{"cpu-period", "/cpu/period", false},
	{"cpu-quota", "/cpu/quota", false},
	{"cpu-burst", "/cpu/burst", false},
	{"cpu-share", "/cpu/shares", false},
	{"cpu-rt-period", "/cpu/realtimePeriod", false},
	{"cpu-rt-runtime", "/cpu/realtimeRuntime", false},
	{"cpu-idle", "/cpu/idle", false},
	{"cpuset-cpus", "/cpu/cpus", true},
	{"cpuset-mems", "/cpu/mems", true},
	{"kernel-memory", "/memory/kernel", false},
	{"kernel-memory-tcp", "/memory/kernelTCP", false},
	{"memory", "/memory/limit", false},
	{"memory-reservation", "/memory/reservation", false},
	{"memory-swap", "/memory/swap", false},
	{"pids-limit", "/pids/limit", false},
};

static json_t *value_of(const char *text, bool is_text)
{
	int64_t number = 0;
	if (is_text)
		return json_string(text);
	return number_parse_int64(text, &number) == 0 ? json_integer(number) : NULL;
}

static int place_option(json_t *resources, const struct given_option *given, struct error **error)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strcmp(places[i].option, given->option->name) != 0)
			continue;
		cleanup_json json_t *value = value_of(given->value, places[i].text);
		if (!value)
			return error_set(error, EINVAL,
					 "the value of option --%s is not a plain number; give bytes or counts, or use "
					 "--resources",
					 given->option->name);
		return document_set(resources, places[i].pointer, value, error);
	}
	return error_set(error, EPERM, "option --%s has no place among the resources that the policy judges; leave it out",
			 given->option->name);
}

int update_options_resources(const struct invocation *invocation, json_t **ret_resources, struct error **error)
{
	cleanup_json json_t *resources = json_object();
	int result = resources ? 0 : error_out_of_memory(error);
	for (size_t i = 0; result == 0 && i < invocation->options.count; i++)
		if (*invocation->options.items[i].value)
			result = place_option(resources, &invocation->options.items[i], error);
	if (result == 0)
		*ret_resources = take_pointer(resources);
	return result;
}
