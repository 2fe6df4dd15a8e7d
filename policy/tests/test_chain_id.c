/* Against the names that a real dockerd and a real containerd gave to their layers. */
#include "policy/tests/support.h"
#include "policy/trust/chain_id.h"

#define LOWEST "sha256:dcb2cf4ecd9020a8845a2b6a0da667a8b60aa20497964316363893141c65b5ae"
#define UPPER "sha256:cbe5938529a030af21cf8d57719891a79e694bf6a59481c292bc9c9bdc548b61"

static void of_real_layers(void **state)
{
	(void)state;
	static const char *const layers[] = {LOWEST, UPPER};
	char chain_id[DIGEST_LENGTH + 1];
	assert_true(chain_id_of(layers, 1, chain_id));
	assert_string_equal(chain_id, LOWEST);
	assert_true(chain_id_of(layers, 2, chain_id));
	assert_string_equal(chain_id, "sha256:7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30");
}

static void the_order_counts(void **state)
{
	(void)state;
	static const char *const layers[] = {UPPER, LOWEST};
	char chain_id[DIGEST_LENGTH + 1];
	assert_true(chain_id_of(layers, 2, chain_id));
	assert_string_not_equal(chain_id, "sha256:7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30");
}

static void of_what_is_no_digest(void **state)
{
	(void)state;
	static const char *const layers[] = {LOWEST, "sha256:DCB2CF4ECD9020A8845A2B6A0DA667A8B60AA20497964316363893141C65B5AE"};
	static const char *const missing[] = {NULL, LOWEST};
	char chain_id[DIGEST_LENGTH + 1];
	assert_false(chain_id_of(layers, 0, chain_id));
	assert_string_equal(chain_id, "");
	assert_false(chain_id_of(layers, 2, chain_id));
	assert_string_equal(chain_id, "");
	assert_false(chain_id_of(missing, 2, chain_id));
	assert_string_equal(chain_id, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_real_layers),
		cmocka_unit_test(the_order_counts),
		cmocka_unit_test(of_what_is_no_digest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
