/* file_remember_parents(), which holds for the rest of a process: a program of its own. */
#include "policy/tests/support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"

static char top[] = "/root/oci-harden-test.XXXXXX";

static int check(const char *name)
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	return file_check_trusted_parents(path, NULL);
}

static void make(const char *name, mode_t mode)
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	(void)mkdir(path, mode);
	assert_int_equal(chmod(path, mode), 0);
}

static void what_was_not_looked_at_is_as_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return;
	assert_non_null(mkdtemp(top));
	make("a", 0755);
	make("a/b", 0755);
	make("ab", 0777);
	make("a/open", 0777);
	file_remember_parents();
	assert_int_equal(check("a/b/file"), 0);
	assert_int_equal(check("ab/file"), -EPERM);
	assert_int_equal(check("a/open/file"), -EPERM);
	assert_int_equal(check("a/b/absent/file"), -ENOENT);
	/* once in a process */
	make("a", 0777);
	assert_int_equal(check("a/b/file"), 0);
	assert_int_equal(check("a/file"), 0);
}

static void a_link_is_followed_each_time_as_root(void **state)
{
	char link[PATH_MAX], good[PATH_MAX], bad[PATH_MAX];
	(void)state;
	if (geteuid() != 0)
		return;
	(void)snprintf(link, sizeof(link), "%s/link", top);
	(void)snprintf(good, sizeof(good), "%s/a/b", top);
	(void)snprintf(bad, sizeof(bad), "%s/ab", top);
	assert_int_equal(symlink(good, link), 0);
	assert_int_equal(check("link/file"), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(bad, link), 0);
	assert_int_equal(check("link/file"), -EPERM);
	remove_tree(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_looked_at_is_as_root),
		cmocka_unit_test(a_link_is_followed_each_time_as_root),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
