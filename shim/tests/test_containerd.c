/* Whole conversations: with what a real containerd 1.6 said, and with what an attacker or
 * an accident makes of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/file.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"
#include "shim/containerd/containerd.h"
#include "shim/containerd/image_proof.h"
#include "shim/tests/fake_containerd.h"
#include "shim/tests/recorded.h"

#define IMAGE_GET "/containerd.services.images.v1.Images/Get"
#define CONTAINER_GET "/containerd.services.containers.v1.Containers/Get"
#define STAT "/containerd.services.snapshots.v1.Snapshots/Stat"
#define MOUNTS "/containerd.services.snapshots.v1.Snapshots/Mounts"
#define READ "/containerd.services.content.v1.Content/Read"

#define INDEX "sha256:72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define MANIFEST "sha256:33cd1e9d1e9d68f3ec267bb356b0d59da1196de1e81e62cb528ba805edb3e15b"
#define CONFIG "sha256:27bcf08c33e1fb6326aef35278cefa73ffa16221a2f5a6d207c4c8a23f17f083"
#define EVIL "sha256:9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8"
#define PAUSE "sha256:9a01538f64a810ecb881cde56cc768041becd7710ae59350b99dd52b621ead89"
#define PAUSE_CONFIG "sha256:40e1d5a19670fb78357eb3320a98ab01afcf1c90534de896b09ca1b40bee6231"
#if defined(__x86_64__)
#define MANIFEST_HERE MANIFEST
#define CONFIG_HERE CONFIG
#else
#define MANIFEST_HERE "sha256:9e12c7dd02335f74ce254669cd134c95509aadc1bebd057645682c1bd4fbdfcf"
#define CONFIG_HERE "sha256:7cf2241bd57a4717b67308ddf88483b7905ed639979c95ccf6f007482779ef94"
#endif
#define CHAIN_ID "sha256:7bf393ac8ab930b25b32a68b82e171f9d8ac91dafd081204a4f433af95006b30"

#define CRI_CONTAINER "5a43b4a20870374dd1861be4ef2a74c32f8a4f45815cdb496f967e386b4f3205"
#define CRI_SANDBOX "ae7a15a2a9f2bd079b61e5a9b877b532d27891b71ced2a84ba36743b90f388bb"

static int ask(struct fake *fake, const struct containerd_question *question,
	       struct containerd_container *container, struct error **error)
{
	*container = (struct containerd_container){0};
	return containerd_ask_over(fake_start(fake), question, 10000, container, error);
}

static struct containerd_container ask_well(struct fake *fake, const char *name)
{
	const struct containerd_question question = {.namespace = "default", .container = name};
	struct containerd_container container;
	struct error *error = NULL;
	if (ask(fake, &question, &container, &error) < 0)
		fail_msg("%s", error_message(error));
	return container;
}

static void assert_refused(struct fake *fake, const char *name, int code, const char *part)
{
	const struct containerd_question question = {.namespace = "default", .container = name};
	struct containerd_container container;
	struct error *error = NULL;
	assert_int_equal(ask(fake, &question, &container, &error), -code);
	if (!strstr(error_message(error), part))
		fail_msg("\"%s\" is not in: %s", part, error_message(error));
	error_free(error);
	fake_stop(fake);
}

static void assert_text(const char *text, const char *expected)
{
	if (!expected)
		assert_null(text);
	else
		assert_string_equal(text ? text : "(none)", expected);
}

static void assert_proven(struct fake *fake, struct containerd_container *container, const char *config,
			  const char *manifest, const char *index)
{
	assert_text(container->proven_config, config);
	assert_text(container->proven_manifest, manifest);
	assert_text(container->proven_index, index);
	containerd_container_release(container);
	fake_stop(fake);
}

static void what_was_recorded(void **state)
{
	(void)state;
	static const struct {
		const char *folder, *container, *image, *image_digest, *config_of_cri;
		const char *config, *manifest, *index;
		size_t rounds;
	} rows[] = {
		{"ctr-single", "ctr-single", "registry.example/tiny:single", MANIFEST, NULL, CONFIG, MANIFEST, NULL, 4},
		{"ctr-multi", "ctr-multi", "registry.example/tiny:multi", INDEX, NULL, CONFIG, MANIFEST, INDEX, 5},
		{"cri-container", CRI_CONTAINER, "registry.example/tiny:multi", INDEX, CONFIG, CONFIG, MANIFEST, INDEX, 5},
		{"cri-sandbox", CRI_SANDBOX, "registry.example/tiny:pause", PAUSE, NULL, PAUSE_CONFIG, PAUSE, NULL, 4},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake fake;
		fake_load(&fake, rows[i].folder);
		struct containerd_container container = ask_well(&fake, rows[i].container);
		assert_text(container.image, rows[i].image);
		assert_text(container.image_digest, rows[i].image_digest);
		assert_text(container.config_digest, rows[i].config_of_cri);
		assert_text(container.snapshotter, "overlayfs");
		assert_text(container.snapshot_key, rows[i].container);
		assert_text(container.chain_id, CHAIN_ID);
		assert_non_null(strstr(container.lower, "/fs:/"));
		assert_non_null(strstr(container.upper, "/io.containerd.snapshotter.v1.overlayfs/snapshots/"));
		assert_true(fake.rounds <= rows[i].rounds);
		assert_proven(&fake, &container, rows[i].config, rows[i].manifest, rows[i].index);
	}
}

/* An image of which there is no container: what one would be made of. */
static void assert_content(struct fake *fake, const char *target, const char *config, const char *manifest,
			   const char *index)
{
	const char *const metadata[] = {"containerd-namespace", "default", NULL};
	struct containerd_container image = {0};
	struct grpc *grpc = NULL;
	assert_int_equal(grpc_open(fake_start(fake), metadata, 10000, &grpc, NULL), 0);
	assert_int_equal(image_proof_of_content(grpc, target, &image, NULL), 0);
	grpc_close(grpc);
	assert_true(!image.chain_id == !config);
	assert_proven(fake, &image, config, manifest, index);
}

