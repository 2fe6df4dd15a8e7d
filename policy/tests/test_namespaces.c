/* linux.namespaces and what the kernel says of a path. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/namespace.h"
#include "policy/tests/guest.h"
#include "policy/tests/random_config.h"

#define ROUNDS 3000

static pid_t guest; /* with its own network, uts and ipc namespaces; -1: not to be had */

/* "" where a namespace at `path` passes, else why not. The caller frees it. */
static char *verdict_on(const char *type, const char *path, const struct facts *facts, const char *changes)
{
	cleanup_json json_t *config = parse_config("{\"linux\":{\"namespaces\":[]}}");
	json_t *list = document_get(config, "/linux/namespaces");
	for (size_t i = 0; i < namespace_kind_count; i++) {
		const char *other = namespace_kinds[i].type;
		if (strcmp(other, type) != 0)
			assert_int_equal(json_array_append_new(list, json_pack("{s:s}", "type", other)), 0);
	}
	assert_int_equal(json_array_append_new(list, json_pack("{s:s,s:s}", "type", type, "path", path)), 0);
	cleanup_json json_t *parsed = parse_config(changes);
	struct decision decision = decide_on_random(config, &control_namespaces, parsed, facts);
	char *why = strdup(decision.findings.count ? decision.findings.items[0].why : "");
	assert_int_equal(decision.verdict, decision.findings.count ? VERDICT_REFUSED : VERDICT_CLEAN);
	decision_release(&decision);
	return why;
}

static void assert_verdict(const char *type, const char *path, const struct facts *facts, const char *changes,
			   const char *expected)
{
	cleanup_free char *why = verdict_on(type, path, facts, changes);
	if (*expected ? !strstr(why, expected) : *why)
		fail_msg("%s %s: \"%s\" instead of \"%s\"", type, path, why, expected);
}

/* Where a process of the host cannot be looked at, not knowing has to refuse as well. */
static void the_host_is_known_by_inode(void **state)
{
	(void)state;
	struct facts facts = {.engine = ENGINE_CRI};
	const char *join = "{\"allow-join\":[\"network\",\"pid\",\"ipc\",\"uts\",\"user\",\"time\",\"cgroup\"]}";
	const int processes[] = {1, 2, (int)getppid()};
	bool known = access("/proc/1/ns/net", F_OK) == 0 || access("/proc/2/ns/net", F_OK) == 0;
	for (size_t i = 0; i < namespace_kind_count * ARRAY_SIZE(processes); i++) {
		const struct namespace_kind *kind = &namespace_kinds[i / ARRAY_SIZE(processes)];
		int process = processes[i % ARRAY_SIZE(processes)];
		char path[64], around[96];
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", process, kind->file);
		(void)snprintf(around, sizeof(around), "/proc/%d/root/proc/%d/ns/%s", process, process, kind->file);
		const char *expected = known && access(path, F_OK) == 0 ? "the host's own" : "cannot be";
		assert_verdict(kind->type, path, &facts, "{}", expected);
		assert_verdict(kind->type, around, &facts, "{}", expected);
		assert_verdict(kind->type, path, &facts, join, expected);
	}
}

static void the_host_may_be_allowed(void **state)
{
	(void)state;
	/* in a rootless engine this program's own namespaces are the host's */
	pid_t same = guest_start(0, NULL, NULL);
	struct facts facts = {.engine = ENGINE_PODMAN, .advisory = true};
	const struct {
		const char *type, *file, *expected;
	} rows[] = {
		{"network", "net", ""}, {"pid", "pid", ""}, {"mount", "mnt", "the host's own"}, {"user", "user", "the host's own"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[64];
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)same, rows[i].file);
		assert_verdict(rows[i].type, path, &facts,
			       "{\"allow-host\":[\"network\",\"pid\",\"ipc\",\"uts\",\"cgroup\"]}", rows[i].expected);
	}
	guest_stop(same);
}

