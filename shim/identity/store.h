/* An engine's own folders and the JSON files in them, believed only where the
 * host's root alone can write them. */
#ifndef OCI_HARDEN_SHIM_IDENTITY_STORE_H
#define OCI_HARDEN_SHIM_IDENTITY_STORE_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/base/error.h"
#include "policy/document/document.h"
#include "policy/facts.h"

/* A directory that root alone can write, up to "/". Close with store_close(). */
struct store {
	int descriptor;
	char *path; /* absolute, symlinks resolved; owned */
};

/* -ENOENT where there is no such directory, -EPERM where it, or a directory above
 * it, can be written by others. */
int store_open(const char *path, struct store *ret_store, struct error **error);

/* The same for `name` (no '/') in `store`. */
int store_open_below(const struct store *store, const char *name, struct store *ret_store,
		     struct error **error);

void store_close(struct store *store);

static inline void cleanup_store_function(struct store *store)
{
	store_close(store);
}
#define cleanup_store __attribute__((cleanup(cleanup_store_function)))
#define STORE_CLOSED {.descriptor = -1, .path = NULL}

/* The JSON file `name` of `store`, a DOCUMENT_PLAIN or DOCUMENT_LIST. -ENOENT where there is none; the messages
 * never hold the words by which docker picks its exit code. */
int store_read_json(const struct store *store, const char *name, enum document_kind kind,
		    json_t **ret_value, struct error **error);

/* True where `name` is one path component: not empty, no '/', not "." or "..". */
bool store_is_name(const char *name);

/* A place of the engine's own below a store; `name` may have several components. */
struct own_path {
	const char *name, *what;
	bool below;
};

/* facts_add_path() of each. */
int store_add_paths(struct facts *facts, const struct store *store, const struct own_path *paths,
		    size_t count);

/* facts_add_path() of the volume STORE/NAME. */
int store_add_volume(struct facts *facts, const struct store *store, const char *name, const char *what);

/* store_add_volume() of each mount's source in `config` that is DIRECTORY/NAME/_data,
 * for an engine that does not say whose a volume is; never of the folder of all. */
int store_add_mounted_volumes(struct facts *facts, const json_t *config, const char *directory,
			      const char *what);

/* facts_add_path() of those of `programs` that this host has. */
int store_add_programs(struct facts *facts, const char *const *programs, size_t count, const char *what);

/* Fills facts->network_namespaces with EXEC-ROOT/netns, where dockerd binds those that it
 * makes; nothing where that is missing or not root's alone. */
int store_set_network_namespaces(struct facts *facts, const char *exec_root);

/* fact_set() where `value` is a JSON text that is not empty; else nothing. */
int store_set_fact(struct fact *fact, const json_t *value, enum provenance provenance);

#endif
