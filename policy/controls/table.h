/* Every control, declared by its own file. */
#ifndef OCI_HARDEN_CONTROLS_TABLE_H
#define OCI_HARDEN_CONTROLS_TABLE_H

#include "policy/controls/control.h"

extern const struct control control_annotations;
extern const struct control control_apparmor;
extern const struct control control_backend;
extern const struct control control_capabilities;
extern const struct control control_cgroup;
extern const struct control control_command_line;
extern const struct control control_devices;
extern const struct control control_exec; /* not in the table: decide_exec() */
extern const struct control control_exposure;
extern const struct control control_hidden_paths;
extern const struct control control_hooks;
extern const struct control control_host_resources;
extern const struct control control_mount_destinations;
extern const struct control control_mount_options;
extern const struct control control_mount_sources;
extern const struct control control_mount_types;
extern const struct control control_namespaces;
extern const struct control control_no_new_privileges;
extern const struct control control_process;
extern const struct control control_resources;
extern const struct control control_root_filesystem;
extern const struct control control_seccomp;
extern const struct control control_selinux;
extern const struct control control_sysctl;
extern const struct control control_user;
extern const struct control control_user_namespace;

#endif
