/* Writers that are killed at any step, and writers beside readers: what is read is the
 * old or the new, whole, and its state tells which. */
#include "policy/tests/store_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/rules_support.h"
#include "policy/tests/support.h"
#include "policy/trust/store_parts.h"

/* The image, before and with its signatures; loaded once. */
static struct evidence plain, with_signatures, signed_index;

static int set_up(void **state)
{
	(void)state;
	(void)make_trusted_directory("64m");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return umount("/mnt");
}

static int nothing(void)
{
	return 0;
}

static int add_image(void)
{
	return trust_store_add(STORE, DIGEST_AMD64, "registry.example.test/tiny:1", &plain, NULL);
}

static int add_signatures(void)
{
	return trust_store_add(STORE, DIGEST_AMD64, "registry.example.test/tiny:2", &with_signatures, NULL);
}

static int add_index(void)
{
	return trust_store_add(STORE, DIGEST_INDEX, NULL, &signed_index, NULL);
}

static int remove_image(void)
{
	return trust_store_remove(STORE, DIGEST_AMD64, NULL);
}

static int remove_index(void)
{
	return trust_store_remove(STORE, DIGEST_INDEX, NULL);
}

/* Calls that change something that outlives the process. */
static bool changes(const struct __ptrace_syscall_info *info)
{
	switch (info->entry.nr) {
	case SYS_openat:
		return info->entry.args[2] & O_CREAT;
	case SYS_mkdirat: case SYS_renameat: case SYS_renameat2: case SYS_unlinkat: case SYS_linkat: case SYS_write:
	case SYS_fchmod: case SYS_fchmodat: case SYS_fsync: case SYS_flock:
#ifdef SYS_rename
	case SYS_rename: case SYS_mkdir: case SYS_unlink: case SYS_chmod:
#endif
		return true;
	default:
		return false;
	}
}

/* Runs `work` in a child that dies before its `step`th call of these. False where it came
 * to its end before. */
static bool dies_at(int (*work)(void), unsigned step)
{
	int status = 0, deliver = 0;
	unsigned seen = 0;
	pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || raise(SIGSTOP) != 0)
			_exit(7);
		_exit(work() == 0 ? 0 : 1);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	for (;;) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, 0, deliver), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return false;
		}
		assert_true(WIFSTOPPED(status));
		deliver = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		struct __ptrace_syscall_info info = {0};
		if (deliver || ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) <= 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY || !changes(&info) || ++seen < step)
			continue;
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		return true;
	}
}

static unsigned count_lookups(const char *path, unsigned depth)
{
	unsigned count = 0;
	cleanup_closedir DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		char below[512];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		count += depth ? count_lookups(below, depth - 1) : 1;
	}
	return count;
}

