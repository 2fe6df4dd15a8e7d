#include "policy/tests/mount_support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "policy/base/cleanup.h"
#include "policy/controls/table.h"
#include "policy/document/document.h"

bool enter_private_mounts(void)
{
	(void)umask(022);
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755") == 0;
}

void make_folder(const char *path)
{
	cleanup_free char *part = strdup(path); /* absolute or not */
	assert_non_null(part);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(part, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	assert_true(mkdir(part, 0755) == 0 || errno == EEXIST);
}

void make_file(const char *path)
{
	cleanup_close int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(file >= 0);
}

void make_link(const char *target, const char *path)
{
	assert_int_equal(symlink(target, path), 0);
}

void make_socket(const char *path)
{
	cleanup_close int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_true(end >= 0 && strlen(path) < sizeof(address.sun_path));
	(void)strcpy(address.sun_path, path);
	assert_int_equal(bind(end, (const struct sockaddr *)(const void *)&address, sizeof(address)), 0);
}

void bind_mount(const char *source, const char *target)
{
	if (mount(source, target, NULL, MS_BIND, NULL) < 0)
		fail_msg("bind of %s at %s: %s", source, target, strerror(errno));
}

char *judge_bind(const char *source, const char *options, const char *changes, const struct facts *facts)
{
	static const struct facts none;
	cleanup_json json_t *words = json_loads(options, 0, NULL);
	cleanup_json json_t *config = json_pack("{s:[{s:s, s:s, s:s, s:O}]}", "mounts", "destination",
						"/data", "type", "bind", "source", source, "options", words);
	cleanup_json json_t *changed = changes ? parse_config(changes) : NULL;
	cleanup_json json_t *settings = settings_for_only(&control_mount_sources, changed);
	assert_non_null(config);
	struct decision decision = decide_lawfully(config, settings, facts ? facts : &none);
	char *why = NULL;
	assert_true(decision.findings.count <= 1);
	if (decision.findings.count) {
		const struct finding *finding = finding_at(&decision, "/mounts/0/source");
		why = strdup(finding->why);
		assert_non_null(finding->reference);
	}
	assert_int_equal(decision.verdict, why ? VERDICT_REFUSED : VERDICT_CLEAN);
	decision_release(&decision);
	return why;
}

void assert_passes(const char *source, const char *changes, const struct facts *facts)
{
	cleanup_free char *why = judge_bind(source, "[\"rbind\"]", changes, facts);
	if (why)
		fail_msg("%s: %s", source, why);
}

void assert_refused(const char *source, const char *changes, const struct facts *facts, const char *said)
{
	cleanup_free char *why = judge_bind(source, "[\"rbind\"]", changes, facts);
	if (!why)
		fail_msg("%s passes", source);
	if (!strstr(why, said))
		fail_msg("%s: \"%s\" does not say \"%s\"", source, why, said);
}
