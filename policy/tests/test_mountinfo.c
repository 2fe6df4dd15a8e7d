#include "policy/host/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/tests/mount_support.h"

static const char text[] =
	"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
	"30 22 0:24 / /run rw - tmpfs tmpfs rw\n"
	"31 22 254:1 /srv/data /mnt/bound rw master:1 - ext4 /dev/vda1 rw\n"
	"9 22 254:1 /srv/data /mnt/also\\040bound\\134x rw shared:7 master:3 - ext4 /dev/vda1 rw\n"
	"40 22 0:30 / /mnt/other rw - overlay overlay rw,lowerdir=/a:/b\n"
	"41 40 0:31 / /mnt/other/below/deep rw - tmpfs t rw\n";

static struct mountinfo *parse(void)
{
	struct mountinfo *info = NULL;
	cleanup_error struct error *error = NULL;
	if (mountinfo_parse(text, strlen(text), &info, &error) < 0)
		fail_msg("%s", error_message(error));
	return info;
}

static void what_is_mounted_below_is_found(void **state)
{
	(void)state;
	cleanup_mountinfo struct mountinfo *info = parse();
	assert_true(mountinfo_has_below(info, "/"));
	assert_true(mountinfo_has_below(info, "/mnt"));
	assert_true(mountinfo_has_below(info, "/mnt/other"));
	assert_true(mountinfo_has_below(info, "/mnt/other/below"));
	assert_false(mountinfo_has_below(info, "/mnt/other/below/deep"));
	assert_false(mountinfo_has_below(info, "/mnt/bound"));
	assert_false(mountinfo_has_below(info, "/mnt/o"));
	assert_false(mountinfo_has_below(info, "/srv"));
	assert_false(mountinfo_has_below(info, "/zzz"));
}

static bool skip_root(const char *point, const void *context)
{
	return strcmp(point, context) == 0;
}

static void the_same_folder_is_found_elsewhere(void **state)
{
	(void)state;
	cleanup_mountinfo struct mountinfo *info = parse();
	const struct mountinfo_entry bound = {
		.major = 254, .minor = 1, .root = "/srv/data", .point = "/mnt/bound", .type = "ext4"};
	int result = 1;
	cleanup_free char *inside = mountinfo_inside(&bound, "/mnt/bound/x");
	assert_string_equal(inside, "/srv/data/x");
	cleanup_free char *elsewhere = mountinfo_path_elsewhere(info, &bound, inside, NULL, NULL, &result);
	assert_int_equal(result, 0);
	assert_string_equal(elsewhere, "/srv/data/x");
	cleanup_free char *second = mountinfo_path_elsewhere(info, &bound, inside, skip_root, "/", &result);
	assert_true(text_equal(second, "/mnt/bound/x") || text_equal(second, "/mnt/also bound\\x/x"));
	assert_null(mountinfo_path_elsewhere(info, &bound, "/srv/other", skip_root, "/", &result));
	const struct mountinfo_entry alone = {
		.major = 7, .minor = 7, .root = "/", .point = "/x", .type = "xfs"};
	assert_null(mountinfo_path_elsewhere(info, &alone, "/y", NULL, NULL, &result));
	assert_int_equal(result, 0);
}

static void malformed_lines_are_told(void **state)
{
	(void)state;
	static const char *const broken[] = {
		"garbage\n",
		"22 1 254:1 / / rw,relatime shared:1 ext4 /dev/vda1 rw\n",
		"x 1 254:1 / / rw - ext4 /dev/vda1 rw\n",
		"22 1 254 / / rw - ext4 /dev/vda1 rw\n",
		"22 1 254:99999999999 / / rw - ext4 /dev/vda1 rw\n",
		"22 1 254:1 / / rw -\n",
		"\n\n",
	};
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct mountinfo *info = NULL;
		cleanup_error struct error *error = NULL;
		assert_int_equal(mountinfo_parse(broken[i], strlen(broken[i]), &info, &error), -EINVAL);
		assert_non_null(strstr(error_message(error), "mountinfo:1 is malformed"));
		assert_null(info);
	}
	struct mountinfo *empty = NULL;
	assert_int_equal(mountinfo_parse("", 0, &empty, NULL), 0);
	assert_false(mountinfo_has_below(empty, "/"));
	mountinfo_free(empty);
}

static void the_kernels_own_text_is_understood(void **state)
{
	(void)state;
	cleanup_mountinfo struct mountinfo *info = NULL;
	cleanup_error struct error *error = NULL;
	if (mountinfo_read(&info, &error) < 0)
		fail_msg("%s", error_message(error));
	cleanup_close int proc = open("/proc/self/status", O_PATH | O_CLOEXEC);
	const struct mountinfo_entry *entry = mountinfo_of_descriptor(info, proc);
	assert_non_null(entry);
	assert_string_equal(entry->type, "proc");
	assert_string_equal(entry->point, "/proc");
	assert_true(mountinfo_has_below(info, "/"));
}

static void odd_names_are_understood(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_folder("/mnt/from");
	make_folder("/mnt/a b\n\\c/d");
	bind_mount("/mnt/from", "/mnt/a b\n\\c/d");
	cleanup_mountinfo struct mountinfo *info = NULL;
	assert_int_equal(mountinfo_read(&info, NULL), 0);
	assert_true(mountinfo_has_below(info, "/mnt/a b\n\\c"));
	cleanup_close int bound = open("/mnt/a b\n\\c/d", O_PATH | O_CLOEXEC);
	const struct mountinfo_entry *entry = mountinfo_of_descriptor(info, bound);
	assert_string_equal(entry->point, "/mnt/a b\n\\c/d");
	assert_string_equal(entry->root, "/from");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_mounted_below_is_found),
		cmocka_unit_test(the_same_folder_is_found_elsewhere),
		cmocka_unit_test(malformed_lines_are_told),
		cmocka_unit_test(the_kernels_own_text_is_understood),
		cmocka_unit_test(odd_names_are_understood),
	};
	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
