/* From what an engine says is running to the digests that may have been signed. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"
#include "policy/trust/chain.h"
#include "policy/trust/chain_id.h"
#include "policy/trust/confine.h"
#include "policy/trust/digest.h"

#define LAYOUT "policy/trust/cases/layouts/"
#define CONFIG "sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define MANIFEST "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define INDEX "sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define OTHER "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8"
#define CHAIN_ID "sha256:7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30"

static void add_folder(struct evidence *evidence, const char *path)
{
	DIR *folder = opendir(path);
	assert_non_null(folder);
	for (struct dirent *entry; (entry = readdir(folder));) {
		char name[512], digest[DIGEST_LENGTH + 1], *data = NULL;
		size_t size = 0;
		if (strlen(entry->d_name) != 64)
			continue;
		assert_true(snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) < (int)sizeof(name));
		assert_int_equal(file_read(name, EVIDENCE_BLOB_SIZE, &data, &size, NULL), 0);
		digest_of(data, size, digest);
		assert_int_equal(evidence_add(evidence, digest, (uint8_t *)data, size), 0);
	}
	(void)closedir(folder);
}

struct row {
	const char *title;
	struct chain_start start;
	bool found;
};

static const struct row rows[] = {
	{"nothing is known", {.chain_id = CHAIN_ID}, false},
	{"by configuration", {.config_digest = CONFIG}, true},
	{"by manifest", {.manifest_digest = MANIFEST}, true},
	{"by index, of which one manifest is for this machine", {.index_digest = INDEX}, true},
	{"by index and chain id", {.index_digest = INDEX, .chain_id = CHAIN_ID}, true},
	{"all of them", {.config_digest = CONFIG, .manifest_digest = MANIFEST, .index_digest = INDEX, .chain_id = CHAIN_ID},
	 true},
	{"another configuration", {.config_digest = OTHER}, false},
	{"the index as a manifest", {.manifest_digest = INDEX}, false},
	{"the manifest as an index", {.index_digest = MANIFEST}, false},
	{"the manifest of another index", {.manifest_digest = MANIFEST, .index_digest = OTHER}, false},
	{"configuration and manifest disagree", {.config_digest = OTHER, .manifest_digest = MANIFEST}, false},
	{"other layers are mounted", {.config_digest = CONFIG, .chain_id = OTHER}, false},
};

static void engines_words_lead_to_one_image(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	add_folder(&evidence, LAYOUT "image/blobs/sha256");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_chain struct chain chain = {0};
		cleanup_error struct error *error = NULL;
		int result = chain_find(&evidence, &rows[i].start, &chain, &error);
		if (result != (rows[i].found ? 0 : -ENOENT))
			fail_msg("%s: %d %s", rows[i].title, result, error_message(error));
		if (!rows[i].found)
			continue;
		assert_string_equal(chain.config_digest, CONFIG);
		assert_string_equal(chain.manifests[0], MANIFEST);
		assert_int_equal(chain.index_count, 1);
		assert_string_equal(chain.indexes[0], INDEX);
		bool alone = rows[i].start.chain_id && !rows[i].start.config_digest && !rows[i].start.manifest_digest;
		assert_string_equal(chain.only_index ? chain.only_index : "none", alone ? INDEX : "none");
		char chain_id[DIGEST_LENGTH + 1];
		assert_true(chain_id_of(chain.configuration.diff_ids, chain.configuration.count, chain_id));
		assert_string_equal(chain_id, CHAIN_ID);
	}
}

/* Without the one blob there is no proof, whichever it is. */
static void every_link_is_needed(void **state)
{
	(void)state;
	static const char *const links[] = {CONFIG, MANIFEST};
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		cleanup_evidence struct evidence evidence = {0};
		cleanup_chain struct chain chain = {0};
		add_folder(&evidence, LAYOUT "image/blobs/sha256");
		struct blob *blob = &evidence.blobs[evidence_find(&evidence, links[i]) - evidence.blobs];
		blob->data[blob->size / 2] ^= 1;
		assert_int_equal(evidence_verify(&evidence), 1);
		assert_null(evidence_find(&evidence, links[i]));
		const struct chain_start start = {.config_digest = CONFIG};
		assert_int_equal(chain_find(&evidence, &start, &chain, NULL), -ENOENT);
	}
}

/* In the child where they are really looked for, which may ask the kernel for next to nothing. */
static int find_confined(void *context, struct text *output, struct error **error)
{
	size_t found = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_chain struct chain chain = {0};
		found += chain_find(context, &rows[i].start, &chain, NULL) == 0;
	}
	(void)error;
	text_append_format(output, "%zu", found);
	return 0;
}

static void the_confined_child_finds_it(void **state)
{
	(void)state;
	cleanup_evidence struct evidence evidence = {0};
	cleanup_error struct error *error = NULL;
	cleanup_free char *output = NULL;
	size_t length = 0;
	/* a sanitizer's shadow is larger than any limit */
	const struct confinement confinement = {.memory = (size_t)1 << 46, .milliseconds = 60000};
	add_folder(&evidence, LAYOUT "image/blobs/sha256");
	if (confine(find_confined, &evidence, &confinement, &output, &length, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_string_equal(output, "5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_words_lead_to_one_image),
		cmocka_unit_test(every_link_is_needed),
		cmocka_unit_test(the_confined_child_finds_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
