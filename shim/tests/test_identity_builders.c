/* BuildKit in dockerd as recorded, nerdctl as its sources say where things stand, and
 * what somebody might forge of either. */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/tests/support.h"
#include "shim/tests/recorded.h"

#define BUILDER "/mnt/docker/buildkit"
#define SECRET "/mnt/docker/tmp/buildkit-secrets3684904537/4n4n4u6c6l05l5tochrx6bmpf"
/* the first digits of the SHA-256 of the socket on the shim's command line */
#define NERDCTL "/var/lib/nerdctl/b7ce93db"

static void buildkit(void **state)
{
	(void)state;
	struct recorded recorded = load("buildkit");
	assert_identified(&recorded, ENGINE_BUILDKIT);
	const struct facts *facts = &recorded.facts;
	assert_null(facts->namespace.value);
	assert_null(facts->config_digest.value);
	assert_path(facts, BUILDER "/executor/resolv.conf", false);
	assert_path(facts, BUILDER "/executor/hosts.h8abjq26863c8nx03gj6fsvtv", false);
	assert_path(facts, "/mnt/docker/overlay2/hkw7dgin65n9ioyz0w39hxac0/diff", false);
	assert_path(facts, SECRET, false);
	assert_true(path_of(facts, SECRET)->sealed);
	assert_null(path_of(facts, "/mnt/docker/overlay2"));
	assert_null(path_of(facts, "/mnt/docker/tmp"));
	assert_string_equal(facts->network_namespaces, "/mnt/exec/netns/");
	unload(&recorded);
}

static void buildkit_each_sign_alone(void **state)
{
	static const char *const programs[] = {"bash", "containerd", "buildctl", "docker"};
	(void)state;
	struct recorded recorded = load("buildkit");
	char *bundle = recorded.invocation.bundle;
	const char *log = recorded.invocation.log, *id = recorded.invocation.id;
	char other[] = BUILDER "/executor/other", runner[] = BUILDER "/runner/spv935pk9m8yw3nrkrjnc8zdx";
	char *const bundles[] = {other, runner};
	for (size_t i = 0; i < ARRAY_SIZE(bundles); i++) {
		recorded.invocation.bundle = bundles[i];
		assert_unknown(&recorded);
	}
	recorded.invocation.bundle = bundle;
	recorded.invocation.id = "other";
	assert_unknown(&recorded);
	recorded.invocation.id = id;
	recorded.invocation.log = NULL;
	assert_unknown(&recorded);
	recorded.invocation.log = "/mnt/docker/other.json";
	assert_unknown(&recorded);
	recorded.invocation.log = log;
	recorded.invocation.root = "/run/runc";
	assert_unknown(&recorded);
	recorded.invocation.root = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		free(recorded.parent.program);
		recorded.parent.program = strdup(programs[i]);
		assert_unknown(&recorded);
	}
	unload(&recorded);
}

static void buildkit_folders_that_others_may_write(void **state)
{
	static const char *const places[] = {BUILDER, "/mnt/docker"};
	(void)state;
	struct recorded recorded = load("buildkit");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		assert_int_equal(chmod(places[i], 0777), 0);
		assert_unknown(&recorded);
		assert_int_equal(chmod(places[i], 0711), 0);
	}
	assert_int_equal(unlink(BUILDER "/metadata_v2.db"), 0);
	assert_identified(&recorded, ENGINE_BUILDKIT);
	assert_int_equal(unlink(BUILDER "/cache.db"), 0);
	assert_unknown(&recorded);
	unload(&recorded);
}

static void buildkit_mounts_by_hostile_sources(void **state)
{
	static const char *const sources[] = {
		"/mnt/docker/overlay2", "/mnt/docker/overlay2/", "/mnt/docker/overlay2/../containers/diff",
		"/mnt/docker/tmp/buildkit-secretsx", "/mnt/docker/tmp/buildkit-secretsx/..",
		"/mnt/docker/tmp/buildkit-secretsx/a/b", "/mnt/docker/tmp/other/x", BUILDER "/executor/other",
		"/etc", "/mnt/docker/containers/x"};
	(void)state;
	struct recorded recorded = load("buildkit");
	json_t *mounts = json_array();
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		json_array_append_new(mounts, json_pack("{s:s, s:s}", "destination", "/x", "source", sources[i]));
	json_object_set_new(recorded.config, "mounts", mounts);
	assert_identified(&recorded, ENGINE_BUILDKIT);
	/* resolv.conf, resolv-host.conf and hosts, which every step may have */
	assert_int_equal(recorded.facts.path_count, 3);
	unload(&recorded);
}

