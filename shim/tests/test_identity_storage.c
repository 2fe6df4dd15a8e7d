/* What containers/storage calls an image by is its configuration's digest, and is proven
 * where the layers below the container are the configuration's: Podman's and CRI-O's
 * recorded containers, whose images get a configuration that the test knows. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/tests/support.h"
#include "policy/trust/digest.h"
#include "shim/identity/ask.h"
#include "shim/tests/recorded.h"

#define GRAPH "/mnt/graph/"
#define LAYERS GRAPH "overlay-layers/layers.json"
#define ONE "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define CONFIG \
	"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" ONE "\",\"" TWO "\"]}}"
/* the digest of these bytes, and "=" and its base64 */
#define HEX "a6f73caca1e3a59b61faa9ee95c8e53d4ad53d0df50cd8c179fc039b1b5f9e9f"
#define FILE_NAME \
	"=c2hhMjU2OmE2ZjczY2FjYTFlM2E1OWI2MWZhYTllZTk1YzhlNTNkNGFkNTNkMGRmNTBjZDhjMTc5ZmMwMzliMWI1ZjllOWY="
#define PLACE GRAPH "overlay-images/" HEX

#define OWN "{\"id\":\"own\",\"parent\":\"two\"}"
#define LAYER_ONE "{\"id\":\"one\",\"diff-digest\":\"" ONE "\"}"
#define LAYER_TWO "{\"id\":\"two\",\"parent\":\"one\",\"diff-digest\":\"" TWO "\"}"

/* Every element of the list in `path`: its image is the test's, its own layer "own". */
static void give_image(const char *path)
{
	json_t *list = json_load_file(path, 0, NULL), *element;
	size_t i;
	assert_non_null(list);
	json_array_foreach(list, i, element) {
		assert_int_equal(json_object_set_new(element, "image", json_string(HEX)), 0);
		assert_int_equal(json_object_set_new(element, "layer", json_string("own")), 0);
	}
	assert_int_equal(json_dump_file(list, path, 0), 0);
	json_decref(list);
}

static void identify_with(struct recorded *recorded, enum engine engine, const char *containers)
{
	char digest[DIGEST_LENGTH + 1];
	digest_of(CONFIG, strlen(CONFIG), digest);
	assert_string_equal(digest, "sha256:" HEX);
	write_text(GRAPH "overlay-images/images.json",
		   "[{\"id\":\"" HEX "\",\"layer\":\"two\",\"big-data-digests\":{\"sha256:" HEX "\":\"sha256:" HEX "\"}}]");
	give_image(containers);
	(void)mkdir(PLACE, 0755);
	(void)mkdir(GRAPH "overlay-layers", 0755);
	write_text(PLACE "/" FILE_NAME, CONFIG);
	write_text(LAYERS, "[" LAYER_ONE "," LAYER_TWO "," OWN "]");
	assert_identified(recorded, engine);
	assert_fact(&recorded->facts.config_digest, "sha256:" HEX, PROVENANCE_USER);
}

static int ask(struct recorded *recorded)
{
	return identity_ask_engine_for(&recorded->invocation, &recorded->parent, &recorded->facts, &recorded->error);
}

static void proven_by_its_layers(void **state)
{
	(void)state;
	struct recorded recorded = load("podman");
	identify_with(&recorded, ENGINE_PODMAN, GRAPH "overlay-containers/containers.json");
	assert_true(identity_engine_knows_more(&recorded.facts));
	assert_int_equal(ask(&recorded), 0);
	assert_fact(&recorded.facts.config_digest, "sha256:" HEX, PROVENANCE_ENGINE);
	assert_false(identity_engine_knows_more(&recorded.facts));
	unload(&recorded);
}

