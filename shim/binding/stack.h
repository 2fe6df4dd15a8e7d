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
	char *folder;    /* of its files, absolute: HOME/NAME/TAIL */
	uint64_t inode;  /* of HOME/NAME */
	char *tar_split; /* path of the record of its archive; NULL: the engine keeps none */
};

/* Owned. */
struct layer_stack {
	const char *engine;   /* "Docker", for messages; static */
	struct layer *layers; /* of the image, the lowest first */
	size_t wanted;
	size_t count;       /* those of which it is known where they are */
	char *init;         /* a folder above them that the engine itself fills; NULL: none */
	char *upper, *work; /* the container's own; `work` may be NULL */
	struct store home;  /* the storage driver's folder, which holds all of these */
	char *spelled;      /* how the engine itself writes home's path; may be NULL */
	bool memorable;     /* worth stack_remember() */
	bool recalled;      /* by stack_recall() */
	bool started;       /* the engine's store says that the container ran before */
};

/* The image's layers, without chain ids and folders. */
int stack_begin(const struct binding_question *question, struct layer_stack *stack, struct error **error);

/* Their chain ids. */
int stack_identify(struct layer_stack *stack, struct error **error);

/* Ready for stack_add(): home opened and checked. */
int stack_open(struct layer_stack *stack, const char *home, struct error **error);

/* The layer above those that are there has its files in HOME/NAME/TAIL; HOME/NAME has to be
 * root's alone. */
int stack_add(struct layer_stack *stack, const char *name, const char *tail, struct error **error);

/* Where this boot's earlier look into the engine's store found the image's layers: false
 * where there was none, or where a folder is another one by now. Fills the folders, and of
 * the chain ids the topmost one's. What fails with it has to be looked at anew, without. */
bool stack_recall(const struct binding_question *question, struct layer_stack *stack);
/* For the next container of the image. Nothing is lost where it fails. */
void stack_remember(const struct binding_question *question, const struct layer_stack *stack);

/* HOME/NAME/TAIL, checked in the same way. */
int stack_folder(const struct layer_stack *stack, const char *name, const char *tail, char **ret_folder,
		 struct error **error);

/* Does a folder of an overlay's options stand for `folder`? It may be absolute, relative to
 * home, or the short link HOME/l/NAME that leads to ../NAME/TAIL. */
bool stack_names(const struct layer_stack *stack, const char *option, const char *folder);

void stack_release(struct layer_stack *stack);
#define cleanup_stack __attribute__((cleanup(stack_release)))
#define STACK_NONE {.home = STORE_CLOSED}

/* One for each way in which engines keep layers, for a stack that was begun. -EPERM with the layer and the way out
 * where the store does not have this very stack for this very container. */
int stack_read_docker(const struct binding_question *question, struct layer_stack *stack, struct error **error);
int stack_read_storage(const struct binding_question *question, struct layer_stack *stack, struct error **error);
int stack_read_snapshots(const struct binding_question *question, struct layer_stack *stack,
			 struct error **error);

#endif
