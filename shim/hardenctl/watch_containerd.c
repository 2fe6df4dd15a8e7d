#include "shim/hardenctl/watch_containerd.h"

#include <string.h>

#include "policy/base/text.h"
#include "policy/trust/reference.h"
#include "shim/containerd/image_list.h"

enum { MILLISECONDS = 5000 };

/* The digest is what counts, whichever tag led to it. Names that are ids (CRI has them
 * beside) are of no registry. */
static void give(const char *name, const char *digest, void (*found)(void *context, const char *name), void *context)
{
	cleanup_reference struct reference reference = {0};
	cleanup_text struct text text = {0};
	if (reference_parse(name, &reference, NULL) < 0)
		return;
	text_append_format(&text, "%s/%s@%s", reference.registry, reference.repository, digest);
	if (!text.failed)
		found(context, text.data);
}

int watch_containerd_list(struct watch_containerd *images, const char *socket,
			  void (*found)(void *context, const char *name), void *context, struct error **error)
{
	json_t *now = json_object(), *image = NULL;
	const char *name = NULL;
	if (!now)
		return error_out_of_memory(error);
	int result = containerd_list_images(socket, MILLISECONDS, now, error);
	images->failing = result < 0;
	if (result < 0) {
		json_decref(now);
		return error_prefix(error, "containerd");
	}
	json_object_foreach(now, name, image)
		if (!json_equal(image, json_object_get(images->seen, name)))
			give(name, json_string_value(json_object_get(image, "digest")), found, context);
	json_decref(images->seen);
	images->seen = now;
	return 0;
}

void watch_containerd_forget(struct watch_containerd *images)
{
	json_decref(images->seen);
	images->seen = NULL;
}
