/* JSON pointers, and keys that a Go decoder would take for another. */
#include "policy/tests/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/document/document.h"

static json_t *sample(void)
{
	return parse_config("{\"process\":{\"env\":[\"A=1\",\"B=2\",\"C=3\"],\"user\":null},"
			    "\"annotations\":{\"a/b\":\"slash\",\"m~n\":\"tilde\",\"~1\":\"both\",\"\":\"empty\"}}");
}

static void finds(void **state)
{
	(void)state;
	cleanup_json json_t *root = sample();
	static const struct {
		const char *pointer, *value;
	} rows[] = {
		{"/process/env/0", "A=1"}, {"/process/env/2", "C=3"}, {"/annotations/a~1b", "slash"},
		{"/annotations/m~0n", "tilde"}, {"/annotations/~01", "both"}, {"/annotations/", "empty"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(json_string_value(document_get(root, rows[i].pointer)), rows[i].value);
	assert_ptr_equal(document_get(root, ""), root);
	static const char *const nothing[] = {
		"process", "/nope", "/process/env/3", "/process/env/-", "/process/env/00", "/process/env/01",
		"/process/env/-1", "/process/env/+1", "/process/env/0x1", "/process/env/18446744073709551616",
		"/process/env/0/x", "/process/", "/process/env/", "/process/user/uid", "x/process",
	};
	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++)
		if (document_get(root, nothing[i]))
			fail_msg("found %s", nothing[i]);
}

static int set(json_t *root, const char *pointer, int value, struct error **error)
{
	cleanup_json json_t *number = json_integer(value);
	return document_set(root, pointer, number, error);
}

static void sets(void **state)
{
	(void)state;
	cleanup_json json_t *root = sample();
	static const char *const places[] = {
		"/process/user/uid", "/linux/resources/pids/limit", "/process/env/1", "/annotations/x~1y",
	};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		assert_int_equal(set(root, places[i], (int)i, NULL), 0);
		assert_int_equal(json_integer_value(document_get(root, places[i])), i);
	}
	assert_non_null(json_object_get(json_object_get(root, "annotations"), "x/y"));
	assert_int_equal(set(root, "/process/env/-", 9, NULL), 0);
	assert_int_equal(json_array_size(document_get(root, "/process/env")), 4);
}

static void refuses_places_that_cannot_be(void **state)
{
	(void)state;
	static const char *const places[] = {
		"", "process", "/process/env/3", "/process/env/x", "/process/env/01", "/process/env/-/deep",
		"/process/env/7/deep", "/process/env/0/deep", "/annotations/a~1b/deep",
	};
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_json json_t *root = sample(), *before = sample();
		cleanup_error struct error *error = NULL;
		assert_int_equal(set(root, places[i], 1, &error), -EINVAL);
		assert_non_null(strstr(error_message(error), places[i]));
		if (!json_equal(root, before))
			fail_msg("\"%s\" changed the document", places[i]);
	}
}

static void removes(void **state)
{
	(void)state;
	cleanup_json json_t *root = sample();
	assert_int_equal(document_remove(root, "/process/env/0", NULL), 0);
	assert_string_equal(json_string_value(document_get(root, "/process/env/0")), "B=2");
	assert_int_equal(document_remove(root, "/annotations/a~1b", NULL), 0);
	assert_null(document_get(root, "/annotations/a~1b"));
	assert_int_equal(document_remove(root, "/process", NULL), 0);
	assert_null(document_get(root, "/process"));
	cleanup_json json_t *before = json_deep_copy(root);
	static const char *const nothing[] = {"/process", "/no/such/place", "/annotations/x", "/annotations/m~0n/x"};
	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++)
		assert_int_equal(document_remove(root, nothing[i], NULL), 0);
	assert_int_equal(document_remove(root, "", NULL), -EINVAL);
	assert_int_equal(document_remove(root, "annotations/", NULL), -EINVAL);
	assert_true(json_equal(root, before));
}

static void tokens_survive_a_pointer(void **state)
{
	(void)state;
	static const char *const keys[] = {"", "plain", "a/b", "~", "~1", "/~0/", "\xc3\xa4"};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		cleanup_json json_t *root = json_object();
		cleanup_free char *token = document_pointer_token(keys[i]);
		char pointer[64];
		(void)snprintf(pointer, sizeof(pointer), "/%s", token);
		assert_int_equal(set(root, pointer, 5, NULL), 0);
		assert_int_equal(json_integer_value(json_object_get(root, keys[i])), 5);
	}
}

