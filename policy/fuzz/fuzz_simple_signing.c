/* A manifest and its layer as cosign up to version 2 writes them: manifest, zero byte,
 * payload. What is read is what is written anew from it. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/trust/cosign_material.h"
#include "policy/trust/digest.h"
#include "policy/trust/signed_layer.h"
#include "policy/trust/simple_signing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_payload(struct bytes payload)
{
	cleanup_simple_signing struct simple_signing signing = {0};
	if (simple_signing_read(payload, &signing, NULL) < 0)
		return;
	if (!digest_is_valid(signing.digest) || (signing.reference && !*signing.reference) ||
	    (signing.annotations && !json_is_object(signing.annotations)))
		abort();
}

static void read_layer(const struct descriptor *layer, struct bytes payload)
{
	cleanup_cosign_material struct cosign_material simple = {0}, envelope = {0};
	if (cosign_material_read_simple(layer->annotations, payload, &simple, NULL) == 0 &&
	    (simple.material.rules != SIGNATURE_CLASSIC || simple.material.signature.size == 0 ||
	     simple.material.message.data != payload.data || simple.material.entry_count > 1))
		abort();
	if (cosign_material_read_envelope(layer->annotations, payload, &envelope, NULL) == 0 &&
	    (envelope.material.payload.size == 0 || envelope.material.message.size <= envelope.material.payload.size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\0', size);
	size_t manifest_size = end ? (size_t)(end - data) : size;
	const struct bytes payload = {data + manifest_size + (end != NULL), size - manifest_size - (end != NULL)};
	/* a blob has a NUL behind it */
	struct blob blob = {.data = malloc(manifest_size + 1), .size = manifest_size};
	if (!blob.data)
		return 0;
	memcpy(blob.data, data, manifest_size);
	blob.data[manifest_size] = '\0';
	cleanup_manifest struct manifest manifest = {0};
	if (signed_layer_read_manifest(&blob, &manifest, NULL) == 0)
		for (size_t i = 0; i < manifest.count; i++)
			read_layer(&manifest.list[i], payload);
	read_payload(payload);
	free(blob.data);
	return 0;
}
