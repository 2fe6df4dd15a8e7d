/* OCI layouts from outside: what real tools write, and what somebody might. */
#include "policy/tests/store_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"
#include "policy/trust/layout.h"

static char *directory;

static int set_up(void **state)
{
	(void)state;
	directory = make_temporary_directory();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_tree(directory);
	free(directory);
	return 0;
}

static void open_kept(const char *name, struct layout *layout)
{
	char path[256];
	cleanup_error struct error *error = NULL;
	(void)snprintf(path, sizeof(path), LAYOUTS "%s", name);
	if (layout_open(path, layout, &error) < 0)
		fail_msg("%s", error_message(error));
}

static const struct {
	const char *name;
	size_t images;
	const char *digest; /* of the first */
	const char *image_name;
	size_t statements[LAYOUT_STATEMENTS];
	size_t blobs;
} kept[] = {
	{"image", 4, DIGEST_AMD64, "single", {0}, 2},
	{"save25", 1, DIGEST_AMD64, NULL, {2, 2, 0, 0}, 10},
	{"save25i", 1, DIGEST_INDEX, NULL, {1, 0, 0, 0}, 8},
	{"save31", 1, DIGEST_AMD64, NULL, {0, 0, 3, 0}, 9},
};

static void reads_what_tools_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		cleanup_layout struct layout layout = {.blobs = -1};
		cleanup_evidence struct evidence evidence = {0};
		open_kept(kept[i].name, &layout);
		assert_int_equal(layout.count, kept[i].images);
		assert_int_equal(layout.note_count, 0);
		assert_string_equal(layout.images[0].digest, kept[i].digest);
		assert_true(text_equal(layout.images[0].name, kept[i].image_name));
		for (size_t k = 0; k < LAYOUT_STATEMENTS; k++)
			assert_int_equal(layout.images[0].statements[k], kept[i].statements[k]);
		assert_int_equal(layout_read_image(&layout, &layout.images[0], &evidence, NULL), 0);
		assert_int_equal(evidence.count, kept[i].blobs);
		assert_int_equal(evidence_verify(&evidence), 0);
	}
}

/* ---- layouts made here ---- */

static void write_at(const char *name, const char *text)
{
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	cleanup_close int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(descriptor >= 0);
	assert_int_equal(file_write_all(descriptor, text, strlen(text)), 0);
}

static void blob_path(const char *digest, char path[512])
{
	(void)snprintf(path, 512, "%s/blobs/sha256/%s", directory, digest + strlen("sha256:"));
}

static void start_layout(void)
{
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/blobs", directory);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	(void)snprintf(path, sizeof(path), "%s/blobs/sha256", directory);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	write_at("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
}

static void put_blob(const char *text, char ret_digest[DIGEST_LENGTH + 1])
{
	char name[512];
	digest_of(text, strlen(text), ret_digest);
	(void)snprintf(name, sizeof(name), "blobs/sha256/%s", ret_digest + strlen("sha256:"));
	write_at(name, text);
}

#define CONFIGURATION "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"

/* An image, its digest and size. */
static size_t put_image(unsigned number, char ret_digest[DIGEST_LENGTH + 1])
{
	char configuration[DIGEST_LENGTH + 1], text[1024];
	put_blob(CONFIGURATION, configuration);
	(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
		       "\"digest\":\"%s\",\"size\":%zu},\"layers\":[],\"annotations\":{\"number\":\"%u\"}}", configuration,
		       strlen(CONFIGURATION), number);
	put_blob(text, ret_digest);
	return strlen(text);
}

/* A bundle about `subject`. */
static void put_referrer(const char *subject, unsigned number, char ret_digest[DIGEST_LENGTH + 1])
{
	char layer[DIGEST_LENGTH + 1], text[1024], bundle[64];
	(void)snprintf(bundle, sizeof(bundle), "{\"number\":%u}", number);
	put_blob(bundle, layer);
	(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":"
		       "\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2},\"layers\":[{\"mediaType\":"
		       "\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"digest\":\"%s\",\"size\":%zu}],\"subject\":{\"mediaType\":\"a/b\","
		       "\"digest\":\"%s\",\"size\":1}}", layer, strlen(bundle), subject);
	put_blob(text, ret_digest);
}