static void assert_names(const char *text, enum document_kind kind, const char *part)
{
	cleanup_json json_t *root = NULL;
	cleanup_error struct error *error = NULL;
	int result = document_parse(text, strlen(text), kind, &root, &error);
	if (!part && result < 0)
		fail_msg("%s: %s", text, error_message(error));
	if (part && (result >= 0 || !strstr(error_message(error), part)))
		fail_msg("%s: %s, not \"%s\"", text, result < 0 ? error_message(error) : "accepted", part);
}

static void look_alike_fields_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"{\"Process\":{}}", "\"process\""},
		{"{\"proce\xc5\xbf\xc5\xbf\":{}}", "\"process\""},
		{"{\"proce\\u017f\\u017f\":{}}", "\"process\""},
		{"{\"process\":{},\"PROCESS\":{}}", "\"process\""},
		{"{\"process\":{\"noNewPrivilege\xc5\xbf\":false}}", "/process has the key"},
		{"{\"process\":{\"nonewprivileges\":false}}", "\"noNewPrivileges\""},
		{"{\"linux\":{\"mas\xe2\x84\xaa" "edPaths\":[]}}", "\"maskedPaths\""},
		{"{\"mounts\":[{},{\"Options\":[]}]}", "/mounts/1 has the key"},
		{"{\"linux\":{\"netDevices\":{\"eth0\":{\"Name\":\"x\"}}}}", "/linux/netDevices/eth0"},
		{"{\"linux\":{\"resources\":{\"Unified\":{}}}}", "\"unified\""},
		{"{\"hooks\":{\"prestart\":[{\"Path\":\"/x\"}]}}", "/hooks/prestart/0"},
		{"{\"windows\":{\"CPU\":{}}}", "\"cpu\""},
		{"{\"novel\":1,\"Novel\":2}", "\"novel\""},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_names(rows[i].text, DOCUMENT_CONFIG, rows[i].part);
	assert_names("{\"UID\":0}", DOCUMENT_PROCESS, "\"uid\"");
	assert_names("{\"memory\":{\"Limit\":1}}", DOCUMENT_RESOURCES, "\"limit\"");
	assert_names("{\"Process\":{},\"process\":{}}", DOCUMENT_PLAIN, NULL);
}

static void names_of_the_user_are_free(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"annotations\":{\"Process\":\"a\",\"process\":\"b\",\"Uid\":\"c\"}}",
		"{\"linux\":{\"sysctl\":{\"Net\":\"1\",\"net\":\"2\"}}}",
		"{\"linux\":{\"resources\":{\"unified\":{\"Memory\":\"1\",\"memory\":\"2\"}}}}",
		"{\"linux\":{\"resources\":{\"rdma\":{\"Limit\":{},\"limit\":{}}}}}",
		"{\"linux\":{\"netDevices\":{\"Eth0\":{},\"eth0\":{}}}}",
		"{\"linux\":{\"timeOffsets\":{\"Monotonic\":{},\"monotonic\":{}}}}",
		"{\"process\":{\"env\":[\"Process\"]},\"novel\":{\"other\":1}}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_names(texts[i], DOCUMENT_CONFIG, NULL);
	assert_names("{\"unified\":{\"Memory\":\"1\",\"memory\":\"2\"}}", DOCUMENT_RESOURCES, NULL);
}

/* Every field of the specification in capitals is a look-alike: a name that the
 * document's table lacks would get through here. */
