/* Who is this container: Docker, CRI, ctr and Podman as recorded, and what somebody
 * might forge of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/tests/support.h"
#include "shim/identity/lasting.h"
#include "shim/tests/recorded.h"

#define DOCKER_ID "12a1c2d9c45f842ec25395f15182ee08928e19046e0042c6df6a8a2901fdd0a8"
#define DOCKER_FOLDER "/mnt/docker/containers/" DOCKER_ID
#define SANDBOX_ID "91d04898dc3db145d028e0bef5dc3dcc6b26ece832571ca7106658ec8701c9c7"
#define CRI_ID "e4e9d9c4009ad124b9ea62f4db387cac27df844585e5c4707d9d89365fb10dc6"
#define CRI_STORE "/mnt/containerd/io.containerd.grpc.v1.cri/"
#define PODMAN_ID "02d219ec500d0ce377f49a45aba1b3321479fd641a185d197f2af98ab4b643e2"

static void docker(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	assert_identified(&recorded, ENGINE_DOCKER);
	const struct facts *facts = &recorded.facts;
	assert_fact(&facts->namespace, "moby", PROVENANCE_ENGINE);
	assert_fact(&facts->name, "web", PROVENANCE_USER);
	assert_fact(&facts->image, "img", PROVENANCE_USER);
	assert_fact(&facts->config_digest,
		    "sha256:7096a517dd8513d16152c422658b62d958e66648990fc306e24fb1630eb94ff1", PROVENANCE_ENGINE);
	assert_null(facts->manifest_digest.value);
	assert_string_equal(json_string_value(json_object_get(facts->labels, "a")), "b");
	assert_string_equal(facts->storage, "/mnt/docker/overlay2");
	assert_path(facts, DOCKER_FOLDER "/hostname", false);
	assert_path(facts, DOCKER_FOLDER "/hosts", false);
	assert_path(facts, DOCKER_FOLDER "/resolv.conf", false);
	assert_path(facts, DOCKER_FOLDER "/mounts/shm", false);
	assert_path(facts, "/mnt/docker/volumes/v1/_data", true);
	assert_path(facts, "/mnt/docker/volumes/evil/_data", true);
	assert_path(facts, "/mnt/docker/volumes/be53f6e76f0c8086573a69b4b1fb3a75d627e4fbda1f12d1a7f36cc399ad1561/_data",
		    true);
	/* -v /etc/hosts:/h is the user's */
	assert_null(path_of(facts, "/etc/hosts"));
	assert_null(path_of(facts, "/mnt/docker/volumes"));
	unload(&recorded);
}

static void docker_volume_by_a_hostile_name(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	write_text(DOCKER_FOLDER "/config.v2.json",
		   "{\"ID\":\"" DOCKER_ID "\",\"MountPoints\":{"
		   "\"/a\":{\"Type\":\"volume\",\"Driver\":\"local\",\"Name\":\"../../etc\"},"
		   "\"/b\":{\"Type\":\"volume\",\"Driver\":\"local\",\"Name\":\"..\"},"
		   "\"/c\":{\"Type\":\"volume\",\"Driver\":\"nfs\",\"Name\":\"far\"},"
		   "\"/d\":{\"Type\":\"bind\",\"Driver\":\"local\",\"Name\":\"own\"}}}");
	assert_identified(&recorded, ENGINE_DOCKER);
	for (size_t i = 0; i < recorded.facts.path_count; i++)
		assert_false(recorded.facts.paths[i].volume);
	unload(&recorded);
}

static void docker_without_its_store(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	assert_int_equal(unlink(DOCKER_FOLDER "/config.v2.json"), 0);
	assert_not_identified(&recorded, "config.v2.json\" is missing");
	assert_int_equal(rmdir(DOCKER_FOLDER), 0);
	assert_not_identified(&recorded, "Docker's store does not show what this container is");
	unload(&recorded);
}

static void docker_store_of_another_container(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	write_text(DOCKER_FOLDER "/config.v2.json", "{\"ID\":\"00\",\"Image\":\"sha256:00\"}");
	assert_not_identified(&recorded, "another container's");
	write_text(DOCKER_FOLDER "/config.v2.json", "{\"ID\":\"" DOCKER_ID "\"");
	assert_not_identified(&recorded, "config.v2.json");
	assert_int_equal(unlink(DOCKER_FOLDER "/config.v2.json"), 0);
	assert_int_equal(symlink("/mnt/elsewhere.json", DOCKER_FOLDER "/config.v2.json"), 0);
	assert_not_identified(&recorded, "config.v2.json");
	unload(&recorded);
}