static void put_index(const char *const *digests, const size_t *sizes, size_t count, const char *annotations)
{
	cleanup_text struct text text = {0};
	text_append(&text, "{\"schemaVersion\":2,\"manifests\":[");
	for (size_t i = 0; i < count; i++)
		text_append_format(&text, "%s{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":%zu,"
				   "\"annotations\":{%s}}", i ? "," : "", digests[i], sizes[i], annotations);
	text_append(&text, "]}");
	write_at("index.json", text.data);
}

static void put_one(char ret_digest[DIGEST_LENGTH + 1], const char *annotations)
{
	start_layout();
	size_t size = put_image(0, ret_digest);
	const char *const digests[] = {ret_digest};
	put_index(digests, &size, 1, annotations);
}

static void assert_refused(int code, const char *why)
{
	cleanup_error struct error *error = NULL;
	cleanup_layout struct layout layout = {.blobs = -1};
	int result = layout_open(directory, &layout, &error);
	if (result != -code || !strstr(error_message(error), why))
		fail_msg("expected \"%s\", found %d: %s", why, result, error_message(error));
}

static void opens_nothing_that_leads_elsewhere(void **state)
{
	(void)state;
	char digest[DIGEST_LENGTH + 1], path[512], other[512];
	assert_refused(EINVAL, "no OCI layout");
	put_one(digest, "");
	blob_path(digest, path);
	(void)snprintf(other, sizeof(other), "%s/aside", directory);
	assert_int_equal(rename(path, other), 0);
	assert_refused(EINVAL, "which is not in it");
	assert_int_equal(symlink(other, path), 0);
	assert_refused(ELOOP, "symbolic link");
	assert_true(unlink(path) == 0 && mkfifo(path, 0644) == 0);
	assert_refused(EINVAL, "not a regular file");
	assert_true(unlink(path) == 0 && mkdir(path, 0755) == 0);
	assert_refused(EINVAL, "not a regular file");
	assert_true(rmdir(path) == 0 && rename(other, path) == 0);
	cleanup_layout struct layout layout = {.blobs = -1};
	assert_int_equal(layout_open(directory, &layout, NULL), 0);
	/* the folder of blobs itself, and index.json */
	(void)snprintf(path, sizeof(path), "%s/blobs", directory);
	assert_true(rename(path, other) == 0 && symlink(other, path) == 0);
	assert_refused(ELOOP, "symbolic links are not followed");
	assert_true(unlink(path) == 0 && rename(other, path) == 0);
	(void)snprintf(path, sizeof(path), "%s/index.json", directory);
	assert_true(rename(path, other) == 0 && symlink(other, path) == 0);
	assert_refused(ELOOP, "symbolic link");
	assert_true(unlink(path) == 0 && mkfifo(path, 0644) == 0);
	assert_refused(EINVAL, "not a regular file");
	assert_true(unlink(path) == 0 && truncate(other, (off_t)EVIDENCE_BLOB_SIZE + 1) == 0 && rename(other, path) == 0);
	assert_refused(EFBIG, "larger than");
}

static const struct {
	const char *file, *text, *why;
} wrong[] = {
	{"oci-layout", "{}", "imageLayoutVersion"},
	{"oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}", "imageLayoutVersion"},
	{"oci-layout", "", "oci-layout"},
	{"index.json", "", "index.json"},
	{"index.json", "{", "index.json"},
	{"index.json", "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", "CVE-2021-41190"},
	{"index.json", "{\"schemaVersion\":2,\"layers\":[]}", "index.json"},
	{"index.json", "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:../../../../etc/passwd\",\"size\":1}]}",
	 "digest"},
	{"index.json", "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" DIGEST_EVIL "\",\"size\":1}]}",
	 "which is not in it"},
};

