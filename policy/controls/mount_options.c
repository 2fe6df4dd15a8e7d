#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/controls/mount.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/mountinfo.h"

/* What is asked of one mount, by what it is. */
enum demand {
	DEMAND_ALWAYS = 0,
	DEMAND_NODEV,	  /* not of /dev, /dev/pts and a device node */
	DEMAND_NOEXEC,	  /* the policy says so, and it is writable */
	DEMAND_READ_ONLY, /* it says "ro" last */
	DEMAND_WRITABLE,
	DEMAND_PRIVATE, /* a propagation that the policy does not allow */
	DEMAND_SUBMOUNTS_NODEV,
	DEMAND_SUBMOUNTS,
	DEMAND_SUBMOUNTS_READ_ONLY,
	DEMAND_COUNT,
};

/* Options that go: runc lets the last of two that contradict each other win, crun
 * the tight one in any order, so what is left must not contradict. */
static const struct {
	enum demand demand;
	const char *option, *why;
} unwanted[] = {
	{DEMAND_ALWAYS, "suid", "setuid programs work"},
	{DEMAND_ALWAYS, "rsuid", "setuid programs work in what is mounted below it"},
	{DEMAND_NODEV, "dev", "device nodes work"},
	{DEMAND_NODEV, "rdev", "device nodes work in what is mounted below it"},
	{DEMAND_ALWAYS, "rexec", "programs run from what is mounted below it"},
	{DEMAND_NOEXEC, "exec", "programs run from it"},
	{DEMAND_ALWAYS, "rrw", "what the host mounted read-only below it becomes writable"},
	{DEMAND_READ_ONLY, "rw", "\"ro\" and \"rw\" contradict each other"},
	{DEMAND_WRITABLE, "ro", "\"ro\" and \"rw\" contradict each other"},
	{DEMAND_PRIVATE, "shared", "mounts made inside appear on the host"},
	{DEMAND_PRIVATE, "rshared", "mounts made inside appear on the host"},
};

static const struct {
	enum demand demand;
	const char *option, *why;
} wanted[] = {
	{DEMAND_ALWAYS, "nosuid", "setuid programs work"},
	{DEMAND_NODEV, "nodev", "device nodes work"},
	{DEMAND_NOEXEC, "noexec", "programs run from it"},
	{DEMAND_PRIVATE, "rprivate", "mounts made inside appear on the host"},
	{DEMAND_SUBMOUNTS, "rnosuid", "setuid programs work in what is mounted below it"},
	{DEMAND_SUBMOUNTS_NODEV, "rnodev", "device nodes work in what is mounted below it"},
	{DEMAND_SUBMOUNTS_READ_ONLY, "rro", "\"ro\" leaves what is mounted below it writable"},
};

/* What one run of the control needs. */
struct run {
	const struct facts *facts;
	const json_t *settings;
	struct findings *findings;
	struct error **error;
	int host;		     /* "/", or -1 until needed */
	struct mountinfo *mountinfo; /* NULL until needed */
};

static bool backend_is(const struct facts *facts, const char *name, const char *version)
{
	return text_equal(facts->backend_name, name) && facts->backend_version &&
	       text_starts_with(facts->backend_version, version);
}

/* rro and its like: runc from 1.1 on, crun from 1.4 on. A version that is not
 * known counts as new enough; the shim demands the policy's minimum anyway. */
static bool backend_knows_recursive_options(const struct facts *facts)
{
	static const struct {
		const char *name, *version;
	} without[] = {
		{"runc", "0."},	  {"runc", "1.0"},  {"crun", "0."},   {"crun", "1.0"},
		{"crun", "1.1."}, {"crun", "1.2."}, {"crun", "1.3."},
	};
	for (size_t i = 0; facts && i < ARRAY_SIZE(without); i++)
		if (backend_is(facts, without[i].name, without[i].version))
			return false;
	return true;
}

