/* The store of signatures: what is found by which digest, what its state tells, and what
 * it refuses. */
#include "policy/tests/store_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/tests/rules_support.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"

static int set_up(void **state)
{
	(void)state;
	(void)make_trusted_directory("512m");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return umount("/mnt");
}

static void add(const char *digest, const char *name, const struct evidence *evidence)
{
	cleanup_error struct error *error = NULL;
	if (trust_store_add(STORE, digest, name, evidence, &error) < 0)
		fail_msg("%s", error_message(error));
}

static void is_found_by_every_digest(void **state)
{
	(void)state;
	cleanup_evidence struct evidence signed_index = {0}, signed_image = {0};
	load_layout("save25i", &signed_index);
	load_layout("save25", &signed_image);
	assert_int_equal(blobs_for(DIGEST_INDEX), 0); /* there is no store yet */
	add(DIGEST_INDEX, "registry.example.test/tiny:1", &signed_index);
	assert_int_equal(blobs_for(DIGEST_INDEX), signed_index.count);
	assert_int_equal(blobs_for(DIGEST_AMD64), signed_index.count);
	assert_int_equal(blobs_for(DIGEST_ARM64), signed_index.count);
	assert_int_equal(blobs_for(DIGEST_CONFIGURATION), signed_index.count);
	assert_int_equal(blobs_for(DIGEST_EVIL), 0);
	/* the second image has its manifest and configuration in common with the first */
	add(DIGEST_AMD64, NULL, &signed_image);
	assert_int_equal(blobs_for(DIGEST_INDEX), signed_index.count);
	assert_int_equal(blobs_for(DIGEST_ARM64), signed_index.count);
	assert_true(blobs_for(DIGEST_AMD64) > signed_index.count);
	assert_true(blobs_for(DIGEST_CONFIGURATION) > signed_index.count);
	/* two digests of one image: each blob is there once */
	const char *const both[] = {DIGEST_INDEX, DIGEST_ARM64};
	cleanup_evidence struct evidence evidence = {0};
	assert_int_equal(trust_store_read(STORE, both, 2, &evidence, NULL), 0);
	assert_int_equal(evidence.count, signed_index.count);
}