static void a_foreign_container_is_joined_only_where_allowed(void **state)
{
	(void)state;
	if (guest < 0)
		skip();
	char network[64], uts[64], deeper[64];
	(void)snprintf(network, sizeof(network), "/proc/%d/ns/net", (int)guest);
	(void)snprintf(uts, sizeof(uts), "/proc/%d/ns/uts", (int)guest);
	(void)snprintf(deeper, sizeof(deeper), "/proc/%d/task/%d/ns/net", (int)guest, (int)guest);
	for (enum engine engine = ENGINE_NONE; engine <= ENGINE_BUILDKIT; engine++) {
		struct facts facts = {.engine = engine};
		assert_verdict("network", network, &facts, "{}", "not proven");
		assert_verdict("network", network, &facts, "{\"allow-join\":[\"uts\"],\"allow-host\":[\"network\"]}", "not proven");
		assert_verdict("network", network, &facts, "{\"allow-join\":[\"network\"]}", "");
		assert_verdict("uts", uts, &facts, "{\"allow-join\":[\"network\"]}", "not proven");
		assert_verdict("network", uts, &facts, "{\"allow-join\":[\"network\"]}", "not /proc/PID/ns/net");
		assert_verdict("network", deeper, &facts, "{\"allow-join\":[\"network\"]}", "not /proc/PID/ns/net");
	}
}

static void a_link_is_not_followed(void **state)
{
	(void)state;
	struct facts facts = {.engine = ENGINE_DOCKER};
	cleanup_free char *directory = make_temporary_directory();
	char link[128], file[128];
	(void)snprintf(link, sizeof(link), "%s/link", directory);
	(void)snprintf(file, sizeof(file), "%s/file", directory);
	assert_int_equal(symlink("/proc/1/ns/net", link), 0);
	cleanup_close int made = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(made >= 0);
	assert_verdict("network", link, &facts, "{\"allow-host\":[\"network\"]}", "symbolic link");
	assert_verdict("network", file, &facts, "{\"allow-host\":[\"network\"]}", "could be changed after this check");
	remove_tree(directory);
}

static void a_sandbox_is_known_by_its_control_group(void **state)
{
	(void)state;
	const char *text = "12:pids:/kubepods.slice/cri-containerd-0123abcd.scope\n0::/system.slice\n";
	assert_true(namespace_cgroups_name(text, "0123abcd"));
	assert_false(namespace_cgroups_name(text, "0123abc"));
	assert_false(namespace_cgroups_name(text, "123abcd"));
	assert_false(namespace_cgroups_name(text, "pids"));
	assert_false(namespace_cgroups_name(text, ""));
	assert_false(namespace_cgroups_name("", "0123abcd"));
	assert_true(namespace_cgroups_name("0::/k8s.io/0123abcd", "0123abcd"));
	assert_false(namespace_cgroups_name("0:0123abcd:", "0123abcd"));
	assert_false(namespace_process_is_of(getpid(), "0123abcd0123abcd"));
}

/* Binds the guest's network namespace, and the host's, to files as engines do. */
static const char *bind_namespaces(void)
{
	char source[64];
	(void)snprintf(source, sizeof(source), "/proc/%d/ns/net", (int)guest);
	const char *const files[] = {"/run/netns/cni-1", "/run/netns/netns-1", "/run/netns/host"};
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("none", "/run", "tmpfs", 0, "mode=755") < 0 ||
	    mkdir("/run/netns", 0755) < 0 || symlink("cni-1", "/run/netns/link") < 0)
		return "no folder of its own";
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_close int made = open(files[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (made < 0 || mount(i == 2 ? "/proc/self/ns/net" : source, files[i], NULL, MS_BIND, NULL) < 0)
			return "bind mount of a namespace";
	}
	return NULL;
}