static void an_image_without_a_container(void **state)
{
	(void)state;
	struct fake fake;
	fake_load(&fake, "ctr-multi");
	assert_content(&fake, PAUSE, PAUSE_CONFIG, PAUSE, NULL);
	fake_load(&fake, "ctr-multi");
	assert_content(&fake, INDEX, CONFIG_HERE, MANIFEST_HERE, INDEX);

	/* its manifest or configuration is not there */
	static const char *const lost[] = {MANIFEST_HERE, CONFIG_HERE, INDEX};
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		fake_load(&fake, "ctr-multi");
		fake_refuse(&fake, READ, lost[i], 5);
		assert_content(&fake, INDEX, NULL, NULL, NULL);
	}
	fake_load(&fake, "ctr-multi");
	assert_content(&fake, CONFIG_HERE, NULL, NULL, NULL);
}

/* Made from one image, then its name is moved to another, which is excepted, signed …: the
 * layers are still the first one's. */
static void a_name_that_was_moved(void **state)
{
	(void)state;
	struct fake fake;
	fake_load(&fake, "ctr-single");
	size_t size = 0;
	cleanup_free char *image = fake_read_file("ctr-single/image", &size);
	char *digest = memmem(image, size, MANIFEST, strlen(MANIFEST));
	assert_non_null(digest);
	memcpy(digest, EVIL, strlen(EVIL));
	fake_answer_bytes(&fake, IMAGE_GET, NULL, image, size);
	struct containerd_container container = ask_well(&fake, "ctr-single");
	assert_text(container.image_digest, EVIL);
	assert_text(container.chain_id, CHAIN_ID);
	assert_proven(&fake, &container, NULL, NULL, NULL);

	/* CRI noted the configuration when it made the container */
	fake_load(&fake, "cri-sandbox");
	fake_answer_file(&fake, CONTAINER_GET, NULL, "cri-container/container");
	fake_answer_bytes(&fake, IMAGE_GET, NULL, "", 0);
	const char other[] = "\n\x1bregistry.example/tiny:multi\x1a\x49\x12\x47" EVIL;
	char message[256] = "\n\x68";
	memcpy(message + 2, other, sizeof(other) - 1);
	fake_answer_bytes(&fake, IMAGE_GET, NULL, message, sizeof(other) + 1);
	container = ask_well(&fake, CRI_CONTAINER);
	assert_text(container.image_digest, EVIL);
	assert_proven(&fake, &container, CONFIG, NULL, NULL);
}

