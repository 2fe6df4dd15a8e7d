#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/mount.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/path.h"

/* Below these nothing may be mounted but what stands in `standard`. */
static const struct {
	const char *path, *why;
} kernel_paths[] = {
	{"/proc", "is in /proc, where a mount replaces what programs and the backend trust"},
	{"/sys", "is in /sys, where a mount replaces what programs and the backend trust"},
	{"/dev", "is in /dev, which holds devices only"},
};

/* "bind" goes by the mount's options; mount-sources judges what is behind it. */
static const struct {
	const char *path, *type;
	bool below;
} standard[] = {
	{"/proc", "proc", false},	    {"/sys", "sysfs", false},
	{"/sys/fs/cgroup", "cgroup", true}, {"/sys/fs/cgroup", "cgroup2", true},
	{"/sys/fs/cgroup", "bind", false},  {"/dev", "tmpfs", false},
	{"/dev/pts", "devpts", false},	    {"/dev/mqueue", "mqueue", false},
	{"/dev/mqueue", "bind", false},	    {"/dev/shm", "tmpfs", false},
	{"/dev/shm", "bind", false},	    {"/dev/termination-log", "bind", false}, /* the kubelet's */
};

static bool is_standard(const struct mount *mount, const char *path)
{
	const char *type = mount->bind ? "bind" : mount->type;
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
		if (strcmp(type, standard[i].type) == 0 &&
		    (strcmp(path, standard[i].path) == 0 ||
		     (standard[i].below && path_is_below(path, standard[i].path))))
			return true;
	return false;
}

static bool is_allowed(const json_t *settings, const char *path)
{
	size_t index;
	json_t *pattern;
	json_array_foreach(setting_list(settings, "allow"), index, pattern) {
		if (path_matches(path, json_string_value(pattern)))
			return true;
	}
	return false;
}

/* Why nothing may be mounted at `path`, or NULL. */
static const char *objection(const struct mount *mount, const char *path, const json_t *settings)
{
	if (strcmp(path, "/") == 0)
		return "replaces the container's root, and with it the image that was verified";
	for (size_t i = 0; i < ARRAY_SIZE(kernel_paths); i++)
		if (path_is_at_or_below(path, kernel_paths[i].path))
			return is_standard(mount, path) || is_allowed(settings, path) ? NULL
										      : kernel_paths[i].why;
	return NULL;
}

static int refuse(const struct mount *mount, const char *pointer, const char *path, const char *why,
		  struct findings *findings)
{
	cleanup_json json_t *written = json_string(mount->written);
	bool root = strcmp(path, "/") == 0;
	struct finding_spec spec = {
		.pointer = pointer,
		.before = written,
		.reference = "CIS 5.13",
		.remedy = root ? NULL : json_pack("{s:[s]}", "add", path),
	};
	if (strcmp(path, mount->written) == 0)
		return finding_add(findings, spec, "%s", why);
	return finding_add(findings, spec, "leads to \"%s\" inside the container, which %s", path, why);
}

/* An earlier mount can bring symlinks with it: what is then mounted below it goes
 * where they lead, which the image does not tell. *ret_other is the earlier one's
 * destination, or NULL. */
static int find_foreign_symlink(const struct mount_list *list, const json_t *earlier, const char *place,
				const struct facts *facts, const char **ret_other)
{
	cleanup_free char *above = strdup(place);
	cleanup_close int host = -1;
	if (!above)
		return -ENOMEM;
	for (char *slash = above + strlen(above); slash && slash > above; slash = strrchr(above, '/')) {
		*slash = '\0';
		const json_t *index = json_object_get(earlier, above);
		if (!index)
			continue;
		const struct mount *mount = &list->items[json_integer_value(index)];
		const char *rest = path_rest(place, above);
		bool symlink = mount_has_option(mount, "copy-symlink"); /* crun's */
		cleanup_free char *source = mount->bind ? mount_source_path(mount, facts) : NULL;
		cleanup_close int root = -1, found = -1;
		if (!symlink && source && *rest && file_open_directory("/", &host, NULL) == 0 &&
		    file_open_in_root(host, source, O_PATH | O_DIRECTORY, &root) == 0)
			symlink = file_open_plain_in_root(root, rest, O_PATH, &found) == -ELOOP;
		*ret_other = symlink ? mount->destination : NULL;
		return 0;
	}
	return 0;
}

