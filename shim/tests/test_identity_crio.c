/* CRI-O: built from its recorded configuration and command lines, not from a live one,
 * and each of its signs forged alone. */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/tests/support.h"
#include "shim/tests/recorded.h"

#define SANDBOX "5f1c0000a7b3e94d2c6188f05d3a9c41e7b62f8d90ac53e1764b2d8f0c9a36e5"
#define CONTAINER "c2d911117e04b8a1f3596d2c80e7ab4f19d63c5e820b7fa4d1963ce58b20f7d4"
#define GRAPH "/mnt/graph/overlay-containers/"
#define RUN "/mnt/run/overlay-containers/"
#define STORE GRAPH "volatile-containers.json"
#define UID "6d7a4a3e-1c2b-4f0e-9a55-3a1e7d9c0b11"

static void container(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-container");
	assert_identified(&recorded, ENGINE_CRIO);
	const struct facts *facts = &recorded.facts;
	assert_int_equal(facts->sandbox, SANDBOX_NOT);
	assert_fact(&facts->namespace, "nsA", PROVENANCE_ENGINE);
	assert_fact(&facts->sandbox_id, SANDBOX, PROVENANCE_ENGINE);
	assert_fact(&facts->name, "c1", PROVENANCE_USER);
	assert_fact(&facts->image, "registry.example/test/busybox:1", PROVENANCE_USER);
	assert_fact(&facts->config_digest,
		    "sha256:09537ab100e27bfae8fbb17c13aaedbb57175481f3256a31c363e367c5bf8f6f", PROVENANCE_USER);
	assert_fact(&facts->manifest_digest,
		    "sha256:2045b331e505f8ab7ead6309c4f87be756059275f500fd0d2ce3bb9edeb9068c", PROVENANCE_ENGINE);
	assert_true(text_starts_with(facts->rootfs, facts->storage));
	assert_path(facts, RUN SANDBOX "/userdata/resolv.conf", false);
	assert_path(facts, RUN SANDBOX "/userdata/hostname", false);
	assert_path(facts, RUN SANDBOX "/userdata/shm", false);
	assert_path(facts, RUN CONTAINER "/userdata/.containerenv", false);
	unload(&recorded);
}

static void sandbox(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-sandbox");
	assert_identified(&recorded, ENGINE_CRIO);
	assert_int_equal(recorded.facts.sandbox, SANDBOX_UNPROVEN);
	assert_fact(&recorded.facts.namespace, "nsA", PROVENANCE_ENGINE);
	assert_fact(&recorded.facts.sandbox_id, SANDBOX, PROVENANCE_ENGINE);
	assert_fact(&recorded.facts.config_digest,
		    "sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097", PROVENANCE_USER);
	unload(&recorded);
}

/* Without its image in the store a sandbox is one, and proves nothing. */
static void sandbox_without_its_image(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-sandbox");
	write_text("/mnt/graph/overlay-images/images.json", "[]");
	assert_identified(&recorded, ENGINE_CRIO);
	assert_int_equal(recorded.facts.sandbox, SANDBOX_UNPROVEN);
	unload(&recorded);
}

/* A pod's own annotations come last on its sandbox: whatever they say, nothing follows. */
static void forged_annotations(void **state)
{
	static const char *const names[] = {"crio-container", "crio-sandbox"};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct recorded recorded = load(names[i]);
		assert_identified(&recorded, ENGINE_CRIO);
		enum sandbox was = recorded.facts.sandbox;
		annotate(&recorded, "io.kubernetes.cri-o.ContainerType", was == SANDBOX_NOT ? "sandbox" : "container");
		annotate(&recorded, "io.kubernetes.cri-o.SandboxID", "feed");
		annotate(&recorded, "io.kubernetes.cri-o.Namespace", "kube-system");
		annotate(&recorded, "io.kubernetes.cri-o.ImageRef", "feed");
		annotate(&recorded, "io.kubernetes.cri.sandbox-namespace", "kube-system");
		annotate(&recorded, "io.container.manager", "libpod");
		assert_identified(&recorded, ENGINE_CRIO);
		assert_int_equal(recorded.facts.sandbox, was);
		assert_fact(&recorded.facts.namespace, "nsA", PROVENANCE_ENGINE);
		assert_fact(&recorded.facts.sandbox_id, SANDBOX, PROVENANCE_ENGINE);
		unload(&recorded);
	}
}

static size_t position_of(const struct recorded *recorded, const char *option)
{
	for (size_t i = 0; i < recorded->parent.argument_count; i++) {
		if (strcmp(recorded->parent.arguments[i], option) == 0)
			return i;
	}
	fail_msg("conmon was not given %s", option);
	return 0;
}

static void each_sign_alone(void **state)
{
	static const char *const options[] = {"-c", "-b", "--exit-dir", "--runtime-arg"};
	(void)state;
	struct recorded recorded = load("crio-container");
	char other[] = "/mnt/other";
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		char **value = &recorded.parent.arguments[position_of(&recorded, options[i]) + 1], *was = *value;
		*value = other;
		assert_unknown(&recorded);
		*value = was;
	}
	const char *root = recorded.invocation.root;
	recorded.invocation.root = NULL;
	assert_unknown(&recorded);
	recorded.invocation.root = root;
	assert_int_equal(chmod("/mnt/crio/exits", 0777), 0);
	assert_unknown(&recorded);
	assert_int_equal(chmod("/mnt/crio/exits", 0755), 0);
	free(recorded.parent.program);
	recorded.parent.program = strdup("sh");
	assert_unknown(&recorded);
	unload(&recorded);
}