static void a_name_that_is_gone(void **state)
{
	(void)state;
	struct fake fake;
	fake_load(&fake, "ctr-multi");
	fake_refuse(&fake, IMAGE_GET, NULL, 5);
	struct containerd_container container = ask_well(&fake, "ctr-multi");
	assert_text(container.image, "registry.example/tiny:multi");
	assert_text(container.image_digest, NULL);
	assert_proven(&fake, &container, NULL, NULL, NULL);

	fake_load(&fake, "cri-container");
	fake_refuse(&fake, IMAGE_GET, NULL, 5);
	container = ask_well(&fake, CRI_CONTAINER);
	assert_proven(&fake, &container, CONFIG, NULL, NULL);
}

/* The engine's own store named the manifest: the name is not asked. */
static void a_digest_that_is_known(void **state)
{
	(void)state;
	struct fake fake;
	fake_load(&fake, "ctr-single");
	fake_refuse(&fake, IMAGE_GET, NULL, 5);
	const struct containerd_question question = {
		.namespace = "moby", .container = "ctr-single", .image_digest = MANIFEST};
	struct containerd_container container;
	assert_int_equal(ask(&fake, &question, &container, NULL), 0);
	assert_proven(&fake, &container, CONFIG, MANIFEST, NULL);
}

/* dockerd mounts its containers itself: the record has no snapshot, and between the image
 * and the container stands a layer of its own. */
static void docker_s_layer_between(void **state)
{
	(void)state;
	struct fake fake;
	static const char record[] = "\n\x1e\n\x02id\x1a\x18registry.example/tiny:ev";
	static const char own[] = "\n\x0d\n\x02id\x12\x07id-init";
	static const char init[] = "\n\x52\n\x07id-init\x12\x47" CHAIN_ID;
	const struct containerd_question question = {
		.namespace = "moby", .container = "id", .snapshotter = "overlayfs", .image_digest = INDEX};
	for (int with = 0; with < 2; with++) {
		fake_load(&fake, "ctr-single");
		fake_answer_bytes(&fake, CONTAINER_GET, NULL, record, sizeof(record) - 1);
		fake_refuse(&fake, IMAGE_GET, NULL, 5);
		fake_answer_bytes(&fake, STAT, NULL, own, sizeof(own) - 1);
		if (with)
			fake_answer_bytes(&fake, STAT, "id-init", init, sizeof(init) - 1);
		else
			fake_refuse(&fake, STAT, "id-init", 5);
		struct containerd_container container;
		assert_int_equal(ask(&fake, &question, &container, NULL), 0);
		assert_text(container.snapshot_key, "id");
		assert_text(container.chain_id, with ? CHAIN_ID : NULL);
		if (with)
			assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
		else
			assert_proven(&fake, &container, NULL, NULL, NULL);
	}
}

static void content_that_is_not_there(void **state)
{
	(void)state;
	static const char *const missing[] = {INDEX, MANIFEST, CONFIG};
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		struct fake fake;
		fake_load(&fake, "ctr-multi");
		fake_refuse(&fake, READ, missing[i], 5);
		struct containerd_container container = ask_well(&fake, "ctr-multi");
		assert_proven(&fake, &container, NULL, NULL, NULL);
	}
}

static void content_of_another_digest(void **state)
{
	(void)state;
	struct fake fake;
	fake_load(&fake, "ctr-single");
	fake_add_blob(&fake, MANIFEST, "blobs/9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8");
	assert_refused(&fake, "ctr-single", EPROTO, "content store has for " MANIFEST);
}

static void other_snapshotters(void **state)
{
	(void)state;
	static const char bind[] = "\n\x06\n\x04" "bind";
	struct fake fake;
	fake_load(&fake, "ctr-single");
	fake_answer_bytes(&fake, MOUNTS, NULL, bind, sizeof(bind) - 1);
	struct containerd_container container = ask_well(&fake, "ctr-single");
	assert_text(container.lower, NULL);
	assert_text(container.upper, NULL);
	assert_proven(&fake, &container, CONFIG, MANIFEST, NULL);

	fake_load(&fake, "ctr-single");
	fake_refuse(&fake, STAT, NULL, 5);
	container = ask_well(&fake, "ctr-single");
	assert_text(container.chain_id, NULL);
	assert_proven(&fake, &container, NULL, NULL, NULL);
}

