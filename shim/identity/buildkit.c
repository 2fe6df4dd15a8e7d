/* BuildKit's executor, which runs the RUN steps of a build: in dockerd, which has one of
 * its own, or in buildkitd. It calls `RUNTIME --log EXECUTOR/runc-log.json … run --bundle
 * EXECUTOR/ID ID` itself, without --root and without containerd's shim. Beside the folder
 * "executor" stand BuildKit's databases, which root alone can write. A step's mounts are
 * snapshots, secrets and files that BuildKit chose: a Dockerfile names no host path. */
#include "shim/identity/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/lasting.h"
#include "shim/identity/store.h"

#define EXECUTOR "/executor"
#define LOG "/runc-log.json"
#define SNAPSHOTS "/containerd/daemon/io.containerd.snapshotter.v1.overlayfs/snapshots"
#define LAYERS "/overlay2"
#define STAGE "a cache or another stage of the build"
#define IN_DOCKERD "/buildkit"
#define EXEC_ROOT "/run/docker"
#define CNI "/var/lib/buildkit/net/cni/"

static bool parent_is_builder(const struct parent *parent)
{
	return text_equal(parent->program, "dockerd") || text_equal(parent->program, "buildkitd");
}

/* EXECUTOR of a bundle EXECUTOR/ID: 1, or 0 where it is not that; -ENOMEM. */
static int executor_of(const struct invocation *invocation, char **ret_executor)
{
	cleanup_free char *tail = NULL;
	if (!invocation->bundle || !invocation->id)
		return 0;
	if (asprintf(&tail, EXECUTOR "/%s", invocation->id) < 0) {
		tail = NULL;
		return -ENOMEM;
	}
	if (!text_ends_with(invocation->bundle, tail))
		return 0;
	*ret_executor = strndup(invocation->bundle, strlen(invocation->bundle) - strlen(invocation->id) - 1);
	return *ret_executor ? 1 : -ENOMEM;
}

static int logs_in(const struct invocation *invocation, const char *executor)
{
	cleanup_free char *log = NULL;
	if (asprintf(&log, "%s" LOG, executor) < 0) {
		log = NULL;
		return -ENOMEM;
	}
	return invocation->log && text_equal(invocation->log, log);
}

/* dockerd's, whichever image store it has; that of a buildkitd's worker. */
static int find_database(const struct store *builder, struct error **error)
{
	static const char *const names[] = {"cache.db", "metadata_v2.db"};
	struct stat status;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int code = fstatat(builder->descriptor, names[i], &status, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
		if (code && !error_is_lasting(code))
			return error_set_errno(error, code, "\"%s/%s\"", builder->path, names[i]);
		if (!code && S_ISREG(status.st_mode))
			return 0;
	}
	return error_set(error, EINVAL, "\"%s\" has none of BuildKit's databases", builder->path);
}

/* The folder around EXECUTOR, which has to hold a database of BuildKit's. */
static int open_builder(const char *executor, struct store *ret_builder, struct error **error)
{
	cleanup_free char *path = strndup(executor, strlen(executor) - strlen(EXECUTOR));
	cleanup_store struct store builder = STORE_CLOSED;
	if (!path)
		return -ENOMEM;
	int result = store_open(path, &builder, error);
	if (result == 0)
		result = find_database(&builder, error);
	if (result < 0)
		return result;
	*ret_builder = builder;
	builder = (struct store)STORE_CLOSED;
	return 0;
}

static int recognise(const struct circumstances *circumstances)
{
	const struct invocation *invocation = circumstances->invocation;
	cleanup_free char *executor = NULL;
	cleanup_store struct store builder = STORE_CLOSED;
	if (!parent_is_builder(circumstances->parent) || invocation->root)
		return 0;
	int result = executor_of(invocation, &executor);
	if (result > 0)
		result = logs_in(invocation, executor);
	return result > 0 ? sign_is_there(open_builder(executor, &builder, NULL)) : result;
}

static bool resembles(const struct circumstances *circumstances)
{
	cleanup_free char *executor = NULL;
	return parent_is_builder(circumstances->parent) || executor_of(circumstances->invocation, &executor) != 0;
}

/* Where a step's mounts come from: BASE + folder + /NAME + tail, with any name that starts
 * with `prefix`. */
struct origin {
	const char *folder, *prefix, *tail, *what;
	bool below;
	bool file; /* not that, but a file in it; BuildKit gives a step the file alone */
	const char *behind; /* BASE + this holds what BuildKit has mounted there; or NULL */
};

/* Below the folder around EXECUTOR; the snapshots are buildkitd's. */
static const struct origin of_builder[] = {
	{EXECUTOR, "hosts.", "", "BuildKit's hosts of this step", false, false, NULL},
	{"/snapshots/snapshots", "", "/fs", STAGE, true, false, NULL},
};