static const char *judge_bound_files(void)
{
	const char *wrong = bind_namespaces();
	if (wrong)
		return wrong;
	struct facts cri = {.engine = ENGINE_CRI}, podman = {.engine = ENGINE_PODMAN}, containerd = {.engine = ENGINE_CONTAINERD};
	char place[] = "/run/netns/", elsewhere[] = "/run/other/";
	struct facts docker = {.engine = ENGINE_DOCKER, .network_namespaces = place},
		     other = {.engine = ENGINE_DOCKER, .network_namespaces = elsewhere}, unknown = {.engine = ENGINE_DOCKER};
	const struct {
		const char *path;
		const struct facts *facts;
		const char *expected;
	} rows[] = {
		{"/run/netns/host", &cri, "the host's own"},
		{"/run/netns/cni-1", &cri, ""},
		{"/run/netns/../netns/cni-1", &cri, ""},
		{"/run/netns/link", &cri, "symbolic link"},
		{"/run/netns/cni-1", &containerd, "not proven"},
		{"/run/netns/cni-1", &docker, ""},
		{"/run/netns/host", &docker, "the host's own"},
		{"/run/netns/cni-1", &other, "not proven"},
		{"/run/netns/cni-1", &unknown, "not proven"},
		{"/run/netns/cni-1", &podman, "not proven"},
		{"/run/netns/netns-1", &podman, "not proven"}, /* the guest lives in it */
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_verdict("network", rows[i].path, rows[i].facts, "{}", rows[i].expected);
	assert_verdict("uts", "/run/netns/cni-1", &cri, "{\"allow-join\":[\"uts\"]}", "no uts namespace");
	guest_stop(guest);
	assert_verdict("network", "/run/netns/netns-1", &podman, "{}", "");
	if (chmod("/run/netns", 0777) < 0)
		return "chmod";
	assert_verdict("network", "/run/netns/cni-1", &cri, "{}", "could be changed after this check");
	return NULL;
}

static const char *judge_with_own_guest(void)
{
	guest = guest_start(CLONE_NEWNET, NULL, NULL);
	return guest < 0 ? "no guest" : judge_bound_files();
}

static void bound_files_are_judged_by_engine_and_inode(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	in_namespaces(CLONE_NEWNS, judge_with_own_guest);
}

static const char *const entries[] = {
	"{\"type\":\"network\"}", "{\"type\":\"pid\"}", "{\"type\":\"ipc\"}", "{\"type\":\"mount\"}",
	"{\"type\":\"uts\"}", "{\"type\":\"cgroup\"}", "{\"type\":\"user\"}", "{\"type\":\"time\"}",
	"{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"}", "{\"type\":\"pid\",\"path\":\"\"}", "{\"type\":\"net\"}",
	"{\"type\":\"mount\",\"path\":\"/proc/self/ns/mnt\"}", "7", "{}", "{\"type\":\"uts\",\"path\":7}",
};

static size_t count_of(const json_t *config, const char *type)
{
	size_t index, count = 0;
	json_t *entry;
	json_array_foreach(document_get(config, "/linux/namespaces"), index, entry)
	{
		const char *other = json_string_value(json_object_get(entry, "type"));
		count += other && strcmp(other, type) == 0 && json_string_length(json_object_get(entry, "path")) == 0;
	}
	return count;
}

/* What is not refused has each namespace of its own exactly once. */
static void random_lists_end_separate_or_refused(void **state)
{
	(void)state;
	static const char *const demanded[] = {"network", "pid", "ipc", "mount", "uts", "cgroup"};
	uint64_t seed = 0xfeed;
	struct facts facts = {0};
	size_t verdicts[3] = {0};
	for (size_t i = 0; i < ROUNDS; i++) {
		cleanup_json json_t *config = random_config(&seed, NULL, 0);
		cleanup_json json_t *list = json_array();
		for (size_t e = 0; e < ARRAY_SIZE(entries); e++)
			if (random_next(&seed) % 16 < (e < 3 ? 15 : e < 8 ? 8 : 1)) {
				json_t *entry = json_loads(entries[e], JSON_DECODE_ANY, NULL);
				assert_int_equal(json_array_append_new(list, entry), 0);
			}
		if (random_next(&seed) % 16)
			assert_int_equal(document_set(config, "/linux/namespaces", list, NULL), 0);
		struct decision decision = decide_on_random(config, &control_namespaces, NULL, &facts);
		verdicts[decision.verdict]++;
		for (size_t d = 0; decision.verdict != VERDICT_REFUSED && d < ARRAY_SIZE(demanded); d++)
			assert_int_equal(count_of(decision.result, demanded[d]), 1);
		decision_release(&decision);
	}
	assert_true(verdicts[VERDICT_REFUSED] > 0 && verdicts[VERDICT_REWRITTEN] > 0 && verdicts[VERDICT_CLEAN] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_is_known_by_inode),
		cmocka_unit_test(the_host_may_be_allowed),
		cmocka_unit_test(a_foreign_container_is_joined_only_where_allowed),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(a_sandbox_is_known_by_its_control_group),
		cmocka_unit_test(bound_files_are_judged_by_engine_and_inode),
		cmocka_unit_test(random_lists_end_separate_or_refused),
	};
	guest = guest_start(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC, NULL, NULL);
	int failed = cmocka_run_group_tests_name("namespaces", tests, NULL, NULL);
	if (guest > 0)
		guest_stop(guest);
	return failed;
}
