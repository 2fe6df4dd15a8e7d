/* mount-sources: paths of the host that are not the engine's. */
#include "policy/controls/mount_sources.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"
#include "policy/host/cdi.h"
#include "policy/host/path.h"

int source_refuse(const struct source_run *run, const struct mount *mount, struct source_refusal refusal)
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

json_t *source_listing(const char *path, const struct mount_grant *wanted)
{
	return json_pack("{s:[{s:s, s:b, s:b, s:b}]}", "add", "source", path, "read-only", wanted->read_only,
			 "socket", wanted->socket, "device", wanted->device);
}

/* The danger of a path and of what the host shows it as elsewhere, the graver one;
 * *path becomes the one that is meant. */
static struct danger_found find_danger(const struct source_run *run, const char **path, const char *origin,
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
static bool is_sealed(const struct source_run *run, const char *path, const char *folder)
{
	const struct engine_path *engine = mount_grants_engine(&run->grants, path);
	const char *name = path_rest(path, folder);
	return engine && engine->sealed && name && *name && !strchr(name + 1, '/');
}

/* The length of the folder's part of `path`, 0 where symlinks are on the way to it. */
static size_t plain_folder(const struct source_run *run, const struct mount *mount)
{
	return strcmp(mount->source, run->resolved) == 0 ? (size_t)(strrchr(run->resolved, '/') - run->resolved) : 0;
}

/* Nobody but root can change a way that is root's from / on, so what was found of it
 * holds for the folder's next file: engines bind several of one folder. */
static bool is_in_trusted_folder(const struct source_run *run, size_t folder)
{
	return folder > 0 && run->trusted_folder && strlen(run->trusted_folder) == folder &&
	       strncmp(run->trusted_folder, run->resolved, folder) == 0;
}

int source_judge_way(struct source_run *run, const struct mount *mount, const char *path)
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
	return source_refuse(run, mount,
		      (struct source_refusal){
			      .what = "can be exchanged while the container is started, since others than "
				      "root may write in ",
			      .more = folder ? folder : "a folder above it",
			      .shown = path,
			      .reference = "CIS 5.6",
		      });
}

/* Root itself says, in a specification, that a device of a listed class needs it. */
static bool stands_in_cdi(struct source_run *run, const struct mount *mount)
{
	if (!run->cdi)
		run->cdi = cdi_read(setting_list(run->settings, "cdi"));
	return cdi_has_mount(run->cdi, mount->source, mount->written, mount->read_only);
}

/* Everything that is not the engine's: the policy lists it, or it is refused. */
int source_judge_host_path(struct source_run *run, const struct mount *mount, const char *path, const char *origin,
			   const struct stat *status)
{
	int known = run->dangers ? 0 : mount_dangers_make(run->host, &run->dangers);
	if (known < 0)
		return known;
	struct danger_found danger = find_danger(run, &path, origin, status);
	struct source_refusal refusal = {
		.what = danger.what ? danger.what
				    : "is a path of the host that neither the engine nor the policy lists",
		.shown = path,
		.reference = danger.reference ? danger.reference : "CIS 5.6",
	};
	if (danger.kind == DANGER_OWN)
		return source_refuse(run, mount, refusal);
	if (danger.holds_own && !mount->read_only) {
		refusal.more = "; with oci-harden's own files in it, it can be listed for read-only mounts "
			       "at most";
		return source_refuse(run, mount, refusal);
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
		return source_judge_way(run, mount, path);
	refusal.remedy = source_listing(path, &wanted);
	return source_refuse(run, mount, refusal);
}