/* Podman's conmon always has a clean-up command, CRI-O's never; neither is the other's. */
static void podman_is_not_crio(void **state)
{
	char cleanup[] = "--exit-command", runtime[] = "--runtime-arg", root[] = "--root=/run/runc";
	(void)state;
	struct recorded recorded = load("crio-container");
	recorded.parent.arguments[position_of(&recorded, "--syslog")] = cleanup;
	assert_identified(&recorded, ENGINE_PODMAN);
	assert_null(recorded.facts.namespace.value);
	assert_null(recorded.facts.config_digest.value);
	assert_null(recorded.facts.storage);
	unload(&recorded);

	recorded = load("podman");
	size_t place = position_of(&recorded, "--log-level");
	recorded.parent.arguments[place] = runtime;
	recorded.parent.arguments[place + 1] = root;
	recorded.invocation.root = "/run/runc";
	assert_identified(&recorded, ENGINE_PODMAN);
	recorded.parent.arguments[position_of(&recorded, "--exit-command")] = runtime;
	assert_unknown(&recorded);
	assert_int_equal(mkdir("/mnt/tmp", 0755), 0);
	assert_int_equal(mkdir("/mnt/tmp/exits", 0755), 0);
	/* all that stands on a command line, but what the store says of it is not a pod's */
	assert_not_identified(&recorded, "CRI-O's store does not show what this container is");
	unload(&recorded);
}

static void store_does_not_know_it(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-container");
	write_text(STORE, "[]");
	assert_not_identified(&recorded, "CRI-O's store does not show what this container is");
	write_text(STORE, "[{\"id\":\"" CONTAINER "\",\"metadata\":\"{\\\"name\\\":\\\"web\\\"}\"}]");
	assert_not_identified(&recorded, "CRI-O's store does not show what this container is");
	write_text(STORE, "[{\"id\":\"" CONTAINER "\",\"metadata\":\"{\\\"pod-id\\\":\\\"../x\\\"}\"}]");
	assert_not_identified(&recorded, "CRI-O's store does not show what this container is");
	write_text(STORE, "[{\"id\":\"" CONTAINER "\",\"metadata\":\"{\\\"pod-id\\\":\\\"" SANDBOX "\\\"}\"}]");
	assert_not_identified(&recorded, "CRI-O's store does not show what this container's pod is");
	assert_int_equal(chmod(STORE, 0666), 0);
	assert_not_identified(&recorded, "CRI-O's store");
	unload(&recorded);
}

/* A container that claims to be its pod: only the one whose id is the pod's. */
static void container_that_claims_to_be_the_sandbox(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-container");
	write_text(STORE, "[{\"id\":\"" CONTAINER "\",\"image\":\"x\",\"metadata\":\"{\\\"pod\\\":true,\\\"pod-id\\\":\\\"" SANDBOX
			  "\\\"}\"},{\"id\":\"" SANDBOX "\",\"metadata\":\"{\\\"pod-id\\\":\\\"" SANDBOX "\\\"}\"}]");
	assert_identified(&recorded, ENGINE_CRIO);
	assert_int_equal(recorded.facts.sandbox, SANDBOX_NOT);
	unload(&recorded);
}

/* exec: conmon with -e has no bundle on its command line, and CRI-O itself may call. */
static void exec_into_it(void **state)
{
	char other[] = "-e", create[] = "create";
	(void)state;
	struct recorded recorded = load("crio-container");
	recorded.parent.arguments[position_of(&recorded, "-b")] = other;
	recorded.parent.arguments[position_of(&recorded, "--persist-dir")] = other;
	assert_unknown(&recorded);
	recorded.invocation.verb = "exec";
	assert_identified(&recorded, ENGINE_CRIO);
	assert_non_null(recorded.facts.config_digest.value);
	free(recorded.parent.program);
	recorded.parent.program = strdup("crio");
	assert_identified(&recorded, ENGINE_CRIO);
	recorded.invocation.verb = create;
	assert_unknown(&recorded);
	unload(&recorded);
}

static void kubelets_files(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-container");
	assert_int_equal(mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755"), 0);
	assert_int_equal(mkdir("/var/lib/kubelet", 0755), 0);
	assert_int_equal(mkdir("/var/lib/kubelet/pods", 0755), 0);
	assert_int_equal(mkdir("/var/lib/kubelet/pods/" UID, 0755), 0);
	assert_identified(&recorded, ENGINE_CRIO);
	assert_path(&recorded.facts, "/var/lib/kubelet/pods/" UID "/volumes", false);
	assert_path(&recorded.facts, "/var/lib/kubelet/pods/" UID "/etc-hosts", false);
	unload(&recorded);
	assert_int_equal(umount2("/var/lib", MNT_DETACH), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		on_a_new_host(container),
		on_a_new_host(sandbox),
		on_a_new_host(sandbox_without_its_image),
		on_a_new_host(forged_annotations),
		on_a_new_host(each_sign_alone),
		on_a_new_host(podman_is_not_crio),
		on_a_new_host(store_does_not_know_it),
		on_a_new_host(container_that_claims_to_be_the_sandbox),
		on_a_new_host(exec_into_it),
		on_a_new_host(kubelets_files),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
