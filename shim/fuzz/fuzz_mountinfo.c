/* mountinfo, whose paths and options anyone can choose who may mount, and the options of an
 * overlay in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/host/mountinfo.h"
#include "shim/binding/overlay_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_mountinfo struct mountinfo *info = NULL;
	cleanup_overlay_options struct overlay_options options = {0};
	cleanup_free char *text = strndup((const char *)data, size);
	if (!text)
		return 0;
	if (mountinfo_parse((const char *)data, size, &info, NULL) == 0)
		(void)mountinfo_has_below(info, "/");
	const char *last = strrchr(text, ' ');
	if (overlay_options_parse(last ? last + 1 : text, &options, NULL) < 0)
		return 0;
	for (size_t i = 0; i < options.lower_count; i++)
		if (!*options.lower[i])
			abort();
	return 0;
}
