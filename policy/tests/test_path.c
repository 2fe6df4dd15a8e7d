#include "policy/host/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/mount_support.h"

static void text_is_made_plain(void **state)
{
	(void)state;
	const char *const rows[][2] = {
		{"/", "/"},
		{"", "/"},
		{"//", "/"},
		{".", "/"},
		{"..", "/"},
		{"/../..", "/"},
		{"a", "/a"},
		{"/a//b///c/", "/a/b/c"},
		{"/a/./b/.", "/a/b"},
		{"/a/../b", "/b"},
		{"/a/b/../../c", "/c"},
		{"a/../../b", "/b"},
		{"/..a/b..", "/..a/b.."},
		{"/.../x", "/.../x"},
		{"/a/..", "/"},
		{"/proc/../proc/", "/proc"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *plain = path_normalise(rows[i][0]);
		assert_string_equal(plain, rows[i][1]);
		cleanup_free char *again = path_normalise(plain);
		assert_string_equal(again, plain);
	}
}

static void text_is_compared_by_components(void **state)
{
	(void)state;
	assert_true(path_is_below("/a/b", "/a"));
	assert_true(path_is_below("/a", "/"));
	assert_false(path_is_below("/", "/"));
	assert_false(path_is_below("/ab", "/a"));
	assert_true(path_is_at_or_below("/a", "/a"));
	assert_true(path_matches("/a/b", "/a/**"));
	assert_true(path_matches("/a", "/a/**"));
	assert_false(path_matches("/ab", "/a/**"));
	assert_false(path_matches("/a/b", "/a"));
	assert_false(path_matches("/a", "/**"));
	/* what is below a path follows it directly */
	const char *const sorted[] = {"/", "/a", "/a/b", "/a/b/c", "/a/z", "/a b", "/a!", "/a.b", "/ab"};
	for (size_t i = 1; i < ARRAY_SIZE(sorted); i++) {
		assert_true(path_compare(sorted[i - 1], sorted[i]) < 0);
		assert_true(path_compare(sorted[i], sorted[i - 1]) > 0);
		assert_int_equal(path_compare(sorted[i], sorted[i]), 0);
	}
}

static void links_are_followed_inside_the_root(void **state)
{
	(void)state;
	cleanup_free char *root = make_temporary_directory();
	assert_int_equal(chdir(root), 0);
	make_folder("proc");
	make_folder("real/deep");
	make_link("/proc", "absolute");
	make_link("../../../../proc", "climbing");
	make_link("real", "relative");
	make_link("/nowhere/x", "dangling");
	make_link("loop", "loop");
	make_link("../absolute/self", "real/chain");
	make_file("file");
	cleanup_close int descriptor = -1;
	assert_int_equal(file_open_directory(root, &descriptor, NULL), 0);
	const struct {
		const char *path, *resolved;
		int result;
	} rows[] = {
		{"/absolute", "/proc", 0},
		{"/absolute/self/x", "/proc/self/x", 0},
		{"/climbing", "/proc", 0},
		{"/relative/deep", "/real/deep", 0},
		{"/dangling/y", "/nowhere/x/y", 0},
		{"/dangling/../../proc", "/proc", 0},
		{"/relative/deep/..", "/real", 0},
		{"/real/chain/exe", "/proc/self/exe", 0},
		{"/not/there/at/all/", "/not/there/at/all", 0},
		{"real//deep", "/real/deep", 0},
		{"/file/below", "/file/below", 0},
		{"/", "/", 0},
		{"/loop/x", NULL, -ELOOP},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *resolved = NULL;
		int result = path_resolve(descriptor, rows[i].path, &resolved, NULL);
		if (result != rows[i].result || (rows[i].resolved && strcmp(resolved, rows[i].resolved) != 0))
			fail_msg("%s: %d %s", rows[i].path, result, resolved ? resolved : "");
	}
	assert_int_equal(chdir("/"), 0);
	remove_tree(root);
}

static void deep_paths_are_refused(void **state)
{
	(void)state;
	cleanup_close int descriptor = -1;
	assert_int_equal(file_open_directory("/", &descriptor, NULL), 0);
	char path[4 * PATH_LEVELS];
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 2 ? 'a' : '/';
	path[sizeof(path) - 1] = '\0';
	cleanup_free char *resolved = NULL;
	assert_int_equal(path_resolve(descriptor, path, &resolved, NULL), -ENAMETOOLONG);
	assert_null(resolved);
}

static void folders_that_others_may_write_are_named(void **state)
{
	(void)state;
	NEEDS_ROOT();
	make_folder("/mnt/root/data");
	make_folder("/mnt/alice/data");
	assert_int_equal(chown("/mnt/alice", 1000, 1000), 0);
	make_link("/mnt/root/data", "/mnt/alice/link");
	make_link("/mnt/alice/data", "/mnt/root/link");
	make_link("/mnt/alice/link", "/mnt/root/double");
	const struct {
		const char *path, *untrusted;
	} rows[] = {
		{"/mnt/root/data", NULL},	   {"/mnt/alice", NULL},
		{"/mnt/alice/data", "/mnt/alice"}, {"/mnt/alice/link", "/mnt/alice"},
		{"/mnt/root/link", "/mnt/alice"},  {"/mnt/root/double", "/mnt/alice"},
	};
	cleanup_close int descriptor = -1;
	assert_int_equal(file_open_directory("/", &descriptor, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *resolved = NULL, *untrusted = NULL;
		assert_int_equal(path_resolve(descriptor, rows[i].path, &resolved, &untrusted), 0);
		if (untrusted && rows[i].untrusted)
			assert_string_equal(untrusted, rows[i].untrusted);
		else
			assert_ptr_equal(untrusted, rows[i].untrusted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_made_plain),
		cmocka_unit_test(text_is_compared_by_components),
		cmocka_unit_test(links_are_followed_inside_the_root),
		cmocka_unit_test(deep_paths_are_refused),
		cmocka_unit_test(folders_that_others_may_write_are_named),
	};
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
