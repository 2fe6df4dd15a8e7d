#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/controls/mount.h"
#include "policy/controls/mount_dangers.h"
#include "policy/controls/mount_source.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/cdi.h"
#include "policy/host/path.h"

/* File systems of their own that may stand behind an engine's folder, since none of
 * them is a window to the host's. Those on a block device only where the engine's
 * operator chose the device (a CSI driver): behind a named volume its user did. */
static const struct volume_type {
	const char *name;
	bool on_device;
} volume_types[] = {
	{"tmpfs", false}, {"nfs", false},    {"nfs4", false},	{"cifs", false},	   {"smb3", false},
	{"ceph", false},  {"9p", false},     {"virtiofs", false}, {"lustre", false},	   {"ocfs2", true},
	{"gfs2", true},	  {"ext2", true},    {"ext3", true},	{"ext4", true},	   {"xfs", true},
	{"btrfs", true},  {"zfs", true},     {"f2fs", true},	{"fuse.glusterfs", false}, {"fuse.ceph-fuse", false},
};

struct run {
	const struct facts *facts;
	const json_t *settings;
	struct findings *findings;
	struct error **error;
	int host; /* "/" */
	struct mount_grants grants;
	struct mount_dangers *dangers; /* NULL until needed */
	struct mountinfo *mountinfo;   /* NULL until needed */
	json_t *cdi;                   /* NULL until needed */
	const char *resolved;	       /* the source that is being judged */
	char *trusted_folder;	       /* the last one whose whole way is root's, or NULL */
};

/* One refusal. `shown`: where the source really leads, if that helps. */
struct refusal {
	const char *what, *more;
	const char *shown;
	const char *reference;
	json_t *remedy; /* taken over */
};

static int refuse(const struct run *run, const struct mount *mount, struct refusal refusal)
{
	cleanup_free char *pointer = mount_pointer(mount, "source");
	cleanup_json json_t *source = json_string(mount->source);
	if (!pointer || !source) {
		json_decref(refusal.remedy);
		return -ENOMEM;
	}
	struct finding_spec spec = {
		.pointer = pointer,
		.before = source,
		.reference = refusal.reference,
		.remedy = refusal.remedy,
	};
	const char *more = refusal.more ? refusal.more : "";
	if (!refusal.shown || strcmp(refusal.shown, mount->source) == 0)
		return finding_add(run->findings, spec, "%s%s", refusal.what, more);
	return finding_add(run->findings, spec, "leads to \"%s\", which %s%s", refusal.shown, refusal.what,
			   more);
}

static json_t *listing(const char *path, const struct mount_grant *wanted)
{
	return json_pack("{s:[{s:s, s:b, s:b, s:b}]}", "add", "source", path, "read-only", wanted->read_only,
			 "socket", wanted->socket, "device", wanted->device);
}

/* The danger of a path and of what the host shows it as elsewhere, the graver one;
 * *path becomes the one that is meant. */
static struct danger_found find_danger(const struct run *run, const char **path, const char *origin,
				       const struct stat *status)
{
	struct danger_found danger = mount_dangers_of(run->dangers, *path, status);
	if (!origin || strcmp(origin, *path) == 0)
		return danger;
	struct danger_found behind = mount_dangers_of(run->dangers, origin, status);
	bool holds_own = danger.holds_own || behind.holds_own;
	if (behind.kind != DANGER_NONE && (danger.kind == DANGER_NONE || behind.kind < danger.kind)) {
		*path = origin;
		danger = behind;
	}
	danger.holds_own = holds_own;
	return danger;
}

/* What the policy's grant lacks, or NULL. */
static const char *shortfall(const struct mount_grant *grant, const struct mount_grant *wanted)
{
	if (grant->read_only && !wanted->read_only)
		return "; the policy lists it for read-only mounts, and this one is writable";
	if (wanted->socket && !grant->socket)
		return "; the policy lists the path, but without socket: true";
	if (wanted->device && !grant->device)
		return "; the policy lists the path, but without device: true";
	if (wanted->exact && !grant->exact)
		return "; the policy lists a folder above it, and this one has to be listed by itself";
	return NULL;
}