static int judge_nesting(struct mount_list *list, const struct mount *mount, json_t *earlier,
			 const char *pointer, const struct facts *facts, struct findings *findings)
{
	const char *other = NULL;
	int result = find_foreign_symlink(list, earlier, mount->place, facts, &other);
	if (result == 0 && other) {
		cleanup_json json_t *written = json_string(mount->written);
		result = finding_add(findings, (struct finding_spec){.pointer = pointer, .before = written},
				     "leads through a symbolic link that the mount at \"%s\" brings with it: "
				     "nobody can say where it ends; mount it elsewhere",
				     other);
	}
	if (result == 0 &&
	    json_object_set_new(earlier, mount->place, json_integer((json_int_t)mount->index)) < 0)
		result = -ENOMEM;
	return result;
}

/* runc folds ".." as text, crun as the kernel does; older ones disagree about
 * relative destinations. Where all readings are fine the plain one is written. */
static int judge_spelling(const struct mount *mount, const char *pointer, struct findings *findings)
{
	if (mount->written[0] == '/' && !strstr(mount->written, ".."))
		return 0;
	cleanup_json json_t *written = json_string(mount->written);
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = pointer,
				   .before = written,
				   .edit = EDIT_SET,
				   .after = json_string(mount->destination),
			   },
			   "is not a plain absolute path, and backends read such a path differently");
}

static int judge(struct mount_list *list, struct mount *mount, json_t *earlier, const struct facts *facts,
		 const json_t *settings, struct findings *findings)
{
	const char *place = NULL, *other = NULL;
	int result = mount_place(list, mount, &place, &other);
	if (result < 0)
		return result;
	cleanup_free char *pointer = mount_pointer(mount, "destination");
	if (!pointer)
		return -ENOMEM;
	const char *readings[] = {mount->destination, place, other};
	for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
		const char *why = readings[i] ? objection(mount, readings[i], settings) : NULL;
		if (why)
			return refuse(mount, pointer, readings[i], why, findings);
	}
	result = judge_spelling(mount, pointer, findings);
	if (result < 0)
		return result;
	return judge_nesting(list, mount, earlier, pointer, facts, findings);
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	cleanup_mount_list struct mount_list list = MOUNT_LIST_EMPTY;
	cleanup_json json_t *earlier = json_object(); /* place → index */
	int result = earlier ? mount_list_read(view, facts, &list, error) : -ENOMEM;
	for (size_t i = 0; result == 0 && i < list.count; i++)
		result = judge(&list, &list.items[i], earlier, facts, settings, findings);
	return result;
}

static int check_destination(const json_t *value, struct error **error)
{
	return mount_check_path(json_string_value(value), true, error);
}

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Destinations in /proc, /sys or /dev where a mount may stand besides the usual ones; "
			"/dev/net/** is that folder and all below it",
		.check = check_destination,
	},
	{.type = KEY_END},
};

const struct control control_mount_destinations = {
	.name = "mount-destinations",
	.summary = "Refuses mounts over the container's root and in /proc, /sys and /dev beyond the usual "
		   "ones",
	.risk = "A mount at / replaces the image that was verified. A mount in /proc or /sys feeds false "
		"data to "
		"programs and to the backend, or shows what is hidden. \"..\" and symbolic links in the "
		"image or in "
		"a volume lead there under a harmless name.",
	.cis = "5.13",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/mounts", NULL},
	.keys = keys,
	.assess = assess,
};
