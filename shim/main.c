/* oci-harden: stands where an engine expects runc. Reads the verb, lets it pass
 * or puts it through its gate, and becomes the backend; or says no. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <jansson.h>
#include <nghttp2/nghttp2.h>
#include <openssl/opensslv.h>
#include <protobuf-c/protobuf-c.h>
#include <seccomp.h>
#include <zlib.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "shim/descriptors.h"
#include "shim/document_memory.h"
#include "shim/environment.h"
#include "shim/gate_checkpoint.h"
#include "shim/gate_create.h"
#include "shim/gate_exec.h"
#include "shim/gate_update.h"
#include "shim/pass_through.h"
#include "shim/refusal.h"

static const struct {
	const char *name;
	int (*handle)(struct interception *interception, struct error **error);
	enum option_place place; /* of an intercepted verb's options; 0: it passes through */
} verbs[] = {
	{"create", gate_create, PLACE_CREATE},
	{"run", gate_create, PLACE_RUN},
	{"exec", gate_exec, PLACE_EXEC},
	{"update", gate_update, PLACE_UPDATE},
	{"checkpoint", gate_checkpoint, PLACE_CHECKPOINT},
	{"restore", gate_restore, PLACE_RESTORE},
	{"start", pass_through, 0},
	{"state", pass_through, 0},
	{"kill", pass_through, 0},
	{"delete", pass_through, 0},
	{"ps", pass_through, 0},
	{"list", pass_through, 0},
	{"events", pass_through, 0},
	{"pause", pass_through, 0},
	{"resume", pass_through, 0},
	{"features", pass_through, 0},
	{"spec", pass_through, 0},
	{"help", pass_through, 0},
};

/* The policy's backend says how the words of an intercepted verb are read. */
static int prepare(struct interception *interception, enum option_place place, struct error **error)
{
	file_remember_parents();
	int result = interception_choose_backend(interception, error);
	/* the refusal names the container if it can */
	if (result < 0) {
		interception->verb = place & (PLACE_CREATE | PLACE_RUN) ? VERB_CREATE : interception->verb;
		(void)command_line_parse_verb(&interception->invocation, place, NULL);
	}
	return result;
}

static int handle_verb(struct interception *interception, struct error **error)
{
	const char *verb = interception->invocation.verb;
	if (!verb)
		return pass_through(interception, error);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		int result = verbs[i].place ? prepare(interception, verbs[i].place, error) : 0;
		if (result == 0)
			result = verbs[i].handle(interception, error);
		return result == 0 && interception->invocation.help ? pass_through(interception, error) : result;
	}
	return error_set(error, EPERM,
			 "it is not a command that oci-harden knows, so what it does to a container cannot be judged "
			 "(oci-harden(8) lists the commands)");
}

/* With what is linked in: a static program does not change with the host's libraries. */
static int print_version(void)
{
	const struct scmp_version *seccomp = seccomp_version();
	return printf("oci-harden " VERSION "\nlibseccomp %u.%u.%u\njansson %s\n" OPENSSL_VERSION_TEXT
		      "\nnghttp2 %s\nprotobuf-c %s\nzlib %s\n",
		      seccomp->major, seccomp->minor, seccomp->micro, jansson_version_str(),
		      nghttp2_version(0)->version_str, protobuf_c_version(), zlibVersion()) < 0;
}

int main(int argc, char **argv)
{
	environment_clean(environ);
	descriptors_fill_standard();
	if (argc == 2 && strcmp(argv[1], "--oci-harden-version") == 0)
		return print_version();
	document_memory_reserve();
	struct interception interception;
	cleanup_error struct error *error = NULL;
	interception_start(&interception);
	int result = getauxval(AT_SECURE) ? error_set(&error, EPERM, "the program is set-user-ID or has file "
								     "capabilities, which it must not; chmod u-s it")
					  : command_line_parse_globals(argv, &interception.invocation, &error);
	if (result == 0)
		(void)handle_verb(&interception, &error);
	int status = refuse(&interception, error);
	interception_release(&interception);
	return status;
}