static void docker_store_that_others_may_write(void **state)
{
	static const char *const places[] = {DOCKER_FOLDER "/config.v2.json", DOCKER_FOLDER,
					     "/mnt/docker/containers", "/mnt/docker", "/mnt"};
	(void)state;
	struct recorded recorded = load("docker");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct stat status;
		assert_int_equal(stat(places[i], &status), 0);
		assert_int_equal(chmod(places[i], 0777), 0);
		assert_not_identified(&recorded, "writable by group or others");
		assert_int_equal(chmod(places[i], status.st_mode & 07777), 0);
	}
	assert_identified(&recorded, ENGINE_DOCKER);
	unload(&recorded);
}

static void docker_image_that_is_no_digest(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	write_text(DOCKER_FOLDER "/config.v2.json", "{\"ID\":\"" DOCKER_ID "\",\"Image\":\"sha256:ABC\"}");
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_null(recorded.facts.config_digest.value);
	unload(&recorded);
}

static void docker_unknown_driver(void **state)
{
	static const char *const paths[] = {"/mnt/docker/strange/x/merged", "/overlay2/x/merged",
					    "/mnt/docker/overlay2/x/other", "/mnt/docker/overlay2//merged"};
	(void)state;
	struct recorded recorded = load("docker");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		json_object_set_new(json_object_get(recorded.config, "root"), "path", json_string(paths[i]));
		assert_not_identified(&recorded, "/root/path");
	}
	unload(&recorded);
}

static void docker_other_drivers(void **state)
{
	static const char *const paths[][2] = {
		{"/mnt/docker/vfs/dir/x", "/mnt/docker/vfs/dir"},
		{"/mnt/docker/fuse-overlayfs/x/merged", "/mnt/docker/fuse-overlayfs"},
		{"/mnt/docker/btrfs/subvolumes/x", "/mnt/docker/btrfs/subvolumes"},
		{"/mnt/docker/devicemapper/mnt/x/rootfs", "/mnt/docker/devicemapper/mnt"},
	};
	(void)state;
	struct recorded recorded = load("docker");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		json_object_set_new(json_object_get(recorded.config, "root"), "path", json_string(paths[i][0]));
		assert_identified(&recorded, ENGINE_DOCKER);
		assert_string_equal(recorded.facts.storage, paths[i][1]);
	}
	unload(&recorded);
}

/* `docker run --annotation io.kubernetes.cri.sandbox-id=…` shares another's shim. */
static void docker_in_another_containers_shim(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	recorded.parent.arguments[4] = recorded.parent.arguments[2];
	assert_not_identified(&recorded, "annotation");
	unload(&recorded);
}

static void docker_with_containerds_image_store(void **state)
{
	(void)state;
	struct recorded recorded = load("docker-containerd-store");
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_null(recorded.facts.config_digest.value);
	assert_fact(&recorded.facts.manifest_digest,
		    "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8", PROVENANCE_ENGINE);
	assert_null(recorded.facts.index_digest.value);
	unload(&recorded);
}

/* Each sign that contradicts the others makes the container an unknown one. */
static void contradicting_signs(void **state)
{
	static const char *const names[] = {"docker", "ctr", "cri-container", "cri-sandbox"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct recorded recorded = load(names[i]);
		char other[] = "other", root[] = "/run/containerd/runc/other", id[] = "other-id";
		char **namespace = &recorded.parent.arguments[2], *was = *namespace;
		*namespace = other;
		assert_unknown(&recorded);
		*namespace = was;

		const char *root_was = recorded.invocation.root;
		recorded.invocation.root = root;
		assert_unknown(&recorded);
		recorded.invocation.root = NULL;
		assert_unknown(&recorded);
		recorded.invocation.root = root_was;

		const char *id_was = recorded.invocation.id;
		recorded.invocation.id = id;
		assert_unknown(&recorded);
		recorded.invocation.id = id_was;

		free(recorded.parent.program);
		recorded.parent.program = strdup("bash");
		assert_unknown(&recorded);
		struct parent parent = recorded.parent;
		recorded.parent = (struct parent){0};
		assert_unknown(&recorded);
		recorded.parent = parent;
		unload(&recorded);
	}
}

