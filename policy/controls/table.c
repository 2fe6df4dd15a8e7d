#include "policy/controls/table.h"

#include "policy/base/cleanup.h"

/* The order in which controls are applied. How the backend is called stands before all
 * that it is to run. What decides who the container is to
 * the host stands first (namespaces, then the user), since later controls ask for
 * it; what is mounted is judged by type, source and destination before options
 * and the read-only root add to it; seccomp stands behind them, since its profile
 * depends on the capabilities that are left. What only tells of matters beside the
 * configuration comes last. */
const struct control *const controls[] = {
	&control_command_line,
	&control_namespaces,
	&control_user_namespace,
	&control_user,
	&control_capabilities,
	&control_no_new_privileges,
	&control_mount_types,
	&control_mount_sources,
	&control_mount_destinations,
	&control_root_filesystem,
	&control_mount_options,
	&control_hidden_paths,
	&control_devices,
	&control_resources,
	&control_host_resources,
	&control_cgroup,
	&control_sysctl,
	&control_hooks,
	&control_process,
	&control_annotations,
	&control_apparmor,
	&control_selinux,
	&control_seccomp,
	&control_exposure,
	&control_backend,
};

const size_t control_count = ARRAY_SIZE(controls);
