/* What keeps out what, in a store that anybody fills who can have an image pulled: nothing
 * that nobody of the policy's signers has signed keeps out what one of them has. */
#include "policy/tests/store_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/tests/rules_support.h"
#include "policy/tests/signing_support.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"

#define CAP (1u << 30)

static json_t *signers;

static int set_up(void **state)
{
	(void)state;
	size_t size = 0;
	(void)make_trusted_directory("512m");
	cleanup_free char *pem = kept("cosign25-key/cosign.pub", &size);
	signers = json_pack("{s:{s:s,s:[s],s:n,s:n}}", "release", "kind", "key", "keys", pem, "valid-from", "valid-until");
	assert_non_null(signers);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(signers);
	return umount("/mnt");
}

static int put_into_store(const char *digest, const struct evidence *blobs, bool unasked, struct error **error)
{
	const struct trust_store_addition addition = {
		.digest = digest, .name = NULL, .blobs = blobs, .unasked = unasked, .signers = signers};
	return trust_store_put(STORE, &addition, error);
}

static void must_put(const char *digest, const struct evidence *blobs, bool unasked)
{
	cleanup_error struct error *error = NULL;
	if (put_into_store(digest, blobs, unasked, &error) < 0)
		fail_msg("%s", error_message(error));
}

/* How many claims by "release" the store's evidence for the digest gives. */
static size_t signatures_for(const char *digest)
{
	cleanup_evidence struct evidence evidence = {0};
	cleanup_public_key struct public_key *key = kept_key("cosign25-key/cosign.pub");
	assert_int_equal(trust_store_read(STORE, &digest, 1, &evidence, NULL), 0);
	cleanup_claims struct claims claims = collected(&evidence, key);
	return count_claims(&claims, CLAIM_SIGNATURE, NULL);
}