static void a_sandbox_of_cri_o(void **state)
{
	(void)state;
	struct recorded recorded = load("crio-sandbox");
	identify_with(&recorded, ENGINE_CRIO, GRAPH "overlay-containers/volatile-containers.json");
	assert_int_equal(recorded.facts.sandbox, SANDBOX_UNPROVEN);
	assert_int_equal(ask(&recorded), 0);
	assert_fact(&recorded.facts.config_digest, "sha256:" HEX, PROVENANCE_ENGINE);
	assert_int_equal(recorded.facts.sandbox, SANDBOX_PROVEN);
	unload(&recorded);
}

/* As c/image stores what was pushed with a manifest of other layers. */
static void other_layers_prove_nothing(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"[" LAYER_ONE ",{\"id\":\"two\",\"diff-digest\":\"" TWO "\"}," OWN "]",
		"[" LAYER_ONE ",{\"id\":\"two\",\"parent\":\"one\",\"diff-digest\":\"" ONE "\"}," OWN "]",
		"[" LAYER_ONE "," LAYER_TWO ",{\"id\":\"own\",\"parent\":\"one\"}]",
		"[" LAYER_ONE "," LAYER_TWO ",{\"id\":\"own\"}]",
		"[{\"id\":\"one\",\"parent\":\"zero\",\"diff-digest\":\"" ONE "\"},{\"id\":\"zero\",\"diff-digest\":\"" TWO "\"},"
		LAYER_TWO "," OWN "]",
		"[" LAYER_ONE "," LAYER_TWO "]",
		"[]",
	};
	struct recorded recorded = load("podman");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		identify_with(&recorded, ENGINE_PODMAN, GRAPH "overlay-containers/containers.json");
		write_text(LAYERS, rows[i]);
		assert_int_equal(ask(&recorded), 0);
		if (recorded.facts.config_digest.provenance != PROVENANCE_USER)
			fail_msg("proven by %s", rows[i]);
		assert_true(identity_engine_knows_more(&recorded.facts));
	}
	unload(&recorded);
}

static void assert_not_told(struct recorded *recorded, const char *part)
{
	assert_true(ask(recorded) < 0);
	if (!strstr(error_message(recorded->error), part))
		fail_msg("\"%s\" is not in: %s", part, error_message(recorded->error));
	assert_int_equal(recorded->facts.config_digest.provenance, PROVENANCE_USER);
	error_free(recorded->error);
	recorded->error = NULL;
}

/* What is denied by its digest could be behind it. */
static void a_store_that_does_not_tell(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"[" LAYER_TWO "," OWN "]",
		"[{\"id\":\"one\"}," LAYER_TWO "," OWN "]",
		"[{\"id\":\"one\",\"diff-digest\":\"" ONE "\",\"parent\":\"one\"}," LAYER_TWO "," OWN "]",
		"[{\"id\":\"one\",\"diff-digest\":\"sha512:1\"}," LAYER_TWO "," OWN "]",
	};
	struct recorded recorded = load("podman");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		identify_with(&recorded, ENGINE_PODMAN, GRAPH "overlay-containers/containers.json");
		write_text(LAYERS, rows[i]);
		assert_not_told(&recorded, "does not have all layers");
	}
	identify_with(&recorded, ENGINE_PODMAN, GRAPH "overlay-containers/containers.json");
	write_text(PLACE "/" FILE_NAME, CONFIG " ");
	assert_not_told(&recorded, "does not have the digest");
	write_text(PLACE "/" FILE_NAME, CONFIG);
	assert_int_equal(chmod(PLACE, 0777), 0);
	assert_not_told(&recorded, "overlay-images");
	assert_int_equal(chmod(PLACE, 0755), 0);
	assert_int_equal(unlink(PLACE "/" FILE_NAME), 0);
	assert_not_told(&recorded, FILE_NAME);
	unload(&recorded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_a_new_host(proven_by_its_layers),
		on_a_new_host(a_sandbox_of_cri_o),
		on_a_new_host(other_layers_prove_nothing),
		on_a_new_host(a_store_that_does_not_tell),
	};
	return cmocka_run_group_tests(tests, enter_namespaces, NULL);
}