static void ctr(void **state)
{
	(void)state;
	struct recorded recorded = load("ctr");
	/* what its user writes into the annotations changes nothing */
	json_object_set_new(recorded.config, "annotations",
			    json_pack("{s:s, s:s, s:s, s:s}", "io.kubernetes.cri.container-type", "sandbox",
				      "io.kubernetes.cri.sandbox-id", "t1", "io.kubernetes.cri.sandbox-namespace",
				      "kube-system", "io.container.manager", "libpod"));
	assert_identified(&recorded, ENGINE_CONTAINERD);
	assert_fact(&recorded.facts.namespace, "default", PROVENANCE_ENGINE);
	assert_null(recorded.facts.name.value);
	assert_null(recorded.facts.sandbox_id.value);
	assert_int_equal(recorded.facts.sandbox, SANDBOX_NOT);
	assert_null(recorded.facts.storage);
	assert_int_equal(recorded.facts.path_count, 0);
	assert_string_equal(recorded.facts.rootfs,
			    "/mnt/state/io.containerd.runtime.v2.task/default/t1/rootfs");
	unload(&recorded);
}

static void cri_container(void **state)
{
	(void)state;
	struct recorded recorded = load("cri-container");
	assert_identified(&recorded, ENGINE_CRI);
	const struct facts *facts = &recorded.facts;
	assert_int_equal(facts->sandbox, SANDBOX_NOT);
	assert_fact(&facts->namespace, "nsA", PROVENANCE_ENGINE);
	assert_fact(&facts->sandbox_id, SANDBOX_ID, PROVENANCE_ENGINE);
	assert_fact(&facts->name, "c1", PROVENANCE_USER);
	assert_fact(&facts->image, "docker.io/test/busybox:1", PROVENANCE_USER);
	assert_null(facts->config_digest.value);
	assert_path(facts, CRI_STORE "sandboxes/" SANDBOX_ID "/hostname", false);
	assert_path(facts, CRI_STORE "sandboxes/" SANDBOX_ID "/hosts", false);
	assert_path(facts, CRI_STORE "sandboxes/" SANDBOX_ID "/resolv.conf", false);
	assert_path(facts, "/mnt/state/io.containerd.grpc.v1.cri/sandboxes/" SANDBOX_ID "/shm", false);
	unload(&recorded);
}

static void cri_sandbox(void **state)
{
	(void)state;
	struct recorded recorded = load("cri-sandbox");
	assert_identified(&recorded, ENGINE_CRI);
	/* which image it runs is not known */
	assert_int_equal(recorded.facts.sandbox, SANDBOX_UNPROVEN);
	assert_null(recorded.facts.config_digest.value);
	assert_fact(&recorded.facts.sandbox_id, SANDBOX_ID, PROVENANCE_ENGINE);
	assert_fact(&recorded.facts.name, "p1", PROVENANCE_USER);
	assert_path(&recorded.facts, CRI_STORE "sandboxes/" SANDBOX_ID "/resolv.conf", false);
	unload(&recorded);
}

static void cri_with_forged_annotations(void **state)
{
	(void)state;
	struct recorded recorded = load("cri-container");
	annotate(&recorded, "io.kubernetes.cri.container-type", "sandbox");
	assert_not_identified(&recorded, "container-type");
	annotate(&recorded, "io.kubernetes.cri.container-type", "container");
	assert_identified(&recorded, ENGINE_CRI);
	annotate(&recorded, "io.kubernetes.cri.sandbox-id", CRI_ID);
	assert_not_identified(&recorded, "sandbox-id");
	annotate(&recorded, "io.kubernetes.cri.sandbox-id", "../x");
	assert_not_identified(&recorded, "sandbox-id");
	annotate(&recorded, "io.kubernetes.cri.sandbox-id", SANDBOX_ID);
	remove_tree(CRI_STORE "sandboxes/" SANDBOX_ID);
	assert_not_identified(&recorded, "does not have");
	unload(&recorded);
}

/* `ctr --namespace k8s.io run`, with or without CRI's annotations. */
static void cri_namespace_without_its_store(void **state)
{
	(void)state;
	struct recorded recorded = load("cri-container");
	remove_tree(CRI_STORE "containers");
	assert_unknown(&recorded);
	json_object_del(recorded.config, "annotations");
	assert_unknown(&recorded);
	unload(&recorded);
}

static void cri_store_that_others_may_write(void **state)
{
	(void)state;
	struct recorded recorded = load("cri-container");
	assert_int_equal(chmod(CRI_STORE "containers", 0777), 0);
	assert_unknown(&recorded);
	unload(&recorded);
}

