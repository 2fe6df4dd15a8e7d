/* Indexes, manifests and configurations, as real tools write them and as a hostile
 * registry might. */
#include "policy/tests/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/base/text.h"
#include "policy/trust/digest.h"
#include "policy/trust/manifest.h"

#define LAYOUTS "policy/trust/cases/layouts/"
#define INDEX "72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define AMD64 "33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define CONFIGURATION "27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define REFERRER "3dbf2ba3dcd6889e048a9f9e6c6372ade760e950d69dec1a511ad66f3938d0b5"
#define SOME_DIGEST "sha256:" AMD64
#define DESCRIPTOR "{\"mediaType\":\"a/b\",\"digest\":\"" SOME_DIGEST "\",\"size\":1}"
#define IMAGE(REST) "{\"schemaVersion\":2,\"config\":" DESCRIPTOR ",\"layers\":[]" REST "}"

static char *load(const char *layout, const char *name, size_t *ret_size)
{
	char path[512];
	char *data = NULL;
	(void)snprintf(path, sizeof(path), LAYOUTS "%s/blobs/sha256/%s", layout, name);
	assert_int_equal(file_read(path, EVIDENCE_BLOB_SIZE, &data, ret_size, NULL), 0);
	return data;
}

static void reads_what_tools_write(void **state)
{
	(void)state;
	size_t size = 0;
	cleanup_manifest struct manifest index = {0}, image = {0}, referrer = {0};
	cleanup_configuration struct configuration configuration = {0};
	cleanup_free char *index_bytes = load("image", INDEX, &size);
	assert_int_equal(manifest_read(index_bytes, size, &index, NULL), 0);
	assert_int_equal(index.kind, MANIFEST_INDEX);
	assert_int_equal(index.count, 2);
	assert_string_equal(index.list[0].digest, "sha256:" AMD64);
	assert_string_equal(index.list[1].architecture, "arm64");
	cleanup_free char *image_bytes = load("image", AMD64, &size);
	assert_int_equal(manifest_read(image_bytes, size, &image, NULL), 0);
	assert_int_equal(image.kind, MANIFEST_IMAGE);
	assert_string_equal(image.media_type, MEDIA_TYPE_MANIFEST);
	assert_string_equal(image.config.digest, "sha256:" CONFIGURATION);
	assert_int_equal(image.config.size, 465);
	assert_int_equal(image.count, 2);
	assert_string_equal(image.subject.digest, "");
	cleanup_free char *referrer_bytes = load("save31", REFERRER, &size);
	assert_int_equal(manifest_read(referrer_bytes, size, &referrer, NULL), 0);
	assert_string_equal(referrer.subject.digest, "sha256:" AMD64);
	cleanup_free char *configuration_bytes = load("image", CONFIGURATION, &size);
	assert_int_equal(configuration_read(configuration_bytes, size, &configuration, NULL), 0);
	assert_int_equal(configuration.count, 2);
	assert_string_equal(configuration.diff_ids[1],
			    "sha256:cbe5938529a030af21cf8d57719891a79e694bf6a59481c292bc9c9bdc548b61");
	assert_string_equal(configuration.architecture, "amd64");
	assert_string_equal(configuration.created, "2024-01-01T00:00:00Z");
}

static void takes_the_mediaType_from_what_it_is(void **state)
{
	(void)state;
	cleanup_manifest struct manifest manifest = {0}, index = {0}, docker = {0};
	const char *text = IMAGE("");
	assert_int_equal(manifest_read(text, strlen(text), &manifest, NULL), 0);
	assert_string_equal(manifest.media_type, MEDIA_TYPE_MANIFEST);
	text = "{\"schemaVersion\":2,\"manifests\":[]}";
	assert_int_equal(manifest_read(text, strlen(text), &index, NULL), 0);
	assert_string_equal(index.media_type, MEDIA_TYPE_INDEX);
	text = IMAGE(",\"mediaType\":\"" MEDIA_TYPE_DOCKER_MANIFEST "\",\"unknown\":{\"x\":[1]}");
	assert_int_equal(manifest_read(text, strlen(text), &docker, NULL), 0);
	assert_string_equal(docker.media_type, MEDIA_TYPE_DOCKER_MANIFEST);
}

