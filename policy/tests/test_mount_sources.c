/* mount-sources against real sockets, links, mounts and volumes. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/host/mountinfo.h"
#include "policy/tests/mount_support.h"

#define LISTED(path, read_only, socket, device)                                                              \
	"{\"allow\":[{\"source\":\"" path "\",\"read-only\":" read_only ",\"socket\":" socket                \
	",\"device\":" device "}]}"
#define FOLDER(path) LISTED(path, "false", "false", "false")
#define SOCKET(path) LISTED(path, "false", "true", "false")

static void any_socket_is_refused_without_root_too(void **state)
{
	(void)state;
	cleanup_free char *folder = make_temporary_directory();
	cleanup_free char *socket = NULL, *link = NULL;
	assert_true(asprintf(&socket, "%s/harmless.txt", folder) > 0 &&
		    asprintf(&link, "%s/link", folder) > 0);
	make_socket(socket);
	make_link("harmless.txt", link);
	assert_refused(socket, NULL, NULL, "is a UNIX socket");
	assert_refused(link, NULL, NULL, "harmless.txt\", which is a UNIX socket");
	remove_tree(folder);
}

static void what_users_can_exchange_is_refused_though_listed(void **state)
{
	(void)state;
	cleanup_free char *folder = make_temporary_directory();
	cleanup_free char *changes = NULL;
	assert_true(asprintf(&changes, FOLDER("%s"), folder) > 0);
	assert_refused(folder, changes, NULL, "others than root may write in /tmp");
	remove_tree(folder);
}

static void known_sockets_are_known_by_any_name(void **state)
{
	(void)state;
	NEEDS_ROOT();
	assert_int_equal(mount("tmpfs", "/run", "tmpfs", 0, "mode=755"), 0);
	make_socket("/run/docker.sock");
	make_folder("/run/podman");
	make_socket("/run/podman/podman.sock");
	make_socket("/run/other");
	make_file("/mnt/alias");
	bind_mount("/run/docker.sock", "/mnt/alias");
	make_folder("/mnt/run");
	bind_mount("/run", "/mnt/run");
	make_link("/mnt/run/docker.sock", "/mnt/link");
	assert_int_equal(link("/run/podman/podman.sock", "/run/data"), 0);
	const struct {
		const char *source, *changes, *said; /* said NULL: passes */
	} rows[] = {
		{"/run/docker.sock", NULL, "is the Docker socket"},
		{"/mnt/alias", NULL, "is the Docker socket"},
		{"/mnt/link", NULL, "is the Docker socket"},
		{"/mnt/run/docker.sock", NULL, "is the Docker socket"},
		{"/run/data", NULL, "is the Podman socket"},
		{"/run/other", NULL, "is a UNIX socket"},
		{"/run", NULL, "sockets"},
		{"/run/podman", NULL, "holds the Podman socket"},
		{"/mnt/run", NULL, "sockets"},
		{"/run/docker.sock", FOLDER("/run/docker.sock"), "without socket: true"},
		{"/run/docker.sock", SOCKET("/run/docker.sock"), NULL},
		{"/run/other", FOLDER("/run/**"), "without socket: true"},
		{"/run/other", SOCKET("/run/**"), NULL},
		{"/run/podman", FOLDER("/run/podman"), "without socket: true"},
		{"/run/podman", SOCKET("/run/podman"), NULL},
		{"/run/podman", SOCKET("/run/**"), "listed by itself"},
		{"/mnt/alias", FOLDER("/mnt/**"), "is the Docker socket"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].said)
			assert_refused(rows[i].source, rows[i].changes, NULL, rows[i].said);
		else
			assert_passes(rows[i].source, rows[i].changes, NULL);
	}
	cleanup_free char *why = judge_bind("/run/podman", "[\"rbind\",\"ro\"]", FOLDER("/run/podman"), NULL);
	assert_non_null(why);
}

