/* What recorded containers of each engine become once containerd was asked, over a socket
 * on the new host. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "policy/tests/support.h"
#include "shim/containerd/local_socket.h"
#include "shim/identity/ask.h"
#include "shim/tests/fake_containerd.h"
#include "shim/tests/recorded.h"

#define SOCKET "/mnt/containerd.sock"
#define DOCKER_SOCKET "/mnt/exec/containerd/containerd.sock"
#define READ "/containerd.services.content.v1.Content/Read"
#define CONFIG "sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define MANIFEST "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define EVIL "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8"
#define EVIL_CONFIG "sha256:58751c07b62a33557a53d65f6901b2fe4300b03399287631e93a6afa20d7c243"
#define CHAIN_ID "sha256:7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30"
#define EVIL_CHAIN_ID "sha256:3be040e5c790bd48162e03522aa5cc7020c0a6ebbc5a3f01481ecd438f62d4d1"

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	return listener;
}

static int ask(struct recorded *recorded)
{
	return identity_ask_engine_for(&recorded->invocation, &recorded->parent, &recorded->facts, &recorded->error);
}

static void ask_well(struct recorded *recorded, struct fake *fake, const char *path)
{
	fake_listen(fake, listen_at(path));
	if (ask(recorded) < 0)
		fail_msg("%s", error_message(recorded->error));
	fake_stop(fake);
}

static void ctr(void **state)
{
	(void)state;
	struct recorded recorded = load("ctr");
	struct fake fake;
	assert_identified(&recorded, ENGINE_CONTAINERD);
	fake_load(&fake, "ctr-single");
	fake_rename(&fake, "t1", "registry.example/tiny:single", "overlayfs");
	ask_well(&recorded, &fake, SOCKET);
	const struct facts *facts = &recorded.facts;
	assert_fact(&facts->image, "registry.example/tiny:single", PROVENANCE_USER);
	assert_fact(&facts->config_digest, CONFIG, PROVENANCE_ENGINE);
	assert_fact(&facts->manifest_digest, MANIFEST, PROVENANCE_ENGINE);
	assert_null(facts->index_digest.value);
	assert_string_equal(facts->chain_id, CHAIN_ID);
	assert_non_null(facts->snapshot_lower);
	assert_non_null(facts->snapshot_upper);
	unload(&recorded);
}

/* The layers are another image's than the name now means. */
static void ctr_with_nothing_proven(void **state)
{
	(void)state;
	struct recorded recorded = load("ctr");
	struct fake fake;
	assert_identified(&recorded, ENGINE_CONTAINERD);
	fake_load(&fake, "ctr-single");
	fake_rename(&fake, "t1", "registry.example/tiny:single", "overlayfs");
	static const char stat[] = "\n\x4d\n\x02t1\x12\x47" EVIL_CHAIN_ID;
	fake_answer_bytes(&fake, "/containerd.services.snapshots.v1.Snapshots/Stat", NULL, stat, sizeof(stat) - 1);
	ask_well(&recorded, &fake, SOCKET);
	const struct facts *facts = &recorded.facts;
	assert_fact(&facts->image, "registry.example/tiny:single", PROVENANCE_USER);
	assert_null(facts->config_digest.value);
	assert_null(facts->manifest_digest.value);
	assert_string_equal(facts->chain_id, EVIL_CHAIN_ID);
	unload(&recorded);
}

static void cri(void **state)
{
	(void)state;
	static const char *const folders[] = {"cri-container", "cri-sandbox"};
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct recorded recorded = load(folders[i]);
		struct fake fake;
		assert_identified(&recorded, ENGINE_CRI);
		/* Debian 12's containerd does not name a sandbox's image in its annotations */
		const char *image = i == 0 ? "docker.io/test/busybox:1" : "registry.example/tiny:single";
		fake_load(&fake, "ctr-single");
		fake_rename(&fake, recorded.invocation.id, "registry.example/tiny:single", "overlayfs");
		ask_well(&recorded, &fake, SOCKET);
		assert_fact(&recorded.facts.image, image, PROVENANCE_USER);
		assert_fact(&recorded.facts.config_digest, CONFIG, PROVENANCE_ENGINE);
		assert_int_equal(recorded.facts.sandbox, i == 0 ? SANDBOX_NOT : SANDBOX_PROVEN);
		unlink(SOCKET);
		unload(&recorded);
	}
}

static void a_sandbox_that_is_not_proven(void **state)
{
	(void)state;
	struct recorded recorded = load("cri-sandbox");
	struct fake fake;
	assert_identified(&recorded, ENGINE_CRI);
	fake_load(&fake, "ctr-single");
	fake_rename(&fake, recorded.invocation.id, "registry.example/tiny:single", "overlayfs");
	fake_refuse(&fake, READ, CONFIG, 5);
	ask_well(&recorded, &fake, SOCKET);
	assert_int_equal(recorded.facts.sandbox, SANDBOX_UNPROVEN);
	unload(&recorded);
}

