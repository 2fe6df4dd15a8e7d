#include "policy/tests/support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

/* Every test has a directory of its own, open as `at`. */
struct fixture {
	char *path;
	int at;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	fixture->path = make_temporary_directory();
	assert_int_equal(file_open_directory(fixture->path, &fixture->at, NULL), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	(void)close(fixture->at);
	remove_tree(fixture->path);
	free(fixture->path);
	free(fixture);
	return 0;
}

static char *below(const struct fixture *fixture, const char *name)
{
	char *path = NULL;
	assert_true(asprintf(&path, "%s/%s", fixture->path, name) > 0);
	return path;
}

static void write_file(const struct fixture *fixture, const char *name, const char *data, mode_t mode)
{
	cleanup_close int descriptor = openat(fixture->at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(descriptor >= 0);
	assert_int_equal(file_write_all(descriptor, data, strlen(data)), 0);
	assert_int_equal(fchmod(descriptor, mode), 0);
}

static int read_back(const struct fixture *fixture, const char *name, size_t limit, char **ret, struct error **error)
{
	cleanup_free char *path = below(fixture, name);
	size_t length = 0;
	int result = file_read(path, limit, ret, &length, error);
	if (result == 0)
		assert_int_equal(length, strlen(*ret));
	return result;
}

static void reads_up_to_the_limit(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "ten", "0123456789", 0600);
	write_file(fixture, "none", "", 0600);
	cleanup_free char *data = NULL, *empty = NULL, *untouched = NULL;
	assert_int_equal(read_back(fixture, "ten", 10, &data, NULL), 0);
	assert_string_equal(data, "0123456789");
	assert_int_equal(read_back(fixture, "none", 0, &empty, NULL), 0);
	assert_string_equal(empty, "");
	cleanup_error struct error *error = NULL;
	assert_int_equal(read_back(fixture, "ten", 9, &untouched, &error), -EFBIG);
	assert_null(untouched);
	assert_non_null(strstr(error_message(error), "larger than 9 bytes"));
	assert_int_equal(read_back(fixture, "absent", 9, &untouched, NULL), -ENOENT);
	assert_null(untouched);
}

static void reads_what_has_no_size(void **state)
{
	(void)state;
	cleanup_free char *data = NULL;
	size_t length = 0;
	assert_int_equal(file_read("/proc/self/status", 1 << 20, &data, &length, NULL), 0);
	assert_true(length > 100);
	assert_non_null(strstr(data, "Pid:"));
	cleanup_free char *none = NULL;
	assert_int_equal(file_read("/proc/self/status", 20, &none, &length, NULL), -EFBIG);
}

static void opens_nothing_but_regular_files(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "file", "x", 0600);
	assert_int_equal(mkfifoat(fixture->at, "fifo", 0600), 0);
	assert_int_equal(mkdirat(fixture->at, "directory", 0700), 0);
	assert_int_equal(symlinkat("file", fixture->at, "link"), 0);
	assert_int_equal(symlinkat("nowhere", fixture->at, "dangling"), 0);
	static const struct {
		const char *name;
		int result;
	} rows[] = {
		{"fifo", -EINVAL}, {"directory", -EINVAL}, {"link", -ELOOP}, {"dangling", -ELOOP}, {"absent", -ENOENT},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error *error = NULL;
		int descriptor = -7;
		assert_int_equal(file_open_at(fixture->at, rows[i].name, &descriptor, &error), rows[i].result);
		assert_int_equal(descriptor, -7);
		assert_non_null(strstr(error_message(error), rows[i].name));
	}
	int descriptor = -7;
	assert_int_equal(file_open("/dev/null", &descriptor, NULL), -EINVAL);
	assert_int_equal(descriptor, -7);
	cleanup_close int open_file = -1;
	assert_int_equal(file_open_at(fixture->at, "file", &open_file, NULL), 0);
	assert_true(fcntl(open_file, F_GETFD) & FD_CLOEXEC);
	cleanup_free char *path = below(fixture, "file");
	assert_int_equal(file_open_directory(path, &descriptor, NULL), -ENOTDIR);
}