static void what_is_refused(void **state)
{
	(void)state;
	static const char twice[] = "\n\x23\n\x07overlay\"\x0blowerdir=/a\"\x0blowerdir=/b";
	static const char nul[] = "\n\x1b\n\nctr-single\x1a\rregistry\0evil";
	struct fake fake;
	fake_load(&fake, "ctr-single");
	assert_refused(&fake, "ctr-other", EPROTO, "about another container");
	fake_load(&fake, "ctr-single");
	fake_refuse(&fake, CONTAINER_GET, NULL, 5);
	assert_refused(&fake, "ctr-single", ENOENT, "as told");
	fake_load(&fake, "ctr-single");
	fake_refuse(&fake, MOUNTS, NULL, 14);
	assert_refused(&fake, "ctr-single", EIO, "status 14");
	fake_load(&fake, "ctr-single");
	fake_answer_file(&fake, IMAGE_GET, NULL, "ctr-multi/image");
	assert_refused(&fake, "ctr-single", EPROTO, "about another image");
	fake_load(&fake, "ctr-single");
	fake_answer_bytes(&fake, MOUNTS, NULL, twice, sizeof(twice) - 1);
	assert_refused(&fake, "ctr-single", EPROTO, "two lowerdir=");
	fake_load(&fake, "ctr-single");
	fake_answer_bytes(&fake, CONTAINER_GET, NULL, nul, sizeof(nul) - 1);
	assert_refused(&fake, "ctr-single", EPROTO, "image is no text");
	fake_load(&fake, "ctr-single");
	fake_answer_bytes(&fake, CONTAINER_GET, NULL, "\n\xff", 2);
	assert_refused(&fake, "ctr-single", EPROTO, "can be read");
}

/* ---- what is remembered ---- */

#define CACHE "/mnt/cache"
#define RECORD CACHE "/documents-72d2cfa205fb882c8221205ebf080a3b2c74b227d85afed33084179b3f642d40"
#define RECORD_OF_PAUSE CACHE "/documents-9a01538f64a810ecb881cde56cc768041becd7710ae59350b99dd52b621ead89"
#define OTHER_MANIFEST "sha256:9e12c7dd02335f74ce254669cd134c95509aadc1bebd057645682c1bd4fbdfcf"

static struct containerd_container ask_remembering(struct fake *fake, const char *name)
{
	const struct containerd_question question = {.namespace = "default", .container = name, .cache = CACHE};
	struct containerd_container container;
	struct error *error = NULL;
	if (ask(fake, &question, &container, &error) < 0)
		fail_msg("%s", error_message(error));
	return container;
}

static void remember_index(void)
{
	struct fake fake;
	fake_load(&fake, "ctr-multi");
	struct containerd_container container = ask_remembering(&fake, "ctr-multi");
	assert_true(fake.rounds <= 5);
	assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
	assert_int_equal(access(RECORD, F_OK), 0);
}

static void what_was_read_is_asked_for_at_once(void **state)
{
	(void)state;
	struct fake fake;
	remember_index();
	fake_load(&fake, "ctr-multi");
	struct containerd_container container = ask_remembering(&fake, "ctr-multi");
	assert_true(fake.rounds <= 2);
	assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
	/* of manifests that are not there it is not asked a second time */
	for (int i = 0; i < 2; i++) {
		fake_load(&fake, "ctr-multi");
		fake_refuse(&fake, READ, OTHER_MANIFEST, 5);
		container = ask_remembering(&fake, "ctr-multi");
		assert_true(fake.rounds <= 2);
		assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
	}
}

