/* A seccomp profile, from its text over the merge to what libseccomp takes: what
 * comes out of a merge compiles (or is too large and says so) and, merged once more, has nothing left to lose. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "policy/base/cleanup.h"
#include "policy/controls/seccomp_profile.h"
#include "policy/document/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void merge_and_compile(const struct call_profile *given)
{
	const struct circumstances circumstances = {.kernel = KERNEL(6, 1), .architectures = ARCHITECTURE_NATIVE};
	cleanup_call_profile struct call_profile own = {0}, merged = {0}, again = {0}, twice = {0};
	cleanup_json json_t *wider = NULL, *wider_again = NULL, *written = NULL;
	if (call_profile_built_in(&circumstances, &own) < 0 ||
	    call_profile_merge(&own, given, &merged, &wider) < 0)
		abort();
	written = call_profile_write(&merged);
	int compiled = call_profile_compile(&merged, NULL);
	if ((compiled < 0 && compiled != -E2BIG) || !written ||
	    call_profile_read_config(written, &again, NULL) < 0 ||
	    call_profile_merge(&own, &again, &twice, &wider_again) < 0 || json_array_size(wider_again) > 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct circumstances circumstances = {.kernel = KERNEL(6, 1), .architectures = ARCHITECTURES_SERVED};
	cleanup_json json_t *source = NULL;
	cleanup_call_profile struct call_profile given = {0}, portable = {0};
	if (document_parse((const char *)data, size, DOCUMENT_PLAIN, &source, NULL) < 0)
		return 0;
	if (call_profile_read_config(source, &given, NULL) == 0)
		merge_and_compile(&given);
	if (call_profile_read_portable(source, &circumstances, &portable, NULL) == 0)
		merge_and_compile(&portable);
	return 0;
}