static void a_listed_folder_is_no_way_out(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_folder("/mnt/listed/inner");
	make_folder("/mnt/other");
	make_folder("/mnt/listed-too");
	make_folder("/mnt/alice/data");
	make_link("/mnt/other", "/mnt/listed/out");
	make_link("../../other", "/mnt/listed/inner/out");
	make_link("/mnt/listed/inner", "/mnt/in");
	assert_int_equal(mknod("/mnt/listed/disk", S_IFBLK | 0600, 0), 0);
	assert_int_equal(chown("/mnt/alice", 1000, 1000), 0);
	static const char all[] = FOLDER("/mnt/listed/**");
	assert_passes("/mnt/listed", all, NULL);
	assert_passes("/mnt/listed/inner", all, NULL);
	assert_passes("/mnt/listed/../listed//inner/", all, NULL);
	assert_passes("/mnt/in", all, NULL);
	assert_refused("/mnt/listed/out", all, NULL, "leads to \"/mnt/other\"");
	assert_refused("/mnt/listed/inner/out", all, NULL, "leads to \"/mnt/other\"");
	assert_refused("/mnt/listed/disk", all, NULL,
		       "is a block device of the host; the policy lists the path");
	assert_refused("/mnt/listed-too", all, NULL, "neither the engine nor the policy");
	assert_refused("/mnt", all, NULL, "neither the engine nor the policy");
	assert_refused("/mnt/listed/inner", FOLDER("/mnt/listed"), NULL, "neither the engine nor the policy");
	assert_passes("/mnt/listed", FOLDER("/mnt/listed"), NULL);
	assert_passes("/mnt/other", FOLDER("/mnt/listed/out"), NULL);
	assert_passes("/mnt/alice", FOLDER("/mnt/**"), NULL);
	assert_refused("/mnt/alice/data", FOLDER("/mnt/**"), NULL, "may write in /mnt/alice");
	make_link("/mnt/listed", "/mnt/alice/link");
	assert_refused("/mnt/alice/link", all, NULL, "may write in /mnt/alice");
}

