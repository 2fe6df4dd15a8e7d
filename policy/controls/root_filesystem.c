#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/controls/mount_scratch.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/path.h"

#define AT_PATH "/root/path"

struct run {
	const struct container_view *view;
	const struct facts *facts;
	const json_t *settings;
	struct findings *findings;
	const json_t *path; /* root.path */
};

static int refuse_path(const struct run *run, const char *why, json_t *remedy)
{
	return finding_add(run->findings,
			   (struct finding_spec){.pointer = AT_PATH, .before = run->path, .remedy = remedy},
			   "%s", why);
}

/* The engine's own place for root file systems, or one that the policy lists. */
static bool is_expected_place(const struct run *run, const char *resolved)
{
	const char *const places[] = {run->facts->bundle, run->facts->storage};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i] && path_is_below(resolved, places[i]))
			return true;
	size_t index;
	json_t *listed;
	json_array_foreach(setting_list(run->settings, "paths"), index, listed) {
		if (path_matches(resolved, json_string_value(listed)))
			return true;
	}
	return false;
}

static bool is_host_root(int root)
{
	cleanup_close int host = -1;
	struct stat ours, theirs;
	return file_open_directory("/", &host, NULL) == 0 && fstat(host, &ours) == 0 &&
	       fstat(root, &theirs) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/* CVE-2023-27561: a backend that mounts /proc through a symlink of the image puts
 * it somewhere else, and /proc is then whatever the image says. */
static int judge_kernel_folders(const struct run *run, int root)
{
	static const char *const names[] = {"/proc", "/sys", "/dev"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_close int found = -1;
		struct stat status;
		if (file_open_in_root(root, names[i], O_PATH | O_NOFOLLOW, &found) < 0 ||
		    fstat(found, &status) < 0 || S_ISDIR(status.st_mode))
			continue;
		int result = finding_add(
			run->findings,
			(struct finding_spec){
				.pointer = AT_PATH, .before = run->path, .reference = "CVE-2023-27561"},
			"holds an image in which %s is %s, so that what is mounted there ends up "
			"elsewhere; rebuild the image with a folder in its place",
			names[i], S_ISLNK(status.st_mode) ? "a symbolic link" : "not a folder");
		if (result < 0)
			return result;
	}
	return 0;
}

static int judge_place(const struct run *run, int root)
{
	if (is_host_root(root))
		return refuse_path(run, "is the host's own root file system", NULL);
	cleanup_free char *resolved = file_path_of_descriptor(root);
	if (!resolved)
		return -ENOMEM;
	if (!run->facts || (!run->facts->bundle && !run->facts->storage) || is_expected_place(run, resolved))
		return 0;
	return refuse_path(run,
			   "is neither in the bundle nor in the engine's store: it is not an image that the "
			   "engine has unpacked",
			   json_pack("{s:{s:[s]}}", "paths", "add", resolved));
}

static int judge_path(const struct run *run, const char *rootfs)
{
	cleanup_close int host = -1, link = -1, root = -1;
	cleanup_free char *plain = path_normalise(rootfs); /* a slash at the end would follow the link */
	struct stat status;
	if (!plain)
		return -ENOMEM;
	int result = file_open_directory("/", &host, NULL);
	if (result == 0)
		result = file_open_in_root(host, plain, O_PATH | O_NOFOLLOW, &link);
	if (result == 0 && fstat(link, &status) < 0)
		result = -errno;
	if (result == -ENOENT || result == -ENOTDIR)
		return refuse_path(run, "does not exist", NULL);
	if (result < 0)
		return refuse_path(run, "cannot be looked into by this user", NULL);
	if (S_ISLNK(status.st_mode))
		return refuse_path(run, "is a symbolic link; give the folder itself", NULL);
	if (!S_ISDIR(status.st_mode))
		return refuse_path(run, "is not a folder", NULL);
	if (file_open_directory(rootfs, &root, NULL) < 0)
		return refuse_path(run, "cannot be looked into by this user", NULL);
	result = judge_place(run, root);
	return result < 0 ? result : judge_kernel_folders(run, root);
}

static int report_inserted(const struct run *run, const struct scratch_plan *plan,
			   const struct scratch_form *form)
{
	struct text names = {0};
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->items[i].before == SIZE_MAX)
			continue;
		text_append_format(&names, "%s%s", names.length ? ", " : "", plan->items[i].place);
	}
	if (names.length == 0)
		return 0;
	cleanup_free char *list = text_finish(&names);
	if (!list)
		return -ENOMEM;
	return finding_add(run->findings,
			   (struct finding_spec){.pointer = "/mounts",
						 .edit = EDIT_SET,
						 .after = scratch_insert(plan, run->view->mounts, form)},
			   "has nothing writable at %s under the read-only root: a tmpfs goes before the "
			   "mounts below",
			   list);
}