/* Below dockerd's data root; SNAPSHOTS where its image store is containerd's. */
static const struct origin of_dockerd[] = {
	{LAYERS, "", "/diff", STAGE, true, false, NULL},
	{LAYERS, "", "/merged", STAGE, true, false, NULL},
	{SNAPSHOTS, "", "/fs", STAGE, true, false, NULL},
	{"/tmp", "buildkit-secrets", "", "a secret of the build", false, true, NULL},
	{"/tmp", "buildkit-mount", "", STAGE, true, false, LAYERS},
	{"/tmp", "buildkit-mount", "", STAGE, true, false, SNAPSHOTS},
};

/* The mount's `source` or what is above it, at `path`. */
static int grant(const struct origin *origin, const char *base, const char *source, const char *path,
		 struct facts *facts)
{
	cleanup_free char *behind = NULL;
	const char *file = source + strlen(path);
	if (origin->file && (*file != '/' || !store_is_name(file + 1)))
		return 0;
	int result = facts_add_path(facts, origin->file ? source : path, origin->below, false, origin->what);
	if (result < 0)
		return result;
	facts->paths[facts->path_count - 1].sealed = origin->file;
	facts->paths[facts->path_count - 1].image = origin->below;
	if (!origin->behind)
		return 0;
	if (asprintf(&behind, "%s%s", base, origin->behind) < 0)
		return -ENOMEM;
	return facts_add_path(facts, behind, true, false, origin->what);
}

static int add_origin(const struct origin *origin, const char *base, const char *source, struct facts *facts)
{
	cleanup_free char *front = NULL, *folder = NULL;
	if (asprintf(&folder, "%s%s", base, origin->folder) < 0 ||
	    asprintf(&front, "%s/%s", folder, origin->prefix) < 0)
		return -ENOMEM;
	if (!text_starts_with(source, front))
		return 0;
	const char *name = source + strlen(folder) + 1;
	cleanup_free char *component = strndup(name, strcspn(name, "/"));
	cleanup_free char *path = NULL;
	if (!component || asprintf(&path, "%s/%s%s", folder, component, origin->tail) < 0)
		return -ENOMEM;
	cleanup_store struct store trusted = STORE_CLOSED;
	if (!store_is_name(component) || !text_starts_with(source, path) || store_open(folder, &trusted, NULL) < 0)
		return 0;
	return grant(origin, base, source, path, facts);
}

static int add_mounts(const json_t *config, const char *base, const struct origin *origins, size_t count,
		      struct facts *facts)
{
	size_t index;
	json_t *mount;
	json_array_foreach(json_object_get(config, "mounts"), index, mount) {
		const char *source = json_string_value(json_object_get(mount, "source"));
		for (size_t i = 0; source && i < count; i++) {
			int result = add_origin(&origins[i], base, source, facts);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* dockerd keeps BuildKit in DATA-ROOT/buildkit, and the snapshots beside it. */
static int add_mounts_of_dockerd(const json_t *config, const char *builder, struct facts *facts)
{
	if (!text_ends_with(builder, IN_DOCKERD))
		return 0;
	cleanup_free char *data = strndup(builder, strlen(builder) - strlen(IN_DOCKERD));
	return data ? add_mounts(config, data, of_dockerd, ARRAY_SIZE(of_dockerd), facts) : -ENOMEM;
}

/* dockerd's exec root as its command line says, or the usual one; BuildKit's own CNI. */
static int set_network_namespaces(const struct parent *parent, struct facts *facts)
{
	if (text_equal(parent->program, "buildkitd")) {
		facts->network_namespaces = strdup(CNI);
		return facts->network_namespaces ? 0 : -ENOMEM;
	}
	const char *given = parent_option(parent, "--exec-root");
	return store_set_network_namespaces(facts, given ? given : EXEC_ROOT);
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	static const struct own_path texts[] = {
		{"resolv.conf", "BuildKit's resolv.conf", false},
		{"resolv-host.conf", "BuildKit's resolv.conf", false},
		{"hosts", "BuildKit's hosts", false},
	};
	cleanup_free char *executor = NULL;
	cleanup_store struct store builder = STORE_CLOSED, folder = STORE_CLOSED;
	int result = executor_of(circumstances->invocation, &executor) > 0 ? open_builder(executor, &builder, error)
									    : -ENOMEM;
	if (result == 0)
		result = store_open_below(&builder, &EXECUTOR[1], &folder, error);
	if (result == 0)
		result = store_add_paths(facts, &folder, texts, ARRAY_SIZE(texts));
	if (result == 0)
		result = add_mounts(circumstances->config, builder.path, of_builder, ARRAY_SIZE(of_builder),
				    facts);
	if (result == 0)
		result = add_mounts_of_dockerd(circumstances->config, builder.path, facts);
	return result < 0 ? result : set_network_namespaces(circumstances->parent, facts);
}

const struct identity identity_buildkit = {
	.engine = ENGINE_BUILDKIT,
	.recognise = recognise,
	.resembles = resembles,
	.fill = fill,
};
