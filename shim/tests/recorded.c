#include "shim/tests/recorded.h"

#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/base/cleanup.h"
#include "policy/base/file.h"
#include "policy/tests/support.h"

#define DATA "shim/tests/data/identity/"

void write_text(const char *path, const char *text)
{
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
}

static char *read_text(const char *path, size_t *ret_length)
{
	char *text = NULL;
	struct error *error = NULL;
	if (file_read(path, 1 << 20, &text, ret_length, &error) < 0)
		fail_msg("%s", error_message(error));
	return text;
}

int enter_namespaces(void **state)
{
	(void)state;
	uid_t user = getuid();
	gid_t group = getgid();
	umask(022);
	assert_int_equal(unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS), 0);
	if (user != 0) {
		char map[64];
		write_text("/proc/self/setgroups", "deny");
		(void)snprintf(map, sizeof(map), "0 %u 1", user);
		write_text("/proc/self/uid_map", map);
		(void)snprintf(map, sizeof(map), "0 %u 1", group);
		write_text("/proc/self/gid_map", map);
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int new_host(void **state)
{
	(void)state;
	return mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755");
}

int drop_host(void **state)
{
	(void)state;
	return umount2("/mnt", MNT_DETACH);
}

/* What stands below data/identity/NAME/host, onto /mnt. */
static void copy_host(const char *name)
{
	char from[256], copy[] = "cp", option[] = "-r", to[] = "/mnt/";
	char *arguments[] = {copy, option, from, to, NULL};
	(void)snprintf(from, sizeof(from), DATA "%s/host/.", name);
	pid_t child = 0;
	int status = 0;
	assert_int_equal(posix_spawnp(&child, copy, NULL, NULL, arguments, environ), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* The value of the line `name`= of an "invocation" file, or NULL where it is empty. */
static char *line_value(char *text, const char *name)
{
	char *line = strstr(text, name);
	assert_non_null(line);
	char *value = line + strlen(name);
	return *value && *value != '\n' ? value : NULL;
}

static void load_parent(const char *path, struct parent *ret_parent)
{
	size_t length = 0;
	cleanup_free char *text = read_text(path, &length);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			text[i] = '\0';
	}
	size_t executable = strlen(text) + 1;
	assert_int_equal(parent_from(text, text + executable, length - executable, ret_parent), 0);
}

struct recorded load(const char *name)
{
	struct recorded recorded = {0};
	char path[256];
	size_t length = 0;
	copy_host(name);
	(void)snprintf(path, sizeof(path), DATA "%s/invocation", name);
	recorded.text = read_text(path, &length);
	recorded.invocation.root = line_value(recorded.text, "root=");
	recorded.invocation.bundle = line_value(recorded.text, "\nbundle=");
	recorded.invocation.id = line_value(recorded.text, "\nid=");
	recorded.invocation.log = strstr(recorded.text, "\nlog=") ? line_value(recorded.text, "\nlog=") : NULL;
	recorded.invocation.verb = "create";
	for (size_t i = 0; i < length; i++) {
		if (recorded.text[i] == '\n')
			recorded.text[i] = '\0';
	}
	(void)snprintf(path, sizeof(path), DATA "%s/parent", name);
	load_parent(path, &recorded.parent);
	(void)snprintf(path, sizeof(path), DATA "%s/config.json", name);
	cleanup_free char *config = read_text(path, &length);
	recorded.config = parse_config(config);
	return recorded;
}

int identify(struct recorded *recorded)
{
	facts_release(&recorded->facts);
	error_free(recorded->error);
	recorded->error = NULL;
	return identity_fill_for(&recorded->invocation, &recorded->parent, recorded->config, &recorded->facts,
				 &recorded->error);
}

void unload(struct recorded *recorded)
{
	facts_release(&recorded->facts);
	error_free(recorded->error);
	parent_release(&recorded->parent);
	json_decref(recorded->config);
	free(recorded->text);
}

void assert_identified(struct recorded *recorded, enum engine engine)
{
	if (identify(recorded) < 0)
		fail_msg("%s", error_message(recorded->error));
	assert_string_equal(engine_name(recorded->facts.engine), engine_name(engine));
}

/* Nothing is engine-set, no mount is the engine's own. */
void assert_nobodys(struct recorded *recorded, enum engine engine)
{
	assert_identified(recorded, engine);
	assert_null(recorded->facts.namespace.value);
	assert_null(recorded->facts.config_digest.value);
	assert_null(recorded->facts.sandbox_id.value);
	assert_null(recorded->facts.storage);
	assert_false(recorded->facts.sandbox);
	assert_null(recorded->facts.network_namespaces);
	assert_int_equal(recorded->facts.path_count, 0);
}

/* Half looks like an engine's, so that no scope can be made for it. */
void assert_unknown(struct recorded *recorded)
{
	assert_nobodys(recorded, ENGINE_CONTRADICTORY);
}

void assert_not_identified(struct recorded *recorded, const char *part)
{
	assert_true(identify(recorded) < 0);
	if (!strstr(error_message(recorded->error), part))
		fail_msg("\"%s\" is not in: %s", part, error_message(recorded->error));
	/* docker turns its exit code into 126 or 127 by these */
	assert_null(strcasestr(error_message(recorded->error), "permission denied"));
	assert_null(strcasestr(error_message(recorded->error), "no such file or directory"));
}

void assert_fact(const struct fact *fact, const char *value, enum provenance provenance)
{
	assert_non_null(fact->value);
	assert_string_equal(fact->value, value);
	assert_int_equal(fact->provenance, provenance);
}

const struct engine_path *path_of(const struct facts *facts, const char *path)
{
	for (size_t i = 0; i < facts->path_count; i++) {
		if (strcmp(facts->paths[i].path, path) == 0)
			return &facts->paths[i];
	}
	return NULL;
}

void assert_path(const struct facts *facts, const char *path, bool volume)
{
	const struct engine_path *found = path_of(facts, path);
	if (!found)
		fail_msg("%s is not among the engine's own paths", path);
	assert_int_equal(found->volume, volume);
}

void annotate(struct recorded *recorded, const char *key, const char *value)
{
	json_object_set_new(json_object_get(recorded->config, "annotations"), key, json_string(value));
}
