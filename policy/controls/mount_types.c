#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/mount.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/path.h"

/* What a type gives away, where a word on it helps. */
static const struct {
	const char *type, *why;
} dangers[] = {
	{"ext2", "mounts a block device: with the host's disk that is the host's root"},
	{"ext3", "mounts a block device: with the host's disk that is the host's root"},
	{"ext4", "mounts a block device: with the host's disk that is the host's root"},
	{"xfs", "mounts a block device: with the host's disk that is the host's root"},
	{"btrfs", "mounts a block device: with the host's disk that is the host's root"},
	{"vfat", "mounts a block device of the host"},
	{"overlay", "shows any directory of the host through its lowerdir"},
	{"devtmpfs", "shows every device node of the host"},
	{"bpf", "gives access to BPF programs and maps of the host"},
	{"tracefs", "gives access to the kernel's tracing"},
	{"debugfs", "gives access to the kernel's debugging interfaces"},
	{"securityfs", "gives access to the kernel's security modules"},
	{"configfs", "gives access to the kernel's configuration"},
	{"efivarfs", "gives access to the firmware's variables"},
	{"binfmt_misc", "registers interpreters that run on the host"},
	{"fuse", "is served by a program that the kernel trusts"},
	{"nfs", "is a network file system that no engine has set up"},
	{"nfs4", "is a network file system that no engine has set up"},
	{"ramfs", "is memory without a limit"},
};

/* File systems that are safe at one place only. */
static const struct {
	const char *type, *allowed_as, *place;
	bool below, read_only;
	const char *elsewhere, *writable;
} placed[] = {
	{"proc", "proc", "/proc", false, false,
	 "is a second proc, which no hidden or read-only path covers; proc is mounted at /proc only", NULL},
	{"sysfs", "sysfs", "/sys", false, true, "is a second sysfs; sysfs is mounted at /sys only",
	 "let the container change the host's devices and kernel through /sys"},
	{"cgroup", "cgroup", "/sys/fs/cgroup", true, true,
	 "is a control group file system outside /sys/fs/cgroup",
	 "let the container change its own limits, and run programs on the host through a v1 release_agent"},
	{"cgroup2", "cgroup", "/sys/fs/cgroup", true, true,
	 "is a control group file system outside /sys/fs/cgroup", "let the container change its own limits"},
};

static int refuse_type(const struct mount *mount, struct findings *findings)
{
	cleanup_free char *pointer = mount_pointer(mount, "type");
	if (!pointer)
		return -ENOMEM;
	if (!*mount->type)
		return finding_add(findings,
				   (struct finding_spec){.pointer = pointer, .reference = "CIS 5.6"},
				   "is missing, and the options make no bind of it: no file system can be "
				   "judged");
	const char *why = "is not a type of file system that the policy allows";
	for (size_t i = 0; i < ARRAY_SIZE(dangers); i++)
		if (strcmp(dangers[i].type, mount->type) == 0)
			why = dangers[i].why;
	cleanup_json json_t *type = json_string(mount->type);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = type,
				   .reference = "CIS 5.6",
				   .remedy = json_pack("{s:[s]}", "add", mount->bind ? "bind" : mount->type),
			   },
			   "%s", mount->bind ? "is a bind, which the policy does not allow" : why);
}

static bool is_in_place(const char *path, size_t row)
{
	return strcmp(path, placed[row].place) == 0 ||
	       (placed[row].below && path_is_below(path, placed[row].place));
}

static int judge_place(struct mount_list *list, struct mount *mount, size_t row, struct findings *findings)
{
	const char *place = NULL, *other = NULL;
	int result = mount_place(list, mount, &place, &other);
	if (result < 0)
		return result;
	bool in_place = is_in_place(mount->destination, row) && is_in_place(place, row) &&
			(!other || is_in_place(other, row));
	if (in_place && (!placed[row].read_only || mount->read_only))
		return 0;
	cleanup_free char *pointer = mount_pointer(mount, in_place ? "options" : "destination");
	cleanup_json json_t *destination = json_string(mount->written);
	if (!pointer)
		return -ENOMEM;
	if (!in_place)
		return finding_add(findings,
				   (struct finding_spec){
					   .pointer = pointer, .before = destination, .reference = "CIS 5.6"},
				   "%s", placed[row].elsewhere);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = mount->options,
				   .reference = "CIS 5.6",
				   .edit = EDIT_SET,
				   .after = mount_read_only_options(mount),
			   },
			   "%s", placed[row].writable);
}

static int judge(struct mount_list *list, struct mount *mount, const json_t *settings,
		 struct findings *findings)
{
	if (mount->bind)
		return setting_list_has(settings, "allow", "bind") ? 0 : refuse_type(mount, findings);
	for (size_t i = 0; i < ARRAY_SIZE(placed); i++) {
		if (strcmp(placed[i].type, mount->type) != 0)
			continue;
		if (!setting_list_has(settings, "allow", placed[i].allowed_as) &&
		    !setting_list_has(settings, "allow", mount->type))
			return refuse_type(mount, findings);
		return judge_place(list, mount, i, findings);
	}
	return setting_list_has(settings, "allow", mount->type) ? 0 : refuse_type(mount, findings);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	cleanup_mount_list struct mount_list list = MOUNT_LIST_EMPTY;
	int result = mount_list_read(view, facts, &list, error);
	for (size_t i = 0; result == 0 && i < list.count; i++)
		result = judge(&list, &list.items[i], settings, findings);
	return result;
}

static int check_type(const json_t *value, struct error **error)
{
	const char *type = json_string_value(value);
	for (const char *at = type; at && *at; at++)
		if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && !strchr("._-", *at))
			type = NULL;
	if (type && *type)
		return 0;
	return error_set(error, EINVAL, "expected a type of file system, such as tmpfs");
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"bind\",\"tmpfs\",\"devpts\",\"mqueue\",\"proc\",\"sysfs\",\"cgroup\"]",
		.help = "Types of file system that may be mounted; proc, sysfs and cgroup only at their own "
			"place",
		.check = check_type,
	},
	{.type = KEY_END},
};

const struct control control_mount_types = {
	.name = "mount-types",
	.summary = "Lets only harmless types of file system be mounted: binds, tmpfs, devpts, mqueue, proc "
		   "at /proc, "
		   "sysfs and cgroup read-only at their places",
	.risk = "A mount of type ext4 from the host's block device is the host's root; overlay shows any "
		"directory "
		"of the host, devtmpfs all its devices; a second proc has none of the hidden paths; a "
		"writable sysfs "
		"or control group changes the host.",
	.cis = "5.6",
	.pss = "baseline, restricted",
	.nist = "4.5.5",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/mounts", NULL},
	.keys = keys,
	.assess = assess,
};
