/* Exposure: whatever an engine's store says, a port on every address is told. */
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"
#include "policy/tests/random_config.h"

#define ROUNDS 4000

static const char *const addresses[] = {NULL, "", "0.0.0.0", "::", "0:0:0:0:0:0:0:0", "127.0.0.1", "192.0.2.1", "::1",
					"0", "*", "localhost", "::ffff:0.0.0.0"};
static const char *const host_ports[] = {NULL, "", "0", "80", "8080", "1-2000", "-", "8080-", "99999999999999999999"};
static const char *const containers[] = {"80/tcp", "53/udp", "80", "", "a/b/c~"};
static const char *const restarts[] = {NULL, "", "no", "always", "on-failure", "unless-stopped", "x"};

static const char *pick(uint64_t *seed, const char *const *texts, size_t count)
{
	return texts[random_next(seed) % count];
}

static bool is_every_address(const char *text)
{
	return !text || (strcmp(text, "127.0.0.1") != 0 && strcmp(text, "192.0.2.1") != 0 && strcmp(text, "::1") != 0);
}

static size_t fill_random(uint64_t *seed, struct facts *facts)
{
	size_t open_ports = 0, count = random_next(seed) % 4;
	for (size_t i = 0; i < count; i++) {
		const char *address = pick(seed, addresses, ARRAY_SIZE(addresses));
		open_ports += is_every_address(address);
		assert_int_equal(facts_add_port(facts, pick(seed, containers, ARRAY_SIZE(containers)), address,
						pick(seed, host_ports, ARRAY_SIZE(host_ports)), i), 0);
	}
	const char *restart = pick(seed, restarts, ARRAY_SIZE(restarts));
	facts->exposure.store = "hostconfig.json";
	facts->exposure.restart_policy = restart ? strdup(restart) : NULL;
	facts->exposure.restart_maximum = (int64_t)(random_next(seed) % 9) - 2;
	return open_ports;
}

static size_t count_open(const struct decision *decision)
{
	size_t open_ports = 0;
	for (size_t i = 0; i < decision->findings.count; i++)
		open_ports += strstr(decision->findings.items[i].why, "every address") != NULL;
	return open_ports;
}

static void random_exposure_is_told_in_full(void **state)
{
	(void)state;
	uint64_t seed = 0xe4905;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct facts facts = {0};
		cleanup_json json_t *config = random_config(&seed, NULL, 0);
		size_t open_ports = fill_random(&seed, &facts);
		struct decision decision = decide_on_random(config, &control_exposure, NULL, &facts);
		assert_int_equal(count_open(&decision), open_ports);
		assert_int_equal(decision.verdict, VERDICT_CLEAN);
		decision_release(&decision);
		facts_release(&facts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_exposure_is_told_in_full)};
	return cmocka_run_group_tests_name("exposure", tests, NULL, NULL);
}