/* What is there decides, each time anew. */
static void what_is_remembered_has_to_be_there(void **state)
{
	(void)state;
	static const char *const missing[] = {INDEX, MANIFEST, CONFIG};
	struct fake fake;
	struct containerd_container container;
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		remember_index();
		fake_load(&fake, "ctr-multi");
		fake_refuse(&fake, READ, missing[i], 5);
		container = ask_remembering(&fake, "ctr-multi");
		assert_proven(&fake, &container, NULL, NULL, NULL);
	}
	/* nor do bytes of another digest pass, because this one's were read before */
	remember_index();
	fake_load(&fake, "ctr-multi");
	fake_add_blob(&fake, MANIFEST, "blobs/9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8");
	const struct containerd_question question = {.namespace = "default", .container = "ctr-multi", .cache = CACHE};
	assert_int_equal(ask(&fake, &question, &container, NULL), -EPROTO);
	fake_stop(&fake);
	/* another container's layers are not the remembered ones */
	remember_index();
	fake_load(&fake, "ctr-multi");
	static const char stat[] = "\n\x55\n\nctr-single\x12\x47" EVIL;
	fake_answer_bytes(&fake, STAT, NULL, stat, sizeof(stat) - 1);
	container = ask_remembering(&fake, "ctr-multi");
	assert_text(container.chain_id, EVIL);
	assert_proven(&fake, &container, NULL, NULL, NULL);
}

/* What the name pointed to before was asked for in vain, and is not taken for what it points
 * to now. */
static void a_name_that_was_moved_is_noticed(void **state)
{
	(void)state;
	struct fake fake;
	size_t size = 0, length = 0;
	remember_index();
	cleanup_free char *image = fake_read_file("ctr-multi/image", &size), *lines = NULL;
	char *digest = memmem(image, size, INDEX, strlen(INDEX));
	assert_non_null(digest);
	memcpy(digest, PAUSE, strlen(PAUSE));
	for (int i = 0; i < 2; i++) {
		fake_load(&fake, "ctr-multi");
		fake_answer_bytes(&fake, IMAGE_GET, NULL, image, size);
		struct containerd_container container = ask_remembering(&fake, "ctr-multi");
		assert_true(fake.rounds <= (i ? 2 : 4));
		assert_proven(&fake, &container, PAUSE_CONFIG, PAUSE, NULL);
	}
	assert_int_equal(file_read(RECORD_OF_PAUSE, 1 << 20, &lines, &length, NULL), 0);
	assert_null(strstr(lines, MANIFEST));
	/* and back, also where what it had pointed to is damaged: once it is in the way */
	struct containerd_container container;
	const struct containerd_question question = {.namespace = "default", .container = "ctr-multi", .cache = CACHE};
	for (int i = 0; i < 2; i++) {
		fake_load(&fake, "ctr-multi");
		fake_add_blob(&fake, PAUSE, "blobs/9fce99150377e4e83447c927b7e78c610a5f5e4163ddea9d3a32c5eeb1e000a8");
		assert_int_equal(ask(&fake, &question, &container, NULL), i ? 0 : -EPROTO);
		if (i)
			assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
		else
			fake_stop(&fake);
	}
}

/* The index lists the manifest and bytes that only containerd may be able to read: as long as
 * these are there it is not told which of the two runs. */
static void what_was_not_there_may_come_and_go(void **state)
{
	(void)state;
	static const char odd[] = "{\"schemaVersion\":2}";
	static const char form[] = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
				   "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":559},"
				   "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":19}]}";
	char index[1024], digest[DIGEST_LENGTH + 1], index_digest[DIGEST_LENGTH + 1];
	digest_of(odd, strlen(odd), digest);
	(void)snprintf(index, sizeof(index), form, MANIFEST, digest);
	digest_of(index, strlen(index), index_digest);
	const struct containerd_question question = {
		.namespace = "default", .container = "ctr-multi", .cache = CACHE, .image_digest = index_digest};
	static const bool there[] = {false, false, true, true, false};
	for (size_t i = 0; i < ARRAY_SIZE(there); i++) {
		struct fake fake;
		struct containerd_container container;
		fake_load(&fake, "ctr-multi");
		fake_add_blob_bytes(&fake, index_digest, index, strlen(index));
		if (there[i])
			fake_add_blob_bytes(&fake, digest, odd, strlen(odd));
		assert_int_equal(ask(&fake, &question, &container, NULL), 0);
		/* what deny can still go by */
		assert_text(container.possible, there[i] ? MANIFEST " " CONFIG " " : NULL);
		assert_proven(&fake, &container, there[i] ? NULL : CONFIG, there[i] ? NULL : MANIFEST, index_digest);
	}
}