static void replaces_whole_files(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "config.json", "old", 0600);
	mode_t mask = umask(0077);
	int result = file_replace_at(fixture->at, "config.json", "new", 3, 0644, true, NULL);
	(void)umask(mask);
	assert_int_equal(result, 0);
	cleanup_free char *data = NULL;
	assert_int_equal(read_back(fixture, "config.json", 100, &data, NULL), 0);
	assert_string_equal(data, "new");
	struct stat status;
	assert_int_equal(fstatat(fixture->at, "config.json", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(file_replace_at(fixture->at, "fresh", "", 0, 0600, false, NULL), 0);
	assert_int_equal(faccessat(fixture->at, "fresh", F_OK, 0), 0);
}

static void replaces_what_a_killed_writer_left(void **state)
{
	struct fixture *fixture = *state;
	const char *const left[] = {NULL, "half of a config"};
	for (size_t i = 0; i < ARRAY_SIZE(left); i++) {
		cleanup_free char *data = NULL;
		size_t length = 0;
		if (left[i])
			assert_int_equal(file_create_at(fixture->at, ".config.json.new", left[i], strlen(left[i]), 0600, false), 0);
		assert_int_equal(file_replace_alone_at(fixture->at, "config.json", ".config.json.new", "new", 3, 0644, NULL), 0);
		assert_int_equal(file_read_trusted_at(fixture->at, "config.json", 10, &data, &length, NULL), 0);
		assert_string_equal(data, "new");
		assert_int_equal(faccessat(fixture->at, ".config.json.new", F_OK, 0), -1);
	}
}

static void what_stands_in_the_way_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	cleanup_error struct error *error = NULL;
	assert_int_equal(mkdirat(fixture->at, "beside", 0755), 0);
	assert_true(file_replace_alone_at(fixture->at, "config.json", "beside", "new", 3, 0644, &error) < 0);
	assert_non_null(strstr(error_message(error), "it is left as it was"));
	assert_int_equal(faccessat(fixture->at, "config.json", F_OK, 0), -1);
}

/* The name is replaced, never written through: neither a link's target nor what
 * another hard link shows changes. */
static void replaces_links_themselves(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "target", "target", 0600);
	assert_int_equal(symlinkat("target", fixture->at, "soft"), 0);
	assert_int_equal(linkat(fixture->at, "target", fixture->at, "hard", 0), 0);
	assert_int_equal(file_replace_at(fixture->at, "soft", "a", 1, 0644, false, NULL), 0);
	assert_int_equal(file_replace_at(fixture->at, "hard", "b", 1, 0644, false, NULL), 0);
	cleanup_free char *target = NULL, *soft = NULL;
	assert_int_equal(read_back(fixture, "target", 100, &target, NULL), 0);
	assert_string_equal(target, "target");
	assert_int_equal(read_back(fixture, "soft", 100, &soft, NULL), 0);
	assert_string_equal(soft, "a");
}

static size_t entries_of(const char *path)
{
	cleanup_closedir DIR *directory = opendir(path);
	size_t count = 0;
	while (readdir(directory))
		count++;
	return count - 2;
}

static void a_failed_replacement_leaves_everything(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(mkdirat(fixture->at, "directory", 0700), 0);
	cleanup_error struct error *error = NULL;
	assert_true(file_replace_at(fixture->at, "directory", "x", 1, 0644, false, &error) < 0);
	assert_non_null(strstr(error_message(error), "left as it was"));
	assert_int_equal(entries_of(fixture->path), 1);
	char name[NAME_MAX + 1];
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(file_replace_at(fixture->at, name, "x", 1, 0644, false, NULL), -ENAMETOOLONG);
	assert_int_equal(entries_of(fixture->path), 1);
}