/* dockerd's own containerd below its exec root; its store has the manifest's digest. */
static void docker_with_containerd_s_store(void **state)
{
	(void)state;
	struct recorded recorded = load("docker-containerd-store");
	struct fake fake;
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_fact(&recorded.facts.manifest_digest, EVIL, PROVENANCE_ENGINE);
	(void)mkdir("/mnt/exec", 0755);
	(void)mkdir("/mnt/exec/containerd", 0755);
	fake_load(&fake, "ctr-single");
	fake_rename(&fake, recorded.invocation.id, "registry.example/tiny:single", "");
	static const char stat[] = "\n\x49\x12\x47" EVIL_CHAIN_ID;
	fake_answer_bytes(&fake, "/containerd.services.snapshots.v1.Snapshots/Stat", NULL, stat, sizeof(stat) - 1);
	ask_well(&recorded, &fake, DOCKER_SOCKET);
	assert_fact(&recorded.facts.manifest_digest, EVIL, PROVENANCE_ENGINE);
	assert_fact(&recorded.facts.config_digest, EVIL_CONFIG, PROVENANCE_ENGINE);
	assert_string_equal(recorded.facts.chain_id, EVIL_CHAIN_ID);
	unload(&recorded);
}

/* No socket is there at all, and none is looked for. */
static void docker_s_own_store_is_not_asked(void **state)
{
	(void)state;
	struct recorded recorded = load("docker");
	assert_identified(&recorded, ENGINE_DOCKER);
	assert_int_equal(ask(&recorded), 0);
	assert_null(recorded.facts.chain_id);
	unload(&recorded);
}

static void assert_not_told(struct recorded *recorded, int code, const char *part)
{
	assert_int_equal(ask(recorded), -code);
	if (!strstr(error_message(recorded->error), part))
		fail_msg("\"%s\" is not in: %s", part, error_message(recorded->error));
	assert_null(strcasestr(error_message(recorded->error), "permission denied"));
	assert_null(strcasestr(error_message(recorded->error), "no such file or directory"));
	assert_null(recorded->facts.config_digest.value);
	assert_null(recorded->facts.image.value);
}

static void sockets_that_are_not_root_s_alone(void **state)
{
	(void)state;
	struct recorded recorded = load("ctr");
	assert_identified(&recorded, ENGINE_CONTAINERD);
	assert_not_told(&recorded, ENOENT, SOCKET);
	write_text(SOCKET, "");
	assert_not_told(&recorded, EINVAL, "not a socket");
	unlink(SOCKET);
	assert_int_equal(mkdir("/mnt/open", 0777), 0);
	assert_int_equal(chmod("/mnt/open", 0777), 0);
	int listener = listen_at("/mnt/open/socket");
	assert_int_equal(symlink("/mnt/open/socket", SOCKET), 0);
	assert_not_told(&recorded, EINVAL, "not a socket");
	unlink(SOCKET);
	int descriptor = -1;
	assert_int_equal(local_socket_connect("/mnt/open/socket", &descriptor, NULL), -EPERM);
	assert_int_equal(local_socket_connect("@/containerd", &descriptor, NULL), -EINVAL);
	assert_int_equal(local_socket_connect("", &descriptor, NULL), -EINVAL);
	assert_int_equal(descriptor, -1);
	assert_int_equal(chmod("/mnt/open", 0755), 0);
	assert_int_equal(local_socket_connect("/mnt/open/socket", &descriptor, NULL), 0);
	close(descriptor);
	close(listener);
	assert_int_equal(local_socket_connect("/mnt/open/socket", &descriptor, NULL), -ECONNREFUSED);
	unload(&recorded);
}

static void a_caller_without_an_address(void **state)
{
	(void)state;
	static const char cmdline[] = "containerd-shim-runc-v2\0-namespace\0default\0-id\0t1";
	struct recorded recorded = load("ctr");
	assert_identified(&recorded, ENGINE_CONTAINERD);
	parent_release(&recorded.parent);
	assert_int_equal(parent_from("/usr/bin/containerd-shim-runc-v2", cmdline, sizeof(cmdline), &recorded.parent), 0);
	assert_not_told(&recorded, EINVAL, "does not say where");
	parent_release(&recorded.parent);
	assert_int_equal(parent_from("/usr/bin/sh", "sh", 3, &recorded.parent), 0);
	assert_not_told(&recorded, EINVAL, "no longer");
	unload(&recorded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_a_new_host(ctr),
		on_a_new_host(ctr_with_nothing_proven),
		on_a_new_host(cri),
		on_a_new_host(a_sandbox_that_is_not_proven),
		on_a_new_host(docker_with_containerd_s_store),
		on_a_new_host(docker_s_own_store_is_not_asked),
		on_a_new_host(sockets_that_are_not_root_s_alone),
		on_a_new_host(a_caller_without_an_address),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