static void refuses_what_is_no_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char digest[DIGEST_LENGTH + 1];
		put_one(digest, "");
		write_at(wrong[i].file, wrong[i].text);
		assert_refused(EINVAL, wrong[i].why);
	}
}

static void proves_what_it_takes(void **state)
{
	(void)state;
	char digest[DIGEST_LENGTH + 1], name[512], configuration[DIGEST_LENGTH + 1];
	start_layout();
	size_t size = put_image(0, digest), wrong_size = size + 1;
	const char *const digests[] = {digest};
	put_index(digests, &wrong_size, 1, "");
	assert_refused(EINVAL, "gives another size");
	put_index(digests, &size, 1, "");
	digest_of(CONFIGURATION, strlen(CONFIGURATION), configuration);
	(void)snprintf(name, sizeof(name), "blobs/sha256/%s", configuration + strlen("sha256:"));
	write_at(name, CONFIGURATION " ");
	assert_refused(EINVAL, "is not what its name says");
	char path[512];
	blob_path(configuration, path);
	assert_int_equal(unlink(path), 0);
	assert_refused(EINVAL, "the configuration");
}

/* A file that no document may be is not read until an image wants it. */
static void bounds_what_it_reads(void **state)
{
	(void)state;
	char digest[DIGEST_LENGTH + 1], path[512];
	put_one(digest, "");
	for (unsigned i = 0; i < 20; i++) {
		char fake[DIGEST_LENGTH + 1];
		(void)snprintf(fake, sizeof(fake), "sha256:%064u", i);
		blob_path(fake, path);
		cleanup_close int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_int_equal(ftruncate(descriptor, (off_t)1 << 40), 0); /* a layer of a terabyte */
	}
	cleanup_layout struct layout layout = {.blobs = -1};
	assert_int_equal(layout_open(directory, &layout, NULL), 0);
	assert_int_equal(layout.count, 1);
	for (unsigned i = 0; i < LAYOUT_FILES; i++) {
		(void)snprintf(path, sizeof(path), "%s/blobs/sha256/%064u", directory, i);
		cleanup_close int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_true(descriptor >= 0);
	}
	assert_refused(E2BIG, "more than 16384 blobs");
}

static void thousands_of_referrers_are_too_many(void **state)
{
	(void)state;
	char digest[DIGEST_LENGTH + 1], referrer[DIGEST_LENGTH + 1];
	put_one(digest, "");
	/* manifest and bundle each, beside the image's manifest and configuration */
	for (unsigned i = 0; i < (EVIDENCE_BLOBS - 2) / 2; i++)
		put_referrer(digest, i, referrer);
	cleanup_layout struct layout layout = {.blobs = -1};
	assert_int_equal(layout_open(directory, &layout, NULL), 0);
	assert_int_equal(layout.images[0].statements[LAYOUT_BUNDLE], (EVIDENCE_BLOBS - 2) / 2);
	for (unsigned i = 0; i < 3000; i++)
		put_referrer(digest, i, referrer);
	assert_refused(E2BIG, "more than 1024 manifests, configurations and signatures");
}

static void what_is_about_others_stays_out(void **state)
{
	(void)state;
	char digest[DIGEST_LENGTH + 1], referrer[DIGEST_LENGTH + 1], path[512], layer[DIGEST_LENGTH + 1];
	put_one(digest, "\"org.opencontainers.image.ref.name\":\"registry.example.test/tiny:1\"");
	put_referrer(DIGEST_EVIL, 1, referrer);
	put_referrer(digest, 2, referrer);
	put_referrer(digest, 3, referrer);
	digest_of("{\"number\":3}", strlen("{\"number\":3}"), layer);
	blob_path(layer, path);
	assert_int_equal(unlink(path), 0);
	cleanup_layout struct layout layout = {.blobs = -1};
	assert_int_equal(layout_open(directory, &layout, NULL), 0);
	assert_string_equal(layout.images[0].name, "registry.example.test/tiny:1");
	assert_int_equal(layout.images[0].statements[LAYOUT_BUNDLE], 1);
	assert_int_equal(layout.images[0].blobs.count, 4);
	assert_int_equal(layout.note_count, 2);
	assert_non_null(strstr(layout.notes[0], "has a layer that is not in the layout"));
	assert_non_null(strstr(layout.notes[1], "1 manifest with signatures or attestations about no image"));
}