static void resolves_inside_a_root(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture, "inside", "x", 0600);
	assert_int_equal(symlinkat("/inside", fixture->at, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../../../etc/passwd", fixture->at, "escape"), 0);
	assert_int_equal(symlinkat("/proc/self/root/etc/passwd", fixture->at, "magic"), 0);
	cleanup_close int found = -1;
	assert_int_equal(file_open_in_root(fixture->at, "/absolute", O_RDONLY, &found), 0);
	struct stat through, direct;
	assert_int_equal(fstat(found, &through), 0);
	assert_int_equal(fstatat(fixture->at, "inside", &direct, 0), 0);
	assert_true(through.st_ino == direct.st_ino && through.st_dev == direct.st_dev);
	int descriptor = -7;
	assert_int_equal(file_open_in_root(fixture->at, "escape", O_PATH, &descriptor), -ENOENT);
	assert_int_equal(file_open_in_root(fixture->at, "magic", O_PATH, &descriptor), -ENOENT);
	assert_int_equal(file_open_in_root(fixture->at, "../../../etc/passwd", O_PATH, &descriptor), -ENOENT);
	assert_int_equal(descriptor, -7);
}

static void the_kernel_names_a_descriptor(void **state)
{
	struct fixture *fixture = *state;
	cleanup_free char *name = file_path_of_descriptor(fixture->at);
	assert_string_equal(name, fixture->path);
	assert_null(file_path_of_descriptor(-1));
}

static void parents_need_an_absolute_path(void **state)
{
	(void)state;
	assert_int_equal(file_check_trusted_parents("relative/path", NULL), -EINVAL);
	assert_int_equal(file_check_trusted_parents("", NULL), -EINVAL);
}

static void others_files_are_not_trusted_as_root(void **state)
{
	struct fixture *fixture = *state;
	if (geteuid() != 0)
		skip();
	static const struct {
		uid_t owner;
		mode_t mode;
		int result;
		const char *way_out;
	} rows[] = {
		{0, 0644, 0, NULL},	      {0, 0600, 0, NULL},
		{0, 0755, 0, NULL},	      {1000, 0644, -EPERM, "chown root:root"},
		{65534, 0600, -EPERM, "chown root:root"}, {0, 0664, -EPERM, "chmod go-w"},
		{0, 0646, -EPERM, "chmod go-w"}, {0, 01777, -EPERM, "chmod go-w"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_file(fixture, "file", "x", 0600);
		cleanup_close int descriptor = -1;
		assert_int_equal(file_open_at(fixture->at, "file", &descriptor, NULL), 0);
		assert_int_equal(fchown(descriptor, rows[i].owner, 0), 0);
		assert_int_equal(fchmod(descriptor, rows[i].mode), 0);
		cleanup_error struct error *error = NULL;
		assert_int_equal(file_check_trusted(descriptor, "config.json", &error), rows[i].result);
		if (rows[i].way_out)
			assert_non_null(strstr(error_message(error), rows[i].way_out));
		assert_int_equal(fchown(descriptor, 0, 0), 0);
	}
}

/* A place for parents that are root's all the way up: /tmp is not. */
static char *trusted_directory(void)
{
	char *path = strdup("/root/oci-harden-test.XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

static int check_parents_of(const char *directory, const char *name, struct error **error)
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return file_check_trusted_parents(path, error);
}

static void every_parent_counts_as_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	cleanup_free char *top = trusted_directory();
	char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "%s/a/b", top);
	*strrchr(path, '/') = '\0';
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(check_parents_of(top, "a/file", NULL), 0);
	assert_int_equal(check_parents_of(top, "a/", NULL), 0);
	assert_int_equal(chmod(top, 0770), 0);
	cleanup_error struct error *error = NULL;
	assert_int_equal(check_parents_of(top, "a/file", &error), -EPERM);
	assert_non_null(strstr(error_message(error), top));
	assert_int_equal(chmod(top, 0700), 0);
	assert_int_equal(chown(path, 1000, 1000), 0);
	assert_int_equal(check_parents_of(top, "a/file", NULL), -EPERM);
	assert_int_equal(check_parents_of(top, "absent/file", NULL), -ENOENT);
	assert_int_equal(file_check_trusted_parents("/tmp/x", NULL), -EPERM);
	assert_int_equal(file_check_trusted_parents("/x", NULL), 0);
	assert_int_equal(file_check_trusted_parents("/", NULL), 0);
	remove_tree(top);
}

/* The directory that a link leads to is root's, but whoever owns what is above it
 * can put another in its place. */
static void a_link_out_of_trusted_directories_does_not_pass_as_root(void **state)
{
	struct fixture *fixture = *state;
	if (geteuid() != 0)
		skip();
	cleanup_free char *top = trusted_directory();
	cleanup_free char *target = below(fixture, "target");
	assert_int_equal(mkdir(target, 0755), 0);
	char link[PATH_MAX];
	(void)snprintf(link, sizeof(link), "%s/link", top);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(chown(fixture->path, 1000, 1000), 0);
	assert_int_equal(check_parents_of(top, "link/file", NULL), -EPERM);
	remove_tree(top);
}

static int mount_small(const struct fixture *fixture, const char *options)
{
	return mount("test", fixture->path, "tmpfs", 0, options);
}

static void a_full_disk_leaves_the_old_file_as_root(void **state)
{
	struct fixture *fixture = *state;
	if (geteuid() != 0 || mount_small(fixture, "size=16k") < 0)
		skip();
	cleanup_close int at = -1;
	assert_int_equal(file_open_directory(fixture->path, &at, NULL), 0);
	assert_int_equal(file_replace_at(at, "config.json", "old", 3, 0644, false, NULL), 0);
	cleanup_free char *large = calloc(1, 64 << 10);
	cleanup_error struct error *error = NULL;
	int result = file_replace_at(at, "config.json", large, 64 << 10, 0644, true, &error);
	cleanup_free char *data = NULL;
	int reading = read_back(fixture, "config.json", 100, &data, NULL);
	size_t entries = entries_of(fixture->path);
	(void)close(take_descriptor(&at));
	assert_int_equal(umount2(fixture->path, MNT_DETACH), 0);
	assert_int_equal(result, -ENOSPC);
	assert_non_null(strstr(error_message(error), "left as it was"));
	assert_int_equal(reading, 0);
	assert_string_equal(data, "old");
	assert_int_equal(entries, 1);
}

static void a_read_only_disk_leaves_the_old_file_as_root(void **state)
{
	struct fixture *fixture = *state;
	if (geteuid() != 0 || mount_small(fixture, "size=16k") < 0)
		skip();
	cleanup_close int at = -1;
	assert_int_equal(file_open_directory(fixture->path, &at, NULL), 0);
	assert_int_equal(file_replace_at(at, "config.json", "old", 3, 0644, false, NULL), 0);
	assert_int_equal(mount(NULL, fixture->path, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	int result = file_replace_at(at, "config.json", "new", 3, 0644, false, NULL);
	cleanup_free char *data = NULL;
	int reading = read_back(fixture, "config.json", 100, &data, NULL);
	(void)close(take_descriptor(&at));
	assert_int_equal(umount2(fixture->path, MNT_DETACH), 0);
	assert_int_equal(result, -EROFS);
	assert_int_equal(reading, 0);
	assert_string_equal(data, "old");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_up_to_the_limit),
		TEST(reads_what_has_no_size),
		TEST(opens_nothing_but_regular_files),
		TEST(replaces_whole_files),
		TEST(replaces_what_a_killed_writer_left),
		TEST(what_stands_in_the_way_is_an_error),
		TEST(replaces_links_themselves),
		TEST(a_failed_replacement_leaves_everything),
		TEST(resolves_inside_a_root),
		TEST(the_kernel_names_a_descriptor),
		TEST(parents_need_an_absolute_path),
		TEST(others_files_are_not_trusted_as_root),
		TEST(every_parent_counts_as_root),
		TEST(a_link_out_of_trusted_directories_does_not_pass_as_root),
		TEST(a_full_disk_leaves_the_old_file_as_root),
		TEST(a_read_only_disk_leaves_the_old_file_as_root),
	};
	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