static void lists_and_removes(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0}, index = {0};
	struct trust_store_image *images = NULL;
	size_t count = 7;
	assert_int_equal(trust_store_list(STORE, &images, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(trust_store_remove(STORE, DIGEST_INDEX, NULL), -ENOENT);
	load_layout("save25i", &index);
	load_layout("save25", &image);
	add(DIGEST_INDEX, "b", &index);
	add(DIGEST_AMD64, "a", &image);
	add(DIGEST_AMD64, NULL, &index); /* without a name: the old one stays */
	assert_int_equal(trust_store_list(STORE, &images, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_string_equal(images[0].name, "a");
	assert_string_equal(images[0].digest, DIGEST_AMD64);
	assert_string_equal(images[1].name, "b");
	assert_int_equal(images[1].blobs, index.count);
	assert_true(images[1].size > 1000);
	trust_store_list_release(images, count);
	assert_int_equal(trust_store_remove(STORE, DIGEST_AMD64, NULL), 0);
	assert_int_equal(trust_store_remove(STORE, DIGEST_AMD64, NULL), -ENOENT);
	/* the index still leads to the manifest */
	assert_int_equal(blobs_for(DIGEST_AMD64), index.count);
	assert_int_equal(trust_store_remove(STORE, DIGEST_INDEX, NULL), 0);
	assert_int_equal(blobs_for(DIGEST_AMD64), 0);
	struct stat status;
	assert_int_equal(stat(STORE "/digests/33/" "33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b", &status), -1);
	cleanup_free char *total = NULL;
	size_t length = 0;
	assert_int_equal(file_read(STORE "/size", 32, &total, &length, NULL), 0);
	assert_string_equal(total, "0\n");
}

/* What stands in the list has never been before. */
struct states {
	char *list[64];
	size_t count;
};

static void remember(struct states *states, const char *digest)
{
	char *state = state_of(digest);
	for (size_t i = 0; i < states->count; i++)
		assert_string_not_equal(states->list[i], state);
	cleanup_free char *again = state_of(digest);
	assert_string_equal(again, state);
	states->list[states->count++] = state;
}

static void no_state_comes_again(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0}, signatures = {0}, index = {0};
	struct states states = {0};
	load_layout("image", &image);
	load_layout("save25", &signatures);
	load_layout("save25i", &index);
	remember(&states, DIGEST_CONFIGURATION);
	for (int i = 0; i < 3; i++) {
		add(DIGEST_AMD64, "a", &image);
		remember(&states, DIGEST_CONFIGURATION);
		add(DIGEST_AMD64, "a", &signatures);
		remember(&states, DIGEST_CONFIGURATION);
		add(DIGEST_INDEX, "a", &index); /* another image, but of the same configuration */
		remember(&states, DIGEST_CONFIGURATION);
		assert_int_equal(trust_store_remove(STORE, DIGEST_INDEX, NULL), 0);
		remember(&states, DIGEST_CONFIGURATION);
		assert_int_equal(trust_store_remove(STORE, DIGEST_AMD64, NULL), 0);
		cleanup_free char *none = state_of(DIGEST_CONFIGURATION);
		assert_string_equal(none, states.list[0]);
	}
	add(DIGEST_AMD64, "a", &image);
	remember(&states, DIGEST_CONFIGURATION);
	/* what somebody does by hand shows as well */
	assert_int_equal(unlink(STORE "/images/33/" "33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
				"/blobs/sha256/40e1d5a19670fb78357eb3320a98ab01afcf1c90534de896b09ca1b40bee6231"), 0);
	remember(&states, DIGEST_CONFIGURATION);
	for (size_t i = 0; i < states.count; i++)
		free(states.list[i]);
}

static void what_changes_nothing_keeps_the_state(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0};
	load_layout("save25", &image);
	add(DIGEST_AMD64, "a", &image);
	cleanup_free char *before = state_of(DIGEST_AMD64);
	add(DIGEST_AMD64, "a", &image);
	add(DIGEST_AMD64, NULL, &image);
	cleanup_free char *after = state_of(DIGEST_AMD64);
	assert_string_equal(before, after);
}

static void assert_not_added(const char *digest, const char *name, const struct evidence *evidence, int code,
			     const char *why)
{
	cleanup_error struct error *error = NULL;
	int result = trust_store_add(STORE, digest, name, evidence, &error);
	if (result != -code || !strstr(error_message(error), why))
		fail_msg("%d: %s", result, error_message(error));
	assert_int_equal(access(STORE "/pending", F_OK), -1);
	assert_int_equal(access(STORE "/tmp/new", F_OK), -1);
}

static void refuses_what_is_not_what_it_says(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0}, none = {0};
	char digest[DIGEST_LENGTH + 1];
	load_layout("save25", &image);
	assert_not_added("sha256:33cd", NULL, &image, EINVAL, "64 lower-case");
	assert_not_added(DIGEST_EVIL, NULL, &image, EINVAL, "neither given nor in the store");
	assert_not_added(DIGEST_CONFIGURATION, NULL, &image, EINVAL, "neither an index nor a manifest");
	assert_not_added(DIGEST_AMD64, "a name", &image, EINVAL, "without spaces");
	assert_not_added(DIGEST_AMD64, "", &image, EINVAL, "1 to 512");
	assert_not_added(DIGEST_AMD64, "\xff", &image, EINVAL, "UTF-8");
	assert_not_added(DIGEST_AMD64, NULL, &none, EINVAL, "neither given");
	image.blobs[3].data[0] ^= 1;
	assert_not_added(DIGEST_AMD64, NULL, &image, EINVAL, "is not what its digest");
	image.blobs[3].data[0] ^= 1;
	assert_int_equal(blobs_for(DIGEST_AMD64), 0);
	add_text(&none, "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", digest);
	assert_not_added(digest, NULL, &none, EINVAL, "CVE-2021-41190");
	add(DIGEST_AMD64, NULL, &image);
	assert_int_equal(blobs_for(DIGEST_AMD64), image.count);
}