static void every_field_is_known(void **state)
{
	(void)state;
	static const char *const names[] = {
		"ociVersion", "process", "root", "hostname", "domainname", "mounts", "hooks", "annotations",
		"linux", "solaris", "windows", "vm", "zos", "terminal", "consoleSize", "user", "args",
		"commandLine", "env", "cwd", "capabilities", "rlimits", "noNewPrivileges", "apparmorProfile",
		"oomScoreAdj", "scheduler", "selinuxLabel", "ioPriority", "execCPUAffinity", "bounding",
		"effective", "inheritable", "permitted", "ambient", "class", "priority", "initial", "final",
		"height", "width", "uid", "gid", "umask", "additionalGids", "username", "path", "readonly",
		"destination", "type", "source", "options", "uidMappings", "gidMappings", "prestart",
		"createRuntime", "createContainer", "startContainer", "poststart", "poststop", "timeout",
		"sysctl", "resources", "cgroupsPath", "namespaces", "devices", "netDevices", "seccomp",
		"rootfsPropagation", "maskedPaths", "readonlyPaths", "mountLabel", "intelRdt", "memoryPolicy",
		"personality", "timeOffsets", "containerID", "hostID", "size", "hard", "soft", "pageSize",
		"limit", "leafWeight", "weight", "rate", "weightDevice", "throttleReadBpsDevice",
		"throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice", "reservation",
		"swap", "kernel", "kernelTCP", "swappiness", "disableOOMKiller", "useHierarchy",
		"checkBeforeUpdate", "shares", "quota", "burst", "period", "realtimeRuntime",
		"realtimePeriod", "cpus", "mems", "idle", "classID", "priorities", "hcaHandles", "hcaObjects",
		"memory", "cpu", "pids", "blockIO", "hugepageLimits", "network", "rdma", "unified", "major",
		"minor", "fileMode", "allow", "access", "nice", "runtime", "deadline", "policy", "flags",
		"domain", "defaultAction", "defaultErrnoRet", "architectures", "listenerPath",
		"listenerMetadata", "syscalls", "action", "errnoRet", "names", "index", "value", "valueTwo",
		"op", "closID", "l3CacheSchema", "memBwSchema", "schemata", "enableMonitoring", "secs",
		"nanosecs", "name", "mode", "nodes",
	};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char upper[64], text[128];
		size_t length = 0;
		for (; names[i][length]; length++)
			upper[length] = (char)(names[i][length] >= 'a' && names[i][length] <= 'z' ? names[i][length] - 32
												 : names[i][length]);
		upper[length] = '\0';
		(void)snprintf(text, sizeof(text), "{\"%s\":1}", upper);
		assert_names(text, DOCUMENT_CONFIG, names[i]);
		(void)snprintf(text, sizeof(text), "{\"%s\":1}", names[i]);
		assert_names(text, DOCUMENT_CONFIG, NULL);
	}
}

/* A part that is held from elsewhere, at any depth, by a second tree as well. */
static void edits_leave_alone_what_others_hold(void **state)
{
	(void)state;
	static const char given[] = "{\"a\":{\"b\":[{\"c\":1},2]},\"d\":{\"e\":3}}";
	cleanup_json json_t *pristine = json_loads(given, 0, NULL);
	cleanup_json json_t *document = json_loads(given, 0, NULL);
	cleanup_json json_t *shallow = json_copy(document);
	cleanup_json json_t *list = json_incref(document_get(document, "/a/b"));
	cleanup_json json_t *put_in = json_pack("{s:[i]}", "x", 1);
	cleanup_json json_t *value = json_integer(9);

	assert_int_equal(document_set(document, "/a/b/0/c", value, NULL), 0);
	assert_int_equal(document_remove(document, "/a/b/1", NULL), 0);
	assert_int_equal(document_remove(document, "/d/e", NULL), 0);
	assert_int_equal(document_set(document, "/f", put_in, NULL), 0);
	assert_int_equal(document_set(document, "/f/x/-", value, NULL), 0);

	assert_true(json_equal(shallow, pristine));
	assert_true(json_equal(list, document_get(pristine, "/a/b")));
	assert_int_equal(json_array_size(json_object_get(put_in, "x")), 1);
	cleanup_json json_t *wanted =
		json_loads("{\"a\":{\"b\":[{\"c\":9}]},\"d\":{},\"f\":{\"x\":[1,9]}}", 0, NULL);
	assert_true(json_equal(document, wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(sets),
		cmocka_unit_test(refuses_places_that_cannot_be),
		cmocka_unit_test(removes),
		cmocka_unit_test(edits_leave_alone_what_others_hold),
		cmocka_unit_test(tokens_survive_a_pointer),
		cmocka_unit_test(look_alike_fields_are_refused),
		cmocka_unit_test(names_of_the_user_are_free),
		cmocka_unit_test(every_field_is_known),
	};
	return cmocka_run_group_tests_name("pointer", tests, NULL, NULL);
}
