/* Every option that may stand on the command line of an intercepted verb, and the
 * global ones. A new option of runc or crun is one more row, after somebody has
 * thought about what it does to the container. */
#include "shim/command_line.h"

#include "policy/base/cleanup.h"

enum {
	CREATE_RUN = PLACE_CREATE | PLACE_RUN,
	START = CREATE_RUN | PLACE_EXEC,
	ANYWHERE = PLACE_GLOBAL | START | PLACE_UPDATE,
	BOTH = BACKEND_RUNC | BACKEND_CRUN,
};

static const char *const log_formats[] = {"text", "json", NULL};
static const char *const rootless_words[] = {"auto", "false", NULL};
static const char *const cgroup_managers[] = {"systemd", "cgroupfs", NULL};

const struct option option_table[] = {
	{.name = "log", .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "log-format", .places = PLACE_GLOBAL, .backends = BOTH, .words = log_formats},
	{.name = "log-level", .places = PLACE_GLOBAL, .backends = BACKEND_CRUN},
	{.name = "root", .places = PLACE_GLOBAL, .backends = BOTH},
	/* true: limits that cannot be set are left unset in silence */
	{.name = "rootless", .places = PLACE_GLOBAL, .backends = BOTH, .words = rootless_words},
	{.name = "criu", .places = PLACE_GLOBAL, .backends = BACKEND_RUNC},
	/* disabled: no limits at all */
	{.name = "cgroup-manager", .places = PLACE_GLOBAL, .backends = BACKEND_CRUN, .words = cgroup_managers},
	{.name = "debug", .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "systemd-cgroup", .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "version", .letter = 'v', .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "help", .letter = 'h', .type = OPTION_FLAG, .places = ANYWHERE, .backends = BOTH},

	{.name = "bundle", .letter = 'b', .places = CREATE_RUN, .backends = BOTH},
	{.name = "config", .letter = 'f', .places = CREATE_RUN, .backends = BACKEND_CRUN,
	 .refused = "puts another file in the place of the bundle's config.json; "
		    "name a bundle whose config.json it is"},
	{.name = "no-pivot", .type = OPTION_FLAG, .places = CREATE_RUN, .backends = BOTH,
	 .refused = "leaves the host's root file system within the container's reach; "
		    "switch it off in the engine (NoPivotRoot, DOCKER_RAMDISK)"},
	{.name = "no-new-keyring", .type = OPTION_FLAG, .places = CREATE_RUN, .backends = BOTH},
	{.name = "keep", .type = OPTION_FLAG, .places = PLACE_RUN, .backends = BACKEND_RUNC},
	{.name = "no-subreaper", .type = OPTION_FLAG, .places = CREATE_RUN, .backends = BOTH},

	{.name = "console-socket", .places = START, .backends = BOTH},
	{.name = "pidfd-socket", .places = START, .backends = BACKEND_RUNC},
	{.name = "pid-file", .places = START, .backends = BOTH},
	{.name = "preserve-fds", .places = START, .backends = BOTH},
	{.name = "detach", .letter = 'd', .type = OPTION_FLAG, .places = PLACE_RUN | PLACE_EXEC, .backends = BOTH},

	{.name = "process", .letter = 'p', .places = PLACE_EXEC, .backends = BOTH},
	{.name = "cwd", .places = PLACE_EXEC, .backends = BOTH},
	{.name = "env", .letter = 'e', .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "tty", .letter = 't', .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "user", .letter = 'u', .places = PLACE_EXEC, .backends = BOTH},
	{.name = "additional-gids", .letter = 'g', .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BACKEND_RUNC},
	{.name = "process-label", .places = PLACE_EXEC, .backends = BOTH},
	{.name = "apparmor", .places = PLACE_EXEC, .backends = BOTH},
	{.name = "no-new-privs", .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "cap", .letter = 'c', .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "cgroup", .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "ignore-paused", .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = BACKEND_RUNC},

	{.name = "resources", .letter = 'r', .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "blkio-weight", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-period", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-quota", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-burst", .places = PLACE_UPDATE, .backends = BACKEND_RUNC},
	{.name = "cpu-share", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-rt-period", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-rt-runtime", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-idle", .places = PLACE_UPDATE, .backends = BACKEND_RUNC},
	{.name = "cpuset-cpus", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpuset-mems", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "kernel-memory", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "kernel-memory-tcp", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "memory", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "memory-reservation", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "memory-swap", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "pids-limit", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "l3-cache-schema", .places = PLACE_UPDATE, .backends = BACKEND_RUNC},
	{.name = "mem-bw-schema", .places = PLACE_UPDATE, .backends = BACKEND_RUNC},
};

const size_t option_count = ARRAY_SIZE(option_table);