static void keeps_within_its_caps(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0}, many = {0};
	char digest[DIGEST_LENGTH + 1], text[32];
	load_layout("save25", &image);
	add(DIGEST_AMD64, NULL, &image);
	cleanup_close int store = open(STORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(text, sizeof(text), "%u\n", (1u << 30) - 100);
	assert_int_equal(file_replace_at(store, "size", text, strlen(text), 0644, false, NULL), 0);
	add_manifest(&many, DIGEST_CONFIGURATION, 0, digest);
	assert_not_added(digest, NULL, &many, EFBIG, "beyond 1073741824 bytes");
	assert_int_equal(trust_store_remove(STORE, DIGEST_AMD64, NULL), 0);
	add(digest, NULL, &many);
	char other[DIGEST_LENGTH + 1];
	for (unsigned i = 0; many.count < EVIDENCE_BLOBS; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		add_text(&many, text, other);
	}
	add(digest, NULL, &many);
	cleanup_evidence struct evidence more = {0};
	add_text(&more, "one more", other);
	assert_not_added(digest, NULL, &more, E2BIG, "at most 1024 blobs");
	assert_int_equal(blobs_for(digest), EVIDENCE_BLOBS);
}

static void counts_who_shares_a_digest(void **state)
{
	(void)state;
	char digest[DIGEST_LENGTH + 1];
	for (unsigned i = 0; i < 64; i++) {
		cleanup_evidence struct evidence evidence = {0};
		add_manifest(&evidence, DIGEST_CONFIGURATION, i, digest);
		add(digest, NULL, &evidence);
	}
	assert_int_equal(blobs_for(DIGEST_CONFIGURATION), 64);
	cleanup_evidence struct evidence evidence = {0};
	add_manifest(&evidence, DIGEST_CONFIGURATION, 64, digest);
	assert_not_added(digest, NULL, &evidence, E2BIG, "have the digest " DIGEST_CONFIGURATION);
	assert_int_equal(blobs_for(digest), 0);
	assert_int_equal(blobs_for(DIGEST_CONFIGURATION), 64);
}

/* ---- a store that somebody else has had their hands in ---- */

#define IMAGE STORE "/images/33/33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define LOOKUP STORE "/digests/33/33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define BLOB IMAGE "/blobs/sha256/20d7f5822e11a50c43cc50330698b6095e8ad2e6c85dbc378044966dca4830eb"
#define NEW_BLOB IMAGE "/blobs/sha256/0000000000000000000000000000000000000000000000000000000000000000"

static void overwrite(const char *path, const char *text)
{
	cleanup_close int descriptor = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(file_write_all(descriptor, text, strlen(text)), 0);
}

static void link_blob(void) { assert_int_equal(unlink(BLOB), 0); assert_int_equal(symlink("/etc/passwd", BLOB), 0); }
static void fifo_blob(void) { assert_int_equal(mkfifo(NEW_BLOB, 0644), 0); }
static void folder_blob(void) { assert_int_equal(mkdir(NEW_BLOB, 0755), 0); }
static void open_blob(void) { assert_int_equal(chmod(BLOB, 0666), 0); }
static void large_blob(void) { assert_int_equal(truncate(BLOB, (off_t)EVIDENCE_BLOB_SIZE + 1), 0); }
static void named_blob(void) { overwrite(IMAGE "/blobs/sha256/README", "x"); }
static void open_blobs(void) { assert_int_equal(chmod(IMAGE "/blobs/sha256", 0777), 0); }
static void no_blobs(void) { assert_int_equal(rename(IMAGE "/blobs", IMAGE "/blobs.old"), 0); }
static void link_folder(void)
{
	assert_int_equal(rename(IMAGE, STORE "/aside"), 0);
	assert_int_equal(symlink(STORE "/aside", IMAGE), 0);
}
static void link_lookup(void)
{
	assert_int_equal(rename(LOOKUP, STORE "/aside"), 0);
	assert_int_equal(symlink(STORE "/aside", LOOKUP), 0);
}
static void fifo_lookup(void) { assert_int_equal(unlink(LOOKUP), 0); assert_int_equal(mkfifo(LOOKUP, 0644), 0); }
static void open_lookup(void) { assert_int_equal(chmod(LOOKUP, 0666), 0); }
static void empty_lookup(void) { overwrite(LOOKUP, ""); }
static void wrong_lookup(void) { overwrite(LOOKUP, "0123456789abcdef\n../../../../../../etc\n"); }
static void large_lookup(void) { assert_int_equal(truncate(LOOKUP, 1 << 20), 0); }
static void open_store(void) { assert_int_equal(chmod(STORE, 0777), 0); }
static void link_store(void)
{
	assert_int_equal(rename(STORE, "/mnt/state/aside"), 0);
	assert_int_equal(symlink("/mnt/state/aside", STORE), 0);
}
static void open_parent(void) { assert_int_equal(chmod("/mnt/state", 0777), 0); }