static void podman(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	assert_identified(&recorded, ENGINE_PODMAN);
	const struct facts *facts = &recorded.facts;
	assert_fact(&facts->name, "web", PROVENANCE_USER);
	assert_fact(&facts->image, "localhost/img:latest", PROVENANCE_USER);
	assert_fact(&facts->config_digest,
		    "sha256:09537ab100e27bfae8fbb17c13aaedbb57175481f3256a31c363e367c5bf8f6f", PROVENANCE_USER);
	assert_fact(&facts->manifest_digest,
		    "sha256:2045b331e505f8ab7ead6309c4f87be756059275f500fd0d2ce3bb9edeb9068c", PROVENANCE_ENGINE);
	assert_null(facts->index_digest.value);
	assert_true(text_starts_with(facts->rootfs, facts->storage));
	assert_path(facts, "/mnt/run/overlay-containers/" PODMAN_ID "/userdata/hosts", false);
	assert_path(facts, "/mnt/run/overlay-containers/" PODMAN_ID "/userdata/.containerenv", false);
	assert_path(facts, "/mnt/graph/overlay-containers/" PODMAN_ID "/userdata/shm", false);
	assert_path(facts, "/mnt/graph/volumes/v1/_data", true);
	assert_null(path_of(facts, "/etc/hosts"));
	unload(&recorded);
}

static void podman_volume_by_a_hostile_path(void **state)
{
	static const char *const sources[] = {
		"/mnt/graph/volumes", "/mnt/graph/volumes/_data", "/mnt/graph/volumes/v1/_data/../../../_data",
		"/mnt/graph/volumes/../_data", "/mnt/graph/volumes/v1/sub/_data", "/mnt/graph/volumesx/v1/_data"};
	(void)state;
	struct recorded recorded = load("podman");
	json_t *mounts = json_array();
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		json_array_append_new(mounts, json_pack("{s:s, s:s}", "destination", "/x", "source", sources[i]));
	json_object_set_new(recorded.config, "mounts", mounts);
	assert_identified(&recorded, ENGINE_PODMAN);
	for (size_t i = 0; i < recorded.facts.path_count; i++)
		assert_false(recorded.facts.paths[i].volume);
	unload(&recorded);
}

/* `podman run --rootfs`: no image, and its root is the user's word. */
static void podman_without_an_image(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	write_text("/mnt/graph/overlay-containers/containers.json", "[]");
	assert_identified(&recorded, ENGINE_PODMAN);
	assert_null(recorded.facts.storage);
	assert_null(recorded.facts.config_digest.value);
	assert_int_equal(unlink("/mnt/graph/overlay-containers/containers.json"), 0);
	assert_identified(&recorded, ENGINE_PODMAN);
	assert_null(recorded.facts.storage);
	unload(&recorded);
}

static void podman_keeps_short_lived_containers_apart(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	assert_int_equal(rename("/mnt/graph/overlay-containers/containers.json",
				"/mnt/run/overlay-containers/volatile-containers.json"), 0);
	assert_identified(&recorded, ENGINE_PODMAN);
	assert_non_null(recorded.facts.config_digest.value);
	unload(&recorded);
}

static void podman_store_that_others_may_write(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	assert_int_equal(chmod("/mnt/graph/overlay-images/images.json", 0666), 0);
	assert_not_identified(&recorded, "images.json");
	unload(&recorded);
}

static void podman_with_another_parent(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	char other[] = "other";
	char **arguments = recorded.parent.arguments;
	for (size_t i = 0; i < recorded.parent.argument_count; i++) {
		if (strcmp(arguments[i], "-c") != 0 && strcmp(arguments[i], "-b") != 0)
			continue;
		char *was = arguments[i + 1];
		arguments[i + 1] = other;
		assert_unknown(&recorded);
		arguments[i + 1] = was;
	}
	assert_identified(&recorded, ENGINE_PODMAN);
	free(recorded.parent.program);
	recorded.parent.program = strdup("containerd-shim-runc-v2");
	assert_unknown(&recorded);
	unload(&recorded);
}

/* exec: conmon's bundle is the session's folder; update and checkpoint: Podman itself. */
static void podman_does_something_to_it(void **state)
{
	static const char session[] = "/mnt/graph/overlay-containers/" PODMAN_ID "/userdata/abc";
	(void)state;
	struct recorded recorded = load("podman");
	char **given = recorded.parent.arguments;
	while (strcmp(*given++, "-b") != 0)
		;
	char of_session[sizeof(session)], of_another[] = "/mnt/graph/overlay-containers/abc";
	memcpy(of_session, session, sizeof(session));
	*given = of_session;
	assert_unknown(&recorded);
	recorded.invocation.verb = "exec";
	assert_identified(&recorded, ENGINE_PODMAN);
	assert_non_null(recorded.facts.config_digest.value);
	*given = of_another;
	assert_unknown(&recorded);
	free(recorded.parent.program);
	recorded.parent.program = strdup("podman");
	assert_identified(&recorded, ENGINE_PODMAN);
	recorded.invocation.verb = "create";
	assert_unknown(&recorded);
	unload(&recorded);
}

