/* An index, a manifest, or an image's configuration: what is taken has the form that the
 * headers promise. */
#include <stdint.h>
#include <stdlib.h>

#include "policy/trust/digest.h"
#include "policy/trust/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_descriptor(const struct descriptor *descriptor)
{
	if (!digest_is_valid(descriptor->digest) || !descriptor->media_type ||
	    (descriptor->annotations && !json_is_object(descriptor->annotations)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_manifest struct manifest manifest = {0};
	cleanup_configuration struct configuration configuration = {0};
	if (manifest_read(data, size, &manifest, NULL) == 0) {
		if (manifest.kind == MANIFEST_NONE || !manifest.media_type || manifest.count > MANIFEST_DESCRIPTORS)
			abort();
		if (manifest.kind == MANIFEST_IMAGE)
			check_descriptor(&manifest.config);
		if (manifest.subject.digest[0])
			check_descriptor(&manifest.subject);
		for (size_t i = 0; i < manifest.count; i++)
			check_descriptor(&manifest.list[i]);
	}
	if (configuration_read(data, size, &configuration, NULL) == 0) {
		if (!configuration.architecture || !configuration.os || configuration.count > CONFIGURATION_DIFF_IDS)
			abort();
		for (size_t i = 0; i < configuration.count; i++)
			if (!digest_is_valid(configuration.diff_ids[i]))
				abort();
	}
	return 0;
}