static int report_appended(const struct run *run, const struct scratch_plan *plan,
			   const struct scratch_form *form)
{
	bool none_yet = !run->view->mounts;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->items[i].before != SIZE_MAX)
			continue;
		json_t *tmpfs = scratch_mount(plan->items[i].place, form);
		int result = finding_add(run->findings,
					 (struct finding_spec){
						 .pointer = none_yet ? "/mounts" : "/mounts/-",
						 .edit = EDIT_SET,
						 .after = none_yet ? json_pack("[o]", tmpfs) : tmpfs,
					 },
					 "has nothing writable at %s under the read-only root: a tmpfs is "
					 "added",
					 plan->items[i].place);
		if (result < 0)
			return result;
		none_yet = false;
	}
	return 0;
}

static int judge_writable(const struct run *run, struct error **error)
{
	const json_t *flag = json_object_get(run->view->root, "readonly");
	if (json_is_true(flag))
		return 0;
	bool note = !setting_flag(run->settings, "read-only");
	int result = finding_add(run->findings,
				 (struct finding_spec){
					 .pointer = "/root/readonly",
					 .before = flag,
					 .reference = "CIS 5.13",
					 .edit = note ? EDIT_NONE : EDIT_SET,
					 .after = note ? NULL : json_true(),
					 .remedy = json_pack("{s:b}", "read-only", 0),
					 .note = note,
				 },
				 "leaves the image writable: what an attacker puts there stays and runs");
	if (note)
		return result;
	cleanup_mount_list struct mount_list list = MOUNT_LIST_EMPTY;
	if (result == 0)
		result = mount_list_read(run->view, run->facts, &list, error);
	if (result < 0)
		return result;
	struct scratch_plan plan = {0};
	int64_t size = 0;
	(void)setting_number(run->settings, "tmpfs-size", &size);
	struct scratch_form form = scratch_form_for(run->view->process, size);
	result = scratch_plan_make(&list, setting_list(run->settings, "writable"), &plan, error);
	if (result == 0)
		result = report_inserted(run, &plan, &form);
	if (result == 0)
		result = report_appended(run, &plan, &form);
	scratch_plan_release(&plan);
	return result;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	struct run run = {
		.view = view,
		.facts = facts,
		.settings = settings,
		.findings = findings,
		.path = json_object_get(view->root, "path"),
	};
	int result = 0;
	const char *path = document_text(run.path);
	cleanup_free char *rootfs = mount_rootfs_path(view, facts);
	if (!path || !*path)
		result = refuse_path(&run, "names no folder with the container's root file system", NULL);
	else if (strstr(path, ".."))
		result = refuse_path(&run, "has \"..\" in it, which backends read differently", NULL);
	else if (rootfs)
		result = judge_path(&run, rootfs);
	return result < 0 || !view->root ? result : judge_writable(&run, error);
}

static int check_path(const json_t *value, struct error **error)
{
	return mount_check_path(json_string_value(value), false, error);
}

static int check_subtree(const json_t *value, struct error **error)
{
	return mount_check_path(json_string_value(value), true, error);
}

static const struct policy_key keys[] = {
	{
		.name = "read-only",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "true",
		.help = "Whether a writable root is made read-only; where not, it is logged as a note",
	},
	{
		.name = "writable",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.fallback = "[\"/tmp\",\"/run\",\"/var/tmp\"]",
		.help = "Where a tmpfs is mounted when the root is made read-only, unless something is "
			"mounted there",
		.check = check_path,
	},
	{
		.name = "tmpfs-size",
		.type = KEY_SIZE,
		.order = ORDER_LOWER,
		.fallback = "67108864",
		.help = "Size of each of these tmpfs; it counts as the container's memory",
	},
	{
		.name = "paths",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Folders outside the bundle and the engine's store that may be a container's root; "
			"/srv/images/** is that folder and all below it",
		.check = check_subtree,
	},
	{.type = KEY_END},
};

const struct control control_root_filesystem = {
	.name = "root-filesystem",
	.summary = "Makes the root file system read-only, with a tmpfs where programs need to write, and "
		   "refuses one "
		   "that the engine did not unpack",
	.risk = "In a writable root an attacker replaces programs and leaves tools behind. A root path "
		"outside the "
		"engine's store can be any directory of the host. An image in which /proc, /sys or /dev is a "
		"symbolic link makes the backend mount them elsewhere, unprotected.",
	.cis = "5.13",
	.nist = "4.4.4",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/root/readonly", "/mounts", NULL},
	.keys = keys,
	.assess = assess,
};