/* What the bind's source is, and whether the host has mounted something below it.
 * A source that cannot be opened is mount-sources' business. */
static int look_at_source(struct run *run, const struct mount *mount, bool *ret_device, bool *ret_submounts)
{
	cleanup_free char *path = mount_source_path(mount, run->facts);
	cleanup_close int source = -1;
	struct stat status;
	if (run->host < 0 && file_open_directory("/", &run->host, run->error) < 0)
		return -EIO;
	if (!path || file_open_in_root(run->host, path, O_PATH, &source) < 0 || fstat(source, &status) < 0)
		return 0;
	*ret_device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
	if (!mount->recursive_bind || !S_ISDIR(status.st_mode))
		return 0;
	if (!run->mountinfo) {
		int result = mountinfo_read(&run->mountinfo, run->error);
		if (result < 0)
			return result;
	}
	cleanup_free char *resolved = file_path_of_descriptor(source);
	*ret_submounts = resolved && mountinfo_has_below(run->mountinfo, resolved);
	return 0;
}

static bool keeps_devices(const struct mount *mount)
{
	return strcmp(mount->destination, "/dev") == 0 || strcmp(mount->destination, "/dev/pts") == 0;
}

static bool has_forbidden_propagation(const struct mount *mount, const json_t *settings)
{
	static const char *const words[] = {"shared", "rshared"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (mount_has_option(mount, words[i]) &&
		    !setting_list_has(settings, "allow-propagation", words[i]))
			return true;
	return false;
}

static int find_demands(struct run *run, const struct mount *mount, bool demands[DEMAND_COUNT])
{
	bool device = false, submounts = false;
	int result = mount->bind ? look_at_source(run, mount, &device, &submounts) : 0;
	bool nodev = !device && !keeps_devices(mount);
	demands[DEMAND_ALWAYS] = true;
	demands[DEMAND_NODEV] = nodev;
	demands[DEMAND_NOEXEC] = setting_flag(run->settings, "noexec") && !mount->read_only;
	demands[DEMAND_READ_ONLY] = mount->read_only && mount_has_option(mount, "ro");
	demands[DEMAND_WRITABLE] = !mount->read_only && mount_has_option(mount, "rw");
	demands[DEMAND_PRIVATE] = has_forbidden_propagation(mount, run->settings);
	demands[DEMAND_SUBMOUNTS] = submounts;
	demands[DEMAND_SUBMOUNTS_NODEV] = submounts && nodev;
	demands[DEMAND_SUBMOUNTS_READ_ONLY] = submounts && mount->read_only;
	return result;
}

struct edit_list {
	const char *words[ARRAY_SIZE(unwanted) + 1];
	size_t count;
};

static void append_reason(struct text *reasons, const char *why)
{
	if (reasons->data && strstr(reasons->data, why))
		return;
	text_append(reasons, reasons->length ? "; " : "");
	text_append(reasons, why);
}

static void collect(const struct mount *mount, const bool demands[DEMAND_COUNT], struct edit_list *drop,
		    struct edit_list *add, struct text *reasons)
{
	for (size_t i = 0; i < ARRAY_SIZE(unwanted); i++) {
		if (!demands[unwanted[i].demand] || !mount_has_option(mount, unwanted[i].option))
			continue;
		drop->words[drop->count++] = unwanted[i].option;
		append_reason(reasons, unwanted[i].why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!demands[wanted[i].demand] || mount_has_option(mount, wanted[i].option))
			continue;
		add->words[add->count++] = wanted[i].option;
		append_reason(reasons, wanted[i].why);
	}
}

static int judge_options(struct run *run, const struct mount *mount, const char *pointer)
{
	bool demands[DEMAND_COUNT] = {0};
	int result = find_demands(run, mount, demands);
	if (result < 0)
		return result;
	struct edit_list drop = {0}, add = {0};
	cleanup_text struct text reasons = {0};
	collect(mount, demands, &drop, &add, &reasons);
	if (drop.count == 0 && add.count == 0)
		return 0;
	cleanup_free char *why = text_finish(&reasons);
	struct finding_spec spec = {
		.pointer = pointer,
		.before = mount->options,
		.reference = demands[DEMAND_PRIVATE] ? "CIS 5.20" : NULL,
	};
	if (!why)
		return -ENOMEM;
	if (demands[DEMAND_SUBMOUNTS] && !backend_knows_recursive_options(run->facts))
		return finding_add(run->findings, spec,
				   "cannot be made safe: %s, and this %s is too old for the "
				   "options that mend it; use bind in place of rbind",
				   why, run->facts->backend_name);
	spec.edit = EDIT_SET;
	spec.after = mount_edited_options(mount, drop.words, add.words);
	return finding_add(run->findings, spec, "are too loose: %s", why);
}

static int judge(struct run *run, const struct mount *mount)
{
	cleanup_free char *pointer = mount_pointer(mount, "options");
	if (!pointer)
		return -ENOMEM;
	if (mount_has_option(mount, "remount")) {
		int result = finding_add(run->findings,
					 (struct finding_spec){.pointer = pointer, .before = mount->options},
					 "hold \"remount\", which changes a mount that is there already in "
					 "place of "
					 "making one");
		if (result < 0)
			return result;
	}
	return judge_options(run, mount, pointer);
}

static int judge_root_propagation(const struct container_view *view, const json_t *settings,
				  struct findings *findings)
{
	const json_t *value = json_object_get(view->linux_section, "rootfsPropagation");
	const char *word = document_is_string(value) ? json_string_value(value) : "";
	if ((strcmp(word, "shared") != 0 && strcmp(word, "rshared") != 0) ||
	    setting_list_has(settings, "allow-propagation", word))
		return 0;
	return finding_add(findings,
			   (struct finding_spec){
				   .pointer = "/linux/rootfsPropagation",
				   .before = value,
				   .reference = "CIS 5.20",
				   .edit = EDIT_SET,
				   .after = json_string("rprivate"),
				   .remedy = json_pack("{s:{s:[s]}}", "allow-propagation", "add", word),
			   },
			   "lets mounts made inside the container appear on the host");
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	struct run run = {
		.facts = facts, .settings = settings, .findings = findings, .error = error, .host = -1};
	cleanup_mount_list struct mount_list list = MOUNT_LIST_EMPTY;
	int result = mount_list_read(view, facts, &list, error);
	for (size_t i = 0; result == 0 && i < list.count; i++)
		result = judge(&run, &list.items[i]);
	if (result == 0)
		result = judge_root_propagation(view, settings, findings);
	if (run.host >= 0)
		(void)close(run.host);
	mountinfo_free(run.mountinfo);
	return result;
}

static const char *const propagations[] = {"shared", "rshared", NULL};

static const struct policy_key keys[] = {
	{
		.name = "allow-propagation",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Propagation modes that stay besides private and slave ones; with them a mount made "
			"inside "
			"the container appears on the host",
		.words = propagations,
	},
	{
		.name = "noexec",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "false",
		.help = "Adds noexec to every writable mount, so that programs come from the image only",
	},
	{.type = KEY_END},
};

const struct control control_mount_options = {
	.name = "mount-options",
	.summary = "Adds nosuid and nodev to every mount, makes shared propagation private and removes "
		   "options that "
		   "contradict each other",
	.risk = "Through a volume a setuid program or a device node comes into the container. With shared "
		"propagation what the container mounts appears on the host. \"ro\" on a recursive bind "
		"leaves what "
		"is mounted below it writable; of \"ro,rw\" the last wins.",
	.cis = "5.20",
	.verbs = VERB_CREATE,
	.action = ACTION_REWRITE,
	.owns = (const char *const[]){"/mounts", "/linux/rootfsPropagation", NULL},
	.keys = keys,
	.assess = assess,
};