/* What merely failed is neither a sign nor its absence. */
static void a_sign_that_cannot_be_looked_for(void **state)
{
	(void)state;
	static const int absent[] = {ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, EINVAL}, failed[] = {EIO, ENOMEM, EMFILE, EINTR};
	assert_int_equal(sign_is_there(0), 1);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_int_equal(sign_is_there(-absent[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(failed); i++)
		assert_int_equal(sign_is_there(-failed[i]), -failed[i]);
}

/* What nobody recognises cannot be named by a policy either. */
static void contradictions_have_no_scope(void **state)
{
	(void)state;
	enum engine engine = ENGINE_CRI;
	assert_int_equal(engine_from_name(engine_name(ENGINE_CONTRADICTORY), &engine), -EINVAL);
	assert_string_not_equal(engine_name(ENGINE_CONTRADICTORY), engine_name(ENGINE_NONE));
}

/* dockerd binds network namespaces below its own exec root, wherever that is. */
static void docker_exec_root_elsewhere(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_null(recorded.facts.network_namespaces);
	assert_int_equal(mkdir("/mnt/exec", 0755), 0);
	assert_int_equal(mkdir("/mnt/exec/netns", 0755), 0);
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_string_equal(recorded.facts.network_namespaces, "/mnt/exec/netns/");
	assert_int_equal(chmod("/mnt/exec/netns", 0777), 0);
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_null(recorded.facts.network_namespaces);
	unload(&recorded);
}

static void by_hand(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	char bundle[] = "/mnt/somewhere/bundle";
	recorded.invocation.bundle = bundle;
	assert_unknown(&recorded);
	free(recorded.parent.program);
	recorded.parent.program = strdup("bash");
	assert_nobodys(&recorded, ENGINE_NONE);
	recorded.invocation.bundle = NULL;
	assert_nobodys(&recorded, ENGINE_NONE);
	unload(&recorded);
}

static void parents_command_line(void **state)
{
	static const char line[] = "shim\0-namespace=moby\0-id\0x\0-address";
	(void)state;
	struct parent parent = {0};
	assert_int_equal(parent_from("/usr/bin/shim (deleted)", line, sizeof(line), &parent), 0);
	assert_string_equal(parent.program, "shim");
	assert_string_equal(parent_option(&parent, "-namespace"), "moby");
	assert_string_equal(parent_option(&parent, "-id"), "x");
	assert_null(parent_option(&parent, "-address"));
	assert_null(parent_option(&parent, "-name"));
	parent_release(&parent);
}

static void parents_process(void **state)
{
	(void)state;
	struct parent parent = {0};
	assert_int_equal(parent_read(&parent), 0);
	/* where the executable cannot be trusted nothing is told */
	assert_true(!parent.program == (parent.argument_count == 0));
	parent_release(&parent);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		on_a_new_host(docker),
		on_a_new_host(docker_volume_by_a_hostile_name),
		on_a_new_host(docker_without_its_store),
		on_a_new_host(docker_store_of_another_container),
		on_a_new_host(docker_store_that_others_may_write),
		on_a_new_host(docker_image_that_is_no_digest),
		on_a_new_host(docker_unknown_driver),
		on_a_new_host(docker_other_drivers),
		on_a_new_host(docker_in_another_containers_shim),
		on_a_new_host(docker_with_containerds_image_store),
		on_a_new_host(contradicting_signs),
		cmocka_unit_test(a_sign_that_cannot_be_looked_for),
		on_a_new_host(ctr),
		on_a_new_host(cri_container),
		on_a_new_host(cri_sandbox),
		on_a_new_host(cri_with_forged_annotations),
		on_a_new_host(cri_namespace_without_its_store),
		on_a_new_host(cri_store_that_others_may_write),
		on_a_new_host(podman),
		on_a_new_host(podman_volume_by_a_hostile_path),
		on_a_new_host(podman_without_an_image),
		on_a_new_host(podman_keeps_short_lived_containers_apart),
		on_a_new_host(podman_store_that_others_may_write),
		on_a_new_host(podman_with_another_parent),
		on_a_new_host(podman_does_something_to_it),
		on_a_new_host(by_hand),
		on_a_new_host(docker_exec_root_elsewhere),
		cmocka_unit_test(contradictions_have_no_scope),
		cmocka_unit_test(parents_command_line),
		cmocka_unit_test(parents_process),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
