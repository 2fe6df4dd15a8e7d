#include "shim/hardenctl/running.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/bundle.h"
#include "shim/container_state.h"
#include "shim/identity/ask.h"
#include "shim/identity/identity.h"

/* ROOT/ID of every container that a backend keeps for the engines: alone, for dockerd (its
 * exec root's), for containerd's clients. */
static const char *const places[] = {
	"/run/runc/*",
	"/run/crun/*",
	"/run/docker/runtime-*/*/*",
	"/run/docker-*/runtime-*/*/*",
	"/run/containerd/runc/*/*",
	"/run/containerd/crun/*/*",
	"/run/containerd/*/*/*",
};

struct search {
	const char *word;
	struct facts facts; /* of the one that was found */
	bool found;
};

/* What the engine knows of the container at ROOT/ID: -EAGAIN where none runs there. */
static int read_container(const char *root, const char *id, struct facts *ret_facts, struct error **error)
{
	struct invocation invocation = {.verb = "create", .root = root, .id = id};
	struct container_state state = {0};
	if (command_line_check_id(id, NULL) < 0 || container_state_find(&invocation, &state, NULL) < 0)
		return -EAGAIN;
	invocation.bundle = state.bundle;
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	struct parent parent = {0};
	int result = bundle_open(state.bundle, &bundle, error);
	if (result == 0 && parent_read_of((pid_t)state.process, &parent) < 0)
		result = error_set(error, ESRCH, "container %s has no process any more", id);
	struct facts facts = {0};
	if (result == 0)
		result = identity_fill_for(&invocation, &parent, bundle.config, &facts, error);
	if (result == 0)
		result = identity_ask_engine_for(&invocation, &parent, &facts, error);
	parent_release(&parent);
	free(state.bundle);
	if (result < 0)
		facts_release(&facts);
	else
		*ret_facts = facts;
	return result;
}

static bool is_meant(const char *word, const char *id, const struct facts *facts)
{
	return text_starts_with(id, word) || text_equal(facts->name.value, word);
}

/* An id's start is enough to pass over all others without asking their engines. */
static int look_at(struct search *search, const char *path, bool by_name, struct error **error)
{
	const char *slash = strrchr(path, '/'), *id = slash + 1;
	cleanup_free char *root = strndup(path, (size_t)(slash - path));
	struct facts facts = {0};
	if (!root)
		return error_out_of_memory(error);
	if (!by_name && !text_starts_with(id, search->word))
		return 0;
	/* another container that cannot be read is not this one's affair */
	int result = read_container(root, id, &facts, by_name ? NULL : error);
	if (result < 0)
		return result == -EAGAIN || by_name ? 0 : result;
	if (!is_meant(search->word, id, &facts) || (search->found && text_equal(search->facts.id, facts.id))) {
		facts_release(&facts);
		return 0;
	}
	if (search->found) {
		facts_release(&facts);
		return error_set(error, EEXIST, "several containers run that \"%s\" may mean; give more of the id",
				 search->word);
	}
	search->facts = facts;
	search->found = true;
	return 0;
}

static int look_below(struct search *search, const char *pattern, bool by_name, struct error **error)
{
	glob_t paths = {0};
	int result = 0;
	if (glob(pattern, GLOB_NOSORT | GLOB_ONLYDIR, NULL, &paths) == GLOB_NOSPACE)
		result = error_out_of_memory(error);
	for (size_t i = 0; result == 0 && i < paths.gl_pathc; i++)
		result = look_at(search, paths.gl_pathv[i], by_name, error);
	globfree(&paths);
	return result;
}

static int search_all(struct search *search, const char *root, bool by_name, struct error **error)
{
	cleanup_free char *own = NULL;
	if (root && asprintf(&own, "%s/*", root) < 0) {
		own = NULL;
		return error_out_of_memory(error);
	}
	if (own)
		return look_below(search, own, by_name, error);
	int result = 0;
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(places); i++)
		result = look_below(search, places[i], by_name, error);
	return result;
}

int running_find(const char *word, const char *root, struct facts *ret_facts, struct error **error)
{
	struct search search = {.word = word};
	int result = search_all(&search, root, false, error);
	if (result == 0 && !search.found)
		result = search_all(&search, root, true, error);
	if (result == 0 && !search.found)
		result = error_set(error, ENOENT, "no container runs here whose id or name is \"%s\"", word);
	if (result < 0)
		facts_release(&search.facts);
	else
		*ret_facts = search.facts;
	return result;
}