/* The engine's own file in a folder that only the engine reaches. */
static bool is_sealed(const struct run *run, const char *path, const char *folder)
{
	const struct engine_path *engine = mount_grants_engine(&run->grants, path);
	const char *name = path_rest(path, folder);
	return engine && engine->sealed && name && *name && !strchr(name + 1, '/');
}

/* The length of the folder's part of `path`, 0 where symlinks are on the way to it. */
static size_t plain_folder(const struct run *run, const struct mount *mount)
{
	return strcmp(mount->source, run->resolved) == 0 ? (size_t)(strrchr(run->resolved, '/') - run->resolved) : 0;
}

/* Nobody but root can change a way that is root's from / on, so what was found of it
 * holds for the folder's next file: engines bind several of one folder. */
static bool is_in_trusted_folder(const struct run *run, size_t folder)
{
	return folder > 0 && run->trusted_folder && strlen(run->trusted_folder) == folder &&
	       strncmp(run->trusted_folder, run->resolved, folder) == 0;
}

static int judge_way(struct run *run, const struct mount *mount, const char *path)
{
	size_t plain = plain_folder(run, mount);
	if (is_in_trusted_folder(run, plain))
		return 0;
	cleanup_free char *folder = NULL;
	int result = mount_source_untrusted(mount, run->facts, run->host, &folder);
	if (result == 0 && !folder && plain > 0) {
		free(run->trusted_folder);
		run->trusted_folder = strndup(run->resolved, plain);
	}
	if (result == -ENOMEM || (result == 0 && !folder))
		return result;
	if (result == 0 && is_sealed(run, path, folder))
		return 0;
	return refuse(run, mount,
		      (struct refusal){
			      .what = "can be exchanged while the container is started, since others than "
				      "root may write in ",
			      .more = folder ? folder : "a folder above it",
			      .shown = path,
			      .reference = "CIS 5.6",
		      });
}

/* Root itself says, in a specification, that a device of a listed class needs it. */
static bool stands_in_cdi(struct run *run, const struct mount *mount)
{
	if (!run->cdi)
		run->cdi = cdi_read(setting_list(run->settings, "cdi"));
	return cdi_has_mount(run->cdi, mount->source, mount->written, mount->read_only);
}

/* Everything that is not the engine's: the policy lists it, or it is refused. */
static int judge_host_path(struct run *run, const struct mount *mount, const char *path, const char *origin,
			   const struct stat *status)
{
	int known = run->dangers ? 0 : mount_dangers_make(run->host, &run->dangers);
	if (known < 0)
		return known;
	struct danger_found danger = find_danger(run, &path, origin, status);
	struct refusal refusal = {
		.what = danger.what ? danger.what
				    : "is a path of the host that neither the engine nor the policy lists",
		.shown = path,
		.reference = danger.reference ? danger.reference : "CIS 5.6",
	};
	if (danger.kind == DANGER_OWN)
		return refuse(run, mount, refusal);
	if (danger.holds_own && !mount->read_only) {
		refusal.more = "; with oci-harden's own files in it, it can be listed for read-only mounts "
			       "at most";
		return refuse(run, mount, refusal);
	}
	if (stands_in_cdi(run, mount))
		return 0;
	bool holds_socket = danger.kind == DANGER_HOLDS_SOCKET;
	struct mount_grant grant = {0};
	struct mount_grant wanted = {
		.exact = holds_socket || danger.holds_own,
		.read_only = mount->read_only,
		.socket = danger.kind == DANGER_SOCKET || holds_socket,
		.device = danger.kind == DANGER_DEVICE,
	};
	bool listed = mount_grants_policy(&run->grants, path, &wanted, &grant);
	refusal.more = listed ? shortfall(&grant, &wanted) : NULL;
	if (listed && !refusal.more)
		return judge_way(run, mount, path);
	refusal.remedy = listing(path, &wanted);
	return refuse(run, mount, refusal);
}

