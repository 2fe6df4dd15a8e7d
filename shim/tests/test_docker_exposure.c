/* hostconfig.json as dockerd 20.10 writes it for
 * `docker run -P --privileged --restart on-failure:3 -p 80:80 -p 127.0.0.1:53:53/udp`. */
#include "policy/tests/mount_support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "shim/identity/docker_exposure.h"

#define FOLDER "/mnt/containers"

static int fill_from(const char *text, mode_t mode, struct facts *facts, struct error **error)
{
	cleanup_store struct store folder = STORE_CLOSED;
	make_folder(FOLDER);
	if (text) {
		FILE *stream = fopen(FOLDER "/hostconfig.json", "w");
		assert_non_null(stream);
		assert_true(fputs(text, stream) >= 0);
		assert_int_equal(fclose(stream), 0);
		assert_int_equal(chmod(FOLDER "/hostconfig.json", mode), 0);
	}
	assert_int_equal(store_open(FOLDER, &folder, NULL), 0);
	return docker_exposure_fill(&folder, facts, error);
}

static void what_docker_wrote_is_read(void **state)
{
	(void)state;
	NEEDS_ROOT();
	struct facts facts = {0};
	assert_int_equal(fill_from("{\"PortBindings\":{\"53/udp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"53\"}],"
				   "\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"80\"},{\"HostIp\":\"\",\"HostPort\":\"81\"}]},"
				   "\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":3},"
				   "\"Privileged\":true,\"PublishAllPorts\":true}", 0600, &facts, NULL), 0);
	const struct exposure *exposure = &facts.exposure;
	assert_string_equal(exposure->store, "hostconfig.json");
	assert_int_equal(exposure->port_count, 3);
	assert_string_equal(exposure->ports[0].container, "53/udp");
	assert_string_equal(exposure->ports[0].host_address, "127.0.0.1");
	assert_string_equal(exposure->ports[2].host_port, "81");
	assert_int_equal(exposure->ports[2].index, 1);
	assert_string_equal(exposure->restart_policy, "on-failure");
	assert_int_equal(exposure->restart_maximum, 3);
	assert_string_equal(exposure->publishes_all, "/hostconfig.json/PublishAllPorts");
	assert_string_equal(exposure->privileged, "/hostconfig.json/Privileged");
	facts_release(&facts);
	assert_null(facts.exposure.ports);
}

static void nothing_is_made_up(void **state)
{
	(void)state;
	NEEDS_ROOT();
	static const char *const texts[] = {
		NULL,
		"{}",
		"{\"PortBindings\":null,\"RestartPolicy\":null,\"Privileged\":\"true\"}",
		"{\"PortBindings\":{\"80/tcp\":null,\"81/tcp\":[],\"82/tcp\":7},\"RestartPolicy\":{\"Name\":7}}",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct facts facts = {0};
		assert_int_equal(fill_from(texts[i], 0600, &facts, NULL), 0);
		assert_int_equal(!facts.exposure.store, !texts[i]);
		assert_int_equal(facts.exposure.port_count, 0);
		assert_null(facts.exposure.restart_policy);
		assert_null(facts.exposure.privileged);
		facts_release(&facts);
	}
	/* an element of another shape is a port on every address */
	struct facts facts = {0};
	assert_int_equal(fill_from("{\"PortBindings\":{\"80/tcp\":[7,{\"HostIp\":1,\"HostPort\":2}]}}", 0600, &facts, NULL), 0);
	assert_int_equal(facts.exposure.port_count, 2);
	assert_null(facts.exposure.ports[1].host_address);
	facts_release(&facts);
}

static void a_file_that_cannot_be_believed_is_an_error(void **state)
{
	(void)state;
	NEEDS_ROOT();
	static const struct {
		const char *text;
		mode_t mode;
	} rows[] = {{"{}", 0666}, {"{", 0600}, {"[]", 0600}, {"{\"a\":1,\"a\":2}", 0600}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error *error = NULL;
		struct facts facts = {0};
		assert_true(fill_from(rows[i].text, rows[i].mode, &facts, &error) < 0);
		assert_non_null(strstr(error_message(error), "hostconfig.json"));
		facts_release(&facts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_docker_wrote_is_read),
		cmocka_unit_test(nothing_is_made_up),
		cmocka_unit_test(a_file_that_cannot_be_believed_is_an_error),
	};
	return cmocka_run_group_tests_name("docker exposure", tests, NULL, NULL);
}