/* cosign's classic signatures have no subject: the payload tells, and not the tag. */
static void a_signature_goes_where_its_payload_says(void **state)
{
	(void)state;
	char first[DIGEST_LENGTH + 1], second[DIGEST_LENGTH + 1], payload[DIGEST_LENGTH + 1], text[2048];
	char signature[DIGEST_LENGTH + 1], configuration[DIGEST_LENGTH + 1];
	start_layout();
	size_t sizes[3] = {put_image(1, first), put_image(2, second), 0};
	put_blob("{}", configuration);
	(void)snprintf(text, sizeof(text), "{\"critical\":{\"identity\":{\"docker-reference\":\"r/x\"},\"image\":{\"docker-manifest-digest\":"
		       "\"%s\"},\"type\":\"cosign container image signature\"},\"optional\":null}", second);
	put_blob(text, payload);
	size_t payload_size = strlen(text);
	(void)snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
		       "\"digest\":\"%s\",\"size\":2},\"layers\":[{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\","
		       "\"digest\":\"%s\",\"size\":%zu}]}", configuration, payload, payload_size);
	put_blob(text, signature);
	sizes[2] = strlen(text);
	const char *const digests[] = {first, second, signature};
	put_index(digests, sizes, 3, "");
	cleanup_layout struct layout layout = {.blobs = -1};
	cleanup_error struct error *error = NULL;
	if (layout_open(directory, &layout, &error) < 0)
		fail_msg("%s", error_message(error));
	assert_int_equal(layout.count, 2);
	assert_int_equal(layout.images[0].statements[LAYOUT_SIGNATURE], 0);
	assert_int_equal(layout.images[1].statements[LAYOUT_SIGNATURE], 1);
	assert_int_equal(layout.images[1].blobs.count, 5);
}

static void believes_no_answer(void **state)
{
	(void)state;
	static const char *const answers[] = {
		"image", "image \n", "image " DIGEST_AMD64 "\n", "image sha256:../../../etc/passwd\n", "blob " DIGEST_EVIL "\n",
		"image " DIGEST_EVIL "\nblob " DIGEST_AMD64 "\n", "image " DIGEST_EVIL "\ncount0 x\n", "count0 1\n", "name x\n",
		"image " DIGEST_EVIL "\ncount4 1\n", "image " DIGEST_EVIL "\ncount0 99999999\n", "note \x1b[2J\n", "note \xc3\xa4\n",
		"image " DIGEST_EVIL "\nname a\nname b\n", "other\n", "\n", "note x",
	};
	char names[1][DIGEST_LENGTH + 1] = {DIGEST_EVIL};
	const struct layout_files files = {.names = names, .name_count = 1};
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		cleanup_layout struct layout layout = {.blobs = -1};
		cleanup_free char *answer = strdup(answers[i]);
		if (layout_answer_read(&files, answer, &layout, NULL) != -EPROTO)
			fail_msg("%s", answers[i]);
	}
	cleanup_layout struct layout layout = {.blobs = -1};
	cleanup_free char *answer = strdup("image " DIGEST_EVIL "\nname \x1b[2J\nblob " DIGEST_EVIL "\nnote all is well\n");
	assert_int_equal(layout_answer_read(&files, answer, &layout, NULL), 0);
	assert_null(layout.images[0].name); /* it cannot be shown */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_tools_write),
		cmocka_unit_test_setup_teardown(opens_nothing_that_leads_elsewhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_layout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(proves_what_it_takes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bounds_what_it_reads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(thousands_of_referrers_are_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_about_others_stays_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_signature_goes_where_its_payload_says, set_up, tear_down),
		cmocka_unit_test(believes_no_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