static bool has(const char *digest)
{
	struct trust_store_image *images = NULL;
	size_t count = 0;
	bool found = false;
	assert_int_equal(trust_store_list(STORE, &images, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		found = found || strcmp(images[i].digest, digest) == 0;
	trust_store_list_release(images, count);
	return found;
}

static bool is_unasked(const char *digest)
{
	struct trust_store_image *images = NULL;
	size_t count = 0;
	bool unasked = false;
	assert_int_equal(trust_store_list(STORE, &images, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		unasked = unasked || (strcmp(images[i].digest, digest) == 0 && images[i].unasked);
	trust_store_list_release(images, count);
	return unasked;
}

static void add_junk(struct evidence *evidence, size_t until)
{
	char text[32], digest[DIGEST_LENGTH + 1];
	for (unsigned i = 0; evidence->count < until; i++) {
		(void)snprintf(text, sizeof(text), "junk %u", i);
		add_text(evidence, text, digest);
	}
}

/* The signed image's own documents without what was signed. */
static void load_bare(struct evidence *evidence)
{
	cleanup_evidence struct evidence image = {0};
	static const char *const digests[] = {DIGEST_AMD64, DIGEST_CONFIGURATION};
	load_layout("save25", &image);
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		const struct blob *blob = evidence_find(&image, digests[i]);
		cleanup_free char *text = strndup((const char *)blob->data, blob->size);
		char digest[DIGEST_LENGTH + 1];
		add_text(evidence, text, digest);
	}
}

/* The same image stands in a repository of whoever has copied it there with as much junk as
 * fits, and that is pulled first. */
static void who_comes_first_keeps_nobody_out(void **state)
{
	(void)state;
	cleanup_evidence struct evidence theirs = {0}, ours = {0};
	cleanup_error struct error *error = NULL;
	load_bare(&theirs);
	add_junk(&theirs, EVIDENCE_BLOBS);
	must_put(DIGEST_AMD64, &theirs, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 0);
	load_layout("save25", &ours);
	/* without a policy, or one without signers, nobody can tell which is which */
	assert_int_equal(trust_store_add(STORE, DIGEST_AMD64, NULL, &ours, &error), -E2BIG);
	cleanup_json json_t *nobody = json_object();
	const struct trust_store_addition of_nobody = {.digest = DIGEST_AMD64, .blobs = &ours, .signers = nobody};
	assert_int_equal(trust_store_put(STORE, &of_nobody, NULL), -E2BIG);
	size_t left_out = 0;
	const struct trust_store_addition addition = {
		.digest = DIGEST_AMD64, .blobs = &ours, .unasked = true, .signers = signers, .left_out = &left_out};
	assert_int_equal(trust_store_put(STORE, &addition, NULL), 0);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
	assert_true(left_out >= EVIDENCE_BLOBS - 2);
	assert_true(blobs_for(DIGEST_AMD64) <= ours.count);
	/* nor who comes last, and what changes nothing leaves the state as it is */
	cleanup_free char *before = state_of(DIGEST_AMD64);
	must_put(DIGEST_AMD64, &theirs, true);
	cleanup_free char *after = state_of(DIGEST_AMD64);
	assert_string_equal(before, after);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
}

/* With what our signer has said among it, wrapped so that it takes all the room. */
static void what_is_wrapped_anew_counts_once(void **state)
{
	(void)state;
	cleanup_evidence struct evidence theirs = {0}, ours = {0};
	size_t size = 0;
	char digest[DIGEST_LENGTH + 1];
	cleanup_free char *bundle = kept("cosign31-bundle-key/bundle31.json", &size);
	load_bare(&theirs);
	(void)snprintf(digest, sizeof(digest), "%s", put(&theirs, bundle, size));
	for (unsigned i = 0; theirs.count < EVIDENCE_BLOBS; i++) {
		char annotations[64];
		(void)snprintf(annotations, sizeof(annotations), "{\"n\":\"%u\"}", i);
		put_manifest(&theirs, digest, size, BUNDLE_V03, annotations, DIGEST_AMD64);
	}
	must_put(DIGEST_AMD64, &theirs, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 1);
	load_layout("save25", &ours);
	must_put(DIGEST_AMD64, &ours, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 3);
	assert_true(blobs_for(DIGEST_AMD64) <= ours.count + 2);
}

/* An index that lists the signed image, with more than the two may have together; and as many
 * of them as there may be. */
static void put_indexes(unsigned count, size_t blobs, bool unasked)
{
	for (unsigned i = 0; i < count; i++) {
		cleanup_evidence struct evidence theirs = {0};
		char text[512], index[DIGEST_LENGTH + 1];
		(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"annotations\":{\"n\":\"%u\"},\"manifests\":[{\"mediaType\":"
			       "\"application/vnd.oci.image.manifest.v1+json\",\"size\":1,\"digest\":\"" DIGEST_AMD64 "\"}]}", i);
		add_text(&theirs, text, index);
		add_junk(&theirs, blobs);
		must_put(index, &theirs, unasked);
	}
}

static void no_foreign_index_keeps_it_out(void **state)
{
	(void)state;
	cleanup_evidence struct evidence ours = {0};
	cleanup_error struct error *error = NULL;
	load_layout("save25", &ours);
	put_indexes(1, 341, true);
	must_put(DIGEST_AMD64, &ours, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
	assert_int_equal(trust_store_remove(STORE, DIGEST_AMD64, NULL), 0);
	put_indexes(64, 3, true);
	must_put(DIGEST_AMD64, &ours, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
	assert_int_equal(trust_store_remove(STORE, DIGEST_AMD64, NULL), 0);
	/* what somebody asked for stays, and is named */
	put_indexes(1, 341, false);
	assert_int_equal(put_into_store(DIGEST_AMD64, &ours, true, &error), -E2BIG);
	assert_non_null(strstr(error_message(error), "hardenctl trust remove"));
}

static void trust_more_signers(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "other%u", i);
		assert_int_equal(json_object_set(signers, name, json_object_get(signers, "release")), 0);
	}
}

/* A manifest of `count` signatures that nobody made. */
static void add_signatures(struct evidence *evidence, unsigned count)
{
	cleanup_text struct text text = {0};
	char digest[DIGEST_LENGTH + 1];
	text_append(&text, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x/y\",\"size\":1,\"digest\":\"" DIGEST_EVIL
			   "\"},\"layers\":[");
	for (unsigned i = 0; i < count; i++)
		text_append_format(&text, "%s{\"mediaType\":\"" SIMPLE_SIGNING "\",\"size\":1,\"digest\":\"" DIGEST_EVIL
				   "\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"%u\"}}", i ? "," : "", i);
	text_append(&text, "]}");
	assert_false(text.failed);
	add_text(evidence, text.data, digest);
}

/* What fits into the store, but is more than a verdict tries for so many signers. */
static void what_no_verdict_tries_is_sifted(void **state)
{
	(void)state;
	cleanup_evidence struct evidence theirs = {0}, ours = {0};
	trust_more_signers(8);
	load_bare(&theirs);
	add_signatures(&theirs, 950);
	must_put(DIGEST_AMD64, &theirs, true);
	assert_int_equal(blobs_for(DIGEST_AMD64), 2);
	load_layout("save25", &ours);
	must_put(DIGEST_AMD64, &ours, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
}

static void nor_more_of_notation(void **state)
{
	(void)state;
	cleanup_evidence struct evidence theirs = {0};
	load_bare(&theirs);
	for (unsigned i = 0; i < 120; i++) {
		char text[32], envelope[DIGEST_LENGTH + 1];
		(void)snprintf(text, sizeof(text), "{\"payload\":\"%u\"}", i);
		add_text(&theirs, text, envelope);
		put_manifest(&theirs, envelope, strlen(text), "application/jose+json", "{}", DIGEST_AMD64);
	}
	must_put(DIGEST_AMD64, &theirs, true);
	assert_int_equal(blobs_for(DIGEST_AMD64), 2);
}

/* Neither alone is too much. */
static void what_no_verdict_tries_together(void **state)
{
	(void)state;
	cleanup_evidence struct evidence theirs = {0}, ours = {0};
	char index[DIGEST_LENGTH + 1];
	trust_more_signers(8);
	add_text(&theirs, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
			  "\"application/vnd.oci.image.manifest.v1+json\",\"size\":1,\"digest\":\"" DIGEST_AMD64 "\"}]}", index);
	add_signatures(&theirs, 909);
	must_put(index, &theirs, true);
	assert_int_equal(blobs_for(index), 2);
	load_layout("save25", &ours);
	must_put(DIGEST_AMD64, &ours, true);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
	assert_false(has(index));
	/* what comes last brings in nothing but its own documents */
	must_put(index, &theirs, true);
	assert_int_equal(blobs_for(index), 1);
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
}

/* An image of nobody's with so many bytes; its digest. */
static void put_foreign(unsigned number, size_t size, bool unasked, int code, char ret_digest[DIGEST_LENGTH + 1])
{
	cleanup_evidence struct evidence foreign = {0};
	cleanup_free char *text = malloc(size + 1);
	char digest[DIGEST_LENGTH + 1];
	assert_non_null(text);
	memset(text, 'a' + (int)(number % 26), size);
	text[size] = '\0';
	add_manifest(&foreign, DIGEST_EVIL, number, ret_digest);
	add_text(&foreign, text, digest);
	cleanup_error struct error *error = NULL;
	int result = put_into_store(ret_digest, &foreign, unasked, &error);
	if (result != -code)
		fail_msg("%u: %d: %s", number, result, error_message(error));
}

static void fill_up_to(uint64_t total)
{
	char text[32];
	cleanup_close int store = open(STORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(text, sizeof(text), "%ju\n", (uintmax_t)total);
	assert_int_equal(file_replace_at(store, "size", text, strlen(text), 0644, false, NULL), 0);
}

static void what_is_not_signed_makes_room(void **state)
{
	(void)state;
	cleanup_evidence struct evidence ours = {0};
	char by_hand[DIGEST_LENGTH + 1], large[DIGEST_LENGTH + 1], small[DIGEST_LENGTH + 1], late[DIGEST_LENGTH + 1];
	load_layout("save25", &ours);
	put_foreign(1, 200000, false, 0, by_hand);
	put_foreign(2, 100000, true, 0, large);
	put_foreign(3, 500, true, 0, small);
	fill_up_to(CAP - 100);
	/* the largest goes, and what comes in next to nothing's cost with it */
	must_put(DIGEST_AMD64, &ours, true);
	assert_true(has(DIGEST_AMD64) && has(by_hand) && !has(large));
	assert_int_equal(signatures_for(DIGEST_AMD64), 2);
	/* what is signed, and what is smaller, goes for nobody */
	put_foreign(3, 500, true, 0, small);
	fill_up_to(CAP - 100);
	put_foreign(4, 100000, true, EFBIG, late);
	assert_true(has(DIGEST_AMD64) && has(by_hand) && has(small) && !has(late));
	/* but somebody's own hand takes what is there */
	put_foreign(5, 700, false, EFBIG, late);
	assert_true(has(DIGEST_AMD64) && has(by_hand) && has(small));
	put_foreign(6, 400, false, 0, late);
	assert_true(has(DIGEST_AMD64) && has(by_hand) && !has(small) && has(late));
}

static void fullness_is_told_with_the_way_out(void **state)
{
	(void)state;
	cleanup_evidence struct evidence ours = {0};
	cleanup_error struct error *error = NULL;
	char by_hand[DIGEST_LENGTH + 1];
	load_layout("save25", &ours);
	put_foreign(1, 100, false, 0, by_hand);
	fill_up_to(CAP - 100);
	assert_int_equal(put_into_store(DIGEST_AMD64, &ours, true, &error), -EFBIG);
	static const char *const words[] = {"1073741824 bytes", "hardenctl trust prune", "hardenctl trust list",
					    "hardenctl trust remove"};
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_non_null(strstr(error_message(error), words[i]));
}

static void whose_idea_it_was_is_remembered(void **state)
{
	(void)state;
	cleanup_evidence struct evidence bare = {0}, ours = {0};
	load_bare(&bare);
	load_layout("save25", &ours);
	must_put(DIGEST_AMD64, &bare, true);
	assert_true(is_unasked(DIGEST_AMD64));
	must_put(DIGEST_AMD64, &ours, true);
	assert_true(is_unasked(DIGEST_AMD64));
	/* by hand, though it brings nothing new; and then for good */
	must_put(DIGEST_AMD64, &ours, false);
	assert_false(is_unasked(DIGEST_AMD64));
	must_put(DIGEST_AMD64, &bare, true);
	assert_false(is_unasked(DIGEST_AMD64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_comes_first_keeps_nobody_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_wrapped_anew_counts_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_foreign_index_keeps_it_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_no_verdict_tries_is_sifted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nor_more_of_notation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_no_verdict_tries_together, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_signed_makes_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fullness_is_told_with_the_way_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whose_idea_it_was_is_remembered, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("store_room", tests, NULL, NULL);
}
