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

/* Owned. */
struct container {
	char *path;         /* ROOT/ID */
	struct facts facts; /* without what its engine would have to be asked for */
	struct error *why;  /* it could not be read */
	bool meant;
};

struct containers {
	struct container *list;
	size_t count;
};

static void containers_release(struct containers *containers)
{
	for (size_t i = 0; i < containers->count; i++) {
		free(containers->list[i].path);
		facts_release(&containers->list[i].facts);
		error_free(containers->list[i].why);
	}
	free(containers->list);
}

static const char *id_of(const struct container *container)
{
	return strrchr(container->path, '/') + 1;
}

/* ---- all that run ---- */

/* What is known of the container at `path`: -EAGAIN where none is there. */
static int read_container(const char *path, bool ask_engine, struct facts *ret_facts, struct error **error)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *root = strndup(path, (size_t)(slash - path));
	struct invocation invocation = {.verb = "create", .root = root, .id = slash + 1};
	struct container_state state = {0};
	if (!root)
		return error_out_of_memory(error);
	if (command_line_check_id(invocation.id, error) < 0)
		return -EAGAIN;
	int result = container_state_find(&invocation, &state, error);
	if (result < 0)
		return result == -ENOENT ? -EAGAIN : result;
	invocation.bundle = state.bundle;
	cleanup_bundle struct bundle bundle = BUNDLE_NONE;
	struct parent parent = {0};
	result = bundle_open(state.bundle, &bundle, error);
	if (result == 0 && parent_read_of((pid_t)state.process, &parent) < 0)
		result = error_set(error, ESRCH, "container %s has no process any more", invocation.id);
	struct facts facts = {0};
	if (result == 0)
		result = identity_fill_for(&invocation, &parent, bundle.config, &facts, error);
	if (result == 0 && ask_engine)
		result = identity_ask_engine_for(&invocation, &parent, &facts, error);
	parent_release(&parent);
	free(state.bundle);
	if (result < 0)
		facts_release(&facts);
	else
		*ret_facts = facts;
	return result;
}

static bool is_listed(const struct containers *containers, const char *path)
{
	for (size_t i = 0; i < containers->count; i++)
		if (text_equal(containers->list[i].path, path))
			return true;
	return false;
}

/* One that cannot be read is an error only where it is meant. */
static int add_container(struct containers *containers, const char *path, struct error **error)
{
	struct container container = {0};
	if (is_listed(containers, path))
		return 0;
	int result = read_container(path, false, &container.facts, &container.why);
	if (result == -EAGAIN) {
		error_free(container.why);
		return 0;
	}
	struct container *list = realloc(containers->list, (containers->count + 1) * sizeof(*list));
	if (list)
		containers->list = list;
	container.path = strdup(path);
	if (list && container.path) {
		containers->list[containers->count++] = container;
		return 0;
	}
	free(container.path);
	facts_release(&container.facts);
	error_free(container.why);
	return error_out_of_memory(error);
}

static int list_below(struct containers *containers, const char *pattern, struct error **error)
{
	glob_t paths = {0};
	int result = 0;
	if (glob(pattern, GLOB_ONLYDIR, NULL, &paths) == GLOB_NOSPACE)
		result = error_out_of_memory(error);
	for (size_t i = 0; result == 0 && i < paths.gl_pathc; i++)
		result = add_container(containers, paths.gl_pathv[i], error);
	globfree(&paths);
	return result;
}

static int list_all(struct containers *containers, const char *root, struct error **error)
{
	cleanup_text struct text own = {0};
	int result = 0;
	if (root) {
		text_append_format(&own, "%s/*", root);
		return own.failed ? error_out_of_memory(error) : list_below(containers, own.data, error);
	}
	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(places); i++)
		result = list_below(containers, places[i], error);
	return result;
}

/* ---- which of them is meant ---- */

static bool is_called(const struct container *container, const char *word)
{
	return text_equal(id_of(container), word) || text_equal(container->facts.name.value, word);
}

static bool starts_with(const struct container *container, const char *word)
{
	return text_starts_with(id_of(container), word);
}

/* One that cannot be read may be of any engine. */
static bool is_asked_about(const struct container *container, const struct running_question *question)
{
	const struct facts *facts = &container->facts;
	return container->why || ((question->engine == ENGINE_NONE || question->engine == facts->engine) &&
				  (!question->namespace || text_equal(question->namespace, facts->namespace.value)));
}

static size_t choose(struct containers *containers, const struct running_question *question,
		     bool (*fits)(const struct container *container, const char *word))
{
	size_t count = 0;
	for (size_t i = 0; i < containers->count; i++) {
		struct container *container = &containers->list[i];
		container->meant = fits(container, question->word) && is_asked_about(container, question);
		count += container->meant;
	}
	return count;
}

/* A pod's name is its sandbox', but what people mean is what runs in it. */
static size_t look_into_pods(struct containers *containers, const char *word, size_t count)
{
	for (size_t i = 0; i < containers->count; i++) {
		struct container *pod = &containers->list[i];
		size_t inside = 0, added = 0;
		if (!pod->meant || pod->facts.sandbox == SANDBOX_NOT || text_equal(id_of(pod), word))
			continue;
		for (size_t j = 0; j < containers->count; j++) {
			struct container *container = &containers->list[j];
			if (container == pod || !text_equal(container->facts.sandbox_id.value, id_of(pod)))
				continue;
			inside++;
			added += !container->meant;
			container->meant = true;
		}
		pod->meant = inside == 0;
		count = count + added - !pod->meant;
	}
	return count;
}

static void describe(const struct container *container, struct text *text)
{
	const struct facts *facts = &container->facts;
	text_append(text, id_of(container));
	if (facts->name.value)
		text_append_format(text, " (%s)", facts->name.value);
	text_append_format(text, " of %s", container->why ? "an engine that is not known" : engine_name(facts->engine));
	if (facts->namespace.value)
		text_append_format(text, " in namespace %s", facts->namespace.value);
}

static int refuse_several(const struct containers *containers, const char *word, struct error **error)
{
	cleanup_text struct text all = {0};
	for (size_t i = 0; i < containers->count; i++) {
		if (!containers->list[i].meant)
			continue;
		text_append(&all, all.length ? "; " : "");
		describe(&containers->list[i], &all);
	}
	return all.failed ? error_out_of_memory(error)
			  : error_set(error, EEXIST, "several containers run that \"%s\" may mean: %s. Give an id or more of it, "
				      "or choose by --engine and --namespace", word, all.data);
}

static int take(struct containers *containers, struct facts *ret_facts, struct error **error)
{
	struct container *container = containers->list;
	while (!container->meant)
		container++;
	if (container->why)
		return error_set(error, container->why->code, "container %s: %s", id_of(container),
				 error_message(container->why));
	return read_container(container->path, true, ret_facts, error);
}

int running_find(const struct running_question *question, struct facts *ret_facts, struct error **error)
{
	struct containers containers __attribute__((cleanup(containers_release))) = {0};
	int result = list_all(&containers, question->root, error);
	if (result < 0)
		return result;
	size_t count = choose(&containers, question, is_called);
	count = count ? look_into_pods(&containers, question->word, count)
		      : choose(&containers, question, starts_with);
	if (count == 0)
		return error_set(error, ENOENT, "no container%s runs here whose id or name is \"%s\"",
				 question->engine || question->namespace ? " of that engine and namespace" : "",
				 question->word);
	return count > 1 ? refuse_several(&containers, question->word, error) : take(&containers, ret_facts, error);
}
