/* Shared by the files of the control mount-sources, private to it. */
#ifndef OCI_HARDEN_CONTROLS_MOUNT_SOURCES_H
#define OCI_HARDEN_CONTROLS_MOUNT_SOURCES_H

#include "policy/controls/mount.h"
#include "policy/controls/mount_dangers.h"
#include "policy/controls/mount_source.h"

struct source_run {
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
struct source_refusal {
	const char *what, *more;
	const char *shown;
	const char *reference;
	json_t *remedy; /* taken over */
};

/* 0 or -ENOMEM. */
int source_refuse(const struct source_run *run, const struct mount *mount, struct source_refusal refusal);

/* The setting that lists `path` as wanted, for a remedy. */
json_t *source_listing(const char *path, const struct mount_grant *wanted);

/* What the host has mounted, read once into run->mountinfo. */
int source_need_mountinfo(struct source_run *run);

/* Refuses where others than root may exchange something on the way to the source. */
int source_judge_way(struct source_run *run, const struct mount *mount, const char *path);

/* A path that is not the engine's: the policy lists it, or it is refused. `origin`:
 * where the host shows it too, or NULL. */
int source_judge_host_path(struct source_run *run, const struct mount *mount, const char *path, const char *origin,
			   const struct stat *status);

/* The engine's own path. */
int source_judge_engine(struct source_run *run, const struct mount *mount, const struct mount_source *source,
			const struct engine_path *engine);

#endif
