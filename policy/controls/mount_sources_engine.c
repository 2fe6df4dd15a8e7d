/* mount-sources: paths that the engine itself mounts, and what stands behind them. */
#include "policy/controls/mount_sources.h"

#include <string.h>

#include "policy/base/cleanup.h"

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

int source_need_mountinfo(struct source_run *run)
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
static int judge_behind(struct source_run *run, const struct mount *mount, const struct mount_source *source,
			const struct engine_path *engine)
{
	cleanup_free char *origin = NULL;
	const char *type = NULL;
	int result = source_need_mountinfo(run);
	if (result == 0)
		result = mount_source_origin(source, run->mountinfo, &run->grants, &origin, &type);
	if (result < 0)
		return result;
	if (origin && mount_grants_engine(&run->grants, origin))
		return 0;
	if (origin && !mount_source_is_at(run->host, origin, &source->status))
		return source_refuse(run, mount,
			      (struct source_refusal){
				      .what = "has behind it a folder of the host that something else is "
					      "mounted over: ",
				      .more = origin,
				      .reference = "CIS 5.6",
			      });
	if (origin)
		return source_judge_host_path(run, mount, origin, NULL, &source->status);
	if (may_stand_behind(engine, type))
		return 0;
	struct mount_grant grant, wanted = {.read_only = mount->read_only};
	if (mount_grants_policy(&run->grants, source->path, &wanted, &grant) &&
	    mount_grant_suffices(&grant, &wanted))
		return 0;
	return source_refuse(run, mount,
		      (struct source_refusal){
			      .what = type ? "has behind it a file system that can show the host's own "
					     "files: "
					   : "has behind it a mount of another namespace",
			      .more = type,
			      .reference = "CIS 5.6",
			      .remedy = source_listing(source->path, &wanted),
		      });
}

/* The engine's own path, unless the way to it leads through a folder that a
 * container's user may write: there a symbolic link can be turned to the host's root
 * after it was judged. */
int source_judge_engine(struct source_run *run, const struct mount *mount, const struct mount_source *source,
			const struct engine_path *engine)
{
	size_t before = run->findings->count;
	if (engine->program && !mount->read_only)
		return source_refuse(run, mount,
			      (struct source_refusal){
				      .what = "is a program of the host that its containers run, and the mount is "
					      "writable; mount it with ro",
				      .reference = "CIS 5.6",
			      });
	int result = source_judge_way(run, mount, source->path);
	if (result < 0 || run->findings->count > before)
		return result;
	return mount_source_crosses(source, engine, run->host) ? judge_behind(run, mount, source, engine) : 0;
}