static const struct {
	void (*change)(void);
	int code;
	const char *why;
	bool state_too; /* the state is refused as well, or is at least another */
} handled[] = {
	{link_blob, ELOOP, "symbolic link", false},
	{fifo_blob, EINVAL, "not a regular file", false},
	{folder_blob, EINVAL, "not a regular file", false},
	{open_blob, EPERM, "chmod go-w", false},
	{large_blob, EFBIG, "larger than 4194304", false},
	{named_blob, EINVAL, "not named by a digest", false},
	{open_blobs, EPERM, "chmod go-w", true},
	{no_blobs, EINVAL, "blobs", true},
	{link_folder, ELOOP, "symbolic link", true},
	{link_lookup, ELOOP, "symbolic link", true},
	{fifo_lookup, EINVAL, "not a regular file", true},
	{open_lookup, EPERM, "chmod go-w", true},
	{empty_lookup, EINVAL, "damaged", true},
	{wrong_lookup, EINVAL, "damaged", true},
	{large_lookup, EFBIG, "larger than", true},
	{open_store, EPERM, "chmod go-w", true},
	{link_store, ENOTDIR, "store of signatures", true},
	{open_parent, EPERM, "chmod go-w", true},
};

/* An index of whoever may push one lists whatever it likes: what comes with it must not make
 * the evidence of a foreign image more than can be read. */
static void nobody_fills_up_anothers_image(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0}, foreign = {0};
	cleanup_error struct error *error = NULL;
	char index[DIGEST_LENGTH + 1], junk[DIGEST_LENGTH + 1];
	load_layout("save25", &image);
	add(DIGEST_AMD64, "victim", &image);
	add_text(&foreign, "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
			   "\"application/vnd.oci.image.manifest.v1+json\",\"size\":1,\"digest\":\"" DIGEST_AMD64 "\"}]}", index);
	for (unsigned i = 1; i < EVIDENCE_BLOBS; i++) {
		char text[16];
		(void)snprintf(text, sizeof(text), "junk %u", i);
		add_text(&foreign, text, junk);
	}
	assert_int_equal(trust_store_add(STORE, index, "attacker", &foreign, &error), -E2BIG);
	assert_non_null(strstr(error_message(error), DIGEST_AMD64));
	assert_int_equal(blobs_for(DIGEST_AMD64), image.count);
	/* nor do many that have a few */
	for (unsigned i = 0; i < 40; i++) {
		cleanup_evidence struct evidence some = {0};
		char text[256];
		(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"annotations\":{\"n\":\"%u\"},\"manifests\":[{\"mediaType\":"
			       "\"application/vnd.oci.image.manifest.v1+json\",\"size\":1,\"digest\":\"" DIGEST_AMD64 "\"}]}", i);
		add_text(&some, text, index);
		for (unsigned k = 0; k < 30; k++) {
			(void)snprintf(text, sizeof(text), "junk %u of %u", k, i);
			add_text(&some, text, junk);
		}
		(void)trust_store_add(STORE, index, NULL, &some, NULL);
	}
	assert_true(blobs_for(DIGEST_AMD64) > 300);
	/* its own come in all the same, as far as there is room */
	add_text(&image, "another signature", junk);
	add(DIGEST_AMD64, "victim", &image);
}

/* A manifest of `count` signatures, the last of which is number `last`. */
static void add_signatures(struct evidence *evidence, unsigned count, unsigned last)
{
	static const char layer[] = "%s{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\",\"size\":1,"
				    "\"digest\":\"" DIGEST_EVIL "\",\"annotations\":{\"dev.cosignproject.cosign/signature\":\"%u\"}}";
	cleanup_text struct text text = {0};
	char digest[DIGEST_LENGTH + 1];
	text_append(&text, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x/y\",\"size\":1,\"digest\":\"" DIGEST_EVIL
			   "\"},\"layers\":[");
	for (unsigned i = 0; i < count; i++)
		text_append_format(&text, layer, i ? "," : "", last - i);
	text_append(&text, "]}");
	assert_false(text.failed);
	add_text(evidence, text.data, digest);
}

/* What is in each of cosign's manifests again counts once, so that a scan a day does not fill
 * the image up. */