static int need_mountinfo(struct run *run)
{
	return run->mountinfo ? 0 : mountinfo_read(&run->mountinfo, run->error);
}

static bool may_stand_behind(const struct engine_path *engine, const char *type)
{
	if (type && engine->image && strcmp(type, "overlay") == 0)
		return true;
	for (size_t i = 0; type && i < ARRAY_SIZE(volume_types); i++)
		if (strcmp(type, volume_types[i].name) == 0)
			return !(engine->volume && volume_types[i].on_device);
	return false;
}

/* Something is mounted at or below the engine's path: a named volume made with
 * o=bind,device=/root or type=ext4,device=/dev/vda looks as harmless as any. */
static int judge_behind(struct run *run, const struct mount *mount, const struct mount_source *source,
			const struct engine_path *engine)
{
	cleanup_free char *origin = NULL;
	const char *type = NULL;
	int result = need_mountinfo(run);
	if (result == 0)
		result = mount_source_origin(source, run->mountinfo, &run->grants, &origin, &type);
	if (result < 0)
		return result;
	if (origin && mount_grants_engine(&run->grants, origin))
		return 0;
	if (origin && !mount_source_is_at(run->host, origin, &source->status))
		return refuse(run, mount,
			      (struct refusal){
				      .what = "has behind it a folder of the host that something else is "
					      "mounted over: ",
				      .more = origin,
				      .reference = "CIS 5.6",
			      });
	if (origin)
		return judge_host_path(run, mount, origin, NULL, &source->status);
	if (may_stand_behind(engine, type))
		return 0;
	struct mount_grant grant, wanted = {.read_only = mount->read_only};
	if (mount_grants_policy(&run->grants, source->path, &wanted, &grant) &&
	    mount_grant_suffices(&grant, &wanted))
		return 0;
	return refuse(run, mount,
		      (struct refusal){
			      .what = type ? "has behind it a file system that can show the host's own "
					     "files: "
					   : "has behind it a mount of another namespace",
			      .more = type,
			      .reference = "CIS 5.6",
			      .remedy = listing(source->path, &wanted),
		      });
}

/* The engine's own path, unless the way to it leads through a folder that a
 * container's user may write: there a symbolic link can be turned to the host's root
 * after it was judged. */
static int judge_engine(struct run *run, const struct mount *mount, const struct mount_source *source,
			const struct engine_path *engine)
{
	size_t before = run->findings->count;
	if (engine->program && !mount->read_only)
		return refuse(run, mount,
			      (struct refusal){
				      .what = "is a program of the host that its containers run, and the mount is "
					      "writable; mount it with ro",
				      .reference = "CIS 5.6",
			      });
	int result = judge_way(run, mount, source->path);
	if (result < 0 || run->findings->count > before)
		return result;
	return mount_source_crosses(source, engine, run->host) ? judge_behind(run, mount, source, engine) : 0;
}

static int judge(struct run *run, const struct mount *mount)
{
	cleanup_mount_source struct mount_source source = MOUNT_SOURCE_EMPTY;
	const char *why = NULL;
	int result = mount_source_open(mount, run->facts, run->host, &source, &why);
	if (result < 0)
		return result;
	if (why)
		return refuse(run, mount, (struct refusal){.what = why, .reference = "CIS 5.6"});
	run->resolved = source.path;
	const struct engine_path *engine = mount_grants_engine(&run->grants, source.path);
	if (engine)
		return judge_engine(run, mount, &source, engine);
	if (mount_grants_is_volume(&run->grants, source.path))
		return refuse(run, mount,
			      (struct refusal){
				      .what = "is a named volume, and the policy lets none in",
				      .reference = "CIS 5.6",
				      .remedy = json_pack("{s:b}", "volumes", 1),
			      });
	cleanup_free char *origin = NULL;
	const char *type = NULL;
	result = need_mountinfo(run);
	if (result == 0)
		result = mount_source_origin(&source, run->mountinfo, NULL, &origin, &type);
	return result < 0 ? result : judge_host_path(run, mount, source.path, origin, &source.status);
}

