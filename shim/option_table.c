/* Every option that may stand on the command line of an intercepted verb, and the
 * global ones. A new option of runc or crun is one more row, after somebody has
 * thought about what it does to the container. */
#include "shim/command_line.h"

#include "policy/base/cleanup.h"

enum {
	CREATE_RUN = PLACE_CREATE | PLACE_RUN,
	CRIU = PLACE_CHECKPOINT | PLACE_RESTORE,
	START = CREATE_RUN | PLACE_EXEC,
	ANYWHERE = PLACE_GLOBAL | START | PLACE_UPDATE | CRIU,
	RUNC = BACKEND_RUNC,
	CRUN = BACKEND_CRUN,
	BOTH = RUNC | CRUN,
};

static const char *const log_formats[] = {"text", "json", NULL};
static const char *const rootless_words[] = {"auto", "false", NULL};
static const char *const cgroup_managers[] = {"systemd", "cgroupfs", NULL};

static const char of_argp[] = "is for debugging the C library and not handed on; leave it out";

const struct option option_table[] = {
	{.name = "log", .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "log-format", .places = PLACE_GLOBAL, .backends = BOTH, .words = log_formats},
	{.name = "log-level", .places = PLACE_GLOBAL, .backends = CRUN},
	{.name = "root", .places = PLACE_GLOBAL, .backends = BOTH},
	/* true: limits that cannot be set are left unset in silence */
	{.name = "rootless", .places = PLACE_GLOBAL, .backends = BOTH, .words = rootless_words},
	{.name = "criu", .places = PLACE_GLOBAL, .backends = RUNC},
	/* disabled: no limits at all */
	{.name = "cgroup-manager", .places = PLACE_GLOBAL, .backends = CRUN, .words = cgroup_managers},
	{.name = "debug", .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "systemd-cgroup", .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "version", .letter = 'v', .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = BOTH},
	{.name = "version", .letter = 'V', .type = OPTION_FLAG, .places = PLACE_GLOBAL, .backends = CRUN},
	{.name = "help", .letter = 'h', .type = OPTION_FLAG, .places = ANYWHERE, .backends = RUNC},
	{.name = "help", .letter = '?', .type = OPTION_FLAG, .places = ANYWHERE, .backends = CRUN},
	/* the C library's own, in every program that uses its argp */
	{.name = "usage", .type = OPTION_FLAG, .places = ANYWHERE, .backends = CRUN},
	{.name = "program-name", .places = ANYWHERE, .backends = CRUN, .refused = of_argp},
	{.name = "HANG", .type = OPTION_FLAG, .places = ANYWHERE, .backends = CRUN, .optional_value = true,
	 .refused = of_argp},

	{.name = "bundle", .letter = 'b', .places = CREATE_RUN | PLACE_RESTORE, .backends = BOTH},
	{.name = "config", .letter = 'f', .places = CREATE_RUN, .backends = CRUN,
	 .refused = "puts another file in the place of the bundle's config.json; "
		    "name a bundle whose config.json it is"},
	{.name = "no-pivot", .type = OPTION_FLAG, .places = CREATE_RUN, .backends = BOTH},
	{.name = "no-pivot", .type = OPTION_FLAG, .places = PLACE_RESTORE, .backends = RUNC},
	{.name = "no-new-keyring", .type = OPTION_FLAG, .places = CREATE_RUN, .backends = BOTH},
	{.name = "keep", .type = OPTION_FLAG, .places = PLACE_RUN, .backends = BOTH},
	{.name = "no-subreaper", .type = OPTION_FLAG, .places = PLACE_RUN | PLACE_RESTORE, .backends = RUNC},
	{.name = "no-subreaper", .type = OPTION_FLAG, .places = CREATE_RUN, .backends = CRUN},

	{.name = "console-socket", .places = START | PLACE_RESTORE, .backends = BOTH},
	{.name = "pidfd-socket", .places = START, .backends = RUNC},
	{.name = "pid-file", .places = START | PLACE_RESTORE, .backends = BOTH},
	{.name = "preserve-fds", .places = START, .backends = BOTH, .number = true},
	{.name = "detach", .letter = 'd', .type = OPTION_FLAG, .places = PLACE_RUN | PLACE_EXEC | PLACE_RESTORE,
	 .backends = BOTH},

	{.name = "process", .letter = 'p', .places = PLACE_EXEC, .backends = BOTH},
	{.name = "cwd", .places = PLACE_EXEC, .backends = BOTH},
	{.name = "env", .letter = 'e', .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "tty", .letter = 't', .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = RUNC},
	{.name = "tty", .letter = 't', .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = CRUN,
	 .optional_value = true},
	{.name = "user", .letter = 'u', .places = PLACE_EXEC, .backends = BOTH},
	{.name = "additional-gids", .letter = 'g', .type = OPTION_LIST, .places = PLACE_EXEC, .backends = RUNC},
	{.name = "process-label", .places = PLACE_EXEC, .backends = BOTH},
	{.name = "apparmor", .places = PLACE_EXEC, .backends = BOTH},
	{.name = "no-new-privs", .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "cap", .letter = 'c', .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "cgroup", .type = OPTION_LIST, .places = PLACE_EXEC, .backends = BOTH},
	{.name = "ignore-paused", .type = OPTION_FLAG, .places = PLACE_EXEC, .backends = RUNC},

	{.name = "resources", .letter = 'r', .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "blkio-weight", .places = PLACE_UPDATE, .backends = BOTH, .number = true},
	{.name = "cpu-period", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-quota", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-burst", .places = PLACE_UPDATE, .backends = RUNC},
	{.name = "cpu-share", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-rt-period", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-rt-runtime", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpu-idle", .places = PLACE_UPDATE, .backends = RUNC},
	{.name = "cpuset-cpus", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "cpuset-mems", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "kernel-memory", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "kernel-memory-tcp", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "memory", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "memory-reservation", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "memory-swap", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "pids-limit", .places = PLACE_UPDATE, .backends = BOTH, .number = true},
	{.name = "l3-cache-schema", .places = PLACE_UPDATE, .backends = BOTH},
	{.name = "mem-bw-schema", .places = PLACE_UPDATE, .backends = BOTH},

	{.name = "image-path", .places = CRIU, .backends = BOTH},
	{.name = "work-path", .places = CRIU, .backends = BOTH},
	{.name = "parent-path", .places = PLACE_CHECKPOINT, .backends = BOTH},
	{.name = "leave-running", .type = OPTION_FLAG, .places = PLACE_CHECKPOINT, .backends = BOTH},
	{.name = "pre-dump", .type = OPTION_FLAG, .places = PLACE_CHECKPOINT, .backends = BOTH},
	{.name = "tcp-established", .type = OPTION_FLAG, .places = CRIU, .backends = BOTH},
	{.name = "tcp-skip-in-flight", .type = OPTION_FLAG, .places = PLACE_CHECKPOINT, .backends = RUNC},
	{.name = "tcp-close", .type = OPTION_FLAG, .places = PLACE_RESTORE, .backends = CRUN},
	{.name = "link-remap", .type = OPTION_FLAG, .places = PLACE_CHECKPOINT, .backends = RUNC},
	{.name = "ext-unix-sk", .type = OPTION_FLAG, .places = CRIU, .backends = BOTH},
	{.name = "shell-job", .type = OPTION_FLAG, .places = CRIU, .backends = BOTH},
	{.name = "file-locks", .type = OPTION_FLAG, .places = CRIU, .backends = BOTH},
	{.name = "lazy-pages", .type = OPTION_FLAG, .places = CRIU, .backends = RUNC},
	/* the memory of a container goes to whoever listens there */
	{.name = "page-server", .places = PLACE_CHECKPOINT, .backends = RUNC,
	 .refused = "sends the container's memory over the network; leave it out"},
	{.name = "status-fd", .places = PLACE_CHECKPOINT, .backends = RUNC,
	 .refused = "needs a descriptor that oci-harden closes; leave it out"},
	{.name = "manage-cgroups-mode", .places = CRIU, .backends = BOTH},
	{.name = "empty-ns", .type = OPTION_LIST, .places = CRIU, .backends = RUNC},
	{.name = "auto-dedup", .type = OPTION_FLAG, .places = CRIU, .backends = RUNC},
	{.name = "lsm-profile", .places = PLACE_RESTORE, .backends = BOTH},
	{.name = "lsm-mount-context", .places = PLACE_RESTORE, .backends = BOTH},
	{.name = "network-lock", .places = CRIU, .backends = CRUN,
	 .refused = "takes its value in a form that crun alone reads; leave it out"},
};

const size_t option_count = ARRAY_SIZE(option_table);
