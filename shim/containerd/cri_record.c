#include "shim/containerd/cri_record.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "policy/document/document.h"
#include "policy/trust/digest.h"

#define EXTENSION "io.cri-containerd.container.metadata"

static const ProtobufCBinaryData *find_extension(const ContainerdApi__Container *container)
{
	for (size_t i = 0; i < container->n_extensions; i++) {
		const ContainerdApi__Extension *extension = container->extensions[i];
		if (api_equal(&extension->key, EXTENSION) && extension->value)
			return &extension->value->value;
	}
	return NULL;
}

int cri_record_config_digest(const ContainerdApi__Container *container, char **ret, struct error **error)
{
	const ProtobufCBinaryData *bytes = find_extension(container);
	cleanup_json json_t *record = NULL;
	if (!bytes)
		return 0;
	if (document_parse((const char *)bytes->data, bytes->len, DOCUMENT_PLAIN, &record, error) < 0)
		return error_set(error, EPROTO, "CRI's record of the container is not JSON");
	if (!text_equal(document_text(json_object_get(record, "Version")), "v1"))
		return error_set(error, EPROTO, "CRI's record of the container is of a version that is not known");
	const char *digest = document_text(json_object_get(json_object_get(record, "Metadata"), "ImageRef"));
	if (!digest_is_valid(digest))
		return 0;
	*ret = strdup(digest);
	return *ret ? 0 : error_out_of_memory(error);
}