static void own_files_never_pass(void **state)
{
	(void)state;
	NEEDS_ROOT();
	assert_int_equal(mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755"), 0);
	make_folder(STATEDIR "/policy");
	make_folder("/mnt/alias");
	make_folder("/mnt/inner");
	bind_mount(STATEDIR, "/mnt/alias");
	bind_mount(STATEDIR "/policy", "/mnt/inner");
	const char *const sources[] = {STATEDIR, STATEDIR "/policy", "/mnt/alias", "/mnt/alias/policy",
				       "/mnt/inner"};
	static const char everything[] =
		"{\"allow\":[{\"source\":\"/var/lib/oci-harden/**\",\"read-only\":false,\"socket\":true,\"device\":true},"
		"{\"source\":\"/mnt/**\",\"read-only\":false,\"socket\":true,\"device\":true}]}";
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		assert_refused(sources[i], everything, NULL, "is part of oci-harden's own store");
	assert_refused("/var/lib", FOLDER("/var/lib"), NULL, "own files in it");
	cleanup_free char *listed = judge_bind("/var/lib", "[\"bind\",\"ro\"]", FOLDER("/var/lib"), NULL);
	assert_null(listed);
	cleanup_free char *below = judge_bind("/var/lib", "[\"bind\",\"ro\"]", FOLDER("/var/**"), NULL);
	assert_non_null(below);
	assert_non_null(strstr(below, "listed by itself"));
	char program[4096] = {0};
	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	assert_refused(program, NULL, NULL, "is oci-harden itself");
}

static void engines_own_paths_pass_and_no_others(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	make_folder("/mnt/store/containers/ours/mounts/shm");
	make_folder("/mnt/store/containers/theirs");
	make_file("/mnt/store/containers/ours/hosts");
	make_file("/mnt/store/containers/theirs/hosts");
	make_folder("/mnt/alice/pod");
	assert_int_equal(chown("/mnt/alice", 1000, 1000), 0);
	assert_int_equal(facts_add_path(&facts, "/mnt/store/containers/ours", true, false, "Docker's files"),
			 0);
	assert_int_equal(facts_add_path(&facts, "/mnt/alice/pod", false, false, "a pod's folder"), 0);
	assert_passes("/mnt/store/containers/ours/hosts", NULL, &facts);
	/* the engine's own, but what leads there can be turned to / after it was judged */
	assert_refused("/mnt/alice/pod", NULL, &facts, "may write in /mnt/alice");
	make_link("/mnt/store/containers/ours/hosts", "/mnt/alice/link");
	assert_refused("/mnt/alice/link", NULL, &facts, "may write in /mnt/alice");
	assert_refused("/mnt/store/containers/theirs/hosts", NULL, &facts,
		       "neither the engine nor the policy");
	assert_refused("/mnt/store/containers", NULL, &facts, "neither the engine nor the policy");
	assert_refused("/mnt/store/containers/ours/../theirs/hosts", NULL, &facts, "theirs/hosts\"");
	make_link("/etc/shadow", "/mnt/store/containers/ours/link");
	assert_refused("/mnt/store/containers/ours/link", NULL, &facts, "leads to \"/etc/shadow\"");
	assert_int_equal(mount("shm", "/mnt/store/containers/ours/mounts/shm", "tmpfs", 0, NULL), 0);
	assert_passes("/mnt/store/containers/ours/mounts/shm", NULL, &facts);
	bind_mount("/etc/passwd", "/mnt/store/containers/ours/hosts");
	assert_refused("/mnt/store/containers/ours/hosts", NULL, &facts, "leads to \"/etc/passwd\"");
	facts_release(&facts);
}

/* A secret of a build: in a folder that everybody might write in, if they got there. */
static void a_sealed_file_passes_and_no_others_beside_it(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	make_folder("/mnt/tmp/secrets/deeper");
	make_file("/mnt/tmp/secrets/word");
	make_file("/mnt/tmp/secrets/other");
	make_file("/mnt/tmp/secrets/deeper/word");
	assert_int_equal(chmod("/mnt/tmp/secrets", 01777), 0);
	assert_int_equal(facts_add_path(&facts, "/mnt/tmp/secrets/word", false, false, "a secret"), 0);
	assert_refused("/mnt/tmp/secrets/word", NULL, &facts, "may write in /mnt/tmp/secrets");
	facts.paths[0].sealed = true;
	assert_passes("/mnt/tmp/secrets/word", NULL, &facts);
	assert_refused("/mnt/tmp/secrets/other", NULL, &facts, "neither the engine nor the policy");
	assert_int_equal(facts_add_path(&facts, "/mnt/tmp/secrets/deeper/word", false, false, "a secret"), 0);
	facts.paths[1].sealed = true;
	assert_refused("/mnt/tmp/secrets/deeper/word", NULL, &facts, "may write in /mnt/tmp/secrets");
	facts_release(&facts);
}

static void a_hooks_program_is_not_for_mounting(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	make_file("/mnt/nerdctl");
	assert_int_equal(facts_add_hook(&facts, "/mnt/nerdctl", "nerdctl's own hook"), 0);
	assert_refused("/mnt/nerdctl", NULL, &facts, "neither the engine nor the policy");
	facts_release(&facts);
}

static void make_volume(struct facts *facts, const char *path)
{
	make_folder(path);
	assert_int_equal(facts_add_path(facts, path, true, true, "a named volume"), 0);
}

static void volumes_are_judged_by_what_is_behind(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	make_folder("/mnt/host/secret");
	make_volume(&facts, "/mnt/store/volumes/plain/_data");
	make_volume(&facts, "/mnt/store/volumes/bound/_data");
	make_volume(&facts, "/mnt/store/volumes/memory/_data");
	make_volume(&facts, "/mnt/store/volumes/window/_data");
	make_volume(&facts, "/mnt/store/volumes/shared/_data");
	make_folder("/mnt/store/volumes/plain/_data/sub");
	bind_mount("/mnt/host", "/mnt/store/volumes/bound/_data");
	bind_mount("/mnt/store/volumes/plain/_data/sub", "/mnt/store/volumes/shared/_data");
	assert_int_equal(mount("tmpfs", "/mnt/store/volumes/memory/_data", "tmpfs", 0, NULL), 0);
	assert_int_equal(mount("proc", "/mnt/store/volumes/window/_data", "proc", 0, NULL), 0);
	assert_passes("/mnt/store/volumes/plain/_data", NULL, &facts);
	assert_passes("/mnt/store/volumes/plain/_data/sub", NULL, &facts);
	assert_passes("/mnt/store/volumes/memory/_data", NULL, &facts);
	assert_passes("/mnt/store/volumes/shared/_data", NULL, &facts);
	assert_refused("/mnt/store/volumes/bound/_data", NULL, &facts, "leads to \"/mnt/host\"");
	assert_refused("/mnt/store/volumes/bound/_data/secret", NULL, &facts,
		       "leads to \"/mnt/host/secret\"");
	assert_passes("/mnt/store/volumes/bound/_data", FOLDER("/mnt/host"), &facts);
	assert_refused("/mnt/store/volumes/bound/_data", LISTED("/mnt/host", "true", "false", "false"),
		       &facts, "this one is writable");
	assert_refused("/mnt/store/volumes/window/_data", NULL, &facts, "host's own files: proc");
	assert_refused("/mnt/store/volumes/plain/_data", "{\"volumes\":false}", &facts, "is a named volume");
	facts_release(&facts);
}

static void a_volume_on_the_hosts_disk_is_the_hosts_root(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	cleanup_error struct error *error = NULL;
	cleanup_mountinfo struct mountinfo *info = NULL;
	cleanup_close int root = open("/", O_PATH | O_CLOEXEC);
	assert_int_equal(mountinfo_read(&info, &error), 0);
	const struct mountinfo_entry *entry = mountinfo_of_descriptor(info, root);
	assert_non_null(entry);
	make_volume(&facts, "/mnt/store/volumes/disk/_data");
	if (mount(entry->source, "/mnt/store/volumes/disk/_data", entry->type, 0, NULL) < 0) {
		print_message("%s: the root file system is not on a disk that can be mounted again\n",
			      __func__);
		facts_release(&facts);
		skip();
	}
	assert_refused("/mnt/store/volumes/disk/_data", NULL, &facts, "is the host's root file system");
	assert_refused("/mnt/store/volumes/disk/_data/etc", NULL, &facts, "is the host's /etc");
	facts_release(&facts);
}

static void an_overlay_behind_a_volume_is_refused(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	make_volume(&facts, "/mnt/store/volumes/overlay/_data");
	make_folder("/mnt/lower");
	if (mount("overlay", "/mnt/store/volumes/overlay/_data", "overlay", 0, "lowerdir=/etc:/mnt/lower") <
	    0) {
		print_message("%s: this kernel has no overlay\n", __func__);
		facts_release(&facts);
		skip();
	}
	assert_refused("/mnt/store/volumes/overlay/_data", NULL, &facts, "host's own files: overlay");
	/* an image that the engine has unpacked is nothing else */
	facts.paths[0].volume = false;
	facts.paths[0].image = true;
	assert_passes("/mnt/store/volumes/overlay/_data", NULL, &facts);
	facts_release(&facts);
}

static void policy_paths_are_checked(void **state)
{
	(void)state;
	const struct {
		const char *source;
		bool fine;
	} rows[] = {
		{"/srv/data", true}, {"/srv/data/**", true}, {"/", true},	 {"/**", false},
		{"srv", false},	     {"/srv/", false},	     {"/srv//x", false}, {"/a/../b", false},
		{"", false},	     {"/srv/./x", false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json json_t *record = json_pack("{s:s}", "source", rows[i].source);
		if ((control_mount_sources.keys[0].check(record, NULL) == 0) != rows[i].fine)
			fail_msg("\"%s\"", rows[i].source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_socket_is_refused_without_root_too),
		cmocka_unit_test(what_users_can_exchange_is_refused_though_listed),
		cmocka_unit_test(known_sockets_are_known_by_any_name),
		cmocka_unit_test(a_listed_folder_is_no_way_out),
		cmocka_unit_test(own_files_never_pass),
		cmocka_unit_test(engines_own_paths_pass_and_no_others),
		cmocka_unit_test(a_sealed_file_passes_and_no_others_beside_it),
		cmocka_unit_test(a_hooks_program_is_not_for_mounting),
		cmocka_unit_test(volumes_are_judged_by_what_is_behind),
		cmocka_unit_test(a_volume_on_the_hosts_disk_is_the_hosts_root),
		cmocka_unit_test(an_overlay_behind_a_volume_is_refused),
		cmocka_unit_test(policy_paths_are_checked),
	};
	return cmocka_run_group_tests_name("mount-sources", tests, NULL, NULL);
}
