#include "policy/tests/support.h"

#include <string.h>

#include "policy/base/cleanup.h"
#include "shim/environment.h"

static void what_loads_foreign_files_goes(void **state)
{
	(void)state;
	static const char *const harmful[] = {
		"LD_PRELOAD=/x.so", "LD_LIBRARY_PATH=/x", "LD_AUDIT=/x", "GCONV_PATH=/x", "GLIBC_TUNABLES=x",
		"OPENSSL_CONF=/x", "OPENSSL_MODULES=/x", "MALLOC_CHECK_=3", "_LIBCONTAINER_STATEDIR=/x",
		"_LIBCONTAINER_FIFOFD=5", "LOCPATH=/x", "GODEBUG=x", "LD_PRELOAD", "GCONV_PATH=",
	};
	for (size_t i = 0; i < ARRAY_SIZE(harmful); i++)
		if (!environment_is_harmful(harmful[i]))
			fail_msg("%s stays", harmful[i]);
}

static void the_rest_stays_as_it_is(void **state)
{
	(void)state;
	static const char *const harmless[] = {
		"PATH=/bin", "LISTEN_FDS=1", "LISTEN_PID=7", "NOTIFY_SOCKET=/x", "XDG_RUNTIME_DIR=/run/user/1",
		"LDX=1", "GCONV_PATHS=1", "MY_LD_PRELOAD=1", "=x", "", "L", "GOMAXPROCS=2", "HOME=/root",
	};
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (environment_is_harmful(harmless[i]))
			fail_msg("%s goes", harmless[i]);
}

static void cleaning_keeps_the_order(void **state)
{
	(void)state;
	char first[] = "LD_PRELOAD=/x", second[] = "A=1", third[] = "OPENSSL_CONF=/x", fourth[] = "B=2", fifth[] = "LD_X=1";
	char *environment[] = {first, second, third, fourth, fifth, NULL};
	environment_clean(environment);
	assert_ptr_equal(environment[0], second);
	assert_ptr_equal(environment[1], fourth);
	assert_null(environment[2]);
	char *empty[] = {NULL};
	environment_clean(empty);
	assert_null(empty[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_loads_foreign_files_goes),
		cmocka_unit_test(the_rest_stays_as_it_is),
		cmocka_unit_test(cleaning_keeps_the_order),
	};
	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