static void counts_signatures(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0};
	cleanup_free char *before = NULL;
	load_layout("save25", &image);
	for (unsigned day = 1; day <= 300; day++)
		add_signatures(&image, day, day);
	add(DIGEST_AMD64, NULL, &image);
	before = state_of(DIGEST_AMD64);
	add_signatures(&image, 1000, 5000);
	add_signatures(&image, 1000, 7000);
	assert_not_added(DIGEST_AMD64, NULL, &image, E2BIG, "more than 2048 signatures");
	cleanup_free char *after = state_of(DIGEST_AMD64);
	assert_string_equal(after, before);
}

static void refuses_what_others_could_have_written(void **state)
{
	(void)state;
	cleanup_evidence struct evidence image = {0};
	const char *digest = DIGEST_AMD64;
	load_layout("save25", &image);
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++) {
		cleanup_error struct error *error = NULL, *state_error = NULL;
		cleanup_evidence struct evidence evidence = {0};
		cleanup_text struct text text = {0};
		assert_int_equal(umount("/mnt"), 0);
		(void)make_trusted_directory("64m");
		add(DIGEST_AMD64, NULL, &image);
		handled[i].change();
		int result = trust_store_read(STORE, &digest, 1, &evidence, &error);
		if (result != -handled[i].code || !strstr(error_message(error), handled[i].why))
			fail_msg("%zu: %d: %s", i, result, error_message(error));
		result = trust_store_state(STORE, &digest, 1, &text, &state_error);
		if (handled[i].state_too != (result < 0))
			fail_msg("%zu: %d: %s", i, result, error_message(state_error));
	}
}

static void refuses_foreign_owners(void **state)
{
	(void)state;
	static const char *const paths[] = {BLOB, IMAGE "/blobs/sha256", IMAGE, LOOKUP, STORE};
	cleanup_evidence struct evidence image = {0};
	const char *digest = DIGEST_AMD64;
	load_layout("save25", &image);
	add(DIGEST_AMD64, NULL, &image);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_error struct error *error = NULL;
		cleanup_evidence struct evidence evidence = {0};
		/* without root there is no other user to give it to */
		if (chown(paths[i], 1000, 0) < 0)
			return;
		assert_int_equal(trust_store_read(STORE, &digest, 1, &evidence, &error), -EPERM);
		assert_non_null(strstr(error_message(error), "chown root:root"));
		assert_int_equal(chown(paths[i], 0, 0), 0);
	}
	assert_int_equal(blobs_for(DIGEST_AMD64), image.count);
}

static void what_is_damaged_can_be_removed(void **state)
{
	(void)state;
	static void (*const changes[])(void) = {link_blob, fifo_blob, named_blob, no_blobs, link_folder};
	cleanup_evidence struct evidence image = {0}, index = {0};
	load_layout("save25", &image);
	load_layout("save25i", &index);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		cleanup_error struct error *error = NULL;
		assert_int_equal(umount("/mnt"), 0);
		(void)make_trusted_directory("64m");
		add(DIGEST_AMD64, NULL, &image);
		changes[i]();
		add(DIGEST_INDEX, NULL, &index);
		if (trust_store_remove(STORE, DIGEST_AMD64, &error) < 0)
			fail_msg("%zu: %s", i, error_message(error));
		assert_int_equal(blobs_for(DIGEST_AMD64), index.count);
		add(DIGEST_AMD64, NULL, &image);
		assert_true(blobs_for(DIGEST_AMD64) > index.count);
	}
}

static void takes_digests_only(void **state)
{
	(void)state;
	const char *const digests[] = {"sha256:../../../../../../../../../../../../etc/passwd"};
	cleanup_evidence struct evidence image = {0}, evidence = {0};
	cleanup_text struct text text = {0};
	load_layout("save25", &image);
	add(DIGEST_AMD64, NULL, &image);
	assert_int_equal(trust_store_read(STORE, digests, 1, &evidence, NULL), -EINVAL);
	assert_int_equal(trust_store_state(STORE, digests, 1, &text, NULL), -EINVAL);
	assert_int_equal(trust_store_remove(STORE, digests[0], NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_found_by_every_digest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_and_removes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_state_comes_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_changes_nothing_keeps_the_state, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_not_what_it_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_within_its_caps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_who_shares_a_digest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_signatures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_fills_up_anothers_image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_others_could_have_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_foreign_owners, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_damaged_can_be_removed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_digests_only, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