static int judge_all(struct run *run, const struct mount_list *list)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < list->count; i++)
		if (list->items[i].bind)
			result = judge(run, &list->items[i]);
	return result;
}

static int assess(const struct container_view *view, const struct facts *facts, const json_t *settings,
		  struct findings *findings, struct error **error)
{
	cleanup_mount_list struct mount_list list = MOUNT_LIST_EMPTY;
	cleanup_close int host = -1;
	int result = mount_list_read(view, facts, &list, error);
	if (result == 0)
		result = file_open_directory("/", &host, error);
	if (result < 0)
		return result;
	struct run run = {
		.facts = facts,
		.settings = settings,
		.findings = findings,
		.error = error,
		.host = host,
	};
	result = mount_grants_make(facts, settings, host, &run.grants);
	if (result == 0)
		result = judge_all(&run, &list);
	mount_grants_release(&run.grants);
	mount_dangers_free(run.dangers);
	mountinfo_free(run.mountinfo);
	json_decref(run.cdi);
	free(run.trusted_folder);
	return result;
}

static int check_record(const json_t *value, struct error **error)
{
	const char *source = json_string_value(json_object_get(value, "source"));
	if (source && strcmp(source, "/") == 0)
		return 0; /* it says itself what it is; a folder above everything does not */
	return mount_check_path(source, true, error);
}

static int check_class(const json_t *value, struct error **error)
{
	return cdi_check_class(json_string_value(value), error);
}

static const struct policy_key record_fields[] = {
	{
		.name = "source",
		.type = KEY_TEXT,
		.help = "Absolute path of the host; /srv/data/** is that folder and all below it. Where it "
			"leads to "
			"another place by a symbolic link, that place counts",
	},
	{
		.name = "read-only",
		.type = KEY_FLAG,
		.order = ORDER_TRUE,
		.fallback = "false",
		.help = "Only for mounts that are read-only",
	},
	{
		.name = "socket",
		.type = KEY_FLAG,
		.order = ORDER_FALSE,
		.fallback = "false",
		.help = "It may be a UNIX socket, or a folder that holds an engine's",
	},
	{
		.name = "device",
		.type = KEY_FLAG,
		.order = ORDER_FALSE,
		.fallback = "false",
		.help = "It may be a device node",
	},
	{.type = KEY_END},
};

static const struct policy_key keys[] = {
	{
		.name = "allow",
		.type = KEY_RECORDS,
		.order = ORDER_FEWER,
		.help = "Paths of the host that may be mounted besides the engine's own",
		.fields = record_fields,
		.check = check_record,
	},
	{
		.name = "volumes",
		.type = KEY_FLAG,
		.order = ORDER_FALSE,
		.fallback = "true",
		.help = "Lets the engine's named volumes in, judged by what is really behind them",
	},
	{
		.name = "cdi",
		.type = KEY_LIST,
		.order = ORDER_FEWER,
		.help = "Classes of CDI devices (nvidia.com/gpu): mounts pass that stand so in a specification of root's, "
			"in JSON, in /etc/cdi or /run/cdi",
		.check = check_class,
	},
	{.type = KEY_END},
};

const struct control control_mount_sources = {
	.name = "mount-sources",
	.summary = "Lets only the engine's own files, named volumes and listed paths of the host be mounted; "
		   "sockets "
		   "and device nodes have to be listed as such, and what belongs to oci-harden never is",
	.risk = "With the Docker socket, /etc, a disk or the host's root inside, whoever breaks into the "
		"container "
		"owns the host. The path as written says little: symbolic links, another name for the "
		"socket, "
		"/proc/1/root and a volume that is a bind of /root all look harmless.",
	.cis = "5.6, 5.18, 5.32",
	.pss = "baseline",
	.verbs = VERB_CREATE,
	.action = ACTION_REFUSE,
	.owns = (const char *const[]){NULL},
	.keys = keys,
	.assess = assess,
};