/* What is in order once a writer has come to its end. */
static void assert_in_order(void)
{
	struct trust_store_image *images = NULL;
	size_t count = 0;
	uint64_t sum = 0, total = 0;
	cleanup_close int store = open(STORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(trust_store_list(STORE, &images, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		sum += images[i].size;
	trust_store_list_release(images, count);
	assert_int_equal(store_writer_total(store, &total, NULL), 0);
	assert_int_equal(sum, total);
	assert_int_equal(access(STORE "/" STORE_PENDING, F_OK), -1);
	assert_int_equal(count_lookups(STORE "/" STORE_TEMPORARY, 0), 0);
}

static const struct {
	int (*before)(void), (*work)(void);
	size_t old_image, new_image; /* blobs that the configuration's digest leads to */
} works[] = {
	{nothing, add_image, 0, 2},
	{add_image, add_signatures, 2, 5},
	{add_signatures, remove_image, 5, 0},
	{add_signatures, add_index, 5, 10},
	{add_index, add_signatures, 7, 10},
	{add_index, remove_index, 7, 0},
};

static const char *const asked[] = {DIGEST_CONFIGURATION, DIGEST_AMD64};

static void check_step(size_t row, unsigned step, unsigned lookups, bool *ret_died)
{
	char *before[ARRAY_SIZE(asked)];
	(void)make_trusted_directory("64m");
	assert_int_equal(works[row].before(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		before[i] = state_of(asked[i]);
		assert_int_equal(blobs_for(asked[i]), works[row].old_image);
	}
	*ret_died = dies_at(works[row].work, step);
	bool is_new = false;
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		cleanup_free char *after = state_of(asked[i]);
		size_t count = blobs_for(asked[i]);
		if (count != works[row].old_image && count != works[row].new_image)
			fail_msg("row %zu, step %u: %zu blobs", row, step, count);
		/* all digests at once, and the state tells */
		assert_true(i == 0 || is_new == (count == works[row].new_image));
		is_new = count == works[row].new_image;
		if (is_new && strcmp(after, before[i]) == 0)
			fail_msg("row %zu, step %u: the state has not changed", row, step);
		free(before[i]);
	}
	/* the next writer mends it */
	int result = works[row].work();
	assert_true(result == 0 || (result == -ENOENT && is_new));
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++)
		assert_int_equal(blobs_for(asked[i]), works[row].new_image);
	assert_in_order();
	assert_int_equal(count_lookups(STORE "/" STORE_LOOKUPS, 1), lookups);
	assert_int_equal(umount("/mnt"), 0);
}

static void killed_at_any_step_leaves_old_or_new(void **state)
{
	(void)state;
	for (size_t row = 0; row < ARRAY_SIZE(works); row++) {
		(void)make_trusted_directory("64m");
		assert_true(works[row].before() == 0 && works[row].work() == 0);
		unsigned lookups = count_lookups(STORE "/" STORE_LOOKUPS, 1), step = 0;
		assert_int_equal(umount("/mnt"), 0);
		for (bool died = true; died;)
			check_step(row, ++step, lookups, &died);
		assert_true(step > 20);
	}
}

#define REWRITES 1000

static void write_again_and_again(void)
{
	char name[32];
	for (int i = 0; i < REWRITES; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		if (trust_store_add(STORE, DIGEST_AMD64, name, &with_signatures, NULL) < 0)
			_exit(1);
	}
	_exit(0);
}

static void readers_see_whole_images_alone(void **state)
{
	(void)state;
	assert_int_equal(add_signatures(), 0);
	pid_t writer = fork();
	if (writer == 0)
		write_again_and_again();
	assert_true(writer > 0);
	int status = 0;
	size_t reads = 0, changes_seen = 0;
	cleanup_free char *last = state_of(DIGEST_CONFIGURATION);
	while (waitpid(writer, &status, WNOHANG) == 0) {
		assert_int_equal(blobs_for(DIGEST_CONFIGURATION), with_signatures.count);
		char *now = state_of(DIGEST_CONFIGURATION);
		changes_seen += strcmp(now, last) != 0;
		free(last);
		last = now;
		reads++;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(reads > 10 && changes_seen > 10);
	assert_in_order();
}

#define WRITERS 4

static void writers_come_one_after_the_other(void **state)
{
	(void)state;
	pid_t writers[WRITERS];
	for (unsigned i = 0; i < WRITERS; i++) {
		writers[i] = fork();
		if (writers[i] != 0)
			continue;
		for (unsigned k = 0; k < 10; k++) {
			cleanup_evidence struct evidence evidence = {0};
			char digest[DIGEST_LENGTH + 1];
			add_manifest(&evidence, DIGEST_CONFIGURATION, i * 100 + k, digest);
			if (trust_store_add(STORE, digest, NULL, &evidence, NULL) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		int status = 0;
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(blobs_for(DIGEST_CONFIGURATION), WRITERS * 10);
	assert_in_order();
}

static void keep(struct evidence *evidence, const char *layout, const char *const *digests)
{
	cleanup_evidence struct evidence all = {0};
	load_layout(layout, &all);
	for (; *digests; digests++) {
		struct blob *blob = (struct blob *)(uintptr_t)evidence_find(&all, *digests);
		assert_non_null(blob);
		assert_int_equal(evidence_add(evidence, blob->digest, blob->data, blob->size), 0);
		blob->data = NULL;
	}
}

static int load(void **state)
{
	static const char *const image[] = {DIGEST_AMD64, DIGEST_CONFIGURATION, NULL};
	static const char *const statements[] = {
		DIGEST_AMD64, DIGEST_CONFIGURATION,
		"sha256:16dd2c80d95dc0e4d039de986b9db6641a7a05e08a3d227f9908be567a6be643",
		"sha256:26203833f996da19e63c7e75d13d4606b6bc704b3f03576669208bd3885f80bd",
		"sha256:20d7f5822e11a50c43cc50330698b6095e8ad2e6c85dbc378044966dca4830eb", NULL};
	static const char *const index[] = {
		DIGEST_INDEX, DIGEST_AMD64, DIGEST_ARM64, DIGEST_CONFIGURATION,
		"sha256:d5a479c89703bef470f68225b4edcd6166f7d3341470d6ae6f117722dcaa6258",
		"sha256:7cf2241bd57a4717b67308ddf88483b7905ed639979c95ccf6f007482779ef94",
		"sha256:97d5c50e557be58ed37299d5206774c1a14b0ea3132615cfb54eb54ae66f4d17", NULL};
	(void)state;
	keep(&plain, "save25", image);
	keep(&with_signatures, "save25", statements);
	keep(&signed_index, "save25i", index);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	evidence_release(&plain);
	evidence_release(&with_signatures);
	evidence_release(&signed_index);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_step_leaves_old_or_new),
		cmocka_unit_test_setup_teardown(readers_see_whole_images_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(writers_come_one_after_the_other, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