static void a_record_that_is_not_believed(void **state)
{
	(void)state;
	struct fake fake;
	struct containerd_container container;
	/* a lie: the other manifest's configuration has the layers, too */
	static const char lie[] = "documents %s\nmanifest " OTHER_MANIFEST " " CONFIG "\n";
	char text[512];
	remember_index();
	(void)snprintf(text, sizeof(text), lie, VERSION);
	write_text(RECORD, text);
	fake_load(&fake, "ctr-multi");
	container = ask_remembering(&fake, "ctr-multi");
	assert_proven(&fake, &container, NULL, NULL, INDEX);
	/* of another build, or of whoever can write it */
	(void)snprintf(text, sizeof(text), lie, "0");
	write_text(RECORD, text);
	fake_load(&fake, "ctr-multi");
	container = ask_remembering(&fake, "ctr-multi");
	assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
	(void)snprintf(text, sizeof(text), lie, VERSION);
	write_text(RECORD, text);
	assert_int_equal(chmod(RECORD, 0666), 0);
	fake_load(&fake, "ctr-multi");
	container = ask_remembering(&fake, "ctr-multi");
	assert_proven(&fake, &container, CONFIG, MANIFEST, INDEX);
}

/* CRI's configuration of another image is read, but not written down among this one's. */
static void a_record_has_its_own_image_alone(void **state)
{
	(void)state;
	struct fake fake;
	fake_load(&fake, "cri-container");
	const struct containerd_question question = {
		.namespace = "k8s.io", .container = CRI_CONTAINER, .cache = CACHE, .image_digest = PAUSE};
	struct containerd_container container;
	assert_int_equal(ask(&fake, &question, &container, NULL), 0);
	assert_proven(&fake, &container, CONFIG, NULL, NULL);
	cleanup_free char *lines = NULL;
	size_t length = 0;
	assert_int_equal(file_read(RECORD_OF_PAUSE, 1 << 20, &lines, &length, NULL), 0);
	assert_non_null(strstr(lines, "config " PAUSE_CONFIG));
	assert_null(strstr(lines, "config " CONFIG));
}

/* Nothing may be proven by a damaged answer that the whole one does not prove. */
static void damaged_answers(void **state)
{
	(void)state;
	static const struct {
		const char *path, *file;
	} rows[] = {{STAT, "ctr-single/stat"}, {IMAGE_GET, "ctr-single/image"}};
	const struct containerd_question question = {.namespace = "default", .container = "ctr-single"};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = 0;
		cleanup_free char *whole = fake_read_file(rows[i].file, &size);
		for (size_t at = 0; at < 2 * size; at++) {
			struct fake fake;
			fake_load(&fake, "ctr-single");
			cleanup_free char *damaged = malloc(size);
			assert_non_null(damaged);
			memcpy(damaged, whole, size);
			damaged[at % size] ^= at < size ? 0 : 0x41;
			fake_answer_bytes(&fake, rows[i].path, NULL, damaged, at < size ? at : size);
			struct containerd_container container;
			struct error *error = NULL;
			if (ask(&fake, &question, &container, &error) < 0) {
				assert_non_null(error);
				error_free(error);
				fake_stop(&fake);
			} else if (container.proven_config) {
				assert_proven(&fake, &container, CONFIG, MANIFEST, NULL);
			} else {
				assert_proven(&fake, &container, NULL, NULL, NULL);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_recorded),
		cmocka_unit_test(an_image_without_a_container),
		cmocka_unit_test(a_name_that_was_moved),
		cmocka_unit_test(a_name_that_is_gone),
		cmocka_unit_test(a_digest_that_is_known),
		cmocka_unit_test(docker_s_layer_between),
		cmocka_unit_test(content_that_is_not_there),
		cmocka_unit_test(content_of_another_digest),
		cmocka_unit_test(other_snapshotters),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(damaged_answers),
		on_a_new_host(what_was_read_is_asked_for_at_once),
		on_a_new_host(what_is_remembered_has_to_be_there),
		on_a_new_host(a_name_that_was_moved_is_noticed),
		on_a_new_host(what_was_not_there_may_come_and_go),
		on_a_new_host(a_record_that_is_not_believed),
		on_a_new_host(a_record_has_its_own_image_alone),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
