/* The kernel's own answer about one mount is what mountinfo says of it. Where the kernel has
 * none to give, both are mountinfo's. */
#include "policy/host/mount_status.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/tests/mount_support.h"

#define ODD "/mnt/a b\n\\c,d"

/* mountinfo's options start with "rw" */
static const char *without_rw(const char *options)
{
	return text_starts_with(options, "rw,") ? options + strlen("rw,") : options;
}

static void assert_status(const char *path, const char *type, const char *root, bool has_below)
{
	cleanup_close int descriptor = open(path, O_PATH | O_CLOEXEC);
	cleanup_mount_status struct mount_status one = {0}, other = {0};
	assert_int_equal(mount_status_read(descriptor, &one, NULL), 0);
	assert_int_equal(mount_status_by_mountinfo(descriptor, &other, NULL), 0);
	const struct mount_status *const both[] = {&one, &other};
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		assert_string_equal(both[i]->point, path);
		assert_string_equal(both[i]->type, type);
		assert_string_equal(both[i]->root, root);
		assert_int_equal(both[i]->has_below, has_below);
	}
	assert_string_equal(without_rw(one.options), without_rw(other.options));
}

static void both_ways_say_the_same(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_folder("/mnt/from/in");
	make_folder(ODD);
	bind_mount("/mnt/from", ODD);
	assert_status("/mnt", "tmpfs", "/", true);
	assert_status(ODD, "tmpfs", "/from", false);
	/* a bind of its own folder, so that its mount is the same below itself */
	bind_mount("/mnt/from", ODD "/in");
	assert_status(ODD, "tmpfs", "/from", true);
	assert_status(ODD "/in", "tmpfs", "/from", false);
	/* deeper, behind a mount that was put between */
	bind_mount("/mnt/from/in", ODD "/in/in");
	assert_status(ODD, "tmpfs", "/from", true);
	assert_int_equal(umount2(ODD "/in", MNT_DETACH), 0);
	assert_status(ODD, "tmpfs", "/from", false);
}

/* At /mnt/merged. */
static bool mount_overlay(void)
{
	make_folder("/mnt/low: est");
	make_folder("/mnt/top,most");
	make_folder("/mnt/upper");
	make_folder("/mnt/work");
	make_folder("/mnt/merged/x");
	return mount("overlay", "/mnt/merged", "overlay", 0,
		     "lowerdir=/mnt/top\\,most:/mnt/low\\: est,upperdir=/mnt/upper,workdir=/mnt/work") == 0;
}

static void an_overlays_options_are_told(void **state)
{
	(void)state;
	NEEDS_ROOT();
	if (!mount_overlay())
		skip();
	assert_status("/mnt/merged", "overlay", "/", false);
	make_folder("/mnt/merged/x");
	bind_mount("/mnt/upper", "/mnt/merged/x");
	assert_status("/mnt/merged", "overlay", "/", true);
}

/* In a child, for which the system call `number` fails. */
static bool is_told_without(int descriptor, int number, int code)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct mount_status status = {0};
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)code), number, 0) < 0 ||
		    seccomp_load(filter) < 0)
			_exit(1);
		_exit(mount_status_read(descriptor, &status, NULL) < 0 || !status.info ||
		      !text_equal(status.point, "/mnt/merged") ||
		      !text_equal(status.type, "overlay"));
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void mountinfo_tells_where_the_kernel_does_not(void **state)
{
	(void)state;
	NEEDS_ROOT();
	static const int numbers[] = {457, 458}; /* statmount, listmount */
	static const int codes[] = {ENOSYS, EPERM, ENOMEM, EIO};
	if (!mount_overlay())
		skip();
	cleanup_close int descriptor = open("/mnt/merged", O_PATH | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(numbers) * ARRAY_SIZE(codes); i++)
		assert_true(is_told_without(descriptor, numbers[i % 2], codes[i / 2]));
}

static void a_mount_of_no_namespace_is_none(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_folder("/mnt/from");
	make_folder("/mnt/to");
	bind_mount("/mnt/from", "/mnt/to");
	cleanup_close int descriptor = open("/mnt/to", O_PATH | O_CLOEXEC);
	assert_int_equal(umount2("/mnt/to", MNT_DETACH), 0);
	cleanup_mount_status struct mount_status status = {0};
	assert_int_equal(mount_status_read(descriptor, &status, NULL), 0);
	assert_null(status.point);
	assert_null(status.options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_say_the_same),
		cmocka_unit_test(an_overlays_options_are_told),
		cmocka_unit_test(mountinfo_tells_where_the_kernel_does_not),
		cmocka_unit_test(a_mount_of_no_namespace_is_none),
	};
	return cmocka_run_group_tests_name("mount status", tests, NULL, NULL);
}
