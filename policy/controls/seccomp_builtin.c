#include <errno.h>

#include "policy/controls/seccomp_families.h"

static bool fulfilled(const struct call_family *family, const struct circumstances *circumstances)
{
	bool held = !family->capabilities;
	for (const char *const *capability = family->capabilities; !held && *capability; capability++)
		held = has_capability(circumstances, *capability);
	return held && circumstances->kernel >= family->kernel;
}

static int add_call(struct call_profile *profile, const struct call_family *family, const char *call,
		    enum call_action action, uint16_t errno_value)
{
	if (family->match_count == 0)
		return call_profile_add(profile, call, action, errno_value, NULL);
	for (size_t i = 0; i < family->match_count; i++) {
		int result = call_profile_add(profile, call, action, errno_value, &family->matches[i]);
		if (result < 0)
			return result;
	}
	return 0;
}

static int add_family(struct call_profile *profile, const struct call_family *family,
		      const struct circumstances *circumstances)
{
	bool allows = family->action == FAMILY_ALLOWS && fulfilled(family, circumstances);
	if (family->architectures && !(family->architectures & circumstances->architectures))
		return 0;
	if (!allows && family->errno_value == 0)
		return 0;
	for (const char *const *call = family->calls; *call; call++) {
		int result = add_call(profile, family, *call, allows ? CALL_ALLOW : CALL_ERRNO,
				      allows ? 0 : family->errno_value);
		if (result < 0)
			return result;
	}
	return 0;
}

int call_profile_built_in(const struct circumstances *circumstances, struct call_profile *ret_profile)
{
	struct call_profile profile = {
		.default_action = CALL_ERRNO,
		.default_errno = ENOSYS,
		.default_given = true,
		.architectures = circumstances->architectures | ARCHITECTURE_NATIVE,
		.flags_given = true,
	};
	for (size_t i = 0; i < call_family_count; i++) {
		int result = add_family(&profile, &call_families[i], circumstances);
		if (result < 0) {
			call_profile_release(&profile);
			return result;
		}
	}
	call_profile_sort(&profile);
	*ret_profile = profile;
	return 0;
}
