/* Private to the binding: the layers that have to be under a container's root, and where
 * the engine's own root-owned store says that each of them stands. */
#ifndef OCI_HARDEN_SHIM_BINDING_STACK_H
#define OCI_HARDEN_SHIM_BINDING_STACK_H

#include "policy/trust/digest.h"
#include "shim/binding/binding.h"
#include "shim/identity/store.h"

#define LAYERS 500u /* overlayfs takes no more (OVL_MAX_STACK) */

struct layer {
	char diff_id[DIGEST_LENGTH + 1];
	char chain_id[DIGEST_LENGTH + 1];
	char *folder;    /* of its files, absolute */
	char *tar_split; /* path of the record of its archive; NULL: the engine keeps none */
};

/* Owned. */
struct layer_stack {
	const char *engine;   /* "Docker", for messages; static */
	struct layer *layers; /* the lowest first */
	size_t count;
	char *init;         /* a folder above them that the engine itself fills; NULL: none */
	char *upper, *work; /* the container's own; `work` may be NULL */
	struct store home;  /* the storage driver's folder, which holds all of these */
	char *spelled;      /* how the engine itself writes home's path; may be NULL */
	bool started;       /* the engine's store says that the container ran before */
	bool anew;          /* set before it is read: not from the cache */
	bool recalled;      /* from the cache */
};

/* The layers with their digests; their folders are not known yet. */
int stack_fill(struct layer_stack *stack, const struct binding_question *question, struct error **error);

/* Layer `i` is HOME/NAME/TAIL; HOME/NAME has to be root's alone. */
int stack_place(struct layer_stack *stack, size_t i, const char *name, const char *tail, struct error **error);

/* HOME/NAME/TAIL, checked in the same way. */
int stack_folder(const struct layer_stack *stack, const char *name, const char *tail, char **ret_folder,
		 struct error **error);

/* The container's own ones: HOME/NAME/FILES and HOME/NAME/work. */
int stack_place_own(struct layer_stack *stack, const char *name, const char *files, struct error **error);

/* Does a folder of an overlay's options stand for `folder`? It may be absolute, relative to
 * home, or the short link HOME/l/NAME that leads to ../NAME/TAIL. */
bool stack_names(const struct layer_stack *stack, const char *option, const char *folder);

void stack_release(struct layer_stack *stack);
#define cleanup_stack __attribute__((cleanup(stack_release)))
#define STACK_NONE {.home = STORE_CLOSED}

/* ---- where the layers of a stack were last found, so that the engine's store need not be
 * asked for each of them: an engine writes once where a layer is and never gives the name of
 * its folder to another. What is really mounted is compared anew each time. ---- */

/* Fills the folders of all layers: false where the cache does not have this stack. */
bool stack_recall(const char *cache, struct layer_stack *stack, const char *tail);
/* A cache that cannot be written is no error. */
void stack_remember(const char *cache, const struct layer_stack *stack, const char *tail);

/* One for each way in which engines keep layers. -EPERM with the layer and the way out
 * where the store does not have this very stack for this very container. */
int stack_read_docker(const struct binding_question *question, struct layer_stack *stack, struct error **error);
int stack_read_storage(const struct binding_question *question, struct layer_stack *stack, struct error **error);
int stack_read_snapshots(const struct binding_question *question, struct layer_stack *stack,
			 struct error **error);

#endif
