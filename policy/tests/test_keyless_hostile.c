/* Good bundles of which a byte is missing or another one, and the child that has to read
 * them though it may open nothing. */
#include "policy/tests/keyless_support.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/trust/confine.h"

static const char *const samples[] = {"keyless/bundle-good.json", "keyless/made/bundle-v2-dsse.json"};

static void cut_off_nothing_counts(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		size_t size = 0;
		cleanup_free char *data = keyless_file(samples[i], &size);
		for (size_t length = 0; length < size; length++) {
			cleanup_free char *cut = malloc(length + 1);
			memcpy(cut, data, length);
			cleanup_json json_t *proof = json_array();
			struct signature_answer time = {0};
			if (keyless_check(&signer, cut, length, &time, proof, NULL) == 0)
				fail_msg("%s: its first %zu bytes count", samples[i], length);
		}
	}
	trusted_root_free(root);
}

static void with_a_byte_flipped_nothing_counts(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/trusted_root.json");
	const struct signer signer = keyless_signer(root);
	size_t size = 0, accepted = 0;
	cleanup_free char *data = keyless_file(samples[0], &size);
	for (size_t i = 0; i < size; i++) {
		char kept = data[i];
		data[i] = (char)(kept ^ 1);
		cleanup_json json_t *proof = json_array();
		struct signature_answer time = {0};
		accepted += keyless_check(&signer, data, size, &time, proof, NULL) == 0;
		data[i] = kept;
	}
	assert_int_equal(accepted, 0);
	trusted_root_free(root);
}

/* The bytes inside of the base64: certificate, promise, proof, body. A timestamp has
 * parts that nobody signs and nobody reads; where one of these differs, the same is said. */
static void with_a_byte_of_the_parts_flipped(void **state)
{
	(void)state;
	struct trusted_root *root = keyless_root("keyless/made/trusted_root-made.json");
	const struct signer signer = keyless_signer(root);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		size_t size = 0;
		cleanup_free char *data = keyless_file(samples[i], &size);
		cleanup_sigstore_bundle struct sigstore_bundle bundle = {0};
		assert_int_equal(sigstore_bundle_read(data, size, &bundle, NULL), 0);
		const struct signed_material *material = &bundle.material;
		const struct log_entry *entry = &material->entries[0];
		const struct {
			struct bytes bytes;
			bool anything_goes; /* as long as the time is the same */
		} parts[] = {
			{material->certificates[0], false}, {material->signature, false}, {material->message, false},
			{entry->set, false}, {entry->body, false}, {entry->log_id, false}, {entry->root_hash, false},
			{material->timestamp_count ? material->timestamps[0] : (struct bytes){0}, true},
		};
		for (size_t part = 0; part < ARRAY_SIZE(parts); part++) {
			uint8_t *bytes = (uint8_t *)(uintptr_t)parts[part].bytes.data;
			for (size_t at = 0; at < parts[part].bytes.size; at++) {
				bytes[at] ^= 1;
				cleanup_json json_t *proof = json_array();
				struct signature_answer time = {0};
				int result = signature_check_keyless(&signer, material, KEYLESS_NOW, &time, proof, NULL);
				bytes[at] ^= 1;
				if (result == 0 && (!parts[part].anything_goes || time.signed_at != KEYLESS_SIGNED_AT))
					fail_msg("%s: part %zu counts with another byte %zu", samples[i], part, at);
			}
		}
	}
	trusted_root_free(root);
}

/* As a child of confine() does it, for which opening a file is death. */
static int read_confined(void *context, struct text *output, struct error **error)
{
	const struct bytes *files = context;
	struct trusted_root *root = NULL;
	int result = trusted_root_read((const char *)files[0].data, files[0].size, &root, error);
	if (result < 0)
		return result;
	const struct signer signer = keyless_signer(root);
	for (const struct bytes *file = files + 1; file->data; file++) {
		cleanup_json json_t *proof = json_array();
		struct signature_answer time = {0};
		result = keyless_check(&signer, file->data, file->size, &time, proof, NULL);
		text_append_format(output, "%d ", result);
	}
	trusted_root_free(root);
	return 0;
}

static void nothing_is_opened(void **state)
{
	(void)state;
	struct bytes files[] = {
		keyless_bytes("keyless/made/trusted_root-made.json"), keyless_bytes("keyless/bundle-good.json"),
		keyless_bytes("keyless/bundle-tsa-good.json"), keyless_bytes("keyless/made/bundle-v2-hashedrekord.json"),
		keyless_bytes("keyless/bundle-neg-no-sct.json"), keyless_bytes("keyless/bundle-neg-time-after-cert.json"),
		keyless_bytes("keyless/made/bundle-neg-timestamp-other.json"), {0},
	};
	/* the sanitizers' shadow is address space too */
	const struct confinement confinement = {.memory = (size_t)1 << 46, .milliseconds = 60000};
	cleanup_free char *output = NULL;
	size_t length = 0;
	cleanup_error struct error *error = NULL;
	/* jansson's first object asks the system for a seed; the caller of the child has read JSON */
	cleanup_json json_t *seed = json_object();
	if (confine(read_confined, files, &confinement, &output, &length, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_string_equal(output, "0 0 0 -1 -1 -1 ");
	for (struct bytes *file = files; file->data; file++)
		free((void *)(uintptr_t)file->data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_opened),
		cmocka_unit_test(cut_off_nothing_counts),
		cmocka_unit_test(with_a_byte_flipped_nothing_counts),
		cmocka_unit_test(with_a_byte_of_the_parts_flipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