/* A step whose parent is dockerd is not Docker's, and a container is not BuildKit's. */
static void docker_is_not_buildkit(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	free(recorded.parent.program);
	recorded.parent.program = strdup("dockerd");
	assert_unknown(&recorded);
	unload(&recorded);
}

static void make_folders(void)
{
	static const char *const folders[] = {
		"/var/lib/nerdctl", NERDCTL, NERDCTL "/containers", NERDCTL "/containers/default",
		NERDCTL "/containers/default/t1", NERDCTL "/etchosts", NERDCTL "/etchosts/default",
		NERDCTL "/etchosts/default/t1", NERDCTL "/volumes", NERDCTL "/volumes/default"};
	assert_int_equal(mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		assert_int_equal(mkdir(folders[i], 0700), 0);
}

static struct recorded load_nerdctl(void)
{
	struct recorded recorded = load("ctr");
	json_object_set_new(
		recorded.config, "mounts",
		json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "destination", "/data", "source",
			  NERDCTL "/volumes/default/v1/_data", "destination", "/other", "source",
			  NERDCTL "/volumes/prod/v1/_data", "destination", "/host", "source", "/etc"));
	json_object_set_new(recorded.config, "annotations",
			    json_pack("{s:s, s:s}", "nerdctl/namespace", "prod", "nerdctl/state-dir",
				      NERDCTL "/containers/prod/t1"));
	return recorded;
}

static void nerdctl(void **state)
{
	(void)state;
	struct recorded recorded = load_nerdctl();
	make_folders();
	assert_identified(&recorded, ENGINE_CONTAINERD);
	const struct facts *facts = &recorded.facts;
	assert_fact(&facts->namespace, "default", PROVENANCE_ENGINE);
	assert_path(facts, NERDCTL "/containers/default/t1/resolv.conf", false);
	assert_path(facts, NERDCTL "/etchosts/default/t1/hosts", false);
	assert_path(facts, NERDCTL "/volumes/default/v1/_data", true);
	/* another namespace's, and the host's */
	assert_null(path_of(facts, NERDCTL "/volumes/prod/v1/_data"));
	assert_null(path_of(facts, NERDCTL "/containers/prod/t1/resolv.conf"));
	assert_null(path_of(facts, "/etc"));
	unload(&recorded);
	assert_int_equal(umount2("/var/lib", MNT_DETACH), 0);
}

/* `ctr run` with nerdctl's annotations and mounts: no folder of nerdctl's, nothing. */
static void nerdctl_forged(void **state)
{
	(void)state;
	struct recorded recorded = load_nerdctl();
	make_folders();
	assert_int_equal(rmdir(NERDCTL "/containers/default/t1"), 0);
	assert_identified(&recorded, ENGINE_CONTAINERD);
	assert_int_equal(recorded.facts.path_count, 0);
	assert_int_equal(mkdir(NERDCTL "/containers/default/t1", 0700), 0);
	assert_int_equal(chmod("/var/lib/nerdctl", 0777), 0);
	assert_identified(&recorded, ENGINE_CONTAINERD);
	assert_int_equal(recorded.facts.path_count, 0);
	unload(&recorded);
	assert_int_equal(umount2("/var/lib", MNT_DETACH), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		on_a_new_host(buildkit),
		on_a_new_host(buildkit_each_sign_alone),
		on_a_new_host(buildkit_folders_that_others_may_write),
		on_a_new_host(buildkit_mounts_by_hostile_sources),
		on_a_new_host(docker_is_not_buildkit),
		on_a_new_host(nerdctl),
		on_a_new_host(nerdctl_forged),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