static const struct {
	const char *text, *why;
} refused[] = {
	{IMAGE(",\"manifests\":[]"), "CVE-2021-41190"},
	{"{\"schemaVersion\":2,\"manifests\":[],\"layers\":null}", "CVE-2021-41190"},
	{"{\"schemaVersion\":2,\"manifests\":[],\"config\":" DESCRIPTOR "}", "CVE-2021-41190"},
	{IMAGE(",\"fsLayers\":[]"), "CVE-2021-41190"},
	{IMAGE(",\"mediaType\":\"" MEDIA_TYPE_INDEX "\""), "mediaType"},
	{IMAGE(",\"mediaType\":\"text/plain\""), "mediaType"},
	{IMAGE(",\"mediaType\":7"), "mediaType"},
	{"{\"schemaVersion\":2,\"manifests\":[],\"mediaType\":\"" MEDIA_TYPE_MANIFEST "\"}", "mediaType"},
	{"{\"schemaVersion\":1,\"manifests\":[]}", "schemaVersion"},
	{"{\"schemaVersion\":\"2\",\"manifests\":[]}", "schemaVersion"},
	{"{\"schemaVersion\":2.0,\"manifests\":[]}", "schemaVersion"},
	{"{\"manifests\":[]}", "schemaVersion"},
	{"{\"schemaVersion\":2}", "\"layers\" is not an array"},
	{"{\"schemaVersion\":2,\"manifests\":{}}", "\"manifests\" is not an array"},
	{"{\"schemaVersion\":2,\"layers\":[]}", "/config is not an object"},
	{"[]", ""},
	{"", ""},
	{IMAGE("") "{}", ""},
	{IMAGE(",\"layers\":[]"), ""},
	{IMAGE(",\"Layers\":[]"), "\"layers\""},
	{IMAGE(",\"layer\xc5\xbf\":[]"), "\"layers\""},
	{IMAGE(",\"Manifests\":[]"), "\"manifests\""},
	{IMAGE(",\"subject\":7"), "/subject"},
	{IMAGE(",\"subject\":{}"), "/subject"},
	{IMAGE(",\"annotations\":[]"), "annotations"},
	{IMAGE(",\"annotations\":{\"a\":1}"), "annotation"},
	{IMAGE(",\"artifactType\":[]"), "artifactType"},
	{"{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"" SOME_DIGEST "\",\"size\":1}]}", "/manifests/0: \"mediaType\""},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"size\":1}]}", "\"digest\""},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" SOME_DIGEST "\"}]}", "size"},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" SOME_DIGEST "\",\"size\":-1}]}", "size"},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" SOME_DIGEST "\",\"size\":1e3}]}", "size"},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"SHA256:" AMD64 "\",\"size\":1}]}", "digest"},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:../../../../../../../../etc/passwd\","
	 "\"size\":1}]}", "digest"},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" SOME_DIGEST "\\u0000\",\"size\":1}]}",
	 "\"digest\""},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"Digest\":\"" SOME_DIGEST "\",\"size\":1}]}", "\"digest\""},
	{"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" SOME_DIGEST "\",\"size\":1,"
	 "\"platform\":{\"architecture\":7,\"os\":\"linux\"}}]}", "architecture"},
};

static void refuses_what_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_error struct error *error = NULL;
		struct manifest manifest = {0};
		const char *text = refused[i].text;
		if (manifest_read(text, strlen(text), &manifest, &error) != -EINVAL ||
		    !strstr(error_message(error), refused[i].why))
			fail_msg("%s: %s", text, error_message(error));
		assert_null(manifest.document);
	}
}

static void refuses_too_many(void **state)
{
	(void)state;
	for (size_t count = MANIFEST_DESCRIPTORS; count <= MANIFEST_DESCRIPTORS + 1; count++) {
		cleanup_text struct text text = {0};
		cleanup_manifest struct manifest manifest = {0};
		text_append(&text, "{\"schemaVersion\":2,\"manifests\":[" DESCRIPTOR);
		for (size_t i = 1; i < count; i++)
			text_append(&text, "," DESCRIPTOR);
		text_append(&text, "]}");
		assert_int_equal(manifest_read(text.data, text.length, &manifest, NULL),
				 count > MANIFEST_DESCRIPTORS ? -EINVAL : 0);
	}
}

static const char *const refused_configurations[] = {
	"{}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\"}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\"}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[7]}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"base\",\"diff_ids\":[]}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[]}}",
	"{\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
	"{\"architecture\":\"amd64\",\"os\":1,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[],\"Diff_IDs\":[]}}",
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootf\xc5\xbf\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
};

static void refuses_what_is_no_configuration(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused_configurations); i++) {
		cleanup_error struct error *error = NULL;
		struct configuration configuration = {0};
		assert_int_equal(configuration_read(refused_configurations[i], strlen(refused_configurations[i]),
						    &configuration, &error), -EINVAL);
		assert_null(configuration.document);
		assert_non_null(error);
	}
}

/* Whatever is read from changed bytes, their digest is another one. */
static void every_cut_and_flip_is_seen_by_the_digest(void **state)
{
	(void)state;
	static const char *const names[] = {INDEX, AMD64, CONFIGURATION};
	for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
		size_t size = 0, read = 0;
		cleanup_free char *bytes = load("image", names[n], &size);
		char digest[DIGEST_LENGTH + 1], own[DIGEST_LENGTH + 1];
		(void)snprintf(own, sizeof(own), "sha256:%s", names[n]);
		for (size_t i = 0; i < size; i++) {
			struct manifest manifest = {0};
			struct configuration configuration = {0};
			assert_int_equal(manifest_read(bytes, i, &manifest, NULL), -EINVAL);
			assert_int_equal(configuration_read(bytes, i, &configuration, NULL), -EINVAL);
			for (int bit = 0; bit < 8; bit++) {
				bytes[i] = (char)(bytes[i] ^ 1 << bit);
				digest_of(bytes, size, digest);
				assert_string_not_equal(digest, own);
				read += manifest_read(bytes, size, &manifest, NULL) == 0;
				read += configuration_read(bytes, size, &configuration, NULL) == 0;
				manifest_release(&manifest);
				configuration_release(&configuration);
				bytes[i] = (char)(bytes[i] ^ 1 << bit);
			}
		}
		digest_of(bytes, size, digest);
		assert_string_equal(digest, own);
		assert_true(read > 0); /* which is why nothing is taken without its digest */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_tools_write),
		cmocka_unit_test(takes_the_mediaType_from_what_it_is),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(refuses_too_many),
		cmocka_unit_test(refuses_what_is_no_configuration),
		cmocka_unit_test(every_cut_and_flip_is_seen_by_the_digest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
