/* Podman. The bundle is GRAPHROOT/DRIVER-containers/ID/userdata and the parent is
 * conmon, whose command line names container and bundle, and, in the clean-up
 * command that it was given, the run root and the volumes' folder. The store knows
 * the image of each container, unless it was started from a folder (--rootfs). */
#include "shim/identity/identity.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cleanup.h"
#include "policy/base/text.h"
#include "shim/identity/storage.h"

static const char *const init_programs[] = {
	"/usr/libexec/podman/catatonit",
	"/usr/lib/podman/catatonit",
	"/usr/local/libexec/podman/catatonit",
	"/usr/local/lib/podman/catatonit",
	"/usr/bin/catatonit",
};

/* The value behind `option` in the clean-up command, which conmon gets one word
 * at a time: `--exit-command-arg --runroot --exit-command-arg VALUE`. */
static const char *exit_command_option(const struct parent *parent, const char *option)
{
	for (size_t i = 0; i + 3 < parent->argument_count; i++) {
		if (text_equal(parent->arguments[i], "--exit-command-arg") &&
		    text_equal(parent->arguments[i + 1], option) &&
		    text_equal(parent->arguments[i + 2], "--exit-command-arg"))
			return parent->arguments[i + 3];
	}
	return NULL;
}

/* BUNDLE/SESSION: the folder that an exec's conmon has for a bundle. */
static int is_session_of(const char *given, const char *bundle)
{
	const char *slash = given ? strrchr(given, '/') : NULL;
	cleanup_free char *folder = slash ? strndup(given, (size_t)(slash - given)) : NULL;
	if (!folder)
		return slash ? -ENOMEM : 0;
	return parent_spells(folder, bundle);
}

/* conmon for a new container; for what is done to one Podman itself, or for an exec
 * conmon again. CRI-O has the same conmon, but no clean-up command. */
static int parent_is_engine(const struct circumstances *circumstances)
{
	const struct invocation *invocation = circumstances->invocation;
	const struct parent *parent = circumstances->parent;
	static const char *const of_running[] = {"exec", "update", "checkpoint", NULL};
	bool running = text_is_one_of(invocation->verb, of_running);
	if (running && text_equal(parent->program, "podman"))
		return 1;
	if (!parent_option(parent, "--exit-command"))
		return 0;
	int result = parent_is_conmon_of(parent, invocation->id, invocation->bundle);
	if (result == 0 && running && parent_is_conmon(parent, invocation->id))
		result = is_session_of(parent_option(parent, "-b"), invocation->bundle);
	return result;
}

static int recognise(const struct circumstances *circumstances)
{
	const struct invocation *invocation = circumstances->invocation;
	cleanup_storage_place struct storage_place place = {0};
	int result = parent_is_engine(circumstances);
	return result <= 0 ? result : storage_split(invocation->bundle, invocation->id, &place);
}

static bool resembles(const struct circumstances *circumstances)
{
	const struct invocation *invocation = circumstances->invocation;
	cleanup_storage_place struct storage_place place = {0};
	return text_equal(circumstances->parent->program, "conmon") ||
	       storage_split(invocation->bundle, invocation->id, &place) != 0;
}

static int fill_words(const json_t *container, struct facts *facts)
{
	cleanup_json json_t *words = NULL;
	int result = storage_metadata(container, &words);
	if (result == 0)
		result = store_set_fact(&facts->name, json_object_get(words, "name"), PROVENANCE_USER);
	if (result == 0)
		result = store_set_fact(&facts->image, json_object_get(words, "image-name"), PROVENANCE_USER);
	return result;
}

static int fill_from_store(const struct storage *storage, const char *id, struct facts *facts,
			   struct error **error)
{
	cleanup_json json_t *container = NULL;
	int result = storage_container(storage, id, &container, error);
	if (result < 0 || !container)
		return result;
	result = storage_fill_image(storage, container, facts, error);
	return result < 0 ? result : fill_words(container, facts);
}

static int add_container_files(const struct storage *storage, const char *id, struct facts *facts)
{
	static const struct own_path of_run[] = {
		{"hostname", "Podman's hostname", false},
		{"hosts", "Podman's hosts", false},
		{"resolv.conf", "Podman's resolv.conf", false},
		{".containerenv", "Podman's .containerenv", false},
		{"run/secrets", "Podman's subscriptions", true},
		{"passwd", "Podman's passwd of this container", false},
		{"group", "Podman's group of this container", false},
	};
	static const struct own_path of_graph[] = {
		{"shm", "Podman's shared memory of this container", false},
		{"secrets", "Podman's secrets of this container", true},
		{"passwd", "Podman's passwd of this container", false},
		{"group", "Podman's group of this container", false},
	};
	int result = storage_add_files(storage->graph_root, storage->folder, id, of_graph,
				       ARRAY_SIZE(of_graph), facts);
	if (result == 0 && storage->run_root)
		result = storage_add_files(storage->run_root, storage->folder, id, of_run,
					   ARRAY_SIZE(of_run), facts);
	return result;
}

/* Ports and restarts stand in Podman's database, which is not read; these two it also
 * writes into the annotations, where a user can at most raise them. */
static void fill_exposure(const json_t *config, struct exposure *exposure)
{
	const struct {
		const char *name, *pointer, **place;
	} flags[] = {
		{"io.podman.annotations.publish-all", "/annotations/io.podman.annotations.publish-all",
		 &exposure->publishes_all},
		{"io.podman.annotations.privileged", "/annotations/io.podman.annotations.privileged",
		 &exposure->privileged},
	};
	const json_t *annotations = json_object_get(config, "annotations");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (text_equal(json_string_value(json_object_get(annotations, flags[i].name)), "TRUE"))
			*flags[i].place = flags[i].pointer;
}

static int fill(const struct circumstances *circumstances, struct facts *facts, struct error **error)
{
	const struct invocation *invocation = circumstances->invocation;
	cleanup_storage_place struct storage_place place = {0};
	if (storage_split(invocation->bundle, invocation->id, &place) <= 0)
		return -ENOMEM;
	const struct storage storage = {
		.graph_root = place.root,
		.run_root = exit_command_option(circumstances->parent, "--runroot"),
		.driver = place.driver,
		.folder = place.folder,
		.what = "Podman's store",
	};
	const char *volumes = exit_command_option(circumstances->parent, "--volumepath");
	int result = fill_from_store(&storage, invocation->id, facts, error);
	if (result == 0)
		result = add_container_files(&storage, invocation->id, facts);
	if (result == 0)
		result = store_add_programs(facts, init_programs, ARRAY_SIZE(init_programs),
					    "Podman's init program");
	/* Podman's database is not read: which volume is whose is not known, and a user
	 * could as well name any */
	if (result == 0 && volumes)
		result = store_add_mounted_volumes(facts, circumstances->config, volumes,
						   "a named volume of Podman");
	fill_exposure(circumstances->config, &facts->exposure);
	return result;
}

const struct identity identity_podman = {
	.engine = ENGINE_PODMAN,
	.gives_no_root = true,
	.recognise = recognise,
	.resembles = resembles,
	.fill = fill,
};
